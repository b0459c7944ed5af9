/* SPDX-License-Identifier: MIT */
/*
 * What grows and whose bytes can be run: memory, and files over the stand-in
 * for what Wine 8 does not have (extending.c).
 */
#include "expect.h"
#include "code.h"
#include "files.h"
#include "memory.h"
#include "sections.h"

#define ALL                                                                    \
    ((section_rights)(READ_WRITE | SECTION_RIGHT_EXECUTE |                     \
                      SECTION_RIGHT_EXTEND))
#define READ_EXECUTE                                                           \
    ((section_rights)(SECTION_RIGHT_READ | SECTION_RIGHT_EXECUTE))

#define SIZE    5000
#define GROWN   200000
#define RESERVE ((uint64_t)1 << 20)

static section *new_growing(const char *path, section_rights rights)
{
    section *s;
    section_options o = file_options(path, SIZE, SECTION_CREATE_NEW);
    o.rights = rights;
    o.reserve = RESERVE;
    assert_status(SECTION_OK, section_create(&s, &o));
    return s;
}

static void a_file_that_grows_is_run_where_it_has_grown(void **state)
{
    (void)state;
    file_path path = files_path("growing");
    section *s = new_growing(path.text, ALL);
    section_view writer = mapped(s, 0, RESERVE, SECTION_ACCESS_READ_WRITE);
    section_view runner = mapped(s, 0, RESERVE, SECTION_ACCESS_EXECUTE_READ);
    assert_status(SECTION_OK, section_extend(s, GROWN));
    code_write(bytes_of(&writer) + GROWN - CODE_SIZE, 21);
    assert_same(21, code_call(bytes_of(&runner) + GROWN - CODE_SIZE));
    assert_false(memory_can_write(runner.data));
    unmap(&runner);
    runner = mapped(s, 0, 0, SECTION_ACCESS_EXECUTE_READ_WRITE);
    code_write(bytes_of(&runner), 22);
    assert_same(22, code_call(bytes_of(&runner)));
    unmap(&runner);
    unmap(&writer);
    section_close(s);
    assert_that(file_remove(path.text));
}

static void a_copy_of_a_file_that_grows_is_run(void **state)
{
    (void)state;
    file_path path = files_path("growing");
    section *s = new_growing(path.text, ALL);
    section *narrow = duplicate_of(s, READ_EXECUTE);
    section_view view = mapped(narrow, 0, 0, SECTION_ACCESS_EXECUTE_COPY);
    code_write(view.data, 23);
    assert_same(23, code_call(view.data));
    assert_same(0, peek(s, 0));
    unmap(&view);
    section_close(narrow);
    section_close(s);
    assert_that(file_remove(path.text));
}

static void a_file_that_grows_is_run_only_if_it_was_made_to(void **state)
{
    (void)state;
    file_path path = files_path("growing");
    section *s = new_growing(path.text, READ_WRITE | SECTION_RIGHT_EXTEND);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_false(code_force_runnable(view.data, view.length));
    unmap(&view);
    section_close(s);
    assert_that(file_remove(path.text));

    s = new_growing(path.text, ALL);
    section *narrow = duplicate_of(s, READ_WRITE);
    view = mapped(narrow, 0, 0, SECTION_ACCESS_READ);
    assert_false(code_force_runnable(view.data, view.length));
    unmap(&view);
    section_close(narrow);
    section_close(s);
    assert_that(file_remove(path.text));
}

/* Pages that others commit through a view that does not run are run. */
static void memory_that_grows_is_run_where_it_has_grown(void **state)
{
    (void)state;
    section *s;
    section_options o = memory_options(SIZE);
    o.rights = ALL;
    o.reserve = RESERVE;
    assert_status(SECTION_OK, section_create(&s, &o));
    section_view runner = mapped(s, 0, RESERVE, SECTION_ACCESS_EXECUTE_READ);
    section_view writer = mapped(s, 0, RESERVE, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_extend(s, GROWN));
    code_write(bytes_of(&writer) + GROWN - CODE_SIZE, 24);
    assert_same(24, code_call(bytes_of(&runner) + GROWN - CODE_SIZE));
    assert_false(memory_can_write(bytes_of(&runner) + GROWN - CODE_SIZE));
    assert_false(code_can_run(bytes_of(&writer) + GROWN - CODE_SIZE));
    unmap(&writer);
    unmap(&runner);
    section_close(s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_file_that_grows_is_run_where_it_has_grown),
    cmocka_unit_test(a_copy_of_a_file_that_grows_is_run),
    cmocka_unit_test(a_file_that_grows_is_run_only_if_it_was_made_to),
    cmocka_unit_test(memory_that_grows_is_run_where_it_has_grown),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
