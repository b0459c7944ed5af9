/* SPDX-License-Identifier: MIT */
/*
 * Words in bytes that are the same on every machine: little-endian. For lib/
 * and back ends alike.
 */
#ifndef SECTION_PLATFORM_BYTES_H
#define SECTION_PLATFORM_BYTES_H

#include <stdint.h>

static inline void section__store_word(unsigned char *bytes, uint64_t word)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(word >> (8 * i));
}

static inline uint64_t section__load_word(const unsigned char *bytes)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

#endif
