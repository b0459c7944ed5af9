/* SPDX-License-Identifier: MIT */
/*
 * A protocol whose mark of life is on a description that is mapped, too: views
 * keep the name.
 */
#include "control_fcntl.h"

#include <stddef.h>
#include <sys/mman.h>

int control_fcntl(int descriptor, int command, void *argument)
{
    int result = REAL_LARGE(fcntl)(descriptor, command, argument);
    const struct flock *lock = argument;
    if (command == F_OFD_SETLK && result == 0 && lock->l_type == F_RDLCK)
        (void)mmap(NULL, 1, PROT_READ, MAP_SHARED, descriptor, 0);
    return result;
}
