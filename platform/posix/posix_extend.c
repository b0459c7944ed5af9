/* SPDX-License-Identifier: MIT */
/*
 * What every way of growing a file shares.
 */
#include "posix_internal.h"

#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* POSIX.1-2024 has it; older C libraries show it to few. */
#if !defined(SEEK_DATA) && defined(__linux__)
#define SEEK_DATA 3
#endif

/* Kernels before 6 undo an interrupted allocation; smaller ones get through
 * between the signals. */
#define SMALLEST_CHUNK ((uint64_t)64 << 10)

section_os_result posix_allocate_chunks(int descriptor, uint64_t *from,
                                        uint64_t to, bool takes_memory,
                                        posix_allocate_one *allocate_one)
{
    uint64_t chunk = POSIX_CHUNK_SIZE;
    while (*from < to) {
        uint64_t rest = to - *from;
        if (takes_memory && !posix_memory_is_available(rest))
            return posix_verdict(SECTION_NO_SPACE, 0);
        uint64_t bytes = rest < chunk ? rest : chunk;
        int error = allocate_one(descriptor, (off_t)*from, (off_t)bytes);
        if (error == 0)
            *from += bytes;
        else if (error != EINTR)
            return posix_failure(error);
        else if (chunk > SMALLEST_CHUNK)
            chunk /= 2;
    }
    return posix_ok();
}

section_os_result posix_set_size(int descriptor, uint64_t size)
{
    int failed;
    do
        failed = ftruncate(descriptor, (off_t)size);
    while (failed != 0 && errno == EINTR);
    return failed != 0 ? posix_failure(errno) : posix_ok();
}

bool posix_disk_has_room(int descriptor, uint64_t bytes)
{
    struct statvfs filesystem;
    /* Some file systems count no blocks (ramfs, tmpfs without a limit). */
    if (fstatvfs(descriptor, &filesystem) != 0 || filesystem.f_frsize == 0 ||
        filesystem.f_blocks == 0)
        return true;
    /* The last blocks are kept for root. */
    uint64_t blocks = geteuid() == 0 ? filesystem.f_bfree : filesystem.f_bavail;
    return bytes / filesystem.f_frsize <= blocks;
}

section_os_result posix_extend_by_writing(int descriptor, uint64_t to)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return posix_failure(errno);
    if ((uint64_t)status.st_size >= to)
        return posix_ok();
    ssize_t written;
    do
        written = pwrite(descriptor, "", 1, (off_t)(to - 1));
    while (written < 0 && errno == EINTR);
    return written < 0 ? posix_failure(errno) : posix_ok();
}

void posix_await_growth(int descriptor)
{
#ifdef SEEK_DATA
    (void)lseek(descriptor, 0, SEEK_DATA);
#else
    (void)descriptor;
#endif
}
