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
 * between two looks, because a look costs more than a small section. */
#define LOOK_EVERY ((uint64_t)4 << 20)

/* Left to the rest of the machine: an eighth of what is asked for, and no more
 * than this. */
#define LARGEST_MARGIN ((uint64_t)16 << 20)

#define NO_LIMIT UINT64_MAX

#define PATH_SIZE 4096

/* Read a small file whole; the number of bytes, 0 if it cannot be read. */
static size_t read_file(const char *path, char *text, size_t size)
{
    int descriptor = posix_open(path, O_RDONLY);
    if (descriptor < 0)
        return 0;
    ssize_t got = read(descriptor, text, size - 1);
    posix_descriptor_close(descriptor);
    size_t length = got > 0 ? (size_t)got : 0;
    text[length] = '\0';
    return length;
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
    char text[4096];
    if (read_file("/proc/meminfo", text, sizeof(text)) > 0) {
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

/* One control group hierarchy: where it is, and what its files are called. */
struct hierarchy {
    const char *root;
    const char *limit;
    const char *usage;
    const char *inactive; /* file pages in memory.stat that can be dropped */
    const char *active;
};

static const struct hierarchy unified = {"/sys/fs/cgroup", "memory.max",
                                         "memory.current", "inactive_file ",
                                         "active_file "};
static const struct hierarchy hybrid = {"/sys/fs/cgroup/unified", "memory.max",
                                        "memory.current", "inactive_file ",
                                        "active_file "};
static const struct hierarchy legacy = {
    "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
    "total_inactive_file ", "total_active_file "};

static size_t read_group_file(const struct hierarchy *h, const char *group,
                              const char *file, char *text, size_t size)
{
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof(path), "%s%s/%s", h->root, group, file);
    if (length < 0 || (size_t)length >= sizeof(path))
        return 0;
    return read_file(path, text, size);
}

/* What one group has left, or NO_LIMIT. */
static uint64_t group_has_left(const struct hierarchy *h, const char *group,
                               uint64_t wanted)
{
    char text[8192];
    if (read_group_file(h, group, h->limit, text, sizeof(text)) == 0 ||
        text[0] < '0' || text[0] > '9') /* "max" */
        return NO_LIMIT;
    uint64_t limit = strtoull(text, NULL, 10);
    /* v1 says "none" with the largest number of pages. */
    if (limit >= (uint64_t)INT64_MAX / 2 ||
        read_group_file(h, group, h->usage, text, sizeof(text)) == 0)
        return NO_LIMIT;
    uint64_t used = strtoull(text, NULL, 10);
    uint64_t left = used < limit ? limit - used : 0;
    if (left >= wanted ||
        read_group_file(h, group, "memory.stat", text, sizeof(text)) == 0)
        return left;
    return left + number_after(text, h->inactive) +
           number_after(text, h->active);
}

/* The least that the group and the groups around it have left. Groups that
 * cannot be seen from here (containers) are passed over. */
static uint64_t groups_have_left(const struct hierarchy *h, const char *group,
                                 uint64_t wanted)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "%s", group);
    uint64_t least = NO_LIMIT;
    for (;;) {
        uint64_t left = group_has_left(h, path, wanted);
        least = left < least ? left : least;
        char *slash = strrchr(path, '/');
        if (slash == NULL)
            return least;
        *slash = '\0';
    }
}

/* /proc/self/cgroup: "0::/path" for v2, "4:memory:/path" for v1. */
static uint64_t process_has_left(uint64_t wanted)
{
    char text[8192];
    uint64_t least = NO_LIMIT;
    read_file("/proc/self/cgroup", text, sizeof(text));
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *controllers = strchr(line, ':');
        char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');
        if (group == NULL)
            continue;
        *group++ = '\0';
        controllers++;
        if (strcmp(group, "/") == 0)
            *group = '\0';
        uint64_t left = NO_LIMIT;
        if (controllers[0] == '\0') {
            left = groups_have_left(&unified, group, wanted);
            uint64_t other = groups_have_left(&hybrid, group, wanted);
            left = other < left ? other : left;
        } else if (strstr(controllers, "memory") != NULL) {
            left = groups_have_left(&legacy, group, wanted);
        }
        least = left < least ? left : least;
    }
    return least;
}

/* Whether it is not yet time to look. */
static bool may_skip_look(uint64_t bytes)
{
    static uint64_t since_last_look;
    if (bytes >= LOOK_EVERY)
        return false;
    if (__atomic_add_fetch(&since_last_look, bytes, __ATOMIC_RELAXED) <
        LOOK_EVERY)
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
    uint64_t swap = 0;
    uint64_t machine = machine_has_left(&swap);
    if (machine != NO_LIMIT && wanted > machine + swap)
        return false;
    uint64_t group = process_has_left(wanted);
    return group == NO_LIMIT || wanted <= group + swap;
}
