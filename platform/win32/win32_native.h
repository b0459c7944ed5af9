/* SPDX-License-Identifier: MIT */
/*
 * The calls of ntdll that Windows has no other way for: what a handle is and
 * may do, and objects that are looked for by name without being held. What
 * returns a LONG returns an NTSTATUS.
 */
#ifndef SECTION_WIN32_NATIVE_H
#define SECTION_WIN32_NATIVE_H

#include "win32_internal.h"

#include <winternl.h>

/* The ones that decide something; <ntstatus.h> and <windows.h> cannot be
 * included together. */
#define WIN32_STATUS_SUCCESS                   ((LONG)0x00000000L)
#define WIN32_STATUS_NOT_IMPLEMENTED           ((LONG)0xC0000002L)
#define WIN32_STATUS_INFO_LENGTH_MISMATCH      ((LONG)0xC0000004L)
#define WIN32_STATUS_INVALID_HANDLE            ((LONG)0xC0000008L)
#define WIN32_STATUS_INVALID_PARAMETER         ((LONG)0xC000000DL)
#define WIN32_STATUS_ACCESS_DENIED             ((LONG)0xC0000022L)
#define WIN32_STATUS_BUFFER_TOO_SMALL          ((LONG)0xC0000023L)
#define WIN32_STATUS_OBJECT_TYPE_MISMATCH      ((LONG)0xC0000024L)
#define WIN32_STATUS_OBJECT_NAME_NOT_FOUND     ((LONG)0xC0000034L)
#define WIN32_STATUS_OBJECT_NAME_COLLISION     ((LONG)0xC0000035L)
#define WIN32_STATUS_PROCEDURE_NOT_FOUND       ((LONG)0xC000007AL)
#define WIN32_STATUS_INSUFFICIENT_RESOURCES    ((LONG)0xC000009AL)
#define WIN32_STATUS_REPARSE_POINT_ENCOUNTERED ((LONG)0xC000050BL)
#define WIN32_STATUS_BUFFER_OVERFLOW           ((LONG)0x80000005L)
#define WIN32_STATUS_MORE_ENTRIES              ((LONG)0x00000105L)
#define WIN32_STATUS_NO_MORE_ENTRIES           ((LONG)0x8000001AL)

/* NtQuerySection() and what CreateFileMapping() never shows. */
#define WIN32_SECTION_IS_FILE 0x00800000u /* SEC_FILE */

/* NtQuerySection(), SectionBasicInformation. */
typedef struct win32_section_information {
    void *base;
    ULONG attributes;
    LARGE_INTEGER size;
} win32_section_information;

/* NtQueryDirectoryObject(), OBJECT_DIRECTORY_INFORMATION: an array that ends
 * with one without a name. */
typedef struct win32_directory_entry {
    UNICODE_STRING name;
    UNICODE_STRING type;
} win32_directory_entry;

/* Characters of the longest path of a name: the directory of a session, the
 * prefix, and no more characters of UTF-16 than the name has bytes. */
#define WIN32_NAME_CAPACITY (64 + SECTION_NAME_MAX)

/* Where an object with a name is in the directories of the kernel. */
typedef struct win32_name {
    WCHAR text[WIN32_NAME_CAPACITY];
    size_t length; /* characters, without an end */
} win32_name;

/* --- win32_name.c --- */

/* What stands before the name of a section, and before that of the event that
 * is there while one is being made. */
#define WIN32_SECTION_PREFIX L"section."
#define WIN32_MAKING_PREFIX  L"section~"

/* The directory of a scope. */
section_os_result win32_name_directory(win32_name *out, section_scope scope);

/* What has this name in a scope, behind a prefix. */
section_os_result win32_name_path(win32_name *out, section_scope scope,
                                  const WCHAR *prefix, const char *text);

/* What has the number of a section, for all sessions, while it is extended. */
section_os_result win32_extension_path(win32_name *out, const uint64_t id[2]);

/* --- win32_native.c --- */

/* The failure of a native call as a code of GetLastError(), which is what the
 * application is promised. */
section_os_result win32_native_failure(LONG status);

/* A status of the back end's own, with the native failure that led to it. */
section_os_result win32_native_verdict(section_status verdict, LONG status);

/* What a handle may do. */
section_os_result win32_find_granted(ACCESS_MASK *out, HANDLE handle);

/* The path of what has a name; of length 0 if it has none, or a longer one than
 * any of ours. Not of files, which it may wait for. */
section_os_result win32_find_name(win32_name *out, HANDLE handle);

/* Whether two handles are of the same object. */
section_os_result win32_compare(bool *same, HANDLE one, HANDLE other);

/* Ask a file, which waits if somebody else is using it (FILE_MODE_INFORMATION,
 * ...). */
LONG win32_query_file(HANDLE file, int what, void *out, ULONG size);

/* Describe a section; *is_section is false, and that no failure, if the handle
 * is of something else. */
section_os_result win32_query_section(win32_section_information *out,
                                      bool *is_section, HANDLE handle);

/* Open a section by name, with exactly this access. */
LONG win32_section_open(HANDLE *out, ACCESS_MASK access,
                        const win32_name *name);

/* Create memory under a name, with a protection and SEC_COMMIT or SEC_RESERVE;
 * never opens what is there. */
LONG win32_section_create_named(HANDLE *out, ACCESS_MASK access,
                                const win32_name *name,
                                SECURITY_DESCRIPTOR *security, uint64_t size,
                                ULONG protection);

/* Whether sections of files can be extended here. */
bool win32_can_extend(void);

/* Create a section of a file that is written, whose views can be larger than
 * it. */
LONG win32_section_create_file(HANDLE *out, ACCESS_MASK access, HANDLE file,
                               SECURITY_DESCRIPTOR *security, uint64_t size,
                               ULONG protection);

/* Make such a section as large as that, and its file if it is smaller; the
 * handle has SECTION_EXTEND_SIZE. Neither ever becomes smaller. */
LONG win32_section_extend(HANDLE handle, uint64_t size);

/* Map a view of such a section that may be larger than it, at *base if that is
 * not NULL. */
LONG win32_section_map(void **base, HANDLE handle, uint64_t offset,
                       size_t length, ULONG protection);

/* The same for an event, which nobody ever waits for. */
LONG win32_event_open(HANDLE *out, ACCESS_MASK access, const win32_name *name);
LONG win32_event_create(HANDLE *out, ACCESS_MASK access, const win32_name *name,
                        SECURITY_DESCRIPTOR *security);

/* Open a directory of the kernel, to be read. */
LONG win32_directory_open(HANDLE *out, const win32_name *name);

/* Begin to read pages into memory. */
section_os_result win32_prefetch(void *base, size_t length);

/* Read a directory: everything, or the one entry at *place. */
LONG win32_directory_read(HANDLE directory, void *buffer, ULONG size,
                          bool everything, ULONG *place);

/* --- win32_wrap.c --- */

/* The facts of a section somebody else made, and what flags its object has; of
 * an image SECTION_KIND. The handle can map views to read. */
section_os_result win32_describe_section(section_os_facts *facts,
                                         uint32_t *flags,
                                         const win32_section_information *of,
                                         HANDLE handle);

#endif
