/* SPDX-License-Identifier: MIT */
/*
 * Objects as what is handed to another process: their descriptors, and what is
 * to be held against descriptors that came from there.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

/* ------------------------------------------------------------------------
 * Gather and close
 * ------------------------------------------------------------------------ */

/* The descriptor that maps: the object's own, where nobody can lock anything
 * with it that we would miss. */
static section_os_result gather_handle(section_os_parts *out,
                                       section_os_object *object,
                                       section_rights rights)
{
    int handle;
    section_os_result result;
    if (posix_object_has_locks(object)) {
        result = posix_object_give(&handle, object, rights);
        if (result.status == SECTION_OK)
            section_os_parts_keep(out, SECTION_OS_PART_HANDLE, handle);
        return result;
    }
    result = posix_object_lend(&handle, object, rights);
    if (result.status == SECTION_OK)
        out->part[SECTION_OS_PART_HANDLE] = handle;
    return result;
}

/* The one that serves read-only views of what is written, if there is one
 * already: where it cannot be had later there always is, and where another user
 * could not open one; else the receiver opens its own if it ever needs it. */
static section_os_result gather_reader(section_os_parts *out,
                                       const section_os_object *object)
{
    intptr_t reader = __atomic_load_n(&object->reader, __ATOMIC_ACQUIRE);
    out->part[SECTION_OS_PART_READER] = reader;
    if (reader == SECTION_OS_NONE || !posix_object_has_locks(object))
        return posix_ok();
    int fresh;
    section_os_result result = posix_reader_open(&fresh, (int)reader);
    if (result.status == SECTION_OK)
        section_os_parts_keep(out, SECTION_OS_PART_READER, fresh);
    return result.status == SECTION_UNSUPPORTED ? posix_ok() : result;
}

static section_os_result gather_name(section_os_parts *out,
                                     const section_os_object *object)
{
    int name;
    if (object->name == SECTION_OS_NONE)
        return posix_ok();
    section_os_result result = posix_name_hand_over(&name, (int)object->name);
    if (result.status == SECTION_OK)
        section_os_parts_keep(out, SECTION_OS_PART_NAME, name);
    return result;
}

section_os_result section_os_parts_gather(section_os_parts *out,
                                          section_os_object *object,
                                          section_rights rights)
{
    *out = SECTION_OS_PARTS_NONE;
    section_os_result result = gather_handle(out, object, rights);
    if (result.status == SECTION_OK && (rights & SECTION_RIGHT_WRITE) != 0)
        result = gather_reader(out, object);
    if (result.status == SECTION_OK)
        result = gather_name(out, object);
    if (result.status != SECTION_OK)
        section_os_parts_close(out);
    return result;
}

void section_os_parts_close(section_os_parts *parts)
{
    for (int i = 0; i < SECTION_OS_PARTS; i++) {
        if ((parts->ours >> i & 1) == 0)
            continue;
        POSIX_STEP();
        posix_descriptor_close((int)parts->part[i]);
    }
    *parts = SECTION_OS_PARTS_NONE;
}

/* ------------------------------------------------------------------------
 * Accept
 * ------------------------------------------------------------------------ */

static section_os_result distrust(void)
{
    return posix_verdict(SECTION_UNTRUSTED, 0);
}

/* Whether a descriptor is open to read alone, or to write too, exactly. */
static bool has_mode(int descriptor, int mode)
{
    int found = fcntl(descriptor, F_GETFL);
#ifdef O_PATH
    if (found >= 0 && (found & O_PATH) != 0)
        return false;
#endif
    return found >= 0 && (found & O_ACCMODE) == mode;
}

/* What the handle is: a regular file, or memory as it is said to be. */
static section_os_result check_handle(section_os_facts *facts,
                                      struct stat *status, int handle,
                                      const section_os_claim *claim)
{
    bool writes = (claim->rights & SECTION_RIGHT_WRITE) != 0;
    if (!has_mode(handle, writes ? O_RDWR : O_RDONLY))
        return distrust();
    /* Before anything that would ask the file system, which may be the
     * sender's own and never answer. */
    if (claim->kind == SECTION_KIND_MEMORY &&
        !posix_memory_can_be(handle, claim))
        return distrust();
    if (fstat(handle, status) != 0)
        return posix_failure(errno);
    if (!posix_is_file_or_memory(status))
        return distrust();
    facts->size = (uint64_t)status->st_size;
    facts->kind = claim->kind;
    return posix_memory_check(facts, handle, status, claim);
}

/* What serves read-only views of what is written. */
static section_os_result check_reader(int reader, const struct stat *handle,
                                      const section_os_claim *claim)
{
    struct stat status;
    if ((claim->rights & SECTION_RIGHT_WRITE) == 0 ||
        !has_mode(reader, O_RDONLY) || fstat(reader, &status) != 0 ||
        !posix_is_same_file(&status, handle))
        return distrust();
    return posix_ok();
}

/* Who has a name has what holds it, and nobody else has. */
static section_os_result accept_name(section_os_object *out, int name,
                                     const struct stat *handle,
                                     const section_os_claim *claim)
{
    bool has_part = name >= 0;
    if (has_part != (claim->name.text != NULL))
        return distrust();
    if (!has_part)
        return posix_ok();
    if (!has_mode(name, O_RDONLY) || !posix_name_allows(handle, claim->rights))
        return distrust();
    return posix_name_accept(out, name, handle, claim->reserve);
}

static uint32_t flags_of(const section_os_claim *claim)
{
    uint32_t flags = posix_object_flags(claim->rights);
    if (claim->kind == SECTION_KIND_FILE)
        flags |= SECTION_OS_VIEWS_HOLD;
    if (claim->grows)
        flags |= SECTION_OS_GROWS;
    if (claim->pages == SECTION_PAGES_MIXED)
        flags |= SECTION_OS_LARGE;
    return flags;
}

static section_os_result check_parts(section_os_object *out,
                                     section_os_facts *facts,
                                     const section_os_parts *parts,
                                     const section_os_claim *claim)
{
    int handle = (int)parts->part[SECTION_OS_PART_HANDLE];
    int reader = (int)parts->part[SECTION_OS_PART_READER];
    struct stat status = {0};
    bool can_grow = claim->kind == SECTION_KIND_FILE ||
                    posix_memory_growth == SECTION_SUPPORT_FULL;
    if (handle < 0 || parts->part[SECTION_OS_PART_FILE] != SECTION_OS_NONE ||
        (claim->grows && !can_grow))
        return distrust();
    section_os_result result = check_handle(facts, &status, handle, claim);
    if (result.status == SECTION_OK && reader >= 0)
        result = check_reader(reader, &status, claim);
    if (result.status == SECTION_OK)
        result = accept_name(out, (int)parts->part[SECTION_OS_PART_NAME],
                             &status, claim);
    if (result.status != SECTION_OK)
        return result;
    out->handle = handle;
    out->reader = reader;
    out->flags = flags_of(claim);
    /* As section_os_object_identify() would tell; where there is no number, it
     * knows more. */
    facts->id[0] = (uint64_t)status.st_dev;
    facts->id[1] = (uint64_t)status.st_ino;
    if (status.st_ino == 0)
        section_os_object_identify(facts->id, out);
    return result;
}

section_os_result section_os_object_accept(section_os_object *out,
                                           section_os_facts *facts,
                                           section_os_parts *parts,
                                           const section_os_claim *claim)
{
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    section_os_result result = check_parts(out, facts, parts, claim);
    if (result.status != SECTION_OK) {
        *out = SECTION_OS_OBJECT_NONE;
        *facts = (section_os_facts){0};
        section_os_parts_close(parts);
        return result;
    }
    *parts = SECTION_OS_PARTS_NONE;
    return result;
}

/* ------------------------------------------------------------------------
 * Offer and inherit
 *
 * No descriptor of an offer is without FD_CLOEXEC in this process: it is
 * cleared in the child alone.
 * ------------------------------------------------------------------------ */

/* Whomever it is for comes and gets it here. Parts that are ours move, of
 * others there are duplicates. */
section_os_result section_os_parts_offer(section_os_parts *kept,
                                         uint64_t numbers[SECTION_OS_PARTS],
                                         section_os_parts *parts,
                                         const section_os_process *to)
{
    (void)to;
    *kept = SECTION_OS_PARTS_NONE;
    for (int i = 0; i < SECTION_OS_PARTS; i++) {
        uint32_t bit = (uint32_t)1 << i;
        int descriptor = (int)parts->part[i];
        numbers[i] = (uint64_t)SECTION_OS_NONE;
        if (descriptor < 0)
            continue;
        if ((parts->ours & bit) == 0)
            descriptor = posix_duplicate(descriptor);
        if (descriptor < 0) {
            section_os_result result = posix_failure(errno);
            section_os_parts_close(kept);
            return result;
        }
        parts->ours &= ~bit;
        section_os_parts_keep(kept, i, descriptor);
        numbers[i] = (uint64_t)descriptor;
    }
    return posix_ok();
}

void section_os_parts_withdraw(section_os_parts *kept,
                               const uint64_t numbers[SECTION_OS_PARTS],
                               const section_os_process *to, bool taken)
{
    (void)numbers;
    (void)to;
    (void)taken;
    section_os_parts_close(kept);
}

static bool is_object(struct stat *status, int descriptor,
                      const uint64_t expected[2])
{
    return fstat(descriptor, status) == 0 &&
           expected[0] == (uint64_t)status->st_dev &&
           expected[1] == (uint64_t)status->st_ino;
}

bool posix_part_is(int descriptor, const uint64_t expected[2])
{
    struct stat status;
    return expected == NULL || is_object(&status, descriptor, expected);
}

/* What a ticket is and no file can be: sealed, or at least without a name. */
static bool is_memory(int descriptor, const struct stat *status)
{
    section_os_object object = SECTION_OS_OBJECT_NONE;
    object.handle = descriptor;
    return posix_memory_shrink == SECTION_GUARD_ENFORCED
               ? (section_os_object_seals(&object) & SECTION_SEAL_SHRINK) != 0
               : status->st_nlink == 0;
}

/* Who knows the number of a file can say that it is a ticket; but nobody locks
 * memory. */
bool posix_part_may_be_touched(int descriptor, const uint64_t expected[2])
{
    struct stat status;
    return expected == NULL || (is_object(&status, descriptor, expected) &&
                                is_memory(descriptor, &status));
}

/*
 * A duplicate of what was open when this program was started: that has no
 * FD_CLOEXEC. It is looked at in its place first: closing a duplicate of
 * another file would take the locks away that the process has on it (fcntl(2)).
 */
section_os_result posix_part_inherit(intptr_t *part, uint64_t number,
                                     const uint64_t expected[2])
{
    int flags = number <= INT32_MAX ? fcntl((int)number, F_GETFD) : -1;
    if (flags < 0 || (flags & FD_CLOEXEC) != 0 ||
        !posix_part_may_be_touched((int)number, expected))
        return posix_verdict(SECTION_GONE, 0);
    int duplicate = posix_duplicate((int)number);
    if (duplicate < 0)
        return posix_failure(errno);
    *part = duplicate;
    return posix_ok();
}

void section_os_parts_settle(const uint64_t numbers[SECTION_OS_PARTS],
                             const section_os_process *from)
{
    /* What another process offered stays with that one until it is told. */
    if (from != NULL)
        return;
    for (int i = 0; i < SECTION_OS_PARTS; i++)
        if (numbers[i] <= INT32_MAX)
            posix_descriptor_close((int)numbers[i]);
}

/* A duplicate onto itself clears FD_CLOEXEC in the child (POSIX.1-2024,
 * posix_spawn_file_actions_adddup2(); glibc 2.29, musl). */
section_os_result section_os_parts_pass(void *how, const intptr_t *handles,
                                        size_t count)
{
    posix_spawn_file_actions_t *actions = how;
    for (size_t i = 0; i < count; i++) {
        int descriptor = (int)handles[i];
        int error =
            posix_spawn_file_actions_adddup2(actions, descriptor, descriptor);
        if (error == ENOMEM) /* the heap: nothing is asked of the kernel yet */
            return posix_verdict(SECTION_NO_MEMORY, error);
        if (error != 0)
            return posix_failure(error);
    }
    return posix_ok();
}
