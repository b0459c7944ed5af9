/* SPDX-License-Identifier: MIT */
/*
 * The pure parts of lib/: arithmetic, the trailer, the table of statuses.
 */
#include "arithmetic.h"
#include "trailer.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static const uint32_t page_sizes[] = {4096, 16384, 65536};

#define PAGE_SIZES (sizeof(page_sizes) / sizeof(page_sizes[0]))

/* ------------------------------------------------------------------------
 * Arithmetic
 * ------------------------------------------------------------------------ */

static void rounding_finds_the_multiples_around_a_value(void **state)
{
    (void)state;
    for (uint64_t unit = 1; unit <= 64; unit *= 2) {
        uint64_t below = 0;
        for (uint64_t value = 0; value < 300; value++) {
            if (value % unit == 0)
                below = value;
            uint64_t above = below == value ? value : below + unit;
            assert_true(section__round_down(value, unit) == below);
            assert_true(section__round_up(value, unit) == above);
        }
    }
}

static void rounding_is_right_at_the_largest_size(void **state)
{
    (void)state;
    uint64_t most = SECTION_OS_SIZE_MAX;
    for (size_t i = 0; i < PAGE_SIZES; i++) {
        uint64_t page = page_sizes[i];
        uint64_t up = section__round_up(most, page);
        assert_true(up >= most && up - most < page && up % page == 0);
        assert_true(up + page <= (uint64_t)INT64_MAX);
        uint64_t down = section__round_down(UINT64_MAX, page);
        assert_true(down == UINT64_MAX - (page - 1));
    }
}

static void inside_is_told_without_overflow(void **state)
{
    (void)state;
    for (uint64_t size = 0; size < 12; size++)
        for (uint64_t offset = 0; offset < 14; offset++)
            for (uint64_t length = 0; length < 14; length++)
                assert_int_equal(section__is_inside(offset, length, size),
                                 offset + length <= size);
    const uint64_t most = UINT64_MAX;
    assert_false(section__is_inside(most, 1, most));
    assert_false(section__is_inside(1, most, most));
    assert_false(section__is_inside(most, most, most));
    assert_false(section__is_inside(most - 1, 2, most));
    assert_true(section__is_inside(most - 1, 1, most));
    assert_true(section__is_inside(most, 0, most));
    assert_true(section__is_inside(0, most, most));
}

/* ------------------------------------------------------------------------
 * Trailer
 * ------------------------------------------------------------------------ */

/* The sum that stands at the end, computed here anew. */
static void seal(unsigned char bytes[SECTION__TRAILER_SIZE])
{
    uint64_t sum = 0;
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 8; j++)
            sum += (uint64_t)bytes[8 * i + j] << (8 * j);
    sum = ~sum;
    for (size_t j = 0; j < 8; j++)
        bytes[56 + j] = (unsigned char)(sum >> (8 * j));
}

/* Size and reserve, with a right sum. */
static void store_sizes(unsigned char bytes[SECTION__TRAILER_SIZE],
                        uint64_t size, uint64_t reserve)
{
    for (size_t j = 0; j < 8; j++) {
        bytes[24 + j] = (unsigned char)(size >> (8 * j));
        bytes[32 + j] = (unsigned char)(reserve >> (8 * j));
    }
    seal(bytes);
}

static void store_size(unsigned char bytes[SECTION__TRAILER_SIZE],
                       uint64_t size)
{
    store_sizes(bytes, size, size);
}

/* The id that the trailers here have. */
#define ID_FIRST  UINT64_C(0xf0e1d2c3b4a59687)
#define ID_SECOND UINT64_C(0x78695a4b3c2d1e0f)

static void encode(unsigned char bytes[SECTION__TRAILER_SIZE], uint64_t size)
{
    const section_os_facts facts = {.size = size, .id = {ID_FIRST, ID_SECOND}};
    section__trailer_encode(bytes, &facts);
}

/* Fail unless decoding gives this; sizes and an id only if it is valid, and
 * nothing else. */
static void expect_sizes(section__trailer_verdict expected,
                         uint64_t expected_size, uint64_t expected_reserve,
                         const unsigned char bytes[SECTION__TRAILER_SIZE],
                         uint64_t stored, uint32_t page)
{
    section_os_facts facts, before;
    memset(&facts, 0, sizeof(facts));
    facts.size = stored;
    facts.kind = SECTION_KIND_FILE;
    facts.commit = SECTION_COMMIT_NONE;
    facts.id[0] = 5;
    before = facts;
    assert_int_equal(expected, section__trailer_decode(&facts, bytes, page));
    if (expected == SECTION__TRAILER_VALID) {
        assert_true(facts.size == expected_size);
        assert_true(facts.reserve == expected_reserve);
        assert_true(facts.id[0] == ID_FIRST && facts.id[1] == ID_SECOND);
        facts.size = stored;
        facts.reserve = before.reserve;
        memcpy(facts.id, before.id, sizeof(facts.id));
    }
    assert_memory_equal(&facts, &before, sizeof(facts));
}

/* The same for what does not grow. */
static void expect_decoded(section__trailer_verdict expected,
                           uint64_t expected_size,
                           const unsigned char bytes[SECTION__TRAILER_SIZE],
                           uint64_t stored, uint32_t page)
{
    expect_sizes(expected, expected_size, expected_size, bytes, stored, page);
}

static void a_trailer_has_the_documented_bytes(void **state)
{
    (void)state;
    static const unsigned char expected[SECTION__TRAILER_SIZE] = {
        0x9d, 's',  'e',  'c',  't',  'i',  'o',  'n',  '.',  't',  'r',  'a',
        'i',  'l',  0x0d, 0x0a, 1,    0,    0,    0,    0,    0,    0,    0,
        0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01, 0xef, 0xcd, 0xab, 0x89,
        0x67, 0x45, 0x23, 0x01, 0x87, 0x96, 0xa5, 0xb4, 0xc3, 0xd2, 0xe1, 0xf0,
        0x0f, 0x1e, 0x2d, 0x3c, 0x4b, 0x5a, 0x69, 0x78};
    unsigned char bytes[SECTION__TRAILER_SIZE];
    memset(bytes, 0xff, sizeof(bytes));
    encode(bytes, UINT64_C(0x0123456789abcdef));
    assert_memory_equal(bytes, expected, 56);
    unsigned char sealed[SECTION__TRAILER_SIZE];
    memcpy(sealed, bytes, 56);
    seal(sealed);
    assert_memory_equal(bytes, sealed, sizeof(bytes));
}

/* A section that does not grow has its size twice, as before there were any
 * that do: trailers of all versions are the same. */
static void a_reserve_stands_behind_the_size(void **state)
{
    (void)state;
    static const struct {
        uint64_t size, reserve, written;
    } rows[] = {{100, 0, 100},
                {100, 99, 100},
                {100, 100, 100},
                {100, 101, 101},
                {1, SECTION_OS_SIZE_MAX, SECTION_OS_SIZE_MAX}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const section_os_facts facts = {.size = rows[i].size,
                                        .reserve = rows[i].reserve};
        unsigned char bytes[SECTION__TRAILER_SIZE], expected[16];
        section__trailer_encode(bytes, &facts);
        for (size_t j = 0; j < 8; j++) {
            expected[j] = (unsigned char)(rows[i].size >> (8 * j));
            expected[8 + j] = (unsigned char)(rows[i].written >> (8 * j));
        }
        assert_memory_equal(bytes + 24, expected, 16);
        assert_int_equal(bytes[16], 1); /* the format is the first one */
    }
}

static void reserves_survive_the_trailer_at_every_page_edge(void **state)
{
    (void)state;
    unsigned char bytes[SECTION__TRAILER_SIZE];
    for (size_t i = 0; i < PAGE_SIZES; i++) {
        uint32_t page = page_sizes[i];
        const uint64_t reserves[] = {2,
                                     page - 1,
                                     page,
                                     page + 1u,
                                     5 * (uint64_t)page,
                                     (uint64_t)1 << 40,
                                     SECTION_OS_SIZE_MAX};
        for (size_t r = 0; r < sizeof(reserves) / sizeof(reserves[0]); r++) {
            const uint64_t sizes[] = {1, reserves[r] / 2, reserves[r] - 1,
                                      reserves[r]};
            uint64_t stored = section__trailer_stored_size(reserves[r], page);
            for (size_t s = 0; s < 4; s++) {
                const section_os_facts facts = {.size = sizes[s],
                                                .reserve = reserves[r],
                                                .id = {ID_FIRST, ID_SECOND}};
                section__trailer_encode(bytes, &facts);
                expect_sizes(SECTION__TRAILER_VALID, sizes[s], reserves[r],
                             bytes, stored, page);
                /* It is the reserve that has to fill the object. */
                expect_sizes(SECTION__TRAILER_ABSENT, 0, 0, bytes,
                             stored + page, page);
                if (stored > page)
                    expect_sizes(SECTION__TRAILER_ABSENT, 0, 0, bytes,
                                 stored - page, page);
            }
        }
    }
}

static void the_word_that_grows_is_behind_the_trailer_and_aligned(void **state)
{
    (void)state;
    assert_true(SECTION__TRAILER_GROWN >= SECTION__TRAILER_SIZE);
    assert_int_equal(SECTION__TRAILER_GROWN % 8, 0);
    assert_true(SECTION__TRAILER_GROWN + 8 <= 4096);
}

static void sizes_survive_the_trailer_at_every_page_edge(void **state)
{
    (void)state;
    unsigned char bytes[SECTION__TRAILER_SIZE];
    for (size_t i = 0; i < PAGE_SIZES; i++) {
        uint32_t page = page_sizes[i];
        const uint64_t edges[] = {page, 2 * (uint64_t)page, (uint64_t)1 << 32,
                                  (uint64_t)1 << 40, SECTION_OS_SIZE_MAX - 70};
        for (size_t e = 0; e < sizeof(edges) / sizeof(edges[0]); e++)
            for (uint64_t size = edges[e] - 70; size <= edges[e] + 70; size++) {
                uint64_t stored = section__trailer_stored_size(size, page);
                assert_true(stored % page == 0);
                assert_true(stored - page >= size);
                assert_true(stored - page - size < page);
                encode(bytes, size);
                expect_decoded(SECTION__TRAILER_VALID, size, bytes, stored,
                               page);
            }
    }
}

static void bytes_without_the_magic_are_no_trailer(void **state)
{
    (void)state;
    unsigned char bytes[SECTION__TRAILER_SIZE];
    memset(bytes, 0, sizeof(bytes));
    expect_decoded(SECTION__TRAILER_ABSENT, 0, bytes, 8192, 4096);
    memset(bytes, 0xff, sizeof(bytes));
    expect_decoded(SECTION__TRAILER_ABSENT, 0, bytes, 8192, 4096);
}

static void another_format_version_is_foreign_whatever_else_it_has(void **state)
{
    (void)state;
    unsigned char bytes[SECTION__TRAILER_SIZE];
    for (int version = 0; version < 256; version++) {
        encode(bytes, 100);
        bytes[16] = (unsigned char)version;
        bytes[60] = 0x5a;
        expect_decoded(version == SECTION__FORMAT_VERSION
                           ? SECTION__TRAILER_ABSENT
                           : SECTION__TRAILER_FOREIGN,
                       0, bytes, 8192, 4096);
    }
    encode(bytes, 100);
    bytes[23] = 1;
    seal(bytes);
    expect_decoded(SECTION__TRAILER_FOREIGN, 0, bytes, 8192, 4096);
}

/* Two pages: the reserve is what the first one has room for, or a lie. */
static void
a_reserve_that_does_not_fill_the_object_is_not_believed(void **state)
{
    (void)state;
    unsigned char bytes[SECTION__TRAILER_SIZE];
    static const uint64_t lies[] = {0,
                                    1,
                                    99,
                                    4097,
                                    8192,
                                    8193,
                                    INT64_MAX,
                                    UINT64_MAX,
                                    UINT64_MAX - 4095,
                                    UINT64_MAX - 4096};
    static const uint64_t truths[] = {100, 101, 4095, 4096};
    encode(bytes, 100);
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        store_sizes(bytes, 100, lies[i]);
        expect_decoded(SECTION__TRAILER_ABSENT, 0, bytes, 8192, 4096);
        /* Nor is a size that is larger than its reserve. */
        store_sizes(bytes, lies[i] == UINT64_MAX ? lies[i] : lies[i] + 1, 4096);
        if (lies[i] >= 4096)
            expect_decoded(SECTION__TRAILER_ABSENT, 0, bytes, 8192, 4096);
    }
    for (size_t i = 0; i < sizeof(truths) / sizeof(truths[0]); i++) {
        store_sizes(bytes, 100, truths[i]);
        expect_sizes(SECTION__TRAILER_VALID, 100, truths[i], bytes, 8192, 4096);
        /* A wrong sum is no trailer. */
        bytes[60] ^= 1;
        expect_decoded(SECTION__TRAILER_ABSENT, 0, bytes, 8192, 4096);
    }
}

static void no_single_flipped_bit_goes_unnoticed(void **state)
{
    (void)state;
    unsigned char bytes[SECTION__TRAILER_SIZE];
    for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
        encode(bytes, 5000);
        bytes[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        bool version = bit / 8 >= 16 && bit / 8 < 24;
        expect_decoded(version ? SECTION__TRAILER_FOREIGN
                               : SECTION__TRAILER_ABSENT,
                       0, bytes, 3 * 4096, 4096);
    }
}

static void a_size_that_does_not_fit_the_object_is_not_believed(void **state)
{
    (void)state;
    unsigned char bytes[SECTION__TRAILER_SIZE];
    for (size_t i = 0; i < PAGE_SIZES; i++) {
        uint32_t page = page_sizes[i];
        uint64_t stored = 3 * (uint64_t)page;
        const uint64_t lies[] = {0,
                                 1,
                                 page,
                                 2u * page + 1,
                                 stored,
                                 stored + 1,
                                 INT64_MAX,
                                 UINT64_MAX,
                                 UINT64_MAX - page,
                                 UINT64_MAX - 2 * (uint64_t)page + 1};
        for (size_t k = 0; k < sizeof(lies) / sizeof(lies[0]); k++) {
            encode(bytes, page + 1);
            store_size(bytes, lies[k]);
            expect_decoded(SECTION__TRAILER_ABSENT, 0, bytes, stored, page);
        }
        encode(bytes, page + 1);
        store_size(bytes, 2 * (uint64_t)page);
        expect_decoded(SECTION__TRAILER_VALID, 2 * (uint64_t)page, bytes,
                       stored, page);
    }
}

static void no_bytes_of_data_are_not_believed(void **state)
{
    (void)state;
    unsigned char bytes[SECTION__TRAILER_SIZE];
    encode(bytes, 0);
    for (size_t i = 0; i < PAGE_SIZES; i++)
        expect_decoded(SECTION__TRAILER_ABSENT, 0, bytes, page_sizes[i],
                       page_sizes[i]);
}

/* Sizes so large that rounding them overflows, in objects of every size. */
static void rounding_that_overflows_is_not_believed(void **state)
{
    (void)state;
    unsigned char bytes[SECTION__TRAILER_SIZE];
    encode(bytes, 1);
    for (uint64_t back = 0; back < 3 * 4096; back += 97) {
        store_size(bytes, UINT64_MAX - back);
        for (uint64_t stored = 4096; stored <= 5 * 4096; stored += 4096)
            expect_decoded(SECTION__TRAILER_ABSENT, 0, bytes, stored, 4096);
    }
}

/* ------------------------------------------------------------------------
 * Statuses and version
 * ------------------------------------------------------------------------ */

static void every_status_has_its_name_and_a_sentence(void **state)
{
    (void)state;
    static const struct {
        section_status status;
        const char *name;
        const char *text;
    } rows[] = {
#define ROW(name, value, sentence) {value, "SECTION_" #name, sentence},
        SECTION_STATUS_TABLE(ROW)
#undef ROW
    };
    size_t count = sizeof(rows) / sizeof(rows[0]);
    assert_int_equal(count, SECTION_STATUS_COUNT);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rows[i].status, (section_status)i);
        assert_string_equal(section_status_name(rows[i].status), rows[i].name);
        assert_string_equal(section_status_text(rows[i].status), rows[i].text);
    }
    assert_string_equal(section_status_name(SECTION_NO_SPACE),
                        "SECTION_NO_SPACE");
}

static void no_two_statuses_read_the_same(void **state)
{
    (void)state;
    for (section_status a = 0; a < SECTION_STATUS_COUNT; a++)
        for (section_status b = 0; b < a; b++) {
            assert_string_not_equal(section_status_name(a),
                                    section_status_name(b));
            assert_string_not_equal(section_status_text(a),
                                    section_status_text(b));
        }
}

static void a_value_that_is_no_status_is_called_unknown(void **state)
{
    (void)state;
    const section_status unknown[] = {-1, SECTION_STATUS_COUNT, INT32_MAX,
                                      INT32_MIN};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_string_equal(section_status_name(unknown[i]), "SECTION_UNKNOWN");
        assert_true(strlen(section_status_text(unknown[i])) > 0);
    }
}

static void the_version_is_that_of_the_header(void **state)
{
    (void)state;
    char expected[32];
    (void)snprintf(expected, sizeof(expected), "%d.%d.%d",
                   SECTION_VERSION_MAJOR, SECTION_VERSION_MINOR,
                   SECTION_VERSION_PATCH);
    assert_string_equal(section_version(), expected);
    assert_string_equal(SECTION_VERSION_STRING, expected);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(rounding_finds_the_multiples_around_a_value),
        cmocka_unit_test(rounding_is_right_at_the_largest_size),
        cmocka_unit_test(inside_is_told_without_overflow),
        cmocka_unit_test(a_trailer_has_the_documented_bytes),
        cmocka_unit_test(sizes_survive_the_trailer_at_every_page_edge),
        cmocka_unit_test(bytes_without_the_magic_are_no_trailer),
        cmocka_unit_test(
            another_format_version_is_foreign_whatever_else_it_has),
        cmocka_unit_test(a_reserve_stands_behind_the_size),
        cmocka_unit_test(reserves_survive_the_trailer_at_every_page_edge),
        cmocka_unit_test(the_word_that_grows_is_behind_the_trailer_and_aligned),
        cmocka_unit_test(
            a_reserve_that_does_not_fill_the_object_is_not_believed),
        cmocka_unit_test(no_single_flipped_bit_goes_unnoticed),
        cmocka_unit_test(a_size_that_does_not_fit_the_object_is_not_believed),
        cmocka_unit_test(no_bytes_of_data_are_not_believed),
        cmocka_unit_test(rounding_that_overflows_is_not_believed),
        cmocka_unit_test(every_status_has_its_name_and_a_sentence),
        cmocka_unit_test(no_two_statuses_read_the_same),
        cmocka_unit_test(a_value_that_is_no_status_is_called_unknown),
        cmocka_unit_test(the_version_is_that_of_the_header),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
