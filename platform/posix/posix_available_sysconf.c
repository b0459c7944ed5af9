/* SPDX-License-Identifier: MIT */
/*
 * How much memory there can be at most, where the system does not tell how much
 * is left: no more than the machine has.
 */
#include "posix_internal.h"

#include <unistd.h>

bool posix_memory_is_available(uint64_t bytes)
{
#if defined(_SC_PHYS_PAGES)
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_size = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page_size > 0)
        return bytes <= (uint64_t)pages * (uint64_t)page_size;
#endif
    (void)bytes;
    return true;
}
