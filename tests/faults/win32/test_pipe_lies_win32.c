/* SPDX-License-Identifier: MIT */
/*
 * What the other end of a pipe can do that it must not: the messages of
 * platform/win32/win32_channel.c, written and read by hand.
 */
#include "faults.h"

#include "channel.h"
#include "expect.h"
#include "files.h"
#include "machine.h"
#include "process.h"
#include "sections.h"

#include <windows.h>

#include <stddef.h>

#define SIZE 5000

#define TIMEOUT 5000

#define WIN32_SHARE (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* Of a receiver that is kept waiting: it does so for a second more, once it has
 * heard something. */
#define SHORT_TIMEOUT 50

/* ------------------------------------------------------------------------
 * Messages
 * ------------------------------------------------------------------------ */

enum { OFFER = 1, ASK = 2, PUSHED = 3, GOT = 4, DONE = 5 };

#define NO_NUMBER UINT64_MAX

typedef struct heading {
    unsigned char magic[8];
    uint32_t version;
    uint32_t what;
} heading;

typedef struct offer {
    heading heading;
    unsigned char nonce[16];
    uint64_t id, born;
    uint64_t numbers[4];
    uint64_t length;
    unsigned char bytes[512];
} offer;

typedef struct answer {
    heading heading;
    unsigned char nonce[16];
    uint64_t id, born;
    uint64_t status;
} answer;

typedef struct reply {
    heading heading;
    unsigned char nonce[16];
    uint64_t numbers[4];
    uint64_t status;
} reply;

/* ------------------------------------------------------------------------
 * The side of the library, in a thread of its own
 * ------------------------------------------------------------------------ */

typedef struct side {
    HANDLE thread;
    section_native end;
    uint32_t timeout;
    section *from; /* NULL for the one that receives */
    section *received;
    section_status status;
    bool is_denied; /* it may not open the other process */
} side;

static DWORD WINAPI run_side(void *context)
{
    side *s = context;
    if (s->is_denied)
        faults_deny_here("OpenProcess", ERROR_ACCESS_DENIED);
    if (s->from != NULL)
        s->status = section_send(s->end, s->from, READ_WRITE, s->timeout);
    else
        s->status = section_receive(&s->received, s->end, s->timeout);
    return 0;
}

static void start_side(side *s)
{
    s->received = NULL;
    s->thread = CreateThread(NULL, 0, run_side, s, 0, NULL);
    assert_that(s->thread != NULL);
}

static section_status end_side(side *s)
{
    assert_that(WaitForSingleObject(s->thread, INFINITE) == WAIT_OBJECT_0);
    (void)CloseHandle(s->thread);
    faults_deny_here(NULL, 0);
    assert_that((s->received != NULL) ==
                (s->from == NULL && s->status == SECTION_OK));
    section_close(s->received);
    return s->status;
}

/* ------------------------------------------------------------------------
 * The other side
 * ------------------------------------------------------------------------ */

/* What the library offers of a section, whose handles are then this test's:
 * copies of those that it has offered. */
static offer learn(section *s)
{
    offer learned;
    channel c = channel_make(0);
    side sender = {.end = c.end[0], .timeout = TIMEOUT, .from = s};
    start_side(&sender);
    channel_read(c.end[1], &learned, sizeof(learned));
    for (int i = 0; i < 4; i++) {
        HANDLE copy;
        if (learned.numbers[i] == NO_NUMBER)
            continue;
        assert_that(DuplicateHandle(
            GetCurrentProcess(), (HANDLE)(uintptr_t)learned.numbers[i],
            GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
        learned.numbers[i] = (uint64_t)(uintptr_t)copy;
    }
    channel_end(c.end[1]);
    assert_status(SECTION_GONE, end_side(&sender));
    channel_end(c.end[0]);
    return learned;
}

static void unlearn(const offer *learned)
{
    for (int i = 0; i < 4; i++)
        if (learned->numbers[i] != NO_NUMBER)
            (void)CloseHandle((HANDLE)(uintptr_t)learned->numbers[i]);
}

static reply reply_to(const offer *o, uint32_t what)
{
    reply r = {.heading = o->heading, .status = SECTION_OK};
    r.heading.what = what;
    memcpy(r.nonce, o->nonce, sizeof(r.nonce));
    for (int i = 0; i < 4; i++)
        r.numbers[i] = NO_NUMBER;
    return r;
}

/* Let an end hear this offer, and confirm it if it takes it. */
static section_status tell(const offer *o, size_t kind)
{
    channel c = channel_make(kind);
    side receiver = {.end = c.end[1], .timeout = TIMEOUT};
    start_side(&receiver);
    channel_write(c.end[0], o, sizeof(*o));
    /* Whoever has refused the first bytes says nothing: this is for those who
     * have not. */
    reply done = reply_to(o, DONE);
    channel_write(c.end[0], &done, sizeof(done));
    section_status status = end_side(&receiver);
    channel_close(&c);
    return status;
}

static section_status tell_handle(offer o, HANDLE handle)
{
    o.numbers[0] = (uint64_t)(uintptr_t)handle;
    return tell(&o, 0);
}

/* ------------------------------------------------------------------------
 * Senders
 * ------------------------------------------------------------------------ */

static void what_the_library_says_is_understood(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    offer o = learn(s);
    assert_same(GetCurrentProcessId(), o.id);
    assert_same(sizeof(o.bytes), o.length);
    size_t handles = machine_open_handles();
    for (size_t kind = 0; kind < channel_kinds(); kind++)
        assert_status(SECTION_OK, tell(&o, kind));
    assert_same(handles, machine_open_handles());
    unlearn(&o);
    section_close(s);
}

static void a_sender_that_is_another_process_is_access(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    offer o = learn(s);
    offer other = o;
    other.id += 4;
    assert_status(SECTION_ACCESS, tell(&other, 0));
    other = o;
    other.id |= (uint64_t)1 << 32;
    assert_status(SECTION_ACCESS, tell(&other, 0));
    other = o;
    other.born++;
    assert_status(SECTION_ACCESS, tell(&other, 0));
    unlearn(&o);
    section_close(s);
}

static void other_versions_are_unsupported(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    offer o = learn(s);
    o.heading.version++;
    for (size_t kind = 0; kind < channel_kinds(); kind++)
        assert_status(SECTION_UNSUPPORTED, tell(&o, kind));
    /* Also if it has other lengths, and the sender is told so. */
    channel c = channel_make(0);
    side receiver = {.end = c.end[1], .timeout = TIMEOUT};
    answer a;
    start_side(&receiver);
    channel_write(c.end[0], &o.heading, sizeof(o.heading));
    channel_read(c.end[0], &a, sizeof(a));
    assert_same(SECTION_UNSUPPORTED, a.status);
    assert_status(SECTION_UNSUPPORTED, end_side(&receiver));
    channel_close(&c);
    unlearn(&o);
    section_close(s);
}

static void handles_that_are_none_are_untrusted(void **state)
{
    (void)state;
    const uint64_t none[] = {0, NO_NUMBER - 1, /* this thread */
                             0x7ffffffc, (uint64_t)1 << 31,
                             (uint64_t)1 << 32 | 4};
    section *s = new_memory(SIZE);
    offer o = learn(s);
    size_t handles = machine_open_handles();
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        offer other = o;
        other.numbers[0] = none[i];
        assert_status(SECTION_UNTRUSTED, tell(&other, 0));
    }
    for (int i = 0; i < 4; i++) {
        offer other = o;
        other.numbers[i] = i == 0 ? NO_NUMBER : o.numbers[0];
        assert_status(SECTION_UNTRUSTED, tell(&other, 0));
    }
    assert_same(handles, machine_open_handles());
    unlearn(&o);
    section_close(s);
}

/* Where the name of a section is in what is said of it. */
static size_t name_in(const offer *o, const char *name)
{
    size_t at = 0, length = strlen(name);
    while (at + length < sizeof(o->bytes) &&
           memcmp(o->bytes + at, name, length) != 0)
        at++;
    assert_that(at + length < sizeof(o->bytes));
    return at;
}

static HANDLE with_access(uint64_t number, DWORD access)
{
    HANDLE copy;
    assert_that(DuplicateHandle(GetCurrentProcess(), (HANDLE)(uintptr_t)number,
                                GetCurrentProcess(), &copy, access, FALSE, 0));
    return copy;
}

static void tell_and_close(section_status expected, offer o, HANDLE handle)
{
    assert_that(handle != NULL && handle != INVALID_HANDLE_VALUE);
    assert_status(expected, tell_handle(o, handle));
    (void)CloseHandle(handle);
}

static void handles_that_can_do_less_are_untrusted(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    offer o = learn(s);
    const DWORD all = SECTION_QUERY | SECTION_MAP_READ | SECTION_MAP_WRITE;
    for (DWORD one = 1; one <= all; one <<= 1)
        if ((all & one) != 0)
            tell_and_close(SECTION_UNTRUSTED, o,
                           with_access(o.numbers[0], all & ~one));
    tell_and_close(SECTION_OK, o, with_access(o.numbers[0], all));
    unlearn(&o);
    section_close(s);
}

/* A handle of a memory that the application has made can do more than any that
 * the library hands over. */
static void handles_that_can_do_more_are_untrusted(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    offer o = learn(s);
    tell_and_close(SECTION_UNTRUSTED, o,
                   CreateFileMappingW(INVALID_HANDLE_VALUE, NULL,
                                      PAGE_READWRITE, 0, 3 * 4096, NULL));
    unlearn(&o);
    section_close(s);
}

static void other_memory_is_untrusted(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    section *other = new_memory(SIZE);
    offer o = learn(s), p = learn(other);
    assert_status(SECTION_UNTRUSTED,
                  tell_handle(o, (HANDLE)(uintptr_t)p.numbers[0]));
    unlearn(&o);
    unlearn(&p);
    section_close(other);
    section_close(s);
}

/* Two memories that only the name tells apart: that of the one said of the
 * other. And a name said of what has none. */
static void memory_of_another_name_is_untrusted(void **state)
{
    (void)state;
    test_name names[] = {names_unique("one"), names_unique("two")};
    section *all[] = {new_named(names[0].text, SIZE),
                      new_named(names[1].text, SIZE), new_memory(SIZE)};
    offer o[3];
    for (size_t i = 0; i < 3; i++)
        o[i] = learn(all[i]);
    size_t at = name_in(&o[0], names[0].text);
    for (size_t i = 1; i < 3; i++) {
        offer lie = o[i];
        /* Its length is before it, and the scope 15 words. */
        memcpy(lie.bytes + at - 8, o[0].bytes + at - 8,
               sizeof(lie.bytes) - (at - 8));
        memcpy(lie.bytes + at - 120, o[0].bytes + at - 120, 8);
        assert_status(SECTION_UNTRUSTED, tell(&lie, 0));
    }
    for (size_t i = 0; i < 3; i++) {
        assert_status(SECTION_OK, tell(&o[i], 0));
        unlearn(&o[i]);
        section_close(all[i]);
    }
}

/* Keeps a pipe in use that is not overlapped: who asks it anything waits. */
static DWORD WINAPI read_for_ever(void *pipe)
{
    char byte;
    DWORD done;
    (void)ReadFile(pipe, &byte, 1, &done, NULL);
    return 0;
}

static void tell_busy_pipe(const offer *o)
{
    channel c = channel_make(0);
    HANDLE reader =
        CreateThread(NULL, 0, read_for_ever, (HANDLE)c.end[0], 0, NULL);
    assert_that(reader != NULL);
    assert_status(SECTION_UNTRUSTED, tell_handle(*o, (HANDLE)c.end[0]));
    HANDLE narrow =
        with_access((uint64_t)c.end[0], FILE_READ_DATA | FILE_WRITE_DATA);
    tell_and_close(SECTION_UNTRUSTED, *o, narrow);
    channel_write(c.end[1], "e", 1);
    assert_that(WaitForSingleObject(reader, INFINITE) == WAIT_OBJECT_0);
    (void)CloseHandle(reader);
    channel_close(&c);
}

/* With exactly the rights that the handle of a file has. */
static void tell_files(const offer *o)
{
    const DWORD rights = FILE_READ_DATA | FILE_WRITE_DATA;
    tell_busy_pipe(o);
    tell_and_close(
        SECTION_UNTRUSTED, *o,
        CreateFileW(L"NUL", rights, 0, NULL, OPEN_EXISTING, 0, NULL));
    tell_and_close(SECTION_UNTRUSTED, *o,
                   CreateFileW(L".", FILE_READ_DATA, WIN32_SHARE, NULL,
                               OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
                               NULL));
}

static void handles_of_other_things_are_untrusted(void **state)
{
    (void)state;
    file_path path = files_path("thing");
    section *all[] = {new_memory(SIZE),
                      new_file(path.text, SIZE, SECTION_CREATE_NEW)};
    for (size_t i = 0; i < 2; i++) {
        offer o = learn(all[i]);
        size_t handles = machine_open_handles();
        tell_and_close(SECTION_UNTRUSTED, o,
                       CreateEventW(NULL, TRUE, FALSE, NULL));
        tell_and_close(SECTION_UNTRUSTED, o,
                       OpenProcess(3, FALSE, GetCurrentProcessId()));
        tell_files(&o);
        assert_same(handles, machine_open_handles());
        unlearn(&o);
        section_close(all[i]);
    }
    assert_that(file_remove(path.text));
}

static void a_file_for_memory_and_memory_for_a_file_are_untrusted(void **state)
{
    (void)state;
    file_path path = files_path("swapped");
    section *memory = new_memory(SIZE);
    section *file = new_file(path.text, SIZE, SECTION_CREATE_NEW);
    offer m = learn(memory), f = learn(file);
    assert_status(SECTION_UNTRUSTED,
                  tell_handle(m, (HANDLE)(uintptr_t)f.numbers[0]));
    assert_status(SECTION_UNTRUSTED,
                  tell_handle(f, (HANDLE)(uintptr_t)m.numbers[0]));
    unlearn(&m);
    unlearn(&f);
    section_close(memory);
    section_close(file);
    assert_that(file_remove(path.text));
}

/* Anything but a hang, a crash, or something that is left. */
static void whatever_byte_is_changed_leaves_nothing(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    offer o = learn(s);
    assert_status(SECTION_OK, tell(&o, 0));
    (void)machine_open_handles();
    size_t handles = machine_open_handles();
    const size_t end = offsetof(offer, bytes);
    for (size_t i = 0; i < end; i++) {
        offer other = o;
        ((unsigned char *)&other)[i] ^= 1;
        section_status status = tell(&other, i % channel_kinds());
        /* The nonce is the sender's own, and handles are the same with one of
         * the two lowest bits or the other. */
        size_t nonce = offsetof(offer, nonce);
        bool is_nonce = i >= nonce && i < nonce + sizeof(o.nonce);
        bool is_low = i == offsetof(offer, numbers);
        assert_that(is_nonce || is_low || status != SECTION_OK);
    }
    assert_same(handles, machine_open_handles());
    unlearn(&o);
    section_close(s);
}

static void messages_of_other_lengths_are_untrusted(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    offer o = learn(s);
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        bool has_messages = (kind & 1) != 0;
        if (!has_messages)
            continue;
        struct {
            offer offer;
            char more;
        } longer = {o, 'm'};
        channel c = channel_make(kind);
        side receiver = {.end = c.end[1], .timeout = TIMEOUT};
        start_side(&receiver);
        channel_write(c.end[0], &longer, sizeof(longer));
        assert_status(SECTION_UNTRUSTED, end_side(&receiver));
        channel_close(&c);
    }
    unlearn(&o);
    section_close(s);
}

/* After an offer that was taken: nothing, then the end. */
static void a_sender_that_does_not_confirm_gives_nothing(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    offer o = learn(s);
    size_t handles = machine_open_handles();
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        answer a;
        channel c = channel_make(kind);
        side receiver = {.end = c.end[1], .timeout = SHORT_TIMEOUT};
        start_side(&receiver);
        channel_write(c.end[0], &o, sizeof(o));
        channel_read(c.end[0], &a, sizeof(a));
        assert_same(GOT, a.heading.what);
        assert_same(SECTION_OK, a.status);
        assert_status(SECTION_BUSY, end_side(&receiver));
        receiver.timeout = TIMEOUT;
        start_side(&receiver);
        channel_write(c.end[0], &o, sizeof(o));
        channel_read(c.end[0], &a, sizeof(a));
        channel_end(c.end[0]);
        assert_status(SECTION_GONE, end_side(&receiver));
        channel_end(c.end[1]);
    }
    assert_same(handles, machine_open_handles());
    unlearn(&o);
    section_close(s);
}

/* The offer of a sender that has given up is still in the pipe. */
static void an_offer_that_is_too_old_is_gone(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    for (size_t kind = 0; kind < channel_kinds(); kind++) {
        section *received;
        channel c = channel_make(kind);
        assert_status(SECTION_BUSY,
                      section_send(c.end[0], s, READ_WRITE, SHORT_TIMEOUT));
        channel_end(c.end[0]);
        assert_no_section(SECTION_GONE, received,
                          section_receive(&received, c.end[1], TIMEOUT));
        channel_end(c.end[1]);
    }
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Senders that push
 * ------------------------------------------------------------------------ */

static section_status tell_pushed(const offer *o, const reply *r)
{
    answer a;
    channel c = channel_make(0);
    side receiver = {.end = c.end[1], .timeout = TIMEOUT, .is_denied = true};
    start_side(&receiver);
    channel_write(c.end[0], o, sizeof(*o));
    channel_read(c.end[0], &a, sizeof(a));
    assert_same(ASK, a.heading.what);
    assert_same(GetCurrentProcessId(), a.id);
    channel_write(c.end[0], r, sizeof(*r));
    reply done = reply_to(o, DONE);
    channel_write(c.end[0], &done, sizeof(done));
    section_status status = end_side(&receiver);
    channel_close(&c);
    return status;
}

static void what_is_pushed_is_what_was_offered(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    offer o = learn(s);
    reply r = reply_to(&o, PUSHED);
    size_t handles = machine_open_handles();
    r.numbers[0] = o.numbers[0];
    assert_status(SECTION_OK, tell_pushed(&o, &r));
    r.numbers[1] = o.numbers[0];
    assert_status(SECTION_UNTRUSTED, tell_pushed(&o, &r));
    r = reply_to(&o, PUSHED);
    assert_status(SECTION_UNTRUSTED, tell_pushed(&o, &r));
    r.numbers[0] = 0x7ffffffc;
    assert_status(SECTION_UNTRUSTED, tell_pushed(&o, &r));
    r.numbers[0] = o.numbers[0];
    r.status = SECTION_ACCESS;
    assert_status(SECTION_ACCESS, tell_pushed(&o, &r));
    r.status = 12345;
    assert_status(SECTION_BUSY, tell_pushed(&o, &r));
    r.status = SECTION_OK;
    r.nonce[3] ^= 1;
    assert_status(SECTION_UNTRUSTED, tell_pushed(&o, &r));
    r = reply_to(&o, DONE);
    assert_status(SECTION_UNTRUSTED, tell_pushed(&o, &r));
    assert_same(handles, machine_open_handles());
    unlearn(&o);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Receivers
 * ------------------------------------------------------------------------ */

/* What becomes of sending to one that answers this, twice, or nothing. */
typedef struct lie {
    uint32_t what;
    uint64_t status;
    uint32_t version;
    bool other_magic, other_nonce, other_id, other_birth;
    section_status expected;
} lie;

static answer answer_to(const offer *o, const lie *l)
{
    answer a = {.heading = o->heading, .id = o->id, .born = o->born};
    a.heading.what = l->what;
    a.heading.version += l->version;
    a.heading.magic[0] ^= l->other_magic;
    memcpy(a.nonce, o->nonce, sizeof(a.nonce));
    a.nonce[0] ^= l->other_nonce;
    a.id += 4 * (uint64_t)l->other_id;
    a.born += l->other_birth;
    a.status = l->status;
    return a;
}

static void assert_lie(const section *s, const lie *l, size_t kind)
{
    offer o;
    size_t handles = machine_open_handles();
    channel c = channel_make(kind);
    side sender = {.end = c.end[0], .timeout = TIMEOUT};
    sender.from = (section *)s;
    start_side(&sender);
    channel_read(c.end[1], &o, sizeof(o));
    answer a = answer_to(&o, l);
    channel_write(c.end[1], &a, sizeof(a));
    channel_write(c.end[1], &a, sizeof(a));
    assert_status(l->expected, end_side(&sender));
    channel_close(&c);
    assert_same(handles, machine_open_handles());
}

static void a_receiver_that_lies_gives_a_status_and_leaves_nothing(void **state)
{
    (void)state;
    const lie lies[] = {
        {.what = GOT, .expected = SECTION_OK},
        {.what = GOT, .status = SECTION_ACCESS, .expected = SECTION_ACCESS},
        {.what = GOT, .status = SECTION_LIMIT, .expected = SECTION_BUSY},
        {.what = GOT, .status = UINT64_MAX, .expected = SECTION_BUSY},
        {.what = GOT, .version = 1, .expected = SECTION_UNSUPPORTED},
        {.what = GOT, .other_magic = true, .expected = SECTION_UNTRUSTED},
        {.what = GOT, .other_nonce = true, .expected = SECTION_UNTRUSTED},
        /* Asks twice: what was put into it is taken back. */
        {.what = ASK, .expected = SECTION_UNTRUSTED},
        {.what = ASK, .other_id = true, .expected = SECTION_UNTRUSTED},
        {.what = ASK, .other_birth = true, .expected = SECTION_UNTRUSTED},
        {.what = DONE, .expected = SECTION_UNTRUSTED},
        {.what = 77, .expected = SECTION_UNTRUSTED},
    };
    section *s = new_memory(SIZE);
    (void)machine_open_handles();
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
        assert_lie(s, &lies[i], i % channel_kinds());
    section_close(s);
}

/* Asks for what is not put into it, and knows. */
static void who_asks_for_another_process_is_access(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    for (int birth = 0; birth < 2; birth++) {
        const lie asks = {
            .what = ASK, .other_id = birth == 0, .other_birth = birth == 1};
        const lie knows = {.what = GOT, .status = SECTION_ACCESS};
        offer o;
        reply r;
        channel c = channel_make(0);
        side sender = {.end = c.end[0], .timeout = TIMEOUT, .from = s};
        start_side(&sender);
        channel_read(c.end[1], &o, sizeof(o));
        answer a = answer_to(&o, &asks);
        channel_write(c.end[1], &a, sizeof(a));
        channel_read(c.end[1], &r, sizeof(r));
        assert_same(SECTION_ACCESS, r.status);
        assert_same(NO_NUMBER, r.numbers[0]);
        a = answer_to(&o, &knows);
        channel_write(c.end[1], &a, sizeof(a));
        assert_status(SECTION_ACCESS, end_side(&sender));
        channel_close(&c);
    }
    section_close(s);
}

/* Has asked, and then says nothing, or ends. */
static void what_was_pushed_to_nobody_is_taken_back(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    for (int ends = 0; ends < 2; ends++) {
        const lie asks = {.what = ASK};
        offer o;
        reply r;
        channel c = channel_make(0);
        size_t handles = machine_open_handles();
        side sender = {.end = c.end[0], .timeout = 500, .from = s};
        start_side(&sender);
        channel_read(c.end[1], &o, sizeof(o));
        answer a = answer_to(&o, &asks);
        channel_write(c.end[1], &a, sizeof(a));
        channel_read(c.end[1], &r, sizeof(r));
        assert_same(SECTION_OK, r.status);
        DWORD flags;
        HANDLE pushed = (HANDLE)(uintptr_t)r.numbers[0];
        assert_that(GetHandleInformation(pushed, &flags));
        if (ends == 1)
            channel_end(c.end[1]);
        assert_status(ends == 1 ? SECTION_GONE : SECTION_BUSY,
                      end_side(&sender));
        assert_that(!GetHandleInformation(pushed, &flags));
        assert_same(handles - (ends == 1), machine_open_handles());
        channel_end(c.end[0]);
        if (ends == 0)
            channel_end(c.end[1]);
    }
    section_close(s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_the_library_says_is_understood),
    cmocka_unit_test(a_sender_that_is_another_process_is_access),
    cmocka_unit_test(other_versions_are_unsupported),
    cmocka_unit_test(handles_that_are_none_are_untrusted),
    cmocka_unit_test(handles_that_can_do_less_are_untrusted),
    cmocka_unit_test(handles_that_can_do_more_are_untrusted),
    cmocka_unit_test(other_memory_is_untrusted),
    cmocka_unit_test(memory_of_another_name_is_untrusted),
    cmocka_unit_test(handles_of_other_things_are_untrusted),
    cmocka_unit_test(a_file_for_memory_and_memory_for_a_file_are_untrusted),
    cmocka_unit_test(whatever_byte_is_changed_leaves_nothing),
    cmocka_unit_test(messages_of_other_lengths_are_untrusted),
    cmocka_unit_test(a_sender_that_does_not_confirm_gives_nothing),
    cmocka_unit_test(an_offer_that_is_too_old_is_gone),
    cmocka_unit_test(what_is_pushed_is_what_was_offered),
    cmocka_unit_test(a_receiver_that_lies_gives_a_status_and_leaves_nothing),
    cmocka_unit_test(who_asks_for_another_process_is_access),
    cmocka_unit_test(what_was_pushed_to_nobody_is_taken_back),
};

TEST_MAIN_ALONE(tests)
