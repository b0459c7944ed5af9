/* SPDX-License-Identifier: MIT */
/*
 * Who this thread acts for, whether an object is that user's, and what others
 * may do with an object of ours.
 */
#include "win32_internal.h"

/* Well-known security identifiers: everybody, and whoever owns the object. The
 * system gives an owner the right to change who may do what, unless the object
 * says itself what its owner may do. */
static SID everyone = {SID_REVISION, 1, {SECURITY_WORLD_SID_AUTHORITY}, {0}};
static SID owner_rights = {
    SID_REVISION, 1, {SECURITY_CREATOR_SID_AUTHORITY}, {4}};

/* SeCreateGlobalPrivilege: the number is the same on every system. */
#define CREATE_GLOBAL_PRIVILEGE 30

static section_os_result open_token(HANDLE *out)
{
    /* That of whoever is impersonated decides what is allowed. */
    if (OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, out))
        return win32_ok();
    DWORD error = GetLastError();
    if (error != ERROR_NO_TOKEN)
        return win32_failure(error);
    if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, out))
        return win32_ok();
    return win32_failure(GetLastError());
}

static section_os_result ask_token(HANDLE token, TOKEN_INFORMATION_CLASS what,
                                   void *out, DWORD size)
{
    DWORD length;
    if (GetTokenInformation(token, what, out, size, &length))
        return win32_ok();
    return win32_failure(GetLastError());
}

section_os_result win32_find_user(win32_user *out)
{
    HANDLE token;
    section_os_result result = open_token(&token);
    if (result.status != SECTION_OK)
        return result;
    result = ask_token(token, TokenUser, &out->user, sizeof(out->user));
    if (result.status == SECTION_OK)
        result = ask_token(token, TokenPrimaryGroup, &out->group,
                           sizeof(out->group));
    win32_close(win32_number(token));
    return result;
}

section_os_result win32_check_global(void)
{
    HANDLE token;
    section_os_result result = open_token(&token);
    if (result.status != SECTION_OK)
        return result;
    PRIVILEGE_SET needed = {
        1,
        PRIVILEGE_SET_ALL_NECESSARY,
        {{{CREATE_GLOBAL_PRIVILEGE, 0}, SE_PRIVILEGE_ENABLED}}};
    BOOL has = FALSE;
    if (!PrivilegeCheck(token, &needed, &has))
        result = win32_failure(GetLastError());
    else if (!has)
        result = win32_verdict(SECTION_UNSUPPORTED, ERROR_PRIVILEGE_NOT_HELD);
    win32_close(win32_number(token));
    return result;
}

/* ------------------------------------------------------------------------
 * Whose an object is
 * ------------------------------------------------------------------------ */

/* The owner and the group of an object. */
typedef union origin {
    SECURITY_DESCRIPTOR descriptor;
    BYTE bytes[sizeof(SECURITY_DESCRIPTOR) + 2 * SECURITY_MAX_SID_SIZE];
} origin;

static section_os_result find_origin(origin *out, HANDLE object)
{
    DWORD length;
    if (GetKernelObjectSecurity(
            object, OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION,
            &out->descriptor, sizeof(*out), &length))
        return win32_ok();
    return win32_failure(GetLastError());
}

static SID *find_owner(origin *of)
{
    SID *owner = NULL;
    BOOL is_default;
    (void)GetSecurityDescriptorOwner(&of->descriptor, (PSID *)&owner,
                                     &is_default);
    return owner;
}

static SID *find_group(origin *of)
{
    SID *group = NULL;
    BOOL is_default;
    (void)GetSecurityDescriptorGroup(&of->descriptor, (PSID *)&group,
                                     &is_default);
    return group;
}

/* Whether an owner is the user of a token, or what the token makes is owned by
 * it: what an administrator makes may belong to all of them. */
static section_os_result compare_owner(bool *is_ours, SID *owner, HANDLE token)
{
    union {
        TOKEN_USER user;
        TOKEN_OWNER owner;
        BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } found;
    section_os_result result =
        ask_token(token, TokenUser, &found, sizeof(found));
    if (result.status != SECTION_OK)
        return result;
    *is_ours = EqualSid(owner, found.user.User.Sid) != FALSE;
    if (*is_ours)
        return result;
    result = ask_token(token, TokenOwner, &found, sizeof(found));
    if (result.status == SECTION_OK)
        *is_ours = EqualSid(owner, found.owner.Owner) != FALSE;
    return result;
}

section_os_result win32_check_owner(bool *is_ours, HANDLE object)
{
    *is_ours = false;
    origin found;
    section_os_result result = find_origin(&found, object);
    SID *owner = result.status == SECTION_OK ? find_owner(&found) : NULL;
    if (owner == NULL)
        return result;
    HANDLE token;
    result = open_token(&token);
    if (result.status != SECTION_OK)
        return result;
    result = compare_owner(is_ours, owner, token);
    win32_close(win32_number(token));
    return result;
}

/* ------------------------------------------------------------------------
 * Who may do what
 * ------------------------------------------------------------------------ */

static void allow(win32_guard *guard, ACCESS_MASK access, SID *whom)
{
    /* There is room for as many as are ever added. */
    (void)AddAccessAllowedAce(&guard->list.header, ACL_REVISION, access, whom);
}

/* The owner may do everything, and others what the permit lets them. */
static void describe(win32_guard *out, SID *owner, SID *group,
                     const win32_access *access, section_permit permit)
{
    (void)InitializeAcl(&out->list.header, sizeof(out->list), ACL_REVISION);
    allow(out, READ_CONTROL, &owner_rights);
    allow(out, access->write, owner);
    if (permit == SECTION_PERMIT_GROUP && group != NULL)
        allow(out, access->write, group);
    if (permit == SECTION_PERMIT_EVERYONE_READ)
        allow(out, access->read, &everyone);
    if (permit == SECTION_PERMIT_EVERYONE)
        allow(out, access->write, &everyone);
    const SECURITY_DESCRIPTOR empty = {SECURITY_DESCRIPTOR_REVISION,
                                       0,
                                       SE_DACL_PRESENT,
                                       NULL,
                                       NULL,
                                       NULL,
                                       NULL};
    out->descriptor = empty;
    out->descriptor.Owner = owner;
    out->descriptor.Dacl = &out->list.header;
}

void win32_guard_new(win32_guard *out, win32_user *user,
                     const win32_access *access, section_permit permit)
{
    describe(out, user->user.token.User.Sid, user->group.token.PrimaryGroup,
             access, permit);
}

section_os_result win32_guard_change(HANDLE object, const win32_access *access,
                                     section_permit permit)
{
    origin found;
    section_os_result result = find_origin(&found, object);
    if (result.status != SECTION_OK)
        return result;
    win32_guard guard;
    describe(&guard, find_owner(&found), find_group(&found), access, permit);
    if (SetKernelObjectSecurity(object, DACL_SECURITY_INFORMATION,
                                &guard.descriptor))
        return win32_ok();
    return win32_failure(GetLastError());
}
