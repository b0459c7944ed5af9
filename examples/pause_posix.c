/* SPDX-License-Identifier: MIT */
/* Waiting on POSIX. */
#include "pause.h"

#include <time.h>

void pause_shortly(void)
{
    const struct timespec moment = {0, 10000000};
    (void)nanosleep(&moment, NULL);
}
