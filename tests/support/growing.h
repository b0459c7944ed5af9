/* SPDX-License-Identifier: MIT */
/*
 * Sections that grow, of each kind that can be made: what nearly every test of
 * growth begins with.
 */
#ifndef TESTS_GROWING_H
#define TESTS_GROWING_H

#include "sections.h"

#define EXTENDER                                                               \
    ((section_rights)(SECTION_RIGHT_READ | SECTION_RIGHT_WRITE |               \
                      SECTION_RIGHT_EXTEND))

typedef enum growing_kind {
    GROWING_MEMORY, /* without a name */
    GROWING_NAME,   /* with one */
    GROWING_FILE,
    GROWING_KINDS
} growing_kind;

/* Whether sections of this kind grow here. */
bool growing_can(growing_kind kind);

/* A section to be made: of growing_can() kinds, one after the other. */
typedef struct growing {
    growing_kind kind;
    /* The name or the path; empty for memory without a name. */
    char place[FILES_PATH_SIZE + SECTION_NAME_MAX];
} growing;

/* What sections of this kind are called in this test. */
growing growing_at(growing_kind kind, const char *word);

/* Call a check with each kind from `first` on that grows here, called by this
 * word; false if there is none. */
bool growing_each(growing_kind first, const char *word,
                  void (*check)(const growing *what));

/* The kind and the place as a line, for a child, and back. */
void growing_write(char line[], size_t size, const growing *what);
growing growing_read(const char *line);

/* Options to make one with all rights. */
section_options growing_options(const growing *what, uint64_t size,
                                uint64_t reserve);

section *new_growing(const growing *what, uint64_t size, uint64_t reserve);

/* Open what is there, in this process or in another. */
section *opened_growing(const growing *what, section_rights rights,
                        uint64_t reserve);

/* Take the file of a section away that is closed. */
void growing_tidy(const growing *what);

/* Fail unless the section has this size now, whatever tells it. */
#define assert_size(size, s) expect_size((size), (s), __FILE__, __LINE__)

void expect_size(uint64_t size, const section *s, const char *file, int line);

/* Whether bytes are there and zero, found out without trying them with the
 * processor. */
bool bytes_are_zero(const section_view *view, size_t offset, size_t length);

#endif
