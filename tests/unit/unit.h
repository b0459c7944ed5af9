/* SPDX-License-Identifier: MIT */
/*
 * What the unit tests share: lib/ over the fake platform, each case on every
 * system that the fake can play.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include "expect.h"
#include "fake_platform.h"

#include <section/native.h>

/*
 * Run the cases on every fake system, each with a fresh one. A case that leaves
 * handles, views or heap behind fails. Gives the number of failures.
 */
#define unit_run_everywhere(cases)                                             \
    unit_run_everywhere_(cases, sizeof(cases) / sizeof((cases)[0]))
int unit_run_everywhere_(const struct CMUnitTest *cases, size_t count);

/* The page size and granularity now. */
size_t unit_page(void);
size_t unit_granule(void);

/* Memory of a size, all rights; fails the test if it cannot be had. */
section *unit_memory(uint64_t size);

/* Memory that grows, all rights. Where it cannot: NULL. */
section *unit_growing(uint64_t size, uint64_t reserve);

/* The same for the file "file", which is created. */
section *unit_growing_file(uint64_t size, uint64_t reserve);

/* A handle of the test for what a section is. */
section_native unit_native(const section *of);

/* Options of memory of 100 bytes with a name, and a section made of them; fails
 * the test if it cannot be had. */
section_options unit_named_options(const char *name);
section *unit_named(const char *name);

/* An existing file as a section. */
section *unit_file(const char *path, section_rights rights);

/* A view; fails the test if it cannot be had. */
section_view unit_view(const section *from, uint64_t offset, size_t length,
                       section_access access);

/* Everything section_get_info() says. */
section_info unit_info(const section *of);

/* Fail unless a view is all zero. */
void unit_expect_no_view(const section_view *view);

/* Rights to read and write, those to extend, too, those to run, and an out
 * parameter that nobody wrote to. */
#define ALL_RIGHTS  (SECTION_RIGHT_READ | SECTION_RIGHT_WRITE)
#define MAY_EXTEND  (ALL_RIGHTS | SECTION_RIGHT_EXTEND)
#define MAY_RUN     (SECTION_RIGHT_READ | SECTION_RIGHT_EXECUTE)
#define EVERY_RIGHT (MAY_EXTEND | SECTION_RIGHT_EXECUTE)
#define UNTOUCHED   ((section *)(uintptr_t)0x5a5a)

#define USER    SECTION_SCOPE_USER
#define MACHINE SECTION_SCOPE_MACHINE

#endif
