/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of POSIX that offer memory by a text: what is offered is kept
 * open, and beside it a page with a secret, in which who is first to take it or
 * to take it back makes that known.
 */
#include "bench_bare_offers.h"
#include "bench_text.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(2 * sizeof(bare_ticket) < sizeof(((bare_offer *)0)->text),
               "the text of an offer");

static bool make_ticket(bare_offer *out, bare_ticket *said)
{
    size_t size = bare_page_size();
    struct stat status;
    if (!bare_memory_create(&out->ticket, size, false) ||
        !bare_memory_seal(out->ticket))
        return false;
    if (getentropy(said->secret, sizeof(said->secret)) != 0)
        return bare_failed("getentropy");
    out->page = bare_map(out->ticket, 0, size, SECTION_ACCESS_READ_WRITE);
    if (out->page == NULL)
        return false;
    if (fstat((int)out->ticket, &status) != 0)
        return bare_failed("fstat");
    said->id[0] = (uint64_t)status.st_dev;
    said->id[1] = (uint64_t)status.st_ino;
    memcpy(((bare_ticket_page *)out->page)->secret, said->secret,
           sizeof(said->secret));
    return true;
}

bool bare_offer_begin(bare_offer *out, const bare_goods *goods, uint64_t to)
{
    bare_ticket said = {.to = to,
                        .size = goods->size,
                        .writes = goods->writes,
                        .memory_id = {goods->id[0], goods->id[1]}};
    *out = (bare_offer){BARE_NONE, BARE_NONE, NULL, to, ""};
    if ((to != 0 && !bare_process_ends(&said)) ||
        !bare_goods_duplicate(&out->memory, goods))
        return false;
    if (!make_ticket(out, &said)) {
        (void)bare_offer_end(out);
        return false;
    }
    said.memory = (uint64_t)out->memory;
    said.ticket = (uint64_t)out->ticket;
    bench_text_print(out->text, &said, sizeof(said));
    return true;
}

bool bare_offer_end(bare_offer *offer)
{
    bool done = true;
    if (offer->page != NULL) {
        /* What was taken already stays taken. */
        bare_ticket_page *page = offer->page;
        if (offer->to != 0)
            (void)__atomic_add_fetch(&page->decided, 1, __ATOMIC_ACQ_REL);
        done = bare_unmap(page, bare_page_size());
    }
    if (offer->ticket != BARE_NONE)
        done = bare_close(offer->ticket) && done;
    return bare_close(offer->memory) && done;
}
