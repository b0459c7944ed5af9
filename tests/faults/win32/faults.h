/* SPDX-License-Identifier: MIT */
/*
 * Failing calls of Windows. faults_imports.c stands between the library and
 * what it imports: the symbol __imp_NAME, through which every call of NAME
 * goes, is defined there and not taken from the import library.
 */
#ifndef TESTS_FAULTS_WIN32_H
#define TESTS_FAULTS_WIN32_H

#include <stddef.h>

/* Let the nth call from now on fail, and no other; the first is 1. */
void faults_arm(unsigned nth);

/* Let all calls pass: the name of what has failed, or NULL if there were fewer
 * calls. */
const char *faults_disarm(void);

/* If what has failed is UnmapViewOfFile(): the view that is still there. */
const void *faults_left_mapped(void);

/* Blocks of the heap that the library has. */
size_t faults_heap_blocks(void);

#endif
