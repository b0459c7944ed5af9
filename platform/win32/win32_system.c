/* SPDX-License-Identifier: MIT */
/*
 * What this system is, and the small things: heap, time, counts, last error.
 */
#include "win32_native.h"

/* GetSystemInfo() asks the kernel, whose answer never changes: threads that ask
 * at the same time write the same. 0 for not asked yet. */
static volatile LONG known_page_size;
static volatile LONG known_granularity;

/* Whether files can grow; 0 for not asked yet. */
static volatile LONG known_file_growth;

static void ask_system(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    known_granularity = (LONG)info.dwAllocationGranularity;
    known_page_size = (LONG)info.dwPageSize;
    known_file_growth =
        win32_can_extend() ? SECTION_SUPPORT_FULL : SECTION_SUPPORT_NONE;
}

void section_os_get_system(section_os_system *out)
{
    if (known_page_size == 0 || known_granularity == 0 ||
        known_file_growth == 0)
        ask_system();
    *out = (section_os_system){
        .traits =
            {
                .page_size = (uint32_t)known_page_size,
                .granularity = (uint32_t)known_granularity,
                .memory_commit = SECTION_COMMIT_CHARGED,
                .file_commit = SECTION_COMMIT_ALLOCATED,
                .memory_copy = SECTION_COPY_LIVE,
                .file_copy = SECTION_COPY_LIVE,
                .read_only_views = SECTION_GUARD_ENFORCED,
                .memory_shrink = SECTION_GUARD_ENFORCED,
                .lazy_backing = SECTION_BACKING_DISK,
                .name_scope = SECTION_NAMES_LOGIN,
                .name_removal = SECTION_GUARD_ENFORCED,
                .dead_names = SECTION_RECLAIM_AT_ONCE,
                .lazy_names = SECTION_SUPPORT_NONE,
                .memory_growth = SECTION_SUPPORT_FULL,
                .file_growth = known_file_growth,
                .flush_durable = SECTION_DURABLE_MEDIUM,
                .flush_order = SECTION_SUPPORT_NONE,
                .file_shrink = SECTION_GUARD_ENFORCED,
                .file_removal = SECTION_GUARD_ENFORCED,
                .discard = SECTION_DISCARD_ZEROED,
                .advice = SECTION_SUPPORT_NONE,
                .large_page_size = win32_find_large_page_size(),
                .execute_right = SECTION_GUARD_ENFORCED,
                .seal_growth = SECTION_GUARD_ENFORCED,
                .seal_writers = SECTION_GUARD_NONE,
                .delivery = SECTION_DELIVERY_ANSWERED,
                .offers = SECTION_SUPPORT_FULL,
            },
        .memory_sizes_are_rounded = true,
    };
}

void *section_os_allocate(size_t size)
{
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

void section_os_free(void *memory)
{
    if (memory != NULL)
        (void)HeapFree(GetProcessHeap(), 0, memory);
}

uint64_t section_os_milliseconds(void)
{
    return GetTickCount64();
}

void section_os_pause(uint32_t microseconds)
{
    if (microseconds != 0)
        Sleep(microseconds / 1000 + (microseconds % 1000 != 0));
    else if (!SwitchToThread())
        Sleep(0);
}

int32_t section_os_count_add(section_os_count *count, int32_t change)
{
    /* LONG and int32_t are the same 32 bits under two names. */
    return InterlockedExchangeAdd((volatile LONG *)count, change) + change;
}

/*
 * Read through views to read as well, which the interlocked functions would
 * write. Where addresses have 32 bits it takes two steps: the number never
 * becomes smaller, so that its upper half, when it is the same before and after
 * the lower one was read, was the same all the time. Whoever breaks the rule
 * and changes it for ever is not waited for.
 */
#define READS_MOST 1000

uint64_t section_os_shared_read(const uint64_t *shared)
{
    uint64_t value = 0;
    if (sizeof(void *) == sizeof(value)) {
        value = *(const volatile uint64_t *)shared;
    } else {
        const volatile uint32_t *half = (const volatile uint32_t *)shared;
        uint32_t upper = half[1], before;
        int reads = 0;
        do {
            before = upper;
            value = half[0];
            upper = half[1];
        } while (upper != before && ++reads < READS_MOST);
        value |= (uint64_t)before << 32;
    }
    /* What it tells of is read after it. */
    MemoryBarrier();
    return value;
}

void section_os_shared_raise(uint64_t *shared, uint64_t value)
{
    volatile LONG64 *number = (volatile LONG64 *)shared;
    uint64_t seen = section_os_shared_read(shared);
    while (seen < value) {
        LONG64 found =
            InterlockedCompareExchange64(number, (LONG64)value, (LONG64)seen);
        if ((uint64_t)found == seen)
            return;
        seen = (uint64_t)found;
    }
}

/*
 * The last error of each thread is in a slot of the system's, and not in a
 * variable of the thread: MSVC and gcc have different words for that one, and
 * what mingw-w64 makes of it ends the process when there is no heap left. The
 * slot is taken at first need and kept. 0 for none yet, else one more than its
 * number.
 */
static volatile LONG known_slot;

static DWORD find_slot(void)
{
    LONG slot = known_slot;
    if (slot != 0)
        return (DWORD)slot - 1;
    DWORD taken = TlsAlloc();
    if (taken == TLS_OUT_OF_INDEXES)
        return taken;
    slot = InterlockedCompareExchange(&known_slot, (LONG)taken + 1, 0);
    if (slot == 0)
        return taken;
    /* Another thread was first. */
    (void)TlsFree(taken);
    return (DWORD)slot - 1;
}

/* The thread's own last error, GetLastError(), is the application's: neither
 * remembering ours nor telling it may change that. */
void section_os_set_last_error(int32_t os_error)
{
    DWORD before = GetLastError();
    DWORD slot = find_slot();
    if (slot != TLS_OUT_OF_INDEXES)
        (void)TlsSetValue(slot, (void *)(intptr_t)os_error);
    SetLastError(before);
}

/* TlsGetValue() sets the last error to 0 when it succeeds. */
int32_t section_os_get_last_error(void)
{
    if (known_slot == 0)
        return 0;
    DWORD before = GetLastError();
    int32_t os_error = (int32_t)(intptr_t)TlsGetValue(find_slot());
    SetLastError(before);
    return os_error;
}
