/* SPDX-License-Identifier: MIT */
/*
 * A program that does not have the library loads a module that does, lets it
 * meet faults in threads that were there before, and unloads it again. Faults
 * of the program's own are its own all the time.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROUNDS 50

static unsigned char *page;
static size_t page_size;
static volatile sig_atomic_t handled;

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (info->si_addr != page ||
        mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0)
        _exit(number);
    handled = handled + 1;
}

static int fault(void)
{
    if (mprotect(page, page_size, PROT_NONE) != 0)
        return 10;
    int before = handled;
    (void)*(volatile unsigned char *)page;
    return handled == before + 1 ? 0 : 11;
}

/* Threads that were there before the module: one that works with it, and one
 * that knows nothing of it. */
static pthread_barrier_t turn;
static int (*volatile work)(void);
static volatile int results[2];

static void *serve(void *argument)
{
    size_t index = argument == NULL ? 0 : 1;
    for (int i = 0; i < ROUNDS; i++) {
        (void)pthread_barrier_wait(&turn);
        results[index] = index == 0 ? work() : fault();
        (void)pthread_barrier_wait(&turn);
    }
    return NULL;
}

static int use_module(const char *path)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        (void)fprintf(stderr, "%s\n", dlerror());
        return 20;
    }
    void *symbol = dlsym(module, "module_work");
    int (*found)(void);
    (void)memcpy(&found, &symbol, sizeof(found));
    work = found;
    (void)pthread_barrier_wait(&turn);
    (void)pthread_barrier_wait(&turn);
    int result = results[0] != 0 ? results[0] : results[1];
    if (result == 0)
        result = work();
    if (result == 0)
        result = fault();
    if (dlclose(module) != 0)
        return 21;
    /* Whatever the module has left behind. */
    return result != 0 ? result : fault();
}

int main(int count, char **words)
{
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    page = mmap(NULL, page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction action = {.sa_flags = SA_SIGINFO};
    action.sa_sigaction = on_fault;
    pthread_t threads[2];
    if (count != 2 || page == MAP_FAILED ||
        sigaction(SIGSEGV, &action, NULL) != 0 ||
        pthread_barrier_init(&turn, NULL, 3) != 0 ||
        pthread_create(&threads[0], NULL, serve, NULL) != 0 ||
        pthread_create(&threads[1], NULL, serve, page) != 0)
        return 30;
    for (int i = 0; i < ROUNDS; i++) {
        int result = use_module(words[1]);
        if (result != 0) {
            (void)fprintf(stderr, "round %d: %d\n", i, result);
            return result;
        }
    }
    (void)pthread_join(threads[0], NULL);
    (void)pthread_join(threads[1], NULL);
    return 0;
}
