/* SPDX-License-Identifier: MIT */
/*
 * The files that a name is made of where memory objects cannot be locked: see
 * posix_record.h. What is done with them is in posix_name_record.c.
 *
 * Only what POSIX has, but for flock(), which everybody has.
 */
#include "posix_record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* The low bits of a number: the stripe, and one for the machine's scope. */
#define STRIPES     64u
#define STRIPE_MASK ((uint64_t)(STRIPES - 1))
#define MACHINE_BIT ((uint64_t)STRIPES)
#define LOW_BITS    (STRIPE_MASK | MACHINE_BIT)

#define DIGITS     16
#define PULSE_SIZE (1 + DIGITS + 1)

/* "1:", the number, ":", the size, ":", the name. */
#define RECORD_VERSION '1'
#define RECORD_NUMBER  2
#define RECORD_BYTES   (RECORD_NUMBER + DIGITS + 1)
#define RECORD_NAME    (RECORD_BYTES + DIGITS + 1)
#define RECORD_SIZE    (RECORD_NAME + SECTION_NAME_MAX + 1)

/* The file of a guard can be replaced between opening and locking it. */
#define GUARD_ATTEMPTS 16

/* ------------------------------------------------------------------------
 * Numbers
 * ------------------------------------------------------------------------ */

/* The stripe of a name (FNV-1a), and its scope. */
static uint64_t low_bits(section_scope scope, const char *entry)
{
    uint32_t hash = 2166136261u;
    for (const char *at = entry; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    hash ^= hash >> 16;
    uint64_t machine = scope == SECTION_SCOPE_MACHINE ? MACHINE_BIT : 0;
    return (hash & STRIPE_MASK) | machine;
}

uint64_t posix_record_number(section_scope scope, const char *entry)
{
    return (posix_shm_number() & ~LOW_BITS) | low_bits(scope, entry);
}

/* Exactly as it is written: lower case, all digits. */
static bool read_digits(uint64_t *out, const char *text)
{
    *out = 0;
    for (int i = 0; i < DIGITS; i++) {
        unsigned digit;
        if (text[i] >= '0' && text[i] <= '9')
            digit = (unsigned)(text[i] - '0');
        else if (text[i] >= 'a' && text[i] <= 'f')
            digit = (unsigned)(text[i] - 'a') + 10;
        else
            return false;
        *out = *out << 4 | digit;
    }
    return true;
}

static void write_pulse_path(char path[PULSE_SIZE], uint64_t number)
{
    (void)snprintf(path, PULSE_SIZE, "~%016" PRIx64, number);
}

/* The other scope's memory is not to be removed by what stands in this one. */
bool posix_pulse_number(uint64_t *number, section_scope scope, const char *path)
{
    uint64_t machine = scope == SECTION_SCOPE_MACHINE ? MACHINE_BIT : 0;
    *number = 0;
    return path[0] == '~' && read_digits(number, path + 1) &&
           path[1 + DIGITS] == '\0' && (*number & MACHINE_BIT) == machine;
}

/* ------------------------------------------------------------------------
 * Records
 * ------------------------------------------------------------------------ */

/* What is in a directory of names is made by this library alone. In the user's
 * scope nobody else's is trusted; nor is anywhere what has a second link. (None
 * has what was removed while we looked.) */
static bool is_trusted(const posix_place *place, const struct stat *status)
{
    return status->st_nlink <= 1 && (place->scope != SECTION_SCOPE_USER ||
                                     status->st_uid == place->user);
}

static section_status parse(posix_record *out, section_scope scope,
                            const char *text, const char *entry)
{
    if (text[0] >= '0' && text[0] <= '9' && text[0] != RECORD_VERSION)
        return SECTION_UNSUPPORTED;
    bool well_formed = text[0] == RECORD_VERSION &&
                       text[RECORD_NUMBER - 1] == ':' &&
                       read_digits(&out->number, text + RECORD_NUMBER) &&
                       text[RECORD_BYTES - 1] == ':' &&
                       read_digits(&out->size, text + RECORD_BYTES) &&
                       text[RECORD_NAME - 1] == ':' &&
                       strcmp(text + RECORD_NAME, entry + 1) == 0;
    bool fits = well_formed && out->size != 0 &&
                out->size <= SECTION_OS_SIZE_MAX &&
                (out->number & LOW_BITS) == low_bits(scope, entry);
    return fits ? SECTION_OK : SECTION_ACCESS;
}

section_os_result posix_record_read(posix_record *out, const posix_place *place,
                                    const char *entry)
{
    struct stat status;
    char text[RECORD_SIZE + 1];
    *out = (posix_record){0, 0};
    if (fstatat(place->directory, entry, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return posix_failure(errno);
    POSIX_STEP();
    if (!S_ISLNK(status.st_mode) || !is_trusted(place, &status))
        return posix_verdict(SECTION_ACCESS, 0);
    ssize_t length =
        readlinkat(place->directory, entry, text, sizeof(text) - 1);
    /* EINVAL: replaced by something else meanwhile. */
    if (length < 0)
        return errno == EINVAL ? posix_verdict(SECTION_ACCESS, 0)
                               : posix_failure(errno);
    POSIX_STEP();
    /* What is too long fills it, and does not compare equal then. */
    text[length] = '\0';
    return posix_verdict(parse(out, place->scope, text, entry), 0);
}

section_os_result posix_record_write(const posix_record *record,
                                     const posix_place *place,
                                     const char *entry)
{
    char text[RECORD_SIZE];
    (void)snprintf(text, sizeof(text), "%c:%016" PRIx64 ":%016" PRIx64 ":%s",
                   RECORD_VERSION, record->number, record->size, entry + 1);
    return symlinkat(text, place->directory, entry) == 0 ? posix_ok()
                                                         : posix_failure(errno);
}

/* ------------------------------------------------------------------------
 * Pulses
 * ------------------------------------------------------------------------ */

static int open_reader(const posix_place *place, const char *path)
{
    return posix_open_at(place->directory, path, O_RDONLY | O_NOFOLLOW);
}

/* The mode of what we have just made, whatever the umask took of it. */
static section_os_result complete(int pulse, const posix_place *place,
                                  mode_t mode)
{
    struct stat status;
    if (fstat(pulse, &status) != 0)
        return posix_failure(errno);
    if (!S_ISFIFO(status.st_mode) || status.st_uid != place->user)
        return posix_verdict(SECTION_ACCESS, 0);
    if ((status.st_mode & (mode_t)0777) != mode && fchmod(pulse, mode) != 0)
        return posix_failure(errno);
    return posix_ok();
}

section_os_result posix_pulse_make(int *out, const posix_place *place,
                                   uint64_t number, mode_t mode)
{
    char path[PULSE_SIZE];
    write_pulse_path(path, number);
    *out = -1;
    if (mkfifoat(place->directory, path, mode) != 0)
        return posix_failure(errno);
    POSIX_STEP();
    *out = open_reader(place, path);
    /* The umask has taken our own right to read. */
    if (*out < 0 && errno == EACCES &&
        fchmodat(place->directory, path, mode, AT_SYMLINK_NOFOLLOW) == 0)
        *out = open_reader(place, path);
    POSIX_STEP();
    section_os_result result =
        *out < 0 ? posix_failure(errno) : complete(*out, place, mode);
    if (result.status == SECTION_OK)
        return result;
    posix_descriptor_close(*out);
    *out = -1;
    (void)unlinkat(place->directory, path, 0);
    return result;
}

section_os_result posix_pulse_ask(bool *held, struct stat *status,
                                  const posix_place *place, uint64_t number)
{
    struct stat ours;
    char path[PULSE_SIZE];
    write_pulse_path(path, number);
    if (status == NULL)
        status = &ours;
    *held = false;
    if (fstatat(place->directory, path, status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? posix_ok() : posix_failure(errno);
    POSIX_STEP();
    if (!S_ISFIFO(status->st_mode) || !is_trusted(place, status))
        return posix_verdict(SECTION_ACCESS, 0);
    /* To write, without waiting: ENXIO if nobody has it open for reading
     * (open() of POSIX). Those who have it open to write do not count. */
    int asking = posix_open_at(place->directory, path, O_WRONLY | O_NOFOLLOW);
    *held = asking >= 0;
    int error = errno;
    POSIX_STEP();
    posix_descriptor_close(asking);
    if (asking >= 0 || error == ENXIO || error == ENOENT)
        return posix_ok();
    return posix_failure(error);
}

section_os_result posix_pulse_hold(int *out, const posix_place *place,
                                   uint64_t number, const struct stat *asked)
{
    struct stat found;
    char path[PULSE_SIZE];
    write_pulse_path(path, number);
    *out = open_reader(place, path);
    if (*out < 0)
        return posix_failure(errno);
    POSIX_STEP();
    section_os_result result = posix_verdict(SECTION_ACCESS, 0);
    if (fstat(*out, &found) != 0)
        result = posix_failure(errno);
    else if (posix_is_same_file(asked, &found))
        return posix_ok();
    posix_descriptor_close(*out);
    *out = -1;
    return result;
}

section_os_result posix_pulse_find(int pulse, const posix_place *place,
                                   uint64_t number)
{
    struct stat ours, found;
    char path[PULSE_SIZE];
    write_pulse_path(path, number);
    if (fstat(pulse, &ours) != 0 ||
        fstatat(place->directory, path, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return posix_failure(errno);
    return posix_verdict(
        posix_is_same_file(&ours, &found) ? SECTION_OK : SECTION_NOT_FOUND, 0);
}

bool posix_pulse_remove(const posix_place *place, uint64_t number,
                        bool has_memory)
{
    char path[PULSE_SIZE];
    write_pulse_path(path, number);
    POSIX_STEP();
    /* Another user's memory may not be ours to remove: then this is left to
     * tell of it. */
    if (has_memory && !posix_shm_remove(number))
        return false;
    POSIX_STEP();
    return unlinkat(place->directory, path, 0) == 0;
}

/* ------------------------------------------------------------------------
 * Guards
 * ------------------------------------------------------------------------ */

#define GUARD_SIZE sizeof(".lock-00")

static void write_guard_path(char path[GUARD_SIZE], uint64_t number)
{
    (void)snprintf(path, GUARD_SIZE, ".lock-%02x",
                   (unsigned)(number & STRIPE_MASK));
}

/* Everybody who gets into the directory of the machine may take a guard. */
static section_os_result guard_mode(mode_t *mode, gid_t *group,
                                    const posix_place *place)
{
    struct stat status;
    *mode = S_IRUSR | S_IWUSR;
    *group = (gid_t)-1;
    if (place->scope == SECTION_SCOPE_USER)
        return posix_ok();
    if (fstat(place->directory, &status) != 0)
        return posix_failure(errno);
    *mode |= status.st_mode & (mode_t)0066;
    *group = status.st_gid;
    return posix_ok();
}

/* Who is not in the group has got in as somebody else, and so do the others. */
static section_os_result open_to_all(int guard, mode_t mode, gid_t group)
{
    if (group != (gid_t)-1)
        (void)fchown(guard, (uid_t)-1, group);
    return fchmod(guard, mode) == 0 ? posix_ok() : posix_failure(errno);
}

/* Make the file of a guard. It gets its name when its mode is right: whoever
 * died before that would leave one that others may not open. */
static section_os_result make_guard(const posix_place *place, const char *path,
                                    uint64_t number)
{
    char temporary[PULSE_SIZE];
    mode_t mode;
    gid_t group;
    section_os_result result = guard_mode(&mode, &group, place);
    if (result.status != SECTION_OK)
        return result;
    write_pulse_path(temporary,
                     (posix_shm_number() & ~LOW_BITS) | (number & LOW_BITS));
    int file = posix_create_at(place->directory, temporary,
                               O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    if (file < 0) {
        result = posix_failure(errno);
        /* Made, and could not be moved above the standard streams. */
        if (result.status != SECTION_EXISTS)
            (void)unlinkat(place->directory, temporary, 0);
        return result;
    }
    POSIX_STEP();
    result = open_to_all(file, mode, group);
    POSIX_STEP();
    if (result.status == SECTION_OK &&
        linkat(place->directory, temporary, place->directory, path, 0) != 0 &&
        errno != EEXIST)
        /* ENOENT: somebody has tidied up. */
        result = errno == ENOENT ? posix_verdict(SECTION_BUSY, ENOENT)
                                 : posix_failure(errno);
    POSIX_STEP();
    (void)unlinkat(place->directory, temporary, 0);
    posix_descriptor_close(file);
    return result;
}

bool posix_guard_tidy(const posix_place *place, const char *path)
{
    struct stat status;
    return fstatat(place->directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(status.st_mode) && status.st_size == 0 &&
           status.st_uid == place->user &&
           unlinkat(place->directory, path, 0) == 0;
}

static section_os_result lock(int guard)
{
    int failed;
    do
        failed = flock(guard, LOCK_EX | LOCK_NB);
    while (failed != 0 && errno == EINTR);
    return failed == 0 ? posix_ok() : posix_failure(errno);
}

/* By name and not by closing, which copies in a forked child would outlive. */
void posix_guard_drop(int guard)
{
    POSIX_STEP();
    (void)flock(guard, LOCK_UN);
    POSIX_STEP();
    posix_descriptor_close(guard);
}

/* Whether an opened and locked file is a guard, and the one that others find;
 * SECTION_NOT_FOUND if it is not any more. */
static section_os_result check_guard(int guard, const posix_place *place,
                                     const char *path)
{
    struct stat ours, found;
    if (fstat(guard, &ours) != 0)
        return posix_failure(errno);
    if (!S_ISREG(ours.st_mode) ||
        (place->scope == SECTION_SCOPE_USER && ours.st_uid != place->user))
        return posix_verdict(SECTION_ACCESS, 0);
    if (fstatat(place->directory, path, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return posix_failure(errno);
    return posix_verdict(
        posix_is_same_file(&ours, &found) ? SECTION_OK : SECTION_NOT_FOUND, 0);
}

/* One attempt; SECTION_NOT_FOUND: to be made again. */
static section_os_result try_guard(int *out, const posix_place *place,
                                   const char *path)
{
    *out = posix_open_at(place->directory, path, O_RDONLY | O_NOFOLLOW);
    if (*out < 0)
        return errno == ELOOP ? posix_verdict(SECTION_ACCESS, ELOOP)
                              : posix_failure(errno);
    POSIX_STEP();
    section_os_result result = lock(*out);
    if (result.status == SECTION_OK) {
        POSIX_STEP();
        result = check_guard(*out, place, path);
        if (result.status != SECTION_OK)
            posix_guard_drop(*out);
    } else {
        posix_descriptor_close(*out);
    }
    if (result.status != SECTION_OK)
        *out = -1;
    return result;
}

section_os_result posix_guard_take(int *out, const posix_place *place,
                                   uint64_t number)
{
    char path[GUARD_SIZE];
    write_guard_path(path, number);
    for (int i = 0; i < GUARD_ATTEMPTS; i++) {
        section_os_result result = try_guard(out, place, path);
        if (result.status != SECTION_NOT_FOUND)
            return result;
        result = make_guard(place, path, number);
        if (result.status != SECTION_OK && result.status != SECTION_BUSY)
            return result;
    }
    return posix_verdict(SECTION_BUSY, 0);
}
