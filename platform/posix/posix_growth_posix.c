/* SPDX-License-Identifier: MIT */
/*
 * Growth where only files can grow: an object of shm_open() takes its size once
 * on macOS, and FreeBSD maps no view beyond its end.
 */
#include "posix_internal.h"

#include <assert.h>
#include <errno.h>

const section_support posix_memory_growth = SECTION_SUPPORT_NONE;

section_os_result section_os_object_measure(uint64_t *size,
                                            section_os_object *object)
{
    struct stat status;
    *size = 0;
    if (fstat((int)object->handle, &status) != 0)
        return posix_failure(errno);
    /* What others have lent has no such views, and its position is theirs. */
    if ((object->flags & SECTION_OS_GROWS) != 0)
        posix_await_growth((int)object->handle);
    *size = (uint64_t)status.st_size;
    return posix_ok();
}

/* What a file is made larger by reads as zero, whatever was written behind its
 * end (POSIX, ftruncate()), and what only makes it larger needs no order. */
section_os_result section_os_object_extend(section_os_object *object,
                                           uint64_t from, uint64_t to,
                                           bool lazy)
{
    assert((object->flags & SECTION_OS_VIEWS_HOLD) != 0);
    section_os_result result = posix_check_size_limit(to);
    if (result.status != SECTION_OK)
        return result;
    section_os_facts facts = {.size = from};
    return posix_grow_file((int)object->handle, &facts, to, lazy);
}

section_os_result section_os_extension_begin(section_os_extension *out,
                                             section_os_object *object,
                                             const uint64_t id[2])
{
    (void)object;
    (void)id;
    *out = (section_os_extension){SECTION_OS_NONE, 0};
    return posix_ok();
}

void section_os_extension_end(const section_os_extension *extension)
{
    (void)extension;
}
