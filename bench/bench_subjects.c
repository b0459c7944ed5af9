/* SPDX-License-Identifier: MIT */
/*
 * What rows use: checks that keep the reason, and the work done on bytes. It
 * stands apart from the rows so that the compiler cannot know what it works
 * on, nor leave it out.
 */
#include "bench.h"

#include <string.h>

/* Rows of this size may be too much for a small machine. */
#define LARGE (64 * MIB)

/* The first reason is the one that counts: others follow from it. */
bool bench_fail(bench_subjects *on, const char *reason)
{
    if (on->reason[0] == '\0')
        (void)snprintf(on->reason, sizeof(on->reason), "%s", reason);
    return false;
}

bool bench_skip(bench_subjects *on, const char *reason)
{
    if (on->reason[0] == '\0')
        on->skipped = true;
    return bench_fail(on, reason);
}

bool bench_check(bench_subjects *on, const char *call, section_status status)
{
    if (status == SECTION_OK)
        return true;
    if (on->reason[0] == '\0')
        on->skipped = (status == SECTION_NO_SPACE || status == SECTION_LIMIT) &&
                      (on->row->size >= LARGE || on->file_size >= LARGE);
    char reason[sizeof(on->reason)];
    (void)snprintf(reason, sizeof(reason), "%s: %s (system code %ld)", call,
                   section_status_name(status), (long)section_last_os_error());
    return bench_fail(on, reason);
}

bool bench_check_bare(bench_subjects *on, bool succeeded)
{
    return succeeded || bench_fail(on, bare_error_text());
}

section_options bench_memory_options(const bench_row *row)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = row->size;
    return options;
}

void bench_touch(void *data, size_t length, size_t page_size)
{
    volatile unsigned char *bytes = data;
    for (size_t at = 0; at < length; at += page_size)
        bytes[at] = 1;
}

uint64_t bench_sum(const void *data, size_t length)
{
    const unsigned char *bytes = data;
    uint64_t sum = 0;
    uint64_t word;
    size_t at = 0;
    for (; length - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, bytes + at, sizeof(word));
        sum += word;
    }
    word = 0;
    memcpy(&word, bytes + at, length - at);
    return sum + word;
}

void bench_fill(void *data, size_t length, int value)
{
    memset(data, value, length);
}

section_status bench_nothing(void *context)
{
    (void)context;
    return SECTION_OK;
}
