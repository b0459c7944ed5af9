/* SPDX-License-Identifier: MIT */
/*
 * Paths: from UTF-8 to what CreateFileW() takes, of any length the system
 * knows. Nothing is opened here.
 */
#include "win32_internal.h"

#include <string.h>
#include <wchar.h>

/* Characters of the longest path the system knows, with its end ("Maximum Path
 * Length Limitation"), and what makes a path a long one. */
#define PATH_CAPACITY 32768
#define PATH_PREFIX   8

static WCHAR *allocate_path(void)
{
    return section_os_allocate((PATH_CAPACITY + PATH_PREFIX) * sizeof(WCHAR));
}

/* The names below are all in ASCII, and the system does not tell the cases of
 * their letters apart. */
static WCHAR lower_case(WCHAR letter)
{
    return letter >= L'A' && letter <= L'Z' ? (WCHAR)(letter + (L'a' - L'A'))
                                            : letter;
}

/* Whether a path begins like that, in any case. */
static bool starts_with(const WCHAR *path, const WCHAR *start)
{
    for (; *start != L'\0'; path++, start++)
        if (lower_case(*path) != lower_case(*start))
            return false;
    return true;
}

/* Behind the prefix of the device namespace no slash has been turned. */
static bool is_separator(WCHAR letter)
{
    return letter == L'\\' || letter == L'/';
}

static const WCHAR *skip_separators(const WCHAR *path)
{
    while (is_separator(*path))
        path++;
    return path;
}

static const WCHAR *skip_part(const WCHAR *path)
{
    while (*path != L'\0' && !is_separator(*path))
        path++;
    return path;
}

/* Whether the part of a path that begins here is this one. */
static bool is_part(const WCHAR *path, const WCHAR *name)
{
    return starts_with(path, name) && skip_part(path) == path + wcslen(name);
}

/*
 * Whether a path from the name of a server on leads to pipes or mailslots and
 * not to files (Pipe Names, Mailslot Names; IPC$ is the share that carries the
 * pipes). What begins with a semicolon is no server: it names a redirector,
 * which would get the rest.
 */
static bool is_channel(const WCHAR *server)
{
    server = skip_separators(server);
    const WCHAR *share = skip_separators(skip_part(server));
    return *server == L';' || is_part(share, L"pipe") ||
           is_part(share, L"mailslot") || is_part(share, L"ipc$");
}

/*
 * Whether a full path names a device or a pipe: opening some of them does
 * something. What stands behind the prefix of the device namespace is no
 * device if it is a folder of a drive, of a volume or of a share.
 */
static bool is_device(const WCHAR *path)
{
    bool is_verbatim =
        starts_with(path, L"\\\\.\\") || starts_with(path, L"\\\\?\\");
    if (!is_verbatim)
        return starts_with(path, L"\\\\") && is_channel(path);
    path += 4;
    if (path[0] != L'\0' && path[1] == L':' && path[2] == L'\\')
        return false;
    if (starts_with(path, L"UNC\\"))
        return is_channel(path + 4);
    return !starts_with(path, L"Volume{");
}

/* Lift the limit of MAX_PATH from a full path of that many characters. */
static void lift_limit(WCHAR *path, size_t length)
{
    if (length < MAX_PATH || starts_with(path, L"\\\\?\\") ||
        starts_with(path, L"\\\\.\\"))
        return;
    bool is_share = starts_with(path, L"\\\\");
    const WCHAR *prefix = is_share ? L"\\\\?\\UNC\\" : L"\\\\?\\";
    size_t prefix_length = is_share ? 8 : 4;
    size_t skipped = is_share ? 2 : 0;
    memmove(path + prefix_length, path + skipped,
            (length - skipped + 1) * sizeof(WCHAR));
    memcpy(path, prefix, prefix_length * sizeof(WCHAR));
}

/* Write the full path of `given` to `full`. */
static section_os_result find_full_path(WCHAR *full, const WCHAR *given)
{
    DWORD length = GetFullPathNameW(given, PATH_CAPACITY, full, NULL);
    if (length == 0)
        return win32_failure(GetLastError());
    if (length >= PATH_CAPACITY)
        return win32_failure(ERROR_FILENAME_EXCED_RANGE);
    if (is_device(full))
        return win32_verdict(SECTION_KIND, 0);
    lift_limit(full, length);
    return win32_ok();
}

section_os_result win32_path(WCHAR **out, const char *path)
{
    *out = NULL;
    WCHAR *given = allocate_path();
    WCHAR *full = allocate_path();
    section_os_result result = win32_verdict(SECTION_NO_MEMORY, 0);
    if (given != NULL && full != NULL) {
        if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, given,
                                PATH_CAPACITY) != 0)
            result = find_full_path(full, given);
        else if (GetLastError() == ERROR_INSUFFICIENT_BUFFER)
            result = win32_failure(ERROR_FILENAME_EXCED_RANGE);
        else
            result = win32_failure(GetLastError());
    }
    section_os_free(given);
    if (result.status != SECTION_OK)
        section_os_free(full);
    else
        *out = full;
    return result;
}

/* Append a number in hexadecimal, and what ends it. */
static WCHAR *append_number(WCHAR *end, uint64_t number, const WCHAR *tail)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        *end++ = L"0123456789abcdef"[(number >> shift) & 15];
    while (*tail != L'\0')
        *end++ = *tail++;
    *end = L'\0';
    return end;
}

section_os_result win32_temporary_path(WCHAR **out)
{
    *out = NULL;
    WCHAR *path = allocate_path();
    if (path == NULL)
        return win32_verdict(SECTION_NO_MEMORY, 0);
    /* Room is left for the name below. */
    DWORD length = GetTempPathW(PATH_CAPACITY - 64, path);
    if (length == 0 || length >= PATH_CAPACITY - 64) {
        DWORD error = length == 0 ? GetLastError() : ERROR_FILENAME_EXCED_RANGE;
        section_os_free(path);
        return win32_verdict(SECTION_SYSTEM, error);
    }
    /* No two threads of the machine have one number at the same time, and no
     * thread makes two files within one tick. */
    LARGE_INTEGER ticks;
    QueryPerformanceCounter(&ticks);
    WCHAR *end = append_number(path + length, GetCurrentThreadId(), L"-");
    end = append_number(end, (uint64_t)ticks.QuadPart, L".section");
    lift_limit(path, (size_t)(end - path));
    *out = path;
    return win32_ok();
}
