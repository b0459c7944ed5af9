/* SPDX-License-Identifier: MIT */
/*
 * Child processes by CreateProcessW(), with an explicit list of what they
 * inherit.
 */
#include "process.h"

#include "win32_text.h"

#include <stdio.h>
#include <stdlib.h>

/* What a child that was killed exits with. */
#define KILLED_CODE  0x2badu
#define TIMEOUT_CODE 0x71edu

static wchar_t program[WIDE_SIZE];

/* A crash is an exit with the code of the exception, and no debugger comes. */
static LONG WINAPI end_by_exception(EXCEPTION_POINTERS *what)
{
    (void)what;
    return EXCEPTION_EXECUTE_HANDLER;
}

void process_remember_program(const char *first_word)
{
    (void)first_word;
    (void)GetModuleFileNameW(NULL, program, WIDE_SIZE);
    /* A fault shall end a child and not open a window. */
    (void)SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    (void)SetUnhandledExceptionFilter(end_by_exception);
}

void process_program(char path[PROCESS_LINE_SIZE])
{
    int length = WideCharToMultiByte(CP_UTF8, 0, program, -1, path,
                                     PROCESS_LINE_SIZE, NULL, NULL);
    assert_that(length > 0);
}

/* The same object once more, inheritable. */
static HANDLE inheritable(HANDLE handle)
{
    HANDLE out = NULL;
    (void)DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(),
                          &out, 0, TRUE, DUPLICATE_SAME_ACCESS);
    return out;
}

/* What a child gets: two pipe ends, the error stream, and the chosen one. */
struct gifts {
    HANDLE list[4];
    DWORD count;
};

static HANDLE add_gift(struct gifts *gifts, HANDLE handle)
{
    HANDLE copy = inheritable(handle);
    if (copy != NULL)
        gifts->list[gifts->count++] = copy;
    return copy;
}

static void close_gifts(const struct gifts *gifts)
{
    for (DWORD i = 0; i < gifts->count; i++)
        (void)CloseHandle(gifts->list[i]);
}

static HANDLE create(const char *role, STARTUPINFOEXW *startup,
                     struct gifts *gifts)
{
    wchar_t line[2 * WIDE_SIZE];
    wide role_text = widen(role);
    (void)swprintf(line, 2 * WIDE_SIZE, L"\"%ls\" --role %ls", program,
                   role_text.text);

    SIZE_T size = 0;
    (void)InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(size);
    assert_non_null(list);
    assert_true(InitializeProcThreadAttributeList(list, 1, 0, &size));
    assert_true(UpdateProcThreadAttribute(
        list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, gifts->list,
        gifts->count * sizeof(HANDLE), NULL, NULL));
    startup->lpAttributeList = list;

    PROCESS_INFORMATION made = {0};
    BOOL ok = CreateProcessW(program, line, NULL, NULL, TRUE,
                             EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                             &startup->StartupInfo, &made);
    DeleteProcThreadAttributeList(list);
    free(list);
    assert_true(ok);
    (void)CloseHandle(made.hThread);
    return made.hProcess;
}

/* Runs in a thread of the system's when the patience is over. */
static void CALLBACK end_of_patience(PVOID id, BOOLEAN fired)
{
    (void)fired;
    (void)TerminateProcess((HANDLE)id, TIMEOUT_CODE);
}

void process_launch(process *child, const char *role, intptr_t inherited,
                    intptr_t *number)
{
    HANDLE to[2], from[2];
    assert_true(CreatePipe(&to[0], &to[1], NULL, 0));
    assert_true(CreatePipe(&from[0], &from[1], NULL, 0));

    struct gifts gifts = {{NULL}, 0};
    STARTUPINFOEXW startup = {0};
    startup.StartupInfo.cb = sizeof(startup);
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    startup.StartupInfo.hStdInput = add_gift(&gifts, to[0]);
    startup.StartupInfo.hStdOutput = add_gift(&gifts, from[1]);
    startup.StartupInfo.hStdError =
        add_gift(&gifts, GetStdHandle(STD_ERROR_HANDLE));
    *number = PROCESS_NOTHING;
    if (inherited != PROCESS_NOTHING)
        *number = (intptr_t)add_gift(&gifts, (HANDLE)inherited);

    HANDLE id = create(role, &startup, &gifts);
    close_gifts(&gifts);
    (void)CloseHandle(to[0]);
    (void)CloseHandle(from[1]);

    HANDLE timer = NULL;
    assert_true(CreateTimerQueueTimer(&timer, NULL, end_of_patience, id,
                                      PROCESS_PATIENCE * 1000, 0,
                                      WT_EXECUTEONLYONCE));
    child->id = (intptr_t)id;
    child->input = (intptr_t)to[1];
    child->output = (intptr_t)from[0];
    child->life = (intptr_t)timer;
}

bool process_fork(process *child, int (*run)(void *context), void *context)
{
    (void)child;
    (void)run;
    (void)context;
    return false;
}

bool process_write(intptr_t to, const char *bytes, size_t length)
{
    DWORD written = 0;
    return WriteFile((HANDLE)to, bytes, (DWORD)length, &written, NULL) &&
           written == length;
}

bool process_can_read(intptr_t from)
{
    DWORD waiting = 0;
    return !PeekNamedPipe((HANDLE)from, NULL, 0, NULL, &waiting, NULL) ||
           waiting != 0;
}

bool process_read(intptr_t from, char *byte)
{
    DWORD got = 0;
    return ReadFile((HANDLE)from, byte, 1, &got, NULL) && got == 1;
}

void process_find_parent(intptr_t *input, intptr_t *output, const char *word)
{
    (void)word;
    *input = (intptr_t)GetStdHandle(STD_INPUT_HANDLE);
    *output = (intptr_t)GetStdHandle(STD_OUTPUT_HANDLE);
}

void process_become(const char *role)
{
    (void)role;
}

bool process_split(void)
{
    assert_that(false);
    return false;
}

bool process_stop(const process *child)
{
    (void)child;
    return false;
}

void process_continue(const process *child)
{
    (void)child;
}

void process_kill(const process *child)
{
    (void)TerminateProcess((HANDLE)child->id, KILLED_CODE);
}

static process_result result_of(DWORD code)
{
    if (code == KILLED_CODE)
        return (process_result){PROCESS_KILLED, (int)code};
    /* Exceptions nobody handled: access violation, in-page error, ... */
    if (code >= 0xc0000000u)
        return (process_result){PROCESS_FAULTED, (int)(code & 0xffff)};
    return (process_result){PROCESS_EXITED, (int)code};
}

process_result process_await(const process *child)
{
    DWORD code = TIMEOUT_CODE;
    (void)WaitForSingleObject((HANDLE)child->id, INFINITE);
    (void)GetExitCodeProcess((HANDLE)child->id, &code);
    if (code == TIMEOUT_CODE)
        print_error("a child did not end within %d seconds and was killed\n",
                    PROCESS_PATIENCE);
    assert_true(code != TIMEOUT_CODE);
    return result_of(code);
}

void process_let_go(process *child)
{
    (void)DeleteTimerQueueTimer(NULL, (HANDLE)child->life,
                                INVALID_HANDLE_VALUE);
    (void)CloseHandle((HANDLE)child->input);
    (void)CloseHandle((HANDLE)child->output);
    (void)CloseHandle((HANDLE)child->id);
}
