/* SPDX-License-Identifier: MIT */
/*
 * Committing with fallocate(2), which takes the blocks or pages now, so that no
 * touch can fail later.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>

const section_commit posix_memory_commit = SECTION_COMMIT_ALLOCATED;
const section_commit posix_file_commit = SECTION_COMMIT_ALLOCATED;

/* Take pages, and let the size follow. */
int posix_allocate_and_extend(int descriptor, off_t from, off_t length)
{
    return fallocate(descriptor, 0, from, length) == 0 ? 0 : errno;
}

/* Take blocks beyond the end, and leave the size alone. */
int posix_allocate_beyond_end(int descriptor, off_t from, off_t length)
{
    return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, from, length) == 0
               ? 0
               : errno;
}

/* Kernels without fallocate() on tmpfs: writing takes the pages just as well,
 * where nobody else writes. */
int posix_write_zeros(int descriptor, off_t from, off_t length)
{
    static const unsigned char zeros[64 << 10];
    while (length > 0) {
        size_t bytes =
            length < (off_t)sizeof(zeros) ? (size_t)length : sizeof(zeros);
        ssize_t written = pwrite(descriptor, zeros, bytes, from);
        if (written < 0)
            return errno;
        from += written;
        length -= written;
    }
    return 0;
}

section_os_result posix_allocate_memory(int descriptor, uint64_t size,
                                        section_commit *commit)
{
    *commit = SECTION_COMMIT_ALLOCATED;
    uint64_t done = 0;
    section_os_result result = posix_allocate_chunks(
        descriptor, &done, size, true, posix_allocate_and_extend);
    if (result.status == SECTION_UNSUPPORTED)
        result = posix_allocate_chunks(descriptor, &done, size, true,
                                       posix_write_zeros);
    return result;
}

unsigned long posix_filesystem_type(int descriptor)
{
    struct statfs filesystem;
    int failed;
    do
        failed = fstatfs(descriptor, &filesystem);
    while (failed != 0 && errno == EINTR);
    return failed != 0 ? 0 : (unsigned long)filesystem.f_type;
}

bool posix_file_takes_memory(int descriptor)
{
    unsigned long type = posix_filesystem_type(descriptor);
    return type == POSIX_TMPFS || type == POSIX_RAMFS;
}

/* fallocate() only ever extends, where ftruncate() would cut what another
 * writer has appended meanwhile. One byte is enough. */
section_os_result posix_move_end(int descriptor, uint64_t to)
{
    uint64_t last = to - 1;
    return posix_allocate_chunks(descriptor, &last, to, false,
                                 posix_allocate_and_extend);
}

section_os_result posix_grow_file(int descriptor, section_os_facts *facts,
                                  uint64_t to, bool lazy)
{
    section_os_result result;
    section_commit commit = SECTION_COMMIT_NONE;
    if (!lazy) {
        uint64_t done = facts->size;
        if (!posix_disk_has_room(descriptor, to - done))
            return posix_verdict(SECTION_NO_SPACE, 0);
        result = posix_allocate_chunks(descriptor, &done, to,
                                       posix_file_takes_memory(descriptor),
                                       posix_allocate_beyond_end);
        if (result.status != SECTION_OK && result.status != SECTION_UNSUPPORTED)
            return result;
        if (result.status == SECTION_OK)
            commit = SECTION_COMMIT_ALLOCATED;
    }
    result = posix_move_end(descriptor, to);
    if (result.status == SECTION_UNSUPPORTED)
        result = posix_extend_by_writing(descriptor, to);
    if (result.status == SECTION_OK)
        facts->commit = commit;
    return result;
}
