/* SPDX-License-Identifier: MIT */
/*
 * Bytes as a text of hexadecimal digits.
 */
#include "bench_text.h"

void bench_text_print(char *out, const void *from, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = from;
    for (size_t i = 0; i < size; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 0xf];
    }
    *out = '\0';
}

/* 16 for what is none. */
static unsigned digit_of(char text)
{
    if (text >= '0' && text <= '9')
        return (unsigned)(text - '0');
    return text >= 'a' && text <= 'f' ? (unsigned)(text - 'a') + 10 : 16;
}

bool bench_text_read(void *out, size_t size, const char *text)
{
    unsigned char *bytes = out;
    for (size_t i = 0; i < size; i++, text += 2) {
        unsigned high = digit_of(text[0]);
        unsigned low = high == 16 ? 16 : digit_of(text[1]);
        if (low == 16)
            return false;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    return *text == '\0';
}
