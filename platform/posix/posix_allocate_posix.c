/* SPDX-License-Identifier: MIT */
/*
 * Committing with posix_fallocate(), for systems that have nothing better.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>

const section_commit posix_memory_commit = SECTION_COMMIT_ALLOCATED;
const section_commit posix_file_commit = SECTION_COMMIT_ALLOCATED;

/* EINVAL is what posix_fallocate() says where the file system cannot do it
 * (POSIX; ZFS on FreeBSD does). */
static int allocate_and_extend(int descriptor, off_t from, off_t length)
{
    int error = posix_fallocate(descriptor, from, length);
    return error == EINVAL ? EOPNOTSUPP : error;
}

section_os_result posix_allocate_memory(int descriptor, uint64_t size,
                                        section_commit *commit)
{
    /* The size first: some systems allocate only inside the object. */
    *commit = SECTION_COMMIT_NONE;
    section_os_result result = posix_set_size(descriptor, size);
    if (result.status != SECTION_OK)
        return result;
    uint64_t done = 0;
    result = posix_allocate_chunks(descriptor, &done, size, true,
                                   allocate_and_extend);
    if (result.status == SECTION_UNSUPPORTED)
        return posix_ok();
    *commit = SECTION_COMMIT_ALLOCATED;
    return result;
}

section_os_result posix_grow_file(int descriptor, section_os_facts *facts,
                                  uint64_t to, bool lazy)
{
    if (lazy)
        return posix_extend_by_writing(descriptor, to);
    if (!posix_disk_has_room(descriptor, to - facts->size))
        return posix_verdict(SECTION_NO_SPACE, 0);
    /* The size follows each chunk. How far one that failed has moved it cannot
     * be told from what another process has appended, and is taken for that. */
    section_os_result result = posix_allocate_chunks(
        descriptor, &facts->size, to, false, allocate_and_extend);
    if (result.status == SECTION_UNSUPPORTED)
        return posix_extend_by_writing(descriptor, to);
    if (result.status == SECTION_OK)
        facts->commit = SECTION_COMMIT_ALLOCATED;
    return result;
}
