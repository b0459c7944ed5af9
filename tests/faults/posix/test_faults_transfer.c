/* SPDX-License-Identifier: MIT */
/*
 * Every call that handing a section over makes, failing, one after the other:
 * the call says so, leaves nothing behind on this side, and the other side gets
 * all or nothing. And every one that a signal may interrupt, interrupted, and
 * every one that may do only a part: nobody notices.
 */
#include "faults.h"
#include "stage.h"
#include "strike.h"

#include <section/transfer.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 200000
#define SOON 100u

/* What a program that was started exits with: whether there was a call to
 * fail. */
#define HEIR_STRUCK     0
#define HEIR_NOT_STRUCK 1
#define EXTENDED        (ALL_RIGHTS | SECTION_RIGHT_EXTEND)

extern char **environ; /* NOLINT(readability-redundant-declaration) */

static char *program;

/* What a scenario plays with beside the stage. */
typedef struct actors {
    stage s;
    int ends[2];
    section_offer *offer;
    section_offer *made; /* by the call */
    posix_spawn_file_actions_t actions;
    pid_t other; /* who has offered; 0 for nobody */
    int leash;   /* which that one lives on */
    bool has_actions;
    char text[SECTION_OFFER_TEXT_SIZE];
} actors;

typedef struct scenario {
    const char *name;
    void (*prepare)(actors *a);
    section_status (*call)(actors *a);
    unsigned least;         /* calls that can fail in it, at least */
    section_status outcome; /* when nothing fails */
    bool sends;             /* the section is on its way after it */
    bool again;             /* what has failed can be done at once */
} scenario;

/* ------------------------------------------------------------------------
 * Over a channel
 * ------------------------------------------------------------------------ */

static void prepare_memory(actors *a)
{
    section_info info = SECTION_INFO_INIT;
    a->s.source = stage_memory(SIZE);
    /* Opens what its read-only views need, once. */
    assert_status(SECTION_OK, section_get_info(&info, a->s.source));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, a->ends), 0);
}

static void prepare_file(actors *a)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.path = a->s.path;
    options.size = SIZE;
    options.reserve = 2 * SIZE;
    options.rights = EXTENDED;
    assert_status(SECTION_OK, section_create(&a->s.source, &options));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, a->ends), 0);
}

/* Names are in the folder of the stage, and what they need is there already. */
static void prepare_name(actors *a)
{
    section_options options = SECTION_OPTIONS_INIT;
    section_info info = SECTION_INFO_INIT;
    options.name = "handed over";
    options.size = SIZE;
    assert_int_equal(setenv("SECTION_DIRECTORY", a->s.folder, 1), 0);
    assert_status(SECTION_OK, section_create(&a->s.source, &options));
    assert_status(SECTION_OK, section_get_info(&info, a->s.source));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, a->ends), 0);
}

static section_status send_to_write(actors *a)
{
    return section_send(a->ends[0], a->s.source, ALL_RIGHTS, SOON);
}

static section_status send_to_read(actors *a)
{
    return section_send(a->ends[0], a->s.source, SECTION_RIGHT_READ, SOON);
}

static void prepare_message(actors *a)
{
    prepare_memory(a);
    assert_status(SECTION_OK, send_to_write(a));
}

static void prepare_message_of_name(actors *a)
{
    prepare_name(a);
    assert_status(SECTION_OK, send_to_write(a));
}

static void prepare_message_to_read(actors *a)
{
    prepare_memory(a);
    assert_status(SECTION_OK, send_to_read(a));
}

/* The descriptors come with the first piece. */
static void prepare_message_in_pieces(actors *a)
{
    prepare_memory(a);
    faults_arm(FAULTS_SHORT, 1, 0);
    assert_status(SECTION_OK, send_to_write(a));
    assert_true(struck(faults_disarm(), "sendmsg"));
}

static void prepare_message_of_file(actors *a)
{
    prepare_file(a);
    assert_status(SECTION_OK,
                  section_send(a->ends[0], a->s.source, EXTENDED, SOON));
}

static section_status receive(actors *a)
{
    return section_receive(&a->s.out, a->ends[1], 1);
}

/* ------------------------------------------------------------------------
 * By a text
 * ------------------------------------------------------------------------ */

static section_status offer_to_heirs(actors *a)
{
    return section_make_inheritable(&a->made, a->s.source, ALL_RIGHTS);
}

static section_status offer_to_self(actors *a)
{
    return section_export(&a->made, a->s.source, SECTION_RIGHT_READ, getpid());
}

static bool offers_are_full(void)
{
    section_system system = SECTION_SYSTEM_INIT;
    assert_status(SECTION_OK, section_get_system(&system));
    return system.offers == SECTION_SUPPORT_FULL;
}

static void prepare_own_offer(actors *a)
{
    prepare_memory(a);
    assert_status(SECTION_OK, offer_to_self(a));
    a->offer = a->made;
    a->made = NULL;
    (void)snprintf(a->text, sizeof(a->text), "%s",
                   section_offer_text(a->offer));
}

/* The other process lives until nobody holds the leash. */
static void offer_from_child(const actors *a, pid_t to, int talk, int leash)
{
    section_offer *offer;
    char byte;
    if (section_export(&offer, a->s.source, ALL_RIGHTS, to) != SECTION_OK)
        _exit(1);
    const char *text = section_offer_text(offer);
    if (write(talk, text, strlen(text) + 1) != (ssize_t)strlen(text) + 1)
        _exit(1);
    _exit(read(leash, &byte, 1) == 0 ? 0 : 1);
}

static void prepare_offer_of_other(actors *a)
{
    int talk[2], leash[2];
    pid_t self = getpid();
    prepare_memory(a);
    assert_int_equal(pipe(talk), 0);
    assert_int_equal(pipe(leash), 0);
    a->other = fork();
    assert_true(a->other >= 0);
    if (a->other == 0) {
        (void)close(leash[1]);
        offer_from_child(a, self, talk[1], leash[0]);
    }
    (void)close(talk[1]);
    (void)close(leash[0]);
    a->leash = leash[1];
    size_t length = 0;
    do
        assert_int_equal(read(talk[0], a->text + length, 1), 1);
    while (a->text[length++] != '\0');
    (void)close(talk[0]);
}

static section_status import(actors *a)
{
    return section_import(&a->s.out, a->text);
}

static void prepare_heirs(actors *a)
{
    prepare_memory(a);
    assert_status(SECTION_OK, offer_to_heirs(a));
    a->offer = a->made;
    a->made = NULL;
    assert_int_equal(posix_spawn_file_actions_init(&a->actions), 0);
    a->has_actions = true;
}

static section_status pass(actors *a)
{
    return section_offer_pass(a->offer, &a->actions);
}

static section_status take_back(actors *a)
{
    section_unexport(a->offer);
    a->offer = NULL;
    return SECTION_OK;
}

/* ------------------------------------------------------------------------
 * Scenarios
 * ------------------------------------------------------------------------ */

static scenario scenarios[] = {
    {"send memory", prepare_memory, send_to_write, .least = 2, .sends = true,
     .again = true},
    {"send memory to read", prepare_memory, send_to_read, .least = 2,
     .sends = true, .again = true},
    {"send a file", prepare_file, send_to_write, .least = 2, .sends = true,
     .again = true},
    {"send a name", prepare_name, send_to_read, .least = 4, .sends = true,
     .again = true},
    {"receive a name", prepare_message_of_name, receive, .least = 6},
    {"receive memory", prepare_message, receive, .least = 4},
    {"receive memory to read", prepare_message_to_read, receive, .least = 4},
    {"receive pieces", prepare_message_in_pieces, receive, .least = 5},
    {"receive a file", prepare_message_of_file, receive, .least = 4},
    {"receive nothing", prepare_memory, receive, .least = 2,
     .outcome = SECTION_BUSY},
    {"offer to programs", prepare_memory, offer_to_heirs, .least = 5,
     .again = true},
    {"pass an offer on", prepare_heirs, pass, .least = 2, .again = true},
    {"take an offer back", prepare_heirs, take_back, .least = 2},
};

/* Where processes can be offered something. */
static scenario process_scenarios[] = {
    {"offer to a process", prepare_memory, offer_to_self, .least = 5,
     .again = true},
    {"take an offer of this process", prepare_own_offer, import, .least = 5,
     .again = true},
    {"take an offer of another process", prepare_offer_of_other, import,
     .least = 5, .again = true},
    {"take an offer to a process back", prepare_own_offer, take_back,
     .least = 2},
};

/* ------------------------------------------------------------------------
 * What has to come of a failure
 * ------------------------------------------------------------------------ */

/* What is said of a failure here, where it is not what it is elsewhere. An
 * error of 0 is any. */
static const struct {
    const char *function;
    int error;
    section_status status;
} sayings[] = {
    {"getsockname", ENOBUFS, SECTION_LIMIT},
    {"getsockname", EOPNOTSUPP, SECTION_KIND},
    {"fcntl lock", EAGAIN, SECTION_BUSY},
    {"fcntl lock", EAGAIN, SECTION_UNTRUSTED}, /* of what was received */
    {"sendmsg", EPIPE, SECTION_GONE},
    {"sendmsg", ETOOMANYREFS, SECTION_LIMIT},
    {"sendmsg", ENOTSOCK, SECTION_KIND},
    {"recvmsg", ECONNRESET, SECTION_GONE},
    {"recvmsg", ENOTCONN, SECTION_KIND},
    {"recvmsg", ENOMEM, SECTION_LIMIT},
    {"poll", ENOMEM, SECTION_LIMIT},
    {"posix_spawn_file_actions_adddup2", ENOMEM, SECTION_NO_MEMORY},
    {"pidfd_open", ESRCH, SECTION_GONE},
    {"pidfd_getfd", ESRCH, SECTION_GONE},
    /* What cannot be looked at is not taken for what it is said to be. */
    {"fcntl", 0, SECTION_UNTRUSTED},
    {"fcntl", 0, SECTION_GONE},
    {"fstat", 0, SECTION_UNTRUSTED},
    {"fstat", 0, SECTION_GONE},
    {"fstatfs", 0, SECTION_GONE},
    /* Nobody is there whose start could be read; without /proc nothing can be
     * opened anew. */
    {"open", ENOENT, SECTION_GONE},
    {"open", ENOENT, SECTION_UNSUPPORTED},
    {"open", EACCES, SECTION_UNSUPPORTED},
    {"read", EAGAIN, SECTION_BUSY},
    {"fchmod", EPERM, SECTION_UNSUPPORTED},
};

static bool may_say(faults_strike strike, section_status status)
{
    if (status == status_of(strike))
        return true;
    for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++)
        if (struck(strike, sayings[i].function) &&
            (sayings[i].error == 0 || sayings[i].error == strike.error) &&
            sayings[i].status == status)
            return true;
    return false;
}

/* What the library gets around: closing, which cannot be undone; an older
 * kernel; what only tells more about what is there anyway. */
static bool may_survive(faults_strike strike)
{
    const char *const harmless[] = {
        "close",     "munmap",     "fstatfs", "fstat",          "memfd_create",
        "fallocate", "shm_unlink", "madvise", "posix_fallocate"};
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
        if (struck(strike, harmless[i]))
            return true;
    /* Then who is handed it opens one himself, if he needs one. */
    bool cannot_reopen =
        strike.reopens && (strike.error == ENOENT || strike.error == EACCES);
    /* Nor is there anything to tell where there is no /proc. */
    bool has_no_start = struck(strike, "open") && strike.error == ENOENT;
    return strike.looks_around || cannot_reopen || has_no_start;
}

/* ------------------------------------------------------------------------
 * The sweep
 * ------------------------------------------------------------------------ */

static void set_out(actors *a, const scenario *sc)
{
    memset(a, 0, sizeof(*a));
    a->ends[0] = a->ends[1] = a->leash = -1;
    stage_open(&a->s, -1);
    sc->prepare(a);
    stage_arm(&a->s);
    a->s.out = NULL;
}

static void expect_sample(section *s)
{
    section_info info = SECTION_INFO_INIT;
    section_view view;
    assert_status(SECTION_OK, section_get_info(&info, s));
    assert_same(SIZE, info.size);
    assert_status(SECTION_OK, section_map(&view, s, 0, 0, SECTION_ACCESS_READ));
    assert_that(*(const unsigned char *)view.data == 0);
    assert_status(SECTION_OK, section_unmap(&view));
}

/* What was sent can be received, and is what it was. */
static void expect_delivery(actors *a)
{
    section *arrived;
    assert_status(SECTION_OK, section_receive(&arrived, a->ends[1], SOON));
    expect_sample(arrived);
    section_close(arrived);
}

static void close_if_open(int descriptor)
{
    if (descriptor >= 0)
        (void)close(descriptor);
}

/* What names need in their folder stays there. */
static void remove_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *e = readdir(entries); e != NULL; e = readdir(entries))
        (void)unlinkat(dirfd(entries), e->d_name, 0);
    (void)closedir(entries);
    assert_int_equal(rmdir(folder), 0);
}

static void pack_up(actors *a)
{
    int status = 0;
    section_close(a->s.out);
    section_unexport(a->made);
    section_unexport(a->offer);
    if (a->has_actions)
        (void)posix_spawn_file_actions_destroy(&a->actions);
    close_if_open(a->leash);
    if (a->other != 0)
        assert_int_equal(waitpid(a->other, &status, 0), a->other);
    assert_int_equal(status, 0);
    close_if_open(a->ends[0]);
    close_if_open(a->ends[1]);
    stage_check_bystander(&a->s);
    stage_close(&a->s);
    (void)section_sweep(NULL, SECTION_SCOPE_USER);
    remove_folder(a->s.folder);
}

/* The process has no descriptor more for it, and no view, but one that the
 * system would not unmap. */
static void expect_nothing_left(const actors *a, census before,
                                faults_strike strike)
{
    census after = stage_count(&a->s);
    assert_int_equal(after.descriptors, before.descriptors);
    if (!strike.happened || !struck(strike, "munmap"))
        assert_int_equal(after.mapped, before.mapped);
    assert_int_equal(after.names, before.names);
}

static bool strike_once(const scenario *sc, faults_mode mode, unsigned nth,
                        unsigned variant)
{
    actors a;
    set_out(&a, sc);
    census before = stage_count(&a.s);
    faults_arm(mode, nth, variant);
    section_status status = sc->call(&a);
    faults_strike strike = faults_disarm();
    if (strike.happened)
        print_message("  %s: %s: %s\n", strike.function, strerror(strike.error),
                      section_status_name(status));
    if (!strike.happened || mode != FAULTS_ERROR) {
        assert_status(sc->outcome, status);
    } else if (status != sc->outcome) {
        assert_true(may_say(strike, status));
        assert_null(a.s.out);
        assert_null(a.made);
        expect_nothing_left(&a, before, strike);
        if (sc->again)
            assert_status(SECTION_OK, sc->call(&a));
    } else {
        assert_true(may_survive(strike));
    }
    if (a.s.out != NULL)
        expect_sample(a.s.out);
    if (status == SECTION_OK && sc->sends)
        expect_delivery(&a);
    if (faults_left_name()[0] != '\0')
        assert_int_equal(shm_unlink(faults_left_name()), 0);
    pack_up(&a);
    return strike.happened;
}

/* All in one census: what one round leaves, the next one finds. */
static void sweep(const scenario *sc)
{
    census before, after;
    actors a;
    print_message("%s\n", sc->name);
    set_out(&a, sc);
    pack_up(&a);
    before = stage_count(&a.s);
    unsigned count = 0;
    for (unsigned variant = 0; variant < FAULTS_VARIANTS; variant++)
        for (count = 0; strike_once(sc, FAULTS_ERROR, count + 1, variant);)
            count++;
    after = stage_count(&a.s);
    assert_int_equal(after.descriptors, before.descriptors);
    assert_int_equal(after.names, before.names);
    if (count < sc->least)
        fail_msg("only %u calls failed", count);
}

static void sweep_with_mode(const scenario *sc, faults_mode mode)
{
    print_message("%s\n", sc->name);
    for (unsigned nth = 1; strike_once(sc, mode, nth, 0);)
        nth++;
}

#define EACH(row, of)                                                          \
    for (const scenario *row = (of); row < (of) + sizeof(of) / sizeof(*(of));  \
         row++)

static void no_failing_call_of_a_hand_over_leaves_a_trace(void **state)
{
    (void)state;
    EACH(sc, scenarios)
    sweep(sc);
    EACH(sc, process_scenarios)
    if (offers_are_full())
        sweep(sc);
}

static void
no_interrupted_or_partial_call_of_a_hand_over_is_noticed(void **state)
{
    (void)state;
    EACH(sc, scenarios)
    {
        sweep_with_mode(sc, FAULTS_INTERRUPT);
        sweep_with_mode(sc, FAULTS_SHORT);
    }
    EACH(sc, process_scenarios)
    if (offers_are_full()) {
        sweep_with_mode(sc, FAULTS_INTERRUPT);
        sweep_with_mode(sc, FAULTS_SHORT);
    }
}

/* ------------------------------------------------------------------------
 * A program that was started
 * ------------------------------------------------------------------------ */

/* In the program: take what it has inherited, with one call failing; nothing is
 * left, and it can be taken all the same. */
static int inherit(const char *text, faults_mode mode, unsigned nth,
                   unsigned variant)
{
    stage s = {.folder = "/nowhere"};
    census before = stage_count(&s);
    s.out = UNTOUCHED;
    faults_arm(mode, nth, variant);
    section_status status = section_import(&s.out, text);
    faults_strike strike = faults_disarm();
    if (strike.happened)
        (void)fprintf(stderr, "  %s: %s: %s\n", strike.function,
                      strerror(strike.error), section_status_name(status));
    if (!strike.happened || mode != FAULTS_ERROR)
        assert_status(SECTION_OK, status);
    if (status != SECTION_OK) {
        census after = stage_count(&s);
        assert_that(may_say(strike, status) && s.out == NULL);
        assert_same(before.descriptors, after.descriptors);
        assert_that(before.mapped == after.mapped || struck(strike, "munmap"));
        assert_status(SECTION_OK, section_import(&s.out, text));
    } else {
        assert_that(!strike.happened || mode != FAULTS_ERROR ||
                    may_survive(strike));
    }
    expect_sample(s.out);
    section_close(s.out);
    return strike.happened ? HEIR_STRUCK : HEIR_NOT_STRUCK;
}

static bool start_heir(faults_mode mode, unsigned nth, unsigned variant)
{
    actors a;
    char numbers[3][16];
    int status;
    pid_t heir;
    const scenario sc = {.prepare = prepare_heirs};
    set_out(&a, &sc);
    (void)snprintf(numbers[0], sizeof(numbers[0]), "%d", (int)mode);
    (void)snprintf(numbers[1], sizeof(numbers[1]), "%u", nth);
    (void)snprintf(numbers[2], sizeof(numbers[2]), "%u", variant);
    (void)snprintf(a.text, sizeof(a.text), "%s", section_offer_text(a.offer));
    char *words[] = {program, a.text, numbers[0], numbers[1], numbers[2], NULL};
    assert_status(SECTION_OK, pass(&a));
    assert_int_equal(
        posix_spawn(&heir, program, &a.actions, NULL, words, environ), 0);
    assert_int_equal(waitpid(heir, &status, 0), heir);
    assert_true(WIFEXITED(status));
    assert_in_range(WEXITSTATUS(status), HEIR_STRUCK, HEIR_NOT_STRUCK);
    pack_up(&a);
    return WEXITSTATUS(status) == HEIR_STRUCK;
}

static void no_failing_call_of_an_heir_loses_what_it_inherits(void **state)
{
    (void)state;
    unsigned count = 0;
    for (unsigned variant = 0; variant < FAULTS_VARIANTS; variant++)
        for (count = 0; start_heir(FAULTS_ERROR, count + 1, variant);)
            count++;
    assert_true(count >= 5);
    for (unsigned nth = 1; start_heir(FAULTS_INTERRUPT, nth, 0);)
        nth++;
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(no_failing_call_of_a_hand_over_leaves_a_trace,
                                  strike_calm_down),
        cmocka_unit_test_teardown(
            no_interrupted_or_partial_call_of_a_hand_over_is_noticed,
            strike_calm_down),
        cmocka_unit_test_teardown(
            no_failing_call_of_an_heir_loses_what_it_inherits,
            strike_calm_down),
    };
    strike_without_names();
    program = words[0];
    if (count == 5) {
        expect_in_child();
        return inherit(words[1], (faults_mode)atoi(words[2]),
                       (unsigned)atoi(words[3]), (unsigned)atoi(words[4]));
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
