/* SPDX-License-Identifier: MIT */
/*
 * What others do to the file of a section: cut it, delete it, rename it, put
 * another in its place. What each system does is a trait, and tested like a
 * promise. Contract line 25.
 */
#include "foreign.h"
#include "process.h"
#include "sections.h"

#define SIZE 50000

static bool can_be_cut(void)
{
    return this_system().file_shrink == SECTION_GUARD_NONE;
}

static bool can_be_removed(void)
{
    return this_system().file_removal == SECTION_GUARD_NONE;
}

/* A file full of a pattern, and a view of all of it. */
static section *mapped_file(section_view *view, const char *path)
{
    section *s = new_file(path, SIZE, SECTION_CREATE_NEW);
    *view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(view), view->length, 0);
    return s;
}

/* ------------------------------------------------------------------------
 * Cut
 * ------------------------------------------------------------------------ */

/* In a process of its own: what its handle may do, it does. */
static int cut(const char *path, intptr_t inherited)
{
    (void)inherited;
    intptr_t handle = foreign_file(path, true);
    bool done = foreign_cut(handle, SIZE / 2);
    foreign_close(handle);
    role_say(done ? "done" : "refused");
    return 0;
}

static bool cut_by_another(const char *path)
{
    process child;
    char line[PROCESS_LINE_SIZE];
    process_start(&child, "cut", path, PROCESS_NOTHING);
    process_hear(&child, line);
    process_succeeds(&child);
    return strcmp(line, "done") == 0;
}

static void a_mapped_file_can_be_cut_as_the_trait_says(void **state)
{
    (void)state;
    file_path path = files_path("cut");
    section_view view;
    section *s = mapped_file(&view, path.text);
    assert_same(can_be_cut(), cut_by_another(path.text));
    assert_same(can_be_cut() ? SIZE / 2 : SIZE, file_size(path.text));
    /* The section is as large as it was; what is left is what it was. */
    assert_same(SIZE, info_of(s).size);
    assert_true(is_filled(bytes_of(&view), SIZE / 2, 0));
    unmap(&view);
    section_close(s);
}

static void a_section_protects_its_file_as_a_view_does(void **state)
{
    (void)state;
    file_path path = files_path("cut-unmapped");
    section *s = new_file(path.text, SIZE, SECTION_CREATE_NEW);
    assert_same(can_be_cut(), cut_by_another(path.text));
    section_close(s);
    section_view view;
    file_path other = files_path("cut-closed");
    section_close(mapped_file(&view, other.text));
    assert_same(can_be_cut(), cut_by_another(other.text));
    unmap(&view);
    /* Nobody has it any more. */
    assert_true(cut_by_another(other.text));
}

/* In a process of its own, whose handlers of faults are the library's alone. */
static int read_what_was_cut_off(const char *path, intptr_t inherited)
{
    (void)inherited;
    section_view view;
    section *s = mapped_file(&view, path);
    file_truncate(path, SIZE / 2);
    static unsigned char bytes[SIZE];
    size_t done, page = machine_page_size();
    size_t last = (SIZE / 2 + page - 1) / page * page;
    assert_status(SECTION_FAULT,
                  section_view_read(&view, 0, bytes, SIZE, &done));
    assert_same(last, done);
    assert_that(is_filled(bytes, SIZE / 2, 0));
    /* The last page has its end, in zeros. */
    assert_that(expect_zero(bytes + SIZE / 2, last - SIZE / 2));
    assert_status(SECTION_FAULT,
                  section_view_write(&view, last, bytes, 1, &done));
    assert_same(0, done);

    /* A view that is mapped now is as good or bad. */
    section_view late = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_status(SECTION_FAULT,
                  section_view_read(&late, SIZE - 1, bytes, 1, NULL));
    unmap(&late);

    /* Grown again by others: the bytes are there, and zero. */
    file_truncate(path, SIZE);
    assert_status(SECTION_OK, section_view_read(&view, 0, bytes, SIZE, &done));
    assert_same(SIZE, done);
    assert_that(is_filled(bytes, SIZE / 2, 0));
    assert_that(expect_zero(bytes + SIZE / 2, SIZE - SIZE / 2));
    unmap(&view);
    section_close(s);
    return 0;
}

static void a_guarded_read_of_what_was_cut_off_is_a_fault(void **state)
{
    (void)state;
    if (!can_be_cut())
        SKIP("nobody can cut a file that is a section (file_shrink)");
    file_path path = files_path("guarded");
    assert_same(
        0, process_play("read_what_was_cut_off", path.text, PROCESS_NOTHING));
}

static void others_can_make_a_mapped_file_larger(void **state)
{
    (void)state;
    file_path path = files_path("larger");
    section_view view;
    section *s = mapped_file(&view, path.text);
    file_truncate(path.text, 2 * SIZE);
    assert_same(SIZE, info_of(s).size);
    assert_same(SIZE, view.length);
    assert_true(is_filled(bytes_of(&view), SIZE, 0));
    section *late = opened_file(path.text, READ_ONLY);
    assert_same(2 * SIZE, info_of(late).size);
    section_close(late);
    unmap(&view);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Deleted, renamed, replaced
 * ------------------------------------------------------------------------ */

/* Whatever became of its path, the section is the file it was made of. */
static void assert_unharmed(section *s, section_view *view, unsigned char byte)
{
    assert_true(is_filled(bytes_of(view), SIZE - 1, 0));
    bytes_of(view)[SIZE - 1] = byte;
    assert_same(byte, peek(s, SIZE - 1));
    section *copy = duplicate_of(s, READ_ONLY);
    assert_same(byte, peek(copy, SIZE - 1));
    section_close(copy);
    assert_status(SECTION_OK,
                  section_view_flush(view, 0, 0, SECTION_FLUSH_DURABLE));
    assert_status(SECTION_OK, section_flush(s, SECTION_FLUSH_DURABLE));
}

static void a_mapped_file_can_be_deleted_as_the_trait_says(void **state)
{
    (void)state;
    if (machine_is_wine())
        SKIP("Wine lets a mapped file be deleted (docs/wine.md)");
    file_path path = files_path("deleted");
    section_view view;
    section *s = mapped_file(&view, path.text);
    assert_same(can_be_removed(), file_remove(path.text));
    assert_same(!can_be_removed(), file_exists(path.text));
    assert_unharmed(s, &view, 200);
    section *late = NULL;
    section_status expected = can_be_removed() ? SECTION_NOT_FOUND : SECTION_OK;
    assert_status(expected, section_open_file(&late, path.text, READ_ONLY));
    section_close(late);
    unmap(&view);
    section_close(s);
    /* Nobody has it any more. */
    assert_same(!can_be_removed(), file_remove(path.text));
}

static void the_path_of_a_deleted_file_is_free_for_another(void **state)
{
    (void)state;
    if (!can_be_removed())
        SKIP("nobody can delete the file of a section (file_removal)");
    file_path path = files_path("again");
    section_view view;
    section *s = mapped_file(&view, path.text);
    assert_true(file_remove(path.text));
    section *other = new_file(path.text, SIZE, SECTION_CREATE_NEW);
    assert_same(0, peek(other, SIZE - 1));
    assert_unharmed(s, &view, 201);
    assert_same(0, peek(other, SIZE - 1));
    section_close(other);
    unmap(&view);
    section_close(s);
}

static void a_mapped_file_can_be_renamed(void **state)
{
    (void)state;
    file_path path = files_path("renamed"), to = files_path("renamed-to");
    section_view view;
    section *s = mapped_file(&view, path.text);
    assert_true(file_rename(path.text, to.text));
    assert_false(file_exists(path.text));
    assert_unharmed(s, &view, 202);
    /* What the view writes goes where the file is now. */
    section *late = opened_file(to.text, READ_ONLY);
    assert_same(202, peek(late, SIZE - 1));
    section_close(late);
    unmap(&view);
    section_close(s);
}

static void a_mapped_file_can_be_replaced_as_the_trait_says(void **state)
{
    (void)state;
    file_path path = files_path("replaced"), by = files_path("replaced-by");
    section_view view;
    section *s = mapped_file(&view, path.text);
    file_make(by.text, SIZE);
    assert_same(can_be_removed(), file_rename(by.text, path.text));
    assert_same(!can_be_removed(), file_exists(by.text));
    assert_unharmed(s, &view, 203);
    section *late = opened_file(path.text, READ_ONLY);
    assert_same(can_be_removed() ? 0 : 203, peek(late, SIZE - 1));
    section_close(late);
    unmap(&view);
    section_close(s);
}

static const process_role roles[] = {
    {"cut", cut},
    {"read_what_was_cut_off", read_what_was_cut_off},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_mapped_file_can_be_cut_as_the_trait_says),
    cmocka_unit_test(a_section_protects_its_file_as_a_view_does),
    cmocka_unit_test(a_guarded_read_of_what_was_cut_off_is_a_fault),
    cmocka_unit_test(others_can_make_a_mapped_file_larger),
    cmocka_unit_test(a_mapped_file_can_be_deleted_as_the_trait_says),
    cmocka_unit_test(the_path_of_a_deleted_file_is_free_for_another),
    cmocka_unit_test(a_mapped_file_can_be_renamed),
    cmocka_unit_test(a_mapped_file_can_be_replaced_as_the_trait_says),
};

TEST_MAIN(tests, roles)
