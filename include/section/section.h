/* SPDX-License-Identifier: MIT */
/**
 * @file section.h
 * Section objects and views: memory that processes share.
 *
 * A *section* is memory that processes can share: nameless, named, or the
 * contents of a file. A *view* is the part of a section that a process has
 * mapped. The same calls behave the same on Windows and on POSIX systems; where
 * a system cannot, section_get_system() says so before the program finds out.
 *
 * Rules that hold for every function here:
 *
 * - Out parameters come first. After an error they are as if nothing had
 *   happened: a `section *` is NULL, a view is all zero.
 * - No section is `NULL`; no view is a zeroed ::section_view.
 * - Sizes and offsets of sections are `uint64_t` bytes, lengths of views are
 *   `size_t` bytes.
 * - A failure leaves nothing behind. The code the system gave is in
 *   section_last_os_error(). Beside the statuses listed, every function that
 *   asks the system can give SECTION_SYSTEM for what nobody foresaw.
 * - The library changes no locale, umask or working directory, and never keeps
 *   descriptors 0, 1 and 2. No thread of its own outlives a call
 *   (section_view_prefetch() and large pages have work for some), and no signal
 *   is touched before the first guarded call (section_guard(), and what says
 *   that it stands on it). A fork in one thread while others are inside the
 *   library leaves parent and child a working library. Not to be called from
 *   signal handlers, but for section_guard_try().
 */
#ifndef SECTION_SECTION_H
#define SECTION_SECTION_H

#include <stddef.h>
#include <stdint.h>

/** Major version: changes when a program has to change. Before 1.0 the minor
 *  version does. */
#define SECTION_VERSION_MAJOR 0
/** Minor version: changes when something is added. */
#define SECTION_VERSION_MINOR 1
/** Patch version. */
#define SECTION_VERSION_PATCH 0
/** The version of this header as text. */
#define SECTION_VERSION_STRING "0.1.0"

/** Marks what the shared library exports. Defined by the build: define
 *  SECTION_SHARED when using the DLL on Windows (the CMake target and the
 *  pkg-config file do it). */
#ifndef SECTION_API
#if defined(_WIN32) && defined(SECTION_SHARED)
#ifdef SECTION_BUILDING
#define SECTION_API __declspec(dllexport)
#else
#define SECTION_API __declspec(dllimport)
#endif
#elif defined(__GNUC__) && !defined(_WIN32)
#define SECTION_API __attribute__((visibility("default")))
#else
#define SECTION_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------
 * Status
 * ------------------------------------------------------------------------ */

/** The outcome of a call: one of the values of #SECTION_STATUS_TABLE. */
typedef int32_t section_status;

/**
 * Every status: `X(name, value, sentence)`. Values never change.
 *
 * A status is something a caller can act on; the system's own code for the
 * same failure is section_last_os_error().
 */
#define SECTION_STATUS_TABLE(X)                                                \
    X(OK, 0, "success")                                                        \
    X(INVALID, 1, "an argument breaks a documented rule")                      \
    X(RANGE, 2, "the bytes asked for are not all inside the object")           \
    X(EXISTS, 3, "what was to be created is there already")                    \
    X(NOT_FOUND, 4, "there is nothing of that name")                           \
    X(ACCESS, 5, "the right to do this is missing")                            \
    X(NO_SPACE, 6, "too little memory or disk space to commit the bytes")      \
    X(NO_MEMORY, 7, "the process has no heap memory left")                     \
    X(LIMIT, 8, "a limit on descriptors, mappings or addresses is reached")    \
    X(ADDRESS, 9, "the address asked for cannot be had")                       \
    X(BUSY, 10, "another user of the object stands in the way for now")        \
    X(KIND, 11, "the object is of a kind that cannot be a section")            \
    X(EMPTY, 12, "the file has no bytes and no size was asked for")            \
    X(IO, 13, "the device or the file system failed")                          \
    X(UNSUPPORTED, 14, "this system cannot do it")                             \
    X(SYSTEM, 15, "the system refused for a reason of its own")                \
    X(FAULT, 16, "bytes of the view could not be read or written")             \
    X(UNTRUSTED, 17, "what another process gave is not what it says")          \
    X(GONE, 18, "the other process, or what it offered, is not there any more")

/** The statuses as constants: SECTION_OK, SECTION_INVALID, ... */
enum {
/** @cond */
#define SECTION_STATUS_CONSTANT_(name, value, sentence)                        \
    SECTION_##name = (value),
    SECTION_STATUS_TABLE(SECTION_STATUS_CONSTANT_)
#undef SECTION_STATUS_CONSTANT_
    /** @endcond */
    SECTION_STATUS_COUNT = 19 /**< one more than the largest status */
};

/**
 * The name of a status, such as `"SECTION_NO_SPACE"`.
 *
 * @param status any value
 * @return the name, or `"SECTION_UNKNOWN"`; never NULL
 * @par Errors none
 * @par Lifetime the string is constant and lives as long as the library
 * @par Threads any
 * @par Systems all alike
 * @since 0.1.0
 */
SECTION_API const char *section_status_name(section_status status);

/**
 * A sentence that says what a status means, in English, without a full stop.
 *
 * @param status any value
 * @return the sentence; never NULL
 * @par Errors none
 * @par Lifetime the string is constant and lives as long as the library
 * @par Threads any
 * @par Systems all alike
 * @since 0.1.0
 */
SECTION_API const char *section_status_text(section_status status);

/**
 * The system's own code for the last failure of this library in this thread.
 *
 * @return `errno` or `GetLastError()` as it was; 0 when the library itself
 *         refused (a broken rule, a missing right, a range). A call that
 *         succeeds leaves the value alone.
 * @par Errors none
 * @par Lifetime until the next failure in this thread
 * @par Threads each thread has its own value
 * @par Systems the numbers are the system's: for messages and logs, not for
 *      decisions
 * @since 0.1.0
 */
SECTION_API int32_t section_last_os_error(void);

/**
 * The version of the library that is running, such as `"0.1.0"`.
 *
 * @return the version; compare it with #SECTION_VERSION_STRING, the version
 *         of the header a program was built with
 * @par Errors none
 * @par Lifetime the string is constant and lives as long as the library
 * @par Threads any
 * @par Systems all alike
 * @since 0.1.0
 */
SECTION_API const char *section_version(void);

/* ------------------------------------------------------------------------
 * Rights of a section handle, access of a view
 * ------------------------------------------------------------------------ */

/** What a section handle may be used for: a mask of `SECTION_RIGHT_` values,
 *  never 0. Rights only ever narrow. */
typedef uint32_t section_rights;

/** The rights. Extending implies writing; writing and executing imply reading:
 *  SECTION_RIGHT_WRITE alone is taken as SECTION_RIGHT_READ |
 *  SECTION_RIGHT_WRITE. */
enum {
    SECTION_RIGHT_READ = 0x1,    /**< map views to read or to copy on write */
    SECTION_RIGHT_WRITE = 0x2,   /**< map views that write the section */
    SECTION_RIGHT_EXECUTE = 0x4, /**< map views whose bytes can be run */
    SECTION_RIGHT_EXTEND = 0x8   /**< make the section larger */
};

/**
 * What a view may do with its bytes: exactly one of the `SECTION_ACCESS_`
 * values.
 *
 * It is a choice and not a mask, and its values are no rights, so that the two
 * cannot be taken for each other: one passed as the other is SECTION_INVALID.
 */
typedef int32_t section_access;

/** The kinds of access. */
enum {
    /** No access at all; only for section_view_protect(). */
    SECTION_ACCESS_NONE = 0x100,
    /** Read. Needs SECTION_RIGHT_READ. */
    SECTION_ACCESS_READ = 0x101,
    /** Read and write the section. Needs SECTION_RIGHT_WRITE. */
    SECTION_ACCESS_READ_WRITE = 0x102,
    /** Read, and write a copy of the page that only this view has. Needs
     *  SECTION_RIGHT_READ. */
    SECTION_ACCESS_COPY = 0x103,
    /** As SECTION_ACCESS_READ, and the bytes can be run. This and those below
     *  need SECTION_RIGHT_EXECUTE too. */
    SECTION_ACCESS_EXECUTE_READ = 0x111,
    /** As SECTION_ACCESS_READ_WRITE, and the bytes can be run. */
    SECTION_ACCESS_EXECUTE_READ_WRITE = 0x112,
    /** As SECTION_ACCESS_COPY, and the bytes can be run. */
    SECTION_ACCESS_EXECUTE_COPY = 0x113
};

/* ------------------------------------------------------------------------
 * Sections
 * ------------------------------------------------------------------------ */

/** A handle to a section. Opaque, counted inside, usable from any thread. */
typedef struct section section;

/** What to do about what is or is not there: a `SECTION_` disposition. */
typedef int32_t section_disposition;

/** The dispositions. */
enum {
    SECTION_CREATE_NEW = 0,     /**< create; there already is SECTION_EXISTS */
    SECTION_OPEN_OR_CREATE = 1, /**< open what is there, else create */
    SECTION_OPEN_EXISTING = 2   /**< open; nothing there is SECTION_NOT_FOUND */
};

/** Flags of ::section_options. */
enum {
    /** Do not commit: the bytes take space only as they are touched, and a
     *  touch can fail then (`lazy_backing` in ::section_system says how). */
    SECTION_LAZY = 0x1,
    /** Prefer large pages, for speed. Never makes anything fail, and may take
     *  up to one large page more memory; what was obtained is in
     *  ::section_info. */
    SECTION_PREFER_LARGE_PAGES = 0x2,
    /** Large pages or nothing. Only for memory without a name that neither
     *  grows nor is lazy, whose size is a multiple of `large_page_size` in
     *  ::section_system. */
    SECTION_LARGE_PAGES = 0x4
};

/** The most bytes a name has, without its end. */
#define SECTION_NAME_MAX 200

/** Who shares a name: a `SECTION_SCOPE_` value. */
typedef int32_t section_scope;

/** The scopes. */
enum {
    /** The processes of one user; on Windows those of the user's login
     *  session. Others cannot read, forge, block or delete the section (but
     *  SECTION_NAMES_LOGIN: some can take its name first). */
    SECTION_SCOPE_USER = 0,
    /** All processes of the machine that the permit lets in. Needs a step of
     *  the administrator on POSIX, and a privilege to create on Windows; else
     *  SECTION_UNSUPPORTED. */
    SECTION_SCOPE_MACHINE = 1
};

/** Who may open a section of SECTION_SCOPE_MACHINE: a `SECTION_PERMIT_` value.
 */
typedef int32_t section_permit;

/** The permits. Who may open can also keep the name alive, by holding it. */
enum {
    SECTION_PERMIT_OWNER = 0,         /**< its creator's user */
    SECTION_PERMIT_GROUP = 1,         /**< and the creator's group */
    SECTION_PERMIT_EVERYONE_READ = 2, /**< the owner; everyone to read */
    SECTION_PERMIT_EVERYONE = 3       /**< everyone, to read, write, extend */
};

/** Values of `timeout` with a meaning of their own. */
enum {
    SECTION_TIMEOUT_DEFAULT = 0,     /**< ten seconds */
    SECTION_TIMEOUT_MAX = 0x7fffffff /**< some 24 days, the longest there is */
};

/**
 * Fills a new section before anybody else can see it.
 *
 * @param data the bytes of the section, zero so far, to be read and written
 * @param length all of them
 * @param context from ::section_options
 * @return SECTION_OK, or what section_create() shall return: the section is
 *         then gone, and its name never existed
 */
typedef section_status (*section_initializer)(void *data, size_t length,
                                              void *context);

/**
 * How to make a section. Start from #SECTION_OPTIONS_INIT and set what you
 * need; a program built with an older header keeps working because
 * `struct_size` tells which fields it knows.
 */
typedef struct section_options {
    /** `sizeof(section_options)`; set by #SECTION_OPTIONS_INIT. */
    uint32_t struct_size;
    /** Rights of the handle; #SECTION_OPTIONS_INIT asks for read and write. */
    section_rights rights;
    /** Bytes of the section, exact. 0 only for SECTION_OPEN_EXISTING: the size
     *  that the file or the named section has. Of a file that grows, the least
     *  it shall have. */
    uint64_t size;
    /** The file behind the section, in UTF-8; NULL for memory. Relative paths
     *  count from the working directory. */
    const char *path;
    /** SECTION_CREATE_NEW, SECTION_OPEN_OR_CREATE or SECTION_OPEN_EXISTING;
     *  memory without a name is always SECTION_CREATE_NEW. */
    section_disposition disposition;
    /** SECTION_LAZY, and SECTION_PREFER_LARGE_PAGES or SECTION_LARGE_PAGES;
     *  or 0. */
    uint32_t flags;
    /** The name of memory that others can open, in UTF-8: 1 to
     *  #SECTION_NAME_MAX bytes, none of them `/`, `\` or an ASCII control
     * character; NULL for none. Upper and lower case are different. */
    const char *name;
    /** SECTION_SCOPE_USER or SECTION_SCOPE_MACHINE; only with `name`. */
    section_scope scope;
    /** A `SECTION_PERMIT_` value; others than SECTION_PERMIT_OWNER only with
     *  SECTION_SCOPE_MACHINE. What is opened keeps the one it has. */
    section_permit permit;
    /** Milliseconds after which a name that another process is working on is
     *  given up as SECTION_BUSY, or SECTION_TIMEOUT_DEFAULT. */
    uint32_t timeout;
    /** 0. */
    uint32_t reserved;
    /** Called to fill new memory before anybody can see it, or NULL. */
    section_initializer initialize;
    /** Handed to `initialize`. */
    void *context;
    /** Bytes the section can grow to, at least `size`; 0 for a section that
     *  does not grow. section_extend() takes a handle with
     *  SECTION_RIGHT_EXTEND, which #SECTION_OPTIONS_INIT does not ask for. */
    uint64_t reserve;
} section_options;

/** Initializes a ::section_options: memory, read and write, size not set. */
#define SECTION_OPTIONS_INIT                                                   \
    {                                                                          \
        sizeof(section_options), SECTION_RIGHT_READ | SECTION_RIGHT_WRITE, 0,  \
            NULL, SECTION_CREATE_NEW, 0, NULL, SECTION_SCOPE_USER,             \
            SECTION_PERMIT_OWNER, SECTION_TIMEOUT_DEFAULT, 0, NULL, NULL, 0    \
    }

/**
 * Make a section: memory, without or with a name, or the contents of a file.
 *
 * A new section is zero-filled, exactly `size` bytes, and committed: whoever
 * maps it can touch it to its last byte. Too little memory or disk space is
 * SECTION_NO_SPACE here, with nothing left behind, instead of a fault later.
 *
 * With `path`, the section is the file. A `size` larger than the file grows
 * it, if write rights were asked for; only the new bytes are committed, holes
 * the file had stay holes. A smaller `size` makes the section the first `size`
 * bytes; a file is never shrunk. A disposition that can create needs a size
 * and write rights, and creates the file with the permissions any new file of
 * the process gets. A file this call created is removed again if the call
 * fails, unless somebody has put bytes into it by then.
 *
 * With `name`, others can open the memory by that name as long as somebody
 * holds it: the name ends with the last handle, closed or ended with its
 * process in whatever way, and what is created under it after that is new and
 * zero. Views do not keep a name, and its end does not disturb them. A forked
 * child holds what its parent held until it exits or starts another program;
 * so does, for the moment until it runs, a program that is being started.
 * The section can be seen only when it is complete: sized, committed and
 * filled by `initialize`. Of several who create at once, each may run its
 * `initialize`; one wins, and the others get SECTION_EXISTS, or with
 * SECTION_OPEN_OR_CREATE open the section of the winner, with its size
 * (SECTION_INFO_CREATED tells who created).
 *
 * What is to be run is made with SECTION_RIGHT_EXECUTE in `rights`: no handle
 * gets that right later, and who opens a name to run it that was made without
 * is SECTION_ACCESS. Code is best written through one view and run through
 * another.
 *
 * With `reserve` larger than `size`, section_extend() can make the section
 * larger, up to the reserve, and no view moves when that happens: a view may
 * span bytes that are not there yet, and can be used as far as the section has
 * grown. Touching a page beyond is a fault (section_guard()); what is written
 * behind the end in its last page is lost. A file that grows is the section as
 * a whole: its size is the file's, at least `size` and at most `reserve`. Who
 * opens a named section that grows has its reserve.
 *
 * @param[out] out the section, or NULL after an error
 * @param options what to make; copied, not kept. Sizes: 1 to 2^63 - 2^20 - 1
 *        bytes
 * @return SECTION_OK or the error
 * @par Errors
 * SECTION_INVALID: NULL, an unknown flag, right or disposition, a field this
 * version does not know, no size where one is needed, an empty path, rights
 * without write for something that may be created as a file, a reserve smaller
 * than the size, SECTION_LARGE_PAGES for what they are not for.
 * SECTION_NO_SPACE: more than the memory of the machine or of its control
 * group, a full disk, a quota, a file size limit of the process (RLIMIT_FSIZE:
 * checked before the system sends SIGXFSZ).
 * For files also SECTION_EXISTS, SECTION_NOT_FOUND, SECTION_ACCESS,
 * SECTION_KIND (a directory, pipe or device), SECTION_EMPTY, SECTION_RANGE
 * (larger than the file, and no right to grow it), SECTION_BUSY, SECTION_IO.
 * SECTION_LIMIT: no descriptors left. SECTION_NO_MEMORY: no heap left.
 * SECTION_UNSUPPORTED: memory without the right to write, where it cannot be
 * opened for reading (Linux without /proc); what the system cannot name.
 * For names SECTION_INVALID too: not UTF-8, too long, with a path; a scope,
 * permit or timeout without a name; what is about a new section (size, reserve,
 * flags, permit, `initialize`) with SECTION_OPEN_EXISTING; SECTION_EXISTS;
 * SECTION_NOT_FOUND; SECTION_ACCESS: the permit keeps this user out, or what
 * has the name, or holds the place of names, is not a section's or not this
 * user's; SECTION_BUSY: another process was working on the name, or was
 * stopped while it did, for as long as `timeout`; SECTION_UNSUPPORTED: the
 * machine's scope is not set up, the format of what is there is unknown, or
 * SECTION_LAZY where `lazy_names` says so. Also whatever `initialize` returned;
 * SECTION_LIMIT: too large to be mapped whole for `initialize`; SECTION_IO.
 * @par Lifetime close it with section_close(); views stay valid after that.
 *      The options, and the name in them, are copied
 * @par Threads any. `initialize` runs in the calling thread, with nothing
 *      locked
 * @par Systems
 * Windows names the object `Local\section.` or `Global\section.` and the name:
 * a foreign program finds the data there from byte 0. On POSIX names are files
 * in a directory of the user (docs/security.md); the memory of sections whose
 * holders were all killed is given back by later calls (`dead_names`).
 * Where the file system cannot allocate ahead, growing is not committed and
 * section_get_info() says so. What cannot grow here (`memory_growth`,
 * `file_growth`) is SECTION_UNSUPPORTED with a reserve larger than `size`, and
 * so are on Windows SECTION_LAZY memory that grows, and a file that grows and
 * is opened to read alone. Large pages that are not there or not allowed are
 * SECTION_UNSUPPORTED, SECTION_NO_SPACE if there are too few. A file that could
 * not be grown has its old size and contents; if the disk ran full half-way it
 * may keep blocks beyond its end (Linux), or be larger by zeros and, if it was
 * created, stay (where only posix_fallocate() is there).
 * On file systems in memory, what somebody wrote behind the end of a file,
 * through a view of its last page, can show up in the bytes it grows by.
 * Linux allocates the memory now (`memory_commit` is SECTION_COMMIT_ALLOCATED),
 * Windows promises it (SECTION_COMMIT_CHARGED). Windows keeps a hidden page
 * behind the data for the exact size, opens files for sharing of every kind,
 * and takes a path that is not UTF-8 for SECTION_INVALID, where POSIX passes
 * its bytes on as they are.
 * On POSIX a process that holds fcntl() locks on a file loses them when any
 * descriptor of that file is closed: to keep them, hand in the descriptor that
 * holds them with section_wrap() as borrowed.
 * @since 0.1.0
 */
SECTION_API section_status section_create(section **out,
                                          const section_options *options);

/**
 * Open an existing file as a section of the size the file has now.
 *
 * The same as section_create() with SECTION_OPEN_EXISTING and size 0. The
 * section keeps the size it was opened with when the file grows later; one that
 * grows with its file is made by section_create() with a reserve.
 *
 * @param[out] out the section, or NULL after an error
 * @param path the file, in UTF-8
 * @param rights SECTION_RIGHT_READ, or with SECTION_RIGHT_WRITE and
 *        SECTION_RIGHT_EXECUTE
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID, SECTION_NOT_FOUND, SECTION_ACCESS,
 *      SECTION_KIND, SECTION_EMPTY, SECTION_BUSY, SECTION_LIMIT,
 *      SECTION_NO_MEMORY, SECTION_IO
 * @par Lifetime close it with section_close(); views stay valid after that
 * @par Threads any
 * @par Systems as section_create()
 * @since 0.1.0
 */
SECTION_API section_status section_open_file(section **out, const char *path,
                                             section_rights rights);

/** How to open a section by its name. Start from #SECTION_OPEN_OPTIONS_INIT. */
typedef struct section_open_options {
    /** `sizeof(section_open_options)`. */
    uint32_t struct_size;
    /** Rights of the handle; #SECTION_OPEN_OPTIONS_INIT asks for read and
     *  write. With SECTION_RIGHT_WRITE comes SECTION_RIGHT_EXTEND, if it is
     *  asked for. */
    section_rights rights;
    /** SECTION_SCOPE_USER or SECTION_SCOPE_MACHINE. */
    section_scope scope;
    /** As in ::section_options. */
    uint32_t timeout;
} section_open_options;

/** Initializes a ::section_open_options: the user's scope, read and write. */
#define SECTION_OPEN_OPTIONS_INIT                                              \
    {                                                                          \
        sizeof(section_open_options),                                          \
            SECTION_RIGHT_READ | SECTION_RIGHT_WRITE, SECTION_SCOPE_USER,      \
            SECTION_TIMEOUT_DEFAULT                                            \
    }

/**
 * Open a section that has a name.
 *
 * The section has the size that it has grown to by now, and all else that it
 * was created with.
 *
 * @param[out] out the section, or NULL after an error
 * @param name the name, in UTF-8, as for section_create()
 * @param options how, or NULL for #SECTION_OPEN_OPTIONS_INIT; copied
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID; SECTION_NOT_FOUND: nobody holds a section of
 *      that name; SECTION_ACCESS: its permit gives this user fewer rights, or
 *      what is there is not trusted; SECTION_BUSY: another process was working
 *      on the name for as long as `timeout`; SECTION_UNSUPPORTED: the machine's
 *      scope is not set up, or the format of what is there is unknown;
 *      SECTION_LIMIT, SECTION_NO_MEMORY, SECTION_IO; SECTION_NO_SPACE: the
 *      system itself is out of memory
 * @par Lifetime close it with section_close(): until then it holds the name
 * @par Threads any
 * @par Systems as section_create()
 * @since 0.1.0
 */
SECTION_API section_status section_open(section **out, const char *name,
                                        const section_open_options *options);

/**
 * Make another handle to the same section, with the same rights or fewer.
 *
 * A handle without SECTION_RIGHT_WRITE holds nothing through which the system
 * would let another user write the section (what section_wrap() made of a
 * writable object is exempt). Another process of the same user can still find
 * ways: on Linux it may open the object anew through /proc. The duplicate of a
 * named section holds the name as well.
 *
 * @param[out] out the new handle, or NULL after an error
 * @param from an open section
 * @param rights a subset of the rights of `from`
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID; SECTION_ACCESS: more rights than `from` has;
 *      SECTION_UNSUPPORTED: a section is to lose the right to write and its
 *      object cannot be opened for reading (wrapped, and no /proc; or the
 *      process gave up the right to, by setuid() or the like, and did not
 *      duplicate the section to read before);
 *      SECTION_LIMIT, SECTION_NO_MEMORY
 * @par Lifetime the handles are independent: each is closed by itself
 * @par Threads any
 * @par Systems POSIX: up to three descriptors of its own; Windows: up to three
 *      handles
 * @since 0.1.0
 */
SECTION_API section_status section_duplicate(section **out, const section *from,
                                             section_rights rights);

/**
 * Close a handle.
 *
 * Views mapped through it stay as they are and are unmapped by themselves. The
 * last handle of a named section, in any process, ends the name at once.
 *
 * @param closed a section nobody uses any more, or NULL
 * @par Errors none: closing cannot fail
 * @par Lifetime the handle is gone. What a view of a file still needs is let
 *      go with the last such view
 * @par Threads any; no other call may use this handle meanwhile
 * @par Systems all alike
 * @since 0.1.0
 */
SECTION_API void section_close(section *closed);

/**
 * Make a section larger.
 *
 * The new bytes are zero and committed, as those of a new section (but through
 * handles with SECTION_INFO_LAZY). Whatever is mapped stays where it is; views
 * that span the new bytes can use them at once, in all processes, and every
 * handle tells the new size at its next call (section_get_info()). A section
 * that is as large already is left alone: several may extend it at the same
 * time, and each finds at least the bytes it asked for.
 *
 * @param extended an open section with SECTION_RIGHT_EXTEND
 * @param size bytes it shall have at least, 1 to its reserve
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID; SECTION_ACCESS: no right to extend;
 *      SECTION_RANGE: more than its reserve, which without one is its size;
 *      SECTION_NO_SPACE: as section_create(); the section is as it was;
 *      SECTION_BUSY: another process has been extending it for ten seconds, or
 *      was stopped while it did; SECTION_LIMIT, SECTION_IO;
 *      SECTION_UNSUPPORTED: memory, or a file in memory, where there is no
 *      /proc or the process has given up the right to open it anew (Linux)
 * @par Lifetime the bytes stay as long as the section
 * @par Threads any
 * @par Systems `memory_growth` and `file_growth` in ::section_system. What
 *      somebody has written behind the end, through a view of the last page, is
 *      not in the new bytes: this clears it in memory, and on Windows
 *      in files, the file system in files of POSIX (ext4 since Linux 6.13). As
 *      with a new size in section_create(), a file may keep blocks beyond its
 *      end when the disk ran full half-way. With nothing but POSIX a file can
 * be seen, or be left by a process that is killed, with a size in between. Of a
 * file in memory (tmpfs) Linux closes a descriptor each time, and with it the
 * process loses its fcntl() locks on that file (section_create())
 * @since 0.1.0
 */
SECTION_API section_status section_extend(section *extended, uint64_t size);

/* ------------------------------------------------------------------------
 * Views
 * ------------------------------------------------------------------------ */

/**
 * A mapped part of a section. The caller's own memory: a view costs no heap
 * and no descriptor.
 *
 * Copying the struct moves the view: use one copy from then on. All zero is
 * "no view".
 */
typedef struct section_view {
    void *data;      /**< the byte at `offset`; NULL for no view */
    size_t length;   /**< bytes that may be used from `data` on */
    uint64_t offset; /**< where in the section `data` is */
    /** Private to the library. */
    struct {
        void *base;             /**< where the mapping starts */
        size_t length;          /**< bytes mapped from `base` on */
        struct section *holder; /**< what the view still needs, or NULL */
        section_access access;  /**< what it was mapped with */
        uint32_t page_size;     /**< what can be protected, a power of two */
        uintptr_t reserved[2];  /**< 0 in this version */
    } internal;                 /**< private to the library */
} section_view;

/**
 * Map a part of a section.
 *
 * `view->data` is the very byte at `offset`, which need not be aligned to
 * anything. Up to one granule before it and one page after the view's end may
 * be mapped too; they are not part of the view.
 *
 * @param[out] view the view, or all zero after an error. What it held before
 *        is overwritten, not unmapped
 * @param from an open section
 * @param offset first byte, 0 to size - 1; of a section that grows, 0 to
 *        reserve - 1 if a length is given
 * @param length bytes, or 0 for all up to the end the section has now; of a
 *        section that grows it may reach to the end of the reserve
 * @param access SECTION_ACCESS_READ, SECTION_ACCESS_READ_WRITE or
 *        SECTION_ACCESS_COPY, or one of those that execute
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID; SECTION_RANGE: one byte or more is outside;
 *      SECTION_ACCESS: the handle lacks the right, it is sealed, or the system
 *      lets nobody run these bytes (a file system that is mounted noexec, a
 *      security policy); SECTION_LIMIT: too many
 *      mappings, too little address space, or (the first read-only view of a
 *      writable handle on POSIX) no descriptor left; SECTION_NO_SPACE
 *      (Windows; SECTION_LIMIT on POSIX): no memory left to promise for a
 *      copy-on-write view;
 *      SECTION_UNSUPPORTED: no copy-on-write here (`memory_copy`,
 *      `file_copy`; on Windows of what a file has not grown to yet), or the
 *      file system cannot map; SECTION_IO
 * @par Lifetime until section_unmap(); the section may be closed before
 * @par Threads any
 * @par Systems a read-only view cannot be made writable by the system's own
 *      calls either (mprotect(), VirtualProtect()), except where
 *      section_get_info() lacks SECTION_INFO_READ_ONLY_ENFORCED. A forked
 *      child has the views of its parent; a child started afresh has none
 * @since 0.1.0
 */
SECTION_API section_status section_map(section_view *view, const section *from,
                                       uint64_t offset, size_t length,
                                       section_access access);

/**
 * Map a part of a section at a given address, or not at all.
 *
 * Nothing that is mapped there is ever replaced.
 *
 * @param[out] view the view, or all zero after an error
 * @param from an open section
 * @param offset as for section_map()
 * @param length as for section_map()
 * @param access as for section_map()
 * @param address where the byte at `offset` shall be. Must leave the same
 *        remainder as `offset` when divided by the granularity of this section
 *        (`granularity` in ::section_info)
 * @return SECTION_OK or the error
 * @par Errors as section_map(), and SECTION_ADDRESS: something is mapped
 *      there, or no program may map there. SECTION_INVALID: NULL, or the
 *      remainders differ
 * @par Lifetime as section_map()
 * @par Threads any
 * @par Systems the granularity is the page size on POSIX and 64 KiB on
 *      Windows; with SECTION_LARGE_PAGES a large page
 * @since 0.1.0
 */
SECTION_API section_status section_map_at(section_view *view,
                                          const section *from, uint64_t offset,
                                          size_t length, section_access access,
                                          void *address);

/**
 * Unmap a view.
 *
 * @param[in,out] view a view, zeroed by this call; or no view, which is
 *        allowed and does nothing
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID: NULL. SECTION_LIMIT: the system cannot split a
 *      mapping because it has too many; the view stays valid, and unmapping
 *      others first helps
 * @par Lifetime takes away exactly this view; `data` must not be used again
 * @par Threads any; no other call may use this view meanwhile
 * @par Systems SECTION_LIMIT is Linux's alone (vm.max_map_count)
 * @since 0.1.0
 */
SECTION_API section_status section_unmap(section_view *view);

/**
 * Change what may be done with whole pages of a view.
 *
 * Never more than the view was mapped with: a SECTION_ACCESS_READ_WRITE view
 * can become SECTION_ACCESS_READ or SECTION_ACCESS_NONE and go back, a
 * SECTION_ACCESS_COPY view likewise (its copied pages stay), a
 * SECTION_ACCESS_READ view can become SECTION_ACCESS_NONE and go back. What can
 * be run can also become what cannot, SECTION_ACCESS_EXECUTE_READ, and go back.
 *
 * @param view a view
 * @param offset first byte, counted from the start of the view; must be the
 *        start of a page, or 0
 * @param length bytes, or 0 for all up to the end of the view. The end must be
 *        the end of a page, or of the view
 * @param access the new access
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID: no view, not a section_access, or a part of a
 *      page. SECTION_RANGE: not all inside the view. SECTION_ACCESS: more than
 *      the view was mapped with. SECTION_LIMIT: too many mappings, or pages
 *      that the section has not grown to yet (Windows); a part of the range may
 *      have the new access, every other error changes nothing
 * @par Lifetime until it is changed again or unmapped
 * @par Threads any
 * @par Systems pages are `page_size` bytes (section_get_system()), which
 *      differs between machines; those of SECTION_LARGE_PAGES `large_page_size`
 * @since 0.1.0
 */
SECTION_API section_status section_view_protect(section_view *view,
                                                size_t offset, size_t length,
                                                section_access access);

/* ------------------------------------------------------------------------
 * Views: bytes that may not be there
 * ------------------------------------------------------------------------ */

/**
 * Copy bytes out of a view, also if some of them cannot be had.
 *
 * The bytes of a file go bad when somebody cuts the file, when its device
 * fails, or when a hole in it finds the disk full. There are none on pages that
 * a section has not grown to yet, and no access to those that
 * section_view_protect() has closed. Touching any of them ends a program; this
 * call says so.
 *
 * @param view a view of any access
 * @param offset first byte, counted from the start of the view
 * @param[out] data where the bytes go; not in the same view
 * @param length bytes; 0 does nothing
 * @param[out] done bytes copied, the first ones in any case; may be NULL
 * @return SECTION_OK or the error
 * @par Errors SECTION_FAULT: only the first `done` bytes, up to the start of a
 *      page, could be read; SECTION_INVALID: no view; SECTION_RANGE: not all
 *      inside the view; SECTION_LIMIT, SECTION_NO_MEMORY: the guard could not
 *      be set up (the first call of a process or thread)
 * @par Lifetime nothing is kept
 * @par Threads any
 * @par Systems as section_guard()
 * @since 0.1.0
 */
SECTION_API section_status section_view_read(const section_view *view,
                                             size_t offset, void *data,
                                             size_t length, size_t *done);

/**
 * Copy bytes into a view, also if some of its pages cannot be had.
 *
 * @param view a view to write, or a copy-on-write view
 * @param offset first byte, counted from the start of the view
 * @param data the bytes; not in the same view
 * @param length bytes; 0 does nothing
 * @param[out] done bytes copied, the first ones in any case; may be NULL
 * @return SECTION_OK or the error
 * @par Errors as section_view_read(), and SECTION_ACCESS: the view was mapped
 *      to read. SECTION_FAULT says nothing of what becomes of bytes that were
 *      written: only section_view_flush() tells that
 * @par Lifetime nothing is kept
 * @par Threads any
 * @par Systems as section_guard()
 * @since 0.1.0
 */
SECTION_API section_status section_view_write(const section_view *view,
                                              size_t offset, const void *data,
                                              size_t length, size_t *done);

/** Where section_guard() was left. */
typedef struct section_fault {
    /** The address that was touched, inside the view's pages. */
    const void *address;
    /** The byte of the section that is there. */
    uint64_t offset;
} section_fault;

/**
 * What section_guard() calls.
 *
 * @param context from section_guard()
 * @return what section_guard() shall return
 */
typedef section_status (*section_guarded)(void *context);

/**
 * Call a function that may touch bad bytes of a view.
 *
 * When it does, the call of the function is given up at that very access, as
 * longjmp() does, and this returns SECTION_FAULT: nothing the function has
 * begun is taken back. It must hold no locks, allocate nothing and leave
 * nothing half-done that others see; and it has to return, not to be left by
 * longjmp(), an exception or the end of its thread. How far it came is known
 * only from what it writes to memory that is volatile. Guards can be nested,
 * for the same or for other views; the innermost one with the view that faults
 * is left.
 *
 * Faults outside the view, or with no guard, are the application's: they reach
 * its handlers as if this library were not there, or end the process at the
 * faulting instruction.
 *
 * @param view a view, not to be unmapped by the function
 * @param function what to call
 * @param context handed to it
 * @param[out] fault where it was left, all zero if it was not; may be NULL
 * @return what the function returned, SECTION_FAULT, or the error
 * @par Errors SECTION_INVALID; SECTION_LIMIT, SECTION_NO_MEMORY: the guard
 *      could not be set up
 * @par Lifetime nothing is kept
 * @par Threads any; each thread has guards of its own
 * @par Systems POSIX: the first guarded call of the process sets handlers for
 *      SIGSEGV and SIGBUS, which hand on to those that were there. Who sets
 *      handlers later calls section_guard_try() first in them, or what they do
 *      not hand on bypasses the guard; so does what faults in a thread that
 *      blocks these signals, and ends the process. Windows: structured
 *      exceptions (MSVC), or a vectored handler. Faults inside system calls are
 *      no faults: the call fails, and it is for the function to look.
 *      Destructors of C++ and cleanup handlers of the function are skipped
 * @since 0.1.0
 */
SECTION_API section_status section_guard(const section_view *view,
                                         section_guarded function,
                                         void *context, section_fault *fault);

/* ------------------------------------------------------------------------
 * Views and sections: flushing
 * ------------------------------------------------------------------------ */

/** How far bytes are on their way when a flush returns: a `SECTION_FLUSH_`
 *  value. Each does what those before it do; a system may do more. */
typedef int32_t section_flush_level;

/** The levels. */
enum {
    /** Writing them back has begun. For lower latency later. */
    SECTION_FLUSH_START = 1,
    /** They were written to the file system, which has space for them, and no
     *  error was met. Not proof against the machine going down. */
    SECTION_FLUSH_WRITTEN = 2,
    /** Nothing that is flushed after this is on the medium before them. Where
     *  the system has no such thing (`flush_order`), the same as
     *  SECTION_FLUSH_DURABLE. */
    SECTION_FLUSH_ORDERED = 3,
    /** They are on the medium, as `flush_durable` understands it, and so is
     *  what it takes to find them: the size, and the directory entry of a file
     *  that this section created, or might have (SECTION_OPEN_OR_CREATE). */
    SECTION_FLUSH_DURABLE = 4
};

/**
 * Flush what was written through a view.
 *
 * Memory has nothing to flush: SECTION_OK. For a file, the first error of a
 * flush stays with the section: every later flush of it, of its duplicates and
 * of their views says the same. It means that what is on the disk is not known:
 * the system may show the new bytes until it forgets them, and a flush that is
 * tried again may say that all is well. Open the file anew, write all that
 * matters from a copy of your own, and flush that.
 *
 * @param view a view mapped with SECTION_ACCESS_READ_WRITE
 * @param offset first byte, counted from the start of the view
 * @param length bytes, or 0 for all up to the end of the view; the pages they
 *        are on are flushed
 * @param level how far
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID; SECTION_RANGE: not all inside the view;
 *      SECTION_ACCESS: the view does not write the section, or (a created file,
 *      from SECTION_FLUSH_ORDERED on, POSIX) its directory cannot be read;
 *      SECTION_UNSUPPORTED: this file, or its directory, cannot be flushed so
 *      far (wrapped without its file handle on Windows; no F_FULLFSYNC on this
 *      file system, macOS); SECTION_LIMIT. These do not stay. These do:
 *      SECTION_IO, SECTION_NO_SPACE: the bytes could not be written;
 *      SECTION_FAULT: some of them are not in the file any more, the others are
 *      flushed
 * @par Lifetime nothing is kept
 * @par Threads any. Of flushes that run at the same time it may be only one
 *      that is told of what concerns them all
 * @par Systems Linux: sync_file_range(), msync(). macOS: fcntl() with
 *      F_BARRIERFSYNC, F_FULLFSYNC. Windows: FlushViewOfFile(),
 *      FlushFileBuffers(). Of a file of another machine, its server decides
 * @since 0.1.0
 */
SECTION_API section_status section_view_flush(const section_view *view,
                                              size_t offset, size_t length,
                                              section_flush_level level);

/**
 * Flush a whole section: what was written to its file by other means, its size,
 * and what was written through views that are unmapped by now.
 *
 * What live views have written may be flushed, too; only section_view_flush()
 * promises it.
 *
 * @param flushed an open section with SECTION_RIGHT_WRITE
 * @param level how far
 * @return SECTION_OK or the error
 * @par Errors as section_view_flush(), but for SECTION_RANGE; SECTION_ACCESS:
 *      no right to write
 * @par Lifetime nothing is kept
 * @par Threads any
 * @par Systems as section_view_flush()
 * @since 0.1.0
 */
SECTION_API section_status section_flush(section *flushed,
                                         section_flush_level level);

/* ------------------------------------------------------------------------
 * Views: in advance
 * ------------------------------------------------------------------------ */

/** What to have ready in a view: a `SECTION_PREFETCH_` value. */
typedef int32_t section_prefetch;

/** The kinds. */
enum {
    /** Begin to read; do not wait. A hint: later touches may still wait. */
    SECTION_PREFETCH_START = 1,
    /** Have every page there, so that a first read needs no fault. */
    SECTION_PREFETCH_READ = 2,
    /** Have every page there and writable, so that a first write needs no
     *  fault. Takes what writing all of it would take, and changes no byte. */
    SECTION_PREFETCH_WRITE = 3
};

/**
 * Get pages of a view ready before they are used.
 *
 * Large ranges are shared among a few threads, which end before this returns.
 *
 * @param view a view
 * @param offset first byte, counted from the start of the view
 * @param length bytes, or 0 for all up to the end of the view; the pages they
 *        are on are prepared
 * @param how what to have ready
 * @return SECTION_OK or the error; pages before a bad one may be ready
 * @par Errors SECTION_INVALID; SECTION_RANGE: not all inside the view;
 *      SECTION_ACCESS: to write, and the view was mapped to read;
 *      SECTION_FAULT: some bytes cannot be had; SECTION_NO_SPACE: that much
 *      memory cannot be had; SECTION_UNSUPPORTED: the system cannot begin to
 *      read (Windows before 8); SECTION_LIMIT, SECTION_NO_MEMORY: as
 *      section_guard(); SECTION_IO
 * @par Lifetime until the system needs the memory for something else
 *      (section_view_lock())
 * @par Threads any
 * @par Systems Linux 5.14: madvise(); elsewhere the pages are touched, guarded
 *      as by section_guard()
 * @since 0.1.0
 */
SECTION_API section_status section_view_prefetch(const section_view *view,
                                                 size_t offset, size_t length,
                                                 section_prefetch how);

/**
 * Keep pages of a view in memory.
 *
 * @param view a view
 * @param offset first byte, counted from the start of the view
 * @param length bytes, or 0 for all up to the end of the view; the pages they
 *        are on are locked
 * @return SECTION_OK, or the error: nothing is locked then that was not before,
 *         and pages that were may be locked no more (POSIX)
 * @par Errors SECTION_INVALID; SECTION_RANGE: not all inside the view;
 *      SECTION_LIMIT: more than the process may lock, or not all of it can be
 *      had; SECTION_ACCESS: the process may lock nothing
 * @par Lifetime until section_view_unlock() or section_unmap(). Not counted:
 *      one unlock undoes any number of locks. A forked child has none
 * @par Threads any
 * @par Systems mlock() and RLIMIT_MEMLOCK; VirtualLock() and the minimum
 *      working set
 * @since 0.1.0
 */
SECTION_API section_status section_view_lock(const section_view *view,
                                             size_t offset, size_t length);

/**
 * Let pages of a view go that section_view_lock() keeps.
 *
 * @param view a view
 * @param offset first byte, counted from the start of the view
 * @param length bytes, or 0 for all up to the end of the view; the pages they
 *        are on are unlocked, whether they were locked or not
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID; SECTION_RANGE: not all inside the view;
 *      SECTION_LIMIT: too many mappings (Linux)
 * @par Lifetime at once
 * @par Threads any
 * @par Systems as section_view_lock()
 * @since 0.1.0
 */
SECTION_API section_status section_view_unlock(const section_view *view,
                                               size_t offset, size_t length);

/** How a view is going to be used: a `SECTION_ADVICE_` value. */
typedef int32_t section_advice;

/** The kinds. */
enum {
    SECTION_ADVICE_NORMAL = 1,     /**< as any view */
    SECTION_ADVICE_SEQUENTIAL = 2, /**< from its start to its end */
    SECTION_ADVICE_RANDOM = 3      /**< here and there */
};

/**
 * Say how a view is going to be used. A hint: no byte changes.
 *
 * @param view a view
 * @param offset first byte, counted from the start of the view
 * @param length bytes, or 0 for all up to the end of the view; it is said of
 *        the pages they are on
 * @param advice how
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID; SECTION_RANGE: not all inside the view;
 *      SECTION_UNSUPPORTED: the system does not listen (`advice`);
 *      SECTION_LIMIT: too many mappings
 * @par Lifetime until it is said otherwise, or unmapped
 * @par Threads any
 * @par Systems posix_madvise(); Windows takes SECTION_ADVICE_NORMAL only
 * @since 0.1.0
 */
SECTION_API section_status section_view_advise(const section_view *view,
                                               size_t offset, size_t length,
                                               section_advice advice);

/**
 * Give memory or disk space back: make bytes zero.
 *
 * Everybody who has the section reads zeros then, also in its file. The space
 * is free where `discard` says so, and only that of pages that lie inside the
 * range as a whole; it is taken again by the next who touches them, as with
 * SECTION_LAZY.
 *
 * @param view a view mapped with SECTION_ACCESS_READ_WRITE
 * @param offset first byte, counted from the start of the view
 * @param length bytes, or 0 for all up to the end of the view. Bytes of pages
 *        that are not inside as a whole are made zero, and keep their space
 * @return SECTION_OK or the error; some bytes may be zero then
 * @par Errors SECTION_INVALID; SECTION_RANGE: not all inside the view;
 *      SECTION_ACCESS: the view does not write the section; SECTION_FAULT: some
 *      bytes cannot be had (whole pages that are not there are nothing to give
 *      back on Linux); SECTION_LIMIT, SECTION_NO_MEMORY: as
 *      section_guard(); SECTION_IO, SECTION_NO_SPACE
 * @par Lifetime until they are written again
 * @par Threads any
 * @par Systems Linux gives the space back, but not of locked pages, and of
 *      files where the file system can have holes; elsewhere zeros are written
 * @since 0.1.0
 */
SECTION_API section_status section_view_discard(const section_view *view,
                                                size_t offset, size_t length);

/* ------------------------------------------------------------------------
 * Questions
 * ------------------------------------------------------------------------ */

/** What stands behind a section: a `SECTION_KIND_` value. */
typedef int32_t section_kind;

/** The kinds of sections. */
enum {
    SECTION_KIND_MEMORY = 1, /**< memory; gone with its last holder */
    SECTION_KIND_FILE = 2    /**< a file */
};

/** How firmly bytes are promised: a `SECTION_COMMIT_` value. */
typedef int32_t section_commit;

/** The kinds of commitment. */
enum {
    SECTION_COMMIT_NONE = 1,      /**< not at all: a touch can fail */
    SECTION_COMMIT_ALLOCATED = 2, /**< the space is taken now */
    SECTION_COMMIT_CHARGED = 3    /**< the system has promised the space */
};

/** The pages of a section: a `SECTION_PAGES_` value. */
typedef int32_t section_pages;

/** The kinds of pages. */
enum {
    SECTION_PAGES_NORMAL = 1, /**< those of the system */
    SECTION_PAGES_MIXED = 2,  /**< large ones were allowed, and may be there */
    SECTION_PAGES_LARGE = 3   /**< large ones, all of them */
};

/** Flags of ::section_info. */
enum {
    /** This handle's section_create() made the file or memory. */
    SECTION_INFO_CREATED = 0x1,
    /** Made with SECTION_LAZY. */
    SECTION_INFO_LAZY = 0x2,
    /** Stands on a descriptor or handle the application lent
     *  (section_wrap()). */
    SECTION_INFO_BORROWED = 0x4,
    /** Read-only views of this section cannot be made to write it by the
     *  system's own calls. Not so, on POSIX, for what was wrapped and is
     *  writable; nor on Linux where the object cannot be opened for reading:
     *  there is no /proc, or the process gave up the right (setuid(), chmod())
     *  before it mapped its first read-only view. */
    SECTION_INFO_READ_ONLY_ENFORCED = 0x8,
    /** The name of this section was taken away from outside the library: it
     *  still works for all who hold it, but nobody finds it any more, and
     *  another section can have its name. */
    SECTION_INFO_NAME_LOST = 0x10
};

/** What section_get_info() tells of one handle. */
typedef struct section_info {
    /** `sizeof(section_info)`, set by the caller. */
    uint32_t struct_size;
    /** SECTION_KIND_MEMORY or SECTION_KIND_FILE. */
    section_kind kind;
    /** Bytes of the section, exact; of one that grows, those it has now. */
    uint64_t size;
    /** Rights of this handle. */
    section_rights rights;
    /** A mask of `SECTION_INFO_` values. */
    uint32_t flags;
    /** How firmly the bytes that section_create() added are promised;
     *  SECTION_COMMIT_NONE where it added none. What section_extend() adds is
     *  promised as the system can (`memory_commit`, `file_commit`). */
    section_commit commit;
    /** What its pages are, as far as this handle knows. */
    section_pages pages;
    /** Bytes it can grow to; `size` if it does not grow. */
    uint64_t reserve;
    /** What tells this section from all others of the machine that exist at the
     *  same time; the same for all its handles, in all processes. All zero
     *  where that is not known (a wrapped handle on Windows). */
    uint64_t id[2];
    /** The scope of the name; 0 without one. */
    section_scope scope;
    /** What addresses and offsets of section_map_at() agree modulo, for this
     *  section. */
    uint32_t granularity;
    /** The name, with its end; empty without one. */
    char name[SECTION_NAME_MAX + 8];
    /** What the system keeps everybody from doing with this object: a mask of
     *  `SECTION_SEAL_` values, whoever asked for it. */
    uint32_t seals;
} section_info;

/** Initializes a ::section_info for section_get_info(). */
#define SECTION_INFO_INIT                                                      \
    {                                                                          \
        sizeof(section_info), 0, 0, 0, 0, 0, 0, 0, {0, 0}, 0, 0, {0}, 0        \
    }

/**
 * Tell what is known of a section.
 *
 * @param[in,out] info filled in. Start from #SECTION_INFO_INIT; fields
 *        beyond it are not written. If `of` is NULL, all but `struct_size` is
 *        zero after the call; if `struct_size` is wrong, nothing is written
 * @param of an open section
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID: NULL, or a `struct_size` smaller than that of
 *      the first version
 * @par Lifetime the answer is a copy
 * @par Threads any
 * @par Systems on Linux the first call for a writable section opens the
 *      read-only descriptor that later serves read-only views
 * @since 0.1.0
 */
SECTION_API section_status section_get_info(section_info *info,
                                            const section *of);

/**
 * Ask whether two handles are of the same section.
 *
 * Across processes compare `id` in ::section_info, which tells the same.
 *
 * @param[out] same 1 if they are, else 0; 0 after an error
 * @param one an open section
 * @param other an open section
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID; SECTION_UNSUPPORTED: it cannot be told (Windows:
 *      wrapped handles of two sections of files; before Windows 10 all wrapped
 *      handles)
 * @par Lifetime nothing is kept
 * @par Threads any
 * @par Systems sections of the same file are the same section if the system
 *      says that the files are
 * @since 0.1.0
 */
SECTION_API section_status section_is_same(int32_t *same, const section *one,
                                           const section *other);

/** What nobody shall be able to do any more: a mask for section_seal(). */
enum {
    /** Make the memory smaller. */
    SECTION_SEAL_SHRINK = 0x1,
    /** Make it larger. */
    SECTION_SEAL_GROW = 0x2,
    /** Map new views that write it, or extend it; includes SECTION_SEAL_GROW.
     *  Views that are mapped already go on writing. */
    SECTION_SEAL_WRITERS = 0x4
};

/**
 * Seal memory: give up, for everybody and for ever, what can be done with it.
 *
 * For handing memory to those who are not trusted with it, or from those who
 * are not. Not even by opening the object anew does anybody get around a seal
 * that the system enforces. With SECTION_SEAL_WRITERS this handle gives up
 * SECTION_RIGHT_WRITE and SECTION_RIGHT_EXTEND. Others keep the rights they
 * have; what is sealed is SECTION_ACCESS with them.
 *
 * Where the system cannot keep others from writing (`seal_writers`),
 * SECTION_SEAL_WRITERS is a promise of this handle, and of the handles that are
 * made of it and handed on after that: none of them maps to write any more, and
 * who is handed one cannot. Handles that others had before can.
 *
 * @param sealed an open section of memory without a name, with
 *        SECTION_RIGHT_WRITE
 * @param seals a mask of `SECTION_SEAL_` values, not 0. Some may be there
 *        already
 * @return SECTION_OK or the error; after an error nothing new is sealed
 * @par Errors SECTION_INVALID; SECTION_ACCESS: no right to write, or (Linux)
 *      somebody has forbidden further seals; SECTION_UNSUPPORTED: a file, a
 *      name, or what this system cannot do (`memory_shrink`, `seal_growth`)
 * @par Lifetime as long as the memory
 * @par Threads any
 * @par Systems memory of Linux and Windows is sealed against shrinking when it
 *      is made. Windows: memory without a reserve does not grow anyway, with
 *      one it cannot be sealed against it. Linux: section_view_discard() in
 *      views of sealed memory writes zeros and frees nothing
 * @since 0.1.0
 */
SECTION_API section_status section_seal(section *sealed, uint32_t seals);

/** What copy-on-write views can do: a `SECTION_COPY_` value. */
typedef int32_t section_copy;

/** The kinds of copy-on-write. */
enum {
    SECTION_COPY_NONE = 1, /**< refused with SECTION_UNSUPPORTED */
    SECTION_COPY_LIVE = 2  /**< a page shows the section until first written */
};

/** Whether somebody can do a thing behind the library's back: a
 *  `SECTION_GUARD_` value. */
typedef int32_t section_guard_strength;

/** The strengths. */
enum {
    SECTION_GUARD_NONE = 1,    /**< the system lets it happen */
    SECTION_GUARD_ENFORCED = 2 /**< the system refuses it */
};

/** Where the bytes of a SECTION_LAZY memory section come from: a
 *  `SECTION_BACKING_` value. */
typedef int32_t section_backing;

/** The kinds of backing. */
enum {
    /** Memory: a touch that finds none left ends the process, or others. */
    SECTION_BACKING_MEMORY = 1,
    /** A temporary file: a touch that finds the disk full is a fault. */
    SECTION_BACKING_DISK = 2
};

/** Who shares a name of SECTION_SCOPE_USER: a `SECTION_NAMES_` value. */
typedef int32_t section_names;

/** The kinds. */
enum {
    SECTION_NAMES_USER = 1, /**< all processes of the user */
    SECTION_NAMES_LOGIN = 2 /**< those of the user's login session; other users
                                 of that session can take a name first, which is
                                 SECTION_ACCESS then */
};

/** When the memory of a section is free again whose holders were all killed: a
 *  `SECTION_RECLAIM_` value. */
typedef int32_t section_reclaim;

/** The times. */
enum {
    SECTION_RECLAIM_AT_ONCE = 1, /**< the system does it */
    SECTION_RECLAIM_LATER = 2    /**< later calls of the library do it, of any
                                      process: a few sections at each create,
                                      all by section_sweep() and before
                                      SECTION_NO_SPACE is said */
};

/** Whether a thing can be done here: a `SECTION_SUPPORT_` value. */
typedef int32_t section_support;

/** The answers. */
enum {
    SECTION_SUPPORT_NONE = 1, /**< no: SECTION_UNSUPPORTED */
    SECTION_SUPPORT_FULL = 2  /**< yes */
};

/** What SECTION_FLUSH_DURABLE obtains: a `SECTION_DURABLE_` value. */
typedef int32_t section_durability;

/** The kinds. */
enum {
    /** What the system calls synchronized. The cache of a disk may still lose
     *  it with the power. */
    SECTION_DURABLE_SYSTEM = 1,
    /** The system makes the disk write its cache, too. */
    SECTION_DURABLE_MEDIUM = 2
};

/** What section_view_discard() does: a `SECTION_DISCARD_` value. */
typedef int32_t section_discard;

/** The kinds. */
enum {
    SECTION_DISCARD_ZEROED = 1, /**< zeros are written, the space stays taken */
    SECTION_DISCARD_FREED = 2   /**< whole pages take no space any more */
};

/** When section_send() returns: a `SECTION_DELIVERY_` value. */
typedef int32_t section_delivery;

/** The times. */
enum {
    /** When the message is on its way: the system holds it, and the section
     *  in it, until it is received. */
    SECTION_DELIVERY_HELD = 1,
    /** When the other side has received it. */
    SECTION_DELIVERY_ANSWERED = 2
};

/** What is different about this system. A trait is tested like a promise. */
typedef struct section_system {
    /** `sizeof(section_system)`, set by the caller. */
    uint32_t struct_size;
    /** Bytes of a page: the unit of protection. */
    uint32_t page_size;
    /** What addresses and offsets of section_map_at() agree modulo. */
    uint32_t granularity;
    /** How memory sections are committed. */
    section_commit memory_commit;
    /** How bytes that a file grows by are committed, at best. */
    section_commit file_commit;
    /** Copy-on-write views of memory sections. */
    section_copy memory_copy;
    /** Copy-on-write views of file sections. */
    section_copy file_copy;
    /** Whether read-only views stay read-only against the system's own
     *  calls. On Linux this takes a mounted /proc; what was obtained for one
     *  section is in ::section_info. */
    section_guard_strength read_only_views;
    /** Whether unnamed memory stays as large as it is against somebody who
     *  holds it and wants to cut it. */
    section_guard_strength memory_shrink;
    /** Where the bytes of lazy memory come from. */
    section_backing lazy_backing;
    /** Who shares a name of SECTION_SCOPE_USER. */
    section_names name_scope;
    /** Whether a name stays against somebody of the same user who wants to take
     *  it away, such as by deleting files (SECTION_INFO_NAME_LOST). */
    section_guard_strength name_removal;
    /** When the memory of sections is free whose holders were all killed. */
    section_reclaim dead_names;
    /** Whether memory with a name can be SECTION_LAZY. */
    section_support lazy_names;
    /** Whether memory can have a reserve larger than its size. */
    section_support memory_growth;
    /** Whether files can. */
    section_support file_growth;
    /** What SECTION_FLUSH_DURABLE obtains. */
    section_durability flush_durable;
    /** Whether SECTION_FLUSH_ORDERED is less than SECTION_FLUSH_DURABLE. */
    section_support flush_order;
    /** Whether a file that is a section stays as large as it is against those
     *  who want to cut it. */
    section_guard_strength file_shrink;
    /** Whether the file of a section stays against those who want to delete or
     *  replace it. */
    section_guard_strength file_removal;
    /** What section_view_discard() does with whole pages of memory. */
    section_discard discard;
    /** Whether section_view_advise() takes more than SECTION_ADVICE_NORMAL. */
    section_support advice;
    /** Bytes of the pages that SECTION_LARGE_PAGES asks for; 0 if there are
     *  none, or this process may not have them. */
    uint32_t large_page_size;
    /** Whether bytes stay data for whoever holds a section without
     *  SECTION_RIGHT_EXECUTE and wants to run them by the system's own calls.
     */
    section_guard_strength execute_right;
    /** What keeps unnamed memory from growing after SECTION_SEAL_GROW;
     *  SECTION_GUARD_NONE: it is SECTION_UNSUPPORTED. */
    section_guard_strength seal_growth;
    /** What keeps others from new writable views after SECTION_SEAL_WRITERS;
     *  SECTION_GUARD_NONE: nothing keeps those who have handles that write. */
    section_guard_strength seal_writers;
    /** When section_send() returns. */
    section_delivery delivery;
    /** Whether a section can be offered to a process (section_export()). */
    section_support offers;
} section_system;

/** Initializes a ::section_system for section_get_system(). */
#define SECTION_SYSTEM_INIT                                                    \
    {                                                                          \
        sizeof(section_system), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,   \
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                                 \
    }

/**
 * Tell what this system does differently.
 *
 * @param[in,out] out filled in. Start from #SECTION_SYSTEM_INIT; fields
 *        beyond it are not written
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID: NULL, or a `struct_size` smaller than that of
 *      the first version
 * @par Lifetime the answer is a copy and does not change while the process
 *      lives
 * @par Threads any
 * @par Systems all answer; what they answer is the point
 * @since 0.1.0
 */
SECTION_API section_status section_get_system(section_system *out);

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------ */

/** The owner or size of a ::section_entry that is not known. */
#define SECTION_UNKNOWN UINT64_MAX

/** A name that is alive. */
typedef struct section_entry {
    /** Bytes that this version of the library fills in. */
    uint32_t struct_size;
    /** The scope that was asked for. */
    section_scope scope;
    /** The name; gone after the visit. */
    const char *name;
    /** Bytes of the section; #SECTION_UNKNOWN where one would have to hold it
     *  to know (Windows). */
    uint64_t size;
    /** The number of the user who made it; #SECTION_UNKNOWN on Windows. */
    uint64_t owner;
} section_entry;

/**
 * Looks at one name.
 *
 * @param entry what is known; valid during the call
 * @param context from section_enumerate()
 * @return 0 to go on, anything else to stop
 */
typedef int32_t (*section_visitor)(const section_entry *entry, void *context);

/**
 * Tell the names that are alive, without opening any.
 *
 * Looking is not holding: a name whose last holder goes meanwhile is gone.
 * A name that is there all the time is told once; one that comes or goes
 * meanwhile may be told or not.
 *
 * @param scope SECTION_SCOPE_USER or SECTION_SCOPE_MACHINE
 * @param visit called for each name, in no order
 * @param context handed to `visit`
 * @return SECTION_OK, also if the visitor stopped, or the error
 * @par Errors SECTION_INVALID; SECTION_ACCESS: the place of names is not
 *      trusted; SECTION_UNSUPPORTED: the machine's scope is not set up, or the
 *      format is unknown; SECTION_LIMIT, SECTION_NO_MEMORY, SECTION_IO. What
 *      was told before the error is true
 * @par Lifetime nothing is kept
 * @par Threads any; the visitor runs in the calling thread with nothing locked,
 *      and may call the library
 * @par Systems never waits. On POSIX a name can be missed whose last holder
 *      goes while another process, which is held up then, is opening it.
 *      Windows tells neither size nor owner, POSIX does; it may tell a name
 *      whose maker failed or was killed meanwhile.
 *      In the machine's scope, POSIX tells only what this user may open to read
 * @since 0.1.0
 */
SECTION_API section_status section_enumerate(section_scope scope,
                                             section_visitor visit,
                                             void *context);

/**
 * Give back the memory of all sections whose holders were killed.
 *
 * Not needed for anything else: such a section cannot be opened, and its name
 * is free. Creating names sweeps a little now and then, and creating memory
 * sweeps everything before it says SECTION_NO_SPACE.
 *
 * @param[out] swept how many sections were given back, 0 after an error; may be
 *        NULL
 * @param scope SECTION_SCOPE_USER or SECTION_SCOPE_MACHINE
 * @return SECTION_OK or the error
 * @par Errors as section_enumerate()
 * @par Lifetime nothing is kept
 * @par Threads any
 * @par Systems never waits: a section that another process is working on is
 *      left to that process. Nothing is ever left to do on Windows
 * @since 0.1.0
 */
SECTION_API section_status section_sweep(uint64_t *swept, section_scope scope);

#ifdef __cplusplus
}
#endif

#endif
