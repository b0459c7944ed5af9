/* SPDX-License-Identifier: MIT */
/*
 * Sections that grow: exact sizes, zero bytes, views that never move. Contract
 * line 25, and 1, 2, 15 and 17 where growth meets them.
 */
#include "foreign.h"
#include "growing.h"
#include "memory.h"
#include "process.h"

#include <stdlib.h>

#define RESERVE MIB

#define EACH_KIND(check)                                                       \
    do {                                                                       \
        if (!growing_each(GROWING_MEMORY, "growing", check))                   \
            SKIP("nothing grows here");                                        \
    } while (0)

/* ------------------------------------------------------------------------
 * Traits
 * ------------------------------------------------------------------------ */

static void memory_and_files_grow_as_the_traits_say(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROWING_KINDS; kind++) {
        growing what = growing_at((growing_kind)kind, "trait");
        section_options options = growing_options(&what, 100, 200);
        section *s;
        if (growing_can(what.kind)) {
            s = new_growing(&what, 100, 200);
            assert_status(SECTION_OK, section_extend(s, 200));
            assert_size(200, s);
            section_close(s);
            growing_tidy(&what);
            continue;
        }
        assert_no_section(SECTION_UNSUPPORTED, s, section_create(&s, &options));
        if (what.kind == GROWING_FILE)
            assert_false(file_exists(what.place));
        if (what.kind == GROWING_NAME)
            assert_gone(what.place);
        /* What does not grow can be asked for everywhere. */
        options.reserve = options.size;
        assert_status(SECTION_OK, section_create(&s, &options));
        assert_same(100, info_of(s).reserve);
        section_close(s);
    }
}

/* ------------------------------------------------------------------------
 * Sizes
 * ------------------------------------------------------------------------ */

/* Sizes around everything that a system could round to, each larger. */
static const uint64_t steps[] = {1,     2,     63,     4095,   4096,    4097,
                                 5000,  8191,  8192,   12288,  12289,   65535,
                                 65536, 65537, 131072, 200000, RESERVE, 0};

static void check_exact_sizes(const growing *what)
{
    section *s = new_growing(what, 1, RESERVE);
    section *reader = duplicate_of(s, READ_ONLY);
    for (size_t i = 0; steps[i] != 0; i++) {
        assert_status(SECTION_OK, section_extend(s, steps[i]));
        assert_size(steps[i], s);
        assert_size(steps[i], reader);
        assert_same(RESERVE, info_of(s).reserve);
        assert_same(RESERVE, info_of(reader).reserve);
        if (what->kind == GROWING_FILE)
            assert_same(steps[i], file_size(what->place));
        poke(s, steps[i] - 1, 9);
        assert_same(9, peek(reader, steps[i] - 1));
    }
    section_close(reader);
    section_close(s);
    if (what->kind == GROWING_FILE)
        assert_same(RESERVE, file_size(what->place));
    growing_tidy(what);
}

static void a_section_grows_to_exact_sizes(void **state)
{
    (void)state;
    EACH_KIND(check_exact_sizes);
}

static void check_not_larger(const growing *what)
{
    section *s = new_growing(what, 5000, 10000);
    assert_status(SECTION_RANGE, section_extend(s, 10001));
    assert_same(0, section_last_os_error());
    assert_status(SECTION_RANGE, section_extend(s, UINT64_MAX));
    assert_status(SECTION_OK, section_extend(s, 5000));
    assert_status(SECTION_OK, section_extend(s, 1));
    assert_size(5000, s);
    assert_status(SECTION_OK, section_extend(s, 10000));
    assert_status(SECTION_OK, section_extend(s, 5000));
    assert_size(10000, s);
    assert_status(SECTION_RANGE, section_extend(s, 10001));
    assert_status(SECTION_INVALID, section_extend(s, 0));
    assert_status(SECTION_INVALID, section_extend(NULL, 1));
    section_close(s);
    growing_tidy(what);
}

static void
more_than_the_reserve_is_range_and_less_changes_nothing(void **state)
{
    (void)state;
    EACH_KIND(check_not_larger);
}

static void assert_does_not_grow(section *s)
{
    assert_same(5000, info_of(s).reserve);
    assert_status(SECTION_OK, section_extend(s, 5000));
    assert_status(SECTION_OK, section_extend(s, 1));
    assert_status(SECTION_RANGE, section_extend(s, 5001));
    assert_size(5000, s);
    section_view view;
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 0, 5001, SECTION_ACCESS_READ));
    section_close(s);
}

static void a_section_without_a_reserve_does_not_grow(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROWING_KINDS; kind++) {
        growing what = growing_at((growing_kind)kind, "fixed");
        assert_does_not_grow(new_growing(&what, 5000, 0));
        growing_tidy(&what);
        assert_does_not_grow(new_growing(&what, 5000, 5000));
        growing_tidy(&what);
    }
}

static void a_reserve_smaller_than_the_size_is_invalid(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROWING_KINDS; kind++) {
        growing what = growing_at((growing_kind)kind, "invalid");
        section_options options = growing_options(&what, 5000, 4999);
        section *s;
        assert_no_section(SECTION_INVALID, s, section_create(&s, &options));
        if (!growing_can(what.kind))
            continue;
        /* More bytes than any section can have. */
        options.reserve = UINT64_MAX;
        assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
        options.reserve = (uint64_t)INT64_MAX - MIB + 1;
        assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
        if (what.kind == GROWING_FILE)
            assert_false(file_exists(what.place));
    }
}

/* ------------------------------------------------------------------------
 * Rights
 * ------------------------------------------------------------------------ */

static void check_right(const growing *what)
{
    section_options options = growing_options(what, 5000, RESERVE);
    options.rights = SECTION_RIGHT_EXTEND;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_same(EXTENDER, info_of(s).rights);

    section *writer = duplicate_of(s, READ_WRITE);
    assert_same(READ_WRITE, info_of(writer).rights);
    assert_status(SECTION_ACCESS, section_extend(writer, 6000));
    assert_same(0, section_last_os_error());
    section *reader = duplicate_of(writer, READ_ONLY);
    assert_status(SECTION_ACCESS, section_extend(reader, 6000));
    /* Also what would change nothing. */
    assert_status(SECTION_ACCESS, section_extend(reader, 1));
    section *refused;
    assert_no_section(SECTION_ACCESS, refused,
                      section_duplicate(&refused, writer, EXTENDER));
    assert_size(5000, s);

    section *other = duplicate_of(s, SECTION_RIGHT_EXTEND);
    assert_same(EXTENDER, info_of(other).rights);
    assert_status(SECTION_OK, section_extend(other, 6000));
    assert_size(6000, s);
    assert_size(6000, writer);
    assert_size(6000, reader);
    poke(writer, 5999, 3);
    assert_same(3, peek(reader, 5999));
    section_close(s);
    section_close(other);
    section_close(writer);
    section_close(reader);
    growing_tidy(what);
}

static void extending_needs_the_right_which_implies_writing(void **state)
{
    (void)state;
    EACH_KIND(check_right);
}

static void an_opener_extends_with_the_right_only(void **state)
{
    (void)state;
    if (!growing_can(GROWING_NAME))
        SKIP("memory does not grow here");
    growing what = growing_at(GROWING_NAME, "opener");
    section *s = new_growing(&what, 5000, RESERVE);
    section *extender = opened_to(what.place, SECTION_RIGHT_EXTEND);
    section *writer = opened(what.place);
    section *reader = opened_to(what.place, READ_ONLY);
    assert_same(EXTENDER, info_of(extender).rights);
    assert_status(SECTION_ACCESS, section_extend(writer, 6000));
    assert_status(SECTION_ACCESS, section_extend(reader, 6000));
    assert_status(SECTION_OK, section_extend(extender, 6000));
    assert_size(6000, s);
    assert_size(6000, writer);
    assert_size(6000, reader);
    section_close(extender);
    section_close(writer);
    section_close(reader);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Views
 * ------------------------------------------------------------------------ */

static void check_views(const growing *what)
{
    section *s = new_growing(what, 100, RESERVE);
    section *reader = duplicate_of(s, READ_ONLY);
    section_view writes =
        mapped(s, 0, (size_t)RESERVE, SECTION_ACCESS_READ_WRITE);
    section_view reads = mapped(s, 0, (size_t)RESERVE, SECTION_ACCESS_READ);
    section_view copies =
        mapped(reader, 0, (size_t)RESERVE, SECTION_ACCESS_COPY);
    const void *before[] = {writes.data, reads.data, copies.data};
    bytes_of(&copies)[0] = 77;
    for (size_t i = 0; steps[i] != 0; i++) {
        assert_status(SECTION_OK, section_extend(s, steps[i] + 100 < RESERVE
                                                        ? steps[i] + 100
                                                        : RESERVE));
        bytes_of(&writes)[steps[i] - 1] = (unsigned char)(i + 1);
        assert_same(i + 1, bytes_of(&reads)[steps[i] - 1]);
        assert_same(i + 1, peek(reader, steps[i] - 1));
    }
    /* A page that the copy has not written shows the section. */
    assert_same(bytes_of(&writes)[RESERVE - 1], bytes_of(&copies)[RESERVE - 1]);
    assert_same(77, bytes_of(&copies)[0]);
    bytes_of(&copies)[RESERVE - 1] = 78;
    assert_true(bytes_of(&reads)[RESERVE - 1] != 78);
    assert_true(before[0] == writes.data && before[1] == reads.data &&
                before[2] == copies.data);
    assert_same(RESERVE, writes.length);
    section_close(s);
    section_close(reader);
    bytes_of(&writes)[RESERVE - 2] = 5;
    assert_same(5, bytes_of(&reads)[RESERVE - 2]);
    unmap(&writes);
    unmap(&reads);
    unmap(&copies);
    growing_tidy(what);
}

static void views_over_the_reserve_show_the_growth_and_never_move(void **state)
{
    (void)state;
    EACH_KIND(check_views);
}

static void check_lengths(const growing *what)
{
    section *s = new_growing(what, 5000, 100000);
    section_view view = mapped(s, 4000, 0, SECTION_ACCESS_READ);
    assert_same(1000, view.length);
    unmap(&view);
    view = mapped(s, 0, 100000, SECTION_ACCESS_READ_WRITE);
    assert_same(100000, view.length);
    unmap(&view);
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 0, 100001, SECTION_ACCESS_READ));
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 99999, 2, SECTION_ACCESS_READ));
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 100000, 1, SECTION_ACCESS_READ));
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 100000, 0, SECTION_ACCESS_READ));
    /* All up to the end, from behind it. */
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 5000, 0, SECTION_ACCESS_READ));
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 70000, 0, SECTION_ACCESS_READ));
    assert_no_view(
        SECTION_RANGE, view,
        section_map(&view, s, UINT64_MAX, 2, SECTION_ACCESS_READ_WRITE));

    section_view ahead = mapped(s, 70001, 29999, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_extend(s, 80000));
    bytes_of(&ahead)[0] = 4;
    assert_same(4, peek(s, 70001));
    view = mapped(s, 70001, 0, SECTION_ACCESS_READ);
    assert_same(9999, view.length);
    assert_same(4, bytes_of(&view)[0]);
    unmap(&view);
    unmap(&ahead);
    section_close(s);
    growing_tidy(what);
}

static void
a_view_without_a_length_ends_where_the_section_does_now(void **state)
{
    (void)state;
    EACH_KIND(check_lengths);
}

static void check_map_at(const growing *what)
{
    section *s = new_growing(what, 5000, RESERVE);
    void *room = memory_reserve((size_t)RESERVE);
    memory_release(room, (size_t)RESERVE);
    section_view view;
    assert_status(SECTION_OK, section_map_at(&view, s, 0, (size_t)RESERVE,
                                             SECTION_ACCESS_READ_WRITE, room));
    assert_true(view.data == room);
    /* All of it is taken, also what is not there yet. */
    section *other = new_memory(100);
    uint32_t granularity = this_system().granularity;
    section_view none;
    assert_no_view(
        SECTION_ADDRESS, none,
        section_map_at(&none, other, 0, 0, SECTION_ACCESS_READ,
                       (unsigned char *)room + RESERVE - granularity));
    assert_status(SECTION_OK, section_extend(s, RESERVE));
    bytes_of(&view)[RESERVE - 1] = 8;
    assert_same(8, peek(s, RESERVE - 1));
    unmap(&view);
    section_close(other);
    section_close(s);
    growing_tidy(what);
}

static void a_view_over_the_reserve_can_be_had_at_an_address(void **state)
{
    (void)state;
    EACH_KIND(check_map_at);
}

static void check_no_bytes(const growing *what)
{
    size_t page = machine_page_size();
    section *s = new_growing(what, page + 100, 8 * page);
    section_view view = mapped(s, 0, 8 * page, SECTION_ACCESS_READ_WRITE);
    unsigned char *bytes = malloc(8 * page);
    assert_non_null(bytes);
    size_t done = 1;
    fill(bytes_of(&view), page + 100, 0);
    assert_status(SECTION_FAULT,
                  section_view_read(&view, 50, bytes, 8 * page - 50, &done));
    assert_same(2 * page - 50, done);
    assert_true(is_filled(bytes, page + 50, 50));
    assert_status(SECTION_FAULT,
                  section_view_read(&view, 5 * page, bytes, 1, &done));
    assert_same(0, done);
    assert_status(SECTION_FAULT,
                  section_view_write(&view, 5 * page, bytes, page, &done));
    assert_same(0, done);

    assert_status(SECTION_OK, section_extend(s, 5 * page + 1));
    assert_status(SECTION_FAULT,
                  section_view_read(&view, 0, bytes, 8 * page, &done));
    assert_same(6 * page, done);
    assert_status(SECTION_OK, section_extend(s, 8 * page));
    assert_status(SECTION_OK,
                  section_view_read(&view, 0, bytes, 8 * page, &done));
    assert_same(8 * page, done);
    assert_true(is_filled(bytes, page + 100, 0));
    assert_true(expect_zero(bytes + page + 100, 7 * page - 100));
    free(bytes);
    unmap(&view);
    section_close(s);
    growing_tidy(what);
}

static void touching_beyond_the_end_is_a_fault_that_can_be_guarded(void **state)
{
    (void)state;
    if (machine_is_wine())
        SKIP("Wine has all pages of the reserve at once (docs/wine.md)");
    EACH_KIND(check_no_bytes);
}

/* ------------------------------------------------------------------------
 * New bytes
 * ------------------------------------------------------------------------ */

/* Write where nothing is yet: from the end to the end of its page. */
static void write_behind_the_end(const section_view *view, size_t end)
{
    size_t page = machine_page_size();
    if (end % page != 0)
        memset(bytes_of(view) + end, 0xee, page - end % page);
}

static void check_zero_from(const growing *what, size_t from, size_t to)
{
    section *s = new_growing(what, from, RESERVE);
    section_view view =
        mapped(s, 0, (size_t)RESERVE, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), from, 0);
    write_behind_the_end(&view, from);
    assert_status(SECTION_OK, section_extend(s, to));
    assert_true(bytes_are_zero(&view, from, to - from));
    assert_true(is_filled(bytes_of(&view), from, 0));
    write_behind_the_end(&view, to);
    fill(bytes_of(&view) + from, to - from, from);
    assert_status(SECTION_OK, section_extend(s, RESERVE));
    assert_true(bytes_are_zero(&view, to, (size_t)RESERVE - to));
    assert_true(is_filled(bytes_of(&view), to, 0));
    unmap(&view);
    section_close(s);
    if (what->kind == GROWING_FILE) {
        unsigned char bytes[4096] = {1};
        file_read(what->place, to, bytes, sizeof(bytes));
        assert_true(expect_zero(bytes, sizeof(bytes)));
    }
    growing_tidy(what);
}

static void check_zero(const growing *what)
{
    size_t page = machine_page_size();
    const size_t sizes[] = {1,        100,          page - 1,     page,
                            page + 1, 2 * page - 1, 2 * page + 7, 5 * page};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        check_zero_from(what, sizes[i], sizes[i] + 1);
        check_zero_from(what, sizes[i], sizes[i] + page);
        check_zero_from(what, sizes[i], sizes[i] + page / 2);
        check_zero_from(what, sizes[i], 20 * page);
        check_zero_from(what, sizes[i], 100003);
    }
}

static void new_bytes_are_zero_whatever_was_written_behind_the_end(void **state)
{
    (void)state;
    EACH_KIND(check_zero);
}

static void check_touchable(const growing *what)
{
    section *s = new_growing(what, 1000, 8 * MIB);
    section_view view =
        mapped(s, 0, (size_t)(8 * MIB), SECTION_ACCESS_READ_WRITE);
    uint64_t before = foreign_allocated(native_of(s));
    assert_in_range(before, 0, MIB);
    assert_status(SECTION_OK, section_extend(s, 3 * MIB + 123));
    section_system system = this_system();
    section_commit commit =
        what->kind == GROWING_FILE ? system.file_commit : system.memory_commit;
    uint64_t after = foreign_allocated(native_of(s));
    if (commit == SECTION_COMMIT_ALLOCATED)
        assert_true(after >= 3 * MIB);
    assert_status(SECTION_OK, section_extend(s, 8 * MIB));
    touch_pages(&view, 6);
    assert_true(pages_are(&view, 6));
    unmap(&view);
    section_close(s);
    growing_tidy(what);
}

static void new_bytes_are_committed_and_the_reserve_is_not(void **state)
{
    (void)state;
    EACH_KIND(check_touchable);
}

/* A reserve costs nothing: it can be larger than the machine. */
static void check_large_reserve(const growing *what)
{
    uint64_t reserve = machine_is_64_bit() ? 4 * TIB : 16 * GIB;
    if (reserve < 2 * machine_memory())
        reserve = 2 * machine_memory();
    section *s = new_growing(what, 5000, reserve);
    assert_same(reserve, info_of(s).reserve);
    assert_status(SECTION_OK, section_extend(s, MIB + 1));
    assert_size(MIB + 1, s);
    poke(s, MIB, 7);
    assert_same(7, peek(s, MIB));
    section_close(s);
    growing_tidy(what);
}

static void a_reserve_can_be_larger_than_the_machine(void **state)
{
    (void)state;
    if (machine_is_wine())
        SKIP("Wine makes a file as large as the reserve (docs/wine.md)");
    EACH_KIND(check_large_reserve);
}

static void check_lazy(const growing *what)
{
    /* On 32 bits, where files of 4 GiB and more are to be had as well. */
    uint64_t size = 40 * GIB + 12345;
    section_options options = growing_options(what, 5000, 64 * GIB);
    options.flags = SECTION_LAZY;
    section *s;
    section_status status = section_create(&s, &options);
    if (status == SECTION_UNSUPPORTED && what->kind != GROWING_FILE)
        return; /* Windows cannot */
    assert_status(SECTION_OK, status);
    section_view view = mapped(s, 0, 10000, SECTION_ACCESS_READ_WRITE);
    write_behind_the_end(&view, 5000);
    uint64_t before = foreign_allocated(native_of(s));
    assert_status(SECTION_OK, section_extend(s, size));
    assert_true(bytes_are_zero(&view, 5000, 5000));
    assert_same(size, info_of(s).size);
    /* A page or two: the one that makes it so large. */
    assert_in_range(foreign_allocated(native_of(s)), 0, before + MIB);
    poke(s, size - 1, 1);
    assert_same(1, peek(s, size - 1));
    assert_same(0, peek(s, 20 * GIB));
    unmap(&view);
    section_close(s);
    growing_tidy(what);
}

static void a_lazy_section_grows_without_taking_memory(void **state)
{
    (void)state;
    EACH_KIND(check_lazy);
}

/* ------------------------------------------------------------------------
 * Initializers
 * ------------------------------------------------------------------------ */

static section_status fill_all(void *data, size_t length, void *context)
{
    *(size_t *)context = length;
    fill(data, length, 0);
    return SECTION_OK;
}

static void check_initializer(const growing *what)
{
    if (what->kind == GROWING_FILE)
        return;
    size_t length = 0;
    section_options options = growing_options(what, 5000, RESERVE);
    options.initialize = fill_all;
    options.context = &length;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_same(5000, length);
    assert_same(RESERVE, info_of(s).reserve);
    assert_size(5000, s);
    assert_status(SECTION_OK, section_extend(s, 9000));
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_true(is_filled(bytes_of(&view), 5000, 0));
    assert_true(bytes_are_zero(&view, 5000, 4000));
    unmap(&view);
    section_close(s);
}

static void an_initializer_fills_the_size_and_not_the_reserve(void **state)
{
    (void)state;
    EACH_KIND(check_initializer);
}

static void check_narrow_creator(const growing *what)
{
    if (what->kind == GROWING_FILE)
        return;
    section_options options = growing_options(what, 5000, RESERVE);
    options.rights = READ_ONLY;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_status(SECTION_ACCESS, section_extend(s, 6000));
    assert_same(RESERVE, info_of(s).reserve);
    assert_size(5000, s);
    if (what->kind == GROWING_NAME) {
        section *extender = opened_to(what->place, EXTENDER);
        assert_status(SECTION_OK, section_extend(extender, 6000));
        assert_size(6000, s);
        section_close(extender);
    }
    section_close(s);
}

static void what_is_created_to_be_read_can_be_extended_by_others(void **state)
{
    (void)state;
    EACH_KIND(check_narrow_creator);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(memory_and_files_grow_as_the_traits_say),
    cmocka_unit_test(a_section_grows_to_exact_sizes),
    cmocka_unit_test(more_than_the_reserve_is_range_and_less_changes_nothing),
    cmocka_unit_test(a_section_without_a_reserve_does_not_grow),
    cmocka_unit_test(a_reserve_smaller_than_the_size_is_invalid),
    cmocka_unit_test(extending_needs_the_right_which_implies_writing),
    cmocka_unit_test(an_opener_extends_with_the_right_only),
    cmocka_unit_test(views_over_the_reserve_show_the_growth_and_never_move),
    cmocka_unit_test(a_view_without_a_length_ends_where_the_section_does_now),
    cmocka_unit_test(a_view_over_the_reserve_can_be_had_at_an_address),
    cmocka_unit_test(touching_beyond_the_end_is_a_fault_that_can_be_guarded),
    cmocka_unit_test(new_bytes_are_zero_whatever_was_written_behind_the_end),
    cmocka_unit_test(new_bytes_are_committed_and_the_reserve_is_not),
    cmocka_unit_test(a_reserve_can_be_larger_than_the_machine),
    cmocka_unit_test(a_lazy_section_grows_without_taking_memory),
    cmocka_unit_test(an_initializer_fills_the_size_and_not_the_reserve),
    cmocka_unit_test(what_is_created_to_be_read_can_be_extended_by_others),
};

TEST_MAIN_ALONE(tests)
