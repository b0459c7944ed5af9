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
    HANDLE list[16];
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

/* A list with room for one attribute. */
static LPPROC_THREAD_ATTRIBUTE_LIST new_list(void)
{
    SIZE_T size = 0;
    (void)InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(size);
    assert_non_null(list);
    assert_true(InitializeProcThreadAttributeList(list, 1, 0, &size));
    return list;
}

static LPPROC_THREAD_ATTRIBUTE_LIST list_gifts(struct gifts *gifts)
{
    LPPROC_THREAD_ATTRIBUTE_LIST list = new_list();
    assert_true(UpdateProcThreadAttribute(
        list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, gifts->list,
        gifts->count * sizeof(HANDLE), NULL, NULL));
    return list;
}

/* Under Wine one in some thousand children does not get ready, if addresses are
 * random (docs/wine.md). */
#define ATTEMPTS 3

/* Create the child, and let go of the list. `words` follow the role. */
static HANDLE create(const char *role, const char *words,
                     STARTUPINFOEXW *startup)
{
    wchar_t line[3 * WIDE_SIZE];
    wide role_text = widen(role);
    wide words_text = widen(words);
    int length = swprintf(line, 3 * WIDE_SIZE, L"\"%ls\" --role %ls%ls",
                          program, role_text.text, words_text.text);
    assert_true(length > 0);

    PROCESS_INFORMATION made = {0};
    BOOL ok = FALSE;
    for (int i = 0; i < ATTEMPTS && !ok; i++)
        ok = CreateProcessW(program, line, NULL, NULL, TRUE,
                            EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                            &startup->StartupInfo, &made);
    DeleteProcThreadAttributeList(startup->lpAttributeList);
    free(startup->lpAttributeList);
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

/* The pipes between a parent and one child. */
struct pipes {
    HANDLE to[2], from[2];
};

static void make_pipes(struct pipes *p)
{
    assert_true(CreatePipe(&p->to[0], &p->to[1], NULL, 0));
    assert_true(CreatePipe(&p->from[0], &p->from[1], NULL, 0));
}

static void keep_parent_ends(process *child, HANDLE id, const struct pipes *p)
{
    HANDLE timer = NULL;
    assert_true(CreateTimerQueueTimer(&timer, NULL, end_of_patience, id,
                                      PROCESS_PATIENCE * 1000, 0,
                                      WT_EXECUTEONLYONCE));
    child->id = (intptr_t)id;
    child->input = (intptr_t)p->to[1];
    child->output = (intptr_t)p->from[0];
    child->life = (intptr_t)timer;
}

/* The child's ends and the error stream, as inheritable handles. */
static STARTUPINFOEXW give_streams(struct gifts *gifts, const struct pipes *p)
{
    STARTUPINFOEXW startup = {0};
    startup.StartupInfo.cb = sizeof(startup);
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    startup.StartupInfo.hStdInput = add_gift(gifts, p->to[0]);
    startup.StartupInfo.hStdOutput = add_gift(gifts, p->from[1]);
    startup.StartupInfo.hStdError =
        add_gift(gifts, GetStdHandle(STD_ERROR_HANDLE));
    return startup;
}

/* Start a child that inherits the streams and the gifts. */
static void start_with(process *child, const char *role, const char *words,
                       struct gifts *gifts, STARTUPINFOEXW *startup,
                       const struct pipes *p)
{
    startup->lpAttributeList = list_gifts(gifts);
    HANDLE id = create(role, words, startup);
    (void)CloseHandle(p->to[0]);
    (void)CloseHandle(p->from[1]);
    keep_parent_ends(child, id, p);
}

void process_launch(process *child, const char *role, intptr_t inherited,
                    intptr_t *number)
{
    struct pipes p;
    struct gifts gifts = {{NULL}, 0};
    make_pipes(&p);
    STARTUPINFOEXW startup = give_streams(&gifts, &p);
    *number = PROCESS_NOTHING;
    if (inherited != PROCESS_NOTHING)
        *number = (intptr_t)add_gift(&gifts, (HANDLE)inherited);
    start_with(child, role, "", &gifts, &startup, &p);
    close_gifts(&gifts);
}

/* ------------------------------------------------------------------------
 * Children that inherit an offer
 * ------------------------------------------------------------------------ */

/* A list that section_offer_pass() has filled has no room for the streams: the
 * child gets them from this process, and closes them here. */
static void launch_passed(process *child, const char *role,
                          const section_offer *offer, const char *word)
{
    struct pipes p;
    char words[WIDE_SIZE * 2];
    STARTUPINFOEXW startup = {0};
    make_pipes(&p);
    (void)snprintf(
        words, sizeof(words), " %lu:%llx:%llx:%llx %s",
        (unsigned long)GetCurrentProcessId(),
        (unsigned long long)(uintptr_t)p.to[0],
        (unsigned long long)(uintptr_t)p.from[1],
        (unsigned long long)(uintptr_t)GetStdHandle(STD_ERROR_HANDLE), word);
    startup.StartupInfo.cb = sizeof(startup);
    startup.lpAttributeList = new_list();
    assert_status(SECTION_OK,
                  section_offer_pass(offer, startup.lpAttributeList));
    HANDLE id = create(role, words, &startup);
    keep_parent_ends(child, id, &p);
}

void process_launch_offered(process *child, const char *role,
                            const section_offer *offer, process_passing how,
                            const char *word)
{
    if (how == PROCESS_PASSES) {
        launch_passed(child, role, offer, word);
        return;
    }
    struct pipes p;
    struct gifts gifts = {{NULL}, 0};
    char words[WIDE_SIZE * 2];
    section_native handles[8];
    make_pipes(&p);
    STARTUPINFOEXW startup = give_streams(&gifts, &p);
    struct gifts streams = gifts;
    size_t count = section_offer_handles(handles, 8, offer);
    assert_that(count > 0 && count <= 8);
    for (size_t i = 0; how == PROCESS_LISTS && i < count; i++)
        gifts.list[gifts.count++] = (HANDLE)handles[i];
    (void)snprintf(words, sizeof(words), " - %s", word);
    start_with(child, role, words, &gifts, &startup, &p);
    close_gifts(&streams);
}

static HANDLE fetch_stream(HANDLE parent, unsigned long long number,
                           DWORD closing)
{
    HANDLE out = NULL;
    (void)DuplicateHandle(parent, (HANDLE)(uintptr_t)number,
                          GetCurrentProcess(), &out, 0, FALSE,
                          DUPLICATE_SAME_ACCESS | closing);
    return out;
}

/* In a child of launch_passed(). */
static void fetch_streams(const char *word)
{
    unsigned long id;
    unsigned long long in, out, error;
    assert_that(sscanf(word, "%lu:%llx:%llx:%llx", &id, &in, &out, &error) ==
                4);
    HANDLE parent = OpenProcess(PROCESS_DUP_HANDLE, FALSE, id);
    assert_that(parent != NULL);
    (void)SetStdHandle(STD_INPUT_HANDLE,
                       fetch_stream(parent, in, DUPLICATE_CLOSE_SOURCE));
    (void)SetStdHandle(STD_OUTPUT_HANDLE,
                       fetch_stream(parent, out, DUPLICATE_CLOSE_SOURCE));
    (void)SetStdHandle(STD_ERROR_HANDLE, fetch_stream(parent, error, 0));
    (void)CloseHandle(parent);
}

int64_t process_number(void)
{
    return (int64_t)GetCurrentProcessId();
}

void process_default_signals(void)
{
    /* There are none. */
}

bool process_passes_inheritable(void)
{
    return true;
}

void process_be_open(void)
{
    /* A process of the same user is. */
}

void process_set_variable(const char *name, const char *value)
{
    assert_that(SetEnvironmentVariableA(name, value));
    /* The C library has a copy of its own for getenv(). */
    assert_that(_putenv_s(name, value) == 0);
}

bool process_fork_namesakes(int (*one)(void *context),
                            int (*other)(void *context), void *context)
{
    (void)one;
    (void)other;
    (void)context;
    return false;
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
    if (word != NULL && word[0] != '-')
        fetch_streams(word);
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
