/* SPDX-License-Identifier: MIT */
/*
 * Flushing: which pages and how far, whose error it is and how long it stays,
 * and when the entry of a created file is flushed.
 */
#include "unit.h"

#include <string.h>

#define START   SECTION_FLUSH_START
#define WRITTEN SECTION_FLUSH_WRITTEN
#define ORDERED SECTION_FLUSH_ORDERED
#define DURABLE SECTION_FLUSH_DURABLE

/* A file that is there, all rights. */
static section *open_file(uint64_t size)
{
    fake_put_file("file", FAKE_FILE, size);
    return unit_file("file", ALL_RIGHTS);
}

static section *create_file(const char *path, uint64_t size)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.path = path;
    options.size = size;
    section *made = UNTOUCHED;
    assert_status(SECTION_OK, section_create(&made, &options));
    return made;
}

/* ------------------------------------------------------------------------
 * Which bytes, how far
 * ------------------------------------------------------------------------ */

/* Fail unless the last flush was of the pages of these bytes of the file. */
static void expect_pages(const section_view *view, uint64_t first, uint64_t end)
{
    const uint64_t page = unit_page();
    fake_flushes flushes = fake_count_flushes();
    uint64_t from = first / page * page;
    uint64_t to = (end + page - 1) / page * page;
    assert_true(flushes.offset == from && flushes.length == to - from);
    assert_true(flushes.base + (first - from) ==
                (unsigned char *)view->data + (first - view->offset));
}

static void any_bytes_of_a_view_are_flushed_with_their_pages(void **state)
{
    (void)state;
    const uint64_t page = unit_page();
    const uint64_t size = unit_granule() + 3 * page + 5;
    section *s = open_file(size);
    const uint64_t starts[] = {0, 1, page - 1, page + 3, unit_granule() + 7};
    const uint64_t offsets[] = {0, 1, 5, page - 1, page, page + 1, 2 * page};
    const uint64_t lengths[] = {0, 1, 2, page - 1, page, page + 1, 2 * page};
    unsigned count = 0;
    for (size_t v = 0; v < 5; v++) {
        section_view view =
            unit_view(s, starts[v], 0, SECTION_ACCESS_READ_WRITE);
        for (size_t o = 0; o < 7; o++)
            for (size_t l = 0; l < 7; l++) {
                uint64_t first = starts[v] + offsets[o];
                uint64_t end = lengths[l] == 0 ? size : first + lengths[l];
                section_status status = section_view_flush(
                    &view, (size_t)offsets[o], (size_t)lengths[l], DURABLE);
                bool inside = first < size && end <= size;
                assert_int_equal(status, inside ? SECTION_OK : SECTION_RANGE);
                count += inside;
                assert_int_equal(fake_count_flushes().views, count);
                if (inside)
                    expect_pages(&view, first, end);
            }
        assert_status(SECTION_OK, section_unmap(&view));
    }
    section_close(s);
}

static void the_level_is_handed_down(void **state)
{
    (void)state;
    section *s = open_file(100);
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    for (section_flush_level level = -1; level < 7; level++) {
        bool known = level >= START && level <= DURABLE;
        fake_flushes before = fake_count_flushes();
        assert_int_equal(section_view_flush(&view, 0, 0, level),
                         known ? SECTION_OK : SECTION_INVALID);
        assert_int_equal(fake_count_flushes().views, before.views + known);
        assert_true(!known || fake_count_flushes().level == level);
        assert_int_equal(section_flush(s, level),
                         known ? SECTION_OK : SECTION_INVALID);
        assert_int_equal(fake_count_flushes().objects, before.objects + known);
        assert_true(!known || fake_count_flushes().level == level);
    }
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
}

static void flushing_is_refused_by_rule(void **state)
{
    (void)state;
    section *s = open_file(100), *reads;
    assert_status(SECTION_OK, section_duplicate(&reads, s, SECTION_RIGHT_READ));
    section_view view = unit_view(s, 10, 20, SECTION_ACCESS_READ_WRITE);
    section_view read = unit_view(s, 10, 20, SECTION_ACCESS_READ);
    section_view copy = unit_view(s, 10, 20, SECTION_ACCESS_COPY);
    section_view none = {0};
    assert_status(SECTION_INVALID, section_view_flush(NULL, 0, 0, START));
    assert_status(SECTION_INVALID, section_view_flush(&none, 0, 0, START));
    assert_status(SECTION_INVALID, section_flush(NULL, START));
    assert_status(SECTION_ACCESS, section_view_flush(&read, 0, 0, START));
    assert_status(SECTION_ACCESS, section_view_flush(&copy, 0, 0, START));
    assert_status(SECTION_ACCESS, section_flush(reads, START));
    const size_t far[][2] = {{20, 0},       {20, 1},       {0, 21},
                             {SIZE_MAX, 1}, {1, SIZE_MAX}, {19, 2}};
    for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
        assert_status(SECTION_RANGE,
                      section_view_flush(&view, far[i][0], far[i][1], START));
    assert_int_equal(fake_count_flushes().views, 0);
    assert_int_equal(fake_count_flushes().objects, 0);
    /* None of that stays. */
    assert_status(SECTION_OK, section_view_flush(&view, 19, 1, DURABLE));
    assert_status(SECTION_OK, section_unmap(&view));
    assert_status(SECTION_OK, section_unmap(&read));
    assert_status(SECTION_OK, section_unmap(&copy));
    section_close(s);
    section_close(reads);
}

static void memory_has_nothing_to_flush(void **state)
{
    (void)state;
    section *s = unit_memory(100), *named = unit_named("name");
    section *reads, *wrapped;
    section_native native = fake_open_memory(100, ALL_RIGHTS);
    assert_status(SECTION_OK, section_wrap(&wrapped, native, ALL_RIGHTS,
                                           SECTION_NATIVE_OWNED));
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_duplicate(&reads, s, SECTION_RIGHT_READ));
    assert_status(SECTION_OK, section_view_flush(&view, 3, 5, DURABLE));
    assert_status(SECTION_OK, section_flush(s, DURABLE));
    assert_status(SECTION_OK, section_flush(named, DURABLE));
    assert_status(SECTION_OK, section_flush(wrapped, DURABLE));
    assert_status(SECTION_ACCESS, section_flush(reads, DURABLE));
    assert_status(SECTION_RANGE, section_view_flush(&view, 100, 0, DURABLE));
    fake_flushes flushes = fake_count_flushes();
    assert_int_equal(flushes.views + flushes.objects + flushes.entries, 0);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
    section_close(named);
    section_close(wrapped);
    section_close(reads);
}

/* ------------------------------------------------------------------------
 * Bytes that are not in the file
 * ------------------------------------------------------------------------ */

static void only_what_the_file_has_is_flushed(void **state)
{
    (void)state;
    const uint64_t page = unit_page();
    section *s = unit_growing_file(page + 5, 5 * page);
    if (s == NULL)
        return;
    section_view view =
        unit_view(s, 0, (size_t)(5 * page), SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_view_flush(&view, 0, 0, WRITTEN));
    expect_pages(&view, 0, page + 5);
    /* Behind the end there is nothing to flush, and that is no error. */
    unsigned views = fake_count_flushes().views;
    assert_status(SECTION_OK,
                  section_view_flush(&view, 3 * (size_t)page, 1, WRITTEN));
    assert_int_equal(fake_count_flushes().views, views);
    /* Others have made it larger. */
    fake_grow_file("file", 4 * page);
    assert_status(SECTION_OK, section_view_flush(&view, 1, 0, WRITTEN));
    expect_pages(&view, 1, 4 * page);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
}

static void bytes_that_were_cut_off_are_a_fault_that_stays(void **state)
{
    (void)state;
    if (fake_current()->files_keep_their_size)
        return;
    const uint64_t page = unit_page();
    section *s = open_file(4 * page), *same;
    assert_status(SECTION_OK, section_duplicate(&same, s, ALL_RIGHTS));
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fake_cut_file("file", page + 1);
    /* What is still there is flushed, and nothing is wrong with that. */
    assert_status(SECTION_OK, section_view_flush(&view, 0, 9, WRITTEN));
    assert_status(SECTION_FAULT,
                  section_view_flush(&view, 0, 2 * (size_t)page, WRITTEN));
    expect_pages(&view, 0, page + 1);
    fake_grow_file("file", 4 * page);
    assert_status(SECTION_FAULT, section_view_flush(&view, 0, 9, WRITTEN));
    assert_status(SECTION_FAULT, section_flush(same, START));
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
    section_close(same);
}

/* ------------------------------------------------------------------------
 * Errors
 * ------------------------------------------------------------------------ */

/* What the platform can say of a flush. */
static const struct {
    section_status status;
    bool stays;
} errors[] = {
    {SECTION_IO, true},           {SECTION_NO_SPACE, true},
    {SECTION_FAULT, true},        {SECTION_SYSTEM, true},
    {SECTION_UNSUPPORTED, false}, {SECTION_ACCESS, false},
    {SECTION_LIMIT, false},
};

#define ERRORS (sizeof(errors) / sizeof(errors[0]))

static void an_error_that_may_have_lost_bytes_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < ERRORS; i++)
        for (int of_view = 0; of_view < 2; of_view++) {
            section *s = open_file(100);
            section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ_WRITE);
            fake_answer(of_view ? FAKE_VIEW_FLUSH : FAKE_OBJECT_FLUSH,
                        errors[i].status, 1);
            section_status status = of_view
                                        ? section_view_flush(&view, 0, 0, START)
                                        : section_flush(s, START);
            assert_int_equal(status, errors[i].status);
            assert_int_equal(section_last_os_error(), FAKE_ANSWER_CODE);
            section_status after =
                errors[i].stays ? errors[i].status : SECTION_OK;
            fake_flushes before = fake_count_flushes();
            section_os_set_last_error(0);
            assert_int_equal(section_view_flush(&view, 0, 0, DURABLE), after);
            assert_int_equal(section_last_os_error(),
                             errors[i].stays ? FAKE_ANSWER_CODE : 0);
            assert_int_equal(section_flush(s, DURABLE), after);
            /* The system is not even asked. */
            unsigned more = errors[i].stays ? 0 : 1;
            assert_int_equal(fake_count_flushes().views, before.views + more);
            assert_int_equal(fake_count_flushes().objects,
                             before.objects + more);
            assert_status(SECTION_OK, section_unmap(&view));
            section_close(s);
            fake_remove_file("file");
        }
}

/* Who does not know what there is to flush has not flushed it. */
static void a_size_that_cannot_be_known_is_an_error_of_the_flush(void **state)
{
    (void)state;
    for (size_t i = 0; i < ERRORS; i++) {
        section *s = unit_growing_file(100, 200);
        if (s == NULL)
            return;
        section_view view = unit_view(s, 0, 100, SECTION_ACCESS_READ_WRITE);
        unsigned before = fake_count_flushes().views;
        fake_answer(FAKE_MEASURE, errors[i].status, 1);
        assert_int_equal(section_view_flush(&view, 0, 0, DURABLE),
                         errors[i].status);
        assert_int_equal(section_last_os_error(), FAKE_ANSWER_CODE);
        assert_int_equal(fake_count_flushes().views, before);
        assert_int_equal(section_view_flush(&view, 0, 0, DURABLE),
                         errors[i].stays ? errors[i].status : SECTION_OK);
        assert_status(SECTION_OK, section_unmap(&view));
        section_close(s);
        fake_remove_file("file");
    }
}

static void the_first_error_is_the_one_that_stays(void **state)
{
    (void)state;
    section *s = open_file(100);
    fake_answer(FAKE_OBJECT_FLUSH, SECTION_NO_SPACE, 1);
    assert_status(SECTION_NO_SPACE, section_flush(s, WRITTEN));
    fake_answer(FAKE_OBJECT_FLUSH, SECTION_IO, FAKE_ALWAYS);
    assert_status(SECTION_NO_SPACE, section_flush(s, WRITTEN));
    section_close(s);
}

static void an_error_is_shared_by_duplicates_and_views_alone(void **state)
{
    (void)state;
    section *s = open_file(100), *before, *after;
    section *other = unit_file("file", ALL_RIGHTS);
    assert_status(SECTION_OK, section_duplicate(&before, s, ALL_RIGHTS));
    section_view view = unit_view(before, 0, 0, SECTION_ACCESS_READ_WRITE);
    section_close(before);
    fake_answer(FAKE_OBJECT_FLUSH, SECTION_IO, 1);
    assert_status(SECTION_IO, section_flush(s, DURABLE));
    assert_status(SECTION_IO, section_view_flush(&view, 0, 0, START));
    assert_status(SECTION_OK, section_duplicate(&after, s, ALL_RIGHTS));
    section_close(s);
    assert_status(SECTION_IO, section_flush(after, START));
    /* Another section of the same file was not told. */
    assert_status(SECTION_OK, section_flush(other, DURABLE));
    section_close(other);
    section_close(after);
    assert_status(SECTION_IO, section_view_flush(&view, 0, 0, DURABLE));
    assert_status(SECTION_OK, section_unmap(&view));
    /* And who opens the file anew begins anew. */
    s = unit_file("file", ALL_RIGHTS);
    assert_status(SECTION_OK, section_flush(s, DURABLE));
    section_close(s);
}

/* What another thread is told while we flush. */
typedef struct other {
    section *flushes;
    section_status status;
} other;

static void fail_elsewhere(void *context, unsigned call)
{
    const other *o = context;
    (void)call;
    fake_answer(FAKE_OBJECT_FLUSH, o->status, 1);
    assert_int_equal(section_flush(o->flushes, WRITTEN), o->status);
}

/* The system tells of lost bytes once, to anybody. */
static void an_error_that_another_was_told_meanwhile_is_ours(void **state)
{
    (void)state;
    for (section_status own = 0; own < 2; own++) {
        section *s = open_file(100), *same;
        assert_status(SECTION_OK, section_duplicate(&same, s, ALL_RIGHTS));
        section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ_WRITE);
        other o = {same, SECTION_NO_SPACE};
        fake_at_each_call(FAKE_VIEW_FLUSH, fail_elsewhere, &o);
        /* Ours goes well, or meets another error, which is told then. */
        if (own != 0)
            fake_answer(FAKE_VIEW_FLUSH, SECTION_IO, 1);
        assert_status(own != 0 ? SECTION_IO : SECTION_NO_SPACE,
                      section_view_flush(&view, 0, 0, WRITTEN));
        fake_at_each_call(FAKE_VIEW_FLUSH, NULL, NULL);
        /* What stays is the first one. */
        assert_status(SECTION_NO_SPACE, section_flush(s, WRITTEN));
        assert_status(SECTION_OK, section_unmap(&view));
        section_close(s);
        section_close(same);
        fake_remove_file("file");
    }
}

static void a_wrapped_file_is_flushed_as_well(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 100);
    static const section_ownership ownerships[] = {SECTION_NATIVE_OWNED,
                                                   SECTION_NATIVE_BORROWED};
    for (size_t i = 0; i < 2; i++) {
        section_native native = fake_open_path("file", ALL_RIGHTS);
        section *s, *same;
        assert_status(SECTION_OK,
                      section_wrap(&s, native, ALL_RIGHTS, ownerships[i]));
        assert_status(SECTION_OK, section_duplicate(&same, s, ALL_RIGHTS));
        section_view view = unit_view(same, 0, 0, SECTION_ACCESS_READ_WRITE);
        assert_status(SECTION_OK, section_view_flush(&view, 7, 1, DURABLE));
        fake_answer(FAKE_VIEW_FLUSH, SECTION_IO, 1);
        assert_status(SECTION_IO, section_view_flush(&view, 7, 1, DURABLE));
        assert_status(SECTION_IO, section_flush(s, DURABLE));
        assert_int_equal(fake_count_flushes().entries, 0);
        assert_status(SECTION_OK, section_unmap(&view));
        section_close(s);
        section_close(same);
        if (i == 1)
            fake_close(native);
    }
}

/* ------------------------------------------------------------------------
 * The entry of a file in its directory
 * ------------------------------------------------------------------------ */

static unsigned entries(void)
{
    return fake_count_flushes().entries;
}

static void the_entry_of_a_created_file_is_flushed_once(void **state)
{
    (void)state;
    section *s = create_file("file", 100), *same;
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_flush(s, START));
    assert_status(SECTION_OK, section_view_flush(&view, 0, 0, WRITTEN));
    assert_int_equal(entries(), 0);
    assert_status(SECTION_OK, section_view_flush(&view, 0, 0, ORDERED));
    assert_int_equal(entries(), 1);
    assert_status(SECTION_OK, section_duplicate(&same, s, ALL_RIGHTS));
    assert_status(SECTION_OK, section_flush(s, DURABLE));
    assert_status(SECTION_OK, section_flush(same, DURABLE));
    assert_status(SECTION_OK, section_view_flush(&view, 0, 0, DURABLE));
    assert_int_equal(entries(), 1);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
    section_close(same);
}

static void a_duplicate_flushes_the_entry_for_all(void **state)
{
    (void)state;
    section *s = create_file("file", 100), *same;
    assert_status(SECTION_OK, section_duplicate(&same, s, ALL_RIGHTS));
    assert_status(SECTION_OK, section_flush(same, DURABLE));
    assert_int_equal(entries(), 1);
    assert_status(SECTION_OK, section_flush(s, DURABLE));
    assert_int_equal(entries(), 1);
    section_close(s);
    section_close(same);
}

static section *open_or_create(void)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.path = "file";
    options.size = 200;
    options.disposition = SECTION_OPEN_OR_CREATE;
    section *opened = UNTOUCHED;
    assert_status(SECTION_OK, section_create(&opened, &options));
    return opened;
}

static void the_entry_of_a_file_that_is_only_opened_is_not_flushed(void **state)
{
    (void)state;
    section *s = open_file(100);
    assert_status(SECTION_OK, section_flush(s, DURABLE));
    assert_int_equal(entries(), 0);
    section_close(s);
}

/* Whoever created it may be dead, and who would have created it cannot tell. */
static void who_would_have_created_a_file_flushes_its_entry(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 100);
    section *s = open_or_create();
    assert_true((unit_info(s).flags & SECTION_INFO_CREATED) == 0);
    assert_status(SECTION_OK, section_flush(s, WRITTEN));
    assert_int_equal(entries(), 0);
    assert_status(SECTION_OK, section_flush(s, DURABLE));
    assert_status(SECTION_OK, section_flush(s, DURABLE));
    assert_int_equal(entries(), 1);
    section_close(s);
}

/* It was not asked to read the directory. */
static void who_may_not_read_a_directory_may_open_its_files(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 100);
    fake_answer(FAKE_FILE_KEEP_DIRECTORY, SECTION_ACCESS, 1);
    section *s = open_or_create();
    assert_status(SECTION_OK, section_flush(s, DURABLE));
    assert_int_equal(entries(), 0);
    section_close(s);
}

/* There is nothing to find where the bytes did not get to. */
static void no_entry_is_flushed_after_a_failure(void **state)
{
    (void)state;
    section *s = create_file("file", 100);
    fake_answer(FAKE_OBJECT_FLUSH, SECTION_UNSUPPORTED, 1);
    assert_status(SECTION_UNSUPPORTED, section_flush(s, DURABLE));
    assert_int_equal(entries(), 0);
    fake_answer(FAKE_OBJECT_FLUSH, SECTION_IO, 1);
    assert_status(SECTION_IO, section_flush(s, DURABLE));
    assert_status(SECTION_IO, section_flush(s, DURABLE));
    assert_int_equal(entries(), 0);
    section_close(s);
}

static void an_entry_that_was_not_flushed_is_tried_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < ERRORS; i++) {
        section *s = create_file("file", 100);
        unsigned before = entries();
        fake_answer(FAKE_ENTRY_FLUSH, errors[i].status, 1);
        assert_int_equal(section_flush(s, DURABLE), errors[i].status);
        assert_int_equal(section_last_os_error(), FAKE_ANSWER_CODE);
        assert_int_equal(entries(), before + 1);
        assert_int_equal(section_flush(s, DURABLE),
                         errors[i].stays ? errors[i].status : SECTION_OK);
        assert_int_equal(entries(), before + (errors[i].stays ? 1 : 2));
        section_close(s);
        fake_remove_file("file");
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(any_bytes_of_a_view_are_flushed_with_their_pages),
        cmocka_unit_test(the_level_is_handed_down),
        cmocka_unit_test(flushing_is_refused_by_rule),
        cmocka_unit_test(memory_has_nothing_to_flush),
        cmocka_unit_test(only_what_the_file_has_is_flushed),
        cmocka_unit_test(bytes_that_were_cut_off_are_a_fault_that_stays),
        cmocka_unit_test(an_error_that_may_have_lost_bytes_stays),
        cmocka_unit_test(a_size_that_cannot_be_known_is_an_error_of_the_flush),
        cmocka_unit_test(the_first_error_is_the_one_that_stays),
        cmocka_unit_test(an_error_is_shared_by_duplicates_and_views_alone),
        cmocka_unit_test(an_error_that_another_was_told_meanwhile_is_ours),
        cmocka_unit_test(a_wrapped_file_is_flushed_as_well),
        cmocka_unit_test(the_entry_of_a_created_file_is_flushed_once),
        cmocka_unit_test(a_duplicate_flushes_the_entry_for_all),
        cmocka_unit_test(
            the_entry_of_a_file_that_is_only_opened_is_not_flushed),
        cmocka_unit_test(who_would_have_created_a_file_flushes_its_entry),
        cmocka_unit_test(who_may_not_read_a_directory_may_open_its_files),
        cmocka_unit_test(no_entry_is_flushed_after_a_failure),
        cmocka_unit_test(an_entry_that_was_not_flushed_is_tried_again),
    };
    return unit_run_everywhere(cases);
}
