/* SPDX-License-Identifier: MIT */
/*
 * section_bench: what the library costs beside the bare system calls.
 */
#include "bench_names.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ROWS 96
#define RETRIES   3

static const char help[] =
    "Usage: section_bench [options] [FILE]\n"
    "\n"
    "Measures the library beside the bare system calls that do the same work,\n"
    "both interleaved in one run. FILE is a file to add up; without one the\n"
    "rows that need it are left out.\n"
    "\n"
    "  --only NAME      only rows whose name contains NAME, or matches it as "
    "a\n"
    "                   pattern with * and ?; may be given several times\n"
    "  --scratch FOLDER where rows that write files make them; the current\n"
    "                   folder without it. Flushing means little if it is in\n"
    "                   memory\n"
    "  --list           list the rows, and the bare calls beside each\n"
    "  --quick          a few seconds in all, with wide intervals\n"
    "  --json[=OUTPUT]  JSON on standard output instead of the table, or the\n"
    "                   table as usual and JSON into the file OUTPUT\n"
    "  --check-bounds   exit with 1 if a bound is missed; a row that misses "
    "is\n"
    "                   measured again with more pairs, up to three times\n"
    "  --help           this text\n"
    "\n"
    "Exit status: 0 done; 1 a row failed, or a checked bound was missed; 2 a\n"
    "wrong command line.\n";

/* --- the command line --- */

enum {
    OPTION_HELP = 1,
    OPTION_LIST,
    OPTION_ONLY,
    OPTION_QUICK,
    OPTION_JSON,
    OPTION_CHECK,
    OPTION_SCRATCH
};

static const struct option options[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {"list", no_argument, NULL, OPTION_LIST},
    {"only", required_argument, NULL, OPTION_ONLY},
    {"quick", no_argument, NULL, OPTION_QUICK},
    {"json", optional_argument, NULL, OPTION_JSON},
    {"check-bounds", no_argument, NULL, OPTION_CHECK},
    {"scratch", required_argument, NULL, OPTION_SCRATCH},
    {NULL, 0, NULL, 0}};

static int wrong(const char *text, const char *subject)
{
    fprintf(stderr, "section_bench: %s%s (see --help)\n", text, subject);
    return 2;
}

static int take_option(bench_settings *out, int option)
{
    switch (option) {
    case OPTION_HELP:
        fputs(help, stdout);
        exit(0);
    case OPTION_LIST:
        out->list = true;
        return 0;
    case OPTION_ONLY:
        if (out->only_count == sizeof(out->only) / sizeof(out->only[0]))
            return wrong("too many --only", "");
        out->only[out->only_count++] = optarg;
        return 0;
    case OPTION_QUICK:
        out->quick = true;
        return 0;
    case OPTION_JSON:
        out->json = optarg == NULL ? "-" : optarg;
        return 0;
    case OPTION_CHECK:
        out->check_bounds = true;
        return 0;
    case OPTION_SCRATCH:
        out->scratch = optarg;
        return 0;
    default: /* getopt_long() has said why */
        return 2;
    }
}

static int check_file(const char *path)
{
    bare_handle file;
    if (bare_file_open(&file, path, SECTION_ACCESS_READ)) {
        (void)bare_close(file);
        return 0;
    }
    fprintf(stderr,
            "section_bench: %s\n"
            "FILE is read; JSON is written to a file with --json=OUTPUT\n",
            bare_error_text());
    return 2;
}

static int read_arguments(bench_settings *out, int argc, char **argv)
{
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        int status = take_option(out, option);
        if (status != 0)
            return status;
    }
    if (argc - optind > 1)
        return wrong("more than one file: ", argv[optind + 1]);
    if (optind < argc)
        out->file = argv[optind];
    return out->file == NULL ? 0 : check_file(out->file);
}

/* --- which rows --- */

static bool is_chosen(const bench_row *row, const bench_settings *settings)
{
    for (size_t i = 0; i < settings->only_count; i++)
        if (strstr(row->name, settings->only[i]) != NULL ||
            bare_glob_matches(settings->only[i], row->name))
            return true;
    return settings->only_count == 0;
}

static void choose(const bench_row **rows, size_t *count,
                   const bench_row *group, size_t group_count,
                   const bench_settings *settings)
{
    for (size_t i = 0; i < group_count; i++)
        if (*count < MOST_ROWS && bare_calls(group[i].calls) != NULL &&
            is_chosen(&group[i], settings))
            rows[(*count)++] = &group[i];
}

static size_t choose_rows(const bench_row **rows,
                          const bench_settings *settings)
{
    size_t count = 0;
    choose(rows, &count, bench_rows_lifecycle, bench_rows_lifecycle_count,
           settings);
    choose(rows, &count, bench_rows_view, bench_rows_view_count, settings);
    choose(rows, &count, bench_rows_memory, bench_rows_memory_count, settings);
    choose(rows, &count, bench_rows_prepare, bench_rows_prepare_count,
           settings);
    choose(rows, &count, bench_rows_growth, bench_rows_growth_count, settings);
    choose(rows, &count, bench_rows_guard, bench_rows_guard_count, settings);
    choose(rows, &count, bench_rows_name, bench_rows_name_count, settings);
    choose(rows, &count, bench_rows_transfer, bench_rows_transfer_count,
           settings);
    choose(rows, &count, bench_rows_flush, bench_rows_flush_count, settings);
    choose(rows, &count, bench_rows_file, bench_rows_file_count, settings);
    choose(rows, &count, bench_rows_process, bench_rows_process_count,
           settings);
    return count;
}

/* --- measuring them --- */

static bench_effort effort_of(const bench_settings *settings)
{
    if (settings->quick)
        return (bench_effort){60000000, 6, 200};
    return (bench_effort){1500000000, 10, 4000};
}

static bool is_left_out(bench_result *out, const bench_row *row,
                        const bench_settings *settings)
{
    const char *reason = NULL;
    if ((row->flags & BENCH_NEEDS_FILE) != 0 && settings->file == NULL)
        reason = "no file given";
    if ((row->flags & BENCH_HEAVY) != 0 && settings->quick)
        reason = "too long for --quick";
    if (reason == NULL)
        return false;
    *out = (bench_result){.row = row, .outcome = BENCH_SKIPPED};
    (void)snprintf(out->reason, sizeof(out->reason), "%s", reason);
    return true;
}

static bool misses(const bench_result *result)
{
    return result->outcome == BENCH_MEASURED && bench_is_bound(result->row) &&
           !bench_bound_is_met(result);
}

static void measure(bench_result *out, const bench_row *row,
                    const bench_settings *settings)
{
    bench_effort effort = effort_of(settings);
    out->attempts = 0;
    if (is_left_out(out, row, settings))
        return;
    bench_measure(out, row, settings->file, &effort);
    if (!settings->check_bounds)
        return;
    for (int i = 0; i < RETRIES && misses(out); i++) {
        effort.nanoseconds *= 2;
        effort.least_pairs *= 2;
        bench_measure(out, row, settings->file, &effort);
    }
}

static int exit_status(const bench_result *results, size_t count,
                       const bench_settings *settings)
{
    int status = 0;
    for (size_t i = 0; i < count; i++) {
        bool missed = settings->check_bounds && misses(&results[i]);
        if (results[i].outcome == BENCH_FAILED || missed) {
            fprintf(stderr, "section_bench: %s: %s\n", results[i].row->name,
                    missed ? "bound missed" : results[i].reason);
            status = 1;
        }
    }
    return status;
}

static int measure_rows(const bench_row *const *rows, size_t count,
                        const bench_settings *settings)
{
    static bench_result results[MOST_ROWS];
    for (size_t i = 0; i < count; i++) {
        bench_progress_row(i + 1, count, rows[i]->name);
        measure(&results[i], rows[i], settings);
    }
    bench_progress_end();

    int status = exit_status(results, count, settings);
    if (settings->json == NULL || strcmp(settings->json, "-") != 0)
        bench_print_table(stdout, results, count, settings);
    if (settings->json != NULL &&
        !bench_write_json(settings->json, results, count, settings))
        status = 1;
    return status;
}

int main(int argc, char **argv)
{
    bare_start(&argc, &argv);
    if (argc > 1 && strcmp(argv[1], "--peer") == 0)
        return bench_peer_main(argc, argv);
    if (argc > 1 && strcmp(argv[1], "--worker") == 0)
        return bench_worker_main(argc, argv);
    if (argc > 1 && strcmp(argv[1], "--clean") == 0)
        return bench_clean_main(argc, argv);

    bench_settings settings = {.scratch = "."};
    int status = read_arguments(&settings, argc, argv);
    if (status != 0)
        return status;

    const bench_row *rows[MOST_ROWS];
    size_t count = choose_rows(rows, &settings);
    if (count == 0)
        return wrong("no row is called that; --list tells the names", "");
    if (settings.list) {
        bench_print_list(stdout, rows, count);
        return 0;
    }
    if (!bench_scratch_begin(settings.scratch))
        return wrong("the path of the folder is too long: ", settings.scratch);
    if (!bench_places_begin()) {
        fprintf(stderr, "section_bench: %s\n", bare_error_text());
        return 1;
    }
    status = measure_rows(rows, count, &settings);
    return bench_places_end() ? status : 1;
}
