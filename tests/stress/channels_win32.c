/* SPDX-License-Identifier: MIT */
/*
 * Channels of a stress run: named pipes.
 */
#include "outside.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>

#define NAME_ROOM 128

/* What a pipe keeps until it is read. */
#define BUFFER_SIZE 4096

/* An instance of the pipe that waits for somebody to connect to it. */
typedef struct inbox {
    HANDLE pipe; /* INVALID_HANDLE_VALUE: none could be had */
    OVERLAPPED waiting;
    bool connected;
    wchar_t name[NAME_ROOM];
} inbox;

bool outside_make_inboxes(char *prefix, size_t size)
{
    (void)snprintf(prefix, size, "\\\\.\\pipe\\section-stress-%lu-",
                   (unsigned long)GetCurrentProcessId());
    return true;
}

void outside_remove_inboxes(const char *prefix)
{
    (void)prefix;
}

static void widen(wchar_t *wide, const char *name)
{
    (void)MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, NAME_ROOM);
}

static void await_client(inbox *in)
{
    in->connected = false;
    in->pipe = CreateNamedPipeW(
        in->name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
        PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_REJECT_REMOTE_CLIENTS,
        PIPE_UNLIMITED_INSTANCES, BUFFER_SIZE, BUFFER_SIZE, 0, NULL);
    if (in->pipe == INVALID_HANDLE_VALUE)
        return;
    (void)ResetEvent(in->waiting.hEvent);
    in->connected = ConnectNamedPipe(in->pipe, &in->waiting) != 0 ||
                    GetLastError() == ERROR_PIPE_CONNECTED;
}

intptr_t outside_make_inbox(const char *name)
{
    inbox *in = calloc(1, sizeof(*in));
    if (in == NULL)
        return OUTSIDE_NO_CHANNEL;
    widen(in->name, name);
    in->waiting.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    await_client(in);
    if (in->pipe != INVALID_HANDLE_VALUE)
        return (intptr_t)in;
    (void)CloseHandle(in->waiting.hEvent);
    free(in);
    return OUTSIDE_NO_CHANNEL;
}

/* The system may write to `waiting` until what it is about has ended. */
void outside_close_inbox(intptr_t number, const char *name)
{
    inbox *in = (inbox *)number;
    DWORD nothing;
    (void)name;
    if (in->pipe != INVALID_HANDLE_VALUE) {
        if (!in->connected && CancelIo(in->pipe))
            (void)GetOverlappedResult(in->pipe, &in->waiting, &nothing, TRUE);
        (void)CloseHandle(in->pipe);
    }
    (void)CloseHandle(in->waiting.hEvent);
    free(in);
}

intptr_t outside_connect(const char *name)
{
    wchar_t wide[NAME_ROOM];
    widen(wide, name);
    return (intptr_t)CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, 0, NULL,
                                 OPEN_EXISTING, 0, NULL);
}

intptr_t outside_accept(intptr_t number)
{
    inbox *in = (inbox *)number;
    if (in->pipe != INVALID_HANDLE_VALUE && !in->connected &&
        WaitForSingleObject(in->waiting.hEvent, 0) != WAIT_OBJECT_0)
        return OUTSIDE_NO_CHANNEL;
    intptr_t channel = (intptr_t)in->pipe;
    await_client(in);
    return channel;
}

void outside_close_channel(intptr_t channel)
{
    (void)CloseHandle((HANDLE)channel);
}

bool outside_write(intptr_t channel, const void *bytes, size_t length)
{
    DWORD written = 0;
    return WriteFile((HANDLE)channel, bytes, (DWORD)length, &written, NULL) &&
           written == length;
}

/* What is there already is read without waiting. */
int outside_read(intptr_t channel, void *bytes, size_t length)
{
    DWORD there = 0, found = 0;
    OVERLAPPED reading = {0};
    if (!PeekNamedPipe((HANDLE)channel, NULL, 0, NULL, &there, NULL))
        return -1;
    if (there < length)
        return 0;
    reading.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    bool begun =
        ReadFile((HANDLE)channel, bytes, (DWORD)length, NULL, &reading) ||
        GetLastError() == ERROR_IO_PENDING;
    bool read =
        begun && GetOverlappedResult((HANDLE)channel, &reading, &found, TRUE);
    (void)CloseHandle(reading.hEvent);
    return read && found == length ? 1 : -1;
}
