/* SPDX-License-Identifier: MIT */
/*
 * Making memory: its exact size where the system rounds, its first contents,
 * and what has to be given back before there can be too little of it.
 */
#include "arithmetic.h"
#include "internal.h"
#include "trailer.h"

#include <string.h>

unsigned char *section__map_trailer(void **base, size_t *length, section *s,
                                    uint64_t stored, section_access access,
                                    section_os_result *result)
{
    section_os_system system;
    section_os_get_system(&system);
    uint64_t page = stored - system.traits.page_size;
    uint64_t start = section__round_down(page, system.traits.granularity);
    *length = (size_t)(stored - start);
    *result =
        section_os_view_map(base, &s->object, start, *length, access, NULL);
    if (result->status != SECTION_OK)
        return NULL;
    return (unsigned char *)*base + (size_t)(page - start);
}

/* ------------------------------------------------------------------------
 * Create
 * ------------------------------------------------------------------------ */

static section_os_result write_trailer(section *s, uint64_t stored,
                                       const section_os_facts *facts)
{
    void *base;
    size_t length;
    section_os_result result;
    unsigned char *bytes = section__map_trailer(
        &base, &length, s, stored, SECTION_ACCESS_READ_WRITE, &result);
    if (bytes == NULL)
        return result;
    section__trailer_encode(bytes, facts);
    if (facts->reserve > facts->size)
        section_os_shared_raise((void *)(bytes + SECTION__TRAILER_GROWN),
                                facts->size);
    return section_os_view_unmap(base, length);
}

/* Add the trailer to memory that was made with room for one. */
static section_os_result add_trailer(section *s, const section_os_memory *m,
                                     const section_os_facts *facts)
{
    section_os_system system;
    section_os_get_system(&system);
    section_os_result result = section__result(SECTION_OK);
    if (m->reserve > m->size)
        result = section_os_object_extend(&s->object,
                                          m->reserve - system.traits.page_size,
                                          m->reserve, false);
    if (result.status == SECTION_OK)
        result = write_trailer(s, m->reserve, facts);
    return result;
}

static section_os_result create_object(section *s, const section_options *o,
                                       section_os_facts *facts,
                                       const section_os_memory *m)
{
    if (o->name != NULL)
        return section_os_name_create(&s->object, facts, &s->name, m);
    return section_os_memory_create(&s->object, facts, m);
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

/* What to ask the system for: *has_trailer if lib/ keeps the exact size. */
static section_os_memory plan(bool *has_trailer, const section_options *o)
{
    section_os_system system;
    section_os_get_system(&system);
    uint32_t page = system.traits.page_size;
    section_os_memory m = {o->size, o->size, o->flags,
                           (o->rights & SECTION_RIGHT_EXECUTE) != 0};
    if (o->reserve > o->size)
        m.reserve = o->reserve;
    /* Sizes in large pages are not rounded. */
    *has_trailer = system.memory_sizes_are_rounded &&
                   (o->flags & SECTION_LARGE_PAGES) == 0;
    if (!*has_trailer)
        return m;
    bool grows = m.reserve > m.size;
    m.reserve = section__trailer_stored_size(m.reserve, page);
    m.size = grows ? section__round_up(m.size, page) : m.reserve;
    return m;
}

section_os_result section__make_memory(section *s, const section_options *o,
                                       section_os_facts *facts)
{
    bool has_trailer;
    section_os_memory m = plan(&has_trailer, o);
    section_os_result result = create_object(s, o, facts, &m);
    if (result.status == SECTION_NO_SPACE && section__sweep_everything())
        result = create_object(s, o, facts, &m);
    if (result.status != SECTION_OK)
        return result;
    facts->size = o->size;
    facts->reserve = o->reserve;
    if (has_trailer)
        result = add_trailer(s, &m, facts);
    if (result.status != SECTION_OK)
        section_os_object_close(&s->object);
    return result;
}

section_os_result section__fill_memory(section *s, const section_options *o,
                                       const section_os_facts *facts)
{
    if (o->initialize == NULL)
        return section__result(SECTION_OK);
    /* It may come to nothing: then another's is opened. */
    section_rights rights = s->rights;
    uint32_t flags = s->flags;
    section__keep_facts(s, facts);
    s->reserve = s->size; /* nobody extends it now */
    s->rights |= SECTION_RIGHT_WRITE;
    section_os_result result = initialize(s, o);
    s->rights = rights;
    s->flags = flags;
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
        section_os_object_duplicate(&narrow, &s->object, s->rights);
    if (s->name.text != NULL)
        section_os_name_release(&s->object, &s->name);
    section_os_object_close(&s->object);
    s->object = narrow;
    return result;
}

/* ------------------------------------------------------------------------
 * What somebody else has made
 * ------------------------------------------------------------------------ */

static section_os_result copy_trailer(unsigned char copy[SECTION__TRAILER_SIZE],
                                      section *s, uint64_t stored)
{
    void *base;
    size_t length;
    section_os_result result;
    const unsigned char *bytes = section__map_trailer(
        &base, &length, s, stored, SECTION_ACCESS_READ, &result);
    if (bytes == NULL)
        return result;
    memcpy(copy, bytes, SECTION__TRAILER_SIZE);
    return section_os_view_unmap(base, length);
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
    section_os_result result = copy_trailer(bytes, s, facts->size);
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
