/* SPDX-License-Identifier: MIT */
/*
 * What section_get_system() says, compared with what can be seen to happen:
 * each trait is tested like a promise. Contract lines 3, 4, 12, 14, 18, 19 (the
 * lines marked T that this version keeps).
 */
#include "foreign.h"
#include "limits.h"
#include "memory.h"
#include "process.h"
#include "sections.h"

static bool is_power_of_two(uint32_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

static void the_answer_does_not_change(void **state)
{
    (void)state;
    section_system first = this_system();
    section *s = new_memory(100);
    (void)peek(s, 0);
    section_close(s);
    section_system second = this_system();
    assert_memory_equal(&first, &second, sizeof(first));
}

static void page_size_is_the_unit_of_protection(void **state)
{
    (void)state;
    section_system system = this_system();
    assert_same(machine_page_size(), system.page_size);
    section *s = new_memory(2 * system.page_size);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_view_protect(&view, 0, system.page_size,
                                                   SECTION_ACCESS_NONE));
    assert_false(memory_can_read(bytes_of(&view) + system.page_size - 1));
    assert_true(memory_can_read(bytes_of(&view) + system.page_size));
    unmap(&view);
    section_close(s);
}

static void granularity_is_what_addresses_are_multiples_of(void **state)
{
    (void)state;
    section_system system = this_system();
    assert_true(is_power_of_two(system.page_size));
    assert_true(is_power_of_two(system.granularity));
    assert_true(system.granularity >= system.page_size);
    section *s = new_memory(2 * system.granularity);
    section_view whole = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_same(0, (uintptr_t)whole.data % system.granularity);
    unsigned char *address = whole.data;
    unmap(&whole);
    section_view view;
    assert_status(SECTION_OK, section_map_at(&view, s, system.granularity, 1,
                                             SECTION_ACCESS_READ,
                                             address + system.granularity));
    unmap(&view);
    if (system.granularity > system.page_size)
        assert_no_view(SECTION_INVALID, view,
                       section_map_at(&view, s, 0, 1, SECTION_ACCESS_READ,
                                      address + system.page_size));
    section_close(s);
}

static void memory_is_committed_as_the_trait_says(void **state)
{
    (void)state;
    if (machine_is_wine())
        SKIP("Wine commits memory without looking (docs/wine.md)");
    const uint64_t size = 8 * MIB;
    section *s = new_memory(size);
    section *lazy = new_lazy_memory(size);
    section_options options = memory_options(2 * machine_memory());
    section *refused;
    section_commit trait = this_system().memory_commit;
    assert_same(trait, info_of(s).commit);
    assert_true(trait == SECTION_COMMIT_NONE ||
                trait == SECTION_COMMIT_ALLOCATED ||
                trait == SECTION_COMMIT_CHARGED);
    if (trait == SECTION_COMMIT_ALLOCATED) {
        assert_true(foreign_allocated(native_of(s)) >= size);
        assert_same(0, foreign_allocated(native_of(lazy)));
    }
    /* However it is promised, what cannot be had is not promised. */
    assert_no_section(SECTION_NO_SPACE, refused,
                      section_create(&refused, &options));
    section_close(lazy);
    section_close(s);
}

static void files_are_committed_as_the_trait_says(void **state)
{
    (void)state;
    const uint64_t size = 8 * MIB;
    file_path path = files_path("committed");
    section *s = new_file(path.text, size, SECTION_CREATE_NEW);
    section_commit trait = this_system().file_commit;
    section_commit got = info_of(s).commit;
    /* At best: a file system may do less, and then says so. */
    assert_true(got == trait || got == SECTION_COMMIT_NONE);
    if (got == SECTION_COMMIT_ALLOCATED)
        assert_true(file_allocated(path.text) >= size);
    section_close(s);
    s = opened_file(path.text, READ_WRITE);
    assert_same(SECTION_COMMIT_NONE, info_of(s).commit);
    section_close(s);
}

/* What a copy-on-write view of a section does. */
static section_copy observed_copy(const section *s)
{
    section_view view;
    section_status status = section_map(&view, s, 0, 0, SECTION_ACCESS_COPY);
    if (status != SECTION_OK) {
        assert_status(SECTION_UNSUPPORTED, status);
        return SECTION_COPY_NONE;
    }
    poke(s, 0, 1);
    assert_same(1, bytes_of(&view)[0]);
    bytes_of(&view)[0] = 2;
    assert_same(1, peek(s, 0));
    unmap(&view);
    return SECTION_COPY_LIVE;
}

static void copies_do_what_the_traits_say(void **state)
{
    (void)state;
    section *memory = new_memory(5000);
    section *file =
        new_file(files_path("copies").text, 5000, SECTION_CREATE_NEW);
    assert_same(this_system().memory_copy, observed_copy(memory));
    assert_same(this_system().file_copy, observed_copy(file));
    section_close(file);
    section_close(memory);
}

static section_guard_strength observed_read_only(const section *s)
{
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    bool raised = memory_force_writable(view.data, view.length);
    unmap(&view);
    assert_true(raised != has_flag(s, SECTION_INFO_READ_ONLY_ENFORCED));
    return raised ? SECTION_GUARD_NONE : SECTION_GUARD_ENFORCED;
}

static void read_only_views_are_as_strong_as_the_trait_says(void **state)
{
    (void)state;
    section *memory = new_memory(5000);
    section *file =
        new_file(files_path("strong").text, 5000, SECTION_CREATE_NEW);
    assert_same(this_system().read_only_views, observed_read_only(memory));
    assert_same(this_system().read_only_views, observed_read_only(file));
    section_close(file);
    section_close(memory);
}

static void memory_can_be_cut_as_the_trait_says(void **state)
{
    (void)state;
    section *s = new_memory(5 * machine_page_size());
    bool cut = foreign_cut(native_of(s), machine_page_size());
    assert_same(this_system().memory_shrink,
                cut ? SECTION_GUARD_NONE : SECTION_GUARD_ENFORCED);
    if (!cut) {
        section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
        touch_pages(&view, 1);
        assert_true(pages_are(&view, 1));
        unmap(&view);
    }
    section_close(s);
}

static void lazy_memory_comes_from_where_the_trait_says(void **state)
{
    (void)state;
    section *s = new_lazy_memory(MIB);
    assert_same(this_system().lazy_backing, foreign_is_in_memory(native_of(s))
                                                ? SECTION_BACKING_MEMORY
                                                : SECTION_BACKING_DISK);
    section_close(s);
}

static void names_can_be_lazy_as_the_trait_says(void **state)
{
    (void)state;
    test_name name = names_unique("lazy");
    section_options options = named_options(name.text, MIB);
    options.flags = SECTION_LAZY;
    section *s = NULL;
    section_status status = section_create(&s, &options);
    if (this_system().lazy_names == SECTION_SUPPORT_NONE) {
        assert_status(SECTION_UNSUPPORTED, status);
        assert_gone(name.text);
        return;
    }
    assert_same(SECTION_SUPPORT_FULL, this_system().lazy_names);
    assert_status(SECTION_OK, status);
    assert_true(has_flag(s, SECTION_INFO_LAZY));
    assert_same(SECTION_COMMIT_NONE, info_of(s).commit);
    poke(s, MIB - 1, 1);
    section_close(s);
}

static void names_can_be_taken_away_as_the_trait_says(void **state)
{
    (void)state;
    test_name name = names_unique("taken");
    section *s = new_named(name.text, 100);
    bool taken = names_take_away(name.text);
    assert_same(this_system().name_removal,
                taken ? SECTION_GUARD_NONE : SECTION_GUARD_ENFORCED);
    assert_true(taken == has_flag(s, SECTION_INFO_NAME_LOST));
    assert_status(taken ? SECTION_NOT_FOUND : SECTION_OK,
                  status_of_open(name.text));
    section_close(s);
}

static int hold_name(const char *name, intptr_t inherited)
{
    (void)inherited;
    section *s = new_named(name, 100);
    role_say("holding");
    role_expect("end");
    section_close(s);
    return 0;
}

static void memory_of_the_killed_is_free_when_the_trait_says(void **state)
{
    (void)state;
    process child;
    process_start(&child, "hold_name", names_unique("killed").text,
                  PROCESS_NOTHING);
    process_expect(&child, "holding");
    process_kill(&child);
    assert_int_equal(process_wait(&child).end, PROCESS_KILLED);
    uint64_t swept = 77;
    assert_status(SECTION_OK, section_sweep(&swept, SECTION_SCOPE_USER));
    assert_same(this_system().dead_names,
                swept == 0 ? SECTION_RECLAIM_AT_ONCE : SECTION_RECLAIM_LATER);
}

/* Another login session, as far as one can be begun. */
static void names_are_shared_by_whom_the_trait_says(void **state)
{
    (void)state;
    test_name name = names_unique("logins");
    process child;
    process_start(&child, "hold_in_new_session", name.text, PROCESS_NOTHING);
    char line[PROCESS_LINE_SIZE];
    process_hear(&child, line);
    if (strcmp(line, "holding") == 0) {
        assert_same(SECTION_NAMES_USER, this_system().name_scope);
        assert_alive(name.text);
    } else {
        assert_same(SECTION_NAMES_LOGIN, this_system().name_scope);
    }
    process_say(&child, "end");
    process_succeeds(&child);
}

static int hold_in_new_session(const char *name, intptr_t inherited)
{
    (void)inherited;
    bool left = limit_leave_session();
    section *s = new_named(name, 100);
    role_say(left ? "holding" : "cannot");
    role_expect("end");
    section_close(s);
    return 0;
}

static const process_role roles[] = {
    {"hold_name", hold_name},
    {"hold_in_new_session", hold_in_new_session},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_answer_does_not_change),
    cmocka_unit_test(page_size_is_the_unit_of_protection),
    cmocka_unit_test(granularity_is_what_addresses_are_multiples_of),
    cmocka_unit_test(memory_is_committed_as_the_trait_says),
    cmocka_unit_test(files_are_committed_as_the_trait_says),
    cmocka_unit_test(copies_do_what_the_traits_say),
    cmocka_unit_test(read_only_views_are_as_strong_as_the_trait_says),
    cmocka_unit_test(memory_can_be_cut_as_the_trait_says),
    cmocka_unit_test(lazy_memory_comes_from_where_the_trait_says),
    cmocka_unit_test(names_can_be_lazy_as_the_trait_says),
    cmocka_unit_test(names_can_be_taken_away_as_the_trait_says),
    cmocka_unit_test(memory_of_the_killed_is_free_when_the_trait_says),
    cmocka_unit_test(names_are_shared_by_whom_the_trait_says),
};

TEST_MAIN(tests, roles)
