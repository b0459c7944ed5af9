/* SPDX-License-Identifier: MIT */
/*
 * Sections from and to native handles: whose they are, what can be wrapped,
 * and what a handle that was given out can do. native.h; contract lines 19, 26
 * (not inherited) and 30 (descriptors 0, 1 and 2).
 */
#include "foreign.h"
#include "limits.h"
#include "process.h"
#include "sections.h"

static intptr_t given_out(const section *s, section_rights rights)
{
    section_native native;
    assert_status(SECTION_OK, section_duplicate_native(&native, s, rights));
    assert_true(native != -1);
    return native;
}

#define assert_no_native(expected, native, call)                               \
    do {                                                                       \
        (native) = 12345;                                                      \
        assert_status(expected, call);                                         \
        assert_true((native) == -1);                                           \
    } while (0)

/* ------------------------------------------------------------------------
 * Giving out
 * ------------------------------------------------------------------------ */

static void get_native_tells_the_handle_and_keeps_it(void **state)
{
    (void)state;
    section *s = new_memory(5000);
    intptr_t native = native_of(s);
    assert_same(native, native_of(s));
    assert_true(foreign_is_open(native));
    assert_true(foreign_can_write(native));
    section_close(s);
    assert_false(foreign_is_open(native));
}

static void duplicate_native_is_the_callers_own(void **state)
{
    (void)state;
    section *s = new_memory(5000);
    poke(s, 4999, 0x21);
    intptr_t native = given_out(s, READ_WRITE);
    assert_true(native != native_of(s));
    section_close(s);
    assert_true(foreign_is_open(native));
    assert_true(foreign_can_write(native));
    s = wrapped(native, READ_WRITE, SECTION_NATIVE_OWNED);
    assert_same(5000, info_of(s).size);
    assert_same(0x21, peek(s, 4999));
    section_close(s);
}

static void duplicate_native_without_write_cannot_write(void **state)
{
    (void)state;
    section *memory = new_memory(5000);
    section *file =
        new_file(files_path("given").text, 5000, SECTION_CREATE_NEW);
    section *all[] = {memory, file};
    for (size_t i = 0; i < 2; i++) {
        intptr_t native = given_out(all[i], READ_ONLY);
        assert_true(foreign_can_read(native));
        assert_false(foreign_can_write(native));
        section *s;
        assert_no_section(
            SECTION_ACCESS, s,
            section_wrap(&s, native, READ_WRITE, SECTION_NATIVE_OWNED));
        foreign_close(native);
        section_close(all[i]);
    }
}

static void duplicate_native_with_more_rights_is_access(void **state)
{
    (void)state;
    section *s = new_memory(100);
    section *reader = duplicate_of(s, READ_ONLY);
    section_native native;
    assert_no_native(SECTION_ACCESS, native,
                     section_duplicate_native(&native, reader, READ_WRITE));
    section_close(reader);
    section_close(s);
}

static void native_calls_with_broken_arguments_are_invalid(void **state)
{
    (void)state;
    section *s = new_memory(100);
    section_native native;
    assert_status(SECTION_INVALID, section_get_native(NULL, s));
    assert_no_native(SECTION_INVALID, native,
                     section_get_native(&native, NULL));
    assert_status(SECTION_INVALID,
                  section_duplicate_native(NULL, s, READ_ONLY));
    assert_no_native(SECTION_INVALID, native,
                     section_duplicate_native(&native, NULL, READ_ONLY));
    assert_no_native(SECTION_INVALID, native,
                     section_duplicate_native(&native, s, 0));
    assert_no_native(SECTION_INVALID, native,
                     section_duplicate_native(&native, s, 16));
    section_close(s);
}

static void a_borrowed_handle_is_never_duplicated(void **state)
{
    (void)state;
    intptr_t memory = foreign_memory(5000);
    section *s = wrapped(memory, READ_WRITE, SECTION_NATIVE_BORROWED);
    size_t handles = machine_open_handles();
    section_native native;
    assert_no_native(SECTION_UNSUPPORTED, native,
                     section_duplicate_native(&native, s, READ_ONLY));
    section *copy = duplicate_of(s, READ_WRITE);
    assert_same(memory, native_of(copy));
    section_view view = mapped(copy, 0, 0, SECTION_ACCESS_READ);
    assert_same(handles, machine_open_handles());
    unmap(&view);
    section_close(copy);
    section_close(s);
    assert_true(foreign_is_open(memory));
    foreign_close(memory);
}

static void no_handle_is_inherited_until_the_caller_says_so(void **state)
{
    (void)state;
    section *memory = new_memory(100);
    section *file =
        new_file(files_path("not-inherited").text, 100, SECTION_CREATE_NEW);
    section *reader = duplicate_of(memory, READ_ONLY);
    section *owned =
        wrapped(foreign_memory(100), READ_WRITE, SECTION_NATIVE_OWNED);
    section *all[] = {memory, file, reader, owned};
    for (size_t i = 0; i < 4; i++) {
        assert_false(foreign_is_inherited(native_of(all[i])));
        intptr_t native = given_out(all[i], info_of(all[i]).rights);
        assert_false(foreign_is_inherited(native));
        foreign_close(native);
        section_close(all[i]);
    }
}

/* ------------------------------------------------------------------------
 * Taking in
 * ------------------------------------------------------------------------ */

static void foreign_memory_has_its_own_size(void **state)
{
    (void)state;
    intptr_t memory = foreign_memory(3 * 65536);
    uint64_t size = foreign_size(memory);
    section *s = wrapped(memory, READ_WRITE, SECTION_NATIVE_BORROWED);
    assert_same(SECTION_KIND_MEMORY, info_of(s).kind);
    assert_same(size, info_of(s).size);
    assert_same(SECTION_COMMIT_NONE, info_of(s).commit);
    assert_false(has_flag(s, SECTION_INFO_CREATED));
    section_view view;
    assert_no_view(
        SECTION_RANGE, view,
        section_map(&view, s, 0, (size_t)size + 1, SECTION_ACCESS_READ));
    view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), view.length, 0);
    section *again = wrapped(memory, READ_ONLY, SECTION_NATIVE_BORROWED);
    section_view second = mapped(again, 0, 0, SECTION_ACCESS_READ);
    assert_true(is_filled(bytes_of(&second), second.length, 0));
    unmap(&second);
    unmap(&view);
    section_close(again);
    section_close(s);
    foreign_close(memory);
}

static void a_wrapped_file_is_the_file(void **state)
{
    (void)state;
    file_path path = files_path("wrapped");
    file_make(path.text, 5000);
    intptr_t file = foreign_file(path.text, true);
    section *s = wrapped(file, READ_WRITE, SECTION_NATIVE_BORROWED);
    assert_same(SECTION_KIND_FILE, info_of(s).kind);
    assert_same(5000, info_of(s).size);
    poke(s, 4999, 0x44);
    section_close(s);
    assert_true(foreign_is_open(file));
    foreign_close(file);
    unsigned char byte = 0;
    file_read(path.text, 4999, &byte, 1);
    assert_same(0x44, byte);
    assert_same(5000, file_size(path.text));
}

static void an_owned_handle_is_closed_with_its_section(void **state)
{
    (void)state;
    intptr_t memory = foreign_memory(5000);
    size_t handles = machine_open_handles();
    section *s = wrapped(memory, READ_WRITE, SECTION_NATIVE_OWNED);
    assert_false(has_flag(s, SECTION_INFO_BORROWED));
    section *copy = duplicate_of(s, READ_WRITE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    section_close(s);
    bytes_of(&view)[0] = 3;
    assert_same(3, peek(copy, 0));
    unmap(&view);
    section_close(copy);
    assert_same(handles - 1, machine_open_handles());
    assert_false(foreign_is_open(memory));
}

static void an_owned_file_is_closed_with_its_last_view(void **state)
{
    (void)state;
    file_path path = files_path("owned");
    file_make(path.text, 5000);
    size_t handles = machine_open_handles();
    section *s = wrapped(foreign_file(path.text, true), READ_WRITE,
                         SECTION_NATIVE_OWNED);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    section_close(s);
    bytes_of(&view)[4999] = 1;
    unmap(&view);
    assert_same(handles, machine_open_handles());
}

static void a_borrowed_handle_is_used_as_it_is(void **state)
{
    (void)state;
    intptr_t memory = foreign_memory(5000);
    section *s = wrapped(memory, READ_WRITE, SECTION_NATIVE_BORROWED);
    assert_true(has_flag(s, SECTION_INFO_BORROWED));
    assert_same(memory, native_of(s));
    section *reader = duplicate_of(s, READ_ONLY);
    assert_true(has_flag(reader, SECTION_INFO_BORROWED));
    assert_same(memory, native_of(reader));
    section_view view;
    assert_no_view(SECTION_ACCESS, view,
                   section_map(&view, reader, 0, 0, SECTION_ACCESS_READ_WRITE));
    poke(s, 0, 6);
    assert_same(6, peek(reader, 0));
    section_close(reader);
    section_close(s);
    assert_true(foreign_is_open(memory));
    foreign_close(memory);
}

static void a_handle_that_cannot_write_is_access(void **state)
{
    (void)state;
    file_path path = files_path("cannot-write");
    file_make(path.text, 5000);
    intptr_t file = foreign_file(path.text, false);
    section *s;
    assert_no_section(
        SECTION_ACCESS, s,
        section_wrap(&s, file, READ_WRITE, SECTION_NATIVE_BORROWED));
    assert_no_section(SECTION_ACCESS, s,
                      section_wrap(&s, file, READ_WRITE, SECTION_NATIVE_OWNED));
    s = wrapped(file, READ_ONLY, SECTION_NATIVE_BORROWED);
    assert_same(0, peek(s, 0));
    section_close(s);
    foreign_close(file);
}

/* Refused, whoever would own it, and still the caller's. */
static void assert_not_wrapped(section_status expected, intptr_t native)
{
    section *s;
    assert_no_section(
        expected, s,
        section_wrap(&s, native, READ_ONLY, SECTION_NATIVE_BORROWED));
    assert_no_section(
        expected, s, section_wrap(&s, native, READ_ONLY, SECTION_NATIVE_OWNED));
}

static void a_handle_of_another_kind_is_kind(void **state)
{
    (void)state;
    file_path path = files_path("wrapped-directory");
    directory_make(path.text);
    intptr_t directory = foreign_directory(path.text);
    assert_not_wrapped(SECTION_KIND, directory);
    foreign_close(directory);
    intptr_t end = foreign_pipe();
    assert_not_wrapped(SECTION_KIND, end);
    foreign_close(end);
    if (file_device() != NULL) {
        intptr_t device = foreign_file(file_device(), false);
        assert_not_wrapped(SECTION_KIND, device);
        foreign_close(device);
    }
}

static void a_handle_that_only_names_its_file_is_access(void **state)
{
    (void)state;
    file_path path = files_path("named");
    file_make(path.text, 5000);
    intptr_t name = foreign_name_only(path.text);
    if (name == FOREIGN_NOTHING)
        SKIP("every handle of a file opens it here");
    assert_not_wrapped(SECTION_ACCESS, name);
    foreign_close(name);
}

static void memory_sealed_against_writing_is_only_read(void **state)
{
    (void)state;
    intptr_t memory = foreign_sealed_memory(5000);
    if (memory == FOREIGN_NOTHING)
        SKIP("memory cannot be sealed here");
    section *s;
    assert_no_section(
        SECTION_ACCESS, s,
        section_wrap(&s, memory, READ_WRITE, SECTION_NATIVE_BORROWED));
    assert_no_section(
        SECTION_ACCESS, s,
        section_wrap(&s, memory, READ_WRITE, SECTION_NATIVE_OWNED));
    assert_true(foreign_is_open(memory));
    s = wrapped(memory, READ_ONLY, SECTION_NATIVE_OWNED);
    assert_same(SECTION_KIND_MEMORY, info_of(s).kind);
    assert_same(5000, info_of(s).size);
    assert_same(0, peek(s, 4999));
    section_close(s);
}

static void memory_of_huge_pages_is_unsupported(void **state)
{
    (void)state;
    /* A multiple of every size that huge pages have. */
    intptr_t memory = foreign_huge_memory(GIB);
    if (memory == FOREIGN_NOTHING)
        SKIP("no memory of huge pages here");
    assert_not_wrapped(SECTION_UNSUPPORTED, memory);
    foreign_close(memory);
}

static void a_handle_of_an_empty_file_is_empty(void **state)
{
    (void)state;
    file_path path = files_path("wrapped-empty");
    file_make(path.text, 0);
    intptr_t file = foreign_file(path.text, true);
    assert_not_wrapped(SECTION_EMPTY, file);
    foreign_close(file);
}

static void what_is_no_handle_is_invalid(void **state)
{
    (void)state;
    intptr_t closed = foreign_memory(100);
    foreign_close(closed);
    const intptr_t wrong[] = {-1, -2, closed, INTPTR_MIN, INTPTR_MAX};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_not_wrapped(SECTION_INVALID, wrong[i]);
}

static void wrap_with_broken_arguments_is_invalid(void **state)
{
    (void)state;
    intptr_t memory = foreign_memory(5000);
    section *s;
    assert_status(SECTION_INVALID, section_wrap(NULL, memory, READ_ONLY,
                                                SECTION_NATIVE_BORROWED));
    assert_no_section(SECTION_INVALID, s,
                      section_wrap(&s, memory, 0, SECTION_NATIVE_BORROWED));
    assert_no_section(SECTION_INVALID, s,
                      section_wrap(&s, memory, 16, SECTION_NATIVE_BORROWED));
    assert_no_section(SECTION_INVALID, s,
                      section_wrap(&s, memory, READ_ONLY, 0));
    assert_no_section(SECTION_INVALID, s,
                      section_wrap(&s, memory, READ_ONLY, 3));
    foreign_close(memory);
}

static void a_narrowed_duplicate_of_a_wrapped_handle_cannot_write(void **state)
{
    (void)state;
    section *s =
        wrapped(foreign_memory(5000), READ_WRITE, SECTION_NATIVE_OWNED);
    section *reader = expect_poison();
    section_status status = section_duplicate(&reader, s, READ_ONLY);
    if (status == SECTION_OK) {
        assert_false(foreign_can_write(native_of(reader)));
        section_close(reader);
    } else {
        /* Where nothing but a name opens a file again. */
        assert_status(SECTION_UNSUPPORTED, status);
        assert_true(reader == NULL);
    }
    section_close(s);
}

static void a_wrapped_handle_to_read_stays_one(void **state)
{
    (void)state;
    section *s = new_memory(5000);
    intptr_t native = given_out(s, READ_ONLY);
    section *reader = wrapped(native, READ_ONLY, SECTION_NATIVE_OWNED);
    section *copy = duplicate_of(reader, READ_ONLY);
    poke(s, 4999, 0x19);
    assert_same(0x19, peek(copy, 4999));
    assert_same(5000, info_of(copy).size);
    assert_false(foreign_can_write(native_of(copy)));
    section_close(copy);
    section_close(reader);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Locks, and the first three descriptors
 * ------------------------------------------------------------------------ */

static int look_at_lock(const char *path, intptr_t inherited)
{
    (void)inherited;
    return lock_is_held(path) ? 0 : 1;
}

static void the_callers_locks_survive_a_borrowed_wrap(void **state)
{
    (void)state;
    file_path path = files_path("locked");
    file_make(path.text, 100000);
    intptr_t file = foreign_file(path.text, true);
    if (!lock_take(file)) {
        foreign_close(file);
        SKIP("locks belong to handles here, not to processes");
    }
    section *s = wrapped(file, READ_WRITE, SECTION_NATIVE_BORROWED);
    section *writer = duplicate_of(s, READ_WRITE);
    section *reader = duplicate_of(s, READ_ONLY);
    (void)info_of(writer);
    (void)info_of(reader);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    section_view copy = mapped(reader, 5, 0, SECTION_ACCESS_COPY);
    poke(writer, 0, 1);
    section_native native;
    assert_no_native(SECTION_UNSUPPORTED, native,
                     section_duplicate_native(&native, s, READ_ONLY));
    section *refused;
    assert_no_section(SECTION_ACCESS, refused,
                      section_duplicate(&refused, reader, READ_WRITE));
    section_close(writer);
    section_close(reader);
    section_close(s);
    unmap(&view);
    unmap(&copy);
    assert_int_equal(process_play("look_at_lock", path.text, PROCESS_NOTHING),
                     0);
    foreign_close(file);
}

static void the_callers_position_survives_a_borrowed_wrap(void **state)
{
    (void)state;
    file_path path = files_path("read meanwhile");
    file_make(path.text, 100000);
    intptr_t file = foreign_file(path.text, true);
    foreign_seek(file, 12345);
    section *s = wrapped(file, READ_WRITE, SECTION_NATIVE_BORROWED);
    section *copy = duplicate_of(s, READ_WRITE);
    section_view view = mapped(s, 100, 5000, SECTION_ACCESS_READ_WRITE);
    memset(view.data, 1, view.length);
    assert_status(SECTION_OK,
                  section_view_flush(&view, 0, 0, SECTION_FLUSH_START));
    assert_status(SECTION_OK,
                  section_view_flush(&view, 7, 1000, SECTION_FLUSH_DURABLE));
    assert_status(SECTION_OK, section_flush(copy, SECTION_FLUSH_DURABLE));
    (void)info_of(s);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(copy);
    section_close(s);
    assert_same(12345, foreign_position(file));
    foreign_close(file);
}

static void a_refused_wrap_leaves_the_callers_locks(void **state)
{
    (void)state;
    file_path path = files_path("locked-too");
    file_make(path.text, 0);
    intptr_t file = foreign_file(path.text, true);
    if (!lock_take(file)) {
        foreign_close(file);
        SKIP("locks belong to handles here, not to processes");
    }
    assert_not_wrapped(SECTION_EMPTY, file);
    assert_int_equal(process_play("look_at_lock", path.text, PROCESS_NOTHING),
                     0);
    foreign_close(file);
}

/* Descriptors as low as they get, and the library must not take them. */
static int work_without_streams(const char *path, intptr_t inherited)
{
    (void)inherited;
    if (!limit_close_standard_streams())
        return ROLE_CANNOT;
    section *memory = new_memory(100);
    section *lazy = new_lazy_memory(100);
    section *file = new_file(path, 100, SECTION_CREATE_NEW);
    section *file_again = opened_file(path, READ_WRITE);
    section *reader = duplicate_of(memory, READ_ONLY);
    test_name name = names_unique("streams");
    section *named = new_named(name.text, 100);
    section *by_name = opened_to(name.text, READ_ONLY);
    assert_status(SECTION_OK, section_sweep(NULL, SECTION_SCOPE_USER));
    section *all[] = {memory, lazy, file, file_again, reader, named, by_name};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        assert_that(native_of(all[i]) > 2);
        (void)info_of(all[i]);
        (void)peek(all[i], 99);
        assert_that(given_out(all[i], READ_ONLY) > 2);
        assert_that(!limit_has_standard_streams());
    }
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        section_close(all[i]);
    return limit_has_standard_streams() ? 1 : 0;
}

static void the_first_three_descriptors_are_never_used(void **state)
{
    (void)state;
    if (process_play("work_without_streams", files_path("low").text,
                     PROCESS_NOTHING) == ROLE_CANNOT)
        SKIP("handles have no numbers of their own here");
}

/* A descriptor of the caller's that is 0: borrowed it stays, owned it moves. */
static int wrap_lowest(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    if (!limit_close_standard_streams())
        return ROLE_CANNOT;
    intptr_t memory = foreign_memory(100);
    assert_same(0, memory);
    section *borrowed = wrapped(memory, READ_WRITE, SECTION_NATIVE_BORROWED);
    assert_same(0, native_of(borrowed));
    poke(borrowed, 99, 5);
    section_close(borrowed);
    assert_that(foreign_is_open(memory));
    section *owned = wrapped(memory, READ_WRITE, SECTION_NATIVE_OWNED);
    assert_that(native_of(owned) > 2);
    assert_that(!limit_has_standard_streams());
    assert_same(5, peek(owned, 99));
    section_close(owned);
    return 0;
}

static void an_owned_low_descriptor_is_moved_away(void **state)
{
    (void)state;
    if (process_play("wrap_lowest", "", PROCESS_NOTHING) == ROLE_CANNOT)
        SKIP("handles have no numbers of their own here");
}

static const process_role roles[] = {
    {"look_at_lock", look_at_lock},
    {"work_without_streams", work_without_streams},
    {"wrap_lowest", wrap_lowest},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(get_native_tells_the_handle_and_keeps_it),
    cmocka_unit_test(duplicate_native_is_the_callers_own),
    cmocka_unit_test(duplicate_native_without_write_cannot_write),
    cmocka_unit_test(duplicate_native_with_more_rights_is_access),
    cmocka_unit_test(native_calls_with_broken_arguments_are_invalid),
    cmocka_unit_test(a_borrowed_handle_is_never_duplicated),
    cmocka_unit_test(no_handle_is_inherited_until_the_caller_says_so),
    cmocka_unit_test(foreign_memory_has_its_own_size),
    cmocka_unit_test(a_wrapped_file_is_the_file),
    cmocka_unit_test(an_owned_handle_is_closed_with_its_section),
    cmocka_unit_test(an_owned_file_is_closed_with_its_last_view),
    cmocka_unit_test(a_borrowed_handle_is_used_as_it_is),
    cmocka_unit_test(a_handle_that_cannot_write_is_access),
    cmocka_unit_test(a_handle_of_another_kind_is_kind),
    cmocka_unit_test(a_handle_that_only_names_its_file_is_access),
    cmocka_unit_test(memory_sealed_against_writing_is_only_read),
    cmocka_unit_test(memory_of_huge_pages_is_unsupported),
    cmocka_unit_test(a_handle_of_an_empty_file_is_empty),
    cmocka_unit_test(what_is_no_handle_is_invalid),
    cmocka_unit_test(wrap_with_broken_arguments_is_invalid),
    cmocka_unit_test(a_narrowed_duplicate_of_a_wrapped_handle_cannot_write),
    cmocka_unit_test(a_wrapped_handle_to_read_stays_one),
    cmocka_unit_test(the_callers_locks_survive_a_borrowed_wrap),
    cmocka_unit_test(the_callers_position_survives_a_borrowed_wrap),
    cmocka_unit_test(a_refused_wrap_leaves_the_callers_locks),
    cmocka_unit_test(the_first_three_descriptors_are_never_used),
    cmocka_unit_test(an_owned_low_descriptor_is_moved_away),
};

TEST_MAIN(tests, roles)
