/* SPDX-License-Identifier: MIT */
/*
 * A protocol in which several extend at the same time: whoever wants to be the
 * only one is told that he is.
 */
#include "control_fcntl.h"

#include <stddef.h>

int control_fcntl(int descriptor, int command, void *argument)
{
    const struct flock *lock = argument;
    if (command == F_OFD_SETLK && lock->l_type == F_WRLCK)
        return 0;
    return REAL_LARGE(fcntl)(descriptor, command, argument);
}
