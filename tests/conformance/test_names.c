/* SPDX-License-Identifier: MIT */
/*
 * Names: what may be one, creating and opening under one, and what is told of
 * it. Contract lines 10 and 11.
 */
#include "process.h"
#include "sections.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SIZE 5000

/* ------------------------------------------------------------------------
 * Create and open
 * ------------------------------------------------------------------------ */

static void a_name_leads_to_its_section(void **state)
{
    (void)state;
    test_name name = names_unique("leads");
    section *s = new_named(name.text, SIZE);
    poke(s, SIZE - 1, 7);
    section *other = opened(name.text);
    assert_same(7, peek(other, SIZE - 1));
    poke(other, 0, 8);
    assert_same(8, peek(s, 0));
    assert_true(has_flag(s, SECTION_INFO_CREATED));
    assert_false(has_flag(other, SECTION_INFO_CREATED));
    section_close(other);
    section_close(s);
}

static int use_by_name(const char *name, intptr_t inherited)
{
    (void)inherited;
    section *s = opened(name);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_same(SIZE, view.length);
    assert_that(is_filled(bytes_of(&view), SIZE, 0));
    bytes_of(&view)[0] = 201;
    role_say("wrote");
    role_expect("answered");
    assert_same(202, bytes_of(&view)[0]);
    unmap(&view);
    section_close(s);
    return 0;
}

static void processes_that_open_one_name_share_its_memory(void **state)
{
    (void)state;
    test_name name = names_unique("shared");
    section *s = new_named(name.text, SIZE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), SIZE, 0);
    process child;
    process_start(&child, "use_by_name", name.text, PROCESS_NOTHING);
    process_expect(&child, "wrote");
    assert_same(201, bytes_of(&view)[0]);
    bytes_of(&view)[0] = 202;
    process_say(&child, "answered");
    process_succeeds(&child);
    unmap(&view);
    section_close(s);
}

static void a_name_that_nobody_holds_is_not_found(void **state)
{
    (void)state;
    test_name name = names_unique("nobody");
    section *s;
    assert_no_section(SECTION_NOT_FOUND, s, section_open(&s, name.text, NULL));
    section_options options = named_options(name.text, 0);
    options.disposition = SECTION_OPEN_EXISTING;
    assert_no_section(SECTION_NOT_FOUND, s, section_create(&s, &options));
    assert_that(section_last_os_error() != 0);
}

static void names_that_differ_are_different_sections(void **state)
{
    (void)state;
    const char *const parts[] = {"d", "dd", "d ", "d.", "D", "e"};
    enum { COUNT = sizeof(parts) / sizeof(parts[0]) };
    section *all[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        all[i] = new_named(names_unique(parts[i]).text, 100 + i);
        poke(all[i], 0, (unsigned char)(i + 1));
    }
    for (size_t i = 0; i < COUNT; i++) {
        section *s = opened(names_unique(parts[i]).text);
        assert_same(100 + i, info_of(s).size);
        assert_same(i + 1, peek(s, 0));
        section_close(s);
    }
    for (size_t i = 0; i < COUNT; i++)
        section_close(all[i]);
}

/* Everything that can be seen of a section. */
typedef struct appearance {
    section_info info;
    unsigned char bytes[SIZE];
} appearance;

static appearance appearance_of(const section *s)
{
    appearance a = {.info = info_of(s)};
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    memcpy(a.bytes, view.data, SIZE);
    unmap(&view);
    return a;
}

static section_status spoil(void *data, size_t length, void *context)
{
    (void)context;
    memset(data, 0xee, length);
    return SECTION_OK;
}

static void create_of_a_live_name_is_exists_and_changes_nothing(void **state)
{
    (void)state;
    const uint64_t sizes[] = {1, SIZE - 1, SIZE, SIZE + 1, 4 * MIB};
    test_name name = names_unique("live");
    section *s = new_named(name.text, SIZE), *refused;
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), SIZE, 0);
    appearance before = appearance_of(s);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        section_options options = named_options(name.text, sizes[i]);
        assert_no_section(SECTION_EXISTS, refused,
                          section_create(&refused, &options));
        options.rights = READ_ONLY;
        options.initialize = spoil;
        assert_no_section(SECTION_EXISTS, refused,
                          section_create(&refused, &options));
    }
    appearance after = appearance_of(s);
    assert_memory_equal(&before, &after, sizeof(before));
    assert_that(is_filled(bytes_of(&view), SIZE, 0));
    unmap(&view);
    section_close(s);
}

static void of_open_or_create_the_existing_size_wins(void **state)
{
    (void)state;
    const uint64_t sizes[] = {1, SIZE - 1, SIZE, 4 * MIB};
    test_name name = names_unique("size-wins");
    section *s = new_named(name.text, SIZE);
    poke(s, SIZE - 1, 9);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        section_options options = named_options(name.text, sizes[i]);
        options.disposition = SECTION_OPEN_OR_CREATE;
        options.initialize = spoil;
        section *other = NULL;
        assert_status(SECTION_OK, section_create(&other, &options));
        assert_same(SIZE, info_of(other).size);
        assert_same(9, peek(other, SIZE - 1));
        assert_same(0, peek(other, 0));
        section_close(other);
    }
    section_close(s);
}

static void open_or_create_of_a_name_tells_whether_it_created(void **state)
{
    (void)state;
    test_name name = names_unique("tells");
    section_options options = named_options(name.text, SIZE);
    options.disposition = SECTION_OPEN_OR_CREATE;
    section *first, *second;
    assert_status(SECTION_OK, section_create(&first, &options));
    assert_status(SECTION_OK, section_create(&second, &options));
    assert_true(has_flag(first, SECTION_INFO_CREATED));
    assert_false(has_flag(second, SECTION_INFO_CREATED));
    section *copy = duplicate_of(first, READ_WRITE);
    assert_false(has_flag(copy, SECTION_INFO_CREATED));
    section_close(copy);
    section_close(first);
    section_close(second);
    assert_status(SECTION_OK, section_create(&first, &options));
    assert_true(has_flag(first, SECTION_INFO_CREATED));
    section_close(first);
}

/* ------------------------------------------------------------------------
 * What is told
 * ------------------------------------------------------------------------ */

static int tell_size(const char *name, intptr_t inherited)
{
    (void)inherited;
    section *s = opened_to(name, READ_ONLY);
    section_info info = info_of(s);
    section_view view;
    assert_no_view(SECTION_RANGE, view,
                   section_map(&view, s, info.size, 1, SECTION_ACCESS_READ));
    view = mapped(s, info.size - 1, 0, SECTION_ACCESS_READ);
    assert_same(1, view.length);
    assert_same(42, bytes_of(&view)[0]);
    unmap(&view);
    char line[64];
    (void)snprintf(line, sizeof(line), "%" PRIu64 " %" PRIu64, info.size,
                   info.reserve);
    role_say(line);
    section_close(s);
    return 0;
}

static void check_size_by_name(const char *name, uint64_t size, uint32_t flags)
{
    section_options options = named_options(name, size);
    options.flags = flags;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    poke(s, size - 1, 42);
    assert_same(size, info_of(s).size);
    assert_same(size, info_of(s).reserve);
    process child;
    char line[PROCESS_LINE_SIZE], expected[64];
    process_start(&child, "tell_size", name, PROCESS_NOTHING);
    process_hear(&child, line);
    (void)snprintf(expected, sizeof(expected), "%" PRIu64 " %" PRIu64, size,
                   size);
    assert_string_equal(expected, line);
    process_succeeds(&child);
    section_close(s);
}

static void size_of_a_name_is_exact_for_every_opener(void **state)
{
    (void)state;
    uint64_t page = machine_page_size();
    const uint64_t sizes[] = {
        1, 2, page - 1, page, page + 1, 3 * page - 1, 16 * page, MIB + 12345};
    test_name name = names_unique("exact");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        check_size_by_name(name.text, sizes[i], 0);
}

static void a_lazy_name_can_be_larger_than_the_machine(void **state)
{
    (void)state;
    test_name name = names_unique("lazy");
    if (this_system().lazy_names == SECTION_SUPPORT_NONE)
        SKIP("memory with a name cannot be lazy here");
    check_size_by_name(name.text, 12345, SECTION_LAZY);
    check_size_by_name(name.text, machine_memory() + GIB + 1, SECTION_LAZY);
}

static void a_named_section_can_be_touched_to_its_last_byte(void **state)
{
    (void)state;
    section *s = new_named(names_unique("touched").text, 8 * MIB + 1);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_that(expect_zero(view.data, view.length));
    touch_pages(&view, 5);
    assert_that(pages_are(&view, 5));
    assert_same(this_system().memory_commit, info_of(s).commit);
    unmap(&view);
    section_close(s);
}

static void a_named_section_of_absurd_size_is_no_space(void **state)
{
    (void)state;
    test_name name = names_unique("absurd");
    const uint64_t sizes[] = {UINT64_MAX, (uint64_t)INT64_MAX,
                              (uint64_t)1 << 60};
    section *s;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        section_options options = named_options(name.text, sizes[i]);
        assert_no_section(SECTION_NO_SPACE, s, section_create(&s, &options));
        assert_gone(name.text);
    }
}

static int tell_id(const char *name, intptr_t inherited)
{
    (void)inherited;
    char line[64];
    section *s = opened_to(name, READ_ONLY);
    section_info info = info_of(s);
    (void)snprintf(line, sizeof(line), "%" PRIu64 " %" PRIu64, info.id[0],
                   info.id[1]);
    role_say(line);
    section_close(s);
    return 0;
}

static bool same_id(const section *a, const section *b)
{
    section_info one = info_of(a), two = info_of(b);
    return one.id[0] == two.id[0] && one.id[1] == two.id[1];
}

static void id_is_the_same_for_all_handles_of_a_section(void **state)
{
    (void)state;
    test_name name = names_unique("id");
    section *s = new_named(name.text, SIZE);
    section *other = opened_to(name.text, READ_ONLY);
    section *copy = duplicate_of(s, READ_ONLY);
    section_info info = info_of(s);
    assert_that(info.id[0] != 0 || info.id[1] != 0);
    assert_true(same_id(s, other));
    assert_true(same_id(s, copy));
    process child;
    char line[PROCESS_LINE_SIZE], expected[64];
    process_start(&child, "tell_id", name.text, PROCESS_NOTHING);
    process_hear(&child, line);
    (void)snprintf(expected, sizeof(expected), "%" PRIu64 " %" PRIu64,
                   info.id[0], info.id[1]);
    assert_string_equal(expected, line);
    process_succeeds(&child);
    section_close(other);
    section_close(copy);
    section_close(s);
}

static void id_is_different_for_sections_that_exist_together(void **state)
{
    (void)state;
    test_name name = names_unique("id-same"), second = names_unique("id-more");
    section *all[5];
    all[0] = new_named(name.text, SIZE);
    section_view kept = mapped(all[0], 0, 0, SECTION_ACCESS_READ);
    section_info first = info_of(all[0]);
    section_close(all[0]);
    /* Its successor of the same name: the view keeps the first one's memory. */
    all[0] = new_named(name.text, SIZE);
    section_info next = info_of(all[0]);
    assert_that(first.id[0] != next.id[0] || first.id[1] != next.id[1]);
    all[1] = new_named(second.text, SIZE);
    all[2] = new_memory(SIZE);
    all[3] = new_memory(SIZE);
    all[4] = new_file(files_path("id").text, SIZE, SECTION_CREATE_NEW);
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < i; j++)
            assert_false(same_id(all[i], all[j]));
    unmap(&kept);
    for (size_t i = 0; i < 5; i++)
        section_close(all[i]);
}

static void info_tells_the_name_and_its_scope(void **state)
{
    (void)state;
    test_name name = names_unique("t\xc3\xa4lls");
    section *s = new_named(name.text, SIZE);
    section *other = opened(name.text);
    section *copy = duplicate_of(other, READ_ONLY);
    section *all[] = {s, other, copy};
    for (size_t i = 0; i < 3; i++) {
        section_info info = info_of(all[i]);
        assert_string_equal(name.text, info.name);
        assert_same(SECTION_SCOPE_USER, info.scope);
        assert_same(SECTION_KIND_MEMORY, info.kind);
        assert_same(0, info.flags & SECTION_INFO_NAME_LOST);
    }
    section *nameless = new_memory(SIZE);
    assert_string_equal("", info_of(nameless).name);
    section_close(nameless);
    for (size_t i = 0; i < 3; i++)
        section_close(all[i]);
}

/* ------------------------------------------------------------------------
 * Rights
 * ------------------------------------------------------------------------ */

static void a_name_opened_to_read_can_only_be_read(void **state)
{
    (void)state;
    test_name name = names_unique("read");
    section *s = new_named(name.text, SIZE);
    section *reader = opened_to(name.text, READ_ONLY), *wider;
    section_view view;
    poke(s, 0, 3);
    assert_same(READ_ONLY, info_of(reader).rights);
    assert_no_view(SECTION_ACCESS, view,
                   section_map(&view, reader, 0, 0, SECTION_ACCESS_READ_WRITE));
    assert_no_section(SECTION_ACCESS, wider,
                      section_duplicate(&wider, reader, READ_WRITE));
    assert_same(3, peek(reader, 0));
    section_close(reader);
    section_close(s);
}

static void a_name_created_to_read_can_be_written_by_others(void **state)
{
    (void)state;
    test_name name = names_unique("created-to-read");
    section_options options = named_options(name.text, SIZE);
    options.rights = READ_ONLY;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    section_view view;
    assert_no_view(SECTION_ACCESS, view,
                   section_map(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE));
    section *writer = opened(name.text);
    poke(writer, 5, 6);
    section_close(writer);
    assert_same(6, peek(s, 5));
    section_close(s);
    assert_gone(name.text);
}

static void the_right_to_write_a_name_implies_the_right_to_read(void **state)
{
    (void)state;
    test_name name = names_unique("implies");
    section *s = new_named(name.text, SIZE);
    section *writer = opened_to(name.text, SECTION_RIGHT_WRITE);
    assert_same(READ_WRITE, info_of(writer).rights);
    poke(writer, 0, 1);
    assert_same(1, peek(writer, 0));
    section_close(writer);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * What may be a name
 * ------------------------------------------------------------------------ */

static const char *const good_names[] = {
    "a",
    "A",
    ".",
    "..",
    "...",
    " ",
    " leading and trailing ",
    "=",
    "=equals",
    "~",
    "~tilde",
    ".format",
    ".section",
    "#",
    "%",
    "%s%n%41",
    "%2f",
    "-rf",
    "*?",
    "C:",
    "CON",
    "nul",
    "a:b|c<d>e\"f",
    "section.a",
    "Local.a",
    "g\xc3\xbcnstig",   /* u with dots, as one character */
    "gu\xcc\x88nstig",  /* and as two */
    "\xe2\x82\xac",     /* three bytes */
    "\xf0\x9f\x90\x98", /* four bytes, no character of UCS-2 */
    "\xef\xbf\xbf",     /* U+FFFF, no character but well-formed */
    "\xed\x9f\xbf",     /* the last before the surrogates */
    "\xee\x80\x80",     /* the first behind them */
    "\xf4\x8f\xbf\xbf", /* the last of all */
    "\xc2\x80",         /* U+0080: no control of ASCII */
    "\xe2\x80\x8b",     /* a space without width */
};

#define GOOD_NAMES (sizeof(good_names) / sizeof(good_names[0]))

/* All at once: none of them is another's name in disguise. */
static void anything_well_formed_is_a_name(void **state)
{
    (void)state;
    section *all[GOOD_NAMES];
    for (size_t i = 0; i < GOOD_NAMES; i++) {
        all[i] = new_named(good_names[i], 100 + i);
        poke(all[i], 0, (unsigned char)(i + 1));
    }
    for (size_t i = 0; i < GOOD_NAMES; i++) {
        section *s = opened(good_names[i]);
        assert_same(100 + i, info_of(s).size);
        assert_same(i + 1, peek(s, 0));
        assert_string_equal(good_names[i], info_of(s).name);
        section_close(s);
        assert_status(SECTION_EXISTS, status_of_create(good_names[i]));
    }
    for (size_t i = 0; i < GOOD_NAMES; i++)
        section_close(all[i]);
    for (size_t i = 0; i < GOOD_NAMES; i++)
        assert_gone(good_names[i]);
}

/* A name of so many bytes, of characters of `width` bytes as far as they fit.
 */
static void make_name(char *name, size_t length, size_t width)
{
    static const char *const characters[] = {"x", "\xc3\xa4", "\xe2\x82\xac",
                                             "\xf0\x9f\x90\x98"};
    size_t at = 0;
    for (; at + width <= length; at += width)
        memcpy(name + at, characters[width - 1], width);
    for (; at < length; at++)
        name[at] = 'y';
    name[length] = '\0';
}

static void a_name_has_up_to_two_hundred_bytes(void **state)
{
    (void)state;
    char name[SECTION_NAME_MAX + 64];
    assert_same(200, SECTION_NAME_MAX);
    for (size_t width = 1; width <= 4; width++)
        for (size_t length = 196; length <= 200; length++) {
            make_name(name, length, width);
            section *s = new_named(name, 100);
            assert_alive(name);
            assert_string_equal(name, info_of(s).name);
            section_close(s);
            assert_gone(name);
        }
    /* Two that only their last byte tells apart. */
    make_name(name, 200, 1);
    section *s = new_named(name, 100);
    name[199] = 'z';
    assert_gone(name);
    section_close(s);
}

static void assert_no_name(const char *name)
{
    section *s;
    section_options options = named_options(name, 100);
    assert_no_section(SECTION_INVALID, s, section_create(&s, &options));
    assert_same(0, section_last_os_error());
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_no_section(SECTION_INVALID, s, section_create(&s, &options));
    options.disposition = SECTION_OPEN_EXISTING;
    options.size = 0;
    assert_no_section(SECTION_INVALID, s, section_create(&s, &options));
    assert_no_section(SECTION_INVALID, s, section_open(&s, name, NULL));
}

static void a_name_is_one_byte_at_least_and_not_too_long(void **state)
{
    (void)state;
    char name[SECTION_NAME_MAX + 64];
    assert_no_name("");
    for (size_t length = 201; length < 240; length += 13)
        for (size_t width = 1; width <= 4; width++) {
            make_name(name, length, width);
            assert_no_name(name);
        }
}

static void slashes_and_control_characters_are_in_no_name(void **state)
{
    (void)state;
    char name[] = "ab?cd";
    assert_no_name("/");
    assert_no_name("\\");
    assert_no_name("/a");
    assert_no_name("Local\\a");
    assert_no_name("../a");
    for (int byte = 1; byte < 0x20; byte++) {
        name[2] = (char)byte;
        assert_no_name(name);
    }
    const char others[] = {'/', '\\', 0x7f};
    for (size_t i = 0; i < sizeof(others); i++) {
        name[2] = others[i];
        assert_no_name(name);
    }
}

static void what_is_not_utf8_is_no_name(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",             /* a following byte first */
        "\xbf",             /* */
        "a\xc3",            /* one that does not follow */
        "\xe2\x82",         /* */
        "\xf0\x9f\x90",     /* */
        "\xc3(",            /* */
        "\xe2(\x82",        /* */
        "\xc0\x80",         /* forms that are too long */
        "\xc1\xbf",         /* */
        "\xc0\xaf",         /* a hidden slash */
        "\xe0\x80\xaf",     /* */
        "\xe0\x9f\xbf",     /* */
        "\xf0\x80\x80\xaf", /* */
        "\xf0\x8f\xbf\xbf", /* */
        "\xed\xa0\x80",     /* surrogates */
        "\xed\xbf\xbf",     /* */
        "\xf4\x90\x80\x80", /* beyond the last character */
        "\xf5\x80\x80\x80", /* */
        "\xff",             /* */
        "\xfe\xff",         /* */
        "g\xfcnstig",       /* Latin 1 */
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_no_name(bad[i]);
}

static void upper_and_lower_case_are_different_names(void **state)
{
    (void)state;
    test_name lower = names_unique("case\xc3\xa4"),
              upper = names_unique("CASE\xc3\x84");
    section *s = new_named(lower.text, 100);
    assert_gone(upper.text);
    section *other = new_named(upper.text, 200);
    poke(s, 0, 1);
    assert_same(0, peek(other, 0));
    section_close(s);
    assert_gone(lower.text);
    assert_alive(upper.text);
    section_close(other);
}

static const process_role roles[] = {
    {"use_by_name", use_by_name},
    {"tell_size", tell_size},
    {"tell_id", tell_id},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_name_leads_to_its_section),
    cmocka_unit_test(processes_that_open_one_name_share_its_memory),
    cmocka_unit_test(a_name_that_nobody_holds_is_not_found),
    cmocka_unit_test(names_that_differ_are_different_sections),
    cmocka_unit_test(create_of_a_live_name_is_exists_and_changes_nothing),
    cmocka_unit_test(of_open_or_create_the_existing_size_wins),
    cmocka_unit_test(open_or_create_of_a_name_tells_whether_it_created),
    cmocka_unit_test(size_of_a_name_is_exact_for_every_opener),
    cmocka_unit_test(a_lazy_name_can_be_larger_than_the_machine),
    cmocka_unit_test(a_named_section_can_be_touched_to_its_last_byte),
    cmocka_unit_test(a_named_section_of_absurd_size_is_no_space),
    cmocka_unit_test(id_is_the_same_for_all_handles_of_a_section),
    cmocka_unit_test(id_is_different_for_sections_that_exist_together),
    cmocka_unit_test(info_tells_the_name_and_its_scope),
    cmocka_unit_test(a_name_opened_to_read_can_only_be_read),
    cmocka_unit_test(a_name_created_to_read_can_be_written_by_others),
    cmocka_unit_test(the_right_to_write_a_name_implies_the_right_to_read),
    cmocka_unit_test(anything_well_formed_is_a_name),
    cmocka_unit_test(a_name_has_up_to_two_hundred_bytes),
    cmocka_unit_test(a_name_is_one_byte_at_least_and_not_too_long),
    cmocka_unit_test(slashes_and_control_characters_are_in_no_name),
    cmocka_unit_test(what_is_not_utf8_is_no_name),
    cmocka_unit_test(upper_and_lower_case_are_different_names),
};

TEST_MAIN(tests, roles)
