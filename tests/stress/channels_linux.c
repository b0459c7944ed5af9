/* SPDX-License-Identifier: MIT */
/*
 * Channels of a stress run: UNIX sockets. That no other program ever gets one,
 * whatever thread starts it, takes accept4() and SOCK_CLOEXEC: what is in an
 * inbox would be held where nobody looks for it.
 */
#include "outside.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* As many as may wait to be accepted. */
#define WAITING 4

bool outside_make_inboxes(char *prefix, size_t size)
{
    struct stat status;
    const char *memory =
        stat("/dev/shm", &status) == 0 && S_ISDIR(status.st_mode) ? "/dev/shm"
                                                                  : "/tmp";
    (void)snprintf(prefix, size, "%s/section-stress-inboxes-XXXXXX", memory);
    if (mkdtemp(prefix) == NULL)
        return false;
    (void)strncat(prefix, "/", size - strlen(prefix) - 1);
    return true;
}

void outside_remove_inboxes(const char *prefix)
{
    DIR *directory = opendir(prefix);
    if (directory == NULL)
        return;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
    (void)closedir(directory);
    (void)rmdir(prefix);
}

static int make_socket(struct sockaddr_un *address, const char *name)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(name) >= sizeof(address->sun_path))
        return -1;
    memcpy(address->sun_path, name, strlen(name) + 1);
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

intptr_t outside_make_inbox(const char *name)
{
    struct sockaddr_un address;
    int inbox = make_socket(&address, name);
    if (inbox < 0)
        return OUTSIDE_NO_CHANNEL;
    /* One of an earlier round may have had the name, and was killed. */
    (void)unlink(name);
    if (bind(inbox, (const void *)&address, sizeof(address)) == 0 &&
        listen(inbox, WAITING) == 0)
        return inbox;
    (void)close(inbox);
    return OUTSIDE_NO_CHANNEL;
}

void outside_close_inbox(intptr_t inbox, const char *name)
{
    (void)unlink(name);
    (void)close((int)inbox);
}

intptr_t outside_connect(const char *name)
{
    struct sockaddr_un address;
    int channel = make_socket(&address, name);
    if (channel < 0 ||
        connect(channel, (const void *)&address, sizeof(address)) == 0)
        return channel;
    (void)close(channel);
    return OUTSIDE_NO_CHANNEL;
}

intptr_t outside_accept(intptr_t inbox)
{
    return accept4((int)inbox, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

void outside_close_channel(intptr_t channel)
{
    (void)close((int)channel);
}

bool outside_write(intptr_t channel, const void *bytes, size_t length)
{
    return send((int)channel, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL) ==
           (ssize_t)length;
}

int outside_read(intptr_t channel, void *bytes, size_t length)
{
    ssize_t found = recv((int)channel, bytes, length, MSG_DONTWAIT | MSG_PEEK);
    if (found < 0)
        return 0;
    if ((size_t)found < length)
        return -1;
    return recv((int)channel, bytes, length, MSG_DONTWAIT) == found ? 1 : -1;
}
