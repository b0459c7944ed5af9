/* SPDX-License-Identifier: MIT */
#include "sections.h"

section_options memory_options(uint64_t size)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = size;
    return options;
}

section_options file_options(const char *path, uint64_t size,
                             section_disposition disposition)
{
    section_options options = memory_options(size);
    options.path = path;
    options.disposition = disposition;
    return options;
}

section_options named_options(const char *name, uint64_t size)
{
    section_options options = memory_options(size);
    options.name = name;
    return options;
}

static section *created(const section_options *options)
{
    section *s = expect_poison();
    assert_status(SECTION_OK, section_create(&s, options));
    assert_that(s != NULL && s != expect_poison());
    return s;
}

section *new_memory(uint64_t size)
{
    section_options options = memory_options(size);
    return created(&options);
}

section *new_lazy_memory(uint64_t size)
{
    section_options options = memory_options(size);
    options.flags = SECTION_LAZY;
    return created(&options);
}

section *new_file(const char *path, uint64_t size,
                  section_disposition disposition)
{
    section_options options = file_options(path, size, disposition);
    return created(&options);
}

section *opened_file(const char *path, section_rights rights)
{
    section *s;
    assert_status(SECTION_OK, section_open_file(&s, path, rights));
    return s;
}

section *new_named(const char *name, uint64_t size)
{
    section_options options = named_options(name, size);
    return created(&options);
}

section *opened_to(const char *name, section_rights rights)
{
    section_open_options options = SECTION_OPEN_OPTIONS_INIT;
    options.rights = rights;
    section *s = expect_poison();
    assert_status(SECTION_OK, section_open(&s, name, &options));
    assert_that(s != NULL && s != expect_poison());
    return s;
}

section *opened(const char *name)
{
    return opened_to(name, READ_WRITE);
}

section_status status_of_open(const char *name)
{
    section *s = expect_poison();
    section_status status = section_open(&s, name, NULL);
    assert_that((s != NULL) == (status == SECTION_OK));
    section_close(s);
    return status;
}

section_status status_of_create(const char *name)
{
    section_options options = named_options(name, 100);
    section *s = expect_poison();
    section_status status = section_create(&s, &options);
    assert_that((s != NULL) == (status == SECTION_OK));
    section_close(s);
    return status;
}

section *duplicate_of(const section *s, section_rights rights)
{
    section *copy;
    assert_status(SECTION_OK, section_duplicate(&copy, s, rights));
    return copy;
}

section *wrapped(section_native native, section_rights rights,
                 section_ownership ownership)
{
    section *s;
    assert_status(SECTION_OK, section_wrap(&s, native, rights, ownership));
    return s;
}

section_view mapped(const section *s, uint64_t offset, size_t length,
                    section_access access)
{
    section_view view;
    assert_status(SECTION_OK, section_map(&view, s, offset, length, access));
    return view;
}

void unmap(section_view *view)
{
    assert_status(SECTION_OK, section_unmap(view));
    assert_that(expect_zero(view, sizeof(*view)));
}

section_info info_of(const section *s)
{
    section_info info = SECTION_INFO_INIT;
    assert_status(SECTION_OK, section_get_info(&info, s));
    return info;
}

bool has_flag(const section *s, uint32_t flag)
{
    return (info_of(s).flags & flag) != 0;
}

section_system this_system(void)
{
    section_system system = SECTION_SYSTEM_INIT;
    assert_status(SECTION_OK, section_get_system(&system));
    return system;
}

section_native native_of(const section *s)
{
    section_native native;
    assert_status(SECTION_OK, section_get_native(&native, s));
    return native;
}

unsigned char *bytes_of(const section_view *view)
{
    return view->data;
}

static unsigned char pattern_at(uint64_t offset)
{
    /* A prime period: no page looks like the one before it. */
    return (unsigned char)(offset % 251 + 1);
}

void fill(unsigned char *bytes, size_t length, uint64_t offset)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = pattern_at(offset + i);
}

bool is_filled(const unsigned char *bytes, size_t length, uint64_t offset)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != pattern_at(offset + i))
            return false;
    return true;
}

void poke(const section *s, uint64_t offset, unsigned char value)
{
    section_view view = mapped(s, offset, 1, SECTION_ACCESS_READ_WRITE);
    bytes_of(&view)[0] = value;
    unmap(&view);
}

unsigned char peek(const section *s, uint64_t offset)
{
    section_view view = mapped(s, offset, 1, SECTION_ACCESS_READ);
    unsigned char value = bytes_of(&view)[0];
    unmap(&view);
    return value;
}

void touch_pages(const section_view *view, unsigned char value)
{
    size_t page = machine_page_size();
    for (size_t i = 0; i < view->length; i += page)
        bytes_of(view)[i] = value;
    bytes_of(view)[view->length - 1] = value;
}

bool pages_are(const section_view *view, unsigned char value)
{
    size_t page = machine_page_size();
    for (size_t i = 0; i < view->length; i += page)
        if (bytes_of(view)[i] != value)
            return false;
    return bytes_of(view)[view->length - 1] == value;
}
