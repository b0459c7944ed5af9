/* SPDX-License-Identifier: MIT */
/*
 * Senders that lie: what is no section, or not what is said of it, gives a
 * status and is closed again, to the last handle. Contract line 26.
 *
 * True messages are taken from the library, changed, and sent on, where they
 * can be taken without answering.
 */
#include "channel.h"
#include "foreign.h"
#include "process.h"
#include "samples.h"

#include <stdio.h>

#define SOON 20u

/* What stands in front of a message, and where the format version is in what
 * follows (lib/parcel.c). */
#define LEAD_SIZE  8
#define VERSION_AT ((size_t)LEAD_SIZE + 16)

/* Words of eight bytes: what parts there are, and the name, after its length.
 */
#define PARTS_AT       ((size_t)LEAD_SIZE + 8 * 13)
#define NAME_LENGTH_AT ((size_t)LEAD_SIZE + 8 * 28)
#define NAME_AT        ((size_t)LEAD_SIZE + 8 * 29)

/* Whether a message is there before it is received. */
static bool can_be_taken(void)
{
    return this_system().delivery == SECTION_DELIVERY_HELD;
}

#define SKIP_UNLESS_TAKEN                                                      \
    do {                                                                       \
        if (!can_be_taken())                                                   \
            SKIP("nothing is sent here that was not asked for");               \
    } while (0)

/* What section_send() sends of a section. */
static void take_message(channel_message *out, const section *s,
                         section_rights rights)
{
    channel c = channel_make(0);
    assert_status(SECTION_OK, section_send(c.end[0], s, rights, 0));
    assert_that(channel_take(out, c.end[1]));
    channel_close(&c);
}

/* Receive a message over a channel of this kind. What is received has the size
 * that it has to have, and nothing is left of it or of what was refused. */
static section_status received_of_kind(const channel_message *message,
                                       size_t kind, uint64_t size)
{
    section *s;
    size_t handles = machine_open_handles();
    channel c = channel_make(kind);
    channel_put(c.end[0], message);
    section_status status = section_receive(&s, c.end[1], SOON);
    assert_that((s != NULL) == (status == SECTION_OK));
    if (s != NULL)
        assert_same(size, info_of(s).size);
    section_close(s);
    channel_close(&c);
    assert_same(handles, machine_open_handles());
    return status;
}

static section_status received(const channel_message *message)
{
    return received_of_kind(message, 0, SAMPLE_SIZE);
}

/* ------------------------------------------------------------------------
 * Bytes
 * ------------------------------------------------------------------------ */

static void what_is_no_message_is_untrusted(void **state)
{
    (void)state;
    static char bytes[CHANNEL_BYTES_MOST];
    section *s;
    for (size_t kind = 0; kind < channel_kinds(); kind++)
        for (int value = 0; value < 256; value += 51) {
            channel c = channel_make(kind);
            size_t handles = machine_open_handles();
            memset(bytes, value, sizeof(bytes));
            channel_write(c.end[0], bytes, sizeof(bytes));
            assert_no_section(SECTION_UNTRUSTED, s,
                              section_receive(&s, c.end[1], 0));
            assert_same(handles, machine_open_handles());
            channel_close(&c);
        }
}

static void a_message_as_it_was_sent_is_received(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    for (int which = 0; which < SAMPLES; which++) {
        channel_message m;
        section *s = sample_make((sample)which, "true");
        if (s == NULL)
            continue;
        take_message(&m, s, sample_fewest(s));
        for (size_t kind = 0; kind < channel_kinds(); kind++)
            assert_status(SECTION_OK,
                          received_of_kind(&m, kind, info_of(s).size));
        channel_drop(&m);
        section_close(s);
        sample_tidy((sample)which, "true");
    }
}

static void a_message_of_another_version_is_unsupported(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    channel_message m;
    section *s = sample_make(SAMPLE_MEMORY, "");
    take_message(&m, s, READ_WRITE);
    unsigned char version = m.bytes[VERSION_AT];
    assert_that(version != 0);
    m.bytes[VERSION_AT] = (unsigned char)(version - 1);
    assert_status(SECTION_UNSUPPORTED, received(&m));
    m.bytes[VERSION_AT] = (unsigned char)(version + 1);
    assert_status(SECTION_UNSUPPORTED, received(&m));
    m.bytes[VERSION_AT] = version;
    assert_status(SECTION_OK, received(&m));
    channel_drop(&m);
    section_close(s);
}

static bool may_be_said_of_a_lie(section_status status)
{
    return status == SECTION_OK || status == SECTION_UNTRUSTED ||
           status == SECTION_UNSUPPORTED;
}

/* Whether nobody can find out that these bits of a byte were changed: a right
 * to execute or to extend, the flags, that there were fewer bytes when it was
 * sent, a reserve, the scope and the name. */
static bool is_senders_word(size_t byte, unsigned bits)
{
    const unsigned unseen = SECTION_RIGHT_EXECUTE | SECTION_RIGHT_EXTEND;
    size_t word = byte < LEAD_SIZE ? 0 : (byte - LEAD_SIZE) / 8;
    return (word == 5 && (bits & ~unseen) == 0) || word == 6 || word == 9 ||
           word == 10 || word == 14 || word >= 29;
}

static void check_each_byte(sample which)
{
    channel_message m;
    section *s = sample_make(which, "byte");
    take_message(&m, s, READ_WRITE);
    uint64_t size = info_of(s).size;
    for (size_t i = 0; i < m.length; i++) {
        const unsigned char changes[] = {1, 2, 4, 8, 0x10, 0x80, 0xff};
        for (size_t k = 0; k < sizeof(changes); k++) {
            m.bytes[i] ^= changes[k];
            section_status status = received_of_kind(&m, 0, size);
            m.bytes[i] ^= changes[k];
            assert_that(may_be_said_of_a_lie(status));
            assert_that(status != SECTION_OK || is_senders_word(i, changes[k]));
        }
    }
    channel_drop(&m);
    section_close(s);
    sample_tidy(which, "byte");
}

static void
whatever_byte_is_changed_gives_a_status_and_leaves_nothing(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    check_each_byte(SAMPLE_MEMORY);
    check_each_byte(SAMPLE_NAMED);
    check_each_byte(SAMPLE_FILE);
}

/* Half a message, then the end, then nothing. */
static void check_cut_message(channel_message *m, size_t kind, size_t length)
{
    section *s;
    size_t handles = machine_open_handles();
    m->length = length;
    channel c = channel_make(kind);
    channel_put(c.end[0], m);
    assert_no_section(SECTION_BUSY, s, section_receive(&s, c.end[1], 1));
    channel_close(&c);
    c = channel_make(kind);
    channel_put(c.end[0], m);
    channel_end(c.end[0]);
    assert_no_section(SECTION_GONE, s, section_receive(&s, c.end[1], 0));
    channel_end(c.end[1]);
    assert_same(handles, machine_open_handles());
}

static void a_message_that_ends_too_early_is_busy_or_gone(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    channel_message m;
    section *s = sample_make(SAMPLE_MEMORY, "");
    take_message(&m, s, READ_WRITE);
    const size_t whole = m.length;
    for (size_t kind = 0; kind < channel_kinds(); kind++)
        for (size_t length = 1; length < whole; length += 37)
            check_cut_message(&m, kind, length);
    channel_drop(&m);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Somebody in between
 * ------------------------------------------------------------------------ */

/* What can be said to the two if somebody meddles: also that the other one has
 * given up. */
static void check_outcome(const channel_outcome *outcome)
{
    const section_status said[] = {outcome->sent, outcome->received};
    for (size_t i = 0; i < 2; i++)
        if (said[i] != SECTION_GONE && said[i] != SECTION_ACCESS &&
            said[i] != SECTION_BUSY && !may_be_said_of_a_lie(said[i]))
            assert_status(SECTION_UNTRUSTED, said[i]);
    if (outcome->section != NULL)
        assert_same(SAMPLE_SIZE, info_of(outcome->section).size);
}

static void check_meddling(const section *s, int direction, size_t at)
{
    size_t handles = machine_open_handles();
    channel_meddler m = {.at = {at, at}};
    m.bits[direction] = 1;
    channel_outcome outcome = channel_carry_past(&m, s, READ_WRITE);
    check_outcome(&outcome);
    section_close(outcome.section);
    assert_same(handles, machine_open_handles());
}

static void
whatever_byte_is_changed_on_the_way_gives_both_a_status(void **state)
{
    (void)state;
    const sample samples[] = {SAMPLE_MEMORY, SAMPLE_FILE};
    for (size_t i = 0; i < 2; i++) {
        section *s = sample_make(samples[i], "way");
        channel_meddler m = {.bits = {0, 0}};
        channel_outcome outcome = channel_carry_past(&m, s, READ_WRITE);
        assert_status(SECTION_OK, outcome.sent);
        assert_status(SECTION_OK, outcome.received);
        section_close(outcome.section);
        assert_that(m.passed[0] != 0);
        for (int direction = 0; direction < 2; direction++)
            /* Every byte of the first, and some of the other. */
            for (size_t at = 0; at < m.passed[direction]; at += 1 + 12 * i)
                check_meddling(s, direction, at);
        section_close(s);
        sample_tidy(samples[i], "way");
    }
}

/* ------------------------------------------------------------------------
 * Handles
 * ------------------------------------------------------------------------ */

/* Send a true message with other handles. */
static void assert_distrusted(const channel_message *m, const intptr_t *handles,
                              size_t count)
{
    channel_message lie = *m;
    lie.handle_count = count;
    for (size_t i = 0; i < count; i++)
        lie.handles[i] = handles[i];
    for (size_t kind = 0; kind < channel_kinds(); kind++)
        assert_status(SECTION_UNTRUSTED,
                      received_of_kind(&lie, kind, SAMPLE_SIZE));
}

static void missing_and_superfluous_handles_are_untrusted(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    for (int which = 0; which < SAMPLES; which++) {
        channel_message m;
        intptr_t handles[CHANNEL_HANDLES_MOST];
        section *s = sample_make((sample)which, "count");
        if (s == NULL)
            continue;
        take_message(&m, s, READ_WRITE);
        for (size_t i = 0; i < CHANNEL_HANDLES_MOST; i++)
            handles[i] = m.handles[i % m.handle_count];
        for (size_t count = 0; count < m.handle_count; count++)
            assert_distrusted(&m, handles, count);
        for (size_t more = 1; more < 12; more++)
            assert_distrusted(&m, handles, m.handle_count + more);
        assert_distrusted(&m, handles, CHANNEL_HANDLES_MOST);
        channel_drop(&m);
        section_close(s);
        sample_tidy((sample)which, "count");
    }
}

/* Half of the handles with half of the bytes, and the rest with the rest: only
 * what is there at once is a message. */
static void
handles_in_two_helpings_are_untrusted_if_there_are_too_many(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    channel_message m;
    section *received, *s = sample_make(SAMPLE_MEMORY, "");
    take_message(&m, s, READ_WRITE);
    size_t handles = machine_open_handles();
    channel c = channel_make(0);
    channel_message half = m;
    half.length = 100;
    channel_put(c.end[0], &half);
    half.length = m.length - 100;
    memcpy(half.bytes, m.bytes + 100, half.length);
    channel_put(c.end[0], &half);
    assert_no_section(SECTION_UNTRUSTED, received,
                      section_receive(&received, c.end[1], 0));
    channel_close(&c);
    assert_same(handles, machine_open_handles());
    channel_drop(&m);
    section_close(s);
}

/* A file, a directory, ends of pipes, a socket, what has no type. */
static void send_impostors(sample which)
{
    channel_message m;
    file_path path = files_path("other");
    section *s = sample_make(which, "true");
    take_message(&m, s, READ_WRITE);
    file_make(path.text, SAMPLE_SIZE);
    for (size_t i = 0;; i++) {
        intptr_t other = channel_impostor(i, path.text);
        if (other == -1)
            break;
        assert_distrusted(&m, &other, 1);
        foreign_close(other);
    }
    assert_that(file_remove(path.text));
    channel_drop(&m);
    section_close(s);
    sample_tidy(which, "true");
}

static void handles_of_another_kind_are_untrusted(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    send_impostors(SAMPLE_MEMORY);
    send_impostors(SAMPLE_FILE);
}

static void other_memory_is_untrusted(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    channel_message m;
    section *s = sample_make(SAMPLE_MEMORY, "");
    take_message(&m, s, READ_WRITE);
    const uint64_t sizes[] = {
        0, 1, SAMPLE_SIZE - 1, SAMPLE_SIZE, SAMPLE_SIZE + 1, 1 << 20};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        intptr_t other = foreign_memory(sizes[i]);
        assert_distrusted(&m, &other, 1);
        foreign_close(other);
    }
    section *alike = sample_make(SAMPLE_MEMORY, "");
    intptr_t other = native_of(alike);
    assert_distrusted(&m, &other, 1);
    section_close(alike);
    channel_drop(&m);
    section_close(s);
}

/* Not even more than was said: who was told that he cannot write shall not be
 * able to. */
static void handles_with_other_rights_are_untrusted(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    for (int which = SAMPLE_MEMORY; which <= SAMPLE_PART_OF_FILE; which++) {
        channel_message to_read, to_write;
        section *s = sample_make((sample)which, "rights");
        if (s == NULL)
            continue;
        if (sample_fewest(s) != READ_ONLY) {
            section_close(s);
            continue;
        }
        take_message(&to_read, s, READ_ONLY);
        take_message(&to_write, s, READ_WRITE);
        intptr_t kept = to_read.handles[0];
        to_read.handles[0] = to_write.handles[0];
        assert_distrusted(&to_read, to_read.handles, to_read.handle_count);
        to_read.handles[0] = kept;
        kept = to_write.handles[0];
        to_write.handles[0] = to_read.handles[0];
        assert_distrusted(&to_write, to_write.handles, to_write.handle_count);
        to_write.handles[0] = kept;
        channel_drop(&to_read);
        channel_drop(&to_write);
        section_close(s);
        sample_tidy((sample)which, "rights");
    }
}

/* What is to be read through, which the sender has from its first reader on, is
 * of the same memory, and does not write. */
static void what_is_read_through_is_of_the_same_memory(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    channel_message m;
    section *s = sample_make(SAMPLE_MEMORY, "");
    section *other = sample_make(SAMPLE_MEMORY, "");
    section *reader = duplicate_of(other, READ_ONLY);
    section_close(duplicate_of(s, READ_ONLY));
    take_message(&m, s, READ_WRITE);
    assert_same(2, m.handle_count);
    assert_status(SECTION_OK, received(&m));
    const intptr_t none = foreign_pipe();
    const intptr_t lies[] = {native_of(reader), native_of(other), m.handles[0],
                             none};
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        const intptr_t handles[] = {m.handles[0], lies[i]};
        assert_distrusted(&m, handles, 2);
    }
    foreign_close(none);
    channel_drop(&m);
    section_close(reader);
    section_close(other);
    section_close(s);
}

/* Messages of two sections with names; their handles are alike. */
static void take_two_messages(channel_message messages[2], section *sections[2])
{
    sections[0] = sample_make(SAMPLE_NAMED, "one");
    sections[1] = sample_make(SAMPLE_NAMED, "other");
    for (size_t i = 0; i < 2; i++)
        take_message(&messages[i], sections[i], READ_WRITE);
    assert_same(messages[0].handle_count, messages[1].handle_count);
    assert_that(messages[0].handle_count >= 2);
}

static void close_two(channel_message messages[2], section *sections[2])
{
    for (size_t i = 0; i < 2; i++) {
        channel_drop(&messages[i]);
        section_close(sections[i]);
    }
    assert_gone(names_unique("one").text);
    assert_gone(names_unique("other").text);
}

static void memory_of_another_name_is_untrusted(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    section *sections[2];
    channel_message m[2];
    take_two_messages(m, sections);
    const size_t count = m[0].handle_count;
    intptr_t lie[CHANNEL_HANDLES_MOST];
    memcpy(lie, m[0].handles, sizeof(lie));
    lie[0] = m[1].handles[0];
    assert_distrusted(&m[0], lie, count);
    assert_distrusted(&m[0], m[1].handles, count);
    for (size_t i = 0; i < count; i++)
        lie[i] = m[0].handles[count - 1 - i];
    assert_distrusted(&m[0], lie, count);
    close_two(m, sections);
}

/* What keeps the name, which comes last, is of this section and of no other. */
static void what_keeps_another_name_is_untrusted(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    section *sections[2];
    channel_message m[2];
    take_two_messages(m, sections);
    const size_t last = m[0].handle_count - 1;
    intptr_t kept = m[0].handles[last];
    m[0].handles[last] = m[1].handles[last];
    section_status status = received(&m[0]);
    m[0].handles[last] = kept;
    close_two(m, sections);
    if (status == SECTION_OK)
        SKIP("what keeps a name does not tell of which section");
    assert_status(SECTION_UNTRUSTED, status);
}

/* A name, and nothing that keeps it. */
static void a_name_that_nothing_keeps_is_untrusted(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    channel_message m;
    section *s = sample_make(SAMPLE_MEMORY, "");
    take_message(&m, s, READ_WRITE);
    m.bytes[NAME_LENGTH_AT] = 4;
    memcpy(m.bytes + NAME_AT, "name", 4);
    assert_distrusted(&m, m.handles, m.handle_count);
    channel_drop(&m);
    section_close(s);

    s = sample_make(SAMPLE_NAMED, "kept");
    take_message(&m, s, READ_WRITE);
    /* What keeps it is the last part, here and there. */
    unsigned char bit = 0x80;
    while ((m.bytes[0] & bit) == 0)
        bit = (unsigned char)(bit >> 1);
    m.bytes[0] ^= bit;
    m.bytes[PARTS_AT] ^= bit;
    assert_distrusted(&m, m.handles, m.handle_count - 1);
    channel_drop(&m);
    section_close(s);
    assert_gone(names_unique("kept").text);
}

/* What was made to go one way does not go another. */
static void a_message_is_no_text_of_an_offer(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    channel_message m;
    char text[2 * CHANNEL_BYTES_MOST] = "section.";
    section *received, *s = sample_make(SAMPLE_MEMORY, "");
    take_message(&m, s, READ_WRITE);
    for (size_t i = LEAD_SIZE; i < m.length; i++)
        (void)snprintf(text + strlen(text), 3, "%02x", m.bytes[i]);
    assert_no_section(SECTION_UNTRUSTED, received,
                      section_import(&received, text));
    channel_drop(&m);
    section_close(s);
}

static void a_file_that_was_cut_on_the_way_is_range(void **state)
{
    (void)state;
    SKIP_UNLESS_TAKEN;
    channel_message m;
    section *s = sample_make(SAMPLE_FILE, "cut");
    take_message(&m, s, READ_ONLY);
    file_truncate(files_path("cut").text, SAMPLE_SIZE - 1);
    assert_status(SECTION_RANGE, received(&m));
    file_truncate(files_path("cut").text, 0);
    assert_status(SECTION_RANGE, received(&m));
    file_truncate(files_path("cut").text, SAMPLE_SIZE + 1);
    assert_status(SECTION_OK, received(&m));
    channel_drop(&m);
    section_close(s);
    sample_tidy(SAMPLE_FILE, "cut");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_no_message_is_untrusted),
    cmocka_unit_test(a_message_as_it_was_sent_is_received),
    cmocka_unit_test(a_message_of_another_version_is_unsupported),
    cmocka_unit_test(
        whatever_byte_is_changed_gives_a_status_and_leaves_nothing),
    cmocka_unit_test(a_message_that_ends_too_early_is_busy_or_gone),
    cmocka_unit_test(whatever_byte_is_changed_on_the_way_gives_both_a_status),
    cmocka_unit_test(missing_and_superfluous_handles_are_untrusted),
    cmocka_unit_test(
        handles_in_two_helpings_are_untrusted_if_there_are_too_many),
    cmocka_unit_test(handles_of_another_kind_are_untrusted),
    cmocka_unit_test(other_memory_is_untrusted),
    cmocka_unit_test(handles_with_other_rights_are_untrusted),
    cmocka_unit_test(what_is_read_through_is_of_the_same_memory),
    cmocka_unit_test(memory_of_another_name_is_untrusted),
    cmocka_unit_test(what_keeps_another_name_is_untrusted),
    cmocka_unit_test(a_name_that_nothing_keeps_is_untrusted),
    cmocka_unit_test(a_message_is_no_text_of_an_offer),
    cmocka_unit_test(a_file_that_was_cut_on_the_way_is_range),
};

TEST_MAIN_ALONE(tests)
