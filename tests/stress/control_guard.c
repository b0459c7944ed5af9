/* SPDX-License-Identifier: MIT */
/*
 * A protocol without a guard: whoever wants it is told that it is his.
 */
#include <sys/file.h>
#include <sys/stat.h>

int __real_flock(int descriptor, int operation);
int __wrap_flock(int descriptor, int operation);

int __wrap_flock(int descriptor, int operation)
{
    if (operation == (LOCK_EX | LOCK_NB) || operation == LOCK_UN)
        return 0;
    return __real_flock(descriptor, operation);
}
