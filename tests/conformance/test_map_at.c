/* SPDX-License-Identifier: MIT */
/*
 * section_map_at(): exactly there, or not at all. Contract line 20.
 */
#include "memory.h"
#include "process.h"
#include "sections.h"

#define PAGES 8

/* Addresses that were free a moment ago: nothing else maps in between. */
static unsigned char *free_addresses(size_t length)
{
    size_t granularity = this_system().granularity;
    unsigned char *address = memory_reserve(length + granularity);
    memory_release(address, length + granularity);
    size_t beyond = (uintptr_t)address % granularity;
    return beyond == 0 ? address : address + (granularity - beyond);
}

static void a_view_is_exactly_where_it_was_asked_for(void **state)
{
    (void)state;
    size_t granularity = this_system().granularity;
    section *s = new_memory(PAGES * granularity);
    poke(s, 0, 0x11);
    unsigned char *address = free_addresses(PAGES * granularity);
    section_view view;
    assert_status(
        SECTION_OK,
        section_map_at(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE, address));
    assert_ptr_equal(view.data, address);
    assert_same(PAGES * granularity, view.length);
    assert_same(0x11, address[0]);
    address[view.length - 1] = 0x22;
    assert_same(0x22, peek(s, view.length - 1));
    unmap(&view);
    section_close(s);
}

static void an_unaligned_offset_is_exactly_there_too(void **state)
{
    (void)state;
    size_t granularity = this_system().granularity;
    section *s = new_memory(PAGES * granularity);
    uint64_t offset = 2 * granularity + 77;
    poke(s, offset, 0x33);
    unsigned char *address = free_addresses(PAGES * granularity) + 77;
    section_view view;
    assert_status(SECTION_OK, section_map_at(&view, s, offset, granularity,
                                             SECTION_ACCESS_READ, address));
    assert_ptr_equal(view.data, address);
    assert_same(granularity, view.length);
    assert_same(offset, view.offset);
    assert_same(0x33, address[0]);
    unmap(&view);
    section_close(s);
}

static void every_access_can_be_mapped_at_an_address(void **state)
{
    (void)state;
    section *s = new_file(files_path("at").text, 5000, SECTION_CREATE_NEW);
    unsigned char *address = free_addresses(5000);
    const section_access all[] = {
        SECTION_ACCESS_READ, SECTION_ACCESS_READ_WRITE, SECTION_ACCESS_COPY};
    for (size_t i = 0; i < 3; i++) {
        section_view view;
        if (all[i] == SECTION_ACCESS_COPY &&
            this_system().file_copy == SECTION_COPY_NONE)
            continue;
        assert_status(SECTION_OK,
                      section_map_at(&view, s, 0, 0, all[i], address));
        assert_ptr_equal(view.data, address);
        assert_true(memory_can_write(address) ==
                    (all[i] != SECTION_ACCESS_READ));
        unmap(&view);
    }
    section_close(s);
}

static void what_is_there_is_never_replaced(void **state)
{
    (void)state;
    size_t granularity = this_system().granularity;
    section *s = new_memory(4 * granularity);
    section *other = new_memory(4 * granularity);
    section_view there = mapped(other, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&there), there.length, 0);
    section_view view;
    /* All of it, its last granule, and one byte that reaches into it. */
    assert_no_view(
        SECTION_ADDRESS, view,
        section_map_at(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE, there.data));
    assert_no_view(SECTION_ADDRESS, view,
                   section_map_at(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE,
                                  bytes_of(&there) + 3 * granularity));
    assert_no_view(SECTION_ADDRESS, view,
                   section_map_at(&view, s, 0, 1, SECTION_ACCESS_READ,
                                  bytes_of(&there) + granularity));
    assert_true(is_filled(bytes_of(&there), there.length, 0));
    unmap(&there);
    section_close(other);
    section_close(s);
}

static void a_range_that_reaches_into_something_is_address(void **state)
{
    (void)state;
    size_t granularity = this_system().granularity;
    section *s = new_memory(4 * granularity);
    unsigned char *address = free_addresses(4 * granularity);
    section_view there;
    assert_status(SECTION_OK,
                  section_map_at(&there, s, 0, 1, SECTION_ACCESS_READ_WRITE,
                                 address + 3 * granularity));
    bytes_of(&there)[0] = 5;
    section_view view;
    assert_no_view(SECTION_ADDRESS, view,
                   section_map_at(&view, s, 0, 4 * granularity,
                                  SECTION_ACCESS_READ_WRITE, address));
    assert_same(5, bytes_of(&there)[0]);
    assert_false(memory_can_read(address));
    assert_status(SECTION_OK,
                  section_map_at(&view, s, 0, 3 * granularity,
                                 SECTION_ACCESS_READ_WRITE, address));
    unmap(&view);
    unmap(&there);
    section_close(s);
}

static void reserved_addresses_are_not_taken(void **state)
{
    (void)state;
    size_t granularity = this_system().granularity;
    section *s = new_memory(granularity);
    unsigned char *range = memory_reserve(4 * granularity);
    unsigned char *address = range + granularity;
    address -= (uintptr_t)address % granularity;
    section_view view;
    assert_no_view(
        SECTION_ADDRESS, view,
        section_map_at(&view, s, 0, 0, SECTION_ACCESS_READ, address));
    memory_release(range, 4 * granularity);
    section_close(s);
}

static void addresses_no_program_can_have_are_address(void **state)
{
    (void)state;
    if (machine_is_thread_sanitized())
        SKIP("the thread sanitizer asks the system for other addresses");
    size_t granularity = this_system().granularity;
    section *s = new_memory(4 * granularity);
    section_view view;
    /* The last granule there is, and a range that runs over the end. */
    void *last = (void *)((uintptr_t)0 - granularity);
    assert_no_view(
        SECTION_ADDRESS, view,
        section_map_at(&view, s, 0, granularity, SECTION_ACCESS_READ, last));
    assert_no_view(
        SECTION_ADDRESS, view,
        section_map_at(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE, last));
    /* Below the first granule: the mapping would have to begin at address 0,
     * which systems take for "anywhere". */
    const size_t low[] = {1, 100, granularity - 1};
    size_t mappings = machine_mappings();
    for (size_t i = 0; i < sizeof(low) / sizeof(low[0]); i++)
        for (uint64_t start = 0; start < 3 * granularity; start += granularity)
            for (section_access access = SECTION_ACCESS_READ;
                 access <= SECTION_ACCESS_COPY; access++)
                assert_no_view(SECTION_ADDRESS, view,
                               section_map_at(&view, s, start + low[i], 1,
                                              access, (void *)low[i]));
    assert_in_range(machine_mappings(), 0, mappings + 1);
    section_close(s);
}

static void remainders_that_differ_are_invalid(void **state)
{
    (void)state;
    size_t granularity = this_system().granularity;
    section *s = new_memory(4 * granularity);
    unsigned char *address = free_addresses(4 * granularity);
    section_view view;
    const size_t wrong[][2] = {
        {0, 1}, {1, 0}, {0, granularity / 2}, {77, 78}, {granularity + 1, 0}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_no_view(SECTION_INVALID, view,
                       section_map_at(&view, s, wrong[i][0], 1,
                                      SECTION_ACCESS_READ,
                                      address + wrong[i][1]));
    assert_false(memory_can_read(address));
    section_close(s);
}

static void map_at_refuses_what_map_refuses(void **state)
{
    (void)state;
    section *s = new_memory(5000);
    section *reader = duplicate_of(s, READ_ONLY);
    unsigned char *address = free_addresses(5000);
    section_view view;
    assert_status(SECTION_INVALID,
                  section_map_at(NULL, s, 0, 0, SECTION_ACCESS_READ, address));
    assert_no_view(
        SECTION_INVALID, view,
        section_map_at(&view, NULL, 0, 0, SECTION_ACCESS_READ, address));
    assert_no_view(SECTION_INVALID, view,
                   section_map_at(&view, s, 0, 0, SECTION_ACCESS_READ, NULL));
    assert_no_view(
        SECTION_INVALID, view,
        section_map_at(&view, s, 0, 0, SECTION_ACCESS_NONE, address));
    assert_no_view(
        SECTION_RANGE, view,
        section_map_at(&view, s, 0, 5001, SECTION_ACCESS_READ, address));
    assert_no_view(SECTION_ACCESS, view,
                   section_map_at(&view, reader, 0, 0,
                                  SECTION_ACCESS_READ_WRITE, address));
    assert_false(memory_can_read(address));
    section_close(reader);
    section_close(s);
}

static void an_address_can_be_used_again_after_unmap(void **state)
{
    (void)state;
    section *s = new_memory(5000);
    unsigned char *address = free_addresses(5000);
    for (int i = 0; i < 100; i++) {
        section_view view;
        assert_status(
            SECTION_OK,
            section_map_at(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE, address));
        assert_ptr_equal(view.data, address);
        unmap(&view);
    }
    assert_false(memory_can_read(address));
    section_close(s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_view_is_exactly_where_it_was_asked_for),
    cmocka_unit_test(an_unaligned_offset_is_exactly_there_too),
    cmocka_unit_test(every_access_can_be_mapped_at_an_address),
    cmocka_unit_test(what_is_there_is_never_replaced),
    cmocka_unit_test(a_range_that_reaches_into_something_is_address),
    cmocka_unit_test(reserved_addresses_are_not_taken),
    cmocka_unit_test(addresses_no_program_can_have_are_address),
    cmocka_unit_test(remainders_that_differ_are_invalid),
    cmocka_unit_test(map_at_refuses_what_map_refuses),
    cmocka_unit_test(an_address_can_be_used_again_after_unmap),
};

TEST_MAIN_ALONE(tests)
