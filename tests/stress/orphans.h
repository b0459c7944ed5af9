/* SPDX-License-Identifier: MIT */
/*
 * Being told of the end of processes whose parent is dead.
 */
#ifndef TESTS_STRESS_ORPHANS_H
#define TESTS_STRESS_ORPHANS_H

#include <stdbool.h>

/* From now on orphans below this process are its children. False where that
 * cannot be had: their end is then seen by their number, which is gone. */
bool orphans_adopt(void);

#endif
