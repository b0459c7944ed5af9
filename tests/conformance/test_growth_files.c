/* SPDX-License-Identifier: MIT */
/*
 * Files that grow, and others who grow and cut them. Contract line 25, and 18
 * where growth meets it.
 */
#include "growing.h"
#include "process.h"

#define RESERVE MIB

#define NEED_FILES()                                                           \
    do {                                                                       \
        if (!growing_can(GROWING_FILE))                                        \
            SKIP("files do not grow here");                                    \
    } while (0)

static section *existing(const growing *what, uint64_t size, uint64_t reserve)
{
    section_options options = growing_options(what, size, reserve);
    options.disposition = SECTION_OPEN_EXISTING;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    return s;
}

static void a_file_that_grows_is_the_section_as_a_whole(void **state)
{
    (void)state;
    NEED_FILES();
    growing what = growing_at(GROWING_FILE, "whole");
    unsigned char bytes[5000];
    fill(bytes, sizeof(bytes), 0);
    file_make(what.place, 5000);
    file_write(what.place, 0, bytes, sizeof(bytes));
    /* The size it has, one that is smaller, and one that is larger. */
    const uint64_t asked[] = {0, 100, 5000, 6000};
    for (size_t i = 0; i < 4; i++) {
        section *s = existing(&what, asked[i], RESERVE);
        assert_same(RESERVE, info_of(s).reserve);
        assert_size(i < 3 ? 5000 : 6000, s);
        assert_status(SECTION_OK, section_extend(s, 5000));
        assert_same(i < 3 ? 5000 : 6000, file_size(what.place));
        section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
        assert_true(is_filled(bytes_of(&view), 5000, 0));
        unmap(&view);
        section_close(s);
    }
    assert_true(file_remove(what.place));
}

static void
a_file_larger_than_the_reserve_is_a_section_of_the_reserve(void **state)
{
    (void)state;
    NEED_FILES();
    growing what = growing_at(GROWING_FILE, "larger");
    file_make(what.place, 10000);
    section *s = existing(&what, 100, 6000);
    assert_same(6000, info_of(s).reserve);
    assert_size(6000, s);
    assert_status(SECTION_RANGE, section_extend(s, 6001));
    section_view view;
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 0, 6001, SECTION_ACCESS_READ));
    section_close(s);
    assert_same(10000, file_size(what.place));
    /* Exactly as large: there is nothing to grow to. */
    s = existing(&what, 100, 10000);
    assert_size(10000, s);
    assert_status(SECTION_RANGE, section_extend(s, 10001));
    section_close(s);
    assert_same(10000, file_size(what.place));
    assert_true(file_remove(what.place));
}

static void what_others_add_to_a_file_is_there_at_the_next_call(void **state)
{
    (void)state;
    NEED_FILES();
    growing what = growing_at(GROWING_FILE, "added");
    section *s = new_growing(&what, 5000, RESERVE);
    section_view view = mapped(s, 0, (size_t)RESERVE, SECTION_ACCESS_READ);
    file_write(what.place, 5000, "appended", 8);
    assert_size(5008, s);
    assert_memory_equal(bytes_of(&view) + 5000, "appended", 8);
    file_write(what.place, 300000, "far", 3);
    assert_size(300003, s);
    assert_memory_equal(bytes_of(&view) + 300000, "far", 3);
    assert_true(bytes_are_zero(&view, 5008, 300000 - 5008));
    /* Nothing of it is touched. */
    assert_status(SECTION_OK, section_extend(s, 300001));
    assert_size(300003, s);
    assert_status(SECTION_OK, section_extend(s, 400000));
    assert_memory_equal(bytes_of(&view) + 300000, "far", 3);
    /* Beyond the reserve it is not the section's. */
    file_write(what.place, RESERVE, "beyond", 6);
    assert_size(RESERVE, s);
    assert_status(SECTION_OK, section_extend(s, RESERVE));
    assert_same(RESERVE + 6, file_size(what.place));
    assert_status(SECTION_RANGE, section_extend(s, RESERVE + 1));
    unmap(&view);
    section_close(s);
    assert_true(file_remove(what.place));
}

/* Also where a view begins in what they have added, and nobody has asked for
 * the size since. */
static void a_view_maps_what_others_have_added_to_a_file(void **state)
{
    (void)state;
    NEED_FILES();
    growing what = growing_at(GROWING_FILE, "mapped");
    section *s = new_growing(&what, 5000, RESERVE);
    file_write(what.place, 300000, "appended", 8);
    section_view view = mapped(s, 300000, 8, SECTION_ACCESS_READ_WRITE);
    assert_memory_equal(bytes_of(&view), "appended", 8);
    unmap(&view);
    file_write(what.place, 600000, "again", 5);
    view = mapped(s, 0, (size_t)RESERVE, SECTION_ACCESS_READ);
    assert_memory_equal(bytes_of(&view) + 600000, "again", 5);
    unmap(&view);
    section_close(s);
    assert_true(file_remove(what.place));
}

static void what_others_cut_off_a_file_can_be_extended_anew(void **state)
{
    (void)state;
    NEED_FILES();
    if (this_system().file_shrink == SECTION_GUARD_ENFORCED)
        SKIP("nobody can cut the file of a section here");
    growing what = growing_at(GROWING_FILE, "cut");
    section *s = new_growing(&what, 100000, RESERVE);
    section_view view =
        mapped(s, 0, (size_t)RESERVE, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), 100000, 0);
    file_truncate(what.place, 6000);
    assert_size(6000, s);
    assert_true(is_filled(bytes_of(&view), 6000, 0));
    assert_status(SECTION_OK, section_extend(s, 200000));
    assert_size(200000, s);
    assert_true(is_filled(bytes_of(&view), 6000, 0));
    assert_true(bytes_are_zero(&view, 6000, 194000));

    file_truncate(what.place, 0);
    section_view none;
    assert_same(0, info_of(s).size);
    assert_no_view(SECTION_RANGE, none,
                   section_map(&none, s, 0, 0, SECTION_ACCESS_READ));
    assert_status(SECTION_OK, section_extend(s, 1));
    assert_size(1, s);
    assert_status(SECTION_OK, section_extend(s, 5000));
    assert_true(bytes_are_zero(&view, 0, 5000));
    unmap(&view);
    section_close(s);
    assert_same(5000, file_size(what.place));
    assert_true(file_remove(what.place));
}

static void a_view_shows_the_growth_after_its_section_was_closed(void **state)
{
    (void)state;
    NEED_FILES();
    growing what = growing_at(GROWING_FILE, "closed");
    section *s = new_growing(&what, 100, RESERVE);
    section *other = existing(&what, 0, RESERVE);
    section_view view = mapped(s, 50, 200000, SECTION_ACCESS_READ_WRITE);
    section_close(s);
    assert_status(SECTION_OK, section_extend(other, 200001));
    section_close(other);
    bytes_of(&view)[199999] = 5;
    bytes_of(&view)[150000] = 6;
    unmap(&view);
    unsigned char byte = 0;
    file_read(what.place, 150050, &byte, 1);
    assert_same(6, byte);
    assert_same(200001, file_size(what.place));
    assert_true(file_remove(what.place));
}

/* Opened to read it is as large as it becomes, where it can be opened so. */
static void a_reader_follows_a_file_that_grows(void **state)
{
    (void)state;
    NEED_FILES();
    growing what = growing_at(GROWING_FILE, "followed");
    section *s = new_growing(&what, 5000, RESERVE);
    section_options options = growing_options(&what, 0, RESERVE);
    options.rights = READ_ONLY;
    options.disposition = SECTION_OPEN_EXISTING;
    section *reader = NULL;
    section_status status = section_create(&reader, &options);
    assert_true(status == SECTION_OK || status == SECTION_UNSUPPORTED);
    if (status == SECTION_OK) {
        section_view view =
            mapped(reader, 0, (size_t)RESERVE, SECTION_ACCESS_READ);
        assert_status(SECTION_ACCESS, section_extend(reader, 5000));
        assert_status(SECTION_OK, section_extend(s, 77777));
        poke(s, 77776, 8);
        assert_size(77777, reader);
        assert_same(8, bytes_of(&view)[77776]);
        unmap(&view);
    }
    section_close(reader);
    section_close(s);
    assert_true(file_remove(what.place));
}

static void what_is_wrapped_is_as_large_as_it_says(void **state)
{
    (void)state;
    bool any = false;
    for (int kind = 0; kind < GROWING_KINDS; kind++) {
        growing what = growing_at((growing_kind)kind, "wrapped");
        if (!growing_can(what.kind))
            continue;
        section *s = new_growing(&what, 5000, RESERVE);
        section *w = wrapped(native_of(s), READ_WRITE, SECTION_NATIVE_BORROWED);
        uint64_t reserve = info_of(w).reserve;
        assert_size(5000, w);
        assert_true(reserve == 5000 || reserve == RESERVE);
        assert_status(SECTION_OK, section_extend(s, 9000));
        assert_size(reserve == 5000 ? 5000 : 9000, w);
        section_close(w);
        section_close(s);
        growing_tidy(&what);
        any = true;
    }
    if (!any)
        SKIP("nothing grows here");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_file_that_grows_is_the_section_as_a_whole),
    cmocka_unit_test(
        a_file_larger_than_the_reserve_is_a_section_of_the_reserve),
    cmocka_unit_test(what_others_add_to_a_file_is_there_at_the_next_call),
    cmocka_unit_test(a_view_maps_what_others_have_added_to_a_file),
    cmocka_unit_test(what_others_cut_off_a_file_can_be_extended_anew),
    cmocka_unit_test(a_view_shows_the_growth_after_its_section_was_closed),
    cmocka_unit_test(a_reader_follows_a_file_that_grows),
    cmocka_unit_test(what_is_wrapped_is_as_large_as_it_says),
};

TEST_MAIN_ALONE(tests)
