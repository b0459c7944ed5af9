/* SPDX-License-Identifier: MIT */
/*
 * Rows: two processes that talk through a section one has inherited from the
 * other, beside the same protocol over bare inherited memory, and beside a pipe
 * to show what sharing memory is worth.
 */
#include "bench_peer.h"

static bool run(bench_subjects *on, bench_task task, bench_way way,
                uint64_t count, uint64_t *nanoseconds)
{
    bench_order order = {
        .task = (uint32_t)task,
        .way = (uint32_t)way,
        .count = (uint32_t)count,
        .message = (uint32_t)on->row->size,
    };
    return bench_peer_run(on, &order, nanoseconds);
}

static bool trips_by_section(bench_subjects *on, uint64_t count,
                             uint64_t *nanoseconds)
{
    return run(on, BENCH_ROUND_TRIPS, BENCH_BY_SECTION, count, nanoseconds);
}

static bool trips_by_bare(bench_subjects *on, uint64_t count,
                          uint64_t *nanoseconds)
{
    return run(on, BENCH_ROUND_TRIPS, BENCH_BY_BARE, count, nanoseconds);
}

static bool trips_by_pipe(bench_subjects *on, uint64_t count,
                          uint64_t *nanoseconds)
{
    return run(on, BENCH_ROUND_TRIPS, BENCH_BY_PIPE, count, nanoseconds);
}

static bool messages_by_section(bench_subjects *on, uint64_t count,
                                uint64_t *nanoseconds)
{
    return run(on, BENCH_MESSAGES, BENCH_BY_SECTION, count, nanoseconds);
}

static bool messages_by_bare(bench_subjects *on, uint64_t count,
                             uint64_t *nanoseconds)
{
    return run(on, BENCH_MESSAGES, BENCH_BY_BARE, count, nanoseconds);
}

static bool messages_by_pipe(bench_subjects *on, uint64_t count,
                             uint64_t *nanoseconds)
{
    return run(on, BENCH_MESSAGES, BENCH_BY_PIPE, count, nanoseconds);
}

#define PROCESSES(label, words, section_, bare_, sequence, flags_, bytes_)     \
    {                                                                          \
        .name = (label), .what = (words), .section = (section_),               \
        .bare = (bare_), .prepare = bench_peer_start,                          \
        .finish = bench_peer_finish, .calls = (sequence), .flags = (flags_),   \
        .size = (bytes_), .bytes = (bytes_)                                    \
    }

#define TRIPS(label, bare_, sequence)                                          \
    PROCESSES(label, "a round trip between two processes", trips_by_section,   \
              bare_, sequence, 0, 64)

#define MESSAGES(label, bare_, sequence, bytes_)                               \
    PROCESSES(label, "messages to another process", messages_by_section,       \
              bare_, sequence, BENCH_RATE, bytes_)

const bench_row bench_rows_process[] = {
    TRIPS("round-trip", trips_by_bare, BARE_PROCESSES),
    TRIPS("round-trip-or-pipe", trips_by_pipe, BARE_PIPE),
    MESSAGES("messages/64B", messages_by_bare, BARE_PROCESSES, 64),
    MESSAGES("messages/4KiB", messages_by_bare, BARE_PROCESSES, 4 * KIB),
    MESSAGES("messages/64KiB", messages_by_bare, BARE_PROCESSES, 64 * KIB),
    MESSAGES("messages-or-pipe/4KiB", messages_by_pipe, BARE_PIPE, 4 * KIB),
};

const size_t bench_rows_process_count =
    sizeof(bench_rows_process) / sizeof(bench_rows_process[0]);
