/* SPDX-License-Identifier: MIT */
/*
 * A protocol whose mark of life is on a description that is mapped, too: views
 * keep the name.
 */
#include "control.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>

int REAL_LARGE(fcntl)(int descriptor, int command, void *argument);
int WRAP_LARGE(fcntl)(int descriptor, int command, ...);

int WRAP_LARGE(fcntl)(int descriptor, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    int result = REAL_LARGE(fcntl)(descriptor, command, argument);
    const struct flock *lock = argument;
    if (command == F_OFD_SETLK && result == 0 && lock->l_type == F_RDLCK)
        (void)mmap(NULL, 1, PROT_READ, MAP_SHARED, descriptor, 0);
    return result;
}
