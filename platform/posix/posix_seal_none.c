/* SPDX-License-Identifier: MIT */
/*
 * Seals where the system has none: whoever has a descriptor that writes can do
 * with the memory what it likes.
 */
#include "posix_internal.h"

const section_guard_strength posix_seal_growth = SECTION_GUARD_NONE;
const section_guard_strength posix_seal_writers = SECTION_GUARD_NONE;

uint32_t section_os_object_seals(section_os_object *object)
{
    (void)object;
    return 0;
}

section_os_result section_os_object_seal(section_os_object *object,
                                         uint32_t seals)
{
    (void)object;
    (void)seals;
    return posix_verdict(SECTION_UNSUPPORTED, 0);
}
