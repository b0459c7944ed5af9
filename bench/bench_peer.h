/* SPDX-License-Identifier: MIT */
/*
 * The other process: this program again, with the section and the bare memory
 * inherited, told by a pipe what to do next.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "bench.h"
#include "bench_channel.h"

typedef enum bench_task { BENCH_ROUND_TRIPS, BENCH_MESSAGES } bench_task;

typedef enum bench_way {
    BENCH_BY_SECTION,
    BENCH_BY_BARE,
    BENCH_BY_PIPE
} bench_way;

/* Sent through the pipe as it is: both ends are the same program. */
typedef struct bench_order {
    uint32_t task;
    uint32_t way;
    uint32_t count;
    uint32_t message; /* bytes of each */
} bench_order;

struct bench_peer {
    bare_child child;
    bench_channel *by_section;
    bench_channel *by_bare;
    bool started;
    unsigned char message[BENCH_LARGEST_MESSAGE];
};

/* The other process, with two channels: over a section and over bare memory.
 * Kept in on->peer, on->section, on->view, on->bare, on->bare_view. */
bool bench_peer_start(bench_subjects *on);
bool bench_peer_finish(bench_subjects *on);

/* Have it do a task together with this process; the time both were at it. */
bool bench_peer_run(bench_subjects *on, const bench_order *order,
                    uint64_t *nanoseconds);

#endif
