/* SPDX-License-Identifier: MIT */
/*
 * What a name is made of where memory objects cannot be locked:
 *
 *   =NAME            the record, a symbolic link: its target tells the number
 *                    and the size of the section, and the name once more. It is
 *                    made whole, never changed, and leads nowhere.
 *   ~NUMBER          the pulse, a FIFO: whoever has it open for reading holds
 *                    the section. It is made before the memory, and goes after
 *                    it: no memory is without a file that tells of it.
 *   /section.NUMBER  the memory (shm_open)
 *   .lock-STRIPE     what guards the sections whose number has this stripe
 *
 * NUMBER is 16 hexadecimal digits. Its low bits are the stripe, which comes
 * from the name, and the scope; the others are random.
 */
#ifndef SECTION_POSIX_RECORD_H
#define SECTION_POSIX_RECORD_H

#include "posix_internal.h"

/* --- posix_memory_shm.c: memory by its number --- */

/* A number that is unlikely to be taken. */
uint64_t posix_shm_number(void);

/* Create the memory of a number, of no size yet, and a descriptor of it that
 * only reads. Its mode is exact; so is its group, unless that is -1. */
section_os_result posix_shm_create(int *handle, int *reader, uint64_t number,
                                   mode_t mode, gid_t group);
section_os_result posix_shm_open(int *out, uint64_t number, bool writes);

/* Whether it is gone now. */
bool posix_shm_remove(uint64_t number);

/* --- posix_record.c --- */

typedef struct posix_record {
    uint64_t number;
    uint64_t size;
} posix_record;

/* A number for a new section of the name that an entry is of. */
uint64_t posix_record_number(section_scope scope, const char *entry);

/* Read what an entry tells. SECTION_NOT_FOUND: there is none. SECTION_ACCESS:
 * it is no record of ours. SECTION_UNSUPPORTED: it is one of another version.
 */
section_os_result posix_record_read(posix_record *out, const posix_place *place,
                                    const char *entry);

/* Make an entry tell it: SECTION_EXISTS if it is there. */
section_os_result posix_record_write(const posix_record *record,
                                     const posix_place *place,
                                     const char *entry);

/* The number that the pulse at this path is of: whether it is one. */
bool posix_pulse_number(uint64_t *number, section_scope scope,
                        const char *path);

/*
 * Make the pulse of a number and hold it, under the guard. SECTION_EXISTS: the
 * number is taken.
 */
section_os_result posix_pulse_make(int *out, const posix_place *place,
                                   uint64_t number, mode_t mode);

/*
 * Whether anybody holds a section, by its pulse: this takes nothing, so that
 * nobody who asks is taken for a holder, not even one who is dying.
 * SECTION_ACCESS: we may not ask, or it is no pulse of ours. *status, if not
 * NULL, describes what is there.
 */
section_os_result posix_pulse_ask(bool *held, struct stat *status,
                                  const posix_place *place, uint64_t number);

/* Hold a section, whose pulse was `asked` under the guard. */
section_os_result posix_pulse_hold(int *out, const posix_place *place,
                                   uint64_t number, const struct stat *asked);

/* Whether a descriptor of a pulse is of the one that is found by its number:
 * SECTION_NOT_FOUND if not. */
section_os_result posix_pulse_find(int pulse, const posix_place *place,
                                   uint64_t number);

/* Remove the memory of a number, if it `has_memory`, and once that is gone its
 * pulse: whether we did. */
bool posix_pulse_remove(const posix_place *place, uint64_t number,
                        bool has_memory);

/* Take the guard of a number, without waiting: SECTION_BUSY if it is taken. */
section_os_result posix_guard_take(int *out, const posix_place *place,
                                   uint64_t number);
void posix_guard_drop(int guard);

/* Whether a file with the path of a pulse is what a death while making a guard
 * has left; then it is removed. */
bool posix_guard_tidy(const posix_place *place, const char *path);

#endif
