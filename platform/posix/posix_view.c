/* SPDX-License-Identifier: MIT */
/*
 * Views: mmap, munmap, mprotect.
 */
#include "posix_internal.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <sys/mman.h>

/* Map exactly there or fail, never replacing anything: Linux 4.17, FreeBSD.
 * Elsewhere, and on older kernels that ignore the flag, the address is a hint
 * and the answer is compared. */
#if defined(SECTION_PURE_POSIX)
#define MAP_EXACTLY 0
#elif defined(MAP_FIXED_NOREPLACE)
#define MAP_EXACTLY MAP_FIXED_NOREPLACE
#elif defined(MAP_FIXED) && defined(MAP_EXCL)
#define MAP_EXACTLY (MAP_FIXED | MAP_EXCL)
#else
#define MAP_EXACTLY 0
#endif

/* What mmap() can count to on 32 bits: its offset is in units of 4096 bytes
 * (mmap2(2)). The C library answers EINVAL for more. */
static bool is_beyond_mmap(uint64_t end)
{
    return end / 4096 > ULONG_MAX;
}

static int protection_of(section_access access)
{
    switch (access) {
    case SECTION_ACCESS_NONE:
        return PROT_NONE;
    case SECTION_ACCESS_READ:
        return PROT_READ;
    case SECTION_ACCESS_EXECUTE_READ:
        return PROT_READ | PROT_EXEC;
    case SECTION_ACCESS_EXECUTE_READ_WRITE:
    case SECTION_ACCESS_EXECUTE_COPY:
        return PROT_READ | PROT_WRITE | PROT_EXEC;
    default:
        return PROT_READ | PROT_WRITE;
    }
}

static bool only_reads(section_access access)
{
    return (protection_of(access) & PROT_WRITE) == 0;
}

static bool is_copy(section_access access)
{
    return access == SECTION_ACCESS_COPY ||
           access == SECTION_ACCESS_EXECUTE_COPY;
}

/* The descriptor to map through: for read-only views one that cannot write. */
static section_os_result choose_descriptor(int *out, section_os_object *object,
                                           section_access access)
{
    bool could_be_raised = (object->flags & SECTION_OS_WRITABLE) != 0 &&
                           (object->flags & SECTION_OS_EXEMPT) == 0;
    *out = (int)object->handle;
    if (!only_reads(access) || !could_be_raised)
        return posix_ok();
    section_os_result result = posix_object_reader(out, object);
    /* Told by section_os_object_enforces_read_only(). */
    if (result.status == SECTION_UNSUPPORTED) {
        *out = (int)object->handle;
        return posix_ok();
    }
    return result;
}

/*
 * Map at an address or say why not. What the system says about an address that
 * no program can have (EPERM, EINVAL, ENOMEM) it also says about other things;
 * whether the same map works elsewhere tells them apart.
 */
static section_os_result map_at(void **out, int descriptor, off_t offset,
                                size_t length, int protection, int flags,
                                void *address)
{
    void *base = mmap(address, length, protection, flags | MAP_EXACTLY,
                      descriptor, offset);
    if (base == address) {
        *out = base;
        return posix_ok();
    }
    int error = base == MAP_FAILED ? errno : EEXIST;
    if (base == MAP_FAILED && error != EEXIST) {
        base = mmap(NULL, length, protection, flags, descriptor, offset);
        if (base == MAP_FAILED)
            return posix_map_failure(errno);
    }
    if (base != MAP_FAILED)
        (void)munmap(base, length);
    return posix_verdict(SECTION_ADDRESS, error);
}

static section_os_result map(void **out, const section_os_object *object,
                             int descriptor, off_t offset, size_t length,
                             section_access access, int flags, void *address)
{
    int protection = protection_of(access);
    if (address != NULL)
        return map_at(out, descriptor, offset, length, protection, flags,
                      address);
    void *base =
        (object->flags & SECTION_OS_LARGE) != 0
            ? posix_mixed_map(descriptor, offset, length, protection, flags)
            : mmap(NULL, length, protection, flags, descriptor, offset);
    if (base == MAP_FAILED)
        return posix_map_failure(errno);
    *out = base;
    return posix_ok();
}

section_os_result section_os_view_map(void **out, section_os_object *object,
                                      uint64_t offset, size_t length,
                                      section_access access, void *address)
{
    assert(length > 0 && access != SECTION_ACCESS_NONE);
    assert((protection_of(access) & PROT_EXEC) == 0 ||
           (object->flags & SECTION_OS_EXECUTABLE) != 0);
    *out = NULL;
    if (is_beyond_mmap(offset + length))
        return posix_verdict(SECTION_LIMIT, EOVERFLOW);
    int descriptor;
    section_os_result result = choose_descriptor(&descriptor, object, access);
    if (result.status != SECTION_OK)
        return result;

    int flags = is_copy(access) ? MAP_PRIVATE : MAP_SHARED;
    result = map(out, object, descriptor, (off_t)offset, length, access, flags,
                 address);
    /* Kernels before 6.7 refuse shared views of memory that is sealed against
     * writing, if the descriptor could write. A private view that is never
     * written shows the same pages. Where nobody may run the bytes (mmap(2):
     * noexec), this says EPERM once more. */
    if (result.os_error == EPERM && only_reads(access) &&
        (object->flags & SECTION_OS_EXEMPT) != 0)
        result = map(out, object, descriptor, (off_t)offset, length, access,
                     MAP_PRIVATE, address);
    return result;
}

section_os_result section_os_view_unmap(void *base, size_t length)
{
    return munmap(base, length) == 0 ? posix_ok() : posix_map_failure(errno);
}

section_os_result section_os_view_protect(void *base, size_t length,
                                          section_access mapped,
                                          section_access access)
{
    int protection = protection_of(access);
    assert((protection & ~protection_of(mapped)) == 0);
    assert(only_reads(access) || is_copy(access) == is_copy(mapped));
    (void)mapped;
    return mprotect(base, length, protection) == 0 ? posix_ok()
                                                   : posix_map_failure(errno);
}
