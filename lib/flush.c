/* SPDX-License-Identifier: MIT */
/*
 * Flushing: which bytes, how far, and what stays when it has failed.
 */
#include "arithmetic.h"
#include "internal.h"

/*
 * What a section of a file and all its duplicates know about flushing it.
 *
 * An error is kept because the system tells each only once: whoever flushes
 * after that would hear that all is well, with the bytes gone (fsync(2), Linux
 * since 4.13; before that it could go to anybody).
 */
struct section__flushes {
    uint64_t reached; /* bytes that what grows has had; at a multiple of 8 */
    section_os_count holders;
    section_os_count failures;      /* the first one writes `error` */
    section_os_count is_failed;     /* `error` is there */
    section_os_count entry_flushes; /* that succeeded */
    bool entry_is_ours;             /* the section created its file */
    section_os_result error;
};

bool section__begin_flushes(section *s)
{
    s->flushes = section_os_allocate(sizeof(*s->flushes));
    if (s->flushes == NULL)
        return false;
    s->flushes->holders = 1;
    return true;
}

void section__own_entry(section *s)
{
    s->flushes->entry_is_ours = true;
}

void section__reach(const section *s, uint64_t size)
{
    if (s->flushes != NULL)
        section_os_shared_raise(&s->flushes->reached, size);
}

void section__share_flushes(section *s, const section *from)
{
    s->flushes = from->flushes;
    if (s->flushes != NULL)
        (void)section_os_count_add(&s->flushes->holders, 1);
}

void section__end_flushes(section *s)
{
    if (s->flushes != NULL &&
        section_os_count_add(&s->flushes->holders, -1) == 0)
        section_os_free(s->flushes);
    s->flushes = NULL;
}

/* ------------------------------------------------------------------------
 * The first error
 * ------------------------------------------------------------------------ */

/* Whether an error says that bytes may be lost. The others say that nothing was
 * tried. */
static bool stays(section_status status)
{
    switch (status) {
    case SECTION_OK:
    case SECTION_INVALID:
    case SECTION_ACCESS:
    case SECTION_LIMIT:
    case SECTION_NO_MEMORY:
    case SECTION_UNSUPPORTED:
        return false;
    default:
        return true;
    }
}

static section_os_result known_error(struct section__flushes *flushes)
{
    if (section_os_count_add(&flushes->is_failed, 0) == 0)
        return section__result(SECTION_OK);
    return flushes->error;
}

static void keep_error(struct section__flushes *flushes,
                       section_os_result error)
{
    if (section_os_count_add(&flushes->failures, 1) != 1)
        return;
    flushes->error = error;
    (void)section_os_count_add(&flushes->is_failed, 1);
}

/* The directory entry of a created file: once, when there is something behind
 * it. */
static section_os_result flush_entry(section *s)
{
    struct section__flushes *flushes = s->flushes;
    if (!flushes->entry_is_ours ||
        section_os_count_add(&flushes->entry_flushes, 0) != 0)
        return section__result(SECTION_OK);
    section_os_result result = section_os_entry_flush(&s->object);
    if (result.status == SECTION_OK)
        (void)section_os_count_add(&flushes->entry_flushes, 1);
    return result;
}

/* What follows the flush of bytes that ended like this. */
static section_status finish(section *s, section_flush_level level,
                             section_os_result result)
{
    if (result.status == SECTION_OK && level >= SECTION_FLUSH_ORDERED)
        result = flush_entry(s);
    if (stays(result.status))
        keep_error(s->flushes, result);
    /* Another thread may have been told of our bytes, too. */
    if (result.status == SECTION_OK)
        result = known_error(s->flushes);
    return section__outcome(result);
}

/* ------------------------------------------------------------------------
 * Flush
 * ------------------------------------------------------------------------ */

static bool is_level(section_flush_level level)
{
    return level >= SECTION_FLUSH_START && level <= SECTION_FLUSH_DURABLE;
}

/*
 * How many of `*length` bytes from `first` on are in the file. What grows need
 * not have all of them yet; *is_cut tells that some of them have been there.
 */
static section_os_result find_part(size_t *length, bool *is_cut, section *s,
                                   uint64_t first)
{
    section_os_system system;
    section_os_get_system(&system);
    *is_cut = false;
    if (!section__grows(s) &&
        system.traits.file_shrink == SECTION_GUARD_ENFORCED)
        return section__result(SECTION_OK);
    /* What is known before measuring: others may make it larger meanwhile. */
    uint64_t reached = section_os_shared_read(&s->flushes->reached);
    if (reached < s->size)
        reached = s->size;
    uint64_t size;
    section_os_result result = section_os_object_measure(&size, &s->object);
    if (result.status != SECTION_OK)
        return result;
    if (section__grows(s))
        section__reach(s, size);
    uint64_t end = first + *length;
    *is_cut = first < reached && size < reached && size < end;
    if (size < first)
        size = first;
    if (size < end)
        *length = (size_t)(size - first);
    return result;
}

/* Flush the pages that some bytes of a view are on. */
static section_os_result flush_pages(const section_view *view, size_t offset,
                                     size_t length, section_flush_level level)
{
    if (length == 0)
        return section__result(SECTION_OK);
    section *s = view->internal.holder;
    size_t page = view->internal.page_size;
    /* Distances from the start of the mapping, which is the start of a page. */
    size_t lead = section__view_lead(view);
    size_t from = (size_t)section__round_down(lead + offset, page);
    size_t to = (size_t)section__round_up(lead + offset + length, page);
    return section_os_view_flush(&s->object,
                                 (unsigned char *)view->internal.base + from,
                                 to - from, view->offset - lead + from, level);
}

static section_status flush_view(const section_view *view, size_t offset,
                                 size_t length, section_flush_level level)
{
    section *s = view->internal.holder;
    section_os_result result = known_error(s->flushes);
    if (result.status != SECTION_OK)
        return section__fail(result);
    bool is_cut;
    result = find_part(&length, &is_cut, s, view->offset + offset);
    if (result.status == SECTION_OK)
        result = flush_pages(view, offset, length, level);
    if (result.status == SECTION_OK && is_cut)
        result = section__result(SECTION_FAULT);
    return finish(s, level, result);
}

section_status section_view_flush(const section_view *view, size_t offset,
                                  size_t length, section_flush_level level)
{
    if (!is_level(level))
        return section__refuse(SECTION_INVALID);
    section_status status = section__view_range(view, offset, &length);
    if (status != SECTION_OK)
        return section__refuse(status);
    if (section__data_access(view->internal.access) !=
        SECTION_ACCESS_READ_WRITE)
        return section__refuse(SECTION_ACCESS);
    const section *s = view->internal.holder;
    if (s == NULL || s->flushes == NULL)
        return SECTION_OK;
    return flush_view(view, offset, length, level);
}

section_status section_flush(section *flushed, section_flush_level level)
{
    if (flushed == NULL || !is_level(level))
        return section__refuse(SECTION_INVALID);
    if ((flushed->rights & SECTION_RIGHT_WRITE) == 0)
        return section__refuse(SECTION_ACCESS);
    if (flushed->flushes == NULL)
        return SECTION_OK;
    section_os_result result = known_error(flushed->flushes);
    if (result.status != SECTION_OK)
        return section__fail(result);
    result = section_os_object_flush(&flushed->object, level);
    return finish(flushed, level, result);
}
