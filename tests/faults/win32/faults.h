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

/* Let the next call of one import fail with this code: of GetLastError(), or an
 * NTSTATUS if that is what it returns. */
void faults_arm_import(const char *name, unsigned long code);

/* Let all calls pass: the name of what has failed, or NULL if there were fewer
 * calls. */
const char *faults_disarm(void);

/* If what has failed is UnmapViewOfFile(): the view that is still there. */
const void *faults_left_mapped(void);

/* Calls of CreateFileW() so far, and what the latest had for flags. */
size_t faults_files_opened(void);
unsigned long faults_file_flags(void);

/* Blocks of the heap that the library has. */
size_t faults_heap_blocks(void);

#endif
