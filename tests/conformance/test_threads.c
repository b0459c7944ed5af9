/* SPDX-License-Identifier: MIT */
/*
 * Any number of threads may use one section. Contract line 28; run under the
 * thread sanitizer too.
 */
#include "foreign.h"
#include "memory.h"
#include "process.h"
#include "sections.h"
#include "threads.h"

#include <stdio.h>

#define THREADS 8
#define ROUNDS  500

/* What threads share. Each has its own byte of the section and its own count
 * of what went wrong. */
typedef struct shared {
    section *s;
    section *handles[THREADS];
    section_view views[THREADS];
    int failures[THREADS];
} shared;

static void note(shared *all, size_t index, bool holds)
{
    if (!holds)
        all->failures[index]++;
}

static void assert_no_failures(const shared *all)
{
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(all->failures[i], 0);
}

/* Map, write one's own byte, read it back through a read-only view, unmap. */
static void map_and_unmap(size_t index, void *context)
{
    shared *all = context;
    for (int i = 0; i < ROUNDS; i++) {
        section_view writes, reads;
        unsigned char value = (unsigned char)(i % 255 + 1);
        bool ok = section_map(&writes, all->s, index, 1,
                              SECTION_ACCESS_READ_WRITE) == SECTION_OK;
        note(all, index, ok);
        if (!ok)
            return;
        bytes_of(&writes)[0] = value;
        ok = section_map(&reads, all->s, index, 1, SECTION_ACCESS_READ) ==
             SECTION_OK;
        note(all, index, ok && bytes_of(&reads)[0] == value);
        note(all, index, section_unmap(&reads) == SECTION_OK);
        note(all, index, section_unmap(&writes) == SECTION_OK);
    }
}

static void check_map_and_unmap(section *s, size_t threads)
{
    shared all = {.s = s};
    size_t mappings = machine_mappings();
    threads_run(threads, map_and_unmap, &all);
    assert_no_failures(&all);
    for (size_t i = 0; i < threads; i++)
        assert_same((ROUNDS - 1) % 255 + 1, peek(s, i));
    assert_in_range(machine_mappings(), 0, mappings + 64);
    section_close(s);
}

static void two_threads_map_and_unmap_one_section(void **state)
{
    (void)state;
    check_map_and_unmap(new_memory(5000), 2);
}

static void many_threads_map_and_unmap_one_section(void **state)
{
    (void)state;
    check_map_and_unmap(new_memory(5000), THREADS);
}

static void many_threads_map_and_unmap_one_file(void **state)
{
    (void)state;
    check_map_and_unmap(
        new_file(files_path("threads").text, 5000, SECTION_CREATE_NEW),
        THREADS);
}

/* The first read-only view of a section opens something that all later ones
 * use: let threads be the first at the same time. */
static void be_the_first_reader(size_t index, void *context)
{
    shared *all = context;
    section_info info = {.struct_size = sizeof(info)};
    note(all, index,
         section_map(&all->views[index], all->s, 0, 0, SECTION_ACCESS_READ) ==
             SECTION_OK);
    note(all, index, section_get_info(&info, all->s) == SECTION_OK);
    note(all, index,
         section_duplicate(&all->handles[index], all->s, READ_ONLY) ==
             SECTION_OK);
}

static void threads_that_read_first_at_the_same_time_agree(void **state)
{
    (void)state;
    size_t handles = machine_open_handles();
    for (int i = 0; i < 50; i++) {
        shared all = {.s = new_memory(5000)};
        threads_run(THREADS, be_the_first_reader, &all);
        assert_no_failures(&all);
        poke(all.s, 17, 5);
        for (size_t j = 0; j < THREADS; j++) {
            assert_same(5, bytes_of(&all.views[j])[17]);
            assert_same(5, peek(all.handles[j], 17));
            unmap(&all.views[j]);
            section_close(all.handles[j]);
        }
        section_close(all.s);
    }
    assert_same(handles, machine_open_handles());
}

static void duplicate_and_close(size_t index, void *context)
{
    shared *all = context;
    for (int i = 0; i < ROUNDS; i++) {
        section *copy;
        section_rights rights = i % 2 == 0 ? READ_WRITE : READ_ONLY;
        bool ok = section_duplicate(&copy, all->s, rights) == SECTION_OK;
        note(all, index, ok);
        if (!ok)
            return;
        section_view view;
        ok = section_map(&view, copy, 0, 0, SECTION_ACCESS_READ) == SECTION_OK;
        section_close(copy);
        note(all, index, ok && bytes_of(&view)[4999] == 9);
        note(all, index, section_unmap(&view) == SECTION_OK);
    }
}

static void many_threads_duplicate_and_close_one_section(void **state)
{
    (void)state;
    shared all = {.s = new_memory(5000)};
    poke(all.s, 4999, 9);
    (void)peek(all.s, 0);
    size_t handles = machine_open_handles();
    threads_run(THREADS, duplicate_and_close, &all);
    assert_no_failures(&all);
    assert_same(handles, machine_open_handles());
    section_close(all.s);
}

/* Views of a file are what keeps it open: the last of them lets go, whichever
 * thread has it. */
static void unmap_own_view(size_t index, void *context)
{
    shared *all = context;
    note(all, index, bytes_of(&all->views[index])[4999] == 9);
    note(all, index, section_unmap(&all->views[index]) == SECTION_OK);
}

static void the_last_view_lets_go_in_whichever_thread(void **state)
{
    (void)state;
    file_path path = files_path("last");
    file_make(path.text, 5000);
    size_t handles = machine_open_handles();
    for (int i = 0; i < 50; i++) {
        shared all = {.s = opened_file(path.text, READ_WRITE)};
        poke(all.s, 4999, 9);
        for (size_t j = 0; j < THREADS; j++)
            all.views[j] = mapped(all.s, 0, 0, SECTION_ACCESS_READ);
        section_close(all.s);
        threads_run(THREADS, unmap_own_view, &all);
        assert_no_failures(&all);
    }
    assert_same(handles, machine_open_handles());
}

static void make_and_close(size_t index, void *context)
{
    shared *all = context;
    for (int i = 0; i < ROUNDS / 5; i++) {
        section_options options = memory_options(index * 4096 + 1);
        section *s;
        section_view view;
        bool ok = section_create(&s, &options) == SECTION_OK;
        note(all, index, ok);
        if (!ok)
            return;
        ok = section_map(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE) ==
             SECTION_OK;
        section_close(s);
        note(all, index, ok && view.length == index * 4096 + 1);
        bytes_of(&view)[view.length - 1] = 1;
        note(all, index, section_unmap(&view) == SECTION_OK);
    }
}

static void threads_make_sections_at_the_same_time(void **state)
{
    (void)state;
    shared all = {.s = NULL};
    size_t handles = machine_open_handles();
    threads_run(THREADS, make_and_close, &all);
    assert_no_failures(&all);
    assert_same(handles, machine_open_handles());
}

/* ------------------------------------------------------------------------
 * Fork while other threads are inside the library
 * ------------------------------------------------------------------------ */

typedef struct forking {
    shared all;
    process children[20];
    size_t started;
} forking;

/* Whatever other threads were doing at the fork, the child has a library that
 * works: nothing in it waits for a lock that nobody will open. */
static int use_everything(void *context)
{
    const section *s = context;
    section *copy = duplicate_of(s, READ_WRITE);
    poke(copy, 4000, 1);
    assert_same(1, peek(copy, 4000));
    (void)info_of(copy);
    section_close(copy);
    section *fresh = new_memory(100);
    assert_same(0, peek(fresh, 99));
    section_close(fresh);
    return 0;
}

static void fork_or_map(size_t index, void *context)
{
    forking *f = context;
    size_t most = sizeof(f->children) / sizeof(f->children[0]);
    if (index != 0) {
        map_and_unmap(index, &f->all);
        return;
    }
    for (f->started = 0; f->started < most; f->started++)
        if (!process_fork(&f->children[f->started], use_everything, f->all.s))
            return;
}

static void fork_in_a_process_with_threads_is_safe(void **state)
{
    (void)state;
    static forking f;
    f.all.s = new_memory(5000);
    threads_run(4, fork_or_map, &f);
    for (size_t i = 0; i < f.started; i++)
        process_succeeds(&f.children[i]);
    assert_no_failures(&f.all);
    section_close(f.all.s);
    if (f.started == 0)
        SKIP("no fork here");
}

/* ------------------------------------------------------------------------
 * Unusual threads
 * ------------------------------------------------------------------------ */

#define PLACES 8

typedef struct apart {
    intptr_t taken[PLACES]; /* by other memory, in the other threads */
    file_path path;
    bool right[2];
} apart;

/* Whether read-only views and duplicates of a section show its bytes and cannot
 * be made to write. */
static bool reads_right(section *s)
{
    section_view writes, reads, again;
    section *reader;
    section_info info = {.struct_size = sizeof(info)};
    bool ok =
        section_map(&writes, s, 0, 0, SECTION_ACCESS_READ_WRITE) == SECTION_OK;
    if (!ok)
        return false;
    fill(bytes_of(&writes), writes.length, 0);
    ok = section_map(&reads, s, 0, 0, SECTION_ACCESS_READ) == SECTION_OK;
    ok = ok && is_filled(bytes_of(&reads), reads.length, 0);
    ok = ok && !memory_force_writable(reads.data, reads.length);
    ok = ok && section_get_info(&info, s) == SECTION_OK;
    ok = ok && (info.flags & SECTION_INFO_READ_ONLY_ENFORCED) != 0;
    if (section_duplicate(&reader, s, READ_ONLY) == SECTION_OK) {
        ok = ok &&
             section_map(&again, reader, 0, 0, SECTION_ACCESS_READ) ==
                 SECTION_OK &&
             again.length == reads.length &&
             is_filled(bytes_of(&again), again.length, 0);
        section_close(reader);
        ok = section_unmap(&again) == SECTION_OK && ok;
    } else {
        ok = false;
    }
    ok = section_unmap(&reads) == SECTION_OK && ok;
    return section_unmap(&writes) == SECTION_OK && ok;
}

static bool make_and_read(const section_options *options)
{
    section *s;
    if (section_create(&s, options) != SECTION_OK)
        return false;
    bool right = reads_right(s);
    section_close(s);
    return right;
}

/* In a thread whose descriptors have the numbers that something else has in the
 * other threads: whoever asks for "descriptor 7 of this process" gets the wrong
 * memory. */
static void read_apart(void *context)
{
    apart *a = context;
    for (size_t i = 0; i < PLACES; i++)
        foreign_close(a->taken[i]);
    section_options options = memory_options(5000);
    a->right[0] = make_and_read(&options);
    options = file_options(a->path.text, 5000, SECTION_CREATE_NEW);
    a->right[1] = make_and_read(&options);
}

static void
a_thread_with_its_own_descriptors_reads_the_right_bytes(void **state)
{
    (void)state;
    apart a = {.path = files_path("apart")};
    for (size_t i = 0; i < PLACES; i++)
        a.taken[i] = foreign_memory(5000);
    bool ran = threads_run_apart(read_apart, &a);
    for (size_t i = 0; i < PLACES; i++)
        foreign_close(a.taken[i]);
    if (!ran)
        SKIP("all threads of a process have the same handles here");
    assert_true(a.right[0]);
    assert_true(a.right[1]);
}

static int read_without_first(void *context)
{
    section_options options = memory_options(5000);
    assert_that(make_and_read(&options));
    options = file_options(context, 5000, SECTION_CREATE_NEW);
    assert_that(make_and_read(&options));
    return 0;
}

static int go_on_without_first(const char *path, intptr_t inherited)
{
    static file_path kept;
    (void)inherited;
    (void)snprintf(kept.text, sizeof(kept.text), "%s", path);
    (void)threads_outlive_first(read_without_first, kept.text);
    return ROLE_CANNOT;
}

static void
a_process_without_its_first_thread_reads_the_right_bytes(void **state)
{
    (void)state;
    if (process_play("go_on_without_first", files_path("without-first").text,
                     PROCESS_NOTHING) == ROLE_CANNOT)
        SKIP("no thread of a process is special here");
}

#define SMALL_STACK ((size_t)32 << 10)

static void make_large_and_small(void *context)
{
    section_options options = memory_options(8 * MIB);
    bool *right = context;
    right[0] = make_and_read(&options);
    options.flags = SECTION_LAZY;
    right[1] = make_and_read(&options);
}

/* In a child: an overflow would end the process. */
static int use_small_stack(const char *path, intptr_t inherited)
{
    bool right[2] = {false, false};
    (void)path;
    (void)inherited;
    threads_run_on_small_stack(SMALL_STACK, make_large_and_small, right);
    assert_that(right[0] && right[1]);
    return 0;
}

static void a_small_stack_is_enough(void **state)
{
    (void)state;
    if (machine_is_sanitized())
        SKIP("a sanitizer needs a larger stack");
    assert_int_equal(process_play("use_small_stack", "", PROCESS_NOTHING), 0);
}

static const process_role roles[] = {
    {"go_on_without_first", go_on_without_first},
    {"use_small_stack", use_small_stack},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(two_threads_map_and_unmap_one_section),
    cmocka_unit_test(many_threads_map_and_unmap_one_section),
    cmocka_unit_test(many_threads_map_and_unmap_one_file),
    cmocka_unit_test(threads_that_read_first_at_the_same_time_agree),
    cmocka_unit_test(many_threads_duplicate_and_close_one_section),
    cmocka_unit_test(the_last_view_lets_go_in_whichever_thread),
    cmocka_unit_test(threads_make_sections_at_the_same_time),
    cmocka_unit_test(fork_in_a_process_with_threads_is_safe),
    cmocka_unit_test(a_thread_with_its_own_descriptors_reads_the_right_bytes),
    cmocka_unit_test(a_process_without_its_first_thread_reads_the_right_bytes),
    cmocka_unit_test(a_small_stack_is_enough),
};

TEST_MAIN(tests, roles)
