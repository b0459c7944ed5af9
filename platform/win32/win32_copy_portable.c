/* SPDX-License-Identifier: MIT */
/*
 * Goes with portable/portable_copy.c: faults of a copy are those of a call.
 */
#include "win32_internal.h"

bool win32_leave_copy(CONTEXT *context, const void *address)
{
    (void)context;
    (void)address;
    return false;
}
