/* SPDX-License-Identifier: MIT */
/*
 * Files: opening and creating them without being fooled by what else can stand
 * at a path, growing them, and taking a creation back.
 */
#include "win32_native.h"

#include <assert.h>
#include <winioctl.h>

static bool is_directory(const WCHAR *path)
{
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES &&
           (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

/*
 * A path may still lead to a pipe, by way of a link or of a drive that is none
 * of a disk: whoever serves it learns who we are, and cannot act as us
 * (CreateFile(), Security Quality of Service).
 */
#define OPEN_FLAGS                                                             \
    (FILE_ATTRIBUTE_NORMAL | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION)

/* A section that maps views to run is made of a file that was opened to be run
 * (CreateFileMapping, flProtect). */
static DWORD access_for(section_rights rights)
{
    DWORD access = GENERIC_READ;
    if ((rights & SECTION_RIGHT_WRITE) != 0)
        access |= GENERIC_WRITE;
    if ((rights & SECTION_RIGHT_EXECUTE) != 0)
        access |= GENERIC_EXECUTE;
    return access;
}

static section_os_result open_existing(HANDLE *out, const WCHAR *path,
                                       section_rights rights)
{
    *out = CreateFileW(path, access_for(rights), WIN32_SHARE_ALL, NULL,
                       OPEN_EXISTING, OPEN_FLAGS, NULL);
    if (*out != INVALID_HANDLE_VALUE)
        return win32_ok();
    DWORD error = GetLastError();
    if (error == ERROR_ACCESS_DENIED && is_directory(path))
        return win32_verdict(SECTION_KIND, error);
    return win32_failure(error);
}

/*
 * Without the right to delete, although the file may have to be deleted again:
 * as long as a handle with that right is open, nobody can open the file who
 * does not allow others to delete it, and fopen() does not.
 */
static section_os_result create_new(HANDLE *out, const WCHAR *path,
                                    section_rights rights)
{
    *out = CreateFileW(path, access_for(rights), WIN32_SHARE_ALL, NULL,
                       CREATE_NEW, OPEN_FLAGS, NULL);
    if (*out != INVALID_HANDLE_VALUE)
        return win32_ok();
    DWORD error = GetLastError();
    /* What Windows says if a directory is in the way. */
    if (error == ERROR_ACCESS_DENIED && is_directory(path))
        return win32_verdict(SECTION_EXISTS, error);
    return win32_failure(error);
}

/* What a handle turned out to be. */
static section_os_result describe(HANDLE file, section_os_facts *facts)
{
    if (GetFileType(file) != FILE_TYPE_DISK)
        return win32_verdict(SECTION_KIND, 0);
    BY_HANDLE_FILE_INFORMATION found;
    if (!GetFileInformationByHandle(file, &found))
        return win32_failure(GetLastError());
    if ((found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0)
        return win32_verdict(SECTION_KIND, 0);
    facts->size = (uint64_t)found.nFileSizeHigh << 32 | found.nFileSizeLow;
    facts->kind = SECTION_KIND_FILE;
    facts->commit = SECTION_COMMIT_NONE;
    return win32_ok();
}

/* The object of a file that was opened or created. */
static section_os_result make_object(section_os_object *out,
                                     section_os_facts *facts, HANDLE file,
                                     section_rights rights)
{
    out->file = win32_number(file);
    /* A view needs the file to make its bytes durable, whenever the section
     * was closed. */
    out->flags = SECTION_OS_VIEWS_HOLD | win32_flags_for(rights);
    return describe(file, facts);
}

section_os_result section_os_file_open(section_os_object *out,
                                       section_os_facts *facts,
                                       const char *path, section_rights rights)
{
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};

    WCHAR *wide;
    section_os_result result = win32_path(&wide, path);
    if (result.status != SECTION_OK)
        return result;
    HANDLE file;
    result = open_existing(&file, wide, rights);
    section_os_free(wide);
    if (result.status != SECTION_OK)
        return result;
    result = make_object(out, facts, file, rights);
    if (result.status != SECTION_OK) {
        section_os_object_close(out);
        *facts = (section_os_facts){0};
    }
    return result;
}

section_os_result section_os_file_keep_directory(section_os_object *object,
                                                 const char *path)
{
    (void)object;
    (void)path;
    return win32_ok();
}

section_os_result section_os_file_create(section_os_object *out,
                                         section_os_facts *facts,
                                         const char *path,
                                         section_rights rights)
{
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};

    WCHAR *wide;
    section_os_result result = win32_path(&wide, path);
    if (result.status != SECTION_OK)
        return result;
    HANDLE file;
    result = create_new(&file, wide, rights);
    section_os_free(wide);
    if (result.status != SECTION_OK)
        return result;
    result = make_object(out, facts, file, rights);
    facts->created = true;
    if (result.status != SECTION_OK) {
        section_os_file_undo(out, facts, path);
        section_os_object_close(out);
        *facts = (section_os_facts){0};
    }
    return result;
}

void win32_make_sparse(HANDLE file)
{
    DWORD ignored;
    (void)DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &ignored,
                          NULL);
}

/* Whether all bytes of a file have their place on the disk: file systems give
 * it as the end of the file moves, unless the file is sparse or compressed. */
static section_commit find_commit(HANDLE file, uint64_t size)
{
    FILE_STANDARD_INFO found;
    if (!GetFileInformationByHandleEx(file, FileStandardInfo, &found,
                                      sizeof(found)))
        return SECTION_COMMIT_NONE;
    return (uint64_t)found.AllocationSize.QuadPart >= size
               ? SECTION_COMMIT_ALLOCATED
               : SECTION_COMMIT_NONE;
}

/* Whether a file is that large, as far as can be known. */
static bool has_size(HANDLE file, uint64_t size)
{
    LARGE_INTEGER found;
    return GetFileSizeEx(file, &found) && (uint64_t)found.QuadPart == size;
}

static section_os_result make_section(section_os_object *object, uint64_t size,
                                      uint64_t reserve)
{
    HANDLE file = win32_handle(object->file);
    bool writable = (object->flags & SECTION_OS_WRITABLE) != 0;
    if (reserve <= size)
        return win32_section_create(&object->handle, file,
                                    win32_protection_for(object->flags), size);
    /* Only a section that is written has views larger than itself. */
    if (!writable || !win32_can_extend())
        return win32_verdict(SECTION_UNSUPPORTED, 0);
    section_os_result result = win32_section_create_growing(
        &object->handle, file, object->flags, size);
    if (result.status == SECTION_OK)
        object->flags |= SECTION_OS_GROWS;
    return result;
}

/*
 * Making the section grows the file, and that is the safe way to do it: the
 * system looks at the size and moves the end under the lock of the file, so
 * that nothing another writer has appended meanwhile is cut off.
 */
section_os_result section_os_file_bind(section_os_object *object,
                                       section_os_facts *facts, uint64_t size,
                                       uint64_t reserve, bool lazy)
{
    HANDLE file = win32_handle(object->file);
    bool grows = size > facts->size;
    assert((object->flags & SECTION_OS_WRITABLE) != 0 || !grows);
    if (grows && lazy && facts->created)
        win32_make_sparse(file);
    section_os_result result = make_section(object, size, reserve);
    if (result.status == SECTION_OK && grows && !lazy)
        facts->commit = find_commit(file, size);
    /* The end is moved before the section is made, and stays where it is if
     * there is no memory for the section then. */
    if (result.status != SECTION_OK && grows && has_size(file, size))
        facts->size = size;
    return result;
}

/* By the handle and not by the path, which may name another file by now. */
void section_os_file_undo(section_os_object *object,
                          const section_os_facts *facts, const char *path)
{
    (void)path;
    /* No file is deleted that is the contents of a section. */
    win32_close(object->handle);
    object->handle = SECTION_OS_NONE;
    HANDLE file =
        ReOpenFile(win32_handle(object->file), DELETE, WIN32_SHARE_ALL, 0);
    if (file == INVALID_HANDLE_VALUE)
        return;
    /* Bytes in it are another process's. */
    FILE_DISPOSITION_INFO disposition = {TRUE};
    if (has_size(win32_handle(object->file), facts->size))
        (void)SetFileInformationByHandle(file, FileDispositionInfo,
                                         &disposition, sizeof(disposition));
    win32_close(win32_number(file));
}
