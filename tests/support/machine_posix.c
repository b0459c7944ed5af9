/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include "build.h"

#include <dirent.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

size_t machine_page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* The number behind `key` in /proc/meminfo, in bytes; 0 if there is none. */
static uint64_t memory_line(const char *key)
{
    FILE *file = fopen("/proc/meminfo", "r");
    char line[256];
    uint64_t bytes = 0;
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            bytes = strtoull(line + strlen(key), NULL, 10) * 1024;
    if (file != NULL)
        (void)fclose(file);
    return bytes;
}

uint64_t machine_memory(void)
{
    return (uint64_t)sysconf(_SC_PHYS_PAGES) * machine_page_size() +
           memory_line("SwapTotal:");
}

size_t machine_open_handles(void)
{
    /* Not by listing a directory, which not every system has. */
    long largest = sysconf(_SC_OPEN_MAX);
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    if (directory != NULL) {
        while (readdir(directory) != NULL)
            count++;
        (void)closedir(directory);
        return count;
    }
    for (long i = 0; i < largest && i < 4096; i++) {
        int copy = dup((int)i);
        if (copy >= 0) {
            count++;
            (void)close(copy);
        }
    }
    return count;
}

size_t machine_mappings(void)
{
    FILE *file = fopen("/proc/self/maps", "r");
    size_t count = 0;
    int byte;
    while (file != NULL && (byte = fgetc(file)) != EOF)
        count += byte == '\n';
    if (file != NULL)
        (void)fclose(file);
    return count;
}

uint64_t machine_own_memory(void)
{
    /* proc(5): size, resident, shared; in pages. */
    unsigned long long size = 0, resident = 0, shared = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    int found = fscanf(file, "%llu %llu %llu", &size, &resident, &shared);
    (void)fclose(file);
    return found == 3 ? (resident - shared) * machine_page_size() : 0;
}

size_t machine_largest_mappings(void)
{
    unsigned long largest = 0;
    FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%lu", &largest) != 1)
        largest = 0;
    (void)fclose(file);
    return largest;
}

bool machine_is_sanitized(void)
{
    return BUILD_IS_ADDRESS_SANITIZED || BUILD_IS_THREAD_SANITIZED;
}

bool machine_is_thread_sanitized(void)
{
    return BUILD_IS_THREAD_SANITIZED;
}

bool machine_is_wine(void)
{
    return false;
}

/* The numbers of these signals are small on every system. */
#define SIGNALS 32

/* Threads of this process; 0 where the system does not list them. */
static size_t count_threads(void)
{
    DIR *directory = opendir("/proc/self/task");
    size_t count = 0;
    for (struct dirent *entry = NULL;
         directory != NULL && (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    if (directory != NULL)
        (void)closedir(directory);
    return count;
}

/* A set of signals as a number. */
static uint64_t signals_in(const sigset_t *set)
{
    uint64_t bits = 0;
    for (int i = 1; i < SIGNALS; i++)
        bits |= (uint64_t)(sigismember(set, i) == 1) << i;
    return bits;
}

/* All of struct sigaction, but for what no program sets: its restorer. */
static int write_action(char *text, size_t size, int number)
{
    struct sigaction action;
    uintptr_t handler = 0;
    if (sigaction(number, NULL, &action) != 0)
        return 0;
    /* One place for both kinds of handler; no integer can be cast from them. */
    memcpy(&handler, &action.sa_handler, sizeof(handler));
    return snprintf(text, size, " %d:%jx:%x:%jx", number, (uintmax_t)handler,
                    (unsigned)action.sa_flags,
                    (uintmax_t)signals_in(&action.sa_mask));
}

void machine_settings(char text[MACHINE_SETTINGS_SIZE])
{
    char directory[1024] = "";
    sigset_t blocked;
    mode_t mask = umask(0);
    (void)umask(mask);
    (void)getcwd(directory, sizeof(directory));
    (void)sigprocmask(SIG_SETMASK, NULL, &blocked);
    int length = snprintf(text, MACHINE_SETTINGS_SIZE, "%s %o %s %zu %jx",
                          directory, (unsigned)mask, setlocale(LC_ALL, NULL),
                          count_threads(), (uintmax_t)signals_in(&blocked));
    for (int i = 1; i < SIGNALS; i++)
        length += write_action(text + length,
                               MACHINE_SETTINGS_SIZE - (size_t)length, i);
}

bool machine_is_64_bit(void)
{
    return sizeof(void *) == 8;
}
