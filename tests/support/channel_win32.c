/* SPDX-License-Identifier: MIT */
/*
 * Channels of named pipes.
 */
#include "channel.h"

#include "win32_text.h"

#include <stdio.h>
#include <stdlib.h>

/* A kind is a mask of these. */
#define KIND_MESSAGES   1u
#define KIND_OVERLAPPED 2u

size_t channel_kinds(void)
{
    return 4;
}

static DWORD overlapped_flag(size_t kind)
{
    return (kind & KIND_OVERLAPPED) != 0 ? FILE_FLAG_OVERLAPPED : 0;
}

/* Names of pipes are the machine's: this one nobody else has. */
static void make_address(char address[CHANNEL_ADDRESS_SIZE], size_t kind)
{
    static volatile LONG made;
    LARGE_INTEGER now;
    (void)QueryPerformanceCounter(&now);
    (void)snprintf(address, CHANNEL_ADDRESS_SIZE,
                   "\\\\.\\pipe\\section-test-%lu-%ld-%llx-%u",
                   (unsigned long)GetCurrentProcessId(),
                   (long)InterlockedIncrement(&made),
                   (unsigned long long)now.QuadPart, (unsigned)kind);
}

static size_t kind_of(const char *address)
{
    return (size_t)atoi(strrchr(address, '-') + 1);
}

channel_place channel_listen(size_t kind)
{
    channel_place place;
    make_address(place.address, kind);
    DWORD mode = (kind & KIND_MESSAGES) != 0
                     ? PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE
                     : PIPE_TYPE_BYTE | PIPE_READMODE_BYTE;
    HANDLE pipe = CreateNamedPipeW(
        widen(place.address).text,
        PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE |
            overlapped_flag(kind),
        mode | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, 4096, 4096, 0, NULL);
    assert_that(pipe != INVALID_HANDLE_VALUE);
    place.listener = (intptr_t)pipe;
    return place;
}

section_native channel_connect(const char *address)
{
    size_t kind = kind_of(address);
    HANDLE pipe =
        CreateFileW(widen(address).text, GENERIC_READ | GENERIC_WRITE, 0, NULL,
                    OPEN_EXISTING, overlapped_flag(kind), NULL);
    assert_that(pipe != INVALID_HANDLE_VALUE);
    DWORD mode = PIPE_READMODE_MESSAGE;
    if ((kind & KIND_MESSAGES) != 0)
        assert_that(SetNamedPipeHandleState(pipe, &mode, NULL, NULL));
    return (section_native)pipe;
}

section_native channel_accept(const channel_place *place)
{
    OVERLAPPED nothing = {0};
    nothing.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    BOOL connected = ConnectNamedPipe((HANDLE)place->listener, &nothing);
    assert_that(connected || GetLastError() == ERROR_PIPE_CONNECTED);
    (void)CloseHandle(nothing.hEvent);
    return place->listener;
}

channel channel_make(size_t kind)
{
    channel_place place = channel_listen(kind);
    channel both;
    both.end[1] = channel_connect(place.address);
    both.end[0] = channel_accept(&place);
    return both;
}

void channel_end(section_native end)
{
    assert_that(CloseHandle((HANDLE)end));
}

/* ------------------------------------------------------------------------
 * What is none
 * ------------------------------------------------------------------------ */

static intptr_t end_of_pipe(int which)
{
    HANDLE ends[2];
    assert_that(CreatePipe(&ends[0], &ends[1], NULL, 0));
    (void)CloseHandle(ends[1 - which]);
    return (intptr_t)ends[which];
}

section_native channel_impostor(size_t which, const char *path)
{
    switch (which) {
    case 0:
        return (section_native)CreateFileW(
            widen(path).text, GENERIC_READ | GENERIC_WRITE,
            FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    case 1:
        return (section_native)CreateEventW(NULL, TRUE, FALSE, NULL);
    case 2:
        return end_of_pipe(0);
    case 3:
        return end_of_pipe(1);
    case 4:
        return (section_native)CreateFileMappingW(
            INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL);
    default:
        return -1;
    }
}

/* ------------------------------------------------------------------------
 * Past the library
 * ------------------------------------------------------------------------ */

bool channel_take(channel_message *out, section_native end)
{
    /* The sender says nothing before it is asked. */
    (void)out;
    (void)end;
    return false;
}

void channel_put(section_native end, const channel_message *message)
{
    (void)end;
    (void)message;
    assert_that(false);
}

void channel_drop(channel_message *message)
{
    (void)message;
    assert_that(false);
}

/* Handles that are overlapped need a place for the answer, others take one. How
 * many bytes, 0 at the end. */
static size_t transfer(section_native end, void *bytes, size_t length,
                       bool write)
{
    OVERLAPPED how = {0};
    DWORD done = 0;
    HANDLE pipe = (HANDLE)end;
    how.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    BOOL ok = write ? WriteFile(pipe, bytes, (DWORD)length, NULL, &how)
                    : ReadFile(pipe, bytes, (DWORD)length, NULL, &how);
    DWORD error = GetLastError();
    if (ok || error == ERROR_IO_PENDING || error == ERROR_MORE_DATA)
        (void)GetOverlappedResult(pipe, &how, &done, TRUE);
    (void)CloseHandle(how.hEvent);
    return done;
}

void channel_write(section_native end, const void *bytes, size_t length)
{
    char copy[CHANNEL_BYTES_MOST];
    assert_that(length <= sizeof(copy));
    memcpy(copy, bytes, length);
    assert_that(transfer(end, copy, length, true) == length);
}

void channel_fill(section_native end)
{
    /* Sending waits for the other side anyway. */
    (void)end;
}

void channel_read(section_native end, void *bytes, size_t length)
{
    size_t more, done = 0;
    while (done < length) {
        more = transfer(end, (char *)bytes + done, length - done, false);
        assert_that(more != 0);
        done += more;
    }
}

size_t channel_kind_to_relay(void)
{
    return KIND_OVERLAPPED;
}

size_t channel_pass(section_native from, section_native to, size_t at,
                    unsigned char bits)
{
    unsigned char bytes[CHANNEL_BYTES_MOST];
    size_t length = transfer(from, bytes, sizeof(bytes), false);
    if (at < length)
        bytes[at] ^= bits;
    if (length == 0 || transfer(to, bytes, length, true) != length)
        return 0;
    return length;
}

/* What has not been read when it is disconnected is lost. */
void channel_break(section_native end)
{
    (void)FlushFileBuffers((HANDLE)end);
    (void)DisconnectNamedPipe((HANDLE)end);
}
