/* SPDX-License-Identifier: MIT */
/*
 * Offers that another process makes for this one: it is told by a pipe to make
 * them, and to end them, and sends their texts.
 */
#include "bench_names.h"

#include <stdlib.h>
#include <string.h>

/* What goes through the pipe for each. */
typedef char offer_text[SECTION_OFFER_TEXT_SIZE];

_Static_assert(sizeof(((bare_offer *)0)->text) <= sizeof(offer_text),
               "room for both kinds");

/* --- this process --- */

struct bench_offers {
    offer_text *texts;
    offer_text before; /* the first of those that were there before */
};

static bool keep_texts(bench_subjects *on, uint64_t count)
{
    if (on->offers == NULL)
        on->offers = calloc(1, sizeof(*on->offers));
    if (on->offers == NULL)
        return bench_fail(on, "no heap");
    bench_offers *all = on->offers;
    if (all->texts != NULL)
        memcpy(all->before, all->texts[0], sizeof(all->before));
    free(all->texts);
    all->texts = calloc((size_t)count, sizeof(all->texts[0]));
    return all->texts != NULL || bench_fail(on, "no heap");
}

bool bench_offers_begin(bench_subjects *on, bench_work work, uint64_t count,
                        uint64_t *nanoseconds)
{
    bench_report report;
    const bench_job job = {(uint32_t)work, (uint32_t)on->row->access, count,
                           bare_process_number()};
    *nanoseconds = 0;
    if (!keep_texts(on, count) || !bench_worker_begin(on, 0, &job) ||
        !bench_worker_end(on, 0, &report))
        return false;
    *nanoseconds = report.nanoseconds;
    return bench_check_bare(
        on, bare_pipe_read(on->workers->child[0].from, on->offers->texts,
                           (size_t)count * sizeof(offer_text)));
}

bool bench_offers_end(bench_subjects *on, bench_work work,
                      uint64_t *nanoseconds)
{
    bench_report report;
    const bench_job job = {work == BENCH_OFFER_BY_SECTION ? BENCH_END_OF_SECTION
                                                          : BENCH_END_OF_BARE,
                           0, 0, 0};
    *nanoseconds = 0;
    if (!bench_worker_begin(on, 0, &job) || !bench_worker_end(on, 0, &report))
        return false;
    *nanoseconds = report.nanoseconds;
    return true;
}

const char *bench_offers_text(const bench_subjects *on, uint64_t which)
{
    return on->offers->texts[which];
}

const char *bench_offers_text_before(const bench_subjects *on)
{
    return on->offers->before;
}

void bench_offers_forget(bench_subjects *on)
{
    if (on->offers != NULL)
        free(on->offers->texts);
    free(on->offers);
    on->offers = NULL;
}

/* --- the other process --- */

/* Made with the first offer of their kind, and ended with the process. */
static section *offered;
static bare_named offered_bare = {BARE_NONE, BARE_NONE};
static bare_goods goods;

typedef struct made_offer {
    section_offer *offer;
} made_offer;

static made_offer *offers;
static uint64_t offer_count;
static bare_offer *bare_offers;
static uint64_t bare_offer_count;

static section_rights rights_of(const bench_job *job)
{
    return job->number == SECTION_ACCESS_READ
               ? (section_rights)SECTION_RIGHT_READ
               : (section_rights)SECTION_RIGHT_WRITE;
}

static bool prepare_section(bench_subjects *on, const bench_job *job)
{
    const section_options options = bench_memory_options(on->row);
    free(offers);
    offers = calloc((size_t)job->count, sizeof(offers[0]));
    if (offers == NULL)
        return bench_fail(on, "no heap");
    return offered != NULL || bench_check(on, "section_create",
                                          section_create(&offered, &options));
}

static bool prepare_bare(bench_subjects *on, const bench_job *job)
{
    uint64_t size = on->row->size;
    free(bare_offers);
    bare_offers = calloc((size_t)job->count, sizeof(bare_offers[0]));
    if (bare_offers == NULL)
        return bench_fail(on, "no heap");
    return offered_bare.memory != BARE_NONE ||
           bench_check_bare(
               on, bare_memory_create(&offered_bare.memory, size, false) &&
                       bare_memory_seal(offered_bare.memory) &&
                       bare_goods_begin(&goods, &offered_bare, size,
                                        job->number != SECTION_ACCESS_READ));
}

bool bench_offers_prepare(bench_subjects *on, const bench_job *job)
{
    return job->work == BENCH_OFFER_BY_SECTION ? prepare_section(on, job)
                                               : prepare_bare(on, job);
}

bool bench_offers_make(bench_subjects *on, const bench_job *job,
                       bench_report *report)
{
    for (; offer_count < job->count; offer_count++) {
        section_status status =
            section_export(&offers[offer_count].offer, offered, rights_of(job),
                           (int64_t)job->process);
        if (status != SECTION_OK)
            return bench_check(on, "section_export", status);
    }
    report->done = offer_count;
    return true;
}

bool bench_offers_make_bare(bench_subjects *on, const bench_job *job,
                            bench_report *report)
{
    for (; bare_offer_count < job->count; bare_offer_count++)
        if (!bare_offer_begin(&bare_offers[bare_offer_count], &goods,
                              job->process))
            return bench_check_bare(on, false);
    report->done = bare_offer_count;
    return true;
}

bool bench_offers_send(bench_subjects *on, const bench_job *job,
                       bare_handle to_parent)
{
    offer_text text = {0};
    bool sent = true;
    for (uint64_t i = 0; i < job->count && sent; i++) {
        (void)snprintf(text, sizeof(text), "%s",
                       job->work == BENCH_OFFER_BY_SECTION
                           ? section_offer_text(offers[i].offer)
                           : bare_offers[i].text);
        sent = bare_pipe_write(to_parent, text, sizeof(text));
    }
    return bench_check_bare(on, sent);
}

bool bench_offers_close(void)
{
    while (offer_count > 0)
        section_unexport(offers[--offer_count].offer);
    return true;
}

bool bench_offers_close_bare(bench_subjects *on)
{
    while (bare_offer_count > 0)
        if (!bare_offer_end(&bare_offers[--bare_offer_count]))
            return bench_check_bare(on, false);
    return true;
}

bool bench_offers_finish(bench_subjects *on)
{
    bool closed = bench_offers_close() && bench_offers_close_bare(on);
    free(offers);
    free(bare_offers);
    section_close(offered);
    if (offered_bare.memory == BARE_NONE)
        return closed;
    return bench_check_bare(on, bare_goods_end(&goods) &&
                                    bare_close(offered_bare.memory)) &&
           closed;
}
