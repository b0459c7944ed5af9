/* SPDX-License-Identifier: MIT */
/*
 * Other processes: who they are, and handles that go from the table of one
 * process into that of another. And bytes that nobody can guess.
 */
#include "win32_internal.h"

/* RtlGenRandom(), whose name in the library this is (ntsecapi.h). */
__declspec(dllimport) BOOLEAN WINAPI
    SystemFunction036(void *bytes, ULONG length);

section_os_result section_os_random(void *bytes, size_t length)
{
    return SystemFunction036(bytes, (ULONG)length)
               ? win32_ok()
               : win32_verdict(SECTION_SYSTEM, 0);
}

uint64_t section_os_process_id(void)
{
    return GetCurrentProcessId();
}

/* ------------------------------------------------------------------------
 * Who a process is
 * ------------------------------------------------------------------------ */

/* Ticks of 100 nanoseconds: of two processes with one number, one has ended
 * before the other was started. */
static section_os_result find_birth(uint64_t *born, HANDLE process)
{
    FILETIME start, end, kernel, user;
    *born = 0;
    if (!GetProcessTimes(process, &start, &end, &kernel, &user))
        return win32_failure(GetLastError());
    *born = (uint64_t)start.dwHighDateTime << 32 | start.dwLowDateTime;
    return win32_ok();
}

/* Windows opens the process 8 for who asks for 9, 10 or 11. And somebody may
 * still have a handle of a process that has ended, whose number is not used
 * again until then. */
static section_os_result check_process(HANDLE process, uint64_t id)
{
    DWORD code;
    DWORD found = GetProcessId(process);
    if (found == 0 || !GetExitCodeProcess(process, &code))
        return win32_failure(GetLastError());
    if (found != id)
        return win32_verdict(SECTION_NOT_FOUND, 0);
    return win32_verdict(code == STILL_ACTIVE ? SECTION_OK : SECTION_NOT_FOUND,
                         0);
}

static section_os_result open_process(HANDLE *out, uint64_t *born, uint64_t id,
                                      DWORD access)
{
    *out = NULL;
    *born = 0;
    if (id > UINT32_MAX)
        return win32_verdict(SECTION_NOT_FOUND, 0);
    HANDLE process = OpenProcess(access | PROCESS_QUERY_LIMITED_INFORMATION,
                                 FALSE, (DWORD)id);
    if (process == NULL) {
        DWORD error = GetLastError();
        return error == ERROR_INVALID_PARAMETER
                   ? win32_verdict(SECTION_NOT_FOUND, error)
                   : win32_failure(error);
    }
    section_os_result result = check_process(process, id);
    if (result.status == SECTION_OK)
        result = find_birth(born, process);
    if (result.status != SECTION_OK) {
        (void)CloseHandle(process);
        return result;
    }
    *out = process;
    return result;
}

section_os_result section_os_process_tell(section_os_process *out, uint64_t id)
{
    HANDLE process;
    section_os_result result;
    *out = (section_os_process){0, 0};
    section_os_process found = {id, 0};
    if (id == 0) {
        found.id = section_os_process_id();
        result = find_birth(&found.born, GetCurrentProcess());
    } else {
        result = open_process(&process, &found.born, id, 0);
        if (result.status == SECTION_OK)
            (void)CloseHandle(process);
    }
    if (result.status == SECTION_OK)
        *out = found;
    return result;
}

section_os_result win32_process_open(HANDLE *out, const section_os_process *of,
                                     DWORD access)
{
    uint64_t born;
    section_os_result result = open_process(out, &born, of->id, access);
    if (result.status != SECTION_OK || born == of->born)
        return result;
    (void)CloseHandle(*out);
    *out = NULL;
    return win32_verdict(SECTION_NOT_FOUND, 0);
}

/* ------------------------------------------------------------------------
 * Handles of other processes
 * ------------------------------------------------------------------------ */

section_os_result win32_process_push(uint64_t *number, HANDLE process,
                                     intptr_t part, ACCESS_MASK access)
{
    HANDLE pushed;
    *number = WIN32_NO_NUMBER;
    if (!DuplicateHandle(GetCurrentProcess(), win32_handle(part), process,
                         &pushed, access, FALSE,
                         access == 0 ? DUPLICATE_SAME_ACCESS : 0))
        return win32_failure(GetLastError());
    *number = (uint64_t)(uintptr_t)pushed;
    return win32_ok();
}

/* The handle there is closed whatever becomes of the duplicate
 * (DuplicateHandle(), DUPLICATE_CLOSE_SOURCE). Windows does it without making
 * one, Wine does not. */
void win32_process_take_back(uint64_t number, HANDLE process)
{
    HANDLE taken;
    if (number == WIN32_NO_NUMBER)
        return;
    if (DuplicateHandle(process, (HANDLE)(uintptr_t)number, GetCurrentProcess(),
                        &taken, 0, FALSE,
                        DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE))
        (void)CloseHandle(taken);
}

/* Handles are positive numbers of 32 bits in processes of all widths. What is
 * negative stands for the process itself, and things like it. */
static bool is_number(uint64_t number)
{
    return number != 0 && number <= INT32_MAX;
}

section_os_result win32_process_pull(intptr_t *part, HANDLE process,
                                     uint64_t number)
{
    HANDLE pulled;
    *part = SECTION_OS_NONE;
    if (!is_number(number))
        return win32_failure(ERROR_INVALID_HANDLE);
    if (!DuplicateHandle(process, (HANDLE)(uintptr_t)number,
                         GetCurrentProcess(), &pulled, 0, FALSE,
                         DUPLICATE_SAME_ACCESS))
        return win32_failure(GetLastError());
    *part = win32_number(pulled);
    return win32_ok();
}
