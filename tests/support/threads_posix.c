/* SPDX-License-Identifier: MIT */
#include "threads.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct worker {
    pthread_t thread;
    size_t index;
    void (*work)(size_t index, void *context);
    void *context;
    pthread_mutex_t *gate;
};

static void *run(void *argument)
{
    struct worker *worker = argument;
    /* Held until all threads are there, so that they start together. */
    (void)pthread_mutex_lock(worker->gate);
    (void)pthread_mutex_unlock(worker->gate);
    worker->work(worker->index, worker->context);
    return NULL;
}

void threads_run(size_t count, void (*work)(size_t index, void *context),
                 void *context)
{
    struct worker workers[THREADS_MOST];
    pthread_mutex_t gate;
    assert_true(count <= THREADS_MOST);
    assert_int_equal(pthread_mutex_init(&gate, NULL), 0);
    (void)pthread_mutex_lock(&gate);
    size_t started = 0;
    for (; started < count; started++) {
        struct worker *worker = &workers[started];
        *worker = (struct worker){
            .index = started, .work = work, .context = context, .gate = &gate};
        if (pthread_create(&worker->thread, NULL, run, worker) != 0)
            break;
    }
    (void)pthread_mutex_unlock(&gate);
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(workers[i].thread, NULL);
    (void)pthread_mutex_destroy(&gate);
    assert_true(started == count);
}

void threads_yield(void)
{
    (void)sched_yield();
}

/* ------------------------------------------------------------------------
 * Unusual threads
 * ------------------------------------------------------------------------ */

struct unusual {
    void (*work)(void *context);
    void *context;
    bool apart; /* wanted, then had */
};

static bool leave_descriptors(void)
{
#if defined(__linux__)
    return unshare(CLONE_FILES) == 0;
#else
    return false;
#endif
}

static void *run_unusual(void *argument)
{
    struct unusual *unusual = argument;
    bool wanted = unusual->apart;
    unusual->apart = wanted && leave_descriptors();
    if (unusual->apart == wanted)
        unusual->work(unusual->context);
    return NULL;
}

static void run_one(struct unusual *unusual, const pthread_attr_t *attributes)
{
    pthread_t thread;
    assert_that(pthread_create(&thread, attributes, run_unusual, unusual) == 0);
    (void)pthread_join(thread, NULL);
}

bool threads_run_apart(void (*work)(void *context), void *context)
{
    struct unusual unusual = {work, context, true};
    run_one(&unusual, NULL);
    return unusual.apart;
}

void threads_run_on_small_stack(size_t stack, void (*work)(void *context),
                                void *context)
{
    struct unusual unusual = {work, context, false};
    /* sysconf(): PTHREAD_STACK_MIN is not always enough for what the processor
     * saves on a signal. */
    long least = sysconf(_SC_THREAD_STACK_MIN);
    if (least > 0 && stack < (size_t)least)
        stack = (size_t)least;
    pthread_attr_t attributes;
    assert_that(pthread_attr_init(&attributes) == 0);
    assert_that(pthread_attr_setstacksize(&attributes, stack) == 0);
    run_one(&unusual, &attributes);
    (void)pthread_attr_destroy(&attributes);
}

#if defined(__linux__)
/* The state of the first thread, as proc(5) tells it: 'Z' when it has let go of
 * all it had. pthread_join() comes back before that. */
static char state_of_first(void)
{
    char line[512] = "";
    FILE *file = fopen("/proc/self/stat", "r");
    if (file == NULL)
        return 'Z';
    size_t got = fread(line, 1, sizeof(line) - 1, file);
    (void)fclose(file);
    line[got] = '\0';
    /* The name before it may have anything in it. */
    const char *end = strrchr(line, ')');
    return end != NULL && end[1] == ' ' ? end[2] : '\0';
}

struct survivor {
    int (*work)(void *context);
    void *context;
};

static void *survive(void *argument)
{
    struct survivor *survivor = argument;
    while (state_of_first() != 'Z')
        (void)sched_yield();
    int code = survivor->work(survivor->context);
    (void)fflush(NULL);
    /* Nothing that looks at all threads of the process: one of them is no more.
     */
    _exit(code);
}

bool threads_outlive_first(int (*work)(void *context), void *context)
{
    static struct survivor survivor;
    pthread_t thread;
    survivor = (struct survivor){work, context};
    assert_that(pthread_create(&thread, NULL, survive, &survivor) == 0);
    pthread_exit(NULL);
}
#else
bool threads_outlive_first(int (*work)(void *context), void *context)
{
    /* Nothing tells here when the first thread is gone. */
    (void)work;
    (void)context;
    return false;
}
#endif
