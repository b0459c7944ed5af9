/* SPDX-License-Identifier: MIT */
/*
 * The parts of objects on the fake platform: a handle, that of a file beside
 * it, the one for reading where there is one already, and one that keeps the
 * name.
 */
#include "fake_internal.h"

#define HANDLE SECTION_OS_PART_HANDLE
#define READER SECTION_OS_PART_READER
#define FILE_  SECTION_OS_PART_FILE
#define NAME   SECTION_OS_PART_NAME
#define TICKET SECTION_OS_PART_TICKET

#define WRITING ((section_rights)(SECTION_RIGHT_WRITE | SECTION_RIGHT_EXTEND))

void fake_parts_check(const section_os_parts *parts)
{
    for (unsigned i = 0; i < SECTION_OS_PARTS; i++) {
        bool ours = (parts->ours >> i & 1) != 0;
        bool is_there = parts->part[i] != SECTION_OS_NONE;
        FAKE_CHECK(is_there || !ours);
        FAKE_CHECK(!is_there || fake_handle_find(parts->part[i]) != NULL);
    }
    FAKE_CHECK(parts->ours >> SECTION_OS_PARTS == 0);
}

/* ------------------------------------------------------------------------
 * Gather
 * ------------------------------------------------------------------------ */

/* A handle of what another one stands for, with these rights. */
static intptr_t open_part(const section_os_object *object,
                          section_rights rights)
{
    intptr_t number = fake_handle_open(
        fake_object_store(object), (rights & SECTION_RIGHT_WRITE) != 0, false);
    fake_handle_find(number)->executable =
        (rights & SECTION_RIGHT_EXECUTE) != 0;
    return number;
}

/* The object's own handle if it has not more rights, the one for reading if
 * that is enough; else another one. */
static section_os_result gather_handle(section_os_parts *out,
                                       section_os_object *object,
                                       section_rights rights)
{
    section_os_result result = fake_ok();
    bool writes = (rights & SECTION_RIGHT_WRITE) != 0;
    const fake_handle *own = fake_handle_find(object->handle);
    if (fake_handle_suits(own, rights)) {
        out->part[HANDLE] = object->handle;
        return result;
    }
    if (!writes && own->writable)
        result = fake_object_reader(object);
    if (result.status != SECTION_OK)
        return result;
    if (object->reader != SECTION_OS_NONE &&
        fake_handle_suits(fake_handle_find(object->reader), rights))
        out->part[HANDLE] = object->reader;
    else
        section_os_parts_keep(out, HANDLE, open_part(object, rights));
    return result;
}

section_os_result section_os_parts_gather(section_os_parts *out,
                                          section_os_object *object,
                                          section_rights rights)
{
    section_os_result result = fake_ok();
    bool writes = (rights & SECTION_RIGHT_WRITE) != 0;
    const fake_store *store = fake_object_store(object);
    *out = SECTION_OS_PARTS_NONE;
    fake_check_rights(rights);
    FAKE_CHECK(object->handle != SECTION_OS_NONE);
    FAKE_CHECK((object->flags & SECTION_OS_BORROWED) == 0);
    FAKE_CHECK(!writes || (object->flags & SECTION_OS_WRITABLE) != 0);
    FAKE_CHECK((rights & SECTION_RIGHT_EXECUTE) == 0 ||
               (object->flags & SECTION_OS_EXECUTABLE) != 0);
    if (fake_must_fail(FAKE_PARTS_GATHER, &result))
        return result;
    result = gather_handle(out, object, rights);
    if (result.status != SECTION_OK)
        return result;
    if (store->kind == SECTION_KIND_FILE)
        section_os_parts_keep(out, FILE_, open_part(object, rights));
    if (writes && object->reader != SECTION_OS_NONE &&
        fake_handle_suits(fake_handle_find(object->reader), rights & ~WRITING))
        out->part[READER] = object->reader;
    section_os_parts_keep(out, NAME, fake_name_duplicate(object));
    return result;
}

void section_os_parts_close(section_os_parts *parts)
{
    /* What is not ours may be closed already. */
    for (unsigned i = 0; i < SECTION_OS_PARTS; i++)
        if ((parts->ours >> i & 1) != 0)
            fake_handle_close(parts->part[i]);
    *parts = SECTION_OS_PARTS_NONE;
}

/* ------------------------------------------------------------------------
 * Accept
 * ------------------------------------------------------------------------ */

static void check_claim(const section_os_claim *claim)
{
    fake_check_rights(claim->rights);
    FAKE_CHECK(claim->kind == SECTION_KIND_MEMORY ||
               claim->kind == SECTION_KIND_FILE);
    FAKE_CHECK(claim->pages >= SECTION_PAGES_NORMAL &&
               claim->pages <= SECTION_PAGES_LARGE);
    FAKE_CHECK(claim->reserve <= SECTION_OS_SIZE_MAX);
    FAKE_CHECK(claim->reserve >= 1 || !claim->grows);
    FAKE_CHECK(
        claim->name.text == NULL ||
        (fake_is_name(claim->name.text) && claim->kind == SECTION_KIND_MEMORY));
}

/* Whether a part is there if it has to be, and is what it has to be. */
static bool fits(const section_os_parts *parts, unsigned part, bool is_needed,
                 const fake_store *store, section_rights rights)
{
    const fake_handle *handle = fake_handle_find(parts->part[part]);
    if (handle == NULL)
        return !is_needed;
    return is_needed && handle->store == store && !handle->directory &&
           fake_handle_suits(handle, rights);
}

static bool name_fits(const section_os_parts *parts,
                      const section_os_claim *claim, const fake_store *store)
{
    const fake_handle *handle = fake_handle_find(parts->part[NAME]);
    if (handle == NULL)
        return claim->name.text == NULL;
    return claim->name.text != NULL && handle->store == store &&
           !handle->writable && handle->name != NULL &&
           fake_name_is(handle->name, &claim->name);
}

/* Whether this can be what is said of it. */
static bool store_fits(const fake_store *store, const section_os_claim *claim)
{
    section_pages pages =
        store->pages != 0 ? store->pages : SECTION_PAGES_NORMAL;
    if (store->kind != claim->kind || pages != claim->pages ||
        store->file_kind == FAKE_DIRECTORY)
        return false;
    /* What else is said of growth only lib/ can hold against the trailer. */
    return !claim->grows || (store->kind == SECTION_KIND_FILE
                                 ? !fake_current()->files_cannot_grow
                                 : !fake_current()->memory_cannot_grow);
}

static bool is_as_said(const section_os_parts *parts,
                       const section_os_claim *claim)
{
    const fake_handle *handle = fake_handle_find(parts->part[HANDLE]);
    if (handle == NULL || handle->name != NULL)
        return false;
    const fake_store *store = handle->store;
    bool writes = (claim->rights & SECTION_RIGHT_WRITE) != 0;
    bool is_file = claim->kind == SECTION_KIND_FILE;
    bool has_reader = writes && parts->part[READER] != SECTION_OS_NONE;
    section_rights reads = claim->rights & ~WRITING;
    return store_fits(store, claim) &&
           fits(parts, HANDLE, true, store, claim->rights) &&
           fits(parts, READER, has_reader, store, reads) &&
           fits(parts, FILE_, is_file, store, claim->rights) &&
           name_fits(parts, claim, store);
}

static void take(section_os_object *out, section_os_facts *facts,
                 const section_os_parts *parts, const section_os_claim *claim)
{
    fake_handle *handle = fake_handle_find(parts->part[HANDLE]);
    const fake_store *store = handle->store;
    out->handle = parts->part[HANDLE];
    out->reader = parts->part[READER];
    out->file = parts->part[FILE_];
    out->name = parts->part[NAME];
    out->flags = fake_hold_flag(store->kind);
    if ((claim->rights & SECTION_RIGHT_WRITE) != 0)
        out->flags |= SECTION_OS_WRITABLE;
    if ((claim->rights & SECTION_RIGHT_EXECUTE) != 0)
        out->flags |= SECTION_OS_EXECUTABLE;
    handle->reserve = 0;
    if (claim->grows || store->is_reserved) {
        out->flags |= SECTION_OS_GROWS;
        bool is_known = fake_current()->memory_sizes_are_rounded &&
                        store->kind == SECTION_KIND_MEMORY;
        handle->reserve = is_known ? store->size : claim->reserve;
    }
    facts->size = store->size;
    facts->kind = store->kind;
    facts->pages = store->pages;
    if (store->pages == SECTION_PAGES_LARGE)
        facts->granularity = fake_store_granularity(store);
    /* Nothing of this was found: it is not to be used. */
    facts->commit = SECTION_COMMIT_CHARGED;
    facts->created = true;
    facts->may_have_trailer = fake_may_have_trailer(store);
    /* Names tell their reserve, as if they were opened. */
    if (!store->is_reserved && claim->name.text != NULL)
        facts->reserve = fake_reserve_of(store);
    section_os_object_identify(facts->id, out);
}

section_os_result section_os_object_accept(section_os_object *out,
                                           section_os_facts *facts,
                                           section_os_parts *parts,
                                           const section_os_claim *claim)
{
    section_os_result result = fake_ok();
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    fake_parts_check(parts);
    check_claim(claim);
    section_os_parts ticket = SECTION_OS_PARTS_NONE;
    ticket.part[TICKET] = parts->part[TICKET];
    ticket.ours = parts->ours & (uint32_t)1 << TICKET;
    parts->part[TICKET] = SECTION_OS_NONE;
    parts->ours &= ~ticket.ours;
    for (unsigned i = 0; i < SECTION_OS_PARTS; i++)
        FAKE_CHECK(parts->part[i] == SECTION_OS_NONE ||
                   (parts->ours >> i & 1) != 0);
    if (fake_must_fail(FAKE_ACCEPT, &result)) {
        section_os_parts_close(parts);
    } else if (!is_as_said(parts, claim)) {
        section_os_parts_close(parts);
        result = fake_refusal(SECTION_UNTRUSTED, 24);
    } else {
        take(out, facts, parts, claim);
    }
    *parts = ticket;
    return result;
}
