/* SPDX-License-Identifier: MIT */
#include "residence.h"

#include "machine.h"

#include <windows.h>

#include <psapi.h>

static uint64_t faults(void)
{
    PROCESS_MEMORY_COUNTERS counters;
    assert_that(K32GetProcessMemoryInfo(GetCurrentProcess(), &counters,
                                        sizeof(counters)) != 0);
    return counters.PageFaultCount;
}

uint64_t residence_faults_to_read(const void *start, size_t length)
{
    const volatile unsigned char *bytes = start;
    uint64_t before = faults();
    for (size_t i = 0; i < length; i += machine_page_size())
        (void)bytes[i];
    return faults() - before;
}

uint64_t residence_faults_to_write(void *start, size_t length,
                                   unsigned char value)
{
    volatile unsigned char *bytes = start;
    uint64_t before = faults();
    for (size_t i = 0; i < length; i += machine_page_size())
        bytes[i] = value;
    return faults() - before;
}

bool residence_knows_locks(void)
{
    /* Wine tells of no page that it is locked. */
    return !machine_is_wine();
}

bool residence_is_locked(const void *start, size_t length)
{
    size_t page = machine_page_size();
    size_t lead = (size_t)((uintptr_t)start % page);
    for (size_t i = 0; i < length + lead; i += page) {
        PSAPI_WORKING_SET_EX_INFORMATION what;
        memset(&what, 0, sizeof(what));
        what.VirtualAddress = (char *)(uintptr_t)start - lead + i;
        assert_that(K32QueryWorkingSetEx(GetCurrentProcess(), &what,
                                         sizeof(what)) != 0);
        if (what.VirtualAttributes.Valid != 0 &&
            what.VirtualAttributes.Locked != 0)
            return true;
    }
    return false;
}

/* VirtualLock(): fewer pages than the minimum of the working set. */
bool residence_limit_locks(uint64_t bytes)
{
    if (machine_is_wine() || bytes == 0)
        return false;
    SIZE_T least = (SIZE_T)bytes + 32 * machine_page_size();
    return SetProcessWorkingSetSize(GetCurrentProcess(), least, 8 * least) != 0;
}
