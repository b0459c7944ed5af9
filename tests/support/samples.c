/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include <section/transfer.h>

#include <inttypes.h>
#include <stdio.h>

section_rights sample_rights(sample which)
{
    return which >= SAMPLE_GROWING_MEMORY ? EXTENDER : READ_WRITE;
}

section_rights sample_fewest(const section *s)
{
    section *reader;
    section_status status = section_duplicate(&reader, s, READ_ONLY);
    section_close(reader);
    if (status == SECTION_UNSUPPORTED)
        return READ_WRITE;
    assert_status(SECTION_OK, status);
    return READ_ONLY;
}

static test_name name_of(const char *word)
{
    return names_unique(word);
}

static growing growing_of(sample which, const char *word)
{
    static const growing_kind kinds[] = {GROWING_MEMORY, GROWING_NAME,
                                         GROWING_FILE};
    return growing_at(kinds[which - SAMPLE_GROWING_MEMORY], word);
}

static section *new_lazy_named(const char *name)
{
    section *s;
    section_options options = named_options(name, SAMPLE_SIZE);
    options.flags = SECTION_LAZY;
    if (this_system().lazy_names == SECTION_SUPPORT_NONE)
        return NULL;
    assert_status(SECTION_OK, section_create(&s, &options));
    return s;
}

static section *new_part_of_file(const char *path)
{
    section *s;
    file_make(path, 3 * SAMPLE_SIZE);
    section_options options =
        file_options(path, SAMPLE_SIZE, SECTION_OPEN_EXISTING);
    assert_status(SECTION_OK, section_create(&s, &options));
    return s;
}

/* Large pages may be there and all in use. */
static section *new_large(void)
{
    section *s = NULL;
    uint32_t page = this_system().large_page_size;
    section_options options = memory_options(page);
    options.flags = SECTION_LARGE_PAGES;
    if (page == 0 || section_create(&s, &options) != SECTION_OK)
        return NULL;
    return s;
}

static section *make(sample which, const char *word)
{
    file_path path = files_path(word);
    if (which >= SAMPLE_GROWING_MEMORY) {
        growing what = growing_of(which, word);
        return growing_can(what.kind)
                   ? new_growing(&what, SAMPLE_SIZE, SAMPLE_RESERVE)
                   : NULL;
    }
    switch (which) {
    case SAMPLE_MEMORY:
        return new_memory(SAMPLE_SIZE);
    case SAMPLE_LAZY:
        return new_lazy_memory(SAMPLE_SIZE);
    case SAMPLE_WRAPPED: {
        /* One that this library made: it has its size on every system. */
        section *s = new_memory(SAMPLE_SIZE);
        section_native native;
        assert_status(SECTION_OK,
                      section_duplicate_native(&native, s, READ_WRITE));
        section_close(s);
        return wrapped(native, READ_WRITE, SECTION_NATIVE_OWNED);
    }
    case SAMPLE_NAMED:
        return new_named(name_of(word).text, SAMPLE_SIZE);
    case SAMPLE_LAZY_NAMED:
        return new_lazy_named(name_of(word).text);
    case SAMPLE_FILE:
        return new_file(path.text, SAMPLE_SIZE, SECTION_CREATE_NEW);
    case SAMPLE_PART_OF_FILE:
        return new_part_of_file(path.text);
    default:
        return new_large();
    }
}

section *sample_make(sample which, const char *word)
{
    section *s = make(which, word);
    if (s == NULL)
        return NULL;
    section_view view =
        mapped(s, 0, (size_t)SAMPLE_SIZE, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), view.length, 0);
    unmap(&view);
    return s;
}

void sample_tidy(sample which, const char *word)
{
    if (which == SAMPLE_FILE || which == SAMPLE_PART_OF_FILE)
        assert_that(file_remove(files_path(word).text));
    if (which < SAMPLE_GROWING_MEMORY)
        return;
    growing what = growing_of(which, word);
    if (growing_can(what.kind))
        growing_tidy(&what);
}

/* The flags that belong to the section and not to the handle. */
#define FLAGS_OF_ALL ((uint32_t)SECTION_INFO_LAZY)

void sample_tell(char line[], size_t size, const section *s)
{
    section_info info = info_of(s);
    int length =
        snprintf(line, size,
                 "kind %ld size %" PRIu64 " reserve %" PRIu64 " flags %" PRIx32
                 " pages %ld granularity %" PRIu32 " id %" PRIx64 ".%" PRIx64
                 " scope %ld name %s",
                 (long)info.kind, info.size, info.reserve,
                 info.flags & FLAGS_OF_ALL, (long)info.pages, info.granularity,
                 info.id[0], info.id[1], (long)info.scope, info.name);
    assert_that(length > 0 && (size_t)length < size);
}

void sample_check(const section *received, section_rights rights,
                  const char *line)
{
    char told[512];
    sample_tell(told, sizeof(told), received);
    if (strcmp(told, line) != 0)
        (void)fprintf(stderr, "received \"%s\"\ninstead of \"%s\"\n", told,
                      line);
    assert_that(strcmp(told, line) == 0);
    assert_same(rights, info_of(received).rights);
    assert_same(SECTION_COMMIT_NONE, info_of(received).commit);
    assert_that(!has_flag(received, SECTION_INFO_CREATED));
    assert_that(!has_flag(received, SECTION_INFO_BORROWED));
    section_view view =
        mapped(received, 0, (size_t)SAMPLE_SIZE, SECTION_ACCESS_READ);
    assert_that(is_filled(bytes_of(&view), view.length, 0));
    unmap(&view);
}

void sample_check_shared(const section *writer, const section *reader)
{
    const uint64_t last = SAMPLE_SIZE - 1;
    unsigned char before = peek(reader, last);
    unsigned char after = (unsigned char)(before + 1);
    poke(writer, last, after);
    assert_same(after, peek(reader, last));
    poke(writer, last, before);
}

section *sample_imported(const char *text)
{
    section *s = expect_poison();
    assert_status(SECTION_OK, section_import(&s, text));
    assert_that(s != NULL && s != expect_poison());
    return s;
}

void assert_not_imported(section_status expected, const char *text)
{
    section *s;
    assert_no_section(expected, s, section_import(&s, text));
}
