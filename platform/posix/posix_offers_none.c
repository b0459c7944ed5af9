/* SPDX-License-Identifier: MIT */
/*
 * Offers where no process can reach into another: only what is inherited.
 */
#include "posix_internal.h"

#include <assert.h>

const section_support posix_offers = SECTION_SUPPORT_NONE;

section_os_result section_os_process_tell(section_os_process *out, uint64_t id)
{
    (void)id;
    *out = (section_os_process){0, 0};
    return posix_verdict(SECTION_UNSUPPORTED, 0);
}

section_os_result section_os_source_open(section_os_source *out,
                                         const section_os_process *from)
{
    assert(from == NULL);
    (void)from;
    *out = (section_os_source){SECTION_OS_NONE, 0, false};
    return posix_ok();
}

void section_os_source_close(section_os_source *source)
{
    source->process = SECTION_OS_NONE;
}

section_os_result section_os_part_fetch(intptr_t *part,
                                        const section_os_source *source,
                                        uint64_t number,
                                        const uint64_t expected[2])
{
    (void)source;
    *part = SECTION_OS_NONE;
    return posix_part_inherit(part, number, expected);
}
