/* SPDX-License-Identifier: MIT */
/*
 * Names: what may be one, creating and opening under one. A single try is the
 * platform's.
 */
#include "internal.h"

#include <string.h>

/* ------------------------------------------------------------------------
 * What may be a name
 * ------------------------------------------------------------------------ */

/* The bytes that must follow a first byte of UTF-8, -1 if it is none. */
static int count_following(unsigned char first)
{
    if (first < 0x80)
        return 0;
    if (first < 0xc2) /* a following byte, or a longer form than needed */
        return -1;
    if (first < 0xe0)
        return 1;
    if (first < 0xf0)
        return 2;
    return first < 0xf5 ? 3 : -1;
}

/* The bytes of one character of UTF-8 (RFC 3629), 0 if it is none. `bytes` ends
 * with a 0, which is no following byte. */
static size_t count_character(const unsigned char *bytes)
{
    int following = count_following(bytes[0]);
    if (following < 0)
        return 0;
    for (int i = 1; i <= following; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    /* Longer forms than needed, surrogates, and what is beyond U+10FFFF. */
    if ((bytes[0] == 0xe0 && bytes[1] < 0xa0) ||
        (bytes[0] == 0xed && bytes[1] > 0x9f) ||
        (bytes[0] == 0xf0 && bytes[1] < 0x90) ||
        (bytes[0] == 0xf4 && bytes[1] > 0x8f))
        return 0;
    return (size_t)following + 1;
}

bool section__is_name(const char *name)
{
    const unsigned char *bytes = (const unsigned char *)name;
    size_t length = 0;
    while (bytes[length] != 0) {
        unsigned char first = bytes[length];
        if (first < 0x20 || first == 0x7f || first == '/' || first == '\\')
            return false;
        size_t character = count_character(bytes + length);
        if (character == 0)
            return false;
        length += character;
        if (length > SECTION_NAME_MAX)
            return false;
    }
    return length != 0;
}

bool section__is_scope(section_scope scope)
{
    return scope == SECTION_SCOPE_USER || scope == SECTION_SCOPE_MACHINE;
}

/* ------------------------------------------------------------------------
 * Create and open
 * ------------------------------------------------------------------------ */

/* One try to open. */
static section_os_result try_to_open(section *s, section_os_facts *facts)
{
    section_os_result result =
        section_os_name_open(&s->object, facts, &s->name, s->rights);
    if (result.status != SECTION_OK)
        return result;
    result = section__measure(s, facts);
    if (result.status != SECTION_OK) {
        section_os_name_release(&s->object, &s->name);
        section_os_object_close(&s->object);
    }
    /* Nothing this library has made has no bytes. */
    if (result.status == SECTION_EMPTY)
        result.status = SECTION_ACCESS;
    return result;
}

/* A section of ours that is not published yet. */
typedef struct making {
    section_os_object object;
    section_os_facts facts;
    bool done;
    bool refused; /* by the initializer: whatever it said is final */
} making;

/* One try to create. What was made in vain waits for the next try. */
static section_os_result try_to_create(section *s, const section_options *o,
                                       section_os_facts *facts, making *made)
{
    section_os_result result;
    if (!made->done) {
        result = section__make_memory(s, o, &made->facts);
        if (result.status != SECTION_OK)
            return result;
        result = section__fill_memory(s, o, &made->facts);
        made->refused = result.status != SECTION_OK;
        if (made->refused)
            return result;
        made->object = s->object;
        made->done = true;
        s->object = SECTION_OS_OBJECT_NONE;
    }
    result = section_os_name_publish(&made->object, &s->name);
    if (result.status == SECTION_NO_SPACE && section__sweep_everything())
        result = section_os_name_publish(&made->object, &s->name);
    if (result.status == SECTION_OK) {
        s->object = made->object;
        *facts = made->facts;
        made->done = false;
    }
    return result;
}

/*
 * Open first where that is allowed: it costs less than creating, and by far
 * less than creating in vain. Then by turns, because what was not there may
 * have come and what was there may have gone.
 */
static section_os_result find(section *s, const section_options *o,
                              section_os_facts *facts, making *made)
{
    section__patience patience = {o->timeout, 0, 0};
    for (;;) {
        section_os_result result = section__result(SECTION_NOT_FOUND);
        if (o->disposition != SECTION_CREATE_NEW)
            result = try_to_open(s, facts);
        if (result.status == SECTION_NOT_FOUND &&
            o->disposition != SECTION_OPEN_EXISTING)
            result = try_to_create(s, o, facts, made);
        bool again = result.status == SECTION_BUSY ||
                     (result.status == SECTION_EXISTS &&
                      o->disposition == SECTION_OPEN_OR_CREATE);
        if (!again || made->refused)
            return result;
        result.status = SECTION_BUSY;
        if (!section__wait_for_others(&patience))
            return result;
    }
}

section_os_result section__find_name(section *s, const section_options *o,
                                     section_os_facts *facts)
{
    making made = {SECTION_OS_OBJECT_NONE, {0}, false, false};
    section_os_result result = find(s, o, facts, &made);
    if (made.done)
        section_os_object_close(&made.object);
    if (result.status == SECTION_OK && facts->created)
        result = section__narrow_memory(s);
    return result;
}

/* ------------------------------------------------------------------------
 * All names
 * ------------------------------------------------------------------------ */

section_status section_enumerate(section_scope scope, section_visitor visit,
                                 void *context)
{
    if (visit == NULL || !section__is_scope(scope))
        return section__refuse(SECTION_INVALID);
    section_os_names *names;
    section_os_result result = section_os_names_begin(&names, scope);
    if (result.status != SECTION_OK)
        return section__fail(result);
    section_entry entry = {0};
    for (;;) {
        result = section_os_names_next(names, &entry);
        if (result.status != SECTION_OK)
            break;
        /* Nothing of ours, whoever holds it. */
        if (!section__is_name(entry.name))
            continue;
        entry.struct_size = sizeof(entry);
        entry.scope = scope;
        if (visit(&entry, context) != 0)
            break;
    }
    section_os_names_end(names);
    if (result.status != SECTION_OK && result.status != SECTION_NOT_FOUND)
        return section__fail(result);
    return SECTION_OK;
}

section_status section_sweep(uint64_t *swept, section_scope scope)
{
    if (swept != NULL)
        *swept = 0;
    if (!section__is_scope(scope))
        return section__refuse(SECTION_INVALID);
    uint64_t count;
    section_os_result result = section_os_names_sweep(&count, scope);
    if (result.status != SECTION_OK)
        return section__fail(result);
    if (swept != NULL)
        *swept = count;
    return SECTION_OK;
}
