/* SPDX-License-Identifier: MIT */
/*
 * Measuring one row: pairs of timings, bare and library, interleaved.
 *
 * What a row works on is made afresh every few pairs, so that where its pages
 * happen to lie is one of the things that vary, and not a constant advantage of
 * one half. The first use of something fresh is not timed.
 */
#include "bench.h"

#include <string.h>

/* A clock reading costs some ten nanoseconds, a timer interrupt some
 * microseconds: operations are repeated until one timing is much longer. */
#define LEAST_TIMING ((uint64_t)200000)

/* Rows that need longer to come to enough pairs. */
#define SLOW_FACTOR 4

/* Even, so that each order comes as often. */
#define PAIRS_PER_ROUND 4

#define MOST_BATCH ((uint64_t)1 << 24)
#define MOST_PAIRS 4000

typedef struct samples {
    double ratio[MOST_PAIRS];
    double bare[MOST_PAIRS];
    double section[MOST_PAIRS];
    size_t count;
    uint64_t batch;
    uint64_t start;
    unsigned round;
} samples;

static samples all;

static bool prepare(bench_subjects *on, const bench_row *row, const char *file)
{
    *on =
        (bench_subjects){.row = row,
                         .file = file,
                         .round = all.round++,
                         .bare = BARE_NONE,
                         .bare_file = BARE_NONE,
                         .growing = {.memory = BARE_NONE},
                         .named = {BARE_NONE, BARE_NONE},
                         .channel = {.sends = BARE_NONE, .receives = BARE_NONE},
                         .goods = {.reader = BARE_NONE}};
    section_system system = {.struct_size = (uint32_t)sizeof(system)};
    if (!bench_check(on, "section_get_system", section_get_system(&system)))
        return false;
    on->page_size = system.page_size;
    return row->prepare == NULL || row->prepare(on);
}

static bool finish(bench_subjects *on)
{
    return on->row->finish == NULL || on->row->finish(on);
}

/* How often to repeat, from the bare half. */
static bool calibrate(bench_subjects *on)
{
    uint64_t elapsed = 0;
    for (all.batch = 1;; all.batch *= elapsed < LEAST_TIMING / 16 ? 8 : 2) {
        if (!on->row->bare(on, all.batch, &elapsed))
            return false;
        if (elapsed >= LEAST_TIMING || all.batch >= MOST_BATCH)
            return true;
    }
}

/*
 * Use what is fresh once. The bare half comes last, as it comes first in the
 * first pair: with the order alternating, the first half of every pair then
 * follows its like and the second half its opposite, whose traces in the caches
 * it has to clear away.
 */
static bool warm_up(bench_subjects *on)
{
    uint64_t ignored = 0;
    if (all.round > 1 && on->row->prepare == NULL)
        return true;
    uint64_t count = all.batch == 0 ? 1 : all.batch;
    if (!on->row->section(on, count, &ignored) ||
        !on->row->bare(on, count, &ignored))
        return false;
    return all.batch != 0 || calibrate(on);
}

static bool measure_pair(bench_subjects *on)
{
    uint64_t bare = 0;
    uint64_t library = 0;
    const bench_row *row = on->row;
    bool done = all.count % 2 == 0 ? row->bare(on, all.batch, &bare) &&
                                         row->section(on, all.batch, &library)
                                   : row->section(on, all.batch, &library) &&
                                         row->bare(on, all.batch, &bare);
    if (!done)
        return false;
    /* A clock too coarse for this row: no ratio can be made of it. */
    if (bare == 0 || library == 0)
        return bench_fail(on, "the clock does not advance");
    all.bare[all.count] = (double)bare / (double)all.batch;
    all.section[all.count] = (double)library / (double)all.batch;
    all.ratio[all.count] = (double)library / (double)bare;
    all.count++;
    return true;
}

static bool is_enough(const bench_effort *effort)
{
    size_t most =
        effort->most_pairs < MOST_PAIRS ? effort->most_pairs : MOST_PAIRS;
    if (all.count >= most)
        return true;
    return all.count >= effort->least_pairs &&
           bare_now() - all.start >= effort->nanoseconds;
}

/* Pairs on one set of subjects, until it is time for fresh ones. */
static bool measure_round(bench_subjects *on, const bench_effort *effort)
{
    size_t first = all.count;
    size_t most = PAIRS_PER_ROUND;
    if ((on->row->flags & BENCH_STEADY) != 0)
        most = MOST_PAIRS;
    do {
        if (!measure_pair(on))
            return false;
        bench_progress_pairs(all.count, bare_now() - all.start,
                             effort->nanoseconds);
    } while (all.count % 2 != 0 ||
             (!is_enough(effort) && all.count - first < most));
    return true;
}

static bool measure_all(bench_subjects *on, const bench_row *row,
                        const char *file, const bench_effort *effort)
{
    all.count = 0;
    all.batch = 0;
    all.round = 0;
    all.start = bare_now();
    do {
        bool measured =
            prepare(on, row, file) && warm_up(on) && measure_round(on, effort);
        /* Taken down in any case. */
        if (!finish(on) || !measured)
            return false;
    } while (!is_enough(effort));
    return true;
}

static void evaluate(bench_result *out)
{
    out->pairs = all.count;
    out->batch = all.batch;
    out->bare_time = bench_median(all.bare, all.count);
    out->section_time = bench_median(all.section, all.count);
    out->ratio = bench_median(all.ratio, all.count);
    /* Pairs that shared their subjects may all be off in the same way. */
    bool shared =
        out->row->prepare != NULL && (out->row->flags & BENCH_STEADY) == 0;
    size_t independent = shared ? all.round : all.count;
    bench_interval(&out->low, &out->high, all.ratio, all.count, independent);
}

void bench_measure(bench_result *out, const bench_row *row, const char *file,
                   const bench_effort *effort)
{
    bench_subjects on;
    bench_effort given = *effort;
    if ((row->flags & BENCH_SLOW) != 0)
        given.nanoseconds *= SLOW_FACTOR;
    *out = (bench_result){
        .row = row, .attempts = out->attempts + 1, .bytes = row->bytes};
    if (!measure_all(&on, row, file, &given)) {
        out->outcome = on.skipped ? BENCH_SKIPPED : BENCH_FAILED;
        memcpy(out->reason, on.reason, sizeof(out->reason));
        return;
    }
    out->outcome = BENCH_MEASURED;
    if ((row->flags & BENCH_NEEDS_FILE) != 0)
        out->bytes = on.file_size;
    evaluate(out);
}

bool bench_is_bound(const bench_row *row)
{
    return bare_bounds_apply && row->bound > 0;
}

bool bench_bound_is_met(const bench_result *result)
{
    return result->outcome == BENCH_MEASURED &&
           result->low <= result->row->bound;
}
