/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of Windows that hand memory to who is at the other end of a
 * pipe: it opens the process that offers, after the kernel has said which one
 * that is, and duplicates the handle. Both wait for each other.
 */
#include "bench_bare_win32.h"

#include <stdio.h>
#include <string.h>

#define MAGIC UINT64_C(0x6e65622d65726162)

enum { OFFER = 1, GOT = 2, DONE = 3 };

/* As many bytes as the library needs for the same. */
typedef struct offer {
    uint64_t magic, what;
    uint64_t process, born; /* who offers */
    uint64_t number;        /* of the handle, there */
    uint64_t writes, size;
    uint64_t rest[68];
} offer;

typedef struct reply {
    uint64_t magic, what;
    uint64_t process, born;
    uint64_t rest[4];
} reply;

static bool refuse(const char *what)
{
    SetLastError(ERROR_INVALID_DATA);
    return bare_win32_failed(what);
}

/* --- one object or two: no row asks for it --- */

bool bare_is_same(bool *same, bare_handle one, bare_handle other)
{
    *same = one == other;
    return true;
}

/* --- what is handed over --- */

static bool narrow(bare_handle *out, bare_handle memory)
{
    HANDLE copy;
    HANDLE self = GetCurrentProcess();
    *out = BARE_NONE;
    if (!DuplicateHandle(self, bare_win32_handle(memory), self, &copy,
                         SECTION_QUERY | SECTION_MAP_READ, FALSE, 0))
        return bare_win32_failed("DuplicateHandle");
    *out = bare_win32_number(copy);
    return true;
}

bool bare_goods_begin(bare_goods *out, const bare_named *held, uint64_t size,
                      bool writes)
{
    *out = (bare_goods){
        .held = *held, .reader = BARE_NONE, .size = size, .writes = writes};
    return writes || narrow(&out->reader, held->memory);
}

bool bare_goods_end(bare_goods *goods)
{
    return goods->reader == BARE_NONE || bare_close(goods->reader);
}

bool bare_goods_duplicate(bare_handle *out, const bare_goods *goods)
{
    return bare_duplicate(out,
                          goods->writes ? goods->held.memory : goods->reader);
}

/* --- a channel --- */

bool bare_channel_open(bare_channel *out)
{
    static unsigned counter;
    wchar_t name[64];
    *out = (bare_channel){BARE_NONE, BARE_NONE};
    (void)_snwprintf(name, sizeof(name) / sizeof(name[0]),
                     L"\\\\.\\pipe\\section-bench.%lx.%u",
                     GetCurrentProcessId(), counter++);
    HANDLE server = CreateNamedPipeW(
        name, PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE,
        PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT, 1, 4096, 4096, 0,
        NULL);
    if (server == INVALID_HANDLE_VALUE)
        return bare_win32_failed("CreateNamedPipe");
    out->sends = bare_win32_number(server);
    HANDLE client = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL,
                                OPEN_EXISTING, 0, NULL);
    if (client == INVALID_HANDLE_VALUE)
        return bare_win32_failed("CreateFile");
    out->receives = bare_win32_number(client);
    /* Who is there already is connected. */
    return ConnectNamedPipe(server, NULL) ||
           GetLastError() == ERROR_PIPE_CONNECTED ||
           bare_win32_failed("ConnectNamedPipe");
}

bool bare_channel_close(bare_channel *channel)
{
    bool closed = channel->sends == BARE_NONE || bare_close(channel->sends);
    return (channel->receives == BARE_NONE || bare_close(channel->receives)) &&
           closed;
}

/* --- two threads --- */

typedef struct steps {
    bare_step step;
    void *context;
    uint64_t count;
    bool done;
} steps;

static void run(steps *all)
{
    all->done = true;
    for (uint64_t i = 0; i < all->count && all->done; i++)
        all->done = all->step(all->context);
}

static DWORD WINAPI run_beside(void *all)
{
    run(all);
    return 0;
}

bool bare_in_turn(bare_step first, bare_step second, void *context,
                  uint64_t count)
{
    steps ours = {first, context, count, false};
    steps theirs = {second, context, count, false};
    HANDLE thread = CreateThread(NULL, 0, run_beside, &theirs, 0, NULL);
    if (thread == NULL)
        return bare_win32_failed("CreateThread");
    run(&ours);
    (void)WaitForSingleObject(thread, INFINITE);
    (void)CloseHandle(thread);
    return ours.done && theirs.done;
}

/* --- who is there --- */

bool bare_process_born(uint64_t *out, HANDLE process)
{
    FILETIME start, end, kernel, user;
    *out = 0;
    if (!GetProcessTimes(process, &start, &end, &kernel, &user))
        return bare_win32_failed("GetProcessTimes");
    *out = (uint64_t)start.dwHighDateTime << 32 | start.dwLowDateTime;
    return true;
}

bool bare_process_open(HANDLE *out, uint64_t process, uint64_t born,
                       DWORD access)
{
    uint64_t found;
    *out = OpenProcess(access | PROCESS_QUERY_LIMITED_INFORMATION, FALSE,
                       (DWORD)process);
    if (*out == NULL)
        return bare_win32_failed("OpenProcess");
    if (bare_process_born(&found, *out) && found == born)
        return true;
    (void)CloseHandle(*out);
    *out = NULL;
    return refuse("a process of another birth");
}

static bool introduce(uint64_t *process, uint64_t *born)
{
    *process = GetCurrentProcessId();
    return bare_process_born(born, GetCurrentProcess());
}

/* --- send --- */

bool bare_send(const bare_channel *channel, const bare_goods *goods)
{
    reply got;
    reply done = {.magic = MAGIC, .what = DONE};
    ULONG peer;
    offer said = {.magic = MAGIC,
                  .what = OFFER,
                  .number = (uint64_t)(goods->writes ? goods->held.memory
                                                     : goods->reader),
                  .writes = goods->writes,
                  .size = goods->size};
    if (!GetNamedPipeClientProcessId(bare_win32_handle(channel->sends), &peer))
        return bare_win32_failed("GetNamedPipeClientProcessId");
    return introduce(&said.process, &said.born) &&
           bare_pipe_write(channel->sends, &said, sizeof(said)) &&
           bare_pipe_read(channel->sends, &got, sizeof(got)) &&
           ((got.magic == MAGIC && got.what == GOT) ||
            refuse("another answer")) &&
           bare_pipe_write(channel->sends, &done, sizeof(done));
}

/* --- receive --- */

bool bare_goods_check(bare_handle memory, const bare_goods *expected)
{
    uint64_t size;
    /* Windows tells whole pages. */
    return bare_size(&size, memory) &&
           (size >= expected->size || refuse("memory of another size"));
}

static bool duplicate_from(bare_handle *out, const offer *said)
{
    HANDLE process, copy;
    *out = BARE_NONE;
    if (!bare_process_open(&process, said->process, said->born,
                           PROCESS_DUP_HANDLE))
        return false;
    bool done = DuplicateHandle(process, (HANDLE)(uintptr_t)said->number,
                                GetCurrentProcess(), &copy, 0, FALSE,
                                DUPLICATE_SAME_ACCESS);
    if (done)
        *out = bare_win32_number(copy);
    else
        (void)bare_win32_failed("DuplicateHandle");
    (void)CloseHandle(process);
    return done;
}

static bool check_offer(const offer *said, const bare_goods *expected,
                        uint64_t peer)
{
    uint64_t rest = 0;
    for (size_t i = 0; i < sizeof(said->rest) / sizeof(said->rest[0]); i++)
        rest |= said->rest[i];
    return (rest == 0 && said->magic == MAGIC && said->what == OFFER &&
            said->process == peer && said->writes == expected->writes &&
            said->size == expected->size) ||
           refuse("another offer");
}

static bool settle(bare_handle pipe)
{
    reply got = {.magic = MAGIC, .what = GOT};
    reply done;
    return introduce(&got.process, &got.born) &&
           bare_pipe_write(pipe, &got, sizeof(got)) &&
           bare_pipe_read(pipe, &done, sizeof(done)) &&
           ((done.magic == MAGIC && done.what == DONE) ||
            refuse("another answer"));
}

bool bare_receive(bare_named *out, const bare_channel *channel,
                  const bare_goods *expected)
{
    offer said;
    ULONG peer;
    bare_handle pipe = channel->receives;
    *out = (bare_named){BARE_NONE, BARE_NONE};
    if (!GetNamedPipeServerProcessId(bare_win32_handle(pipe), &peer))
        return bare_win32_failed("GetNamedPipeServerProcessId");
    if (!bare_pipe_read(pipe, &said, sizeof(said)) ||
        !check_offer(&said, expected, peer) ||
        !duplicate_from(&out->memory, &said))
        return false;
    if (settle(pipe) && bare_goods_check(out->memory, expected))
        return true;
    (void)bare_close(out->memory);
    out->memory = BARE_NONE;
    return false;
}
