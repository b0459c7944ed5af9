/* SPDX-License-Identifier: MIT */
/*
 * Sections over a channel: what arrives is what was sent, with no more rights;
 * and nothing that lies is taken for one, or leaves anything behind.
 */
#include "parcel.h"
#include "unit.h"

#include <section/transfer.h>

#include <string.h>

#define HANDLE SECTION_OS_PART_HANDLE
#define READER SECTION_OS_PART_READER
#define FILE_  SECTION_OS_PART_FILE
#define NAME   SECTION_OS_PART_NAME
#define TICKET SECTION_OS_PART_TICKET

#define BIT(part) ((uint32_t)1 << (part))

/* Two processes and what is between them. */
static struct {
    uint64_t sender, receiver;
    section_native from, to; /* the ends */
} it;

static void set_up(void)
{
    section_native ends[2];
    it.sender = fake_process_number();
    it.receiver = fake_start_process();
    fake_open_channel(ends);
    it.from = ends[0];
    it.to = ends[1];
}

static void tear_down(void)
{
    fake_be(it.sender);
    fake_close_channel(it.from);
    fake_close_channel(it.to);
}

static void send(const section *s, section_rights rights)
{
    fake_be(it.sender);
    assert_status(SECTION_OK, section_send(it.from, s, rights, 0));
}

/* From now on the receiver is played. */
static section *receive(void)
{
    section *got = UNTOUCHED;
    fake_be(it.receiver);
    assert_status(SECTION_OK, section_receive(&got, it.to, 0));
    assert_non_null(got);
    return got;
}

/* The message that is next is none, for this reason, and nothing is left of it.
 */
static void expect_refused(section_status expected)
{
    section *got = UNTOUCHED;
    fake_be(it.receiver);
    fake_census before = fake_count();
    assert_status(expected, section_receive(&got, it.to, 0));
    assert_null(got);
    before.under_way = 0;
    fake_census after = fake_count();
    before.stores = after.stores; /* may have been there for the message */
    before.names = after.names;
    assert_census(before, after);
    fake_be(it.sender);
}

static void close_here(uint64_t process, section *s)
{
    fake_be(process);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * What can be sent
 * ------------------------------------------------------------------------ */

static section *make(const section_options *options)
{
    section *made = UNTOUCHED;
    assert_status(SECTION_OK, section_create(&made, options));
    return made;
}

static section *make_lazy(void)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = 3 * (uint64_t)unit_page() + 5;
    options.flags = SECTION_LAZY;
    return make(&options);
}

static section *make_runnable(void)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = 100;
    options.rights = EVERY_RIGHT;
    return make(&options);
}

static section *make_large(void)
{
    section_options options = SECTION_OPTIONS_INIT;
    if (fake_current()->large_page == 0)
        return NULL;
    options.size = fake_current()->large_page;
    options.flags = SECTION_LARGE_PAGES;
    return make(&options);
}

static section *make_memory(void)
{
    return unit_memory(unit_page() + 7);
}

static section *make_growing(void)
{
    return unit_growing(15, 5 * (uint64_t)unit_page() + 3);
}

static section *make_grown(void)
{
    section *made = make_growing();
    if (made != NULL)
        assert_status(SECTION_OK,
                      section_extend(made, 5 * (uint64_t)unit_page() + 3));
    return made;
}

static section *make_named(void)
{
    return unit_named("name");
}

static section *make_machine_name(void)
{
    section_options options = unit_named_options("name");
    options.scope = MACHINE;
    return make(&options);
}

static section *make_growing_name(void)
{
    section_options options = unit_named_options("name");
    if (fake_current()->memory_cannot_grow)
        return NULL;
    options.rights = MAY_EXTEND;
    options.reserve = 3 * (uint64_t)unit_page();
    return make(&options);
}

static section *make_file(void)
{
    fake_put_file("file", FAKE_FILE, 3 * (uint64_t)unit_page() + 1);
    return unit_file("file", ALL_RIGHTS);
}

/* The first bytes of one. */
static section *make_part_of_file(void)
{
    section_options options = SECTION_OPTIONS_INIT;
    fake_put_file("file", FAKE_FILE, 3 * (uint64_t)unit_page() + 1);
    options.path = "file";
    options.size = 100;
    options.disposition = SECTION_OPEN_EXISTING;
    return make(&options);
}

static section *make_growing_file(void)
{
    return unit_growing_file(10, 3 * (uint64_t)unit_page());
}

static section *make_file_to_run(void)
{
    fake_put_file("file", FAKE_FILE, 10);
    return unit_file("file", MAY_RUN);
}

static section *make_read_only(void)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = 100;
    options.rights = SECTION_RIGHT_READ;
    return make(&options);
}

static section *make_wrapped(void)
{
    section_native native =
        fake_open_memory(2 * (uint64_t)unit_page(), ALL_RIGHTS);
    section *made;
    assert_status(SECTION_OK, section_wrap(&made, native, ALL_RIGHTS,
                                           SECTION_NATIVE_OWNED));
    return made;
}

static section *make_wrapped_file(void)
{
    fake_put_file("file", FAKE_FILE, 10);
    section *made;
    assert_status(SECTION_OK,
                  section_wrap(&made, fake_open_path("file", ALL_RIGHTS),
                               SECTION_RIGHT_READ, SECTION_NATIVE_OWNED));
    return made;
}

static section *(*const makers[])(void) = {
    make_memory,       make_lazy,      make_runnable,     make_large,
    make_growing,      make_grown,     make_named,        make_growing_name,
    make_machine_name, make_file,      make_growing_file, make_part_of_file,
    make_file_to_run,  make_read_only, make_wrapped,      make_wrapped_file,
};

#define MAKERS (sizeof(makers) / sizeof(makers[0]))

static void forget_file(void)
{
    if (fake_file_exists("file"))
        fake_remove_file("file");
}

/* ------------------------------------------------------------------------
 * What arrives
 * ------------------------------------------------------------------------ */

/* All but what is each handle's own. */
static void expect_same_info(const section_info *sent, const section_info *got,
                             section_rights rights)
{
    const uint32_t own = SECTION_INFO_CREATED | SECTION_INFO_READ_ONLY_ENFORCED;
    assert_true(got->size == sent->size);
    assert_true(got->reserve == sent->reserve);
    assert_int_equal(got->kind, sent->kind);
    assert_int_equal(got->rights, rights);
    assert_int_equal(got->flags & ~own, sent->flags & ~own);
    assert_int_equal(got->flags & SECTION_INFO_CREATED, 0);
    assert_int_equal(got->commit, SECTION_COMMIT_NONE);
    assert_int_equal(got->pages, sent->pages);
    assert_true(got->id[0] == sent->id[0] && got->id[1] == sent->id[1]);
    assert_int_equal(got->scope, sent->scope);
    assert_int_equal(got->granularity, sent->granularity);
    assert_string_equal(got->name, sent->name);
    assert_int_equal(got->seals, sent->seals);
}

/* The bytes are the same ones. */
static void expect_same_bytes(section *sent, section *got)
{
    section_view theirs = unit_view(got, 0, 0, SECTION_ACCESS_READ);
    const unsigned char *told = theirs.data;
    fake_be(it.sender);
    section_access access = SECTION_ACCESS_READ;
    if ((unit_info(sent).rights & SECTION_RIGHT_WRITE) != 0)
        access = SECTION_ACCESS_READ_WRITE;
    section_view ours = unit_view(sent, 0, 0, access);
    assert_true(ours.length == theirs.length);
    if (access == SECTION_ACCESS_READ_WRITE)
        *(unsigned char *)ours.data = 99;
    assert_int_equal(told[0], *(unsigned char *)ours.data);
    assert_ptr_equal(told, ours.data); /* as it is in the fake */
    assert_status(SECTION_OK, section_unmap(&ours));
    fake_be(it.receiver);
    assert_status(SECTION_OK, section_unmap(&theirs));
}

static void hand_over(section *sent, section_rights rights)
{
    section_info info = unit_info(sent);
    send(sent, rights);
    section *got = receive();
    section_info told = unit_info(got);
    expect_same_info(&info, &told, rights);
    expect_same_bytes(sent, got);
    section_native native;
    assert_status(SECTION_OK, section_get_native(&native, got));
    assert_int_equal(fake_is_writable(native),
                     (rights & SECTION_RIGHT_WRITE) != 0);
    if (fake_current()->execution_is_guarded)
        assert_int_equal(fake_is_executable(native),
                         (rights & SECTION_RIGHT_EXECUTE) != 0);
    section_close(got);
    fake_be(it.sender);
}

static void what_is_sent_is_received_with_all_that_is_known_of_it(void **state)
{
    (void)state;
    set_up();
    for (size_t i = 0; i < MAKERS; i++) {
        section *s = makers[i]();
        if (s == NULL)
            continue;
        hand_over(s, unit_info(s).rights);
        section_close(s);
        forget_file();
    }
    tear_down();
}

static void every_part_of_the_rights_can_be_given_and_no_more(void **state)
{
    (void)state;
    set_up();
    for (size_t i = 0; i < MAKERS; i++) {
        section *s = makers[i]();
        if (s == NULL)
            continue;
        section_rights own = unit_info(s).rights;
        static const section_rights choices[] = {SECTION_RIGHT_READ,
                                                 ALL_RIGHTS,
                                                 MAY_EXTEND,
                                                 MAY_RUN,
                                                 MAY_RUN | SECTION_RIGHT_WRITE,
                                                 EVERY_RIGHT};
        for (size_t r = 0; r < sizeof(choices) / sizeof(choices[0]); r++) {
            unsigned sends = fake_count_channel_calls().sends;
            if ((choices[r] & ~own) == 0) {
                hand_over(s, choices[r]);
                continue;
            }
            assert_status(SECTION_ACCESS,
                          section_send(it.from, s, choices[r], 0));
            assert_int_equal(fake_count_channel_calls().sends, sends);
        }
        section_close(s);
        forget_file();
    }
    tear_down();
}

/* A handle that opened one for reading keeps it, and hands it over. */
static void
the_handle_for_reading_goes_along_with_the_right_to_write(void **state)
{
    (void)state;
    set_up();
    section *s = make_memory();
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ);
    send(s, ALL_RIGHTS);
    assert_true(fake_next_message(it.to)->part[READER] != -1);
    fake_census before = fake_count();
    section *got = receive();
    section_view theirs = unit_view(got, 0, 0, SECTION_ACCESS_READ);
    assert_true(fake_count().readers == before.readers);
    assert_status(SECTION_OK, section_unmap(&theirs));
    section_close(got);
    fake_be(it.sender);
    send(s, SECTION_RIGHT_READ);
    assert_true(fake_next_message(it.to)->part[READER] == -1);
    close_here(it.receiver, receive());
    fake_be(it.sender);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(s);
    tear_down();
}

static void what_was_received_can_be_sent_on_and_duplicated(void **state)
{
    (void)state;
    set_up();
    section *s = make_named();
    section_info info = unit_info(s);
    send(s, ALL_RIGHTS);
    section_close(s);
    section *got = receive(), *copy, *again = UNTOUCHED;
    assert_status(SECTION_OK, section_duplicate(&copy, got, ALL_RIGHTS));
    assert_status(SECTION_OK, section_send(it.to, copy, SECTION_RIGHT_READ, 0));
    section_close(got);
    section_close(copy);
    fake_be(it.sender);
    assert_int_equal(fake_name_holders(USER, "name"), 1);
    assert_status(SECTION_OK, section_receive(&again, it.from, 0));
    section_info told = unit_info(again);
    expect_same_info(&info, &told, SECTION_RIGHT_READ);
    section_close(again);
    assert_int_equal(fake_name_holders(USER, "name"), 0);
    tear_down();
}

static void what_is_under_way_is_held_with_its_name(void **state)
{
    (void)state;
    set_up();
    section *s = make_named();
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    *(unsigned char *)view.data = 42;
    assert_status(SECTION_OK, section_unmap(&view));
    send(s, SECTION_RIGHT_READ);
    section_close(s);
    section *other = UNTOUCHED;
    assert_status(SECTION_OK, section_open(&other, "name", NULL));
    section_close(other);
    section *got = receive();
    view = unit_view(got, 0, 0, SECTION_ACCESS_READ);
    assert_int_equal(*(unsigned char *)view.data, 42);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(got);
    assert_int_equal(fake_name_holders(USER, "name"), 0);
    tear_down();
}

static void what_nobody_receives_goes_with_the_channel(void **state)
{
    (void)state;
    fake_census before = fake_count();
    for (size_t i = 0; i < MAKERS; i++) {
        section *s = makers[i]();
        if (s == NULL)
            continue;
        set_up();
        send(s, unit_info(s).rights);
        section_close(s);
        forget_file();
        assert_true(fake_count().under_way > 0);
        tear_down();
        assert_census(before, fake_count());
    }
}

static void messages_arrive_in_order(void **state)
{
    (void)state;
    set_up();
    section *s[3];
    for (size_t i = 0; i < 3; i++) {
        s[i] = unit_memory(10 + i);
        send(s[i], SECTION_RIGHT_READ);
    }
    for (size_t i = 0; i < 3; i++) {
        section *got = receive();
        assert_true(unit_info(got).size == 10 + i);
        section_close(got);
        close_here(it.sender, s[i]);
    }
    tear_down();
}

/* Lazy memory stays so: what the receiver adds is not committed either. */
static void
an_extension_by_the_receiver_is_as_lazy_as_the_sections(void **state)
{
    (void)state;
    for (unsigned lazy = 0; lazy < 2; lazy++) {
        section_options options = SECTION_OPTIONS_INIT;
        options.size = 10;
        options.rights = MAY_EXTEND;
        options.reserve = 4 * (uint64_t)unit_page();
        options.flags = lazy ? SECTION_LAZY : 0;
        if (fake_current()->memory_cannot_grow)
            return;
        set_up();
        section *s = make(&options);
        send(s, MAY_EXTEND);
        section *got = receive();
        assert_status(SECTION_OK,
                      section_extend(got, 2 * (uint64_t)unit_page()));
        assert_int_equal(fake_last_extend().lazy, lazy);
        section_close(got);
        fake_be(it.sender);
        assert_true(unit_info(s).size == 2 * (uint64_t)unit_page());
        section_close(s);
        tear_down();
    }
}

/* Only who created a file flushes its entry. */
static void a_file_goes_without_its_directory(void **state)
{
    (void)state;
    section_options options = SECTION_OPTIONS_INIT;
    options.path = "file";
    options.size = 100;
    set_up();
    section *s = make(&options);
    send(s, ALL_RIGHTS);
    section *got = receive();
    assert_status(SECTION_OK, section_flush(got, SECTION_FLUSH_DURABLE));
    assert_int_equal(fake_count_flushes().objects, 1);
    assert_int_equal(fake_count_flushes().entries, 0);
    section_view view = unit_view(got, 0, 0, SECTION_ACCESS_READ_WRITE);
    assert_status(SECTION_OK,
                  section_view_flush(&view, 0, 0, SECTION_FLUSH_DURABLE));
    assert_int_equal(fake_count_flushes().entries, 0);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(got);
    close_here(it.sender, s);
    tear_down();
}

static void what_has_grown_under_way_is_as_large_as_it_is(void **state)
{
    (void)state;
    set_up();
    section *s = make_growing();
    if (s != NULL) {
        send(s, ALL_RIGHTS);
        assert_status(SECTION_OK, section_extend(s, unit_page() + 9));
        section *got = receive();
        assert_true(unit_info(got).size == unit_page() + 9);
        assert_true(unit_info(got).reserve == 5 * (uint64_t)unit_page() + 3);
        section_close(got);
        close_here(it.sender, s);
    }
    tear_down();
}

static void a_file_that_others_change_under_way(void **state)
{
    (void)state;
    uint64_t size = 3 * (uint64_t)unit_page() + 1;
    set_up();
    section *s = make_file();
    send(s, ALL_RIGHTS);
    fake_grow_file("file", size + 10);
    section *got = receive();
    assert_true(unit_info(got).size == size);
    section_close(got);
    send(s, ALL_RIGHTS);
    fake_cut_file("file", size - 1);
    expect_refused(SECTION_RANGE);
    send(s, ALL_RIGHTS);
    fake_cut_file("file", 0);
    expect_refused(SECTION_RANGE);
    section_close(s);
    tear_down();
}

static void a_growing_file_that_was_cut_to_nothing_is_not_sent(void **state)
{
    (void)state;
    set_up();
    section *s = make_growing_file();
    if (s != NULL) {
        fake_cut_file("file", 0);
        fake_census before = fake_count();
        assert_status(SECTION_RANGE,
                      section_send(it.from, s, SECTION_RIGHT_READ, 0));
        before.readers = fake_count().readers;
        assert_census(before, fake_count());
        section_close(s);
    }
    tear_down();
}

/* ------------------------------------------------------------------------
 * What is refused before anything is done
 * ------------------------------------------------------------------------ */

static void sending_refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    set_up();
    section *s = unit_memory(10);
    const struct {
        section_native channel;
        const section *of;
        section_rights rights;
        uint32_t timeout;
        section_status expected;
    } rows[] = {
        {-1, s, SECTION_RIGHT_READ, 0, SECTION_INVALID},
        {it.from, NULL, SECTION_RIGHT_READ, 0, SECTION_INVALID},
        {it.from, s, 0, 0, SECTION_INVALID},
        {it.from, s, 0x10, 0, SECTION_INVALID},
        {it.from, s, SECTION_RIGHT_READ, 0x80000000u, SECTION_INVALID},
        {it.from, s, MAY_EXTEND, 0, SECTION_ACCESS},
        {it.from, s, SECTION_RIGHT_EXECUTE, 0, SECTION_ACCESS},
        {1000000, s, SECTION_RIGHT_READ, 0, SECTION_KIND},
    };
    fake_census before = fake_count();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_status(rows[i].expected,
                      section_send(rows[i].channel, rows[i].of, rows[i].rights,
                                   rows[i].timeout));
    assert_int_equal(fake_count_channel_calls().sends, 1);
    before.readers = fake_count().readers;
    assert_census(before, fake_count());
    section_close(s);
    tear_down();
}

static void receiving_refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    set_up();
    section *got = UNTOUCHED;
    assert_status(SECTION_INVALID, section_receive(NULL, it.to, 0));
    assert_status(SECTION_INVALID, section_receive(&got, -1, 0));
    assert_null(got);
    got = UNTOUCHED;
    assert_status(SECTION_INVALID, section_receive(&got, it.to, 0x80000000u));
    assert_null(got);
    assert_int_equal(fake_count_channel_calls().receives, 0);
    got = UNTOUCHED;
    assert_status(SECTION_KIND, section_receive(&got, 1000000, 0));
    assert_null(got);
    tear_down();
}

static void a_borrowed_section_is_not_sent(void **state)
{
    (void)state;
    set_up();
    section_native native = fake_open_memory(100, ALL_RIGHTS);
    section *s;
    assert_status(SECTION_OK, section_wrap(&s, native, ALL_RIGHTS,
                                           SECTION_NATIVE_BORROWED));
    assert_status(SECTION_UNSUPPORTED,
                  section_send(it.from, s, SECTION_RIGHT_READ, 0));
    section_close(s);
    fake_close(native);
    tear_down();
}

static void waiting_ends_in_time(void **state)
{
    (void)state;
    static const uint32_t rows[][2] = {
        {SECTION_TIMEOUT_DEFAULT, 10000},
        {1, 1},
        {SECTION_TIMEOUT_MAX, SECTION_TIMEOUT_MAX}};
    set_up();
    section *s = unit_memory(10);
    fake_set_channel_room(it.from, 0);
    for (size_t i = 0; i < 3; i++) {
        section *got = UNTOUCHED;
        assert_status(SECTION_BUSY, section_receive(&got, it.to, rows[i][0]));
        assert_null(got);
        assert_int_equal(fake_count_channel_calls().timeout, rows[i][1]);
        assert_status(SECTION_BUSY,
                      section_send(it.from, s, SECTION_RIGHT_READ, rows[i][0]));
        assert_int_equal(fake_count_channel_calls().timeout, rows[i][1]);
    }
    section_close(s);
    tear_down();
}

static void a_closed_channel_is_gone(void **state)
{
    (void)state;
    set_up();
    section_native ends[2];
    section *s = unit_memory(10), *got = UNTOUCHED;
    fake_open_channel(ends);
    assert_status(SECTION_OK, section_send(ends[0], s, SECTION_RIGHT_READ, 0));
    fake_close_channel(ends[0]);
    /* What is under way still arrives. */
    assert_status(SECTION_OK, section_receive(&got, ends[1], 0));
    section_close(got);
    assert_status(SECTION_GONE, section_receive(&got, ends[1], 0));
    assert_null(got);
    assert_status(SECTION_GONE,
                  section_send(ends[1], s, SECTION_RIGHT_READ, 0));
    fake_close_channel(ends[1]);
    section_close(s);
    tear_down();
}

/* ------------------------------------------------------------------------
 * Lies
 * ------------------------------------------------------------------------ */

/* What the next message says. */
static section__parcel read_message(void)
{
    section__parcel parcel;
    assert_status(SECTION_OK, section__parcel_decode(
                                  &parcel, fake_next_message(it.to)->bytes));
    return parcel;
}

/* Say something else of the section that is under way. */
static void say(void (*lie)(section__parcel *parcel))
{
    section__parcel parcel = read_message();
    lie(&parcel);
    section__parcel_encode(fake_next_message(it.to)->bytes, &parcel);
}

/* Also what the receiver has no need to be told. */
static void a_message_says_what_is_known(void **state)
{
    (void)state;
    set_up();
    for (size_t i = 0; i < MAKERS; i++) {
        section *s = makers[i]();
        if (s == NULL)
            continue;
        section_info info = unit_info(s);
        send(s, SECTION_RIGHT_READ);
        section__parcel said = read_message();
        assert_int_equal(said.way, SECTION__WAY_MESSAGE);
        assert_int_equal(said.kind, info.kind);
        assert_int_equal(said.rights, SECTION_RIGHT_READ);
        assert_int_equal(said.flags & SECTION__PARCEL_LAZY,
                         (info.flags & SECTION_INFO_LAZY) != 0);
        assert_int_equal(said.pages, info.pages);
        assert_int_equal(said.granularity, info.granularity);
        assert_true(said.size == info.size && said.reserve == info.reserve);
        assert_memory_equal(said.id, info.id, sizeof(said.id));
        assert_int_equal(said.scope, info.scope);
        assert_string_equal(said.name, info.name);
        assert_int_equal(said.parts, fake_next_message(it.to)->mask);
        close_here(it.receiver, receive());
        close_here(it.sender, s);
        forget_file();
    }
    tear_down();
}

static void is_smaller(section__parcel *p)
{
    p->size--;
    p->reserve = p->size;
}

static void is_one_larger(section__parcel *p)
{
    p->size++;
    p->reserve = p->size;
}

static void is_a_page_larger(section__parcel *p)
{
    p->size += unit_page();
    p->reserve = p->size;
}

static void is_fully_grown(section__parcel *p)
{
    p->size = p->reserve;
}

static void is_as_large_as_can_be(section__parcel *p)
{
    p->size = p->reserve = SECTION_OS_SIZE_MAX;
}

static void is_memory(section__parcel *p)
{
    p->kind = SECTION_KIND_MEMORY;
}

static void is_a_file(section__parcel *p)
{
    p->kind = SECTION_KIND_FILE;
}

static void has_large_pages(section__parcel *p)
{
    p->pages = SECTION_PAGES_LARGE;
}

static void has_normal_pages(section__parcel *p)
{
    p->pages = SECTION_PAGES_NORMAL;
}

static void has_mixed_pages(section__parcel *p)
{
    p->pages = SECTION_PAGES_MIXED;
}

static void has_another_granularity(section__parcel *p)
{
    p->granularity *= 2;
}

static void has_another_id(section__parcel *p)
{
    p->id[0] ^= 1;
}

static void has_another_end_of_its_id(section__parcel *p)
{
    p->id[1] ^= 1;
}

static void may_write(section__parcel *p)
{
    p->rights |= SECTION_RIGHT_WRITE;
}

static void may_not_write(section__parcel *p)
{
    p->rights &= ~(section_rights)(SECTION_RIGHT_WRITE | SECTION_RIGHT_EXTEND);
}

static void is_inherited(section__parcel *p)
{
    p->way = SECTION__WAY_INHERITED;
    p->parts |= BIT(TICKET);
}

static void has_a_file_part(section__parcel *p)
{
    p->parts |= BIT(FILE_);
}

static void has_no_file_part(section__parcel *p)
{
    p->parts &= ~BIT(FILE_);
}

static void has_a_reader(section__parcel *p)
{
    p->parts |= BIT(READER);
}

static void has_another_name(section__parcel *p)
{
    p->name[0]++;
}

static void has_another_scope(section__parcel *p)
{
    p->scope = MACHINE;
}

static void is_nameless(section__parcel *p)
{
    memset(p->name, 0, sizeof(p->name));
    p->scope = 0;
    p->parts &= ~BIT(NAME);
}

/* Where the parts are right, and the name has none. */
static void has_a_name(section__parcel *p)
{
    memcpy(p->name, "name", 5);
}

static const struct lie {
    section *(*make)(void);
    void (*lie)(section__parcel *parcel);
    section_status expected;
} lies[] = {
    {make_memory, is_one_larger, SECTION_UNTRUSTED},
    {make_memory, is_a_page_larger, SECTION_UNTRUSTED},
    {make_memory, is_as_large_as_can_be, SECTION_UNTRUSTED},
    {make_growing, is_as_large_as_can_be, SECTION_UNTRUSTED},
    {make_growing, is_fully_grown, SECTION_UNTRUSTED},
    {make_growing_name, is_fully_grown, SECTION_UNTRUSTED},
    {make_growing_file, is_fully_grown, SECTION_RANGE},
    {make_large, is_a_page_larger, SECTION_UNTRUSTED},
    {make_named, is_one_larger, SECTION_UNTRUSTED},
    {make_file, is_one_larger, SECTION_RANGE},
    {make_file, is_as_large_as_can_be, SECTION_RANGE},
    {make_growing_file, is_as_large_as_can_be, SECTION_RANGE},
    {make_memory, is_a_file, SECTION_UNTRUSTED},
    {make_file, is_memory, SECTION_UNTRUSTED},
    {make_memory, has_large_pages, SECTION_UNTRUSTED},
    {make_memory, has_mixed_pages, SECTION_UNTRUSTED},
    {make_large, has_normal_pages, SECTION_UNTRUSTED},
    {make_memory, has_another_granularity, SECTION_UNTRUSTED},
    {make_large, has_another_granularity, SECTION_UNTRUSTED},
    {make_file, has_another_granularity, SECTION_UNTRUSTED},
    {make_memory, has_another_id, SECTION_UNTRUSTED},
    {make_memory, has_another_end_of_its_id, SECTION_UNTRUSTED},
    {make_file, has_another_id, SECTION_UNTRUSTED},
    {make_file, has_another_end_of_its_id, SECTION_UNTRUSTED},
    {make_wrapped, has_another_id, SECTION_UNTRUSTED},
    {make_read_only, may_write, SECTION_UNTRUSTED},
    {make_memory, may_not_write, SECTION_UNTRUSTED},
    {make_file, may_not_write, SECTION_UNTRUSTED},
    {make_named, may_not_write, SECTION_UNTRUSTED},
    {make_memory, is_inherited, SECTION_UNTRUSTED},
    {make_memory, has_a_file_part, SECTION_UNTRUSTED},
    {make_file, has_no_file_part, SECTION_UNTRUSTED},
    {make_read_only, has_a_reader, SECTION_UNTRUSTED},
    {make_named, has_another_name, SECTION_UNTRUSTED},
    {make_named, has_another_scope, SECTION_UNTRUSTED},
    {make_named, is_nameless, SECTION_UNTRUSTED},
    {make_memory, has_a_name, SECTION_UNTRUSTED},
};

static void no_lie_about_a_section_is_believed(void **state)
{
    (void)state;
    set_up();
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        section *s = lies[i].make();
        if (s == NULL)
            continue;
        send(s, unit_info(s).rights);
        say(lies[i].lie);
        expect_refused(lies[i].expected);
        section_close(s);
        forget_file();
    }
    tear_down();
}

/* Where the exact size is not the library's own, a part of memory can be what
 * another process has wrapped of it. */
static void saying_less_of_memory_gives_less_of_it_or_nothing(void **state)
{
    (void)state;
    set_up();
    section *s = make_memory();
    send(s, ALL_RIGHTS);
    say(is_smaller);
    if (fake_current()->memory_sizes_are_rounded) {
        expect_refused(SECTION_UNTRUSTED);
    } else {
        section *got = receive();
        assert_true(unit_info(got).size == unit_page() + 6);
        section_close(got);
    }
    close_here(it.sender, s);
    tear_down();
}

static void has_no_id(section__parcel *p)
{
    p->id[0] = p->id[1] = 0;
}

/* As of wrapped memory that nobody tells apart. */
static void an_id_that_is_not_said_is_not_asked_for(void **state)
{
    (void)state;
    set_up();
    section *(*const some[])(void) = {make_memory, make_file, make_named};
    for (size_t i = 0; i < 3; i++) {
        section *s = some[i]();
        section_info info = unit_info(s);
        send(s, ALL_RIGHTS);
        say(has_no_id);
        section *got = receive();
        section_info told = unit_info(got);
        expect_same_info(&info, &told, ALL_RIGHTS);
        section_close(got);
        close_here(it.sender, s);
        forget_file();
    }
    tear_down();
}

static void has_twice_the_reserve(section__parcel *p)
{
    p->reserve *= 2;
}

static void has_a_byte_less_of_reserve(section__parcel *p)
{
    p->reserve--;
}

static void grows(section__parcel *p)
{
    p->reserve += 4 * (uint64_t)unit_page();
}

static void grows_as_far_as_can_be(section__parcel *p)
{
    p->reserve = SECTION_OS_SIZE_MAX;
}

/* Where nobody but the sender knows the reserve, a wrong one is of no use: what
 * is not there is not there. */
static void expect_no_more(section *(*make_one)(void),
                           void (*lie)(section__parcel *parcel))
{
    section *s = make_one();
    if (s == NULL)
        return;
    uint64_t size = unit_info(s).size;
    send(s, unit_info(s).rights);
    say(lie);
    fake_be(it.receiver);
    section *got = UNTOUCHED;
    section_status status = section_receive(&got, it.to, 0);
    if (status == SECTION_OK) {
        assert_true(unit_info(got).size == size);
        section_view view = unit_view(got, 0, 0, SECTION_ACCESS_READ);
        assert_true(view.length == size);
        assert_status(SECTION_OK, section_unmap(&view));
    } else {
        assert_status(SECTION_UNTRUSTED, status);
        assert_null(got);
    }
    bool is_known = (fake_current()->memory_sizes_are_rounded ||
                     make_one == make_growing_name) &&
                    make_one != make_growing_file && make_one != make_file;
    if (is_known)
        assert_status(SECTION_UNTRUSTED, status);
    section_close(got);
    close_here(it.sender, s);
    forget_file();
}

static void a_wrong_reserve_gives_no_more_bytes(void **state)
{
    (void)state;
    set_up();
    section *(*const some[])(void) = {
        make_memory,       make_growing, make_growing_name, make_named,
        make_growing_file, make_file,    make_wrapped,      make_large};
    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        expect_no_more(some[i], has_twice_the_reserve);
        expect_no_more(some[i], grows);
        expect_no_more(some[i], grows_as_far_as_can_be);
    }
    expect_no_more(make_growing, has_a_byte_less_of_reserve);
    expect_no_more(make_growing_name, has_a_byte_less_of_reserve);
    tear_down();
}

/* Whoever can write memory can take its trailer away, too. */
static void a_trailer_that_is_not_there_tells_no_reserve(void **state)
{
    (void)state;
    set_up();
    section *s = make_growing();
    if (s != NULL && fake_current()->memory_sizes_are_rounded) {
        section_native native = unit_native(s);
        send(s, MAY_EXTEND);
        memset(fake_bytes(native, fake_size(native) - unit_page(), 16), 0, 16);
        expect_refused(SECTION_UNTRUSTED);
        send(s, MAY_EXTEND);
        say(has_twice_the_reserve);
        expect_refused(SECTION_UNTRUSTED);
    }
    section_close(s);
    tear_down();
}

/* ------------------------------------------------------------------------
 * Parts that are not what was sent
 * ------------------------------------------------------------------------ */

/* A part that is not there, one more, and one of something else; with and
 * without saying so. */
static void expect_part_refused(section *(*make_one)(void), unsigned part,
                                section_native by, bool say_so)
{
    section *s = make_one();
    if (s == NULL)
        return;
    send(s, unit_info(s).rights);
    fake_message *message = fake_next_message(it.to);
    fake_replace_part(message, part, by);
    if (say_so) {
        section__parcel parcel;
        message->mask &= ~BIT(part);
        message->mask |= by == -1 ? 0 : BIT(part);
        assert_status(SECTION_OK,
                      section__parcel_decode(&parcel, message->bytes));
        parcel.parts = message->mask;
        section__parcel_encode(message->bytes, &parcel);
    }
    expect_refused(SECTION_UNTRUSTED);
    section_close(s);
    forget_file();
}

static void no_part_is_missing_or_too_many(void **state)
{
    (void)state;
    set_up();
    section_native other = fake_open_memory(2 * (uint64_t)unit_page(), 1);
    for (unsigned said = 0; said < 2; said++) {
        expect_part_refused(make_memory, HANDLE, -1, said);
        expect_part_refused(make_file, HANDLE, -1, said);
        expect_part_refused(make_file, FILE_, -1, said);
        expect_part_refused(make_named, NAME, -1, said);
        expect_part_refused(make_memory, READER, other, said);
        expect_part_refused(make_memory, FILE_, other, said);
        expect_part_refused(make_memory, NAME, other, said);
        expect_part_refused(make_memory, TICKET, other, said);
        expect_part_refused(make_read_only, READER, other, said);
    }
    fake_be(it.sender);
    fake_close(other);
    tear_down();
}

/* The same handle, but for one thing. */
static void every_part_is_of_the_same_object_with_the_same_rights(void **state)
{
    (void)state;
    set_up();
    section_native memory = fake_open_memory(4 * (uint64_t)unit_page(), 3);
    section_native reads = fake_open_again(memory, SECTION_RIGHT_READ);
    fake_put_file("other", FAKE_FILE, 4 * (uint64_t)unit_page());
    section_native file = fake_open_path("other", ALL_RIGHTS);
    fake_put_file("folder", FAKE_DIRECTORY, 4 * (uint64_t)unit_page());
    section_native folder = fake_open_path("folder", ALL_RIGHTS);
    section_native empty = fake_open_memory(0, SECTION_RIGHT_READ);
    const section_native all[] = {memory, reads, file, folder, empty};
    for (size_t i = 0; i < 5; i++) {
        expect_part_refused(make_file, HANDLE, all[i], true);
        expect_part_refused(make_file, FILE_, all[i], true);
        expect_part_refused(make_named, HANDLE, all[i], true);
        expect_part_refused(make_named, NAME, all[i], true);
        if (all[i] != memory)
            expect_part_refused(make_memory, HANDLE, all[i], true);
        expect_part_refused(make_read_only, HANDLE, all[i], true);
    }
    for (size_t i = 0; i < 5; i++)
        fake_close(all[i]);
    tear_down();
}

/* Of the very object, but to write where it is only to be read. */
static void a_handle_has_no_more_rights_than_are_said(void **state)
{
    (void)state;
    set_up();
    section *s = make_memory();
    section_native writes;
    assert_status(SECTION_OK, section_duplicate_native(&writes, s, ALL_RIGHTS));
    send(s, SECTION_RIGHT_READ);
    fake_replace_part(fake_next_message(it.to), HANDLE, writes);
    expect_refused(SECTION_UNTRUSTED);
    section *runs = make_runnable();
    section_native may_run;
    assert_status(SECTION_OK,
                  section_duplicate_native(&may_run, runs, MAY_RUN));
    send(runs, SECTION_RIGHT_READ);
    fake_replace_part(fake_next_message(it.to), HANDLE, may_run);
    if (fake_current()->execution_is_guarded)
        expect_refused(SECTION_UNTRUSTED);
    else
        close_here(it.receiver, receive());
    fake_be(it.sender);
    fake_close(writes);
    fake_close(may_run);
    section_close(s);
    section_close(runs);
    tear_down();
}

static void a_name_is_not_anothers(void **state)
{
    (void)state;
    set_up();
    section *s = unit_named("name"), *other = unit_named("other");
    send(s, ALL_RIGHTS);
    fake_replace_name(fake_next_message(it.to), USER, "other");
    expect_refused(SECTION_UNTRUSTED);
    section_close(s);
    section_close(other);
    tear_down();
}

static void what_no_section_has_sent_is_refused(void **state)
{
    (void)state;
    set_up();
    section *s = unit_memory(10);
    send(s, ALL_RIGHTS);
    fake_next_message(it.to)->is_noise = true;
    expect_refused(SECTION_UNTRUSTED);
    send(s, ALL_RIGHTS);
    fake_next_message(it.to)->length--;
    expect_refused(SECTION_UNTRUSTED);
    send(s, ALL_RIGHTS);
    fake_next_message(it.to)->bytes[0] ^= 1;
    expect_refused(SECTION_UNTRUSTED);
    section_close(s);
    tear_down();
}

static void another_version_is_unsupported(void **state)
{
    (void)state;
    static const unsigned char versions[] = {0, 2, 255};
    set_up();
    section *s = unit_named("name");
    for (size_t i = 0; i < 3; i++) {
        send(s, ALL_RIGHTS);
        fake_next_message(it.to)->bytes[16] = versions[i];
        expect_refused(SECTION_UNSUPPORTED);
    }
    section_close(s);
    tear_down();
}

/* Each bit of a message: some tell nothing, the rest is refused, and nothing is
 * ever left behind. */
static void no_bit_of_a_message_does_harm(void **state)
{
    (void)state;
    set_up();
    section *s = make_named();
    for (size_t bit = 0; bit < 8 * SECTION__PARCEL_SIZE; bit++) {
        send(s, ALL_RIGHTS);
        fake_message *message = fake_next_message(it.to);
        message->bytes[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        fake_be(it.receiver);
        section *got = UNTOUCHED;
        section_status status = section_receive(&got, it.to, 0);
        assert_int_equal(got != NULL, status == SECTION_OK);
        if (status != SECTION_UNSUPPORTED && status != SECTION_OK)
            assert_status(SECTION_UNTRUSTED, status);
        section_close(got);
        assert_int_equal(fake_count().under_way, 0);
    }
    close_here(it.sender, s);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(what_is_sent_is_received_with_all_that_is_known_of_it),
        cmocka_unit_test(every_part_of_the_rights_can_be_given_and_no_more),
        cmocka_unit_test(
            the_handle_for_reading_goes_along_with_the_right_to_write),
        cmocka_unit_test(what_was_received_can_be_sent_on_and_duplicated),
        cmocka_unit_test(what_is_under_way_is_held_with_its_name),
        cmocka_unit_test(what_nobody_receives_goes_with_the_channel),
        cmocka_unit_test(messages_arrive_in_order),
        cmocka_unit_test(
            an_extension_by_the_receiver_is_as_lazy_as_the_sections),
        cmocka_unit_test(a_file_goes_without_its_directory),
        cmocka_unit_test(what_has_grown_under_way_is_as_large_as_it_is),
        cmocka_unit_test(a_file_that_others_change_under_way),
        cmocka_unit_test(a_growing_file_that_was_cut_to_nothing_is_not_sent),
        cmocka_unit_test(sending_refuses_what_it_does_not_understand),
        cmocka_unit_test(receiving_refuses_what_it_does_not_understand),
        cmocka_unit_test(a_borrowed_section_is_not_sent),
        cmocka_unit_test(waiting_ends_in_time),
        cmocka_unit_test(a_closed_channel_is_gone),
        cmocka_unit_test(a_message_says_what_is_known),
        cmocka_unit_test(no_lie_about_a_section_is_believed),
        cmocka_unit_test(saying_less_of_memory_gives_less_of_it_or_nothing),
        cmocka_unit_test(an_id_that_is_not_said_is_not_asked_for),
        cmocka_unit_test(a_wrong_reserve_gives_no_more_bytes),
        cmocka_unit_test(a_trailer_that_is_not_there_tells_no_reserve),
        cmocka_unit_test(no_part_is_missing_or_too_many),
        cmocka_unit_test(every_part_is_of_the_same_object_with_the_same_rights),
        cmocka_unit_test(a_handle_has_no_more_rights_than_are_said),
        cmocka_unit_test(a_name_is_not_anothers),
        cmocka_unit_test(what_no_section_has_sent_is_refused),
        cmocka_unit_test(another_version_is_unsupported),
        cmocka_unit_test(no_bit_of_a_message_does_harm),
    };
    return unit_run_everywhere(cases);
}
