/* SPDX-License-Identifier: MIT */
/*
 * Messages with descriptors over a connected UNIX socket (SCM_RIGHTS, unix(7)).
 *
 * In front of lib/'s bytes stand eight of our own: a magic number, and which
 * descriptors there are, 1 << number, in the order of their numbers. What is
 * under way is held by the kernel.
 */
#include "bytes.h"
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* What macOS does not have. */
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif
#ifndef MSG_CMSG_CLOEXEC
#define MSG_CMSG_CLOEXEC 0
#endif

#define HEADER_SIZE  8
#define HEADER_MAGIC UINT64_C(0x9d73656374696f)
#define HEADER_MASK  UINT64_C(0xff)

/* Room for more descriptors than are ever sent: what is beyond, the kernel
 * closes and says so (MSG_CTRUNC). And for what else the application may have
 * asked this socket to tell: credentials, a label. */
#define MOST_DESCRIPTORS (SECTION_OS_PARTS + 3)
#define CONTROL_SIZE     (CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int)) + 512)

_Static_assert(SECTION_OS_PARTS <= 8, "the mask is one byte");

/* ------------------------------------------------------------------------
 * Failures, and waiting
 * ------------------------------------------------------------------------ */

/* The status of an errno of a call on the channel. */
static section_os_result channel_failure(int error)
{
    switch (error) {
    case EPIPE:
    case ECONNRESET:
        return posix_verdict(SECTION_GONE, error);
    case ENOTSOCK:
    case ENOTCONN:
    case EINVAL: /* a stream that is not connected is read (Linux) */
    case EOPNOTSUPP:
    case EDESTADDRREQ:
        return posix_verdict(SECTION_KIND, error);
    case EBADF:
        return posix_verdict(SECTION_INVALID, error);
    case ETOOMANYREFS: /* too many are under way */
    case ENOBUFS:
    case ENOMEM: /* the kernel's own, for what is under way */
        return posix_verdict(SECTION_LIMIT, error);
    default:
        return posix_failure(error);
    }
}

/* Until the channel is ready for these events, or the deadline. */
static section_os_result await(int channel, short events, uint64_t deadline)
{
    for (;;) {
        uint64_t now = section_os_milliseconds();
        if (now >= deadline)
            return posix_verdict(SECTION_BUSY, 0);
        struct pollfd one = {.fd = channel, .events = events};
        uint64_t left = deadline - now;
        int ready = poll(&one, 1, left < INT32_MAX ? (int)left : INT32_MAX);
        if (ready > 0)
            return posix_ok();
        if (ready < 0 && errno != EINTR)
            return channel_failure(errno);
    }
}

static bool must_wait(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

/* Descriptors that are sent over other sockets are lost, and nobody says so. */
static section_os_result check_channel(int channel)
{
    struct sockaddr address = {.sa_family = AF_UNSPEC};
    socklen_t length = sizeof(address);
    if (getsockname(channel, &address, &length) != 0)
        return channel_failure(errno);
    return address.sa_family == AF_UNIX ? posix_ok()
                                        : posix_verdict(SECTION_KIND, 0);
}

/* ------------------------------------------------------------------------
 * Send
 * ------------------------------------------------------------------------ */

/* macOS knows no MSG_NOSIGNAL, but sockets that never raise one. */
static section_os_result forbid_signal(int channel)
{
#ifdef SO_NOSIGPIPE
    const int yes = 1;
    if (setsockopt(channel, SOL_SOCKET, SO_NOSIGPIPE, &yes, sizeof(yes)) != 0)
        return channel_failure(errno);
#else
    (void)channel;
#endif
    return posix_ok();
}

/* Put the parts into a control message; which ones, in *mask. */
static void attach(struct msghdr *message, uint64_t *mask,
                   const section_os_parts *parts)
{
    int descriptors[SECTION_OS_PARTS];
    size_t count = 0;
    *mask = 0;
    for (int i = 0; i < SECTION_OS_PARTS; i++) {
        if (parts->part[i] == SECTION_OS_NONE)
            continue;
        descriptors[count++] = (int)parts->part[i];
        *mask |= (uint64_t)1 << i;
    }
    message->msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
}

/* Leave out the bytes that are sent already; the descriptors went with the
 * first. */
static void advance(struct msghdr *message, size_t sent)
{
    message->msg_control = NULL;
    message->msg_controllen = 0;
    while (message->msg_iovlen > 0 && sent >= message->msg_iov->iov_len) {
        sent -= message->msg_iov->iov_len;
        message->msg_iov++;
        message->msg_iovlen--;
    }
    if (message->msg_iovlen > 0) {
        message->msg_iov->iov_base = (char *)message->msg_iov->iov_base + sent;
        message->msg_iov->iov_len -= sent;
    }
}

static section_os_result send_all(int channel, struct msghdr *message,
                                  uint64_t deadline)
{
    while (message->msg_iovlen > 0) {
        POSIX_STEP();
        ssize_t sent = sendmsg(channel, message, MSG_DONTWAIT | MSG_NOSIGNAL);
        POSIX_STEP();
        if (sent >= 0) {
            advance(message, (size_t)sent);
        } else if (must_wait(errno)) {
            section_os_result result = await(channel, POLLOUT, deadline);
            if (result.status != SECTION_OK)
                return result;
        } else if (errno != EINTR) {
            return channel_failure(errno);
        }
    }
    return posix_ok();
}

section_os_result section_os_channel_send(section_native channel,
                                          const void *bytes, size_t length,
                                          const section_os_parts *parts,
                                          uint32_t timeout)
{
    uint64_t deadline = section_os_milliseconds() + timeout;
    if (channel < 0 || channel > INT32_MAX)
        return posix_verdict(SECTION_INVALID, EBADF);
    section_os_result result = check_channel((int)channel);
    if (result.status == SECTION_OK)
        result = forbid_signal((int)channel);
    if (result.status != SECTION_OK)
        return result;

    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(SECTION_OS_PARTS * sizeof(int))];
    } control = {.bytes = {0}};
    unsigned char header[HEADER_SIZE];
    struct iovec pieces[2] = {{header, sizeof(header)},
                              {(void *)(uintptr_t)bytes, length}};
    struct msghdr message = {
        .msg_iov = pieces, .msg_iovlen = 2, .msg_control = control.bytes};
    uint64_t mask;
    attach(&message, &mask, parts);
    section__store_word(header, HEADER_MAGIC << 8 | mask);
    return send_all((int)channel, &message, deadline);
}

/* ------------------------------------------------------------------------
 * Receive
 * ------------------------------------------------------------------------ */

/* What has come so far. */
typedef struct arrival {
    int descriptors[MOST_DESCRIPTORS];
    size_t count;
    bool too_many; /* or others than there can be */
    bool lost;     /* some: too many, or no descriptors left here */
} arrival;

static void close_arrival(arrival *came)
{
    while (came->count > 0)
        posix_descriptor_close(came->descriptors[--came->count]);
}

static void keep_descriptor(arrival *came, int descriptor)
{
    if (MSG_CMSG_CLOEXEC == 0)
        (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    if (came->count < MOST_DESCRIPTORS) {
        came->descriptors[came->count++] = descriptor;
        return;
    }
    came->too_many = true;
    posix_descriptor_close(descriptor);
}

/* musl's macro converts without saying so. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
static struct cmsghdr *next_header(struct msghdr *message,
                                   struct cmsghdr *header)
{
    return CMSG_NXTHDR(message, header);
}
#pragma GCC diagnostic pop

/* All descriptors that came, whatever for: the kernel has opened them. */
static void keep_control(arrival *came, struct msghdr *message)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
         header = next_header(message, header)) {
        if (header->cmsg_level != SOL_SOCKET)
            continue;
        size_t count =
            (header->cmsg_len - CMSG_LEN(0)) / sizeof(came->descriptors[0]);
        int descriptor;
        for (size_t i = 0; i < count && header->cmsg_type == SCM_RIGHTS; i++) {
            memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(descriptor),
                   sizeof(descriptor));
            keep_descriptor(came, descriptor);
        }
#ifdef SCM_PIDFD
        /* The application has asked for it (SO_PASSPIDFD), but not here. */
        if (header->cmsg_type == SCM_PIDFD && count != 0) {
            memcpy(&descriptor, CMSG_DATA(header), sizeof(descriptor));
            posix_descriptor_close(descriptor);
        }
#endif
    }
    if ((message->msg_flags & MSG_CTRUNC) != 0)
        came->lost = true;
    /* A message that is longer than ours. */
    if ((message->msg_flags & MSG_TRUNC) != 0)
        came->too_many = true;
}

/* Once: how many bytes came, -1 and errno. */
static ssize_t receive_some(int channel, unsigned char *bytes, size_t length,
                            arrival *came)
{
    union {
        struct cmsghdr aligned;
        char bytes[CONTROL_SIZE];
    } control;
    struct iovec piece = {bytes, length};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t received =
        recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (received >= 0)
        keep_control(came, &message);
    return received;
}

static section_os_result receive_all(int channel, unsigned char *bytes,
                                     size_t length, arrival *came,
                                     uint64_t deadline)
{
    while (length > 0) {
        ssize_t received = receive_some(channel, bytes, length, came);
        if (received > 0) {
            bytes += received;
            length -= (size_t)received;
            continue;
        }
        if (received < 0 && errno == EINTR)
            continue;
        if (received < 0 && !must_wait(errno))
            return channel_failure(errno);
        /* Only now, when there is time, or nothing more to come. */
        section_os_result result = check_channel(channel);
        if (result.status == SECTION_OK)
            result = received == 0 ? posix_verdict(SECTION_GONE, 0)
                                   : await(channel, POLLIN, deadline);
        if (result.status != SECTION_OK)
            return result;
    }
    POSIX_STEP();
    return posix_ok();
}

/* Give each descriptor its place, and a number above the standard streams. */
static section_os_result place(section_os_parts *parts, arrival *came,
                               uint64_t mask)
{
    size_t next = 0;
    for (int i = 0; i < SECTION_OS_PARTS; i++) {
        if ((mask >> i & 1) == 0)
            continue;
        int raised = posix_raise(came->descriptors[next]);
        if (raised < 0)
            return posix_failure(errno);
        came->descriptors[next++] = raised;
        section_os_parts_keep(parts, i, raised);
    }
    return posix_ok();
}

/* What the header says against what came with it. */
static section_os_result check_arrival(const arrival *came, uint64_t word)
{
    uint64_t mask = word & HEADER_MASK;
    const uint64_t allowed = ((uint64_t)1 << SECTION_OS_PART_TICKET) - 1;
    size_t said = 0;
    for (uint64_t rest = mask; rest != 0; rest >>= 1)
        said += rest & 1;
    if (word >> 8 != HEADER_MAGIC || (mask & ~allowed) != 0 || came->too_many ||
        came->count > said)
        return posix_verdict(SECTION_UNTRUSTED, 0);
    if (came->count < said)
        return came->lost ? posix_verdict(SECTION_LIMIT, EMFILE)
                          : posix_verdict(SECTION_UNTRUSTED, 0);
    return posix_ok();
}

section_os_result section_os_channel_receive(section_native channel,
                                             void *bytes, size_t length,
                                             section_os_parts *parts,
                                             uint32_t timeout)
{
    uint64_t deadline = section_os_milliseconds() + timeout;
    *parts = SECTION_OS_PARTS_NONE;
    if (channel < 0 || channel > INT32_MAX)
        return posix_verdict(SECTION_INVALID, EBADF);

    unsigned char message[HEADER_SIZE + SECTION_OS_MESSAGE_MAX] = {0};
    arrival came = {{0}, 0, false, false};
    section_os_result result = receive_all(
        (int)channel, message, HEADER_SIZE + length, &came, deadline);
    uint64_t word =
        result.status == SECTION_OK ? section__load_word(message) : 0;
    if (result.status == SECTION_OK)
        result = check_arrival(&came, word);
    if (result.status == SECTION_OK)
        result = place(parts, &came, word & HEADER_MASK);
    POSIX_STEP();
    if (result.status != SECTION_OK) {
        close_arrival(&came);
        *parts = SECTION_OS_PARTS_NONE;
        return result;
    }
    memcpy(bytes, message + HEADER_SIZE, length);
    return result;
}
