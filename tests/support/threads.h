/* SPDX-License-Identifier: MIT */
/*
 * Threads: several at once in one function.
 */
#ifndef TESTS_THREADS_H
#define TESTS_THREADS_H

#include "expect.h"

#define THREADS_MOST 16

/*
 * Call `work` in `count` threads at the same time, with the indexes 0 to
 * count - 1, and wait for all of them. cmocka's assertions belong to the thread
 * of the test: `work` keeps what it found in the context.
 */
void threads_run(size_t count, void (*work)(size_t index, void *context),
                 void *context);

#endif
