/* SPDX-License-Identifier: MIT */
#include "raw.h"

#include "expect.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static bool is_name(const char *entry)
{
    return entry[0] == '=' || entry[0] == '~';
}

raw_names raw_read(const char *directory)
{
    raw_names found = {0};
    DIR *stream = opendir(directory);
    if (stream == NULL)
        return found;
    for (struct dirent *e = readdir(stream); e != NULL; e = readdir(stream)) {
        if (!is_name(e->d_name))
            continue;
        assert_that(found.count < RAW_NAMES);
        (void)snprintf(found.names[found.count].entry,
                       sizeof(found.names[0].entry), "%.60s", e->d_name);
        found.names[found.count].held = raw_is_held(dirfd(stream), e->d_name);
        found.count++;
    }
    (void)closedir(stream);
    return found;
}

bool raw_has(const raw_names *names, const char *entry)
{
    for (unsigned i = 0; i < names->count; i++)
        if (strcmp(names->names[i].entry, entry) == 0)
            return true;
    return false;
}

void raw_remove(const char *directory)
{
    DIR *stream = opendir(directory);
    if (stream == NULL)
        return;
    for (struct dirent *e = readdir(stream); e != NULL; e = readdir(stream))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            raw_remove_memory(e->d_name);
            assert_same(0, unlinkat(dirfd(stream), e->d_name, 0));
        }
    (void)closedir(stream);
    assert_same(0, rmdir(directory));
}
