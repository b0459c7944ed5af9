/* SPDX-License-Identifier: MIT */
/*
 * What somebody who was handed a section's descriptor or handle can do with it
 * by the system's own calls. The object is spoiled by that.
 */
#ifndef TESTS_ATTACK_H
#define TESTS_ATTACK_H

#include "expect.h"

/* The attacks: each tries one thing, in all ways that the system has for it. */
enum {
    ATTACK_MAP = 0x1,     /* map a view that writes */
    ATTACK_RAISE = 0x2,   /* map one that reads, and make it one that writes */
    ATTACK_FORCE = 0x4,   /* write a view that reads as a debugger does */
    ATTACK_WRITE = 0x8,   /* write without a view */
    ATTACK_PUNCH = 0x10,  /* take pages out */
    ATTACK_GROW = 0x20,   /* make it larger */
    ATTACK_CUT = 0x40,    /* make it smaller */
    ATTACK_PERMIT = 0x80, /* change who may open it */
    ATTACK_BAR = 0x100    /* keep its maker from sealing it any further */
};

/* All that changes bytes or their number. */
#define ATTACKS_ON_BYTES                                                       \
    (ATTACK_MAP | ATTACK_RAISE | ATTACK_FORCE | ATTACK_WRITE | ATTACK_PUNCH |  \
     ATTACK_GROW | ATTACK_CUT)

/* Those that succeed with the handle as it is: a mask. What can be undone is.
 */
uint32_t attack_with(intptr_t handle);

/*
 * A better handle of the same object, by all that the system lets the holder of
 * this one do; FOREIGN_NOTHING if there is none. `changes` who may open it, if
 * it has to.
 */
intptr_t attack_widen(intptr_t handle, bool changes);

/* Take all locks of the object that the handle gives, and keep them as long as
 * the process lives; whether there are any. */
bool attack_lock(intptr_t handle);

#endif
