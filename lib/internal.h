/* SPDX-License-Identifier: MIT */
/*
 * What the files of lib/ share. Portable: nothing here or in any file of this
 * folder may depend on the system; what does is asked of platform/platform.h.
 */
#ifndef SECTION_INTERNAL_H
#define SECTION_INTERNAL_H

#include "platform.h"

/* The page that tells how far memory has grown, where the system does not. */
typedef struct section__watched {
    void *base;
    size_t length;
    uint64_t *size; /* NULL if there is none */
} section__watched;

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
    section_pages pages;
    uint32_t flags; /* SECTION_INFO_CREATED, SECTION_INFO_LAZY */
    uint32_t granularity;
    uint32_t page_size; /* of its views */
    uint64_t size;      /* exact; of what grows, when this handle was made */
    uint64_t reserve;   /* `size`, or more for what grows */
    section__watched grown;
    struct section__flushes *flushes; /* of a file; NULL for memory */
    uint64_t id[2];                   /* all zero: the object itself tells it */
    uint64_t told_id[2]; /* what it told, once `is_told` is not 0 */
    section_os_count tellers, is_told;
    _Alignas(8) uint64_t is_sealed; /* not 0: it does not write any more, by
                                       section_seal() */
    section_os_name name; /* `text` stands behind this struct; NULL for none */
};

/* No version of a public struct will be this large: a struct_size beyond it is
 * a struct nobody initialized. */
#define SECTION__STRUCT_SIZE_MAX 4096u

/* Remember the system's code of a failure, and give its status. */
section_status section__fail(section_os_result result);

/* The status of an outcome, remembered as above if it is a failure. */
section_status section__outcome(section_os_result result);

/* Refuse by a rule of the library: no system code. */
section_status section__refuse(section_status status);

/* An outcome the library decided itself, where the platform's are handled. */
section_os_result section__result(section_status status);

/* A section with one holder and no object yet; NULL if there is no heap. The
 * name is copied, and NULL for none. */
section *section__allocate(section_rights rights, const section_os_name *name);

/* Take over what making an object has found out. */
void section__keep_facts(section *s, const section_os_facts *facts);

/* --- growth.c --- */

/* Whether a section can become larger. */
bool section__grows(const section *s);

/* Bytes that a section has at this moment. */
section_os_result section__current_size(uint64_t *size, const section *s);

/* Watch how far memory has grown, where nobody else tells: once in each handle,
 * when it is complete. */
section_os_result section__watch_growth(section *s);

/* End that. */
void section__unwatch_growth(section *s);

/* --- flush.c --- */

/* Remember from now on how flushing this file goes; false if there is no heap.
 */
bool section__begin_flushes(section *s);

/* The section has created its file: its entry is flushed as well. */
void section__own_entry(section *s);

/* A file that grows has as many bytes now: if it has fewer later, somebody has
 * cut it. */
void section__reach(const section *s, uint64_t size);

/* A duplicate shares what is remembered. */
void section__share_flushes(section *s, const section *from);

/* End of one of those who share. */
void section__end_flushes(section *s);

/* --- view.c --- */

/* What a view may do with its bytes beside running them. */
static inline section_access section__data_access(section_access access)
{
    const section_access executes =
        SECTION_ACCESS_EXECUTE_READ - SECTION_ACCESS_READ;
    return access >= SECTION_ACCESS_EXECUTE_READ ? access - executes : access;
}

/* Check that bytes are inside a view: SECTION_INVALID if it is none,
 * SECTION_RANGE if they are not; a length of 0 becomes all up to its end. */
section_status section__view_range(const section_view *view, size_t offset,
                                   size_t *length);

/* Bytes between the start of the mapping and the first byte of a view. */
size_t section__view_lead(const section_view *view);

/* --- system.c --- */

/* Tell the id of a section, all zero where it is not known. */
void section__identify(uint64_t id[2], const section *s);

/* --- patience.c --- */

/* How long to wait for others who are working on the same thing. */
typedef struct section__patience {
    uint32_t timeout; /* milliseconds, or SECTION_TIMEOUT_DEFAULT */
    uint32_t tries;
    uint64_t deadline;
} section__patience;

/* Milliseconds of a timeout that the caller gave. */
uint32_t section__timeout(uint32_t timeout);

/* Let the others work, longer each time; false if it has taken too long. */
bool section__wait_for_others(section__patience *patience);

/* --- memory.c --- */

/*
 * Map the page of the trailer behind the memory of an object that has `stored`
 * bytes: *base and *length are what to unmap, and the result where the bytes of
 * the trailer are, NULL after an error.
 */
unsigned char *section__map_trailer(void **base, size_t *length, section *s,
                                    uint64_t stored, section_access access,
                                    section_os_result *result);

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

/* Whether this is a scope. */
bool section__is_scope(section_scope scope);

/* Create, or open, what the options name. */
section_os_result section__find_name(section *s, const section_options *o,
                                     section_os_facts *facts);

/* --- transfer.c --- */

struct section__parcel;

/* Whether a section may be handed over with these rights. */
section_status section__may_hand_over(const section *of, section_rights rights);

/* Describe a section that is handed over with these rights and parts. */
section_os_result section__describe(struct section__parcel *parcel,
                                    const section *s, section_rights rights,
                                    const section_os_parts *parts);

/* Make a section of parts that another process has described, who may lie. The
 * parts but the ticket are used up, whatever comes of it. */
section_os_result section__receive_parcel(section **out,
                                          const struct section__parcel *parcel,
                                          section_os_parts *parts);

/* --- guard_copy.c --- */

/* What is to be said of a copy of no bytes, or of some outside a view; `view`
 * can be NULL or no view. */
section_status section__refuse_copy(const section_view *view, size_t offset,
                                    size_t length, bool writes, size_t *done);

/* What is to be said of a copy of *done bytes that the platform did not make,
 * of which *done are in the end. */
section_status section__fail_copy(const section_view *view, unsigned char *to,
                                  const unsigned char *from, size_t *done,
                                  section_os_result result, const void *fault);

/* Whether the bytes from `from` to `to` are all zero. By words: byte by byte it
 * would be a tenth of what it takes to send and receive. */
bool section__is_zero(const void *memory, size_t from, size_t to);

/* Make rights complete: writing implies reading. 0 if they are not rights. */
section_rights section__rights(section_rights rights);

/* The rights a handle has now: a seal may have taken some. */
section_rights section__rights_of(const section *s);

/* The section, for the few fields that calls on a shared handle may change
 * (the count, a descriptor opened at first need). */
section *section__mutable(const section *s);

/* One holder fewer. */
void section__release(section *s);

#endif
