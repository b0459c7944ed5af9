/* SPDX-License-Identifier: MIT */
/*
 * What all names have in common, whatever they are made of. What they are made
 * of is in posix_name_{inode,record}.c.
 */
#include "posix_internal.h"

#include <string.h>

/* So often a creation looks for the dead: the first one of each process does,
 * because processes that are killed again and again may come no further. */
#define SWEEP_EVERY 32

void posix_name_entry(char entry[POSIX_ENTRY_SIZE], const char *text)
{
    entry[0] = POSIX_ENTRY_FIRST;
    memcpy(entry + 1, text, strlen(text) + 1);
}

mode_t posix_name_mode(section_permit permit, bool executable)
{
    static const mode_t modes[] = {
        [SECTION_PERMIT_OWNER] = 0600,
        [SECTION_PERMIT_GROUP] = 0660,
        [SECTION_PERMIT_EVERYONE_READ] = 0644,
        [SECTION_PERMIT_EVERYONE] = 0666,
    };
    /* Who may read it may run it, as with programs: that is where these bits
     * stand. */
    mode_t mode = modes[permit];
    return executable ? mode | (mode & (mode_t)0444) >> 2 : mode;
}

bool posix_name_allows(const struct stat *status, section_rights rights)
{
    return (rights & SECTION_RIGHT_EXECUTE) == 0 ||
           (status->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

section_os_result posix_look_failure(section_os_result result)
{
    switch (result.status) {
    case SECTION_LIMIT:
    case SECTION_NO_MEMORY:
    case SECTION_NO_SPACE: /* ENOMEM */
    case SECTION_IO:
        return result;
    default:
        return posix_ok();
    }
}

void posix_name_reap_quietly(const posix_place *place, const char *entry)
{
    bool by_us;
    (void)posix_name_reap(&by_us, place, entry);
}

void posix_name_sweep_sometimes(const posix_place *place)
{
    static uint32_t creations;
    if (__atomic_fetch_add(&creations, 1, __ATOMIC_RELAXED) % SWEEP_EVERY == 0)
        posix_name_sweep_a_little(place);
}

section_os_result section_os_name_open(section_os_object *out,
                                       section_os_facts *facts,
                                       const section_os_name *name,
                                       section_rights rights)
{
    posix_place place;
    char entry[POSIX_ENTRY_SIZE];
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    posix_name_entry(entry, name->text);
    section_os_result result = posix_place_enter(&place, name->scope, false);
    if (result.status != SECTION_OK)
        return result;
    result = posix_name_open(out, facts, &place, entry, rights);
    posix_place_leave(&place);
    if (result.status != SECTION_OK) {
        *facts = (section_os_facts){0};
        return result;
    }
    if (facts->reserve > facts->size)
        out->flags |= SECTION_OS_GROWS;
    facts->kind = SECTION_KIND_MEMORY;
    facts->commit = SECTION_COMMIT_NONE;
    return result;
}
