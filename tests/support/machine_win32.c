/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include "build.h"

#include <windows.h>

#include <psapi.h>
#include <tlhelp32.h>

#include <locale.h>
#include <stdio.h>

#include <stdlib.h>

size_t machine_page_size(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwPageSize;
}

uint64_t machine_memory(void)
{
    MEMORYSTATUSEX status = {.dwLength = sizeof(status)};
    (void)GlobalMemoryStatusEx(&status);
    return status.ullTotalPageFile > status.ullTotalPhys
               ? status.ullTotalPageFile
               : status.ullTotalPhys;
}

/* So many numbers in a row that stand for nothing: there are no more. */
#define UNUSED_NUMBERS 64

/* By asking about each number. The list of all handles of the machine
 * (SystemExtendedHandleInformation) is not to be asked for under Wine 8: a
 * process that has none left, as one that is ending, crashes its server. */
static size_t walk_handles(void)
{
    size_t count = 0;
    uintptr_t last = 0;
    for (uintptr_t i = 1; i - last <= UNUSED_NUMBERS; i++) {
        DWORD flags;
        if (!GetHandleInformation((HANDLE)(i * 4), &flags))
            continue;
        count++;
        last = i;
    }
    return count;
}

/* Wine 8 always counts none. */
size_t machine_open_handles(void)
{
    DWORD count = 0;
    (void)GetProcessHandleCount(GetCurrentProcess(), &count);
    return count != 0 ? count : walk_handles();
}

size_t machine_mappings(void)
{
    MEMORY_BASIC_INFORMATION range;
    size_t count = 0;
    const unsigned char *address = NULL;
    while (VirtualQuery(address, &range, sizeof(range)) != 0) {
        count += range.State != MEM_FREE && range.Type == MEM_MAPPED;
        const unsigned char *next =
            (const unsigned char *)range.BaseAddress + range.RegionSize;
        if (next <= address)
            break;
        address = next;
    }
    return count;
}

uint64_t machine_own_memory(void)
{
    PROCESS_MEMORY_COUNTERS_EX counters = {.cb = sizeof(counters)};
    (void)K32GetProcessMemoryInfo(GetCurrentProcess(),
                                  (PROCESS_MEMORY_COUNTERS *)&counters,
                                  sizeof(counters));
    return counters.PrivateUsage;
}

size_t machine_largest_mappings(void)
{
    return 0;
}

bool machine_is_sanitized(void)
{
    return BUILD_IS_ADDRESS_SANITIZED || BUILD_IS_THREAD_SANITIZED;
}

bool machine_is_thread_sanitized(void)
{
    return BUILD_IS_THREAD_SANITIZED;
}

bool machine_is_wine(void)
{
    HMODULE library = GetModuleHandleW(L"ntdll.dll");
    return library != NULL &&
           GetProcAddress(library, "wine_get_version") != NULL;
}

static size_t count_threads(void)
{
    THREADENTRY32 entry = {.dwSize = sizeof(entry)};
    HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    size_t count = 0;
    if (list == INVALID_HANDLE_VALUE)
        return 0;
    for (BOOL more = Thread32First(list, &entry); more;
         more = Thread32Next(list, &entry))
        count += entry.th32OwnerProcessID == GetCurrentProcessId();
    (void)CloseHandle(list);
    return count;
}

void machine_settings(char text[MACHINE_SETTINGS_SIZE])
{
    char directory[MAX_PATH] = "";
    (void)GetCurrentDirectoryA(MAX_PATH, directory);
    /* Asking for the filter takes it away for a moment. */
    LPTOP_LEVEL_EXCEPTION_FILTER filter = SetUnhandledExceptionFilter(NULL);
    (void)SetUnhandledExceptionFilter(filter);
    (void)snprintf(text, MACHINE_SETTINGS_SIZE, "%s %s %u %zu %llx", directory,
                   setlocale(LC_ALL, NULL), GetErrorMode(), count_threads(),
                   (unsigned long long)(uintptr_t)(void (*)(void))filter);
}

bool machine_is_64_bit(void)
{
    return sizeof(void *) == 8;
}
