/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of Windows, and its processes and pipes.
 */
#include "bench_bare_win32.h"

#include <shellapi.h>
#include <shlwapi.h>

#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const bool bare_bounds_apply = false;

#define SEND_CALLS                                                             \
    ("GetNamedPipeClientProcessId, WriteFile, ReadFile, WriteFile; in "        \
     "another thread GetNamedPipeServerProcessId, ReadFile, OpenProcess, "     \
     "GetProcessTimes, DuplicateHandle, WriteFile, ReadFile, "                 \
     "NtQuerySection, CloseHandle")

static const char *const calls[BARE_SEQUENCE_COUNT] = {
    [BARE_LIFECYCLE] = ("CreateFileMapping(SEC_COMMIT), MapViewOfFile, "
                        "touch, UnmapViewOfFile, CloseHandle"),
    [BARE_CREATE] = "CreateFileMapping(SEC_COMMIT), CloseHandle",
    [BARE_CREATE_LAZY] = "CreateFileMapping(SEC_COMMIT), CloseHandle",
    [BARE_MAP] = "MapViewOfFile(FILE_MAP_WRITE), UnmapViewOfFile",
    [BARE_MAP_READ] = "MapViewOfFile(FILE_MAP_READ), UnmapViewOfFile",
    [BARE_MAP_COPY] = "MapViewOfFile(FILE_MAP_COPY), UnmapViewOfFile",
    [BARE_PROTECT] = "VirtualProtect, VirtualProtect",
    [BARE_DUPLICATE] = "DuplicateHandle, CloseHandle",
    [BARE_INFO] = "NtQuerySection",
    [BARE_TOUCH] = ("touch of MapViewOfFile after "
                    "CreateFileMapping(SEC_COMMIT)"),
    [BARE_TOUCH_LAZY] = ("touch of MapViewOfFile after "
                         "CreateFileMapping(SEC_COMMIT)"),
    [BARE_BANDWIDTH] = ("the same loop over a MapViewOfFile of "
                        "CreateFileMapping(SEC_COMMIT)"),
    [BARE_BANDWIDTH_SAME] = ("the same loop over a MapViewOfFile of the "
                             "same memory"),
    [BARE_FIRST_WRITE] = "CreateFileMapping(SEC_COMMIT), MapViewOfFile, touch",
    [BARE_DISCARD] = "memset",
    [BARE_LOCK] = "VirtualLock, VirtualUnlock",
    [BARE_GROW] = "VirtualAlloc(MEM_COMMIT)",
    [BARE_GROWN_MAP] = "MapViewOfFile(FILE_MAP_WRITE), UnmapViewOfFile",
    [BARE_GROWN_MAP_WHOLE] = "MapViewOfFile(FILE_MAP_WRITE), UnmapViewOfFile",
    [BARE_GUARD_COPY] = "memcpy",
    [BARE_GUARD_PROCESS] = "ReadProcessMemory of this process",
    [BARE_GUARD_CALL] = "a call of the function",
    [BARE_FLUSH_DURABLE] = "write a byte, FlushViewOfFile, FlushFileBuffers",
    [BARE_FLUSH_START] = "write a byte, FlushViewOfFile",
    [BARE_FLUSH_FILE] = "write a byte, FlushFileBuffers",
    [BARE_FILE_READ] = ("CreateFile, ReadFile with a buffer of 1 MiB, "
                        "CloseHandle"),
    [BARE_FILE_MAP] = ("CreateFile, CreateFileMapping, MapViewOfFile and "
                       "UnmapViewOfFile of the same windows, CloseHandle "
                       "twice"),
    [BARE_PROCESSES] = "the same protocol over an inherited section",
    [BARE_PIPE] = "ReadFile and WriteFile over pipes",
    [BARE_NAME_CREATE] = ("CreateFileMapping with a name, MapViewOfFile, "
                          "touch, UnmapViewOfFile, CloseHandle"),
    [BARE_NAME_OPEN] = ("OpenFileMapping, MapViewOfFile, touch, "
                        "UnmapViewOfFile, CloseHandle"),
    [BARE_NAME_TAKEN] = "CreateFileMapping with a name, CloseHandle",
    [BARE_NAME_MISSING] = "OpenFileMapping",
    [BARE_NAME_PARALLEL] = "the calls of name/create-4KiB in 8 processes",
    [BARE_NAME_DUPLICATE] = "DuplicateHandle, CloseHandle",
    [BARE_NAME_INFO] = "NtQuerySection",
    [BARE_SEND] = SEND_CALLS,
    [BARE_SEND_READ] = SEND_CALLS,
    [BARE_SEND_NAME] = SEND_CALLS,
    [BARE_EXPORT_IMPORT] =
        ("CreateFileMapping, MapViewOfFile, RtlGenRandom, OpenProcess and "
         "GetProcessTimes twice, DuplicateHandle twice; OpenProcess, "
         "GetProcessTimes, DuplicateHandle twice, NtQuerySection, "
         "MapViewOfFile, UnmapViewOfFile, CloseHandle three times; "
         "UnmapViewOfFile, CloseHandle"),
    [BARE_IMPORT_TAKEN] = "OpenProcess, GetProcessTimes, DuplicateHandle",
    [BARE_INHERITABLE] =
        ("CreateFileMapping, MapViewOfFile, RtlGenRandom, DuplicateHandle "
         "twice; UnmapViewOfFile, CloseHandle three times"),
    [BARE_DUPLICATE_READ] = "DuplicateHandle, CloseHandle",
};

const char *bare_calls(bare_sequence sequence)
{
    return calls[sequence];
}

static char error_text[160];

bool bare_win32_failed(const char *call)
{
    (void)snprintf(error_text, sizeof(error_text), "%.120s: system code %lu",
                   call, (unsigned long)GetLastError());
    return false;
}

const char *bare_error_text(void)
{
    return error_text;
}

HANDLE bare_win32_handle(bare_handle handle)
{
    union {
        bare_handle number;
        HANDLE handle;
    } both = {.number = handle};
    return both.handle;
}

bare_handle bare_win32_number(HANDLE handle)
{
    union {
        HANDLE handle;
        bare_handle number;
    } both = {.handle = handle};
    return both.number;
}

/* --- functions that no import library of every compiler has --- */

typedef struct section_basic_information {
    void *base;
    ULONG attributes;
    LARGE_INTEGER size;
} section_basic_information;

typedef LONG(WINAPI *query_section_call)(HANDLE, int, void *, SIZE_T, SIZE_T *);
typedef LONG(WINAPI *get_version_call)(OSVERSIONINFOW *);
typedef const char *(*get_wine_version_call)(void);

static query_section_call query_section;

/* A function of ntdll, NULL if it has none of that name. */
static FARPROC find_native(const char *name)
{
    HMODULE library = GetModuleHandleW(L"ntdll.dll");
    return library == NULL ? NULL : GetProcAddress(library, name);
}

static query_section_call find_query_section(void)
{
    union {
        FARPROC found;
        query_section_call call;
    } both = {.found = find_native("NtQuerySection")};
    return both.call;
}

static get_version_call find_get_version(void)
{
    union {
        FARPROC found;
        get_version_call call;
    } both = {.found = find_native("RtlGetVersion")};
    return both.call;
}

static get_wine_version_call find_wine_version(void)
{
    union {
        FARPROC found;
        get_wine_version_call call;
    } both = {.found = find_native("wine_get_version")};
    return both.call;
}

/* --- the program --- */

static char *to_utf8(const wchar_t *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *out = size > 0 ? malloc((size_t)size) : NULL;
    if (out != NULL)
        (void)WideCharToMultiByte(CP_UTF8, 0, text, -1, out, size, NULL, NULL);
    return out;
}

/* What main() gets is in the code page of the system. */
static void take_wide_arguments(int *argc, char ***argv)
{
    int count = 0;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    if (wide == NULL)
        return;
    char **out = calloc((size_t)count + 1, sizeof(*out));
    bool converted = out != NULL;
    for (int i = 0; converted && i < count; i++) {
        out[i] = to_utf8(wide[i]);
        converted = out[i] != NULL;
    }
    if (converted) {
        *argc = count;
        *argv = out;
    }
    (void)LocalFree(wide);
}

void bare_start(int *argc, char ***argv)
{
    take_wide_arguments(argc, argv);
    query_section = find_query_section();
}

bool bare_glob_matches(const char *pattern, const char *name)
{
    return PathMatchSpecA(name, pattern) != 0;
}

bool bare_stderr_is_terminal(void)
{
    return _isatty(_fileno(stderr)) != 0;
}

/* In the registry since Windows NT. */
static void find_processor(bare_machine *out)
{
    HKEY key;
    DWORD size = sizeof(out->processor) - 1;
    if (RegOpenKeyExA(HKEY_LOCAL_MACHINE,
                      "HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0", 0,
                      KEY_READ, &key) != ERROR_SUCCESS)
        return;
    if (RegQueryValueExA(key, "ProcessorNameString", NULL, NULL,
                         (BYTE *)out->processor, &size) != ERROR_SUCCESS)
        (void)snprintf(out->processor, sizeof(out->processor), "unknown");
    (void)RegCloseKey(key);
}

void bare_describe_machine(bare_machine *out)
{
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof(version)};
    get_version_call get_version = find_get_version();
    get_wine_version_call get_wine_version = find_wine_version();
    *out = (bare_machine){.processor = "unknown"};
    if (get_version != NULL)
        (void)get_version(&version);
    (void)snprintf(out->system, sizeof(out->system), "Windows %lu.%lu.%lu%s%s",
                   (unsigned long)version.dwMajorVersion,
                   (unsigned long)version.dwMinorVersion,
                   (unsigned long)version.dwBuildNumber,
                   get_wine_version != NULL ? " by Wine " : "",
                   get_wine_version != NULL ? get_wine_version() : "");
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    out->processors = (unsigned)system.dwNumberOfProcessors;
    MEMORYSTATUSEX memory = {.dwLength = sizeof(memory)};
    if (GlobalMemoryStatusEx(&memory))
        out->memory = memory.ullTotalPhys;
    find_processor(out);
}

uint64_t bare_now(void)
{
    static LARGE_INTEGER frequency;
    LARGE_INTEGER now;
    if (frequency.QuadPart == 0)
        (void)QueryPerformanceFrequency(&frequency);
    (void)QueryPerformanceCounter(&now);
    /* In two parts: ticks * 10^9 would overflow within a day. */
    uint64_t ticks = (uint64_t)now.QuadPart;
    uint64_t each = (uint64_t)frequency.QuadPart;
    return ticks / each * 1000000000 + ticks % each * 1000000000 / each;
}

void bare_yield(void)
{
    (void)SwitchToThread();
}

unsigned long bare_process_number(void)
{
    return (unsigned long)GetCurrentProcessId();
}

/* A process has as many handles as there is memory for them. */
void bare_raise_limits(void)
{
}

void bare_ignore_interrupts(void)
{
    (void)SetConsoleCtrlHandler(NULL, TRUE);
}

static DWORD_PTR all_processors;

void bare_pin(unsigned which)
{
    DWORD_PTR machine;
    if (!GetProcessAffinityMask(GetCurrentProcess(), &all_processors, &machine))
        return;
    unsigned count = 0;
    for (DWORD_PTR rest = all_processors; rest != 0; rest &= rest - 1)
        count++;
    DWORD_PTR one = all_processors;
    for (unsigned skip = count > 0 ? which % count : 0; skip > 0; skip--)
        one &= one - 1;
    (void)SetProcessAffinityMask(GetCurrentProcess(), one & (~one + 1));
}

void bare_unpin(void)
{
    (void)SetProcessAffinityMask(GetCurrentProcess(), all_processors);
}

/* --- memory and views --- */

/* SEC_COMMIT charges; pages come with the first touch in any case. */
bool bare_memory_create(bare_handle *out, uint64_t size, bool lazy)
{
    (void)lazy;
    HANDLE made = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL,
                                     PAGE_READWRITE | SEC_COMMIT,
                                     (DWORD)(size >> 32), (DWORD)size, NULL);
    *out = made == NULL ? BARE_NONE : bare_win32_number(made);
    return made != NULL || bare_win32_failed("CreateFileMapping");
}

bool bare_memory_seal(bare_handle handle)
{
    (void)handle;
    return true;
}

bool bare_close(bare_handle handle)
{
    return CloseHandle(bare_win32_handle(handle)) ||
           bare_win32_failed("CloseHandle");
}

void *bare_map(bare_handle handle, uint64_t offset, size_t length,
               section_access access)
{
    DWORD desired = access == SECTION_ACCESS_READ   ? FILE_MAP_READ
                    : access == SECTION_ACCESS_COPY ? FILE_MAP_COPY
                                                    : FILE_MAP_WRITE;
    void *base = MapViewOfFile(bare_win32_handle(handle), desired,
                               (DWORD)(offset >> 32), (DWORD)offset, length);
    if (base == NULL)
        (void)bare_win32_failed("MapViewOfFile");
    return base;
}

bool bare_unmap(void *base, size_t length)
{
    (void)length;
    return UnmapViewOfFile(base) || bare_win32_failed("UnmapViewOfFile");
}

bool bare_protect(void *base, size_t length, section_access access)
{
    DWORD old;
    DWORD wanted =
        access == SECTION_ACCESS_READ ? PAGE_READONLY : PAGE_READWRITE;
    return VirtualProtect(base, length, wanted, &old) ||
           bare_win32_failed("VirtualProtect");
}

bool bare_duplicate(bare_handle *out, bare_handle handle)
{
    HANDLE other;
    HANDLE self = GetCurrentProcess();
    if (!DuplicateHandle(self, bare_win32_handle(handle), self, &other, 0,
                         FALSE, DUPLICATE_SAME_ACCESS))
        return bare_win32_failed("DuplicateHandle");
    *out = bare_win32_number(other);
    return true;
}

/* A handle is of a file or of a section; each has its own question. */
bool bare_size(uint64_t *out, bare_handle handle)
{
    section_basic_information told;
    LARGE_INTEGER size;
    if (query_section != NULL &&
        query_section(bare_win32_handle(handle), 0, &told, sizeof(told),
                      NULL) >= 0) {
        *out = (uint64_t)told.size.QuadPart;
        return true;
    }
    if (!GetFileSizeEx(bare_win32_handle(handle), &size))
        return bare_win32_failed("GetFileSizeEx");
    *out = (uint64_t)size.QuadPart;
    return true;
}

/* --- processes and pipes --- */

bool bare_make_inheritable(bare_handle handle)
{
    return SetHandleInformation(bare_win32_handle(handle), HANDLE_FLAG_INHERIT,
                                HANDLE_FLAG_INHERIT) ||
           bare_win32_failed("SetHandleInformation");
}

typedef struct pipes {
    HANDLE child_input, parent_output;
    HANDLE parent_input, child_output;
} pipes;

static void close_one(HANDLE handle)
{
    if (handle != NULL)
        (void)CloseHandle(handle);
}

/* The ends of the child are inheritable, ours are not. */
static bool open_pipes(pipes *out)
{
    *out = (pipes){NULL, NULL, NULL, NULL};
    return (CreatePipe(&out->child_input, &out->parent_output, NULL, 0) &&
            CreatePipe(&out->parent_input, &out->child_output, NULL, 0) &&
            bare_make_inheritable(bare_win32_number(out->child_input)) &&
            bare_make_inheritable(bare_win32_number(out->child_output))) ||
           bare_win32_failed("CreatePipe");
}

/* This program, quoted, and arguments that need no quotes. */
static bool make_command(wchar_t *out, size_t size,
                         const char *const *arguments)
{
    out[0] = L'"';
    DWORD length = GetModuleFileNameW(NULL, out + 1, (DWORD)(size - 2));
    size_t used = (size_t)length + 1;
    if (length == 0 || used + 2 >= size)
        return bare_win32_failed("GetModuleFileName");
    out[used++] = L'"';
    for (size_t i = 0; arguments[i] != NULL; i++) {
        if (used + strlen(arguments[i]) + 2 >= size)
            return bare_win32_failed("GetModuleFileName");
        out[used++] = L' ';
        for (const char *at = arguments[i]; *at != '\0'; at++)
            out[used++] = (wchar_t)*at;
    }
    out[used] = L'\0';
    return true;
}

static bool spawn(bare_child *out, const pipes *ends,
                  const char *const *arguments)
{
    static wchar_t command[4096];
    PROCESS_INFORMATION process;
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = ends->child_input;
    startup.hStdOutput = ends->child_output;
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!make_command(command, sizeof(command) / sizeof(command[0]), arguments))
        return false;
    if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL,
                        &startup, &process))
        return bare_win32_failed("CreateProcess");
    (void)CloseHandle(process.hThread);
    *out = (bare_child){.process = bare_win32_number(process.hProcess),
                        .to = bare_win32_number(ends->parent_output),
                        .from = bare_win32_number(ends->parent_input)};
    return true;
}

bool bare_child_start(bare_child *out, const char *const *arguments)
{
    pipes ends;
    bool started = open_pipes(&ends) && spawn(out, &ends, arguments);
    close_one(ends.child_input);
    close_one(ends.child_output);
    if (!started) {
        close_one(ends.parent_input);
        close_one(ends.parent_output);
    }
    return started;
}

bool bare_child_finish(bare_child *child)
{
    DWORD status = 1;
    HANDLE process = bare_win32_handle(child->process);
    (void)CloseHandle(bare_win32_handle(child->to));
    (void)WaitForSingleObject(process, INFINITE);
    bool ended = GetExitCodeProcess(process, &status) && status == 0;
    (void)CloseHandle(bare_win32_handle(child->from));
    (void)CloseHandle(process);
    return ended;
}

void bare_child_pipes(bare_handle *from_parent, bare_handle *to_parent)
{
    *from_parent = bare_win32_number(GetStdHandle(STD_INPUT_HANDLE));
    *to_parent = bare_win32_number(GetStdHandle(STD_OUTPUT_HANDLE));
}

bool bare_pipe_write(bare_handle pipe, const void *bytes, size_t length)
{
    const unsigned char *from = bytes;
    while (length > 0) {
        DWORD written = 0;
        if (!WriteFile(bare_win32_handle(pipe), from, (DWORD)length, &written,
                       NULL))
            return bare_win32_failed("WriteFile");
        from += written;
        length -= written;
    }
    return true;
}

bool bare_pipe_read(bare_handle pipe, void *bytes, size_t length)
{
    unsigned char *to = bytes;
    while (length > 0) {
        DWORD got = 0;
        if (!ReadFile(bare_win32_handle(pipe), to, (DWORD)length, &got, NULL))
            return bare_win32_failed("ReadFile");
        if (got == 0) {
            SetLastError(ERROR_BROKEN_PIPE);
            return bare_win32_failed("ReadFile");
        }
        to += got;
        length -= got;
    }
    return true;
}
