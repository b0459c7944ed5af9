/* SPDX-License-Identifier: MIT */
/*
 * POSIX alone lets no process take what another one has: no row asks for it.
 */
#include "bench_bare_offers.h"

#include <errno.h>

static bool refuse(void)
{
    errno = ENOSYS;
    return bare_failed("taking an offer");
}

bool bare_process_ends(bare_ticket *said)
{
    (void)said;
    return refuse();
}

bool bare_offer_take(bare_handle *out, const char *text)
{
    (void)text;
    *out = BARE_NONE;
    return refuse();
}

bool bare_offer_is_gone(bool *gone, const char *text)
{
    (void)text;
    *gone = false;
    return refuse();
}
