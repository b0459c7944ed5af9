/* SPDX-License-Identifier: MIT */
/*
 * Handles over a named pipe, which carries bytes alone: the one side says what
 * it has, the other gets it from the table of the first, or, if it may not open
 * that, asks for it to be put into its own.
 *
 *     sender      OFFER    the bytes, and the numbers of its handles
 *     receiver    (ASK)    it may not open the sender
 *     sender      (PUSHED) the numbers of handles in the receiver
 *     receiver    GOT      it has duplicated them into handles of its own
 *     sender      DONE     and they were there all the time
 *
 * Whatever handle the sender has put anywhere is the sender's, and closed by
 * it: a receiver uses none of the numbers that it is told but to duplicate
 * them. So nobody can make the other close what is not his. Until the receiver
 * has read DONE it has nothing: an OFFER can be old, of a sender that has given
 * up and has something else under the same numbers by now.
 *
 * The sender begins, so that a receiver whom nothing reaches in time has said
 * nothing, and its pipe is as it was.
 *
 * The kernel says which process made the other end. That process has to be the
 * one that speaks: it says who it is, by number and time of birth.
 */
#include "win32_internal.h"

#include <assert.h>
#include <string.h>

/* ------------------------------------------------------------------------
 * What is said
 * ------------------------------------------------------------------------ */

/* Another version has these, and its number behind them. */
static const unsigned char channel_magic[8] = {'s',  'e',  'c', 't',
                                               0xf0, 0x9f, 'p', '\n'};
#define CHANNEL_VERSION 1u

enum { OFFER = 1, ASK = 2, PUSHED = 3, GOT = 4, DONE = 5 };

#define NONCE_SIZE 16

/* Parts that can be sent: all but the ticket. */
#define PARTS_SENT 4

/* Little-endian, as Windows is, and without gaps. */
typedef struct heading {
    unsigned char magic[8];
    uint32_t version;
    uint32_t what;
} heading;

typedef struct offer {
    heading heading;
    unsigned char nonce[NONCE_SIZE]; /* to be repeated in all that follows */
    uint64_t id, born;               /* of the sender */
    uint64_t numbers[PARTS_SENT];    /* of its handles */
    uint64_t length;
    unsigned char bytes[SECTION_OS_MESSAGE_MAX];
} offer;

/* ASK, GOT */
typedef struct answer {
    heading heading;
    unsigned char nonce[NONCE_SIZE];
    uint64_t id, born; /* of the receiver */
    uint64_t status;   /* a section_status */
} answer;

/* PUSHED, DONE */
typedef struct reply {
    heading heading;
    unsigned char nonce[NONCE_SIZE];
    uint64_t numbers[PARTS_SENT]; /* of handles in the receiver */
    uint64_t status;
} reply;

typedef char offer_has_no_gaps[sizeof(offer) == 88 + 512 ? 1 : -1];
typedef char answer_has_no_gaps[sizeof(answer) == 56 ? 1 : -1];
typedef char reply_has_no_gaps[sizeof(reply) == 72 ? 1 : -1];

/* Milliseconds that the other side has for an answer which it gives at once,
 * whatever is left of the time to wait for a message. */
#define ANSWER_TIME 1000

static section_os_result untrusted(void)
{
    return win32_verdict(SECTION_UNTRUSTED, 0);
}

static heading make_heading(uint32_t what)
{
    heading made;
    memcpy(made.magic, channel_magic, sizeof(made.magic));
    made.version = CHANNEL_VERSION;
    made.what = what;
    return made;
}

/* ------------------------------------------------------------------------
 * Saying it
 * ------------------------------------------------------------------------ */

static section_os_result say(win32_pipe *pipe, const void *what, size_t size)
{
    const unsigned char *bytes = what;
    section_os_result result = win32_ok();
    DWORD left = (DWORD)size, done;
    while (left != 0 && result.status == SECTION_OK) {
        result = win32_pipe_write(&done, pipe, bytes, left);
        bytes += done;
        left -= done;
    }
    return result;
}

/* Whether what has come so far can be the beginning of what is understood. */
static section_os_result check_heading(const void *what, size_t size)
{
    heading found;
    if (size < sizeof(found))
        return win32_ok();
    memcpy(&found, what, sizeof(found));
    if (memcmp(found.magic, channel_magic, sizeof(found.magic)) != 0)
        return untrusted();
    /* In another version the rest may be shorter: it is not waited for. */
    return win32_verdict(
        found.version == CHANNEL_VERSION ? SECTION_OK : SECTION_UNSUPPORTED, 0);
}

static section_os_result hear(win32_pipe *pipe, void *what, size_t size)
{
    unsigned char *bytes = what;
    section_os_result result = win32_ok();
    size_t done = 0;
    while (done < size && result.status == SECTION_OK) {
        DWORD more;
        result =
            win32_pipe_read(&more, pipe, bytes + done, (DWORD)(size - done));
        done += more;
        /* Of what has more to it than it should, too. */
        if (result.status == SECTION_OK || result.status == SECTION_UNTRUSTED) {
            section_os_result found = check_heading(what, done);
            if (found.status != SECTION_OK)
                return found;
        }
    }
    return result;
}

/* The other process, which the kernel has told the number of: SECTION_ACCESS
 * if it is another one that speaks. */
static section_os_result open_peer(HANDLE *out, const win32_pipe *pipe,
                                   uint64_t id, uint64_t born)
{
    const section_os_process peer = {id, born};
    *out = NULL;
    if (id != pipe->peer)
        return win32_verdict(SECTION_ACCESS, 0);
    section_os_result result =
        win32_process_open(out, &peer, PROCESS_DUP_HANDLE);
    if (result.status == SECTION_NOT_FOUND)
        result.status = SECTION_ACCESS;
    return result;
}

/* ------------------------------------------------------------------------
 * Send
 * ------------------------------------------------------------------------ */

/* What is pushed, and where to. */
typedef struct push {
    HANDLE process;
    uint64_t numbers[SECTION_OS_PARTS];
} push;

static section_os_result make_offer(offer *out, const void *bytes,
                                    size_t length,
                                    const section_os_parts *parts)
{
    const offer empty = {0};
    section_os_process self;
    *out = empty;
    out->heading = make_heading(OFFER);
    section_os_result result = section_os_random(out->nonce, NONCE_SIZE);
    if (result.status == SECTION_OK)
        result = section_os_process_tell(&self, 0);
    if (result.status != SECTION_OK)
        return result;
    out->id = self.id;
    out->born = self.born;
    for (int i = 0; i < PARTS_SENT; i++)
        out->numbers[i] = parts->part[i] == SECTION_OS_NONE
                              ? WIN32_NO_NUMBER
                              : (uint64_t)parts->part[i];
    out->length = length;
    memcpy(out->bytes, bytes, length);
    return result;
}

static section_os_result say_reply(win32_pipe *pipe, uint32_t what,
                                   const unsigned char nonce[NONCE_SIZE],
                                   const push *pushed, section_status status)
{
    reply r;
    r.heading = make_heading(what);
    memcpy(r.nonce, nonce, NONCE_SIZE);
    memcpy(r.numbers, pushed->numbers, sizeof(r.numbers));
    r.status = (uint64_t)status;
    return say(pipe, &r, sizeof(r));
}

/* Put the parts into the receiver. */
static section_os_result push_parts(push *out, const win32_pipe *pipe,
                                    const section_os_parts *parts,
                                    const answer *asked)
{
    section_os_result result =
        open_peer(&out->process, pipe, asked->id, asked->born);
    if (result.status == SECTION_OK)
        result = win32_parts_push(out->numbers, out->process, parts);
    return result;
}

/* What the receiver made of it. Whatever it lacks is nothing that the sender
 * could do something about. */
static section_os_result judge(uint64_t status)
{
    switch (status) {
    case SECTION_OK:
    case SECTION_ACCESS:
    case SECTION_UNTRUSTED:
    case SECTION_UNSUPPORTED:
        return win32_verdict((section_status)status, 0);
    default:
        return win32_verdict(SECTION_BUSY, 0);
    }
}

static section_os_result hear_answer(answer *out, win32_pipe *pipe,
                                     const unsigned char nonce[NONCE_SIZE])
{
    section_os_result result = hear(pipe, out, sizeof(*out));
    if (result.status == SECTION_OK &&
        memcmp(out->nonce, nonce, NONCE_SIZE) != 0)
        return untrusted();
    return result;
}

/* Until the receiver has got what it was offered. */
static section_os_result hand_over(push *pushed, win32_pipe *pipe,
                                   const section_os_parts *parts,
                                   const unsigned char nonce[NONCE_SIZE])
{
    answer heard;
    section_os_result result = hear_answer(&heard, pipe, nonce);
    section_os_result done = win32_ok();
    if (result.status == SECTION_OK && heard.heading.what == ASK) {
        /* Also of a failure the receiver is told, and says that it knows. */
        done = push_parts(pushed, pipe, parts, &heard);
        result = say_reply(pipe, PUSHED, nonce, pushed, done.status);
        if (result.status == SECTION_OK)
            result = hear_answer(&heard, pipe, nonce);
    }
    if (result.status != SECTION_OK)
        return result;
    if (heard.heading.what != GOT)
        return untrusted();
    return done.status == SECTION_OK ? judge(heard.status) : done;
}

section_os_result section_os_channel_send(section_native channel,
                                          const void *bytes, size_t length,
                                          const section_os_parts *parts,
                                          uint32_t timeout)
{
    assert(length > 0 && length <= SECTION_OS_MESSAGE_MAX);
    offer o;
    push pushed = {NULL, {0}};
    win32_pipe pipe;
    for (int i = 0; i < SECTION_OS_PARTS; i++)
        pushed.numbers[i] = WIN32_NO_NUMBER;
    section_os_result result = win32_pipe_open(&pipe, channel, timeout);
    if (result.status == SECTION_OK)
        result = make_offer(&o, bytes, length, parts);
    if (result.status == SECTION_OK)
        result = say(&pipe, &o, sizeof(o));
    if (result.status == SECTION_OK)
        result = hand_over(&pushed, &pipe, parts, o.nonce);
    if (pushed.process != NULL) {
        win32_parts_take_back(pushed.numbers, pushed.process);
        (void)CloseHandle(pushed.process);
    }
    if (result.status == SECTION_OK)
        result = say_reply(&pipe, DONE, o.nonce, &pushed, SECTION_OK);
    win32_pipe_close(&pipe);
    return result;
}

/* ------------------------------------------------------------------------
 * Receive
 * ------------------------------------------------------------------------ */

static section_os_result say_answer(win32_pipe *pipe, uint32_t what,
                                    const offer *to, section_status status)
{
    answer a;
    section_os_process self;
    section_os_result result = section_os_process_tell(&self, 0);
    if (result.status != SECTION_OK)
        return result;
    a.heading = make_heading(what);
    memcpy(a.nonce, to->nonce, NONCE_SIZE);
    a.id = self.id;
    a.born = self.born;
    a.status = (uint64_t)status;
    return say(pipe, &a, sizeof(a));
}

static section_os_result hear_offer(offer *out, win32_pipe *pipe, size_t length)
{
    section_os_result result = hear(pipe, out, sizeof(*out));
    /* The other side waits to be told. */
    if (result.status == SECTION_UNSUPPORTED)
        (void)say_answer(pipe, GOT, out, SECTION_UNSUPPORTED);
    if (result.status == SECTION_OK &&
        (out->heading.what != OFFER || out->length != length))
        return untrusted();
    return result;
}

static section_os_result hear_reply(reply *out, win32_pipe *pipe, uint32_t what,
                                    const unsigned char nonce[NONCE_SIZE])
{
    section_os_result result = hear(pipe, out, sizeof(*out));
    if (result.status != SECTION_OK)
        return result;
    if (out->heading.what != what || memcmp(out->nonce, nonce, NONCE_SIZE) != 0)
        return untrusted();
    return out->status == SECTION_OK ? result : judge(out->status);
}

/* Duplicate what has these numbers in a process: no such handle is the sender's
 * lie. */
static section_os_result get_parts(section_os_parts *out, HANDLE process,
                                   const uint64_t numbers[PARTS_SENT])
{
    uint64_t all[SECTION_OS_PARTS];
    memcpy(all, numbers, PARTS_SENT * sizeof(*numbers));
    all[SECTION_OS_PART_TICKET] = WIN32_NO_NUMBER;
    section_os_result result = win32_parts_pull(out, process, all);
    if (result.status == SECTION_INVALID)
        result.status = SECTION_UNTRUSTED;
    return result;
}

/* The same parts, no more and no fewer, in this process. */
static section_os_result get_pushed(section_os_parts *out, win32_pipe *pipe,
                                    const offer *o)
{
    reply pushed;
    section_os_result result = say_answer(pipe, ASK, o, SECTION_OK);
    if (result.status == SECTION_OK)
        result = hear_reply(&pushed, pipe, PUSHED, o->nonce);
    if (result.status != SECTION_OK)
        return result;
    for (int i = 0; i < PARTS_SENT; i++)
        if ((pushed.numbers[i] == WIN32_NO_NUMBER) !=
            (o->numbers[i] == WIN32_NO_NUMBER))
            return untrusted();
    return get_parts(out, GetCurrentProcess(), pushed.numbers);
}

/* Whether the system lets this thread, or whom it acts for, not open it. */
static bool is_forbidden(section_os_result result)
{
    return result.os_error == ERROR_ACCESS_DENIED ||
           result.os_error == ERROR_BAD_IMPERSONATION_LEVEL;
}

/* What is open to whom is for the system to say. */
static section_os_result take(section_os_parts *out, win32_pipe *pipe,
                              const offer *o)
{
    HANDLE process;
    section_os_result result = open_peer(&process, pipe, o->id, o->born);
    if (result.status == SECTION_OK) {
        result = get_parts(out, process, o->numbers);
        (void)CloseHandle(process);
    } else if (is_forbidden(result)) {
        result = get_pushed(out, pipe, o);
    }
    return result;
}

/* Take what is offered, tell the sender, and hear that it was still there. */
static section_os_result settle(section_os_parts *out, win32_pipe *pipe,
                                const offer *o)
{
    reply done;
    section_os_result result = take(out, pipe, o);
    section_os_result said = say_answer(pipe, GOT, o, result.status);
    if (result.status == SECTION_OK)
        result = said;
    if (result.status == SECTION_OK)
        result = hear_reply(&done, pipe, DONE, o->nonce);
    if (result.status != SECTION_OK)
        section_os_parts_close(out);
    /* What could not be found in a process that has closed the pipe. */
    if (said.status == SECTION_GONE)
        result = said;
    return result;
}

section_os_result section_os_channel_receive(section_native channel,
                                             void *bytes, size_t length,
                                             section_os_parts *parts,
                                             uint32_t timeout)
{
    assert(length > 0 && length <= SECTION_OS_MESSAGE_MAX);
    offer o;
    win32_pipe pipe;
    *parts = SECTION_OS_PARTS_NONE;
    memset(bytes, 0, length);
    memset(&o, 0, sizeof(o));
    section_os_result result = win32_pipe_open(&pipe, channel, timeout);
    if (result.status == SECTION_OK)
        result = hear_offer(&o, &pipe, length);
    if (result.status == SECTION_OK) {
        win32_pipe_allow(&pipe, ANSWER_TIME);
        result = settle(parts, &pipe, &o);
    }
    if (result.status == SECTION_OK)
        memcpy(bytes, o.bytes, length);
    win32_pipe_close(&pipe);
    return result;
}
