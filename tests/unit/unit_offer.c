/* SPDX-License-Identifier: MIT */
/*
 * Offers: taken once, by the process they are for, while they are not taken
 * back; whatever else a text says, nothing is taken and nothing is lost.
 */
#include "parcel.h"
#include "unit.h"

#include <section/transfer.h>

#include <string.h>

#define HANDLE SECTION_OS_PART_HANDLE
#define FILE_  SECTION_OS_PART_FILE
#define TICKET SECTION_OS_PART_TICKET

#define BIT(part) ((uint32_t)1 << (part))

/* Who offers, and whom to. */
static uint64_t maker, taker;

/* Whether there is anything to be done: where processes cannot be told apart,
 * programs that are started can still inherit. */
static bool set_up(void)
{
    maker = fake_process_number();
    taker = fake_start_process();
    return !fake_current()->processes_are_strangers;
}

static section_offer *offer_to(uint64_t process, const section *s,
                               section_rights rights)
{
    section_offer *offer = (section_offer *)(uintptr_t)0x5a5a;
    assert_status(SECTION_OK,
                  section_export(&offer, s, rights, (int64_t)process));
    assert_non_null(offer);
    return offer;
}

static section_offer *inheritable(const section *s, section_rights rights)
{
    section_offer *offer = (section_offer *)(uintptr_t)0x5a5a;
    assert_status(SECTION_OK, section_make_inheritable(&offer, s, rights));
    assert_non_null(offer);
    return offer;
}

/* A program that inherits what an offer holds. */
static uint64_t start(const section_offer *offer)
{
    fake_program program;
    assert_status(SECTION_OK, section_offer_pass(offer, &program));
    return fake_start_program(&program);
}

/* From now on the process is played that takes. */
static section *take_as(uint64_t process, const char *text)
{
    section *got = UNTOUCHED;
    fake_be(process);
    assert_status(SECTION_OK, section_import(&got, text));
    assert_non_null(got);
    return got;
}

/* The process that was played is played again; nothing is taken. */
static void expect_refused(section_status expected, uint64_t process,
                           const char *text)
{
    section *got = UNTOUCHED;
    uint64_t before = fake_process_number();
    fake_be(process);
    fake_census census = fake_count();
    assert_status(expected, section_import(&got, text));
    assert_null(got);
    assert_census(census, fake_count());
    fake_be(before);
}

static void close_as(uint64_t process, section *s)
{
    fake_be(process);
    section_close(s);
}

static void take_back(section_offer *offer)
{
    fake_be(maker);
    section_unexport(offer);
}

/* The same text, with something else in it. */
typedef struct changed_text {
    char text[SECTION_OFFER_TEXT_SIZE];
} changed_text;

static changed_text change(const char *text,
                           void (*lie)(section__parcel *parcel))
{
    changed_text changed = {""};
    unsigned char bytes[SECTION__PARCEL_SIZE];
    section__parcel parcel;
    assert_true(section__parcel_parse(bytes, text));
    assert_status(SECTION_OK, section__parcel_decode(&parcel, bytes));
    lie(&parcel);
    section__parcel_encode(bytes, &parcel);
    section__parcel_print(changed.text, bytes);
    return changed;
}

/* ------------------------------------------------------------------------
 * What can be offered
 * ------------------------------------------------------------------------ */

static section *make_memory(void)
{
    return unit_memory(unit_page() + 3);
}

static section *make_named(void)
{
    return unit_named("name");
}

static section *make_file(void)
{
    fake_put_file("file", FAKE_FILE, 100);
    return unit_file("file", ALL_RIGHTS);
}

static section *make_growing(void)
{
    return unit_growing(10, 3 * (uint64_t)unit_page());
}

static section *make_file_to_read(void)
{
    fake_put_file("file", FAKE_FILE, 100);
    return unit_file("file", SECTION_RIGHT_READ);
}

static section *(*const makers[])(void) = {make_memory, make_named, make_file,
                                           make_growing, make_file_to_read};

#define MAKERS (sizeof(makers) / sizeof(makers[0]))

static void forget_file(void)
{
    if (fake_file_exists("file"))
        fake_remove_file("file");
}

/* What was taken is what was offered. */
static void expect_taken(const section_info *sent, const section *got,
                         section_rights rights)
{
    section_info told = unit_info(got);
    assert_true(told.size == sent->size && told.reserve == sent->reserve);
    assert_int_equal(told.kind, sent->kind);
    assert_int_equal(told.rights, rights);
    assert_true(told.id[0] == sent->id[0] && told.id[1] == sent->id[1]);
    assert_string_equal(told.name, sent->name);
    section_view view = unit_view(got, 0, 0, SECTION_ACCESS_READ);
    assert_true(view.length == sent->size);
    assert_status(SECTION_OK, section_unmap(&view));
}

/* ------------------------------------------------------------------------
 * To a process
 * ------------------------------------------------------------------------ */

static void what_is_offered_is_taken(void **state)
{
    (void)state;
    if (!set_up())
        return;
    for (size_t i = 0; i < MAKERS; i++)
        for (unsigned narrow = 0; narrow < 2; narrow++) {
            section *s = makers[i]();
            if (s == NULL)
                continue;
            section_info info = unit_info(s);
            section_rights rights = narrow ? SECTION_RIGHT_READ : info.rights;
            section_offer *offer = offer_to(taker, s, rights);
            section_close(s); /* at once */
            section *got = take_as(taker, section_offer_text(offer));
            expect_taken(&info, got, rights);
            take_back(offer);
            fake_be(taker);
            expect_taken(&info, got, rights);
            close_as(taker, got);
            fake_be(maker);
            forget_file();
            const fake_census nothing = {0};
            assert_census(nothing, fake_count());
        }
}

static void an_offer_to_oneself_is_taken(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_named();
    section_info info = unit_info(s);
    section_offer *offer = offer_to(maker, s, SECTION_RIGHT_READ);
    section *got = take_as(maker, section_offer_text(offer));
    expect_taken(&info, got, SECTION_RIGHT_READ);
    expect_refused(SECTION_GONE, maker, section_offer_text(offer));
    section_unexport(offer);
    section_close(got);
    section_close(s);
}

static void an_offer_is_taken_once(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_memory();
    section_offer *one = offer_to(taker, s, ALL_RIGHTS);
    section_offer *two = offer_to(taker, s, ALL_RIGHTS);
    assert_string_not_equal(section_offer_text(one), section_offer_text(two));
    section *first = take_as(taker, section_offer_text(one));
    expect_refused(SECTION_GONE, taker, section_offer_text(one));
    section *second = take_as(taker, section_offer_text(two));
    expect_refused(SECTION_GONE, taker, section_offer_text(one));
    expect_refused(SECTION_GONE, taker, section_offer_text(two));
    section_close(first);
    section_close(second);
    take_back(one);
    take_back(two);
    section_close(s);
}

static void an_offer_that_was_taken_back_is_gone(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_memory();
    fake_census before = fake_count();
    section_offer *offer = offer_to(taker, s, SECTION_RIGHT_READ);
    char text[SECTION_OFFER_TEXT_SIZE];
    memcpy(text, section_offer_text(offer),
           strlen(section_offer_text(offer)) + 1);
    take_back(offer);
    before.readers = fake_count().readers;
    assert_census(before, fake_count());
    expect_refused(SECTION_GONE, taker, text);
    section_close(s);
    section_unexport(NULL);
}

static void an_offer_holds_the_section_and_its_name(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_named();
    section_view view = unit_view(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    *(unsigned char *)view.data = 42;
    assert_status(SECTION_OK, section_unmap(&view));
    section_offer *offer = offer_to(taker, s, SECTION_RIGHT_READ);
    section_close(s);
    section *got = take_as(taker, section_offer_text(offer));
    take_back(offer);
    assert_int_equal(fake_name_holders(USER, "name"), 1);
    fake_be(taker);
    view = unit_view(got, 0, 0, SECTION_ACCESS_READ);
    assert_int_equal(*(unsigned char *)view.data, 42);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(got);
    assert_int_equal(fake_name_holders(USER, "name"), 0);
}

static void an_offer_is_for_one_process(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_memory();
    section_offer *offer = offer_to(taker, s, SECTION_RIGHT_READ);
    const char *text = section_offer_text(offer);
    expect_refused(SECTION_ACCESS, fake_start_process(), text);
    expect_refused(SECTION_ACCESS, maker, text);
    /* Another one has its number by now. */
    fake_end_process(taker);
    fake_start_process_again(taker);
    expect_refused(SECTION_ACCESS, taker, text);
    take_back(offer);
    section_close(s);
}

static void what_is_said_of_the_target_is_both_true(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_memory();
    section_offer *offer = offer_to(taker, s, SECTION_RIGHT_READ);
    unsigned char bytes[SECTION__PARCEL_SIZE];
    static const size_t at[] = {136, 144}; /* the number, and the birth */
    for (size_t i = 0; i < 2; i++) {
        changed_text other;
        assert_true(section__parcel_parse(bytes, section_offer_text(offer)));
        bytes[at[i]] ^= 1;
        section__parcel_print(other.text, bytes);
        expect_refused(SECTION_ACCESS, taker, other.text);
    }
    close_as(taker, take_as(taker, section_offer_text(offer)));
    take_back(offer);
    section_close(s);
}

static void has_another_id(section__parcel *p);
static void has_another_secret(section__parcel *p);

/* Also what it has left behind in the process that it was for. */
static void an_offer_of_who_has_ended_is_gone(void **state)
{
    (void)state;
    if (!set_up())
        return;
    for (unsigned recycled = 0; recycled < 2; recycled++) {
        uint64_t other = fake_start_process();
        char text[SECTION_OFFER_TEXT_SIZE];
        section *got = UNTOUCHED;
        fake_be(other);
        section *s = make_named();
        const section_offer *offer = offer_to(taker, s, SECTION_RIGHT_READ);
        memcpy(text, section_offer_text(offer),
               strlen(section_offer_text(offer)) + 1);
        fake_be(taker);
        fake_end_process(other);
        if (recycled)
            fake_start_process_again(other);
        assert_status(SECTION_GONE, section_import(&got, text));
        assert_null(got);
        const fake_census nothing = {0};
        assert_census(nothing, fake_count());
        expect_refused(SECTION_GONE, taker, text);
        fake_be(maker);
    }
}

/* The text of another is no reason to clear anything up. */
static void only_its_own_text_clears_up_after_who_has_ended(void **state)
{
    (void)state;
    if (!set_up())
        return;
    uint64_t other = fake_start_process();
    char text[SECTION_OFFER_TEXT_SIZE];
    fake_be(other);
    section *s = make_memory();
    const section_offer *offer = offer_to(taker, s, SECTION_RIGHT_READ);
    memcpy(text, section_offer_text(offer),
           strlen(section_offer_text(offer)) + 1);
    fake_be(maker);
    fake_end_process(other);
    expect_refused(fake_current()->offers_are_pushed ? SECTION_UNTRUSTED
                                                     : SECTION_GONE,
                   taker, change(text, has_another_id).text);
    expect_refused(SECTION_GONE, taker, change(text, has_another_secret).text);
    fake_end_process(taker);
}

static void a_target_that_has_ended_is_no_hindrance(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_memory();
    section_offer *offer = offer_to(taker, s, SECTION_RIGHT_READ);
    fake_end_process(taker);
    take_back(offer);
    assert_status(
        SECTION_NOT_FOUND,
        section_export(&offer, s, SECTION_RIGHT_READ, (int64_t)taker));
    assert_null(offer);
    section_close(s);
}

static void a_system_that_forbids_it_says_access(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_memory();
    section_offer *offer = NULL;
    if (fake_current()->offers_are_pushed) {
        fake_forbid_offers(true);
        assert_status(
            SECTION_ACCESS,
            section_export(&offer, s, SECTION_RIGHT_READ, (int64_t)taker));
        assert_null(offer);
        fake_forbid_offers(false);
    }
    offer = offer_to(taker, s, SECTION_RIGHT_READ);
    if (!fake_current()->offers_are_pushed) {
        fake_forbid_offers(true);
        expect_refused(SECTION_ACCESS, taker, section_offer_text(offer));
        fake_forbid_offers(false);
    }
    close_as(taker, take_as(taker, section_offer_text(offer)));
    take_back(offer);
    section_close(s);
}

static void strangers_are_offered_nothing(void **state)
{
    (void)state;
    section_system told = SECTION_SYSTEM_INIT;
    bool is_told = set_up();
    assert_status(SECTION_OK, section_get_system(&told));
    assert_int_equal(told.offers,
                     is_told ? SECTION_SUPPORT_FULL : SECTION_SUPPORT_NONE);
    if (is_told)
        return;
    section *s = make_memory();
    section_offer *offer = (section_offer *)(uintptr_t)0x5a5a;
    assert_status(
        SECTION_UNSUPPORTED,
        section_export(&offer, s, SECTION_RIGHT_READ, (int64_t)taker));
    assert_null(offer);
    section_close(s);
}

static void exporting_refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_memory();
    section_native native = fake_open_memory(100, ALL_RIGHTS);
    section *borrowed;
    assert_status(SECTION_OK, section_wrap(&borrowed, native, ALL_RIGHTS,
                                           SECTION_NATIVE_BORROWED));
    const struct {
        const section *of;
        section_rights rights;
        int64_t process;
        section_status expected;
    } rows[] = {
        {NULL, SECTION_RIGHT_READ, (int64_t)taker, SECTION_INVALID},
        {s, 0, (int64_t)taker, SECTION_INVALID},
        {s, 0x10, (int64_t)taker, SECTION_INVALID},
        {s, SECTION_RIGHT_READ, 0, SECTION_INVALID},
        {s, SECTION_RIGHT_READ, -1, SECTION_INVALID},
        {s, SECTION_RIGHT_READ, INT64_MIN, SECTION_INVALID},
        {s, MAY_EXTEND, (int64_t)taker, SECTION_ACCESS},
        {s, SECTION_RIGHT_EXECUTE, (int64_t)taker, SECTION_ACCESS},
        {s, SECTION_RIGHT_READ, 77, SECTION_NOT_FOUND},
        {s, SECTION_RIGHT_READ, INT64_MAX, SECTION_NOT_FOUND},
        {borrowed, SECTION_RIGHT_READ, (int64_t)taker, SECTION_UNSUPPORTED},
    };
    fake_census before = fake_count();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        section_offer *offer = (section_offer *)(uintptr_t)0x5a5a;
        assert_status(rows[i].expected,
                      section_export(&offer, rows[i].of, rows[i].rights,
                                     rows[i].process));
        assert_null(offer);
        assert_census(before, fake_count());
    }
    assert_status(SECTION_INVALID,
                  section_export(NULL, s, SECTION_RIGHT_READ, (int64_t)taker));
    section_close(borrowed);
    fake_close(native);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Texts
 * ------------------------------------------------------------------------ */

static void is_a_file(section__parcel *p)
{
    p->kind = SECTION_KIND_FILE;
}

static void is_larger(section__parcel *p)
{
    p->size += unit_page();
    p->reserve = p->size;
}

static void may_write(section__parcel *p)
{
    p->rights |= SECTION_RIGHT_WRITE;
}

static void has_another_granularity(section__parcel *p)
{
    p->granularity *= 2;
}

static void has_another_id(section__parcel *p)
{
    p->id[1] ^= 1;
}

static void has_another_secret(section__parcel *p)
{
    p->secret[SECTION__SECRET_SIZE - 1] ^= 1;
}

static void has_another_ticket(section__parcel *p)
{
    p->ticket_id[1] ^= 1;
}

/* The ticket is the section itself: memory, of another size or what is in it.
 */
static void has_itself_for_a_ticket(section__parcel *p)
{
    p->numbers[TICKET] = p->numbers[HANDLE];
    p->ticket_id[0] = p->ticket_id[1] = 0;
}

static void has_its_ticket_for_a_handle(section__parcel *p)
{
    p->numbers[HANDLE] = p->numbers[TICKET];
}

static void has_a_number_of_nothing(section__parcel *p)
{
    p->numbers[HANDLE] = 999999;
}

static void has_a_number_that_is_none(section__parcel *p)
{
    p->numbers[HANDLE] = UINT64_MAX;
}

static void has_an_impossible_number(section__parcel *p)
{
    p->numbers[HANDLE] = UINT64_C(1) << 63;
}

static void has_no_such_ticket(section__parcel *p)
{
    p->numbers[TICKET] = 999999;
}

static void is_from_another(section__parcel *p)
{
    p->from.id = fake_process_number() + 1000;
}

static void is_from_another_time(section__parcel *p)
{
    p->from.born ^= 1;
}

static void is_for_programs(section__parcel *p)
{
    p->way = SECTION__WAY_INHERITED;
}

/* Such a part would be there, and it is not. */
static void has_a_part_more(section__parcel *p)
{
    p->parts |= BIT(FILE_);
    p->numbers[FILE_] = 999999;
}

/* Such a number is not said to be a part, and nobody has made this text. */
static void has_a_number_more(section__parcel *p)
{
    p->numbers[FILE_] = 999999;
}

static const struct {
    void (*lie)(section__parcel *parcel);
    section_status expected;
} lies[] = {
    {is_a_file, SECTION_UNTRUSTED},
    {is_larger, SECTION_UNTRUSTED},
    {may_write, SECTION_UNTRUSTED},
    {has_another_granularity, SECTION_UNTRUSTED},
    {has_another_id, SECTION_UNTRUSTED},
    {has_another_secret, SECTION_GONE},
    {has_itself_for_a_ticket, SECTION_GONE},
    {has_its_ticket_for_a_handle, SECTION_UNTRUSTED},
    {has_a_number_more, SECTION_UNTRUSTED},
    {has_a_number_of_nothing, SECTION_UNTRUSTED},
    {has_an_impossible_number, SECTION_UNTRUSTED},
    {has_a_number_that_is_none, SECTION_UNTRUSTED},
    {has_a_part_more, SECTION_UNTRUSTED},
    {has_no_such_ticket, SECTION_GONE},
};

static void no_lie_in_a_text_is_believed_or_uses_the_offer_up(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_memory();
    section_offer *offer = offer_to(taker, s, SECTION_RIGHT_READ);
    const char *text = section_offer_text(offer);
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
        expect_refused(lies[i].expected, taker, change(text, lies[i].lie).text);
    if (!fake_current()->memory_sizes_are_rounded)
        expect_refused(SECTION_GONE, taker,
                       change(text, has_another_ticket).text);
    /* Who has ended has left it here, where it is put into the process. */
    section_status ended =
        fake_current()->offers_are_pushed ? SECTION_UNTRUSTED : SECTION_GONE;
    expect_refused(ended, taker, change(text, is_from_another).text);
    expect_refused(ended, taker, change(text, is_from_another_time).text);
    expect_refused(SECTION_GONE, maker, change(text, is_for_programs).text);
    close_as(taker, take_as(taker, text));
    take_back(offer);
    section_close(s);
}

static void what_is_no_text_of_an_offer_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "section.", "section.00",
                                        "nothing of the kind",
                                        "section.9d73656374696f6e"};
    section *got = UNTOUCHED;
    bool is_told = set_up();
    assert_status(SECTION_INVALID, section_import(&got, NULL));
    assert_null(got);
    assert_status(SECTION_INVALID, section_import(NULL, "section."));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        expect_refused(SECTION_UNTRUSTED, taker, texts[i]);
    section *s = make_memory();
    section_offer *offer = is_told ? offer_to(taker, s, SECTION_RIGHT_READ)
                                   : inheritable(s, SECTION_RIGHT_READ);
    unsigned char bytes[SECTION__PARCEL_SIZE];
    changed_text other;
    assert_true(section__parcel_parse(bytes, section_offer_text(offer)));
    bytes[16] = 2;
    section__parcel_print(other.text, bytes);
    expect_refused(SECTION_UNSUPPORTED, taker, other.text);
    take_back(offer);
    section_close(s);
}

static void is_a_message(section__parcel *p)
{
    p->way = SECTION__WAY_MESSAGE;
    p->parts &= ~BIT(TICKET);
}

static void a_message_is_no_text(void **state)
{
    (void)state;
    (void)set_up();
    section *s = make_memory();
    section_offer *offer = inheritable(s, SECTION_RIGHT_READ);
    expect_refused(SECTION_UNTRUSTED, taker,
                   change(section_offer_text(offer), is_a_message).text);
    take_back(offer);
    section_close(s);
}

static void a_text_stays_and_fits(void **state)
{
    (void)state;
    bool is_told = set_up();
    char name[SECTION_NAME_MAX + 1];
    memset(name, 'n', SECTION_NAME_MAX);
    name[SECTION_NAME_MAX] = '\0';
    section *s = unit_named(name);
    section_offer *offers[2] = {inheritable(s, SECTION_RIGHT_READ), NULL};
    if (is_told)
        offers[1] = offer_to(taker, s, SECTION_RIGHT_READ);
    for (size_t i = 0; i < 2; i++) {
        const char *text = section_offer_text(offers[i]);
        assert_int_equal(text == NULL, offers[i] == NULL);
        if (text == NULL)
            continue;
        assert_true(strlen(text) < SECTION_OFFER_TEXT_SIZE);
        assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz.0123456789"),
                         strlen(text));
        take_back(offers[i]);
    }
    section_close(s);
}

static section__parcel read_text(const char *text)
{
    unsigned char bytes[SECTION__PARCEL_SIZE];
    section__parcel parcel;
    assert_true(section__parcel_parse(bytes, text));
    assert_status(SECTION_OK, section__parcel_decode(&parcel, bytes));
    return parcel;
}

/* Nobody who has not the text can guess it: not from another one either. */
static void the_secret_of_each_text_is_its_own(void **state)
{
    (void)state;
    (void)set_up();
    section *s = make_memory();
    section_offer *one = inheritable(s, SECTION_RIGHT_READ);
    section__parcel first = read_text(section_offer_text(one));
    assert_memory_equal(first.secret, fake_last_random(), SECTION__SECRET_SIZE);
    section_offer *two = inheritable(s, SECTION_RIGHT_READ);
    section__parcel second = read_text(section_offer_text(two));
    assert_memory_equal(second.secret, fake_last_random(),
                        SECTION__SECRET_SIZE);
    assert_memory_not_equal(first.secret, second.secret, SECTION__SECRET_SIZE);
    take_back(one);
    take_back(two);
    section_close(s);
}

static void a_text_tells_its_ticket_from_all_else(void **state)
{
    (void)state;
    (void)set_up();
    section *s = make_memory();
    section_offer *offer = inheritable(s, SECTION_RIGHT_READ);
    section__parcel said = read_text(section_offer_text(offer));
    bool is_told = said.ticket_id[0] != 0 || said.ticket_id[1] != 0;
    assert_int_equal(is_told, !fake_current()->memory_sizes_are_rounded);
    take_back(offer);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Tickets
 * ------------------------------------------------------------------------ */

/* The page of the ticket of an offer of this process. */
static unsigned char *page_of_ticket(const section_offer *offer)
{
    unsigned char bytes[SECTION__PARCEL_SIZE];
    section__parcel parcel;
    assert_true(section__parcel_parse(bytes, section_offer_text(offer)));
    assert_status(SECTION_OK, section__parcel_decode(&parcel, bytes));
    uint64_t before = fake_process_number();
    if (parcel.way == SECTION__WAY_OFFER && fake_current()->offers_are_pushed)
        fake_be(parcel.to.id);
    unsigned char *page =
        fake_bytes((section_native)parcel.numbers[TICKET], 0, unit_page());
    fake_be(before);
    return page;
}

/* Where in a ticket it is that taking an offer changes, and nothing else. */
static size_t find_count(const section *s)
{
    unsigned char before[4096];
    section_offer *offer = offer_to(taker, s, SECTION_RIGHT_READ);
    unsigned char *page = page_of_ticket(offer);
    memcpy(before, page, sizeof(before));
    section *got = take_as(taker, section_offer_text(offer));
    size_t at = 0;
    while (at < sizeof(before) && page[at] == before[at])
        at++;
    at -= at % sizeof(section_os_count);
    for (size_t i = at + sizeof(section_os_count); i < sizeof(before); i++)
        assert_int_equal(page[i], before[i]);
    section_close(got);
    take_back(offer);
    return at;
}

/* The taker can write it, and so can the maker; who is the other's victim then
 * gets nothing, and loses nothing but what was offered. */
static void whatever_is_in_a_ticket_it_is_decided_once(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 0x7fffffff, 0x80000000u,
                                      0xffffffffu};
    if (!set_up())
        return;
    section *s = make_memory();
    size_t at = find_count(s);
    for (size_t i = 0; i < 5; i++) {
        section_offer *offer = offer_to(taker, s, SECTION_RIGHT_READ);
        memcpy(page_of_ticket(offer) + at, &counts[i], sizeof(counts[i]));
        expect_refused(SECTION_GONE, taker, section_offer_text(offer));
        /* Who made it thinks that it was taken. */
        take_back(offer);
        fake_end_process(taker);
        taker = fake_start_process();
    }
    section_close(s);
}

static void a_ticket_with_another_secret_is_another_offers(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_memory();
    section_offer *offer = offer_to(taker, s, SECTION_RIGHT_READ);
    page_of_ticket(offer)[0] ^= 1;
    expect_refused(SECTION_GONE, taker, section_offer_text(offer));
    page_of_ticket(offer)[0] ^= 1;
    close_as(taker, take_as(taker, section_offer_text(offer)));
    take_back(offer);
    section_close(s);
}

static uint64_t other_id[2];

static void has_the_other_ticket(section__parcel *p)
{
    p->ticket_id[0] = other_id[0];
    p->ticket_id[1] = other_id[1];
}

/* Far too much of it, or what others can cut while it is looked at. */
static void memory_that_is_no_ticket_is_not_mapped(void **state)
{
    (void)state;
    (void)set_up();
    section *s = make_memory();
    section_offer *offer = inheritable(s, SECTION_RIGHT_READ);
    section__parcel said = read_text(section_offer_text(offer));
    uint64_t program = start(offer);
    const uint64_t sizes[] = {1, (uint64_t)1 << 40, unit_page()};
    for (size_t i = 0; i < 3; i++) {
        fake_be(program);
        section_native memory = fake_open_memory(sizes[i], ALL_RIGHTS);
        section *wrapped = UNTOUCHED;
        assert_status(SECTION_OK, section_wrap(&wrapped, memory, ALL_RIGHTS,
                                               SECTION_NATIVE_BORROWED));
        memcpy(other_id, unit_info(wrapped).id, sizeof(other_id));
        section_close(wrapped);
        fake_replace_given(said.numbers[TICKET], memory);
        unsigned maps = fake_last_map().count;
        expect_refused(
            SECTION_GONE, program,
            change(section_offer_text(offer), has_the_other_ticket).text);
        bool may_be = i == 2 && fake_current()->seals != FAKE_SEALS;
        assert_int_equal(fake_last_map().count, maps + may_be);
        fake_close(memory);
    }
    take_back(offer);
    section_close(s);
    fake_end_process(program);
}

static void a_process_that_cannot_be_told_is_no_target(void **state)
{
    (void)state;
    bool is_told = set_up();
    section *s = make_memory();
    section_offer *offer = inheritable(s, SECTION_RIGHT_READ);
    uint64_t program = start(offer);
    fake_answer(FAKE_PROCESS_TELL, SECTION_LIMIT, FAKE_ALWAYS);
    expect_refused(SECTION_LIMIT, program, section_offer_text(offer));
    fake_answer(FAKE_PROCESS_TELL, SECTION_OK, 0);
    close_as(program, take_as(program, section_offer_text(offer)));
    take_back(offer);
    if (is_told) {
        offer = offer_to(taker, s, SECTION_RIGHT_READ);
        fake_answer(FAKE_PROCESS_TELL, SECTION_LIMIT, FAKE_ALWAYS);
        expect_refused(SECTION_LIMIT, taker, section_offer_text(offer));
        fake_answer(FAKE_PROCESS_TELL, SECTION_OK, 0);
        take_back(offer);
    }
    section_close(s);
}

/* While one takes it, something else happens to it. */
typedef struct meanwhile {
    section_offer *offer;
    const char *text;
    section *got;
} meanwhile;

/* The first thing that is accepted is the ticket, the second the section. */
static void take_back_meanwhile(void *context, unsigned call)
{
    meanwhile *m = context;
    if (call != 2)
        return;
    take_back(m->offer);
    fake_be(taker);
}

static void take_meanwhile(void *context, unsigned call)
{
    meanwhile *m = context;
    if (call == 2)
        assert_status(SECTION_OK, section_import(&m->got, m->text));
}

/* And what was offered is something else by now. */
static void take_and_spoil_meanwhile(void *context, unsigned call)
{
    take_meanwhile(context, call);
    if (call == 2)
        fake_answer(FAKE_ACCEPT, SECTION_UNTRUSTED, 1);
}

static void who_takes_it_back_first_has_it(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_memory();
    fake_census before = fake_count();
    char text[SECTION_OFFER_TEXT_SIZE];
    meanwhile m = {offer_to(taker, s, ALL_RIGHTS), text, NULL};
    memcpy(text, section_offer_text(m.offer),
           strlen(section_offer_text(m.offer)) + 1);
    section *got = UNTOUCHED;
    fake_be(taker);
    fake_at_each_call(FAKE_ACCEPT, take_back_meanwhile, &m);
    assert_status(SECTION_GONE, section_import(&got, text));
    assert_null(got);
    fake_at_each_call(FAKE_ACCEPT, NULL, NULL);
    before.readers = fake_count().readers;
    assert_census(before, fake_count());
    close_as(maker, s);
}

static void of_two_who_take_an_offer_one_gets_it(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_named();
    meanwhile m = {offer_to(taker, s, ALL_RIGHTS), NULL, NULL};
    m.text = section_offer_text(m.offer);
    section *got = UNTOUCHED;
    fake_be(taker);
    fake_at_each_call(FAKE_ACCEPT, take_meanwhile, &m);
    assert_status(SECTION_GONE, section_import(&got, m.text));
    assert_null(got);
    fake_at_each_call(FAKE_ACCEPT, NULL, NULL);
    assert_non_null(m.got);
    /* The handle, what was taken, and the offer: for itself, which lets go of
     * it as a handle does, and as far as it keeps the parts. */
    assert_int_equal(fake_name_holders(USER, "name"),
                     fake_current()->offers_are_pushed ? 3 : 4);
    section_close(m.got);
    take_back(m.offer);
    section_close(s);
}

static void what_another_has_taken_meanwhile_is_gone_and_no_lie(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_memory();
    meanwhile m = {offer_to(taker, s, ALL_RIGHTS), NULL, NULL};
    m.text = section_offer_text(m.offer);
    section *got = UNTOUCHED;
    fake_be(taker);
    fake_at_each_call(FAKE_ACCEPT, take_and_spoil_meanwhile, &m);
    assert_status(SECTION_GONE, section_import(&got, m.text));
    assert_null(got);
    fake_at_each_call(FAKE_ACCEPT, NULL, NULL);
    section_close(m.got);
    take_back(m.offer);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * To programs
 * ------------------------------------------------------------------------ */

static void a_program_that_is_started_inherits_a_section(void **state)
{
    (void)state;
    (void)set_up();
    for (size_t i = 0; i < MAKERS; i++) {
        section *s = makers[i]();
        if (s == NULL)
            continue;
        section_info info = unit_info(s);
        section_offer *offer = inheritable(s, info.rights);
        char text[SECTION_OFFER_TEXT_SIZE];
        memcpy(text, section_offer_text(offer),
               strlen(section_offer_text(offer)) + 1);
        uint64_t program = start(offer);
        section_close(s);
        take_back(offer); /* right after the start */
        section *got = take_as(program, text);
        expect_taken(&info, got, info.rights);
        expect_refused(SECTION_GONE, program, text);
        section_close(got);
        fake_be(maker);
        forget_file();
        /* Nothing is left of what was inherited, either. */
        const fake_census nothing = {0};
        assert_census(nothing, fake_count());
    }
}

static void of_several_programs_one_takes_the_offer(void **state)
{
    (void)state;
    (void)set_up();
    section *s = make_memory();
    section_offer *offer = inheritable(s, SECTION_RIGHT_READ);
    uint64_t one = start(offer), two = start(offer);
    close_as(two, take_as(two, section_offer_text(offer)));
    expect_refused(SECTION_GONE, one, section_offer_text(offer));
    take_back(offer);
    section_close(s);
    fake_end_process(one);
}

static void who_has_not_inherited_it_takes_nothing(void **state)
{
    (void)state;
    (void)set_up();
    section *s = make_memory();
    section_offer *offer = inheritable(s, SECTION_RIGHT_READ);
    section_offer *other = inheritable(s, SECTION_RIGHT_READ);
    uint64_t program = start(other);
    expect_refused(SECTION_GONE, taker, section_offer_text(offer));
    expect_refused(SECTION_GONE, program, section_offer_text(offer));
    /* Nor does who made it, whose handles they are, or a child of that. */
    expect_refused(SECTION_GONE, maker, section_offer_text(offer));
    uint64_t child = fake_fork();
    expect_refused(SECTION_GONE, child, section_offer_text(offer));
    fake_end_process(child);
    fake_end_process(program);
    take_back(offer);
    take_back(other);
    section_close(s);
}

/* The numbers have been used again in the program. */
static void what_has_the_numbers_by_now_is_left_alone(void **state)
{
    (void)state;
    (void)set_up();
    section *s = make_memory();
    section_offer *offer = inheritable(s, SECTION_RIGHT_READ);
    section__parcel parcel = read_text(section_offer_text(offer));
    uint64_t program = start(offer);
    fake_be(program);
    section_native memory = fake_open_memory(unit_page(), ALL_RIGHTS);
    fake_replace_given(parcel.numbers[TICKET], memory);
    expect_refused(SECTION_GONE, program, section_offer_text(offer));
    fake_close_given(parcel.numbers[TICKET]);
    expect_refused(SECTION_GONE, program, section_offer_text(offer));
    fake_close_given(parcel.numbers[HANDLE]);
    fake_close(memory);
    take_back(offer);
    section_close(s);
    fake_end_process(program);
}

static void an_inherited_handle_of_something_else_is_no_section(void **state)
{
    (void)state;
    (void)set_up();
    section *s = make_memory();
    section_offer *offer = inheritable(s, SECTION_RIGHT_READ);
    section__parcel parcel = read_text(section_offer_text(offer));
    uint64_t program = start(offer);
    fake_be(program);
    section_native memory = fake_open_memory(unit_page(), SECTION_RIGHT_READ);
    fake_replace_given(parcel.numbers[HANDLE], memory);
    expect_refused(SECTION_UNTRUSTED, program, section_offer_text(offer));
    fake_close(memory);
    take_back(offer);
    section_close(s);
    fake_end_process(program);
}

static void the_handles_to_inherit_are_told(void **state)
{
    (void)state;
    bool is_told = set_up();
    section *s = make_named();
    section_offer *offer = inheritable(s, SECTION_RIGHT_READ);
    section_native handles[SECTION_OS_PARTS + 1];
    for (size_t i = 0; i <= SECTION_OS_PARTS; i++)
        handles[i] = 0x5a;
    size_t count = section_offer_handles(NULL, 0, offer);
    assert_int_equal(count, 3); /* the handle, the name, and the ticket */
    for (size_t room = 0; room <= count + 1; room++) {
        assert_int_equal(section_offer_handles(handles, room, offer), count);
        assert_true(handles[count] == 0x5a);
        for (size_t i = 0; i <= count; i++)
            assert_int_equal(fake_is_open(handles[i]), i < room && i < count);
    }
    fake_program program;
    assert_status(SECTION_OK, section_offer_pass(offer, &program));
    assert_int_equal(program.count, count);
    assert_memory_equal(program.handles, handles, count * sizeof(*handles));
    take_back(offer);
    assert_int_equal(section_offer_handles(handles, 1, NULL), 0);
    if (is_told) {
        offer = offer_to(taker, s, SECTION_RIGHT_READ);
        assert_int_equal(section_offer_handles(handles, 1, offer), 0);
        assert_status(SECTION_INVALID, section_offer_pass(offer, &program));
        take_back(offer);
    }
    section_close(s);
}

static void passing_refuses_nothing(void **state)
{
    (void)state;
    (void)set_up();
    section *s = make_memory();
    section_offer *offer = inheritable(s, SECTION_RIGHT_READ);
    fake_program program;
    assert_status(SECTION_INVALID, section_offer_pass(NULL, &program));
    assert_status(SECTION_INVALID, section_offer_pass(offer, NULL));
    assert_null(section_offer_text(NULL));
    take_back(offer);
    section_close(s);
}

static void making_inheritable_refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    (void)set_up();
    section *s = make_memory();
    section_native native = fake_open_memory(100, ALL_RIGHTS);
    section *borrowed;
    assert_status(SECTION_OK, section_wrap(&borrowed, native, ALL_RIGHTS,
                                           SECTION_NATIVE_BORROWED));
    const struct {
        const section *of;
        section_rights rights;
        section_status expected;
    } rows[] = {
        {NULL, SECTION_RIGHT_READ, SECTION_INVALID},
        {s, 0, SECTION_INVALID},
        {s, 0x80000000u, SECTION_INVALID},
        {s, MAY_EXTEND, SECTION_ACCESS},
        {borrowed, SECTION_RIGHT_READ, SECTION_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        section_offer *offer = (section_offer *)(uintptr_t)0x5a5a;
        assert_status(
            rows[i].expected,
            section_make_inheritable(&offer, rows[i].of, rows[i].rights));
        assert_null(offer);
    }
    assert_status(SECTION_INVALID,
                  section_make_inheritable(NULL, s, SECTION_RIGHT_READ));
    section_close(borrowed);
    fake_close(native);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Forks
 * ------------------------------------------------------------------------ */

/* The child lets go of its own copies: the offer is still there. */
static void a_forked_child_takes_nothing_back(void **state)
{
    (void)state;
    if (!set_up())
        return;
    section *s = make_memory();
    section_info info = unit_info(s);
    section_offer *offer = offer_to(taker, s, SECTION_RIGHT_READ);
    char text[SECTION_OFFER_TEXT_SIZE];
    memcpy(text, section_offer_text(offer),
           strlen(section_offer_text(offer)) + 1);
    fake_census before = fake_count();
    uint64_t child = fake_fork();
    fake_be(child);
    section_unexport(offer); /* the heap is the parent's, too, in the fake */
    section *got = take_as(taker, text);
    expect_taken(&info, got, SECTION_RIGHT_READ);
    section_close(got);
    assert_true(fake_count().heap_blocks == before.heap_blocks - 1);
    fake_be(child);
    section_close(s);
    fake_end_process(taker);
    fake_end_process(maker);
    const fake_census nothing = {0};
    assert_census(nothing, fake_count());
}

static void what_a_forked_child_inherits_by_it_is_let_go_of(void **state)
{
    (void)state;
    (void)set_up();
    section *s = make_named();
    section_offer *offer = inheritable(s, SECTION_RIGHT_READ);
    char text[SECTION_OFFER_TEXT_SIZE];
    memcpy(text, section_offer_text(offer),
           strlen(section_offer_text(offer)) + 1);
    uint64_t program = start(offer);
    uint64_t child = fake_fork();
    fake_be(child);
    section_unexport(offer);
    section *got = take_as(program, text);
    section_close(got);
    fake_be(child);
    section_close(s);
    fake_end_process(maker);
    const fake_census nothing = {0};
    assert_census(nothing, fake_count());
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(what_is_offered_is_taken),
        cmocka_unit_test(an_offer_to_oneself_is_taken),
        cmocka_unit_test(an_offer_is_taken_once),
        cmocka_unit_test(an_offer_that_was_taken_back_is_gone),
        cmocka_unit_test(an_offer_holds_the_section_and_its_name),
        cmocka_unit_test(an_offer_is_for_one_process),
        cmocka_unit_test(what_is_said_of_the_target_is_both_true),
        cmocka_unit_test(an_offer_of_who_has_ended_is_gone),
        cmocka_unit_test(only_its_own_text_clears_up_after_who_has_ended),
        cmocka_unit_test(a_target_that_has_ended_is_no_hindrance),
        cmocka_unit_test(a_system_that_forbids_it_says_access),
        cmocka_unit_test(strangers_are_offered_nothing),
        cmocka_unit_test(exporting_refuses_what_it_does_not_understand),
        cmocka_unit_test(no_lie_in_a_text_is_believed_or_uses_the_offer_up),
        cmocka_unit_test(what_is_no_text_of_an_offer_is_refused),
        cmocka_unit_test(a_message_is_no_text),
        cmocka_unit_test(a_text_stays_and_fits),
        cmocka_unit_test(the_secret_of_each_text_is_its_own),
        cmocka_unit_test(a_text_tells_its_ticket_from_all_else),
        cmocka_unit_test(memory_that_is_no_ticket_is_not_mapped),
        cmocka_unit_test(a_process_that_cannot_be_told_is_no_target),
        cmocka_unit_test(whatever_is_in_a_ticket_it_is_decided_once),
        cmocka_unit_test(a_ticket_with_another_secret_is_another_offers),
        cmocka_unit_test(who_takes_it_back_first_has_it),
        cmocka_unit_test(of_two_who_take_an_offer_one_gets_it),
        cmocka_unit_test(what_another_has_taken_meanwhile_is_gone_and_no_lie),
        cmocka_unit_test(a_program_that_is_started_inherits_a_section),
        cmocka_unit_test(of_several_programs_one_takes_the_offer),
        cmocka_unit_test(who_has_not_inherited_it_takes_nothing),
        cmocka_unit_test(what_has_the_numbers_by_now_is_left_alone),
        cmocka_unit_test(an_inherited_handle_of_something_else_is_no_section),
        cmocka_unit_test(the_handles_to_inherit_are_told),
        cmocka_unit_test(passing_refuses_nothing),
        cmocka_unit_test(
            making_inheritable_refuses_what_it_does_not_understand),
        cmocka_unit_test(a_forked_child_takes_nothing_back),
        cmocka_unit_test(what_a_forked_child_inherits_by_it_is_let_go_of),
    };
    return unit_run_everywhere(cases);
}
