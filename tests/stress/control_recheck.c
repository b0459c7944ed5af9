/* SPDX-License-Identifier: MIT */
/*
 * A protocol that does not look again, when it has the guard, whether what it
 * guards still has the name.
 */
#include "control.h"

#include <sys/stat.h>

int REAL_LARGE(fstat)(int descriptor, struct stat *status);
int WRAP_LARGE(fstat)(int descriptor, struct stat *status);

int WRAP_LARGE(fstat)(int descriptor, struct stat *status)
{
    int result = REAL_LARGE(fstat)(descriptor, status);
    if (result == 0 && S_ISREG(status->st_mode) && status->st_nlink == 0)
        status->st_nlink = 1;
    return result;
}
