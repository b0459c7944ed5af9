/* SPDX-License-Identifier: MIT */
/*
 * All names of a scope: telling those that are held, and removing what nobody
 * holds. How one is judged is in posix_name_{inode,record}.c.
 */
#include "posix_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct section_os_names {
    DIR *stream;       /* NULL: there is no place yet, and no name */
    posix_place place; /* as it was at the start: the walk stays in it */
};

void posix_name_entry(char entry[POSIX_ENTRY_SIZE], const char *text)
{
    entry[0] = POSIX_ENTRY_FIRST;
    memcpy(entry + 1, text, strlen(text) + 1);
}

/* A stream of its own: that of the place is shared by all threads. */
static section_os_result open_stream(section_os_names *names,
                                     section_scope scope)
{
    posix_place *place = &names->place;
    names->stream = NULL;
    section_os_result result = posix_place_enter(place, scope, false);
    if (result.status != SECTION_OK)
        return result;
    int directory =
        posix_open_at(place->directory, ".", O_RDONLY | O_DIRECTORY);
    posix_place_leave(place);
    if (directory < 0)
        return posix_failure(errno);
    place->directory = directory;
    names->stream = fdopendir(directory);
    if (names->stream == NULL) {
        result = posix_verdict(SECTION_NO_MEMORY, errno);
        posix_descriptor_close(directory);
    }
    return result;
}

section_os_result section_os_names_begin(section_os_names **out,
                                         section_scope scope)
{
    *out = calloc(1, sizeof(**out));
    if (*out == NULL)
        return posix_verdict(SECTION_NO_MEMORY, ENOMEM);
    section_os_result result = open_stream(*out, scope);
    /* Nobody has made a name yet. */
    if (result.status == SECTION_OK || result.status == SECTION_NOT_FOUND)
        return posix_ok();
    free(*out);
    *out = NULL;
    return result;
}

/* The next entry that can be something of ours; NULL at the end. */
static const char *next_entry(DIR *stream)
{
    struct dirent *entry;
    do
        entry = readdir(stream);
    while (entry != NULL && !posix_name_is_entry(entry->d_name));
    return entry == NULL ? NULL : entry->d_name;
}

bool section_os_names_next(section_os_names *names, section_entry *entry)
{
    const char *found = NULL;
    bool alive = false;
    while (!alive && names->stream != NULL) {
        found = next_entry(names->stream);
        if (found == NULL ||
            posix_region_enter(&names->place.region).status != SECTION_OK)
            return false;
        alive = found[0] == POSIX_ENTRY_FIRST &&
                posix_name_is_alive(entry, &names->place, found);
        posix_region_leave(&names->place.region);
    }
    if (alive)
        entry->name = found + 1;
    return alive;
}

void section_os_names_end(section_os_names *names)
{
    if (names->stream != NULL)
        (void)closedir(names->stream);
    free(names);
}

section_os_result section_os_names_sweep(uint64_t *swept, section_scope scope)
{
    section_os_names names;
    *swept = 0;
    section_os_result result = open_stream(&names, scope);
    if (result.status == SECTION_NOT_FOUND)
        return posix_ok();
    if (result.status != SECTION_OK)
        return result;
    const char *entry = next_entry(names.stream);
    while (entry != NULL && result.status == SECTION_OK) {
        result = posix_region_enter(&names.place.region);
        if (result.status == SECTION_OK) {
            *swept += posix_name_reap(&names.place, entry);
            posix_region_leave(&names.place.region);
            entry = next_entry(names.stream);
        }
    }
    (void)closedir(names.stream);
    return result;
}
