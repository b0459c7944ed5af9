/* SPDX-License-Identifier: MIT */
/*
 * What this system is, and the small things: heap, counts, last error.
 */
#include "posix_internal.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

void section_os_get_system(section_os_system *out)
{
    uint32_t page_size = (uint32_t)sysconf(_SC_PAGESIZE);
    *out = (section_os_system){
        .traits =
            {
                .page_size = page_size,
                .granularity = page_size,
                .memory_commit = posix_memory_commit,
                .file_commit = posix_file_commit,
                .memory_copy = posix_memory_copy,
                .file_copy = SECTION_COPY_LIVE,
                .read_only_views = SECTION_GUARD_ENFORCED,
                .memory_shrink = posix_memory_shrink,
                .lazy_backing = SECTION_BACKING_MEMORY,
                .name_scope = SECTION_NAMES_USER,
                .name_removal = SECTION_GUARD_NONE,
                .dead_names = SECTION_RECLAIM_LATER,
                .lazy_names = SECTION_SUPPORT_FULL,
                .memory_growth = posix_memory_growth,
                .file_growth = SECTION_SUPPORT_FULL,
                .flush_durable = posix_flush_durable,
                .flush_order = posix_flush_order,
                .file_shrink = SECTION_GUARD_NONE,
                .file_removal = SECTION_GUARD_NONE,
                .discard = posix_discard,
                .advice = posix_advice,
                .large_page_size = posix_large_page_size(),
                /* mprotect() lets whoever can map bytes run them. */
                .execute_right = SECTION_GUARD_NONE,
                .seal_growth = posix_seal_growth,
                .seal_writers = posix_seal_writers,
                .delivery = SECTION_DELIVERY_HELD,
                .offers = posix_offers,
            },
        .memory_sizes_are_rounded = false,
    };
}

section_os_result posix_check_size_limit(uint64_t size)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
        limit.rlim_cur != RLIM_INFINITY && size > (uint64_t)limit.rlim_cur)
        return posix_verdict(SECTION_NO_SPACE, 0);
    return posix_ok();
}

uint64_t section_os_process_id(void)
{
    return (uint64_t)getpid();
}

/* POSIX.1-2024; musl hides it from who asks for an older one. */
/* NOLINTNEXTLINE(readability-redundant-declaration) */
int getentropy(void *bytes, size_t length);

section_os_result section_os_random(void *bytes, size_t length)
{
    return getentropy(bytes, length) == 0 ? posix_ok() : posix_failure(errno);
}

uint64_t section_os_milliseconds(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void section_os_pause(uint32_t microseconds)
{
    if (microseconds == 0) {
        (void)sched_yield();
        return;
    }
    struct timespec pause = {(time_t)(microseconds / 1000000),
                             (long)(microseconds % 1000000) * 1000};
    (void)nanosleep(&pause, NULL);
}

/* Not calloc(), which in glibc before 2.41 passes by the memory that this
 * thread gave back last. The byte more keeps compilers from making one of it.
 */
void *section_os_allocate(size_t size)
{
    void *memory = size < SIZE_MAX ? malloc(size + 1) : NULL;
    return memory == NULL ? NULL : memset(memory, 0, size);
}

void section_os_free(void *memory)
{
    free(memory);
}

int32_t section_os_count_add(section_os_count *count, int32_t change)
{
    return __atomic_add_fetch(count, change, __ATOMIC_ACQ_REL);
}

uint64_t section_os_shared_read(const uint64_t *shared)
{
    return __atomic_load_n(shared, __ATOMIC_ACQUIRE);
}

void section_os_shared_raise(uint64_t *shared, uint64_t value)
{
    uint64_t found = __atomic_load_n(shared, __ATOMIC_RELAXED);
    while (found < value &&
           !__atomic_compare_exchange_n(shared, &found, value, false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        ;
}

static _Thread_local int32_t last_error;

void section_os_set_last_error(int32_t os_error)
{
    last_error = os_error;
}

int32_t section_os_get_last_error(void)
{
    return last_error;
}
