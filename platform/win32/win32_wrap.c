/* SPDX-License-Identifier: MIT */
/*
 * Wrapping handles the application has: of a section, or of a file. What a
 * handle is and what it may do is told by native calls alone.
 */
#include "win32_native.h"

#include <assert.h>

static section_os_result check_granted(HANDLE handle, ACCESS_MASK needed)
{
    ACCESS_MASK granted;
    section_os_result result = win32_find_granted(&granted, handle);
    if (result.status == SECTION_OK && (granted & needed) != needed)
        return win32_verdict(SECTION_ACCESS, 0);
    return result;
}

/*
 * Whether the last page of memory that is reserved was committed: those that
 * were not fault when they are looked at, and the system, which looks for us
 * here, says so instead. This library commits it when it makes such memory, and
 * no page is ever given back.
 */
static section_os_result find_last_page(bool *is_there, HANDLE handle,
                                        uint64_t size)
{
    section_os_system system;
    section_os_get_system(&system);
    uint64_t page = size - system.traits.page_size;
    uint64_t start = page - page % system.traits.granularity;
    const BYTE *base =
        MapViewOfFileEx(handle, FILE_MAP_READ, (DWORD)(start >> 32),
                        (DWORD)start, (SIZE_T)(size - start), NULL);
    *is_there = false;
    if (base == NULL)
        return win32_map_failure(GetLastError());
    BYTE byte;
    *is_there = ReadProcessMemory(GetCurrentProcess(), base + (page - start),
                                  &byte, sizeof(byte), NULL) != 0;
    return UnmapViewOfFile(base) ? win32_ok()
                                 : win32_map_failure(GetLastError());
}

section_os_result win32_describe_section(section_os_facts *facts,
                                         uint32_t *flags,
                                         const win32_section_information *of,
                                         HANDLE handle)
{
    if ((of->attributes & SEC_IMAGE) != 0)
        return win32_verdict(SECTION_KIND, 0);
    facts->size = (uint64_t)of->size.QuadPart;
    facts->kind = (of->attributes & WIN32_SECTION_IS_FILE) != 0
                      ? SECTION_KIND_FILE
                      : SECTION_KIND_MEMORY;
    facts->commit = SECTION_COMMIT_NONE;
    facts->may_have_trailer = (of->attributes & SEC_LARGE_PAGES) == 0;
    /* Lazy memory of ours is a file to the system. */
    bool is_reserved = facts->kind == SECTION_KIND_MEMORY &&
                       (of->attributes & SEC_RESERVE) != 0;
    if (!is_reserved || facts->size == 0)
        return win32_ok();
    *flags |= SECTION_OS_GROWS;
    return find_last_page(&facts->may_have_trailer, handle, facts->size);
}

static section_os_result wrap_section(section_os_object *out,
                                      section_os_facts *facts, HANDLE handle,
                                      const win32_section_information *found,
                                      section_rights rights)
{
    section_os_result result = check_granted(handle, win32_access_for(rights));
    if (result.status == SECTION_OK)
        result = win32_describe_section(facts, &out->flags, found, handle);
    if (result.status == SECTION_OK)
        out->handle = win32_number(handle);
    return result;
}

static section_os_result check_file(HANDLE file, section_rights rights)
{
    if (GetFileType(file) != FILE_TYPE_DISK)
        return win32_verdict(SECTION_KIND, 0);
    ACCESS_MASK needed = FILE_READ_DATA;
    if ((rights & SECTION_RIGHT_WRITE) != 0)
        needed |= FILE_WRITE_DATA;
    if ((rights & SECTION_RIGHT_EXECUTE) != 0)
        needed |= FILE_EXECUTE;
    section_os_result result = check_granted(file, needed);
    if (result.status != SECTION_OK)
        return result;
    BY_HANDLE_FILE_INFORMATION found;
    if (!GetFileInformationByHandle(file, &found))
        return win32_failure(GetLastError());
    if ((found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0)
        return win32_verdict(SECTION_KIND, 0);
    return win32_ok();
}

/* Make a section of our own over a file that is lent. Its size is that of the
 * file at this moment: told by the section, so that it cannot have changed. */
static section_os_result wrap_file(section_os_object *out,
                                   section_os_facts *facts, HANDLE file,
                                   section_rights rights)
{
    section_os_result result = check_file(file, rights);
    if (result.status != SECTION_OK)
        return result;
    intptr_t made;
    DWORD protection = win32_protection_for(win32_flags_for(rights));
    result = win32_section_create(&made, file, protection, 0);
    if (result.status != SECTION_OK)
        return result;
    win32_section_information found;
    bool is_section;
    result = win32_query_section(&found, &is_section, win32_handle(made));
    if (result.status == SECTION_OK)
        result = win32_describe_section(facts, &out->flags, &found,
                                        win32_handle(made));
    if (result.status != SECTION_OK) {
        win32_close(made);
        return result;
    }
    facts->may_have_trailer = false;
    out->handle = made;
    out->file = win32_number(file);
    out->flags = SECTION_OS_VIEWS_HOLD;
    return win32_ok();
}

section_os_result section_os_object_wrap(section_os_object *out,
                                         section_os_facts *facts,
                                         section_native native,
                                         section_rights rights)
{
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    /* What is negative stands for the current process, thread, ... */
    if (native <= 0)
        return win32_failure(ERROR_INVALID_HANDLE);
    HANDLE handle = win32_handle(native);

    win32_section_information found;
    bool is_section;
    section_os_result result = win32_query_section(&found, &is_section, handle);
    if (result.status == SECTION_OK)
        result = is_section ? wrap_section(out, facts, handle, &found, rights)
                            : wrap_file(out, facts, handle, rights);
    if (result.status != SECTION_OK) {
        *out = SECTION_OS_OBJECT_NONE;
        *facts = (section_os_facts){0};
        return result;
    }
    out->flags |= SECTION_OS_BORROWED | win32_flags_for(rights);
    return win32_ok();
}

section_os_result section_os_object_adopt(section_os_object *object)
{
    intptr_t lent =
        object->file != SECTION_OS_NONE ? object->file : object->handle;
    if (!SetHandleInformation(win32_handle(lent), HANDLE_FLAG_INHERIT, 0))
        return win32_failure(GetLastError());
    object->flags &= ~(uint32_t)SECTION_OS_BORROWED;
    return win32_ok();
}
