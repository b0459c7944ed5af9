/* SPDX-License-Identifier: MIT */
/*
 * Flushing on the fake platform: nothing but checking and remembering what was
 * asked for.
 */
#include "fake_internal.h"

#include "arithmetic.h"

static fake_flushes calls;

void fake_flushes_forget_all(void)
{
    calls = (fake_flushes){0};
}

fake_flushes fake_count_flushes(void)
{
    return calls;
}

static const fake_store *check_file(const section_os_object *object)
{
    const fake_store *store = fake_object_store(object);
    FAKE_CHECK(object->handle != SECTION_OS_NONE);
    FAKE_CHECK(store->kind == SECTION_KIND_FILE);
    FAKE_CHECK((object->flags & SECTION_OS_WRITABLE) != 0);
    return store;
}

static void check_level(section_flush_level level)
{
    FAKE_CHECK(level >= SECTION_FLUSH_START && level <= SECTION_FLUSH_DURABLE);
}

section_os_result section_os_view_flush(section_os_object *object, void *base,
                                        size_t length, uint64_t offset,
                                        section_flush_level level)
{
    section_os_result result = fake_ok();
    const fake_store *store = check_file(object);
    const fake_view *view = fake_view_check(base, length);
    check_level(level);
    FAKE_CHECK(view->store == store);
    FAKE_CHECK(fake_view_has(base, length, SECTION_ACCESS_READ_WRITE));
    FAKE_CHECK(view->offset + (uint64_t)((unsigned char *)base - view->base) ==
               offset);
    FAKE_CHECK(offset + length <=
               section__round_up(store->size, fake_current()->page_size));
    calls.views++;
    calls.base = base;
    calls.length = length;
    calls.offset = offset;
    calls.level = level;
    (void)fake_must_fail(FAKE_VIEW_FLUSH, &result);
    return result;
}

section_os_result section_os_object_flush(section_os_object *object,
                                          section_flush_level level)
{
    section_os_result result = fake_ok();
    (void)check_file(object);
    check_level(level);
    calls.objects++;
    calls.level = level;
    (void)fake_must_fail(FAKE_OBJECT_FLUSH, &result);
    return result;
}

section_os_result section_os_entry_flush(section_os_object *object)
{
    section_os_result result = fake_ok();
    (void)check_file(object);
    FAKE_CHECK(object->directory != SECTION_OS_NONE);
    FAKE_CHECK(fake_handle_find(object->directory)->directory);
    calls.entries++;
    (void)fake_must_fail(FAKE_ENTRY_FLUSH, &result);
    return result;
}
