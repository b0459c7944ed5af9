/* SPDX-License-Identifier: MIT */
/*
 * Child processes by fork() and exec().
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/times.h>
#endif

static char *program;

/* What tells the end of this process to its parent: nothing that its own
 * children may have, or it would tell their end. */
static int own_life = -1;

void process_remember_program(const char *first_word)
{
    program = realpath(first_word, NULL);
    /* A child that died is told by what it did not say. */
    (void)signal(SIGPIPE, SIG_IGN);
}

void process_program(char path[PROCESS_LINE_SIZE])
{
    assert_that(program != NULL);
    (void)snprintf(path, PROCESS_LINE_SIZE, "%s", program);
}

#if !defined(_GNU_SOURCE)
extern char **environ;
#endif

/* Other threads may be starting programs at the same time. */
static int new_pipe(int ends[2])
{
#if defined(__linux__)
    return pipe2(ends, O_CLOEXEC);
#else
    return pipe(ends);
#endif
}

/* A pipe that no other child gets, above the standard descriptors. */
static void make_pipe(int ends[2])
{
    assert_int_equal(new_pipe(ends), 0);
    for (int i = 0; i < 2; i++) {
        int raised = fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
        assert_true(raised >= 3);
        (void)close(ends[i]);
        ends[i] = raised;
    }
}

/* The pipes between a parent and one child. Nobody writes to the last one: it
 * ends when the child does. */
struct pipes {
    int to[2], from[2], life[2];
};

static void make_pipes(struct pipes *p)
{
    make_pipe(p->to);
    make_pipe(p->from);
    make_pipe(p->life);
}

static pid_t fork_with_pipes(struct pipes *p)
{
    make_pipes(p);
    pid_t id = fork();
    assert_true(id >= 0);
    return id;
}

static void keep_parent_ends(process *child, pid_t id, const struct pipes *p)
{
    (void)close(p->to[0]);
    (void)close(p->from[1]);
    (void)close(p->life[1]);
    child->id = id;
    child->input = p->to[1];
    child->output = p->from[0];
    child->life = p->life[0];
}

static void keep_over_exec(int descriptor)
{
    (void)fcntl(descriptor, F_SETFD, 0);
}

/* Start this program in a role, in place of this process; -1 for a life that
 * nobody watches. */
static void execute(const char *role, int life)
{
    char number[16];
    (void)snprintf(number, sizeof(number), "%d", life);
    char *const words[] = {program, (char[]){"--role"}, (char *)role, number,
                           NULL};
    if (life >= 0)
        keep_over_exec(life);
    if (program != NULL)
        (void)execv(program, words);
    _exit(EXPECT_CHILD_FAILED);
}

void process_launch(process *child, const char *role, intptr_t inherited,
                    intptr_t *number)
{
    struct pipes p;
    *number = inherited;
    pid_t id = fork_with_pipes(&p);
    if (id == 0) {
        (void)dup2(p.to[0], STDIN_FILENO);
        (void)dup2(p.from[1], STDOUT_FILENO);
        if (inherited != PROCESS_NOTHING)
            keep_over_exec((int)inherited);
        execute(role, p.life[1]);
    }
    keep_parent_ends(child, id, &p);
}

/* What application code does that starts programs by posix_spawn(). */
static void pass(posix_spawn_file_actions_t *actions,
                 const section_offer *offer, process_passing how)
{
    section_native handles[16];
    if (how == PROCESS_PASSES)
        assert_status(SECTION_OK, section_offer_pass(offer, actions));
    if (how != PROCESS_LISTS)
        return;
    size_t count = section_offer_handles(handles, 16, offer);
    assert_that(count > 0 && count <= 16);
    for (size_t i = 0; i < count; i++)
        /* A descriptor that is made to be itself loses its close-on-exec flag
         * in the child. */
        assert_that(posix_spawn_file_actions_adddup2(actions, (int)handles[i],
                                                     (int)handles[i]) == 0);
}

void process_launch_offered(process *child, const char *role,
                            const section_offer *offer, process_passing how,
                            const char *word)
{
    struct pipes p;
    char number[16];
    pid_t id;
    make_pipes(&p);
    (void)snprintf(number, sizeof(number), "%d", p.life[1]);
    char *const words[] = {program, (char[]){"--role"}, (char *)role,
                           number,  (char *)word,       NULL};
    posix_spawn_file_actions_t actions;
    assert_that(posix_spawn_file_actions_init(&actions) == 0);
    pass(&actions, offer, how);
    assert_that(
        posix_spawn_file_actions_adddup2(&actions, p.to[0], STDIN_FILENO) == 0);
    assert_that(posix_spawn_file_actions_adddup2(&actions, p.from[1],
                                                 STDOUT_FILENO) == 0);
    assert_that(
        posix_spawn_file_actions_adddup2(&actions, p.life[1], p.life[1]) == 0);
    assert_that(posix_spawn(&id, program, &actions, NULL, words, environ) == 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    keep_parent_ends(child, id, &p);
}

int64_t process_number(void)
{
    return getpid();
}

void process_default_signals(void)
{
    (void)signal(SIGPIPE, SIG_DFL);
}

bool process_passes_inheritable(void)
{
    return false;
}

void process_be_open(void)
{
#if defined(PR_SET_PTRACER)
    (void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
#endif
}

void process_set_variable(const char *name, const char *value)
{
    assert_that(setenv(name, value, 1) == 0);
}

/* A new process tells of its own end, and not of its parent's. */
static void live_by(int life)
{
    if (own_life >= 0)
        (void)close(own_life);
    own_life = life;
}

bool process_fork(process *child, int (*run)(void *context), void *context)
{
    struct pipes p;
    pid_t id = fork_with_pipes(&p);
    if (id == 0) {
        expect_in_child();
        (void)close(p.life[0]);
        live_by(p.life[1]);
        role_talk_over(p.to[0], p.from[1]);
        _exit(run(context));
    }
    keep_parent_ends(child, id, &p);
    return true;
}

#if defined(CLONE_NEWPID)

/* A child in spaces of numbers and of mounts of its own, where it is process
 * 1, which runs this and says how that went. */
static int run_as_number_one(int (*run)(void *context), void *context)
{
    int status = 0;
    if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return ROLE_CANNOT;
    pid_t id = fork();
    if (id == 0)
        _exit(mount("proc", "/proc", "proc", 0, NULL) == 0 ? run(context)
                                                           : ROLE_CANNOT);
    if (id < 0 || waitpid(id, &status, 0) != id || !WIFEXITED(status))
        return 1;
    return WEXITSTATUS(status);
}

typedef struct namesakes {
    int (*one)(void *context);
    int (*other)(void *context);
    void *context;
} namesakes;

/* Two processes are told apart by the tick in which they were started. */
static void pass_a_tick(void)
{
    struct tms unused;
    clock_t now = times(&unused);
    while (times(&unused) - now < 2)
        (void)sched_yield();
}

static int run_both(void *context)
{
    const namesakes *both = context;
    int code = both->one(both->context);
    pass_a_tick();
    return code != 0 ? code : run_as_number_one(both->other, both->context);
}

bool process_fork_namesakes(int (*one)(void *context),
                            int (*other)(void *context), void *context)
{
    namesakes both = {one, other, context};
    int status = 0;
    pid_t id = fork();
    assert_that(id >= 0);
    if (id == 0) {
        expect_in_child();
        _exit(run_as_number_one(run_both, &both));
    }
    assert_that(waitpid(id, &status, 0) == id && WIFEXITED(status));
    if (WEXITSTATUS(status) == ROLE_CANNOT)
        return false;
    assert_int_equal(0, WEXITSTATUS(status));
    return true;
}

#else

bool process_fork_namesakes(int (*one)(void *context),
                            int (*other)(void *context), void *context)
{
    (void)one;
    (void)other;
    (void)context;
    return false;
}

#endif

void process_become(const char *role)
{
    intptr_t input, output;
    role_talks_over(&input, &output);
    if (input != STDIN_FILENO)
        (void)dup2((int)input, STDIN_FILENO);
    if (output != STDOUT_FILENO)
        (void)dup2((int)output, STDOUT_FILENO);
    execute(role, own_life);
}

bool process_split(void)
{
    pid_t id = fork();
    assert_that(id >= 0);
    if (id == 0)
        live_by(-1);
    return id == 0;
}

bool process_stop(const process *child)
{
    int status = 0;
    assert_that(kill((pid_t)child->id, SIGSTOP) == 0);
    /* It has stopped when this comes back. */
    assert_that(waitpid((pid_t)child->id, &status, WUNTRACED) > 0);
    return WIFSTOPPED(status);
}

void process_continue(const process *child)
{
    (void)kill((pid_t)child->id, SIGCONT);
}

bool process_write(intptr_t to, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write((int)to, bytes, length);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return true;
}

/* Whether something, be it the end, came before the patience was over. */
static bool wait_readable(intptr_t from)
{
    struct pollfd wanted = {.fd = (int)from, .events = POLLIN};
    int answer;
    do
        answer = poll(&wanted, 1, PROCESS_PATIENCE * 1000);
    while (answer < 0 && errno == EINTR);
    return answer > 0;
}

bool process_can_read(intptr_t from)
{
    struct pollfd wanted = {.fd = (int)from, .events = POLLIN};
    return poll(&wanted, 1, 0) > 0;
}

bool process_read(intptr_t from, char *byte)
{
    if (!wait_readable(from)) {
        (void)fprintf(stderr, "nothing was said for %d seconds\n",
                      PROCESS_PATIENCE);
        return false;
    }
    ssize_t got;
    do
        got = read((int)from, byte, 1);
    while (got < 0 && errno == EINTR);
    return got == 1;
}

void process_find_parent(intptr_t *input, intptr_t *output, const char *word)
{
    own_life = word != NULL ? atoi(word) : -1;
    if (own_life >= 0)
        (void)fcntl(own_life, F_SETFD, FD_CLOEXEC);
    *input = STDIN_FILENO;
    *output = STDOUT_FILENO;
}

void process_kill(const process *child)
{
    (void)kill((pid_t)child->id, SIGKILL);
}

static process_result result_of(int status)
{
    if (WIFEXITED(status))
        return (process_result){PROCESS_EXITED, WEXITSTATUS(status)};
    int number = WTERMSIG(status);
    if (number == SIGSEGV || number == SIGBUS)
        return (process_result){PROCESS_FAULTED, number};
    return (process_result){PROCESS_KILLED, number};
}

process_result process_await(const process *child)
{
    bool ended = wait_readable(child->life);
    if (!ended) {
        print_error("a child did not end within %d seconds and was killed\n",
                    PROCESS_PATIENCE);
        process_kill(child);
    }
    int status = 0;
    pid_t waited;
    do
        waited = waitpid((pid_t)child->id, &status, 0);
    while (waited < 0 && errno == EINTR);
    assert_true(ended);
    assert_true(waited == (pid_t)child->id);
    return result_of(status);
}

void process_let_go(process *child)
{
    (void)close((int)child->input);
    (void)close((int)child->output);
    (void)close((int)child->life);
}
