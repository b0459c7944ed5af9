/* SPDX-License-Identifier: MIT */
/*
 * The handles of the fake platform. A number is never used twice, so that a
 * handle used after it was closed is always noticed.
 */
#include "fake_internal.h"

#include <stdlib.h>
#include <string.h>

/* Far from indices and from what a program would guess. */
#define FIRST_NUMBER 1000

static fake_handle *table;
static size_t table_size;
static size_t table_used;

fake_handle *fake_handle_find(section_native number)
{
    if (number < FIRST_NUMBER || (size_t)(number - FIRST_NUMBER) >= table_used)
        return NULL;
    fake_handle *handle = &table[number - FIRST_NUMBER];
    return handle->store != NULL ? handle : NULL;
}

section_native fake_handle_open(fake_store *store, bool writable, bool foreign)
{
    if (table_used == table_size) {
        table_size = table_size == 0 ? 64 : 2 * table_size;
        table = realloc(table, table_size * sizeof(*table));
        FAKE_CHECK(table != NULL);
    }
    table[table_used] =
        (fake_handle){.store = store, .writable = writable, .foreign = foreign};
    fake_store_use(store);
    return (section_native)(FIRST_NUMBER + table_used++);
}

void fake_handle_close(section_native number)
{
    fake_handle *handle = fake_handle_find(number);
    FAKE_CHECK(handle != NULL);
    fake_store *store = handle->store;
    handle->store = NULL;
    if (handle->name != NULL)
        fake_name_leave(handle->name);
    fake_store_leave(store);
}

size_t fake_handle_count(bool readers)
{
    size_t count = 0;
    for (size_t i = 0; i < table_used; i++)
        count += table[i].store != NULL && table[i].reader == readers;
    return count;
}

void fake_handle_forget_all(void)
{
    free(table);
    table = NULL;
    table_size = table_used = 0;
}

/* ------------------------------------------------------------------------
 * For tests
 * ------------------------------------------------------------------------ */

section_native fake_open_memory(uint64_t size, section_rights rights)
{
    return fake_handle_open(fake_store_make(SECTION_KIND_MEMORY, size),
                            (rights & SECTION_RIGHT_WRITE) != 0, true);
}

section_native fake_open_path(const char *path, section_rights rights)
{
    fake_store *store = fake_path_find(path);
    FAKE_CHECK(store != NULL);
    return fake_handle_open(store, (rights & SECTION_RIGHT_WRITE) != 0, true);
}

section_native fake_open_again(section_native handle, section_rights rights)
{
    FAKE_CHECK(fake_is_open(handle));
    return fake_handle_open(fake_handle_find(handle)->store,
                            (rights & SECTION_RIGHT_WRITE) != 0, true);
}

void fake_close(section_native handle)
{
    fake_handle_close(handle);
}

bool fake_is_open(section_native handle)
{
    return fake_handle_find(handle) != NULL;
}

bool fake_is_writable(section_native handle)
{
    FAKE_CHECK(fake_is_open(handle));
    return fake_handle_find(handle)->writable;
}

unsigned char *fake_bytes(section_native handle, uint64_t offset, size_t length)
{
    FAKE_CHECK(fake_is_open(handle));
    unsigned char *bytes =
        fake_store_bytes(fake_handle_find(handle)->store, offset, length);
    FAKE_CHECK(bytes != NULL);
    return bytes;
}

bool fake_is_there(section_native handle, uint64_t offset)
{
    FAKE_CHECK(fake_is_open(handle));
    return fake_store_has(fake_handle_find(handle)->store, offset);
}

void fake_hold_extension(section_native handle, bool held)
{
    FAKE_CHECK(fake_is_open(handle));
    fake_store *store = fake_handle_find(handle)->store;
    FAKE_CHECK(store->is_extended != held);
    store->is_extended = held;
}

uint64_t fake_size(section_native handle)
{
    FAKE_CHECK(fake_is_open(handle));
    return fake_handle_find(handle)->store->size;
}
