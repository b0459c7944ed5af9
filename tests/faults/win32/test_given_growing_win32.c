/* SPDX-License-Identifier: MIT */
/*
 * Files that grow and are handed over, over the stand-in for what Wine 8 does
 * not have (extending.c): by an offer of this process to itself.
 */
#include "expect.h"
#include "files.h"
#include "memory.h"
#include "process.h"
#include "sections.h"

#include <section/transfer.h>

#include <windows.h>

#define ALL ((section_rights)(READ_WRITE | SECTION_RIGHT_EXTEND))

#define SIZE    5000
#define GROWN   200000
#define RESERVE ((uint64_t)1 << 20)

static section *new_growing(const char *path)
{
    section *s;
    section_options o = file_options(path, SIZE, SECTION_CREATE_NEW);
    o.rights = ALL;
    o.reserve = RESERVE;
    assert_status(SECTION_OK, section_create(&s, &o));
    return s;
}

static section *given(const section *s, section_rights rights)
{
    section *out;
    section_offer *offer;
    assert_status(SECTION_OK, section_export(&offer, s, rights,
                                             (int64_t)GetCurrentProcessId()));
    assert_status(SECTION_OK, section_import(&out, section_offer_text(offer)));
    section_unexport(offer);
    return out;
}

static void who_may_extend_what_was_given_does(void **state)
{
    (void)state;
    file_path path = files_path("given");
    section *s = new_growing(path.text);
    section *got = given(s, ALL);
    assert_same(SIZE, info_of(got).size);
    assert_same(RESERVE, info_of(got).reserve);
    assert_status(SECTION_OK, section_extend(got, GROWN));
    poke(got, GROWN - 1, 7);
    assert_same(7, peek(s, GROWN - 1));
    section_close(got);
    section_close(s);
    assert_that(file_remove(path.text));
}

/* Views show what others have extended the file by, and none can be made to
 * write. */
static void who_may_only_read_sees_what_others_extend(void **state)
{
    (void)state;
    file_path path = files_path("read");
    section *s = new_growing(path.text);
    section *got = given(s, READ_ONLY);
    section_view view = mapped(got, 0, RESERVE, SECTION_ACCESS_READ);
    assert_status(SECTION_OK, section_extend(s, GROWN));
    poke(s, GROWN - 1, 8);
    assert_same(GROWN, info_of(got).size);
    assert_same(8, bytes_of(&view)[GROWN - 1]);
    assert_false(memory_can_write(view.data));
    assert_status(SECTION_ACCESS, section_extend(got, GROWN + 1));
    /* And can be given on. */
    section *next = given(got, READ_ONLY);
    assert_same(8, peek(next, GROWN - 1));
    section_close(next);
    unmap(&view);
    section_close(got);
    section_close(s);
    assert_that(file_remove(path.text));
}

static void who_may_write_does_not_extend(void **state)
{
    (void)state;
    file_path path = files_path("write");
    section *s = new_growing(path.text);
    section *got = given(s, READ_WRITE);
    assert_status(SECTION_ACCESS, section_extend(got, GROWN));
    assert_status(SECTION_OK, section_extend(s, GROWN));
    poke(got, GROWN - 1, 9);
    assert_same(9, peek(s, GROWN - 1));
    section_close(got);
    section_close(s);
    assert_that(file_remove(path.text));
}

/* Of a file that has grown as far as it can. */
static void what_has_grown_to_its_end_is_given(void **state)
{
    (void)state;
    file_path path = files_path("end");
    section *s = new_growing(path.text);
    assert_status(SECTION_OK, section_extend(s, RESERVE));
    const section_rights rights[] = {READ_ONLY, READ_WRITE, ALL};
    for (size_t i = 0; i < 3; i++) {
        section *got = given(s, rights[i]);
        assert_same(RESERVE, info_of(got).size);
        assert_same(0, peek(got, RESERVE - 1));
        section_close(got);
    }
    section_close(s);
    assert_that(file_remove(path.text));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(who_may_extend_what_was_given_does),
    cmocka_unit_test(who_may_only_read_sees_what_others_extend),
    cmocka_unit_test(who_may_write_does_not_extend),
    cmocka_unit_test(what_has_grown_to_its_end_is_given),
};

TEST_MAIN_ALONE(tests)
