/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: reading a trailer. The input edits a good trailer, because
 * random bytes never get past the magic.
 *
 *   byte 0        bits 0-1: page size, bit 2: make the check right again
 *   byte 1        pages of the object
 *   bytes 2-3     bytes of data, of the good trailer
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

static void encode(unsigned char *bytes, uint64_t size)
{
    const section_os_facts facts = {.size = size, .id = {~size, size}};
    section__trailer_encode(bytes, &facts);
}

static void check_verdict(section__trailer_verdict verdict,
                          const section_os_facts *found,
                          const unsigned char *bytes, uint64_t stored,
                          uint32_t page)
{
    unsigned char good[SECTION__TRAILER_SIZE];
    encode(good, 1);
    bool has_magic = memcmp(bytes, good, 16) == 0;
    bool has_version = load(bytes + 16) == SECTION__FORMAT_VERSION;
    bool can_grow = load(bytes + 24) != load(bytes + 32);
    bool has_check = load(bytes + 56) == check_of(bytes);
    if (verdict == SECTION__TRAILER_VALID) {
        FAKE_CHECK(has_magic && has_version && has_check && !can_grow);
        uint64_t size = found->size;
        FAKE_CHECK(size >= 1 && size == load(bytes + 24));
        FAKE_CHECK(found->id[0] == load(bytes + 40));
        FAKE_CHECK(found->id[1] == load(bytes + 48));
        FAKE_CHECK(stored % page == 0 && stored >= 2 * (uint64_t)page);
        FAKE_CHECK(size <= stored - page && stored - page - size < page);
        return;
    }
    FAKE_CHECK(found->size == stored);
    FAKE_CHECK(found->id[0] == 7 && found->id[1] == 8);
    FAKE_CHECK((verdict == SECTION__TRAILER_FOREIGN) ==
               (has_magic && (!has_version || (has_check && can_grow))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4)
        return 0;
    uint32_t page = (uint32_t)4096 << (2 * (data[0] % 3));
    uint64_t stored = (1 + (uint64_t)data[1]) * page;
    uint64_t exact = data[2] | (uint64_t)data[3] << 8;

    unsigned char bytes[SECTION__TRAILER_SIZE], before[SECTION__TRAILER_SIZE];
    encode(bytes, exact);
    for (size_t i = 4; i + 1 < size && i < 12; i += 2)
        bytes[data[i] % SECTION__TRAILER_SIZE] = data[i + 1];
    if ((data[0] & 4) != 0)
        make_check_right(bytes);
    memcpy(before, bytes, sizeof(bytes));

    section_os_facts found = {.size = stored, .id = {7, 8}};
    section__trailer_verdict verdict =
        section__trailer_decode(&found, bytes, page);
    FAKE_CHECK(memcmp(before, bytes, sizeof(bytes)) == 0);
    check_verdict(verdict, &found, bytes, stored, page);

    /* A good trailer is always read as it was written. */
    if (exact == 0)
        return 0;
    encode(bytes, exact);
    found =
        (section_os_facts){.size = section__trailer_stored_size(exact, page)};
    verdict = section__trailer_decode(&found, bytes, page);
    FAKE_CHECK(verdict == SECTION__TRAILER_VALID && found.size == exact);
    FAKE_CHECK(found.id[0] == ~exact && found.id[1] == exact);
    return 0;
}
