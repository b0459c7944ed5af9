/* SPDX-License-Identifier: MIT */
/*
 * What a stress run asks of the system, besides the library under test: shared
 * memory of another kind, processes and their ends, threads, a place for names.
 */
#ifndef TESTS_STRESS_OUTSIDE_H
#define TESTS_STRESS_OUTSIDE_H

#include "history.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* --- memory that the library has not made --- */

/* Zeroed, with a number by which a started process attaches to it; NULL if
 * there is none. */
void *outside_share(size_t size, intptr_t *number);
void *outside_attach(intptr_t number, size_t size);
void outside_unshare(void *memory, size_t size, intptr_t number);

/* --- processes --- */

/* Remember how to start this program again. */
void outside_begin(const char *first_word);

/* Start this program with these words, and the shared memory: what it is called
 * from outside, or 0. */
intptr_t outside_start(const char *const words[], size_t count);

/* Become this program with these words. Returns only if that fails, or is not
 * to be had. */
void outside_become(const char *const words[], size_t count);

/* fork(): a number, 0 in the child, -1 if it fails or is not to be had. */
intptr_t outside_fork(void);
bool outside_forks(void);

/* The number of this process. */
intptr_t outside_self(void);

/* How a child ended. */
typedef struct outside_death {
    intptr_t process;
    bool normal; /* killed, or exited with 0, or crashed on purpose */
    char text[48];
} outside_death;

/* Whether a child has ended: any of those that this process has to look after,
 * or this one. */
bool outside_reap(outside_death *out);
bool outside_reap_one(outside_death *out, intptr_t process);

/* Whether there is nothing at all to look after. */
bool outside_is_childless(void);

/* Be the one to look after orphans, where that can be had. */
bool outside_adopt_orphans(void);

/* Whether a process that is not a child is gone. */
bool outside_is_gone(intptr_t process);

void outside_kill(intptr_t process);

/* Not let run, let run. False where that cannot be done. */
bool outside_stop(intptr_t process);
bool outside_continue(intptr_t process);

/* Ends of this process. */
_Noreturn void outside_quick_exit(void);
_Noreturn void outside_crash(void);
_Noreturn void outside_suicide(void);

/* Not let run, until somebody else continues it. */
void outside_stop_self(void);

/* --- channels, each from one process to another --- */

#define OUTSIDE_NO_CHANNEL ((intptr_t)-1)

/* A place for inboxes: what their names begin with. False where there are none.
 */
bool outside_make_inboxes(char *prefix, size_t size);
void outside_remove_inboxes(const char *prefix);

/* Where other processes can connect to. All of them are gone, with what is in
 * them, when their last process is, or has closed them or become another
 * program. */
intptr_t outside_make_inbox(const char *name);
void outside_close_inbox(intptr_t inbox, const char *name);

/* A channel to whoever has this inbox, and the other end of it. Neither waits:
 * OUTSIDE_NO_CHANNEL if there is none. */
intptr_t outside_connect(const char *name);
intptr_t outside_accept(intptr_t inbox);
void outside_close_channel(intptr_t channel);

/* A few bytes. 1: all were written or read; 0: not yet; -1: they never will. */
bool outside_write(intptr_t channel, const void *bytes, size_t length);
int outside_read(intptr_t channel, void *bytes, size_t length);

/* --- threads and time --- */

#define OUTSIDE_THREADS 4

/* Call `work` in `count` threads, one of them this one, and wait for all. False
 * if not all could be had. */
bool outside_run(size_t count, void (*work)(size_t index));

uint64_t outside_milliseconds(void);
void outside_sleep(uint32_t microseconds);
void outside_yield(void);

/* --- the place of names --- */

/* Make a place for names that is this run's alone, and let this process and all
 * that it starts have it. `machine`: whether there is one for the machine, too.
 * False, and a reason on stderr. */
bool outside_make_place(bool *machine);

/*
 * Say what is left although nobody lives: how many, and name some. Where memory
 * is elsewhere, among that of others, what begins with these two numbers is
 * ours; `alone`: all that was not there when the place was made.
 */
unsigned outside_count_left(char *text, size_t size, const uint64_t head[2],
                            bool alone);

void outside_remove_place(void);

listing_kind outside_listings(void);

#endif
