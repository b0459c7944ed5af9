/* SPDX-License-Identifier: MIT */
/*
 * Objects of the fake platform. Like Windows it has a handle of the file beside
 * the one that maps, which is there only after section_os_file_bind(); like
 * POSIX it opens a handle for read-only views at first need.
 */
#include "fake_internal.h"

#include "arithmetic.h"

#include <string.h>

#define KNOWN_FLAGS                                                            \
    ((uint32_t)(SECTION_OS_WRITABLE | SECTION_OS_BORROWED |                    \
                SECTION_OS_EXEMPT | SECTION_OS_VIEWS_HOLD | SECTION_OS_GROWS | \
                SECTION_OS_EXECUTABLE))

#define RIGHT_FLAGS ((uint32_t)(SECTION_OS_WRITABLE | SECTION_OS_EXECUTABLE))

static bool has(const section_os_object *object, uint32_t flag)
{
    return (object->flags & flag) != 0;
}

void fake_check_rights(section_rights rights)
{
    const section_rights writing = SECTION_RIGHT_WRITE | SECTION_RIGHT_EXTEND;
    section_rights known = writing | SECTION_RIGHT_EXECUTE;
    FAKE_CHECK((rights & SECTION_RIGHT_READ) != 0);
    FAKE_CHECK((rights & ~(known | SECTION_RIGHT_READ)) == 0);
    FAKE_CHECK((rights & writing) != SECTION_RIGHT_EXTEND);
}

/* The right to execute is nothing that handles have, where it is the library's
 * word. */
static bool may_run(const fake_handle *handle)
{
    return handle->executable || !fake_current()->execution_is_guarded;
}

bool fake_handle_suits(const fake_handle *handle, section_rights rights)
{
    bool runs = (rights & SECTION_RIGHT_EXECUTE) != 0;
    return handle->writable == ((rights & SECTION_RIGHT_WRITE) != 0) &&
           (handle->executable == runs ||
            !fake_current()->execution_is_guarded);
}

static void check_object_rights(const section_os_object *object,
                                section_rights rights)
{
    fake_check_rights(rights);
    FAKE_CHECK((rights & SECTION_RIGHT_WRITE) == 0 ||
               has(object, SECTION_OS_WRITABLE));
    FAKE_CHECK((rights & SECTION_RIGHT_EXECUTE) == 0 ||
               has(object, SECTION_OS_EXECUTABLE));
}

/* A handle that is the library's, or with `foreign` the test's. */
static section_native open_for(fake_store *store, section_rights rights,
                               bool foreign)
{
    section_native number =
        fake_handle_open(store, (rights & SECTION_RIGHT_WRITE) != 0, foreign);
    fake_handle_find(number)->executable =
        (rights & SECTION_RIGHT_EXECUTE) != 0;
    return number;
}

/* What rights are to an object. */
static uint32_t right_flags(section_rights rights)
{
    uint32_t flags = 0;
    if ((rights & SECTION_RIGHT_WRITE) != 0)
        flags |= SECTION_OS_WRITABLE;
    if ((rights & SECTION_RIGHT_EXECUTE) != 0)
        flags |= SECTION_OS_EXECUTABLE;
    return flags;
}

/* A handle beside the main one is open, ours, and of the same store. */
static void check_companion(section_native number, const fake_store *store,
                            bool writable)
{
    if (number == SECTION_OS_NONE)
        return;
    const fake_handle *handle = fake_handle_find(number);
    FAKE_CHECK(handle != NULL && handle->store == store);
    FAKE_CHECK(!handle->writable || writable);
}

fake_store *fake_object_store(const section_os_object *object)
{
    bool bound = object->handle != SECTION_OS_NONE;
    const fake_handle *main =
        fake_handle_find(bound ? object->handle : object->file);
    FAKE_CHECK(main != NULL);
    FAKE_CHECK((object->flags & ~KNOWN_FLAGS) == 0);
    FAKE_CHECK(main->writable || !has(object, SECTION_OS_WRITABLE));
    FAKE_CHECK(may_run(main) || !has(object, SECTION_OS_EXECUTABLE));
    FAKE_CHECK(!main->given);
    FAKE_CHECK(!has(object, SECTION_OS_BORROWED) || main->foreign);
    check_companion(object->reader, main->store, false);
    check_companion(object->file, main->store,
                    has(object, SECTION_OS_WRITABLE));
    check_companion(object->name, main->store, false);
    check_companion(object->directory, main->store, false);
    return main->store;
}

section_os_result fake_object_reader(section_os_object *object)
{
    section_os_result result = fake_ok();
    if (object->reader != SECTION_OS_NONE)
        return result;
    if (fake_must_fail(FAKE_OPEN_READER, &result))
        return result;
    section_rights rights = SECTION_RIGHT_READ;
    if (has(object, SECTION_OS_EXECUTABLE))
        rights |= SECTION_RIGHT_EXECUTE;
    object->reader = open_for(fake_object_store(object), rights, false);
    fake_handle_find(object->reader)->reader = true;
    return result;
}

uint32_t fake_hold_flag(section_kind kind)
{
    bool holds = kind == SECTION_KIND_FILE || fake_current()->memory_views_hold;
    return holds ? SECTION_OS_VIEWS_HOLD : 0;
}

/* ------------------------------------------------------------------------
 * Memory
 * ------------------------------------------------------------------------ */

/* Large pages, all of them. */
static void check_large(const section_os_memory *memory)
{
    uint32_t page = fake_current()->large_page;
    FAKE_CHECK(memory->flags == SECTION_LARGE_PAGES);
    FAKE_CHECK(page != 0 && memory->size % page == 0);
    FAKE_CHECK(memory->reserve == memory->size);
}

/* What lib/ may ask for where it adds a page for the exact size: to all but a
 * ticket. */
static void check_rounded(const section_os_memory *memory)
{
    uint64_t page = fake_current()->page_size;
    FAKE_CHECK(memory->size % page == 0 && memory->reserve % page == 0);
    FAKE_CHECK(memory->reserve >= page);
    FAKE_CHECK(memory->reserve == memory->size ||
               memory->reserve - page >= memory->size);
}

static void check_memory(const section_os_memory *memory)
{
    const fake_system *system = fake_current();
    uint64_t largest = SECTION_OS_SIZE_MAX;
    FAKE_CHECK(
        (memory->flags & ~(uint32_t)(SECTION_LAZY | SECTION_PREFER_LARGE_PAGES |
                                     SECTION_LARGE_PAGES)) == 0);
    if ((memory->flags & SECTION_LARGE_PAGES) != 0) {
        check_large(memory);
    } else if (system->memory_sizes_are_rounded) {
        check_rounded(memory);
        largest =
            section__round_up(largest, system->page_size) + system->page_size;
    }
    FAKE_CHECK(memory->size >= 1 && memory->size <= memory->reserve);
    FAKE_CHECK(memory->reserve <= largest);
    FAKE_CHECK(memory->reserve == memory->size || !system->memory_cannot_grow);
}

static fake_store *make_memory(const section_os_memory *memory)
{
    bool rounded = fake_current()->memory_sizes_are_rounded;
    bool grows = memory->reserve > memory->size;
    fake_store *store = fake_store_make(
        SECTION_KIND_MEMORY, rounded ? memory->reserve : memory->size);
    if (grows && rounded) {
        store->is_reserved = true;
        fake_store_commit(store, 0, memory->size);
    } else if (grows) {
        store->reserve = memory->reserve;
    }
    if ((memory->flags & SECTION_LARGE_PAGES) != 0)
        store->pages = SECTION_PAGES_LARGE;
    else if ((memory->flags & SECTION_PREFER_LARGE_PAGES) != 0 &&
             fake_current()->large_page != 0)
        store->pages = SECTION_PAGES_MIXED;
    return store;
}

bool fake_object_memory(section_os_object *out, section_os_facts *facts,
                        const section_os_memory *memory)
{
    bool lazy = (memory->flags & SECTION_LAZY) != 0;
    check_memory(memory);
    if (!lazy && !fake_commit(SECTION_KIND_MEMORY, memory->size))
        return false;
    fake_store *store = make_memory(memory);
    section_rights rights = SECTION_RIGHT_READ | SECTION_RIGHT_WRITE;
    if (memory->executable)
        rights |= SECTION_RIGHT_EXECUTE;
    store->is_executable = memory->executable;
    if (fake_current()->seals == FAKE_SEALS)
        store->seals = SECTION_SEAL_SHRINK;
    fake_object_open(out, facts, store, rights);
    facts->size = memory->size;
    facts->reserve = 0;
    facts->may_have_trailer = false;
    facts->commit = lazy ? SECTION_COMMIT_NONE : SECTION_COMMIT_CHARGED;
    facts->created = true;
    facts->pages = store->pages;
    if (store->pages == SECTION_PAGES_LARGE)
        facts->granularity = fake_store_granularity(store);
    else if (fake_current()->memory_sizes_are_rounded) {
        facts->id[0] = UINT64_C(0xfedcba9876543210) ^ store->number;
        facts->id[1] = store->number;
    }
    return true;
}

/* Bytes that memory can grow to; 0 if it does not grow any more. */
uint64_t fake_reserve_of(const fake_store *store)
{
    if (store->is_reserved)
        return store->size;
    return store->reserve > store->size ? store->reserve : 0;
}

/* Where lib/ may look: a page that is not there cannot have it. */
bool fake_may_have_trailer(const fake_store *store)
{
    return store->kind == SECTION_KIND_MEMORY && store->size != 0 &&
           fake_current()->memory_sizes_are_rounded &&
           store->pages != SECTION_PAGES_LARGE &&
           fake_store_has(store, store->size - 1);
}

void fake_object_open(section_os_object *out, section_os_facts *facts,
                      fake_store *store, section_rights rights)
{
    out->handle = open_for(store, rights, false);
    out->flags = fake_hold_flag(store->kind) | right_flags(rights);
    if (fake_reserve_of(store) != 0) {
        out->flags |= SECTION_OS_GROWS;
        fake_handle_find(out->handle)->reserve = fake_reserve_of(store);
    }
    facts->size = store->size;
    facts->kind = store->kind;
    facts->commit = SECTION_COMMIT_NONE;
    facts->may_have_trailer = fake_may_have_trailer(store);
    /* Else the trailer tells it. */
    if (!store->is_reserved)
        facts->reserve = fake_reserve_of(store);
}

section_os_result section_os_memory_create(section_os_object *out,
                                           section_os_facts *facts,
                                           const section_os_memory *memory)
{
    section_os_result result = fake_ok();
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    if (fake_must_fail(FAKE_MEMORY_CREATE, &result))
        return result;
    if (!fake_object_memory(out, facts, memory))
        return fake_refusal(SECTION_NO_SPACE, 1);
    return result;
}

/* ------------------------------------------------------------------------
 * Files
 * ------------------------------------------------------------------------ */

static section_status may_open(const fake_store *found, bool writes)
{
    if (found == NULL || found->file_kind == FAKE_DANGLING_LINK)
        return SECTION_NOT_FOUND;
    if (found->file_kind == FAKE_DIRECTORY)
        return SECTION_KIND;
    if (found->file_kind == FAKE_READ_ONLY_FILE && writes)
        return SECTION_ACCESS;
    return SECTION_OK;
}

/* A file that is open, and not yet bound. */
static void open_store(section_os_object *out, section_os_facts *facts,
                       fake_store *store, section_rights rights)
{
    out->file = open_for(store, rights, false);
    out->flags = right_flags(rights) | SECTION_OS_VIEWS_HOLD;
    facts->size = store->size;
    facts->kind = SECTION_KIND_FILE;
    facts->commit = SECTION_COMMIT_NONE;
}

section_os_result section_os_file_open(section_os_object *out,
                                       section_os_facts *facts,
                                       const char *path, section_rights rights)
{
    section_os_result result = fake_ok();
    bool writes = (rights & SECTION_RIGHT_WRITE) != 0;
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    fake_check_rights(rights);
    FAKE_CHECK(path != NULL && path[0] != '\0');
    if (fake_must_fail(FAKE_FILE_OPEN, &result))
        return result;

    fake_store *store = fake_path_find(path);
    section_status status = may_open(store, writes);
    if (status != SECTION_OK)
        return fake_refusal(status, 2);
    open_store(out, facts, store, rights);
    return result;
}

static void open_directory(section_os_object *object, fake_store *store)
{
    object->directory = fake_handle_open(store, false, false);
    fake_handle_find(object->directory)->directory = true;
}

section_os_result section_os_file_keep_directory(section_os_object *object,
                                                 const char *path)
{
    section_os_result result = fake_ok();
    fake_store *store = fake_object_store(object);
    FAKE_CHECK(path != NULL && path[0] != '\0');
    FAKE_CHECK(object->handle == SECTION_OS_NONE); /* not bound yet */
    FAKE_CHECK(has(object, SECTION_OS_WRITABLE));
    FAKE_CHECK(object->directory == SECTION_OS_NONE);
    if (!fake_must_fail(FAKE_FILE_KEEP_DIRECTORY, &result))
        open_directory(object, store);
    return result;
}

section_os_result section_os_file_create(section_os_object *out,
                                         section_os_facts *facts,
                                         const char *path,
                                         section_rights rights)
{
    section_os_result result = fake_ok();
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    fake_check_rights(rights);
    FAKE_CHECK((rights & SECTION_RIGHT_WRITE) != 0);
    FAKE_CHECK(path != NULL && path[0] != '\0');
    if (fake_must_fail(FAKE_FILE_CREATE, &result))
        return result;
    if (fake_path_find(path) != NULL)
        return fake_refusal(SECTION_EXISTS, 2);

    fake_store *store = fake_store_make(SECTION_KIND_FILE, 0);
    fake_path_add(path, store);
    open_store(out, facts, store, rights);
    open_directory(out, store);
    facts->created = true;
    return result;
}

section_os_result section_os_file_bind(section_os_object *object,
                                       section_os_facts *facts, uint64_t size,
                                       uint64_t reserve, bool lazy)
{
    section_os_result result = fake_ok();
    bool writable = has(object, SECTION_OS_WRITABLE);
    fake_store *store = fake_object_store(object);
    FAKE_CHECK(object->handle == SECTION_OS_NONE);
    FAKE_CHECK(size >= 1 && size <= SECTION_OS_SIZE_MAX);
    FAKE_CHECK(size <= facts->size || writable);
    FAKE_CHECK(reserve >= size && reserve <= SECTION_OS_SIZE_MAX);
    FAKE_CHECK(reserve == size ||
               (size >= facts->size && !fake_current()->files_cannot_grow));
    FAKE_CHECK(facts->kind == SECTION_KIND_FILE);
    if (fake_must_fail(FAKE_FILE_BIND, &result))
        return result;
    if (size > store->size) {
        if (!lazy && !fake_commit(SECTION_KIND_FILE, size - store->size))
            return fake_refusal(SECTION_NO_SPACE, 3);
        fake_store_grow(store, size);
        facts->commit = lazy ? SECTION_COMMIT_NONE : SECTION_COMMIT_ALLOCATED;
    }
    object->handle =
        fake_handle_copy(object->file, fake_process_now(), fake_process_now());
    if (reserve > size) {
        object->flags |= SECTION_OS_GROWS;
        fake_handle_find(object->handle)->reserve = reserve;
    }
    return result;
}

void section_os_file_undo(section_os_object *object,
                          const section_os_facts *facts, const char *path)
{
    fake_store *store = fake_object_store(object);
    FAKE_CHECK(facts->created);
    if (fake_path_find(path) == store && store->size == facts->size)
        fake_path_remove(path);
}

/* ------------------------------------------------------------------------
 * Native handles
 * ------------------------------------------------------------------------ */

section_os_result section_os_object_wrap(section_os_object *out,
                                         section_os_facts *facts,
                                         section_native native,
                                         section_rights rights)
{
    section_os_result result = fake_ok();
    bool writes = (rights & SECTION_RIGHT_WRITE) != 0;
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    fake_check_rights(rights);
    if (fake_must_fail(FAKE_WRAP, &result))
        return result;
    const fake_handle *handle = fake_handle_find(native);
    if (handle == NULL)
        return fake_refusal(SECTION_INVALID, 4);
    if (handle->store->file_kind == FAKE_DIRECTORY)
        return fake_refusal(SECTION_KIND, 0);
    if (writes && !handle->writable)
        return fake_refusal(SECTION_ACCESS, 0);
    if ((rights & SECTION_RIGHT_EXECUTE) != 0 && !may_run(handle))
        return fake_refusal(SECTION_ACCESS, 0);
    if (handle->store->pages == SECTION_PAGES_LARGE)
        return fake_refusal(SECTION_UNSUPPORTED, 0);
    FAKE_CHECK(handle->foreign);

    facts->size = handle->store->size;
    facts->kind = handle->store->kind;
    facts->commit = SECTION_COMMIT_NONE;
    facts->may_have_trailer = fake_may_have_trailer(handle->store);
    out->handle = native;
    out->flags =
        SECTION_OS_BORROWED | fake_hold_flag(facts->kind) | right_flags(rights);
    if (handle->writable)
        out->flags |= SECTION_OS_EXEMPT;
    if (handle->store->is_reserved)
        out->flags |= SECTION_OS_GROWS;
    return result;
}

section_os_result section_os_object_adopt(section_os_object *object)
{
    section_os_result result = fake_ok();
    FAKE_CHECK(has(object, SECTION_OS_BORROWED));
    (void)fake_object_store(object);
    if (fake_must_fail(FAKE_ADOPT, &result))
        return result;
    if (fake_current()->adopting_renumbers) {
        section_native other = fake_handle_copy(
            object->handle, fake_process_now(), fake_process_now());
        fake_handle_close(object->handle);
        object->handle = other;
    }
    object->flags &= ~(uint32_t)SECTION_OS_BORROWED;
    return result;
}

section_os_result section_os_object_duplicate(section_os_object *out,
                                              section_os_object *object,
                                              section_rights rights)
{
    section_os_result result = fake_ok();
    bool writes = (rights & SECTION_RIGHT_WRITE) != 0;
    fake_store *store = fake_object_store(object);
    *out = SECTION_OS_OBJECT_NONE;
    check_object_rights(object, rights);
    FAKE_CHECK(object->handle != SECTION_OS_NONE);
    if (fake_must_fail(FAKE_DUPLICATE, &result))
        return result;
    out->flags = object->flags & (right_flags(rights) | ~RIGHT_FLAGS);
    if (has(object, SECTION_OS_BORROWED)) {
        out->handle = object->handle;
        return result;
    }
    if (!writes)
        out->flags &= ~(uint32_t)SECTION_OS_EXEMPT;
    out->handle = open_for(store, rights, false);
    fake_handle_find(out->handle)->reserve =
        fake_handle_find(object->handle)->reserve;
    if (object->file != SECTION_OS_NONE)
        out->file = open_for(store, rights, false);
    if (object->directory != SECTION_OS_NONE && writes)
        open_directory(out, store);
    out->name = fake_name_duplicate(object);
    return result;
}

void section_os_object_close(section_os_object *object)
{
    if (object->handle != SECTION_OS_NONE || object->file != SECTION_OS_NONE)
        (void)fake_object_store(object);
    if (object->name != SECTION_OS_NONE) {
        /* What is published was let go of before. */
        FAKE_CHECK(!fake_name_is_published(fake_object_name(object)));
        fake_handle_close(object->name);
    }
    if (!has(object, SECTION_OS_BORROWED) && object->handle != SECTION_OS_NONE)
        fake_handle_close(object->handle);
    if (object->reader != SECTION_OS_NONE)
        fake_handle_close(object->reader);
    if (object->file != SECTION_OS_NONE)
        fake_handle_close(object->file);
    if (object->directory != SECTION_OS_NONE)
        fake_handle_close(object->directory);
    *object = SECTION_OS_OBJECT_NONE;
}

bool section_os_object_enforces_read_only(section_os_object *object)
{
    (void)fake_object_store(object);
    FAKE_CHECK(object->handle != SECTION_OS_NONE);
    if (has(object, SECTION_OS_EXEMPT))
        return false;
    if (has(object, SECTION_OS_WRITABLE))
        (void)fake_object_reader(object);
    return true;
}

section_os_result section_os_native_duplicate(section_native *out,
                                              section_os_object *object,
                                              section_rights rights)
{
    section_os_result result = fake_ok();
    fake_store *store = fake_object_store(object);
    *out = SECTION_OS_NONE;
    check_object_rights(object, rights);
    FAKE_CHECK(object->handle != SECTION_OS_NONE);
    FAKE_CHECK(!has(object, SECTION_OS_BORROWED));
    if (fake_must_fail(FAKE_NATIVE_DUPLICATE, &result))
        return result;
    *out = open_for(store, rights, true);
    return result;
}

void section_os_object_identify(uint64_t id[2], section_os_object *object)
{
    const fake_store *store = fake_object_store(object);
    id[0] = id[1] = 0;
    if (store->kind == SECTION_KIND_MEMORY &&
        fake_current()->memory_sizes_are_rounded)
        return;
    /* One of the numbers can be 0. */
    id[0] = store->kind == SECTION_KIND_FILE ? 0 : 7;
    id[1] = store->number;
}

section_os_result section_os_object_is_same(bool *same, section_os_object *one,
                                            section_os_object *other)
{
    section_os_result result = fake_ok();
    uint64_t id[2], other_id[2];
    *same = true; /* nothing to be used after an error */
    section_os_object_identify(id, one);
    section_os_object_identify(other_id, other);
    FAKE_CHECK((id[0] == 0 && id[1] == 0) ||
               (other_id[0] == 0 && other_id[1] == 0));
    if (!fake_must_fail(FAKE_IS_SAME, &result))
        *same = fake_object_store(one) == fake_object_store(other);
    return result;
}
