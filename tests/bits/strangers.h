/* SPDX-License-Identifier: MIT */
/*
 * Strangers that are started, and what passes between them: pipes of lines, and
 * the channels, texts and directories that messages of another version are put
 * into.
 */
#ifndef TESTS_BITS_STRANGERS_H
#define TESTS_BITS_STRANGERS_H

#include "expect.h"

#include <section/transfer.h>

#define STRANGER_LINE 2048

typedef struct stranger {
    long process; /* 0 for one that another stranger has started */
    int in, out;  /* what it hears, what it says */
} stranger;

/* Start the program; these two descriptors keep their numbers there, -1 for
 * none. Its names are in this directory. */
stranger stranger_start(const char *program, const int kept[2],
                        const char *directory);

/* Two ends of a channel, and ends of pipes; nobody inherits them by himself. */
void stranger_pair(int ends[2]);
void stranger_pipe(int ends[2]);
void stranger_close(const int ends[2]);

/* Tell it something and hear its answer: a status, and a text. */
section_status stranger_ask(const stranger *s, char text[STRANGER_LINE],
                            const char *format, ...);

/* Hear an answer that nobody has asked for. */
section_status stranger_hear(const stranger *s, char text[STRANGER_LINE]);

/* Let it end, and fail if it does not end well. */
void stranger_end(const stranger *s);

/* A directory for names and files, and its end, with all that is in it. */
void strangers_directory(char path[64]);
void strangers_remove(const char *path);

/* Pass on one message, with one byte of it changed. */
void strangers_relay(int from, int to, size_t at, int change);

/* Change the format version in a directory of names by so much. */
void strangers_change_format(const char *directory, int by);

#endif
