/* SPDX-License-Identifier: MIT */
/*
 * The calls that are looked for at first need, by name: those of ntdll, because
 * import libraries do not have them all, and what not every Windows has.
 */
#include "win32_native.h"

#include <string.h>

/* Any of them. No compiler warns of a cast from a type without arguments. */
typedef void (*native_function)(void);

enum {
    COMPARE,
    CREATE_EVENT,
    CREATE_SECTION,
    EXTEND_SECTION,
    MAP_SECTION,
    OPEN_DIRECTORY,
    OPEN_EVENT,
    OPEN_SECTION,
    PREFETCH,
    QUERY_DIRECTORY,
    QUERY_FILE,
    QUERY_OBJECT,
    QUERY_SECTION,
    TRANSLATE,
    FUNCTIONS
};

static const char *const function_names[FUNCTIONS] = {
    "CompareObjectHandles",
    "NtCreateEvent",
    "NtCreateSection",
    "NtExtendSection",
    "NtMapViewOfSection",
    "NtOpenDirectoryObject",
    "NtOpenEvent",
    "NtOpenSection",
    "PrefetchVirtualMemory",
    "NtQueryDirectoryObject",
    "NtQueryInformationFile",
    "NtQueryObject",
    "NtQuerySection",
    "RtlNtStatusToDosError",
};

static const WCHAR *find_library(int which)
{
    switch (which) {
    case COMPARE:
        return L"kernelbase.dll"; /* and not in kernel32.dll */
    case PREFETCH:
        return L"kernel32.dll";
    default:
        return L"ntdll.dll";
    }
}

/* Where they are never changes: threads that look at the same time write the
 * same. NULL for not looked for yet. */
static native_function volatile known_functions[FUNCTIONS];

/* NULL if this Windows does not have it. */
static native_function find_function(int which)
{
    native_function found = known_functions[which];
    if (found != NULL)
        return found;
    HMODULE library = GetModuleHandleW(find_library(which));
    FARPROC address =
        library == NULL ? NULL : GetProcAddress(library, function_names[which]);
    found = (native_function)address;
    known_functions[which] = found;
    return found;
}

/* ------------------------------------------------------------------------
 * Failures
 * ------------------------------------------------------------------------ */

typedef ULONG(WINAPI *translate_function)(LONG);

static DWORD translate(LONG status)
{
    native_function function = find_function(TRANSLATE);
    if (function == NULL)
        return ERROR_PROC_NOT_FOUND;
    return ((translate_function)function)(status);
}

section_os_result win32_native_failure(LONG status)
{
    return win32_failure(translate(status));
}

section_os_result win32_native_verdict(section_status verdict, LONG status)
{
    return win32_verdict(verdict, translate(status));
}

/* ------------------------------------------------------------------------
 * What a handle is
 * ------------------------------------------------------------------------ */

/* ZwQueryObject(), ObjectBasicInformation: PUBLIC_OBJECT_BASIC_INFORMATION. */
typedef struct object_information {
    ULONG attributes;
    ACCESS_MASK granted;
    ULONG handles;
    ULONG pointers;
    ULONG reserved[10];
} object_information;

/* A handle, 0 for the basic information, where it goes and how much may, how
 * much did: the same but for the types of the last two. */
typedef LONG(WINAPI *query_object_function)(HANDLE, LONG, void *, ULONG,
                                            ULONG *);
typedef LONG(WINAPI *query_section_function)(HANDLE, LONG, void *, SIZE_T,
                                             SIZE_T *);

section_os_result win32_find_granted(ACCESS_MASK *out, HANDLE handle)
{
    *out = 0;
    native_function function = find_function(QUERY_OBJECT);
    if (function == NULL)
        return win32_failure(ERROR_PROC_NOT_FOUND);
    object_information found;
    LONG status = ((query_object_function)function)(handle, 0, &found,
                                                    sizeof(found), NULL);
    if (status < 0)
        return win32_native_failure(status);
    *out = found.granted;
    return win32_ok();
}

/* OBJECT_NAME_INFORMATION */
typedef union name_information {
    UNICODE_STRING name;
    BYTE bytes[sizeof(UNICODE_STRING) + sizeof(WCHAR) * WIN32_NAME_CAPACITY];
} name_information;

section_os_result win32_find_name(win32_name *out, HANDLE handle)
{
    out->length = 0;
    native_function function = find_function(QUERY_OBJECT);
    if (function == NULL)
        return win32_failure(ERROR_PROC_NOT_FOUND);
    name_information found;
    ULONG needed;
    LONG status = ((query_object_function)function)(handle, 1, &found,
                                                    sizeof(found), &needed);
    if (status == WIN32_STATUS_BUFFER_OVERFLOW ||
        status == WIN32_STATUS_INFO_LENGTH_MISMATCH)
        return win32_ok();
    if (status < 0)
        return win32_native_failure(status);
    size_t length = found.name.Length / sizeof(WCHAR);
    if (length == 0 || length > WIN32_NAME_CAPACITY)
        return win32_ok();
    memcpy(out->text, found.name.Buffer, length * sizeof(WCHAR));
    out->length = length;
    return win32_ok();
}

typedef BOOL(WINAPI *compare_function)(HANDLE, HANDLE);

#ifndef ERROR_NOT_SAME_OBJECT
#define ERROR_NOT_SAME_OBJECT 1656L
#endif

/* Since Windows 10. */
section_os_result win32_compare(bool *same, HANDLE one, HANDLE other)
{
    *same = false;
    native_function function = find_function(COMPARE);
    if (function == NULL)
        return win32_failure(ERROR_PROC_NOT_FOUND);
    *same = ((compare_function)function)(one, other) != FALSE;
    DWORD error = GetLastError();
    if (*same || error == ERROR_NOT_SAME_OBJECT)
        return win32_ok();
    return win32_failure(error);
}

typedef LONG(WINAPI *query_file_function)(HANDLE, IO_STATUS_BLOCK *, void *,
                                          ULONG, int);

LONG win32_query_file(HANDLE file, int what, void *out, ULONG size)
{
    IO_STATUS_BLOCK done;
    native_function function = find_function(QUERY_FILE);
    if (function == NULL)
        return WIN32_STATUS_PROCEDURE_NOT_FOUND;
    return ((query_file_function)function)(file, &done, out, size, what);
}

section_os_result win32_query_section(win32_section_information *out,
                                      bool *is_section, HANDLE handle)
{
    *is_section = false;
    native_function function = find_function(QUERY_SECTION);
    if (function == NULL)
        return win32_failure(ERROR_PROC_NOT_FOUND);
    LONG status =
        ((query_section_function)function)(handle, 0, out, sizeof(*out), NULL);
    if (status == WIN32_STATUS_OBJECT_TYPE_MISMATCH)
        return win32_ok();
    if (status < 0)
        return win32_native_failure(status);
    *is_section = true;
    return win32_ok();
}

/* ------------------------------------------------------------------------
 * What has a name
 * ------------------------------------------------------------------------ */

/* OBJECT_ATTRIBUTES. Without OBJ_INHERIT no program that is started gets a
 * handle, without OBJ_OPENIF nothing is opened that was to be created, and
 * without OBJ_CASE_INSENSITIVE upper and lower case are different. */
#define DO_NOT_REPARSE 0x1000u /* OBJ_DONT_REPARSE, since Windows 10 */
#define DIRECTORY_READ 0x0001u /* DIRECTORY_QUERY */
#define NOT_ASKED_YET  (-1)

/* What there is to say about every name, found out by opening a directory. */
static volatile LONG known_attributes = NOT_ASKED_YET;

/* Both structs, and the object they describe. */
typedef struct attributes {
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES object;
} attributes;

static OBJECT_ATTRIBUTES *describe_nameless(attributes *out,
                                            SECURITY_DESCRIPTOR *security)
{
    const OBJECT_ATTRIBUTES empty = {0};
    out->object = empty;
    out->object.Length = sizeof(out->object);
    out->object.SecurityDescriptor = security;
    return &out->object;
}

static OBJECT_ATTRIBUTES *describe(attributes *out, const win32_name *name,
                                   ULONG flags, SECURITY_DESCRIPTOR *security)
{
    USHORT bytes = (USHORT)(name->length * sizeof(WCHAR));
    (void)describe_nameless(out, security);
    /* Declared without const by the system, which does not write there. */
    out->name.Buffer = (WCHAR *)name->text;
    out->name.Length = bytes;
    out->name.MaximumLength = bytes;
    out->object.ObjectName = &out->name;
    out->object.Attributes = flags;
    return &out->object;
}

typedef LONG(WINAPI *open_function)(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);

static LONG open_object(int which, HANDLE *out, ACCESS_MASK access,
                        const win32_name *name, ULONG flags)
{
    *out = NULL;
    native_function function = find_function(which);
    if (function == NULL)
        return WIN32_STATUS_PROCEDURE_NOT_FOUND;
    attributes a;
    return ((open_function)function)(out, access,
                                     describe(&a, name, flags, NULL));
}

LONG win32_directory_open(HANDLE *out, const win32_name *name)
{
    return open_object(OPEN_DIRECTORY, out, DIRECTORY_READ, name, 0);
}

/*
 * Others of the login session may leave a link of the kernel where a section
 * is looked for: it is not followed. Systems before Windows 10 do not know how
 * to be told so, and it must not be said where the directory itself is behind a
 * link. (OBJ_OPENLINK is no way to say it: the kernel refuses that for sections
 * and events, STATUS_INVALID_PARAMETER, which Wine does not.)
 */
static ULONG find_attributes(const win32_name *name)
{
    LONG known = known_attributes;
    if (known != NOT_ASKED_YET)
        return (ULONG)known;
    win32_name directory = *name;
    while (directory.length > 1 &&
           directory.text[directory.length - 1] != L'\\')
        directory.length--;
    directory.length--;
    HANDLE opened;
    LONG status = open_object(OPEN_DIRECTORY, &opened, DIRECTORY_READ,
                              &directory, DO_NOT_REPARSE);
    if (status >= 0) {
        (void)CloseHandle(opened);
        known_attributes = (LONG)DO_NOT_REPARSE;
    } else if (status == WIN32_STATUS_INVALID_PARAMETER ||
               status == WIN32_STATUS_REPARSE_POINT_ENCOUNTERED) {
        known_attributes = 0;
        return 0;
    }
    return DO_NOT_REPARSE;
}

LONG win32_section_open(HANDLE *out, ACCESS_MASK access, const win32_name *name)
{
    return open_object(OPEN_SECTION, out, access, name, find_attributes(name));
}

LONG win32_event_open(HANDLE *out, ACCESS_MASK access, const win32_name *name)
{
    return open_object(OPEN_EVENT, out, access, name, find_attributes(name));
}

typedef LONG(WINAPI *create_section_function)(HANDLE *, ACCESS_MASK,
                                              OBJECT_ATTRIBUTES *,
                                              LARGE_INTEGER *, ULONG, ULONG,
                                              HANDLE);

/* CreateFileMapping() takes one number for the protection and what SEC_ says,
 * and so do the functions here; the kernel takes two. */
#define PROTECTIONS 0xFFFu

static LONG create_section(HANDLE *out, ACCESS_MASK access,
                           OBJECT_ATTRIBUTES *of, uint64_t size,
                           ULONG protection, HANDLE file)
{
    *out = NULL;
    native_function function = find_function(CREATE_SECTION);
    if (function == NULL)
        return WIN32_STATUS_PROCEDURE_NOT_FOUND;
    LARGE_INTEGER bytes;
    bytes.QuadPart = (LONGLONG)size;
    return ((create_section_function)function)(out, access, of, &bytes,
                                               protection & PROTECTIONS,
                                               protection & ~PROTECTIONS, file);
}

LONG win32_section_create_named(HANDLE *out, ACCESS_MASK access,
                                const win32_name *name,
                                SECURITY_DESCRIPTOR *security, uint64_t size,
                                ULONG protection)
{
    attributes a;
    return create_section(out, access,
                          describe(&a, name, find_attributes(name), security),
                          size, protection, NULL);
}

typedef LONG(WINAPI *create_event_function)(HANDLE *, ACCESS_MASK,
                                            OBJECT_ATTRIBUTES *, LONG, BOOLEAN);

LONG win32_event_create(HANDLE *out, ACCESS_MASK access, const win32_name *name,
                        SECURITY_DESCRIPTOR *security)
{
    *out = NULL;
    native_function function = find_function(CREATE_EVENT);
    if (function == NULL)
        return WIN32_STATUS_PROCEDURE_NOT_FOUND;
    attributes a;
    return ((create_event_function)function)(
        out, access, describe(&a, name, find_attributes(name), security), 0,
        FALSE);
}

/* ------------------------------------------------------------------------
 * Sections of files that grow
 * ------------------------------------------------------------------------ */

bool win32_can_extend(void)
{
    return find_function(EXTEND_SECTION) != NULL;
}

/* Of a file SEC_RESERVE says nothing, all its pages are committed; but these
 * sections have been made with it since there are databases that grow them. */
LONG win32_section_create_file(HANDLE *out, ACCESS_MASK access, HANDLE file,
                               SECURITY_DESCRIPTOR *security, uint64_t size,
                               ULONG protection)
{
    attributes a;
    return create_section(out, access, describe_nameless(&a, security), size,
                          protection | SEC_RESERVE, file);
}

typedef LONG(WINAPI *extend_section_function)(HANDLE, LARGE_INTEGER *);

LONG win32_section_extend(HANDLE handle, uint64_t size)
{
    native_function function = find_function(EXTEND_SECTION);
    if (function == NULL)
        return WIN32_STATUS_PROCEDURE_NOT_FOUND;
    LARGE_INTEGER bytes;
    bytes.QuadPart = (LONGLONG)size;
    return ((extend_section_function)function)(handle, &bytes);
}

/* SECTION_INHERIT: programs that are started have no such view. */
#define VIEW_UNMAP 2

typedef LONG(WINAPI *map_section_function)(HANDLE, HANDLE, void **, ULONG_PTR,
                                           SIZE_T, LARGE_INTEGER *, SIZE_T *,
                                           LONG, ULONG, ULONG);

/* MEM_RESERVE is what lets a view be larger than its section
 * (ZwMapViewOfSection(), AllocationType). */
LONG win32_section_map(void **base, HANDLE handle, uint64_t offset,
                       size_t length, ULONG protection)
{
    native_function function = find_function(MAP_SECTION);
    if (function == NULL)
        return WIN32_STATUS_PROCEDURE_NOT_FOUND;
    LARGE_INTEGER start;
    SIZE_T size = length;
    start.QuadPart = (LONGLONG)offset;
    return ((map_section_function)function)(handle, GetCurrentProcess(), base,
                                            0, 0, &start, &size, VIEW_UNMAP,
                                            MEM_RESERVE, protection);
}

/* ------------------------------------------------------------------------
 * What is not in every Windows
 * ------------------------------------------------------------------------ */

/* WIN32_MEMORY_RANGE_ENTRY */
typedef struct memory_range {
    void *base;    /* cppcheck-suppress unusedStructMember */
    SIZE_T length; /* cppcheck-suppress unusedStructMember */
} memory_range;

typedef BOOL(WINAPI *prefetch_function)(HANDLE, ULONG_PTR, memory_range *,
                                        ULONG);

section_os_result win32_prefetch(void *base, size_t length)
{
    native_function function = find_function(PREFETCH);
    if (function == NULL)
        return win32_failure(ERROR_PROC_NOT_FOUND);
    memory_range range = {base, length};
    if (((prefetch_function)function)(GetCurrentProcess(), 1, &range, 0))
        return win32_ok();
    return win32_failure(GetLastError());
}

/* ------------------------------------------------------------------------
 * Directories
 * ------------------------------------------------------------------------ */

typedef LONG(WINAPI *query_directory_function)(HANDLE, void *, ULONG, BOOLEAN,
                                               BOOLEAN, ULONG *, ULONG *);

LONG win32_directory_read(HANDLE directory, void *buffer, ULONG size,
                          bool everything, ULONG *place)
{
    native_function function = find_function(QUERY_DIRECTORY);
    if (function == NULL)
        return WIN32_STATUS_PROCEDURE_NOT_FOUND;
    ULONG returned;
    return ((query_directory_function)function)(
        directory, buffer, size, everything ? FALSE : TRUE,
        everything ? TRUE : FALSE, place, &returned);
}
