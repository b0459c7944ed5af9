/* SPDX-License-Identifier: MIT */
/*
 * What the POSIX files of the bare calls share.
 */
#ifndef BENCH_BARE_POSIX_H
#define BENCH_BARE_POSIX_H

#include "bench_bare.h"

/* As long as a name of the benchmark gets, with what is put before it. */
#define BARE_NAME_SIZE 128

/* Keep what failed, with errno; gives false. */
bool bare_failed(const char *call);

/* The processor's name where the system tells; else unchanged. */
void bare_find_processor(bare_machine *out);

/* Where the names of the bare calls are. */
extern int bare_names_directory;

/* Whether a descriptor is of memory, as far as the system tells that apart from
 * other things, and, if asked for, sealed; and of pages of the usual size. */
bool bare_is_memory(int descriptor, bool sealed);
bool bare_has_small_pages(int descriptor, int64_t block_size);

/* A descriptor that only reads, and of which no other user can make more. */
bool bare_narrow(bare_handle *out, bare_handle memory);

/* Compare a descriptor that has come with what it has to be. */
bool bare_check_goods(int memory, const bare_goods *expected);

/* The memory of a name and what holds it, for another process; and what has
 * come as the latter. */
bool bare_name_hand_over(bare_named *out, const bare_named *held, bool writes);
bool bare_name_accept(int record, const bare_goods *expected);

/* Whether what stands under a name in a directory is held. */
bool bare_name_probe(bool *alive, int directory, const char *entry);

#endif
