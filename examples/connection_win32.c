/* SPDX-License-Identifier: MIT */
/*
 * Connections by named pipes. All are overlapped: that is how waiting ends with
 * a deadline.
 */
#include "connection.h"

#include "pause.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>

#define ADDRESS_SIZE 256

typedef struct pipe_name {
    wchar_t text[ADDRESS_SIZE];
} pipe_name;

static bool make_name(pipe_name *out, const char *address)
{
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, address, -1,
                               out->text, ADDRESS_SIZE) > 0;
}

/* ------------------------------------------------------------------------
 * Time
 * ------------------------------------------------------------------------ */

static uint64_t now(void)
{
    return GetTickCount64();
}

uint32_t connection_left(const connection *of)
{
    uint64_t time = now();
    return time < of->deadline ? (uint32_t)(of->deadline - time) : 1;
}

/* ------------------------------------------------------------------------
 * Bytes
 * ------------------------------------------------------------------------ */

/* One operation: how many bytes, 0 at the end and when the time is over. */
static DWORD transfer(const connection *c, void *bytes, DWORD length,
                      bool writes)
{
    HANDLE pipe = (HANDLE)c->channel;
    OVERLAPPED operation = {0};
    DWORD done = 0;
    operation.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (operation.hEvent == NULL)
        return 0;
    BOOL begun = writes ? WriteFile(pipe, bytes, length, NULL, &operation)
                        : ReadFile(pipe, bytes, length, NULL, &operation);
    if (begun || GetLastError() == ERROR_IO_PENDING) {
        if (WaitForSingleObject(operation.hEvent, connection_left(c)) !=
            WAIT_OBJECT_0)
            (void)CancelIoEx(pipe, &operation);
        /* The bytes are the system's until this returns. */
        if (!GetOverlappedResult(pipe, &operation, &done, TRUE))
            done = 0;
    }
    (void)CloseHandle(operation.hEvent);
    return done;
}

static bool transfer_all(const connection *c, char *bytes, size_t length,
                         bool writes)
{
    while (length > 0) {
        /* A byte every now and then moves no deadline. */
        DWORD done =
            now() < c->deadline ? transfer(c, bytes, (DWORD)length, writes) : 0;
        if (done == 0)
            return false;
        bytes += done;
        length -= done;
    }
    return true;
}

bool connection_read(const connection *from, void *bytes, size_t length)
{
    return transfer_all(from, bytes, length, false);
}

bool connection_write(const connection *to, const void *bytes, size_t length)
{
    return transfer_all(to, (char *)(uintptr_t)bytes, length, true);
}

/* ------------------------------------------------------------------------
 * The client's side
 * ------------------------------------------------------------------------ */

void connection_close(const connection *closed)
{
    (void)CloseHandle((HANDLE)closed->channel);
}

/* The server must not act as this user: it is not trusted either. */
bool connection_open(connection *out, const char *address, uint32_t patience)
{
    pipe_name name;
    uint64_t deadline = now() + patience;
    if (!make_name(&name, address))
        return false;
    for (;;) {
        HANDLE pipe = CreateFileW(name.text, GENERIC_READ | GENERIC_WRITE, 0,
                                  NULL, OPEN_EXISTING,
                                  FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT |
                                      SECURITY_IDENTIFICATION,
                                  NULL);
        *out = (connection){(section_native)pipe, deadline};
        if (pipe != INVALID_HANDLE_VALUE) {
            if (GetFileType(pipe) == FILE_TYPE_PIPE)
                return true;
            connection_close(out); /* a file of that name */
            return false;
        }
        /* All threads of the server have clients now. */
        if (GetLastError() != ERROR_PIPE_BUSY || now() >= deadline)
            return false;
        if (!WaitNamedPipeW(name.text, connection_left(out)))
            pause_shortly();
    }
}

/* ------------------------------------------------------------------------
 * The server's side
 * ------------------------------------------------------------------------ */

/* A thread and its end of the pipe, which serves one client after the other. */
typedef struct server {
    HANDLE pipe;
    uint32_t patience;
    connection_work work;
    void *context;
} server;

/* Nobody else has made a pipe of this name before, and nobody connects from
 * another machine. Who may connect is for the default of Windows to say: this
 * user. */
static HANDLE make_pipe(const char *address, unsigned threads, bool is_first)
{
    pipe_name name;
    if (!make_name(&name, address))
        return INVALID_HANDLE_VALUE;
    DWORD open = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED;
    if (is_first)
        open |= FILE_FLAG_FIRST_PIPE_INSTANCE;
    return CreateNamedPipeW(name.text, open,
                            PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS,
                            threads, 4096, 4096, 0, NULL);
}

static bool await_client(HANDLE pipe)
{
    OVERLAPPED operation = {0};
    DWORD nothing;
    operation.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (operation.hEvent == NULL)
        return false;
    BOOL connected = ConnectNamedPipe(pipe, &operation);
    DWORD error = connected ? ERROR_SUCCESS : GetLastError();
    if (error == ERROR_IO_PENDING)
        error = GetOverlappedResult(pipe, &operation, &nothing, TRUE)
                    ? ERROR_SUCCESS
                    : GetLastError();
    (void)CloseHandle(operation.hEvent);
    return error == ERROR_SUCCESS || error == ERROR_PIPE_CONNECTED;
}

/* Disconnecting takes away what the client has not read yet: it is given the
 * time that is left to read it, and to close its end. */
static void await_end(const connection *client)
{
    char byte;
    while (now() < client->deadline && transfer(client, &byte, 1, false) != 0)
        continue;
}

static void serve_next(const server *s)
{
    if (await_client(s->pipe)) {
        connection client = {(section_native)s->pipe, now() + s->patience};
        s->work(&client, s->context);
        await_end(&client);
    } else {
        pause_shortly();
    }
    (void)DisconnectNamedPipe(s->pipe);
}

static DWORD WINAPI serve(void *argument)
{
    const server *s = argument;
    while (s->pipe != INVALID_HANDLE_VALUE)
        serve_next(s);
    return 0;
}

static bool start(server *s)
{
    if (s->pipe == INVALID_HANDLE_VALUE)
        return false;
    HANDLE thread = CreateThread(NULL, 0, serve, s, 0, NULL);
    if (thread == NULL)
        (void)CloseHandle(s->pipe);
    else
        (void)CloseHandle(thread);
    return thread != NULL;
}

bool connection_serve(const char *address, unsigned threads, uint32_t patience,
                      connection_work work, void *context)
{
    server *servers = calloc(threads, sizeof(*servers));
    unsigned started = 0;
    for (; servers != NULL && started < threads; started++) {
        HANDLE pipe = make_pipe(address, threads, started == 0);
        servers[started] = (server){pipe, patience, work, context};
        if (!start(&servers[started]))
            break;
    }
    if (started == 0)
        free(servers);
    return started > 0; /* the threads', as long as there are any */
}

void connection_end(const char *address)
{
    /* The pipes end with the process. */
    (void)address;
}
