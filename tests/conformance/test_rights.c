/* SPDX-License-Identifier: MIT */
/*
 * Rights only ever narrow, in the library and around it. Contract line 19.
 */
#include "foreign.h"
#include "memory.h"
#include "process.h"
#include "sections.h"

/* ------------------------------------------------------------------------
 * Inside the library
 * ------------------------------------------------------------------------ */

static void a_handle_maps_what_its_rights_allow(void **state)
{
    (void)state;
    section *writer = new_memory(5000);
    section *reader = duplicate_of(writer, READ_ONLY);
    section_view view;
    view = mapped(writer, 0, 0, SECTION_ACCESS_READ);
    unmap(&view);
    view = mapped(writer, 0, 0, SECTION_ACCESS_READ_WRITE);
    unmap(&view);
    view = mapped(reader, 0, 0, SECTION_ACCESS_READ);
    unmap(&view);
    assert_no_view(SECTION_ACCESS, view,
                   section_map(&view, reader, 0, 0, SECTION_ACCESS_READ_WRITE));
    section_close(reader);
    section_close(writer);
}

static void the_right_to_write_implies_the_right_to_read(void **state)
{
    (void)state;
    section_options options = memory_options(100);
    options.rights = SECTION_RIGHT_WRITE;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_same(READ_WRITE, info_of(s).rights);
    assert_same(0, peek(s, 0));
    section *copy = duplicate_of(s, SECTION_RIGHT_WRITE);
    assert_same(READ_WRITE, info_of(copy).rights);
    section_close(copy);
    section_close(s);
}

static void a_duplicate_has_the_same_rights_or_fewer(void **state)
{
    (void)state;
    section *writer = new_memory(100);
    section *same = duplicate_of(writer, READ_WRITE);
    section *reader = duplicate_of(same, READ_ONLY);
    section *second = duplicate_of(reader, READ_ONLY);
    assert_same(READ_WRITE, info_of(same).rights);
    assert_same(READ_ONLY, info_of(reader).rights);
    assert_same(READ_ONLY, info_of(second).rights);
    poke(same, 0, 9);
    assert_same(9, peek(second, 0));
    section_close(second);
    section_close(reader);
    section_close(same);
    section_close(writer);
}

static void a_duplicate_with_more_rights_is_access(void **state)
{
    (void)state;
    section *writer = new_memory(100);
    section *reader = duplicate_of(writer, READ_ONLY);
    section *s;
    assert_no_section(SECTION_ACCESS, s,
                      section_duplicate(&s, reader, READ_WRITE));
    assert_no_section(SECTION_ACCESS, s,
                      section_duplicate(&s, reader, SECTION_RIGHT_WRITE));
    assert_same(0, section_last_os_error());
    section_close(reader);
    section_close(writer);
}

static void a_duplicate_with_no_or_unknown_rights_is_invalid(void **state)
{
    (void)state;
    section *s = new_memory(100);
    section *copy;
    assert_no_section(SECTION_INVALID, copy, section_duplicate(&copy, s, 0));
    assert_no_section(SECTION_INVALID, copy, section_duplicate(&copy, s, 16));
    assert_no_section(SECTION_INVALID, copy,
                      section_duplicate(&copy, s, UINT32_MAX));
    assert_status(SECTION_INVALID, section_duplicate(NULL, s, READ_ONLY));
    section_close(s);
}

static void memory_made_to_read_can_only_be_read(void **state)
{
    (void)state;
    section_options options = memory_options(5000);
    options.rights = SECTION_RIGHT_READ;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_true(expect_zero(view.data, view.length));
    unmap(&view);
    assert_no_view(SECTION_ACCESS, view,
                   section_map(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE));
    assert_false(foreign_can_write(native_of(s)));
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Around the library
 * ------------------------------------------------------------------------ */

/* What the system says to a program that wants to write a read-only view: the
 * promise of SECTION_INFO_READ_ONLY_ENFORCED, whichever way it went. */
static void check_enforcement(const section *s)
{
    bool promised = has_flag(s, SECTION_INFO_READ_ONLY_ENFORCED);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_false(memory_can_write(view.data));
    bool raised = memory_force_writable(view.data, view.length);
    assert_true(raised != promised);
    assert_true(memory_can_write(view.data) != promised);
    assert_true(memory_can_read(view.data));
    unmap(&view);
}

static void read_only_view_of_memory_cannot_be_raised(void **state)
{
    (void)state;
    section *s = new_memory(5000);
    assert_true(has_flag(s, SECTION_INFO_READ_ONLY_ENFORCED));
    check_enforcement(s);
    section *reader = duplicate_of(s, READ_ONLY);
    assert_true(has_flag(reader, SECTION_INFO_READ_ONLY_ENFORCED));
    section_close(s);
    check_enforcement(reader);
    section_close(reader);
}

static void read_only_view_of_a_file_cannot_be_raised(void **state)
{
    (void)state;
    file_path path = files_path("enforced");
    section *s = new_file(path.text, 5000, SECTION_CREATE_NEW);
    assert_true(has_flag(s, SECTION_INFO_READ_ONLY_ENFORCED));
    check_enforcement(s);
    section *copy = duplicate_of(s, READ_WRITE);
    check_enforcement(copy);
    section_close(copy);
    section_close(s);
    s = opened_file(path.text, READ_ONLY);
    assert_true(has_flag(s, SECTION_INFO_READ_ONLY_ENFORCED));
    check_enforcement(s);
    section_close(s);
}

static void read_only_view_cannot_be_raised_after_close(void **state)
{
    (void)state;
    section *s = new_memory(5000);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    section_close(s);
    assert_false(memory_force_writable(view.data, view.length));
    unmap(&view);
}

static void a_raised_copy_never_writes_the_section(void **state)
{
    (void)state;
    section *s = new_memory(5000);
    if (this_system().memory_copy == SECTION_COPY_NONE) {
        section_view refused;
        assert_no_view(SECTION_UNSUPPORTED, refused,
                       section_map(&refused, s, 0, 0, SECTION_ACCESS_COPY));
    } else {
        section_view view = mapped(s, 0, 0, SECTION_ACCESS_COPY);
        (void)memory_force_writable(view.data, view.length);
        bytes_of(&view)[0] = 1;
        assert_same(0, peek(s, 0));
        unmap(&view);
    }
    section_close(s);
}

static void exempt_sections_say_so(void **state)
{
    (void)state;
    intptr_t memory = foreign_memory(65536);
    section *s = wrapped(memory, READ_WRITE, SECTION_NATIVE_BORROWED);
    check_enforcement(s);
    section_close(s);
    s = wrapped(memory, READ_ONLY, SECTION_NATIVE_BORROWED);
    check_enforcement(s);
    section_close(s);
    foreign_close(memory);

    file_path path = files_path("exempt");
    file_make(path.text, 5000);
    intptr_t file = foreign_file(path.text, false);
    s = wrapped(file, READ_ONLY, SECTION_NATIVE_BORROWED);
    assert_true(has_flag(s, SECTION_INFO_READ_ONLY_ENFORCED));
    check_enforcement(s);
    section_close(s);
    foreign_close(file);
}

static void native_handle_of_a_narrowed_duplicate_cannot_write(void **state)
{
    (void)state;
    section *writer = new_memory(5000);
    section *reader = duplicate_of(writer, READ_ONLY);
    assert_true(foreign_can_write(native_of(writer)));
    assert_false(foreign_can_write(native_of(reader)));
    assert_true(foreign_can_read(native_of(reader)));
    section_close(writer);
    assert_false(foreign_can_write(native_of(reader)));
    section_close(reader);
}

static void native_handle_of_a_narrowed_file_cannot_write(void **state)
{
    (void)state;
    file_path path = files_path("narrowed");
    section *writer = new_file(path.text, 5000, SECTION_CREATE_NEW);
    section *reader = duplicate_of(writer, READ_ONLY);
    assert_true(foreign_can_write(native_of(writer)));
    assert_false(foreign_can_write(native_of(reader)));
    assert_false(foreign_cut(native_of(reader), 10));
    section_close(writer);
    section_close(reader);
    reader = opened_file(path.text, READ_ONLY);
    assert_false(foreign_can_write(native_of(reader)));
    assert_false(foreign_cut(native_of(reader), 10));
    section_close(reader);
    assert_same(5000, file_size(path.text));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_handle_maps_what_its_rights_allow),
    cmocka_unit_test(the_right_to_write_implies_the_right_to_read),
    cmocka_unit_test(a_duplicate_has_the_same_rights_or_fewer),
    cmocka_unit_test(a_duplicate_with_more_rights_is_access),
    cmocka_unit_test(a_duplicate_with_no_or_unknown_rights_is_invalid),
    cmocka_unit_test(memory_made_to_read_can_only_be_read),
    cmocka_unit_test(read_only_view_of_memory_cannot_be_raised),
    cmocka_unit_test(read_only_view_of_a_file_cannot_be_raised),
    cmocka_unit_test(read_only_view_cannot_be_raised_after_close),
    cmocka_unit_test(a_raised_copy_never_writes_the_section),
    cmocka_unit_test(exempt_sections_say_so),
    cmocka_unit_test(native_handle_of_a_narrowed_duplicate_cannot_write),
    cmocka_unit_test(native_handle_of_a_narrowed_file_cannot_write),
};

TEST_MAIN_ALONE(tests)
