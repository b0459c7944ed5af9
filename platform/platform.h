/* SPDX-License-Identifier: MIT */
/*
 * The seam: everything the library asks of a system.
 *
 * To bring the library to a new system, implement the functions below in a
 * folder beside this file, name the folder in CMakeLists.txt, and run the
 * conformance suite. Nothing else has to be touched.
 *
 * Who decides what
 *
 *   lib/ checks every argument of the public API, owns all arithmetic on
 *   offsets, sizes and granularity, owns rights and counting, and calls down.
 *   A back end does what it is told and never calls up. It asserts what it was
 *   promised here and does not check it again.
 *
 * Promises to the back end, for all functions
 *
 *   - Pointers are not NULL unless a parameter says so.
 *   - Sizes are 1 to SECTION_OS_SIZE_MAX, and where memory_sizes_are_rounded
 *     rounded up from there with a page more. Offsets given to
 *     section_os_view_map() are multiples of the granularity; offset + length
 *     does not overflow and is not beyond the object, or its reserve, by a page
 *     or more.
 *   - An object passed in is one that this back end made and that is not yet
 *     closed. It is not moved while a call is using it. Several threads may be
 *     inside calls with the same object, but not during
 * section_os_object_close.
 *
 * Promises of the back end, for all functions
 *
 *   - Total: every out parameter is written on every path. After an error an
 *     object is SECTION_OS_OBJECT_NONE, an address NULL, a native handle
 *     SECTION_OS_NONE, facts all zero, and nothing of the attempt is left.
 *   - The result is `{SECTION_OK, 0}`, or a status and the code the system
 *     gave. A limit on descriptors, mappings or addresses is SECTION_LIMIT; too
 *     little memory or disk to commit is SECTION_NO_SPACE; SECTION_NO_MEMORY
 *     is for the heap alone.
 *   - Interruptions by signals (EINTR) are retried and never reported.
 *   - Nothing it makes is inherited by programs the process starts, and no
 *     descriptor it keeps is 0, 1 or 2, unless it was borrowed.
 *   - No process-wide setting is changed (but handlers of faults, at the first
 *     guarded call), and no lock is held after return (but between
 *     section_os_extension_begin() and _end()), so that a fork in another
 *     thread at any time leaves the child a working library.
 */
#ifndef SECTION_PLATFORM_H
#define SECTION_PLATFORM_H

#include <section/native.h>
#include <section/section.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No handle. */
#define SECTION_OS_NONE ((intptr_t)-1)

/* The largest size ever asked for; leaves room to round up and to add a page
 * in a signed 64-bit file offset. */
#define SECTION_OS_SIZE_MAX ((uint64_t)INT64_MAX - ((uint64_t)1 << 20))

/* An outcome, with the system's own code (errno, GetLastError) or 0. */
typedef struct section_os_result {
    section_status status;
    int32_t os_error;
} section_os_result;

/* ------------------------------------------------------------------------
 * What the system is
 * ------------------------------------------------------------------------ */

typedef struct section_os_system {
    /* The published traits, complete but for struct_size. page_size is a power
     * of two, granularity a power of two and at least page_size. */
    section_system traits;
    /* The system forgets how many bytes of a page a memory object was made
     * with. lib/ then asks for whole pages and one more, and keeps the exact
     * size there. */
    bool memory_sizes_are_rounded;
} section_os_system;

/* Describe the system. Cannot fail, and is cheap: no system call where the C
 * library or a shared page knows. */
void section_os_get_system(section_os_system *out);

/* ------------------------------------------------------------------------
 * Objects: memory or a file, with what it takes to map it
 * ------------------------------------------------------------------------ */

/* What an object is beside its handles. */
enum {
    SECTION_OS_WRITABLE = 0x1,   /* `handle` can map writable views */
    SECTION_OS_BORROWED = 0x2,   /* `handle` is not ours: never duplicate or
                                    close it */
    SECTION_OS_EXEMPT = 0x4,     /* read-only views of a writable `handle` may
                                    be mapped through it (wrapped objects) */
    SECTION_OS_VIEWS_HOLD = 0x8, /* the object has to live until its last view
                                    is unmapped */
    SECTION_OS_GROWS = 0x10, /* it was made with a reserve beyond its size */
    SECTION_OS_LARGE = 0x20, /* the back end's own: views of it are to suit
                                large pages */
    SECTION_OS_EXECUTABLE = 0x40 /* `handle` can map views to run */
};

/*
 * One handle's share of an object. lib/ stores it, passes it back and reads
 * `flags`; the rest is the back end's own.
 */
typedef struct section_os_object {
    intptr_t handle;    /* maps with all rights of this object */
    intptr_t reader;    /* maps read-only views where `handle` would let them be
                           made writable; SECTION_OS_NONE until needed. Set by
                           concurrent calls: the back end uses atomics */
    intptr_t file;      /* the file itself where `handle` is not it */
    intptr_t name;      /* what keeps the name alive, where `handle` does not */
    intptr_t directory; /* where a file is that may have been created, to make
                           its entry durable */
    uint32_t flags;
    int32_t guarded; /* the back end's own, to remember what it has done with
                        the object. Set by concurrent calls, as `reader` is */
} section_os_object;

#define SECTION_OS_OBJECT_NONE                                                 \
    ((section_os_object){SECTION_OS_NONE, SECTION_OS_NONE, SECTION_OS_NONE,    \
                         SECTION_OS_NONE, SECTION_OS_NONE, 0, 0})

/* What was found out about an object when it was made. */
typedef struct section_os_facts {
    uint64_t size;         /* bytes it has now */
    section_kind kind;     /* memory or file */
    section_commit commit; /* of the bytes this call added; NONE for none */
    bool created;          /* this call created it */
    bool may_have_trailer; /* lib/ may find the exact size in the last page */
    uint64_t reserve;      /* bytes it can grow to, if more than `size`, and
                              known here; else 0 */
    section_pages pages;   /* what its pages are; 0 for those of the system */
    uint32_t granularity;  /* what offsets and addresses of its views are
                              multiples of; 0 for that of the system */
    /* Where lib/ keeps the exact size of memory it also keeps this, made up by
     * the back end so that no two sections have the same. All zero elsewhere:
     * section_os_object_identify(). */
    uint64_t id[2];
} section_os_facts;

/* Memory to be made. */
typedef struct section_os_memory {
    uint64_t size;    /* exact where memory_sizes_are_rounded is false, else a
                         multiple of the page size */
    uint64_t reserve; /* `size`; or more, for memory that grows: the object
                         then gets SECTION_OS_GROWS, and has `size` bytes, or
                         where memory_sizes_are_rounded `reserve` bytes of which
                         the first `size` are committed */
    uint32_t flags;   /* SECTION_LAZY: do not commit. Sizes far beyond the
                         memory of the machine work. With a reserve it is of
                         the bytes that are added, too.
                         SECTION_PREFER_LARGE_PAGES: changes nothing else.
                         SECTION_LARGE_PAGES: size is a multiple of their size,
                         and equal to reserve; not lazy, not to be named */
    bool executable;  /* views of it may be run; the object then gets
                         SECTION_OS_EXECUTABLE */
} section_os_memory;

/*
 * Make zero-filled memory that has no name.
 *
 * Not lazy: commit all of it, and tell in facts->commit how firmly. First look
 * whether it can succeed, and again as the work goes on: more than what the
 * machine, the control group of the process or RLIMIT_FSIZE leave is
 * SECTION_NO_SPACE before the system kills or signals anybody.
 *
 * The memory can be mapped by every holder of the handle; where the system can
 * forbid it to shrink, it is forbidden. The object is writable. Large pages:
 * facts->pages and ->granularity say what was obtained; their views are mapped
 * and unmapped by multiples of the granularity.
 */
section_os_result section_os_memory_create(section_os_object *out,
                                           section_os_facts *facts,
                                           const section_os_memory *memory);

/*
 * Open a file that is there. Nothing of its contents is changed.
 *
 * path     UTF-8, not empty
 * rights   READ, with or without EXECUTE, and WRITE, or WRITE and EXTEND. Here
 *          and everywhere: with EXECUTE the object gets SECTION_OS_EXECUTABLE
 *
 * What is no regular file is SECTION_KIND, and is not waited for, written to
 * or woken up by the attempt. The object cannot be mapped before
 * section_os_file_bind().
 */
section_os_result section_os_file_open(section_os_object *out,
                                       section_os_facts *facts,
                                       const char *path, section_rights rights);

/*
 * Keep the directory of an object that was opened by this path, as
 * section_os_file_create() does. SECTION_ACCESS: it may not be read, or is not
 * there any more. After an error the object is as before.
 */
section_os_result section_os_file_keep_directory(section_os_object *object,
                                                 const char *path);

/*
 * Create an empty file and open it to read and write. What is there already,
 * of any kind, is SECTION_EXISTS: of two racing callers one has created it.
 * The directory is kept where section_os_entry_flush() needs it and may read
 * it.
 *
 * rights   READ and WRITE, with or without EXECUTE and EXTEND
 */
section_os_result section_os_file_create(section_os_object *out,
                                         section_os_facts *facts,
                                         const char *path,
                                         section_rights rights);

/*
 * Make an opened file mappable as a section of exactly `size` bytes.
 *
 * object     from section_os_file_open() or _create(), not bound yet
 * facts      of that call; `commit` is updated
 * reserve    `size`; or more, for a section that is the whole file (size is not
 *            less than facts->size) and whose views may span the reserve: the
 *            object then gets SECTION_OS_GROWS
 * size       larger than facts->size only if the object is writable: the file
 *            is then grown to it, and only the new bytes are committed: blocks
 *            first, size after. Bytes another writer puts there or beyond at
 *            the same time are never overwritten and never cut off, not even
 *            when this call fails. No room is SECTION_NO_SPACE
 * lazy       grow without committing
 *
 * After an error the object is as before, and so is the file; a system that
 * cannot allocate without growing may leave it larger, by zeros, if the disk
 * fills up half-way, and then says in facts->size how large it made it, as far
 * as it knows.
 */
section_os_result section_os_file_bind(section_os_object *object,
                                       section_os_facts *facts, uint64_t size,
                                       uint64_t reserve, bool lazy);

/*
 * Take back the creation of a file: remove `path` if it still names the file
 * of this object, which section_os_file_create() made, and still has the size
 * that we gave it (facts->size, mostly 0): else there are bytes in it that
 * another process has put there. The object is closed
 * by the caller after that. Cannot fail: what cannot be removed stays.
 */
void section_os_file_undo(section_os_object *object,
                          const section_os_facts *facts, const char *path);

/*
 * Use an existing native handle, borrowed: as it is, never duplicated or
 * closed, and mappable at once with the size it has.
 *
 * rights   READ, WRITE, EXECUTE, EXTEND; a handle that cannot do as much is
 *          SECTION_ACCESS, what is no handle at all SECTION_INVALID, and what
 *          is neither memory nor a regular file SECTION_KIND
 *
 * facts->size may be 0. facts->may_have_trailer says that lib/ should look for
 * the exact size.
 */
section_os_result section_os_object_wrap(section_os_object *out,
                                         section_os_facts *facts,
                                         section_native native,
                                         section_rights rights);

/*
 * Take over the native handle that a wrapped object has borrowed: from now on
 * the object closes it. It may be replaced by an equal one (a descriptor below
 * 3 has to move). After an error it is still borrowed.
 */
section_os_result section_os_object_adopt(section_os_object *object);

/*
 * Make an object with the same or fewer rights that lives by itself. A
 * borrowed object gives a borrowed one with the same handle. What is made of a
 * named object holds the name, too.
 *
 * Without WRITE nothing in the new object can write (borrowed ones excepted).
 * `object` is updated where a handle for reading is opened and kept.
 */
section_os_result section_os_object_duplicate(section_os_object *out,
                                              section_os_object *object,
                                              section_rights rights);

/*
 * Close what an object holds and make it SECTION_OS_OBJECT_NONE. Its views
 * stay mapped, and its bytes live as long as they do. A name it holds was let
 * go before (section_os_name_release); one that was begun and not published is
 * gone with the object.
 */
void section_os_object_close(section_os_object *object);

/* Whether read-only views of this object are proof against the system's own
 * calls. May open what serves such views. */
bool section_os_object_enforces_read_only(section_os_object *object);

/*
 * A native handle of the object with the given rights, the caller's own and
 * not inheritable. The object is not borrowed.
 */
section_os_result section_os_native_duplicate(section_native *out,
                                              section_os_object *object,
                                              section_rights rights);

/*
 * Tell what tells this object from all others that exist: two numbers, both 0
 * where the system has nothing that every process would be told alike.
 */
void section_os_object_identify(uint64_t id[2], section_os_object *object);

/* Whether two objects are the same one: SECTION_UNSUPPORTED if nobody can tell.
 * Asked where section_os_object_identify() has told nothing of one of them. */
section_os_result section_os_object_is_same(bool *same, section_os_object *one,
                                            section_os_object *other);

/*
 * Forbid everybody, for ever, what SECTION_SEAL_ values say. The object is
 * writable memory without a name, and not borrowed. What is forbidden already
 * stays so. WRITERS comes with GROW. SECTION_UNSUPPORTED: the system does not
 * enforce one of them, and none was done. SECTION_ACCESS: the system refuses
 * seals on this object.
 */
section_os_result section_os_object_seal(section_os_object *object,
                                         uint32_t seals);

/* What the system forbids everybody: a mask of SECTION_SEAL_ values. The object
 * is memory. */
uint32_t section_os_object_seals(section_os_object *object);

/* ------------------------------------------------------------------------
 * Growth: objects with SECTION_OS_GROWS
 * ------------------------------------------------------------------------ */

/*
 * Tell how large an object is at this moment, which others may have made larger
 * (or, a file, smaller). From then on all of that can be used through views of
 * this object. Not for memory where memory_sizes_are_rounded. Also of files
 * that do not grow, where file_shrink is SECTION_GUARD_NONE.
 */
section_os_result section_os_object_measure(uint64_t *size,
                                            section_os_object *object);

/*
 * Make an object larger. It is writable.
 *
 * from   bytes that it has. This is between section_os_extension_begin() and
 *        _end(): where those keep others out, nobody has made it larger since
 * to     bytes it shall have at least, not more than its reserve
 * lazy   do not commit
 *
 * The new bytes are zero, whatever somebody has written to them through a view
 * of the last page. A failure leaves the object as it was, as far as
 * section_os_file_bind() says that of files. Where memory_sizes_are_rounded,
 * `from` and `to` of memory are multiples of the page size, the pages between
 * them are committed whatever they were, and lib/ does the rest.
 */
section_os_result section_os_object_extend(section_os_object *object,
                                           uint64_t from, uint64_t to,
                                           bool lazy);

/* The back end's own, between begin and end. */
typedef struct section_os_extension {
    intptr_t lock;
    intptr_t state;
} section_os_extension;

/*
 * Be the only one of all threads and processes who extends this object between
 * the two calls, as far as it matters for the system: SECTION_BUSY if another
 * is. It ends with its process, however that ends. Forks of other threads may
 * wait for it.
 *
 * id   what section_get_info() tells
 */
section_os_result section_os_extension_begin(section_os_extension *out,
                                             section_os_object *object,
                                             const uint64_t id[2]);
void section_os_extension_end(const section_os_extension *extension);

/* ------------------------------------------------------------------------
 * Flushing files
 * ------------------------------------------------------------------------ */

/*
 * Flush whole pages of a view of a file.
 *
 * object   of the view, writable. ORDERED and DURABLE include what it takes to
 *          find the bytes in the file, but for the directory
 * offset   in the file, of the byte at `base`
 *
 * SECTION_UNSUPPORTED: not to this level, of this file. Any error but that,
 * SECTION_ACCESS and SECTION_LIMIT says that bytes may be lost.
 */
section_os_result section_os_view_flush(section_os_object *object, void *base,
                                        size_t length, uint64_t offset,
                                        section_flush_level level);

/* Flush a writable file: what is written to it, and what was written through
 * views that are unmapped. */
section_os_result section_os_object_flush(section_os_object *object,
                                          section_flush_level level);

/* Make the directory entry of a file durable whose directory this object, or
 * the one it is a duplicate of, keeps. SECTION_ACCESS: the directory cannot be
 * read. */
section_os_result section_os_entry_flush(section_os_object *object);

/* ------------------------------------------------------------------------
 * Names of memory
 *
 * A name lives exactly as long as some process holds an object that was
 * published or opened under it, whatever way the holder ends. Nobody sees an
 * object before it is published. Looking is not holding: whatever these
 * functions do to find out about a name neither keeps it alive nor brings it
 * back.
 *
 * None of them waits. SECTION_BUSY says that another process or thread is
 * working on the name at this moment, or was stopped or ill-meaning while it
 * did: lib/ decides how long to try again. (A fork in another thread is waited
 * for, which takes as long as a fork.)
 * ------------------------------------------------------------------------ */

/* A name and where it is. lib/ has checked it: UTF-8, 1 to SECTION_NAME_MAX
 * bytes, no '/', no '\', no control characters. */
typedef struct section_os_name {
    const char *text;
    section_scope scope;
    section_permit permit; /* of what is created */
} section_os_name;

/*
 * Make zero-filled memory, as section_os_memory_create(), that is to be
 * published under a name. Until then it can be mapped, by nobody else; views of
 * it are unmapped before it is published.
 *
 * A system that has to take the name now says SECTION_EXISTS if it is held, and
 * SECTION_BUSY if another is between this call and publishing. SECTION_ACCESS:
 * the name, or the place of names, is taken by something that is not trusted.
 * SECTION_UNSUPPORTED: no names of this scope here, or a format that is not
 * this version's. Permissions are exact, whatever the process has set as its
 * default.
 */
section_os_result section_os_name_create(section_os_object *out,
                                         section_os_facts *facts,
                                         const section_os_name *name,
                                         const section_os_memory *memory);

/*
 * Publish what section_os_name_create() made: from now on it can be opened, and
 * this object holds the name. SECTION_EXISTS: another one is held. After an
 * error the object is as before, and publishing can be tried again.
 */
section_os_result section_os_name_publish(section_os_object *object,
                                          const section_os_name *name);

/*
 * Open what is held under a name: from now on this object holds it, too.
 *
 * rights   as for section_os_file_open(). EXECUTE of what was not made with it
 *          is SECTION_ACCESS
 *
 * SECTION_NOT_FOUND: nobody holds it, or it is not published yet.
 * SECTION_ACCESS: this user may not, or what is there is not trusted: not a
 * section's, or in the user's scope not this user's.
 */
section_os_result section_os_name_open(section_os_object *out,
                                       section_os_facts *facts,
                                       const section_os_name *name,
                                       section_rights rights);

/*
 * Let go of the name that an object holds; if it was the last, the name is free
 * when this returns, and the memory is given back with the last view. The
 * object is closed next. Cannot fail.
 */
void section_os_name_release(section_os_object *object,
                             const section_os_name *name);

/* Whether the name that an object holds does not lead to it any more, because
 * somebody has taken it away from outside. */
bool section_os_name_is_lost(section_os_object *object,
                             const section_os_name *name);

/* A walk through the names of a scope. The back end's own. */
typedef struct section_os_names section_os_names;

/* Begin a walk; *out is NULL after an error. A scope that has nothing yet is
 * walked through at once. */
section_os_result section_os_names_begin(section_os_names **out,
                                         section_scope scope);

/*
 * The next name that is held, in *entry (all but struct_size and scope):
 * SECTION_NOT_FOUND when there is none left. entry->name lives until the next
 * call. What has no size or owner that can be told without holding it has
 * SECTION_UNKNOWN.
 */
section_os_result section_os_names_next(section_os_names *names,
                                        section_entry *entry);

/* End a walk. */
void section_os_names_end(section_os_names *names);

/* Give back the memory of what nobody holds any more; *swept counts, also what
 * was given back before an error. Does not create a place for names where there
 * is none. */
section_os_result section_os_names_sweep(uint64_t *swept, section_scope scope);

/* ------------------------------------------------------------------------
 * Handing over
 *
 * An object is handed to another process as its *parts*: what the system calls
 * its handles. lib/ says in its own bytes what they make up, and compares what
 * arrives with that.
 * ------------------------------------------------------------------------ */

/* The parts, in the order of their numbers. Which ones an object has is the
 * back end's own; the ticket is lib/'s. */
enum {
    SECTION_OS_PART_HANDLE = 0,
    SECTION_OS_PART_READER = 1,
    SECTION_OS_PART_FILE = 2,
    SECTION_OS_PART_NAME = 3,
    SECTION_OS_PART_TICKET = 4, /* memory of one page, `handle` of its object */
    SECTION_OS_PARTS = 5
};

typedef struct section_os_parts {
    intptr_t part[SECTION_OS_PARTS]; /* SECTION_OS_NONE for none */
    uint32_t ours; /* those to be closed with this: 1 << number */
} section_os_parts;

#define SECTION_OS_PARTS_NONE                                                  \
    ((section_os_parts){{SECTION_OS_NONE, SECTION_OS_NONE, SECTION_OS_NONE,    \
                         SECTION_OS_NONE, SECTION_OS_NONE},                    \
                        0})

/* Have a part that is ours, or none. */
static inline void section_os_parts_keep(section_os_parts *parts, int which,
                                         intptr_t part)
{
    parts->part[which] = part;
    if (part != SECTION_OS_NONE)
        parts->ours |= (uint32_t)1 << which;
}

/*
 * Gather the parts of an object that another process needs to have it with
 * these rights, which the object has: some are the object's own. What the other
 * process can do with them does not change what this one has: a name has a
 * description of its own there.
 *
 * Without WRITE nothing in them can write. `object` is updated where a handle
 * for reading is opened and kept. The object is not borrowed.
 */
section_os_result section_os_parts_gather(section_os_parts *out,
                                          section_os_object *object,
                                          section_rights rights);

/* Close those that are ours and make it SECTION_OS_PARTS_NONE. */
void section_os_parts_close(section_os_parts *parts);

/* What is said of parts that came from another process. */
typedef struct section_os_claim {
    section_kind kind;
    section_rights rights; /* complete */
    section_pages pages;
    bool grows;
    uint64_t reserve;
    section_os_name name; /* `text` NULL for none */
} section_os_claim;

/*
 * Make an object of parts that came from another process, who may lie.
 *
 * All of them have to be of one object, of the kind and with pages that are
 * said, and to have exactly what the rights need, not less and not more:
 * SECTION_UNTRUSTED. The object has its name from now on, if one is said. The
 * parts are used up, whatever comes of it; the ticket, if there is one, is
 * neither looked at nor closed.
 *
 * Of facts, `size`, `kind`, `pages`, `granularity`, may_have_trailer and, where
 * the system tells it, `id` are what was found, and `reserve` where the system
 * knows that.
 */
section_os_result section_os_object_accept(section_os_object *out,
                                           section_os_facts *facts,
                                           section_os_parts *parts,
                                           const section_os_claim *claim);

/*
 * Send bytes and parts over a channel of the application.
 *
 * length    1 to SECTION_OS_MESSAGE_MAX, the same on both sides
 * timeout   milliseconds for all of it
 *
 * SECTION_KIND: not a channel that parts can go over. SECTION_GONE: closed.
 * SECTION_BUSY: not in time. Never raises a signal.
 */
#define SECTION_OS_MESSAGE_MAX 512
section_os_result section_os_channel_send(section_native channel,
                                          const void *bytes, size_t length,
                                          const section_os_parts *parts,
                                          uint32_t timeout);

/*
 * Receive what that sent: *parts are ours, close-on-exec or its like from the
 * start, and no ticket is among them. More or fewer parts than were sent, bytes
 * that no section_os_channel_send() has sent, and what else the other side did
 * that it must not, is SECTION_UNTRUSTED. Not more bytes are taken from the
 * channel than were sent.
 */
section_os_result section_os_channel_receive(section_native channel,
                                             void *bytes, size_t length,
                                             section_os_parts *parts,
                                             uint32_t timeout);

/* A process: its number, and when it was started, in the system's own units.
 * No two processes have both alike, as far as those units tell. */
typedef struct section_os_process {
    uint64_t id;
    uint64_t born;
} section_os_process;

/* The number of this process. */
uint64_t section_os_process_id(void);

/* Tell of a process; of this one if id is 0. SECTION_NOT_FOUND: there is none.
 * SECTION_UNSUPPORTED: this system does not tell. */
section_os_result section_os_process_tell(section_os_process *out, uint64_t id);

/*
 * Offer parts: to a process; or, if `to` is NULL, to programs that this process
 * will start, which inherit them if the application has it so.
 *
 * kept      what this process holds until the offer is withdrawn, all of it
 *           ours
 * numbers   what the receiver has to know of each part
 * parts     with a ticket. Those that are ours may be taken over
 *
 * SECTION_ACCESS: this process may not open that one.
 */
section_os_result section_os_parts_offer(section_os_parts *kept,
                                         uint64_t numbers[SECTION_OS_PARTS],
                                         section_os_parts *parts,
                                         const section_os_process *to);

/* End an offer of this process. `taken`: the receiver has taken it and looks
 * after what it was given. Closes what is kept. */
void section_os_parts_withdraw(section_os_parts *kept,
                               const uint64_t numbers[SECTION_OS_PARTS],
                               const section_os_process *to, bool taken);

/* Where the parts of an offer are: the back end's own, and whether who has
 * offered them has ended, and they are still there. */
typedef struct section_os_source {
    intptr_t process;
    intptr_t state;
    bool ended;
} section_os_source;

/*
 * Get at what was offered to this process by another, or, if `from` is NULL, at
 * what this one has inherited. SECTION_GONE: there is no such process any more,
 * and with it what it offered. SECTION_ACCESS: the system forbids it.
 */
section_os_result section_os_source_open(section_os_source *out,
                                         const section_os_process *from);
void section_os_source_close(section_os_source *source);

/*
 * Get one part of an offer: *part is ours, close-on-exec or its like.
 * SECTION_GONE: there is nothing under this number. SECTION_ACCESS: the system
 * forbids it.
 *
 * expected   for a ticket, what section_os_object_identify() told of it (both
 *            0 where it tells nothing). What is something else is
 *            SECTION_GONE, and what is in this process and no ticket is not
 *            touched. NULL for the other parts, whose numbers the ticket
 *            vouches for
 */
section_os_result section_os_part_fetch(intptr_t *part,
                                        const section_os_source *source,
                                        uint64_t number,
                                        const uint64_t expected[2]);

/* After the offer was taken: close what was in this process under these
 * numbers, if anything was. SECTION_OS_NONE cast to uint64_t stands for no
 * part. */
void section_os_parts_settle(const uint64_t numbers[SECTION_OS_PARTS],
                             const section_os_process *from);

/* section_offer_pass(): let a program that is about to be started inherit the
 * parts that section_os_parts_offer() has kept for that. `handles` live as long
 * as the offer. */
section_os_result section_os_parts_pass(void *how, const intptr_t *handles,
                                        size_t count);

/* Bytes that nobody can guess. */
section_os_result section_os_random(void *bytes, size_t length);

/* ------------------------------------------------------------------------
 * Views
 * ------------------------------------------------------------------------ */

/*
 * Map bytes of an object.
 *
 * object     updated where a handle for read-only views is opened and kept
 * offset     multiple of the granularity
 * length     1 or more; the system may map up to the end of the last page
 * access     READ, READ_WRITE (the object is writable) or COPY, or these to
 *            execute (the object is executable); SECTION_ACCESS if the system
 *            lets nobody run its bytes. Of an object
 *            with SECTION_OS_GROWS the view may reach beyond the present size,
 *            and shows the bytes there as soon as they are
 * address    NULL for anywhere, or a multiple of the granularity: exactly
 *            there, replacing nothing, or SECTION_ADDRESS
 *
 * A READ view, or one to execute and read, of an object that is not exempt
 * cannot be made writable by any system call. A failure for want of mappings or
 * of address space is SECTION_LIMIT, for want of memory that copies are charged
 * to SECTION_NO_SPACE. No heap is used.
 */
section_os_result section_os_view_map(void **out, section_os_object *object,
                                      uint64_t offset, size_t length,
                                      section_access access, void *address);

/*
 * Unmap what section_os_view_map() returned, all of it. If the system refuses
 * (SECTION_LIMIT), everything is as before. A system whose
 * memory_sizes_are_rounded never refuses.
 */
section_os_result section_os_view_unmap(void *base, size_t length);

/*
 * Set the access of whole pages inside one view.
 *
 * base, length   multiples of the page size, inside the view's pages
 * mapped         what the view was mapped with
 * access         NONE, or a part of `mapped`: READ, `mapped` itself, or that
 *                without writing or without executing
 *
 * After an error (SECTION_LIMIT) a part of the range may have the new access.
 */
section_os_result section_os_view_protect(void *base, size_t length,
                                          section_access mapped,
                                          section_access access);

/*
 * What follows is told of whole pages inside one view. SECTION_UNSUPPORTED is
 * an answer to all of it; lib/ does without where it can.
 */

/*
 * Get pages ready: START does not wait; READ and WRITE leave no page that a
 * first access would have to fault for. Large ranges may be divided among
 * threads, which end before the return and take no signals. SECTION_FAULT: some
 * bytes cannot be had.
 */
section_os_result section_os_view_prefetch(void *base, size_t length,
                                           section_prefetch how);

/* Keep pages in memory, all or none; let them go, locked or not. */
section_os_result section_os_view_lock(void *base, size_t length);
section_os_result section_os_view_unlock(void *base, size_t length);

/* Say how pages are going to be used. */
section_os_result section_os_view_advise(void *base, size_t length,
                                         section_advice advice);

/* Make pages of a READ_WRITE view zero in the object, and give back what they
 * take. SECTION_UNSUPPORTED: this object cannot have holes. */
section_os_result section_os_view_discard(void *base, size_t length);

/* ------------------------------------------------------------------------
 * Guards
 *
 * A fault inside the watched addresses is the library's. Any other one reaches
 * the application as if the library were not there, also while a guard is set.
 * The first call in a process sets handlers where the system has them. No heap
 * is used but for what a thread needs once, and none when faults are met.
 * ------------------------------------------------------------------------ */

/* Addresses to watch. */
typedef struct section_os_watch {
    const void *base;
    size_t length;
} section_os_watch;

/*
 * Copy bytes. SECTION_FAULT: an access to one of the `watched` bytes from
 * `base` on faulted, the one at *fault, and some of the bytes may be copied.
 * The ranges do not overlap. This is the hot path: it gets all it needs in
 * registers, and writes *fault with SECTION_FAULT alone.
 */
section_os_result section_os_guarded_copy(const void **fault, void *to,
                                          const void *from, size_t length,
                                          const void *base, size_t watched);

/*
 * Call function(context), whose answer is in *answer. SECTION_FAULT: the call
 * was given up at an access to the watched address *fault; *answer is 0 then.
 * *fault is NULL otherwise. Calls may be nested: the innermost one that watches
 * the address is given up, with all that are inside it.
 */
section_os_result section_os_guarded_call(section_guarded function,
                                          void *context,
                                          const section_os_watch *watch,
                                          section_status *answer,
                                          const void **fault);

/* section_guard_try(). */
int32_t section_os_guard_try(int32_t signal, void *information, void *context);

/* ------------------------------------------------------------------------
 * Small things
 * ------------------------------------------------------------------------ */

/* Heap memory, zeroed; NULL if there is none. */
void *section_os_allocate(size_t size);

/* Give heap memory back. */
void section_os_free(void *memory);

/* Milliseconds of a clock that is never set. */
uint64_t section_os_milliseconds(void);

/* Let others run: for this many microseconds, or 0 for as long as they want.
 * May return early. */
void section_os_pause(uint32_t microseconds);

/* A count that threads change at the same time. */
typedef int32_t section_os_count;

/* Add `change` and return the new value. Everything a thread did before its
 * call is seen by the thread whose later call returns the new value. */
int32_t section_os_count_add(section_os_count *count, int32_t change);

/* A number in memory that processes or threads share, changed by whoever makes
 * it larger. At an address that is a multiple of 8. Reads it; or raises it to
 * at least `value`, and everything written before that is seen by who reads the
 * number. */
uint64_t section_os_shared_read(const uint64_t *shared);
void section_os_shared_raise(uint64_t *shared, uint64_t value);

/* The code of the last failure in this thread, 0 at first. */
void section_os_set_last_error(int32_t os_error);
int32_t section_os_get_last_error(void);

#endif
