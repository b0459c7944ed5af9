/* SPDX-License-Identifier: MIT */
/*
 * Objects: one descriptor with all rights, and for writable ones a second,
 * read-only one that serves read-only views. `file` is set only in memory that
 * is to be published, where posix_name_*.c needs it: the descriptor is the
 * file.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

uint32_t posix_object_flags(section_rights rights)
{
    uint32_t flags = 0;
    if ((rights & SECTION_RIGHT_WRITE) != 0)
        flags |= SECTION_OS_WRITABLE;
    if ((rights & SECTION_RIGHT_EXECUTE) != 0)
        flags |= SECTION_OS_EXECUTABLE;
    return flags;
}

section_os_result posix_object_reader(int *out, section_os_object *object)
{
    intptr_t reader = __atomic_load_n(&object->reader, __ATOMIC_ACQUIRE);
    if (reader != SECTION_OS_NONE) {
        *out = (int)reader;
        return posix_ok();
    }
    int opened;
    section_os_result result = posix_reader_open(&opened, (int)object->handle);
    if (result.status != SECTION_OK)
        return result;
    /* Two threads may have opened one at the same time: the first one stays. */
    if (__atomic_compare_exchange_n(&object->reader, &reader, (intptr_t)opened,
                                    false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        *out = opened;
    } else {
        posix_descriptor_close(opened);
        *out = (int)reader;
    }
    return posix_ok();
}

bool section_os_object_enforces_read_only(section_os_object *object)
{
    if ((object->flags & SECTION_OS_EXEMPT) != 0)
        return false;
    if ((object->flags & SECTION_OS_WRITABLE) == 0)
        return true;
    int reader;
    /* Any other failure would fail the map too, which is enforcement. */
    return posix_object_reader(&reader, object).status != SECTION_UNSUPPORTED;
}

/* The right a descriptor was opened with, against what is asked for. */
static section_os_result check_mode(int mode, bool writes)
{
    int access = mode & O_ACCMODE;
#ifdef O_PATH
    /* Looks as if it could read. */
    if ((mode & O_PATH) != 0)
        return posix_verdict(SECTION_ACCESS, 0);
#endif
    if (access != O_RDWR && (access != O_RDONLY || writes))
        return posix_verdict(SECTION_ACCESS, 0);
    return posix_ok();
}

section_os_result section_os_object_wrap(section_os_object *out,
                                         section_os_facts *facts,
                                         section_native native,
                                         section_rights rights)
{
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    if (native < 0 || native > INT32_MAX)
        return posix_verdict(SECTION_INVALID, EBADF);
    int descriptor = (int)native;

    struct stat status;
    int mode = fcntl(descriptor, F_GETFL);
    if (mode < 0 || fstat(descriptor, &status) != 0)
        return posix_failure(errno);
    if (!posix_is_file_or_memory(&status))
        return posix_verdict(SECTION_KIND, 0);
    bool writes = (rights & SECTION_RIGHT_WRITE) != 0;
    section_os_result result = check_mode(mode, writes);
    section_kind kind = SECTION_KIND_MEMORY;
    if (result.status == SECTION_OK)
        result = posix_memory_recognize(&kind, descriptor, &status, writes);
    if (result.status != SECTION_OK)
        return result;

    facts->size = (uint64_t)status.st_size;
    facts->kind = kind;
    facts->commit = SECTION_COMMIT_NONE;
    out->handle = descriptor;
    out->flags = SECTION_OS_BORROWED | posix_object_flags(rights);
    if ((mode & O_ACCMODE) == O_RDWR)
        out->flags |= SECTION_OS_EXEMPT;
    if (facts->kind == SECTION_KIND_FILE)
        out->flags |= SECTION_OS_VIEWS_HOLD;
    return posix_ok();
}

section_os_result section_os_object_adopt(section_os_object *object)
{
    int descriptor = (int)object->handle;
    if (descriptor <= STDERR_FILENO) {
        int raised = posix_duplicate(descriptor);
        if (raised < 0)
            return posix_failure(errno);
        posix_descriptor_close(descriptor);
        object->handle = raised;
    } else if (fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) {
        return posix_failure(errno);
    }
    object->flags &= ~(uint32_t)SECTION_OS_BORROWED;
    return posix_ok();
}

/*
 * The descriptor that only reads memory, and that no other user can make more
 * of. It is opened first and kept: once the permissions are restricted, a
 * process that gives up its user could not open one any more.
 */
static section_os_result narrow_memory(int *out, section_os_object *object)
{
    section_os_result result = posix_object_reader(out, object);
    /* Who may open what has a name was said when it was made. */
    if (result.status != SECTION_OK || object->name != SECTION_OS_NONE)
        return result;
    /* Once is enough, and costs more than the rest. */
    if (__atomic_load_n(&object->guarded, __ATOMIC_RELAXED) != 0)
        return result;
    result = posix_memory_restrict((int)object->handle);
    /* What was wrapped may be another user's, and is as it is. */
    if ((object->flags & SECTION_OS_EXEMPT) != 0)
        result = posix_ok();
    if (result.status == SECTION_OK)
        __atomic_store_n(&object->guarded, 1, __ATOMIC_RELAXED);
    return result;
}

section_os_result posix_object_lend(int *out, section_os_object *object,
                                    section_rights rights)
{
    bool writable =
        (object->flags & (SECTION_OS_WRITABLE | SECTION_OS_EXEMPT)) != 0;
    *out = (int)object->handle;
    if (!writable || (rights & SECTION_RIGHT_WRITE) != 0)
        return posix_ok();
    /* The permissions of a file are not ours to change. */
    return (object->flags & SECTION_OS_VIEWS_HOLD) != 0
               ? posix_object_reader(out, object)
               : narrow_memory(out, object);
}

/* A descriptor of our own with the rights asked for. */
static section_os_result
duplicate_descriptor(int *out, section_os_object *object, section_rights rights)
{
    int lent;
    *out = -1;
    section_os_result result = posix_object_lend(&lent, object, rights);
    if (result.status != SECTION_OK)
        return result;
    *out = posix_duplicate(lent);
    return *out < 0 ? posix_failure(errno) : posix_ok();
}

bool posix_object_has_locks(const section_os_object *object)
{
    return object->name != SECTION_OS_NONE ||
           (object->flags & SECTION_OS_GROWS) != 0;
}

/*
 * Who has a descriptor, if only to read, can lock with it what this library
 * locks of names and of what grows (flock(2); fcntl(2), F_RDLCK). The lock
 * belongs to the open file description: it would outlive who took it, if that
 * was ours.
 */
section_os_result posix_object_give(int *out, section_os_object *object,
                                    section_rights rights)
{
    int lent;
    *out = -1;
    section_os_result result = posix_object_lend(&lent, object, rights);
    if (result.status != SECTION_OK)
        return result;
    if (posix_object_has_locks(object)) {
        result = (rights & SECTION_RIGHT_WRITE) != 0
                     ? posix_writer_open(out, lent)
                     : posix_reader_open(out, lent);
        if (result.status != SECTION_UNSUPPORTED)
            return result;
    }
    *out = posix_duplicate(lent);
    return *out < 0 ? posix_failure(errno) : posix_ok();
}

/* One more of what an object may have. */
static section_os_result duplicate_other(int *out, intptr_t descriptor)
{
    *out = -1;
    if (descriptor == SECTION_OS_NONE)
        return posix_ok();
    *out = posix_duplicate((int)descriptor);
    return *out < 0 ? posix_failure(errno) : posix_ok();
}

/* What a duplicate that writes needs beside its handle: its own read-only
 * descriptor, where that cannot be had later, and the directory of a file that
 * was created. */
static section_os_result duplicate_others(int *reader, int *directory,
                                          const section_os_object *object)
{
    section_os_result result = duplicate_other(
        reader, __atomic_load_n(&object->reader, __ATOMIC_ACQUIRE));
    if (result.status == SECTION_OK)
        result = duplicate_other(directory, object->directory);
    return result;
}

section_os_result section_os_object_duplicate(section_os_object *out,
                                              section_os_object *object,
                                              section_rights rights)
{
    *out = SECTION_OS_OBJECT_NONE;
    bool writes = (rights & SECTION_RIGHT_WRITE) != 0;
    const uint32_t of_rights = SECTION_OS_WRITABLE | SECTION_OS_EXECUTABLE;
    uint32_t flags = (object->flags & ~of_rights) | posix_object_flags(rights);
    if ((flags & SECTION_OS_BORROWED) != 0) {
        out->handle = object->handle;
        out->flags = flags;
        return posix_ok();
    }

    int handle, reader = -1, name = -1, directory = -1;
    section_os_result result = duplicate_descriptor(&handle, object, rights);
    if (result.status != SECTION_OK)
        return result;
    if (writes)
        result = duplicate_others(&reader, &directory, object);
    else
        flags &= ~(uint32_t)SECTION_OS_EXEMPT;
    if (result.status == SECTION_OK && object->name != SECTION_OS_NONE)
        result = posix_name_duplicate(&name, (int)object->name, writes);
    if (result.status != SECTION_OK) {
        posix_descriptor_close(handle);
        posix_descriptor_close(reader);
        posix_descriptor_close(directory);
        return result;
    }
    out->handle = handle;
    out->reader = reader;
    out->directory = directory;
    out->name = name;
    out->file = object->file;
    out->flags = flags;
    out->guarded = __atomic_load_n(&object->guarded, __ATOMIC_RELAXED);
    return posix_ok();
}

void section_os_object_close(section_os_object *object)
{
    if (object->file != SECTION_OS_NONE)
        posix_name_discard(object);
    if ((object->flags & SECTION_OS_BORROWED) == 0) {
        posix_descriptor_close((int)object->handle);
        posix_descriptor_close((int)object->reader);
        posix_descriptor_close((int)object->directory);
    }
    *object = SECTION_OS_OBJECT_NONE;
}

void section_os_object_identify(uint64_t id[2], section_os_object *object)
{
    struct stat status;
    id[0] = id[1] = 0;
    if (fstat((int)object->handle, &status) != 0)
        return;
    /* The shared memory of macOS has no number; what keeps a name has. */
    if (status.st_ino == 0 && object->name != SECTION_OS_NONE &&
        fstat((int)object->name, &status) != 0)
        return;
    id[0] = (uint64_t)status.st_dev;
    id[1] = (uint64_t)status.st_ino;
}

/* Two objects of macOS' shared memory that no name tells apart look alike. */
section_os_result section_os_object_is_same(bool *same, section_os_object *one,
                                            section_os_object *other)
{
    struct stat status, other_status;
    *same = one->handle == other->handle;
    if (*same)
        return posix_ok();
    if (fstat((int)one->handle, &status) != 0 ||
        fstat((int)other->handle, &other_status) != 0)
        return posix_failure(errno);
    if (status.st_ino == 0 || other_status.st_ino == 0)
        return posix_verdict(SECTION_UNSUPPORTED, 0);
    *same = posix_is_same_file(&status, &other_status);
    return posix_ok();
}

section_os_result section_os_native_duplicate(section_native *out,
                                              section_os_object *object,
                                              section_rights rights)
{
    *out = SECTION_OS_NONE;
    int descriptor;
    section_os_result result = posix_object_give(&descriptor, object, rights);
    if (result.status == SECTION_OK)
        *out = descriptor;
    return result;
}
