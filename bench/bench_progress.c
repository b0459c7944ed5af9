/* SPDX-License-Identifier: MIT */
/*
 * One line on standard error that says what is being measured. It is written
 * between timings only, and seldom.
 */
#include "bench.h"

#include <string.h>

#define WRITE_EVERY ((uint64_t)200000000)

static const char *row_name = "";
static size_t row_number;
static size_t row_count;
static uint64_t last_write;
static int last_width;

static void show(const char *rest)
{
    int width = fprintf(stderr, "\r[%zu/%zu] %s%s", row_number, row_count,
                        row_name, rest);
    fprintf(stderr, "%*s", last_width > width ? last_width - width : 0, "");
    fflush(stderr);
    last_width = width;
    last_write = bare_now();
}

void bench_progress_row(size_t number, size_t count, const char *name)
{
    row_number = number;
    row_count = count;
    row_name = name;
    if (bare_stderr_is_terminal())
        show("");
    else
        fprintf(stderr, "[%zu/%zu] %s\n", number, count, name);
}

void bench_progress_pairs(size_t done, uint64_t spent, uint64_t budget)
{
    if (!bare_stderr_is_terminal() || bare_now() - last_write < WRITE_EVERY)
        return;
    char rest[64];
    (void)snprintf(rest, sizeof(rest), "  %zu pairs, %.1f of about %.1f s",
                   done, (double)spent / 1e9, (double)budget / 1e9);
    show(rest);
}

void bench_progress_end(void)
{
    if (bare_stderr_is_terminal())
        fprintf(stderr, "\r%*s\r", last_width, "");
}
