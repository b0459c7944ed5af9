/* SPDX-License-Identifier: MIT */
#include "faulting.h"

#include "machine.h"

#include <section/native.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define OTHER      SIGUSR1
#define STACK_SIZE ((size_t)256 * 1024)

/* Linux 4.7; glibc does not have it. */
#if defined(__linux__) && !defined(SS_AUTODISARM)
#define SS_AUTODISARM (1u << 31)
#endif

static unsigned char *page;
static volatile sig_atomic_t is_bad;
static unsigned kind_of_handler;
static char *alternate_stack;

static volatile sig_atomic_t calls, has_context, is_on_stack, is_other_blocked,
    is_own_blocked;
static const void *volatile told_address;

bool faulting_has_signals(void)
{
    return true;
}

static void note(int number, const siginfo_t *info, const void *context)
{
    char here;
    sigset_t blocked;
    (void)sigemptyset(&blocked);
    (void)pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    calls = calls + 1;
    told_address = info != NULL ? info->si_addr : NULL;
    has_context = context != NULL;
    is_on_stack = alternate_stack != NULL &&
                  (uintptr_t)&here - (uintptr_t)alternate_stack < STACK_SIZE;
    is_other_blocked = sigismember(&blocked, OTHER) == 1;
    is_own_blocked = sigismember(&blocked, number) == 1;
}

/* Good again, or the end. A signal that was sent is only counted. */
static void repair(bool was_sent)
{
    if (was_sent)
        return;
    if (!is_bad ||
        mprotect(page, machine_page_size(), PROT_READ | PROT_WRITE) != 0)
        _exit(FAULTING_ABANDONED);
    is_bad = 0;
}

static void on_fault_informed(int number, siginfo_t *info, void *context)
{
    if ((kind_of_handler & FAULTING_TRIES) != 0 &&
        section_guard_try(number, info, context) != 0)
        return;
    note(number, info, context);
    bool is_page =
        (uintptr_t)info->si_addr - (uintptr_t)page < machine_page_size();
    if (info->si_code > 0 && !is_page)
        _exit(FAULTING_ABANDONED);
    repair(info->si_code <= 0);
}

static void on_fault(int number)
{
    note(number, NULL, NULL);
    repair(!is_bad);
}

static bool set_stack(unsigned flags)
{
    alternate_stack = malloc(STACK_SIZE);
    assert_that(alternate_stack != NULL);
    stack_t stack = {.ss_sp = alternate_stack,
                     .ss_size = STACK_SIZE,
                     .ss_flags = (int)flags};
    return sigaltstack(&stack, NULL) == 0;
}

static void make_stack(void)
{
    assert_that(set_stack(0));
}

bool faulting_lend_stack(void)
{
#ifdef SS_AUTODISARM
    return set_stack(SS_AUTODISARM);
#else
    return false;
#endif
}

bool faulting_has_stack(void)
{
    stack_t stack;
    assert_that(sigaltstack(NULL, &stack) == 0);
    return ((unsigned)stack.ss_flags & (unsigned)SS_DISABLE) == 0 &&
           stack.ss_sp == alternate_stack;
}

static void set(const struct sigaction *action)
{
    assert_that(sigaction(SIGSEGV, action, NULL) == 0);
    assert_that(sigaction(SIGBUS, action, NULL) == 0);
}

void faulting_handle(unsigned kind)
{
    kind_of_handler = kind;
    struct sigaction action = {.sa_handler = on_fault};
    (void)sigemptyset(&action.sa_mask);
    if ((kind & (FAULTING_INFORMED | FAULTING_TRIES)) != 0) {
        action.sa_flags |= SA_SIGINFO;
        action.sa_sigaction = on_fault_informed;
    }
    if ((kind & FAULTING_ONCE) != 0)
        action.sa_flags |= (int)SA_RESETHAND;
    if ((kind & FAULTING_STACK) != 0) {
        action.sa_flags |= SA_ONSTACK;
        make_stack();
    }
    if ((kind & FAULTING_DEFERS) != 0)
        action.sa_flags |= SA_NODEFER;
    if ((kind & FAULTING_BLOCKS) != 0)
        (void)sigaddset(&action.sa_mask, OTHER);
    set(&action);
}

void faulting_ignore(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    (void)sigemptyset(&action.sa_mask);
    set(&action);
}

void faulting_default(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    (void)sigemptyset(&action.sa_mask);
    set(&action);
}

faulting_record faulting_take_record(void)
{
    faulting_record record = {
        .calls = calls,
        .address = told_address,
        .has_context = has_context != 0,
        .is_on_stack = is_on_stack != 0,
        .is_other_blocked = is_other_blocked != 0,
        .is_own_blocked = is_own_blocked != 0,
    };
    calls = 0;
    return record;
}

unsigned char *faulting_page(void)
{
    size_t size = machine_page_size();
    if (page == NULL) {
        void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANON, -1, 0);
        assert_that(memory != MAP_FAILED);
        page = memory;
    }
    assert_that(mprotect(page, size, PROT_NONE) == 0);
    is_bad = 1;
    return page;
}

unsigned char faulting_touch(const unsigned char *byte)
{
    return *(const volatile unsigned char *)byte;
}

void faulting_write(unsigned char *byte, unsigned char value)
{
    *(volatile unsigned char *)byte = value;
}

void faulting_send(bool to_process)
{
    if (to_process)
        (void)kill(getpid(), SIGSEGV);
    else
        (void)raise(SIGSEGV);
}

bool faulting_blocks_nothing(void)
{
    sigset_t blocked;
    (void)sigemptyset(&blocked);
    (void)pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    return sigismember(&blocked, SIGSEGV) == 0 &&
           sigismember(&blocked, SIGBUS) == 0 &&
           sigismember(&blocked, OTHER) == 0;
}
