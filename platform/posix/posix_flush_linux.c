/* SPDX-License-Identifier: MIT */
/*
 * Flushing files on Linux.
 *
 * msync(2) with MS_SYNC is an fdatasync() of the pages, through the very
 * description that the view was mapped with: it is told the errors of that one,
 * as fdatasync() of our descriptor is. Both write the size, too, if it takes
 * that to find the bytes (fdatasync(2)), and make the device write its cache
 * (fsync(2)). MS_ASYNC does nothing (msync(2)).
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

const section_durability posix_flush_durable = SECTION_DURABLE_MEDIUM;
const section_support posix_flush_order = SECTION_SUPPORT_NONE;

/* Write pages to where the file system has a place for them, and wait for that
 * or not. A length of 0 is all that there is. */
static int write_back(int descriptor, off_t offset, off_t length,
                      section_flush_level level)
{
    unsigned how = SYNC_FILE_RANGE_WRITE;
    if (level != SECTION_FLUSH_START)
        how |= SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WAIT_AFTER;
    int result;
    do
        result = sync_file_range(descriptor, offset, length, how);
    while (result < 0 && errno == EINTR);
    /* There are systems that only look like Linux. */
    if (result < 0 && errno == ENOSYS)
        return posix_flush_by(fdatasync, descriptor);
    return result < 0 ? errno : 0;
}

int posix_flush_pages(int descriptor, void *base, size_t length, off_t offset,
                      section_flush_level level)
{
    if (level < SECTION_FLUSH_ORDERED)
        return write_back(descriptor, offset, (off_t)length, level);
    int result;
    do
        result = msync(base, length, MS_SYNC);
    while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}

int posix_flush_file(int descriptor, section_flush_level level)
{
    if (level < SECTION_FLUSH_ORDERED)
        return write_back(descriptor, 0, 0, level);
    return posix_flush_by(fdatasync, descriptor);
}

int posix_flush_directory(int descriptor)
{
    return posix_flush_by(fsync, descriptor);
}
