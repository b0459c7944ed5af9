/* SPDX-License-Identifier: MIT */
/*
 * Lists of names, and the memory of those whose holders were killed. Contract
 * line 14.
 */
#include "limits.h"
#include "machine.h"
#include "process.h"
#include "sections.h"

#include <stdio.h>
#include <stdlib.h>

#define SIZE 5000
#define MANY 1000

/* Names that end with a number, and how often each was told. */
typedef struct list {
    test_name stem;
    size_t told[MANY];
    size_t all, others;
    bool right; /* sizes and owners, as far as they are told */
} list;

static test_name numbered(const char *stem, size_t number)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "%s%zu", stem, number);
    return names_unique(text);
}

static uint64_t size_of(size_t number)
{
    return 1000 + 7 * (uint64_t)number;
}

static bool entry_is_right(const section_entry *entry, size_t number)
{
    if (entry->struct_size != sizeof(*entry) ||
        entry->scope != SECTION_SCOPE_USER)
        return false;
    /* Where names are files, both are known without holding anything. */
    if (!names_are_files())
        return entry->size == SECTION_UNKNOWN &&
               entry->owner == SECTION_UNKNOWN;
    return entry->size == size_of(number) && entry->owner == limit_user();
}

static int32_t take_down(const section_entry *entry, void *context)
{
    list *l = context;
    size_t length = strlen(l->stem.text);
    l->all++;
    if (strncmp(entry->name, l->stem.text, length) != 0) {
        l->others++;
        return 0;
    }
    size_t number = (size_t)strtoull(entry->name + length, NULL, 10);
    if (number < MANY) {
        l->told[number]++;
        l->right = l->right && entry_is_right(entry, number);
    }
    return 0;
}

static void list_once(list *l, const char *stem)
{
    memset(l, 0, sizeof(*l));
    l->stem = names_unique(stem);
    l->right = true;
    assert_status(SECTION_OK,
                  section_enumerate(SECTION_SCOPE_USER, take_down, l));
}

/* Wine does not read its directory at once: names of a program that is just
 * ending, whosever it is, can hide others. Two lists that agree met none. */
static void make_list(list *l, const char *stem)
{
    static list before;
    list_once(l, stem);
    if (!machine_is_wine())
        return;
    for (int i = 0; i < 10; i++) {
        before = *l;
        list_once(l, stem);
        if (memcmp(before.told, l->told, sizeof(l->told)) == 0)
            return;
    }
}

/* How many times a name is told. */
static size_t times_told(const char *stem, size_t number)
{
    static list l;
    make_list(&l, stem);
    return l.told[number];
}

/* ------------------------------------------------------------------------
 * What is told
 * ------------------------------------------------------------------------ */

static void all_live_names_are_told_once(void **state)
{
    (void)state;
    static section *all[MANY];
    static list l;
    for (size_t i = 0; i < MANY; i++)
        all[i] = new_named(numbered("many", i).text, size_of(i));
    make_list(&l, "many");
    for (size_t i = 0; i < MANY; i++)
        assert_same(1, l.told[i]);
    assert_true(l.right);
    for (size_t i = 0; i < MANY; i += 2)
        section_close(all[i]);
    make_list(&l, "many");
    for (size_t i = 0; i < MANY; i++)
        assert_same(i % 2, l.told[i]);
    for (size_t i = 1; i < MANY; i += 2)
        section_close(all[i]);
    make_list(&l, "many");
    for (size_t i = 0; i < MANY; i++)
        assert_same(0, l.told[i]);
    if (names_are_files())
        assert_same(0, l.all);
}

static void a_list_tells_the_names_of_other_processes(void **state)
{
    (void)state;
    process child;
    process_start(&child, "hold_many", "theirs 10", PROCESS_NOTHING);
    process_expect(&child, "holding");
    static list l;
    make_list(&l, "theirs");
    for (size_t i = 0; i < MANY; i++)
        assert_same(i < 10, l.told[i]);
    assert_true(l.right);
    process_say(&child, "end");
    process_succeeds(&child);
    make_list(&l, "theirs");
    for (size_t i = 0; i < 10; i++)
        assert_same(0, l.told[i]);
}

/* "stem count": hold so many sections. */
static int hold_many(const char *argument, intptr_t inherited)
{
    (void)inherited;
    /* Held, and not lost, when the process ends. */
    static section *all[MANY];
    char stem[32];
    unsigned count = 0;
    assert_that(sscanf(argument, "%31s %u", stem, &count) == 2);
    for (unsigned i = 0; i < count; i++)
        all[i] = new_named(numbered(stem, i).text, size_of(i));
    role_say("holding");
    role_expect("end");
    for (unsigned i = 0; i < count; i++)
        section_close(all[i]);
    return 0;
}

static void kill_holder_of(const char *argument)
{
    process child;
    process_start(&child, "hold_many", argument, PROCESS_NOTHING);
    process_expect(&child, "holding");
    process_kill(&child);
    assert_int_equal(process_wait(&child).end, PROCESS_KILLED);
}

static section_status look_from_inside(void *data, size_t length, void *context)
{
    size_t *told = context;
    (void)data;
    (void)length;
    *told = times_told("inside", 0);
    return SECTION_OK;
}

static void the_dead_and_the_unfinished_are_not_told(void **state)
{
    (void)state;
    static list l;
    kill_holder_of("dead 10");
    make_list(&l, "dead");
    for (size_t i = 0; i < 10; i++)
        assert_same(0, l.told[i]);
    size_t told = 1;
    test_name name = numbered("inside", 0);
    section_options options = named_options(name.text, SIZE);
    options.initialize = look_from_inside;
    options.context = &told;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_same(0, told);
    assert_same(1, times_told("inside", 0));
    section_close(s);
    assert_same(0, times_told("inside", 0));
    assert_status(SECTION_OK, section_sweep(NULL, SECTION_SCOPE_USER));
}

static int come_and_go(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    role_say("coming");
    for (size_t i = 0; role_goes_on(); i++)
        section_close(new_named(numbered("passing", i % 50).text, SIZE));
    return 0;
}

#define FIXED 50

static void names_that_stay_are_told_while_others_come_and_go(void **state)
{
    (void)state;
    if (machine_is_wine())
        SKIP("Wine misses names while others go (docs/wine.md)");
    section *all[FIXED];
    static list l;
    process child;
    for (size_t i = 0; i < FIXED; i++)
        all[i] = new_named(numbered("stay", i).text, size_of(i));
    process_start(&child, "come_and_go", "", PROCESS_NOTHING);
    process_expect(&child, "coming");
    for (int round = 0; round < 200; round++) {
        make_list(&l, "stay");
        for (size_t i = 0; i < FIXED; i++)
            assert_same(1, l.told[i]);
        assert_true(l.right);
    }
    process_kill(&child);
    assert_int_equal(process_wait(&child).end, PROCESS_KILLED);
    for (size_t i = 0; i < FIXED; i++)
        section_close(all[i]);
    assert_status(SECTION_OK, section_sweep(NULL, SECTION_SCOPE_USER));
}

/* ------------------------------------------------------------------------
 * What never comes to be
 * ------------------------------------------------------------------------ */

static section_status fail_when_told(void *data, size_t length, void *context)
{
    (void)data;
    (void)length;
    (void)context;
    role_say("inside");
    role_expect("fail");
    return SECTION_IO;
}

static int make_in_vain(const char *name, intptr_t inherited)
{
    (void)inherited;
    section *s;
    section_options options = named_options(name, SIZE);
    options.initialize = fail_when_told;
    assert_status(SECTION_IO, section_create(&s, &options));
    return 0;
}

typedef struct witness {
    process maker; /* of a section that is not finished */
    test_name name;
    size_t calls, told;
} witness;

/* At the first name, the maker of another one gives up. */
static int32_t watch_maker(const section_entry *entry, void *context)
{
    witness *w = context;
    if (strcmp(entry->name, w->name.text) == 0)
        w->told++;
    if (w->calls++ == 0) {
        process_say(&w->maker, "fail");
        process_succeeds(&w->maker);
    }
    return 0;
}

static void what_fails_while_names_are_told_is_not_told(void **state)
{
    (void)state;
    section *all[FIXED];
    witness w = {.name = names_unique("vain")};
    process_start(&w.maker, "make_in_vain", w.name.text, PROCESS_NOTHING);
    process_expect(&w.maker, "inside");
    for (size_t i = 0; i < FIXED; i++)
        all[i] = new_named(numbered("before-vain", i).text, size_of(i));
    assert_status(SECTION_OK,
                  section_enumerate(SECTION_SCOPE_USER, watch_maker, &w));
    assert_that(w.calls >= FIXED);
    assert_same(0, w.told);
    for (size_t i = 0; i < FIXED; i++)
        section_close(all[i]);
}

/* ------------------------------------------------------------------------
 * Visitors
 * ------------------------------------------------------------------------ */

static int32_t stop_at_once(const section_entry *entry, void *context)
{
    size_t *calls = context;
    (void)entry;
    (*calls)++;
    return -1;
}

static void a_visitor_can_stop(void **state)
{
    (void)state;
    size_t calls = 0;
    section *one = new_named(names_unique("one").text, SIZE);
    section *two = new_named(names_unique("two").text, SIZE);
    assert_status(SECTION_OK,
                  section_enumerate(SECTION_SCOPE_USER, stop_at_once, &calls));
    assert_same(1, calls);
    section_close(one);
    section_close(two);
}

typedef struct guest {
    section *own;
    test_name name;
    section_status opened, created, listed, swept;
    size_t inner;
} guest;

/* Does everything that can be done with names, and ends its own. */
static int32_t use_library(const section_entry *entry, void *context)
{
    guest *g = context;
    section *s = NULL;
    section_options options = named_options(g->name.text, SIZE);
    if (strcmp(entry->name, g->name.text) != 0)
        return 0;
    g->opened = section_open(&s, entry->name, NULL);
    section_close(s);
    section_close(g->own);
    g->own = NULL;
    g->created = section_create(&s, &options);
    section_close(s);
    g->listed = section_enumerate(SECTION_SCOPE_USER, stop_at_once, &g->inner);
    g->swept = section_sweep(NULL, SECTION_SCOPE_USER);
    return 1;
}

static void a_visitor_can_use_the_library(void **state)
{
    (void)state;
    guest g = {.name = names_unique("guest"),
               .opened = SECTION_SYSTEM,
               .created = SECTION_SYSTEM,
               .listed = SECTION_SYSTEM,
               .swept = SECTION_SYSTEM};
    section *other = new_named(names_unique("host").text, SIZE);
    g.own = new_named(g.name.text, SIZE);
    size_t handles = machine_open_handles();
    assert_status(SECTION_OK,
                  section_enumerate(SECTION_SCOPE_USER, use_library, &g));
    assert_status(SECTION_OK, g.opened);
    assert_status(SECTION_OK, g.created);
    assert_status(SECTION_OK, g.listed);
    assert_status(SECTION_OK, g.swept);
    assert_same(1, g.inner);
    assert_that(g.own == NULL);
    assert_gone(g.name.text);
    assert_that(machine_open_handles() <= handles);
    section_close(other);
}

static void lists_with_broken_arguments_are_invalid(void **state)
{
    (void)state;
    size_t calls = 0;
    uint64_t swept = 7;
    assert_status(SECTION_INVALID,
                  section_enumerate(SECTION_SCOPE_USER, NULL, NULL));
    assert_status(SECTION_INVALID, section_enumerate(2, stop_at_once, &calls));
    assert_status(SECTION_INVALID, section_enumerate(-1, stop_at_once, &calls));
    assert_same(0, calls);
    assert_status(SECTION_INVALID, section_sweep(&swept, 2));
    assert_same(0, swept);
    assert_status(SECTION_INVALID, section_sweep(NULL, -1));
}

static int list_nothing(const char *directory, intptr_t inherited)
{
    (void)inherited;
    names_use_directory(directory);
    size_t calls = 0;
    uint64_t swept = 1;
    assert_status(SECTION_OK,
                  section_enumerate(SECTION_SCOPE_USER, stop_at_once, &calls));
    assert_same(0, calls);
    assert_status(SECTION_OK, section_sweep(&swept, SECTION_SCOPE_USER));
    assert_same(0, swept);
    assert_gone(names_unique("nothing").text);
    assert_that(!file_exists(directory));
    return 0;
}

static void looking_where_no_name_was_yet_makes_nothing(void **state)
{
    (void)state;
    if (!names_are_files())
        SKIP("names are no files here");
    assert_int_equal(process_play("list_nothing",
                                  names_other_directory("nothing").text,
                                  PROCESS_NOTHING),
                     0);
}

/* ------------------------------------------------------------------------
 * The memory of the killed
 * ------------------------------------------------------------------------ */

static void sweep_gives_back_what_the_killed_have_left(void **state)
{
    (void)state;
    uint64_t swept = 77;
    assert_status(SECTION_OK, section_sweep(NULL, SECTION_SCOPE_USER));
    section *s = new_named(names_unique("alive").text, SIZE);
    poke(s, 0, 23);
    kill_holder_of("swept 10");
    bool later = this_system().dead_names == SECTION_RECLAIM_LATER;
    if (names_are_files())
        assert_same(later ? 11 : 1, names_left());
    assert_status(SECTION_OK, section_sweep(&swept, SECTION_SCOPE_USER));
    assert_same(later ? 10 : 0, swept);
    if (names_are_files())
        assert_same(1, names_left());
    assert_status(SECTION_OK, section_sweep(&swept, SECTION_SCOPE_USER));
    assert_same(0, swept);
    assert_same(23, peek(s, 0));
    assert_alive(names_unique("alive").text);
    section_close(s);
}

static void creating_gives_back_what_the_killed_have_left(void **state)
{
    (void)state;
    test_name name = names_unique("creating");
    uint64_t swept = 77;
    section *s = new_named(names_unique("alive").text, SIZE);
    kill_holder_of("dead 100");
    for (int i = 0; i < 4000; i++)
        assert_status(SECTION_OK, status_of_create(name.text));
    if (names_are_files())
        assert_same(1, names_left());
    assert_status(SECTION_OK, section_sweep(&swept, SECTION_SCOPE_USER));
    assert_same(0, swept);
    assert_alive(names_unique("alive").text);
    section_close(s);
}

/* Programs that are always killed, and create one section each: what they leave
 * must not heap up. */
static void what_short_lives_leave_does_not_heap_up(void **state)
{
    (void)state;
    char argument[32];
    size_t most = 0;
    for (int i = 0; i < 60; i++) {
        (void)snprintf(argument, sizeof(argument), "short%d. 1", i);
        kill_holder_of(argument);
        if (names_are_files() && names_left() > most)
            most = names_left();
    }
    assert_in_range(most, 0, 30);
    assert_status(SECTION_OK, section_sweep(NULL, SECTION_SCOPE_USER));
}

#define WORLD (32 * MIB)
#define LARGE (24 * MIB)

static int hold_large(const char *name, intptr_t inherited)
{
    (void)inherited;
    section *s = new_named(name, LARGE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    touch_pages(&view, 1);
    role_say("holding");
    role_expect("end");
    unmap(&view);
    section_close(s);
    return 0;
}

static void assert_no_room(const char *name)
{
    section *s;
    section_options options = named_options(name, LARGE);
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    assert_gone(name);
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    assert_gone(name);
}

static int use_small_world(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    if (!names_shrink_world(WORLD))
        return ROLE_CANNOT;
    test_name first = names_unique("first"), second = names_unique("second");
    process child;

    /* Full of the living: nothing is left of what fails. */
    section_close(new_named(second.text, SIZE));
    process_start(&child, "hold_large", first.text, PROCESS_NOTHING);
    process_expect(&child, "holding");
    uint64_t room = names_room();
    for (int i = 0; i < 10; i++)
        assert_no_room(second.text);
    assert_same(room, names_room());
    assert_same(1, names_left());
    assert_alive(first.text);
    section_close(new_named(second.text, SIZE));

    /* Full of the dead: as if it were empty. */
    process_kill(&child);
    assert_that(process_wait(&child).end == PROCESS_KILLED);
    section *s = new_named(second.text, LARGE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    touch_pages(&view, 2);
    unmap(&view);
    assert_same(1, names_left());
    section_close(s);
    assert_that(names_room() >= LARGE);
    return 0;
}

static void the_dead_are_swept_before_there_is_no_space(void **state)
{
    (void)state;
    if (process_play("use_small_world", "", PROCESS_NOTHING) == ROLE_CANNOT)
        SKIP("only root can make memory scarce");
}

static const process_role roles[] = {
    {"hold_many", hold_many},       {"come_and_go", come_and_go},
    {"make_in_vain", make_in_vain}, {"list_nothing", list_nothing},
    {"hold_large", hold_large},     {"use_small_world", use_small_world},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(all_live_names_are_told_once),
    cmocka_unit_test(a_list_tells_the_names_of_other_processes),
    cmocka_unit_test(the_dead_and_the_unfinished_are_not_told),
    cmocka_unit_test(names_that_stay_are_told_while_others_come_and_go),
    cmocka_unit_test(what_fails_while_names_are_told_is_not_told),
    cmocka_unit_test(a_visitor_can_stop),
    cmocka_unit_test(a_visitor_can_use_the_library),
    cmocka_unit_test(lists_with_broken_arguments_are_invalid),
    cmocka_unit_test(looking_where_no_name_was_yet_makes_nothing),
    cmocka_unit_test(sweep_gives_back_what_the_killed_have_left),
    cmocka_unit_test(creating_gives_back_what_the_killed_have_left),
    cmocka_unit_test(what_short_lives_leave_does_not_heap_up),
    cmocka_unit_test(the_dead_are_swept_before_there_is_no_space),
};

TEST_MAIN(tests, roles)
