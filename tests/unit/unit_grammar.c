/* SPDX-License-Identifier: MIT */
/*
 * What may be a name: UTF-8 as RFC 3629 has it, of 1 to SECTION_NAME_MAX bytes,
 * without '/', '\' and control characters.
 */
#include "fake_internal.h"
#include "internal.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* Ask about exactly these bytes and their end, so that a sanitizer sees who
 * reads on. */
static bool is_name(const void *bytes, size_t length)
{
    char *text = malloc(length + 1);
    assert_non_null(text);
    memcpy(text, bytes, length);
    text[length] = '\0';
    bool answer = section__is_name(text);
    free(text);
    return answer;
}

static void expect_name(bool expected, const char *text)
{
    if (is_name(text, strlen(text)) == expected)
        return;
    for (const char *c = text; *c != '\0'; c++)
        print_error("%02x ", (unsigned)(unsigned char)*c);
    fail_msg("is %sto be a name", expected ? "" : "not ");
}

static void a_name_has_one_to_two_hundred_bytes(void **state)
{
    (void)state;
    char text[3 * SECTION_NAME_MAX];
    memset(text, 'n', sizeof(text));
    assert_int_equal(SECTION_NAME_MAX, 200);
    for (size_t length = 0; length < sizeof(text); length++)
        assert_int_equal(is_name(text, length), length >= 1 && length <= 200);
}

/* The last character begins in time and ends too late. */
static void bytes_are_counted_and_not_characters(void **state)
{
    (void)state;
    static const struct {
        const char *character;
        size_t bytes;
    } rows[] = {{"\xc3\xa9", 2}, {"\xe2\x82\xac", 3}, {"\xf0\x9f\x98\x80", 4}};
    for (size_t r = 0; r < 3; r++)
        for (size_t lead = 0; lead < 210; lead++) {
            char text[300];
            memset(text, 'n', lead);
            memcpy(text + lead, rows[r].character, rows[r].bytes);
            size_t length = lead + rows[r].bytes;
            assert_int_equal(is_name(text, length), length <= 200);
        }
    for (size_t r = 0; r < 3; r++) {
        char text[300];
        size_t most = 200 / rows[r].bytes;
        for (size_t i = 0; i <= most; i++)
            memcpy(text + i * rows[r].bytes, rows[r].character, rows[r].bytes);
        assert_true(is_name(text, most * rows[r].bytes));
        assert_false(is_name(text, (most + 1) * rows[r].bytes));
    }
}

static void of_single_bytes_the_printable_ones_are_names(void **state)
{
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        bool expected =
            byte >= 0x20 && byte < 0x7f && byte != '/' && byte != '\\';
        const char c = (char)byte;
        assert_int_equal(is_name(&c, 1), expected);
        /* Wherever it stands. */
        const char around[] = {'a', c, 'b'};
        assert_int_equal(is_name(around, 3), expected);
        assert_int_equal(is_name(around, 2), expected);
        assert_int_equal(is_name(around + 1, 2), expected);
    }
}

static void names_that_look_odd_are_names(void **state)
{
    (void)state;
    static const char *const names[] = {
        ".",
        "..",
        "...",
        " ",
        "~",
        "=",
        "*",
        "?",
        "a:b",
        "con",
        "\"",
        "%s",
        "-rf",
        "a b",
        ".format",
        "\xc2\x80" /* a control character of C1 */,
        "\xef\xbb\xbf" /* byte order mark */,
        "\xe2\x80\x8b",
        "\xc3\xa9",
        "e\xcc\x81",
        "\xef\xbf\xbd"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        expect_name(true, names[i]);
}

static void what_is_not_utf8_is_no_name(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "\x80",
        "\xbf",
        "a\x80",
        "\xc3\xa9\x80", /* nothing to follow */
        "\xc3",
        "\xe2\x82",
        "\xe2",
        "\xf0\x9f\x98", /* ends too early */
        "\xc3x",
        "\xe2\x82x",
        "\xe2xx",
        "\xf0\x9f\x98x",
        "\xc3\xc3\xa9",
        "\xe2\xe2\x82\xac",
        "\xc0\xaf",
        "\xc1\xbf",
        "\xe0\x80\xaf", /* longer than needed */
        "\xe0\x9f\xbf",
        "\xf0\x80\x80\xaf",
        "\xf0\x8f\xbf\xbf",
        "\xc0\x80",
        "\xed\xa0\x80",
        "\xed\xaf\xbf",
        "\xed\xb0\x80",
        "\xed\xbf\xbf",
        "\xed\xa0\xbd\xed\xb8\x80", /* surrogates */
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xf7\xbf\xbf\xbf",
        "\xf8\x88\x80\x80\x80",
        "\xfc\x84\x80\x80\x80\x80",
        "\xfe",
        "\xff"};
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        expect_name(false, broken[i]);
}

static void the_edges_of_utf8_are_names(void **state)
{
    (void)state;
    static const char *const edges[] = {
        "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xef\xbf\xbf", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
        /* These are characters for nobody, and well-formed. */
        "\xef\xb7\x90", "\xef\xbf\xbe", "\xf0\x9f\xbf\xbe"};
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
        expect_name(true, edges[i]);
}

/* ------------------------------------------------------------------------
 * Against the rules told differently (tests/fake/fake_rules.c)
 * ------------------------------------------------------------------------ */

static void compare(const unsigned char *bytes)
{
    const char *text = (const char *)bytes;
    if (section__is_name(text) != fake_is_name(text))
        expect_name(fake_is_name(text), text);
}

static void all_texts_of_two_bytes_are_judged_right(void **state)
{
    (void)state;
    for (unsigned i = 0x100; i < 0x10000; i++) {
        const unsigned char text[] = {(unsigned char)(i >> 8), (unsigned char)i,
                                      0};
        compare(text);
    }
}

static void all_texts_of_three_bytes_are_judged_right(void **state)
{
    (void)state;
    for (unsigned first = 0xc0; first < 0x100; first++)
        for (unsigned i = 0; i < 0x10000; i++) {
            const unsigned char text[] = {(unsigned char)first,
                                          (unsigned char)(i >> 8),
                                          (unsigned char)i, 0};
            compare(text);
        }
}

static void all_edges_of_four_bytes_are_judged_right(void **state)
{
    (void)state;
    static const unsigned char tails[] = {0,    1,    'a',  0x7f, 0x80,
                                          0xbf, 0xc0, 0xe0, 0xff};
    for (unsigned i = 0xe000; i < 0x10000; i++)
        for (size_t third = 0; third < sizeof(tails); third++)
            for (size_t last = 0; last < sizeof(tails); last++) {
                const unsigned char text[] = {(unsigned char)(i >> 8),
                                              (unsigned char)i, tails[third],
                                              tails[last], 0};
                compare(text);
            }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(a_name_has_one_to_two_hundred_bytes),
        cmocka_unit_test(bytes_are_counted_and_not_characters),
        cmocka_unit_test(of_single_bytes_the_printable_ones_are_names),
        cmocka_unit_test(names_that_look_odd_are_names),
        cmocka_unit_test(what_is_not_utf8_is_no_name),
        cmocka_unit_test(the_edges_of_utf8_are_names),
        cmocka_unit_test(all_texts_of_two_bytes_are_judged_right),
        cmocka_unit_test(all_texts_of_three_bytes_are_judged_right),
        cmocka_unit_test(all_edges_of_four_bytes_are_judged_right),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
