/* SPDX-License-Identifier: MIT */
#include "residence.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Sanitizers keep notes of every byte, in pages of their own. */
#if defined(__clang__)
#define UNINSTRUMENTED __attribute__((no_sanitize("address", "thread")))
#elif defined(__GNUC__)
#define UNINSTRUMENTED __attribute__((no_sanitize_address, no_sanitize_thread))
#else
#define UNINSTRUMENTED
#endif

/* Of this thread where the system counts them apart (Linux). */
static uint64_t faults(void)
{
    struct rusage usage;
#if defined(RUSAGE_THREAD)
    assert_that(getrusage(RUSAGE_THREAD, &usage) == 0);
#else
    assert_that(getrusage(RUSAGE_SELF, &usage) == 0);
#endif
    return (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
}

UNINSTRUMENTED uint64_t residence_faults_to_read(const void *start,
                                                 size_t length)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const volatile unsigned char *bytes = start;
    uint64_t before = faults();
    for (size_t i = 0; i < length; i += page)
        (void)bytes[i];
    return faults() - before;
}

UNINSTRUMENTED uint64_t residence_faults_to_write(void *start, size_t length,
                                                  unsigned char value)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    volatile unsigned char *bytes = start;
    uint64_t before = faults();
    for (size_t i = 0; i < length; i += page)
        bytes[i] = value;
    return faults() - before;
}

/* msync(2): EBUSY if there is a lock. Elsewhere MS_INVALIDATE may really throw
 * pages away. */
#if defined(__linux__)
bool residence_knows_locks(void)
{
    return true;
}

bool residence_is_locked(const void *start, size_t length)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t lead = (uintptr_t)start % page;
    int failed =
        msync((char *)start - lead, length + lead, MS_ASYNC | MS_INVALIDATE);
    assert_that(failed == 0 || errno == EBUSY);
    return failed != 0;
}
#else
bool residence_knows_locks(void)
{
    return false;
}

bool residence_is_locked(const void *start, size_t length)
{
    (void)start;
    (void)length;
    return false;
}
#endif

bool residence_limit_locks(uint64_t bytes)
{
    struct rlimit limit = {(rlim_t)bytes, (rlim_t)bytes};
    return setrlimit(RLIMIT_MEMLOCK, &limit) == 0;
}
