/* SPDX-License-Identifier: MIT */
/*
 * What the files of lib/ share. Portable: nothing here or in any file of this
 * folder may depend on the system; what does is asked of platform/platform.h.
 */
#ifndef SECTION_INTERNAL_H
#define SECTION_INTERNAL_H

#include "platform.h"

/*
 * A handle, and the counted object behind it.
 *
 * `holders` is 1 for the open handle and 1 for each view that needs the object
 * (SECTION_OS_VIEWS_HOLD). Closing ends the handle's part; the object is closed
 * and the memory freed by whoever brings the count to 0. A view itself lives in
 * the caller's struct and has nothing on the heap.
 */
struct section {
    section_os_object object;
    section_os_count holders;
    section_rights rights;
    section_kind kind;
    section_commit commit;
    uint32_t flags; /* SECTION_INFO_CREATED, SECTION_INFO_LAZY */
    uint32_t granularity;
    uint64_t size;       /* exact */
    uint64_t id[2];      /* all zero: the object itself tells it */
    uint64_t told_id[2]; /* what it told, once `is_told` is not 0 */
    section_os_count tellers, is_told;
    section_os_name name; /* `text` stands behind this struct; NULL for none */
};

/* No version of a public struct will be this large: a struct_size beyond it is
 * a struct nobody initialized. */
#define SECTION__STRUCT_SIZE_MAX 4096u

/* Remember the system's code of a failure, and give its status. */
section_status section__fail(section_os_result result);

/* Refuse by a rule of the library: no system code. */
section_status section__refuse(section_status status);

/* An outcome the library decided itself, where the platform's are handled. */
section_os_result section__result(section_status status);

/* A section with one holder and no object yet; NULL if there is no heap. The
 * name is copied, and NULL for none. */
section *section__allocate(section_rights rights, const section_os_name *name);

/* Take over what making an object has found out. */
void section__keep_facts(section *s, const section_os_facts *facts);

/* --- memory.c --- */

/*
 * Make the memory that the options ask for, with its exact size. What has a
 * name is not published yet.
 */
section_os_result section__make_memory(section *s, const section_options *o,
                                       section_os_facts *facts);

/* Give back what the dead have left in every scope: whether there was any. */
bool section__sweep_everything(void);

/* Let the caller fill what was just made, before anybody else can see it. After
 * an error, which can be any that the caller liked, it is closed. */
section_os_result section__fill_memory(section *s, const section_options *o,
                                       const section_os_facts *facts);

/* Give up the right to write, where the rights of the section say so: memory
 * that was made is writable at first. */
section_os_result section__narrow_memory(section *s);

/* Find the exact size of an object that somebody else made, and whether it can
 * be a section at all. */
section_os_result section__measure(section *s, section_os_facts *facts);

/* --- names.c --- */

/* Whether this can be the name of a section. */
bool section__is_name(const char *name);

/* Create, or open, what the options name. */
section_os_result section__find_name(section *s, const section_options *o,
                                     section_os_facts *facts);

/* Make rights complete: writing implies reading. 0 if they are not rights. */
section_rights section__rights(section_rights rights);

/* The section, for the few fields that calls on a shared handle may change
 * (the count, a descriptor opened at first need). */
section *section__mutable(const section *s);

/* One holder fewer. */
void section__release(section *s);

#endif
