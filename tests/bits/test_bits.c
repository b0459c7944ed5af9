/* SPDX-License-Identifier: MIT */
/*
 * One section, shared by processes of different word size and C library, by
 * every way there is, in all pairs. Contract line 27.
 *
 * STRANGERS is the same program built several ways, from the same sources.
 */
#include "strangers.h"

#include <stdio.h>
#include <stdlib.h>

/* How many ways there can be to build it. */
#define WAYS 3

/* Where the version is in a message: behind 8 bytes of the channel's, the third
 * word; and in a text: two digits a byte, behind `section.`. */
#define VERSION_IN_MESSAGE ((size_t)8 + 16)
#define VERSION_IN_TEXT    ((size_t)8 + 32)

#define READ_WRITE ((int)(SECTION_RIGHT_READ | SECTION_RIGHT_WRITE))
#define ALL_RIGHTS (READ_WRITE | (int)SECTION_RIGHT_EXTEND)

static const char *const programs[WAYS] = STRANGERS;
static char directory[64];

/* ------------------------------------------------------------------------
 * Pairs
 * ------------------------------------------------------------------------ */

#define SKIP_UNLESS_ALL_ARE_BUILT()                                            \
    do {                                                                       \
        for (size_t i = 0; i < WAYS; i++)                                      \
            if (programs[i][0] == '\0')                                        \
                SKIP("the compiler cannot build for all of them");             \
    } while (0)

/* What a test does with who makes a section and who takes it. */
typedef void pair_test(const char *maker, const char *taker);

static void with_all_pairs(pair_test *test)
{
    for (size_t maker = 0; maker < WAYS; maker++)
        for (size_t taker = 0; taker < WAYS; taker++) {
            print_message("  %s, %s\n", programs[maker], programs[taker]);
            test(programs[maker], programs[taker]);
        }
}

static section_system this_system(void)
{
    section_system system = SECTION_SYSTEM_INIT;
    assert_status(SECTION_OK, section_get_system(&system));
    return system;
}

static stranger start(const char *program, int kept)
{
    const int descriptors[2] = {kept, -1};
    return stranger_start(program, descriptors, directory);
}

static void obeys(const stranger *s, const char *line)
{
    assert_status(SECTION_OK, stranger_ask(s, NULL, "%s", line));
}

/* ------------------------------------------------------------------------
 * What two strangers have to agree about
 * ------------------------------------------------------------------------ */

static void expect_agreement(const stranger *one, const stranger *other)
{
    char seen[STRANGER_LINE], seen_too[STRANGER_LINE];
    assert_status(SECTION_OK, stranger_ask(one, seen, "look"));
    assert_status(SECTION_OK, stranger_ask(other, seen_too, "look"));
    assert_string_equal(seen, seen_too);
    assert_null(strstr(seen, "id 0.0"));
}

static void expect_size(const stranger *s, const char *size)
{
    char seen[STRANGER_LINE], wanted[64];
    assert_status(SECTION_OK, stranger_ask(s, seen, "look"));
    (void)snprintf(wanted, sizeof(wanted), " size %s reserve", size);
    assert_non_null(strstr(seen, wanted));
}

static void expect_byte(const stranger *s, const char *offset,
                        const char *value)
{
    char seen[STRANGER_LINE];
    assert_status(SECTION_OK, stranger_ask(s, seen, "read %s", offset));
    assert_string_equal(seen, value);
}

/* What one writes the other reads, and neither notices the other's words. */
static void expect_shared(const stranger *one, const stranger *other)
{
    expect_agreement(one, other);
    obeys(one, "write 0 77");
    obeys(other, "write 4998 78");
    expect_byte(other, "0", "77");
    expect_byte(one, "4998", "78");
    expect_agreement(one, other);
}

/* Each makes it larger, and the other sees that. */
static void expect_growth(const stranger *one, const stranger *other)
{
    obeys(one, "extend 70001");
    expect_size(other, "70001");
    obeys(other, "write 70000 79");
    expect_byte(one, "70000", "79");
    obeys(other, "extend 200003");
    expect_size(one, "200003");
    obeys(one, "write 200002 80");
    expect_byte(other, "200002", "80");
    expect_agreement(one, other);
}

/* Whoever has it has it; the next one is made anew. */
static void forget_file(void)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/file", directory);
    assert_that(remove(path) == 0);
}

/* What is made: an odd number of bytes, which can become another odd one. */
static bool make(const stranger *maker, const char *what)
{
    bool grows = strcmp(what, "file") == 0 ||
                 this_system().memory_growth == SECTION_SUPPORT_FULL;
    const char *reserve = grows ? "300007" : "0";
    section_status status;
    if (strcmp(what, "file") == 0)
        status = stranger_ask(maker, NULL, "file 4999 %s %s/file", reserve,
                              directory);
    else
        status = stranger_ask(maker, NULL, "memory 4999 %s %s", reserve, what);
    assert_status(SECTION_OK, status);
    if (strcmp(what, "file") == 0)
        forget_file();
    obeys(maker, "write 4998 13");
    return grows;
}

static void expect_same_section(const stranger *maker, const stranger *taker,
                                bool grows)
{
    expect_shared(maker, taker);
    if (grows)
        expect_growth(maker, taker);
}

static int rights_of(bool grows)
{
    return grows ? ALL_RIGHTS : READ_WRITE;
}

/* ------------------------------------------------------------------------
 * The ways
 * ------------------------------------------------------------------------ */

static void share_by_name(const char *maker_program, const char *taker_program)
{
    stranger maker = start(maker_program, -1);
    stranger taker = start(taker_program, -1);
    bool grows = make(&maker, "shared");
    assert_status(SECTION_OK, stranger_ask(&taker, NULL, "open shared %d",
                                           rights_of(grows)));
    expect_same_section(&maker, &taker, grows);
    stranger_end(&maker);
    /* The taker alone holds the name, for whoever comes. */
    maker = start(maker_program, -1);
    assert_status(SECTION_OK, stranger_ask(&maker, NULL, "open shared %d",
                                           rights_of(grows)));
    expect_agreement(&maker, &taker);
    stranger_end(&maker);
    stranger_end(&taker);
}

/* Handed over by a message, and still held when the maker has gone. */
static void send_one(const char *maker_program, const char *taker_program,
                     const char *what)
{
    int ends[2];
    stranger_pair(ends);
    stranger maker = start(maker_program, ends[0]);
    stranger taker = start(taker_program, ends[1]);
    bool grows = make(&maker, what);
    assert_status(SECTION_OK, stranger_ask(&maker, NULL, "send %d %d", ends[0],
                                           rights_of(grows)));
    assert_status(SECTION_OK,
                  stranger_ask(&taker, NULL, "receive %d", ends[1]));
    stranger_close(ends);
    expect_same_section(&maker, &taker, grows);
    stranger_end(&maker);
    expect_byte(&taker, "0", "77");
    stranger_end(&taker);
}

static void share_by_message(const char *maker, const char *taker)
{
    send_one(maker, taker, "-");
    send_one(maker, taker, "sent");
    send_one(maker, taker, "file");
}

static void offer_one(const char *maker_program, const char *taker_program,
                      const char *what)
{
    char text[STRANGER_LINE];
    stranger maker = start(maker_program, -1);
    stranger taker = start(taker_program, -1);
    bool grows = make(&maker, what);
    section_status status = stranger_ask(&maker, text, "export %ld %d",
                                         taker.process, rights_of(grows));
    if (this_system().offers == SECTION_SUPPORT_NONE) {
        assert_status(SECTION_UNSUPPORTED, status);
    } else {
        assert_status(SECTION_OK, status);
        assert_status(SECTION_OK,
                      stranger_ask(&taker, NULL, "import %s", text));
        expect_same_section(&maker, &taker, grows);
        assert_status(SECTION_GONE,
                      stranger_ask(&taker, NULL, "import %s", text));
    }
    stranger_end(&maker);
    stranger_end(&taker);
}

static void share_by_offer(const char *maker, const char *taker)
{
    offer_one(maker, taker, "-");
    offer_one(maker, taker, "offered");
    offer_one(maker, taker, "file");
}

static void inherit_one(const char *maker_program, const char *taker_program,
                        const char *what)
{
    int in[2], out[2];
    stranger_pipe(in);
    stranger_pipe(out);
    const int kept[2] = {in[0], out[1]};
    stranger maker = stranger_start(maker_program, kept, directory);
    stranger heir = {0, in[1], out[0]};
    stranger_close(kept);
    bool grows = make(&maker, what);
    assert_status(SECTION_OK,
                  stranger_ask(&maker, NULL, "start %s %d %d %d", taker_program,
                               rights_of(grows), kept[0], kept[1]));
    assert_status(SECTION_OK, stranger_hear(&heir, NULL));
    expect_same_section(&maker, &heir, grows);
    stranger_end(&maker);
    expect_byte(&heir, "0", "77");
    stranger_end(&heir);
}

static void share_by_inheritance(const char *maker, const char *taker)
{
    inherit_one(maker, taker, "-");
    inherit_one(maker, taker, "inherited");
    inherit_one(maker, taker, "file");
}

/* ------------------------------------------------------------------------
 * More than 32 bits
 * ------------------------------------------------------------------------ */

/* 5 GiB and 7 bytes; no pointer of 32 bits spans them, an offset does. */
static void share_much(const char *maker_program, const char *taker_program)
{
    int ends[2];
    stranger_pair(ends);
    stranger maker = start(maker_program, ends[0]);
    stranger taker = start(taker_program, ends[1]);
    obeys(&maker, "lazy 5368709127");
    assert_status(SECTION_OK, stranger_ask(&maker, NULL, "send %d %d", ends[0],
                                           READ_WRITE));
    assert_status(SECTION_OK,
                  stranger_ask(&taker, NULL, "receive %d", ends[1]));
    stranger_close(ends);
    expect_agreement(&maker, &taker);
    expect_size(&taker, "5368709127");
    obeys(&taker, "write 5368709126 81");
    expect_byte(&maker, "5368709126", "81");
    expect_byte(&maker, "1073741830", "0"); /* the same, in 32 bits */
    stranger_end(&maker);
    stranger_end(&taker);
}

/* ------------------------------------------------------------------------
 * Other versions
 * ------------------------------------------------------------------------ */

static void refuse_message(const char *maker_program, const char *taker_program,
                           int change)
{
    int ends[2], others[2];
    stranger_pair(ends);
    stranger_pair(others);
    stranger maker = start(maker_program, ends[0]);
    stranger taker = start(taker_program, others[1]);
    (void)make(&maker, "-");
    assert_status(SECTION_OK, stranger_ask(&maker, NULL, "send %d %d", ends[0],
                                           READ_WRITE));
    strangers_relay(ends[1], others[0], VERSION_IN_MESSAGE, change);
    assert_status(change == 0 ? SECTION_OK : SECTION_UNSUPPORTED,
                  stranger_ask(&taker, NULL, "receive %d", others[1]));
    stranger_close(ends);
    stranger_close(others);
    stranger_end(&maker);
    stranger_end(&taker);
}

static void refuse_text(const char *maker_program, const char *taker_program,
                        int change)
{
    char text[STRANGER_LINE];
    stranger maker = start(maker_program, -1);
    stranger taker = start(taker_program, -1);
    (void)make(&maker, "-");
    assert_status(SECTION_OK, stranger_ask(&maker, text, "export %ld %d",
                                           taker.process, READ_WRITE));
    text[VERSION_IN_TEXT + 1] = (char)(text[VERSION_IN_TEXT + 1] + change);
    assert_status(change == 0 ? SECTION_OK : SECTION_UNSUPPORTED,
                  stranger_ask(&taker, NULL, "import %s", text));
    stranger_end(&maker);
    stranger_end(&taker);
}

static void refuse_record(const char *maker_program, const char *taker_program,
                          int change)
{
    stranger maker = start(maker_program, -1);
    stranger taker = start(taker_program, -1);
    (void)make(&maker, "recorded");
    strangers_change_format(directory, change);
    assert_status(SECTION_UNSUPPORTED,
                  stranger_ask(&taker, NULL, "open recorded %d", READ_WRITE));
    assert_status(SECTION_UNSUPPORTED,
                  stranger_ask(&taker, NULL, "memory 1 0 recorded"));
    strangers_change_format(directory, -change);
    assert_status(SECTION_OK,
                  stranger_ask(&taker, NULL, "open recorded %d", READ_WRITE));
    stranger_end(&taker);
    stranger_end(&maker);
}

static void refuse_versions(const char *maker, const char *taker)
{
    for (int change = -1; change <= 1; change++) {
        refuse_message(maker, taker, change);
        if (this_system().offers == SECTION_SUPPORT_FULL)
            refuse_text(maker, taker, change);
        if (change != 0)
            refuse_record(maker, taker, change);
    }
}

/* ------------------------------------------------------------------------
 * Tests
 * ------------------------------------------------------------------------ */

static void names_are_shared_across_words_and_libraries(void **state)
{
    (void)state;
    SKIP_UNLESS_ALL_ARE_BUILT();
    with_all_pairs(share_by_name);
}

static void sections_are_sent_across_words_and_libraries(void **state)
{
    (void)state;
    SKIP_UNLESS_ALL_ARE_BUILT();
    with_all_pairs(share_by_message);
}

static void sections_are_offered_across_words_and_libraries(void **state)
{
    (void)state;
    SKIP_UNLESS_ALL_ARE_BUILT();
    with_all_pairs(share_by_offer);
}

static void sections_are_inherited_across_words_and_libraries(void **state)
{
    (void)state;
    SKIP_UNLESS_ALL_ARE_BUILT();
    with_all_pairs(share_by_inheritance);
}

static void offsets_beyond_32_bits_are_shared_across_words(void **state)
{
    (void)state;
    SKIP_UNLESS_ALL_ARE_BUILT();
    with_all_pairs(share_much);
}

static void another_version_is_refused_across_words_and_libraries(void **state)
{
    (void)state;
    SKIP_UNLESS_ALL_ARE_BUILT();
    with_all_pairs(refuse_versions);
}

static int open_directory(void **state)
{
    (void)state;
    strangers_directory(directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    strangers_remove(directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_shared_across_words_and_libraries),
        cmocka_unit_test(sections_are_sent_across_words_and_libraries),
        cmocka_unit_test(sections_are_offered_across_words_and_libraries),
        cmocka_unit_test(sections_are_inherited_across_words_and_libraries),
        cmocka_unit_test(offsets_beyond_32_bits_are_shared_across_words),
        cmocka_unit_test(another_version_is_refused_across_words_and_libraries),
    };
    return cmocka_run_group_tests(tests, open_directory, remove_directory);
}
