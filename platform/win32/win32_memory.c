/* SPDX-License-Identifier: MIT */
/*
 * Memory without a name: from the page file, or for lazy memory from a sparse
 * temporary file. Memory that grows is reserved (SEC_RESERVE) and committed as
 * it does; that is no lazy memory, because its pages fault until somebody
 * commits them by a call.
 */
#include "win32_internal.h"

/*
 * A file that nobody else can open, and that is gone with its last handle.
 * FILE_ATTRIBUTE_TEMPORARY keeps it in memory as long as there is enough.
 */
static section_os_result open_backing(HANDLE *out, uint32_t flags)
{
    DWORD access = GENERIC_READ | GENERIC_WRITE | DELETE;
    if ((flags & SECTION_OS_EXECUTABLE) != 0)
        access |= GENERIC_EXECUTE;
    *out = INVALID_HANDLE_VALUE;
    WCHAR *path;
    section_os_result result = win32_temporary_path(&path);
    if (result.status != SECTION_OK)
        return result;
    *out =
        CreateFileW(path, access, 0, NULL, CREATE_NEW,
                    FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    DWORD error = GetLastError();
    section_os_free(path);
    if (*out != INVALID_HANDLE_VALUE)
        return win32_ok();
    result = win32_failure(error);
    /* About a file the caller never named. */
    if (result.status == SECTION_NOT_FOUND || result.status == SECTION_EXISTS)
        result.status = SECTION_SYSTEM;
    return result;
}

static section_os_result create_lazy(section_os_object *out, uint64_t size)
{
    HANDLE file;
    section_os_result result = open_backing(&file, out->flags);
    if (result.status != SECTION_OK)
        return result;
    win32_make_sparse(file);
    result = win32_section_create(&out->handle, file,
                                  win32_protection_for(out->flags), size);
    if (result.status != SECTION_OK) {
        win32_close(win32_number(file));
        return result;
    }
    /* The bytes are gone with the last handle of the file, views or not. */
    out->file = win32_number(file);
    out->flags |= SECTION_OS_VIEWS_HOLD;
    return win32_ok();
}

/* No two sections are made in one tick by one process as the same of its
 * counting, and no two processes have one number at the same time. */
void win32_make_id(uint64_t id[2])
{
    static section_os_count made;
    LARGE_INTEGER ticks;
    QueryPerformanceCounter(&ticks);
    id[0] = (uint64_t)ticks.QuadPart;
    id[1] = (uint64_t)GetCurrentProcessId() << 32 |
            (uint32_t)section_os_count_add(&made, 1);
}

/* ------------------------------------------------------------------------
 * Memory that grows
 * ------------------------------------------------------------------------ */

/* Less than this is not committed in parts for want of addresses. */
#define LEAST_PART ((uint64_t)1 << 20)

static BYTE *map_part(intptr_t handle, uint64_t start, size_t length)
{
    return MapViewOfFileEx(win32_handle(handle), FILE_MAP_READ | FILE_MAP_WRITE,
                           (DWORD)(start >> 32), (DWORD)start, length, NULL);
}

/*
 * Pages are committed through a view, and it is those of the section: other
 * views of it, in all processes, have them from then on (VirtualAlloc(),
 * MEM_COMMIT). The view is a page longer, unless the section ends there: of
 * pages up to the end of a view Wine 8 lets no other view know.
 */
static section_os_result commit_part(intptr_t handle, uint64_t from,
                                     size_t length)
{
    section_os_system system;
    section_os_get_system(&system);
    size_t lead = (size_t)(from % system.traits.granularity);
    uint64_t start = from - lead;
    BYTE *base =
        map_part(handle, start, lead + length + system.traits.page_size);
    /* STATUS_INVALID_VIEW_SIZE */
    if (base == NULL && GetLastError() == ERROR_ACCESS_DENIED)
        base = map_part(handle, start, lead + length);
    if (base == NULL)
        return win32_map_failure(GetLastError());
    section_os_result result = win32_ok();
    if (VirtualAlloc(base + lead, length, MEM_COMMIT, PAGE_READWRITE) == NULL)
        result = win32_failure(GetLastError());
    if (!UnmapViewOfFile(base) && result.status == SECTION_OK)
        result = win32_map_failure(GetLastError());
    return result;
}

/* All at once where there are addresses for it, because then the system
 * promises all of it or nothing. */
section_os_result win32_commit(intptr_t handle, uint64_t from, uint64_t to)
{
    uint64_t most = to - from < SIZE_MAX / 4 ? to - from : SIZE_MAX / 4 + 1;
    while (from < to) {
        uint64_t length = to - from < most ? to - from : most;
        section_os_result result = commit_part(handle, from, (size_t)length);
        if (result.status == SECTION_LIMIT && length > LEAST_PART) {
            most = LEAST_PART;
            while (most * 2 < length)
                most *= 2;
            continue;
        }
        if (result.status != SECTION_OK)
            return result;
        from += length;
    }
    return win32_ok();
}

static section_os_result create_growing(section_os_object *out,
                                        const section_os_memory *memory)
{
    section_os_result result = win32_section_create(
        &out->handle, INVALID_HANDLE_VALUE,
        win32_protection_for(out->flags) | SEC_RESERVE, memory->reserve);
    if (result.status == SECTION_OK)
        result = win32_commit(out->handle, 0, memory->size);
    out->flags |= SECTION_OS_GROWS;
    return result;
}

/* ------------------------------------------------------------------------
 * All memory
 * ------------------------------------------------------------------------ */

static section_os_result create_object(section_os_object *out,
                                       section_os_facts *facts,
                                       const section_os_memory *memory)
{
    DWORD protection = win32_protection_for(out->flags);
    facts->commit = SECTION_COMMIT_CHARGED;
    if ((memory->flags & SECTION_LARGE_PAGES) != 0) {
        facts->commit = SECTION_COMMIT_ALLOCATED;
        facts->pages = SECTION_PAGES_LARGE;
        facts->granularity = win32_find_large_page_size();
        out->flags |= SECTION_OS_LARGE;
        return win32_large_create(&out->handle, protection, memory->size);
    }
    bool lazy = (memory->flags & SECTION_LAZY) != 0;
    bool grows = memory->reserve > memory->size;
    /* What is reserved is not there until it is committed. */
    if (lazy && grows)
        return win32_verdict(SECTION_UNSUPPORTED, 0);
    if (lazy) {
        facts->commit = SECTION_COMMIT_NONE;
        return create_lazy(out, memory->size);
    }
    if (grows)
        return create_growing(out, memory);
    return win32_section_create(&out->handle, INVALID_HANDLE_VALUE,
                                protection | SEC_COMMIT, memory->size);
}

section_os_result section_os_memory_create(section_os_object *out,
                                           section_os_facts *facts,
                                           const section_os_memory *memory)
{
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    out->flags = SECTION_OS_WRITABLE;
    if (memory->executable)
        out->flags |= SECTION_OS_EXECUTABLE;
    section_os_result result = create_object(out, facts, memory);
    if (result.status != SECTION_OK) {
        section_os_object_close(out);
        *facts = (section_os_facts){0};
        return result;
    }
    facts->size = memory->size;
    facts->reserve = memory->reserve > memory->size ? memory->reserve : 0;
    facts->kind = SECTION_KIND_MEMORY;
    facts->created = true;
    win32_make_id(facts->id);
    return win32_ok();
}
