/* SPDX-License-Identifier: MIT */
/*
 * What a name may be, told once more and differently than in lib/: each
 * character is decoded, and then encoded again to see whether that is what
 * stood there.
 */
#include "fake_internal.h"

#include <string.h>

/* The UTF-8 of a character (RFC 3629), or 0 bytes for what is none. */
static size_t encode(unsigned char out[4], uint32_t character)
{
    if (character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff))
        return 0;
    size_t following = character < 0x80      ? 0
                       : character < 0x800   ? 1
                       : character < 0x10000 ? 2
                                             : 3;
    for (size_t i = following; i > 0; i--) {
        out[i] = (unsigned char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    static const unsigned char marks[] = {0, 0xc0, 0xe0, 0xf0};
    out[0] = (unsigned char)(marks[following] | character);
    return following + 1;
}

/* The six, five, four or three bits of the first byte, and six of each that is
 * to follow, whatever it is. */
static uint32_t decode(const unsigned char *bytes, size_t *length)
{
    static const uint32_t masks[] = {0x7f, 0x1f, 0x0f, 0x07};
    unsigned char first = bytes[0];
    *length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t character = first & masks[*length - 1];
    for (size_t i = 1; i < *length; i++) {
        if (bytes[i] == 0)
            return UINT32_MAX;
        character = character << 6 | (bytes[i] & 0x3f);
    }
    return character;
}

/* The bytes of the first character, 0 if it cannot be in a name. */
static size_t count_bytes(const unsigned char *bytes)
{
    unsigned char again[4];
    size_t length;
    uint32_t character = decode(bytes, &length);
    if (character < ' ' || character == 0x7f || character == '/' ||
        character == '\\')
        return 0;
    if (encode(again, character) != length || memcmp(again, bytes, length) != 0)
        return 0;
    return length;
}

bool fake_is_name(const char *text)
{
    size_t length = strlen(text);
    size_t place = 0;
    while (place < length) {
        size_t bytes = count_bytes((const unsigned char *)text + place);
        if (bytes == 0)
            return false;
        place += bytes;
    }
    return length > 0 && length <= SECTION_NAME_MAX;
}
