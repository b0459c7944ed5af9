/* SPDX-License-Identifier: MIT */
/*
 * What the POSIX files of bare offers share.
 */
#ifndef BENCH_BARE_OFFERS_H
#define BENCH_BARE_OFFERS_H

#include "bench_bare_posix.h"

/* What the text of an offer says. */
typedef struct bare_ticket {
    uint64_t from, from_born; /* who offers, and when that was started */
    uint64_t to, to_born;
    uint64_t memory, ticket; /* descriptors */
    uint64_t size, writes, memory_id[2];
    uint64_t id[2]; /* of the ticket */
    uint64_t secret[2];
} bare_ticket;

/* What the ticket has. */
typedef struct bare_ticket_page {
    uint64_t secret[2];
    int32_t decided; /* how many have wanted to take it, or to take it back */
} bare_ticket_page;

size_t bare_page_size(void);

/* Say who offers, and whom to; false where no process can take it. */
bool bare_process_ends(bare_ticket *said);

#endif
