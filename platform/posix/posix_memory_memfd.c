/* SPDX-License-Identifier: MIT */
/*
 * Memory without a name, by memfd_create() (Linux 3.17).
 *
 * A memfd is not bounded by the size of /dev/shm, cannot be found by anybody,
 * and can be sealed: F_SEAL_SHRINK, so that no holder can cut the pages off
 * under the views of another.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Linux 6.3: the memory is data and never a program. Needed where
 * vm.memfd_noexec says so, and keeps the kernel from warning elsewhere. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

const section_guard_strength posix_memory_shrink = SECTION_GUARD_ENFORCED;
const section_copy posix_memory_copy = SECTION_COPY_LIVE;

section_os_result posix_memory_open(int *handle, int *reader)
{
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    *handle = *reader = -1;
    int low = memfd_create("section", flags | MFD_NOEXEC_SEAL);
    /* Only the newest flag is given up: the sealing is a promise. */
    if (low < 0 && errno == EINVAL)
        low = memfd_create("section", flags);
    if (low < 0)
        return posix_failure(errno);
    *handle = posix_raise(low);
    if (*handle >= 0)
        return posix_ok();
    posix_descriptor_close(low);
    return posix_failure(errno);
}

section_os_result posix_memory_seal(int handle)
{
    return fcntl(handle, F_ADD_SEALS, F_SEAL_SHRINK) == 0
               ? posix_ok()
               : posix_failure(errno);
}
