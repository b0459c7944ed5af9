/* SPDX-License-Identifier: MIT */
/*
 * Sections from and to native handles. Decides whose a handle is; the handle
 * itself is the platform's business.
 */
#include "internal.h"

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

    const section_os_name nameless = {NULL, 0, 0};
    section *s = section__allocate(rights, &nameless);
    if (s == NULL)
        return section__refuse(SECTION_NO_MEMORY);

    /* Until nothing else can fail, the handle is the caller's. */
    section_os_facts facts;
    section_os_result result =
        section_os_object_wrap(&s->object, &facts, native, rights);
    if (result.status == SECTION_OK)
        result = section__measure(s, &facts);
    if (result.status == SECTION_OK) {
        section__keep_facts(s, &facts);
        result = section__watch_growth(s);
    }
    if (result.status == SECTION_OK && s->kind == SECTION_KIND_FILE &&
        !section__begin_flushes(s))
        result = section__result(SECTION_NO_MEMORY);
    if (result.status == SECTION_OK && ownership == SECTION_NATIVE_OWNED)
        result = section_os_object_adopt(&s->object);
    if (result.status != SECTION_OK) {
        section__unwatch_growth(s);
        section__release(s);
        return section__fail(result);
    }
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
    if ((rights & ~section__rights_of(of)) != 0)
        return section__refuse(SECTION_ACCESS);
    if ((of->object.flags & SECTION_OS_BORROWED) != 0)
        return section__refuse(SECTION_UNSUPPORTED);

    section_os_result result = section_os_native_duplicate(
        native, &section__mutable(of)->object, rights);
    return section__outcome(result);
}
