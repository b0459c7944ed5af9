/* SPDX-License-Identifier: MIT */
/*
 * Memory without a name where a name is the only way to get it: shm_open() of
 * a name nobody else has, unlinked at once.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* How many names that are taken we try past. */
#define NAME_ATTEMPTS 64

/* Long enough for "/section." and 16 digits; macOS allows 31 characters. */
#define NAME_SIZE 32

/* Whoever holds such an object can cut it. */
const section_guard_strength posix_memory_shrink = SECTION_GUARD_NONE;
#if defined(__APPLE__)
/* xnu refuses MAP_PRIVATE of shared memory objects (bsd/kern/posix_shm.c). */
const section_copy posix_memory_copy = SECTION_COPY_NONE;
#else
const section_copy posix_memory_copy = SECTION_COPY_LIVE;
#endif

/*
 * A name that is unlikely to be taken. O_EXCL is what makes it ours: a name
 * that somebody guessed costs one more attempt and nothing else.
 */
static void choose_name(char name[NAME_SIZE])
{
    static uint32_t counter;
    uint64_t mix = __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    mix = mix * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)now.tv_nsec;
    mix = mix * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)now.tv_sec;
    mix = mix * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)getpid();
    (void)snprintf(name, NAME_SIZE, "/section.%016llx",
                   (unsigned long long)mix);
}

/* shm_open() makes descriptors close-on-exec (POSIX); macOS refuses the flag.
 */
static int open_object(const char *name, int flags)
{
    int descriptor;
    do
        descriptor = shm_open(name, flags, 0600);
    while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

/* Move both above the standard streams; what cannot be moved is closed. */
static section_os_result raise_pair(int *handle, int *reader)
{
    int high_handle = posix_raise(*handle);
    int high_reader = high_handle < 0 ? -1 : posix_raise(*reader);
    if (high_reader >= 0) {
        *handle = high_handle;
        *reader = high_reader;
        return posix_ok();
    }
    section_os_result result = posix_failure(errno);
    posix_descriptor_close(high_handle < 0 ? *handle : high_handle);
    posix_descriptor_close(*reader);
    *handle = *reader = -1;
    return result;
}

section_os_result posix_memory_open(int *handle, int *reader)
{
    char name[NAME_SIZE];
    int attempts = 0;
    *reader = -1;
    do {
        choose_name(name);
        *handle = open_object(name, O_RDWR | O_CREAT | O_EXCL);
    } while (*handle < 0 && errno == EEXIST && ++attempts < NAME_ATTEMPTS);
    if (*handle < 0)
        return errno == EEXIST ? posix_verdict(SECTION_BUSY, errno)
                               : posix_failure(errno);

    *reader = open_object(name, O_RDONLY);
    /* The umask may have taken our own right to read. */
    if (*reader < 0 && errno == EACCES && fchmod(*handle, 0600) == 0)
        *reader = open_object(name, O_RDONLY);
    int error = errno;
    (void)shm_unlink(name);
    if (*reader < 0) {
        posix_descriptor_close(*handle);
        *handle = -1;
        return posix_failure(error);
    }
    return raise_pair(handle, reader);
}

section_os_result posix_memory_seal(int handle)
{
    (void)handle;
    return posix_ok();
}

section_os_result posix_memory_restrict(int handle)
{
    /* Made with 0600, and without a name. */
    (void)handle;
    return posix_ok();
}

section_os_result posix_memory_recognize(section_kind *kind, int descriptor,
                                         const struct stat *status, bool writes)
{
    (void)descriptor;
    (void)writes;
    /* No way to ask for more: what no path leads to is taken for memory. */
    *kind = status->st_nlink == 0 ? SECTION_KIND_MEMORY : SECTION_KIND_FILE;
    return posix_ok();
}
