/* SPDX-License-Identifier: MIT */
/*
 * From errno to a status: one table, so that no two calls tell the same
 * failure differently.
 */
#include "posix_internal.h"

#include <errno.h>

static const struct {
    int error;
    section_status status;
} status_of_errno[] = {
    {EACCES, SECTION_ACCESS},        {EPERM, SECTION_ACCESS},
    {EROFS, SECTION_ACCESS},         {ENOENT, SECTION_NOT_FOUND},
    {ENOTDIR, SECTION_NOT_FOUND},    {ELOOP, SECTION_NOT_FOUND},
    {EEXIST, SECTION_EXISTS},        {ENOSPC, SECTION_NO_SPACE},
    {EDQUOT, SECTION_NO_SPACE},      {EFBIG, SECTION_NO_SPACE},
    {ENOMEM, SECTION_NO_SPACE},      {EMFILE, SECTION_LIMIT},
    {ENFILE, SECTION_LIMIT},         {EOVERFLOW, SECTION_LIMIT},
    {EISDIR, SECTION_KIND},          {ENXIO, SECTION_KIND},
    {ENODEV, SECTION_UNSUPPORTED},   {EOPNOTSUPP, SECTION_UNSUPPORTED},
    {ENOSYS, SECTION_UNSUPPORTED},   {EIO, SECTION_IO},
    {ETXTBSY, SECTION_BUSY},         {EBUSY, SECTION_BUSY},
    {EAGAIN, SECTION_BUSY},          {EBADF, SECTION_INVALID},
    {ENAMETOOLONG, SECTION_INVALID}, {ENOLCK, SECTION_LIMIT},
};

section_os_result posix_ok(void)
{
    return posix_verdict(SECTION_OK, 0);
}

section_os_result posix_verdict(section_status status, int error)
{
    return (section_os_result){status, error};
}

section_os_result posix_failure(int error)
{
    size_t rows = sizeof(status_of_errno) / sizeof(status_of_errno[0]);
    for (size_t i = 0; i < rows; i++)
        if (status_of_errno[i].error == error)
            return posix_verdict(status_of_errno[i].status, error);
    return posix_verdict(SECTION_SYSTEM, error);
}

section_os_result posix_map_failure(int error)
{
    /* mmap(2): ENOMEM is the address space, the number of mappings or
     * RLIMIT_DATA; EAGAIN is RLIMIT_MEMLOCK under mlockall(). */
    if (error == ENOMEM || error == EAGAIN)
        return posix_verdict(SECTION_LIMIT, error);
    return posix_failure(error);
}
