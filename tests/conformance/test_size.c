/* SPDX-License-Identifier: MIT */
/*
 * How many bytes a section has: exactly those asked for, and no absurd
 * number. Contract lines 2 and 6.
 */
#include "process.h"
#include "sections.h"

/* Sizes around everything that a system could round to. */
static const uint64_t sizes[] = {
    1,    2,     63,    64,    65,     4095,    4096,    4097,    5000,   8191,
    8192, 65535, 65536, 65537, 131071, 1000000, 4194303, 4194304, 4194305};

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* All that bounds a section agrees on its size. */
static void assert_exact(const section *s, uint64_t size)
{
    section_view view;
    assert_same(size, info_of(s).size);
    view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_same(size, view.length);
    unmap(&view);
    view = mapped(s, size - 1, 1, SECTION_ACCESS_READ);
    assert_same(0, bytes_of(&view)[0]);
    unmap(&view);
    assert_no_view(
        SECTION_RANGE, view,
        section_map(&view, s, 0, (size_t)size + 1, SECTION_ACCESS_READ));
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, size, 1, SECTION_ACCESS_READ));
}

static void size_of_memory_is_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        section *s = new_memory(sizes[i]);
        assert_exact(s, sizes[i]);
        section_close(s);
    }
}

static void size_of_lazy_memory_is_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        section *s = new_lazy_memory(sizes[i]);
        assert_exact(s, sizes[i]);
        section_close(s);
    }
}

static void size_of_a_file_is_exact(void **state)
{
    (void)state;
    file_path path = files_path("exact");
    for (size_t i = 0; i < SIZES; i++) {
        section *s = new_file(path.text, sizes[i], SECTION_CREATE_NEW);
        assert_exact(s, sizes[i]);
        section_close(s);
        assert_same(sizes[i], file_size(path.text));
        assert_true(file_remove(path.text));
    }
}

static void size_of_a_duplicate_is_exact(void **state)
{
    (void)state;
    section *s = new_memory(5000);
    section *writer = duplicate_of(s, READ_WRITE);
    section *reader = duplicate_of(s, READ_ONLY);
    section_close(s);
    assert_exact(writer, 5000);
    assert_exact(reader, 5000);
    section_close(writer);
    section_close(reader);
}

static void size_of_a_wrapped_handle_is_exact(void **state)
{
    (void)state;
    section *s = new_memory(5000);
    section *again = wrapped(native_of(s), READ_WRITE, SECTION_NATIVE_BORROWED);
    assert_exact(again, 5000);
    section_close(again);
    section_close(s);
}

/* The last byte is usable however the size is written: what lies behind it in
 * the same page has no say. */
static void the_last_byte_of_any_size_is_usable(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        section *s = new_memory(sizes[i]);
        section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
        fill(bytes_of(&view), view.length, 0);
        unmap(&view);
        view = mapped(s, 0, 0, SECTION_ACCESS_READ);
        assert_true(is_filled(bytes_of(&view), view.length, 0));
        unmap(&view);
        assert_same(sizes[i], info_of(s).size);
        section_close(s);
    }
}

/* ------------------------------------------------------------------------
 * Absurd sizes
 * ------------------------------------------------------------------------ */

static const uint64_t absurd[] = {
    UINT64_MAX,
    UINT64_MAX - 1,
    UINT64_MAX - 4096,
    UINT64_MAX - 65536,
    (uint64_t)INT64_MAX + 1,
    (uint64_t)INT64_MAX,
    (uint64_t)INT64_MAX - 4096,
    (uint64_t)INT64_MAX - MIB + 1,
};

#define ABSURD (sizeof(absurd) / sizeof(absurd[0]))

static void absurd_sizes_of_memory_are_no_space(void **state)
{
    (void)state;
    section *s;
    for (size_t i = 0; i < ABSURD; i++) {
        section_options options = memory_options(absurd[i]);
        assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
        options.flags = SECTION_LAZY;
        assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    }
}

static void absurd_sizes_of_files_are_no_space_and_leave_no_file(void **state)
{
    (void)state;
    section *s;
    file_path path = files_path("absurd");
    for (size_t i = 0; i < ABSURD; i++) {
        section_options options =
            file_options(path.text, absurd[i], SECTION_CREATE_NEW);
        assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
        assert_false(file_exists(path.text));
    }
}

static void the_largest_size_is_tried_and_fails_cleanly(void **state)
{
    (void)state;
    section *s;
    section_options options = memory_options((uint64_t)INT64_MAX - MIB);
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
}

/* The last byte, if this system can address what is so far into a section. */
static void use_last_byte(const section *s, uint64_t size)
{
    section_view view;
    section_status status =
        section_map(&view, s, size - 1, 1, SECTION_ACCESS_READ_WRITE);
    if (status != SECTION_OK) {
        assert_status(SECTION_LIMIT, status);
        assert_false(machine_is_64_bit());
        assert_true(expect_zero(&view, sizeof(view)));
        return;
    }
    bytes_of(&view)[0] = 1;
    unmap(&view);
    assert_same(1, peek(s, size - 1));
}

/* A lazy size far beyond the disk and below every arithmetic limit: some
 * systems can, and then its ends are usable; others say NO_SPACE. */
static void absurd_lazy_sizes_work_or_are_no_space(void **state)
{
    (void)state;
    for (unsigned bits = 41; bits < 63; bits++) {
        section_options options = memory_options((uint64_t)1 << bits);
        options.flags = SECTION_LAZY;
        section *s = expect_poison();
        section_status status = section_create(&s, &options);
        if (status == SECTION_OK) {
            assert_same(options.size, info_of(s).size);
            poke(s, 0, 2);
            use_last_byte(s, options.size);
        } else {
            assert_status(SECTION_NO_SPACE, status);
            assert_true(s == NULL);
        }
        section_close(s);
    }
}

static void views_of_more_than_there_are_addresses_are_limit(void **state)
{
    (void)state;
    /* The thread sanitizer leaves a little more than 1 TiB, in one piece or
     * not. */
    uint64_t size = machine_is_thread_sanitized() ? TIB / 8 : TIB;
    section *s = new_lazy_memory(size);
    section_view view;
    if (machine_is_64_bit()) {
        /* The whole fits: half a million such views would not. */
        view = mapped(s, 0, 0, SECTION_ACCESS_READ);
        assert_same(size, view.length);
        unmap(&view);
    } else {
        assert_no_view(SECTION_LIMIT, view,
                       section_map(&view, s, 0, 0, SECTION_ACCESS_READ));
    }
    section_close(s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(size_of_memory_is_exact),
    cmocka_unit_test(size_of_lazy_memory_is_exact),
    cmocka_unit_test(size_of_a_file_is_exact),
    cmocka_unit_test(size_of_a_duplicate_is_exact),
    cmocka_unit_test(size_of_a_wrapped_handle_is_exact),
    cmocka_unit_test(the_last_byte_of_any_size_is_usable),
    cmocka_unit_test(absurd_sizes_of_memory_are_no_space),
    cmocka_unit_test(absurd_sizes_of_files_are_no_space_and_leave_no_file),
    cmocka_unit_test(the_largest_size_is_tried_and_fails_cleanly),
    cmocka_unit_test(absurd_lazy_sizes_work_or_are_no_space),
    cmocka_unit_test(views_of_more_than_there_are_addresses_are_limit),
};

TEST_MAIN_ALONE(tests)
