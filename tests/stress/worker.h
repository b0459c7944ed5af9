/* SPDX-License-Identifier: MIT */
/*
 * One process of a stress run: threads that do random things to a few names,
 * and write down what they called and what came of it.
 */
#ifndef TESTS_STRESS_WORKER_H
#define TESTS_STRESS_WORKER_H

#include "history.h"

#define WORKER_ROLE "--worker"

/* Be the worker that the words after WORKER_ROLE describe. Returns the exit
 * code, or ends the process in another way. */
int worker_main(int count, char **words);

/* --- for whoever only looks --- */

/* Be an actor of one thread that is never killed by a step. */
void worker_look(history *h, uint32_t who);

/* Calls that are written down. The status. */
int32_t worker_open_and_close(uint32_t name);
int32_t worker_enumerate(int32_t scope);
int32_t worker_sweep(int32_t scope);

#endif
