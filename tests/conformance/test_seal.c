/* SPDX-License-Identifier: MIT */
/*
 * Seals: what nobody can do with memory any more. Contract line 27.
 */
#include "attack.h"
#include "foreign.h"
#include "memory.h"
#include "process.h"
#include "sections.h"

#include <stdio.h>

#define ALL_RIGHTS ((section_rights)(READ_WRITE | SECTION_RIGHT_EXTEND))

#define SIZE    5000
#define RESERVE 50000

#define SEALS                                                                  \
    ((uint32_t)(SECTION_SEAL_SHRINK | SECTION_SEAL_GROW | SECTION_SEAL_WRITERS))

/* ------------------------------------------------------------------------
 * What this system has of seals
 * ------------------------------------------------------------------------ */

static bool shrink_is_enforced(void)
{
    return this_system().memory_shrink == SECTION_GUARD_ENFORCED;
}

static bool growth_is_enforced(void)
{
    return this_system().seal_growth == SECTION_GUARD_ENFORCED;
}

static bool writers_are_enforced(void)
{
    return this_system().seal_writers == SECTION_GUARD_ENFORCED;
}

static section *new_growing(void)
{
    section_options options = memory_options(SIZE);
    options.rights = ALL_RIGHTS;
    options.reserve = RESERVE;
    section *s = expect_poison();
    section_status status = section_create(&s, &options);
    assert_status(this_system().memory_growth == SECTION_SUPPORT_NONE
                      ? SECTION_UNSUPPORTED
                      : SECTION_OK,
                  status);
    return s;
}

static section_native native_duplicate(const section *s, section_rights rights)
{
    section_native native;
    assert_status(SECTION_OK, section_duplicate_native(&native, s, rights));
    return native;
}

/* A descriptor can have the right to write what is sealed. */
static bool can_change(section_native native)
{
    return (attack_with(native) & ATTACKS_ON_BYTES) != 0;
}

static void assert_no_writable_view(const section *s)
{
    section_view view;
    assert_no_view(SECTION_ACCESS, view,
                   section_map(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE));
}

/* ------------------------------------------------------------------------
 * Size
 * ------------------------------------------------------------------------ */

static void memory_sealed_against_shrinking_keeps_its_bytes(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    poke(s, SIZE - 1, 8);
    assert_status(shrink_is_enforced() ? SECTION_OK : SECTION_UNSUPPORTED,
                  section_seal(s, SECTION_SEAL_SHRINK));
    /* It is not for sealing that sizes are lost where they can be. */
    if (shrink_is_enforced())
        assert_false(foreign_cut(native_of(s), 10));
    assert_same(SIZE, info_of(s).size);
    assert_same(8, peek(s, SIZE - 1));
    poke(s, 0, 9);
    section_close(s);
}

static void memory_sealed_against_growing_keeps_its_size(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    uint64_t size = foreign_size(native_of(s));
    if (!growth_is_enforced()) {
        assert_status(SECTION_UNSUPPORTED, section_seal(s, SECTION_SEAL_GROW));
        assert_same(0, info_of(s).seals & SECTION_SEAL_GROW);
        section_close(s);
        return;
    }
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_GROW));
    assert_true((info_of(s).seals & SECTION_SEAL_GROW) != 0);
    assert_false(foreign_cut(native_of(s), size + 100000));
    assert_same(size, foreign_size(native_of(s)));
    poke(s, SIZE - 1, 9);
    section_close(s);
}

static void a_section_sealed_against_growing_is_not_extended(void **state)
{
    (void)state;
    section *s = new_growing();
    if (s == NULL)
        SKIP("memory does not grow here");
    section *other = duplicate_of(s, ALL_RIGHTS);
    assert_status(SECTION_OK, section_extend(s, SIZE + 100));
    poke(s, SIZE + 99, 4);
    section_status status = section_seal(s, SECTION_SEAL_GROW);
    if (status != SECTION_OK) {
        /* What has a reserve is there to grow. */
        assert_status(SECTION_UNSUPPORTED, status);
        assert_same(0, info_of(s).seals & SECTION_SEAL_GROW);
        assert_status(SECTION_OK, section_extend(s, SIZE + 200));
    } else {
        assert_status(SECTION_ACCESS, section_extend(s, SIZE + 200));
        assert_status(SECTION_ACCESS, section_extend(other, SIZE + 200));
        assert_status(SECTION_ACCESS, section_extend(other, RESERVE));
        assert_status(SECTION_OK, section_extend(other, SIZE + 100));
        assert_same(SIZE + 100, info_of(other).size);
        assert_same(4, peek(other, SIZE + 99));
        poke(other, 0, 1);
    }
    section_close(other);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Writers
 * ------------------------------------------------------------------------ */

static void no_new_view_writes_what_is_sealed(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    assert_no_writable_view(s);
    section *copy;
    assert_no_section(SECTION_ACCESS, copy,
                      section_duplicate(&copy, s, READ_WRITE));
    section_native native;
    assert_status(SECTION_ACCESS,
                  section_duplicate_native(&native, s, READ_WRITE));
    assert_same(-1, native);
    assert_same(READ_ONLY, info_of(s).rights);

    copy = duplicate_of(s, READ_ONLY);
    assert_no_writable_view(copy);
    assert_false(foreign_can_write(native_of(copy)));
    native = native_duplicate(s, READ_ONLY);
    assert_false(foreign_can_write(native));
    foreign_close(native);
    section_close(copy);
    section_close(s);
}

static void views_from_before_a_seal_go_on_writing(void **state)
{
    (void)state;
    size_t page = machine_page_size();
    section *s = new_memory(4 * page);
    section_view writer = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    section_view reader = mapped(s, 0, 0, SECTION_ACCESS_READ);
    bytes_of(&writer)[0] = 1;
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    bytes_of(&writer)[0] = 2;
    /* Also in pages that nobody has touched. */
    bytes_of(&writer)[3 * page] = 3;
    assert_same(2, bytes_of(&reader)[0]);
    assert_same(3, bytes_of(&reader)[3 * page]);
    section_view later = mapped(s, 0, 0, SECTION_ACCESS_READ);
    bytes_of(&writer)[1] = 4;
    assert_same(4, bytes_of(&later)[1]);

    assert_status(SECTION_OK,
                  section_view_protect(&writer, 0, 0, SECTION_ACCESS_READ));
    assert_false(memory_can_write(writer.data));
    assert_status(SECTION_OK, section_view_protect(&writer, 0, 0,
                                                   SECTION_ACCESS_READ_WRITE));
    bytes_of(&writer)[2] = 5;
    assert_same(5, bytes_of(&later)[2]);
    unmap(&later);
    unmap(&reader);
    unmap(&writer);
    assert_no_writable_view(s);
    section_close(s);
}

static void lazy_memory_is_written_through_old_views_after_a_seal(void **state)
{
    (void)state;
    section *s = new_lazy_memory(MIB);
    section_view writer = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    fill(bytes_of(&writer), writer.length, 0);
    section_view reader = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_true(is_filled(bytes_of(&reader), reader.length, 0));
    unmap(&reader);
    unmap(&writer);
    section_close(s);
}

static void a_seal_binds_other_handles_as_the_trait_says(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    section *other = duplicate_of(s, READ_WRITE);
    section_native native = native_duplicate(s, READ_WRITE);
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    assert_true(can_change(native) == !writers_are_enforced());
    foreign_close(native);
    if (writers_are_enforced()) {
        assert_no_writable_view(other);
        section *copy = expect_poison();
        /* The right is there; what it is for is not. */
        section_status status = section_duplicate(&copy, other, READ_WRITE);
        if (status == SECTION_OK)
            assert_no_writable_view(copy);
        section_close(copy);
        native = native_duplicate(other, READ_WRITE);
        assert_false(can_change(native));
        foreign_close(native);
    } else {
        poke(other, 3, 3);
        assert_same(3, peek(s, 3));
    }
    section_close(other);
    section_close(s);
}

static void a_sealed_view_cannot_be_raised(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    assert_true(has_flag(s, SECTION_INFO_READ_ONLY_ENFORCED));
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_false(memory_force_writable(view.data, view.length));
    assert_false(memory_can_write(view.data));
    unmap(&view);
    section_close(s);
}

/* Not only views: every way to write, with a handle that could, and with a
 * better one that is made of it. */
static void sealed_memory_is_not_written_without_views(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    section_native before = native_duplicate(s, READ_WRITE);
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    if (!writers_are_enforced()) {
        assert_true((attack_with(before) & ATTACKS_ON_BYTES) != 0);
    } else {
        assert_same(0, attack_with(before) & ATTACKS_ON_BYTES);
        intptr_t wider = attack_widen(before, true);
        if (wider != FOREIGN_NOTHING) {
            assert_same(0, attack_with(wider) & ATTACKS_ON_BYTES);
            foreign_close(wider);
        }
    }
    foreign_close(before);
    section_close(s);
}

static void copies_of_sealed_memory_are_written(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    section_view view;
    if (this_system().memory_copy == SECTION_COPY_NONE) {
        assert_no_view(SECTION_UNSUPPORTED, view,
                       section_map(&view, s, 0, 0, SECTION_ACCESS_COPY));
    } else {
        view = mapped(s, 0, 0, SECTION_ACCESS_COPY);
        bytes_of(&view)[0] = 7;
        assert_same(0, peek(s, 0));
        unmap(&view);
    }
    section_close(s);
}

static void sealed_memory_is_discarded_by_writing_zeros(void **state)
{
    (void)state;
    section *s = new_memory(40000);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), view.length, 0);
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    assert_status(SECTION_OK, section_view_discard(&view, 1, 30000));
    assert_true(expect_zero(bytes_of(&view) + 1, 30000));
    assert_true(is_filled(bytes_of(&view), 1, 0));
    assert_true(is_filled(bytes_of(&view) + 30001, 9999, 30001));
    unmap(&view);
    section_close(s);
}

static void what_grows_is_not_extended_without_writers(void **state)
{
    (void)state;
    section *s = new_growing();
    if (s == NULL)
        SKIP("memory does not grow here");
    section *other = duplicate_of(s, ALL_RIGHTS);
    poke(s, SIZE - 1, 6);
    /* A page's slack, that an extension would clear. */
    section_status status = section_seal(s, SECTION_SEAL_WRITERS);
    if (status == SECTION_OK) {
        assert_status(SECTION_ACCESS, section_extend(s, SIZE + 1));
        if (writers_are_enforced()) {
            assert_status(SECTION_ACCESS, section_extend(other, SIZE + 1));
            assert_status(SECTION_ACCESS, section_extend(other, RESERVE));
            assert_same(SIZE, info_of(other).size);
        }
    } else {
        assert_status(SECTION_UNSUPPORTED, status);
        assert_status(SECTION_OK, section_extend(s, SIZE + 1));
    }
    assert_same(6, peek(other, SIZE - 1));
    section_close(other);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Other processes
 * ------------------------------------------------------------------------ */

/* Has a handle that writes since before the seal. */
static int map_before_and_after(const char *argument, intptr_t inherited)
{
    (void)argument;
    section *s = wrapped(inherited, READ_WRITE, SECTION_NATIVE_OWNED);
    section_view before = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    role_say("mapped");
    role_expect("sealed");
    bytes_of(&before)[0] = 50;
    if (writers_are_enforced()) {
        assert_no_writable_view(s);
        assert_same(SECTION_SEAL_WRITERS,
                    info_of(s).seals & SECTION_SEAL_WRITERS);
    } else {
        poke(s, 1, 51);
    }
    unmap(&before);
    section_close(s);
    return 0;
}

static void a_seal_binds_other_processes_as_the_trait_says(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    section_native native = native_duplicate(s, READ_WRITE);
    process child;
    process_start(&child, "map_before_and_after", "", native);
    foreign_close(native);
    process_expect(&child, "mapped");
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    process_say(&child, "sealed");
    process_succeeds(&child);
    assert_same(50, peek(s, 0));
    assert_same(writers_are_enforced() ? 0 : 51, peek(s, 1));
    section_close(s);
}

static int look_at_seals(const char *argument, intptr_t inherited)
{
    section *s = wrapped(inherited, READ_ONLY, SECTION_NATIVE_OWNED);
    char seals[16];
    (void)snprintf(seals, sizeof(seals), "%x", (unsigned)info_of(s).seals);
    assert_that(strcmp(seals, argument) == 0);
    section_close(s);
    return 0;
}

static void whoever_gets_memory_is_told_its_seals(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    for (int i = 0; i < 2; i++) {
        char seals[16];
        (void)snprintf(seals, sizeof(seals), "%x", (unsigned)info_of(s).seals);
        section_native native = native_duplicate(s, READ_ONLY);
        assert_same(0, process_play("look_at_seals", seals, native));
        foreign_close(native);
        assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    }
    section_close(s);
}

/* ------------------------------------------------------------------------
 * The call
 * ------------------------------------------------------------------------ */

/* Of those that the system does not enforce, none is told. */
static void info_tells_what_the_system_enforces(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    uint32_t born = info_of(s).seals;
    assert_same(0, born & ~SEALS);
    assert_same(0, born & SECTION_SEAL_WRITERS);
    assert_true(((born & SECTION_SEAL_SHRINK) != 0) == shrink_is_enforced());
    if (!growth_is_enforced())
        assert_same(0, born & SECTION_SEAL_GROW);

    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    uint32_t seals = info_of(s).seals;
    assert_same(born, seals & born);
    assert_true(((seals & SECTION_SEAL_WRITERS) != 0) ==
                writers_are_enforced());
    if (writers_are_enforced())
        assert_true((seals & SECTION_SEAL_GROW) != 0);

    section *copy = duplicate_of(s, READ_ONLY);
    assert_same(seals, info_of(copy).seals);
    section_close(s);
    assert_same(seals, info_of(copy).seals);
    section_close(copy);
}

static void sealing_again_changes_nothing(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    for (int i = 0; i < 3; i++)
        assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    uint32_t seals = info_of(s).seals;
    if (shrink_is_enforced())
        assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_SHRINK));
    if (growth_is_enforced())
        assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_GROW |
                                                      SECTION_SEAL_WRITERS));
    assert_same(seals, info_of(s).seals);
    section_close(s);
}

/* One that cannot be had takes the others with it. */
static void seals_are_all_had_or_none(void **state)
{
    (void)state;
    bool all = shrink_is_enforced() && growth_is_enforced();
    section *s = new_memory(SIZE);
    uint32_t born = info_of(s).seals;
    assert_status(all ? SECTION_OK : SECTION_UNSUPPORTED,
                  section_seal(s, SEALS));
    if (all) {
        assert_no_writable_view(s);
    } else {
        assert_same(born, info_of(s).seals);
        poke(s, 0, 1);
    }
    section_close(s);
}

static void who_cannot_write_cannot_seal(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    section *reader = duplicate_of(s, READ_ONLY);
    uint32_t born = info_of(s).seals;
    assert_status(SECTION_ACCESS, section_seal(reader, SECTION_SEAL_WRITERS));
    assert_same(0, section_last_os_error());
    assert_status(SECTION_ACCESS, section_seal(reader, SECTION_SEAL_SHRINK));
    assert_same(born, info_of(s).seals);
    poke(s, 0, 1);
    section_close(reader);
    section_close(s);
}

static void what_has_a_name_or_a_path_has_no_seals(void **state)
{
    (void)state;
    file_path path = files_path("unsealed");
    test_name name = names_unique("unsealed");
    section *const all[] = {
        new_file(path.text, SIZE, SECTION_CREATE_NEW),
        new_named(name.text, SIZE),
        wrapped(foreign_memory(65536), READ_WRITE, SECTION_NATIVE_BORROWED),
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        for (uint32_t seal = 1; seal <= SEALS; seal++)
            assert_status(SECTION_UNSUPPORTED, section_seal(all[i], seal));
        assert_same(0, section_last_os_error());
        poke(all[i], SIZE - 1, 1);
    }
    assert_same(0, info_of(all[0]).seals);
    foreign_close(native_of(all[2]));
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        section_close(all[i]);
}

static void a_seal_with_broken_arguments_is_invalid(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    const uint32_t wrong[] = {0, 8, SEALS + 1, UINT32_MAX, 1u << 31};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_status(SECTION_INVALID, section_seal(s, wrong[i]));
    assert_status(SECTION_INVALID, section_seal(NULL, SECTION_SEAL_SHRINK));
    poke(s, 0, 1);
    section_close(s);
}

static void who_is_kept_from_sealing_is_told(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    bool barred = (attack_with(native_of(s)) & ATTACK_BAR) != 0;
    if (!barred) {
        section_close(s);
        SKIP("nobody can keep others from sealing here");
    }
    uint32_t born = info_of(s).seals;
    assert_status(SECTION_ACCESS, section_seal(s, SECTION_SEAL_WRITERS));
    assert_true(section_last_os_error() != 0);
    assert_same(born, info_of(s).seals);
    /* What is there already can be asked for. */
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_SHRINK));
    poke(s, 0, 1);
    section_close(s);
}

static void wrapped_memory_can_be_sealed(void **state)
{
    (void)state;
    intptr_t memory = foreign_sealable_memory(SIZE);
    if (memory == FOREIGN_NOTHING)
        memory = foreign_memory(65536);
    section *s = wrapped(memory, READ_WRITE, SECTION_NATIVE_OWNED);
    assert_same(0, info_of(s).seals & SECTION_SEAL_WRITERS);
    if (shrink_is_enforced())
        assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_SHRINK));
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    assert_no_writable_view(s);
    assert_true(can_change(memory) == !writers_are_enforced());
    section_close(s);
}

static void large_pages_can_be_sealed(void **state)
{
    (void)state;
    section_options options = memory_options(this_system().large_page_size);
    options.flags = SECTION_LARGE_PAGES;
    section *s = NULL;
    if (options.size == 0 || section_create(&s, &options) != SECTION_OK)
        SKIP("no large pages here");
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    assert_no_writable_view(s);
    bytes_of(&view)[0] = 2;
    assert_same(2, peek(s, 0));
    unmap(&view);
    section_close(s);
}

static const process_role roles[] = {
    {"map_before_and_after", map_before_and_after},
    {"look_at_seals", look_at_seals},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(memory_sealed_against_shrinking_keeps_its_bytes),
    cmocka_unit_test(memory_sealed_against_growing_keeps_its_size),
    cmocka_unit_test(a_section_sealed_against_growing_is_not_extended),
    cmocka_unit_test(no_new_view_writes_what_is_sealed),
    cmocka_unit_test(views_from_before_a_seal_go_on_writing),
    cmocka_unit_test(lazy_memory_is_written_through_old_views_after_a_seal),
    cmocka_unit_test(a_seal_binds_other_handles_as_the_trait_says),
    cmocka_unit_test(a_sealed_view_cannot_be_raised),
    cmocka_unit_test(sealed_memory_is_not_written_without_views),
    cmocka_unit_test(copies_of_sealed_memory_are_written),
    cmocka_unit_test(sealed_memory_is_discarded_by_writing_zeros),
    cmocka_unit_test(what_grows_is_not_extended_without_writers),
    cmocka_unit_test(a_seal_binds_other_processes_as_the_trait_says),
    cmocka_unit_test(whoever_gets_memory_is_told_its_seals),
    cmocka_unit_test(info_tells_what_the_system_enforces),
    cmocka_unit_test(sealing_again_changes_nothing),
    cmocka_unit_test(seals_are_all_had_or_none),
    cmocka_unit_test(who_cannot_write_cannot_seal),
    cmocka_unit_test(what_has_a_name_or_a_path_has_no_seals),
    cmocka_unit_test(a_seal_with_broken_arguments_is_invalid),
    cmocka_unit_test(who_is_kept_from_sealing_is_told),
    cmocka_unit_test(wrapped_memory_can_be_sealed),
    cmocka_unit_test(large_pages_can_be_sealed),
};

TEST_MAIN(tests, roles)
