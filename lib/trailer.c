/* SPDX-License-Identifier: MIT */
/*
 * The bytes of the hidden trailer. Fixed layout, little-endian, so that
 * processes of different width agree:
 *
 *   0  16  magic
 *  16   4  format version
 *  20   4  0
 *  24   8  size: exact bytes of data
 *  32   8  reserve: bytes the section may grow to, or size if it does not grow
 *  40  16  id, 0 for none
 *  56   8  check: the sum of the seven words before it, inverted
 *  64   8  bytes of data by now, only where the reserve is larger than the
 * size; a word of the machine, because all its holders are on one
 *
 * It must not touch anything but the bytes it is given.
 */
#include "trailer.h"

#include "arithmetic.h"
#include "bytes.h"

#include <string.h>

static const unsigned char trailer_magic[16] = {0x9d, 's', 'e',  'c', 't', 'i',
                                                'o',  'n', '.',  't', 'r', 'a',
                                                'i',  'l', 0x0d, 0x0a};

static uint64_t trailer_check(const unsigned char *bytes)
{
    uint64_t sum = 0;
    for (int i = 0; i < 56; i += 8)
        sum += section__load_word(bytes + i);
    return ~sum;
}

uint64_t section__trailer_stored_size(uint64_t size, uint32_t page_size)
{
    return section__round_up(size, page_size) + page_size;
}

void section__trailer_encode(unsigned char bytes[SECTION__TRAILER_SIZE],
                             const section_os_facts *facts)
{
    memset(bytes, 0, SECTION__TRAILER_SIZE);
    memcpy(bytes, trailer_magic, sizeof(trailer_magic));
    section__store_word(bytes + 16, SECTION__FORMAT_VERSION);
    section__store_word(bytes + 24, facts->size);
    section__store_word(bytes + 32, facts->reserve > facts->size
                                        ? facts->reserve
                                        : facts->size);
    section__store_word(bytes + 40, facts->id[0]);
    section__store_word(bytes + 48, facts->id[1]);
    section__store_word(bytes + 56, trailer_check(bytes));
}

section__trailer_verdict
section__trailer_decode(section_os_facts *facts,
                        const unsigned char bytes[SECTION__TRAILER_SIZE],
                        uint32_t page_size)
{
    if (memcmp(bytes, trailer_magic, sizeof(trailer_magic)) != 0)
        return SECTION__TRAILER_ABSENT;
    /* The version is looked at before the check, because a later format may
     * compute its check differently. */
    if (section__load_word(bytes + 16) != SECTION__FORMAT_VERSION)
        return SECTION__TRAILER_FOREIGN;
    if (section__load_word(bytes + 56) != trailer_check(bytes))
        return SECTION__TRAILER_ABSENT;

    uint64_t found = section__load_word(bytes + 24);
    uint64_t reserve = section__load_word(bytes + 32);
    if (found == 0 || reserve < found || reserve > facts->size ||
        section__trailer_stored_size(reserve, page_size) != facts->size)
        return SECTION__TRAILER_ABSENT;
    facts->size = found;
    facts->reserve = reserve;
    facts->id[0] = section__load_word(bytes + 40);
    facts->id[1] = section__load_word(bytes + 48);
    return SECTION__TRAILER_VALID;
}
