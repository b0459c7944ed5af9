/* SPDX-License-Identifier: MIT */
/*
 * The public structs have the layout that programs were built with.
 */
#include "expect.h"
#include "layout.h"

#include <string.h>

static void public_structs_have_the_layout_of_this_abi(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < layout_count; i++) {
        const layout_row *row = &layout_rows[i];
        if (row->actual == row->expected)
            continue;
        print_error("%s is %u, was %u\n", row->what, (unsigned)row->actual,
                    (unsigned)row->expected);
        wrong++;
    }
    assert_int_equal(wrong, 0);
    assert_true(layout_count > 10);
}

/* A caller may hand in any version: the first field never moves. */
static void the_size_of_a_struct_is_its_first_field(void **state)
{
    (void)state;
    section_options options = SECTION_OPTIONS_INIT;
    uint32_t first;
    memcpy(&first, &options, sizeof(first));
    assert_int_equal(first, sizeof(section_options));
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(public_structs_have_the_layout_of_this_abi),
        cmocka_unit_test(the_size_of_a_struct_is_its_first_field),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
