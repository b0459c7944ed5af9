/* SPDX-License-Identifier: MIT */
/*
 * Flushing: how far bytes are when a flush returns, what is refused, and what
 * stays after a failure. Contract line 23.
 */
#include "foreign.h"
#include "limits.h"
#include "process.h"
#include "sections.h"
#include "threads.h"

static const section_flush_level levels[] = {
    SECTION_FLUSH_START, SECTION_FLUSH_WRITTEN, SECTION_FLUSH_ORDERED,
    SECTION_FLUSH_DURABLE};

#define LEVELS (sizeof(levels) / sizeof(levels[0]))

/* Flush a view and its section to every level, and get the same answer. */
static void flush_everywhere(section_status expected, section *s,
                             const section_view *view)
{
    for (size_t i = 0; i < LEVELS; i++) {
        assert_status(expected, section_view_flush(view, 0, 0, levels[i]));
        assert_status(expected, section_flush(s, levels[i]));
    }
}

/* ------------------------------------------------------------------------
 * What can be flushed
 * ------------------------------------------------------------------------ */

static void every_level_flushes_a_file(void **state)
{
    (void)state;
    file_path path = files_path("levels");
    section *s = new_file(path.text, 100000, SECTION_CREATE_NEW);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    for (size_t i = 0; i < LEVELS; i++) {
        fill(bytes_of(&view), view.length, i);
        assert_status(SECTION_OK, section_view_flush(&view, 0, 0, levels[i]));
        assert_status(SECTION_OK, section_flush(s, levels[i]));
        assert_true(is_filled(bytes_of(&view), view.length, i));
    }
    unmap(&view);
    section_close(s);
}

/* Files that were there, that were only opened, and handles of others. */
static void every_kind_of_file_is_flushed(void **state)
{
    (void)state;
    file_path path = files_path("kinds");
    file_make(path.text, 5000);
    section *s = opened_file(path.text, READ_WRITE);
    section *copy = duplicate_of(s, READ_WRITE);
    section_close(s);
    section_view view = mapped(copy, 0, 0, SECTION_ACCESS_READ_WRITE);
    flush_everywhere(SECTION_OK, copy, &view);
    unmap(&view);
    section_close(copy);

    intptr_t handle = foreign_file(path.text, true);
    section *lent = wrapped(handle, READ_WRITE, SECTION_NATIVE_BORROWED);
    view = mapped(lent, 0, 0, SECTION_ACCESS_READ_WRITE);
    flush_everywhere(SECTION_OK, lent, &view);
    unmap(&view);
    section_close(lent);
    foreign_close(handle);
}

static void a_range_in_the_middle_of_a_view_is_flushed(void **state)
{
    (void)state;
    file_path path = files_path("range");
    size_t page = machine_page_size();
    section *s = new_file(path.text, 20 * page + 77, SECTION_CREATE_NEW);
    /* Neither the view nor any range begins or ends with a page. */
    section_view view =
        mapped(s, 3 * page + 5, 10 * page, SECTION_ACCESS_READ_WRITE);
    for (size_t i = 0; i < LEVELS; i++) {
        fill(bytes_of(&view), view.length, i);
        assert_status(SECTION_OK, section_view_flush(&view, 1, 1, levels[i]));
        assert_status(SECTION_OK,
                      section_view_flush(&view, page + 1, 3 * page, levels[i]));
        assert_status(SECTION_OK,
                      section_view_flush(&view, view.length - 1, 0, levels[i]));
        assert_status(SECTION_OK,
                      section_view_flush(&view, 7, view.length - 7, levels[i]));
    }
    unmap(&view);
    /* To the last byte of the file, which is in the middle of a page. */
    view = mapped(s, 19 * page + 1, 0, SECTION_ACCESS_READ_WRITE);
    flush_everywhere(SECTION_OK, s, &view);
    unmap(&view);
    section_close(s);
}

static void pages_that_may_not_be_touched_are_flushed(void **state)
{
    (void)state;
    file_path path = files_path("protected");
    size_t page = machine_page_size();
    section *s = new_file(path.text, 4 * page, SECTION_CREATE_NEW);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), view.length, 1);
    assert_status(SECTION_OK,
                  section_view_protect(&view, 0, page, SECTION_ACCESS_READ));
    assert_status(SECTION_OK,
                  section_view_protect(&view, page, page, SECTION_ACCESS_NONE));
    flush_everywhere(SECTION_OK, s, &view);
    unmap(&view);
    section_close(s);
}

static void a_view_is_flushed_after_its_section_is_closed(void **state)
{
    (void)state;
    file_path path = files_path("closed");
    section *s = new_file(path.text, 9000, SECTION_CREATE_NEW);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    section_close(s);
    fill(bytes_of(&view), view.length, 3);
    for (size_t i = 0; i < LEVELS; i++)
        assert_status(SECTION_OK, section_view_flush(&view, 0, 0, levels[i]));
    unmap(&view);
}

static void memory_has_nothing_to_flush(void **state)
{
    (void)state;
    section *all[] = {new_memory(5000), new_lazy_memory(5000),
                      new_named(names_unique("flushed").text, 5000)};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        section_view view = mapped(all[i], 0, 0, SECTION_ACCESS_READ_WRITE);
        flush_everywhere(SECTION_OK, all[i], &view);
        section_close(all[i]);
        assert_status(SECTION_OK,
                      section_view_flush(&view, 0, 0, SECTION_FLUSH_DURABLE));
        unmap(&view);
    }
}

static void the_unused_part_of_a_reserve_is_nothing_to_flush(void **state)
{
    (void)state;
    if (this_system().file_growth == SECTION_SUPPORT_NONE)
        SKIP("files cannot grow in place here (file_growth)");
    file_path path = files_path("reserve");
    section_options options = file_options(path.text, 5000, SECTION_CREATE_NEW);
    options.rights = SECTION_RIGHT_EXTEND;
    options.reserve = MIB;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    section_view view = mapped(s, 0, (size_t)MIB, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), 5000, 0);
    flush_everywhere(SECTION_OK, s, &view);
    assert_status(SECTION_OK,
                  section_view_flush(&view, MIB / 2, 1, SECTION_FLUSH_DURABLE));
    /* What it has grown by is flushed, through the same view. */
    assert_status(SECTION_OK, section_extend(s, 300000));
    fill(bytes_of(&view), 300000, 1);
    flush_everywhere(SECTION_OK, s, &view);
    assert_status(SECTION_OK, section_view_flush(&view, 250001, 49999,
                                                 SECTION_FLUSH_DURABLE));
    unmap(&view);
    section_close(s);
    assert_same(300000, file_size(path.text));
}

typedef struct flushers {
    section_view view;
    section_status statuses[4];
} flushers;

static void flush_a_part(size_t index, void *context)
{
    flushers *f = context;
    size_t part = f->view.length / 4;
    for (unsigned i = 0; i < 20; i++) {
        memset(bytes_of(&f->view) + index * part, (int)i, part);
        section_status status = section_view_flush(
            &f->view, index * part, part, levels[(index + i) % LEVELS]);
        if (status != SECTION_OK)
            f->statuses[index] = status;
    }
}

static void threads_flush_one_section_at_the_same_time(void **state)
{
    (void)state;
    file_path path = files_path("threads");
    section *s = new_file(path.text, 400000, SECTION_CREATE_NEW);
    flushers f = {mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE), {0}};
    threads_run(4, flush_a_part, &f);
    for (size_t i = 0; i < 4; i++)
        assert_status(SECTION_OK, f.statuses[i]);
    unmap(&f.view);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * What is refused, and does not stay
 * ------------------------------------------------------------------------ */

static void what_cannot_be_flushed_is_refused(void **state)
{
    (void)state;
    file_path path = files_path("refused");
    section *s = new_file(path.text, 9000, SECTION_CREATE_NEW);
    section_view none = {0};
    section_view view = mapped(s, 0, 5000, SECTION_ACCESS_READ_WRITE);
    const section_flush_level wrong[] = {-1, 0, SECTION_FLUSH_DURABLE + 1};
    for (size_t i = 0; i < 3; i++) {
        assert_status(SECTION_INVALID,
                      section_view_flush(&view, 0, 0, wrong[i]));
        assert_status(SECTION_INVALID, section_flush(s, wrong[i]));
    }
    assert_status(SECTION_INVALID,
                  section_view_flush(NULL, 0, 0, SECTION_FLUSH_START));
    assert_status(SECTION_INVALID,
                  section_view_flush(&none, 0, 0, SECTION_FLUSH_START));
    assert_status(SECTION_INVALID, section_flush(NULL, SECTION_FLUSH_START));
    const struct {
        size_t offset, length;
    } outside[] = {{5000, 0}, {5000, 1},     {0, 5001},
                   {4999, 2}, {1, SIZE_MAX}, {SIZE_MAX, 1}};
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
        assert_status(SECTION_RANGE,
                      section_view_flush(&view, outside[i].offset,
                                         outside[i].length,
                                         SECTION_FLUSH_START));
    flush_everywhere(SECTION_OK, s, &view);
    unmap(&view);
    section_close(s);
}

static void what_does_not_write_the_section_is_not_flushed(void **state)
{
    (void)state;
    file_path path = files_path("readers");
    section *s = new_file(path.text, 9000, SECTION_CREATE_NEW);
    section *reader = duplicate_of(s, READ_ONLY);
    section *memory = new_memory(100);
    const struct {
        const section *from;
        section_access access;
    } views[] = {{s, SECTION_ACCESS_READ},
                 {s, SECTION_ACCESS_COPY},
                 {reader, SECTION_ACCESS_READ},
                 {memory, SECTION_ACCESS_READ}};
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        section_view view = mapped(views[i].from, 0, 0, views[i].access);
        assert_status(SECTION_ACCESS,
                      section_view_flush(&view, 0, 0, SECTION_FLUSH_DURABLE));
        unmap(&view);
    }
    assert_status(SECTION_ACCESS, section_flush(reader, SECTION_FLUSH_DURABLE));
    assert_status(SECTION_OK, section_flush(s, SECTION_FLUSH_DURABLE));
    section_close(memory);
    section_close(reader);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * What stays
 * ------------------------------------------------------------------------ */

/* Everything that knows of the failure says so, until the last of it is gone.
 */
static void assert_stays(section_status expected, section *s)
{
    section *copy = duplicate_of(s, READ_WRITE);
    section_view before = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    section_view after = mapped(copy, 0, 1, SECTION_ACCESS_READ_WRITE);
    flush_everywhere(expected, s, &before);
    flush_everywhere(expected, copy, &after);
    unmap(&before);
    section_close(s);
    assert_status(expected,
                  section_view_flush(&after, 0, 0, SECTION_FLUSH_START));
    unmap(&after);
    assert_status(expected, section_flush(copy, SECTION_FLUSH_START));
    section_close(copy);
}

static void flushing_what_was_cut_off_is_a_fault_and_stays(void **state)
{
    (void)state;
    if (this_system().file_shrink == SECTION_GUARD_ENFORCED)
        SKIP("nobody can cut a file that is a section (file_shrink)");
    file_path path = files_path("cut");
    size_t page = machine_page_size();
    section *s = new_file(path.text, 8 * page, SECTION_CREATE_NEW);
    section_view view = mapped(s, page, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), view.length, 0);
    file_truncate(path.text, 5 * page + 100);
    /* The pages that are left, and the last byte that is. */
    assert_status(SECTION_OK, section_view_flush(&view, 0, 4 * page + 100,
                                                 SECTION_FLUSH_DURABLE));
    assert_status(SECTION_FAULT, section_view_flush(&view, 4 * page + 100, 1,
                                                    SECTION_FLUSH_START));
    unmap(&view);
    assert_stays(SECTION_FAULT, s);

    section *anew = opened_file(path.text, READ_WRITE);
    view = mapped(anew, 0, 0, SECTION_ACCESS_READ_WRITE);
    flush_everywhere(SECTION_OK, anew, &view);
    unmap(&view);
    section_close(anew);
}

static void flushing_what_was_cut_off_a_file_that_grows_is_a_fault(void **state)
{
    (void)state;
    if (this_system().file_shrink == SECTION_GUARD_ENFORCED)
        SKIP("nobody can cut a file that is a section (file_shrink)");
    file_path path = files_path("cut-reserve");
    section_options options =
        file_options(path.text, 50000, SECTION_CREATE_NEW);
    options.reserve = MIB;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    section_view view = mapped(s, 0, (size_t)MIB, SECTION_ACCESS_READ_WRITE);
    file_truncate(path.text, 40000);
    assert_status(SECTION_OK,
                  section_view_flush(&view, 50000, 0, SECTION_FLUSH_DURABLE));
    assert_status(SECTION_FAULT,
                  section_view_flush(&view, 0, 0, SECTION_FLUSH_DURABLE));
    unmap(&view);
    section_close(s);
}

/* Also bytes that it has grown by since, whoever of a section's handles has
 * seen that. */
static void flushing_what_was_cut_off_after_growing_is_a_fault(void **state)
{
    (void)state;
    if (this_system().file_shrink == SECTION_GUARD_ENFORCED)
        SKIP("nobody can cut a file that is a section (file_shrink)");
    file_path path = files_path("cut-grown");
    section_options options = file_options(path.text, 5000, SECTION_CREATE_NEW);
    options.reserve = MIB;
    options.rights |= SECTION_RIGHT_EXTEND;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    section *copy = duplicate_of(s, READ_WRITE);
    section_view view = mapped(copy, 0, (size_t)MIB, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_extend(s, 200000));
    fill(bytes_of(&view), 200000, 0);
    file_truncate(path.text, 100000);
    assert_status(SECTION_OK, section_view_flush(&view, 50000, 50000,
                                                 SECTION_FLUSH_DURABLE));
    assert_status(SECTION_FAULT, section_view_flush(&view, 150000, 1000,
                                                    SECTION_FLUSH_DURABLE));
    unmap(&view);
    section_close(copy);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * The medium
 * ------------------------------------------------------------------------ */

#define DISK_SIZE (32 * MIB)

static void assert_lost(section_status status)
{
    assert_that(status == SECTION_NO_SPACE || status == SECTION_IO);
}

/* Write a committed file, more than the medium has room for if `size` is, or
 * anything once it is full. Writing never fails. */
static section *written_file(section_view *view, const char *path,
                             uint64_t size)
{
    section *s = new_file(path, size, SECTION_CREATE_NEW);
    *view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    touch_pages(view, 5);
    return s;
}

/* The only bytes that were written, far from the start of the file and of the
 * view, are the ones that are flushed. */
static void assert_range_is_lost(const char *directory,
                                 section_flush_level level)
{
    char name[16] = "range-0";
    name[6] = (char)('0' + level);
    file_path path = files_join(directory, name);
    section *s = new_file(path.text, MIB, SECTION_CREATE_NEW);
    section_view view = mapped(s, 300001, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view) + 400001, 10, 0);
    assert_lost(section_view_flush(&view, 400005, 1, level));
    unmap(&view);
    section_close(s);
}

static int use_failing_disk(const char *directory, intptr_t inherited)
{
    (void)inherited;
    section_view view;
    file_path path = files_join(directory, "first");
    section *s = written_file(&view, path.text, DISK_SIZE / 2);
    section_status first =
        section_view_flush(&view, 0, 0, SECTION_FLUSH_DURABLE);
    assert_lost(first);
    assert_that(section_last_os_error() != 0);
    /* The system has nothing against it any more; we have. */
    unmap(&view);
    assert_stays(first, s);

    /* Now that the medium is full: every level but the one that does not wait,
     * of views and of sections. */
    for (size_t i = 1; i < 2 * LEVELS; i++) {
        if (i == LEVELS)
            continue;
        char name[16] = "other-0";
        name[6] = (char)('0' + i);
        path = files_join(directory, name);
        s = written_file(&view, path.text, MIB);
        section_status status = i < LEVELS
                                    ? section_view_flush(&view, 0, 0, levels[i])
                                    : section_flush(s, levels[i - LEVELS]);
        assert_lost(status);
        unmap(&view);
        assert_stays(status, s);
    }
    for (size_t i = 1; i < LEVELS; i++)
        assert_range_is_lost(directory, levels[i]);
    return 0;
}

static void a_failing_medium_is_told_and_stays(void **state)
{
    (void)state;
    if (!process_play_on_disk("use_failing_disk", "thin-disk", DISK_THIN,
                              DISK_SIZE))
        SKIP("no right to mount a file system, or no mkfs.ext4");
}

/* What was written and flushed, looked at after the power was cut. */
static void assert_survives(const char *from, const char *name, uint64_t length,
                            uint64_t offset, uint64_t end)
{
    file_path after = files_join(from, "../after-power-cut");
    directory_make(after.text);
    bool mounted = disk_mount_after_power_cut(after.text, from);
    assert_that(mounted);
    file_path path = files_join(after.text, name);
    bool exists = file_exists(path.text);
    uint64_t size = exists ? file_size(path.text) : 0;
    static unsigned char bytes[MIB];
    memset(bytes, 0, sizeof(bytes));
    if (exists && size >= end)
        file_read(path.text, offset, bytes, (size_t)(end - offset));
    disk_unmount(after.text);
    directory_remove(after.text);
    assert_that(exists);
    assert_same(length, size);
    assert_that(is_filled(bytes, (size_t)(end - offset), offset));
}

static int use_disk_and_cut_power(const char *directory, intptr_t inherited)
{
    (void)inherited;
    const section_flush_level firm[] = {SECTION_FLUSH_ORDERED,
                                        SECTION_FLUSH_DURABLE};
    const char *names[] = {"ordered", "durable"};
    for (size_t i = 0; i < 2; i++) {
        file_path path = files_join(directory, names[i]);
        section_options options =
            file_options(path.text, 100000, SECTION_CREATE_NEW);
        options.rights = SECTION_RIGHT_EXTEND;
        options.reserve = MIB;
        section *s;
        assert_status(SECTION_OK, section_create(&s, &options));
        section_view view =
            mapped(s, 0, (size_t)MIB, SECTION_ACCESS_READ_WRITE);
        fill(bytes_of(&view), 100000, 0);
        assert_status(SECTION_OK,
                      section_view_flush(&view, 30001, 50000, firm[i]));
        assert_survives(directory, names[i], 100000, 30001, 80001);

        assert_status(SECTION_OK, section_extend(s, 200001));
        fill(bytes_of(&view) + 100000, 100001, 100000);
        assert_status(SECTION_OK,
                      section_view_flush(&view, 150000, 0, firm[i]));
        assert_survives(directory, names[i], 200001, 150000, 200001);

        unmap(&view);
        assert_status(SECTION_OK, section_flush(s, firm[i]));
        assert_survives(directory, names[i], 200001, 0, 200001);
        section_close(s);
    }
    return 0;
}

static void what_was_flushed_survives_a_power_cut(void **state)
{
    (void)state;
    if (!process_play_on_disk("use_disk_and_cut_power", "power-disk",
                              DISK_BLOCKS, DISK_SIZE))
        SKIP("no right to mount a file system, or no mkfs.ext4");
}

static void the_traits_of_flushing_are_answers(void **state)
{
    (void)state;
    section_system system = this_system();
    assert_true(system.flush_durable == SECTION_DURABLE_SYSTEM ||
                system.flush_durable == SECTION_DURABLE_MEDIUM);
    assert_true(system.flush_order == SECTION_SUPPORT_NONE ||
                system.flush_order == SECTION_SUPPORT_FULL);
}

static const process_role roles[] = {
    {"use_failing_disk", use_failing_disk},
    {"use_disk_and_cut_power", use_disk_and_cut_power},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_level_flushes_a_file),
    cmocka_unit_test(every_kind_of_file_is_flushed),
    cmocka_unit_test(a_range_in_the_middle_of_a_view_is_flushed),
    cmocka_unit_test(pages_that_may_not_be_touched_are_flushed),
    cmocka_unit_test(a_view_is_flushed_after_its_section_is_closed),
    cmocka_unit_test(memory_has_nothing_to_flush),
    cmocka_unit_test(the_unused_part_of_a_reserve_is_nothing_to_flush),
    cmocka_unit_test(threads_flush_one_section_at_the_same_time),
    cmocka_unit_test(what_cannot_be_flushed_is_refused),
    cmocka_unit_test(what_does_not_write_the_section_is_not_flushed),
    cmocka_unit_test(flushing_what_was_cut_off_is_a_fault_and_stays),
    cmocka_unit_test(flushing_what_was_cut_off_a_file_that_grows_is_a_fault),
    cmocka_unit_test(flushing_what_was_cut_off_after_growing_is_a_fault),
    cmocka_unit_test(a_failing_medium_is_told_and_stays),
    cmocka_unit_test(what_was_flushed_survives_a_power_cut),
    cmocka_unit_test(the_traits_of_flushing_are_answers),
};

TEST_MAIN(tests, roles)
