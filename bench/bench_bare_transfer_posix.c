/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of POSIX that hand memory to who is at the other end of a
 * socket, with the checks that make what arrives worth something. What memory
 * of this system can be asked besides is in bench_bare_{memfd,shm}.c.
 */
#include "bench_bare_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* What macOS does not have. */
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif
#ifndef MSG_CMSG_CLOEXEC
#define MSG_CMSG_CLOEXEC 0
#endif

#define MESSAGE_WORDS 65 /* 520 bytes, as many as the library sends */
#define MESSAGE_MAGIC UINT64_C(0x6e65622d65726162)

/* What is said of memory; the rest of the message is zero. */
enum { AT_MAGIC, AT_WRITES, AT_SIZE, AT_ID, AT_PARTS = AT_ID + 2, AT_REST };

/* The descriptor of memory, and that of a name. */
#define MOST_PARTS 2

/* Room for more than can be meant, as whoever trusts nobody needs. */
#define MOST_CAME 8

static bool refuse(const char *what)
{
    errno = EPROTO;
    return bare_failed(what);
}

/* --- one object or two --- */

bool bare_is_same(bool *same, bare_handle one, bare_handle other)
{
    struct stat status, other_status;
    *same = false;
    if (fstat((int)one, &status) != 0 || fstat((int)other, &other_status) != 0)
        return bare_failed("fstat");
    *same = status.st_dev == other_status.st_dev &&
            status.st_ino == other_status.st_ino;
    return true;
}

/* --- what is handed over --- */

bool bare_goods_begin(bare_goods *out, const bare_named *held, uint64_t size,
                      bool writes)
{
    struct stat status;
    *out = (bare_goods){
        .held = *held, .reader = BARE_NONE, .size = size, .writes = writes};
    if (fstat((int)held->memory, &status) != 0)
        return bare_failed("fstat");
    out->id[0] = (uint64_t)status.st_dev;
    out->id[1] = (uint64_t)status.st_ino;
    return writes || bare_narrow(&out->reader, held->memory);
}

bool bare_goods_end(bare_goods *goods)
{
    return goods->reader == BARE_NONE || bare_close(goods->reader);
}

static bare_handle lent(const bare_goods *goods)
{
    return goods->writes ? goods->held.memory : goods->reader;
}

bool bare_goods_duplicate(bare_handle *out, const bare_goods *goods)
{
    return bare_duplicate(out, lent(goods));
}

bool bare_check_goods(int memory, const bare_goods *expected)
{
    struct stat status;
    int mode = fcntl(memory, F_GETFL);
    if (mode < 0)
        return bare_failed("fcntl");
    if ((mode & O_ACCMODE) != (expected->writes ? O_RDWR : O_RDONLY))
        return refuse("a descriptor with other rights");
    bool has_name = expected->held.record != BARE_NONE;
    if (!has_name && !bare_is_memory(memory, expected->sealed))
        return refuse("a descriptor of something else");
    if (fstat(memory, &status) != 0)
        return bare_failed("fstat");
    if (!S_ISREG(status.st_mode) || (!has_name && status.st_nlink != 0) ||
        (uint64_t)status.st_size != expected->size ||
        (uint64_t)status.st_dev != expected->id[0] ||
        (uint64_t)status.st_ino != expected->id[1])
        return refuse("memory that is not what was said");
    return bare_has_small_pages(memory, (int64_t)status.st_blksize) ||
           refuse("memory of other pages");
}

/* --- a channel --- */

bool bare_channel_open(bare_channel *out)
{
    int ends[2];
    *out = (bare_channel){BARE_NONE, BARE_NONE};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return bare_failed("socketpair");
    *out = (bare_channel){ends[0], ends[1]};
    return (fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 &&
            fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0) ||
           bare_failed("fcntl");
}

bool bare_channel_close(bare_channel *channel)
{
    bool closed = channel->sends == BARE_NONE || bare_close(channel->sends);
    return (channel->receives == BARE_NONE || bare_close(channel->receives)) &&
           closed;
}

/* What was sent is held by the socket. */
bool bare_in_turn(bare_step first, bare_step second, void *context,
                  uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        if (!first(context) || !second(context))
            return false;
    return true;
}

/* --- send --- */

/* Other sockets lose descriptors, and nobody says so. */
static bool check_channel(int channel)
{
    struct sockaddr address = {.sa_family = AF_UNSPEC};
    socklen_t length = sizeof(address);
    if (getsockname(channel, &address, &length) != 0)
        return bare_failed("getsockname");
    return address.sa_family == AF_UNIX || refuse("a channel of another kind");
}

static bool send_parts(int channel, const bare_goods *goods,
                       const int parts[MOST_PARTS], size_t count)
{
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(MOST_PARTS * sizeof(int))];
    } control = {.bytes = {0}};
    uint64_t message[MESSAGE_WORDS] = {0};
    struct iovec piece = {message, sizeof(message)};
    struct msghdr header = {.msg_iov = &piece,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen =
                                (socklen_t)CMSG_SPACE(count * sizeof(int))};
    message[AT_MAGIC] = MESSAGE_MAGIC;
    message[AT_WRITES] = goods->writes;
    message[AT_SIZE] = goods->size;
    message[AT_ID] = goods->id[0];
    message[AT_ID + 1] = goods->id[1];
    message[AT_PARTS] = count;
    struct cmsghdr *first = CMSG_FIRSTHDR(&header);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(first), parts, count * sizeof(int));
    return sendmsg(channel, &header, MSG_DONTWAIT | MSG_NOSIGNAL) ==
               (ssize_t)sizeof(message) ||
           bare_failed("sendmsg");
}

bool bare_send(const bare_channel *channel, const bare_goods *goods)
{
    int sends = (int)channel->sends;
    int parts[MOST_PARTS] = {(int)lent(goods), -1};
    if (!check_channel(sends))
        return false;
    if (goods->held.record == BARE_NONE)
        return send_parts(sends, goods, parts, 1);
    bare_named given;
    if (!bare_name_hand_over(&given, &goods->held, goods->writes))
        return false;
    parts[0] = (int)given.memory;
    parts[1] = (int)given.record;
    bool sent = send_parts(sends, goods, parts, 2);
    return bare_close(given.memory) && bare_close(given.record) && sent;
}

/* --- receive --- */

/* The descriptors that came, all of which are in one header; false if they are
 * others than these. */
static bool take_parts(int parts[MOST_PARTS], size_t expected,
                       struct msghdr *header)
{
    int came[MOST_CAME];
    size_t count = 0;
    struct cmsghdr *first = CMSG_FIRSTHDR(header);
    if (first != NULL && first->cmsg_level == SOL_SOCKET &&
        first->cmsg_type == SCM_RIGHTS)
        count = (first->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    if (count > MOST_CAME)
        count = MOST_CAME;
    if (count != 0)
        memcpy(came, CMSG_DATA(first), count * sizeof(int));
    if (count == expected && (header->msg_flags & MSG_CTRUNC) == 0) {
        memcpy(parts, came, count * sizeof(int));
        return true;
    }
    while (count > 0)
        (void)close(came[--count]);
    return refuse("a wrong number of descriptors");
}

static bool receive_parts(int parts[MOST_PARTS], int channel, size_t expected,
                          uint64_t message[MESSAGE_WORDS])
{
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(MOST_CAME * sizeof(int))];
    } control;
    struct iovec piece = {message, MESSAGE_WORDS * sizeof(message[0])};
    struct msghdr header = {.msg_iov = &piece,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof(control.bytes)};
    ssize_t received =
        recvmsg(channel, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (received < 0)
        return bare_failed("recvmsg");
    return take_parts(parts, expected, &header) &&
           (received == (ssize_t)piece.iov_len ||
            refuse("a message of another length"));
}

static bool check_message(const uint64_t message[MESSAGE_WORDS],
                          const bare_goods *expected, size_t parts)
{
    uint64_t rest = 0;
    for (size_t i = AT_REST; i < MESSAGE_WORDS; i++)
        rest |= message[i];
    return (rest == 0 && message[AT_MAGIC] == MESSAGE_MAGIC &&
            message[AT_WRITES] == expected->writes &&
            message[AT_SIZE] == expected->size &&
            message[AT_ID] == expected->id[0] &&
            message[AT_ID + 1] == expected->id[1] &&
            message[AT_PARTS] == parts) ||
           refuse("a message that says something else");
}

bool bare_receive(bare_named *out, const bare_channel *channel,
                  const bare_goods *expected)
{
    int parts[MOST_PARTS] = {-1, -1};
    uint64_t message[MESSAGE_WORDS];
    bool has_name = expected->held.record != BARE_NONE;
    size_t count = has_name ? 2 : 1;
    *out = (bare_named){BARE_NONE, BARE_NONE};
    if (!receive_parts(parts, (int)channel->receives, count, message))
        return false;
    if (check_message(message, expected, count) &&
        bare_check_goods(parts[0], expected) &&
        (!has_name || bare_name_accept(parts[1], expected))) {
        *out = (bare_named){parts[0], has_name ? parts[1] : BARE_NONE};
        return true;
    }
    for (size_t i = 0; i < count; i++)
        (void)close(parts[i]);
    return false;
}
