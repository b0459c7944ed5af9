/* SPDX-License-Identifier: MIT */
/*
 * examples/log_file.c among processes and accidents. What it leaves after a
 * crash of the machine is tested in tests/replay/.
 */
#include "faulting.h"
#include "log_file.h"
#include "sections.h"

#include <stdio.h>
#include <stdlib.h>

static log_file the_log; /* too large for a small stack */

/* A record says its number, and is as long as the number makes it. */
static uint32_t make_record(char text[200], uint64_t number)
{
    int head = snprintf(text, 200, "record %lu ", (unsigned long)number);
    uint32_t length = (uint32_t)head + (uint32_t)(number * 37 % 150);
    memset(text + head, 'a' + (int)(number % 26), length - (uint32_t)head);
    return length;
}

static bool is_record(const log_file *log, uint64_t number)
{
    char text[200];
    uint32_t length = make_record(text, number);
    return log->record.head.length == length &&
           memcmp(log->record.bytes, text, length) == 0;
}

static section_status append_next(log_file *log)
{
    char text[200];
    return log_append(log, text, make_record(text, log->count + 1));
}

static void append_many(log_file *log, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        assert_status(SECTION_OK, append_next(log));
    assert_status(SECTION_OK, log_commit(log));
}

/* Read what is there by now; how many records the log has told in all. */
static uint64_t read_on(log_file *log)
{
    section_status status;
    while ((status = log_read(log)) == SECTION_OK)
        assert_that(is_record(log, log->count));
    assert_status(SECTION_NOT_FOUND, status);
    return log->count;
}

static uint64_t read_all(const char *path)
{
    assert_status(SECTION_OK, log_open_to_read(&the_log, path));
    uint64_t count = read_on(&the_log);
    log_close(&the_log);
    return count;
}

/* --- what was appended is read ----------------------------------------------
 */

static void what_was_appended_is_read(void **state)
{
    (void)state;
    file_path path = files_path("whole");
    for (uint64_t i = 0; i < 3; i++) {
        assert_status(SECTION_OK, log_open(&the_log, path.text));
        assert_same(60 * i, the_log.count);
        append_many(&the_log, 60);
        log_close(&the_log);
        assert_same(60 * (i + 1), read_all(path.text));
    }
}

static void what_was_not_committed_is_told_by_nobody(void **state)
{
    (void)state;
    static log_file reader;
    file_path path = files_path("waiting");
    assert_status(SECTION_OK, log_open(&the_log, path.text));
    append_many(&the_log, 3);
    assert_status(SECTION_OK, append_next(&the_log));
    assert_status(SECTION_OK, log_open_to_read(&reader, path.text));
    assert_same(3, read_on(&reader));
    assert_status(SECTION_OK, log_commit(&the_log));
    assert_same(4, read_on(&reader));
    log_close(&reader);
    log_close(&the_log);
}

/* It grows as far as it may, or has one size where files do not grow. */
static void a_full_log_says_so_and_keeps_what_it_has(void **state)
{
    (void)state;
    file_path path = files_path("full");
    assert_status(SECTION_OK, log_open(&the_log, path.text));
    section_status status;
    while ((status = append_next(&the_log)) == SECTION_OK)
        continue;
    assert_status(SECTION_KIND, status);
    assert_string_equal("the log is full", the_log.trouble);
    assert_same(the_log.reserve, the_log.room);
    assert_that(the_log.room - the_log.end < 300);
    uint64_t count = the_log.count;
    assert_status(SECTION_OK, log_commit(&the_log));
    log_close(&the_log);
    assert_same(count, read_all(path.text));
    bool grows = this_system().file_growth != SECTION_SUPPORT_NONE;
    assert_same(grows ? LOG_RESERVE : LOG_FIXED, file_size(path.text));
}

/* --- accidents --------------------------------------------------------------
 */

static void what_is_no_log_is_left_as_it_is(void **state)
{
    (void)state;
    file_path path = files_path("letter");
    char text[4000], now[sizeof(text)];
    memset(text, 'x', sizeof(text));
    file_make(path.text, 0);
    file_write(path.text, 0, text, sizeof(text));
    assert_status(SECTION_KIND, log_open(&the_log, path.text));
    assert_string_equal("this is no log", the_log.trouble);
    log_close(&the_log);
    file_read(path.text, 0, now, sizeof(now));
    assert_memory_equal(text, now, sizeof(now));
}

/* A torn end is no damage, but what was durable is. */
static void damage_is_not_taken_for_the_end(void **state)
{
    (void)state;
    file_path path = files_path("damaged");
    assert_status(SECTION_OK, log_open(&the_log, path.text));
    append_many(&the_log, 10);
    uint64_t middle = the_log.end - 8;
    append_many(&the_log, 10);
    log_close(&the_log);
    unsigned char byte;
    file_read(path.text, middle, &byte, 1);
    byte ^= 4;
    file_write(path.text, middle, &byte, 1);

    assert_status(SECTION_OK, log_open_to_read(&the_log, path.text));
    for (uint64_t i = 1; i < 10; i++)
        assert_status(SECTION_OK, log_read(&the_log));
    assert_status(SECTION_KIND, log_read(&the_log));
    log_close(&the_log);
    assert_status(SECTION_KIND, log_open(&the_log, path.text));
    assert_string_equal("a record that was durable is damaged",
                        the_log.trouble);
    log_close(&the_log);
}

CASE_OR_SKIP(a_log_that_is_cut_is_an_error,
             "a file that is mapped cannot be cut")
{
    NO_ARGUMENTS();
    if (this_system().file_shrink == SECTION_GUARD_ENFORCED)
        return ROLE_CANNOT;
    file_path path = files_path("cut");
    assert_status(SECTION_OK, log_open(&the_log, path.text));
    append_many(&the_log, 5);
    file_truncate(path.text, 0);
    assert_status(SECTION_FAULT, append_next(&the_log));
    log_close(&the_log);
    return 0;
}

/* --- other processes --------------------------------------------------------
 */

#define KILLS 12

/* Append, three records to a commit, and say which are durable. */
static int role_appender(const char *argument, intptr_t inherited)
{
    (void)inherited;
    char line[PROCESS_LINE_SIZE];
    assert_status(SECTION_OK, log_open(&the_log, argument));
    while (role_goes_on()) {
        append_many(&the_log, 3);
        (void)snprintf(line, sizeof(line), "%lu", (unsigned long)the_log.count);
        role_say(line);
    }
    return 0;
}

static void a_killed_appender_loses_nothing_durable(void **state)
{
    (void)state;
    file_path path = files_path("killed");
    uint64_t durable = 0;
    for (int i = 0; i < KILLS; i++) {
        process appender;
        char line[PROCESS_LINE_SIZE];
        process_start(&appender, "appender", path.text, PROCESS_NOTHING);
        for (int j = 0; j <= i % 5; j++)
            process_hear(&appender, line);
        process_kill(&appender);
        (void)process_wait(&appender);
        uint64_t said = strtoull(line, NULL, 10);
        assert_that(said > durable);
        durable = read_all(path.text);
        assert_that(durable >= said);
    }
}

#define FOLLOWED 2000u

static int role_short_appender(const char *argument, intptr_t inherited)
{
    (void)inherited;
    assert_status(SECTION_OK, log_open(&the_log, argument));
    role_say("ready");
    role_expect("go");
    while (the_log.count < FOLLOWED)
        append_many(&the_log, 1 + the_log.count % 4);
    role_expect("end");
    log_close(&the_log);
    return 0;
}

/* Readers see the records of an appender in order, while the file grows, and
 * when there is no appender any more. */
static void a_reader_follows_an_appender(void **state)
{
    (void)state;
    process appender;
    file_path path = files_path("followed");
    process_start(&appender, "short_appender", path.text, PROCESS_NOTHING);
    process_expect(&appender, "ready");
    assert_status(SECTION_OK, log_open_to_read(&the_log, path.text));
    assert_that(log_is_appended_to(&the_log));
    process_say(&appender, "go");
    while (read_on(&the_log) < FOLLOWED)
        continue;
    process_say(&appender, "end");
    process_succeeds(&appender);
    assert_that(!log_is_appended_to(&the_log));
    log_close(&the_log);
}

static int role_second_appender(const char *argument, intptr_t inherited)
{
    (void)inherited;
    assert_status(SECTION_KIND, log_open(&the_log, argument));
    assert_that(
        strcmp(the_log.trouble, "another process appends to this log") == 0);
    log_close(&the_log);
    return 0;
}

static void one_process_appends_at_a_time(void **state)
{
    (void)state;
    file_path path = files_path("one");
    assert_status(SECTION_OK, log_open(&the_log, path.text));
    append_many(&the_log, 2);
    assert_same(0, process_play("second_appender", path.text, PROCESS_NOTHING));
    append_many(&the_log, 2);
    log_close(&the_log);
    assert_same(4, read_all(path.text));
}

static const process_role roles[] = {
    {"appender", role_appender},
    {"short_appender", role_short_appender},
    {"second_appender", role_second_appender},
    CASE_ROLE(a_log_that_is_cut_is_an_error),
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_was_appended_is_read),
    cmocka_unit_test(what_was_not_committed_is_told_by_nobody),
    cmocka_unit_test(a_full_log_says_so_and_keeps_what_it_has),
    cmocka_unit_test(what_is_no_log_is_left_as_it_is),
    cmocka_unit_test(damage_is_not_taken_for_the_end),
    cmocka_unit_test(a_log_that_is_cut_is_an_error),
    cmocka_unit_test(a_killed_appender_loses_nothing_durable),
    cmocka_unit_test(a_reader_follows_an_appender),
    cmocka_unit_test(one_process_appends_at_a_time),
};

TEST_MAIN(tests, roles)
