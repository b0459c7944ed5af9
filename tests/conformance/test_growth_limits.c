/* SPDX-License-Identifier: MIT */
/*
 * Growth that finds no room: the section is as it was, and works on. Contract
 * line 25, and 3, 13, 17 and 29 where growth meets them.
 */
#include "foreign.h"
#include "growing.h"
#include "limits.h"
#include "process.h"

#include <stdio.h>

/* What a section is before an attempt to extend it. */
typedef struct before {
    uint64_t size, taken;
    size_t handles, mappings;
} before;

static before note(const section *s)
{
    (void)peek(s, 0); /* opens what serves views to read */
    return (before){info_of(s).size, foreign_allocated(native_of(s)),
                    machine_open_handles(), machine_mappings()};
}

/* Nothing of what failed is left: not a byte, a page or a handle. */
static void assert_as_before(const section *s, const before *b)
{
    assert_size(b->size, s);
    assert_same(b->taken, foreign_allocated(native_of(s)));
    assert_same(b->handles, machine_open_handles());
    assert_in_range(machine_mappings(), 0, b->mappings + 16);
}

/* Extending beyond what there is fails again and again, and to what there is
 * succeeds. */
static void assert_no_room_for(section *s, uint64_t more, uint64_t less)
{
    /* The first one finds out what the machine has, and keeps it open. */
    poke(s, 0, 77);
    assert_status(SECTION_NO_SPACE, section_extend(s, more));
    before b = note(s);
    for (int i = 0; i < 10; i++) {
        assert_status(SECTION_NO_SPACE, section_extend(s, more));
        assert_as_before(s, &b);
    }
    assert_status(SECTION_OK, section_extend(s, less));
    assert_size(less, s);
    assert_same(0, peek(s, b.size));
    poke(s, less - 1, 78);
    assert_same(77, peek(s, 0));
}

/* ------------------------------------------------------------------------
 * The machine
 * ------------------------------------------------------------------------ */

static void
more_than_the_machine_has_is_no_space_and_changes_nothing(void **state)
{
    (void)state;
    bool any = false;
    if (machine_is_wine())
        SKIP("Wine commits memory without looking (docs/wine.md)");
    for (int kind = 0; kind < GROWING_KINDS; kind++) {
        growing what = growing_at((growing_kind)kind, "machine");
        /* More than its disk has for a file: no disk is that large. */
        uint64_t more =
            kind == GROWING_FILE ? (uint64_t)1 << 50 : 2 * machine_memory();
        if (!growing_can(what.kind))
            continue;
        section *s = new_growing(&what, 5000, more);
        assert_no_room_for(s, more, 5001);
        assert_no_room_for(s, more - 12345, 70000);
        section_close(s);
        growing_tidy(&what);
        any = true;
    }
    if (!any)
        SKIP("nothing grows here");
}

/* ------------------------------------------------------------------------
 * Limits of the process
 * ------------------------------------------------------------------------ */

/* Beyond this limit the system would send SIGXFSZ. */
static int exceed_file_size(const char *path, intptr_t inherited)
{
    (void)inherited;
    growing all[GROWING_KINDS];
    section *s[GROWING_KINDS] = {NULL};
    for (int kind = 0; kind < GROWING_KINDS; kind++) {
        all[kind] = (growing){.kind = (growing_kind)kind};
        if (kind == GROWING_NAME)
            all[kind] = growing_at(GROWING_NAME, "limit");
        if (kind == GROWING_FILE)
            (void)snprintf(all[kind].place, sizeof(all[kind].place), "%s",
                           path);
        if (growing_can((growing_kind)kind))
            s[kind] = new_growing(&all[kind], 5000, 16 * MIB);
    }
    if (!limit_set(LIMIT_FILE_SIZE, MIB))
        return ROLE_CANNOT;
    for (int kind = 0; kind < GROWING_KINDS; kind++) {
        if (s[kind] == NULL)
            continue;
        assert_no_room_for(s[kind], MIB + 1, MIB - 1);
        assert_no_room_for(s[kind], 16 * MIB, MIB);
        section_close(s[kind]);
        growing_tidy(&all[kind]);
    }
    return 0;
}

static void a_limit_on_file_size_stops_growth_without_a_signal(void **state)
{
    (void)state;
    if (process_play("exceed_file_size", files_path("limited").text,
                     PROCESS_NOTHING) == ROLE_CANNOT)
        SKIP("no limit on file sizes here");
}

/* A section that grows takes one descriptor while it does, where a lock needs
 * one. */
static int exhaust_descriptors(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    enum { MOST = 64 };
    intptr_t taken[MOST] = {0};
    size_t count = 0;
    growing what = growing_at(GROWING_MEMORY, "");
    section *s = new_growing(&what, 5000, MIB);
    before b = note(s);
    if (!limit_set(LIMIT_DESCRIPTORS, 40))
        return ROLE_CANNOT;
    while (count < MOST &&
           (taken[count] = foreign_memory(1)) != FOREIGN_NOTHING)
        count++;
    assert_that(count > 0 && count < MOST);
    section_status status = section_extend(s, 100000);
    assert_that(status == SECTION_OK || status == SECTION_LIMIT);
    if (status == SECTION_LIMIT) {
        assert_that(section_last_os_error() != 0);
        assert_same(b.size, info_of(s).size);
        assert_same(b.taken, foreign_allocated(native_of(s)));
    }
    foreign_close(taken[--count]);
    assert_status(SECTION_OK, section_extend(s, 200001));
    while (count > 0)
        foreign_close(taken[--count]);
    assert_size(200001, s);
    assert_same(b.handles, machine_open_handles());
    section_close(s);
    return 0;
}

static void extending_without_descriptors_is_done_or_is_limit(void **state)
{
    (void)state;
    if (!growing_can(GROWING_MEMORY))
        SKIP("memory does not grow here");
    if (process_play("exhaust_descriptors", "", PROCESS_NOTHING) == ROLE_CANNOT)
        SKIP("no limit on handles here");
}

static int exceed_group(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    if (!limit_enter_group(96 * MIB))
        return ROLE_CANNOT;
    for (int kind = GROWING_MEMORY; kind <= GROWING_NAME; kind++) {
        growing what = growing_at((growing_kind)kind, "group");
        section *s = new_growing(&what, 5000, GIB);
        assert_no_room_for(s, 256 * MIB, 5001);
        assert_no_room_for(s, GIB, 16 * MIB);
        section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
        touch_pages(&view, 1);
        unmap(&view);
        section_close(s);
    }
    return 0;
}

static void a_memory_limit_of_the_group_stops_growth(void **state)
{
    (void)state;
    if (!growing_can(GROWING_MEMORY))
        SKIP("memory does not grow here");
    if (machine_is_sanitized())
        SKIP("a sanitizer needs more memory than the group has");
    if (!process_play_in_group("exceed_group"))
        SKIP("no control group with a memory limit can be made here");
}

/* ------------------------------------------------------------------------
 * Disks
 * ------------------------------------------------------------------------ */

#define DISK (16 * MIB)

static growing file_on(const char *directory, const char *name)
{
    growing what = {.kind = GROWING_FILE};
    (void)snprintf(what.place, sizeof(what.place), "%s",
                   files_join(directory, name).text);
    return what;
}

/* Larger than the disk is refused before anything is taken; what finds the disk
 * full leaves the bytes and the size. */
static int grow_on_disk(const char *directory, intptr_t inherited)
{
    (void)inherited;
    growing what = file_on(directory, "growing");
    section *s = new_growing(&what, 5000, 4 * DISK);
    uint64_t room = disk_free(directory);
    assert_no_room_for(s, 2 * DISK, 5001);
    assert_same(room, disk_free(directory));
    assert_status(SECTION_OK, section_extend(s, 4 * MIB + 1));
    assert_same(4 * MIB + 1, file_size(what.place));

    disk_fill(files_join(directory, "filler").text);
    assert_status(SECTION_NO_SPACE, section_extend(s, 8 * MIB));
    assert_size(4 * MIB + 1, s);
    assert_same(4 * MIB + 1, file_size(what.place));
    poke(s, 4 * MIB, 9);
    assert_true(file_remove(files_join(directory, "filler").text));
    assert_status(SECTION_OK, section_extend(s, 8 * MIB));
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_same(9, bytes_of(&view)[4 * MIB]);
    assert_true(bytes_are_zero(&view, 4 * MIB + 1, 4 * MIB - 1));
    touch_pages(&view, 3);
    unmap(&view);
    section_close(s);
    return 0;
}

/* What was written behind the end, where the disk is memory. */
static int clear_on_disk(const char *directory, intptr_t inherited)
{
    (void)inherited;
    growing what = file_on(directory, "cleared");
    size_t page = machine_page_size();
    section *s = new_growing(&what, 100, MIB);
    section_view view = mapped(s, 0, (size_t)MIB, SECTION_ACCESS_READ_WRITE);
    for (size_t end = 100; end < 10 * page; end += 777) {
        if (end % page != 0)
            memset(bytes_of(&view) + end, 0xee, page - end % page);
        assert_status(SECTION_OK, section_extend(s, end + 777));
        assert_that(bytes_are_zero(&view, end, 777));
        assert_same(end + 777, file_size(what.place));
    }
    unmap(&view);
    section_close(s);
    growing_tidy(&what);
    return 0;
}

static void growth_on_a_full_disk_is_no_space_and_changes_nothing(void **state)
{
    (void)state;
    if (!growing_can(GROWING_FILE))
        SKIP("files do not grow here");
    if (!process_play_on_disk("grow_on_disk", "grow_on_disk", DISK_MEMORY,
                              DISK) ||
        !process_play_on_disk("grow_on_disk", "grow_on_disk", DISK_BLOCKS,
                              DISK))
        SKIP("no right to mount a file system");
}

static void new_bytes_are_zero_on_every_file_system(void **state)
{
    (void)state;
    if (!growing_can(GROWING_FILE))
        SKIP("files do not grow here");
    if (growing_can(GROWING_FILE) && !growing_can(GROWING_MEMORY))
        SKIP("file systems in memory keep what is written behind the end");
    if (!process_play_on_disk("clear_on_disk", "clear_on_disk", DISK_MEMORY,
                              DISK) ||
        !process_play_on_disk("clear_on_disk", "clear_on_disk", DISK_SIMPLE,
                              DISK) ||
        !process_play_on_disk("clear_on_disk", "clear_on_disk", DISK_BLOCKS,
                              DISK))
        SKIP("no right to mount a file system");
}

/* ------------------------------------------------------------------------
 * Little memory for names
 * ------------------------------------------------------------------------ */

#define WORLD (24 * MIB)
#define LARGE (16 * MIB)

static int hold_large(const char *name, intptr_t inherited)
{
    (void)inherited;
    growing what = growing_at(GROWING_NAME, "");
    (void)snprintf(what.place, sizeof(what.place), "%s", name);
    section *s = new_growing(&what, 5000, LARGE);
    assert_status(SECTION_OK, section_extend(s, LARGE));
    role_say("holding");
    role_expect("what is never said");
    return 1;
}

static int use_small_world(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    if (!names_shrink_world(WORLD))
        return ROLE_CANNOT;
    growing first = growing_at(GROWING_NAME, "first");
    growing second = growing_at(GROWING_NAME, "second");
    process child;
    section *s = new_growing(&second, 5000, 4 * LARGE);
    process_start(&child, "hold_large", first.place, PROCESS_NOTHING);
    process_expect(&child, "holding");
    uint64_t room = names_room();
    /* Full of the living. */
    for (int i = 0; i < 10; i++) {
        assert_status(SECTION_NO_SPACE, section_extend(s, LARGE));
        assert_size(5000, s);
        assert_same(room, names_room());
    }
    assert_alive(first.place);
    /* Full of the dead: as if it were empty. */
    process_kill(&child);
    assert_that(process_wait(&child).end == PROCESS_KILLED);
    assert_status(SECTION_OK, section_extend(s, LARGE));
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    touch_pages(&view, 2);
    unmap(&view);
    assert_status(SECTION_NO_SPACE, section_extend(s, 4 * LARGE));
    assert_size(LARGE, s);
    section_close(s);
    assert_that(names_room() >= LARGE);
    return 0;
}

static void the_dead_are_swept_before_growth_finds_no_space(void **state)
{
    (void)state;
    if (!growing_can(GROWING_NAME))
        SKIP("memory does not grow here");
    if (process_play("use_small_world", "", PROCESS_NOTHING) == ROLE_CANNOT)
        SKIP("only root can make memory scarce");
}

static const process_role roles[] = {
    {"exceed_file_size", exceed_file_size},
    {"exhaust_descriptors", exhaust_descriptors},
    {"exceed_group", exceed_group},
    {"grow_on_disk", grow_on_disk},
    {"clear_on_disk", clear_on_disk},
    {"hold_large", hold_large},
    {"use_small_world", use_small_world},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(more_than_the_machine_has_is_no_space_and_changes_nothing),
    cmocka_unit_test(a_limit_on_file_size_stops_growth_without_a_signal),
    cmocka_unit_test(extending_without_descriptors_is_done_or_is_limit),
    cmocka_unit_test(a_memory_limit_of_the_group_stops_growth),
    cmocka_unit_test(growth_on_a_full_disk_is_no_space_and_changes_nothing),
    cmocka_unit_test(new_bytes_are_zero_on_every_file_system),
    cmocka_unit_test(the_dead_are_swept_before_growth_finds_no_space),
};

TEST_MAIN(tests, roles)
