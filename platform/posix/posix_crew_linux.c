/* SPDX-License-Identifier: MIT */
/*
 * Work that the kernel does for us, page by page, shared among a few threads.
 * They end before the call that needed them returns.
 */
#include "posix_internal.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

/* More do not help: the pages of one object are behind a few locks. */
#define MOST_WORKERS 4

/* A thread that would not have so many pieces for itself is not worth its
 * start. */
#define FEWEST_PIECES 2

/* What a worker calls needs next to nothing, but a C library may keep the
 * thread-local variables of the whole program here. Only what is touched
 * becomes memory. */
#define STACK_SIZE ((size_t)256 << 10)

/* Processors the kernel can have: its largest configuration so far. */
#define PROCESSORS 8192

struct crew {
    posix_piece *do_piece;
    void *context;
    size_t count; /* of pieces */
    size_t next;  /* that nobody has taken */
};

struct worker {
    struct crew *crew;
    size_t failed; /* the piece, if there is an error */
    int error;
    pthread_t thread;
};

/* Pieces are taken in their order: all before one that failed are taken, too,
 * and none after it needs to be. */
static void *work(void *context)
{
    struct worker *worker = context;
    struct crew *crew = worker->crew;
    for (;;) {
        size_t piece = __atomic_fetch_add(&crew->next, 1, __ATOMIC_RELAXED);
        if (piece >= crew->count)
            return NULL;
        worker->error = crew->do_piece(crew->context, piece);
        if (worker->error != 0) {
            worker->failed = piece;
            __atomic_store_n(&crew->next, crew->count, __ATOMIC_RELAXED);
            return NULL;
        }
    }
}

/* How many threads may run at once; 1 if that cannot be told. */
static size_t processors(void)
{
    unsigned long set[PROCESSORS / (8 * sizeof(unsigned long))] = {0};
    cpu_set_t *processors = (cpu_set_t *)(void *)set;
    if (sched_getaffinity(0, sizeof(set), processors) != 0)
        return 1;
    size_t count = 0;
    for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++)
        for (unsigned long rest = set[i]; rest != 0; rest &= rest - 1)
            count++;
    return count;
}

static size_t choose_workers(size_t pieces)
{
    size_t most = pieces / FEWEST_PIECES;
    if (most > MOST_WORKERS)
        most = MOST_WORKERS;
    if (most <= 1)
        return 1;
    size_t available = processors();
    return available < most ? available : most;
}

/* Start threads that take no signals, which are for the program's own; as many
 * of them as can be had. */
static size_t start(struct worker *workers, size_t count)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    size_t started = 0;
    if (pthread_attr_init(&attributes) != 0)
        return 0;
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    while (started < count &&
           pthread_create(&workers[started].thread, &attributes, work,
                          &workers[started]) == 0)
        started++;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return started;
}

/* The error that is first in the order of the pieces. */
static int first_error(const struct worker *workers, size_t count)
{
    const struct worker *first = NULL;
    for (size_t i = 0; i < count; i++)
        if (workers[i].error != 0 &&
            (first == NULL || workers[i].failed < first->failed))
            first = &workers[i];
    return first == NULL ? 0 : first->error;
}

int posix_crew_do(posix_piece *do_piece, void *context, size_t count)
{
    struct crew crew = {do_piece, context, count, 0};
    struct worker workers[MOST_WORKERS];
    for (size_t i = 0; i < MOST_WORKERS; i++)
        workers[i] = (struct worker){.crew = &crew};
    size_t others = choose_workers(count) - 1;
    if (others == 0) {
        (void)work(workers);
        return workers[0].error;
    }
    /* The others work on what is on this stack: it has to stay. */
    int cancelling;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelling);
    others = start(workers + 1, others);
    (void)work(workers);
    for (size_t i = 1; i <= others; i++)
        (void)pthread_join(workers[i].thread, NULL);
    (void)pthread_setcancelstate(cancelling, NULL);
    return first_error(workers, others + 1);
}
