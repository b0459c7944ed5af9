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

void machine_settings(char text[MACHINE_SETTINGS_SIZE])
{
    char directory[1024] = "";
    mode_t mask = umask(0);
    (void)umask(mask);
    (void)getcwd(directory, sizeof(directory));
    int length = snprintf(text, MACHINE_SETTINGS_SIZE, "%s %o %s", directory,
                          (unsigned)mask, setlocale(LC_ALL, NULL));
    sigset_t blocked;
    (void)sigprocmask(SIG_SETMASK, NULL, &blocked);
    for (int i = 1; i < SIGNALS; i++) {
        struct sigaction action;
        size_t used = (size_t)length;
        if (sigaction(i, NULL, &action) == 0)
            length += snprintf(text + used, MACHINE_SETTINGS_SIZE - used,
                               " %d:%d:%d", i,
                               action.sa_handler == SIG_DFL   ? 0
                               : action.sa_handler == SIG_IGN ? 1
                                                              : 2,
                               sigismember(&blocked, i));
    }
}

bool machine_is_64_bit(void)
{
    return sizeof(void *) == 8;
}
