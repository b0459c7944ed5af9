/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: never 0, 1 or 2, never inherited, errno kept on the way out.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The first descriptor that no program takes for its standard streams. */
#define FIRST_DESCRIPTOR 3

void posix_descriptor_close(int descriptor)
{
    if (descriptor < 0)
        return;
    int error = errno;
    /* Not retried: after EINTR the descriptor is gone on Linux and may belong
     * to another thread already (close(2)). */
    (void)close(descriptor);
    errno = error;
}

int posix_duplicate(int descriptor)
{
    return fcntl(descriptor, F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR);
}

int posix_raise(int descriptor)
{
    if (descriptor >= FIRST_DESCRIPTOR)
        return descriptor;
    int raised = posix_duplicate(descriptor);
    if (raised >= 0)
        posix_descriptor_close(descriptor);
    return raised;
}

int posix_replace(int descriptor, int replaced)
{
    int result;
#if defined(__linux__) && !defined(SECTION_PURE_POSIX)
    do
        result = dup3(descriptor, replaced, O_CLOEXEC);
    while (result < 0 && (errno == EINTR || errno == EBUSY));
#else
    do
        result = dup2(descriptor, replaced);
    while (result < 0 && errno == EINTR);
    if (result >= 0)
        (void)fcntl(replaced, F_SETFD, FD_CLOEXEC);
#endif
    return result;
}

/* O_NONBLOCK keeps a FIFO or device that stands at the path by now from holding
 * us up; for regular files it means nothing (open(2)). */
int posix_open_low(int directory, const char *path, int flags, mode_t mode)
{
    int descriptor;
    do
        descriptor = openat(directory, path,
                            flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, mode);
    while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

int posix_create_at(int directory, const char *path, int flags, mode_t mode)
{
    int low = posix_open_low(directory, path, flags, mode);
    if (low < 0)
        return -1;
    int descriptor = posix_raise(low);
    if (descriptor < 0)
        posix_descriptor_close(low);
    return descriptor;
}

int posix_open_at(int directory, const char *path, int flags)
{
    return posix_create_at(directory, path, flags, 0);
}

int posix_open(const char *path, int flags)
{
    return posix_open_at(AT_FDCWD, path, flags);
}

bool posix_is_same_file(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

/* The shared memory objects of macOS have neither a type nor a number. On Linux
 * what has no type is no memory and no file, but has a number (eventfd(2),
 * epoll(7), ...). */
bool posix_is_file_or_memory(const struct stat *status)
{
    return S_ISREG(status->st_mode) ||
           ((status->st_mode & S_IFMT) == 0 && status->st_ino == 0);
}
