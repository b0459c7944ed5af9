/* SPDX-License-Identifier: MIT */
/*
 * Sections sent from process to process, and peers that do not come, close,
 * die or are no channel at all. Contract line 26, and 8 and 29 where handing
 * over meets them.
 */
#include "channel.h"
#include "foreign.h"
#include "limits.h"
#include "process.h"
#include "samples.h"
#include "threads.h"

#include <stdio.h>
#include <stdlib.h>

/* Longer than what is there takes to arrive, or not to. */
#define SOON 20u

/* A child that plays this role has connected, and the end is the parent's. */
static section_native start_peer(process *child, const char *role, size_t kind)
{
    channel_place place = channel_listen(kind);
    process_start(child, role, place.address, PROCESS_NOTHING);
    process_expect(child, "connected");
    return channel_accept(&place);
}

static section_native join(const char *address)
{
    section_native end = channel_connect(address);
    role_say("connected");
    return end;
}

/* ------------------------------------------------------------------------
 * To another process and back
 * ------------------------------------------------------------------------ */

/* What this child is sent it holds against what it is told, and sends it back
 * to be read alone. */
static int receive_and_return(const char *address, intptr_t inherited)
{
    (void)inherited;
    char line[PROCESS_LINE_SIZE], rights[PROCESS_LINE_SIZE];
    section_native end = join(address);
    for (;;) {
        role_hear(rights);
        if (rights[0] == '\0')
            break;
        role_hear(line);
        section *s;
        assert_status(SECTION_OK, section_receive(&s, end, 0));
        sample_check(s, (section_rights)strtoul(rights, NULL, 10), line);
        poke(s, 1, 77);
        assert_status(SECTION_OK, section_send(end, s, sample_fewest(s), 0));
        section_close(s);
        role_say("closed");
    }
    channel_end(end);
    return 0;
}

static void exchange(const process *child, section_native end, sample which)
{
    char line[512], rights[16];
    section *returned, *s = sample_make(which, "exchanged");
    if (s == NULL)
        return;
    sample_tell(line, sizeof(line), s);
    (void)snprintf(rights, sizeof(rights), "%lu",
                   (unsigned long)sample_rights(which));
    process_say(child, rights);
    process_say(child, line);
    assert_status(SECTION_OK, section_send(end, s, sample_rights(which), 0));
    assert_status(SECTION_OK, section_receive(&returned, end, 0));
    assert_same(77, peek(s, 1));
    poke(s, 1, 2);
    sample_check(returned, sample_fewest(s), line);
    process_expect(child, "closed");
    section_close(s);
    section_close(returned);
    sample_tidy(which, "exchanged");
}

static void every_section_travels_to_another_process_and_back(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        process child;
        section_native end = start_peer(&child, "receive_and_return", kind);
        for (int which = 0; which < SAMPLES; which++)
            exchange(&child, end, (sample)which);
        process_say(&child, "");
        process_succeeds(&child);
        channel_end(end);
    }
}

/* Extends what it gets, and is told of what the parent extends. */
static int receive_and_extend(const char *address, intptr_t inherited)
{
    (void)inherited;
    section *s;
    section_native end = join(address);
    assert_status(SECTION_OK, section_receive(&s, end, 0));
    section_view view =
        mapped(s, 0, (size_t)SAMPLE_RESERVE, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_extend(s, 70001));
    bytes_of(&view)[70000] = 7;
    role_say("extended");
    role_expect("extended");
    assert_size(SAMPLE_RESERVE, s);
    assert_same(8, bytes_of(&view)[SAMPLE_RESERVE - 1]);
    unmap(&view);
    section_close(s);
    channel_end(end);
    return 0;
}

static void a_process_extends_what_it_was_sent(void **state)
{
    (void)state;
    bool any = false;
    for (int which = SAMPLE_GROWING_MEMORY; which < SAMPLES; which++) {
        section *s = sample_make((sample)which, "grown");
        if (s == NULL)
            continue;
        any = true;
        process child;
        section_native end = start_peer(&child, "receive_and_extend", 0);
        assert_status(SECTION_OK, section_send(end, s, EXTENDER, 0));
        process_expect(&child, "extended");
        assert_size(70001, s);
        assert_same(7, peek(s, 70000));
        assert_status(SECTION_OK, section_extend(s, SAMPLE_RESERVE));
        poke(s, SAMPLE_RESERVE - 1, 8);
        process_say(&child, "extended");
        process_succeeds(&child);
        channel_end(end);
        section_close(s);
        sample_tidy((sample)which, "grown");
    }
    if (!any)
        SKIP("nothing grows here");
}

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------ */

static int send_name(const char *address, intptr_t inherited)
{
    (void)inherited;
    char name[PROCESS_LINE_SIZE];
    section_native end = join(address);
    role_hear(name);
    section *s = new_named(name, SAMPLE_SIZE);
    poke(s, 0, 5);
    assert_status(SECTION_OK, section_send(end, s, READ_WRITE, 0));
    section_close(s);
    role_say("sent");
    role_expect("end");
    return 0;
}

/* The sender has sent a name and ended, by itself or not. */
static section_native receive_from_the_dead(const test_name *name, bool killed,
                                            size_t kind)
{
    process child;
    section_native end = start_peer(&child, "send_name", kind);
    process_say(&child, name->text);
    process_expect(&child, "sent");
    if (killed)
        process_kill(&child);
    else
        process_say(&child, "end");
    process_result result = process_wait(&child);
    assert_int_equal(result.end, killed ? PROCESS_KILLED : PROCESS_EXITED);
    return end;
}

static void a_name_is_held_while_its_section_is_under_way(void **state)
{
    (void)state;
    if (this_system().delivery != SECTION_DELIVERY_HELD)
        SKIP("a section is received before it is sent here");
    test_name name = names_unique("way");
    for (size_t kind = 0; kind < channel_kinds(); kind++)
        for (int killed = 0; killed < 2; killed++) {
            section *s;
            section_native end = receive_from_the_dead(&name, killed, kind);
            assert_alive(name.text);
            assert_status(SECTION_EXISTS, status_of_create(name.text));
            assert_status(SECTION_OK, section_receive(&s, end, 0));
            assert_same(5, peek(s, 0));
            channel_end(end);
            assert_alive(name.text);
            section_close(s);
            assert_gone(name.text);

            end = receive_from_the_dead(&name, killed, kind);
            assert_alive(name.text);
            channel_end(end);
            assert_gone(name.text);
            assert_status(SECTION_OK, status_of_create(name.text));
        }
}

static int receive_and_hold(const char *address, intptr_t inherited)
{
    (void)inherited;
    section *s;
    section_native end = join(address);
    assert_status(SECTION_OK, section_receive(&s, end, 0));
    role_say("holding");
    role_expect("close");
    section_close(s);
    role_say("closed");
    role_expect("end");
    return 0;
}

static void a_process_holds_the_name_it_was_sent(void **state)
{
    (void)state;
    test_name name = names_unique("sent");
    for (int killed = 0; killed < 2; killed++) {
        process child;
        section_native end = start_peer(&child, "receive_and_hold", 0);
        section *s = new_named(name.text, SAMPLE_SIZE);
        assert_status(SECTION_OK, section_send(end, s, READ_ONLY, 0));
        process_expect(&child, "holding");
        section_close(s);
        channel_end(end);
        assert_alive(name.text);
        if (killed) {
            process_kill(&child);
            (void)process_wait(&child);
        } else {
            process_say(&child, "close");
            process_expect(&child, "closed");
            assert_gone(name.text);
            process_say(&child, "end");
            process_succeeds(&child);
        }
        assert_gone(name.text);
    }
}

/* ------------------------------------------------------------------------
 * Peers that do not come
 * ------------------------------------------------------------------------ */

static void a_section_that_does_not_come_is_busy(void **state)
{
    (void)state;
    section *s, *sent = new_memory(SAMPLE_SIZE);
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        channel c = channel_make(kind);
        size_t handles = machine_open_handles();
        assert_no_section(SECTION_BUSY, s, section_receive(&s, c.end[1], 1));
        assert_no_section(SECTION_BUSY, s, section_receive(&s, c.end[1], SOON));
        assert_same(handles, machine_open_handles());
        /* One that comes later is received. */
        channel_outcome outcome = channel_carry(&c, sent, READ_ONLY);
        assert_status(SECTION_OK, outcome.sent);
        assert_status(SECTION_OK, outcome.received);
        section_close(outcome.section);
        channel_close(&c);
    }
    section_close(sent);
}

static void a_receiver_that_does_not_come_is_busy(void **state)
{
    (void)state;
    test_name name = names_unique("stuck");
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        section *s = new_named(name.text, SAMPLE_SIZE);
        channel c = channel_make(kind);
        channel_fill(c.end[0]);
        size_t handles = machine_open_handles();
        assert_status(SECTION_BUSY,
                      section_send(c.end[0], s, READ_WRITE, SOON));
        assert_same(handles, machine_open_handles());
        section_close(s);
        channel_close(&c);
        assert_gone(name.text);
    }
}

/* ------------------------------------------------------------------------
 * Peers that go
 * ------------------------------------------------------------------------ */

static void a_channel_that_was_closed_is_gone(void **state)
{
    (void)state;
    section *received, *s = new_memory(SAMPLE_SIZE);
    for (size_t kind = 0; kind < channel_kinds(); kind++)
        for (size_t stays = 0; stays < 2; stays++) {
            channel c = channel_make(kind);
            channel_end(c.end[1 - stays]);
            size_t handles = machine_open_handles();
            assert_status(SECTION_GONE,
                          section_send(c.end[stays], s, READ_WRITE, SOON));
            assert_no_section(SECTION_GONE, received,
                              section_receive(&received, c.end[stays], SOON));
            assert_same(handles, machine_open_handles());
            channel_end(c.end[stays]);
        }
    section_close(s);
}

static int send_to_nobody(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    section *s = new_memory(SAMPLE_SIZE);
    process_default_signals();
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        channel c = channel_make(kind);
        channel_end(c.end[1]);
        assert_status(SECTION_GONE,
                      section_send(c.end[0], s, READ_WRITE, SOON));
        channel_end(c.end[0]);
    }
    section_close(s);
    return 0;
}

static void sending_to_nobody_raises_no_signal(void **state)
{
    (void)state;
    assert_int_equal(process_play("send_to_nobody", "", PROCESS_NOTHING), 0);
}

static int connect_and_wait(const char *address, intptr_t inherited)
{
    (void)inherited;
    (void)join(address);
    role_expect("what is never said");
    return 1;
}

struct meeting {
    process child;
    section_native end;
    const section *sent; /* or NULL to receive */
    section *received;
    section_status status;
};

static void wait_or_kill(size_t index, void *context)
{
    struct meeting *m = context;
    if (index == 1)
        process_kill(&m->child);
    else if (m->sent != NULL)
        m->status = section_send(m->end, m->sent, READ_WRITE, 0);
    else
        m->status = section_receive(&m->received, m->end, 0);
}

/* Killed before anybody waits for it, or while somebody does. */
static section_status meet_the_dying(size_t kind, const section *sent)
{
    struct meeting m = {.sent = sent, .received = expect_poison()};
    m.end = start_peer(&m.child, "connect_and_wait", kind);
    if (sent != NULL)
        channel_fill(m.end);
    threads_run(2, wait_or_kill, &m);
    process_result result = process_wait(&m.child);
    assert_int_equal(result.end, PROCESS_KILLED);
    if (sent == NULL)
        assert_that(m.received == NULL);
    channel_end(m.end);
    return m.status;
}

static void a_peer_that_is_killed_is_gone(void **state)
{
    (void)state;
    section *s = new_memory(SAMPLE_SIZE);
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        size_t handles = machine_open_handles();
        assert_status(SECTION_GONE, meet_the_dying(kind, NULL));
        assert_status(SECTION_GONE, meet_the_dying(kind, s));
        assert_same(handles, machine_open_handles());
    }
    section_close(s);
}

/* ------------------------------------------------------------------------
 * What is no channel
 * ------------------------------------------------------------------------ */

static void what_is_no_channel_is_kind(void **state)
{
    (void)state;
    file_path path = files_path("impostor");
    section *received, *s = new_memory(SAMPLE_SIZE);
    file_make(path.text, 100);
    for (size_t which = 0;; which++) {
        section_native none = channel_impostor(which, path.text);
        if (none == -1)
            break;
        size_t handles = machine_open_handles();
        assert_status(SECTION_KIND, section_send(none, s, READ_WRITE, SOON));
        assert_no_section(SECTION_KIND, received,
                          section_receive(&received, none, SOON));
        assert_same(handles, machine_open_handles());
        channel_end(none);
    }
    assert_same(100, file_size(path.text));
    assert_that(file_remove(path.text));
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Running out
 * ------------------------------------------------------------------------ */

#define FEW  64
#define MOST 6

/* Receive with so many descriptors left. */
static section_status receive_with_left(const char *name, size_t left)
{
    intptr_t taken[FEW] = {0};
    size_t count = 0;
    section *received, *s = new_named(name, SAMPLE_SIZE);
    channel c = channel_make(0);
    assert_status(SECTION_OK, section_send(c.end[0], s, READ_WRITE, 0));
    size_t handles = machine_open_handles();
    while (count < FEW && (taken[count] = foreign_memory(1)) != FOREIGN_NOTHING)
        count++;
    assert_that(count > left && count < FEW);
    while (left-- > 0)
        foreign_close(taken[--count]);
    section_status status = section_receive(&received, c.end[1], SOON);
    while (count > 0)
        foreign_close(taken[--count]);
    assert_that((received != NULL) == (status == SECTION_OK));
    section_close(received);
    assert_same(handles, machine_open_handles());
    channel_close(&c);
    section_close(s);
    assert_gone(name);
    return status;
}

static int receive_without_descriptors(const char *name, intptr_t inherited)
{
    (void)inherited;
    if (!limit_set(LIMIT_DESCRIPTORS, FEW))
        return ROLE_CANNOT;
    assert_status(SECTION_LIMIT, receive_with_left(name, 0));
    for (size_t left = 1; left < MOST; left++) {
        section_status status = receive_with_left(name, left);
        assert_that(status == SECTION_LIMIT || status == SECTION_OK);
    }
    assert_status(SECTION_OK, receive_with_left(name, MOST));
    return 0;
}

static void a_receiver_without_descriptors_is_limit(void **state)
{
    (void)state;
    if (process_play("receive_without_descriptors", names_unique("few").text,
                     PROCESS_NOTHING) == ROLE_CANNOT)
        SKIP("no limit on descriptors");
}

static int send_without_descriptors(const char *name, intptr_t inherited)
{
    (void)inherited;
    intptr_t taken[FEW] = {0};
    size_t count = 0;
    section *received, *s = new_named(name, SAMPLE_SIZE);
    channel c = channel_make(0);
    if (!limit_set(LIMIT_DESCRIPTORS, FEW))
        return ROLE_CANNOT;
    while (count < FEW && (taken[count] = foreign_memory(1)) != FOREIGN_NOTHING)
        count++;
    assert_that(count < FEW);
    section_status status = section_send(c.end[0], s, READ_ONLY, SOON);
    while (count > 0)
        foreign_close(taken[--count]);
    assert_status(SECTION_LIMIT, status);
    assert_no_section(SECTION_BUSY, received,
                      section_receive(&received, c.end[1], 1));
    channel_outcome outcome = channel_carry(&c, s, READ_ONLY);
    assert_status(SECTION_OK, outcome.received);
    section_close(outcome.section);
    channel_close(&c);
    section_close(s);
    return 0;
}

static void
a_sender_without_descriptors_is_limit_and_sends_nothing(void **state)
{
    (void)state;
    if (process_play("send_without_descriptors", names_unique("few").text,
                     PROCESS_NOTHING) == ROLE_CANNOT)
        SKIP("no limit on descriptors");
}

static const process_role roles[] = {
    {"receive_and_return", receive_and_return},
    {"receive_and_extend", receive_and_extend},
    {"send_name", send_name},
    {"receive_and_hold", receive_and_hold},
    {"send_to_nobody", send_to_nobody},
    {"connect_and_wait", connect_and_wait},
    {"receive_without_descriptors", receive_without_descriptors},
    {"send_without_descriptors", send_without_descriptors},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_section_travels_to_another_process_and_back),
    cmocka_unit_test(a_process_extends_what_it_was_sent),
    cmocka_unit_test(a_name_is_held_while_its_section_is_under_way),
    cmocka_unit_test(a_process_holds_the_name_it_was_sent),
    cmocka_unit_test(a_section_that_does_not_come_is_busy),
    cmocka_unit_test(a_receiver_that_does_not_come_is_busy),
    cmocka_unit_test(a_channel_that_was_closed_is_gone),
    cmocka_unit_test(sending_to_nobody_raises_no_signal),
    cmocka_unit_test(a_peer_that_is_killed_is_gone),
    cmocka_unit_test(what_is_no_channel_is_kind),
    cmocka_unit_test(a_receiver_without_descriptors_is_limit),
    cmocka_unit_test(a_sender_without_descriptors_is_limit_and_sends_nothing),
};

TEST_MAIN(tests, roles)
