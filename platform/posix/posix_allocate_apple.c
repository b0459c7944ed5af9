/* SPDX-License-Identifier: MIT */
/*
 * Committing on macOS: files with F_PREALLOCATE, which takes blocks behind the
 * end of the file (fcntl(2)); memory objects cannot be committed there.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>

const section_commit posix_memory_commit = SECTION_COMMIT_NONE;
const section_commit posix_file_commit = SECTION_COMMIT_ALLOCATED;

section_os_result posix_allocate_memory(int descriptor, uint64_t size,
                                        section_commit *commit)
{
    *commit = SECTION_COMMIT_NONE;
    if (!posix_memory_is_available(size))
        return posix_verdict(SECTION_NO_SPACE, 0);
    /* Once and for all: a second ftruncate() of such an object fails. */
    return posix_set_size(descriptor, size);
}

section_os_result posix_grow_file(int descriptor, section_os_facts *facts,
                                  uint64_t to, bool lazy)
{
    section_commit commit = SECTION_COMMIT_NONE;
    if (!lazy) {
        fstore_t store = {F_ALLOCATECONTIG, F_PEOFPOSMODE, 0,
                          (off_t)(to - facts->size), 0};
        int answer = fcntl(descriptor, F_PREALLOCATE, &store);
        if (answer != 0) {
            store.fst_flags = F_ALLOCATEALL;
            answer = fcntl(descriptor, F_PREALLOCATE, &store);
        }
        if (answer == 0)
            commit = SECTION_COMMIT_ALLOCATED;
        else if (errno != ENOTSUP && errno != EINVAL)
            return posix_failure(errno);
    }
    section_os_result result = posix_extend_by_writing(descriptor, to);
    if (result.status == SECTION_OK)
        facts->commit = commit;
    return result;
}
