/* SPDX-License-Identifier: MIT */
/*
 * Regions that no fork enters.
 *
 * A lock belongs to an open file description, and a forked child has a copy of
 * every descriptor. If the parent forked while one of its threads holds the
 * guard of a name, and was killed before that thread let go, the guard would
 * live on in the child. So a fork waits until no thread is inside, and whoever
 * wants in waits for a fork that has begun. Nothing inside waits for another
 * process.
 */
#include "posix_internal.h"

#include <errno.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned inside;
static unsigned forking;
static bool registered;

/* Whether this thread is forking, and has locked. A C library may run the
 * later handlers of a fork that had begun before they were registered, without
 * the first (musl does). */
static _Thread_local bool prepared;

/*
 * Whether this thread is inside, or on its way. It forks all the same if a
 * signal handler does: then it must not wait for itself. Its child has a copy
 * of what is locked here, which the parent unlocks by name.
 */
static _Thread_local volatile bool here;

static void before_fork(void)
{
    if (here)
        return;
    (void)pthread_mutex_lock(&lock);
    forking++;
    while (inside != 0)
        (void)pthread_cond_wait(&changed, &lock);
    /* Locked until the fork is over, so that the child gets it as it is. */
    prepared = true;
}

static void after_fork(void)
{
    if (!prepared)
        return;
    prepared = false;
    forking--;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

/* The other threads are not in the child, whatever they were doing. */
static void after_fork_in_child(void)
{
    static const pthread_mutex_t fresh_lock = PTHREAD_MUTEX_INITIALIZER;
    static const pthread_cond_t fresh_condition = PTHREAD_COND_INITIALIZER;
    prepared = false;
    inside = here;
    forking = 0;
    lock = fresh_lock;
    changed = fresh_condition;
}

/* Under the lock, or before there can be other threads. */
static void register_handlers(void)
{
    if (!registered)
        registered =
            pthread_atfork(before_fork, after_fork, after_fork_in_child) == 0;
}

/*
 * When the library is loaded, and not at first need: a fork that another thread
 * has begun before the handlers are there runs none of them in the child, which
 * would then find the lock as that moment left it, for ever.
 */
__attribute__((constructor)) static void register_early(void)
{
    register_handlers();
}

/* A thread cancelled inside would keep every later fork waiting. */
static int forbid_cancelling(void)
{
    int before = 0;
#ifdef PTHREAD_CANCEL_DISABLE
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
#endif
    return before;
}

static void allow_cancelling(int before)
{
#ifdef PTHREAD_CANCEL_DISABLE
    (void)pthread_setcancelstate(before, &before);
#else
    (void)before;
#endif
}

section_os_result posix_region_enter(posix_region *out)
{
    out->cancelling = forbid_cancelling();
    here = true;
    (void)pthread_mutex_lock(&lock);
    register_handlers();
    bool entered = registered;
    while (entered && forking != 0)
        (void)pthread_cond_wait(&changed, &lock);
    if (entered)
        inside++;
    (void)pthread_mutex_unlock(&lock);
    if (entered)
        return posix_ok();
    here = false;
    allow_cancelling(out->cancelling);
    return posix_verdict(SECTION_NO_MEMORY, ENOMEM);
}

void posix_region_leave(const posix_region *region)
{
    (void)pthread_mutex_lock(&lock);
    inside--;
    if (inside == 0 && forking != 0)
        (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
    here = false;
    allow_cancelling(region->cancelling);
}
