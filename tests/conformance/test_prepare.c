/* SPDX-License-Identifier: MIT */
/*
 * Views in advance: pages got ready, kept, let go, advised about and given
 * back. Contract line 15 (any bytes) where it meets whole pages, and lines 24
 * and 25 where bytes cannot be had.
 */
#include "foreign.h"
#include "limits.h"
#include "memory.h"
#include "process.h"
#include "residence.h"
#include "sections.h"
#include "threads.h"

#include <stdlib.h>

/* Large enough to be divided among threads, and for the few faults of anything
 * else not to count. */
#define MANY_PAGES 4096

static size_t many_bytes(void)
{
    return MANY_PAGES * machine_page_size();
}

/* Faults that may be somebody else's. */
#define FEW_FAULTS (MANY_PAGES / 64)

/* Whether the first byte of each page has this value. */
static bool page_starts_are(const section_view *view, unsigned char value)
{
    for (size_t i = 0; i < view->length; i += machine_page_size())
        if (bytes_of(view)[i] != value)
            return false;
    return true;
}

static void prefetch(const section_view *view, section_prefetch how)
{
    assert_status(SECTION_OK, section_view_prefetch(view, 0, 0, how));
}

/* ------------------------------------------------------------------------
 * Prefetch
 * ------------------------------------------------------------------------ */

/* Whether touches that nobody prepared are counted here. */
static bool faults_are_counted(void)
{
    section *s = new_lazy_memory(many_bytes());
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    uint64_t faults = residence_faults_to_write(view.data, view.length, 1);
    unmap(&view);
    section_close(s);
    return faults > FEW_FAULTS;
}

static void assert_read_needs_no_fault(section *s, section_access access)
{
    section_view view = mapped(s, 0, 0, access);
    prefetch(&view, SECTION_PREFETCH_READ);
    assert_in_range(residence_faults_to_read(view.data, view.length), 0,
                    FEW_FAULTS);
    unmap(&view);
    section_close(s);
}

static void assert_write_needs_no_fault(section *s, section_access access)
{
    section_view view = mapped(s, 0, 0, access);
    prefetch(&view, SECTION_PREFETCH_WRITE);
    assert_in_range(residence_faults_to_write(view.data, view.length, 1), 0,
                    FEW_FAULTS);
    assert_true(page_starts_are(&view, 1));
    unmap(&view);
    section_close(s);
}

static section *new_large_file(const char *name)
{
    return new_file(files_path(name).text, many_bytes(), SECTION_CREATE_NEW);
}

static void a_first_read_after_prefetch_needs_no_fault(void **state)
{
    (void)state;
    if (!faults_are_counted())
        SKIP("faults are not counted here, or pages are large");
    assert_read_needs_no_fault(new_memory(many_bytes()), SECTION_ACCESS_READ);
    assert_read_needs_no_fault(new_lazy_memory(many_bytes()),
                               SECTION_ACCESS_READ_WRITE);
    assert_read_needs_no_fault(new_large_file("read"), SECTION_ACCESS_READ);
}

static void a_first_write_after_prefetch_needs_no_fault(void **state)
{
    (void)state;
    if (!faults_are_counted())
        SKIP("faults are not counted here, or pages are large");
    assert_write_needs_no_fault(new_memory(many_bytes()),
                                SECTION_ACCESS_READ_WRITE);
    assert_write_needs_no_fault(new_lazy_memory(many_bytes()),
                                SECTION_ACCESS_READ_WRITE);
    assert_write_needs_no_fault(new_large_file("write"),
                                SECTION_ACCESS_READ_WRITE);
    if (this_system().memory_copy != SECTION_COPY_NONE)
        assert_write_needs_no_fault(new_memory(many_bytes()),
                                    SECTION_ACCESS_COPY);
}

static void prefetch_changes_no_byte(void **state)
{
    (void)state;
    const section_prefetch kinds[] = {
        SECTION_PREFETCH_START, SECTION_PREFETCH_READ, SECTION_PREFETCH_WRITE};
    size_t page = machine_page_size();
    section *s = new_memory(5 * page + 3);
    section_view view = mapped(s, page + 7, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), view.length, 0);
    for (size_t i = 0; i < 3; i++) {
        prefetch(&view, kinds[i]);
        assert_status(SECTION_OK, section_view_prefetch(&view, page - 9,
                                                        page + 20, kinds[i]));
        assert_status(SECTION_OK, section_view_prefetch(&view, view.length - 1,
                                                        1, kinds[i]));
    }
    assert_true(is_filled(bytes_of(&view), view.length, 0));
    unmap(&view);
    section_close(s);
}

/* One thread counts up in a byte of each page, the other prefetches them. */
#define COUNTS 200

typedef struct contest {
    section_view view;
    section_status status;
} contest;

static void count_or_prefetch(size_t index, void *context)
{
    contest *c = context;
    size_t page = machine_page_size();
    for (unsigned round = 0; round < COUNTS; round++)
        if (index == 0)
            for (size_t i = 0; i < c->view.length; i += page)
                bytes_of(&c->view)[i]++;
        else if (c->status == SECTION_OK)
            c->status =
                section_view_prefetch(&c->view, 0, 0, SECTION_PREFETCH_WRITE);
}

static void prefetch_takes_nothing_back_from_who_writes_meanwhile(void **state)
{
    (void)state;
    section *s = new_memory(64 * machine_page_size());
    contest c = {mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE), SECTION_OK};
    threads_run(2, count_or_prefetch, &c);
    assert_status(SECTION_OK, c.status);
    assert_true(page_starts_are(&c.view, COUNTS));
    unmap(&c.view);
    section_close(s);
}

static void prefetch_to_write_of_a_read_only_view_is_access(void **state)
{
    (void)state;
    section *s = new_memory(10);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_status(SECTION_ACCESS,
                  section_view_prefetch(&view, 0, 0, SECTION_PREFETCH_WRITE));
    assert_same(0, section_last_os_error());
    prefetch(&view, SECTION_PREFETCH_READ);
    unmap(&view);
    section_close(s);
}

/* What follows meets faults, and is played by children: cmocka would put its
 * own handlers over those of the guard, and not call it. */
static int prefetch_without_access(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    size_t page = machine_page_size();
    section *s = new_memory(3 * page);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK,
                  section_view_protect(&view, page, page, SECTION_ACCESS_NONE));
    assert_status(SECTION_FAULT,
                  section_view_prefetch(&view, 0, 0, SECTION_PREFETCH_READ));
    /* The thread sanitizer does the writing itself, and must not be left while
     * it does. */
    if (!machine_is_thread_sanitized())
        assert_status(SECTION_FAULT, section_view_prefetch(
                                         &view, 0, 0, SECTION_PREFETCH_WRITE));
    assert_status(SECTION_OK, section_view_prefetch(&view, 0, page,
                                                    SECTION_PREFETCH_WRITE));
    unmap(&view);
    section_close(s);
    return 0;
}

static void prefetch_of_pages_without_access_is_fault(void **state)
{
    (void)state;
    assert_same(0,
                process_play("prefetch_without_access", "", PROCESS_NOTHING));
}

/* A view of a file of which somebody has cut all but the first page. */
static section *cut_file(section_view *view, const char *path)
{
    section *s = new_file(path, many_bytes(), SECTION_CREATE_NEW);
    *view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    touch_pages(view, 1);
    file_truncate(path, machine_page_size());
    return s;
}

static int prefetch_what_is_gone(const char *path, intptr_t inherited)
{
    (void)inherited;
    section_view view;
    section *s = cut_file(&view, path);
    assert_status(SECTION_FAULT,
                  section_view_prefetch(&view, 0, 0, SECTION_PREFETCH_READ));
    assert_status(SECTION_FAULT,
                  section_view_prefetch(&view, 0, 0, SECTION_PREFETCH_WRITE));
    assert_status(SECTION_OK,
                  section_view_prefetch(&view, 0, machine_page_size(),
                                        SECTION_PREFETCH_WRITE));
    unmap(&view);
    section_close(s);
    return 0;
}

static void prefetch_of_bytes_that_are_gone_is_fault(void **state)
{
    (void)state;
    if (this_system().file_shrink == SECTION_GUARD_ENFORCED)
        SKIP("nobody can cut a file that is a section (file_shrink)");
    assert_same(0, process_play("prefetch_what_is_gone",
                                files_path("gone").text, PROCESS_NOTHING));
}

static int prefetch_what_is_to_come(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    size_t page = machine_page_size();
    section_options options = memory_options(page);
    options.reserve = 16 * page;
    options.rights |= SECTION_RIGHT_EXTEND;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    section_view view = mapped(s, 0, 16 * page, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_FAULT,
                  section_view_prefetch(&view, 0, 0, SECTION_PREFETCH_READ));
    assert_status(SECTION_FAULT,
                  section_view_prefetch(&view, 0, 0, SECTION_PREFETCH_WRITE));
    assert_status(SECTION_OK, section_extend(s, 16 * page));
    prefetch(&view, SECTION_PREFETCH_WRITE);
    unmap(&view);
    section_close(s);
    return 0;
}

static void prefetch_of_what_has_not_grown_yet_is_fault(void **state)
{
    (void)state;
    if (machine_is_wine())
        SKIP("Wine lets memory be touched that is not committed");
    if (this_system().memory_growth == SECTION_SUPPORT_NONE)
        SKIP("memory does not grow here (memory_growth)");
    assert_same(0,
                process_play("prefetch_what_is_to_come", "", PROCESS_NOTHING));
}

/* ------------------------------------------------------------------------
 * Lock
 * ------------------------------------------------------------------------ */

/* Sanitizers make mlock() do nothing. */
static bool locks_are_real(void)
{
    return !machine_is_sanitized();
}

static bool page_is_locked(const section_view *view, size_t page)
{
    return residence_is_locked(bytes_of(view) + page * machine_page_size(), 1);
}

static void pages_are_locked_until_they_are_unlocked(void **state)
{
    (void)state;
    if (!locks_are_real() || !residence_knows_locks())
        SKIP("nobody tells what is locked here");
    size_t page = machine_page_size();
    section *s = new_memory(4 * page);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    /* The last byte of one page, and the first of the next. */
    assert_status(SECTION_OK, section_view_lock(&view, 2 * page - 1, 2));
    assert_false(page_is_locked(&view, 0));
    assert_true(page_is_locked(&view, 1));
    assert_true(page_is_locked(&view, 2));
    assert_false(page_is_locked(&view, 3));
    assert_status(SECTION_OK, section_view_lock(&view, page, page));
    assert_status(SECTION_OK, section_view_unlock(&view, 2 * page - 1, 1));
    assert_false(page_is_locked(&view, 1));
    assert_true(page_is_locked(&view, 2));
    assert_status(SECTION_OK, section_view_unlock(&view, 0, 0));
    assert_false(residence_is_locked(view.data, view.length));
    unmap(&view);
    section_close(s);
}

static void a_locked_view_is_used_and_unmapped_like_any(void **state)
{
    (void)state;
    section *s = new_memory(10000);
    section_view view = mapped(s, 5, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_view_lock(&view, 0, 0));
    fill(bytes_of(&view), view.length, 0);
    assert_true(is_filled(bytes_of(&view), view.length, 0));
    unmap(&view);
    view = mapped(s, 5, 0, SECTION_ACCESS_READ);
    assert_true(is_filled(bytes_of(&view), view.length, 0));
    assert_status(SECTION_OK, section_view_lock(&view, 0, 0));
    assert_status(SECTION_OK, section_view_unlock(&view, 0, 0));
    unmap(&view);
    section_close(s);
}

static int lock_too_much(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    size_t page = machine_page_size();
    if (!locks_are_real() || !residence_limit_locks(4 * page) ||
        !limit_become_ordinary())
        return ROLE_CANNOT;
    section *s = new_memory(4096 * page);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_LIMIT, section_view_lock(&view, 0, 0));
    assert_that(section_last_os_error() != 0);
    assert_that(!residence_is_locked(view.data, view.length));
    assert_status(SECTION_OK, section_view_lock(&view, 0, page));
    assert_status(SECTION_OK, section_view_unlock(&view, 0, page));
    unmap(&view);
    section_close(s);
    return 0;
}

static void more_than_may_be_locked_is_limit_and_locks_nothing(void **state)
{
    (void)state;
    if (process_play("lock_too_much", "", PROCESS_NOTHING) == ROLE_CANNOT)
        SKIP("there is no limit on what can be locked here");
}

static int lock_without_right(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    if (!locks_are_real() || !residence_limit_locks(0) ||
        !limit_become_ordinary())
        return ROLE_CANNOT;
    section *s = new_memory(10);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_ACCESS, section_view_lock(&view, 0, 0));
    assert_that(section_last_os_error() != 0);
    unmap(&view);
    section_close(s);
    return 0;
}

static void locking_where_nothing_may_be_locked_is_access(void **state)
{
    (void)state;
    if (process_play("lock_without_right", "", PROCESS_NOTHING) == ROLE_CANNOT)
        SKIP("every process may lock something here");
}

static void locking_bytes_that_are_gone_is_limit_and_locks_nothing(void **state)
{
    (void)state;
    if (this_system().file_shrink == SECTION_GUARD_ENFORCED)
        SKIP("nobody can cut a file that is a section (file_shrink)");
    if (!locks_are_real())
        SKIP("sanitizers lock nothing");
    section_view view;
    section *s = cut_file(&view, files_path("unlockable").text);
    size_t page = machine_page_size();
    assert_status(SECTION_LIMIT, section_view_lock(&view, 0, 4 * page));
    if (residence_knows_locks())
        assert_false(residence_is_locked(view.data, 4 * page));
    unmap(&view);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Advise
 * ------------------------------------------------------------------------ */

static void advice_is_taken_as_the_trait_says_and_changes_no_byte(void **state)
{
    (void)state;
    section_status others = this_system().advice == SECTION_SUPPORT_FULL
                                ? SECTION_OK
                                : SECTION_UNSUPPORTED;
    section *s = new_memory(30000);
    section_view view = mapped(s, 100, 20000, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), view.length, 0);
    assert_status(others,
                  section_view_advise(&view, 0, 0, SECTION_ADVICE_SEQUENTIAL));
    assert_status(others,
                  section_view_advise(&view, 7000, 1, SECTION_ADVICE_RANDOM));
    assert_status(SECTION_OK,
                  section_view_advise(&view, 0, 0, SECTION_ADVICE_NORMAL));
    assert_true(is_filled(bytes_of(&view), view.length, 0));
    unmap(&view);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Discard
 * ------------------------------------------------------------------------ */

/* The first and the last byte, and what lies between. */
typedef struct hole {
    size_t first, length;
} hole;

static void assert_hole(const section_view *view, hole h)
{
    const unsigned char *bytes = bytes_of(view);
    size_t end = h.first + h.length;
    assert_true(is_filled(bytes, h.first, 0));
    assert_true(expect_zero(bytes + h.first, h.length));
    assert_true(is_filled(bytes + end, view->length - end, end));
}

static void discard_and_look(section *s, hole h)
{
    /* From within a page, so that the view's pages and its bytes differ. */
    section_view view = mapped(s, 11, 0, SECTION_ACCESS_READ_WRITE);
    section_view other = mapped(s, 11, 0, SECTION_ACCESS_READ);
    fill(bytes_of(&view), view.length, 0);
    assert_status(SECTION_OK, section_view_discard(&view, h.first, h.length));
    assert_hole(&view, h);
    assert_hole(&other, h);
    fill(bytes_of(&view), view.length, 0);
    assert_true(is_filled(bytes_of(&other), other.length, 0));
    unmap(&view);
    unmap(&other);
}

static void discard_everywhere(section *s)
{
    size_t page = machine_page_size();
    const hole holes[] = {
        {0, 1},
        {0, page},
        {page - 11, page},
        {page, 3 * page},
        {page + 1, page / 2},
        {page - 12, 2 * page + 2},
        {2 * page, 5 * page},
    };
    for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++)
        discard_and_look(s, holes[i]);
    section_close(s);
}

static void discarded_bytes_are_zero_and_no_others(void **state)
{
    (void)state;
    uint64_t size = 9 * machine_page_size() + 50;
    discard_everywhere(new_memory(size));
    discard_everywhere(new_lazy_memory(size));
    discard_everywhere(
        new_file(files_path("holes").text, size, SECTION_CREATE_NEW));
}

static void a_view_discards_nothing_beyond_its_end(void **state)
{
    (void)state;
    section *s = new_memory(1000);
    section_view all = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&all), all.length, 0);
    section_view view = mapped(s, 100, 200, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_view_discard(&view, 0, 0));
    assert_hole(&all, (hole){100, 200});
    unmap(&view);
    unmap(&all);
    section_close(s);
}

static void discarded_bytes_of_a_file_are_zero_in_the_file(void **state)
{
    (void)state;
    file_path path = files_path("discarded");
    size_t page = machine_page_size();
    unsigned char bytes[64];
    section *s = new_file(path.text, 8 * page, SECTION_CREATE_NEW);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), view.length, 0);
    assert_status(SECTION_OK, section_view_discard(&view, page / 2, 6 * page));
    file_read(path.text, 4 * page - 32, bytes, sizeof(bytes));
    assert_true(expect_zero(bytes, sizeof(bytes)));
    file_read(path.text, page / 2 - 64, bytes, sizeof(bytes));
    assert_true(is_filled(bytes, sizeof(bytes), page / 2 - 64));
    assert_same(8 * page, file_size(path.text));
    assert_same(8 * page, info_of(s).size);
    unmap(&view);
    section_close(s);
}

static void discard_frees_whole_pages_as_the_trait_says(void **state)
{
    (void)state;
    size_t page = machine_page_size();
    section *s = new_memory(64 * page);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    touch_pages(&view, 1);
    section_native native = native_of(s);
    if (!foreign_is_in_memory(native)) {
        unmap(&view);
        section_close(s);
        SKIP("memory is behind a file here: pages are not told from blocks");
    }
    uint64_t before = foreign_allocated(native);
    assert_status(SECTION_OK, section_view_discard(&view, page + 1, 40 * page));
    uint64_t freed = before - foreign_allocated(native);
    if (this_system().discard == SECTION_DISCARD_FREED)
        assert_same(39 * page, freed);
    else
        assert_same(0, freed);
    unmap(&view);
    section_close(s);
}

static void discard_of_locked_pages_makes_them_zero(void **state)
{
    (void)state;
    size_t page = machine_page_size();
    section *s = new_memory(4 * page);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), view.length, 0);
    assert_status(SECTION_OK, section_view_lock(&view, page, page));
    assert_status(SECTION_OK, section_view_discard(&view, 1, 3 * page));
    assert_hole(&view, (hole){1, 3 * page});
    unmap(&view);
    section_close(s);
}

static void
discard_of_memory_that_was_sealed_meanwhile_makes_it_zero(void **state)
{
    (void)state;
    size_t page = machine_page_size();
    intptr_t memory = foreign_sealable_memory(4 * page);
    if (memory == FOREIGN_NOTHING)
        SKIP("memory cannot be sealed here");
    section *s = wrapped(memory, READ_WRITE, SECTION_NATIVE_BORROWED);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), view.length, 0);
    bool is_sealed = foreign_seal_against_new_writers(memory);
    if (is_sealed) {
        assert_status(SECTION_OK, section_view_discard(&view, 1, 3 * page));
        assert_hole(&view, (hole){1, 3 * page});
    }
    unmap(&view);
    section_close(s);
    foreign_close(memory);
    if (!is_sealed)
        SKIP("no such seal before Linux 5.1");
}

static void only_a_view_that_writes_the_section_discards(void **state)
{
    (void)state;
    const section_access others[] = {SECTION_ACCESS_READ, SECTION_ACCESS_COPY};
    section *s = new_memory(10000);
    for (size_t i = 0; i < 2; i++) {
        if (others[i] == SECTION_ACCESS_COPY &&
            this_system().memory_copy == SECTION_COPY_NONE)
            continue;
        section_view view = mapped(s, 0, 0, others[i]);
        poke(s, 5000, 3);
        assert_status(SECTION_ACCESS, section_view_discard(&view, 0, 0));
        assert_same(0, section_last_os_error());
        assert_same(3, peek(s, 5000));
        unmap(&view);
    }
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Arguments
 * ------------------------------------------------------------------------ */

static section_status start(const section_view *view, size_t offset,
                            size_t length)
{
    return section_view_prefetch(view, offset, length, SECTION_PREFETCH_READ);
}

static section_status advise(const section_view *view, size_t offset,
                             size_t length)
{
    return section_view_advise(view, offset, length, SECTION_ADVICE_NORMAL);
}

static section_status (*const calls[])(const section_view *, size_t, size_t) = {
    start, section_view_lock, section_view_unlock, advise,
    section_view_discard};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static void what_is_prepared_is_inside_the_view(void **state)
{
    (void)state;
    section *s = new_memory(10000);
    section_view view = mapped(s, 10, 5000, SECTION_ACCESS_READ_WRITE);
    for (size_t i = 0; i < CALLS; i++) {
        assert_status(SECTION_OK, calls[i](&view, 0, 5000));
        assert_status(SECTION_OK, calls[i](&view, 4999, 0));
        assert_status(SECTION_RANGE, calls[i](&view, 0, 5001));
        assert_status(SECTION_RANGE, calls[i](&view, 4999, 2));
        assert_status(SECTION_RANGE, calls[i](&view, 5000, 0));
        assert_status(SECTION_RANGE, calls[i](&view, 1, SIZE_MAX));
        assert_status(SECTION_RANGE, calls[i](&view, SIZE_MAX, 1));
        assert_same(0, section_last_os_error());
    }
    unmap(&view);
    section_close(s);
}

static void what_is_prepared_is_a_view(void **state)
{
    (void)state;
    const section_view none = {0};
    for (size_t i = 0; i < CALLS; i++) {
        assert_status(SECTION_INVALID, calls[i](NULL, 0, 0));
        assert_status(SECTION_INVALID, calls[i](&none, 0, 0));
    }
}

static void unknown_kinds_of_preparation_are_invalid(void **state)
{
    (void)state;
    section *s = new_memory(10);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    const int32_t unknown[] = {INT32_MIN, -1, 0, 4, INT32_MAX};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_status(SECTION_INVALID,
                      section_view_prefetch(&view, 0, 0, unknown[i]));
        assert_status(SECTION_INVALID,
                      section_view_advise(&view, 0, 0, unknown[i]));
    }
    unmap(&view);
    section_close(s);
}

static const process_role roles[] = {
    {"prefetch_without_access", prefetch_without_access},
    {"prefetch_what_is_gone", prefetch_what_is_gone},
    {"prefetch_what_is_to_come", prefetch_what_is_to_come},
    {"lock_too_much", lock_too_much},
    {"lock_without_right", lock_without_right},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_first_read_after_prefetch_needs_no_fault),
    cmocka_unit_test(a_first_write_after_prefetch_needs_no_fault),
    cmocka_unit_test(prefetch_changes_no_byte),
    cmocka_unit_test(prefetch_takes_nothing_back_from_who_writes_meanwhile),
    cmocka_unit_test(prefetch_to_write_of_a_read_only_view_is_access),
    cmocka_unit_test(prefetch_of_pages_without_access_is_fault),
    cmocka_unit_test(prefetch_of_bytes_that_are_gone_is_fault),
    cmocka_unit_test(prefetch_of_what_has_not_grown_yet_is_fault),
    cmocka_unit_test(pages_are_locked_until_they_are_unlocked),
    cmocka_unit_test(a_locked_view_is_used_and_unmapped_like_any),
    cmocka_unit_test(more_than_may_be_locked_is_limit_and_locks_nothing),
    cmocka_unit_test(locking_where_nothing_may_be_locked_is_access),
    cmocka_unit_test(locking_bytes_that_are_gone_is_limit_and_locks_nothing),
    cmocka_unit_test(advice_is_taken_as_the_trait_says_and_changes_no_byte),
    cmocka_unit_test(discarded_bytes_are_zero_and_no_others),
    cmocka_unit_test(a_view_discards_nothing_beyond_its_end),
    cmocka_unit_test(discarded_bytes_of_a_file_are_zero_in_the_file),
    cmocka_unit_test(discard_frees_whole_pages_as_the_trait_says),
    cmocka_unit_test(discard_of_locked_pages_makes_them_zero),
    cmocka_unit_test(discard_of_memory_that_was_sealed_meanwhile_makes_it_zero),
    cmocka_unit_test(only_a_view_that_writes_the_section_discards),
    cmocka_unit_test(what_is_prepared_is_inside_the_view),
    cmocka_unit_test(what_is_prepared_is_a_view),
    cmocka_unit_test(unknown_kinds_of_preparation_are_invalid),
};

TEST_MAIN(tests, roles)
