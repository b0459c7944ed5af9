/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of POSIX, and its processes and pipes. How memory without a
 * name is made is in bench_bare_memfd.c or bench_bare_shm.c.
 */
#include "bench_bare_offers.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* POSIX has it declared by the program; some C libraries do it too. */
extern char **environ; /* NOLINT(readability-redundant-declaration) */

static char error_text[160];
static char *program;

bool bare_failed(const char *call)
{
    int error = errno;
    (void)snprintf(error_text, sizeof(error_text), "%s: %s", call,
                   strerror(error));
    return false;
}

const char *bare_error_text(void)
{
    return error_text;
}

/* --- the program --- */

void bare_start(int *argc, char ***argv)
{
    (void)argc;
    program = (*argv)[0];
    /* A child that died is an error of a write, not our death. */
    (void)signal(SIGPIPE, SIG_IGN);
}

bool bare_glob_matches(const char *pattern, const char *name)
{
    return fnmatch(pattern, name, 0) == 0;
}

bool bare_stderr_is_terminal(void)
{
    return isatty(STDERR_FILENO) != 0;
}

void bare_describe_machine(bare_machine *out)
{
    struct utsname name;
    *out = (bare_machine){.processor = "unknown"};
    if (uname(&name) == 0) {
        (void)snprintf(out->system, sizeof(out->system), "%.60s %.60s %.30s",
                       name.sysname, name.release, name.machine);
    }
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    out->processors = processors > 0 ? (unsigned)processors : 0;
    bare_find_processor(out);
}

uint64_t bare_now(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

unsigned long bare_process_number(void)
{
    return (unsigned long)getpid();
}

void bare_raise_limits(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

void bare_ignore_interrupts(void)
{
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
}

void bare_yield(void)
{
    (void)sched_yield();
}

/* --- memory and views --- */

bool bare_close(bare_handle handle)
{
    return close((int)handle) == 0 || bare_failed("close");
}

static int protection_for(section_access access)
{
    switch (access) {
    case SECTION_ACCESS_READ:
        return PROT_READ;
    case SECTION_ACCESS_EXECUTE_READ:
        return PROT_READ | PROT_EXEC;
    default:
        return PROT_READ | PROT_WRITE;
    }
}

void *bare_map(bare_handle handle, uint64_t offset, size_t length,
               section_access access)
{
    int protection = protection_for(access);
    int flags = access == SECTION_ACCESS_COPY ? MAP_PRIVATE : MAP_SHARED;
    void *base =
        mmap(NULL, length, protection, flags, (int)handle, (off_t)offset);
    if (base != MAP_FAILED)
        return base;
    (void)bare_failed("mmap");
    return NULL;
}

bool bare_unmap(void *base, size_t length)
{
    return munmap(base, length) == 0 || bare_failed("munmap");
}

bool bare_protect(void *base, size_t length, section_access access)
{
    return mprotect(base, length, protection_for(access)) == 0 ||
           bare_failed("mprotect");
}

bool bare_duplicate(bare_handle *out, bare_handle handle)
{
    *out = fcntl((int)handle, F_DUPFD_CLOEXEC, 3);
    return *out >= 0 || bare_failed("fcntl");
}

bool bare_size(uint64_t *out, bare_handle handle)
{
    struct stat status;
    if (fstat((int)handle, &status) != 0)
        return bare_failed("fstat");
    *out = (uint64_t)status.st_size;
    return true;
}

size_t bare_page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* --- processes and pipes --- */

bool bare_make_inheritable(bare_handle handle)
{
    return fcntl((int)handle, F_SETFD, 0) == 0 || bare_failed("fcntl");
}

/* A pipe that children inherit only as their standard streams. */
static bool open_pipe(int ends[2])
{
    if (pipe(ends) != 0)
        return bare_failed("pipe");
    return (fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 &&
            fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0) ||
           bare_failed("fcntl");
}

static bool spawn(pid_t *process, int input, int output,
                  const char *const *arguments)
{
    char *all[8] = {program};
    for (size_t i = 0; i < 6 && arguments[i] != NULL; i++)
        all[i + 1] = strdup(arguments[i]);

    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    /* Found as the shell found it. */
    errno = posix_spawnp(process, program, &actions, NULL, all, environ);
    bool started = errno == 0 || bare_failed("posix_spawnp");
    (void)posix_spawn_file_actions_destroy(&actions);
    for (size_t i = 1; all[i] != NULL; i++)
        free(all[i]);
    return started;
}

bool bare_child_start(bare_child *out, const char *const *arguments)
{
    int to[2];
    int from[2];
    pid_t process = -1;
    if (!open_pipe(to))
        return false;
    if (!open_pipe(from)) {
        (void)close(to[0]);
        (void)close(to[1]);
        return false;
    }
    bool started = spawn(&process, to[0], from[1], arguments);
    (void)close(to[0]);
    (void)close(from[1]);
    if (!started) {
        (void)close(to[1]);
        (void)close(from[0]);
        return false;
    }
    *out = (bare_child){.process = process, .to = to[1], .from = from[0]};
    return true;
}

bool bare_child_finish(bare_child *child)
{
    int status = -1;
    (void)close((int)child->to);
    while (waitpid((pid_t)child->process, &status, 0) < 0 && errno == EINTR)
        continue;
    (void)close((int)child->from);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void bare_child_pipes(bare_handle *from_parent, bare_handle *to_parent)
{
    *from_parent = STDIN_FILENO;
    *to_parent = STDOUT_FILENO;
}

bool bare_pipe_write(bare_handle pipe_, const void *bytes, size_t length)
{
    const unsigned char *from = bytes;
    while (length > 0) {
        ssize_t written = write((int)pipe_, from, length);
        if (written < 0 && errno != EINTR)
            return bare_failed("write");
        if (written > 0) {
            from += written;
            length -= (size_t)written;
        }
    }
    return true;
}

bool bare_pipe_read(bare_handle pipe_, void *bytes, size_t length)
{
    unsigned char *to = bytes;
    while (length > 0) {
        ssize_t got = read((int)pipe_, to, length);
        if (got == 0) {
            errno = EPIPE;
            return bare_failed("read");
        }
        if (got < 0 && errno != EINTR)
            return bare_failed("read");
        if (got > 0) {
            to += got;
            length -= (size_t)got;
        }
    }
    return true;
}
