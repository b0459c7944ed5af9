/* SPDX-License-Identifier: MIT */
/*
 * What a section is when it was just made: zero, committed, or lazy. Contract
 * lines 1, 3, 4 and 6 (size 0).
 */
#include "foreign.h"
#include "process.h"
#include "sections.h"

/* ------------------------------------------------------------------------
 * Zero
 * ------------------------------------------------------------------------ */

static void assert_all_zero(const section *s)
{
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_true(expect_zero(view.data, view.length));
    unmap(&view);
}

static void a_new_section_is_zero_filled(void **state)
{
    (void)state;
    section *s = new_memory(MIB);
    assert_all_zero(s);
    section_close(s);
}

static void a_new_section_is_zero_after_memory_was_used(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        section *s = new_memory(MIB);
        assert_all_zero(s);
        section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
        memset(view.data, 0xff, view.length);
        unmap(&view);
        section_close(s);
    }
}

static void a_new_file_is_zero_filled(void **state)
{
    (void)state;
    section *s =
        new_file(files_path("zeros").text, 3 * MIB + 7, SECTION_CREATE_NEW);
    assert_all_zero(s);
    section_close(s);
    assert_true(file_remove(files_path("zeros").text));
}

static void a_lazy_section_is_zero_filled(void **state)
{
    (void)state;
    section *s = new_lazy_memory(MIB);
    assert_all_zero(s);
    section_close(s);
}

static void bytes_a_file_grows_by_are_zero(void **state)
{
    (void)state;
    file_path path = files_path("grown");
    unsigned char old[100];
    fill(old, sizeof(old), 0);
    file_make(path.text, sizeof(old));
    file_write(path.text, 0, old, sizeof(old));
    section *s = new_file(path.text, MIB, SECTION_OPEN_EXISTING);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_true(is_filled(bytes_of(&view), sizeof(old), 0));
    assert_true(
        expect_zero(bytes_of(&view) + sizeof(old), view.length - sizeof(old)));
    unmap(&view);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Committed
 * ------------------------------------------------------------------------ */

static void a_created_section_can_be_touched_to_its_last_byte(void **state)
{
    (void)state;
    section *s = new_memory(64 * MIB + 1);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_same(64 * MIB + 1, view.length);
    touch_pages(&view, 0x5a);
    assert_true(pages_are(&view, 0x5a));
    unmap(&view);
    section_close(s);
}

static void info_tells_how_firmly_memory_is_promised(void **state)
{
    (void)state;
    section *s = new_memory(100);
    assert_same(this_system().memory_commit, info_of(s).commit);
    section_close(s);
    s = new_lazy_memory(100);
    assert_same(SECTION_COMMIT_NONE, info_of(s).commit);
    section_close(s);
}

static void more_memory_than_there_is_is_no_space(void **state)
{
    (void)state;
    if (machine_is_wine())
        SKIP("Wine commits memory without looking (docs/wine.md)");
    section *s;
    section_options options = memory_options(2 * machine_memory());
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    /* And the process is as well as before. */
    s = new_memory(100);
    poke(s, 99, 1);
    section_close(s);
}

static void refused_commitment_leaves_nothing_behind(void **state)
{
    (void)state;
    if (machine_is_wine())
        SKIP("Wine commits memory without looking (docs/wine.md)");
    section *s;
    section_options options = memory_options(2 * machine_memory());
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    size_t handles = machine_open_handles();
    size_t mappings = machine_mappings();
    for (int i = 0; i < 100; i++)
        assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    assert_same(handles, machine_open_handles());
    assert_in_range(machine_mappings(), 0, mappings + 16);
}

/* ------------------------------------------------------------------------
 * Lazy
 * ------------------------------------------------------------------------ */

/* Whether the system tells what memory an object takes. */
static bool taken_is_told(void)
{
    section *s = new_memory(MIB);
    bool told = foreign_allocated(native_of(s)) >= MIB;
    section_close(s);
    return told;
}

/* Touch some pages near the start of 64 MiB; the system may take more with
 * each, up to a huge page. */
static void assert_takes_what_is_touched(const section *s)
{
    enum { PAGES = 8 };
    size_t page = this_system().page_size;
    assert_in_range(foreign_allocated(native_of(s)), 0, 2 * page);
    section_view view = mapped(s, 0, PAGES * page, SECTION_ACCESS_READ_WRITE);
    touch_pages(&view, 1);
    unmap(&view);
    assert_in_range(foreign_allocated(native_of(s)), PAGES * page, 8 * MIB);
}

static void a_lazy_section_takes_what_is_touched(void **state)
{
    (void)state;
    section *s = new_lazy_memory(64 * MIB);
    assert_true(has_flag(s, SECTION_INFO_LAZY));
    if (taken_is_told())
        assert_takes_what_is_touched(s);
    poke(s, 0, 1);
    poke(s, 64 * MIB - 1, 2);
    assert_same(1, peek(s, 0));
    assert_same(0, peek(s, 32 * MIB));
    assert_same(2, peek(s, 64 * MIB - 1));
    section_close(s);
}

static void a_lazy_section_can_be_larger_than_the_machine(void **state)
{
    (void)state;
    const uint64_t size = TIB + 5;
    section *s = new_lazy_memory(size);
    assert_same(size, info_of(s).size);
    poke(s, size - 1, 0x77);
    poke(s, size / 2, 0x66);
    assert_same(0x77, peek(s, size - 1));
    assert_same(0x66, peek(s, size / 2));
    assert_same(0, peek(s, size - 2));
    section_close(s);
}

static void a_committed_section_is_not_lazy(void **state)
{
    (void)state;
    section *s = new_memory(100);
    assert_false(has_flag(s, SECTION_INFO_LAZY));
    assert_true(has_flag(s, SECTION_INFO_CREATED));
    assert_same(SECTION_KIND_MEMORY, info_of(s).kind);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Sizes that are none
 * ------------------------------------------------------------------------ */

static void size_zero_without_a_file_is_invalid(void **state)
{
    (void)state;
    section *s;
    section_options options = memory_options(0);
    assert_no_section(SECTION_INVALID, s, section_create(&s, &options));
    options.flags = SECTION_LAZY;
    assert_no_section(SECTION_INVALID, s, section_create(&s, &options));
    assert_same(0, section_last_os_error());
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_new_section_is_zero_filled),
    cmocka_unit_test(a_new_section_is_zero_after_memory_was_used),
    cmocka_unit_test(a_new_file_is_zero_filled),
    cmocka_unit_test(a_lazy_section_is_zero_filled),
    cmocka_unit_test(bytes_a_file_grows_by_are_zero),
    cmocka_unit_test(a_created_section_can_be_touched_to_its_last_byte),
    cmocka_unit_test(info_tells_how_firmly_memory_is_promised),
    cmocka_unit_test(more_memory_than_there_is_is_no_space),
    cmocka_unit_test(refused_commitment_leaves_nothing_behind),
    cmocka_unit_test(a_lazy_section_takes_what_is_touched),
    cmocka_unit_test(a_lazy_section_can_be_larger_than_the_machine),
    cmocka_unit_test(a_committed_section_is_not_lazy),
    cmocka_unit_test(size_zero_without_a_file_is_invalid),
};

TEST_MAIN_ALONE(tests)
