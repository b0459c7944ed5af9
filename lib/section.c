/* SPDX-License-Identifier: MIT */
/*
 * Making, duplicating, closing and describing sections. Decides; what has to
 * be done is asked of the platform.
 */
#include "internal.h"

#include <string.h>

#define KNOWN_RIGHTS                                                           \
    ((section_rights)(SECTION_RIGHT_READ | SECTION_RIGHT_WRITE |               \
                      SECTION_RIGHT_EXECUTE | SECTION_RIGHT_EXTEND))
#define KNOWN_FLAGS                                                            \
    ((uint32_t)(SECTION_LAZY | SECTION_PREFER_LARGE_PAGES |                    \
                SECTION_LARGE_PAGES))

/* How often a path may change under us before we give up. */
#define OPEN_ATTEMPTS 16

/* Bytes that the options of the first version had. */
#define OPTIONS_FIRST_SIZE                                                     \
    ((uint32_t)(offsetof(section_options, flags) + sizeof(uint32_t)))

#define OPEN_OPTIONS_FIRST_SIZE                                                \
    ((uint32_t)(offsetof(section_open_options, timeout) + sizeof(uint32_t)))

bool section__is_zero(const void *memory, size_t from, size_t to)
{
    const unsigned char *bytes = memory;
    uint64_t found = 0;
    uint64_t word;
    for (; from < to && from % sizeof(word) != 0; from++)
        found |= bytes[from];
    for (; to > from && to - from >= sizeof(word); from += sizeof(word)) {
        memcpy(&word, bytes + from, sizeof(word));
        found |= word;
    }
    for (; from < to; from++)
        found |= bytes[from];
    return found == 0;
}

section_rights section__rights(section_rights rights)
{
    if ((rights & ~KNOWN_RIGHTS) != 0)
        return 0;
    if ((rights & SECTION_RIGHT_EXTEND) != 0)
        rights |= SECTION_RIGHT_WRITE;
    if ((rights & (SECTION_RIGHT_WRITE | SECTION_RIGHT_EXECUTE)) != 0)
        rights |= SECTION_RIGHT_READ;
    return rights;
}

section_rights section__rights_of(const section *s)
{
    const section_rights writing = SECTION_RIGHT_WRITE | SECTION_RIGHT_EXTEND;
    bool is_sealed = section_os_shared_read(&s->is_sealed) != 0;
    return is_sealed ? s->rights & ~writing : s->rights;
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
    section__end_flushes(s);
    section_os_free(s);
}

/* Without granularity and page size. */
static section *allocate(section_rights rights, const section_os_name *name)
{
    size_t length = name->text == NULL ? 0 : strlen(name->text) + 1;
    section *s = section_os_allocate(sizeof(*s) + length);
    if (s == NULL)
        return NULL;
    s->object = SECTION_OS_OBJECT_NONE;
    s->holders = 1;
    s->rights = rights;
    s->name = *name;
    if (length != 0)
        s->name.text = memcpy(s + 1, name->text, length);
    return s;
}

section *section__allocate(section_rights rights, const section_os_name *name)
{
    section_os_system system;
    section *s = allocate(rights, name);
    if (s == NULL)
        return NULL;
    section_os_get_system(&system);
    s->granularity = system.traits.granularity;
    s->page_size = system.traits.page_size;
    return s;
}

/* ------------------------------------------------------------------------
 * Create
 * ------------------------------------------------------------------------ */

/*
 * Copy options of any version, `given` bytes, over the defaults of this one.
 * Fields a caller does not know have their defaults; fields this version does
 * not know must be zero.
 */
static section_status read_options(void *out, size_t known, const void *options,
                                   uint32_t given, uint32_t first)
{
    if (given < first || given > SECTION__STRUCT_SIZE_MAX)
        return SECTION_INVALID;
    if (given > known && !section__is_zero(options, known, given))
        return SECTION_INVALID;
    memcpy(out, options, given < known ? given : known);
    return SECTION_OK;
}

static bool may_create(const section_options *o)
{
    return o->disposition != SECTION_OPEN_EXISTING;
}

static section_status check_path(const section_options *o)
{
    if (o->path[0] == '\0' || o->name != NULL || o->initialize != NULL)
        return SECTION_INVALID;
    if (may_create(o) && (o->rights & SECTION_RIGHT_WRITE) == 0)
        return SECTION_INVALID;
    return SECTION_OK;
}

static section_status check_name(const section_options *o)
{
    if (!section__is_name(o->name) || !section__is_scope(o->scope))
        return SECTION_INVALID;
    if (o->permit < SECTION_PERMIT_OWNER || o->permit > SECTION_PERMIT_EVERYONE)
        return SECTION_INVALID;
    if (o->permit != SECTION_PERMIT_OWNER && o->scope != SECTION_SCOPE_MACHINE)
        return SECTION_INVALID;
    /* What is about a new section is no wish that can be met by opening. */
    if (!may_create(o) && (o->size != 0 || o->reserve != 0 || o->flags != 0 ||
                           o->permit != 0 || o->initialize != NULL))
        return SECTION_INVALID;
    return SECTION_OK;
}

static section_status check_large_pages(const section_options *o)
{
    section_os_system system;
    section_os_get_system(&system);
    uint32_t page = system.traits.large_page_size;
    uint32_t others = SECTION_LAZY | SECTION_PREFER_LARGE_PAGES;
    if (o->name != NULL || o->path != NULL || (o->flags & others) != 0 ||
        o->reserve > o->size)
        return SECTION_INVALID;
    if (page == 0)
        return SECTION_UNSUPPORTED;
    return o->size % page == 0 ? SECTION_OK : SECTION_INVALID;
}

/* What is not known before a file is open is asked for again there. */
static section_status check_growth(const section_options *o)
{
    section_os_system system;
    section_os_get_system(&system);
    if (o->reserve == 0 || o->reserve == o->size)
        return SECTION_OK;
    if (o->reserve < o->size)
        return SECTION_INVALID;
    if (o->path == NULL && system.traits.memory_growth == SECTION_SUPPORT_NONE)
        return SECTION_UNSUPPORTED;
    return SECTION_OK;
}

static section_status check_options(section_options *o)
{
    o->rights = section__rights(o->rights);
    if (o->rights == 0 || (o->flags & ~KNOWN_FLAGS) != 0 || o->reserved != 0)
        return SECTION_INVALID;
    if (o->disposition < SECTION_CREATE_NEW ||
        o->disposition > SECTION_OPEN_EXISTING)
        return SECTION_INVALID;
    if ((o->size == 0 && may_create(o)) || o->timeout > SECTION_TIMEOUT_MAX)
        return SECTION_INVALID;
    if (o->name == NULL && (o->scope != 0 || o->permit != 0 || o->timeout != 0))
        return SECTION_INVALID;

    section_status status = SECTION_OK;
    if (o->path != NULL)
        status = check_path(o);
    else if (o->name != NULL)
        status = check_name(o);
    else if (o->disposition != SECTION_CREATE_NEW)
        status = SECTION_INVALID;
    if (status == SECTION_OK && (o->flags & SECTION_LARGE_PAGES) != 0)
        status = check_large_pages(o);
    if (status == SECTION_OK)
        status = check_growth(o);
    if (status == SECTION_OK &&
        (o->size > SECTION_OS_SIZE_MAX || o->reserve > SECTION_OS_SIZE_MAX))
        status = SECTION_NO_SPACE;
    return status;
}

static section_os_result create_memory(section *s, const section_options *o,
                                       section_os_facts *facts)
{
    section_os_result result = section__make_memory(s, o, facts);
    if (result.status == SECTION_OK)
        result = section__fill_memory(s, o, facts);
    if (result.status == SECTION_OK)
        result = section__narrow_memory(s);
    return result;
}

/* The size and the reserve of a section over an opened file. */
static section_status choose_size(uint64_t *size, uint64_t *reserve,
                                  const section *s, const section_options *o,
                                  const section_os_facts *facts)
{
    *size = o->size != 0 ? o->size : facts->size;
    /* What grows is the whole file. */
    if (o->reserve != 0 && *size < facts->size)
        *size = facts->size;
    if (o->reserve != 0 && *size > o->reserve)
        *size = o->reserve;
    *reserve = o->reserve > *size ? o->reserve : *size;
    if (*size == 0)
        return SECTION_EMPTY;
    if (*size > SECTION_OS_SIZE_MAX)
        return SECTION_LIMIT;
    if (*size > facts->size && (s->rights & SECTION_RIGHT_WRITE) == 0)
        return SECTION_RANGE;
    section_os_system system;
    section_os_get_system(&system);
    if (*reserve > *size && system.traits.file_growth == SECTION_SUPPORT_NONE)
        return SECTION_UNSUPPORTED;
    return SECTION_OK;
}

/* Choose the size of a section over an opened file, and make it so. */
static section_os_result bind_file(section *s, const section_options *o,
                                   section_os_facts *facts)
{
    uint64_t size, reserve;
    section_status status = choose_size(&size, &reserve, s, o, facts);
    if (status != SECTION_OK)
        return section__result(status);
    section_os_result result = section_os_file_bind(
        &s->object, facts, size, reserve, (o->flags & SECTION_LAZY) != 0);
    if (result.status == SECTION_OK) {
        facts->size = size;
        facts->reserve = reserve;
    }
    return result;
}

/*
 * Whoever created the file may not have lived to make its directory entry
 * durable, so this section does. What cannot be done for want of a right to
 * read the directory was not asked for.
 */
static section_os_result keep_directory(section *s, const section_options *o,
                                        section_os_facts *facts)
{
    section_os_result result =
        section_os_file_keep_directory(&s->object, o->path);
    if (result.status == SECTION_OK)
        section__own_entry(s);
    else if (result.status == SECTION_ACCESS)
        result = section__result(SECTION_OK);
    if (result.status != SECTION_OK) {
        section_os_object_close(&s->object);
        *facts = (section_os_facts){0};
    }
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
        if (found.status == SECTION_OK)
            return keep_directory(s, o, facts);
        if (found.status != SECTION_NOT_FOUND)
            return found;
        section_os_result created =
            section_os_file_create(&s->object, facts, o->path, s->rights);
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
        return section_os_file_create(&s->object, facts, o->path, s->rights);
    case SECTION_OPEN_OR_CREATE:
        return open_or_create(s, o, facts);
    default:
        return section_os_file_open(&s->object, facts, o->path, s->rights);
    }
}

static section_os_result create_file(section *s, const section_options *o,
                                     section_os_facts *facts)
{
    if (!section__begin_flushes(s))
        return section__result(SECTION_NO_MEMORY);
    section_os_result result = open_path(s, o, facts);
    if (result.status != SECTION_OK)
        return result;
    result = bind_file(s, o, facts);
    if (result.status != SECTION_OK && facts->created)
        section_os_file_undo(&s->object, facts, o->path);
    if (facts->created)
        section__own_entry(s);
    return result;
}

void section__keep_facts(section *s, const section_os_facts *facts)
{
    s->size = facts->size;
    s->reserve = facts->reserve > facts->size ? facts->reserve : facts->size;
    s->kind = facts->kind;
    s->commit = facts->commit;
    s->pages = facts->pages != 0 ? facts->pages : SECTION_PAGES_NORMAL;
    if (facts->granularity != 0)
        s->granularity = facts->granularity;
    if (s->pages == SECTION_PAGES_LARGE)
        s->page_size = s->granularity;
    s->id[0] = facts->id[0];
    s->id[1] = facts->id[1];
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

    section_options o = SECTION_OPTIONS_INIT;
    section_status status = read_options(
        &o, sizeof(o), options, options->struct_size, OPTIONS_FIRST_SIZE);
    if (status == SECTION_OK)
        status = check_options(&o);
    if (status != SECTION_OK)
        return section__refuse(status);

    const section_os_name name = {o.name, o.scope, o.permit};
    section *s = section__allocate(o.rights, &name);
    if (s == NULL)
        return section__refuse(SECTION_NO_MEMORY);
    section_os_facts facts = {0};
    section_os_result result;
    if (o.path != NULL)
        result = create_file(s, &o, &facts);
    else if (o.name != NULL)
        result = section__find_name(s, &o, &facts);
    else
        result = create_memory(s, &o, &facts);
    if (result.status != SECTION_OK) {
        section__release(s);
        return section__fail(result);
    }
    section__keep_facts(s, &facts);
    /* Memory that somebody else has made may have been made otherwise. */
    if ((o.flags & SECTION_LAZY) != 0 && (o.name == NULL || facts.created))
        s->flags |= SECTION_INFO_LAZY;
    result = section__watch_growth(s);
    if (result.status != SECTION_OK) {
        section_close(s);
        return section__fail(result);
    }
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

section_status section_open(section **out, const char *name,
                            const section_open_options *options)
{
    if (out == NULL)
        return section__refuse(SECTION_INVALID);
    *out = NULL;
    section_open_options how = SECTION_OPEN_OPTIONS_INIT;
    section_status status = name == NULL ? SECTION_INVALID : SECTION_OK;
    if (status == SECTION_OK && options != NULL)
        status = read_options(&how, sizeof(how), options, options->struct_size,
                              OPEN_OPTIONS_FIRST_SIZE);
    if (status != SECTION_OK)
        return section__refuse(status);

    section_options o = SECTION_OPTIONS_INIT;
    o.name = name;
    o.rights = how.rights;
    o.scope = how.scope;
    o.timeout = how.timeout;
    o.disposition = SECTION_OPEN_EXISTING;
    return section_create(out, &o);
}

/* ------------------------------------------------------------------------
 * Duplicate and close
 * ------------------------------------------------------------------------ */

static void copy_facts(section *s, const section *from)
{
    s->size = from->size;
    s->reserve = from->reserve;
    s->kind = from->kind;
    s->commit = from->commit;
    s->pages = from->pages;
    s->granularity = from->granularity;
    s->page_size = from->page_size;
    s->id[0] = from->id[0];
    s->id[1] = from->id[1];
    s->flags = from->flags & SECTION_INFO_LAZY;
    section__share_flushes(s, from);
}

section_status section_duplicate(section **out, const section *from,
                                 section_rights rights)
{
    if (out == NULL)
        return section__refuse(SECTION_INVALID);
    *out = NULL;
    rights = section__rights(rights);
    if (from == NULL || rights == 0)
        return section__refuse(SECTION_INVALID);
    if ((rights & ~section__rights_of(from)) != 0)
        return section__refuse(SECTION_ACCESS);

    section *s = allocate(rights, &from->name);
    if (s == NULL)
        return section__refuse(SECTION_NO_MEMORY);
    section_os_result result = section_os_object_duplicate(
        &s->object, &section__mutable(from)->object, rights);
    if (result.status != SECTION_OK) {
        section__release(s);
        return section__fail(result);
    }
    copy_facts(s, from);
    result = section__watch_growth(s);
    if (result.status != SECTION_OK) {
        section_close(s);
        return section__fail(result);
    }
    *out = s;
    return SECTION_OK;
}

void section_close(section *closed)
{
    if (closed == NULL)
        return;
    /* Now, whatever views there are: they do not keep it. */
    if (closed->name.text != NULL)
        section_os_name_release(&closed->object, &closed->name);
    section__unwatch_growth(closed);
    section__release(closed);
}
