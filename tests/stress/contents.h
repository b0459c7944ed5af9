/* SPDX-License-Identifier: MIT */
/*
 * What is in a section of a stress run: at its start who it is, at its end the
 * same once more, and between a word that its holders write to.
 */
#ifndef TESTS_STRESS_CONTENTS_H
#define TESTS_STRESS_CONTENTS_H

#include "history.h"

#include <section/section.h>

/* The first eight bytes; the next eight are the number of the run. */
#define CONTENTS_MAGIC 0x6e6f6974636573ffu

/* The least bytes a section has. */
#define CONTENTS_LEAST 64

/* What the initializer of one call needs. */
typedef struct contents_maker {
    history *h;
    uint32_t record; /* of the call; NOBODY: it is not written down */
    uint32_t name;
    uint32_t size;
    uint32_t reserve;
    section_status answer; /* what it shall return */
    bool ran;
} contents_maker;

/* A section_initializer: gives the section the next number and its contents,
 * after looking whether all of it is zero. */
section_status contents_make(void *data, size_t length, void *maker);

/* The number of the section that these bytes are of, after all of it has been
 * checked; NOBODY if they are not what a creator of this name wrote. Complains
 * about what is wrong. */
uint32_t contents_check(history *h, uint32_t name, const section_view *view,
                        const char *where);

/* Write something into it that no later section may show. */
void contents_scribble(const section_view *view, uint32_t what);

/* The sizes that sections have. */
uint32_t contents_size(uint64_t chance);

#endif
