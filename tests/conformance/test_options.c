/* SPDX-License-Identifier: MIT */
/*
 * Versioned structs and the rules for what may be asked: everything that is
 * SECTION_INVALID, and answers of every struct_size. Contract line 30
 * (versions agree or refuse each other).
 */
#include "process.h"
#include "sections.h"

/* Bytes of the first version's structs: up to and with these fields. */
#define SIZE_TO(type, last)                                                    \
    ((uint32_t)(offsetof(type, last) + sizeof(((type *)NULL)->last)))
#define OPTIONS_FIRST_SIZE      SIZE_TO(section_options, flags)
#define OPEN_OPTIONS_FIRST_SIZE SIZE_TO(section_open_options, timeout)
#define INFO_FIRST_SIZE         SIZE_TO(section_info, pages)
#define SYSTEM_FIRST_SIZE       SIZE_TO(section_system, lazy_backing)

/* Options of a version to come: known fields, then others. */
typedef struct longer_options {
    section_options known;
    uint64_t later[4];
} longer_options;

static longer_options from_the_future(uint64_t later)
{
    longer_options options = {.known = memory_options(100)};
    options.known.struct_size = (uint32_t)sizeof(options);
    options.later[3] = later;
    return options;
}

static void options_with_a_zero_tail_are_understood(void **state)
{
    (void)state;
    longer_options options = from_the_future(0);
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options.known));
    assert_same(100, info_of(s).size);
    section_close(s);
}

static void options_with_an_unknown_tail_are_invalid(void **state)
{
    (void)state;
    longer_options options = from_the_future(1);
    section *s;
    assert_no_section(SECTION_INVALID, s, section_create(&s, &options.known));
}

static void options_of_impossible_size_are_invalid(void **state)
{
    (void)state;
    const uint32_t sizes[] = {0, 4, OPTIONS_FIRST_SIZE - 1, 65536, UINT32_MAX};
    section *s;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        section_options options = memory_options(100);
        options.struct_size = sizes[i];
        assert_no_section(SECTION_INVALID, s, section_create(&s, &options));
    }
}

static void options_of_the_first_version_are_understood(void **state)
{
    (void)state;
    section_options options = memory_options(100);
    /* What came later is not there, whatever the bytes are. */
    memset((char *)&options + OPTIONS_FIRST_SIZE, 0xa5,
           sizeof(options) - OPTIONS_FIRST_SIZE);
    options.struct_size = OPTIONS_FIRST_SIZE;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_same(100, info_of(s).size);
    assert_string_equal("", info_of(s).name);
    section_close(s);
}

static void open_options_of_impossible_size_are_invalid(void **state)
{
    (void)state;
    const uint32_t sizes[] = {0, 4, OPEN_OPTIONS_FIRST_SIZE - 1, 65536,
                              UINT32_MAX};
    test_name name = names_unique("open-options");
    section *s = new_named(name.text, 100), *other;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        section_open_options options = SECTION_OPEN_OPTIONS_INIT;
        options.struct_size = sizes[i];
        assert_no_section(SECTION_INVALID, other,
                          section_open(&other, name.text, &options));
    }
    section_close(s);
}

static void open_options_with_an_unknown_tail_are_invalid(void **state)
{
    (void)state;
    struct {
        section_open_options known;
        uint64_t later[2];
    } options = {.known = SECTION_OPEN_OPTIONS_INIT};
    test_name name = names_unique("open-tail");
    section *s = new_named(name.text, 100), *other;
    options.known.struct_size = (uint32_t)sizeof(options);
    assert_status(SECTION_OK, section_open(&other, name.text, &options.known));
    section_close(other);
    options.later[1] = 1;
    assert_no_section(SECTION_INVALID, other,
                      section_open(&other, name.text, &options.known));
    section_close(s);
}

static void initializer_asks_for_memory_to_read_and_write(void **state)
{
    (void)state;
    section_options options = SECTION_OPTIONS_INIT;
    assert_same(sizeof(options), options.struct_size);
    assert_same(READ_WRITE, options.rights);
    assert_same(0, options.size);
    assert_that(options.path == NULL);
    assert_same(SECTION_CREATE_NEW, options.disposition);
    assert_same(0, options.flags);
    assert_that(options.name == NULL);
    assert_same(SECTION_SCOPE_USER, options.scope);
    assert_same(SECTION_PERMIT_OWNER, options.permit);
    assert_same(SECTION_TIMEOUT_DEFAULT, options.timeout);
    assert_that(options.initialize == NULL && options.context == NULL);

    section_open_options how = SECTION_OPEN_OPTIONS_INIT;
    assert_same(sizeof(how), how.struct_size);
    assert_same(READ_WRITE, how.rights);
    assert_same(SECTION_SCOPE_USER, how.scope);
    assert_same(SECTION_TIMEOUT_DEFAULT, how.timeout);
}

static void options_are_not_changed_or_kept(void **state)
{
    (void)state;
    test_name name = names_unique("kept"), copy = name;
    section_options all[] = {memory_options(100),
                             named_options(copy.text, 100)};
    for (size_t i = 0; i < 2; i++) {
        section_options before;
        memcpy(&before, &all[i], sizeof(before));
        section *s;
        assert_status(SECTION_OK, section_create(&s, &all[i]));
        assert_memory_equal(&before, &all[i], sizeof(before));
        memset(&all[i], 0xff, sizeof(all[i]));
        memset(&copy, 'x', sizeof(copy) - 1);
        assert_same(100, info_of(s).size);
        if (i == 1) {
            assert_string_equal(name.text, info_of(s).name);
            assert_alive(name.text);
        }
        section_close(s);
        copy = name;
    }
    assert_gone(name.text);
}

static void create_without_its_pointers_is_invalid(void **state)
{
    (void)state;
    section_options options = memory_options(100);
    section *s;
    assert_status(SECTION_INVALID, section_create(NULL, &options));
    assert_no_section(SECTION_INVALID, s, section_create(&s, NULL));
    assert_status(SECTION_INVALID, section_open_file(NULL, "x", READ_ONLY));
    assert_no_section(SECTION_INVALID, s,
                      section_open_file(&s, NULL, READ_ONLY));
    assert_status(SECTION_INVALID, section_open(NULL, "x", NULL));
    assert_no_section(SECTION_INVALID, s, section_open(&s, NULL, NULL));
    assert_status(SECTION_INVALID, section_duplicate(NULL, NULL, READ_ONLY));
    assert_no_section(SECTION_INVALID, s,
                      section_duplicate(&s, NULL, READ_ONLY));
}

static void assert_invalid(const section_options *options)
{
    section *s;
    assert_no_section(SECTION_INVALID, s, section_create(&s, options));
    assert_same(0, section_last_os_error());
}

static void unknown_rights_flags_and_dispositions_are_invalid(void **state)
{
    (void)state;
    const section_rights rights[] = {0, 0x10, 0x80000000u, UINT32_MAX,
                                     SECTION_ACCESS_READ};
    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        section_options options = memory_options(100);
        options.rights = rights[i];
        assert_invalid(&options);
    }
    const uint32_t flags[] = {8, 0x80000000u, UINT32_MAX};
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        section_options options = memory_options(100);
        options.flags = flags[i];
        assert_invalid(&options);
    }
    const section_disposition dispositions[] = {-1, 3, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof(dispositions) / sizeof(dispositions[0]);
         i++) {
        section_options options =
            file_options(files_path("never").text, 100, dispositions[i]);
        assert_invalid(&options);
    }
    assert_false(file_exists(files_path("never").text));
}

static void memory_without_a_name_can_only_be_created(void **state)
{
    (void)state;
    section_options options = memory_options(100);
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_invalid(&options);
    options.disposition = SECTION_OPEN_EXISTING;
    assert_invalid(&options);
}

static void what_belongs_to_a_name_is_invalid_without_one(void **state)
{
    (void)state;
    section_options options = memory_options(100);
    options.scope = SECTION_SCOPE_MACHINE;
    assert_invalid(&options);
    options = memory_options(100);
    options.permit = SECTION_PERMIT_GROUP;
    assert_invalid(&options);
    options = memory_options(100);
    options.timeout = 1;
    assert_invalid(&options);
    file_path path = files_path("nameless");
    options = file_options(path.text, 100, SECTION_CREATE_NEW);
    options.scope = SECTION_SCOPE_MACHINE;
    assert_invalid(&options);
    assert_false(file_exists(path.text));
}

static void a_name_with_a_path_is_invalid(void **state)
{
    (void)state;
    file_path path = files_path("named-file");
    test_name name = names_unique("of-a-file");
    section_options options = file_options(path.text, 100, SECTION_CREATE_NEW);
    options.name = name.text;
    assert_invalid(&options);
    assert_false(file_exists(path.text));
    assert_gone(name.text);
}

static void what_is_no_scope_permit_or_timeout_is_invalid(void **state)
{
    (void)state;
    test_name name = names_unique("scopeless");
    const int32_t bad[] = {-1, 2, 4, INT32_MAX, INT32_MIN};
    section_options options;
    section *s;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        section_open_options how = SECTION_OPEN_OPTIONS_INIT;
        options = named_options(name.text, 100);
        options.scope = how.scope = bad[i];
        assert_invalid(&options);
        assert_no_section(SECTION_INVALID, s,
                          section_open(&s, name.text, &how));
        options = named_options(name.text, 100);
        /* In the user's scope there is nobody else to let in. */
        options.permit = bad[i] == 4 ? SECTION_PERMIT_EVERYONE : bad[i];
        assert_invalid(&options);
    }
    const int32_t no_permits[] = {-1, 4, INT32_MAX};
    for (size_t i = 0; i < 3; i++) {
        options = named_options(name.text, 100);
        options.scope = SECTION_SCOPE_MACHINE;
        options.permit = no_permits[i];
        assert_invalid(&options);
    }
    options = named_options(name.text, 100);
    options.timeout = (uint32_t)SECTION_TIMEOUT_MAX + 1;
    assert_invalid(&options);
    options.timeout = 0;
    options.reserved = 1;
    assert_invalid(&options);
    assert_gone(name.text);
}

static section_status refuse(void *data, size_t length, void *context)
{
    (void)data;
    (void)length;
    (void)context;
    return SECTION_SYSTEM;
}

static void what_is_about_a_new_section_is_invalid_for_opening(void **state)
{
    (void)state;
    test_name name = names_unique("about-new");
    section *s = new_named(name.text, 100), *other;
    section_options options = named_options(name.text, 100);
    options.disposition = SECTION_OPEN_EXISTING;
    assert_invalid(&options);
    options.size = 0;
    options.flags = SECTION_LAZY;
    assert_invalid(&options);
    options.flags = 0;
    options.permit = SECTION_PERMIT_GROUP;
    assert_invalid(&options);
    options.permit = SECTION_PERMIT_OWNER;
    options.initialize = refuse;
    assert_invalid(&options);
    options.initialize = NULL;
    assert_status(SECTION_OK, section_create(&other, &options));
    assert_same(100, info_of(other).size);
    section_close(other);
    section_close(s);
}

static void a_new_name_needs_a_size(void **state)
{
    (void)state;
    test_name name = names_unique("sizeless");
    section_options options = named_options(name.text, 0);
    assert_invalid(&options);
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_invalid(&options);
    assert_gone(name.text);
}

static void a_path_without_characters_is_invalid(void **state)
{
    (void)state;
    section *s;
    section_options options = file_options("", 100, SECTION_CREATE_NEW);
    assert_invalid(&options);
    assert_no_section(SECTION_INVALID, s, section_open_file(&s, "", READ_ONLY));
}

static void a_file_that_may_be_created_needs_a_size(void **state)
{
    (void)state;
    file_path path = files_path("sizeless");
    section_options options = file_options(path.text, 0, SECTION_CREATE_NEW);
    assert_invalid(&options);
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_invalid(&options);
    assert_false(file_exists(path.text));
}

static void a_file_that_may_be_created_needs_the_right_to_write(void **state)
{
    (void)state;
    file_path path = files_path("rightless");
    section_options options = file_options(path.text, 100, SECTION_CREATE_NEW);
    options.rights = SECTION_RIGHT_READ;
    assert_invalid(&options);
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_invalid(&options);
    assert_false(file_exists(path.text));
}

static void open_file_refuses_what_are_no_rights(void **state)
{
    (void)state;
    file_path path = files_path("there");
    file_make(path.text, 100);
    section *s;
    assert_no_section(SECTION_INVALID, s, section_open_file(&s, path.text, 0));
    assert_no_section(
        SECTION_INVALID, s,
        section_open_file(&s, path.text, (section_rights)SECTION_ACCESS_READ));
}

/* ------------------------------------------------------------------------
 * Answers
 * ------------------------------------------------------------------------ */

#define BEYOND 16

static void info_writes_as_many_bytes_as_it_was_told(void **state)
{
    (void)state;
    section *s = new_memory(100);
    struct {
        section_info info;
        unsigned char beyond[BEYOND];
    } answer;
    memset(&answer, 0xa5, sizeof(answer));
    answer.info.struct_size = (uint32_t)sizeof(answer.info);
    assert_status(SECTION_OK, section_get_info(&answer.info, s));
    assert_same(sizeof(answer.info), answer.info.struct_size);
    for (size_t i = 0; i < BEYOND; i++)
        assert_same(0xa5, answer.beyond[i]);

    /* The first version's, and not a byte more. */
    memset(&answer, 0xa5, sizeof(answer));
    answer.info.struct_size = INFO_FIRST_SIZE;
    assert_status(SECTION_OK, section_get_info(&answer.info, s));
    assert_same(INFO_FIRST_SIZE, answer.info.struct_size);
    assert_same(100, answer.info.size);
    for (size_t i = INFO_FIRST_SIZE; i < sizeof(answer.info); i++)
        assert_same(0xa5, ((unsigned char *)&answer.info)[i]);

    memset(&answer, 0xa5, sizeof(answer));
    answer.info.struct_size = (uint32_t)sizeof(answer);
    assert_status(SECTION_OK, section_get_info(&answer.info, s));
    assert_same(sizeof(answer), answer.info.struct_size);
    assert_same(100, answer.info.size);
    assert_true(expect_zero(answer.beyond, BEYOND));
    section_close(s);
}

static void info_of_impossible_size_is_invalid(void **state)
{
    (void)state;
    section *s = new_memory(100);
    const uint32_t sizes[] = {0, 4, INFO_FIRST_SIZE - 1, 65536, UINT32_MAX};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        /* A struct that nobody initialized, perhaps: nothing is written. */
        section_info info, before;
        memset(&info, 0xa5, sizeof(info));
        info.struct_size = sizes[i];
        memcpy(&before, &info, sizeof(info));
        assert_status(SECTION_INVALID, section_get_info(&info, s));
        assert_memory_equal(&before, &info, sizeof(info));
        assert_status(SECTION_INVALID, section_get_info(&info, NULL));
        assert_memory_equal(&before, &info, sizeof(info));
    }
    assert_status(SECTION_INVALID, section_get_info(NULL, s));
    section_close(s);
}

static void info_of_no_section_is_invalid_and_zero(void **state)
{
    (void)state;
    section_info info;
    memset(&info, 0xa5, sizeof(info));
    info.struct_size = (uint32_t)sizeof(info);
    assert_status(SECTION_INVALID, section_get_info(&info, NULL));
    section_info expected = {.struct_size = (uint32_t)sizeof(info)};
    assert_memory_equal(&expected, &info, sizeof(info));
}

static void system_writes_as_many_bytes_as_it_was_told(void **state)
{
    (void)state;
    struct {
        section_system system;
        unsigned char beyond[BEYOND];
    } answer;
    memset(&answer, 0xa5, sizeof(answer));
    answer.system.struct_size = (uint32_t)sizeof(answer.system);
    assert_status(SECTION_OK, section_get_system(&answer.system));
    assert_same(sizeof(answer.system), answer.system.struct_size);
    for (size_t i = 0; i < BEYOND; i++)
        assert_same(0xa5, answer.beyond[i]);

    answer.system.struct_size = (uint32_t)sizeof(answer);
    assert_status(SECTION_OK, section_get_system(&answer.system));
    assert_true(expect_zero(answer.beyond, BEYOND));
}

static void system_of_impossible_size_is_invalid(void **state)
{
    (void)state;
    const uint32_t sizes[] = {0, 4, SYSTEM_FIRST_SIZE - 1, 65536, UINT32_MAX};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        section_system system, before;
        memset(&system, 0xa5, sizeof(system));
        system.struct_size = sizes[i];
        memcpy(&before, &system, sizeof(system));
        assert_status(SECTION_INVALID, section_get_system(&system));
        assert_memory_equal(&before, &system, sizeof(system));
    }
    assert_status(SECTION_INVALID, section_get_system(NULL));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(options_with_a_zero_tail_are_understood),
    cmocka_unit_test(options_with_an_unknown_tail_are_invalid),
    cmocka_unit_test(options_of_impossible_size_are_invalid),
    cmocka_unit_test(options_of_the_first_version_are_understood),
    cmocka_unit_test(open_options_of_impossible_size_are_invalid),
    cmocka_unit_test(open_options_with_an_unknown_tail_are_invalid),
    cmocka_unit_test(initializer_asks_for_memory_to_read_and_write),
    cmocka_unit_test(options_are_not_changed_or_kept),
    cmocka_unit_test(create_without_its_pointers_is_invalid),
    cmocka_unit_test(unknown_rights_flags_and_dispositions_are_invalid),
    cmocka_unit_test(memory_without_a_name_can_only_be_created),
    cmocka_unit_test(what_belongs_to_a_name_is_invalid_without_one),
    cmocka_unit_test(a_name_with_a_path_is_invalid),
    cmocka_unit_test(what_is_no_scope_permit_or_timeout_is_invalid),
    cmocka_unit_test(what_is_about_a_new_section_is_invalid_for_opening),
    cmocka_unit_test(a_new_name_needs_a_size),
    cmocka_unit_test(a_path_without_characters_is_invalid),
    cmocka_unit_test(a_file_that_may_be_created_needs_a_size),
    cmocka_unit_test(a_file_that_may_be_created_needs_the_right_to_write),
    cmocka_unit_test(open_file_refuses_what_are_no_rights),
    cmocka_unit_test(info_writes_as_many_bytes_as_it_was_told),
    cmocka_unit_test(info_of_impossible_size_is_invalid),
    cmocka_unit_test(info_of_no_section_is_invalid_and_zero),
    cmocka_unit_test(system_writes_as_many_bytes_as_it_was_told),
    cmocka_unit_test(system_of_impossible_size_is_invalid),
};

TEST_MAIN_ALONE(tests)
