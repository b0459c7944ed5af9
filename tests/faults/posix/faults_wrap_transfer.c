/* SPDX-License-Identifier: MIT */
/*
 * The wrappers of what sections are handed over by: sockets, and what an offer
 * needs.
 */
#include "faults_calls.h"

#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

int REAL(getsockname)(int channel, struct sockaddr *address, socklen_t *length);
int WRAP(getsockname)(int channel, struct sockaddr *address, socklen_t *length);
int WRAP(getsockname)(int channel, struct sockaddr *address, socklen_t *length)
{
    return faults_fails("getsockname")
               ? -1
               : REAL(getsockname)(channel, address, length);
}

/* The first half of the first piece: what comes with a message comes with its
 * first byte. */
static struct iovec a_part_of(const struct msghdr *message)
{
    return (struct iovec){message->msg_iov->iov_base,
                          (message->msg_iov->iov_len + 1) / 2};
}

ssize_t REAL(sendmsg)(int channel, const struct msghdr *message, int flags);
ssize_t WRAP(sendmsg)(int channel, const struct msghdr *message, int flags);
ssize_t WRAP(sendmsg)(int channel, const struct msghdr *message, int flags)
{
    if (faults_fails("sendmsg"))
        return -1;
    if (!faults_falls_short("sendmsg"))
        return REAL(sendmsg)(channel, message, flags);
    struct iovec piece = a_part_of(message);
    struct msghdr shorter = *message;
    shorter.msg_iov = &piece;
    shorter.msg_iovlen = 1;
    return REAL(sendmsg)(channel, &shorter, flags);
}

/* The descriptors that come have to be close-on-exec from the start. */
ssize_t REAL(recvmsg)(int channel, struct msghdr *message, int flags);
ssize_t WRAP(recvmsg)(int channel, struct msghdr *message, int flags);
ssize_t WRAP(recvmsg)(int channel, struct msghdr *message, int flags)
{
    if (faults_fails("recvmsg"))
        return -1;
    if (!faults_falls_short("recvmsg"))
        return REAL(recvmsg)(channel, message, flags);
    struct iovec piece = a_part_of(message);
    struct iovec *whole = message->msg_iov;
    message->msg_iov = &piece;
    ssize_t received = REAL(recvmsg)(channel, message, flags);
    message->msg_iov = whole;
    return received;
}

int REAL(poll)(struct pollfd *polled, nfds_t count, int timeout);
int WRAP(poll)(struct pollfd *polled, nfds_t count, int timeout);
int WRAP(poll)(struct pollfd *polled, nfds_t count, int timeout)
{
    return faults_fails("poll") ? -1 : REAL(poll)(polled, count, timeout);
}

int REAL(getentropy)(void *bytes, size_t length);
int WRAP(getentropy)(void *bytes, size_t length);
int WRAP(getentropy)(void *bytes, size_t length)
{
    return faults_fails("getentropy") ? -1 : REAL(getentropy)(bytes, length);
}

/* It returns its error. */
int REAL(posix_spawn_file_actions_adddup2)(posix_spawn_file_actions_t *actions,
                                           int from, int to);
int WRAP(posix_spawn_file_actions_adddup2)(posix_spawn_file_actions_t *actions,
                                           int from, int to);
int WRAP(posix_spawn_file_actions_adddup2)(posix_spawn_file_actions_t *actions,
                                           int from, int to)
{
    int error = faults_error("posix_spawn_file_actions_adddup2", false);
    if (error != 0)
        return error;
    bool before = faults_pause();
    error = REAL(posix_spawn_file_actions_adddup2)(actions, from, to);
    faults_resume(before);
    return error;
}
