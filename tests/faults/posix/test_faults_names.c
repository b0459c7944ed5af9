/* SPDX-License-Identifier: MIT */
/*
 * Names with every call of the C library failing, one after the other: the call
 * of the API says so with a status it is known to have, leaves no name, no lock
 * and nothing else, disturbs nobody, and can be made again. Where the library
 * gets around the failure, what it made is as good as without. And every call
 * that a signal may interrupt, interrupted: nobody notices.
 *
 * Each failure is had by a process of its own, because a process finds the
 * place of names once and keeps it.
 */
#include "faults.h"
#include "names_stage.h"
#include "strike.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef enum result_kind {
    MAKES_NOTHING,
    MAKES_SECTION,
    MAKES_INFO,
    TELLS_NAMES,
    SWEEPS,
    CLOSES
} result_kind;

/* What is there before the call. */
enum {
    HELD_HERE = 0x1,       /* NAME, by the source */
    HELD_TWICE = 0x2,      /* and by another handle */
    HELD_BY_OTHER = 0x4,   /* NAME, by another process */
    DEAD = 0x8,            /* NAME, whose holder has died */
    DEAD_BESIDE = 0x10,    /* another such name */
    FIRST = 0x20,          /* the process has not asked for a name before */
    DIRECTORY_GONE = 0x40, /* removed after the process had found it */
    INPUT_CLOSED = 0x80    /* so descriptor 0 is free */
};

typedef struct scenario {
    const char *name;
    result_kind makes;
    section_status (*call)(names_stage *s);
    unsigned before;
    section_status natural; /* without a failure */
    unsigned least;         /* calls that can fail in it, at least */
    section_scope scope;
    const char *lacks; /* what the system does not have */
    int lacking_error; /* and how it says so */
} scenario;

/* ------------------------------------------------------------------------
 * The calls
 * ------------------------------------------------------------------------ */

static section_status create_new(names_stage *s)
{
    return names_create(&s->out, s, NAME, SECTION_CREATE_NEW);
}

static section_status open_or_create(names_stage *s)
{
    return names_create(&s->out, s, NAME, SECTION_OPEN_OR_CREATE);
}

static section_status create_with(names_stage *s, section_rights rights,
                                  uint32_t flags,
                                  section_initializer initialize)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.name = NAME;
    options.scope = s->scope;
    options.size = SIZE;
    options.rights = rights;
    options.flags = flags;
    options.initialize = initialize;
    return section_create(&s->out, &options);
}

static section_status create_to_read(names_stage *s)
{
    return create_with(s, SECTION_RIGHT_READ, 0, NULL);
}

static section_status create_lazy(names_stage *s)
{
    return create_with(s, ALL_RIGHTS, SECTION_LAZY, NULL);
}

static section_status fill(void *data, size_t length, void *context)
{
    (void)context;
    memset(data, 7, length);
    return SECTION_OK;
}

static section_status create_filled(names_stage *s)
{
    return create_with(s, ALL_RIGHTS, 0, fill);
}

static section_status open_to_write(names_stage *s)
{
    return names_find(&s->out, s, NAME, ALL_RIGHTS);
}

static section_status open_to_read(names_stage *s)
{
    return names_find(&s->out, s, NAME, SECTION_RIGHT_READ);
}

static section_status duplicate(names_stage *s)
{
    return section_duplicate(&s->out, s->source, ALL_RIGHTS);
}

static section_status duplicate_narrow(names_stage *s)
{
    return section_duplicate(&s->out, s->source, SECTION_RIGHT_READ);
}

static section_status duplicate_opened(names_stage *s)
{
    return section_duplicate(&s->out, s->other, ALL_RIGHTS);
}

static section_status narrow_opened(names_stage *s)
{
    return section_duplicate(&s->out, s->other, SECTION_RIGHT_READ);
}

static section_status close_source(names_stage *s)
{
    section_close(s->source);
    s->source = NULL;
    return SECTION_OK;
}

static section_status get_info(names_stage *s)
{
    return section_get_info(&s->out_info, s->source);
}

static int32_t see(const section_entry *entry, void *context)
{
    names_stage *s = context;
    if (strcmp(entry->name, NAME) == 0 || strcmp(entry->name, "bystander") == 0)
        s->seen++;
    else
        s->strange++;
    return 0;
}

static section_status enumerate(names_stage *s)
{
    return section_enumerate(s->scope, see, s);
}

static section_status sweep(names_stage *s)
{
    return section_sweep(&s->out_swept, s->scope);
}

/* ------------------------------------------------------------------------
 * The scenarios
 * ------------------------------------------------------------------------ */

#define SECTION_OUT .makes = MAKES_SECTION
#define MACHINE     .scope = SECTION_SCOPE_MACHINE

static scenario scenarios[] = {
    {"create", SECTION_OUT, create_new, .least = 7},
    {"create, stdin closed", SECTION_OUT, create_new, INPUT_CLOSED,
     .least = 10},
    {"create, no fallocate", SECTION_OUT, create_new, .least = 7,
     .lacks = "fallocate", .lacking_error = EOPNOTSUPP},
    {"create to read", SECTION_OUT, create_to_read, .least = 11},
    {"create lazily", SECTION_OUT, create_lazy, .least = 7},
    {"create and fill", SECTION_OUT, create_filled, .least = 9},
    {"create what is held", SECTION_OUT, create_new, HELD_HERE,
     .natural = SECTION_EXISTS, .least = 7},
    {"create what another process holds", SECTION_OUT, create_new,
     HELD_BY_OTHER, .natural = SECTION_EXISTS, .least = 7},
    {"create over the dead", SECTION_OUT, create_new, DEAD, .least = 10},
    {"create beside the dead", SECTION_OUT, create_new, DEAD_BESIDE,
     .least = 7},
    {"create, the directory gone", SECTION_OUT, create_new, DIRECTORY_GONE,
     .least = 13},
    {"open or create, not there", SECTION_OUT, open_or_create, .least = 9},
    {"open or create, held", SECTION_OUT, open_or_create, HELD_HERE,
     .least = 6},
    {"open or create, dead", SECTION_OUT, open_or_create, DEAD, .least = 12},
    {"open", SECTION_OUT, open_to_write, HELD_HERE, .least = 6},
    {"open, stdin closed", SECTION_OUT, open_to_write, HELD_HERE | INPUT_CLOSED,
     .least = 6},
    {"open to read", SECTION_OUT, open_to_read, HELD_HERE, .least = 6},
    {"open what another process holds", SECTION_OUT, open_to_write,
     HELD_BY_OTHER, .least = 6},
    {"open the dead", SECTION_OUT, open_to_write, DEAD,
     .natural = SECTION_NOT_FOUND, .least = 4},
    {"open what is not there", SECTION_OUT, open_to_write,
     .natural = SECTION_NOT_FOUND, .least = 2},
    {"open, the directory gone", SECTION_OUT, open_to_write, DIRECTORY_GONE,
     .natural = SECTION_NOT_FOUND, .least = 2},
    {"duplicate", SECTION_OUT, duplicate, HELD_HERE, .least = 3},
    {"narrow", SECTION_OUT, duplicate_narrow, HELD_HERE, .least = 3},
    {"duplicate what was opened", SECTION_OUT, duplicate_opened,
     HELD_HERE | HELD_TWICE, .least = 3},
    {"narrow what was opened", SECTION_OUT, narrow_opened,
     HELD_HERE | HELD_TWICE, .least = 3},
    {"close the last", CLOSES, close_source, HELD_HERE, .least = 5},
    {"close, others hold it", CLOSES, close_source, HELD_HERE | HELD_TWICE,
     .least = 3},
    {"close the last, dead ones beside", CLOSES, close_source,
     HELD_HERE | DEAD_BESIDE, .least = 5},
    {"close, the directory gone", CLOSES, close_source,
     HELD_HERE | DIRECTORY_GONE, .least = 3},
    {"get info", MAKES_INFO, get_info, HELD_HERE, .least = 2},
    {"enumerate", TELLS_NAMES, enumerate, HELD_HERE | DEAD_BESIDE, .least = 15},
    {"sweep", SWEEPS, sweep, HELD_HERE | DEAD_BESIDE, .least = 15},

    {"create first", SECTION_OUT, create_new, FIRST, .least = 22},
    {"create first over the dead", SECTION_OUT, create_new, FIRST | DEAD,
     .least = 22},
    {"create first beside the dead", SECTION_OUT, create_new,
     FIRST | DEAD_BESIDE, .least = 22},
    {"open or create first", SECTION_OUT, open_or_create, FIRST, .least = 22},
    {"open first", SECTION_OUT, open_to_write, FIRST | HELD_BY_OTHER,
     .least = 9},
    {"open first, no place of names", SECTION_OUT, open_to_write, FIRST,
     .natural = SECTION_NOT_FOUND, .least = 2},
    {"enumerate first", TELLS_NAMES, enumerate, FIRST | HELD_BY_OTHER,
     .least = 9},
    {"enumerate first, no place of names", TELLS_NAMES, enumerate, FIRST,
     .least = 2},
    {"sweep first", SWEEPS, sweep, FIRST | DEAD_BESIDE, .least = 9},
    {"sweep first, no place of names", SWEEPS, sweep, FIRST, .least = 1},

    {"machine: create", SECTION_OUT, create_new, .least = 7, MACHINE},
    {"machine: create what is held", SECTION_OUT, create_new, HELD_BY_OTHER,
     .natural = SECTION_EXISTS, .least = 7, MACHINE},
    {"machine: create over the dead", SECTION_OUT, create_new, DEAD,
     .least = 10, MACHINE},
    {"machine: create first", SECTION_OUT, create_new, FIRST, .least = 13,
     MACHINE},
    {"machine: open", SECTION_OUT, open_to_write, HELD_HERE, .least = 6,
     MACHINE},
    {"machine: open first", SECTION_OUT, open_to_write, FIRST | HELD_BY_OTHER,
     .least = 9, MACHINE},
    {"machine: close the last", CLOSES, close_source, HELD_HERE, .least = 5,
     MACHINE},
    {"machine: enumerate", TELLS_NAMES, enumerate, HELD_HERE | DEAD_BESIDE,
     .least = 6, MACHINE},
    {"machine: sweep", SWEEPS, sweep, HELD_HERE | DEAD_BESIDE, .least = 7,
     MACHINE},
};

static int saved_input = -1;

static void prepare(names_stage *s, const scenario *sc)
{
    section *kept;
    names_open(s, sc->scope);
    if ((sc->before & DIRECTORY_GONE) != 0) {
        assert_status(SECTION_OK,
                      names_create(&kept, s, "kept", SECTION_CREATE_NEW));
        section_close(kept);
    } else if ((sc->before & FIRST) == 0) {
        names_add_bystander(s);
    }
    /* After the first creation of this process, which sweeps. */
    if ((sc->before & DEAD) != 0)
        names_add_dead(s, NAME);
    if ((sc->before & DEAD_BESIDE) != 0)
        names_add_dead(s, "dead");
    if ((sc->before & HELD_BY_OTHER) != 0)
        names_add_holder(s);
    if ((sc->before & HELD_HERE) != 0)
        assert_status(SECTION_OK,
                      names_create(&s->source, s, NAME, SECTION_CREATE_NEW));
    if ((sc->before & HELD_TWICE) != 0)
        assert_status(SECTION_OK, names_find(&s->other, s, NAME, ALL_RIGHTS));
    if ((sc->before & DIRECTORY_GONE) != 0)
        raw_remove(s->directory);
    if ((sc->before & INPUT_CLOSED) != 0) {
        saved_input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100);
        (void)close(STDIN_FILENO);
    }
}

/* ------------------------------------------------------------------------
 * What may come of a failure
 * ------------------------------------------------------------------------ */

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool creates(const scenario *sc)
{
    return sc->call == create_new || sc->call == open_or_create ||
           sc->call == create_to_read || sc->call == create_lazy ||
           sc->call == create_filled;
}

static bool is_dead(const scenario *sc)
{
    return (sc->before & DEAD) != 0;
}

/* What cannot be looked at or removed is not trusted. */
static bool is_taken_for_foreign(const scenario *sc, faults_strike strike)
{
    if (struck(strike, "unlinkat"))
        return is_dead(sc);
    if (struck(strike, "fstat") || struck(strike, "fstatat") ||
        struck(strike, "readlinkat"))
        return true;
    /* Somebody has removed what was just published. */
    return struck(strike, "openat") && strike.error == ENOENT && creates(sc);
}

/* Whether a failure explains a status that is not the one of its code. */
static bool explains(const scenario *sc, faults_strike strike,
                     section_status status)
{
    switch (status) {
    case SECTION_UNSUPPORTED:
        /* A format that cannot be told; no /proc; the machine's place. */
        return struck(strike, "readlinkat") ||
               (strike.reopens && strike.error != EMFILE) ||
               (struck(strike, "open") && strike.error == ENOENT &&
                sc->scope == SECTION_SCOPE_MACHINE);
    case SECTION_ACCESS:
        return is_taken_for_foreign(sc, strike);
    case SECTION_BUSY:
        /* Somebody locks what others hold, which he cannot. */
        return struck(strike, "fcntl lock") && strike.error == EAGAIN &&
               (sc->call == duplicate_narrow || sc->call == create_to_read);
    case SECTION_EXISTS:
        /* Who cannot be asked is not taken for dead. */
        return is_dead(sc) && creates(sc) && struck(strike, "fcntl lock");
    case SECTION_NO_MEMORY:
        return struck(strike, "fdopendir");
    default:
        return false;
    }
}

/* A failure that happens once never comes to SECTION_BUSY, because the library
 * tries again; and what creates does not say that nothing is there. */
static void check_status(const scenario *sc, faults_strike strike,
                         section_status status)
{
    if (status == sc->natural)
        return;
    assert_that(strike.happened);
    assert_that(status != SECTION_NOT_FOUND || !creates(sc));
    if (explains(sc, strike, status))
        return;
    assert_that(status != SECTION_OK && status != SECTION_BUSY);
    assert_status(status_of(strike), status);
    bool is_own = struck(strike, "malloc") && section_last_os_error() == 0;
    if (!is_own)
        assert_same(strike.error, section_last_os_error());
}

/* A removal failed; then a sweep has to do it. */
static bool cannot_remove(faults_strike strike)
{
    return strike.happened &&
           (struck(strike, "unlinkat") || struck(strike, "shm_unlink"));
}

static bool is_harmless(faults_strike strike)
{
    return !strike.happened || strike.looks_around || strike.error == EINTR;
}

/* No more than before, but for what the call has to keep. */
static void check_nothing_left(const names_stage *s, const scenario *sc,
                               faults_strike strike, names_census before)
{
    names_census after = names_count(s);
    unsigned kept = 0;
    if (sc->makes == MAKES_INFO || sc->call == duplicate_narrow ||
        sc->call == narrow_opened)
        kept = 1; /* the reader of the source */
    if ((sc->before & FIRST) != 0)
        kept = 1; /* the place of names */
    assert_that(after.descriptors >= before.descriptors &&
                after.descriptors <= before.descriptors + kept);
    if (!struck(strike, "munmap"))
        assert_same(before.shared, after.shared);
    assert_same(before.blocks, after.blocks);
    assert_that(after.objects <= before.objects || cannot_remove(strike));
    for (unsigned i = 0; i < after.entries.count; i++)
        assert_that(raw_has(&before.entries, after.entries.names[i].entry) ||
                    (cannot_remove(strike) && !after.entries.names[i].held));
    for (unsigned i = 0; i < before.entries.count; i++)
        assert_that(!before.entries.names[i].held ||
                    raw_has(&after.entries, before.entries.names[i].entry));
}

/* Who else had something of it still has it. */
static void check_nobody_disturbed(names_stage *s, const scenario *sc)
{
    const unsigned held = HELD_HERE | HELD_BY_OTHER;
    section *found;
    raw_expect_unlocked(s->directory);
    names_check_bystander(s);
    if ((sc->before & held) == 0 || (sc->before & DIRECTORY_GONE) != 0)
        return;
    if (sc->makes == CLOSES && s->other == NULL)
        return;
    assert_status(SECTION_OK, names_find(&found, s, NAME, SECTION_RIGHT_READ));
    section_close(found);
}

/* ------------------------------------------------------------------------
 * What has to come of a success
 * ------------------------------------------------------------------------ */

static void expect_bytes(const section *of, unsigned char value)
{
    section_view view;
    assert_status(SECTION_OK,
                  section_map(&view, of, 0, 0, SECTION_ACCESS_READ));
    assert_same(SIZE, view.length);
    const unsigned char *bytes = view.data;
    for (size_t i = 0; i < SIZE; i++)
        assert_that(bytes[i] == value);
    assert_status(SECTION_OK, section_unmap(&view));
}

/* The section can be found under its name, and is the same one. */
static void check_section(names_stage *s, const scenario *sc)
{
    section_info made = SECTION_INFO_INIT, found = SECTION_INFO_INIT;
    section *again;
    assert_status(SECTION_OK, section_get_info(&made, s->out));
    assert_that(is(made.name, NAME));
    assert_that((made.flags & SECTION_INFO_NAME_LOST) == 0);
    assert_same(SIZE, made.size);
    assert_status(SECTION_OK, names_find(&again, s, NAME, SECTION_RIGHT_READ));
    assert_status(SECTION_OK, section_get_info(&found, again));
    assert_that(memcmp(made.id, found.id, sizeof(made.id)) == 0);
    expect_bytes(s->out, sc->call == create_filled ? 7 : 0);
    section_close(again);
    section_close(s->out);
}

static void check_told(const names_stage *s, const scenario *sc)
{
    unsigned held = s->bystander != NULL;
    held += (sc->before & (HELD_HERE | HELD_BY_OTHER)) != 0;
    assert_same(0, s->strange);
    assert_same(held, s->seen);
}

/* The name has ended with its last holder: it can be had again at once, whether
 * or not the memory was swept before. */
static void check_closed(names_stage *s, const scenario *sc, bool sweep_first)
{
    raw_names left = raw_read(s->directory);
    section *again;
    if (s->other != NULL || (sc->before & DIRECTORY_GONE) != 0)
        return;
    for (unsigned i = 0; i < left.count; i++)
        assert_that(raw_has(&s->quiet, left.names[i].entry) ||
                    !left.names[i].held);
    if (sweep_first)
        assert_status(SECTION_OK, section_sweep(NULL, s->scope));
    else
        assert_status(SECTION_NOT_FOUND,
                      names_find(&again, s, NAME, ALL_RIGHTS));
    assert_status(SECTION_OK,
                  names_create(&again, s, NAME, SECTION_CREATE_NEW));
    expect_bytes(again, 0);
    section_close(again);
}

/* Use what a call that succeeded has made, and give it back. */
static void take_result(names_stage *s, const scenario *sc,
                        faults_strike strike, bool sweep_first)
{
    switch (sc->makes) {
    case MAKES_SECTION:
        check_section(s, sc);
        break;
    case MAKES_INFO:
        assert_that(is(s->out_info.name, NAME));
        /* The link of a record that is gone, or says something else. */
        if (!struck(strike, "readlinkat") || strike.error == EIO)
            assert_that((s->out_info.flags & SECTION_INFO_NAME_LOST) == 0);
        break;
    case TELLS_NAMES:
        if (is_harmless(strike))
            check_told(s, sc);
        break;
    case SWEEPS:
        if (is_harmless(strike))
            assert_same((sc->before & DEAD_BESIDE) != 0, s->out_swept);
        break;
    case CLOSES:
        check_closed(s, sc, sweep_first);
        break;
    case MAKES_NOTHING:
        break;
    }
}

/* ------------------------------------------------------------------------
 * The sweep
 * ------------------------------------------------------------------------ */

static void check_failed(names_stage *s, const scenario *sc,
                         faults_strike strike, names_census before)
{
    if (sc->makes == MAKES_SECTION)
        assert_that(s->out == NULL);
    if (sc->makes == SWEEPS)
        assert_same(0, s->out_swept);
    check_nothing_left(s, sc, strike, before);
    check_nobody_disturbed(s, sc);
}

/* Give everything back. What a failed close, or one who died before, has left
 * goes with a sweep. */
static void finish(names_stage *s, const scenario *sc, faults_strike strike,
                   names_census empty)
{
    names_close(s);
    raw_expect_unlocked(s->directory);
    raw_names left = raw_read(s->directory);
    bool may_be_left = sc->makes == CLOSES || cannot_remove(strike) ||
                       (sc->before & (DEAD | DEAD_BESIDE)) != 0;
    for (unsigned i = 0; i < left.count; i++)
        assert_that(raw_has(&s->quiet, left.names[i].entry) || may_be_left);
    uint64_t swept;
    assert_status(SECTION_OK, section_sweep(&swept, s->scope));
    assert_that(swept <= left.count - s->quiet.count);
    assert_same(s->quiet.count, raw_read(s->directory).count);
    if (saved_input >= 0) {
        (void)dup2(saved_input, STDIN_FILENO);
        (void)close(saved_input);
    }
    names_expect_gone(s, empty);
}

/* Make the call with the nth call below it failing; whether it had as many. */
static bool strike_once(const scenario *sc, faults_mode mode, unsigned nth,
                        unsigned variant)
{
    names_stage s = {.root = "/nowhere", .directory = "/nowhere"};
    names_census empty = names_count(&s);
    prepare(&s, sc);
    names_census before = names_count(&s);

    faults_lack(sc->lacks, sc->lacking_error);
    faults_arm(mode, nth, variant);
    section_status status = sc->call(&s);
    faults_strike strike = faults_disarm();
    const faults_strike struck_by = strike;
    if (strike.happened)
        print_message("  %s: %s\n", strike.function, strerror(strike.error));
    else
        strike.function = "";
    /* Nothing to be said about a signal. */
    if (mode == FAULTS_INTERRUPT)
        strike.happened = false;
    check_status(sc, strike, status);
    /* A sweep that failed may have given back what was there to be. */
    bool is_done = sc->makes == SWEEPS && status != SECTION_OK;
    if (status != SECTION_OK) {
        check_failed(&s, sc, strike, before);
        names_arm(&s);
        status = sc->call(&s);
        assert_status(sc->natural, status);
        strike.happened = false;
    } else {
        check_nobody_disturbed(&s, sc);
    }
    if (status == SECTION_OK && !is_done)
        take_result(&s, sc, strike, variant == 0);
    if (struck(strike, "munmap")) /* what cannot be unmapped stays */
        empty.shared += names_count(&s).shared - before.shared;
    finish(&s, sc, struck_by, empty);
    return struck_by.happened;
}

/* What a process that has had its failure exits with. */
#define STRUCK     10
#define NOT_STRUCK 11

/* A child that crashes must not run the tests that are left: cmocka would go on
 * with the next one. */
static void let_crashes_kill(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        (void)signal(signals[i], SIG_DFL);
}

static bool strike_in_child(const scenario *sc, faults_mode mode, unsigned nth,
                            unsigned variant)
{
    int status;
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        expect_in_child();
        let_crashes_kill();
        bool struck = strike_once(sc, mode, nth, variant);
        (void)fflush(NULL);
        _exit(struck ? STRUCK : NOT_STRUCK);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) ||
        (WEXITSTATUS(status) != STRUCK && WEXITSTATUS(status) != NOT_STRUCK))
        fail_msg("call %u failing in way %u: the process ended with %#x", nth,
                 variant, (unsigned)status);
    return WEXITSTATUS(status) == STRUCK;
}

static void skip_without_machine(const scenario *sc)
{
    if (sc->scope == SECTION_SCOPE_MACHINE && geteuid() != 0)
        SKIP("the machine's directory has to be root's");
}

static void no_failing_call_leaves_a_trace(void **state)
{
    const scenario *sc = *state;
    unsigned count = 0;
    skip_without_machine(sc);
    for (unsigned variant = 0; variant < FAULTS_VARIANTS; variant++)
        for (count = 0; strike_in_child(sc, FAULTS_ERROR, count + 1, variant);)
            count++;
    print_message("  %u calls\n", count);
    if (count < sc->least)
        fail_msg("only %u calls failed", count);
}

static void no_interrupted_call_is_noticed(void **state)
{
    const scenario *sc = *state;
    skip_without_machine(sc);
    for (unsigned nth = 1; strike_in_child(sc, FAULTS_INTERRUPT, nth, 0);)
        nth++;
}

/* A link that says less, a directory that ends, bytes of which a part is
 * written. */
static void no_call_that_does_a_part_leaves_a_trace(void **state)
{
    const scenario *sc = *state;
    skip_without_machine(sc);
    for (unsigned nth = 1; strike_in_child(sc, FAULTS_SHORT, nth, 0);)
        nth++;
}

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

static int run_all(const char *title, CMUnitTestFunction function)
{
    struct CMUnitTest tests[SCENARIOS];
    for (size_t i = 0; i < SCENARIOS; i++)
        tests[i] = (struct CMUnitTest){.name = scenarios[i].name,
                                       .test_func = function,
                                       .initial_state = &scenarios[i]};
    return _cmocka_run_group_tests(title, tests, SCENARIOS, NULL, NULL);
}

int main(void)
{
    faults_share_names();
    int failed = run_all("failing", no_failing_call_leaves_a_trace);
    failed += run_all("interrupted", no_interrupted_call_is_noticed);
    failed += run_all("in part", no_call_that_does_a_part_leaves_a_trace);
    return failed;
}
