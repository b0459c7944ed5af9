/* SPDX-License-Identifier: MIT */
/*
 * Sections of files that can be extended, where the system has none (Wine 8):
 * NtCreateSection() with SEC_RESERVE, NtExtendSection() and
 * NtMapViewOfSection() with MEM_RESERVE, as far as this library uses them, and
 * as Windows takes them: whatever it would refuse fails here, too. Linked with
 * the tests of growth, whose files then grow.
 *
 * A view is mapped as far as its section goes, and anew at the same address
 * when that becomes larger: for one thread at a time.
 */
#include "faults.h"

#include "expect.h"

#include <windows.h>
#include <winternl.h>

#include <stdlib.h>

#define REFUSED_PROTECTION ((LONG)0xC000004EL) /* STATUS_SECTION_PROTECTION */
#define REFUSED_SIZE       ((LONG)0xC000001FL) /* STATUS_INVALID_VIEW_SIZE */
#define REFUSED_ADDRESS    ((LONG)0xC0000018L) /* ...CONFLICTING_ADDRESSES */
#define REFUSED_ACCESS     ((LONG)0xC0000022L) /* STATUS_ACCESS_DENIED */

#define PAGE 4096

#define FILES_MOST   16
#define HANDLES_MOST 256
#define VIEWS_MOST   64

/* A file that this process has sections of. The system has one range of pages
 * for all of them: what one is extended by, views of the others show. */
typedef struct grown_file {
    HANDLE file;    /* NULL for none */
    HANDLE current; /* a section of Wine, as large as these are now */
    ULONGLONG size;
    DWORD volume, index[2];
} grown_file;

static grown_file files[FILES_MOST];

static struct {
    HANDLE handle;
    grown_file *of; /* NULL for none */
} handles[HANDLES_MOST];

static struct {
    char *base; /* NULL for none */
    char *rest; /* addresses kept for what is not there yet, or NULL */
    ULONGLONG offset;
    SIZE_T length;
    ULONG protection;
    grown_file *of;
} views[VIEWS_MOST];

static grown_file *file_of(HANDLE handle)
{
    for (size_t i = 0; i < HANDLES_MOST; i++)
        if (handles[i].of != NULL && handles[i].handle == handle)
            return handles[i].of;
    return NULL;
}

static void remember(HANDLE handle, grown_file *of)
{
    size_t i = 0;
    while (i < HANDLES_MOST && handles[i].of != NULL)
        i++;
    assert_that(i < HANDLES_MOST);
    handles[i].handle = handle;
    handles[i].of = of;
}

/* Let go of a file that nobody has a section or a view of. */
static void let_go(grown_file *of)
{
    for (size_t i = 0; i < HANDLES_MOST; i++)
        if (handles[i].of == of)
            return;
    for (size_t i = 0; i < VIEWS_MOST; i++)
        if (views[i].base != NULL && views[i].of == of)
            return;
    HANDLE file = of->file, current = of->current;
    memset(of, 0, sizeof(*of));
    (void)CloseHandle(current);
    (void)CloseHandle(file);
}

static void duplicated(void *from, void *to)
{
    grown_file *of = file_of(from);
    if (of != NULL)
        remember(to, of);
}

static void closed(void *handle)
{
    for (size_t i = 0; i < HANDLES_MOST; i++) {
        grown_file *of = handles[i].of;
        if (of == NULL || handles[i].handle != handle)
            continue;
        handles[i].of = NULL;
        let_go(of);
        return;
    }
}

static void *instead_of(void *handle)
{
    grown_file *of = file_of(handle);
    return of == NULL ? handle : of->current;
}

static ACCESS_MASK granted(HANDLE handle)
{
    struct {
        ULONG attributes;
        ACCESS_MASK granted;
        ULONG rest[12];
    } found;
    assert_that(NtQueryObject(handle, 0, &found, sizeof(found), NULL) >= 0);
    return found.granted;
}

/* ------------------------------------------------------------------------
 * Views
 * ------------------------------------------------------------------------ */

static DWORD map_access(ULONG protection)
{
    switch (protection) {
    case PAGE_READONLY:
        return FILE_MAP_READ;
    case PAGE_WRITECOPY:
        return FILE_MAP_COPY;
    case PAGE_EXECUTE_READ:
        return FILE_MAP_EXECUTE | FILE_MAP_READ;
    case PAGE_EXECUTE_READWRITE:
        return FILE_MAP_EXECUTE | FILE_MAP_READ | FILE_MAP_WRITE;
    case PAGE_EXECUTE_WRITECOPY:
        return FILE_MAP_EXECUTE | FILE_MAP_COPY;
    default:
        return FILE_MAP_READ | FILE_MAP_WRITE;
    }
}

/* What the handle of a section needs for a view with this protection. */
static ACCESS_MASK needed_for(ULONG protection)
{
    DWORD access = map_access(protection);
    ACCESS_MASK needed =
        (access & FILE_MAP_WRITE) != 0 ? SECTION_MAP_WRITE : SECTION_MAP_READ;
    if ((access & FILE_MAP_EXECUTE) != 0)
        needed |= SECTION_MAP_EXECUTE;
    return needed;
}

static bool show(size_t i)
{
    const grown_file *of = views[i].of;
    ULONGLONG there = of->size - views[i].offset;
    SIZE_T length = there < views[i].length ? (SIZE_T)there : views[i].length;
    DWORD access = map_access(views[i].protection);
    void *base =
        MapViewOfFileEx(of->current, access, (DWORD)(views[i].offset >> 32),
                        (DWORD)views[i].offset, length, views[i].base);
    SIZE_T end = (length + 65535) & ~(SIZE_T)65535;
    views[i].rest = NULL;
    if (base != NULL && end < views[i].length)
        views[i].rest = VirtualAlloc(views[i].base + end, views[i].length - end,
                                     MEM_RESERVE, PAGE_NOACCESS);
    return base != NULL;
}

/* While a view is mapped anew. */
static bool is_moving;

static void unmapped(const void *address)
{
    for (size_t i = 0; i < VIEWS_MOST; i++)
        if (views[i].base != NULL && views[i].base == address && !is_moving) {
            views[i].base = NULL;
            if (views[i].rest != NULL)
                (void)VirtualFree(views[i].rest, 0, MEM_RELEASE);
            let_go(views[i].of);
        }
}

/* Addresses for all of a view, or those asked for if they are free. */
static char *find_addresses(void *base, SIZE_T length)
{
    void *found = VirtualAlloc(base, length, MEM_RESERVE, PAGE_NOACCESS);
    if (found != NULL)
        (void)VirtualFree(found, 0, MEM_RELEASE);
    return found;
}

static LONG WINAPI map_view(HANDLE handle, HANDLE process, void **base,
                            ULONG_PTR zero_bits, SIZE_T commit,
                            LARGE_INTEGER *offset, SIZE_T *length,
                            LONG inherited, ULONG kind, ULONG protection)
{
    grown_file *of = file_of(handle);
    ULONGLONG start = (ULONGLONG)offset->QuadPart;
    assert_that(of != NULL && process == GetCurrentProcess());
    assert_that(zero_bits == 0 && commit == 0 && inherited == 2);
    assert_that(kind == MEM_RESERVE && start % 65536 == 0 && *length != 0);
    ACCESS_MASK needed = needed_for(protection);
    if ((granted(handle) & needed) != needed)
        return REFUSED_ACCESS;
    if (start >= of->size)
        return REFUSED_SIZE;
    size_t i = 0;
    while (i < VIEWS_MOST && views[i].base != NULL)
        i++;
    assert_that(i < VIEWS_MOST);
    views[i].base = find_addresses(*base, *length);
    if (views[i].base == NULL)
        return REFUSED_ADDRESS;
    views[i].offset = start;
    views[i].length = *length;
    views[i].protection = protection;
    views[i].of = of;
    assert_that(show(i));
    *base = views[i].base;
    return 0;
}

/* ------------------------------------------------------------------------
 * Sections
 * ------------------------------------------------------------------------ */

/* Pages that a view has copied are kept: those that are not what the file has
 * there. */
static void map_anew(size_t i, ULONGLONG before)
{
    ULONGLONG there = before - views[i].offset;
    SIZE_T length = there < views[i].length ? (SIZE_T)there : views[i].length;
    bool is_copy = views[i].protection == PAGE_WRITECOPY ||
                   views[i].protection == PAGE_EXECUTE_WRITECOPY;
    char *kept = is_copy ? malloc(length) : NULL;
    if (kept != NULL)
        memcpy(kept, views[i].base, length);
    assert_that(UnmapViewOfFile(views[i].base) != 0);
    if (views[i].rest != NULL)
        (void)VirtualFree(views[i].rest, 0, MEM_RELEASE);
    assert_that(show(i));
    for (SIZE_T at = 0; kept != NULL && at < length; at += PAGE) {
        SIZE_T part = length - at < PAGE ? length - at : PAGE;
        if (memcmp(views[i].base + at, kept + at, part) != 0)
            memcpy(views[i].base + at, kept + at, part);
    }
    free(kept);
}

/* Copy what is behind the end of a file, in its last page, from the pages or to
 * them. */
static void move_slack(HANDLE current, ULONGLONG end, char slack[PAGE],
                       bool back)
{
    ULONGLONG start = end & ~(ULONGLONG)65535;
    SIZE_T used = (SIZE_T)(end - start), length = PAGE - end % PAGE;
    char *base =
        MapViewOfFileEx(current, FILE_MAP_READ | FILE_MAP_WRITE,
                        (DWORD)(start >> 32), (DWORD)start, used, NULL);
    assert_that(base != NULL);
    memcpy(back ? base + used : slack, back ? slack : base + used, length);
    assert_that(UnmapViewOfFile(base) != 0);
}

static void resize(grown_file *of, ULONGLONG size)
{
    HANDLE before = of->current;
    ULONGLONG before_size = of->size;
    char slack[PAGE];
    /* Windows keeps the pages it has, Linux clears them. */
    bool has_slack = before != NULL && before_size % PAGE != 0;
    if (has_slack)
        move_slack(before, before_size, slack, false);
    of->size = size;
    /* Makes the file larger, too. */
    bool runs = (granted(of->file) & FILE_EXECUTE) != 0;
    of->current = CreateFileMappingW(
        of->file, NULL, runs ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE,
        (DWORD)(size >> 32), (DWORD)size, NULL);
    assert_that(of->current != NULL);
    if (before != NULL)
        (void)CloseHandle(before);
    /* A few bytes of it may be behind the new end. */
    if (has_slack)
        move_slack(of->current, before_size, slack, true);
    is_moving = true;
    for (size_t i = 0; i < VIEWS_MOST; i++)
        if (views[i].base != NULL && views[i].of == of)
            map_anew(i, before_size);
    is_moving = false;
}

/* The record of a file, a new one if there is none. */
static grown_file *find_file(HANDLE file)
{
    BY_HANDLE_FILE_INFORMATION found;
    assert_that(GetFileInformationByHandle(file, &found) != 0);
    grown_file *of = NULL;
    for (size_t i = 0; i < FILES_MOST; i++) {
        grown_file *at = &files[i];
        if (at->file == NULL && of == NULL)
            of = at;
        if (at->file != NULL && at->volume == found.dwVolumeSerialNumber &&
            at->index[0] == found.nFileIndexLow &&
            at->index[1] == found.nFileIndexHigh)
            return at;
    }
    assert_that(of != NULL);
    HANDLE self = GetCurrentProcess();
    assert_that(DuplicateHandle(self, file, self, &of->file, 0, FALSE,
                                DUPLICATE_SAME_ACCESS) != 0);
    of->volume = found.dwVolumeSerialNumber;
    of->index[0] = found.nFileIndexLow;
    of->index[1] = found.nFileIndexHigh;
    return of;
}

__declspec(dllimport) LONG WINAPI
    NtCreateSection(HANDLE *out, ACCESS_MASK access,
                    OBJECT_ATTRIBUTES *attributes, LARGE_INTEGER *size,
                    ULONG protection, ULONG kind, HANDLE file);

static LONG WINAPI create_section(HANDLE *out, ACCESS_MASK access,
                                  OBJECT_ATTRIBUTES *attributes,
                                  LARGE_INTEGER *size, ULONG protection,
                                  ULONG kind, HANDLE file)
{
    LONG status = NtCreateSection(out, access, attributes, size, protection,
                                  file == NULL ? kind : SEC_COMMIT, file);
    if (status < 0 || file == NULL)
        return status;
    assert_that(kind == SEC_RESERVE && (protection == PAGE_READWRITE ||
                                        protection == PAGE_EXECUTE_READWRITE));
    assert_that(protection == PAGE_READWRITE ||
                (granted(file) & FILE_EXECUTE) != 0);
    grown_file *of = find_file(file);
    if ((ULONGLONG)size->QuadPart > of->size)
        resize(of, (ULONGLONG)size->QuadPart);
    remember(*out, of);
    return status;
}

static LONG WINAPI extend_section(HANDLE handle, LARGE_INTEGER *size)
{
    grown_file *of = file_of(handle);
    assert_that(of != NULL);
    if ((granted(handle) & SECTION_EXTEND_SIZE) == 0)
        return REFUSED_ACCESS;
    if ((ULONGLONG)size->QuadPart > of->size)
        resize(of, (ULONGLONG)size->QuadPart);
    return 0;
}

static void (*find(const char *name))(void)
{
    if (strcmp(name, "NtCreateSection") == 0)
        return (void (*)(void))create_section;
    if (strcmp(name, "NtExtendSection") == 0)
        return (void (*)(void))extend_section;
    if (strcmp(name, "NtMapViewOfSection") == 0)
        return (void (*)(void))map_view;
    return NULL;
}

/* Before main(), and so before the library is asked what it can do. */
__attribute__((constructor)) static void stand_in(void)
{
    static const faults_stand_in what = {find, instead_of, duplicated, closed,
                                         unmapped};
    faults_stand_in_for(&what);
    /* Files of Wine grow sparse (docs/wine.md). */
    cmocka_set_skip_filter("new_bytes_are_committed_and_the_reserve_is_not");
}
