/* SPDX-License-Identifier: MIT */
/* The log: log_file.h says why it is right. */
#include "log_file.h"

#include "crc32c.h"
#include "pause.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    DURABLE_AT = 512, /* sectors of their own: one write is whole or not done */
    RECORDS_AT = 1024,
    UNIT = 16,
    TURN_TRIES = 100 /* a second */
};

static const char magic[8] = "seclog1\n";

static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/* What is wrong with the log itself. */
static section_status trouble(log_file *log, const char *text)
{
    log->trouble = text;
    return SECTION_KIND;
}

/* All that is written goes through here: if somebody cuts the file, that is an
 * error and not the end of the process. */
static section_status store(log_file *log, uint64_t offset, const void *bytes,
                            size_t length)
{
    return section_view_write(&log->view, (size_t)offset, bytes, length, NULL);
}

static section_status load(const log_file *log, uint64_t offset, void *bytes,
                           size_t length)
{
    return section_view_read(&log->view, (size_t)offset, bytes, length, NULL);
}

/* ------------------------------------------------------------------------
 * How far the records are durable, for readers in other processes
 * ------------------------------------------------------------------------ */

static _Atomic uint32_t *durable_word(const log_file *log)
{
    return (void *)((unsigned char *)log->view.data + DURABLE_AT);
}

static section_status load_durable(void *context)
{
    log_file *log = context;
    log->durable = UNIT * (uint64_t)atomic_load(durable_word(log));
    if (log->durable < RECORDS_AT)
        log->durable = RECORDS_AT;
    return SECTION_OK;
}

static section_status store_durable(void *context)
{
    log_file *log = context;
    atomic_store(durable_word(log), (uint32_t)(log->durable / UNIT));
    return SECTION_OK;
}

/* ------------------------------------------------------------------------
 * Records
 * ------------------------------------------------------------------------ */

static uint64_t record_size(uint32_t length)
{
    return round_up(sizeof(log_record) + length, UNIT);
}

static uint32_t record_checksum(const log_file *log)
{
    return crc32c(log->seed, &log->record.head.length,
                  sizeof(log_record) - offsetof(log_record, length) +
                      log->record.head.length);
}

/* Read the record at the end, if there is one before `limit`. */
static section_status find_record(log_file *log, uint64_t limit)
{
    log_record *head = &log->record.head;
    if (log->end > limit || limit - log->end < sizeof(*head))
        return SECTION_NOT_FOUND;
    section_status status = load(log, log->end, head, sizeof(*head));
    if (status != SECTION_OK)
        return status;
    if (head->number != log->count + 1 || head->length > LOG_RECORD_MAX ||
        record_size(head->length) > limit - log->end)
        return SECTION_NOT_FOUND;
    status =
        load(log, log->end + sizeof(*head), log->record.bytes, head->length);
    if (status == SECTION_OK && record_checksum(log) != head->checksum)
        status = SECTION_NOT_FOUND;
    return status;
}

/* Write the record at the end, with the zeros behind it. */
static section_status store_record(log_file *log)
{
    uint32_t length = log->record.head.length;
    size_t size = (size_t)record_size(length);
    size_t used = sizeof(log_record) + length;
    if (size > used)
        memset(log->record.bytes + length, 0, size - used);
    return store(log, log->end, &log->record, size);
}

static void go_behind_record(log_file *log)
{
    log->end += record_size(log->record.head.length);
    log->count++;
}

static section_status grow(log_file *log, uint64_t size)
{
    if (size > log->reserve)
        return trouble(log, "the log is full");
    size = round_up(size, LOG_STEP);
    if (size > log->reserve)
        size = log->reserve;
    section_status status = section_extend(log->file, size);
    if (status == SECTION_OK)
        log->room = size;
    return status;
}

section_status log_append(log_file *log, const void *bytes, uint32_t length)
{
    if (length > LOG_RECORD_MAX)
        return SECTION_INVALID;
    section_status status = SECTION_OK;
    if (log->end + record_size(length) > log->room)
        status = grow(log, log->end + record_size(length));
    if (status != SECTION_OK)
        return status;
    log->record.head.length = length;
    log->record.head.number = log->count + 1;
    memcpy(log->record.bytes, bytes, length);
    log->record.head.checksum = record_checksum(log);
    status = store_record(log);
    if (status == SECTION_OK)
        go_behind_record(log);
    return status;
}

section_status log_commit(log_file *log)
{
    if (log->end == log->durable)
        return SECTION_OK;
    /* Exactly what was written; and the new size, if it takes that. */
    section_status status = section_view_flush(
        &log->view, (size_t)log->durable, (size_t)(log->end - log->durable),
        SECTION_FLUSH_DURABLE);
    if (status != SECTION_OK)
        return status;
    log->durable = log->end;
    return section_guard(&log->view, store_durable, log, NULL);
}

section_status log_read(log_file *log)
{
    if (log->end == log->durable) {
        section_status status =
            section_guard(&log->view, load_durable, log, NULL);
        if (status != SECTION_OK)
            return status;
        if (log->end >= log->durable)
            return SECTION_NOT_FOUND;
    }
    section_status status = find_record(log, log->durable);
    if (status == SECTION_NOT_FOUND)
        return trouble(log, "a record that was durable is damaged");
    if (status == SECTION_OK)
        go_behind_record(log);
    return status;
}

/* ------------------------------------------------------------------------
 * Opening
 * ------------------------------------------------------------------------ */

/* One that no other log is likely to have: what a disk has kept of another one
 * shall not look like a part of this one. */
static uint32_t new_seed(const section_info *info)
{
    static uint32_t logs; /* of this process */
    time_t now = time(NULL);
    clock_t used = clock();
    uint32_t seed = crc32c(++logs, info->id, sizeof(info->id));
    seed = crc32c(seed, &now, sizeof(now));
    return crc32c(seed, &used, sizeof(used));
}

static section_status make_header(log_file *log, const section_info *info)
{
    log_header header;
    memcpy(header.magic, magic, sizeof(magic));
    header.seed = new_seed(info);
    header.checksum = crc32c(0, &header, offsetof(log_header, checksum));
    log->seed = header.seed;
    return store(log, 0, &header, sizeof(header));
}

static bool is_header(const log_header *header)
{
    return memcmp(header->magic, magic, sizeof(magic)) == 0 &&
           header->checksum ==
               crc32c(0, header, offsetof(log_header, checksum));
}

/* Whether there is nothing but, at most, a part of a header, whose maker went
 * down before it could append. */
static bool is_unfinished(const unsigned char *start, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool is_magic =
            i < sizeof(magic) && start[i] == (unsigned char)magic[i];
        bool is_seed = i >= sizeof(magic) && i < sizeof(log_header);
        if (start[i] != 0 && !is_magic && !is_seed)
            return false;
    }
    return true;
}

/* Find the header, or make it where nothing is yet; an appender writes it
 * again, because who made it may have ended before it was durable. */
static section_status open_header(log_file *log, const section_info *info)
{
    unsigned char start[RECORDS_AT];
    log_header header;
    if (info->size < sizeof(start))
        return trouble(log, "this is no log");
    section_status status = load(log, 0, start, sizeof(start));
    if (status != SECTION_OK)
        return status;
    memcpy(&header, start, sizeof(header));
    if (is_header(&header)) {
        log->seed = header.seed;
        return log->turn == NULL ? SECTION_OK
                                 : store(log, 0, &header, sizeof(header));
    }
    if (!is_unfinished(start, sizeof(start)))
        return trouble(log, "this is no log");
    if (log->turn == NULL)
        return trouble(log, "nothing is in this log yet");
    return make_header(log, info);
}

/* Go behind the last record. Those that are not known to be durable are written
 * again: a flush of them may have failed before, and the system then shows
 * bytes that it will never write by itself (section_view_flush()). */
static section_status find_end(log_file *log)
{
    section_status status = find_record(log, log->room);
    while (status == SECTION_OK) {
        if (log->end >= log->durable)
            status = store_record(log);
        go_behind_record(log);
        if (status == SECTION_OK)
            status = find_record(log, log->room);
    }
    if (status != SECTION_NOT_FOUND)
        return status;
    if (log->end < log->durable)
        return trouble(log, "a record that was durable is damaged");
    return SECTION_OK;
}

/* Make zero what is behind the last record, also what looks so already, for the
 * same reason. */
static section_status clear_rest(log_file *log)
{
    static const unsigned char zeros[4096];
    section_status status = SECTION_OK;
    for (uint64_t at = log->end; status == SECTION_OK && at < log->room;
         at += sizeof(zeros)) {
        uint64_t rest = log->room - at;
        size_t length = rest < sizeof(zeros) ? (size_t)rest : sizeof(zeros);
        status = store(log, at, zeros, length);
    }
    return status;
}

static section_status recover(log_file *log)
{
    section_status status = find_end(log);
    if (status == SECTION_OK)
        status = clear_rest(log);
    if (status == SECTION_OK)
        status = section_view_flush(&log->view, 0, (size_t)log->room,
                                    SECTION_FLUSH_DURABLE);
    if (status != SECTION_OK)
        return status;
    log->durable = log->end;
    return section_guard(&log->view, store_durable, log, NULL);
}

/* A name lives as long as its holder, however that ends: whoever creates it has
 * the turn to append. */
static section_status take_turn(section **turn, const section_info *info)
{
    char name[SECTION_NAME_MAX];
    (void)snprintf(name, sizeof(name), "log.%08lx%08lx.%08lx%08lx",
                   (unsigned long)(info->id[0] >> 32),
                   (unsigned long)(info->id[0] & 0xffffffff),
                   (unsigned long)(info->id[1] >> 32),
                   (unsigned long)(info->id[1] & 0xffffffff));
    section_options options = SECTION_OPTIONS_INIT;
    options.name = name;
    options.size = 1;
    return section_create(turn, &options);
}

static section_status wait_for_turn(log_file *log, const section_info *info)
{
    section_status status = take_turn(&log->turn, info);
    /* A reader that looks has it for a moment. */
    for (int i = 0; i < TURN_TRIES && status == SECTION_EXISTS; i++) {
        pause_shortly();
        status = take_turn(&log->turn, info);
    }
    if (status == SECTION_EXISTS)
        return trouble(log, "another process appends to this log");
    return status;
}

bool log_is_appended_to(const log_file *log)
{
    section *turn;
    section_info info = SECTION_INFO_INIT;
    (void)section_get_info(&info, log->file);
    section_status status = take_turn(&turn, &info);
    section_close(turn);
    return status == SECTION_EXISTS;
}

static section_status open_file(log_file *log, const char *path, bool append)
{
    section_system system = SECTION_SYSTEM_INIT;
    section_options options = SECTION_OPTIONS_INIT;
    section_status status = section_get_system(&system);
    bool grows = system.file_growth != SECTION_SUPPORT_NONE;
    options.path = path;
    options.disposition = SECTION_OPEN_EXISTING;
    options.rights = SECTION_RIGHT_READ;
    options.reserve = grows ? LOG_RESERVE : 0;
    if (append) {
        options.disposition = SECTION_OPEN_OR_CREATE;
        options.rights = SECTION_RIGHT_EXTEND;
        options.size = grows ? LOG_STEP : LOG_FIXED;
    }
    if (status == SECTION_OK)
        status = section_create(&log->file, &options);
    return status;
}

static section_status open_log(log_file *log, const char *path, bool append)
{
    section_info info = SECTION_INFO_INIT;
    memset(log, 0, sizeof(*log));
    log->end = RECORDS_AT;
    section_status status = open_file(log, path, append);
    if (status == SECTION_OK)
        status = section_get_info(&info, log->file);
    if (status == SECTION_OK && append) {
        status = wait_for_turn(log, &info);
        /* Who had it before may have made the file larger. */
        if (status == SECTION_OK)
            status = section_get_info(&info, log->file);
    }
    log->room = info.size;
    log->reserve = info.reserve;
    if (status == SECTION_OK)
        status = section_map(&log->view, log->file, 0, (size_t)info.reserve,
                             append ? SECTION_ACCESS_READ_WRITE
                                    : SECTION_ACCESS_READ);
    if (status == SECTION_OK)
        status = open_header(log, &info);
    if (status == SECTION_OK)
        status = section_guard(&log->view, load_durable, log, NULL);
    return status;
}

section_status log_open(log_file *log, const char *path)
{
    section_status status = open_log(log, path, true);
    return status == SECTION_OK ? recover(log) : status;
}

section_status log_open_to_read(log_file *log, const char *path)
{
    return open_log(log, path, false);
}

void log_close(log_file *log)
{
    (void)section_unmap(&log->view);
    section_close(log->file);
    section_close(log->turn);
    log->file = NULL;
    log->turn = NULL;
}
