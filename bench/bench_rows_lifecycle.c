/* SPDX-License-Identifier: MIT */
/*
 * Rows: a section from its birth to its end.
 */
#include "bench.h"

static bool lifecycle(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    const section_options options = bench_memory_options(on->row);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++)
        if (!bench_live(on, &options))
            return false;
    *nanoseconds = bare_now() - start;
    return true;
}

static bool live_bare(bench_subjects *on, uint64_t size)
{
    bare_handle made;
    if (!bare_memory_create(&made, size, false))
        return bench_check_bare(on, false);
    if (!bare_memory_seal(made)) {
        (void)bench_check_bare(on, false);
        (void)bare_close(made);
        return false;
    }
    return bench_use_bare(on, made);
}

static bool lifecycle_bare(bench_subjects *on, uint64_t count,
                           uint64_t *nanoseconds)
{
    uint64_t size = on->row->size;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++)
        if (!live_bare(on, size))
            return false;
    *nanoseconds = bare_now() - start;
    return true;
}

static bool create(bench_subjects *on, const section_options *options,
                   uint64_t count, uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section *made;
        if (!bench_check(on, "section_create", section_create(&made, options)))
            return false;
        section_close(made);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool create_committed(bench_subjects *on, uint64_t count,
                             uint64_t *nanoseconds)
{
    const section_options options = bench_memory_options(on->row);
    return create(on, &options, count, nanoseconds);
}

static bool create_lazy(bench_subjects *on, uint64_t count,
                        uint64_t *nanoseconds)
{
    section_options options = bench_memory_options(on->row);
    options.flags = SECTION_LAZY;
    return create(on, &options, count, nanoseconds);
}

static bool create_bare(bench_subjects *on, bool lazy, uint64_t count,
                        uint64_t *nanoseconds)
{
    uint64_t size = on->row->size;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        bare_handle made;
        if (!bare_memory_create(&made, size, lazy) || !bare_close(made))
            return bench_check_bare(on, false);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool create_bare_committed(bench_subjects *on, uint64_t count,
                                  uint64_t *nanoseconds)
{
    return create_bare(on, false, count, nanoseconds);
}

static bool create_bare_lazy(bench_subjects *on, uint64_t count,
                             uint64_t *nanoseconds)
{
    return create_bare(on, true, count, nanoseconds);
}

#define LIFECYCLE(label, bytes_, bound_, flags_)                               \
    {                                                                          \
        .name = "lifecycle/" label,                                            \
        .what = "create, map, touch every page, unmap, close",                 \
        .section = lifecycle, .bare = lifecycle_bare, .calls = BARE_LIFECYCLE, \
        .flags = (flags_), .size = (bytes_), .bound = (bound_)                 \
    }

#define CREATE(label, bytes_, bound_, flags_)                                  \
    {                                                                          \
        .name = "create/" label, .what = "create committed memory, close",     \
        .section = create_committed, .bare = create_bare_committed,            \
        .calls = BARE_CREATE, .flags = (flags_), .size = (bytes_),             \
        .bound = (bound_)                                                      \
    }

const bench_row bench_rows_lifecycle[] = {
    LIFECYCLE("4KiB", 4 * KIB, 1.10, 0),
    LIFECYCLE("64KiB", 64 * KIB, 0, 0),
    LIFECYCLE("1MiB", MIB, 0, 0),
    LIFECYCLE("64MiB", 64 * MIB, 0, 0),
    LIFECYCLE("1GiB", GIB, 0, BENCH_HEAVY),
    CREATE("4KiB", 4 * KIB, 0, 0),
    CREATE("1MiB", MIB, 0, 0),
    CREATE("4MiB", 4 * MIB, 0, 0),
    CREATE("64MiB", 64 * MIB, 1.05, BENCH_SLOW),
    {.name = "create-lazy/64MiB",
     .what = "create lazy memory, close",
     .section = create_lazy,
     .bare = create_bare_lazy,
     .calls = BARE_CREATE_LAZY,
     .size = 64 * MIB},
};

const size_t bench_rows_lifecycle_count =
    sizeof(bench_rows_lifecycle) / sizeof(bench_rows_lifecycle[0]);
