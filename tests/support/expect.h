/* SPDX-License-Identifier: MIT */
/*
 * What every test uses: cmocka, statuses that print their names, and skips that
 * have to be allowed.
 */
#ifndef TESTS_EXPECT_H
#define TESTS_EXPECT_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <section/section.h>

/* Fail unless a call returned this status; prints both names. */
#define assert_status(expected, call)                                          \
    expect_status((expected), (call), #call, __FILE__, __LINE__)

void expect_status(section_status expected, section_status actual,
                   const char *call, const char *file, int line);

/*
 * Leave this test, saying why it cannot run here. Fails the test if the list
 * of the preset (tests/skips) does not have its name.
 */
#define SKIP(reason) expect_skip(__func__, (reason))

void expect_skip(const char *test, const char *reason);

#endif
