/* SPDX-License-Identifier: MIT */
/*
 * What every test uses: cmocka, statuses that print their names, checks that
 * also work in child processes, and skips that have to be allowed.
 */
#ifndef TESTS_EXPECT_H
#define TESTS_EXPECT_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include <section/section.h>

/* Fail unless a call returned this status; prints both names. */
#define assert_status(expected, call)                                          \
    expect_status((expected), (call), #call, __FILE__, __LINE__)

void expect_status(section_status expected, section_status actual,
                   const char *call, const char *file, int line);

/* Fail unless the condition holds. Unlike cmocka's own assertions it also says
 * what failed when it is used in the role of a child process. */
#define assert_that(condition)                                                 \
    expect_that((condition), #condition, __FILE__, __LINE__)

void expect_that(bool holds, const char *condition, const char *file, int line);

/* Fail unless two numbers are equal; prints both. */
#define assert_same(expected, actual)                                          \
    expect_same((uint64_t)(expected), (uint64_t)(actual), #actual, __FILE__,   \
                __LINE__)

void expect_same(uint64_t expected, uint64_t actual, const char *what,
                 const char *file, int line);

/*
 * Fail unless a call that shall make a section gave this error and left its
 * out parameter as if nothing had happened.
 */
#define assert_no_section(expected, out, call)                                 \
    do {                                                                       \
        (out) = expect_poison();                                               \
        assert_status(expected, call);                                         \
        assert_that((out) == NULL);                                            \
    } while (0)

/* The same for calls that shall make a view. */
#define assert_no_view(expected, view, call)                                   \
    do {                                                                       \
        memset(&(view), 0xa5, sizeof(view));                                   \
        assert_status(expected, call);                                         \
        assert_that(expect_zero(&(view), sizeof(view)));                       \
    } while (0)

/* Something that is not NULL and no section. */
section *expect_poison(void);

/* Whether all bytes are zero. */
bool expect_zero(const void *memory, size_t length);

/*
 * Leave this test, saying why it cannot run here. Fails the test if the list
 * of the preset (tests/skips) does not have its name.
 */
#define SKIP(reason) expect_skip(__func__, (reason))

void expect_skip(const char *test, const char *reason);

/* From now on failures end the process: this is a child in a role. */
void expect_in_child(void);

/* What a child exits with when one of its checks failed. */
#define EXPECT_CHILD_FAILED 99

#endif
