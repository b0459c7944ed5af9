/* SPDX-License-Identifier: MIT */
/*
 * What happens between two steps of the protocol: mostly nothing, sometimes
 * the end of the process. The library calls section__step() there when it is
 * built with SECTION_STEPS; where it is not, nothing ever happens.
 */
#ifndef TESTS_STRESS_STEPS_H
#define TESTS_STRESS_STEPS_H

#include "history.h"

/* This thread belongs to an actor from now on; NULL: nothing shall happen. */
void steps_begin(history *h, uint32_t who, uint64_t seed);

/* The call that this thread is in. */
void steps_enter(record_kind kind);

/* A random number of the thread's own, below a bound. */
uint32_t steps_random(uint32_t bound);

/* The work of section__step(): `address` tells the place apart from others, the
 * same in all processes. */
void steps_pass(uintptr_t address);

#endif
