/* SPDX-License-Identifier: MIT */
/*
 * Who shares a name: the user, or the machine with an explicit permit; and
 * places for names that are not trusted. Contract line 12.
 *
 * Where names are files, each role is told the directory of the machine's
 * names; an empty one is the system's own place.
 */
#include "limits.h"
#include "process.h"
#include "sections.h"

#include <stdio.h>
#include <stdlib.h>

#define SIZE 5000

static section_options machine_options(const char *name, uint64_t size,
                                       section_permit permit)
{
    section_options options = named_options(name, size);
    options.scope = SECTION_SCOPE_MACHINE;
    options.permit = permit;
    return options;
}

static section_status open_of_machine(section **out, const char *name,
                                      section_rights rights)
{
    section_open_options options = SECTION_OPEN_OPTIONS_INIT;
    options.rights = rights;
    options.scope = SECTION_SCOPE_MACHINE;
    return section_open(out, name, &options);
}

static void use_machine(const char *directory)
{
    if (directory[0] != '\0')
        names_use_machine_directory(directory);
}

/* A directory for the machine's names, or "" where there need be none. False
 * if there can be none. */
static bool make_machine(file_path *directory, const char *name)
{
    if (!names_are_files()) {
        directory->text[0] = '\0';
        return true;
    }
    *directory = names_other_directory(name);
    return names_make_machine_directory(directory->text);
}

typedef struct told {
    const char *name;
    size_t count;
    uint64_t size, owner;
} told;

static int32_t count_told(const section_entry *entry, void *context)
{
    told *t = context;
    if (strcmp(entry->name, t->name) == 0) {
        t->count++;
        t->size = entry->size;
        t->owner = entry->owner;
    }
    return 0;
}

/* How often a list tells a name, and what of it. */
static told told_of(section_scope scope, const char *name)
{
    told t = {.name = name};
    assert_status(SECTION_OK, section_enumerate(scope, count_told, &t));
    return t;
}

/* ------------------------------------------------------------------------
 * Two scopes
 * ------------------------------------------------------------------------ */

static int use_both_scopes(const char *directory, intptr_t inherited)
{
    (void)inherited;
    use_machine(directory);
    test_name name = names_unique("both"), alone = names_unique("alone");
    section *s, *users;
    section_options options =
        machine_options(name.text, SIZE, SECTION_PERMIT_OWNER);
    section_status status = section_create(&s, &options);
    if (status == SECTION_UNSUPPORTED || status == SECTION_ACCESS)
        return ROLE_CANNOT;
    assert_status(SECTION_OK, status);
    assert_same(SECTION_SCOPE_MACHINE, info_of(s).scope);
    poke(s, 0, 1);
    assert_gone(name.text);
    users = new_named(name.text, 2 * SIZE);
    assert_same(0, peek(users, 0));
    section *other;
    assert_status(SECTION_OK, open_of_machine(&other, name.text, READ_WRITE));
    assert_same(1, peek(other, 0));
    assert_same(SIZE, info_of(other).size);
    section_close(other);
    assert_same(1, told_of(SECTION_SCOPE_MACHINE, name.text).count);
    assert_same(1, told_of(SECTION_SCOPE_USER, name.text).count);
    section_close(s);
    assert_no_section(SECTION_NOT_FOUND, other,
                      open_of_machine(&other, name.text, READ_WRITE));
    assert_alive(name.text);
    assert_same(0, told_of(SECTION_SCOPE_MACHINE, name.text).count);
    section_close(users);

    users = new_named(alone.text, SIZE);
    assert_no_section(SECTION_NOT_FOUND, other,
                      open_of_machine(&other, alone.text, READ_WRITE));
    assert_same(0, told_of(SECTION_SCOPE_MACHINE, alone.text).count);
    section_close(users);
    return 0;
}

static void the_users_names_and_the_machines_are_apart(void **state)
{
    (void)state;
    file_path directory;
    if (!make_machine(&directory, "machine-apart"))
        SKIP("only root can set up the machine's scope");
    if (process_play("use_both_scopes", directory.text, PROCESS_NOTHING) ==
        ROLE_CANNOT)
        SKIP("no right to create in the machine's scope");
}

static void a_machines_scope_that_is_not_set_up_is_unsupported(void **state)
{
    (void)state;
    if (!names_are_files())
        SKIP("the machine's scope needs no directory here");
    test_name name = names_unique("not-set-up");
    section_options options =
        machine_options(name.text, SIZE, SECTION_PERMIT_EVERYONE);
    section *s;
    assert_no_section(SECTION_UNSUPPORTED, s, section_create(&s, &options));
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_no_section(SECTION_UNSUPPORTED, s, section_create(&s, &options));
    assert_no_section(SECTION_UNSUPPORTED, s,
                      open_of_machine(&s, name.text, READ_ONLY));
    told t = {.name = name.text};
    assert_status(SECTION_UNSUPPORTED,
                  section_enumerate(SECTION_SCOPE_MACHINE, count_told, &t));
    uint64_t swept = 1;
    assert_status(SECTION_UNSUPPORTED,
                  section_sweep(&swept, SECTION_SCOPE_MACHINE));
    assert_same(0, swept);
    assert_false(file_exists(names_other_directory("no-machine").text));
}

/* ------------------------------------------------------------------------
 * Permits
 * ------------------------------------------------------------------------ */

/* Who comes, and what each permit lets them do. */
typedef enum visitor_kind { STRANGER, MEMBER, VISITOR_KINDS } visitor_kind;

#define READ_WRITE_RIGHTS (SECTION_RIGHT_READ | SECTION_RIGHT_WRITE)

static const section_rights let_in[][VISITOR_KINDS] = {
    [SECTION_PERMIT_OWNER] = {0, 0},
    [SECTION_PERMIT_GROUP] = {0, READ_WRITE_RIGHTS},
    [SECTION_PERMIT_EVERYONE_READ] = {SECTION_RIGHT_READ, SECTION_RIGHT_READ},
    [SECTION_PERMIT_EVERYONE] = {READ_WRITE_RIGHTS, READ_WRITE_RIGHTS},
};

#define PERMITS 4

static test_name name_of_permit(int permit)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "permit%d", permit);
    return names_unique(text);
}

/* One section for each permit. */
static int create_permits(const char *directory, intptr_t inherited)
{
    (void)inherited;
    char mask[PROCESS_LINE_SIZE];
    section *all[PERMITS];
    use_machine(directory);
    role_hear(mask);
    if (!limit_set_mask((unsigned)strtoul(mask, NULL, 8)))
        return ROLE_CANNOT;
    for (int i = 0; i < PERMITS; i++) {
        test_name name = name_of_permit(i);
        section_options options = machine_options(name.text, SIZE, i);
        assert_status(SECTION_OK, section_create(&all[i], &options));
        poke(all[i], 0, (unsigned char)(100 + i));
    }
    role_say("made");
    role_expect("end");
    for (int i = 0; i < PERMITS; i++) {
        /* What has come has changed nothing but where it might. */
        assert_same(let_in[i][MEMBER] == READ_WRITE_RIGHTS ? 99 : 100 + i,
                    peek(all[i], 0));
        section_close(all[i]);
    }
    return 0;
}

static void visit_permit(int permit, section_rights allowed)
{
    test_name name = name_of_permit(permit);
    section *s;
    if ((allowed & SECTION_RIGHT_READ) != 0) {
        assert_status(SECTION_OK, open_of_machine(&s, name.text, READ_ONLY));
        (void)peek(s, 0);
        section_close(s);
    } else {
        assert_no_section(SECTION_ACCESS, s,
                          open_of_machine(&s, name.text, READ_ONLY));
    }
    if ((allowed & SECTION_RIGHT_WRITE) != 0) {
        assert_status(SECTION_OK, open_of_machine(&s, name.text, READ_WRITE));
        poke(s, 0, 99);
        section_close(s);
    } else {
        assert_no_section(SECTION_ACCESS, s,
                          open_of_machine(&s, name.text, READ_WRITE));
    }
    /* A list tells what may be read. */
    assert_same((allowed & SECTION_RIGHT_READ) != 0,
                told_of(SECTION_SCOPE_MACHINE, name.text).count);
    /* Nobody takes the name. */
    section_options options =
        machine_options(name.text, SIZE, SECTION_PERMIT_EVERYONE);
    section_status status = section_create(&s, &options);
    assert_that(status == SECTION_EXISTS || status == SECTION_ACCESS);
    uint64_t swept;
    assert_status(SECTION_OK, section_sweep(&swept, SECTION_SCOPE_MACHINE));
    assert_same(0, swept);
}

static int visit_permits(const char *directory, intptr_t inherited)
{
    (void)inherited;
    char kind[PROCESS_LINE_SIZE];
    use_machine(directory);
    role_hear(kind);
    bool member = strcmp(kind, "member") == 0;
    if (!(member ? limit_become_member() : limit_become_another()))
        return ROLE_CANNOT;
    for (int i = 0; i < PERMITS; i++)
        visit_permit(i, let_in[i][member ? MEMBER : STRANGER]);
    return 0;
}

static void send_visitor(const char *directory, const char *kind)
{
    process child;
    process_start(&child, "visit_permits", directory, PROCESS_NOTHING);
    process_say(&child, kind);
    process_succeeds(&child);
}

static void permits_are_exact_whatever_the_umask(void **state)
{
    (void)state;
    const char *const masks[] = {"22", "0", "777", "77"};
    file_path directory;
    if (!names_are_files() || !make_machine(&directory, "machine-permits"))
        SKIP("only root can set up the machine's scope and be others");
    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        process creator;
        process_start(&creator, "create_permits", directory.text,
                      PROCESS_NOTHING);
        process_say(&creator, masks[i]);
        process_expect(&creator, "made");
        send_visitor(directory.text, "stranger");
        send_visitor(directory.text, "member");
        process_say(&creator, "end");
        process_succeeds(&creator);
    }
}

static int create_as_another(const char *directory, intptr_t inherited)
{
    (void)inherited;
    use_machine(directory);
    if (!limit_become_another())
        return ROLE_CANNOT;
    test_name name = names_unique("anothers");
    section_options options =
        machine_options(name.text, SIZE, SECTION_PERMIT_EVERYONE);
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    poke(s, 0, 71);
    char line[32];
    (void)snprintf(line, sizeof(line), "%llu",
                   (unsigned long long)limit_user());
    role_say(line);
    role_expect("what is never said");
    return 1;
}

static int find_anothers(const char *directory, intptr_t inherited)
{
    (void)inherited;
    char owner[PROCESS_LINE_SIZE];
    use_machine(directory);
    test_name name = names_unique("anothers");
    role_hear(owner);
    section *s;
    assert_status(SECTION_OK, open_of_machine(&s, name.text, READ_WRITE));
    assert_same(71, peek(s, 0));
    told t = told_of(SECTION_SCOPE_MACHINE, name.text);
    assert_same(1, t.count);
    assert_same(SIZE, t.size);
    assert_same(strtoull(owner, NULL, 10), t.owner);
    section_close(s);
    role_say("found");
    role_expect("killed");
    assert_no_section(SECTION_NOT_FOUND, s,
                      open_of_machine(&s, name.text, READ_WRITE));
    section_options options =
        machine_options(name.text, SIZE, SECTION_PERMIT_OWNER);
    assert_status(SECTION_OK, section_create(&s, &options));
    assert_same(0, peek(s, 0));
    assert_same(limit_user(), told_of(SECTION_SCOPE_MACHINE, name.text).owner);
    section_close(s);
    return 0;
}

static void users_share_the_machines_names(void **state)
{
    (void)state;
    file_path directory;
    if (!names_are_files() || !make_machine(&directory, "machine-shared"))
        SKIP("only root can set up the machine's scope and be others");
    process creator, finder;
    char owner[PROCESS_LINE_SIZE];
    process_start(&creator, "create_as_another", directory.text,
                  PROCESS_NOTHING);
    process_hear(&creator, owner);
    process_start(&finder, "find_anothers", directory.text, PROCESS_NOTHING);
    process_say(&finder, owner);
    process_expect(&finder, "found");
    process_kill(&creator);
    assert_int_equal(process_wait(&creator).end, PROCESS_KILLED);
    process_say(&finder, "killed");
    process_succeeds(&finder);
}

/* ------------------------------------------------------------------------
 * Places that are not trusted
 * ------------------------------------------------------------------------ */

/* Every call that looks for the place says the same. */
static void assert_no_place(section_status expected, section_scope scope)
{
    test_name name = names_unique("no-place");
    section *s;
    section_options options = named_options(name.text, SIZE);
    section_open_options how = SECTION_OPEN_OPTIONS_INIT;
    options.scope = scope;
    how.scope = scope;
    assert_no_section(expected, s, section_create(&s, &options));
    options.disposition = SECTION_OPEN_OR_CREATE;
    assert_no_section(expected, s, section_create(&s, &options));
    assert_no_section(expected, s, section_open(&s, name.text, &how));
    told t = {.name = name.text};
    assert_status(expected, section_enumerate(scope, count_told, &t));
    uint64_t swept = 1;
    assert_status(expected, section_sweep(&swept, scope));
    assert_same(0, swept);
    /* What needs no name goes on. */
    section_close(new_memory(SIZE));
}

static int use_bad_directory(const char *directory, intptr_t inherited)
{
    (void)inherited;
    names_use_directory(directory);
    assert_no_place(SECTION_ACCESS, SECTION_SCOPE_USER);
    return 0;
}

static void a_users_place_that_others_can_reach_is_access(void **state)
{
    (void)state;
    static char before[NAMES_PICTURE_SIZE], after[NAMES_PICTURE_SIZE];
    char file[32];
    if (!names_are_files())
        SKIP("names are no files here");
    for (names_spoiled kind = 0; kind < SPOILED_COUNT; kind++) {
        (void)snprintf(file, sizeof(file), "bad%d", (int)kind);
        file_path path = names_other_directory(file);
        if (!names_make_spoiled(kind, path.text))
            continue;
        names_picture(before, path.text);
        assert_int_equal(
            process_play("use_bad_directory", path.text, PROCESS_NOTHING), 0);
        names_picture(after, path.text);
        assert_string_equal(before, after);
    }
}

static int use_missing_directory(const char *directory, intptr_t inherited)
{
    (void)inherited;
    names_use_directory(files_join(directory, "missing").text);
    test_name name = names_unique("missing");
    section *s;
    section_options options = named_options(name.text, SIZE);
    assert_no_section(SECTION_UNSUPPORTED, s, section_create(&s, &options));
    assert_no_section(SECTION_NOT_FOUND, s, section_open(&s, name.text, NULL));
    assert_that(!file_exists(directory));
    names_use_directory("not/absolute");
    assert_no_section(SECTION_ACCESS, s, section_create(&s, &options));
    assert_no_section(SECTION_ACCESS, s, section_open(&s, name.text, NULL));
    return 0;
}

static void a_users_place_that_cannot_be_made_is_refused(void **state)
{
    (void)state;
    if (!names_are_files())
        SKIP("names are no files here");
    assert_int_equal(process_play("use_missing_directory",
                                  names_other_directory("nowhere").text,
                                  PROCESS_NOTHING),
                     0);
}

static int use_bad_machine(const char *directory, intptr_t inherited)
{
    (void)inherited;
    char status[PROCESS_LINE_SIZE];
    role_hear(status);
    names_use_machine_directory(directory);
    assert_no_place((section_status)strtol(status, NULL, 10),
                    SECTION_SCOPE_MACHINE);
    return 0;
}

static void check_bad_machine(names_spoiled kind, section_status status)
{
    static char before[NAMES_PICTURE_SIZE], after[NAMES_PICTURE_SIZE];
    char text[32];
    (void)snprintf(text, sizeof(text), "bad-machine%d", (int)kind);
    file_path path = names_other_directory(text);
    assert_true(names_make_spoiled(kind, path.text));
    names_picture(before, path.text);
    process child;
    process_start(&child, "use_bad_machine", path.text, PROCESS_NOTHING);
    (void)snprintf(text, sizeof(text), "%d", (int)status);
    process_say(&child, text);
    process_succeeds(&child);
    names_picture(after, path.text);
    assert_string_equal(before, after);
}

static void
a_machines_place_that_is_not_the_administrators_is_refused(void **state)
{
    (void)state;
    file_path good;
    if (!names_are_files() || !make_machine(&good, "machine-good"))
        SKIP("only root can set up the machine's scope");
    /* Nobody could sweep there what others have left. */
    check_bad_machine(SPOILED_STICKY, SECTION_UNSUPPORTED);
    check_bad_machine(SPOILED_ALIEN, SECTION_ACCESS);
    check_bad_machine(SPOILED_LINK, SECTION_ACCESS);
    check_bad_machine(SPOILED_FILE, SECTION_ACCESS);
    check_bad_machine(SPOILED_FIFO, SECTION_ACCESS);
}

static int intrude(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)inherited;
    if (!limit_become_another())
        return ROLE_CANNOT;
    assert_no_place(SECTION_ACCESS, SECTION_SCOPE_USER);
    section *s;
    test_name name = names_unique("private");
    assert_no_section(SECTION_ACCESS, s, section_open(&s, name.text, NULL));
    section_options options = named_options(name.text, SIZE);
    assert_no_section(SECTION_ACCESS, s, section_create(&s, &options));
    return 0;
}

static void another_user_is_kept_out_of_the_users_names(void **state)
{
    (void)state;
    test_name name = names_unique("private");
    section *s = new_named(name.text, SIZE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), SIZE, 0);
    int code = process_play("intrude", "", PROCESS_NOTHING);
    assert_true(is_filled(bytes_of(&view), SIZE, 0));
    unmap(&view);
    assert_alive(name.text);
    section_close(s);
    if (code == ROLE_CANNOT)
        SKIP("only root can become another user");
}

/* As a user whom permissions bind, unlike root, in a directory that the library
 * itself has made. */
static int use_with_mask(const char *directory, intptr_t inherited)
{
    (void)inherited;
    char mask[PROCESS_LINE_SIZE];
    role_hear(mask);
    if (!limit_become_ordinary() ||
        !limit_set_mask((unsigned)strtoul(mask, NULL, 8)))
        return ROLE_CANNOT;
    names_use_directory(files_join(directory, mask).text);
    test_name name = names_unique("masked");
    section *s = new_named(name.text, SIZE);
    poke(s, 0, 1);
    section *other = opened(name.text);
    poke(other, 1, 2);
    section *reader = duplicate_of(other, READ_ONLY);
    section_close(s);
    assert_same(2, peek(reader, 1));
    section_close(other);
    assert_alive(name.text);
    section_close(reader);
    assert_gone(name.text);
    assert_same(0, names_left());
    return 0;
}

static void names_work_whatever_the_umask(void **state)
{
    (void)state;
    const char *const masks[] = {"0", "22", "77", "777"};
    if (!names_are_files())
        SKIP("no umask here");
    file_path directory = names_other_directory("masks");
    names_make_open_directory(directory.text);
    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        process child;
        process_start(&child, "use_with_mask", directory.text, PROCESS_NOTHING);
        process_say(&child, masks[i]);
        process_succeeds(&child);
        file_path made = files_join(directory.text, masks[i]);
        assert_same(0700, file_permissions(made.text));
        names_remove_directory(made.text);
    }
}

/* ------------------------------------------------------------------------
 * Names taken away
 * ------------------------------------------------------------------------ */

static void a_name_taken_away_leaves_its_holders_and_tells_them(void **state)
{
    (void)state;
    test_name name = names_unique("taken-away");
    section *s = new_named(name.text, SIZE);
    section *other = opened(name.text);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), SIZE, 0);
    assert_false(has_flag(s, SECTION_INFO_NAME_LOST));
    if (!names_take_away(name.text)) {
        /* Then it is still there, for everybody. */
        assert_same(SECTION_GUARD_ENFORCED, this_system().name_removal);
        assert_false(has_flag(s, SECTION_INFO_NAME_LOST));
        assert_alive(name.text);
    } else {
        assert_true(has_flag(s, SECTION_INFO_NAME_LOST));
        assert_true(has_flag(other, SECTION_INFO_NAME_LOST));
        assert_gone(name.text);
        /* Another one has its name, and they do not disturb each other. */
        section *next = new_named(name.text, SIZE);
        assert_true(has_flag(s, SECTION_INFO_NAME_LOST));
        assert_false(has_flag(next, SECTION_INFO_NAME_LOST));
        assert_same(0, peek(next, 0));
        assert_true(is_filled(bytes_of(&view), SIZE, 0));
        poke(other, 0, 91);
        assert_same(91, bytes_of(&view)[0]);
        section *copy = duplicate_of(s, READ_ONLY);
        section_close(copy);
        section_close(s);
        section_close(other);
        s = other = NULL;
        assert_alive(name.text);
        section_close(next);
        assert_gone(name.text);
    }
    unmap(&view);
    section_close(other);
    section_close(s);
}

static int lose_directory(const char *directory, intptr_t inherited)
{
    (void)inherited;
    names_use_directory(directory);
    test_name name = names_unique("lost"), other = names_unique("other");
    section *s = new_named(name.text, SIZE);
    poke(s, 0, 61);
    names_remove_directory(directory);
    assert_same(61, peek(s, 0));
    assert_that(has_flag(s, SECTION_INFO_NAME_LOST));
    assert_gone(name.text);
    section *next = new_named(name.text, 2 * SIZE);
    assert_that(!has_flag(next, SECTION_INFO_NAME_LOST));
    assert_same(0, peek(next, 0));
    assert_that(has_flag(s, SECTION_INFO_NAME_LOST));
    assert_same(0700, file_permissions(directory));
    poke(s, 1, 62);
    assert_same(62, peek(s, 1));
    section_close(s);
    assert_alive(name.text);
    assert_status(SECTION_OK, status_of_create(other.text));

    /* And once more, with nobody creating in between. */
    names_remove_directory(directory);
    assert_that(has_flag(next, SECTION_INFO_NAME_LOST));
    assert_same(0, told_of(SECTION_SCOPE_USER, name.text).count);
    assert_status(SECTION_OK, section_sweep(NULL, SECTION_SCOPE_USER));
    section_close(next);
    assert_that(!file_exists(directory));
    return 0;
}

static void a_place_that_is_removed_is_made_anew(void **state)
{
    (void)state;
    if (!names_are_files())
        SKIP("names are no files here");
    assert_int_equal(process_play("lose_directory",
                                  names_other_directory("removed").text,
                                  PROCESS_NOTHING),
                     0);
}

/* Who acts for another user does not look where the name is. */
static int become_another_with_names(const char *directory, intptr_t inherited)
{
    (void)inherited;
    test_name name = names_unique("kept");
    section *s = new_named(name.text, SIZE);
    names_use_directory(files_join(directory, "none").text);
    if (!limit_become_another())
        return ROLE_CANNOT;
    assert_same(0, info_of(s).flags & SECTION_INFO_NAME_LOST);
    role_say("another");
    role_expect("end");
    section_close(s);
    return 0;
}

static void a_name_stays_when_its_holder_becomes_another_user(void **state)
{
    (void)state;
    if (!names_are_files())
        SKIP("names are no files here");
    test_name name = names_unique("kept");
    file_path open = names_other_directory("open-to-all");
    char line[PROCESS_LINE_SIZE];
    process child;
    names_make_open_directory(open.text);
    process_start(&child, "become_another_with_names", open.text,
                  PROCESS_NOTHING);
    if (limit_user() != 0) {
        (void)process_wait(&child);
        SKIP("only root can become another user");
    }
    process_hear(&child, line);
    assert_string_equal("another", line);
    assert_alive(name.text);
    process_say(&child, "end");
    process_succeeds(&child);
    assert_gone(name.text);
}

static const process_role roles[] = {
    {"become_another_with_names", become_another_with_names},
    {"use_both_scopes", use_both_scopes},
    {"create_permits", create_permits},
    {"visit_permits", visit_permits},
    {"create_as_another", create_as_another},
    {"find_anothers", find_anothers},
    {"use_bad_directory", use_bad_directory},
    {"use_missing_directory", use_missing_directory},
    {"use_bad_machine", use_bad_machine},
    {"intrude", intrude},
    {"use_with_mask", use_with_mask},
    {"lose_directory", lose_directory},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_users_names_and_the_machines_are_apart),
    cmocka_unit_test(a_machines_scope_that_is_not_set_up_is_unsupported),
    cmocka_unit_test(permits_are_exact_whatever_the_umask),
    cmocka_unit_test(users_share_the_machines_names),
    cmocka_unit_test(a_users_place_that_others_can_reach_is_access),
    cmocka_unit_test(a_users_place_that_cannot_be_made_is_refused),
    cmocka_unit_test(
        a_machines_place_that_is_not_the_administrators_is_refused),
    cmocka_unit_test(another_user_is_kept_out_of_the_users_names),
    cmocka_unit_test(names_work_whatever_the_umask),
    cmocka_unit_test(a_name_taken_away_leaves_its_holders_and_tells_them),
    cmocka_unit_test(a_place_that_is_removed_is_made_anew),
    cmocka_unit_test(a_name_stays_when_its_holder_becomes_another_user),
};

TEST_MAIN(tests, roles)
