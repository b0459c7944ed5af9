/* SPDX-License-Identifier: MIT */
/*
 * The hidden page behind memory whose system rounds sizes (design.md, "Where
 * size, reserve and id are kept"). Pure functions on bytes.
 */
#ifndef SECTION_TRAILER_H
#define SECTION_TRAILER_H

#include "platform.h"

/* Bytes at the start of the last page that the trailer takes. */
#define SECTION__TRAILER_SIZE 64

/* Where, from the start of the trailer, the size of what grows is: a word that
 * only ever becomes larger, changed and read by all holders. */
#define SECTION__TRAILER_GROWN 64

/* The version of everything this library leaves in shared places. */
#define SECTION__FORMAT_VERSION 1

/* What reading a trailer found. */
typedef enum section__trailer_verdict {
    SECTION__TRAILER_ABSENT, /* not ours: the object has its own size */
    SECTION__TRAILER_VALID,  /* ours, and consistent with the object */
    SECTION__TRAILER_FOREIGN /* ours, of a format this version cannot read */
} section__trailer_verdict;

/* The bytes an object needs for `size` bytes of data and a trailer. */
uint64_t section__trailer_stored_size(uint64_t size, uint32_t page_size);

/* Write the trailer of a section: facts->size bytes of data, facts->reserve if
 * it grows, and facts->id. */
void section__trailer_encode(unsigned char bytes[SECTION__TRAILER_SIZE],
                             const section_os_facts *facts);

/*
 * Read a trailer found in the last page of an object of facts->size bytes.
 *
 * Whoever can write the object can write this too, so nothing is believed that
 * would reach beyond the object: size and reserve become at most what lies
 * before the last page, and the id is a hint. Written only if the verdict is
 * VALID.
 */
section__trailer_verdict
section__trailer_decode(section_os_facts *facts,
                        const unsigned char bytes[SECTION__TRAILER_SIZE],
                        uint32_t page_size);

#endif
