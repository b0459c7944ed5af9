/* SPDX-License-Identifier: MIT */
/*
 * Sections that a program inherits which this one starts: that program alone,
 * by a text in an argument or in its environment. Contract line 26, and 8 where
 * an offer holds a name.
 */
#include "foreign.h"
#include "process.h"
#include "samples.h"
#include "threads.h"

#include <stdio.h>
#include <stdlib.h>

#define LINE     512
#define VARIABLE "SECTION_TEST_OFFER"

/* More than an offer has. */
#define HANDLES_MOST 16

static section_offer *inheritable(const section *s, section_rights rights)
{
    section_offer *offer = NULL;
    assert_status(SECTION_OK, section_make_inheritable(&offer, s, rights));
    assert_that(offer != NULL);
    return offer;
}

/* ------------------------------------------------------------------------
 * Taken
 * ------------------------------------------------------------------------ */

/* What is on the command line of this child, or in its environment. */
static int take_inherited(const char *line, intptr_t inherited)
{
    (void)inherited;
    char rights[PROCESS_LINE_SIZE];
    const char *text = process_word();
    if (strcmp(text, "environment") == 0)
        text = getenv(VARIABLE);
    role_hear(rights);
    section *s = sample_imported(text);
    sample_check(s, (section_rights)strtoul(rights, NULL, 10), line);
    if ((info_of(s).rights & SECTION_RIGHT_WRITE) != 0)
        poke(s, 1, 77);
    else
        assert_that(!foreign_can_write(native_of(s)));
    assert_not_imported(SECTION_GONE, text);
    section_close(s);
    return 0;
}

static void say_rights(const process *child, section_rights rights)
{
    char line[16];
    (void)snprintf(line, sizeof(line), "%lu", (unsigned long)rights);
    process_say(child, line);
}

static void check_inherited(sample which, bool narrow, process_passing how)
{
    char line[LINE];
    process child;
    section *s = sample_make(which, "inherited");
    if (s == NULL)
        return;
    section_rights rights = narrow ? sample_fewest(s) : sample_rights(which);
    sample_tell(line, sizeof(line), s);
    section_offer *offer = inheritable(s, rights);
    process_start_offered(&child, "take_inherited", line, offer, how);
    section_unexport(offer);
    say_rights(&child, rights);
    process_succeeds(&child);
    if ((rights & SECTION_RIGHT_WRITE) != 0)
        assert_same(77, peek(s, 1));
    section_close(s);
    sample_tidy(which, "inherited");
}

static void a_started_program_takes_what_it_was_given(void **state)
{
    (void)state;
    for (int which = 0; which < SAMPLES; which++) {
        check_inherited((sample)which, false, PROCESS_PASSES);
        size_t handles = machine_open_handles();
        check_inherited((sample)which, true, PROCESS_PASSES);
        assert_same(handles, machine_open_handles());
    }
}

static void a_program_that_is_started_by_other_means_takes_it_too(void **state)
{
    (void)state;
    check_inherited(SAMPLE_MEMORY, false, PROCESS_LISTS);
    check_inherited(SAMPLE_NAMED, true, PROCESS_LISTS);
    check_inherited(SAMPLE_FILE, false, PROCESS_LISTS);
}

static void the_text_can_be_in_the_environment(void **state)
{
    (void)state;
    char line[LINE];
    process child;
    section *s = sample_make(SAMPLE_NAMED, "environment");
    sample_tell(line, sizeof(line), s);
    section_offer *offer = inheritable(s, READ_WRITE);
    process_set_variable(VARIABLE, section_offer_text(offer));
    process_start_offered_by(&child, "take_inherited", line, offer,
                             PROCESS_PASSES, "environment");
    section_unexport(offer);
    say_rights(&child, READ_WRITE);
    process_succeeds(&child);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * By that program alone
 * ------------------------------------------------------------------------ */

static void handles_of_an_offer_are_not_inheritable_here(void **state)
{
    (void)state;
    if (process_passes_inheritable())
        SKIP("a handle is inherited by a chosen program if it can be by all");
    for (int which = 0; which < SAMPLES; which++) {
        section_native handles[HANDLES_MOST];
        section *s = sample_make((sample)which, "closed");
        if (s == NULL)
            continue;
        section_offer *offer = inheritable(s, READ_WRITE);
        size_t count = section_offer_handles(handles, HANDLES_MOST, offer);
        assert_that(count >= 2 && count <= 5);
        for (size_t i = 0; i < count; i++)
            assert_that(!foreign_is_inherited(handles[i]));
        section_unexport(offer);
        for (size_t i = 0; i < count; i++)
            assert_that(!foreign_is_open(handles[i]));
        section_close(s);
        sample_tidy((sample)which, "closed");
    }
}

static void as_many_handles_are_told_as_there_is_room_for(void **state)
{
    (void)state;
    section *s = sample_make(SAMPLE_NAMED, "told");
    section_offer *offer = inheritable(s, READ_WRITE);
    section_native all[HANDLES_MOST], some[HANDLES_MOST];
    size_t count = section_offer_handles(all, HANDLES_MOST, offer);
    assert_same(count, section_offer_handles(NULL, 0, offer));
    memset(some, 0xa5, sizeof(some));
    const section_native untouched = some[0];
    assert_same(count, section_offer_handles(some, 1, offer));
    assert_that(some[0] == all[0]);
    assert_that(some[1] == untouched);
    section_unexport(offer);
    section_close(s);
}

/* Counts what it has. */
static int count_handles(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    char line[32];
    (void)snprintf(line, sizeof(line), "%zu", machine_open_handles());
    role_say(line);
    return 0;
}

static size_t told_count(process *child)
{
    char line[PROCESS_LINE_SIZE];
    process_hear(child, line);
    process_succeeds(child);
    return (size_t)strtoull(line, NULL, 10);
}

static size_t handles_of_a_child(const section_offer *offer,
                                 process_passing how)
{
    process child;
    process_start_offered(&child, "count_handles", "", offer, how);
    return told_count(&child);
}

static int miss_inherited(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    size_t handles = machine_open_handles();
    assert_not_imported(SECTION_GONE, process_word());
    assert_same(handles, machine_open_handles());
    return 0;
}

static void a_program_that_is_told_and_not_given_gets_nothing(void **state)
{
    (void)state;
    process child;
    section *s = sample_make(SAMPLE_NAMED, "told");
    section_offer *offer = inheritable(s, READ_WRITE);
    process_start_offered(&child, "miss_inherited", "", offer,
                          PROCESS_WITHHOLDS);
    process_succeeds(&child);
    /* And what it is given, and nothing else, another one has. */
    size_t without = handles_of_a_child(offer, PROCESS_WITHHOLDS);
    size_t with = handles_of_a_child(offer, PROCESS_LISTS);
    assert_same(without + section_offer_handles(NULL, 0, offer), with);
    section_unexport(offer);
    section_close(s);
}

#define STARTERS 4
#define STARTS   8

/* Threads that start programs at the same time, half of them with a section. */
struct bustle {
    section *s;
    size_t alone, parts, wrong[STARTERS];
};

/* No check of cmocka's in a thread: what goes wrong here is counted. */
static size_t count_in_child(const section_offer *offer)
{
    process child;
    char line[PROCESS_LINE_SIZE] = "0";
    if (offer != NULL)
        process_start_offered(&child, "count_handles", "", offer,
                              PROCESS_LISTS);
    else
        process_start(&child, "count_handles", "", PROCESS_NOTHING);
    process_hear(&child, line);
    (void)process_wait(&child);
    return (size_t)strtoull(line, NULL, 10);
}

static void start_programs(size_t index, void *context)
{
    struct bustle *b = context;
    for (int i = 0; i < STARTS; i++) {
        section_offer *offer = NULL;
        if (index % 2 == 0 &&
            section_make_inheritable(&offer, b->s, READ_ONLY) != SECTION_OK)
            b->wrong[index]++;
        size_t expected = b->alone + (offer != NULL ? b->parts : 0);
        b->wrong[index] += count_in_child(offer) != expected;
        section_unexport(offer);
    }
}

static void programs_started_at_the_same_time_get_their_own_alone(void **state)
{
    (void)state;
    struct bustle b = {.s = sample_make(SAMPLE_NAMED, "bustle")};
    b.alone = count_in_child(NULL);
    section_offer *offer = inheritable(b.s, READ_ONLY);
    b.parts = section_offer_handles(NULL, 0, offer);
    assert_same(b.alone + b.parts, count_in_child(offer));
    section_unexport(offer);
    threads_run(STARTERS, start_programs, &b);
    for (size_t i = 0; i < STARTERS; i++)
        assert_same(0, b.wrong[i]);
    section_close(b.s);
}

/* ------------------------------------------------------------------------
 * Once
 * ------------------------------------------------------------------------ */

/* Takes it, or says that somebody else has. */
static int try_to_take(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    section *s = NULL;
    role_expect("go");
    role_say(section_status_name(section_import(&s, process_word())));
    section_close(s);
    return 0;
}

static void of_programs_that_inherit_one_offer_one_gets_it(void **state)
{
    (void)state;
    process children[3];
    char line[PROCESS_LINE_SIZE];
    size_t winners = 0;
    section *s = sample_make(SAMPLE_MEMORY, "");
    section_offer *offer = inheritable(s, READ_WRITE);
    for (size_t i = 0; i < 3; i++)
        process_start_offered(&children[i], "try_to_take", "", offer,
                              PROCESS_PASSES);
    section_unexport(offer);
    for (size_t i = 0; i < 3; i++)
        process_say(&children[i], "go");
    for (size_t i = 0; i < 3; i++) {
        process_hear(&children[i], line);
        bool won = strcmp(line, "SECTION_OK") == 0;
        assert_that(won || strcmp(line, "SECTION_GONE") == 0);
        winners += won;
        process_succeeds(&children[i]);
    }
    assert_same(1, winners);
    section_close(s);
}

/* After the import nothing is left but the section. */
static int take_and_count(const char *argument, intptr_t inherited)
{
    (void)inherited;
    size_t parts = (size_t)strtoul(argument, NULL, 10);
    /* What a process keeps for names from the first one on. */
    section_close(new_named(names_unique("first").text, SAMPLE_SIZE));
    size_t before = machine_open_handles();
    section *s = sample_imported(process_word());
    section_close(s);
    assert_same(before - parts, machine_open_handles());
    assert_not_imported(SECTION_GONE, process_word());
    assert_same(before - parts, machine_open_handles());
    return 0;
}

static void what_was_inherited_is_closed_when_it_is_taken(void **state)
{
    (void)state;
    for (int which = 0; which < SAMPLES; which++) {
        process child;
        char parts[16];
        section *s = sample_make((sample)which, "parts");
        if (s == NULL)
            continue;
        section_offer *offer = inheritable(s, READ_WRITE);
        (void)snprintf(parts, sizeof(parts), "%zu",
                       section_offer_handles(NULL, 0, offer));
        process_start_offered(&child, "take_and_count", parts, offer,
                              PROCESS_PASSES);
        section_unexport(offer);
        process_succeeds(&child);
        section_close(s);
        sample_tidy((sample)which, "parts");
    }
}

/* Is told of numbers that are those of other things here, and loses nothing by
 * it. */
static int take_by_lies(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    char text[SECTION_OFFER_TEXT_SIZE];
    const char *truth = process_word();
    size_t handles = machine_open_handles();
    for (size_t i = 0; truth[i] != '\0'; i++) {
        (void)snprintf(text, sizeof(text), "%s", truth);
        for (const char *digit = "0123456789abcdef"; *digit != '\0'; digit++) {
            section *s = expect_poison();
            text[i] = *digit;
            if (text[i] != truth[i]) {
                assert_that(section_import(&s, text) != SECTION_OK);
                assert_that(s == NULL);
            }
        }
    }
    assert_same(handles, machine_open_handles());
    section_close(sample_imported(truth));
    return 0;
}

static void a_text_that_is_changed_takes_and_closes_nothing(void **state)
{
    (void)state;
    const sample samples[] = {SAMPLE_MEMORY, SAMPLE_NAMED, SAMPLE_FILE};
    for (size_t i = 0; i < 3; i++) {
        process child;
        section *s = sample_make(samples[i], "lies");
        section_offer *offer = inheritable(s, READ_WRITE);
        process_start_offered(&child, "take_by_lies", "", offer,
                              PROCESS_PASSES);
        section_unexport(offer);
        process_succeeds(&child);
        section_close(s);
        sample_tidy(samples[i], "lies");
    }
}

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------ */

static int hold_inherited(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    role_expect("take");
    section *s = sample_imported(process_word());
    role_say("taken");
    role_expect("close");
    section_close(s);
    role_say("closed");
    role_expect("end");
    return 0;
}

static void what_a_program_was_given_holds_the_name(void **state)
{
    (void)state;
    process child;
    test_name name = names_unique("given");
    section *s = new_named(name.text, SAMPLE_SIZE);
    section_offer *offer = inheritable(s, READ_ONLY);
    section_close(s);
    assert_alive(name.text);
    process_start_offered(&child, "hold_inherited", "", offer, PROCESS_PASSES);
    section_unexport(offer);
    assert_alive(name.text);
    process_say(&child, "take");
    process_expect(&child, "taken");
    assert_alive(name.text);
    process_say(&child, "close");
    process_expect(&child, "closed");
    assert_gone(name.text);
    process_say(&child, "end");
    process_succeeds(&child);
}

static void
a_name_given_to_a_program_that_does_not_take_it_ends_with_it(void **state)
{
    (void)state;
    process child;
    test_name name = names_unique("untaken");
    section *s = new_named(name.text, SAMPLE_SIZE);
    section_offer *offer = inheritable(s, READ_ONLY);
    section_close(s);
    process_start_offered(&child, "hold_inherited", "", offer, PROCESS_PASSES);
    section_unexport(offer);
    assert_alive(name.text);
    process_kill(&child);
    assert_int_equal(process_wait(&child).end, PROCESS_KILLED);
    assert_gone(name.text);
}

static void an_offer_that_is_given_to_nobody_ends_the_name(void **state)
{
    (void)state;
    size_t handles = machine_open_handles();
    test_name name = names_unique("nobody");
    section *s = new_named(name.text, SAMPLE_SIZE);
    section_offer *offer = inheritable(s, READ_ONLY);
    section_close(s);
    assert_alive(name.text);
    section_unexport(offer);
    assert_gone(name.text);
    assert_same(handles, machine_open_handles());
}

/* ------------------------------------------------------------------------
 * Refused
 * ------------------------------------------------------------------------ */

static void assert_no_offer(section_status expected, const section *s,
                            section_rights rights)
{
    static char nothing;
    section_offer *offer = (section_offer *)(void *)&nothing;
    assert_status(expected, section_make_inheritable(&offer, s, rights));
    assert_that(offer == NULL);
}

static void what_cannot_be_given_is_refused(void **state)
{
    (void)state;
    section *s = sample_make(SAMPLE_MEMORY, "");
    section *reader = duplicate_of(s, READ_ONLY);
    section *lent = wrapped(native_of(s), READ_WRITE, SECTION_NATIVE_BORROWED);
    assert_status(SECTION_INVALID,
                  section_make_inheritable(NULL, s, READ_ONLY));
    assert_no_offer(SECTION_INVALID, NULL, READ_ONLY);
    assert_no_offer(SECTION_INVALID, s, 0);
    assert_no_offer(SECTION_ACCESS, reader, READ_WRITE);
    assert_no_offer(SECTION_UNSUPPORTED, lent, READ_ONLY);
    section_offer *offer = inheritable(s, READ_ONLY);
    assert_status(SECTION_INVALID, section_offer_pass(offer, NULL));
    assert_status(SECTION_INVALID, section_offer_pass(NULL, &offer));
    section_unexport(offer);
    section_close(lent);
    section_close(reader);
    section_close(s);
}

/* It is for a program that is started, and not for the one that starts it. */
static void who_offers_cannot_take_what_others_shall_inherit(void **state)
{
    (void)state;
    process child;
    char line[LINE];
    section *s = sample_make(SAMPLE_MEMORY, "");
    sample_tell(line, sizeof(line), s);
    size_t handles = machine_open_handles();
    section_offer *offer = inheritable(s, READ_WRITE);
    assert_not_imported(SECTION_GONE, section_offer_text(offer));
    process_start_offered(&child, "take_inherited", line, offer,
                          PROCESS_PASSES);
    section_unexport(offer);
    say_rights(&child, READ_WRITE);
    process_succeeds(&child);
    assert_same(handles, machine_open_handles());
    section_close(s);
}

static void an_offer_to_a_process_is_not_inherited(void **state)
{
    (void)state;
    int how = 0;
    if (this_system().offers == SECTION_SUPPORT_NONE)
        SKIP("nothing is offered to a process here");
    section *s = sample_make(SAMPLE_MEMORY, "");
    section_offer *offer;
    assert_status(SECTION_OK,
                  section_export(&offer, s, READ_ONLY, process_number()));
    assert_same(0, section_offer_handles(NULL, 0, offer));
    assert_status(SECTION_INVALID, section_offer_pass(offer, &how));
    section_unexport(offer);
    section_close(s);
}

static const process_role roles[] = {
    {"take_inherited", take_inherited}, {"count_handles", count_handles},
    {"miss_inherited", miss_inherited}, {"try_to_take", try_to_take},
    {"take_and_count", take_and_count}, {"take_by_lies", take_by_lies},
    {"hold_inherited", hold_inherited},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_started_program_takes_what_it_was_given),
    cmocka_unit_test(a_program_that_is_started_by_other_means_takes_it_too),
    cmocka_unit_test(the_text_can_be_in_the_environment),
    cmocka_unit_test(handles_of_an_offer_are_not_inheritable_here),
    cmocka_unit_test(as_many_handles_are_told_as_there_is_room_for),
    cmocka_unit_test(a_program_that_is_told_and_not_given_gets_nothing),
    cmocka_unit_test(programs_started_at_the_same_time_get_their_own_alone),
    cmocka_unit_test(of_programs_that_inherit_one_offer_one_gets_it),
    cmocka_unit_test(what_was_inherited_is_closed_when_it_is_taken),
    cmocka_unit_test(a_text_that_is_changed_takes_and_closes_nothing),
    cmocka_unit_test(what_a_program_was_given_holds_the_name),
    cmocka_unit_test(
        a_name_given_to_a_program_that_does_not_take_it_ends_with_it),
    cmocka_unit_test(an_offer_that_is_given_to_nobody_ends_the_name),
    cmocka_unit_test(what_cannot_be_given_is_refused),
    cmocka_unit_test(who_offers_cannot_take_what_others_shall_inherit),
    cmocka_unit_test(an_offer_to_a_process_is_not_inherited),
};

TEST_MAIN(tests, roles)
