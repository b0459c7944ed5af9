/* SPDX-License-Identifier: MIT */
#include "history.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *rule_name(rule broken)
{
    static const char *const names[RULES] = {
        "SPLIT",     "LOST",      "RESURRECTED", "PHANTOM", "UNPUBLISHED",
        "UNTOLD",    "TOLD_DEAD", "BUSY",        "STATUS",  "CONTENT",
        "NAME_LOST", "LEFTOVER",  "DIED"};
    return names[broken];
}

const char *record_name(uint32_t kind)
{
    static const char *const names[RECORD_KINDS] = {
        "nothing", "create",    "open-or-create", "open",   "duplicate",
        "inherit", "enumerate", "told",           "sweep",  "extend",
        "inbox",   "send",      "receive",        "export", "import",
        "close",   "fork",      "exec",           "map"};
    return kind < RECORD_KINDS ? names[kind] : "?";
}

void history_begin(history *h, const settings *set)
{
    h->set = *set;
    h->clock = 1;
    h->actor_count = 1;
    h->record_count = 1;
    h->birth_count = 1;
    h->stop_count = 1;
}

moment history_now(history *h)
{
    return atomic_fetch_add(&h->clock, 1);
}

uint32_t history_take(history *h, _Atomic(uint32_t) *counter, uint32_t count,
                      uint32_t most)
{
    /* Some are kept back for what has to be written down at the end. */
    if (atomic_load(counter) > most - most / 8)
        h->stopping = 1;
    if (atomic_load(counter) > most - count)
        return HISTORY_NOBODY;
    uint32_t first = atomic_fetch_add(counter, count);
    return first > most - count ? HISTORY_NOBODY : first;
}

void history_mark(history *h, mark *once)
{
    uint64_t unmade = 0;
    (void)atomic_compare_exchange_strong(once, &unmade, history_now(h));
}

void history_complain(history *h, rule broken, uint32_t name, moment when,
                      const char *format, ...)
{
    uint32_t number = atomic_fetch_add(&h->complaint_count, 1);
    atomic_fetch_add(&h->broken[broken], 1);
    if (number >= HISTORY_COMPLAINTS)
        return;
    complaint *c = &h->complaints[number];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(c->text, sizeof(c->text), format, arguments);
    va_end(arguments);
    c->broken = broken;
    c->name = name;
    c->when = when;
    c->written = 1;
}

void history_end(history *h, uint32_t who, ending how)
{
    uint64_t unmade = 0;
    if (atomic_compare_exchange_strong(&h->actors[who].death_begin, &unmade,
                                       history_now(h)))
        atomic_fetch_add(&h->ended[how], 1);
}

void history_strike(history *h, uint32_t who, ending how)
{
    /* Who becomes another program looks, after it has said so, whether it was
     * struck. */
    for (; who != HISTORY_NOBODY; who = h->actors[who].successor) {
        h->actors[who].struck = 1;
        history_end(h, who, how);
    }
}

void history_bury(history *h, uint32_t who, bool normal, const char *how)
{
    bool struck = false;
    for (; who != HISTORY_NOBODY; who = h->actors[who].successor) {
        actor *a = &h->actors[who];
        struck = struck || a->struck != 0;
        if ((a->death_begin == 0 && !struck) || !normal)
            history_complain(h, RULE_DIED, 0, history_now(h),
                             "actor %u ended by itself: %s", who, how);
        history_mark(h, &a->death_end);
        history_continue(h, atomic_exchange(&a->stopped, HISTORY_NOBODY));
    }
}

uint32_t history_stop(history *h)
{
    uint32_t number = history_take(h, &h->stop_count, 1, HISTORY_STOPS);
    if (number != HISTORY_NOBODY)
        h->stops[number].begin = history_now(h);
    return number;
}

void history_continue(history *h, uint32_t stopped)
{
    if (stopped != HISTORY_NOBODY)
        h->stops[stopped].end = history_now(h);
}

uint32_t history_names(const history *h)
{
    return h->set.names + h->set.machine_names;
}

void history_name(const history *h, uint32_t name, char *text)
{
    (void)snprintf(text, HISTORY_NAME_SIZE, "%s%u", h->set.prefix,
                   (unsigned)name);
}

uint32_t history_find_name(const history *h, const char *text)
{
    char name[HISTORY_NAME_SIZE];
    for (uint32_t i = 0; i < history_names(h); i++) {
        history_name(h, i, name);
        if (strcmp(name, text) == 0)
            return i;
    }
    return history_names(h);
}
