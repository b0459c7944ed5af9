/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include "faults.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ------------------------------------------------------------------------
 * Counting
 * ------------------------------------------------------------------------ */

static unsigned count_entries(const char *folder)
{
    DIR *entries = opendir(folder);
    unsigned count = 0;
    if (entries == NULL)
        return 0;
    for (struct dirent *e = readdir(entries); e != NULL; e = readdir(entries))
        count += e->d_name[0] != '.';
    (void)closedir(entries);
    return count;
}

static unsigned long count_mapped(const stage *s)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    unsigned long sum = 0;
    char line[512];
    while (fgets(line, sizeof(line), maps) != NULL) {
        if (strstr(line, "memfd:section") == NULL &&
            strstr(line, "/section.") == NULL &&
            strstr(line, s->folder) == NULL)
            continue;
        char *rest;
        unsigned long start = strtoul(line, &rest, 16);
        sum += strtoul(rest + 1, NULL, 16) - start;
    }
    (void)fclose(maps);
    return sum;
}

census stage_count(const stage *s)
{
    return (census){
        .descriptors = count_entries("/proc/self/fd"),
        .mapped = count_mapped(s),
        .files = count_entries(s->folder),
        .names = faults_names(),
    };
}

/* ------------------------------------------------------------------------
 * Opening and closing
 * ------------------------------------------------------------------------ */

section *stage_memory(uint64_t size)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = size;
    section *made = UNTOUCHED;
    assert_status(SECTION_OK, section_create(&made, &options));
    return made;
}

/* A file whose bytes count up. */
static void make_file(const char *path, int64_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (int64_t i = 0; i < size; i++)
        assert_int_not_equal(fputc((int)(i % 251), file), EOF);
    assert_int_equal(fclose(file), 0);
}

void stage_open(stage *s, int64_t file_size)
{
    const char *base = getenv("TMPDIR");
    memset(s, 0, sizeof(*s));
    s->native = -1;
    (void)snprintf(s->folder, sizeof(s->folder), "%.30s/section-faults-XXXXXX",
                   base != NULL && strlen(base) <= 30 ? base : "/tmp");
    assert_non_null(mkdtemp(s->folder));
    (void)snprintf(s->path, sizeof(s->path), "%s/file", s->folder);
    if (file_size >= 0)
        make_file(s->path, file_size);
    s->bystander = stage_memory(5000);
    assert_status(SECTION_OK, section_map(&s->bystander_view, s->bystander, 1,
                                          7, SECTION_ACCESS_READ_WRITE));
    memcpy(s->bystander_view.data, "careful", 7);
    stage_check_bystander(s); /* opens what its read-only views need */
    stage_arm(s);
}

void stage_arm(stage *s)
{
    s->out = UNTOUCHED;
    memset(&s->out_view, 0x5a, sizeof(s->out_view));
    s->out_native = 0x5a;
    memset(&s->out_info, 0x5a, sizeof(s->out_info));
    s->out_info.struct_size = sizeof(s->out_info);
}

void stage_check_bystander(const stage *s)
{
    section_view again;
    assert_memory_equal(s->bystander_view.data, "careful", 7);
    assert_status(SECTION_OK,
                  section_map(&again, s->bystander, 1, 7, SECTION_ACCESS_READ));
    assert_memory_equal(again.data, "careful", 7);
    assert_status(SECTION_OK, section_unmap(&again));
}

void stage_check_file(const stage *s, int64_t file_size)
{
    struct stat status;
    if (file_size < 0) {
        assert_int_not_equal(stat(s->path, &status), 0);
        return;
    }
    assert_int_equal(stat(s->path, &status), 0);
    assert_true(status.st_size == file_size);
    FILE *file = fopen(s->path, "rb");
    assert_non_null(file);
    for (int64_t i = 0; i < file_size; i++)
        assert_int_equal(fgetc(file), (int)(i % 251));
    (void)fclose(file);
}

void stage_close(stage *s)
{
    stage_check_bystander(s);
    assert_status(SECTION_OK, section_unmap(&s->source_view));
    assert_status(SECTION_OK, section_unmap(&s->bystander_view));
    section_close(s->source);
    section_close(s->bystander);
    if (s->native != -1 && fcntl((int)s->native, F_GETFD) != -1)
        (void)close((int)s->native);
    (void)unlink(s->path);
}

void stage_expect_gone(const stage *s, census before)
{
    census after = stage_count(s);
    assert_int_equal(after.descriptors, before.descriptors);
    assert_int_equal(after.mapped, before.mapped);
    assert_int_equal(after.names, before.names);
    assert_int_equal(rmdir(s->folder), 0);
}
