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

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

const section_guard_strength posix_memory_shrink = SECTION_GUARD_ENFORCED;
const section_copy posix_memory_copy = SECTION_COPY_LIVE;

section_os_result posix_memfd_open(int *handle, unsigned more)
{
    *handle = -1;
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING | more;
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

section_os_result posix_memory_open(int *handle, int *reader)
{
    *reader = -1;
    return posix_memfd_open(handle, 0);
}

section_os_result posix_memory_seal(int handle)
{
    return fcntl(handle, F_ADD_SEALS, F_SEAL_SHRINK) == 0
               ? posix_ok()
               : posix_failure(errno);
}

section_os_result posix_memory_restrict(int handle)
{
    /* Born with 0666 or 0777, a memfd can be opened by whoever gets hold of any
     * descriptor of it, through /proc. Not needed before, because nobody has
     * one: so sections that never give one away do not pay for it. */
    if (fchmod(handle, 0600) == 0)
        return posix_ok();
    if (errno != EPERM)
        return posix_failure(errno);
    /* The process has given up the user who made it: too late, unless it was
     * done before. */
    struct stat status;
    if (fstat(handle, &status) == 0 && (status.st_mode & 0077) == 0)
        return posix_ok();
    return posix_verdict(SECTION_UNSUPPORTED, EPERM);
}

/* A memfd that is sealed against writing refuses writable views, whatever its
 * descriptor says. Files have no seals (EINVAL). */
static bool is_sealed_against_writing(int descriptor)
{
    int seals = fcntl(descriptor, F_GET_SEALS);
    return seals >= 0 && (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0;
}

section_os_result posix_memory_recognize(section_kind *kind, int descriptor,
                                         const struct stat *status, bool writes)
{
    unsigned long type = posix_filesystem_type(descriptor);
    *kind = SECTION_KIND_FILE;
    /* Its offsets and lengths count in huge pages. */
    if (type == POSIX_HUGETLBFS)
        return posix_verdict(SECTION_UNSUPPORTED, 0);
    if (writes && is_sealed_against_writing(descriptor))
        return posix_verdict(SECTION_ACCESS, 0);
    if (type == POSIX_TMPFS && status->st_nlink == 0)
        *kind = SECTION_KIND_MEMORY;
    return posix_ok();
}

/* Only memory has seals, of any kind (fcntl(2), EINVAL for the rest). But names
 * can be where the user has said, on any file system. */
bool posix_memory_can_be(int descriptor, const section_os_claim *claim)
{
    return claim->name.text != NULL || fcntl(descriptor, F_GET_SEALS) >= 0;
}

/* The block size of hugetlbfs is that of its pages: what has smaller ones need
 * not be asked any more. */
static bool has_huge_pages(int descriptor, const struct stat *status)
{
    return status->st_blksize > sysconf(_SC_PAGESIZE) &&
           posix_filesystem_type(descriptor) == POSIX_HUGETLBFS;
}

section_os_result posix_memory_check(section_os_facts *facts, int descriptor,
                                     const struct stat *status,
                                     const section_os_claim *claim)
{
    bool is_huge = has_huge_pages(descriptor, status);
    bool is_large = claim->pages == SECTION_PAGES_LARGE;
    bool is_memory = claim->kind == SECTION_KIND_MEMORY;
    bool has_name = claim->name.text != NULL;
    if (is_huge != is_large || (is_large && (!is_memory || has_name)) ||
        (is_memory && !has_name && status->st_nlink != 0))
        return posix_verdict(SECTION_UNTRUSTED, 0);
    facts->pages = claim->pages;
    if (is_large)
        facts->granularity = (uint32_t)status->st_blksize;
    return posix_ok();
}
