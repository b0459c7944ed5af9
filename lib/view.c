/* SPDX-License-Identifier: MIT */
/*
 * Views: bounds, rights, alignment. This is the hot path: it allocates nothing
 * and makes no system call but the platform's one.
 */
#include "arithmetic.h"
#include "internal.h"

#include <string.h>

/* The rights a view of this access needs; 0 if it is no access for a map. */
static section_rights rights_for(section_access access)
{
    switch (access) {
    case SECTION_ACCESS_READ:
    case SECTION_ACCESS_COPY:
        return SECTION_RIGHT_READ;
    case SECTION_ACCESS_READ_WRITE:
        return SECTION_RIGHT_WRITE;
    case SECTION_ACCESS_EXECUTE_READ:
    case SECTION_ACCESS_EXECUTE_COPY:
        return SECTION_RIGHT_EXECUTE;
    case SECTION_ACCESS_EXECUTE_READ_WRITE:
        return SECTION_RIGHT_WRITE | SECTION_RIGHT_EXECUTE;
    default:
        return 0;
    }
}

/*
 * Find the bytes asked for inside the section: SECTION_RANGE if they are not
 * all there, SECTION_LIMIT if no pointer could span them. Of a section that
 * grows, those of the reserve count if they are asked for by their number.
 */
static section_os_result find_bytes(const section *s, uint64_t offset,
                                    size_t *length, size_t lead)
{
    uint64_t end = s->reserve;
    if (*length == 0 && section__grows(s)) {
        section_os_result result = section__current_size(&end, s);
        if (result.status != SECTION_OK)
            return result;
    }
    if (!section__is_inside(offset, *length, end) || offset == end)
        return section__result(SECTION_RANGE);
    uint64_t bytes = *length != 0 ? *length : end - offset;
    if (bytes > (uint64_t)PTRDIFF_MAX - lead - (s->granularity - 1))
        return section__result(SECTION_LIMIT);
    *length = (size_t)bytes;
    return section__result(SECTION_OK);
}

/* Large pages are mapped and unmapped as a whole. */
static size_t mapped_length(const section *s, size_t length)
{
    if (s->pages != SECTION_PAGES_LARGE)
        return length;
    return (size_t)section__round_up(length, s->granularity);
}

static section_status map_view(section_view *view, const section *from,
                               uint64_t offset, size_t length,
                               section_access access, unsigned char *address)
{
    section_rights needed = rights_for(access);
    if (needed == 0)
        return section__refuse(SECTION_INVALID);

    /* What lies between the start of the mapping and the byte asked for. */
    size_t lead = (size_t)(offset % from->granularity);
    if (address != NULL && (uintptr_t)address % from->granularity != lead)
        return section__refuse(SECTION_INVALID);
    if ((section__rights_of(from) & needed) != needed)
        return section__refuse(SECTION_ACCESS);
    section_os_result result = find_bytes(from, offset, &length, lead);
    if (result.status != SECTION_OK)
        return section__fail(result);
    /* The mapping would start at address 0, which no program can have and
     * which means "anywhere" below. */
    if (address != NULL && (uintptr_t)address == lead)
        return section__refuse(SECTION_ADDRESS);

    section *s = section__mutable(from);
    void *base;
    size_t mapped = mapped_length(from, length + lead);
    result =
        section_os_view_map(&base, &s->object, offset - lead, mapped, access,
                            address == NULL ? NULL : address - lead);
    if (result.status != SECTION_OK)
        return section__fail(result);

    view->data = (unsigned char *)base + lead;
    view->length = length;
    view->offset = offset;
    view->internal.base = base;
    view->internal.length = mapped;
    view->internal.access = access;
    view->internal.page_size = from->page_size;
    if ((s->object.flags & SECTION_OS_VIEWS_HOLD) != 0) {
        section_os_count_add(&s->holders, 1);
        view->internal.holder = s;
    }
    return SECTION_OK;
}

section_status section_map(section_view *view, const section *from,
                           uint64_t offset, size_t length,
                           section_access access)
{
    if (view == NULL)
        return section__refuse(SECTION_INVALID);
    memset(view, 0, sizeof(*view));
    if (from == NULL)
        return section__refuse(SECTION_INVALID);
    return map_view(view, from, offset, length, access, NULL);
}

section_status section_map_at(section_view *view, const section *from,
                              uint64_t offset, size_t length,
                              section_access access, void *address)
{
    if (view == NULL)
        return section__refuse(SECTION_INVALID);
    memset(view, 0, sizeof(*view));
    if (from == NULL || address == NULL)
        return section__refuse(SECTION_INVALID);
    return map_view(view, from, offset, length, access, address);
}

section_status section_unmap(section_view *view)
{
    if (view == NULL)
        return section__refuse(SECTION_INVALID);
    if (view->data == NULL)
        return SECTION_OK;
    section_os_result result =
        section_os_view_unmap(view->internal.base, view->internal.length);
    if (result.status != SECTION_OK)
        return section__fail(result);
    section *holder = view->internal.holder;
    memset(view, 0, sizeof(*view));
    if (holder != NULL)
        section__release(holder);
    return SECTION_OK;
}

section_status section__view_range(const section_view *view, size_t offset,
                                   size_t *length)
{
    if (view == NULL || view->data == NULL)
        return SECTION_INVALID;
    if (!section__is_inside(offset, *length, view->length) ||
        offset == view->length)
        return SECTION_RANGE;
    if (*length == 0)
        *length = view->length - offset;
    return SECTION_OK;
}

size_t section__view_lead(const section_view *view)
{
    return (size_t)((uintptr_t)view->data - (uintptr_t)view->internal.base);
}

/* Whether a view mapped with `mapped` may be given `access`: the statuses of
 * section_view_protect(). */
static section_status may_protect(section_access mapped, section_access access)
{
    if (access != SECTION_ACCESS_NONE && rights_for(access) == 0)
        return SECTION_INVALID;
    if (access == SECTION_ACCESS_NONE || access == SECTION_ACCESS_READ ||
        access == mapped)
        return SECTION_OK;
    /* The same without writing, or without executing. */
    bool executes = mapped != section__data_access(mapped);
    if (executes && (access == SECTION_ACCESS_EXECUTE_READ ||
                     access == section__data_access(mapped)))
        return SECTION_OK;
    return SECTION_ACCESS;
}

section_status section_view_protect(section_view *view, size_t offset,
                                    size_t length, section_access access)
{
    if (view == NULL || view->data == NULL)
        return section__refuse(SECTION_INVALID);
    section_status status = may_protect(view->internal.access, access);
    if (status != SECTION_OK)
        return section__refuse(status);
    status = section__view_range(view, offset, &length);
    if (status != SECTION_OK)
        return section__refuse(status);

    /* Distances from the start of the mapping, which is the start of a page. */
    size_t page = view->internal.page_size;
    size_t lead = section__view_lead(view);
    size_t from = lead + offset;
    size_t to = from + length;
    if (offset != 0 && from % page != 0)
        return section__refuse(SECTION_INVALID);
    if (to != lead + view->length && to % page != 0)
        return section__refuse(SECTION_INVALID);
    from = (size_t)section__round_down(from, page);
    to = (size_t)section__round_up(to, page);

    section_os_result result =
        section_os_view_protect((unsigned char *)view->internal.base + from,
                                to - from, view->internal.access, access);
    return section__outcome(result);
}
