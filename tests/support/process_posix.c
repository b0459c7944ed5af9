/* SPDX-License-Identifier: MIT */
/*
 * Child processes by fork() and exec().
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char *program;

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

/* A pipe that no other child gets, above the standard descriptors. */
static void make_pipe(int ends[2])
{
    assert_int_equal(pipe(ends), 0);
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

static pid_t fork_with_pipes(struct pipes *p)
{
    make_pipe(p->to);
    make_pipe(p->from);
    make_pipe(p->life);
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

void process_launch(process *child, const char *role, intptr_t inherited,
                    intptr_t *number)
{
    struct pipes p;
    char *const words[] = {program, (char[]){"--role"}, (char *)role, NULL};
    *number = inherited;
    pid_t id = fork_with_pipes(&p);
    if (id == 0) {
        (void)dup2(p.to[0], STDIN_FILENO);
        (void)dup2(p.from[1], STDOUT_FILENO);
        keep_over_exec(p.life[1]);
        if (inherited != PROCESS_NOTHING)
            keep_over_exec((int)inherited);
        if (program != NULL)
            (void)execv(program, words);
        _exit(EXPECT_CHILD_FAILED);
    }
    keep_parent_ends(child, id, &p);
}

bool process_fork(process *child, int (*run)(void *context), void *context)
{
    struct pipes p;
    pid_t id = fork_with_pipes(&p);
    if (id == 0) {
        expect_in_child();
        (void)close(p.life[0]);
        _exit(run(context));
    }
    keep_parent_ends(child, id, &p);
    return true;
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

void process_find_parent(intptr_t *input, intptr_t *output)
{
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

process_result process_wait(process *child)
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
    (void)close((int)child->input);
    (void)close((int)child->output);
    (void)close((int)child->life);
    assert_true(ended);
    assert_true(waited == (pid_t)child->id);
    return result_of(status);
}
