/* SPDX-License-Identifier: MIT */
/*
 * Stress: many processes at a few names, killed at any time; docs/stress.md.
 *   stress [--seconds N] [--seed N] [--workers N] [--threads N] [--forks 0|1|2]
 *          [--no-stops] [--no-offers] [--alone] [--round MILLISECONDS]
 *          [--must-break RULE]
 * Exit code 0: all was as it has to be; with --must-break, which is for
 * controls and ends with the first round in which it happens: this rule was
 * broken.
 */
#include "outside.h"
#include "rounds.h"
#include "steps.h"
#include "worker.h"

#include <section/section.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    rounds_plan plan;
    uint64_t seconds;
    bool stops;
    bool offers;
    rule must_break; /* RULES: none */
} arguments;

static bool take_number(arguments *a, const char *word, uint64_t value)
{
    if (strcmp(word, "--seconds") == 0)
        a->seconds = value;
    else if (strcmp(word, "--seed") == 0)
        a->plan.set.seed = value;
    else if (strcmp(word, "--workers") == 0 && value <= ROUNDS_WORKERS)
        a->plan.workers = (uint32_t)value;
    else if (strcmp(word, "--threads") == 0 && value <= OUTSIDE_THREADS)
        a->plan.threads = (uint32_t)value;
    else if (strcmp(word, "--forks") == 0)
        a->plan.set.forks = (uint32_t)value;
    else if (strcmp(word, "--round") == 0)
        a->plan.round_length = (uint32_t)value;
    else
        return false;
    return true;
}

static bool take_rule(arguments *a, const char *name)
{
    a->must_break = 0;
    while (a->must_break < RULES && strcmp(rule_name(a->must_break), name) != 0)
        a->must_break++;
    return a->must_break < RULES;
}

static bool take_switch(arguments *a, const char *word)
{
    if (strcmp(word, "--no-stops") == 0)
        a->stops = false;
    else if (strcmp(word, "--no-offers") == 0)
        a->offers = false;
    else if (strcmp(word, "--alone") == 0)
        a->plan.alone = true;
    else
        return false;
    return true;
}

static bool read_arguments(arguments *a, int count, char **words)
{
    for (int i = 1; i < count; i++) {
        const char *word = words[i];
        if (take_switch(a, word))
            continue;
        if (++i >= count)
            return false;
        bool known = strcmp(word, "--must-break") == 0
                         ? take_rule(a, words[i])
                         : take_number(a, word, strtoull(words[i], NULL, 10));
        if (!known)
            return false;
    }
    return a->plan.workers != 0 && a->plan.threads != 0;
}

/* Whether there are names of the machine here. */
static bool has_machine_scope(const settings *set)
{
    section *probe;
    char name[sizeof(set->prefix) + 8];
    section_options o = SECTION_OPTIONS_INIT;
    (void)snprintf(name, sizeof(name), "%sprobe", set->prefix);
    o.name = name;
    o.size = 1;
    o.scope = SECTION_SCOPE_MACHINE;
    if (section_create(&probe, &o) != SECTION_OK)
        return false;
    section_close(probe);
    return true;
}

/* Whether the run has shown what a control is for. */
static bool is_shown(const rounds_total *total, const arguments *a)
{
    return a->must_break < RULES && total->broken[a->must_break] != 0;
}

/* Every third round has stops: in the others nobody may find a name busy. */
static void play_all(rounds_total *total, const arguments *a)
{
    uint64_t end = outside_milliseconds() + a->seconds * 1000;
    rounds_plan plan = a->plan;
    while (outside_milliseconds() < end && !is_shown(total, a)) {
        plan.set.step_stops =
            a->stops && total->rounds % 3 == 2 ? plan.set.step_kills / 2 : 0;
        plan.set.seed = a->plan.set.seed + total->rounds;
        steps_begin(NULL, 0, plan.set.seed);
        if (!rounds_play(total, &plan)) {
            printf("VIOLATION: the round could not be finished\n");
            total->complaints++;
            return;
        }
    }
}

static int run(arguments *a)
{
    settings *set = &a->plan.set;
    rounds_total total = {0};
    bool machine;
    if (!outside_make_place(&machine))
        return 2;
    (void)snprintf(set->prefix, sizeof(set->prefix), "stress.%" PRIdPTR ".",
                   outside_self());
    set->run = (uint64_t)outside_self() << 32 ^ outside_milliseconds();
    set->machine_names = machine && has_machine_scope(set) ? 2 : 0;
    set->listings = outside_listings();
    section_system system = SECTION_SYSTEM_INIT;
    set->grows = section_get_system(&system) == SECTION_OK &&
                 system.memory_growth == SECTION_SUPPORT_FULL;
    set->answers = system.delivery == SECTION_DELIVERY_ANSWERED;
    set->offers = a->offers && system.offers != SECTION_SUPPORT_NONE;
    set->sends = outside_make_inboxes(set->inboxes, sizeof(set->inboxes));
    (void)outside_adopt_orphans();
    printf("stress: seed %" PRIu64 ", %" PRIu64 " s, %u processes of up to %u "
           "threads, %u names, %u of the machine's\n",
           set->seed, a->seconds, (unsigned)a->plan.workers,
           (unsigned)a->plan.threads, (unsigned)set->names,
           (unsigned)set->machine_names);
    (void)fflush(stdout);
    play_all(&total, a);
    outside_remove_place();
    outside_remove_inboxes(set->inboxes);
    rounds_print(&total);
    if (a->must_break < RULES)
        return is_shown(&total, a) ? 0 : 1;
    return total.complaints == 0 ? 0 : 1;
}

int main(int count, char **words)
{
    outside_begin(words[0]);
    if (count > 1 && strcmp(words[1], WORKER_ROLE) == 0)
        return worker_main(count - 2, words + 2);
    arguments a = {.plan = {.set = {.seed = 1,
                                    .names = 4,
                                    .step_kills = 700,
                                    .forks = outside_forks() ? 2 : 0,
                                    .execs = outside_forks(),
                                    .crashes = 1},
                            .workers = 6,
                            .threads = 3,
                            .round_length = 1500,
                            .kills = 60,
                            .stops = 30},
                   .seconds = 8,
                   .stops = outside_forks(),
                   .offers = true,
                   .must_break = RULES};
    if (!read_arguments(&a, count, words)) {
        fprintf(stderr, "stress: see the head of stress.c\n");
        return 2;
    }
    return run(&a);
}
