/* SPDX-License-Identifier: MIT */
/*
 * Guarded copies by the copy of gnu/gnu_copy.h: no place is marked and nothing
 * is written before the first byte is copied. x86-64 Windows.
 */
#include "gnu/gnu_copy.h"
#include "win32_internal.h"

section_os_result gnu_copy_begin(const void **fault, void *to, const void *from,
                                 size_t length, const void *base,
                                 size_t watched)
{
    section_os_result result = win32_prepare_guards();
    if (result.status != SECTION_OK)
        return result;
    gnu_copy_prepare();
    return section_os_guarded_copy(fault, to, from, length, base, watched);
}

bool win32_leave_copy(CONTEXT *context, const void *address)
{
    uintptr_t at = (uintptr_t)context->Rip;
    if (at < (uintptr_t)gnu_copy_first || at >= (uintptr_t)gnu_copy_last)
        return false;
    if ((uintptr_t)address - (uintptr_t)context->R8 >= context->R9)
        return false;
    context->Rax = (uintptr_t)address;
    context->Rip = (uintptr_t)gnu_copy_landing;
    return true;
}
