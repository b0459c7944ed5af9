/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic on sizes and offsets that cannot overflow. Pure functions.
 */
#ifndef SECTION_ARITHMETIC_H
#define SECTION_ARITHMETIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The next multiple of a power of two; `value` leaves room for it. */
static inline uint64_t section__round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) & ~(unit - 1);
}

/* The last multiple of a power of two. */
static inline uint64_t section__round_down(uint64_t value, uint64_t unit)
{
    return value & ~(unit - 1);
}

/* Whether `length` bytes from `offset` on are inside `size` bytes. */
static inline bool section__is_inside(uint64_t offset, uint64_t length,
                                      uint64_t size)
{
    return offset <= size && length <= size - offset;
}

#endif
