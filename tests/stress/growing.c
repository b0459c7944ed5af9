/* SPDX-License-Identifier: MIT */
#include "growing.h"

#include <inttypes.h>
#include <string.h>

#define DIRT 0xee

uint32_t growing_reserve(uint32_t size, uint32_t chance)
{
    static const uint32_t slots[] = {0, 0, 8, GROWING_SLOTS};
    return size + GROWING_STRIDE * slots[chance % 4];
}

static uint32_t slots_of(const birth *born)
{
    return born->reserve <= born->size
               ? 0
               : (born->reserve - born->size) / GROWING_STRIDE;
}

bool growing_grows(const birth *born)
{
    return slots_of(born) != 0;
}

uint64_t growing_end(const birth *born, uint32_t slot)
{
    return born->size + (slot + (uint64_t)1) * GROWING_STRIDE;
}

bool growing_can_be(const birth *born, uint64_t size)
{
    return size >= born->size &&
           size <= born->size + (uint64_t)born->asked * GROWING_STRIDE &&
           (size - born->size) % GROWING_STRIDE == 0;
}

static void raise_to(_Atomic(uint32_t) *number, uint32_t least)
{
    uint32_t is = *number;
    while (is < least && !atomic_compare_exchange_weak(number, &is, least))
        continue;
}

/* What a slot has at some place, once it is written. */
static unsigned char mark_of(uint32_t incarnation, uint32_t slot, size_t at)
{
    return (unsigned char)(1 + (incarnation * 7u + slot * 31u + at) % 251u);
}

static bool map_slot(section_view *view, history *h, uint32_t name,
                     const birth *born, const section *s, uint32_t slot,
                     section_access access)
{
    section_status status =
        section_map(view, s, growing_end(born, slot) - GROWING_STRIDE,
                    GROWING_STRIDE, access);
    if (status != SECTION_OK)
        history_complain(h, RULE_STATUS, name, history_now(h),
                         "mapping slot %u of name %u: %s", slot, name,
                         section_status_name(status));
    return status == SECTION_OK;
}

/* Write to the bytes of a slot that are behind the end of the section, in its
 * last page. */
static bool pollute(const birth *born, const section *s, uint32_t slot)
{
    section_system system = SECTION_SYSTEM_INIT;
    section_info info = SECTION_INFO_INIT;
    section_view view;
    uint64_t start = growing_end(born, slot) - GROWING_STRIDE;
    if (section_get_system(&system) != SECTION_OK ||
        section_get_info(&info, s) != SECTION_OK || info.size > start)
        return false;
    uint64_t page = system.page_size;
    uint64_t end = (info.size + page - 1) / page * page;
    if (end <= start)
        return false;
    size_t length = end - start < GROWING_STRIDE ? (size_t)(end - start)
                                                 : (size_t)GROWING_STRIDE;
    if (section_map(&view, s, start, length, SECTION_ACCESS_READ_WRITE) !=
        SECTION_OK)
        return false;
    memset(view.data, DIRT, length);
    return section_unmap(&view) == SECTION_OK;
}

bool growing_claim(uint32_t *slot, bool *polluted, history *h, birth *born,
                   const section *s, uint32_t chance)
{
    (void)h;
    *polluted = false;
    if (born->claimed >= slots_of(born))
        return false;
    *slot = atomic_fetch_add(&born->claimed, 1);
    if (*slot >= slots_of(born))
        return false;
    /* Nobody else touches these bytes, before or after they are there. */
    if (chance % 2 == 0)
        *polluted = pollute(born, s, *slot);
    raise_to(&born->asked, *slot + 1);
    return true;
}

static bool is_zero(const unsigned char *bytes)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, GROWING_STRIDE - 1) == 0;
}

void growing_take(history *h, uint32_t name, birth *born, const section *s,
                  uint32_t slot, bool polluted)
{
    section_view view;
    uint32_t incarnation = (uint32_t)(born - h->births);
    raise_to(&born->grown, slot + 1);
    if (!map_slot(&view, h, name, born, s, slot, SECTION_ACCESS_READ_WRITE))
        return;
    unsigned char *bytes = view.data;
    /* If others have asked for more meanwhile, what was written behind the end
     * may have been within the section. */
    bool must_be_zero = !polluted || born->asked == slot + 1;
    if (must_be_zero && !is_zero(bytes))
        history_complain(h, RULE_CONTENT, name, history_now(h),
                         "slot %u of incarnation %u of name %u is new and not "
                         "zero: %02x ... %02x",
                         slot, incarnation, name, bytes[0],
                         bytes[GROWING_STRIDE - 1]);
    for (size_t i = 0; i < GROWING_STRIDE; i++)
        bytes[i] = mark_of(incarnation, slot, i);
    (void)section_unmap(&view);
    (void)atomic_fetch_or(&born->written, 1u << slot);
}

static void look_at_slot(history *h, uint32_t name, const birth *born,
                         const section *s, uint32_t slot)
{
    section_view view;
    uint32_t incarnation = (uint32_t)(born - h->births);
    if (!map_slot(&view, h, name, born, s, slot, SECTION_ACCESS_READ))
        return;
    const unsigned char *bytes = view.data;
    size_t at = 0;
    while (at < GROWING_STRIDE && bytes[at] == mark_of(incarnation, slot, at))
        at++;
    if (at < GROWING_STRIDE)
        history_complain(h, RULE_CONTENT, name, history_now(h),
                         "slot %u of incarnation %u of name %u was written, "
                         "and is %02x at %zu",
                         slot, incarnation, name, bytes[at], at);
    (void)section_unmap(&view);
}

void growing_look(history *h, uint32_t name, uint32_t incarnation,
                  const section *s, uint32_t chance)
{
    const birth *born = &h->births[incarnation];
    section_info info = SECTION_INFO_INIT;
    uint32_t slot = chance % GROWING_SLOTS;
    if (!growing_grows(born))
        return;
    uint64_t least = born->size + (uint64_t)born->grown * GROWING_STRIDE;
    if ((born->written >> slot & 1) != 0)
        look_at_slot(h, name, born, s, slot);
    if (section_get_info(&info, s) != SECTION_OK)
        return; /* told elsewhere */
    if (info.size < least || !growing_can_be(born, info.size) ||
        info.reserve != born->reserve)
        history_complain(h, RULE_CONTENT, name, history_now(h),
                         "incarnation %u of name %u has %" PRIu64
                         " bytes of %" PRIu64 "; made with %u of %u, and at "
                         "least %" PRIu64 " were there",
                         incarnation, name, info.size, info.reserve, born->size,
                         born->reserve, least);
}
