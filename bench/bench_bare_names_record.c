/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of names where memory cannot be locked: a symbolic link tells
 * which memory a name has, and a FIFO whether it is held
 * (platform/posix/posix_record.h), without anything that is not a call of the
 * protocol.
 */
#include "bench_bare_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRY_FLAGS (O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

#define GUARD ".lock"

/* "~" and a number; "/bare." and a number. */
#define PULSE_SIZE  40
#define MEMORY_SIZE 48
#define TARGET_SIZE 80

static bool take_guard(int *out)
{
    *out = openat(bare_names_directory, GUARD, O_RDONLY | O_CREAT | ENTRY_FLAGS,
                  0600);
    if (*out < 0)
        return bare_failed("openat");
    if (flock(*out, LOCK_EX) == 0)
        return true;
    (void)bare_failed("flock");
    (void)close(*out);
    return false;
}

static bool drop_guard(int guard)
{
    bool dropped = flock(guard, LOCK_UN) == 0 || bare_failed("flock");
    return bare_close(guard) && dropped;
}

static void memory_of(char memory[MEMORY_SIZE], const char *pulse)
{
    (void)snprintf(memory, MEMORY_SIZE, "/bare.%s", pulse + 1);
}

/* What an entry tells: a pulse, up to the first colon. */
static bool read_entry(char pulse[PULSE_SIZE], int directory, const char *name)
{
    char target[TARGET_SIZE];
    ssize_t length = readlinkat(directory, name, target, sizeof(target) - 1);
    if (length < 0)
        return bare_failed("readlinkat");
    target[length] = '\0';
    /* The library's has a version before the number, and this has none. */
    const char *number = strncmp(target, "1:", 2) == 0 ? target + 2 : target;
    (void)snprintf(pulse, PULSE_SIZE, "~%.*s", (int)strcspn(number, ":"),
                   number);
    return true;
}

/* A FIFO that nobody reads cannot be opened to write. */
static bool is_held(bool *held, int directory, const char *pulse)
{
    int asked = openat(directory, pulse, O_WRONLY | ENTRY_FLAGS);
    *held = asked >= 0;
    if (asked >= 0)
        return bare_close(asked);
    return errno == ENXIO || bare_failed("openat");
}

static bool hold(int *out, const char *pulse)
{
    *out = openat(bare_names_directory, pulse, O_RDONLY | ENTRY_FLAGS);
    return *out >= 0 || bare_failed("openat");
}

static bool make_pulse(bare_named *out, const char *pulse)
{
    int guard;
    int record = -1;
    if (!take_guard(&guard))
        return false;
    bool made = mkfifoat(bare_names_directory, pulse, 0600) == 0 ||
                bare_failed("mkfifoat");
    made = made && hold(&record, pulse);
    out->record = record;
    return drop_guard(guard) && made;
}

static bool make_memory(bare_named *out, const char *pulse, uint64_t size)
{
    char memory[MEMORY_SIZE];
    memory_of(memory, pulse);
    int made = shm_open(memory, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (made < 0)
        return bare_failed("shm_open");
    out->memory = made;
    if (ftruncate(made, (off_t)size) != 0)
        return bare_failed("ftruncate");
    /* Where it cannot be allocated ahead the library goes on as well. */
    errno = posix_fallocate(made, 0, (off_t)size);
    return errno == 0 || errno == EINVAL || bare_failed("posix_fallocate");
}

bool bare_name_create(bare_named *out, const char *name, uint64_t size)
{
    static unsigned counter;
    char pulse[PULSE_SIZE];
    char target[TARGET_SIZE];
    *out = (bare_named){BARE_NONE, BARE_NONE};
    (void)snprintf(pulse, sizeof(pulse), "~%lx.%x", bare_process_number(),
                   counter++);
    (void)snprintf(target, sizeof(target), "%s:%llx", pulse + 1,
                   (unsigned long long)size);
    return make_pulse(out, pulse) && make_memory(out, pulse, size) &&
           (symlinkat(target, bare_names_directory, name) == 0 ||
            bare_failed("symlinkat"));
}

/* Under the guard. */
static bool join(bare_named *out, const char *name)
{
    int record;
    bool held = false;
    char pulse[PULSE_SIZE];
    char memory[MEMORY_SIZE];
    if (!read_entry(pulse, bare_names_directory, name) ||
        !is_held(&held, bare_names_directory, pulse) || !hold(&record, pulse))
        return false;
    out->record = record;
    memory_of(memory, pulse);
    out->memory = shm_open(memory, O_RDWR, 0600);
    return out->memory >= 0 || bare_failed("shm_open");
}

bool bare_name_open(bare_named *out, const char *name)
{
    int guard;
    *out = (bare_named){BARE_NONE, BARE_NONE};
    if (!take_guard(&guard))
        return false;
    bool joined = join(out, name);
    return drop_guard(guard) && joined;
}

bool bare_name_duplicate(bare_named *out, const bare_named *from)
{
    return bare_duplicate(&out->memory, from->memory) &&
           bare_duplicate(&out->record, from->record);
}

/* What another process does with a pulse is nothing to us. */
bool bare_name_hand_over(bare_named *out, const bare_named *held, bool writes)
{
    (void)writes;
    return bare_name_duplicate(out, held);
}

bool bare_name_accept(int record, const bare_goods *expected)
{
    struct stat status;
    (void)expected;
    int mode = fcntl(record, F_GETFL);
    if (mode < 0 || (mode & O_ACCMODE) != O_RDONLY)
        return bare_failed("fcntl");
    return (fstat(record, &status) == 0 && S_ISFIFO(status.st_mode)) ||
           bare_failed("fstat");
}

/* Under the guard: remove what is still dead. */
static bool remove_dead(const char *name)
{
    bool held = true;
    char pulse[PULSE_SIZE];
    char memory[MEMORY_SIZE];
    if (!read_entry(pulse, bare_names_directory, name) ||
        !is_held(&held, bare_names_directory, pulse))
        return false;
    memory_of(memory, pulse);
    return held ||
           (unlinkat(bare_names_directory, name, 0) == 0 &&
            shm_unlink(memory) == 0 &&
            unlinkat(bare_names_directory, pulse, 0) == 0) ||
           bare_failed("unlinkat, shm_unlink");
}

bool bare_name_close(bare_named *named, const char *name)
{
    int guard;
    bool held = true;
    char pulse[PULSE_SIZE];
    bool done = bare_close(named->record) &&
                read_entry(pulse, bare_names_directory, name) &&
                is_held(&held, bare_names_directory, pulse);
    if (done && !held) {
        done = take_guard(&guard);
        if (done) {
            bool removed = remove_dead(name);
            done = drop_guard(guard) && removed;
        }
    }
    return bare_close(named->memory) && done;
}

bool bare_name_is_taken(bool *taken, const char *name)
{
    char pulse[PULSE_SIZE];
    return read_entry(pulse, bare_names_directory, name) &&
           is_held(taken, bare_names_directory, pulse);
}

bool bare_name_is_missing(bool *missing, const char *name)
{
    char target[TARGET_SIZE];
    *missing =
        readlinkat(bare_names_directory, name, target, sizeof(target)) < 0 &&
        errno == ENOENT;
    return true;
}

bool bare_name_size(uint64_t *out, const bare_named *of, const char *name)
{
    char pulse[PULSE_SIZE];
    return bare_size(out, of->memory) &&
           read_entry(pulse, bare_names_directory, name);
}

bool bare_name_probe(bool *alive, int directory, const char *entry)
{
    char pulse[PULSE_SIZE];
    return read_entry(pulse, directory, entry) &&
           is_held(alive, directory, pulse);
}
