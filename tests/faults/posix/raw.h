/* SPDX-License-Identifier: MIT */
/*
 * What a directory of names holds, by the system's own calls and not by the
 * library's.
 */
#ifndef TESTS_FAULTS_RAW_H
#define TESTS_FAULTS_RAW_H

#include <stdbool.h>

#define RAW_NAMES 16

/* The names of a directory, and what is on its way to become one. */
typedef struct raw_names {
    unsigned count;
    struct {
        char entry[64];
        bool held;
    } names[RAW_NAMES];
} raw_names;

/* Read them; none if there is no directory. */
raw_names raw_read(const char *directory);

/* Whether an entry is among them. */
bool raw_has(const raw_names *names, const char *entry);

/* Remove the directory, if it is there, and all that is in it. */
void raw_remove(const char *directory);

/* --- raw_inode.c, raw_record.c: by the shape of the protocol --- */

/* Remove the memory that an entry tells of, if that is not the entry. */
void raw_remove_memory(const char *entry);

/* Whether anybody holds the name of an entry. */
bool raw_is_held(int directory, const char *entry);

/* Fail unless nobody works on any name of a directory. */
void raw_expect_unlocked(const char *directory);

#endif
