/* SPDX-License-Identifier: MIT */
/*
 * Threads: several at once in one function, and threads that are unusual.
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

/* Let others run. */
void threads_yield(void);

/*
 * The same with one thread that has a descriptor table of its own, a copy of
 * the process's (unshare(2), CLONE_FILES): what it opens and closes, the other
 * threads do not. False where threads cannot have one.
 */
bool threads_run_apart(void (*work)(void *context), void *context);

/*
 * The same with one thread whose stack is as small as the system allows, and
 * not smaller than `stack` bytes.
 */
void threads_run_on_small_stack(size_t stack, void (*work)(void *context),
                                void *context);

/*
 * In the role of a child: end the first thread of the process for good and call
 * `work` in another one, which ends the process with what `work` gives. Returns
 * false where a process ends with its first thread, and else never.
 */
bool threads_outlive_first(int (*work)(void *context), void *context);

#endif
