/* SPDX-License-Identifier: MIT */
/*
 * What the files of the Windows back end share.
 *
 * An object is a handle of a section (`handle`), and the handle of the file
 * behind it where there is one (`file`): a file to make durable, or the
 * temporary file of lazy memory. The handle of a section with a name holds the
 * name, too; `name` is only used until it is published (win32_name.c). `reader`
 * is never used: on Windows the access a view was mapped with is the most that
 * VirtualProtect() gives it.
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

/* --- win32_memory.c --- */

/* Numbers that no other section has had. */
void win32_make_id(uint64_t id[2]);

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
