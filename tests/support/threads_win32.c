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
