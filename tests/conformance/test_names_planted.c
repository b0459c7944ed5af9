/* SPDX-License-Identifier: MIT */
/*
 * What others put in the way: things that are no sections under a name, formats
 * of other versions, and processes that were stopped, or mean ill, while they
 * worked on a name. Contract lines 13 and 30 (versions), SECTION_BUSY.
 */
#include "process.h"
#include "sections.h"

#include <stdio.h>
#include <stdlib.h>

#define SIZE 5000

/* A timeout that is as good as none. */
#define SHORT 5

static int32_t count_name(const section_entry *entry, void *context)
{
    const char *name = *(const char **)context;
    if (strcmp(entry->name, name) == 0)
        *(const char **)context = NULL;
    return 0;
}

static bool is_told(const char *name)
{
    const char *wanted = name;
    assert_status(SECTION_OK,
                  section_enumerate(SECTION_SCOPE_USER, count_name, &wanted));
    return wanted == NULL;
}

static section_status create_within(section **out, const char *name,
                                    section_disposition disposition)
{
    section_options options =
        named_options(name, disposition == SECTION_OPEN_EXISTING ? 0 : SIZE);
    options.disposition = disposition;
    options.timeout = SHORT;
    return section_create(out, &options);
}

/* ------------------------------------------------------------------------
 * What is no section
 * ------------------------------------------------------------------------ */

static const char *const planted_names[PLANTED_COUNT] = {
    [PLANTED_LINK] = "a link",
    [PLANTED_DEAD_LINK] = "a link to nothing",
    [PLANTED_FIFO] = "a pipe",
    [PLANTED_DIRECTORY] = "a directory",
    [PLANTED_HARD_LINK] = "a file with two names",
    [PLANTED_EMPTY_FILE] = "an empty file",
    [PLANTED_ALIEN] = "a file of another user",
    [PLANTED_OBJECT] = "an object of another kind",
};

static void check_planted(names_planted kind)
{
    test_name name = names_unique("planted");
    /* So that there is a place to plant in. */
    assert_status(SECTION_OK, status_of_create(name.text));
    if (!names_plant(kind, name.text))
        return;
    print_message("planted: %s\n", planted_names[kind]);
    section *s;
    const section_rights rights[] = {READ_ONLY, READ_WRITE};
    for (size_t i = 0; i < 2; i++) {
        section_open_options how = SECTION_OPEN_OPTIONS_INIT;
        how.rights = rights[i];
        assert_no_section(SECTION_ACCESS, s, section_open(&s, name.text, &how));
    }
    assert_no_section(SECTION_ACCESS, s,
                      create_within(&s, name.text, SECTION_CREATE_NEW));
    assert_no_section(SECTION_ACCESS, s,
                      create_within(&s, name.text, SECTION_OPEN_OR_CREATE));
    assert_no_section(SECTION_ACCESS, s,
                      create_within(&s, name.text, SECTION_OPEN_EXISTING));
    assert_true(names_is_planted(kind, name.text));
    assert_false(is_told(name.text));
    uint64_t swept = 1;
    assert_status(SECTION_OK, section_sweep(&swept, SECTION_SCOPE_USER));
    assert_same(0, swept);
    assert_true(names_is_planted(kind, name.text));

    /* It is in nobody else's way, and its end frees the name. */
    assert_status(SECTION_OK, status_of_create(names_unique("beside").text));
    names_uproot(kind, name.text);
    assert_status(SECTION_OK, status_of_create(name.text));
}

static void what_is_planted_under_a_name_is_access_and_stays(void **state)
{
    (void)state;
    for (names_planted kind = 0; kind < PLANTED_COUNT; kind++)
        check_planted(kind);
}

static void what_is_planted_is_left_by_many_creators(void **state)
{
    (void)state;
    test_name name = names_unique("left-alone");
    assert_status(SECTION_OK, status_of_create(name.text));
    for (names_planted kind = 0; kind < PLANTED_COUNT; kind++) {
        if (!names_plant(kind, name.text))
            continue;
        for (int i = 0; i < 200; i++)
            assert_status(SECTION_OK,
                          status_of_create(names_unique("many").text));
        assert_true(names_is_planted(kind, name.text));
        names_uproot(kind, name.text);
    }
}

static void a_foreign_program_reads_the_data_from_byte_0(void **state)
{
    (void)state;
    test_name name = names_unique("foreign-\xc3\xa4");
    static unsigned char bytes[SIZE];
    section *s = new_named(name.text, SIZE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), SIZE, 0);
    bool read = names_read_by_system(name.text, bytes, SIZE);
    unmap(&view);
    section_close(s);
    if (!read)
        SKIP("no name is documented for other programs here");
    assert_true(is_filled(bytes, SIZE, 0));
}

/* ------------------------------------------------------------------------
 * Other formats
 * ------------------------------------------------------------------------ */

static void assert_format_is_refused(section_status status)
{
    test_name name = names_unique("format");
    section *s;
    assert_no_section(status, s,
                      create_within(&s, name.text, SECTION_CREATE_NEW));
    assert_no_section(status, s,
                      create_within(&s, name.text, SECTION_OPEN_OR_CREATE));
    assert_no_section(status, s, section_open(&s, name.text, NULL));
    const char *wanted = "";
    assert_status(status,
                  section_enumerate(SECTION_SCOPE_USER, count_name, &wanted));
    uint64_t swept = 1;
    assert_status(status, section_sweep(&swept, SECTION_SCOPE_USER));
    assert_same(0, swept);
}

static int use_format(const char *directory, intptr_t inherited)
{
    (void)inherited;
    char line[PROCESS_LINE_SIZE];
    names_use_directory(directory);
    role_hear(line);
    if (strcmp(line, "first") == 0)
        assert_status(SECTION_OK, status_of_create("first"));
    else
        assert_format_is_refused(SECTION_UNSUPPORTED);
    return 0;
}

static void play_format(const char *directory, const char *line)
{
    process child;
    process_start(&child, "use_format", directory, PROCESS_NOTHING);
    process_say(&child, line);
    process_succeeds(&child);
}

static void a_format_of_another_version_is_unsupported(void **state)
{
    (void)state;
    static char before[NAMES_PICTURE_SIZE], after[NAMES_PICTURE_SIZE];
    if (!names_are_files())
        SKIP("names are no files here");
    for (int nonsense = 0; nonsense < 2; nonsense++) {
        file_path directory =
            names_other_directory(nonsense != 0 ? "nonsense" : "version");
        play_format(directory.text, "first");
        names_change_format(directory.text, nonsense != 0);
        names_picture(before, directory.text);
        play_format(directory.text, "second");
        names_picture(after, directory.text);
        assert_string_equal(before, after);
    }
}

/* ------------------------------------------------------------------------
 * Somebody in the midst of it
 * ------------------------------------------------------------------------ */

static int hold_guard(const char *name, intptr_t inherited)
{
    (void)inherited;
    if (!names_hold_guard(name))
        return ROLE_CANNOT;
    role_say("guarding");
    role_expect("release");
    names_release_guard();
    role_say("released");
    role_expect("end");
    return 0;
}

/* False where nobody can hold up others: the child has ended then. */
static bool start_guard(process *child, const char *name)
{
    char line[PROCESS_LINE_SIZE];
    if (!names_are_files())
        return false;
    process_start(child, "hold_guard", name, PROCESS_NOTHING);
    process_hear(child, line);
    assert_string_equal("guarding", line);
    return true;
}

#define OTHERS 16

/* Names beside the one that is held up: where several names share a guard, a
 * few of them may be held up with it. */
static void assert_others_go_on(void)
{
    size_t good = 0;
    char text[16];
    for (int i = 0; i < OTHERS; i++) {
        section *s, *other = NULL;
        (void)snprintf(text, sizeof(text), "other%d", i);
        test_name name = names_unique(text);
        section_status status =
            create_within(&s, name.text, SECTION_CREATE_NEW);
        if (status == SECTION_BUSY)
            continue;
        assert_status(SECTION_OK, status);
        assert_status(SECTION_OK,
                      create_within(&other, name.text, SECTION_OPEN_EXISTING));
        section_close(s);
        section_close(other);
        assert_gone(name.text);
        good++;
    }
    assert_in_range(good, OTHERS / 2, OTHERS);
}

static void assert_busy(const char *name, bool alive)
{
    section *s;
    assert_no_section(SECTION_BUSY, s,
                      create_within(&s, name, SECTION_OPEN_EXISTING));
    assert_no_section(SECTION_BUSY, s,
                      create_within(&s, name, SECTION_OPEN_OR_CREATE));
    s = expect_poison();
    section_status status = create_within(&s, name, SECTION_CREATE_NEW);
    assert_that(s == NULL);
    /* That it is there can be seen without anybody. */
    if (!alive || status != SECTION_EXISTS)
        assert_status(SECTION_BUSY, status);
    section_open_options how = SECTION_OPEN_OPTIONS_INIT;
    how.timeout = SHORT;
    assert_no_section(SECTION_BUSY, s, section_open(&s, name, &how));
}

/* Whoever works on the name stops there, with or without the system's help. */
static void check_busy(bool stopped)
{
    test_name name = names_unique(stopped ? "stopped" : "guarded");
    section *s = new_named(name.text, SIZE);
    section *copy = duplicate_of(s, READ_WRITE);
    process guard;
    if (!start_guard(&guard, name.text))
        SKIP("the system itself works on names");
    if (stopped)
        assert_true(process_stop(&guard));
    assert_busy(name.text, true);
    assert_others_go_on();

    /* Holders go on, lists do not wait, and neither does the end. */
    poke(s, 0, 45);
    assert_same(45, peek(copy, 0));
    section_close(copy);
    copy = duplicate_of(s, READ_ONLY);
    assert_true(is_told(name.text));
    assert_status(SECTION_OK, section_sweep(NULL, SECTION_SCOPE_USER));
    section_close(copy);
    section_close(s);
    assert_false(is_told(name.text));
    assert_status(SECTION_OK, section_sweep(NULL, SECTION_SCOPE_USER));
    assert_busy(name.text, false);

    if (stopped)
        process_continue(&guard);
    process_say(&guard, "release");
    process_expect(&guard, "released");
    assert_gone(name.text);
    s = new_named(name.text, SIZE);
    assert_same(0, peek(s, 0));
    section_close(s);
    process_say(&guard, "end");
    process_succeeds(&guard);
}

static void a_name_that_somebody_keeps_guarding_is_busy(void **state)
{
    (void)state;
    if (!names_are_files())
        SKIP("the system itself works on names");
    check_busy(false);
}

static void a_stopped_process_makes_one_name_busy_and_no_other(void **state)
{
    (void)state;
    if (!names_are_files())
        SKIP("the system itself works on names");
    check_busy(true);
}

/* The lock of a process that was killed in the midst of it is nobody's. */
static void a_process_killed_at_work_on_a_name_blocks_nobody(void **state)
{
    (void)state;
    test_name name = names_unique("killed-at-work");
    section *s = new_named(name.text, SIZE);
    process guard;
    if (!start_guard(&guard, name.text)) {
        section_close(s);
        SKIP("the system itself works on names");
    }
    process_kill(&guard);
    assert_int_equal(process_wait(&guard).end, PROCESS_KILLED);
    assert_alive(name.text);
    section_close(s);
    assert_gone(name.text);
    assert_status(SECTION_OK, status_of_create(name.text));
}

static const process_role roles[] = {
    {"use_format", use_format},
    {"hold_guard", hold_guard},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_planted_under_a_name_is_access_and_stays),
    cmocka_unit_test(what_is_planted_is_left_by_many_creators),
    cmocka_unit_test(a_foreign_program_reads_the_data_from_byte_0),
    cmocka_unit_test(a_format_of_another_version_is_unsupported),
    cmocka_unit_test(a_name_that_somebody_keeps_guarding_is_busy),
    cmocka_unit_test(a_stopped_process_makes_one_name_busy_and_no_other),
    cmocka_unit_test(a_process_killed_at_work_on_a_name_blocks_nobody),
};

TEST_MAIN(tests, roles)
