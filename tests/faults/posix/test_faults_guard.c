/* SPDX-License-Identifier: MIT */
/*
 * The first guarded call of a process with every call of the C library failing
 * that it makes, one after the other: nothing is read, written or called, the
 * application has the handlers that it had, and the next guarded call works.
 *
 * What is set, is set once: each attempt is a child of its own, in which there
 * are no handlers of cmocka's either. The parent never makes a guarded call.
 */
#include "../../support/faulting.h"
#include "faults.h"
#include "stage.h"
#include "strike.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE   5000
#define OFFSET 3
#define LENGTH 9

/* A good view and one that cannot be touched, and what is asked of them. */
typedef struct attempt {
    section *s;
    section_view good, bad;
    unsigned char bytes[LENGTH];
    size_t done;
    section_fault fault;
    unsigned called; /* how often the guarded function was */
    const section_view *asked;
} attempt;

typedef section_status guarded(attempt *it);

/* ------------------------------------------------------------------------
 * Guarded calls
 * ------------------------------------------------------------------------ */

static section_status read_bytes(attempt *it)
{
    return section_view_read(it->asked, OFFSET, it->bytes, LENGTH, &it->done);
}

static section_status write_bytes(attempt *it)
{
    return section_view_write(it->asked, OFFSET, it->bytes, LENGTH, &it->done);
}

static section_status touch(void *context)
{
    attempt *it = context;
    it->called++;
    (void)faulting_touch((const unsigned char *)it->asked->data + OFFSET);
    return SECTION_OK;
}

static section_status call_function(attempt *it)
{
    return section_guard(it->asked, touch, it, &it->fault);
}

static const struct {
    const char *name;
    guarded *call;
} calls[] = {
    {"read", read_bytes}, {"write", write_bytes}, {"call", call_function}};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static section_view map_page(section *s)
{
    section_view view;
    assert_status(SECTION_OK,
                  section_map(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE));
    return view;
}

static void set_out(attempt *it)
{
    memset(it, 0, sizeof(*it));
    it->s = stage_memory(SIZE);
    it->good = map_page(it->s);
    it->bad = map_page(it->s);
    assert_status(SECTION_OK,
                  section_view_protect(&it->bad, 0, 0, SECTION_ACCESS_NONE));
}

/* Ask for it, with out parameters that no call leaves so. */
static section_status ask(attempt *it, guarded *call, const section_view *view)
{
    it->asked = view;
    memset(it->bytes, 0x5a, LENGTH);
    memset(&it->fault, 0x5a, sizeof(it->fault));
    it->done = SIZE;
    it->called = 0;
    return call(it);
}

/* ------------------------------------------------------------------------
 * What is found afterwards
 * ------------------------------------------------------------------------ */

/* What the application does about the two signals. */
typedef struct handlers {
    struct sigaction segv, bus;
} handlers;

static handlers handlers_now(void)
{
    handlers now;
    assert_that(sigaction(SIGSEGV, NULL, &now.segv) == 0);
    assert_that(sigaction(SIGBUS, NULL, &now.bus) == 0);
    return now;
}

static bool is_same_action(const struct sigaction *a, const struct sigaction *b)
{
    for (int signal = 1; signal <= SIGUSR2; signal++)
        if (sigismember(&a->sa_mask, signal) !=
            sigismember(&b->sa_mask, signal))
            return false;
    return a->sa_sigaction == b->sa_sigaction && a->sa_flags == b->sa_flags;
}

static bool are_same(const handlers *a, const handlers *b)
{
    return is_same_action(&a->segv, &b->segv) &&
           is_same_action(&a->bus, &b->bus);
}

/* Differently for the two signals. */
static handlers handle_faults(void)
{
    faulting_handle(FAULTING_INFORMED | FAULTING_BLOCKS);
    struct sigaction bus = handlers_now().bus;
    bus.sa_flags |= SA_NODEFER;
    (void)sigemptyset(&bus.sa_mask);
    (void)sigaddset(&bus.sa_mask, SIGUSR2);
    assert_that(sigaction(SIGBUS, &bus, NULL) == 0);
    return handlers_now();
}

/* The application's own faults reach it, and only they do. */
static void check_application(void)
{
    (void)faulting_take_record();
    (void)faulting_touch(faulting_page());
    assert_that(faulting_take_record().calls == 1);
    assert_that(raise(SIGBUS) == 0);
    assert_that(faulting_take_record().calls == 1);
}

static void check_nothing_done(const attempt *it, guarded *call)
{
    unsigned char poison[LENGTH];
    memset(poison, 0x5a, LENGTH);
    assert_that(it->called == 0);
    assert_that(memcmp(it->bytes, poison, LENGTH) == 0);
    assert_that(expect_zero(it->good.data, it->good.length));
    if (call == call_function)
        assert_that(expect_zero(&it->fault, sizeof(it->fault)));
    else
        assert_that(it->done == 0);
}

static void check_call(attempt *it, guarded *call)
{
    bool copies = call != call_function;
    assert_status(SECTION_OK, ask(it, call, &it->good));
    assert_same(copies ? LENGTH : 0, copies ? it->done : it->called - 1);
    assert_status(SECTION_FAULT, ask(it, call, &it->bad));
    if (copies)
        assert_same(0, it->done);
    else
        assert_that(it->fault.address == (char *)it->bad.data + OFFSET);
}

static void check_works(attempt *it)
{
    for (size_t i = 0; i < CALLS; i++)
        check_call(it, calls[i].call);
    assert_that(faulting_take_record().calls == 0);
    assert_that(faulting_blocks_nothing());
}

/* ------------------------------------------------------------------------
 * Children
 * ------------------------------------------------------------------------ */

static const char *const functions[] = {"no call", "pthread_key_create",
                                        "sigaction look", "sigaction",
                                        "pthread_setspecific"};

#define FUNCTIONS (sizeof(functions) / sizeof(functions[0]))

/* What `play` returns in a child, which has not crashed. */
static unsigned fork_and_play(unsigned (*play)(void *context), void *context)
{
    int status;
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        expect_in_child();
        /* A fault that is handed round and round ends as well. */
        (void)alarm(PROCESS_PATIENCE);
        unsigned answer = play(context);
        (void)fflush(NULL);
        _exit((int)answer);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) == EXPECT_CHILD_FAILED)
        fail_msg("the child ended with %#x", (unsigned)status);
    return (unsigned)WEXITSTATUS(status);
}

static unsigned number_of(faults_strike strike)
{
    unsigned number = 0;
    if (!strike.happened)
        return 0;
    while (number < FUNCTIONS && !struck(strike, functions[number]))
        number++;
    assert_that(number < FUNCTIONS);
    return number;
}

/* As the seam has it: a key and its value are memory, and the rest is what
 * strike.c says. */
static section_status expected_of(faults_strike strike)
{
    if (struck(strike, "pthread_key_create"))
        return strike.error == EAGAIN ? SECTION_LIMIT : SECTION_NO_MEMORY;
    if (struck(strike, "pthread_setspecific"))
        return SECTION_NO_MEMORY;
    return strike.error == EINVAL ? SECTION_SYSTEM : status_of(strike);
}

typedef struct blow {
    guarded *call;
    unsigned nth, variant;
} blow;

/* The handlers are there before the first value of a thread, and stay. */
static void check_handlers(faults_strike strike, const handlers *before)
{
    handlers after = handlers_now();
    bool are_set = struck(strike, "pthread_setspecific");
    assert_that(are_same(before, &after) == !are_set);
    assert_that(are_set ==
                (after.segv.sa_sigaction != before->segv.sa_sigaction));
    assert_that(are_set ==
                (after.bus.sa_sigaction != before->bus.sa_sigaction));
}

static unsigned strike_first(void *context)
{
    const blow *b = context;
    attempt it;
    set_out(&it);
    handlers before = handle_faults();
    faults_arm(FAULTS_ERROR, b->nth, b->variant);
    section_status status = ask(&it, b->call, &it.good);
    faults_strike strike = faults_disarm();
    if (strike.happened) {
        assert_status(expected_of(strike), status);
        assert_same(strike.error, section_last_os_error());
        check_nothing_done(&it, b->call);
        check_handlers(strike, &before);
        check_application();
    } else {
        assert_status(SECTION_OK, status);
    }
    check_works(&it);
    check_application();
    check_works(&it);
    return number_of(strike);
}

static void who_fails_to_begin_begins_at_the_next_call(void **state)
{
    (void)state;
    unsigned counts[FUNCTIONS] = {0};
    for (size_t i = 0; i < CALLS; i++) {
        for (unsigned variant = 0; variant < FAULTS_VARIANTS; variant++) {
            blow b = {calls[i].call, 1, variant};
            unsigned number = fork_and_play(strike_first, &b);
            for (; number != 0; number = fork_and_play(strike_first, &b)) {
                counts[number]++;
                b.nth++;
            }
        }
        print_message("  %s\n", calls[i].name);
    }
    /* The key, and two signals. Copies may need no value of a thread. */
    assert_int_equal(counts[1], CALLS * FAULTS_VARIANTS);
    assert_int_equal(counts[2], 2 * CALLS * FAULTS_VARIANTS);
    assert_int_equal(counts[3], 2 * CALLS * FAULTS_VARIANTS);
    assert_true(counts[4] >= FAULTS_VARIANTS);
}

/* Keys are few. */
static unsigned strike_after_key(void *context)
{
    attempt it;
    (void)context;
    set_out(&it);
    (void)handle_faults();
    faults_arm(FAULTS_ERROR, 2, 0);
    assert_status(SECTION_ACCESS, ask(&it, read_bytes, &it.good));
    assert_that(struck(faults_disarm(), "sigaction look"));
    faults_lack("pthread_key_create", EAGAIN);
    faults_arm(FAULTS_ERROR, 0, 0);
    assert_status(SECTION_OK, ask(&it, read_bytes, &it.good));
    (void)faults_disarm();
    check_works(&it);
    return 0;
}

static void a_key_is_made_once(void **state)
{
    (void)state;
    assert_int_equal(fork_and_play(strike_after_key, NULL), 0);
}

/* One handler is set, the other cannot be, and the first cannot be put back. */
static unsigned strike_twice(void *context)
{
    attempt it;
    (void)context;
    set_out(&it);
    handlers before = handle_faults();
    faults_lack("sigaction back", EPERM);
    faults_arm(FAULTS_ERROR, 5, 0);
    assert_status(SECTION_ACCESS, ask(&it, read_bytes, &it.good));
    faults_strike strike = faults_disarm();
    faults_lack(NULL, 0);
    assert_that(struck(strike, "sigaction"));
    check_nothing_done(&it, read_bytes);
    handlers after = handlers_now();
    assert_that(is_same_action(&before.bus, &after.bus));
    assert_that(after.segv.sa_sigaction != before.segv.sa_sigaction);
    check_application();
    check_works(&it);
    check_application();
    return 0;
}

static void a_handler_that_cannot_be_put_back_hands_on(void **state)
{
    (void)state;
    assert_int_equal(fork_and_play(strike_twice, NULL), 0);
}

/* Threads have their values each. */
static void *strike_in_thread(void *context)
{
    attempt *it = context;
    faults_arm(FAULTS_ERROR, 1, 0);
    assert_status(SECTION_NO_MEMORY, ask(it, call_function, &it->good));
    assert_that(struck(faults_disarm(), "pthread_setspecific"));
    check_nothing_done(it, call_function);
    check_application();
    check_works(it);
    return NULL;
}

static unsigned strike_other_thread(void *context)
{
    attempt it;
    pthread_t thread;
    (void)context;
    set_out(&it);
    (void)handle_faults();
    check_works(&it);
    memset(it.good.data, 0, it.good.length);
    assert_that(pthread_create(&thread, NULL, strike_in_thread, &it) == 0);
    assert_that(pthread_join(thread, NULL) == 0);
    check_works(&it);
    return 0;
}

static void each_thread_begins_by_itself(void **state)
{
    (void)state;
    assert_int_equal(fork_and_play(strike_other_thread, NULL), 0);
}

int main(void)
{
    /* No names here. */
    strike_without_names();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_fails_to_begin_begins_at_the_next_call),
        cmocka_unit_test(a_key_is_made_once),
        cmocka_unit_test(a_handler_that_cannot_be_put_back_hands_on),
        cmocka_unit_test(each_thread_begins_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
