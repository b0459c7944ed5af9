/* SPDX-License-Identifier: MIT */
#include "code.h"

#include <windows.h>

int code_call(const void *at)
{
    (void)FlushInstructionCache(GetCurrentProcess(), at, CODE_SIZE);
    return code_enter(at);
}

bool code_can_run(const void *at)
{
    const DWORD runs = PAGE_EXECUTE | PAGE_EXECUTE_READ |
                       PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    MEMORY_BASIC_INFORMATION range;
    return VirtualQuery(at, &range, sizeof(range)) != 0 &&
           range.State == MEM_COMMIT && (range.Protect & PAGE_GUARD) == 0 &&
           (range.Protect & runs) != 0;
}

bool code_force_runnable(void *at, size_t length)
{
    DWORD before;
    return VirtualProtect(at, length, PAGE_EXECUTE_READ, &before) ||
           VirtualProtect(at, length, PAGE_EXECUTE_READWRITE, &before) ||
           VirtualProtect(at, length, PAGE_EXECUTE_WRITECOPY, &before);
}
