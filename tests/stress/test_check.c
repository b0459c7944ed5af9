/* SPDX-License-Identifier: MIT */
/*
 * The check of the log over logs that were made up: each wrong one has to be
 * complained about by the right rule, and each right one beside it by none.
 */
#include "check.h"
#include "expect.h"
#include "growing.h"

#include <section/section.h>

#include <stdlib.h>

#define NAME 1

static history *h;

static int begin(void **state)
{
    (void)state;
    const settings set = {.names = 2, .machine_names = 1};
    h = calloc(1, sizeof(*h));
    assert_non_null(h);
    history_begin(h, &set);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(h);
    return 0;
}

/* ------------------------------------------------------------------------
 * What is in a log
 * ------------------------------------------------------------------------ */

/* A process that was to end from one moment on and was seen dead at another;
 * 0: it did not end. */
static uint32_t process(moment death_begin, moment death_end)
{
    uint32_t who = history_take(h, &h->actor_count, 1, HISTORY_ACTORS);
    h->actors[who].start = 1;
    h->actors[who].death_begin = death_begin;
    h->actors[who].death_end = death_end;
    return who;
}

static uint32_t child(uint32_t parent, moment fork_begin, moment fork_end,
                      moment death_begin, moment death_end)
{
    uint32_t who = process(death_begin, death_end);
    h->actors[who].parent = parent;
    h->actors[who].fork_begin = fork_begin;
    h->actors[who].fork_end = fork_end;
    h->actors[who].start = fork_end + 1;
    return who;
}

static uint32_t call(record_kind kind, uint32_t who, moment from, moment to,
                     section_status status)
{
    uint32_t number = history_take(h, &h->record_count, 1, HISTORY_RECORDS);
    record *r = &h->records[number];
    r->kind = kind;
    r->actor = who;
    r->name = NAME;
    r->status = status;
    r->begin = from;
    r->end = to;
    return number;
}

static void close_at(uint32_t number, moment from, moment to)
{
    h->records[number].close_begin = from;
    h->records[number].close_end = to;
}

/* A call that makes a section; closed at two moments, or held to the end. */
static uint32_t create(uint32_t who, moment from, moment to, moment close_from,
                       moment close_to)
{
    uint32_t number = call(RECORD_CREATE, who, from, to, SECTION_OK);
    uint32_t made = history_take(h, &h->birth_count, 1, HISTORY_BIRTHS);
    h->births[made].name = NAME;
    h->births[made].size = 100 * made;
    h->births[made].record = number;
    h->records[number].proposal = made;
    h->records[number].incarnation = made;
    close_at(number, close_from, close_to);
    return number;
}

/* A call that opens what another call made. */
static uint32_t open_of(uint32_t creation, uint32_t who, moment from, moment to,
                        moment close_from, moment close_to)
{
    uint32_t number = call(RECORD_OPEN, who, from, to, SECTION_OK);
    h->records[number].incarnation = h->records[creation].proposal;
    close_at(number, close_from, close_to);
    return number;
}

static void expect_only(rule broken, uint32_t times)
{
    assert_true(check_history(h));
    for (uint32_t i = 0; i < RULES; i++)
        assert_int_equal(h->broken[i], i == broken ? times : 0);
}

static void expect_nothing(void)
{
    expect_only(RULES, 0);
}

/* ------------------------------------------------------------------------
 * Lives
 * ------------------------------------------------------------------------ */

static void lives_that_follow_each_other_are_right(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    (void)create(p, 10, 20, 30, 40);
    (void)create(p, 35, 50, 60, 70);
    expect_nothing();
}

static void two_lives_at_a_time_are_split(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    (void)create(p, 10, 20, 60, 70);
    (void)create(p, 30, 40, 50, 55);
    expect_only(RULE_SPLIT, 1);
}

static void a_life_within_a_gap_of_another_is_split(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t first = create(p, 10, 20, 30, 90);
    (void)open_of(first, p, 25, 80, 95, 99);
    (void)create(p, 35, 40, 50, 60);
    expect_only(RULE_SPLIT, 1);
}

static void what_a_killed_process_had_does_not_live_on(void **state)
{
    (void)state;
    uint32_t p = process(30, 40);
    (void)create(p, 10, 20, 0, 0);
    (void)create(process(0, 0), 31, 35, 50, 60);
    expect_nothing();
}

/* ------------------------------------------------------------------------
 * Not found
 * ------------------------------------------------------------------------ */

static void not_found_while_it_was_held_is_lost(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    (void)create(p, 10, 20, 50, 60);
    (void)call(RECORD_OPEN, p, 30, 40, SECTION_NOT_FOUND);
    expect_only(RULE_LOST, 1);
}

static void not_found_before_it_was_there_is_right(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    (void)create(p, 10, 20, 50, 60);
    (void)call(RECORD_OPEN, p, 15, 30, SECTION_NOT_FOUND);
    (void)call(RECORD_OPEN, p, 45, 55, SECTION_NOT_FOUND);
    expect_nothing();
}

static void not_found_while_it_changed_hands_is_lost(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t made = create(p, 10, 20, 30, 90);
    (void)open_of(made, p, 25, 60, 70, 80);
    (void)call(RECORD_OPEN, p, 40, 50, SECTION_NOT_FOUND);
    expect_only(RULE_LOST, 1);
}

/* ------------------------------------------------------------------------
 * The dead
 * ------------------------------------------------------------------------ */

static void opened_after_the_last_close_is_resurrected(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t made = create(p, 10, 20, 30, 40);
    (void)open_of(made, p, 45, 50, 60, 70);
    expect_only(RULE_RESURRECTED, 1);
}

static void opened_during_the_last_close_is_right(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t made = create(p, 10, 20, 30, 40);
    (void)open_of(made, p, 35, 50, 60, 70);
    expect_nothing();
}

static void
opened_after_its_last_holder_was_seen_dead_is_resurrected(void **state)
{
    (void)state;
    uint32_t made = create(process(30, 40), 10, 20, 0, 0);
    (void)open_of(made, process(0, 0), 41, 50, 60, 70);
    expect_only(RULE_RESURRECTED, 1);
}

static void opened_while_its_last_holder_was_dying_is_right(void **state)
{
    (void)state;
    uint32_t made = create(process(30, 40), 10, 20, 0, 0);
    (void)open_of(made, process(0, 0), 35, 50, 60, 70);
    expect_nothing();
}

static void an_open_that_was_cut_short_may_have_kept_it(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t made = create(p, 10, 20, 30, 40);
    (void)call(RECORD_OPEN, process(50, 60), 25, 0, SECTION_OK);
    (void)open_of(made, p, 55, 57, 58, 59);
    expect_nothing();
}

static void an_open_that_was_cut_short_keeps_nothing_when_dead(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t made = create(p, 10, 20, 30, 40);
    (void)call(RECORD_OPEN, process(50, 60), 25, 0, SECTION_OK);
    (void)open_of(made, p, 65, 70, 80, 90);
    expect_only(RULE_RESURRECTED, 1);
}

static void an_open_that_began_too_late_kept_nothing(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t made = create(p, 10, 20, 30, 40);
    (void)call(RECORD_OPEN, process(50, 60), 45, 0, SECTION_OK);
    (void)open_of(made, p, 55, 57, 58, 59);
    expect_only(RULE_RESURRECTED, 1);
}

static void a_duplicate_keeps_it(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t made = create(p, 10, 20, 30, 40);
    uint32_t copy = call(RECORD_DUPLICATE, p, 22, 24, SECTION_OK);
    h->records[copy].source = made;
    h->records[copy].incarnation = h->records[made].incarnation;
    close_at(copy, 60, 70);
    (void)open_of(made, p, 50, 55, 56, 57);
    (void)call(RECORD_OPEN, p, 42, 48, SECTION_NOT_FOUND);
    expect_only(RULE_LOST, 1);
}

static void what_was_never_published_must_not_be_seen(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t made = create(p, 10, 20, 0, 0);
    h->records[made].status = SECTION_EXISTS;
    h->records[made].incarnation = HISTORY_NOBODY;
    (void)create(p, 5, 9, 50, 60);
    (void)open_of(made, p, 15, 25, 30, 40);
    assert_true(check_history(h));
    assert_int_equal(h->broken[RULE_UNPUBLISHED], 1);
}

static void what_a_killed_creator_published_may_be_seen(void **state)
{
    (void)state;
    uint32_t made = create(process(30, 40), 10, 0, 0, 0);
    (void)open_of(made, process(0, 0), 20, 25, 45, 50);
    expect_nothing();
}

/* ------------------------------------------------------------------------
 * Handing over
 * ------------------------------------------------------------------------ */

/* A section that is held from 10 to 40, and an inbox of another process. */
typedef struct handing {
    uint32_t sender, owner;
    uint32_t made, inbox;
} handing;

static handing begin_handing(moment owner_death_begin, moment owner_death_end)
{
    handing all;
    all.sender = process(0, 0);
    all.owner = process(owner_death_begin, owner_death_end);
    all.made = create(all.sender, 10, 20, 30, 40);
    all.inbox = call(RECORD_INBOX, all.owner, 5, 6, SECTION_OK);
    return all;
}

/* A call that hands it over; to what it leads is said by close_at(). */
static uint32_t hand(const handing *all, record_kind kind, uint32_t who,
                     moment to, section_status status)
{
    uint32_t number = call(kind, who, 22, to, status);
    h->records[number].source = all->inbox;
    h->records[number].incarnation = h->records[all->made].incarnation;
    return number;
}

static uint32_t take(const handing *all, record_kind kind, uint32_t from,
                     section_status status)
{
    uint32_t number = call(kind, all->owner, 51, 54, status);
    h->records[number].source = from;
    h->records[number].incarnation =
        status == SECTION_OK ? h->records[from].incarnation : HISTORY_NOBODY;
    h->records[from].received = status == SECTION_OK;
    return number;
}

static void not_found_at(moment from, moment to)
{
    (void)call(RECORD_OPEN, process(0, 0), from, to, SECTION_NOT_FOUND);
}

/* Not found is right then; what is opened later would make it wrong. */
static void expect_not_found_is_right(moment from, moment to)
{
    not_found_at(from, to);
    expect_nothing();
    h->records[h->record_count - 1].kind = RECORD_NONE;
}

static void opened_at(const handing *all, moment from)
{
    (void)open_of(all->made, process(0, 0), from, from + 1, from + 2, from + 3);
}

static void what_is_under_way_is_held(void **state)
{
    (void)state;
    handing all = begin_handing(0, 0);
    (void)hand(&all, RECORD_SEND, all.sender, 24, SECTION_OK);
    opened_at(&all, 42);
    expect_nothing();
    not_found_at(60, 65);
    expect_only(RULE_LOST, 1);
}

static void what_was_not_sent_is_not_under_way(void **state)
{
    (void)state;
    handing all = begin_handing(0, 0);
    (void)hand(&all, RECORD_SEND, all.sender, 24, SECTION_GONE);
    expect_not_found_is_right(42, 43);
    opened_at(&all, 44);
    expect_only(RULE_RESURRECTED, 1);
}

static void what_a_killed_sender_sent_may_be_under_way(void **state)
{
    (void)state;
    handing all = begin_handing(50, 60);
    (void)hand(&all, RECORD_SEND, process(23, 28), 0, SECTION_OK);
    expect_not_found_is_right(42, 43);
    opened_at(&all, 45);
    expect_nothing();
    opened_at(&all, 61);
    expect_only(RULE_RESURRECTED, 1);
}

static void what_was_dropped_is_dead(void **state)
{
    (void)state;
    handing all = begin_handing(0, 0);
    close_at(hand(&all, RECORD_SEND, all.sender, 24, SECTION_OK), 50, 55);
    expect_not_found_is_right(52, 53);
    opened_at(&all, 51);
    expect_nothing();
    opened_at(&all, 56);
    expect_only(RULE_RESURRECTED, 1);
}

static void what_goes_with_an_inbox_is_dead(void **state)
{
    (void)state;
    handing all = begin_handing(0, 0);
    (void)hand(&all, RECORD_SEND, all.sender, 24, SECTION_OK);
    close_at(all.inbox, 50, 55);
    expect_not_found_is_right(51, 52);
    opened_at(&all, 51);
    expect_nothing();
    opened_at(&all, 60);
    expect_only(RULE_RESURRECTED, 1);
}

static void what_goes_with_the_owner_of_an_inbox_is_dead(void **state)
{
    (void)state;
    handing all = begin_handing(50, 60);
    (void)hand(&all, RECORD_SEND, all.sender, 24, SECTION_OK);
    expect_not_found_is_right(51, 57);
    opened_at(&all, 51);
    expect_nothing();
    opened_at(&all, 61);
    expect_only(RULE_RESURRECTED, 1);
}

static void a_forked_child_may_keep_an_inbox(void **state)
{
    (void)state;
    handing all = begin_handing(50, 60);
    (void)child(all.owner, 8, 9, 80, 90);
    (void)hand(&all, RECORD_SEND, all.sender, 24, SECTION_OK);
    expect_not_found_is_right(65, 70);
    opened_at(&all, 61);
    expect_nothing();
    opened_at(&all, 91);
    expect_only(RULE_RESURRECTED, 1);
}

/* Also one that dies before the owner does. */
static void a_forked_child_may_keep_what_was_dropped(void **state)
{
    (void)state;
    handing all = begin_handing(150, 160);
    (void)child(all.owner, 8, 9, 80, 90);
    close_at(hand(&all, RECORD_SEND, all.sender, 24, SECTION_OK), 50, 55);
    close_at(all.inbox, 56, 58);
    opened_at(&all, 81);
    expect_not_found_is_right(86, 88);
    opened_at(&all, 91);
    expect_only(RULE_RESURRECTED, 1);
}

static void what_was_received_is_held(void **state)
{
    (void)state;
    handing all = begin_handing(0, 0);
    uint32_t sent = hand(&all, RECORD_SEND, all.sender, 24, SECTION_OK);
    close_at(sent, 50, 55);
    close_at(take(&all, RECORD_RECEIVE, sent, SECTION_OK), 70, 80);
    opened_at(&all, 75);
    expect_nothing();
    not_found_at(60, 65);
    expect_only(RULE_LOST, 1);
}

static void what_was_received_and_closed_is_dead(void **state)
{
    (void)state;
    handing all = begin_handing(0, 0);
    /* What the child has of the inbox is empty. */
    (void)child(all.owner, 8, 9, 180, 190);
    uint32_t sent = hand(&all, RECORD_SEND, all.sender, 24, SECTION_OK);
    close_at(sent, 50, 55);
    close_at(take(&all, RECORD_RECEIVE, sent, SECTION_OK), 70, 80);
    opened_at(&all, 85);
    expect_only(RULE_RESURRECTED, 1);
}

static void an_offer_holds_until_it_is_taken_back(void **state)
{
    (void)state;
    handing all = begin_handing(0, 0);
    close_at(hand(&all, RECORD_EXPORT, all.sender, 24, SECTION_OK), 60, 70);
    opened_at(&all, 65);
    expect_nothing();
    not_found_at(45, 50);
    expect_only(RULE_LOST, 1);
}

static void an_offer_that_was_taken_back_is_dead(void **state)
{
    (void)state;
    handing all = begin_handing(0, 0);
    close_at(hand(&all, RECORD_EXPORT, all.sender, 24, SECTION_OK), 60, 70);
    opened_at(&all, 75);
    expect_only(RULE_RESURRECTED, 1);
}

static void what_was_imported_is_held(void **state)
{
    (void)state;
    handing all = begin_handing(0, 0);
    uint32_t offer = hand(&all, RECORD_EXPORT, all.sender, 24, SECTION_OK);
    close_at(offer, 56, 58);
    close_at(take(&all, RECORD_IMPORT, offer, SECTION_OK), 70, 80);
    opened_at(&all, 75);
    expect_nothing();
    not_found_at(60, 65);
    expect_only(RULE_LOST, 1);
}

static void what_was_refused_was_held_for_a_moment(void **state)
{
    (void)state;
    handing all = begin_handing(0, 0);
    uint32_t offer = hand(&all, RECORD_EXPORT, all.sender, 24, SECTION_OK);
    close_at(offer, 45, 46);
    (void)take(&all, RECORD_IMPORT, offer, SECTION_GONE);
    expect_not_found_is_right(52, 53);
    opened_at(&all, 52);
    expect_nothing();
    opened_at(&all, 60);
    expect_only(RULE_RESURRECTED, 1);
}

/* Where the sender puts it into the other process. */
static void what_a_killed_sender_left_behind_stays(void **state)
{
    (void)state;
    h->set.answers = 1;
    handing all = begin_handing(80, 90);
    uint32_t sent = hand(&all, RECORD_SEND, process(23, 28), 0, SECTION_OK);
    close_at(sent, 26, 27);
    opened_at(&all, 60);
    expect_nothing();
    opened_at(&all, 91);
    expect_only(RULE_RESURRECTED, 1);
}

static void what_is_offered_is_held_by_the_other_process(void **state)
{
    (void)state;
    h->set.answers = 1;
    handing all = begin_handing(50, 60);
    close_at(hand(&all, RECORD_EXPORT, all.sender, 24, SECTION_OK), 80, 90);
    expect_not_found_is_right(61, 70);
    expect_not_found_is_right(41, 42);
    opened_at(&all, 45);
    expect_nothing();
}

static void what_a_killed_exporter_left_behind_stays(void **state)
{
    (void)state;
    h->set.answers = 1;
    handing all = begin_handing(80, 90);
    (void)hand(&all, RECORD_EXPORT, process(26, 28), 24, SECTION_OK);
    expect_not_found_is_right(41, 42);
    opened_at(&all, 60);
    expect_nothing();
    opened_at(&all, 91);
    expect_only(RULE_RESURRECTED, 1);
}

static void only_a_dying_process_refuses_what_is_handed_over(void **state)
{
    (void)state;
    h->set.answers = 1;
    handing all = begin_handing(23, 30);
    (void)hand(&all, RECORD_EXPORT, all.sender, 24, SECTION_ACCESS);
    expect_nothing();
    (void)hand(&all, RECORD_EXPORT, all.sender, 23, SECTION_ACCESS);
    expect_only(RULE_STATUS, 1);
}

static void handing_over_may_fail_in_few_ways(void **state)
{
    (void)state;
    handing all = begin_handing(0, 0);
    (void)hand(&all, RECORD_SEND, all.sender, 24, SECTION_GONE);
    uint32_t slow = hand(&all, RECORD_SEND, all.sender, 24, SECTION_BUSY);
    h->records[slow].detail = 30;
    (void)hand(&all, RECORD_EXPORT, all.sender, 24, SECTION_NOT_FOUND);
    expect_nothing();
    (void)hand(&all, RECORD_SEND, all.sender, 24, SECTION_UNTRUSTED);
    (void)take(&all, RECORD_RECEIVE, slow, SECTION_UNTRUSTED);
    (void)take(&all, RECORD_RECEIVE, slow, SECTION_NOT_FOUND);
    (void)take(&all, RECORD_IMPORT, slow, SECTION_BUSY);
    (void)call(RECORD_OPEN, all.sender, 24, 25, SECTION_GONE);
    expect_only(RULE_STATUS, 5);
}

/* ------------------------------------------------------------------------
 * Forks
 * ------------------------------------------------------------------------ */

static void a_forked_child_keeps_it(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t made = create(p, 10, 20, 40, 50);
    (void)child(p, 25, 27, 80, 90);
    (void)open_of(made, process(0, 0), 60, 65, 66, 67);
    expect_nothing();
}

static void a_forked_child_keeps_it_until_it_is_dead(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t made = create(p, 10, 20, 40, 50);
    (void)child(p, 25, 27, 80, 90);
    (void)open_of(made, process(0, 0), 95, 97, 98, 99);
    expect_only(RULE_RESURRECTED, 1);
}

static void a_forked_child_that_closes_it_does_not_keep_it(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t made = create(p, 10, 20, 40, 50);
    uint32_t c = child(p, 25, 27, 80, 90);
    uint32_t inherited = call(RECORD_INHERIT, c, 29, 30, SECTION_OK);
    h->records[inherited].source = made;
    close_at(inherited, 31, 32);
    (void)open_of(made, process(0, 0), 60, 65, 66, 67);
    expect_only(RULE_RESURRECTED, 1);
}

static void what_a_forked_child_has_is_found(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    (void)create(p, 10, 20, 40, 50);
    (void)child(p, 25, 27, 80, 90);
    (void)call(RECORD_OPEN, process(0, 0), 60, 65, SECTION_NOT_FOUND);
    expect_only(RULE_LOST, 1);
}

static void a_grandchild_keeps_it(void **state)
{
    (void)state;
    uint32_t p = process(60, 61);
    uint32_t made = create(p, 10, 20, 0, 0);
    uint32_t c = child(p, 25, 27, 35, 40);
    (void)child(c, 30, 32, 80, 90);
    (void)open_of(made, process(0, 0), 70, 72, 73, 74);
    (void)call(RECORD_OPEN, process(0, 0), 75, 78, SECTION_NOT_FOUND);
    expect_only(RULE_LOST, 1);
}

static void what_was_opened_while_forking_may_be_inherited(void **state)
{
    (void)state;
    uint32_t p = process(40, 41);
    uint32_t made = create(p, 24, 26, 30, 31);
    (void)child(p, 25, 27, 80, 90);
    (void)open_of(made, process(0, 0), 50, 52, 53, 54);
    (void)create(process(0, 0), 55, 56, 57, 58);
    expect_nothing();
}

static void what_was_opened_after_forking_is_not_inherited(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t made = create(p, 28, 30, 40, 50);
    (void)child(p, 25, 27, 80, 90);
    (void)open_of(made, process(0, 0), 60, 65, 66, 67);
    expect_only(RULE_RESURRECTED, 1);
}

/* ------------------------------------------------------------------------
 * Answers
 * ------------------------------------------------------------------------ */

static void exists_without_anybody_is_a_phantom(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    (void)create(p, 10, 20, 30, 40);
    (void)call(RECORD_CREATE, p, 45, 50, SECTION_EXISTS);
    expect_only(RULE_PHANTOM, 1);
}

static void exists_while_somebody_can_have_it_is_right(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    (void)create(p, 10, 20, 30, 40);
    (void)call(RECORD_CREATE, p, 5, 12, SECTION_EXISTS);
    (void)call(RECORD_CREATE, p, 39, 50, SECTION_EXISTS);
    expect_nothing();
}

static uint32_t enumerate(moment from, moment to, uint32_t told)
{
    uint32_t number =
        call(RECORD_ENUMERATE, process(0, 0), from, to, SECTION_OK);
    h->records[number].name = 0;
    h->records[number].detail = told;
    return number;
}

static void a_name_that_is_held_has_to_be_told(void **state)
{
    (void)state;
    (void)create(process(0, 0), 10, 20, 50, 60);
    (void)enumerate(30, 40, 0);
    expect_only(RULE_UNTOLD, 1);
}

static void a_name_that_comes_or_goes_may_be_told_or_not(void **state)
{
    (void)state;
    (void)create(process(0, 0), 10, 20, 50, 60);
    (void)enumerate(15, 30, 0);
    (void)enumerate(45, 55, 1u << NAME);
    expect_nothing();
}

static void a_name_that_changes_hands_may_be_missed(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    uint32_t made = create(p, 10, 20, 30, 90);
    (void)open_of(made, p, 25, 60, 70, 80);
    (void)enumerate(40, 50, 0);
    expect_nothing();
}

static void told(moment from, moment to, uint32_t size)
{
    uint32_t number = call(RECORD_TOLD, process(0, 0), from, to, SECTION_OK);
    h->records[number].detail = size;
}

static void a_dead_name_must_not_be_told(void **state)
{
    (void)state;
    (void)create(process(0, 0), 10, 20, 30, 40);
    told(45, 50, 100);
    expect_only(RULE_TOLD_DEAD, 1);
}

static void a_name_must_not_be_told_with_the_size_of_another(void **state)
{
    (void)state;
    (void)create(process(0, 0), 10, 20, 30, 40);
    (void)create(process(0, 0), 45, 50, 60, 70);
    told(22, 25, 100);
    told(52, 55, 200);
    expect_nothing();
    told(52, 55, 100);
    expect_only(RULE_TOLD_DEAD, 1);
}

static uint32_t busy(moment from, moment to, uint32_t timeout)
{
    uint32_t number = call(RECORD_OPEN, process(0, 0), from, to, SECTION_BUSY);
    h->records[number].detail = timeout;
    return number;
}

static void busy_for_long_is_wrong(void **state)
{
    (void)state;
    (void)busy(30, 40, 10000);
    expect_only(RULE_BUSY, 1);
}

static void busy_while_somebody_was_stopped_is_right(void **state)
{
    (void)state;
    uint32_t stopped = history_take(h, &h->stop_count, 1, HISTORY_STOPS);
    h->stops[stopped].begin = 35;
    h->stops[stopped].end = 50;
    (void)busy(30, 40, 10000);
    (void)busy(60, 70, 30);
    expect_nothing();
    assert_int_equal(h->busy, 2);
    (void)busy(60, 70, 10000);
    expect_only(RULE_BUSY, 1);
}

/* What grows can be told with each size that somebody has asked for. */
static void a_name_can_be_told_with_a_size_it_had_later(void **state)
{
    (void)state;
    uint32_t first = create(process(0, 0), 10, 20, 30, 40);
    birth *born = &h->births[h->records[first].proposal];
    born->reserve = born->size + 8 * GROWING_STRIDE;
    born->asked = 2;
    told(22, 25, born->size);
    told(22, 25, born->size + 2 * GROWING_STRIDE);
    expect_nothing();
    told(22, 25, born->size + 1);
    told(22, 25, born->size + 3 * GROWING_STRIDE);
    expect_only(RULE_TOLD_DEAD, 2);
}

static void extending_may_be_busy_like_a_name_only(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    h->records[call(RECORD_EXTEND, p, 10, 20, SECTION_BUSY)].detail = 10000;
    expect_only(RULE_BUSY, 1);
}

static void answers_that_nothing_leads_to_are_wrong(void **state)
{
    (void)state;
    uint32_t p = process(0, 0);
    (void)call(RECORD_OPEN, p, 10, 20, SECTION_EXISTS);
    (void)call(RECORD_CREATE, p, 10, 20, SECTION_NOT_FOUND);
    (void)call(RECORD_ENUMERATE, p, 10, 20, SECTION_BUSY);
    (void)call(RECORD_SWEEP, p, 10, 20, SECTION_BUSY);
    (void)call(RECORD_OPEN, p, 10, 20, SECTION_ACCESS);
    (void)call(RECORD_EXTEND, p, 10, 20, SECTION_RANGE);
    (void)call(RECORD_EXTEND, p, 10, 20, SECTION_NOT_FOUND);
    expect_only(RULE_STATUS, 7);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(lives_that_follow_each_other_are_right),
        CASE(two_lives_at_a_time_are_split),
        CASE(a_life_within_a_gap_of_another_is_split),
        CASE(what_a_killed_process_had_does_not_live_on),
        CASE(not_found_while_it_was_held_is_lost),
        CASE(not_found_before_it_was_there_is_right),
        CASE(not_found_while_it_changed_hands_is_lost),
        CASE(opened_after_the_last_close_is_resurrected),
        CASE(opened_during_the_last_close_is_right),
        CASE(opened_after_its_last_holder_was_seen_dead_is_resurrected),
        CASE(opened_while_its_last_holder_was_dying_is_right),
        CASE(an_open_that_was_cut_short_may_have_kept_it),
        CASE(an_open_that_was_cut_short_keeps_nothing_when_dead),
        CASE(an_open_that_began_too_late_kept_nothing),
        CASE(a_duplicate_keeps_it),
        CASE(what_was_never_published_must_not_be_seen),
        CASE(what_a_killed_creator_published_may_be_seen),
        CASE(what_is_under_way_is_held),
        CASE(what_was_not_sent_is_not_under_way),
        CASE(what_a_killed_sender_sent_may_be_under_way),
        CASE(what_was_dropped_is_dead),
        CASE(what_goes_with_an_inbox_is_dead),
        CASE(what_goes_with_the_owner_of_an_inbox_is_dead),
        CASE(a_forked_child_may_keep_an_inbox),
        CASE(a_forked_child_may_keep_what_was_dropped),
        CASE(what_was_received_is_held),
        CASE(what_was_received_and_closed_is_dead),
        CASE(an_offer_holds_until_it_is_taken_back),
        CASE(an_offer_that_was_taken_back_is_dead),
        CASE(what_was_imported_is_held),
        CASE(what_was_refused_was_held_for_a_moment),
        CASE(what_a_killed_sender_left_behind_stays),
        CASE(what_is_offered_is_held_by_the_other_process),
        CASE(what_a_killed_exporter_left_behind_stays),
        CASE(only_a_dying_process_refuses_what_is_handed_over),
        CASE(handing_over_may_fail_in_few_ways),
        CASE(a_forked_child_keeps_it),
        CASE(a_forked_child_keeps_it_until_it_is_dead),
        CASE(a_forked_child_that_closes_it_does_not_keep_it),
        CASE(what_a_forked_child_has_is_found),
        CASE(a_grandchild_keeps_it),
        CASE(what_was_opened_while_forking_may_be_inherited),
        CASE(what_was_opened_after_forking_is_not_inherited),
        CASE(exists_without_anybody_is_a_phantom),
        CASE(exists_while_somebody_can_have_it_is_right),
        CASE(a_name_that_is_held_has_to_be_told),
        CASE(a_name_that_comes_or_goes_may_be_told_or_not),
        CASE(a_name_that_changes_hands_may_be_missed),
        CASE(a_dead_name_must_not_be_told),
        CASE(a_name_must_not_be_told_with_the_size_of_another),
        CASE(busy_for_long_is_wrong),
        CASE(busy_while_somebody_was_stopped_is_right),
        CASE(a_name_can_be_told_with_a_size_it_had_later),
        CASE(extending_may_be_busy_like_a_name_only),
        CASE(answers_that_nothing_leads_to_are_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
