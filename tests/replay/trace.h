/* SPDX-License-Identifier: MIT */
/*
 * A trace of what a program does to one file through a view, and what a disk
 * may have kept of it when the machine goes down at any point of the trace:
 * of each sector that was not flushed any of its contents since, and any of the
 * sizes.
 *
 * The program under test is compiled with names of the library replaced by the
 * trace_section_ functions below, which do the real thing and record it. There
 * is one trace at a time.
 */
#ifndef TESTS_TRACE_H
#define TESTS_TRACE_H

#include "expect.h"

/* What a disk writes as a whole. */
#define TRACE_SECTOR 512u

/* The largest file. */
#define TRACE_FILE    65536u
#define TRACE_SECTORS (TRACE_FILE / TRACE_SECTOR)

/* Pseudo-random numbers, the same every time. */
typedef struct trace_dice {
    uint64_t state;
} trace_dice;

uint64_t trace_roll(trace_dice *dice);
bool trace_chance(trace_dice *dice, unsigned percent);

/* What a file is. */
typedef struct trace_image {
    size_t size;
    unsigned char bytes[TRACE_FILE];
} trace_image;

/* The ways in which the flushes and stores are spoiled, for the controls. */
typedef enum trace_spoil {
    TRACE_AS_IT_IS,
    TRACE_NO_FLUSH,    /* flushes do nothing */
    TRACE_SHORT_FLUSH, /* flushes leave out their last sector */
    TRACE_NO_ZEROS     /* zeros are not written */
} trace_spoil;

typedef enum trace_kind {
    TRACE_STORE, /* a sector has a new content */
    TRACE_SIZE,  /* the file has a new size */
    TRACE_FLUSH, /* bytes are durable */
    TRACE_LOST,  /* a flush failed: the system will not write these bytes */
    TRACE_NOTE   /* of the test */
} trace_kind;

typedef struct trace_event {
    trace_kind kind;
    int32_t note;
    uint64_t from, to; /* bytes, or a size, or the value of a note */
    size_t content;    /* of a sector: where it is in the trace */
    ptrdiff_t before;  /* the event that stored this sector before, or -1 */
} trace_event;

/* A life of the program. Zero at first. */
typedef struct trace {
    trace_event *events;
    size_t count, room;
    unsigned char *contents;
    size_t used, size;
    trace_image now; /* the file as the program sees it */
    ptrdiff_t last[TRACE_SECTORS];
} trace;

/* How it is recorded. */
typedef struct trace_manner {
    trace_spoil spoil;
    unsigned fail_percent; /* of the flushes */
} trace_manner;

/* Record from now on, of a file that is on the disk like this. */
void trace_begin(trace *into, const trace_image *start, trace_manner manner,
                 trace_dice *dice);

/* Record no more. The manner stays. */
void trace_end(void);

/* Record what the test knows. */
void trace_note(int32_t note, uint64_t value);

/* Whether a flush was made to fail since this was asked. */
bool trace_has_failed(void);

void trace_free(trace *freed);

/* What is on the disk for certain, and what may be. */
typedef struct trace_disk {
    const trace *of;
    trace_image durable;
    ptrdiff_t stored[TRACE_SECTORS];  /* the last store, or -1 */
    ptrdiff_t flushed[TRACE_SECTORS]; /* the one that is durable, or -1 */
    bool lost[TRACE_SECTORS];         /* the system will not write it */
    bool touched[TRACE_SECTORS];      /* a flush has gone over it */
    uint64_t sizes[64];               /* that the file may have */
    size_t size_count;
} trace_disk;

void trace_disk_begin(trace_disk *disk, const trace *of,
                      const trace_image *start);

/* Go on by one event. */
void trace_disk_step(trace_disk *disk, size_t index);

/* One of the many files there may be. `stale` is what new space of the disk may
 * hold instead of zeros, or NULL. */
void trace_disk_crash(trace_image *image, const trace_disk *disk,
                      trace_dice *dice, const trace_image *stale);

/* What the program under test calls instead of the library. */
section_status trace_section_create(section **out,
                                    const section_options *options);
section_status trace_section_extend(section *extended, uint64_t size);
section_status trace_section_view_write(const section_view *view, size_t offset,
                                        const void *data, size_t length,
                                        size_t *done);
section_status trace_section_view_flush(const section_view *view, size_t offset,
                                        size_t length,
                                        section_flush_level level);
section_status trace_section_unmap(section_view *view);

#endif
