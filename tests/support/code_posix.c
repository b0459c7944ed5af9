/* SPDX-License-Identifier: MIT */
#include "code.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Processors that do not see by themselves what was written have to be told,
 * about the address that is run. */
static void forget_instructions(const void *at)
{
    char *start = (char *)(uintptr_t)at;
    __builtin___clear_cache(start, start + CODE_SIZE);
}

int code_call(const void *at)
{
    forget_instructions(at);
    return code_enter(at);
}

/* Ends by itself, or by the signal that the system has for it. */
static void run_and_exit(const void *at)
{
    const struct rlimit nothing = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &nothing);
    (void)signal(SIGSEGV, SIG_DFL);
    (void)signal(SIGBUS, SIG_DFL);
    (void)code_call(at);
    _exit(0);
}

bool code_can_run(const void *at)
{
    int status = 0;
    pid_t child = fork();
    assert_that(child >= 0);
    if (child == 0)
        run_and_exit(at);
    pid_t waited;
    do
        waited = waitpid(child, &status, 0);
    while (waited < 0 && errno == EINTR);
    assert_that(waited == child);
    bool ran = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    assert_that(ran || (WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV ||
                                                WTERMSIG(status) == SIGBUS)));
    return ran;
}

bool code_force_runnable(void *at, size_t length)
{
    size_t lead = (uintptr_t)at % (uintptr_t)sysconf(_SC_PAGESIZE);
    return mprotect((char *)at - lead, length + lead, PROT_READ | PROT_EXEC) ==
           0;
}
