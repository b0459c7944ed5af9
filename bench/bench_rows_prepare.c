/* SPDX-License-Identifier: MIT */
/*
 * Rows: the ways to a first write of every page, all beside the one that every
 * program begins with, in which each page costs a fault; and what else is done
 * to pages in advance.
 */
#include "bench.h"

/* --- first write: from nothing to the last page --- */

static bool write_first(bench_subjects *on, section *made, bool populate,
                        section_view *view)
{
    section_status status =
        section_map(view, made, 0, 0, SECTION_ACCESS_READ_WRITE);
    if (!bench_check(on, "section_map", status))
        return false;
    if (populate)
        status = section_view_prefetch(view, 0, 0, SECTION_PREFETCH_WRITE);
    bench_touch(view->data, view->length, on->page_size);
    return bench_check(on, "section_view_prefetch", status);
}

/* The end of it is not timed: the system has the pages back then. */
static bool first_write(bench_subjects *on, uint32_t flags, bool populate,
                        uint64_t count, uint64_t *nanoseconds)
{
    section_options options = bench_memory_options(on->row);
    options.flags = flags;
    *nanoseconds = 0;
    for (uint64_t i = 0; i < count; i++) {
        section *made;
        section_view view = {0};
        uint64_t start = bare_now();
        if (!bench_check(on, "section_create", section_create(&made, &options)))
            return false;
        bool written = write_first(on, made, populate, &view);
        *nanoseconds += bare_now() - start;
        section_status status = section_unmap(&view);
        section_close(made);
        if (!written || !bench_check(on, "section_unmap", status))
            return false;
    }
    return true;
}

static bool write_committed(bench_subjects *on, uint64_t count,
                            uint64_t *nanoseconds)
{
    return first_write(on, 0, false, count, nanoseconds);
}

static bool write_populated(bench_subjects *on, uint64_t count,
                            uint64_t *nanoseconds)
{
    return first_write(on, SECTION_LAZY, true, count, nanoseconds);
}

static bool write_preferred(bench_subjects *on, uint64_t count,
                            uint64_t *nanoseconds)
{
    return first_write(on, SECTION_PREFER_LARGE_PAGES, false, count,
                       nanoseconds);
}

static bool write_large(bench_subjects *on, uint64_t count,
                        uint64_t *nanoseconds)
{
    return first_write(on, SECTION_LARGE_PAGES, false, count, nanoseconds);
}

static bool write_once_bare(bench_subjects *on, uint64_t *nanoseconds)
{
    bare_handle made;
    size_t size = (size_t)on->row->size;
    uint64_t start = bare_now();
    if (!bare_memory_create(&made, size, true))
        return false;
    void *base = bare_map(made, 0, size, SECTION_ACCESS_READ_WRITE);
    if (base == NULL) {
        (void)bench_check_bare(on, false);
        (void)bare_close(made);
        return false;
    }
    bench_touch(base, size, on->page_size);
    *nanoseconds += bare_now() - start;
    bool unmapped = bare_unmap(base, size);
    return bare_close(made) && unmapped;
}

static bool write_bare(bench_subjects *on, uint64_t count,
                       uint64_t *nanoseconds)
{
    *nanoseconds = 0;
    for (uint64_t i = 0; i < count; i++)
        if (!write_once_bare(on, nanoseconds))
            return bench_check_bare(on, false);
    return true;
}

/* --- whether there are large pages --- */

static bool ask_system(bench_subjects *on, section_system *system)
{
    *system = (section_system){.struct_size = (uint32_t)sizeof(*system)};
    return bench_check(on, "section_get_system", section_get_system(system));
}

/* Make it once as a trial, and ask what it is made of. */
static section_status find_pages(section_pages *pages,
                                 const section_options *options)
{
    section *made;
    section_info info = {.struct_size = (uint32_t)sizeof(info)};
    section_status status = section_create(&made, options);
    if (status == SECTION_OK)
        status = section_get_info(&info, made);
    section_close(made);
    *pages = info.pages;
    return status;
}

static bool prepare_preferred(bench_subjects *on)
{
    section_pages pages;
    section_options options = bench_memory_options(on->row);
    options.flags = SECTION_PREFER_LARGE_PAGES;
    if (!bench_check(on, "section_create", find_pages(&pages, &options)))
        return false;
    return pages != SECTION_PAGES_NORMAL ||
           bench_skip(on, "the system gives memory no large pages now");
}

static bool prepare_large(bench_subjects *on)
{
    section_pages pages;
    section_system system;
    section_options options = bench_memory_options(on->row);
    options.flags = SECTION_LARGE_PAGES;
    if (!ask_system(on, &system))
        return false;
    if (system.large_page_size == 0)
        return bench_skip(on, "no large pages to be had (large_page_size)");
    section_status status = find_pages(&pages, &options);
    if (status == SECTION_NO_SPACE || status == SECTION_UNSUPPORTED)
        return bench_skip(on, "too few large pages are free");
    return bench_check(on, "section_create", status);
}

/* --- discard, lock --- */

static bool map_both(bench_subjects *on)
{
    section_options options = bench_memory_options(on->row);
    on->bare_length = (size_t)on->row->size;
    if (!bench_check(on, "section_create",
                     section_create(&on->section, &options)) ||
        !bench_check(on, "section_map",
                     section_map(&on->view, on->section, 0, 0,
                                 SECTION_ACCESS_READ_WRITE)) ||
        !bench_check_bare(on,
                          bare_memory_create(&on->bare, on->row->size, false)))
        return false;
    on->bare_view =
        bare_map(on->bare, 0, on->bare_length, SECTION_ACCESS_READ_WRITE);
    return bench_check_bare(on, on->bare_view != NULL);
}

static bool finish_both(bench_subjects *on)
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

/* Only giving back is timed, and not how it is taken again. */
static bool discard(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    const section_view *view = &on->view;
    *nanoseconds = 0;
    for (uint64_t i = 0; i < count; i++) {
        bench_touch(view->data, view->length, on->page_size);
        uint64_t start = bare_now();
        section_status status = section_view_discard(view, 0, 0);
        *nanoseconds += bare_now() - start;
        if (status != SECTION_OK)
            return bench_check(on, "section_view_discard", status);
    }
    return bench_sum(view->data, view->length) == 0 ||
           bench_fail(on, "what was discarded is still there");
}

static bool discard_bare(bench_subjects *on, uint64_t count,
                         uint64_t *nanoseconds)
{
    *nanoseconds = 0;
    for (uint64_t i = 0; i < count; i++) {
        bench_touch(on->bare_view, on->bare_length, on->page_size);
        uint64_t start = bare_now();
        bool discarded = bare_discard(on->bare_view, on->bare_length);
        *nanoseconds += bare_now() - start;
        if (!discarded)
            return bench_check_bare(on, false);
    }
    return bench_sum(on->bare_view, on->bare_length) == 0 ||
           bench_fail(on, "what was discarded is still there");
}

/* How much a process may lock is for its user to say. */
static bool prepare_locked(bench_subjects *on)
{
    if (!map_both(on))
        return false;
    bench_touch(on->view.data, on->view.length, on->page_size);
    bench_touch(on->bare_view, on->bare_length, on->page_size);
    section_status status = section_view_lock(&on->view, 0, 0);
    if (status == SECTION_LIMIT || status == SECTION_ACCESS)
        return bench_skip(on, "this process may not lock as much");
    return bench_check(on, "section_view_lock", status) &&
           bench_check(on, "section_view_unlock",
                       section_view_unlock(&on->view, 0, 0));
}

static bool lock(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    const section_view *view = &on->view;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section_status status = section_view_lock(view, 0, 0);
        if (status == SECTION_OK)
            status = section_view_unlock(view, 0, 0);
        if (status != SECTION_OK)
            return bench_check(on, "section_view_lock, section_view_unlock",
                               status);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool lock_bare(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++)
        if (!bare_lock(on->bare_view, on->bare_length) ||
            !bare_unlock(on->bare_view, on->bare_length))
            return bench_check_bare(on, false);
    *nanoseconds = bare_now() - start;
    return true;
}

#define FIRST_WRITE(label, words, section_, prepare_, bound_)                  \
    {                                                                          \
        .name = "first-write/" label, .what = "create, map, " words,           \
        .section = (section_), .bare = write_bare, .prepare = (prepare_),      \
        .calls = BARE_FIRST_WRITE, .flags = BENCH_STEADY | BENCH_SLOW,         \
        .size = 128 * MIB, .bound = (bound_)                                   \
    }

const bench_row bench_rows_prepare[] = {
    FIRST_WRITE("committed", "touch every page of 128 MiB", write_committed,
                NULL, 0.90),
    FIRST_WRITE("populated", "prefetch to write, touch (128 MiB, lazy)",
                write_populated, NULL, 0.55),
    FIRST_WRITE("prefer-large", "touch (128 MiB, large pages preferred)",
                write_preferred, prepare_preferred, 0.12),
    FIRST_WRITE("large", "touch (128 MiB, large pages)", write_large,
                prepare_large, 0.12),
    {.name = "discard/1MiB",
     .what = "give back memory that was written",
     .section = discard,
     .bare = discard_bare,
     .prepare = map_both,
     .finish = finish_both,
     .calls = BARE_DISCARD,
     .size = MIB},
    {.name = "lock/64KiB",
     .what = "lock memory that is there, unlock it",
     .section = lock,
     .bare = lock_bare,
     .prepare = prepare_locked,
     .finish = finish_both,
     .calls = BARE_LOCK,
     .size = 64 * KIB},
};

const size_t bench_rows_prepare_count =
    sizeof(bench_rows_prepare) / sizeof(bench_rows_prepare[0]);
