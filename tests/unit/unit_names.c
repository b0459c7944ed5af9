/* SPDX-License-Identifier: MIT */
/*
 * Names: how long they live, what is told of them, and the walk through all.
 */
#include "trailer.h"
#include "unit.h"

#include <string.h>

static section *open_name(const char *name)
{
    section *opened = UNTOUCHED;
    assert_status(SECTION_OK, section_open(&opened, name, NULL));
    return opened;
}

static void expect_no_name(const char *name)
{
    section *opened = UNTOUCHED;
    assert_status(SECTION_NOT_FOUND, section_open(&opened, name, NULL));
    assert_null(opened);
}

/* ------------------------------------------------------------------------
 * Life of a name
 * ------------------------------------------------------------------------ */

static void a_name_lives_as_long_as_its_handles(void **state)
{
    (void)state;
    section *made = unit_named("name");
    section *opened = open_name("name");
    section *same, *narrow;
    assert_status(SECTION_OK, section_duplicate(&same, made, ALL_RIGHTS));
    assert_status(SECTION_OK,
                  section_duplicate(&narrow, opened, SECTION_RIGHT_READ));
    section *const handles[] = {made, opened, same, narrow};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(fake_name_holders(USER, "name"), 4 - i);
        assert_string_equal(unit_info(handles[3]).name, "name");
        section_close(open_name("name"));
        section_close(handles[i]);
        assert_int_equal(fake_count_name_calls().releases, 2 * i + 2);
    }
    expect_no_name("name");
    assert_int_equal(fake_count().stores, 0);
}

static void views_do_not_keep_a_name(void **state)
{
    (void)state;
    section *first = unit_named("name");
    section_view view = unit_view(first, 0, 0, SECTION_ACCESS_READ_WRITE);
    memset(view.data, 7, view.length);
    section_info old = unit_info(first);
    section_close(first);
    assert_int_equal(fake_count_name_calls().releases, 1);
    expect_no_name("name");
    section *second = unit_named("name");
    assert_memory_not_equal(unit_info(second).id, old.id, sizeof(old.id));
    section_view fresh = unit_view(second, 0, 0, SECTION_ACCESS_READ);
    assert_true(expect_zero(fresh.data, fresh.length));
    assert_status(SECTION_OK, section_unmap(&fresh));
    assert_int_equal(((unsigned char *)view.data)[99], 7);
    assert_status(SECTION_OK, section_unmap(&view));
    /* The first has gone now, and has taken nothing along. */
    assert_int_equal(fake_name_holders(USER, "name"), 1);
    section_close(second);
}

static void what_is_opened_is_the_same_memory_of_exact_size(void **state)
{
    (void)state;
    uint64_t page = unit_page();
    for (uint64_t size = page - 1; size <= page + 1; size++) {
        section_options options = unit_named_options("name");
        options.size = size;
        section *made;
        assert_status(SECTION_OK, section_create(&made, &options));
        section_open_options how = SECTION_OPEN_OPTIONS_INIT;
        how.rights = SECTION_RIGHT_READ;
        section *opened;
        assert_status(SECTION_OK, section_open(&opened, "name", &how));
        section_info info = unit_info(opened);
        assert_true(info.size == size && info.reserve == size);
        assert_int_equal(info.rights, SECTION_RIGHT_READ);
        assert_int_equal(info.kind, SECTION_KIND_MEMORY);
        assert_int_equal(info.commit, SECTION_COMMIT_NONE);
        assert_int_equal(info.flags & SECTION_INFO_CREATED, 0);
        section_view writes =
            unit_view(made, size - 1, 1, SECTION_ACCESS_READ_WRITE);
        section_view reads =
            unit_view(opened, size - 1, 1, SECTION_ACCESS_READ);
        *(unsigned char *)writes.data = 9;
        assert_int_equal(*(unsigned char *)reads.data, 9);
        assert_status(SECTION_OK, section_unmap(&writes));
        assert_status(SECTION_OK, section_unmap(&reads));
        assert_status(SECTION_ACCESS, section_map(&reads, opened, 0, 0,
                                                  SECTION_ACCESS_READ_WRITE));
        section_close(made);
        section_close(opened);
    }
}

static void a_name_made_to_read_holds_once_and_cannot_write(void **state)
{
    (void)state;
    section_options options = unit_named_options("name");
    options.rights = SECTION_RIGHT_READ;
    section *made;
    section_native native;
    assert_status(SECTION_OK, section_create(&made, &options));
    assert_int_equal(fake_name_holders(USER, "name"), 1);
    assert_true((unit_info(made).flags & SECTION_INFO_CREATED) != 0);
    assert_status(SECTION_OK, section_get_native(&native, made));
    assert_false(fake_is_writable(native));
    section_close(made);
    expect_no_name("name");
}

static void native_handles_do_not_hold_a_name(void **state)
{
    (void)state;
    section *made = unit_named("name");
    section_native native;
    section *wrapped;
    assert_status(SECTION_OK,
                  section_duplicate_native(&native, made, ALL_RIGHTS));
    section_close(made);
    expect_no_name("name");
    assert_status(SECTION_OK, section_wrap(&wrapped, native, ALL_RIGHTS,
                                           SECTION_NATIVE_OWNED));
    assert_string_equal(unit_info(wrapped).name, "");
    section_close(wrapped);
}

static void names_differ_by_every_byte_and_by_scope(void **state)
{
    (void)state;
    static const char *const names[] = {
        "name", "Name", "nam", "names", "name ", "\xc3\xa9", "e\xcc\x81"};
    section *made[2][7];
    for (section_scope scope = 0; scope <= MACHINE; scope++)
        for (size_t i = 0; i < 7; i++) {
            section_options options = unit_named_options(names[i]);
            options.scope = scope;
            assert_status(SECTION_OK,
                          section_create(&made[scope][i], &options));
        }
    for (section_scope scope = 0; scope <= MACHINE; scope++)
        for (size_t i = 0; i < 7; i++) {
            assert_int_equal(fake_name_holders(scope, names[i]), 1);
            section_close(made[scope][i]);
        }
}

/* Who calls may use the memory of the name at once for something else. */
static void the_name_is_copied(void **state)
{
    (void)state;
    char name[] = "name";
    section *made = unit_named(name);
    name[0] = 'g';
    assert_string_equal(unit_info(made).name, "name");
    section *same;
    assert_status(SECTION_OK, section_duplicate(&same, made, ALL_RIGHTS));
    section_close(made);
    assert_string_equal(unit_info(same).name, "name");
    section_close(same);
    expect_no_name("name");
}

/* ------------------------------------------------------------------------
 * What stands there and is no section of ours
 * ------------------------------------------------------------------------ */

static void expect_foreign(section_status expected, const char *name)
{
    fake_census before = fake_count();
    section *opened = UNTOUCHED;
    assert_status(expected, section_open(&opened, name, NULL));
    assert_null(opened);
    before.readers = fake_count().readers;
    assert_census(before, fake_count());
    assert_int_equal(fake_name_holders(USER, name), 1);
}

static void an_object_without_bytes_is_not_trusted(void **state)
{
    (void)state;
    section_native native = fake_publish(USER, "name", 0);
    expect_foreign(SECTION_ACCESS, "name");
    fake_close(native);
}

static void a_later_format_is_unsupported(void **state)
{
    (void)state;
    if (!fake_current()->memory_sizes_are_rounded)
        return; /* it has no trailer */
    size_t page = unit_page();
    section_native native = fake_publish(USER, "name", 2 * page);
    unsigned char *trailer = fake_bytes(native, 0, 2 * page) + page;
    const section_os_facts facts = {.size = page, .id = {1, 2}};
    section__trailer_encode(trailer, &facts);
    section *opened = open_name("name");
    assert_true(unit_info(opened).size == page);
    assert_memory_equal(unit_info(opened).id, facts.id, sizeof(facts.id));
    section_close(opened);
    trailer[16]++;
    expect_foreign(SECTION_UNSUPPORTED, "name");
    fake_close(native);
}

static void an_object_that_is_too_large_is_a_limit(void **state)
{
    (void)state;
    uint64_t size = (uint64_t)INT64_MAX + 1;
    section_native native = fake_publish(USER, "name", size);
    if (!fake_current()->memory_sizes_are_rounded)
        expect_foreign(SECTION_LIMIT, "name");
    fake_close(native);
}

/* ------------------------------------------------------------------------
 * Questions
 * ------------------------------------------------------------------------ */

static void info_tells_name_scope_and_reserve(void **state)
{
    (void)state;
    section_options options = unit_named_options("name");
    options.scope = MACHINE;
    section *made;
    assert_status(SECTION_OK, section_create(&made, &options));
    section_info info = unit_info(made);
    assert_string_equal(info.name, "name");
    assert_true(expect_zero(info.name + 4, sizeof(info.name) - 4));
    assert_int_equal(info.scope, MACHINE);
    assert_true(info.reserve == 100);
    assert_int_equal(info.granularity, unit_granule());
    assert_int_equal(info.flags & SECTION_INFO_NAME_LOST, 0);
    section_close(made);
    section *nameless = unit_memory(100);
    info = unit_info(nameless);
    assert_true(expect_zero(info.name, sizeof(info.name)));
    assert_int_equal(info.scope, 0);
    assert_true(info.reserve == 100);
    assert_int_equal(info.flags & SECTION_INFO_NAME_LOST, 0);
    section_close(nameless);
}

static void the_id_is_that_of_the_section_and_of_no_other(void **state)
{
    (void)state;
    section *made = unit_named("name"), *opened = open_name("name");
    section *same, *others[3] = {unit_named("other"), unit_memory(100)};
    assert_status(SECTION_OK,
                  section_duplicate(&same, made, SECTION_RIGHT_READ));
    fake_put_file("file", FAKE_FILE, 10);
    others[2] = unit_file("file", SECTION_RIGHT_READ);
    section_info info = unit_info(made);
    assert_true(info.id[0] != 0 || info.id[1] != 0);
    assert_memory_equal(unit_info(opened).id, info.id, sizeof(info.id));
    assert_memory_equal(unit_info(same).id, info.id, sizeof(info.id));
    for (size_t i = 0; i < 3; i++) {
        section_info other = unit_info(others[i]);
        assert_true(other.id[0] != 0 || other.id[1] != 0);
        assert_memory_not_equal(other.id, info.id, sizeof(info.id));
        section_close(others[i]);
    }
    section_close(made);
    section_close(opened);
    section_close(same);
}

static void a_lost_name_is_told_and_can_be_taken(void **state)
{
    (void)state;
    section *lost = unit_named("name"), *same;
    fake_lose_name(USER, "name");
    assert_true((unit_info(lost).flags & SECTION_INFO_NAME_LOST) != 0);
    assert_string_equal(unit_info(lost).name, "name");
    expect_no_name("name");
    section *second = unit_named("name");
    assert_int_equal(unit_info(second).flags & SECTION_INFO_NAME_LOST, 0);
    assert_status(SECTION_OK, section_duplicate(&same, lost, ALL_RIGHTS));
    assert_true((unit_info(same).flags & SECTION_INFO_NAME_LOST) != 0);
    section_view view = unit_view(lost, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(lost);
    section_close(same);
    /* The name of the second was none of theirs. */
    assert_int_equal(fake_name_holders(USER, "name"), 1);
    section_close(second);
}

/* ------------------------------------------------------------------------
 * All names
 * ------------------------------------------------------------------------ */

typedef struct visits {
    section_scope scope;
    unsigned count;
    unsigned stop_after; /* 0: never */
    int32_t answer;
    section *closed;  /* at the first visit */
    unsigned seen[3]; /* "a", "b", "c" */
} visits;

static int32_t visit(const section_entry *entry, void *context)
{
    visits *v = context;
    v->count++;
    assert_int_equal(entry->struct_size, sizeof(*entry));
    assert_int_equal(entry->scope, v->scope);
    assert_int_equal(strlen(entry->name), 1);
    assert_in_range(entry->name[0], 'a', 'c');
    v->seen[entry->name[0] - 'a']++;
    if (fake_current()->names_are_taken_early) {
        assert_true(entry->size == SECTION_UNKNOWN);
        assert_true(entry->owner == SECTION_UNKNOWN);
    } else {
        assert_true(entry->size >= 100 && entry->owner == 1000);
    }
    /* Looking is not holding. */
    assert_int_equal(fake_name_holders(v->scope, entry->name), 1);
    section_close(v->closed);
    v->closed = NULL;
    return v->count == v->stop_after ? v->answer : 0;
}

static void expect_walk(visits *v)
{
    section_os_set_last_error(55);
    assert_status(SECTION_OK, section_enumerate(v->scope, visit, v));
    assert_int_equal(section_last_os_error(), 55);
    assert_int_equal(fake_count().walks, 0);
}

static void every_name_of_the_scope_is_told_once(void **state)
{
    (void)state;
    visits none = {.scope = USER};
    expect_walk(&none);
    assert_int_equal(none.count, 0);
    section *a = unit_named("a"), *b = unit_named("b"), *c;
    section_options options = unit_named_options("c");
    options.scope = MACHINE;
    assert_status(SECTION_OK, section_create(&c, &options));
    visits user = {.scope = USER}, machine = {.scope = MACHINE};
    expect_walk(&user);
    expect_walk(&machine);
    assert_int_equal(user.count, 2);
    assert_int_equal(user.seen[0], 1);
    assert_int_equal(user.seen[1], 1);
    assert_int_equal(machine.count, 1);
    assert_int_equal(machine.seen[2], 1);
    section_close(a);
    section_close(b);
    section_close(c);
}

static void a_visitor_that_says_so_ends_the_walk(void **state)
{
    (void)state;
    static const int32_t answers[] = {1, -1, INT32_MIN, SECTION_NO_SPACE};
    section *a = unit_named("a"), *b = unit_named("b"), *c = unit_named("c");
    for (size_t i = 0; i < 4; i++)
        for (unsigned after = 1; after <= 3; after++) {
            visits v = {
                .scope = USER, .stop_after = after, .answer = answers[i]};
            expect_walk(&v);
            assert_int_equal(v.count, after);
        }
    section_close(a);
    section_close(b);
    section_close(c);
}

static void a_visitor_may_call_the_library(void **state)
{
    (void)state;
    section *a = unit_named("a");
    visits v = {.scope = USER, .closed = unit_named("b")};
    expect_walk(&v);
    assert_int_equal(v.seen[0], 1);
    /* Told before it was closed, or not at all. */
    assert_in_range(v.count, 1, 2);
    section_close(a);
}

static void walks_and_sweeps_refuse_what_they_do_not_understand(void **state)
{
    (void)state;
    visits v = {.scope = USER};
    static const section_scope unknown[] = {-1, 2, INT32_MAX, INT32_MIN};
    assert_status(SECTION_INVALID, section_enumerate(USER, NULL, &v));
    for (size_t i = 0; i < 4; i++) {
        uint64_t swept = 77;
        assert_status(SECTION_INVALID,
                      section_enumerate(unknown[i], visit, &v));
        assert_status(SECTION_INVALID, section_sweep(&swept, unknown[i]));
        assert_true(swept == 0);
        assert_status(SECTION_INVALID, section_sweep(NULL, unknown[i]));
    }
    assert_int_equal(v.count, 0);
}

static void a_scope_that_is_not_set_up_says_so(void **state)
{
    (void)state;
    static const section_status reasons[] = {SECTION_UNSUPPORTED,
                                             SECTION_ACCESS};
    for (size_t i = 0; i < 2; i++) {
        visits v = {.scope = MACHINE};
        uint64_t swept = 77;
        section *s = UNTOUCHED;
        section_options options = unit_named_options("a");
        options.scope = MACHINE;
        section_open_options how = SECTION_OPEN_OPTIONS_INIT;
        how.scope = MACHINE;
        fake_refuse_scope(MACHINE, reasons[i]);
        assert_status(reasons[i], section_enumerate(MACHINE, visit, &v));
        assert_int_equal(section_last_os_error(), 14);
        assert_status(reasons[i], section_sweep(&swept, MACHINE));
        assert_int_equal(section_last_os_error(), 15);
        assert_true(swept == 0);
        assert_status(reasons[i], section_create(&s, &options));
        assert_null(s);
        assert_status(reasons[i], section_open(&s, "a", &how));
        assert_null(s);
        /* The other scope is what it was. */
        section_close(unit_named("a"));
        visits user = {.scope = USER};
        expect_walk(&user);
    }
}

static void a_sweep_tells_how_many_it_gave_back(void **state)
{
    (void)state;
    uint64_t swept = 77;
    section *alive = unit_named("a");
    assert_status(SECTION_OK, section_sweep(&swept, USER));
    assert_true(swept == 0);
    fake_leave_dead(USER, 3, 10);
    fake_leave_dead(MACHINE, 2, 10);
    assert_status(SECTION_OK, section_sweep(&swept, USER));
    assert_true(swept == 3);
    assert_status(SECTION_OK, section_sweep(NULL, MACHINE));
    assert_status(SECTION_OK, section_sweep(&swept, MACHINE));
    assert_true(swept == 0);
    assert_int_equal(fake_name_holders(USER, "a"), 1);
    section_close(alive);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(a_name_lives_as_long_as_its_handles),
        cmocka_unit_test(views_do_not_keep_a_name),
        cmocka_unit_test(what_is_opened_is_the_same_memory_of_exact_size),
        cmocka_unit_test(a_name_made_to_read_holds_once_and_cannot_write),
        cmocka_unit_test(native_handles_do_not_hold_a_name),
        cmocka_unit_test(names_differ_by_every_byte_and_by_scope),
        cmocka_unit_test(the_name_is_copied),
        cmocka_unit_test(an_object_without_bytes_is_not_trusted),
        cmocka_unit_test(a_later_format_is_unsupported),
        cmocka_unit_test(an_object_that_is_too_large_is_a_limit),
        cmocka_unit_test(info_tells_name_scope_and_reserve),
        cmocka_unit_test(the_id_is_that_of_the_section_and_of_no_other),
        cmocka_unit_test(a_lost_name_is_told_and_can_be_taken),
        cmocka_unit_test(every_name_of_the_scope_is_told_once),
        cmocka_unit_test(a_visitor_that_says_so_ends_the_walk),
        cmocka_unit_test(a_visitor_may_call_the_library),
        cmocka_unit_test(walks_and_sweeps_refuse_what_they_do_not_understand),
        cmocka_unit_test(a_scope_that_is_not_set_up_says_so),
        cmocka_unit_test(a_sweep_tells_how_many_it_gave_back),
    };
    return unit_run_everywhere(cases);
}
