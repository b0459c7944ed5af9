/* SPDX-License-Identifier: MIT */
#include "threads.h"

#include <pthread.h>

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
