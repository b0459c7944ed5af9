/* SPDX-License-Identifier: MIT */
/*
 * Flushing files: what an error means. How it is done is in
 * posix_flush_{linux,posix,apple}.c.
 */
#include "posix_internal.h"

#include <errno.h>
#include <unistd.h>

/*
 * The status of an errno that a flush ended with. What elsewhere is a missing
 * right, or something in the way, says here that bytes could not be written:
 * EROFS that the file system has given itself up (ext4), EACCES and ESTALE that
 * a server does not take them any more (NFS).
 */
static section_os_result flush_failure(int error)
{
    switch (error) {
    case 0:
        return posix_ok();
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
        return posix_verdict(SECTION_NO_SPACE, error);
    /* fsync(2): what this is does not support synchronization. fcntl(2) of
     * macOS: nor does this file system. */
    case EINVAL:
    case ENOSYS:
    case ENOTTY:
    case ENOTSUP:
#if ENOTSUP != EOPNOTSUPP
    case EOPNOTSUPP:
#endif
        return posix_verdict(SECTION_UNSUPPORTED, error);
    default:
        return posix_verdict(SECTION_IO, error);
    }
}

int posix_flush_by(int (*flush)(int), int descriptor)
{
    int result;
    do
        result = flush(descriptor);
    while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}

section_os_result section_os_view_flush(section_os_object *object, void *base,
                                        size_t length, uint64_t offset,
                                        section_flush_level level)
{
    return flush_failure(posix_flush_pages((int)object->handle, base, length,
                                           (off_t)offset, level));
}

section_os_result section_os_object_flush(section_os_object *object,
                                          section_flush_level level)
{
    return flush_failure(posix_flush_file((int)object->handle, level));
}

section_os_result section_os_entry_flush(section_os_object *object)
{
    if (object->directory == SECTION_OS_NONE)
        return posix_verdict(SECTION_ACCESS, EACCES);
    return flush_failure(posix_flush_directory((int)object->directory));
}
