/* SPDX-License-Identifier: MIT */
/*
 * What the files of the Windows back end share.
 *
 * An object is a handle of a section (`handle`), and the handle of the file
 * behind it where there is one (`file`): a file to make durable, or the
 * temporary file of lazy memory. The handle of a section with a name holds the
 * name, too; `name` is only used until it is published (win32_name.c).
 * `directory` is never used: the file system notes a new entry before it is
 * seen. Nor is `reader` for reading, because the access a view was mapped with
 * is the most that VirtualProtect() gives it: it is a handle that can do
 * nothing but let views of a file that grows show what there is, where `handle`
 * may not (win32_growth.c).
 */
#ifndef SECTION_WIN32_INTERNAL_H
#define SECTION_WIN32_INTERNAL_H

#include "platform.h"
#include "win32_names.h"

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

/* Every kind of sharing: what a POSIX file lets others do, too. */
#define WIN32_SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* --- win32_status.c --- */

section_os_result win32_ok(void);

/* The status of a code of GetLastError(). */
section_os_result win32_failure(DWORD error);

/* The status of a code from a call that maps or protects. */
section_os_result win32_map_failure(DWORD error);

/* A status of the back end's own, with the code that led to it. */
section_os_result win32_verdict(section_status status, DWORD error);

/* --- win32_path.c --- */

/* A path for CreateFileW(), to be given back with section_os_free(). What can
 * be no file by its name alone is SECTION_KIND. */
section_os_result win32_path(WCHAR **out, const char *path);

/* The same for a file that nobody has yet, in the user's temporary folder. */
section_os_result win32_temporary_path(WCHAR **out);

/* --- win32_object.c --- */

/* Handles are numbers in the seam. */
HANDLE win32_handle(intptr_t number);
intptr_t win32_number(HANDLE handle);

/* Close a handle of ours; SECTION_OS_NONE is allowed. */
void win32_close(intptr_t number);

/*
 * Make a section, and with it the file as large if it is writable and smaller.
 *
 * file        INVALID_HANDLE_VALUE for memory
 * protection  as for CreateFileMappingW()
 * size        0 for that of the file
 */
section_os_result win32_section_create(intptr_t *out, HANDLE file,
                                       DWORD protection, uint64_t size);

/* What a handle of a section can do that has these rights; but
 * SECTION_EXTEND_SIZE, which is of files that grow alone. */
ACCESS_MASK win32_access_for(section_rights rights);

/* The flags of an object with these rights. */
uint32_t win32_flags_for(section_rights rights);

/* The protection of the section of an object with these flags: the most that
 * any handle of it can do. */
DWORD win32_protection_for(uint32_t flags);

/* What the failure to make a section says of its size. */
section_os_result win32_size_failure(section_os_result failure);

/* Another handle of ours for what a handle stands for, with options of
 * DuplicateHandle(). */
section_os_result win32_duplicate(intptr_t *out, intptr_t from,
                                  ACCESS_MASK access, DWORD options);

/* What the handle of a file can do that is of these rights alone; and another
 * handle of a file that can do that, and may be asked which file it is if this
 * one may. */
ACCESS_MASK win32_file_access_for(section_rights rights);
section_os_result win32_file_duplicate(intptr_t *out, intptr_t from,
                                       section_rights rights);

/* Another handle of ours for a section, that can do what the rights say. */
section_os_result win32_section_duplicate(intptr_t *out, intptr_t from,
                                          section_rights rights);

/* Make a section of a file that is written, and with it the file as large if it
 * is smaller; both can become larger. */
section_os_result win32_section_create_growing(intptr_t *out, HANDLE file,
                                               uint32_t flags, uint64_t size);

/* Of an object that nobody may open. */
SECURITY_DESCRIPTOR *win32_let_nobody(void);

/* Whether an object is a file that grows; and the handle that its section is
 * extended with. */
bool win32_is_growing_file(const section_os_object *object);
intptr_t win32_extender(const section_os_object *object);

/* --- win32_memory.c --- */

/* Numbers that no other section has had. */
void win32_make_id(uint64_t id[2]);

/* Commit pages of memory that is only reserved. Those that are committed
 * already stay as they are. */
section_os_result win32_commit(intptr_t handle, uint64_t from, uint64_t to);

/* --- win32_large.c --- */

/* Bytes of a large page; 0 if this process can have none. */
uint32_t win32_find_large_page_size(void);

/* Make memory in large pages, with the protection of its section. */
section_os_result win32_large_create(intptr_t *out, DWORD protection,
                                     uint64_t size);

/* --- win32_guard_vectored.c --- */

/* Set the handler of faults, once in a process. */
section_os_result win32_prepare_guards(void);

/* --- win32_copy_gnu.c, win32_copy_portable.c --- */

/* Let a guarded copy be left that has met a fault; false if it is not one's. */
bool win32_leave_copy(CONTEXT *context, const void *address);

/* --- win32_identity.c --- */

/* Who a thread acts for. */
typedef struct win32_user {
    union {
        TOKEN_USER token;
        BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } user;
    union {
        TOKEN_PRIMARY_GROUP token;
        BYTE bytes[sizeof(TOKEN_PRIMARY_GROUP) + SECURITY_MAX_SID_SIZE];
    } group;
} win32_user;

section_os_result win32_find_user(win32_user *out);

/* Whether this thread may create sections that all sessions see; if not,
 * SECTION_UNSUPPORTED. */
section_os_result win32_check_global(void);

/* Whether an object is of the user this thread acts for; the handle has
 * READ_CONTROL. */
section_os_result win32_check_owner(bool *is_ours, HANDLE object);

/* What those may do whom a permit lets in, to read alone or to write too. */
typedef struct win32_access {
    ACCESS_MASK read;
    ACCESS_MASK write;
} win32_access;

/* Entries of the list below: what the owner is left with, the owner's user, and
 * one more. */
#define WIN32_GUARD_ENTRIES 3

/* Who may do what with a new object. Not to be moved: it points into itself,
 * and to the user. */
typedef struct win32_guard {
    SECURITY_DESCRIPTOR descriptor;
    union {
        ACL header;
        BYTE bytes[sizeof(ACL) +
                   WIN32_GUARD_ENTRIES *
                       (sizeof(ACCESS_ALLOWED_ACE) + SECURITY_MAX_SID_SIZE)];
    } list;
} win32_guard;

void win32_guard_new(win32_guard *out, win32_user *user,
                     const win32_access *access, section_permit permit);

/* The same for an object that there is, whose owner and group stay. The handle
 * has READ_CONTROL and WRITE_DAC. */
section_os_result win32_guard_change(HANDLE object, const win32_access *access,
                                     section_permit permit);

/* --- win32_process.c --- */

/* The number of no handle: that of a part that is not there. */
#define WIN32_NO_NUMBER ((uint64_t)SECTION_OS_NONE)

/* Open a process, to do that with it: SECTION_NOT_FOUND, if the one that has
 * its number is another one. */
section_os_result win32_process_open(HANDLE *out, const section_os_process *of,
                                     DWORD access);

/* Put a handle that can do that, or with 0 the same, into a process that was
 * opened with PROCESS_DUP_HANDLE, and close it there. */
section_os_result win32_process_push(uint64_t *number, HANDLE process,
                                     intptr_t part, ACCESS_MASK access);
void win32_process_take_back(uint64_t number, HANDLE process);

/* Make a handle of our own that can do what one there can. SECTION_INVALID:
 * there is none. */
section_os_result win32_process_pull(intptr_t *part, HANDLE process,
                                     uint64_t number);

/* --- win32_parts.c --- */

/* The same for all parts. */
section_os_result win32_parts_push(uint64_t numbers[SECTION_OS_PARTS],
                                   HANDLE process,
                                   const section_os_parts *parts);
void win32_parts_take_back(uint64_t numbers[SECTION_OS_PARTS], HANDLE process);
section_os_result win32_parts_pull(section_os_parts *out, HANDLE process,
                                   const uint64_t numbers[SECTION_OS_PARTS]);

/* --- win32_pipe.c --- */

/* A named pipe that is used until a deadline. */
typedef struct win32_pipe {
    HANDLE handle;
    HANDLE event;  /* set when an operation ends; NULL: they end at once */
    HANDLE thread; /* this one, and what cancels its operations: NULL until */
    HANDLE timer;  /* they are needed */
    uint64_t deadline;
    DWORD peer; /* the process at the other end */
} win32_pipe;

/* After a failure, too, it is to be closed. */
section_os_result win32_pipe_open(win32_pipe *out, section_native channel,
                                  uint32_t timeout);
void win32_pipe_close(win32_pipe *pipe);

/* Allow so many milliseconds from now on, if they are more than what is left.
 */
void win32_pipe_allow(win32_pipe *pipe, uint32_t timeout);

/* Read or write some bytes, at least one. SECTION_BUSY: the time is over.
 * SECTION_GONE: the other end is closed. SECTION_UNTRUSTED: a message that is
 * longer than what is read, of which *done bytes are read. */
section_os_result win32_pipe_read(DWORD *done, win32_pipe *pipe, void *bytes,
                                  DWORD length);
section_os_result win32_pipe_write(DWORD *done, win32_pipe *pipe,
                                   const void *bytes, DWORD length);

/* --- win32_file.c --- */

/* Let what is not written take no space. File systems that cannot do it take
 * the space instead, or say that there is none. */
void win32_make_sparse(HANDLE file);

#endif
