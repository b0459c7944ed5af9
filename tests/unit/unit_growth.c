/* SPDX-License-Identifier: MIT */
/*
 * Growth: what a section may become, who may make it so, and what is in the
 * bytes that are added; on systems that know how large memory is, and on those
 * that do not.
 */
#include "trailer.h"
#include "unit.h"

#include <string.h>

/* Bytes of the sections here: within a page, at its end, and in the next. */
#define LEAST 10u
static uint64_t most(void)
{
    return 5 * (uint64_t)unit_page() + 100;
}

static bool rounds(void)
{
    return fake_current()->memory_sizes_are_rounded;
}

/* Memory and a file that grow, or NULL where they cannot. */
static void make_both(section *made[2])
{
    made[0] = unit_growing(LEAST, most());
    made[1] = unit_growing_file(LEAST, most());
}

static uint64_t size_of(const section *s)
{
    return unit_info(s).size;
}

/* ------------------------------------------------------------------------
 * Sizes
 * ------------------------------------------------------------------------ */

static void a_section_has_every_size_up_to_its_reserve_exactly(void **state)
{
    (void)state;
    section *made[2];
    make_both(made);
    const uint64_t page = unit_page();
    const uint64_t sizes[] = {LEAST + 1,    page - 1,     page,
                              page + 1,     2 * page,     2 * page + 7,
                              4 * page - 1, 4 * page + 1, most()};
    for (size_t k = 0; k < 2; k++) {
        if (made[k] == NULL)
            continue;
        assert_true(size_of(made[k]) == LEAST);
        assert_true(unit_info(made[k]).reserve == most());
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            assert_status(SECTION_OK, section_extend(made[k], sizes[i]));
            assert_true(size_of(made[k]) == sizes[i]);
            assert_true(unit_info(made[k]).reserve == most());
            if (k == 1)
                assert_true(fake_file_size("file") == sizes[i]);
        }
        section_close(made[k]);
    }
}

static void what_is_as_large_already_is_left_alone(void **state)
{
    (void)state;
    section *made[2];
    make_both(made);
    for (size_t k = 0; k < 2; k++) {
        if (made[k] == NULL)
            continue;
        assert_status(SECTION_OK, section_extend(made[k], 1000));
        unsigned calls = fake_last_extend().count;
        const uint64_t sizes[] = {1, LEAST, 999, 1000};
        for (size_t i = 0; i < 4; i++)
            assert_status(SECTION_OK, section_extend(made[k], sizes[i]));
        assert_int_equal(fake_last_extend().count, calls);
        assert_true(size_of(made[k]) == 1000);
        section_close(made[k]);
    }
}

static void extending_is_refused_by_rule(void **state)
{
    (void)state;
    section *plain = unit_memory(100), *extends;
    assert_status(SECTION_INVALID, section_extend(NULL, 1));
    assert_status(SECTION_ACCESS, section_extend(plain, 50));
    section_options options = SECTION_OPTIONS_INIT;
    options.size = 100;
    options.rights = SECTION_RIGHT_EXTEND;
    assert_status(SECTION_OK, section_create(&extends, &options));
    assert_status(SECTION_INVALID, section_extend(extends, 0));
    assert_status(SECTION_OK, section_extend(extends, 100));
    assert_status(SECTION_RANGE, section_extend(extends, 101));
    section_close(extends);
    section_close(plain);

    section *made[2];
    make_both(made);
    for (size_t k = 0; k < 2; k++) {
        if (made[k] == NULL)
            continue;
        section *writes;
        assert_status(SECTION_OK,
                      section_duplicate(&writes, made[k], ALL_RIGHTS));
        assert_status(SECTION_ACCESS, section_extend(writes, LEAST + 1));
        assert_status(SECTION_INVALID, section_extend(made[k], 0));
        assert_status(SECTION_RANGE, section_extend(made[k], most() + 1));
        assert_status(SECTION_RANGE, section_extend(made[k], UINT64_MAX));
        assert_true(size_of(made[k]) == LEAST);
        assert_int_equal(section_last_os_error(), 0);
        section_close(writes);
        section_close(made[k]);
    }
}

static void what_cannot_grow_here_is_unsupported(void **state)
{
    (void)state;
    section *out = UNTOUCHED;
    section_options options = SECTION_OPTIONS_INIT;
    options.size = 10;
    options.reserve = 11;
    bool memory = !fake_current()->memory_cannot_grow;
    bool files = !fake_current()->files_cannot_grow;
    assert_status(memory ? SECTION_OK : SECTION_UNSUPPORTED,
                  section_create(&out, &options));
    assert_int_equal(out != NULL, memory);
    section_close(out);
    options.path = "file";
    assert_status(files ? SECTION_OK : SECTION_UNSUPPORTED,
                  section_create(&out, &options));
    assert_int_equal(out != NULL, files);
    section_close(out);
    /* What was created only to be refused is taken back. */
    assert_int_equal(fake_file_exists("file"), files);
    /* No more than the size is no growth. */
    options.reserve = 10;
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_status(SECTION_OK, section_create(&out, &options));
    assert_true(unit_info(out).reserve == 10);
    section_close(out);
}

/* ------------------------------------------------------------------------
 * Files
 * ------------------------------------------------------------------------ */

/* What a section with a reserve is, over a file of a size. */
static void a_file_that_grows_is_the_whole_file(void **state)
{
    (void)state;
    if (fake_current()->files_cannot_grow)
        return;
    static const struct {
        uint64_t file, size, reserve, expected, file_after;
    } rows[] = {
        {500, 0, 1000, 500, 500},    {500, 100, 1000, 500, 500},
        {500, 600, 1000, 600, 600},  {500, 1000, 1000, 1000, 1000},
        {1000, 1, 1000, 1000, 1000}, {2000, 1, 1000, 1000, 2000},
        {2000, 0, 1000, 1000, 2000},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fake_put_file("file", FAKE_FILE, rows[i].file);
        section_options options = SECTION_OPTIONS_INIT;
        options.path = "file";
        options.disposition = SECTION_OPEN_EXISTING;
        options.size = rows[i].size;
        options.reserve = rows[i].reserve;
        section *s;
        assert_status(SECTION_OK, section_create(&s, &options));
        assert_true(size_of(s) == rows[i].expected);
        assert_true(unit_info(s).reserve == 1000);
        assert_true(fake_file_size("file") == rows[i].file_after);
        section_close(s);
        fake_remove_file("file");
    }
}

/* Others make it larger, and smaller; its reserve is the most it ever says. */
static void a_file_that_grows_is_as_large_as_it_is_now(void **state)
{
    (void)state;
    section *s = unit_growing_file(LEAST, most());
    if (s == NULL)
        return;
    fake_grow_file("file", 1000);
    assert_true(size_of(s) == 1000);
    assert_status(SECTION_OK, section_extend(s, 900));
    assert_true(fake_file_size("file") == 1000);
    fake_grow_file("file", most() + 1);
    assert_true(size_of(s) == most());
    fake_cut_file("file", 3);
    assert_true(size_of(s) == 3);
    assert_status(SECTION_OK, section_extend(s, 7));
    assert_true(fake_file_size("file") == 7);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Who sees it
 * ------------------------------------------------------------------------ */

static void every_holder_sees_growth_at_its_next_call(void **state)
{
    (void)state;
    if (fake_current()->memory_cannot_grow)
        return;
    section_options options = unit_named_options("name");
    options.rights = MAY_EXTEND;
    options.reserve = most();
    section *made, *opened, *reads, *wrapped;
    section_open_options how = SECTION_OPEN_OPTIONS_INIT;
    assert_status(SECTION_OK, section_create(&made, &options));
    how.rights = MAY_EXTEND;
    assert_status(SECTION_OK, section_open(&opened, "name", &how));
    assert_status(SECTION_OK,
                  section_duplicate(&reads, opened, SECTION_RIGHT_READ));
    section *const all[] = {made, opened, reads};
    for (size_t i = 0; i < 3; i++) {
        assert_true(unit_info(all[i]).reserve == most());
        assert_true(size_of(all[i]) == 100);
    }
    assert_status(SECTION_OK, section_extend(opened, 200));
    for (size_t i = 0; i < 3; i++)
        assert_true(size_of(all[i]) == 200);
    assert_status(SECTION_OK, section_extend(made, unit_page() + 1));
    for (size_t i = 0; i < 3; i++) {
        assert_true(size_of(all[i]) == unit_page() + 1);
        section_view view = unit_view(all[i], 0, 0, SECTION_ACCESS_READ);
        assert_true(view.length == unit_page() + 1);
        assert_status(SECTION_OK, section_unmap(&view));
    }
    /* Who comes later finds the size of now, and what it can become. */
    how.rights = SECTION_RIGHT_READ;
    assert_status(SECTION_OK, section_open(&wrapped, "name", &how));
    assert_true(size_of(wrapped) == unit_page() + 1);
    assert_true(unit_info(wrapped).reserve == most());
    section_close(wrapped);
    section_close(made);
    section_close(opened);
    section_close(reads);
}

/* Where the size is kept in the memory itself, a handle from elsewhere tells
 * it; where the system keeps it, the handle is what it is now. */
static void a_wrapped_handle_has_the_size_of_now(void **state)
{
    (void)state;
    section *s = unit_growing(LEAST, most()), *wrapped;
    if (s == NULL)
        return;
    assert_status(SECTION_OK, section_extend(s, 300));
    section_native native;
    assert_status(SECTION_OK, section_duplicate_native(&native, s, MAY_EXTEND));
    assert_status(SECTION_OK, section_wrap(&wrapped, native, MAY_EXTEND,
                                           SECTION_NATIVE_OWNED));
    assert_true(size_of(wrapped) == 300);
    assert_true(unit_info(wrapped).reserve == (rounds() ? most() : 300));
    assert_status(rounds() ? SECTION_OK : SECTION_RANGE,
                  section_extend(wrapped, 400));
    assert_true(size_of(s) == (rounds() ? 400 : 300));
    section_close(wrapped);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Views
 * ------------------------------------------------------------------------ */

static void views_span_the_reserve_and_never_move(void **state)
{
    (void)state;
    section *made[2];
    make_both(made);
    for (size_t k = 0; k < 2; k++) {
        if (made[k] == NULL)
            continue;
        section_view all =
            unit_view(made[k], 0, (size_t)most(), SECTION_ACCESS_READ_WRITE);
        section_view now = unit_view(made[k], 0, 0, SECTION_ACCESS_READ);
        unsigned char *bytes = all.data;
        assert_true(all.length == most() && now.length == LEAST);
        bytes[LEAST - 1] = 7;
        assert_status(SECTION_OK, section_extend(made[k], most()));
        assert_ptr_equal(all.data, bytes);
        bytes[most() - 1] = 8;
        section_view last =
            unit_view(made[k], most() - 1, 1, SECTION_ACCESS_READ);
        assert_int_equal(*(unsigned char *)last.data, 8);
        section_view whole = unit_view(made[k], 0, 0, SECTION_ACCESS_READ);
        assert_true(whole.length == most());
        assert_int_equal(((unsigned char *)whole.data)[LEAST - 1], 7);
        assert_status(SECTION_OK, section_unmap(&whole));
        assert_status(SECTION_OK, section_unmap(&last));
        assert_status(SECTION_OK, section_unmap(&now));
        assert_status(SECTION_OK, section_unmap(&all));
        section_close(made[k]);
    }
}

static void bytes_beyond_the_size_are_had_by_their_number_alone(void **state)
{
    (void)state;
    section *made[2];
    make_both(made);
    for (size_t k = 0; k < 2; k++) {
        if (made[k] == NULL)
            continue;
        const uint64_t page = unit_page();
        const struct {
            uint64_t offset;
            uint64_t length;
            section_status expected;
        } rows[] = {
            {0, most(), SECTION_OK},        {0, most() + 1, SECTION_RANGE},
            {LEAST, 1, SECTION_OK},         {LEAST, 0, SECTION_RANGE},
            {LEAST - 1, 0, SECTION_OK},     {2 * page, page, SECTION_OK},
            {2 * page, 0, SECTION_RANGE},   {most() - 1, 1, SECTION_OK},
            {most() - 1, 2, SECTION_RANGE}, {most(), 0, SECTION_RANGE},
            {most(), 1, SECTION_RANGE},
        };
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            section_view view;
            memset(&view, 0x5a, sizeof(view));
            assert_status(rows[i].expected,
                          section_map(&view, made[k], rows[i].offset,
                                      (size_t)rows[i].length,
                                      SECTION_ACCESS_READ));
            if (rows[i].expected != SECTION_OK)
                unit_expect_no_view(&view);
            assert_status(SECTION_OK, section_unmap(&view));
        }
        section_close(made[k]);
    }
}

/* ------------------------------------------------------------------------
 * The bytes that are added
 * ------------------------------------------------------------------------ */

/* Scribble behind the end, as far as the last page goes. */
static void scribble(unsigned char *bytes, uint64_t size)
{
    for (uint64_t i = size; i % unit_page() != 0; i++)
        bytes[i] = 0xa5;
}

static void new_bytes_are_zero_whatever_is_written_behind_the_end(void **state)
{
    (void)state;
    section *made[2];
    make_both(made);
    const uint64_t page = unit_page();
    const uint64_t steps[] = {LEAST + 1,    LEAST + 100,  page - 1,
                              page + 1,     page + 2,     2 * page,
                              2 * page + 1, 4 * page + 9, most()};
    for (size_t k = 0; k < 2; k++) {
        if (made[k] == NULL)
            continue;
        section_view view =
            unit_view(made[k], 0, (size_t)most(), SECTION_ACCESS_READ_WRITE);
        unsigned char *bytes = view.data;
        uint64_t size = LEAST;
        memset(bytes, 1, LEAST);
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            scribble(bytes, size);
            assert_status(SECTION_OK, section_extend(made[k], steps[i]));
            for (; size < steps[i]; size++) {
                assert_int_equal(bytes[size], 0);
                bytes[size] = 1;
            }
        }
        for (uint64_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 1);
        assert_status(SECTION_OK, section_unmap(&view));
        section_close(made[k]);
    }
}

/* Where pages are committed one by one, those of the size and that of the
 * trailer are, and no others. */
static void only_the_pages_of_the_size_are_there(void **state)
{
    (void)state;
    section *s = unit_growing(LEAST, most());
    if (s == NULL || !rounds()) {
        section_close(s);
        return;
    }
    const uint64_t page = unit_page();
    section_native native = unit_native(s);
    assert_true(fake_size(native) ==
                section__trailer_stored_size(most(), (uint32_t)page));
    for (uint64_t pages = 1; pages <= 6; pages++) {
        for (uint64_t i = 0; i < 6; i++)
            assert_int_equal(fake_is_there(native, i * page), i < pages);
        assert_true(fake_is_there(native, 6 * page));
        uint64_t size = pages * page + 1;
        if (pages < 6)
            assert_status(SECTION_OK,
                          section_extend(s, size < most() ? size : most()));
    }
    section_close(s);
}

static void memory_that_grows_and_may_only_be_read_grows_by_no_one(void **state)
{
    (void)state;
    if (fake_current()->memory_cannot_grow)
        return;
    section_options options = SECTION_OPTIONS_INIT;
    options.size = LEAST;
    options.reserve = most();
    options.rights = SECTION_RIGHT_READ;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_true(size_of(s) == LEAST && unit_info(s).reserve == most());
    assert_status(SECTION_ACCESS, section_extend(s, LEAST + 1));
    section_native native = unit_native(s);
    assert_false(fake_is_writable(native));
    section_close(s);
}

static section_status fill(void *data, size_t length, void *context)
{
    *(size_t *)context = length;
    memset(data, 0x77, length);
    return SECTION_OK;
}

static void an_initializer_gets_the_size_and_not_the_reserve(void **state)
{
    (void)state;
    if (fake_current()->memory_cannot_grow)
        return;
    size_t length = 0;
    section_options options = SECTION_OPTIONS_INIT;
    options.size = LEAST;
    options.reserve = most();
    options.rights = MAY_EXTEND;
    options.initialize = fill;
    options.context = &length;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_int_equal(length, LEAST);
    assert_true(unit_info(s).reserve == most());
    assert_status(SECTION_OK, section_extend(s, LEAST + 5));
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ);
    const unsigned char *bytes = view.data;
    for (size_t i = 0; i < view.length; i++)
        assert_int_equal(bytes[i], i < LEAST ? 0x77 : 0);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Lazy
 * ------------------------------------------------------------------------ */

static void lazy_sections_grow_lazily_and_others_do_not(void **state)
{
    (void)state;
    static const char *const paths[] = {NULL, "file"};
    for (size_t k = 0; k < 2; k++)
        for (uint32_t lazy = 0; lazy < 2; lazy++) {
            if (k == 0 ? fake_current()->memory_cannot_grow
                       : fake_current()->files_cannot_grow)
                continue;
            section_options options = SECTION_OPTIONS_INIT;
            options.path = paths[k];
            options.size = LEAST;
            options.reserve = (uint64_t)1 << 40;
            options.rights = MAY_EXTEND;
            options.flags = lazy != 0 ? SECTION_LAZY : 0;
            section *s, *same;
            assert_status(SECTION_OK, section_create(&s, &options));
            assert_status(SECTION_OK, section_duplicate(&same, s, MAY_EXTEND));
            assert_status(SECTION_OK, section_extend(s, 2 * unit_page()));
            assert_int_equal(fake_last_extend().lazy, lazy);
            assert_status(SECTION_OK, section_extend(same, 3 * unit_page()));
            assert_int_equal(fake_last_extend().lazy, lazy);
            assert_status(lazy != 0 ? SECTION_OK : SECTION_NO_SPACE,
                          section_extend(same, (uint64_t)1 << 30));
            section_close(s);
            section_close(same);
            if (k == 1)
                fake_remove_file("file");
        }
}

/* ------------------------------------------------------------------------
 * Failures
 * ------------------------------------------------------------------------ */

static void too_little_space_leaves_the_section_as_it_was(void **state)
{
    (void)state;
    section *made[2];
    make_both(made);
    for (size_t k = 0; k < 2; k++) {
        if (made[k] == NULL)
            continue;
        section_view view =
            unit_view(made[k], 0, LEAST, SECTION_ACCESS_READ_WRITE);
        memset(view.data, 9, LEAST);
        fake_set_space_left(unit_page(), unit_page());
        assert_status(SECTION_NO_SPACE, section_extend(made[k], most()));
        assert_true(size_of(made[k]) == LEAST);
        fake_set_space_left((uint64_t)1 << 20, (uint64_t)1 << 20);
        assert_status(SECTION_OK, section_extend(made[k], most()));
        for (size_t i = 0; i < LEAST; i++)
            assert_int_equal(((unsigned char *)view.data)[i], 9);
        assert_status(SECTION_OK, section_unmap(&view));
        section_close(made[k]);
    }
}

/* Memory is swept for before it is said that there is too little, and once. */
static void memory_is_swept_for_once(void **state)
{
    (void)state;
    section *s = unit_growing(LEAST, most());
    if (s == NULL)
        return;
    const uint64_t left = 8 * (uint64_t)unit_page();
    fake_set_space_left(left, 0);
    fake_leave_dead(MACHINE, 1, left - 1);
    assert_status(SECTION_OK, section_extend(s, most()));
    assert_true(size_of(s) == most());
    fake_name_calls calls = fake_count_name_calls();
    assert_int_equal(calls.sweeps[USER], 1);
    assert_int_equal(calls.sweeps[MACHINE], 1);
    section_close(s);

    s = unit_growing(LEAST, most());
    fake_set_space_left(0, 0);
    unsigned extends = fake_last_extend().count;
    assert_status(SECTION_NO_SPACE, section_extend(s, most()));
    calls = fake_count_name_calls();
    assert_int_equal(calls.sweeps[USER], 2);
    /* Nothing was swept: there is no use in trying again. */
    assert_int_equal(fake_last_extend().count, extends + 1);
    assert_true(size_of(s) == LEAST);
    section_close(s);
}

static void no_sweep_makes_room_on_a_disk(void **state)
{
    (void)state;
    section *s = unit_growing_file(LEAST, most());
    if (s == NULL)
        return;
    fake_set_space_left((uint64_t)1 << 20, 0);
    fake_leave_dead(USER, 1, 1);
    assert_status(SECTION_NO_SPACE, section_extend(s, most()));
    assert_int_equal(fake_count_name_calls().sweeps[USER], 0);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * One at a time
 * ------------------------------------------------------------------------ */

static void others_who_extend_are_waited_for_ten_seconds(void **state)
{
    (void)state;
    section *made[2];
    make_both(made);
    for (size_t k = 0; k < 2; k++) {
        if (made[k] == NULL)
            continue;
        section_native native = unit_native(made[k]);
        fake_hold_extension(native, true);
        uint64_t begun = section_os_milliseconds();
        assert_status(SECTION_BUSY, section_extend(made[k], LEAST + 1));
        assert_in_range(section_os_milliseconds() - begun, 10000, 10006);
        assert_true(size_of(made[k]) == LEAST);
        fake_hold_extension(native, false);
        assert_status(SECTION_OK, section_extend(made[k], LEAST + 1));
        section_close(made[k]);
    }
}

/* What another process does when we wait. */
typedef struct other {
    unsigned pauses;
    section *extends;
    section_native native;
    uint64_t size;
} other;

static void finish(void *context, unsigned pause)
{
    other *o = context;
    (void)pause;
    if (++o->pauses != 5)
        return;
    fake_hold_extension(o->native, false);
    if (o->size != 0)
        assert_status(SECTION_OK, section_extend(o->extends, o->size));
}

/* Whatever the other has made of it, it has what each has asked for. */
static void an_extender_who_waited_loses_nothing(void **state)
{
    (void)state;
    const uint64_t page = unit_page();
    const uint64_t sizes[] = {0, LEAST + 1, page + 1, 3 * page, most()};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        section *s = unit_growing(LEAST, most()), *same;
        if (s == NULL)
            return;
        assert_status(SECTION_OK, section_duplicate(&same, s, MAY_EXTEND));
        section_view view =
            unit_view(s, 0, (size_t)most(), SECTION_ACCESS_READ_WRITE);
        memset(view.data, 1, LEAST);
        other o = {0, same, unit_native(s), sizes[i]};
        fake_hold_extension(o.native, true);
        fake_at_each_pause(finish, &o);
        assert_status(SECTION_OK, section_extend(s, 3 * page));
        fake_at_each_pause(NULL, NULL);
        uint64_t expected = sizes[i] > 3 * page ? sizes[i] : 3 * page;
        assert_true(size_of(s) == expected && size_of(same) == expected);
        for (uint64_t b = 0; b < expected; b++)
            assert_int_equal(((unsigned char *)view.data)[b], b < LEAST);
        assert_status(SECTION_OK, section_unmap(&view));
        section_close(s);
        section_close(same);
    }
}

static void be_faster(void *context, unsigned call)
{
    const other *o = context;
    (void)call;
    assert_status(SECTION_OK, section_extend(o->extends, o->size));
}

/* Between the question and the turn to extend. */
static void an_extender_may_find_that_others_were_faster(void **state)
{
    (void)state;
    const uint64_t page = unit_page();
    const uint64_t sizes[] = {LEAST + 1,    page,         2 * page + 1,
                              2 * page + 9, 3 * page + 9, most()};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        section *made[2], *same;
        make_both(made);
        for (size_t k = 0; k < 2; k++) {
            if (made[k] == NULL)
                continue;
            assert_status(SECTION_OK,
                          section_duplicate(&same, made[k], MAY_EXTEND));
            other o = {0, same, 0, sizes[i]};
            fake_at_each_call(FAKE_EXTENSION_BEGIN, be_faster, &o);
            assert_status(SECTION_OK, section_extend(made[k], 2 * page + 9));
            fake_at_each_call(FAKE_EXTENSION_BEGIN, NULL, NULL);
            uint64_t expected =
                sizes[i] > 2 * page + 9 ? sizes[i] : 2 * page + 9;
            assert_true(size_of(made[k]) == expected);
            section_close(made[k]);
            section_close(same);
        }
        if (fake_file_exists("file"))
            fake_remove_file("file");
    }
}

/* The first turn finds too little memory, the second somebody else at it, and
 * meanwhile others have died again. */
static void die_again(void *context, unsigned call)
{
    (void)context;
    if (call == 2)
        fake_answer(FAKE_EXTENSION_BEGIN, SECTION_BUSY, 1);
    if (call == 3)
        fake_leave_dead(USER, 1, 1000);
}

static void nobody_sweeps_for_ever(void **state)
{
    (void)state;
    section *s = unit_growing(LEAST, most());
    if (s == NULL)
        return;
    fake_set_space_left(0, 0);
    fake_leave_dead(USER, 1, 1000);
    fake_at_each_call(FAKE_EXTENSION_BEGIN, die_again, NULL);
    assert_status(SECTION_NO_SPACE, section_extend(s, most()));
    fake_at_each_call(FAKE_EXTENSION_BEGIN, NULL, NULL);
    assert_int_equal(fake_count_name_calls().sweeps[USER], 1);
    section_close(s);
}

static void the_one_who_extends_is_never_left_waiting_for(void **state)
{
    (void)state;
    section *made[2];
    make_both(made);
    for (size_t k = 0; k < 2; k++) {
        if (made[k] == NULL)
            continue;
        fake_answer(FAKE_EXTEND, SECTION_IO, 1);
        assert_status(SECTION_IO, section_extend(made[k], LEAST + unit_page()));
        assert_int_equal(section_last_os_error(), FAKE_ANSWER_CODE);
        assert_int_equal(fake_count().extensions, 0);
        assert_status(SECTION_OK, section_extend(made[k], LEAST + unit_page()));
        section_close(made[k]);
    }
}

/* ------------------------------------------------------------------------
 * The word that tells how large rounded memory is
 * ------------------------------------------------------------------------ */

/* It is the machine's; whoever can write the memory can write it. */
static uint64_t *word_of(section *s)
{
    section_native native = unit_native(s);
    uint64_t place = fake_size(native) - unit_page() + SECTION__TRAILER_GROWN;
    return (uint64_t *)(void *)fake_bytes(native, place, 8);
}

static void a_word_that_lies_counts_as_far_as_it_makes_sense(void **state)
{
    (void)state;
    section *s = unit_growing(LEAST, most());
    if (s == NULL || !rounds()) {
        section_close(s);
        return;
    }
    uint64_t *word = word_of(s);
    assert_true(*word == LEAST);
    const struct {
        uint64_t lie, size;
    } rows[] = {{0, LEAST},       {LEAST - 1, LEAST},   {LEAST + 1, LEAST + 1},
                {most(), most()}, {most() + 1, most()}, {UINT64_MAX, most()}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        *word = rows[i].lie;
        assert_true(size_of(s) == rows[i].size);
        section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ);
        assert_true(view.length == rows[i].size);
        assert_status(SECTION_OK, section_unmap(&view));
    }
    /* Pages that are there do not go, and those that are not come. */
    *word = 2 * (uint64_t)unit_page();
    assert_status(SECTION_OK, section_extend(s, 3 * unit_page()));
    assert_true(*word == 3 * (uint64_t)unit_page());
    *word = LEAST;
    assert_status(SECTION_OK, section_extend(s, most()));
    assert_true(size_of(s) == most());
    section_close(s);
}

/* A trailer of a section that grows, planted in memory of which all is there:
 * the reserve is the most that is believed. */
static void
a_planted_reserve_is_believed_as_far_as_the_memory_goes(void **state)
{
    (void)state;
    if (!rounds())
        return;
    const uint64_t page = unit_page();
    const struct {
        uint64_t size, reserve, word, expected, most;
    } rows[] = {
        {10, 3 * page, 0, 10, 3 * page},
        {10, 3 * page, 11, 11, 3 * page},
        {10, 2 * page + 1, UINT64_MAX, 2 * page + 1, 2 * page + 1},
        {10, 3 * page + 1, 11, 4 * page, 4 * page}, /* does not fit */
        {10, 2 * page, 11, 4 * page, 4 * page},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const section_os_facts facts = {
            .size = rows[i].size, .reserve = rows[i].reserve, .id = {1, 2}};
        section_native native = fake_open_memory(4 * page, ALL_RIGHTS);
        unsigned char *bytes = fake_bytes(native, 0, 4 * unit_page());
        section__trailer_encode(bytes + 3 * page, &facts);
        memcpy(bytes + 3 * page + SECTION__TRAILER_GROWN, &rows[i].word, 8);
        section *s;
        assert_status(SECTION_OK, section_wrap(&s, native, SECTION_RIGHT_READ,
                                               SECTION_NATIVE_BORROWED));
        assert_true(size_of(s) == rows[i].expected);
        assert_true(unit_info(s).reserve == rows[i].most);
        section_close(s);
        fake_close(native);
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(a_section_has_every_size_up_to_its_reserve_exactly),
        cmocka_unit_test(what_is_as_large_already_is_left_alone),
        cmocka_unit_test(extending_is_refused_by_rule),
        cmocka_unit_test(what_cannot_grow_here_is_unsupported),
        cmocka_unit_test(a_file_that_grows_is_the_whole_file),
        cmocka_unit_test(a_file_that_grows_is_as_large_as_it_is_now),
        cmocka_unit_test(every_holder_sees_growth_at_its_next_call),
        cmocka_unit_test(a_wrapped_handle_has_the_size_of_now),
        cmocka_unit_test(views_span_the_reserve_and_never_move),
        cmocka_unit_test(bytes_beyond_the_size_are_had_by_their_number_alone),
        cmocka_unit_test(new_bytes_are_zero_whatever_is_written_behind_the_end),
        cmocka_unit_test(only_the_pages_of_the_size_are_there),
        cmocka_unit_test(
            memory_that_grows_and_may_only_be_read_grows_by_no_one),
        cmocka_unit_test(an_initializer_gets_the_size_and_not_the_reserve),
        cmocka_unit_test(lazy_sections_grow_lazily_and_others_do_not),
        cmocka_unit_test(too_little_space_leaves_the_section_as_it_was),
        cmocka_unit_test(memory_is_swept_for_once),
        cmocka_unit_test(no_sweep_makes_room_on_a_disk),
        cmocka_unit_test(others_who_extend_are_waited_for_ten_seconds),
        cmocka_unit_test(an_extender_who_waited_loses_nothing),
        cmocka_unit_test(an_extender_may_find_that_others_were_faster),
        cmocka_unit_test(nobody_sweeps_for_ever),
        cmocka_unit_test(the_one_who_extends_is_never_left_waiting_for),
        cmocka_unit_test(a_word_that_lies_counts_as_far_as_it_makes_sense),
        cmocka_unit_test(
            a_planted_reserve_is_believed_as_far_as_the_memory_goes),
    };
    return unit_run_everywhere(cases);
}
