/* SPDX-License-Identifier: MIT */
/*
 * Running out of everything, and not growing. Contract lines 3 (limits that
 * are looked at before), 17 (no growth), 21 and 29.
 */
#include "foreign.h"
#include "limits.h"
#include "process.h"
#include "sections.h"

#include <stdlib.h>

/* ------------------------------------------------------------------------
 * No growth
 * ------------------------------------------------------------------------ */

#define CYCLES 100000

/* What may differ without being growth: buffers of the C library. A leak of
 * one thing a cycle would be far more. */
#define SLACK_MAPPINGS 64
#define SLACK_MEMORY   (512 * 1024)

typedef struct usage {
    size_t handles, mappings;
    uint64_t memory;
} usage;

static usage usage_now(void)
{
    return (usage){machine_open_handles(), machine_mappings(),
                   machine_own_memory()};
}

static void assert_no_growth(const usage *before)
{
    usage after = usage_now();
    assert_same(before->handles, after.handles);
    assert_in_range(after.mappings, 0, before->mappings + SLACK_MAPPINGS);
    /* Sanitizers keep freed memory back, and find leaks themselves. */
    if (!machine_is_sanitized())
        assert_true(after.memory <= before->memory + SLACK_MEMORY);
}

static void one_cycle(uint64_t size)
{
    section *s = new_memory(size);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    bytes_of(&view)[0] = 1;
    unmap(&view);
    section_close(s);
}

static void a_hundred_thousand_cycles_do_not_grow(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        one_cycle(4096);
    usage before = usage_now();
    for (int i = 0; i < CYCLES; i++)
        one_cycle(4096);
    assert_no_growth(&before);
}

/* Everything that opens something on the side: files, duplicates, read-only
 * views, views that outlive their section, what fails. */
static void one_rich_cycle(const char *path)
{
    section *s = new_file(path, 5000, SECTION_OPEN_OR_CREATE);
    section *reader = duplicate_of(s, READ_ONLY);
    section_view one = mapped(s, 1, 0, SECTION_ACCESS_READ);
    section_view two = mapped(reader, 0, 0, SECTION_ACCESS_READ);
    section *refused;
    section_view none;
    assert_no_section(SECTION_ACCESS, refused,
                      section_duplicate(&refused, reader, READ_WRITE));
    assert_no_view(SECTION_RANGE, none,
                   section_map(&none, s, 0, 5001, SECTION_ACCESS_READ));
    (void)info_of(s);
    section_close(s);
    unmap(&one);
    section_close(reader);
    unmap(&two);
}

static void cycles_of_everything_do_not_grow(void **state)
{
    (void)state;
    file_path path = files_path("cycles");
    for (int i = 0; i < 200; i++)
        one_rich_cycle(path.text);
    usage before = usage_now();
    for (int i = 0; i < CYCLES / 20; i++)
        one_rich_cycle(path.text);
    assert_no_growth(&before);
}

/* ------------------------------------------------------------------------
 * Views
 * ------------------------------------------------------------------------ */

#define MANY_VIEWS 60000

static section_view *room_for_views(size_t count)
{
    section_view *views = malloc(count * sizeof(*views));
    assert_that(views != NULL);
    /* Touched now, so that it does not count as growth later. */
    memset(views, 0xff, count * sizeof(*views));
    return views;
}

static void thousands_of_views_work_at_once(void **state)
{
    (void)state;
    /* On 32 bits as many as a quarter of the addresses holds. */
    size_t count = MANY_VIEWS;
    if (!machine_is_64_bit())
        count = (size_t)(GIB / this_system().granularity);
    count = count < MANY_VIEWS ? count : MANY_VIEWS;
    /* Wine's own mappings are bounded by those of its host (docs/wine.md). */
    if (machine_is_wine())
        count = MANY_VIEWS / 4;
    section *s = new_memory(4096);
    section_view *views = room_for_views(count);
    (void)peek(s, 0);
    usage before = usage_now();
    for (size_t i = 0; i < count; i++)
        views[i] = mapped(s, i % 4096, 0, SECTION_ACCESS_READ_WRITE);
    assert_same(before.handles, machine_open_handles());
    /* A view costs no heap. */
    if (!machine_is_sanitized() && !machine_is_wine())
        assert_true(machine_own_memory() <= before.memory + SLACK_MEMORY);
    for (size_t i = 0; i < count; i += 997)
        bytes_of(&views[i])[0] = (unsigned char)(i % 200 + 1);
    for (size_t i = 0; i < count; i += 997)
        assert_same(bytes_of(&views[i])[0], peek(s, i % 4096));
    for (size_t i = 0; i < count; i++)
        unmap(&views[i]);
    assert_no_growth(&before);
    free(views);
    poke(s, 0, 1);
    section_close(s);
}

/* Map until the system has had enough. */
static size_t map_until_limit(section_view *views, size_t count,
                              const section *s, size_t length)
{
    for (size_t i = 0; i < count; i++) {
        section_status status =
            section_map(&views[i], s, 0, length, SECTION_ACCESS_READ_WRITE);
        if (status == SECTION_OK)
            continue;
        assert_status(SECTION_LIMIT, status);
        assert_that(expect_zero(&views[i], sizeof(views[i])));
        return i;
    }
    return count;
}

/* One more than there can be, 0 if only addresses bound them, or memory. */
static size_t too_many_views(void)
{
    size_t largest = machine_largest_mappings();
    size_t sensible = machine_is_64_bit() ? 2000000 : 500000;
    return largest == 0 || largest > sensible ? 0 : largest + 1;
}

static int exhaust_mappings(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    section *s = new_memory(4096);
    section *other = new_memory(4096);
    section_view kept = mapped(other, 0, 0, SECTION_ACCESS_READ_WRITE);
    size_t most = too_many_views();
    section_view *views = room_for_views(most);
    size_t count = map_until_limit(views, most, s, 0);
    assert_that(count > most - 1000 && count < most);
    assert_that(section_last_os_error() != 0);

    /* All that was mapped still works, and so does the other section. */
    bytes_of(&views[0])[7] = 42;
    for (size_t i = 0; i < count; i++)
        assert_that(bytes_of(&views[i])[7] == 42);
    bytes_of(&kept)[0] = 1;
    section *fresh = new_memory(100);

    /* A little room, and everything can be done again. */
    for (size_t i = 0; i < 16; i++)
        unmap(&views[i]);
    poke(s, 0, 1);
    poke(fresh, 0, 2);
    assert_same(2, peek(fresh, 0));
    for (size_t i = 16; i < count; i++)
        unmap(&views[i]);
    unmap(&kept);
    assert_same(42, peek(s, 7));
    section_close(fresh);
    section_close(other);
    section_close(s);
    free(views);
    return 0;
}

static void running_out_of_mappings_is_limit_and_harms_nothing(void **state)
{
    (void)state;
    if (machine_is_sanitized())
        SKIP("a sanitizer dies when its own mappings fail");
    if (too_many_views() == 0)
        SKIP("nothing bounds the number of mappings here");
    assert_int_equal(process_play("exhaust_mappings", "", PROCESS_NOTHING), 0);
}

/*
 * Views side by side that the system has merged into one mapping: taking the
 * one in the middle away needs a mapping more.
 */
static int refuse_unmap(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    size_t page = this_system().granularity;
    section *s = new_memory(3 * page);
    section_view whole = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    unsigned char *address = whole.data;
    unmap(&whole);
    section_view side[3];
    for (size_t i = 0; i < 3; i++)
        assert_status(SECTION_OK, section_map_at(&side[i], s, i * page, page,
                                                 SECTION_ACCESS_READ_WRITE,
                                                 address + i * page));
    size_t most = too_many_views();
    section_view *views = room_for_views(most);
    size_t count = map_until_limit(views, most, s, 1);
    assert_that(count < most);

    section_view before = side[1];
    assert_status(SECTION_LIMIT, section_unmap(&side[1]));
    assert_that(section_last_os_error() != 0);
    assert_that(memcmp(&before, &side[1], sizeof(before)) == 0);
    bytes_of(&side[1])[0] = 9;
    for (size_t i = 0; i < 16; i++)
        unmap(&views[i]);
    assert_same(9, peek(s, page));
    unmap(&side[1]);
    bytes_of(&side[0])[page - 1] = 1;
    bytes_of(&side[2])[0] = 1;
    unmap(&side[0]);
    unmap(&side[2]);
    for (size_t i = 16; i < count; i++)
        unmap(&views[i]);
    free(views);
    section_close(s);
    return 0;
}

static void a_view_the_system_cannot_unmap_stays_valid(void **state)
{
    (void)state;
    if (machine_is_sanitized())
        SKIP("a sanitizer dies when its own mappings fail");
    if (too_many_views() == 0)
        SKIP("nothing bounds the number of mappings here");
    assert_int_equal(process_play("refuse_unmap", "", PROCESS_NOTHING), 0);
}

static int exhaust_addresses(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    enum { MOST = 1024 };
    static section_view views[MOST];
    section *s = new_lazy_memory(machine_is_64_bit() ? TIB : 256 * MIB);
    section *other = new_memory(5000);
    size_t count = map_until_limit(views, MOST, s, 0);
    assert_that(count > 0 && count < MOST);
    poke(other, 4999, 1);
    for (size_t i = 0; i < count; i++)
        bytes_of(&views[i])[12345] = 3;
    unmap(&views[0]);
    views[0] = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_same(3, bytes_of(&views[0])[12345]);
    for (size_t i = 0; i < count; i++)
        unmap(&views[i]);
    section_close(other);
    section_close(s);
    return 0;
}

static void running_out_of_addresses_is_limit_and_harms_nothing(void **state)
{
    (void)state;
    if (machine_is_wine())
        SKIP("Wine maps no writable view larger than memory (docs/wine.md)");
    if (machine_is_sanitized())
        SKIP("a sanitizer has taken most of the addresses");
    assert_int_equal(process_play("exhaust_addresses", "", PROCESS_NOTHING), 0);
}

/* ------------------------------------------------------------------------
 * Limits of the process
 * ------------------------------------------------------------------------ */

static int exhaust_address_space(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    section *s = new_lazy_memory(256 * MIB);
    uint64_t used = limit_address_space_used();
    if (used == 0 || !limit_set(LIMIT_ADDRESS_SPACE, used + 64 * MIB))
        return ROLE_CANNOT;
    section_view view;
    assert_no_view(SECTION_LIMIT, view,
                   section_map(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE));
    assert_that(section_last_os_error() != 0);
    assert_no_view(SECTION_LIMIT, view,
                   section_map(&view, s, 0, 128 * MIB, SECTION_ACCESS_COPY));
    view = mapped(s, 200 * MIB, 16 * MIB, SECTION_ACCESS_READ_WRITE);
    bytes_of(&view)[0] = 1;
    unmap(&view);
    section_close(s);
    return 0;
}

static void a_limit_on_address_space_is_limit(void **state)
{
    (void)state;
    if (machine_is_sanitized())
        SKIP("a sanitizer has taken most of the addresses");
    if (process_play("exhaust_address_space", "", PROCESS_NOTHING) ==
        ROLE_CANNOT)
        SKIP("no limit on address space here");
}

/* Every function that needs a descriptor, when there is none. */
static void assert_no_descriptors(section *s, const char *path,
                                  const char *existing)
{
    section *out;
    section_options options = memory_options(100);
    assert_no_section(SECTION_LIMIT, out, section_create(&out, &options));
    assert_that(section_last_os_error() != 0);
    options = file_options(path, 100, SECTION_CREATE_NEW);
    assert_no_section(SECTION_LIMIT, out, section_create(&out, &options));
    assert_that(!file_exists(path));
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_no_section(SECTION_LIMIT, out, section_create(&out, &options));
    assert_that(!file_exists(path));
    assert_no_section(SECTION_LIMIT, out,
                      section_open_file(&out, existing, READ_ONLY));
    assert_no_section(SECTION_LIMIT, out,
                      section_duplicate(&out, s, READ_WRITE));
    assert_no_section(SECTION_LIMIT, out,
                      section_duplicate(&out, s, READ_ONLY));
    section_native native = 0;
    assert_status(SECTION_LIMIT,
                  section_duplicate_native(&native, s, READ_WRITE));
    assert_that(native == -1);

    /* What needs none goes on. */
    poke(s, 0, 7);
    section_view view;
    section_status status = section_map(&view, s, 0, 0, SECTION_ACCESS_READ);
    assert_that(status == SECTION_OK || status == SECTION_LIMIT);
    if (status == SECTION_OK)
        unmap(&view);
    else
        assert_that(expect_zero(&view, sizeof(view)));
}

static int exhaust_descriptors(const char *path, intptr_t inherited)
{
    (void)inherited;
    enum { MOST = 64 };
    char existing[PROCESS_LINE_SIZE];
    role_hear(existing);
    section *all[MOST] = {NULL};
    if (!limit_set(LIMIT_DESCRIPTORS, 40))
        return ROLE_CANNOT;
    section_options options = memory_options(100);
    size_t count = 0;
    while (count < MOST && section_create(&all[count], &options) == SECTION_OK)
        count++;
    assert_that(count > 0 && count < MOST && all[count] == NULL);
    /* Some sections take more than one descriptor: use up what is left. */
    section *last[2] = {NULL};
    for (size_t i = 0; i < 2; i++)
        (void)section_open_file(&last[i], existing, READ_ONLY);
    assert_no_descriptors(all[0], path, existing);

    section_close(all[--count]);
    section *s = new_memory(100);
    section_close(s);
    section_close(last[0]);
    section_close(last[1]);
    /* A created file can take one more, for its directory. */
    assert_that(count > 1);
    section_close(all[--count]);
    s = new_file(path, 100, SECTION_CREATE_NEW);
    section_close(s);
    assert_same(7, peek(all[0], 0));
    while (count > 0)
        section_close(all[--count]);
    return 0;
}

static void running_out_of_descriptors_is_limit_and_harms_nothing(void **state)
{
    (void)state;
    file_path existing = files_path("existing");
    file_make(existing.text, 100);
    process child;
    process_start(&child, "exhaust_descriptors",
                  files_path("no-descriptor").text, PROCESS_NOTHING);
    process_say(&child, existing.text);
    process_result result = process_wait(&child);
    if (result.end == PROCESS_EXITED && result.code == ROLE_CANNOT)
        SKIP("no limit on handles here");
    process_judge(result);
}

/* Take descriptors until there are none; how many it took. */
static size_t take_all(intptr_t *taken, size_t most)
{
    size_t count = 0;
    while (count < most &&
           (taken[count] = foreign_memory(1)) != FOREIGN_NOTHING)
        count++;
    assert_that(count > 0 && count < most);
    return count;
}

/* With so many descriptors left: either it is done, or nothing is. */
static bool name_with_few(const char *name, const char *held, size_t few)
{
    enum { MOST = 64 };
    intptr_t taken[MOST] = {0};
    size_t left = names_left();
    section_options options = named_options(name, 100);
    section *made = NULL, *found = NULL;
    size_t count = take_all(taken, MOST);
    for (size_t i = 0; i < few; i++)
        foreign_close(taken[--count]);
    section_status created = section_create(&made, &options);
    section_close(made);
    section_status opened_it = section_open(&found, held, NULL);
    section_close(found);
    while (count > 0)
        foreign_close(taken[--count]);
    assert_that(created == SECTION_OK || created == SECTION_LIMIT);
    assert_that(opened_it == SECTION_OK || opened_it == SECTION_LIMIT);
    assert_that((created == SECTION_OK) == (made != NULL));
    assert_that((opened_it == SECTION_OK) == (found != NULL));
    /* Not even what a sweep would give back. */
    assert_same(left, names_left());
    assert_gone(name);
    assert_alive(held);
    return created == SECTION_OK && opened_it == SECTION_OK;
}

static int exhaust_descriptors_with_names(const char *argument,
                                          intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    test_name name = names_unique("few"), held = names_unique("held");
    if (!limit_set(LIMIT_DESCRIPTORS, 40))
        return ROLE_CANNOT;
    section *s = new_named(held.text, 100);
    poke(s, 0, 8);
    assert_that(!name_with_few(name.text, held.text, 0));
    size_t few = 1;
    while (!name_with_few(name.text, held.text, few))
        few++;
    assert_that(few < 16);
    assert_same(8, peek(s, 0));

    /* A close needs none: the name is gone however few there are. */
    enum { MOST = 64 };
    intptr_t taken[MOST];
    size_t count = take_all(taken, MOST);
    section_close(s);
    while (count > 0)
        foreign_close(taken[--count]);
    assert_same(0, names_left());
    assert_gone(held.text);
    assert_status(SECTION_OK, status_of_create(held.text));
    return 0;
}

static void running_out_of_descriptors_leaves_no_name(void **state)
{
    (void)state;
    if (process_play("exhaust_descriptors_with_names", "", PROCESS_NOTHING) ==
        ROLE_CANNOT)
        SKIP("no limit on handles here");
}

/* Beyond this limit the system would send SIGXFSZ. */
static int exceed_file_size(const char *path, intptr_t inherited)
{
    (void)inherited;
    file_path existing = files_join(path, "existing");
    file_path fresh = files_join(path, "fresh");
    file_make(existing.text, 5000);
    if (!limit_set(LIMIT_FILE_SIZE, MIB))
        return ROLE_CANNOT;
    section *s;
    section_options options = memory_options(MIB + 1);
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    options.flags = SECTION_LAZY;
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    test_name name = names_unique("small");
    options = named_options(name.text, MIB + 1);
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    assert_gone(name.text);
    options = file_options(fresh.text, MIB + 1, SECTION_CREATE_NEW);
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    assert_that(!file_exists(fresh.text));
    options.flags = SECTION_LAZY;
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    assert_that(!file_exists(fresh.text));
    options = file_options(existing.text, MIB + 1, SECTION_OPEN_EXISTING);
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    assert_same(5000, file_size(existing.text));

    s = new_memory(MIB);
    poke(s, MIB - 1, 1);
    section_close(s);
    s = new_file(existing.text, MIB, SECTION_OPEN_EXISTING);
    poke(s, MIB - 1, 1);
    section_close(s);
    (void)file_remove(existing.text);
    return 0;
}

static void a_limit_on_file_size_is_no_space_without_a_signal(void **state)
{
    (void)state;
    file_path directory = files_path("small-files");
    directory_make(directory.text);
    if (process_play("exceed_file_size", directory.text, PROCESS_NOTHING) ==
        ROLE_CANNOT)
        SKIP("no limit on file sizes here");
}

static int exceed_group(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    if (!limit_enter_group(96 * MIB))
        return ROLE_CANNOT;
    section *s;
    section_options options = memory_options(256 * MIB);
    for (int i = 0; i < 10; i++)
        assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    test_name name = names_unique("large");
    section_options named = named_options(name.text, 256 * MIB);
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &named));
    assert_gone(name.text);
    s = new_memory(16 * MIB);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    touch_pages(&view, 1);
    unmap(&view);
    /* Not a second time beside what is held. */
    options.size = 88 * MIB;
    section *more;
    assert_no_section(SECTION_NO_SPACE, more, section_create(&more, &options));
    assert_same(1, peek(s, 16 * MIB - 1));
    section_close(s);
    return 0;
}

static void a_memory_limit_of_the_group_is_no_space(void **state)
{
    (void)state;
    if (machine_is_sanitized())
        SKIP("a sanitizer needs more memory than the group has");
    if (!process_play_in_group("exceed_group"))
        SKIP("no control group with a memory limit can be made here");
}

static const process_role roles[] = {
    {"exhaust_mappings", exhaust_mappings},
    {"refuse_unmap", refuse_unmap},
    {"exhaust_addresses", exhaust_addresses},
    {"exhaust_address_space", exhaust_address_space},
    {"exhaust_descriptors", exhaust_descriptors},
    {"exhaust_descriptors_with_names", exhaust_descriptors_with_names},
    {"exceed_file_size", exceed_file_size},
    {"exceed_group", exceed_group},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_hundred_thousand_cycles_do_not_grow),
    cmocka_unit_test(cycles_of_everything_do_not_grow),
    cmocka_unit_test(thousands_of_views_work_at_once),
    cmocka_unit_test(running_out_of_mappings_is_limit_and_harms_nothing),
    cmocka_unit_test(a_view_the_system_cannot_unmap_stays_valid),
    cmocka_unit_test(running_out_of_addresses_is_limit_and_harms_nothing),
    cmocka_unit_test(a_limit_on_address_space_is_limit),
    cmocka_unit_test(running_out_of_descriptors_is_limit_and_harms_nothing),
    cmocka_unit_test(running_out_of_descriptors_leaves_no_name),
    cmocka_unit_test(a_limit_on_file_size_is_no_space_without_a_signal),
    cmocka_unit_test(a_memory_limit_of_the_group_is_no_space),
};

TEST_MAIN(tests, roles)
