/* SPDX-License-Identifier: MIT */
#include "threads.h"

#include <windows.h>

struct worker {
    HANDLE thread;
    size_t index;
    void (*work)(size_t index, void *context);
    void *context;
    HANDLE gate;
};

static DWORD WINAPI run(LPVOID argument)
{
    struct worker *worker = argument;
    /* Opened when all threads are there, so that they start together. */
    (void)WaitForSingleObject(worker->gate, INFINITE);
    worker->work(worker->index, worker->context);
    return 0;
}

void threads_run(size_t count, void (*work)(size_t index, void *context),
                 void *context)
{
    struct worker workers[THREADS_MOST];
    assert_true(count <= THREADS_MOST);
    HANDLE gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_non_null(gate);
    size_t started = 0;
    for (; started < count; started++) {
        struct worker *worker = &workers[started];
        *worker = (struct worker){
            .index = started, .work = work, .context = context, .gate = gate};
        worker->thread = CreateThread(NULL, 0, run, worker, 0, NULL);
        if (worker->thread == NULL)
            break;
    }
    (void)SetEvent(gate);
    for (size_t i = 0; i < started; i++) {
        (void)WaitForSingleObject(workers[i].thread, INFINITE);
        (void)CloseHandle(workers[i].thread);
    }
    (void)CloseHandle(gate);
    assert_true(started == count);
}

void threads_yield(void)
{
    (void)SwitchToThread();
}

bool threads_run_apart(void (*work)(void *context), void *context)
{
    /* All threads of a process have its handles. */
    (void)work;
    (void)context;
    return false;
}

struct small {
    void (*work)(void *context);
    void *context;
};

static DWORD WINAPI run_small(LPVOID argument)
{
    struct small *small_one = argument;
    small_one->work(small_one->context);
    return 0;
}

void threads_run_on_small_stack(size_t stack, void (*work)(void *context),
                                void *context)
{
    struct small small_one = {work, context};
    HANDLE thread = CreateThread(NULL, stack, run_small, &small_one,
                                 STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    assert_that(thread != NULL);
    (void)WaitForSingleObject(thread, INFINITE);
    (void)CloseHandle(thread);
}

bool threads_outlive_first(int (*work)(void *context), void *context)
{
    /* No thread is special to Windows, so there is nothing to survive. */
    (void)work;
    (void)context;
    return false;
}
