/* SPDX-License-Identifier: MIT */
/*
 * The clock of the fake platform: it goes on when somebody pauses, and by
 * nothing else.
 */
#include "fake_internal.h"

/* A clock that is never set begins anywhere. */
#define BEGINNING UINT64_C(123456789012)

/* The first pauses are kept one by one. */
#define KEPT 64

static uint64_t microseconds;
static fake_pauses pauses;
static uint32_t kept[KEPT];
static void (*act)(void *context, unsigned pause);
static void *act_context;

void fake_clock_start(void)
{
    microseconds = BEGINNING;
    pauses = (fake_pauses){0};
    act = NULL;
}

uint64_t section_os_milliseconds(void)
{
    return microseconds / 1000;
}

void section_os_pause(uint32_t length)
{
    if (pauses.count < KEPT)
        kept[pauses.count] = length;
    pauses.count++;
    pauses.total += length;
    if (length > pauses.longest)
        pauses.longest = length;
    /* Letting others run takes some time, too. */
    microseconds += length + 1;
    if (act != NULL)
        act(act_context, pauses.count);
}

void fake_at_each_pause(void (*does)(void *context, unsigned pause),
                        void *context)
{
    act = does;
    act_context = context;
}

void fake_turn_clock(uint64_t milliseconds)
{
    microseconds += 1000 * milliseconds;
}

fake_pauses fake_count_pauses(void)
{
    return pauses;
}

uint32_t fake_pause_length(unsigned pause)
{
    FAKE_CHECK(pause >= 1 && pause <= pauses.count && pause <= KEPT);
    return kept[pause - 1];
}
