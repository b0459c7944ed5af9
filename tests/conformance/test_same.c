/* SPDX-License-Identifier: MIT */
/*
 * Which handles are of the same section, in one process and in others.
 */
#include "channel.h"
#include "process.h"
#include "samples.h"

#include <inttypes.h>
#include <stdio.h>

static bool is_same(const section *one, const section *other)
{
    int32_t same = 7, turned = 7;
    assert_status(SECTION_OK, section_is_same(&same, one, other));
    assert_status(SECTION_OK, section_is_same(&turned, other, one));
    assert_that(same == 0 || same == 1);
    assert_same(same, turned);
    return same == 1;
}

static bool has_id(const section *s)
{
    section_info info = info_of(s);
    return info.id[0] != 0 || info.id[1] != 0;
}

/* `id` tells the same, where both have one. */
static void assert_told_alike(const section *one, const section *other)
{
    section_info a = info_of(one), b = info_of(other);
    bool alike = memcmp(a.id, b.id, sizeof(a.id)) == 0;
    if (has_id(one) && has_id(other))
        assert_that(alike == is_same(one, other));
}

static void assert_is_same(const section *one, const section *other)
{
    assert_that(is_same(one, other));
    assert_told_alike(one, other);
}

static void assert_is_not_same(const section *one, const section *other)
{
    assert_that(!is_same(one, other));
    assert_told_alike(one, other);
}

static void all_handles_of_a_section_are_the_same_section(void **state)
{
    (void)state;
    for (int which = 0; which < SAMPLES; which++) {
        section *s = sample_make((sample)which, "same");
        if (s == NULL)
            continue;
        section *copy = duplicate_of(s, READ_WRITE);
        section_rights fewest = sample_fewest(s);
        section *reader = duplicate_of(s, fewest);
        section *received = channel_handed(reader, fewest);
        assert_is_same(s, s);
        assert_is_same(s, copy);
        assert_is_same(s, reader);
        assert_is_same(copy, reader);
        assert_is_same(s, received);
        section_close(s);
        assert_is_same(copy, received);
        section_close(copy);
        section_close(reader);
        section_close(received);
        sample_tidy((sample)which, "same");
    }
}

static void other_sections_are_not(void **state)
{
    (void)state;
    section *all[2 * SAMPLES];
    char word[32];
    for (size_t i = 0; i < 2 * (size_t)SAMPLES; i++) {
        (void)snprintf(word, sizeof(word), "other%zu", i);
        all[i] = sample_make((sample)(i / 2), word);
    }
    for (size_t i = 0; i < 2 * (size_t)SAMPLES; i++)
        for (size_t k = 0; k < i; k++)
            if (all[i] != NULL && all[k] != NULL)
                assert_is_not_same(all[i], all[k]);
    for (size_t i = 0; i < 2 * (size_t)SAMPLES; i++) {
        (void)snprintf(word, sizeof(word), "other%zu", i);
        if (all[i] == NULL)
            continue;
        section_close(all[i]);
        sample_tidy((sample)(i / 2), word);
    }
}

static void who_opens_a_name_has_the_same_section(void **state)
{
    (void)state;
    test_name name = names_unique("opened");
    section *s = new_named(name.text, SAMPLE_SIZE);
    section *other = opened_to(name.text, READ_ONLY);
    assert_is_same(s, other);
    section_close(s);
    section_close(other);
}

static void the_next_section_of_a_name_is_another_one(void **state)
{
    (void)state;
    test_name name = names_unique("next");
    section *s = new_named(name.text, SAMPLE_SIZE);
    if (!names_take_away(name.text)) {
        section_close(s);
        SKIP("nobody can take a name away here");
    }
    section *other = new_named(name.text, SAMPLE_SIZE);
    assert_is_not_same(s, other);
    section_close(s);
    section_close(other);
}

static void sections_of_one_file_are_the_same(void **state)
{
    (void)state;
    file_path path = files_path("file"), moved = files_path("moved");
    section *s = new_file(path.text, SAMPLE_SIZE, SECTION_CREATE_NEW);
    section *again = opened_file(path.text, READ_ONLY);
    section_options part = file_options(path.text, 100, SECTION_OPEN_EXISTING);
    section *beginning;
    assert_status(SECTION_OK, section_create(&beginning, &part));
    assert_is_same(s, again);
    assert_is_same(again, beginning);
    /* By whatever path, and not by the path alone. */
    if (file_rename(path.text, moved.text)) {
        section *other = new_file(path.text, SAMPLE_SIZE, SECTION_CREATE_NEW);
        section *found = opened_file(moved.text, READ_ONLY);
        assert_is_not_same(s, other);
        assert_is_same(s, found);
        section_close(other);
        section_close(found);
        (void)file_remove(moved.text);
    }
    section_close(s);
    section_close(again);
    section_close(beginning);
    (void)file_remove(path.text);
}

static void a_wrapped_handle_is_the_same_section(void **state)
{
    (void)state;
    section *s = new_memory(SAMPLE_SIZE), *other = new_memory(SAMPLE_SIZE);
    section *lent = wrapped(native_of(s), READ_WRITE, SECTION_NATIVE_BORROWED);
    section_native native;
    assert_status(SECTION_OK, section_duplicate_native(&native, s, READ_ONLY));
    section *own = wrapped(native, READ_ONLY, SECTION_NATIVE_OWNED);
    assert_is_same(s, lent);
    assert_is_same(lent, own);
    assert_is_not_same(lent, other);
    section_close(lent);
    section_close(own);
    section_close(s);
    section_close(other);
}

static void what_is_no_section_is_invalid(void **state)
{
    (void)state;
    section *s = new_memory(SAMPLE_SIZE);
    int32_t same = 7;
    assert_status(SECTION_INVALID, section_is_same(NULL, s, s));
    assert_status(SECTION_INVALID, section_is_same(&same, NULL, s));
    assert_same(0, same);
    same = 7;
    assert_status(SECTION_INVALID, section_is_same(&same, s, NULL));
    assert_same(0, same);
    section_close(s);
}

/* ------------------------------------------------------------------------
 * Other processes
 * ------------------------------------------------------------------------ */

static void say_id(const section *s)
{
    char line[64];
    section_info info = info_of(s);
    (void)snprintf(line, sizeof(line), "%" PRIx64 ".%" PRIx64, info.id[0],
                   info.id[1]);
    role_say(line);
}

static void hear_id(const process *child, uint64_t id[2])
{
    char line[PROCESS_LINE_SIZE];
    process_hear(child, line);
    assert_that(sscanf(line, "%" SCNx64 ".%" SCNx64, &id[0], &id[1]) == 2);
}

/* Tells the id of what it opens, of what it receives, and of its own. */
static int tell_ids(const char *name, intptr_t inherited)
{
    (void)inherited;
    char line[PROCESS_LINE_SIZE];
    section *s = opened(name);
    say_id(s);
    section_close(s);
    role_hear(line);
    section_native end = channel_connect(line);
    role_say("connected");
    assert_status(SECTION_OK, section_receive(&s, end, 0));
    say_id(s);
    section *own = new_memory(SAMPLE_SIZE);
    say_id(own);
    section_close(own);
    section_close(s);
    channel_end(end);
    return 0;
}

static void a_section_has_the_same_id_in_every_process(void **state)
{
    (void)state;
    process child;
    uint64_t named_id[2], sent_id[2], other_id[2];
    test_name name = names_unique("id");
    section *named = new_named(name.text, SAMPLE_SIZE);
    section *sent = new_memory(SAMPLE_SIZE);
    channel_place place = channel_listen(0);
    process_start(&child, "tell_ids", name.text, PROCESS_NOTHING);
    hear_id(&child, named_id);
    process_say(&child, place.address);
    process_expect(&child, "connected");
    section_native end = channel_accept(&place);
    assert_status(SECTION_OK, section_send(end, sent, READ_ONLY, 0));
    hear_id(&child, sent_id);
    hear_id(&child, other_id);
    process_succeeds(&child);
    assert_that(has_id(named) && has_id(sent));
    assert_memory_equal(named_id, info_of(named).id, sizeof(named_id));
    assert_memory_equal(sent_id, info_of(sent).id, sizeof(sent_id));
    assert_memory_not_equal(other_id, sent_id, sizeof(sent_id));
    channel_end(end);
    section_close(named);
    section_close(sent);
}

static const process_role roles[] = {{"tell_ids", tell_ids}};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(all_handles_of_a_section_are_the_same_section),
    cmocka_unit_test(other_sections_are_not),
    cmocka_unit_test(who_opens_a_name_has_the_same_section),
    cmocka_unit_test(the_next_section_of_a_name_is_another_one),
    cmocka_unit_test(sections_of_one_file_are_the_same),
    cmocka_unit_test(a_wrapped_handle_is_the_same_section),
    cmocka_unit_test(what_is_no_section_is_invalid),
    cmocka_unit_test(a_section_has_the_same_id_in_every_process),
};

TEST_MAIN(tests, roles)
