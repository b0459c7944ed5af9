/* SPDX-License-Identifier: MIT */
/**
 * @file transfer.h
 * Sections that travel between processes: over a channel the application has,
 * as a text that names what was offered to one process, or to a program that
 * is started.
 *
 * To a process that is connected to this one, section_send(); to one that is
 * not, but is reached by a text somehow, section_export(); to a program that
 * this process starts, section_make_inheritable(). examples/serve.c and fetch.c
 * are two programs that hand sections to each other.
 *
 * Whatever way it goes, the receiver gets a full handle: with the rights that
 * were given, which are those of the sender's handle or fewer, and with its own
 * share of the name. What arrives is compared with what was said of it:
 * SECTION_UNTRUSTED, if it is not that, with nothing kept. A receiver that does
 * not trust the sender can still be handed memory that others change or, where
 * it is not sealed, cut: look at `seals` in ::section_info, and use
 * section_view_read(). docs/security.md has what is promised against whom.
 */
#ifndef SECTION_TRANSFER_H
#define SECTION_TRANSFER_H

#include <section/native.h>
#include <section/section.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------
 * Over a channel
 * ------------------------------------------------------------------------ */

/**
 * Send a section to the process at the other end of a channel.
 *
 * One message, which the receiver takes with section_receive(). The application
 * decides which of its messages are sections: it may send its own before and
 * after, but not at the same time from another thread.
 *
 * @param channel a connected UNIX socket (stream or seqpacket, blocking or
 *        not); on Windows either end of a named pipe that is open to read and
 *        write (of bytes or messages, overlapped or not). It stays the caller's
 * @param of an open section; not of a borrowed descriptor or handle
 * @param rights a subset of the rights of `of`
 * @param timeout milliseconds to wait for the other side, all in all, or
 *        SECTION_TIMEOUT_DEFAULT
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID; SECTION_KIND: the channel is none;
 *      SECTION_ACCESS: more rights than `of` has, or (Windows) neither process
 *      may open the other; SECTION_BUSY: the other side did not take it in
 *      time; SECTION_GONE: the other side has closed the channel;
 *      SECTION_UNTRUSTED: the other side answered what it must not (Windows);
 *      SECTION_UNSUPPORTED: the section is borrowed, or for the reason of
 *      section_duplicate(), or the other side has another version of the format
 *      (Windows); SECTION_RANGE: a file that somebody has cut to nothing;
 *      SECTION_LIMIT, SECTION_NO_MEMORY.
 *      After SECTION_BUSY, _GONE and _UNTRUSTED the channel may be in the
 *      middle of a message: close it
 * @par Lifetime the section can be closed at once. What is under way is held,
 *      with its name, until it is received or the channel is gone
 * @par Threads any; one call at a time on one channel in each direction;
 *      Windows: one call at a time on one channel
 * @par Systems `delivery` in ::section_system: POSIX returns when the message
 *      is on its way, Windows when the other side has taken it, and waits for
 *      it to call section_receive(). Windows: one of the two processes must be
 *      allowed to open the other (PROCESS_DUP_HANDLE), as those of one user
 *      are; each end is used by the process that created or opened it, and not
 *      by one that inherited it (SECTION_ACCESS); both directions are used, so
 *      that what was sent before has to be read, not both sides send at one
 *      time, and no read of the application's is under way; the pipe waits
 *      (PIPE_WAIT). Refuse pipes to other machines
 *      (PIPE_REJECT_REMOTE_CLIENTS). A sender that is killed while it sends can
 *      leave a handle behind in the receiver. DisconnectNamedPipe() right after
 *      it can take the end of the message away from the receiver: let the other
 *      side close first. No signal is raised (SIGPIPE); for that, macOS sets
 *      SO_NOSIGPIPE of the socket, which stays. A file goes without the
 *      directory that it was created in: only flushes of who created it make
 *      its entry durable
 * @since 0.1.0
 */
SECTION_API section_status section_send(section_native channel,
                                        const section *of,
                                        section_rights rights,
                                        uint32_t timeout);

/**
 * Receive a section that section_send() sent.
 *
 * @param[out] out the section, or NULL after an error
 * @param channel as for section_send(). It stays the caller's
 * @param timeout milliseconds to wait for all of the message, or
 *        SECTION_TIMEOUT_DEFAULT
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID; SECTION_KIND: the channel is none;
 *      SECTION_BUSY: no message, or not all of it, in time; SECTION_GONE: the
 *      other side has closed the channel; SECTION_UNTRUSTED: what came is no
 *      section, or is not what it says it is; SECTION_UNSUPPORTED: another
 *      version of the format; SECTION_RANGE: a file that has become smaller
 *      meanwhile; SECTION_ACCESS: (Windows) neither process may open the other;
 *      SECTION_LIMIT, SECTION_NO_MEMORY.
 *      After SECTION_BUSY it can be tried again: if a part of a message had
 *      come, the rest of it is SECTION_UNTRUSTED then. After any other error,
 *      close the channel
 * @par Lifetime close it with section_close()
 * @par Threads as section_send()
 * @par Systems as section_send(). Whoever is at the other end of the channel is
 *      the application's to know; the name that a section brings with it is the
 *      sender's word
 * @since 0.1.0
 */
SECTION_API section_status section_receive(section **out,
                                           section_native channel,
                                           uint32_t timeout);

/* ------------------------------------------------------------------------
 * As a text
 * ------------------------------------------------------------------------ */

/** A section that another process may take, once. Opaque. */
typedef struct section_offer section_offer;

/** The most bytes the text of an offer has, with its end. */
#define SECTION_OFFER_TEXT_SIZE 1024

/**
 * Offer a section to one process, which takes it by a text.
 *
 * The text can go any way: a pipe, a file, an argument, a message. It is taken
 * by the process it was made for, once, and while this process lives and has
 * not taken the offer back.
 *
 * @param[out] out the offer, or NULL after an error
 * @param of an open section; not of a borrowed descriptor or handle
 * @param rights a subset of the rights of `of`
 * @param process the number of the process it is for (getpid(),
 *        GetCurrentProcessId()); it can be this one. Whoever has the number at
 *        this moment gets the offer: be sure that it is still who is meant,
 *        such as a child that was not waited for yet
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID; SECTION_NOT_FOUND: there is no such process;
 *      SECTION_ACCESS: more rights than `of` has, or this process may not open
 *      that one (Windows); SECTION_UNSUPPORTED: not on this system (`offers` in
 *      ::section_system), the section is borrowed, or for the reason of
 *      section_duplicate(); SECTION_RANGE: a file that somebody has cut to
 *      nothing; SECTION_NO_SPACE, SECTION_LIMIT, SECTION_NO_MEMORY
 * @par Lifetime until section_unexport(); it holds the section and its name
 *      like a handle. The section can be closed at once
 * @par Threads any
 * @par Systems Linux: the other process takes it by pidfd_getfd(), for which it
 *      has to be allowed to trace this one: of the same user, this process
 *      dumpable, and Yama not in the way (ptrace_scope; a process can let one
 *      other with PR_SET_PTRACER). Both are in one space of process numbers.
 *      Windows: the handles are put into the other process at once, which
 *      is who holds the section and its name then
 * @since 0.1.0
 */
SECTION_API section_status section_export(section_offer **out,
                                          const section *of,
                                          section_rights rights,
                                          int64_t process);

/**
 * Offer a section to a program that this process is about to start.
 *
 * Nothing is inherited by itself. The started program takes it by the text,
 * which the application gives it in an argument or in its environment; what the
 * system has to be told is done by section_offer_pass(), or with the handles
 * that section_offer_handles() tells.
 *
 * @param[out] out the offer, or NULL after an error
 * @param of an open section; not of a borrowed descriptor or handle
 * @param rights a subset of the rights of `of`
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID; SECTION_ACCESS: more rights than `of` has;
 *      SECTION_UNSUPPORTED: the section is borrowed, or for the reason of
 *      section_duplicate(); SECTION_RANGE: a file that somebody has cut to
 *      nothing; SECTION_NO_SPACE, SECTION_LIMIT, SECTION_NO_MEMORY
 * @par Lifetime until section_unexport(), which belongs right after the start:
 *      what the program has inherited stays with it, to be taken at any time.
 *      A program that never takes it holds the section, and its name, until it
 *      ends
 * @par Threads any
 * @par Systems POSIX: no descriptor of the offer is ever inheritable in this
 *      process. A program that takes this process's place (exec() without
 *      fork()) is not a started one, and cannot take it. Windows: its handles
 *      are inheritable, and CreateProcess() calls of other threads that inherit
 *      without a list of handles get them too
 * @since 0.1.0
 */
SECTION_API section_status section_make_inheritable(section_offer **out,
                                                    const section *of,
                                                    section_rights rights);

/**
 * The text of an offer.
 *
 * @param offer an offer
 * @return the text: letters, digits and `.`, with its end fewer than
 *         #SECTION_OFFER_TEXT_SIZE bytes; NULL for NULL
 * @par Errors none
 * @par Lifetime until section_unexport()
 * @par Threads any
 * @par Systems all alike. The text is no secret: it is worth nothing to any
 *      other process than the one it is for. There it is used up by whoever
 *      takes it first
 * @since 0.1.0
 */
SECTION_API const char *section_offer_text(const section_offer *offer);

/**
 * Take an offer back that was not taken, and let go of what it holds.
 *
 * @param offer an offer, or NULL. What was inherited already stays with who
 *        has it
 * @par Errors none
 * @par Lifetime the offer is gone, and its text is worth nothing; what was
 *      taken stays taken
 * @par Threads any; no other call may use this offer meanwhile
 * @par Systems a forked child that calls this lets go of its own copies, and
 *      takes nothing back
 * @since 0.1.0
 */
SECTION_API void section_unexport(section_offer *offer);

/**
 * Take a section that another process has offered, by section_export() or, to
 * this program, by section_make_inheritable().
 *
 * @param[out] out the section, or NULL after an error
 * @param text the text of the offer
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID: NULL; SECTION_UNTRUSTED: no text of an offer, or
 *      what is found there is not what it says; SECTION_UNSUPPORTED: another
 *      version of the format, or not on this system (`offers`; what was
 *      inherited is, everywhere); SECTION_ACCESS: it is for
 *      another process, or the system forbids it (section_export());
 *      SECTION_GONE: it was taken already or taken back, or who offered it has
 *      ended; SECTION_RANGE: a file that has become smaller meanwhile;
 *      SECTION_LIMIT, SECTION_NO_MEMORY
 * @par Lifetime close it with section_close()
 * @par Threads any; of several who take one offer, one gets it
 * @par Systems as section_export()
 * @since 0.1.0
 */
SECTION_API section_status section_import(section **out, const char *text);

/**
 * The descriptors or handles that the program which is being started has to
 * inherit, with the numbers they have here.
 *
 * For those who start programs by other means than section_offer_pass() serves:
 * after fork(), clear FD_CLOEXEC of each in the child; on Windows put them into
 * PROC_THREAD_ATTRIBUTE_HANDLE_LIST, with others.
 *
 * @param[out] handles where to put them, or NULL with a capacity of 0
 * @param capacity how many there is room for
 * @param offer from section_make_inheritable()
 * @return how many there are, which may be more than `capacity`; 0 for any
 *         other offer
 * @par Errors none
 * @par Lifetime they belong to the offer
 * @par Threads any
 * @par Systems at most 5
 * @since 0.1.0
 */
SECTION_API size_t section_offer_handles(section_native *handles,
                                         size_t capacity,
                                         const section_offer *offer);

/**
 * Tell the system that the program which is about to be started inherits what
 * an offer holds, and no other program does.
 *
 * @param offer from section_make_inheritable()
 * @param how POSIX: an initialized `posix_spawn_file_actions_t`, to which
 *        actions are added. Windows: an initialized
 *        `LPPROC_THREAD_ATTRIBUTE_LIST` with room for one attribute: the list
 *        of handles is this offer's, and no other can be added. Several offers,
 *        or handles of the application's own, go by section_offer_handles()
 * @return SECTION_OK or the error
 * @par Errors SECTION_INVALID: NULL, or an offer that section_export() made;
 *      SECTION_NO_MEMORY
 * @par Lifetime keep the offer until the program is started; on Windows until
 *      the list is deleted (DeleteProcThreadAttributeList())
 * @par Threads any
 * @par Systems CreateProcess() needs `bInheritHandles` and
 *      EXTENDED_STARTUPINFO_PRESENT. POSIX: the descriptors keep their numbers
 *      in the child: other actions must not put anything there, or close them
 * @since 0.1.0
 */
SECTION_API section_status section_offer_pass(const section_offer *offer,
                                              void *how);

#ifdef __cplusplus
}
#endif

#endif
