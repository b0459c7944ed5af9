/* SPDX-License-Identifier: MIT */
/*
 * Pages in memory: whether a touch needs the system's help, and what is locked;
 * by the system's own calls.
 */
#ifndef TESTS_RESIDENCE_H
#define TESTS_RESIDENCE_H

#include "expect.h"

/*
 * Read each page of a range, or write each of them (its first byte, with
 * `value`), and tell how often the system had to help.
 */
uint64_t residence_faults_to_read(const void *start, size_t length);
uint64_t residence_faults_to_write(void *start, size_t length,
                                   unsigned char value);

/* Whether this system tells what is locked. */
bool residence_knows_locks(void);

/* Whether any page of a range is locked, where that is known. */
bool residence_is_locked(const void *start, size_t length);

/* In the role of a child: lock no more than so many bytes at the same time.
 * False where there is no such limit, or where 0 is none. */
bool residence_limit_locks(uint64_t bytes);

#endif
