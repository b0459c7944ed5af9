/* SPDX-License-Identifier: MIT */
/*
 * The layout of the public structs, as one ABI has it: X(what, bytes). A line
 * that changes is a break for every program that was built before.
 *
 * Each layout_*.c has the table of one ABI; CMake chooses.
 */
#ifndef TESTS_LAYOUT_H
#define TESTS_LAYOUT_H

#include <stddef.h>

typedef struct layout_row {
    const char *what;
    size_t expected;
    size_t actual;
} layout_row;

extern const layout_row layout_rows[];
extern const size_t layout_count;

#define LAYOUT_SIZE(type, bytes)                                               \
    {                                                                          \
        "sizeof(" #type ")", (bytes), sizeof(type)                             \
    }
#define LAYOUT_PLACE(type, field, bytes)                                       \
    {                                                                          \
#type "." #field, (bytes), offsetof(type, field)                       \
    }
/* A version of a versioned struct ended behind this field. */
#define LAYOUT_VERSION(type, last, bytes)                                      \
    {                                                                          \
        "the version of " #type " up to " #last, (bytes),                      \
            offsetof(type, last) + sizeof(((type *)0)->last)                   \
    }

#endif
