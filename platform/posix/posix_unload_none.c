/* SPDX-License-Identifier: MIT */
/*
 * This code is not unloaded: the shared library asks not to be
 * (CMakeLists.txt). Or it cannot be told whether it is, and who unloads it has
 * to see to that.
 */
#include "posix_internal.h"

bool posix_can_be_unloaded(void)
{
    return false;
}
