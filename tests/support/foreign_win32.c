/* SPDX-License-Identifier: MIT */
#include "foreign.h"

#include "win32_text.h"

#include <winternl.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

intptr_t foreign_memory(uint64_t size)
{
    HANDLE handle =
        CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE,
                           (DWORD)(size >> 32), (DWORD)size, NULL);
    return handle == NULL ? FOREIGN_NOTHING : (intptr_t)handle;
}

intptr_t foreign_file(const char *path, bool writable)
{
    HANDLE handle = CreateFileW(
        widen(path).text,
        writable ? GENERIC_READ | GENERIC_WRITE : GENERIC_READ, SHARE_ALL, NULL,
        OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    assert_that(handle != INVALID_HANDLE_VALUE);
    return (intptr_t)handle;
}

void foreign_seek(intptr_t handle, uint64_t position)
{
    LARGE_INTEGER to = {.QuadPart = (LONGLONG)position};
    assert_that(SetFilePointerEx((HANDLE)handle, to, NULL, FILE_BEGIN));
}

uint64_t foreign_position(intptr_t handle)
{
    LARGE_INTEGER nowhere = {.QuadPart = 0}, found;
    assert_that(
        SetFilePointerEx((HANDLE)handle, nowhere, &found, FILE_CURRENT));
    return (uint64_t)found.QuadPart;
}

intptr_t foreign_directory(const char *path)
{
    HANDLE handle =
        CreateFileW(widen(path).text, GENERIC_READ, SHARE_ALL, NULL,
                    OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    assert_that(handle != INVALID_HANDLE_VALUE);
    return (intptr_t)handle;
}

intptr_t foreign_pipe(void)
{
    HANDLE from, to;
    assert_that(CreatePipe(&from, &to, NULL, 0) != 0);
    (void)CloseHandle(to);
    return (intptr_t)from;
}

void foreign_close(intptr_t handle)
{
    assert_that(CloseHandle((HANDLE)handle) != 0);
}

bool foreign_is_open(intptr_t handle)
{
    DWORD flags;
    return GetHandleInformation((HANDLE)handle, &flags) != 0;
}

bool foreign_is_inherited(intptr_t handle)
{
    DWORD flags = 0;
    assert_that(GetHandleInformation((HANDLE)handle, &flags) != 0);
    return (flags & HANDLE_FLAG_INHERIT) != 0;
}

/* NtQuerySection(SectionBasicInformation): the only way to ask a section for
 * its size. */
struct section_basic {
    void *base;
    ULONG attributes;
    LARGE_INTEGER size;
};

typedef NTSTATUS(NTAPI *query_section)(HANDLE, int, void *, ULONG, ULONG *);

static bool section_size(HANDLE handle, uint64_t *size)
{
    struct section_basic basic;
    HMODULE library = GetModuleHandleW(L"ntdll.dll");
    query_section query = (query_section)(void (*)(void))GetProcAddress(
        library, "NtQuerySection");
    if (query == NULL || query(handle, 0, &basic, sizeof(basic), NULL) < 0)
        return false;
    *size = (uint64_t)basic.size.QuadPart;
    return true;
}

uint64_t foreign_size(intptr_t handle)
{
    uint64_t size = 0;
    LARGE_INTEGER file;
    if (section_size((HANDLE)handle, &size))
        return size;
    assert_that(GetFileSizeEx((HANDLE)handle, &file) != 0);
    return (uint64_t)file.QuadPart;
}

uint64_t foreign_allocated(intptr_t handle)
{
    /* A charge to the whole system, that no object tells of. */
    (void)handle;
    return 0;
}

bool foreign_is_in_memory(intptr_t handle)
{
    /* The page file, or what Wine has in its place: a temporary file. */
    (void)handle;
    return false;
}

static bool can_map(HANDLE handle, DWORD access)
{
    void *address = MapViewOfFile(handle, access, 0, 0, 1);
    if (address == NULL)
        return false;
    (void)UnmapViewOfFile(address);
    return true;
}

bool foreign_can_write(intptr_t handle)
{
    DWORD written;
    uint64_t size;
    /* A section is no file to write to, although Wine 8 takes it for one. */
    if (section_size((HANDLE)handle, &size))
        return can_map((HANDLE)handle, FILE_MAP_WRITE);
    return WriteFile((HANDLE)handle, "", 0, &written, NULL) != 0;
}

bool foreign_can_read(intptr_t handle)
{
    return can_map((HANDLE)handle, FILE_MAP_READ);
}

bool foreign_cut(intptr_t handle, uint64_t size)
{
    FILE_END_OF_FILE_INFO end = {.EndOfFile = {.QuadPart = (LONGLONG)size}};
    return SetFileInformationByHandle((HANDLE)handle, FileEndOfFileInfo, &end,
                                      sizeof(end)) != 0;
}

bool foreign_can_widen(intptr_t handle)
{
    HANDLE self = GetCurrentProcess(), wider;
    /* WRITE_DAC is the owner's by right: what programs of one user do to each
     * other is not held against the library. */
    const DWORD accesses[] = {FILE_MAP_ALL_ACCESS, FILE_MAP_WRITE,
                              SECTION_EXTEND_SIZE};
    for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++)
        if (DuplicateHandle(self, (HANDLE)handle, self, &wider, accesses[i],
                            FALSE, 0)) {
            (void)CloseHandle(wider);
            return true;
        }
    return false;
}

bool foreign_rights_are_final(void)
{
    return true;
}

intptr_t foreign_name_only(const char *path)
{
    (void)path;
    return FOREIGN_NOTHING;
}

intptr_t foreign_sealable_memory(uint64_t size)
{
    (void)size;
    return FOREIGN_NOTHING;
}

bool foreign_seal_against_new_writers(intptr_t memory)
{
    (void)memory;
    return false;
}

intptr_t foreign_sealed_memory(uint64_t size)
{
    (void)size;
    return FOREIGN_NOTHING;
}

intptr_t foreign_huge_memory(uint64_t size)
{
    (void)size;
    return FOREIGN_NOTHING;
}

bool lock_take(intptr_t handle)
{
    /* Locks of Windows belong to a handle and not to a process. */
    (void)handle;
    return false;
}

bool lock_is_held(const char *path)
{
    (void)path;
    return false;
}
