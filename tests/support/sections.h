/* SPDX-License-Identifier: MIT */
/*
 * Short words for what nearly every test begins with. Each fails the test if
 * the library does not do it.
 */
#ifndef TESTS_SECTIONS_H
#define TESTS_SECTIONS_H

#include "expect.h"
#include "files.h"
#include "machine.h"
#include "names.h"

#include <section/native.h>

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define TIB ((uint64_t)1 << 40)

#define READ_ONLY  ((section_rights)SECTION_RIGHT_READ)
#define READ_WRITE ((section_rights)(SECTION_RIGHT_READ | SECTION_RIGHT_WRITE))

/* Options for memory, or for a file. */
section_options memory_options(uint64_t size);
section_options file_options(const char *path, uint64_t size,
                             section_disposition disposition);

section_options named_options(const char *name, uint64_t size);

section *new_memory(uint64_t size);
section *new_lazy_memory(uint64_t size);
section *new_file(const char *path, uint64_t size,
                  section_disposition disposition);
section *opened_file(const char *path, section_rights rights);
section *new_named(const char *name, uint64_t size);
section *opened(const char *name);
section *opened_to(const char *name, section_rights rights);
section *duplicate_of(const section *s, section_rights rights);
section *wrapped(section_native native, section_rights rights,
                 section_ownership ownership);

section_view mapped(const section *s, uint64_t offset, size_t length,
                    section_access access);
void unmap(section_view *view);

section_info info_of(const section *s);
bool has_flag(const section *s, uint32_t flag);
section_system this_system(void);
section_native native_of(const section *s);

/* What opening a name, or creating it anew, comes to; what was opened or
 * created is closed again. */
section_status status_of_open(const char *name);
section_status status_of_create(const char *name);

/* Fail unless nobody holds a section of that name. */
#define assert_gone(name) assert_status(SECTION_NOT_FOUND, status_of_open(name))

/* Fail unless somebody does. */
#define assert_alive(name) assert_status(SECTION_OK, status_of_open(name))

/* The bytes of a view. */
unsigned char *bytes_of(const section_view *view);

/* Write and check a pattern that differs from place to place. */
void fill(unsigned char *bytes, size_t length, uint64_t offset);
bool is_filled(const unsigned char *bytes, size_t length, uint64_t offset);

/* Write and look through a short-lived view. */
void poke(const section *s, uint64_t offset, unsigned char value);
unsigned char peek(const section *s, uint64_t offset);

/* The start of each page of a view, written with `value`, or compared. */
void touch_pages(const section_view *view, unsigned char value);
bool pages_are(const section_view *view, unsigned char value);

#endif
