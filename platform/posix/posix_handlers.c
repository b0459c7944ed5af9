/* SPDX-License-Identifier: MIT */
/*
 * The handlers of faults, and those that were there before, which get whatever
 * is not the library's.
 *
 * sigaction() gives a handler its mask and its flags before the handler runs.
 * Ours are those of the handler that was there: the alternate stack, the
 * signals that are blocked, whether calls are restarted. So that handler runs
 * as it would have run without us. One that is to run once (SA_RESETHAND) does,
 * but ours stays.
 */
#include "posix_internal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

/* What a signal did before, of which one is valid at any time: what it did when
 * we looked, and what it did when we set ours. */
typedef struct earlier {
    struct sigaction seen, replaced;
    const struct sigaction *valid;
    int32_t is_spent; /* SA_RESETHAND: it has run */
} earlier;

static earlier earlier_segv, earlier_bus;

static pthread_mutex_t setting = PTHREAD_MUTEX_INITIALIZER;
static int32_t are_set;

static earlier *earlier_of(int signal)
{
    return signal == SIGBUS ? &earlier_bus : &earlier_segv;
}

static struct sigaction default_action(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    (void)sigemptyset(&action.sa_mask);
    return action;
}

/*
 * End the process as if there had been no handler. A fault happens again when
 * the handler returns, at the same instruction; a signal that was sent does
 * not, and stays blocked until then.
 */
static void act_by_default(int signal, bool was_sent)
{
    const struct sigaction action = default_action();
    (void)sigaction(signal, &action, NULL);
    if (was_sent)
        (void)raise(signal);
}

static bool is_used_up(earlier *before, const struct sigaction *action)
{
    return ((unsigned)action->sa_flags & (unsigned)SA_RESETHAND) != 0 &&
           __atomic_exchange_n(&before->is_spent, 1, __ATOMIC_ACQ_REL) != 0;
}

static void hand_on(int signal, siginfo_t *info, void *context)
{
    earlier *before = earlier_of(signal);
    const struct sigaction *action =
        __atomic_load_n(&before->valid, __ATOMIC_ACQUIRE);
    bool was_sent = posix_fault_was_sent(info);
    if (action->sa_handler == SIG_IGN && was_sent)
        return;
    /* The system does not let a fault be ignored either. */
    if (action->sa_handler == SIG_IGN || action->sa_handler == SIG_DFL ||
        is_used_up(before, action))
        act_by_default(signal, was_sent);
    else if ((action->sa_flags & SA_SIGINFO) != 0)
        action->sa_sigaction(signal, info, context);
    else
        action->sa_handler(signal);
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    int error = errno;
    bool is_taken = posix_fault_is_taken(info, context);
    errno = error;
    if (!is_taken)
        hand_on(signal, info, context);
}

/* Our action, made to be as the one before. */
static struct sigaction action_like(const struct sigaction *before)
{
    struct sigaction ours = *before;
    if (before->sa_handler == SIG_DFL || before->sa_handler == SIG_IGN) {
        ours = default_action();
        /* What is ignored interrupts nothing. */
        ours.sa_flags = SA_ONSTACK | SA_RESTART;
    }
    ours.sa_flags = (int)(((unsigned)ours.sa_flags & ~(unsigned)SA_RESETHAND) |
                          (unsigned)SA_SIGINFO);
    ours.sa_sigaction = on_fault;
    return ours;
}

static bool is_ours(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) != 0 &&
           action->sa_sigaction == on_fault;
}

/* The handler can run, in another thread, as soon as it is set, so what it
 * hands on to is known before. */
static section_os_result set_handler(int signal)
{
    earlier *before = earlier_of(signal);
    struct sigaction now;
    if (sigaction(signal, NULL, &now) != 0)
        return posix_failure(errno);
    /* An attempt that failed could not put back what it had replaced: that is
     * what is handed on to, and not ourselves. */
    if (is_ours(&now))
        return posix_ok();
    before->seen = now;
    __atomic_store_n(&before->is_spent, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&before->valid, &before->seen, __ATOMIC_RELEASE);
    const struct sigaction ours = action_like(&before->seen);
    if (sigaction(signal, &ours, &before->replaced) != 0)
        return posix_failure(errno);
    __atomic_store_n(&before->valid, &before->replaced, __ATOMIC_RELEASE);
    return posix_ok();
}

static void put_back_handler(int signal)
{
    earlier *before = earlier_of(signal);
    struct sigaction now;
    if (before->valid == NULL || sigaction(signal, NULL, &now) != 0 ||
        !is_ours(&now))
        return;
    const struct sigaction spent = default_action();
    (void)sigaction(signal, before->is_spent != 0 ? &spent : before->valid,
                    NULL);
}

static section_os_result set_all(void)
{
    section_os_result result = posix_fault_prepare();
    if (result.status == SECTION_OK)
        result = set_handler(SIGSEGV);
    if (result.status == SECTION_OK) {
        result = set_handler(SIGBUS);
        if (result.status != SECTION_OK)
            put_back_handler(SIGSEGV);
    }
    return result;
}

/* A forked child has all of it or nothing. */
static section_os_result set_once(void)
{
    posix_region region;
    section_os_result result = posix_region_enter(&region);
    if (result.status != SECTION_OK)
        return result;
    (void)pthread_mutex_lock(&setting);
    if (are_set == 0) {
        result = set_all();
        if (result.status == SECTION_OK)
            __atomic_store_n(&are_set, 1, __ATOMIC_RELEASE);
    }
    (void)pthread_mutex_unlock(&setting);
    posix_region_leave(&region);
    return result;
}

section_os_result posix_handlers_set(void)
{
    return __atomic_load_n(&are_set, __ATOMIC_ACQUIRE) != 0 ? posix_ok()
                                                            : set_once();
}

/*
 * What is unloaded takes its handlers with it. This also runs when the process
 * ends, in which other threads may still be inside guards: so what cannot be
 * unloaded leaves all as it is.
 */
__attribute__((destructor)) static void put_back_all(void)
{
    if (are_set == 0 || !posix_can_be_unloaded())
        return;
    put_back_handler(SIGSEGV);
    put_back_handler(SIGBUS);
    posix_fault_dispose();
}
