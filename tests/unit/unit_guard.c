/* SPDX-License-Identifier: MIT */
/*
 * Bytes that may not be there: how much of a copy was made, where a call was
 * left, and what the platform is asked to watch.
 *
 * The fake copies from the end to the start, so that nothing before a bad byte
 * is copied unless lib/ sees to it.
 */
#include "unit.h"

#include <string.h>

static unsigned char *bytes_of(const section_view *view)
{
    return view->data;
}

/* A view of a little more than three pages, not from the start of one, with
 * every byte its own. */
static section_view make_view(section **s, section_access access)
{
    size_t length = 3 * unit_page() + 50;
    *s = unit_memory(5 * (uint64_t)unit_page());
    section_view writes = unit_view(*s, 0, 0, SECTION_ACCESS_READ_WRITE);
    for (size_t i = 0; i < writes.length; i++)
        bytes_of(&writes)[i] = (unsigned char)(i * 7 + i / 251);
    section_view view = unit_view(*s, 100, length, access);
    assert_status(SECTION_OK, section_unmap(&writes));
    return view;
}

static void drop(section *s, section_view *view)
{
    fake_make_good();
    assert_status(SECTION_OK, section_unmap(view));
    section_close(s);
}

/* Bytes before the page that has the byte at `bad`, from `offset` on. The view
 * begins 100 bytes into a page. */
static size_t before_page_of(size_t offset, size_t bad)
{
    size_t page = (100 + bad) / unit_page() * unit_page();
    return page <= 100 + offset ? 0 : page - 100 - offset;
}

/* ------------------------------------------------------------------------
 * Copies
 * ------------------------------------------------------------------------ */

static void good_bytes_are_copied_out_and_in(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s, SECTION_ACCESS_READ_WRITE);
    static unsigned char buffer[4 * 65536];
    const size_t lengths[] = {1, 7, 64, unit_page(), 2 * unit_page() + 9};
    for (size_t i = 0; i < 5; i++)
        for (size_t offset = 0; offset < 40; offset += 13) {
            size_t done = 77;
            memset(buffer, 0, lengths[i] + 1);
            assert_status(SECTION_OK, section_view_read(&view, offset, buffer,
                                                        lengths[i], &done));
            assert_int_equal(done, lengths[i]);
            assert_memory_equal(buffer, bytes_of(&view) + offset, lengths[i]);
            assert_int_equal(buffer[lengths[i]], 0);
            for (size_t b = 0; b < lengths[i]; b++)
                buffer[b] ^= 0xff;
            unsigned char next = bytes_of(&view)[offset + lengths[i]];
            done = 77;
            assert_status(SECTION_OK, section_view_write(&view, offset, buffer,
                                                         lengths[i], &done));
            assert_int_equal(done, lengths[i]);
            assert_memory_equal(buffer, bytes_of(&view) + offset, lengths[i]);
            assert_int_equal(bytes_of(&view)[offset + lengths[i]], next);
        }
    assert_int_equal(fake_count_guard_calls().copies, 40);
    drop(s, &view);
}

static void copies_are_refused_by_rule(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s, SECTION_ACCESS_READ);
    section_view copy = unit_view(s, 0, 10, SECTION_ACCESS_COPY);
    section_view none = {0};
    unsigned char buffer[4] = {1, 2, 3, 4};
    const size_t far[][2] = {{view.length, 1},     {view.length - 1, 2},
                             {view.length + 1, 0}, {SIZE_MAX, 1},
                             {1, SIZE_MAX},        {SIZE_MAX, SIZE_MAX}};
    size_t done = 77;
    for (size_t i = 0; i < 6; i++) {
        done = 77;
        assert_status(SECTION_RANGE, section_view_read(&view, far[i][0], buffer,
                                                       far[i][1], &done));
        assert_int_equal(done, 0);
        done = 77;
        assert_status(
            SECTION_RANGE,
            section_view_write(&copy, far[i][0], buffer, far[i][1], &done));
        assert_int_equal(done, 0);
    }
    done = 77;
    assert_status(SECTION_INVALID,
                  section_view_read(NULL, 0, buffer, 1, &done));
    assert_int_equal(done, 0);
    done = 77;
    assert_status(SECTION_INVALID,
                  section_view_write(&none, 0, buffer, 1, &done));
    assert_int_equal(done, 0);
    assert_status(SECTION_INVALID, section_view_read(&none, 0, NULL, 0, NULL));
    done = 77;
    assert_status(SECTION_ACCESS,
                  section_view_write(&view, 0, buffer, 1, &done));
    assert_int_equal(done, 0);
    assert_int_equal(fake_count_guard_calls().copies, 0);
    assert_status(SECTION_OK, section_view_write(&copy, 0, buffer, 4, NULL));
    assert_memory_equal(copy.data, buffer, 4);
    assert_status(SECTION_OK, section_unmap(&copy));
    drop(s, &view);
}

static void no_bytes_are_copied_without_asking_anybody(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s, SECTION_ACCESS_READ_WRITE);
    fake_make_bad(view.data, view.length);
    const size_t offsets[] = {0, 5, view.length};
    for (size_t i = 0; i < 3; i++) {
        size_t done = 77;
        assert_status(SECTION_OK,
                      section_view_read(&view, offsets[i], NULL, 0, &done));
        assert_int_equal(done, 0);
        assert_status(SECTION_OK,
                      section_view_write(&view, offsets[i], NULL, 0, NULL));
    }
    assert_int_equal(fake_count_guard_calls().copies, 0);
    drop(s, &view);
}

/* One bad byte anywhere: what comes before its page is copied. */
static void a_copy_stops_at_the_page_of_a_bad_byte(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s, SECTION_ACCESS_READ);
    static unsigned char buffer[4 * 65536];
    const size_t page = unit_page();
    const size_t bads[] = {0,         1,        page - 101,     page - 100,
                           page - 99, 2 * page, 3 * page - 100, 3 * page + 49};
    const size_t offsets[] = {0, 3, page - 100, page, 2 * page + 1};
    for (size_t b = 0; b < 8; b++)
        for (size_t o = 0; o < 5; o++) {
            fake_make_good();
            fake_make_bad(bytes_of(&view) + bads[b], 1);
            size_t length = view.length - offsets[o], done = 77;
            bool met = bads[b] >= offsets[o];
            size_t good = met ? before_page_of(offsets[o], bads[b]) : length;
            memset(buffer, 0, sizeof(buffer));
            assert_int_equal(
                section_view_read(&view, offsets[o], buffer, length, &done),
                met ? SECTION_FAULT : SECTION_OK);
            assert_int_equal(done, good);
            assert_memory_equal(buffer, bytes_of(&view) + offsets[o], good);
            /* done need not be asked for. */
            assert_int_equal(
                section_view_read(&view, offsets[o], buffer, length, NULL),
                met ? SECTION_FAULT : SECTION_OK);
        }
    drop(s, &view);
}

static void writes_stop_there_as_well(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s, SECTION_ACCESS_READ_WRITE);
    static unsigned char buffer[4 * 65536];
    const size_t page = unit_page();
    memset(buffer, 0x5c, sizeof(buffer));
    fake_make_bad(bytes_of(&view) + 2 * page, 5);
    size_t done = 77;
    assert_status(SECTION_FAULT, section_view_write(&view, 10, buffer,
                                                    view.length - 10, &done));
    assert_int_equal(done, before_page_of(10, 2 * page));
    assert_memory_equal(bytes_of(&view) + 10, buffer, done);
    done = 77;
    assert_status(SECTION_FAULT,
                  section_view_write(&view, 2 * page, buffer, 1, &done));
    assert_int_equal(done, 0);
    assert_status(SECTION_FAULT,
                  section_view_write(&view, 2 * page, buffer, 1, NULL));
    drop(s, &view);
}

/* Bad pages that are met one after the other, the last one first. */
static void a_copy_is_cut_to_what_comes_before_every_bad_page(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s, SECTION_ACCESS_READ);
    static unsigned char buffer[4 * 65536];
    const size_t page = unit_page();
    fake_make_bad(bytes_of(&view) + 3 * page, 1);
    fake_make_bad(bytes_of(&view) + 2 * page, 1);
    fake_make_bad(bytes_of(&view) + page, 1);
    size_t done = 77;
    assert_status(SECTION_FAULT,
                  section_view_read(&view, 1, buffer, view.length - 1, &done));
    assert_int_equal(done, before_page_of(1, page));
    assert_memory_equal(buffer, bytes_of(&view) + 1, done);
    assert_int_equal(fake_count_guard_calls().copies, 4);
    fake_make_bad(bytes_of(&view), 1);
    assert_status(SECTION_FAULT,
                  section_view_read(&view, 0, buffer, view.length, &done));
    assert_int_equal(done, 0);
    drop(s, &view);
}

/* A guard that cannot be set up has copied nothing, at the first try or after
 * a fault. */
static void a_copy_that_cannot_be_guarded_is_not_made(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s, SECTION_ACCESS_READ_WRITE);
    unsigned char buffer[10];
    size_t done = 77;
    fake_answer(FAKE_GUARDED_COPY, SECTION_NO_MEMORY, 2);
    assert_status(SECTION_NO_MEMORY,
                  section_view_read(&view, 0, buffer, 10, &done));
    assert_int_equal(done, 0);
    assert_int_equal(section_last_os_error(), FAKE_ANSWER_CODE);
    assert_status(SECTION_NO_MEMORY,
                  section_view_write(&view, 0, buffer, 10, NULL));
    assert_status(SECTION_OK, section_view_read(&view, 0, buffer, 10, &done));
    assert_int_equal(done, 10);
    drop(s, &view);
}

/* ------------------------------------------------------------------------
 * Sections that have not grown to a byte yet
 * ------------------------------------------------------------------------ */

static void bytes_to_grow_to_are_a_fault_until_they_are_there(void **state)
{
    (void)state;
    const uint64_t page = unit_page();
    section *made[2] = {unit_growing(page + 5, 4 * page),
                        unit_growing_file(page + 5, 4 * page)};
    for (size_t k = 0; k < 2; k++) {
        if (made[k] == NULL)
            continue;
        section_view view = unit_view(made[k], 0, (size_t)(4 * page),
                                      SECTION_ACCESS_READ_WRITE);
        static unsigned char buffer[4 * 65536];
        size_t done = 77;
        assert_status(SECTION_FAULT,
                      section_view_read(&view, 0, buffer, view.length, &done));
        assert_true(done == 2 * page);
        assert_status(SECTION_FAULT, section_view_write(&view, 3 * (size_t)page,
                                                        "a", 1, &done));
        assert_int_equal(done, 0);
        assert_status(SECTION_OK, section_extend(made[k], 4 * page));
        assert_status(SECTION_OK,
                      section_view_read(&view, 0, buffer, view.length, &done));
        assert_true(done == view.length && expect_zero(buffer, done));
        assert_status(SECTION_OK, section_unmap(&view));
        section_close(made[k]);
    }
}

/* ------------------------------------------------------------------------
 * Calls
 * ------------------------------------------------------------------------ */

/* What a function under a guard does. */
typedef struct job {
    const unsigned char *touched; /* or NULL */
    const section_view *inner;    /* guard this one, too */
    struct job *inner_job;
    section_status inner_status;
    section_status answer;
    unsigned steps;
} job;

static section_status work(void *context)
{
    job *j = context;
    j->steps++;
    if (j->inner != NULL)
        j->inner_status = section_guard(j->inner, work, j->inner_job, NULL);
    if (j->touched != NULL)
        fake_touch(j->touched);
    j->steps++;
    return j->answer;
}

static void a_guard_returns_what_its_function_says(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s, SECTION_ACCESS_READ);
    const section_status answers[] = {SECTION_OK, SECTION_IO, SECTION_FAULT, 99,
                                      -1};
    for (size_t i = 0; i < 5; i++) {
        job j = {.touched = view.data, .answer = answers[i]};
        section_fault fault;
        memset(&fault, 0x5a, sizeof(fault));
        section_os_set_last_error(55);
        assert_int_equal(section_guard(&view, work, &j, &fault), answers[i]);
        assert_int_equal(j.steps, 2);
        assert_true(expect_zero(&fault, sizeof(fault)));
        assert_int_equal(section_last_os_error(), 55);
        assert_int_equal(section_guard(&view, work, &j, NULL), answers[i]);
    }
    drop(s, &view);
}

static void a_guard_is_left_at_the_bad_byte_and_tells_it(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s, SECTION_ACCESS_READ_WRITE);
    const size_t page = unit_page();
    const size_t offsets[] = {0, 1, page, view.length - 1};
    for (size_t i = 0; i < 4; i++) {
        job j = {.touched = bytes_of(&view) + offsets[i]};
        section_fault fault;
        memset(&fault, 0x5a, sizeof(fault));
        fake_make_bad(j.touched, 1);
        assert_status(SECTION_FAULT, section_guard(&view, work, &j, &fault));
        assert_int_equal(j.steps, 1);
        assert_ptr_equal(fault.address, j.touched);
        assert_true(fault.offset == 100 + offsets[i]);
        j.steps = 0;
        assert_status(SECTION_FAULT, section_guard(&view, work, &j, NULL));
        assert_int_equal(j.steps, 1);
        fake_make_good();
    }
    drop(s, &view);
}

/* The pages of a view have bytes before its first one and behind its last. */
static void the_whole_pages_of_a_view_are_guarded(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s, SECTION_ACCESS_READ_WRITE);
    const struct {
        const unsigned char *at;
        uint64_t offset;
    } rows[] = {
        {bytes_of(&view) - 100, 0},
        {bytes_of(&view) - 1, 99},
        {bytes_of(&view) + 4 * unit_page() - 101, 4 * unit_page() - 1},
    };
    for (size_t i = 0; i < 3; i++) {
        job j = {.touched = rows[i].at};
        section_fault fault;
        fake_make_bad(j.touched, 1);
        assert_status(SECTION_FAULT, section_guard(&view, work, &j, &fault));
        assert_ptr_equal(fault.address, rows[i].at);
        assert_true(fault.offset == rows[i].offset);
        fake_make_good();
    }
    drop(s, &view);
}

static void
guards_are_nested_and_the_innermost_of_the_view_is_left(void **state)
{
    (void)state;
    section *s, *other = unit_memory(10);
    section_view view = make_view(&s, SECTION_ACCESS_READ_WRITE);
    section_view second = unit_view(other, 0, 0, SECTION_ACCESS_READ);
    fake_make_bad(view.data, 1);
    /* The inner one is of this view: the outer one goes on. */
    job inner = {.touched = view.data};
    job outer = {.inner = &view, .inner_job = &inner, .answer = 42};
    assert_int_equal(section_guard(&second, work, &outer, NULL), 42);
    assert_int_equal(outer.inner_status, SECTION_FAULT);
    assert_int_equal(inner.steps, 1);
    assert_int_equal(outer.steps, 2);
    /* The inner one is of another: both are given up. */
    job inner_other = {.touched = view.data, .answer = 1};
    job outer_other = {.inner = &second, .inner_job = &inner_other};
    section_fault fault;
    assert_status(SECTION_FAULT,
                  section_guard(&view, work, &outer_other, &fault));
    assert_ptr_equal(fault.address, view.data);
    assert_int_equal(inner_other.steps, 1);
    assert_int_equal(outer_other.steps, 1);
    assert_status(SECTION_OK, section_unmap(&second));
    section_close(other);
    drop(s, &view);
}

static void guards_are_refused_by_rule(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s, SECTION_ACCESS_READ);
    section_view none = {0};
    section_fault fault;
    job j = {.answer = SECTION_OK};
    memset(&fault, 0x5a, sizeof(fault));
    assert_status(SECTION_INVALID, section_guard(NULL, work, &j, &fault));
    assert_true(expect_zero(&fault, sizeof(fault)));
    assert_status(SECTION_INVALID, section_guard(&none, work, &j, NULL));
    assert_status(SECTION_INVALID, section_guard(&view, NULL, &j, NULL));
    assert_int_equal(fake_count_guard_calls().calls, 0);
    fake_answer(FAKE_GUARDED_CALL, SECTION_LIMIT, 1);
    memset(&fault, 0x5a, sizeof(fault));
    assert_status(SECTION_LIMIT, section_guard(&view, work, &j, &fault));
    assert_true(expect_zero(&fault, sizeof(fault)));
    assert_int_equal(section_last_os_error(), FAKE_ANSWER_CODE);
    assert_int_equal(j.steps, 0);
    drop(s, &view);
}

static void a_fault_is_offered_to_the_platform(void **state)
{
    (void)state;
    void *information, *context;
    fake_signal(&information, &context);
    assert_int_equal(section_guard_try(FAKE_SIGNAL, information, context), 1);
    assert_int_equal(section_guard_try(0, information, context), 0);
    assert_int_equal(section_guard_try(FAKE_SIGNAL, context, information), 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(good_bytes_are_copied_out_and_in),
        cmocka_unit_test(copies_are_refused_by_rule),
        cmocka_unit_test(no_bytes_are_copied_without_asking_anybody),
        cmocka_unit_test(a_copy_stops_at_the_page_of_a_bad_byte),
        cmocka_unit_test(writes_stop_there_as_well),
        cmocka_unit_test(a_copy_is_cut_to_what_comes_before_every_bad_page),
        cmocka_unit_test(a_copy_that_cannot_be_guarded_is_not_made),
        cmocka_unit_test(bytes_to_grow_to_are_a_fault_until_they_are_there),
        cmocka_unit_test(a_guard_returns_what_its_function_says),
        cmocka_unit_test(a_guard_is_left_at_the_bad_byte_and_tells_it),
        cmocka_unit_test(the_whole_pages_of_a_view_are_guarded),
        cmocka_unit_test(
            guards_are_nested_and_the_innermost_of_the_view_is_left),
        cmocka_unit_test(guards_are_refused_by_rule),
        cmocka_unit_test(a_fault_is_offered_to_the_platform),
    };
    return unit_run_everywhere(cases);
}
