/* SPDX-License-Identifier: MIT */
/*
 * Names that are a record, a pulse and memory (posix_record.h): held by having
 * the pulse open for reading, guarded by flock() on files of their own.
 */
#include "raw.h"

#include "expect.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The pulse that an entry is, or that a record tells of: "1:NUMBER:..." */
static void find_pulse(char pulse[18], int directory, const char *entry)
{
    char target[512] = "";
    if (entry[0] == '=')
        assert_that(readlinkat(directory, entry, target, sizeof(target) - 1) >
                    18);
    (void)snprintf(pulse, 18, "~%.16s",
                   entry[0] == '=' ? target + 2 : entry + 1);
}

void raw_remove_memory(const char *entry)
{
    char name[32];
    if (entry[0] != '~')
        return;
    (void)snprintf(name, sizeof(name), "/section.%.16s", entry + 1);
    (void)shm_unlink(name);
}

/* Asking is opening to write, which fails if nobody reads. */
bool raw_is_held(int directory, const char *entry)
{
    char pulse[18];
    find_pulse(pulse, directory, entry);
    struct stat status;
    if (fstatat(directory, pulse, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISFIFO(status.st_mode))
        return false; /* none any more, or a guard in the making */
    int asking = openat(directory, pulse,
                        O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (asking >= 0)
        (void)close(asking);
    return asking >= 0;
}

void raw_expect_unlocked(const char *directory)
{
    DIR *stream = opendir(directory);
    if (stream == NULL)
        return;
    for (struct dirent *e = readdir(stream); e != NULL; e = readdir(stream)) {
        if (strncmp(e->d_name, ".lock-", 6) != 0)
            continue;
        int guard =
            openat(dirfd(stream), e->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        assert_that(guard >= 0);
        assert_same(0, flock(guard, LOCK_EX | LOCK_NB));
        (void)close(guard);
    }
    (void)closedir(stream);
}
