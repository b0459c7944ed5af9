/* SPDX-License-Identifier: MIT */
/*
 * How much memory the Linux back end believes is left, with control groups that
 * the test makes up: the files it reads are looked for in a folder of the test.
 */
#include "expect.h"

#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/* "max" in version 2, the largest number of pages in version 1. */
#define NONE UINT64_MAX

static char root[64];

/* What posix_available_linux.c opens its files with. */
int posix_open(const char *path, int flags)
{
    char moved[1024];
    (void)snprintf(moved, sizeof(moved), "%s%s", root, path);
    return open(moved, flags | O_CLOEXEC);
}

void posix_descriptor_close(int descriptor)
{
    (void)close(descriptor);
}

static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) != 0)
            assert_int_equal(errno, EEXIST);
        *slash = '/';
    }
}

static void put_text(const char *path, const char *text)
{
    char moved[1024];
    (void)snprintf(moved, sizeof(moved), "%s%s", root, path);
    make_folders(moved);
    FILE *file = fopen(moved, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void put_number(const char *folder, const char *name, uint64_t number,
                       const char *none)
{
    char path[256], text[32];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    (void)snprintf(text, sizeof(text), "%llu\n", (unsigned long long)number);
    put_text(path, number == NONE ? none : text);
}

static void put_machine(uint64_t available, uint64_t swap)
{
    char text[128];
    (void)snprintf(text, sizeof(text),
                   "MemTotal: 1 kB\nMemAvailable: %llu kB\nSwapFree: %llu kB\n",
                   (unsigned long long)(available / 1024),
                   (unsigned long long)(swap / 1024));
    put_text("/proc/meminfo", text);
}

/* A group of version 2. */
static void put_group(const char *group, uint64_t limit, uint64_t used,
                      uint64_t swap_limit, uint64_t cache)
{
    char folder[128], text[128];
    (void)snprintf(folder, sizeof(folder), "/sys/fs/cgroup%s", group);
    put_number(folder, "memory.max", limit, "max\n");
    put_number(folder, "memory.current", used, "");
    put_number(folder, "memory.swap.max", swap_limit, "max\n");
    put_number(folder, "memory.swap.current", 0, "");
    (void)snprintf(text, sizeof(text), "anon 5\ninactive_file %llu\n",
                   (unsigned long long)cache);
    char path[192];
    (void)snprintf(path, sizeof(path), "%s/memory.stat", folder);
    put_text(path, text);
}

/* A group of version 1; `both` bounds memory and swap together. */
static void put_legacy_group(const char *group, uint64_t limit, uint64_t used,
                             uint64_t both, uint64_t cache)
{
    static const char none[] = "9223372036854771712\n";
    char folder[128], text[128];
    (void)snprintf(folder, sizeof(folder), "/sys/fs/cgroup/memory%s", group);
    put_number(folder, "memory.limit_in_bytes", limit, none);
    put_number(folder, "memory.usage_in_bytes", used, "");
    put_number(folder, "memory.memsw.limit_in_bytes", both, none);
    put_number(folder, "memory.memsw.usage_in_bytes", used, "");
    (void)snprintf(text, sizeof(text), "cache 5\ntotal_inactive_file %llu\n",
                   (unsigned long long)cache);
    char path[192];
    (void)snprintf(path, sizeof(path), "%s/memory.stat", folder);
    put_text(path, text);
}

static int make_root(void **state)
{
    (void)state;
    (void)snprintf(root, sizeof(root), "/tmp/section-available-XXXXXX");
    return mkdtemp(root) == NULL;
}

static int remove_root(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

/* Large sizes are looked at each time; a margin of at most 16 MiB is left. */
static void expect_about(uint64_t left)
{
    assert_true(posix_memory_is_available(left - 32 * MIB));
    assert_false(posix_memory_is_available(left + MIB));
}

static void the_machine_bounds_what_is_left(void **state)
{
    (void)state;
    put_machine(4 * GIB, 0);
    expect_about(4 * GIB);
    put_machine(4 * GIB, 2 * GIB);
    expect_about(6 * GIB);
}

static void the_least_of_the_groups_around_a_process_counts(void **state)
{
    (void)state;
    put_machine(8 * GIB, 0);
    put_text("/proc/self/cgroup", "1:name=systemd:/\n0::/outer/inner\n");
    put_group("/outer", 2 * GIB, GIB, NONE, 0);
    put_group("/outer/inner", NONE, GIB, NONE, 0);
    expect_about(GIB);
    put_group("/outer/inner", GIB, 512 * MIB, NONE, 0);
    expect_about(512 * MIB);
}

static void file_pages_of_a_group_can_be_dropped(void **state)
{
    (void)state;
    put_machine(8 * GIB, 0);
    put_text("/proc/self/cgroup", "0::/group\n");
    put_group("/group", 2 * GIB, 2 * GIB, NONE, GIB);
    expect_about(GIB);
}

static void swap_counts_as_far_as_every_group_may_use_it(void **state)
{
    (void)state;
    put_machine(8 * GIB, 4 * GIB);
    put_text("/proc/self/cgroup", "0::/outer/inner\n");
    put_group("/outer", NONE, GIB, NONE, 0);
    put_group("/outer/inner", GIB, 0, NONE, 0);
    expect_about(5 * GIB);
    put_group("/outer/inner", GIB, 0, 2 * GIB, 0);
    expect_about(3 * GIB);
    put_group("/outer", NONE, GIB, 0, 0);
    expect_about(GIB);
}

static void version_1_bounds_memory_and_swap_together(void **state)
{
    (void)state;
    put_machine(8 * GIB, 4 * GIB);
    put_text("/proc/self/cgroup", "4:memory:/group\n0::/\n");
    put_legacy_group("/group", GIB, 0, 2 * GIB, 0);
    expect_about(2 * GIB);
    put_legacy_group("/group", GIB, GIB, 2 * GIB, GIB);
    expect_about(2 * GIB);
    put_legacy_group("/group", GIB, 0, GIB, 0);
    expect_about(GIB);
    put_legacy_group("/group", NONE, GIB, NONE, 0);
    expect_about(12 * GIB);
}

static void groups_that_cannot_be_seen_are_passed_over(void **state)
{
    (void)state;
    put_machine(4 * GIB, 0);
    put_text("/proc/self/cgroup", "4:memory:/docker/abc\n0::/docker/abc\n");
    put_legacy_group("", GIB, 0, NONE, 0);
    expect_about(GIB);
}

static void broken_files_bound_nothing(void **state)
{
    (void)state;
    put_machine(4 * GIB, 0);
    put_text("/proc/self/cgroup", "no colon\n::\n0:\n\n:::::\n4:memory\n");
    expect_about(4 * GIB);
}

static void small_pieces_are_looked_at_together(void **state)
{
    (void)state;
    put_machine(4 * GIB, 0);
    (void)posix_memory_is_available(4 * MIB - 1); /* looks, or is let through */
    put_machine(MIB, 0);
    unsigned let_through = 0;
    while (posix_memory_is_available(MIB) && let_through < 100)
        let_through++;
    /* Between two looks there are 4 MiB at most. */
    assert_in_range(let_through, 0, 4);
}

int main(void)
{
#define FRESH(test)                                                            \
    cmocka_unit_test_setup_teardown(test, make_root, remove_root)
    const struct CMUnitTest tests[] = {
        FRESH(the_machine_bounds_what_is_left),
        FRESH(the_least_of_the_groups_around_a_process_counts),
        FRESH(file_pages_of_a_group_can_be_dropped),
        FRESH(swap_counts_as_far_as_every_group_may_use_it),
        FRESH(version_1_bounds_memory_and_swap_together),
        FRESH(groups_that_cannot_be_seen_are_passed_over),
        FRESH(broken_files_bound_nothing),
        FRESH(small_pieces_are_looked_at_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
