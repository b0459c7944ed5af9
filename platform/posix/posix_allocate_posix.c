/* SPDX-License-Identifier: MIT */
/*
 * Committing with posix_fallocate(), for systems that have nothing better.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* How much is allocated between two looks at what is left. */
#define CHUNK_SIZE     ((uint64_t)32 << 20)
#define SMALLEST_CHUNK ((uint64_t)64 << 10)

const section_commit posix_memory_commit = SECTION_COMMIT_ALLOCATED;
const section_commit posix_file_commit = SECTION_COMMIT_ALLOCATED;

/* posix_fallocate() returns its error; EINVAL is what it says where the file
 * system cannot do it (POSIX, and ZFS on FreeBSD does). */
static section_os_result allocate(int descriptor, uint64_t from, uint64_t to,
                                  bool takes_memory)
{
    uint64_t chunk = CHUNK_SIZE;
    while (from < to) {
        if (takes_memory && !posix_memory_is_available(to - from))
            return posix_verdict(SECTION_NO_SPACE, 0);
        uint64_t bytes = to - from < chunk ? to - from : chunk;
        int error = posix_fallocate(descriptor, (off_t)from, (off_t)bytes);
        if (error == 0)
            from += bytes;
        else if (error == EINVAL)
            return posix_verdict(SECTION_UNSUPPORTED, error);
        else if (error != EINTR)
            return posix_failure(error);
        else if (chunk > SMALLEST_CHUNK)
            chunk /= 2;
    }
    return posix_ok();
}

section_os_result posix_allocate_memory(int descriptor, uint64_t size,
                                        section_commit *commit)
{
    /* The size first: some systems allocate only inside the object. */
    *commit = SECTION_COMMIT_NONE;
    if (ftruncate(descriptor, (off_t)size) != 0)
        return posix_failure(errno);
    section_os_result result = allocate(descriptor, 0, size, true);
    if (result.status == SECTION_UNSUPPORTED)
        return posix_ok();
    *commit = SECTION_COMMIT_ALLOCATED;
    return result;
}

section_os_result posix_grow_file(int descriptor, uint64_t from, uint64_t to,
                                  bool lazy, section_commit *commit)
{
    *commit = SECTION_COMMIT_NONE;
    if (lazy)
        return posix_extend_by_writing(descriptor, to);
    if (!posix_disk_has_room(descriptor, to - from))
        return posix_verdict(SECTION_NO_SPACE, 0);
    section_os_result result = allocate(descriptor, from, to, false);
    if (result.status == SECTION_UNSUPPORTED)
        return posix_extend_by_writing(descriptor, to);
    if (result.status == SECTION_OK)
        *commit = SECTION_COMMIT_ALLOCATED;
    return result;
}
