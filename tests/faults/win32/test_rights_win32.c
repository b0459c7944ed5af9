/* SPDX-License-Identifier: MIT */
/*
 * What handles of Windows can do: the right to run, in sections, files and
 * names, as Windows grants it where Wine does not look; whether two handles are
 * of one section; and what of a seal is there by nature.
 */
#include "faults.h"

#include "expect.h"
#include "files.h"
#include "foreign.h"
#include "sections.h"

#include <windows.h>
#include <winternl.h>

#define SIZE 5000

#define READ_EXECUTE                                                           \
    ((section_rights)(SECTION_RIGHT_READ | SECTION_RIGHT_EXECUTE))
#define ALL_BUT_EXTEND ((section_rights)(READ_WRITE | SECTION_RIGHT_EXECUTE))

static ACCESS_MASK granted(intptr_t handle)
{
    struct {
        ULONG attributes;
        ACCESS_MASK granted;
        ULONG rest[12];
    } found;
    assert_that(NtQueryObject((HANDLE)handle, 0, &found, sizeof(found), NULL) >=
                0);
    return found.granted;
}

__declspec(dllimport) LONG WINAPI
    NtQuerySection(HANDLE handle, LONG what, void *out, SIZE_T size,
                   SIZE_T *written);

static bool is_section(HANDLE handle)
{
    struct {
        void *base;
        ULONG attributes;
        LARGE_INTEGER size;
    } found;
    return NtQuerySection(handle, 0, &found, sizeof(found), NULL) >= 0;
}

/* ------------------------------------------------------------------------
 * Whether handles are of one section
 * ------------------------------------------------------------------------ */

/* A section of another program's memory: nothing in it tells which one it is.
 */
static section *wrapped_foreign(intptr_t handle)
{
    HANDLE self = GetCurrentProcess(), copy;
    assert_that(DuplicateHandle(self, (HANDLE)handle, self, &copy, 0, FALSE,
                                DUPLICATE_SAME_ACCESS) != 0);
    return wrapped((intptr_t)copy, READ_ONLY, SECTION_NATIVE_OWNED);
}

static void assert_same_as(int32_t expected, const section *one,
                           const section *other)
{
    int32_t same = 4711;
    assert_status(SECTION_OK, section_is_same(&same, one, other));
    assert_same(expected, same);
    same = 4711;
    assert_status(SECTION_OK, section_is_same(&same, other, one));
    assert_same(expected, same);
}

/* At first, before the call was ever looked for. */
static void before_windows_10_nobody_tells_of_handles_of_others(void **state)
{
    (void)state;
    intptr_t memory = foreign_memory(SIZE);
    section *one = wrapped_foreign(memory), *other = wrapped_foreign(memory);
    int32_t same = 4711;
    faults_arm_import("GetProcAddress", ERROR_PROC_NOT_FOUND);
    assert_status(SECTION_UNSUPPORTED, section_is_same(&same, one, other));
    assert_that(faults_disarm() != NULL);
    assert_same(0, same);
    assert_same_as(1, one, other);
    section_close(one);
    section_close(other);
    foreign_close(memory);
}

static void handles_of_others_are_compared_by_the_system(void **state)
{
    (void)state;
    intptr_t memory = foreign_memory(SIZE), more = foreign_memory(SIZE);
    section *one = wrapped_foreign(memory), *other = wrapped_foreign(memory);
    section *third = wrapped_foreign(more), *ours = new_memory(SIZE);
    assert_same_as(1, one, one);
    assert_same_as(1, one, other);
    assert_same_as(0, one, third);
    assert_same_as(0, one, ours);
    section_close(one);
    section_close(other);
    section_close(third);
    section_close(ours);
    foreign_close(memory);
    foreign_close(more);
}

static void a_comparison_that_fails_says_nothing(void **state)
{
    (void)state;
    const char *const calls[] = {"CompareObjectHandles", "NtQuerySection"};
    intptr_t memory = foreign_memory(SIZE), more = foreign_memory(SIZE);
    section *one = wrapped_foreign(memory), *other = wrapped_foreign(more);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        bool is_native = i == 1;
        int32_t same = 4711;
        faults_arm_import(calls[i],
                          is_native ? 0xC000009A : ERROR_NO_SYSTEM_RESOURCES);
        assert_status(SECTION_LIMIT, section_is_same(&same, one, other));
        assert_that(faults_disarm() != NULL);
        assert_same(0, same);
    }
    section_close(one);
    section_close(other);
    foreign_close(memory);
    foreign_close(more);
}

/* There can be several sections of one file, and their handles do not tell of
 * which. */
static void other_sections_of_files_cannot_be_told_apart(void **state)
{
    (void)state;
    file_path path = files_path("one");
    section *file = new_file(path.text, SIZE, SECTION_CREATE_NEW);
    section *again = opened_file(path.text, READ_ONLY);
    assert_same_as(1, file, again);

    section_native native, other_native;
    assert_status(SECTION_OK,
                  section_duplicate_native(&native, file, READ_ONLY));
    assert_status(SECTION_OK,
                  section_duplicate_native(&other_native, again, READ_ONLY));
    section *one = wrapped(native, READ_ONLY, SECTION_NATIVE_OWNED);
    section *other = wrapped(other_native, READ_ONLY, SECTION_NATIVE_OWNED);
    assert_same_as(1, one, file);
    int32_t same = 4711;
    assert_status(SECTION_UNSUPPORTED, section_is_same(&same, one, other));
    assert_status(SECTION_UNSUPPORTED, section_is_same(&same, again, one));
    assert_same(0, same);
    section *memory = new_memory(SIZE);
    assert_same_as(0, memory, one);
    section_close(memory);
    section_close(one);
    section_close(other);
    section_close(again);
    section_close(file);
    assert_that(file_remove(path.text));
}

/* ------------------------------------------------------------------------
 * The right to run
 * ------------------------------------------------------------------------ */

/* What the handles that were duplicated may do. */
static ACCESS_MASK of_sections, of_files;

static void look_at_duplicate(void *from, void *to)
{
    BY_HANDLE_FILE_INFORMATION found;
    (void)from;
    /* A section is no file, although Wine 8 takes it for one. */
    if (!is_section(to) && GetFileInformationByHandle(to, &found))
        of_files |= granted((intptr_t)to);
    else
        of_sections |= granted((intptr_t)to);
}

/* Duplicate with these rights, and look at every handle that is made. */
static void look_at_duplicates(const section *from, section_rights rights)
{
    const faults_stand_in watch = {.duplicated = look_at_duplicate};
    const faults_stand_in nothing = {.duplicated = NULL};
    of_sections = of_files = 0;
    faults_stand_in_for(&watch);
    section_close(duplicate_of(from, rights));
    faults_stand_in_for(&nothing);
}

static void check_duplicates(const section *from)
{
    const section_rights all[] = {READ_ONLY, READ_WRITE, READ_EXECUTE,
                                  ALL_BUT_EXTEND};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        bool writes = (all[i] & SECTION_RIGHT_WRITE) != 0;
        bool runs = (all[i] & SECTION_RIGHT_EXECUTE) != 0;
        look_at_duplicates(from, all[i]);
        assert_same(SECTION_QUERY | SECTION_MAP_READ |
                        (writes ? SECTION_MAP_WRITE : 0) |
                        (runs ? SECTION_MAP_EXECUTE : 0),
                    of_sections);
        assert_that((of_files & FILE_READ_DATA) != 0);
        assert_that(((of_files & FILE_WRITE_DATA) != 0) == writes);
        assert_that(((of_files & FILE_EXECUTE) != 0) == runs);
    }
}

/* A new section can be made of the handle of a file, with all that this may
 * do. */
static void no_handle_of_a_file_can_do_more_than_its_section(void **state)
{
    (void)state;
    file_path path = files_path("run");
    section_options o = file_options(path.text, SIZE, SECTION_CREATE_NEW);
    o.rights = ALL_BUT_EXTEND;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &o));
    check_duplicates(s);
    section_close(s);
    s = opened_file(path.text, ALL_BUT_EXTEND);
    check_duplicates(s);
    section_close(s);
    assert_that(file_remove(path.text));

    section_options lazy = memory_options(SIZE);
    lazy.flags = SECTION_LAZY;
    lazy.rights = ALL_BUT_EXTEND;
    assert_status(SECTION_OK, section_create(&s, &lazy));
    check_duplicates(s);
    section_close(s);
}

static void a_file_is_not_opened_to_run_unless_that_is_asked_for(void **state)
{
    (void)state;
    file_path path = files_path("plain");
    section *s = new_file(path.text, SIZE, SECTION_CREATE_NEW);
    look_at_duplicates(s, READ_WRITE);
    assert_same(0, of_files & FILE_EXECUTE);
    section_close(s);
    s = opened_file(path.text, READ_WRITE);
    look_at_duplicates(s, READ_WRITE);
    assert_same(0, of_files & FILE_EXECUTE);
    section_close(s);
    assert_that(file_remove(path.text));
}

/* Opened by us past the library, with this access. */
static section_status wrap_file(const char *path, DWORD access,
                                section_rights rights)
{
    section *s;
    HANDLE file = CreateFileA(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE,
                              NULL, OPEN_EXISTING, 0, NULL);
    assert_that(file != INVALID_HANDLE_VALUE);
    section_status status =
        section_wrap(&s, (intptr_t)file, rights, SECTION_NATIVE_BORROWED);
    if (status == SECTION_OK) {
        section_view view = mapped(s, 0, 0,
                                   (rights & SECTION_RIGHT_EXECUTE) != 0
                                       ? SECTION_ACCESS_EXECUTE_READ
                                       : SECTION_ACCESS_READ);
        unmap(&view);
    }
    section_close(s);
    assert_that(CloseHandle(file) != 0);
    return status;
}

static void a_wrapped_file_runs_if_it_was_opened_to(void **state)
{
    (void)state;
    file_path path = files_path("wrapped");
    file_make(path.text, SIZE);
    DWORD reads = GENERIC_READ, writes = GENERIC_READ | GENERIC_WRITE;
    assert_status(SECTION_OK, wrap_file(path.text, reads, READ_ONLY));
    assert_status(SECTION_ACCESS, wrap_file(path.text, reads, READ_EXECUTE));
    assert_status(SECTION_ACCESS, wrap_file(path.text, writes, ALL_BUT_EXTEND));
    reads |= GENERIC_EXECUTE;
    writes |= GENERIC_EXECUTE;
    assert_status(SECTION_OK, wrap_file(path.text, reads, READ_EXECUTE));
    assert_status(SECTION_ACCESS, wrap_file(path.text, reads, ALL_BUT_EXTEND));
    assert_status(SECTION_OK, wrap_file(path.text, writes, ALL_BUT_EXTEND));
    assert_that(file_remove(path.text));
}

/* The handle of another program may have the right, where the section was made
 * without. */
static void a_wrapped_section_runs_if_it_was_made_to(void **state)
{
    (void)state;
    const DWORD protections[] = {PAGE_READWRITE, PAGE_EXECUTE_READ,
                                 PAGE_EXECUTE_READWRITE};
    const section_status wraps[] = {SECTION_ACCESS, SECTION_OK, SECTION_OK};
    const section_status writes[] = {SECTION_OK, SECTION_ACCESS, SECTION_OK};
    for (size_t i = 0; i < 3; i++) {
        section *s;
        HANDLE made = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL,
                                         protections[i], 0, SIZE, NULL);
        assert_that(made != NULL);
        assert_status(writes[i], section_wrap(&s, (intptr_t)made, READ_WRITE,
                                              SECTION_NATIVE_BORROWED));
        section_close(s);
        assert_status(wraps[i], section_wrap(&s, (intptr_t)made, READ_EXECUTE,
                                             SECTION_NATIVE_BORROWED));
        if (s != NULL) {
            section_view view = mapped(s, 0, 0, SECTION_ACCESS_EXECUTE_COPY);
            unmap(&view);
        }
        section_close(s);
        assert_that(CloseHandle(made) != 0);
    }
}

/* --- Names --- */

#define NAME        "rights"
#define OBJECT_NAME L"Local\\section.rights"

static bool can_open(DWORD access)
{
    HANDLE found = OpenFileMappingW(access, FALSE, OBJECT_NAME);
    if (found == NULL)
        assert_same(ERROR_ACCESS_DENIED, GetLastError());
    return found != NULL && CloseHandle(found);
}

static void a_name_grants_to_run_what_was_made_so_alone(void **state)
{
    (void)state;
    const section_rights all[] = {READ_WRITE, ALL_BUT_EXTEND, READ_EXECUTE};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        bool runs = (all[i] & SECTION_RIGHT_EXECUTE) != 0;
        bool writes = (all[i] & SECTION_RIGHT_WRITE) != 0;
        section *s;
        section_options o = named_options(NAME, SIZE);
        o.rights = all[i];
        assert_status(SECTION_OK, section_create(&s, &o));
        assert_same(SECTION_QUERY | SECTION_MAP_READ |
                        (writes ? SECTION_MAP_WRITE : 0) |
                        (runs ? SECTION_MAP_EXECUTE : 0),
                    granted(native_of(s)));
        assert_that(can_open(SECTION_MAP_READ | SECTION_MAP_EXECUTE) == runs);
        assert_that(can_open(SECTION_MAP_READ | SECTION_MAP_WRITE));
        section_close(s);
    }
}

/* The system refuses views to run of what other programs have made without,
 * also to who may open it so. */
static void memory_of_other_programs_has_its_own_ceiling(void **state)
{
    (void)state;
    SID everyone = {SID_REVISION, 1, {SECURITY_WORLD_SID_AUTHORITY}, {0}};
    union {
        ACL header;
        unsigned char bytes[64];
    } list;
    SECURITY_DESCRIPTOR descriptor = {SECURITY_DESCRIPTOR_REVISION,
                                      0,
                                      SE_DACL_PRESENT,
                                      NULL,
                                      NULL,
                                      NULL,
                                      &list.header};
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), &descriptor, FALSE};
    assert_that(InitializeAcl(&list.header, sizeof(list), ACL_REVISION) &&
                AddAccessAllowedAce(&list.header, ACL_REVISION,
                                    SECTION_ALL_ACCESS, &everyone));
    HANDLE foreign = CreateFileMappingW(INVALID_HANDLE_VALUE, &attributes,
                                        PAGE_READWRITE, 0, SIZE, OBJECT_NAME);
    assert_that(foreign != NULL);
    section *s = opened_to(NAME, READ_EXECUTE);
    section_view view;
    /* STATUS_SECTION_PROTECTION. Wine 8 asks the handle alone. */
    if (machine_is_wine())
        faults_arm_import("MapViewOfFileEx", ERROR_INVALID_PARAMETER);
    assert_no_view(SECTION_ACCESS, view,
                   section_map(&view, s, 0, 0, SECTION_ACCESS_EXECUTE_READ));
    (void)faults_disarm();
    view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    unmap(&view);
    section_close(s);
    assert_that(CloseHandle(foreign) != 0);
}

/* --- What the owner may do --- */

/* Nobody is granted anything, and not even the owner may change that: whoever
 * is handed a section to read, as the same user, gets no more of it. */
static void who_owns_memory_cannot_grant_more_of_it(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    intptr_t native;
    union {
        SECURITY_DESCRIPTOR descriptor;
        BYTE bytes[256];
    } found;
    SID owner_rights = {SID_REVISION, 1, {SECURITY_CREATOR_SID_AUTHORITY}, {4}};
    DWORD length;
    BOOL is_there, is_default;
    ACL *list;
    ACCESS_ALLOWED_ACE *entry;
    assert_status(SECTION_OK, section_get_native(&native, s));
    assert_that(GetKernelObjectSecurity(
                    (HANDLE)native, DACL_SECURITY_INFORMATION,
                    &found.descriptor, sizeof(found), &length) != 0);
    assert_that(GetSecurityDescriptorDacl(&found.descriptor, &is_there, &list,
                                          &is_default) != 0);
    assert_that(is_there && list != NULL);
    assert_same(1, list->AceCount);
    assert_that(GetAce(list, 0, (void **)&entry) != 0);
    assert_same(ACCESS_ALLOWED_ACE_TYPE, entry->Header.AceType);
    assert_same(READ_CONTROL, entry->Mask);
    assert_that(EqualSid(&entry->SidStart, &owner_rights) != 0);
    section_close(s);
}

/* --- What Windows lets nobody run --- */

#define DYNAMIC_CODE_BLOCKED 1655 /* ERROR_DYNAMIC_CODE_BLOCKED */

static void what_the_process_may_not_run_is_access(void **state)
{
    (void)state;
    section *s;
    section_options o = memory_options(SIZE);
    o.rights = ALL_BUT_EXTEND;
    assert_status(SECTION_OK, section_create(&s, &o));
    section_view view;
    faults_arm_import("MapViewOfFileEx", DYNAMIC_CODE_BLOCKED);
    assert_no_view(SECTION_ACCESS, view,
                   section_map(&view, s, 0, 0, SECTION_ACCESS_EXECUTE_READ));
    assert_same(DYNAMIC_CODE_BLOCKED, section_last_os_error());
    assert_that(faults_disarm() != NULL);
    view = mapped(s, 0, 0, SECTION_ACCESS_EXECUTE_READ);
    assert_status(SECTION_OK,
                  section_view_protect(&view, 0, 0, SECTION_ACCESS_READ));
    faults_arm_import("VirtualProtect", DYNAMIC_CODE_BLOCKED);
    assert_status(
        SECTION_ACCESS,
        section_view_protect(&view, 0, 0, SECTION_ACCESS_EXECUTE_READ));
    assert_that(faults_disarm() != NULL);
    unmap(&view);
    section_close(s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(before_windows_10_nobody_tells_of_handles_of_others),
    cmocka_unit_test(handles_of_others_are_compared_by_the_system),
    cmocka_unit_test(a_comparison_that_fails_says_nothing),
    cmocka_unit_test(other_sections_of_files_cannot_be_told_apart),
    cmocka_unit_test(no_handle_of_a_file_can_do_more_than_its_section),
    cmocka_unit_test(a_file_is_not_opened_to_run_unless_that_is_asked_for),
    cmocka_unit_test(a_wrapped_file_runs_if_it_was_opened_to),
    cmocka_unit_test(a_wrapped_section_runs_if_it_was_made_to),
    cmocka_unit_test(a_name_grants_to_run_what_was_made_so_alone),
    cmocka_unit_test(memory_of_other_programs_has_its_own_ceiling),
    cmocka_unit_test(who_owns_memory_cannot_grant_more_of_it),
    cmocka_unit_test(what_the_process_may_not_run_is_access),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
