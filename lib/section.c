/* SPDX-License-Identifier: MIT */
/*
 * Making, duplicating, closing and describing sections. Decides; what has to
 * be done is asked of the platform.
 */
#include "arithmetic.h"
#include "internal.h"
#include "trailer.h"

#include <string.h>

#define KNOWN_RIGHTS                                                           \
    ((section_rights)(SECTION_RIGHT_READ | SECTION_RIGHT_WRITE))
#define KNOWN_FLAGS ((uint32_t)SECTION_LAZY)

/* How often a path may change under us before we give up. */
#define OPEN_ATTEMPTS 16

/* Bytes that the options of the first version had. */
#define OPTIONS_FIRST_SIZE                                                     \
    ((uint32_t)(offsetof(section_options, flags) + sizeof(uint32_t)))

/* Whether the bytes from `from` to `to` of a struct are all zero. */
static bool is_zero(const void *memory, size_t from, size_t to)
{
    const unsigned char *bytes = memory;
    for (size_t i = from; i < to; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

section_rights section__rights(section_rights rights)
{
    if ((rights & ~KNOWN_RIGHTS) != 0)
        return 0;
    if ((rights & SECTION_RIGHT_WRITE) != 0)
        rights |= SECTION_RIGHT_READ;
    return rights;
}

section *section__mutable(const section *s)
{
    /* Every section comes from section_os_allocate(), so none is const. */
    return (section *)s;
}

void section__release(section *s)
{
    if (section_os_count_add(&s->holders, -1) != 0)
        return;
    section_os_object_close(&s->object);
    section_os_free(s);
}

section *section__allocate(section_rights rights)
{
    section_os_system system;
    section_os_get_system(&system);

    section *s = section_os_allocate(sizeof(*s));
    if (s == NULL)
        return NULL;
    s->object = SECTION_OS_OBJECT_NONE;
    s->holders = 1;
    s->rights = rights;
    s->granularity = system.traits.granularity;
    return s;
}

section_os_result
section__visit_trailer(section *s, uint64_t stored, section_access access,
                       const section_os_system *system,
                       void (*visit)(unsigned char *bytes, void *context),
                       void *context)
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

static void write_trailer(unsigned char *bytes, void *size)
{
    section__trailer_encode(bytes, *(const uint64_t *)size);
}

/* ------------------------------------------------------------------------
 * Create
 * ------------------------------------------------------------------------ */

/*
 * Copy options of any version into this one's. Fields a caller does not know
 * have their defaults; fields this version does not know must be zero.
 */
static section_status read_options(section_options *out,
                                   const section_options *options)
{
    const section_options defaults = SECTION_OPTIONS_INIT;
    uint32_t given = options->struct_size;
    if (given < OPTIONS_FIRST_SIZE || given > SECTION__STRUCT_SIZE_MAX)
        return SECTION_INVALID;
    if (given > sizeof(*out) && !is_zero(options, sizeof(*out), given))
        return SECTION_INVALID;
    *out = defaults;
    memcpy(out, options, given < sizeof(*out) ? given : sizeof(*out));
    return SECTION_OK;
}

static bool may_create(const section_options *o)
{
    return o->disposition != SECTION_OPEN_EXISTING;
}

static section_status check_options(section_options *o)
{
    o->rights = section__rights(o->rights);
    if (o->rights == 0 || (o->flags & ~KNOWN_FLAGS) != 0)
        return SECTION_INVALID;
    if (o->disposition < SECTION_CREATE_NEW ||
        o->disposition > SECTION_OPEN_EXISTING)
        return SECTION_INVALID;
    if (o->size == 0 && may_create(o))
        return SECTION_INVALID;
    if (o->path == NULL) {
        if (o->disposition != SECTION_CREATE_NEW)
            return SECTION_INVALID;
    } else {
        if (o->path[0] == '\0')
            return SECTION_INVALID;
        if (may_create(o) && (o->rights & SECTION_RIGHT_WRITE) == 0)
            return SECTION_INVALID;
    }
    return o->size > SECTION_OS_SIZE_MAX ? SECTION_NO_SPACE : SECTION_OK;
}

/* Give up the right to write: the memory was made, and stays zero. */
static section_os_result narrow_to_read(section *s)
{
    section_os_object narrow;
    section_os_result result =
        section_os_object_duplicate(&narrow, &s->object, SECTION_RIGHT_READ);
    if (result.status != SECTION_OK)
        return result;
    section_os_object_close(&s->object);
    s->object = narrow;
    return result;
}

static section_os_result create_memory(section *s, const section_options *o,
                                       section_os_facts *facts)
{
    section_os_system system;
    section_os_get_system(&system);
    uint64_t stored = o->size;
    if (system.memory_sizes_are_rounded)
        stored = section__trailer_stored_size(o->size, system.traits.page_size);

    bool lazy = (o->flags & SECTION_LAZY) != 0;
    section_os_result result =
        section_os_memory_create(&s->object, facts, stored, lazy);
    if (result.status != SECTION_OK)
        return result;
    if (system.memory_sizes_are_rounded) {
        uint64_t size = o->size;
        result = section__visit_trailer(s, stored, SECTION_ACCESS_READ_WRITE,
                                        &system, write_trailer, &size);
        if (result.status != SECTION_OK)
            return result;
    }
    if ((s->rights & SECTION_RIGHT_WRITE) == 0)
        result = narrow_to_read(s);
    facts->size = o->size;
    return result;
}

/* Choose the size of a section over an opened file, and make it so. */
static section_os_result bind_file(section *s, const section_options *o,
                                   section_os_facts *facts)
{
    uint64_t size = o->size != 0 ? o->size : facts->size;
    if (size == 0)
        return section__result(SECTION_EMPTY);
    if (size > SECTION_OS_SIZE_MAX)
        return section__result(SECTION_LIMIT);
    if (size > facts->size && (s->rights & SECTION_RIGHT_WRITE) == 0)
        return section__result(SECTION_RANGE);
    section_os_result result = section_os_file_bind(
        &s->object, facts, size, (o->flags & SECTION_LAZY) != 0);
    if (result.status == SECTION_OK)
        facts->size = size;
    return result;
}

/*
 * Open what is there, or create it if nothing is. Between the two attempts
 * somebody else may have done the one or the other; that it goes on like that
 * means that the path names something that is there and cannot be found, such
 * as a symbolic link to nothing.
 */
static section_os_result open_or_create(section *s, const section_options *o,
                                        section_os_facts *facts)
{
    section_os_result found = section__result(SECTION_NOT_FOUND);
    for (int i = 0; i < OPEN_ATTEMPTS; i++) {
        found = section_os_file_open(&s->object, facts, o->path, s->rights);
        if (found.status != SECTION_NOT_FOUND)
            return found;
        section_os_result created =
            section_os_file_create(&s->object, facts, o->path);
        if (created.status != SECTION_EXISTS)
            return created;
    }
    return found;
}

static section_os_result open_path(section *s, const section_options *o,
                                   section_os_facts *facts)
{
    switch (o->disposition) {
    case SECTION_CREATE_NEW:
        return section_os_file_create(&s->object, facts, o->path);
    case SECTION_OPEN_OR_CREATE:
        return open_or_create(s, o, facts);
    default:
        return section_os_file_open(&s->object, facts, o->path, s->rights);
    }
}

static section_os_result create_file(section *s, const section_options *o,
                                     section_os_facts *facts)
{
    section_os_result result = open_path(s, o, facts);
    if (result.status != SECTION_OK)
        return result;
    result = bind_file(s, o, facts);
    if (result.status != SECTION_OK && facts->created)
        section_os_file_undo(&s->object, facts, o->path);
    return result;
}

void section__keep_facts(section *s, const section_os_facts *facts)
{
    s->size = facts->size;
    s->kind = facts->kind;
    s->commit = facts->commit;
    if (facts->created)
        s->flags |= SECTION_INFO_CREATED;
}

section_status section_create(section **out, const section_options *options)
{
    if (out == NULL)
        return section__refuse(SECTION_INVALID);
    *out = NULL;
    if (options == NULL)
        return section__refuse(SECTION_INVALID);

    section_options o;
    section_status status = read_options(&o, options);
    if (status == SECTION_OK)
        status = check_options(&o);
    if (status != SECTION_OK)
        return section__refuse(status);

    section *s = section__allocate(o.rights);
    if (s == NULL)
        return section__refuse(SECTION_NO_MEMORY);
    if ((o.flags & SECTION_LAZY) != 0)
        s->flags |= SECTION_INFO_LAZY;

    section_os_facts facts;
    section_os_result result = o.path == NULL ? create_memory(s, &o, &facts)
                                              : create_file(s, &o, &facts);
    if (result.status != SECTION_OK) {
        section__release(s);
        return section__fail(result);
    }
    section__keep_facts(s, &facts);
    *out = s;
    return SECTION_OK;
}

section_status section_open_file(section **out, const char *path,
                                 section_rights rights)
{
    if (out == NULL)
        return section__refuse(SECTION_INVALID);
    *out = NULL;
    if (path == NULL)
        return section__refuse(SECTION_INVALID);
    section_options options = SECTION_OPTIONS_INIT;
    options.path = path;
    options.rights = rights;
    options.disposition = SECTION_OPEN_EXISTING;
    return section_create(out, &options);
}

/* ------------------------------------------------------------------------
 * Duplicate and close
 * ------------------------------------------------------------------------ */

section_status section_duplicate(section **out, const section *from,
                                 section_rights rights)
{
    if (out == NULL)
        return section__refuse(SECTION_INVALID);
    *out = NULL;
    rights = section__rights(rights);
    if (from == NULL || rights == 0)
        return section__refuse(SECTION_INVALID);
    if ((rights & ~from->rights) != 0)
        return section__refuse(SECTION_ACCESS);

    section *s = section__allocate(rights);
    if (s == NULL)
        return section__refuse(SECTION_NO_MEMORY);
    section_os_result result = section_os_object_duplicate(
        &s->object, &section__mutable(from)->object, rights);
    if (result.status != SECTION_OK) {
        section__release(s);
        return section__fail(result);
    }
    s->size = from->size;
    s->kind = from->kind;
    s->commit = from->commit;
    s->flags = from->flags & SECTION_INFO_LAZY;
    *out = s;
    return SECTION_OK;
}

void section_close(section *closed)
{
    if (closed != NULL)
        section__release(closed);
}
