/* SPDX-License-Identifier: MIT */
/*
 * Memory without a name: opened, given its size, sealed. How is in
 * posix_memory_memfd.c or posix_memory_shm.c, and in posix_large_*.c.
 */
#include "posix_internal.h"

uint32_t posix_memory_flags(const section_os_memory *memory)
{
    uint32_t flags = SECTION_OS_WRITABLE;
    if (memory->reserve > memory->size)
        flags |= SECTION_OS_GROWS;
    if (memory->executable)
        flags |= SECTION_OS_EXECUTABLE;
    return flags;
}

/* Commits a fresh object. */
typedef section_os_result commit_memory(int descriptor, uint64_t size,
                                        section_commit *commit);

static section_os_result give_size_by(commit_memory *commit_all, int descriptor,
                                      section_os_facts *facts,
                                      const section_os_memory *memory)
{
    bool lazy = (memory->flags & SECTION_LAZY) != 0;
    section_commit commit = SECTION_COMMIT_NONE;
    *facts = (section_os_facts){0};
    section_os_result result =
        lazy ? posix_set_size(descriptor, memory->size)
             : commit_all(descriptor, memory->size, &commit);
    if (result.status != SECTION_OK)
        return result;
    facts->size = memory->size;
    facts->kind = SECTION_KIND_MEMORY;
    facts->commit = commit;
    facts->created = true;
    return result;
}

section_os_result posix_memory_give_size(int descriptor,
                                         section_os_facts *facts,
                                         const section_os_memory *memory)
{
    return give_size_by(posix_allocate_memory, descriptor, facts, memory);
}

/* The same with as many large pages as there are. */
static section_os_result give_size_mixed(int descriptor,
                                         section_os_facts *facts,
                                         const section_os_memory *memory)
{
    section_os_result result =
        give_size_by(posix_mixed_allocate, descriptor, facts, memory);
    if (result.status == SECTION_OK)
        facts->pages = SECTION_PAGES_MIXED;
    return result;
}

/* Open an object and give it its size. After an error the caller closes what is
 * there. */
static section_os_result make(int *handle, int *reader, section_os_facts *facts,
                              const section_os_memory *memory)
{
    *reader = -1;
    if ((memory->flags & SECTION_LARGE_PAGES) != 0)
        return posix_large_create(handle, facts, memory->size);
    section_os_result result = posix_memory_open(handle, reader);
    if (result.status != SECTION_OK)
        return result;
    if ((memory->flags & SECTION_PREFER_LARGE_PAGES) != 0 &&
        posix_mixed_is_allowed(memory->reserve))
        return give_size_mixed(*handle, facts, memory);
    return posix_memory_give_size(*handle, facts, memory);
}

section_os_result section_os_memory_create(section_os_object *out,
                                           section_os_facts *facts,
                                           const section_os_memory *memory)
{
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    section_os_result result = posix_check_size_limit(memory->size);
    if (result.status != SECTION_OK)
        return result;

    int handle, reader;
    result = make(&handle, &reader, facts, memory);
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
    out->flags = posix_memory_flags(memory);
    if (facts->pages == SECTION_PAGES_MIXED)
        out->flags |= SECTION_OS_LARGE;
    return posix_ok();
}
