/* SPDX-License-Identifier: MIT */
/*
 * Named pipes of the application: reading and writing some bytes until a time,
 * whether the pipe was opened for overlapped operations or not.
 *
 * Where it was not, an operation returns when it is done. What can be seen to
 * be done at once is simply called; for anything else a timer lets the system
 * cancel what this thread waits for, when the time is over.
 */
#include "win32_native.h"

#include <assert.h>

/* NtQueryInformationFile(). */
#define FILE_MODE_INFORMATION       16
#define FILE_PIPE_LOCAL_INFORMATION 24

/* FILE_MODE_INFORMATION: both kinds of FILE_SYNCHRONOUS_IO_. */
#define IS_SYNCHRONOUS 0x30u

/* FILE_PIPE_LOCAL_INFORMATION */
typedef struct pipe_information {
    ULONG type;          /* cppcheck-suppress unusedStructMember */
    ULONG configuration; /* cppcheck-suppress unusedStructMember */
    ULONG instances[2];  /* cppcheck-suppress unusedStructMember */
    ULONG in_quota;      /* cppcheck-suppress unusedStructMember */
    ULONG readable;      /* cppcheck-suppress unusedStructMember */
    ULONG out_quota;     /* cppcheck-suppress unusedStructMember */
    ULONG writable;
    ULONG state;
    ULONG end;
} pipe_information;

#define PIPE_IS_LISTENING 2 /* FILE_PIPE_LISTENING_STATE: to nobody yet */
#define PIPE_IS_SERVER    1 /* FILE_PIPE_SERVER_END */

/* Milliseconds between two tries to cancel: the first can come before there is
 * something to cancel. */
#define CANCEL_AGAIN 10

/* ------------------------------------------------------------------------
 * What it is
 * ------------------------------------------------------------------------ */

/* What has failed because the other side is not there. */
static section_os_result pipe_failure(DWORD error)
{
    switch (error) {
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA:
    case ERROR_PIPE_NOT_CONNECTED:
    case ERROR_BAD_PIPE:
        return win32_verdict(SECTION_GONE, error);
    case ERROR_OPERATION_ABORTED:
        return win32_verdict(SECTION_BUSY, error);
    default:
        return win32_failure(error);
    }
}

/* Both directions are needed; those of CreatePipe() have one. */
static section_os_result check_pipe(pipe_information *out, HANDLE handle)
{
    ACCESS_MASK granted;
    LONG status = win32_query_file(handle, FILE_PIPE_LOCAL_INFORMATION, out,
                                   sizeof(*out));
    if (status == WIN32_STATUS_INVALID_HANDLE ||
        status == WIN32_STATUS_INSUFFICIENT_RESOURCES)
        return win32_native_failure(status);
    if (status < 0)
        return win32_native_verdict(SECTION_KIND, status);
    section_os_result result = win32_find_granted(&granted, handle);
    if (result.status != SECTION_OK)
        return result;
    const ACCESS_MASK both = FILE_READ_DATA | FILE_WRITE_DATA;
    if ((granted & both) != both || out->state == PIPE_IS_LISTENING)
        return win32_verdict(SECTION_KIND, 0);
    return result;
}

/* Who has connected, or who has made the pipe: the kernel's word. */
static section_os_result find_peer(DWORD *out, HANDLE handle, ULONG end)
{
    BOOL found = end == PIPE_IS_SERVER
                     ? GetNamedPipeClientProcessId(handle, out)
                     : GetNamedPipeServerProcessId(handle, out);
    return found ? win32_ok() : pipe_failure(GetLastError());
}

static section_os_result prepare_waiting(win32_pipe *out)
{
    ULONG mode;
    LONG status = win32_query_file(out->handle, FILE_MODE_INFORMATION, &mode,
                                   sizeof(mode));
    if (status < 0)
        return win32_native_failure(status);
    if ((mode & IS_SYNCHRONOUS) != 0)
        return win32_ok();
    out->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    return out->event != NULL ? win32_ok() : win32_failure(GetLastError());
}

section_os_result win32_pipe_open(win32_pipe *out, section_native channel,
                                  uint32_t timeout)
{
    const win32_pipe closed = {NULL, NULL, NULL, NULL, 0, 0};
    pipe_information found;
    *out = closed;
    if (channel <= 0)
        return win32_failure(ERROR_INVALID_HANDLE);
    out->handle = win32_handle(channel);
    out->deadline = section_os_milliseconds() + timeout;
    section_os_result result = check_pipe(&found, out->handle);
    if (result.status == SECTION_OK)
        result = find_peer(&out->peer, out->handle, found.end);
    if (result.status == SECTION_OK)
        result = prepare_waiting(out);
    return result;
}

/* Waits for the timer if that is at work at this moment. */
static void end_timer(win32_pipe *pipe)
{
    if (pipe->timer != NULL)
        (void)DeleteTimerQueueTimer(NULL, pipe->timer, INVALID_HANDLE_VALUE);
    pipe->timer = NULL;
}

void win32_pipe_close(win32_pipe *pipe)
{
    end_timer(pipe);
    if (pipe->thread != NULL)
        (void)CloseHandle(pipe->thread);
    if (pipe->event != NULL)
        (void)CloseHandle(pipe->event);
}

void win32_pipe_allow(win32_pipe *pipe, uint32_t timeout)
{
    uint64_t deadline = section_os_milliseconds() + timeout;
    if (deadline <= pipe->deadline)
        return;
    pipe->deadline = deadline;
    end_timer(pipe);
}

static DWORD find_remaining(const win32_pipe *pipe)
{
    uint64_t now = section_os_milliseconds();
    return now < pipe->deadline ? (DWORD)(pipe->deadline - now) : 0;
}

/* ------------------------------------------------------------------------
 * Operations that return when they are done
 * ------------------------------------------------------------------------ */

static VOID CALLBACK cancel(void *thread, BOOLEAN is_time)
{
    (void)is_time;
    (void)CancelSynchronousIo(thread);
}

/* What CancelSynchronousIo() needs. Not by OpenThread(), which is refused while
 * the thread acts for somebody who may not do that to it. */
static section_os_result open_thread(win32_pipe *pipe)
{
    if (DuplicateHandle(GetCurrentProcess(), GetCurrentThread(),
                        GetCurrentProcess(), &pipe->thread, THREAD_TERMINATE,
                        FALSE, 0))
        return win32_ok();
    pipe->thread = NULL;
    return win32_failure(GetLastError());
}

static section_os_result set_timer(win32_pipe *pipe)
{
    section_os_result result = win32_ok();
    if (pipe->timer != NULL)
        return result;
    if (pipe->thread == NULL)
        result = open_thread(pipe);
    if (result.status != SECTION_OK)
        return result;
    if (CreateTimerQueueTimer(&pipe->timer, NULL, cancel, pipe->thread,
                              find_remaining(pipe), CANCEL_AGAIN,
                              WT_EXECUTEDEFAULT))
        return result;
    pipe->timer = NULL;
    return win32_failure(GetLastError());
}

/* Whether there is something to read; an error will be met again. */
static bool is_readable(HANDLE handle)
{
    DWORD available;
    return !PeekNamedPipe(handle, NULL, 0, NULL, &available, NULL) ||
           available != 0;
}

/* Whether so many bytes find room; Wine 8 never says so. */
static bool is_writable(HANDLE handle, DWORD length)
{
    pipe_information found;
    return win32_query_file(handle, FILE_PIPE_LOCAL_INFORMATION, &found,
                            sizeof(found)) >= 0 &&
           found.writable >= length;
}

/* ------------------------------------------------------------------------
 * Operations that are waited for
 * ------------------------------------------------------------------------ */

/* With the lowest bit set, an application that has bound its pipe to a
 * completion port is not told of what is not its own
 * (GetQueuedCompletionStatus(), hEvent). */
static void begin(OVERLAPPED *out, HANDLE event)
{
    const OVERLAPPED empty = {0};
    *out = empty;
    out->hEvent = (HANDLE)((uintptr_t)event | 1);
}

/* How an operation ended that was begun, at the latest when the time is over.
 * It may have ended well before it could be cancelled. */
static DWORD finish(const win32_pipe *pipe, OVERLAPPED *operation,
                    bool is_pending, DWORD *done)
{
    if (is_pending &&
        WaitForSingleObject(pipe->event, find_remaining(pipe)) != WAIT_OBJECT_0)
        (void)CancelIoEx(pipe->handle, operation);
    return GetOverlappedResult(pipe->handle, operation, done, TRUE)
               ? ERROR_SUCCESS
               : GetLastError();
}

/* ------------------------------------------------------------------------
 * Either
 * ------------------------------------------------------------------------ */

/* The code of an operation whose call has returned. */
static DWORD complete(const win32_pipe *pipe, OVERLAPPED *operation, BOOL ended,
                      DWORD *done)
{
    DWORD error = ended ? ERROR_SUCCESS : GetLastError();
    bool has_begun =
        ended || error == ERROR_IO_PENDING || error == ERROR_MORE_DATA;
    if (pipe->event == NULL || !has_begun)
        return error;
    return finish(pipe, operation, error == ERROR_IO_PENDING, done);
}

section_os_result win32_pipe_read(DWORD *done, win32_pipe *pipe, void *bytes,
                                  DWORD length)
{
    OVERLAPPED operation;
    bool waits = pipe->event != NULL;
    *done = 0;
    if (!waits && !is_readable(pipe->handle)) {
        section_os_result result = set_timer(pipe);
        if (result.status != SECTION_OK)
            return result;
    }
    begin(&operation, pipe->event);
    BOOL ended = ReadFile(pipe->handle, bytes, length, waits ? NULL : done,
                          waits ? &operation : NULL);
    DWORD error = complete(pipe, &operation, ended, done);
    /* More of a message than one of ours has, or nothing of it. */
    if (error == ERROR_MORE_DATA || (error == ERROR_SUCCESS && *done == 0))
        return win32_verdict(SECTION_UNTRUSTED, error);
    /* Nothing there, and the pipe does not wait (PIPE_NOWAIT). */
    if (error == ERROR_NO_DATA)
        return win32_verdict(SECTION_KIND, error);
    return error == ERROR_SUCCESS ? win32_ok() : pipe_failure(error);
}

section_os_result win32_pipe_write(DWORD *done, win32_pipe *pipe,
                                   const void *bytes, DWORD length)
{
    OVERLAPPED operation;
    bool waits = pipe->event != NULL;
    *done = 0;
    if (!waits && !is_writable(pipe->handle, length)) {
        section_os_result result = set_timer(pipe);
        if (result.status != SECTION_OK)
            return result;
    }
    begin(&operation, pipe->event);
    BOOL ended = WriteFile(pipe->handle, bytes, length, waits ? NULL : done,
                           waits ? &operation : NULL);
    DWORD error = complete(pipe, &operation, ended, done);
    /* A pipe that does not wait (PIPE_NOWAIT), and has no room. */
    if (error == ERROR_SUCCESS && *done == 0)
        return win32_verdict(SECTION_KIND, 0);
    return error == ERROR_SUCCESS ? win32_ok() : pipe_failure(error);
}
