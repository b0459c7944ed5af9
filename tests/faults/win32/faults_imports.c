/* SPDX-License-Identifier: MIT */
/*
 * Every import of platform/win32, with the way it fails. check_imports.cmake
 * compares this file with the library, so that no import is forgotten.
 */
#include "faults.h"

#include "expect.h"

#include <windows.h>
#include <winternl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static unsigned calls_to_go;
static const char *armed_import; /* NULL for any */
static DWORD armed_thread;       /* 0 for any */
static const char *denied_import;
static DWORD denied_thread, denied_code;
static DWORD armed_code;
static DWORD struck_code;
static size_t files_opened;
static DWORD file_flags;
static const char *struck;
static const void *left_mapped;
static size_t heap_blocks;
static unsigned long kind_made, view_access;
static bool section_had_token;
static bool pretends_to_have, pretends_to_use;

void faults_arm(unsigned nth)
{
    struck = NULL;
    left_mapped = NULL;
    armed_import = NULL;
    armed_thread = 0;
    calls_to_go = nth;
}

void faults_arm_here(unsigned nth)
{
    faults_arm(0);
    armed_thread = GetCurrentThreadId();
    calls_to_go = nth;
}

void faults_deny_here(const char *name, unsigned long code)
{
    denied_thread = GetCurrentThreadId();
    denied_code = code;
    denied_import = name;
}

void faults_arm_import(const char *name, unsigned long code)
{
    faults_arm(1);
    armed_import = name;
    armed_code = code;
}

const char *faults_disarm(void)
{
    calls_to_go = 0;
    return struck;
}

size_t faults_heap_blocks(void)
{
    return heap_blocks;
}

const void *faults_left_mapped(void)
{
    return left_mapped;
}

unsigned long faults_section_kind(void)
{
    return kind_made;
}

bool faults_section_had_token(void)
{
    return section_had_token;
}

unsigned long faults_view_access(void)
{
    return view_access;
}

void faults_pretend_privilege(bool has, bool can_use)
{
    pretends_to_have = has;
    pretends_to_use = can_use;
}

static faults_stand_in stand_in;

void faults_stand_in_for(const faults_stand_in *what)
{
    stand_in = *what;
}

size_t faults_files_opened(void)
{
    return files_opened;
}

unsigned long faults_file_flags(void)
{
    return file_flags;
}

void faults_deny_everybody(const char *name, unsigned long code)
{
    faults_deny_here(name, code);
    denied_thread = 0;
}

/* Whether this call is the one that fails. */
static bool strikes(const char *name, DWORD error)
{
    if (denied_import != NULL && strcmp(denied_import, name) == 0 &&
        (denied_thread == 0 || denied_thread == GetCurrentThreadId())) {
        SetLastError(denied_code);
        return true;
    }
    if (calls_to_go == 0 ||
        (armed_thread != 0 && armed_thread != GetCurrentThreadId()))
        return false;
    if (armed_import != NULL && strcmp(armed_import, name) != 0)
        return false;
    if (--calls_to_go > 0)
        return false;
    struck = name;
    struck_code = armed_import != NULL ? armed_code : error;
    SetLastError(struck_code);
    return true;
}

/* ------------------------------------------------------------------------
 * The real functions. GetProcAddress() is one of those that fail, so the
 * loader is asked by its own calls.
 * ------------------------------------------------------------------------ */

typedef struct loader_text {
    USHORT length;  /* bytes */
    USHORT maximum; /* bytes, with the end */
    const void *text;
} loader_text;

__declspec(dllimport) LONG WINAPI
    LdrGetDllHandle(const WCHAR *path, ULONG *flags, const loader_text *name,
                    HMODULE *out);
__declspec(dllimport) LONG WINAPI
    LdrGetProcedureAddress(HMODULE library, const loader_text *name,
                           ULONG ordinal, FARPROC *out);

static FARPROC find_real(const WCHAR *library, const char *name)
{
    loader_text file = {(USHORT)(wcslen(library) * sizeof(WCHAR)),
                        (USHORT)((wcslen(library) + 1) * sizeof(WCHAR)),
                        library};
    loader_text function = {(USHORT)strlen(name), (USHORT)(strlen(name) + 1),
                            name};
    HMODULE module = NULL;
    FARPROC real = NULL;
    if (LdrGetDllHandle(NULL, NULL, &file, &module) < 0 ||
        LdrGetProcedureAddress(module, &function, 0, &real) < 0)
        ExitProcess(1);
    return real;
}

/* ------------------------------------------------------------------------
 * What fails
 * ------------------------------------------------------------------------ */

/* A function that fails when its time has come, and is itself otherwise. */
#define FALLIBLE(library, type, name, failure, error, parameters, arguments)   \
    typedef type(WINAPI *name##_function) parameters;                          \
    static type WINAPI faulty_##name parameters                                \
    {                                                                          \
        static FARPROC real;                                                   \
        if (strikes(#name, error))                                             \
            return failure;                                                    \
        if (real == NULL)                                                      \
            real = find_real(library, #name);                                  \
        return ((name##_function)(void (*)(void))real)arguments;               \
    }

/* What the library finds where it looks for an import. */
#define REPLACE_BY(name, function)                                             \
    extern name##_function __imp_##name;                                       \
    name##_function __imp_##name = function;
#define REPLACE(name) REPLACE_BY(name, faulty_##name)

/* One that the library imports. */
#define IMPORT(type, name, failure, error, parameters, arguments)              \
    FALLIBLE(L"kernel32.dll", type, name, failure, error, parameters,          \
             arguments)                                                        \
    REPLACE(name)

IMPORT(void *, AddVectoredExceptionHandler, NULL, ERROR_NOT_ENOUGH_MEMORY,
       (ULONG first, PVECTORED_EXCEPTION_HANDLER handler), (first, handler))

/* Cannot fail: the handle is ours and open. */
typedef BOOL(WINAPI *CloseHandle_function)(HANDLE);

static BOOL WINAPI watched_CloseHandle(HANDLE handle)
{
    static FARPROC real;
    if (stand_in.closed != NULL)
        stand_in.closed(handle);
    if (real == NULL)
        real = find_real(L"kernel32.dll", "CloseHandle");
    return ((CloseHandle_function)(void (*)(void))real)(handle);
}

REPLACE_BY(CloseHandle, watched_CloseHandle)

IMPORT(BOOL, DeviceIoControl, FALSE, ERROR_INVALID_FUNCTION,
       (HANDLE file, DWORD code, void *in, DWORD in_size, void *out,
        DWORD out_size, DWORD *written, OVERLAPPED *place),
       (file, code, in, in_size, out, out_size, written, place))

FALLIBLE(L"kernel32.dll", BOOL, DuplicateHandle, FALSE,
         ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE from_process, HANDLE from, HANDLE to_process, HANDLE *to,
          DWORD access, BOOL inherited, DWORD options),
         (from_process, from, to_process, to, access, inherited, options))

static BOOL WINAPI watched_DuplicateHandle(HANDLE from_process, HANDLE from,
                                           HANDLE to_process, HANDLE *to,
                                           DWORD access, BOOL inherited,
                                           DWORD options)
{
    BOOL done = faulty_DuplicateHandle(from_process, from, to_process, to,
                                       access, inherited, options);
    if (done && stand_in.duplicated != NULL &&
        GetProcessId(from_process) == GetCurrentProcessId() &&
        GetProcessId(to_process) == GetCurrentProcessId())
        stand_in.duplicated(from, *to);
    return done;
}

REPLACE_BY(DuplicateHandle, watched_DuplicateHandle)

IMPORT(BOOL, FlushFileBuffers, FALSE, ERROR_IO_DEVICE, (HANDLE file), (file))

IMPORT(BOOL, FlushViewOfFile, FALSE, ERROR_IO_DEVICE,
       (const void *address, SIZE_T length), (address, length))

IMPORT(DWORD, GetFileAttributesW, INVALID_FILE_ATTRIBUTES, ERROR_ACCESS_DENIED,
       (const WCHAR *path), (path))

IMPORT(BOOL, GetFileInformationByHandle, FALSE, ERROR_IO_DEVICE,
       (HANDLE file, BY_HANDLE_FILE_INFORMATION *out), (file, out))

IMPORT(BOOL, GetFileInformationByHandleEx, FALSE, ERROR_IO_DEVICE,
       (HANDLE file, FILE_INFO_BY_HANDLE_CLASS kind, void *out, DWORD size),
       (file, kind, out, size))

IMPORT(BOOL, GetFileSizeEx, FALSE, ERROR_IO_DEVICE,
       (HANDLE file, LARGE_INTEGER *size), (file, size))

IMPORT(DWORD, GetFileType, FILE_TYPE_UNKNOWN, ERROR_INVALID_HANDLE,
       (HANDLE file), (file))

IMPORT(DWORD, GetFullPathNameW, 0, ERROR_INVALID_NAME,
       (const WCHAR *path, DWORD size, WCHAR *out, WCHAR **name),
       (path, size, out, name))

IMPORT(BOOL, GetModuleHandleExW, FALSE, ERROR_NOT_ENOUGH_MEMORY,
       (DWORD flags, const WCHAR *name, HMODULE *out), (flags, name, out))

IMPORT(HMODULE, GetModuleHandleW, NULL, ERROR_MOD_NOT_FOUND,
       (const WCHAR *name), (name))

IMPORT(DWORD, GetTempPathW, 0, ERROR_BUFFER_OVERFLOW, (DWORD size, WCHAR *out),
       (size, out))

FALLIBLE(L"kernel32.dll", void *, MapViewOfFileEx, NULL,
         ERROR_NOT_ENOUGH_MEMORY,
         (HANDLE object, DWORD access, DWORD high, DWORD low, SIZE_T length,
          void *address),
         (object, access, high, low, length, address))

static void *WINAPI watched_MapViewOfFileEx(HANDLE object, DWORD access,
                                            DWORD high, DWORD low,
                                            SIZE_T length, void *address)
{
    view_access = access;
    if (stand_in.instead_of != NULL)
        object = stand_in.instead_of(object);
    return faulty_MapViewOfFileEx(object, access, high, low, length, address);
}

REPLACE_BY(MapViewOfFileEx, watched_MapViewOfFileEx)

IMPORT(int, MultiByteToWideChar, 0, ERROR_NO_UNICODE_TRANSLATION,
       (UINT page, DWORD flags, const char *from, int from_size, WCHAR *to,
        int to_size),
       (page, flags, from, from_size, to, to_size))

IMPORT(BOOL, ProcessIdToSessionId, FALSE, ERROR_ACCESS_DENIED,
       (DWORD process, DWORD *out), (process, out))

IMPORT(BOOL, ReadProcessMemory, FALSE, ERROR_PARTIAL_COPY,
       (HANDLE process, const void *from, void *to, SIZE_T length,
        SIZE_T *copied),
       (process, from, to, length, copied))

IMPORT(HANDLE, ReOpenFile, INVALID_HANDLE_VALUE, ERROR_SHARING_VIOLATION,
       (HANDLE file, DWORD access, DWORD sharing, DWORD flags),
       (file, access, sharing, flags))

IMPORT(BOOL, SetFileInformationByHandle, FALSE, ERROR_ACCESS_DENIED,
       (HANDLE file, FILE_INFO_BY_HANDLE_CLASS kind, void *value, DWORD size),
       (file, kind, value, size))

IMPORT(BOOL, SetHandleInformation, FALSE, ERROR_INVALID_HANDLE,
       (HANDLE handle, DWORD mask, DWORD flags), (handle, mask, flags))

IMPORT(DWORD, TlsAlloc, TLS_OUT_OF_INDEXES, ERROR_NO_MORE_ITEMS, (void), ())

IMPORT(BOOL, TlsSetValue, FALSE, ERROR_NOT_ENOUGH_MEMORY,
       (DWORD slot, void *value), (slot, value))

FALLIBLE(L"kernel32.dll", BOOL, UnmapViewOfFile, (left_mapped = address, FALSE),
         ERROR_INVALID_ADDRESS, (const void *address), (address))

static BOOL WINAPI watched_UnmapViewOfFile(const void *address)
{
    if (stand_in.unmapped != NULL)
        stand_in.unmapped(address);
    return faulty_UnmapViewOfFile(address);
}

REPLACE_BY(UnmapViewOfFile, watched_UnmapViewOfFile)

IMPORT(int, WideCharToMultiByte, 0, ERROR_NO_UNICODE_TRANSLATION,
       (UINT page, DWORD flags, const WCHAR *from, int from_size, char *to,
        int to_size, const char *substitute, BOOL *substituted),
       (page, flags, from, from_size, to, to_size, substitute, substituted))

IMPORT(void *, VirtualAlloc, NULL, ERROR_COMMITMENT_LIMIT,
       (void *address, SIZE_T length, DWORD kind, DWORD protection),
       (address, length, kind, protection))

IMPORT(BOOL, VirtualLock, FALSE, ERROR_WORKING_SET_QUOTA,
       (void *address, SIZE_T length), (address, length))

IMPORT(BOOL, VirtualUnlock, FALSE, ERROR_INVALID_ADDRESS,
       (void *address, SIZE_T length), (address, length))

IMPORT(BOOL, VirtualProtect, FALSE, ERROR_NOT_ENOUGH_MEMORY,
       (void *address, SIZE_T size, DWORD protection, DWORD *before),
       (address, size, protection, before))

/* ------------------------------------------------------------------------
 * Other processes, and pipes to them
 * ------------------------------------------------------------------------ */

IMPORT(HANDLE, CreateEventW, NULL, ERROR_NO_SYSTEM_RESOURCES,
       (SECURITY_ATTRIBUTES * attributes, BOOL manual, BOOL state,
        const WCHAR *name),
       (attributes, manual, state, name))

IMPORT(BOOL, CreateTimerQueueTimer, FALSE, ERROR_NO_SYSTEM_RESOURCES,
       (HANDLE * out, HANDLE queue, WAITORTIMERCALLBACK function, void *context,
        DWORD due, DWORD period, ULONG flags),
       (out, queue, function, context, due, period, flags))

IMPORT(BOOL, GetExitCodeProcess, FALSE, ERROR_NO_SYSTEM_RESOURCES,
       (HANDLE process, DWORD *code), (process, code))

IMPORT(BOOL, GetNamedPipeClientProcessId, FALSE, ERROR_NO_SYSTEM_RESOURCES,
       (HANDLE pipe, ULONG *out), (pipe, out))

IMPORT(BOOL, GetNamedPipeServerProcessId, FALSE, ERROR_NO_SYSTEM_RESOURCES,
       (HANDLE pipe, ULONG *out), (pipe, out))

IMPORT(DWORD, GetProcessId, 0, ERROR_NO_SYSTEM_RESOURCES, (HANDLE process),
       (process))

IMPORT(BOOL, GetProcessTimes, FALSE, ERROR_NO_SYSTEM_RESOURCES,
       (HANDLE process, FILETIME *start, FILETIME *end, FILETIME *kernel,
        FILETIME *user),
       (process, start, end, kernel, user))

IMPORT(HANDLE, OpenProcess, NULL, ERROR_NO_SYSTEM_RESOURCES,
       (DWORD access, BOOL inherited, DWORD id), (access, inherited, id))

IMPORT(BOOL, PeekNamedPipe, FALSE, ERROR_NO_SYSTEM_RESOURCES,
       (HANDLE pipe, void *out, DWORD size, DWORD *read, DWORD *available,
        DWORD *left),
       (pipe, out, size, read, available, left))

IMPORT(BOOL, ReadFile, FALSE, ERROR_NO_SYSTEM_RESOURCES,
       (HANDLE file, void *out, DWORD size, DWORD *read, OVERLAPPED *operation),
       (file, out, size, read, operation))

IMPORT(BOOL, UpdateProcThreadAttribute, FALSE, ERROR_NO_SYSTEM_RESOURCES,
       (void *list, DWORD flags, DWORD_PTR attribute, void *value, SIZE_T size,
        void *before, SIZE_T *size_before),
       (list, flags, attribute, value, size, before, size_before))

IMPORT(DWORD, WaitForSingleObject, WAIT_FAILED, ERROR_NO_SYSTEM_RESOURCES,
       (HANDLE object, DWORD milliseconds), (object, milliseconds))

IMPORT(BOOL, WriteFile, FALSE, ERROR_NO_SYSTEM_RESOURCES,
       (HANDLE file, const void *bytes, DWORD size, DWORD *written,
        OVERLAPPED *operation),
       (file, bytes, size, written, operation))

/* Fails when the operation has ended, as it does. */
typedef BOOL(WINAPI *GetOverlappedResult_function)(HANDLE, OVERLAPPED *,
                                                   DWORD *, BOOL);

static BOOL WINAPI faulty_GetOverlappedResult(HANDLE file,
                                              OVERLAPPED *operation,
                                              DWORD *done, BOOL waits)
{
    static FARPROC real;
    if (real == NULL)
        real = find_real(L"kernel32.dll", "GetOverlappedResult");
    BOOL ended = ((GetOverlappedResult_function)(void (*)(void))real)(
        file, operation, done, waits);
    DWORD error = GetLastError();
    if (strikes("GetOverlappedResult", ERROR_NO_SYSTEM_RESOURCES))
        return FALSE;
    SetLastError(error);
    return ended;
}

REPLACE(GetOverlappedResult)

/* One that the library imports from where tokens and descriptors are. */
#define SECURITY(type, name, failure, error, parameters, arguments)            \
    FALLIBLE(L"advapi32.dll", type, name, failure, error, parameters, arguments)

SECURITY(BOOL, AdjustTokenPrivileges, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE token, BOOL none, TOKEN_PRIVILEGES *wanted, DWORD size,
          TOKEN_PRIVILEGES *before, DWORD *needed),
         (token, none, wanted, size, before, needed))

#define LOCK_MEMORY_PRIVILEGE 4

static BOOL WINAPI watched_AdjustTokenPrivileges(HANDLE token, BOOL none,
                                                 TOKEN_PRIVILEGES *wanted,
                                                 DWORD size,
                                                 TOKEN_PRIVILEGES *before,
                                                 DWORD *needed)
{
    BOOL done =
        faulty_AdjustTokenPrivileges(token, none, wanted, size, before, needed);
    if (done && pretends_to_use &&
        wanted->Privileges[0].Luid.LowPart == LOCK_MEMORY_PRIVILEGE)
        SetLastError(ERROR_SUCCESS);
    return done;
}

REPLACE_BY(AdjustTokenPrivileges, watched_AdjustTokenPrivileges)

SECURITY(BOOL, DuplicateTokenEx, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE token, DWORD access, SECURITY_ATTRIBUTES *attributes,
          SECURITY_IMPERSONATION_LEVEL level, TOKEN_TYPE type, HANDLE *out),
         (token, access, attributes, level, type, out))
REPLACE(DuplicateTokenEx)

SECURITY(BOOL, GetKernelObjectSecurity, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE object, SECURITY_INFORMATION what, void *out, DWORD size,
          DWORD *needed),
         (object, what, out, size, needed))
REPLACE(GetKernelObjectSecurity)

SECURITY(BOOL, GetTokenInformation, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE token, TOKEN_INFORMATION_CLASS what, void *out, DWORD size,
          DWORD *needed),
         (token, what, out, size, needed))

static BOOL WINAPI watched_GetTokenInformation(HANDLE token,
                                               TOKEN_INFORMATION_CLASS what,
                                               void *out, DWORD size,
                                               DWORD *needed)
{
    BOOL done = faulty_GetTokenInformation(token, what, out, size, needed);
    if (done && pretends_to_have && what == TokenPrivileges) {
        TOKEN_PRIVILEGES *list = out;
        list->PrivilegeCount = 1;
        list->Privileges[0].Luid.LowPart = LOCK_MEMORY_PRIVILEGE;
        list->Privileges[0].Luid.HighPart = 0;
    }
    return done;
}

REPLACE_BY(GetTokenInformation, watched_GetTokenInformation)

SECURITY(BOOL, OpenProcessToken, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE process, DWORD access, HANDLE *out), (process, access, out))
REPLACE(OpenProcessToken)

SECURITY(BOOL, OpenThreadToken, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE thread, DWORD access, BOOL as_self, HANDLE *out),
         (thread, access, as_self, out))
REPLACE(OpenThreadToken)

/* RtlGenRandom() */
SECURITY(BOOLEAN, SystemFunction036, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (void *out, ULONG size), (out, size))
REPLACE(SystemFunction036)

SECURITY(BOOL, PrivilegeCheck, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE token, PRIVILEGE_SET *needed, BOOL *out), (token, needed, out))
REPLACE(PrivilegeCheck)

SECURITY(BOOL, SetKernelObjectSecurity, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE object, SECURITY_INFORMATION what, void *descriptor),
         (object, what, descriptor))
REPLACE(SetKernelObjectSecurity)

SECURITY(BOOL, SetThreadToken, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE * thread, HANDLE token), (thread, token))
REPLACE(SetThreadToken)

/* This one is also watched. */
typedef HANDLE(WINAPI *CreateFileW_function)(const WCHAR *, DWORD, DWORD,
                                             SECURITY_ATTRIBUTES *, DWORD,
                                             DWORD, HANDLE);

static HANDLE WINAPI faulty_CreateFileW(const WCHAR *path, DWORD access,
                                        DWORD sharing,
                                        SECURITY_ATTRIBUTES *attributes,
                                        DWORD disposition, DWORD flags,
                                        HANDLE model)
{
    static FARPROC real;
    files_opened++;
    file_flags = flags;
    if (strikes("CreateFileW", ERROR_TOO_MANY_OPEN_FILES))
        return INVALID_HANDLE_VALUE;
    if (real == NULL)
        real = find_real(L"kernel32.dll", "CreateFileW");
    return ((CreateFileW_function)(void (*)(void))real)(
        path, access, sharing, attributes, disposition, flags, model);
}

REPLACE(CreateFileW)

/* Fails as late as it can: the file has grown already. */
typedef HANDLE(WINAPI *CreateFileMappingW_function)(HANDLE,
                                                    SECURITY_ATTRIBUTES *,
                                                    DWORD, DWORD, DWORD,
                                                    const WCHAR *);

static void watch_section(DWORD protection)
{
    HANDLE token;
    unsigned before = calls_to_go;
    calls_to_go = 0;
    kind_made = protection & ~(DWORD)0xff;
    section_had_token =
        OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token) != 0;
    if (section_had_token)
        CloseHandle(token);
    calls_to_go = before;
}

/* Windows makes no section that can be run of a file that was not opened to be
 * run (CreateFileMapping, flProtect); Wine 8 does. */
static bool would_be_denied(HANDLE file, DWORD protection)
{
    const DWORD runs = PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE;
    struct {
        ULONG attributes;
        ACCESS_MASK granted;
        ULONG rest[12];
    } found;
    if (file == NULL || file == INVALID_HANDLE_VALUE ||
        (protection & runs) == 0)
        return false;
    assert_that(NtQueryObject(file, 0, &found, sizeof(found), NULL) >= 0);
    return (found.granted & FILE_EXECUTE) == 0;
}

static HANDLE WINAPI faulty_CreateFileMappingW(HANDLE file,
                                               SECURITY_ATTRIBUTES *attributes,
                                               DWORD protection, DWORD high,
                                               DWORD low, const WCHAR *name)
{
    static FARPROC real;
    watch_section(protection);
    if (would_be_denied(file, protection)) {
        SetLastError(ERROR_ACCESS_DENIED);
        return NULL;
    }
    if (real == NULL)
        real = find_real(L"kernel32.dll", "CreateFileMappingW");
    HANDLE made = ((CreateFileMappingW_function)(void (*)(void))real)(
        file, attributes, protection, high, low, name);
    DWORD error = GetLastError();
    if (strikes("CreateFileMappingW", ERROR_COMMITMENT_LIMIT)) {
        if (made != NULL)
            CloseHandle(made);
        SetLastError(struck_code);
        return NULL;
    }
    SetLastError(error);
    return made;
}

REPLACE(CreateFileMappingW)

/* STATUS_INSUFFICIENT_RESOURCES, from what the library asks the loader for. */
#define NATIVE(name, parameters, arguments)                                    \
    FALLIBLE(L"ntdll.dll", LONG, name, (LONG)struck_code, 0xC000009AUL,        \
             parameters, arguments)

/* The kernel of Windows refuses OBJ_OPENLINK for everything but links
 * (STATUS_INVALID_PARAMETER), Wine does not. */
static OBJECT_ATTRIBUTES *as_windows_takes(OBJECT_ATTRIBUTES *attributes)
{
    assert_that((attributes->Attributes & 0x100 /* OBJ_OPENLINK */) == 0);
    return attributes;
}

NATIVE(NtQueryObject,
       (HANDLE handle, LONG what, void *out, ULONG size, ULONG *written),
       (handle, what, out, size, written))
NATIVE(NtQueryInformationFile,
       (HANDLE file, IO_STATUS_BLOCK *done, void *out, ULONG size, int what),
       (file, done, out, size, what))
NATIVE(NtQuerySection,
       (HANDLE handle, LONG what, void *out, SIZE_T size, SIZE_T *written),
       (handle, what, out, size, written))
NATIVE(NtCreateEvent,
       (HANDLE * out, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes,
        LONG type, BOOLEAN state),
       (out, access, as_windows_takes(attributes), type, state))
NATIVE(NtCreateSection,
       (HANDLE * out, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes,
        LARGE_INTEGER *size, ULONG protection, ULONG kind, HANDLE file),
       (out, access, as_windows_takes(attributes), size, protection, kind,
        file))
FALLIBLE(L"kernelbase.dll", BOOL, CompareObjectHandles, FALSE,
         ERROR_NO_SYSTEM_RESOURCES, (HANDLE one, HANDLE other), (one, other))
NATIVE(NtOpenDirectoryObject,
       (HANDLE * out, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes),
       (out, access, as_windows_takes(attributes)))
NATIVE(NtOpenEvent,
       (HANDLE * out, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes),
       (out, access, as_windows_takes(attributes)))
NATIVE(NtOpenSection,
       (HANDLE * out, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes),
       (out, access, as_windows_takes(attributes)))
NATIVE(NtQueryDirectoryObject,
       (HANDLE directory, void *out, ULONG size, BOOLEAN single,
        BOOLEAN restart, ULONG *place, ULONG *written),
       (directory, out, size, single, restart, place, written))

#define FAULTY(name)                                                           \
    {                                                                          \
#name, (void (*)(void))faulty_##name                                   \
    }

static const struct {
    const char *name;
    void (*function)(void);
} natives[] = {
    FAULTY(NtQueryObject),         FAULTY(NtQuerySection),
    FAULTY(NtCreateEvent),         FAULTY(NtCreateSection),
    FAULTY(NtOpenDirectoryObject), FAULTY(NtOpenEvent),
    FAULTY(NtOpenSection),         FAULTY(NtQueryDirectoryObject),
    FAULTY(CompareObjectHandles),  FAULTY(NtQueryInformationFile),
};

typedef FARPROC(WINAPI *GetProcAddress_function)(HMODULE, const char *);

/* Its own way of being itself: those above are found faulty. */
static FARPROC WINAPI faulty_GetProcAddress(HMODULE library, const char *name)
{
    static FARPROC real;
    if (strikes("GetProcAddress", ERROR_PROC_NOT_FOUND))
        return NULL;
    /* Below 65536 it is a number and no name. */
    bool has_name = (uintptr_t)name > 0xffff;
    if (has_name && stand_in.find != NULL && stand_in.find(name) != NULL)
        return (FARPROC)stand_in.find(name);
    for (size_t i = 0; i < sizeof(natives) / sizeof(natives[0]); i++)
        if (has_name && strcmp(name, natives[i].name) == 0)
            return (FARPROC)natives[i].function;
    if (real == NULL)
        real = find_real(L"kernel32.dll", "GetProcAddress");
    return ((GetProcAddress_function)(void (*)(void))real)(library, name);
}

REPLACE(GetProcAddress)

/* These two are also counted. */
typedef void *(WINAPI *HeapAlloc_function)(HANDLE, DWORD, SIZE_T);
typedef BOOL(WINAPI *HeapFree_function)(HANDLE, DWORD, void *);

static void *WINAPI faulty_HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    static FARPROC real;
    if (strikes("HeapAlloc", ERROR_NOT_ENOUGH_MEMORY))
        return NULL;
    if (real == NULL)
        real = find_real(L"kernel32.dll", "HeapAlloc");
    void *block = ((HeapAlloc_function)(void (*)(void))real)(heap, flags, size);
    heap_blocks += block != NULL;
    return block;
}

REPLACE(HeapAlloc)

/* Cannot fail: the memory is the library's and not yet free. */
static BOOL WINAPI faulty_HeapFree(HANDLE heap, DWORD flags, void *block)
{
    static FARPROC real;
    if (real == NULL)
        real = find_real(L"kernel32.dll", "HeapFree");
    heap_blocks--;
    return ((HeapFree_function)(void (*)(void))real)(heap, flags, block);
}

REPLACE(HeapFree)

/* ------------------------------------------------------------------------
 * What cannot fail, as the library uses it
 * ------------------------------------------------------------------------ */

#define INFALLIBLE(name, reason)                                               \
    typedef char name##_has_a_reason[sizeof(reason)];

INFALLIBLE(AddAccessAllowedAce, "there is room, and the identifier is valid")
INFALLIBLE(CancelIoEx, "fails if there is nothing to cancel any more")
INFALLIBLE(CancelSynchronousIo, "is tried again if there was nothing to cancel")
INFALLIBLE(DeleteTimerQueueTimer, "the timer is ours and set")
INFALLIBLE(EqualSid, "compares memory")
INFALLIBLE(GetCurrentProcess, "a constant")
INFALLIBLE(GetCurrentProcessId, "a field of the process")
INFALLIBLE(GetCurrentThread, "a constant")
INFALLIBLE(GetCurrentThreadId, "a field of the thread")
INFALLIBLE(GetLargePageMinimum, "a constant")
INFALLIBLE(GetLastError, "a field of the thread")
INFALLIBLE(GetProcessHeap, "a field of the process")
INFALLIBLE(GetSecurityDescriptorGroup, "the descriptor is the system's")
INFALLIBLE(GetSecurityDescriptorOwner, "the descriptor is the system's")
INFALLIBLE(GetSystemInfo, "returns nothing")
INFALLIBLE(GetTickCount64, "a field that all processes share")
INFALLIBLE(InitializeAcl, "there is room")
INFALLIBLE(QueryPerformanceCounter, "always succeeds since Windows XP")
INFALLIBLE(RemoveVectoredExceptionHandler, "the handler is ours and set")
INFALLIBLE(SetLastError, "a field of the thread")
INFALLIBLE(Sleep, "returns nothing")
INFALLIBLE(SwitchToThread, "says only whether there was another thread")
INFALLIBLE(VirtualQuery, "the address is in a view")
INFALLIBLE(TlsFree, "the slot is ours")
INFALLIBLE(TlsGetValue, "the slot is ours")
