/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: reading a trailer. The input edits a good trailer, because
 * random bytes never get past the magic.
 *
 *   byte 0        bits 0-1: page size, bit 2: make the check right again
 *   byte 1        pages of the object
 *   bytes 2-3     bytes of data, of the good trailer
 *   bytes 4-5     bytes that its reserve is more; or pages, bit 3 of byte 0
 *   then pairs    position and value to set
 */
#include "arithmetic.h"
#include "fake_internal.h"
#include "trailer.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t load(const unsigned char *bytes)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < 8; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

/* The check as the layout in lib/trailer.c says it. */
static uint64_t check_of(const unsigned char *bytes)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < 56; i += 8)
        sum += load(bytes + i);
    return ~sum;
}

static void make_check_right(unsigned char *bytes)
{
    uint64_t check = check_of(bytes);
    for (unsigned i = 0; i < 8; i++)
        bytes[56 + i] = (unsigned char)(check >> (8 * i));
}

static void encode(unsigned char *bytes, uint64_t size, uint64_t reserve)
{
    const section_os_facts facts = {
        .size = size, .reserve = reserve, .id = {~size, size}};
    section__trailer_encode(bytes, &facts);
}

/* Whether the reserve is what all pages but the last have room for, told
 * without rounding. */
static bool fills(uint64_t reserve, uint64_t stored, uint32_t page)
{
    return stored % page == 0 && stored >= 2 * (uint64_t)page &&
           reserve <= stored - page && stored - page - reserve < page;
}

static void check_verdict(section__trailer_verdict verdict,
                          const section_os_facts *found,
                          const unsigned char *bytes, uint64_t stored,
                          uint32_t page)
{
    unsigned char good[SECTION__TRAILER_SIZE];
    encode(good, 1, 0);
    bool has_magic = memcmp(bytes, good, 16) == 0;
    bool has_version = load(bytes + 16) == SECTION__FORMAT_VERSION;
    uint64_t size = load(bytes + 24), reserve = load(bytes + 32);
    bool fits = size >= 1 && size <= reserve && fills(reserve, stored, page);
    bool has_check = load(bytes + 56) == check_of(bytes);
    if (verdict == SECTION__TRAILER_VALID) {
        FAKE_CHECK(has_magic && has_version && has_check && fits);
        FAKE_CHECK(found->size == size && found->reserve == reserve);
        FAKE_CHECK(found->id[0] == load(bytes + 40));
        FAKE_CHECK(found->id[1] == load(bytes + 48));
        return;
    }
    FAKE_CHECK(!(has_magic && has_version && has_check && fits));
    FAKE_CHECK(found->size == stored && found->reserve == 9);
    FAKE_CHECK(found->id[0] == 7 && found->id[1] == 8);
    FAKE_CHECK((verdict == SECTION__TRAILER_FOREIGN) ==
               (has_magic && !has_version));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 6)
        return 0;
    uint32_t page = (uint32_t)4096 << (2 * (data[0] % 3));
    uint64_t stored = (1 + (uint64_t)data[1]) * page;
    uint64_t exact = data[2] | (uint64_t)data[3] << 8;
    uint64_t more = data[4] | (uint64_t)data[5] << 8;
    uint64_t reserve =
        exact + ((data[0] & 8) != 0 ? data[4] * (uint64_t)page : more);

    unsigned char bytes[SECTION__TRAILER_SIZE], before[SECTION__TRAILER_SIZE];
    encode(bytes, exact, reserve);
    for (size_t i = 6; i + 1 < size && i < 14; i += 2)
        bytes[data[i] % SECTION__TRAILER_SIZE] = data[i + 1];
    if ((data[0] & 4) != 0)
        make_check_right(bytes);
    memcpy(before, bytes, sizeof(bytes));

    section_os_facts found = {.size = stored, .reserve = 9, .id = {7, 8}};
    section__trailer_verdict verdict =
        section__trailer_decode(&found, bytes, page);
    FAKE_CHECK(memcmp(before, bytes, sizeof(bytes)) == 0);
    check_verdict(verdict, &found, bytes, stored, page);

    /* A good trailer is always read as it was written. */
    if (exact == 0)
        return 0;
    encode(bytes, exact, reserve);
    found =
        (section_os_facts){.size = section__trailer_stored_size(reserve, page)};
    verdict = section__trailer_decode(&found, bytes, page);
    FAKE_CHECK(verdict == SECTION__TRAILER_VALID && found.size == exact);
    FAKE_CHECK(found.reserve == reserve);
    FAKE_CHECK(found.id[0] == ~exact && found.id[1] == exact);
    return 0;
}
