/* SPDX-License-Identifier: MIT */
/*
 * The same results for programs.
 */
#include "bench.h"
#include "bench_machine.h"

#include <cJSON.h>
#include <stdlib.h>
#include <string.h>

static bool add_text(cJSON *to, const char *name, const char *text)
{
    return cJSON_AddStringToObject(to, name, text) != NULL;
}

static bool add_number(cJSON *to, const char *name, double value)
{
    return cJSON_AddNumberToObject(to, name, value) != NULL;
}

static bool add_machine(cJSON *document)
{
    bare_machine machine;
    bare_describe_machine(&machine);
    section_system system = {.struct_size = (uint32_t)sizeof(system)};
    (void)section_get_system(&system);
    cJSON *to = cJSON_AddObjectToObject(document, "machine");
    return to != NULL && add_text(to, "system", machine.system) &&
           add_text(to, "processor", machine.processor) &&
           add_number(to, "processors", machine.processors) &&
           add_number(to, "memory", (double)machine.memory) &&
           add_number(to, "page_size", system.page_size) &&
           add_number(to, "granularity", system.granularity);
}

static bool add_build(cJSON *document)
{
    cJSON *to = cJSON_AddObjectToObject(document, "build");
    return to != NULL && add_text(to, "library", section_version()) &&
           add_text(to, "compiler", BENCH_COMPILER) &&
           add_text(to, "type", BENCH_BUILD_TYPE) &&
           add_text(to, "guard", BENCH_GUARD) &&
           add_text(to, "sanitizers", BENCH_SANITIZER);
}

static bool add_measured(cJSON *to, const bench_result *result)
{
    bool bytes = (result->row->flags & BENCH_RATE) != 0;
    bool bound = bench_is_bound(result->row);
    return add_number(to, "attempts", result->attempts) &&
           add_number(to, "pairs", (double)result->pairs) &&
           add_number(to, "operations_per_timing", (double)result->batch) &&
           add_number(to, "bare_nanoseconds", result->bare_time) &&
           add_number(to, "section_nanoseconds", result->section_time) &&
           (!bytes ||
            add_number(to, "bytes_per_operation", (double)result->bytes)) &&
           add_number(to, "ratio", result->ratio) &&
           add_number(to, "ratio_low", result->low) &&
           add_number(to, "ratio_high", result->high) &&
           (!bound ||
            (add_number(to, "bound", result->row->bound) &&
             cJSON_AddBoolToObject(to, "bound_met",
                                   bench_bound_is_met(result)) != NULL));
}

static bool add_row(cJSON *rows, const bench_result *result)
{
    static const char *const outcomes[] = {"measured", "skipped", "failed"};
    cJSON *to = cJSON_CreateObject();
    if (to == NULL || !cJSON_AddItemToArray(rows, to)) {
        cJSON_Delete(to);
        return false;
    }
    return add_text(to, "name", result->row->name) &&
           add_text(to, "operation", result->row->what) &&
           add_text(to, "bare_calls", bare_calls(result->row->calls)) &&
           add_text(to, "outcome", outcomes[result->outcome]) &&
           (result->outcome == BENCH_MEASURED
                ? add_measured(to, result)
                : add_text(to, "reason", result->reason));
}

static bool fill(cJSON *document, const bench_result *results, size_t count,
                 const bench_settings *settings)
{
    if (!add_build(document) || !add_machine(document) ||
        cJSON_AddBoolToObject(document, "quick", settings->quick) == NULL)
        return false;
    cJSON *rows = cJSON_AddArrayToObject(document, "rows");
    bool filled = rows != NULL;
    for (size_t i = 0; filled && i < count; i++)
        filled = add_row(rows, &results[i]);
    return filled;
}

static bool write_text(const char *path, const char *text)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *to = standard ? stdout : fopen(path, "w");
    if (to == NULL)
        return false;
    bool written = fprintf(to, "%s\n", text) >= 0 && fflush(to) == 0;
    return (standard || fclose(to) == 0) && written;
}

bool bench_write_json(const char *path, const bench_result *results,
                      size_t count, const bench_settings *settings)
{
    bool written = false;
    cJSON *document = cJSON_CreateObject();
    if (document != NULL && fill(document, results, count, settings)) {
        char *text = cJSON_Print(document);
        written = text != NULL && write_text(path, text);
        cJSON_free(text);
    }
    cJSON_Delete(document);
    if (!written)
        fprintf(stderr, "section_bench: cannot write JSON to %s\n", path);
    return written;
}
