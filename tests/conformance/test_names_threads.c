/* SPDX-License-Identifier: MIT */
/*
 * Names in processes with threads, and forks in the midst of it. Contract lines
 * 8, 28 and 30.
 */
#include "process.h"
#include "sections.h"
#include "threads.h"

#include <stdio.h>
#include <stdlib.h>

#define SIZE    5000
#define THREADS 8
#define ROUNDS  300

/* Each thread keeps what it found: assertions belong to the test's own. */
typedef struct crowd {
    test_name shared;
    size_t wrong[THREADS];
    section_status status[THREADS];
} crowd;

static void note(crowd *c, size_t index, bool right, section_status status)
{
    if (right)
        return;
    c->wrong[index]++;
    c->status[index] = status;
}

static void judge(const crowd *c)
{
    for (size_t i = 0; i < THREADS; i++) {
        if (c->wrong[i] != 0)
            print_error("thread %u: %u times, at last %s\n", (unsigned)i,
                        (unsigned)c->wrong[i],
                        section_status_name(c->status[i]));
        assert_same(0, c->wrong[i]);
    }
}

static test_name name_of_thread(size_t index, int round)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "thread%zu.%d", index, round % 3);
    return names_unique(text);
}

static bool byte_is(const section *s, unsigned char value)
{
    section_view view;
    if (section_map(&view, s, 0, 0, SECTION_ACCESS_READ) != SECTION_OK)
        return false;
    bool same = bytes_of(&view)[0] == value;
    return section_unmap(&view) == SECTION_OK && same;
}

static section_status put_index(void *data, size_t length, void *context)
{
    (void)length;
    *(unsigned char *)data = (unsigned char)(*(const size_t *)context + 1);
    return SECTION_OK;
}

/* Create, find it there, and find it gone: all of it alone. */
static void live_alone(crowd *c, size_t index, int round)
{
    test_name name = name_of_thread(index, round);
    section_options options = named_options(name.text, SIZE);
    section *s, *other;
    options.initialize = put_index;
    options.context = &index;
    section_status status = section_create(&s, &options);
    note(c, index, status == SECTION_OK, status);
    status = section_open(&other, name.text, NULL);
    note(c, index, status == SECTION_OK, status);
    note(c, index, s != NULL && byte_is(s, (unsigned char)(index + 1)), 0);
    note(c, index, other != NULL && byte_is(other, (unsigned char)(index + 1)),
         0);
    section_close(s);
    section_close(other);
    status = section_open(&other, name.text, NULL);
    note(c, index, status == SECTION_NOT_FOUND, status);
    section_close(other);
}

static void live_alone_long(size_t index, void *context)
{
    for (int round = 0; round < ROUNDS; round++)
        live_alone(context, index, round);
}

static void threads_use_different_names_at_the_same_time(void **state)
{
    (void)state;
    crowd c = {.shared = names_unique("shared")};
    assert_status(SECTION_OK, status_of_create(c.shared.text));
    size_t handles = machine_open_handles();
    threads_run(THREADS, live_alone_long, &c);
    judge(&c);
    assert_same(handles, machine_open_handles());
}

/* Come to a section that others come to, and leave it. */
static void live_together(crowd *c, size_t index)
{
    section_options options = named_options(c->shared.text, SIZE);
    section *s;
    options.disposition = SECTION_OPEN_OR_CREATE;
    section_status status = section_create(&s, &options);
    section_info info = SECTION_INFO_INIT;
    note(c, index, status == SECTION_OK, status);
    if (status == SECTION_OK)
        note(c, index,
             section_get_info(&info, s) == SECTION_OK && info.size == SIZE &&
                 byte_is(s, 0),
             0);
    section_close(s);
    status = section_open(&s, c->shared.text, NULL);
    note(c, index, status == SECTION_OK || status == SECTION_NOT_FOUND, status);
    section_close(s);
    options.disposition = SECTION_CREATE_NEW;
    status = section_create(&s, &options);
    note(c, index, status == SECTION_OK || status == SECTION_EXISTS, status);
    section_close(s);
}

static void live_together_long(size_t index, void *context)
{
    for (int round = 0; round < ROUNDS; round++)
        live_together(context, index);
}

static void threads_use_one_name_at_the_same_time(void **state)
{
    (void)state;
    crowd c = {.shared = names_unique("shared")};
    assert_status(SECTION_OK, status_of_create(c.shared.text));
    size_t handles = machine_open_handles();
    threads_run(THREADS, live_together_long, &c);
    judge(&c);
    assert_gone(c.shared.text);
    assert_same(handles, machine_open_handles());
    if (names_are_files())
        assert_same(0, names_left());
}

/* Of all handles of a name, closed in many threads, the last one ends it. */
static void close_one(size_t index, void *context)
{
    section **all = context;
    section_close(all[index]);
}

static void the_last_of_many_threads_ends_the_name(void **state)
{
    (void)state;
    test_name name = names_unique("closed");
    section *all[THREADS];
    for (int round = 0; round < ROUNDS; round++) {
        all[0] = new_named(name.text, SIZE);
        for (size_t i = 1; i < THREADS; i++)
            all[i] = i % 2 == 0 ? opened(name.text)
                                : duplicate_of(all[i - 1], READ_ONLY);
        threads_run(THREADS, close_one, all);
        assert_gone(name.text);
    }
}

/* ------------------------------------------------------------------------
 * Forks
 * ------------------------------------------------------------------------ */

#define FORKS 60

static int end_at_once(void *context)
{
    (void)context;
    return 0;
}

static int start_nothing(void *context)
{
    (void)context;
    process_become("be_nothing");
    return 1;
}

static int be_nothing(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    return 0;
}

/* The library works in the child, whatever the other threads were doing. */
static int use_names(void *context)
{
    test_name name = names_unique("of-a-child");
    (void)context;
    section *s = new_named(name.text, SIZE);
    section *other = opened(name.text);
    poke(other, 0, 1);
    section_close(s);
    assert_alive(name.text);
    section_close(other);
    assert_gone(name.text);
    return 0;
}

typedef struct household {
    crowd crowd;
    int (*kinds[3])(void *context);
    size_t wrong;
} household;

static bool fork_once(int (*run)(void *context))
{
    process child;
    if (!process_fork(&child, run, NULL))
        return false;
    if (run == start_nothing)
        process_begin(&child, "", PROCESS_NOTHING);
    process_result result = process_wait(&child);
    return result.end == PROCESS_EXITED && result.code == 0;
}

/* The first thread forks, the others work with names. A child holds what it was
 * born with until it ends, so all that come must be ready to find one there. */
static void fork_or_work(size_t index, void *context)
{
    household *h = context;
    if (index == 0) {
        for (int i = 0; i < FORKS; i++)
            h->wrong += !fork_once(h->kinds[i % 3]);
        return;
    }
    for (int round = 0; round < ROUNDS / 2; round++)
        live_together(&h->crowd, index);
}

static void a_fork_in_the_midst_of_names_leaves_nothing_behind(void **state)
{
    (void)state;
    if (!process_can_fork())
        SKIP("no fork here");
    household h = {.crowd = {.shared = names_unique("household")},
                   .kinds = {end_at_once, start_nothing, use_names}};
    threads_run(THREADS, fork_or_work, &h);
    judge(&h.crowd);
    assert_same(0, h.wrong);
    /* All children have ended: nobody holds anything, and no lock is left. */
    section_options options = named_options(h.crowd.shared.text, SIZE);
    section *s;
    options.timeout = 1;
    assert_gone(h.crowd.shared.text);
    assert_status(SECTION_OK, section_create(&s, &options));
    section_close(s);
    assert_status(SECTION_OK, section_sweep(NULL, SECTION_SCOPE_USER));
    if (names_are_files())
        assert_same(0, names_left());
}

static const process_role roles[] = {
    {"be_nothing", be_nothing},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(threads_use_different_names_at_the_same_time),
    cmocka_unit_test(threads_use_one_name_at_the_same_time),
    cmocka_unit_test(the_last_of_many_threads_ends_the_name),
    cmocka_unit_test(a_fork_in_the_midst_of_names_leaves_nothing_behind),
};

TEST_MAIN(tests, roles)
