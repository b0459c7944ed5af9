/* SPDX-License-Identifier: MIT */
/*
 * Sections from and to native handles. Decides whose a handle is and what size
 * a wrapped object has; the handle itself is the platform's business.
 */
#include "internal.h"
#include "trailer.h"

#include <string.h>

static void copy_trailer(unsigned char *bytes, void *copy)
{
    memcpy(copy, bytes, SECTION__TRAILER_SIZE);
}

/*
 * Find the exact size of a wrapped object that the system has rounded. The
 * object is mapped read-only, so a hostile one can at worst answer with a
 * smaller size.
 */
static section_os_result find_exact_size(section *s, section_os_facts *facts)
{
    section_os_system system;
    section_os_get_system(&system);
    uint32_t page_size = system.traits.page_size;
    if (facts->size <= page_size || facts->size % page_size != 0)
        return section__result(SECTION_OK);

    unsigned char bytes[SECTION__TRAILER_SIZE];
    section_os_result result = section__visit_trailer(
        s, facts->size, SECTION_ACCESS_READ, &system, copy_trailer, bytes);
    if (result.status != SECTION_OK)
        return result;
    uint64_t size;
    switch (section__trailer_decode(&size, bytes, facts->size, page_size)) {
    case SECTION__TRAILER_VALID:
        /* Only memory has one, also where the system backs it by a file. */
        facts->size = size;
        facts->kind = SECTION_KIND_MEMORY;
        break;
    case SECTION__TRAILER_FOREIGN:
        return section__result(SECTION_UNSUPPORTED);
    case SECTION__TRAILER_ABSENT:
        break;
    }
    return section__result(SECTION_OK);
}

/* What may be wrapped, and the size it has. */
static section_os_result check_wrapped(section *s, section_os_facts *facts)
{
    if (facts->size == 0)
        return section__result(SECTION_EMPTY);
    section_os_result result = section__result(SECTION_OK);
    if (facts->may_have_trailer)
        result = find_exact_size(s, facts);
    if (result.status == SECTION_OK && facts->size > SECTION_OS_SIZE_MAX)
        return section__result(SECTION_LIMIT);
    return result;
}

section_status section_wrap(section **out, section_native native,
                            section_rights rights, section_ownership ownership)
{
    if (out == NULL)
        return section__refuse(SECTION_INVALID);
    *out = NULL;
    rights = section__rights(rights);
    if (native == SECTION_OS_NONE || rights == 0)
        return section__refuse(SECTION_INVALID);
    if (ownership != SECTION_NATIVE_OWNED &&
        ownership != SECTION_NATIVE_BORROWED)
        return section__refuse(SECTION_INVALID);

    section *s = section__allocate(rights);
    if (s == NULL)
        return section__refuse(SECTION_NO_MEMORY);

    /* Until nothing else can fail, the handle is the caller's. */
    section_os_facts facts;
    section_os_result result =
        section_os_object_wrap(&s->object, &facts, native, rights);
    if (result.status == SECTION_OK)
        result = check_wrapped(s, &facts);
    if (result.status == SECTION_OK && ownership == SECTION_NATIVE_OWNED)
        result = section_os_object_adopt(&s->object);
    if (result.status != SECTION_OK) {
        section__release(s);
        return section__fail(result);
    }
    section__keep_facts(s, &facts);
    *out = s;
    return SECTION_OK;
}

section_status section_get_native(section_native *native, const section *of)
{
    if (native == NULL)
        return section__refuse(SECTION_INVALID);
    *native = SECTION_OS_NONE;
    if (of == NULL)
        return section__refuse(SECTION_INVALID);
    *native = of->object.handle;
    return SECTION_OK;
}

section_status section_duplicate_native(section_native *native,
                                        const section *of,
                                        section_rights rights)
{
    if (native == NULL)
        return section__refuse(SECTION_INVALID);
    *native = SECTION_OS_NONE;
    rights = section__rights(rights);
    if (of == NULL || rights == 0)
        return section__refuse(SECTION_INVALID);
    if ((rights & ~of->rights) != 0)
        return section__refuse(SECTION_ACCESS);
    if ((of->object.flags & SECTION_OS_BORROWED) != 0)
        return section__refuse(SECTION_UNSUPPORTED);

    section_os_result result = section_os_native_duplicate(
        native, &section__mutable(of)->object, rights);
    return result.status == SECTION_OK ? SECTION_OK : section__fail(result);
}
