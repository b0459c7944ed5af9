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

/* Whether what stands under a name in a directory is held. */
bool bare_name_probe(bool *alive, int directory, const char *entry);

#endif
