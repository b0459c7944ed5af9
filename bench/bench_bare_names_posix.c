/* SPDX-License-Identifier: MIT */
/*
 * Names by shm_open() alone, and the directories that names are in. The calls
 * of names that live as long as their holders are in
 * bench_bare_names_{inode,record}.c.
 */
#include "bench_bare_posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const bool bare_has_places = true;

int bare_names_directory = -1;

/* --- the plain way --- */

static void plain_name(char out[BARE_NAME_SIZE], const char *name)
{
    (void)snprintf(out, BARE_NAME_SIZE, "/%s", name);
}

bool bare_plain_create(bare_handle *out, const char *name, uint64_t size)
{
    char path[BARE_NAME_SIZE];
    plain_name(path, name);
    int memory = shm_open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    *out = memory;
    if (memory < 0)
        return bare_failed("shm_open");
    if (ftruncate(memory, (off_t)size) == 0)
        return true;
    (void)bare_failed("ftruncate");
    (void)close(memory);
    (void)shm_unlink(path);
    return false;
}

bool bare_plain_open(bare_handle *out, uint64_t *size, const char *name)
{
    char path[BARE_NAME_SIZE];
    plain_name(path, name);
    *out = shm_open(path, O_RDWR, 0600);
    return *out >= 0 ? bare_size(size, *out) : bare_failed("shm_open");
}

bool bare_plain_remove(const char *name)
{
    char path[BARE_NAME_SIZE];
    plain_name(path, name);
    return shm_unlink(path) == 0 || bare_failed("shm_unlink");
}

/* --- places --- */

/* Linux has its shared memory there; elsewhere the records are files. */
bool bare_place_make(char *out, size_t size)
{
    static const char *const parents[] = {"/dev/shm", "/tmp"};
    for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
        (void)snprintf(out, size, "%s/section-bench-XXXXXX", parents[i]);
        if (mkdtemp(out) != NULL)
            return true;
    }
    return bare_failed("mkdtemp");
}

bool bare_place_add(const char *path)
{
    return mkdir(path, S_IRWXU) == 0 || bare_failed("mkdir");
}

bool bare_place_of_library(const char *path)
{
    return setenv("SECTION_DIRECTORY", path, 1) == 0 || bare_failed("setenv");
}

bool bare_place_of_bare(const char *path)
{
    if (bare_names_directory >= 0)
        (void)close(bare_names_directory);
    bare_names_directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return bare_names_directory >= 0 || bare_failed("open");
}

bool bare_place_remove(const char *path)
{
    DIR *stream = opendir(path);
    if (stream == NULL)
        return bare_failed("opendir");
    struct dirent *entry;
    while ((entry = readdir(stream)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(stream), entry->d_name, 0);
    (void)closedir(stream);
    return rmdir(path) == 0 || bare_failed("rmdir");
}

/* --- all names of a place --- */

bool bare_name_count(uint64_t *out, const char *place)
{
    DIR *stream = opendir(place);
    *out = 0;
    if (stream == NULL)
        return bare_failed("opendir");
    struct dirent *entry;
    bool asked = true;
    while (asked && (entry = readdir(stream)) != NULL) {
        bool alive = false;
        if (entry->d_name[0] != '=')
            continue;
        asked = bare_name_probe(&alive, dirfd(stream), entry->d_name);
        *out += alive;
    }
    (void)closedir(stream);
    return asked;
}
