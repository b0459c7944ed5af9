/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a parcel: words of eight bytes, little-endian, and the name.
 *
 *   0  magic, two words       13  mask of parts
 *   2  format version         14  scope of the name
 *   3  way                    15  who offers: number, start
 *   4  kind                   17  whom to: number, start
 *   5  rights                 19  number of each part
 *   6  flags                  24  id of the ticket
 *   7  pages                  26  secret
 *   8  granularity            28  length of the name
 *   9  size                   29  the name, 200 bytes
 *  10  reserve                54  0
 *  11  id                     64  the end
 *
 * A text is `section.` and two hexadecimal digits for each byte. It must not
 * touch anything but what it is given.
 */
#include "parcel.h"

#include "bytes.h"
#include "internal.h"

#include <string.h>

enum {
    WORD_VERSION = 2,
    WORD_WAY = 3,
    WORD_KIND = 4,
    WORD_RIGHTS = 5,
    WORD_FLAGS = 6,
    WORD_PAGES = 7,
    WORD_GRANULARITY = 8,
    WORD_SIZE = 9,
    WORD_RESERVE = 10,
    WORD_ID = 11,
    WORD_PARTS = 13,
    WORD_SCOPE = 14,
    WORD_FROM = 15,
    WORD_TO = 17,
    WORD_NUMBERS = 19,
    WORD_TICKET = 24,
    WORD_SECRET = 26,
    WORD_NAME_LENGTH = 28,
    WORD_NAME = 29
};

#define NAME_AT ((size_t)WORD_NAME * 8)

static const unsigned char parcel_magic[16] = {0x9d, 's', 'e',  'c', 't', 'i',
                                               'o',  'n', '.',  'p', 'a', 'r',
                                               'c',  'l', 0x0d, 0x0a};

static const char text_prefix[] = "section.";

_Static_assert(WORD_NUMBERS + SECTION_OS_PARTS == WORD_TICKET, "layout");
_Static_assert(NAME_AT + SECTION_NAME_MAX <= SECTION__PARCEL_SIZE, "layout");
_Static_assert(sizeof(text_prefix) + 2 * (NAME_AT + SECTION_NAME_MAX) <=
                   SECTION_OFFER_TEXT_SIZE,
               "the longest text");

/* ------------------------------------------------------------------------
 * Encode
 * ------------------------------------------------------------------------ */

static void store(unsigned char *bytes, int word, uint64_t value)
{
    section__store_word(bytes + (size_t)word * 8, value);
}

static void store_offer(unsigned char *bytes, const section__parcel *parcel)
{
    store(bytes, WORD_FROM, parcel->from.id);
    store(bytes, WORD_FROM + 1, parcel->from.born);
    store(bytes, WORD_TO, parcel->to.id);
    store(bytes, WORD_TO + 1, parcel->to.born);
    for (int i = 0; i < SECTION_OS_PARTS; i++)
        store(bytes, WORD_NUMBERS + i, parcel->numbers[i]);
    store(bytes, WORD_TICKET, parcel->ticket_id[0]);
    store(bytes, WORD_TICKET + 1, parcel->ticket_id[1]);
    memcpy(bytes + (size_t)WORD_SECRET * 8, parcel->secret,
           SECTION__SECRET_SIZE);
}

void section__parcel_encode(unsigned char bytes[SECTION__PARCEL_SIZE],
                            const section__parcel *parcel)
{
    memset(bytes, 0, SECTION__PARCEL_SIZE);
    memcpy(bytes, parcel_magic, sizeof(parcel_magic));
    store(bytes, WORD_VERSION, SECTION__PARCEL_VERSION);
    store(bytes, WORD_WAY, (uint64_t)parcel->way);
    store(bytes, WORD_KIND, (uint64_t)parcel->kind);
    store(bytes, WORD_RIGHTS, parcel->rights);
    store(bytes, WORD_FLAGS, parcel->flags);
    store(bytes, WORD_PAGES, (uint64_t)parcel->pages);
    store(bytes, WORD_GRANULARITY, parcel->granularity);
    store(bytes, WORD_SIZE, parcel->size);
    store(bytes, WORD_RESERVE, parcel->reserve);
    store(bytes, WORD_ID, parcel->id[0]);
    store(bytes, WORD_ID + 1, parcel->id[1]);
    store(bytes, WORD_PARTS, parcel->parts);
    store(bytes, WORD_SCOPE, (uint64_t)parcel->scope);
    if (parcel->way != SECTION__WAY_MESSAGE)
        store_offer(bytes, parcel);
    size_t length = strlen(parcel->name);
    store(bytes, WORD_NAME_LENGTH, length);
    memcpy(bytes + NAME_AT, parcel->name, length);
}

/* ------------------------------------------------------------------------
 * Decode
 * ------------------------------------------------------------------------ */

static uint64_t load(const unsigned char *bytes, int word)
{
    return section__load_word(bytes + (size_t)word * 8);
}

/* Whether a word is one of a few small numbers. */
static bool is_between(uint64_t word, uint64_t least, uint64_t most)
{
    return word >= least && word <= most;
}

static bool is_what_can_be(const unsigned char *bytes)
{
    uint64_t rights = load(bytes, WORD_RIGHTS);
    uint64_t granularity = load(bytes, WORD_GRANULARITY);
    uint64_t size = load(bytes, WORD_SIZE);
    return is_between(load(bytes, WORD_WAY), SECTION__WAY_MESSAGE,
                      SECTION__WAY_INHERITED) &&
           is_between(load(bytes, WORD_KIND), SECTION_KIND_MEMORY,
                      SECTION_KIND_FILE) &&
           is_between(rights, 1, UINT32_MAX) &&
           section__rights((section_rights)rights) == rights &&
           (load(bytes, WORD_FLAGS) & ~(uint64_t)SECTION__PARCEL_LAZY) == 0 &&
           is_between(load(bytes, WORD_PAGES), SECTION_PAGES_NORMAL,
                      SECTION_PAGES_LARGE) &&
           is_between(granularity, 1, UINT32_MAX) &&
           (granularity & (granularity - 1)) == 0 &&
           is_between(size, 1, SECTION_OS_SIZE_MAX) &&
           is_between(load(bytes, WORD_RESERVE), size, SECTION_OS_SIZE_MAX);
}

/* What comes with it: a handle in any case, a ticket with an offer, and only
 * what has a name can have a part that keeps it. */
static bool are_parts(const unsigned char *bytes)
{
    uint64_t parts = load(bytes, WORD_PARTS);
    bool is_offer = load(bytes, WORD_WAY) != SECTION__WAY_MESSAGE;
    bool has_ticket = (parts >> SECTION_OS_PART_TICKET & 1) != 0;
    bool has_name = (parts >> SECTION_OS_PART_NAME & 1) != 0;
    return parts >> SECTION_OS_PARTS == 0 &&
           (parts >> SECTION_OS_PART_HANDLE & 1) != 0 &&
           has_ticket == is_offer &&
           (!has_name || load(bytes, WORD_NAME_LENGTH) != 0);
}

/* A number for each part that comes with an offer, and for no other: they are
 * closed when it is taken. */
static bool are_numbers(const section__parcel *parcel)
{
    for (int i = 0; i < SECTION_OS_PARTS; i++) {
        bool is_number = parcel->numbers[i] != (uint64_t)SECTION_OS_NONE;
        if (is_number != ((parcel->parts >> i & 1) != 0))
            return false;
    }
    return true;
}

/* Only memory has a name. The name ends with zeros, up to the end of all. */
static bool read_name(char name[SECTION_NAME_MAX + 1],
                      const unsigned char *bytes)
{
    uint64_t length = load(bytes, WORD_NAME_LENGTH);
    uint64_t scope = load(bytes, WORD_SCOPE);
    if (length > SECTION_NAME_MAX ||
        !section__is_zero(bytes, NAME_AT + (size_t)length,
                          SECTION__PARCEL_SIZE))
        return false;
    memset(name, 0, SECTION_NAME_MAX + 1);
    memcpy(name, bytes + NAME_AT, (size_t)length);
    if (length == 0)
        return scope == 0;
    return strlen(name) == length && section__is_name(name) &&
           is_between(scope, SECTION_SCOPE_USER, SECTION_SCOPE_MACHINE) &&
           load(bytes, WORD_KIND) == SECTION_KIND_MEMORY;
}

static void read_offer(section__parcel *parcel, const unsigned char *bytes)
{
    parcel->from.id = load(bytes, WORD_FROM);
    parcel->from.born = load(bytes, WORD_FROM + 1);
    parcel->to.id = load(bytes, WORD_TO);
    parcel->to.born = load(bytes, WORD_TO + 1);
    for (int i = 0; i < SECTION_OS_PARTS; i++)
        parcel->numbers[i] = load(bytes, WORD_NUMBERS + i);
    parcel->ticket_id[0] = load(bytes, WORD_TICKET);
    parcel->ticket_id[1] = load(bytes, WORD_TICKET + 1);
    memcpy(parcel->secret, bytes + (size_t)WORD_SECRET * 8,
           SECTION__SECRET_SIZE);
}

section_status
section__parcel_decode(section__parcel *parcel,
                       const unsigned char bytes[SECTION__PARCEL_SIZE])
{
    section__parcel read = {0};
    if (memcmp(bytes, parcel_magic, sizeof(parcel_magic)) != 0)
        return SECTION_UNTRUSTED;
    /* First, because in other versions the rest is something else. */
    if (load(bytes, WORD_VERSION) != SECTION__PARCEL_VERSION)
        return SECTION_UNSUPPORTED;
    if (!is_what_can_be(bytes) || !are_parts(bytes) ||
        !read_name(read.name, bytes))
        return SECTION_UNTRUSTED;
    read.way = (section__way)load(bytes, WORD_WAY);
    read.kind = (section_kind)load(bytes, WORD_KIND);
    read.rights = (section_rights)load(bytes, WORD_RIGHTS);
    read.flags = (uint32_t)load(bytes, WORD_FLAGS);
    read.pages = (section_pages)load(bytes, WORD_PAGES);
    read.granularity = (uint32_t)load(bytes, WORD_GRANULARITY);
    read.size = load(bytes, WORD_SIZE);
    read.reserve = load(bytes, WORD_RESERVE);
    read.id[0] = load(bytes, WORD_ID);
    read.id[1] = load(bytes, WORD_ID + 1);
    read.parts = (uint32_t)load(bytes, WORD_PARTS);
    read.scope = (section_scope)load(bytes, WORD_SCOPE);
    if (read.way != SECTION__WAY_MESSAGE)
        read_offer(&read, bytes);
    else if (!section__is_zero(bytes, (size_t)WORD_FROM * 8,
                               (size_t)WORD_NAME_LENGTH * 8))
        return SECTION_UNTRUSTED;
    if (read.way != SECTION__WAY_MESSAGE && !are_numbers(&read))
        return SECTION_UNTRUSTED;
    *parcel = read;
    return SECTION_OK;
}

/* ------------------------------------------------------------------------
 * Texts
 * ------------------------------------------------------------------------ */

/* Bytes up to the last that is not zero. */
static size_t length_of(const unsigned char bytes[SECTION__PARCEL_SIZE])
{
    size_t length = SECTION__PARCEL_SIZE;
    while (length != 0 && load(bytes, (int)(length / 8) - 1) == 0)
        length -= 8;
    while (length != 0 && bytes[length - 1] == 0)
        length--;
    return length;
}

static char digit_of(unsigned value)
{
    return (char)(value < 10 ? '0' + value : 'a' + (value - 10));
}

void section__parcel_print(char text[SECTION_OFFER_TEXT_SIZE],
                           const unsigned char bytes[SECTION__PARCEL_SIZE])
{
    size_t length = length_of(bytes);
    const size_t at = sizeof(text_prefix) - 1;
    memcpy(text, text_prefix, at);
    char *to = text + at;
    for (size_t i = 0; i < length; i++) {
        to[2 * i] = digit_of(bytes[i] >> 4);
        to[2 * i + 1] = digit_of(bytes[i] & 0xfu);
    }
    to[2 * length] = '\0';
}

/* The value of each digit and one more; 0 for what is none, as the end of a
 * text is. */
static const unsigned char values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
    ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
    ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16};

bool section__parcel_parse(unsigned char bytes[SECTION__PARCEL_SIZE],
                           const char *text)
{
    memset(bytes, 0, SECTION__PARCEL_SIZE);
    if (strncmp(text, text_prefix, sizeof(text_prefix) - 1) != 0)
        return false;
    text += sizeof(text_prefix) - 1;
    for (size_t i = 0; *text != '\0'; i++, text += 2) {
        unsigned high = values[(unsigned char)text[0]];
        unsigned low = high == 0 ? 0 : values[(unsigned char)text[1]];
        if (i == SECTION__PARCEL_SIZE || low == 0)
            return false;
        bytes[i] = (unsigned char)((high - 1) << 4 | (low - 1));
    }
    return true;
}
