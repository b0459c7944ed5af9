/* SPDX-License-Identifier: MIT */
/*
 * What rows of names share: names and places of this run, lives of names, and
 * other processes that make and hold some.
 */
#ifndef BENCH_NAMES_H
#define BENCH_NAMES_H

#include "bench.h"

/* --- bench_names.c: names and places --- */

/* As long as a name of the benchmark gets, with its end. */
#define BENCH_NAME_SIZE 64

/* The name of this number, of this run alone. Number 0 is for rows that need
 * only one; names of the library, of the bare calls, and of the plain way do
 * not meet each other. */
void bench_name(char out[BENCH_NAME_SIZE], const char *kind, uint32_t number);

#define BENCH_OF_LIBRARY "library"
#define BENCH_OF_BARE    "bare"
#define BENCH_OF_PLAIN   "plain"

/* The places of names of this run, away from the user's own: of the library and
 * of the bare calls, and two more of the library for crowds. */
typedef struct bench_places {
    char root[64];
    char library[80];
    char bare[80];
    char few[80];
    char many[80];
} bench_places;

/* Make them, use the first two; remove them, whatever is in them. */
bool bench_places_begin(void);
bool bench_places_end(void);
const bench_places *bench_places_get(void);

/* `section_bench --clean ...` removes the places of a run when all its
 * processes have ended, in whatever way. */
int bench_clean_main(int argc, char **argv);

/* --- bench_names.c: lives --- */

/* Options of a new section of this name and the row's size. */
section_options bench_name_options(const bench_row *row, const char *name);

/* By the bare calls: from its creation to its end. */
bool bench_name_live_bare(bench_subjects *on, const char *name);

/* The part after it was made or opened. */
bool bench_name_use_bare(bench_subjects *on, bare_named *made,
                         const char *name);

/* --- bench_worker.c --- */

#define BENCH_MOST_WORKERS 64

typedef enum bench_work {
    BENCH_HOLD,            /* make names and hold them to the end */
    BENCH_LIVE_BY_SECTION, /* live the lives of one name */
    BENCH_LIVE_BY_BARE,
    BENCH_OFFER_BY_SECTION, /* offer memory to a process, send the texts */
    BENCH_OFFER_BY_BARE,
    BENCH_END_OF_SECTION, /* end these offers */
    BENCH_END_OF_BARE
} bench_work;

/* Sent through a pipe as it is. */
typedef struct bench_job {
    uint32_t work;
    uint32_t number;  /* of the name, or of the first one; of offers, the
                         access that they give */
    uint64_t count;   /* of names, lives or offers */
    uint64_t process; /* whom to offer */
} bench_job;

typedef struct bench_report {
    uint64_t done; /* fewer names, where no descriptor is left for more */
    uint64_t nanoseconds;
} bench_report;

struct bench_workers {
    bare_child child[BENCH_MOST_WORKERS];
    size_t count;
};

/* Start one more, with the library's names in a place; they end together. */
bool bench_worker_start(bench_subjects *on, const char *place);
bool bench_workers_finish(bench_subjects *on);

/* Have one of them do a job, in two steps. */
bool bench_worker_begin(bench_subjects *on, size_t which, const bench_job *job);
bool bench_worker_end(bench_subjects *on, size_t which, bench_report *report);

/* Have names held, from a number on, by as many new ones as that takes. If it
 * cannot be done the row is skipped. */
bool bench_workers_hold(bench_subjects *on, const char *place, uint32_t first,
                        uint64_t count);

/* --- bench_offers.c --- */

/* Have the first of them offer to this process what the row hands over, by one
 * of two ways, which is timed there; and end what was offered last. */
bool bench_offers_begin(bench_subjects *on, bench_work work, uint64_t count,
                        uint64_t *nanoseconds);
bool bench_offers_end(bench_subjects *on, bench_work work,
                      uint64_t *nanoseconds);

/* The text of an offer; and that of the first of those that were made before
 * them. */
const char *bench_offers_text(const bench_subjects *on, uint64_t which);
const char *bench_offers_text_before(const bench_subjects *on);

/* No more offers. */
void bench_offers_forget(bench_subjects *on);

/* The same in the other process, one step after the other. */
bool bench_offers_prepare(bench_subjects *on, const bench_job *job);
bool bench_offers_make(bench_subjects *on, const bench_job *job,
                       bench_report *report);
bool bench_offers_make_bare(bench_subjects *on, const bench_job *job,
                            bench_report *report);
bool bench_offers_send(bench_subjects *on, const bench_job *job,
                       bare_handle to_parent);
bool bench_offers_close(void);
bool bench_offers_close_bare(bench_subjects *on);

/* End all of them, and what was offered. */
bool bench_offers_finish(bench_subjects *on);

/* What `section_bench --worker ...` does. */
int bench_worker_main(int argc, char **argv);

#endif
