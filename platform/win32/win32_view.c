/* SPDX-License-Identifier: MIT */
/*
 * Views: MapViewOfFileEx, UnmapViewOfFile, VirtualProtect; NtMapViewOfSection
 * for those that are larger than their file.
 */
#include "win32_native.h"

#include <assert.h>

/* <memoryapi.h> has it since Windows 10, version 1703; those before it map
 * large pages without, and do not look at it. */
#ifndef FILE_MAP_LARGE_PAGES
#define FILE_MAP_LARGE_PAGES 0x20000000
#endif

/* FILE_MAP_WRITE and FILE_MAP_COPY together would be a shared view. */
static DWORD map_access(const section_os_object *object, section_access access)
{
    DWORD large = (object->flags & SECTION_OS_LARGE) != 0
                      ? (DWORD)FILE_MAP_LARGE_PAGES
                      : 0;
    switch (access) {
    case SECTION_ACCESS_READ:
        return FILE_MAP_READ | large;
    case SECTION_ACCESS_COPY:
        return FILE_MAP_COPY | large;
    case SECTION_ACCESS_EXECUTE_READ:
        return FILE_MAP_EXECUTE | FILE_MAP_READ | large;
    case SECTION_ACCESS_EXECUTE_READ_WRITE:
        return FILE_MAP_EXECUTE | FILE_MAP_READ | FILE_MAP_WRITE | large;
    case SECTION_ACCESS_EXECUTE_COPY:
        return FILE_MAP_EXECUTE | FILE_MAP_COPY | large;
    default:
        return FILE_MAP_READ | FILE_MAP_WRITE | large;
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

static section_os_result map_failure(DWORD error, const void *address)
{
    if (address != NULL && error == ERROR_INVALID_ADDRESS)
        return win32_verdict(SECTION_ADDRESS, error);
    return win32_map_failure(error);
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
    case SECTION_ACCESS_EXECUTE_READ:
        return PAGE_EXECUTE_READ;
    case SECTION_ACCESS_EXECUTE_READ_WRITE:
        return PAGE_EXECUTE_READWRITE;
    case SECTION_ACCESS_EXECUTE_COPY:
        return PAGE_EXECUTE_WRITECOPY;
    default:
        return PAGE_READWRITE;
    }
}

/* Where the last granule begins that has bytes of the file. Measuring makes the
 * section as large as the file: others may have made that larger, and where a
 * view can begin is a matter of the section. */
static section_os_result find_last_granule(uint64_t *last,
                                           section_os_object *object)
{
    section_os_system system;
    uint64_t size;
    *last = 0;
    section_os_get_system(&system);
    section_os_result result = section_os_object_measure(&size, object);
    if (result.status == SECTION_OK && size != 0)
        *last = (size - 1) - (size - 1) % system.traits.granularity;
    return result;
}

/*
 * A view of a file that grows, as far as it is going to be. The system has none
 * that begin where there are no bytes yet (STATUS_INVALID_VIEW_SIZE): those
 * begin where the last bytes are, and are told from there on.
 */
static section_os_result map_growing(void **out, section_os_object *object,
                                     uint64_t offset, size_t length,
                                     section_access access, BYTE *address)
{
    uint64_t last;
    section_os_result result = find_last_granule(&last, object);
    if (result.status != SECTION_OK)
        return result;
    uint64_t lead = offset > last ? offset - last : 0;
    if (lead > SIZE_MAX - length)
        return win32_verdict(SECTION_LIMIT, 0);
    void *base = NULL;
    if (address != NULL && (uintptr_t)address <= lead)
        return win32_verdict(SECTION_ADDRESS, 0);
    if (address != NULL)
        base = address - (size_t)lead;
    LONG status =
        win32_section_map(&base, win32_handle(object->handle), offset - lead,
                          length + (size_t)lead, protection_of(access));
    if (status < 0)
        return map_failure((DWORD)win32_native_failure(status).os_error,
                           address);
    *out = (BYTE *)base + (size_t)lead;
    return win32_ok();
}

static section_os_result map_present(void **out,
                                     const section_os_object *object,
                                     uint64_t offset, size_t length,
                                     section_access access, void *address)
{
    *out = MapViewOfFileEx(win32_handle(object->handle),
                           map_access(object, access), (DWORD)(offset >> 32),
                           (DWORD)offset, length, address);
    return *out != NULL ? win32_ok() : map_failure(GetLastError(), address);
}

section_os_result section_os_view_map(void **out, section_os_object *object,
                                      uint64_t offset, size_t length,
                                      section_access access, void *address)
{
    assert(length > 0 && access != SECTION_ACCESS_NONE);
    *out = NULL;
    if (address != NULL && !is_for_programs(address, length))
        return win32_verdict(SECTION_ADDRESS, 0);
    if (!win32_is_growing_file(object))
        return map_present(out, object, offset, length, access, address);
    section_os_result result =
        map_growing(out, object, offset, length, access, address);
    bool copies =
        access == SECTION_ACCESS_COPY || access == SECTION_ACCESS_EXECUTE_COPY;
    if (result.status == SECTION_OK || !copies)
        return result;
    /* Copies of what there is can be had anywhere. */
    section_os_result present =
        map_present(out, object, offset, length, access, address);
    if (present.status == SECTION_OK || result.status == SECTION_ADDRESS)
        return present;
    return win32_verdict(SECTION_UNSUPPORTED, (DWORD)result.os_error);
}

/* The start of the view that an address is in. */
static void *find_view(const void *address)
{
    MEMORY_BASIC_INFORMATION found;
    if (VirtualQuery(address, &found, sizeof(found)) == 0)
        return NULL;
    return found.AllocationBase;
}

/* map_growing() may have told an address inside the view. */
section_os_result section_os_view_unmap(void *base, size_t length)
{
    (void)length;
    if (UnmapViewOfFile(base))
        return win32_ok();
    DWORD error = GetLastError();
    void *start = find_view(base);
    if (start != NULL && start != base && UnmapViewOfFile(start))
        return win32_ok();
    return win32_map_failure(error);
}

section_os_result section_os_view_protect(void *base, size_t length,
                                          section_access mapped,
                                          section_access access)
{
    assert(access == SECTION_ACCESS_NONE || access == SECTION_ACCESS_READ ||
           access == mapped || mapped >= SECTION_ACCESS_EXECUTE_READ);
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
