/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: what may be a name, against the rules told differently.
 *
 * An odd first byte: the rest is the name as it is. An even one: each byte
 * chooses a piece of UTF-8, or of nearly UTF-8, because random bytes are no
 * name from the second on.
 */
#include "fake_internal.h"
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* Long enough for names that are too long. */
#define LONGEST 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const pieces[] = {
    "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
    "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a", "Z", " ", ".",
    "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "~",
    /* From here on no name. */
    "/", "\\", "\n", "\x7f", "\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
    "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3",
    "\xe2\x82", "\xf0\x9f\x98", "\xe2"};

#define PIECES (sizeof(pieces) / sizeof(pieces[0]))
#define GOOD   16

/* One in sixty-four pieces is a broken one. */
static const char *choose(uint8_t byte, size_t place)
{
    return byte < 252 ? pieces[byte % GOOD]
                      : pieces[GOOD + (byte + 4 * place) % (PIECES - GOOD)];
}

static size_t build(char *out, const uint8_t *data, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        const char *piece = choose(data[i], i);
        size_t bytes = strlen(piece);
        if (length + bytes > LONGEST)
            break;
        for (size_t j = 0; j < bytes; j++)
            out[length++] = piece[j];
    }
    return length;
}

static void judge(const char *bytes, size_t length)
{
    /* Alone on the heap, so that a sanitizer sees who reads on. */
    char *text = malloc(length + 1);
    FAKE_CHECK(text != NULL);
    memcpy(text, bytes, length);
    text[length] = '\0';
    FAKE_CHECK(section__is_name(text) == fake_is_name(text));
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[LONGEST];
    if (size == 0)
        return 0;
    bool raw = data[0] % 2 == 1;
    size_t length = size - 1 < LONGEST ? size - 1 : LONGEST;
    if (raw)
        memcpy(name, data + 1, length);
    else
        /* Short enough to be a name now and then. */
        length = build(name, data + 1, size - 1 < data[0] ? size - 1 : data[0]);
    judge(name, length);
    return 0;
}
