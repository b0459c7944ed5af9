/* SPDX-License-Identifier: MIT */
/*
 * Offers: sections that another process takes by a text, once.
 *
 * What makes it once is the ticket, a page of memory that goes with the parts:
 * it has the secret of the text, so that whatever else has the numbers by now
 * is not taken for it, all that the text says, so that no other text is, and a
 * count. Whoever is the first to raise that, the taker or who takes the offer
 * back, has decided.
 */
#include "internal.h"
#include "parcel.h"

#include <string.h>

/* What is in a ticket; all its holders are on one machine. */
typedef struct ticket {
    unsigned char parcel[SECTION__PARCEL_SIZE]; /* what the text says */
    section_os_count decided;
} ticket;

/* A ticket that is mapped. */
typedef struct mapped_ticket {
    section_os_object object;
    ticket *page;
    size_t length;
} mapped_ticket;

struct section_offer {
    section_os_parts kept;
    uint64_t numbers[SECTION_OS_PARTS];
    section_os_process to; /* all zero for programs that are started */
    uint64_t maker;        /* the number of the process that offers */
    mapped_ticket ticket;
    section *holder; /* where a part keeps the name: lets go of it as a handle
                        does, which may be the last one; else NULL */
    size_t handle_count; /* to be inherited */
    intptr_t handles[SECTION_OS_PARTS];
    char text[SECTION_OFFER_TEXT_SIZE];
};

/* ------------------------------------------------------------------------
 * Tickets
 * ------------------------------------------------------------------------ */

static section_os_result map_ticket(mapped_ticket *t, size_t length)
{
    void *base;
    t->length = length;
    section_os_result result = section_os_view_map(
        &base, &t->object, 0, t->length, SECTION_ACCESS_READ_WRITE, NULL);
    t->page = base;
    return result;
}

static void close_ticket(mapped_ticket *t)
{
    /* If there are too many mappings to let go of one (SECTION_LIMIT), a page
     * stays. */
    if (t->page != NULL)
        (void)section_os_view_unmap(t->page, t->length);
    section_os_object_close(&t->object);
    t->page = NULL;
}

static section_os_result make_ticket(mapped_ticket *t,
                                     unsigned char secret[SECTION__SECRET_SIZE])
{
    section_os_system system;
    section_os_get_system(&system);
    const uint32_t page = system.traits.page_size;
    const section_os_memory memory = {page, page, 0, false};
    section_os_facts facts;
    t->page = NULL;
    section_os_result result =
        section_os_memory_create(&t->object, &facts, &memory);
    if (result.status == SECTION_OK)
        result = section_os_random(secret, SECTION__SECRET_SIZE);
    if (result.status == SECTION_OK)
        result = map_ticket(t, page);
    if (result.status != SECTION_OK)
        close_ticket(t);
    return result;
}

/* Whether what was found is memory that nobody can cut while we look at it. */
static bool can_be_ticket(section_os_object *object,
                          const section_os_facts *facts)
{
    section_os_system system;
    section_os_get_system(&system);
    if (facts->kind != SECTION_KIND_MEMORY ||
        facts->size != system.traits.page_size)
        return false;
    return system.traits.memory_shrink != SECTION_GUARD_ENFORCED ||
           (section_os_object_seals(object) & SECTION_SEAL_SHRINK) != 0;
}

/* Open the ticket that was fetched, which may be anything. */
static section_os_result open_ticket(mapped_ticket *t, intptr_t part)
{
    const section_os_claim claim = {
        .kind = SECTION_KIND_MEMORY,
        .rights = SECTION_RIGHT_READ | SECTION_RIGHT_WRITE,
        .pages = SECTION_PAGES_NORMAL,
    };
    section_os_parts parts = SECTION_OS_PARTS_NONE;
    section_os_facts facts;
    section_os_parts_keep(&parts, SECTION_OS_PART_HANDLE, part);
    t->page = NULL;
    section_os_result result =
        section_os_object_accept(&t->object, &facts, &parts, &claim);
    if (result.status != SECTION_OK)
        return result;
    result = can_be_ticket(&t->object, &facts)
                 ? map_ticket(t, (size_t)facts.size)
                 : section__result(SECTION_UNTRUSTED);
    if (result.status != SECTION_OK)
        close_ticket(t);
    return result;
}

/* ------------------------------------------------------------------------
 * Offer
 * ------------------------------------------------------------------------ */

static void print_offer(section_offer *offer, section__parcel *parcel)
{
    unsigned char bytes[SECTION__PARCEL_SIZE];
    memcpy(parcel->numbers, offer->numbers, sizeof(parcel->numbers));
    section__parcel_encode(bytes, parcel);
    memcpy(offer->ticket.page->parcel, bytes, sizeof(bytes));
    section__parcel_print(offer->text, bytes);
}

/* What a program that is started has to inherit. */
static void list_handles(section_offer *offer)
{
    for (int i = 0; i < SECTION_OS_PARTS; i++)
        if (offer->kept.part[i] != SECTION_OS_NONE)
            offer->handles[offer->handle_count++] = offer->kept.part[i];
}

/* Offer parts, and the ticket with them. */
static section_os_result offer_parts(section_offer *offer,
                                     section_os_parts *parts,
                                     section__parcel *parcel)
{
    section_os_result result = make_ticket(&offer->ticket, parcel->secret);
    if (result.status != SECTION_OK)
        return result;
    bool inherited = parcel->way == SECTION__WAY_INHERITED;
    section_os_object_identify(parcel->ticket_id, &offer->ticket.object);
    parts->part[SECTION_OS_PART_TICKET] = offer->ticket.object.handle;
    result = section_os_parts_offer(&offer->kept, offer->numbers, parts,
                                    inherited ? NULL : &parcel->to);
    if (result.status != SECTION_OK) {
        close_ticket(&offer->ticket);
        return result;
    }
    parcel->parts |= (uint32_t)1 << SECTION_OS_PART_TICKET;
    offer->to = parcel->to;
    offer->maker = section_os_process_id();
    if (inherited)
        list_handles(offer);
    return result;
}

/* Hold the name, if a part does. */
static section_os_result hold_name(section_offer *offer, const section *of,
                                   section_rights rights,
                                   const section_os_parts *parts)
{
    if (parts->part[SECTION_OS_PART_NAME] == SECTION_OS_NONE)
        return section__result(SECTION_OK);
    section_os_result result;
    result.status = section_duplicate(&offer->holder, of, rights);
    result.os_error = section_os_get_last_error();
    return result;
}

static section_os_result make_offer(section_offer *offer, const section *of,
                                    section_rights rights, section__way way,
                                    const section_os_process ends[2])
{
    section_os_parts parts;
    section_os_result result =
        section_os_parts_gather(&parts, &section__mutable(of)->object, rights);
    if (result.status != SECTION_OK)
        return result;
    section__parcel parcel;
    result = hold_name(offer, of, rights, &parts);
    if (result.status == SECTION_OK)
        result = section__describe(&parcel, of, rights, &parts);
    if (result.status == SECTION_OK) {
        parcel.way = way;
        parcel.from = ends[0];
        parcel.to = ends[1];
        result = offer_parts(offer, &parts, &parcel);
    }
    section_os_parts_close(&parts);
    if (result.status == SECTION_OK)
        print_offer(offer, &parcel);
    return result;
}

/* `ends` are who offers, and whom to. */
static section_status offer(section_offer **out, const section *of,
                            section_rights rights, section__way way,
                            const section_os_process ends[2])
{
    section_offer *made = section_os_allocate(sizeof(*made));
    if (made == NULL)
        return section__refuse(SECTION_NO_MEMORY);
    made->kept = SECTION_OS_PARTS_NONE;
    section_os_result result = make_offer(made, of, rights, way, ends);
    if (result.status != SECTION_OK) {
        section_close(made->holder);
        section_os_free(made);
        return section__fail(result);
    }
    *out = made;
    return SECTION_OK;
}

static section_status check_offer(section_offer **out, const section *of,
                                  section_rights rights)
{
    if (out == NULL)
        return SECTION_INVALID;
    *out = NULL;
    if (of == NULL || rights == 0)
        return SECTION_INVALID;
    return section__may_hand_over(of, rights);
}

section_status section_export(section_offer **out, const section *of,
                              section_rights rights, int64_t process)
{
    rights = section__rights(rights);
    section_status status = check_offer(out, of, rights);
    if (status == SECTION_OK && process <= 0)
        status = SECTION_INVALID;
    if (status != SECTION_OK)
        return section__refuse(status);
    section_os_process ends[2];
    section_os_result result = section_os_process_tell(&ends[0], 0);
    if (result.status == SECTION_OK)
        result = section_os_process_tell(&ends[1], (uint64_t)process);
    if (result.status != SECTION_OK)
        return section__fail(result);
    return offer(out, of, rights, SECTION__WAY_OFFER, ends);
}

section_status section_make_inheritable(section_offer **out, const section *of,
                                        section_rights rights)
{
    rights = section__rights(rights);
    section_status status = check_offer(out, of, rights);
    if (status != SECTION_OK)
        return section__refuse(status);
    section_os_process ends[2] = {{0, 0}, {0, 0}};
    section_os_result result = section_os_process_tell(&ends[0], 0);
    if (result.status != SECTION_OK && result.status != SECTION_UNSUPPORTED)
        return section__fail(result);
    return offer(out, of, rights, SECTION__WAY_INHERITED, ends);
}

const char *section_offer_text(const section_offer *offer)
{
    return offer == NULL ? NULL : offer->text;
}

size_t section_offer_handles(section_native *handles, size_t capacity,
                             const section_offer *offer)
{
    if (offer == NULL)
        return 0;
    for (size_t i = 0; i < offer->handle_count && i < capacity; i++)
        handles[i] = offer->handles[i];
    return offer->handle_count;
}

section_status section_offer_pass(const section_offer *offer, void *how)
{
    if (offer == NULL || how == NULL || offer->handle_count == 0)
        return section__refuse(SECTION_INVALID);
    section_os_result result =
        section_os_parts_pass(how, offer->handles, offer->handle_count);
    return section__outcome(result);
}

void section_unexport(section_offer *offer)
{
    if (offer == NULL)
        return;
    /* What was inherited by a program stays there; and a forked child has
     * copies of its own of what is kept. */
    bool withdraws =
        offer->to.id != 0 && offer->maker == section_os_process_id();
    if (withdraws) {
        bool taken = section_os_count_add(&offer->ticket.page->decided, 1) != 1;
        section_os_parts_withdraw(&offer->kept, offer->numbers, &offer->to,
                                  taken);
    } else {
        section_os_parts_close(&offer->kept);
    }
    close_ticket(&offer->ticket);
    section_close(offer->holder);
    section_os_free(offer);
}

/* ------------------------------------------------------------------------
 * Take
 * ------------------------------------------------------------------------ */

/* What it takes to take an offer. */
typedef struct taking {
    unsigned char bytes[SECTION__PARCEL_SIZE]; /* of the text */
    section__parcel parcel;
    section_os_source source;
    mapped_ticket ticket;
    section_os_parts parts;
} taking;

/* From whom an offer comes: NULL for what this process has inherited. */
static const section_os_process *source_of(const section__parcel *parcel)
{
    return parcel->way == SECTION__WAY_OFFER ? &parcel->from : NULL;
}

static bool is_process(const section_os_process *one,
                       const section_os_process *other)
{
    return one->id == other->id && one->born == other->born;
}

/* Whether an offer is for this process. What it keeps itself for the programs
 * it starts is not. */
static section_os_result check_target(const section__parcel *parcel)
{
    section_os_process self;
    section_os_result result = section_os_process_tell(&self, 0);
    if (parcel->way == SECTION__WAY_OFFER) {
        if (result.status == SECTION_OK && !is_process(&self, &parcel->to))
            result.status = SECTION_ACCESS;
        return result;
    }
    if (result.status == SECTION_OK && is_process(&self, &parcel->from))
        result.status = SECTION_GONE;
    /* Where nobody tells, the parts do. */
    if (result.status == SECTION_UNSUPPORTED)
        result.status = SECTION_OK;
    return result;
}

static bool is_undecided(const mapped_ticket *t)
{
    return section_os_count_add(&t->page->decided, 0) == 0;
}

/* A ticket of another offer says that this one is gone, and its numbers are in
 * use again. */
static section_status check_ticket(const taking *on)
{
    unsigned char bytes[SECTION__PARCEL_SIZE];
    section__parcel found;
    memcpy(bytes, on->ticket.page->parcel, sizeof(bytes));
    if (section__parcel_decode(&found, bytes) != SECTION_OK ||
        memcmp(found.secret, on->parcel.secret, SECTION__SECRET_SIZE) != 0 ||
        !is_undecided(&on->ticket))
        return SECTION_GONE;
    return memcmp(bytes, on->bytes, sizeof(bytes)) == 0 ? SECTION_OK
                                                        : SECTION_UNTRUSTED;
}

static section_os_result find_ticket(taking *on)
{
    intptr_t part;
    section_os_result result = section_os_part_fetch(
        &part, &on->source, on->parcel.numbers[SECTION_OS_PART_TICKET],
        on->parcel.ticket_id);
    if (result.status == SECTION_OK)
        result = open_ticket(&on->ticket, part);
    if (result.status == SECTION_UNTRUSTED || result.status == SECTION_KIND)
        result.status = SECTION_GONE;
    if (result.status != SECTION_OK)
        return result;
    result.status = check_ticket(on);
    if (result.status != SECTION_OK)
        close_ticket(&on->ticket);
    return result;
}

/* Who has offered has ended, and left this behind. */
static section_os_result clear_up(taking *on)
{
    if (section_os_count_add(&on->ticket.page->decided, 1) == 1)
        section_os_parts_settle(on->parcel.numbers, source_of(&on->parcel));
    return section__result(SECTION_GONE);
}

/* All parts but the ticket. The ticket vouches for their numbers. */
static section_os_result fetch_parts(taking *on)
{
    section_os_parts *parts = &on->parts;
    section_os_result result = section__result(SECTION_OK);
    *parts = SECTION_OS_PARTS_NONE;
    for (int i = 0; i < SECTION_OS_PART_TICKET; i++) {
        if ((on->parcel.parts >> i & 1) == 0)
            continue;
        intptr_t part;
        result = section_os_part_fetch(&part, &on->source,
                                       on->parcel.numbers[i], NULL);
        if (result.status != SECTION_OK)
            break;
        section_os_parts_keep(parts, i, part);
    }
    if (result.status != SECTION_OK)
        section_os_parts_close(parts);
    return result;
}

/* Get the section while the ticket is undecided, and then decide. */
static section_os_result take(section **out, taking *on)
{
    if (on->source.ended)
        return clear_up(on);
    section_os_result result = fetch_parts(on);
    if (result.status == SECTION_OK)
        result = section__receive_parcel(out, &on->parcel, &on->parts);
    if (result.status != SECTION_OK) {
        /* By another thread meanwhile, and with it went what we looked for. */
        if (!is_undecided(&on->ticket))
            result.status = SECTION_GONE;
        return result;
    }
    if (section_os_count_add(&on->ticket.page->decided, 1) != 1) {
        section_close(*out);
        *out = NULL;
        return section__result(SECTION_GONE);
    }
    section_os_parts_settle(on->parcel.numbers, source_of(&on->parcel));
    return result;
}

static section_os_result import(section **out, taking *on)
{
    section_os_result result = check_target(&on->parcel);
    if (result.status == SECTION_OK)
        result = section_os_source_open(&on->source, source_of(&on->parcel));
    if (result.status != SECTION_OK)
        return result;
    result = find_ticket(on);
    if (result.status == SECTION_OK) {
        result = take(out, on);
        close_ticket(&on->ticket);
    }
    section_os_source_close(&on->source);
    return result;
}

section_status section_import(section **out, const char *text)
{
    if (out == NULL)
        return section__refuse(SECTION_INVALID);
    *out = NULL;
    if (text == NULL)
        return section__refuse(SECTION_INVALID);

    taking on;
    section_status status = SECTION_UNTRUSTED;
    if (section__parcel_parse(on.bytes, text))
        status = section__parcel_decode(&on.parcel, on.bytes);
    if (status == SECTION_OK && on.parcel.way == SECTION__WAY_MESSAGE)
        status = SECTION_UNTRUSTED;
    if (status != SECTION_OK)
        return section__refuse(status);
    return section__outcome(import(out, &on));
}
