/* SPDX-License-Identifier: MIT */
#include "strangers.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANDLES_MOST 8

extern char **environ; /* NOLINT(readability-redundant-declaration) */

/* ------------------------------------------------------------------------
 * Programs
 * ------------------------------------------------------------------------ */

static int raised(int descriptor)
{
    int high = fcntl(descriptor, F_DUPFD_CLOEXEC, 10);
    assert_that(high >= 10);
    (void)close(descriptor);
    return high;
}

void stranger_pair(int ends[2])
{
    assert_that(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    ends[0] = raised(ends[0]);
    ends[1] = raised(ends[1]);
}

void stranger_pipe(int ends[2])
{
    assert_that(pipe(ends) == 0);
    ends[0] = raised(ends[0]);
    ends[1] = raised(ends[1]);
}

void stranger_close(const int ends[2])
{
    (void)close(ends[0]);
    (void)close(ends[1]);
}

stranger stranger_start(const char *program, const int kept[2],
                        const char *directory)
{
    int in[2], out[2];
    pid_t child;
    char *words[] = {(char *)(uintptr_t)program, NULL};
    posix_spawn_file_actions_t actions;
    stranger_pipe(in);
    stranger_pipe(out);
    assert_that(setenv("SECTION_DIRECTORY", directory, 1) == 0);
    assert_that(posix_spawn_file_actions_init(&actions) == 0);
    assert_that(posix_spawn_file_actions_adddup2(&actions, in[0], 0) == 0);
    assert_that(posix_spawn_file_actions_adddup2(&actions, out[1], 1) == 0);
    for (int i = 0; i < 2; i++)
        assert_that(kept[i] < 0 || posix_spawn_file_actions_adddup2(
                                       &actions, kept[i], kept[i]) == 0);
    assert_that(posix_spawn(&child, program, &actions, NULL, words, environ) ==
                0);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(in[0]);
    (void)close(out[1]);
    return (stranger){(long)child, in[1], out[0]};
}

section_status stranger_hear(const stranger *s, char text[STRANGER_LINE])
{
    char line[STRANGER_LINE];
    size_t length = 0;
    do {
        assert_that(length < sizeof(line) - 1);
        assert_that(read(s->out, line + length, 1) == 1);
    } while (line[length++] != '\n');
    line[length - 1] = '\0';
    char *rest;
    long status = strtol(line, &rest, 10);
    assert_that(*rest == ' ');
    if (text != NULL)
        (void)snprintf(text, STRANGER_LINE, "%s", rest + 1);
    return (section_status)status;
}

section_status stranger_ask(const stranger *s, char text[STRANGER_LINE],
                            const char *format, ...)
{
    char line[STRANGER_LINE];
    va_list words;
    va_start(words, format);
    int length = vsnprintf(line, sizeof(line) - 1, format, words);
    va_end(words);
    assert_that(length > 0 && (size_t)length < sizeof(line) - 1);
    line[length++] = '\n';
    assert_that(write(s->in, line, (size_t)length) == length);
    return stranger_hear(s, text);
}

void stranger_end(const stranger *s)
{
    char byte;
    int status = 0;
    (void)close(s->in);
    assert_that(read(s->out, &byte, 1) == 0);
    (void)close(s->out);
    if (s->process != 0)
        assert_that(waitpid((pid_t)s->process, &status, 0) ==
                    (pid_t)s->process);
    assert_that(status == 0);
}

/* ------------------------------------------------------------------------
 * Directories
 * ------------------------------------------------------------------------ */

void strangers_directory(char path[64])
{
    bool memory = access("/dev/shm", W_OK) == 0;
    (void)snprintf(path, 64, "%s/strangers.XXXXXX",
                   memory ? "/dev/shm" : "/tmp");
    assert_that(mkdtemp(path) != NULL);
}

void strangers_remove(const char *path)
{
    assert_that(setenv("SECTION_DIRECTORY", path, 1) == 0);
    (void)section_sweep(NULL, SECTION_SCOPE_USER);
    DIR *entries = opendir(path);
    assert_that(entries != NULL);
    for (struct dirent *e = readdir(entries); e != NULL; e = readdir(entries))
        (void)unlinkat(dirfd(entries), e->d_name, 0);
    (void)closedir(entries);
    assert_that(rmdir(path) == 0);
}

/* ------------------------------------------------------------------------
 * Other versions
 * ------------------------------------------------------------------------ */

union control {
    struct cmsghdr align;
    unsigned char bytes[CMSG_SPACE(HANDLES_MOST * sizeof(int))];
};

void strangers_relay(int from, int to, size_t at, int change)
{
    unsigned char bytes[1024];
    union control control;
    struct iovec piece = {bytes, sizeof(bytes)};
    struct msghdr header = {.msg_iov = &piece,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof(control.bytes)};
    ssize_t length = recvmsg(from, &header, 0);
    assert_that(length > (ssize_t)at);
    struct cmsghdr *c = CMSG_FIRSTHDR(&header);
    assert_that(c != NULL && c->cmsg_type == SCM_RIGHTS);
    bytes[at] = (unsigned char)(bytes[at] + change);
    piece.iov_len = (size_t)length;
    header.msg_flags = 0;
    assert_that(sendmsg(to, &header, 0) == length);
    for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
        int descriptor;
        memcpy(&descriptor, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
        (void)close(descriptor);
    }
}

/* The marker is a symbolic link with the version in it, as a number. */
void strangers_change_format(const char *directory, int by)
{
    char path[128], format[64];
    (void)snprintf(path, sizeof(path), "%s/.format", directory);
    ssize_t length = readlink(path, format, sizeof(format) - 1);
    assert_that(length > 0);
    format[length] = '\0';
    char *digit = format;
    while (!isdigit((unsigned char)*digit) && *digit != '\0')
        digit++;
    assert_that(*digit != '\0');
    *digit = (char)(*digit + by);
    assert_that(unlink(path) == 0 && symlink(format, path) == 0);
}
