/* SPDX-License-Identifier: MIT */
/*
 * Channels that sections are sent over, made by the system's own calls: UNIX
 * sockets, named pipes. And what somebody sends over them who does not use the
 * library: bytes and native handles of his own choice.
 */
#ifndef TESTS_CHANNEL_H
#define TESTS_CHANNEL_H

#include "expect.h"

#include <section/transfer.h>

/* ------------------------------------------------------------------------
 * Two ends
 * ------------------------------------------------------------------------ */

/* How many kinds of channels there are that the library has to serve: stream
 * and seqpacket sockets; pipes of bytes and of messages, overlapped or not. */
size_t channel_kinds(void);

/* Two ends that this process has both. */
typedef struct channel {
    section_native end[2];
} channel;

channel channel_make(size_t kind);

/* Close one end, or both. */
void channel_end(section_native end);
void channel_close(const channel *both);

/* A place for one other process to connect to, which knows its address. */
#define CHANNEL_ADDRESS_SIZE 128

typedef struct channel_place {
    intptr_t listener;
    char address[CHANNEL_ADDRESS_SIZE];
} channel_place;

channel_place channel_listen(size_t kind);

/* Connect to it. */
section_native channel_connect(const char *address);

/* The end that belongs to who has connected already; the place is gone. */
section_native channel_accept(const channel_place *place);

/* What is no channel for sections: from 0 on; -1 after the last.
 * `path` is a file that is there. Closed by channel_end(). */
section_native channel_impostor(size_t which, const char *path);

/* ------------------------------------------------------------------------
 * From one end to the other
 * ------------------------------------------------------------------------ */

/* What a hand-over came to. */
typedef struct channel_outcome {
    section_status sent, received;
    section *section; /* NULL, if it was not received */
} channel_outcome;

/* Send over a channel and receive at its other end, by two threads. */
channel_outcome channel_carry(const channel *over, const section *of,
                              section_rights rights);

/* The same over a channel made for it, which has to succeed. */
section *channel_handed(const section *of, section_rights rights);

/* Who stands between the two ends and changes one byte of what they say: the
 * one at this place, counted in each direction, by these bits. */
typedef struct channel_meddler {
    size_t at[2];          /* from the sender; from the receiver */
    unsigned char bits[2]; /* 0 to change nothing */
    size_t passed[2];      /* bytes that went by */
} channel_meddler;

/* Send and receive past him, over two channels. */
channel_outcome channel_carry_past(channel_meddler *meddler, const section *of,
                                   section_rights rights);

/* ------------------------------------------------------------------------
 * Past the library
 * ------------------------------------------------------------------------ */

#define CHANNEL_BYTES_MOST   2048
#define CHANNEL_HANDLES_MOST 250

/* What is sent at once. */
typedef struct channel_message {
    unsigned char bytes[CHANNEL_BYTES_MOST];
    size_t length;
    intptr_t handles[CHANNEL_HANDLES_MOST];
    size_t handle_count;
} channel_message;

/* Take what section_send() has sent, as it is. False where nothing can be taken
 * without answering, as the receiver has to there. */
bool channel_take(channel_message *out, section_native end);

/* Send one message; its handles stay the caller's. */
void channel_put(section_native end, const channel_message *message);

/* Close the handles of a message. */
void channel_drop(channel_message *message);

/* Write bytes alone. */
void channel_write(section_native end, const void *bytes, size_t length);

/* Write until nobody can write more without waiting. */
void channel_fill(section_native end);

/* The kind of channel whose ends can be read and written at the same time. */
size_t channel_kind_to_relay(void);

/* Pass on what comes next, with its handles, to another channel, after
 * changing the byte `at` of it, if it has so many: how many bytes, and 0 at the
 * end. */
size_t channel_pass(section_native from, section_native to, size_t at,
                    unsigned char bits);

/* Let the other side see the end, when it has read what there is; also of an
 * end that another thread is using. It is still to be closed. */
void channel_break(section_native end);

/* Read so many bytes, which are there. */
void channel_read(section_native end, void *bytes, size_t length);

#endif
