/* SPDX-License-Identifier: MIT */
/*
 * Rows: sections that grow, and views of them. Each half has an object of its
 * own, which gets larger with every operation.
 */
#include "bench.h"

/* Nothing of it is taken before it is needed. */
#define RESERVE GIB

/* --- subjects --- */

static bool make_section(bench_subjects *on, const char *path)
{
    section_options options = bench_memory_options(on->row);
    options.rights |= SECTION_RIGHT_EXTEND;
    options.reserve = RESERVE;
    options.path = path;
    on->grown = options.size;
    return bench_check(on, "section_create",
                       section_create(&on->section, &options));
}

static bool make_memory(bench_subjects *on)
{
    return bench_check_bare(
        on, bare_growing_create(&on->growing, on->row->size, RESERVE));
}

/* A trait is about what cannot be had, and why a row is left out. */
static bool grows(bench_subjects *on, bool file)
{
    section_system system = {.struct_size = (uint32_t)sizeof(system)};
    if (!bench_check(on, "section_get_system", section_get_system(&system)))
        return false;
    if (file && system.file_growth != SECTION_SUPPORT_FULL)
        return bench_skip(on, "files do not grow here (file_growth)");
    if (!file && system.memory_growth != SECTION_SUPPORT_FULL)
        return bench_skip(on, "memory does not grow here (memory_growth)");
    return true;
}

static bool prepare_memory(bench_subjects *on)
{
    if (!grows(on, false))
        return false;
    return on->round % 2 == 0 ? make_section(on, NULL) && make_memory(on)
                              : make_memory(on) && make_section(on, NULL);
}

static bool prepare_files(bench_subjects *on)
{
    if (!grows(on, true) || !bench_scratch_make(on, 0, on->row->size) ||
        !bench_check_bare(
            on, bare_growing_open_file(&on->growing, bench_scratch_path(0))))
        return false;
    return make_section(on, bench_scratch_path(1));
}

static bool finish_memory(bench_subjects *on)
{
    section_close(on->section);
    return on->growing.memory == BARE_NONE ||
           bench_check_bare(on, bare_growing_close(&on->growing));
}

static bool finish_files(bench_subjects *on)
{
    bool closed = finish_memory(on);
    bool removed = bench_scratch_remove(on, 0);
    return bench_scratch_remove(on, 1) && removed && closed;
}

/* --- extend --- */

static bool extend(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    section *extended = on->section;
    const uint64_t bytes = on->row->bytes;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section_status status = section_extend(extended, on->grown + bytes);
        if (status != SECTION_OK)
            return bench_check(on, "section_extend", status);
        on->grown += bytes;
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool extend_bare(bench_subjects *on, uint64_t count,
                        uint64_t *nanoseconds)
{
    const uint64_t bytes = on->row->bytes;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++)
        if (!bare_grow(&on->growing, bytes))
            return bench_check_bare(on, false);
    *nanoseconds = bare_now() - start;
    return true;
}

static bool extend_alone_bare(bench_subjects *on, uint64_t count,
                              uint64_t *nanoseconds)
{
    const uint64_t bytes = on->row->bytes;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++)
        if (!bare_grow_alone(&on->growing, bytes))
            return bench_check_bare(on, false);
    *nanoseconds = bare_now() - start;
    return true;
}

/* --- map --- */

static bool map_unmap(bench_subjects *on, size_t length, uint64_t count,
                      uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section_view view;
        section_status status = section_map(&view, on->section, 0, length,
                                            SECTION_ACCESS_READ_WRITE);
        if (status == SECTION_OK)
            status = section_unmap(&view);
        if (status != SECTION_OK)
            return bench_check(on, "section_map, section_unmap", status);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool map_reserve(bench_subjects *on, uint64_t count,
                        uint64_t *nanoseconds)
{
    return map_unmap(on, (size_t)on->row->bytes, count, nanoseconds);
}

static bool map_whole(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    return map_unmap(on, 0, count, nanoseconds);
}

static bool map_unmap_bare(bench_subjects *on, uint64_t length)
{
    void *base = bare_map(on->growing.memory, 0, (size_t)length,
                          SECTION_ACCESS_READ_WRITE);
    return bench_check_bare(on,
                            base != NULL && bare_unmap(base, (size_t)length));
}

static bool map_reserve_bare(bench_subjects *on, uint64_t count,
                             uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++)
        if (!map_unmap_bare(on, on->row->bytes))
            return false;
    *nanoseconds = bare_now() - start;
    return true;
}

static bool map_whole_bare(bench_subjects *on, uint64_t count,
                           uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        uint64_t size;
        if (!bench_check_bare(on, bare_growing_size(&size, &on->growing)) ||
            !map_unmap_bare(on, size))
            return false;
    }
    *nanoseconds = bare_now() - start;
    return true;
}

#define EXTEND(label, words, bare_, sequence, bytes_)                          \
    {                                                                          \
        .name = "extend/" label, .what = (words), .section = extend,           \
        .bare = (bare_), .prepare = prepare_memory, .finish = finish_memory,   \
        .calls = (sequence), .size = 64 * KIB, .bytes = (bytes_)               \
    }

#define MAP(label, words, section_, bare_, sequence, bytes_)                   \
    {                                                                          \
        .name = "map/growing-" label, .what = (words), .section = (section_),  \
        .bare = (bare_), .prepare = prepare_memory, .finish = finish_memory,   \
        .calls = (sequence), .size = 64 * KIB, .bytes = (bytes_)               \
    }

const bench_row bench_rows_growth[] = {
    EXTEND("4KiB", "make memory larger by a page", extend_alone_bare,
           BARE_GROW_ALONE, 4 * KIB),
    EXTEND("64KiB", "make memory larger by 64 KiB", extend_alone_bare,
           BARE_GROW_ALONE, 64 * KIB),
    EXTEND("64B", "make memory larger by 64 bytes", extend_alone_bare,
           BARE_GROW_ALONE, 64),
    EXTEND("4KiB-or-plain", "make memory larger by a page", extend_bare,
           BARE_GROW, 4 * KIB),
    EXTEND("64KiB-or-plain", "make memory larger by 64 KiB", extend_bare,
           BARE_GROW, 64 * KIB),
    {.name = "extend/file-64KiB",
     .what = "make a file larger by 64 KiB",
     .section = extend,
     .bare = extend_bare,
     .prepare = prepare_files,
     .finish = finish_files,
     .calls = BARE_GROW_FILE,
     .size = 64 * KIB,
     .bytes = 64 * KIB},
    MAP("128KiB", "map memory that grows, and as much of its reserve; unmap",
        map_reserve, map_reserve_bare, BARE_GROWN_MAP, 128 * KIB),
    MAP("whole", "map what memory has grown to, unmap", map_whole,
        map_whole_bare, BARE_GROWN_MAP_WHOLE, 64 * KIB),
};

const size_t bench_rows_growth_count =
    sizeof(bench_rows_growth) / sizeof(bench_rows_growth[0]);
