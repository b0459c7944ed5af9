/* SPDX-License-Identifier: MIT */
/*
 * The right to execute: which views need it, what they can become, and that it
 * is asked of the platform from the beginning.
 */
#include "unit.h"

#include <string.h>

#define ONLY_READ       SECTION_ACCESS_READ
#define WRITES          SECTION_ACCESS_READ_WRITE
#define COPIES          SECTION_ACCESS_COPY
#define RUNS            SECTION_ACCESS_EXECUTE_READ
#define RUNS_AND_WRITES SECTION_ACCESS_EXECUTE_READ_WRITE
#define RUNS_A_COPY     SECTION_ACCESS_EXECUTE_COPY

static section *make(const char *path, section_rights rights)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.path = path;
    options.size = unit_page() + 5;
    options.rights = rights;
    section *made = UNTOUCHED;
    assert_status(SECTION_OK, section_create(&made, &options));
    assert_int_equal(unit_info(made).rights, rights);
    return made;
}

static bool guarded(void)
{
    return fake_current()->execution_is_guarded;
}

static void the_trait_tells_whose_word_it_is(void **state)
{
    (void)state;
    section_system told = SECTION_SYSTEM_INIT;
    assert_status(SECTION_OK, section_get_system(&told));
    assert_int_equal(told.execute_right,
                     guarded() ? SECTION_GUARD_ENFORCED : SECTION_GUARD_NONE);
}

/* ------------------------------------------------------------------------
 * Views
 * ------------------------------------------------------------------------ */

static const struct {
    section_access access;
    section_rights needed;
} accesses[] = {
    {ONLY_READ, SECTION_RIGHT_READ},
    {WRITES, ALL_RIGHTS},
    {COPIES, SECTION_RIGHT_READ},
    {RUNS, MAY_RUN},
    {RUNS_AND_WRITES, MAY_RUN | SECTION_RIGHT_WRITE},
    {RUNS_A_COPY, MAY_RUN},
};

#define ACCESSES (sizeof(accesses) / sizeof(accesses[0]))

static void expect_accesses(const section *s, section_rights rights)
{
    for (size_t i = 0; i < ACCESSES; i++) {
        section_view view;
        unsigned maps = fake_last_map().count;
        bool may = (accesses[i].needed & ~rights) == 0;
        assert_status(may ? SECTION_OK : SECTION_ACCESS,
                      section_map(&view, s, 1, 2, accesses[i].access));
        assert_int_equal(fake_last_map().count, maps + may);
        if (may)
            assert_int_equal(fake_last_map().access, accesses[i].access);
        else
            unit_expect_no_view(&view);
        assert_status(SECTION_OK, section_unmap(&view));
    }
}

static void each_access_needs_each_of_its_rights(void **state)
{
    (void)state;
    static const section_rights some[] = {
        SECTION_RIGHT_READ, ALL_RIGHTS, MAY_RUN, MAY_RUN | SECTION_RIGHT_WRITE,
        MAY_EXTEND,         EVERY_RIGHT};
    section *all = make(NULL, EVERY_RIGHT), *file = make("file", EVERY_RIGHT);
    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        section *narrow;
        assert_status(SECTION_OK, section_duplicate(&narrow, all, some[i]));
        expect_accesses(narrow, some[i]);
        section_close(narrow);
        assert_status(SECTION_OK, section_duplicate(&narrow, file, some[i]));
        expect_accesses(narrow, some[i]);
        section_close(narrow);
        section *made = make(NULL, some[i]);
        expect_accesses(made, some[i]);
        section_close(made);
    }
    section_close(all);
    section_close(file);
}

static void what_is_no_access_is_invalid(void **state)
{
    (void)state;
    static const section_access none[] = {
        0x100, 0x104, 0x105, 0x10f, 0x110, 0x114,     0x121,    0x122,
        0x211, 0x11,  0,     4,     -1,    INT32_MAX, INT32_MIN};
    section *s = make(NULL, EVERY_RIGHT);
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        section_view view;
        assert_status(SECTION_INVALID, section_map(&view, s, 0, 0, none[i]));
        unit_expect_no_view(&view);
    }
    section_close(s);
}

/* A double mapping: written here, run there. */
static void both_views_have_the_same_bytes(void **state)
{
    (void)state;
    section *s = make(NULL, MAY_RUN | SECTION_RIGHT_WRITE);
    section_view written = unit_view(s, 0, 0, WRITES);
    section_view run = unit_view(s, 0, 0, RUNS);
    *(unsigned char *)written.data = 0xc3;
    assert_int_equal(*(unsigned char *)run.data, 0xc3);
    assert_status(SECTION_OK, section_unmap(&written));
    assert_status(SECTION_OK, section_unmap(&run));
    section_close(s);
}

/* A view to run is as proof against writing as one to read. */
static void a_view_to_run_is_mapped_by_what_cannot_write(void **state)
{
    (void)state;
    section *s = make(NULL, EVERY_RIGHT);
    section_view view = unit_view(s, 0, 0, RUNS);
    assert_int_equal(fake_count().readers, 1);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
}

static void a_system_where_nothing_there_is_run_says_access(void **state)
{
    (void)state;
    fake_put_file("data", FAKE_DATA_FILE, 100);
    section *s = unit_file("data", MAY_RUN);
    section_view view;
    assert_status(SECTION_ACCESS, section_map(&view, s, 0, 0, RUNS));
    unit_expect_no_view(&view);
    view = unit_view(s, 0, 0, ONLY_READ);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
}

static bool writes(section_access access)
{
    return access == WRITES || access == COPIES || access == RUNS_AND_WRITES ||
           access == RUNS_A_COPY;
}

static bool runs(section_access access)
{
    return access >= RUNS;
}

/* Nothing that the view was not mapped with, but for the kind of writing. */
static bool is_allowed(section_access mapped, section_access access)
{
    bool copies = mapped == COPIES || mapped == RUNS_A_COPY;
    if (access == SECTION_ACCESS_NONE || access == ONLY_READ)
        return true;
    if (runs(access) && !runs(mapped))
        return false;
    if (!writes(access))
        return true;
    return writes(mapped) &&
           (access == COPIES || access == RUNS_A_COPY) == copies;
}

static void a_view_never_becomes_more_than_it_was(void **state)
{
    (void)state;
    section *s = make(NULL, EVERY_RIGHT);
    for (size_t m = 0; m < ACCESSES; m++) {
        section_access mapped = accesses[m].access;
        section_view view = unit_view(s, 0, 0, mapped);
        for (size_t a = 0; a <= ACCESSES; a++) {
            section_access access =
                a < ACCESSES ? accesses[a].access : SECTION_ACCESS_NONE;
            unsigned calls = fake_last_protect().count;
            bool may = is_allowed(mapped, access);
            assert_status(may ? SECTION_OK : SECTION_ACCESS,
                          section_view_protect(&view, 0, 0, access));
            assert_int_equal(fake_last_protect().count, calls + may);
            if (!may)
                continue;
            assert_int_equal(fake_last_protect().mapped, mapped);
            assert_int_equal(fake_last_protect().access, access);
        }
        assert_status(SECTION_OK, section_unmap(&view));
    }
    section_close(s);
}

/* What else is done with views asks for reading and writing alone. */
static void a_view_to_run_is_otherwise_like_one_that_is_not(void **state)
{
    (void)state;
    section *s = make("file", EVERY_RIGHT);
    for (size_t i = 0; i < ACCESSES; i++) {
        section_view view = unit_view(s, 0, 0, accesses[i].access);
        bool may_write = writes(accesses[i].access);
        bool shares = accesses[i].access == WRITES ||
                      accesses[i].access == RUNS_AND_WRITES;
        char byte;
        assert_status(SECTION_OK, section_view_read(&view, 0, &byte, 1, NULL));
        assert_status(may_write ? SECTION_OK : SECTION_ACCESS,
                      section_view_write(&view, 0, "x", 1, NULL));
        assert_status(may_write ? SECTION_OK : SECTION_ACCESS,
                      section_view_write(&view, 0, "x", 0, NULL));
        assert_status(
            may_write ? SECTION_OK : SECTION_ACCESS,
            section_view_prefetch(&view, 0, 0, SECTION_PREFETCH_WRITE));
        assert_status(shares ? SECTION_OK : SECTION_ACCESS,
                      section_view_flush(&view, 0, 0, SECTION_FLUSH_START));
        assert_status(shares ? SECTION_OK : SECTION_ACCESS,
                      section_view_discard(&view, 0, 0));
        assert_status(SECTION_OK, section_unmap(&view));
    }
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Handles
 * ------------------------------------------------------------------------ */

static void no_duplicate_may_run_what_its_source_may_not(void **state)
{
    (void)state;
    section *s = make(NULL, ALL_RIGHTS), *out = UNTOUCHED;
    section_native native = 5;
    assert_status(SECTION_ACCESS,
                  section_duplicate(&out, s, SECTION_RIGHT_EXECUTE));
    assert_null(out);
    assert_status(SECTION_ACCESS,
                  section_duplicate_native(&native, s, SECTION_RIGHT_EXECUTE));
    assert_true(native == -1);
    section_close(s);
}

static void a_handle_given_out_may_run_if_it_was_asked_for(void **state)
{
    (void)state;
    section *s = make(NULL, EVERY_RIGHT);
    section_native runs_it, reads_it;
    assert_status(SECTION_OK, section_duplicate_native(&runs_it, s, MAY_RUN));
    assert_status(SECTION_OK,
                  section_duplicate_native(&reads_it, s, SECTION_RIGHT_READ));
    assert_true(fake_is_executable(runs_it));
    assert_false(fake_is_executable(reads_it));
    section *back = UNTOUCHED;
    assert_status(
        guarded() ? SECTION_ACCESS : SECTION_OK,
        section_wrap(&back, reads_it, MAY_RUN, SECTION_NATIVE_BORROWED));
    assert_int_equal(back == NULL, guarded());
    section_close(back);
    assert_status(SECTION_OK,
                  section_wrap(&back, runs_it, MAY_RUN, SECTION_NATIVE_OWNED));
    expect_accesses(back, MAY_RUN);
    section_close(back);
    fake_close(reads_it);
    section_close(s);
}

/* Memory that was made to be read and run can be written by nobody. */
static void narrowing_what_was_just_made_keeps_the_right(void **state)
{
    (void)state;
    section *s = make(NULL, MAY_RUN);
    section_native native = unit_native(s);
    assert_false(fake_is_writable(native));
    assert_true(fake_is_executable(native));
    expect_accesses(s, MAY_RUN);
    section_close(s);
}

static void a_name_is_opened_to_run_if_it_was_made_so(void **state)
{
    (void)state;
    section_options options = unit_named_options("runs");
    section_open_options how = SECTION_OPEN_OPTIONS_INIT;
    section *made = UNTOUCHED, *opened = UNTOUCHED;
    options.rights = MAY_RUN | SECTION_RIGHT_WRITE;
    assert_status(SECTION_OK, section_create(&made, &options));
    how.rights = MAY_RUN;
    assert_status(SECTION_OK, section_open(&opened, "runs", &how));
    expect_accesses(opened, MAY_RUN);
    section_close(opened);
    section_close(made);
    made = unit_named("data");
    opened = UNTOUCHED;
    assert_status(SECTION_ACCESS, section_open(&opened, "data", &how));
    assert_null(opened);
    section_close(made);
}

static void a_file_is_opened_and_created_to_run(void **state)
{
    (void)state;
    section *s = make("file", MAY_RUN | SECTION_RIGHT_WRITE);
    expect_accesses(s, MAY_RUN | SECTION_RIGHT_WRITE);
    section_close(s);
    s = unit_file("file", SECTION_RIGHT_EXECUTE);
    assert_int_equal(unit_info(s).rights, MAY_RUN);
    expect_accesses(s, MAY_RUN);
    section_close(s);
}

/* An initializer writes, whatever the handle may do later. */
static section_status fill(void *data, size_t length, void *context)
{
    (void)context;
    memset(data, 0xc3, length);
    return SECTION_OK;
}

static void what_is_filled_and_narrowed_can_be_run(void **state)
{
    (void)state;
    section_options options = SECTION_OPTIONS_INIT;
    section *s = UNTOUCHED;
    options.size = 100;
    options.rights = MAY_RUN;
    options.initialize = fill;
    assert_status(SECTION_OK, section_create(&s, &options));
    section_view view = unit_view(s, 0, 0, RUNS);
    assert_int_equal(*(unsigned char *)view.data, 0xc3);
    assert_status(SECTION_OK, section_unmap(&view));
    expect_accesses(s, MAY_RUN);
    section_close(s);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(the_trait_tells_whose_word_it_is),
        cmocka_unit_test(each_access_needs_each_of_its_rights),
        cmocka_unit_test(what_is_no_access_is_invalid),
        cmocka_unit_test(both_views_have_the_same_bytes),
        cmocka_unit_test(a_view_to_run_is_mapped_by_what_cannot_write),
        cmocka_unit_test(a_system_where_nothing_there_is_run_says_access),
        cmocka_unit_test(a_view_never_becomes_more_than_it_was),
        cmocka_unit_test(a_view_to_run_is_otherwise_like_one_that_is_not),
        cmocka_unit_test(no_duplicate_may_run_what_its_source_may_not),
        cmocka_unit_test(a_handle_given_out_may_run_if_it_was_asked_for),
        cmocka_unit_test(narrowing_what_was_just_made_keeps_the_right),
        cmocka_unit_test(a_name_is_opened_to_run_if_it_was_made_so),
        cmocka_unit_test(a_file_is_opened_and_created_to_run),
        cmocka_unit_test(what_is_filled_and_narrowed_can_be_run),
    };
    return unit_run_everywhere(cases);
}
