/* SPDX-License-Identifier: MIT */
/*
 * Rows: flushing one page that was written through a view of a file. Both
 * halves work on the same file, each through a mapping of its own, and on one
 * page after the other, so that none is still on its way to the disk.
 */
#include "bench.h"

static bool map_bare(bench_subjects *on, const char *path)
{
    if (!bare_file_open(&on->bare_file, path, SECTION_ACCESS_READ_WRITE) ||
        !bare_file_mapping(&on->bare, on->bare_file, SECTION_ACCESS_READ_WRITE))
        return bench_check_bare(on, false);
    on->bare_length = (size_t)on->row->size;
    on->bare_view =
        bare_map(on->bare, 0, on->bare_length, SECTION_ACCESS_READ_WRITE);
    return bench_check_bare(on, on->bare_view != NULL);
}

static bool map_section(bench_subjects *on, const char *path)
{
    return bench_check(
               on, "section_open_file",
               section_open_file(&on->section, path, SECTION_RIGHT_WRITE)) &&
           bench_check(on, "section_map",
                       section_map(&on->view, on->section, 0, 0,
                                   SECTION_ACCESS_READ_WRITE));
}

static bool prepare(bench_subjects *on)
{
    const char *path = bench_scratch_path(0);
    return bench_scratch_make(on, 0, on->row->size) && map_bare(on, path) &&
           map_section(on, path);
}

static bool finish(bench_subjects *on)
{
    bool done = bench_check(on, "section_unmap", section_unmap(&on->view));
    section_close(on->section);
    if (on->bare_view != NULL)
        done =
            bench_check_bare(on, bare_unmap(on->bare_view, on->bare_length)) &&
            done;
    if (on->bare != BARE_NONE)
        bare_file_mapping_close(on->bare);
    if (on->bare_file != BARE_NONE)
        done = bench_check_bare(on, bare_close(on->bare_file)) && done;
    return bench_scratch_remove(on, 0) && done;
}

/* Write to the next page; tell which it is. */
static size_t write_next(bench_subjects *on, void *data)
{
    size_t at = on->at;
    bench_touch((unsigned char *)data + at, 1, on->page_size);
    on->at = (at + on->page_size) % (size_t)on->row->size;
    return at;
}

static bool flush_view(bench_subjects *on, section_flush_level level,
                       uint64_t count, uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        size_t at = write_next(on, on->view.data);
        section_status status = section_view_flush(&on->view, at, 1, level);
        if (status != SECTION_OK)
            return bench_check(on, "section_view_flush", status);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool flush_durable(bench_subjects *on, uint64_t count,
                          uint64_t *nanoseconds)
{
    return flush_view(on, SECTION_FLUSH_DURABLE, count, nanoseconds);
}

static bool flush_durable_bare(bench_subjects *on, uint64_t count,
                               uint64_t *nanoseconds)
{
    unsigned char *data = on->bare_view;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        size_t at = write_next(on, data);
        if (!bare_flush_durable(on->bare_file, data + at, on->page_size))
            return bench_check_bare(on, false);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool flush_start(bench_subjects *on, uint64_t count,
                        uint64_t *nanoseconds)
{
    return flush_view(on, SECTION_FLUSH_START, count, nanoseconds);
}

static bool flush_start_bare(bench_subjects *on, uint64_t count,
                             uint64_t *nanoseconds)
{
    unsigned char *data = on->bare_view;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        size_t at = write_next(on, data);
        if (!bare_flush_start(on->bare_file, at, data + at, on->page_size))
            return bench_check_bare(on, false);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool flush_file(bench_subjects *on, uint64_t count,
                       uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        (void)write_next(on, on->view.data);
        section_status status =
            section_flush(on->section, SECTION_FLUSH_DURABLE);
        if (status != SECTION_OK)
            return bench_check(on, "section_flush", status);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool flush_file_bare(bench_subjects *on, uint64_t count,
                            uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        (void)write_next(on, on->bare_view);
        if (!bare_flush_file(on->bare_file))
            return bench_check_bare(on, false);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

#define FLUSH(label, words, section_, bare_, sequence, bytes_)                 \
    {                                                                          \
        .name = "flush/" label, .what = (words), .section = (section_),        \
        .bare = (bare_), .prepare = prepare, .finish = finish,                 \
        .calls = (sequence), .size = (bytes_)                                  \
    }

const bench_row bench_rows_flush[] = {
    FLUSH("page-durable", "write a byte, make its page durable", flush_durable,
          flush_durable_bare, BARE_FLUSH_DURABLE, MIB),
    FLUSH("page-started", "write a byte, begin to write its page back",
          flush_start, flush_start_bare, BARE_FLUSH_START, 16 * MIB),
    FLUSH("section-durable", "write a byte, make the section durable",
          flush_file, flush_file_bare, BARE_FLUSH_FILE, MIB),
};

const size_t bench_rows_flush_count =
    sizeof(bench_rows_flush) / sizeof(bench_rows_flush[0]);
