/* SPDX-License-Identifier: MIT */
/*
 * Busy waiting between two processes. On a machine with few processors the
 * other side may not be running, so after some turns the waiting side gives its
 * processor away; after a long time it gives up, because the other is dead.
 */
#include "bench_channel.h"

#include "bench_bare.h"

#include <string.h>

#define TURNS_BEFORE_YIELD 2000u
#define YIELDS_PER_LOOK    256u
#define PATIENCE           ((uint64_t)30 * 1000000000)

typedef struct wait {
    uint32_t turns;
    uint32_t yields;
    uint64_t deadline;
} wait;

/* One more turn; false when it has been long enough. */
static bool wait_on(wait *w)
{
    if (++w->turns < TURNS_BEFORE_YIELD)
        return true;
    bare_yield();
    if (++w->yields % YIELDS_PER_LOOK != 0)
        return true;
    uint64_t now = bare_now();
    if (w->deadline == 0)
        w->deadline = now + PATIENCE;
    return now < w->deadline;
}

static uint32_t load(bench_line *line)
{
    return (uint32_t)atomic_load_explicit(&line->value, memory_order_acquire);
}

static void store(bench_line *line, uint32_t value)
{
    atomic_store_explicit(&line->value, value, memory_order_release);
}

static bool wait_for(bench_line *line, uint32_t value)
{
    wait w = {0, 0, 0};
    while (load(line) != value)
        if (!wait_on(&w))
            return false;
    return true;
}

void bench_channel_reset(bench_channel *channel)
{
    store(&channel->ping, 0);
    store(&channel->pong, 0);
    store(&channel->written, 0);
    store(&channel->taken, 0);
}

bool bench_channel_ping(bench_channel *channel, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        store(&channel->ping, i);
        if (!wait_for(&channel->pong, i))
            return false;
    }
    return true;
}

bool bench_channel_pong(bench_channel *channel, uint32_t count)
{
    for (uint32_t i = 1; i <= count; i++) {
        if (!wait_for(&channel->ping, i))
            return false;
        store(&channel->pong, i);
    }
    return true;
}

static uint32_t slots_of(size_t message)
{
    size_t slots = BENCH_RING_SIZE / message;
    return slots < BENCH_MOST_MESSAGES ? (uint32_t)slots : BENCH_MOST_MESSAGES;
}

bool bench_channel_write(bench_channel *channel, uint32_t count, size_t message,
                         unsigned char *bytes)
{
    uint32_t slots = slots_of(message);
    for (uint32_t i = 0; i < count; i++) {
        wait w = {0, 0, 0};
        while (i - load(&channel->taken) >= slots)
            if (!wait_on(&w))
                return false;
        memcpy(bytes, &i, sizeof(i));
        memcpy(channel->ring + (i % slots) * message, bytes, message);
        store(&channel->written, i + 1);
    }
    return wait_for(&channel->taken, count);
}

bool bench_channel_read(bench_channel *channel, uint32_t count, size_t message,
                        unsigned char *bytes)
{
    uint32_t slots = slots_of(message);
    bool in_order = true;
    for (uint32_t i = 0; i < count; i++) {
        wait w = {0, 0, 0};
        while (load(&channel->written) == i)
            if (!wait_on(&w))
                return false;
        uint32_t number;
        memcpy(bytes, channel->ring + (i % slots) * message, message);
        memcpy(&number, bytes, sizeof(number));
        in_order = in_order && number == i;
        store(&channel->taken, i + 1);
    }
    return in_order;
}
