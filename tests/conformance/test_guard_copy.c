/* SPDX-License-Identifier: MIT */
/*
 * section_view_read() and section_view_write(): copies that say how far they
 * came when pages are bad. Contract line 24.
 */
#include "faulting.h"
#include "sections.h"

#include <stdlib.h>

#define PAGES 6

/* A view with a pattern in it, and as many bytes of the test's own. */
typedef struct stage {
    section *s;
    section_view view;
    size_t page;
    unsigned char *own;
} stage;

static stage set_stage(section_access access)
{
    stage it = {.page = machine_page_size()};
    it.s = new_memory(PAGES * it.page);
    section_view writes = mapped(it.s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&writes), writes.length, 0);
    unmap(&writes);
    it.view = mapped(it.s, 0, 0, access);
    it.own = calloc(1, PAGES * it.page + 2);
    assert_that(it.own != NULL);
    return it;
}

static void strike_stage(stage *it)
{
    free(it->own);
    unmap(&it->view);
    section_close(it->s);
}

static void protect_page(stage *it, size_t page, section_access access)
{
    assert_status(SECTION_OK, section_view_protect(&it->view, page * it->page,
                                                   it->page, access));
}

/* --- copies that find all bytes ------------------------------------------- */

/* Sizes around everything that a copy may do differently. */
static const size_t sizes[] = {
    1,    2,    3,    4,    5,    7,    8,    9,    15,   16,   17,   31,
    32,   33,   47,   63,   64,   65,   95,   96,   97,   127,  128,  129,
    130,  160,  191,  192,  193,  255,  256,  257,  320,  511,  512,  513,
    1000, 1024, 1025, 1535, 2047, 2048, 2049, 2111, 2112, 2113, 2176, 2177,
    3000, 4095, 4096, 4097, 5000, 8191, 8192, 8193, 12345};

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void check_read(stage *it, size_t offset, size_t length, size_t lead)
{
    size_t room = PAGES * it->page + 2;
    memset(it->own, 0xee, room);
    size_t done = 12345678;
    assert_status(SECTION_OK, section_view_read(&it->view, offset,
                                                it->own + lead, length, &done));
    assert_same(length, done);
    assert_that(is_filled(it->own + lead, length, offset));
    if (lead != 0)
        assert_same(0xee, it->own[lead - 1]);
    assert_same(0xee, it->own[lead + length]);
}

CASE(a_read_copies_exactly_the_bytes_asked_for)
{
    NO_ARGUMENTS();
    stage it = set_stage(SECTION_ACCESS_READ);
    for (size_t i = 0; i < SIZES; i++)
        for (size_t shift = 0; shift < 72; shift += 7) {
            check_read(&it, shift, sizes[i], 0);
            check_read(&it, 3, sizes[i], shift);
            check_read(&it, it.view.length - sizes[i], sizes[i], shift);
        }
    strike_stage(&it);
    return 0;
}

static void check_write(stage *it, size_t offset, size_t length, size_t lead)
{
    unsigned char *bytes = bytes_of(&it->view);
    memset(bytes, 0xee, it->view.length);
    fill(it->own + lead, length, offset + lead);
    size_t done = 12345678;
    assert_status(
        SECTION_OK,
        section_view_write(&it->view, offset, it->own + lead, length, &done));
    assert_same(length, done);
    assert_that(is_filled(bytes + offset, length, offset + lead));
    if (offset != 0)
        assert_same(0xee, bytes[offset - 1]);
    if (offset + length < it->view.length)
        assert_same(0xee, bytes[offset + length]);
}

CASE(a_write_copies_exactly_the_bytes_asked_for)
{
    NO_ARGUMENTS();
    stage it = set_stage(SECTION_ACCESS_READ_WRITE);
    for (size_t i = 0; i < SIZES; i++)
        for (size_t shift = 0; shift < 72; shift += 7) {
            check_write(&it, shift, sizes[i], 1);
            check_write(&it, it.view.length - sizes[i], sizes[i], shift);
        }
    strike_stage(&it);
    return 0;
}

CASE(a_write_through_a_copy_on_write_view_stays_there)
{
    NO_ARGUMENTS();
    if (this_system().memory_copy == SECTION_COPY_NONE)
        return ROLE_CANNOT;
    stage it = set_stage(SECTION_ACCESS_COPY);
    unsigned char before = peek(it.s, 100);
    unsigned char value = (unsigned char)(before + 1);
    assert_status(SECTION_OK,
                  section_view_write(&it.view, 100, &value, 1, NULL));
    assert_same(value, bytes_of(&it.view)[100]);
    assert_same(before, peek(it.s, 100));
    strike_stage(&it);
    return 0;
}

/* --- copies that meet a bad page ------------------------------------------ */

/* The pages from `bad` on cannot be read. */
static void check_bad_read(stage *it, size_t offset, size_t length, size_t bad)
{
    size_t good = bad * it->page > offset ? bad * it->page - offset : 0;
    memset(it->own, 0xee, PAGES * it->page + 2);
    size_t done = 12345678;
    assert_status(SECTION_FAULT,
                  section_view_read(&it->view, offset, it->own, length, &done));
    assert_same(good, done);
    assert_that(is_filled(it->own, done, offset));
    assert_same(0xee, it->own[length]);
}

CASE(a_read_comes_to_the_start_of_the_bad_page)
{
    NO_ARGUMENTS();
    stage it = set_stage(SECTION_ACCESS_READ);
    for (size_t bad = 0; bad < PAGES; bad += 2) {
        size_t start = bad * it.page;
        protect_page(&it, bad, SECTION_ACCESS_NONE);
        for (size_t i = 0; i < SIZES; i++)
            for (size_t before = 0; before < sizes[i]; before += 13)
                if (before <= start &&
                    start - before + sizes[i] <= it.view.length)
                    check_bad_read(&it, start - before, sizes[i], bad);
        protect_page(&it, bad, SECTION_ACCESS_READ);
    }
    check_read(&it, 0, it.view.length, 0);
    strike_stage(&it);
    return 0;
}

/* Several bad pages: the first one counts, however the copy is made. */
CASE(the_first_of_several_bad_pages_counts)
{
    NO_ARGUMENTS();
    stage it = set_stage(SECTION_ACCESS_READ);
    protect_page(&it, 2, SECTION_ACCESS_NONE);
    protect_page(&it, 4, SECTION_ACCESS_NONE);
    check_bad_read(&it, 0, it.view.length, 2);
    check_bad_read(&it, it.page + 11, 4 * it.page, 2);
    check_bad_read(&it, 3 * it.page + 11, 2 * it.page, 4);
    strike_stage(&it);
    return 0;
}

static void check_bad_write(stage *it, size_t offset, size_t length, size_t bad)
{
    size_t start = bad * it->page;
    size_t good = start > offset ? start - offset : 0;
    fill(it->own, length, 77);
    size_t done = 12345678;
    assert_status(SECTION_FAULT, section_view_write(&it->view, offset, it->own,
                                                    length, &done));
    assert_same(good, done);
    assert_that(is_filled(bytes_of(&it->view) + offset, done, 77));
}

CASE(a_write_comes_to_the_start_of_the_bad_page)
{
    NO_ARGUMENTS();
    stage it = set_stage(SECTION_ACCESS_READ_WRITE);
    for (size_t bad = 1; bad < PAGES; bad += 2) {
        size_t start = bad * it.page;
        for (int reads = 0; reads < 2; reads++) {
            protect_page(&it, bad,
                         reads ? SECTION_ACCESS_READ : SECTION_ACCESS_NONE);
            for (size_t i = 0; i < SIZES; i++)
                for (size_t before = 0; before < sizes[i]; before += 29)
                    if (before <= start &&
                        start - before + sizes[i] <= it.view.length)
                        check_bad_write(&it, start - before, sizes[i], bad);
        }
        protect_page(&it, bad, SECTION_ACCESS_READ_WRITE);
    }
    strike_stage(&it);
    return 0;
}

/* A view that does not start where its mapping does. */
CASE(a_view_within_a_granule_counts_from_its_own_start)
{
    NO_ARGUMENTS();
    stage it = set_stage(SECTION_ACCESS_READ);
    unmap(&it.view);
    size_t offset = it.page / 2 + 1;
    it.view = mapped(it.s, offset, 4 * it.page, SECTION_ACCESS_READ);
    /* Its second whole page: 2 of the section. */
    assert_status(SECTION_OK,
                  section_view_protect(&it.view, 2 * it.page - offset, it.page,
                                       SECTION_ACCESS_NONE));
    size_t done;
    assert_status(SECTION_FAULT, section_view_read(&it.view, 5, it.own,
                                                   it.view.length - 5, &done));
    assert_same(2 * it.page - offset - 5, done);
    assert_that(is_filled(it.own, done, offset + 5));
    strike_stage(&it);
    return 0;
}

/* Nobody has to ask how far it came. */
CASE(a_fault_is_told_without_a_count)
{
    NO_ARGUMENTS();
    stage it = set_stage(SECTION_ACCESS_READ_WRITE);
    protect_page(&it, 0, SECTION_ACCESS_NONE);
    assert_status(SECTION_FAULT,
                  section_view_read(&it.view, 0, it.own, 64, NULL));
    assert_status(SECTION_FAULT,
                  section_view_write(&it.view, 0, it.own, 64, NULL));
    strike_stage(&it);
    return 0;
}

/* --- copies that are refused ---------------------------------------------- */

static void a_view_to_read_is_not_written(void **state)
{
    (void)state;
    section *s = new_memory(100);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    size_t done = 5;
    assert_status(SECTION_ACCESS, section_view_write(&view, 0, "x", 1, &done));
    assert_same(0, done);
    assert_same(0, section_last_os_error());
    assert_same(0, peek(s, 0));
    unmap(&view);
    section_close(s);
}

static void a_copy_outside_the_view_is_range(void **state)
{
    (void)state;
    section *s = new_memory(1000);
    section_view view = mapped(s, 10, 100, SECTION_ACCESS_READ_WRITE);
    char bytes[200] = {0};
    static const struct {
        size_t offset, length;
    } bad[] = {{0, 101}, {100, 1},        {101, 0},       {99, 2},
               {1, 100}, {SIZE_MAX, 1},   {1, SIZE_MAX},  {SIZE_MAX, 0},
               {50, 51}, {SIZE_MAX, 101}, {101, SIZE_MAX}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        size_t done = 5;
        assert_status(SECTION_RANGE,
                      section_view_read(&view, bad[i].offset, bytes,
                                        bad[i].length, &done));
        assert_same(0, done);
        done = 5;
        assert_status(SECTION_RANGE,
                      section_view_write(&view, bad[i].offset, bytes,
                                         bad[i].length, &done));
        assert_same(0, done);
    }
    unmap(&view);
    section_close(s);
}

static void a_copy_of_nothing_does_nothing(void **state)
{
    (void)state;
    section *s = new_memory(100);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    char byte = 'x';
    size_t done = 5;
    assert_status(SECTION_OK, section_view_read(&view, 0, &byte, 0, &done));
    assert_same(0, done);
    assert_status(SECTION_OK, section_view_write(&view, 100, NULL, 0, NULL));
    assert_same('x', byte);
    unmap(&view);
    section_close(s);
}

static void a_copy_without_a_view_is_invalid(void **state)
{
    (void)state;
    section_view view;
    memset(&view, 0, sizeof(view));
    char byte = 'x';
    for (size_t length = 0; length < 2; length++) {
        size_t done = 5;
        assert_status(SECTION_INVALID,
                      section_view_read(&view, 0, &byte, length, &done));
        assert_same(0, done);
        assert_status(SECTION_INVALID,
                      section_view_read(NULL, 0, &byte, length, &done));
        assert_status(SECTION_INVALID,
                      section_view_write(&view, 0, &byte, length, &done));
        assert_status(SECTION_INVALID,
                      section_view_write(NULL, 0, &byte, length, NULL));
    }
    assert_same('x', byte);
}

static const process_role roles[] = {
    CASE_ROLE(a_read_copies_exactly_the_bytes_asked_for),
    CASE_ROLE(a_write_copies_exactly_the_bytes_asked_for),
    CASE_ROLE(a_write_through_a_copy_on_write_view_stays_there),
    CASE_ROLE(a_read_comes_to_the_start_of_the_bad_page),
    CASE_ROLE(the_first_of_several_bad_pages_counts),
    CASE_ROLE(a_write_comes_to_the_start_of_the_bad_page),
    CASE_ROLE(a_view_within_a_granule_counts_from_its_own_start),
    CASE_ROLE(a_fault_is_told_without_a_count),
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_read_copies_exactly_the_bytes_asked_for),
    cmocka_unit_test(a_write_copies_exactly_the_bytes_asked_for),
    cmocka_unit_test(a_write_through_a_copy_on_write_view_stays_there),
    cmocka_unit_test(a_read_comes_to_the_start_of_the_bad_page),
    cmocka_unit_test(the_first_of_several_bad_pages_counts),
    cmocka_unit_test(a_write_comes_to_the_start_of_the_bad_page),
    cmocka_unit_test(a_view_within_a_granule_counts_from_its_own_start),
    cmocka_unit_test(a_fault_is_told_without_a_count),
    cmocka_unit_test(a_view_to_read_is_not_written),
    cmocka_unit_test(a_copy_outside_the_view_is_range),
    cmocka_unit_test(a_copy_of_nothing_does_nothing),
    cmocka_unit_test(a_copy_without_a_view_is_invalid),
};

TEST_MAIN(tests, roles)
