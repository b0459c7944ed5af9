/* SPDX-License-Identifier: MIT */
/*
 * Views in advance, as POSIX has it: posix_madvise, mlock. Populating and
 * discarding are in posix_populate_*.c.
 */
#include "posix_internal.h"

#include <errno.h>
#include <sys/mman.h>

const section_support posix_advice = SECTION_SUPPORT_FULL;

static section_os_result advise(void *base, size_t length, int advice)
{
    int error = posix_madvise(base, length, advice);
    return error == 0 ? posix_ok() : posix_map_failure(error);
}

section_os_result section_os_view_prefetch(void *base, size_t length,
                                           section_prefetch how)
{
    if (how == SECTION_PREFETCH_START)
        return advise(base, length, POSIX_MADV_WILLNEED);
    return posix_populate(base, length, how == SECTION_PREFETCH_WRITE);
}

section_os_result section_os_view_advise(void *base, size_t length,
                                         section_advice advice)
{
    switch (advice) {
    case SECTION_ADVICE_SEQUENTIAL:
        return advise(base, length, POSIX_MADV_SEQUENTIAL);
    case SECTION_ADVICE_RANDOM:
        return advise(base, length, POSIX_MADV_RANDOM);
    default:
        return advise(base, length, POSIX_MADV_NORMAL);
    }
}

/*
 * mlock() marks the pages and then gets them: after a failure some, or all, may
 * be marked. What was marked before cannot be told apart, and is let go with
 * the rest.
 */
section_os_result section_os_view_lock(void *base, size_t length)
{
    if (mlock(base, length) == 0)
        return posix_ok();
    int error = errno;
    (void)munlock(base, length);
    /* EAGAIN: not all of it can be had. ENOMEM: that too, or RLIMIT_MEMLOCK. */
    return posix_map_failure(error);
}

section_os_result section_os_view_unlock(void *base, size_t length)
{
    return munlock(base, length) == 0 ? posix_ok() : posix_map_failure(errno);
}
