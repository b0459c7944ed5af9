/* SPDX-License-Identifier: MIT */
/* Where a server of the tests can be found: place_posix.c, place_win32.c. */
#ifndef TESTS_PLACE_H
#define TESTS_PLACE_H

#include <stdbool.h>

#define PLACE_SIZE 128

typedef struct place {
    char address[PLACE_SIZE];
} place;

/* An address that nobody serves at. */
place place_new(void);

/* Whether a server has left it as it was. */
bool place_is_free(const place *where);

void place_end(const place *where);

#endif
