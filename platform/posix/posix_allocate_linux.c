/* SPDX-License-Identifier: MIT */
/*
 * Committing with fallocate(2), which takes the blocks or pages now, so that no
 * touch can fail later.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

/* How much is allocated between two looks at what is left. */
#define CHUNK_SIZE ((uint64_t)32 << 20)

/* Kernels before 6 undo an interrupted allocation; smaller ones get through
 * between the signals. */
#define SMALLEST_CHUNK ((uint64_t)64 << 10)

const section_commit posix_memory_commit = SECTION_COMMIT_ALLOCATED;
const section_commit posix_file_commit = SECTION_COMMIT_ALLOCATED;

/*
 * Allocate from `from` to `to`, chunk by chunk. `takes_memory`: look before
 * each chunk whether the machine can hold all that is still to come.
 */
static section_os_result allocate(int descriptor, int mode, uint64_t from,
                                  uint64_t to, bool takes_memory)
{
    uint64_t chunk = CHUNK_SIZE;
    while (from < to) {
        if (takes_memory && !posix_memory_is_available(to - from))
            return posix_verdict(SECTION_NO_SPACE, 0);
        uint64_t bytes = to - from < chunk ? to - from : chunk;
        if (fallocate(descriptor, mode, (off_t)from, (off_t)bytes) == 0) {
            from += bytes;
        } else if (errno != EINTR) {
            return posix_failure(errno);
        } else if (chunk > SMALLEST_CHUNK) {
            chunk /= 2;
        }
    }
    return posix_ok();
}

/* Kernels without fallocate() on tmpfs: writing takes the pages just as well,
 * and nobody else knows this object yet. */
static section_os_result write_zeros(int descriptor, uint64_t size)
{
    static const unsigned char zeros[64 << 10];
    uint64_t done = 0;
    while (done < size) {
        if (!posix_memory_is_available(size - done))
            return posix_verdict(SECTION_NO_SPACE, 0);
        uint64_t rest = size - done;
        size_t bytes = rest < sizeof(zeros) ? (size_t)rest : sizeof(zeros);
        ssize_t written = pwrite(descriptor, zeros, bytes, (off_t)done);
        if (written < 0 && errno != EINTR)
            return posix_failure(errno);
        if (written > 0)
            done += (uint64_t)written;
    }
    return posix_ok();
}

section_os_result posix_allocate_memory(int descriptor, uint64_t size,
                                        section_commit *commit)
{
    *commit = SECTION_COMMIT_ALLOCATED;
    section_os_result result = allocate(descriptor, 0, 0, size, true);
    if (result.status == SECTION_UNSUPPORTED)
        return write_zeros(descriptor, size);
    return result;
}

/* Whether the blocks of a file are memory. */
static bool file_takes_memory(int descriptor)
{
    struct statfs filesystem;
    return fstatfs(descriptor, &filesystem) == 0 &&
           ((unsigned long)filesystem.f_type == TMPFS_MAGIC ||
            (unsigned long)filesystem.f_type == RAMFS_MAGIC);
}

/*
 * Set the size of a file to `to`, unless it is larger by now. fallocate() only
 * ever extends, where ftruncate() would cut what another writer has appended
 * meanwhile. One byte is enough.
 */
static section_os_result extend(int descriptor, uint64_t to)
{
    return allocate(descriptor, 0, to - 1, to, false);
}

section_os_result posix_grow_file(int descriptor, uint64_t from, uint64_t to,
                                  bool lazy, section_commit *commit)
{
    section_os_result result;
    *commit = SECTION_COMMIT_NONE;
    if (!lazy) {
        if (!posix_disk_has_room(descriptor, to - from))
            return posix_verdict(SECTION_NO_SPACE, 0);
        result = allocate(descriptor, FALLOC_FL_KEEP_SIZE, from, to,
                          file_takes_memory(descriptor));
        if (result.status != SECTION_OK && result.status != SECTION_UNSUPPORTED)
            return result;
        if (result.status == SECTION_OK)
            *commit = SECTION_COMMIT_ALLOCATED;
    }
    result = extend(descriptor, to);
    if (result.status == SECTION_UNSUPPORTED)
        result = posix_extend_by_writing(descriptor, to);
    if (result.status != SECTION_OK)
        *commit = SECTION_COMMIT_NONE;
    return result;
}
