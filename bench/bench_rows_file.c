/* SPDX-License-Identifier: MIT */
/*
 * Rows: adding up a real file, from open to close, the file being in the
 * system's cache. Every way has to find the same sum.
 */
#include "bench.h"

#include <stdlib.h>

#define WINDOW      ((size_t)(16 * MIB))
#define BUFFER_SIZE ((size_t)MIB)

/* --- three ways to add up --- */

/* Fill the buffer as far as the file goes; false after a failure. */
static bool read_chunk(bench_subjects *on, bare_handle file, size_t *length)
{
    unsigned char *to = on->buffer;
    *length = 0;
    while (*length < BUFFER_SIZE) {
        int64_t got = bare_file_read(file, to + *length, BUFFER_SIZE - *length);
        if (got < 0)
            return bench_check_bare(on, false);
        if (got == 0)
            break;
        *length += (size_t)got;
    }
    return true;
}

static bool sum_by_reading(bench_subjects *on, uint64_t *sum)
{
    bare_handle file;
    if (!bare_file_open(&file, on->file, SECTION_ACCESS_READ))
        return bench_check_bare(on, false);
    size_t length;
    bool read;
    *sum = 0;
    do {
        read = read_chunk(on, file, &length);
        if (read)
            *sum += bench_sum(on->buffer, length);
    } while (read && length == BUFFER_SIZE);
    return bench_check_bare(on, bare_close(file)) && read;
}

static bool sum_mapping(bench_subjects *on, bare_handle mapping,
                        uint64_t window, uint64_t *sum)
{
    *sum = 0;
    for (uint64_t at = 0; at < on->file_size; at += window) {
        uint64_t rest = on->file_size - at;
        size_t length = (size_t)(rest < window ? rest : window);
        void *base = bare_map(mapping, at, length, SECTION_ACCESS_READ);
        if (base == NULL)
            return bench_check_bare(on, false);
        *sum += bench_sum(base, length);
        if (!bare_unmap(base, length))
            return bench_check_bare(on, false);
    }
    return true;
}

static bool sum_by_mapping(bench_subjects *on, uint64_t window, uint64_t *sum)
{
    bare_handle file;
    bare_handle mapping;
    if (!bare_file_open(&file, on->file, SECTION_ACCESS_READ))
        return bench_check_bare(on, false);
    bool summed = bench_check_bare(
        on, bare_file_mapping(&mapping, file, SECTION_ACCESS_READ));
    if (summed) {
        summed = sum_mapping(on, mapping, window, sum);
        bare_file_mapping_close(mapping);
    }
    return bench_check_bare(on, bare_close(file)) && summed;
}

static bool sum_views(bench_subjects *on, const section *from, uint64_t window,
                      uint64_t *sum)
{
    *sum = 0;
    for (uint64_t at = 0; at < on->file_size; at += window) {
        uint64_t rest = on->file_size - at;
        size_t length = (size_t)(rest < window ? rest : window);
        section_view view;
        if (!bench_check(
                on, "section_map",
                section_map(&view, from, at, length, SECTION_ACCESS_READ)))
            return false;
        *sum += bench_sum(view.data, view.length);
        if (!bench_check(on, "section_unmap", section_unmap(&view)))
            return false;
    }
    return true;
}

static bool sum_by_views(bench_subjects *on, uint64_t window, uint64_t *sum)
{
    section *opened;
    if (!bench_check(on, "section_open_file",
                     section_open_file(&opened, on->file, SECTION_RIGHT_READ)))
        return false;
    bool summed = sum_views(on, opened, window, sum);
    section_close(opened);
    return summed;
}

/* --- timed --- */

static bool check_sum(bench_subjects *on, uint64_t sum)
{
    return sum == on->expected_sum ||
           bench_fail(on, "two ways of adding up the file differ");
}

static bool views(bench_subjects *on, uint64_t window, uint64_t count,
                  uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        uint64_t sum = 0;
        if (!sum_by_views(on, window, &sum) || !check_sum(on, sum))
            return false;
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool mapping(bench_subjects *on, uint64_t window, uint64_t count,
                    uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        uint64_t sum = 0;
        if (!sum_by_mapping(on, window, &sum) || !check_sum(on, sum))
            return false;
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool views_whole(bench_subjects *on, uint64_t count,
                        uint64_t *nanoseconds)
{
    return views(on, on->file_size, count, nanoseconds);
}

static bool views_windows(bench_subjects *on, uint64_t count,
                          uint64_t *nanoseconds)
{
    return views(on, WINDOW, count, nanoseconds);
}

static bool mapping_whole(bench_subjects *on, uint64_t count,
                          uint64_t *nanoseconds)
{
    return mapping(on, on->file_size, count, nanoseconds);
}

static bool mapping_windows(bench_subjects *on, uint64_t count,
                            uint64_t *nanoseconds)
{
    return mapping(on, WINDOW, count, nanoseconds);
}

static bool reading(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        uint64_t sum = 0;
        if (!sum_by_reading(on, &sum) || !check_sum(on, sum))
            return false;
    }
    *nanoseconds = bare_now() - start;
    return true;
}

/* --- subjects --- */

static bool find_size(bench_subjects *on)
{
    bare_handle file;
    if (!bare_file_open(&file, on->file, SECTION_ACCESS_READ))
        return bench_check_bare(on, false);
    bool found = bench_check_bare(on, bare_size(&on->file_size, file));
    return bench_check_bare(on, bare_close(file)) && found;
}

/* Reading the file for the sum also brings it into the cache. */
static bool prepare_file(bench_subjects *on)
{
    if (!find_size(on))
        return false;
    on->buffer = malloc(BUFFER_SIZE);
    if (on->buffer == NULL)
        return bench_fail(on, "no heap");
    return sum_by_reading(on, &on->expected_sum);
}

static bool prepare_whole_file(bench_subjects *on)
{
    if (!prepare_file(on))
        return false;
    on->skipped = on->file_size > SIZE_MAX / 4;
    return !on->skipped ||
           bench_fail(on, "the file is larger than what can be mapped here");
}

static bool finish_file(bench_subjects *on)
{
    free(on->buffer);
    return true;
}

#define FILE_ROW(label, words, section_, bare_, prepare_, sequence)            \
    {                                                                          \
        .name = "file/" label, .what = (words), .section = (section_),         \
        .bare = (bare_), .prepare = (prepare_), .finish = finish_file,         \
        .calls = (sequence),                                                   \
        .flags = BENCH_NEEDS_FILE | BENCH_SLOW | BENCH_RATE                    \
    }

const bench_row bench_rows_file[] = {
    FILE_ROW("windows", "add up the file in views of 16 MiB", views_windows,
             mapping_windows, prepare_file, BARE_FILE_MAP),
    FILE_ROW("whole", "add up the file in one view", views_whole, mapping_whole,
             prepare_whole_file, BARE_FILE_MAP),
    FILE_ROW("windows-or-read", "add up the file in views of 16 MiB",
             views_windows, reading, prepare_file, BARE_FILE_READ),
    FILE_ROW("whole-or-read", "add up the file in one view", views_whole,
             reading, prepare_whole_file, BARE_FILE_READ),
};

const size_t bench_rows_file_count =
    sizeof(bench_rows_file) / sizeof(bench_rows_file[0]);
