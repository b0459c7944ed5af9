/* SPDX-License-Identifier: MIT */
/*
 * A protocol that does not clear what somebody has written behind the end.
 */
#include "control.h"

#include <fcntl.h>

int REAL_LARGE(fallocate)(int descriptor, int mode, off_t offset, off_t length);
int WRAP_LARGE(fallocate)(int descriptor, int mode, off_t offset, off_t length);

int WRAP_LARGE(fallocate)(int descriptor, int mode, off_t offset, off_t length)
{
    if ((mode & FALLOC_FL_PUNCH_HOLE) != 0)
        return 0;
    return REAL_LARGE(fallocate)(descriptor, mode, offset, length);
}
