/* SPDX-License-Identifier: MIT */
/*
 * What the files of the Windows back end share.
 *
 * An object is a handle of a section (`handle`), and the handle of the file
 * behind it where there is one (`file`): a file to make durable, or the
 * temporary file of lazy memory. `reader` is never used: on Windows the access
 * a view was mapped with is the most that VirtualProtect() gives it.
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

/* --- win32_file.c --- */

/* Let what is not written take no space. File systems that cannot do it take
 * the space instead, or say that there is none. */
void win32_make_sparse(HANDLE file);

#endif
