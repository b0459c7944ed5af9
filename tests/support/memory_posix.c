/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* The kernel reads and writes for us and says EFAULT where we would fault. */
static bool kernel_can(void *address, bool write_too)
{
    int ends[2];
    assert_that(pipe(ends) == 0);
    ssize_t done = write(ends[1], address, 1);
    assert_that(done == 1 || errno == EFAULT);
    if (done == 1 && write_too) {
        done = read(ends[0], address, 1);
        assert_that(done == 1 || errno == EFAULT);
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
    return done == 1;
}

bool memory_can_read(const void *address)
{
    return kernel_can((void *)address, false);
}

bool memory_can_write(void *address)
{
    return kernel_can(address, true);
}

bool memory_force_writable(void *address, size_t length)
{
    size_t lead = (uintptr_t)address % (uintptr_t)sysconf(_SC_PAGESIZE);
    return mprotect((char *)address - lead, length + lead,
                    PROT_READ | PROT_WRITE) == 0;
}

void *memory_reserve(size_t length)
{
    void *address =
        mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_that(address != MAP_FAILED);
    return address;
}

void memory_release(void *address, size_t length)
{
    assert_that(munmap(address, length) == 0);
}
