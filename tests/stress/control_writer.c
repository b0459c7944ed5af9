/* SPDX-License-Identifier: MIT */
/*
 * A protocol in which what is handed over does not hold its name while it is
 * under way, where a holder is who has a FIFO open for reading: it is sent open
 * for writing, and whoever receives it opens it for reading.
 */
#include "control.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t __real_sendmsg(int channel, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int channel, const struct msghdr *message, int flags);
ssize_t __real_recvmsg(int channel, struct msghdr *message, int flags);
ssize_t __wrap_recvmsg(int channel, struct msghdr *message, int flags);

/* The same FIFO, opened anew. */
static int open_again(int fifo, int how)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fifo);
    return open(path, how | O_NONBLOCK | O_CLOEXEC);
}

static int fifo_of(const char *from)
{
    int descriptor;
    struct stat status;
    memcpy(&descriptor, from, sizeof(descriptor));
    return fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode)
               ? descriptor
               : -1;
}

/* The last of the descriptors, if it is a FIFO; where it stands. */
static char *last_of(const struct msghdr *message, int *fifo)
{
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    *fifo = -1;
    if (header == NULL || header->cmsg_len < CMSG_LEN(sizeof(int)))
        return NULL;
    char *last = (char *)header + header->cmsg_len - sizeof(int);
    *fifo = fifo_of(last);
    return last;
}

ssize_t __wrap_sendmsg(int channel, const struct msghdr *message, int flags)
{
    int fifo;
    char *last = last_of(message, &fifo);
    int writer = fifo < 0 ? -1 : open_again(fifo, O_WRONLY);
    if (writer >= 0)
        memcpy(last, &writer, sizeof(writer));
    ssize_t sent = __real_sendmsg(channel, message, flags);
    if (writer >= 0)
        (void)close(writer);
    return sent;
}

ssize_t __wrap_recvmsg(int channel, struct msghdr *message, int flags)
{
    int fifo;
    ssize_t received = __real_recvmsg(channel, message, flags);
    if (received <= 0)
        return received;
    (void)last_of(message, &fifo);
    int reader = fifo < 0 ? -1 : open_again(fifo, O_RDONLY);
    if (reader >= 0) {
        (void)dup3(reader, fifo, O_CLOEXEC);
        (void)close(reader);
    }
    return received;
}
