/* SPDX-License-Identifier: MIT */
/*
 * A protocol whose test for holders looks like a holder, where a holder is who
 * has a FIFO open for reading: who asks has it, too, for a little while.
 */
#include "control.h"

#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

int REAL_LARGE(openat)(int directory, const char *path, int flags, mode_t mode);
int WRAP_LARGE(openat)(int directory, const char *path, int flags, ...);

int WRAP_LARGE(openat)(int directory, const char *path, int flags, ...)
{
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0) {
        va_list arguments;
        va_start(arguments, flags);
        mode = (mode_t)va_arg(arguments, int);
        va_end(arguments);
    }
    int result = REAL_LARGE(openat)(directory, path, flags, mode);
    if ((flags & (O_ACCMODE | O_CREAT)) == O_WRONLY) {
        int held = REAL_LARGE(openat)(directory, path,
                                      O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
        for (int i = 0; i < 20; i++)
            (void)sched_yield();
        if (held >= 0)
            (void)close(held);
    }
    return result;
}
