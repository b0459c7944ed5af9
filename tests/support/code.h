/* SPDX-License-Identifier: MIT */
/*
 * Machine code: a small function for the processor that runs the test, and what
 * the system lets a program run.
 */
#ifndef TESTS_CODE_H
#define TESTS_CODE_H

#include "expect.h"

/* Bytes that the function takes at most. */
#define CODE_SIZE 32

/* Whether the machine code of this processor is known here. */
bool code_is_known(void);

/* Write a function that returns `value`. */
void code_write(void *at, unsigned char value);

/* Call what code_write() has written there, maybe through another view. */
int code_call(const void *at);

/* Whether the system lets the processor run what code_write() has written
 * there; asking harms nobody. */
bool code_can_run(const void *at);

/*
 * Ask the system, past the library, to let these bytes, which can be read, be
 * run as well. Whether it did.
 */
bool code_force_runnable(void *at, size_t length);

/* ------------------------------------------------------------------------
 * Used by code_posix.c and code_win32.c
 * ------------------------------------------------------------------------ */

/* The code alone: its length, or 0 if it is not known. */
size_t code_bytes(unsigned char bytes[CODE_SIZE], unsigned char value);

/* Call what is there, as it is. */
int code_enter(const void *at);

#endif
