/* SPDX-License-Identifier: MIT */
/*
 * Growth seen by other processes, and many who extend at the same time.
 * Contract line 25, and 8, 12, 14, 28 and 30 where growth meets them.
 */
#include "growing.h"
#include "process.h"
#include "threads.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define RESERVE MIB

#define LINE (FILES_PATH_SIZE + SECTION_NAME_MAX + 16)

/* What processes find by a name or a path: not memory without a name. */
#define EACH_KIND(check)                                                       \
    do {                                                                       \
        if (!growing_each(GROWING_NAME, "shared", check))                      \
            SKIP("nothing that others can open grows here");                   \
    } while (0)

static void start(process *child, const char *role, const growing *what)
{
    char line[LINE];
    growing_write(line, sizeof(line), what);
    process_start(child, role, line, PROCESS_NOTHING);
}

/* ------------------------------------------------------------------------
 * The next call knows
 * ------------------------------------------------------------------------ */

static int watch_growth(const char *argument, intptr_t inherited)
{
    (void)inherited;
    growing what = growing_read(argument);
    section *s = opened_growing(&what, EXTENDER, RESERVE);
    section *reader = duplicate_of(s, READ_ONLY);
    section_view view = mapped(reader, 0, (size_t)RESERVE, SECTION_ACCESS_READ);
    assert_same(RESERVE, info_of(s).reserve);
    assert_size(5000, s);
    assert_size(5000, reader);
    role_say("looking");
    role_expect("extended");
    assert_size(70001, s);
    assert_size(70001, reader);
    assert_same(33, bytes_of(&view)[70000]);
    assert_status(SECTION_OK, section_extend(s, 70000));
    assert_size(70001, s);
    assert_status(SECTION_OK, section_extend(s, 200001));
    poke(s, 200000, 44);
    role_say("extended");
    role_expect("end");
    assert_size(RESERVE, reader);
    section_close(s);
    section_close(reader);
    assert_same(55, bytes_of(&view)[RESERVE - 1]);
    unmap(&view);
    return 0;
}

static void check_next_call(const growing *what)
{
    section *s = new_growing(what, 5000, RESERVE);
    section_view view =
        mapped(s, 0, (size_t)RESERVE, SECTION_ACCESS_READ_WRITE);
    process child;
    start(&child, "watch_growth", what);
    process_expect(&child, "looking");
    assert_status(SECTION_OK, section_extend(s, 70001));
    bytes_of(&view)[70000] = 33;
    process_say(&child, "extended");
    process_expect(&child, "extended");
    assert_size(200001, s);
    assert_same(44, bytes_of(&view)[200000]);
    assert_status(SECTION_OK, section_extend(s, RESERVE));
    bytes_of(&view)[RESERVE - 1] = 55;
    process_say(&child, "end");
    process_succeeds(&child);
    unmap(&view);
    section_close(s);
    growing_tidy(what);
}

static void every_process_sees_the_growth_at_its_next_call(void **state)
{
    (void)state;
    EACH_KIND(check_next_call);
}

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------ */

static void assert_found(const growing *what, uint64_t size, uint64_t reserve)
{
    section *s = opened_growing(what, READ_ONLY, 0);
    assert_size(size, s);
    assert_same(reserve, info_of(s).reserve);
    section_close(s);
    section_options options = growing_options(what, 17, 100 * RESERVE);
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_false(has_flag(s, SECTION_INFO_CREATED));
    assert_size(size, s);
    assert_same(reserve, info_of(s).reserve);
    section_close(s);
}

static void who_opens_a_name_has_the_size_and_the_reserve_of_now(void **state)
{
    (void)state;
    if (!growing_can(GROWING_NAME))
        SKIP("memory does not grow here");
    growing what = growing_at(GROWING_NAME, "now");
    section *s = new_growing(&what, 5000, 70000);
    assert_found(&what, 5000, 70000);
    assert_status(SECTION_OK, section_extend(s, 6000));
    assert_found(&what, 6000, 70000);
    /* The creator goes, and the reserve stays as it is. */
    section *other = opened(what.place);
    section_close(s);
    assert_found(&what, 6000, 70000);
    s = opened_to(what.place, EXTENDER);
    section_close(other);
    other = duplicate_of(s, READ_ONLY);
    assert_found(&what, 6000, 70000);
    assert_status(SECTION_OK, section_extend(s, 70000));
    assert_found(&what, 70000, 70000);
    section_close(s);
    assert_found(&what, 70000, 70000);
    section_close(other);

    /* One that does not grow does not, whatever is asked for. */
    s = new_named(what.place, 5000);
    assert_found(&what, 5000, 5000);
    section_close(s);
    assert_gone(what.place);
}

static int visit_size(const section_entry *entry, void *context)
{
    growing *what = ((void **)context)[0];
    if (strcmp(entry->name, what->place) == 0)
        *(uint64_t *)((void **)context)[1] = entry->size;
    return 0;
}

static void a_walk_through_the_names_tells_the_size_of_now(void **state)
{
    (void)state;
    if (!growing_can(GROWING_NAME))
        SKIP("memory does not grow here");
    growing what = growing_at(GROWING_NAME, "walk");
    uint64_t size = 0;
    void *context[] = {&what, &size};
    section *s = new_growing(&what, 5000, RESERVE);
    assert_status(SECTION_OK, section_extend(s, 6001));
    assert_status(SECTION_OK,
                  section_enumerate(SECTION_SCOPE_USER, visit_size, context));
    assert_true(size == 6001 || size == SECTION_UNKNOWN);
    section_close(s);
}

static int hold_extended(const char *argument, intptr_t inherited)
{
    (void)inherited;
    growing what = growing_read(argument);
    section *s = new_growing(&what, 100, RESERVE);
    assert_status(SECTION_OK, section_extend(s, 400000));
    section_view view =
        mapped(s, 0, (size_t)RESERVE, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), 400000, 0);
    role_say("holding");
    role_expect("what is never said");
    return 1;
}

static void a_name_is_new_and_zero_after_its_last_holder_died(void **state)
{
    (void)state;
    if (!growing_can(GROWING_NAME))
        SKIP("memory does not grow here");
    growing what = growing_at(GROWING_NAME, "anew");
    process child;
    start(&child, "hold_extended", &what);
    process_expect(&child, "holding");
    process_kill(&child);
    assert_int_equal(process_wait(&child).end, PROCESS_KILLED);
    section *s = new_growing(&what, 2000, 500000);
    assert_same(500000, info_of(s).reserve);
    assert_size(2000, s);
    assert_status(SECTION_OK, section_extend(s, 500000));
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_true(bytes_are_zero(&view, 0, 500000));
    unmap(&view);
    section_close(s);
    assert_gone(what.place);
}

#define RACERS 6
#define RACES  25

/* Each line is a round; an empty one is the end. */
static int race_for_a_name(const char *argument, intptr_t inherited)
{
    (void)inherited;
    growing what = growing_read(argument);
    char line[PROCESS_LINE_SIZE];
    for (;;) {
        role_hear(line);
        if (line[0] == '\0')
            return 0;
        uint64_t own = (uint64_t)strtoul(line, NULL, 10);
        section_options options = growing_options(&what, own, own + 50000);
        options.disposition = SECTION_OPEN_OR_CREATE;
        section *s;
        assert_status(SECTION_OK, section_create(&s, &options));
        (void)snprintf(line, sizeof(line), "%" PRIu64 " %" PRIu64,
                       info_of(s).size, info_of(s).reserve);
        role_say(line);
        role_expect("close");
        section_close(s);
        role_say("closed");
    }
}

static void say_all(const process *racers, const char *line)
{
    for (size_t i = 0; i < RACERS; i++)
        process_say(&racers[i], line);
}

static void race_once(const process *racers)
{
    char line[PROCESS_LINE_SIZE], winner[PROCESS_LINE_SIZE];
    for (size_t i = 0; i < RACERS; i++) {
        (void)snprintf(line, sizeof(line), "%zu", (i + 1) * 1000);
        process_say(&racers[i], line);
    }
    process_hear(&racers[0], winner);
    uint64_t size = (uint64_t)strtoul(winner, NULL, 10);
    (void)snprintf(line, sizeof(line), "%" PRIu64 " %" PRIu64, size,
                   size + 50000);
    assert_string_equal(winner, line);
    for (size_t i = 1; i < RACERS; i++)
        process_expect(&racers[i], winner);
    say_all(racers, "close");
    for (size_t i = 0; i < RACERS; i++)
        process_expect(&racers[i], "closed");
}

static void of_racing_creators_all_have_the_reserve_of_one(void **state)
{
    (void)state;
    if (!growing_can(GROWING_NAME))
        SKIP("memory does not grow here");
    growing what = growing_at(GROWING_NAME, "race");
    process racers[RACERS];
    for (size_t i = 0; i < RACERS; i++)
        start(&racers[i], "race_for_a_name", &what);
    for (int round = 0; round < RACES; round++)
        race_once(racers);
    say_all(racers, "");
    for (size_t i = 0; i < RACERS; i++)
        process_succeeds(&racers[i]);
}

/* ------------------------------------------------------------------------
 * Many at the same time
 * ------------------------------------------------------------------------ */

#define EXTENDERS 4 /* processes */
#define HANDS     2 /* threads of each */
#define CREW      (EXTENDERS * HANDS)
#define ROUNDS    1000

/* Of each four sizes one is at the end of a page; and of no two. */
static const size_t strides[] = {1024, 1237};

/* One of the crew. */
typedef struct extender {
    section *s;
    section_view view;
    size_t first, stride, bad_status, bad_bytes;
} extender;

/* The bytes that a size brings are its own: nobody else writes them. */
static void extend_and_mark(size_t index, void *context)
{
    extender *e = context;
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t number = round * CREW + e->first + index;
        size_t size = (number + 1) * e->stride;
        unsigned char *own = bytes_of(&e->view) + size - e->stride;
        if (section_extend(e->s, size) != SECTION_OK) {
            e->bad_status++;
            continue;
        }
        if (!expect_zero(own, e->stride))
            e->bad_bytes++;
        fill(own, e->stride, size - e->stride);
    }
}

/* "number stride kind place" */
static int extend_with_others(const char *argument, intptr_t inherited)
{
    (void)inherited;
    char *end;
    extender e = {0};
    e.first = (size_t)strtoul(argument, &end, 10) * HANDS;
    e.stride = (size_t)strtoul(end, &end, 10);
    growing what = growing_read(end + 1);
    size_t reserve = CREW * ROUNDS * e.stride;
    e.s = opened_growing(&what, EXTENDER, reserve);
    e.view = mapped(e.s, 0, reserve, SECTION_ACCESS_READ_WRITE);
    role_say("ready");
    role_expect("go");
    threads_run(HANDS, extend_and_mark, &e);
    assert_same(0, e.bad_status);
    assert_same(0, e.bad_bytes);
    unmap(&e.view);
    section_close(e.s);
    return 0;
}

static void check_crew_with(const growing *what, size_t stride)
{
    char place[LINE], line[LINE + 64];
    size_t reserve = CREW * ROUNDS * stride;
    section *s = new_growing(what, 1, reserve);
    process crew[EXTENDERS];
    growing_write(place, sizeof(place), what);
    for (size_t i = 0; i < EXTENDERS; i++) {
        (void)snprintf(line, sizeof(line), "%zu %zu %s", i, stride, place);
        process_start(&crew[i], "extend_with_others", line, PROCESS_NOTHING);
    }
    for (size_t i = 0; i < EXTENDERS; i++)
        process_expect(&crew[i], "ready");
    for (size_t i = 0; i < EXTENDERS; i++)
        process_say(&crew[i], "go");
    for (size_t i = 0; i < EXTENDERS; i++)
        process_succeeds(&crew[i]);
    assert_size(reserve, s);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_true(is_filled(bytes_of(&view), reserve, 0));
    unmap(&view);
    section_close(s);
    growing_tidy(what);
}

static void check_crew(const growing *what)
{
    for (size_t i = 0; i < 2; i++)
        check_crew_with(what, strides[i]);
}

static void many_extenders_at_once_lose_nothing(void **state)
{
    (void)state;
    EACH_KIND(check_crew);
}

/* ------------------------------------------------------------------------
 * Ends in the midst
 * ------------------------------------------------------------------------ */

#define STRIDE 3001
#define KILLS  60
#define FAR    ((uint64_t)2000 * STRIDE)

/* One step more than it is, if there is one. */
static void extend_by_a_step(section *s)
{
    uint64_t size = info_of(s).size;
    if (size < FAR)
        assert_status(SECTION_OK, section_extend(s, size + STRIDE));
}

static int extend_for_ever(const char *argument, intptr_t inherited)
{
    (void)inherited;
    growing what = growing_read(argument);
    section *s = opened_growing(&what, EXTENDER, FAR);
    role_say("extending");
    while (role_goes_on())
        extend_by_a_step(s);
    return 1;
}

static void kill_one(const growing *what, int steps)
{
    section *s = new_growing(what, STRIDE, FAR);
    process child;
    start(&child, "extend_for_ever", what);
    process_expect(&child, "extending");
    /* Meanwhile the child gets somewhere. */
    for (int i = 0; i < steps; i++)
        extend_by_a_step(s);
    process_kill(&child);
    assert_int_equal(process_wait(&child).end, PROCESS_KILLED);
    /* A size that somebody asked for, but where a file's space cannot be taken
     * without moving its end; and the next one can be had. */
    bool is_exact = this_system().memory_growth == SECTION_SUPPORT_FULL;
    uint64_t size = info_of(s).size;
    assert_true(!is_exact || size % STRIDE == 0);
    extend_by_a_step(s);
    assert_same(size + STRIDE, info_of(s).size);
    section_close(s);
    growing_tidy(what);
}

static void check_killed(const growing *what)
{
    for (int i = 0; i < KILLS; i++)
        kill_one(what, i % 16);
}

static void an_extender_that_is_killed_stands_in_nobodys_way(void **state)
{
    (void)state;
    EACH_KIND(check_killed);
}

static int extend_as_a_child(void *context)
{
    section *s = context;
    section_view view =
        mapped(s, 0, (size_t)RESERVE, SECTION_ACCESS_READ_WRITE);
    assert_size(5000, s);
    assert_status(SECTION_OK, section_extend(s, 300001));
    bytes_of(&view)[300000] = 9;
    unmap(&view);
    return 0;
}

static void a_forked_child_extends_the_memory_of_its_parent(void **state)
{
    (void)state;
    if (!growing_can(GROWING_MEMORY))
        SKIP("memory does not grow here");
    if (!process_can_fork())
        SKIP("no fork here");
    growing what = growing_at(GROWING_MEMORY, "");
    section *s = new_growing(&what, 5000, RESERVE);
    section_view view = mapped(s, 0, (size_t)RESERVE, SECTION_ACCESS_READ);
    process child;
    assert_true(process_fork(&child, extend_as_a_child, s));
    process_succeeds(&child);
    assert_size(300001, s);
    assert_same(9, bytes_of(&view)[300000]);
    unmap(&view);
    section_close(s);
}

#define FORKS 60

typedef struct household {
    section *s;
    size_t wrong[4];
} household;

static int extend_a_little(void *context)
{
    household *h = context;
    for (int i = 0; i < 5; i++)
        assert_status(SECTION_OK,
                      section_extend(h->s, info_of(h->s).size + 777));
    return 0;
}

/* The first thread forks, the others extend. */
static void fork_or_extend(size_t index, void *context)
{
    household *h = context;
    for (int i = 0; index == 0 && i < FORKS; i++) {
        process child;
        if (!process_fork(&child, extend_a_little, h)) {
            h->wrong[0]++;
            continue;
        }
        process_result result = process_wait(&child);
        h->wrong[0] += result.end != PROCESS_EXITED || result.code != 0;
    }
    for (uint64_t i = 0; index != 0 && i < 2000; i++) {
        section_info info = SECTION_INFO_INIT;
        h->wrong[index] += section_get_info(&info, h->s) != SECTION_OK ||
                           section_extend(h->s, info.size + 555) != SECTION_OK;
    }
}

static void a_fork_in_the_midst_of_extending_blocks_nobody(void **state)
{
    (void)state;
    bool any = false;
    if (!process_can_fork())
        SKIP("no fork here");
    for (int kind = 0; kind < GROWING_KINDS; kind++) {
        if (!growing_can((growing_kind)kind))
            continue;
        growing what = growing_at((growing_kind)kind, "household");
        household h = {.s = new_growing(&what, 1, 64 * MIB)};
        threads_run(4, fork_or_extend, &h);
        for (size_t i = 0; i < 4; i++)
            assert_same(0, h.wrong[i]);
        section_close(h.s);
        growing_tidy(&what);
        any = true;
    }
    if (!any)
        SKIP("nothing grows here");
}

static const process_role roles[] = {
    {"watch_growth", watch_growth},
    {"hold_extended", hold_extended},
    {"race_for_a_name", race_for_a_name},
    {"extend_with_others", extend_with_others},
    {"extend_for_ever", extend_for_ever},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_process_sees_the_growth_at_its_next_call),
    cmocka_unit_test(who_opens_a_name_has_the_size_and_the_reserve_of_now),
    cmocka_unit_test(a_walk_through_the_names_tells_the_size_of_now),
    cmocka_unit_test(a_name_is_new_and_zero_after_its_last_holder_died),
    cmocka_unit_test(of_racing_creators_all_have_the_reserve_of_one),
    cmocka_unit_test(many_extenders_at_once_lose_nothing),
    cmocka_unit_test(an_extender_that_is_killed_stands_in_nobodys_way),
    cmocka_unit_test(a_forked_child_extends_the_memory_of_its_parent),
    cmocka_unit_test(a_fork_in_the_midst_of_extending_blocks_nobody),
};

TEST_MAIN(tests, roles)
