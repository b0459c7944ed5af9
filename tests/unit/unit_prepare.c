/* SPDX-License-Identifier: MIT */
/*
 * Views in advance: which pages are handed down, and what is done where the
 * system does nothing.
 */
#include "unit.h"

#include <string.h>

static unsigned char *bytes_of(const section_view *view)
{
    return view->data;
}

/* Whether the system played does anything of it. */
static bool helps(void)
{
    return !fake_current()->views_are_left_alone;
}

/* A view of a little more than three pages, 100 bytes into one, all ones. */
static section_view make_view(section **s)
{
    *s = unit_memory(5 * (uint64_t)unit_page());
    section_view view =
        unit_view(*s, 100, 3 * unit_page() + 50, SECTION_ACCESS_READ_WRITE);
    memset(view.data, 1, view.length);
    return view;
}

static void drop(section *s, section_view *view)
{
    fake_make_good();
    assert_status(SECTION_OK, section_unmap(view));
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Every call
 * ------------------------------------------------------------------------ */

static section_status prefetch(const section_view *view, size_t offset,
                               size_t length)
{
    return section_view_prefetch(view, offset, length, SECTION_PREFETCH_READ);
}

static section_status advise(const section_view *view, size_t offset,
                             size_t length)
{
    return section_view_advise(view, offset, length, SECTION_ADVICE_RANDOM);
}

static const struct {
    section_status (*call)(const section_view *view, size_t offset,
                           size_t length);
    fake_primitive primitive;
} calls[] = {
    {prefetch, FAKE_PREFETCH},
    {section_view_lock, FAKE_LOCK},
    {section_view_unlock, FAKE_UNLOCK},
    {advise, FAKE_ADVISE},
    {section_view_discard, FAKE_DISCARD},
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static void nothing_and_too_much_are_refused_by_rule(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s), none = {0};
    const size_t far[][2] = {{view.length, 0},     {view.length, 1},
                             {0, view.length + 1}, {view.length - 1, 2},
                             {SIZE_MAX, 1},        {1, SIZE_MAX}};
    for (size_t i = 0; i < CALLS; i++) {
        assert_status(SECTION_INVALID, calls[i].call(NULL, 0, 0));
        assert_status(SECTION_INVALID, calls[i].call(&none, 0, 0));
        for (size_t f = 0; f < 6; f++)
            assert_status(SECTION_RANGE,
                          calls[i].call(&view, far[f][0], far[f][1]));
    }
    assert_int_equal(fake_last_prepare().count, 0);
    for (size_t i = 0; i < view.length; i++)
        assert_int_equal(bytes_of(&view)[i], 1);
    drop(s, &view);
}

/* All but discard: the pages that any of the bytes are on. */
static void pages_that_have_any_of_the_bytes_are_meant(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s);
    const size_t page = unit_page();
    const size_t offsets[] = {0, 1, page - 101, page - 100, 2 * page};
    const size_t lengths[] = {1, 2, page, page + 1, 0};
    unsigned char *base = bytes_of(&view) - 100;
    for (size_t c = 0; c < CALLS; c++)
        for (size_t o = 0; o < 5; o++)
            for (size_t l = 0; l < 5; l++) {
                if (calls[c].primitive == FAKE_DISCARD)
                    continue;
                size_t length =
                    lengths[l] != 0 ? lengths[l] : view.length - offsets[o];
                size_t from = (100 + offsets[o]) / page * page;
                size_t to =
                    (100 + offsets[o] + length + page - 1) / page * page;
                section_status status =
                    calls[c].call(&view, offsets[o], lengths[l]);
                bool falls_back = calls[c].primitive == FAKE_PREFETCH;
                assert_int_equal(status, helps() || falls_back
                                             ? SECTION_OK
                                             : SECTION_UNSUPPORTED);
                fake_prepare_call call = fake_last_prepare();
                assert_int_equal(call.primitive, calls[c].primitive);
                assert_ptr_equal(call.base, base + from);
                assert_true(call.length == to - from);
            }
    drop(s, &view);
}

static void what_the_platform_says_is_handed_on(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s);
    for (size_t i = 0; i < CALLS; i++) {
        fake_answer(calls[i].primitive, SECTION_IO, 1);
        assert_status(SECTION_IO, calls[i].call(&view, 0, 0));
        assert_int_equal(section_last_os_error(), FAKE_ANSWER_CODE);
    }
    drop(s, &view);
}

/* ------------------------------------------------------------------------
 * Prefetch
 * ------------------------------------------------------------------------ */

static void a_prefetch_is_of_a_kind_that_the_view_allows(void **state)
{
    (void)state;
    section *s = unit_memory(100);
    static const section_access accesses[] = {
        SECTION_ACCESS_READ, SECTION_ACCESS_COPY, SECTION_ACCESS_READ_WRITE};
    for (size_t a = 0; a < 3; a++) {
        section_view view = unit_view(s, 0, 0, accesses[a]);
        for (section_prefetch how = -1; how < 6; how++) {
            section_status expected = SECTION_OK;
            if (how < SECTION_PREFETCH_START || how > SECTION_PREFETCH_WRITE)
                expected = SECTION_INVALID;
            else if (how == SECTION_PREFETCH_WRITE &&
                     accesses[a] == SECTION_ACCESS_READ)
                expected = SECTION_ACCESS;
            else if (how == SECTION_PREFETCH_START && !helps())
                expected = SECTION_UNSUPPORTED;
            unsigned count = fake_last_prepare().count;
            assert_int_equal(section_view_prefetch(&view, 0, 0, how), expected);
            bool asked =
                expected == SECTION_OK || expected == SECTION_UNSUPPORTED;
            assert_int_equal(fake_last_prepare().count, count + asked);
            if (asked)
                assert_int_equal(fake_last_prepare().how, how);
        }
        assert_status(SECTION_OK, section_unmap(&view));
    }
    section_close(s);
}

/* Where the system has no such call, the pages are touched, under a guard; not
 * one byte changes. */
static void pages_are_touched_where_the_system_does_not_prefetch(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s);
    for (size_t i = 0; i < view.length; i++)
        bytes_of(&view)[i] = (unsigned char)(0x80 + i);
    for (section_prefetch how = SECTION_PREFETCH_READ;
         how <= SECTION_PREFETCH_WRITE; how++) {
        unsigned guarded = fake_count_guard_calls().calls;
        fake_answer(FAKE_PREFETCH, SECTION_UNSUPPORTED, 1);
        assert_status(SECTION_OK, section_view_prefetch(&view, 1, 0, how));
        assert_int_equal(fake_count_guard_calls().calls, guarded + 1);
        for (size_t i = 0; i < view.length; i++)
            assert_int_equal(bytes_of(&view)[i], (unsigned char)(0x80 + i));
    }
    /* Nobody can touch without waiting. */
    fake_answer(FAKE_PREFETCH, SECTION_UNSUPPORTED, 1);
    assert_status(SECTION_UNSUPPORTED,
                  section_view_prefetch(&view, 0, 0, SECTION_PREFETCH_START));
    drop(s, &view);
}

static void a_page_that_cannot_be_had_is_a_fault(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s);
    const size_t page = unit_page();
    fake_make_bad(bytes_of(&view) + 2 * page, 1);
    for (section_prefetch how = SECTION_PREFETCH_READ;
         how <= SECTION_PREFETCH_WRITE; how++)
        for (int falls_back = 0; falls_back < 2; falls_back++) {
            fake_answer(FAKE_PREFETCH, SECTION_UNSUPPORTED,
                        falls_back ? FAKE_ALWAYS : 0);
            assert_status(SECTION_OK,
                          section_view_prefetch(&view, 0, page, how));
            assert_status(SECTION_FAULT,
                          section_view_prefetch(&view, 0, 0, how));
            assert_status(SECTION_FAULT,
                          section_view_prefetch(&view, 2 * page, 1, how));
        }
    drop(s, &view);
}

/* ------------------------------------------------------------------------
 * Advice
 * ------------------------------------------------------------------------ */

static void advice_is_known_and_normal_is_always_taken(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s);
    for (section_advice advice = -1; advice < 6; advice++) {
        section_status expected = SECTION_OK;
        if (advice < SECTION_ADVICE_NORMAL || advice > SECTION_ADVICE_RANDOM)
            expected = SECTION_INVALID;
        else if (advice != SECTION_ADVICE_NORMAL && !helps())
            expected = SECTION_UNSUPPORTED;
        assert_int_equal(section_view_advise(&view, 0, 0, advice), expected);
        if (expected != SECTION_INVALID)
            assert_int_equal(fake_last_prepare().how, advice);
    }
    drop(s, &view);
}

/* ------------------------------------------------------------------------
 * Discard
 * ------------------------------------------------------------------------ */

/* Discard, and fail unless exactly these bytes are zero after it and exactly
 * the pages inside were handed down. */
static void check_discard(section_view *view, size_t offset, size_t length)
{
    const size_t page = unit_page();
    size_t end = offset + (length != 0 ? length : view->length - offset);
    size_t first = (100 + offset + page - 1) / page * page;
    size_t last = (100 + end) / page * page;
    unsigned count = fake_last_prepare().count;
    memset(view->data, 1, view->length);
    assert_status(SECTION_OK, section_view_discard(view, offset, length));
    for (size_t i = 0; i < view->length; i++)
        assert_int_equal(bytes_of(view)[i], i < offset || i >= end);
    fake_prepare_call call = fake_last_prepare();
    assert_int_equal(call.count, count + (first < last));
    if (first >= last)
        return;
    assert_int_equal(call.primitive, FAKE_DISCARD);
    assert_ptr_equal(call.base, bytes_of(view) - 100 + first);
    assert_true(call.length == last - first);
}

static void
discarded_bytes_are_zero_and_whole_pages_are_given_back(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s);
    const size_t page = unit_page();
    const size_t offsets[] = {0,         1,        page - 101, page - 100,
                              page - 99, 2 * page, 3 * page,   3 * page + 49};
    const size_t lengths[] = {0,    1,        2,        99,
                              page, page + 1, 2 * page, 2 * page - 1};
    for (size_t o = 0; o < 8; o++)
        for (size_t l = 0; l < 8; l++)
            if (offsets[o] + lengths[l] <= view.length)
                check_discard(&view, offsets[o], lengths[l]);
    drop(s, &view);
}

static void a_discard_needs_a_view_that_writes_the_section(void **state)
{
    (void)state;
    section *s = unit_memory(100);
    section_view read = unit_view(s, 0, 0, SECTION_ACCESS_READ);
    section_view copy = unit_view(s, 0, 0, SECTION_ACCESS_COPY);
    assert_status(SECTION_ACCESS, section_view_discard(&read, 0, 0));
    assert_status(SECTION_ACCESS, section_view_discard(&copy, 0, 0));
    assert_status(SECTION_OK, section_unmap(&read));
    assert_status(SECTION_OK, section_unmap(&copy));
    section_close(s);
}

static void a_discard_tells_of_bytes_that_cannot_be_had(void **state)
{
    (void)state;
    section *s;
    section_view view = make_view(&s);
    const size_t page = unit_page();
    /* Before the whole pages, among them, and behind. */
    const size_t bads[] = {0, 2 * page, 3 * page + 20};
    for (size_t i = 0; i < 3; i++) {
        fake_make_good();
        fake_make_bad(bytes_of(&view) + bads[i], 1);
        fake_answer(FAKE_DISCARD, SECTION_UNSUPPORTED, FAKE_ALWAYS);
        assert_status(SECTION_FAULT, section_view_discard(&view, 0, 0));
        fake_answer(FAKE_DISCARD, SECTION_OK, 0);
        if (i != 1)
            assert_status(SECTION_FAULT, section_view_discard(&view, 0, 0));
        assert_status(SECTION_OK, section_view_discard(
                                      &view, bads[i] == 0 ? page : 0, page));
    }
    drop(s, &view);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(nothing_and_too_much_are_refused_by_rule),
        cmocka_unit_test(pages_that_have_any_of_the_bytes_are_meant),
        cmocka_unit_test(what_the_platform_says_is_handed_on),
        cmocka_unit_test(a_prefetch_is_of_a_kind_that_the_view_allows),
        cmocka_unit_test(pages_are_touched_where_the_system_does_not_prefetch),
        cmocka_unit_test(a_page_that_cannot_be_had_is_a_fault),
        cmocka_unit_test(advice_is_known_and_normal_is_always_taken),
        cmocka_unit_test(
            discarded_bytes_are_zero_and_whole_pages_are_given_back),
        cmocka_unit_test(a_discard_needs_a_view_that_writes_the_section),
        cmocka_unit_test(a_discard_tells_of_bytes_that_cannot_be_had),
    };
    return unit_run_everywhere(cases);
}
