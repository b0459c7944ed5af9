/* SPDX-License-Identifier: MIT */
/*
 * What the back end makes of single answers of Windows, also of those that
 * Wine never gives, and what it never asks for.
 */
#include "faults.h"

#include "expect.h"
#include "files.h"
#include "foreign.h"
#include "sections.h"

#include <windows.h>
#include <winternl.h>

#include <wchar.h>

#define SIZE 5000

/* --- Paths --- */

static section_status open_path(const char *path)
{
    section *s;
    section_status status = section_open_file(&s, path, SECTION_RIGHT_READ);
    section_close(s);
    return status;
}

/* A server that is asked for a pipe can tell who asks: nothing is opened. */
static void a_share_of_pipes_is_no_section_and_is_not_opened(void **state)
{
    const char *paths[] = {
        "\\\\localhost\\pipe\\name",
        "\\\\localhost\\PIPE\\folder\\name",
        "//localhost/Pipe/name",
        "\\\\localhost\\pipe",
        "\\\\localhost\\mailslot\\name",
        "\\\\localhost\\MailSlot\\name",
        "\\\\localhost\\IPC$\\name",
        "\\\\?\\UNC\\localhost\\pipe\\name",
        "\\\\?\\unc\\localhost\\PIPE\\name",
        "\\\\.\\UNC\\localhost\\mailslot\\name",
        "\\\\;LanmanRedirector\\localhost\\pipe\\name",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        size_t before = faults_files_opened();
        assert_status(SECTION_KIND, open_path(paths[i]));
        section *s;
        section_options o = file_options(paths[i], SIZE, SECTION_CREATE_NEW);
        assert_no_section(SECTION_KIND, s, section_create(&s, &o));
        assert_same(before, faults_files_opened());
    }
}

/* Only the share decides, by its whole name. The failure says that the path
 * came as far as the system. */
static void other_shares_and_volumes_are_looked_for_in_any_case(void **state)
{
    const char *paths[] = {
        "\\\\localhost\\pipes\\name",
        "\\\\localhost\\share\\pipe\\name",
        "\\\\pipe\\share\\name",
        "\\\\?\\UNC\\localhost\\share\\name",
        "\\\\?\\unc\\localhost\\share\\name",
        "\\\\?\\Volume{00000000-0000-0000-0000-000000000000}\\name",
        "\\\\?\\volume{00000000-0000-0000-0000-000000000000}\\name",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        faults_arm_import("CreateFileW", ERROR_SHARING_VIOLATION);
        assert_status(SECTION_BUSY, open_path(paths[i]));
        assert_that(faults_disarm() != NULL);
    }
}

static void whoever_serves_a_path_cannot_act_as_us(void **state)
{
    (void)state;
    file_path path = files_path("served");
    section_close(new_file(path.text, SIZE, SECTION_CREATE_NEW));
    DWORD needed = SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
    DWORD quality = SECURITY_SQOS_PRESENT | SECURITY_VALID_SQOS_FLAGS;
    assert_same(needed, faults_file_flags() & quality);
    assert_status(SECTION_OK, open_path(path.text));
    assert_same(needed, faults_file_flags() & quality);
    assert_that(file_remove(path.text));
}

/* --- Codes --- */

/* Windows says of a directory that access is denied, where Wine says that the
 * file exists. */
static void creating_over_a_directory_is_exists(void **state)
{
    (void)state;
    section *s;
    file_path path = files_path("directory");
    section_options o = file_options(path.text, SIZE, SECTION_CREATE_NEW);

    faults_arm_import("CreateFileW", ERROR_ACCESS_DENIED);
    assert_no_section(SECTION_ACCESS, s, section_create(&s, &o));
    directory_make(path.text);
    faults_arm_import("CreateFileW", ERROR_ACCESS_DENIED);
    assert_no_section(SECTION_EXISTS, s, section_create(&s, &o));
    assert_same(ERROR_ACCESS_DENIED, section_last_os_error());
    (void)faults_disarm();
    directory_remove(path.text);
}

static void codes_of_servers_and_file_systems_have_a_status(void **state)
{
    const struct {
        DWORD error;
        section_status status;
    } rows[] = {
        {55 /* ERROR_DEV_NOT_EXIST */, SECTION_IO},
        {121 /* ERROR_SEM_TIMEOUT */, SECTION_IO},
        {362 /* ERROR_CLOUD_FILE_PROVIDER_NOT_RUNNING */, SECTION_IO},
        {665 /* ERROR_FILE_SYSTEM_LIMITATION */, SECTION_NO_SPACE},
        {1231 /* ERROR_NETWORK_UNREACHABLE */, SECTION_IO},
        {1346 /* ERROR_BAD_IMPERSONATION_LEVEL */, SECTION_ACCESS},
        {4350 /* ERROR_FILE_OFFLINE */, SECTION_IO},
        {4390 /* ERROR_NOT_A_REPARSE_POINT: one without a row */,
         SECTION_SYSTEM},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        faults_arm_import("CreateFileW", rows[i].error);
        assert_status(rows[i].status, open_path("C:\\file"));
        assert_same(rows[i].error, section_last_os_error());
        assert_that(faults_disarm() != NULL);
    }
}

static void a_native_failure_is_told_as_a_code_of_windows(void **state)
{
    (void)state;
    section *s;
    section *from = new_memory(SIZE);
    intptr_t lent;
    assert_status(SECTION_OK,
                  section_duplicate_native(&lent, from, READ_WRITE));

    /* STATUS_INSUFFICIENT_RESOURCES */
    faults_arm_import("NtQueryObject", 0xC000009A);
    assert_no_section(
        SECTION_LIMIT, s,
        section_wrap(&s, lent, READ_WRITE, SECTION_NATIVE_BORROWED));
    assert_same(ERROR_NO_SYSTEM_RESOURCES, section_last_os_error());
    /* STATUS_IO_TIMEOUT */
    faults_arm_import("NtQuerySection", 0xC00000B5);
    assert_no_section(
        SECTION_IO, s,
        section_wrap(&s, lent, READ_WRITE, SECTION_NATIVE_BORROWED));
    assert_same(ERROR_SEM_TIMEOUT, section_last_os_error());
    (void)faults_disarm();
    foreign_close(lent);
    section_close(from);
}

/* --- Flushing --- */

/* What the library makes of a call that fails once, and of the next flush. */
static void assert_flush(const char *import, DWORD error,
                         section_status expected)
{
    file_path path = files_path("flushed");
    section *s = new_file(path.text, SIZE, SECTION_CREATE_NEW);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    bytes_of(&view)[0] = 'f';
    faults_arm_import(import, error);
    assert_status(expected,
                  section_view_flush(&view, 0, 0, SECTION_FLUSH_DURABLE));
    assert_that(faults_disarm() != NULL);
    if (expected != SECTION_OK)
        assert_same(error, section_last_os_error());
    assert_status(expected, section_flush(s, SECTION_FLUSH_WRITTEN));
    unmap(&view);
    section_close(s);
    assert_that(file_remove(path.text));
}

/* The system writes the same pages at that moment. */
static void a_flush_that_meets_the_systems_own_is_tried_again(void **state)
{
    (void)state;
    assert_flush("FlushViewOfFile", ERROR_LOCK_VIOLATION, SECTION_OK);
}

/* None of these says that something else could be tried. */
static void a_flush_that_fails_says_that_bytes_may_be_lost(void **state)
{
    (void)state;
    assert_flush("FlushViewOfFile", ERROR_DISK_FULL, SECTION_NO_SPACE);
    assert_flush("FlushViewOfFile", ERROR_IO_DEVICE, SECTION_IO);
    assert_flush("FlushFileBuffers", ERROR_IO_DEVICE, SECTION_IO);
    assert_flush("FlushFileBuffers", ERROR_ACCESS_DENIED, SECTION_IO);
    assert_flush("FlushFileBuffers", ERROR_WRITE_PROTECT, SECTION_IO);
    assert_flush("FlushFileBuffers", ERROR_INVALID_FUNCTION, SECTION_IO);
}

/* --- In advance --- */

static void codes_of_locking_have_a_status(void **state)
{
    const struct {
        DWORD error;
        section_status status;
    } rows[] = {
        {ERROR_WORKING_SET_QUOTA, SECTION_LIMIT},
        {ERROR_NOACCESS, SECTION_LIMIT},
        {ERROR_INVALID_ADDRESS, SECTION_LIMIT},
        {ERROR_ACCESS_DENIED, SECTION_ACCESS},
    };
    (void)state;
    section *s = new_memory(SIZE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        faults_arm_import("VirtualLock", rows[i].error);
        assert_status(rows[i].status, section_view_lock(&view, 0, 0));
        assert_same(rows[i].error, section_last_os_error());
    }
    /* One page that is not locked keeps the system from unlocking any. */
    assert_status(SECTION_OK, section_view_lock(&view, 0, 0));
    faults_arm_import("VirtualUnlock", ERROR_NOT_LOCKED);
    assert_status(SECTION_OK, section_view_unlock(&view, 0, 0));
    assert_that(faults_disarm() != NULL);
    unmap(&view);
    section_close(s);
}

static void prefetching_before_windows_8_is_unsupported(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    faults_arm_import("GetProcAddress", ERROR_PROC_NOT_FOUND);
    assert_status(SECTION_UNSUPPORTED,
                  section_view_prefetch(&view, 0, 0, SECTION_PREFETCH_START));
    assert_that(faults_disarm() != NULL);
    assert_status(SECTION_OK,
                  section_view_prefetch(&view, 0, 0, SECTION_PREFETCH_START));
    unmap(&view);
    section_close(s);
}

/* --- Growth --- */

static section *new_growing(uint64_t size, uint64_t reserve)
{
    section *s;
    section_options o = memory_options(size);
    o.reserve = reserve;
    o.rights |= SECTION_RIGHT_EXTEND;
    assert_status(SECTION_OK, section_create(&s, &o));
    return s;
}

/* Where there are not enough addresses for a view of all that is committed, it
 * is done by parts. */
static void memory_is_extended_with_few_addresses(void **state)
{
    (void)state;
    /* No part of a page, which would be mapped to be cleared. */
    section *s = new_growing(1 << 16, (uint64_t)16 << 20);
    faults_arm_import("MapViewOfFileEx", ERROR_NOT_ENOUGH_MEMORY);
    assert_status(SECTION_OK, section_extend(s, (uint64_t)15 << 20));
    assert_that(faults_disarm() != NULL);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_same((uint64_t)15 << 20, view.length);
    MEMORY_BASIC_INFORMATION found;
    assert_that(VirtualQuery(view.data, &found, sizeof(found)) != 0);
    assert_same(MEM_COMMIT, found.State);
    assert_that(found.RegionSize >= view.length);
    unmap(&view);
    section_close(s);
}

static void memory_that_cannot_be_promised_is_no_space(void **state)
{
    (void)state;
    section *s = new_growing(SIZE, (uint64_t)16 << 20);
    faults_arm_import("VirtualAlloc", ERROR_COMMITMENT_LIMIT);
    assert_status(SECTION_NO_SPACE, section_extend(s, (uint64_t)15 << 20));
    assert_that(faults_disarm() != NULL);
    section_info info = SECTION_INFO_INIT;
    assert_status(SECTION_OK, section_get_info(&info, s));
    assert_same(SIZE, info.size);
    section_close(s);
}

/* What tells that a section is not published is never granted by one that is:
 * memory is extended without. */
static void
a_published_name_that_grows_cannot_be_extended_natively(void **state)
{
    (void)state;
    section *s;
    section_options o = memory_options(SIZE);
    o.name = "answers that grow";
    o.reserve = (uint64_t)1 << 20;
    o.rights |= SECTION_RIGHT_EXTEND;
    assert_status(SECTION_OK, section_create(&s, &o));
    HANDLE found = OpenFileMappingW(SECTION_EXTEND_SIZE, FALSE,
                                    L"Local\\section.answers that grow");
    assert_that(found == NULL && GetLastError() == ERROR_ACCESS_DENIED);
    assert_status(SECTION_OK, section_extend(s, o.reserve));
    section_close(s);
}

/* Pages of others that are not committed are not looked at. */
static void reserved_memory_of_others_has_its_own_size(void **state)
{
    (void)state;
    section *s;
    HANDLE reserved =
        CreateFileMappingW(INVALID_HANDLE_VALUE, NULL,
                           PAGE_READWRITE | SEC_RESERVE, 0, 1 << 20, NULL);
    assert_that(reserved != NULL);
    faults_arm_import("ReadProcessMemory", ERROR_PARTIAL_COPY);
    assert_status(SECTION_OK,
                  section_wrap(&s, (intptr_t)reserved, SECTION_RIGHT_READ,
                               SECTION_NATIVE_OWNED));
    assert_that(faults_disarm() != NULL);
    section_info info = SECTION_INFO_INIT;
    assert_status(SECTION_OK, section_get_info(&info, s));
    assert_same(1 << 20, info.size);
    assert_same(1 << 20, info.reserve);
    section_close(s);
}

/* --- Names --- */

#define NAME        "answers"
#define OBJECT_NAME L"Local\\section.answers"
#define EVENT_NAME  L"Local\\section~answers"

/* A list of who may do what, and room for one entry. */
typedef struct guard {
    SECURITY_ATTRIBUTES attributes;
    SECURITY_DESCRIPTOR descriptor;
    union {
        ACL header;
        unsigned char bytes[64];
    } list;
} guard;

static SID everyone = {SID_REVISION, 1, {SECURITY_WORLD_SID_AUTHORITY}, {0}};

/* Let everyone do this, and nobody anything else. */
static SECURITY_ATTRIBUTES *only(guard *g, DWORD access)
{
    memset(g, 0, sizeof(*g));
    assert_that(
        InitializeAcl(&g->list.header, sizeof(g->list), ACL_REVISION) &&
        AddAccessAllowedAce(&g->list.header, ACL_REVISION, access, &everyone));
    g->descriptor.Revision = SECURITY_DESCRIPTOR_REVISION;
    g->descriptor.Control = SE_DACL_PRESENT;
    g->descriptor.Dacl = &g->list.header;
    g->attributes.nLength = sizeof(g->attributes);
    g->attributes.lpSecurityDescriptor = &g->descriptor;
    return &g->attributes;
}

static HANDLE plant(SECURITY_ATTRIBUTES *attributes)
{
    HANDLE made = CreateFileMappingW(INVALID_HANDLE_VALUE, attributes,
                                     PAGE_READWRITE, 0, SIZE, OBJECT_NAME);
    assert_that(made != NULL && GetLastError() != ERROR_ALREADY_EXISTS);
    return made;
}

/* What comes of creating and of opening, both without patience. */
static void assert_answers(section_status created, section_status opened)
{
    section *s;
    section_options o = memory_options(SIZE);
    section_open_options how = SECTION_OPEN_OPTIONS_INIT;
    o.name = NAME;
    o.timeout = 1;
    how.timeout = 1;
    assert_status(created, section_create(&s, &o));
    section_close(s);
    assert_status(opened, section_open(&s, NAME, &how));
    section_close(s);
}

static void a_foreign_program_reads_a_section_from_its_first_byte(void **state)
{
    (void)state;
    section *s;
    section_options o = memory_options(SIZE);
    o.name = NAME;
    assert_status(SECTION_OK, section_create(&s, &o));
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    bytes_of(&view)[0] = 'f';
    HANDLE found = OpenFileMappingW(FILE_MAP_READ, FALSE, OBJECT_NAME);
    const char *bytes = MapViewOfFile(found, FILE_MAP_READ, 0, 0, 1);
    assert_that(bytes != NULL);
    assert_same('f', bytes[0]);
    assert_that(UnmapViewOfFile(bytes) != 0);
    assert_that(CloseHandle(found) != 0);
    unmap(&view);
    section_close(s);
}

/* What is handed out cannot change who may do what. */
static void a_published_handle_has_no_more_rights_than_it_needs(void **state)
{
    (void)state;
    section *s;
    section_options o = memory_options(SIZE);
    o.name = NAME;
    assert_status(SECTION_OK, section_create(&s, &o));
    intptr_t native;
    assert_status(SECTION_OK, section_get_native(&native, s));
    struct {
        ULONG attributes;
        ACCESS_MASK granted;
        ULONG rest[12];
    } found;
    assert_that(NtQueryObject((HANDLE)native, 0, &found, sizeof(found), NULL) >=
                0);
    assert_same(SECTION_QUERY | SECTION_MAP_READ | SECTION_MAP_WRITE,
                found.granted);
    section_close(s);
}

static HANDLE seen_section, seen_event;
static DWORD seen_error;

static section_status look_around(void *data, size_t length, void *context)
{
    (void)data;
    (void)length;
    (void)context;
    seen_section = OpenFileMappingW(FILE_MAP_READ, FALSE, OBJECT_NAME);
    seen_error = GetLastError();
    seen_event = OpenEventW(READ_CONTROL, FALSE, EVENT_NAME);
    assert_answers(SECTION_BUSY, SECTION_NOT_FOUND);
    return SECTION_OK;
}

static void
a_section_that_is_not_published_can_be_opened_by_nobody(void **state)
{
    (void)state;
    section *s;
    section_options o = memory_options(SIZE);
    o.name = NAME;
    o.initialize = look_around;
    assert_status(SECTION_OK, section_create(&s, &o));
    assert_true(seen_section == NULL);
    assert_same(ERROR_ACCESS_DENIED, seen_error);
    assert_that(seen_event != NULL && CloseHandle(seen_event) != 0);
    assert_answers(SECTION_EXISTS, SECTION_OK);
    section_close(s);
}

/* Its maker has ended, and the system was not done with it. */
static void a_section_nobody_publishes_any_more_is_not_there(void **state)
{
    (void)state;
    guard g;
    HANDLE left = plant(only(&g, SECTION_EXTEND_SIZE));
    assert_answers(SECTION_BUSY, SECTION_NOT_FOUND);
    assert_that(CloseHandle(left) != 0);
    assert_answers(SECTION_OK, SECTION_NOT_FOUND);
}

static void memory_of_other_programs_is_there(void **state)
{
    (void)state;
    guard g;
    HANDLE foreign = plant(only(&g, SECTION_ALL_ACCESS));
    assert_answers(SECTION_EXISTS, SECTION_OK);
    assert_that(CloseHandle(foreign) != 0);
    /* That everybody may do everything with. */
    (void)only(&g, 0);
    g.descriptor.Dacl = NULL;
    foreign = plant(&g.attributes);
    assert_answers(SECTION_EXISTS, SECTION_OK);
    assert_that(CloseHandle(foreign) != 0);
    /* That nobody may read. */
    foreign = plant(only(&g, SECTION_MAP_WRITE));
    assert_answers(SECTION_EXISTS, SECTION_ACCESS);
    assert_that(CloseHandle(foreign) != 0);
}

static void what_is_no_memory_is_access(void **state)
{
    (void)state;
    HANDLE planted = CreateMutexW(NULL, FALSE, OBJECT_NAME);
    assert_answers(SECTION_ACCESS, SECTION_ACCESS);
    assert_that(CloseHandle(planted) != 0);

    file_path path = files_path("planted");
    file_make(path.text, SIZE);
    intptr_t file = foreign_file(path.text, true);
    planted = CreateFileMappingW((HANDLE)file, NULL, PAGE_READWRITE, 0, 0,
                                 OBJECT_NAME);
    assert_answers(SECTION_EXISTS, SECTION_ACCESS);
    assert_that(CloseHandle(planted) != 0);
    foreign_close(file);
    assert_that(file_remove(path.text));
}

/* Of winternl.h there is no such call. */
__declspec(dllimport) LONG WINAPI
    NtCreateSymbolicLinkObject(HANDLE *out, ACCESS_MASK access,
                               OBJECT_ATTRIBUTES *attributes,
                               UNICODE_STRING *target);

/* A link of the kernel: neither what it leads to, nor through it. */
static void a_link_is_access_and_not_followed(void **state)
{
    (void)state;
    if (machine_is_wine())
        SKIP("Wine follows links whatever it is told (docs/wine.md)");
    DWORD session = 0;
    WCHAR directory[64], path[96], target[96];
    assert_that(ProcessIdToSessionId(GetCurrentProcessId(), &session) != 0);
    if (session == 0)
        wcscpy(directory, L"\\BaseNamedObjects\\");
    else
        (void)swprintf(directory, 64, L"\\Sessions\\%lu\\BaseNamedObjects\\",
                       session);
    (void)swprintf(path, 96, L"%lssection.answers", directory);
    (void)swprintf(target, 96, L"%lssection.answers too", directory);

    UNICODE_STRING name, to;
    RtlInitUnicodeString(&name, path);
    RtlInitUnicodeString(&to, target);
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof(attributes),
                                    .ObjectName = &name};
    HANDLE link;
    assert_that(NtCreateSymbolicLinkObject(&link, STANDARD_RIGHTS_REQUIRED,
                                           &attributes, &to) >= 0);
    assert_answers(SECTION_ACCESS, SECTION_ACCESS);
    section *s;
    section_options o = memory_options(SIZE);
    o.name = NAME " too";
    assert_status(SECTION_OK, section_create(&s, &o));
    assert_answers(SECTION_ACCESS, SECTION_ACCESS);
    section_close(s);
    assert_that(CloseHandle(link) != 0);
    assert_answers(SECTION_OK, SECTION_NOT_FOUND);
}

/* What Windows says of one, which is told not to follow it. */
static void a_link_the_system_tells_of_is_access(void **state)
{
    (void)state;
    static const char *const calls[] = {"NtCreateEvent", "NtCreateSection",
                                        "NtOpenSection"};
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        bool opens = i == 2;
        section *s = NULL;
        section_options o = memory_options(opens ? 0 : SIZE);
        o.name = NAME;
        o.disposition = opens ? SECTION_OPEN_EXISTING : SECTION_CREATE_NEW;
        faults_arm_import(calls[i], 0xC000050B);
        assert_no_section(SECTION_ACCESS, s, section_create(&s, &o));
        assert_that(faults_disarm() != NULL);
    }
    assert_answers(SECTION_OK, SECTION_NOT_FOUND);
}

/* Only who may restore files can give an object to another owner. */
static void what_another_user_owns_is_access(void **state)
{
    (void)state;
    guard g;
    (void)only(&g, SECTION_QUERY | SECTION_MAP_READ | SECTION_MAP_WRITE |
                       READ_CONTROL);
    g.descriptor.Owner = &everyone;
    HANDLE planted = CreateFileMappingW(INVALID_HANDLE_VALUE, &g.attributes,
                                        PAGE_READWRITE, 0, SIZE, OBJECT_NAME);
    if (planted == NULL) {
        assert_same(ERROR_INVALID_OWNER, GetLastError());
        SKIP("this user can make nothing that others own");
    }
    assert_answers(SECTION_EXISTS, SECTION_ACCESS);
    assert_that(CloseHandle(planted) != 0);

    /* The event that says that a section is being made. */
    (void)only(&g, READ_CONTROL);
    g.descriptor.Owner = &everyone;
    planted = CreateEventW(&g.attributes, TRUE, FALSE, EVENT_NAME);
    assert_that(planted != NULL);
    assert_answers(SECTION_ACCESS, SECTION_NOT_FOUND);
    assert_that(CloseHandle(planted) != 0);
    assert_answers(SECTION_OK, SECTION_NOT_FOUND);
}

static void set_privilege(DWORD attributes)
{
    HANDLE token;
    TOKEN_PRIVILEGES privileges = {1, {{{0, 0}, attributes}}};
    assert_that(LookupPrivilegeValueW(NULL, L"SeCreateGlobalPrivilege",
                                      &privileges.Privileges[0].Luid) != 0);
    assert_that(OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES,
                                 &token) != 0);
    assert_that(
        AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL) != 0);
    assert_that(CloseHandle(token) != 0);
}

static void
the_machines_scope_without_the_privilege_is_unsupported(void **state)
{
    (void)state;
    section *s;
    section_options o = memory_options(SIZE);
    o.name = NAME;
    o.scope = SECTION_SCOPE_MACHINE;
    set_privilege(0);
    assert_no_section(SECTION_UNSUPPORTED, s, section_create(&s, &o));
    assert_same(ERROR_PRIVILEGE_NOT_HELD, section_last_os_error());
    set_privilege(SE_PRIVILEGE_ENABLED);
    assert_status(SECTION_OK, section_create(&s, &o));
    section_close(s);
}

/* --- The last error --- */

static void asking_for_the_last_error_leaves_that_of_the_thread(void **state)
{
    (void)state;
    assert_status(SECTION_KIND, open_path("\\\\localhost\\pipe\\name"));
    SetLastError(4711);
    (void)section_last_os_error();
    assert_same(4711, GetLastError());
    /* A call that asks the system for nothing but a place for its outcome, and
     * does not get it. */
    faults_arm_import("TlsSetValue", ERROR_NOT_ENOUGH_MEMORY);
    SetLastError(4711);
    assert_status(SECTION_INVALID, section_create(NULL, NULL));
    assert_same(4711, GetLastError());
    assert_that(faults_disarm() != NULL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_share_of_pipes_is_no_section_and_is_not_opened),
    cmocka_unit_test(other_shares_and_volumes_are_looked_for_in_any_case),
    cmocka_unit_test(whoever_serves_a_path_cannot_act_as_us),
    cmocka_unit_test(creating_over_a_directory_is_exists),
    cmocka_unit_test(codes_of_servers_and_file_systems_have_a_status),
    cmocka_unit_test(a_native_failure_is_told_as_a_code_of_windows),
    cmocka_unit_test(a_flush_that_meets_the_systems_own_is_tried_again),
    cmocka_unit_test(a_flush_that_fails_says_that_bytes_may_be_lost),
    cmocka_unit_test(codes_of_locking_have_a_status),
    cmocka_unit_test(prefetching_before_windows_8_is_unsupported),
    cmocka_unit_test(memory_is_extended_with_few_addresses),
    cmocka_unit_test(memory_that_cannot_be_promised_is_no_space),
    cmocka_unit_test(a_published_name_that_grows_cannot_be_extended_natively),
    cmocka_unit_test(reserved_memory_of_others_has_its_own_size),
    cmocka_unit_test(a_foreign_program_reads_a_section_from_its_first_byte),
    cmocka_unit_test(a_published_handle_has_no_more_rights_than_it_needs),
    cmocka_unit_test(a_section_that_is_not_published_can_be_opened_by_nobody),
    cmocka_unit_test(a_section_nobody_publishes_any_more_is_not_there),
    cmocka_unit_test(memory_of_other_programs_is_there),
    cmocka_unit_test(what_is_no_memory_is_access),
    cmocka_unit_test(a_link_is_access_and_not_followed),
    cmocka_unit_test(a_link_the_system_tells_of_is_access),
    cmocka_unit_test(what_another_user_owns_is_access),
    cmocka_unit_test(the_machines_scope_without_the_privilege_is_unsupported),
    cmocka_unit_test(asking_for_the_last_error_leaves_that_of_the_thread),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
