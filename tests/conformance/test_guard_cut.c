/* SPDX-License-Identifier: MIT */
/*
 * Bytes that are really gone: files that somebody cuts while they are read,
 * memory that its holder cuts, holes that find the disk full. Contract line 24.
 */
#include "faulting.h"
#include "foreign.h"
#include "limits.h"
#include "sections.h"
#include "threads.h"

#include <stdatomic.h>
#include <stdlib.h>

#define PAGES   16
#define READERS 8

/* --- a file that is cut once ------------------------------------------------
 */

/* All of the file that is left can be read, to the end of its last page. */
CASE_OR_SKIP(a_file_that_was_cut_is_read_as_far_as_it_goes,
             "a file that is mapped cannot be cut")
{
    NO_ARGUMENTS();
    if (this_system().file_shrink == SECTION_GUARD_ENFORCED)
        return ROLE_CANNOT;
    size_t page = machine_page_size();
    file_path path = files_path("cut");
    section *s = new_file(path.text, PAGES * page, SECTION_CREATE_NEW);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), view.length, 0);
    size_t left = 5 * page + 100;
    file_truncate(path.text, left);
    unsigned char *own = calloc(1, PAGES * page);
    assert_that(own != NULL);
    size_t done;
    assert_status(SECTION_FAULT,
                  section_view_read(&view, 7, own, view.length - 7, &done));
    assert_same(6 * page - 7, done);
    assert_that(is_filled(own, left - 7, 7));
    assert_that(expect_zero(own + left - 7, 6 * page - left));
    assert_status(SECTION_FAULT,
                  section_view_write(&view, 4 * page, own, 4 * page, &done));
    assert_same(2 * page, done);
    assert_status(SECTION_OK, section_view_read(&view, 0, own, 6 * page, NULL));
    free(own);
    unmap(&view);
    section_close(s);
    return 0;
}

/* --- memory that its holder cuts --------------------------------------------
 */

CASE_OR_SKIP(memory_that_was_cut_is_read_as_far_as_it_goes,
             "memory cannot be cut")
{
    NO_ARGUMENTS();
    size_t page = machine_page_size();
    section *s = new_named("guard.cut", PAGES * page);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    if (!foreign_cut(native_of(s), 3 * page))
        return ROLE_CANNOT;
    unsigned char *own = calloc(1, PAGES * page);
    assert_that(own != NULL);
    size_t done;
    assert_status(SECTION_FAULT,
                  section_view_read(&view, 1, own, view.length - 1, &done));
    assert_same(3 * page - 1, done);
    free(own);
    unmap(&view);
    section_close(s);
    return 0;
}

/* --- a full disk -------------------------------------------------------------
 */

/* The file is all hole, and larger than what the disk has room for. */
static int write_holes(const char *path)
{
    size_t page = machine_page_size();
    section *s = opened_file(path, READ_WRITE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    unsigned char *own = malloc(view.length);
    assert_that(own != NULL);
    memset(own, 3, view.length);
    size_t done = 0, again = 0;
    assert_status(SECTION_FAULT,
                  section_view_write(&view, 0, own, view.length, &done));
    assert_that(done > 0 && done < view.length && done % page == 0);
    /* What was written is there. */
    memset(own, 0, view.length);
    assert_status(SECTION_OK, section_view_read(&view, 0, own, done, &again));
    assert_same(done, again);
    assert_same(3, own[0]);
    assert_same(3, own[done - 1]);
    free(own);
    unmap(&view);
    section_close(s);
    return 0;
}

CASE_OR_SKIP(a_hole_in_a_full_file_system_is_a_fault,
             "no right to mount a disk")
{
    NO_ARGUMENTS();
    file_path disk = files_path("disk");
    directory_make(disk.text);
    if (!disk_mount(disk.text, DISK_MEMORY, MIB))
        return ROLE_CANNOT;
    file_path path = files_join(disk.text, "holes");
    file_make(path.text, 4 * MIB);
    int code = write_holes(path.text);
    disk_unmount(disk.text);
    return code;
}

/* --- a file that another process cuts all the time --------------------------
 */

#define CUTS 20000

/* Cut the file at places that come round, and make it whole again: zeros. */
static int cut_often(const char *argument, intptr_t inherited)
{
    (void)inherited;
    size_t page = machine_page_size();
    role_expect("begin");
    for (size_t i = 0; i < CUTS; i++) {
        file_truncate(argument, (i * 7 % PAGES) * page);
        file_truncate(argument, PAGES * page);
    }
    role_say("done");
    return 0;
}

/* What one reader has met. Nobody else looks at it meanwhile. */
typedef struct reader {
    uint64_t calls, good, bad, wrong;
} reader;

typedef struct hall {
    section_view view;
    process cutter;
    size_t page;
    reader readers[READERS];
    atomic_bool is_over;
} hall;

static void count(reader *own, section_status status, bool holds)
{
    own->calls++;
    own->good += status == SECTION_OK;
    own->bad += status == SECTION_FAULT;
    own->wrong += !holds;
}

/* A copy, of a different length each time: whole, or up to a page. */
static void read_by_copy(hall *all, reader *own, size_t turn,
                         unsigned char *bytes)
{
    size_t offset = turn * 131 % (2 * all->page);
    size_t length = 1 + turn * 977 % ((PAGES - 2) * all->page - 1);
    size_t done = 0;
    section_status status =
        section_view_read(&all->view, offset, bytes, length, &done);
    bool is_whole = status == SECTION_OK && done == length;
    bool is_cut = status == SECTION_FAULT && done < length &&
                  (done == 0 || (offset + done) % all->page == 0);
    count(own, status, (is_whole || is_cut) && expect_zero(bytes, done));
}

typedef struct sum {
    const unsigned char *bytes;
    size_t length, page;
    unsigned char all;
} sum;

static section_status add_up(void *context)
{
    sum *it = context;
    for (size_t i = 0; i < it->length; i += it->page / 4)
        it->all |= faulting_touch(it->bytes + i);
    return SECTION_OK;
}

static void read_in_guard(hall *all, reader *own)
{
    sum it = {bytes_of(&all->view), all->view.length, all->page, 0};
    section_fault fault;
    section_status status = section_guard(&all->view, add_up, &it, &fault);
    bool is_inside = status == SECTION_OK
                         ? fault.address == NULL
                         : (const unsigned char *)fault.address - it.bytes ==
                                   (ptrdiff_t)fault.offset &&
                               fault.offset < it.length;
    count(own, status, is_inside && it.all == 0);
}

/* The last one waits for the cutter. */
static void read_or_wait(size_t index, void *context)
{
    hall *all = context;
    if (index == READERS) {
        char line[PROCESS_LINE_SIZE];
        process_say(&all->cutter, "begin");
        process_hear(&all->cutter, line);
        atomic_store(&all->is_over, true);
        return;
    }
    reader *own = &all->readers[index];
    unsigned char *bytes = malloc(PAGES * all->page);
    own->wrong += bytes == NULL;
    for (size_t turn = index; bytes != NULL && !atomic_load(&all->is_over);
         turn++)
        if (turn % 2 == 0)
            read_by_copy(all, own, turn, bytes);
        else
            read_in_guard(all, own);
    free(bytes);
}

static void add_up_readers(const hall *all)
{
    uint64_t bad = 0, good = 0;
    for (size_t i = 0; i < READERS; i++) {
        const reader *own = &all->readers[i];
        assert_same(0, own->wrong);
        assert_same(own->calls, own->good + own->bad);
        good += own->good;
        bad += own->bad;
    }
    print_message("%d cuts, %llu faults, %llu good reads\n", CUTS,
                  (unsigned long long)bad, (unsigned long long)good);
    assert_that(bad > 0);
    assert_that(good > 0);
}

CASE_OR_SKIP(a_file_cut_by_another_process_ends_no_reader,
             "a file that is mapped cannot be cut")
{
    NO_ARGUMENTS();
    if (this_system().file_shrink == SECTION_GUARD_ENFORCED)
        return ROLE_CANNOT;
    hall all = {.page = machine_page_size()};
    file_path path = files_path("cut_often");
    section *s = new_file(path.text, PAGES * all.page, SECTION_CREATE_NEW);
    all.view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    process_start(&all.cutter, "cut_often", path.text, PROCESS_NOTHING);
    threads_run(READERS + 1, read_or_wait, &all);
    process_succeeds(&all.cutter);
    add_up_readers(&all);
    unmap(&all.view);
    section_close(s);
    return 0;
}

static const process_role roles[] = {
    CASE_ROLE(a_file_that_was_cut_is_read_as_far_as_it_goes),
    CASE_ROLE(memory_that_was_cut_is_read_as_far_as_it_goes),
    CASE_ROLE(a_hole_in_a_full_file_system_is_a_fault),
    CASE_ROLE(a_file_cut_by_another_process_ends_no_reader),
    {"cut_often", cut_often},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_file_that_was_cut_is_read_as_far_as_it_goes),
    cmocka_unit_test(memory_that_was_cut_is_read_as_far_as_it_goes),
    cmocka_unit_test(a_hole_in_a_full_file_system_is_a_fault),
    cmocka_unit_test(a_file_cut_by_another_process_ends_no_reader),
};

TEST_MAIN(tests, roles)
