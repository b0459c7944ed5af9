/* SPDX-License-Identifier: MIT */
/*
 * Sections that grow: how large they are, and making them larger. Where the
 * system keeps the size of memory (POSIX) or of files, it is asked; where it
 * does not, the size is a word in the trailer that all holders watch.
 */
#include "arithmetic.h"
#include "internal.h"
#include "trailer.h"

#include <string.h>

bool section__grows(const section *s)
{
    return s->reserve > s->size;
}

/* Whoever can write the word can write anything: it counts as far as it makes
 * sense. */
static uint64_t watched_size(const section *s)
{
    uint64_t size = section_os_shared_read(s->grown.size);
    if (size < s->size)
        return s->size;
    return size < s->reserve ? size : s->reserve;
}

section_os_result section__current_size(uint64_t *size, const section *s)
{
    section_os_result result = section__result(SECTION_OK);
    *size = s->size;
    if (!section__grows(s))
        return result;
    if (s->grown.size != NULL) {
        *size = watched_size(s);
        return result;
    }
    result = section_os_object_measure(size, &section__mutable(s)->object);
    if (*size > s->reserve)
        *size = s->reserve;
    section__reach(s, *size);
    return result;
}

section_os_result section__watch_growth(section *s)
{
    section_os_system system;
    section_os_result result = section__result(SECTION_OK);
    if (!section__grows(s) || s->kind != SECTION_KIND_MEMORY)
        return result;
    section_os_get_system(&system);
    if (!system.memory_sizes_are_rounded)
        return result;
    bool extends = (s->rights & SECTION_RIGHT_EXTEND) != 0;
    uint64_t stored =
        section__trailer_stored_size(s->reserve, system.traits.page_size);
    unsigned char *bytes = section__map_trailer(
        &s->grown.base, &s->grown.length, s, stored,
        extends ? SECTION_ACCESS_READ_WRITE : SECTION_ACCESS_READ, &result);
    if (bytes != NULL)
        s->grown.size = (void *)(bytes + SECTION__TRAILER_GROWN);
    return result;
}

void section__unwatch_growth(section *s)
{
    /* Systems that round never refuse. */
    if (s->grown.size != NULL)
        (void)section_os_view_unmap(s->grown.base, s->grown.length);
    s->grown.size = NULL;
}

/* ------------------------------------------------------------------------
 * Extend
 * ------------------------------------------------------------------------ */

/* Make zero what somebody may have written behind the end of memory, in its
 * last page. */
static section_os_result clear_slack(section *s, uint64_t from)
{
    uint64_t start = section__round_down(from, s->granularity);
    size_t length = (size_t)(section__round_up(from, s->page_size) - start);
    void *base;
    section_os_result result = section_os_view_map(
        &base, &s->object, start, length, SECTION_ACCESS_READ_WRITE, NULL);
    if (result.status != SECTION_OK)
        return result;
    size_t used = (size_t)(from - start);
    memset((unsigned char *)base + used, 0, length - used);
    return section_os_view_unmap(base, length);
}

/* Where lib/ keeps the size: first the bytes, then the word that tells. */
static section_os_result extend_watched(section *s, uint64_t from, uint64_t to)
{
    section_os_result result = section__result(SECTION_OK);
    uint64_t first = section__round_up(from, s->page_size);
    uint64_t last = section__round_up(to, s->page_size);
    if (first != from)
        result = clear_slack(s, from);
    if (result.status == SECTION_OK && first < last)
        result = section_os_object_extend(&s->object, first, last,
                                          (s->flags & SECTION_INFO_LAZY) != 0);
    if (result.status == SECTION_OK)
        section_os_shared_raise(s->grown.size, to);
    return result;
}

static section_os_result extend(section *s, uint64_t from, uint64_t to)
{
    if (s->grown.size != NULL)
        return extend_watched(s, from, to);
    return section_os_object_extend(&s->object, from, to,
                                    (s->flags & SECTION_INFO_LAZY) != 0);
}

/* The same, by one at a time. */
static section_os_result extend_alone(section *s, uint64_t to)
{
    uint64_t id[2], from;
    section_os_extension extension;
    section__identify(id, s);
    section_os_result result =
        section_os_extension_begin(&extension, &s->object, id);
    if (result.status != SECTION_OK)
        return result;
    result = section__current_size(&from, s);
    if (result.status == SECTION_OK && from < to)
        result = extend(s, from, to);
    section_os_extension_end(&extension);
    if (result.status == SECTION_OK)
        section__reach(s, to);
    return result;
}

/*
 * One try. Whoever clears what is behind the end does so between knowing the
 * end and moving it: in that time nobody else may move it, also not one who has
 * nothing to clear himself, or what is written to the new bytes would be hit.
 */
static section_os_result try_to_extend(section *s, uint64_t to)
{
    uint64_t size;
    section_os_result result = section__current_size(&size, s);
    if (result.status != SECTION_OK || size >= to)
        return result;
    return extend_alone(s, to);
}

section_status section_extend(section *extended, uint64_t size)
{
    if (extended == NULL || size == 0)
        return section__refuse(SECTION_INVALID);
    if ((section__rights_of(extended) & SECTION_RIGHT_EXTEND) == 0)
        return section__refuse(SECTION_ACCESS);
    if (size > extended->reserve)
        return section__refuse(SECTION_RANGE);
    section__patience patience = {SECTION_TIMEOUT_DEFAULT, 0, 0};
    section_os_result result;
    bool swept = false;
    do {
        result = try_to_extend(extended, size);
        if (result.status == SECTION_NO_SPACE && !swept &&
            extended->kind == SECTION_KIND_MEMORY) {
            swept = true;
            if (section__sweep_everything())
                result = try_to_extend(extended, size);
        }
    } while (result.status == SECTION_BUSY &&
             section__wait_for_others(&patience));
    return section__outcome(result);
}
