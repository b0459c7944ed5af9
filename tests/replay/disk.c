/* SPDX-License-Identifier: MIT */
/*
 * What a disk may have kept of a trace.
 */
#include "trace.h"

void trace_disk_begin(trace_disk *disk, const trace *of,
                      const trace_image *start)
{
    disk->of = of;
    disk->durable = *start;
    disk->size_count = 0;
    for (size_t i = 0; i < TRACE_SECTORS; i++) {
        disk->stored[i] = -1;
        disk->flushed[i] = -1;
        disk->lost[i] = false;
        disk->touched[i] = i * TRACE_SECTOR < start->size;
    }
}

static const unsigned char *content_of(const trace_disk *disk, ptrdiff_t event)
{
    return disk->of->contents + disk->of->events[event].content;
}

static void flush_sector(trace_disk *disk, size_t sector)
{
    disk->touched[sector] = true;
    /* After a failed flush, only what was stored anew is written. */
    if (disk->lost[sector] || disk->stored[sector] == disk->flushed[sector])
        return;
    disk->flushed[sector] = disk->stored[sector];
    memcpy(disk->durable.bytes + sector * TRACE_SECTOR,
           content_of(disk, disk->stored[sector]), TRACE_SECTOR);
}

static void flush(trace_disk *disk, const trace_event *event)
{
    for (size_t i = (size_t)event->from / TRACE_SECTOR;
         i * TRACE_SECTOR < event->to; i++)
        flush_sector(disk, i);
    /* As much of the size as it takes to find the bytes, and no more. */
    if (disk->durable.size < event->to)
        disk->durable.size = (size_t)event->to;
}

static void lose(trace_disk *disk, const trace_event *event)
{
    for (size_t i = (size_t)event->from / TRACE_SECTOR;
         i * TRACE_SECTOR < event->to; i++)
        disk->lost[i] = true;
}

void trace_disk_step(trace_disk *disk, size_t index)
{
    const trace_event *event = &disk->of->events[index];
    size_t sector = (size_t)event->from / TRACE_SECTOR;
    switch (event->kind) {
    case TRACE_STORE:
        disk->stored[sector] = (ptrdiff_t)index;
        disk->lost[sector] = false;
        break;
    case TRACE_SIZE:
        assert_that(disk->size_count <
                    sizeof(disk->sizes) / sizeof(disk->sizes[0]));
        disk->sizes[disk->size_count++] = event->from;
        break;
    case TRACE_FLUSH:
        flush(disk, event);
        break;
    case TRACE_LOST:
        lose(disk, event);
        break;
    case TRACE_NOTE:
        break;
    }
}

/* ------------------------------------------------------------------------
 * A crash
 * ------------------------------------------------------------------------ */

/* How the contents that may be there are chosen. */
typedef enum choice {
    CHOICE_OLD,
    CHOICE_NEW,
    CHOICE_ANY,
    CHOICE_MOSTLY_OLD,
    CHOICE_MOSTLY_NEW,
    CHOICE_COUNT
} choice;

/* Any of the stores since the last that is durable, or that one. */
static ptrdiff_t any_store(const trace_disk *disk, size_t sector,
                           trace_dice *dice)
{
    ptrdiff_t durable = disk->flushed[sector];
    uint64_t count = 1;
    for (ptrdiff_t i = disk->stored[sector]; i != durable;
         i = disk->of->events[i].before)
        count++;
    ptrdiff_t store = disk->stored[sector];
    for (uint64_t skip = trace_roll(dice) % count; skip > 0; skip--)
        store = disk->of->events[store].before;
    return store;
}

static ptrdiff_t choose_store(const trace_disk *disk, size_t sector, choice how,
                              trace_dice *dice)
{
    bool other = trace_chance(dice, 15);
    if (how == CHOICE_OLD || (how == CHOICE_MOSTLY_OLD && !other))
        return disk->flushed[sector];
    if (how == CHOICE_NEW || (how == CHOICE_MOSTLY_NEW && !other))
        return disk->stored[sector];
    return any_store(disk, sector, dice);
}

static size_t choose_size(const trace_disk *disk, trace_dice *dice)
{
    size_t size = disk->durable.size;
    if (disk->size_count == 0)
        return size;
    uint64_t other = disk->sizes[trace_roll(dice) % disk->size_count];
    return other > size && trace_chance(dice, 70) ? (size_t)other : size;
}

/* New space that no flush has gone over: file systems promise zeros, but the
 * program under test shall not depend on it. Those that hold what tells files
 * apart, the first two sectors, are left as promised. */
static bool is_stale(const trace_disk *disk, size_t sector,
                     const trace_image *stale)
{
    return stale != NULL && sector >= 2 && !disk->touched[sector];
}

void trace_disk_crash(trace_image *image, const trace_disk *disk,
                      trace_dice *dice, const trace_image *stale)
{
    choice how = (choice)(trace_roll(dice) % CHOICE_COUNT);
    *image = disk->durable;
    image->size = choose_size(disk, dice);
    for (size_t i = 0; i * TRACE_SECTOR < image->size; i++) {
        unsigned char *sector = image->bytes + i * TRACE_SECTOR;
        ptrdiff_t store = choose_store(disk, i, how, dice);
        if (store != disk->flushed[i])
            memcpy(sector, content_of(disk, store), TRACE_SECTOR);
        else if (is_stale(disk, i, stale))
            memcpy(sector, stale->bytes + i * TRACE_SECTOR, TRACE_SECTOR);
    }
    memset(image->bytes + image->size, 0, sizeof(image->bytes) - image->size);
}
