/* SPDX-License-Identifier: MIT */
#include "channel.h"

#include "threads.h"

void channel_close(const channel *both)
{
    channel_end(both->end[0]);
    channel_end(both->end[1]);
}

struct carrier {
    const channel *over;
    const section *of;
    section_rights rights;
    channel_outcome outcome;
};

/* Where sending waits for the receiver, one thread cannot be both. */
static void carry(size_t index, void *context)
{
    struct carrier *c = context;
    if (index == 0)
        c->outcome.sent = section_send(c->over->end[0], c->of, c->rights,
                                       SECTION_TIMEOUT_DEFAULT);
    else
        c->outcome.received = section_receive(
            &c->outcome.section, c->over->end[1], SECTION_TIMEOUT_DEFAULT);
}

channel_outcome channel_carry(const channel *over, const section *of,
                              section_rights rights)
{
    struct carrier c = {over, of, rights, {0, 0, expect_poison()}};
    threads_run(2, carry, &c);
    assert_that((c.outcome.section != NULL) ==
                (c.outcome.received == SECTION_OK));
    return c.outcome;
}

section *channel_handed(const section *of, section_rights rights)
{
    channel over = channel_make(0);
    channel_outcome outcome = channel_carry(&over, of, rights);
    channel_close(&over);
    assert_status(SECTION_OK, outcome.sent);
    assert_status(SECTION_OK, outcome.received);
    return outcome.section;
}

/* ------------------------------------------------------------------------
 * Past somebody who meddles
 * ------------------------------------------------------------------------ */

struct relay {
    channel sending, receiving; /* the first end of each is the meddler's */
    struct carrier carrier;
    channel_meddler *meddler;
};

static void pass_all(channel_meddler *m, int direction, section_native from,
                     section_native to)
{
    size_t passed, done = 0;
    do {
        /* The byte may have gone by already. */
        bool is_ahead = m->at[direction] >= done;
        size_t at = is_ahead ? m->at[direction] - done : SIZE_MAX;
        passed = channel_pass(from, to, at, m->bits[direction]);
        done += passed;
    } while (passed != 0);
    m->passed[direction] = done;
    channel_break(to);
}

static void take_part(size_t index, void *context)
{
    struct relay *r = context;
    if (index == 2)
        pass_all(r->meddler, 0, r->sending.end[0], r->receiving.end[0]);
    if (index == 3)
        pass_all(r->meddler, 1, r->receiving.end[0], r->sending.end[0]);
    if (index > 1)
        return;
    carry(index, &r->carrier);
    channel_end(index == 0 ? r->sending.end[1] : r->receiving.end[1]);
}

channel_outcome channel_carry_past(channel_meddler *meddler, const section *of,
                                   section_rights rights)
{
    struct relay r = {.meddler = meddler};
    r.sending = channel_make(channel_kind_to_relay());
    r.receiving = channel_make(channel_kind_to_relay());
    const channel over = {{r.sending.end[1], r.receiving.end[1]}};
    r.carrier = (struct carrier){&over, of, rights, {0, 0, expect_poison()}};
    threads_run(4, take_part, &r);
    channel_end(r.sending.end[0]);
    channel_end(r.receiving.end[0]);
    assert_that((r.carrier.outcome.section != NULL) ==
                (r.carrier.outcome.received == SECTION_OK));
    return r.carrier.outcome;
}
