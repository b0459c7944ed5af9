/* SPDX-License-Identifier: MIT */
/*
 * The right to run the bytes of a section. Contract line 19.
 */
#include "code.h"
#include "memory.h"
#include "process.h"
#include "sections.h"

#include <stdio.h>

#define READ_EXECUTE                                                           \
    ((section_rights)(SECTION_RIGHT_READ | SECTION_RIGHT_EXECUTE))
#define ALL_BUT_EXTEND ((section_rights)(READ_WRITE | SECTION_RIGHT_EXECUTE))

#define SIZE 5000

/* ------------------------------------------------------------------------
 * Sections that can be run
 * ------------------------------------------------------------------------ */

/* What there is of sections. */
enum { MEMORY, LAZY, NAMED, A_FILE, KINDS };

static section *new_kind(int kind, section_rights rights)
{
    file_path path = files_path("code");
    test_name name = names_unique("code");
    section_options options = memory_options(SIZE);
    options.rights = rights;
    if (kind == LAZY)
        options.flags = SECTION_LAZY;
    if (kind == NAMED)
        options.name = name.text;
    if (kind == A_FILE) {
        options.path = path.text;
        options.disposition = SECTION_OPEN_OR_CREATE;
    }
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_same(rights, info_of(s).rights);
    return s;
}

/*
 * Whether the system lets anybody run the bytes: where it does not (a /dev/shm
 * that is mounted noexec, a policy), the library has to say so, and the
 * system's own calls have to say the same.
 */
static bool can_be_run(const section *s)
{
    section_view view;
    section_status status =
        section_map(&view, s, 0, 0, SECTION_ACCESS_EXECUTE_READ);
    if (status == SECTION_OK) {
        unmap(&view);
        return true;
    }
    assert_status(SECTION_ACCESS, status);
    assert_true(section_last_os_error() != 0);
    view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_false(code_force_runnable(view.data, view.length));
    unmap(&view);
    return false;
}

static void two_views_of_the_same_bytes_write_and_run_them(void **state)
{
    (void)state;
    if (!code_is_known())
        SKIP("the machine code of this processor is not known here");
    int ran = 0;
    for (int kind = MEMORY; kind < KINDS; kind++) {
        section *s = new_kind(kind, ALL_BUT_EXTEND);
        if (can_be_run(s)) {
            section_view writer = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
            section_view runner = mapped(s, 0, 0, SECTION_ACCESS_EXECUTE_READ);
            for (unsigned char value = 40; value < 43; value++) {
                code_write(writer.data, value);
                assert_same(value, code_call(runner.data));
            }
            assert_false(memory_can_write(runner.data));
            assert_false(code_can_run(writer.data));
            unmap(&writer);
            assert_same(42, code_call(runner.data));
            unmap(&runner);
            ran++;
        }
        section_close(s);
    }
    assert_true(ran > 0);
}

static void a_view_that_runs_cannot_be_raised_to_write(void **state)
{
    (void)state;
    for (int kind = MEMORY; kind < KINDS; kind++) {
        section *s = new_kind(kind, ALL_BUT_EXTEND);
        assert_true(has_flag(s, SECTION_INFO_READ_ONLY_ENFORCED));
        if (can_be_run(s)) {
            section_view view = mapped(s, 0, 0, SECTION_ACCESS_EXECUTE_READ);
            assert_false(memory_force_writable(view.data, view.length));
            assert_false(memory_can_write(view.data));
            unmap(&view);
        }
        section_close(s);
    }
}

static void one_view_can_write_and_run(void **state)
{
    (void)state;
    section *s = new_kind(MEMORY, ALL_BUT_EXTEND);
    section_view view;
    if (!code_is_known() || !can_be_run(s)) {
        section_close(s);
        SKIP("the system runs no memory that is shared");
    }
    view = mapped(s, 100, 0, SECTION_ACCESS_EXECUTE_READ_WRITE);
    code_write(view.data, 7);
    assert_same(7, code_call(view.data));
    unmap(&view);
    view = mapped(s, 100, 0, SECTION_ACCESS_EXECUTE_READ);
    assert_same(7, code_call(view.data));
    unmap(&view);
    section_close(s);
}

static void a_copy_can_be_run_and_never_writes_the_section(void **state)
{
    (void)state;
    for (int kind = MEMORY; kind < KINDS; kind++) {
        section *s = new_kind(kind, ALL_BUT_EXTEND);
        section_copy copies = kind == A_FILE ? this_system().file_copy
                                             : this_system().memory_copy;
        section_view view;
        poke(s, 0, 1);
        if (copies == SECTION_COPY_NONE) {
            assert_no_view(
                SECTION_UNSUPPORTED, view,
                section_map(&view, s, 0, 0, SECTION_ACCESS_EXECUTE_COPY));
        } else if (can_be_run(s) && code_is_known()) {
            view = mapped(s, 0, 0, SECTION_ACCESS_EXECUTE_COPY);
            assert_same(1, bytes_of(&view)[0]);
            code_write(view.data, 9);
            assert_same(9, code_call(view.data));
            assert_same(1, peek(s, 0));
            unmap(&view);
        }
        section_close(s);
    }
}

/* ------------------------------------------------------------------------
 * Rights
 * ------------------------------------------------------------------------ */

static const struct {
    section_access access;
    section_rights needed;
} needs[] = {
    {SECTION_ACCESS_READ, SECTION_RIGHT_READ},
    {SECTION_ACCESS_COPY, SECTION_RIGHT_READ},
    {SECTION_ACCESS_READ_WRITE, SECTION_RIGHT_WRITE},
    {SECTION_ACCESS_EXECUTE_READ, SECTION_RIGHT_EXECUTE},
    {SECTION_ACCESS_EXECUTE_COPY, SECTION_RIGHT_EXECUTE},
    {SECTION_ACCESS_EXECUTE_READ_WRITE,
     SECTION_RIGHT_WRITE | SECTION_RIGHT_EXECUTE},
};

#define NEEDS (sizeof(needs) / sizeof(needs[0]))

static bool is_copy(section_access access)
{
    return access == SECTION_ACCESS_COPY ||
           access == SECTION_ACCESS_EXECUTE_COPY;
}

/* Maps with every access: OK with the rights it needs, else ACCESS by the
 * library's own word. */
static void check_every_access(const section *s)
{
    section_rights rights = info_of(s).rights;
    bool copies = this_system().memory_copy != SECTION_COPY_NONE;
    for (size_t i = 0; i < NEEDS; i++) {
        section_view view;
        bool allowed = (rights & needs[i].needed) == needs[i].needed;
        if (!allowed) {
            assert_no_view(SECTION_ACCESS, view,
                           section_map(&view, s, 0, 0, needs[i].access));
            assert_same(0, section_last_os_error());
        } else if (copies || !is_copy(needs[i].access)) {
            view = mapped(s, 0, 0, needs[i].access);
            unmap(&view);
        }
    }
}

static void a_view_that_runs_needs_the_right_to_execute(void **state)
{
    (void)state;
    section *whole = new_kind(MEMORY, ALL_BUT_EXTEND);
    const section_rights all[] = {READ_ONLY, READ_WRITE, READ_EXECUTE,
                                  ALL_BUT_EXTEND};
    if (!can_be_run(whole)) {
        section_close(whole);
        SKIP("the system runs no memory that is shared");
    }
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        section *s = duplicate_of(whole, all[i]);
        assert_same(all[i], info_of(s).rights);
        check_every_access(s);
        section_close(s);
    }
    section_close(whole);
}

static void the_right_to_execute_implies_the_right_to_read(void **state)
{
    (void)state;
    section *whole = new_kind(MEMORY, ALL_BUT_EXTEND);
    section *s = duplicate_of(whole, SECTION_RIGHT_EXECUTE);
    assert_same(READ_EXECUTE, info_of(s).rights);
    assert_same(0, peek(s, 0));
    section_close(s);
    section_close(whole);
}

static void what_was_made_without_the_right_to_execute_never_runs(void **state)
{
    (void)state;
    for (int kind = MEMORY; kind < KINDS; kind++) {
        section *s = new_kind(kind, READ_WRITE);
        section *more;
        check_every_access(s);
        assert_no_section(SECTION_ACCESS, more,
                          section_duplicate(&more, s, READ_EXECUTE));
        section_native native;
        assert_status(SECTION_ACCESS,
                      section_duplicate_native(&native, s, READ_EXECUTE));
        section_close(s);
    }
}

static void memory_made_to_run_alone_can_be_filled_and_run(void **state)
{
    (void)state;
    section *s = new_kind(MEMORY, READ_EXECUTE);
    section_view view;
    assert_no_view(SECTION_ACCESS, view,
                   section_map(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE));
    assert_no_view(
        SECTION_ACCESS, view,
        section_map(&view, s, 0, 0, SECTION_ACCESS_EXECUTE_READ_WRITE));
    if (can_be_run(s))
        check_every_access(s);
    section_close(s);
}

static section_status fill_code(void *data, size_t length, void *context)
{
    (void)length;
    code_write(data, *(const unsigned char *)context);
    return SECTION_OK;
}

static void an_initializer_fills_what_is_only_run(void **state)
{
    (void)state;
    unsigned char value = 77;
    if (!code_is_known())
        SKIP("the machine code of this processor is not known here");
    section_options options = memory_options(SIZE);
    options.rights = READ_EXECUTE;
    options.initialize = fill_code;
    options.context = &value;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_same(READ_EXECUTE, info_of(s).rights);
    if (can_be_run(s)) {
        section_view view = mapped(s, 0, 0, SECTION_ACCESS_EXECUTE_READ);
        assert_same(77, code_call(view.data));
        unmap(&view);
    }
    section_close(s);
}

static void access_values_that_are_none_are_invalid(void **state)
{
    (void)state;
    section *s = new_kind(MEMORY, ALL_BUT_EXTEND);
    const section_access wrong[] = {0x110, 0x114, 0x104, 0x121, 0x4, 0x5};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        section_view view;
        assert_no_view(SECTION_INVALID, view,
                       section_map(&view, s, 0, 0, wrong[i]));
    }
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Names and files
 * ------------------------------------------------------------------------ */

static section_status open_status(const char *name, section_rights rights)
{
    section_open_options options = SECTION_OPEN_OPTIONS_INIT;
    options.rights = rights;
    section *s = expect_poison();
    section_status status = section_open(&s, name, &options);
    assert_true((s != NULL) == (status == SECTION_OK));
    section_close(s);
    return status;
}

static void a_name_runs_if_it_was_made_to(void **state)
{
    (void)state;
    test_name name = names_unique("code");
    section *s = new_named(name.text, SIZE);
    assert_status(SECTION_ACCESS, open_status(name.text, READ_EXECUTE));
    assert_status(SECTION_ACCESS, open_status(name.text, ALL_BUT_EXTEND));
    assert_status(SECTION_OK, open_status(name.text, READ_WRITE));
    section_close(s);
    assert_gone(name.text);

    section_options options = named_options(name.text, SIZE);
    options.rights = ALL_BUT_EXTEND;
    assert_status(SECTION_OK, section_create(&s, &options));
    const section_rights all[] = {READ_ONLY, READ_WRITE, READ_EXECUTE,
                                  ALL_BUT_EXTEND};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        section *other = opened_to(name.text, all[i]);
        assert_same(all[i], info_of(other).rights);
        if (can_be_run(s))
            check_every_access(other);
        section_close(other);
    }
    section_close(s);
    assert_gone(name.text);
}

/* The argument is a name. */
static int run_by_name(const char *argument, intptr_t inherited)
{
    (void)inherited;
    section *s = opened_to(argument, READ_EXECUTE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_EXECUTE_READ);
    section_close(s);
    int value = code_call(view.data);
    unmap(&view);
    return value;
}

static void another_process_runs_what_this_one_writes(void **state)
{
    (void)state;
    test_name name = names_unique("code");
    section_options options = named_options(name.text, SIZE);
    options.rights = ALL_BUT_EXTEND;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    if (!code_is_known() || !can_be_run(s)) {
        section_close(s);
        SKIP("the system runs no memory that has a name");
    }
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    code_write(view.data, 33);
    process child;
    process_start(&child, "run_by_name", name.text, PROCESS_NOTHING);
    process_result result = process_wait(&child);
    assert_same(PROCESS_EXITED, result.end);
    assert_same(33, result.code);
    unmap(&view);
    section_close(s);
}

static int make_under_mask(const char *argument, intptr_t inherited)
{
    (void)inherited;
    if (!limit_set_mask(0777))
        return ROLE_CANNOT;
    section_options options = named_options(argument, SIZE);
    options.rights = ALL_BUT_EXTEND;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_status(SECTION_OK, open_status(argument, ALL_BUT_EXTEND));
    section_close(s);
    options.rights = READ_WRITE;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_status(SECTION_ACCESS, open_status(argument, READ_EXECUTE));
    section_close(s);
    return 0;
}

static void a_name_runs_whatever_the_umask(void **state)
{
    (void)state;
    test_name name = names_unique("code");
    if (process_play("make_under_mask", name.text, PROCESS_NOTHING) ==
        ROLE_CANNOT)
        SKIP("there is no umask");
}

static void a_file_is_opened_to_run(void **state)
{
    (void)state;
    file_path path = files_path("program");
    section *s = new_file(path.text, SIZE, SECTION_CREATE_NEW);
    if (code_is_known()) {
        section_view writer = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
        code_write(writer.data, 12);
        unmap(&writer);
    }
    section_close(s);
    s = opened_file(path.text, READ_EXECUTE);
    assert_same(READ_EXECUTE, info_of(s).rights);
    section_view view;
    assert_no_view(
        SECTION_ACCESS, view,
        section_map(&view, s, 0, 0, SECTION_ACCESS_EXECUTE_READ_WRITE));
    if (can_be_run(s) && code_is_known()) {
        view = mapped(s, 0, 0, SECTION_ACCESS_EXECUTE_READ);
        section_close(s);
        assert_same(12, code_call(view.data));
        unmap(&view);
        return;
    }
    section_close(s);
}

/* The argument is a directory of which nothing can be run. */
static int map_on_disk_of_data(const char *argument, intptr_t inherited)
{
    (void)inherited;
    file_path path = files_join(argument, "data");
    section_options options = file_options(path.text, SIZE, SECTION_CREATE_NEW);
    options.rights = ALL_BUT_EXTEND;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    for (size_t i = 0; i < NEEDS; i++) {
        section_view view;
        if ((needs[i].needed & SECTION_RIGHT_EXECUTE) != 0) {
            assert_no_view(SECTION_ACCESS, view,
                           section_map(&view, s, 0, 0, needs[i].access));
            assert_that(section_last_os_error() != 0);
        } else {
            view = mapped(s, 0, 0, needs[i].access);
            assert_that(!code_force_runnable(view.data, view.length));
            unmap(&view);
        }
    }
    section_close(s);
    return 0;
}

static void what_the_system_lets_nobody_run_is_access(void **state)
{
    (void)state;
    if (!process_play_on_disk("map_on_disk_of_data", "data", DISK_OF_DATA, MIB))
        SKIP("only root may mount a file system");
}

/* ------------------------------------------------------------------------
 * What the system enforces
 * ------------------------------------------------------------------------ */

static void the_right_to_execute_binds_as_the_trait_says(void **state)
{
    (void)state;
    section *whole = new_kind(MEMORY, ALL_BUT_EXTEND);
    section_guard_strength strength = this_system().execute_right;
    assert_true(strength == SECTION_GUARD_NONE ||
                strength == SECTION_GUARD_ENFORCED);
    if (!can_be_run(whole)) {
        section_close(whole);
        SKIP("the system runs no memory that is shared");
    }
    section *narrowed = duplicate_of(whole, READ_ONLY);
    section *born = new_memory(SIZE);
    const section *const without[] = {narrowed, born};
    for (size_t i = 0; i < 2; i++) {
        section_view view = mapped(without[i], 0, 0, SECTION_ACCESS_READ);
        bool raised = code_force_runnable(view.data, view.length);
        assert_true(raised == (strength == SECTION_GUARD_NONE));
        unmap(&view);
    }
    section_close(born);
    section_close(narrowed);
    section_close(whole);
}

/* ------------------------------------------------------------------------
 * What else is done with views that run
 * ------------------------------------------------------------------------ */

/* What of it is in an access. */
static bool reads(section_access access)
{
    return access != SECTION_ACCESS_NONE;
}

static bool writes(section_access access)
{
    return reads(access) && access != SECTION_ACCESS_READ &&
           access != SECTION_ACCESS_EXECUTE_READ;
}

static bool runs(section_access access)
{
    return access >= SECTION_ACCESS_EXECUTE_READ;
}

/* Whether a view may be narrowed so: not more than it was mapped with, and a
 * copy stays one. */
static bool may_become(section_access from, section_access to)
{
    if (runs(to) && !runs(from))
        return false;
    if (writes(to))
        return writes(from) && is_copy(from) == is_copy(to);
    return true;
}

static void assert_is(const section_view *view, section_access access)
{
    assert_true(memory_can_read(view->data) == reads(access));
    assert_true(memory_can_write(view->data) == writes(access));
    assert_true(code_can_run(view->data) == runs(access));
}

static const section_access every_access[] = {
    SECTION_ACCESS_NONE,         SECTION_ACCESS_READ,
    SECTION_ACCESS_READ_WRITE,   SECTION_ACCESS_COPY,
    SECTION_ACCESS_EXECUTE_READ, SECTION_ACCESS_EXECUTE_READ_WRITE,
    SECTION_ACCESS_EXECUTE_COPY,
};

#define EVERY_ACCESS (sizeof(every_access) / sizeof(every_access[0]))

static void check_protect(const section *s, section_access from)
{
    section_view view = mapped(s, 0, 0, from);
    assert_is(&view, from);
    for (size_t i = 0; i < EVERY_ACCESS; i++) {
        section_access to = every_access[i];
        if (may_become(from, to)) {
            assert_status(SECTION_OK, section_view_protect(&view, 0, 0, to));
            assert_is(&view, to);
            assert_status(SECTION_OK, section_view_protect(&view, 0, 0, from));
        } else {
            assert_status(SECTION_ACCESS,
                          section_view_protect(&view, 0, 0, to));
        }
        assert_is(&view, from);
    }
    unmap(&view);
}

static void protect_of_what_runs_never_exceeds_what_it_was(void **state)
{
    (void)state;
    section *s = new_kind(MEMORY, ALL_BUT_EXTEND);
    bool copies = this_system().memory_copy != SECTION_COPY_NONE;
    if (!code_is_known() || !can_be_run(s)) {
        section_close(s);
        SKIP("the system runs no memory that is shared");
    }
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    code_write(view.data, 1);
    unmap(&view);
    for (size_t i = 1; i < EVERY_ACCESS; i++)
        if (copies || !is_copy(every_access[i]))
            check_protect(s, every_access[i]);
    section_close(s);
}

static void a_view_that_runs_is_written_as_what_it_is_beside(void **state)
{
    (void)state;
    section *s = new_kind(A_FILE, ALL_BUT_EXTEND);
    if (!can_be_run(s)) {
        section_close(s);
        SKIP("the system runs no file here");
    }
    poke(s, 0, 5);
    const unsigned char byte = 6;
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_EXECUTE_READ);
    assert_status(SECTION_ACCESS, section_view_write(&view, 0, &byte, 1, NULL));
    assert_status(SECTION_ACCESS, section_view_discard(&view, 0, 0));
    assert_status(SECTION_ACCESS,
                  section_view_flush(&view, 0, 0, SECTION_FLUSH_WRITTEN));
    assert_status(SECTION_ACCESS,
                  section_view_prefetch(&view, 0, 0, SECTION_PREFETCH_WRITE));
    assert_same(5, bytes_of(&view)[0]);
    unmap(&view);

    view = mapped(s, 0, 0, SECTION_ACCESS_EXECUTE_READ_WRITE);
    assert_status(SECTION_OK, section_view_write(&view, 0, &byte, 1, NULL));
    assert_same(6, peek(s, 0));
    assert_status(SECTION_OK,
                  section_view_flush(&view, 0, 0, SECTION_FLUSH_WRITTEN));
    assert_status(SECTION_OK, section_view_discard(&view, 0, 0));
    assert_same(0, peek(s, 0));
    unmap(&view);
    section_close(s);
}

static const process_role roles[] = {
    {"run_by_name", run_by_name},
    {"make_under_mask", make_under_mask},
    {"map_on_disk_of_data", map_on_disk_of_data},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(two_views_of_the_same_bytes_write_and_run_them),
    cmocka_unit_test(a_view_that_runs_cannot_be_raised_to_write),
    cmocka_unit_test(one_view_can_write_and_run),
    cmocka_unit_test(a_copy_can_be_run_and_never_writes_the_section),
    cmocka_unit_test(a_view_that_runs_needs_the_right_to_execute),
    cmocka_unit_test(the_right_to_execute_implies_the_right_to_read),
    cmocka_unit_test(what_was_made_without_the_right_to_execute_never_runs),
    cmocka_unit_test(memory_made_to_run_alone_can_be_filled_and_run),
    cmocka_unit_test(an_initializer_fills_what_is_only_run),
    cmocka_unit_test(access_values_that_are_none_are_invalid),
    cmocka_unit_test(a_name_runs_if_it_was_made_to),
    cmocka_unit_test(another_process_runs_what_this_one_writes),
    cmocka_unit_test(a_name_runs_whatever_the_umask),
    cmocka_unit_test(a_file_is_opened_to_run),
    cmocka_unit_test(what_the_system_lets_nobody_run_is_access),
    cmocka_unit_test(the_right_to_execute_binds_as_the_trait_says),
    cmocka_unit_test(protect_of_what_runs_never_exceeds_what_it_was),
    cmocka_unit_test(a_view_that_runs_is_written_as_what_it_is_beside),
};

TEST_MAIN(tests, roles)
