/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of growth on Linux, where the size of an object is the
 * system's own, and memory is a file in memory: platform/posix/
 * posix_growth_linux.c without anything that is not a call of the protocol.
 */
#include "bench_bare_posix.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void take(bare_growing *out, bare_handle memory)
{
    *out = (bare_growing){.memory = memory};
    (void)snprintf(out->path, sizeof(out->path), "/proc/thread-self/fd/%d",
                   (int)memory);
}

bool bare_growing_create(bare_growing *out, uint64_t size, uint64_t reserve)
{
    bare_handle memory;
    (void)reserve;
    if (!bare_memory_create(&memory, size, false))
        return false;
    take(out, memory);
    return true;
}

bool bare_growing_open_file(bare_growing *out, const char *path)
{
    bare_handle file;
    if (!bare_file_open(&file, path, SECTION_ACCESS_READ_WRITE))
        return false;
    take(out, file);
    return true;
}

bool bare_growing_close(bare_growing *growing)
{
    return bare_close(growing->memory);
}

bool bare_growing_size(uint64_t *out, const bare_growing *growing)
{
    return bare_size(out, growing->memory);
}

bool bare_grow(bare_growing *growing, uint64_t bytes)
{
    uint64_t size;
    if (!bare_growing_size(&size, growing))
        return false;
    return fallocate((int)growing->memory, 0, (off_t)size, (off_t)bytes) == 0 ||
           bare_failed("fallocate");
}

/* A byte that no object has, of a description that nobody else has. */
static bool set_lock(int description, short type)
{
    struct flock byte = {.l_type = type,
                         .l_whence = SEEK_SET,
                         .l_start = (off_t)INT64_MAX - 1,
                         .l_len = 1};
    return fcntl(description, F_OFD_SETLK, &byte) == 0 || bare_failed("fcntl");
}

/* From within a page: commit, clear what is behind the end, move the end. */
static bool grow_from_within(int memory, uint64_t size, uint64_t first,
                             uint64_t end)
{
    const int keep = FALLOC_FL_KEEP_SIZE;
    if (end > first &&
        fallocate(memory, keep, (off_t)first, (off_t)(end - first)) != 0)
        return bare_failed("fallocate");
    if (fallocate(memory, FALLOC_FL_PUNCH_HOLE | keep, (off_t)size,
                  (off_t)(first - size)) != 0)
        return bare_failed("fallocate(FALLOC_FL_PUNCH_HOLE)");
    return fallocate(memory, 0, (off_t)(end - 1), 1) == 0 ||
           bare_failed("fallocate");
}

static bool grow_alone(int memory, uint64_t bytes)
{
    uint64_t size;
    if (!bare_size(&size, memory))
        return false;
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t first = (size + page - 1) / page * page;
    if (first != size)
        return grow_from_within(memory, size, first, size + bytes);
    return fallocate(memory, 0, (off_t)size, (off_t)bytes) == 0 ||
           bare_failed("fallocate");
}

bool bare_grow_alone(bare_growing *growing, uint64_t bytes)
{
    int description = open(growing->path, O_RDWR | O_CLOEXEC);
    if (description < 0)
        return bare_failed("open");
    bool grown = set_lock(description, F_WRLCK) &&
                 grow_alone((int)growing->memory, bytes);
    grown = set_lock(description, F_UNLCK) && grown;
    return bare_close(description) && grown;
}
