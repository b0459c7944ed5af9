/* SPDX-License-Identifier: MIT */
/*
 * Addresses, by the system's own calls: what can be read or written without
 * trying it with the processor, and what the system lets a program change.
 */
#ifndef TESTS_MEMORY_H
#define TESTS_MEMORY_H

#include "expect.h"

/* Whether the byte at an address can be read, or written; asking harms
 * nobody. */
bool memory_can_read(const void *address);
bool memory_can_write(void *address);

/*
 * Ask the system, past the library, to make the pages of these bytes writable
 * in a way that writes what is mapped there. Whether it did.
 */
bool memory_force_writable(void *address, size_t length);

/* Take `length` bytes of address space that nothing else uses, and give them
 * back. */
void *memory_reserve(size_t length);
void memory_release(void *address, size_t length);

#endif
