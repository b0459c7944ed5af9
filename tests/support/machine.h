/* SPDX-License-Identifier: MIT */
/*
 * What this machine, system and process are: facts for tests, found out
 * without the library under test.
 */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a page. */
size_t machine_page_size(void);

/* Bytes of memory and swap: more than this cannot be committed. */
uint64_t machine_memory(void);

/* Descriptors or handles that this process has open. */
size_t machine_open_handles(void);

/* Mappings that this process has. */
size_t machine_mappings(void);

/* Bytes of memory that are this process's own. */
uint64_t machine_own_memory(void);

/* The largest number of mappings a process may have, 0 where only the address
 * space bounds it. */
size_t machine_largest_mappings(void);

/* Whether a sanitizer is built in: it has mappings and memory of its own. */
bool machine_is_sanitized(void);

/* Whether it is the thread sanitizer, which knows only some addresses. */
bool machine_is_thread_sanitized(void);

/* Whether this is Wine and not Windows. */
bool machine_is_wine(void);

/*
 * The settings that belong to the whole process, as text: working directory,
 * umask, locale, its threads, and what exactly happens on which signal.
 */
#define MACHINE_SETTINGS_SIZE 8192
void machine_settings(char text[MACHINE_SETTINGS_SIZE]);

/* Whether addresses have 64 bits. */
bool machine_is_64_bit(void);

#endif
