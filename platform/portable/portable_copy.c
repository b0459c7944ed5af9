/* SPDX-License-Identifier: MIT */
/*
 * section_os_guarded_copy() by memcpy() in a guarded call, for any system,
 * where the processor or the compiler has nothing better.
 */
#include "platform.h"

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
