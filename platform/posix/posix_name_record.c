/* SPDX-License-Identifier: MIT */
/*
 * Names for memory that cannot be locked, on systems without O_TMPFILE, /proc
 * and locks of open file descriptions: macOS, FreeBSD. What a name is made of
 * is in posix_record.h.
 *
 *   - A section is alive while somebody has its pulse open for reading. Asking
 *     is opening it to write, which does not count as reading. A lock could
 *     not be asked without being taken, and the lock of one who asked and is
 *     dying would be taken for a holder's: kernels drop what a dead process had
 *     in any order (tests/model/names.pml, TAKING).
 *   - The guard is flock(LOCK_EX) on the file of the number's stripe. Under it
 *     one makes the pulse, opens, and removes what is dead: so nobody joins
 *     what another is removing.
 *   - It is published by symlinkat(), whole and alive, where no entry is.
 *   - The dead go in the order record, memory, pulse. Whatever a death leaves
 *     begins with a dead pulse, or with a record whose pulse is gone.
 */
#include "posix_record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

const char posix_name_format[] = "libsection 1 record";

/* How many numbers that are taken we try past. */
#define NUMBER_ATTEMPTS 64

/* A creation looks for the dead at so many entries. */
#define SWEEP_ENTRIES 16

/* What is known of a section until it is published: kept in object->file. */
typedef struct unpublished {
    posix_record record;
    section_scope scope;
    pid_t maker; /* a child that was forked since has a copy of all this */
} unpublished;

static unpublished *unpublished_of(const section_os_object *object)
{
    return (unpublished *)object->file;
}

/* ------------------------------------------------------------------------
 * Small things
 * ------------------------------------------------------------------------ */

/* Not if the program has more rights than who started it. */
const char *posix_environment(const char *variable)
{
    if (getuid() != geteuid() || getgid() != getegid())
        return NULL;
    return getenv(variable);
}

section_os_result posix_name_check_place(int directory, bool chosen)
{
    /* What is here is small: it need not be in memory. */
    (void)directory;
    (void)chosen;
    return posix_ok();
}

bool posix_name_is_entry(const char *entry)
{
    return entry[0] == POSIX_ENTRY_FIRST || entry[0] == '~';
}

/* ------------------------------------------------------------------------
 * Removing the dead
 * ------------------------------------------------------------------------ */

typedef enum verdict {
    HELD,    /* by somebody */
    REMOVED, /* it was dead: by us; or by another before us */
    GUARDED, /* by somebody */
    STUCK    /* dead, and we may not remove it; or no record at all */
} verdict;

/* Under the guard: look at the record again, which another may have removed and
 * a third one replaced. */
static verdict judge(const posix_place *place, const char *entry,
                     uint64_t number, bool *by_us, section_os_result *why)
{
    posix_record record;
    bool held;
    section_os_result result = posix_record_read(&record, place, entry);
    if (result.status == SECTION_NOT_FOUND ||
        (result.status == SECTION_OK && record.number != number))
        return REMOVED;
    if (result.status == SECTION_OK)
        result = posix_pulse_ask(&held, NULL, place, number);
    if (result.status != SECTION_OK) {
        *why = result;
        return STUCK;
    }
    if (held)
        return HELD;
    if (unlinkat(place->directory, entry, 0) != 0)
        return STUCK;
    *by_us = posix_pulse_remove(place, number, true);
    return REMOVED;
}

/*
 * Remove a name if nobody holds it. Others who wanted to and found the guard
 * taken have left it to us: so after letting go of the guard, look again. (Who
 * had it for another name of the stripe does not: that is left to the next who
 * sweeps.) *why is of STUCK.
 */
static verdict remove_dead(const posix_place *place, const char *entry,
                           uint64_t number, bool *by_us, section_os_result *why)
{
    *by_us = false;
    *why = posix_verdict(SECTION_ACCESS, 0);
    for (;;) {
        bool held;
        int guard;
        section_os_result result = posix_pulse_ask(&held, NULL, place, number);
        if (result.status == SECTION_OK && held)
            return HELD;
        if (result.status == SECTION_OK)
            result = posix_guard_take(&guard, place, number);
        if (result.status == SECTION_BUSY)
            return GUARDED;
        if (result.status != SECTION_OK) {
            *why = result;
            return STUCK;
        }
        verdict found = judge(place, entry, number, by_us, why);
        posix_guard_drop(guard);
        if (found != HELD)
            return found;
    }
}

static section_os_result reap_name(bool *by_us, const posix_place *place,
                                   const char *entry)
{
    posix_record record;
    section_os_result why;
    section_os_result result = posix_record_read(&record, place, entry);
    if (result.status != SECTION_OK)
        return result;
    if (remove_dead(place, entry, record.number, by_us, &why) == STUCK)
        return why;
    return posix_ok();
}

/* A pulse nobody holds: of a section that was never published, or whose removal
 * was cut short. If there still is a record, it leads nowhere from now on, and
 * goes when somebody finds it. */
static section_os_result reap_pulse(bool *by_us, const posix_place *place,
                                    const char *path)
{
    uint64_t number;
    bool held;
    int guard;
    if (!posix_pulse_number(&number, place->scope, path))
        return posix_ok();
    section_os_result result = posix_pulse_ask(&held, NULL, place, number);
    if (result.status != SECTION_OK) {
        (void)posix_guard_tidy(place, path);
        return result;
    }
    if (held)
        return result;
    result = posix_guard_take(&guard, place, number);
    if (result.status != SECTION_OK)
        return result;
    result = posix_pulse_ask(&held, NULL, place, number);
    *by_us = result.status == SECTION_OK && !held &&
             posix_pulse_remove(place, number, true);
    posix_guard_drop(guard);
    return result;
}

section_os_result posix_name_reap(bool *by_us, const posix_place *place,
                                  const char *entry)
{
    *by_us = false;
    POSIX_STEP();
    return posix_look_failure(entry[0] == POSIX_ENTRY_FIRST
                                  ? reap_name(by_us, place, entry)
                                  : reap_pulse(by_us, place, entry));
}

section_os_result posix_name_look(bool *held, section_entry *found,
                                  const posix_place *place, const char *entry)
{
    posix_record record;
    struct stat status;
    *held = false;
    section_os_result result = posix_record_read(&record, place, entry);
    if (result.status == SECTION_OK)
        result = posix_pulse_ask(held, &status, place, record.number);
    if (result.status != SECTION_OK)
        return posix_look_failure(result);
    if (*held) {
        found->size = record.size;
        found->owner = status.st_uid;
    }
    return result;
}

/*
 * Where a position means nothing to another stream of the same directory
 * (POSIX promises nothing), these are any entries, such as the first.
 */
void posix_name_sweep_a_little(const posix_place *place)
{
    static long position;
    int directory =
        posix_open_at(place->directory, ".", O_RDONLY | O_DIRECTORY);
    DIR *stream = directory < 0 ? NULL : fdopendir(directory);
    if (stream == NULL) {
        posix_descriptor_close(directory);
        return;
    }
    long from = __atomic_load_n(&position, __ATOMIC_RELAXED);
    if (from != 0)
        seekdir(stream, from);
    struct dirent *entry = readdir(stream);
    for (int i = 0; i < SWEEP_ENTRIES && entry != NULL; i++) {
        if (posix_name_is_entry(entry->d_name))
            posix_name_reap_quietly(place, entry->d_name);
        entry = readdir(stream);
    }
    __atomic_store_n(&position, entry == NULL ? 0 : telldir(stream),
                     __ATOMIC_RELAXED);
    (void)closedir(stream);
}

/* ------------------------------------------------------------------------
 * Create
 * ------------------------------------------------------------------------ */

/* Who may hold may ask, which is to open for writing. */
static mode_t pulse_mode(section_permit permit)
{
    return permit == SECTION_PERMIT_EVERYONE_READ
               ? 0666
               : posix_name_mode(permit, false);
}

/* The group that shares the memory: that of the directory, as for the files in
 * it; -1 if none does. */
static section_os_result memory_group(gid_t *group, int pulse,
                                      section_permit permit)
{
    struct stat status;
    *group = (gid_t)-1;
    if (permit != SECTION_PERMIT_GROUP)
        return posix_ok();
    if (fstat(pulse, &status) != 0)
        return posix_failure(errno);
    *group = status.st_gid;
    return posix_ok();
}

/* Under the guard: a sweeper could take a pulse that is not yet held for that
 * of a dead section. */
static section_os_result make_pulse(int *out, const posix_place *place,
                                    uint64_t number, section_permit permit)
{
    int guard;
    *out = -1;
    section_os_result result = posix_guard_take(&guard, place, number);
    if (result.status != SECTION_OK)
        return result;
    result = posix_pulse_make(out, place, number, pulse_mode(permit));
    posix_guard_drop(guard);
    return result;
}

/* What posix_name_discard() removes: the pulse and the memory of a number. */
static section_os_result begin(section_os_object *object,
                               const section_os_name *name, const char *entry,
                               bool executable)
{
    unpublished *own = unpublished_of(object);
    posix_place place;
    gid_t group;
    int pulse, handle = -1, reader = -1;
    own->record.number = posix_record_number(name->scope, entry);
    section_os_result result = posix_place_enter(&place, name->scope, true);
    if (result.status != SECTION_OK)
        return result;
    posix_name_sweep_sometimes(&place);
    result = make_pulse(&pulse, &place, own->record.number, name->permit);
    posix_place_leave(&place);
    if (result.status != SECTION_OK)
        /* The directory was removed just now: it will be made again. */
        return result.status == SECTION_NOT_FOUND
                   ? posix_verdict(SECTION_BUSY, result.os_error)
                   : result;
    object->name = pulse;
    result = memory_group(&group, pulse, name->permit);
    if (result.status == SECTION_OK)
        result =
            posix_shm_create(&handle, &reader, own->record.number,
                             posix_name_mode(name->permit, executable), group);
    object->handle = handle;
    object->reader = reader;
    return result;
}

/* An object of no number yet. */
static section_os_result prepare(section_os_object *out, section_scope scope,
                                 const section_os_memory *memory)
{
    unpublished *own = malloc(sizeof(*own));
    *out = SECTION_OS_OBJECT_NONE;
    if (own == NULL)
        return posix_verdict(SECTION_NO_MEMORY, ENOMEM);
    *own = (unpublished){{0, memory->size}, scope, getpid()};
    out->file = (intptr_t)own;
    out->flags = posix_memory_flags(memory);
    return posix_ok();
}

section_os_result section_os_name_create(section_os_object *out,
                                         section_os_facts *facts,
                                         const section_os_name *name,
                                         const section_os_memory *memory)
{
    char entry[POSIX_ENTRY_SIZE];
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    section_os_result result = posix_check_size_limit(memory->size);
    posix_name_entry(entry, name->text);
    for (int i = 0; i < NUMBER_ATTEMPTS && result.status == SECTION_OK; i++) {
        result = prepare(out, name->scope, memory);
        if (result.status != SECTION_OK)
            break;
        result = begin(out, name, entry, memory->executable);
        if (result.status != SECTION_EXISTS)
            break;
        section_os_object_close(out);
        result = posix_ok();
    }
    if (result.status == SECTION_OK && out->file == SECTION_OS_NONE)
        result = posix_verdict(SECTION_BUSY, EEXIST);
    if (result.status == SECTION_OK)
        result = posix_memory_give_size((int)out->handle, facts, memory);
    if (result.status != SECTION_OK)
        section_os_object_close(out);
    return result;
}

/* Of what is not published nobody but its maker has anything to decide, so this
 * needs no guard. What cannot be removed is left to a sweep. */
void posix_name_discard(section_os_object *object)
{
    unpublished *own = unpublished_of(object);
    posix_place place;
    if (object->name != SECTION_OS_NONE) {
        if (own->maker == getpid() &&
            posix_place_enter(&place, own->scope, false).status == SECTION_OK) {
            (void)posix_pulse_remove(&place, own->record.number,
                                     object->handle != SECTION_OS_NONE);
            posix_place_leave(&place);
        }
        posix_descriptor_close((int)object->name);
    }
    free(own);
    object->name = SECTION_OS_NONE;
    object->file = SECTION_OS_NONE;
}

/* The name is taken: whether by the living. OK: not any more. */
static section_os_result judge_taken(const posix_place *place,
                                     const char *entry)
{
    posix_record record;
    bool by_us;
    section_os_result why;
    section_os_result result = posix_record_read(&record, place, entry);
    if (result.status != SECTION_OK)
        return result.status == SECTION_NOT_FOUND ? posix_ok() : result;
    switch (remove_dead(place, entry, record.number, &by_us, &why)) {
    case HELD:
        return posix_verdict(SECTION_EXISTS, EEXIST);
    case GUARDED:
        return posix_verdict(SECTION_BUSY, EWOULDBLOCK);
    case STUCK:
        return why;
    default:
        return posix_ok();
    }
}

/* The directory was removed and made again since the section was made: then the
 * pulse is made again, too. */
static section_os_result find_pulse(section_os_object *object,
                                    const posix_place *place,
                                    section_permit permit)
{
    const unpublished *own = unpublished_of(object);
    int pulse = (int)object->name;
    section_os_result result =
        posix_pulse_find(pulse, place, own->record.number);
    if (result.status != SECTION_NOT_FOUND)
        return result;
    result = make_pulse(&pulse, place, own->record.number, permit);
    if (result.status == SECTION_EXISTS)
        result.status = SECTION_ACCESS;
    if (result.status != SECTION_OK)
        return result;
    posix_descriptor_close((int)object->name);
    object->name = pulse;
    return posix_ok();
}

static section_os_result write_or_judge(const posix_record *record,
                                        const posix_place *place,
                                        const char *entry)
{
    for (int i = 0; i < POSIX_PUBLISH_ATTEMPTS; i++) {
        POSIX_STEP();
        section_os_result result = posix_record_write(record, place, entry);
        if (result.status == SECTION_EXISTS)
            result = judge_taken(place, entry);
        else if (result.status == SECTION_NOT_FOUND)
            /* The directory was removed just now: it will be made again. */
            return posix_verdict(SECTION_BUSY, ENOENT);
        else
            return result;
        if (result.status != SECTION_OK)
            return result;
    }
    return posix_verdict(SECTION_BUSY, EEXIST);
}

section_os_result section_os_name_publish(section_os_object *object,
                                          const section_os_name *name)
{
    posix_place place;
    char entry[POSIX_ENTRY_SIZE];
    unpublished *own = unpublished_of(object);
    /* Forked in an initializer: of the two its maker wins. */
    if (own->maker != getpid())
        return posix_verdict(SECTION_EXISTS, EEXIST);
    posix_name_entry(entry, name->text);
    section_os_result result = posix_place_enter(&place, name->scope, true);
    if (result.status != SECTION_OK)
        return result;
    result = find_pulse(object, &place, name->permit);
    if (result.status == SECTION_OK)
        result = write_or_judge(&own->record, &place, entry);
    POSIX_STEP();
    posix_place_leave(&place);
    if (result.status == SECTION_OK) {
        object->file = SECTION_OS_NONE;
        free(own);
    }
    return result;
}

/* ------------------------------------------------------------------------
 * Open
 * ------------------------------------------------------------------------ */

/* What a descriptor of memory leads to is what the owner of the pulse made. */
static section_os_result check_memory(int handle, const posix_record *record,
                                      const struct stat *pulse,
                                      section_rights rights)
{
    struct stat status;
    if (fstat(handle, &status) != 0)
        return posix_failure(errno);
    /* Some systems round sizes (macOS). */
    if (status.st_uid != pulse->st_uid || status.st_size < 0 ||
        (uint64_t)status.st_size < record->size ||
        !posix_name_allows(&status, rights))
        return posix_verdict(SECTION_ACCESS, 0);
    return posix_ok();
}

/* Open the memory of a section that we hold. */
static section_os_result open_memory(section_os_object *out,
                                     const posix_record *record,
                                     const struct stat *pulse,
                                     section_rights rights)
{
    bool writes = (rights & SECTION_RIGHT_WRITE) != 0;
    int handle, reader = -1;
    section_os_result result = posix_shm_open(&handle, record->number, writes);
    POSIX_STEP();
    if (result.status == SECTION_OK && writes)
        result = posix_shm_open(&reader, record->number, false);
    if (result.status == SECTION_OK)
        result = check_memory(handle, record, pulse, rights);
    if (result.status == SECTION_OK) {
        out->handle = handle;
        out->reader = reader;
        out->flags = posix_object_flags(rights);
        return result;
    }
    posix_descriptor_close(handle);
    posix_descriptor_close(reader);
    /* Somebody took it away from outside: the name is held all the same. */
    if (result.status == SECTION_NOT_FOUND)
        result.status = SECTION_ACCESS;
    return result;
}

/* Under the guard: hold the section, if somebody does. */
static section_os_result join(section_os_object *out, posix_record *record,
                              const posix_place *place, const char *entry,
                              section_rights rights)
{
    struct stat status;
    bool held;
    int pulse;
    section_os_result result = posix_record_read(record, place, entry);
    if (result.status == SECTION_OK)
        result = posix_pulse_ask(&held, &status, place, record->number);
    if (result.status != SECTION_OK)
        return result;
    if (!held) {
        if (unlinkat(place->directory, entry, 0) == 0)
            (void)posix_pulse_remove(place, record->number, true);
        return posix_verdict(SECTION_NOT_FOUND, 0);
    }
    result = posix_pulse_hold(&pulse, place, record->number, &status);
    if (result.status == SECTION_OK)
        result = open_memory(out, record, &status, rights);
    if (result.status == SECTION_OK)
        out->name = pulse;
    else
        posix_descriptor_close(pulse);
    return result;
}

section_os_result posix_name_open(section_os_object *out,
                                  section_os_facts *facts,
                                  const posix_place *place, const char *entry,
                                  section_rights rights)
{
    posix_record record;
    int guard;
    bool by_us;
    section_os_result why;
    section_os_result result = posix_record_read(&record, place, entry);
    if (result.status != SECTION_OK)
        return result;
    result = posix_guard_take(&guard, place, record.number);
    if (result.status != SECTION_OK)
        return result;
    result = join(out, &record, place, entry, rights);
    posix_guard_drop(guard);
    facts->size = record.size;
    /* We may have been the last for a moment. */
    if (result.status != SECTION_OK && result.status != SECTION_NOT_FOUND)
        (void)remove_dead(place, entry, record.number, &by_us, &why);
    return result;
}

/* ------------------------------------------------------------------------
 * Holding
 * ------------------------------------------------------------------------ */

section_os_result posix_name_duplicate(int *out, int pulse, bool writes)
{
    (void)writes; /* nothing that matters can be written through a pulse */
    *out = posix_duplicate(pulse);
    return *out < 0 ? posix_failure(errno) : posix_ok();
}

/* What another process does with a pulse is nothing to us. */
section_os_result posix_name_hand_over(int *out, int pulse)
{
    section_os_result result = posix_name_duplicate(out, pulse, false);
    POSIX_STEP();
    return result;
}

/* Whether it is the pulse of this memory only the place could tell, and who
 * sent it could make one there. */
section_os_result posix_name_accept(section_os_object *object, int pulse,
                                    const struct stat *memory, uint64_t reserve)
{
    struct stat status;
    (void)memory;
    (void)reserve;
    if (fstat(pulse, &status) != 0)
        return posix_failure(errno);
    if (!S_ISFIFO(status.st_mode))
        return posix_verdict(SECTION_UNTRUSTED, 0);
    object->name = pulse;
    return posix_ok();
}

void section_os_name_release(section_os_object *object,
                             const section_os_name *name)
{
    posix_place place;
    char entry[POSIX_ENTRY_SIZE];
    int pulse = (int)object->name;
    object->name = SECTION_OS_NONE;
    posix_name_entry(entry, name->text);
    if (posix_place_enter(&place, name->scope, false).status != SECTION_OK) {
        posix_descriptor_close(pulse);
        return;
    }
    posix_descriptor_close(pulse);
    /* To remove it takes two descriptors, and there may be no other. */
    posix_descriptor_close((int)object->reader);
    posix_descriptor_close((int)object->handle);
    object->reader = object->handle = SECTION_OS_NONE;
    posix_name_reap_quietly(&place, entry);
    posix_place_leave(&place);
}

bool section_os_name_is_lost(section_os_object *object,
                             const section_os_name *name)
{
    posix_place place;
    posix_record record;
    struct stat ours;
    char entry[POSIX_ENTRY_SIZE];
    if (fstat((int)object->name, &ours) != 0)
        return false;
    /* The process acts for another user now, whose place is another. */
    if (name->scope == SECTION_SCOPE_USER && ours.st_uid != geteuid())
        return ours.st_nlink == 0;
    posix_name_entry(entry, name->text);
    section_os_result result = posix_place_enter(&place, name->scope, false);
    if (result.status != SECTION_OK)
        return result.status == SECTION_NOT_FOUND;
    result = posix_record_read(&record, &place, entry);
    if (result.status == SECTION_OK)
        result = posix_pulse_find((int)object->name, &place, record.number);
    posix_place_leave(&place);
    /* ACCESS: something else has its place. */
    return result.status == SECTION_NOT_FOUND ||
           (result.status == SECTION_ACCESS && result.os_error == 0);
}
