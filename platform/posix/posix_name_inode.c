/* SPDX-License-Identifier: MIT */
/*
 * Names whose record is the memory itself: one file in memory for each name
 * (Linux 3.15).
 *
 * What a name's file tells, and to whom:
 *   - It is alive while some open file description holds a shared lock on it
 *     (F_OFD_SETLK, F_RDLCK). Each section that was created or opened has one
 *     that is never mapped while the name is published: a mapping would keep
 *     it, and the name with it, when the descriptor is closed. F_OFD_GETLK asks
 *     without taking anything. As many bytes are locked as the section can grow
 *     to: so whoever asks is told the reserve, too.
 *   - Its guard is flock(LOCK_EX) on a description of one's own: opening, and
 *     removing what is dead, are done by one at a time. The kernel lets go of
 *     both kinds of locks when their holder dies.
 *   - It is published by linkat(), whole and alive, where no file is.
 * The protocol is a model in tests/model/names.pml; every call is explained in
 * docs/design.md.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

const char posix_name_format[] = "libsection 1 inode";

/* How often a name is looked at that another is working on. */
#define LOOKS 16

/* A creation looks for the dead at so many bytes of the directory. */
#define SWEEP_BYTES 512

/* ------------------------------------------------------------------------
 * Small things
 * ------------------------------------------------------------------------ */

const char *posix_environment(const char *variable)
{
    return secure_getenv(variable);
}

section_os_result posix_name_check_place(int directory, bool chosen)
{
    unsigned long type = posix_filesystem_type(directory);
    if (chosen || type == POSIX_TMPFS || type == POSIX_RAMFS)
        return posix_ok();
    return posix_verdict(SECTION_UNSUPPORTED, 0);
}

bool posix_name_is_entry(const char *entry)
{
    return entry[0] == POSIX_ENTRY_FIRST;
}

/* What stands in the place of a record and cannot be opened as one. */
static section_os_result entry_failure(int error)
{
    switch (error) {
    case ELOOP:  /* a symbolic link */
    case EISDIR: /* a directory, opened to write */
    case ENXIO:  /* a socket, or a device without a driver */
    case ENODEV:
        return posix_verdict(SECTION_ACCESS, error);
    default:
        return posix_failure(error);
    }
}

static int open_entry(const posix_place *place, const char *entry, int flags)
{
    return posix_open_at(place->directory, entry, flags | O_NOFOLLOW);
}

/* Whether a file can be the record of a name. Nobody but this library makes
 * files with one link here; with another link somebody else has it too. */
static bool is_record(const posix_place *place, const struct stat *status)
{
    return S_ISREG(status->st_mode) && status->st_nlink <= 1 &&
           status->st_size > 0 &&
           (place->scope != SECTION_SCOPE_USER ||
            status->st_uid == place->user);
}

/*
 * The number of a record, kept in object->file: all records of a scope are on
 * one file system. 32-bit systems keep a part of it, which is as good as all
 * for what it is for: to notice that somebody from outside has put another file
 * in the place of a record.
 */
static intptr_t number_of(const struct stat *status)
{
    return (intptr_t)status->st_ino;
}

static bool is_numbered(const posix_place *place, const struct stat *status,
                        intptr_t number)
{
    return status->st_dev == place->device && number_of(status) == number;
}

/* ------------------------------------------------------------------------
 * The two locks
 * ------------------------------------------------------------------------ */

/* Neither command waits, but both may be interrupted (fcntl(2)). */
static int apply_lock(int descriptor, int command, struct flock *lock)
{
    int failed;
    do
        failed = fcntl(descriptor, command, lock);
    while (failed != 0 && errno == EINTR);
    return failed;
}

/* Hold the name whose record this is, of a section with this reserve. */
static section_os_result hold(int descriptor, uint64_t reserve)
{
    struct flock whole = {
        .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = (off_t)reserve};
    if (apply_lock(descriptor, F_OFD_SETLK, &whole) == 0)
        return posix_ok();
    /* Only a lock to write, which nobody of us takes, stands in the way. */
    return posix_failure(errno == EACCES ? EAGAIN : errno);
}

/* Let go although copies of the descriptor may be in a forked child. */
static void let_go(int descriptor)
{
    struct flock whole = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    (void)apply_lock(descriptor, F_OFD_SETLK, &whole);
}

/* Whether anybody holds it, but for this description; 0 if not, else the
 * reserve. Who may open it may lie: it counts as far as it makes sense. */
static section_os_result ask_holders(uint64_t *reserve, int descriptor)
{
    struct flock first = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    *reserve = 1;
    if (apply_lock(descriptor, F_OFD_GETLK, &first) != 0)
        return posix_failure(errno);
    if (first.l_type == F_UNLCK)
        *reserve = 0;
    else if (first.l_len > 0 && (uint64_t)first.l_len <= SECTION_OS_SIZE_MAX)
        *reserve = (uint64_t)first.l_len;
    return posix_ok();
}

/* What cannot be asked is not taken for dead. */
static bool is_held(int descriptor)
{
    uint64_t reserve;
    (void)ask_holders(&reserve, descriptor);
    POSIX_STEP();
    return reserve != 0;
}

static section_os_result take_guard(int descriptor)
{
    int failed;
    do
        failed = flock(descriptor, LOCK_EX | LOCK_NB);
    while (failed != 0 && errno == EINTR);
    POSIX_STEP();
    return failed == 0 ? posix_ok() : posix_failure(errno);
}

/* By name and not by closing, which copies in a forked child would outlive. */
static section_os_result drop_guard(int descriptor)
{
    int failed;
    POSIX_STEP();
    do
        failed = flock(descriptor, LOCK_UN);
    while (failed != 0 && errno == EINTR);
    POSIX_STEP();
    return failed == 0 ? posix_ok() : posix_failure(errno);
}

/* ------------------------------------------------------------------------
 * Removing the dead
 * ------------------------------------------------------------------------ */

typedef enum verdict {
    HELD,    /* by somebody */
    REMOVED, /* it was dead: by us; or by another before us */
    GUARDED, /* by somebody who will look after it */
    STUCK    /* dead, and we may not remove it; or not what is meant */
} verdict;

/* What is meant: the record of one number, or any. */
#define ANY SECTION_OS_NONE

/* Under the guard. */
static verdict judge(const posix_place *place, const char *entry, int record,
                     intptr_t number, bool *by_us)
{
    struct stat status;
    if (fstat(record, &status) != 0)
        return STUCK;
    POSIX_STEP();
    if (number != ANY && !is_numbered(place, &status, number))
        return STUCK;
    if (status.st_nlink == 0)
        return REMOVED;
    if (!is_record(place, &status))
        return STUCK;
    if (is_held(record))
        return HELD;
    if (unlinkat(place->directory, entry, 0) != 0)
        return STUCK;
    *by_us = true;
    return REMOVED;
}

/*
 * Remove a record if nobody holds it. Others who wanted to and found the guard
 * taken have left it to us: so after letting go of the guard, look again.
 */
static verdict remove_dead(const posix_place *place, const char *entry,
                           int record, intptr_t number, bool *by_us)
{
    *by_us = false;
    for (;;) {
        if (is_held(record))
            return HELD;
        if (take_guard(record).status != SECTION_OK)
            return GUARDED;
        verdict found = judge(place, entry, record, number, by_us);
        /* If that fails, the caller's closing does it. */
        (void)drop_guard(record);
        if (found != HELD)
            return found;
    }
}

section_os_result posix_name_reap(bool *by_us, const posix_place *place,
                                  const char *entry)
{
    *by_us = false;
    POSIX_STEP();
    int record = open_entry(place, entry, O_RDONLY);
    if (record < 0)
        return posix_look_failure(posix_failure(errno));
    (void)remove_dead(place, entry, record, ANY, by_us);
    posix_descriptor_close(record);
    return posix_ok();
}

/*
 * While one who opens it is between asking and holding, the last of the others
 * may let go: then nobody holds a name that lives on. The guard tells, and is
 * asked for a few times; its owner may be stopped.
 */
static bool is_found_held(const posix_place *place, const char *entry,
                          int record)
{
    bool by_us;
    verdict found = remove_dead(place, entry, record, ANY, &by_us);
    for (int i = 0; i < LOOKS && found == GUARDED; i++) {
        (void)sched_yield();
        found = remove_dead(place, entry, record, ANY, &by_us);
    }
    return found == HELD;
}

section_os_result posix_name_look(bool *held, section_entry *found,
                                  const posix_place *place, const char *entry)
{
    struct stat status;
    *held = false;
    int record = open_entry(place, entry, O_RDONLY);
    if (record < 0)
        return posix_look_failure(posix_failure(errno));
    *held = fstat(record, &status) == 0 && is_record(place, &status) &&
            is_found_held(place, entry, record);
    posix_descriptor_close(record);
    if (*held) {
        found->size = (uint64_t)status.st_size;
        found->owner = status.st_uid;
    }
    return posix_ok();
}

/* An entry of a directory as getdents64(2) gives it. */
typedef struct directory_entry {
    uint64_t number; /* cppcheck-suppress unusedStructMember */
    int64_t next;    /* cppcheck-suppress unusedStructMember */
    uint16_t length; /* of this entry, with its name */
    uint8_t type;    /* cppcheck-suppress unusedStructMember */
    char name[];
} directory_entry;

/*
 * The place is kept by the kernel, in the description of the directory that all
 * threads and forked children share. A stream of the C library would read far
 * more at once.
 */
void posix_name_sweep_a_little(const posix_place *place)
{
    _Alignas(directory_entry) char bytes[SWEEP_BYTES];
    long filled =
        syscall(SYS_getdents64, place->directory, bytes, sizeof(bytes));
    if (filled == 0)
        (void)lseek(place->directory, 0, SEEK_SET);
    for (long at = 0; at < filled;) {
        const directory_entry *entry = (const void *)(bytes + at);
        if (entry->name[0] == POSIX_ENTRY_FIRST)
            posix_name_reap_quietly(place, entry->name);
        at += entry->length;
    }
}

/* ------------------------------------------------------------------------
 * Create
 * ------------------------------------------------------------------------ */

/* What a new file is; of its mode the umask has taken what it takes. */
static section_os_result complete(struct stat *status, int record, mode_t mode)
{
    if (fstat(record, status) != 0)
        return posix_failure(errno);
    if ((status->st_mode & (mode_t)07777) != mode && fchmod(record, mode) != 0)
        return posix_failure(errno);
    return posix_ok();
}

/* A file without a name, in the directory where it will get one; and what it
 * is. */
static section_os_result open_in(int *out, struct stat *status,
                                 const posix_place *place, mode_t mode)
{
    *out = posix_create_at(place->directory, ".", O_RDWR | O_TMPFILE, mode);
    if (*out < 0)
        return posix_failure(errno);
    POSIX_STEP();
    section_os_result result = complete(status, *out, mode);
    if (result.status == SECTION_OK && status->st_dev != place->device)
        result = posix_verdict(SECTION_BUSY, 0);
    if (result.status != SECTION_OK) {
        posix_descriptor_close(*out);
        *out = -1;
    }
    return result;
}

/* The size from which on it is worth a look whether the name is taken, before
 * the bytes are committed. */
#define LARGE ((uint64_t)1 << 20)

static section_os_result judge_taken(const posix_place *place,
                                     const char *entry);

static section_os_result open_checked(int *out, struct stat *status,
                                      const section_os_name *name, mode_t mode,
                                      uint64_t size)
{
    posix_place place;
    char entry[POSIX_ENTRY_SIZE];
    *out = -1;
    section_os_result result = posix_place_enter(&place, name->scope, true);
    if (result.status != SECTION_OK)
        return result;
    posix_name_entry(entry, name->text);
    if (size >= LARGE)
        result = judge_taken(&place, entry);
    if (result.status == SECTION_OK) {
        result = open_in(out, status, &place, mode);
        /* The file system tells other devices of files than of directories
         * (overlayfs), and numbers that are not to be relied on. */
        if (result.status == SECTION_BUSY && result.os_error == 0)
            result.status = SECTION_UNSUPPORTED;
    }
    posix_place_leave(&place);
    /* The directory was removed just now: it will be made again. */
    if (result.status == SECTION_NOT_FOUND)
        result.status = SECTION_BUSY;
    /* A kernel without O_TMPFILE takes this for opening a directory. */
    if (result.status == SECTION_KIND)
        result.status = SECTION_UNSUPPORTED;
    return result;
}

/* What has no name does no harm, wherever it is made: that it is where names
 * are, and the place is as it has to be, is asked when it gets one. But its
 * group may be that of the directory it is made in, which matters where groups
 * share. */
static section_os_result open_unpublished(int *out, struct stat *status,
                                          const section_os_name *name,
                                          const section_os_memory *memory)
{
    posix_place place;
    uint64_t size = memory->size;
    mode_t mode = posix_name_mode(name->permit, memory->executable);
    section_os_result result = posix_verdict(SECTION_NOT_FOUND, 0);
    if (size < LARGE && name->scope == SECTION_SCOPE_USER &&
        posix_place_enter_known(&place, name->scope)) {
        result = open_in(out, status, &place, mode);
        posix_place_leave(&place);
    }
    if (result.status != SECTION_OK)
        result = open_checked(out, status, name, mode, size);
    return result;
}

section_os_result section_os_name_create(section_os_object *out,
                                         section_os_facts *facts,
                                         const section_os_name *name,
                                         const section_os_memory *memory)
{
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    section_os_result result = posix_check_size_limit(memory->size);
    if (result.status != SECTION_OK)
        return result;
    int record = -1;
    struct stat status = {0};
    result = open_unpublished(&record, &status, name, memory);
    if (result.status != SECTION_OK)
        return result;
    result = posix_memory_give_size(record, facts, memory);
    if (result.status == SECTION_OK)
        result = hold(record, memory->reserve); /* alive before it is seen */
    if (result.status != SECTION_OK) {
        posix_descriptor_close(record);
        *facts = (section_os_facts){0};
        return result;
    }
    out->handle = record;
    out->file = number_of(&status);
    out->flags = posix_memory_flags(memory);
    return posix_ok();
}

/* A file without a name goes with its last descriptor. */
void posix_name_discard(section_os_object *object)
{
    object->file = SECTION_OS_NONE;
}

/* Give a file its name; errno tells why not: EOPNOTSUPP without /proc. Newer
 * kernels do it without for whoever opened the file (linkat(2), AT_EMPTY_PATH).
 */
static bool link_record(const posix_place *place, int record, const char *entry)
{
    if (linkat(record, "", place->directory, entry, AT_EMPTY_PATH) == 0)
        return true;
    if (errno != ENOENT && errno != EINVAL)
        return false;
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", record);
    if (linkat(AT_FDCWD, path, place->directory, entry, AT_SYMLINK_FOLLOW) == 0)
        return true;
    struct stat status;
    if (errno == ENOENT)
        errno = lstat(path, &status) == 0 ? ENOENT : EOPNOTSUPP;
    return false;
}

/* The name is taken: whether by the living. OK: not any more. */
static section_os_result judge_taken(const posix_place *place,
                                     const char *entry)
{
    int record = open_entry(place, entry, O_RDONLY);
    if (record < 0)
        return errno == ENOENT ? posix_ok() : entry_failure(errno);
    struct stat status;
    section_os_result result = posix_ok();
    bool by_us;
    if (fstat(record, &status) != 0)
        result = posix_failure(errno);
    else if (!is_record(place, &status))
        result = posix_verdict(SECTION_ACCESS, 0);
    else
        switch (remove_dead(place, entry, record, ANY, &by_us)) {
        case HELD:
            result = posix_verdict(SECTION_EXISTS, EEXIST);
            break;
        case GUARDED:
            result = posix_verdict(SECTION_BUSY, EWOULDBLOCK);
            break;
        case STUCK:
            result = posix_verdict(SECTION_ACCESS, 0);
            break;
        case REMOVED:
            break;
        }
    posix_descriptor_close(record);
    return result;
}

/* Publish a file that we hold. */
static section_os_result link_or_judge(const posix_place *place, int record,
                                       const char *entry)
{
    for (int i = 0; i < POSIX_PUBLISH_ATTEMPTS; i++) {
        POSIX_STEP();
        if (link_record(place, record, entry))
            return posix_ok();
        /* The directory was removed just now: it will be made again. */
        if (errno == ENOENT)
            break;
        if (errno != EEXIST)
            return posix_failure(errno);
        section_os_result result = judge_taken(place, entry);
        if (result.status != SECTION_OK)
            return result;
    }
    return posix_verdict(SECTION_BUSY, EEXIST);
}

/*
 * A description for views, of the record that stands under a name and that we
 * hold through another one. SECTION_BUSY if it is not this record any more,
 * because somebody has removed it who must not.
 */
static section_os_result open_for_views(int *out, const posix_place *place,
                                        const char *entry, intptr_t number,
                                        bool writes)
{
    struct stat found;
    POSIX_STEP();
    *out = open_entry(place, entry, writes ? O_RDWR : O_RDONLY);
    if (*out < 0)
        return errno == ENOENT ? posix_verdict(SECTION_BUSY, ENOENT)
                               : entry_failure(errno);
    section_os_result result = posix_verdict(SECTION_BUSY, 0);
    if (fstat(*out, &found) != 0)
        result = posix_failure(errno);
    else if (is_numbered(place, &found, number))
        return posix_ok();
    posix_descriptor_close(*out);
    *out = -1;
    return result;
}

static section_os_result publish(section_os_object *object,
                                 const posix_place *place, const char *entry)
{
    int record = (int)object->handle;
    section_os_result result = link_or_judge(place, record, entry);
    if (result.status != SECTION_OK)
        return result;
    int views;
    result = open_for_views(&views, place, entry, object->file, true);
    if (result.status != SECTION_OK) {
        /* Others may hold it by now, and keep it; it is not ours then. Else it
         * goes, through the descriptor that is there: there may be no other. */
        bool by_us;
        let_go(record);
        if (result.status != SECTION_BUSY) {
            (void)remove_dead(place, entry, record, ANY, &by_us);
            return result;
        }
        /* Somebody has removed it already. No file can be published twice
         * (linkat(2), ENOENT), so there is no trying again. */
        posix_name_reap_quietly(place, entry);
        result.status = SECTION_ACCESS;
        return result;
    }
    object->handle = views;
    object->name = record;
    return posix_ok();
}

section_os_result section_os_name_publish(section_os_object *object,
                                          const section_os_name *name)
{
    posix_place place;
    char entry[POSIX_ENTRY_SIZE];
    posix_name_entry(entry, name->text);
    section_os_result result = posix_place_enter(&place, name->scope, true);
    if (result.status != SECTION_OK)
        return result;
    posix_name_sweep_sometimes(&place);
    result = publish(object, &place, entry);
    posix_place_leave(&place);
    return result;
}

/* ------------------------------------------------------------------------
 * Open
 * ------------------------------------------------------------------------ */

/* Under the guard of a record that is a record: hold it, if somebody does. */
static section_os_result join(section_os_object *out, uint64_t *reserve,
                              const posix_place *place, const char *entry,
                              int record, const struct stat *status,
                              section_rights rights)
{
    bool writes = (rights & SECTION_RIGHT_WRITE) != 0;
    section_os_result result = ask_holders(reserve, record);
    if (result.status != SECTION_OK)
        return result;
    POSIX_STEP();
    if (*reserve == 0) {
        (void)unlinkat(place->directory, entry, 0);
        return posix_verdict(SECTION_NOT_FOUND, 0);
    }
    result = hold(record, *reserve);
    if (result.status != SECTION_OK)
        return result;
    int views;
    result = open_for_views(&views, place, entry, number_of(status), writes);
    if (result.status != SECTION_OK) {
        let_go(record);
        return result;
    }
    out->handle = views;
    out->name = record;
    out->file = number_of(status);
    out->flags = posix_object_flags(rights);
    return posix_ok();
}

/* With the guard: look whether it is a record, and join its holders. */
static section_os_result open_guarded(section_os_object *out,
                                      section_os_facts *facts,
                                      const posix_place *place,
                                      const char *entry, int record,
                                      section_rights rights)
{
    struct stat status;
    if (fstat(record, &status) != 0)
        return posix_failure(errno);
    /* Removed since it was opened; another may have the name by now. */
    if (status.st_nlink == 0)
        return posix_verdict(SECTION_BUSY, 0);
    if (!is_record(place, &status) || !posix_name_allows(&status, rights))
        return posix_verdict(SECTION_ACCESS, 0);
    facts->size = (uint64_t)status.st_size;
    return join(out, &facts->reserve, place, entry, record, &status, rights);
}

section_os_result posix_name_open(section_os_object *out,
                                  section_os_facts *facts,
                                  const posix_place *place, const char *entry,
                                  section_rights rights)
{
    int record = open_entry(place, entry, O_RDONLY);
    if (record < 0)
        return entry_failure(errno);
    POSIX_STEP();
    section_os_result result = take_guard(record);
    if (result.status == SECTION_OK) {
        result = open_guarded(out, facts, place, entry, record, rights);
        section_os_result dropped = drop_guard(record);
        /* Nobody could open it as long as we have it open. */
        if (result.status == SECTION_OK && dropped.status != SECTION_OK) {
            posix_descriptor_close((int)out->handle);
            *out = SECTION_OS_OBJECT_NONE;
            let_go(record);
            result = dropped;
        }
        bool by_us;
        if (result.status != SECTION_OK)
            (void)remove_dead(place, entry, record, ANY, &by_us);
    }
    if (result.status != SECTION_OK)
        posix_descriptor_close(record);
    return result;
}

/* ------------------------------------------------------------------------
 * Holding
 * ------------------------------------------------------------------------ */

section_os_result posix_name_duplicate(int *out, int record, bool writes)
{
    /* The creator's can write: whoever gets fewer rights needs another one. */
    int mode = writes ? O_RDONLY : fcntl(record, F_GETFL);
    *out = -1;
    if (mode < 0)
        return posix_failure(errno);
    if ((mode & O_ACCMODE) != O_RDONLY)
        return posix_name_hand_over(out, record);
    *out = posix_duplicate(record);
    return *out < 0 ? posix_failure(errno) : posix_ok();
}

/* Another description, locked while ours is: whoever has a copy of ours could
 * unlock it. */
section_os_result posix_name_hand_over(int *out, int record)
{
    uint64_t reserve;
    section_os_result result = posix_reader_open(out, record);
    POSIX_STEP();
    if (result.status == SECTION_OK)
        result = ask_holders(&reserve, *out);
    if (result.status == SECTION_OK)
        result = hold(*out, reserve);
    POSIX_STEP();
    if (result.status != SECTION_OK) {
        posix_descriptor_close(*out);
        *out = -1;
    }
    return result;
}

/* Locked already by who sent it, unless that was a liar. It holds the name of
 * this file in whatever place that is; what is not the place of this process is
 * left to others when it goes. */
section_os_result posix_name_accept(section_os_object *object, int record,
                                    const struct stat *memory, uint64_t reserve)
{
    struct stat status;
    if (fstat(record, &status) != 0)
        return posix_failure(errno);
    if (!posix_is_same_file(&status, memory))
        return posix_verdict(SECTION_UNTRUSTED, 0);
    section_os_result result = hold(record, reserve);
    POSIX_STEP();
    /* By a lock that nobody can have while the sender holds the name. */
    if (result.status == SECTION_BUSY)
        result.status = SECTION_UNTRUSTED;
    if (result.status != SECTION_OK)
        return result;
    object->name = record;
    object->file = number_of(&status);
    return result;
}

/* Remove the record of a number if nobody holds it; false if it is not there.
 */
static bool reap_numbered(const posix_place *place, const char *entry,
                          intptr_t number)
{
    bool by_us;
    POSIX_STEP();
    int record = open_entry(place, entry, O_RDONLY);
    if (record < 0)
        return false;
    verdict found = remove_dead(place, entry, record, number, &by_us);
    posix_descriptor_close(record);
    return found != STUCK;
}

/*
 * In the place that was known last: if it is another by now, what is found
 * there has another number, and the place is asked for again. What others hold
 * needs nothing more, whatever it is.
 */
void section_os_name_release(section_os_object *object,
                             const section_os_name *name)
{
    posix_place place;
    char entry[POSIX_ENTRY_SIZE];
    int record = (int)object->name;
    bool done = false;
    object->name = SECTION_OS_NONE;
    posix_name_entry(entry, name->text);
    /* The lock is the kernel's to drop, when no forked child has a copy. */
    posix_descriptor_close(record);
    if (posix_place_enter_known(&place, name->scope)) {
        done = reap_numbered(&place, entry, object->file);
        posix_place_leave(&place);
    }
    if (!done &&
        posix_place_enter(&place, name->scope, false).status == SECTION_OK) {
        posix_name_reap_quietly(&place, entry);
        posix_place_leave(&place);
    }
}

bool section_os_name_is_lost(section_os_object *object,
                             const section_os_name *name)
{
    posix_place place;
    char entry[POSIX_ENTRY_SIZE];
    struct stat ours, found;
    if (fstat((int)object->name, &ours) != 0)
        return false;
    if (ours.st_nlink == 0)
        return true;
    /* The process acts for another user now, whose place is another. */
    if (name->scope == SECTION_SCOPE_USER && ours.st_uid != geteuid())
        return false;
    posix_name_entry(entry, name->text);
    section_os_result result = posix_place_enter(&place, name->scope, false);
    if (result.status != SECTION_OK)
        return result.status == SECTION_NOT_FOUND;
    bool missing =
        fstatat(place.directory, entry, &found, AT_SYMLINK_NOFOLLOW) != 0;
    bool lost = missing ? errno == ENOENT
                        : !is_numbered(&place, &found, number_of(&ours));
    posix_place_leave(&place);
    return lost;
}
