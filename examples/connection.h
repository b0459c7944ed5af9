/* SPDX-License-Identifier: MIT */
/*
 * Connections between programs of one machine, for serve.c and fetch.c: UNIX
 * sockets, or named pipes. The library takes what a program has; here is how a
 * program can come to have it, and not be kept waiting by the other side.
 */
#ifndef EXAMPLES_CONNECTION_H
#define EXAMPLES_CONNECTION_H

#include <section/transfer.h>

#include <stdbool.h>

typedef struct connection {
    section_native channel;
    uint64_t deadline; /* nothing waits longer than this, all in all */
} connection;

/* Serves one client. Whatever that does is over with the deadline. */
typedef void (*connection_work)(const connection *client, void *context);

/* Make a place that clients can connect to, and serve them by so many threads,
 * or fewer where there can be no more: each has one client at a time, and
 * `patience` milliseconds for it. Returns when the threads are at work, which
 * end with the process; or false, if there can be no such place. */
bool connection_serve(const char *address, unsigned threads, uint32_t patience,
                      connection_work work, void *context);

/* Take the place away again, before the process ends. */
void connection_end(const char *address);

/* Connect to a server, and spend so many milliseconds with it. */
bool connection_open(connection *out, const char *address, uint32_t patience);
void connection_close(const connection *closed);

/* Read or write all bytes, or fail. */
bool connection_read(const connection *from, void *bytes, size_t length);
bool connection_write(const connection *to, const void *bytes, size_t length);

/* Milliseconds that are left, for section_send() and section_receive(). At
 * least 1: 0 is SECTION_TIMEOUT_DEFAULT there. */
uint32_t connection_left(const connection *of);

#endif
