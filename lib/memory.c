/* SPDX-License-Identifier: MIT */
/*
 * Making memory: its exact size where the system rounds, its first contents,
 * and what has to be given back before there can be too little of it.
 */
#include "arithmetic.h"
#include "internal.h"
#include "trailer.h"

#include <string.h>

/*
 * Map the page that holds the trailer of an object of `stored` bytes, show it
 * to `visit`, and unmap it.
 */
static section_os_result
visit_trailer(section *s, uint64_t stored, section_access access,
              const section_os_system *system,
              void (*visit)(unsigned char *bytes, void *context), void *context)
{
    uint64_t page = stored - system->traits.page_size;
    uint64_t start = section__round_down(page, system->traits.granularity);
    size_t length = (size_t)(stored - start);
    void *base;
    section_os_result result =
        section_os_view_map(&base, &s->object, start, length, access, NULL);
    if (result.status != SECTION_OK)
        return result;
    visit((unsigned char *)base + (size_t)(page - start), context);
    return section_os_view_unmap(base, length);
}

/* ------------------------------------------------------------------------
 * Create
 * ------------------------------------------------------------------------ */

static void write_trailer(unsigned char *bytes, void *facts)
{
    section__trailer_encode(bytes, facts);
}

static section_os_result create_object(section *s, const section_options *o,
                                       section_os_facts *facts, uint64_t stored)
{
    bool lazy = (o->flags & SECTION_LAZY) != 0;
    if (o->name != NULL)
        return section_os_name_create(&s->object, facts, &s->name, stored,
                                      lazy);
    return section_os_memory_create(&s->object, facts, stored, lazy);
}

bool section__sweep_everything(void)
{
    uint64_t users, machines;
    (void)section_os_names_sweep(&users, SECTION_SCOPE_USER);
    (void)section_os_names_sweep(&machines, SECTION_SCOPE_MACHINE);
    return users + machines != 0;
}

/* Let the caller fill the bytes. */
static section_os_result initialize(section *s, const section_options *o)
{
    section_view view;
    section_os_result result = section__result(SECTION_OK);
    result.status = section_map(&view, s, 0, 0, SECTION_ACCESS_READ_WRITE);
    if (result.status == SECTION_OK) {
        section_status filled =
            o->initialize(view.data, view.length, o->context);
        /* What stays mapped would keep the name. */
        result.status = section_unmap(&view);
        if (filled != SECTION_OK)
            return section__result(filled);
    }
    if (result.status != SECTION_OK)
        result.os_error = section_os_get_last_error();
    return result;
}

section_os_result section__make_memory(section *s, const section_options *o,
                                       section_os_facts *facts)
{
    section_os_system system;
    section_os_get_system(&system);
    uint64_t stored = o->size;
    if (system.memory_sizes_are_rounded)
        stored = section__trailer_stored_size(o->size, system.traits.page_size);

    section_os_result result = create_object(s, o, facts, stored);
    if (result.status == SECTION_NO_SPACE && section__sweep_everything())
        result = create_object(s, o, facts, stored);
    if (result.status != SECTION_OK)
        return result;
    facts->size = o->size;
    if (system.memory_sizes_are_rounded)
        result = visit_trailer(s, stored, SECTION_ACCESS_READ_WRITE, &system,
                               write_trailer, facts);
    if (result.status != SECTION_OK)
        section_os_object_close(&s->object);
    return result;
}

section_os_result section__fill_memory(section *s, const section_options *o,
                                       const section_os_facts *facts)
{
    if (o->initialize == NULL)
        return section__result(SECTION_OK);
    section_rights rights = s->rights;
    s->rights |= SECTION_RIGHT_WRITE;
    s->size = facts->size;
    section_os_result result = initialize(s, o);
    s->rights = rights;
    if (result.status != SECTION_OK)
        section_os_object_close(&s->object);
    return result;
}

section_os_result section__narrow_memory(section *s)
{
    if ((s->rights & SECTION_RIGHT_WRITE) != 0)
        return section__result(SECTION_OK);
    section_os_object narrow;
    section_os_result result =
        section_os_object_duplicate(&narrow, &s->object, SECTION_RIGHT_READ);
    if (s->name.text != NULL)
        section_os_name_release(&s->object, &s->name);
    section_os_object_close(&s->object);
    s->object = narrow;
    return result;
}

/* ------------------------------------------------------------------------
 * What somebody else has made
 * ------------------------------------------------------------------------ */

static void copy_trailer(unsigned char *bytes, void *copy)
{
    memcpy(copy, bytes, SECTION__TRAILER_SIZE);
}

/*
 * Find the exact size of an object that the system has rounded. The object is
 * mapped read-only, so a hostile one can at worst answer with a smaller size.
 */
static section_os_result find_exact_size(section *s, section_os_facts *facts)
{
    section_os_system system;
    section_os_get_system(&system);
    uint32_t page_size = system.traits.page_size;
    if (facts->size <= page_size || facts->size % page_size != 0)
        return section__result(SECTION_OK);

    unsigned char bytes[SECTION__TRAILER_SIZE];
    section_os_result result = visit_trailer(
        s, facts->size, SECTION_ACCESS_READ, &system, copy_trailer, bytes);
    if (result.status != SECTION_OK)
        return result;
    switch (section__trailer_decode(facts, bytes, page_size)) {
    case SECTION__TRAILER_VALID:
        /* Only memory has one, also where the system backs it by a file. */
        facts->kind = SECTION_KIND_MEMORY;
        break;
    case SECTION__TRAILER_FOREIGN:
        return section__result(SECTION_UNSUPPORTED);
    case SECTION__TRAILER_ABSENT:
        break;
    }
    return section__result(SECTION_OK);
}

section_os_result section__measure(section *s, section_os_facts *facts)
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
