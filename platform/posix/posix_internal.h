/* SPDX-License-Identifier: MIT */
/*
 * What the files of the POSIX back end share. A POSIX system is put together
 * from one file of each kind; CMake chooses:
 *
 *   memory     posix_memory_memfd.c | posix_memory_shm.c
 *   reader     posix_reader_proc.c  | posix_reader_early.c
 *   allocate   posix_allocate_{linux,posix,apple,none}.c
 *   available  posix_available_{linux,sysconf}.c
 *   names      posix_name_inode.c | posix_name_record.c with posix_record.c
 */
#ifndef SECTION_POSIX_INTERNAL_H
#define SECTION_POSIX_INTERNAL_H

#include "platform.h"
#include "posix_names.h"

#include <sys/stat.h>
#include <sys/types.h>

/* 32-bit systems: build with _FILE_OFFSET_BITS=64, or files beyond 2 GiB would
 * be cut silently. */
_Static_assert(sizeof(off_t) == 8, "off_t has to have 64 bits");

/* What the chosen files can do, for the traits. Each is defined in its file. */
extern const section_guard_strength posix_memory_shrink;
extern const section_copy posix_memory_copy;
extern const section_commit posix_memory_commit;
extern const section_commit posix_file_commit;

/* --- posix_status.c --- */

section_os_result posix_ok(void);

/* The status of an errno. */
section_os_result posix_failure(int error);

/* The status of an errno from a call that maps: want of memory is a limit. */
section_os_result posix_map_failure(int error);

/* A status of the back end's own, with the errno that led to it. */
section_os_result posix_verdict(section_status status, int error);

/* --- posix_descriptor.c --- */

/* open() of what exists, retried when interrupted, never below 3: the
 * descriptor or -1. */
int posix_open(const char *path, int flags);

/* The same for what may be created, and possibly below 3: whoever created
 * something has to take it back if posix_raise() fails. */
int posix_open_low(const char *path, int flags, mode_t mode);

/* The same relative to a directory: what exists, and what is created there
 * without being seen (O_TMPFILE) or in a place that is ours alone. */
int posix_open_at(int directory, const char *path, int flags);
int posix_create_at(int directory, const char *path, int flags, mode_t mode);

/* Move a descriptor of ours to 3 or above, close-on-exec. After a failure (-1)
 * it is still where it was. */
int posix_raise(int descriptor);

/* Another descriptor of the same open file, close-on-exec; -1 on failure. */
int posix_duplicate(int descriptor);

/* Put what `descriptor` leads to in the place of `replaced`, at once; -1 on
 * failure. */
int posix_replace(int descriptor, int replaced);

/* Close and keep errno. -1 is allowed. */
void posix_descriptor_close(int descriptor);

/* Whether two descriptions are of the same file. */
bool posix_is_same_file(const struct stat *one, const struct stat *other);

/* --- posix_object.c --- */

/* The object's read-only descriptor, opened at first need and then kept. */
section_os_result posix_object_reader(int *out, section_os_object *object);

/* --- posix_memory.c --- */

/* Give a fresh memory object of our own its size, and tell of it what is to be
 * told; nothing after a failure, when the caller closes the object. */
section_os_result posix_memory_give_size(int descriptor,
                                         section_os_facts *facts, uint64_t size,
                                         bool lazy);

/* --- posix_memory_*.c: objects without a name --- */

/* A fresh, empty object, and a read-only descriptor of it where that cannot be
 * had later (else -1). */
section_os_result posix_memory_open(int *handle, int *reader);

/* Forbid it to shrink, where that can be forbidden. */
section_os_result posix_memory_seal(int handle);

/* Before a descriptor that only reads is given to anybody: let no other user
 * open the object anew to write. */
section_os_result posix_memory_restrict(int handle);

/* What a descriptor of somebody else's object is: memory or a file. Refuses
 * what cannot be a section, and to write where no view can. */
section_os_result posix_memory_recognize(section_kind *kind, int descriptor,
                                         const struct stat *status,
                                         bool writes);

/* --- posix_reader_*.c: a descriptor through which nothing can be written ---
 */

/* Get one for a writable descriptor that is mapped already.
 * SECTION_UNSUPPORTED where the system cannot do that afterwards. */
section_os_result posix_reader_open(int *out, int descriptor);

/* Get one while `path` still names the file, where it cannot be had later;
 * *out is -1 where it can. SECTION_BUSY: the path names another file now. */
section_os_result posix_reader_open_file(int *out, int descriptor,
                                         const char *path);

/* --- posix_allocate_*.c --- */

/*
 * Give a fresh memory object of our own its size, committed. *commit tells how
 * firmly. A failure may leave a part: the caller closes the object.
 */
section_os_result posix_allocate_memory(int descriptor, uint64_t size,
                                        section_commit *commit);

/* Grow a file from facts->size to a larger one: section_os_file_bind(). */
section_os_result posix_grow_file(int descriptor, section_os_facts *facts,
                                  uint64_t to, bool lazy);

/* --- posix_extend.c: what the ways to grow a file share --- */

/* Allocate one range: 0 or an errno, EOPNOTSUPP where it cannot be done. */
typedef int posix_allocate_one(int descriptor, off_t from, off_t length);

/*
 * Allocate from `*from` to `to`, chunk by chunk; `*from` tells how far it got.
 * `takes_memory`: look before each chunk whether the machine can hold all that
 * is still to come.
 */
section_os_result posix_allocate_chunks(int descriptor, uint64_t *from,
                                        uint64_t to, bool takes_memory,
                                        posix_allocate_one *allocate_one);

/* Give a fresh object of our own its size: ftruncate(), retried when
 * interrupted. */
section_os_result posix_set_size(int descriptor, uint64_t size);

/* Whether the bytes can possibly fit. A failure half-way may leave blocks that
 * cannot be given back without the risk of cutting off what another writer has
 * appended, so it is better not to begin. */
bool posix_disk_has_room(int descriptor, uint64_t bytes);

/*
 * Grow a file to `to` without a promise, where nothing better is there. A zero
 * byte is written at the new end, because that only extends; what another
 * process wrote at this very place between the look and the write would be
 * lost, where ftruncate() would lose all that is behind it.
 */
section_os_result posix_extend_by_writing(int descriptor, uint64_t to);

/* --- posix_allocate_linux.c, for the files that go with it --- */

/* Types of file systems (statfs(2)); <linux/magic.h> is not there with every C
 * library. */
#define POSIX_TMPFS     0x01021994UL
#define POSIX_RAMFS     0x858458f6UL
#define POSIX_HUGETLBFS 0x958458f6UL

/* The type of the file system that a descriptor is on; 0 if it does not say,
 * which is some file system that we do not know. */
unsigned long posix_filesystem_type(int descriptor);

/* --- posix_available_*.c --- */

/* Whether the machine and the control group can hold so much more memory. */
bool posix_memory_is_available(uint64_t bytes);

/* --- posix_system.c --- */

/* SECTION_OK, or SECTION_NO_SPACE for a size that RLIMIT_FSIZE forbids: going
 * beyond it would raise SIGXFSZ. */
section_os_result posix_check_size_limit(uint64_t size);

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------ */

/* Between any two steps of the protocol: the stress program may end the process
 * here. */
#ifdef SECTION_STEPS
void section__step(void);
#define POSIX_STEP() section__step()
#else
#define POSIX_STEP() ((void)0)
#endif

/* --- posix_region.c: what no fork of another thread interrupts --- */

typedef struct posix_region {
    int cancelling; /* as it was before */
} posix_region;

section_os_result posix_region_enter(posix_region *out);
void posix_region_leave(const posix_region *region);

/* --- posix_namespace.c: where the names of a scope are --- */

/* A directory of names, within a region. */
typedef struct posix_place {
    int directory;
    section_scope scope;
    uid_t user;   /* the effective user */
    dev_t device; /* of the directory, and of what is in it */
    posix_region region;
} posix_place;

/*
 * Enter the place of a scope, and a region. `make`: make the user's if it is
 * not there. SECTION_NOT_FOUND: the user has none yet. After an error nothing
 * is entered.
 */
section_os_result posix_place_enter(posix_place *out, section_scope scope,
                                    bool make);
void posix_place_leave(const posix_place *place);

/*
 * Enter the place that was known last, without asking whether it still is what
 * it was: false if there is none of this user. For calls that do no harm
 * elsewhere, and that find out from what they got.
 */
bool posix_place_enter_known(posix_place *out, section_scope scope);

/* --- posix_names_shared.c --- */

/* Every name has an entry in the directory: this character and the name. */
#define POSIX_ENTRY_FIRST '='
#define POSIX_ENTRY_SIZE  (SECTION_NAME_MAX + 2)

void posix_name_entry(char entry[POSIX_ENTRY_SIZE], const char *text);

/* A publication that finds the dead removes them and tries again. */
#define POSIX_PUBLISH_ATTEMPTS 16

/* Who may open the memory of a name. */
mode_t posix_name_mode(section_permit permit);

/* What is worth telling of an entry that could not be looked at: nothing, if it
 * is gone or is none of ours. */
section_os_result posix_look_failure(section_os_result result);

/* posix_name_reap() where nobody can be told. */
void posix_name_reap_quietly(const posix_place *place, const char *entry);

/* A creation looks for the dead, now and then. */
void posix_name_sweep_sometimes(const posix_place *place);

/* --- posix_name_*.c: what an entry is --- */

/* Names the format of all that is in a directory of names. */
extern const char posix_name_format[];

/* A variable of the environment, if the environment can be trusted. */
const char *posix_environment(const char *variable);

/* Whether names can be in this directory. `chosen`: the user said so. */
section_os_result posix_name_check_place(int directory, bool chosen);

/* Whether an entry can be something that this file makes: a name, or what is
 * not published yet. */
bool posix_name_is_entry(const char *entry);

/* Whether a name is held; then *found has its size and owner. An error is one
 * that keeps us from looking; what is no name is not held. */
section_os_result posix_name_look(bool *held, section_entry *found,
                                  const posix_place *place, const char *entry);

/* Remove an entry that nobody holds: *by_us if this call did it. Never waits.
 * Errors as above. */
section_os_result posix_name_reap(bool *by_us, const posix_place *place,
                                  const char *entry);

/* Look at a few entries for the dead, and remove those: the entries after the
 * ones that were looked at last. */
void posix_name_sweep_a_little(const posix_place *place);

/* section_os_name_open() within a place; only `size` is told of it. */
section_os_result posix_name_open(section_os_object *out, uint64_t *size,
                                  const posix_place *place, const char *entry,
                                  bool writes);

/* Take back what was made and is not published, where the system does not do
 * that by itself and object->file says so. */
void posix_name_discard(section_os_object *object);

/* Another descriptor that holds the name, through which nothing can be written
 * unless `writes`. */
section_os_result posix_name_duplicate(int *out, int record, bool writes);

#endif
