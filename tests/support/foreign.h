/* SPDX-License-Identifier: MIT */
/*
 * Native objects without the library: what other code makes and hands us, and
 * what somebody who gets a native handle can do with it. A handle is a
 * descriptor on POSIX and a HANDLE on Windows, as an integer.
 */
#ifndef TESTS_FOREIGN_H
#define TESTS_FOREIGN_H

#include "expect.h"

#define FOREIGN_NOTHING ((intptr_t)-1)

/* Memory nobody has a name for: a plain memfd or shared memory object, a
 * page-file section. FOREIGN_NOTHING if there is no room. */
intptr_t foreign_memory(uint64_t size);

/* An opened file. */
intptr_t foreign_file(const char *path, bool writable);

/* Where the next read or write of an opened file begins. */
void foreign_seek(intptr_t handle, uint64_t position);
uint64_t foreign_position(intptr_t handle);

/* What is no section and no file. */
intptr_t foreign_directory(const char *path);
intptr_t foreign_pipe(void);

void foreign_close(intptr_t handle);
bool foreign_is_open(intptr_t handle);

/* Whether a program started by this one would get the handle. */
bool foreign_is_inherited(intptr_t handle);

/* Bytes of the object, as the system has it. */
uint64_t foreign_size(intptr_t handle);

/* Bytes that are taken for the object now, in memory or on a disk. */
uint64_t foreign_allocated(intptr_t handle);

/* Whether the bytes of an object without a name come from memory alone, and
 * not from a disk. */
bool foreign_is_in_memory(intptr_t handle);

/* Whether the system lets the holder of a handle write the object in any way:
 * map it for writing, write it, change its size. Changes nothing. */
bool foreign_can_write(intptr_t handle);

/* Whether the holder can map it to read. */
bool foreign_can_read(intptr_t handle);

/* Cut the object to fewer bytes; whether the system did. False also where
 * handles cannot be used for that at all. */
bool foreign_cut(intptr_t handle, uint64_t size);

/*
 * Whether the holder of a handle can get one from it that writes: by opening
 * the object anew where the system has names for open ones (/proc), by asking
 * for a duplicate with more rights on Windows. Changes nothing.
 */
bool foreign_can_widen(intptr_t handle);

/* Whether rights are in the handle alone, so that nobody who has not changed
 * who may do what gets a better handle from it, not even the owner. */
bool foreign_rights_are_final(void);

/* What is special to one system. FOREIGN_NOTHING elsewhere: a descriptor that
 * only names a file (open(2), O_PATH), memory sealed against writing
 * (fcntl(2), F_SEAL_WRITE), memory of huge pages (memfd_create(2)). */
intptr_t foreign_name_only(const char *path);
intptr_t foreign_sealed_memory(uint64_t size);

/* Memory that can be sealed, and sealing it so that nobody gets a new view that
 * writes it, while those that are there go on (F_SEAL_FUTURE_WRITE, Linux
 * 5.1); false where there is no such seal. */
intptr_t foreign_sealable_memory(uint64_t size);
bool foreign_seal_against_new_writers(intptr_t memory);
intptr_t foreign_huge_memory(uint64_t size);

/*
 * Locks that belong to a process, which loses them when it closes any
 * descriptor of the file (fcntl(2), F_SETLK). lock_take() is false where there
 * are none. lock_is_held() tells whether another process holds one.
 */
bool lock_take(intptr_t handle);
bool lock_is_held(const char *path);

#endif
