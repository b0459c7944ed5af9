/* SPDX-License-Identifier: MIT */
/*
 * Seals, and whether two handles are of one section: what the system does is
 * asked of it, what it does not is said, and a handle keeps its own promise.
 */
#include "unit.h"

#include <section/transfer.h>

#include <string.h>

#define SHRINK  SECTION_SEAL_SHRINK
#define GROW    SECTION_SEAL_GROW
#define WRITERS SECTION_SEAL_WRITERS

static bool seals_all(void)
{
    return fake_current()->seals == FAKE_SEALS;
}

/* What memory that does not grow has without being asked. */
static uint32_t natural(void)
{
    switch (fake_current()->seals) {
    case FAKE_SEALS_NONE:
        return 0;
    case FAKE_SEALS_NATURAL:
        return SHRINK | GROW;
    default:
        return SHRINK;
    }
}

static section *narrow(const section *s, section_rights rights)
{
    section *made = UNTOUCHED;
    assert_status(SECTION_OK, section_duplicate(&made, s, rights));
    return made;
}

/* Whether a section maps to write. */
static void expect_writing(section_status expected, const section *s)
{
    section_view view;
    assert_status(expected,
                  section_map(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE));
    assert_status(SECTION_OK, section_unmap(&view));
}

/* ------------------------------------------------------------------------
 * What is there
 * ------------------------------------------------------------------------ */

static void traits_tell_what_can_be_sealed(void **state)
{
    (void)state;
    section_system told = SECTION_SYSTEM_INIT;
    assert_status(SECTION_OK, section_get_system(&told));
    bool any = fake_current()->seals != FAKE_SEALS_NONE;
    assert_int_equal(told.memory_shrink,
                     any ? SECTION_GUARD_ENFORCED : SECTION_GUARD_NONE);
    assert_int_equal(told.seal_growth,
                     any ? SECTION_GUARD_ENFORCED : SECTION_GUARD_NONE);
    assert_int_equal(told.seal_writers,
                     seals_all() ? SECTION_GUARD_ENFORCED : SECTION_GUARD_NONE);
}

static void info_tells_what_is_sealed(void **state)
{
    (void)state;
    section *s = unit_memory(100), *grows = unit_growing(10, 3 * unit_page());
    fake_put_file("file", FAKE_FILE, 10);
    section *file = unit_file("file", ALL_RIGHTS);
    assert_int_equal(unit_info(s).seals, natural());
    assert_int_equal(unit_info(file).seals, 0);
    if (grows != NULL)
        assert_int_equal(unit_info(grows).seals, natural() & ~(uint32_t)GROW);
    if (seals_all()) {
        assert_status(SECTION_OK, section_seal(s, WRITERS));
        assert_int_equal(unit_info(s).seals, SHRINK | GROW | WRITERS);
    }
    section_close(s);
    section_close(grows);
    section_close(file);
}

/* Of the system, whoever asked: not what a handle has promised. */
static void a_promise_of_a_handle_is_no_seal(void **state)
{
    (void)state;
    section *s = unit_memory(100);
    assert_status(SECTION_OK, section_seal(s, WRITERS));
    assert_int_equal(unit_info(s).seals,
                     seals_all() ? SHRINK | GROW | WRITERS : natural());
    assert_int_equal(unit_info(s).rights, SECTION_RIGHT_READ);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * What can be sealed
 * ------------------------------------------------------------------------ */

static void each_seal_is_put_on_or_said_to_be_impossible(void **state)
{
    (void)state;
    for (uint32_t seals = 1; seals < 8; seals++) {
        section *s = unit_memory(100);
        uint32_t asked = seals & ~(uint32_t)WRITERS;
        bool can = seals_all() || (asked & ~natural()) == 0;
        uint32_t before = unit_info(s).seals;
        assert_status(can ? SECTION_OK : SECTION_UNSUPPORTED,
                      section_seal(s, seals));
        uint32_t after = unit_info(s).seals;
        uint32_t more = (seals & WRITERS) != 0 ? seals | GROW : seals;
        assert_int_equal(after, seals_all() ? before | more : before);
        bool writes = (seals & WRITERS) == 0 || !can;
        expect_writing(writes ? SECTION_OK : SECTION_ACCESS, s);
        assert_int_equal(unit_info(s).rights,
                         writes ? ALL_RIGHTS : SECTION_RIGHT_READ);
        section_close(s);
    }
}

static void sealing_twice_is_sealing_once(void **state)
{
    (void)state;
    section *s = unit_memory(100);
    for (unsigned i = 0; i < 2; i++)
        assert_status(SECTION_OK, section_seal(s, WRITERS));
    /* What it has given up is no hindrance to what is still to be had. */
    if (natural() != 0)
        assert_status(SECTION_OK, section_seal(s, SHRINK | GROW));
    assert_int_equal(unit_info(s).rights, SECTION_RIGHT_READ);
    section_close(s);
}

static void sealing_refuses_what_cannot_be_sealed(void **state)
{
    (void)state;
    fake_put_file("file", FAKE_FILE, 10);
    section_native native = fake_open_memory(10, ALL_RIGHTS);
    section *s = unit_memory(10), *reads = narrow(s, SECTION_RIGHT_READ);
    section *runs = UNTOUCHED, *named = unit_named("name");
    section *file = unit_file("file", ALL_RIGHTS), *borrowed = UNTOUCHED;
    assert_status(SECTION_OK, section_wrap(&borrowed, native, ALL_RIGHTS,
                                           SECTION_NATIVE_BORROWED));
    section_options options = SECTION_OPTIONS_INIT;
    options.size = 10;
    options.rights = MAY_RUN;
    assert_status(SECTION_OK, section_create(&runs, &options));
    const struct {
        section *of;
        uint32_t seals;
        section_status expected;
    } rows[] = {
        {NULL, SHRINK, SECTION_INVALID},
        {s, 0, SECTION_INVALID},
        {s, 8, SECTION_INVALID},
        {s, SHRINK | 0x80000000u, SECTION_INVALID},
        {reads, SHRINK, SECTION_ACCESS},
        {runs, WRITERS, SECTION_ACCESS},
        {file, SHRINK, SECTION_UNSUPPORTED},
        {named, WRITERS, SECTION_UNSUPPORTED},
        {borrowed, WRITERS, SECTION_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_status(rows[i].expected,
                      section_seal(rows[i].of, rows[i].seals));
    section *const all[] = {s, reads, runs, file, named, borrowed};
    for (size_t i = 0; i < 6; i++)
        section_close(all[i]);
    fake_close(native);
}

static void what_the_system_refuses_changes_nothing(void **state)
{
    (void)state;
    section *s = unit_memory(100);
    uint32_t before = unit_info(s).seals;
    fake_refuse_seals(unit_native(s));
    if (seals_all()) {
        assert_status(SECTION_ACCESS, section_seal(s, WRITERS));
        assert_int_equal(unit_info(s).seals, before);
        assert_int_equal(unit_info(s).rights, ALL_RIGHTS);
        expect_writing(SECTION_OK, s);
        /* What it has already is no new seal. */
        assert_status(SECTION_OK, section_seal(s, SHRINK));
    }
    section_close(s);
}

static void a_seal_that_is_half_possible_is_not_done_at_all(void **state)
{
    (void)state;
    section *s = unit_growing(10, 3 * (uint64_t)unit_page());
    if (s != NULL && !seals_all()) {
        assert_status(SECTION_UNSUPPORTED, section_seal(s, GROW | WRITERS));
        assert_int_equal(unit_info(s).rights, MAY_EXTEND);
        assert_status(SECTION_OK, section_extend(s, unit_page() + 5));
    }
    section_close(s);
}

/* ------------------------------------------------------------------------
 * What a seal does
 * ------------------------------------------------------------------------ */

static void what_is_sealed_against_growing_does_not_grow(void **state)
{
    (void)state;
    section *s = unit_growing(10, 3 * (uint64_t)unit_page());
    if (s != NULL && seals_all()) {
        section *other = narrow(s, MAY_EXTEND);
        assert_status(SECTION_OK, section_seal(s, GROW));
        assert_status(SECTION_ACCESS, section_extend(s, unit_page() + 5));
        assert_status(SECTION_ACCESS, section_extend(other, unit_page() + 5));
        assert_true(unit_info(other).size == 10);
        expect_writing(SECTION_OK, s);
        section_close(other);
    }
    section_close(s);
}

static void nobody_extends_by_a_handle_that_has_given_up_writing(void **state)
{
    (void)state;
    section *s = unit_growing(10, 3 * (uint64_t)unit_page());
    if (s != NULL) {
        assert_status(SECTION_OK, section_seal(s, WRITERS));
        unsigned calls = fake_last_extend().count;
        assert_status(SECTION_ACCESS, section_extend(s, unit_page() + 5));
        assert_int_equal(fake_last_extend().count, calls);
        assert_int_equal(unit_info(s).rights, SECTION_RIGHT_READ);
    }
    section_close(s);
}

/* Views that are there go on; what is made of the handle does not write. */
static void existing_writers_go_on_and_no_new_ones_come(void **state)
{
    (void)state;
    section *s = unit_memory(100), *before = narrow(s, ALL_RIGHTS);
    section_view writes = unit_view(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_seal(s, WRITERS));
    *(unsigned char *)writes.data = 42;
    assert_status(SECTION_OK, section_view_write(&writes, 1, "x", 1, NULL));
    section_view reads = unit_view(s, 0, 0, SECTION_ACCESS_READ);
    assert_int_equal(*(unsigned char *)reads.data, 42);
    section_view copy = unit_view(s, 0, 0, SECTION_ACCESS_COPY);
    *(unsigned char *)copy.data = 43;
    assert_int_equal(*(unsigned char *)reads.data, 42);
    expect_writing(SECTION_ACCESS, s);
    /* Others who had a handle, as the trait says. */
    expect_writing(seals_all() ? SECTION_ACCESS : SECTION_OK, before);
    section_view *const views[] = {&writes, &reads, &copy};
    for (size_t i = 0; i < 3; i++)
        assert_status(SECTION_OK, section_unmap(views[i]));
    section_close(before);
    section_close(s);
}

static void nothing_that_writes_is_made_of_a_sealed_handle(void **state)
{
    (void)state;
    section *s = unit_memory(100), *out = UNTOUCHED;
    section_native native = 5, ends[2];
    section_offer *offer = (section_offer *)(uintptr_t)0x5a5a;
    assert_status(SECTION_OK, section_seal(s, WRITERS));
    assert_status(SECTION_ACCESS, section_duplicate(&out, s, ALL_RIGHTS));
    assert_null(out);
    assert_status(SECTION_ACCESS,
                  section_duplicate_native(&native, s, ALL_RIGHTS));
    fake_open_channel(ends);
    assert_status(SECTION_ACCESS, section_send(ends[0], s, ALL_RIGHTS, 0));
    assert_status(SECTION_ACCESS,
                  section_make_inheritable(&offer, s, ALL_RIGHTS));
    assert_status(SECTION_ACCESS, section_export(&offer, s, ALL_RIGHTS, 1));
    /* To read it, everything is to be had. */
    out = narrow(s, SECTION_RIGHT_READ);
    section_close(out);
    assert_status(SECTION_OK,
                  section_duplicate_native(&native, s, SECTION_RIGHT_READ));
    assert_false(fake_is_writable(native));
    fake_close(native);
    assert_status(SECTION_OK, section_send(ends[0], s, SECTION_RIGHT_READ, 0));
    assert_status(SECTION_OK, section_receive(&out, ends[1], 0));
    assert_int_equal(unit_info(out).rights, SECTION_RIGHT_READ);
    assert_int_equal(unit_info(out).seals, unit_info(s).seals);
    section_close(out);
    fake_close_channel(ends[0]);
    fake_close_channel(ends[1]);
    section_close(s);
}

static void the_right_to_execute_stays(void **state)
{
    (void)state;
    section_options options = SECTION_OPTIONS_INIT;
    section *s = UNTOUCHED;
    options.size = 100;
    options.rights = MAY_RUN | SECTION_RIGHT_WRITE;
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_status(SECTION_OK, section_seal(s, WRITERS));
    assert_int_equal(unit_info(s).rights, MAY_RUN);
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_EXECUTE_READ);
    assert_status(SECTION_OK, section_unmap(&view));
    assert_status(
        SECTION_ACCESS,
        section_map(&view, s, 0, 0, SECTION_ACCESS_EXECUTE_READ_WRITE));
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Whether it is the same
 * ------------------------------------------------------------------------ */

static void expect_same_section(int32_t expected, const section *one,
                                const section *other)
{
    int32_t same = 77;
    assert_status(SECTION_OK, section_is_same(&same, one, other));
    assert_int_equal(same, expected);
    same = 77;
    assert_status(SECTION_OK, section_is_same(&same, other, one));
    assert_int_equal(same, expected);
}

static section *wrap(section_native native)
{
    section *s = UNTOUCHED;
    assert_status(SECTION_OK, section_wrap(&s, native, SECTION_RIGHT_READ,
                                           SECTION_NATIVE_OWNED));
    return s;
}

static void handles_of_one_section_are_the_same_and_no_others(void **state)
{
    (void)state;
    fake_put_file("one", FAKE_FILE, 10);
    fake_put_file("two", FAKE_FILE, 10);
    section *memory = unit_memory(100), *named = unit_named("name");
    section_native native = fake_open_memory(unit_page(), SECTION_RIGHT_READ);
    section_native again = fake_open_again(native, SECTION_RIGHT_READ);
    section *pairs[][2] = {
        {memory, narrow(memory, SECTION_RIGHT_READ)},
        {unit_memory(100), NULL},
        {named, UNTOUCHED},
        {unit_file("one", SECTION_RIGHT_READ), unit_file("one", ALL_RIGHTS)},
        {unit_file("two", SECTION_RIGHT_READ),
         wrap(fake_open_path("two", SECTION_RIGHT_READ))},
        {wrap(native), wrap(again)},
        {wrap(fake_open_memory(unit_page(), SECTION_RIGHT_READ)), NULL},
    };
    const size_t count = sizeof(pairs) / sizeof(pairs[0]);
    assert_status(SECTION_OK, section_open(&pairs[2][1], "name", NULL));
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            for (size_t k = 0; k < 4; k++)
                if (pairs[i][k / 2] != NULL && pairs[j][k % 2] != NULL)
                    expect_same_section(i == j, pairs[i][k / 2],
                                        pairs[j][k % 2]);
    for (size_t i = 0; i < count; i++) {
        section_close(pairs[i][0]);
        section_close(pairs[i][1]);
    }
}

/* Who wraps memory after its trailer has gone does not know its id. */
static void a_handle_that_knows_less_is_of_the_same_section(void **state)
{
    (void)state;
    section *s = unit_memory(2 * (uint64_t)unit_page());
    section *other = unit_memory(2 * (uint64_t)unit_page());
    section_native native = 5;
    assert_status(SECTION_OK,
                  section_duplicate_native(&native, s, SECTION_RIGHT_READ));
    if (fake_current()->memory_sizes_are_rounded)
        memset(fake_bytes(native, fake_size(native) - unit_page(), 16), 0, 16);
    section *wrapped = wrap(native);
    expect_same_section(1, s, wrapped);
    expect_same_section(0, other, wrapped);
    section_close(s);
    section_close(other);
    section_close(wrapped);
}

static void what_nobody_can_tell_is_unsupported(void **state)
{
    (void)state;
    section_native native = fake_open_memory(unit_page(), SECTION_RIGHT_READ);
    section_native again = fake_open_again(native, SECTION_RIGHT_READ);
    section *one = wrap(native), *two = wrap(again);
    int32_t same = 77;
    fake_answer(FAKE_IS_SAME, SECTION_UNSUPPORTED, FAKE_ALWAYS);
    section_status status = section_is_same(&same, one, two);
    /* Where the system tells them apart anyway, nobody is asked. */
    bool is_told = !fake_current()->memory_sizes_are_rounded;
    assert_status(is_told ? SECTION_OK : SECTION_UNSUPPORTED, status);
    assert_int_equal(same, is_told);
    if (!is_told)
        assert_int_equal(section_last_os_error(), FAKE_ANSWER_CODE);
    section_close(one);
    section_close(two);
}

static void nothing_is_not_the_same_as_nothing(void **state)
{
    (void)state;
    section *s = unit_memory(10);
    int32_t same = 77;
    assert_status(SECTION_INVALID, section_is_same(&same, NULL, NULL));
    assert_int_equal(same, 0);
    same = 77;
    assert_status(SECTION_INVALID, section_is_same(&same, s, NULL));
    assert_int_equal(same, 0);
    same = 77;
    assert_status(SECTION_INVALID, section_is_same(&same, NULL, s));
    assert_int_equal(same, 0);
    assert_status(SECTION_INVALID, section_is_same(NULL, s, s));
    section_close(s);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(traits_tell_what_can_be_sealed),
        cmocka_unit_test(info_tells_what_is_sealed),
        cmocka_unit_test(a_promise_of_a_handle_is_no_seal),
        cmocka_unit_test(each_seal_is_put_on_or_said_to_be_impossible),
        cmocka_unit_test(sealing_twice_is_sealing_once),
        cmocka_unit_test(sealing_refuses_what_cannot_be_sealed),
        cmocka_unit_test(what_the_system_refuses_changes_nothing),
        cmocka_unit_test(a_seal_that_is_half_possible_is_not_done_at_all),
        cmocka_unit_test(what_is_sealed_against_growing_does_not_grow),
        cmocka_unit_test(nobody_extends_by_a_handle_that_has_given_up_writing),
        cmocka_unit_test(existing_writers_go_on_and_no_new_ones_come),
        cmocka_unit_test(nothing_that_writes_is_made_of_a_sealed_handle),
        cmocka_unit_test(the_right_to_execute_stays),
        cmocka_unit_test(handles_of_one_section_are_the_same_and_no_others),
        cmocka_unit_test(a_handle_that_knows_less_is_of_the_same_section),
        cmocka_unit_test(what_nobody_can_tell_is_unsupported),
        cmocka_unit_test(nothing_is_not_the_same_as_nothing),
    };
    return unit_run_everywhere(cases);
}
