/* SPDX-License-Identifier: MIT */
/*
 * Channels of UNIX sockets, unix(7).
 */
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/eventfd.h>
#endif

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

static const int types[] = {
    SOCK_STREAM,
#if defined(SOCK_SEQPACKET) && !defined(__APPLE__)
    SOCK_SEQPACKET,
#endif
};

size_t channel_kinds(void)
{
    return sizeof(types) / sizeof(types[0]);
}

/* One that no child gets, above the standard descriptors. */
static int raised(int descriptor)
{
    int out = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    assert_that(out >= 3);
    (void)close(descriptor);
    return out;
}

static int new_socket(int family, int type)
{
    int descriptor = socket(family, type, 0);
    assert_that(descriptor >= 0);
    return raised(descriptor);
}

channel channel_make(size_t kind)
{
    int ends[2];
    assert_that(socketpair(AF_UNIX, types[kind], 0, ends) == 0);
    return (channel){{raised(ends[0]), raised(ends[1])}};
}

void channel_end(section_native end)
{
    assert_that(close((int)end) == 0);
}

/* ------------------------------------------------------------------------
 * Sockets with a name
 * ------------------------------------------------------------------------ */

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length =
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_that(length > 0 && (size_t)length < sizeof(address.sun_path));
    return address;
}

/* The address says what to connect with: its first letter is the kind. A
 * socket's path has to be short, so it is not among the files of the run. */
channel_place channel_listen(size_t kind)
{
    channel_place place;
    char directory[] = "/tmp/section-channel-XXXXXX";
    assert_that(mkdtemp(directory) != NULL);
    (void)snprintf(place.address, sizeof(place.address), "%c%s/socket",
                   (char)('0' + kind), directory);
    struct sockaddr_un address = address_of(place.address + 1);
    int listener = new_socket(AF_UNIX, types[kind]);
    assert_that(bind(listener, (struct sockaddr *)&address, sizeof(address)) ==
                0);
    assert_that(listen(listener, 1) == 0);
    place.listener = listener;
    return place;
}

section_native channel_connect(const char *text)
{
    struct sockaddr_un address = address_of(text + 1);
    int end = new_socket(AF_UNIX, types[text[0] - '0']);
    assert_that(connect(end, (struct sockaddr *)&address, sizeof(address)) ==
                0);
    return end;
}

section_native channel_accept(const channel_place *place)
{
    char path[CHANNEL_ADDRESS_SIZE];
    (void)snprintf(path, sizeof(path), "%s", place->address + 1);
    int end = accept((int)place->listener, NULL, NULL);
    assert_that(end >= 0);
    (void)close((int)place->listener);
    assert_that(unlink(path) == 0);
    *strrchr(path, '/') = '\0';
    assert_that(rmdir(path) == 0);
    return raised(end);
}

/* ------------------------------------------------------------------------
 * What is none
 * ------------------------------------------------------------------------ */

static intptr_t end_of_pipe(int which)
{
    int ends[2];
    assert_that(pipe(ends) == 0);
    (void)close(ends[1 - which]);
    return raised(ends[which]);
}

/* Connected over the network to a socket of its own, where descriptors that are
 * sent are silently lost. */
static intptr_t connected_by_network(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(address);
    int listener = new_socket(AF_INET, SOCK_STREAM);
    int end = new_socket(AF_INET, SOCK_STREAM);
    bool connected =
        bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        listen(listener, 1) == 0 &&
        getsockname(listener, (struct sockaddr *)&address, &length) == 0 &&
        connect(end, (struct sockaddr *)&address, sizeof(address)) == 0;
    /* Without a network it is a socket of the wrong family all the same. */
    if (connected)
        (void)close(accept(listener, NULL, NULL));
    (void)close(listener);
    return end;
}

/* What the system calls neither a file nor anything else. */
static int without_a_type(void)
{
#if defined(__linux__)
    return eventfd(0, EFD_CLOEXEC);
#else
    return -1;
#endif
}

section_native channel_impostor(size_t which, const char *path)
{
    switch (which) {
    case 0:
        return open(path, O_RDWR | O_CLOEXEC);
    case 1:
        return open("/", O_RDONLY | O_CLOEXEC);
    case 2:
        return end_of_pipe(0);
    case 3:
        return end_of_pipe(1);
    case 4:
        return connected_by_network();
    case 5:
        return without_a_type();
    default:
        return -1;
    }
}

/* ------------------------------------------------------------------------
 * Past the library
 * ------------------------------------------------------------------------ */

#define CONTROL_SIZE CMSG_SPACE(CHANNEL_HANDLES_MOST * sizeof(int))

union control {
    struct cmsghdr align;
    unsigned char bytes[CONTROL_SIZE];
};

/* The descriptors stand one after the other: nothing but them is asked for. */
static void take_handles(channel_message *out, struct msghdr *header)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(header);
    if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
        return;
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int descriptor;
        memcpy(&descriptor, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
        (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        out->handles[out->handle_count++] = descriptor;
    }
}

/* False at the end. */
static bool take(channel_message *out, section_native end)
{
    union control control;
    struct iovec bytes = {out->bytes, sizeof(out->bytes)};
    struct msghdr header = {.msg_iov = &bytes,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof(control.bytes)};
    ssize_t got;
    do
        got = recvmsg((int)end, &header, 0);
    while (got < 0 && errno == EINTR);
    out->length = 0;
    out->handle_count = 0;
    if (got <= 0)
        return false;
    out->length = (size_t)got;
    take_handles(out, &header);
    return true;
}

bool channel_take(channel_message *out, section_native end)
{
    assert_that(take(out, end));
    return true;
}

static void add_handles(struct msghdr *header, const channel_message *message)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = (socklen_t)CMSG_LEN(message->handle_count * sizeof(int));
    for (size_t i = 0; i < message->handle_count; i++) {
        int descriptor = (int)message->handles[i];
        memcpy(CMSG_DATA(c) + i * sizeof(int), &descriptor, sizeof(int));
    }
}

/* False if nobody can receive it. */
static bool put(section_native end, const channel_message *message)
{
    union control control;
    memset(&control, 0, sizeof(control));
    channel_message copy = *message;
    struct iovec bytes = {copy.bytes, copy.length};
    struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};
    if (message->handle_count > 0) {
        header.msg_control = control.bytes;
        header.msg_controllen =
            (socklen_t)CMSG_SPACE(message->handle_count * sizeof(int));
        add_handles(&header, message);
    }
    ssize_t sent;
    do
        sent = sendmsg((int)end, &header, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)message->length;
}

void channel_put(section_native end, const channel_message *message)
{
    assert_that(put(end, message));
}

void channel_drop(channel_message *message)
{
    for (size_t i = 0; i < message->handle_count; i++)
        (void)close((int)message->handles[i]);
    message->handle_count = 0;
}

void channel_write(section_native end, const void *bytes, size_t length)
{
    assert_that(send((int)end, bytes, length, 0) == (ssize_t)length);
}

void channel_fill(section_native end)
{
    static const char block[1024];
    ssize_t sent;
    do
        sent = send((int)end, block, sizeof(block), MSG_DONTWAIT);
    while (sent > 0 || (sent < 0 && errno == EINTR));
    assert_that(errno == EAGAIN || errno == EWOULDBLOCK);
}

void channel_read(section_native end, void *bytes, size_t length)
{
    assert_that(recv((int)end, bytes, length, MSG_WAITALL) == (ssize_t)length);
}

size_t channel_kind_to_relay(void)
{
    return 0;
}

size_t channel_pass(section_native from, section_native to, size_t at,
                    unsigned char bits)
{
    channel_message message;
    if (!take(&message, from))
        return 0;
    if (at < message.length)
        message.bytes[at] ^= bits;
    bool passed = put(to, &message);
    channel_drop(&message);
    return passed ? message.length : 0;
}

void channel_break(section_native end)
{
    (void)shutdown((int)end, SHUT_RDWR);
}
