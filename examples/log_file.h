/* SPDX-License-Identifier: MIT */
/*
 * A log: a file to which records are appended, and which has them, whole and in
 * order, after the process or the machine went down at any moment. For one
 * appender and any number of readers at a time.
 *
 *   byte 0     log_header, written once, durable before the first record
 *   byte 512   how far the records are durable, in units of 16 bytes: written
 *              after the flush, so that it is never too much
 *   byte 1024  records: log_record, the bytes, zeros up to a multiple of 16
 *
 * Why this is right. A record counts if its checksum holds and its number
 * follows that of the record before it. Nothing is said to be durable before
 * section_view_flush() has said so of all bytes up to there, and of the size of
 * the file. Whatever else the disk has kept of what was written since, in
 * whatever order and however torn, is at best the records that follow, and else
 * no record. Who opens the log to append makes the records it finds durable and
 * all behind them zero before anything else, so that no left-over of an earlier
 * life can follow a new record.
 */
#ifndef EXAMPLES_LOG_FILE_H
#define EXAMPLES_LOG_FILE_H

#include <section/section.h>
#include <stdbool.h>

#define LOG_RECORD_MAX 65536u /* bytes of a record */

#ifndef LOG_STEP
#define LOG_STEP ((uint64_t)1 << 20) /* bytes the file grows by */
#endif
#ifndef LOG_RESERVE
#define LOG_RESERVE ((uint64_t)1 << 30) /* bytes it can have */
#endif
#ifndef LOG_FIXED
#define LOG_FIXED ((uint64_t)8 << 20) /* where files cannot grow */
#endif

typedef struct log_header {
    char magic[8];
    uint32_t seed; /* differs from log to log: what the checksums begin with */
    uint32_t checksum; /* of what is before */
} log_header;

typedef struct log_record {
    uint32_t checksum; /* of the rest and the bytes */
    uint32_t length;   /* bytes */
    uint64_t number;   /* 1, 2, ... */
} log_record;

typedef struct log_file {
    section *file;
    section *turn;       /* the name that says who appends, or NULL */
    section_view view;   /* of all the file can become */
    uint64_t room;       /* bytes the file has */
    uint64_t reserve;    /* bytes it can have */
    uint64_t end;        /* behind the last record appended, or read */
    uint64_t durable;    /* behind the last record that is durable */
    uint64_t count;      /* records before `end` */
    uint32_t seed;       /* from the header */
    const char *trouble; /* what is wrong, if it is the log and not the system;
                            or NULL */
    struct {
        log_record head;
        unsigned char bytes[LOG_RECORD_MAX];
    } record; /* the last one */
} log_file;

/* Open a log to append to it, or make a new one. All that is in it is durable
 * then. After an error, log_close() too. */
section_status log_open(log_file *log, const char *path);

/* Open a log to read its durable records, one by one, while others append. */
section_status log_open_to_read(log_file *log, const char *path);

void log_close(log_file *log);

/* Append a record: not durable yet. After an error, nothing was appended. */
section_status log_append(log_file *log, const void *bytes, uint32_t length);

/* Make all that was appended durable. After an error, what was appended since
 * the last commit may be there or not: open the log anew. */
section_status log_commit(log_file *log);

/* Read the next durable record into `record`: SECTION_NOT_FOUND if there is
 * none yet. */
section_status log_read(log_file *log);

/* Whether somebody appends to a log that was opened to read. */
bool log_is_appended_to(const log_file *log);

#endif
