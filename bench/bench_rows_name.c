/* SPDX-License-Identifier: MIT */
/*
 * Rows: names. The bare calls beside them make a name live exactly as long as
 * its holders too; the plain way beside the same operations does not.
 */
#include "bench_names.h"

#include <string.h>

/* Names of a crowd, and of a walk. */
#define MANY 50000
#define FEW  10
#define WALK 1000

/* Processes at the same time. */
#define PARALLEL 8

/* How often other processes do what counts as done once: telling them to takes
 * as long as doing it, and several of them have to get their turn on the
 * processors again and again. */
#define TURNS          32
#define PARALLEL_TURNS 128

/* Names of other processes begin here, one for each. */
#define FIRST_OWN ((uint32_t)1000000)

static void name_library(char out[BENCH_NAME_SIZE])
{
    bench_name(out, BENCH_OF_LIBRARY, 0);
}

static void name_bare(char out[BENCH_NAME_SIZE])
{
    bench_name(out, BENCH_OF_BARE, 0);
}

static void name_plain(char out[BENCH_NAME_SIZE])
{
    bench_name(out, BENCH_OF_PLAIN, 0);
}

/* --- create --- */

static bool create(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    char name[BENCH_NAME_SIZE];
    name_library(name);
    const section_options options = bench_name_options(on->row, name);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++)
        if (!bench_live(on, &options))
            return false;
    *nanoseconds = bare_now() - start;
    return true;
}

static bool create_bare(bench_subjects *on, uint64_t count,
                        uint64_t *nanoseconds)
{
    char name[BENCH_NAME_SIZE];
    name_bare(name);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++)
        if (!bench_name_live_bare(on, name))
            return false;
    *nanoseconds = bare_now() - start;
    return true;
}

static bool create_plain(bench_subjects *on, uint64_t count,
                         uint64_t *nanoseconds)
{
    char name[BENCH_NAME_SIZE];
    name_plain(name);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        bare_handle memory;
        if (!bench_check_bare(on,
                              bare_plain_create(&memory, name, on->row->size)))
            return false;
        bool used = bench_use_bare(on, memory);
        if (!bench_check_bare(on, bare_plain_remove(name)) || !used)
            return false;
    }
    *nanoseconds = bare_now() - start;
    return true;
}

/* --- what is there: open, find it taken, duplicate, ask --- */

static bool hold_by_section(bench_subjects *on)
{
    char name[BENCH_NAME_SIZE];
    name_library(name);
    const section_options options = bench_name_options(on->row, name);
    return bench_check(on, "section_create",
                       section_create(&on->section, &options));
}

static bool hold_by_bare(bench_subjects *on)
{
    char name[BENCH_NAME_SIZE];
    name_bare(name);
    return bench_check_bare(on,
                            bare_name_create(&on->named, name, on->row->size));
}

static bool prepare_held(bench_subjects *on)
{
    return on->round % 2 == 0 ? hold_by_section(on) && hold_by_bare(on)
                              : hold_by_bare(on) && hold_by_section(on);
}

static bool finish_held(bench_subjects *on)
{
    char name[BENCH_NAME_SIZE];
    name_bare(name);
    section_close(on->section);
    return on->named.memory == BARE_NONE ||
           bench_check_bare(on, bare_name_close(&on->named, name));
}

static bool prepare_plain(bench_subjects *on)
{
    char name[BENCH_NAME_SIZE];
    name_plain(name);
    return hold_by_section(on) &&
           bench_check_bare(on,
                            bare_plain_create(&on->bare, name, on->row->size));
}

static bool finish_plain(bench_subjects *on)
{
    char name[BENCH_NAME_SIZE];
    name_plain(name);
    section_close(on->section);
    if (on->bare == BARE_NONE)
        return true;
    bool removed = bench_check_bare(on, bare_plain_remove(name));
    return bench_check_bare(on, bare_close(on->bare)) && removed;
}

static bool open_existing(bench_subjects *on, uint64_t count,
                          uint64_t *nanoseconds)
{
    char name[BENCH_NAME_SIZE];
    name_library(name);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section *opened;
        section_status status = section_open(&opened, name, NULL);
        if (!bench_check(on, "section_open", status) || !bench_use(on, opened))
            return false;
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool open_bare(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    char name[BENCH_NAME_SIZE];
    name_bare(name);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        bare_named opened;
        if (!bench_check_bare(on, bare_name_open(&opened, name)) ||
            !bench_name_use_bare(on, &opened, name))
            return false;
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool open_plain(bench_subjects *on, uint64_t count,
                       uint64_t *nanoseconds)
{
    char name[BENCH_NAME_SIZE];
    name_plain(name);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        uint64_t size;
        bare_handle memory;
        if (!bench_check_bare(on, bare_plain_open(&memory, &size, name)) ||
            !bench_use_bare(on, memory))
            return false;
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool find_taken(bench_subjects *on, uint64_t count,
                       uint64_t *nanoseconds)
{
    char name[BENCH_NAME_SIZE];
    name_library(name);
    const section_options options = bench_name_options(on->row, name);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section *made;
        section_status status = section_create(&made, &options);
        if (status == SECTION_EXISTS)
            continue;
        section_close(made);
        return bench_check(on, "section_create", status) &&
               bench_fail(on, "a name that is taken was created");
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool find_taken_bare(bench_subjects *on, uint64_t count,
                            uint64_t *nanoseconds)
{
    char name[BENCH_NAME_SIZE];
    name_bare(name);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        bool taken = false;
        if (!bare_name_is_taken(&taken, name))
            return bench_check_bare(on, false);
        if (!taken)
            return bench_fail(on, "the name is not taken");
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool find_missing(bench_subjects *on, uint64_t count,
                         uint64_t *nanoseconds)
{
    char name[BENCH_NAME_SIZE];
    name_library(name);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section *opened;
        section_status status = section_open(&opened, name, NULL);
        if (status == SECTION_NOT_FOUND)
            continue;
        section_close(opened);
        return bench_check(on, "section_open", status) &&
               bench_fail(on, "a name that is missing was opened");
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool find_missing_bare(bench_subjects *on, uint64_t count,
                              uint64_t *nanoseconds)
{
    char name[BENCH_NAME_SIZE];
    name_bare(name);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        bool missing = false;
        if (!bare_name_is_missing(&missing, name) || !missing)
            return bench_fail(on, "the name is not missing");
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool duplicate(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    const section *from = on->section;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section *other;
        section_status status =
            section_duplicate(&other, from, SECTION_RIGHT_WRITE);
        if (status != SECTION_OK)
            return bench_check(on, "section_duplicate", status);
        section_close(other);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool duplicate_bare(bench_subjects *on, uint64_t count,
                           uint64_t *nanoseconds)
{
    char name[BENCH_NAME_SIZE];
    name_bare(name);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        bare_named other;
        if (!bare_name_duplicate(&other, &on->named) ||
            !bare_name_close(&other, name))
            return bench_check_bare(on, false);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool info(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    uint64_t sum = 0;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section_info told = {.struct_size = (uint32_t)sizeof(told)};
        section_status status = section_get_info(&told, on->section);
        if (status != SECTION_OK)
            return bench_check(on, "section_get_info", status);
        sum += told.size;
    }
    *nanoseconds = bare_now() - start;
    return sum == count * on->row->size ||
           bench_fail(on, "section_get_info told a wrong size");
}

static bool info_bare(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    char name[BENCH_NAME_SIZE];
    name_bare(name);
    uint64_t sum = 0;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        uint64_t size;
        if (!bare_name_size(&size, &on->named, name))
            return bench_check_bare(on, false);
        sum += size;
    }
    *nanoseconds = bare_now() - start;
    /* Windows tells whole pages. */
    return sum >= count * on->row->size ||
           bench_fail(on, "the system told a wrong size");
}

/* --- all names --- */

static bool prepare_walk(bench_subjects *on)
{
    return bench_workers_hold(on, bench_places_get()->library, 1, WALK);
}

static int32_t count_one(const section_entry *entry, void *context)
{
    (void)entry;
    ++*(uint64_t *)context;
    return 0;
}

static bool walk(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    uint64_t names = 0;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section_status status =
            section_enumerate(SECTION_SCOPE_USER, count_one, &names);
        if (status != SECTION_OK)
            return bench_check(on, "section_enumerate", status);
    }
    *nanoseconds = bare_now() - start;
    return names == count * WALK ||
           bench_fail(on, "section_enumerate told a wrong number of names");
}

static bool walk_bare(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    const char *place = bench_places_get()->library;
    uint64_t names = 0;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        uint64_t found;
        if (!bare_name_count(&found, place))
            return bench_check_bare(on, false);
        names += found;
    }
    *nanoseconds = bare_now() - start;
    return names == count * WALK ||
           bench_fail(on, "the walk found a wrong number of names");
}

/* --- among many names --- */

/* One process that creates among few, one that creates among many, and those
 * that hold them. */
static bool prepare_crowds(bench_subjects *on)
{
    const bench_places *places = bench_places_get();
    return bench_worker_start(on, places->few) &&
           bench_worker_start(on, places->many) &&
           bench_workers_hold(on, places->few, 1, FEW) &&
           bench_workers_hold(on, places->many, 1, MANY);
}

static bool create_among(bench_subjects *on, size_t which, uint64_t count,
                         uint64_t *nanoseconds)
{
    bench_report report;
    const bench_job job = {BENCH_LIVE_BY_SECTION, FIRST_OWN, count * TURNS, 0};
    if (!bench_worker_begin(on, which, &job) ||
        !bench_worker_end(on, which, &report))
        return false;
    *nanoseconds = report.nanoseconds / TURNS;
    return true;
}

static bool create_among_few(bench_subjects *on, uint64_t count,
                             uint64_t *nanoseconds)
{
    return create_among(on, 0, count, nanoseconds);
}

static bool create_among_many(bench_subjects *on, uint64_t count,
                              uint64_t *nanoseconds)
{
    return create_among(on, 1, count, nanoseconds);
}

/* --- at the same time --- */

static bool prepare_parallel(bench_subjects *on)
{
    for (size_t i = 0; i < PARALLEL; i++)
        if (!bench_worker_start(on, bench_places_get()->library))
            return false;
    return true;
}

static bool live_in_parallel(bench_subjects *on, bench_work work,
                             uint64_t count, uint64_t *nanoseconds)
{
    bench_report report;
    uint64_t start = bare_now();
    for (uint32_t i = 0; i < PARALLEL; i++) {
        const bench_job job = {(uint32_t)work, FIRST_OWN + i,
                               count * PARALLEL_TURNS, 0};
        if (!bench_worker_begin(on, i, &job))
            return false;
    }
    for (size_t i = 0; i < PARALLEL; i++)
        if (!bench_worker_end(on, i, &report))
            return false;
    *nanoseconds = (bare_now() - start) / PARALLEL_TURNS;
    return true;
}

static bool parallel(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    return live_in_parallel(on, BENCH_LIVE_BY_SECTION, count, nanoseconds);
}

static bool parallel_bare(bench_subjects *on, uint64_t count,
                          uint64_t *nanoseconds)
{
    return live_in_parallel(on, BENCH_LIVE_BY_BARE, count, nanoseconds);
}

#define NAME_CREATE(label, bare_, sequence, bound_)                            \
    {                                                                          \
        .name = "name/create" label,                                           \
        .what = "create a name, map, touch, unmap, close: it ends",            \
        .section = create, .bare = (bare_), .calls = (sequence),               \
        .size = 4 * KIB, .bound = (bound_)                                     \
    }

#define NAME_HELD(label, words, section_, bare_, sequence, bound_)             \
    {                                                                          \
        .name = "name/" label, .what = (words), .section = (section_),         \
        .bare = (bare_), .prepare = prepare_held, .finish = finish_held,       \
        .calls = (sequence), .size = 4 * KIB, .bound = (bound_)                \
    }

const bench_row bench_rows_name[] = {
    NAME_CREATE("-4KiB", create_bare, BARE_NAME_CREATE, 1.15),
    NAME_CREATE("-or-plain", create_plain, BARE_NAME_CREATE_PLAIN, 0),
    NAME_HELD("open-4KiB", "open a held name, map, touch, unmap, close",
              open_existing, open_bare, BARE_NAME_OPEN, 1.15),
    {.name = "name/open-or-plain",
     .what = "open a held name, map, touch, unmap, close",
     .section = open_existing,
     .bare = open_plain,
     .prepare = prepare_plain,
     .finish = finish_plain,
     .calls = BARE_NAME_OPEN_PLAIN,
     .size = 4 * KIB},
    NAME_HELD("taken", "create a name that is there: EXISTS", find_taken,
              find_taken_bare, BARE_NAME_TAKEN, 0),
    {.name = "name/missing",
     .what = "open a name that is not there: NOT_FOUND",
     .section = find_missing,
     .bare = find_missing_bare,
     .calls = BARE_NAME_MISSING},
    NAME_HELD("duplicate", "another handle of a name, close it", duplicate,
              duplicate_bare, BARE_NAME_DUPLICATE, 1.15),
    NAME_HELD("info", "ask for size and name", info, info_bare, BARE_NAME_INFO,
              0),
    {.name = "name/enumerate-1000",
     .what = "tell all names, of which there are 1000",
     .section = walk,
     .bare = walk_bare,
     .prepare = prepare_walk,
     .finish = bench_workers_finish,
     .calls = BARE_NAME_WALK,
     .flags = BENCH_STEADY},
    {.name = "name/create-50000",
     .what = "as name/create-4KiB, among 50000 other names",
     .section = create_among_many,
     .bare = create_among_few,
     .prepare = prepare_crowds,
     .finish = bench_workers_finish,
     .calls = BARE_NAME_AMONG_FEW,
     .flags = BENCH_HEAVY | BENCH_SLOW | BENCH_STEADY},
    {.name = "name/parallel-8",
     .what = "as name/create-4KiB, in each of 8 processes at the same time",
     .section = parallel,
     .bare = parallel_bare,
     .prepare = prepare_parallel,
     .finish = bench_workers_finish,
     .calls = BARE_NAME_PARALLEL,
     .flags = BENCH_SLOW | BENCH_STEADY},
};

const size_t bench_rows_name_count =
    sizeof(bench_rows_name) / sizeof(bench_rows_name[0]);
