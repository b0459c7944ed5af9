/* SPDX-License-Identifier: MIT */
/*
 * Rows: guarded copies and calls beside what is not guarded, and beside the two
 * ways in which a system copies bytes that may not be there.
 *
 * Both halves copy from the same memory into the same buffer, by lengths that
 * the compiler does not know.
 */
#include "bench.h"
#include "bench_machine.h"

#include <stdlib.h>
#include <string.h>

/* So much that small copies are from other bytes each time, and so little that
 * all of it stays in the first cache. */
#define LEAST_SIZE (16 * KIB)

#define BOUND(ratio) (BENCH_GUARD_BOUNDS ? (ratio) : 0.0)

/* --- subjects --- */

/* How fast a copy is depends on how the buffer lies to the view. What malloc()
 * gives is a multiple of 16 bytes: another one in each round. */
#define STEP  16
#define STEPS 256

static void *buffer_of(const bench_subjects *on)
{
    const size_t step = (size_t)on->round * 37 % STEPS;
    return (unsigned char *)on->buffer + step * STEP;
}

static bool make_view(bench_subjects *on)
{
    on->buffer = malloc((size_t)on->row->bytes + (size_t)STEPS * STEP);
    if (on->buffer == NULL)
        return bench_fail(on, "no heap");
    section_status status =
        section_map(&on->view, on->section, 0, 0, SECTION_ACCESS_READ_WRITE);
    if (!bench_check(on, "section_map", status))
        return false;
    bench_fill(on->view.data, on->view.length, 1);
    bench_fill(buffer_of(on), (size_t)on->row->bytes, 1);
    return true;
}

static bool prepare_memory(bench_subjects *on)
{
    section_options options = bench_memory_options(on->row);
    return bench_check(on, "section_create",
                       section_create(&on->section, &options)) &&
           make_view(on);
}

/* A system may forbid it, or not have it. */
static bool prepare_process(bench_subjects *on)
{
    if (!prepare_memory(on))
        return false;
    return bare_copy_by_system(buffer_of(on), on->view.data,
                               (size_t)on->row->bytes) ||
           bench_skip(on, bare_error_text());
}

/* Systems do not promise that memory without a file can be read so. */
static bool prepare_file(bench_subjects *on)
{
    const char *path = bench_scratch_path(0);
    return bench_scratch_make(on, 0, on->row->size) &&
           bench_check_bare(
               on, bare_file_open(&on->bare, path, SECTION_ACCESS_READ)) &&
           bench_check(
               on, "section_open_file",
               section_open_file(&on->section, path, SECTION_RIGHT_WRITE)) &&
           make_view(on);
}

static bool finish_memory(bench_subjects *on)
{
    free(on->buffer);
    bool unmapped = bench_check(on, "section_unmap", section_unmap(&on->view));
    section_close(on->section);
    return unmapped;
}

static bool finish_file(bench_subjects *on)
{
    bool finished = finish_memory(on);
    if (on->bare != BARE_NONE)
        finished = bench_check_bare(on, bare_close(on->bare)) && finished;
    return bench_scratch_remove(on, 0) && finished;
}

/* --- copies --- */

static size_t next(const bench_row *row, size_t at)
{
    return (at + (size_t)row->bytes) & ((size_t)row->size - 1);
}

/* What was copied, and that it was. */
static bool check_copy(bench_subjects *on, const void *copied)
{
    const uint64_t expected =
        UINT64_C(0x0101010101010101) * (on->row->bytes / 8);
    return bench_sum(copied, (size_t)on->row->bytes) == expected ||
           bench_fail(on, "what was copied is not there");
}

static bool read_view(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    const section_view *view = &on->view;
    void *to = buffer_of(on);
    const size_t length = (size_t)on->row->bytes;
    size_t at = 0;
    bench_fill(to, length, 0);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section_status status = section_view_read(view, at, to, length, NULL);
        if (status != SECTION_OK)
            return bench_check(on, "section_view_read", status);
        at = next(on->row, at);
    }
    *nanoseconds = bare_now() - start;
    return check_copy(on, to);
}

/* Beside calls that take a hundred times as long, small copies would be over
 * before the clock has seen them. */
#define TURNS 64

static bool read_view_often(bench_subjects *on, uint64_t count,
                            uint64_t *nanoseconds)
{
    uint64_t turns = on->row->bytes < MIB ? TURNS : 1;
    if (!read_view(on, count * turns, nanoseconds))
        return false;
    *nanoseconds /= turns;
    return true;
}

static bool read_bare(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    const unsigned char *from = on->view.data;
    void *to = buffer_of(on);
    const size_t length = (size_t)on->row->bytes;
    size_t at = 0;
    bench_fill(to, length, 0);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        memcpy(to, from + at, length);
        at = next(on->row, at);
    }
    *nanoseconds = bare_now() - start;
    return check_copy(on, to);
}

static bool read_by_file(bench_subjects *on, uint64_t count,
                         uint64_t *nanoseconds)
{
    void *to = buffer_of(on);
    const size_t length = (size_t)on->row->bytes;
    size_t at = 0;
    bench_fill(to, length, 0);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        if (!bare_file_read_at(on->bare, at, to, length))
            return bench_check_bare(on, false);
        at = next(on->row, at);
    }
    *nanoseconds = bare_now() - start;
    return check_copy(on, to);
}

static bool read_by_system(bench_subjects *on, uint64_t count,
                           uint64_t *nanoseconds)
{
    const unsigned char *from = on->view.data;
    void *to = buffer_of(on);
    const size_t length = (size_t)on->row->bytes;
    size_t at = 0;
    bench_fill(to, length, 0);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        if (!bare_copy_by_system(to, from + at, length))
            return bench_check_bare(on, false);
        at = next(on->row, at);
    }
    *nanoseconds = bare_now() - start;
    return check_copy(on, to);
}

static bool write_view(bench_subjects *on, uint64_t count,
                       uint64_t *nanoseconds)
{
    const section_view *view = &on->view;
    const void *from = buffer_of(on);
    const size_t length = (size_t)on->row->bytes;
    size_t at = 0;
    bench_fill(view->data, length, 0);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section_status status =
            section_view_write(view, at, from, length, NULL);
        if (status != SECTION_OK)
            return bench_check(on, "section_view_write", status);
        at = next(on->row, at);
    }
    *nanoseconds = bare_now() - start;
    return check_copy(on, view->data);
}

static bool write_bare(bench_subjects *on, uint64_t count,
                       uint64_t *nanoseconds)
{
    unsigned char *to = on->view.data;
    const void *from = buffer_of(on);
    const size_t length = (size_t)on->row->bytes;
    size_t at = 0;
    bench_fill(to, length, 0);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        memcpy(to + at, from, length);
        at = next(on->row, at);
    }
    *nanoseconds = bare_now() - start;
    return check_copy(on, to);
}

/* --- calls --- */

static bool call(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    const section_view *view = &on->view;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section_status status = section_guard(view, bench_nothing, NULL, NULL);
        if (status != SECTION_OK)
            return bench_check(on, "section_guard", status);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool call_bare(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++)
        if (bare_guard(bench_nothing, NULL) != SECTION_OK)
            return bench_fail(on, "an empty function failed");
    *nanoseconds = bare_now() - start;
    return true;
}

/* --- rows --- */

#define COPY(label, words, section_, bare_, prepare_, finish_, sequence,       \
             bytes_, bound_)                                                   \
    {                                                                          \
        .name = "guard/" label, .what = (words), .section = (section_),        \
        .bare = (bare_), .prepare = (prepare_), .finish = (finish_),           \
        .calls = (sequence), .bytes = (bytes_), .bound = (bound_),             \
        .size = (bytes_) < LEAST_SIZE ? LEAST_SIZE : (bytes_)                  \
    }

#define READ(label, bytes_, bound_)                                            \
    COPY("read-" label, "copy out of a view, guarded", read_view, read_bare,   \
         prepare_memory, finish_memory, BARE_GUARD_COPY, bytes_, bound_)

#define READ_OR_FILE(label, bytes_)                                            \
    COPY("read-" label "-or-pread", "copy out of a view of a file, guarded",   \
         read_view_often, read_by_file, prepare_file, finish_file,             \
         BARE_GUARD_FILE, bytes_, 0)

#define READ_OR_PROCESS(label, bytes_)                                         \
    COPY("read-" label "-or-process", "copy out of a view, guarded",           \
         read_view_often, read_by_system, prepare_process, finish_memory,      \
         BARE_GUARD_PROCESS, bytes_, 0)

const bench_row bench_rows_guard[] = {
    READ("64B", 64, BOUND(1.5)),
    READ("4KiB", 4 * KIB, BOUND(1.1)),
    READ("1MiB", MIB, BOUND(1.00)),
    COPY("write-64B", "copy into a view, guarded", write_view, write_bare,
         prepare_memory, finish_memory, BARE_GUARD_COPY, 64, 0),
    READ_OR_FILE("64B", 64),
    READ_OR_FILE("4KiB", 4 * KIB),
    READ_OR_FILE("1MiB", MIB),
    READ_OR_PROCESS("64B", 64),
    READ_OR_PROCESS("4KiB", 4 * KIB),
    READ_OR_PROCESS("1MiB", MIB),
    {.name = "guard/call",
     .what = "an empty function, guarded",
     .section = call,
     .bare = call_bare,
     .prepare = prepare_memory,
     .finish = finish_memory,
     .calls = BARE_GUARD_CALL,
     .size = 4 * KIB,
     .bytes = 64},
};

const size_t bench_rows_guard_count =
    sizeof(bench_rows_guard) / sizeof(bench_rows_guard[0]);
