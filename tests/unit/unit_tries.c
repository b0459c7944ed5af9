/* SPDX-License-Identifier: MIT */
/*
 * How long and how often a name is tried, and what is swept before there is no
 * space. Time is the fake's, which goes on when the library pauses.
 */
#include "unit.h"

#include <string.h>

static section_options named(uint64_t size, section_disposition disposition)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.name = "name";
    options.size = size;
    options.disposition = disposition;
    return options;
}

/* Make the call that a disposition stands for. */
static section_status find(section **out, section_disposition disposition,
                           uint32_t timeout)
{
    bool opens = disposition == SECTION_OPEN_EXISTING;
    section_options options = named(opens ? 0 : 100, disposition);
    options.timeout = timeout;
    return section_create(out, &options);
}

/* ------------------------------------------------------------------------
 * Somebody works on the name
 * ------------------------------------------------------------------------ */

static void a_name_that_is_worked_on_is_busy_after_the_timeout(void **state)
{
    (void)state;
    static const struct {
        uint32_t timeout, milliseconds;
    } rows[] = {{SECTION_TIMEOUT_DEFAULT, 10000},
                {1, 1},
                {7, 7},
                {250, 250},
                {60000, 60000}};
    fake_work_on_name(SECTION_SCOPE_USER, "name");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (section_disposition d = 0; d <= SECTION_OPEN_EXISTING; d++) {
            fake_census before = fake_count();
            section *s = UNTOUCHED;
            uint64_t begun = section_os_milliseconds();
            assert_status(SECTION_BUSY, find(&s, d, rows[i].timeout));
            uint64_t taken = section_os_milliseconds() - begun;
            assert_null(s);
            assert_in_range(taken, rows[i].milliseconds,
                            rows[i].milliseconds + 6);
            assert_in_range(section_last_os_error(), 11, 13);
            assert_census(before, fake_count());
        }
    /* Other names, and the same in another scope, are not touched by it. */
    unsigned pauses = fake_count_pauses().count;
    section_options other = named(100, SECTION_CREATE_NEW);
    section *a, *b;
    other.name = "other";
    assert_status(SECTION_OK, section_create(&a, &other));
    other.name = "name";
    other.scope = SECTION_SCOPE_MACHINE;
    assert_status(SECTION_OK, section_create(&b, &other));
    assert_int_equal(fake_count_pauses().count, pauses);
    section_close(a);
    section_close(b);
}

/* Tries that only let others run come first, then longer and longer pauses. */
static void pauses_grow_and_are_bounded(void **state)
{
    (void)state;
    static const uint32_t expected[] = {0,   0,    0,    0,    0,    0,
                                        0,   0,    50,   100,  200,  400,
                                        800, 1600, 3200, 5000, 5000, 5000};
    section *s = UNTOUCHED;
    fake_work_on_name(SECTION_SCOPE_USER, "name");
    assert_status(SECTION_BUSY, find(&s, SECTION_OPEN_EXISTING, 1000));
    for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_int_equal(fake_pause_length(i + 1), expected[i]);
    assert_int_equal(fake_count_pauses().longest, 5000);
    assert_int_equal(fake_count_name_calls().opens,
                     fake_count_pauses().count + 1);
}

/* An hour of it: no shift overflows, and nobody spins. */
static void the_pauses_stay_bounded_for_ever(void **state)
{
    (void)state;
    section *s = UNTOUCHED;
    fake_work_on_name(SECTION_SCOPE_USER, "name");
    assert_status(SECTION_BUSY, find(&s, SECTION_OPEN_EXISTING, 3600000));
    assert_int_equal(fake_count_pauses().longest, 5000);
    /* Less one or the other, because a pause is a little longer than asked. */
    assert_in_range(fake_count_pauses().count, 3599000 / 5, 3600000 / 5 + 20);
}

static void jump(void *context, unsigned pause)
{
    if (pause == 1)
        fake_turn_clock(*(const uint64_t *)context);
}

/* However late it is, there is one more try after a pause. */
static void a_pause_that_took_too_long_is_followed_by_a_try(void **state)
{
    (void)state;
    section *s = UNTOUCHED;
    uint64_t late = SECTION_TIMEOUT_MAX;
    fake_at_each_pause(jump, &late);
    fake_work_on_name(SECTION_SCOPE_USER, "name");
    assert_status(SECTION_BUSY,
                  find(&s, SECTION_OPEN_EXISTING, SECTION_TIMEOUT_MAX));
    assert_int_equal(fake_count_pauses().count, 1);
    assert_int_equal(fake_count_name_calls().opens, 2);
}

static void a_little_before_the_longest_timeout_it_is_still_tried(void **state)
{
    (void)state;
    section *s = UNTOUCHED;
    uint64_t nearly = (uint64_t)SECTION_TIMEOUT_MAX - 1;
    fake_at_each_pause(jump, &nearly);
    fake_answer_names(FAKE_STEP_OPEN, SECTION_BUSY, 10);
    assert_status(SECTION_NOT_FOUND,
                  find(&s, SECTION_OPEN_EXISTING, SECTION_TIMEOUT_MAX));
    assert_int_equal(fake_count_pauses().count, 10);
}

static void stop_working(void *context, unsigned pause)
{
    if (pause == *(const unsigned *)context)
        fake_work_on_name(SECTION_SCOPE_USER, "");
}

static void who_waits_goes_on_when_the_other_is_done(void **state)
{
    (void)state;
    for (section_disposition d = 0; d <= 1; d++) {
        section *s;
        unsigned done = fake_count_pauses().count + 15;
        fake_at_each_pause(stop_working, &done);
        fake_work_on_name(SECTION_SCOPE_USER, "name");
        assert_status(SECTION_OK, find(&s, d, 0));
        assert_int_equal(fake_count_pauses().count, done);
        assert_int_equal(fake_count().stores, 1);
        section_close(s);
    }
}

/* ------------------------------------------------------------------------
 * Answers at once
 * ------------------------------------------------------------------------ */

static void what_is_there_or_not_is_told_at_once(void **state)
{
    (void)state;
    section *s = UNTOUCHED, *made;
    assert_status(SECTION_NOT_FOUND, find(&s, SECTION_OPEN_EXISTING, 0));
    assert_null(s);
    assert_status(SECTION_OK, find(&made, SECTION_CREATE_NEW, 0));
    fake_census before = fake_count();
    s = UNTOUCHED;
    assert_status(SECTION_EXISTS, find(&s, SECTION_CREATE_NEW, 0));
    assert_null(s);
    assert_census(before, fake_count());
    assert_int_equal(fake_count_pauses().count, 0);
    section_close(made);
}

static void opening_or_creating_opens_first(void **state)
{
    (void)state;
    section *made, *opened;
    assert_status(SECTION_OK, find(&made, SECTION_OPEN_OR_CREATE, 0));
    fake_name_calls calls = fake_count_name_calls();
    assert_int_equal(calls.opens, 1);
    assert_int_equal(calls.creates, 1);
    assert_int_equal(calls.publishes, 1);
    assert_status(SECTION_OK, find(&opened, SECTION_OPEN_OR_CREATE, 0));
    calls = fake_count_name_calls();
    assert_int_equal(calls.opens, 2);
    assert_int_equal(calls.creates, 1);
    assert_true((unit_info(made).flags & SECTION_INFO_CREATED) != 0);
    assert_true((unit_info(opened).flags & SECTION_INFO_CREATED) == 0);
    section_close(made);
    section_close(opened);
}

static void no_other_error_is_tried_again(void **state)
{
    (void)state;
    static const section_status statuses[] = {
        SECTION_ACCESS, SECTION_LIMIT,  SECTION_NO_MEMORY, SECTION_UNSUPPORTED,
        SECTION_IO,     SECTION_SYSTEM, SECTION_NO_SPACE};
    for (fake_step step = 0; step < FAKE_STEPS; step++)
        for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
            section *s = UNTOUCHED;
            fake_census before = fake_count();
            fake_answer_names(step, statuses[i], 1);
            assert_status(statuses[i], find(&s, SECTION_OPEN_OR_CREATE, 0));
            assert_null(s);
            assert_int_equal(section_last_os_error(), 11 + (int32_t)step);
            assert_census(before, fake_count());
        }
    assert_int_equal(fake_count_pauses().count, 0);
}

/* ------------------------------------------------------------------------
 * Names that come and go
 * ------------------------------------------------------------------------ */

/* Each time it looks it is not there, and each time it is to be made it is. */
static void a_name_that_never_keeps_still_is_busy_in_the_end(void **state)
{
    (void)state;
    section *s = UNTOUCHED;
    fake_answer_names(FAKE_STEP_OPEN, SECTION_NOT_FOUND, FAKE_ALWAYS);
    fake_answer_names(FAKE_STEP_PUBLISH, SECTION_EXISTS, FAKE_ALWAYS);
    uint64_t begun = section_os_milliseconds();
    assert_status(SECTION_BUSY, find(&s, SECTION_OPEN_OR_CREATE, 100));
    assert_null(s);
    assert_in_range(section_os_milliseconds() - begun, 100, 106);
    fake_name_calls calls = fake_count_name_calls();
    assert_int_equal(calls.creates, 1);
    assert_int_equal(calls.opens, calls.publishes);
    assert_int_equal(fake_count().stores, 0);
    assert_int_equal(fake_count().names, 0);
}

/* Where the name is taken early, nothing is made until it can be. */
static void a_name_that_is_taken_when_made_is_looked_for_again(void **state)
{
    (void)state;
    section *s;
    fake_answer_names(FAKE_STEP_CREATE, SECTION_EXISTS, 5);
    assert_status(SECTION_OK, find(&s, SECTION_OPEN_OR_CREATE, 0));
    fake_name_calls calls = fake_count_name_calls();
    assert_int_equal(calls.creates, 6);
    assert_int_equal(calls.opens, 6);
    assert_int_equal(calls.publishes, 1);
    section_close(s);
    fake_answer_names(FAKE_STEP_CREATE, SECTION_EXISTS, 1);
    assert_status(SECTION_EXISTS, find(&s, SECTION_CREATE_NEW, 0));
}

/* ------------------------------------------------------------------------
 * Sweeping before there is no space
 * ------------------------------------------------------------------------ */

#define MEBIBYTE ((uint64_t)1 << 20)

static section_status create(section **out, const char *name, uint64_t size)
{
    section_options options = named(size, SECTION_CREATE_NEW);
    options.name = name;
    return section_create(out, &options);
}

static void expect_sweeps(unsigned count)
{
    fake_name_calls calls = fake_count_name_calls();
    assert_int_equal(calls.sweeps[SECTION_SCOPE_USER], count);
    assert_int_equal(calls.sweeps[SECTION_SCOPE_MACHINE], count);
}

static void what_the_dead_have_is_taken_back_when_it_is_needed(void **state)
{
    (void)state;
    static const char *const names[] = {"name", NULL};
    unsigned sweeps = 0;
    for (section_scope scope = 0; scope <= SECTION_SCOPE_MACHINE; scope++)
        for (size_t n = 0; n < 2; n++) {
            section *s;
            fake_set_space_left(MEBIBYTE, MEBIBYTE);
            fake_leave_dead(scope, 2, MEBIBYTE - 100);
            assert_status(SECTION_OK, create(&s, names[n], unit_page() + 100));
            expect_sweeps(++sweeps);
            section_close(s);
            /* There is enough now. */
            assert_status(SECTION_OK, create(&s, names[n], unit_page() + 100));
            expect_sweeps(sweeps);
            section_close(s);
        }
}

static void without_anything_swept_there_is_one_try(void **state)
{
    (void)state;
    section *s = UNTOUCHED;
    fake_set_space_left(MEBIBYTE, MEBIBYTE);
    assert_status(SECTION_NO_SPACE, create(&s, "name", MEBIBYTE + 1));
    assert_null(s);
    assert_int_equal(section_last_os_error(), 11);
    expect_sweeps(1);
    assert_int_equal(fake_count_name_calls().creates, 1);
}

static void after_a_sweep_there_is_one_more_try(void **state)
{
    (void)state;
    section *s = UNTOUCHED;
    fake_set_space_left(MEBIBYTE, MEBIBYTE);
    fake_leave_dead(SECTION_SCOPE_USER, 1, 100);
    assert_status(SECTION_NO_SPACE, create(&s, "name", MEBIBYTE + 1));
    assert_null(s);
    expect_sweeps(1);
    assert_int_equal(fake_count_name_calls().creates, 2);
    assert_int_equal(fake_count().names, 0);
}

/* A name takes a little, too. */
static void before_publishing_is_given_up_the_dead_are_swept(void **state)
{
    (void)state;
    section *s = UNTOUCHED;
    fake_leave_dead(SECTION_SCOPE_USER, 1, 100);
    fake_answer_names(FAKE_STEP_PUBLISH, SECTION_NO_SPACE, 1);
    assert_status(SECTION_OK, create(&s, "name", 100));
    assert_int_equal(fake_count_name_calls().creates, 1);
    assert_int_equal(fake_count_name_calls().publishes, 2);
    expect_sweeps(1);
    section_close(s);
}

static void a_scope_that_cannot_be_swept_spares_the_other(void **state)
{
    (void)state;
    section *s;
    for (section_scope scope = 0; scope <= SECTION_SCOPE_MACHINE; scope++) {
        fake_set_space_left(MEBIBYTE, MEBIBYTE);
        fake_refuse_scope(scope, SECTION_UNSUPPORTED);
        fake_leave_dead(1 - scope, 1, MEBIBYTE);
        assert_status(SECTION_OK, create(&s, NULL, 100));
        fake_refuse_scope(scope, SECTION_OK);
        section_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(a_name_that_is_worked_on_is_busy_after_the_timeout),
        cmocka_unit_test(pauses_grow_and_are_bounded),
        cmocka_unit_test(the_pauses_stay_bounded_for_ever),
        cmocka_unit_test(a_pause_that_took_too_long_is_followed_by_a_try),
        cmocka_unit_test(a_little_before_the_longest_timeout_it_is_still_tried),
        cmocka_unit_test(who_waits_goes_on_when_the_other_is_done),
        cmocka_unit_test(what_is_there_or_not_is_told_at_once),
        cmocka_unit_test(opening_or_creating_opens_first),
        cmocka_unit_test(no_other_error_is_tried_again),
        cmocka_unit_test(a_name_that_never_keeps_still_is_busy_in_the_end),
        cmocka_unit_test(a_name_that_is_taken_when_made_is_looked_for_again),
        cmocka_unit_test(what_the_dead_have_is_taken_back_when_it_is_needed),
        cmocka_unit_test(without_anything_swept_there_is_one_try),
        cmocka_unit_test(after_a_sweep_there_is_one_more_try),
        cmocka_unit_test(before_publishing_is_given_up_the_dead_are_swept),
        cmocka_unit_test(a_scope_that_cannot_be_swept_spares_the_other),
    };
    return unit_run_everywhere(cases);
}
