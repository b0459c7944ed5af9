/* SPDX-License-Identifier: MIT */
#include "outside.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* What a process that was killed exits with. */
#define KILLED_CODE 0x2badu

/* And one that crashed on purpose. */
#define CRASH_CODE 0xe0000bad

#define PATH_ROOM 1024

/* ------------------------------------------------------------------------
 * Shared memory
 * ------------------------------------------------------------------------ */

void *outside_attach(intptr_t number, size_t size)
{
    return MapViewOfFile((HANDLE)number, FILE_MAP_ALL_ACCESS, 0, 0, size);
}

void *outside_share(size_t size, intptr_t *number)
{
    SECURITY_ATTRIBUTES inheritable = {sizeof(inheritable), NULL, TRUE};
    HANDLE mapping = CreateFileMappingW(INVALID_HANDLE_VALUE, &inheritable,
                                        PAGE_READWRITE, 0, (DWORD)size, NULL);
    if (mapping == NULL)
        return NULL;
    *number = (intptr_t)mapping;
    void *memory = outside_attach(*number, size);
    if (memory == NULL)
        (void)CloseHandle(mapping);
    return memory;
}

void outside_unshare(void *memory, size_t size, intptr_t number)
{
    (void)size;
    (void)UnmapViewOfFile(memory);
    (void)CloseHandle((HANDLE)number);
}

/* ------------------------------------------------------------------------
 * Processes
 * ------------------------------------------------------------------------ */

#define MOST_CHILDREN 64

static wchar_t program[PATH_ROOM];
static HANDLE children[MOST_CHILDREN];

/* No window, and no debugger. */
static LONG WINAPI end_quietly(EXCEPTION_POINTERS *what)
{
    (void)TerminateProcess(GetCurrentProcess(),
                           what->ExceptionRecord->ExceptionCode);
    return EXCEPTION_EXECUTE_HANDLER;
}

void outside_begin(const char *first_word)
{
    (void)first_word;
    (void)GetModuleFileNameW(NULL, program, PATH_ROOM);
    (void)SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    (void)SetUnhandledExceptionFilter(end_quietly);
}

static HANDLE *free_child(void)
{
    for (int i = 0; i < MOST_CHILDREN; i++)
        if (children[i] == NULL)
            return &children[i];
    return NULL;
}

/* The words are numbers and such: nothing to quote. */
static void make_line(wchar_t *line, const char *const words[], size_t count)
{
    int used = swprintf(line, 2 * PATH_ROOM, L"\"%ls\"", program);
    for (size_t i = 0; i < count; i++)
        used += swprintf(line + used, 2 * PATH_ROOM - (size_t)used, L" %hs",
                         words[i]);
}

intptr_t outside_start(const char *const words[], size_t count)
{
    wchar_t line[2 * PATH_ROOM];
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION made;
    HANDLE *child = free_child();
    if (child == NULL)
        return 0;
    make_line(line, words, count);
    if (!CreateProcessW(program, line, NULL, NULL, TRUE, 0, NULL, NULL,
                        &startup, &made))
        return 0;
    (void)CloseHandle(made.hThread);
    *child = made.hProcess;
    return (intptr_t)made.hProcess;
}

void outside_become(const char *const words[], size_t count)
{
    (void)words;
    (void)count;
}

bool outside_forks(void)
{
    return false;
}

intptr_t outside_fork(void)
{
    return -1;
}

intptr_t outside_self(void)
{
    return (intptr_t)GetCurrentProcessId();
}

/* ------------------------------------------------------------------------
 * Ends
 * ------------------------------------------------------------------------ */

static bool reap(outside_death *out, HANDLE *child)
{
    DWORD code = 0;
    if (*child == NULL || WaitForSingleObject(*child, 0) != WAIT_OBJECT_0)
        return false;
    (void)GetExitCodeProcess(*child, &code);
    out->process = (intptr_t)*child;
    out->normal = code == 0 || code == KILLED_CODE || code == CRASH_CODE;
    (void)snprintf(out->text, sizeof(out->text), "exit code %lx",
                   (unsigned long)code);
    (void)CloseHandle(*child);
    *child = NULL;
    return true;
}

bool outside_reap(outside_death *out)
{
    for (int i = 0; i < MOST_CHILDREN; i++)
        if (reap(out, &children[i]))
            return true;
    return false;
}

bool outside_reap_one(outside_death *out, intptr_t process)
{
    (void)out;
    (void)process;
    return false;
}

bool outside_is_childless(void)
{
    for (int i = 0; i < MOST_CHILDREN; i++)
        if (children[i] != NULL)
            return false;
    return true;
}

bool outside_adopt_orphans(void)
{
    return false;
}

bool outside_is_gone(intptr_t process)
{
    for (int i = 0; i < MOST_CHILDREN; i++)
        if (children[i] == (HANDLE)process)
            return false;
    return true;
}

void outside_kill(intptr_t process)
{
    (void)TerminateProcess((HANDLE)process, KILLED_CODE);
}

bool outside_stop(intptr_t process)
{
    (void)process;
    return false;
}

bool outside_continue(intptr_t process)
{
    (void)process;
    return false;
}

void outside_stop_self(void)
{
}

_Noreturn void outside_quick_exit(void)
{
    _exit(0);
}

_Noreturn void outside_crash(void)
{
    RaiseException(CRASH_CODE, EXCEPTION_NONCONTINUABLE, 0, NULL);
    outside_suicide();
}

_Noreturn void outside_suicide(void)
{
    (void)TerminateProcess(GetCurrentProcess(), KILLED_CODE);
    for (;;)
        Sleep(INFINITE);
}

/* ------------------------------------------------------------------------
 * Threads and time
 * ------------------------------------------------------------------------ */

struct thread {
    size_t index;
    void (*work)(size_t index);
};

static DWORD WINAPI run(LPVOID argument)
{
    const struct thread *self = argument;
    self->work(self->index);
    return 0;
}

bool outside_run(size_t count, void (*work)(size_t index))
{
    static struct thread threads[OUTSIDE_THREADS];
    HANDLE ids[OUTSIDE_THREADS];
    size_t started = 1;
    for (; started < count; started++) {
        threads[started] = (struct thread){started, work};
        ids[started] = CreateThread(NULL, 0, run, &threads[started], 0, NULL);
        if (ids[started] == NULL)
            break;
    }
    work(0);
    for (size_t i = 1; i < started; i++) {
        (void)WaitForSingleObject(ids[i], INFINITE);
        (void)CloseHandle(ids[i]);
    }
    return started >= count;
}

uint64_t outside_milliseconds(void)
{
    return GetTickCount64();
}

void outside_sleep(uint32_t microseconds)
{
    Sleep((microseconds + 999) / 1000);
}

void outside_yield(void)
{
    (void)SwitchToThread();
}

/* ------------------------------------------------------------------------
 * The place of names: the kernel's own
 * ------------------------------------------------------------------------ */

bool outside_make_place(bool *machine)
{
    *machine = true;
    return true;
}

unsigned outside_count_left(char *text, size_t size, const uint64_t head[2],
                            bool alone)
{
    (void)head;
    (void)alone;
    (void)size;
    text[0] = '\0';
    return 0;
}

void outside_remove_place(void)
{
}

/* Wine reads the directories of the kernel entry by entry (docs/wine.md). */
listing_kind outside_listings(void)
{
    HMODULE library = GetModuleHandleW(L"ntdll.dll");
    bool is_wine =
        library != NULL && GetProcAddress(library, "wine_get_version") != NULL;
    return is_wine ? LISTING_HIDING : LISTING_VAIN;
}
