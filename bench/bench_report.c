/* SPDX-License-Identifier: MIT */
/*
 * The table for people.
 */
#include "bench.h"
#include "bench_machine.h"

#include <inttypes.h>
#include <string.h>

#define NAME_WIDTH 26

void bench_print_list(FILE *to, const bench_row *const *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const bench_row *row = rows[i];
        fprintf(to, "%-*s  %s\n", NAME_WIDTH, row->name, row->what);
        fprintf(to, "%-*s    beside: %s", NAME_WIDTH, "",
                bare_calls(row->calls));
        if (bench_is_bound(row))
            fprintf(to, "; bound %.2f", row->bound);
        fprintf(to, "%s%s\n",
                (row->flags & BENCH_NEEDS_FILE) != 0 ? "; needs a file" : "",
                (row->flags & BENCH_HEAVY) != 0 ? "; not with --quick" : "");
    }
}

/* Three digits that count, and a unit. */
static void print_scaled(FILE *to, double value, const char *const units[4])
{
    size_t unit = 0;
    while (unit < 3 && value >= 999.5) {
        value /= 1000;
        unit++;
    }
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    fprintf(to, " %6.*f %-4s", decimals, value, units[unit]);
}

static void print_time(FILE *to, const bench_result *result, double nanoseconds)
{
    static const char *const times[4] = {"ns", "us", "ms", "s"};
    static const char *const rates[4] = {"B/s", "kB/s", "MB/s", "GB/s"};
    if ((result->row->flags & BENCH_RATE) == 0)
        print_scaled(to, nanoseconds, times);
    else
        print_scaled(to, (double)result->bytes * 1e9 / nanoseconds, rates);
}

static void print_bound(FILE *to, const bench_result *result)
{
    if (!bench_is_bound(result->row))
        fprintf(to, "  %-11s", "-");
    else
        fprintf(to, "  %.2f %-6s", result->row->bound,
                bench_bound_is_met(result) ? "met" : "MISSED");
}

static void print_row(FILE *to, const bench_result *result, int note)
{
    fprintf(to, "%-*s", NAME_WIDTH, result->row->name);
    if (result->outcome != BENCH_MEASURED) {
        fprintf(to, " %s: %s\n",
                result->outcome == BENCH_SKIPPED ? "skipped" : "FAILED",
                result->reason);
        return;
    }
    print_time(to, result, result->bare_time);
    print_time(to, result, result->section_time);
    fprintf(to, "  %6.3f  %6.3f .. %-6.3f %6zu", result->ratio, result->low,
            result->high, result->pairs);
    print_bound(to, result);
    fprintf(to, " [%d]", note);
    if (result->attempts > 1)
        fprintf(to, " measured %u times, this is the last", result->attempts);
    fprintf(to, "\n");
}

static void print_machine(FILE *to)
{
    bare_machine machine;
    bare_describe_machine(&machine);
    section_system system = {.struct_size = (uint32_t)sizeof(system)};
    (void)section_get_system(&system);
    fprintf(to, "section_bench, library %s\n", section_version());
    fprintf(to, "System     %s\n", machine.system);
    fprintf(to, "Processor  %s, %u online", machine.processor,
            machine.processors);
    if (machine.memory != 0)
        fprintf(to, ", %.1f GiB of memory",
                (double)machine.memory / (double)GIB);
    fprintf(to, "\nPages      %" PRIu32 " bytes, granularity %" PRIu32 "\n",
            system.page_size, system.granularity);
    fprintf(to, "Compiler   %s, %s\n", BENCH_COMPILER, BENCH_BUILD_TYPE);
    fprintf(to, "Guard      %s\n", BENCH_GUARD);
    if (BENCH_SANITIZER[0] != '\0')
        fprintf(to,
                "WARNING    built with the sanitizers %s: the times mean "
                "nothing\n",
                BENCH_SANITIZER);
    if (strcmp(BENCH_BUILD_TYPE, "Release") != 0 &&
        strcmp(BENCH_BUILD_TYPE, "RelWithDebInfo") != 0)
        fprintf(to, "WARNING    not an optimized build\n");
}

static void print_legend(FILE *to, const int notes[BARE_SEQUENCE_COUNT],
                         int last)
{
    fprintf(
        to,
        "\nThe bare calls beside the rows (--list says what a row does):\n");
    for (int note = 1; note <= last; note++)
        for (int i = 0; i < BARE_SEQUENCE_COUNT; i++)
            if (notes[i] == note)
                fprintf(to, "  [%d] %s\n", note, bare_calls((bare_sequence)i));
    fprintf(to,
            "\nTimes are medians of one operation. The ratio is the median of "
            "the ratios of\ntimes (library / bare) of pairs run one right "
            "after the other, with its 95 %%\ninterval; below 1 the library "
            "is faster. A bound is met when the interval\nreaches it.\n");
}

void bench_print_table(FILE *to, const bench_result *results, size_t count,
                       const bench_settings *settings)
{
    int notes[BARE_SEQUENCE_COUNT] = {0};
    int last = 0;
    print_machine(to);
    if (settings->file != NULL)
        fprintf(to, "File       %s\n", settings->file);
    fprintf(to, "Scratch    files in %s\n", settings->scratch);
    if (settings->quick)
        fprintf(to, "Quick      few pairs: wide intervals\n");
    fprintf(to, "\n%-*s %11s %11s  %6s  %16s %6s  %-11s %s\n", NAME_WIDTH,
            "row", "bare   ", "section  ", "ratio", "95 % interval ", "pairs",
            "bound", "calls");
    for (size_t i = 0; i < count; i++) {
        int *note = &notes[results[i].row->calls];
        if (results[i].outcome == BENCH_MEASURED && *note == 0)
            *note = ++last;
        print_row(to, &results[i], *note);
    }
    print_legend(to, notes, last);
}
