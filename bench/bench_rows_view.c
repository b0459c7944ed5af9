/* SPDX-License-Identifier: MIT */
/*
 * Rows: what is done again and again with one section. Each half has an object
 * of its own, made the same way.
 */
#include "bench.h"

/* --- map and unmap --- */

static bool make_section(bench_subjects *on)
{
    section_options options = bench_memory_options(on->row);
    if (on->row->access == SECTION_ACCESS_EXECUTE_READ)
        options.rights = SECTION_RIGHT_WRITE | SECTION_RIGHT_EXECUTE;
    return bench_check(on, "section_create",
                       section_create(&on->section, &options));
}

static bool make_bare(bench_subjects *on)
{
    return bench_check_bare(
        on, bare_memory_create(&on->bare, on->row->size, false));
}

/* Each comes first as often as the other. */
static bool prepare_both(bench_subjects *on)
{
    return on->round % 2 == 0 ? make_section(on) && make_bare(on)
                              : make_bare(on) && make_section(on);
}

static bool finish_both(bench_subjects *on)
{
    section_close(on->section);
    return on->bare == BARE_NONE || bench_check_bare(on, bare_close(on->bare));
}

/* There are systems where nobody runs what was written. */
static bool prepare_execute(bench_subjects *on)
{
    section_view view;
    if (!prepare_both(on))
        return false;
    section_status status =
        section_map(&view, on->section, 0, 0, on->row->access);
    if (status == SECTION_ACCESS)
        return bench_skip(on, "memory cannot be run here");
    return bench_check(on, "section_map", status) &&
           bench_check(on, "section_unmap", section_unmap(&view));
}

static bool map_unmap(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    const section *from = on->section;
    const uint64_t offset = on->row->offset;
    const size_t length = (size_t)(on->row->size - offset);
    const section_access access = on->row->access;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section_view view;
        section_status status =
            section_map(&view, from, offset, length, access);
        if (status == SECTION_OK)
            status = section_unmap(&view);
        if (status != SECTION_OK)
            return bench_check(on, "section_map, section_unmap", status);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

/* What a program does by hand for the same byte: round down, map more. */
static bool map_unmap_bare(bench_subjects *on, uint64_t count,
                           uint64_t *nanoseconds)
{
    bare_handle from = on->bare;
    const uint64_t lead = on->row->offset % on->page_size;
    const uint64_t offset = on->row->offset - lead;
    const size_t length = (size_t)(on->row->size - offset);
    const section_access access = on->row->access;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        void *base = bare_map(from, offset, length, access);
        if (base == NULL || !bare_unmap(base, length))
            return bench_check_bare(on, false);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

/* --- protect --- */

static bool prepare_views(bench_subjects *on)
{
    if (!prepare_both(on))
        return false;
    section_status status =
        section_map(&on->view, on->section, 0, 0, SECTION_ACCESS_READ_WRITE);
    if (!bench_check(on, "section_map", status))
        return false;
    on->bare_length = (size_t)on->row->size;
    on->bare_view =
        bare_map(on->bare, 0, on->bare_length, SECTION_ACCESS_READ_WRITE);
    if (!bench_check_bare(on, on->bare_view != NULL))
        return false;
    bench_touch(on->view.data, on->view.length, on->page_size);
    bench_touch(on->bare_view, on->bare_length, on->page_size);
    return true;
}

static bool finish_views(bench_subjects *on)
{
    bool unmapped =
        bench_check(on, "section_unmap", section_unmap(&on->view)) &&
        (on->bare_view == NULL ||
         bench_check_bare(on, bare_unmap(on->bare_view, on->bare_length)));
    return finish_both(on) && unmapped;
}

static bool protect(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    section_view *view = &on->view;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section_status status =
            section_view_protect(view, 0, 0, SECTION_ACCESS_READ);
        if (status == SECTION_OK)
            status =
                section_view_protect(view, 0, 0, SECTION_ACCESS_READ_WRITE);
        if (status != SECTION_OK)
            return bench_check(on, "section_view_protect", status);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool protect_bare(bench_subjects *on, uint64_t count,
                         uint64_t *nanoseconds)
{
    void *base = on->bare_view;
    size_t length = on->bare_length;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++)
        if (!bare_protect(base, length, SECTION_ACCESS_READ) ||
            !bare_protect(base, length, SECTION_ACCESS_READ_WRITE))
            return bench_check_bare(on, false);
    *nanoseconds = bare_now() - start;
    return true;
}

/* --- duplicate --- */

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
    bare_handle from = on->bare;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        bare_handle other;
        if (!bare_duplicate(&other, from) || !bare_close(other))
            return bench_check_bare(on, false);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

/* --- info --- */

static bool info(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    const section *of = on->section;
    uint64_t sum = 0;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section_info told = {.struct_size = (uint32_t)sizeof(told)};
        section_status status = section_get_info(&told, of);
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
    bare_handle of = on->bare;
    uint64_t sum = 0;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        uint64_t size;
        if (!bare_size(&size, of))
            return bench_check_bare(on, false);
        sum += size;
    }
    *nanoseconds = bare_now() - start;
    return sum == count * on->row->size ||
           bench_fail(on, "the system told a wrong size");
}

#define MAP(label, sequence, access_, bytes_, offset_, bound_)                 \
    {                                                                          \
        .name = "map/" label, .what = "map and unmap, nothing touched",        \
        .section = map_unmap, .bare = map_unmap_bare, .prepare = prepare_both, \
        .finish = finish_both, .calls = (sequence), .access = (access_),       \
        .size = (bytes_), .offset = (offset_), .bound = (bound_)               \
    }

const bench_row bench_rows_view[] = {
    MAP("4KiB", BARE_MAP, SECTION_ACCESS_READ_WRITE, 4 * KIB, 0, 1.03),
    MAP("64KiB", BARE_MAP, SECTION_ACCESS_READ_WRITE, 64 * KIB, 0, 1.03),
    MAP("64KiB-read", BARE_MAP_READ, SECTION_ACCESS_READ, 64 * KIB, 0, 0),
    MAP("64KiB-copy", BARE_MAP_COPY, SECTION_ACCESS_COPY, 64 * KIB, 0, 0),
    MAP("64KiB-unaligned", BARE_MAP, SECTION_ACCESS_READ_WRITE, 128 * KIB,
        64 * KIB + 100, 0),
    {.name = "map/64KiB-execute",
     .what = "map and unmap, nothing touched",
     .section = map_unmap,
     .bare = map_unmap_bare,
     .prepare = prepare_execute,
     .finish = finish_both,
     .calls = BARE_MAP_EXECUTE,
     .access = SECTION_ACCESS_EXECUTE_READ,
     .size = 64 * KIB,
     .bound = 1.15},
    {.name = "protect/64KiB",
     .what = "a view to read-only and back",
     .section = protect,
     .bare = protect_bare,
     .prepare = prepare_views,
     .finish = finish_views,
     .calls = BARE_PROTECT,
     .size = 64 * KIB},
    {.name = "duplicate",
     .what = "another handle with the same rights, close it",
     .section = duplicate,
     .bare = duplicate_bare,
     .prepare = prepare_both,
     .finish = finish_both,
     .calls = BARE_DUPLICATE,
     .size = 64 * KIB,
     .bound = 1.15},
    {.name = "info",
     .what = "ask for the size",
     .section = info,
     .bare = info_bare,
     .prepare = prepare_both,
     .finish = finish_both,
     .calls = BARE_INFO,
     .size = 64 * KIB},
};

const size_t bench_rows_view_count =
    sizeof(bench_rows_view) / sizeof(bench_rows_view[0]);
