/* SPDX-License-Identifier: MIT */
/*
 * Flushing files on macOS, where fsync() hands the bytes to the device and
 * leaves them in its cache (fsync(2)). F_FULLFSYNC makes the device write that;
 * F_BARRIERFSYNC keeps what follows behind what was written before (fcntl(2)).
 * Not run yet: written after the manual pages.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

const section_durability posix_flush_durable = SECTION_DURABLE_MEDIUM;
const section_support posix_flush_order = SECTION_SUPPORT_FULL;

static int flush_fully(int descriptor)
{
    return fcntl(descriptor, F_FULLFSYNC);
}

#ifdef F_BARRIERFSYNC
static int flush_in_order(int descriptor)
{
    return fcntl(descriptor, F_BARRIERFSYNC);
}
#endif

/* Where there is no barrier, the stronger does it. */
static int flush_ordered(int descriptor)
{
#ifdef F_BARRIERFSYNC
    int error = posix_flush_by(flush_in_order, descriptor);
    if (error != ENOTSUP && error != EINVAL && error != ENOTTY)
        return error;
#endif
    return posix_flush_by(flush_fully, descriptor);
}

int posix_flush_file(int descriptor, section_flush_level level)
{
    switch (level) {
    case SECTION_FLUSH_ORDERED:
        return flush_ordered(descriptor);
    case SECTION_FLUSH_DURABLE:
        return posix_flush_by(flush_fully, descriptor);
    default: /* there is no less for a whole file */
        return posix_flush_by(fsync, descriptor);
    }
}

int posix_flush_pages(int descriptor, void *base, size_t length, off_t offset,
                      section_flush_level level)
{
    (void)offset;
    int how = level == SECTION_FLUSH_START ? MS_ASYNC : MS_SYNC;
    int result;
    do
        result = msync(base, length, how);
    while (result < 0 && errno == EINTR);
    if (result < 0)
        return errno;
    return level < SECTION_FLUSH_ORDERED ? 0
                                         : posix_flush_file(descriptor, level);
}

int posix_flush_directory(int descriptor)
{
    return posix_flush_by(flush_fully, descriptor);
}
