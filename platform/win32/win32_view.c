/* SPDX-License-Identifier: MIT */
/*
 * Views: MapViewOfFileEx, UnmapViewOfFile, VirtualProtect.
 */
#include "win32_internal.h"

#include <assert.h>

/* FILE_MAP_WRITE and FILE_MAP_COPY together would be a shared view. */
static DWORD map_access(section_access access)
{
    switch (access) {
    case SECTION_ACCESS_READ:
        return FILE_MAP_READ;
    case SECTION_ACCESS_COPY:
        return FILE_MAP_COPY;
    default:
        return FILE_MAP_READ | FILE_MAP_WRITE;
    }
}

/* Whether a program may have these addresses at all. The system would say so
 * too, with a code that it has for other failures as well. */
static bool is_for_programs(const void *address, size_t length)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    uintptr_t first = (uintptr_t)info.lpMinimumApplicationAddress;
    uintptr_t last = (uintptr_t)info.lpMaximumApplicationAddress;
    uintptr_t start = (uintptr_t)address;
    return start >= first && start <= last && length - 1 <= last - start;
}

section_os_result section_os_view_map(void **out, section_os_object *object,
                                      uint64_t offset, size_t length,
                                      section_access access, void *address)
{
    assert(length > 0 && access != SECTION_ACCESS_NONE);
    *out = NULL;
    if (address != NULL && !is_for_programs(address, length))
        return win32_verdict(SECTION_ADDRESS, 0);
    *out =
        MapViewOfFileEx(win32_handle(object->handle), map_access(access),
                        (DWORD)(offset >> 32), (DWORD)offset, length, address);
    if (*out != NULL)
        return win32_ok();
    DWORD error = GetLastError();
    if (address != NULL && error == ERROR_INVALID_ADDRESS)
        return win32_verdict(SECTION_ADDRESS, error);
    return win32_map_failure(error);
}

section_os_result section_os_view_unmap(void *base, size_t length)
{
    (void)length;
    return UnmapViewOfFile(base) ? win32_ok()
                                 : win32_map_failure(GetLastError());
}

static DWORD protection_of(section_access access)
{
    switch (access) {
    case SECTION_ACCESS_NONE:
        return PAGE_NOACCESS;
    case SECTION_ACCESS_READ:
        return PAGE_READONLY;
    case SECTION_ACCESS_COPY:
        return PAGE_WRITECOPY;
    default:
        return PAGE_READWRITE;
    }
}

section_os_result section_os_view_protect(void *base, size_t length,
                                          section_access mapped,
                                          section_access access)
{
    assert(access == SECTION_ACCESS_NONE || access == SECTION_ACCESS_READ ||
           access == mapped);
    (void)mapped;
    DWORD before;
    if (VirtualProtect(base, length, protection_of(access), &before))
        return win32_ok();
    DWORD error = GetLastError();
    /* Copies are charged again when they are allowed again. */
    if (error == ERROR_COMMITMENT_LIMIT)
        return win32_verdict(SECTION_LIMIT, error);
    return win32_map_failure(error);
}
