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
    uint64_t size; /* exact */
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

/* A section with one holder and no object yet; NULL if there is no heap. */
section *section__allocate(section_rights rights);

/* Take over what making an object has found out. */
void section__keep_facts(section *s, const section_os_facts *facts);

/*
 * Map the page that holds the trailer of an object of `stored` bytes, show it
 * to `visit`, and unmap it.
 */
section_os_result
section__visit_trailer(section *s, uint64_t stored, section_access access,
                       const section_os_system *system,
                       void (*visit)(unsigned char *bytes, void *context),
                       void *context);

/* Make rights complete: writing implies reading. 0 if they are not rights. */
section_rights section__rights(section_rights rights);

/* The section, for the few fields that calls on a shared handle may change
 * (the count, a descriptor opened at first need). */
section *section__mutable(const section *s);

/* One holder fewer. */
void section__release(section *s);

#endif
