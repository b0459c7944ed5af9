/* SPDX-License-Identifier: MIT */
/*
 * What the files of the benchmark share: rows, what they work on, and what
 * came out.
 *
 * A row is two functions that do the same work, one through the library and
 * one by bare system calls. They are timed in pairs, one right after the
 * other, and the order within a pair alternates; what counts is the ratio
 * within a pair, because both halves of it saw the same machine.
 */
#ifndef BENCH_H
#define BENCH_H

#include "bench_bare.h"

#include <section/transfer.h>

#include <stdio.h>

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

typedef struct bench_row bench_row;
typedef struct bench_peer bench_peer;
typedef struct bench_workers bench_workers;
typedef struct bench_offers bench_offers;

/* What a row works on: made by its prepare(), taken down by its finish(). */
typedef struct bench_subjects {
    const bench_row *row;
    const char *file; /* the file of the command line, or NULL */
    uint32_t page_size;
    unsigned round; /* how often subjects were made before */
    section *section;
    section_view view;
    bare_handle bare;
    bare_handle bare_file; /* behind `bare`, where that is a mapping of it */
    void *bare_view;
    size_t bare_length;
    bare_growing growing;
    uint64_t grown; /* the size of `section` */
    size_t at;      /* which page is next */
    uint64_t file_size;
    uint64_t expected_sum;
    void *buffer;
    bench_peer *peer; /* the other process */
    bare_named named;
    section *other;         /* a second handle of `section` */
    bare_channel channel;   /* for sections, in this process */
    bare_goods goods;       /* what the bare calls hand over */
    bench_offers *offers;   /* those of the first of `workers` */
    bench_workers *workers; /* many other processes */
    bool skipped;     /* a failure that says only that this machine cannot */
    char reason[200]; /* why it failed, or was skipped */
} bench_subjects;

/* Do the work `count` times and tell how long it took. */
typedef bool (*bench_run)(bench_subjects *on, uint64_t count,
                          uint64_t *nanoseconds);

enum {
    BENCH_HEAVY = 0x1,      /* left out by --quick */
    BENCH_NEEDS_FILE = 0x2, /* left out without a file */
    BENCH_RATE = 0x4,       /* printed in bytes per second */
    BENCH_SLOW = 0x8,       /* given more time, to come to enough pairs */
    BENCH_STEADY = 0x10     /* works on nothing that pairs could share but other
                               processes: one preparation serves them all */
};

struct bench_row {
    const char *name;
    const char *what; /* what one operation is, in one line */
    bench_run section;
    bench_run bare;
    bool (*prepare)(bench_subjects *on); /* NULL: nothing to prepare */
    bool (*finish)(bench_subjects *on);
    bare_sequence calls;
    uint32_t flags;
    uint64_t size;   /* of the memory */
    uint64_t offset; /* of the view */
    uint64_t bytes;  /* moved by one operation, for BENCH_RATE */
    section_access access;
    double bound; /* the ratio promised, 0 for none */
};

typedef enum bench_outcome {
    BENCH_MEASURED,
    BENCH_SKIPPED,
    BENCH_FAILED
} bench_outcome;

typedef struct bench_result {
    const bench_row *row;
    bench_outcome outcome;
    char reason[200];
    unsigned attempts; /* the last of which is told (--check-bounds) */
    size_t pairs;
    uint64_t batch;      /* operations in one timing */
    double section_time; /* nanoseconds of one operation, the median */
    double bare_time;
    double ratio; /* median of the ratios of the pairs */
    double low;   /* its 95 % interval */
    double high;
    uint64_t bytes; /* moved by one operation */
} bench_result;

typedef struct bench_effort {
    uint64_t nanoseconds; /* to spend on a row, if that gives enough pairs */
    size_t least_pairs;
    size_t most_pairs;
} bench_effort;

typedef struct bench_settings {
    const char *file;
    const char *scratch; /* the folder for files of our own */
    const char *json;    /* "-" is standard output, NULL none */
    const char *only[64];
    size_t only_count;
    bool quick;
    bool check_bounds;
    bool list;
} bench_settings;

/* --- bench_rows_*.c --- */

extern const bench_row bench_rows_lifecycle[];
extern const size_t bench_rows_lifecycle_count;
extern const bench_row bench_rows_view[];
extern const size_t bench_rows_view_count;
extern const bench_row bench_rows_memory[];
extern const size_t bench_rows_memory_count;
extern const bench_row bench_rows_prepare[];
extern const size_t bench_rows_prepare_count;
extern const bench_row bench_rows_growth[];
extern const size_t bench_rows_growth_count;
extern const bench_row bench_rows_guard[];
extern const size_t bench_rows_guard_count;
extern const bench_row bench_rows_transfer[];
extern const size_t bench_rows_transfer_count;
extern const bench_row bench_rows_flush[];
extern const size_t bench_rows_flush_count;
extern const bench_row bench_rows_file[];
extern const size_t bench_rows_file_count;
extern const bench_row bench_rows_name[];
extern const size_t bench_rows_name_count;
extern const bench_row bench_rows_process[];
extern const size_t bench_rows_process_count;

/* --- bench_measure.c --- */

void bench_measure(bench_result *out, const bench_row *row, const char *file,
                   const bench_effort *effort);

/* Whether the row has a bound here, and whether its interval reaches it. */
bool bench_is_bound(const bench_row *row);
bool bench_bound_is_met(const bench_result *result);

/* --- bench_subjects.c: what rows use --- */

/* Whether a call succeeded; if not, keep why. */
bool bench_check(bench_subjects *on, const char *call, section_status status);
bool bench_check_bare(bench_subjects *on, bool succeeded);
bool bench_fail(bench_subjects *on, const char *reason);

/* This machine cannot: give false, as for a failure. */
bool bench_skip(bench_subjects *on, const char *reason);

/* Options of a memory section of the row's size. */
section_options bench_memory_options(const bench_row *row);

/* Write the first byte of every page; add up; write everything. The same code
 * for both halves of a pair. */
void bench_touch(void *data, size_t length, size_t page_size);
uint64_t bench_sum(const void *data, size_t length);
void bench_fill(void *data, size_t length, int value);

/* What there is to do when only the way there is measured. */
section_status bench_nothing(void *context);

/* --- bench_scratch.c: files of our own --- */

/* Two of them at most, in this folder; neither is made yet. */
bool bench_scratch_begin(const char *folder);
const char *bench_scratch_path(size_t which);

/* What the paths of both begin with; and remove both. */
const char *bench_scratch_stem(void);
bool bench_scratch_clean(const char *stem);

/* Make one of this size, all zero. Where that is not possible the row is
 * skipped. */
bool bench_scratch_make(bench_subjects *on, size_t which, uint64_t size);
bool bench_scratch_remove(bench_subjects *on, size_t which);

/* --- bench_lives.c: the same of several rows --- */

/* What was made or opened: map it, touch it, unmap, close. The bare one has the
 * row's size. */
bool bench_use(bench_subjects *on, section *made);
bool bench_use_bare(bench_subjects *on, bare_handle made);

/* From its creation to its end. */
bool bench_live(bench_subjects *on, const section_options *options);

/* --- bench_statistics.c --- */

/* Sorts the values. */
double bench_median(double *values, size_t count);

/* The 95 % interval of the median of sorted values, of which only so many are
 * independent of each other. */
void bench_interval(double *low, double *high, const double *sorted,
                    size_t count, size_t independent);

/* --- bench_report.c, bench_json.c --- */

void bench_print_list(FILE *to, const bench_row *const *rows, size_t count);
void bench_print_table(FILE *to, const bench_result *results, size_t count,
                       const bench_settings *settings);
bool bench_write_json(const char *path, const bench_result *results,
                      size_t count, const bench_settings *settings);

/* --- bench_progress.c --- */

void bench_progress_row(size_t number, size_t count, const char *name);
void bench_progress_pairs(size_t done, uint64_t spent, uint64_t budget);
void bench_progress_end(void);

/* --- bench_peer.c --- */

/* The other process: what `section_bench --peer ...` does. */
int bench_peer_main(int argc, char **argv);

#endif
