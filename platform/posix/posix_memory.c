/* SPDX-License-Identifier: MIT */
/*
 * Memory without a name: opened, given its size, sealed. How is in
 * posix_memory_memfd.c or posix_memory_shm.c.
 */
#include "posix_internal.h"

section_os_result posix_memory_give_size(int descriptor,
                                         section_os_facts *facts, uint64_t size,
                                         bool lazy)
{
    section_commit commit = SECTION_COMMIT_NONE;
    *facts = (section_os_facts){0};
    section_os_result result =
        lazy ? posix_set_size(descriptor, size)
             : posix_allocate_memory(descriptor, size, &commit);
    if (result.status != SECTION_OK)
        return result;
    facts->size = size;
    facts->kind = SECTION_KIND_MEMORY;
    facts->commit = commit;
    facts->created = true;
    return result;
}

section_os_result section_os_memory_create(section_os_object *out,
                                           section_os_facts *facts,
                                           uint64_t size, bool lazy)
{
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    section_os_result result = posix_check_size_limit(size);
    if (result.status != SECTION_OK)
        return result;

    int handle, reader;
    result = posix_memory_open(&handle, &reader);
    if (result.status != SECTION_OK)
        return result;
    result = posix_memory_give_size(handle, facts, size, lazy);
    if (result.status == SECTION_OK)
        result = posix_memory_seal(handle);
    if (result.status != SECTION_OK) {
        posix_descriptor_close(handle);
        posix_descriptor_close(reader);
        *facts = (section_os_facts){0};
        return result;
    }
    out->handle = handle;
    out->reader = reader;
    out->flags = SECTION_OS_WRITABLE;
    return posix_ok();
}
