/* SPDX-License-Identifier: MIT */
/*
 * A named section becomes visible whole, or it never existed: initializers, and
 * creators that race or die. Contract line 5.
 */
#include "process.h"
#include "sections.h"
#include "threads.h"

#include <stdio.h>
#include <stdlib.h>

#define SIZE 70000

/* A timeout that is as good as none. */
#define SHORT 5

static section_status fill_all(void *data, size_t length, void *context)
{
    size_t *calls = context;
    if (calls != NULL)
        (*calls)++;
    fill(data, length, 0);
    return SECTION_OK;
}

static section_options filled_options(const char *name, size_t *calls)
{
    section_options options = named_options(name, SIZE);
    options.initialize = fill_all;
    options.context = calls;
    return options;
}

static bool section_is_filled(const section *s)
{
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    bool filled = is_filled(bytes_of(&view), view.length, 0);
    unmap(&view);
    return filled;
}

/* ------------------------------------------------------------------------
 * Initializers
 * ------------------------------------------------------------------------ */

typedef struct observation {
    const char *name;
    void *data;
    size_t length;
    bool zero;
    section_status open, other;
    size_t calls;
} observation;

/* Looks at the name from inside, where it must not be yet. */
static section_status observe(void *data, size_t length, void *context)
{
    observation *seen = context;
    section *s = NULL;
    seen->calls++;
    seen->data = data;
    seen->length = length;
    seen->zero = expect_zero(data, length);
    seen->open = section_open(&s, seen->name, NULL);
    section_close(s);
    section_options other = memory_options(100);
    s = NULL;
    seen->other = section_create(&s, &other);
    section_close(s);
    fill(data, length, 0);
    return SECTION_OK;
}

static section *new_observed(const char *name, observation *seen)
{
    *seen = (observation){.name = name};
    section_options options = named_options(name, SIZE);
    options.initialize = observe;
    options.context = seen;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    return s;
}

static void an_initializer_fills_what_openers_see(void **state)
{
    (void)state;
    test_name name = names_unique("filled");
    observation seen;
    section *s = new_observed(name.text, &seen);
    assert_same(1, seen.calls);
    assert_same(SIZE, seen.length);
    assert_true(seen.zero);
    section *other = opened_to(name.text, READ_ONLY);
    assert_true(section_is_filled(other));
    assert_same(SIZE, info_of(other).size);
    section_close(other);
    section_close(s);
}

static void an_initializer_runs_before_the_name_exists(void **state)
{
    (void)state;
    test_name name = names_unique("before");
    observation seen;
    section *s = new_observed(name.text, &seen);
    assert_status(SECTION_NOT_FOUND, seen.open);
    /* The library can be called from there. */
    assert_status(SECTION_OK, seen.other);
    assert_alive(name.text);
    section_close(s);
}

static void an_initializer_fills_memory_without_a_name_too(void **state)
{
    (void)state;
    size_t calls = 0;
    section_options options = filled_options(NULL, &calls);
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_same(1, calls);
    assert_true(section_is_filled(s));
    section_close(s);
    /* Memory that its own maker cannot write. */
    options.rights = READ_ONLY;
    section_status status = section_create(&s, &options);
    if (status == SECTION_OK)
        assert_true(section_is_filled(s));
    else
        assert_status(SECTION_UNSUPPORTED, status);
    section_close(s);
}

static void an_initializer_fills_what_its_maker_can_only_read(void **state)
{
    (void)state;
    test_name name = names_unique("narrow");
    section_options options = filled_options(name.text, NULL);
    options.rights = READ_ONLY;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_same(READ_ONLY, info_of(s).rights);
    assert_true(section_is_filled(s));
    section_close(s);
}

static void an_initializer_with_a_file_is_invalid(void **state)
{
    (void)state;
    file_path path = files_path("initialized");
    size_t calls = 0;
    section_options options =
        file_options(path.text, SIZE, SECTION_OPEN_OR_CREATE);
    options.initialize = fill_all;
    options.context = &calls;
    section *s;
    assert_no_section(SECTION_INVALID, s, section_create(&s, &options));
    assert_same(0, calls);
    assert_false(file_exists(path.text));
}

static section_status give_up(void *data, size_t length, void *context)
{
    const section_status *status = context;
    memset(data, 1, length);
    return *status;
}

static void a_failing_initializer_leaves_nothing(void **state)
{
    (void)state;
    const section_status given[] = {SECTION_IO,       SECTION_BUSY,
                                    SECTION_EXISTS,   SECTION_NOT_FOUND,
                                    SECTION_NO_SPACE, 4711};
    const section_disposition ways[] = {SECTION_CREATE_NEW,
                                        SECTION_OPEN_OR_CREATE};
    test_name name = names_unique("failing");
    assert_status(SECTION_OK, status_of_create(name.text));
    size_t before = machine_open_handles();
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
        for (size_t way = 0; way < 2; way++) {
            section_status status = given[i];
            section_options options = named_options(name.text, SIZE);
            options.disposition = ways[way];
            options.initialize = give_up;
            options.context = &status;
            section *s;
            assert_no_section(status, s, section_create(&s, &options));
            assert_gone(name.text);
            options.name = NULL;
            options.disposition = SECTION_CREATE_NEW;
            assert_no_section(status, s, section_create(&s, &options));
        }
    assert_same(before, machine_open_handles());
    section *s = new_named(name.text, SIZE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_true(expect_zero(view.data, view.length));
    unmap(&view);
    section_close(s);
}

static void an_initializer_is_not_called_for_what_is_opened(void **state)
{
    (void)state;
    test_name name = names_unique("not-called");
    size_t calls = 0;
    section *s = new_named(name.text, SIZE), *other;
    section_options options = filled_options(name.text, &calls);
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_status(SECTION_OK, section_create(&other, &options));
    assert_same(0, calls);
    assert_same(0, peek(other, 0));
    section_close(other);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Creators in the midst of it
 * ------------------------------------------------------------------------ */

static section_status wait_inside(void *data, size_t length, void *context)
{
    (void)context;
    fill(data, length, 0);
    role_say("inside");
    role_expect("go on");
    return SECTION_OK;
}

static int create_slowly(const char *name, intptr_t inherited)
{
    (void)inherited;
    section_options options = named_options(name, SIZE);
    options.initialize = wait_inside;
    section *s = NULL;
    section_status status = section_create(&s, &options);
    role_say(section_status_name(status));
    role_expect("end");
    section_close(s);
    return 0;
}

static void start_inside(process *child, const char *name)
{
    process_start(child, "create_slowly", name, PROCESS_NOTHING);
    process_expect(child, "inside");
}

static void finish_inside(process *child, section_status status)
{
    process_say(child, "go on");
    process_expect(child, section_status_name(status));
}

static void an_unfinished_section_is_not_found(void **state)
{
    (void)state;
    test_name name = names_unique("unfinished");
    process child;
    start_inside(&child, name.text);
    for (int i = 0; i < 100; i++)
        assert_gone(name.text);
    finish_inside(&child, SECTION_OK);
    section *s = opened(name.text);
    assert_true(section_is_filled(s));
    process_say(&child, "end");
    process_succeeds(&child);
    section_close(s);
}

/* Whether the name is taken before it is published is the system's affair: both
 * ways exactly one creates. */
static void beside_an_unfinished_creator_exactly_one_creates(void **state)
{
    (void)state;
    test_name name = names_unique("beside");
    process child;
    start_inside(&child, name.text);
    section_options options = named_options(name.text, 100);
    options.timeout = SHORT;
    section *s;
    section_status status = section_create(&s, &options);
    if (status != SECTION_OK)
        assert_status(SECTION_BUSY, status);
    assert_true((status == SECTION_OK) == (s != NULL));
    finish_inside(&child, status == SECTION_OK ? SECTION_EXISTS : SECTION_OK);
    section *other = opened(name.text);
    assert_same(status == SECTION_OK ? 100 : SIZE, info_of(other).size);
    section_close(other);
    section_close(s);
    process_say(&child, "end");
    process_succeeds(&child);
    assert_gone(name.text);
}

static void a_name_whose_creator_dies_unfinished_never_existed(void **state)
{
    (void)state;
    test_name name = names_unique("dies");
    for (int i = 0; i < 20; i++) {
        process child;
        start_inside(&child, name.text);
        process_kill(&child);
        assert_int_equal(process_wait(&child).end, PROCESS_KILLED);
        assert_gone(name.text);
        section *s = new_named(name.text, SIZE);
        section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
        assert_true(expect_zero(view.data, view.length));
        unmap(&view);
        section_close(s);
    }
    assert_status(SECTION_OK, section_sweep(NULL, SECTION_SCOPE_USER));
    if (names_are_files())
        assert_same(0, names_left());
}

/* ------------------------------------------------------------------------
 * Races
 * ------------------------------------------------------------------------ */

#define RACERS 8
#define ROUNDS 50

/* What each has put into its section, and the size it asked for. */
typedef struct mark {
    unsigned char value;
    uint64_t size;
} mark;

static section_status put_mark(void *data, size_t length, void *context)
{
    const mark *own = context;
    memset(data, own->value, length);
    return SECTION_OK;
}

typedef struct racer {
    section *s;
    section_status status;
    bool created, whole;
    unsigned char value;
    uint64_t size;
} racer;

/* Create or open under a name, and look at what it is. */
static void run_race(racer *r, const char *name, size_t index, bool may_open)
{
    mark own = {(unsigned char)(index + 1), 4000 + 1000 * (uint64_t)index};
    section_options options = named_options(name, own.size);
    options.disposition =
        may_open ? SECTION_OPEN_OR_CREATE : SECTION_CREATE_NEW;
    options.initialize = put_mark;
    options.context = &own;
    section_info info = SECTION_INFO_INIT;
    section_view view;
    memset(r, 0, sizeof(*r));
    r->status = section_create(&r->s, &options);
    if (r->status != SECTION_OK ||
        section_get_info(&info, r->s) != SECTION_OK ||
        section_map(&view, r->s, 0, 0, SECTION_ACCESS_READ) != SECTION_OK)
        return;
    r->created = (info.flags & SECTION_INFO_CREATED) != 0;
    r->size = info.size;
    r->value = bytes_of(&view)[0];
    r->whole = view.length == info.size;
    for (size_t i = 0; i < view.length; i++)
        r->whole = r->whole && bytes_of(&view)[i] == r->value;
    r->whole = r->whole && r->size == 3000 + 1000 * (uint64_t)r->value;
    (void)section_unmap(&view);
}

/* Exactly one has created, and all that have a section have that one. */
static void judge_race(const racer *racers, size_t count, bool may_open)
{
    size_t creators = 0;
    unsigned char winner = 0;
    for (size_t i = 0; i < count; i++) {
        creators += racers[i].created;
        if (racers[i].created) {
            assert_same(i + 1, racers[i].value);
            winner = racers[i].value;
        }
    }
    assert_same(1, creators);
    for (size_t i = 0; i < count; i++) {
        bool has = may_open || racers[i].created;
        assert_status(has ? SECTION_OK : SECTION_EXISTS, racers[i].status);
        if (has) {
            assert_true(racers[i].whole);
            assert_same(winner, racers[i].value);
        }
    }
}

typedef struct thread_race {
    const char *name;
    bool may_open;
    racer racers[RACERS];
} thread_race;

static void race_in_thread(size_t index, void *context)
{
    thread_race *race = context;
    run_race(&race->racers[index], race->name, index, race->may_open);
}

static void of_racing_threads_exactly_one_creates_the_name(void **state)
{
    (void)state;
    test_name name = names_unique("threads");
    for (int round = 0; round < 2 * ROUNDS; round++) {
        thread_race race = {.name = name.text, .may_open = round % 2 == 0};
        threads_run(RACERS, race_in_thread, &race);
        judge_race(race.racers, RACERS, race.may_open);
        for (size_t i = 0; i < RACERS; i++)
            section_close(race.racers[i].s);
        assert_gone(name.text);
    }
}

/* Each line is a name to race for; an empty one is the end. The answer is the
 * outcome, in words. */
static int race_for_names(const char *argument, intptr_t inherited)
{
    (void)inherited;
    size_t index = (size_t)strtoull(argument + 1, NULL, 10);
    char line[PROCESS_LINE_SIZE];
    for (;;) {
        racer r;
        role_say("ready");
        role_hear(line);
        if (line[0] == '\0')
            return 0;
        run_race(&r, line, index, argument[0] == 'o');
        (void)snprintf(line, sizeof(line), "%d %d %d %d %llu", (int)r.status,
                       r.created, r.whole, r.value, (unsigned long long)r.size);
        role_say(line);
        role_expect("close");
        section_close(r.s);
    }
}

static racer hear_racer(const process *child)
{
    char line[PROCESS_LINE_SIZE], *at = line;
    racer r = {0};
    process_hear(child, line);
    r.status = (section_status)strtol(at, &at, 10);
    r.created = strtol(at, &at, 10) != 0;
    r.whole = strtol(at, &at, 10) != 0;
    r.value = (unsigned char)strtol(at, &at, 10);
    r.size = strtoull(at, &at, 10);
    return r;
}

static void race_once(const process *children, const char *name, bool may_open)
{
    racer racers[RACERS];
    for (size_t i = 0; i < RACERS; i++)
        process_expect(&children[i], "ready");
    for (size_t i = 0; i < RACERS; i++)
        process_say(&children[i], name);
    for (size_t i = 0; i < RACERS; i++)
        racers[i] = hear_racer(&children[i]);
    judge_race(racers, RACERS, may_open);
    for (size_t i = 0; i < RACERS; i++)
        process_say(&children[i], "close");
}

static void race_processes(bool may_open)
{
    process children[RACERS];
    char argument[16];
    for (size_t i = 0; i < RACERS; i++) {
        (void)snprintf(argument, sizeof(argument), "%c%zu",
                       may_open ? 'o' : 'c', i);
        process_start(&children[i], "race_for_names", argument,
                      PROCESS_NOTHING);
    }
    /* All have closed when all are ready again: the same name once more. */
    test_name name = names_unique(may_open ? "open-prize" : "prize");
    for (int round = 0; round < ROUNDS; round++)
        race_once(children, name.text, may_open);
    for (size_t i = 0; i < RACERS; i++) {
        process_expect(&children[i], "ready");
        process_say(&children[i], "");
        process_succeeds(&children[i]);
    }
    assert_gone(name.text);
}

static void of_racing_processes_exactly_one_creates_the_name(void **state)
{
    (void)state;
    race_processes(false);
}

static void the_losers_of_a_race_can_open_what_the_winner_made(void **state)
{
    (void)state;
    race_processes(true);
}

/* Opens as fast as it can, and must never see half a section. */
static int look_for_halves(const char *name, intptr_t inherited)
{
    (void)inherited;
    role_say("looking");
    for (int found = 0; found < 200 && role_goes_on();) {
        section *s = NULL;
        section_status status = section_open(&s, name, NULL);
        if (status == SECTION_NOT_FOUND)
            continue;
        assert_status(SECTION_OK, status);
        assert_same(SIZE, info_of(s).size);
        assert_that(section_is_filled(s));
        section_close(s);
        found++;
    }
    role_say("enough");
    return 0;
}

static void openers_see_all_of_a_section_or_nothing(void **state)
{
    (void)state;
    test_name name = names_unique("halves");
    process children[2];
    for (size_t i = 0; i < 2; i++) {
        process_start(&children[i], "look_for_halves", name.text,
                      PROCESS_NOTHING);
        process_expect(&children[i], "looking");
    }
    section_options options = filled_options(name.text, NULL);
    for (int round = 0; round < 300; round++) {
        section *s = NULL;
        section_status status = section_create(&s, &options);
        /* A looker may hold the one before. */
        assert_true(status == SECTION_OK || status == SECTION_EXISTS);
        section_close(s);
    }
    section *s = NULL;
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_status(SECTION_OK, section_create(&s, &options));
    for (size_t i = 0; i < 2; i++) {
        process_expect(&children[i], "enough");
        process_succeeds(&children[i]);
    }
    section_close(s);
    assert_gone(name.text);
}

/* ------------------------------------------------------------------------
 * Two that go on from one initializer
 * ------------------------------------------------------------------------ */

typedef struct splitting {
    const char *name;
    bool is_child, child_fails;
} splitting;

/* The child goes on when the section of the parent is there. */
static section_status split(void *data, size_t length, void *context)
{
    splitting *both = context;
    fill(data, length, 0);
    both->is_child = process_split();
    if (!both->is_child)
        return SECTION_OK;
    section *s = NULL;
    while (role_goes_on() && section_open(&s, both->name, NULL) != SECTION_OK)
        continue;
    section_close(s);
    return both->child_fails ? SECTION_IO : SECTION_OK;
}

static int create_as_two(const char *name, intptr_t inherited)
{
    (void)inherited;
    char how[PROCESS_LINE_SIZE];
    splitting both = {.name = name};
    section_options options = named_options(name, SIZE);
    options.initialize = split;
    options.context = &both;
    role_hear(how);
    both.child_fails = strcmp(how, "fail") == 0;
    if (strcmp(how, "open") == 0)
        options.disposition = SECTION_OPEN_OR_CREATE;
    section *s = NULL;
    section_status status = section_create(&s, &options);
    if (both.is_child) {
        section_close(s);
        role_say(section_status_name(status));
        return 0;
    }
    assert_status(SECTION_OK, status);
    role_expect("end");
    assert_same(0, info_of(s).flags & SECTION_INFO_NAME_LOST);
    section_close(s);
    return 0;
}

static void split_creator(const char *how, section_status of_child)
{
    test_name name = names_unique(how);
    process maker;
    process_start(&maker, "create_as_two", name.text, PROCESS_NOTHING);
    process_say(&maker, how);
    process_expect(&maker, section_status_name(of_child));
    section *s = opened(name.text);
    assert_true(section_is_filled(s));
    assert_status(SECTION_EXISTS, status_of_create(name.text));
    section_close(s);
    process_say(&maker, "end");
    process_succeeds(&maker);
}

static void a_fork_in_an_initializer_leaves_the_name_to_its_maker(void **state)
{
    (void)state;
    if (!process_can_fork())
        SKIP("no fork here");
    split_creator("fail", SECTION_IO);
    split_creator("create", SECTION_EXISTS);
    split_creator("open", SECTION_OK);
}

static const process_role roles[] = {
    {"create_as_two", create_as_two},
    {"create_slowly", create_slowly},
    {"race_for_names", race_for_names},
    {"look_for_halves", look_for_halves},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_initializer_fills_what_openers_see),
    cmocka_unit_test(an_initializer_runs_before_the_name_exists),
    cmocka_unit_test(an_initializer_fills_memory_without_a_name_too),
    cmocka_unit_test(an_initializer_fills_what_its_maker_can_only_read),
    cmocka_unit_test(an_initializer_with_a_file_is_invalid),
    cmocka_unit_test(a_failing_initializer_leaves_nothing),
    cmocka_unit_test(an_initializer_is_not_called_for_what_is_opened),
    cmocka_unit_test(an_unfinished_section_is_not_found),
    cmocka_unit_test(beside_an_unfinished_creator_exactly_one_creates),
    cmocka_unit_test(a_name_whose_creator_dies_unfinished_never_existed),
    cmocka_unit_test(of_racing_threads_exactly_one_creates_the_name),
    cmocka_unit_test(of_racing_processes_exactly_one_creates_the_name),
    cmocka_unit_test(the_losers_of_a_race_can_open_what_the_winner_made),
    cmocka_unit_test(openers_see_all_of_a_section_or_nothing),
    cmocka_unit_test(a_fork_in_an_initializer_leaves_the_name_to_its_maker),
};

TEST_MAIN(tests, roles)
