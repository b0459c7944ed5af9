/* SPDX-License-Identifier: MIT */
/*
 * Views: any offset, any length, the very bytes, and gone without a trace.
 * Contract lines 15, 16 and 17.
 */
#include "process.h"
#include "sections.h"

/* ------------------------------------------------------------------------
 * Offset and length
 * ------------------------------------------------------------------------ */

static void offset_need_not_be_aligned(void **state)
{
    (void)state;
    section *s = new_memory(3 * 65536 + 100);
    section_view whole = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&whole), whole.length, 0);
    const uint64_t offsets[] = {0,     1,      7,      4095,
                                4096,  4097,   65535,  65536,
                                65537, 131071, 131073, 3 * 65536 + 99};
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        section_view view = mapped(s, offsets[i], 0, SECTION_ACCESS_READ);
        assert_same(offsets[i], view.offset);
        assert_same(whole.length - offsets[i], view.length);
        assert_true(is_filled(bytes_of(&view), view.length, offsets[i]));
        unmap(&view);
    }
    unmap(&whole);
    section_close(s);
}

static void length_need_not_be_aligned(void **state)
{
    (void)state;
    section *s = new_memory(200000);
    const size_t lengths[] = {1,     2,     4095,  4096,   4097,
                              65535, 65536, 65537, 199999, 200000};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        section_view view = mapped(s, 0, lengths[i], SECTION_ACCESS_READ_WRITE);
        assert_same(lengths[i], view.length);
        fill(bytes_of(&view), view.length, 0);
        assert_true(is_filled(bytes_of(&view), view.length, 0));
        unmap(&view);
    }
    section_close(s);
}

static void length_zero_is_up_to_the_end(void **state)
{
    (void)state;
    section *s = new_memory(10000);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_same(10000, view.length);
    unmap(&view);
    view = mapped(s, 9999, 0, SECTION_ACCESS_READ);
    assert_same(1, view.length);
    unmap(&view);
    section_close(s);
}

static void one_byte_too_far_is_range(void **state)
{
    (void)state;
    section *s = new_memory(10000);
    section_view view;
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 0, 10001, SECTION_ACCESS_READ));
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 9999, 2, SECTION_ACCESS_READ));
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 1, 10000, SECTION_ACCESS_READ));
    section_close(s);
}

static void an_offset_at_the_end_or_beyond_is_range(void **state)
{
    (void)state;
    section *s = new_memory(8192);
    section_view view;
    const uint64_t offsets[] = {8192,  8193,      12288,
                                65536, INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        assert_no_view(
            SECTION_RANGE, view,
            section_map(&view, s, offsets[i], 0, SECTION_ACCESS_READ));
        assert_no_view(
            SECTION_RANGE, view,
            section_map(&view, s, offsets[i], 1, SECTION_ACCESS_READ));
    }
    section_close(s);
}

static void offset_and_length_that_overflow_are_range(void **state)
{
    (void)state;
    section *s = new_memory(8192);
    section_view view;
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 1, SIZE_MAX, SECTION_ACCESS_READ));
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 0, SIZE_MAX, SECTION_ACCESS_READ));
    assert_no_view(
        SECTION_RANGE, view,
        section_map(&view, s, 4096, SIZE_MAX - 4095, SECTION_ACCESS_READ));
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, UINT64_MAX, 2, SECTION_ACCESS_READ));
    assert_no_view(
        SECTION_RANGE, view,
        section_map(&view, s, UINT64_MAX - 4095, 4097, SECTION_ACCESS_READ));
    section_close(s);
}

static void map_without_its_pointers_is_invalid(void **state)
{
    (void)state;
    section *s = new_memory(100);
    section_view view;
    assert_status(SECTION_INVALID,
                  section_map(NULL, s, 0, 0, SECTION_ACCESS_READ));
    assert_no_view(SECTION_INVALID, view,
                   section_map(&view, NULL, 0, 0, SECTION_ACCESS_READ));
    section_close(s);
}

static void what_is_no_access_is_invalid(void **state)
{
    (void)state;
    section *s = new_memory(100);
    section_view view;
    /* Rights are no access, and a view of nothing is no view. */
    const section_access wrong[] = {0,
                                    SECTION_RIGHT_READ,
                                    SECTION_RIGHT_WRITE,
                                    SECTION_RIGHT_READ | SECTION_RIGHT_WRITE,
                                    SECTION_ACCESS_NONE,
                                    SECTION_ACCESS_COPY + 1,
                                    -1};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_no_view(SECTION_INVALID, view,
                       section_map(&view, s, 0, 0, wrong[i]));
    section_close(s);
}

static void a_used_out_parameter_is_overwritten(void **state)
{
    (void)state;
    section *s = new_memory(100);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    section_view moved = view;
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 0, 101, SECTION_ACCESS_READ));
    /* A second failure in the same struct, then success in it. */
    assert_no_view(SECTION_INVALID, view, section_map(&view, s, 0, 0, 0));
    assert_status(SECTION_OK,
                  section_map(&view, s, 10, 5, SECTION_ACCESS_READ));
    assert_same(5, view.length);
    unmap(&view);
    unmap(&moved);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * The same memory
 * ------------------------------------------------------------------------ */

static void data_is_the_very_byte_asked_for(void **state)
{
    (void)state;
    section *s = new_memory(200000);
    poke(s, 70001, 0x42);
    section_view view = mapped(s, 70001, 1, SECTION_ACCESS_READ);
    assert_same(0x42, bytes_of(&view)[0]);
    unmap(&view);
    section_close(s);
}

static void views_of_the_same_bytes_are_the_same_memory(void **state)
{
    (void)state;
    section *s = new_memory(200000);
    section_view one = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    section_view two = mapped(s, 65530, 1000, SECTION_ACCESS_READ_WRITE);
    section_view three = mapped(s, 65531, 0, SECTION_ACCESS_READ);
    bytes_of(&one)[65531] = 11;
    assert_same(11, bytes_of(&two)[1]);
    assert_same(11, bytes_of(&three)[0]);
    bytes_of(&two)[1] = 22;
    assert_same(22, bytes_of(&one)[65531]);
    assert_same(22, bytes_of(&three)[0]);
    unmap(&one);
    unmap(&two);
    unmap(&three);
    section_close(s);
}

static void views_of_duplicates_are_the_same_memory(void **state)
{
    (void)state;
    section *s = new_memory(5000);
    section *writer = duplicate_of(s, READ_WRITE);
    section *reader = duplicate_of(s, READ_ONLY);
    poke(writer, 4999, 7);
    assert_same(7, peek(s, 4999));
    assert_same(7, peek(reader, 4999));
    section_close(writer);
    section_close(reader);
    section_close(s);
}

static void two_sections_are_different_memory(void **state)
{
    (void)state;
    section *one = new_memory(100);
    section *two = new_memory(100);
    poke(one, 0, 1);
    assert_same(0, peek(two, 0));
    section_close(one);
    section_close(two);
}

/* ------------------------------------------------------------------------
 * Lifetime
 * ------------------------------------------------------------------------ */

static void view_outlives_section(void **state)
{
    (void)state;
    section *s = new_memory(100000);
    section_view view = mapped(s, 5, 0, SECTION_ACCESS_READ_WRITE);
    section_close(s);
    fill(bytes_of(&view), view.length, 5);
    assert_true(is_filled(bytes_of(&view), view.length, 5));
    unmap(&view);
}

static void view_of_a_file_outlives_section(void **state)
{
    (void)state;
    file_path path = files_path("outlived");
    section *s = new_file(path.text, 5000, SECTION_CREATE_NEW);
    section_view one = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    section_view two = mapped(s, 0, 0, SECTION_ACCESS_READ);
    section_close(s);
    bytes_of(&one)[4999] = 9;
    assert_same(9, bytes_of(&two)[4999]);
    unmap(&one);
    assert_same(9, bytes_of(&two)[4999]);
    unmap(&two);
    unsigned char byte = 0;
    file_read(path.text, 4999, &byte, 1);
    assert_same(9, byte);
}

static void closing_one_handle_leaves_its_duplicates(void **state)
{
    (void)state;
    section *s = new_memory(100);
    section *copy = duplicate_of(s, READ_WRITE);
    poke(s, 0, 3);
    section_close(s);
    assert_same(3, peek(copy, 0));
    section_close(copy);
}

static void unmap_takes_away_exactly_one_view(void **state)
{
    (void)state;
    section *s = new_memory(100000);
    section_view views[3];
    for (int i = 0; i < 3; i++)
        views[i] = mapped(s, 3, 50000, SECTION_ACCESS_READ_WRITE);
    bytes_of(&views[0])[0] = 1;
    unmap(&views[1]);
    assert_same(1, bytes_of(&views[2])[0]);
    bytes_of(&views[2])[49999] = 2;
    assert_same(2, bytes_of(&views[0])[49999]);
    unmap(&views[0]);
    assert_same(2, bytes_of(&views[2])[49999]);
    unmap(&views[2]);
    section_close(s);
}

static void unmap_of_no_view_does_nothing(void **state)
{
    (void)state;
    section_view view;
    memset(&view, 0, sizeof(view));
    assert_status(SECTION_OK, section_unmap(&view));
    assert_status(SECTION_OK, section_unmap(&view));
    assert_true(expect_zero(&view, sizeof(view)));
    assert_status(SECTION_INVALID, section_unmap(NULL));
}

static void unmap_zeroes_the_view(void **state)
{
    (void)state;
    section *s = new_memory(100);
    section_view view = mapped(s, 50, 0, SECTION_ACCESS_READ);
    assert_status(SECTION_OK, section_unmap(&view));
    assert_true(expect_zero(&view, sizeof(view)));
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
}

static void copying_a_view_moves_it(void **state)
{
    (void)state;
    section *s = new_memory(100);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    section_view moved = view;
    memset(&view, 0, sizeof(view));
    section_close(s);
    bytes_of(&moved)[99] = 1;
    unmap(&moved);
    unmap(&view);
}

static void close_of_no_section_does_nothing(void **state)
{
    (void)state;
    section_close(NULL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(offset_need_not_be_aligned),
    cmocka_unit_test(length_need_not_be_aligned),
    cmocka_unit_test(length_zero_is_up_to_the_end),
    cmocka_unit_test(one_byte_too_far_is_range),
    cmocka_unit_test(an_offset_at_the_end_or_beyond_is_range),
    cmocka_unit_test(offset_and_length_that_overflow_are_range),
    cmocka_unit_test(map_without_its_pointers_is_invalid),
    cmocka_unit_test(what_is_no_access_is_invalid),
    cmocka_unit_test(a_used_out_parameter_is_overwritten),
    cmocka_unit_test(data_is_the_very_byte_asked_for),
    cmocka_unit_test(views_of_the_same_bytes_are_the_same_memory),
    cmocka_unit_test(views_of_duplicates_are_the_same_memory),
    cmocka_unit_test(two_sections_are_different_memory),
    cmocka_unit_test(view_outlives_section),
    cmocka_unit_test(view_of_a_file_outlives_section),
    cmocka_unit_test(closing_one_handle_leaves_its_duplicates),
    cmocka_unit_test(unmap_takes_away_exactly_one_view),
    cmocka_unit_test(unmap_of_no_view_does_nothing),
    cmocka_unit_test(unmap_zeroes_the_view),
    cmocka_unit_test(copying_a_view_moves_it),
    cmocka_unit_test(close_of_no_section_does_nothing),
};

TEST_MAIN_ALONE(tests)
