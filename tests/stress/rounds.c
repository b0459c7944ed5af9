/* SPDX-License-Identifier: MIT */
#include "rounds.h"

#include "check.h"
#include "contents.h"
#include "outside.h"
#include "steps.h"
#include "worker.h"

#include <section/section.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* How long processes that are to end by themselves may take: longer than any
 * call waits for a name, so that it can tell. */
#define LAST_WORDS 30000u

/* So many processes in a row cannot be started. */
#define MOST_REFUSED 200u

/* A child of this process. */
typedef struct started {
    intptr_t process; /* 0: none */
    uint32_t who;
    uint32_t stopped; /* HISTORY_NOBODY: it runs */
} started;

typedef struct stage {
    history *h;
    const rounds_plan *plan;
    intptr_t shared_number;
    started workers[ROUNDS_WORKERS];
    uint32_t refused; /* starts of a process that failed, one after the other */
} stage;

static bool chance(uint32_t one_in)
{
    return steps_random(one_in) == 0;
}

/* Whether something that happens so often in a second happens now: this is
 * asked about once in a millisecond. */
static bool is_time(uint32_t per_second)
{
    return steps_random(1000) < per_second;
}

/* ------------------------------------------------------------------------
 * Starting
 * ------------------------------------------------------------------------ */

static void start_worker(stage *s, started *into)
{
    char number[24], name[16];
    const char *const words[] = {WORKER_ROLE, number, name};
    history *h = s->h;
    uint32_t who = history_take(h, &h->actor_count, 1, HISTORY_ACTORS);
    if (who == HISTORY_NOBODY)
        return;
    actor *a = &h->actors[who];
    a->lanes = chance(2) ? 1 : 1 + steps_random(s->plan->threads);
    a->quota = chance(4) ? 10 + steps_random(30) : 100 + steps_random(1000);
    (void)snprintf(number, sizeof(number), "%" PRIdPTR, s->shared_number);
    (void)snprintf(name, sizeof(name), "%u", (unsigned)who);
    intptr_t process = outside_start(words, 3);
    if (process == 0) {
        /* It will be tried again: a busy machine may refuse for a moment. */
        if (++s->refused == MOST_REFUSED)
            history_complain(h, RULE_DIED, 0, history_now(h),
                             "nothing can be started");
        return;
    }
    s->refused = 0;
    a->process = process;
    *into = (started){process, who, HISTORY_NOBODY};
}

static void start_workers(stage *s)
{
    for (uint32_t i = 0; i < s->plan->workers; i++)
        if (s->workers[i].process == 0)
            start_worker(s, &s->workers[i]);
}

/* ------------------------------------------------------------------------
 * The dead
 * ------------------------------------------------------------------------ */

static uint32_t actor_count(const history *h)
{
    uint32_t count = h->actor_count;
    return count < HISTORY_ACTORS ? count : HISTORY_ACTORS;
}

static bool is_alive(const actor *a)
{
    return a->process != 0 && a->death_end == 0;
}

/* An orphan, with all that it was after an exec. */
static void bury_orphan(const stage *s, const outside_death *death)
{
    for (uint32_t i = 1; i < actor_count(s->h); i++)
        if (is_alive(&s->h->actors[i]) &&
            s->h->actors[i].process == death->process)
            history_bury(s->h, i, death->normal, death->text);
}

static void bury(stage *s, const outside_death *death)
{
    for (uint32_t i = 0; i < s->plan->workers; i++) {
        started *worker = &s->workers[i];
        if (worker->process != death->process)
            continue;
        history_continue(s->h, worker->stopped);
        history_bury(s->h, worker->who, death->normal, death->text);
        worker->process = 0;
        return;
    }
    bury_orphan(s, death);
}

static void bury_the_dead(stage *s)
{
    outside_death death;
    while (outside_reap(&death))
        bury(s, &death);
}

/* Those whose parent sees them dead, but is killed before it writes that down,
 * and all orphans where nobody adopts them. */
static void bury_the_forgotten(const stage *s)
{
    history *h = s->h;
    for (uint32_t i = 1; i < actor_count(h); i++) {
        if (is_alive(&h->actors[i]) && outside_is_gone(h->actors[i].process))
            history_bury(h, i, true, "gone");
    }
}

/* ------------------------------------------------------------------------
 * Killing and stopping
 * ------------------------------------------------------------------------ */

static void kill_actor(const stage *s, uint32_t who, ending how)
{
    intptr_t process = s->h->actors[who].process;
    history_strike(s->h, who, how);
    outside_kill(process);
}

static bool can_be_killed(const history *h, uint32_t who)
{
    return is_alive(&h->actors[who]) && h->actors[who].death_begin == 0 &&
           h->actors[who].start != 0;
}

/* One of those that came last, if it is there still. */
#define LAST     64u
#define ATTEMPTS 8

static void kill_somebody(const stage *s)
{
    uint32_t count = actor_count(s->h);
    for (int i = 0; i < ATTEMPTS; i++) {
        uint32_t back = steps_random(count < LAST ? count - 1 : LAST);
        uint32_t who = count - 1 - back;
        if (who == 1 || !can_be_killed(s->h, who))
            continue;
        kill_actor(s, who, ENDING_KILLED);
        return;
    }
}

/* A worker of ours: no other process can take its number meanwhile. */
static void stop_somebody(stage *s)
{
    started *worker = &s->workers[steps_random(s->plan->workers)];
    if (worker->process == 0 || worker->stopped != HISTORY_NOBODY)
        return;
    worker->stopped = history_stop(s->h);
    if (worker->stopped != HISTORY_NOBODY)
        (void)outside_stop(worker->process);
}

/* Let run who was stopped, each with one chance in so many. */
static void continue_some(stage *s, uint32_t one_in)
{
    for (uint32_t i = 0; i < s->plan->workers; i++) {
        started *worker = &s->workers[i];
        if (worker->process == 0 || worker->stopped == HISTORY_NOBODY ||
            !chance(one_in))
            continue;
        (void)outside_continue(worker->process);
        history_continue(s->h, worker->stopped);
        worker->stopped = HISTORY_NOBODY;
    }
    if (s->h->set.step_stops == 0)
        return;
    for (uint32_t i = 1; i < actor_count(s->h); i++) {
        actor *a = &s->h->actors[i];
        if (!is_alive(a) || a->stopped == HISTORY_NOBODY || !chance(one_in))
            continue;
        uint32_t stopped = atomic_exchange(&a->stopped, HISTORY_NOBODY);
        (void)outside_continue(a->process);
        history_continue(s->h, stopped);
    }
}

/* ------------------------------------------------------------------------
 * A round
 * ------------------------------------------------------------------------ */

static bool has_scope(const history *h, section_scope scope)
{
    return scope == SECTION_SCOPE_USER || h->set.machine_names != 0;
}

static void look_around(const stage *s)
{
    section_scope scope =
        chance(2) ? SECTION_SCOPE_MACHINE : SECTION_SCOPE_USER;
    if (!has_scope(s->h, scope))
        return;
    if (chance(2))
        (void)worker_enumerate(scope);
    else
        (void)worker_sweep(scope);
}

static void run(stage *s)
{
    uint64_t end = outside_milliseconds() + s->plan->round_length;
    uint64_t turns = 0;
    while (outside_milliseconds() < end && s->h->stopping == 0) {
        bury_the_dead(s);
        if (turns++ % 8 == 0)
            bury_the_forgotten(s);
        start_workers(s);
        if (is_time(s->plan->kills))
            kill_somebody(s);
        if (s->plan->set.step_stops != 0 && is_time(s->plan->stops))
            stop_somebody(s);
        continue_some(s, 60);
        if (is_time(50))
            look_around(s);
        outside_sleep(1000);
    }
}

static bool are_all_dead(const stage *s)
{
    for (uint32_t i = 1; i < actor_count(s->h); i++)
        if (is_alive(&s->h->actors[i]) && i != 1)
            return false;
    return outside_is_childless();
}

static void kill_all(const stage *s)
{
    for (uint32_t i = 2; i < actor_count(s->h); i++)
        if (is_alive(&s->h->actors[i]))
            kill_actor(s, i, ENDING_AT_END);
}

/* In some rounds all end by themselves, so that calls that wait for ever come
 * to light; in the others all are killed. */
static bool end_all(stage *s, bool kill)
{
    uint64_t patience = outside_milliseconds() + LAST_WORDS;
    s->h->stopping = 1;
    while (!are_all_dead(s)) {
        if (kill)
            kill_all(s);
        continue_some(s, 1);
        outside_sleep(500);
        bury_the_dead(s);
        bury_the_forgotten(s);
        if (outside_milliseconds() < patience)
            continue;
        if (kill)
            return false;
        history_complain(s->h, RULE_DIED, 0, history_now(s->h),
                         "somebody does not end");
        kill = true;
        patience += LAST_WORDS;
    }
    return true;
}

/* ------------------------------------------------------------------------
 * After a round
 * ------------------------------------------------------------------------ */

/* The check of the log judges what these answer. */
static void ask_all(const stage *s)
{
    for (uint32_t i = 0; i < history_names(s->h); i++)
        (void)worker_open_and_close(i);
}

static void enumerate_all(const stage *s)
{
    (void)worker_enumerate(SECTION_SCOPE_USER);
    if (has_scope(s->h, SECTION_SCOPE_MACHINE))
        (void)worker_enumerate(SECTION_SCOPE_MACHINE);
}

static void sweep_all(const stage *s)
{
    (void)worker_sweep(SECTION_SCOPE_USER);
    if (has_scope(s->h, SECTION_SCOPE_MACHINE))
        (void)worker_sweep(SECTION_SCOPE_MACHINE);
}

static void expect_nothing_left(const stage *s)
{
    char text[HISTORY_TEXT / 2];
    if (chance(2))
        enumerate_all(s);
    if (chance(2))
        ask_all(s);
    sweep_all(s);
    const uint64_t head[2] = {CONTENTS_MAGIC, s->h->set.run};
    unsigned left =
        outside_count_left(text, sizeof(text), head, s->plan->alone);
    if (left != 0)
        history_complain(s->h, RULE_LEFTOVER, 0, history_now(s->h),
                         "%u left:%s", left, text);
    ask_all(s);
    enumerate_all(s);
}

#define SHOWN 3

static void show_complaints(const history *h)
{
    uint32_t count = h->complaint_count;
    for (uint32_t i = 0; i < count && i < HISTORY_COMPLAINTS; i++) {
        const complaint *c = &h->complaints[i];
        if (c->written == 0)
            continue;
        printf("VIOLATION %s at %" PRIu64 ": %s\n", rule_name(c->broken),
               c->when, c->text);
        if (i < SHOWN)
            check_show(h, c->name, c->when, stdout);
    }
    if (count > HISTORY_COMPLAINTS)
        printf("... and %u more\n", (unsigned)(count - HISTORY_COMPLAINTS));
    (void)fflush(stdout);
}

static void add_places(rounds_total *total, const history *h)
{
    for (int i = 0; i < HISTORY_PLACES && h->places[i].address != 0; i++) {
        place *into = total->places;
        while (into->address != 0 && into->address != h->places[i].address &&
               into < &total->places[HISTORY_PLACES - 1])
            into++;
        into->address = h->places[i].address;
        into->kind = h->places[i].kind;
        into->visits += h->places[i].visits;
        into->kills += h->places[i].kills;
    }
}

static void count_record(rounds_total *total, const record *r)
{
    total->published +=
        r->proposal != HISTORY_NOBODY && r->proposal == r->incarnation;
    if (r->kind == RECORD_EXPORT)
        total->taken += r->received;
    if (r->kind != RECORD_SEND)
        return;
    total->received += r->received;
    total->lost += r->end != 0 && r->status == SECTION_OK && r->received == 0;
}

static void add_up(rounds_total *total, const history *h)
{
    total->rounds++;
    total->processes += actor_count(h) - 2;
    total->incarnations += h->birth_count - 1;
    total->complaints += h->complaint_count;
    total->busy += h->busy;
    total->stops += h->stop_count - 1;
    for (int i = 0; i < RECORD_KINDS; i++) {
        total->calls[i] += h->calls[i];
        total->kills_in[i] += h->kills_in[i];
    }
    for (int i = 0; i < ENDINGS; i++)
        total->ended[i] += h->ended[i];
    for (int i = 0; i < RULES; i++)
        total->broken[i] += h->broken[i];
    for (uint32_t i = 1; i < h->record_count && i < HISTORY_RECORDS; i++)
        count_record(total, &h->records[i]);
    add_places(total, h);
}

static bool play(stage *s, rounds_total *total)
{
    history *h = s->h;
    settings set = s->plan->set;
    set.give_up = outside_milliseconds() + s->plan->round_length + LAST_WORDS;
    history_begin(h, &set);
    uint32_t who = history_take(h, &h->actor_count, 1, HISTORY_ACTORS);
    worker_look(h, who);
    history_mark(h, &h->actors[who].start);
    run(s);
    bool ok = end_all(s, chance(2));
    if (ok)
        expect_nothing_left(s);
    ok = ok && check_history(h);
    show_complaints(h);
    add_up(total, h);
    return ok;
}

bool rounds_play(rounds_total *total, const rounds_plan *plan)
{
    stage s = {.plan = plan};
    s.h = outside_share(sizeof(*s.h), &s.shared_number);
    if (s.h == NULL) {
        perror("shared memory for the log");
        return false;
    }
    bool ok = play(&s, total);
    outside_unshare(s.h, sizeof(*s.h), s.shared_number);
    return ok;
}

/* ------------------------------------------------------------------------
 * Summary
 * ------------------------------------------------------------------------ */

static void print_places(const rounds_total *total)
{
    unsigned places = 0, hit = 0;
    uint64_t steps = 0;
    for (int i = 0; i < HISTORY_PLACES; i++) {
        if (total->places[i].address == 0)
            continue;
        places++;
        hit += total->places[i].kills != 0;
        steps += total->places[i].visits;
    }
    printf("steps: %" PRIu64 ", at %u places of the protocol, killed at %u of "
           "them",
           steps, places, hit);
    for (int i = 0; i < HISTORY_PLACES; i++)
        if (total->places[i].address != 0 && total->places[i].kills == 0)
            printf(", not at one of %s that was passed %u times",
                   record_name(total->places[i].kind),
                   (unsigned)total->places[i].visits);
    printf("\n");
}

void rounds_print(const rounds_total *total)
{
    static const char *const ends[ENDINGS] = {"returned",
                                              "_exit",
                                              "crashed",
                                              "killed itself",
                                              "killed in a step",
                                              "killed from outside",
                                              "became another program",
                                              "ended with a round"};
    printf("rounds: %" PRIu64 ", processes: %" PRIu64 ", sections: %" PRIu64
           " made, %" PRIu64 " of them published\ncalls:",
           total->rounds, total->processes, total->incarnations,
           total->published);
    for (uint32_t i = RECORD_CREATE; i < RECORD_KINDS; i++)
        if (total->calls[i] != 0)
            printf(" %s %" PRIu64, record_name(i), total->calls[i]);
    printf("\nhanded over: %" PRIu64 ", lost under way: %" PRIu64
           ", offers taken: %" PRIu64 "\nends:",
           total->received, total->lost, total->taken);
    for (int i = 0; i < ENDINGS; i++)
        printf("%s %s %" PRIu64, i != 0 ? "," : "", ends[i], total->ended[i]);
    printf("\nkilled in a step of:");
    for (uint32_t i = 0; i < RECORD_KINDS; i++)
        if (total->kills_in[i] != 0)
            printf(" %s %" PRIu64, i != 0 ? record_name(i) : "other",
                   total->kills_in[i]);
    printf("\n");
    print_places(total);
    printf("stops: %" PRIu64 ", busy as it may be: %" PRIu64
           "\nviolations: %" PRIu64,
           total->stops, total->busy, total->complaints);
    for (uint32_t i = 0; i < RULES; i++)
        if (total->broken[i] != 0)
            printf(" %s %" PRIu64, rule_name(i), total->broken[i]);
    printf("\n");
}
