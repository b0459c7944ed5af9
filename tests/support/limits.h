/* SPDX-License-Identifier: MIT */
/*
 * Making the world small: limits of the process, disks with little room,
 * control groups with little memory, users with few rights. Everything here is
 * for the role of a child, which takes it along when it ends; false means that
 * this system or this user cannot do it.
 */
#ifndef TESTS_LIMITS_H
#define TESTS_LIMITS_H

#include "expect.h"

typedef enum limit_kind {
    LIMIT_DESCRIPTORS,   /* open at the same time */
    LIMIT_ADDRESS_SPACE, /* bytes mapped */
    LIMIT_FILE_SIZE      /* bytes of the largest file written */
} limit_kind;

/* Set a limit of this process. */
bool limit_set(limit_kind kind, uint64_t value);

/* Bytes of address space in use, 0 if the system does not tell. */
uint64_t limit_address_space_used(void);

/* Close the three standard streams, without opening anything in their place. */
bool limit_close_standard_streams(void);

/* Whether one of the three standard streams is open. */
bool limit_has_standard_streams(void);

/* Become a user without rights; true also if this already is one. */
bool limit_become_ordinary(void);

/* Become another user than this one, without rights. */
bool limit_become_another(void);

/* Become another user, without rights but those of the group that this one is
 * in. */
bool limit_become_member(void);

/* Set what is taken from the permissions of new files (umask). */
bool limit_set_mask(unsigned mask);

/* Leave the session of the terminal, for one of this process's own. */
bool limit_leave_session(void);

/* The number of the user this process acts for. */
uint64_t limit_user(void);

/* Put this process under a memory limit of so many bytes. The parent takes the
 * group away when the child has ended. */
bool limit_enter_group(uint64_t bytes);
void limit_remove_group(intptr_t child);

/* A disk that is small or tells no size, mounted at a directory that exists. */
typedef enum disk_kind {
    DISK_MEMORY,    /* tmpfs */
    DISK_BLOCKS,    /* ext4 in a file */
    DISK_THIN,      /* the same, on a store that has room for a fourth of it: it
                       fails when it writes what it has promised */
    DISK_BOUNDLESS, /* tmpfs without a size: it tells none and has no end */
    DISK_SIMPLE,    /* ramfs, which does not even count */
    DISK_OF_DATA    /* tmpfs of which nothing can be run (noexec) */
} disk_kind;

/* `size` is for those that have one. */
bool disk_mount(const char *directory, disk_kind kind, uint64_t size);
void disk_unmount(const char *directory);

/* Mount at another directory, which exists, what would be left of a DISK_BLOCKS
 * if its power went at this moment. */
bool disk_mount_after_power_cut(const char *directory, const char *from);

/* Write a file until the disk has no room. */
void disk_fill(const char *path);

/* Bytes free for everybody. */
uint64_t disk_free(const char *directory);

#endif
