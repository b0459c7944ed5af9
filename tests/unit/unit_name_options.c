/* SPDX-License-Identifier: MIT */
/*
 * The options that names have: every rule they can break, and versions.
 */
#include "unit.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------
 * Rules
 * ------------------------------------------------------------------------ */

static unsigned asked(void)
{
    fake_name_calls calls = fake_count_name_calls();
    return calls.creates + calls.opens + calls.publishes;
}

/* Refused by a rule: the platform was asked nothing. */
static void expect_invalid(const section_options *options)
{
    unsigned before = asked();
    section *made = UNTOUCHED;
    section_os_set_last_error(55);
    assert_status(SECTION_INVALID, section_create(&made, options));
    assert_null(made);
    assert_int_equal(section_last_os_error(), 0);
    assert_int_equal(asked(), before);
}

static void expect_valid(const section_options *options)
{
    section *made = UNTOUCHED;
    assert_status(SECTION_OK, section_create(&made, options));
    section_close(made);
}

static section_status no_fill(void *data, size_t length, void *context)
{
    (void)data;
    (void)length;
    (void)context;
    return SECTION_OK;
}

static void what_is_no_name_is_invalid(void **state)
{
    (void)state;
    static const char *const broken[] = {"", "a/b", "\\", "\x7f", "\n", "\xff"};
    char longest[SECTION_NAME_MAX + 2];
    memset(longest, 'n', sizeof(longest));
    longest[SECTION_NAME_MAX + 1] = '\0';
    for (size_t i = 0; i <= sizeof(broken) / sizeof(broken[0]); i++) {
        const char *name = i == 0 ? longest : broken[i - 1];
        section_options options = unit_named_options(name);
        for (section_disposition d = 0; d <= SECTION_OPEN_EXISTING; d++) {
            options.disposition = d;
            options.size = d == SECTION_OPEN_EXISTING ? 0 : 100;
            expect_invalid(&options);
        }
        section *opened = UNTOUCHED;
        assert_status(SECTION_INVALID, section_open(&opened, name, NULL));
        assert_null(opened);
    }
    assert_int_equal(asked(), 0);
    longest[SECTION_NAME_MAX] = '\0';
    section *made = unit_named(longest);
    assert_string_equal(unit_info(made).name, longest);
    section_close(made);
}

static void scope_permit_and_timeout_need_a_name(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 100);
    static const char *const file_paths[] = {NULL, "file"};
    for (size_t i = 0; i < 2; i++) {
        section_options plain = SECTION_OPTIONS_INIT;
        plain.size = 100;
        plain.path = file_paths[i];
        plain.disposition = i == 0 ? SECTION_CREATE_NEW : SECTION_OPEN_EXISTING;
        expect_valid(&plain);
        section_options options = plain;
        options.scope = MACHINE;
        expect_invalid(&options);
        options.scope = -1;
        expect_invalid(&options);
        options = plain;
        options.permit = SECTION_PERMIT_EVERYONE;
        expect_invalid(&options);
        options = plain;
        options.timeout = 1;
        expect_invalid(&options);
        options = plain;
        options.reserved = 1;
        expect_invalid(&options);
        options = plain;
        options.context = &plain; /* nobody will look at it */
        expect_valid(&options);
    }
}

static void a_name_has_no_path(void **state)
{
    (void)state;
    section_options options = unit_named_options("name");
    options.path = "file";
    for (section_disposition d = 0; d <= SECTION_OPEN_EXISTING; d++) {
        options.disposition = d;
        options.size = d == SECTION_OPEN_EXISTING ? 0 : 100;
        expect_invalid(&options);
    }
    assert_false(fake_file_exists("file"));
    options.name = NULL;
    options.size = 100;
    options.disposition = SECTION_OPEN_OR_CREATE;
    options.initialize = no_fill; /* is for memory */
    expect_invalid(&options);
    assert_false(fake_file_exists("file"));
}

static void permits_belong_to_the_scope_of_the_machine(void **state)
{
    (void)state;
    for (section_scope scope = -2; scope < 5; scope++)
        for (section_permit permit = -2; permit < 7; permit++) {
            section_options options = unit_named_options("name");
            options.scope = scope;
            options.permit = permit;
            bool known = permit >= 0 && permit <= SECTION_PERMIT_EVERYONE;
            if (!known ||
                !(scope == MACHINE || (scope == USER && permit == 0))) {
                expect_invalid(&options);
                continue;
            }
            section *made;
            assert_status(SECTION_OK, section_create(&made, &options));
            assert_int_equal(fake_name_permit(scope, "name"), permit);
            assert_int_equal(unit_info(made).scope, scope);
            section_close(made);
        }
}

static void timeouts_beyond_the_longest_are_invalid(void **state)
{
    (void)state;
    section *made = unit_named("name"), *opened;
    const uint32_t timeouts[] = {1, SECTION_TIMEOUT_MAX,
                                 (uint32_t)SECTION_TIMEOUT_MAX + 1, UINT32_MAX};
    for (size_t i = 0; i < 4; i++) {
        section_options options = unit_named_options("other");
        options.timeout = timeouts[i];
        section_open_options how = SECTION_OPEN_OPTIONS_INIT;
        how.timeout = timeouts[i];
        opened = UNTOUCHED;
        if (i < 2) {
            expect_valid(&options);
            assert_status(SECTION_OK, section_open(&opened, "name", &how));
            section_close(opened);
        } else {
            expect_invalid(&options);
            assert_status(SECTION_INVALID, section_open(&opened, "name", &how));
            assert_null(opened);
        }
    }
    section_close(made);
}

/* What is there is not changed by wishes about what is new. */
static void opening_takes_no_wishes_about_what_is_new(void **state)
{
    (void)state;
    section *made = unit_named("name");
    section_options plain = unit_named_options("name");
    plain.disposition = SECTION_OPEN_EXISTING;
    expect_invalid(&plain);
    plain.size = 0;
    expect_valid(&plain);
    section_options options = plain;
    options.flags = SECTION_LAZY;
    expect_invalid(&options);
    options = plain;
    options.initialize = no_fill;
    expect_invalid(&options);
    options = plain;
    options.scope = MACHINE;
    section *opened = UNTOUCHED;
    assert_status(SECTION_NOT_FOUND, section_create(&opened, &options));
    options.permit = SECTION_PERMIT_GROUP;
    expect_invalid(&options);
    options = plain;
    options.reserved = 0x80000000u;
    expect_invalid(&options);
    section_close(made);
}

static void creating_under_a_name_needs_a_size(void **state)
{
    (void)state;
    section_options options = unit_named_options("name");
    options.size = 0;
    expect_invalid(&options);
    options.disposition = SECTION_OPEN_OR_CREATE;
    expect_invalid(&options);
    options.size = SECTION_OS_SIZE_MAX + 1;
    section *made = UNTOUCHED;
    assert_status(SECTION_NO_SPACE, section_create(&made, &options));
    assert_null(made);
    assert_int_equal(asked(), 0);
}

static void a_lazy_name_is_as_the_trait_says(void **state)
{
    (void)state;
    section_system system = SECTION_SYSTEM_INIT;
    assert_status(SECTION_OK, section_get_system(&system));
    section_options options = unit_named_options("name");
    options.flags = SECTION_LAZY;
    options.size = (uint64_t)1 << 40;
    section *made = UNTOUCHED, *opened;
    section_status status = section_create(&made, &options);
    if (system.lazy_names == SECTION_SUPPORT_NONE) {
        assert_status(SECTION_UNSUPPORTED, status);
        assert_null(made);
        return;
    }
    assert_status(SECTION_OK, status);
    assert_true((unit_info(made).flags & SECTION_INFO_LAZY) != 0);
    assert_true(unit_info(made).size == options.size);
    section_close(made);
    /* What another has made is not lazy because we would have been. */
    made = unit_named("name");
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_status(SECTION_OK, section_create(&opened, &options));
    assert_int_equal(unit_info(opened).flags & SECTION_INFO_LAZY, 0);
    section_close(made);
    section_close(opened);
}

/* ------------------------------------------------------------------------
 * Versions of the options
 * ------------------------------------------------------------------------ */

/* The first `size` bytes of a struct, alone on the heap, so that a sanitizer
 * sees who reads more. */
static void *only(const void *whole, uint32_t size)
{
    void *part = malloc(size);
    assert_non_null(part);
    memcpy(part, whole, size);
    memcpy(part, &size, sizeof(size));
    return part;
}

static void options_of_every_version_mean_what_they_meant(void **state)
{
    (void)state;
    uint32_t first =
        (uint32_t)(offsetof(section_options, flags) + sizeof(uint32_t));
    section_options whole = SECTION_OPTIONS_INIT;
    whole.size = 100;
    for (uint32_t size = first; size <= sizeof(whole); size++) {
        section_options *options = only(&whole, size);
        section *made = UNTOUCHED;
        assert_status(SECTION_OK, section_create(&made, options));
        assert_string_equal(unit_info(made).name, "");
        section_close(made);
        free(options);
    }
    /* Each field is heeded as soon as it is there. */
    whole.name = "name";
    whole.timeout = 50;
    fake_work_on_name(USER, "name");
    static const struct {
        size_t end;
        uint64_t milliseconds;
    } rows[] = {{offsetof(section_options, name) + sizeof(char *), 10000},
                {offsetof(section_options, scope) + 4, 10000},
                {offsetof(section_options, permit) + 4, 10000},
                {offsetof(section_options, timeout) + 4, 50},
                {offsetof(section_options, reserved) + 4, 50},
                {sizeof(section_options), 50}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        section_options *options = only(&whole, (uint32_t)rows[i].end);
        section *made = UNTOUCHED;
        uint64_t begun = section_os_milliseconds();
        assert_status(SECTION_BUSY, section_create(&made, options));
        assert_in_range(section_os_milliseconds() - begun, rows[i].milliseconds,
                        rows[i].milliseconds + 6);
        free(options);
    }
}

static void open_options_of_every_version_are_understood(void **state)
{
    (void)state;
    struct {
        section_open_options known;
        unsigned char later[16];
    } whole = {SECTION_OPEN_OPTIONS_INIT, {0}};
    uint32_t first =
        (uint32_t)(offsetof(section_open_options, timeout) + sizeof(uint32_t));
    section *made = unit_named("name");
    for (uint32_t size = 4; size <= sizeof(whole); size++) {
        void *options = only(&whole, size);
        section *opened = UNTOUCHED;
        section_status status = section_open(&opened, "name", options);
        assert_status(size < first ? SECTION_INVALID : SECTION_OK, status);
        section_close(opened);
        free(options);
    }
    for (size_t i = 0; i < sizeof(whole.later); i++) {
        section *opened = UNTOUCHED;
        memset(whole.later, 0, sizeof(whole.later));
        whole.later[i] = 1;
        whole.known.struct_size = sizeof(whole);
        assert_status(SECTION_INVALID,
                      section_open(&opened, "name", &whole.known));
        assert_null(opened);
    }
    whole.known.struct_size = 4097;
    section *opened = UNTOUCHED;
    assert_status(SECTION_INVALID, section_open(&opened, "name", &whole.known));
    assert_null(opened);
    section_close(made);
}

static void opening_refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    section *made = unit_named("name"), *opened = UNTOUCHED;
    section_open_options how = SECTION_OPEN_OPTIONS_INIT;
    assert_status(SECTION_INVALID, section_open(NULL, "name", NULL));
    assert_status(SECTION_INVALID, section_open(&opened, NULL, NULL));
    assert_null(opened);
    static const section_rights rights[] = {0, 0x10, 0x11, 0x101, 0x80000000u};
    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        opened = UNTOUCHED;
        how.rights = rights[i];
        assert_status(SECTION_INVALID, section_open(&opened, "name", &how));
        assert_null(opened);
    }
    how.rights = SECTION_RIGHT_READ;
    how.scope = 2;
    opened = UNTOUCHED;
    assert_status(SECTION_INVALID, section_open(&opened, "name", &how));
    how.scope = MACHINE;
    assert_status(SECTION_NOT_FOUND, section_open(&opened, "name", &how));
    assert_null(opened);
    section_close(made);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(what_is_no_name_is_invalid),
        cmocka_unit_test(scope_permit_and_timeout_need_a_name),
        cmocka_unit_test(a_name_has_no_path),
        cmocka_unit_test(permits_belong_to_the_scope_of_the_machine),
        cmocka_unit_test(timeouts_beyond_the_longest_are_invalid),
        cmocka_unit_test(opening_takes_no_wishes_about_what_is_new),
        cmocka_unit_test(creating_under_a_name_needs_a_size),
        cmocka_unit_test(a_lazy_name_is_as_the_trait_says),
        cmocka_unit_test(options_of_every_version_mean_what_they_meant),
        cmocka_unit_test(open_options_of_every_version_are_understood),
        cmocka_unit_test(opening_refuses_what_it_does_not_understand),
    };
    return unit_run_everywhere(cases);
}
