/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of names on Linux, where one file in memory is both what has
 * the name and what is mapped: platform/posix/posix_name_inode.c without
 * anything that is not a call of the protocol.
 */
#include "bench_bare_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRY_FLAGS (O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

static bool lock(int record)
{
    struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    return fcntl(record, F_OFD_SETLK, &whole) == 0 || bare_failed("fcntl");
}

static bool is_held(bool *held, int record)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(record, F_OFD_GETLK, &whole) != 0)
        return bare_failed("fcntl");
    *held = whole.l_type != F_UNLCK;
    return true;
}

static bool open_entry(int *out, const char *name, int flags)
{
    *out = openat(bare_names_directory, name, flags | ENTRY_FLAGS);
    return *out >= 0 || bare_failed("openat");
}

/* The description for views. */
static bool open_memory(bare_named *out, const char *name)
{
    int memory;
    struct stat status;
    if (!open_entry(&memory, name, O_RDWR))
        return false;
    out->memory = memory;
    return fstat(memory, &status) == 0 || bare_failed("fstat");
}

static bool publish(bare_named *out, int record, const char *name,
                    uint64_t size)
{
    if (fallocate(record, 0, 0, (off_t)size) != 0)
        return bare_failed("fallocate");
    if (!lock(record))
        return false;
    if (linkat(record, "", bare_names_directory, name, AT_EMPTY_PATH) != 0)
        return bare_failed("linkat");
    return open_memory(out, name);
}

bool bare_name_create(bare_named *out, const char *name, uint64_t size)
{
    *out = (bare_named){BARE_NONE, BARE_NONE};
    int record =
        openat(bare_names_directory, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (record < 0)
        return bare_failed("openat(O_TMPFILE)");
    out->record = record;
    if (publish(out, record, name, size))
        return true;
    (void)close(record);
    return false;
}

static bool join(bare_named *out, int record, const char *name)
{
    bool held = true;
    struct stat status;
    if (flock(record, LOCK_EX | LOCK_NB) != 0)
        return bare_failed("flock");
    if (fstat(record, &status) != 0)
        return bare_failed("fstat");
    if (!is_held(&held, record) || !lock(record) || !open_memory(out, name))
        return false;
    return flock(record, LOCK_UN) == 0 || bare_failed("flock");
}

bool bare_name_open(bare_named *out, const char *name)
{
    int record;
    *out = (bare_named){BARE_NONE, BARE_NONE};
    if (!open_entry(&record, name, O_RDONLY))
        return false;
    out->record = record;
    if (join(out, record, name))
        return true;
    (void)close(record);
    return false;
}

bool bare_name_duplicate(bare_named *out, const bare_named *from)
{
    return bare_duplicate(&out->memory, from->memory) &&
           bare_duplicate(&out->record, from->record);
}

/* A description of its own: whoever has a copy of ours could lock with it, or
 * let go of what we have locked. */
static bool open_anew(bare_handle *out, bare_handle from, int flags)
{
    char path[40];
    (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", (int)from);
    *out = open(path, flags | O_CLOEXEC);
    return *out >= 0 || bare_failed("open");
}

bool bare_name_hand_over(bare_named *out, const bare_named *held, bool writes)
{
    bool alive = false;
    *out = (bare_named){BARE_NONE, BARE_NONE};
    if (open_anew(&out->memory, held->memory, writes ? O_RDWR : O_RDONLY) &&
        open_anew(&out->record, held->record, O_RDONLY) &&
        is_held(&alive, (int)out->record) && alive && lock((int)out->record))
        return true;
    (void)close((int)out->memory);
    (void)close((int)out->record);
    return false;
}

bool bare_name_accept(int record, const bare_goods *expected)
{
    struct stat status;
    int mode = fcntl(record, F_GETFL);
    if (mode < 0 || (mode & O_ACCMODE) != O_RDONLY)
        return bare_failed("fcntl");
    if (fstat(record, &status) != 0 ||
        (uint64_t)status.st_dev != expected->id[0] ||
        (uint64_t)status.st_ino != expected->id[1])
        return bare_failed("fstat");
    return lock(record);
}

/* Of a name that nobody seems to hold. */
static bool remove_dead(int record, const char *name)
{
    bool held = true;
    struct stat status;
    if (flock(record, LOCK_EX | LOCK_NB) != 0)
        return bare_failed("flock");
    if (fstat(record, &status) != 0)
        return bare_failed("fstat");
    if (!is_held(&held, record))
        return false;
    if (!held && unlinkat(bare_names_directory, name, 0) != 0)
        return bare_failed("unlinkat");
    return flock(record, LOCK_UN) == 0 || bare_failed("flock");
}

bool bare_name_close(bare_named *named, const char *name)
{
    int record;
    bool held = true;
    if (!bare_close(named->record) || !open_entry(&record, name, O_RDONLY))
        return false;
    bool done = is_held(&held, record) && (held || remove_dead(record, name));
    return bare_close(record) && bare_close(named->memory) && done;
}

bool bare_name_is_taken(bool *taken, const char *name)
{
    int record;
    struct stat status;
    if (!open_entry(&record, name, O_RDONLY))
        return false;
    bool asked = fstat(record, &status) == 0 && is_held(taken, record);
    return bare_close(record) && asked;
}

bool bare_name_is_missing(bool *missing, const char *name)
{
    int record = openat(bare_names_directory, name, O_RDONLY | ENTRY_FLAGS);
    *missing = record < 0 && errno == ENOENT;
    return record < 0 || bare_close(record);
}

bool bare_name_size(uint64_t *out, const bare_named *of, const char *name)
{
    struct stat ours;
    struct stat found;
    if (fstat((int)of->memory, &ours) != 0)
        return bare_failed("fstat");
    if (fstatat(bare_names_directory, name, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return bare_failed("fstatat");
    *out = (uint64_t)ours.st_size;
    return ours.st_ino == found.st_ino;
}

bool bare_name_probe(bool *alive, int directory, const char *entry)
{
    int record = openat(directory, entry, O_RDONLY | ENTRY_FLAGS);
    if (record < 0)
        return bare_failed("openat");
    bool asked = is_held(alive, record);
    return bare_close(record) && asked;
}
