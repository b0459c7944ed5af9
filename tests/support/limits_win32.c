/* SPDX-License-Identifier: MIT */
/*
 * Windows has none of these limits: its own bounds are those of the machine.
 */
#include "limits.h"

bool limit_set(limit_kind kind, uint64_t value)
{
    (void)kind;
    (void)value;
    return false;
}

uint64_t limit_address_space_used(void)
{
    return 0;
}

bool limit_close_standard_streams(void)
{
    return false;
}

bool limit_has_standard_streams(void)
{
    return true;
}

bool limit_become_ordinary(void)
{
    /* The read-only attribute binds every user. */
    return true;
}

bool limit_become_another(void)
{
    return false;
}

bool limit_become_member(void)
{
    return false;
}

bool limit_set_mask(unsigned mask)
{
    (void)mask;
    return false;
}

bool limit_leave_session(void)
{
    return false;
}

uint64_t limit_user(void)
{
    return SECTION_UNKNOWN;
}

bool limit_enter_group(uint64_t bytes)
{
    (void)bytes;
    return false;
}

void limit_remove_group(intptr_t child)
{
    (void)child;
}

bool disk_mount(const char *directory, disk_kind kind, uint64_t size)
{
    (void)directory;
    (void)kind;
    (void)size;
    return false;
}

bool disk_mount_after_power_cut(const char *directory, const char *from)
{
    (void)directory;
    (void)from;
    return false;
}

void disk_unmount(const char *directory)
{
    (void)directory;
}

void disk_fill(const char *path)
{
    (void)path;
    assert_that(false);
}

uint64_t disk_free(const char *directory)
{
    (void)directory;
    return 0;
}
