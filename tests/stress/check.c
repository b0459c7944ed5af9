/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "growing.h"

#include <section/section.h>

#include <inttypes.h>
#include <stdlib.h>

#define NEVER UINT64_MAX

/* That somebody held something, from when to when. */
typedef struct hold {
    uint32_t name;
    uint32_t incarnation; /* NOBODY: any one of the name, or none */
    uint32_t record;
    uint32_t next; /* of the same actor; 0: the last */
    bool opened;   /* by its name, not made or copied */
    moment possible_from;
    moment possible_to;
    moment certain_from; /* certain_from >= certain_to: never */
    moment certain_to;
} hold;

/* A span of time. `reach` is the largest `to` of this one and all before it in
 * its list, which is in the order of `from`. */
typedef struct span {
    moment from;
    moment to;
    moment reach;
    uint32_t incarnation;
} span;

typedef struct spans {
    span *list;
    size_t count;
} spans;

typedef struct name_facts {
    spans present; /* every possible hold */
    spans cut;     /* those of calls that were cut short: of whatever it is */
    spans lives;   /* certain lives of incarnations */
    spans held;    /* when there certainly was a holder */
} name_facts;

typedef struct checker {
    history *h;
    uint32_t actors;
    uint32_t records;
    hold *holds; /* the first is not used */
    size_t hold_count;
    size_t hold_room;
    uint32_t *first_hold;      /* of each actor */
    uint32_t *first_inherited; /* record of each actor, chained by next_ */
    uint32_t *next_inherited;
    moment *children_end; /* when all that an actor has forked were gone */
    span *spans;          /* what all the lists are made of */
    name_facts names[HISTORY_NAMES];
    bool failed; /* no memory */
} checker;

static moment later(moment a, moment b)
{
    return a > b ? a : b;
}

static moment earlier(moment a, moment b)
{
    return a < b ? a : b;
}

static moment or_never(moment when)
{
    return when != 0 ? when : NEVER;
}

/* ------------------------------------------------------------------------
 * Who held what
 * ------------------------------------------------------------------------ */

static void add_hold(checker *c, uint32_t who, const hold *what)
{
    if (what->name >= history_names(c->h))
        return;
    if (c->hold_count == c->hold_room) {
        size_t room = 2 * c->hold_room;
        hold *larger = realloc(c->holds, room * sizeof(*larger));
        if (larger == NULL) {
            c->failed = true;
            return;
        }
        c->holds = larger;
        c->hold_room = room;
    }
    hold *added = &c->holds[c->hold_count];
    *added = *what;
    added->next = c->first_hold[who];
    c->first_hold[who] = (uint32_t)c->hold_count++;
}

static bool gives_handle(uint32_t kind)
{
    return kind == RECORD_CREATE || kind == RECORD_OPEN_OR_CREATE ||
           kind == RECORD_OPEN || kind == RECORD_DUPLICATE ||
           kind == RECORD_RECEIVE || kind == RECORD_EXPORT ||
           kind == RECORD_IMPORT;
}

/* By its name, and not from somebody who has it. */
static bool opens_name(uint32_t kind)
{
    return kind == RECORD_CREATE || kind == RECORD_OPEN_OR_CREATE ||
           kind == RECORD_OPEN;
}

/* Until when a handle is held: by its closing, or by the end of its process. */
static void set_ends(hold *held, const record *r, const actor *by)
{
    moment death_end = or_never(by->death_end);
    moment death_begin = earlier(or_never(by->death_begin), death_end);
    held->certain_to = earlier(or_never(r->close_begin), death_begin);
    held->possible_to = earlier(or_never(r->close_end), death_end);
}

/* A call that returned with a handle. */
static void add_returned(checker *c, uint32_t number, hold held)
{
    const record *r = &c->h->records[number];
    held.incarnation = r->incarnation;
    held.certain_from = r->end;
    held.opened = opens_name(r->kind) && r->incarnation != r->proposal;
    /* The other process has it then: it can take it out, or die. */
    if (r->kind == RECORD_EXPORT && c->h->set.answers != 0)
        held.certain_from = NEVER;
    add_hold(c, r->actor, &held);
}

/* A call that was cut short: what it made, and what it may have opened. */
static void add_cut(checker *c, uint32_t number, hold held)
{
    const record *r = &c->h->records[number];
    held.certain_from = NEVER;
    if (!opens_name(r->kind)) {
        held.incarnation = r->kind == RECORD_EXPORT
                               ? r->incarnation
                               : c->h->records[r->source].incarnation;
        if (held.incarnation != HISTORY_NOBODY)
            add_hold(c, r->actor, &held);
        return;
    }
    if (r->proposal != HISTORY_NOBODY) {
        held.incarnation = r->proposal;
        add_hold(c, r->actor, &held);
    }
    if (r->kind != RECORD_CREATE) {
        held.incarnation = HISTORY_NOBODY;
        add_hold(c, r->actor, &held);
    }
}

/*
 * What is under way is held by nobody but the kernel: certainly from the return
 * of the call that sent it until the call that takes it out begins, or the
 * inbox is closed, or its owner dies. Whoever was forked from the owner may
 * keep all that is in the inbox, but for what was received.
 */
static void add_sent(checker *c, uint32_t number)
{
    const record *r = &c->h->records[number];
    const record *into = &c->h->records[r->source];
    const actor *owner = &c->h->actors[into->actor];
    hold held = {.name = r->name,
                 .incarnation = r->incarnation,
                 .record = number,
                 .possible_from = r->begin,
                 .certain_from = r->end != 0 ? r->end : NEVER};
    if (r->incarnation == HISTORY_NOBODY ||
        (r->end != 0 && r->status != SECTION_OK))
        return; /* nothing was sent */
    moment death_end = or_never(owner->death_end);
    held.certain_to =
        earlier(earlier(or_never(r->close_begin), or_never(into->close_begin)),
                earlier(or_never(owner->death_begin), death_end));
    held.possible_to = death_end;
    /* Where the sender puts it into the other process, and is killed, nobody
     * knows that it is there. */
    if (r->end != 0 || c->h->set.answers == 0)
        held.possible_to = earlier(or_never(r->close_end), death_end);
    if (r->received == 0 && c->h->set.answers == 0)
        held.possible_to =
            later(earlier(or_never(into->close_end), held.possible_to),
                  c->children_end[into->actor]);
    add_hold(c, into->actor, &held);
}

/* Where the exporter puts it into the other process, and then is killed, it
 * stays there. */
static void add_pushed(checker *c, uint32_t number)
{
    const record *r = &c->h->records[number];
    uint32_t owner = c->h->records[r->source].actor;
    hold held = {.name = r->name,
                 .incarnation = r->incarnation,
                 .record = number,
                 .possible_from = r->begin,
                 .certain_from = NEVER};
    held.possible_to = earlier(or_never(r->close_end),
                               or_never(c->h->actors[owner].death_end));
    if (r->incarnation != HISTORY_NOBODY)
        add_hold(c, owner, &held);
}

/* One that comes too late has had all of it for a moment. */
static void add_refused(checker *c, uint32_t number)
{
    const record *r = &c->h->records[number];
    hold held = {.name = r->name,
                 .incarnation = c->h->records[r->source].incarnation,
                 .record = number,
                 .possible_from = r->begin,
                 .possible_to = r->end,
                 .certain_from = NEVER};
    add_hold(c, r->actor, &held);
}

static void add_record(checker *c, uint32_t number)
{
    const record *r = &c->h->records[number];
    if (r->kind == RECORD_SEND)
        add_sent(c, number);
    if (r->kind == RECORD_EXPORT && c->h->set.answers != 0)
        add_pushed(c, number);
    if (r->kind == RECORD_IMPORT && r->end != 0 && r->status != SECTION_OK)
        add_refused(c, number);
    if (!gives_handle(r->kind))
        return;
    hold held = {.name = r->name, .record = number, .possible_from = r->begin};
    set_ends(&held, r, &c->h->actors[r->actor]);
    if (r->end == 0)
        add_cut(c, number, held);
    else if (r->status == SECTION_OK)
        add_returned(c, number, held);
}

/* The record in which a child marked what became of an inherited handle. */
static uint32_t find_inherited(const checker *c, uint32_t child, uint32_t from)
{
    uint32_t at = c->first_inherited[child];
    while (at != 0 && c->h->records[at].source != from)
        at = c->next_inherited[at];
    return at;
}

/* What a child has of one hold of its parent; the fork happened between two
 * moments. */
static void inherit(checker *c, uint32_t child, const hold *from, moment before,
                    moment after)
{
    static const record unmarked;
    if (from->possible_from >= after || from->possible_to <= before)
        return;
    if (c->h->records[from->record].kind == RECORD_SEND)
        return; /* it counts with all its owner's children */
    uint32_t marked = find_inherited(c, child, from->record);
    hold held = *from;
    held.opened = false;
    set_ends(&held, marked != 0 ? &c->h->records[marked] : &unmarked,
             &c->h->actors[child]);
    held.possible_from = later(from->possible_from, before);
    bool certain = from->certain_from < before && from->certain_to > after;
    held.certain_from = certain ? after : NEVER;
    if (marked != 0)
        held.record = marked;
    add_hold(c, child, &held);
}

static void add_child(checker *c, uint32_t child)
{
    const actor *a = &c->h->actors[child];
    moment after = earlier(or_never(a->fork_end), or_never(a->start));
    if (a->parent == HISTORY_NOBODY || after == NEVER)
        return;
    for (uint32_t at = c->first_hold[a->parent]; at != 0;) {
        const hold from = c->holds[at]; /* the table may move */
        inherit(c, child, &from, a->fork_begin, after);
        at = from.next;
    }
}

/* A child has a larger number than its parent. */
static void find_families(checker *c)
{
    for (uint32_t i = c->actors - 1; i != 0; i--) {
        const actor *a = &c->h->actors[i];
        moment *end = &c->children_end[a->parent];
        *end = later(*end, later(or_never(a->death_end), c->children_end[i]));
    }
}

static void find_holds(checker *c)
{
    find_families(c);
    for (uint32_t i = 1; i < c->records; i++) {
        add_record(c, i);
        const record *r = &c->h->records[i];
        if (r->kind == RECORD_INHERIT) {
            c->next_inherited[i] = c->first_inherited[r->actor];
            c->first_inherited[r->actor] = i;
        }
    }
    /* A child has a larger number than its parent. */
    for (uint32_t i = 1; i < c->actors; i++)
        add_child(c, i);
}

/* ------------------------------------------------------------------------
 * Lists in order
 * ------------------------------------------------------------------------ */

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_name_and_time(const void *a, const void *b)
{
    const hold *x = a;
    const hold *y = b;
    int order = compare(x->name, y->name);
    return order != 0 ? order : compare(x->possible_from, y->possible_from);
}

static int by_incarnation_and_time(const void *a, const void *b)
{
    const hold *x = a;
    const hold *y = b;
    int order = compare(x->name, y->name);
    if (order == 0)
        order = compare(x->incarnation, y->incarnation);
    return order != 0 ? order : compare(x->possible_from, y->possible_from);
}

static int by_time(const void *a, const void *b)
{
    const span *x = a;
    const span *y = b;
    return compare(x->from, y->from);
}

static void append(spans *to, moment from, moment until, uint32_t incarnation)
{
    moment reach = until;
    if (to->count != 0)
        reach = later(reach, to->list[to->count - 1].reach);
    to->list[to->count++] = (span){from, until, reach, incarnation};
}

/* The last that begins at or before a moment, counted from 1; 0 for none. */
static size_t last_begun(const spans *in, moment when)
{
    size_t low = 0;
    size_t high = in->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (in->list[middle].from <= when)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How far those reach that begin at or before a moment; 0 for none. */
static moment reach_of(const spans *in, moment when)
{
    size_t last = last_begun(in, when);
    return last != 0 ? in->list[last - 1].reach : 0;
}

/* Who can have been there at any time: the present and the cut-short of each
 * name. The holds are in the order of name and time. */
static void list_present(checker *c)
{
    span *next = c->spans;
    size_t i = 1;
    for (uint32_t name = 0; name < HISTORY_NAMES; name++) {
        size_t first = i;
        while (i < c->hold_count && c->holds[i].name == name)
            i++;
        c->names[name].present.list = next;
        c->names[name].cut.list = next + (i - first);
        c->names[name].lives.list = next + 2 * (i - first);
        c->names[name].held.list = next + 3 * (i - first);
        next += 4 * (i - first);
    }
    for (i = 1; i < c->hold_count; i++) {
        const hold *held = &c->holds[i];
        name_facts *facts = &c->names[held->name];
        append(&facts->present, held->possible_from, held->possible_to,
               held->incarnation);
        if (held->incarnation == HISTORY_NOBODY)
            append(&facts->cut, held->possible_from, held->possible_to, 0);
    }
}

/* ------------------------------------------------------------------------
 * One incarnation
 * ------------------------------------------------------------------------ */

/* Extend a possible life by calls that were cut short: they may have got it if
 * they began before its end. */
static moment extend(const spans *cut, moment reach)
{
    for (;;) {
        moment further = reach_of(cut, reach);
        if (further <= reach)
            return reach;
        reach = further;
    }
}

/* Whether a call made this incarnation and then said that it had not. */
static bool was_given_up(const record *maker, uint32_t incarnation)
{
    return maker->end != 0 &&
           (maker->status != SECTION_OK || maker->incarnation != incarnation);
}

static void check_opened(checker *c, const hold *held, moment born,
                         moment reach)
{
    const record *r = &c->h->records[held->record];
    const record *maker =
        &c->h->records[c->h->births[held->incarnation].record];
    if (was_given_up(maker, held->incarnation))
        history_complain(c->h, RULE_UNPUBLISHED, held->name, r->begin,
                         "incarnation %u of name %u was opened, and its "
                         "creation failed",
                         held->incarnation, held->name);
    else if (held->possible_to < born || later(r->begin, born) > reach)
        history_complain(c->h, RULE_RESURRECTED, held->name, r->begin,
                         "incarnation %u of name %u was opened at %" PRIu64
                         ", and nobody can have held it after %" PRIu64,
                         held->incarnation, held->name, r->begin, reach);
}

/* The holds of one incarnation, in the order of time. */
static void check_incarnation(checker *c, const hold *holds, size_t count)
{
    name_facts *facts = &c->names[holds[0].name];
    uint32_t incarnation = holds[0].incarnation;
    moment born = c->h->records[c->h->births[incarnation].record].begin;
    moment first = NEVER, last = 0, reach = 0;
    /* Who made it comes first, whatever began earlier to look for it. */
    for (size_t i = 0; i < count; i++)
        if (!holds[i].opened && holds[i].possible_from <= born)
            reach = later(reach, holds[i].possible_to);
    for (size_t i = 0; i < count; i++) {
        reach = extend(&facts->cut, reach);
        if (holds[i].opened)
            check_opened(c, &holds[i], born, reach);
        reach = later(reach, holds[i].possible_to);
        if (holds[i].certain_from < holds[i].certain_to) {
            append(&facts->held, holds[i].certain_from, holds[i].certain_to,
                   incarnation);
            first = earlier(first, holds[i].certain_from);
            last = later(last, holds[i].certain_to);
        }
    }
    if (first < last)
        append(&facts->lives, first, last, incarnation);
}

/* The holds are in the order of name, incarnation and time. */
static void check_incarnations(checker *c)
{
    for (size_t i = 1; i < c->hold_count;) {
        size_t end = i + 1;
        while (end < c->hold_count && c->holds[end].name == c->holds[i].name &&
               c->holds[end].incarnation == c->holds[i].incarnation)
            end++;
        if (c->holds[i].incarnation != HISTORY_NOBODY)
            check_incarnation(c, c->holds + i, end - i);
        i = end;
    }
}

/* Make one span of those that overlap. */
static void join_held(spans *held)
{
    size_t count = held->count;
    if (count == 0)
        return;
    qsort(held->list, count, sizeof(*held->list), by_time);
    span *last = held->list;
    for (size_t i = 1; i < count; i++) {
        if (held->list[i].from < last->to)
            last->to = later(last->to, held->list[i].to);
        else
            *++last = held->list[i];
    }
    held->count = 0;
    for (span *next = held->list; next <= last; next++)
        append(held, next->from, next->to, next->incarnation);
}

/* Lives of one name follow each other. */
static void check_lives(checker *c, uint32_t name)
{
    spans *lives = &c->names[name].lives;
    if (lives->count == 0)
        return;
    qsort(lives->list, lives->count, sizeof(*lives->list), by_time);
    size_t count = lives->count;
    lives->count = 0;
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        span life = lives->list[i];
        append(lives, life.from, life.to, life.incarnation);
        if (i == 0)
            continue;
        if (life.from < lives->list[longest].to)
            history_complain(c->h, RULE_SPLIT, name, life.from,
                             "incarnation %u of name %u lived from %" PRIu64
                             " to %" PRIu64
                             ", and incarnation %u from %" PRIu64,
                             lives->list[longest].incarnation, name,
                             lives->list[longest].from, lives->list[longest].to,
                             life.incarnation, life.from);
        if (life.to > lives->list[longest].to)
            longest = i;
    }
}

/* ------------------------------------------------------------------------
 * One answer
 * ------------------------------------------------------------------------ */

/* Whether one section certainly lived from before a call until after it. */
static bool lived_throughout(const checker *c, uint32_t name, const record *r)
{
    return reach_of(&c->names[name].lives, r->begin) > r->end;
}

/*
 * Whether somebody certainly held it at each moment of a call. That is less:
 * while one opens it, and has seen that another holds it, the other may let go
 * before the first one holds it, and who only looks sees nobody.
 */
static bool was_held_throughout(const checker *c, uint32_t name,
                                const record *r)
{
    return reach_of(&c->names[name].held, r->begin) > r->end;
}

/* Whether there can have been one at any moment of a call. */
static bool can_have_been(const checker *c, uint32_t name, const record *r)
{
    return reach_of(&c->names[name].present, r->end) > r->begin;
}

/* The same for one of this size. */
static bool can_have_had_size(const checker *c, const record *r)
{
    const spans *present = &c->names[r->name].present;
    for (size_t i = last_begun(present, r->end); i != 0; i--) {
        const span *s = &present->list[i - 1];
        if (s->reach < r->begin)
            break;
        if (s->to > r->begin &&
            (s->incarnation == HISTORY_NOBODY ||
             growing_can_be(&c->h->births[s->incarnation], r->detail)))
            return true;
    }
    return false;
}

static bool was_anybody_stopped(const checker *c, const record *r)
{
    uint32_t count = c->h->stop_count;
    for (uint32_t i = 1; i < count && i < HISTORY_STOPS; i++) {
        const stop *s = &c->h->stops[i];
        if (s->begin != 0 && s->begin < r->end && or_never(s->end) > r->begin)
            return true;
    }
    return false;
}

static void check_not_found(checker *c, const record *r)
{
    if (lived_throughout(c, r->name, r))
        history_complain(c->h, RULE_LOST, r->name, r->begin,
                         "name %u was held from before %" PRIu64
                         " until after %" PRIu64 ", and not found",
                         r->name, r->begin, r->end);
}

static void check_exists(checker *c, const record *r)
{
    if (!can_have_been(c, r->name, r))
        history_complain(c->h, RULE_PHANTOM, r->name, r->begin,
                         "nobody can have held name %u from %" PRIu64
                         " to %" PRIu64 ", and it was said to exist",
                         r->name, r->begin, r->end);
}

/* A process that gave up soon may only have had little luck. */
#define LONG_TIMEOUT 1000u

static void check_busy(checker *c, const record *r)
{
    if (r->detail < LONG_TIMEOUT || was_anybody_stopped(c, r))
        atomic_fetch_add(&c->h->busy, 1);
    else
        history_complain(c->h, RULE_BUSY, r->name, r->begin,
                         "%s: name %u was busy for %u ms from %" PRIu64
                         " to %" PRIu64 ", and nobody was stopped",
                         record_name(r->kind), r->name, r->detail, r->begin,
                         r->end);
}

static void check_enumeration(checker *c, const record *r)
{
    if (c->h->set.listings == LISTING_HIDING)
        return;
    uint32_t first = r->name;
    uint32_t after = first == 0 ? c->h->set.names : history_names(c->h);
    for (uint32_t name = first; name < after; name++)
        if ((r->detail >> name & 1) == 0 && was_held_throughout(c, name, r))
            history_complain(c->h, RULE_UNTOLD, name, r->begin,
                             "name %u was held from before %" PRIu64
                             " until after %" PRIu64 ", and not enumerated",
                             name, r->begin, r->end);
}

/* Whether one was being made in vain at any moment of a call. */
static bool was_tried(const checker *c, uint32_t name, const record *r)
{
    for (uint32_t i = 1; i < c->records; i++) {
        const record *other = &c->h->records[i];
        const actor *by = &c->h->actors[other->actor];
        moment end = other->end != 0 ? other->end : or_never(by->death_end);
        if ((other->kind == RECORD_CREATE ||
             other->kind == RECORD_OPEN_OR_CREATE) &&
            other->name == name && other->begin < r->end && end > r->begin)
            return true;
    }
    return false;
}

static void check_told(checker *c, const record *r)
{
    if (c->h->set.listings != LISTING_EXACT && was_tried(c, r->name, r))
        return;
    if (!can_have_been(c, r->name, r))
        history_complain(c->h, RULE_TOLD_DEAD, r->name, r->begin,
                         "nobody can have held name %u from %" PRIu64
                         " to %" PRIu64 ", and it was enumerated",
                         r->name, r->begin, r->end);
    else if (r->detail != UINT32_MAX && !can_have_had_size(c, r))
        history_complain(c->h, RULE_TOLD_DEAD, r->name, r->begin,
                         "name %u was enumerated with %u bytes, which none "
                         "there had",
                         r->name, r->detail);
}

/* Whether a call may answer this at all. */
static bool is_usual(uint32_t kind, int32_t status)
{
    switch (status) {
    case SECTION_OK:
        return true;
    case SECTION_NOT_FOUND:
        return kind == RECORD_OPEN || kind == RECORD_EXPORT;
    case SECTION_EXISTS:
        return kind == RECORD_CREATE;
    case SECTION_BUSY:
        return kind == RECORD_CREATE || kind == RECORD_OPEN ||
               kind == RECORD_OPEN_OR_CREATE || kind == RECORD_EXTEND ||
               kind == RECORD_SEND || kind == RECORD_RECEIVE;
    case SECTION_GONE:
        return kind == RECORD_SEND || kind == RECORD_RECEIVE ||
               kind == RECORD_IMPORT;
    default:
        return false;
    }
}

static bool hands_over(uint32_t kind)
{
    return kind == RECORD_SEND || kind == RECORD_RECEIVE ||
           kind == RECORD_EXPORT || kind == RECORD_IMPORT;
}

/* Where handles are put into the other process: nobody may do that to one that
 * is ending. */
static bool was_refused_by_dying(const checker *c, const record *r)
{
    if (c->h->set.answers == 0 || !hands_over(r->kind) ||
        r->status != SECTION_ACCESS)
        return false;
    const actor *other = &c->h->actors[c->h->records[r->source].actor];
    return other->death_begin != 0 && other->death_begin < r->end;
}

/* What an initializer that fails on purpose gives: nothing else does. */
#define ON_PURPOSE SECTION_KIND

static void check_answer(checker *c, const record *r)
{
    bool on_purpose = r->status == ON_PURPOSE && r->proposal != HISTORY_NOBODY;
    if (!is_usual(r->kind, r->status) && !on_purpose &&
        !was_refused_by_dying(c, r))
        history_complain(c->h, RULE_STATUS, r->name, r->begin,
                         "%s of name %u at %" PRIu64 " answered %s",
                         record_name(r->kind), r->name, r->begin,
                         section_status_name(r->status));
    else if (r->status == SECTION_NOT_FOUND && opens_name(r->kind))
        check_not_found(c, r);
    else if (r->status == SECTION_EXISTS)
        check_exists(c, r);
    else if (r->status == SECTION_BUSY)
        check_busy(c, r);
    else if (r->kind == RECORD_ENUMERATE)
        check_enumeration(c, r);
    else if (r->kind == RECORD_TOLD)
        check_told(c, r);
}

/* ------------------------------------------------------------------------
 * All of it
 * ------------------------------------------------------------------------ */

static uint32_t bounded(uint32_t count, uint32_t most)
{
    return count < most ? count : most;
}

static bool start(checker *c, history *h)
{
    *c = (checker){.h = h, .hold_count = 1, .hold_room = 4096};
    c->actors = bounded(h->actor_count, HISTORY_ACTORS);
    c->records = bounded(h->record_count, HISTORY_RECORDS);
    c->holds = calloc(c->hold_room, sizeof(*c->holds));
    c->first_hold = calloc(c->actors, sizeof(uint32_t));
    c->first_inherited = calloc(c->actors, sizeof(uint32_t));
    c->next_inherited = calloc(c->records, sizeof(uint32_t));
    c->children_end = calloc(c->actors, sizeof(moment));
    return c->holds != NULL && c->first_hold != NULL &&
           c->first_inherited != NULL && c->next_inherited != NULL &&
           c->children_end != NULL;
}

static void check_all(checker *c)
{
    size_t holds = c->hold_count - 1;
    qsort(c->holds + 1, holds, sizeof(*c->holds), by_name_and_time);
    list_present(c);
    qsort(c->holds + 1, holds, sizeof(*c->holds), by_incarnation_and_time);
    check_incarnations(c);
    for (uint32_t name = 0; name < HISTORY_NAMES; name++) {
        check_lives(c, name);
        join_held(&c->names[name].held);
    }
    for (uint32_t i = 1; i < c->records; i++)
        if (c->h->records[i].kind != RECORD_NONE && c->h->records[i].end != 0)
            check_answer(c, &c->h->records[i]);
}

bool check_history(history *h)
{
    checker c;
    bool ok = start(&c, h);
    if (ok) {
        find_holds(&c);
        c.spans = malloc(4 * c.hold_count * sizeof(*c.spans));
        ok = !c.failed && c.spans != NULL;
    }
    if (ok)
        check_all(&c);
    free(c.spans);
    free(c.children_end);
    free(c.next_inherited);
    free(c.first_inherited);
    free(c.first_hold);
    free(c.holds);
    return ok;
}

/* ------------------------------------------------------------------------
 * Showing
 * ------------------------------------------------------------------------ */

#define SHOWN_BEFORE 400
#define SHOWN_AFTER  200
#define SHOWN_MOST   60

void check_show(const history *h, uint32_t name, moment when, FILE *to)
{
    uint32_t count = bounded(h->record_count, HISTORY_RECORDS);
    moment from = when > SHOWN_BEFORE ? when - SHOWN_BEFORE : 0;
    int shown = 0;
    for (uint32_t i = 1; i < count && shown < SHOWN_MOST; i++) {
        const record *r = &h->records[i];
        moment last = later(or_never(r->end), r->close_end);
        if (r->kind == RECORD_NONE || r->name != name ||
            r->begin > when + SHOWN_AFTER || last < from)
            continue;
        const actor *a = &h->actors[r->actor];
        (void)fprintf(to,
                      "    %" PRIu64 "-%" PRIu64 " actor %u %s: %s, "
                      "incarnation %u, proposal %u, closed %" PRIu64 "-%" PRIu64
                      ", died %" PRIu64 "-%" PRIu64 "\n",
                      r->begin, r->end, r->actor, record_name(r->kind),
                      r->end != 0 ? section_status_name(r->status) : "cut",
                      r->incarnation, r->proposal, r->close_begin, r->close_end,
                      a->death_begin, a->death_end);
        shown++;
    }
}
