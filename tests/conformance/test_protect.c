/* SPDX-License-Identifier: MIT */
/*
 * section_view_protect(): whole pages of a view, never more than the view was
 * mapped with. Contract line 19.
 */
#include "memory.h"
#include "process.h"
#include "sections.h"

static void assert_may(const section_view *view, size_t offset, bool read,
                       bool write)
{
    assert_true(memory_can_read(bytes_of(view) + offset) == read);
    assert_true(memory_can_write(bytes_of(view) + offset) == write);
}

static void protect_all(section_view *view, section_access access)
{
    assert_status(SECTION_OK, section_view_protect(view, 0, 0, access));
}

static void a_writable_view_can_be_narrowed_and_go_back(void **state)
{
    (void)state;
    section *s = new_memory(3 * machine_page_size() + 5);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    bytes_of(&view)[0] = 7;
    assert_may(&view, 0, true, true);
    protect_all(&view, SECTION_ACCESS_READ);
    assert_may(&view, 0, true, false);
    assert_may(&view, view.length - 1, true, false);
    protect_all(&view, SECTION_ACCESS_NONE);
    assert_may(&view, 0, false, false);
    assert_may(&view, view.length - 1, false, false);
    protect_all(&view, SECTION_ACCESS_READ_WRITE);
    assert_may(&view, view.length - 1, true, true);
    assert_same(7, bytes_of(&view)[0]);
    bytes_of(&view)[0] = 8;
    assert_same(8, peek(s, 0));
    unmap(&view);
    section_close(s);
}

static void a_read_only_view_can_be_closed_and_go_back(void **state)
{
    (void)state;
    section *s = new_memory(2 * machine_page_size());
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    protect_all(&view, SECTION_ACCESS_NONE);
    assert_may(&view, 0, false, false);
    protect_all(&view, SECTION_ACCESS_READ);
    assert_may(&view, 0, true, false);
    unmap(&view);
    section_close(s);
}

static void protect_never_exceeds_what_the_view_was_mapped_with(void **state)
{
    (void)state;
    section *s = new_memory(2 * machine_page_size());
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_status(SECTION_ACCESS,
                  section_view_protect(&view, 0, 0, SECTION_ACCESS_READ_WRITE));
    assert_same(0, section_last_os_error());
    assert_status(SECTION_ACCESS,
                  section_view_protect(&view, 0, 0, SECTION_ACCESS_COPY));
    assert_may(&view, 0, true, false);
    unmap(&view);
    view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_ACCESS,
                  section_view_protect(&view, 0, 0, SECTION_ACCESS_COPY));
    protect_all(&view, SECTION_ACCESS_READ);
    unmap(&view);
    section_close(s);
}

static void a_copy_keeps_its_pages_through_protect(void **state)
{
    (void)state;
    section *s = new_memory(3 * machine_page_size());
    if (this_system().memory_copy == SECTION_COPY_NONE) {
        section_view refused;
        assert_no_view(SECTION_UNSUPPORTED, refused,
                       section_map(&refused, s, 0, 0, SECTION_ACCESS_COPY));
        section_close(s);
        return;
    }
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_COPY);
    bytes_of(&view)[0] = 7;
    protect_all(&view, SECTION_ACCESS_READ);
    assert_may(&view, 0, true, false);
    assert_same(7, bytes_of(&view)[0]);
    protect_all(&view, SECTION_ACCESS_NONE);
    assert_may(&view, 0, false, false);
    assert_status(SECTION_ACCESS,
                  section_view_protect(&view, 0, 0, SECTION_ACCESS_READ_WRITE));
    protect_all(&view, SECTION_ACCESS_COPY);
    assert_same(7, bytes_of(&view)[0]);
    bytes_of(&view)[machine_page_size()] = 9;
    assert_same(0, peek(s, 0));
    assert_same(0, peek(s, machine_page_size()));
    unmap(&view);
    section_close(s);
}

static void protect_changes_only_the_pages_asked_for(void **state)
{
    (void)state;
    size_t page = machine_page_size();
    section *s = new_memory(4 * page);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    section_view other = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_view_protect(&view, page, 2 * page,
                                                   SECTION_ACCESS_READ));
    assert_may(&view, page - 1, true, true);
    assert_may(&view, page, true, false);
    assert_may(&view, 3 * page - 1, true, false);
    assert_may(&view, 3 * page, true, true);
    assert_may(&other, page, true, true);
    unmap(&view);
    unmap(&other);
    section_close(s);
}

static void length_zero_protects_up_to_the_end_of_the_view(void **state)
{
    (void)state;
    size_t page = machine_page_size();
    section *s = new_memory(3 * page + 10);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK,
                  section_view_protect(&view, page, 0, SECTION_ACCESS_READ));
    assert_may(&view, page - 1, true, true);
    assert_may(&view, page, true, false);
    assert_may(&view, 3 * page + 9, true, false);
    unmap(&view);
    section_close(s);
}

static void a_part_of_a_page_is_invalid(void **state)
{
    (void)state;
    size_t page = machine_page_size();
    section *s = new_memory(4 * page);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_INVALID, section_view_protect(&view, 1, page - 1,
                                                        SECTION_ACCESS_READ));
    assert_status(SECTION_INVALID, section_view_protect(&view, page + 1, 0,
                                                        SECTION_ACCESS_READ));
    assert_status(SECTION_INVALID, section_view_protect(&view, 0, page - 1,
                                                        SECTION_ACCESS_READ));
    assert_status(SECTION_INVALID, section_view_protect(&view, page, page + 1,
                                                        SECTION_ACCESS_READ));
    assert_may(&view, 0, true, true);
    assert_may(&view, page, true, true);
    unmap(&view);
    section_close(s);
}

static void the_ends_of_a_view_need_not_be_pages(void **state)
{
    (void)state;
    size_t page = machine_page_size();
    section *s = new_memory(4 * page);
    /* From the middle of page 0 into the middle of page 2. */
    section_view view = mapped(s, 100, 2 * page, SECTION_ACCESS_READ_WRITE);
    protect_all(&view, SECTION_ACCESS_READ);
    assert_may(&view, 0, true, false);
    assert_may(&view, view.length - 1, true, false);
    /* The first page boundary in it. */
    assert_status(SECTION_OK, section_view_protect(&view, page - 100, page,
                                                   SECTION_ACCESS_READ_WRITE));
    assert_may(&view, page - 101, true, false);
    assert_may(&view, page - 100, true, true);
    assert_may(&view, 2 * page - 101, true, true);
    assert_may(&view, 2 * page - 100, true, false);
    assert_status(SECTION_INVALID,
                  section_view_protect(&view, page, 0, SECTION_ACCESS_READ));
    unmap(&view);
    section_close(s);
}

static void protect_outside_the_view_is_range(void **state)
{
    (void)state;
    size_t page = machine_page_size();
    section *s = new_memory(4 * page);
    section_view view = mapped(s, 0, 2 * page, SECTION_ACCESS_READ_WRITE);
    const size_t wrong[][2] = {{0, 2 * page + 1}, {0, 3 * page},
                               {page, 2 * page},  {2 * page, 0},
                               {2 * page, page},  {page, SIZE_MAX},
                               {SIZE_MAX, 1},     {SIZE_MAX - page + 1, page}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_status(SECTION_RANGE,
                      section_view_protect(&view, wrong[i][0], wrong[i][1],
                                           SECTION_ACCESS_READ));
    assert_may(&view, 0, true, true);
    unmap(&view);
    section_close(s);
}

static void protect_of_no_view_or_no_access_is_invalid(void **state)
{
    (void)state;
    section *s = new_memory(100);
    section_view none;
    memset(&none, 0, sizeof(none));
    assert_status(SECTION_INVALID,
                  section_view_protect(NULL, 0, 0, SECTION_ACCESS_READ));
    assert_status(SECTION_INVALID,
                  section_view_protect(&none, 0, 0, SECTION_ACCESS_READ));
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    const section_access wrong[] = {0, SECTION_RIGHT_READ, SECTION_RIGHT_WRITE,
                                    SECTION_ACCESS_COPY + 1, -1};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_status(SECTION_INVALID,
                      section_view_protect(&view, 0, 0, wrong[i]));
    assert_may(&view, 0, true, true);
    unmap(&view);
    section_close(s);
}

static void a_closed_view_can_be_unmapped(void **state)
{
    (void)state;
    section *s = new_memory(3 * machine_page_size());
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_view_protect(&view, machine_page_size(),
                                                   machine_page_size(),
                                                   SECTION_ACCESS_NONE));
    section_close(s);
    unmap(&view);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_writable_view_can_be_narrowed_and_go_back),
    cmocka_unit_test(a_read_only_view_can_be_closed_and_go_back),
    cmocka_unit_test(protect_never_exceeds_what_the_view_was_mapped_with),
    cmocka_unit_test(a_copy_keeps_its_pages_through_protect),
    cmocka_unit_test(protect_changes_only_the_pages_asked_for),
    cmocka_unit_test(length_zero_protects_up_to_the_end_of_the_view),
    cmocka_unit_test(a_part_of_a_page_is_invalid),
    cmocka_unit_test(the_ends_of_a_view_need_not_be_pages),
    cmocka_unit_test(protect_outside_the_view_is_range),
    cmocka_unit_test(protect_of_no_view_or_no_access_is_invalid),
    cmocka_unit_test(a_closed_view_can_be_unmapped),
};

TEST_MAIN_ALONE(tests)
