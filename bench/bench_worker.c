/* SPDX-License-Identifier: MIT */
/*
 * Other processes that make names, and hold them, or offer memory: this program
 * again, told by a pipe what to do next. They end when the pipe does, and their
 * names with them.
 */
#include "bench_names.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- the parent --- */

bool bench_worker_start(bench_subjects *on, const char *place)
{
    if (on->workers == NULL)
        on->workers = calloc(1, sizeof(*on->workers));
    if (on->workers == NULL)
        return bench_fail(on, "no heap");
    bench_workers *all = on->workers;
    if (all->count == BENCH_MOST_WORKERS) {
        on->skipped = on->reason[0] == '\0';
        return bench_fail(on, "more processes than this row may have");
    }
    const char *const arguments[] = {"--worker", place,
                                     bench_places_get()->bare, NULL};
    if (!bare_child_start(&all->child[all->count], arguments))
        return bench_check_bare(on, false);
    all->count++;
    return true;
}

bool bench_workers_finish(bench_subjects *on)
{
    bool ended = true;
    bench_workers *all = on->workers;
    if (all == NULL)
        return true;
    for (size_t i = 0; i < all->count; i++)
        ended = bare_child_finish(&all->child[i]) && ended;
    free(all);
    on->workers = NULL;
    return ended || bench_fail(on, "another process failed");
}

bool bench_worker_begin(bench_subjects *on, size_t which, const bench_job *job)
{
    return bench_check_bare(
        on, bare_pipe_write(on->workers->child[which].to, job, sizeof(*job)));
}

bool bench_worker_end(bench_subjects *on, size_t which, bench_report *report)
{
    return bare_pipe_read(on->workers->child[which].from, report,
                          sizeof(*report)) ||
           bench_fail(on, "another process failed");
}

/* Have names held by one more process; how many is told. */
static bool hold_some(bench_subjects *on, const char *place, uint32_t first,
                      uint64_t count, uint64_t *held)
{
    bench_report report;
    const bench_job job = {BENCH_HOLD, first, count, 0};
    if (!bench_worker_start(on, place))
        return false;
    size_t which = on->workers->count - 1;
    if (!bench_worker_begin(on, which, &job) ||
        !bench_worker_end(on, which, &report))
        return false;
    *held = report.done;
    return true;
}

bool bench_workers_hold(bench_subjects *on, const char *place, uint32_t first,
                        uint64_t count)
{
    uint64_t held = 0;
    while (held < count) {
        uint64_t more = 0;
        if (!hold_some(on, place, first + (uint32_t)held, count - held, &more))
            return false;
        held += more;
        if (more == 0) {
            char reason[80];
            (void)snprintf(reason, sizeof(reason),
                           "only %" PRIu64 " names can be held here", held);
            on->skipped = on->reason[0] == '\0';
            return bench_fail(on, reason);
        }
    }
    return true;
}

/* --- the other process --- */

/* What functions of rows want to know. */
static const bench_row row = {.name = "worker", .size = 4 * KIB};

/* Held until there are no more jobs. */
typedef struct holding {
    section *held;
    struct holding *next;
} holding;

static holding *holdings;

static bool keep(section *held)
{
    holding *one = malloc(sizeof(*one));
    if (one == NULL) {
        section_close(held);
        return false;
    }
    *one = (holding){held, holdings};
    holdings = one;
    return true;
}

static void let_go(void)
{
    while (holdings != NULL) {
        holding *one = holdings;
        holdings = one->next;
        section_close(one->held);
        free(one);
    }
}

/* Lazy where that is possible: nobody touches them. */
static bool hold(bench_subjects *on, const bench_job *job, bench_report *report)
{
    char name[BENCH_NAME_SIZE];
    section_system system = SECTION_SYSTEM_INIT;
    section_options options = bench_name_options(&row, name);
    if (section_get_system(&system) == SECTION_OK &&
        system.lazy_names == SECTION_SUPPORT_FULL)
        options.flags = SECTION_LAZY;
    for (report->done = 0; report->done < job->count; report->done++) {
        section *held;
        bench_name(name, BENCH_OF_LIBRARY,
                   job->number + (uint32_t)report->done);
        section_status status = section_create(&held, &options);
        if (status == SECTION_LIMIT || status == SECTION_NO_SPACE)
            return true;
        if (!bench_check(on, "section_create", status))
            return false;
        if (!keep(held))
            return bench_fail(on, "no heap");
    }
    return true;
}

static bool live(bench_subjects *on, const bench_job *job, bench_report *report)
{
    char name[BENCH_NAME_SIZE];
    bool by_section = job->work == BENCH_LIVE_BY_SECTION;
    bench_name(name, by_section ? BENCH_OF_LIBRARY : BENCH_OF_BARE,
               job->number);
    const section_options options = bench_name_options(&row, name);
    for (report->done = 0; report->done < job->count; report->done++)
        if (!(by_section ? bench_live(on, &options)
                         : bench_name_live_bare(on, name)))
            return false;
    return true;
}

static bool work(bench_subjects *on, const bench_job *job, bench_report *report)
{
    switch (job->work) {
    case BENCH_HOLD:
        return hold(on, job, report);
    case BENCH_OFFER_BY_SECTION:
        return bench_offers_make(on, job, report);
    case BENCH_OFFER_BY_BARE:
        return bench_offers_make_bare(on, job, report);
    case BENCH_END_OF_SECTION:
        return bench_offers_close();
    case BENCH_END_OF_BARE:
        return bench_offers_close_bare(on);
    default:
        return live(on, job, report);
    }
}

static bool do_job(bench_subjects *on, const bench_job *job,
                   bare_handle to_parent)
{
    bench_report report = {0};
    bool offers =
        job->work == BENCH_OFFER_BY_SECTION || job->work == BENCH_OFFER_BY_BARE;
    if (offers && !bench_offers_prepare(on, job))
        return false;
    uint64_t start = bare_now();
    bool done = work(on, job, &report);
    report.nanoseconds = bare_now() - start;
    return done && bare_pipe_write(to_parent, &report, sizeof(report)) &&
           (!offers || bench_offers_send(on, job, to_parent));
}

static int do_jobs(bench_subjects *on)
{
    bare_handle from_parent;
    bare_handle to_parent;
    bench_job job;
    bare_child_pipes(&from_parent, &to_parent);
    while (bare_pipe_read(from_parent, &job, sizeof(job))) {
        if (!do_job(on, &job, to_parent)) {
            fprintf(stderr, "section_bench: %s\n", on->reason);
            return 4;
        }
    }
    return 0;
}

int bench_worker_main(int argc, char **argv)
{
    section_system system = SECTION_SYSTEM_INIT;
    bench_subjects on = {.row = &row};
    if (argc != 4)
        return 2;
    bare_raise_limits();
    if (!bare_place_of_library(argv[2]) || !bare_place_of_bare(argv[3]) ||
        section_get_system(&system) != SECTION_OK)
        return 3;
    on.page_size = system.page_size;
    int status = do_jobs(&on);
    let_go();
    if (!bench_offers_finish(&on) && status == 0)
        status = 4;
    return status;
}
