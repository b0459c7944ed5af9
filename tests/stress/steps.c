/* SPDX-License-Identifier: MIT */
#include "steps.h"

#include "outside.h"

#include <string.h>

typedef struct thread_state {
    history *h;
    uint32_t actor;
    record_kind kind;
    uint64_t random;
    uint32_t slow; /* the place at which this thread likes to be slow */
} thread_state;

static _Thread_local thread_state self;

/* xorshift64*, by G. Marsaglia and S. Vigna. */
uint32_t steps_random(uint32_t bound)
{
    uint64_t x = self.random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    self.random = x;
    return (uint32_t)((x * 0x2545f4914f6cdd1du) >> 33) % bound;
}

/* So few places are used that a thread often is slow at one of them. */
#define USUAL_PLACES 32

void steps_begin(history *h, uint32_t who, uint64_t seed)
{
    self.h = h;
    self.actor = who;
    self.kind = RECORD_NONE;
    self.random = (seed + who) * 0x9e3779b97f4a7c15u + 1;
    if (self.random == 0)
        self.random = 1;
    for (int i = 0; i < 8; i++)
        (void)steps_random(2);
    self.slow = steps_random(USUAL_PLACES);
}

void steps_enter(record_kind kind)
{
    self.kind = kind;
}

/* The entry of a place; the last one if there are too many. */
static uint32_t find_place(history *h, uintptr_t address)
{
    uint32_t i = 0;
    for (; i < HISTORY_PLACES - 1; i++) {
        uintptr_t found = h->places[i].address;
        if (found == 0)
            (void)atomic_compare_exchange_strong(&h->places[i].address, &found,
                                                 address);
        if (found == 0)
            h->places[i].kind = self.kind;
        if (found == 0 || found == address)
            break;
    }
    return i;
}

static void die(place *here)
{
    history *h = self.h;
    atomic_fetch_add(&here->kills, 1);
    atomic_fetch_add(&h->kills_in[self.kind], 1);
    history_end(h, self.actor, ENDING_IN_STEP);
    outside_suicide();
}

static void be_stopped(void)
{
    actor *a = &self.h->actors[self.actor];
    uint32_t running = HISTORY_NOBODY;
    uint32_t stopped = history_stop(self.h);
    /* One thread at a time. The stop may come a little later, by way of another
     * thread: this one goes on when somebody has let the process run. */
    if (stopped != HISTORY_NOBODY &&
        atomic_compare_exchange_strong(&a->stopped, &running, stopped)) {
        outside_stop_self();
        while (a->stopped == stopped)
            outside_sleep(200);
    } else {
        history_continue(self.h, stopped);
    }
}

/* Widen the windows for the others. */
static void linger(uint32_t here)
{
    uint32_t chance = steps_random(64);
    if (here == self.slow && chance < 16)
        outside_sleep(50 + steps_random(1500));
    else if (chance < 6)
        outside_yield();
    else if (chance == 6)
        for (volatile uint32_t i = steps_random(20000); i != 0; i--)
            continue;
}

/* Places that were hit less often are hit more easily. */
#define RARE       4
#define RARE_KILLS 8

void steps_pass(uintptr_t address)
{
    if (self.h == NULL)
        return;
    const settings *set = &self.h->set;
    uint32_t number = find_place(self.h, address);
    place *here = &self.h->places[number];
    atomic_fetch_add_explicit(&here->visits, 1, memory_order_relaxed);
    uint32_t kills = set->step_kills;
    if (here->kills < RARE)
        kills *= RARE_KILLS;
    uint32_t chance = steps_random(1000000);
    if (chance < kills)
        die(here);
    else if (chance < kills + set->step_stops)
        be_stopped();
    else
        linger(number);
}
