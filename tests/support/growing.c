/* SPDX-License-Identifier: MIT */
#include "growing.h"

#include <stdio.h>
#include <stdlib.h>

bool growing_can(growing_kind kind)
{
    section_system system = this_system();
    section_support support =
        kind == GROWING_FILE ? system.file_growth : system.memory_growth;
    return support == SECTION_SUPPORT_FULL;
}

growing growing_at(growing_kind kind, const char *word)
{
    growing what = {.kind = kind};
    if (kind == GROWING_NAME)
        (void)snprintf(what.place, sizeof(what.place), "%s",
                       names_unique(word).text);
    if (kind == GROWING_FILE)
        (void)snprintf(what.place, sizeof(what.place), "%s",
                       files_path(word).text);
    return what;
}

bool growing_each(growing_kind first, const char *word,
                  void (*check)(const growing *what))
{
    bool any = false;
    for (int kind = (int)first; kind < GROWING_KINDS; kind++)
        if (growing_can((growing_kind)kind)) {
            growing what = growing_at((growing_kind)kind, word);
            check(&what);
            any = true;
        }
    return any;
}

void growing_write(char line[], size_t size, const growing *what)
{
    int length = snprintf(line, size, "%d %s", (int)what->kind, what->place);
    assert_that(length > 0 && (size_t)length < size);
}

growing growing_read(const char *line)
{
    char *end;
    growing what = {.kind = (growing_kind)strtol(line, &end, 10)};
    (void)snprintf(what.place, sizeof(what.place), "%s", end + 1);
    return what;
}

section_options growing_options(const growing *what, uint64_t size,
                                uint64_t reserve)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.rights = EXTENDER;
    options.size = size;
    options.reserve = reserve;
    if (what->kind == GROWING_NAME)
        options.name = what->place;
    if (what->kind == GROWING_FILE)
        options.path = what->place;
    return options;
}

section *new_growing(const growing *what, uint64_t size, uint64_t reserve)
{
    section_options options = growing_options(what, size, reserve);
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    return s;
}

section *opened_growing(const growing *what, section_rights rights,
                        uint64_t reserve)
{
    section *s;
    if (what->kind == GROWING_NAME)
        return opened_to(what->place, rights);
    section_options options = growing_options(what, 0, reserve);
    options.rights = rights;
    options.disposition = SECTION_OPEN_EXISTING;
    assert_status(SECTION_OK, section_create(&s, &options));
    return s;
}

void growing_tidy(const growing *what)
{
    if (what->kind == GROWING_FILE)
        assert_that(file_remove(what->place));
}

void expect_size(uint64_t size, const section *s, const char *file, int line)
{
    section_view view = {0};
    expect_same(size, info_of(s).size, "info.size", file, line);
    section_status status = section_map(&view, s, 0, 0, SECTION_ACCESS_READ);
    expect_status(SECTION_OK, status, "section_map() of all there is", file,
                  line);
    expect_same(size, view.length, "length of a view of all", file, line);
    unmap(&view);
}

bool bytes_are_zero(const section_view *view, size_t offset, size_t length)
{
    unsigned char bytes[4096];
    size_t done;
    while (length != 0) {
        size_t part = length < sizeof(bytes) ? length : sizeof(bytes);
        if (section_view_read(view, offset, bytes, part, &done) != SECTION_OK ||
            done != part || !expect_zero(bytes, part))
            return false;
        offset += part;
        length -= part;
    }
    return true;
}
