/* SPDX-License-Identifier: MIT */
/*
 * Guards: calls that a fault ends.
 *
 * Each thread has a chain of frames, the innermost first, which lie on its
 * stack. What a handler needs to find it is made before there is anything to
 * find: pthread_getspecific() then only reads memory of the thread, in every C
 * library that we know, also in a library that was loaded later, where reading
 * a _Thread_local variable may allocate.
 */
#include "posix_internal.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

/* Linux 4.7; glibc does not have it. */
#if defined(__linux__) && !defined(SS_AUTODISARM)
#define SS_AUTODISARM (1u << 31)
#endif

typedef struct frame {
    section_os_watch watch;
    struct frame *outer;
    const void *volatile fault;
    volatile int32_t given_up; /* frames inside this one, left with it */
    stack_t alternate;         /* of the thread, where it faulted */
    sigjmp_buf place;
} frame;

/* Of all threads. A thread that has nothing to do with the library may not even
 * be one of the C library, so nothing of it is asked while this is 0. */
static section_os_count active;

static pthread_key_t chain;
static bool has_chain;

/* By one thread at a time. */
section_os_result posix_fault_prepare(void)
{
    if (has_chain)
        return posix_ok();
    /* pthread_key_create(3): EAGAIN for too many keys. */
    int error = pthread_key_create(&chain, NULL);
    if (error == EAGAIN)
        return posix_verdict(SECTION_LIMIT, error);
    if (error != 0)
        return posix_verdict(SECTION_NO_MEMORY, error);
    has_chain = true;
    return posix_ok();
}

void posix_fault_dispose(void)
{
    if (has_chain)
        (void)pthread_key_delete(chain);
    has_chain = false;
}

static bool is_watched(const section_os_watch *watch, const void *address)
{
    return (uintptr_t)address - (uintptr_t)watch->base < watch->length;
}

static section_os_result enter(frame *here, const section_os_watch *watch)
{
    here->watch = *watch;
    here->outer = pthread_getspecific(chain);
    here->fault = NULL;
    here->given_up = 0;
    /* May need heap for the first guard of a thread. */
    int error = pthread_setspecific(chain, here);
    if (error != 0)
        return posix_verdict(SECTION_NO_MEMORY, error);
    (void)__atomic_add_fetch(&active, 1, __ATOMIC_ACQ_REL);
    return posix_ok();
}

static void leave(const frame *here)
{
    (void)__atomic_sub_fetch(&active, 1 + here->given_up, __ATOMIC_ACQ_REL);
    (void)pthread_setspecific(chain, here->outer);
}

/*
 * Whether the function came back. The signal mask is not a part of the place,
 * which would cost a system call for each guard: the handler has the mask of
 * the interrupted code, and restores that.
 */
static bool call(frame *here, section_guarded function, void *context,
                 section_status *answer)
{
    if (sigsetjmp(here->place, 0) != 0)
        return false;
    *answer = function(context);
    return true;
}

/* A stack that is taken away from whoever runs on it (sigaltstack(2)) is given
 * back when the handler returns, which it did not. Not before it is left: the
 * next signal would use it from its start. */
static void arm_alternate_stack(const frame *here)
{
#ifdef SS_AUTODISARM
    if (((unsigned)here->alternate.ss_flags & SS_AUTODISARM) != 0)
        (void)sigaltstack(&here->alternate, NULL);
#else
    (void)here;
#endif
}

section_os_result section_os_guarded_call(section_guarded function,
                                          void *context,
                                          const section_os_watch *watch,
                                          section_status *answer,
                                          const void **fault)
{
    *answer = 0;
    *fault = NULL;
    section_os_result result = posix_handlers_set();
    if (result.status != SECTION_OK)
        return result;
    frame here;
    result = enter(&here, watch);
    if (result.status != SECTION_OK)
        return result;
    bool came_back = call(&here, function, context, answer);
    leave(&here);
    if (came_back)
        return posix_ok();
    arm_alternate_stack(&here);
    *fault = here.fault;
    return posix_verdict(SECTION_FAULT, EFAULT);
}

/* In the handler: leave it for the innermost frame that watches the address, if
 * there is one. */
static void leave_for_frame(const void *address, void *context)
{
    if (__atomic_load_n(&active, __ATOMIC_ACQUIRE) == 0)
        return;
    int32_t given_up = 0;
    frame *found = pthread_getspecific(chain);
    for (; found != NULL; found = found->outer) {
        if (is_watched(&found->watch, address))
            break;
        given_up++;
    }
    if (found == NULL)
        return;
    found->fault = address;
    found->given_up = given_up;
    const ucontext_t *interrupted = context;
    found->alternate = interrupted->uc_stack;
    (void)pthread_sigmask(SIG_SETMASK, &interrupted->uc_sigmask, NULL);
    siglongjmp(found->place, 1);
}

bool posix_fault_was_sent(const siginfo_t *info)
{
    int code = info->si_code;
#ifdef BUS_MCEERR_AO
    /* Bad memory that nobody has touched yet. */
    if (info->si_signo == SIGBUS && code == BUS_MCEERR_AO)
        return true;
#endif
    /* Codes of the kernel are positive; some systems have others that are. */
    return code <= 0 || code == SI_USER || code == SI_QUEUE ||
           code == SI_TIMER || code == SI_ASYNCIO || code == SI_MESGQ;
}

bool posix_fault_is_taken(const siginfo_t *info, void *context)
{
    if (posix_fault_was_sent(info))
        return false;
    if (posix_copy_leave(info->si_addr, context))
        return true;
    leave_for_frame(info->si_addr, context);
    return false;
}

int32_t section_os_guard_try(int32_t signal, void *information, void *context)
{
    if ((signal != SIGSEGV && signal != SIGBUS) || information == NULL ||
        context == NULL)
        return 0;
    return posix_fault_is_taken(information, context) ? 1 : 0;
}
