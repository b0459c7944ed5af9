/* SPDX-License-Identifier: MIT */
/*
 * Several processes: what a child gets and does not get, racing creators, and
 * the same memory in all of them. Contract lines 2 (exact for every later
 * holder), 7 (exactly one creates), 16, 22, 26 (not inherited), 28 (fork).
 */
#include "foreign.h"
#include "limits.h"
#include "process.h"
#include "sections.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SIZE 5000

static void fill_section(const section *s)
{
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), view.length, 0);
    unmap(&view);
}

static bool section_is_filled(const section *s)
{
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    bool filled = is_filled(bytes_of(&view), view.length, 0);
    unmap(&view);
    return filled;
}

/* ------------------------------------------------------------------------
 * Children that were given a handle
 * ------------------------------------------------------------------------ */

static int use_inherited(const char *argument, intptr_t inherited)
{
    (void)argument;
    section *s = wrapped(inherited, READ_WRITE, SECTION_NATIVE_OWNED);
    section_view view;
    assert_same(SIZE, info_of(s).size);
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 0, SIZE + 1, SECTION_ACCESS_READ));
    assert_that(section_is_filled(s));
    view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    bytes_of(&view)[SIZE - 1] = 1;
    role_say("wrote");
    role_expect("answered");
    assert_same(2, bytes_of(&view)[SIZE - 1]);
    section_close(s);
    unmap(&view);
    return 0;
}

static void check_inherited(section *s)
{
    fill_section(s);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    process child;
    process_start(&child, "use_inherited", "", native_of(s));
    process_expect(&child, "wrote");
    assert_same(1, bytes_of(&view)[SIZE - 1]);
    bytes_of(&view)[SIZE - 1] = 2;
    process_say(&child, "answered");
    process_succeeds(&child);
    assert_same(2, bytes_of(&view)[SIZE - 1]);
    unmap(&view);
    section_close(s);
}

static void an_inherited_handle_is_the_same_memory_of_exact_size(void **state)
{
    (void)state;
    check_inherited(new_memory(SIZE));
    check_inherited(new_lazy_memory(SIZE));
}

static void an_inherited_handle_of_a_file_is_the_file(void **state)
{
    (void)state;
    file_path path = files_path("inherited");
    check_inherited(new_file(path.text, SIZE, SECTION_CREATE_NEW));
    unsigned char byte = 0;
    file_read(path.text, SIZE - 1, &byte, 1);
    assert_same(2, byte);
}

static int use_inherited_to_read(const char *argument, intptr_t inherited)
{
    (void)argument;
    section *s;
    assert_no_section(
        SECTION_ACCESS, s,
        section_wrap(&s, inherited, READ_WRITE, SECTION_NATIVE_OWNED));
    assert_that(!foreign_can_write(inherited));
    s = wrapped(inherited, READ_ONLY, SECTION_NATIVE_OWNED);
    assert_same(SIZE, info_of(s).size);
    assert_that(section_is_filled(s));
    section_close(s);
    return 0;
}

static void an_inherited_handle_to_read_cannot_write(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    fill_section(s);
    section *reader = duplicate_of(s, READ_ONLY);
    assert_int_equal(
        process_play("use_inherited_to_read", "", native_of(reader)), 0);
    section_close(reader);
    section_close(s);
}

/* The number that a handle has in the parent means nothing here. */
static int miss_handle(const char *argument, intptr_t inherited)
{
    (void)inherited;
    intptr_t number = (intptr_t)strtoll(argument, NULL, 10);
    section *s = NULL;
    if (section_wrap(&s, number, READ_ONLY, SECTION_NATIVE_BORROWED) !=
        SECTION_OK)
        return 0;
    /* Something of this process's own has that number: not the section. */
    bool ours = info_of(s).size == SIZE && section_is_filled(s);
    section_close(s);
    return ours ? 1 : 0;
}

static void a_started_program_does_not_get_the_handle(void **state)
{
    (void)state;
    section *memory = new_memory(SIZE);
    section *file =
        new_file(files_path("not-given").text, SIZE, SECTION_CREATE_NEW);
    section *all[] = {memory, file};
    for (size_t i = 0; i < 2; i++) {
        char number[32];
        fill_section(all[i]);
        (void)snprintf(number, sizeof(number), "%" PRIdPTR, native_of(all[i]));
        assert_int_equal(process_play("miss_handle", number, PROCESS_NOTHING),
                         0);
    }
    section_close(memory);
    section_close(file);
}

static int count_handles(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    char line[32];
    (void)snprintf(line, sizeof(line), "%zu", machine_open_handles());
    role_say(line);
    return 0;
}

static size_t handles_of_a_child(void)
{
    process child;
    char line[PROCESS_LINE_SIZE];
    process_start(&child, "count_handles", "", PROCESS_NOTHING);
    process_hear(&child, line);
    process_succeeds(&child);
    return (size_t)strtoull(line, NULL, 10);
}

/* Also what the library keeps beside the handle it tells of. */
static void a_started_program_gets_nothing_at_all(void **state)
{
    (void)state;
    size_t before = handles_of_a_child();
    section *all[12];
    for (size_t i = 0; i < 12; i += 3) {
        char name[16];
        (void)snprintf(name, sizeof(name), "nothing%zu", i);
        all[i] = new_memory(SIZE);
        all[i + 1] =
            new_file(files_path("nothing").text, SIZE, SECTION_OPEN_OR_CREATE);
        all[i + 2] = new_named(names_unique(name).text, SIZE);
        for (size_t k = i; k < i + 3; k++)
            (void)peek(all[k], 0);
    }
    assert_same(before, handles_of_a_child());
    for (size_t i = 0; i < 12; i++)
        section_close(all[i]);
}

static int hold_and_be_killed(const char *argument, intptr_t inherited)
{
    (void)argument;
    section *s = wrapped(inherited, READ_WRITE, SECTION_NATIVE_OWNED);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    bytes_of(&view)[0] = 77;
    role_say("holding");
    role_expect("what is never said");
    return 1;
}

static void a_killed_holder_disturbs_nobody(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    process child;
    process_start(&child, "hold_and_be_killed", "", native_of(s));
    process_expect(&child, "holding");
    process_kill(&child);
    process_result result = process_wait(&child);
    assert_int_equal(result.end, PROCESS_KILLED);
    assert_same(77, bytes_of(&view)[0]);
    bytes_of(&view)[SIZE - 1] = 1;
    assert_same(1, peek(s, SIZE - 1));
    unmap(&view);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * One file, several processes
 * ------------------------------------------------------------------------ */

static int share_file(const char *path, intptr_t inherited)
{
    (void)inherited;
    section *s = opened_file(path, READ_WRITE);
    section_view view = mapped(s, 4090, 0, SECTION_ACCESS_READ_WRITE);
    assert_same(11, bytes_of(&view)[0]);
    bytes_of(&view)[1] = 22;
    role_say("wrote");
    role_expect("go");
    assert_same(33, bytes_of(&view)[2]);
    section_close(s);
    unmap(&view);
    return 0;
}

static void processes_that_open_one_file_share_its_memory(void **state)
{
    (void)state;
    file_path path = files_path("shared");
    section *s = new_file(path.text, SIZE, SECTION_CREATE_NEW);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    bytes_of(&view)[4090] = 11;
    process child;
    process_start(&child, "share_file", path.text, PROCESS_NOTHING);
    process_expect(&child, "wrote");
    assert_same(22, bytes_of(&view)[4091]);
    bytes_of(&view)[4092] = 33;
    process_say(&child, "go");
    process_succeeds(&child);
    unmap(&view);
    section_close(s);
}

#define RACERS 8
#define ROUNDS 25

/* Each line is a path to race for; an empty one is the end. */
static int race_for_files(const char *argument, intptr_t inherited)
{
    (void)inherited;
    bool may_open = strcmp(argument, "open") == 0;
    char path[PROCESS_LINE_SIZE];
    for (;;) {
        role_say("ready");
        role_hear(path);
        if (path[0] == '\0')
            return 0;
        section_options options = file_options(
            path, SIZE, may_open ? SECTION_OPEN_OR_CREATE : SECTION_CREATE_NEW);
        section *s = NULL;
        section_status status = section_create(&s, &options);
        if (status == SECTION_EXISTS && !may_open) {
            role_say("exists");
            continue;
        }
        assert_status(SECTION_OK, status);
        assert_same(SIZE, info_of(s).size);
        bool created = has_flag(s, SECTION_INFO_CREATED);
        assert_same(0, peek(s, SIZE - 1));
        section_close(s);
        role_say(created ? "created" : "opened");
    }
}

/* One round: how many racers said `answer`. */
static size_t race(const process *racers, const char *path, const char *answer)
{
    char line[PROCESS_LINE_SIZE];
    size_t count = 0;
    for (size_t i = 0; i < RACERS; i++)
        process_expect(&racers[i], "ready");
    for (size_t i = 0; i < RACERS; i++)
        process_say(&racers[i], path);
    for (size_t i = 0; i < RACERS; i++) {
        process_hear(&racers[i], line);
        count += strcmp(line, answer) == 0;
    }
    assert_same(SIZE, file_size(path));
    return count;
}

static void race_all(const char *kind, const char *loser)
{
    process racers[RACERS];
    for (size_t i = 0; i < RACERS; i++)
        process_start(&racers[i], "race_for_files", kind, PROCESS_NOTHING);
    for (int round = 0; round < ROUNDS; round++) {
        file_path path = files_path("prize");
        size_t losers = race(racers, path.text, loser);
        assert_same(RACERS - 1, losers);
        assert_true(file_remove(path.text));
    }
    for (size_t i = 0; i < RACERS; i++) {
        process_expect(&racers[i], "ready");
        process_say(&racers[i], "");
        process_succeeds(&racers[i]);
    }
}

static void of_racing_open_or_creates_exactly_one_creates(void **state)
{
    (void)state;
    race_all("open", "opened");
}

static void of_racing_creators_exactly_one_succeeds(void **state)
{
    (void)state;
    race_all("create", "exists");
}

/* ------------------------------------------------------------------------
 * Fork
 * ------------------------------------------------------------------------ */

typedef struct family {
    section *s;
    section_view shared, copy;
} family;

static int be_a_forked_child(void *context)
{
    family *f = context;
    assert_that(is_filled(bytes_of(&f->shared), SIZE, 0));
    bytes_of(&f->shared)[0] = 101;
    bytes_of(&f->copy)[1] = 102;
    section *own = duplicate_of(f->s, READ_ONLY);
    assert_same(101, peek(own, 0));
    section_close(own);
    poke(f->s, 2, 103);
    unmap(&f->shared);
    unmap(&f->copy);
    section_close(f->s);
    section *fresh = new_memory(SIZE);
    poke(fresh, 0, 1);
    section_close(fresh);
    return 0;
}

static void check_forked_child(section *s)
{
    family f = {.s = s};
    f.shared = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&f.shared), SIZE, 0);
    f.copy = mapped(s, 0, 0, SECTION_ACCESS_COPY);
    process child;
    if (process_fork(&child, be_a_forked_child, &f)) {
        process_succeeds(&child);
        assert_same(101, bytes_of(&f.shared)[0]);
        assert_same(103, bytes_of(&f.shared)[2]);
        /* A page that the child copied is the child's alone. */
        assert_that(bytes_of(&f.copy)[1] != 102);
        assert_same(101, peek(s, 0));
        bytes_of(&f.shared)[3] = 104;
        assert_same(104, peek(s, 3));
    }
    unmap(&f.shared);
    unmap(&f.copy);
    section_close(s);
}

static void a_forked_child_has_the_views_of_its_parent(void **state)
{
    (void)state;
    if (!process_can_fork())
        SKIP("no fork here");
    if (this_system().memory_copy == SECTION_COPY_LIVE)
        check_forked_child(new_memory(SIZE));
    check_forked_child(
        new_file(files_path("forked").text, SIZE, SECTION_CREATE_NEW));
}

static int read_after_giving_up_rights(const char *path, intptr_t inherited)
{
    (void)inherited;
    section *memory = new_memory(SIZE);
    section *narrowed = new_memory(SIZE);
    section_close(duplicate_of(narrowed, READ_ONLY));
    section *file = opened_file(path, READ_WRITE);
    if (!limit_become_ordinary())
        return ROLE_CANNOT;
    assert_same(0, peek(memory, SIZE - 1));
    assert_same(0, peek(file, SIZE - 1));

    /* What was narrowed before can be narrowed again, and is as strong. */
    section_close(duplicate_of(narrowed, READ_ONLY));
    assert_true((info_of(narrowed).flags & SECTION_INFO_READ_ONLY_ENFORCED) !=
                0);
    section_close(narrowed);
    section *first = NULL;
    section_status status = section_duplicate(&first, memory, READ_ONLY);
    assert_true(status == SECTION_OK || status == SECTION_UNSUPPORTED);
    assert_true((status == SECTION_OK) == (first != NULL));
    section_close(first);
    section_close(file);
    section_close(memory);
    return 0;
}

static void a_process_that_gives_up_rights_keeps_its_sections(void **state)
{
    (void)state;
    file_path path = files_path("private");
    file_make(path.text, SIZE);
    file_make_private(path.text);
    if (process_play("read_after_giving_up_rights", path.text,
                     PROCESS_NOTHING) == ROLE_CANNOT)
        SKIP("cannot give up the rights of this user");
}

/* ------------------------------------------------------------------------
 * Widening
 * ------------------------------------------------------------------------ */

/* Played as another user, who got a handle that can only read. */
static int try_to_widen(const char *argument, intptr_t inherited)
{
    (void)argument;
    assert_that(foreign_can_read(inherited));
    /* What everybody may open anew: else the attempt below proves nothing. */
    intptr_t open_to_all = foreign_memory(100);
    if (!limit_become_another() || !foreign_can_widen(open_to_all))
        return ROLE_CANNOT;
    foreign_close(open_to_all);
    assert_that(foreign_can_read(inherited));
    assert_that(!foreign_can_widen(inherited));
    assert_that(!foreign_can_write(inherited));
    return 0;
}

/* The three ways to a handle that can only read. */
typedef struct narrowed {
    section *whole, *duplicate, *born;
    intptr_t native[3];
} narrowed;

static narrowed make_narrowed(void)
{
    narrowed n = {.whole = new_memory(SIZE)};
    section_options options = memory_options(SIZE);
    options.rights = READ_ONLY;
    assert_status(SECTION_OK,
                  section_duplicate_native(&n.native[0], n.whole, READ_ONLY));
    n.duplicate = duplicate_of(n.whole, READ_ONLY);
    n.native[1] = native_of(n.duplicate);
    assert_status(SECTION_OK, section_create(&n.born, &options));
    n.native[2] = native_of(n.born);
    return n;
}

static void close_narrowed(narrowed *n)
{
    foreign_close(n->native[0]);
    section_close(n->born);
    section_close(n->duplicate);
    section_close(n->whole);
}

static void another_user_cannot_widen_a_narrowed_handle(void **state)
{
    (void)state;
    narrowed n = make_narrowed();
    int code = 0;
    for (size_t i = 0; i < 3; i++)
        code |= process_play("try_to_widen", "", n.native[i]);
    /* The one with all rights has kept them. */
    poke(n.whole, SIZE - 1, 1);
    assert_same(1, peek(n.duplicate, SIZE - 1));
    close_narrowed(&n);
    if (code == ROLE_CANNOT)
        SKIP("only root can become another user");
}

static void nobody_can_widen_a_narrowed_handle(void **state)
{
    (void)state;
    if (!foreign_rights_are_final())
        SKIP("the owner of memory may open it anew here");
    intptr_t open_to_all = foreign_memory(100);
    assert_true(foreign_can_write(open_to_all));
    foreign_close(open_to_all);
    narrowed n = make_narrowed();
    for (size_t i = 0; i < 3; i++)
        assert_false(foreign_can_widen(n.native[i]));
    close_narrowed(&n);
}

static const process_role roles[] = {
    {"use_inherited", use_inherited},
    {"use_inherited_to_read", use_inherited_to_read},
    {"miss_handle", miss_handle},
    {"count_handles", count_handles},
    {"hold_and_be_killed", hold_and_be_killed},
    {"share_file", share_file},
    {"race_for_files", race_for_files},
    {"read_after_giving_up_rights", read_after_giving_up_rights},
    {"try_to_widen", try_to_widen},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_inherited_handle_is_the_same_memory_of_exact_size),
    cmocka_unit_test(an_inherited_handle_of_a_file_is_the_file),
    cmocka_unit_test(an_inherited_handle_to_read_cannot_write),
    cmocka_unit_test(a_started_program_does_not_get_the_handle),
    cmocka_unit_test(a_started_program_gets_nothing_at_all),
    cmocka_unit_test(a_killed_holder_disturbs_nobody),
    cmocka_unit_test(processes_that_open_one_file_share_its_memory),
    cmocka_unit_test(of_racing_open_or_creates_exactly_one_creates),
    cmocka_unit_test(of_racing_creators_exactly_one_succeeds),
    cmocka_unit_test(a_forked_child_has_the_views_of_its_parent),
    cmocka_unit_test(a_process_that_gives_up_rights_keeps_its_sections),
    cmocka_unit_test(another_user_cannot_widen_a_narrowed_handle),
    cmocka_unit_test(nobody_can_widen_a_narrowed_handle),
};

TEST_MAIN(tests, roles)
