/* SPDX-License-Identifier: MIT */
/*
 * Large pages: who may ask for them, what is told of them, and how views of
 * them are mapped and protected.
 */
#include "unit.h"

#include <string.h>

static uint64_t large(void)
{
    return fake_current()->large_page;
}

static section_options large_options(uint64_t size)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = size;
    options.flags = SECTION_LARGE_PAGES;
    return options;
}

static void expect_create(section_status expected,
                          const section_options *options)
{
    section *made = UNTOUCHED;
    assert_status(expected, section_create(&made, options));
    assert_int_equal(made != NULL, expected == SECTION_OK);
    section_close(made);
}

/* Four large pages, or NULL where there are none. */
static section *make_large(section_rights rights)
{
    if (large() == 0)
        return NULL;
    section_options options = large_options(4 * large());
    options.rights = rights;
    section *made;
    assert_status(SECTION_OK, section_create(&made, &options));
    return made;
}

static void large_pages_are_had_or_not_at_all(void **state)
{
    (void)state;
    section_options options = large_options(large() != 0 ? large() : 1);
    expect_create(large() != 0 ? SECTION_OK : SECTION_UNSUPPORTED, &options);
    if (large() == 0)
        return;
    const uint64_t sizes[] = {1,           unit_page(),           large() - 1,
                              large() + 1, large() + unit_page(), 2 * large()};
    for (size_t i = 0; i < 6; i++) {
        options.size = sizes[i];
        expect_create(i < 5 ? SECTION_INVALID : SECTION_OK, &options);
    }
    options.size = large();
    fake_set_space_left(large() - 1, 0);
    expect_create(SECTION_NO_SPACE, &options);
}

static void large_pages_are_for_memory_that_is_nothing_else(void **state)
{
    (void)state;
    uint64_t size = large() != 0 ? large() : 1;
    section_options options = large_options(size);
    options.name = "name";
    expect_create(SECTION_INVALID, &options);
    options = large_options(size);
    options.path = "file";
    expect_create(SECTION_INVALID, &options);
    assert_false(fake_file_exists("file"));
    options = large_options(size);
    options.flags |= SECTION_LAZY;
    expect_create(SECTION_INVALID, &options);
    options.flags = SECTION_LARGE_PAGES | SECTION_PREFER_LARGE_PAGES;
    expect_create(SECTION_INVALID, &options);
    options = large_options(size);
    options.reserve = 2 * size;
    expect_create(SECTION_INVALID, &options);
    if (large() == 0)
        return;
    options.reserve = size; /* no growth */
    expect_create(SECTION_OK, &options);
}

static void what_was_obtained_is_told_to_every_holder(void **state)
{
    (void)state;
    section *s = make_large(ALL_RIGHTS), *same;
    if (s == NULL)
        return;
    assert_status(SECTION_OK, section_duplicate(&same, s, SECTION_RIGHT_READ));
    section *const all[] = {s, same};
    for (size_t i = 0; i < 2; i++) {
        section_info info = unit_info(all[i]);
        assert_int_equal(info.pages, SECTION_PAGES_LARGE);
        assert_true(info.granularity == large());
        /* Exact, also where other sizes are rounded: there is no page more. */
        assert_true(info.size == 4 * large());
        assert_true(fake_size(unit_native(all[i])) == 4 * large());
    }
    section_close(s);
    section_close(same);
}

static void preferring_large_pages_makes_nothing_fail(void **state)
{
    (void)state;
    for (uint32_t lazy = 0; lazy < 2; lazy++) {
        section_options options = SECTION_OPTIONS_INIT;
        options.size = unit_page() + 1;
        options.flags = SECTION_PREFER_LARGE_PAGES;
        if (lazy != 0)
            options.flags |= SECTION_LAZY;
        section *s;
        assert_status(SECTION_OK, section_create(&s, &options));
        section_info info = unit_info(s);
        assert_int_equal(info.pages, large() != 0 ? SECTION_PAGES_MIXED
                                                  : SECTION_PAGES_NORMAL);
        assert_true(info.size == unit_page() + 1);
        assert_true(info.granularity == unit_granule());
        section_close(s);
        options.path = "file";
        options.disposition = SECTION_OPEN_OR_CREATE;
        expect_create(SECTION_OK, &options);
        options.path = NULL;
        options.name = "name";
        if (lazy == 0)
            expect_create(SECTION_OK, &options);
    }
}

static void views_of_large_pages_are_mapped_by_them(void **state)
{
    (void)state;
    section *s = make_large(ALL_RIGHTS);
    if (s == NULL)
        return;
    const size_t page = (size_t)large();
    const size_t rows[][2] = {{0, 1},        {1, 1},        {page - 1, 2},
                              {page, page},  {page + 5, 0}, {4 * page - 1, 1},
                              {0, 4 * page}, {0, 0}};
    for (size_t i = 0; i < 8; i++) {
        section_view view =
            unit_view(s, rows[i][0], rows[i][1], SECTION_ACCESS_READ_WRITE);
        size_t length = rows[i][1] != 0 ? rows[i][1] : 4 * page - rows[i][0];
        size_t start = rows[i][0] / page * page;
        size_t end = (rows[i][0] + length + page - 1) / page * page;
        fake_map_call call = fake_last_map();
        assert_true(view.length == length && view.offset == rows[i][0]);
        assert_true(call.offset == start && call.length == end - start);
        memset(view.data, 1, view.length);
        assert_status(SECTION_OK, section_unmap(&view));
    }
    section_close(s);
}

static void addresses_agree_modulo_the_large_page(void **state)
{
    (void)state;
    section *s = make_large(ALL_RIGHTS);
    if (s == NULL)
        return;
    const size_t page = (size_t)large();
    section_view view = unit_view(s, page, 1, SECTION_ACCESS_READ_WRITE);
    unsigned char *address = view.data;
    assert_status(SECTION_OK, section_unmap(&view));
    assert_status(SECTION_INVALID,
                  section_map_at(&view, s, page, 1, SECTION_ACCESS_READ,
                                 address + unit_granule()));
    unit_expect_no_view(&view);
    assert_status(SECTION_OK, section_map_at(&view, s, page + 7, 1,
                                             SECTION_ACCESS_READ, address + 7));
    assert_ptr_equal(view.data, address + 7);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
}

/* Whole large pages, or the ends of the view; a page of the system is less. */
static void large_pages_are_protected_as_a_whole(void **state)
{
    (void)state;
    section *made = make_large(ALL_RIGHTS), *s;
    if (made == NULL)
        return;
    /* A duplicate knows of its pages, too. */
    assert_status(SECTION_OK, section_duplicate(&s, made, ALL_RIGHTS));
    section_close(made);
    const size_t page = (size_t)large();
    section_view view = unit_view(s, 5, 3 * page, SECTION_ACCESS_READ_WRITE);
    const struct {
        size_t offset, length;
        section_status expected;
        size_t from, to;
    } rows[] = {
        {0, 0, SECTION_OK, 0, 4 * page},
        {0, page - 5, SECTION_OK, 0, page},
        {page - 5, page, SECTION_OK, page, 2 * page},
        {2 * page - 5, 0, SECTION_OK, 2 * page, 4 * page},
        {0, unit_page() - 5, SECTION_INVALID, 0, 0},
        {unit_page() - 5, page, SECTION_INVALID, 0, 0},
        {page - 5, unit_page(), SECTION_INVALID, 0, 0},
        {unit_page() - 5, 0, SECTION_INVALID, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned count = fake_last_protect().count;
        assert_status(rows[i].expected,
                      section_view_protect(&view, rows[i].offset,
                                           rows[i].length,
                                           SECTION_ACCESS_READ));
        fake_protect_call call = fake_last_protect();
        assert_int_equal(call.count, count + (rows[i].expected == SECTION_OK));
        if (rows[i].expected != SECTION_OK)
            continue;
        assert_ptr_equal(call.base,
                         (unsigned char *)view.internal.base + rows[i].from);
        assert_true(call.length == rows[i].to - rows[i].from);
    }
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
}

/* What is said of pages in advance is said of large ones, too. */
static void large_pages_are_prepared_and_discarded_as_a_whole(void **state)
{
    (void)state;
    section *s = make_large(ALL_RIGHTS);
    if (s == NULL)
        return;
    const size_t page = (size_t)large();
    section_view view = unit_view(s, 5, 3 * page, SECTION_ACCESS_READ_WRITE);
    (void)section_view_lock(&view, page, 1);
    assert_true(fake_last_prepare().length == page);
    memset(view.data, 1, view.length);
    unsigned count = fake_last_prepare().count;
    assert_status(SECTION_OK, section_view_discard(&view, 0, page));
    assert_int_equal(fake_last_prepare().count, count); /* no whole page */
    assert_status(SECTION_OK, section_view_discard(&view, 0, 0));
    assert_true(fake_last_prepare().length == 2 * page);
    assert_true(expect_zero(view.data, view.length));
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
}

static section_status fill(void *data, size_t length, void *context)
{
    (void)context;
    memset(data, 3, length);
    return SECTION_OK;
}

static void large_pages_are_filled_and_narrowed(void **state)
{
    (void)state;
    if (large() == 0)
        return;
    section_options options = large_options(large());
    options.rights = SECTION_RIGHT_READ;
    options.initialize = fill;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    section_view view = unit_view(s, large() - 1, 0, SECTION_ACCESS_READ);
    assert_int_equal(*(unsigned char *)view.data, 3);
    assert_true(unit_info(s).granularity == large());
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(large_pages_are_had_or_not_at_all),
        cmocka_unit_test(large_pages_are_for_memory_that_is_nothing_else),
        cmocka_unit_test(what_was_obtained_is_told_to_every_holder),
        cmocka_unit_test(preferring_large_pages_makes_nothing_fail),
        cmocka_unit_test(views_of_large_pages_are_mapped_by_them),
        cmocka_unit_test(addresses_agree_modulo_the_large_page),
        cmocka_unit_test(large_pages_are_protected_as_a_whole),
        cmocka_unit_test(large_pages_are_prepared_and_discarded_as_a_whole),
        cmocka_unit_test(large_pages_are_filled_and_narrowed),
    };
    return unit_run_everywhere(cases);
}
