/* SPDX-License-Identifier: MIT */
/*
 * Seals: what nobody shall be able to do with memory any more. The system's
 * where it has them; the right to write is given up by this handle anyway.
 */
#include "internal.h"

#define KNOWN_SEALS                                                            \
    ((uint32_t)(SECTION_SEAL_SHRINK | SECTION_SEAL_GROW | SECTION_SEAL_WRITERS))

/* What the system has to do of it: where it cannot keep others from writing,
 * they are told so (`seal_writers`). */
static uint32_t choose_seals(uint32_t seals)
{
    section_os_system system;
    section_os_get_system(&system);
    bool enforces = system.traits.seal_writers == SECTION_GUARD_ENFORCED;
    if ((seals & SECTION_SEAL_WRITERS) == 0)
        return seals;
    return enforces ? seals | SECTION_SEAL_GROW
                    : seals & ~(uint32_t)SECTION_SEAL_WRITERS;
}

section_status section_seal(section *sealed, uint32_t seals)
{
    if (sealed == NULL || seals == 0 || (seals & ~KNOWN_SEALS) != 0)
        return section__refuse(SECTION_INVALID);
    if (sealed->kind != SECTION_KIND_MEMORY || sealed->name.text != NULL ||
        (sealed->object.flags & SECTION_OS_BORROWED) != 0)
        return section__refuse(SECTION_UNSUPPORTED);
    /* One that was given up by a seal is no hindrance to another seal. */
    if ((sealed->rights & SECTION_RIGHT_WRITE) == 0)
        return section__refuse(SECTION_ACCESS);

    uint32_t chosen = choose_seals(seals);
    section_os_result result = section__result(SECTION_OK);
    if (chosen != 0)
        result = section_os_object_seal(&sealed->object, chosen);
    if (result.status == SECTION_OK && (seals & SECTION_SEAL_WRITERS) != 0)
        section_os_shared_raise(&sealed->is_sealed, 1);
    return section__outcome(result);
}
