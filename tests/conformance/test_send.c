/* SPDX-License-Identifier: MIT */
/*
 * Sections over a channel: what arrives is what was sent, with the rights that
 * were given, and holds the name. Contract line 26, and 8, 19 and 25 where
 * handing over meets them.
 */
#include "channel.h"
#include "foreign.h"
#include "memory.h"
#include "process.h"
#include "samples.h"
#include "threads.h"

#include <stdio.h>

#define LINE 512

/* Longer than what is there takes to arrive. */
#define SOON 20u

/* ------------------------------------------------------------------------
 * What arrives
 * ------------------------------------------------------------------------ */

static void check_arrival(sample which)
{
    char line[LINE];
    section *sent = sample_make(which, "arrival");
    if (sent == NULL)
        return;
    sample_tell(line, sizeof(line), sent);
    section *received = channel_handed(sent, sample_rights(which));
    sample_check(received, sample_rights(which), line);
    sample_check_shared(sent, received);
    sample_check_shared(received, sent);
    /* It is a handle by itself, and can be sent on. */
    section_close(sent);
    section_rights fewest = sample_fewest(received);
    section *again = channel_handed(received, fewest);
    section_close(received);
    sample_check(again, fewest, line);
    section_close(again);
    sample_tidy(which, "arrival");
}

static void every_section_arrives_as_it_was_sent(void **state)
{
    (void)state;
    for (int which = 0; which < SAMPLES; which++)
        check_arrival((sample)which);
}

static void nothing_is_left_of_a_hand_over(void **state)
{
    (void)state;
    check_arrival(SAMPLE_MEMORY);
    for (int which = 0; which < SAMPLES; which++) {
        check_arrival((sample)which);
        size_t handles = machine_open_handles();
        check_arrival((sample)which);
        assert_same(handles, machine_open_handles());
    }
}

/* What the section has become when it is received counts, not what it was. */
static void what_has_grown_on_the_way_has_the_size_of_now(void **state)
{
    (void)state;
    if (this_system().delivery != SECTION_DELIVERY_HELD)
        SKIP("a section is received before it is sent here");
    for (int which = SAMPLE_GROWING_MEMORY; which < SAMPLES; which++) {
        section *sent = sample_make((sample)which, "way");
        if (sent == NULL)
            continue;
        channel c = channel_make(0);
        assert_status(SECTION_OK, section_send(c.end[0], sent, EXTENDER, SOON));
        assert_status(SECTION_OK, section_extend(sent, 70001));
        section *received;
        assert_status(SECTION_OK, section_receive(&received, c.end[1], SOON));
        assert_size(70001, received);
        section_close(received);
        section_close(sent);
        channel_close(&c);
        sample_tidy((sample)which, "way");
    }
}

static void check_extension(section *one, section *other)
{
    section_view view =
        mapped(other, 0, (size_t)SAMPLE_RESERVE, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_extend(one, 70001));
    assert_size(70001, other);
    poke(one, 70000, 7);
    assert_same(7, bytes_of(&view)[70000]);
    assert_status(SECTION_OK, section_extend(other, SAMPLE_RESERVE));
    assert_size(SAMPLE_RESERVE, one);
    bytes_of(&view)[SAMPLE_RESERVE - 1] = 8;
    assert_same(8, peek(one, SAMPLE_RESERVE - 1));
    unmap(&view);
    assert_status(SECTION_RANGE, section_extend(other, SAMPLE_RESERVE + 1));
}

static void sender_and_receiver_see_what_the_other_extends(void **state)
{
    (void)state;
    if (this_system().memory_growth == SECTION_SUPPORT_NONE &&
        this_system().file_growth == SECTION_SUPPORT_NONE)
        SKIP("nothing grows here");
    for (int which = SAMPLE_GROWING_MEMORY; which < SAMPLES; which++)
        for (int turn = 0; turn < 2; turn++) {
            section *sent = sample_make((sample)which, "extended");
            if (sent == NULL)
                continue;
            section *received = channel_handed(sent, EXTENDER);
            check_extension(turn == 0 ? sent : received,
                            turn == 0 ? received : sent);
            section_close(received);
            section_close(sent);
            sample_tidy((sample)which, "extended");
        }
}

/* ------------------------------------------------------------------------
 * Channels
 * ------------------------------------------------------------------------ */

static void check_both_ways(const channel *c, section *s)
{
    char line[LINE];
    const channel turned = {{c->end[1], c->end[0]}};
    sample_tell(line, sizeof(line), s);
    for (int i = 0; i < 4; i++) {
        channel_outcome outcome =
            channel_carry(i % 2 == 0 ? c : &turned, s, READ_WRITE);
        assert_status(SECTION_OK, outcome.sent);
        assert_status(SECTION_OK, outcome.received);
        sample_check(outcome.section, READ_WRITE, line);
        section_close(outcome.section);
    }
}

static void every_kind_of_channel_carries_sections_both_ways(void **state)
{
    (void)state;
    section *s = sample_make(SAMPLE_NAMED, "ways");
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        channel c = channel_make(kind);
        check_both_ways(&c, s);
        channel_close(&c);
        channel_place place = channel_listen(kind);
        c.end[0] = channel_connect(place.address);
        c.end[1] = channel_accept(&place);
        check_both_ways(&c, s);
        channel_close(&c);
    }
    section_close(s);
}

/* Before and after a section there are messages of the application. */
struct conversation {
    const channel *over;
    const section *of;
    section_status statuses[2];
    section *received;
    char before[8], after[8];
};

static void converse(size_t index, void *context)
{
    struct conversation *c = context;
    section_native end = c->over->end[index];
    if (index == 0) {
        channel_write(end, "before.", sizeof(c->before));
        c->statuses[0] = section_send(end, c->of, READ_WRITE, 0);
        channel_write(end, "after..", sizeof(c->after));
    } else {
        channel_read(end, c->before, sizeof(c->before));
        c->statuses[1] = section_receive(&c->received, end, 0);
        channel_read(end, c->after, sizeof(c->after));
    }
}

static void messages_around_a_section_are_left_alone(void **state)
{
    (void)state;
    section *s = sample_make(SAMPLE_MEMORY, "");
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        channel over = channel_make(kind);
        struct conversation c = {.over = &over, .of = s};
        threads_run(2, converse, &c);
        assert_status(SECTION_OK, c.statuses[0]);
        assert_status(SECTION_OK, c.statuses[1]);
        assert_string_equal(c.before, "before.");
        assert_string_equal(c.after, "after..");
        sample_check_shared(c.received, s);
        section_close(c.received);
        channel_close(&over);
    }
    section_close(s);
}

#define QUEUED 10

static void sections_that_wait_are_received_in_their_order(void **state)
{
    (void)state;
    if (this_system().delivery != SECTION_DELIVERY_HELD)
        SKIP("each section waits for its receiver here");
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        channel c = channel_make(kind);
        for (unsigned i = 0; i < QUEUED; i++) {
            section *s = new_memory(SAMPLE_SIZE + i);
            poke(s, 0, (unsigned char)i);
            assert_status(SECTION_OK, section_send(c.end[0], s, READ_ONLY, 0));
            section_close(s);
        }
        for (unsigned i = 0; i < QUEUED; i++) {
            section *s;
            assert_status(SECTION_OK, section_receive(&s, c.end[1], 0));
            assert_same(SAMPLE_SIZE + i, info_of(s).size);
            assert_same(i, peek(s, 0));
            section_close(s);
        }
        channel_close(&c);
    }
}

#define PAIRS  4
#define ROUNDS 25

struct crowd {
    channel channels[PAIRS];
    section *shared;
    size_t failures[2 * PAIRS];
};

static bool send_one(const struct crowd *c, section_native end)
{
    return section_send(end, c->shared, READ_WRITE, 0) == SECTION_OK;
}

static bool receive_one(const struct crowd *c, section_native end)
{
    int32_t same = 0;
    section *s = NULL;
    bool ok = section_receive(&s, end, 0) == SECTION_OK &&
              section_is_same(&same, s, c->shared) == SECTION_OK && same == 1;
    section_close(s);
    return ok;
}

static void be_in_crowd(size_t index, void *context)
{
    struct crowd *c = context;
    section_native end = c->channels[index / 2].end[index % 2];
    for (int i = 0; i < ROUNDS; i++) {
        bool ok = index % 2 == 0 ? send_one(c, end) : receive_one(c, end);
        c->failures[index] += !ok;
    }
}

static void many_threads_send_and_receive_one_section(void **state)
{
    (void)state;
    const sample samples[] = {SAMPLE_MEMORY, SAMPLE_NAMED, SAMPLE_FILE};
    for (size_t k = 0; k < 3; k++) {
        struct crowd c = {.shared = sample_make(samples[k], "crowd")};
        for (size_t i = 0; i < PAIRS; i++)
            c.channels[i] = channel_make(i % channel_kinds());
        threads_run(2 * (size_t)PAIRS, be_in_crowd, &c);
        for (size_t i = 0; i < 2 * (size_t)PAIRS; i++)
            assert_same(0, c.failures[i]);
        for (size_t i = 0; i < PAIRS; i++)
            channel_close(&c.channels[i]);
        section_close(c.shared);
        sample_tidy(samples[k], "crowd");
    }
}

/* ------------------------------------------------------------------------
 * Rights
 * ------------------------------------------------------------------------ */

/* Nothing is on its way after a refusal. */
static void assert_not_sent(section_status expected, const section *s,
                            section_rights rights)
{
    channel c = channel_make(0);
    section *received;
    assert_status(expected, section_send(c.end[0], s, rights, SOON));
    assert_same(0, section_last_os_error());
    assert_no_section(SECTION_BUSY, received,
                      section_receive(&received, c.end[1], 1));
    channel_close(&c);
}

static void check_read_only(const section *received)
{
    section_view view;
    section *wider;
    assert_no_view(
        SECTION_ACCESS, view,
        section_map(&view, received, 0, 0, SECTION_ACCESS_READ_WRITE));
    assert_no_section(SECTION_ACCESS, wider,
                      section_duplicate(&wider, received, READ_WRITE));
    assert_that(!foreign_can_write(native_of(received)));
    view = mapped(received, 0, 0, SECTION_ACCESS_READ);
    assert_that(!memory_force_writable(view.data, view.length));
    unmap(&view);
}

static void who_is_given_no_right_to_write_cannot_write(void **state)
{
    (void)state;
    for (int which = 0; which < SAMPLES; which++) {
        section *sent = sample_make((sample)which, "narrow");
        if (sent == NULL)
            continue;
        if (sample_fewest(sent) == READ_ONLY) {
            section *received = channel_handed(sent, READ_ONLY);
            assert_same(READ_ONLY, info_of(received).rights);
            check_read_only(received);
            sample_check_shared(sent, received);
            section_close(received);
        } else {
            assert_not_sent(SECTION_UNSUPPORTED, sent, READ_ONLY);
        }
        /* The sender's is not narrowed by that. */
        poke(sent, 0, 9);
        section_close(sent);
        sample_tidy((sample)which, "narrow");
    }
}

static void the_rights_that_are_given_arrive(void **state)
{
    (void)state;
    section_options options = memory_options(SAMPLE_SIZE);
    options.rights = READ_WRITE | SECTION_RIGHT_EXECUTE;
    section *sent;
    assert_status(SECTION_OK, section_create(&sent, &options));
    const section_rights given[] = {READ_ONLY, SECTION_RIGHT_WRITE,
                                    SECTION_RIGHT_EXECUTE,
                                    READ_WRITE | SECTION_RIGHT_EXECUTE};
    const section_rights arrive[] = {READ_ONLY, READ_WRITE,
                                     READ_ONLY | SECTION_RIGHT_EXECUTE,
                                     READ_WRITE | SECTION_RIGHT_EXECUTE};
    for (size_t i = 0; i < 4; i++) {
        section *received = channel_handed(sent, given[i]);
        assert_same(arrive[i], info_of(received).rights);
        section_close(received);
    }
    section_close(sent);
}

static void more_rights_than_the_handle_has_are_access(void **state)
{
    (void)state;
    section *s = sample_make(SAMPLE_MEMORY, "");
    section *reader = duplicate_of(s, READ_ONLY);
    assert_not_sent(SECTION_ACCESS, reader, READ_WRITE);
    assert_not_sent(SECTION_ACCESS, reader, READ_ONLY | SECTION_RIGHT_EXECUTE);
    assert_not_sent(SECTION_ACCESS, s, EXTENDER);
    section_close(reader);
    section_close(s);
}

static void a_borrowed_section_is_not_sent(void **state)
{
    (void)state;
    section *owner = sample_make(SAMPLE_MEMORY, "");
    section *s = wrapped(native_of(owner), READ_WRITE, SECTION_NATIVE_BORROWED);
    assert_not_sent(SECTION_UNSUPPORTED, s, READ_WRITE);
    assert_not_sent(SECTION_UNSUPPORTED, s, READ_ONLY);
    section_close(s);
    section_close(owner);
}

static void arguments_that_break_a_rule_are_invalid(void **state)
{
    (void)state;
    section *received;
    section *s = sample_make(SAMPLE_MEMORY, "");
    channel c = channel_make(0);
    const uint32_t too_long = (uint32_t)SECTION_TIMEOUT_MAX + 1;
    assert_not_sent(SECTION_INVALID, NULL, READ_ONLY);
    assert_not_sent(SECTION_INVALID, s, 0);
    assert_not_sent(SECTION_INVALID, s, 0x80);
    assert_status(SECTION_INVALID, section_send(-1, s, READ_ONLY, 0));
    assert_status(SECTION_INVALID,
                  section_send(c.end[0], s, READ_ONLY, too_long));
    assert_status(SECTION_INVALID, section_receive(NULL, c.end[1], 0));
    assert_no_section(SECTION_INVALID, received,
                      section_receive(&received, -1, 0));
    assert_no_section(SECTION_INVALID, received,
                      section_receive(&received, c.end[1], too_long));
    channel_close(&c);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------ */

static void who_has_received_a_section_holds_its_name(void **state)
{
    (void)state;
    test_name name = names_unique("holder");
    const section_rights rights[] = {READ_WRITE, READ_ONLY};
    for (size_t i = 0; i < 2; i++) {
        section *sent = new_named(name.text, SAMPLE_SIZE);
        section *received = channel_handed(sent, rights[i]);
        section_close(sent);
        assert_alive(name.text);
        assert_status(SECTION_EXISTS, status_of_create(name.text));
        section *copy = duplicate_of(received, READ_ONLY);
        section_close(received);
        assert_alive(name.text);
        section_close(copy);
        assert_gone(name.text);
        /* What is created after that is another one. */
        assert_status(SECTION_OK, status_of_create(name.text));
    }
}

static void the_name_of_what_is_sent_to_nobody_is_free(void **state)
{
    (void)state;
    if (this_system().delivery != SECTION_DELIVERY_HELD)
        SKIP("nothing is under way without a receiver here");
    test_name name = names_unique("dropped");
    for (size_t kind = 0; kind < channel_kinds(); kind++)
        for (size_t closed = 0; closed < 2; closed++) {
            channel c = channel_make(kind);
            section *s = new_named(name.text, SAMPLE_SIZE);
            assert_status(SECTION_OK, section_send(c.end[0], s, READ_WRITE, 0));
            section_close(s);
            assert_alive(name.text);
            /* Whichever end goes first: the section goes with the one that
             * could have received it. */
            channel_end(c.end[closed]);
            assert_status(closed == 0 ? SECTION_OK : SECTION_NOT_FOUND,
                          status_of_open(name.text));
            channel_end(c.end[1 - closed]);
            assert_gone(name.text);
        }
}

static void a_name_that_was_taken_away_stays_so_for_the_receiver(void **state)
{
    (void)state;
    test_name name = names_unique("lost");
    section *sent = new_named(name.text, SAMPLE_SIZE);
    if (!names_take_away(name.text)) {
        section_close(sent);
        SKIP("nobody can take a name away here");
    }
    section *received = channel_handed(sent, READ_WRITE);
    assert_that(has_flag(received, SECTION_INFO_NAME_LOST));
    section_close(sent);
    assert_gone(name.text);
    /* Its end does not take the name from who has it now. */
    section *other = new_named(name.text, SAMPLE_SIZE);
    section_close(received);
    assert_alive(name.text);
    section_close(other);
    assert_gone(name.text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_section_arrives_as_it_was_sent),
    cmocka_unit_test(nothing_is_left_of_a_hand_over),
    cmocka_unit_test(what_has_grown_on_the_way_has_the_size_of_now),
    cmocka_unit_test(sender_and_receiver_see_what_the_other_extends),
    cmocka_unit_test(every_kind_of_channel_carries_sections_both_ways),
    cmocka_unit_test(messages_around_a_section_are_left_alone),
    cmocka_unit_test(sections_that_wait_are_received_in_their_order),
    cmocka_unit_test(many_threads_send_and_receive_one_section),
    cmocka_unit_test(who_is_given_no_right_to_write_cannot_write),
    cmocka_unit_test(the_rights_that_are_given_arrive),
    cmocka_unit_test(more_rights_than_the_handle_has_are_access),
    cmocka_unit_test(a_borrowed_section_is_not_sent),
    cmocka_unit_test(arguments_that_break_a_rule_are_invalid),
    cmocka_unit_test(who_has_received_a_section_holds_its_name),
    cmocka_unit_test(the_name_of_what_is_sent_to_nobody_is_free),
    cmocka_unit_test(a_name_that_was_taken_away_stays_so_for_the_receiver),
};

TEST_MAIN_ALONE(tests)
