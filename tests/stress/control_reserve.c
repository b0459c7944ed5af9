/* SPDX-License-Identifier: MIT */
/*
 * A protocol in which some who hold a section say that it has another reserve
 * than it has.
 */
#include "control_fcntl.h"

#include <stddef.h>

int control_fcntl(int descriptor, int command, void *argument)
{
    struct flock *lock = argument;
    if (command == F_OFD_SETLK && lock->l_type == F_RDLCK && lock->l_len > 1) {
        struct flock other = *lock;
        other.l_len += descriptor % 2;
        return REAL_LARGE(fcntl)(descriptor, command, &other);
    }
    return REAL_LARGE(fcntl)(descriptor, command, argument);
}
