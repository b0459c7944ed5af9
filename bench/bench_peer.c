/* SPDX-License-Identifier: MIT */
/*
 * Two processes at work. The parent writes an order into the pipe; both do the
 * first round trip, which is not timed and brings the child out of its sleep;
 * then the clock runs. Between orders the child sleeps in a read of the pipe.
 */
#include "bench_peer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- the parent --- */

/* Its own handle of the section goes to the child, as an application would
 * hand it over. */
static bool start_child(bench_subjects *on, section_native inherited)
{
    char section_text[32];
    char bare_text[32];
    (void)snprintf(section_text, sizeof(section_text), "%" PRIdPTR, inherited);
    (void)snprintf(bare_text, sizeof(bare_text), "%" PRIdPTR, on->bare);
    const char *const arguments[] = {
        "--peer", section_text, bare_text,
        on->round % 2 == 0 ? "section-first" : "bare-first", NULL};
    on->peer->started = bare_make_inheritable(inherited) &&
                        bare_make_inheritable(on->bare) &&
                        bare_child_start(&on->peer->child, arguments);
    return bench_check_bare(on, on->peer->started);
}

static bool make_section(bench_subjects *on)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = sizeof(bench_channel);
    if (!bench_check(on, "section_create",
                     section_create(&on->section, &options)))
        return false;
    section_status status =
        section_map(&on->view, on->section, 0, 0, SECTION_ACCESS_READ_WRITE);
    on->peer->by_section = on->view.data;
    return bench_check(on, "section_map", status);
}

static bool make_bare(bench_subjects *on)
{
    on->bare_length = sizeof(bench_channel);
    if (!bare_memory_create(&on->bare, on->bare_length, false))
        return bench_check_bare(on, false);
    on->bare_view =
        bare_map(on->bare, 0, on->bare_length, SECTION_ACCESS_READ_WRITE);
    on->peer->by_bare = on->bare_view;
    return bench_check_bare(on, on->bare_view != NULL);
}

/* Whoever comes first gets other pages than whoever comes second. */
static bool make_channels(bench_subjects *on)
{
    return on->round % 2 == 0 ? make_section(on) && make_bare(on)
                              : make_bare(on) && make_section(on);
}

bool bench_peer_start(bench_subjects *on)
{
    on->peer = calloc(1, sizeof(*on->peer));
    if (on->peer == NULL)
        return bench_fail(on, "no heap");
    if (!make_channels(on))
        return false;

    section_native inherited;
    section_status status =
        section_duplicate_native(&inherited, on->section, SECTION_RIGHT_WRITE);
    if (!bench_check(on, "section_duplicate_native", status))
        return false;
    /* Before this process is pinned: the child inherits where it may run. */
    bool started = start_child(on, inherited);
    if (started)
        bare_pin(0);
    return bench_check_bare(on, bare_close(inherited)) && started;
}

bool bench_peer_finish(bench_subjects *on)
{
    bool ended = true;
    if (on->peer != NULL && on->peer->started) {
        bare_unpin();
        ended = bare_child_finish(&on->peer->child) ||
                bench_fail(on, "the other process failed");
    }
    free(on->peer);
    if (on->bare_view != NULL)
        ended =
            bench_check_bare(on, bare_unmap(on->bare_view, on->bare_length)) &&
            ended;
    if (on->bare != BARE_NONE)
        ended = bench_check_bare(on, bare_close(on->bare)) && ended;
    ended = bench_check(on, "section_unmap", section_unmap(&on->view)) && ended;
    section_close(on->section);
    return ended;
}

static bool work_by_channel(bench_subjects *on, const bench_order *order,
                            uint64_t *nanoseconds)
{
    bench_peer *peer = on->peer;
    bench_channel *channel =
        order->way == BENCH_BY_SECTION ? peer->by_section : peer->by_bare;
    bench_channel_reset(channel);
    if (!bare_pipe_write(peer->child.to, order, sizeof(*order)))
        return bench_check_bare(on, false);
    if (!bench_channel_ping(channel, 1, 1))
        return bench_fail(on, "the other process does not answer");
    uint64_t start = bare_now();
    bool done = order->task == BENCH_ROUND_TRIPS
                    ? bench_channel_ping(channel, 2, order->count)
                    : bench_channel_write(channel, order->count, order->message,
                                          peer->message);
    *nanoseconds = bare_now() - start;
    return done || bench_fail(on, "the other process does not answer");
}

static bool ping_by_pipe(const bench_peer *peer, uint32_t count, size_t message,
                         unsigned char *bytes)
{
    for (uint32_t i = 0; i < count; i++)
        if (!bare_pipe_write(peer->child.to, bytes, message) ||
            !bare_pipe_read(peer->child.from, bytes, message))
            return false;
    return true;
}

/* The child answers the last message with one byte. */
static bool write_by_pipe(const bench_peer *peer, uint32_t count,
                          size_t message, unsigned char *bytes)
{
    unsigned char end;
    for (uint32_t i = 0; i < count; i++) {
        memcpy(bytes, &i, sizeof(i));
        if (!bare_pipe_write(peer->child.to, bytes, message))
            return false;
    }
    return bare_pipe_read(peer->child.from, &end, 1);
}

static bool work_by_pipe(bench_subjects *on, const bench_order *order,
                         uint64_t *nanoseconds)
{
    bench_peer *peer = on->peer;
    if (!bare_pipe_write(peer->child.to, order, sizeof(*order)) ||
        !ping_by_pipe(peer, 1, order->message, peer->message))
        return bench_check_bare(on, false);
    uint64_t start = bare_now();
    bool done =
        order->task == BENCH_ROUND_TRIPS
            ? ping_by_pipe(peer, order->count, order->message, peer->message)
            : write_by_pipe(peer, order->count, order->message, peer->message);
    *nanoseconds = bare_now() - start;
    return bench_check_bare(on, done);
}

bool bench_peer_run(bench_subjects *on, const bench_order *order,
                    uint64_t *nanoseconds)
{
    return order->way == BENCH_BY_PIPE
               ? work_by_pipe(on, order, nanoseconds)
               : work_by_channel(on, order, nanoseconds);
}

/* --- the child --- */

typedef struct child {
    bench_channel *by_section;
    bench_channel *by_bare;
    bare_handle from_parent;
    bare_handle to_parent;
    unsigned char message[BENCH_LARGEST_MESSAGE];
} child;

static child self;

static bool pong_by_pipe(uint32_t count, size_t message)
{
    for (uint32_t i = 0; i < count; i++)
        if (!bare_pipe_read(self.from_parent, self.message, message) ||
            !bare_pipe_write(self.to_parent, self.message, message))
            return false;
    return true;
}

static bool read_by_pipe(uint32_t count, size_t message)
{
    bool in_order = true;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number;
        if (!bare_pipe_read(self.from_parent, self.message, message))
            return false;
        memcpy(&number, self.message, sizeof(number));
        in_order = in_order && number == i;
    }
    return bare_pipe_write(self.to_parent, "", 1) && in_order;
}

static bool obey(const bench_order *order)
{
    bench_channel *channel =
        order->way == BENCH_BY_SECTION ? self.by_section : self.by_bare;
    bool trips = order->task == BENCH_ROUND_TRIPS;
    if (order->message < sizeof(uint32_t) ||
        order->message > sizeof(self.message))
        return false;
    if (order->way == BENCH_BY_PIPE)
        return pong_by_pipe(1, order->message) &&
               (trips ? pong_by_pipe(order->count, order->message)
                      : read_by_pipe(order->count, order->message));
    if (trips)
        return bench_channel_pong(channel, order->count + 1);
    return bench_channel_pong(channel, 1) &&
           bench_channel_read(channel, order->count, order->message,
                              self.message);
}

static bool map_section(section_view *view, section_native inherited)
{
    section *from;
    if (section_wrap(&from, inherited, SECTION_RIGHT_WRITE,
                     SECTION_NATIVE_OWNED) != SECTION_OK)
        return false;
    section_status status =
        section_map(view, from, 0, 0, SECTION_ACCESS_READ_WRITE);
    section_close(from);
    self.by_section = view->data;
    return status == SECTION_OK && view->length == sizeof(bench_channel);
}

static bool map_bare(bare_handle inherited)
{
    self.by_bare = bare_map(inherited, 0, sizeof(bench_channel),
                            SECTION_ACCESS_READ_WRITE);
    return self.by_bare != NULL;
}

int bench_peer_main(int argc, char **argv)
{
    section_view view;
    if (argc != 5)
        return 2;
    section_native inherited = (section_native)strtoll(argv[2], NULL, 10);
    bare_handle bare = (bare_handle)strtoll(argv[3], NULL, 10);
    bool mapped = strcmp(argv[4], "section-first") == 0
                      ? map_section(&view, inherited) && map_bare(bare)
                      : map_bare(bare) && map_section(&view, inherited);
    if (!mapped)
        return 3;

    bare_pin(1);
    bare_child_pipes(&self.from_parent, &self.to_parent);
    bench_order order;
    while (bare_pipe_read(self.from_parent, &order, sizeof(order)))
        if (!obey(&order))
            return 4;
    return section_unmap(&view) == SECTION_OK ? 0 : 5;
}
