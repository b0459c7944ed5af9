/* SPDX-License-Identifier: MIT */
/*
 * Large pages where there is no way to ask for them.
 */
#include "posix_internal.h"

#include <sys/mman.h>

uint32_t posix_large_page_size(void)
{
    return 0;
}

section_os_result posix_large_create(int *handle, section_os_facts *facts,
                                     uint64_t size)
{
    (void)size;
    *handle = -1;
    *facts = (section_os_facts){0};
    return posix_verdict(SECTION_UNSUPPORTED, 0);
}

bool posix_mixed_is_allowed(uint64_t size)
{
    (void)size;
    return false;
}

section_os_result posix_mixed_allocate(int descriptor, uint64_t size,
                                       section_commit *commit)
{
    return posix_allocate_memory(descriptor, size, commit);
}

void *posix_mixed_map(int descriptor, off_t offset, size_t length,
                      int protection, int flags)
{
    return mmap(NULL, length, protection, flags, descriptor, offset);
}
