/* SPDX-License-Identifier: MIT */
/*
 * Calls of the C library that fail when they are told to. The linker sends
 * every call of a function in wrapped.txt here first (ld(1), --wrap), so the
 * library is tested as it is, without a hook in it.
 */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include <stdbool.h>

/* What fails. */
typedef enum faults_mode {
    FAULTS_ERROR,     /* any call, with an error that is usual for it */
    FAULTS_INTERRUPT, /* a call that signals may interrupt, with EINTR */
    FAULTS_SHORT      /* a call that may do a part: it does not do all */
} faults_mode;

/* Errors a call can be given; the next after its last one is its first. */
#define FAULTS_VARIANTS 3

/* The call that failed. */
typedef struct faults_strike {
    bool happened;
    const char *function;
    int error;
    bool looks_around; /* it asked about the machine, not about the section */
    bool reopens;      /* open() of what is open already, for reading */
    bool writes;       /* open() for writing */
    bool opens_directory;
} faults_strike;

/* From now on until faults_disarm() the nth call (1 is the next) fails, once.
 */
void faults_arm(faults_mode mode, unsigned nth, unsigned variant);

/* Let all calls succeed again, and tell what failed. */
faults_strike faults_disarm(void);

/* While armed, a function that the system does not have: every call of it fails
 * with this error, besides the one that is chosen. NULL for none. */
void faults_lack(const char *function, int error);

/* What is called each time before such a call fails: somebody else, doing
 * something at the worst moment. NULL for nobody. */
void faults_before_lacking(void (*hook)(void *context), void *context);

/* Blocks of the heap that the library got while armed and still has. */
unsigned faults_blocks(void);

/* The name whose shm_unlink() was let fail; empty for none. */
const char *faults_left_name(void);

/* How many names of shared memory objects this process has made and not
 * removed. (Others have such names too: looking into /dev/shm would not do.) */
unsigned faults_names(void);

/* Count them together with the children that are forked from now on. */
void faults_share_names(void);

#endif
