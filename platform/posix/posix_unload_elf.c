/* SPDX-License-Identifier: MIT */
/*
 * Whether this code can be unloaded while the process goes on: it can, in a
 * module, and cannot, in the program itself.
 */
/* dl_iterate_phdr() is older than that, and not in POSIX. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "posix_internal.h"

#include <link.h>

typedef struct search {
    uintptr_t address;
    bool is_found;
} search;

/* dl_iterate_phdr(3) tells the program first, and is told to stop there. */
static int look_at_program(struct dl_phdr_info *object, size_t size,
                           void *context)
{
    (void)size;
    search *sought = context;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        uintptr_t from =
            (uintptr_t)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
        if (object->dlpi_phdr[i].p_type == PT_LOAD &&
            sought->address - from < object->dlpi_phdr[i].p_memsz)
            sought->is_found = true;
    }
    return 1;
}

bool posix_can_be_unloaded(void)
{
    search sought = {(uintptr_t)look_at_program, false};
    (void)dl_iterate_phdr(look_at_program, &sought);
    return !sought.is_found;
}
