/* SPDX-License-Identifier: MIT */
/*
 * Sections offered to one process, which takes them by a text, once. Contract
 * line 26, and 8 where an offer holds a name.
 */
#include "foreign.h"
#include "limits.h"
#include "process.h"
#include "samples.h"
#include "threads.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE 512

/* What a text begins with, before two digits for each byte, and the byte in
 * which the format version is (lib/parcel.c). */
#define PREFIX     "section."
#define VERSION_AT (sizeof(PREFIX) - 1 + 2 * 16)

#define SKIP_WITHOUT_OFFERS                                                    \
    do {                                                                       \
        if (this_system().offers == SECTION_SUPPORT_NONE)                      \
            SKIP("nothing is offered to a process here");                      \
    } while (0)

static section_offer *exported(const section *s, section_rights rights,
                               int64_t number)
{
    section_offer *offer = NULL;
    assert_status(SECTION_OK, section_export(&offer, s, rights, number));
    assert_that(offer != NULL);
    return offer;
}

/* To this process. */
static section_offer *exported_here(const section *s, section_rights rights)
{
    return exported(s, rights, process_number());
}

static void assert_no_offer(section_status expected, const section *s,
                            section_rights rights, int64_t number)
{
    static char nothing;
    section_offer *offer = (section_offer *)(void *)&nothing;
    assert_status(expected, section_export(&offer, s, rights, number));
    assert_that(offer == NULL);
}

/* ------------------------------------------------------------------------
 * Taken
 * ------------------------------------------------------------------------ */

static void offers_are_as_the_trait_says(void **state)
{
    (void)state;
    section *s = sample_make(SAMPLE_MEMORY, "");
    section_offer *offer = NULL;
    section_status status =
        section_export(&offer, s, READ_ONLY, process_number());
    bool can = this_system().offers == SECTION_SUPPORT_FULL;
    assert_status(can ? SECTION_OK : SECTION_UNSUPPORTED, status);
    assert_that((offer != NULL) == can);
    section_unexport(offer);
    section_close(s);
}

static void check_offer_here(sample which)
{
    char line[LINE];
    section *s = sample_make(which, "here");
    if (s == NULL)
        return;
    sample_tell(line, sizeof(line), s);
    section_offer *offer = exported_here(s, sample_rights(which));
    section *taken = sample_imported(section_offer_text(offer));
    sample_check(taken, sample_rights(which), line);
    sample_check_shared(s, taken);
    sample_check_shared(taken, s);
    section_close(s);
    section_unexport(offer);
    /* What was taken stays, and can be offered on. */
    sample_check(taken, sample_rights(which), line);
    section_rights fewest = sample_fewest(taken);
    offer = exported_here(taken, fewest);
    section_close(taken);
    taken = sample_imported(section_offer_text(offer));
    section_unexport(offer);
    sample_check(taken, fewest, line);
    section_close(taken);
    sample_tidy(which, "here");
}

static void every_section_can_be_offered_to_this_process(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    check_offer_here(SAMPLE_MEMORY);
    for (int which = 0; which < SAMPLES; which++) {
        check_offer_here((sample)which);
        size_t handles = machine_open_handles();
        check_offer_here((sample)which);
        assert_same(handles, machine_open_handles());
    }
}

/* Takes what it is told of, until it is told nothing. */
static int take_offers(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    char text[PROCESS_LINE_SIZE], line[PROCESS_LINE_SIZE];
    (void)snprintf(line, sizeof(line), "%lld", (long long)process_number());
    role_say(line);
    for (;;) {
        role_hear(line);
        if (line[0] == '\0')
            return 0;
        role_hear(text);
        section *s = sample_imported(text);
        section_rights rights = info_of(s).rights;
        sample_check(s, rights, line);
        assert_not_imported(SECTION_GONE, text);
        if ((rights & SECTION_RIGHT_WRITE) != 0)
            poke(s, 1, 77);
        section_close(s);
        role_say("taken");
    }
}

static int64_t start_taker(process *child, const char *role)
{
    char line[PROCESS_LINE_SIZE];
    process_be_open();
    process_start(child, role, "", PROCESS_NOTHING);
    process_hear(child, line);
    return strtoll(line, NULL, 10);
}

static void offer_to(const process *child, int64_t number, sample which)
{
    char line[LINE];
    section *s = sample_make(which, "other");
    if (s == NULL)
        return;
    sample_tell(line, sizeof(line), s);
    section_offer *offer = exported(s, sample_rights(which), number);
    section_offer *narrow = exported(s, sample_fewest(s), number);
    process_say(child, line);
    process_say(child, section_offer_text(narrow));
    process_expect(child, "taken");
    process_say(child, line);
    process_say(child, section_offer_text(offer));
    process_expect(child, "taken");
    assert_same(77, peek(s, 1));
    section_unexport(offer);
    section_unexport(narrow);
    section_close(s);
    sample_tidy(which, "other");
}

static void every_section_can_be_offered_to_another_process(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    process child;
    int64_t number = start_taker(&child, "take_offers");
    for (int which = 0; which < SAMPLES; which++)
        offer_to(&child, number, (sample)which);
    process_say(&child, "");
    process_succeeds(&child);
}

static void what_has_grown_since_the_offer_has_the_size_of_now(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    bool any = false;
    for (int which = SAMPLE_GROWING_MEMORY; which < SAMPLES; which++) {
        section *s = sample_make((sample)which, "since");
        if (s == NULL)
            continue;
        any = true;
        section_offer *offer = exported_here(s, EXTENDER);
        assert_status(SECTION_OK, section_extend(s, 70001));
        section *taken = sample_imported(section_offer_text(offer));
        assert_size(70001, taken);
        assert_status(SECTION_OK, section_extend(taken, 80001));
        assert_size(80001, s);
        section_close(taken);
        section_unexport(offer);
        section_close(s);
        sample_tidy((sample)which, "since");
    }
    if (!any)
        SKIP("nothing grows here");
}

static void rights_of_an_offer_only_narrow(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    section *s = sample_make(SAMPLE_MEMORY, "");
    section_offer *offer = exported_here(s, READ_ONLY);
    section *reader = sample_imported(section_offer_text(offer));
    section_unexport(offer);
    assert_same(READ_ONLY, info_of(reader).rights);
    assert_that(!foreign_can_write(native_of(reader)));
    assert_no_offer(SECTION_ACCESS, reader, READ_WRITE, process_number());
    assert_no_offer(SECTION_ACCESS, s, EXTENDER, process_number());
    section_close(reader);
    section *lent = wrapped(native_of(s), READ_WRITE, SECTION_NATIVE_BORROWED);
    assert_no_offer(SECTION_UNSUPPORTED, lent, READ_ONLY, process_number());
    section_close(lent);
    section_close(s);
}

static void offers_that_break_a_rule_are_invalid(void **state)
{
    (void)state;
    section *taken, *s = sample_make(SAMPLE_MEMORY, "");
    assert_status(SECTION_INVALID,
                  section_export(NULL, s, READ_ONLY, process_number()));
    assert_no_offer(SECTION_INVALID, NULL, READ_ONLY, process_number());
    assert_no_offer(SECTION_INVALID, s, 0, process_number());
    assert_no_offer(SECTION_INVALID, s, 0x80, process_number());
    assert_no_offer(SECTION_INVALID, s, READ_ONLY, 0);
    assert_no_offer(SECTION_INVALID, s, READ_ONLY, -1);
    assert_status(SECTION_INVALID, section_import(NULL, "section."));
    assert_no_section(SECTION_INVALID, taken, section_import(&taken, NULL));
    assert_that(section_offer_text(NULL) == NULL);
    assert_same(0, section_offer_handles(NULL, 0, NULL));
    section_unexport(NULL);
    section_close(s);
}

static void an_offer_to_no_process_is_not_found(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    process child;
    size_t handles = machine_open_handles();
    section *s = sample_make(SAMPLE_MEMORY, "");
    int64_t number = start_taker(&child, "take_offers");
    process_say(&child, "");
    process_succeeds(&child);
    assert_no_offer(SECTION_NOT_FOUND, s, READ_ONLY, number);
    assert_no_offer(SECTION_NOT_FOUND, s, READ_ONLY, 0x7ffffff0);
    assert_no_offer(SECTION_NOT_FOUND, s, READ_ONLY, INT64_MAX);
    section_close(s);
    assert_same(handles, machine_open_handles());
}

/* A text can be an argument, a line, or in the environment. */
static void the_text_of_an_offer_is_plain_and_short(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    char longest[SECTION_NAME_MAX + 1];
    test_name name = names_unique("");
    memset(longest, 'n', sizeof(longest) - 1);
    longest[SECTION_NAME_MAX] = '\0';
    memcpy(longest, name.text, strlen(name.text));
    section *s = new_named(longest, SAMPLE_SIZE);
    section_offer *offer = exported_here(s, READ_ONLY);
    const char *text = section_offer_text(offer);
    assert_that(strlen(text) < SECTION_OFFER_TEXT_SIZE);
    for (const char *c = text; *c != '\0'; c++)
        assert_that(isalnum((unsigned char)*c) || *c == '.');
    section *taken = sample_imported(text);
    assert_string_equal(longest, info_of(taken).name);
    section_close(taken);
    section_unexport(offer);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Once
 * ------------------------------------------------------------------------ */

static void an_offer_is_taken_once(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    section *s = sample_make(SAMPLE_MEMORY, "");
    size_t handles = machine_open_handles();
    section_offer *offer = exported_here(s, READ_WRITE);
    section *taken = sample_imported(section_offer_text(offer));
    assert_not_imported(SECTION_GONE, section_offer_text(offer));
    section_close(taken);
    assert_not_imported(SECTION_GONE, section_offer_text(offer));
    section_unexport(offer);
    assert_same(handles, machine_open_handles());
    section_close(s);
}

static void an_offer_that_was_taken_back_is_gone(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    char text[SECTION_OFFER_TEXT_SIZE];
    section *s = sample_make(SAMPLE_MEMORY, "");
    size_t handles = machine_open_handles();
    section_offer *offer = exported_here(s, READ_WRITE);
    (void)snprintf(text, sizeof(text), "%s", section_offer_text(offer));
    section_unexport(offer);
    assert_same(handles, machine_open_handles());
    assert_not_imported(SECTION_GONE, text);
    assert_same(handles, machine_open_handles());
    section_close(s);
}

#define TAKERS 6
#define RACES  30

struct race {
    const char *text;
    section *taken[TAKERS];
    section_status status[TAKERS];
};

static void take_in_race(size_t index, void *context)
{
    struct race *r = context;
    r->status[index] = section_import(&r->taken[index], r->text);
}

static void of_those_who_take_one_offer_one_gets_it(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    section *s = sample_make(SAMPLE_NAMED, "race");
    for (int i = 0; i < RACES; i++) {
        section_offer *offer = exported_here(s, READ_WRITE);
        struct race r = {.text = section_offer_text(offer)};
        threads_run(TAKERS, take_in_race, &r);
        size_t winners = 0;
        for (size_t k = 0; k < TAKERS; k++) {
            assert_that(r.status[k] == SECTION_OK ||
                        r.status[k] == SECTION_GONE);
            assert_that((r.taken[k] != NULL) == (r.status[k] == SECTION_OK));
            winners += r.status[k] == SECTION_OK;
            section_close(r.taken[k]);
        }
        assert_same(1, winners);
        section_unexport(offer);
    }
    section_close(s);
    assert_gone(names_unique("race").text);
}

struct contest {
    section_offer *offer;
    char text[SECTION_OFFER_TEXT_SIZE];
    section *taken;
    section_status status;
};

static void take_or_take_back(size_t index, void *context)
{
    struct contest *c = context;
    if (index == 0)
        c->status = section_import(&c->taken, c->text);
    else
        section_unexport(c->offer);
}

static void an_offer_is_taken_or_taken_back(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    if (machine_is_thread_sanitized())
        SKIP("numbers are looked at that another thread may be closing");
    section *s = sample_make(SAMPLE_NAMED, "contest");
    size_t handles = 0;
    for (int i = 0; i < RACES; i++) {
        struct contest c = {.offer = exported_here(s, READ_WRITE)};
        (void)snprintf(c.text, sizeof(c.text), "%s",
                       section_offer_text(c.offer));
        threads_run(2, take_or_take_back, &c);
        if (c.status == SECTION_OK)
            sample_check_shared(s, c.taken);
        else
            assert_status(SECTION_GONE, c.status);
        section_close(c.taken);
        if (i > 0)
            assert_same(handles, machine_open_handles());
        handles = machine_open_handles();
    }
    section_close(s);
    assert_gone(names_unique("contest").text);
}

/* The numbers of an offer that is over can be those of another thing. */
static void the_text_of_an_old_offer_never_gives_another_section(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    char text[SECTION_OFFER_TEXT_SIZE];
    section *others[8];
    section_offer *offers[8];
    section *s = sample_make(SAMPLE_MEMORY, "");
    section_offer *offer = exported_here(s, READ_WRITE);
    (void)snprintf(text, sizeof(text), "%s", section_offer_text(offer));
    section_unexport(offer);
    for (size_t i = 0; i < 8; i++) {
        others[i] = sample_make(SAMPLE_MEMORY, "");
        offers[i] = exported_here(others[i], READ_WRITE);
        assert_not_imported(SECTION_GONE, text);
    }
    for (size_t i = 0; i < 8; i++) {
        section *taken = sample_imported(section_offer_text(offers[i]));
        sample_check_shared(taken, others[i]);
        section_close(taken);
        section_unexport(offers[i]);
        assert_not_imported(SECTION_GONE, text);
        section_close(others[i]);
    }
    section_close(s);
}

/* ------------------------------------------------------------------------
 * The other process
 * ------------------------------------------------------------------------ */

/* Offers to its parent. */
static int offer_to_parent(const char *argument, intptr_t inherited)
{
    (void)inherited;
    char name[PROCESS_LINE_SIZE];
    int64_t parent = strtoll(argument, NULL, 10);
    role_hear(name);
    section *s = new_named(name, SAMPLE_SIZE);
    poke(s, 0, 6);
    section_offer *offer = exported(s, READ_WRITE, parent);
    section_close(s);
    role_say(section_offer_text(offer));
    role_expect("unexport");
    section_unexport(offer);
    role_say("done");
    role_expect("end");
    return 0;
}

static void start_exporter(process *child, const char *name,
                           char text[PROCESS_LINE_SIZE])
{
    char number[32];
    (void)snprintf(number, sizeof(number), "%lld", (long long)process_number());
    process_start(child, "offer_to_parent", number, PROCESS_NOTHING);
    process_say(child, name);
    process_hear(child, text);
}

static void finish_exporter(process *child)
{
    process_say(child, "unexport");
    process_expect(child, "done");
    process_say(child, "end");
    process_succeeds(child);
}

static void an_offer_holds_the_name(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    process child;
    char text[PROCESS_LINE_SIZE];
    test_name name = names_unique("offered");
    start_exporter(&child, name.text, text);
    assert_alive(name.text);
    process_say(&child, "unexport");
    process_expect(&child, "done");
    assert_gone(name.text);
    assert_not_imported(SECTION_GONE, text);
    process_say(&child, "end");
    process_succeeds(&child);
}

/* Not only the name is free then: what it kept is given back. */
static void an_offer_that_was_the_last_holder_leaves_nothing(void **state)
{
    (void)state;
    bool can_export = this_system().offers == SECTION_SUPPORT_FULL;
    if (!names_are_files())
        SKIP("the system gives names back itself");
    size_t before = names_left();
    for (int exports = 0; exports <= can_export; exports++) {
        section *s = sample_make(SAMPLE_NAMED, "last");
        section_offer *offer = NULL;
        if (exports)
            offer = exported_here(s, READ_WRITE);
        else
            assert_status(SECTION_OK,
                          section_make_inheritable(&offer, s, READ_WRITE));
        section_close(s);
        assert_same(before + 1, names_left());
        section_unexport(offer);
        assert_same(before, names_left());
        sample_tidy(SAMPLE_NAMED, "last");
    }
}

static void who_has_taken_an_offer_holds_the_name(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    process child;
    char text[PROCESS_LINE_SIZE];
    test_name name = names_unique("taken");
    start_exporter(&child, name.text, text);
    section *s = sample_imported(text);
    assert_same(6, peek(s, 0));
    finish_exporter(&child);
    assert_alive(name.text);
    section_close(s);
    assert_gone(name.text);
}

static void the_offer_of_a_process_that_has_ended_is_gone(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    process child;
    char text[PROCESS_LINE_SIZE];
    test_name name = names_unique("ended");
    size_t handles = machine_open_handles();
    start_exporter(&child, name.text, text);
    process_kill(&child);
    assert_int_equal(process_wait(&child).end, PROCESS_KILLED);
    assert_not_imported(SECTION_GONE, text);
    /* What was put into this process lets go of itself, at the latest when
     * somebody asks for it. */
    assert_same(handles, machine_open_handles());
    assert_gone(name.text);
}

/* Tries what is not for it. */
static int try_offer(const char *argument, intptr_t inherited)
{
    (void)inherited;
    char text[PROCESS_LINE_SIZE];
    size_t handles = machine_open_handles();
    bool changes = strcmp(argument, "other") == 0;
    role_hear(text);
    if (changes && !limit_become_another())
        return ROLE_CANNOT;
    assert_not_imported(SECTION_ACCESS, text);
    assert_not_imported(SECTION_ACCESS, text);
    assert_same(handles, machine_open_handles());
    return 0;
}

static void an_offer_to_another_process_is_access(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    process child;
    section *s = sample_make(SAMPLE_MEMORY, "");
    section_offer *offer = exported_here(s, READ_WRITE);
    process_be_open();
    process_start(&child, "try_offer", "", PROCESS_NOTHING);
    process_say(&child, section_offer_text(offer));
    process_succeeds(&child);
    /* That has not used it up. */
    section_close(sample_imported(section_offer_text(offer)));
    section_unexport(offer);
    section_close(s);
}

/* Says its number, becomes somebody else, and tries. */
static int try_as_another(const char *argument, intptr_t inherited)
{
    char line[64];
    (void)argument;
    (void)snprintf(line, sizeof(line), "%lld", (long long)process_number());
    role_say(line);
    return try_offer("other", inherited);
}

static void another_user_cannot_take_an_offer(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    process child;
    section *s = sample_make(SAMPLE_MEMORY, "");
    int64_t number = start_taker(&child, "try_as_another");
    section_offer *offer = exported(s, READ_WRITE, number);
    process_say(&child, section_offer_text(offer));
    process_result result = process_wait(&child);
    section_unexport(offer);
    section_close(s);
    if (result.end == PROCESS_EXITED && result.code == ROLE_CANNOT)
        SKIP("this user cannot become another one");
    process_judge(result);
}

static int take_back(void *context)
{
    section_unexport(context);
    return 0;
}

static void a_forked_child_takes_nothing_back(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    if (!process_can_fork())
        SKIP("no fork");
    process child;
    section *s = sample_make(SAMPLE_NAMED, "forked");
    section_offer *offer = exported_here(s, READ_WRITE);
    section_close(s);
    assert_that(process_fork(&child, take_back, offer));
    process_succeeds(&child);
    assert_alive(names_unique("forked").text);
    section *taken = sample_imported(section_offer_text(offer));
    section_unexport(offer);
    section_close(taken);
    assert_gone(names_unique("forked").text);
}

typedef struct namesake {
    section *s;
    section_offer *offer;
} namesake;

static int offer_to_itself(void *context)
{
    namesake *n = context;
    n->offer = exported_here(n->s, READ_WRITE);
    return 0;
}

static int try_as_namesake(void *context)
{
    const namesake *n = context;
    assert_not_imported(SECTION_ACCESS, section_offer_text(n->offer));
    return 0;
}

/* Also when it is a child that knows all that the other knew. */
static void who_has_the_number_of_another_is_not_the_other(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    namesake n = {sample_make(SAMPLE_MEMORY, ""), NULL};
    bool can = process_fork_namesakes(offer_to_itself, try_as_namesake, &n);
    section_close(n.s);
    if (!can)
        SKIP("only root can start another space of process numbers");
}

/* ------------------------------------------------------------------------
 * Texts that are none
 * ------------------------------------------------------------------------ */

static void what_is_no_text_of_an_offer_is_untrusted(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        ".",
                                        "section",
                                        "section.",
                                        "section.0",
                                        "section.00",
                                        "section.9d",
                                        "section.zz",
                                        "Section.9d73",
                                        "9d73656374696f6e",
                                        "section.9d736563-74696f6e"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_not_imported(SECTION_UNTRUSTED, texts[i]);
    char digits[4 * SECTION_OFFER_TEXT_SIZE];
    memset(digits, '1', sizeof(digits));
    digits[sizeof(digits) - 1] = '\0';
    assert_not_imported(SECTION_UNTRUSTED, digits);
    memcpy(digits, PREFIX, sizeof(PREFIX) - 1);
    assert_not_imported(SECTION_UNTRUSTED, digits);
}

static void an_offer_of_another_version_is_unsupported(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    char text[SECTION_OFFER_TEXT_SIZE];
    section *s = sample_make(SAMPLE_MEMORY, "");
    section_offer *offer = exported_here(s, READ_WRITE);
    (void)snprintf(text, sizeof(text), "%s", section_offer_text(offer));
    assert_that(strncmp(text + VERSION_AT, "01", 2) == 0);
    text[VERSION_AT + 1] = '0';
    assert_not_imported(SECTION_UNSUPPORTED, text);
    text[VERSION_AT + 1] = '2';
    assert_not_imported(SECTION_UNSUPPORTED, text);
    text[VERSION_AT + 1] = '1';
    section_close(sample_imported(text));
    section_unexport(offer);
    section_close(s);
}

/* A text that is not this one to the last digit. */
static void assert_lie(const char *text)
{
    section *s = expect_poison();
    section_status status = section_import(&s, text);
    bool refused = status == SECTION_UNTRUSTED ||
                   status == SECTION_UNSUPPORTED || status == SECTION_GONE ||
                   status == SECTION_ACCESS;
    if (!refused)
        assert_status(SECTION_UNTRUSTED, status);
    assert_that(s == NULL);
}

/* No lie uses the offer up, or costs the process a handle. */
static void check_each_digit(sample which)
{
    char text[SECTION_OFFER_TEXT_SIZE];
    section *s = sample_make(which, "digit");
    section_offer *offer = exported_here(s, READ_WRITE);
    const char *truth = section_offer_text(offer);
    size_t handles = machine_open_handles();
    for (size_t i = 0; truth[i] != '\0'; i++) {
        (void)snprintf(text, sizeof(text), "%s", truth);
        for (const char *digit = "0123456789abcdef"; *digit != '\0'; digit++) {
            text[i] = *digit;
            if (text[i] != truth[i])
                assert_lie(text);
        }
        text[i] = '\0';
        assert_lie(text);
    }
    assert_same(handles, machine_open_handles());
    section *taken = sample_imported(truth);
    sample_check_shared(taken, s);
    section_close(taken);
    section_unexport(offer);
    section_close(s);
}

static void
whatever_digit_is_changed_gives_a_status_and_leaves_nothing(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    check_each_digit(SAMPLE_MEMORY);
    check_each_digit(SAMPLE_NAMED);
}

/* ------------------------------------------------------------------------
 * Running out
 * ------------------------------------------------------------------------ */

#define FEW  64
#define MOST 12

static size_t take_descriptors(intptr_t taken[FEW], size_t left)
{
    size_t count = 0;
    while (count < FEW && (taken[count] = foreign_memory(1)) != FOREIGN_NOTHING)
        count++;
    assert_that(count > left && count < FEW);
    while (left-- > 0)
        foreign_close(taken[--count]);
    return count;
}

static void give_descriptors(const intptr_t *taken, size_t count)
{
    while (count > 0)
        foreign_close(taken[--count]);
}

/* With so many descriptors left: what does not work then can be done after. */
static bool offers_with_left(const section *s, size_t left)
{
    intptr_t taken[FEW] = {0};
    section *received = NULL;
    section_offer *offer = NULL;
    size_t handles = machine_open_handles();
    size_t count = take_descriptors(taken, left);
    section_status made =
        section_export(&offer, s, READ_WRITE, process_number());
    if (made == SECTION_OK)
        made = section_import(&received, section_offer_text(offer));
    give_descriptors(taken, count);
    if (made != SECTION_OK)
        assert_status(SECTION_LIMIT, made);
    if (made != SECTION_OK && offer != NULL)
        received = sample_imported(section_offer_text(offer));
    section_close(received);
    section_unexport(offer);
    assert_same(handles, machine_open_handles());
    return made == SECTION_OK;
}

static int offer_without_descriptors(const char *name, intptr_t inherited)
{
    (void)inherited;
    section *s = new_named(name, SAMPLE_SIZE);
    if (!limit_set(LIMIT_DESCRIPTORS, FEW))
        return ROLE_CANNOT;
    assert_that(!offers_with_left(s, 0));
    for (size_t left = 1; left < MOST; left++)
        (void)offers_with_left(s, left);
    assert_that(offers_with_left(s, MOST));
    section_close(s);
    assert_gone(name);
    return 0;
}

static void offers_without_descriptors_are_limit_and_leave_nothing(void **state)
{
    (void)state;
    SKIP_WITHOUT_OFFERS;
    if (process_play("offer_without_descriptors", names_unique("few").text,
                     PROCESS_NOTHING) == ROLE_CANNOT)
        SKIP("no limit on descriptors");
}

static const process_role roles[] = {
    {"take_offers", take_offers},
    {"offer_to_parent", offer_to_parent},
    {"try_offer", try_offer},
    {"try_as_another", try_as_another},
    {"offer_without_descriptors", offer_without_descriptors},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(offers_are_as_the_trait_says),
    cmocka_unit_test(every_section_can_be_offered_to_this_process),
    cmocka_unit_test(every_section_can_be_offered_to_another_process),
    cmocka_unit_test(what_has_grown_since_the_offer_has_the_size_of_now),
    cmocka_unit_test(rights_of_an_offer_only_narrow),
    cmocka_unit_test(offers_that_break_a_rule_are_invalid),
    cmocka_unit_test(an_offer_to_no_process_is_not_found),
    cmocka_unit_test(the_text_of_an_offer_is_plain_and_short),
    cmocka_unit_test(an_offer_is_taken_once),
    cmocka_unit_test(an_offer_that_was_taken_back_is_gone),
    cmocka_unit_test(of_those_who_take_one_offer_one_gets_it),
    cmocka_unit_test(an_offer_is_taken_or_taken_back),
    cmocka_unit_test(the_text_of_an_old_offer_never_gives_another_section),
    cmocka_unit_test(an_offer_holds_the_name),
    cmocka_unit_test(an_offer_that_was_the_last_holder_leaves_nothing),
    cmocka_unit_test(who_has_taken_an_offer_holds_the_name),
    cmocka_unit_test(the_offer_of_a_process_that_has_ended_is_gone),
    cmocka_unit_test(an_offer_to_another_process_is_access),
    cmocka_unit_test(another_user_cannot_take_an_offer),
    cmocka_unit_test(a_forked_child_takes_nothing_back),
    cmocka_unit_test(who_has_the_number_of_another_is_not_the_other),
    cmocka_unit_test(what_is_no_text_of_an_offer_is_untrusted),
    cmocka_unit_test(an_offer_of_another_version_is_unsupported),
    cmocka_unit_test(
        whatever_digit_is_changed_gives_a_status_and_leaves_nothing),
    cmocka_unit_test(offers_without_descriptors_are_limit_and_leave_nothing),
};

TEST_MAIN(tests, roles)
