/* SPDX-License-Identifier: MIT */
/* Waiting, for the examples that have to. */
#ifndef EXAMPLES_PAUSE_H
#define EXAMPLES_PAUSE_H

/* Wait a moment: a hundredth of a second. */
void pause_shortly(void);

#endif
