/* SPDX-License-Identifier: MIT */
/*
 * Large pages of Windows: what is asked of the system for them, with a process
 * that pretends to have the privilege. Wine 8 gives sections of large pages to
 * everybody.
 */
#include "faults.h"

#include "expect.h"
#include "machine.h"
#include "sections.h"

#include <windows.h>

/* <memoryapi.h>, since Windows 10. */
#define MAP_LARGE_PAGES 0x20000000u

/* More calls than making a section takes. */
#define CALLS_MOST 100

static uint64_t page_size(void)
{
    section_system can = SECTION_SYSTEM_INIT;
    assert_status(SECTION_OK, section_get_system(&can));
    return can.large_page_size;
}

static section_status create_large(section **out)
{
    section_options o = memory_options(2 * page_size());
    o.flags = SECTION_LARGE_PAGES;
    return section_create(out, &o);
}

/* The number of the token this thread acts for; 0 for that of the process. */
static LONG find_token(void)
{
    HANDLE token;
    TOKEN_STATISTICS found;
    DWORD size;
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token)) {
        assert_same(ERROR_NO_TOKEN, GetLastError());
        return 0;
    }
    assert_that(GetTokenInformation(token, TokenStatistics, &found,
                                    sizeof(found), &size) != 0);
    assert_that(CloseHandle(token) != 0);
    return (LONG)found.TokenId.LowPart;
}

static void the_trait_is_that_of_who_has_the_privilege(void **state)
{
    (void)state;
    faults_pretend_privilege(true, true);
    assert_same(GetLargePageMinimum(), page_size());
    /* It does not change any more. */
    faults_pretend_privilege(false, true);
    assert_same(GetLargePageMinimum(), page_size());
}

static void the_privilege_is_on_for_one_call_of_the_thread(void **state)
{
    (void)state;
    section *s;
    assert_status(SECTION_OK, create_large(&s));
    assert_that((faults_section_kind() & SEC_LARGE_PAGES) != 0);
    assert_that(faults_section_had_token());
    assert_same(0, find_token());
    section_info info = SECTION_INFO_INIT;
    assert_status(SECTION_OK, section_get_info(&info, s));
    assert_same(SECTION_PAGES_LARGE, info.pages);
    assert_same(page_size(), info.granularity);
    assert_same(2 * page_size(), info.size);
    section_close(s);
}

static void a_thread_that_acts_for_another_does_so_after_it(void **state)
{
    (void)state;
    section *s;
    assert_that(ImpersonateSelf(SecurityImpersonation) != 0);
    LONG before = find_token();
    assert_that(before != 0);
    assert_status(SECTION_OK, create_large(&s));
    assert_that(faults_section_had_token());
    assert_same(before, find_token());
    section_close(s);
    assert_that(RevertToSelf() != 0);
}

static void views_are_asked_for_in_large_pages(void **state)
{
    (void)state;
    section *s;
    assert_status(SECTION_OK, create_large(&s));
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_that((faults_view_access() & MAP_LARGE_PAGES) != 0);
    bytes_of(&view)[2 * page_size() - 1] = 'e';
    section_view part = mapped(s, page_size() + 5, 10, SECTION_ACCESS_READ);
    assert_that((faults_view_access() & MAP_LARGE_PAGES) != 0);
    unmap(&part);
    unmap(&view);
    section_close(s);
    s = new_memory(5000);
    view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_same(0, faults_view_access() & MAP_LARGE_PAGES);
    unmap(&view);
    section_close(s);
}

static void large_pages_are_run_if_they_were_made_to(void **state)
{
    (void)state;
    section *s;
    section_options o = memory_options(page_size());
    o.flags = SECTION_LARGE_PAGES;
    o.rights |= SECTION_RIGHT_EXECUTE;
    assert_status(SECTION_OK, section_create(&s, &o));
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_EXECUTE_READ_WRITE);
    const DWORD asked = FILE_MAP_EXECUTE | FILE_MAP_READ | FILE_MAP_WRITE;
    assert_same(asked | MAP_LARGE_PAGES, faults_view_access());
    unmap(&view);
    section_close(s);
}

static void a_privilege_that_cannot_be_used_is_unsupported(void **state)
{
    (void)state;
    section *s;
    if (!machine_is_wine())
        SKIP("this user may have the privilege");
    faults_pretend_privilege(false, false);
    assert_no_section(SECTION_UNSUPPORTED, s, create_large(&s));
    assert_same(ERROR_PRIVILEGE_NOT_HELD, section_last_os_error());
    assert_same(0, find_token());
    faults_pretend_privilege(false, true);
}

static void each_call_that_fails_leaves_nothing(void **state)
{
    (void)state;
    section *s = NULL;
    (void)page_size();
    for (unsigned nth = 1; nth < CALLS_MOST; nth++) {
        size_t handles = machine_open_handles();
        faults_arm(nth);
        section_status status = create_large(&s);
        const char *failed = faults_disarm();
        /* Unless it was this one, which is the way back as well. */
        if (failed == NULL || strcmp(failed, "SetThreadToken") != 0)
            assert_same(0, find_token());
        else
            assert_that(RevertToSelf() != 0);
        if (status == SECTION_OK)
            section_close(s);
        else
            assert_that(s == NULL);
        assert_same(handles, machine_open_handles());
        assert_same(0, faults_heap_blocks());
        if (failed == NULL) {
            assert_status(SECTION_OK, status);
            assert_that(nth > 5);
            return;
        }
    }
    fail();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_trait_is_that_of_who_has_the_privilege),
    cmocka_unit_test(the_privilege_is_on_for_one_call_of_the_thread),
    cmocka_unit_test(a_thread_that_acts_for_another_does_so_after_it),
    cmocka_unit_test(views_are_asked_for_in_large_pages),
    cmocka_unit_test(large_pages_are_run_if_they_were_made_to),
    cmocka_unit_test(a_privilege_that_cannot_be_used_is_unsupported),
    cmocka_unit_test(each_call_that_fails_leaves_nothing),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
