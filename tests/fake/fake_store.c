/* SPDX-License-Identifier: MIT */
/*
 * The bytes of the fake platform, and the table of paths that lead to them.
 */
#include "fake_internal.h"

#include "arithmetic.h"

#include <stdlib.h>
#include <string.h>

/* Stores up to this size are there whole; so is the room they grow into, so
 * that growing moves nothing. */
#define WHOLE_SIZE ((uint64_t)512 << 10)

/* What bytes hold that are not there. */
#define NOTHING 0xdb

/* No view is larger. */
#define LARGEST_VIEW ((uint64_t)8 << 20)

#define PATHS 32

static fake_store *stores;
static uint64_t numbers; /* given to stores so far */

static struct {
    char path[64];
    fake_store *store;
} paths[PATHS];

void *fake_zeroed(size_t size)
{
    void *memory = calloc(1, size);
    FAKE_CHECK(memory != NULL);
    return memory;
}

unsigned char *fake_aligned(void **allocation, size_t size, size_t unit)
{
    unsigned char *memory = fake_zeroed(size + unit);
    *allocation = memory;
    size_t over = (size_t)((uintptr_t)memory % unit);
    return over == 0 ? memory : memory + (unit - over);
}

uint32_t fake_store_granularity(const fake_store *store)
{
    return store->pages == SECTION_PAGES_LARGE ? fake_current()->large_page
                                               : fake_current()->granularity;
}

static uint64_t page_end(uint64_t offset)
{
    return section__round_up(offset, fake_current()->page_size);
}

bool fake_store_has(const fake_store *store, uint64_t offset)
{
    if (!store->is_reserved)
        return offset < page_end(store->size);
    const fake_range *range = store->committed;
    while (range != NULL && (offset < range->from || offset >= range->to))
        range = range->next;
    return range != NULL;
}

static fake_piece *add_piece(fake_store *store, uint64_t offset,
                             uint64_t length)
{
    fake_piece *piece = fake_zeroed(sizeof(*piece));
    piece->offset = offset;
    piece->length = section__round_up(length, fake_current()->page_size);
    piece->bytes = fake_aligned(&piece->allocation, (size_t)piece->length,
                                fake_store_granularity(store));
    for (uint64_t at = 0; at < piece->length; at += fake_current()->page_size)
        if (!fake_store_has(store, offset + at))
            memset(piece->bytes + (size_t)at, NOTHING,
                   fake_current()->page_size);
    piece->next = store->pieces;
    store->pieces = piece;
    return piece;
}

fake_store *fake_store_make(section_kind kind, uint64_t size)
{
    fake_store *store = fake_zeroed(sizeof(*store));
    store->number = ++numbers;
    store->kind = kind;
    store->size = size;
    store->next = stores;
    stores = store;
    return store;
}

static void forget(fake_store *store)
{
    while (store->pieces != NULL) {
        fake_piece *piece = store->pieces;
        store->pieces = piece->next;
        free(piece->allocation);
        free(piece);
    }
    while (store->committed != NULL) {
        fake_range *range = store->committed;
        store->committed = range->next;
        free(range);
    }
    free(store);
}

void fake_store_use(fake_store *store)
{
    store->users++;
}

void fake_store_leave(fake_store *store)
{
    FAKE_CHECK(store->users > 0);
    if (--store->users > 0)
        return;
    fake_store **link = &stores;
    while (*link != store)
        link = &(*link)->next;
    *link = store->next;
    forget(store);
}

size_t fake_store_count(void)
{
    size_t count = 0;
    for (fake_store *store = stores; store != NULL; store = store->next)
        count++;
    return count;
}

void fake_store_forget_all(void)
{
    while (stores != NULL) {
        fake_store *store = stores;
        stores = store->next;
        forget(store);
    }
    memset(paths, 0, sizeof(paths));
}

/* All that small stores can ever have. */
static void add_whole(fake_store *store)
{
    uint64_t most = store->reserve != 0 ? store->reserve : store->size;
    if (most <= WHOLE_SIZE && store->pieces == NULL)
        add_piece(store, 0,
                  store->kind == SECTION_KIND_FILE ? WHOLE_SIZE : most);
}

unsigned char *fake_store_bytes(fake_store *store, uint64_t offset,
                                uint64_t length)
{
    bool overlaps = false;
    add_whole(store);
    for (fake_piece *p = store->pieces; p != NULL; p = p->next) {
        if (offset >= p->offset &&
            section__is_inside(offset - p->offset, length, p->length))
            return p->bytes + (size_t)(offset - p->offset);
        overlaps |=
            offset < p->offset + p->length && p->offset < offset + length;
    }
    /* Two pieces with the same bytes would be two truths. */
    if (overlaps || length > LARGEST_VIEW)
        return NULL;
    return add_piece(store, offset, length)->bytes;
}

/* ------------------------------------------------------------------------
 * What is there
 * ------------------------------------------------------------------------ */

/* What is known of bytes in every piece: fill, or look that nobody has touched
 * what was not there. */
static void for_bytes(fake_store *store, uint64_t from, uint64_t to,
                      void (*act)(unsigned char *bytes, size_t length))
{
    for (fake_piece *p = store->pieces; p != NULL; p = p->next) {
        uint64_t first = from > p->offset ? from : p->offset;
        uint64_t last = to < p->offset + p->length ? to : p->offset + p->length;
        if (first < last)
            act(p->bytes + (size_t)(first - p->offset), (size_t)(last - first));
    }
}

static void expect_nothing(unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        FAKE_CHECK(bytes[i] == NOTHING);
}

static void make_zero(unsigned char *bytes, size_t length)
{
    memset(bytes, 0, length);
}

static void make_nothing(unsigned char *bytes, size_t length)
{
    memset(bytes, NOTHING, length);
}

void fake_store_grow(fake_store *store, uint64_t size)
{
    FAKE_CHECK(!store->is_reserved && size >= store->size);
    for_bytes(store, page_end(store->size), page_end(size), expect_nothing);
    for_bytes(store, store->size, page_end(size), make_zero);
    store->size = size;
}

void fake_store_cut(fake_store *store, uint64_t size)
{
    FAKE_CHECK(!store->is_reserved && size <= store->size);
    for_bytes(store, page_end(size), page_end(store->size), make_nothing);
    for_bytes(store, size, page_end(size), make_zero);
    store->size = size;
}

static void add_range(fake_store *store, uint64_t from, uint64_t to)
{
    fake_range *range = store->committed;
    while (range != NULL && range->to != from)
        range = range->next;
    if (range == NULL) {
        range = fake_zeroed(sizeof(*range));
        *range = (fake_range){store->committed, from, to};
        store->committed = range;
    }
    range->to = to;
}

void fake_store_commit(fake_store *store, uint64_t from, uint64_t to)
{
    uint64_t page = fake_current()->page_size;
    while (from < to) {
        uint64_t next = from;
        while (next < to && !fake_store_has(store, next))
            next += page;
        for_bytes(store, from, next, expect_nothing);
        for_bytes(store, from, next, make_zero);
        if (next != from)
            add_range(store, from, next);
        from = next < to ? next + page : to;
    }
}

uint64_t fake_store_missing(const fake_store *store, uint64_t from, uint64_t to)
{
    uint64_t missing = 0;
    for (; from < to; from += fake_current()->page_size)
        if (!fake_store_has(store, from))
            missing += fake_current()->page_size;
    return missing;
}

size_t fake_extension_count(void)
{
    size_t count = 0;
    for (fake_store *store = stores; store != NULL; store = store->next)
        count += store->is_extended;
    return count;
}

/* ------------------------------------------------------------------------
 * Paths
 * ------------------------------------------------------------------------ */

/* The index of a path, or of a free row for "", or PATHS. */
static size_t find_path(const char *path)
{
    size_t i = 0;
    while (i < PATHS && strcmp(paths[i].path, path) != 0)
        i++;
    return i;
}

fake_store *fake_path_find(const char *path)
{
    size_t i = find_path(path);
    return i < PATHS ? paths[i].store : NULL;
}

void fake_path_add(const char *path, fake_store *store)
{
    FAKE_CHECK(find_path(path) == PATHS);
    size_t i = find_path("");
    FAKE_CHECK(i < PATHS && strlen(path) < sizeof(paths[i].path));
    memcpy(paths[i].path, path, strlen(path) + 1);
    paths[i].store = store;
    fake_store_use(store);
}

void fake_path_remove(const char *path)
{
    size_t i = find_path(path);
    FAKE_CHECK(i < PATHS);
    fake_store *store = paths[i].store;
    memset(&paths[i], 0, sizeof(paths[i]));
    fake_store_leave(store);
}

size_t fake_path_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < PATHS; i++)
        count += paths[i].store != NULL;
    return count;
}

void fake_put_file(const char *path, fake_file_kind kind, uint64_t size)
{
    fake_store *store = fake_store_make(SECTION_KIND_FILE, size);
    store->file_kind = kind;
    fake_path_add(path, store);
}

void fake_remove_file(const char *path)
{
    fake_path_remove(path);
}

bool fake_file_exists(const char *path)
{
    return fake_path_find(path) != NULL;
}

uint64_t fake_file_size(const char *path)
{
    fake_store *store = fake_path_find(path);
    FAKE_CHECK(store != NULL);
    return store->size;
}

void fake_cut_file(const char *path, uint64_t size)
{
    fake_store *store = fake_path_find(path);
    FAKE_CHECK(store != NULL);
    fake_store_cut(store, size);
}

void fake_grow_file(const char *path, uint64_t size)
{
    fake_store *store = fake_path_find(path);
    FAKE_CHECK(store != NULL);
    fake_store_grow(store, size);
}

unsigned char *fake_file_bytes(const char *path)
{
    fake_store *store = fake_path_find(path);
    FAKE_CHECK(store != NULL && store->size <= WHOLE_SIZE);
    return fake_store_bytes(store, 0, 1);
}
