/* SPDX-License-Identifier: MIT */
/*
 * What a library in somebody else's process leaves alone. Contract line 30;
 * the first three descriptors are in test_native.c.
 */
#include "process.h"
#include "sections.h"

static int32_t ignore(const section_entry *entry, void *context)
{
    (void)entry;
    (void)context;
    return 0;
}

/* Most of what the library can do, and some of what it refuses. */
static void use_everything(void)
{
    section *memory = new_memory(200000);
    section *lazy = new_lazy_memory(200000);
    section *file =
        new_file(files_path("manners").text, 200000, SECTION_OPEN_OR_CREATE);
    test_name name = names_unique("manners");
    section *named = new_named(name.text, 200000);
    section *all[] = {memory, lazy, file, named};
    for (size_t i = 0; i < 4; i++) {
        section *reader = duplicate_of(all[i], READ_ONLY);
        section_view view = mapped(all[i], 0, 0, SECTION_ACCESS_READ_WRITE);
        section_view none;
        assert_status(SECTION_OK,
                      section_view_protect(&view, 0, 0, SECTION_ACCESS_NONE));
        assert_no_view(
            SECTION_RANGE, none,
            section_map(&none, reader, 0, 200001, SECTION_ACCESS_READ));
        (void)peek(reader, 199999);
        (void)info_of(reader);
        section_close(reader);
        section_close(all[i]);
        unmap(&view);
    }
    assert_status(SECTION_OK,
                  section_enumerate(SECTION_SCOPE_USER, ignore, NULL));
    assert_status(SECTION_OK, section_sweep(NULL, SECTION_SCOPE_USER));
    assert_gone(name.text);
    section *s;
    section_options options = memory_options(UINT64_MAX);
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    assert_no_section(
        SECTION_NOT_FOUND, s,
        section_open_file(&s, files_path("none").text, READ_ONLY));
}

static void no_setting_of_the_process_is_changed(void **state)
{
    (void)state;
    char before[MACHINE_SETTINGS_SIZE], after[MACHINE_SETTINGS_SIZE];
    machine_settings(before);
    use_everything();
    machine_settings(after);
    assert_string_equal(before, after);
}

static int say_settings(const char *path, intptr_t inherited)
{
    (void)inherited;
    char before[MACHINE_SETTINGS_SIZE], after[MACHINE_SETTINGS_SIZE];
    machine_settings(before);
    section *s = new_file(path, 100, SECTION_CREATE_NEW);
    machine_settings(after);
    section_close(s);
    return strcmp(before, after) == 0 ? 0 : 1;
}

static int say_settings_of_names(const char *name, intptr_t inherited)
{
    (void)inherited;
    char before[MACHINE_SETTINGS_SIZE], after[MACHINE_SETTINGS_SIZE];
    machine_settings(before);
    section *s = new_named(name, 100);
    machine_settings(after);
    section_close(s);
    return strcmp(before, after) == 0 ? 0 : 1;
}

/* The very first call of a process, where a library would set itself up. */
static void the_first_call_of_a_process_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(
        process_play("say_settings", files_path("first").text, PROCESS_NOTHING),
        0);
    assert_int_equal(process_play("say_settings_of_names",
                                  names_unique("first").text, PROCESS_NOTHING),
                     0);
}

static const process_role roles[] = {
    {"say_settings", say_settings},
    {"say_settings_of_names", say_settings_of_names},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_setting_of_the_process_is_changed),
    cmocka_unit_test(the_first_call_of_a_process_changes_nothing),
};

TEST_MAIN(tests, roles)
