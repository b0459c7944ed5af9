/* SPDX-License-Identifier: MIT */
/*
 * Sections over a channel, and what all ways of handing over share: saying what
 * a section is, and holding what arrives against what was said.
 */
#include "internal.h"
#include "parcel.h"

#include <string.h>

section_os_result section__describe(section__parcel *parcel, const section *s,
                                    section_rights rights,
                                    const section_os_parts *parts)
{
    *parcel = (section__parcel){0};
    section_os_result result = section__current_size(&parcel->size, s);
    if (result.status != SECTION_OK)
        return result;
    /* A file that somebody has cut to nothing. */
    if (parcel->size == 0)
        return section__result(SECTION_RANGE);
    parcel->kind = s->kind;
    parcel->rights = rights;
    parcel->flags = (s->flags & SECTION_INFO_LAZY) != 0
                        ? (uint32_t)SECTION__PARCEL_LAZY
                        : 0;
    parcel->pages = s->pages;
    parcel->granularity = s->granularity;
    parcel->reserve = s->reserve;
    section__identify(parcel->id, s);
    for (int i = 0; i < SECTION_OS_PARTS; i++)
        if (parts->part[i] != SECTION_OS_NONE)
            parcel->parts |= (uint32_t)1 << i;
    if (s->name.text != NULL) {
        parcel->scope = s->name.scope;
        memcpy(parcel->name, s->name.text, strlen(s->name.text) + 1);
    }
    return result;
}

/* ------------------------------------------------------------------------
 * What arrives
 * ------------------------------------------------------------------------ */

static section_os_result accept(section *s, section_os_facts *facts,
                                const section__parcel *parcel,
                                section_os_parts *parts)
{
    const section_os_claim claim = {
        .kind = parcel->kind,
        .rights = parcel->rights,
        .pages = parcel->pages,
        .grows = parcel->reserve > parcel->size,
        .reserve = parcel->reserve,
        .name = s->name,
    };
    return section_os_object_accept(&s->object, facts, parts, &claim);
}

/* Whether the system leaves it to the trailer to tell sizes. */
static bool may_have_trailer(const section_os_facts *facts)
{
    section_os_system system;
    section_os_get_system(&system);
    return system.memory_sizes_are_rounded &&
           facts->kind == SECTION_KIND_MEMORY;
}

/* Whether facts->size is what memory was made with, and how much it has by now
 * is told by a word of its trailer. */
static bool is_told_by_word(const section_os_facts *facts)
{
    return may_have_trailer(facts) && facts->reserve > facts->size;
}

/* Whether the object, or its trailer, says the same: a reserve that was made up
 * would be looked for behind the end. */
static bool is_reserve_true(const section_os_facts *facts,
                            const section__parcel *parcel)
{
    bool is_told = facts->reserve > facts->size;
    if (!is_told && !may_have_trailer(facts))
        return true;
    uint64_t reserve = is_told ? facts->reserve : facts->size;
    return reserve == parcel->reserve;
}

/* The bytes that were said to be there are: of a file somebody may have cut
 * some off meanwhile. */
static section_os_result check_size(uint64_t size,
                                    const section__parcel *parcel)
{
    if (size >= parcel->size)
        return section__result(SECTION_OK);
    return section__result(
        parcel->kind == SECTION_KIND_FILE ? SECTION_RANGE : SECTION_UNTRUSTED);
}

/* What the object itself says, which a parcel can only say more of. */
static section_os_result find_facts(section *s, section_os_facts *facts,
                                    const section__parcel *parcel)
{
    section_os_result result = section__measure(s, facts);
    if (result.status != SECTION_OK)
        return result;
    /* Lazy memory can be a file to the system. */
    if (facts->kind != parcel->kind || !is_reserve_true(facts, parcel))
        return section__result(SECTION_UNTRUSTED);
    if (!is_told_by_word(facts))
        result = check_size(facts->size, parcel);
    if (result.status != SECTION_OK)
        return result;
    facts->created = false;
    facts->commit = SECTION_COMMIT_NONE;
    facts->reserve = parcel->reserve;
    /* What grows can have done so since it was sent, and only the first bytes
     * of a file may have been. */
    if (facts->size > parcel->reserve)
        facts->size = parcel->reserve;
    section__keep_facts(s, facts);
    return section__watch_growth(s);
}

static section_os_result check_facts(section *s, const section__parcel *parcel)
{
    uint64_t id[2];
    section__identify(id, s);
    bool is_known = parcel->id[0] != 0 || parcel->id[1] != 0;
    if (is_known && (id[0] != parcel->id[0] || id[1] != parcel->id[1]))
        return section__result(SECTION_UNTRUSTED);
    if (s->pages != parcel->pages || s->granularity != parcel->granularity)
        return section__result(SECTION_UNTRUSTED);
    uint64_t size;
    section_os_result result = section__current_size(&size, s);
    if (result.status == SECTION_OK)
        result = check_size(size, parcel);
    return result;
}

/* What an object is not, though it was said to be; but a file may have been cut
 * to nothing meanwhile. */
static section_os_result blame(section_os_result result,
                               const section__parcel *parcel)
{
    if (result.status == SECTION_EMPTY && parcel->kind == SECTION_KIND_FILE)
        result.status = SECTION_RANGE;
    if (result.status == SECTION_EMPTY || result.status == SECTION_KIND)
        result.status = SECTION_UNTRUSTED;
    return result;
}

static section_os_result complete(section *s, section_os_facts *facts,
                                  const section__parcel *parcel)
{
    if (s->kind == SECTION_KIND_FILE && !section__begin_flushes(s))
        return section__result(SECTION_NO_MEMORY);
    section_os_result result = find_facts(s, facts, parcel);
    if (result.status == SECTION_OK)
        result = check_facts(s, parcel);
    if (result.status != SECTION_OK)
        return blame(result, parcel);
    if ((parcel->flags & SECTION__PARCEL_LAZY) != 0)
        s->flags |= SECTION_INFO_LAZY;
    return result;
}

section_os_result section__receive_parcel(section **out,
                                          const section__parcel *parcel,
                                          section_os_parts *parts)
{
    *out = NULL;
    bool has_name = parcel->name[0] != '\0';
    const section_os_name name = {has_name ? parcel->name : NULL, parcel->scope,
                                  0};
    section *s = section__allocate(parcel->rights, &name);
    if (s == NULL) {
        section_os_parts_close(parts);
        return section__result(SECTION_NO_MEMORY);
    }
    s->kind = parcel->kind;
    section_os_facts facts = {0};
    section_os_result result = accept(s, &facts, parcel, parts);
    if (result.status != SECTION_OK) {
        section__release(s);
        return blame(result, parcel);
    }
    result = complete(s, &facts, parcel);
    if (result.status == SECTION_OK)
        *out = s;
    else
        section_close(s);
    return result;
}

/* ------------------------------------------------------------------------
 * Over a channel
 * ------------------------------------------------------------------------ */

static section_status check_send(const section *of, section_rights rights,
                                 section_native channel, uint32_t timeout)
{
    if (of == NULL || rights == 0 || channel == SECTION_OS_NONE ||
        timeout > SECTION_TIMEOUT_MAX)
        return SECTION_INVALID;
    return section__may_hand_over(of, rights);
}

section_status section__may_hand_over(const section *of, section_rights rights)
{
    if ((rights & ~section__rights_of(of)) != 0)
        return SECTION_ACCESS;
    if ((of->object.flags & SECTION_OS_BORROWED) != 0)
        return SECTION_UNSUPPORTED;
    return SECTION_OK;
}

section_status section_send(section_native channel, const section *of,
                            section_rights rights, uint32_t timeout)
{
    rights = section__rights(rights);
    section_status status = check_send(of, rights, channel, timeout);
    if (status != SECTION_OK)
        return section__refuse(status);

    section_os_parts parts;
    section_os_result result =
        section_os_parts_gather(&parts, &section__mutable(of)->object, rights);
    if (result.status != SECTION_OK)
        return section__fail(result);
    section__parcel parcel;
    result = section__describe(&parcel, of, rights, &parts);
    if (result.status == SECTION_OK) {
        unsigned char bytes[SECTION__PARCEL_SIZE];
        parcel.way = SECTION__WAY_MESSAGE;
        section__parcel_encode(bytes, &parcel);
        result = section_os_channel_send(channel, bytes, sizeof(bytes), &parts,
                                         section__timeout(timeout));
    }
    section_os_parts_close(&parts);
    return section__outcome(result);
}

/* Whether what came is what the bytes say, and no more of it. */
static section_status check_parts(const section__parcel *parcel,
                                  const section_os_parts *parts)
{
    if (parcel->way != SECTION__WAY_MESSAGE)
        return SECTION_UNTRUSTED;
    for (int i = 0; i < SECTION_OS_PARTS; i++) {
        bool is_said = (parcel->parts >> i & 1) != 0;
        if (is_said != (parts->part[i] != SECTION_OS_NONE))
            return SECTION_UNTRUSTED;
    }
    return SECTION_OK;
}

section_status section_receive(section **out, section_native channel,
                               uint32_t timeout)
{
    if (out == NULL)
        return section__refuse(SECTION_INVALID);
    *out = NULL;
    if (channel == SECTION_OS_NONE || timeout > SECTION_TIMEOUT_MAX)
        return section__refuse(SECTION_INVALID);

    unsigned char bytes[SECTION__PARCEL_SIZE];
    section_os_parts parts;
    section_os_result result = section_os_channel_receive(
        channel, bytes, sizeof(bytes), &parts, section__timeout(timeout));
    if (result.status != SECTION_OK)
        return section__fail(result);
    section__parcel parcel;
    result.status = section__parcel_decode(&parcel, bytes);
    if (result.status == SECTION_OK)
        result.status = check_parts(&parcel, &parts);
    if (result.status != SECTION_OK) {
        section_os_parts_close(&parts);
        return section__fail(result);
    }
    return section__outcome(section__receive_parcel(out, &parcel, &parts));
}
