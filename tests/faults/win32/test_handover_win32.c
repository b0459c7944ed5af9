/* SPDX-License-Identifier: MIT */
/*
 * Handing over while Windows fails: each import that the one side calls fails
 * once, the other side is as ever. Nothing may be left in either, and the next
 * try works.
 */
#include "faults.h"

#include "channel.h"
#include "expect.h"
#include "files.h"
#include "machine.h"
#include "parcel.h"
#include "process.h"
#include "sections.h"

#include <windows.h>

/* More calls than any side makes. */
#define CALLS_MOST 200

#define SIZE 5000

/* Who gives up does so soon: the other side has failed. */
#define TIMEOUT 5000

/* ------------------------------------------------------------------------
 * Over a pipe
 * ------------------------------------------------------------------------ */

/* The side that nothing fails for. */
typedef struct peer {
    HANDLE thread;
    section_native end;
    const section *from; /* NULL for the one that receives */
    section *received;
    section_status status;
} peer;

static DWORD WINAPI run_peer(void *context)
{
    peer *p = context;
    p->received = NULL;
    p->status = p->from != NULL
                    ? section_send(p->end, p->from, READ_WRITE, TIMEOUT)
                    : section_receive(&p->received, p->end, TIMEOUT);
    return 0;
}

static void start_peer(peer *out, section_native end, const section *from)
{
    out->end = end;
    out->from = from;
    out->thread = CreateThread(NULL, 0, run_peer, out, 0, NULL);
    assert_that(out->thread != NULL);
}

static void join_peer(peer *p)
{
    assert_that(WaitForSingleObject(p->thread, INFINITE) == WAIT_OBJECT_0);
    (void)CloseHandle(p->thread);
    section_close(p->received);
}

/* One hand-over of a kind: what fails is on the side of this thread. */
typedef struct handover {
    size_t kind; /* of the channel */
    const section *from;
    bool receives;      /* else it sends */
    bool is_pushed;     /* the receiver may not open the sender */
    const char *failed; /* the import that did */
} handover;

/* Nobody but the receiver is denied anything: who is pushed to may be opened.
 */
static section_status act(const handover *h, section_native end)
{
    if (!h->receives)
        return section_send(end, h->from, READ_WRITE, TIMEOUT);
    section *out = expect_poison();
    if (h->is_pushed)
        faults_deny_here("OpenProcess", ERROR_ACCESS_DENIED);
    section_status status = section_receive(&out, end, TIMEOUT);
    faults_deny_here(NULL, 0);
    assert_that((out != NULL) == (status == SECTION_OK));
    section_close(out);
    return status;
}

/* What could not be unmapped nobody has any more: let it not hide what else is
 * left. */
static void unmap_left(void)
{
    const void *left = faults_left_mapped();
    if (left != NULL)
        (void)UnmapViewOfFile(left);
}

/* Hand over with the nth call failing. */
static section_status hand_over(handover *h, unsigned nth)
{
    peer other;
    channel c = channel_make(h->kind);
    start_peer(&other, c.end[0], h->receives ? h->from : NULL);
    faults_arm_here(nth);
    section_status status = act(h, c.end[1]);
    h->failed = faults_disarm();
    unmap_left();
    channel_end(c.end[1]);
    join_peer(&other);
    channel_end(c.end[0]);
    if (h->failed == NULL)
        assert_status(SECTION_OK, other.status);
    return status;
}

/* Without these it is done another way: what cannot be seen to be ready is
 * waited for. */
static bool is_tolerated(const char *import)
{
    return strcmp(import, "NtQueryInformationFile") == 0 ||
           strcmp(import, "PeekNamedPipe") == 0 ||
           strcmp(import, "GetProcAddress") == 0 ||
           strcmp(import, "WaitForSingleObject") == 0;
}

/* Handles that stay open, however often it is done: what the system keeps after
 * a first time is no leak, and what it lets go of a little later is none of
 * them. */
static size_t count_lasting_handles(handover *h)
{
    size_t fewest = SIZE_MAX;
    for (int i = 0; i < 4; i++) {
        assert_status(SECTION_OK, hand_over(h, 0));
        (void)machine_open_handles();
        size_t handles = machine_open_handles();
        if (handles < fewest)
            fewest = handles;
    }
    return fewest;
}

/* No more are open than those; what goes a little later is given the time of a
 * few looks. */
static void assert_no_more_handles(size_t lasting)
{
    size_t handles = machine_open_handles();
    for (int i = 0; i < 100 && handles > lasting; i++)
        handles = machine_open_handles();
    assert_that(handles <= lasting);
}

static void fail_each_call(handover *h)
{
    size_t handles = count_lasting_handles(h);
    size_t mappings = machine_mappings();
    size_t blocks = faults_heap_blocks();
    unsigned nth = 0;
    do {
        assert_that(++nth < CALLS_MOST);
        section_status status = hand_over(h, nth);
        if (h->failed == NULL)
            assert_status(SECTION_OK, status);
        else if (status == SECTION_OK)
            assert_that(is_tolerated(h->failed));
        assert_no_more_handles(handles);
        assert_same(mappings, machine_mappings());
        assert_same(blocks, faults_heap_blocks());
    } while (h->failed != NULL);
    assert_that(nth > 1);
}

static void fail_each_side(const section *from)
{
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        handover sends = {kind, from, false, false, NULL};
        handover receives = {kind, from, true, false, NULL};
        fail_each_call(&sends);
        fail_each_call(&receives);
    }
}

static void sending_and_receiving_memory_fails_cleanly(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    fail_each_side(s);
    section_close(s);
}

static void sending_and_receiving_a_file_fails_cleanly(void **state)
{
    (void)state;
    file_path path = files_path("sent");
    section *s = new_file(path.text, SIZE, SECTION_CREATE_NEW);
    fail_each_side(s);
    section_close(s);
    assert_that(file_remove(path.text));
}

static void receiving_what_is_pushed_fails_cleanly(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        handover receives = {kind, s, true, true, NULL};
        fail_each_call(&receives);
    }
    section_close(s);
}

/* A thread that acts for a client whom it may know and not be. */
static void who_may_not_act_as_its_client_is_pushed_to(void **state)
{
    (void)state;
    section *s = new_memory(SIZE), *out = expect_poison();
    peer other;
    channel c = channel_make(0);
    start_peer(&other, c.end[0], s);
    faults_deny_here("OpenProcess", ERROR_BAD_IMPERSONATION_LEVEL);
    assert_status(SECTION_OK, section_receive(&out, c.end[1], TIMEOUT));
    faults_deny_here(NULL, 0);
    join_peer(&other);
    assert_status(SECTION_OK, other.status);
    section_close(out);
    channel_close(&c);
    section_close(s);
}

/* The other side is the one that asks. */
static DWORD WINAPI run_denied_peer(void *context)
{
    faults_deny_here("OpenProcess", ERROR_ACCESS_DENIED);
    (void)run_peer(context);
    return 0;
}

static section_status push(handover *h, unsigned nth)
{
    peer other;
    channel c = channel_make(h->kind);
    other.end = c.end[0];
    other.from = NULL;
    other.thread = CreateThread(NULL, 0, run_denied_peer, &other, 0, NULL);
    assert_that(other.thread != NULL);
    faults_arm_here(nth);
    section_status status = act(h, c.end[1]);
    h->failed = faults_disarm();
    channel_end(c.end[1]);
    join_peer(&other);
    faults_deny_here(NULL, 0);
    channel_end(c.end[0]);
    return status;
}

static void pushing_fails_cleanly(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    handover h = {0, s, false, false, NULL};
    assert_status(SECTION_OK, push(&h, 0));
    (void)machine_open_handles();
    size_t handles = machine_open_handles();
    unsigned nth = 0;
    do {
        assert_that(++nth < CALLS_MOST);
        section_status status = push(&h, nth);
        if (h.failed == NULL)
            assert_status(SECTION_OK, status);
        else if (status == SECTION_OK)
            /* What cannot be taken back stays. */
            assert_that(is_tolerated(h.failed) ||
                        strcmp(h.failed, "DuplicateHandle") == 0);
        if (h.failed == NULL || strcmp(h.failed, "DuplicateHandle") != 0)
            assert_same(handles, machine_open_handles());
        else
            handles = machine_open_handles();
    } while (h.failed != NULL);
    assert_that(nth > 1);
    section_close(s);
}

static void where_neither_may_open_the_other_it_is_access(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        peer other;
        channel c = channel_make(kind);
        other.end = c.end[0];
        other.from = NULL;
        size_t handles = machine_open_handles();
        other.thread = CreateThread(NULL, 0, run_peer, &other, 0, NULL);
        assert_that(other.thread != NULL);
        faults_deny_everybody("OpenProcess", ERROR_ACCESS_DENIED);
        assert_status(SECTION_ACCESS,
                      section_send(c.end[1], s, READ_WRITE, TIMEOUT));
        join_peer(&other);
        faults_deny_here(NULL, 0);
        assert_status(SECTION_ACCESS, other.status);
        assert_same(handles, machine_open_handles());
        /* Nothing is left in the channel. */
        channel_outcome outcome = channel_carry(&c, s, READ_WRITE);
        assert_status(SECTION_OK, outcome.sent);
        assert_status(SECTION_OK, outcome.received);
        section_close(outcome.section);
        channel_close(&c);
    }
    section_close(s);
}

/* Where nothing is waited for, nobody can say that the other side has gone. */
static void a_pipe_that_does_not_wait_is_kind(void **state)
{
    (void)state;
    section *out = expect_poison();
    channel c = channel_make(0);
    DWORD mode = PIPE_NOWAIT;
    assert_that(SetNamedPipeHandleState((HANDLE)c.end[1], &mode, NULL, NULL) !=
                0);
    assert_no_section(SECTION_KIND, out,
                      section_receive(&out, c.end[1], TIMEOUT));
    channel_close(&c);
}

/* ------------------------------------------------------------------------
 * Offers
 * ------------------------------------------------------------------------ */

typedef struct offering {
    section *from;
    section_offer *offer;
    section *taken;
    bool is_inherited;
} offering;

static section_status make(offering *o)
{
    if (o->is_inherited)
        return section_make_inheritable(&o->offer, o->from, READ_WRITE);
    return section_export(&o->offer, o->from, READ_WRITE,
                          (int64_t)GetCurrentProcessId());
}

static void unmake(offering *o)
{
    section_unexport(o->offer);
    o->offer = NULL;
}

static section_status take(offering *o)
{
    return section_import(&o->taken, section_offer_text(o->offer));
}

static void untake(offering *o)
{
    section_close(o->taken);
    o->taken = NULL;
    unmake(o);
    assert_status(SECTION_OK, make(o));
}

static void fail_each_call_of(offering *o, section_status (*does)(offering *),
                              void (*undoes)(offering *))
{
    assert_status(SECTION_OK, does(o));
    undoes(o);
    (void)machine_open_handles();
    size_t handles = machine_open_handles();
    size_t mappings = machine_mappings();
    size_t blocks = faults_heap_blocks();
    const char *failed;
    unsigned nth = 0;
    do {
        assert_that(++nth < CALLS_MOST);
        faults_arm_here(nth);
        section_status status = does(o);
        failed = faults_disarm();
        unmap_left();
        if (failed == NULL)
            assert_status(SECTION_OK, status);
        if (status == SECTION_OK)
            undoes(o);
        assert_same(handles, machine_open_handles());
        assert_same(mappings, machine_mappings());
        assert_same(blocks, faults_heap_blocks());
    } while (failed != NULL);
    assert_that(nth > 1);
}

static void offering_and_taking_fail_cleanly(void **state)
{
    (void)state;
    file_path path = files_path("offered");
    section *all[] = {new_memory(SIZE),
                      new_file(path.text, SIZE, SECTION_CREATE_NEW)};
    for (size_t i = 0; i < 2; i++) {
        offering o = {all[i], NULL, NULL, false};
        fail_each_call_of(&o, make, unmake);
        assert_status(SECTION_OK, make(&o));
        fail_each_call_of(&o, take, untake);
        unmake(&o);
        section_close(all[i]);
    }
    assert_that(file_remove(path.text));
}

/* A page of memory that this process was handed, and that says what a ticket
 * says: whoever made the text knows its number, and that of a section. */
static section *forge_ticket(section__parcel *parcel,
                             char text[SECTION_OFFER_TEXT_SIZE])
{
    unsigned char bytes[SECTION__PARCEL_SIZE];
    intptr_t native;
    HANDLE page = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE,
                                     0, 4096, NULL);
    assert_that(page != NULL);
    section *forged = wrapped((intptr_t)page, READ_WRITE, SECTION_NATIVE_OWNED);
    section *handed = channel_handed(forged, READ_WRITE);
    assert_status(SECTION_OK, section_get_native(&native, handed));
    parcel->numbers[SECTION_OS_PART_TICKET] = (uint64_t)native;
    section__parcel_encode(bytes, parcel);
    section__parcel_print(text, bytes);
    section_view view = mapped(forged, 0, 0, SECTION_ACCESS_READ_WRITE);
    memcpy(view.data, bytes, sizeof(bytes));
    unmap(&view);
    section_close(forged);
    return handed;
}

/* Who may not open this process lets it close none of its handles. */
static void what_was_handed_over_as_memory_is_no_ticket(void **state)
{
    (void)state;
    section *s = new_memory(SIZE), *out = expect_poison();
    section_offer *offer;
    section__parcel parcel;
    unsigned char bytes[SECTION__PARCEL_SIZE];
    char text[SECTION_OFFER_TEXT_SIZE];
    assert_status(SECTION_OK, section_export(&offer, s, READ_WRITE,
                                             (int64_t)GetCurrentProcessId()));
    assert_that(section__parcel_parse(bytes, section_offer_text(offer)));
    assert_status(SECTION_OK, section__parcel_decode(&parcel, bytes));
    section *handed = forge_ticket(&parcel, text);
    size_t handles = machine_open_handles();
    assert_no_section(SECTION_GONE, out, section_import(&out, text));
    assert_same(handles, machine_open_handles());
    /* What was offered is still there, and used up by its own text. */
    assert_status(SECTION_OK, section_import(&out, section_offer_text(offer)));
    section_close(out);
    section_unexport(offer);
    section_close(handed);
    section_close(s);
}

static section_status make_and_pass(offering *o)
{
    SIZE_T size = 0;
    (void)InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    char room[256];
    assert_that(size <= sizeof(room));
    LPPROC_THREAD_ATTRIBUTE_LIST list = (LPPROC_THREAD_ATTRIBUTE_LIST)room;
    assert_that(InitializeProcThreadAttributeList(list, 1, 0, &size));
    section_status status = make(o);
    if (status == SECTION_OK) {
        status = section_offer_pass(o->offer, list);
        if (status != SECTION_OK)
            unmake(o);
    }
    DeleteProcThreadAttributeList(list);
    return status;
}

static void what_is_to_be_inherited_fails_cleanly(void **state)
{
    (void)state;
    offering o = {new_memory(SIZE), NULL, NULL, true};
    fail_each_call_of(&o, make_and_pass, unmake);
    section_close(o.from);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(sending_and_receiving_memory_fails_cleanly),
    cmocka_unit_test(sending_and_receiving_a_file_fails_cleanly),
    cmocka_unit_test(receiving_what_is_pushed_fails_cleanly),
    cmocka_unit_test(who_may_not_act_as_its_client_is_pushed_to),
    cmocka_unit_test(pushing_fails_cleanly),
    cmocka_unit_test(where_neither_may_open_the_other_it_is_access),
    cmocka_unit_test(a_pipe_that_does_not_wait_is_kind),
    cmocka_unit_test(offering_and_taking_fail_cleanly),
    cmocka_unit_test(what_was_handed_over_as_memory_is_no_ticket),
    cmocka_unit_test(what_is_to_be_inherited_fails_cleanly),
};

TEST_MAIN_ALONE(tests)
