/* SPDX-License-Identifier: MIT */
/*
 * Growth with every call of the C library failing, one after the other: the
 * section has the size, the bytes and the memory that it had, can be asked, and
 * grows at the next attempt. And every call that a signal may interrupt,
 * interrupted, and every call that may do only a part: nobody notices.
 */
#include "faults.h"
#include "stage.h"
#include "strike.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXTENDER (ALL_RIGHTS | SECTION_RIGHT_EXTEND)
#define RESERVE  ((uint64_t)64 << 20)

/* Where the bytes of a section are. */
typedef enum place { MEMORY, DISK, MEMORY_DISK } place;

typedef struct growth {
    stage stage;
    char path[64]; /* of the file, or empty */
    uint64_t wanted;
} growth;

typedef struct scenario {
    const char *name;
    section_status (*call)(growth *g);
    place where;
    uint64_t from, to;
    uint32_t flags;
    unsigned least; /* calls that can fail in it, at least */
    const char *lacks;
    int lacking_error;
} scenario;

/* ------------------------------------------------------------------------
 * Scenarios
 * ------------------------------------------------------------------------ */

static section_status extend(growth *g)
{
    return section_extend(g->stage.source, g->wanted);
}

static section_status tell_size(growth *g)
{
    return section_get_info(&g->stage.out_info, g->stage.source);
}

static section_status map_all(growth *g)
{
    return section_map(&g->stage.out_view, g->stage.source, 0, 0,
                       SECTION_ACCESS_READ_WRITE);
}

#define MIB ((uint64_t)1 << 20)

static scenario scenarios[] = {
    {"memory, within a page", extend, MEMORY, 5000, 6000, .least = 6},
    {"memory, from within a page", extend, MEMORY, 5000, 50001, .least = 7},
    {"memory, from page to page", extend, MEMORY, 8192, 40960, .least = 6},
    {"memory, piece by piece", extend, MEMORY, 5000, 34 * MIB, .least = 8},
    {"lazy memory", extend, MEMORY, 5000, 50 * MIB, SECTION_LAZY, .least = 6},
    {"memory, no fallocate", extend, MEMORY, 5000, 50001, .least = 6,
     .lacks = "fallocate", .lacking_error = EOPNOTSUPP},
    {"a file", extend, DISK, 5000, 50001, .least = 4},
    {"a file, from page to page", extend, DISK, 8192, 40960, .least = 4},
    {"a lazy file", extend, DISK, 5000, 50001, SECTION_LAZY, .least = 3},
    {"a file, no fallocate", extend, DISK, 5000, 50001, .least = 4,
     .lacks = "fallocate", .lacking_error = EOPNOTSUPP},
    {"a file in memory", extend, MEMORY_DISK, 5000, 50001, .least = 4},
    {"the size of memory", tell_size, MEMORY, 5000, 5000, .least = 1},
    {"the size of a file", tell_size, DISK, 5000, 5000, .least = 1},
    {"all of memory", map_all, MEMORY, 5000, 5000, .least = 2},
    {"all of a file", map_all, DISK, 5000, 5000, .least = 2},
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

static bool can_grow(place where)
{
    section_system system = SECTION_SYSTEM_INIT;
    assert_status(SECTION_OK, section_get_system(&system));
    return (where == MEMORY ? system.memory_growth : system.file_growth) ==
           SECTION_SUPPORT_FULL;
}

/* ------------------------------------------------------------------------
 * The section
 * ------------------------------------------------------------------------ */

static struct stat state_of(const growth *g)
{
    section_native native;
    struct stat status;
    assert_status(SECTION_OK, section_get_native(&native, g->stage.source));
    assert_int_equal(fstat((int)native, &status), 0);
    return status;
}

static void write_all(const growth *g, uint64_t size)
{
    section_view view;
    assert_status(SECTION_OK,
                  section_map(&view, g->stage.source, 0, (size_t)size,
                              SECTION_ACCESS_READ_WRITE));
    memset(view.data, 0x77, (size_t)size);
    assert_status(SECTION_OK, section_unmap(&view));
}

/* The old bytes are as they were and the new ones zero. */
static void check_bytes(const growth *g, uint64_t from, uint64_t to)
{
    section_view view;
    assert_status(SECTION_OK, section_map(&view, g->stage.source, 0, (size_t)to,
                                          SECTION_ACCESS_READ));
    const unsigned char *bytes = view.data;
    for (uint64_t i = 0; i < to; i += i < from + 4096 ? 1 : 1021)
        assert_int_equal(bytes[i], i < from ? 0x77 : 0);
    assert_int_equal(bytes[to - 1], from < to ? 0 : 0x77);
    assert_status(SECTION_OK, section_unmap(&view));
}

static void open_growth(growth *g, const scenario *sc)
{
    memset(g, 0, sizeof(*g));
    stage_open(&g->stage, -1);
    if (sc->where == DISK)
        (void)snprintf(g->path, sizeof(g->path), "%.50s/grows",
                       g->stage.folder);
    if (sc->where == MEMORY_DISK)
        (void)snprintf(g->path, sizeof(g->path), "/dev/shm/section-faults-%ld",
                       (long)getpid());
    section_options options = SECTION_OPTIONS_INIT;
    options.path = g->path[0] == '\0' ? NULL : g->path;
    options.rights = EXTENDER;
    options.size = sc->from;
    options.reserve = RESERVE;
    options.flags = sc->flags;
    assert_status(SECTION_OK, section_create(&g->stage.source, &options));
    write_all(g, sc->from);
    /* What views to read need is open, and there is something behind the end.
     */
    check_bytes(g, sc->from, sc->from);
    g->wanted = sc->to;
}

static void close_growth(growth *g)
{
    if (g->path[0] != '\0')
        (void)unlink(g->path);
    stage_close(&g->stage);
}

/* ------------------------------------------------------------------------
 * What has to come of a failure
 * ------------------------------------------------------------------------ */

static bool cannot_reopen(faults_strike strike)
{
    return strike.reopens && (strike.error == ENOENT || strike.error == EACCES);
}

/* Failures that the library gets around. */
static bool is_survived(faults_strike strike, section_status status)
{
    /* What it is called, in a question that has other answers, and where a lock
     * goes by something else; a lock that ends with its descriptor. */
    if (status == SECTION_OK &&
        (struck(strike, "fstat") || struck(strike, "fcntl lock")))
        return true;
    /* It waits for who has the lock. */
    if (struck(strike, "fcntl lock") && strike.error == EAGAIN)
        return true;
    /* A file system that cannot allocate ahead, or in which nothing has to be
     * waited for, or that does not tell what it is. */
    return strike.looks_around || struck(strike, "lseek") ||
           struck(strike, "fstatfs") ||
           (struck(strike, "fallocate") && strike.error == EOPNOTSUPP) ||
           (struck(strike, "posix_fallocate") && strike.error == EINVAL);
}

static section_status expected_status(faults_strike strike)
{
    return cannot_reopen(strike) ? SECTION_UNSUPPORTED : status_of(strike);
}

static void check_failed(growth *g, const scenario *sc, faults_strike strike,
                         section_status status, census before,
                         const struct stat *was)
{
    assert_int_equal(section_last_os_error(), strike.error);
    assert_int_equal(status, expected_status(strike));
    struct stat is = state_of(g);
    assert_true(is.st_size == was->st_size);
    /* A file may keep blocks beyond its end. */
    if (sc->where == MEMORY)
        assert_int_equal(is.st_blocks, was->st_blocks);
    check_bytes(g, sc->from, sc->from);
    census after = stage_count(&g->stage);
    assert_int_equal(after.descriptors, before.descriptors);
    assert_int_equal(after.mapped, before.mapped);
    stage_check_bystander(&g->stage);
    assert_status(SECTION_OK, sc->call(g));
}

/* What the call has come to, be it at the second attempt. */
static void check_done(growth *g, const scenario *sc)
{
    if (sc->call == tell_size)
        assert_true(g->stage.out_info.size == sc->from &&
                    g->stage.out_info.reserve == RESERVE);
    if (sc->call == map_all) {
        assert_true(g->stage.out_view.length == sc->from);
        assert_status(SECTION_OK, section_unmap(&g->stage.out_view));
    }
    assert_true(state_of(g).st_size == (off_t)sc->to);
    check_bytes(g, sc->from, sc->to);
    /* No lock is left. */
    assert_status(SECTION_OK, section_extend(g->stage.source, sc->to + 5000));
    assert_true(state_of(g).st_size == (off_t)sc->to + 5000);
}

/* Make the call with the nth call below it failing; whether it had as many. */
static bool strike_once(const scenario *sc, faults_mode mode, unsigned nth,
                        unsigned variant)
{
    growth g;
    census empty = stage_count(&(stage){.folder = "/nowhere"});
    open_growth(&g, sc);
    census before = stage_count(&g.stage);
    struct stat was = state_of(&g);

    faults_lack(sc->lacks, sc->lacking_error);
    faults_arm(mode, nth, variant);
    section_status status = sc->call(&g);
    faults_strike strike = faults_disarm();
    faults_lack(NULL, 0);
    if (strike.happened)
        print_message("  %s: %s\n", strike.function, strerror(strike.error));
    if (strike.happened && mode == FAULTS_ERROR && !is_survived(strike, status))
        check_failed(&g, sc, strike, status, before, &was);
    else
        assert_status(SECTION_OK, status);
    check_done(&g, sc);
    close_growth(&g);
    stage_expect_gone(&g.stage, empty);
    return strike.happened;
}

static void no_failing_call_leaves_a_trace(void **state)
{
    const scenario *sc = *state;
    unsigned count = 0;
    if (!can_grow(sc->where))
        return;
    for (unsigned variant = 0; variant < FAULTS_VARIANTS; variant++)
        for (count = 0; strike_once(sc, FAULTS_ERROR, count + 1, variant);)
            count++;
    if (count < sc->least)
        fail_msg("only %u calls failed", count);
}

static void no_interrupted_call_is_noticed(void **state)
{
    const scenario *sc = *state;
    if (!can_grow(sc->where))
        return;
    for (unsigned nth = 1; strike_once(sc, FAULTS_INTERRUPT, nth, 0);)
        nth++;
}

static void no_call_that_does_a_part_is_noticed(void **state)
{
    const scenario *sc = *state;
    if (!can_grow(sc->where))
        return;
    for (unsigned nth = 1; strike_once(sc, FAULTS_SHORT, nth, 0);)
        nth++;
}

static int disarm(void **state)
{
    (void)state;
    (void)faults_disarm();
    faults_lack(NULL, 0);
    return 0;
}

int main(void)
{
    static const struct {
        const char *name;
        void (*test)(void **state);
    } ways[] = {{"failing", no_failing_call_leaves_a_trace},
                {"interrupted", no_interrupted_call_is_noticed},
                {"in parts", no_call_that_does_a_part_is_noticed}};
    int failed = 0;
    /* Names are looked after before SECTION_NO_SPACE is said; none are here. */
    strike_without_names();
    for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
        struct CMUnitTest tests[SCENARIOS];
        for (size_t i = 0; i < SCENARIOS; i++)
            tests[i] = (struct CMUnitTest){.name = scenarios[i].name,
                                           .test_func = ways[way].test,
                                           .teardown_func = disarm,
                                           .initial_state = &scenarios[i]};
        failed += _cmocka_run_group_tests(ways[way].name, tests, SCENARIOS,
                                          NULL, NULL);
    }
    return failed;
}
