/* SPDX-License-Identifier: MIT */
/*
 * Names that are one file each: held by a lock of an open file description,
 * guarded by flock().
 */
#include "raw.h"

#include "expect.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static int open_entry(int directory, const char *entry)
{
    int file = openat(directory, entry, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    assert_that(file >= 0);
    return file;
}

void raw_remove_memory(const char *entry)
{
    (void)entry;
}

bool raw_is_held(int directory, const char *entry)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int file = open_entry(directory, entry);
    assert_same(0, fcntl(file, F_OFD_GETLK, &whole));
    (void)close(file);
    return whole.l_type != F_UNLCK;
}

void raw_expect_unlocked(const char *directory)
{
    raw_names found = raw_read(directory);
    int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (unsigned i = 0; i < found.count; i++) {
        int file = open_entry(folder, found.names[i].entry);
        assert_same(0, flock(file, LOCK_EX | LOCK_NB));
        (void)close(file);
    }
    if (folder >= 0)
        (void)close(folder);
}
