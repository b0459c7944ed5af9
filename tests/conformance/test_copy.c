/* SPDX-License-Identifier: MIT */
/*
 * Copy-on-write views: the section until a page is written, then one's own.
 * Contract line 18; a system without them says so in a trait, and refuses.
 */
#include "process.h"
#include "sections.h"

static section_view copy_of(const section *s)
{
    return mapped(s, 0, 0, SECTION_ACCESS_COPY);
}

static bool can_copy(section_copy trait, const section *s)
{
    section_view view;
    if (trait != SECTION_COPY_NONE)
        return true;
    assert_no_view(SECTION_UNSUPPORTED, view,
                   section_map(&view, s, 0, 0, SECTION_ACCESS_COPY));
    return false;
}

/* All that line 18 says, on any section of three pages and some bytes. */
static void check_copy(const section *writer, const section *reader)
{
    size_t page = machine_page_size();
    poke(writer, 0, 10);
    section_view view = copy_of(reader);
    section_view other = copy_of(reader);
    unsigned char *bytes = bytes_of(&view);

    /* It shows the section while it is not written. */
    assert_same(10, bytes[0]);
    poke(writer, 0, 11);
    assert_same(11, bytes[0]);

    /* Its own writes stay its own. */
    bytes[1] = 99;
    assert_same(99, bytes[1]);
    assert_same(0, peek(writer, 1));
    assert_same(0, bytes_of(&other)[1]);

    /* The written page is a copy now, the others are not. */
    poke(writer, 0, 12);
    assert_same(11, bytes[0]);
    assert_same(12, bytes_of(&other)[0]);
    poke(writer, page, 13);
    assert_same(13, bytes[page]);

    unmap(&view);
    unmap(&other);
    assert_same(0, peek(writer, 1));
}

static void a_copy_of_memory_shows_it_until_written(void **state)
{
    (void)state;
    section *s = new_memory(3 * machine_page_size() + 7);
    if (can_copy(this_system().memory_copy, s))
        check_copy(s, s);
    section_close(s);
}

static void a_copy_of_a_file_shows_it_until_written(void **state)
{
    (void)state;
    section *s = new_file(files_path("copied").text,
                          3 * machine_page_size() + 7, SECTION_CREATE_NEW);
    if (can_copy(this_system().file_copy, s))
        check_copy(s, s);
    section_close(s);
}

static void a_copy_needs_only_the_right_to_read(void **state)
{
    (void)state;
    section *s = new_memory(3 * machine_page_size() + 7);
    section *reader = duplicate_of(s, READ_ONLY);
    if (can_copy(this_system().memory_copy, reader))
        check_copy(s, reader);
    section_close(reader);
    section_close(s);
}

static void a_copy_of_a_read_only_file_can_be_written(void **state)
{
    (void)state;
    file_path path = files_path("copied-read-only");
    file_make(path.text, 5000);
    file_make_read_only(path.text, true);
    section *s = opened_file(path.text, READ_ONLY);
    if (can_copy(this_system().file_copy, s)) {
        section_view view = copy_of(s);
        memset(view.data, 0xee, view.length);
        assert_same(0xee, bytes_of(&view)[4999]);
        assert_same(0, peek(s, 4999));
        unmap(&view);
    }
    section_close(s);
    file_make_read_only(path.text, false);
    unsigned char byte = 1;
    file_read(path.text, 4999, &byte, 1);
    assert_same(0, byte);
}

static void a_copy_outlives_the_section_with_its_own_pages(void **state)
{
    (void)state;
    section *s = new_memory(3 * machine_page_size());
    if (can_copy(this_system().memory_copy, s)) {
        poke(s, 0, 1);
        section_view view = copy_of(s);
        bytes_of(&view)[1] = 2;
        section_close(s);
        assert_same(1, bytes_of(&view)[0]);
        assert_same(2, bytes_of(&view)[1]);
        unmap(&view);
        return;
    }
    section_close(s);
}

static void a_copy_of_part_of_a_section_is_the_very_bytes(void **state)
{
    (void)state;
    section *s = new_memory(200000);
    poke(s, 70001, 0x42);
    if (can_copy(this_system().memory_copy, s)) {
        section_view view = mapped(s, 70001, 10, SECTION_ACCESS_COPY);
        assert_same(10, view.length);
        assert_same(0x42, bytes_of(&view)[0]);
        bytes_of(&view)[0] = 1;
        assert_same(0x42, peek(s, 70001));
        unmap(&view);
    }
    section_close(s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_copy_of_memory_shows_it_until_written),
    cmocka_unit_test(a_copy_of_a_file_shows_it_until_written),
    cmocka_unit_test(a_copy_needs_only_the_right_to_read),
    cmocka_unit_test(a_copy_of_a_read_only_file_can_be_written),
    cmocka_unit_test(a_copy_outlives_the_section_with_its_own_pages),
    cmocka_unit_test(a_copy_of_part_of_a_section_is_the_very_bytes),
};

TEST_MAIN_ALONE(tests)
