/* SPDX-License-Identifier: MIT */
/*
 * What two processes do with memory that both have mapped: round trips on two
 * cache lines, and a ring of messages in one direction. The same functions run
 * over a view of a section and over a bare mapping.
 */
#ifndef BENCH_CHANNEL_H
#define BENCH_CHANNEL_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No two processors write the same line of 64 bytes. */
typedef struct bench_line {
    alignas(64) atomic_uint_least32_t value;
} bench_line;

/* Small enough for the cache of one processor: larger, and where its pages lie
 * would decide. */
#define BENCH_RING_SIZE       ((size_t)256 << 10)
#define BENCH_MOST_MESSAGES   1024
#define BENCH_LARGEST_MESSAGE ((size_t)64 << 10)

typedef struct bench_channel {
    bench_line ping;
    bench_line pong;
    bench_line written; /* messages put into the ring */
    bench_line taken;   /* messages taken out of it */
    alignas(4096) unsigned char ring[BENCH_RING_SIZE];
} bench_channel;

/* All counters to 0: nobody else is in the channel. */
void bench_channel_reset(bench_channel *channel);

/* One side of `count` round trips. They give up when the other side does not
 * answer for a long time. */
bool bench_channel_ping(bench_channel *channel, uint32_t first, uint32_t count);
bool bench_channel_pong(bench_channel *channel, uint32_t count);

/* One side of `count` messages. Each begins with its number, which the reader
 * checks. */
bool bench_channel_write(bench_channel *channel, uint32_t count, size_t message,
                         unsigned char *bytes);
bool bench_channel_read(bench_channel *channel, uint32_t count, size_t message,
                        unsigned char *bytes);

#endif
