/* SPDX-License-Identifier: MIT */
/*
 * Sections that are files: what is created, opened, grown and refused, and
 * that view and file are one. Contract lines 7, 22, 3 (a disk without room), 4
 * (sparse) and 29 (a failed create leaves no file).
 */
#include "limits.h"
#include "process.h"
#include "sections.h"

#include <stdio.h>

#define MARGIN MIB /* what a file system may need beside the data */

static unsigned char byte_of_file(const char *path, uint64_t offset)
{
    unsigned char byte = 0;
    file_read(path, offset, &byte, 1);
    return byte;
}

/* ------------------------------------------------------------------------
 * What is there and what is not
 * ------------------------------------------------------------------------ */

static void create_new_makes_the_file(void **state)
{
    (void)state;
    file_path path = files_path("new");
    section *s = new_file(path.text, 5000, SECTION_CREATE_NEW);
    assert_true(has_flag(s, SECTION_INFO_CREATED));
    assert_same(SECTION_KIND_FILE, info_of(s).kind);
    section_close(s);
    assert_same(5000, file_size(path.text));
}

static void create_new_of_what_is_there_is_exists(void **state)
{
    (void)state;
    file_path path = files_path("taken");
    file_make(path.text, 10);
    file_write(path.text, 0, "0123456789", 10);
    section *s;
    section_options options = file_options(path.text, 5000, SECTION_CREATE_NEW);
    assert_no_section(SECTION_EXISTS, s, section_create(&s, &options));
    assert_same(10, file_size(path.text));
    assert_same('9', byte_of_file(path.text, 9));
}

static void open_or_create_tells_whether_it_created(void **state)
{
    (void)state;
    file_path path = files_path("either");
    section *s = new_file(path.text, 5000, SECTION_OPEN_OR_CREATE);
    assert_true(has_flag(s, SECTION_INFO_CREATED));
    poke(s, 0, 8);
    section_close(s);
    s = new_file(path.text, 5000, SECTION_OPEN_OR_CREATE);
    assert_false(has_flag(s, SECTION_INFO_CREATED));
    assert_same(8, peek(s, 0));
    section_close(s);
}

static void only_the_handle_that_created_says_so(void **state)
{
    (void)state;
    file_path path = files_path("says");
    section *s = new_file(path.text, 100, SECTION_CREATE_NEW);
    section *opened = opened_file(path.text, READ_ONLY);
    section *copy = duplicate_of(s, READ_WRITE);
    assert_false(has_flag(opened, SECTION_INFO_CREATED));
    assert_false(has_flag(copy, SECTION_INFO_CREATED));
    section_close(copy);
    section_close(opened);
    section_close(s);
}

static void a_missing_file_is_not_found(void **state)
{
    (void)state;
    section *s;
    file_path path = files_path("missing");
    assert_no_section(SECTION_NOT_FOUND, s,
                      section_open_file(&s, path.text, READ_ONLY));
    assert_no_section(SECTION_NOT_FOUND, s,
                      section_open_file(&s, path.text, READ_WRITE));
    section_options options =
        file_options(path.text, 100, SECTION_OPEN_EXISTING);
    assert_no_section(SECTION_NOT_FOUND, s, section_create(&s, &options));
    assert_false(file_exists(path.text));
}

static void a_missing_directory_is_not_found(void **state)
{
    (void)state;
    section *s;
    file_path path = files_path("no-directory/file");
    const section_disposition all[] = {
        SECTION_CREATE_NEW, SECTION_OPEN_OR_CREATE, SECTION_OPEN_EXISTING};
    for (size_t i = 0; i < 3; i++) {
        section_options options = file_options(path.text, 100, all[i]);
        assert_no_section(SECTION_NOT_FOUND, s, section_create(&s, &options));
    }
}

/* Neither opened, nor waited for, nor changed. */
static void assert_kind(const char *path)
{
    section *s;
    assert_no_section(SECTION_KIND, s, section_open_file(&s, path, READ_ONLY));
    assert_no_section(SECTION_KIND, s, section_open_file(&s, path, READ_WRITE));
    section_options options = file_options(path, 100, SECTION_OPEN_EXISTING);
    assert_no_section(SECTION_KIND, s, section_create(&s, &options));
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_no_section(SECTION_KIND, s, section_create(&s, &options));
}

static void a_directory_is_no_section(void **state)
{
    (void)state;
    file_path path = files_path("directory");
    directory_make(path.text);
    assert_kind(path.text);
    section *s;
    section_options options = file_options(path.text, 100, SECTION_CREATE_NEW);
    assert_no_section(SECTION_EXISTS, s, section_create(&s, &options));
    assert_true(file_exists(path.text));
}

static void a_fifo_is_no_section_and_is_not_waited_for(void **state)
{
    (void)state;
    file_path path = files_path("fifo");
    if (!file_make_fifo(path.text))
        SKIP("no FIFO can stand at a path here");
    assert_kind(path.text);
    section *s;
    section_options options = file_options(path.text, 100, SECTION_CREATE_NEW);
    assert_no_section(SECTION_EXISTS, s, section_create(&s, &options));
}

static void a_device_is_no_section(void **state)
{
    (void)state;
    const char *device = file_device();
    if (device == NULL)
        SKIP("no device that anybody may open");
    assert_kind(device);
}

static void a_link_leads_to_its_file(void **state)
{
    (void)state;
    file_path link = files_path("link");
    file_path path = files_path("linked");
    if (!file_make_link(link.text, path.text))
        SKIP("no right to make links here");
    section *s;
    assert_no_section(SECTION_NOT_FOUND, s,
                      section_open_file(&s, link.text, READ_ONLY));
    file_make(path.text, 100);
    s = opened_file(link.text, READ_WRITE);
    poke(s, 99, 4);
    section_close(s);
    assert_same(4, byte_of_file(path.text, 99));
    section_options options = file_options(link.text, 100, SECTION_CREATE_NEW);
    assert_no_section(SECTION_EXISTS, s, section_create(&s, &options));
}

static void paths_are_utf8(void **state)
{
    (void)state;
    const char *names[] = {"\xc3\x9cmit \xc3\x9f", "\xe6\x97\xa5\xe6\x9c\xac",
                           "\xf0\x9f\x98\x80 and blanks"};
    for (size_t i = 0; i < 3; i++) {
        file_path path = files_path(names[i]);
        section *s = new_file(path.text, 100, SECTION_CREATE_NEW);
        poke(s, 0, (unsigned char)(i + 1));
        section_close(s);
        assert_same(100, file_size(path.text));
        assert_same(i + 1, byte_of_file(path.text, 0));
        s = opened_file(path.text, READ_ONLY);
        assert_same(i + 1, peek(s, 0));
        section_close(s);
    }
}

/* ------------------------------------------------------------------------
 * Rights
 * ------------------------------------------------------------------------ */

/* Played by a user without rights. */
static int open_read_only_file(const char *path, intptr_t inherited)
{
    (void)inherited;
    if (!limit_become_ordinary())
        return ROLE_CANNOT;
    section *s;
    assert_no_section(SECTION_ACCESS, s,
                      section_open_file(&s, path, READ_WRITE));
    assert_that(section_last_os_error() != 0);
    section_options options = file_options(path, 200, SECTION_OPEN_EXISTING);
    assert_no_section(SECTION_ACCESS, s, section_create(&s, &options));
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_no_section(SECTION_ACCESS, s, section_create(&s, &options));
    s = opened_file(path, READ_ONLY);
    assert_same(100, info_of(s).size);
    assert_same(0, peek(s, 99));
    section_close(s);
    return 0;
}

static void a_read_only_file_asked_for_writing_is_access(void **state)
{
    (void)state;
    if (machine_is_wine())
        SKIP("Wine asks what the Unix user may, who may be root");
    file_path path = files_path("read-only");
    file_make(path.text, 100);
    file_make_read_only(path.text, true);
    int code = process_play("open_read_only_file", path.text, PROCESS_NOTHING);
    file_make_read_only(path.text, false);
    if (code == ROLE_CANNOT)
        SKIP("cannot give up the rights of this user");
    assert_int_equal(code, 0);
    assert_same(100, file_size(path.text));
}

/* A file opened to read needs no right to write anywhere. */
static void a_file_opened_to_read_is_not_changed(void **state)
{
    (void)state;
    file_path path = files_path("only-read");
    file_make(path.text, 5000);
    file_make_read_only(path.text, true);
    section *s = opened_file(path.text, READ_ONLY);
    assert_same(READ_ONLY, info_of(s).rights);
    assert_same(0, peek(s, 4999));
    section_close(s);
    assert_same(5000, file_size(path.text));
    file_make_read_only(path.text, false);
}

static void a_new_file_has_the_permissions_of_any_new_file(void **state)
{
    (void)state;
    file_path ours = files_path("ours");
    file_path plain = files_path("plain");
    FILE *file = fopen(plain.text, "w");
    assert_non_null(file);
    (void)fclose(file);
    section_close(new_file(ours.text, 100, SECTION_CREATE_NEW));
    assert_int_equal(file_permissions(ours.text), file_permissions(plain.text));
}

static void a_file_somebody_else_needs_unchanged_is_busy(void **state)
{
    (void)state;
    char program[PROCESS_LINE_SIZE];
    process_program(program);
    if (!file_is_busy(program))
        SKIP("a program that runs may be written here");
    section *s;
    assert_no_section(SECTION_BUSY, s,
                      section_open_file(&s, program, READ_WRITE));
    assert_that(section_last_os_error() != 0);
    s = opened_file(program, READ_ONLY);
    assert_same(file_size(program), info_of(s).size);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Size
 * ------------------------------------------------------------------------ */

static void size_zero_takes_the_size_of_the_file(void **state)
{
    (void)state;
    file_path path = files_path("takes");
    file_make(path.text, 12345);
    section *s = opened_file(path.text, READ_ONLY);
    assert_same(12345, info_of(s).size);
    section_close(s);
    s = new_file(path.text, 0, SECTION_OPEN_EXISTING);
    assert_same(12345, info_of(s).size);
    section_close(s);
}

static void an_empty_file_is_empty(void **state)
{
    (void)state;
    file_path path = files_path("empty");
    file_make(path.text, 0);
    section *s;
    assert_no_section(SECTION_EMPTY, s,
                      section_open_file(&s, path.text, READ_ONLY));
    assert_no_section(SECTION_EMPTY, s,
                      section_open_file(&s, path.text, READ_WRITE));
    section_options options = file_options(path.text, 0, SECTION_OPEN_EXISTING);
    assert_no_section(SECTION_EMPTY, s, section_create(&s, &options));
    assert_same(0, section_last_os_error());
}

static void an_empty_file_grows_to_the_size_asked_for(void **state)
{
    (void)state;
    file_path path = files_path("from-nothing");
    file_make(path.text, 0);
    section *s = new_file(path.text, 5000, SECTION_OPEN_EXISTING);
    poke(s, 4999, 6);
    section_close(s);
    assert_same(5000, file_size(path.text));
}

static void a_larger_size_grows_the_file(void **state)
{
    (void)state;
    file_path path = files_path("grows");
    file_make(path.text, 3000);
    file_write(path.text, 2999, "x", 1);
    section *s = new_file(path.text, 70000, SECTION_OPEN_EXISTING);
    assert_same(70000, info_of(s).size);
    assert_same(70000, file_size(path.text));
    assert_same('x', peek(s, 2999));
    assert_same(0, peek(s, 3000));
    poke(s, 69999, 5);
    section_close(s);
    assert_same(5, byte_of_file(path.text, 69999));
    s = new_file(path.text, 80001, SECTION_OPEN_OR_CREATE);
    assert_same(80001, file_size(path.text));
    section_close(s);
}

static void a_larger_size_without_the_right_to_write_is_range(void **state)
{
    (void)state;
    file_path path = files_path("too-short");
    file_make(path.text, 3000);
    section *s;
    section_options options =
        file_options(path.text, 3001, SECTION_OPEN_EXISTING);
    options.rights = SECTION_RIGHT_READ;
    assert_no_section(SECTION_RANGE, s, section_create(&s, &options));
    assert_same(3000, file_size(path.text));
}

static void a_smaller_size_sees_the_first_bytes_and_never_shrinks(void **state)
{
    (void)state;
    file_path path = files_path("longer");
    file_make(path.text, 100000);
    file_write(path.text, 99999, "z", 1);
    section *s = new_file(path.text, 5000, SECTION_OPEN_EXISTING);
    section_view view;
    assert_same(5000, info_of(s).size);
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 0, 5001, SECTION_ACCESS_READ));
    poke(s, 4999, 1);
    section_close(s);
    s = new_file(path.text, 5000, SECTION_OPEN_OR_CREATE);
    assert_same(5000, info_of(s).size);
    section_close(s);
    assert_same(100000, file_size(path.text));
    assert_same('z', byte_of_file(path.text, 99999));
}

static void a_section_keeps_the_size_it_was_opened_with(void **state)
{
    (void)state;
    file_path path = files_path("keeps");
    file_make(path.text, 5000);
    section *s = opened_file(path.text, READ_WRITE);
    section *grown = new_file(path.text, 50000, SECTION_OPEN_EXISTING);
    section_view view;
    assert_same(5000, info_of(s).size);
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, 5000, 1, SECTION_ACCESS_READ));
    assert_same(50000, info_of(grown).size);
    section_close(grown);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Space
 * ------------------------------------------------------------------------ */

static void holes_of_a_file_stay_holes(void **state)
{
    (void)state;
    file_path path = files_path("holes");
    file_make(path.text, 64 * MIB);
    uint64_t before = file_allocated(path.text);
    section *s = opened_file(path.text, READ_WRITE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_same(0, bytes_of(&view)[32 * MIB]);
    unmap(&view);
    section_close(s);
    assert_in_range(file_allocated(path.text), 0, before + MARGIN);
}

static void only_new_bytes_are_committed(void **state)
{
    (void)state;
    file_path path = files_path("partly");
    file_make(path.text, 64 * MIB);
    uint64_t before = file_allocated(path.text);
    section *s = new_file(path.text, 72 * MIB, SECTION_OPEN_EXISTING);
    uint64_t added = file_allocated(path.text) - before;
    assert_same(72 * MIB, file_size(path.text));
    if (info_of(s).commit == SECTION_COMMIT_ALLOCATED)
        assert_true(added >= 8 * MIB);
    assert_true(added <= 8 * MIB + MARGIN);
    section_close(s);
}

static void a_lazy_file_takes_no_room(void **state)
{
    (void)state;
    file_path path = files_path("lazy");
    section_options options =
        file_options(path.text, 64 * MIB, SECTION_CREATE_NEW);
    options.flags = SECTION_LAZY;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_true(has_flag(s, SECTION_INFO_LAZY));
    assert_same(SECTION_COMMIT_NONE, info_of(s).commit);
    assert_same(64 * MIB, file_size(path.text));
    assert_in_range(file_allocated(path.text), 0, MARGIN);
    poke(s, 64 * MIB - 1, 1);
    section_close(s);
    assert_same(1, byte_of_file(path.text, 64 * MIB - 1));
}

static void files_can_be_larger_than_four_gigabytes(void **state)
{
    (void)state;
    file_path path = files_path("large");
    const uint64_t size = 5 * GIB + 5000;
    const uint64_t offset = 4 * GIB + 12345;
    file_make(path.text, size);
    file_write(path.text, offset, "large", 5);
    section *s = opened_file(path.text, READ_WRITE);
    assert_same(size, info_of(s).size);
    section_view view = mapped(s, offset, 5, SECTION_ACCESS_READ_WRITE);
    assert_memory_equal(view.data, "large", 5);
    memcpy(view.data, "LARGE", 5);
    unmap(&view);
    char text[5];
    file_read(path.text, offset, text, sizeof(text));
    assert_memory_equal(text, "LARGE", 5);
    poke(s, size - 1, 0x7f);
    assert_same(0x7f, byte_of_file(path.text, size - 1));
    assert_same(0, peek(s, offset - 4 * GIB));
    section_close(s);
    /* Growing from beyond 4 GiB commits the little that is new. */
    s = new_file(path.text, size + 5000, SECTION_OPEN_EXISTING);
    assert_same(size + 5000, file_size(path.text));
    poke(s, size + 4999, 1);
    section_close(s);
    assert_in_range(file_allocated(path.text), 0, MARGIN);
    assert_true(file_remove(path.text));
}

/* Create and grow where there is no room: nothing is left, nothing is cut. */
static void assert_no_room(const char *directory)
{
    section *s;
    file_path never = files_join(directory, "never");
    file_path there = files_join(directory, "there");
    file_make(there.text, 5000);
    file_write(there.text, 4999, "!", 1);
    uint64_t room = disk_free(directory);
    section_options options =
        file_options(never.text, room + 4 * MIB, SECTION_CREATE_NEW);
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    assert_false(file_exists(never.text));
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    assert_false(file_exists(never.text));
    options.path = there.text;
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    assert_same(5000, file_size(there.text));
    assert_same('!', byte_of_file(there.text, 4999));
    assert_true(disk_free(directory) >= room);

    /* What does fit still works, to its last byte. */
    s = new_file(never.text, room / 2, SECTION_CREATE_NEW);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    touch_pages(&view, 3);
    assert_true(pages_are(&view, 3));
    unmap(&view);
    section_close(s);
}

/* With the disk full, what exists can be opened and one byte more cannot be
 * had. */
static void assert_full(const char *directory)
{
    section *s;
    file_path there = files_join(directory, "there");
    file_path never = files_join(directory, "nevermore");
    disk_fill(files_join(directory, "filler").text);
    section_options options = file_options(never.text, MIB, SECTION_CREATE_NEW);
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    assert_false(file_exists(never.text));
    options = file_options(there.text, MIB, SECTION_OPEN_EXISTING);
    assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
    assert_same(5000, file_size(there.text));
    s = opened_file(there.text, READ_WRITE);
    /* Where the file has a block: filling a hole would be a fault. */
    poke(s, 4998, 1);
    section_close(s);
}

static int use_small_disk(const char *directory, intptr_t inherited)
{
    (void)inherited;
    assert_no_room(directory);
    assert_full(directory);
    return 0;
}

static void a_full_memory_disk_is_no_space_and_leaves_nothing(void **state)
{
    (void)state;
    if (!process_play_on_disk("use_small_disk", "memory-disk", DISK_MEMORY,
                              16 * MIB))
        SKIP("no right to mount a file system");
}

static void a_full_disk_is_no_space_and_leaves_nothing(void **state)
{
    (void)state;
    if (!process_play_on_disk("use_small_disk", "block-disk", DISK_BLOCKS,
                              16 * MIB))
        SKIP("no right to mount a file system, or no mkfs.ext4");
}

/* A file system that does not count says that it has 0 bytes free. */
static int use_disk_without_size(const char *directory, intptr_t inherited)
{
    (void)inherited;
    file_path fresh = files_join(directory, "fresh");
    file_path there = files_join(directory, "there");
    assert_same(0, disk_free(directory));
    section *s = new_file(fresh.text, MIB + 5, SECTION_CREATE_NEW);
    assert_same(MIB + 5, file_size(fresh.text));
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    touch_pages(&view, 3);
    assert_that(pages_are(&view, 3));
    unmap(&view);
    section_close(s);

    file_make(there.text, 5000);
    file_write(there.text, 4990, "0123456789", 10);
    s = new_file(there.text, MIB, SECTION_OPEN_EXISTING);
    assert_same(MIB, file_size(there.text));
    assert_same('9', peek(s, 4999));
    poke(s, MIB - 1, 4);
    section_close(s);
    assert_same(4, byte_of_file(there.text, MIB - 1));
    return 0;
}

static void a_disk_that_tells_no_size_is_tried(void **state)
{
    (void)state;
    if (!process_play_on_disk("use_disk_without_size", "boundless-disk",
                              DISK_BOUNDLESS, 16 * MIB) ||
        !process_play_on_disk("use_disk_without_size", "simple-disk",
                              DISK_SIMPLE, 16 * MIB))
        SKIP("no right to mount a file system");
}

/* ------------------------------------------------------------------------
 * View and file are one
 * ------------------------------------------------------------------------ */

static void what_a_view_writes_is_in_the_file(void **state)
{
    (void)state;
    file_path path = files_path("view-to-file");
    section *s = new_file(path.text, 100000, SECTION_CREATE_NEW);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    const uint64_t offsets[] = {0, 4095, 4096, 65536, 99999};
    for (size_t i = 0; i < 5; i++) {
        bytes_of(&view)[offsets[i]] = (unsigned char)(i + 1);
        /* Seen at once, without a flush. */
        assert_same(i + 1, byte_of_file(path.text, offsets[i]));
    }
    unmap(&view);
    section_close(s);
}

static void what_is_written_to_the_file_is_in_the_view(void **state)
{
    (void)state;
    file_path path = files_path("file-to-view");
    section *s = new_file(path.text, 100000, SECTION_CREATE_NEW);
    section_view view = mapped(s, 4000, 0, SECTION_ACCESS_READ);
    assert_same(0, bytes_of(&view)[96]);
    file_write(path.text, 4096, "abc", 3);
    assert_memory_equal(bytes_of(&view) + 96, "abc", 3);
    file_write(path.text, 99999, "d", 1);
    assert_same('d', bytes_of(&view)[95999]);
    unmap(&view);
    section_close(s);
}

static void two_sections_of_one_file_are_the_same_memory(void **state)
{
    (void)state;
    file_path path = files_path("twice");
    section *one = new_file(path.text, 5000, SECTION_CREATE_NEW);
    section *two = opened_file(path.text, READ_ONLY);
    section_view view = mapped(two, 0, 0, SECTION_ACCESS_READ);
    poke(one, 4999, 0x31);
    assert_same(0x31, bytes_of(&view)[4999]);
    unmap(&view);
    section_close(two);
    section_close(one);
}

static const process_role roles[] = {
    {"open_read_only_file", open_read_only_file},
    {"use_small_disk", use_small_disk},
    {"use_disk_without_size", use_disk_without_size},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(create_new_makes_the_file),
    cmocka_unit_test(create_new_of_what_is_there_is_exists),
    cmocka_unit_test(open_or_create_tells_whether_it_created),
    cmocka_unit_test(only_the_handle_that_created_says_so),
    cmocka_unit_test(a_missing_file_is_not_found),
    cmocka_unit_test(a_missing_directory_is_not_found),
    cmocka_unit_test(a_directory_is_no_section),
    cmocka_unit_test(a_fifo_is_no_section_and_is_not_waited_for),
    cmocka_unit_test(a_device_is_no_section),
    cmocka_unit_test(a_link_leads_to_its_file),
    cmocka_unit_test(paths_are_utf8),
    cmocka_unit_test(a_read_only_file_asked_for_writing_is_access),
    cmocka_unit_test(a_file_opened_to_read_is_not_changed),
    cmocka_unit_test(a_new_file_has_the_permissions_of_any_new_file),
    cmocka_unit_test(a_file_somebody_else_needs_unchanged_is_busy),
    cmocka_unit_test(size_zero_takes_the_size_of_the_file),
    cmocka_unit_test(an_empty_file_is_empty),
    cmocka_unit_test(an_empty_file_grows_to_the_size_asked_for),
    cmocka_unit_test(a_larger_size_grows_the_file),
    cmocka_unit_test(a_larger_size_without_the_right_to_write_is_range),
    cmocka_unit_test(a_smaller_size_sees_the_first_bytes_and_never_shrinks),
    cmocka_unit_test(a_section_keeps_the_size_it_was_opened_with),
    cmocka_unit_test(holes_of_a_file_stay_holes),
    cmocka_unit_test(only_new_bytes_are_committed),
    cmocka_unit_test(a_lazy_file_takes_no_room),
    cmocka_unit_test(files_can_be_larger_than_four_gigabytes),
    cmocka_unit_test(a_full_memory_disk_is_no_space_and_leaves_nothing),
    cmocka_unit_test(a_full_disk_is_no_space_and_leaves_nothing),
    cmocka_unit_test(a_disk_that_tells_no_size_is_tried),
    cmocka_unit_test(what_a_view_writes_is_in_the_file),
    cmocka_unit_test(what_is_written_to_the_file_is_in_the_view),
    cmocka_unit_test(two_sections_of_one_file_are_the_same_memory),
};

TEST_MAIN(tests, roles)
