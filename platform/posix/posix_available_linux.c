/* SPDX-License-Identifier: MIT */
/*
 * How much more memory the machine and the control groups of this process can
 * hold. Beyond it the kernel does not answer with an error: it kills.
 *
 * The numbers are the kernel's own, from /proc/meminfo (proc(5)) and the memory
 * controller (cgroup v2: memory.max, v1: memory.limit_in_bytes). They change as
 * we look; what this gives is a refusal of what cannot succeed, not a promise.
 */
#include "posix_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* Not looked at one by one: this many bytes in small pieces are let through
 * between two looks, because a look costs more than a small section. The first
 * section of a process is looked at. */
#define LOOK_EVERY ((uint32_t)4 << 20)

/* Left to the rest of the machine: an eighth of what is asked for, and no more
 * than this. */
#define LARGEST_MARGIN ((uint64_t)16 << 20)

#define NO_LIMIT UINT64_MAX

/* Threads can have small stacks: the deepest path here takes some 8 KiB. A path
 * of a group that does not fit is passed over. */
#define PATH_SIZE   512
#define NUMBER_SIZE 32
#define TEXT_SIZE   2048
#define GROUPS_SIZE 4096

/* Read the start of a small file; empty if it cannot be read. */
static bool read_file(const char *path, char *text, size_t size)
{
    text[0] = '\0';
    int descriptor = posix_open(path, O_RDONLY);
    if (descriptor < 0)
        return false;
    ssize_t got = read(descriptor, text, size - 1);
    posix_descriptor_close(descriptor);
    text[got > 0 ? (size_t)got : 0] = '\0';
    return got > 0;
}

/* The number behind `key` at the start of a line; 0 if there is none. */
static uint64_t number_after(const char *text, const char *key)
{
    size_t length = strlen(key);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        if (*line == '\n')
            line++;
        if (strncmp(line, key, length) == 0)
            return strtoull(line + length, NULL, 10);
    }
    return 0;
}

static uint64_t machine_has_left(uint64_t *swap)
{
    char text[TEXT_SIZE];
    *swap = 0;
    if (read_file("/proc/meminfo", text, sizeof(text))) {
        *swap = number_after(text, "SwapFree:") * 1024;
        uint64_t available = number_after(text, "MemAvailable:") * 1024;
        if (available > 0)
            return available;
    }
    /* No /proc: at most all there is, since what is free is not told apart
     * from what could be freed. */
    struct sysinfo machine;
    if (sysinfo(&machine) != 0)
        return NO_LIMIT;
    *swap = (uint64_t)machine.freeswap * machine.mem_unit;
    return (uint64_t)machine.totalram * machine.mem_unit;
}

/* ------------------------------------------------------------------------
 * Control groups
 * ------------------------------------------------------------------------ */

/* One hierarchy: where it is, and what its files are called. */
struct hierarchy {
    const char *root;
    const char *limit;
    const char *usage;
    const char *swap_limit; /* of swap alone (v2), or with memory (v1) */
    const char *swap_usage;
    bool swap_is_with_memory;
    const char *inactive; /* file pages in memory.stat that can be dropped */
    const char *active;
};

static const struct hierarchy unified = {
    "/sys/fs/cgroup",      "memory.max", "memory.current", "memory.swap.max",
    "memory.swap.current", false,        "inactive_file ", "active_file "};
static const struct hierarchy hybrid = {
    "/sys/fs/cgroup/unified", "memory.max", "memory.current", "memory.swap.max",
    "memory.swap.current",    false,        "inactive_file ", "active_file "};
static const struct hierarchy legacy = {
    "/sys/fs/cgroup/memory",       "memory.limit_in_bytes",
    "memory.usage_in_bytes",       "memory.memsw.limit_in_bytes",
    "memory.memsw.usage_in_bytes", true,
    "total_inactive_file ",        "total_active_file "};

static bool read_group_file(const struct hierarchy *h, const char *group,
                            const char *file, char *text, size_t size)
{
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof(path), "%s%s/%s", h->root, group, file);
    text[0] = '\0';
    return length > 0 && (size_t)length < sizeof(path) &&
           read_file(path, text, size);
}

/* The number in a file of a group; "max" is NO_LIMIT, and so is what v1 says
 * for it, the largest number of pages. False if there is no such file. */
static bool read_group_number(const struct hierarchy *h, const char *group,
                              const char *file, uint64_t *number)
{
    char text[NUMBER_SIZE];
    if (!read_group_file(h, group, file, text, sizeof(text)))
        return false;
    *number = text[0] == 'm' ? NO_LIMIT : strtoull(text, NULL, 10);
    if (*number >= (uint64_t)INT64_MAX / 2)
        *number = NO_LIMIT;
    return true;
}

/* What is left of a limit, NO_LIMIT where there is none. */
static uint64_t left_of(const struct hierarchy *h, const char *group,
                        const char *limit_file, const char *usage_file)
{
    uint64_t limit, used;
    if (!read_group_number(h, group, limit_file, &limit) || limit == NO_LIMIT ||
        !read_group_number(h, group, usage_file, &used))
        return NO_LIMIT;
    return used < limit ? limit - used : 0;
}

/* File pages of a group that the kernel can drop. */
static uint64_t group_can_drop(const struct hierarchy *h, const char *group)
{
    char text[TEXT_SIZE];
    if (!read_group_file(h, group, "memory.stat", text, sizeof(text)))
        return 0;
    return number_after(text, h->inactive) + number_after(text, h->active);
}

/* What a group has left with all that can be dropped and swapped out, no
 * further than it matters. */
static uint64_t group_has_left(const struct hierarchy *h, const char *group,
                               uint64_t wanted, uint64_t swap)
{
    uint64_t left = left_of(h, group, h->limit, h->usage);
    if (left >= wanted)
        return left;
    uint64_t drop = group_can_drop(h, group);
    left += drop;
    if (left >= wanted || swap == 0 || !h->swap_is_with_memory)
        return left + swap;
    uint64_t both = left_of(h, group, h->swap_limit, h->swap_usage);
    if (both == NO_LIMIT)
        return left + swap;
    uint64_t more = both + drop > left ? both + drop - left : 0;
    return left + (more < swap ? more : swap);
}

/* Cut the last part off the path of a group; false if it was the root. */
static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash != NULL)
        *slash = '\0';
    return slash != NULL;
}

/* The least swap that the group and the groups around it have left: what one
 * of them forbids, none of those inside can have. */
static uint64_t least_swap(const struct hierarchy *h, char *path, uint64_t swap)
{
    do {
        uint64_t left = left_of(h, path, h->swap_limit, h->swap_usage);
        swap = left < swap ? left : swap;
    } while (swap > 0 && go_up(path));
    return swap;
}

/* The least that the group and the groups around it have left. Groups that
 * cannot be seen from here (containers) are passed over. */
static uint64_t groups_have_left(const struct hierarchy *h, const char *group,
                                 uint64_t wanted, uint64_t swap)
{
    char path[PATH_SIZE];
    if (!h->swap_is_with_memory) {
        (void)snprintf(path, sizeof(path), "%s", group);
        swap = least_swap(h, path, swap);
    }
    (void)snprintf(path, sizeof(path), "%s", group);
    uint64_t least = NO_LIMIT;
    do {
        uint64_t left = group_has_left(h, path, wanted, swap);
        least = left < least ? left : least;
    } while (go_up(path));
    return least;
}

/* One line of /proc/self/cgroup: "0::/path" for v2, "4:memory:/path" for v1. */
static uint64_t line_has_left(char *line, uint64_t wanted, uint64_t swap)
{
    char *controllers = strchr(line, ':');
    char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');
    if (group == NULL)
        return NO_LIMIT;
    *group++ = '\0';
    controllers++;
    if (strcmp(group, "/") == 0)
        *group = '\0';
    if (strstr(controllers, "memory") != NULL)
        return groups_have_left(&legacy, group, wanted, swap);
    if (controllers[0] != '\0')
        return NO_LIMIT;
    uint64_t left = groups_have_left(&unified, group, wanted, swap);
    uint64_t other = groups_have_left(&hybrid, group, wanted, swap);
    return other < left ? other : left;
}

static uint64_t process_has_left(uint64_t wanted, uint64_t swap)
{
    char text[GROUPS_SIZE];
    uint64_t least = NO_LIMIT;
    if (!read_file("/proc/self/cgroup", text, sizeof(text)))
        return least;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        uint64_t left = line_has_left(line, wanted, swap);
        least = left < least ? left : least;
    }
    return least;
}

/* ------------------------------------------------------------------------
 * The look
 * ------------------------------------------------------------------------ */

/* Whether it is not yet time to look. Counts in 32 bits, which every processor
 * can do at once. */
static bool may_skip_look(uint64_t bytes)
{
    static uint32_t since_last_look = LOOK_EVERY;
    if (bytes >= LOOK_EVERY)
        return false;
    if (__atomic_add_fetch(&since_last_look, (uint32_t)bytes,
                           __ATOMIC_RELAXED) < LOOK_EVERY)
        return true;
    __atomic_store_n(&since_last_look, 0, __ATOMIC_RELAXED);
    return false;
}

bool posix_memory_is_available(uint64_t bytes)
{
    if (may_skip_look(bytes))
        return true;
    uint64_t margin = bytes / 8;
    uint64_t wanted =
        bytes + (margin < LARGEST_MARGIN ? margin : LARGEST_MARGIN);
    uint64_t swap;
    uint64_t machine = machine_has_left(&swap);
    if (machine != NO_LIMIT && wanted > machine + swap)
        return false;
    return wanted <= process_has_left(wanted, swap);
}
