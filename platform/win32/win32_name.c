/* SPDX-License-Identifier: MIT */
/*
 * Names: making, publishing and opening a section under one.
 *
 * The kernel ends a name with the last handle, whatever way its process ends;
 * what is to be done is that nobody sees a section before it is complete, and
 * that looking at one never holds it.
 *
 * Windows names a section when it creates it, not after. So it begins with a
 * DACL that lets nobody look at it, and publishing is setting the real one.
 * Beside it stands an event, from before the section is made until after it is
 * published: whoever makes the event is the only one to work on the name. It
 * tells others that a section they may not open is not there yet, and they
 * find out without a handle of that section: one in the hands of somebody who
 * only looked, and then was not run for a while, would keep the name alive
 * when all who hold it have gone.
 *
 * Of a section that nobody may open and that has no event the maker has died:
 * the system closes handles one by one. MARK tells it from a published one.
 */
#include "win32_native.h"

#include <assert.h>

/*
 * The one right that is granted for a section that is not published, and for
 * no published one. It means nothing for memory, which NtExtendSection() does
 * not extend.
 */
#define MARK SECTION_EXTEND_SIZE

/* What a handle of a section needs here. */
#define LOOK_ACCESS  (SECTION_QUERY | SECTION_MAP_READ | READ_CONTROL)
#define MAKER_ACCESS (LOOK_ACCESS | SECTION_MAP_WRITE | WRITE_DAC)

static const win32_access unpublished_access = {MARK, MARK};
static const win32_access event_access = {READ_CONTROL, READ_CONTROL};

/* What a section is published with: whom a permit lets in may run what was made
 * to be run. */
static win32_access published_access(bool is_executable)
{
    const ACCESS_MASK run = is_executable ? SECTION_MAP_EXECUTE : 0;
    const win32_access access = {LOOK_ACCESS | run,
                                 LOOK_ACCESS | SECTION_MAP_WRITE | run};
    return access;
}

/* Tries when something comes and goes while it is looked at; after that it is
 * busy, which lib/ has patience for. */
#define TRIES 4

/* ------------------------------------------------------------------------
 * Where a name is
 * ------------------------------------------------------------------------ */

static void append(win32_name *to, const WCHAR *text)
{
    while (*text != L'\0')
        to->text[to->length++] = *text++;
}

static void append_number(win32_name *to, DWORD number)
{
    WCHAR digits[11];
    WCHAR *first = digits + 10;
    *first = L'\0';
    do {
        *--first = (WCHAR)(L'0' + number % 10);
        number /= 10;
    } while (number != 0);
    append(to, first);
}

/* What CreateFileMapping() takes `Local\` and `Global\` for. Session 0, of the
 * services, has no directory of its own. */
section_os_result win32_name_directory(win32_name *out, section_scope scope)
{
    DWORD session = 0;
    out->length = 0;
    if (scope == SECTION_SCOPE_USER &&
        !ProcessIdToSessionId(GetCurrentProcessId(), &session))
        return win32_failure(GetLastError());
    if (session != 0) {
        append(out, L"\\Sessions\\");
        append_number(out, session);
    }
    append(out, L"\\BaseNamedObjects");
    return win32_ok();
}

section_os_result win32_extension_path(win32_name *out, const uint64_t id[2])
{
    section_os_result result = win32_name_directory(out, SECTION_SCOPE_MACHINE);
    if (result.status != SECTION_OK)
        return result;
    append(out, L"\\section^");
    for (int digit = 31; digit >= 0; digit--) {
        uint64_t number = id[digit < 16];
        int shift = 4 * (digit % 16);
        out->text[out->length++] = L"0123456789abcdef"[(number >> shift) & 15];
    }
    return win32_ok();
}

section_os_result win32_name_path(win32_name *out, section_scope scope,
                                  const WCHAR *prefix, const char *text)
{
    section_os_result result = win32_name_directory(out, scope);
    if (result.status != SECTION_OK)
        return result;
    append(out, L"\\");
    append(out, prefix);
    /* The end is written, too, and not counted. */
    int room = (int)(WIN32_NAME_CAPACITY - out->length);
    int written = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1,
                                      out->text + out->length, room);
    if (written == 0)
        return win32_failure(GetLastError());
    out->length += (size_t)written - 1;
    return win32_ok();
}

/* Both objects of a name. */
typedef struct paths {
    win32_name section;
    win32_name event;
} paths;

static section_os_result find_paths(paths *out, const section_os_name *name)
{
    section_os_result result = win32_name_path(
        &out->section, name->scope, WIN32_SECTION_PREFIX, name->text);
    if (result.status == SECTION_OK)
        result = win32_name_path(&out->event, name->scope, WIN32_MAKING_PREFIX,
                                 name->text);
    return result;
}

/* The failure to do something about a name, where it decides nothing. */
static section_os_result name_failure(LONG status)
{
    /* Something else has the name. */
    if (status == WIN32_STATUS_OBJECT_TYPE_MISMATCH ||
        status == WIN32_STATUS_REPARSE_POINT_ENCOUNTERED)
        return win32_native_verdict(SECTION_ACCESS, status);
    return win32_native_failure(status);
}

/* ------------------------------------------------------------------------
 * Being the only one
 * ------------------------------------------------------------------------ */

/* Whose event it is that is there: SECTION_BUSY for one of this library's. */
static section_os_result judge_event(const win32_name *event,
                                     section_scope scope)
{
    HANDLE found;
    LONG status = win32_event_open(&found, READ_CONTROL, event);
    bool is_denied = status == WIN32_STATUS_ACCESS_DENIED;
    if (status < 0 && !(is_denied && scope == SECTION_SCOPE_MACHINE))
        return name_failure(status);
    bool is_ours = true;
    section_os_result result = win32_ok();
    if (scope == SECTION_SCOPE_USER)
        result = win32_check_owner(&is_ours, found);
    if (!is_denied)
        (void)CloseHandle(found);
    if (result.status != SECTION_OK)
        return result;
    return win32_verdict(is_ours ? SECTION_BUSY : SECTION_ACCESS,
                         ERROR_ALREADY_EXISTS);
}

/* Become the only one who works on a name: SECTION_BUSY if another is. */
static section_os_result take_name(intptr_t *out, const paths *at,
                                   const section_os_name *name,
                                   win32_user *user)
{
    *out = SECTION_OS_NONE;
    section_os_result result = win32_ok();
    for (int i = 0; i < TRIES; i++) {
        win32_guard guard;
        HANDLE event;
        win32_guard_new(&guard, user, &event_access, SECTION_PERMIT_OWNER);
        LONG status = win32_event_create(&event, READ_CONTROL, &at->event,
                                         &guard.descriptor);
        if (status >= 0) {
            *out = win32_number(event);
            return win32_ok();
        }
        if (status != WIN32_STATUS_OBJECT_NAME_COLLISION)
            return name_failure(status);
        result = judge_event(&at->event, name->scope);
        if (result.status != SECTION_NOT_FOUND)
            return result;
    }
    return win32_verdict(SECTION_BUSY, (DWORD)result.os_error);
}

/*
 * What a section is that cannot be opened, or is in the way. Whoever asks has
 * taken the name: nobody publishes it meanwhile.
 *
 * SECTION_EXISTS: somebody holds it. SECTION_BUSY: whoever made it has died
 * before publishing it, and it is about to go. SECTION_NOT_FOUND: it has gone.
 */
static section_os_result judge_section(const paths *at)
{
    HANDLE found;
    LONG status = win32_section_open(&found, MARK, &at->section);
    if (status >= 0) {
        (void)CloseHandle(found);
        /* What other programs have made may grant every right. */
        status = win32_section_open(&found, MARK | SECTION_QUERY, &at->section);
        if (status == WIN32_STATUS_ACCESS_DENIED)
            return win32_native_verdict(SECTION_BUSY, status);
    }
    if (status >= 0)
        (void)CloseHandle(found);
    if (status >= 0 || status == WIN32_STATUS_ACCESS_DENIED)
        return win32_verdict(SECTION_EXISTS, ERROR_ALREADY_EXISTS);
    return name_failure(status);
}

/* ------------------------------------------------------------------------
 * Create
 * ------------------------------------------------------------------------ */

/* Make the section of a name that was taken. */
static section_os_result create_section(intptr_t *out, const paths *at,
                                        const section_os_name *name,
                                        win32_user *user,
                                        const section_os_memory *memory)
{
    bool grows = memory->reserve > memory->size;
    ACCESS_MASK access =
        MAKER_ACCESS | (memory->executable ? SECTION_MAP_EXECUTE : 0);
    DWORD protection =
        memory->executable ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE;
    section_os_result result = win32_ok();
    for (int i = 0; i < TRIES; i++) {
        win32_guard guard;
        HANDLE created;
        win32_guard_new(&guard, user, &unpublished_access, name->permit);
        LONG status = win32_section_create_named(
            &created, access, &at->section, &guard.descriptor, memory->reserve,
            protection | (grows ? SEC_RESERVE : SEC_COMMIT));
        if (status >= 0) {
            *out = win32_number(created);
            return win32_ok();
        }
        if (status != WIN32_STATUS_OBJECT_NAME_COLLISION) {
            result = name_failure(status);
            return win32_size_failure(result);
        }
        result = judge_section(at);
        if (result.status != SECTION_NOT_FOUND)
            return result;
    }
    return win32_verdict(SECTION_BUSY, (DWORD)result.os_error);
}

static section_os_result create_object(section_os_object *out,
                                       const section_os_name *name,
                                       const section_os_memory *memory)
{
    paths at;
    win32_user user;
    section_os_result result = find_paths(&at, name);
    if (result.status == SECTION_OK && name->scope == SECTION_SCOPE_MACHINE)
        result = win32_check_global();
    if (result.status == SECTION_OK)
        result = win32_find_user(&user);
    if (result.status == SECTION_OK)
        result = take_name(&out->name, &at, name, &user);
    if (result.status == SECTION_OK)
        result = create_section(&out->handle, &at, name, &user, memory);
    if (result.status == SECTION_OK && memory->reserve > memory->size)
        result = win32_commit(out->handle, 0, memory->size);
    if (result.status != SECTION_OK)
        section_os_object_close(out);
    return result;
}

/*
 * Lazy memory stands on a file that is gone with its last handle, and whoever
 * opens the section by its name would have none.
 */
section_os_result section_os_name_create(section_os_object *out,
                                         section_os_facts *facts,
                                         const section_os_name *name,
                                         const section_os_memory *memory)
{
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    if ((memory->flags & SECTION_LAZY) != 0)
        return win32_verdict(SECTION_UNSUPPORTED, 0);
    section_os_result result = create_object(out, name, memory);
    if (result.status != SECTION_OK)
        return result;
    out->flags = SECTION_OS_WRITABLE;
    if (memory->executable)
        out->flags |= SECTION_OS_EXECUTABLE;
    if (memory->reserve > memory->size) {
        out->flags |= SECTION_OS_GROWS;
        facts->reserve = memory->reserve;
    }
    facts->size = memory->size;
    facts->kind = SECTION_KIND_MEMORY;
    facts->commit = SECTION_COMMIT_CHARGED;
    facts->created = true;
    win32_make_id(facts->id);
    return win32_ok();
}

/* The handle that is kept cannot change any more who may do what. */
section_os_result section_os_name_publish(section_os_object *object,
                                          const section_os_name *name)
{
    assert(object->name != SECTION_OS_NONE);
    intptr_t kept;
    bool is_executable = (object->flags & SECTION_OS_EXECUTABLE) != 0;
    section_rights rights = SECTION_RIGHT_READ | SECTION_RIGHT_WRITE;
    if (is_executable)
        rights |= SECTION_RIGHT_EXECUTE;
    section_os_result result =
        win32_section_duplicate(&kept, object->handle, rights);
    if (result.status != SECTION_OK)
        return result;
    const win32_access access = published_access(is_executable);
    result =
        win32_guard_change(win32_handle(object->handle), &access, name->permit);
    if (result.status != SECTION_OK) {
        win32_close(kept);
        return result;
    }
    win32_close(object->handle);
    win32_close(object->name);
    object->handle = kept;
    object->name = SECTION_OS_NONE;
    return win32_ok();
}

/* ------------------------------------------------------------------------
 * Open
 * ------------------------------------------------------------------------ */

/* Why a section could not be opened; or open it, if it was published since. */
static section_os_result settle(HANDLE *out, ACCESS_MASK access,
                                const paths *at, const section_os_name *name)
{
    win32_user user;
    intptr_t event;
    *out = NULL;
    section_os_result result = win32_find_user(&user);
    if (result.status != SECTION_OK)
        return result;
    result = take_name(&event, at, name, &user);
    if (result.status == SECTION_BUSY)
        result.status = SECTION_NOT_FOUND; /* it is not published yet */
    if (result.status != SECTION_OK)
        return result;
    LONG status = win32_section_open(out, access, &at->section);
    if (status == WIN32_STATUS_ACCESS_DENIED) {
        result = judge_section(at);
        if (result.status == SECTION_EXISTS)
            result = win32_native_verdict(SECTION_ACCESS, status);
        if (result.status == SECTION_BUSY)
            result.status = SECTION_NOT_FOUND; /* it never will be */
    } else if (status < 0) {
        result = name_failure(status);
    }
    win32_close(event);
    return result;
}

static section_os_result open_section(HANDLE *out, const section_os_name *name,
                                      section_rights rights)
{
    paths at;
    *out = NULL;
    section_os_result result = find_paths(&at, name);
    if (result.status != SECTION_OK)
        return result;
    ACCESS_MASK access = LOOK_ACCESS | win32_access_for(rights);
    LONG status = win32_section_open(out, access, &at.section);
    if (status == WIN32_STATUS_ACCESS_DENIED)
        return settle(out, access, &at, name);
    return status < 0 ? name_failure(status) : win32_ok();
}

/* Whether what was found can be trusted to be a section of memory. */
static section_os_result inspect(section_os_facts *facts, uint32_t *flags,
                                 HANDLE found, section_scope scope)
{
    win32_section_information information;
    bool is_section, is_ours = true;
    section_os_result result =
        win32_query_section(&information, &is_section, found);
    if (result.status == SECTION_OK)
        result = win32_describe_section(facts, flags, &information, found);
    if (result.status == SECTION_KIND ||
        (result.status == SECTION_OK && facts->kind != SECTION_KIND_MEMORY))
        return win32_verdict(SECTION_ACCESS, 0);
    if (result.status == SECTION_OK && scope == SECTION_SCOPE_USER)
        result = win32_check_owner(&is_ours, found);
    if (result.status == SECTION_OK && !is_ours)
        return win32_verdict(SECTION_ACCESS, 0);
    return result;
}

section_os_result section_os_name_open(section_os_object *out,
                                       section_os_facts *facts,
                                       const section_os_name *name,
                                       section_rights rights)
{
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    HANDLE found;
    section_os_result result = open_section(&found, name, rights);
    if (result.status != SECTION_OK)
        return result;
    result = inspect(facts, &out->flags, found, name->scope);
    if (result.status != SECTION_OK) {
        (void)CloseHandle(found);
        *out = SECTION_OS_OBJECT_NONE;
        *facts = (section_os_facts){0};
        return result;
    }
    out->handle = win32_number(found);
    out->flags |= win32_flags_for(rights);
    return win32_ok();
}

/* ------------------------------------------------------------------------
 * The end
 * ------------------------------------------------------------------------ */

/* The name is let go with the handle, which lib/ closes next. */
void section_os_name_release(section_os_object *object,
                             const section_os_name *name)
{
    (void)object;
    (void)name;
}

/* No program can take the name of an object that is not permanent. */
bool section_os_name_is_lost(section_os_object *object,
                             const section_os_name *name)
{
    (void)object;
    (void)name;
    return false;
}
