/* SPDX-License-Identifier: MIT */
/*
 * A protocol in which what is handed over does not hold its name while it is
 * under way: the lock of the description that is sent is taken away, and
 * whoever receives it locks it again.
 */
#include "control.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

ssize_t __real_sendmsg(int channel, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int channel, const struct msghdr *message, int flags);

ssize_t __wrap_sendmsg(int channel, const struct msghdr *message, int flags)
{
    /* Of the descriptors it is the last. */
    const struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (header != NULL && header->cmsg_len >= CMSG_LEN(sizeof(int))) {
        int last;
        struct flock whole = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
        memcpy(&last, (const char *)header + header->cmsg_len - sizeof(last),
               sizeof(last));
        (void)fcntl(last, F_OFD_SETLK, &whole);
    }
    return __real_sendmsg(channel, message, flags);
}
