/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of growth on POSIX, where only files grow in place.
 */
#include "bench_bare_posix.h"

#include <errno.h>
#include <fcntl.h>

/* For completeness: the rows are skipped where memory does not grow. */
bool bare_growing_create(bare_growing *out, uint64_t size, uint64_t reserve)
{
    (void)reserve;
    *out = (bare_growing){.memory = BARE_NONE};
    return bare_memory_create(&out->memory, size, false);
}

bool bare_growing_open_file(bare_growing *out, const char *path)
{
    *out = (bare_growing){.memory = BARE_NONE};
    return bare_file_open(&out->memory, path, SECTION_ACCESS_READ_WRITE);
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
    errno = posix_fallocate((int)growing->memory, (off_t)size, (off_t)bytes);
    return errno == 0 || bare_failed("posix_fallocate");
}

/* No row asks for it. */
bool bare_grow_alone(bare_growing *growing, uint64_t bytes)
{
    return bare_grow(growing, bytes);
}
