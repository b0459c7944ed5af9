/* SPDX-License-Identifier: MIT */
/*
 * Getting pages ready, and keeping them.
 */
#include "win32_native.h"

/* PrefetchVirtualMemory() reads what is not in memory and does not wait, nor
 * does it give the pages to the process: a first touch still faults. */
section_os_result section_os_view_prefetch(void *base, size_t length,
                                           section_prefetch how)
{
    if (how != SECTION_PREFETCH_START)
        return win32_verdict(SECTION_UNSUPPORTED, 0);
    return win32_prefetch(base, length);
}

static section_os_result lock_failure(DWORD error)
{
    switch (error) {
    /* More than the minimum working set, which is what a process may lock. */
    case ERROR_WORKING_SET_QUOTA:
    case ERROR_NOT_ENOUGH_MEMORY:
    /* Pages that are not there, or that may not be touched. */
    case ERROR_NOACCESS:
    case ERROR_INVALID_ADDRESS:
        return win32_verdict(SECTION_LIMIT, error);
    default:
        return win32_failure(error);
    }
}

section_os_result section_os_view_lock(void *base, size_t length)
{
    return VirtualLock(base, length) ? win32_ok()
                                     : lock_failure(GetLastError());
}

/* Fails with ERROR_NOT_LOCKED if one page was not locked, and then lets none
 * go: they are unlocked one by one. */
section_os_result section_os_view_unlock(void *base, size_t length)
{
    if (VirtualUnlock(base, length))
        return win32_ok();
    DWORD error = GetLastError();
    if (error != ERROR_NOT_LOCKED)
        return lock_failure(error);
    section_os_system system;
    section_os_get_system(&system);
    for (size_t at = 0; at < length; at += system.traits.page_size)
        if (!VirtualUnlock((BYTE *)base + at, system.traits.page_size) &&
            GetLastError() != ERROR_NOT_LOCKED)
            return lock_failure(GetLastError());
    return win32_ok();
}

section_os_result section_os_view_advise(void *base, size_t length,
                                         section_advice advice)
{
    (void)base;
    (void)length;
    return win32_verdict(
        advice == SECTION_ADVICE_NORMAL ? SECTION_OK : SECTION_UNSUPPORTED, 0);
}

/* Pages of a section stay committed as long as it lives. */
section_os_result section_os_view_discard(void *base, size_t length)
{
    (void)base;
    (void)length;
    return win32_verdict(SECTION_UNSUPPORTED, 0);
}
