/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that Linux alone has, and asking for a lock without a process of
 * its own: a lock of an open file description meets those of processes
 * (fcntl(2), F_OFD_GETLK).
 */
#include "strangers.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

#define PAGE 4096

static void add_memory(strangers *to, off_t size, int seals)
{
    int made = memfd_create("stranger", MFD_ALLOW_SEALING);
    FUZZ_CHECK(made >= 0 && ftruncate(made, size) == 0);
    if (seals != 0)
        (void)fcntl(made, F_ADD_SEALS, seals);
    strangers_add(to, made);
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", made);
    int reader = open(path, O_RDONLY);
    if (reader >= 0) /* there may be no /proc */
        strangers_add(to, reader);
}

void strangers_make_special(strangers *to, const char *directory)
{
    strangers_add(to, epoll_create1(0));
    strangers_add(to, eventfd(0, 0));
    strangers_add(to, open(directory, O_PATH));
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/equal", directory);
    strangers_add(to, open(path, O_PATH));
    add_memory(to, 0, 0);
    add_memory(to, 100, F_SEAL_SHRINK);
    add_memory(to, 5000, 0);
    add_memory(to, 5000, F_SEAL_SHRINK);
    add_memory(to, 5000, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE);
    add_memory(to, 1 << 20, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    /* As large as a ticket. */
    add_memory(to, PAGE, F_SEAL_SHRINK);
    add_memory(to, PAGE, 0);
    /* Far more than there is. */
    add_memory(to, (off_t)1 << 40, F_SEAL_SHRINK);
    int huge = memfd_create("stranger", MFD_HUGETLB | MFD_ALLOW_SEALING);
    if (huge >= 0) {
        (void)ftruncate(huge, 2 << 20);
        strangers_add(to, huge);
    }
}

static int watcher;

int strangers_lock(const char *directory)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/locked", directory);
    int locked = open(path, O_RDWR | O_CREAT, 0600);
    watcher = open(path, O_RDWR);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    FUZZ_CHECK(locked >= 0 && watcher >= 0 && ftruncate(locked, PAGE) == 0);
    FUZZ_CHECK(fcntl(locked, F_SETLK, &whole) == 0);
    /* What has no name any more looks most like memory. */
    FUZZ_CHECK(unlink(path) == 0);
    return locked;
}

bool strangers_still_lock(void)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    FUZZ_CHECK(fcntl(watcher, F_OFD_GETLK, &whole) == 0);
    return whole.l_type == F_WRLCK;
}
