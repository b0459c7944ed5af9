/* SPDX-License-Identifier: MIT */
/*
 * Populating and discarding with madvise(2).
 */
#include "posix_internal.h"

#include <errno.h>
#include <sys/mman.h>

/* Linux 5.14; older kernels say EINVAL. */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif

/* What one thread populates at a time: page tables and large pages are not
 * shared between two. */
#define PIECE_SIZE ((uintptr_t)2 << 20)

const section_discard posix_discard = SECTION_DISCARD_FREED;

struct population {
    uintptr_t start;
    uintptr_t end;
    int advice;
};

static int madvise_fully(void *base, size_t length, int advice)
{
    int failed;
    do
        failed = madvise(base, length, advice);
    while (failed != 0 && errno == EINTR);
    return failed != 0 ? errno : 0;
}

static int populate_piece(void *context, size_t number)
{
    const struct population *population = context;
    uintptr_t first = population->start - population->start % PIECE_SIZE;
    uintptr_t start = first + number * PIECE_SIZE;
    uintptr_t end = start + PIECE_SIZE;
    if (number == 0)
        start = population->start;
    if (end > population->end || end < start)
        end = population->end;
    return madvise_fully((void *)start, end - start, population->advice);
}

section_os_result posix_populate(void *base, size_t length, bool to_write)
{
    struct population population = {(uintptr_t)base, (uintptr_t)base + length,
                                    to_write ? MADV_POPULATE_WRITE
                                             : MADV_POPULATE_READ};
    size_t pieces =
        (population.end - 1) / PIECE_SIZE - population.start / PIECE_SIZE + 1;
    int error = posix_crew_do(populate_piece, &population, pieces);
    switch (error) {
    case 0:
        return posix_ok();
    case EFAULT: /* where a touch would be SIGBUS */
    case EHWPOISON:
        return posix_verdict(SECTION_FAULT, error);
    case EINVAL: /* an old kernel; or pages that may not be touched */
        return posix_verdict(SECTION_UNSUPPORTED, error);
    default:
        return posix_failure(error);
    }
}

section_os_result section_os_view_discard(void *base, size_t length)
{
    int error = madvise_fully(base, length, MADV_REMOVE);
    /* EINVAL: locked pages, or a kernel or file system that cannot do it.
     * EPERM: a memfd that was sealed against later writing (F_ADD_SEALS), which
     * views that were there write all the same. */
    if (error == EINVAL || error == EPERM)
        return posix_verdict(SECTION_UNSUPPORTED, error);
    return error == 0 ? posix_ok() : posix_failure(error);
}
