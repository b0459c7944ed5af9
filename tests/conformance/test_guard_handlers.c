/* SPDX-License-Identifier: MIT */
/*
 * The handlers of the application, which were there before the first guarded
 * call or came after it, behave as if the library were not there. Contract
 * line 24.
 */
#include "faulting.h"
#include "sections.h"

#define NO_SIGNALS "faults are no signals"

/* A view that is bad as a whole, guarded once. */
typedef struct stage {
    section *s;
    section_view view;
} stage;

static section_status touch_view(void *context)
{
    (void)faulting_touch(bytes_of(context));
    return SECTION_OK;
}

static void assert_guarded(stage *it)
{
    unsigned char byte;
    assert_status(SECTION_FAULT,
                  section_guard(&it->view, touch_view, &it->view, NULL));
    assert_status(SECTION_FAULT,
                  section_view_read(&it->view, 0, &byte, 1, NULL));
}

static stage set_stage(void)
{
    stage it = {.s = new_memory(machine_page_size())};
    it.view = mapped(it.s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK,
                  section_view_protect(&it.view, 0, 0, SECTION_ACCESS_NONE));
    assert_guarded(&it);
    return it;
}

static void strike_stage(stage *it)
{
    unmap(&it->view);
    section_close(it->s);
}

/* One fault of the application's own, and what its handler has seen. */
static faulting_record fault_own(void)
{
    assert_same(0, faulting_touch(faulting_page() + 5));
    faulting_record record = faulting_take_record();
    assert_same(1, record.calls);
    return record;
}

/* --- as it was set ----------------------------------------------------------
 */

static faulting_record fault_own_with(unsigned kind)
{
    faulting_handle(kind);
    faulting_record before = fault_own();
    stage it = set_stage();
    assert_that(faulting_blocks_nothing());
    faulting_record after = fault_own();
    /* The library has changed nothing of it. */
    assert_that(before.address == after.address);
    assert_same(before.has_context, after.has_context);
    assert_same(before.is_on_stack, after.is_on_stack);
    assert_same(before.is_other_blocked, after.is_other_blocked);
    assert_same(before.is_own_blocked, after.is_own_blocked);
    assert_guarded(&it);
    assert_that(faulting_blocks_nothing());
    strike_stage(&it);
    return after;
}

CASE_OR_SKIP(a_handler_that_asks_for_nothing_is_called, NO_SIGNALS)
{
    NO_ARGUMENTS();
    if (!faulting_has_signals())
        return ROLE_CANNOT;
    faulting_record record = fault_own_with(0);
    assert_that(!record.has_context);
    assert_that(record.is_own_blocked);
    assert_that(!record.is_other_blocked || machine_is_thread_sanitized());
    assert_that(!record.is_on_stack);
    return 0;
}

CASE_OR_SKIP(a_handler_is_told_address_and_context, NO_SIGNALS)
{
    NO_ARGUMENTS();
    if (!faulting_has_signals())
        return ROLE_CANNOT;
    faulting_record record = fault_own_with(FAULTING_INFORMED);
    assert_that(record.has_context);
    assert_that(record.address == faulting_page() + 5);
    return 0;
}

CASE_OR_SKIP(a_handler_runs_on_its_alternate_stack, NO_SIGNALS)
{
    NO_ARGUMENTS();
    if (!faulting_has_signals())
        return ROLE_CANNOT;
    assert_that(fault_own_with(FAULTING_STACK | FAULTING_INFORMED).is_on_stack);
    return 0;
}

/* The system would give it back when the handler returns, which it does not. */
CASE_OR_SKIP(an_alternate_stack_that_is_lent_is_given_back,
             "no stacks that are taken away while a handler runs")
{
    NO_ARGUMENTS();
    if (!faulting_has_signals() || !faulting_lend_stack())
        return ROLE_CANNOT;
    stage it = set_stage();
    assert_that(faulting_has_stack());
    assert_guarded(&it);
    assert_that(faulting_has_stack());
    strike_stage(&it);
    return 0;
}

CASE_OR_SKIP(a_handler_blocks_what_it_wants_to_be_blocked, NO_SIGNALS)
{
    NO_ARGUMENTS();
    if (!faulting_has_signals())
        return ROLE_CANNOT;
    faulting_record record = fault_own_with(FAULTING_BLOCKS);
    assert_that(record.is_other_blocked);
    assert_that(record.is_own_blocked);
    return 0;
}

CASE_OR_SKIP(a_handler_that_wants_no_signal_blocked_has_none, NO_SIGNALS)
{
    NO_ARGUMENTS();
    if (!faulting_has_signals())
        return ROLE_CANNOT;
    /* That sanitizer calls handlers from its own, which blocks all. */
    assert_that(!fault_own_with(FAULTING_DEFERS).is_own_blocked ||
                machine_is_thread_sanitized());
    return 0;
}

/* --- once, never, and what is sent ------------------------------------------
 */

CASE_OR_SKIP(a_handler_that_is_to_run_once_leaves_the_guards, NO_SIGNALS)
{
    NO_ARGUMENTS();
    if (!faulting_has_signals())
        return ROLE_CANNOT;
    faulting_handle(FAULTING_ONCE | FAULTING_INFORMED);
    stage it = set_stage();
    (void)fault_own();
    assert_guarded(&it);
    strike_stage(&it);
    return 0;
}

static int fault_twice(const char *argument, intptr_t inherited)
{
    NO_ARGUMENTS();
    faulting_handle(FAULTING_ONCE | FAULTING_INFORMED);
    stage it = set_stage();
    (void)fault_own();
    (void)faulting_touch(faulting_page());
    strike_stage(&it);
    return 0;
}

static int fault_by_default(const char *argument, intptr_t inherited)
{
    NO_ARGUMENTS();
    faulting_default();
    (void)set_stage();
    (void)faulting_touch(faulting_page());
    return 0;
}

static int fault_while_ignoring(const char *argument, intptr_t inherited)
{
    NO_ARGUMENTS();
    faulting_ignore();
    (void)set_stage();
    (void)faulting_touch(faulting_page());
    return 0;
}

static int send_by_default(const char *argument, intptr_t inherited)
{
    (void)inherited;
    faulting_default();
    (void)set_stage();
    faulting_send(strcmp(argument, "process") == 0);
    return 0;
}

static void assert_dies(const char *role, const char *argument)
{
    process child;
    process_start(&child, role, argument, PROCESS_NOTHING);
    assert_true(process_wait(&child).end == PROCESS_FAULTED);
}

static void faults_without_a_handler_end_the_process(void **state)
{
    (void)state;
    if (!faulting_has_signals())
        SKIP(NO_SIGNALS);
    assert_dies("fault_twice", "");
    assert_dies("fault_by_default", "");
    assert_dies("fault_while_ignoring", "");
    assert_dies("send_by_default", "process");
    assert_dies("send_by_default", "thread");
}

CASE_OR_SKIP(ignored_signals_that_are_sent_stay_ignored, NO_SIGNALS)
{
    NO_ARGUMENTS();
    if (!faulting_has_signals())
        return ROLE_CANNOT;
    faulting_ignore();
    stage it = set_stage();
    faulting_send(true);
    faulting_send(false);
    assert_guarded(&it);
    strike_stage(&it);
    return 0;
}

static section_status send_to_self(void *context)
{
    faulting_send(context != NULL);
    faulting_send(context == NULL);
    return SECTION_BUSY;
}

/* What is sent is no fault, also in a guard. */
CASE_OR_SKIP(signals_that_are_sent_reach_the_handler, NO_SIGNALS)
{
    NO_ARGUMENTS();
    if (!faulting_has_signals())
        return ROLE_CANNOT;
    faulting_handle(FAULTING_INFORMED);
    stage it = set_stage();
    faulting_send(true);
    faulting_send(false);
    assert_same(2, faulting_take_record().calls);
    assert_status(SECTION_BUSY,
                  section_guard(&it.view, send_to_self, NULL, NULL));
    assert_same(2, faulting_take_record().calls);
    assert_guarded(&it);
    strike_stage(&it);
    return 0;
}

/* --- later handlers ----------------------------------------------------------
 */

/* A fault that a later handler keeps for itself is not the library's: this one
 * gives up. */
static int fault_behind_a_later_handler(const char *argument,
                                        intptr_t inherited)
{
    NO_ARGUMENTS();
    stage it = set_stage();
    faulting_handle(FAULTING_INFORMED);
    (void)fault_own();
    (void)section_guard(&it.view, touch_view, &it.view, NULL);
    return 0;
}

static void a_later_handler_that_hands_nothing_on_comes_first(void **state)
{
    (void)state;
    if (!faulting_has_signals())
        SKIP(NO_SIGNALS);
    process child;
    process_start(&child, "fault_behind_a_later_handler", "", PROCESS_NOTHING);
    process_result result = process_wait(&child);
    assert_true(result.end == PROCESS_EXITED);
    assert_int_equal(result.code, FAULTING_ABANDONED);
}

/* With a mask and a stack of its own, and no way to be interrupted. */
CASE_OR_SKIP(a_later_handler_of_any_kind_can_offer_faults, NO_SIGNALS)
{
    NO_ARGUMENTS();
    if (!faulting_has_signals())
        return ROLE_CANNOT;
    stage it = set_stage();
    faulting_handle(FAULTING_TRIES | FAULTING_BLOCKS | FAULTING_STACK);
    for (int i = 0; i < 100; i++) {
        assert_guarded(&it);
        assert_that(faulting_blocks_nothing());
    }
    assert_same(0, faulting_take_record().calls);
    faulting_record record = fault_own();
    assert_that(record.is_on_stack);
    assert_that(record.is_other_blocked);
    strike_stage(&it);
    return 0;
}

static const process_role roles[] = {
    CASE_ROLE(a_handler_that_asks_for_nothing_is_called),
    CASE_ROLE(a_handler_is_told_address_and_context),
    CASE_ROLE(a_handler_runs_on_its_alternate_stack),
    CASE_ROLE(an_alternate_stack_that_is_lent_is_given_back),
    CASE_ROLE(a_handler_blocks_what_it_wants_to_be_blocked),
    CASE_ROLE(a_handler_that_wants_no_signal_blocked_has_none),
    CASE_ROLE(a_handler_that_is_to_run_once_leaves_the_guards),
    CASE_ROLE(ignored_signals_that_are_sent_stay_ignored),
    CASE_ROLE(signals_that_are_sent_reach_the_handler),
    CASE_ROLE(a_later_handler_of_any_kind_can_offer_faults),
    {"fault_twice", fault_twice},
    {"fault_by_default", fault_by_default},
    {"fault_while_ignoring", fault_while_ignoring},
    {"send_by_default", send_by_default},
    {"fault_behind_a_later_handler", fault_behind_a_later_handler},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_handler_that_asks_for_nothing_is_called),
    cmocka_unit_test(a_handler_is_told_address_and_context),
    cmocka_unit_test(a_handler_runs_on_its_alternate_stack),
    cmocka_unit_test(an_alternate_stack_that_is_lent_is_given_back),
    cmocka_unit_test(a_handler_blocks_what_it_wants_to_be_blocked),
    cmocka_unit_test(a_handler_that_wants_no_signal_blocked_has_none),
    cmocka_unit_test(a_handler_that_is_to_run_once_leaves_the_guards),
    cmocka_unit_test(faults_without_a_handler_end_the_process),
    cmocka_unit_test(ignored_signals_that_are_sent_stay_ignored),
    cmocka_unit_test(signals_that_are_sent_reach_the_handler),
    cmocka_unit_test(a_later_handler_that_hands_nothing_on_comes_first),
    cmocka_unit_test(a_later_handler_of_any_kind_can_offer_faults),
};

TEST_MAIN(tests, roles)
