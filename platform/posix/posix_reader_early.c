/* SPDX-License-Identifier: MIT */
/*
 * Read-only descriptors where only a name can give them: they are opened at
 * once, while the name is known to lead to the file. See posix_reader_proc.c
 * for what they are for.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>

section_os_result posix_reader_open(int *out, int descriptor)
{
    (void)descriptor;
    *out = -1;
    return posix_verdict(SECTION_UNSUPPORTED, 0);
}

section_os_result posix_writer_open(int *out, int descriptor)
{
    return posix_reader_open(out, descriptor);
}

section_os_result posix_reader_open_file(int *out, int descriptor,
                                         const char *path)
{
    struct stat ours, found;
    *out = posix_open(path, O_RDONLY);
    if (*out < 0)
        return posix_failure(errno);
    section_os_result result = posix_verdict(SECTION_BUSY, 0);
    if (fstat(descriptor, &ours) != 0 || fstat(*out, &found) != 0)
        result = posix_failure(errno);
    else if (posix_is_same_file(&ours, &found))
        return posix_ok();
    posix_descriptor_close(*out);
    *out = -1;
    return result;
}
