/* SPDX-License-Identifier: MIT */
/*
 * section_guard(): calls that may touch bad bytes of a view. What faults is
 * made by section_view_protect(), which every system has. Contract line 24.
 */
#include "faulting.h"
#include "sections.h"
#include "threads.h"

#include <stdlib.h>

#define PAGES   4
#define THREADS 8
#define ROUNDS  400

/* A view of which page 2 is bad, and what a guarded function shall do. */
typedef struct stage {
    section *s;
    section_view view;
    size_t page;
    unsigned char *touched; /* by touch() */
    int begun, ended;
} stage;

static stage set_stage(void)
{
    stage it = {.page = machine_page_size()};
    it.s = new_memory(PAGES * it.page);
    it.view = mapped(it.s, 0, 0, SECTION_ACCESS_READ_WRITE);
    memset(it.view.data, 1, it.view.length);
    assert_status(SECTION_OK,
                  section_view_protect(&it.view, 2 * it.page, it.page,
                                       SECTION_ACCESS_NONE));
    it.touched = bytes_of(&it.view) + 2 * it.page + 17;
    return it;
}

static void strike_stage(stage *it)
{
    unmap(&it->view);
    section_close(it->s);
}

static section_status touch(void *context)
{
    stage *it = context;
    it->begun++;
    (void)faulting_touch(it->touched);
    it->ended++;
    return SECTION_OK;
}

static section_status touch_to_write(void *context)
{
    stage *it = context;
    it->begun++;
    faulting_write(it->touched, 5);
    it->ended++;
    return SECTION_OK;
}

static void assert_fault(const stage *it, const section_fault *fault)
{
    assert_that(fault->address == it->touched);
    assert_same((size_t)(it->touched - bytes_of(&it->view)) + it->view.offset,
                fault->offset);
}

/* --- what is returned ------------------------------------------------------
 */

static section_status give_back(void *context)
{
    return *(section_status *)context;
}

CASE(a_guarded_call_returns_what_the_function_returns)
{
    NO_ARGUMENTS();
    stage it = set_stage();
    static const section_status answers[] = {
        SECTION_OK, SECTION_BUSY, SECTION_FAULT, -1, 12345, INT32_MAX};
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        section_status answer = answers[i];
        section_fault fault = {&answer, 77};
        assert_status(answer,
                      section_guard(&it.view, give_back, &answer, &fault));
        assert_that(expect_zero(&fault, sizeof(fault)));
        assert_status(answer,
                      section_guard(&it.view, give_back, &answer, NULL));
    }
    strike_stage(&it);
    return 0;
}

CASE(a_fault_is_told_with_its_address_and_offset)
{
    NO_ARGUMENTS();
    stage it = set_stage();
    section_fault fault = {NULL, 0};
    assert_status(SECTION_FAULT, section_guard(&it.view, touch, &it, &fault));
    assert_fault(&it, &fault);
    assert_same(1, it.begun);
    assert_same(0, it.ended);
    assert_status(SECTION_FAULT, section_guard(&it.view, touch, &it, NULL));
    assert_status(SECTION_FAULT,
                  section_guard(&it.view, touch_to_write, &it, &fault));
    assert_fault(&it, &fault);
    it.touched -= it.page;
    assert_status(SECTION_OK, section_guard(&it.view, touch, &it, &fault));
    assert_that(expect_zero(&fault, sizeof(fault)));
    assert_same(1, it.ended);
    strike_stage(&it);
    return 0;
}

CASE(a_write_to_bytes_that_are_only_read_is_a_fault)
{
    NO_ARGUMENTS();
    stage it = set_stage();
    section_view reads = mapped(it.s, 0, 0, SECTION_ACCESS_READ);
    it.touched = bytes_of(&reads) + 3;
    section_fault fault = {NULL, 0};
    assert_status(SECTION_FAULT,
                  section_guard(&reads, touch_to_write, &it, &fault));
    assert_that(fault.address == it.touched);
    assert_same(3, fault.offset);
    assert_same(1, peek(it.s, 3));
    unmap(&reads);
    strike_stage(&it);
    return 0;
}

/* A view that does not start where its mapping does tells offsets of the
 * section, also for what is mapped before its first byte. */
CASE(offsets_of_faults_are_the_sections)
{
    NO_ARGUMENTS();
    stage it = set_stage();
    section_view view =
        mapped(it.s, it.page + 100, 2 * it.page, SECTION_ACCESS_READ_WRITE);
    section_fault fault = {NULL, 0};
    it.touched = bytes_of(&view) + it.page;
    assert_status(SECTION_OK,
                  section_view_protect(&view, 0, 0, SECTION_ACCESS_NONE));
    assert_status(SECTION_FAULT, section_guard(&view, touch, &it, &fault));
    assert_same(2 * it.page + 100, fault.offset);
    it.touched = bytes_of(&view) - 90;
    assert_status(SECTION_FAULT, section_guard(&view, touch, &it, &fault));
    assert_same(it.page + 10, fault.offset);
    unmap(&view);
    strike_stage(&it);
    return 0;
}

static void a_guard_without_a_view_or_a_function_is_invalid(void **state)
{
    (void)state;
    section *s = new_memory(100);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ), none;
    memset(&none, 0, sizeof(none));
    section_status answer = SECTION_OK;
    section_fault fault = {&view, 77};
    assert_status(SECTION_INVALID,
                  section_guard(NULL, give_back, &answer, &fault));
    assert_true(expect_zero(&fault, sizeof(fault)));
    assert_status(SECTION_INVALID,
                  section_guard(&none, give_back, &answer, NULL));
    assert_status(SECTION_INVALID, section_guard(&view, NULL, NULL, NULL));
    assert_same(0, section_last_os_error());
    unmap(&view);
    section_close(s);
}

/* A fault leaves the thread as it was: it can be met again and again. */
CASE(faults_can_be_met_again_and_again)
{
    NO_ARGUMENTS();
    stage it = set_stage();
    for (int i = 0; i < 10000; i++)
        assert_status(SECTION_FAULT, section_guard(&it.view, touch, &it, NULL));
    assert_same(10000, it.begun);
    assert_that(faulting_blocks_nothing());
    strike_stage(&it);
    return 0;
}

/* --- nested -----------------------------------------------------------------
 */

typedef struct nest {
    stage *outer, *inner;
    int depth;
    section_status seen;
    section_fault fault;
    int after;
} nest;

static section_status touch_outer(void *context)
{
    nest *it = context;
    (void)faulting_touch(it->outer->touched);
    return SECTION_OK;
}

static section_status touch_inner(void *context)
{
    nest *it = context;
    (void)faulting_touch(it->inner->touched);
    return SECTION_OK;
}

static section_status guard_inner(void *context)
{
    nest *it = context;
    it->seen = section_guard(&it->inner->view, touch_inner, it, &it->fault);
    it->after++;
    return SECTION_BUSY;
}

static section_status guard_inner_and_touch_outer(void *context)
{
    nest *it = context;
    it->seen = section_guard(&it->inner->view, touch_outer, it, &it->fault);
    it->after++;
    return SECTION_BUSY;
}

CASE(the_innermost_guard_of_the_view_is_left)
{
    NO_ARGUMENTS();
    stage one = set_stage(), other = set_stage();
    section_fault fault = {NULL, 0};
    /* Other views. */
    nest it = {.outer = &one, .inner = &other};
    assert_status(SECTION_BUSY,
                  section_guard(&one.view, guard_inner, &it, &fault));
    assert_status(SECTION_FAULT, it.seen);
    assert_fault(&other, &it.fault);
    assert_that(expect_zero(&fault, sizeof(fault)));
    assert_same(1, it.after);
    /* The outer one's: the inner one is given up with it. */
    assert_status(
        SECTION_FAULT,
        section_guard(&one.view, guard_inner_and_touch_outer, &it, &fault));
    assert_fault(&one, &fault);
    assert_same(1, it.after);
    /* The same view twice. */
    nest same = {.outer = &one, .inner = &one};
    assert_status(SECTION_BUSY,
                  section_guard(&one.view, guard_inner, &same, &fault));
    assert_status(SECTION_FAULT, same.seen);
    /* And all is as before. */
    assert_status(SECTION_FAULT, section_guard(&one.view, touch, &one, &fault));
    assert_fault(&one, &fault);
    strike_stage(&one);
    strike_stage(&other);
    return 0;
}

#define DEPTH 20

static section_status dive(void *context)
{
    nest *it = context;
    if (it->depth++ == DEPTH) {
        (void)faulting_touch(it->outer->touched);
        return SECTION_OK;
    }
    return section_guard(&it->inner->view, dive, it, NULL);
}

CASE(deep_nests_are_left_at_once)
{
    NO_ARGUMENTS();
    stage one = set_stage(), other = set_stage();
    for (int i = 0; i < 100; i++) {
        nest it = {.outer = &one, .inner = &other};
        assert_status(SECTION_FAULT,
                      section_guard(&one.view, dive, &it, &it.fault));
        assert_fault(&one, &it.fault);
        assert_same(DEPTH + 1, it.depth);
    }
    strike_stage(&one);
    strike_stage(&other);
    return 0;
}

/* A guarded copy from one view into another that is bad: the other's guard. */
static section_status copy_into_bad(void *context)
{
    nest *it = context;
    (void)section_view_read(&it->inner->view, 0, it->outer->touched, 100, NULL);
    it->after++;
    return SECTION_OK;
}

static section_status copy_from_bad(void *context)
{
    nest *it = context;
    char bytes[100];
    size_t done = 5;
    it->seen = section_view_read(
        &it->inner->view,
        (size_t)(it->inner->touched - bytes_of(&it->inner->view)), bytes, 100,
        &done);
    it->after += done == 0;
    return SECTION_BUSY;
}

CASE(a_copy_in_a_guard_leaves_the_faults_of_other_views_to_it)
{
    NO_ARGUMENTS();
    stage one = set_stage(), other = set_stage();
    section_fault fault = {NULL, 0};
    nest it = {.outer = &one, .inner = &other};
    assert_status(SECTION_FAULT,
                  section_guard(&one.view, copy_into_bad, &it, &fault));
    assert_same(2, fault.offset / one.page);
    assert_same(0, it.after);
    /* While its own are its own. */
    assert_status(SECTION_BUSY,
                  section_guard(&one.view, copy_from_bad, &it, &fault));
    assert_status(SECTION_FAULT, it.seen);
    assert_same(1, it.after);
    strike_stage(&one);
    strike_stage(&other);
    return 0;
}

/* --- threads ----------------------------------------------------------------
 */

typedef struct crew {
    stage stages[THREADS];
    int wrong[THREADS];
} crew;

static void fault_often(size_t index, void *context)
{
    crew *all = context;
    stage *it = &all->stages[index];
    int wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        section_fault fault = {NULL, 0};
        bool is_bad = i % 3 != 0;
        stage mine = *it;
        mine.touched -= is_bad ? 0 : it->page;
        section_status status = section_guard(&it->view, touch, &mine, &fault);
        wrong += status != (is_bad ? SECTION_FAULT : SECTION_OK);
        wrong += fault.address != (is_bad ? mine.touched : NULL);
    }
    all->wrong[index] = wrong;
}

static void assert_nothing_wrong(const crew *all)
{
    for (size_t i = 0; i < THREADS; i++)
        assert_same(0, all->wrong[i]);
}

CASE(threads_have_guards_of_their_own)
{
    NO_ARGUMENTS();
    crew all = {.wrong = {0}};
    for (size_t i = 0; i < THREADS; i++)
        all.stages[i] = set_stage();
    threads_run(THREADS, fault_often, &all);
    assert_nothing_wrong(&all);
    for (size_t i = 0; i < THREADS; i++)
        strike_stage(&all.stages[i]);
    return 0;
}

/* Also the very first guards of a process. */
static void fault_once(size_t index, void *context)
{
    crew *all = context;
    stage mine = all->stages[0];
    all->wrong[index] +=
        section_guard(&mine.view, touch, &mine, NULL) != SECTION_FAULT;
    char bytes[10];
    size_t bad = (size_t)(mine.touched - bytes_of(&mine.view));
    all->wrong[index] +=
        section_view_read(&mine.view, bad, bytes, 10, NULL) != SECTION_FAULT;
}

CASE(threads_that_come_and_go_have_guards)
{
    NO_ARGUMENTS();
    crew all = {.wrong = {0}};
    all.stages[0] = set_stage();
    for (int i = 0; i < 200; i++)
        threads_run(THREADS, fault_once, &all);
    assert_nothing_wrong(&all);
    strike_stage(&all.stages[0]);
    return 0;
}

/* One thread ends the process while the others are in guards and copies. */
static void fault_until_the_end(size_t index, void *context)
{
    crew *all = context;
    for (int i = 0; index != 0 || i < ROUNDS; i++)
        fault_once(index, all);
    exit(0);
}

static int end_in_the_middle(const char *argument, intptr_t inherited)
{
    NO_ARGUMENTS();
    crew all = {.wrong = {0}};
    all.stages[0] = set_stage();
    threads_run(THREADS, fault_until_the_end, &all);
    return 1;
}

static void a_process_can_end_while_threads_are_in_guards(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        assert_int_equal(process_play("end_in_the_middle", "", PROCESS_NOTHING),
                         0);
}

/* --- the application's own faults -------------------------------------------
 */

static section_status touch_own(void *context)
{
    stage *it = context;
    (void)faulting_touch(faulting_page() + 9);
    it->ended++;
    (void)faulting_touch(it->touched);
    return SECTION_OK;
}

static void check_own_fault_in_guard(stage *it)
{
    section_fault fault = {NULL, 0};
    it->ended = 0;
    assert_status(SECTION_FAULT,
                  section_guard(&it->view, touch_own, it, &fault));
    assert_fault(it, &fault);
    assert_same(1, it->ended);
    faulting_record record = faulting_take_record();
    assert_same(1, record.calls);
    assert_that(record.address == faulting_page() + 9);
    assert_that(record.has_context);
}

static void check_own_fault_outside(void)
{
    assert_same(0, faulting_touch(faulting_page() + 7));
    faulting_record record = faulting_take_record();
    assert_same(1, record.calls);
    assert_that(record.address == faulting_page() + 7);
}

/* A buffer of the application's that is bad, in both directions. */
static void check_own_fault_in_copies(stage *it)
{
    static const size_t lengths[] = {1, 8, 16, 40, 100, 1000, 4000};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        unsigned char *own = faulting_page() + 1;
        size_t done = 0;
        assert_status(SECTION_OK,
                      section_view_read(&it->view, 0, own, lengths[i], &done));
        assert_same(lengths[i], done);
        assert_same(1, own[lengths[i] - 1]);
        assert_same(1, faulting_take_record().calls);
        own = faulting_page() + 1;
        assert_status(SECTION_OK,
                      section_view_write(&it->view, 0, own, lengths[i], &done));
        assert_same(1, faulting_take_record().calls);
    }
}

CASE(faults_of_the_application_reach_its_handler)
{
    NO_ARGUMENTS();
    faulting_handle(FAULTING_INFORMED);
    stage it = set_stage();
    check_own_fault_outside();
    check_own_fault_in_guard(&it);
    check_own_fault_outside();
    check_own_fault_in_copies(&it);
    check_own_fault_in_guard(&it);
    strike_stage(&it);
    return 0;
}

/* Those who set handlers later offer them to the library. */
CASE(faults_offered_by_a_later_handler_are_taken)
{
    NO_ARGUMENTS();
    stage it = set_stage();
    assert_status(SECTION_FAULT, section_guard(&it.view, touch, &it, NULL));
    faulting_handle(FAULTING_TRIES);
    for (int i = 0; i < 100; i++) {
        char bytes[100];
        size_t done;
        assert_status(SECTION_FAULT, section_guard(&it.view, touch, &it, NULL));
        assert_status(
            SECTION_FAULT,
            section_view_read(&it.view, 2 * it.page - 50, bytes, 100, &done));
        assert_same(50, done);
    }
    assert_same(0, faulting_take_record().calls);
    check_own_fault_outside();
    check_own_fault_in_guard(&it);
    check_own_fault_in_copies(&it);
    strike_stage(&it);
    return 0;
}

static void a_try_without_a_fault_is_not_the_librarys(void **state)
{
    (void)state;
    assert_int_equal(section_guard_try(0, NULL, NULL), 0);
    assert_int_equal(section_guard_try(-1, NULL, NULL), 0);
}

/* A thread that has never heard of the library faults on its own, while another
 * is in a guard. */
static void fault_as_a_stranger(size_t index, void *context)
{
    (void)index;
    *(unsigned char *)context = faulting_touch(faulting_page() + 3);
}

static section_status call_a_stranger(void *context)
{
    threads_run(1, fault_as_a_stranger, context);
    return SECTION_OK;
}

CASE(a_fault_in_a_thread_without_guards_is_the_applications)
{
    NO_ARGUMENTS();
    faulting_handle(FAULTING_INFORMED);
    stage it = set_stage();
    for (int i = 0; i < 20; i++) {
        unsigned char seen = 9;
        assert_status(SECTION_OK,
                      section_guard(&it.view, call_a_stranger, &seen, NULL));
        assert_same(0, seen);
        assert_same(1, faulting_take_record().calls);
    }
    strike_stage(&it);
    return 0;
}

/* --- those that have to die -------------------------------------------------
 */

static int touch_without_a_guard(const char *argument, intptr_t inherited)
{
    NO_ARGUMENTS();
    stage it = set_stage();
    assert_status(SECTION_FAULT, section_guard(&it.view, touch, &it, NULL));
    (void)faulting_touch(it.touched);
    return 0;
}

static int touch_another_view_in_a_guard(const char *argument,
                                         intptr_t inherited)
{
    NO_ARGUMENTS();
    stage it = set_stage(), other = set_stage();
    (void)section_guard(&other.view, touch, &it, NULL);
    return 0;
}

static int copy_to_nowhere(const char *argument, intptr_t inherited)
{
    NO_ARGUMENTS();
    stage it = set_stage();
    (void)section_view_read(&it.view, 0, faulting_page(), 10, NULL);
    return 0;
}

static void touch_elsewhere(size_t index, void *context)
{
    (void)index;
    stage *it = context;
    (void)faulting_touch(it->touched);
}

static section_status call_a_toucher(void *context)
{
    threads_run(1, touch_elsewhere, context);
    return SECTION_OK;
}

/* The guard of one thread is not that of another. */
static int touch_in_another_thread(const char *argument, intptr_t inherited)
{
    NO_ARGUMENTS();
    stage it = set_stage();
    (void)section_guard(&it.view, call_a_toucher, &it, NULL);
    return 0;
}

/* A sanitizer has a handler of its own, which ends the process its own way. */
static void assert_dies(const char *role)
{
    process child;
    process_start(&child, role, "", PROCESS_NOTHING);
    process_result result = process_wait(&child);
    if (machine_is_sanitized())
        assert_false(result.end == PROCESS_EXITED && result.code == 0);
    else
        assert_true(result.end == PROCESS_FAULTED);
}

static void faults_that_nobody_handles_end_the_process(void **state)
{
    (void)state;
    assert_dies("touch_without_a_guard");
    assert_dies("touch_another_view_in_a_guard");
    assert_dies("copy_to_nowhere");
    assert_dies("touch_in_another_thread");
}

/* --- fork --------------------------------------------------------------------
 */

static int fault_in_child(void *context)
{
    stage *it = context;
    for (int i = 0; i < 10; i++)
        if (section_guard(&it->view, touch, it, NULL) != SECTION_FAULT)
            return 1;
    char byte;
    return section_view_read(&it->view, 2 * it->page, &byte, 1, NULL) ==
                   SECTION_FAULT
               ? 0
               : 2;
}

static section_status fork_in_guard(void *context)
{
    process child;
    process_fork(&child, fault_in_child, context);
    process_succeeds(&child);
    (void)faulting_touch(((stage *)context)->touched);
    return SECTION_OK;
}

CASE_OR_SKIP(a_forked_child_has_guards, "no fork")
{
    NO_ARGUMENTS();
    if (!process_can_fork())
        return ROLE_CANNOT;
    stage it = set_stage();
    /* Before the first guard of the process, within one, and after. */
    process child;
    assert_that(process_fork(&child, fault_in_child, &it));
    process_succeeds(&child);
    assert_status(SECTION_FAULT,
                  section_guard(&it.view, fork_in_guard, &it, NULL));
    assert_that(process_fork(&child, fault_in_child, &it));
    process_succeeds(&child);
    strike_stage(&it);
    return 0;
}

static const process_role roles[] = {
    CASE_ROLE(a_guarded_call_returns_what_the_function_returns),
    CASE_ROLE(a_fault_is_told_with_its_address_and_offset),
    CASE_ROLE(a_write_to_bytes_that_are_only_read_is_a_fault),
    CASE_ROLE(offsets_of_faults_are_the_sections),
    CASE_ROLE(faults_can_be_met_again_and_again),
    CASE_ROLE(the_innermost_guard_of_the_view_is_left),
    CASE_ROLE(deep_nests_are_left_at_once),
    CASE_ROLE(a_copy_in_a_guard_leaves_the_faults_of_other_views_to_it),
    CASE_ROLE(threads_have_guards_of_their_own),
    CASE_ROLE(threads_that_come_and_go_have_guards),
    CASE_ROLE(faults_of_the_application_reach_its_handler),
    CASE_ROLE(faults_offered_by_a_later_handler_are_taken),
    CASE_ROLE(a_fault_in_a_thread_without_guards_is_the_applications),
    CASE_ROLE(a_forked_child_has_guards),
    {"end_in_the_middle", end_in_the_middle},
    {"touch_without_a_guard", touch_without_a_guard},
    {"touch_another_view_in_a_guard", touch_another_view_in_a_guard},
    {"copy_to_nowhere", copy_to_nowhere},
    {"touch_in_another_thread", touch_in_another_thread},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_guarded_call_returns_what_the_function_returns),
    cmocka_unit_test(a_fault_is_told_with_its_address_and_offset),
    cmocka_unit_test(a_write_to_bytes_that_are_only_read_is_a_fault),
    cmocka_unit_test(offsets_of_faults_are_the_sections),
    cmocka_unit_test(a_guard_without_a_view_or_a_function_is_invalid),
    cmocka_unit_test(faults_can_be_met_again_and_again),
    cmocka_unit_test(the_innermost_guard_of_the_view_is_left),
    cmocka_unit_test(deep_nests_are_left_at_once),
    cmocka_unit_test(a_copy_in_a_guard_leaves_the_faults_of_other_views_to_it),
    cmocka_unit_test(threads_have_guards_of_their_own),
    cmocka_unit_test(threads_that_come_and_go_have_guards),
    cmocka_unit_test(a_process_can_end_while_threads_are_in_guards),
    cmocka_unit_test(faults_of_the_application_reach_its_handler),
    cmocka_unit_test(faults_offered_by_a_later_handler_are_taken),
    cmocka_unit_test(a_try_without_a_fault_is_not_the_librarys),
    cmocka_unit_test(a_fault_in_a_thread_without_guards_is_the_applications),
    cmocka_unit_test(faults_that_nobody_handles_end_the_process),
    cmocka_unit_test(a_forked_child_has_guards),
};

TEST_MAIN(tests, roles)
