/* SPDX-License-Identifier: MIT */
/*
 * Growth on the fake platform. Systems that keep sizes themselves grow their
 * objects; those that round them commit pages of what was reserved.
 */
#include "fake_internal.h"

static fake_extend_call last_extend;

void fake_growth_forget_all(void)
{
    last_extend = (fake_extend_call){0};
}

fake_extend_call fake_last_extend(void)
{
    return last_extend;
}

/* The word with the size is the library's own there. */
static bool has_size_of_its_own(const fake_store *store)
{
    return store->kind == SECTION_KIND_FILE ||
           !fake_current()->memory_sizes_are_rounded;
}

section_os_result section_os_object_measure(uint64_t *size,
                                            section_os_object *object)
{
    section_os_result result = fake_ok();
    const fake_store *store = fake_object_store(object);
    *size = 12345; /* nothing to be used after an error */
    FAKE_CHECK(object->handle != SECTION_OS_NONE);
    FAKE_CHECK(has_size_of_its_own(store));
    FAKE_CHECK((object->flags & SECTION_OS_GROWS) != 0 ||
               store->kind == SECTION_KIND_FILE);
    if (!fake_must_fail(FAKE_MEASURE, &result))
        *size = store->size;
    return result;
}

static bool grow(fake_store *store, uint64_t from, uint64_t to, bool lazy)
{
    FAKE_CHECK(store->is_extended && from == store->size);
    if (!lazy && !fake_commit(store->kind, to - store->size))
        return false;
    fake_store_grow(store, to);
    return true;
}

/* All but the last page is data. That one is the first to be had. */
static bool commit(fake_store *store, uint64_t from, uint64_t to, bool lazy)
{
    uint64_t page = fake_current()->page_size;
    uint64_t last = store->size - page;
    FAKE_CHECK(from % page == 0 && to % page == 0);
    FAKE_CHECK(store->is_reserved && to <= store->size);
    FAKE_CHECK(from == last || (to <= last && fake_store_has(store, last)));
    FAKE_CHECK(from == last || store->is_extended);
    uint64_t missing = fake_store_missing(store, from, to);
    if (!lazy && !fake_commit(SECTION_KIND_MEMORY, missing))
        return false;
    fake_store_commit(store, from, to);
    return true;
}

section_os_result section_os_object_extend(section_os_object *object,
                                           uint64_t from, uint64_t to,
                                           bool lazy)
{
    section_os_result result = fake_ok();
    fake_store *store = fake_object_store(object);
    FAKE_CHECK((object->flags & SECTION_OS_WRITABLE) != 0);
    FAKE_CHECK((object->flags & SECTION_OS_GROWS) != 0);
    FAKE_CHECK(from < to);
    last_extend = (fake_extend_call){last_extend.count + 1, from, to, lazy};
    if (fake_must_fail(FAKE_EXTEND, &result))
        return result;
    if (fake_is_sealed(store, SECTION_SEAL_GROW))
        return fake_refusal(SECTION_ACCESS, 20);
    bool has_space = has_size_of_its_own(store) ? grow(store, from, to, lazy)
                                                : commit(store, from, to, lazy);
    return has_space ? result : fake_refusal(SECTION_NO_SPACE, 16);
}

/* What section_get_info() tells of an object that grows. */
static void check_id(const fake_store *store, section_os_object *object,
                     const uint64_t id[2])
{
    uint64_t own[2];
    section_os_object_identify(own, object);
    FAKE_CHECK(id[1] == store->number);
    FAKE_CHECK((own[0] == 0 && own[1] == 0) || own[0] == id[0]);
}

section_os_result section_os_extension_begin(section_os_extension *out,
                                             section_os_object *object,
                                             const uint64_t id[2])
{
    section_os_result result = fake_ok();
    fake_store *store = fake_object_store(object);
    *out = (section_os_extension){SECTION_OS_NONE, 0};
    FAKE_CHECK((object->flags & SECTION_OS_GROWS) != 0);
    check_id(store, object, id);
    if (fake_must_fail(FAKE_EXTENSION_BEGIN, &result))
        return result;
    if (store->is_extended)
        return fake_refusal(SECTION_BUSY, 17);
    store->is_extended = true;
    out->lock = (intptr_t)store;
    out->state = (intptr_t)store->number;
    return result;
}

void section_os_extension_end(const section_os_extension *extension)
{
    fake_store *store = (void *)extension->lock;
    FAKE_CHECK(extension->lock != SECTION_OS_NONE);
    FAKE_CHECK(store->is_extended);
    FAKE_CHECK(extension->state == (intptr_t)store->number);
    store->is_extended = false;
}

/* ------------------------------------------------------------------------
 * The word
 * ------------------------------------------------------------------------ */

/* It is in a view, and in a page that is there; or threads share it, in what
 * was allocated. Whether it is in a view. */
static bool check_word(const uint64_t *shared)
{
    FAKE_CHECK((uintptr_t)shared % 8 == 0);
    if (fake_view_find(shared, sizeof(*shared)) == NULL) {
        FAKE_CHECK(fake_is_block(shared, sizeof(*shared)));
        return false;
    }
    FAKE_CHECK(fake_first_bad(shared, sizeof(*shared)) == NULL);
    return true;
}

uint64_t section_os_shared_read(const uint64_t *shared)
{
    (void)check_word(shared);
    return *shared;
}

void section_os_shared_raise(uint64_t *shared, uint64_t value)
{
    if (check_word(shared))
        FAKE_CHECK(
            fake_view_has(shared, sizeof(*shared), SECTION_ACCESS_READ_WRITE));
    if (value > *shared)
        *shared = value;
}
