/* SPDX-License-Identifier: MIT */
/*
 * Flushing files where there is nothing but POSIX: msync() for what views have
 * written, fsync() for what it takes to find it. Whether the device writes its
 * cache, too, is not said.
 */
#include "posix_internal.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

const section_durability posix_flush_durable = SECTION_DURABLE_SYSTEM;
const section_support posix_flush_order = SECTION_SUPPORT_NONE;

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
    if (level < SECTION_FLUSH_ORDERED)
        return 0;
    return posix_flush_by(fsync, descriptor);
}

/* There is no less for a whole file. */
int posix_flush_file(int descriptor, section_flush_level level)
{
    (void)level;
    return posix_flush_by(fsync, descriptor);
}

int posix_flush_directory(int descriptor)
{
    return posix_flush_by(fsync, descriptor);
}
