/* SPDX-License-Identifier: MIT */
/*
 * What the files of the POSIX back end share. A POSIX system is put together
 * from one file of each kind; CMake chooses:
 *
 *   memory     posix_memory_memfd.c | posix_memory_shm.c
 *   reader     posix_reader_proc.c  | posix_reader_early.c
 *   allocate   posix_allocate_{linux,posix,apple,none}.c
 *   available  posix_available_{linux,sysconf}.c
 *   growth     posix_growth_{linux,posix}.c
 *   flush      posix_flush_{linux,posix,apple}.c
 *   names      posix_name_inode.c | posix_name_record.c with posix_record.c
 *   copy       posix_copy_gnu.c | posix_copy_portable.c
 *   unload     posix_unload_elf.c | posix_unload_none.c
 *   populate   posix_populate_linux.c with posix_crew_linux.c |
 *              posix_populate_none.c
 *   large      posix_large_{linux,none}.c
 *   seal       posix_seal_{linux,none}.c
 *   offers     posix_offers_{linux,none}.c
 */
#ifndef SECTION_POSIX_INTERNAL_H
#define SECTION_POSIX_INTERNAL_H

#include "platform.h"
#include "posix_names.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>

/* 32-bit systems: build with _FILE_OFFSET_BITS=64, or files beyond 2 GiB would
 * be cut silently. */
_Static_assert(sizeof(off_t) == 8, "off_t has to have 64 bits");

/* What the chosen files can do, for the traits. Each is defined in its file. */
extern const section_guard_strength posix_memory_shrink;
extern const section_copy posix_memory_copy;
extern const section_support posix_memory_growth;
extern const section_commit posix_memory_commit;
extern const section_commit posix_file_commit;
extern const section_durability posix_flush_durable;
extern const section_support posix_flush_order;
extern const section_discard posix_discard;
extern const section_support posix_advice;
extern const section_guard_strength posix_seal_growth;
extern const section_guard_strength posix_seal_writers;
extern const section_support posix_offers;

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

/* The same for what may be created, relative to a directory or AT_FDCWD, and
 * possibly below 3: whoever created something has to take it back if
 * posix_raise() fails. */
int posix_open_low(int directory, const char *path, int flags, mode_t mode);

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

/* Whether it is a regular file, or memory. */
bool posix_is_file_or_memory(const struct stat *status);

/* --- posix_object.c --- */

/* SECTION_OS_WRITABLE and SECTION_OS_EXECUTABLE, as the rights say. */
uint32_t posix_object_flags(section_rights rights);

/* A descriptor of the object's own with these rights, which nobody else can
 * make more of; opened at first need and then kept. */
section_os_result posix_object_lend(int *out, section_os_object *object,
                                    section_rights rights);

/* Whether locks on the object mean something to this library. */
bool posix_object_has_locks(const section_os_object *object);

/* A descriptor with these rights for somebody else, who can neither keep locks
 * of the object beyond its end nor drop those of this process, where a
 * description of its own can be had. */
section_os_result posix_object_give(int *out, section_os_object *object,
                                    section_rights rights);

/* The object's read-only descriptor, opened at first need and then kept. */
section_os_result posix_object_reader(int *out, section_os_object *object);

/* --- posix_memory.c --- */

/* The flags of a fresh object that has all rights. */
uint32_t posix_memory_flags(const section_os_memory *memory);

/* Give a fresh memory object of our own its size, and tell of it what is to be
 * told; nothing after a failure, when the caller closes the object. */
section_os_result posix_memory_give_size(int descriptor,
                                         section_os_facts *facts,
                                         const section_os_memory *memory);

/* --- posix_memory_memfd.c, for the files that go with it --- */

/* A fresh memfd that can be sealed, with more flags of memfd_create(). */
section_os_result posix_memfd_open(int *handle, unsigned more);

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

/* Whether a descriptor that came from somebody else can be the memory that is
 * claimed: told without asking a file system that may be the sender's. */
bool posix_memory_can_be(int descriptor, const section_os_claim *claim);

/* Whether it is what is claimed of it, a section of memory or of a file;
 * facts->pages and ->granularity are set. */
section_os_result posix_memory_check(section_os_facts *facts, int descriptor,
                                     const struct stat *status,
                                     const section_os_claim *claim);

/* --- posix_reader_*.c: a descriptor through which nothing can be written ---
 */

/* Get one for a writable descriptor that is mapped already.
 * SECTION_UNSUPPORTED where the system cannot do that afterwards. */
section_os_result posix_reader_open(int *out, int descriptor);

/* The same, but one that can write: another description of a file, for a lock
 * of its own. */
section_os_result posix_writer_open(int *out, int descriptor);

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

/*
 * Wait until what makes a file larger at this moment has done so. ext4 moves
 * the end first and clears what was behind it after that (Linux 6.13 to 6.18 at
 * least, in fallocate(2) and write(2)): who writes to new bytes as soon as
 * fstat(2) tells of them can lose them. It has the file's lock all that time,
 * which SEEK_DATA takes as well. The position of the descriptor is lost.
 */
void posix_await_growth(int descriptor);

/* Allocate what is not in an object yet: it keeps its size. */
int posix_allocate_beyond_end(int descriptor, off_t from, off_t length);

/* Set the size of an object to `to`, unless it is larger by now: in one step,
 * so that nobody ever sees another size, whenever we are stopped or killed. */
section_os_result posix_move_end(int descriptor, uint64_t to);

/* Allocate, and let the size follow if it is smaller. */
int posix_allocate_and_extend(int descriptor, off_t from, off_t length);

/* The same by writing. What others write there meanwhile may be lost. */
int posix_write_zeros(int descriptor, off_t from, off_t length);

/* --- posix_extend.c: what the ways to grow a file share --- */

/* How much is allocated between two looks at what is left. */
#define POSIX_CHUNK_SIZE ((uint64_t)32 << 20)

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

/* Whether the blocks of a file are memory. */
bool posix_file_takes_memory(int descriptor);

/* --- posix_flush.c, posix_flush_*.c: 0 or an errno, never EINTR --- */

/* Call fsync() or its like, again when interrupted. */
int posix_flush_by(int (*flush)(int), int descriptor);

/* Whole pages of a view that is mapped through this descriptor, and of which
 * the first is at `offset`. */
int posix_flush_pages(int descriptor, void *base, size_t length, off_t offset,
                      section_flush_level level);

/* A file; the entries of a directory, to SECTION_FLUSH_DURABLE. */
int posix_flush_file(int descriptor, section_flush_level level);
int posix_flush_directory(int descriptor);

/* --- posix_populate_*.c --- */

/* Get all pages of a range of a view, to read or to write: SECTION_UNSUPPORTED
 * where the system cannot; SECTION_FAULT; SECTION_NO_SPACE. */
section_os_result posix_populate(void *base, size_t length, bool to_write);

/* --- posix_crew_linux.c --- */

/* Do one piece of a work: 0 or an errno. */
typedef int posix_piece(void *context, size_t number);

/* Do the pieces 0 to count - 1, by more than one thread where that is faster.
 * The first error in their order; pieces behind it may be done or not. */
int posix_crew_do(posix_piece *do_piece, void *context, size_t count);

/* --- posix_large_*.c --- */

/* Bytes of the pages that posix_large_create() takes, 0 for none; asked once.
 */
uint32_t posix_large_page_size(void);

/* Make memory of large pages, committed; nothing is left after an error. */
section_os_result posix_large_create(int *handle, section_os_facts *facts,
                                     uint64_t size);

/* Whether memory of this size may get some large pages. */
bool posix_mixed_is_allowed(uint64_t size);

/* posix_allocate_memory() with as many large pages as there are. */
section_os_result posix_mixed_allocate(int descriptor, uint64_t size,
                                       section_commit *commit);

/* mmap() anywhere, so that large pages of the object can be large ones. */
void *posix_mixed_map(int descriptor, off_t offset, size_t length,
                      int protection, int flags);

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

/* Who may open the memory of a name, and whether its bytes may be run. */
mode_t posix_name_mode(section_permit permit, bool executable);

/* Whether memory of that mode was made for these rights, as far as the system
 * does not say so: without the right to execute it has no such bit. */
bool posix_name_allows(const struct stat *status, section_rights rights);

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

/* section_os_name_open() within a place; only sizes are told of it. */
section_os_result posix_name_open(section_os_object *out,
                                  section_os_facts *facts,
                                  const posix_place *place, const char *entry,
                                  section_rights rights);

/* Take back what was made and is not published, where the system does not do
 * that by itself and object->file says so. */
void posix_name_discard(section_os_object *object);

/* Another descriptor that holds the name, through which nothing can be written
 * unless `writes`. */
section_os_result posix_name_duplicate(int *out, int record, bool writes);

/* A descriptor that holds the name for another process: what that does with it
 * does not end what holds it here. */
section_os_result posix_name_hand_over(int *out, int record);

/*
 * Hold a name by a descriptor that came from another process, for memory that
 * is described: object->name, and ->file if it is used, are set. The descriptor
 * is open to read. SECTION_UNTRUSTED: it is nothing that holds a name.
 */
section_os_result posix_name_accept(section_os_object *object, int record,
                                    const struct stat *memory,
                                    uint64_t reserve);

/* ------------------------------------------------------------------------
 * Handing over
 * ------------------------------------------------------------------------ */

/* --- posix_parts.c, for posix_offers_*.c --- */

/* section_os_part_fetch() of what this process has inherited. */
section_os_result posix_part_inherit(intptr_t *part, uint64_t number,
                                     const uint64_t expected[2]);

/* Whether an open descriptor is the ticket that was expected; true if none was.
 */
bool posix_part_is(int descriptor, const uint64_t expected[2]);

/* The same of a descriptor of this process: whether it can be duplicated, and
 * the duplicate closed, without harm. */
bool posix_part_may_be_touched(int descriptor, const uint64_t expected[2]);

/* ------------------------------------------------------------------------
 * Guards
 * ------------------------------------------------------------------------ */

/* --- posix_handlers.c --- */

/* Set the handlers of faults, if that was not done. */
section_os_result posix_handlers_set(void);

/* --- posix_unload_*.c --- */

/* Whether this code can go while the process goes on. */
bool posix_can_be_unloaded(void);

/* --- posix_guard.c --- */

/* Before there can be faults, and when there are none any more. */
section_os_result posix_fault_prepare(void);
void posix_fault_dispose(void);

/* Whether somebody has sent a signal that faults have, too. */
bool posix_fault_was_sent(const siginfo_t *info);

/* In a handler: whether the fault is the library's, and the thread goes on
 * somewhere else when the handler returns. May not return. */
bool posix_fault_is_taken(const siginfo_t *info, void *context);

/* --- posix_copy_*.c: section_os_guarded_copy(), and its part of a handler ---
 */

/* Whether a copy that watches the address is what was interrupted; it is left
 * when the handler returns. */
bool posix_copy_leave(const void *address, void *context);

#endif
