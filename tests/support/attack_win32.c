/* SPDX-License-Identifier: MIT */
#include "attack.h"

#include "foreign.h"
#include "memory.h"

#include <windows.h>

#include <winternl.h>

static bool can_map(HANDLE handle)
{
    const DWORD accesses[] = {FILE_MAP_WRITE, FILE_MAP_ALL_ACCESS,
                              FILE_MAP_WRITE | FILE_MAP_EXECUTE};
    for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
        void *base = MapViewOfFile(handle, accesses[i], 0, 0, 1);
        if (base == NULL)
            continue;
        (void)UnmapViewOfFile(base);
        return true;
    }
    return false;
}

/* With the byte that is there. */
static bool can_force(void *base)
{
    SIZE_T written = 0;
    char byte = *(volatile char *)base;
    return WriteProcessMemory(GetCurrentProcess(), base, &byte, 1, &written) !=
               0 &&
           written == 1;
}

static uint32_t attack_view(HANDLE handle)
{
    uint32_t found = 0;
    void *base = MapViewOfFile(handle, FILE_MAP_READ, 0, 0, 0);
    if (base == NULL)
        return 0;
    /* WriteProcessMemory() changes the protection where it may. */
    if (can_force(base))
        found |= ATTACK_FORCE;
    if (memory_force_writable(base, 1) && memory_can_write(base))
        found |= ATTACK_RAISE;
    (void)UnmapViewOfFile(base);
    return found;
}

bool attack_lock(intptr_t handle)
{
    /* Sections have none. */
    (void)handle;
    return false;
}

typedef NTSTATUS(NTAPI *extend_section)(HANDLE, LARGE_INTEGER *);

static bool can_grow(HANDLE handle)
{
    HMODULE library = GetModuleHandleW(L"ntdll.dll");
    extend_section extend = (extend_section)(void (*)(void))GetProcAddress(
        library, "NtExtendSection");
    LARGE_INTEGER size = {
        .QuadPart = (LONGLONG)(foreign_size((intptr_t)handle) + 65536)};
    return extend != NULL && extend(handle, &size) >= 0;
}

uint32_t attack_with(intptr_t handle)
{
    uint32_t found = attack_view((HANDLE)handle);
    if (can_map((HANDLE)handle))
        found |= ATTACK_MAP;
    if (foreign_can_write(handle))
        found |= ATTACK_WRITE;
    if (can_grow((HANDLE)handle))
        found |= ATTACK_GROW;
    if (foreign_cut(handle, 1))
        found |= ATTACK_CUT;
    return found;
}

static intptr_t duplicate_more(HANDLE handle)
{
    HANDLE self = GetCurrentProcess(), wider;
    const DWORD accesses[] = {FILE_MAP_ALL_ACCESS,
                              FILE_MAP_READ | FILE_MAP_WRITE, FILE_MAP_WRITE,
                              SECTION_EXTEND_SIZE};
    for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++)
        if (DuplicateHandle(self, handle, self, &wider, accesses[i], FALSE, 0))
            return (intptr_t)wider;
    return FOREIGN_NOTHING;
}

/* The right to change the list of rights is the owner's, whatever the handle
 * says, unless the list says otherwise. */
static void let_everybody(HANDLE handle)
{
    HANDLE self = GetCurrentProcess(), owners;
    SECURITY_DESCRIPTOR all = {.Revision = SECURITY_DESCRIPTOR_REVISION,
                               .Control = SE_DACL_PRESENT};
    if (!DuplicateHandle(self, handle, self, &owners, WRITE_DAC, FALSE, 0))
        return;
    (void)SetKernelObjectSecurity(owners, DACL_SECURITY_INFORMATION, &all);
    (void)CloseHandle(owners);
}

intptr_t attack_widen(intptr_t handle, bool changes)
{
    if (changes)
        let_everybody((HANDLE)handle);
    return duplicate_more((HANDLE)handle);
}
