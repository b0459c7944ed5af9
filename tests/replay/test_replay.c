/* SPDX-License-Identifier: MIT */
/*
 * examples/log_file.c on a disk that loses, keeps and tears at will what was
 * not flushed: whatever was reported durable is there after a crash at any
 * point, and nothing is there that was not appended.
 *
 * A story is a life of the log that is recorded, and for each of many points of
 * it a crash, what the log finds then, and a second, short life that ends in a
 * crash as well. Flushes fail now and then, after which the log is opened anew.
 * The controls spoil the flushes, and have to be found out.
 */
#include "trace.h"

#include "files.h"
#include "log_file.h"
#include "process.h"

#include <stdio.h>
#include <stdlib.h>

/* Crashes in all; each first one is followed by a second. */
#ifndef REPLAY_CRASHES
#define REPLAY_CRASHES 20000u
#endif
/* Those of a control, at most: the first that is found out ends it. */
#define CONTROL_CRASHES 20000u

#define STORIES           10u
#define RECORDS           48u /* of the first life */
#define SECOND_RECORDS    3u
#define RECORDS_MOST      (2 * RECORDS)
#define RECORD_LENGTH_MAX 700u

/* Notes. */
enum {
    NOTE_OPENED,   /* so many records are there, and durable */
    NOTE_APPENDED, /* this one may be there from now on */
    NOTE_DURABLE   /* so many are durable */
};

/* What may be found after a crash. */
typedef struct truth {
    size_t least;               /* reported durable */
    size_t most;                /* appended */
    uint8_t life[RECORDS_MOST]; /* in which life each was appended */
} truth;

static struct {
    uint64_t seed; /* of the story */
    trace_dice dice;
    trace_manner manner;
    file_path path;
    log_file log;
    trace_image image, stale;
    unsigned long crashes, refused, lost, wrong;
    char first[160]; /* the first that was wrong */
} story;

/* ------------------------------------------------------------------------
 * Records
 * ------------------------------------------------------------------------ */

/* Most records of a story have one length, so that a new one often ends where
 * an older one has. */
static uint32_t make_record(unsigned char bytes[RECORD_LENGTH_MAX],
                            unsigned life, size_t number)
{
    static const uint32_t lengths[] = {480, 40, 700, 200, 480, 0};
    trace_dice dice = {story.seed ^ (uint64_t)life << 56 ^
                       (uint64_t)number << 40};
    uint64_t which = trace_chance(&dice, 80) ? story.seed : trace_roll(&dice);
    uint32_t length = lengths[which % 6];
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)trace_roll(&dice);
    return length;
}

static bool is_record(const log_file *log, unsigned life, size_t number)
{
    unsigned char bytes[RECORD_LENGTH_MAX];
    uint32_t length = make_record(bytes, life, number);
    return log->record.head.length == length &&
           memcmp(log->record.bytes, bytes, length) == 0;
}

/* What is known after so many events, which began with `truth`. */
static void learn(truth *known, const trace_event *event, unsigned life)
{
    if (event->kind != TRACE_NOTE)
        return;
    size_t number = (size_t)event->from;
    assert_that(number <= RECORDS_MOST);
    if (event->note == NOTE_OPENED) {
        known->least = number;
        known->most = number;
    } else if (event->note == NOTE_APPENDED) {
        known->most = number;
        known->life[number - 1] = (uint8_t)life;
    } else {
        known->least = number;
    }
}

/* ------------------------------------------------------------------------
 * After a crash
 * ------------------------------------------------------------------------ */

static void complain(unsigned long *kind, const char *what, size_t number)
{
    (*kind)++;
    if (story.first[0] == '\0')
        (void)snprintf(story.first, sizeof(story.first),
                       "story %lu, crash %lu, record %lu: %s %s",
                       (unsigned long)story.seed, story.crashes,
                       (unsigned long)number, what,
                       story.log.trouble == NULL ? "" : story.log.trouble);
}

static void put_file(void)
{
    file_truncate(story.path.text, story.image.size);
    if (story.image.size != 0)
        file_write(story.path.text, 0, story.image.bytes, story.image.size);
}

/* Whether all records that a reader is told are among those there may be. */
static bool read_records(const truth *known, size_t *count)
{
    *count = 0;
    section_status status = log_open_to_read(&story.log, story.path.text);
    while (status == SECTION_OK) {
        status = log_read(&story.log);
        if (status != SECTION_OK)
            break;
        if (*count == known->most ||
            !is_record(&story.log, known->life[*count], *count + 1)) {
            complain(&story.wrong, "was not appended", *count + 1);
            log_close(&story.log);
            return false;
        }
        ++*count;
    }
    log_close(&story.log);
    return status == SECTION_NOT_FOUND;
}

/* Look at the log that a crash has left, and open it. */
static void judge(const truth *known)
{
    size_t count;
    story.crashes++;
    put_file();
    /* What readers are told is durable is there before it is recovered. */
    if (known->least != 0 && story.crashes % 4 == 0 &&
        !read_records(known, &count))
        complain(&story.refused, "cannot be read", count);
    section_status status = log_open(&story.log, story.path.text);
    size_t found = (size_t)story.log.count;
    log_close(&story.log);
    if (status != SECTION_OK)
        complain(&story.refused, section_status_name(status), found);
    else if (!read_records(known, &count))
        complain(&story.refused, "cannot be read", count);
    else if (count < known->least)
        complain(&story.lost, "is lost", count + 1);
    else if (count != found)
        complain(&story.wrong, "is not told", count + 1);
}

/* ------------------------------------------------------------------------
 * Lives
 * ------------------------------------------------------------------------ */

/* Open the log until no flush fails. False where it cannot be opened. */
static bool open_at_last(void)
{
    section_status status;
    (void)trace_has_failed();
    while ((status = log_open(&story.log, story.path.text)) != SECTION_OK) {
        log_close(&story.log);
        if (!trace_has_failed())
            break;
    }
    if (status != SECTION_OK)
        complain(&story.refused, section_status_name(status), 0);
    else
        trace_note(NOTE_OPENED, story.log.count);
    return status == SECTION_OK;
}

/* End without a commit, or after one that failed, and begin again. Nothing is
 * lost by that. */
static bool open_again(void)
{
    size_t count = (size_t)story.log.count;
    log_close(&story.log);
    if (!open_at_last())
        return false;
    if (story.log.count != count)
        complain(&story.wrong, "is not there again, or too much", count);
    return true;
}

static bool append(unsigned life)
{
    unsigned char bytes[RECORD_LENGTH_MAX];
    size_t number = (size_t)story.log.count + 1;
    uint32_t length = make_record(bytes, life, number);
    trace_note(NOTE_APPENDED, number);
    section_status status = log_append(&story.log, bytes, length);
    if (status != SECTION_OK)
        complain(&story.refused, section_status_name(status), number);
    return status == SECTION_OK;
}

static bool commit(void)
{
    section_status status = log_commit(&story.log);
    if (status == SECTION_OK)
        trace_note(NOTE_DURABLE, story.log.count);
    return status == SECTION_OK;
}

/* One life: records in groups, a few failures, and now and then an end without
 * a commit and a new start. */
static void live(unsigned life, size_t records)
{
    bool well = open_at_last();
    for (size_t i = 0; i < records && well; i++) {
        well = append(life);
        bool ends = trace_chance(&story.dice, 5);
        if (well && trace_chance(&story.dice, 25))
            ends = !commit();
        if (well && ends)
            well = open_again();
    }
    log_close(&story.log);
}

static const trace_image *stale_or_zeros(void)
{
    return trace_chance(&story.dice, 30) ? &story.stale : NULL;
}

/* A second life from what a crash has left, and its end at some point. */
static void live_again(const truth *first)
{
    static trace second;
    static trace_disk disk;
    static trace_image start;
    truth known = *first;
    start = story.image;
    put_file();
    trace_begin(&second, &start, story.manner, &story.dice);
    live(2, 1 + (size_t)(trace_roll(&story.dice) % SECOND_RECORDS));
    trace_end();
    uint64_t events = second.count;
    if (trace_chance(&story.dice, 50))
        events = trace_roll(&story.dice) % (events + 1);
    trace_disk_begin(&disk, &second, &start);
    for (size_t i = 0; i < events; i++) {
        trace_disk_step(&disk, i);
        learn(&known, &second.events[i], 2);
    }
    trace_disk_crash(&story.image, &disk, &story.dice, stale_or_zeros());
    judge(&known);
}

/* What a disk may have in its new space: another log with the same records. */
static void make_stale(void)
{
    memset(&story.image, 0, sizeof(story.image));
    put_file();
    live(1, RECORDS);
    story.stale.size = (size_t)file_size(story.path.text);
    assert_that(story.stale.size <= TRACE_FILE);
    file_read(story.path.text, 0, story.stale.bytes, story.stale.size);
}

/* A control has done its work. */
static bool is_found_out(void)
{
    if (story.manner.spoil == TRACE_AS_IT_IS)
        return false;
    return story.manner.spoil == TRACE_NO_ZEROS ? story.wrong > 0
                                                : story.lost > 0;
}

static void tell_story(uint64_t seed, size_t crashes)
{
    static trace first;
    static trace_disk disk;
    static trace_image start;
    story.seed = seed;
    story.dice.state = seed;
    make_stale();
    memset(&story.image, 0, sizeof(story.image));
    put_file();
    trace_begin(&first, &start, story.manner, &story.dice);
    live(1, RECORDS);
    trace_end();

    truth known;
    memset(&known, 0, sizeof(known));
    trace_disk_begin(&disk, &first, &start);
    for (size_t i = 0; i < first.count; i++) {
        trace_disk_step(&disk, i);
        learn(&known, &first.events[i], 1);
        /* The crashes, spread over the events. */
        size_t done = crashes * i / first.count;
        size_t count = crashes * (i + 1) / first.count - done;
        while (count-- > 0 && !is_found_out()) {
            trace_disk_crash(&story.image, &disk, &story.dice,
                             stale_or_zeros());
            judge(&known);
            live_again(&known);
        }
    }
}

static void tell_stories(unsigned long crashes, trace_spoil spoil,
                         const char *path)
{
    memset(&story, 0, sizeof(story));
    story.manner.spoil = spoil;
    story.manner.fail_percent = 30;
    (void)snprintf(story.path.text, sizeof(story.path.text), "%s", path);
    file_make(story.path.text, 0);
    for (uint64_t i = 0; i < STORIES && !is_found_out(); i++)
        tell_story(i + 1, crashes / 2 / STORIES);
}

/* The child that does it: cmocka has handlers of its own for faults, which
 * would have those that the log meets. "CRASHES SPOIL PATH" */
static int role_teller(const char *argument, intptr_t inherited)
{
    char line[PROCESS_LINE_SIZE];
    char *next;
    unsigned long crashes = strtoul(argument, &next, 10);
    trace_spoil spoil = (trace_spoil)strtoul(next, &next, 10);
    (void)inherited;
    tell_stories(crashes, spoil, next + 1);
    (void)snprintf(line, sizeof(line), "%lu %lu %lu %lu %s", story.crashes,
                   story.refused, story.lost, story.wrong, story.first);
    role_say(line);
    return 0;
}

/* ------------------------------------------------------------------------
 * Tests
 * ------------------------------------------------------------------------ */

typedef struct outcome {
    unsigned long crashes, refused, lost, wrong;
} outcome;

static outcome crash(unsigned long crashes, trace_spoil spoil)
{
    process teller;
    outcome found;
    char line[PROCESS_LINE_SIZE], *next = line;
    file_path path = files_path("log");
    (void)snprintf(line, sizeof(line), "%lu %d %s", crashes, (int)spoil,
                   path.text);
    process_start(&teller, "teller", line, PROCESS_NOTHING);
    process_hear(&teller, line);
    process_succeeds(&teller);
    found.crashes = strtoul(next, &next, 10);
    found.refused = strtoul(next, &next, 10);
    found.lost = strtoul(next, &next, 10);
    found.wrong = strtoul(next, &next, 10);
    print_message("%lu crashes: %lu logs refused, %lu records lost, %lu wrong"
                  " %s\n",
                  found.crashes, found.refused, found.lost, found.wrong, next);
    return found;
}

static void what_was_reported_durable_is_there_after_any_crash(void **state)
{
    (void)state;
    outcome found = crash(REPLAY_CRASHES, TRACE_AS_IT_IS);
    assert_same(REPLAY_CRASHES, found.crashes);
    assert_same(0, found.refused);
    assert_same(0, found.lost);
    assert_same(0, found.wrong);
}

static void without_the_flush_records_are_lost(void **state)
{
    (void)state;
    outcome found = crash(CONTROL_CRASHES, TRACE_NO_FLUSH);
    assert_that(found.lost > 0);
}

static void with_a_flush_of_one_sector_less_records_are_lost(void **state)
{
    (void)state;
    outcome found = crash(CONTROL_CRASHES, TRACE_SHORT_FLUSH);
    assert_that(found.lost > 0);
}

static void without_clearing_what_was_given_up_comes_back(void **state)
{
    (void)state;
    outcome found = crash(CONTROL_CRASHES, TRACE_NO_ZEROS);
    assert_that(found.wrong > 0);
}

static const process_role roles[] = {{"teller", role_teller}};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_was_reported_durable_is_there_after_any_crash),
    cmocka_unit_test(without_the_flush_records_are_lost),
    cmocka_unit_test(with_a_flush_of_one_sector_less_records_are_lost),
    cmocka_unit_test(without_clearing_what_was_given_up_comes_back),
};

TEST_MAIN(tests, roles)
