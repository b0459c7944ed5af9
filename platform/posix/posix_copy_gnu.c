/* SPDX-License-Identifier: MIT */
/*
 * Guarded copies by the copy of gnu/gnu_copy.h: no place is marked and nothing
 * is written before the first byte is copied. x86-64 Linux.
 */
#include "gnu/gnu_copy.h"
#include "posix_internal.h"

#include <ucontext.h>

section_os_result gnu_copy_begin(const void **fault, void *to, const void *from,
                                 size_t length, const void *base,
                                 size_t watched)
{
    section_os_result result = posix_handlers_set();
    if (result.status != SECTION_OK)
        return result;
    gnu_copy_prepare();
    return section_os_guarded_copy(fault, to, from, length, base, watched);
}

bool posix_copy_leave(const void *address, void *context)
{
    ucontext_t *interrupted = context;
    greg_t *registers = interrupted->uc_mcontext.gregs;
    uintptr_t at = (uintptr_t)registers[REG_RIP];
    if (at < (uintptr_t)gnu_copy_first || at >= (uintptr_t)gnu_copy_last)
        return false;
    uintptr_t base = (uintptr_t)registers[REG_R8];
    if ((uintptr_t)address - base >= (uintptr_t)registers[REG_R9])
        return false;
    registers[REG_RAX] = (greg_t)(uintptr_t)address;
    registers[REG_RIP] = (greg_t)(uintptr_t)gnu_copy_landing;
    return true;
}
