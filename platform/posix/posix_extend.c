/* SPDX-License-Identifier: MIT */
/*
 * What every way of growing a file shares.
 */
#include "posix_internal.h"

#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

bool posix_disk_has_room(int descriptor, uint64_t bytes)
{
    struct statvfs filesystem;
    if (fstatvfs(descriptor, &filesystem) != 0 || filesystem.f_frsize == 0)
        return true;
    return bytes / filesystem.f_frsize <= filesystem.f_bfree;
}

section_os_result posix_extend_by_writing(int descriptor, uint64_t to)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return posix_failure(errno);
    if ((uint64_t)status.st_size >= to)
        return posix_ok();
    ssize_t written;
    do
        written = pwrite(descriptor, "", 1, (off_t)(to - 1));
    while (written < 0 && errno == EINTR);
    return written < 0 ? posix_failure(errno) : posix_ok();
}
