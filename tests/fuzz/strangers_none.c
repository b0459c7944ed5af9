/* SPDX-License-Identifier: MIT */
/*
 * No descriptors but those of every POSIX system.
 */
#include "strangers.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char locked_path[256];

void strangers_make_special(strangers *to, const char *directory)
{
    (void)to;
    (void)directory;
}

int strangers_lock(const char *directory)
{
    (void)snprintf(locked_path, sizeof(locked_path), "%s/locked", directory);
    int locked = open(locked_path, O_RDWR | O_CREAT, 0600);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    FUZZ_CHECK(locked >= 0 && fcntl(locked, F_SETLK, &whole) == 0);
    return locked;
}

/* Asked by another process: this one would lose it by opening the file. */
bool strangers_still_lock(void)
{
    int status;
    pid_t child = fork();
    FUZZ_CHECK(child >= 0);
    if (child == 0) {
        struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int file = open(locked_path, O_RDWR);
        bool asked = file >= 0 && fcntl(file, F_GETLK, &whole) == 0;
        _exit(asked && whole.l_type == F_WRLCK ? 0 : 1);
    }
    FUZZ_CHECK(waitpid(child, &status, 0) == child);
    return status == 0;
}
