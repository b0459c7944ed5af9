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
static DWORD armed_code;
static DWORD struck_code;
static size_t files_opened;
static DWORD file_flags;
static const char *struck;
static const void *left_mapped;
static size_t heap_blocks;

void faults_arm(unsigned nth)
{
    struck = NULL;
    left_mapped = NULL;
    armed_import = NULL;
    calls_to_go = nth;
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

size_t faults_files_opened(void)
{
    return files_opened;
}

unsigned long faults_file_flags(void)
{
    return file_flags;
}

/* Whether this call is the one that fails. */
static bool strikes(const char *name, DWORD error)
{
    if (calls_to_go == 0)
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
#define REPLACE(name)                                                          \
    extern name##_function __imp_##name;                                       \
    name##_function __imp_##name = faulty_##name;

/* One that the library imports. */
#define IMPORT(type, name, failure, error, parameters, arguments)              \
    FALLIBLE(L"kernel32.dll", type, name, failure, error, parameters,          \
             arguments)                                                        \
    REPLACE(name)

IMPORT(BOOL, DeviceIoControl, FALSE, ERROR_INVALID_FUNCTION,
       (HANDLE file, DWORD code, void *in, DWORD in_size, void *out,
        DWORD out_size, DWORD *written, OVERLAPPED *place),
       (file, code, in, in_size, out, out_size, written, place))

IMPORT(BOOL, DuplicateHandle, FALSE, ERROR_NO_SYSTEM_RESOURCES,
       (HANDLE from_process, HANDLE from, HANDLE to_process, HANDLE *to,
        DWORD access, BOOL inherited, DWORD options),
       (from_process, from, to_process, to, access, inherited, options))

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

IMPORT(HMODULE, GetModuleHandleW, NULL, ERROR_MOD_NOT_FOUND,
       (const WCHAR *name), (name))

IMPORT(DWORD, GetTempPathW, 0, ERROR_BUFFER_OVERFLOW, (DWORD size, WCHAR *out),
       (size, out))

IMPORT(void *, MapViewOfFileEx, NULL, ERROR_NOT_ENOUGH_MEMORY,
       (HANDLE object, DWORD access, DWORD high, DWORD low, SIZE_T length,
        void *address),
       (object, access, high, low, length, address))

IMPORT(int, MultiByteToWideChar, 0, ERROR_NO_UNICODE_TRANSLATION,
       (UINT page, DWORD flags, const char *from, int from_size, WCHAR *to,
        int to_size),
       (page, flags, from, from_size, to, to_size))

IMPORT(BOOL, ProcessIdToSessionId, FALSE, ERROR_ACCESS_DENIED,
       (DWORD process, DWORD *out), (process, out))

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

IMPORT(BOOL, UnmapViewOfFile, (left_mapped = address, FALSE),
       ERROR_INVALID_ADDRESS, (const void *address), (address))

IMPORT(int, WideCharToMultiByte, 0, ERROR_NO_UNICODE_TRANSLATION,
       (UINT page, DWORD flags, const WCHAR *from, int from_size, char *to,
        int to_size, const char *substitute, BOOL *substituted),
       (page, flags, from, from_size, to, to_size, substitute, substituted))

IMPORT(BOOL, VirtualProtect, FALSE, ERROR_NOT_ENOUGH_MEMORY,
       (void *address, SIZE_T size, DWORD protection, DWORD *before),
       (address, size, protection, before))

/* One that the library imports from where tokens and descriptors are. */
#define SECURITY(type, name, failure, error, parameters, arguments)            \
    FALLIBLE(L"advapi32.dll", type, name, failure, error, parameters, arguments)

SECURITY(BOOL, GetKernelObjectSecurity, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE object, SECURITY_INFORMATION what, void *out, DWORD size,
          DWORD *needed),
         (object, what, out, size, needed))
REPLACE(GetKernelObjectSecurity)

SECURITY(BOOL, GetTokenInformation, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE token, TOKEN_INFORMATION_CLASS what, void *out, DWORD size,
          DWORD *needed),
         (token, what, out, size, needed))
REPLACE(GetTokenInformation)

SECURITY(BOOL, OpenProcessToken, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE process, DWORD access, HANDLE *out), (process, access, out))
REPLACE(OpenProcessToken)

SECURITY(BOOL, OpenThreadToken, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE thread, DWORD access, BOOL as_self, HANDLE *out),
         (thread, access, as_self, out))
REPLACE(OpenThreadToken)

SECURITY(BOOL, PrivilegeCheck, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE token, PRIVILEGE_SET *needed, BOOL *out), (token, needed, out))
REPLACE(PrivilegeCheck)

SECURITY(BOOL, SetKernelObjectSecurity, FALSE, ERROR_NO_SYSTEM_RESOURCES,
         (HANDLE object, SECURITY_INFORMATION what, void *descriptor),
         (object, what, descriptor))
REPLACE(SetKernelObjectSecurity)

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

static HANDLE WINAPI faulty_CreateFileMappingW(HANDLE file,
                                               SECURITY_ATTRIBUTES *attributes,
                                               DWORD protection, DWORD high,
                                               DWORD low, const WCHAR *name)
{
    static FARPROC real;
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
INFALLIBLE(CloseHandle, "the handle is ours and open")
INFALLIBLE(EqualSid, "compares memory")
INFALLIBLE(GetCurrentProcess, "a constant")
INFALLIBLE(GetCurrentProcessId, "a field of the process")
INFALLIBLE(GetCurrentThread, "a constant")
INFALLIBLE(GetCurrentThreadId, "a field of the thread")
INFALLIBLE(GetLastError, "a field of the thread")
INFALLIBLE(GetProcessHeap, "a field of the process")
INFALLIBLE(GetSecurityDescriptorGroup, "the descriptor is the system's")
INFALLIBLE(GetSecurityDescriptorOwner, "the descriptor is the system's")
INFALLIBLE(GetSystemInfo, "returns nothing")
INFALLIBLE(GetTickCount64, "a field that all processes share")
INFALLIBLE(InitializeAcl, "there is room")
INFALLIBLE(QueryPerformanceCounter, "always succeeds since Windows XP")
INFALLIBLE(SetLastError, "a field of the thread")
INFALLIBLE(Sleep, "returns nothing")
INFALLIBLE(SwitchToThread, "says only whether there was another thread")
INFALLIBLE(TlsFree, "the slot is ours")
INFALLIBLE(TlsGetValue, "the slot is ours")
