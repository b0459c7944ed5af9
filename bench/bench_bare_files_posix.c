/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of POSIX on files and on pages that are mapped. What Linux has
 * more of is in bench_bare_memfd.c.
 */
#include "bench_bare_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool bare_file_open(bare_handle *out, const char *path, section_access access)
{
    int flags = access == SECTION_ACCESS_READ ? O_RDONLY : O_RDWR;
    *out = open(path, flags | O_CLOEXEC);
    return *out >= 0 || bare_failed(path);
}

bool bare_file_mapping(bare_handle *out, bare_handle file,
                       section_access access)
{
    (void)access;
    *out = file;
    return true;
}

void bare_file_mapping_close(bare_handle mapping)
{
    (void)mapping;
}

int64_t bare_file_read(bare_handle file, void *buffer, size_t length)
{
    ssize_t got;
    do
        got = read((int)file, buffer, length);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        (void)bare_failed("read");
    return got;
}

bool bare_file_read_at(bare_handle file, uint64_t offset, void *buffer,
                       size_t length)
{
    return pread((int)file, buffer, length, (off_t)offset) == (ssize_t)length ||
           bare_failed("pread");
}

/* Zeros that are written, so that the first use finds nothing to allocate. */
static bool write_zeros(int file, uint64_t size)
{
    static const unsigned char zeros[64 << 10];
    while (size > 0) {
        size_t most = size < sizeof(zeros) ? (size_t)size : sizeof(zeros);
        ssize_t written = write(file, zeros, most);
        if (written < 0 && errno != EINTR)
            return bare_failed("write");
        if (written > 0)
            size -= (uint64_t)written;
    }
    return fsync(file) == 0 || bare_failed("fsync");
}

bool bare_file_make(const char *path, uint64_t size)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return bare_failed(path);
    bool written = write_zeros(file, size);
    return (close(file) == 0 || bare_failed("close")) && written;
}

bool bare_file_remove(const char *path)
{
    return unlink(path) == 0 || errno == ENOENT || bare_failed(path);
}

bool bare_lock(void *base, size_t length)
{
    return mlock(base, length) == 0 || bare_failed("mlock");
}

bool bare_unlock(void *base, size_t length)
{
    return munlock(base, length) == 0 || bare_failed("munlock");
}

/* The least that a handler could come back to. */
section_status bare_guard(section_guarded function, void *context)
{
    sigjmp_buf place;
    if (sigsetjmp(place, 0) != 0)
        return SECTION_FAULT;
    return function(context);
}
