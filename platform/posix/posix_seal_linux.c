/* SPDX-License-Identifier: MIT */
/*
 * Seals of a memfd, by fcntl(2).
 *
 * F_SEAL_WRITE would be refused as long as anybody has a view that writes;
 * F_SEAL_FUTURE_WRITE (Linux 5.1) leaves such views alone and refuses new ones,
 * and write(2), whoever asks and however the memfd was opened. It says nothing
 * about the end, which who could write is able to move: so growth is sealed
 * with it.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

const section_guard_strength posix_seal_growth = SECTION_GUARD_ENFORCED;
const section_guard_strength posix_seal_writers = SECTION_GUARD_ENFORCED;

/* What F_GET_SEALS says; 0 where there are no seals (EINVAL). */
static int seals_of(const section_os_object *object)
{
    int found = fcntl((int)object->handle, F_GET_SEALS);
    return found < 0 ? 0 : found;
}

/* Another program's F_SEAL_WRITE does as well, with the growth sealed. */
static bool has_no_writers(int found)
{
    return (found & F_SEAL_GROW) != 0 &&
           (found & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0;
}

uint32_t section_os_object_seals(section_os_object *object)
{
    int found = seals_of(object);
    uint32_t seals = 0;
    if ((found & F_SEAL_SHRINK) != 0)
        seals |= SECTION_SEAL_SHRINK;
    if ((found & F_SEAL_GROW) != 0)
        seals |= SECTION_SEAL_GROW;
    if (has_no_writers(found))
        seals |= SECTION_SEAL_WRITERS;
    return seals;
}

/* All in one call, which adds all of them or none. */
section_os_result section_os_object_seal(section_os_object *object,
                                         uint32_t seals)
{
    uint32_t missing = seals & ~section_os_object_seals(object);
    int wanted = 0;
    if ((missing & SECTION_SEAL_SHRINK) != 0)
        wanted |= F_SEAL_SHRINK;
    if ((missing & SECTION_SEAL_GROW) != 0)
        wanted |= F_SEAL_GROW;
    if ((missing & SECTION_SEAL_WRITERS) != 0)
        wanted |= F_SEAL_GROW | F_SEAL_FUTURE_WRITE;
    /* Even what is there already is refused after F_SEAL_SEAL. */
    if (wanted == 0 || fcntl((int)object->handle, F_ADD_SEALS, wanted) == 0)
        return posix_ok();
    /* A seal that this kernel does not know, or no memfd. */
    if (errno == EINVAL)
        return posix_verdict(SECTION_UNSUPPORTED, errno);
    return posix_failure(errno);
}
