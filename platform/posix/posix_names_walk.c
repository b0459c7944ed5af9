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

struct section_os_names {
    DIR *stream;       /* NULL: there is no place yet, and no name */
    posix_place place; /* as it was at the start: the walk stays in it */
};

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

/* The next entry that can be something of ours; SECTION_NOT_FOUND at the end.
 */
static section_os_result next_entry(const char **out, section_os_names *names)
{
    struct dirent *entry;
    *out = NULL;
    if (names->stream == NULL)
        return posix_verdict(SECTION_NOT_FOUND, 0);
    do {
        errno = 0;
        entry = readdir(names->stream);
    } while (entry != NULL && !posix_name_is_entry(entry->d_name));
    if (entry == NULL)
        return errno == 0 ? posix_verdict(SECTION_NOT_FOUND, 0)
                          : posix_failure(errno);
    *out = entry->d_name;
    return posix_ok();
}

section_os_result section_os_names_next(section_os_names *names,
                                        section_entry *entry)
{
    const char *found;
    bool held = false;
    section_os_result result;
    do {
        result = next_entry(&found, names);
        if (result.status == SECTION_OK && found[0] == POSIX_ENTRY_FIRST) {
            result = posix_region_enter(&names->place.region);
            if (result.status != SECTION_OK)
                return result;
            result = posix_name_look(&held, entry, &names->place, found);
            posix_region_leave(&names->place.region);
        }
    } while (result.status == SECTION_OK && !held);
    if (held)
        entry->name = found + 1;
    return result;
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
    while (result.status == SECTION_OK) {
        const char *entry;
        bool by_us = false;
        result = next_entry(&entry, &names);
        if (result.status == SECTION_OK)
            result = posix_region_enter(&names.place.region);
        if (result.status != SECTION_OK)
            break;
        result = posix_name_reap(&by_us, &names.place, entry);
        *swept += by_us;
        posix_region_leave(&names.place.region);
    }
    (void)closedir(names.stream);
    return result.status == SECTION_NOT_FOUND ? posix_ok() : result;
}
