/* SPDX-License-Identifier: MIT */
/*
 * Every call of the C library that a flush makes, failing: the flush says so,
 * and what says that bytes are lost stays with the section, its duplicates and
 * their views. And that the directory of a created file is flushed, once.
 */
#include "faults.h"
#include "stage.h"
#include "strike.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEVELS 4 /* SECTION_FLUSH_START to SECTION_FLUSH_DURABLE */

typedef enum subject { A_VIEW, A_SECTION, SUBJECTS } subject;

static section_status flush(const stage *s, subject which,
                            section_flush_level level)
{
    if (which == A_SECTION)
        return section_flush(s->source, level);
    return section_view_flush(&s->source_view, 100, 5000, level);
}

static void map_source(stage *s)
{
    assert_status(SECTION_OK, section_map(&s->source_view, s->source, 5, 0,
                                          SECTION_ACCESS_READ_WRITE));
    memset(s->source_view.data, 1, s->source_view.length);
}

/* A file of 9000 bytes that a section has created, and a view of it. */
static void set_out_created(stage *s)
{
    section_options options = SECTION_OPTIONS_INIT;
    stage_open(s, -1);
    options.path = s->path;
    options.size = 9000;
    assert_status(SECTION_OK, section_create(&s->source, &options));
    map_source(s);
}

/* One that was there. */
static void set_out_opened(stage *s)
{
    stage_open(s, 9000);
    assert_status(SECTION_OK,
                  section_open_file(&s->source, s->path, ALL_RIGHTS));
    map_source(s);
}

static void pack_up(stage *s)
{
    stage_close(s);
    assert_int_equal(rmdir(s->folder), 0);
}

/* Fail unless every flush says this, with this code: of the section and its
 * view, and of a duplicate and its view. */
static void expect_everywhere(stage *s, section_status expected, int code)
{
    stage other = {0};
    assert_status(SECTION_OK,
                  section_duplicate(&other.source, s->source, ALL_RIGHTS));
    map_source(&other);
    for (section_flush_level level = 1; level <= LEVELS; level++)
        for (int which = 0; which < SUBJECTS; which++) {
            assert_status(expected, flush(s, (subject)which, level));
            if (expected != SECTION_OK)
                assert_int_equal(section_last_os_error(), code);
            assert_status(expected, flush(&other, (subject)which, level));
        }
    section_close(other.source);
    assert_status(expected, flush(&other, A_VIEW, SECTION_FLUSH_START));
    assert_status(SECTION_OK, section_unmap(&other.source_view));
}

/* ------------------------------------------------------------------------
 * The sweep
 * ------------------------------------------------------------------------ */

/* Waiting for who makes the file larger at this moment (posix_extend.c) has no
 * answer that matters. */
static bool is_survived(faults_strike strike)
{
    return struck(strike, "lseek");
}

/* Flush with the nth call failing; whether it made as many. */
static bool strike_flush(subject which, section_flush_level level,
                         faults_mode mode, unsigned nth, unsigned variant)
{
    stage s;
    set_out_created(&s);
    census before = stage_count(&s);
    faults_arm(mode, nth, variant);
    section_status status = flush(&s, which, level);
    faults_strike strike = faults_disarm();
    if (!strike.happened || mode == FAULTS_INTERRUPT || is_survived(strike)) {
        assert_status(SECTION_OK, status);
        expect_everywhere(&s, SECTION_OK, 0);
    } else {
        int code = section_last_os_error();
        print_message("  %s: %s\n", strike.function, strerror(strike.error));
        assert_int_equal(code, strike.error);
        assert_status(status_of(strike), status);
        /* A size that cannot be told is no loss. */
        bool stays = status != SECTION_LIMIT;
        expect_everywhere(&s, stays ? status : SECTION_OK, code);
    }
    census after = stage_count(&s);
    assert_int_equal(after.descriptors, before.descriptors);
    stage_check_bystander(&s);
    pack_up(&s);
    return strike.happened;
}

static void sweep(subject which)
{
    for (section_flush_level level = 1; level <= LEVELS; level++) {
        unsigned count = 0;
        for (unsigned variant = 0; variant < FAULTS_VARIANTS; variant++)
            for (count = 0;
                 strike_flush(which, level, FAULTS_ERROR, count + 1, variant);)
                count++;
        /* The bytes; from ORDERED on also the directory. */
        assert_true(count >= (level < SECTION_FLUSH_ORDERED ? 1u : 2u));
        for (unsigned nth = 1;
             strike_flush(which, level, FAULTS_INTERRUPT, nth, 0); nth++)
            ;
    }
}

static void a_failing_flush_of_a_view_is_told_and_stays(void **state)
{
    (void)state;
    sweep(A_VIEW);
}

static void a_failing_flush_of_a_section_is_told_and_stays(void **state)
{
    (void)state;
    sweep(A_SECTION);
}

/* What another thread does while a flush waits: one that fails. */
static void fail_meanwhile(void *context)
{
    const stage *s = context;
    faults_before_lacking(NULL, NULL);
    section_status status = SECTION_OK;
    for (size_t i = 0; i < 2 && status == SECTION_OK; i++) {
        faults_lack(i == 0 ? "fdatasync" : "fsync", EIO);
        status = section_flush(s->source, SECTION_FLUSH_DURABLE);
    }
    faults_lack(NULL, 0);
    assert_status(SECTION_IO, status);
}

/* The system told the other one of our bytes. */
static void a_flush_that_succeeds_beside_one_that_fails_says_so(void **state)
{
    (void)state;
    stage s;
    set_out_created(&s);
    faults_lack("msync", 0);
    faults_before_lacking(fail_meanwhile, &s);
    faults_arm(FAULTS_ERROR, 0, 0);
    section_status status = flush(&s, A_VIEW, SECTION_FLUSH_DURABLE);
    (void)faults_disarm();
    assert_status(SECTION_IO, status);
    assert_int_equal(section_last_os_error(), EIO);
    expect_everywhere(&s, SECTION_IO, EIO);
    pack_up(&s);
}

/* ------------------------------------------------------------------------
 * What other errors mean
 * ------------------------------------------------------------------------ */

static const char *const all_functions[] = {"msync", "sync_file_range", "fsync",
                                            "fdatasync"};

#define FUNCTIONS (sizeof(all_functions) / sizeof(all_functions[0]))

/* Flush with one function always failing like this. */
static section_status flush_lacking(const stage *s, subject which,
                                    section_flush_level level,
                                    const char *function, int error)
{
    faults_lack(function, error);
    faults_arm(FAULTS_ERROR, 0, 0);
    section_status status = flush(s, which, level);
    (void)faults_disarm();
    faults_lack(NULL, 0);
    return status;
}

/* What each function of a flush to each level comes to if it fails like this;
 * at least one of them is used. */
static void expect_error(int error, section_status expected, bool stays)
{
    unsigned count = 0;
    for (int which = 0; which < SUBJECTS; which++)
        for (section_flush_level level = 1; level <= LEVELS; level++)
            for (size_t i = 0; i < FUNCTIONS; i++) {
                stage s;
                set_out_created(&s);
                section_status status = flush_lacking(&s, (subject)which, level,
                                                      all_functions[i], error);
                if (status != SECTION_OK) {
                    count++;
                    assert_status(expected, status);
                    assert_int_equal(section_last_os_error(), error);
                    expect_everywhere(&s, stays ? expected : SECTION_OK, error);
                }
                pack_up(&s);
            }
    assert_true(count >= 2 * (LEVELS - 1));
}

/* A file system that has given itself up, a server that takes no more. */
static void what_elsewhere_is_a_right_is_a_loss_here(void **state)
{
    (void)state;
    const int errors[] = {EROFS, EACCES, EPERM, ESTALE, EBUSY, EAGAIN};
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        expect_error(errors[i], SECTION_IO, true);
}

static void
what_cannot_be_flushed_is_unsupported_and_does_not_stay(void **state)
{
    (void)state;
    expect_error(EINVAL, SECTION_UNSUPPORTED, false);
    expect_error(EOPNOTSUPP, SECTION_UNSUPPORTED, false);
}

/* A system that is like Linux but for this call. */
static void without_write_back_of_ranges_more_is_flushed(void **state)
{
    (void)state;
    stage s;
    set_out_created(&s);
    for (int which = 0; which < SUBJECTS; which++)
        for (section_flush_level level = 1; level <= LEVELS; level++)
            assert_status(SECTION_OK, flush_lacking(&s, (subject)which, level,
                                                    "sync_file_range", ENOSYS));
    pack_up(&s);
}

/* ------------------------------------------------------------------------
 * The directory
 * ------------------------------------------------------------------------ */

static void count_call(void *context)
{
    (*(unsigned *)context)++;
}

/* Flush, and tell how often a directory was. */
static unsigned directories_flushed(const stage *s, subject which,
                                    section_flush_level level)
{
    unsigned count = 0;
    faults_before_lacking(count_call, &count);
    assert_status(SECTION_OK,
                  flush_lacking(s, which, level, "fsync directory", 0));
    faults_before_lacking(NULL, NULL);
    return count;
}

static void the_directory_of_a_created_file_is_flushed_once(void **state)
{
    (void)state;
    for (section_flush_level level = SECTION_FLUSH_ORDERED; level <= LEVELS;
         level++)
        for (int which = 0; which < SUBJECTS; which++) {
            stage s, other = {0};
            set_out_created(&s);
            assert_status(SECTION_OK, section_duplicate(&other.source, s.source,
                                                        ALL_RIGHTS));
            map_source(&other);
            for (section_flush_level i = 1; i < SECTION_FLUSH_ORDERED; i++)
                assert_int_equal(directories_flushed(&s, (subject)which, i), 0);
            /* By whoever comes first. */
            assert_int_equal(directories_flushed(&other, (subject)which, level),
                             1);
            assert_int_equal(directories_flushed(&other, A_VIEW, level), 0);
            assert_int_equal(directories_flushed(&s, A_VIEW, level), 0);
            assert_int_equal(directories_flushed(&s, A_SECTION, level), 0);
            assert_status(SECTION_OK, section_unmap(&other.source_view));
            section_close(other.source);
            pack_up(&s);
        }
}

static void the_directory_of_a_file_that_was_there_is_left_alone(void **state)
{
    (void)state;
    stage s;
    set_out_opened(&s);
    for (section_flush_level level = 1; level <= LEVELS; level++)
        for (int which = 0; which < SUBJECTS; which++)
            assert_int_equal(directories_flushed(&s, (subject)which, level), 0);
    pack_up(&s);
}

/* A view whose section is closed has the directory still. */
static void
a_view_flushes_the_directory_after_the_section_is_closed(void **state)
{
    (void)state;
    stage s;
    set_out_created(&s);
    section_close(s.source);
    s.source = NULL;
    assert_int_equal(directories_flushed(&s, A_VIEW, SECTION_FLUSH_DURABLE), 1);
    pack_up(&s);
}

/* Bytes that are lost need no entry. */
static void the_directory_is_left_alone_when_the_bytes_are_lost(void **state)
{
    (void)state;
    unsigned lost = 0, directories = 0;
    faults_strike strike = {.happened = true};
    for (unsigned nth = 1; strike.happened; nth++) {
        stage s;
        set_out_created(&s);
        directories = 0;
        faults_lack("fsync directory", 0);
        faults_before_lacking(count_call, &directories);
        faults_arm(FAULTS_ERROR, nth, 0);
        section_status status = flush(&s, A_VIEW, SECTION_FLUSH_DURABLE);
        strike = faults_disarm();
        faults_lack(NULL, 0);
        faults_before_lacking(NULL, NULL);
        if (strike.happened && !is_survived(strike) &&
            !struck(strike, "fsync directory")) {
            assert_status(SECTION_IO, status);
            assert_int_equal(directories, 0);
            lost++;
        }
        pack_up(&s);
    }
    assert_true(lost > 0);
    assert_int_equal(directories, 1);
}

static void a_directory_that_cannot_be_flushed_does_not_stay(void **state)
{
    (void)state;
    stage s;
    set_out_created(&s);
    assert_status(SECTION_UNSUPPORTED,
                  flush_lacking(&s, A_VIEW, SECTION_FLUSH_DURABLE,
                                "fsync directory", EINVAL));
    assert_int_equal(directories_flushed(&s, A_SECTION, SECTION_FLUSH_DURABLE),
                     1);
    pack_up(&s);
}

/* The file is created in a directory that can be written and not read. */
static void a_directory_that_cannot_be_read_is_access(void **state)
{
    (void)state;
    stage s;
    section_options options = SECTION_OPTIONS_INIT;
    stage_open(&s, -1);
    options.path = s.path;
    options.size = 9000;
    /* The first of all is the directory, the second error EACCES. */
    unsigned nth = 1;
    for (bool is_directory = false; !is_directory; nth++) {
        faults_arm(FAULTS_ERROR, nth, 1);
        section_status status = section_create(&s.source, &options);
        faults_strike strike = faults_disarm();
        assert_true(strike.happened);
        is_directory = strike.opens_directory;
        if (is_directory) {
            assert_status(SECTION_OK, status);
        } else if (status == SECTION_OK) {
            section_close(s.source);
            assert_int_equal(unlink(s.path), 0);
        }
    }
    map_source(&s);
    for (int again = 0; again < 2; again++)
        for (int which = 0; which < SUBJECTS; which++)
            for (section_flush_level level = 1; level <= LEVELS; level++) {
                section_status expected =
                    level < SECTION_FLUSH_ORDERED ? SECTION_OK : SECTION_ACCESS;
                assert_status(expected, flush(&s, (subject)which, level));
                if (expected != SECTION_OK)
                    assert_int_equal(section_last_os_error(), EACCES);
            }
    pack_up(&s);
}

#define TEST(test) cmocka_unit_test_teardown(test, strike_calm_down)

int main(void)
{
    /* No names here. */
    strike_without_names();
    const struct CMUnitTest tests[] = {
        TEST(a_failing_flush_of_a_view_is_told_and_stays),
        TEST(a_failing_flush_of_a_section_is_told_and_stays),
        TEST(a_flush_that_succeeds_beside_one_that_fails_says_so),
        TEST(what_elsewhere_is_a_right_is_a_loss_here),
        TEST(what_cannot_be_flushed_is_unsupported_and_does_not_stay),
        TEST(without_write_back_of_ranges_more_is_flushed),
        TEST(the_directory_of_a_created_file_is_flushed_once),
        TEST(the_directory_of_a_file_that_was_there_is_left_alone),
        TEST(a_view_flushes_the_directory_after_the_section_is_closed),
        TEST(the_directory_is_left_alone_when_the_bytes_are_lost),
        TEST(a_directory_that_cannot_be_flushed_does_not_stay),
        TEST(a_directory_that_cannot_be_read_is_access),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
