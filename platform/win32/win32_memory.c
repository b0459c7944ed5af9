/* SPDX-License-Identifier: MIT */
/*
 * Memory without a name: from the page file, or for lazy memory from a sparse
 * temporary file. SEC_RESERVE would be no lazy memory, because its pages fault
 * until somebody commits them by a call.
 */
#include "win32_internal.h"

/*
 * A file that nobody else can open, and that is gone with its last handle.
 * FILE_ATTRIBUTE_TEMPORARY keeps it in memory as long as there is enough.
 */
static section_os_result open_backing(HANDLE *out)
{
    *out = INVALID_HANDLE_VALUE;
    WCHAR *path;
    section_os_result result = win32_temporary_path(&path);
    if (result.status != SECTION_OK)
        return result;
    *out = CreateFileW(
        path, GENERIC_READ | GENERIC_WRITE | DELETE, 0, NULL, CREATE_NEW,
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
    section_os_result result = open_backing(&file);
    if (result.status != SECTION_OK)
        return result;
    win32_make_sparse(file);
    result = win32_section_create(&out->handle, file, PAGE_READWRITE, size);
    if (result.status != SECTION_OK) {
        win32_close(win32_number(file));
        return result;
    }
    /* The bytes are gone with the last handle of the file, views or not. */
    out->file = win32_number(file);
    out->flags = SECTION_OS_VIEWS_HOLD;
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

section_os_result section_os_memory_create(section_os_object *out,
                                           section_os_facts *facts,
                                           uint64_t size, bool lazy)
{
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    section_os_result result =
        lazy ? create_lazy(out, size)
             : win32_section_create(&out->handle, INVALID_HANDLE_VALUE,
                                    PAGE_READWRITE | SEC_COMMIT, size);
    if (result.status != SECTION_OK)
        return result;
    out->flags |= SECTION_OS_WRITABLE;
    facts->size = size;
    facts->kind = SECTION_KIND_MEMORY;
    facts->commit = lazy ? SECTION_COMMIT_NONE : SECTION_COMMIT_CHARGED;
    facts->created = true;
    win32_make_id(facts->id);
    return win32_ok();
}
