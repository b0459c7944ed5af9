/* SPDX-License-Identifier: MIT */
#include "contents.h"

#include "growing.h"

#include <inttypes.h>
#include <string.h>

typedef struct head {
    uint64_t magic; /* CONTENTS_MAGIC */
    uint64_t run;
    uint32_t name;
    uint32_t incarnation;
    uint64_t size;
    _Atomic(uint32_t) scribble;
    uint32_t reserved;
} head;

static uint64_t tail_of(uint32_t incarnation)
{
    return ~(CONTENTS_MAGIC + incarnation);
}

uint32_t contents_size(uint64_t chance)
{
    static const uint32_t sizes[] = {CONTENTS_LEAST, 100,  4095, 4096,
                                     4097,           8192, 9999, 70000};
    return sizes[chance % (sizeof(sizes) / sizeof(sizes[0]))];
}

static bool is_zero(const unsigned char *bytes, size_t length)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0;
}

static void fill(unsigned char *bytes, size_t length, const head *h)
{
    uint64_t tail = tail_of(h->incarnation);
    memcpy(bytes, h, sizeof(*h));
    memcpy(bytes + length - sizeof(tail), &tail, sizeof(tail));
}

section_status contents_make(void *data, size_t length, void *context)
{
    contents_maker *maker = context;
    history *h = maker->h;
    moment now = history_now(h);
    maker->ran = true;
    if (length != maker->size)
        history_complain(h, RULE_CONTENT, maker->name, now,
                         "name %u was made with %u bytes, and has %zu",
                         maker->name, maker->size, length);
    if (!is_zero(data, length))
        history_complain(h, RULE_CONTENT, maker->name, now,
                         "name %u was made, and is not zero", maker->name);
    uint32_t number = history_take(h, &h->birth_count, 1, HISTORY_BIRTHS);
    if (number == HISTORY_NOBODY || length < CONTENTS_LEAST)
        return SECTION_KIND;
    birth *born = &h->births[number];
    born->name = maker->name;
    born->size = (uint32_t)length;
    born->reserve = maker->reserve;
    born->record = maker->record;
    h->records[maker->record].proposal = number;
    head made = {.magic = CONTENTS_MAGIC,
                 .run = h->set.run,
                 .name = maker->name,
                 .incarnation = number,
                 .size = length};
    fill(data, length, &made);
    return maker->answer;
}

static bool is_what_was_made(const history *h, const head *found, uint64_t tail,
                             uint32_t name, size_t length)
{
    return found->magic == CONTENTS_MAGIC && found->run == h->set.run &&
           found->name == name && found->incarnation != HISTORY_NOBODY &&
           found->incarnation < HISTORY_BIRTHS &&
           h->births[found->incarnation].name == name &&
           h->births[found->incarnation].size == found->size &&
           growing_can_be(&h->births[found->incarnation], length) &&
           tail == tail_of(found->incarnation);
}

uint32_t contents_check(history *h, uint32_t name, const section_view *view,
                        const char *where)
{
    head found = {0};
    uint64_t tail = 0;
    const unsigned char *bytes = view->data;
    if (view->length >= CONTENTS_LEAST) {
        /* But for what holders write at this moment. */
        memcpy(&found, bytes, offsetof(head, scribble));
        if (found.size >= CONTENTS_LEAST && found.size <= view->length)
            memcpy(&tail, bytes + found.size - sizeof(tail), sizeof(tail));
    }
    if (is_what_was_made(h, &found, tail, name, view->length))
        return found.incarnation;
    history_complain(h, RULE_CONTENT, name, history_now(h),
                     "%s of name %u: %zu bytes that say magic %" PRIx64
                     ", name %u, incarnation %u, size %" PRIu64
                     ", end %" PRIx64,
                     where, name, view->length, found.magic, found.name,
                     found.incarnation, found.size, tail);
    return HISTORY_NOBODY;
}

void contents_scribble(const section_view *view, uint32_t what)
{
    head *found = view->data;
    atomic_store_explicit(&found->scribble, what, memory_order_relaxed);
}
