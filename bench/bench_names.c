/* SPDX-License-Identifier: MIT */
/*
 * Names of this run, the places they are in, and lives of names.
 *
 * The places are removed by a process of their own that waits until the others
 * have ended: a benchmark that is interrupted, or killed, leaves nothing in the
 * memory of the machine.
 */
#include "bench_names.h"

#include <inttypes.h>
#include <string.h>

static bench_places places;
static bare_child cleaner;
static unsigned long run; /* what tells our names from those of other runs */

/* --- names --- */

void bench_name(char out[BENCH_NAME_SIZE], const char *kind, uint32_t number)
{
    if (run == 0)
        run = bare_process_number();
    (void)snprintf(out, BENCH_NAME_SIZE, "section-bench.%lx.%s.%" PRIu32, run,
                   kind, number);
}

/* --- places --- */

const bench_places *bench_places_get(void)
{
    return &places;
}

static void join_path(char out[80], const char *last)
{
    (void)snprintf(out, sizeof(places.library), "%s/%s", places.root, last);
}

static void name_places(void)
{
    join_path(places.library, "library");
    join_path(places.bare, "bare");
    join_path(places.few, "few");
    join_path(places.many, "many");
}

/* All other processes inherit an end of the pipe that this one waits at. */
static bool start_cleaner(void)
{
    const char *const arguments[] = {"--clean", places.root,
                                     bench_scratch_stem(), NULL};
    return bare_child_start(&cleaner, arguments) &&
           bare_make_inheritable(cleaner.to);
}

bool bench_places_begin(void)
{
    if (!bare_place_make(places.root, sizeof(places.root)))
        return false;
    name_places();
    if (bare_has_places && !start_cleaner())
        return false;
    return bare_place_add(places.library) && bare_place_add(places.bare) &&
           bare_place_add(places.few) && bare_place_add(places.many) &&
           bare_place_of_library(places.library) &&
           bare_place_of_bare(places.bare);
}

bool bench_places_end(void)
{
    if (!bare_has_places || bare_child_finish(&cleaner))
        return true;
    fprintf(stderr, "section_bench: %s or %s is not removed\n", places.root,
            bench_scratch_stem());
    return false;
}

/* Let the library give back what is dead, which need not all be here. */
static void sweep(const char *place)
{
    uint64_t swept;
    if (bare_place_of_library(place))
        (void)section_sweep(&swept, SECTION_SCOPE_USER);
}

int bench_clean_main(int argc, char **argv)
{
    char byte;
    bare_handle from_parent;
    bare_handle to_parent;
    if (argc != 4 || strlen(argv[2]) >= sizeof(places.root))
        return 2;
    memcpy(places.root, argv[2], strlen(argv[2]) + 1);
    name_places();
    bare_ignore_interrupts();
    bare_child_pipes(&from_parent, &to_parent);
    while (bare_pipe_read(from_parent, &byte, 1))
        continue;
    const char *const all[] = {places.library, places.few, places.many};
    bool removed = bench_scratch_clean(argv[3]);
    removed = bare_place_remove(places.bare) && removed;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        sweep(all[i]);
        removed = bare_place_remove(all[i]) && removed;
    }
    return bare_place_remove(places.root) && removed ? 0 : 1;
}

/* --- lives --- */

section_options bench_name_options(const bench_row *row, const char *name)
{
    section_options options = bench_memory_options(row);
    options.name = name;
    return options;
}

bool bench_name_use_bare(bench_subjects *on, bare_named *made, const char *name)
{
    size_t size = (size_t)on->row->size;
    void *base = bare_map(made->memory, 0, size, SECTION_ACCESS_READ_WRITE);
    if (base == NULL) {
        (void)bench_check_bare(on, false);
        (void)bare_name_close(made, name);
        return false;
    }
    bench_touch(base, size, on->page_size);
    return bench_check_bare(on, bare_unmap(base, size)) &&
           bench_check_bare(on, bare_name_close(made, name));
}

bool bench_name_live_bare(bench_subjects *on, const char *name)
{
    bare_named made;
    return bench_check_bare(on, bare_name_create(&made, name, on->row->size)) &&
           bench_name_use_bare(on, &made, name);
}
