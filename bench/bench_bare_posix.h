/* SPDX-License-Identifier: MIT */
/*
 * What the POSIX files of the bare calls share.
 */
#ifndef BENCH_BARE_POSIX_H
#define BENCH_BARE_POSIX_H

#include "bench_bare.h"

/* Keep what failed, with errno; gives false. */
bool bare_failed(const char *call);

/* The processor's name where the system tells; else unchanged. */
void bare_find_processor(bare_machine *out);

#endif
