/* SPDX-License-Identifier: MIT */
/*
 * Rows: handles with fewer rights, and sections that are handed over. The bare
 * calls beside them send the same descriptors with as many bytes, and hold
 * what arrives against what was said of it.
 */
#include "bench_names.h"

#include <string.h>

/* The rights that a row hands over, in its `access`. */
static section_rights rights_of(const bench_row *row)
{
    return row->access == SECTION_ACCESS_READ
               ? (section_rights)SECTION_RIGHT_READ
               : (section_rights)SECTION_RIGHT_WRITE;
}

static bool has_name(const bench_row *row)
{
    return row->calls == BARE_SEND_NAME;
}

/* --- what is handed over --- */

static bool make_section(bench_subjects *on)
{
    char name[BENCH_NAME_SIZE];
    section_options options = bench_memory_options(on->row);
    bench_name(name, BENCH_OF_LIBRARY, 0);
    if (has_name(on->row))
        options.name = name;
    return bench_check(on, "section_create",
                       section_create(&on->section, &options));
}

static bool make_bare(bench_subjects *on)
{
    char name[BENCH_NAME_SIZE];
    const bench_row *row = on->row;
    bench_name(name, BENCH_OF_BARE, 0);
    bool made = has_name(row)
                    ? bare_name_create(&on->named, name, row->size)
                    : bare_memory_create(&on->named.memory, row->size, false) &&
                          bare_memory_seal(on->named.memory);
    return bench_check_bare(
        on, made && bare_goods_begin(&on->goods, &on->named, row->size,
                                     row->access != SECTION_ACCESS_READ));
}

static bool prepare_goods(bench_subjects *on)
{
    return on->round % 2 == 0 ? make_section(on) && make_bare(on)
                              : make_bare(on) && make_section(on);
}

/* Something received, or what there was at first. */
static bool close_bare(const bench_subjects *on, bare_named *held)
{
    char name[BENCH_NAME_SIZE];
    bench_name(name, BENCH_OF_BARE, 0);
    return has_name(on->row) ? bare_name_close(held, name)
                             : bare_close(held->memory);
}

static bool finish_goods(bench_subjects *on)
{
    section_close(on->section);
    bool ended = bare_goods_end(&on->goods);
    if (on->named.memory != BARE_NONE)
        ended = close_bare(on, &on->named) && ended;
    return bench_check_bare(on, ended);
}

static bool prepare_channel(bench_subjects *on)
{
    return bench_check_bare(on, bare_channel_open(&on->channel)) &&
           prepare_goods(on);
}

static bool finish_channel(bench_subjects *on)
{
    bool closed = bench_check_bare(on, bare_channel_close(&on->channel));
    return finish_goods(on) && closed;
}

/* --- send and receive --- */

/* Both ends; each keeps what became of it, because it can be in a thread of its
 * own. */
typedef struct travel {
    bench_subjects *on;
    section_status sent;
    section_status received;
} travel;

static bool send_section(void *context)
{
    travel *t = context;
    t->sent = section_send(t->on->channel.sends, t->on->section,
                           rights_of(t->on->row), SECTION_TIMEOUT_DEFAULT);
    return t->sent == SECTION_OK;
}

static bool receive_section(void *context)
{
    travel *t = context;
    section *received;
    t->received = section_receive(&received, t->on->channel.receives,
                                  SECTION_TIMEOUT_DEFAULT);
    section_close(received);
    return t->received == SECTION_OK;
}

static bool travels(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    travel t = {on, SECTION_OK, SECTION_OK};
    uint64_t start = bare_now();
    bool done = bare_in_turn(send_section, receive_section, &t, count);
    *nanoseconds = bare_now() - start;
    return done || (bench_check(on, "section_send", t.sent) &&
                    bench_check(on, "section_receive", t.received) &&
                    bench_check_bare(on, false));
}

static bool send_bare(void *context)
{
    bench_subjects *on = context;
    return bare_send(&on->channel, &on->goods);
}

static bool receive_bare(void *context)
{
    bench_subjects *on = context;
    bare_named received;
    return bare_receive(&received, &on->channel, &on->goods) &&
           close_bare(on, &received);
}

static bool travels_bare(bench_subjects *on, uint64_t count,
                         uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    bool done = bare_in_turn(send_bare, receive_bare, on, count);
    *nanoseconds = bare_now() - start;
    return bench_check_bare(on, done);
}

/* --- offers --- */

/*
 * Another process offers, by one of two ways; it and we are timed, and what
 * goes through the pipe between us is not.
 */
static bool prepare_offers(bench_subjects *on)
{
    return bench_worker_start(on, bench_places_get()->library);
}

static bool finish_offers(bench_subjects *on)
{
    bench_offers_forget(on);
    return bench_workers_finish(on);
}

static bool take_offers(bench_subjects *on, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        section *taken;
        section_status status =
            section_import(&taken, bench_offers_text(on, i));
        if (status != SECTION_OK)
            return bench_check(on, "section_import", status);
        section_close(taken);
    }
    return true;
}

static bool take_offers_bare(bench_subjects *on, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        bare_handle taken;
        if (!bare_offer_take(&taken, bench_offers_text(on, i)) ||
            !bare_close(taken))
            return bench_check_bare(on, false);
    }
    return true;
}

static bool trade_by(bench_subjects *on, bench_work work, uint64_t count,
                     uint64_t *nanoseconds)
{
    uint64_t offered, ended;
    if (!bench_offers_begin(on, work, count, &offered))
        return false;
    uint64_t start = bare_now();
    bool taken = work == BENCH_OFFER_BY_SECTION ? take_offers(on, count)
                                                : take_offers_bare(on, count);
    uint64_t taking = bare_now() - start;
    *nanoseconds = offered + taking;
    if (!taken || !bench_offers_end(on, work, &ended))
        return false;
    *nanoseconds += ended;
    return true;
}

static bool trade(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    return trade_by(on, BENCH_OFFER_BY_SECTION, count, nanoseconds);
}

static bool trade_bare(bench_subjects *on, uint64_t count,
                       uint64_t *nanoseconds)
{
    return trade_by(on, BENCH_OFFER_BY_BARE, count, nanoseconds);
}

/* What was taken already is not given again: two offers, one of each way. */
static bool prepare_taken(bench_subjects *on)
{
    uint64_t offered;
    return prepare_offers(on) &&
           bench_offers_begin(on, BENCH_OFFER_BY_BARE, 1, &offered) &&
           take_offers_bare(on, 1) &&
           bench_offers_begin(on, BENCH_OFFER_BY_SECTION, 1, &offered) &&
           take_offers(on, 1);
}

static bool take_again(bench_subjects *on, uint64_t count,
                       uint64_t *nanoseconds)
{
    const char *text = bench_offers_text(on, 0);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section *taken;
        section_status status = section_import(&taken, text);
        if (status == SECTION_GONE)
            continue;
        section_close(taken);
        return bench_check(on, "section_import", status) &&
               bench_fail(on, "an offer was taken twice");
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool take_again_bare(bench_subjects *on, uint64_t count,
                            uint64_t *nanoseconds)
{
    const char *text = bench_offers_text_before(on);
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        bool gone = false;
        if (!bare_offer_is_gone(&gone, text))
            return bench_check_bare(on, false);
        if (!gone)
            return bench_fail(on, "the offer is not gone");
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool offer_inheritable(bench_subjects *on, uint64_t count,
                              uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section_offer *offer;
        section_status status =
            section_make_inheritable(&offer, on->section, rights_of(on->row));
        if (!bench_check(on, "section_make_inheritable", status))
            return false;
        section_unexport(offer);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool offer_inheritable_bare(bench_subjects *on, uint64_t count,
                                   uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        bare_offer offer;
        if (!bare_offer_begin(&offer, &on->goods, 0) || !bare_offer_end(&offer))
            return bench_check_bare(on, false);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

/* --- handles --- */

static bool narrow(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        section *other;
        section_status status =
            section_duplicate(&other, on->section, rights_of(on->row));
        if (status != SECTION_OK)
            return bench_check(on, "section_duplicate", status);
        section_close(other);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

static bool narrow_bare(bench_subjects *on, uint64_t count,
                        uint64_t *nanoseconds)
{
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        bare_handle other;
        if (!bare_goods_duplicate(&other, &on->goods) || !bare_close(other))
            return bench_check_bare(on, false);
    }
    *nanoseconds = bare_now() - start;
    return true;
}

/* Two handles of one section, against two of one object. */
static bool prepare_two(bench_subjects *on)
{
    if (!prepare_goods(on))
        return false;
    section_status status =
        section_duplicate(&on->other, on->section, SECTION_RIGHT_READ);
    return bench_check(on, "section_duplicate", status) &&
           bench_check_bare(on, bare_duplicate(&on->bare, on->named.memory));
}

static bool finish_two(bench_subjects *on)
{
    section_close(on->other);
    bool closed =
        on->bare == BARE_NONE || bench_check_bare(on, bare_close(on->bare));
    return finish_goods(on) && closed;
}

static bool compare(bench_subjects *on, uint64_t count, uint64_t *nanoseconds)
{
    uint64_t alike = 0;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        int32_t same = 0;
        section_status status = section_is_same(&same, on->section, on->other);
        if (status != SECTION_OK)
            return bench_check(on, "section_is_same", status);
        alike += (uint64_t)same;
    }
    *nanoseconds = bare_now() - start;
    return alike == count || bench_fail(on, "one section is told to be two");
}

static bool compare_bare(bench_subjects *on, uint64_t count,
                         uint64_t *nanoseconds)
{
    uint64_t alike = 0;
    uint64_t start = bare_now();
    for (uint64_t i = 0; i < count; i++) {
        bool same = false;
        if (!bare_is_same(&same, on->named.memory, on->bare))
            return bench_check_bare(on, false);
        alike += same;
    }
    *nanoseconds = bare_now() - start;
    return alike == count || bench_fail(on, "one object is told to be two");
}

#define SEND(label, sequence, access_)                                         \
    {                                                                          \
        .name = "transfer/send-receive" label,                                 \
        .what = "send 4 KiB of memory, receive it, close", .section = travels, \
        .bare = travels_bare, .prepare = prepare_channel,                      \
        .finish = finish_channel, .calls = (sequence), .access = (access_),    \
        .size = 4 * KIB, .bound = 1.15                                         \
    }

#define TRADE(label, access_)                                                  \
    {                                                                          \
        .name = "transfer/export-import" label,                                \
        .what = "offer to another process, which takes it; end the offer",     \
        .section = trade, .bare = trade_bare, .prepare = prepare_offers,       \
        .finish = finish_offers, .calls = BARE_EXPORT_IMPORT,                  \
        .access = (access_), .size = 4 * KIB, .bound = 1.15,                   \
        .flags = BENCH_STEADY                                                  \
    }

const bench_row bench_rows_transfer[] = {
    SEND("", BARE_SEND, SECTION_ACCESS_READ_WRITE),
    SEND("-read", BARE_SEND_READ, SECTION_ACCESS_READ),
    SEND("-name", BARE_SEND_NAME, SECTION_ACCESS_READ_WRITE),
    TRADE("", SECTION_ACCESS_READ_WRITE),
    TRADE("-read", SECTION_ACCESS_READ),
    {.name = "transfer/import-taken",
     .what = "take an offer that was taken: GONE",
     .section = take_again,
     .bare = take_again_bare,
     .prepare = prepare_taken,
     .finish = finish_offers,
     .calls = BARE_IMPORT_TAKEN,
     .access = SECTION_ACCESS_READ_WRITE,
     .flags = BENCH_STEADY,
     .size = 4 * KIB,
     .bound = 1.15},
    {.name = "transfer/inheritable",
     .what = "offer to a program that is started, end the offer",
     .section = offer_inheritable,
     .bare = offer_inheritable_bare,
     .prepare = prepare_goods,
     .finish = finish_goods,
     .calls = BARE_INHERITABLE,
     .access = SECTION_ACCESS_READ_WRITE,
     .size = 4 * KIB,
     .bound = 1.15},
    {.name = "transfer/duplicate-read",
     .what = "another handle that only reads, close it",
     .section = narrow,
     .bare = narrow_bare,
     .prepare = prepare_goods,
     .finish = finish_goods,
     .calls = BARE_DUPLICATE_READ,
     .access = SECTION_ACCESS_READ,
     .size = 4 * KIB,
     .bound = 1.15},
    {.name = "transfer/is-same",
     .what = "ask whether two handles are of one section",
     .section = compare,
     .bare = compare_bare,
     .prepare = prepare_two,
     .finish = finish_two,
     .calls = BARE_IS_SAME,
     .access = SECTION_ACCESS_READ_WRITE,
     .size = 4 * KIB,
     .bound = 1.15},
};

const size_t bench_rows_transfer_count =
    sizeof(bench_rows_transfer) / sizeof(bench_rows_transfer[0]);
