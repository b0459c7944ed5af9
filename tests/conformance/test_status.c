/* SPDX-License-Identifier: MIT */
/*
 * What every call reports: the statuses, their names and sentences, the
 * system's own code, the version. Contract lines 28 (each thread has its own
 * code), 30 (versions agree).
 */
#include "process.h"
#include "sections.h"
#include "threads.h"

#include <stdio.h>

/* Pinned: programs of other languages and old binaries know these. */
static const struct {
    section_status value;
    const char *name;
    const char *text;
} pinned[] = {
    {0, "SECTION_OK", "success"},
    {1, "SECTION_INVALID", "an argument breaks a documented rule"},
    {2, "SECTION_RANGE", "the bytes asked for are not all inside the object"},
    {3, "SECTION_EXISTS", "what was to be created is there already"},
    {4, "SECTION_NOT_FOUND", "there is nothing of that name"},
    {5, "SECTION_ACCESS", "the right to do this is missing"},
    {6, "SECTION_NO_SPACE",
     "too little memory or disk space to commit the bytes"},
    {7, "SECTION_NO_MEMORY", "the process has no heap memory left"},
    {8, "SECTION_LIMIT",
     "a limit on descriptors, mappings or addresses is reached"},
    {9, "SECTION_ADDRESS", "the address asked for cannot be had"},
    {10, "SECTION_BUSY",
     "another user of the object stands in the way for now"},
    {11, "SECTION_KIND", "the object is of a kind that cannot be a section"},
    {12, "SECTION_EMPTY", "the file has no bytes and no size was asked for"},
    {13, "SECTION_IO", "the device or the file system failed"},
    {14, "SECTION_UNSUPPORTED", "this system cannot do it"},
    {15, "SECTION_SYSTEM", "the system refused for a reason of its own"},
    {16, "SECTION_FAULT", "bytes of the view could not be read or written"},
    {17, "SECTION_UNTRUSTED", "what another process gave is not what it says"},
    {18, "SECTION_GONE",
     "the other process, or what it offered, is not there any more"},
};

#define PINNED (sizeof(pinned) / sizeof(pinned[0]))

static void names_texts_and_values_of_statuses_are_pinned(void **state)
{
    (void)state;
    assert_same(PINNED, SECTION_STATUS_COUNT);
    for (size_t i = 0; i < PINNED; i++) {
        assert_same(i, pinned[i].value);
        assert_string_equal(pinned[i].name,
                            section_status_name(pinned[i].value));
        assert_string_equal(pinned[i].text,
                            section_status_text(pinned[i].value));
    }
}

static void constants_have_the_values_of_the_table(void **state)
{
    (void)state;
#define SAME_VALUE(name, value, sentence) assert_same(value, SECTION_##name);
    SECTION_STATUS_TABLE(SAME_VALUE)
#undef SAME_VALUE
}

static void unknown_statuses_have_a_name_and_a_text(void **state)
{
    (void)state;
    const section_status unknown[] = {-1, SECTION_STATUS_COUNT, 1000, INT32_MIN,
                                      INT32_MAX};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_string_equal("SECTION_UNKNOWN", section_status_name(unknown[i]));
        const char *text = section_status_text(unknown[i]);
        assert_that(text != NULL && text[0] != '\0');
    }
}

static void version_is_that_of_the_header(void **state)
{
    (void)state;
    char numbers[32];
    assert_string_equal(SECTION_VERSION_STRING, section_version());
    (void)snprintf(numbers, sizeof(numbers), "%d.%d.%d", SECTION_VERSION_MAJOR,
                   SECTION_VERSION_MINOR, SECTION_VERSION_PATCH);
    assert_string_equal(numbers, section_version());
}

/* A failure that only the system can report. */
static void fail_by_system(void)
{
    section *s;
    assert_no_section(
        SECTION_NOT_FOUND, s,
        section_open_file(&s, files_path("missing").text, READ_ONLY));
}

static void fail_by_library(void)
{
    section *s;
    assert_no_section(SECTION_INVALID, s,
                      section_open_file(&s, NULL, READ_ONLY));
}

static void os_error_is_the_systems_code_of_the_last_failure(void **state)
{
    (void)state;
    fail_by_system();
    assert_that(section_last_os_error() != 0);
}

static void os_error_is_zero_when_the_library_refused(void **state)
{
    (void)state;
    fail_by_system();
    fail_by_library();
    assert_same(0, section_last_os_error());

    /* Whichever rule was broken: rights and ranges too. */
    section *s = new_memory(100);
    section *reader = duplicate_of(s, READ_ONLY);
    section_view view;
    fail_by_system();
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 0, 101, SECTION_ACCESS_READ));
    assert_same(0, section_last_os_error());
    fail_by_system();
    assert_no_view(SECTION_ACCESS, view,
                   section_map(&view, reader, 0, 0, SECTION_ACCESS_READ_WRITE));
    assert_same(0, section_last_os_error());
    section_close(reader);
    section_close(s);
}

static void os_error_is_left_alone_by_success(void **state)
{
    (void)state;
    fail_by_system();
    int32_t before = section_last_os_error();
    section *s = new_memory(100);
    poke(s, 0, 1);
    (void)info_of(s);
    (void)this_system();
    (void)native_of(s);
    section *copy = duplicate_of(s, READ_WRITE);
    section_close(copy);
    section_close(s);
    (void)section_status_name(SECTION_OK);
    (void)section_status_text(SECTION_OK);
    (void)section_version();
    assert_same(before, section_last_os_error());
}

static void note_own_error(size_t index, void *context)
{
    (void)index;
    *(int32_t *)context = section_last_os_error();
}

static void os_error_belongs_to_its_thread(void **state)
{
    (void)state;
    int32_t of_other_thread = -1;
    fail_by_system();
    threads_run(1, note_own_error, &of_other_thread);
    assert_same(0, of_other_thread);
    assert_that(section_last_os_error() != 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(names_texts_and_values_of_statuses_are_pinned),
    cmocka_unit_test(constants_have_the_values_of_the_table),
    cmocka_unit_test(unknown_statuses_have_a_name_and_a_text),
    cmocka_unit_test(version_is_that_of_the_header),
    cmocka_unit_test(os_error_is_the_systems_code_of_the_last_failure),
    cmocka_unit_test(os_error_is_zero_when_the_library_refused),
    cmocka_unit_test(os_error_is_left_alone_by_success),
    cmocka_unit_test(os_error_belongs_to_its_thread),
};

TEST_MAIN_ALONE(tests)
