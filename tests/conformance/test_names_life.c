/* SPDX-License-Identifier: MIT */
/*
 * A name lives exactly as long as somebody holds its section: whoever that is,
 * and whatever way the holder ends. Contract lines 8 and 9.
 */
#include "process.h"
#include "sections.h"
#include "threads.h"

#include <stdio.h>
#include <stdlib.h>

#define SIZE 5000

/* ------------------------------------------------------------------------
 * One process
 * ------------------------------------------------------------------------ */

static void a_name_ends_with_its_last_handle(void **state)
{
    (void)state;
    test_name name = names_unique("last");
    section *first = new_named(name.text, SIZE);
    section *second = opened(name.text);
    section *third = opened_to(name.text, READ_ONLY);
    section_close(first);
    assert_alive(name.text);
    assert_status(SECTION_EXISTS, status_of_create(name.text));
    section_close(second);
    assert_alive(name.text);
    section_close(third);
    assert_gone(name.text);
    assert_status(SECTION_OK, status_of_create(name.text));
    assert_gone(name.text);
}

static void a_duplicate_holds_the_name(void **state)
{
    (void)state;
    test_name name = names_unique("duplicate");
    const section_rights rights[] = {READ_WRITE, READ_ONLY};
    for (size_t i = 0; i < 2; i++) {
        section *s = new_named(name.text, SIZE);
        section *copy = duplicate_of(s, rights[i]);
        section_close(s);
        assert_alive(name.text);
        section *again = duplicate_of(copy, READ_ONLY);
        section_close(copy);
        assert_alive(name.text);
        section_close(again);
        assert_gone(name.text);
    }
}

static void a_handle_to_read_holds_the_name(void **state)
{
    (void)state;
    test_name name = names_unique("reader");
    section *s = new_named(name.text, SIZE);
    poke(s, 0, 4);
    section *reader = opened_to(name.text, READ_ONLY);
    section_close(s);
    section *again = opened(name.text);
    assert_same(4, peek(again, 0));
    section_close(reader);
    assert_alive(name.text);
    section_close(again);
    assert_gone(name.text);
}

static void what_is_created_after_the_end_is_new(void **state)
{
    (void)state;
    test_name name = names_unique("new");
    section *s = new_named(name.text, SIZE);
    section_view old = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&old), SIZE, 0);
    section_close(s);

    s = new_named(name.text, 2 * SIZE);
    assert_true(has_flag(s, SECTION_INFO_CREATED));
    assert_same(2 * SIZE, info_of(s).size);
    section_view fresh = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_true(expect_zero(fresh.data, fresh.length));
    bytes_of(&fresh)[0] = 99;
    assert_true(is_filled(bytes_of(&old), SIZE, 0));
    bytes_of(&old)[1] = 98;
    assert_same(0, bytes_of(&fresh)[1]);
    unmap(&old);
    assert_alive(name.text);
    assert_same(99, peek(s, 0));
    unmap(&fresh);
    section_close(s);
}

static void views_do_not_keep_a_name(void **state)
{
    (void)state;
    const section_access accesses[] = {
        SECTION_ACCESS_READ, SECTION_ACCESS_READ_WRITE, SECTION_ACCESS_COPY};
    test_name name = names_unique("views");
    for (size_t i = 0; i < 3; i++) {
        if (accesses[i] == SECTION_ACCESS_COPY &&
            this_system().memory_copy == SECTION_COPY_NONE)
            continue;
        section *s = new_named(name.text, SIZE);
        section *other = opened_to(name.text, READ_ONLY);
        section_view view = mapped(s, 0, 0, accesses[i]);
        section_view second = mapped(other, 4097, 0, SECTION_ACCESS_READ);
        section_close(s);
        section_close(other);
        assert_gone(name.text);
        assert_status(SECTION_OK, status_of_create(name.text));
        assert_same(0, bytes_of(&view)[SIZE - 1]);
        unmap(&view);
        assert_gone(name.text);
        unmap(&second);
    }
}

static void the_end_of_a_name_leaves_views_intact(void **state)
{
    (void)state;
    test_name name = names_unique("intact");
    section *s = new_named(name.text, 3 * MIB);
    section *other = opened(name.text);
    section_view one = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    section_view two = mapped(other, 0, 0, SECTION_ACCESS_READ);
    section_close(s);
    section_close(other);
    assert_gone(name.text);
    touch_pages(&one, 77);
    assert_true(pages_are(&two, 77));
    assert_status(SECTION_OK,
                  section_view_protect(&one, 0, 0, SECTION_ACCESS_READ));
    assert_status(SECTION_OK,
                  section_view_protect(&one, 0, 0, SECTION_ACCESS_READ_WRITE));
    touch_pages(&one, 78);
    assert_true(pages_are(&two, 78));
    unmap(&one);
    assert_true(pages_are(&two, 78));
    unmap(&two);
}

static void one_named_cycle(const char *name)
{
    section *s = new_named(name, 4096);
    section *other = opened_to(name, READ_ONLY);
    section_view view = mapped(other, 0, 0, SECTION_ACCESS_READ);
    section *refused;
    section_options options = named_options(name, 4096);
    assert_no_section(SECTION_EXISTS, refused,
                      section_create(&refused, &options));
    section *copy = duplicate_of(s, READ_ONLY);
    assert_that(bytes_of(&view)[0] == 0);
    poke(s, 0, 1);
    section_close(s);
    section_close(copy);
    section_close(other);
    unmap(&view);
    assert_no_section(SECTION_NOT_FOUND, refused,
                      section_open(&refused, name, NULL));
}

static void thousands_of_names_come_and_go_without_growth(void **state)
{
    (void)state;
    test_name same = names_unique("cycle");
    char other[32];
    for (int i = 0; i < 100; i++)
        one_named_cycle(same.text);
    size_t handles = machine_open_handles(), maps = machine_mappings();
    for (int i = 0; i < 5000; i++) {
        one_named_cycle(same.text);
        (void)snprintf(other, sizeof(other), "c%d", i);
        one_named_cycle(names_unique(other).text);
    }
    assert_same(handles, machine_open_handles());
    assert_in_range(machine_mappings(), 0, maps + 64);
    if (names_are_files())
        assert_same(0, names_left());
}

/* ------------------------------------------------------------------------
 * Several processes
 * ------------------------------------------------------------------------ */

/* Hold a section, and end in the way that is said. */
static int hold(const char *name, intptr_t inherited)
{
    (void)inherited;
    char line[PROCESS_LINE_SIZE];
    section_options options = named_options(name, SIZE);
    options.disposition = SECTION_OPEN_OR_CREATE;
    /* Held, and not lost, when the process ends. */
    static section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    role_say("holding");
    for (;;) {
        role_hear(line);
        if (strcmp(line, "close") == 0)
            section_close(s);
        else if (strcmp(line, "unmap") == 0)
            unmap(&view);
        else if (strcmp(line, "fault") == 0)
            *(volatile unsigned char *)view.data = 1;
        else if (strcmp(line, "exit") == 0)
            exit(0);
        else
            return 0;
        role_say("done");
    }
}

static void start_holder(process *child, const char *name)
{
    process_start(child, "hold", name, PROCESS_NOTHING);
    process_expect(child, "holding");
}

static void tell(const process *child, const char *what)
{
    process_say(child, what);
    process_expect(child, "done");
}

static void a_close_in_one_process_leaves_the_name_to_others(void **state)
{
    (void)state;
    test_name name = names_unique("others");
    section *s = new_named(name.text, SIZE);
    poke(s, 0, 12);
    process one, two;
    start_holder(&one, name.text);
    start_holder(&two, name.text);
    section_close(s);
    assert_alive(name.text);
    tell(&one, "close");
    assert_status(SECTION_EXISTS, status_of_create(name.text));
    s = opened(name.text);
    assert_same(12, peek(s, 0));
    section_close(s);
    tell(&two, "close");
    assert_gone(name.text);
    /* Both still have their views. */
    assert_status(SECTION_OK, status_of_create(name.text));
    tell(&one, "unmap");
    assert_gone(name.text);
    process_say(&one, "end");
    process_say(&two, "end");
    process_succeeds(&one);
    process_succeeds(&two);
}

static void a_name_ends_with_the_exit_of_its_holder(void **state)
{
    (void)state;
    test_name name = names_unique("exit");
    const char *const ways[] = {"end", "exit"};
    for (size_t i = 0; i < 2; i++) {
        process child;
        start_holder(&child, name.text);
        assert_alive(name.text);
        process_say(&child, ways[i]);
        process_succeeds(&child);
        assert_gone(name.text);
        assert_status(SECTION_OK, status_of_create(name.text));
    }
}

static void a_name_ends_with_the_crash_of_its_holder(void **state)
{
    (void)state;
    test_name name = names_unique("crash");
    process child;
    start_holder(&child, name.text);
    process_say(&child, "fault");
    process_result result = process_wait(&child);
    /* A sanitizer makes an exit of it. */
    assert_true(result.end == PROCESS_FAULTED || result.code != 0);
    assert_gone(name.text);
    assert_status(SECTION_OK, status_of_create(name.text));
}

static void a_name_ends_with_the_kill_of_its_holder(void **state)
{
    (void)state;
    test_name name = names_unique("kill");
    for (int i = 0; i < 20; i++) {
        process child;
        start_holder(&child, name.text);
        process_kill(&child);
        assert_int_equal(process_wait(&child).end, PROCESS_KILLED);
        assert_gone(name.text);
        section *s = new_named(name.text, SIZE);
        section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
        assert_true(expect_zero(view.data, view.length));
        touch_pages(&view, 1);
        unmap(&view);
        section_close(s);
    }
}

static void a_killed_holder_leaves_the_name_to_others(void **state)
{
    (void)state;
    test_name name = names_unique("killed");
    process one, two;
    start_holder(&one, name.text);
    start_holder(&two, name.text);
    section *s = opened(name.text);
    poke(s, 7, 7);
    section_close(s);
    process_kill(&one);
    assert_int_equal(process_wait(&one).end, PROCESS_KILLED);
    s = opened(name.text);
    assert_same(7, peek(s, 7));
    assert_status(SECTION_EXISTS, status_of_create(name.text));
    section_close(s);
    process_kill(&two);
    assert_int_equal(process_wait(&two).end, PROCESS_KILLED);
    assert_gone(name.text);
}

static void a_started_program_does_not_hold_the_name(void **state)
{
    (void)state;
    test_name name = names_unique("started"), own = names_unique("own");
    section *s = new_named(name.text, SIZE);
    process child;
    start_holder(&child, own.text);
    section_close(s);
    assert_gone(name.text);
    assert_alive(own.text);
    process_say(&child, "end");
    process_succeeds(&child);
}

/* ------------------------------------------------------------------------
 * Forks
 * ------------------------------------------------------------------------ */

static int wait_for_end(void *context)
{
    (void)context;
    role_say("here");
    char line[PROCESS_LINE_SIZE];
    role_hear(line);
    return 0;
}

static int close_in_child(void *context)
{
    section *s = context;
    role_say("here");
    role_expect("close");
    section_close(s);
    role_say("closed");
    return wait_for_end(NULL);
}

static void a_forked_child_holds_the_name_until_it_ends(void **state)
{
    (void)state;
    if (!process_can_fork())
        SKIP("no fork here");
    test_name name = names_unique("forked");
    for (int killed = 0; killed < 2; killed++) {
        section *s = new_named(name.text, SIZE);
        poke(s, 0, 55);
        process child;
        assert_true(process_fork(&child, wait_for_end, NULL));
        process_expect(&child, "here");
        section_close(s);
        s = opened(name.text);
        assert_same(55, peek(s, 0));
        section_close(s);
        assert_status(SECTION_EXISTS, status_of_create(name.text));
        if (killed)
            process_kill(&child);
        else
            process_say(&child, "end");
        assert_int_equal(process_wait(&child).end,
                         killed ? PROCESS_KILLED : PROCESS_EXITED);
        assert_gone(name.text);
        assert_status(SECTION_OK, status_of_create(name.text));
    }
}

static void
the_end_of_a_forked_child_leaves_the_name_to_its_parent(void **state)
{
    (void)state;
    if (!process_can_fork())
        SKIP("no fork here");
    test_name name = names_unique("parent");
    section *s = new_named(name.text, SIZE);
    for (int killed = 0; killed < 2; killed++) {
        process child;
        assert_true(process_fork(&child, wait_for_end, NULL));
        process_expect(&child, "here");
        if (killed)
            process_kill(&child);
        else
            process_say(&child, "end");
        (void)process_wait(&child);
        assert_alive(name.text);
        assert_status(SECTION_EXISTS, status_of_create(name.text));
    }
    section_close(s);
    assert_gone(name.text);
}

/* The handles of parent and child are one holder or two, as the system has it:
 * what counts is that neither takes the name from the other. */
static void
a_close_in_a_forked_child_leaves_the_name_to_its_parent(void **state)
{
    (void)state;
    if (!process_can_fork())
        SKIP("no fork here");
    test_name name = names_unique("child-closes");
    section *s = new_named(name.text, SIZE);
    process child;
    assert_true(process_fork(&child, close_in_child, s));
    process_expect(&child, "here");
    process_say(&child, "close");
    process_expect(&child, "closed");
    assert_alive(name.text);
    assert_status(SECTION_EXISTS, status_of_create(name.text));
    section_close(s);
    assert_gone(name.text);
    process_expect(&child, "here");
    process_say(&child, "end");
    process_succeeds(&child);

    /* The other way round: the child closes last. */
    s = new_named(name.text, SIZE);
    assert_true(process_fork(&child, close_in_child, s));
    process_expect(&child, "here");
    section_close(s);
    assert_alive(name.text);
    process_say(&child, "close");
    process_expect(&child, "closed");
    assert_gone(name.text);
    process_expect(&child, "here");
    process_say(&child, "end");
    process_succeeds(&child);
}

/* A holder that forks: one of the two is killed by the test. */
static int hold_as_two(const char *name, intptr_t inherited)
{
    (void)inherited;
    static section *s;
    s = new_named(name, SIZE);
    poke(s, 3, 33);
    if (process_split()) {
        role_say("forked");
        role_expect("end");
        role_say("ending");
        return 0;
    }
    /* Until it is killed: what is said is for the other one. */
    while (role_goes_on())
        section_close(duplicate_of(s, READ_WRITE));
    return 1;
}

static void a_forked_child_holds_the_name_of_a_killed_parent(void **state)
{
    (void)state;
    if (!process_can_fork())
        SKIP("no fork here");
    test_name name = names_unique("orphan");
    process parent;
    process_start(&parent, "hold_as_two", name.text, PROCESS_NOTHING);
    process_expect(&parent, "forked");
    process_kill(&parent);
    assert_int_equal(process_await(&parent).end, PROCESS_KILLED);
    section *s = opened(name.text);
    assert_same(33, peek(s, 3));
    section_close(s);
    assert_status(SECTION_EXISTS, status_of_create(name.text));
    process_say(&parent, "end");
    process_expect(&parent, "ending");
    /* Nobody but the system waits for an orphan: what follows its last word is
     * its end. */
    while (status_of_open(name.text) == SECTION_OK)
        threads_yield();
    assert_gone(name.text);
    assert_status(SECTION_OK, status_of_create(name.text));
    process_let_go(&parent);
}

static int become_another(void *context)
{
    (void)context;
    role_say("here");
    role_expect("become");
    process_become("be_new");
    return 1;
}

static int be_new(const char *name, intptr_t inherited)
{
    (void)inherited;
    role_say("new");
    assert_gone(name);
    role_expect("end");
    return 0;
}

static void a_name_ends_when_its_holder_starts_another_program(void **state)
{
    (void)state;
    if (!process_can_fork())
        SKIP("no fork here");
    test_name name = names_unique("exec");
    section *s = new_named(name.text, SIZE);
    process child;
    assert_true(process_fork(&child, become_another, NULL));
    process_expect(&child, "here");
    section_close(s);
    assert_alive(name.text);
    process_say(&child, "become");
    process_begin(&child, name.text, PROCESS_NOTHING);
    process_expect(&child, "new");
    assert_gone(name.text);
    assert_status(SECTION_OK, status_of_create(name.text));
    process_say(&child, "end");
    process_succeeds(&child);
}

static int use_inherited_view(void *context)
{
    section_view *view = context;
    role_say("here");
    role_expect("look");
    assert_that(is_filled(bytes_of(view), SIZE, 0));
    bytes_of(view)[0] = 200;
    unmap(view);
    return 0;
}

static void the_end_of_a_name_leaves_the_views_of_others_intact(void **state)
{
    (void)state;
    test_name name = names_unique("their-views");
    section *s = new_named(name.text, SIZE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), SIZE, 0);
    process other, child;
    process_start(&other, "view_only", name.text, PROCESS_NOTHING);
    process_expect(&other, "closed");
    bool forked = process_fork(&child, use_inherited_view, &view);
    if (forked)
        process_expect(&child, "here");
    section_close(s);
    if (!forked)
        assert_gone(name.text);
    process_say(&other, "look");
    process_succeeds(&other);
    assert_true(is_filled(bytes_of(&view), SIZE, 0));
    if (forked) {
        process_say(&child, "look");
        process_succeeds(&child);
        assert_same(200, bytes_of(&view)[0]);
    }
    assert_gone(name.text);
    unmap(&view);
}

static int view_only(const char *name, intptr_t inherited)
{
    (void)inherited;
    section *s = opened(name);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    section_close(s);
    role_say("closed");
    role_expect("look");
    assert_that(is_filled(bytes_of(&view), SIZE, 0));
    unmap(&view);
    return 0;
}

/* ------------------------------------------------------------------------
 * Looking is not holding
 * ------------------------------------------------------------------------ */

static int32_t ignore(const section_entry *entry, void *context)
{
    (void)entry;
    (void)context;
    return 0;
}

static section_status refuse(void *data, size_t length, void *context)
{
    (void)data;
    (void)length;
    (void)context;
    return SECTION_IO;
}

/*
 * Looks at a name in every way that must not hold it, again and again, until
 * ended: exclusive creation that never comes to anything, lists, sweeps.
 */
static int look(const char *name, intptr_t inherited)
{
    (void)inherited;
    section_options options = named_options(name, SIZE);
    options.initialize = refuse;
    options.timeout = 1;
    role_say("looking");
    while (role_goes_on()) {
        section *s;
        section_status status = section_create(&s, &options);
        assert_that(status == SECTION_IO || status == SECTION_EXISTS ||
                    status == SECTION_BUSY);
        assert_that(s == NULL);
        assert_status(SECTION_OK,
                      section_enumerate(SECTION_SCOPE_USER, ignore, NULL));
        assert_status(SECTION_OK, section_sweep(NULL, SECTION_SCOPE_USER));
    }
    return 0;
}

#define LOOKERS 3

static void start_lookers(process lookers[LOOKERS], const char *name)
{
    for (size_t i = 0; i < LOOKERS; i++) {
        process_start(&lookers[i], "look", name, PROCESS_NOTHING);
        process_expect(&lookers[i], "looking");
    }
}

static void end_lookers(process lookers[LOOKERS])
{
    for (size_t i = 0; i < LOOKERS; i++) {
        process_kill(&lookers[i]);
        assert_int_equal(process_wait(&lookers[i]).end, PROCESS_KILLED);
    }
}

static void looking_neither_keeps_a_name_nor_brings_it_back(void **state)
{
    (void)state;
    test_name name = names_unique("looked-at");
    process lookers[LOOKERS];
    start_lookers(lookers, name.text);
    section_options options = named_options(name.text, SIZE);
    for (int i = 0; i < 300; i++) {
        section *s;
        assert_status(SECTION_OK, section_create(&s, &options));
        poke(s, 0, 1);
        assert_alive(name.text);
        section_close(s);
        assert_gone(name.text);
    }
    end_lookers(lookers);
    assert_gone(name.text);
    assert_status(SECTION_OK, status_of_create(name.text));
}

static void looking_does_not_bring_back_the_name_of_the_killed(void **state)
{
    (void)state;
    test_name name = names_unique("looked-at-killed");
    process lookers[LOOKERS], holder;
    start_lookers(lookers, name.text);
    for (int i = 0; i < 20; i++) {
        start_holder(&holder, name.text);
        process_kill(&holder);
        assert_int_equal(process_wait(&holder).end, PROCESS_KILLED);
        assert_gone(name.text);
    }
    end_lookers(lookers);
}

/* Creates, and closes at once: it holds only what it has created itself. */
static int create_and_close(const char *name, intptr_t inherited)
{
    (void)inherited;
    section_options options = named_options(name, 2 * SIZE);
    role_say("looking");
    while (role_goes_on()) {
        section *s;
        section_status status = section_create(&s, &options);
        assert_that(status == SECTION_OK || status == SECTION_EXISTS);
        section_close(s);
    }
    return 0;
}

/* Create the name against others, and see that all that is there after its end
 * is another one's. */
static void create_and_end(const char *name)
{
    section_options options = named_options(name, SIZE);
    section *s = NULL;
    while (section_create(&s, &options) == SECTION_EXISTS)
        threads_yield();
    assert_that(s != NULL);
    poke(s, 0, 1);
    section *other = opened(name);
    assert_same(SIZE, info_of(other).size);
    section_close(s);
    section_close(other);
    section_status status = section_open(&other, name, NULL);
    if (status == SECTION_OK) {
        assert_same(2 * SIZE, info_of(other).size);
        assert_same(0, peek(other, 0));
        section_close(other);
    } else {
        assert_status(SECTION_NOT_FOUND, status);
    }
}

static void finding_a_name_taken_does_not_hold_it(void **state)
{
    (void)state;
    test_name name = names_unique("taken");
    process creators[LOOKERS];
    for (size_t i = 0; i < LOOKERS; i++) {
        process_start(&creators[i], "create_and_close", name.text,
                      PROCESS_NOTHING);
        process_expect(&creators[i], "looking");
    }
    for (int i = 0; i < 300; i++)
        create_and_end(name.text);
    end_lookers(creators);
    assert_gone(name.text);
    assert_status(SECTION_OK, status_of_create(name.text));
}

/* Opens, and closes at once, what it finds. */
static int open_and_close(const char *name, intptr_t inherited)
{
    (void)inherited;
    section_open_options options = SECTION_OPEN_OPTIONS_INIT;
    role_say("looking");
    while (role_goes_on()) {
        section *s;
        section_status status = section_open(&s, name, &options);
        assert_that(status == SECTION_OK || status == SECTION_NOT_FOUND);
        if (s != NULL)
            assert_same(SIZE, info_of(s).size);
        section_close(s);
    }
    return 0;
}

static void
a_name_that_is_opened_all_the_time_ends_with_its_holders(void **state)
{
    (void)state;
    test_name name = names_unique("opened");
    process openers[LOOKERS], holder;
    for (int i = 0; i < 10; i++) {
        start_holder(&holder, name.text);
        for (size_t k = 0; k < LOOKERS; k++) {
            process_start(&openers[k], "open_and_close", name.text,
                          PROCESS_NOTHING);
            process_expect(&openers[k], "looking");
        }
        process_kill(&holder);
        assert_int_equal(process_wait(&holder).end, PROCESS_KILLED);
        end_lookers(openers);
        assert_gone(name.text);
        assert_status(SECTION_OK, status_of_create(name.text));
    }
}

static const process_role roles[] = {
    {"hold", hold},
    {"hold_as_two", hold_as_two},
    {"be_new", be_new},
    {"view_only", view_only},
    {"look", look},
    {"create_and_close", create_and_close},
    {"open_and_close", open_and_close},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_name_ends_with_its_last_handle),
    cmocka_unit_test(a_duplicate_holds_the_name),
    cmocka_unit_test(a_handle_to_read_holds_the_name),
    cmocka_unit_test(what_is_created_after_the_end_is_new),
    cmocka_unit_test(views_do_not_keep_a_name),
    cmocka_unit_test(the_end_of_a_name_leaves_views_intact),
    cmocka_unit_test(thousands_of_names_come_and_go_without_growth),
    cmocka_unit_test(a_close_in_one_process_leaves_the_name_to_others),
    cmocka_unit_test(a_name_ends_with_the_exit_of_its_holder),
    cmocka_unit_test(a_name_ends_with_the_crash_of_its_holder),
    cmocka_unit_test(a_name_ends_with_the_kill_of_its_holder),
    cmocka_unit_test(a_killed_holder_leaves_the_name_to_others),
    cmocka_unit_test(a_started_program_does_not_hold_the_name),
    cmocka_unit_test(a_forked_child_holds_the_name_until_it_ends),
    cmocka_unit_test(the_end_of_a_forked_child_leaves_the_name_to_its_parent),
    cmocka_unit_test(a_close_in_a_forked_child_leaves_the_name_to_its_parent),
    cmocka_unit_test(a_forked_child_holds_the_name_of_a_killed_parent),
    cmocka_unit_test(a_name_ends_when_its_holder_starts_another_program),
    cmocka_unit_test(the_end_of_a_name_leaves_the_views_of_others_intact),
    cmocka_unit_test(looking_neither_keeps_a_name_nor_brings_it_back),
    cmocka_unit_test(looking_does_not_bring_back_the_name_of_the_killed),
    cmocka_unit_test(finding_a_name_taken_does_not_hold_it),
    cmocka_unit_test(a_name_that_is_opened_all_the_time_ends_with_its_holders),
};

TEST_MAIN(tests, roles)
