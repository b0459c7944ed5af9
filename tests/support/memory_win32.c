/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <windows.h>

static DWORD protection_at(const void *address)
{
    MEMORY_BASIC_INFORMATION range;
    if (VirtualQuery(address, &range, sizeof(range)) == 0 ||
        range.State != MEM_COMMIT || (range.Protect & PAGE_GUARD) != 0)
        return PAGE_NOACCESS;
    return range.Protect & 0xff;
}

bool memory_can_read(const void *address)
{
    DWORD protection = protection_at(address);
    return protection != PAGE_NOACCESS && protection != PAGE_EXECUTE;
}

bool memory_can_write(void *address)
{
    DWORD protection = protection_at(address);
    return protection == PAGE_READWRITE || protection == PAGE_WRITECOPY ||
           protection == PAGE_EXECUTE_READWRITE ||
           protection == PAGE_EXECUTE_WRITECOPY;
}

bool memory_force_writable(void *address, size_t length)
{
    DWORD before;
    return VirtualProtect(address, length, PAGE_READWRITE, &before) ||
           VirtualProtect(address, length, PAGE_EXECUTE_READWRITE, &before);
}

void *memory_reserve(size_t length)
{
    void *address = VirtualAlloc(NULL, length, MEM_RESERVE, PAGE_NOACCESS);
    assert_that(address != NULL);
    return address;
}

void memory_release(void *address, size_t length)
{
    (void)length;
    assert_that(VirtualFree(address, 0, MEM_RELEASE) != 0);
}
