/* SPDX-License-Identifier: MIT */
/*
 * Large pages, as a requirement and as a preference. Contract lines 1 to 3, 15
 * to 20 for sections that have them.
 */
#include "foreign.h"
#include "memory.h"
#include "process.h"
#include "sections.h"

/* What views of preferred large pages are aligned to. */
#define PREFERRED_SIZE ((size_t)2 << 20)

static size_t large_page(void)
{
    return this_system().large_page_size;
}

static section_options large_options(uint64_t size)
{
    section_options options = memory_options(size);
    options.flags = SECTION_LARGE_PAGES;
    return options;
}

/* A section of that many large pages; NULL if the machine does not have them
 * free. Other failures fail the test. */
static section *new_large(size_t pages)
{
    section_options options = large_options(pages * large_page());
    section *s;
    if (large_page() == 0)
        return NULL;
    section_status status = section_create(&s, &options);
    if (status == SECTION_NO_SPACE)
        return NULL;
    assert_status(SECTION_OK, status);
    return s;
}

static void large_pages_are_unsupported_where_the_trait_says_so(void **state)
{
    (void)state;
    section *s;
    section_options options = large_options(GIB);
    section_status status = section_create(&s, &options);
    if (large_page() == 0) {
        assert_status(SECTION_UNSUPPORTED, status);
        return;
    }
    assert_true(large_page() > machine_page_size());
    assert_same(0, large_page() & (large_page() - 1));
    assert_true(status == SECTION_OK || status == SECTION_NO_SPACE);
    section_close(s);
}

static void assert_is_large(const section *s, size_t pages)
{
    section_info info = info_of(s);
    assert_same(SECTION_PAGES_LARGE, info.pages);
    assert_same(large_page(), info.granularity);
    assert_same(pages * large_page(), info.size);
    assert_same(info.size, info.reserve);
    assert_same(this_system().memory_commit, info.commit);
    assert_same(SECTION_KIND_MEMORY, info.kind);
}

static void a_section_of_large_pages_is_zero_committed_and_exact(void **state)
{
    (void)state;
    section *s = new_large(3);
    if (s == NULL)
        SKIP("no large pages are free here");
    assert_is_large(s, 3);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_same(3 * large_page(), view.length);
    assert_true(expect_zero(view.data, view.length));
    fill(bytes_of(&view), view.length, 0);
    section *other = duplicate_of(s, READ_ONLY);
    section_close(s);
    assert_is_large(other, 3);
    section_view reader = mapped(other, 0, 0, SECTION_ACCESS_READ);
    assert_true(is_filled(bytes_of(&reader), reader.length, 0));
    if (has_flag(other, SECTION_INFO_READ_ONLY_ENFORCED))
        assert_false(memory_force_writable(reader.data, reader.length));
    unmap(&view);
    unmap(&reader);
    section_close(other);
}

static void views_of_large_pages_show_any_bytes(void **state)
{
    (void)state;
    section *s = new_large(3);
    if (s == NULL)
        SKIP("no large pages are free here");
    size_t page = large_page();
    section_view all = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&all), all.length, 0);
    const size_t offsets[] = {0, 1, 4096, page - 1, page, 2 * page + 77};
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        section_view view = mapped(s, offsets[i], 900, SECTION_ACCESS_READ);
        assert_same(900, view.length);
        assert_true(is_filled(bytes_of(&view), 900, offsets[i]));
        unmap(&view);
    }
    section_view none;
    assert_no_view(SECTION_RANGE, none,
                   section_map(&none, s, 3 * page - 1, 2, SECTION_ACCESS_READ));
    unmap(&all);
    section_close(s);
}

static void views_of_large_pages_are_copied_on_write(void **state)
{
    (void)state;
    section *s = new_large(1);
    section_view view;
    if (s == NULL)
        SKIP("no large pages are free here");
    poke(s, 100, 5);
    section_status status = section_map(&view, s, 100, 10, SECTION_ACCESS_COPY);
    /* A page for the copy is taken now, or there is no view. */
    if (status == SECTION_OK) {
        assert_same(5, bytes_of(&view)[0]);
        bytes_of(&view)[0] = 6;
        assert_same(5, peek(s, 100));
        unmap(&view);
    } else if (this_system().memory_copy == SECTION_COPY_NONE) {
        assert_status(SECTION_UNSUPPORTED, status);
    } else {
        assert_true(status == SECTION_LIMIT || status == SECTION_NO_SPACE);
    }
    section_close(s);
}

static void large_pages_are_protected_as_a_whole(void **state)
{
    (void)state;
    section *s = new_large(3);
    if (s == NULL)
        SKIP("no large pages are free here");
    size_t page = large_page();
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_INVALID,
                  section_view_protect(&view, machine_page_size(), page,
                                       SECTION_ACCESS_READ));
    assert_status(SECTION_OK,
                  section_view_protect(&view, page, page, SECTION_ACCESS_READ));
    assert_true(memory_can_write(bytes_of(&view) + page - 1));
    assert_false(memory_can_write(bytes_of(&view) + page));
    assert_true(memory_can_write(bytes_of(&view) + 2 * page));
    unmap(&view);
    section_close(s);
}

static void large_pages_are_mapped_at_an_address(void **state)
{
    (void)state;
    section *s = new_large(2);
    if (s == NULL)
        SKIP("no large pages are free here");
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    unsigned char *address = bytes_of(&view);
    unmap(&view);
    section_view none;
    assert_no_view(SECTION_INVALID, none,
                   section_map_at(&none, s, 0, 10, SECTION_ACCESS_READ,
                                  address + machine_page_size()));
    assert_status(SECTION_OK,
                  section_map_at(&view, s, large_page() + 9, 10,
                                 SECTION_ACCESS_READ_WRITE, address + 9));
    assert_true(view.data == address + 9);
    unmap(&view);
    section_close(s);
}

static void large_pages_are_prepared_and_discarded(void **state)
{
    (void)state;
    section *s = new_large(2);
    if (s == NULL)
        SKIP("no large pages are free here");
    size_t page = large_page();
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK,
                  section_view_prefetch(&view, 5, 10, SECTION_PREFETCH_WRITE));
    fill(bytes_of(&view), view.length, 0);
    assert_status(SECTION_OK, section_view_discard(&view, page - 5, page));
    assert_true(is_filled(bytes_of(&view), page - 5, 0));
    assert_true(expect_zero(bytes_of(&view) + page - 5, page));
    assert_true(is_filled(bytes_of(&view) + 2 * page - 5, 5, 2 * page - 5));
    uint64_t before = foreign_allocated(native_of(s));
    assert_status(SECTION_OK, section_view_discard(&view, page - 5, 0));
    assert_true(is_filled(bytes_of(&view), page - 5, 0));
    if (this_system().discard == SECTION_DISCARD_FREED)
        assert_same(page, before - foreign_allocated(native_of(s)));
    assert_true(expect_zero(bytes_of(&view) + page - 5, page + 5));
    unmap(&view);
    section_close(s);
}

static void what_cannot_have_large_pages_is_invalid(void **state)
{
    (void)state;
    section *s;
    file_path path = files_path("large");
    section_options options = large_options(GIB);
    options.path = path.text;
    assert_no_section(SECTION_INVALID, s, section_create(&s, &options));
    assert_false(file_exists(path.text));
    options = named_options("large pages", GIB);
    options.flags = SECTION_LARGE_PAGES;
    assert_no_section(SECTION_INVALID, s, section_create(&s, &options));
    options = large_options(GIB);
    options.flags |= SECTION_LAZY;
    assert_no_section(SECTION_INVALID, s, section_create(&s, &options));
    options = large_options(GIB);
    options.flags |= SECTION_PREFER_LARGE_PAGES;
    assert_no_section(SECTION_INVALID, s, section_create(&s, &options));
    options = large_options(GIB);
    options.reserve = 2 * GIB;
    assert_no_section(SECTION_INVALID, s, section_create(&s, &options));
    options = large_options(GIB + machine_page_size());
    assert_no_section(large_page() == 0 ? SECTION_UNSUPPORTED : SECTION_INVALID,
                      s, section_create(&s, &options));
}

static void too_few_large_pages_is_no_space_and_leaves_nothing(void **state)
{
    (void)state;
    if (large_page() == 0)
        SKIP("there are no large pages here (large_page_size)");
    uint64_t size = machine_memory() / large_page() * large_page() * 2;
    section_options options = large_options(size);
    section *s = new_large(1), *refused;
    bool had = s != NULL;
    section_close(s);
    size_t handles = machine_open_handles();
    assert_no_section(SECTION_NO_SPACE, refused,
                      section_create(&refused, &options));
    assert_same(handles, machine_open_handles());
    /* What was taken for it is free again. */
    s = new_large(1);
    assert_true((s != NULL) == had);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Preferred
 * ------------------------------------------------------------------------ */

static section *new_preferred(uint64_t size, uint32_t flags)
{
    section *s;
    section_options options = memory_options(size);
    options.flags = flags | SECTION_PREFER_LARGE_PAGES;
    assert_status(SECTION_OK, section_create(&s, &options));
    return s;
}

/* A section that was made with a preference is one like any other. */
static void assert_is_ordinary(section *s, uint64_t size)
{
    section_info info = info_of(s);
    assert_same(size, info.size);
    assert_same(this_system().granularity, info.granularity);
    assert_true(info.pages == SECTION_PAGES_NORMAL ||
                info.pages == SECTION_PAGES_MIXED);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_true(expect_zero(view.data, view.length));
    fill(bytes_of(&view), view.length, 0);
    section_view other = mapped(s, 4097, 0, SECTION_ACCESS_READ);
    assert_true(is_filled(bytes_of(&other), other.length, 4097));
    unmap(&view);
    unmap(&other);
    section_close(s);
}

/* What is committed by allocating it is there before it is touched. */
static void assert_is_committed(const section *s)
{
    assert_same(this_system().memory_commit, info_of(s).commit);
    section_native native = native_of(s);
    if (info_of(s).commit == SECTION_COMMIT_ALLOCATED &&
        foreign_is_in_memory(native))
        assert_true(foreign_allocated(native) >= info_of(s).size);
}

static void a_preference_for_large_pages_never_fails(void **state)
{
    (void)state;
    const uint64_t sizes[] = {5000, PREFERRED_SIZE, 3 * PREFERRED_SIZE + 5001};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        section *s = new_preferred(sizes[i], 0);
        assert_is_committed(s);
        assert_is_ordinary(s, sizes[i]);
        assert_is_ordinary(new_preferred(sizes[i], SECTION_LAZY), sizes[i]);
    }
    section *s;
    section_options options = named_options("preferred", sizes[2]);
    options.flags = SECTION_PREFER_LARGE_PAGES;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_is_ordinary(s, sizes[2]);
    options = file_options(files_path("preferred").text, sizes[2],
                           SECTION_CREATE_NEW);
    options.flags = SECTION_PREFER_LARGE_PAGES;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_is_ordinary(s, sizes[2]);
}

static void
a_preference_for_large_pages_commits_no_more_than_there_is(void **state)
{
    (void)state;
    if (machine_is_wine())
        SKIP("Wine commits memory without looking (docs/wine.md)");
    section *s;
    section_options options = memory_options(machine_memory() * 2);
    options.flags = SECTION_PREFER_LARGE_PAGES;
    if (this_system().memory_commit == SECTION_COMMIT_NONE)
        SKIP("memory is not committed here (memory_commit)");
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
}

static void what_prefers_large_pages_can_grow(void **state)
{
    (void)state;
    section *s;
    section_options options = memory_options(5000);
    options.reserve = 4 * PREFERRED_SIZE;
    options.rights |= SECTION_RIGHT_EXTEND;
    options.flags = SECTION_PREFER_LARGE_PAGES;
    if (this_system().memory_growth == SECTION_SUPPORT_NONE)
        SKIP("memory does not grow here (memory_growth)");
    assert_status(SECTION_OK, section_create(&s, &options));
    section_view view =
        mapped(s, 0, 4 * PREFERRED_SIZE, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), 5000, 0);
    assert_status(SECTION_OK, section_extend(s, 3 * PREFERRED_SIZE + 1));
    assert_true(is_filled(bytes_of(&view), 5000, 0));
    assert_true(
        expect_zero(bytes_of(&view) + 5000, 3 * PREFERRED_SIZE + 1 - 5000));
    assert_same(3 * PREFERRED_SIZE + 1, info_of(s).size);
    unmap(&view);
    section_close(s);
}

static void large_views_are_where_large_pages_can_be(void **state)
{
    (void)state;
    section *s = new_preferred(4 * PREFERRED_SIZE, 0);
    const section_access kinds[] = {SECTION_ACCESS_READ_WRITE,
                                    SECTION_ACCESS_READ, SECTION_ACCESS_COPY};
    if (info_of(s).pages != SECTION_PAGES_MIXED) {
        section_close(s);
        SKIP("a preference for large pages does nothing here");
    }
    section_view views[16];
    size_t mappings = machine_mappings();
    /* Many at once: they are not aligned by luck. */
    for (size_t i = 0; i < 16; i++) {
        size_t offset = i * 5 * machine_page_size() + i;
        views[i] = mapped(s, offset, PREFERRED_SIZE, kinds[i % 3]);
        assert_same(offset % PREFERRED_SIZE,
                    (uintptr_t)views[i].data % PREFERRED_SIZE);
    }
    for (size_t i = 0; i < 16; i++)
        unmap(&views[i]);
    /* Nothing is left of what it took to align them. */
    if (!machine_is_sanitized())
        assert_true(machine_mappings() <= mappings);
    section_close(s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(large_pages_are_unsupported_where_the_trait_says_so),
    cmocka_unit_test(a_section_of_large_pages_is_zero_committed_and_exact),
    cmocka_unit_test(views_of_large_pages_show_any_bytes),
    cmocka_unit_test(views_of_large_pages_are_copied_on_write),
    cmocka_unit_test(large_pages_are_protected_as_a_whole),
    cmocka_unit_test(large_pages_are_mapped_at_an_address),
    cmocka_unit_test(large_pages_are_prepared_and_discarded),
    cmocka_unit_test(what_cannot_have_large_pages_is_invalid),
    cmocka_unit_test(too_few_large_pages_is_no_space_and_leaves_nothing),
    cmocka_unit_test(a_preference_for_large_pages_never_fails),
    cmocka_unit_test(
        a_preference_for_large_pages_commits_no_more_than_there_is),
    cmocka_unit_test(what_prefers_large_pages_can_grow),
    cmocka_unit_test(large_views_are_where_large_pages_can_be),
};

TEST_MAIN_ALONE(tests)
