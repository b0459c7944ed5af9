/* SPDX-License-Identifier: MIT */
/*
 * Files that rows make for themselves: where they are, and their end. Rows
 * remove what they have made; what an interrupted or killed benchmark leaves
 * is removed by the process that waits for its end (bench_names.c).
 */
#include "bench.h"

#include <string.h>

#define FILES     2
#define PATH_SIZE 1024

static char stem[PATH_SIZE];
static char paths[FILES][PATH_SIZE + 4];

static void name_files(void)
{
    for (size_t i = 0; i < FILES; i++)
        (void)snprintf(paths[i], sizeof(paths[i]), "%s.%zu", stem, i);
}

bool bench_scratch_begin(const char *folder)
{
    int length = snprintf(stem, sizeof(stem), "%s/section-bench.%lx", folder,
                          bare_process_number());
    name_files();
    return length > 0 && (size_t)length < sizeof(stem);
}

const char *bench_scratch_path(size_t which)
{
    return paths[which];
}

const char *bench_scratch_stem(void)
{
    return stem;
}

bool bench_scratch_clean(const char *of)
{
    bool removed = true;
    (void)snprintf(stem, sizeof(stem), "%s", of);
    name_files();
    for (size_t i = 0; i < FILES; i++)
        removed = bare_file_remove(paths[i]) && removed;
    return removed;
}

bool bench_scratch_make(bench_subjects *on, size_t which, uint64_t size)
{
    return bare_file_make(paths[which], size) ||
           bench_skip(on, bare_error_text());
}

bool bench_scratch_remove(bench_subjects *on, size_t which)
{
    return bench_check_bare(on, bare_file_remove(paths[which]));
}
