/* SPDX-License-Identifier: MIT */
/*
 * Sections: sizes, files, duplicates, closing, and the answers of
 * section_get_info() and section_get_system().
 */
#include "trailer.h"
#include "unit.h"

#include <stddef.h>
#include <string.h>

/* ------------------------------------------------------------------------
 * Memory
 * ------------------------------------------------------------------------ */

static void the_size_of_memory_is_exact_around_every_page_edge(void **state)
{
    (void)state;
    uint64_t page = unit_page();
    for (uint64_t edge = page; edge <= 3 * page; edge += page)
        for (uint64_t size = edge - 2; size <= edge + 2; size++) {
            section *made = unit_memory(size);
            assert_true(unit_info(made).size == size);
            section_view view = unit_view(made, 0, 0, SECTION_ACCESS_READ);
            assert_true(view.length == size);
            assert_status(SECTION_OK, section_unmap(&view));
            assert_status(SECTION_RANGE, section_map(&view, made, size, 1,
                                                     SECTION_ACCESS_READ));
            section_close(made);
        }
}

static void rounded_memory_has_its_size_in_a_page_behind_it(void **state)
{
    (void)state;
    uint32_t page = fake_current()->page_size;
    for (uint64_t size = page - 1; size <= page + 1u; size++) {
        section *made = unit_memory(size);
        section_native handle;
        assert_status(SECTION_OK, section_get_native(&handle, made));
        uint64_t stored = fake_size(handle);
        if (!fake_current()->memory_sizes_are_rounded) {
            assert_true(stored == size);
        } else {
            assert_true(stored == section__trailer_stored_size(size, page));
            section_os_facts found = {.size = stored};
            const unsigned char *bytes =
                fake_bytes(handle, stored - page, SECTION__TRAILER_SIZE);
            assert_int_equal(section__trailer_decode(&found, bytes, page),
                             SECTION__TRAILER_VALID);
            assert_true(found.size == size);
            /* The id stands there too, because such a system has none. */
            section_info info = unit_info(made);
            assert_true(found.id[0] != 0 && found.id[1] != 0);
            assert_memory_equal(found.id, info.id, sizeof(info.id));
        }
        section_close(made);
    }
}

static void a_tebibyte_of_lazy_memory_can_be_mapped_anywhere(void **state)
{
    (void)state;
    const uint64_t size = ((uint64_t)1 << 40) + 1;
    section_options options = SECTION_OPTIONS_INIT;
    options.size = size;
    section *made;
    assert_status(SECTION_NO_SPACE, section_create(&made, &options));
    assert_null(made);
    options.flags = SECTION_LAZY;
    assert_status(SECTION_OK, section_create(&made, &options));
    section_info info = unit_info(made);
    assert_true(info.size == size);
    assert_int_equal(info.commit, SECTION_COMMIT_NONE);
    assert_true((info.flags & SECTION_INFO_LAZY) != 0);

    static const uint64_t offsets[] = {0, ((uint64_t)1 << 32) - 1,
                                       (uint64_t)1 << 40};
    for (size_t i = 0; i < 3; i++) {
        section_view a =
            unit_view(made, offsets[i], 1, SECTION_ACCESS_READ_WRITE);
        section_view b = unit_view(made, offsets[i], 1, SECTION_ACCESS_READ);
        *(unsigned char *)a.data = (unsigned char)(i + 1);
        assert_int_equal(*(unsigned char *)b.data, i + 1);
        assert_status(SECTION_OK, section_unmap(&a));
        assert_status(SECTION_OK, section_unmap(&b));
    }
    section_close(made);
}

static void memory_that_may_only_be_read_stays_zero(void **state)
{
    (void)state;
    section_options options = SECTION_OPTIONS_INIT;
    options.size = unit_page() + 7;
    options.rights = SECTION_RIGHT_READ;
    section *made;
    assert_status(SECTION_OK, section_create(&made, &options));
    section_info info = unit_info(made);
    assert_int_equal(info.rights, SECTION_RIGHT_READ);
    assert_true(info.size == options.size);
    assert_true((info.flags & SECTION_INFO_CREATED) != 0);
    section_native handle;
    assert_status(SECTION_OK, section_get_native(&handle, made));
    assert_false(fake_is_writable(handle));
    section_view view;
    assert_status(SECTION_ACCESS,
                  section_map(&view, made, 0, 0, SECTION_ACCESS_READ_WRITE));
    view = unit_view(made, 0, 0, SECTION_ACCESS_READ);
    for (size_t i = 0; i < view.length; i++)
        assert_int_equal(((unsigned char *)view.data)[i], 0);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(made);
}

/* ------------------------------------------------------------------------
 * Files
 * ------------------------------------------------------------------------ */

static section_status create_file(section **out, uint64_t size,
                                  section_disposition disposition,
                                  section_rights rights)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.path = "file";
    options.size = size;
    options.disposition = disposition;
    options.rights = rights;
    return section_create(out, &options);
}

static void
a_new_file_has_the_size_and_an_existing_one_is_in_the_way(void **state)
{
    (void)state;
    section *made;
    assert_status(SECTION_OK,
                  create_file(&made, 777, SECTION_CREATE_NEW, ALL_RIGHTS));
    section_info info = unit_info(made);
    assert_true(info.size == 777 && fake_file_size("file") == 777);
    assert_int_equal(info.kind, SECTION_KIND_FILE);
    assert_int_equal(info.commit, SECTION_COMMIT_ALLOCATED);
    assert_true((info.flags & SECTION_INFO_CREATED) != 0);
    section *second = UNTOUCHED;
    assert_status(SECTION_EXISTS,
                  create_file(&second, 9999, SECTION_CREATE_NEW, ALL_RIGHTS));
    assert_null(second);
    assert_true(fake_file_size("file") == 777);
    section_close(made);
    assert_true(fake_file_exists("file"));
}

static void open_or_create_tells_which_it_did(void **state)
{
    (void)state;
    section *made, *opened;
    assert_status(SECTION_OK,
                  create_file(&made, 500, SECTION_OPEN_OR_CREATE, ALL_RIGHTS));
    assert_status(SECTION_OK, create_file(&opened, 500, SECTION_OPEN_OR_CREATE,
                                          ALL_RIGHTS));
    assert_true((unit_info(made).flags & SECTION_INFO_CREATED) != 0);
    assert_true((unit_info(opened).flags & SECTION_INFO_CREATED) == 0);
    assert_int_equal(unit_info(opened).commit, SECTION_COMMIT_NONE);
    section_close(made);
    section_close(opened);
}

static void open_or_create_gives_up_on_what_is_there_and_not_found(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_DANGLING_LINK, 0);
    section *s = UNTOUCHED;
    assert_status(SECTION_NOT_FOUND,
                  create_file(&s, 500, SECTION_OPEN_OR_CREATE, ALL_RIGHTS));
    assert_null(s);
    assert_true(fake_file_exists("file"));
}

static void a_file_grows_if_it_may_and_never_shrinks(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 1000);
    section *s = UNTOUCHED;
    assert_status(SECTION_RANGE, create_file(&s, 1001, SECTION_OPEN_EXISTING,
                                             SECTION_RIGHT_READ));
    assert_null(s);
    assert_true(fake_file_size("file") == 1000);
    for (uint64_t size = 1; size <= 1002; size += 91) {
        assert_status(SECTION_OK,
                      create_file(&s, size, SECTION_OPEN_EXISTING, ALL_RIGHTS));
        assert_true(unit_info(s).size == size);
        assert_true(fake_file_size("file") == (size < 1000 ? 1000 : size));
        section_close(s);
    }
    assert_status(SECTION_OK,
                  create_file(&s, 5000, SECTION_OPEN_EXISTING, ALL_RIGHTS));
    assert_true(fake_file_size("file") == 5000);
    assert_int_equal(unit_info(s).commit, SECTION_COMMIT_ALLOCATED);
    section_close(s);
}

static void a_section_keeps_its_size_when_the_file_grows(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 1000);
    section *s = unit_file("file", SECTION_RIGHT_READ);
    section *grown;
    assert_status(SECTION_OK,
                  create_file(&grown, 9000, SECTION_OPEN_EXISTING, ALL_RIGHTS));
    assert_true(unit_info(s).size == 1000);
    section_view view;
    assert_status(SECTION_RANGE,
                  section_map(&view, s, 999, 2, SECTION_ACCESS_READ));
    section_close(s);
    section_close(grown);
}

static void a_full_disk_leaves_no_new_file_and_no_change(void **state)
{
    (void)state;
    fake_set_space_left(1 << 20, 4096);
    section *s = UNTOUCHED;
    assert_status(SECTION_NO_SPACE,
                  create_file(&s, 4097, SECTION_CREATE_NEW, ALL_RIGHTS));
    assert_null(s);
    assert_false(fake_file_exists("file"));
    fake_put_file("file", FAKE_FILE, 10);
    assert_status(SECTION_NO_SPACE,
                  create_file(&s, 9000, SECTION_OPEN_OR_CREATE, ALL_RIGHTS));
    assert_true(fake_file_size("file") == 10);
}

static void files_that_cannot_be_sections_say_why(void **state)
{
    (void)state;
    fake_put_file("empty", FAKE_FILE, 0);
    fake_put_file("folder", FAKE_DIRECTORY, 0);
    fake_put_file("kept", FAKE_READ_ONLY_FILE, 10);
    static const struct {
        const char *path;
        section_rights rights;
        section_status expected;
    } rows[] = {
        {"missing", SECTION_RIGHT_READ, SECTION_NOT_FOUND},
        {"empty", SECTION_RIGHT_READ, SECTION_EMPTY},
        {"empty", ALL_RIGHTS, SECTION_EMPTY},
        {"folder", SECTION_RIGHT_READ, SECTION_KIND},
        {"kept", ALL_RIGHTS, SECTION_ACCESS},
        {"", SECTION_RIGHT_READ, SECTION_INVALID},
        {"kept", 0, SECTION_INVALID},
        {"kept", 0x10, SECTION_INVALID},
        {"kept", MAY_EXTEND, SECTION_ACCESS},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        section *s = UNTOUCHED;
        assert_status(rows[i].expected,
                      section_open_file(&s, rows[i].path, rows[i].rights));
        assert_null(s);
    }
    assert_true(fake_file_exists("empty"));
    section *s = unit_file("kept", SECTION_RIGHT_READ);
    section_close(s);
}

static void a_file_that_is_too_large_to_be_a_section_is_a_limit(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, SECTION_OS_SIZE_MAX + 1);
    section *s = UNTOUCHED;
    assert_status(SECTION_LIMIT,
                  section_open_file(&s, "file", SECTION_RIGHT_READ));
    assert_null(s);
    assert_status(SECTION_OK, create_file(&s, 10, SECTION_OPEN_EXISTING,
                                          SECTION_RIGHT_READ));
    section_close(s);
}

static void a_file_that_was_there_is_not_taken_back(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 0);
    section *s = UNTOUCHED;
    fake_set_space_left(1 << 20, 100);
    assert_status(SECTION_NO_SPACE,
                  create_file(&s, 101, SECTION_OPEN_OR_CREATE, ALL_RIGHTS));
    assert_true(fake_file_exists("file"));
}

/* ------------------------------------------------------------------------
 * Duplicate and close
 * ------------------------------------------------------------------------ */

static void a_duplicate_has_the_rights_asked_for_and_lives_alone(void **state)
{
    (void)state;
    section *all = unit_memory(100);
    section *same, *narrow;
    assert_status(SECTION_OK,
                  section_duplicate(&same, all, SECTION_RIGHT_WRITE));
    assert_status(SECTION_OK,
                  section_duplicate(&narrow, same, SECTION_RIGHT_READ));
    section_close(all);
    assert_int_equal(unit_info(same).rights, ALL_RIGHTS);
    assert_int_equal(unit_info(narrow).rights, SECTION_RIGHT_READ);
    assert_true((unit_info(same).flags & SECTION_INFO_CREATED) == 0);
    assert_int_equal(unit_info(narrow).commit, SECTION_COMMIT_CHARGED);
    section_view writes = unit_view(same, 10, 1, SECTION_ACCESS_READ_WRITE);
    section_view reads = unit_view(narrow, 10, 1, SECTION_ACCESS_READ);
    *(unsigned char *)writes.data = 7;
    assert_int_equal(*(unsigned char *)reads.data, 7);
    assert_status(SECTION_OK, section_unmap(&writes));
    assert_status(SECTION_OK, section_unmap(&reads));
    section_close(same);
    section_close(narrow);
}

static void a_duplicate_never_has_more_rights(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 10);
    section *reads = unit_file("file", SECTION_RIGHT_READ);
    static const section_rights broken[] = {0, 0x10, 0x11, 0x101, 0x80000000u};
    section *out = UNTOUCHED;
    assert_status(SECTION_ACCESS, section_duplicate(&out, reads, ALL_RIGHTS));
    assert_null(out);
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        out = UNTOUCHED;
        assert_status(SECTION_INVALID,
                      section_duplicate(&out, reads, broken[i]));
        assert_null(out);
    }
    out = UNTOUCHED;
    assert_status(SECTION_INVALID,
                  section_duplicate(&out, NULL, SECTION_RIGHT_READ));
    assert_null(out);
    assert_status(SECTION_INVALID,
                  section_duplicate(NULL, reads, SECTION_RIGHT_READ));
    section_close(reads);
}

static void closing_nothing_is_allowed(void **state)
{
    (void)state;
    section_close(NULL);
    assert_int_equal(fake_count().handles, 0);
}

/* ------------------------------------------------------------------------
 * Questions
 * ------------------------------------------------------------------------ */

/* Fail unless `size` bytes are as expected, and those behind untouched. */
static void expect_answer(const void *expected, const void *answer, size_t size,
                          size_t whole)
{
    assert_memory_equal(answer, expected, size);
    const unsigned char *bytes = answer;
    for (size_t i = size; i < whole; i++)
        assert_int_equal(bytes[i], 0x5a);
}

static void info_answers_callers_of_every_version(void **state)
{
    (void)state;
    section *s = unit_memory(100);
    uint32_t first =
        (uint32_t)(offsetof(section_info, pages) + sizeof(section_pages));
    struct {
        section_info known;
        unsigned char later[16];
    } answer, expected = {unit_info(s), {0}};
    for (uint32_t size = 0; size < sizeof(answer); size++) {
        memset(&answer, 0x5a, sizeof(answer));
        answer.known.struct_size = size;
        if (size < first) {
            assert_status(SECTION_INVALID, section_get_info(&answer.known, s));
            continue;
        }
        expected.known.struct_size = size;
        assert_status(SECTION_OK, section_get_info(&answer.known, s));
        expect_answer(&expected, &answer, size, sizeof(answer));
    }
    assert_true(expected.known.size == 100);
    answer.known.struct_size = 4097;
    assert_status(SECTION_INVALID, section_get_info(&answer.known, s));
    section_close(s);
}

static void info_about_nothing_is_all_zero(void **state)
{
    (void)state;
    section_info info, zero = {.struct_size = sizeof(info)};
    memset(&info, 0x5a, sizeof(info));
    info.struct_size = sizeof(info);
    assert_status(SECTION_INVALID, section_get_info(&info, NULL));
    assert_memory_equal(&info, &zero, sizeof(info));
    assert_status(SECTION_INVALID, section_get_info(NULL, NULL));
}

static void the_traits_are_those_of_the_platform(void **state)
{
    (void)state;
    section_os_system system;
    section_os_get_system(&system);
    uint32_t first =
        (uint32_t)(offsetof(section_system, lazy_backing) + sizeof(uint32_t));
    struct {
        section_system known;
        unsigned char later[8];
    } answer, expected = {system.traits, {0}};
    for (uint32_t size = 0; size < sizeof(answer); size++) {
        memset(&answer, 0x5a, sizeof(answer));
        answer.known.struct_size = size;
        if (size < first) {
            assert_status(SECTION_INVALID, section_get_system(&answer.known));
            continue;
        }
        expected.known.struct_size = size;
        assert_status(SECTION_OK, section_get_system(&answer.known));
        expect_answer(&expected, &answer, size, sizeof(answer));
    }
    assert_int_equal(answer.known.page_size, unit_page());
    assert_int_equal(answer.known.granularity, unit_granule());
    assert_status(SECTION_INVALID, section_get_system(NULL));
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(the_size_of_memory_is_exact_around_every_page_edge),
        cmocka_unit_test(rounded_memory_has_its_size_in_a_page_behind_it),
        cmocka_unit_test(a_tebibyte_of_lazy_memory_can_be_mapped_anywhere),
        cmocka_unit_test(memory_that_may_only_be_read_stays_zero),
        cmocka_unit_test(
            a_new_file_has_the_size_and_an_existing_one_is_in_the_way),
        cmocka_unit_test(open_or_create_tells_which_it_did),
        cmocka_unit_test(
            open_or_create_gives_up_on_what_is_there_and_not_found),
        cmocka_unit_test(a_file_grows_if_it_may_and_never_shrinks),
        cmocka_unit_test(a_section_keeps_its_size_when_the_file_grows),
        cmocka_unit_test(a_full_disk_leaves_no_new_file_and_no_change),
        cmocka_unit_test(files_that_cannot_be_sections_say_why),
        cmocka_unit_test(a_file_that_is_too_large_to_be_a_section_is_a_limit),
        cmocka_unit_test(a_file_that_was_there_is_not_taken_back),
        cmocka_unit_test(a_duplicate_has_the_rights_asked_for_and_lives_alone),
        cmocka_unit_test(a_duplicate_never_has_more_rights),
        cmocka_unit_test(closing_nothing_is_allowed),
        cmocka_unit_test(info_answers_callers_of_every_version),
        cmocka_unit_test(info_about_nothing_is_all_zero),
        cmocka_unit_test(the_traits_are_those_of_the_platform),
    };
    return unit_run_everywhere(cases);
}
