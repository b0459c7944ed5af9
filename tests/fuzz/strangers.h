/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that have no business in a message with a section, of every kind
 * there is; and a file that this process has locked, as programs do which know
 * nothing of the library.
 */
#ifndef TESTS_STRANGERS_H
#define TESTS_STRANGERS_H

#include <stdbool.h>
#include <stddef.h>

#define STRANGERS_MOST 64

typedef struct strangers {
    int descriptors[STRANGERS_MOST];
    size_t count;
} strangers;

/* End the program, saying why, unless the condition holds. */
#define FUZZ_CHECK(condition)                                                  \
    ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))

_Noreturn void fuzz_broken(const char *what, const char *file, int line);

/* Add one; it is never closed. */
void strangers_add(strangers *to, int descriptor);

/* Those of any POSIX system, with files in this directory. */
void strangers_make(strangers *to, const char *directory);

/* Remove a directory and the files in it. */
void strangers_tidy(const char *directory);

/* Those of this system alone: strangers_linux.c, strangers_none.c. */
void strangers_make_special(strangers *to, const char *directory);

/* Lock a file by fcntl(), which lasts until any of its descriptors is closed in
 * this process; and whether it still has the lock. */
int strangers_lock(const char *directory);
bool strangers_still_lock(void);

#endif
