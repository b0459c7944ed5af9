/* SPDX-License-Identifier: MIT */
/*
 * The bytes of the fake platform, and the table of paths that lead to them.
 */
#include "fake_internal.h"

#include "arithmetic.h"

#include <stdlib.h>
#include <string.h>

/* Stores up to this size are there whole; so is the room files grow into, so
 * that growing moves nothing. */
#define WHOLE_SIZE ((uint64_t)2 << 20)

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

unsigned char *fake_aligned(void **allocation, size_t size)
{
    size_t unit = fake_current()->granularity;
    unsigned char *memory = fake_zeroed(size + unit);
    *allocation = memory;
    size_t over = (size_t)((uintptr_t)memory % unit);
    return over == 0 ? memory : memory + (unit - over);
}

static fake_piece *add_piece(fake_store *store, uint64_t offset,
                             uint64_t length)
{
    fake_piece *piece = fake_zeroed(sizeof(*piece));
    piece->offset = offset;
    piece->length = section__round_up(length, fake_current()->page_size);
    piece->bytes = fake_aligned(&piece->allocation, (size_t)piece->length);
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
    if (size <= WHOLE_SIZE)
        add_piece(store, 0, kind == SECTION_KIND_FILE ? WHOLE_SIZE : size);
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

unsigned char *fake_store_bytes(fake_store *store, uint64_t offset,
                                uint64_t length)
{
    bool overlaps = false;
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

unsigned char *fake_file_bytes(const char *path)
{
    fake_store *store = fake_path_find(path);
    FAKE_CHECK(store != NULL && store->size <= WHOLE_SIZE);
    return fake_store_bytes(store, 0, 1);
}
