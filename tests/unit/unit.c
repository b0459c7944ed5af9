/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#define CASES 128

static const fake_system *next_system;

static int start_system(void **state)
{
    (void)state;
    fake_start(next_system);
    return 0;
}

static int expect_nothing_left(void **state)
{
    (void)state;
    fake_census left = fake_count();
    if (left.handles + left.readers == 0 && left.views == 0 &&
        left.heap_blocks == 0 && left.names == 0 && left.walks == 0 &&
        left.extensions == 0 && left.under_way == 0 && left.sources == 0)
        return 0;
    print_error("left behind: %u handles, %u views, %u blocks, %u names, "
                "%u walks, %u extensions, %u under way, %u sources\n",
                (unsigned)(left.handles + left.readers), (unsigned)left.views,
                (unsigned)left.heap_blocks, (unsigned)left.names,
                (unsigned)left.walks, (unsigned)left.extensions,
                (unsigned)left.under_way, (unsigned)left.sources);
    return -1;
}

int unit_run_everywhere_(const struct CMUnitTest *cases, size_t count)
{
    struct CMUnitTest framed[CASES];
    int failures = 0;
    if (count > CASES)
        return 1;
    memcpy(framed, cases, count * sizeof(*cases));
    for (size_t i = 0; i < count; i++) {
        framed[i].setup_func = start_system;
        framed[i].teardown_func = expect_nothing_left;
    }
    for (size_t i = 0; i < fake_systems_count; i++) {
        next_system = &fake_systems[i];
        failures += _cmocka_run_group_tests(next_system->name, framed, count,
                                            NULL, NULL);
    }
    fake_start(&fake_systems[0]);
    return failures;
}

size_t unit_page(void)
{
    return fake_current()->page_size;
}

size_t unit_granule(void)
{
    return fake_current()->granularity;
}

section *unit_memory(uint64_t size)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = size;
    section *made = UNTOUCHED;
    assert_status(SECTION_OK, section_create(&made, &options));
    assert_non_null(made);
    return made;
}

static section *make_growing(const char *path, uint64_t size, uint64_t reserve)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.path = path;
    options.rights = MAY_EXTEND;
    options.size = size;
    options.reserve = reserve;
    section *made = UNTOUCHED;
    assert_status(SECTION_OK, section_create(&made, &options));
    assert_non_null(made);
    return made;
}

section *unit_growing(uint64_t size, uint64_t reserve)
{
    if (fake_current()->memory_cannot_grow)
        return NULL;
    return make_growing(NULL, size, reserve);
}

section *unit_growing_file(uint64_t size, uint64_t reserve)
{
    if (fake_current()->files_cannot_grow)
        return NULL;
    return make_growing("file", size, reserve);
}

section_native unit_native(const section *of)
{
    section_native native = 5;
    assert_status(SECTION_OK, section_get_native(&native, of));
    assert_true(fake_is_open(native));
    return native;
}

section_options unit_named_options(const char *name)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.name = name;
    options.size = 100;
    return options;
}

section *unit_named(const char *name)
{
    section_options options = unit_named_options(name);
    section *made = UNTOUCHED;
    assert_status(SECTION_OK, section_create(&made, &options));
    return made;
}

section *unit_file(const char *path, section_rights rights)
{
    section *opened = UNTOUCHED;
    assert_status(SECTION_OK, section_open_file(&opened, path, rights));
    assert_non_null(opened);
    return opened;
}

section_view unit_view(const section *from, uint64_t offset, size_t length,
                       section_access access)
{
    section_view view;
    memset(&view, 0x5a, sizeof(view));
    assert_status(SECTION_OK, section_map(&view, from, offset, length, access));
    assert_non_null(view.data);
    return view;
}

section_info unit_info(const section *of)
{
    section_info info = SECTION_INFO_INIT;
    assert_status(SECTION_OK, section_get_info(&info, of));
    return info;
}

void unit_expect_no_view(const section_view *view)
{
    const unsigned char *bytes = (const unsigned char *)view;
    for (size_t i = 0; i < sizeof(*view); i++)
        assert_int_equal(bytes[i], 0);
}
