/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include "contents.h"
#include "growing.h"
#include "outside.h"
#include "steps.h"

#include <section/section.h>
#include <section/transfer.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK        16 /* records taken at once */
#define MOST_HANDLES 3
#define MOST_VIEWS   3
#define MOST_FORKED  6

#define ALL_RIGHTS                                                             \
    (SECTION_RIGHT_READ | SECTION_RIGHT_WRITE | SECTION_RIGHT_EXTEND)

#define DEFAULT_TIMEOUT 10000u /* of the library */
#define SHORT_TIMEOUT   30u
#define ANSWER_TIMEOUT  300u /* of who sends where that is to wait */

typedef struct handle {
    section *section;
    uint32_t record; /* where its closing is marked */
    uint32_t name;
    uint32_t incarnation;
    uint32_t calls_left; /* closed after so many more calls */
} handle;

/* A view that outlives the handle it came from. */
typedef struct old_view {
    section_view view;
    uint32_t name;
    uint32_t incarnation;
} old_view;

/* Where others hand sections over to this thread: one at a time is taken out of
 * it. */
typedef struct inbox {
    uint32_t record; /* NOBODY: there is none */
    uint32_t sent;   /* the record of what is in the channel, once known */
    intptr_t place;
    intptr_t channel;
} inbox;

typedef struct forked {
    intptr_t process;
    uint32_t who;
} forked;

/* What one thread has. */
typedef struct lane {
    uint32_t next_record;
    uint32_t records_left;
    handle handles[MOST_HANDLES];
    old_view views[MOST_VIEWS];
    inbox inbox;
    handle offered; /* what others may take from this thread */
    section_offer *offer;
    forked children[MOST_FORKED];
    uint32_t calls_left;
    bool is_child; /* of a fork: ends when it has made its calls */
} lane;

static history *h;
static uint32_t self; /* this actor */
static intptr_t shared_number;
static bool alone; /* no other thread is in this process, or was at its fork */
static lane lanes[OUTSIDE_THREADS];
static _Thread_local lane *own;

static bool chance(uint32_t one_in)
{
    return steps_random(one_in) == 0;
}

static bool is_over(void)
{
    return h->stopping != 0 || outside_milliseconds() > h->set.give_up;
}

/* ------------------------------------------------------------------------
 * Writing down
 * ------------------------------------------------------------------------ */

/* NOBODY if the log is full: then nothing may be called any more. */
static uint32_t take_record(void)
{
    if (own->records_left == 0) {
        own->next_record =
            history_take(h, &h->record_count, CHUNK, HISTORY_RECORDS);
        if (own->next_record == HISTORY_NOBODY)
            return HISTORY_NOBODY;
        own->records_left = CHUNK;
    }
    own->records_left--;
    return own->next_record++;
}

static void count_call(record_kind kind)
{
    atomic_fetch_add_explicit(&h->calls[kind], 1, memory_order_relaxed);
}

static uint32_t begin_record(record_kind kind, uint32_t name, uint32_t source)
{
    uint32_t number = take_record();
    if (number == HISTORY_NOBODY)
        return number;
    record *r = &h->records[number];
    r->actor = self;
    r->name = name;
    r->source = source;
    r->begin = history_now(h);
    r->kind = kind;
    count_call(kind);
    steps_enter(kind);
    return number;
}

static void end_record(uint32_t number, section_status status)
{
    record *r = &h->records[number];
    r->status = status;
    r->end = history_now(h);
    steps_enter(RECORD_NONE);
}

static section_scope scope_of(uint32_t name)
{
    return name < h->set.names ? SECTION_SCOPE_USER : SECTION_SCOPE_MACHINE;
}

static uint32_t random_name(void)
{
    return steps_random(history_names(h));
}

/* ------------------------------------------------------------------------
 * Handles
 * ------------------------------------------------------------------------ */

static handle *free_handle(void)
{
    for (int i = 0; i < MOST_HANDLES; i++)
        if (own->handles[i].section == NULL)
            return &own->handles[i];
    return NULL;
}

static handle *any_handle(void)
{
    handle *found = &own->handles[steps_random(MOST_HANDLES)];
    return found->section != NULL ? found : NULL;
}

static void close_handle(handle *closed)
{
    record *r = &h->records[closed->record];
    section *gone = closed->section;
    closed->section = NULL;
    count_call(RECORD_CLOSE);
    steps_enter(RECORD_CLOSE);
    r->close_begin = history_now(h);
    section_close(gone);
    r->close_end = history_now(h);
    steps_enter(RECORD_NONE);
}

static void take_back(void)
{
    record *r = &h->records[own->offered.record];
    section_offer *gone = own->offer;
    own->offer = NULL;
    steps_enter(RECORD_EXPORT);
    r->close_begin = history_now(h);
    section_unexport(gone);
    r->close_end = history_now(h);
    steps_enter(RECORD_NONE);
}

static void close_all_handles(void)
{
    if (own->offer != NULL)
        take_back();
    for (int i = 0; i < MOST_HANDLES; i++)
        if (own->handles[i].section != NULL)
            close_handle(&own->handles[i]);
}

/* Every second name is let go of soon, so that it dies often. */
static bool dies_often(uint32_t name)
{
    return name % 2 == 0;
}

static void keep(handle *into, section *s, uint32_t number, uint32_t name)
{
    *into = (handle){s, number, name, h->records[number].incarnation,
                     steps_random(dies_often(name) ? 3 : 30)};
}

static void close_expired(void)
{
    if (own->offer != NULL && own->offered.calls_left-- == 0)
        take_back();
    for (int i = 0; i < MOST_HANDLES; i++) {
        handle *held = &own->handles[i];
        if (held->section == NULL)
            continue;
        if (held->calls_left == 0)
            close_handle(held);
        else
            held->calls_left--;
    }
}

/* ------------------------------------------------------------------------
 * Looking at what was opened
 * ------------------------------------------------------------------------ */

/* Its id is the same for everybody. */
static bool has_id(uint32_t incarnation, const uint64_t id[2])
{
    birth *born = &h->births[incarnation];
    bool same = true;
    for (int i = 0; i < 2; i++) {
        uint64_t known = 0;
        if (!atomic_compare_exchange_strong(&born->id[i], &known, id[i]))
            same = same && known == id[i];
    }
    return same;
}

static void check_info(const section *s, uint32_t name, uint32_t incarnation,
                       bool created)
{
    section_info info = SECTION_INFO_INIT;
    char text[HISTORY_NAME_SIZE];
    history_name(h, name, text);
    if (section_get_info(&info, s) != SECTION_OK) {
        history_complain(h, RULE_STATUS, name, history_now(h),
                         "no information about name %u", name);
        return;
    }
    if ((info.flags & SECTION_INFO_NAME_LOST) != 0)
        history_complain(h, RULE_NAME_LOST, name, history_now(h),
                         "incarnation %u of name %u is held and has lost its "
                         "name",
                         incarnation, name);
    const birth *born = &h->births[incarnation];
    uint32_t reserve = growing_grows(born) ? born->reserve : born->size;
    bool said_created = (info.flags & SECTION_INFO_CREATED) != 0;
    if (!growing_can_be(born, info.size) || info.reserve != reserve ||
        info.scope != scope_of(name) || strcmp(info.name, text) != 0 ||
        said_created != created || !has_id(incarnation, info.id))
        history_complain(h, RULE_CONTENT, name, history_now(h),
                         "incarnation %u of name %u has %u bytes; information "
                         "says %" PRIu64 ", name %s, id %" PRIx64 " %" PRIx64
                         ", flags %x",
                         incarnation, name, born->size, info.size, info.name,
                         info.id[0], info.id[1], (unsigned)info.flags);
}

static void check_view(const old_view *v, const char *where)
{
    uint32_t found = contents_check(h, v->name, &v->view, where);
    if (found != HISTORY_NOBODY && found != v->incarnation)
        history_complain(h, RULE_CONTENT, v->name, history_now(h),
                         "%s of incarnation %u of name %u shows %u", where,
                         v->incarnation, v->name, found);
}

static void drop_view(old_view *v)
{
    check_view(v, "an old view");
    if (section_unmap(&v->view) != SECTION_OK)
        history_complain(h, RULE_STATUS, v->name, history_now(h),
                         "a view of name %u was not unmapped", v->name);
}

/* Keep it in the place of another, or let go of it. */
static void keep_view(const old_view *v)
{
    old_view *into = &own->views[steps_random(MOST_VIEWS)];
    if (into->view.data != NULL)
        drop_view(into);
    *into = *v;
}

static bool map(old_view *out, const section *s, uint32_t name)
{
    section_access access =
        chance(2) ? SECTION_ACCESS_READ : SECTION_ACCESS_READ_WRITE;
    count_call(RECORD_MAP);
    section_status status = section_map(&out->view, s, 0, 0, access);
    out->name = name;
    out->incarnation = HISTORY_NOBODY;
    if (status != SECTION_OK) {
        history_complain(h, RULE_STATUS, name, history_now(h),
                         "mapping name %u: %s", name,
                         section_status_name(status));
        return false;
    }
    if (access == SECTION_ACCESS_READ_WRITE &&
        out->view.length >= CONTENTS_LEAST)
        contents_scribble(&out->view, steps_random(1u << 30));
    return true;
}

/* Which incarnation was opened. The view it was read through may be kept. */
static uint32_t identify(const section *s, uint32_t name)
{
    old_view v;
    if (!map(&v, s, name))
        return HISTORY_NOBODY;
    v.incarnation = contents_check(h, name, &v.view, "a view");
    if (v.incarnation != HISTORY_NOBODY && chance(3))
        keep_view(&v);
    else
        (void)section_unmap(&v.view);
    return v.incarnation;
}

/* ------------------------------------------------------------------------
 * Calls
 * ------------------------------------------------------------------------ */

static uint32_t choose_timeout(void)
{
    return h->set.step_stops != 0 && chance(4) ? SHORT_TIMEOUT
                                               : DEFAULT_TIMEOUT;
}

/* What a call gave, once it has returned: the moment of the return is known,
 * which incarnation it is has yet to be read. */
static void got(handle *into, section *s, uint32_t number, moment returned)
{
    record *r = &h->records[number];
    r->incarnation = identify(s, r->name);
    r->status = SECTION_OK;
    r->end = returned;
    steps_enter(RECORD_NONE);
    keep(into, s, number, r->name);
    if (r->incarnation != HISTORY_NOBODY)
        check_info(s, r->name, r->incarnation,
                   r->proposal != HISTORY_NOBODY &&
                       r->incarnation == r->proposal);
}

static void call_create(handle *into, uint32_t name, record_kind kind)
{
    char text[HISTORY_NAME_SIZE];
    section_options o = SECTION_OPTIONS_INIT;
    contents_maker maker = {.h = h, .name = name};
    maker.size = contents_size(steps_random(1u << 20));
    maker.reserve = h->set.grows != 0
                        ? growing_reserve(maker.size, steps_random(1u << 20))
                        : maker.size;
    maker.answer = chance(20) ? SECTION_KIND : SECTION_OK;
    history_name(h, name, text);
    o.name = text;
    o.scope = scope_of(name);
    o.size = maker.size;
    o.reserve = maker.reserve;
    o.rights = ALL_RIGHTS;
    o.disposition =
        kind == RECORD_CREATE ? SECTION_CREATE_NEW : SECTION_OPEN_OR_CREATE;
    uint32_t timeout = choose_timeout();
    if (timeout != DEFAULT_TIMEOUT)
        o.timeout = timeout;
    o.initialize = contents_make;
    o.context = &maker;
    uint32_t number = begin_record(kind, name, 0);
    if (number == HISTORY_NOBODY)
        return;
    h->records[number].detail = timeout;
    maker.record = number;
    section *s;
    section_status status = section_create(&s, &o);
    if (status == SECTION_OK)
        got(into, s, number, history_now(h));
    else
        end_record(number, status);
}

static void call_open(handle *into, uint32_t name)
{
    char text[HISTORY_NAME_SIZE];
    section_open_options o = SECTION_OPEN_OPTIONS_INIT;
    history_name(h, name, text);
    o.scope = scope_of(name);
    o.rights = ALL_RIGHTS;
    uint32_t timeout = choose_timeout();
    if (timeout != DEFAULT_TIMEOUT)
        o.timeout = timeout;
    uint32_t number = begin_record(RECORD_OPEN, name, 0);
    if (number == HISTORY_NOBODY)
        return;
    h->records[number].detail = timeout;
    section *s;
    section_status status = section_open(&s, text, &o);
    if (status == SECTION_OK)
        got(into, s, number, history_now(h));
    else
        end_record(number, status);
}

static void call_duplicate(handle *into)
{
    const handle *from = any_handle();
    if (from == NULL)
        return;
    uint32_t number = begin_record(RECORD_DUPLICATE, from->name, from->record);
    if (number == HISTORY_NOBODY)
        return;
    section *s;
    section_status status = section_duplicate(&s, from->section, ALL_RIGHTS);
    if (status == SECTION_OK)
        got(into, s, number, history_now(h));
    else
        end_record(number, status);
}

/* ------------------------------------------------------------------------
 * Handing over
 * ------------------------------------------------------------------------ */

#define INBOX_NAME_SIZE (sizeof(h->set.inboxes) + 16)

static void inbox_name(char *name, uint32_t number)
{
    (void)snprintf(name, INBOX_NAME_SIZE, "%s%u", h->set.inboxes,
                   (unsigned)number);
}

static void make_inbox(void)
{
    char name[INBOX_NAME_SIZE];
    uint32_t number = begin_record(RECORD_INBOX, 0, 0);
    if (number == HISTORY_NOBODY)
        return;
    inbox_name(name, number);
    intptr_t made = outside_make_inbox(name);
    h->records[number].detail = (uint32_t)outside_self();
    end_record(number, SECTION_OK);
    if (made == OUTSIDE_NO_CHANNEL) {
        history_complain(h, RULE_STATUS, 0, history_now(h), "no inbox %s",
                         name);
        return;
    }
    own->inbox = (inbox){number, HISTORY_NOBODY, made, OUTSIDE_NO_CHANNEL};
    h->inboxes[steps_random(HISTORY_INBOXES)] = number;
}

/* With what is in it. */
static void close_inbox(void)
{
    char name[INBOX_NAME_SIZE];
    inbox *in = &own->inbox;
    if (in->record == HISTORY_NOBODY)
        return;
    record *r = &h->records[in->record];
    inbox_name(name, in->record);
    r->close_begin = history_now(h);
    if (in->channel != OUTSIDE_NO_CHANNEL)
        outside_close_channel(in->channel);
    outside_close_inbox(in->place, name);
    r->close_end = history_now(h);
    in->record = HISTORY_NOBODY;
}

/* In front of it goes the number of the record. */
static void send_over(intptr_t channel, const handle *from, uint32_t to)
{
    uint32_t number = begin_record(RECORD_SEND, from->name, to);
    if (number == HISTORY_NOBODY)
        return;
    record *r = &h->records[number];
    r->incarnation = from->incarnation;
    r->detail = h->set.answers != 0 ? ANSWER_TIMEOUT : SHORT_TIMEOUT;
    section_status status = SECTION_GONE;
    if (outside_write(channel, &number, sizeof(number)))
        status = section_send(channel, from->section, ALL_RIGHTS, r->detail);
    end_record(number, status);
}

/* The text of an offer goes the same way. Whether it is taken is not waited
 * for. */
typedef struct letter {
    uint32_t number;
    char text[SECTION_OFFER_TEXT_SIZE];
} letter;

static void offer_over(intptr_t channel, const handle *from, uint32_t to)
{
    letter sent = {begin_record(RECORD_EXPORT, from->name, to), {0}};
    if (sent.number == HISTORY_NOBODY)
        return;
    record *r = &h->records[sent.number];
    section_offer *offer;
    r->incarnation = from->incarnation;
    section_status status = section_export(&offer, from->section, ALL_RIGHTS,
                                           h->records[to].detail);
    end_record(sent.number, status);
    if (status != SECTION_OK)
        return;
    own->offer = offer;
    keep(&own->offered, NULL, sent.number, from->name);
    (void)snprintf(sent.text, sizeof(sent.text), "%s",
                   section_offer_text(offer));
    (void)outside_write(channel, &sent, sizeof(sent));
}

/* To anybody who has an inbox. */
static void call_send(void)
{
    const handle *from = any_handle();
    bool offers = h->set.offers != 0 && own->offer == NULL && chance(3);
    uint32_t to = h->inboxes[steps_random(HISTORY_INBOXES)];
    if (from == NULL || from->incarnation == HISTORY_NOBODY ||
        to == HISTORY_NOBODY)
        return;
    /* Where that is to wait, nobody can wait for himself. */
    if (h->set.answers != 0 && !offers && to == own->inbox.record)
        return;
    /* Its owner may be gone. */
    char name[INBOX_NAME_SIZE];
    inbox_name(name, to);
    intptr_t channel = outside_connect(name);
    if (channel == OUTSIDE_NO_CHANNEL)
        return;
    if (offers)
        offer_over(channel, from, to);
    else
        send_over(channel, from, to);
    outside_close_channel(channel);
}

/* Whether somebody has sent something by now, and what. */
static bool is_something_sent(inbox *in)
{
    if (in->channel == OUTSIDE_NO_CHANNEL) {
        in->sent = HISTORY_NOBODY;
        in->channel = outside_accept(in->place);
    }
    if (in->channel == OUTSIDE_NO_CHANNEL)
        return false;
    if (in->sent != HISTORY_NOBODY)
        return true;
    int found = outside_read(in->channel, &in->sent, sizeof(in->sent));
    if (found < 0) {
        outside_close_channel(in->channel);
        in->channel = OUTSIDE_NO_CHANNEL;
    }
    return found > 0;
}

/* What was received is what was sent. */
static void got_from(handle *into, section *s, uint32_t number,
                     uint32_t expected, moment returned)
{
    const record *r = &h->records[number];
    got(into, s, number, returned);
    if (r->incarnation != HISTORY_NOBODY && r->incarnation != expected)
        history_complain(h, RULE_CONTENT, r->name, returned,
                         "incarnation %u was sent and %u received", expected,
                         r->incarnation);
}

/* Perhaps a second time, which has to fail. */
static void take_offer(handle *into, intptr_t channel, uint32_t sent)
{
    char text[SECTION_OFFER_TEXT_SIZE];
    const record *from = &h->records[sent];
    if (outside_read(channel, text, sizeof(text)) <= 0)
        return;
    uint32_t number = begin_record(RECORD_IMPORT, from->name, sent);
    if (number == HISTORY_NOBODY)
        return;
    section *s;
    section_status status = section_import(&s, text);
    moment returned = history_now(h);
    if (status != SECTION_OK) {
        end_record(number, status);
        return;
    }
    h->records[sent].received = 1;
    got_from(into, s, number, from->incarnation, returned);
    if (chance(4) && section_import(&s, text) != SECTION_GONE)
        history_complain(h, RULE_STATUS, from->name, history_now(h),
                         "the offer %u of name %u was taken twice", sent,
                         from->name);
}

static void take_out(handle *into, intptr_t channel, uint32_t sent)
{
    record *from = &h->records[sent];
    uint32_t number = begin_record(RECORD_RECEIVE, from->name, sent);
    if (number == HISTORY_NOBODY)
        return;
    record *r = &h->records[number];
    r->detail = h->set.answers != 0 ? ANSWER_TIMEOUT : SHORT_TIMEOUT;
    section *s;
    section_status status = section_receive(&s, channel, r->detail);
    moment returned = history_now(h);
    if (status != SECTION_OK) {
        end_record(number, status);
        return;
    }
    from->received = 1;
    got_from(into, s, number, from->incarnation, returned);
}

/* Take what was sent; or drop it, with the channel; or leave it where it is. */
static void call_receive(void)
{
    inbox *in = &own->inbox;
    handle *into = free_handle();
    if (in->record == HISTORY_NOBODY)
        make_inbox();
    else if (chance(60))
        close_inbox();
    if (in->record == HISTORY_NOBODY || into == NULL ||
        !is_something_sent(in) || chance(5))
        return;
    record *from = &h->records[in->sent];
    if (from->kind == RECORD_EXPORT) {
        take_offer(into, in->channel, in->sent);
        outside_close_channel(in->channel);
    } else {
        from->close_begin = history_now(h);
        if (!chance(6))
            take_out(into, in->channel, in->sent);
        outside_close_channel(in->channel);
        from->close_end = history_now(h);
    }
    in->channel = OUTSIDE_NO_CHANNEL;
}

/* Look once more at what is held, and at what was. */
static void call_look(void)
{
    const handle *held = any_handle();
    if (held != NULL && held->incarnation != HISTORY_NOBODY) {
        uint32_t found = identify(held->section, held->name);
        if (found != HISTORY_NOBODY && found != held->incarnation)
            history_complain(h, RULE_CONTENT, held->name, history_now(h),
                             "a handle of incarnation %u of name %u leads to "
                             "%u",
                             held->incarnation, held->name, found);
        growing_look(h, held->name, held->incarnation, held->section,
                     steps_random(1u << 20));
    }
    old_view *v = &own->views[steps_random(MOST_VIEWS)];
    if (v->view.data != NULL)
        drop_view(v);
}

/* Extend to the next slot that nobody has taken, and take it. */
static void extend_once(const handle *held)
{
    birth *born = &h->births[held->incarnation];
    uint32_t slot;
    bool polluted;
    if (!growing_claim(&slot, &polluted, h, born, held->section,
                       steps_random(1u << 20)))
        return;
    uint32_t number = begin_record(RECORD_EXTEND, held->name, held->record);
    if (number == HISTORY_NOBODY)
        return;
    h->records[number].detail = DEFAULT_TIMEOUT;
    section_status status =
        section_extend(held->section, growing_end(born, slot));
    end_record(number, status);
    if (status == SECTION_OK)
        growing_take(h, held->name, born, held->section, slot, polluted);
    growing_look(h, held->name, held->incarnation, held->section,
                 steps_random(1u << 20));
}

/* Some slots of whatever is held. */
static void call_extend(void)
{
    for (int i = 0; i < MOST_HANDLES; i++) {
        const handle *held = &own->handles[i];
        if (held->section == NULL || held->incarnation == HISTORY_NOBODY)
            continue;
        for (uint32_t slots = steps_random(6); slots != 0; slots--)
            extend_once(held);
    }
}

/* --- enumerate and sweep --- */

typedef struct listing {
    uint32_t told[HISTORY_NAMES];
    uint32_t sizes[HISTORY_NAMES];
} listing;

static int32_t visit(const section_entry *entry, void *context)
{
    listing *all = context;
    uint32_t name = history_find_name(h, entry->name);
    if (name >= history_names(h))
        return 0; /* of somebody else, where the place is shared */
    all->told[name]++;
    all->sizes[name] =
        entry->size == SECTION_UNKNOWN ? UINT32_MAX : (uint32_t)entry->size;
    return 0;
}

/* One more record for each name that was told. */
static void write_told(const listing *all, const record *r)
{
    for (uint32_t name = 0; name < history_names(h); name++) {
        if (all->told[name] == 0)
            continue;
        uint32_t number = take_record();
        if (number == HISTORY_NOBODY)
            return;
        record *told = &h->records[number];
        told->actor = self;
        told->name = name;
        told->detail = all->sizes[name];
        told->begin = r->begin;
        told->end = r->end;
        told->kind = RECORD_TOLD;
        if (scope_of(name) != scope_of(r->name))
            history_complain(h, RULE_TOLD_DEAD, name, r->begin,
                             "name %u was told in the wrong scope", name);
    }
}

int32_t worker_enumerate(int32_t scope)
{
    listing all = {{0}, {0}};
    uint32_t first = scope == SECTION_SCOPE_USER ? 0 : h->set.names;
    uint32_t number = begin_record(RECORD_ENUMERATE, first, 0);
    if (number == HISTORY_NOBODY)
        return SECTION_OK;
    record *r = &h->records[number];
    section_status status = section_enumerate(scope, visit, &all);
    for (uint32_t name = 0; name < history_names(h); name++)
        if (all.told[name] != 0)
            r->detail |= 1u << name;
    end_record(number, status);
    write_told(&all, r);
    return status;
}

int32_t worker_sweep(int32_t scope)
{
    uint32_t first = scope == SECTION_SCOPE_USER ? 0 : h->set.names;
    uint32_t number = begin_record(RECORD_SWEEP, first, 0);
    if (number == HISTORY_NOBODY)
        return SECTION_OK;
    section_status status = section_sweep(NULL, scope);
    end_record(number, status);
    return status;
}

static section_scope random_scope(void)
{
    return h->set.machine_names != 0 && chance(3) ? SECTION_SCOPE_MACHINE
                                                  : SECTION_SCOPE_USER;
}

int32_t worker_open_and_close(uint32_t name)
{
    handle *into = free_handle();
    call_open(into, name);
    if (into->section == NULL)
        return SECTION_NOT_FOUND;
    close_handle(into);
    return SECTION_OK;
}

/* ------------------------------------------------------------------------
 * Ends
 * ------------------------------------------------------------------------ */

/* Of the threads of a process one ends it. */
static _Atomic(uint32_t) ending_already;

_Noreturn static void end(void)
{
    while (atomic_exchange(&ending_already, 1) != 0)
        outside_sleep(1000000);
    uint32_t how = steps_random(h->set.crashes != 0 ? 5 : 4);
    steps_enter(RECORD_NONE);
    /* exit() is not for the forked child of a process with threads: another one
     * may have been inside it, with its locks (fork() of POSIX). */
    if (how < 2 && own->is_child && !alone)
        how = 2;
    switch (how) {
    case 0:
    case 1:
        history_end(h, self, ENDING_RETURN);
        exit(0);
    case 2:
        history_end(h, self, ENDING_QUICK);
        outside_quick_exit();
    case 3:
        history_end(h, self, ENDING_SUICIDE);
        outside_suicide();
    default:
        history_end(h, self, ENDING_CRASH);
        outside_crash();
    }
}

/* ------------------------------------------------------------------------
 * Children
 * ------------------------------------------------------------------------ */

/* Those that have ended: true if there is room for another. */
static bool look_after_children(void)
{
    bool room = false;
    for (int i = 0; i < MOST_FORKED; i++) {
        forked *child = &own->children[i];
        outside_death death;
        if (child->process != 0 && outside_reap_one(&death, child->process)) {
            history_bury(h, child->who, death.normal, death.text);
            child->process = 0;
        }
        room = room || child->process == 0;
    }
    return room;
}

/* Become another program, which has nothing of this one's. */
static void become(uint32_t quota)
{
    char number[24], now[16], before[16];
    const char *const words[] = {WORKER_ROLE, number, now, before};
    uint32_t who = history_take(h, &h->actor_count, 1, HISTORY_ACTORS);
    if (who == HISTORY_NOBODY)
        return;
    actor *next = &h->actors[who];
    next->lanes = 1 + steps_random(2);
    next->quota = quota;
    (void)snprintf(number, sizeof(number), "%" PRIdPTR, shared_number);
    (void)snprintf(now, sizeof(now), "%u", (unsigned)who);
    (void)snprintf(before, sizeof(before), "%u", (unsigned)self);
    count_call(RECORD_EXEC);
    h->actors[self].successor = who;
    history_end(h, self, ENDING_EXEC);
    outside_become(words, 4);
    history_complain(h, RULE_DIED, 0, history_now(h), "exec failed");
    outside_quick_exit();
}

/* A child marks in records of its own what becomes of the handles that its
 * thread had. Those of other threads it has until it ends. */
static void inherit_handles(void)
{
    for (int i = 0; i < MOST_HANDLES; i++) {
        handle *held = &own->handles[i];
        if (held->section == NULL)
            continue;
        uint32_t number =
            begin_record(RECORD_INHERIT, held->name, held->record);
        if (number == HISTORY_NOBODY)
            outside_suicide();
        h->records[number].incarnation = held->incarnation;
        end_record(number, SECTION_OK);
        held->record = number;
    }
}

/* Do nothing for a while. A name that shall die often is not held for long. */
static void linger(void)
{
    uint32_t turns = 1 + steps_random(chance(4) ? 100 : 5);
    for (int i = 0; i < MOST_HANDLES && turns > 5; i++)
        if (own->handles[i].section != NULL &&
            dies_often(own->handles[i].name) && !chance(8))
            close_handle(&own->handles[i]);
    for (uint32_t i = 0; i < turns && !is_over(); i++)
        outside_sleep(steps_random(3000));
    call_look();
}

static void begin_as_child(uint32_t who)
{
    actor *a = &h->actors[who];
    self = who;
    ending_already = 0;
    a->process = outside_self();
    history_mark(h, &a->start);
    own->records_left = 0;
    own->is_child = true;
    own->calls_left = 0;
    memset(own->children, 0, sizeof(own->children));
    /* The copy of it stays until the process ends; nothing is taken out. */
    own->inbox.record = HISTORY_NOBODY;
    own->offer = NULL;
    steps_begin(h, who, h->set.seed);
    inherit_handles();
}

/* Ends the process, or returns: then it works on. */
static void live_as_child(uint32_t who)
{
    begin_as_child(who);
    switch (steps_random(5)) {
    case 0:
        break;
    case 1:
        close_all_handles();
        break;
    case 2:
        linger();
        break;
    case 3:
        own->calls_left = 1 + steps_random(40);
        return;
    default:
        if (h->set.execs != 0 && chance(2))
            become(steps_random(30));
        linger();
        close_all_handles();
        break;
    }
    end();
}

static void call_fork(void)
{
    forked *child = NULL;
    if (!look_after_children())
        return;
    for (int i = 0; i < MOST_FORKED; i++)
        if (own->children[i].process == 0)
            child = &own->children[i];
    uint32_t who = history_take(h, &h->actor_count, 1, HISTORY_ACTORS);
    if (who == HISTORY_NOBODY)
        return;
    count_call(RECORD_FORK);
    steps_enter(RECORD_FORK);
    actor *a = &h->actors[who];
    a->parent = self;
    history_mark(h, &a->fork_begin);
    intptr_t process = outside_fork();
    if (process == 0) {
        live_as_child(who);
    } else if (process > 0) {
        a->process = process;
        history_mark(h, &a->fork_end);
        *child = (forked){process, who};
    } else {
        history_mark(h, &a->death_end);
    }
    steps_enter(RECORD_NONE);
}

static bool may_fork(void)
{
    return h->set.forks == 2 || (h->set.forks == 1 && alone);
}

/* ------------------------------------------------------------------------
 * One thread
 * ------------------------------------------------------------------------ */

static void call_with_handle(uint32_t what)
{
    handle *into = free_handle();
    uint32_t name = random_name();
    if (into == NULL) {
        close_handle(&own->handles[steps_random(MOST_HANDLES)]);
        return;
    }
    if (what < 30)
        call_open(into, name);
    else if (what < 50)
        call_create(into, name, RECORD_CREATE);
    else if (what < 70)
        call_create(into, name, RECORD_OPEN_OR_CREATE);
    else
        call_duplicate(into);
}

static void do_something(void)
{
    uint32_t what = steps_random(h->set.sends != 0 ? 150 : 100);
    close_expired();
    if (what < 75)
        call_with_handle(what);
    else if (what < 80)
        call_look();
    else if (what < 86)
        call_extend();
    else if (what < 89)
        (void)worker_enumerate(random_scope());
    else if (what < 91)
        (void)worker_sweep(random_scope());
    else if (what < 95 && may_fork())
        call_fork();
    else if (what >= 120)
        call_receive();
    else if (what >= 100)
        call_send();
    else if (what == 95 && alone && h->set.execs != 0 && chance(4))
        become(10 + steps_random(100));
    else
        (void)look_after_children();
}

static void run_lane(size_t index)
{
    own = &lanes[index];
    steps_begin(h, self, h->set.seed + index * 1000003u);
    own->calls_left = h->actors[self].quota;
    for (; own->calls_left != 0 && !is_over(); own->calls_left--)
        do_something();
    /* Some leave others behind at their work. */
    if (own->is_child || is_over() || chance(3))
        end();
    close_inbox();
    close_all_handles();
}

void worker_look(history *shared, uint32_t who)
{
    h = shared;
    self = who;
    own = &lanes[0];
    memset(own, 0, sizeof(*own));
    steps_begin(NULL, who, h->set.seed);
}

/* What this process was before has nothing any more. If it was to be killed,
 * this one is. */
static void succeed(uint32_t before)
{
    h->actors[self].process = outside_self();
    history_mark(h, &h->actors[before].death_end);
    if (h->actors[before].struck != 0)
        history_strike(h, self, ENDING_KILLED);
}

int worker_main(int count, char **words)
{
    if (count < 2)
        return 2;
    shared_number = (intptr_t)strtoll(words[0], NULL, 10);
    h = outside_attach(shared_number, sizeof(*h));
    if (h == NULL)
        return 2;
    self = (uint32_t)strtoul(words[1], NULL, 10);
    actor *a = &h->actors[self];
    if (count > 2)
        succeed((uint32_t)strtoul(words[2], NULL, 10));
    history_mark(h, &a->start);
    alone = a->lanes < 2;
    if (!outside_run(a->lanes, run_lane))
        history_complain(h, RULE_DIED, 0, history_now(h), "no threads");
    own = &lanes[0];
    end();
}
