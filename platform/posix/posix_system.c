/* SPDX-License-Identifier: MIT */
/*
 * What this system is, and the small things: heap, counts, last error.
 */
#include "posix_internal.h"

#include <stdlib.h>
#include <sys/resource.h>
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

void *section_os_allocate(size_t size)
{
    return calloc(1, size);
}

void section_os_free(void *memory)
{
    free(memory);
}

int32_t section_os_count_add(section_os_count *count, int32_t change)
{
    return __atomic_add_fetch(count, change, __ATOMIC_ACQ_REL);
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
