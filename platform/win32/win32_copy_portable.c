/* SPDX-License-Identifier: MIT */
/*
 * Guarded copies by guarded calls, for any compiler.
 */
#include "win32_internal.h"

#include <string.h>

bool win32_leave_copy(CONTEXT *context, const void *address)
{
    (void)context;
    (void)address;
    return false;
}

typedef struct copy {
    void *to;
    const void *from;
    size_t length;
} copy;

static section_status copy_all(void *context)
{
    const copy *wanted = context;
    memcpy(wanted->to, wanted->from, wanted->length);
    return SECTION_OK;
}

section_os_result section_os_guarded_copy(const void **fault, void *to,
                                          const void *from, size_t length,
                                          const void *base, size_t watched)
{
    copy wanted = {to, from, length};
    const section_os_watch watch = {base, watched};
    section_status answer;
    return section_os_guarded_call(copy_all, &wanted, &watch, &answer, fault);
}
