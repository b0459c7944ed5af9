/* SPDX-License-Identifier: MIT */
/*
 * A protocol whose test for holders looks like a holder: it takes the lock that
 * it asks about, and has it until its description is closed.
 */
#include "control_fcntl.h"

int control_fcntl(int descriptor, int command, void *argument)
{
    if (command == F_OFD_GETLK) {
        struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
        (void)REAL_LARGE(fcntl)(descriptor, F_OFD_SETLK, &whole);
    }
    return REAL_LARGE(fcntl)(descriptor, command, argument);
}
