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

/* Pages that a store has, where not all of its bytes are there. */
typedef struct fake_range {
    struct fake_range *next;
    uint64_t from;
    uint64_t to;
} fake_range;

typedef struct fake_store {
    struct fake_store *next;
    fake_piece *pieces;
    uint64_t number; /* no other store has it */
    uint64_t size;
    uint64_t reserve; /* bytes that memory can grow to; 0 if it does not, or if
                         sizes are rounded */
    bool is_reserved; /* only `committed` is there of all its bytes */
    fake_range *committed;
    section_kind kind;
    fake_file_kind file_kind;
    section_pages pages;
    bool is_executable; /* memory that was made to be run */
    bool is_extended;   /* by somebody, who keeps all others from it */
    bool refuses_seals; /* more than it has */
    uint32_t seals;     /* that somebody has put on it */
    size_t users;       /* paths, handles and views */
} fake_store;

/* A name that is published, or is about to be. */
typedef struct fake_name fake_name;

typedef struct fake_handle {
    fake_store *store; /* NULL: closed */
    section_native number;
    uint64_t process; /* who has it; FAKE_UNDER_WAY: a message */
    fake_name *name;  /* what it holds beside the store, or NULL */
    uint64_t reserve; /* bytes that views through it can reach; or 0 */
    bool writable;
    bool executable;
    bool foreign;     /* the test's, or adopted from it */
    bool reader;      /* opened at first need, and kept by an object */
    bool directory;   /* of the directory where the store is */
    bool inheritable; /* of an offer: programs that are started may get it */
    bool given;       /* by another process, or inherited: nobody's own yet */
} fake_handle;

/* The process that has the handles of messages. */
#define FAKE_UNDER_WAY 0

typedef struct fake_view {
    struct fake_view *next;
    uint64_t process;
    fake_store *store;
    void *copy; /* what to free, for copies */
    unsigned char *base;
    uint64_t offset;
    size_t length;
    section_access access;
} fake_view;

/* --- fake_store.c --- */

fake_store *fake_store_make(section_kind kind, uint64_t size);
void fake_store_use(fake_store *store);
void fake_store_leave(fake_store *store);
size_t fake_store_count(void);
size_t fake_extension_count(void);
void fake_store_forget_all(void);

/* Where bytes are; NULL for more than this machine is played to map. */
unsigned char *fake_store_bytes(fake_store *store, uint64_t offset,
                                uint64_t length);

/* Whether the page is there that this byte is on. What is not must not be
 * touched, and it is noticed later if it was. */
bool fake_store_has(const fake_store *store, uint64_t offset);

/* Have more bytes, zero; or fewer. Of what is reserved: have these pages, and
 * how many of their bytes it does not have. */
void fake_store_grow(fake_store *store, uint64_t size);
void fake_store_cut(fake_store *store, uint64_t size);
void fake_store_commit(fake_store *store, uint64_t from, uint64_t to);
uint64_t fake_store_missing(const fake_store *store, uint64_t from,
                            uint64_t to);

/* What addresses of views of it are multiples of. */
uint32_t fake_store_granularity(const fake_store *store);

/* The store at a path, or NULL. */
fake_store *fake_path_find(const char *path);
void fake_path_add(const char *path, fake_store *store);
void fake_path_remove(const char *path);
size_t fake_path_count(void);

/* Heap memory at a multiple of the granularity; free `*allocation`. */
unsigned char *fake_aligned(void **allocation, size_t size, size_t unit);

/* Heap memory, zeroed, that is always there. */
void *fake_zeroed(size_t size);

/* Whether these bytes are in what section_os_allocate() gave. */
bool fake_is_block(const void *memory, size_t length);

/* The heap of a process that ends. */
void fake_blocks_end(uint64_t process);

/* --- fake_handle.c --- */

section_native fake_handle_open(fake_store *store, bool writable, bool foreign);
void fake_handle_close(section_native number);

/* The handle of that number, or NULL if it is not open: in the process that is
 * played, or in another one. */
fake_handle *fake_handle_find(section_native number);
fake_handle *fake_handle_find_in(section_native number, uint64_t process);
void fake_handle_close_in(section_native number, uint64_t process);

/* One more handle of the same, in another process or this one; with the same
 * number, as children have it; or the same handle in another process. */
section_native fake_handle_copy(section_native number, uint64_t from,
                                uint64_t to);
void fake_handle_inherit(section_native number, uint64_t from, uint64_t to);
void fake_handle_move(section_native number, uint64_t from, uint64_t to);

/* What all handles of a process are given to at its fork, and at its end. */
void fake_handles_fork(uint64_t from, uint64_t to);
void fake_handles_end(uint64_t process);
/* Those that messages have. */
size_t fake_handle_count_under_way(void);

/* How many are open that are readers, or that are not. */
size_t fake_handle_count(bool readers);
void fake_handle_forget_all(void);

/* --- fake_view.c --- */

size_t fake_view_count(void);
size_t fake_view_count_of(const fake_store *store);

/* The view that has these pages, or NULL. */
const fake_view *fake_view_find(const void *base, size_t length);

/* Whether one view mapped so, or to be run beside, has all these pages; others
 * may have them too. */
bool fake_view_has(const void *base, size_t length, section_access mapped);

/* The view of pages that lib/ hands down as those of a view. */
const fake_view *fake_view_check(const void *base, size_t length);
void fake_view_forget_all(void);
void fake_views_fork(uint64_t from, uint64_t to);
void fake_views_end(uint64_t process);

/* Whether these bytes are in a view: others may have made anything of them. */
bool fake_view_is_shared(const void *base, size_t length);

/* --- fake_process.c --- */

void fake_processes_start(void);

/* The process that is played. */
uint64_t fake_process_now(void);

/* Whether this very process is still there. */
bool fake_process_lives(const section_os_process *process);

/* --- fake_channel.c --- */

void fake_channels_forget_all(void);

/* --- fake_transfer.c --- */

/* Check that parts are open here, and no more of them ours than there are. */
void fake_parts_check(const section_os_parts *parts);

/* --- fake_offer.c --- */

void fake_offers_forget_all(void);
size_t fake_source_count(void);

/* --- fake_growth.c --- */

void fake_growth_forget_all(void);

/* --- fake_flush.c --- */

void fake_flushes_forget_all(void);

/* --- fake_prepare.c --- */

void fake_prepare_forget_all(void);

/* --- fake_guard.c --- */

void fake_guards_forget_all(void);

/* The first or the last of these bytes that cannot be touched, or NULL. */
const unsigned char *fake_first_bad(const void *base, size_t length);
const unsigned char *fake_last_bad(const void *base, size_t length);

/* --- fake_names.c --- */

/* One holder of a name fewer. */
void fake_name_leave(fake_name *name);

/* What an object holds in `name`, or NULL. */
fake_name *fake_object_name(const section_os_object *object);
bool fake_name_is_published(const fake_name *name);

/* Whether this is the name and its place. */
bool fake_name_is(const fake_name *name, const section_os_name *expected);

/* One more holder, who has a handle already. */
void fake_name_hold(fake_name *name);

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

/* Whether this primitive has to fail now, and how: as a test has said, or as
 * the system does that is played. */
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
                        const section_os_memory *memory);
void fake_object_open(section_os_object *out, section_os_facts *facts,
                      fake_store *store, section_rights rights);

/* READ, with or without EXECUTE, and WRITE, or WRITE and EXTEND. */
void fake_check_rights(section_rights rights);

/* Whether this handle has no more and no less than these rights need. */
bool fake_handle_suits(const fake_handle *handle, section_rights rights);

/* What an object of this kind needs beside. */
uint32_t fake_hold_flag(section_kind kind);

/* Whether a trailer can be in it. */
bool fake_may_have_trailer(const fake_store *store);

/* Bytes that memory can grow to; 0 if it does not grow any more. */
uint64_t fake_reserve_of(const fake_store *store);

/* --- fake_seal.c --- */

/* Whether anybody has put this seal on it, or it is natural. */
bool fake_is_sealed(const fake_store *store, uint32_t seal);

#endif
