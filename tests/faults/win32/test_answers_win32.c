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
    cmocka_unit_test(asking_for_the_last_error_leaves_that_of_the_thread),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
