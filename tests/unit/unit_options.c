/* SPDX-License-Identifier: MIT */
/*
 * The options of section_create(): versions, and every rule they can break.
 */
#include "unit.h"

#include <stddef.h>
#include <string.h>

/* Options of a later version: what we know, and more behind it. */
typedef struct later_options {
    section_options known;
    unsigned char unknown[24];
} later_options;

static later_options later(void)
{
    later_options options;
    memset(&options, 0, sizeof(options));
    const section_options defaults = SECTION_OPTIONS_INIT;
    options.known = defaults;
    options.known.struct_size = (uint32_t)sizeof(options);
    options.known.size = 100;
    return options;
}

static void expect_create(section_status expected,
                          const section_options *options)
{
    section *made = UNTOUCHED;
    section_os_set_last_error(55);
    assert_status(expected, section_create(&made, options));
    if (expected == SECTION_OK) {
        assert_non_null(made);
        assert_true(unit_info(made).size == options->size);
        /* Success leaves the last code alone. */
        assert_int_equal(section_last_os_error(), 55);
    } else {
        assert_null(made);
        assert_int_equal(section_last_os_error(), 0);
    }
    section_close(made);
}

static void options_of_a_later_version_with_a_zero_tail_are_taken(void **state)
{
    (void)state;
    later_options options = later();
    expect_create(SECTION_OK, &options.known);
}

static void any_byte_of_an_unknown_field_is_invalid(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(((later_options *)0)->unknown); i++) {
        later_options options = later();
        options.unknown[i] = 1;
        expect_create(SECTION_INVALID, &options.known);
        /* Not given, it is not looked at. */
        options.known.struct_size = (uint32_t)sizeof(section_options);
        expect_create(SECTION_OK, &options.known);
    }
}

static void options_smaller_than_the_first_version_are_invalid(void **state)
{
    (void)state;
    uint32_t first =
        (uint32_t)(offsetof(section_options, flags) + sizeof(uint32_t));
    later_options options = later();
    for (uint32_t size = 0; size < first; size++) {
        options.known.struct_size = size;
        expect_create(SECTION_INVALID, &options.known);
    }
    options.known.struct_size = first;
    expect_create(SECTION_OK, &options.known);
}

static void a_struct_size_nobody_set_is_invalid(void **state)
{
    (void)state;
    static const uint32_t absurd[] = {4097, 0x5a5a5a5a, UINT32_MAX};
    later_options options = later();
    for (size_t i = 0; i < sizeof(absurd) / sizeof(absurd[0]); i++) {
        options.known.struct_size = absurd[i];
        expect_create(SECTION_INVALID, &options.known);
    }
}

static void the_initializer_asks_for_memory_to_read_and_write(void **state)
{
    (void)state;
    section_options options = SECTION_OPTIONS_INIT;
    expect_create(SECTION_INVALID, &options); /* no size */
    options.size = 1;
    section *made;
    assert_status(SECTION_OK, section_create(&made, &options));
    section_info info = unit_info(made);
    assert_int_equal(info.kind, SECTION_KIND_MEMORY);
    assert_int_equal(info.rights, ALL_RIGHTS);
    assert_int_equal(info.flags,
                     SECTION_INFO_CREATED | SECTION_INFO_READ_ONLY_ENFORCED);
    assert_int_equal(info.commit, SECTION_COMMIT_CHARGED);
    assert_int_equal(info.pages, SECTION_PAGES_NORMAL);
    assert_int_equal(info.granularity, unit_granule());
    assert_true(info.reserve == 1);
    section_close(made);
}

/* What one flag comes to, for a size that is no multiple of a large page. */
static section_status expected_of_flag(uint32_t flag)
{
    if (flag == SECTION_LAZY || flag == SECTION_PREFER_LARGE_PAGES)
        return SECTION_OK;
    if (flag == SECTION_LARGE_PAGES && fake_current()->large_page == 0)
        return SECTION_UNSUPPORTED;
    return SECTION_INVALID;
}

static void unknown_rights_and_flags_are_invalid_bit_by_bit(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 32; bit++) {
        section_options options = SECTION_OPTIONS_INIT;
        options.size = 1;
        options.flags = (uint32_t)1 << bit;
        expect_create(expected_of_flag(options.flags), &options);
        options.flags = 0;
        options.rights = (uint32_t)1 << bit;
        bool known = (options.rights & ~(uint32_t)EVERY_RIGHT) == 0;
        expect_create(known ? SECTION_OK : SECTION_INVALID, &options);
        options.rights |= ALL_RIGHTS;
        expect_create(known ? SECTION_OK : SECTION_INVALID, &options);
    }
    section_options none = SECTION_OPTIONS_INIT;
    none.size = 1;
    none.rights = 0;
    expect_create(SECTION_INVALID, &none);
}

static void extending_implies_writing_and_all_else_implies_reading(void **state)
{
    (void)state;
    static const struct {
        section_rights asked, given;
    } rows[] = {
        {SECTION_RIGHT_READ, SECTION_RIGHT_READ},
        {SECTION_RIGHT_WRITE, ALL_RIGHTS},
        {SECTION_RIGHT_EXTEND, MAY_EXTEND},
        {SECTION_RIGHT_EXTEND | SECTION_RIGHT_READ, MAY_EXTEND},
        {SECTION_RIGHT_EXTEND | SECTION_RIGHT_WRITE, MAY_EXTEND},
        {MAY_EXTEND, MAY_EXTEND},
        {SECTION_RIGHT_EXECUTE, MAY_RUN},
        {SECTION_RIGHT_EXECUTE | SECTION_RIGHT_WRITE,
         MAY_RUN | SECTION_RIGHT_WRITE},
        {SECTION_RIGHT_EXECUTE | SECTION_RIGHT_EXTEND, EVERY_RIGHT},
        {EVERY_RIGHT, EVERY_RIGHT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        section_options options = SECTION_OPTIONS_INIT;
        options.size = 1;
        options.rights = rows[i].asked;
        section *made, *same;
        assert_status(SECTION_OK, section_create(&made, &options));
        assert_int_equal(unit_info(made).rights, rows[i].given);
        assert_status(SECTION_OK,
                      section_duplicate(&same, made, rows[i].asked));
        assert_int_equal(unit_info(same).rights, rows[i].given);
        section_close(made);
        section_close(same);
    }
}

static void no_duplicate_may_extend_what_its_source_may_not(void **state)
{
    (void)state;
    section *writes = unit_memory(10), *out = UNTOUCHED;
    section_native native = 5;
    assert_status(SECTION_ACCESS,
                  section_duplicate(&out, writes, SECTION_RIGHT_EXTEND));
    assert_null(out);
    assert_status(SECTION_ACCESS, section_duplicate_native(
                                      &native, writes, SECTION_RIGHT_EXTEND));
    assert_true(native == -1);
    section_close(writes);
}

/* ------------------------------------------------------------------------
 * Versions: the bytes that each version had, on every ABI
 * ------------------------------------------------------------------------ */

/* The end of the last field of a version, by its number. */
#define END_OF(type, field)                                                    \
    ((uint32_t)(offsetof(type, field) + sizeof(((type *)0)->field)))

static const uint32_t option_versions[] = {
    END_OF(section_options, flags),
    END_OF(section_options, context),
    END_OF(section_options, reserve),
};

#define OPTION_VERSIONS (sizeof(option_versions) / sizeof(option_versions[0]))

/* What lies behind the bytes of a version is not looked at: broken values there
 * do not hurt, and a reserve there makes nothing grow. */
static void
options_of_every_version_have_the_defaults_of_their_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPTION_VERSIONS; i++) {
        section_options options;
        const section_options defaults = SECTION_OPTIONS_INIT;
        memset(&options, 0xa5, sizeof(options));
        memcpy(&options, &defaults, option_versions[i]);
        options.struct_size = option_versions[i];
        options.size = 100;
        expect_create(SECTION_OK, &options);
        section *made;
        assert_status(SECTION_OK, section_create(&made, &options));
        assert_true(unit_info(made).reserve == 100);
        section_close(made);
    }
    /* The last version is this one. */
    assert_int_equal(option_versions[OPTION_VERSIONS - 1],
                     sizeof(section_options));
}

/* A reserve cut in two is one with the default in its other bytes. */
static void a_struct_that_ends_within_a_field_is_completed(void **state)
{
    (void)state;
    section_options options = SECTION_OPTIONS_INIT;
    options.size = 100;
    options.reserve = 100;
    for (uint32_t size = option_versions[0]; size <= sizeof(options); size++) {
        options.struct_size = size;
        expect_create(SECTION_OK, &options);
    }
    options.reserve = UINT64_MAX - 0xff;
    options.struct_size = option_versions[1] + 1; /* its lowest byte, if that is
                                                     the first one: 0 */
    const union {
        uint16_t number;
        unsigned char bytes[2];
    } order = {1};
    if (order.bytes[0] == 1)
        expect_create(SECTION_OK, &options);
}

/* ------------------------------------------------------------------------
 * Reserves
 * ------------------------------------------------------------------------ */

static section_status expected_of_reserve(uint64_t size, uint64_t reserve)
{
    if (size == 0)
        return SECTION_INVALID;
    if (reserve != 0 && reserve < size)
        return SECTION_INVALID;
    if (reserve > size && fake_current()->memory_cannot_grow)
        return SECTION_UNSUPPORTED;
    return SECTION_OK;
}

static void a_reserve_is_nothing_or_at_least_the_size(void **state)
{
    (void)state;
    const uint64_t page = unit_page();
    const uint64_t numbers[] = {0,        1,           2,        page - 1,
                                page,     page + 1,    2 * page, 3 * page - 1,
                                3 * page, 3 * page + 1};
    for (size_t s = 0; s < 10; s++)
        for (size_t r = 0; r < 10; r++) {
            section_options options = SECTION_OPTIONS_INIT;
            options.size = numbers[s];
            options.reserve = numbers[r];
            section_status expected =
                expected_of_reserve(numbers[s], numbers[r]);
            expect_create(expected, &options);
            options.name = "name";
            expect_create(expected, &options);
            section *made = NULL;
            if (expected != SECTION_OK)
                continue;
            assert_status(SECTION_OK, section_create(&made, &options));
            assert_true(unit_info(made).reserve ==
                        (numbers[r] != 0 ? numbers[r] : numbers[s]));
            section_close(made);
        }
}

static void
the_reserve_of_what_is_only_opened_by_name_is_not_asked_for(void **state)
{
    (void)state;
    section *made = unit_named("name"), *out = UNTOUCHED;
    section_options options = SECTION_OPTIONS_INIT;
    options.name = "name";
    options.disposition = SECTION_OPEN_EXISTING;
    options.reserve = 100;
    assert_status(SECTION_INVALID, section_create(&out, &options));
    assert_null(out);
    section_close(made);
}

static void more_than_the_largest_reserve_is_no_space(void **state)
{
    (void)state;
    static const uint64_t reserves[] = {SECTION_OS_SIZE_MAX + 1, INT64_MAX,
                                        UINT64_MAX};
    for (size_t i = 0; i < 3; i++) {
        section_options options = SECTION_OPTIONS_INIT;
        options.size = 1;
        options.reserve = reserves[i];
        expect_create(fake_current()->memory_cannot_grow ? SECTION_UNSUPPORTED
                                                         : SECTION_NO_SPACE,
                      &options);
        options.path = "new";
        expect_create(SECTION_NO_SPACE, &options);
        assert_false(fake_file_exists("new"));
    }
    section *most = unit_growing(1, SECTION_OS_SIZE_MAX);
    if (most != NULL)
        assert_true(unit_info(most).reserve == SECTION_OS_SIZE_MAX);
    section_close(most);
}

static void memory_is_always_created_new(void **state)
{
    (void)state;
    section_options options = SECTION_OPTIONS_INIT;
    options.size = 1;
    for (section_disposition d = -2; d < 6; d++) {
        options.disposition = d;
        expect_create(d == SECTION_CREATE_NEW ? SECTION_OK : SECTION_INVALID,
                      &options);
    }
}

/* The rules of file options, told once more and differently. */
static section_status expected_for_file(const section_options *o)
{
    bool creates = o->disposition == SECTION_CREATE_NEW ||
                   o->disposition == SECTION_OPEN_OR_CREATE;
    if (!creates && o->disposition != SECTION_OPEN_EXISTING)
        return SECTION_INVALID;
    if (o->path[0] == '\0')
        return SECTION_INVALID;
    if (creates && (o->size == 0 || (o->rights & SECTION_RIGHT_WRITE) == 0))
        return SECTION_INVALID;
    return SECTION_OK;
}

static void file_options_obey_the_documented_rules(void **state)
{
    (void)state;
    static const char *const file_paths[] = {"", "new"};
    static const section_rights rights[] = {SECTION_RIGHT_READ, ALL_RIGHTS};
    for (section_disposition d = -1; d < 4; d++)
        for (size_t p = 0; p < 2; p++)
            for (size_t r = 0; r < 2; r++)
                for (uint64_t size = 0; size < 2; size++) {
                    section_options options = SECTION_OPTIONS_INIT;
                    options.path = file_paths[p];
                    options.rights = rights[r];
                    options.size = size;
                    options.disposition = d;
                    section_status expected = expected_for_file(&options);
                    section *made = UNTOUCHED;
                    section_status status = section_create(&made, &options);
                    if (expected == SECTION_OK && d == SECTION_OPEN_EXISTING)
                        expected = SECTION_NOT_FOUND;
                    assert_int_equal(status, expected);
                    assert_int_equal(made != NULL, expected == SECTION_OK);
                    section_close(made);
                    assert_int_equal(fake_file_exists("new"),
                                     expected == SECTION_OK);
                    if (fake_file_exists("new"))
                        fake_remove_file("new");
                }
}

static void more_than_the_largest_size_is_no_space(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {SECTION_OS_SIZE_MAX + 1, INT64_MAX,
                                     (uint64_t)INT64_MAX + 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        section_options options = SECTION_OPTIONS_INIT;
        options.size = sizes[i];
        expect_create(SECTION_NO_SPACE, &options);
        options.flags = SECTION_LAZY;
        expect_create(SECTION_NO_SPACE, &options);
        options.path = "new";
        expect_create(SECTION_NO_SPACE, &options);
        assert_false(fake_file_exists("new"));
    }
    section_options most = SECTION_OPTIONS_INIT;
    most.size = SECTION_OS_SIZE_MAX;
    most.flags = SECTION_LAZY;
    expect_create(SECTION_OK, &most);
}

static void null_options_and_null_results_are_invalid(void **state)
{
    (void)state;
    section_options options = SECTION_OPTIONS_INIT;
    options.size = 1;
    section *made = UNTOUCHED;
    assert_status(SECTION_INVALID, section_create(NULL, &options));
    assert_status(SECTION_INVALID, section_create(NULL, NULL));
    assert_status(SECTION_INVALID, section_create(&made, NULL));
    assert_null(made);
    made = UNTOUCHED;
    assert_status(SECTION_INVALID,
                  section_open_file(&made, NULL, SECTION_RIGHT_READ));
    assert_null(made);
    assert_status(SECTION_INVALID,
                  section_open_file(NULL, "x", SECTION_RIGHT_READ));
}

static void options_are_not_written_to(void **state)
{
    (void)state;
    section_options options = SECTION_OPTIONS_INIT;
    options.size = 123;
    options.rights = SECTION_RIGHT_WRITE;
    section_options before = options;
    section *made;
    assert_status(SECTION_OK, section_create(&made, &options));
    assert_memory_equal(&options, &before, sizeof(options));
    section_close(made);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(options_of_a_later_version_with_a_zero_tail_are_taken),
        cmocka_unit_test(any_byte_of_an_unknown_field_is_invalid),
        cmocka_unit_test(options_smaller_than_the_first_version_are_invalid),
        cmocka_unit_test(a_struct_size_nobody_set_is_invalid),
        cmocka_unit_test(the_initializer_asks_for_memory_to_read_and_write),
        cmocka_unit_test(unknown_rights_and_flags_are_invalid_bit_by_bit),
        cmocka_unit_test(
            extending_implies_writing_and_all_else_implies_reading),
        cmocka_unit_test(no_duplicate_may_extend_what_its_source_may_not),
        cmocka_unit_test(
            options_of_every_version_have_the_defaults_of_their_time),
        cmocka_unit_test(a_struct_that_ends_within_a_field_is_completed),
        cmocka_unit_test(a_reserve_is_nothing_or_at_least_the_size),
        cmocka_unit_test(
            the_reserve_of_what_is_only_opened_by_name_is_not_asked_for),
        cmocka_unit_test(more_than_the_largest_reserve_is_no_space),
        cmocka_unit_test(memory_is_always_created_new),
        cmocka_unit_test(file_options_obey_the_documented_rules),
        cmocka_unit_test(more_than_the_largest_size_is_no_space),
        cmocka_unit_test(null_options_and_null_results_are_invalid),
        cmocka_unit_test(options_are_not_written_to),
    };
    return unit_run_everywhere(cases);
}
