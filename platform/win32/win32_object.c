/* SPDX-License-Identifier: MIT */
/*
 * Objects: making sections, duplicating and closing their handles.
 */
#include "win32_native.h"

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
 * gets what the DACL of the section grants. This one grants nothing, nor does
 * it leave its owner the right to change it, which an owner has unless there is
 * an entry for OWNER RIGHTS ("Well-known SIDs", S-1-3-4). Handles with the same
 * or fewer rights do not depend on it. Never written to.
 */
static struct {
    ACL list;
    ACE_HEADER entry;
    ACCESS_MASK access;
    SID whom;
} nobody = {{ACL_REVISION, 0, sizeof(nobody), 1, 0},
            {ACCESS_ALLOWED_ACE_TYPE, 0, sizeof(nobody) - sizeof(ACL)},
            READ_CONTROL,
            {SID_REVISION, 1, {SECURITY_CREATOR_SID_AUTHORITY}, {4}}};
typedef char nobody_has_no_gaps[sizeof(nobody) == 28 ? 1 : -1];

static SECURITY_DESCRIPTOR guard = {SECURITY_DESCRIPTOR_REVISION,
                                    0,
                                    SE_DACL_PRESENT,
                                    NULL,
                                    NULL,
                                    NULL,
                                    &nobody.list};

SECURITY_DESCRIPTOR *win32_let_nobody(void)
{
    return &guard;
}

/* Everything but the size is known to be good, and for the largest sizes it is
 * the tables of the kernel that have no room. */
section_os_result win32_size_failure(section_os_result failure)
{
    if (failure.os_error == ERROR_INVALID_PARAMETER ||
        failure.os_error == ERROR_NO_SYSTEM_RESOURCES)
        failure.status = SECTION_NO_SPACE;
    return failure;
}

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
    return win32_size_failure(win32_failure(GetLastError()));
}

/* A handle without SECTION_MAP_EXECUTE maps nothing to run, and of a section
 * that was made without PAGE_EXECUTE_ nobody ever gets one that does
 * (CreateFileMapping, MapViewOfFile). So the right is asked for when a section
 * is made, and only then. */
ACCESS_MASK win32_access_for(section_rights rights)
{
    ACCESS_MASK access = SECTION_QUERY | SECTION_MAP_READ;
    if ((rights & SECTION_RIGHT_WRITE) != 0)
        access |= SECTION_MAP_WRITE;
    if ((rights & SECTION_RIGHT_EXECUTE) != 0)
        access |= SECTION_MAP_EXECUTE;
    return access;
}

uint32_t win32_flags_for(section_rights rights)
{
    uint32_t flags = 0;
    if ((rights & SECTION_RIGHT_WRITE) != 0)
        flags |= SECTION_OS_WRITABLE;
    if ((rights & SECTION_RIGHT_EXECUTE) != 0)
        flags |= SECTION_OS_EXECUTABLE;
    return flags;
}

DWORD win32_protection_for(uint32_t flags)
{
    bool writes = (flags & SECTION_OS_WRITABLE) != 0;
    if ((flags & SECTION_OS_EXECUTABLE) != 0)
        return writes ? PAGE_EXECUTE_READWRITE : PAGE_EXECUTE_READ;
    return writes ? PAGE_READWRITE : PAGE_READONLY;
}

section_os_result win32_section_create_growing(intptr_t *out, HANDLE file,
                                               uint32_t flags, uint64_t size)
{
    HANDLE created;
    ACCESS_MASK access = SECTION_QUERY | SECTION_MAP_READ | SECTION_MAP_WRITE |
                         SECTION_EXTEND_SIZE;
    if ((flags & SECTION_OS_EXECUTABLE) != 0)
        access |= SECTION_MAP_EXECUTE;
    LONG status = win32_section_create_file(&created, access, file, &guard,
                                            size, win32_protection_for(flags));
    *out = SECTION_OS_NONE;
    if (status < 0)
        return win32_size_failure(win32_native_failure(status));
    *out = win32_number(created);
    return win32_ok();
}

bool win32_is_growing_file(const section_os_object *object)
{
    return (object->flags & SECTION_OS_GROWS) != 0 &&
           object->file != SECTION_OS_NONE;
}

bool section_os_object_enforces_read_only(section_os_object *object)
{
    /* VirtualProtect(): no more than the view was mapped with. */
    (void)object;
    return true;
}

section_os_result win32_duplicate(intptr_t *out, intptr_t from,
                                  ACCESS_MASK access, DWORD options)
{
    HANDLE copy;
    *out = SECTION_OS_NONE;
    if (!DuplicateHandle(GetCurrentProcess(), win32_handle(from),
                         GetCurrentProcess(), &copy, access, FALSE, options))
        return win32_failure(GetLastError());
    *out = win32_number(copy);
    return win32_ok();
}

section_os_result win32_section_duplicate(intptr_t *out, intptr_t from,
                                          section_rights rights)
{
    return win32_duplicate(out, from, win32_access_for(rights), 0);
}

intptr_t win32_extender(const section_os_object *object)
{
    return object->reader != SECTION_OS_NONE ? object->reader : object->handle;
}

/* SECTION_EXTEND_SIZE is a right of files that grow alone: of memory with a
 * name it tells that it is not published (win32_name.c). */
static section_os_result duplicate_section(intptr_t *out,
                                           const section_os_object *from,
                                           section_rights rights)
{
    DWORD access = win32_access_for(rights);
    if (win32_is_growing_file(from) && (rights & SECTION_RIGHT_EXTEND) != 0)
        access |= SECTION_EXTEND_SIZE;
    return win32_duplicate(out, from->handle, access, 0);
}

/* Views show what others have made the file larger by when the section is
 * extended, also for who may not extend the file. */
static section_os_result duplicate_extender(intptr_t *out,
                                            const section_os_object *from,
                                            section_rights rights)
{
    *out = SECTION_OS_NONE;
    if (!win32_is_growing_file(from) || (rights & SECTION_RIGHT_EXTEND) != 0)
        return win32_ok();
    return win32_duplicate(out, win32_extender(from), SECTION_EXTEND_SIZE, 0);
}

ACCESS_MASK win32_file_access_for(section_rights rights)
{
    ACCESS_MASK access = FILE_READ_DATA;
    if ((rights & SECTION_RIGHT_WRITE) != 0)
        access |= FILE_WRITE_DATA;
    if ((rights & SECTION_RIGHT_EXECUTE) != 0)
        access |= FILE_EXECUTE;
    return access;
}

/* A file that somebody else has opened may not let itself be asked which one it
 * is. */
section_os_result win32_file_duplicate(intptr_t *out, intptr_t from,
                                       section_rights rights)
{
    ACCESS_MASK access = win32_file_access_for(rights);
    section_os_result result =
        win32_duplicate(out, from, access | FILE_READ_ATTRIBUTES, 0);
    if (result.status == SECTION_ACCESS)
        result = win32_duplicate(out, from, access, 0);
    return result;
}

/* The handle of a file that may not write has the rights that every file behind
 * such a section gives, and the one to be asked which file it is, if it had
 * that before. One that may has what it had, but for the right to run: a new
 * section can be made of a file, with what its handle may do. */
static section_os_result duplicate_file(intptr_t *out, intptr_t from,
                                        section_rights rights)
{
    if ((rights & SECTION_RIGHT_WRITE) == 0)
        return win32_file_duplicate(out, from, rights);
    ACCESS_MASK granted;
    section_os_result result = win32_find_granted(&granted, win32_handle(from));
    if (result.status != SECTION_OK)
        return result;
    if ((rights & SECTION_RIGHT_EXECUTE) == 0)
        granted &= ~(ACCESS_MASK)FILE_EXECUTE;
    return win32_duplicate(out, from, granted, 0);
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
    const uint32_t of_rights = SECTION_OS_WRITABLE | SECTION_OS_EXECUTABLE;
    made.flags = (object->flags & ~of_rights) | win32_flags_for(rights);

    /* What was borrowed stays what it is. */
    bool has_section = !is_lent(object, object->handle);
    bool has_file =
        object->file != SECTION_OS_NONE && !is_lent(object, object->file);
    if (has_section)
        made.handle = SECTION_OS_NONE;
    if (has_file)
        made.file = SECTION_OS_NONE;

    section_os_result result = duplicate_extender(&made.reader, object, rights);
    if (result.status == SECTION_OK && has_section)
        result = duplicate_section(&made.handle, object, rights);
    if (result.status == SECTION_OK && has_file)
        result = duplicate_file(&made.file, object->file, rights);
    if (result.status != SECTION_OK) {
        section_os_object_close(&made);
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
    win32_close(object->reader);
    /* After the section: where the one is not, the other is gone as well. */
    win32_close(object->name);
    *object = SECTION_OS_OBJECT_NONE;
}

/* For lazy memory the handle is one of the section alone: its bytes live as
 * long as somebody has the object, or a duplicate of it. */
section_os_result section_os_native_duplicate(section_native *out,
                                              section_os_object *object,
                                              section_rights rights)
{
    *out = SECTION_OS_NONE;
    return duplicate_section(out, object, rights);
}

void section_os_object_identify(uint64_t id[2], section_os_object *object)
{
    BY_HANDLE_FILE_INFORMATION found;
    id[0] = 0;
    id[1] = 0;
    if (object->file == SECTION_OS_NONE ||
        !GetFileInformationByHandle(win32_handle(object->file), &found))
        return;
    id[0] = found.dwVolumeSerialNumber;
    id[1] = (uint64_t)found.nFileIndexHigh << 32 | found.nFileIndexLow;
}

/*
 * What was made separately is a section of its own, and if it is a file's there
 * can be several of the same bytes: that they are not is told by the file,
 * which lib/ has asked for, or by nobody.
 */
section_os_result section_os_object_is_same(bool *same, section_os_object *one,
                                            section_os_object *other)
{
    win32_section_information found, other_found;
    bool is_section = true;
    HANDLE handle = win32_handle(one->handle);
    HANDLE other_handle = win32_handle(other->handle);
    section_os_result result = win32_compare(same, handle, other_handle);
    if (result.status != SECTION_OK || *same)
        return result;
    result = win32_query_section(&found, &is_section, handle);
    if (result.status == SECTION_OK)
        result = win32_query_section(&other_found, &is_section, other_handle);
    if (result.status != SECTION_OK)
        return result;
    if ((found.attributes & other_found.attributes & WIN32_SECTION_IS_FILE) !=
        0)
        return win32_verdict(SECTION_UNSUPPORTED, 0);
    return win32_ok();
}

/* ------------------------------------------------------------------------
 * Seals
 * ------------------------------------------------------------------------ */

/*
 * No section ever becomes smaller, and of memory none becomes larger
 * (NtExtendSection() is for files): only the pages of a reserve are committed
 * later, by whoever can write them.
 */
uint32_t section_os_object_seals(section_os_object *object)
{
    return (object->flags & SECTION_OS_GROWS) != 0
               ? SECTION_SEAL_SHRINK
               : SECTION_SEAL_SHRINK | SECTION_SEAL_GROW;
}

/* What is not so by nature cannot be had: nobody can take a right from the
 * handles that others have. */
section_os_result section_os_object_seal(section_os_object *object,
                                         uint32_t seals)
{
    if ((seals & ~section_os_object_seals(object)) != 0)
        return win32_verdict(SECTION_UNSUPPORTED, 0);
    return win32_ok();
}
