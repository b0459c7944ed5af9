/* SPDX-License-Identifier: MIT */
#include "names_stage.h"

#include "faults.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ------------------------------------------------------------------------
 * Counting
 * ------------------------------------------------------------------------ */

static unsigned count_descriptors(void)
{
    unsigned count = 0;
    DIR *entries = opendir("/proc/self/fd");
    assert_that(entries != NULL);
    for (struct dirent *e = readdir(entries); e != NULL; e = readdir(entries))
        count += e->d_name[0] != '.';
    (void)closedir(entries);
    return count;
}

/* The fourth letter of the permissions tells (proc(5)). */
static unsigned long count_shared(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_that(maps != NULL);
    unsigned long sum = 0;
    char line[512];
    while (fgets(line, sizeof(line), maps) != NULL) {
        char *rest;
        unsigned long start = strtoul(line, &rest, 16);
        unsigned long end = *rest == '-' ? strtoul(rest + 1, &rest, 16) : start;
        if (*rest == ' ' && rest[4] == 's')
            sum += end - start;
    }
    (void)fclose(maps);
    return sum;
}

names_census names_count(const names_stage *s)
{
    return (names_census){
        .descriptors = count_descriptors(),
        .shared = count_shared(),
        .blocks = faults_blocks(),
        .objects = faults_names(),
        .entries = raw_read(s->directory),
    };
}

/* ------------------------------------------------------------------------
 * Sections
 * ------------------------------------------------------------------------ */

section_status names_create(section **out, const names_stage *s,
                            const char *name, section_disposition disposition)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.name = name;
    options.scope = s->scope;
    options.size = SIZE;
    options.disposition = disposition;
    return section_create(out, &options);
}

section_status names_find(section **out, const names_stage *s, const char *name,
                          section_rights rights)
{
    section_open_options options = SECTION_OPEN_OPTIONS_INIT;
    options.scope = s->scope;
    options.rights = rights;
    return section_open(out, name, &options);
}

/* Where memory can be files, if there is such a place. */
static const char *choose_root(void)
{
    return access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

void names_open(names_stage *s, section_scope scope)
{
    char machine[96];
    memset(s, 0, sizeof(*s));
    s->scope = scope;
    (void)snprintf(s->root, sizeof(s->root), "%s/section-faults-XXXXXX",
                   choose_root());
    assert_that(mkdtemp(s->root) != NULL);
    (void)snprintf(machine, sizeof(machine), "%s/machine", s->root);
    assert_same(0, mkdir(machine, 0755));
    assert_same(0, setenv("SECTION_MACHINE_DIRECTORY", machine, 1));
    (void)snprintf(s->directory, sizeof(s->directory), "%s/user", s->root);
    assert_same(0, setenv("SECTION_DIRECTORY", s->directory, 1));
    if (scope == SECTION_SCOPE_MACHINE)
        memcpy(s->directory, machine, sizeof(machine));
    names_arm(s);
}

void names_arm(names_stage *s)
{
    s->out = expect_poison();
    memset(&s->out_info, 0x5a, sizeof(s->out_info));
    s->out_info.struct_size = sizeof(s->out_info);
    s->out_swept = 0x5a;
    s->seen = 0;
    s->strange = 0;
}

void names_add_bystander(names_stage *s)
{
    assert_status(SECTION_OK, names_create(&s->bystander, s, "bystander",
                                           SECTION_CREATE_NEW));
    assert_status(SECTION_OK, section_map(&s->bystander_view, s->bystander, 1,
                                          7, SECTION_ACCESS_READ_WRITE));
    memcpy(s->bystander_view.data, "careful", 7);
    s->quiet = raw_read(s->directory);
}

void names_check_bystander(const names_stage *s)
{
    section *found;
    section_view view;
    if (s->bystander == NULL)
        return;
    assert_status(SECTION_OK,
                  names_find(&found, s, "bystander", SECTION_RIGHT_READ));
    assert_status(SECTION_OK,
                  section_map(&view, found, 1, 7, SECTION_ACCESS_READ));
    assert_that(memcmp(view.data, "careful", 7) == 0);
    assert_that(memcmp(s->bystander_view.data, "careful", 7) == 0);
    assert_status(SECTION_OK, section_unmap(&view));
    section_close(found);
}

/* ------------------------------------------------------------------------
 * Other processes
 * ------------------------------------------------------------------------ */

static void expect_exit(pid_t child)
{
    int status;
    assert_same(child, waitpid(child, &status, 0));
    assert_that(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void names_add_dead(names_stage *s, const char *name)
{
    pid_t child = fork();
    assert_that(child >= 0);
    if (child == 0) {
        section *made;
        assert_status(SECTION_OK,
                      names_create(&made, s, name, SECTION_CREATE_NEW));
        _exit(0); /* without closing it */
    }
    expect_exit(child);
}

void names_add_holder(names_stage *s)
{
    int ready[2], end[2];
    char byte = 0;
    assert_same(0, pipe2(ready, O_CLOEXEC));
    assert_same(0, pipe2(end, O_CLOEXEC));
    s->holder = fork();
    assert_that(s->holder >= 0);
    if (s->holder == 0) {
        section *made;
        (void)close(end[1]);
        assert_status(SECTION_OK,
                      names_create(&made, s, NAME, SECTION_CREATE_NEW));
        assert_same(1, write(ready[1], &byte, 1));
        (void)read(end[0], &byte, 1); /* ends with the pipe */
        section_close(made);
        _exit(0);
    }
    (void)close(ready[1]);
    (void)close(end[0]);
    assert_same(1, read(ready[0], &byte, 1));
    (void)close(ready[0]);
    s->holder_end = end[1];
}

/* ------------------------------------------------------------------------
 * The end
 * ------------------------------------------------------------------------ */

void names_close(names_stage *s)
{
    section_close(s->source);
    section_close(s->other);
    s->source = s->other = NULL;
    if (s->holder == 0)
        return;
    (void)close(s->holder_end);
    expect_exit(s->holder);
    s->holder = 0;
}

void names_expect_gone(names_stage *s, names_census before)
{
    char machine[96];
    if (s->bystander != NULL)
        assert_status(SECTION_OK, section_unmap(&s->bystander_view));
    section_close(s->bystander);
    names_census after = names_count(s);
    assert_that(after.descriptors >= before.descriptors &&
                after.descriptors <= before.descriptors + 2);
    assert_same(before.shared, after.shared);
    assert_same(before.blocks, after.blocks);
    assert_same(before.objects, after.objects);
    assert_same(0, after.entries.count);
    raw_remove(s->directory);
    (void)snprintf(machine, sizeof(machine), "%s/machine", s->root);
    raw_remove(machine);
    assert_same(0, rmdir(s->root));
}
