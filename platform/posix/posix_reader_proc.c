/* SPDX-License-Identifier: MIT */
/*
 * Read-only descriptors where /proc can open any descriptor anew.
 *
 * It has to be the table of this thread (Linux 3.17): /proc/self is the table
 * of the main thread, which may have ended, and threads can have tables of
 * their own (unshare(2), CLONE_FILES).
 *
 * A view mapped through a descriptor that is open for writing can be made
 * writable with mprotect(), one mapped through a read-only descriptor cannot
 * (mprotect(2): EACCES). /proc/thread-self/fd/N opens the same inode afresh,
 * whatever became of its path.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static section_os_result open_anew(int *out, int descriptor, int flags)
{
    char path[40];
    (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", descriptor);
    *out = posix_open(path, flags);
    if (*out >= 0)
        return posix_ok();
    /* No /proc here, and nothing else names an open file; or the process has
     * given up the rights it opened the file with (setuid(), a later chmod()),
     * but not the descriptor. */
    if (errno == ENOENT || errno == EACCES || errno == EPERM)
        return posix_verdict(SECTION_UNSUPPORTED, errno);
    return posix_failure(errno);
}

section_os_result posix_reader_open(int *out, int descriptor)
{
    return open_anew(out, descriptor, O_RDONLY);
}

section_os_result posix_writer_open(int *out, int descriptor)
{
    return open_anew(out, descriptor, O_RDWR);
}

section_os_result posix_reader_open_file(int *out, int descriptor,
                                         const char *path)
{
    (void)descriptor;
    (void)path;
    *out = -1;
    return posix_ok();
}
