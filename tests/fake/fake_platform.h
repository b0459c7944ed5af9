/* SPDX-License-Identifier: MIT */
/*
 * A platform that exists only in memory.
 *
 * It implements platform/platform.h without a single system call, so that lib/
 * can be run with any page size and granularity, with any primitive failing,
 * and with every promise of the seam checked at every call: a broken promise
 * ends the test program with the line it was broken at.
 *
 * Bytes are real: every view of the same bytes is the same memory (a copy has
 * its own). What it does not have is protection; section_os_view_protect() is
 * checked and remembered, and that is all. Pages that an object does not have
 * yet hold a pattern, and it is noticed when they come to be whether somebody
 * has written to them.
 *
 * One thread only.
 */
#ifndef TESTS_FAKE_PLATFORM_H
#define TESTS_FAKE_PLATFORM_H

#include "platform.h"

/* What can be sealed. */
typedef enum fake_seals {
    FAKE_SEALS,        /* everything */
    FAKE_SEALS_NONE,   /* nothing */
    FAKE_SEALS_NATURAL /* memory keeps the size it was made with; and nothing
                          else */
} fake_seals;

/* What kind of system is played. */
typedef struct fake_system {
    const char *name;
    uint32_t page_size;
    uint32_t granularity;
    bool memory_sizes_are_rounded;
    bool memory_views_hold;  /* views of memory hold their object too */
    bool adopting_renumbers; /* an adopted handle becomes another one */
    /* A name is taken when memory is made under it, not when it is published;
     * nor can such memory be lazy, or its size told from outside. */
    bool names_are_taken_early;
    bool memory_cannot_grow;
    bool files_cannot_grow;
    bool files_keep_their_size; /* against those who want to cut them */
    bool views_are_left_alone;  /* nothing of what can be done in advance */
    uint32_t large_page;        /* bytes of one; 0: there are none */
    /* Handles have the right to execute or not; else it is lib/'s word. */
    bool execution_is_guarded;
    fake_seals seals;
    /* Nobody can tell processes apart: nothing can be offered to one. */
    bool processes_are_strangers;
    /* Who offers puts handles into the other process, as on Windows; else the
     * other fetches them, as on Linux. */
    bool offers_are_pushed;
} fake_system;

/* Systems worth playing. */
extern const fake_system fake_systems[];
extern const size_t fake_systems_count;

/* Begin again with an empty system. What is left of the last one is forgotten
 * and freed. */
void fake_start(const fake_system *system);

/* The system being played. */
const fake_system *fake_current(void);

/* Memory and disk space left to commit, in bytes; plenty at first. */
void fake_set_space_left(uint64_t memory, uint64_t disk);

/* ------------------------------------------------------------------------
 * What is there
 * ------------------------------------------------------------------------ */

typedef struct fake_census {
    size_t handles;     /* open in any process, those of the test included */
    size_t readers;     /* handles opened at first need for read-only views */
    size_t views;       /* mapped */
    size_t heap_blocks; /* of section_os_allocate() */
    size_t stores;      /* memory objects and files that have not gone */
    size_t files;       /* paths */
    size_t names;       /* held, or about to be published */
    size_t walks;       /* through names, not ended */
    size_t extensions;  /* begun, not ended */
    size_t under_way;   /* handles in messages */
    size_t sources;     /* of offers, not closed */
} fake_census;

fake_census fake_count(void);

/* Fail the test unless both are the same. */
#define assert_census(expected, actual)                                        \
    fake_expect_census((expected), (actual), __FILE__, __LINE__)
void fake_expect_census(fake_census expected, fake_census actual,
                        const char *file, int line);

/* ------------------------------------------------------------------------
 * Files
 * ------------------------------------------------------------------------ */

typedef enum fake_file_kind {
    FAKE_FILE,
    FAKE_READ_ONLY_FILE,
    FAKE_DIRECTORY,
    FAKE_DATA_FILE,    /* where nobody can run anything */
    FAKE_DANGLING_LINK /* there, and not to be found */
} fake_file_kind;

/* Put a file of `size` zero bytes at a path that is free. */
void fake_put_file(const char *path, fake_file_kind kind, uint64_t size);

/* Remove a path, as another process would. */
void fake_remove_file(const char *path);

/* Cut a file, or make it larger, as another process would. */
void fake_cut_file(const char *path, uint64_t size);
void fake_grow_file(const char *path, uint64_t size);

bool fake_file_exists(const char *path);
uint64_t fake_file_size(const char *path);

/* The bytes of a file, for reading and writing beside the library. */
unsigned char *fake_file_bytes(const char *path);

/* ------------------------------------------------------------------------
 * Native handles that the test owns
 * ------------------------------------------------------------------------ */

/* Foreign memory. */
section_native fake_open_memory(uint64_t size, section_rights rights);

/* A foreign handle of the file at a path; of a directory too. */
section_native fake_open_path(const char *path, section_rights rights);

/* Another handle of what a handle stands for. */
section_native fake_open_again(section_native handle, section_rights rights);

/* Close a handle the test owns; fails the program if it is not open. */
void fake_close(section_native handle);

bool fake_is_open(section_native handle);
bool fake_is_writable(section_native handle);
bool fake_is_executable(section_native handle);

/* Forbid further seals on what this handle stands for, as another process
 * would. */
void fake_refuse_seals(section_native handle);

/* The bytes from `offset` on, `length` of them, and the size in the store. */
unsigned char *fake_bytes(section_native handle, uint64_t offset,
                          size_t length);
uint64_t fake_size(section_native handle);

/* Whether the page is there that this byte is on. */
bool fake_is_there(section_native handle, uint64_t offset);

/* Extend what this handle stands for, as another process would, from now on;
 * or have done so. */
void fake_hold_extension(section_native handle, bool held);

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------ */

/* Publish memory of `stored` bytes without a trailer, as another process would.
 * The handle can only be read through, holds the name, and is the test's. */
section_native fake_publish(section_scope scope, const char *text,
                            uint64_t stored);

/* Take a name away from its holders, from outside. */
void fake_lose_name(section_scope scope, const char *text);

/* Another process works on a name: whoever asks about it is told
 * SECTION_BUSY, until another name is worked on. "" is none. */
void fake_work_on_name(section_scope scope, const char *text);

/* Nothing can be asked about names of a scope, for this reason; SECTION_OK ends
 * it. */
void fake_refuse_scope(section_scope scope, section_status status);

/* Leave sections whose holders were killed, which keep so many bytes of memory
 * from everybody until they are swept. */
void fake_leave_dead(section_scope scope, unsigned count, uint64_t bytes);

/* A call of the seam about one name. */
typedef enum fake_step {
    FAKE_STEP_CREATE,
    FAKE_STEP_PUBLISH,
    FAKE_STEP_OPEN,
    FAKE_STEPS
} fake_step;

#define FAKE_ALWAYS (~0u)

/* So many calls from now on are answered so, whatever there is; FAKE_ALWAYS for
 * all, 0 for none. */
void fake_answer_names(fake_step step, section_status status, unsigned count);

/* Who holds a name, and the permit it was created with. */
size_t fake_name_holders(section_scope scope, const char *text);
section_permit fake_name_permit(section_scope scope, const char *text);

/* Calls since fake_start(). */
typedef struct fake_name_calls {
    unsigned creates;
    unsigned publishes;
    unsigned opens;
    unsigned releases;
    unsigned sweeps[2]; /* of each scope */
} fake_name_calls;

fake_name_calls fake_count_name_calls(void);

/* ------------------------------------------------------------------------
 * Processes: all that is called belongs to the one that is played. What is
 * counted is of all of them.
 * ------------------------------------------------------------------------ */

/* The number of the process that is played. */
uint64_t fake_process_number(void);

/* Start one more, with a number that no other had; or with that of one that has
 * ended. */
uint64_t fake_start_process(void);
void fake_start_process_again(uint64_t number);

/* Play a process from now on. */
void fake_be(uint64_t number);

/* A child of the process that is played, which has copies of its handles and
 * views, and of nothing else. */
uint64_t fake_fork(void);

/* End a process, however that comes: its handles, views and heap are gone. It
 * is not the one that is played. */
void fake_end_process(uint64_t number);

/* ------------------------------------------------------------------------
 * Channels
 * ------------------------------------------------------------------------ */

/* Both ends of a channel; all processes have them. */
void fake_open_channel(section_native ends[2]);

/* Close an end, with what is under way to it. */
void fake_close_channel(section_native end);

/* So many messages more can be sent from this end; as many as liked at first.
 */
void fake_set_channel_room(section_native end, unsigned room);

/* A message under way, which tests may change. */
typedef struct fake_message {
    unsigned char bytes[SECTION_OS_MESSAGE_MAX];
    size_t length;
    uint32_t mask; /* parts that are said to come with it */
    section_native part[SECTION_OS_PARTS]; /* not to be used; -1 for none */
    bool is_noise;                         /* nothing that a section sends */
} fake_message;

/* The next message that this end will receive, or NULL. */
fake_message *fake_next_message(section_native end);

/* Let a part of a message be another handle of what this one stands for, which
 * stays; or, -1, none. */
void fake_replace_part(fake_message *message, unsigned part,
                       section_native handle);

/* What a name part is: another holder of a name that is held. */
void fake_replace_name(fake_message *message, section_scope scope,
                       const char *text);

typedef struct fake_channel_calls {
    unsigned sends;
    unsigned receives;
    uint32_t timeout; /* of the last */
} fake_channel_calls;

fake_channel_calls fake_count_channel_calls(void);

/* ------------------------------------------------------------------------
 * Offers
 * ------------------------------------------------------------------------ */

/* Keep this process from getting at handles of others, or others' at its own;
 * until it is played that they may again. */
void fake_forbid_offers(bool forbidden);

/* What section_os_parts_pass() takes: what a program will inherit. */
typedef struct fake_program {
    section_native handles[SECTION_OS_PARTS];
    size_t count;
} fake_program;

/* Start it: a process that has these handles and no others. */
uint64_t fake_start_program(const fake_program *program);

/* Close what the process that is played was given under a number, or was left
 * with; put another handle there. */
void fake_close_given(uint64_t number);
void fake_replace_given(uint64_t number, section_native by);

/* What the last section_os_random() gave. */
const unsigned char *fake_last_random(void);

/* ------------------------------------------------------------------------
 * Time, which goes on when somebody pauses
 * ------------------------------------------------------------------------ */

void fake_turn_clock(uint64_t milliseconds);

/* Do something at each pause, which are counted from 1; NULL: nothing. */
void fake_at_each_pause(void (*does)(void *context, unsigned pause),
                        void *context);

/* Pauses since fake_start(), in microseconds. */
typedef struct fake_pauses {
    unsigned count;
    uint32_t longest;
    uint64_t total;
} fake_pauses;

fake_pauses fake_count_pauses(void);

/* How long one of the first 64 was. */
uint32_t fake_pause_length(unsigned pause);

/* ------------------------------------------------------------------------
 * Failing
 * ------------------------------------------------------------------------ */

/* What can fail. */
typedef enum fake_primitive {
    FAKE_ALLOCATE,
    FAKE_MEMORY_CREATE,
    FAKE_FILE_OPEN,
    FAKE_FILE_KEEP_DIRECTORY,
    FAKE_FILE_CREATE,
    FAKE_FILE_BIND,
    FAKE_WRAP,
    FAKE_ADOPT,
    FAKE_DUPLICATE,
    FAKE_NATIVE_DUPLICATE,
    FAKE_OPEN_READER,
    FAKE_NAME_CREATE,
    FAKE_NAME_PUBLISH,
    FAKE_NAME_OPEN,
    FAKE_NAMES_BEGIN,
    FAKE_NAMES_SWEEP,
    FAKE_VIEW_MAP,
    FAKE_VIEW_UNMAP,
    FAKE_VIEW_PROTECT,
    FAKE_MEASURE,
    FAKE_EXTEND,
    FAKE_EXTENSION_BEGIN,
    FAKE_VIEW_FLUSH,
    FAKE_OBJECT_FLUSH,
    FAKE_ENTRY_FLUSH,
    FAKE_PREFETCH,
    FAKE_LOCK,
    FAKE_UNLOCK,
    FAKE_ADVISE,
    FAKE_DISCARD,
    FAKE_GUARDED_COPY,
    FAKE_GUARDED_CALL,
    FAKE_IS_SAME,
    FAKE_SEAL,
    FAKE_PARTS_GATHER,
    FAKE_ACCEPT,
    FAKE_CHANNEL_SEND,
    FAKE_CHANNEL_RECEIVE,
    FAKE_PROCESS_TELL,
    FAKE_PARTS_OFFER,
    FAKE_SOURCE_OPEN,
    FAKE_PART_FETCH,
    FAKE_PARTS_PASS,
    FAKE_RANDOM,
    FAKE_PRIMITIVES
} fake_primitive;

/* Ways in which a primitive fails; the next after the last is the first. */
#define FAKE_VARIANTS 3

/*
 * Let the nth primitive from now on that can fail (1 is the next) fail, once;
 * 0 lets all succeed.
 *
 * section_os_view_unmap() never fails on a system that rounds sizes of memory:
 * lib/ has to unmap the page with the exact size there, and could do nothing
 * about a page that the system does not take back. Nor does it fail where the
 * view is all of its object, which a system never has to split.
 */
void fake_fail_at(unsigned nth, unsigned variant);

typedef struct fake_failure {
    bool happened;
    fake_primitive primitive;
    section_os_result result;
} fake_failure;

/* What the last fake_fail_at() has led to. */
fake_failure fake_failed(void);

/* The code of the system that comes with what fake_answer() says. */
#define FAKE_ANSWER_CODE 8000

/* The next `count` calls of a primitive are answered so, FAKE_ALWAYS for all, 0
 * for none. SECTION_OK: as if nothing had been said. */
void fake_answer(fake_primitive primitive, section_status status,
                 unsigned count);

/* Do something whenever a primitive is called, before it does anything, as
 * another thread would; the calls are counted from 1. One primitive at a time;
 * NULL: nothing. */
void fake_at_each_call(fake_primitive primitive,
                       void (*does)(void *context, unsigned call),
                       void *context);

/* ------------------------------------------------------------------------
 * Bytes that cannot be touched
 * ------------------------------------------------------------------------ */

/* Make bytes bad, one range more; all good again. Pages of a view that are not
 * there are bad in any case. */
void fake_make_bad(const void *base, size_t length);
void fake_make_good(void);

/* What a function under a guard says before it touches a byte: it does not come
 * back if that is bad. One that says nothing is taken to touch every byte that
 * is watched. */
void fake_touch(const void *address);

typedef struct fake_guard_calls {
    unsigned copies;
    unsigned calls;
} fake_guard_calls;

fake_guard_calls fake_count_guard_calls(void);

/* What section_guard_try() takes for a fault of its own, with FAKE_SIGNAL. */
#define FAKE_SIGNAL 11
void fake_signal(void **information, void **context);

/* ------------------------------------------------------------------------
 * What was asked for
 * ------------------------------------------------------------------------ */

typedef struct fake_protect_call {
    unsigned count; /* calls since fake_start() */
    unsigned char *base;
    size_t length;
    section_access mapped;
    section_access access;
} fake_protect_call;

fake_protect_call fake_last_protect(void);

typedef struct fake_map_call {
    unsigned count;
    uint64_t offset;
    size_t length;
    section_access access;
    void *address;
} fake_map_call;

fake_map_call fake_last_map(void);

typedef struct fake_extend_call {
    unsigned count;
    uint64_t from;
    uint64_t to;
    bool lazy;
} fake_extend_call;

fake_extend_call fake_last_extend(void);

typedef struct fake_flushes {
    unsigned views; /* calls since fake_start() */
    unsigned objects;
    unsigned entries;
    unsigned char *base; /* of the last one of a view */
    size_t length;
    uint64_t offset;
    section_flush_level level; /* of the last one of a view or an object */
} fake_flushes;

fake_flushes fake_count_flushes(void);

/* Prefetch, lock, unlock, advise or discard. */
typedef struct fake_prepare_call {
    unsigned count;
    fake_primitive primitive;
    unsigned char *base;
    size_t length;
    int32_t how;
} fake_prepare_call;

fake_prepare_call fake_last_prepare(void);

#endif
