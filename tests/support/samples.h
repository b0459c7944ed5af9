/* SPDX-License-Identifier: MIT */
/*
 * One section of each sort that can be handed over, and whether what arrived is
 * the section that was handed over.
 */
#ifndef TESTS_SAMPLES_H
#define TESTS_SAMPLES_H

#include "growing.h"

typedef enum sample {
    SAMPLE_MEMORY,
    SAMPLE_LAZY,
    SAMPLE_WRAPPED,
    SAMPLE_NAMED,
    SAMPLE_LAZY_NAMED,
    SAMPLE_FILE,
    SAMPLE_PART_OF_FILE, /* whose section is its first bytes */
    SAMPLE_LARGE,
    SAMPLE_GROWING_MEMORY,
    SAMPLE_GROWING_NAME,
    SAMPLE_GROWING_FILE,
    SAMPLES
} sample;

/* Bytes of each but SAMPLE_LARGE, and what those that grow can have. */
#define SAMPLE_SIZE    ((uint64_t)5000)
#define SAMPLE_RESERVE (3 * MIB)

/* Make one, with all the rights that it can have and a pattern in its bytes;
 * NULL where there are none. `word` tells it from others of this run. */
section *sample_make(sample which, const char *word);

/* The rights that it was made with. */
section_rights sample_rights(sample which);

/* The fewest rights that a handle like this one can be handed over with: some
 * that were wrapped cannot lose the right to write. */
section_rights sample_fewest(const section *s);

/* Take away what it may have left, when it is closed. */
void sample_tidy(sample which, const char *word);

/* Everything that the receiver of a section has to know of it, as a line. */
void sample_tell(char line[], size_t size, const section *s);

/* Fail unless what was received has these rights, has the bytes of a sample,
 * and all else is as the line tells it. */
void sample_check(const section *received, section_rights rights,
                  const char *line);

/* Fail unless what one writes is what the other reads. */
void sample_check_shared(const section *writer, const section *reader);

/* Take the section that this is the text of; or be refused with that status. */
section *sample_imported(const char *text);
void assert_not_imported(section_status expected, const char *text);

#endif
