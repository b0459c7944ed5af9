/* SPDX-License-Identifier: MIT */
/*
 * Memory in large pages. It takes a privilege that is off in the processes of
 * those who have it: it is turned on for the thread alone, and for one call, by
 * letting the thread act for a copy of its own token.
 */
#include "win32_internal.h"

/* SeLockMemoryPrivilege: the number is the same on every system. */
#define LOCK_MEMORY_PRIVILEGE 4

/* Privileges there are, and room for some more. */
#define PRIVILEGES_MOST 64

static bool has_privilege(HANDLE token)
{
    union {
        TOKEN_PRIVILEGES list;
        BYTE bytes[sizeof(TOKEN_PRIVILEGES) +
                   PRIVILEGES_MOST * sizeof(LUID_AND_ATTRIBUTES)];
    } found;
    DWORD length;
    if (!GetTokenInformation(token, TokenPrivileges, &found, sizeof(found),
                             &length))
        return false;
    for (DWORD i = 0; i < found.list.PrivilegeCount; i++)
        if (found.list.Privileges[i].Luid.LowPart == LOCK_MEMORY_PRIVILEGE &&
            found.list.Privileges[i].Luid.HighPart == 0)
            return true;
    return false;
}

/* The answer, once it is known: threads that ask at the same time write the
 * same. */
#define NOT_ASKED_YET (-1)
static volatile LONG known_size = NOT_ASKED_YET;

uint32_t win32_find_large_page_size(void)
{
    LONG known = known_size;
    if (known != NOT_ASKED_YET)
        return (uint32_t)known;
    HANDLE token;
    SIZE_T size = 0;
    if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
        if (has_privilege(token))
            size = GetLargePageMinimum();
        win32_close(win32_number(token));
    }
    known_size = size < INT32_MAX ? (LONG)size : 0;
    return (uint32_t)known_size;
}

/* ------------------------------------------------------------------------
 * For one call
 * ------------------------------------------------------------------------ */

/* The token this thread acts for, NULL if it is that of the process. */
static section_os_result find_former(HANDLE *out)
{
    *out = NULL;
    if (OpenThreadToken(GetCurrentThread(),
                        TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_IMPERSONATE, TRUE,
                        out))
        return win32_ok();
    DWORD error = GetLastError();
    return error == ERROR_NO_TOKEN ? win32_ok() : win32_failure(error);
}

/* A copy of a token with the privilege turned on; of that of the process if it
 * is NULL. */
static section_os_result copy_token(HANDLE *out, HANDLE former)
{
    HANDLE from = former;
    *out = NULL;
    if (from == NULL && !OpenProcessToken(GetCurrentProcess(),
                                          TOKEN_QUERY | TOKEN_DUPLICATE, &from))
        return win32_failure(GetLastError());
    section_os_result result = win32_ok();
    if (!DuplicateTokenEx(
            from, TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES | TOKEN_IMPERSONATE,
            NULL, SecurityImpersonation, TokenImpersonation, out))
        result = win32_failure(GetLastError());
    if (former == NULL)
        win32_close(win32_number(from));
    if (result.status != SECTION_OK)
        return result;
    TOKEN_PRIVILEGES on = {
        1, {{{LOCK_MEMORY_PRIVILEGE, 0}, SE_PRIVILEGE_ENABLED}}};
    /* It also succeeds, and says so, if the token does not have it. */
    if (!AdjustTokenPrivileges(*out, FALSE, &on, 0, NULL, NULL))
        result = win32_failure(GetLastError());
    else if (GetLastError() == ERROR_NOT_ALL_ASSIGNED)
        result = win32_verdict(SECTION_UNSUPPORTED, ERROR_PRIVILEGE_NOT_HELD);
    if (result.status != SECTION_OK)
        win32_close(win32_number(*out));
    return result;
}

section_os_result win32_large_create(intptr_t *out, DWORD protection,
                                     uint64_t size)
{
    HANDLE former, privileged;
    *out = SECTION_OS_NONE;
    section_os_result result = find_former(&former);
    if (result.status != SECTION_OK)
        return result;
    result = copy_token(&privileged, former);
    if (result.status == SECTION_OK) {
        if (SetThreadToken(NULL, privileged)) {
            result = win32_section_create(
                out, INVALID_HANDLE_VALUE,
                protection | SEC_COMMIT | SEC_LARGE_PAGES, size);
            /* Back to what the thread was: a token that it had already. */
            (void)SetThreadToken(NULL, former);
        } else {
            result = win32_failure(GetLastError());
        }
        win32_close(win32_number(privileged));
    }
    if (result.status == SECTION_ACCESS)
        result.status = SECTION_UNSUPPORTED;
    if (former != NULL)
        win32_close(win32_number(former));
    return result;
}
