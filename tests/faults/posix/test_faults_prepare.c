/* SPDX-License-Identifier: MIT */
/*
 * The calls that get views ready, keep them and give them back, failing: what
 * each error comes to, what is done without them, and that a failure changes no
 * byte that it should not.
 */
#include "faults.h"
#include "stage.h"
#include "strike.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Some of it in pages that are not inside as a whole. */
#define FIRST  100
#define LENGTH 90000

static section_status prefetch_start(const section_view *view)
{
    return section_view_prefetch(view, FIRST, LENGTH, SECTION_PREFETCH_START);
}

static section_status prefetch_read(const section_view *view)
{
    return section_view_prefetch(view, FIRST, LENGTH, SECTION_PREFETCH_READ);
}

static section_status prefetch_write(const section_view *view)
{
    return section_view_prefetch(view, FIRST, LENGTH, SECTION_PREFETCH_WRITE);
}

static section_status lock(const section_view *view)
{
    return section_view_lock(view, FIRST, LENGTH);
}

static section_status unlock(const section_view *view)
{
    return section_view_unlock(view, FIRST, LENGTH);
}

static section_status advise(const section_view *view)
{
    return section_view_advise(view, FIRST, LENGTH, SECTION_ADVICE_RANDOM);
}

static section_status discard(const section_view *view)
{
    return section_view_discard(view, FIRST, LENGTH);
}

typedef section_status preparation(const section_view *view);

typedef struct row {
    preparation *call;
    const char *function;
    int error;
    section_status expected;
} row;

/* SECTION_OK: it is done in another way. */
static const row rows[] = {
    {prefetch_start, "posix_madvise", ENOMEM, SECTION_LIMIT},
    {prefetch_start, "posix_madvise", EIO, SECTION_IO},
    {prefetch_read, "madvise", EFAULT, SECTION_FAULT},
    {prefetch_read, "madvise", ENOMEM, SECTION_NO_SPACE},
    {prefetch_read, "madvise", EINVAL, SECTION_OK},
    {prefetch_write, "madvise", EFAULT, SECTION_FAULT},
    {prefetch_write, "madvise", ENOMEM, SECTION_NO_SPACE},
    {prefetch_write, "madvise", EINVAL, SECTION_OK},
#ifdef EHWPOISON
    {prefetch_read, "madvise", EHWPOISON, SECTION_FAULT},
#endif
    {lock, "mlock", ENOMEM, SECTION_LIMIT},
    {lock, "mlock", EAGAIN, SECTION_LIMIT},
    {lock, "mlock", EPERM, SECTION_ACCESS},
    {unlock, "munlock", ENOMEM, SECTION_LIMIT},
    {advise, "posix_madvise", ENOMEM, SECTION_LIMIT},
    {advise, "posix_madvise", EAGAIN, SECTION_LIMIT},
    {discard, "madvise", EINVAL, SECTION_OK},
    {discard, "madvise", EOPNOTSUPP, SECTION_OK},
    {discard, "madvise", ENOSYS, SECTION_OK},
    {discard, "madvise", EIO, SECTION_IO},
    {discard, "madvise", ENOSPC, SECTION_NO_SPACE},
    {discard, "madvise", EACCES, SECTION_ACCESS},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void set_out(stage *s)
{
    stage_open(s, -1);
    s->source = stage_memory(200000);
    assert_status(SECTION_OK, section_map(&s->source_view, s->source, 5, 0,
                                          SECTION_ACCESS_READ_WRITE));
    memset(s->source_view.data, 7, s->source_view.length);
}

static void pack_up(stage *s)
{
    stage_check_bystander(s);
    stage_close(s);
    assert_int_equal(rmdir(s->folder), 0);
}

/* How many bytes of a range have this value. */
static size_t count_bytes(const section_view *view, size_t from, size_t to,
                          unsigned char value)
{
    const unsigned char *bytes = view->data;
    size_t count = 0;
    for (size_t i = from; i < to; i++)
        count += bytes[i] == value;
    return count;
}

/* What the call was about has become zero, or nothing has. */
static void check_bytes(const stage *s, const row *r, bool succeeded)
{
    const section_view *view = &s->source_view;
    size_t end = FIRST + LENGTH;
    assert_int_equal(count_bytes(view, 0, FIRST, 7), FIRST);
    assert_int_equal(count_bytes(view, end, view->length, 7),
                     view->length - end);
    if (r->call != discard)
        assert_int_equal(count_bytes(view, FIRST, end, 7), LENGTH);
    else if (succeeded)
        assert_int_equal(count_bytes(view, FIRST, end, 0), LENGTH);
}

static void count_call(void *context)
{
    (*(unsigned *)context)++;
}

/* Whether this system makes the call at all. */
static bool try_row(const row *r)
{
    stage s;
    unsigned count = 0;
    set_out(&s);
    faults_lack(r->function, r->error);
    faults_before_lacking(count_call, &count);
    faults_arm(FAULTS_ERROR, 0, 0);
    section_status status = r->call(&s.source_view);
    (void)faults_disarm();
    faults_before_lacking(NULL, NULL);
    faults_lack(NULL, 0);
    assert_status(count > 0 ? r->expected : SECTION_OK, status);
    if (status != SECTION_OK)
        assert_int_equal(section_last_os_error(), r->error);
    check_bytes(&s, r, status == SECTION_OK);
    pack_up(&s);
    return count > 0;
}

static void every_error_has_its_status_or_its_way_around(void **state)
{
    (void)state;
    unsigned made = 0;
    for (size_t i = 0; i < ROWS; i++) {
        print_message("  %s: %s\n", rows[i].function, strerror(rows[i].error));
        made += try_row(&rows[i]);
    }
    /* madvise() is Linux's, the others are everywhere. */
    assert_true(made >= 8);
}

static void interrupted_calls_are_made_again(void **state)
{
    (void)state;
    preparation *const calls[] = {prefetch_read, prefetch_write, discard};
    for (size_t i = 0; i < 3; i++) {
        faults_strike strike = {.happened = true};
        for (unsigned nth = 1; strike.happened; nth++) {
            stage s;
            set_out(&s);
            faults_arm(FAULTS_INTERRUPT, nth, 0);
            assert_status(SECTION_OK, calls[i](&s.source_view));
            strike = faults_disarm();
            pack_up(&s);
        }
    }
}

/* What mlock() may have locked before it failed. */
static void a_failed_lock_is_undone(void **state)
{
    (void)state;
    stage s;
    unsigned count = 0;
    set_out(&s);
    faults_lack("munlock", EIO);
    faults_before_lacking(count_call, &count);
    /* The first call of all is mlock(). */
    faults_arm(FAULTS_ERROR, 1, 0);
    assert_status(SECTION_LIMIT, lock(&s.source_view));
    faults_strike strike = faults_disarm();
    faults_before_lacking(NULL, NULL);
    faults_lack(NULL, 0);
    assert_true(struck(strike, "mlock"));
    assert_int_equal(section_last_os_error(), strike.error);
    assert_int_equal(count, 1);
    pack_up(&s);
}

/* ------------------------------------------------------------------------
 * Threads
 * ------------------------------------------------------------------------ */

#define MUCH ((size_t)32 << 20)

/* Pages of lazy memory that are there, by what the object takes. */
static section_status prefetch_much(stage *s, section_prefetch how)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = MUCH;
    options.flags = SECTION_LAZY;
    stage_open(s, -1);
    assert_status(SECTION_OK, section_create(&s->source, &options));
    assert_status(SECTION_OK, section_map(&s->source_view, s->source, 0, 0,
                                          SECTION_ACCESS_READ_WRITE));
    faults_arm(FAULTS_ERROR, 0, 0);
    section_status status = section_view_prefetch(&s->source_view, 0, 0, how);
    (void)faults_disarm();
    faults_lack(NULL, 0);
    return status;
}

/* Whether all pages of a view are in memory. */
static bool is_resident(const section_view *view)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t pages = view->length / page;
    unsigned char *found = calloc(pages, 1);
    assert_non_null(found);
    assert_int_equal(mincore(view->data, view->length, (void *)found), 0);
    size_t resident = 0;
    for (size_t i = 0; i < pages; i++)
        resident += found[i] & 1u;
    free(found);
    return resident == pages;
}

static void without_threads_all_pages_are_ready_as_well(void **state)
{
    (void)state;
    const struct {
        const char *function;
        int error;
    } lacks[] = {
        {NULL, 0}, {"pthread_create", EAGAIN}, {"sched_getaffinity", EINVAL}};
    for (size_t i = 0; i < 3; i++) {
        stage s;
        faults_lack(lacks[i].function, lacks[i].error);
        assert_status(SECTION_OK, prefetch_much(&s, SECTION_PREFETCH_WRITE));
        assert_true(is_resident(&s.source_view));
        pack_up(&s);
    }
}

static void an_error_in_any_thread_is_told(void **state)
{
    (void)state;
    stage s;
    faults_lack("madvise", ENOMEM);
    section_status status = prefetch_much(&s, SECTION_PREFETCH_READ);
    /* Where pages are touched, there are no threads. */
    if (status != SECTION_OK)
        assert_status(SECTION_NO_SPACE, status);
    else
        assert_true(is_resident(&s.source_view));
    pack_up(&s);
}

/* ------------------------------------------------------------------------
 * Large pages
 * ------------------------------------------------------------------------ */

/* Make memory with the nth call failing; whether it made as many. */
static bool strike_creation(uint32_t flags, unsigned nth, unsigned variant)
{
    stage s;
    section_options options = SECTION_OPTIONS_INIT;
    options.size = (uint64_t)4 << 20;
    options.flags = flags;
    stage_open(&s, -1);
    census before = stage_count(&s);
    stage_arm(&s);
    faults_arm(FAULTS_ERROR, nth, variant);
    section_status status = section_create(&s.out, &options);
    faults_strike strike = faults_disarm();
    if (strike.happened)
        print_message("  %s: %s\n", strike.function, strerror(strike.error));
    if (status != SECTION_OK)
        assert_null(s.out);
    /* No large pages here, or the preference alone has failed. */
    if (status != SECTION_OK && flags != SECTION_LARGE_PAGES)
        assert_true(strike.happened);
    section_close(s.out);
    census after = stage_count(&s);
    assert_int_equal(after.descriptors, before.descriptors);
    /* A view that cannot be unmapped stays. */
    if (!strike.happened || !struck(strike, "munmap"))
        assert_int_equal(after.mapped, before.mapped);
    pack_up(&s);
    return strike.happened;
}

static void failing_to_get_large_pages_leaves_nothing(void **state)
{
    (void)state;
    const uint32_t kinds[] = {SECTION_PREFER_LARGE_PAGES, SECTION_LARGE_PAGES};
    for (size_t i = 0; i < 2; i++)
        for (unsigned variant = 0; variant < FAULTS_VARIANTS; variant++)
            for (unsigned nth = 1; strike_creation(kinds[i], nth, variant);)
                nth++;
}

/* The settings say no, or say nothing: small pages will do. */
static void a_preference_that_cannot_be_asked_for_is_none(void **state)
{
    (void)state;
    section_options options = SECTION_OPTIONS_INIT;
    options.size = (uint64_t)4 << 20;
    options.flags = SECTION_PREFER_LARGE_PAGES;
    const struct {
        const char *function;
        int error;
    } lacks[] = {
        {"open", EACCES}, {"read", EIO}, {"madvise huge pages", EINVAL}};
    for (size_t i = 0; i < 3; i++) {
        section *made;
        faults_lack(lacks[i].function, lacks[i].error);
        faults_arm(FAULTS_ERROR, 0, 0);
        section_status status = section_create(&made, &options);
        (void)faults_disarm();
        faults_lack(NULL, 0);
        assert_status(SECTION_OK, status);
        section_close(made);
    }
}

#define TEST(test) cmocka_unit_test_teardown(test, strike_calm_down)

int main(void)
{
    /* No names here. */
    strike_without_names();
    const struct CMUnitTest tests[] = {
        TEST(every_error_has_its_status_or_its_way_around),
        TEST(interrupted_calls_are_made_again),
        TEST(a_failed_lock_is_undone),
        TEST(without_threads_all_pages_are_ready_as_well),
        TEST(an_error_in_any_thread_is_told),
        TEST(failing_to_get_large_pages_leaves_nothing),
        TEST(a_preference_that_cannot_be_asked_for_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
