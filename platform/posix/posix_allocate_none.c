/* SPDX-License-Identifier: MIT */
/*
 * No way to commit: sizes are given, and a touch may fail.
 */
#include "posix_internal.h"

const section_commit posix_memory_commit = SECTION_COMMIT_NONE;
const section_commit posix_file_commit = SECTION_COMMIT_NONE;

section_os_result posix_allocate_memory(int descriptor, uint64_t size,
                                        section_commit *commit)
{
    *commit = SECTION_COMMIT_NONE;
    if (!posix_memory_is_available(size))
        return posix_verdict(SECTION_NO_SPACE, 0);
    return posix_set_size(descriptor, size);
}

section_os_result posix_grow_file(int descriptor, section_os_facts *facts,
                                  uint64_t to, bool lazy)
{
    (void)facts;
    (void)lazy;
    return posix_extend_by_writing(descriptor, to);
}
