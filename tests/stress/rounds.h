/* SPDX-License-Identifier: MIT */
/*
 * Rounds of a stress run: processes are started and killed for some seconds,
 * then all end, then nothing may be left and the log is checked.
 */
#ifndef TESTS_STRESS_ROUNDS_H
#define TESTS_STRESS_ROUNDS_H

#include "history.h"

#define ROUNDS_WORKERS 16

typedef struct rounds_plan {
    settings set;
    uint32_t workers;      /* processes that are there at the same time */
    uint32_t threads;      /* the most a process has */
    uint32_t round_length; /* milliseconds */
    uint32_t kills;        /* from outside, per second */
    uint32_t stops;        /* likewise */
    bool alone;            /* nobody else uses the library on this machine */
} rounds_plan;

/* What all rounds came to. */
typedef struct rounds_total {
    uint64_t rounds;
    uint64_t processes;
    uint64_t incarnations; /* that were initialized */
    uint64_t published;    /* of these */
    uint64_t received;     /* sections that were handed over */
    uint64_t lost;         /* that were sent, and dropped with the channel */
    uint64_t taken;        /* offers */
    uint64_t complaints;
    uint64_t broken[RULES];
    uint64_t busy;
    uint64_t stops;
    uint64_t calls[RECORD_KINDS];
    uint64_t ended[ENDINGS];
    uint64_t kills_in[RECORD_KINDS];
    place places[HISTORY_PLACES];
} rounds_total;

/* One round. False if it could not be done at all. What is wrong is told on
 * stdout at once. */
bool rounds_play(rounds_total *total, const rounds_plan *plan);

void rounds_print(const rounds_total *total);

#endif
