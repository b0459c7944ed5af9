/* SPDX-License-Identifier: MIT */
/*
 * Guarded copies by memcpy() in a guarded call, where the processor or the
 * compiler has nothing better.
 */
#include "posix_internal.h"

#include <string.h>

typedef struct copy {
    void *to;
    const void *from;
    size_t length;
} copy;

static section_status copy_all(void *context)
{
    const copy *all = context;
    memcpy(all->to, all->from, all->length);
    return SECTION_OK;
}

section_os_result section_os_guarded_copy(const void **fault, void *to,
                                          const void *from, size_t length,
                                          const void *base, size_t watched)
{
    copy all = {to, from, length};
    const section_os_watch watch = {base, watched};
    section_status answer;
    return section_os_guarded_call(copy_all, &all, &watch, &answer, fault);
}

/* Faults of a copy are those of a call. */
bool posix_copy_leave(const void *address, void *context)
{
    (void)address;
    (void)context;
    return false;
}
