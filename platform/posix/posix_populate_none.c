/* SPDX-License-Identifier: MIT */
/*
 * Populating and discarding where POSIX has no call for it: lib/ touches the
 * pages, and writes zeros.
 */
#include "posix_internal.h"

const section_discard posix_discard = SECTION_DISCARD_ZEROED;

section_os_result posix_populate(void *base, size_t length, bool to_write)
{
    (void)base;
    (void)length;
    (void)to_write;
    return posix_verdict(SECTION_UNSUPPORTED, 0);
}

section_os_result section_os_view_discard(void *base, size_t length)
{
    (void)base;
    (void)length;
    return posix_verdict(SECTION_UNSUPPORTED, 0);
}
