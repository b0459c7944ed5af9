/* SPDX-License-Identifier: MIT */
/*
 * The initializer: what it gets, when it runs, what becomes of its answer.
 */
#include "unit.h"

#include <string.h>

/* What an initializer does, and what it has seen. */
typedef struct filling {
    section_status answer;
    unsigned runs;
    size_t length;
    bool was_zero;
    section_status opened; /* what opening the name gave meanwhile */
    unsigned told;         /* names that were told meanwhile */
} filling;

static int32_t count_name(const section_entry *entry, void *context)
{
    (void)entry;
    (*(unsigned *)context)++;
    return 0;
}

static section_status fill(void *data, size_t length, void *context)
{
    filling *f = context;
    const section_open_options soon = {sizeof(soon), SECTION_RIGHT_READ,
                                       SECTION_SCOPE_USER, 1};
    section *other = UNTOUCHED;
    f->runs++;
    f->length = length;
    f->was_zero = expect_zero(data, length);
    f->opened = section_open(&other, "name", &soon);
    section_close(other);
    f->told = 0;
    assert_status(SECTION_OK,
                  section_enumerate(SECTION_SCOPE_USER, count_name, &f->told));
    memset(data, 0xc3, length);
    return f->answer;
}

static section_options filled_by(filling *f, const char *name, uint64_t size)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.name = name;
    options.size = size;
    options.initialize = fill;
    options.context = f;
    return options;
}

static void expect_filled(const section *s, uint64_t size)
{
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ);
    assert_true(view.length == size);
    for (size_t i = 0; i < view.length; i++)
        assert_int_equal(((unsigned char *)view.data)[i], 0xc3);
    assert_status(SECTION_OK, section_unmap(&view));
}

/* ------------------------------------------------------------------------
 * What it gets
 * ------------------------------------------------------------------------ */

static void it_gets_all_the_bytes_and_they_are_zero(void **state)
{
    (void)state;
    static const char *const names[] = {NULL, "name"};
    uint64_t page = unit_page();
    const uint64_t sizes[] = {
        1, page - 1, page, page + 1, unit_granule() + page, 100};
    for (size_t n = 0; n < 2; n++)
        for (size_t i = 0; i < 6; i++) {
            filling f = {.answer = SECTION_OK};
            section_options options = filled_by(&f, names[n], sizes[i]);
            section *s = UNTOUCHED;
            assert_status(SECTION_OK, section_create(&s, &options));
            assert_int_equal(f.runs, 1);
            assert_true(f.length == sizes[i] && f.was_zero);
            assert_int_equal(fake_count().views, 0);
            expect_filled(s, sizes[i]);
            section_close(s);
        }
}

static void nobody_sees_the_section_meanwhile(void **state)
{
    (void)state;
    filling f = {.answer = SECTION_OK};
    section_options options = filled_by(&f, "name", 100);
    section *s, *other;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_status(SECTION_NOT_FOUND, f.opened);
    assert_int_equal(f.told, 0);
    assert_status(SECTION_OK, section_open(&other, "name", NULL));
    expect_filled(other, 100);
    section_close(s);
    section_close(other);
}

static void it_can_write_what_the_handle_may_only_read(void **state)
{
    (void)state;
    static const char *const names[] = {NULL, "name"};
    for (size_t i = 0; i < 2; i++) {
        filling f = {.answer = SECTION_OK};
        section_options options = filled_by(&f, names[i], 100);
        options.rights = SECTION_RIGHT_READ;
        section *s;
        section_native native;
        section_view view;
        assert_status(SECTION_OK, section_create(&s, &options));
        assert_int_equal(f.runs, 1);
        assert_int_equal(unit_info(s).rights, SECTION_RIGHT_READ);
        assert_status(SECTION_OK, section_get_native(&native, s));
        assert_false(fake_is_writable(native));
        assert_status(SECTION_ACCESS,
                      section_map(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE));
        expect_filled(s, 100);
        section_close(s);
    }
}

static void it_does_not_run_for_what_is_opened(void **state)
{
    (void)state;
    filling f = {.answer = SECTION_OK};
    section_options options = filled_by(&f, "name", 100);
    section *made, *opened;
    assert_status(SECTION_OK, section_create(&made, &options));
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_status(SECTION_OK, section_create(&opened, &options));
    assert_int_equal(f.runs, 1);
    section_close(made);
    section_close(opened);
}

/* ------------------------------------------------------------------------
 * Its answer
 * ------------------------------------------------------------------------ */

/* Also those that mean "try again" or "make room" when a system says them, and
 * those that are none. */
static void its_refusal_is_final_and_leaves_nothing(void **state)
{
    (void)state;
    static const section_status odd[] = {77, -1, INT32_MAX, INT32_MIN};
    static const char *const names[] = {NULL, "name"};
    fake_leave_dead(SECTION_SCOPE_USER, 1, 10);
    for (size_t n = 0; n < 2; n++)
        for (section_disposition d = 0; d <= (n == 0 ? 0 : 1); d++)
            for (section_status i = 1; i < SECTION_STATUS_COUNT + 4; i++) {
                section_status answer = i < SECTION_STATUS_COUNT
                                            ? i
                                            : odd[i - SECTION_STATUS_COUNT];
                filling f = {.answer = answer};
                section_options options = filled_by(&f, names[n], 100);
                options.disposition = d;
                fake_census before = fake_count();
                section *s = UNTOUCHED;
                unsigned pauses = fake_count_pauses().count;
                section_os_set_last_error(55);
                assert_status(answer, section_create(&s, &options));
                assert_int_equal(section_last_os_error(), 0);
                assert_null(s);
                assert_int_equal(f.runs, 1);
                assert_int_equal(fake_count_pauses().count, pauses);
                assert_census(before, fake_count());
                assert_int_equal(fake_count_name_calls().publishes, 0);
                assert_status(SECTION_NOT_FOUND,
                              section_open(&s, "name", NULL));
            }
    assert_int_equal(fake_count_name_calls().sweeps[SECTION_SCOPE_USER], 0);
}

static void what_cannot_be_mapped_whole_is_a_limit(void **state)
{
    (void)state;
    static const char *const names[] = {NULL, "name"};
    const uint64_t sizes[] = {(uint64_t)1 << 30, SECTION_OS_SIZE_MAX};
    for (size_t n = 0; n < 2; n++)
        for (size_t i = 0; i < 2; i++) {
            filling f = {.answer = SECTION_OK};
            section_options options = filled_by(&f, names[n], sizes[i]);
            options.flags = SECTION_LAZY;
            if (n == 1 && fake_current()->names_are_taken_early)
                continue; /* no lazy names */
            fake_census before = fake_count();
            section *s = UNTOUCHED;
            assert_status(SECTION_LIMIT, section_create(&s, &options));
            assert_null(s);
            assert_int_equal(f.runs, 0);
            assert_census(before, fake_count());
        }
}

/* ------------------------------------------------------------------------
 * Trying again
 * ------------------------------------------------------------------------ */

/* The step at which a system finds that another has the name. */
static fake_step taking_step(void)
{
    return fake_current()->names_are_taken_early ? FAKE_STEP_CREATE
                                                 : FAKE_STEP_PUBLISH;
}

static void it_runs_once_however_often_publishing_is_tried(void **state)
{
    (void)state;
    static const struct {
        section_disposition disposition;
        section_status answer;
    } rows[] = {{SECTION_CREATE_NEW, SECTION_BUSY},
                {SECTION_OPEN_OR_CREATE, SECTION_BUSY},
                {SECTION_OPEN_OR_CREATE, SECTION_EXISTS}};
    for (size_t i = 0; i < 3; i++) {
        filling f = {.answer = SECTION_OK};
        section_options options = filled_by(&f, "name", 100);
        options.disposition = rows[i].disposition;
        unsigned creates = fake_count_name_calls().creates;
        unsigned publishes = fake_count_name_calls().publishes;
        fake_answer_names(FAKE_STEP_PUBLISH, rows[i].answer, 20);
        section *s;
        assert_status(SECTION_OK, section_create(&s, &options));
        assert_int_equal(f.runs, 1);
        assert_int_equal(fake_count_name_calls().creates - creates, 1);
        assert_int_equal(fake_count_name_calls().publishes - publishes, 21);
        assert_true((unit_info(s).flags & SECTION_INFO_CREATED) != 0);
        expect_filled(s, 100);
        section_close(s);
    }
}

static section *winner;

static void win(void *context, unsigned pause)
{
    (void)context;
    if (pause != 3)
        return;
    section_options options = SECTION_OPTIONS_INIT;
    options.name = "name";
    options.size = 4321;
    assert_status(SECTION_OK, section_create(&winner, &options));
}

static void who_loses_opens_the_section_of_the_winner(void **state)
{
    (void)state;
    filling f = {.answer = SECTION_OK};
    section_options options = filled_by(&f, "name", 100);
    options.disposition = SECTION_OPEN_OR_CREATE;
    fake_answer_names(taking_step(), SECTION_BUSY, 3);
    fake_at_each_pause(win, NULL);
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_int_equal(f.runs, fake_current()->names_are_taken_early ? 0 : 1);
    section_info info = unit_info(s);
    assert_true(info.size == 4321 && info.reserve == 4321);
    assert_int_equal(info.flags & SECTION_INFO_CREATED, 0);
    assert_memory_equal(info.id, unit_info(winner).id, sizeof(info.id));
    assert_int_equal(fake_name_holders(SECTION_SCOPE_USER, "name"), 2);
    /* What was made in vain is gone, and its initializer touched nothing. */
    assert_int_equal(fake_count().stores, 1);
    assert_int_equal(fake_count().names, 1);
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ);
    assert_true(expect_zero(view.data, view.length));
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
    section_close(winner);
}

/* It makes the very name it is run for. */
static section_status fill_and_take(void *data, size_t length, void *context)
{
    section **made = context;
    section_options options = SECTION_OPTIONS_INIT;
    options.name = "name";
    options.size = 55;
    options.timeout = 20;
    memset(data, 1, length);
    section_status status = section_create(made, &options);
    assert_status(fake_current()->names_are_taken_early ? SECTION_BUSY
                                                        : SECTION_OK,
                  status);
    return SECTION_OK;
}

static void an_initializer_may_take_the_name_itself(void **state)
{
    (void)state;
    for (section_disposition d = 0; d <= 1; d++) {
        section *inner = UNTOUCHED, *outer = UNTOUCHED;
        section_options options = SECTION_OPTIONS_INIT;
        options.name = "name";
        options.size = 100;
        options.disposition = d;
        options.initialize = fill_and_take;
        options.context = &inner;
        section_status status = section_create(&outer, &options);
        if (inner == NULL) {
            assert_status(SECTION_OK, status);
            assert_true(unit_info(outer).size == 100);
        } else if (d == SECTION_CREATE_NEW) {
            assert_status(SECTION_EXISTS, status);
            assert_null(outer);
        } else {
            assert_status(SECTION_OK, status);
            assert_true(unit_info(outer).size == 55);
        }
        assert_int_equal(fake_count().stores, 1);
        section_close(inner);
        section_close(outer);
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(it_gets_all_the_bytes_and_they_are_zero),
        cmocka_unit_test(nobody_sees_the_section_meanwhile),
        cmocka_unit_test(it_can_write_what_the_handle_may_only_read),
        cmocka_unit_test(it_does_not_run_for_what_is_opened),
        cmocka_unit_test(its_refusal_is_final_and_leaves_nothing),
        cmocka_unit_test(what_cannot_be_mapped_whole_is_a_limit),
        cmocka_unit_test(it_runs_once_however_often_publishing_is_tried),
        cmocka_unit_test(who_loses_opens_the_section_of_the_winner),
        cmocka_unit_test(an_initializer_may_take_the_name_itself),
    };
    return unit_run_everywhere(cases);
}
