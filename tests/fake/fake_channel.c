/* SPDX-License-Identifier: MIT */
/*
 * Channels of the fake platform: a queue of messages for each end. Handles in a
 * message belong to no process.
 */
#include "fake_internal.h"

#include <stdlib.h>
#include <string.h>

#define CHANNELS 32

/* No handle has such a number. */
#define FIRST_END 200

typedef struct waiting {
    struct waiting *next;
    fake_message message;
} waiting;

/* One end: what is under way to it. */
static struct {
    bool is_open;
    bool is_used; /* a number is never used twice */
    waiting *first;
    unsigned room; /* messages that it may still send; FAKE_ALWAYS */
} ends[2 * CHANNELS];

static fake_channel_calls calls;

/* The index of an end, or of the one at the other side. */
static size_t end_of(section_native channel)
{
    FAKE_CHECK(channel >= FIRST_END && channel < FIRST_END + 2 * CHANNELS);
    return (size_t)(channel - FIRST_END);
}

static size_t other_end(section_native channel)
{
    return end_of(channel) ^ 1;
}

static bool is_channel(section_native number)
{
    return number >= FIRST_END && number < FIRST_END + 2 * CHANNELS &&
           ends[end_of(number)].is_open;
}

static void drop_handles(const fake_message *message)
{
    for (unsigned i = 0; i < SECTION_OS_PARTS; i++)
        if (message->part[i] != SECTION_OS_NONE)
            fake_handle_close_in(message->part[i], FAKE_UNDER_WAY);
}

/* The first message is not there any more. */
static void drop_first(size_t end)
{
    waiting *first = ends[end].first;
    ends[end].first = first->next;
    free(first);
}

void fake_channels_forget_all(void)
{
    for (size_t end = 0; end < 2 * CHANNELS; end++)
        while (ends[end].first != NULL)
            drop_first(end);
    memset(ends, 0, sizeof(ends));
    calls = (fake_channel_calls){0};
}

void fake_open_channel(section_native out[2])
{
    size_t end = 0;
    while (end < 2 * CHANNELS && ends[end].is_used)
        end += 2;
    FAKE_CHECK(end < 2 * CHANNELS);
    for (size_t i = 0; i < 2; i++) {
        ends[end + i].is_open = ends[end + i].is_used = true;
        ends[end + i].room = FAKE_ALWAYS;
        out[i] = (section_native)(FIRST_END + end + i);
    }
}

void fake_close_channel(section_native channel)
{
    size_t end = end_of(channel);
    FAKE_CHECK(ends[end].is_open);
    while (ends[end].first != NULL) {
        drop_handles(&ends[end].first->message);
        drop_first(end);
    }
    ends[end].is_open = false;
}

void fake_set_channel_room(section_native channel, unsigned room)
{
    ends[end_of(channel)].room = room;
}

fake_channel_calls fake_count_channel_calls(void)
{
    return calls;
}

/* ------------------------------------------------------------------------
 * Messages that are not what was sent
 * ------------------------------------------------------------------------ */

fake_message *fake_next_message(section_native channel)
{
    waiting *first = ends[end_of(channel)].first;
    return first == NULL ? NULL : &first->message;
}

static void drop_part(fake_message *message, unsigned part)
{
    if (message->part[part] != SECTION_OS_NONE)
        fake_handle_close_in(message->part[part], FAKE_UNDER_WAY);
    message->part[part] = SECTION_OS_NONE;
}

void fake_replace_part(fake_message *message, unsigned part,
                       section_native handle)
{
    FAKE_CHECK(part < SECTION_OS_PARTS);
    drop_part(message, part);
    if (handle != SECTION_OS_NONE)
        message->part[part] =
            fake_handle_copy(handle, fake_process_now(), FAKE_UNDER_WAY);
}

void fake_replace_name(fake_message *message, section_scope scope,
                       const char *text)
{
    const section_os_name name = {text, scope, SECTION_PERMIT_OWNER};
    section_os_object object;
    section_os_facts facts;
    section_os_result result =
        section_os_name_open(&object, &facts, &name, SECTION_RIGHT_READ);
    FAKE_CHECK(result.status == SECTION_OK);
    fake_replace_part(message, SECTION_OS_PART_NAME, object.name);
    section_os_name_release(&object, &name);
    section_os_object_close(&object);
}

/* ------------------------------------------------------------------------
 * The seam
 * ------------------------------------------------------------------------ */

static void check_call(size_t length, uint32_t timeout)
{
    FAKE_CHECK(length >= 1 && length <= SECTION_OS_MESSAGE_MAX);
    FAKE_CHECK(timeout >= 1 && timeout <= SECTION_TIMEOUT_MAX);
    calls.timeout = timeout;
}

static void put(size_t end, const void *bytes, size_t length,
                const section_os_parts *parts)
{
    waiting *last = fake_zeroed(sizeof(*last));
    memcpy(last->message.bytes, bytes, length);
    last->message.length = length;
    for (unsigned i = 0; i < SECTION_OS_PARTS; i++) {
        last->message.part[i] = SECTION_OS_NONE;
        if (parts->part[i] == SECTION_OS_NONE)
            continue;
        last->message.mask |= (uint32_t)1 << i;
        last->message.part[i] = fake_handle_copy(
            parts->part[i], fake_process_now(), FAKE_UNDER_WAY);
    }
    waiting **link = &ends[end].first;
    while (*link != NULL)
        link = &(*link)->next;
    *link = last;
}

section_os_result section_os_channel_send(section_native channel,
                                          const void *bytes, size_t length,
                                          const section_os_parts *parts,
                                          uint32_t timeout)
{
    section_os_result result = fake_ok();
    check_call(length, timeout);
    fake_parts_check(parts);
    FAKE_CHECK(parts->part[SECTION_OS_PART_TICKET] == SECTION_OS_NONE);
    calls.sends++;
    if (fake_must_fail(FAKE_CHANNEL_SEND, &result))
        return result;
    if (!is_channel(channel))
        return fake_refusal(SECTION_KIND, 25);
    if (!ends[other_end(channel)].is_open)
        return fake_refusal(SECTION_GONE, 26);
    unsigned *room = &ends[end_of(channel)].room;
    if (*room == 0) {
        fake_turn_clock(timeout);
        return fake_refusal(SECTION_BUSY, 0);
    }
    *room -= *room != FAKE_ALWAYS;
    put(other_end(channel), bytes, length, parts);
    return result;
}

/* Whether it is what was sent, as far as the system knows. */
static bool is_whole(const fake_message *message, size_t length)
{
    for (unsigned i = 0; i < SECTION_OS_PARTS; i++) {
        bool is_said = (message->mask >> i & 1) != 0;
        if (is_said != (message->part[i] != SECTION_OS_NONE))
            return false;
    }
    return !message->is_noise && message->length == length &&
           message->part[SECTION_OS_PART_TICKET] == SECTION_OS_NONE;
}

static void take(void *bytes, section_os_parts *parts,
                 const fake_message *message)
{
    memcpy(bytes, message->bytes, message->length);
    for (unsigned i = 0; i < SECTION_OS_PARTS; i++) {
        parts->part[i] = message->part[i];
        if (parts->part[i] == SECTION_OS_NONE)
            continue;
        parts->ours |= (uint32_t)1 << i;
        fake_handle_move(parts->part[i], FAKE_UNDER_WAY, fake_process_now());
    }
}

section_os_result section_os_channel_receive(section_native channel,
                                             void *bytes, size_t length,
                                             section_os_parts *parts,
                                             uint32_t timeout)
{
    section_os_result result = fake_ok();
    *parts = SECTION_OS_PARTS_NONE;
    memset(bytes, 0, length);
    check_call(length, timeout);
    calls.receives++;
    if (fake_must_fail(FAKE_CHANNEL_RECEIVE, &result))
        return result;
    if (!is_channel(channel))
        return fake_refusal(SECTION_KIND, 27);
    fake_message *message = fake_next_message(channel);
    if (message == NULL && !ends[other_end(channel)].is_open)
        return fake_refusal(SECTION_GONE, 28);
    if (message == NULL) {
        fake_turn_clock(timeout);
        return fake_refusal(SECTION_BUSY, 0);
    }
    if (is_whole(message, length)) {
        take(bytes, parts, message);
    } else {
        drop_handles(message);
        result = fake_refusal(SECTION_UNTRUSTED, 0);
    }
    drop_first(end_of(channel));
    return result;
}
