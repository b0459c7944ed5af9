/* SPDX-License-Identifier: MIT */
/* CRC-32C, a byte at a time. */
#include "crc32c.h"

static uint32_t table[256];

static void fill_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++)
            table[i] = table[i] >> 1 ^ (table[i] & 1) * UINT32_C(0x82f63b78);
    }
}

uint32_t crc32c(uint32_t sum, const void *bytes, size_t length)
{
    const unsigned char *byte = bytes;
    if (table[255] == 0) /* these programs have one thread */
        fill_table();
    sum = ~sum;
    for (size_t i = 0; i < length; i++)
        sum = table[(sum ^ byte[i]) & 0xff] ^ sum >> 8;
    return ~sum;
}
