/* SPDX-License-Identifier: MIT */
/*
 * Failing calls of Windows. faults_imports.c stands between the library and
 * what it imports: the symbol __imp_NAME, through which every call of NAME
 * goes, is defined there and not taken from the import library.
 */
#ifndef TESTS_FAULTS_WIN32_H
#define TESTS_FAULTS_WIN32_H

#include <stdbool.h>
#include <stddef.h>

/* Let the nth call from now on fail, and no other; the first is 1. */
void faults_arm(unsigned nth);

/* The same for the calls of this thread alone. */
void faults_arm_here(unsigned nth);

/* Let every call of one import that this thread makes fail with this code of
 * GetLastError(), or every one at all, until it is told NULL. */
void faults_deny_here(const char *name, unsigned long code);
void faults_deny_everybody(const char *name, unsigned long code);

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

/* What the latest section was made with (SEC_), and whether the thread acted
 * for a token of its own then; what the latest view was mapped with
 * (FILE_MAP_). */
unsigned long faults_section_kind(void);
bool faults_section_had_token(void);
unsigned long faults_view_access(void);

/* Pretend that this process may lock memory, which it takes to have large
 * pages: that it has the privilege, and that the privilege can be turned on. */
void faults_pretend_privilege(bool has, bool can_use);

/*
 * What stands in for calls that this system does not have. Whatever is NULL
 * stays as it is.
 */
typedef struct faults_stand_in {
    /* For a call of ntdll, by name: NULL for the system's. */
    void (*(*find)(const char *name))(void);
    /* The section of which to map a view instead. */
    void *(*instead_of)(void *handle);
    /* After a handle was duplicated, and before one is closed or a view
     * unmapped. */
    void (*duplicated)(void *from, void *to);
    void (*closed)(void *handle);
    void (*unmapped)(const void *address);
} faults_stand_in;

void faults_stand_in_for(const faults_stand_in *what);

/* Blocks of the heap that the library has. */
size_t faults_heap_blocks(void);

#endif
