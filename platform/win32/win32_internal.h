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

/* What the failure to make a section says of its size. */
section_os_result win32_size_failure(section_os_result failure);

/* Another handle of ours for a section, that can do what the rights say. */
section_os_result win32_section_duplicate(intptr_t *out, intptr_t from,
                                          section_rights rights);

/* Make a section of a file that is written, and with it the file as large if it
 * is smaller; both can become larger. */
section_os_result win32_section_create_growing(intptr_t *out, HANDLE file,
                                               uint64_t size);

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

/* Make memory in large pages. */
section_os_result win32_large_create(intptr_t *out, uint64_t size);

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

/* --- win32_file.c --- */

/* Let what is not written take no space. File systems that cannot do it take
 * the space instead, or say that there is none. */
void win32_make_sparse(HANDLE file);

#endif
