/* SPDX-License-Identifier: MIT */
/*
 * Bytes as a text, for what the bare calls offer.
 */
#ifndef BENCH_TEXT_H
#define BENCH_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Two digits for each byte, and the end. */
void bench_text_print(char *out, const void *from, size_t size);

/* The same back; false if it is no such text. */
bool bench_text_read(void *out, size_t size, const char *text);

#endif
