/* SPDX-License-Identifier: MIT */
/*
 * A protocol whose test for holders looks like a holder: it takes the lock that
 * it asks about, and has it until its description is closed.
 */
#include "control.h"

#include <fcntl.h>
#include <stdarg.h>

int REAL_LARGE(fcntl)(int descriptor, int command, void *argument);
int WRAP_LARGE(fcntl)(int descriptor, int command, ...);

int WRAP_LARGE(fcntl)(int descriptor, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (command == F_OFD_GETLK) {
        struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
        (void)REAL_LARGE(fcntl)(descriptor, F_OFD_SETLK, &whole);
    }
    return REAL_LARGE(fcntl)(descriptor, command, argument);
}
