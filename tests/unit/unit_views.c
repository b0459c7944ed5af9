/* SPDX-License-Identifier: MIT */
/*
 * Views: which bytes, which pages, which access; against references that are
 * slow and plain.
 */
#include "unit.h"

#include <string.h>

/* ------------------------------------------------------------------------
 * Map
 * ------------------------------------------------------------------------ */

/* Interesting places around the pages and granules of a section. */
static size_t collect_places(uint64_t *places, size_t room, uint64_t end)
{
    size_t count = 0;
    const uint64_t units[] = {unit_page(), unit_granule()};
    for (size_t u = 0; u < 2; u++)
        for (uint64_t edge = 0; edge <= end + 2; edge += units[u])
            for (int d = -2; d <= 2; d++)
                if ((d >= 0 || edge > 0) && count < room)
                    places[count++] = edge + (uint64_t)(int64_t)d;
    const uint64_t others[] = {1, 7, end - 1, end, end + 1, UINT64_MAX};
    for (size_t i = 0; i < 6 && count < room; i++)
        places[count++] = others[i];
    return count;
}

/* What a map of these bytes must come to, by counting up from 0. */
static section_status expected_of_map(uint64_t offset, uint64_t length,
                                      uint64_t size)
{
    if (offset >= size)
        return SECTION_RANGE;
    for (uint64_t rest = size - offset; length > 0; length--)
        if (rest-- == 0)
            return SECTION_RANGE;
    return SECTION_OK;
}

static void check_mapped(const section_view *view, uint64_t offset,
                         size_t length, const unsigned char *whole)
{
    fake_map_call call = fake_last_map();
    uint64_t start = 0;
    while (start + unit_granule() <= offset)
        start += unit_granule();
    assert_true(view->offset == offset && view->length == length);
    assert_true(view->data == whole + offset);
    assert_true(call.offset == start);
    assert_true(call.length == length + (offset - start));
    assert_null(call.address);
    assert_true((unsigned char *)view->data - (offset - start) ==
                (unsigned char *)view->internal.base);
}

static void a_view_is_exactly_the_bytes_asked_for(void **state)
{
    (void)state;
    uint64_t size = unit_granule() + 2 * unit_page() + 5;
    section *s = unit_memory(size);
    section_view all = unit_view(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    const unsigned char *whole = all.data;
    uint64_t places[160];
    size_t count = collect_places(places, 160, size);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            uint64_t offset = places[i];
            size_t length = (size_t)(places[j] % (2 * size));
            section_view view;
            section_status status =
                section_map(&view, s, offset, length, SECTION_ACCESS_READ);
            assert_int_equal(status, expected_of_map(offset, length, size));
            if (status == SECTION_OK)
                check_mapped(&view, offset,
                             length != 0 ? length : (size_t)(size - offset),
                             whole);
            else
                unit_expect_no_view(&view);
            assert_status(SECTION_OK, section_unmap(&view));
        }
    assert_status(SECTION_OK, section_unmap(&all));
    section_close(s);
}

static void lengths_that_wrap_around_are_out_of_range(void **state)
{
    (void)state;
    section *s = unit_memory(100);
    section_view view;
    for (uint64_t offset = 0; offset < 100; offset++) {
        assert_status(SECTION_RANGE, section_map(&view, s, offset, SIZE_MAX,
                                                 SECTION_ACCESS_READ));
        assert_status(SECTION_RANGE,
                      section_map(&view, s, UINT64_MAX - offset, (size_t)offset,
                                  SECTION_ACCESS_READ));
    }
    section_close(s);
}

static void more_than_a_pointer_can_span_is_a_limit(void **state)
{
    (void)state;
    section_options options = SECTION_OPTIONS_INIT;
    options.size = SECTION_OS_SIZE_MAX;
    options.flags = SECTION_LAZY;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    section_view view;
    assert_status(SECTION_LIMIT,
                  section_map(&view, s, 0, 0, SECTION_ACCESS_READ));
    unit_expect_no_view(&view);
    assert_status(
        SECTION_LIMIT,
        section_map(&view, s, 1, (size_t)PTRDIFF_MAX / 2, SECTION_ACCESS_READ));
    view = unit_view(s, SECTION_OS_SIZE_MAX - 1, 0, SECTION_ACCESS_READ);
    assert_true(view.length == 1);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
}

static void access_needs_the_right_for_it(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 100);
    section *all = unit_file("file", ALL_RIGHTS);
    section *reads = unit_file("file", SECTION_RIGHT_READ);
    static const struct {
        section_access access;
        section_status of_all, of_reads;
    } rows[] = {
        {SECTION_ACCESS_READ, SECTION_OK, SECTION_OK},
        {SECTION_ACCESS_COPY, SECTION_OK, SECTION_OK},
        {SECTION_ACCESS_READ_WRITE, SECTION_OK, SECTION_ACCESS},
        {SECTION_ACCESS_NONE, SECTION_INVALID, SECTION_INVALID},
        {0, SECTION_INVALID, SECTION_INVALID},
        {SECTION_RIGHT_READ, SECTION_INVALID, SECTION_INVALID},
        {ALL_RIGHTS, SECTION_INVALID, SECTION_INVALID},
        {0x104, SECTION_INVALID, SECTION_INVALID},
        {-1, SECTION_INVALID, SECTION_INVALID},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        section_view view;
        assert_status(rows[i].of_all,
                      section_map(&view, all, 0, 0, rows[i].access));
        assert_status(SECTION_OK, section_unmap(&view));
        assert_status(rows[i].of_reads,
                      section_map(&view, reads, 0, 0, rows[i].access));
        assert_status(SECTION_OK, section_unmap(&view));
    }
    section_close(all);
    section_close(reads);
}

static void a_copy_keeps_its_writes_to_itself(void **state)
{
    (void)state;
    section *s = unit_memory(unit_page() + 9);
    section_view shared = unit_view(s, 3, 50, SECTION_ACCESS_READ_WRITE);
    ((unsigned char *)shared.data)[1] = 42;
    section_view copy = unit_view(s, 3, 50, SECTION_ACCESS_COPY);
    assert_int_equal(((unsigned char *)copy.data)[1], 42);
    ((unsigned char *)copy.data)[1] = 43;
    assert_int_equal(((unsigned char *)shared.data)[1], 42);
    assert_status(SECTION_OK, section_unmap(&copy));
    assert_status(SECTION_OK, section_unmap(&shared));
    section_close(s);
}

static void nothing_and_no_view_are_refused_or_ignored(void **state)
{
    (void)state;
    section *s = unit_memory(10);
    section_view view;
    memset(&view, 0x5a, sizeof(view));
    assert_status(SECTION_INVALID,
                  section_map(&view, NULL, 0, 0, SECTION_ACCESS_READ));
    unit_expect_no_view(&view);
    memset(&view, 0x5a, sizeof(view));
    assert_status(SECTION_INVALID,
                  section_map_at(&view, NULL, 0, 0, SECTION_ACCESS_READ, s));
    unit_expect_no_view(&view);
    memset(&view, 0x5a, sizeof(view));
    assert_status(SECTION_INVALID,
                  section_map_at(&view, s, 0, 0, SECTION_ACCESS_READ, NULL));
    unit_expect_no_view(&view);
    assert_status(SECTION_INVALID,
                  section_map(NULL, s, 0, 0, SECTION_ACCESS_READ));
    assert_status(SECTION_INVALID,
                  section_map_at(NULL, s, 0, 0, SECTION_ACCESS_READ, s));
    assert_status(SECTION_INVALID, section_unmap(NULL));
    assert_status(SECTION_OK, section_unmap(&view));
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Map at an address
 * ------------------------------------------------------------------------ */

static void an_address_is_had_exactly_or_not_at_all(void **state)
{
    (void)state;
    section *s = unit_memory(2 * unit_granule());
    const uint64_t offset = unit_granule() + 5;
    section_view first = unit_view(s, offset, 10, SECTION_ACCESS_READ_WRITE);
    void *address = first.data;
    section_view second;
    memset(&second, 0x5a, sizeof(second));
    assert_status(
        SECTION_ADDRESS,
        section_map_at(&second, s, offset, 10, SECTION_ACCESS_READ, address));
    unit_expect_no_view(&second);
    assert_status(SECTION_OK, section_unmap(&first));
    assert_status(SECTION_OK,
                  section_map_at(&second, s, offset, 10,
                                 SECTION_ACCESS_READ_WRITE, address));
    assert_ptr_equal(second.data, address);
    fake_map_call call = fake_last_map();
    assert_ptr_equal(call.address, (unsigned char *)address - 5);
    assert_true(call.offset == unit_granule() && call.length == 15);
    assert_status(SECTION_OK, section_unmap(&second));
    section_close(s);
}

static void address_and_offset_agree_modulo_the_granularity(void **state)
{
    (void)state;
    section *s = unit_memory(3 * unit_granule());
    section_view natural = unit_view(s, 0, 0, SECTION_ACCESS_READ);
    unsigned char *base = natural.data;
    assert_status(SECTION_OK, section_unmap(&natural));
    for (size_t where = 1; where < 3 * unit_granule(); where += 509)
        for (size_t offset = where % 61; offset < 3 * unit_granule();
             offset += 4096) {
            section_view view;
            bool agree = offset % unit_granule() == where % unit_granule();
            section_status expected = agree ? SECTION_ADDRESS : SECTION_INVALID;
            if (offset == where)
                expected = SECTION_OK;
            assert_int_equal(section_map_at(&view, s, offset, 1,
                                            SECTION_ACCESS_READ, base + where),
                             expected);
            assert_status(SECTION_OK, section_unmap(&view));
        }
    section_close(s);
}

/* The mapping would have to begin at address 0, which asks a platform for any
 * address: it must not be asked at all. */
static void addresses_in_the_first_granule_are_never_had(void **state)
{
    (void)state;
    section *s = unit_memory(3 * unit_granule());
    unsigned maps = fake_last_map().count;
    for (uintptr_t low = 1; low < unit_granule(); low += 97)
        for (uint64_t start = 0; start < 3 * unit_granule();
             start += unit_granule()) {
            section_view view;
            memset(&view, 0x5a, sizeof(view));
            assert_status(SECTION_ADDRESS,
                          section_map_at(&view, s, start + low, 1,
                                         SECTION_ACCESS_READ_WRITE,
                                         (void *)low));
            unit_expect_no_view(&view);
            assert_int_equal(section_last_os_error(), 0);
        }
    assert_int_equal(fake_last_map().count, maps);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Lives of views
 * ------------------------------------------------------------------------ */

static void a_view_outlives_its_section(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 100);
    section *sources[] = {unit_memory(100), unit_file("file", ALL_RIGHTS)};
    for (size_t i = 0; i < 2; i++) {
        section_view a = unit_view(sources[i], 1, 9, SECTION_ACCESS_READ_WRITE);
        section_view b = unit_view(sources[i], 1, 9, SECTION_ACCESS_READ);
        section_close(sources[i]);
        *(unsigned char *)a.data = 3;
        assert_status(SECTION_OK, section_unmap(&a));
        unit_expect_no_view(&a);
        assert_int_equal(*(unsigned char *)b.data, 3);
        assert_status(SECTION_OK, section_unmap(&b));
        /* A file has a second block, for how flushing it goes. */
        assert_int_equal(fake_count().heap_blocks, 2 - 2 * i);
    }
    assert_int_equal(fake_file_bytes("file")[1], 3);
}

static void
a_view_costs_no_heap_and_a_file_is_held_by_its_last_view(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 100);
    section *s = unit_file("file", SECTION_RIGHT_READ);
    fake_census open = fake_count();
    section_view views[5];
    for (size_t i = 0; i < 5; i++)
        views[i] = unit_view(s, i, 1, SECTION_ACCESS_READ);
    assert_int_equal(fake_count().heap_blocks, open.heap_blocks);
    assert_int_equal(fake_count().handles, open.handles);
    section_close(s);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(fake_count().handles, open.handles);
        assert_status(SECTION_OK, section_unmap(&views[i]));
    }
    assert_int_equal(fake_count().handles, 0);
}

static void copying_the_struct_moves_the_view(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 3 * unit_granule());
    section *s = unit_file("file", ALL_RIGHTS);
    section_view first =
        unit_view(s, unit_page(), unit_page(), SECTION_ACCESS_READ_WRITE);
    section_view moved = first;
    memset(&first, 0, sizeof(first));
    assert_status(SECTION_OK, section_unmap(&first));
    assert_status(SECTION_OK,
                  section_view_protect(&moved, 0, 0, SECTION_ACCESS_READ));
    assert_ptr_equal(fake_last_protect().base, moved.data);
    section_close(s);
    assert_status(SECTION_OK, section_unmap(&moved));
    unit_expect_no_view(&moved);
}

/* ------------------------------------------------------------------------
 * Protect
 * ------------------------------------------------------------------------ */

/*
 * What protecting bytes of a view must come to, page by page. `lead` is where
 * the view begins in its first granule. Every page that has one of the bytes
 * must have no byte of the view outside of them.
 */
static section_status expected_of_protect(size_t lead, size_t view_length,
                                          size_t offset, size_t length,
                                          size_t *first, size_t *end)
{
    if (offset >= view_length || length > view_length - offset)
        return SECTION_RANGE;
    size_t stop = length == 0 ? view_length : offset + length;
    size_t page = unit_page();
    *first = (lead + offset) / page;
    *end = *first;
    for (size_t byte = offset; byte < stop; byte++)
        *end = (lead + byte) / page + 1;
    for (size_t byte = 0; byte < view_length; byte++) {
        size_t in = (lead + byte) / page;
        bool wanted = byte >= offset && byte < stop;
        if (in >= *first && in < *end && !wanted)
            return SECTION_INVALID;
    }
    return SECTION_OK;
}

static void check_protect(section_view *view, size_t lead, size_t offset,
                          size_t length)
{
    size_t first = 0, end = 0;
    section_status expected =
        expected_of_protect(lead, view->length, offset, length, &first, &end);
    unsigned calls = fake_last_protect().count;
    assert_int_equal(
        section_view_protect(view, offset, length, SECTION_ACCESS_NONE),
        expected);
    fake_protect_call call = fake_last_protect();
    assert_int_equal(call.count, calls + (expected == SECTION_OK));
    if (expected != SECTION_OK)
        return;
    unsigned char *base = view->internal.base;
    assert_ptr_equal(call.base, base + first * unit_page());
    assert_true(call.length == (end - first) * unit_page());
    assert_int_equal(call.access, SECTION_ACCESS_NONE);
    assert_int_equal(call.mapped, SECTION_ACCESS_READ_WRITE);
}

/* Offsets and lengths that matter in a view that starts at `lead`. */
static size_t collect_cuts(size_t *cuts, size_t room, size_t lead,
                           size_t length)
{
    size_t count = 0;
    cuts[count++] = 0;
    cuts[count++] = 1;
    for (size_t edge = unit_page(); edge <= lead + length + unit_page();
         edge += unit_page())
        for (size_t at = edge - 1; at <= edge + 1; at++)
            if (at >= lead && count < room)
                cuts[count++] = at - lead;
    for (size_t i = 0; i < 3 && count < room; i++)
        cuts[count++] = length - 1 + i;
    return count;
}

static void protect_takes_whole_pages_and_the_ends_of_the_view(void **state)
{
    (void)state;
    size_t page = unit_page();
    section *s = unit_memory(unit_granule() + 4 * page);
    const size_t starts[] = {0, 1, page - 1, unit_granule(),
                             unit_granule() + 7};
    const size_t lengths[] = {1, page - 1, page, page + 1, 2 * page + 13};
    for (size_t a = 0; a < 5; a++)
        for (size_t b = 0; b < 5; b++) {
            section_view view =
                unit_view(s, starts[a], lengths[b], SECTION_ACCESS_READ_WRITE);
            size_t lead = starts[a] % unit_granule();
            size_t cuts[64];
            size_t count = collect_cuts(cuts, 64, lead, lengths[b]);
            for (size_t i = 0; i < count; i++) {
                for (size_t j = 0; j < count; j++) {
                    check_protect(&view, lead, cuts[i], cuts[j]);
                    if (cuts[j] >= cuts[i])
                        check_protect(&view, lead, cuts[i], cuts[j] - cuts[i]);
                }
            }
            assert_status(SECTION_OK, section_unmap(&view));
        }
    section_close(s);
}

static void protect_far_outside_is_out_of_range(void **state)
{
    (void)state;
    section *s = unit_memory(3 * unit_page());
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    const size_t far[][2] = {{SIZE_MAX, 1},
                             {1, SIZE_MAX},
                             {SIZE_MAX, SIZE_MAX},
                             {0, SIZE_MAX},
                             {unit_page(), SIZE_MAX - unit_page() + 1},
                             {3 * unit_page(), 0}};
    for (size_t i = 0; i < 6; i++)
        assert_status(SECTION_RANGE,
                      section_view_protect(&view, far[i][0], far[i][1],
                                           SECTION_ACCESS_READ));
    assert_int_equal(fake_last_protect().count, 0);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
}

static void protect_never_gives_more_than_was_mapped(void **state)
{
    (void)state;
    static const section_access all[] = {
        SECTION_ACCESS_NONE, SECTION_ACCESS_READ, SECTION_ACCESS_READ_WRITE,
        SECTION_ACCESS_COPY};
    static const section_access broken[] = {0, 1, 2, 3, 0xff, 0x104, -1};
    section *s = unit_memory(unit_page());
    for (size_t m = 1; m < 4; m++) {
        section_view view = unit_view(s, 0, 0, all[m]);
        for (size_t a = 0; a < 4; a++) {
            bool allowed = a <= 1 || a == m;
            assert_status(allowed ? SECTION_OK : SECTION_ACCESS,
                          section_view_protect(&view, 0, 0, all[a]));
        }
        for (size_t b = 0; b < sizeof(broken) / sizeof(broken[0]); b++)
            assert_status(SECTION_INVALID,
                          section_view_protect(&view, 0, 0, broken[b]));
        assert_status(SECTION_OK, section_unmap(&view));
        assert_status(SECTION_INVALID,
                      section_view_protect(&view, 0, 0, SECTION_ACCESS_READ));
    }
    assert_status(SECTION_INVALID,
                  section_view_protect(NULL, 0, 0, SECTION_ACCESS_READ));
    section_close(s);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(a_view_is_exactly_the_bytes_asked_for),
        cmocka_unit_test(lengths_that_wrap_around_are_out_of_range),
        cmocka_unit_test(more_than_a_pointer_can_span_is_a_limit),
        cmocka_unit_test(access_needs_the_right_for_it),
        cmocka_unit_test(a_copy_keeps_its_writes_to_itself),
        cmocka_unit_test(nothing_and_no_view_are_refused_or_ignored),
        cmocka_unit_test(an_address_is_had_exactly_or_not_at_all),
        cmocka_unit_test(address_and_offset_agree_modulo_the_granularity),
        cmocka_unit_test(addresses_in_the_first_granule_are_never_had),
        cmocka_unit_test(a_view_outlives_its_section),
        cmocka_unit_test(
            a_view_costs_no_heap_and_a_file_is_held_by_its_last_view),
        cmocka_unit_test(copying_the_struct_moves_the_view),
        cmocka_unit_test(protect_takes_whole_pages_and_the_ends_of_the_view),
        cmocka_unit_test(protect_far_outside_is_out_of_range),
        cmocka_unit_test(protect_never_gives_more_than_was_mapped),
    };
    return unit_run_everywhere(cases);
}
