/* SPDX-License-Identifier: MIT */
/*
 * How long to try what another process or thread is working on. A single try is
 * the platform's.
 */
#include "internal.h"

/* Milliseconds of SECTION_TIMEOUT_DEFAULT. */
#define DEFAULT_TIMEOUT 10000u

/* Tries that are only followed by letting others run: whoever is at work makes
 * a few system calls and is done. */
#define EAGER_TRIES 8

/* Microseconds of the first pause after that, and of the longest. */
#define FIRST_PAUSE   50u
#define LONGEST_PAUSE 5000u

uint32_t section__timeout(uint32_t timeout)
{
    return timeout == SECTION_TIMEOUT_DEFAULT ? DEFAULT_TIMEOUT : timeout;
}

bool section__wait_for_others(section__patience *patience)
{
    uint64_t now = section_os_milliseconds();
    if (patience->tries == 0)
        patience->deadline = now + section__timeout(patience->timeout);
    else if (now >= patience->deadline)
        return false;
    uint32_t pause = 0;
    if (patience->tries >= EAGER_TRIES) {
        uint32_t doublings = patience->tries - EAGER_TRIES;
        pause = doublings < 7 ? FIRST_PAUSE << doublings : LONGEST_PAUSE;
    }
    patience->tries++;
    section_os_pause(pause);
    return true;
}
