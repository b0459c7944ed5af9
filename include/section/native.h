/* SPDX-License-Identifier: MIT */
/**
 * @file native.h
 * Sections from and to what the system itself calls them: a file descriptor
 * on POSIX, a HANDLE on Windows. Kept apart because a program that needs none
 * of this stays portable without thinking.
 */
#ifndef SECTION_NATIVE_H
#define SECTION_NATIVE_H

#include <section/section.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A descriptor on POSIX, a HANDLE cast to an integer on Windows. */
typedef intptr_t section_native;

/** Who closes a native handle: a `SECTION_NATIVE_` value. */
typedef int32_t section_ownership;

/** The kinds of ownership. */
enum {
    /** The library takes it over, and closes it when section and views are
     *  gone. After an error it is still the caller's. */
    SECTION_NATIVE_OWNED = 1,
    /** The library uses it as it is and neither duplicates nor closes it. The
     *  caller keeps it open until the section, its duplicates and their views
     *  are gone. */
    SECTION_NATIVE_BORROWED = 2
};

/**
 * Make a section of a descriptor or handle the application already has.
 *
 * Takes what this library made in another process (inherited, or received),
 * and what it did not make: a plain memfd, a tmpfs file, any regular file, a
 * section of Windows made by foreign code. The section has the size the object
 * has now, and does not grow; a section this library made on Windows has its
 * exact size, and memory that grows its reserve.
 *
 * @param[out] out the section, or NULL after an error
 * @param native a descriptor; or a HANDLE of a section or of a file. It has to
 *        allow what `rights` says, reading in any case
 * @param rights rights of the new handle
 * @param ownership who closes `native`
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID: not a descriptor or handle, or broken
 *      arguments; SECTION_KIND: a directory, pipe, socket or device;
 *      SECTION_EMPTY: no bytes in it; SECTION_ACCESS: it does not allow
 *      `rights`; SECTION_UNSUPPORTED: memory in huge pages (Linux), or made by
 *      a later version of this library in a format that this one does not know;
 *      SECTION_LIMIT, SECTION_NO_MEMORY
 * @par Lifetime as `ownership` says. Borrowed is for descriptors on which the
 *      process holds fcntl() locks: closing any duplicate would drop them
 * @par Threads any
 * @par Systems read-only views made through a writable wrapped object are
 *      read-only by this library's word alone: section_get_info() lacks
 *      SECTION_INFO_READ_ONLY_ENFORCED on POSIX. An owned descriptor below 3
 *      is moved away from there. On Windows a handle of a file is used to make
 *      a section of it, and then treated as `ownership` says
 * @since 0.1.0
 */
SECTION_API section_status section_wrap(section **out, section_native native,
                                        section_rights rights,
                                        section_ownership ownership);

/**
 * Tell the descriptor or handle behind a section, without giving it away.
 *
 * @param[out] native the descriptor or handle, -1 after an error
 * @param of an open section
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID
 * @par Lifetime it still belongs to the section: do not close it, do not use
 *      it after section_close()
 * @par Threads any
 * @par Systems POSIX: the descriptor of the memory or of the file; the offset
 *      at which it is read or written next (lseek()) is this library's to
 *      change, if the file grows. Windows:
 *      the handle of the section, also for files; the system rounds the size
 *      of memory up and this library keeps a page behind it
 * @since 0.1.0
 */
SECTION_API section_status section_get_native(section_native *native,
                                              const section *of);

/**
 * Make a descriptor or handle of a section that is the caller's own.
 *
 * @param[out] native the descriptor or handle, -1 after an error
 * @param of an open section; not of a borrowed descriptor
 * @param rights a subset of the rights of `of`; without SECTION_RIGHT_WRITE
 *        the result cannot write the section, and another user who is given it
 *        cannot make it do so (unless the memory was wrapped and is yet another
 *        user's, or is a file whose permissions let that user write)
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID; SECTION_ACCESS: more rights than `of` has;
 *      SECTION_UNSUPPORTED: the section is borrowed, and a borrowed object is
 *      never duplicated, or for the reason of section_duplicate();
 *      SECTION_LIMIT
 * @par Lifetime the caller closes it: close(), CloseHandle()
 * @par Threads any
 * @par Systems it is not inherited by programs the process starts (close on
 *      exec, not inheritable) until the caller says so. Windows: for
 *      SECTION_LAZY memory it is the section alone, whose bytes last as long as
 *      a section handle of this library or a view of one
 * @since 0.1.0
 */
SECTION_API section_status section_duplicate_native(section_native *native,
                                                    const section *of,
                                                    section_rights rights);

/**
 * Offer a fault to the guards of this library (section_guard()).
 *
 * For applications that set a handler for faults after the first guarded call:
 * call this first, and do nothing else if it says 1.
 *
 * @param signal the signal number on POSIX; 0 on Windows
 * @param information the `siginfo_t *` of the handler (SA_SIGINFO); on Windows
 *        the `EXCEPTION_POINTERS *` of a vectored handler
 * @param context the third argument of the handler; NULL on Windows
 * @return 0: the fault is not the library's. 1: go back from the handler at
 *         once (on Windows with EXCEPTION_CONTINUE_EXECUTION). It may also not
 *         return, and leave the handler as siglongjmp() does
 * @par Errors none
 * @par Lifetime nothing is kept
 * @par Threads any; made to be called from handlers of signals and exceptions,
 *      as nothing else here is. The thread may go on without returning from the
 *      handler, with the signal mask it had before
 * @par Systems where guards are structured exceptions (MSVC), always 0
 * @since 0.1.0
 */
SECTION_API int32_t section_guard_try(int32_t signal, void *information,
                                      void *context);

#ifdef __cplusplus
}
#endif

#endif
