/* SPDX-License-Identifier: MIT */
/*
 * native.h: whose a handle is, what size a wrapped object has, and what a
 * hostile trailer can do (nothing).
 */
#include "trailer.h"
#include "unit.h"

#include <string.h>

#define OWNED    SECTION_NATIVE_OWNED
#define BORROWED SECTION_NATIVE_BORROWED

static section *wrap(section_native native, section_rights rights,
                     section_ownership ownership)
{
    section *out = UNTOUCHED;
    assert_status(SECTION_OK, section_wrap(&out, native, rights, ownership));
    assert_non_null(out);
    return out;
}

static void a_borrowed_handle_is_used_and_never_closed(void **state)
{
    (void)state;
    section_native native = fake_open_memory(100, ALL_RIGHTS);
    section *s = wrap(native, ALL_RIGHTS, BORROWED);
    section_info info = unit_info(s);
    assert_int_equal(info.flags, SECTION_INFO_BORROWED);
    assert_int_equal(info.commit, SECTION_COMMIT_NONE);
    section *same, *narrow;
    assert_status(SECTION_OK, section_duplicate(&same, s, ALL_RIGHTS));
    assert_status(SECTION_OK,
                  section_duplicate(&narrow, s, SECTION_RIGHT_READ));
    section_view view = unit_view(same, 1, 2, SECTION_ACCESS_READ_WRITE);
    section_view reads = unit_view(narrow, 1, 2, SECTION_ACCESS_READ);
    assert_int_equal(fake_count().handles, 1);
    section_native told;
    assert_status(SECTION_OK, section_get_native(&told, narrow));
    assert_true(told == native);
    section_close(s);
    section_close(same);
    section_close(narrow);
    *(unsigned char *)view.data = 9;
    assert_int_equal(*fake_bytes(native, 1, 1), 9);
    assert_status(SECTION_OK, section_unmap(&view));
    assert_status(SECTION_OK, section_unmap(&reads));
    assert_true(fake_is_open(native));
    fake_close(native);
}

static void a_borrowed_handle_is_not_given_out_again(void **state)
{
    (void)state;
    section_native native = fake_open_memory(100, ALL_RIGHTS);
    section *s = wrap(native, ALL_RIGHTS, BORROWED);
    section_native out = 5;
    assert_status(SECTION_UNSUPPORTED,
                  section_duplicate_native(&out, s, SECTION_RIGHT_READ));
    assert_true(out == -1);
    section_close(s);
    fake_close(native);
}

static void an_owned_handle_is_closed_with_the_section(void **state)
{
    (void)state;
    section_native native = fake_open_memory(100, ALL_RIGHTS);
    section *s = wrap(native, ALL_RIGHTS, OWNED);
    assert_int_equal(fake_count().handles, 1);
    assert_int_equal(unit_info(s).flags & SECTION_INFO_BORROWED, 0);
    section_close(s);
    assert_int_equal(fake_count().handles, 0);
}

static void an_owned_handle_of_a_file_is_closed_with_the_last_view(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 10);
    section_native native = fake_open_path("file", SECTION_RIGHT_READ);
    section *s = wrap(native, SECTION_RIGHT_READ, OWNED);
    assert_int_equal(unit_info(s).kind, SECTION_KIND_FILE);
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ);
    section_close(s);
    assert_int_equal(fake_count().handles, 1);
    assert_status(SECTION_OK, section_unmap(&view));
    assert_int_equal(fake_count().handles, 0);
}

static void what_cannot_be_wrapped_says_why_and_stays_the_callers(void **state)
{
    (void)state;
    fake_put_file("folder", FAKE_DIRECTORY, 0);
    fake_put_file("empty", FAKE_FILE, 0);
    fake_put_file("huge", FAKE_FILE, SECTION_OS_SIZE_MAX + 1);
    section_native reads = fake_open_memory(10, SECTION_RIGHT_READ);
    const struct {
        section_native native;
        section_rights rights;
        section_ownership ownership;
        section_status expected;
    } rows[] = {
        {fake_open_path("folder", SECTION_RIGHT_READ), SECTION_RIGHT_READ,
         OWNED, SECTION_KIND},
        {fake_open_path("empty", SECTION_RIGHT_READ), SECTION_RIGHT_READ, OWNED,
         SECTION_EMPTY},
        {fake_open_path("huge", SECTION_RIGHT_READ), SECTION_RIGHT_READ, OWNED,
         SECTION_LIMIT},
        {reads, ALL_RIGHTS, OWNED, SECTION_ACCESS},
        {reads, SECTION_RIGHT_READ, 0, SECTION_INVALID},
        {reads, SECTION_RIGHT_READ, 3, SECTION_INVALID},
        {reads, 0, OWNED, SECTION_INVALID},
        {reads, MAY_EXTEND, OWNED, SECTION_ACCESS},
        {reads, 0x10, OWNED, SECTION_INVALID},
        {-1, SECTION_RIGHT_READ, OWNED, SECTION_INVALID},
        {999, SECTION_RIGHT_READ, OWNED, SECTION_INVALID},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        section *out = UNTOUCHED;
        assert_status(rows[i].expected,
                      section_wrap(&out, rows[i].native, rows[i].rights,
                                   rows[i].ownership));
        assert_null(out);
        if (i <= 3)
            assert_true(fake_is_open(rows[i].native));
        assert_int_equal(fake_count().heap_blocks, 0);
    }
    assert_status(SECTION_INVALID, section_wrap(NULL, reads, 1, OWNED));
    for (size_t i = 0; i <= 3; i++)
        fake_close(rows[i].native);
}

static void native_calls_refuse_nothing_and_too_much(void **state)
{
    (void)state;
    section_native out = 5;
    section *s = unit_memory(10);
    section *reads;
    assert_status(SECTION_OK, section_duplicate(&reads, s, SECTION_RIGHT_READ));
    assert_status(SECTION_INVALID, section_get_native(&out, NULL));
    assert_true(out == -1);
    assert_status(SECTION_INVALID, section_get_native(NULL, s));
    const struct {
        const section *of;
        section_rights rights;
        section_status expected;
    } rows[] = {
        {NULL, SECTION_RIGHT_READ, SECTION_INVALID},
        {s, 0, SECTION_INVALID},
        {s, 0x10, SECTION_INVALID},
        {reads, SECTION_RIGHT_WRITE, SECTION_ACCESS},
    };
    for (size_t i = 0; i < 4; i++) {
        out = 5;
        assert_status(rows[i].expected, section_duplicate_native(
                                            &out, rows[i].of, rows[i].rights));
        assert_true(out == -1);
    }
    assert_status(SECTION_INVALID,
                  section_duplicate_native(NULL, s, SECTION_RIGHT_READ));
    section_close(s);
    section_close(reads);
}

static void a_handle_given_out_is_the_callers_own(void **state)
{
    (void)state;
    section *s = unit_memory(unit_page() + 1);
    section_native narrow, all;
    assert_status(SECTION_OK,
                  section_duplicate_native(&narrow, s, SECTION_RIGHT_READ));
    assert_status(SECTION_OK, section_duplicate_native(&all, s, ALL_RIGHTS));
    section_close(s);
    assert_false(fake_is_writable(narrow));
    assert_true(fake_is_writable(all));
    /* What comes back has the exact size, wherever it was kept. */
    section *back = wrap(narrow, SECTION_RIGHT_READ, OWNED);
    assert_true(unit_info(back).size == unit_page() + 1);
    section_close(back);
    fake_close(all);
}

/* ------------------------------------------------------------------------
 * Sizes of what was wrapped
 * ------------------------------------------------------------------------ */

static void exact_sizes_come_back_around_every_page_edge(void **state)
{
    (void)state;
    uint64_t page = unit_page();
    const uint64_t edges[] = {page, 2 * page, unit_granule() + page,
                              (uint64_t)1 << 32, SECTION_OS_SIZE_MAX / 2};
    for (size_t i = 0; i < 5; i++)
        for (uint64_t size = edges[i] - 2; size <= edges[i] + 2; size++) {
            section_options options = SECTION_OPTIONS_INIT;
            options.size = size;
            options.flags = SECTION_LAZY;
            section *made;
            assert_status(SECTION_OK, section_create(&made, &options));
            section_native native;
            assert_status(SECTION_OK, section_duplicate_native(
                                          &native, made, SECTION_RIGHT_READ));
            section *back = wrap(native, SECTION_RIGHT_READ, OWNED);
            assert_true(unit_info(back).size == size);
            section_close(back);
            section_close(made);
        }
}

static void foreign_memory_has_its_own_size(void **state)
{
    (void)state;
    const uint64_t sizes[] = {1, unit_page(), 2 * unit_page(),
                              3 * unit_granule(), 2 * unit_page() + 1};
    for (size_t i = 0; i < 5; i++) {
        section_native native = fake_open_memory(sizes[i], SECTION_RIGHT_READ);
        section *s = wrap(native, SECTION_RIGHT_READ, BORROWED);
        assert_true(unit_info(s).size == sizes[i]);
        section_close(s);
        fake_close(native);
    }
}

static void encode(unsigned char *bytes, uint64_t size)
{
    const section_os_facts facts = {.size = size, .id = {1, 2}};
    section__trailer_encode(bytes, &facts);
}

/* Foreign memory of four pages with these 64 bytes in its last page. */
static section_native planted(const unsigned char *bytes)
{
    section_native native =
        fake_open_memory(4 * (uint64_t)unit_page(), ALL_RIGHTS);
    memcpy(fake_bytes(native, 0, 4 * unit_page()) + 3 * unit_page(), bytes,
           SECTION__TRAILER_SIZE);
    return native;
}

static void expect_wrapped_size(const unsigned char *bytes, uint64_t expected)
{
    section_native native = planted(bytes);
    section *s = wrap(native, ALL_RIGHTS, BORROWED);
    assert_true(unit_info(s).size == expected);
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ);
    assert_true(view.length == expected);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
    fake_close(native);
}

static void a_lying_trailer_is_not_believed(void **state)
{
    (void)state;
    uint64_t page = unit_page();
    bool looks = fake_current()->memory_sizes_are_rounded;
    unsigned char bytes[SECTION__TRAILER_SIZE];
    encode(bytes, 2 * page + 1);
    expect_wrapped_size(bytes, looks ? 2 * page + 1 : 4 * page);
    encode(bytes, 3 * page);
    expect_wrapped_size(bytes, looks ? 3 * page : 4 * page);
    const uint64_t lies[] = {0,        1,         2 * page,  3 * page + 1,
                             4 * page, INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        encode(bytes, lies[i]);
        expect_wrapped_size(bytes, 4 * page);
    }
    for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
        if (bit / 8 >= 16 && bit / 8 < 24)
            continue; /* the version: see below */
        encode(bytes, 3 * page - 1);
        bytes[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        expect_wrapped_size(bytes, 4 * page);
    }
}

static void a_later_format_is_refused_and_not_guessed(void **state)
{
    (void)state;
    unsigned char bytes[SECTION__TRAILER_SIZE];
    encode(bytes, 3 * (uint64_t)unit_page());
    bytes[16]++;
    section_native native = planted(bytes);
    section *out = UNTOUCHED;
    section_status status =
        section_wrap(&out, native, SECTION_RIGHT_READ, BORROWED);
    assert_int_equal(status, fake_current()->memory_sizes_are_rounded
                                 ? SECTION_UNSUPPORTED
                                 : SECTION_OK);
    assert_int_equal(out == NULL, status != SECTION_OK);
    section_close(out);
    fake_close(native);
}

static void a_file_is_never_looked_at_for_a_trailer(void **state)
{
    (void)state;
    uint64_t size = 4 * (uint64_t)unit_page();
    fake_put_file("file", FAKE_FILE, size);
    encode(fake_file_bytes("file") + 3 * unit_page(),
           2 * (uint64_t)unit_page() + 1);
    section_native native = fake_open_path("file", SECTION_RIGHT_READ);
    unsigned maps = fake_last_map().count;
    section *s = wrap(native, SECTION_RIGHT_READ, OWNED);
    assert_true(unit_info(s).size == size);
    assert_int_equal(fake_last_map().count, maps);
    section_close(s);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(a_borrowed_handle_is_used_and_never_closed),
        cmocka_unit_test(a_borrowed_handle_is_not_given_out_again),
        cmocka_unit_test(an_owned_handle_is_closed_with_the_section),
        cmocka_unit_test(
            an_owned_handle_of_a_file_is_closed_with_the_last_view),
        cmocka_unit_test(what_cannot_be_wrapped_says_why_and_stays_the_callers),
        cmocka_unit_test(native_calls_refuse_nothing_and_too_much),
        cmocka_unit_test(a_handle_given_out_is_the_callers_own),
        cmocka_unit_test(exact_sizes_come_back_around_every_page_edge),
        cmocka_unit_test(foreign_memory_has_its_own_size),
        cmocka_unit_test(a_lying_trailer_is_not_believed),
        cmocka_unit_test(a_later_format_is_refused_and_not_guessed),
        cmocka_unit_test(a_file_is_never_looked_at_for_a_trailer),
    };
    return unit_run_everywhere(cases);
}
