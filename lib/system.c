/* SPDX-License-Identifier: MIT */
/*
 * Questions: what a section is, what the system does differently.
 */
#include "internal.h"

#include <string.h>

/* Bytes that each answer of the first version had. */
#define INFO_FIRST_SIZE                                                        \
    ((uint32_t)(offsetof(section_info, pages) + sizeof(section_pages)))
#define SYSTEM_FIRST_SIZE                                                      \
    ((uint32_t)(offsetof(section_system, lazy_backing) +                       \
                sizeof(section_backing)))

/*
 * Give an answer to a caller of any version: as many bytes as both sides know,
 * zeros for what only the caller knows, and the caller's own struct_size, which
 * is the first field of every answer.
 */
static void give_answer(void *out, uint32_t asked, const void *answer,
                        size_t known)
{
    memset(out, 0, asked);
    memcpy(out, answer, asked < known ? asked : known);
    memcpy(out, &asked, sizeof(asked));
}

static bool is_version(uint32_t struct_size, uint32_t first_size)
{
    return struct_size >= first_size && struct_size <= SECTION__STRUCT_SIZE_MAX;
}

static uint32_t info_flags(const section *s)
{
    uint32_t flags = s->flags;
    if ((s->object.flags & SECTION_OS_BORROWED) != 0)
        flags |= SECTION_INFO_BORROWED;
    section_os_object *object = &section__mutable(s)->object;
    if (section_os_object_enforces_read_only(object))
        flags |= SECTION_INFO_READ_ONLY_ENFORCED;
    if (s->name.text != NULL && section_os_name_is_lost(object, &s->name))
        flags |= SECTION_INFO_NAME_LOST;
    return flags;
}

/* Ask the system, once: the first of several threads keeps the answer. */
static void ask_identity(uint64_t id[2], section *s)
{
    if (section_os_count_add(&s->is_told, 0) != 0) {
        id[0] = s->told_id[0];
        id[1] = s->told_id[1];
        return;
    }
    section_os_object_identify(id, &s->object);
    if ((id[0] == 0 && id[1] == 0) || section_os_count_add(&s->tellers, 1) != 1)
        return;
    s->told_id[0] = id[0];
    s->told_id[1] = id[1];
    (void)section_os_count_add(&s->is_told, 1);
}

/* Where the system does not tell objects apart, the trailer does. */
void section__identify(uint64_t id[2], const section *s)
{
    id[0] = s->id[0];
    id[1] = s->id[1];
    if (id[0] == 0 && id[1] == 0)
        ask_identity(id, section__mutable(s));
}

section_status section_is_same(int32_t *same, const section *one,
                               const section *other)
{
    if (same == NULL)
        return section__refuse(SECTION_INVALID);
    *same = 0;
    if (one == NULL || other == NULL)
        return section__refuse(SECTION_INVALID);
    uint64_t id[2], other_id[2];
    section__identify(id, one);
    section__identify(other_id, other);
    bool is_known =
        (id[0] != 0 || id[1] != 0) && (other_id[0] != 0 || other_id[1] != 0);
    if (is_known) {
        *same = id[0] == other_id[0] && id[1] == other_id[1];
        return SECTION_OK;
    }
    bool is_same;
    section_os_result result =
        section_os_object_is_same(&is_same, &section__mutable(one)->object,
                                  &section__mutable(other)->object);
    *same = result.status == SECTION_OK && is_same;
    return section__outcome(result);
}

section_status section_get_info(section_info *info, const section *of)
{
    if (info == NULL || !is_version(info->struct_size, INFO_FIRST_SIZE))
        return section__refuse(SECTION_INVALID);
    section_info answer = {0};
    if (of == NULL) {
        give_answer(info, info->struct_size, &answer, sizeof(answer));
        return section__refuse(SECTION_INVALID);
    }
    section_os_result result = section__current_size(&answer.size, of);
    if (result.status != SECTION_OK) {
        answer.size = 0;
        give_answer(info, info->struct_size, &answer, sizeof(answer));
        return section__fail(result);
    }
    answer.kind = of->kind;
    answer.rights = section__rights_of(of);
    answer.flags = info_flags(of);
    answer.commit = of->commit;
    answer.pages = of->pages;
    answer.granularity = of->granularity;
    answer.reserve = of->reserve;
    section__identify(answer.id, of);
    if (of->name.text != NULL) {
        answer.scope = of->name.scope;
        memcpy(answer.name, of->name.text, strlen(of->name.text) + 1);
    }
    if (of->kind == SECTION_KIND_MEMORY)
        answer.seals = section_os_object_seals(&section__mutable(of)->object);
    give_answer(info, info->struct_size, &answer, sizeof(answer));
    return SECTION_OK;
}

section_status section_get_system(section_system *out)
{
    if (out == NULL || !is_version(out->struct_size, SYSTEM_FIRST_SIZE))
        return section__refuse(SECTION_INVALID);
    section_os_system system;
    section_os_get_system(&system);
    give_answer(out, out->struct_size, &system.traits, sizeof(system.traits));
    return SECTION_OK;
}
