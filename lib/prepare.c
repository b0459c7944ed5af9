/* SPDX-License-Identifier: MIT */
/*
 * Views in advance: which pages, and what to do where the system cannot.
 */
#include "arithmetic.h"
#include "internal.h"

#include <string.h>

/* A part of a view. */
typedef struct range {
    unsigned char *start;
    size_t length;
    size_t page_size;
} range;

/* The bytes a caller has asked for. */
static section_status find_range(range *out, const section_view *view,
                                 size_t offset, size_t length)
{
    section_status status = section__view_range(view, offset, &length);
    if (status != SECTION_OK)
        return status;
    out->start = (unsigned char *)view->data + offset;
    out->length = length;
    out->page_size = view->internal.page_size;
    return SECTION_OK;
}

/* How far an address is into its page. Views begin at the start of one. */
static size_t part_of_page(const unsigned char *address, size_t page_size)
{
    return (size_t)((uintptr_t)address & (page_size - 1));
}

/* The pages that have any of the bytes. */
static range pages_of(const range *bytes)
{
    range pages = *bytes;
    size_t lead = part_of_page(bytes->start, bytes->page_size);
    pages.start -= lead;
    pages.length =
        (size_t)section__round_up(bytes->length + lead, bytes->page_size);
    return pages;
}

/* The pages that have nothing but the bytes; perhaps none. */
static range pages_inside(const range *bytes)
{
    range pages = *bytes;
    size_t lead = part_of_page(bytes->start, bytes->page_size);
    size_t skipped = lead == 0 ? 0 : bytes->page_size - lead;
    if (skipped > bytes->length)
        skipped = bytes->length;
    pages.start += skipped;
    pages.length =
        (size_t)section__round_down(bytes->length - skipped, bytes->page_size);
    return pages;
}

/* Do something with bytes that may not be there. */
static section_os_result guarded(section_guarded function, range *bytes)
{
    const section_os_watch watch = {bytes->start, bytes->length};
    const void *fault;
    section_status answer;
    return section_os_guarded_call(function, bytes, &watch, &answer, &fault);
}

/* ------------------------------------------------------------------------
 * Prefetch
 * ------------------------------------------------------------------------ */

static section_status read_pages(void *context)
{
    const range *pages = context;
    for (size_t i = 0; i < pages->length; i += pages->page_size)
        (void)*(const volatile unsigned char *)(pages->start + i);
    return SECTION_OK;
}

/*
 * Adding nothing is a write to the processor, and being one step it takes no
 * bytes back that others write at the same time. The zero is not for the
 * compiler to see, which might make a mere read of it.
 */
static section_status write_pages(void *context)
{
    const range *pages = context;
    volatile int32_t nothing = 0;
    for (size_t i = 0; i < pages->length; i += pages->page_size)
        (void)section_os_count_add(
            (section_os_count *)(void *)(pages->start + i), nothing);
    return SECTION_OK;
}

section_status section_view_prefetch(const section_view *view, size_t offset,
                                     size_t length, section_prefetch how)
{
    if (how < SECTION_PREFETCH_START || how > SECTION_PREFETCH_WRITE)
        return section__refuse(SECTION_INVALID);
    range bytes;
    section_status status = find_range(&bytes, view, offset, length);
    if (status != SECTION_OK)
        return section__refuse(status);
    if (how == SECTION_PREFETCH_WRITE &&
        section__data_access(view->internal.access) == SECTION_ACCESS_READ)
        return section__refuse(SECTION_ACCESS);

    range pages = pages_of(&bytes);
    section_os_result result =
        section_os_view_prefetch(pages.start, pages.length, how);
    if (result.status == SECTION_UNSUPPORTED && how != SECTION_PREFETCH_START)
        result = guarded(
            how == SECTION_PREFETCH_WRITE ? write_pages : read_pages, &pages);
    return section__outcome(result);
}

/* ------------------------------------------------------------------------
 * Lock, unlock, advise
 * ------------------------------------------------------------------------ */

/* Hand the pages of a range to the platform. */
static section_status for_pages(const section_view *view, size_t offset,
                                size_t length,
                                section_os_result (*act)(void *, size_t))
{
    range bytes;
    section_status status = find_range(&bytes, view, offset, length);
    if (status != SECTION_OK)
        return section__refuse(status);
    range pages = pages_of(&bytes);
    return section__outcome(act(pages.start, pages.length));
}

section_status section_view_lock(const section_view *view, size_t offset,
                                 size_t length)
{
    return for_pages(view, offset, length, section_os_view_lock);
}

section_status section_view_unlock(const section_view *view, size_t offset,
                                   size_t length)
{
    return for_pages(view, offset, length, section_os_view_unlock);
}

section_status section_view_advise(const section_view *view, size_t offset,
                                   size_t length, section_advice advice)
{
    if (advice < SECTION_ADVICE_NORMAL || advice > SECTION_ADVICE_RANDOM)
        return section__refuse(SECTION_INVALID);
    range bytes;
    section_status status = find_range(&bytes, view, offset, length);
    if (status != SECTION_OK)
        return section__refuse(status);
    range pages = pages_of(&bytes);
    section_os_result result =
        section_os_view_advise(pages.start, pages.length, advice);
    /* Who never listens treats every view as any view. */
    if (result.status == SECTION_UNSUPPORTED && advice == SECTION_ADVICE_NORMAL)
        return SECTION_OK;
    return section__outcome(result);
}

/* ------------------------------------------------------------------------
 * Discard
 * ------------------------------------------------------------------------ */

static section_status write_zeros(void *context)
{
    const range *bytes = context;
    memset(bytes->start, 0, bytes->length);
    return SECTION_OK;
}

static section_os_result make_zero(unsigned char *start, size_t length)
{
    range bytes = {start, length, 0};
    if (length == 0)
        return section__result(SECTION_OK);
    return guarded(write_zeros, &bytes);
}

static section_os_result discard_pages(const range *pages)
{
    if (pages->length == 0)
        return section__result(SECTION_OK);
    section_os_result result =
        section_os_view_discard(pages->start, pages->length);
    if (result.status == SECTION_UNSUPPORTED)
        result = make_zero(pages->start, pages->length);
    return result;
}

section_status section_view_discard(const section_view *view, size_t offset,
                                    size_t length)
{
    range bytes;
    section_status status = find_range(&bytes, view, offset, length);
    if (status != SECTION_OK)
        return section__refuse(status);
    if (section__data_access(view->internal.access) !=
        SECTION_ACCESS_READ_WRITE)
        return section__refuse(SECTION_ACCESS);

    range pages = pages_inside(&bytes);
    size_t before = (size_t)(pages.start - bytes.start);
    size_t after = bytes.length - before - pages.length;
    section_os_result result = make_zero(bytes.start, before);
    if (result.status == SECTION_OK)
        result = discard_pages(&pages);
    if (result.status == SECTION_OK)
        result = make_zero(pages.start + pages.length, after);
    return section__outcome(result);
}
