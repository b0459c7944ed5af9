/* SPDX-License-Identifier: MIT */
/*
 * examples/serve.c among clients that lie, stall, die, say nothing, and write
 * what they must only read; and examples/fetch.c, which goes on being served.
 */
#include "attack.h"
#include "connection.h"
#include "foreign.h"
#include "place.h"
#include "process.h"
#include "request.h"
#include "sections.h"
#include "threads.h"

#include <stdio.h>

#define SIZE 70000

/* Longer than any server of this test is patient. */
#define LONG_ENOUGH 60000

/* Clients at once, all of them slow: fewer than the server has threads, and
 * more. */
#define SOME 12
#define MANY 20

/* What a server can hold at most: its files and pipes, and whatever its threads
 * are at work on. */
#define HELD_MOST 100

/* The programs themselves. */
int serve_main(int argc, char **argv);
int fetch_main(int argc, char **argv);

/* ------------------------------------------------------------------------
 * A server
 * ------------------------------------------------------------------------ */

typedef struct running {
    place place;
    process server;
    file_path served, fetched;
} running;

/* The argument is the address; the file comes after it. Nothing that is a
 * signal to the server may be the test's to ignore. */
static int role_server(const char *address, intptr_t inherited)
{
    char path[PROCESS_LINE_SIZE], line[PROCESS_LINE_SIZE], copy[PLACE_SIZE];
    (void)inherited;
    process_default_signals();
    role_hear(path);
    (void)snprintf(copy, sizeof(copy), "%s", address);
    size_t before = machine_open_handles();
    char *words[] = {(char[]){"serve"}, copy, path, NULL};
    int code = serve_main(3, words);
    (void)snprintf(line, sizeof(line), "%d",
                   (int)(machine_open_handles() - before));
    role_say(line);
    return code;
}

static unsigned char *new_pattern(void)
{
    static unsigned char bytes[SIZE];
    fill(bytes, SIZE, 0);
    return bytes;
}

static void start(running *r)
{
    char line[PROCESS_LINE_SIZE];
    r->place = place_new();
    r->served = files_path("served");
    r->fetched = files_path("fetched");
    file_make(r->served.text, 0);
    file_write(r->served.text, 0, new_pattern(), SIZE);
    process_start(&r->server, "server", r->place.address, PROCESS_NOTHING);
    process_say(&r->server, r->served.text);
    process_hear(&r->server, line);
    assert_that(strncmp(line, "serving", 7) == 0);
}

/* It is alive, ends when it is told to, and has kept nothing. */
static void end(running *r)
{
    char line[PROCESS_LINE_SIZE];
    int held;
    process_say(&r->server, "end");
    process_hear(&r->server, line);
    assert_same(1, sscanf(line, "%d", &held));
    assert_true(held >= 0 && held < HELD_MOST);
    process_succeeds(&r->server);
    assert_true(place_is_free(&r->place));
    place_end(&r->place);
}

/* ------------------------------------------------------------------------
 * A good client
 * ------------------------------------------------------------------------ */

static int fetch_into(const running *r, const char *name, const char *path)
{
    place where = r->place;
    file_path to;
    char asked[REQUEST_SIZE * 2];
    (void)snprintf(to.text, sizeof(to.text), "%s", path);
    (void)snprintf(asked, sizeof(asked), "%s", name);
    char *words[] = {(char[]){"fetch"}, where.address, asked, to.text, NULL};
    return fetch_main(4, words);
}

static bool is_fetched(const char *path)
{
    unsigned char bytes[SIZE];
    if (!file_exists(path) || file_size(path) != SIZE)
        return false;
    file_read(path, 0, bytes, SIZE);
    return is_filled(bytes, SIZE, 0);
}

/* Whether the server serves. */
static bool is_served(const running *r)
{
    const char *to = r->fetched.text;
    bool is = fetch_into(r, "served", to) == 0 && is_fetched(to);
    (void)file_remove(to);
    return is;
}

/* ------------------------------------------------------------------------
 * Bad clients
 * ------------------------------------------------------------------------ */

static connection join(const running *r)
{
    connection c;
    assert_that(connection_open(&c, r->place.address, LONG_ENOUGH));
    return c;
}

/* What somebody can do with a connection that he leaves open. */
typedef void (*misdeed)(const connection *c);

static void say_nothing(const connection *c)
{
    (void)c;
}

static void ask_half(const connection *c)
{
    assert_that(connection_write(c, "serv", 4));
}

static void ask_and_not_wait(const connection *c)
{
    const char request[REQUEST_SIZE] = "served";
    assert_that(connection_write(c, request, sizeof(request)));
}

static void ask(const connection *c, char expected)
{
    char answer;
    ask_and_not_wait(c);
    assert_that(connection_read(c, &answer, 1));
    assert_same(expected, answer);
}

static void ask_and_not_take(const connection *c)
{
    ask(c, ANSWER_SECTION);
}

static void ask_garbage(const connection *c)
{
    char request[REQUEST_SIZE], answer;
    memset(request, 0xff, sizeof(request));
    assert_that(connection_write(c, request, sizeof(request)));
    assert_that(connection_read(c, &answer, 1));
    assert_same(ANSWER_NONE, answer);
}

/* More than the server reads; when it does not want to any more, it has gone.
 */
static void talk_on(const connection *c)
{
    char bytes[1000];
    memset(bytes, 'x', sizeof(bytes));
    for (int i = 0; i < 100 && connection_write(c, bytes, sizeof(bytes)); i++)
        continue;
}

static void answer_garbage(const connection *c)
{
    char bytes[300];
    memset(bytes, 's', sizeof(bytes));
    ask(c, ANSWER_SECTION);
    (void)connection_write(c, bytes, sizeof(bytes));
}

/* A section is no request. */
static void send_for_a_request(const connection *c)
{
    section *s = new_memory(100);
    (void)section_send(c->channel, s, READ_WRITE, connection_left(c));
    section_close(s);
}

/* Both want to be the one who gives. */
static void send_for_an_answer(const connection *c)
{
    ask(c, ANSWER_SECTION);
    send_for_a_request(c);
}

static section *take(const connection *c)
{
    section *s;
    ask(c, ANSWER_SECTION);
    assert_status(SECTION_OK,
                  section_receive(&s, c->channel, connection_left(c)));
    return s;
}

static void take_and_stay(const connection *c)
{
    section_close(take(c));
}

static const misdeed misdeeds[] = {
    say_nothing,
    ask_half,
    ask_and_not_take,
    ask_garbage,
    talk_on,
    answer_garbage,
    take_and_stay,
    send_for_a_request,
    send_for_an_answer,
};

#define MISDEEDS (sizeof(misdeeds) / sizeof(misdeeds[0]))

/* The server has let go of this client, who would have waited. */
static void assert_dropped(const connection *c)
{
    char byte;
    while (connection_read(c, &byte, 1))
        continue;
    assert_true(connection_left(c) > 1);
}

/* ------------------------------------------------------------------------
 * Tests
 * ------------------------------------------------------------------------ */

static void what_is_served_is_fetched_whole(void **state)
{
    (void)state;
    running r;
    start(&r);
    for (int i = 0; i < 10; i++)
        assert_true(is_served(&r));
    end(&r);
}

static void what_is_not_served_is_not_fetched(void **state)
{
    (void)state;
    running r;
    start(&r);
    char long_name[REQUEST_SIZE + 1] = "";
    memset(long_name, 'n', REQUEST_SIZE);
    assert_same(1, fetch_into(&r, "nothing", r.fetched.text));
    assert_same(1, fetch_into(&r, "", r.fetched.text));
    assert_same(1, fetch_into(&r, long_name, r.fetched.text));
    assert_false(file_exists(r.fetched.text));
    assert_true(is_served(&r));
    end(&r);
    assert_same(1, fetch_into(&r, "served", r.fetched.text));
}

static void
a_client_that_misbehaves_keeps_nobody_from_being_served(void **state)
{
    (void)state;
    running r;
    start(&r);
    for (size_t i = 0; i < MISDEEDS; i++) {
        connection c = join(&r);
        misdeeds[i](&c);
        assert_true(is_served(&r));
        connection_close(&c);
        assert_true(is_served(&r));
    }
    end(&r);
}

/* Some at a time, and each of them is let go in the end. */
static void slow_clients_hold_up_nobody(void **state)
{
    (void)state;
    running r;
    connection slow[SOME];
    start(&r);
    for (size_t i = 0; i < SOME; i++) {
        slow[i] = join(&r);
        misdeeds[i % 2](&slow[i]);
    }
    for (int i = 0; i < 5; i++)
        assert_true(is_served(&r));
    for (size_t i = 0; i < SOME; i++) {
        assert_dropped(&slow[i]);
        connection_close(&slow[i]);
    }
    end(&r);
}

static void
more_slow_clients_than_threads_do_not_hold_it_up_for_ever(void **state)
{
    (void)state;
    running r;
    connection slow[MANY];
    start(&r);
    for (size_t i = 0; i < MANY; i++)
        slow[i] = join(&r);
    assert_true(is_served(&r));
    for (size_t i = 0; i < MANY; i++)
        connection_close(&slow[i]);
    end(&r);
}

static void clients_that_leave_take_nothing_of_the_server(void **state)
{
    (void)state;
    running r;
    start(&r);
    for (int i = 0; i < 2 * HELD_MOST; i++) {
        connection c = join(&r);
        if (i % 4 == 1)
            ask_and_not_wait(&c);
        if (i % 4 == 2)
            ask(&c, ANSWER_SECTION);
        if (i % 4 == 3)
            take_and_stay(&c);
        connection_close(&c);
    }
    assert_true(is_served(&r));
    end(&r);
}

static int role_victim(const char *address, intptr_t inherited)
{
    char line[PROCESS_LINE_SIZE];
    running r;
    (void)inherited;
    (void)snprintf(r.place.address, sizeof(r.place.address), "%s", address);
    role_hear(line);
    connection c = join(&r);
    if (strcmp(line, "asked") == 0)
        ask(&c, ANSWER_SECTION);
    section *s = strcmp(line, "taken") == 0 ? take(&c) : NULL;
    role_say("ready");
    role_expect("never");
    section_close(s);
    return 0;
}

static void clients_that_are_killed_keep_nobody_from_being_served(void **state)
{
    (void)state;
    static const char *const when[] = {"connected", "asked", "taken"};
    running r;
    start(&r);
    for (size_t i = 0; i < 3; i++) {
        process victim;
        process_start(&victim, "victim", r.place.address, PROCESS_NOTHING);
        process_say(&victim, when[i]);
        process_expect(&victim, "ready");
        process_kill(&victim);
        (void)process_wait(&victim);
        assert_true(is_served(&r));
    }
    end(&r);
}

/* By the library, and past it. */
static void what_a_client_was_given_it_cannot_write(void **state)
{
    (void)state;
    running r;
    section *copy;
    section_view view;
    start(&r);
    connection c = join(&r);
    section *s = take(&c);
    connection_close(&c);
    assert_status(SECTION_ACCESS,
                  section_map(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE));
    assert_status(SECTION_ACCESS, section_duplicate(&copy, s, READ_WRITE));
    assert_status(SECTION_ACCESS, section_seal(s, SECTION_SEAL_SHRINK));
    view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_status(SECTION_ACCESS,
                  section_view_protect(&view, 0, 0, SECTION_ACCESS_READ_WRITE));
    unmap(&view);
    section_native native;
    assert_status(SECTION_OK, section_duplicate_native(&native, s, READ_ONLY));
    assert_same(0, attack_with(native) & ATTACKS_ON_BYTES);
    foreign_close(native);
    section_close(s);
    assert_true(is_served(&r));
    end(&r);
}

/* As this system can. */
static void a_client_is_told_what_is_sealed(void **state)
{
    (void)state;
    running r;
    section_system system = this_system();
    uint32_t expected = 0;
    if (system.memory_shrink == SECTION_GUARD_ENFORCED)
        expected |= SECTION_SEAL_SHRINK;
    if (system.seal_writers == SECTION_GUARD_ENFORCED)
        expected |= SECTION_SEAL_WRITERS;
    start(&r);
    connection c = join(&r);
    section *s = take(&c);
    section_info info = info_of(s);
    assert_same(expected, info.seals & expected);
    assert_same(SIZE, info.size);
    assert_same(SECTION_RIGHT_READ, info.rights);
    section_close(s);
    connection_close(&c);
    end(&r);
}

/* The bytes are theirs as long as they hold them. */
static void what_was_taken_outlives_the_server(void **state)
{
    (void)state;
    running r;
    start(&r);
    connection c = join(&r);
    section *s = take(&c);
    connection_close(&c);
    end(&r);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_true(is_filled(bytes_of(&view), SIZE, 0));
    unmap(&view);
    section_close(s);
}

/* One that is somebody else. */
static int role_stranger(const char *address, intptr_t inherited)
{
    running r;
    (void)inherited;
    (void)snprintf(r.place.address, sizeof(r.place.address), "%s", address);
    if (!limit_become_another())
        return ROLE_CANNOT;
    connection c = join(&r);
    section *s = take(&c);
    connection_close(&c);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_that(is_filled(bytes_of(&view), SIZE, 0));
    unmap(&view);
    section_native native = native_of(s);
    assert_same(0, attack_with(native) & ATTACKS_ON_BYTES);
    assert_same(FOREIGN_NOTHING, attack_widen(native, true));
    section_close(s);
    return 0;
}

static void clients_of_another_user_are_served_and_cannot_write(void **state)
{
    (void)state;
    running r;
    start(&r);
    int code = process_play("stranger", r.place.address, PROCESS_NOTHING);
    assert_true(is_served(&r));
    end(&r);
    if (code == ROLE_CANNOT)
        SKIP("only root can become another user");
}

#define CLIENTS 8

struct crowd {
    const running *running;
    int served[CLIENTS];
};

/* Good ones and bad ones in turns. */
static void be_a_client(size_t index, void *context)
{
    struct crowd *crowd = context;
    char name[20];
    (void)snprintf(name, sizeof(name), "fetched-%u", (unsigned)index);
    file_path path = files_path(name);
    for (int i = 0; i < 10; i++) {
        connection c;
        if (fetch_into(crowd->running, "served", path.text) == 0)
            crowd->served[index]++;
        if (connection_open(&c, crowd->running->place.address, LONG_ENOUGH))
            connection_close(&c);
    }
}

static void many_clients_are_served_at_a_time(void **state)
{
    (void)state;
    running r;
    start(&r);
    struct crowd crowd = {&r, {0}};
    threads_run(CLIENTS, be_a_client, &crowd);
    for (int i = 0; i < CLIENTS; i++)
        assert_same(10, crowd.served[i]);
    end(&r);
}

/* ------------------------------------------------------------------------
 * A server that lies
 * ------------------------------------------------------------------------ */

static void give(const connection *client, section *given,
                 section_rights rights)
{
    (void)section_send(client->channel, given, rights, connection_left(client));
    section_close(given);
}

/* What is asked for is how it shall lie. */
static void lie(const connection *client, void *context)
{
    char how[REQUEST_SIZE] = "", bytes[700] = {ANSWER_SECTION};
    (void)context;
    if (!connection_read(client, how, sizeof(how)) || how[0] == 'g')
        return;
    if (how[0] == 'o')
        bytes[0] = '?';
    if (!connection_write(client, bytes, 1))
        return;
    if (how[0] == 'n')
        (void)connection_write(client, bytes, sizeof(bytes));
    if (how[0] == 'f') {
        file_path path = files_path("lie");
        give(client, new_file(path.text, SIZE, SECTION_OPEN_OR_CREATE),
             READ_WRITE);
    }
    if (how[0] == 'l')
        give(client, new_lazy_memory(GIB + 1), READ_ONLY);
    if (how[0] == 'w' || how[0] == 'o')
        give(client, new_memory(SIZE), READ_WRITE);
}

static void a_server_that_lies_is_not_believed(void **state)
{
    (void)state;
    static const char *const lies[] = {"gone", "other answer", "nonsense",
                                       "file", "large",        "kept"};
    running r = {.place = place_new(), .fetched = files_path("fetched")};
    assert_true(connection_serve(r.place.address, 2, 500, lie, NULL));
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        assert_same(1, fetch_into(&r, lies[i], r.fetched.text));
        assert_false(file_exists(r.fetched.text));
    }
    /* Who is not sealed in may still tell the truth. */
    assert_same(0, fetch_into(&r, "writable", r.fetched.text));
    assert_same(SIZE, file_size(r.fetched.text));
    assert_true(file_remove(r.fetched.text));
    connection_end(r.place.address);
    place_end(&r.place);
}

static const process_role roles[] = {
    {"server", role_server},
    {"victim", role_victim},
    {"stranger", role_stranger},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_served_is_fetched_whole),
    cmocka_unit_test(what_is_not_served_is_not_fetched),
    cmocka_unit_test(a_client_that_misbehaves_keeps_nobody_from_being_served),
    cmocka_unit_test(slow_clients_hold_up_nobody),
    cmocka_unit_test(more_slow_clients_than_threads_do_not_hold_it_up_for_ever),
    cmocka_unit_test(clients_that_leave_take_nothing_of_the_server),
    cmocka_unit_test(clients_that_are_killed_keep_nobody_from_being_served),
    cmocka_unit_test(what_a_client_was_given_it_cannot_write),
    cmocka_unit_test(a_client_is_told_what_is_sealed),
    cmocka_unit_test(what_was_taken_outlives_the_server),
    cmocka_unit_test(clients_of_another_user_are_served_and_cannot_write),
    cmocka_unit_test(many_clients_are_served_at_a_time),
    cmocka_unit_test(a_server_that_lies_is_not_believed),
};

TEST_MAIN(tests, roles)
