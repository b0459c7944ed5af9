/* SPDX-License-Identifier: MIT */
/*
 * What the files of the fake platform share: stores (the bytes), handles (who
 * has a store open, and how), and the state of the whole.
 */
#ifndef TESTS_FAKE_INTERNAL_H
#define TESTS_FAKE_INTERNAL_H

#include "fake_platform.h"

/* End the program: lib/ broke a promise of the seam, or a test misused the
 * fake. Not assert(), which a release build leaves out. */
#define FAKE_CHECK(condition)                                                  \
    ((condition) ? (void)0 : fake_broken(#condition, __FILE__, __LINE__))

_Noreturn void fake_broken(const char *what, const char *file, int line);

/* Bytes of a store that are really there. Small stores have one piece that
 * holds all; large ones get a piece for each view, which stays. */
typedef struct fake_piece {
    struct fake_piece *next;
    uint64_t offset;
    uint64_t length;
    void *allocation;
    unsigned char *bytes; /* a multiple of the granularity */
} fake_piece;

typedef struct fake_store {
    struct fake_store *next;
    fake_piece *pieces;
    uint64_t number; /* no other store has it */
    uint64_t size;
    section_kind kind;
    fake_file_kind file_kind;
    size_t users; /* paths, handles and views */
} fake_store;

/* A name that is published, or is about to be. */
typedef struct fake_name fake_name;

typedef struct fake_handle {
    fake_store *store; /* NULL: closed */
    fake_name *name;   /* what it holds beside the store, or NULL */
    bool writable;
    bool foreign; /* the test's, or adopted from it */
    bool reader;  /* opened at first need, and kept by an object */
} fake_handle;

/* --- fake_store.c --- */

fake_store *fake_store_make(section_kind kind, uint64_t size);
void fake_store_use(fake_store *store);
void fake_store_leave(fake_store *store);
size_t fake_store_count(void);
void fake_store_forget_all(void);

/* Where bytes are; NULL for more than this machine is played to map. */
unsigned char *fake_store_bytes(fake_store *store, uint64_t offset,
                                uint64_t length);

/* The store at a path, or NULL. */
fake_store *fake_path_find(const char *path);
void fake_path_add(const char *path, fake_store *store);
void fake_path_remove(const char *path);
size_t fake_path_count(void);

/* Heap memory at a multiple of the granularity; free `*allocation`. */
unsigned char *fake_aligned(void **allocation, size_t size);

/* Heap memory, zeroed, that is always there. */
void *fake_zeroed(size_t size);

/* --- fake_handle.c --- */

section_native fake_handle_open(fake_store *store, bool writable, bool foreign);
void fake_handle_close(section_native number);

/* The handle of that number, or NULL if it is not open. */
fake_handle *fake_handle_find(section_native number);
/* How many are open that are readers, or that are not. */
size_t fake_handle_count(bool readers);
void fake_handle_forget_all(void);

/* --- fake_view.c --- */

size_t fake_view_count(void);
size_t fake_view_count_of(const fake_store *store);
void fake_view_forget_all(void);

/* --- fake_names.c --- */

/* One holder of a name fewer. */
void fake_name_leave(fake_name *name);

/* What an object holds in `name`, or NULL. */
fake_name *fake_object_name(const section_os_object *object);
bool fake_name_is_published(const fake_name *name);

/* One more handle for the name that an object holds, if it does. */
section_native fake_name_duplicate(const section_os_object *object);

/* Names, and those about to be; walks that have not ended. */
size_t fake_name_count(void);
size_t fake_walk_count(void);

/* Memory that nobody can have because the dead have it. */
uint64_t fake_dead_bytes(void);
void fake_names_forget_all(void);

/* --- fake_rules.c --- */

/* Whether this can be a name. */
bool fake_is_name(const char *text);

/* --- fake_clock.c --- */

void fake_clock_start(void);

/* --- fake_system.c --- */

/* Whether this primitive has to fail now, and how. */
bool fake_must_fail(fake_primitive primitive, section_os_result *result);

section_os_result fake_ok(void);
section_os_result fake_refusal(section_status status, int32_t os_error);

/* Take space that a store commits; false if there is too little. */
bool fake_commit(section_kind kind, uint64_t bytes);

/* --- fake_object.c --- */

/* Check that an object is one of ours and open, and give its store. */
fake_store *fake_object_store(const section_os_object *object);

/* The handle for read-only views, opened at first need. */
section_os_result fake_object_reader(section_os_object *object);

/* Make memory, or open what is there; false if there is too little. */
bool fake_object_memory(section_os_object *out, section_os_facts *facts,
                        uint64_t size, bool lazy);
void fake_object_open(section_os_object *out, section_os_facts *facts,
                      fake_store *store, section_rights rights);

/* READ, or READ and WRITE. */
void fake_check_rights(section_rights rights);

#endif
