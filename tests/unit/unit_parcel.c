/* SPDX-License-Identifier: MIT */
/*
 * What is said of a section that is handed over: its bytes are fixed, and every
 * field that cannot be true is refused.
 */
#include "parcel.h"
#include "unit.h"

#include <string.h>

#define SIZE SECTION__PARCEL_SIZE

/* Where the words are, counted in bytes. */
enum {
    AT_VERSION = 16,
    AT_WAY = 24,
    AT_KIND = 32,
    AT_RIGHTS = 40,
    AT_FLAGS = 48,
    AT_PAGES = 56,
    AT_GRANULARITY = 64,
    AT_SIZE = 72,
    AT_RESERVE = 80,
    AT_ID = 88,
    AT_PARTS = 104,
    AT_SCOPE = 112,
    AT_FROM = 120,
    AT_TO = 136,
    AT_NUMBERS = 152,
    AT_TICKET = 192,
    AT_SECRET = 208,
    AT_LENGTH = 224,
    AT_NAME = 232
};

#define HAS_HANDLE ((uint32_t)1 << SECTION_OS_PART_HANDLE)
#define HAS_READER ((uint32_t)1 << SECTION_OS_PART_READER)
#define HAS_FILE   ((uint32_t)1 << SECTION_OS_PART_FILE)
#define HAS_NAME   ((uint32_t)1 << SECTION_OS_PART_NAME)
#define HAS_TICKET ((uint32_t)1 << SECTION_OS_PART_TICKET)

/* Every field is another one, and has something in every byte it can have. */
static section__parcel full_parcel(section__way way)
{
    section__parcel p = {
        .way = way,
        .kind = SECTION_KIND_MEMORY,
        .rights = MAY_EXTEND,
        .flags = SECTION__PARCEL_LAZY,
        .pages = SECTION_PAGES_MIXED,
        .granularity = 0x80000000u,
        .size = UINT64_C(0x0102030405060708),
        .reserve = UINT64_C(0x1112131415161718),
        .id = {UINT64_C(0x2122232425262728), UINT64_C(0x3132333435363738)},
        .parts = HAS_HANDLE | HAS_READER | HAS_NAME,
        .scope = SECTION_SCOPE_MACHINE,
    };
    memcpy(p.name, "a name", 7);
    if (way == SECTION__WAY_MESSAGE)
        return p;
    p.parts |= HAS_TICKET;
    p.from = (section_os_process){UINT64_C(0x4142434445464748), 0x51};
    p.to = (section_os_process){0x61, UINT64_C(0x7172737475767778)};
    for (unsigned i = 0; i < SECTION_OS_PARTS; i++)
        p.numbers[i] = (p.parts >> i & 1) != 0
                           ? UINT64_C(0x8182838485868780) + i
                           : UINT64_MAX;
    p.ticket_id[0] = UINT64_C(0x9192939495969798);
    p.ticket_id[1] = UINT64_C(0xa1a2a3a4a5a6a7a8);
    for (unsigned i = 0; i < SECTION__SECRET_SIZE; i++)
        p.secret[i] = (unsigned char)(0xb0 + i);
    return p;
}

/* As small as one can be. */
static section__parcel plain_parcel(void)
{
    return (section__parcel){
        .way = SECTION__WAY_MESSAGE,
        .kind = SECTION_KIND_FILE,
        .rights = SECTION_RIGHT_READ,
        .pages = SECTION_PAGES_NORMAL,
        .granularity = 1,
        .size = 1,
        .reserve = 1,
        .parts = HAS_HANDLE,
    };
}

static void put_word(unsigned char *bytes, size_t at, uint64_t word)
{
    for (size_t i = 0; i < 8; i++)
        bytes[at + i] = (unsigned char)(word >> (8 * i));
}

static uint64_t get_word(const unsigned char *bytes, size_t at)
{
    uint64_t word = 0;
    for (size_t i = 0; i < 8; i++)
        word += (uint64_t)bytes[at + i] << (8 * i);
    return word;
}

/* What is refused leaves the parcel alone. */
static void expect_decoded(section_status expected, const unsigned char *bytes)
{
    section__parcel read, untouched;
    memset(&read, 0x5a, sizeof(read));
    memset(&untouched, 0x5a, sizeof(untouched));
    section_status status = section__parcel_decode(&read, bytes);
    assert_status(expected, status);
    if (status != SECTION_OK)
        assert_memory_equal(&read, &untouched, sizeof(read));
}

static void expect_equal(const section__parcel *one, const section__parcel *two)
{
    assert_int_equal(one->way, two->way);
    assert_int_equal(one->kind, two->kind);
    assert_int_equal(one->rights, two->rights);
    assert_int_equal(one->flags, two->flags);
    assert_int_equal(one->pages, two->pages);
    assert_true(one->granularity == two->granularity);
    assert_true(one->size == two->size);
    assert_true(one->reserve == two->reserve);
    assert_memory_equal(one->id, two->id, sizeof(one->id));
    assert_int_equal(one->parts, two->parts);
    assert_int_equal(one->scope, two->scope);
    assert_true(one->from.id == two->from.id);
    assert_true(one->from.born == two->from.born);
    assert_true(one->to.id == two->to.id);
    assert_true(one->to.born == two->to.born);
    assert_memory_equal(one->numbers, two->numbers, sizeof(one->numbers));
    assert_memory_equal(one->ticket_id, two->ticket_id, sizeof(one->ticket_id));
    assert_memory_equal(one->secret, two->secret, sizeof(one->secret));
    assert_memory_equal(one->name, two->name, sizeof(one->name));
}

/* ------------------------------------------------------------------------
 * The layout
 * ------------------------------------------------------------------------ */

static void what_is_encoded_is_decoded(void **state)
{
    (void)state;
    for (section__way way = SECTION__WAY_MESSAGE; way <= SECTION__WAY_INHERITED;
         way++) {
        section__parcel p = full_parcel(way), back;
        unsigned char bytes[SIZE];
        memset(bytes, 0x5a, SIZE);
        section__parcel_encode(bytes, &p);
        memset(&back, 0x5a, sizeof(back));
        assert_status(SECTION_OK, section__parcel_decode(&back, bytes));
        expect_equal(&p, &back);
    }
}

/* Written down once more: processes of another build have to agree. */
static void every_field_has_its_place(void **state)
{
    (void)state;
    static const unsigned char magic[16] = "\x9dsection.parcl\r\n";
    section__parcel p = full_parcel(SECTION__WAY_OFFER);
    unsigned char bytes[SIZE];
    section__parcel_encode(bytes, &p);
    assert_memory_equal(bytes, magic, sizeof(magic));
    const struct {
        size_t at;
        uint64_t word;
    } rows[] = {
        {AT_VERSION, 1},
        {AT_WAY, 2},
        {AT_KIND, SECTION_KIND_MEMORY},
        {AT_RIGHTS, MAY_EXTEND},
        {AT_FLAGS, 1},
        {AT_PAGES, SECTION_PAGES_MIXED},
        {AT_GRANULARITY, 0x80000000u},
        {AT_SIZE, p.size},
        {AT_RESERVE, p.reserve},
        {AT_ID, p.id[0]},
        {AT_ID + 8, p.id[1]},
        {AT_PARTS, 0x1b},
        {AT_SCOPE, SECTION_SCOPE_MACHINE},
        {AT_FROM, p.from.id},
        {AT_FROM + 8, p.from.born},
        {AT_TO, p.to.id},
        {AT_TO + 8, p.to.born},
        {AT_NUMBERS, p.numbers[0]},
        {AT_NUMBERS + 32, p.numbers[4]},
        {AT_TICKET, p.ticket_id[0]},
        {AT_TICKET + 8, p.ticket_id[1]},
        {AT_LENGTH, 6},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(get_word(bytes, rows[i].at) == rows[i].word);
    assert_memory_equal(bytes + AT_SECRET, p.secret, sizeof(p.secret));
    assert_memory_equal(bytes + AT_NAME, "a name", 6);
    for (size_t i = AT_NAME + 6; i < SIZE; i++)
        assert_int_equal(bytes[i], 0);
}

/* What is taken closes these numbers. */
static void there_is_a_number_for_each_part_and_for_no_other(void **state)
{
    (void)state;
    for (section__way way = SECTION__WAY_OFFER; way <= SECTION__WAY_INHERITED;
         way++) {
        for (unsigned i = 0; i < SECTION_OS_PARTS; i++) {
            section__parcel p = full_parcel(way), back;
            unsigned char bytes[SIZE];
            p.numbers[i] = p.numbers[i] == UINT64_MAX ? 0 : UINT64_MAX;
            section__parcel_encode(bytes, &p);
            assert_status(SECTION_UNTRUSTED,
                          section__parcel_decode(&back, bytes));
        }
    }
}

static void a_message_says_nothing_of_offers(void **state)
{
    (void)state;
    section__parcel p = full_parcel(SECTION__WAY_OFFER);
    p.way = SECTION__WAY_MESSAGE;
    unsigned char bytes[SIZE];
    section__parcel_encode(bytes, &p);
    for (size_t i = AT_FROM; i < AT_LENGTH; i++)
        assert_int_equal(bytes[i], 0);
}

/* ------------------------------------------------------------------------
 * What cannot be true
 * ------------------------------------------------------------------------ */

static void a_word_is_what_it_can_be(void **state)
{
    (void)state;
    const uint64_t high = UINT64_C(1) << 32;
    const uint64_t most = SECTION_OS_SIZE_MAX;
    const struct {
        size_t at;
        uint64_t word;
        section_status expected;
    } rows[] = {
        {0, 0, SECTION_UNTRUSTED},
        {8, 0, SECTION_UNTRUSTED},
        {AT_VERSION, 0, SECTION_UNSUPPORTED},
        {AT_VERSION, 2, SECTION_UNSUPPORTED},
        {AT_VERSION, 1 + high, SECTION_UNSUPPORTED},
        {AT_WAY, 0, SECTION_UNTRUSTED},
        {AT_WAY, 4, SECTION_UNTRUSTED},
        {AT_WAY, 1 + high, SECTION_UNTRUSTED},
        {AT_KIND, 0, SECTION_UNTRUSTED},
        {AT_KIND, SECTION_KIND_MEMORY, SECTION_OK},
        {AT_KIND, 3, SECTION_UNTRUSTED},
        {AT_KIND, SECTION_KIND_FILE + high, SECTION_UNTRUSTED},
        {AT_RIGHTS, 0, SECTION_UNTRUSTED},
        {AT_RIGHTS, SECTION_RIGHT_WRITE, SECTION_UNTRUSTED},
        {AT_RIGHTS, SECTION_RIGHT_EXECUTE, SECTION_UNTRUSTED},
        {AT_RIGHTS, ALL_RIGHTS, SECTION_OK},
        {AT_RIGHTS, MAY_RUN, SECTION_OK},
        {AT_RIGHTS, EVERY_RIGHT, SECTION_OK},
        {AT_RIGHTS, SECTION_RIGHT_READ | SECTION_RIGHT_EXTEND,
         SECTION_UNTRUSTED},
        {AT_RIGHTS, 0x11, SECTION_UNTRUSTED},
        {AT_RIGHTS, SECTION_RIGHT_READ + high, SECTION_UNTRUSTED},
        {AT_FLAGS, 1, SECTION_OK},
        {AT_FLAGS, 2, SECTION_UNTRUSTED},
        {AT_FLAGS, high, SECTION_UNTRUSTED},
        {AT_PAGES, 0, SECTION_UNTRUSTED},
        {AT_PAGES, SECTION_PAGES_LARGE, SECTION_OK},
        {AT_PAGES, 4, SECTION_UNTRUSTED},
        {AT_PAGES, SECTION_PAGES_NORMAL + high, SECTION_UNTRUSTED},
        {AT_GRANULARITY, 0, SECTION_UNTRUSTED},
        {AT_GRANULARITY, 3, SECTION_UNTRUSTED},
        {AT_GRANULARITY, high, SECTION_UNTRUSTED},
        {AT_GRANULARITY, high / 2, SECTION_OK},
        {AT_SIZE, 0, SECTION_UNTRUSTED},
        {AT_SIZE, 2, SECTION_UNTRUSTED}, /* more than the reserve */
        {AT_RESERVE, 0, SECTION_UNTRUSTED},
        {AT_RESERVE, 2, SECTION_OK},
        {AT_RESERVE, most, SECTION_OK},
        {AT_RESERVE, most + 1, SECTION_UNTRUSTED},
        {AT_PARTS, 0, SECTION_UNTRUSTED},
        {AT_PARTS, HAS_READER, SECTION_UNTRUSTED},
        {AT_PARTS, HAS_HANDLE | HAS_READER | HAS_FILE, SECTION_OK},
        {AT_PARTS, HAS_HANDLE | HAS_NAME, SECTION_UNTRUSTED},
        {AT_PARTS, HAS_HANDLE | HAS_TICKET, SECTION_UNTRUSTED},
        {AT_PARTS, HAS_HANDLE | 0x20, SECTION_UNTRUSTED},
        {AT_PARTS, HAS_HANDLE + high, SECTION_UNTRUSTED},
        {AT_SCOPE, SECTION_SCOPE_MACHINE, SECTION_UNTRUSTED},
        {AT_FROM, 1, SECTION_UNTRUSTED},
        {AT_SECRET + 8, UINT64_C(1) << 56, SECTION_UNTRUSTED},
        {AT_LENGTH, 1, SECTION_UNTRUSTED},
        {AT_LENGTH, UINT64_MAX, SECTION_UNTRUSTED},
        {AT_NAME, 'a', SECTION_UNTRUSTED},
        {SIZE - 8, UINT64_C(1) << 56, SECTION_UNTRUSTED},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        section__parcel p = plain_parcel();
        unsigned char bytes[SIZE];
        section__parcel_encode(bytes, &p);
        put_word(bytes, rows[i].at, rows[i].word);
        expect_decoded(rows[i].expected, bytes);
    }
}

/* Later versions may have anything else in the rest. */
static void another_version_is_told_before_all_else(void **state)
{
    (void)state;
    section__parcel p = plain_parcel();
    unsigned char bytes[SIZE];
    section__parcel_encode(bytes, &p);
    memset(bytes + AT_WAY, 0xff, SIZE - AT_WAY);
    expect_decoded(SECTION_UNTRUSTED, bytes);
    put_word(bytes, AT_VERSION, 2);
    expect_decoded(SECTION_UNSUPPORTED, bytes);
    bytes[15]++;
    expect_decoded(SECTION_UNTRUSTED, bytes);
}

static void the_largest_section_can_be_handed_over(void **state)
{
    (void)state;
    section__parcel p = plain_parcel(), back;
    unsigned char bytes[SIZE];
    p.size = p.reserve = SECTION_OS_SIZE_MAX;
    section__parcel_encode(bytes, &p);
    assert_status(SECTION_OK, section__parcel_decode(&back, bytes));
    assert_true(back.size == SECTION_OS_SIZE_MAX);
    put_word(bytes, AT_SIZE, SECTION_OS_SIZE_MAX + 1);
    put_word(bytes, AT_RESERVE, SECTION_OS_SIZE_MAX + 1);
    expect_decoded(SECTION_UNTRUSTED, bytes);
}

/* An offer has a ticket, and only an offer has one. */
static void ways_and_tickets_belong_together(void **state)
{
    (void)state;
    for (section__way way = SECTION__WAY_MESSAGE; way <= SECTION__WAY_INHERITED;
         way++) {
        section__parcel p = full_parcel(way);
        unsigned char bytes[SIZE];
        section__parcel_encode(bytes, &p);
        put_word(bytes, AT_PARTS, p.parts ^ HAS_TICKET);
        expect_decoded(SECTION_UNTRUSTED, bytes);
    }
}

static void expect_name(section_status expected, const char *name,
                        uint64_t length)
{
    section__parcel p = full_parcel(SECTION__WAY_MESSAGE);
    unsigned char bytes[SIZE];
    section__parcel_encode(bytes, &p);
    memset(bytes + AT_NAME, 0, SIZE - AT_NAME);
    for (size_t i = 0; name[i] != '\0'; i++)
        bytes[AT_NAME + i] = (unsigned char)name[i];
    put_word(bytes, AT_LENGTH, length);
    expect_decoded(expected, bytes);
}

static void a_name_is_a_name_of_that_length(void **state)
{
    (void)state;
    char longest[SECTION_NAME_MAX + 2];
    memset(longest, 'n', sizeof(longest));
    longest[SECTION_NAME_MAX + 1] = '\0';
    expect_name(SECTION_UNTRUSTED, longest, SECTION_NAME_MAX + 1);
    expect_name(SECTION_UNTRUSTED, longest, SECTION_NAME_MAX);
    longest[SECTION_NAME_MAX] = '\0';
    expect_name(SECTION_OK, longest, SECTION_NAME_MAX);
    expect_name(SECTION_OK, "name", 4);
    expect_name(SECTION_UNTRUSTED, "name", 3);
    expect_name(SECTION_UNTRUSTED, "name", 5);
    expect_name(SECTION_UNTRUSTED, "", 0); /* a scope, and a part, of nothing */
    expect_name(SECTION_UNTRUSTED, "a/b", 3);
    expect_name(SECTION_UNTRUSTED, "a\\b", 3);
    expect_name(SECTION_UNTRUSTED, "a\nb", 3);
    expect_name(SECTION_UNTRUSTED, "\xc3", 1);
    expect_name(SECTION_OK, "\xc3\xa9", 2);
}

static void only_memory_has_a_name_and_it_has_a_scope(void **state)
{
    (void)state;
    section__parcel p = full_parcel(SECTION__WAY_MESSAGE);
    unsigned char bytes[SIZE];
    section__parcel_encode(bytes, &p);
    put_word(bytes, AT_SCOPE, SECTION_SCOPE_USER);
    expect_decoded(SECTION_OK, bytes);
    put_word(bytes, AT_SCOPE, 2);
    expect_decoded(SECTION_UNTRUSTED, bytes);
    put_word(bytes, AT_SCOPE, (uint64_t)1 << 32);
    expect_decoded(SECTION_UNTRUSTED, bytes);
    put_word(bytes, AT_SCOPE, SECTION_SCOPE_USER);
    put_word(bytes, AT_KIND, SECTION_KIND_FILE);
    expect_decoded(SECTION_UNTRUSTED, bytes);
    /* Where the handle itself keeps the name, there is no part for it. */
    put_word(bytes, AT_KIND, SECTION_KIND_MEMORY);
    put_word(bytes, AT_PARTS, HAS_HANDLE);
    expect_decoded(SECTION_OK, bytes);
}

/* Any byte can be any other: what is read then is a parcel all the same. */
static void no_changed_byte_makes_what_cannot_be(void **state)
{
    (void)state;
    for (size_t at = 0; at < SIZE; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            section__parcel p = full_parcel(SECTION__WAY_INHERITED), read;
            unsigned char bytes[SIZE], again[SIZE];
            section__parcel_encode(bytes, &p);
            bytes[at] ^= (unsigned char)(1u << bit);
            section_status status = section__parcel_decode(&read, bytes);
            bool in_version = at >= AT_VERSION && at < AT_WAY;
            if (in_version)
                assert_status(SECTION_UNSUPPORTED, status);
            else if (status != SECTION_OK)
                assert_status(SECTION_UNTRUSTED, status);
            if (status != SECTION_OK)
                continue;
            assert_true(read.size >= 1 && read.size <= read.reserve);
            section__parcel_encode(again, &read);
            if (read.way != SECTION__WAY_MESSAGE)
                assert_memory_equal(again, bytes, SIZE);
        }
}

/* ------------------------------------------------------------------------
 * Texts
 * ------------------------------------------------------------------------ */

static void a_text_is_letters_digits_and_dots(void **state)
{
    (void)state;
    section__parcel p = full_parcel(SECTION__WAY_OFFER);
    unsigned char bytes[SIZE], back[SIZE];
    char text[SECTION_OFFER_TEXT_SIZE];
    memset(p.name, 'n', SECTION_NAME_MAX); /* the longest there is */
    section__parcel_encode(bytes, &p);
    memset(text, 0x5a, sizeof(text));
    section__parcel_print(text, bytes);
    assert_non_null(memchr(text, '\0', sizeof(text)));
    assert_int_equal(strncmp(text, "section.9d73", 12), 0);
    assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789."),
                     strlen(text));
    memset(back, 0x5a, SIZE);
    assert_true(section__parcel_parse(back, text));
    assert_memory_equal(back, bytes, SIZE);
}

static void the_zeros_at_the_end_are_left_out(void **state)
{
    (void)state;
    unsigned char bytes[SIZE] = {0}, back[SIZE];
    char text[SECTION_OFFER_TEXT_SIZE];
    section__parcel_print(text, bytes);
    assert_string_equal(text, "section.");
    bytes[2] = 0xf0;
    section__parcel_print(text, bytes);
    assert_string_equal(text, "section.0000f0");
    memset(back, 0x5a, SIZE);
    assert_true(section__parcel_parse(back, text));
    assert_memory_equal(back, bytes, SIZE);
}

static void what_is_no_text_of_an_offer_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",           "s",           "section",     "section:9d73",
        "Section.9d", "section.9",   "section.9d7", "section.9D",
        "section.g0", "section.0g",  "section.9d ", " section.9d",
        "section.0x", "section.9d.", "section.-1",  "section.9d\n",
    };
    unsigned char bytes[SIZE];
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(section__parcel_parse(bytes, texts[i]));
}

static void a_text_has_no_more_bytes_than_a_parcel(void **state)
{
    (void)state;
    char text[8 + 2 * SIZE + 3] = "section.";
    unsigned char bytes[SIZE + 1];
    memset(text + 8, 'f', 2 * SIZE);
    bytes[SIZE] = 0x5a;
    assert_true(section__parcel_parse(bytes, text));
    for (size_t i = 0; i < SIZE; i++)
        assert_int_equal(bytes[i], 0xff);
    memcpy(text + 8 + 2 * SIZE, "00", 3);
    assert_false(section__parcel_parse(bytes, text));
    assert_int_equal(bytes[SIZE], 0x5a);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(every_field_has_its_place),
        cmocka_unit_test(there_is_a_number_for_each_part_and_for_no_other),
        cmocka_unit_test(a_message_says_nothing_of_offers),
        cmocka_unit_test(a_word_is_what_it_can_be),
        cmocka_unit_test(another_version_is_told_before_all_else),
        cmocka_unit_test(the_largest_section_can_be_handed_over),
        cmocka_unit_test(ways_and_tickets_belong_together),
        cmocka_unit_test(a_name_is_a_name_of_that_length),
        cmocka_unit_test(only_memory_has_a_name_and_it_has_a_scope),
        cmocka_unit_test(no_changed_byte_makes_what_cannot_be),
        cmocka_unit_test(a_text_is_letters_digits_and_dots),
        cmocka_unit_test(the_zeros_at_the_end_are_left_out),
        cmocka_unit_test(what_is_no_text_of_an_offer_is_refused),
        cmocka_unit_test(a_text_has_no_more_bytes_than_a_parcel),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
