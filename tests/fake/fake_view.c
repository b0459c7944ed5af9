/* SPDX-License-Identifier: MIT */
/*
 * Views of the fake platform: pointers into the store; for a copy, into memory
 * of its own that holds what the store held when it was mapped.
 */
#include "fake_internal.h"

#include "arithmetic.h"

#include <stdlib.h>
#include <string.h>

static fake_view *views;
static fake_protect_call last_protect;
static fake_map_call last_map;

size_t fake_view_count(void)
{
    size_t count = 0;
    for (fake_view *view = views; view != NULL; view = view->next)
        count++;
    return count;
}

void fake_view_forget_all(void)
{
    while (views != NULL) {
        fake_view *view = views;
        views = view->next;
        free(view->copy);
        free(view);
    }
    last_protect = (fake_protect_call){0};
    last_map = (fake_map_call){0};
}

fake_protect_call fake_last_protect(void)
{
    return last_protect;
}

fake_map_call fake_last_map(void)
{
    return last_map;
}

void fake_views_fork(uint64_t from, uint64_t to)
{
    for (fake_view *view = views; view != NULL; view = view->next) {
        if (view->process != from)
            continue;
        FAKE_CHECK(view->copy == NULL);
        fake_view *child = fake_zeroed(sizeof(*child));
        *child = *view;
        child->process = to;
        child->next = views;
        fake_store_use(child->store);
        views = child;
    }
}

static void end_view(fake_view **link)
{
    fake_view *view = *link;
    *link = view->next;
    fake_store_leave(view->store);
    free(view->copy);
    free(view);
}

void fake_views_end(uint64_t process)
{
    fake_view **link = &views;
    while (*link != NULL)
        if ((*link)->process == process)
            end_view(link);
        else
            link = &(*link)->next;
}

size_t fake_view_count_of(const fake_store *store)
{
    size_t count = 0;
    for (fake_view *view = views; view != NULL; view = view->next)
        count += view->store == store;
    return count;
}

static size_t whole_pages(size_t length)
{
    return (size_t)section__round_up(length, fake_current()->page_size);
}

static bool is_taken(const unsigned char *base, size_t length)
{
    for (fake_view *v = views; v != NULL; v = v->next)
        if (v->process == fake_process_now() &&
            base < v->base + whole_pages(v->length) &&
            v->base < base + whole_pages(length))
            return true;
    return false;
}

/* What an access is beside executing. */
static section_access without_executing(section_access access)
{
    switch (access) {
    case SECTION_ACCESS_EXECUTE_READ:
        return SECTION_ACCESS_READ;
    case SECTION_ACCESS_EXECUTE_READ_WRITE:
        return SECTION_ACCESS_READ_WRITE;
    case SECTION_ACCESS_EXECUTE_COPY:
        return SECTION_ACCESS_COPY;
    default:
        return access;
    }
}

static void check_access(const section_os_object *object, section_access access)
{
    section_access data = without_executing(access);
    FAKE_CHECK(data == SECTION_ACCESS_READ || data == SECTION_ACCESS_COPY ||
               (data == SECTION_ACCESS_READ_WRITE &&
                (object->flags & SECTION_OS_WRITABLE) != 0));
    FAKE_CHECK(data == access || (object->flags & SECTION_OS_EXECUTABLE) != 0);
}

static void check_map(const section_os_object *object, const fake_store *store,
                      uint64_t offset, size_t length, section_access access,
                      const void *address)
{
    const fake_system *system = fake_current();
    FAKE_CHECK(object->handle != SECTION_OS_NONE);
    uint32_t granularity = fake_store_granularity(store);
    uint64_t end = store->size;
    if ((object->flags & SECTION_OS_GROWS) != 0 &&
        fake_handle_find(object->handle)->reserve > end)
        end = fake_handle_find(object->handle)->reserve;
    FAKE_CHECK(offset % granularity == 0);
    FAKE_CHECK(length >= 1 && length <= UINT64_MAX - offset);
    FAKE_CHECK(offset + length < end + system->page_size);
    FAKE_CHECK((uintptr_t)address % granularity == 0);
    FAKE_CHECK(store->pages != SECTION_PAGES_LARGE ||
               length % granularity == 0);
    check_access(object, access);
}

/* Read-only views of a writable object need a handle that cannot write. */
static section_os_result prepare(section_os_object *object,
                                 section_access access)
{
    if (without_executing(access) == SECTION_ACCESS_READ &&
        (object->flags & SECTION_OS_WRITABLE) != 0 &&
        (object->flags & SECTION_OS_EXEMPT) == 0)
        return fake_object_reader(object);
    return fake_ok();
}

/* Whether the system lets anybody have such a view. */
static bool is_allowed(const fake_store *store, section_access access)
{
    section_access data = without_executing(access);
    if (data != access && store->file_kind == FAKE_DATA_FILE)
        return false;
    return data != SECTION_ACCESS_READ_WRITE ||
           !fake_is_sealed(store, SECTION_SEAL_WRITERS);
}

/* Copy the bytes at `*base` into memory of the view's own. */
static void make_copy(fake_view *view)
{
    unsigned char *bytes = fake_aligned(&view->copy, whole_pages(view->length),
                                        fake_store_granularity(view->store));
    memcpy(bytes, view->base, whole_pages(view->length));
    view->base = bytes;
}

section_os_result section_os_view_map(void **out, section_os_object *object,
                                      uint64_t offset, size_t length,
                                      section_access access, void *address)
{
    *out = NULL;
    fake_store *store = fake_object_store(object);
    check_map(object, store, offset, length, access, address);
    last_map =
        (fake_map_call){last_map.count + 1, offset, length, access, address};
    section_os_result result = prepare(object, access);
    if (result.status != SECTION_OK || fake_must_fail(FAKE_VIEW_MAP, &result))
        return result;
    if (!is_allowed(store, access))
        return fake_refusal(SECTION_ACCESS, 19);
    unsigned char *bytes = fake_store_bytes(store, offset, whole_pages(length));
    if (bytes == NULL)
        return fake_refusal(SECTION_LIMIT, 5);
    /* The only address a shared view can have here is where its bytes are. */
    bool copies = without_executing(access) == SECTION_ACCESS_COPY;
    if (address != NULL &&
        (copies || bytes != address || is_taken(bytes, length)))
        return fake_refusal(SECTION_ADDRESS, 6);

    fake_view *view = fake_zeroed(sizeof(*view));
    *view = (fake_view){
        views, fake_process_now(), store, NULL, bytes, offset, length, access};
    if (copies)
        make_copy(view);
    fake_store_use(store);
    views = view;
    *out = view->base;
    return result;
}

/*
 * A system refuses to unmap where it would have to split a mapping, because it
 * has merged neighbouring views of one object. A view of all of an object has
 * no neighbours.
 */
static bool can_be_refused(const fake_view *view)
{
    bool whole = view->offset == 0 && view->length == view->store->size;
    return !whole && !fake_current()->memory_sizes_are_rounded;
}

section_os_result section_os_view_unmap(void *base, size_t length)
{
    section_os_result result = fake_ok();
    fake_view **link = &views;
    while (*link != NULL &&
           ((*link)->process != fake_process_now() || (*link)->base != base ||
            (*link)->length != length))
        link = &(*link)->next;
    FAKE_CHECK(*link != NULL);
    if (can_be_refused(*link) && fake_must_fail(FAKE_VIEW_UNMAP, &result))
        return result;
    end_view(link);
    return result;
}

/* The first view from `v` on that has all these pages. */
static const fake_view *find_view(const fake_view *v, const void *base,
                                  size_t length)
{
    const unsigned char *start = base;
    while (v != NULL &&
           !(v->process == fake_process_now() && start >= v->base &&
             section__is_inside((uint64_t)(start - v->base), length,
                                whole_pages(v->length))))
        v = v->next;
    return v;
}

const fake_view *fake_view_find(const void *base, size_t length)
{
    return find_view(views, base, length);
}

const fake_view *fake_view_check(const void *base, size_t length)
{
    uint32_t page_size = fake_current()->page_size;
    const fake_view *view = fake_view_find(base, length);
    FAKE_CHECK(view != NULL);
    if (view->store->pages == SECTION_PAGES_LARGE)
        page_size = fake_store_granularity(view->store);
    FAKE_CHECK((uintptr_t)base % page_size == 0);
    FAKE_CHECK(length > 0 && length % page_size == 0);
    return view;
}

bool fake_view_has(const void *base, size_t length, section_access mapped)
{
    const fake_view *v = find_view(views, base, length);
    while (v != NULL && v->access != mapped &&
           without_executing(v->access) != mapped)
        v = find_view(v->next, base, length);
    return v != NULL;
}

bool fake_view_is_shared(const void *base, size_t length)
{
    return fake_view_find(base, length) != NULL;
}

/* Whether an access is nothing that a view mapped so does not have. */
static bool is_part(section_access access, section_access mapped)
{
    if (access == SECTION_ACCESS_NONE || access == SECTION_ACCESS_READ ||
        access == mapped)
        return true;
    bool runs = without_executing(mapped) != mapped;
    return runs && (access == without_executing(mapped) ||
                    access == SECTION_ACCESS_EXECUTE_READ);
}

section_os_result section_os_view_protect(void *base, size_t length,
                                          section_access mapped,
                                          section_access access)
{
    section_os_result result = fake_ok();
    (void)fake_view_check(base, length);
    FAKE_CHECK(fake_view_has(base, length, mapped));
    FAKE_CHECK(is_part(access, mapped));
    last_protect = (fake_protect_call){last_protect.count + 1, base, length,
                                       mapped, access};
    (void)fake_must_fail(FAKE_VIEW_PROTECT, &result);
    return result;
}
