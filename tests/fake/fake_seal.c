/* SPDX-License-Identifier: MIT */
/*
 * Seals of the fake platform: all of them, none, or those that memory has by
 * its nature.
 */
#include "fake_internal.h"

/* What nobody has to ask for. */
static uint32_t natural(const fake_store *store)
{
    bool grows = store->reserve != 0 || store->is_reserved;
    if (store->kind == SECTION_KIND_FILE ||
        fake_current()->seals != FAKE_SEALS_NATURAL)
        return 0;
    return grows ? SECTION_SEAL_SHRINK
                 : SECTION_SEAL_SHRINK | SECTION_SEAL_GROW;
}

bool fake_is_sealed(const fake_store *store, uint32_t seal)
{
    return ((store->seals | natural(store)) & seal) != 0;
}

static void check_seal(const section_os_object *object, const fake_store *store,
                       uint32_t seals)
{
    const uint32_t known =
        SECTION_SEAL_SHRINK | SECTION_SEAL_GROW | SECTION_SEAL_WRITERS;
    FAKE_CHECK(store->kind == SECTION_KIND_MEMORY);
    FAKE_CHECK(object->name == SECTION_OS_NONE);
    FAKE_CHECK((object->flags & SECTION_OS_WRITABLE) != 0);
    FAKE_CHECK((object->flags & SECTION_OS_BORROWED) == 0);
    FAKE_CHECK(seals != 0 && (seals & ~known) == 0);
    FAKE_CHECK((seals & SECTION_SEAL_WRITERS) == 0 ||
               (seals & SECTION_SEAL_GROW) != 0);
}

section_os_result section_os_object_seal(section_os_object *object,
                                         uint32_t seals)
{
    section_os_result result = fake_ok();
    fake_store *store = fake_object_store(object);
    check_seal(object, store, seals);
    if (fake_must_fail(FAKE_SEAL, &result))
        return result;
    uint32_t missing = seals & ~(store->seals | natural(store));
    if (missing == 0)
        return result;
    if (fake_current()->seals != FAKE_SEALS)
        return fake_refusal(SECTION_UNSUPPORTED, 21);
    if (store->refuses_seals)
        return fake_refusal(SECTION_ACCESS, 22);
    store->seals |= seals;
    return result;
}

uint32_t section_os_object_seals(section_os_object *object)
{
    const fake_store *store = fake_object_store(object);
    FAKE_CHECK(store->kind == SECTION_KIND_MEMORY);
    return store->seals | natural(store);
}
