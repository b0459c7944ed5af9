/* SPDX-License-Identifier: MIT */
/*
 * No channels: nothing is handed over.
 */
#include "outside.h"

bool outside_make_inboxes(char *prefix, size_t size)
{
    (void)prefix;
    (void)size;
    return false;
}

void outside_remove_inboxes(const char *prefix)
{
    (void)prefix;
}

intptr_t outside_make_inbox(const char *name)
{
    (void)name;
    return OUTSIDE_NO_CHANNEL;
}

void outside_close_inbox(intptr_t inbox, const char *name)
{
    (void)inbox;
    (void)name;
}

intptr_t outside_connect(const char *name)
{
    (void)name;
    return OUTSIDE_NO_CHANNEL;
}

intptr_t outside_accept(intptr_t inbox)
{
    (void)inbox;
    return OUTSIDE_NO_CHANNEL;
}

void outside_close_channel(intptr_t channel)
{
    (void)channel;
}

bool outside_write(intptr_t channel, const void *bytes, size_t length)
{
    (void)channel;
    (void)bytes;
    (void)length;
    return false;
}

int outside_read(intptr_t channel, void *bytes, size_t length)
{
    (void)channel;
    (void)bytes;
    (void)length;
    return -1;
}
