/* SPDX-License-Identifier: MIT */
/*
 * Recording what is done to a file.
 */
#include "trace.h"

#include <stdlib.h>

static struct {
    trace *into; /* or NULL */
    trace_manner manner;
    trace_dice *dice;
    bool has_failed;
    const unsigned char *view; /* where the program sees the file, or NULL */
} recorder;

/* splitmix64 (Steele, Lea, Flood, 2014). */
uint64_t trace_roll(trace_dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

bool trace_chance(trace_dice *dice, unsigned percent)
{
    return trace_roll(dice) % 100 < percent;
}

/* ------------------------------------------------------------------------
 * Events
 * ------------------------------------------------------------------------ */

static trace_event *add_event(trace_kind kind, uint64_t from, uint64_t to)
{
    trace *t = recorder.into;
    if (t->count == t->room) {
        t->room = t->room == 0 ? 1024 : 2 * t->room;
        t->events = realloc(t->events, t->room * sizeof(*t->events));
        if (t->events == NULL)
            abort();
    }
    trace_event *event = &t->events[t->count++];
    *event = (trace_event){kind, 0, from, to, 0, -1};
    return event;
}

static size_t keep_content(const unsigned char *bytes)
{
    trace *t = recorder.into;
    if (t->used == t->size) {
        t->size = t->size == 0 ? 1 << 20 : 2 * t->size;
        t->contents = realloc(t->contents, t->size);
        if (t->contents == NULL)
            abort();
    }
    memcpy(t->contents + t->used, bytes, TRACE_SECTOR);
    t->used += TRACE_SECTOR;
    return t->used - TRACE_SECTOR;
}

static void add_store(size_t sector, const unsigned char *bytes)
{
    trace *t = recorder.into;
    trace_event *event =
        add_event(TRACE_STORE, sector * TRACE_SECTOR, TRACE_SECTOR);
    event->content = keep_content(bytes);
    event->before = t->last[sector];
    t->last[sector] = (ptrdiff_t)t->count - 1;
}

/* A sector has been stored. The system may have written it while it was only
 * half done. */
static void store_sector(size_t sector)
{
    const unsigned char *bytes = recorder.view + sector * TRACE_SECTOR;
    unsigned char *now = recorder.into->now.bytes + sector * TRACE_SECTOR;
    unsigned char half[TRACE_SECTOR];
    size_t split = trace_roll(recorder.dice) % TRACE_SECTOR;
    bool is_backward = trace_chance(recorder.dice, 20);
    memcpy(half, is_backward ? now : bytes, split);
    memcpy(half + split, (is_backward ? bytes : now) + split,
           TRACE_SECTOR - split);
    if (memcmp(half, now, TRACE_SECTOR) != 0)
        add_store(sector, half);
    add_store(sector, bytes);
    memcpy(now, bytes, TRACE_SECTOR);
}

/* Record what was stored without a call. */
static void look_for_stores(void)
{
    if (recorder.view == NULL)
        return;
    const trace_image *now = &recorder.into->now;
    for (size_t i = 0; i * TRACE_SECTOR < now->size; i++)
        if (memcmp(now->bytes + i * TRACE_SECTOR,
                   recorder.view + i * TRACE_SECTOR, TRACE_SECTOR) != 0)
            store_sector(i);
}

static void look_for_size(const section *file)
{
    section_info info = SECTION_INFO_INIT;
    assert_status(SECTION_OK, section_get_info(&info, file));
    assert_that(info.size <= TRACE_FILE);
    if (info.size != recorder.into->now.size)
        (void)add_event(TRACE_SIZE, info.size, 0);
    recorder.into->now.size = (size_t)info.size;
}

void trace_begin(trace *into, const trace_image *start, trace_manner manner,
                 trace_dice *dice)
{
    recorder.into = into;
    recorder.manner = manner;
    recorder.dice = dice;
    recorder.view = NULL;
    into->now = *start;
    into->count = 0;
    into->used = 0;
    for (size_t i = 0; i < TRACE_SECTORS; i++)
        into->last[i] = -1;
}

void trace_end(void)
{
    recorder.into = NULL;
}

void trace_note(int32_t note, uint64_t value)
{
    if (recorder.into == NULL)
        return;
    look_for_stores();
    add_event(TRACE_NOTE, value, 0)->note = note;
}

bool trace_has_failed(void)
{
    bool failed = recorder.has_failed;
    recorder.has_failed = false;
    return failed;
}

void trace_free(trace *freed)
{
    free(freed->events);
    free(freed->contents);
    memset(freed, 0, sizeof(*freed));
}

/* ------------------------------------------------------------------------
 * Instead of the library
 * ------------------------------------------------------------------------ */

section_status trace_section_create(section **out,
                                    const section_options *options)
{
    section_status status = section_create(out, options);
    if (recorder.into != NULL && status == SECTION_OK && options->path != NULL)
        look_for_size(*out);
    return status;
}

section_status trace_section_extend(section *extended, uint64_t size)
{
    section_status status = section_extend(extended, size);
    if (recorder.into != NULL && status == SECTION_OK)
        look_for_size(extended);
    return status;
}

section_status trace_section_view_write(const section_view *view, size_t offset,
                                        const void *data, size_t length,
                                        size_t *done)
{
    if (recorder.manner.spoil == TRACE_NO_ZEROS && expect_zero(data, length))
        return SECTION_OK;
    section_status status =
        section_view_write(view, offset, data, length, done);
    if (recorder.into == NULL)
        return status;
    assert_status(SECTION_OK, status);
    recorder.view = view->data;
    for (size_t i = offset / TRACE_SECTOR; i * TRACE_SECTOR < offset + length;
         i++)
        store_sector(i);
    return status;
}

section_status trace_section_view_flush(const section_view *view, size_t offset,
                                        size_t length,
                                        section_flush_level level)
{
    if (recorder.manner.spoil == TRACE_NO_FLUSH)
        return SECTION_OK;
    assert_that(length != 0 && offset + length <= view->length);
    if (recorder.into == NULL)
        return SECTION_OK;
    assert_that(offset + length <= recorder.into->now.size);
    recorder.view = view->data;
    look_for_stores();
    if (trace_chance(recorder.dice, recorder.manner.fail_percent)) {
        (void)add_event(TRACE_LOST, offset, offset + length);
        recorder.has_failed = true;
        return SECTION_IO;
    }
    if (recorder.manner.spoil == TRACE_SHORT_FLUSH)
        length -= length < TRACE_SECTOR ? length : TRACE_SECTOR;
    /* Less than durable promises nothing to somebody whose machine goes
     * down. */
    if (level == SECTION_FLUSH_DURABLE)
        (void)add_event(TRACE_FLUSH, offset, offset + length);
    return SECTION_OK;
}

section_status trace_section_unmap(section_view *view)
{
    if (recorder.into != NULL)
        look_for_stores();
    recorder.view = NULL;
    return section_unmap(view);
}
