/* SPDX-License-Identifier: MIT */
/*
 * Rows: memory through a view and through a bare mapping. The instructions are
 * the same; what could differ is what pages the system put under them.
 */
#include "bench.h"

/* --- first touch: only the touch is timed --- */

static bool touch_fresh(bench_subjects *on, const section_options *options,
                        uint64_t *nanoseconds)
{
    section *made;
    section_view view;
    if (!bench_check(on, "section_create", section_create(&made, options)))
        return false;
    section_status status =
        section_map(&view, made, 0, 0, SECTION_ACCESS_READ_WRITE);
    if (status == SECTION_OK) {
        uint64_t start = bare_now();
        bench_touch(view.data, view.length, on->page_size);
        *nanoseconds += bare_now() - start;
        status = section_unmap(&view);
    }
    section_close(made);
    return bench_check(on, "section_map, section_unmap", status);
}

static bool touch_all(bench_subjects *on, uint32_t flags, uint64_t count,
                      uint64_t *nanoseconds)
{
    section_options options = bench_memory_options(on->row);
    options.flags = flags;
    *nanoseconds = 0;
    for (uint64_t i = 0; i < count; i++)
        if (!touch_fresh(on, &options, nanoseconds))
            return false;
    return true;
}

static bool touch_committed(bench_subjects *on, uint64_t count,
                            uint64_t *nanoseconds)
{
    return touch_all(on, 0, count, nanoseconds);
}

static bool touch_lazy(bench_subjects *on, uint64_t count,
                       uint64_t *nanoseconds)
{
    return touch_all(on, SECTION_LAZY, count, nanoseconds);
}

static bool touch_fresh_bare(bench_subjects *on, bool lazy,
                             uint64_t *nanoseconds)
{
    bare_handle made;
    size_t size = (size_t)on->row->size;
    if (!bare_memory_create(&made, size, lazy))
        return bench_check_bare(on, false);
    void *base = bare_map(made, 0, size, SECTION_ACCESS_READ_WRITE);
    bool unmapped = false;
    if (base != NULL) {
        uint64_t start = bare_now();
        bench_touch(base, size, on->page_size);
        *nanoseconds += bare_now() - start;
        unmapped = bare_unmap(base, size);
    }
    bool touched = bench_check_bare(on, unmapped);
    return bench_check_bare(on, bare_close(made)) && touched;
}

static bool touch_all_bare(bench_subjects *on, bool lazy, uint64_t count,
                           uint64_t *nanoseconds)
{
    *nanoseconds = 0;
    for (uint64_t i = 0; i < count; i++)
        if (!touch_fresh_bare(on, lazy, nanoseconds))
            return false;
    return true;
}

static bool touch_bare_committed(bench_subjects *on, uint64_t count,
                                 uint64_t *nanoseconds)
{
    return touch_all_bare(on, false, count, nanoseconds);
}

static bool touch_bare_lazy(bench_subjects *on, uint64_t count,
                            uint64_t *nanoseconds)
{
    return touch_all_bare(on, true, count, nanoseconds);
}

/* --- steady bandwidth: everything was touched before --- */

static bool make_view(bench_subjects *on)
{
    section_options options = bench_memory_options(on->row);
    if (!bench_check(on, "section_create",
                     section_create(&on->section, &options)))
        return false;
    section_status status =
        section_map(&on->view, on->section, 0, 0, SECTION_ACCESS_READ_WRITE);
    if (!bench_check(on, "section_map", status))
        return false;
    bench_fill(on->view.data, on->view.length, 1);
    return true;
}

static bool make_mapping(bench_subjects *on)
{
    on->bare_length = (size_t)on->row->size;
    if (!bare_memory_create(&on->bare, on->row->size, false))
        return bench_check_bare(on, false);
    on->bare_view =
        bare_map(on->bare, 0, on->bare_length, SECTION_ACCESS_READ_WRITE);
    if (on->bare_view == NULL)
        return bench_check_bare(on, false);
    bench_fill(on->bare_view, on->bare_length, 1);
    return true;
}

/* Two mappings of one memory: where its pages lie is the same for both. */
static bool prepare_same(bench_subjects *on)
{
    section_native native;
    if (!make_view(on) ||
        !bench_check(on, "section_get_native",
                     section_get_native(&native, on->section)))
        return false;
    on->bare_length = (size_t)on->row->size;
    on->bare_view =
        bare_map(native, 0, on->bare_length, SECTION_ACCESS_READ_WRITE);
    if (on->bare_view == NULL)
        return bench_check_bare(on, false);
    bench_fill(on->bare_view, on->bare_length, 1);
    return true;
}

/* Whoever comes first gets other pages than whoever comes second. */
static bool prepare_touched(bench_subjects *on)
{
    return on->round % 2 == 0 ? make_view(on) && make_mapping(on)
                              : make_mapping(on) && make_view(on);
}

static bool finish_touched(bench_subjects *on)
{
    bool unmapped =
        bench_check(on, "section_unmap", section_unmap(&on->view)) &&
        (on->bare_view == NULL ||
         bench_check_bare(on, bare_unmap(on->bare_view, on->bare_length)));
    section_close(on->section);
    bool closed =
        on->bare == BARE_NONE || bench_check_bare(on, bare_close(on->bare));
    return unmapped && closed;
}

static bool read_all(bench_subjects *on, const void *data, size_t length,
                     uint64_t count, uint64_t *nanoseconds)
{
    uint64_t sum = 0;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++)
        sum += bench_sum(data, length);
    *nanoseconds = bare_now() - start;
    uint64_t expected = UINT64_C(0x0101010101010101) * (length / 8) * count;
    return sum == expected || bench_fail(on, "what was read is not there");
}

static bool read_view(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    return read_all(on, on->view.data, on->view.length, count, nanoseconds);
}

static bool read_bare(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    return read_all(on, on->bare_view, on->bare_length, count, nanoseconds);
}

static bool write_all(void *data, size_t length, uint64_t count,
                      uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++)
        bench_fill(data, length, (int)(i & 0x7f));
    *nanoseconds = bare_now() - start;
    return true;
}

static bool write_view(bench_subjects *on, uint64_t count,
                       uint64_t *nanoseconds)
{
    return write_all(on->view.data, on->view.length, count, nanoseconds);
}

static bool write_bare(bench_subjects *on, uint64_t count,
                       uint64_t *nanoseconds)
{
    return write_all(on->bare_view, on->bare_length, count, nanoseconds);
}

#define BANDWIDTH(label, verb, section_, bare_, prepare_, sequence)            \
    {                                                                          \
        .name = (label), .what = verb " memory that was touched before",       \
        .section = (section_), .bare = (bare_), .prepare = (prepare_),         \
        .finish = finish_touched, .calls = (sequence),                         \
        .flags = BENCH_SLOW | BENCH_RATE, .size = 64 * MIB, .bytes = 64 * MIB, \
        .bound = 1.00                                                          \
    }

const bench_row bench_rows_memory[] = {
    {.name = "touch/8MiB-committed",
     .what = "the first touch of every page of committed memory",
     .section = touch_committed,
     .bare = touch_bare_committed,
     .calls = BARE_TOUCH,
     .size = 8 * MIB},
    {.name = "touch/8MiB-lazy",
     .what = "the first touch of every page of lazy memory",
     .section = touch_lazy,
     .bare = touch_bare_lazy,
     .calls = BARE_TOUCH_LAZY,
     .size = 8 * MIB},
    BANDWIDTH("read/64MiB", "add up", read_view, read_bare, prepare_touched,
              BARE_BANDWIDTH),
    BANDWIDTH("write/64MiB", "fill", write_view, write_bare, prepare_touched,
              BARE_BANDWIDTH),
    BANDWIDTH("read-same/64MiB", "add up", read_view, read_bare, prepare_same,
              BARE_BANDWIDTH_SAME),
    BANDWIDTH("write-same/64MiB", "fill", write_view, write_bare, prepare_same,
              BARE_BANDWIDTH_SAME),
};

const size_t bench_rows_memory_count =
    sizeof(bench_rows_memory) / sizeof(bench_rows_memory[0]);
