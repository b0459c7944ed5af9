/* SPDX-License-Identifier: MIT */
/*
 * Objects: making sections, duplicating and closing their handles.
 */
#include "win32_internal.h"

HANDLE win32_handle(intptr_t number)
{
    return (HANDLE)number;
}

intptr_t win32_number(HANDLE handle)
{
    return (intptr_t)handle;
}

void win32_close(intptr_t number)
{
    if (number != SECTION_OS_NONE)
        (void)CloseHandle(win32_handle(number));
}

/*
 * Who holds a handle with few rights could ask DuplicateHandle() for more, and
 * gets what the DACL of the section grants. This one grants nothing. Handles
 * with the same or fewer rights do not depend on it. Never written to.
 */
static ACL nobody = {ACL_REVISION, 0, sizeof(ACL), 0, 0};
static SECURITY_DESCRIPTOR guard = {SECURITY_DESCRIPTOR_REVISION,
                                    0,
                                    SE_DACL_PRESENT,
                                    NULL,
                                    NULL,
                                    NULL,
                                    &nobody};

section_os_result win32_section_create(intptr_t *out, HANDLE file,
                                       DWORD protection, uint64_t size)
{
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), &guard, FALSE};
    HANDLE created = CreateFileMappingW(file, &attributes, protection,
                                        (DWORD)(size >> 32), (DWORD)size, NULL);
    *out = SECTION_OS_NONE;
    if (created != NULL) {
        *out = win32_number(created);
        return win32_ok();
    }
    DWORD error = GetLastError();
    /* Everything but the size is known to be good, and for the largest sizes
     * it is the tables of the kernel that have no room. */
    if (error == ERROR_INVALID_PARAMETER || error == ERROR_NO_SYSTEM_RESOURCES)
        return win32_verdict(SECTION_NO_SPACE, error);
    return win32_failure(error);
}

bool section_os_object_enforces_read_only(section_os_object *object)
{
    /* VirtualProtect(): no more than the view was mapped with. */
    (void)object;
    return true;
}

/* Another handle of ours for what a handle stands for. */
static section_os_result duplicate(intptr_t *out, intptr_t from, DWORD access,
                                   DWORD options)
{
    HANDLE copy;
    if (!DuplicateHandle(GetCurrentProcess(), win32_handle(from),
                         GetCurrentProcess(), &copy, access, FALSE, options))
        return win32_failure(GetLastError());
    *out = win32_number(copy);
    return win32_ok();
}

static section_os_result duplicate_section(intptr_t *out, intptr_t from,
                                           section_rights rights)
{
    DWORD access = SECTION_QUERY | SECTION_MAP_READ;
    if ((rights & SECTION_RIGHT_WRITE) != 0)
        access |= SECTION_MAP_WRITE;
    return duplicate(out, from, access, 0);
}

/* The handle of a file that may not write has the one right that every file
 * behind a section gives. */
static section_os_result duplicate_file(intptr_t *out, intptr_t from,
                                        section_rights rights)
{
    if ((rights & SECTION_RIGHT_WRITE) != 0)
        return duplicate(out, from, 0, DUPLICATE_SAME_ACCESS);
    return duplicate(out, from, FILE_READ_DATA, 0);
}

/* What is borrowed: the file where there is one, and then the handle of the
 * section is our own; else the section. */
static bool is_lent(const section_os_object *object, intptr_t handle)
{
    if ((object->flags & SECTION_OS_BORROWED) == 0)
        return false;
    return object->file == SECTION_OS_NONE || object->file == handle;
}

section_os_result section_os_object_duplicate(section_os_object *out,
                                              section_os_object *object,
                                              section_rights rights)
{
    *out = SECTION_OS_OBJECT_NONE;
    section_os_object made = *object;
    if ((rights & SECTION_RIGHT_WRITE) == 0)
        made.flags &= ~(uint32_t)SECTION_OS_WRITABLE;

    section_os_result result = win32_ok();
    if (!is_lent(object, object->handle))
        result = duplicate_section(&made.handle, object->handle, rights);
    if (result.status != SECTION_OK)
        return result;
    if (object->file != SECTION_OS_NONE && !is_lent(object, object->file))
        result = duplicate_file(&made.file, object->file, rights);
    if (result.status != SECTION_OK) {
        win32_close(made.handle);
        return result;
    }
    *out = made;
    return win32_ok();
}

void section_os_object_close(section_os_object *object)
{
    if (!is_lent(object, object->handle))
        win32_close(object->handle);
    if (!is_lent(object, object->file))
        win32_close(object->file);
    *object = SECTION_OS_OBJECT_NONE;
}

/* For lazy memory the handle is one of the section alone: its bytes live as
 * long as somebody has the object, or a duplicate of it. */
section_os_result section_os_native_duplicate(section_native *out,
                                              section_os_object *object,
                                              section_rights rights)
{
    *out = SECTION_OS_NONE;
    return duplicate_section(out, object->handle, rights);
}
