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

/* Rows whose number is that of another one: what children have inherited. */
static size_t inherited;

static bool is_row(size_t index, section_native number, uint64_t process)
{
    return table[index].store != NULL && table[index].number == number &&
           table[index].process == process;
}

fake_handle *fake_handle_find_in(section_native number, uint64_t process)
{
    if (number < FIRST_NUMBER || (size_t)(number - FIRST_NUMBER) >= table_used)
        return NULL;
    size_t index = (size_t)(number - FIRST_NUMBER);
    if (is_row(index, number, process))
        return &table[index];
    for (size_t i = index; inherited > 0 && i < table_used; i++)
        if (is_row(i, number, process))
            return &table[i];
    return NULL;
}

fake_handle *fake_handle_find(section_native number)
{
    return fake_handle_find_in(number, fake_process_now());
}

static fake_handle *add_row(fake_store *store, uint64_t process)
{
    if (table_used == table_size) {
        table_size = table_size == 0 ? 64 : 2 * table_size;
        table = realloc(table, table_size * sizeof(*table));
        FAKE_CHECK(table != NULL);
    }
    fake_handle *row = &table[table_used];
    *row = (fake_handle){.store = store, .process = process};
    row->number = (section_native)(FIRST_NUMBER + table_used++);
    fake_store_use(store);
    return row;
}

section_native fake_handle_open(fake_store *store, bool writable, bool foreign)
{
    fake_handle *row = add_row(store, fake_process_now());
    row->writable = writable;
    row->foreign = foreign;
    return row->number;
}

section_native fake_handle_copy(section_native number, uint64_t from,
                                uint64_t to)
{
    const fake_handle *found = fake_handle_find_in(number, from);
    FAKE_CHECK(found != NULL);
    const fake_handle original = *found;
    fake_handle *row = add_row(original.store, to);
    row->name = original.name;
    row->reserve = original.reserve;
    row->writable = original.writable;
    row->executable = original.executable;
    row->directory = original.directory;
    if (row->name != NULL)
        fake_name_hold(row->name);
    return row->number;
}

void fake_handle_inherit(section_native number, uint64_t from, uint64_t to)
{
    section_native copy = fake_handle_copy(number, from, to);
    const fake_handle original = *fake_handle_find_in(number, from);
    fake_handle *row = fake_handle_find_in(copy, to);
    FAKE_CHECK(fake_handle_find_in(number, to) == NULL);
    row->number = number;
    row->foreign = original.foreign;
    row->reader = original.reader;
    inherited++;
}

void fake_handle_move(section_native number, uint64_t from, uint64_t to)
{
    fake_handle *row = fake_handle_find_in(number, from);
    FAKE_CHECK(row != NULL);
    row->process = to;
}

static void close_row(fake_handle *handle)
{
    fake_store *store = handle->store;
    handle->store = NULL;
    if (handle->name != NULL)
        fake_name_leave(handle->name);
    fake_store_leave(store);
}

void fake_handle_close_in(section_native number, uint64_t process)
{
    fake_handle *handle = fake_handle_find_in(number, process);
    FAKE_CHECK(handle != NULL);
    close_row(handle);
}

void fake_handle_close(section_native number)
{
    fake_handle_close_in(number, fake_process_now());
}

void fake_handles_fork(uint64_t from, uint64_t to)
{
    size_t count = table_used;
    for (size_t i = 0; i < count; i++)
        if (table[i].store != NULL && table[i].process == from)
            fake_handle_inherit(table[i].number, from, to);
}

void fake_handles_end(uint64_t process)
{
    for (size_t i = 0; i < table_used; i++)
        if (table[i].store != NULL && table[i].process == process)
            close_row(&table[i]);
}

size_t fake_handle_count_under_way(void)
{
    size_t count = 0;
    for (size_t i = 0; i < table_used; i++)
        count += table[i].store != NULL && table[i].process == FAKE_UNDER_WAY;
    return count;
}

size_t fake_handle_count(bool readers)
{
    size_t count = 0;
    for (size_t i = 0; i < table_used; i++)
        count += table[i].store != NULL && table[i].process != FAKE_UNDER_WAY &&
                 table[i].reader == readers;
    return count;
}

void fake_handle_forget_all(void)
{
    free(table);
    table = NULL;
    table_size = table_used = inherited = 0;
}

/* ------------------------------------------------------------------------
 * For tests
 * ------------------------------------------------------------------------ */

static section_native open_foreign(fake_store *store, section_rights rights)
{
    section_native number =
        fake_handle_open(store, (rights & SECTION_RIGHT_WRITE) != 0, true);
    fake_handle_find(number)->executable =
        (rights & SECTION_RIGHT_EXECUTE) != 0;
    return number;
}

section_native fake_open_memory(uint64_t size, section_rights rights)
{
    return open_foreign(fake_store_make(SECTION_KIND_MEMORY, size), rights);
}

section_native fake_open_path(const char *path, section_rights rights)
{
    fake_store *store = fake_path_find(path);
    FAKE_CHECK(store != NULL);
    return open_foreign(store, rights);
}

section_native fake_open_again(section_native handle, section_rights rights)
{
    FAKE_CHECK(fake_is_open(handle));
    return open_foreign(fake_handle_find(handle)->store, rights);
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

bool fake_is_executable(section_native handle)
{
    FAKE_CHECK(fake_is_open(handle));
    return fake_handle_find(handle)->executable;
}

void fake_refuse_seals(section_native handle)
{
    FAKE_CHECK(fake_is_open(handle));
    fake_handle_find(handle)->store->refuses_seals = true;
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
