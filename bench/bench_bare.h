/* SPDX-License-Identifier: MIT */
/*
 * What the benchmark asks of a system: the bare calls that stand beside the
 * library, a clock, processes and pipes. bench_bare_posix.c (with
 * bench_bare_memfd.c or bench_bare_shm.c) and bench_bare_win32.c implement it;
 * everything else of the benchmark is the same on every system.
 *
 * Each bare function is the system's own call and nothing more, so that a loop
 * over them costs what a program written for this one system would pay.
 * Functions that return bool give false for a failure, and
 * bare_error_text() then says which.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include <section/native.h>
#include <section/section.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A descriptor or HANDLE, as section/native.h has it. */
typedef section_native bare_handle;

#define BARE_NONE ((bare_handle)-1)

/* The bare calls beside which rows stand. */
typedef enum bare_sequence {
    BARE_LIFECYCLE,
    BARE_CREATE,
    BARE_CREATE_LAZY,
    BARE_MAP,
    BARE_MAP_READ,
    BARE_MAP_COPY,
    BARE_MAP_EXECUTE,
    BARE_PROTECT,
    BARE_DUPLICATE,
    BARE_INFO,
    BARE_TOUCH,
    BARE_TOUCH_LAZY,
    BARE_BANDWIDTH,
    BARE_BANDWIDTH_SAME,
    BARE_FIRST_WRITE,
    BARE_DISCARD,
    BARE_LOCK,
    BARE_GROW,
    BARE_GROW_ALONE,
    BARE_GROW_FILE,
    BARE_GROWN_MAP,
    BARE_GROWN_MAP_WHOLE,
    BARE_GUARD_COPY,
    BARE_GUARD_FILE,
    BARE_GUARD_PROCESS,
    BARE_GUARD_CALL,
    BARE_FLUSH_DURABLE,
    BARE_FLUSH_START,
    BARE_FLUSH_FILE,
    BARE_FILE_READ,
    BARE_FILE_MAP,
    BARE_PROCESSES,
    BARE_PIPE,
    BARE_NAME_CREATE,
    BARE_NAME_CREATE_PLAIN,
    BARE_NAME_OPEN,
    BARE_NAME_OPEN_PLAIN,
    BARE_NAME_TAKEN,
    BARE_NAME_MISSING,
    BARE_NAME_WALK,
    BARE_NAME_AMONG_FEW,
    BARE_NAME_PARALLEL,
    BARE_NAME_DUPLICATE,
    BARE_NAME_INFO,
    BARE_SEND,
    BARE_SEND_READ,
    BARE_SEND_NAME,
    BARE_EXPORT_IMPORT,
    BARE_IMPORT_TAKEN,
    BARE_INHERITABLE,
    BARE_DUPLICATE_READ,
    BARE_IS_SAME,
    BARE_SEQUENCE_COUNT
} bare_sequence;

/* The list of bare calls, for people; NULL: this system has none, and no such
 * row. */
const char *bare_calls(bare_sequence sequence);

/* Whether the bounds of the rows are promised for this system. */
extern const bool bare_bounds_apply;

/* What failed last, such as "mmap: Cannot allocate memory". */
const char *bare_error_text(void);

/* --- the program --- */

/* Call first: arguments in UTF-8, and whatever the process needs. */
void bare_start(int *argc, char ***argv);

/* Whether a name matches a pattern with * and ?. */
bool bare_glob_matches(const char *pattern, const char *name);

/* Whether standard error goes to a terminal. */
bool bare_stderr_is_terminal(void);

typedef struct bare_machine {
    char system[160];
    char processor[160];
    unsigned processors;
    uint64_t memory; /* bytes, 0 if unknown */
} bare_machine;

void bare_describe_machine(bare_machine *out);

/* Nanoseconds of a clock that only goes forward. */
uint64_t bare_now(void);

/* Let another thread or process run. */
void bare_yield(void);

/* The number of this process. */
unsigned long bare_process_number(void);

/* As many descriptors as this process may have. */
void bare_raise_limits(void);

/* Outlive the keys that interrupt a program. */
void bare_ignore_interrupts(void);

/* Run this process on one of the processors it may use, counted round, where
 * the system can do that; and on all of them again. */
void bare_pin(unsigned which);
void bare_unpin(void);

/* --- memory and views --- */

/* Memory without a name: opened, and given its size. */
bool bare_memory_create(bare_handle *out, uint64_t size, bool lazy);

/* Forbid it to shrink, where the system can. */
bool bare_memory_seal(bare_handle handle);

bool bare_close(bare_handle handle);

/* READ, READ_WRITE or COPY, and EXECUTE_READ for rows that ask for it; NULL
 * after a failure. */
void *bare_map(bare_handle handle, uint64_t offset, size_t length,
               section_access access);
bool bare_unmap(void *base, size_t length);

/* READ or READ_WRITE. */
bool bare_protect(void *base, size_t length, section_access access);

bool bare_duplicate(bare_handle *out, bare_handle handle);

/* The size of memory or of a file, asked of the system. */
bool bare_size(uint64_t *out, bare_handle handle);

/* Make the bytes of whole pages zero, and give their memory back where the
 * system can. */
bool bare_discard(void *base, size_t length);

/* Keep pages in memory; and let them go. */
bool bare_lock(void *base, size_t length);
bool bare_unlock(void *base, size_t length);

/* --- bytes that may not be there --- */

/* Let the system copy memory of this process. */
bool bare_copy_by_system(void *to, const void *from, size_t length);

/* Call a function after marking the place to come back to, where the system has
 * such a thing. */
section_status bare_guard(section_guarded function, void *context);

/* --- growth --- */

/* Memory or a file that gets larger. */
typedef struct bare_growing {
    bare_handle memory; /* for bare_map() */
    unsigned char *base;
    uint64_t size;
    char path[48];
} bare_growing;

bool bare_growing_create(bare_growing *out, uint64_t size, uint64_t reserve);
bool bare_growing_open_file(bare_growing *out, const char *path);
bool bare_growing_close(bare_growing *growing);

/* Ask for the size, and take that much more of it. As the only one who ever
 * does, by whole pages; or with all that it takes so that others can do it at
 * the same time, by any number of bytes. */
bool bare_grow(bare_growing *growing, uint64_t bytes);
bool bare_grow_alone(bare_growing *growing, uint64_t bytes);

/* The size, as who holds it learns it. */
bool bare_growing_size(uint64_t *out, const bare_growing *growing);

/* --- names --- */

/* Memory with a name, as one process holds it. */
typedef struct bare_named {
    bare_handle memory; /* for bare_map() */
    bare_handle record; /* what holds the name; BARE_NONE: the memory does */
} bare_named;

/* The calls that make a name live exactly as long as its holders, and no more:
 * on Windows the kernel's own. */
bool bare_name_create(bare_named *out, const char *name, uint64_t size);
bool bare_name_open(bare_named *out, const char *name);
bool bare_name_duplicate(bare_named *out, const bare_named *from);
bool bare_name_close(bare_named *named, const char *name);

/* Whether a name is taken, as one who wants to create it has to know. */
bool bare_name_is_taken(bool *taken, const char *name);

/* Whether a name is missing, as one who wants to open it has to know. */
bool bare_name_is_missing(bool *missing, const char *name);

/* The size, asked together with what tells whether the name still is its. */
bool bare_name_size(uint64_t *out, const bare_named *of, const char *name);

/* Count the names that are alive in a place of the library's. */
bool bare_name_count(uint64_t *out, const char *place);

/* What programs do who make do with less: a name of the system that lives until
 * it is removed, and survives those who forget to. */
bool bare_plain_create(bare_handle *out, const char *name, uint64_t size);
bool bare_plain_open(bare_handle *out, uint64_t *size, const char *name);
bool bare_plain_remove(const char *name);

/* --- handing over --- */

/* Whether two handles are of one object. */
bool bare_is_same(bool *same, bare_handle one, bare_handle other);

/* Memory that is handed over, with what is said of it, which whoever has it
 * asks for once. */
typedef struct bare_goods {
    bare_named held;    /* not ours */
    bare_handle reader; /* what only reads, for which only that is handed over;
                           else BARE_NONE */
    uint64_t size;
    uint64_t id[2];
    bool writes;
    bool sealed; /* nobody can have made it smaller */
} bare_goods;

bool bare_goods_begin(bare_goods *out, const bare_named *held, uint64_t size,
                      bool writes);
bool bare_goods_end(bare_goods *goods);

/* Another handle, with the rights that are handed over. */
bool bare_goods_duplicate(bare_handle *out, const bare_goods *goods);

/* A channel for sections, both ends of which are in this process. */
typedef struct bare_channel {
    bare_handle sends;
    bare_handle receives;
} bare_channel;

bool bare_channel_open(bare_channel *out);
bool bare_channel_close(bare_channel *channel);

/* Do one and then the other, so many times; in two threads where the first
 * waits for the second. */
typedef bool (*bare_step)(void *context);
bool bare_in_turn(bare_step first, bare_step second, void *context,
                  uint64_t count);

/* Send with as many bytes as the library does; receive, and compare what
 * arrives with what was said of it, and that with what it has to be. */
bool bare_send(const bare_channel *channel, const bare_goods *goods);
bool bare_receive(bare_named *out, const bare_channel *channel,
                  const bare_goods *expected);

/* What a process can take once: the one with this number, or, if it is 0, a
 * program that is started. */
typedef struct bare_offer {
    bare_handle memory;
    bare_handle ticket;
    void *page; /* of the ticket */
    uint64_t to;
    char text[320];
} bare_offer;

bool bare_offer_begin(bare_offer *out, const bare_goods *goods, uint64_t to);
bool bare_offer_end(bare_offer *offer);
bool bare_offer_take(bare_handle *out, const char *text);
bool bare_offer_is_gone(bool *gone, const char *text);

/* --- places of names --- */

/* Whether names are files in a directory: if not, the functions below do
 * nothing, and succeed. */
extern const bool bare_has_places;

/* Make a directory of this user's alone, where memory is; and one in it. */
bool bare_place_make(char *out, size_t size);
bool bare_place_add(const char *path);

/* Where the names of the library, and those of the bare calls, are from now
 * on. */
bool bare_place_of_library(const char *path);
bool bare_place_of_bare(const char *path);

/* Remove a directory and the files in it. */
bool bare_place_remove(const char *path);

/* --- files --- */

/* READ or READ_WRITE. */
bool bare_file_open(bare_handle *out, const char *path, section_access access);
/* A handle that bare_map() takes: the file's own on POSIX. */
bool bare_file_mapping(bare_handle *out, bare_handle file,
                       section_access access);
void bare_file_mapping_close(bare_handle mapping);
/* The next bytes; 0 at the end, -1 after a failure. */
int64_t bare_file_read(bare_handle file, void *buffer, size_t length);
/* All of the bytes at an offset, or false. */
bool bare_file_read_at(bare_handle file, uint64_t offset, void *buffer,
                       size_t length);

/* Make a file of that many zeros, which is not there yet; remove one, which may
 * be gone already. */
bool bare_file_make(const char *path, uint64_t size);
bool bare_file_remove(const char *path);

/* Flush whole pages of a mapping of a file: so that they are on their way, or
 * durable. */
bool bare_flush_start(bare_handle file, uint64_t offset, void *base,
                      size_t length);
bool bare_flush_durable(bare_handle file, void *base, size_t length);

/* Make what was written to a file durable. */
bool bare_flush_file(bare_handle file);

/* --- processes and pipes --- */

typedef struct bare_child {
    bare_handle process;
    bare_handle to;   /* what is written here the child reads */
    bare_handle from; /* what the child writes is read here */
} bare_child;

/* Let children inherit a handle from now on. */
bool bare_make_inheritable(bare_handle handle);

/* Start this program again with these arguments (NULL at the end). Its
 * standard input and output are pipes. */
bool bare_child_start(bare_child *out, const char *const *arguments);

/* Close the pipes, wait for the end: whether it exited with 0. */
bool bare_child_finish(bare_child *child);

/* In the child: the other ends. */
void bare_child_pipes(bare_handle *from_parent, bare_handle *to_parent);

/* All of the bytes or false. */
bool bare_pipe_write(bare_handle pipe, const void *bytes, size_t length);
bool bare_pipe_read(bare_handle pipe, void *bytes, size_t length);

#endif
