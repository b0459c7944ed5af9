/* SPDX-License-Identifier: MIT */
/*
 * What a process that was handed a descriptor or handle to read can do with it,
 * past the library: one of another user, and one of the same. Contract line 27;
 * docs/security.md says in words what these tests record.
 */
#include "attack.h"
#include "foreign.h"
#include "memory.h"
#include "process.h"
#include "sections.h"

#include <stdio.h>

#define SIZE 20000

/* ------------------------------------------------------------------------
 * The attacker
 * ------------------------------------------------------------------------ */

/* What an attacker has found out. */
typedef struct loot {
    unsigned given;   /* attacks that succeed with what it was given */
    unsigned widened; /* whether it got a better one: a `WIDENED_` value */
    unsigned better;  /* attacks that succeed with that */
} loot;

enum {
    WIDENED_NOT = 0,
    WIDENED_AT_ONCE = 1,  /* by opening it anew */
    WIDENED_BY_PERMIT = 2 /* after changing who may open it */
};

#define LOOT_FORMAT "%x %x %x"

static bool become(const char *who)
{
    return strcmp(who, "another") != 0 || limit_become_another();
}

/* Whether the system would tell this process of what it has open, if it was its
 * own: else no attempt to open it anew proves anything. */
static bool can_widen_its_own(void)
{
    intptr_t own = foreign_memory(100);
    bool can = foreign_rights_are_final() || foreign_can_widen(own);
    foreign_close(own);
    return can;
}

static int attack(const char *argument, intptr_t inherited)
{
    loot found = {0};
    if (!become(argument) || !can_widen_its_own()) {
        role_say("cannot");
        return ROLE_CANNOT;
    }
    found.given = attack_with(inherited);
    intptr_t better = attack_widen(inherited, false);
    if (better != FOREIGN_NOTHING) {
        found.widened = WIDENED_AT_ONCE;
    } else {
        better = attack_widen(inherited, true);
        found.widened =
            better != FOREIGN_NOTHING ? WIDENED_BY_PERMIT : WIDENED_NOT;
    }
    if (better != FOREIGN_NOTHING)
        found.better = attack_with(better);
    char line[PROCESS_LINE_SIZE];
    (void)snprintf(line, sizeof(line), LOOT_FORMAT, found.given, found.widened,
                   found.better);
    role_say(line);
    return 0;
}

/* False if such an attacker cannot be had. */
static bool attacked(loot *found, const section *s, const char *who)
{
    section_native native;
    process attacker;
    char line[PROCESS_LINE_SIZE];
    *found = (loot){0};
    assert_status(SECTION_OK, section_duplicate_native(&native, s, READ_ONLY));
    process_start(&attacker, "attack", who, native);
    foreign_close(native);
    process_hear(&attacker, line);
    process_result result = process_wait(&attacker);
    if (result.end == PROCESS_EXITED && result.code == ROLE_CANNOT)
        return false;
    process_judge(result);
    assert_same(3, sscanf(line, LOOT_FORMAT, &found->given, &found->widened,
                          &found->better));
    return true;
}

/* ------------------------------------------------------------------------
 * What is attacked
 * ------------------------------------------------------------------------ */

enum { PLAIN, FIXED, SEALED, NAMED, A_FILE, KINDS };

static section *new_kind(int kind)
{
    file_path path = files_path("attacked");
    test_name name = names_unique("attacked");
    section *s = kind == NAMED ? new_named(name.text, SIZE)
                 : kind == A_FILE
                     ? new_file(path.text, SIZE, SECTION_OPEN_OR_CREATE)
                     : new_memory(SIZE);
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ_WRITE);
    fill(bytes_of(&view), SIZE, 0);
    unmap(&view);
    if (kind == FIXED)
        (void)section_seal(s, SECTION_SEAL_GROW);
    if (kind == SEALED)
        assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    return s;
}

static void assert_unharmed(const section *s)
{
    section_view view = mapped(s, 0, 0, SECTION_ACCESS_READ);
    assert_same(SIZE, view.length);
    assert_true(is_filled(bytes_of(&view), SIZE, 0));
    unmap(&view);
}

/* What the owner of an object can do with it who has opened it anew to write,
 * where the system lets him. */
static uint32_t owners_attacks(int kind)
{
    section_system system = this_system();
    bool has_seals = system.seal_growth == SECTION_GUARD_ENFORCED;
    uint32_t found = ATTACKS_ON_BYTES & ~(uint32_t)ATTACK_FORCE;
    bool is_memory = kind == PLAIN || kind == FIXED || kind == SEALED;
    if (is_memory && system.memory_shrink == SECTION_GUARD_ENFORCED)
        found &= ~(uint32_t)ATTACK_CUT;
    if (kind == FIXED && has_seals)
        found &= ~(uint32_t)ATTACK_GROW;
    if (kind == SEALED && system.seal_writers == SECTION_GUARD_ENFORCED)
        found = 0;
    return found;
}

/* ------------------------------------------------------------------------
 * Tests
 * ------------------------------------------------------------------------ */

static void another_user_can_only_read_what_it_was_handed_to_read(void **state)
{
    (void)state;
    for (int kind = PLAIN; kind < KINDS; kind++) {
        section *s = new_kind(kind);
        loot found;
        bool possible = attacked(&found, s, "another");
        if (possible) {
            assert_same(0, found.given);
            assert_same(WIDENED_NOT, found.widened);
        }
        assert_unharmed(s);
        section_close(s);
        if (!possible)
            SKIP("only root can become another user");
    }
}

static void what_was_handed_to_read_writes_nothing_by_itself(void **state)
{
    (void)state;
    for (int kind = PLAIN; kind < KINDS; kind++) {
        section *s = new_kind(kind);
        loot found;
        assert_true(attacked(&found, s, "same"));
        assert_same(0, found.given & ATTACKS_ON_BYTES);
        assert_same(0, found.given & ATTACK_BAR);
        section_close(s);
    }
}

static void the_same_user_is_kept_from_what_is_sealed_alone(void **state)
{
    (void)state;
    for (int kind = PLAIN; kind < KINDS; kind++) {
        section *s = new_kind(kind);
        loot found;
        assert_true(attacked(&found, s, "same"));
        if (!foreign_rights_are_final()) {
            assert_same(WIDENED_AT_ONCE, found.widened);
            assert_same(owners_attacks(kind), found.better & ATTACKS_ON_BYTES);
            if (owners_attacks(kind) == 0)
                assert_unharmed(s);
        } else if (kind != NAMED) {
            /* The name is there for him, with all rights. What is his to
             * permit, he may permit himself. */
            assert_true(found.widened != WIDENED_AT_ONCE);
            if (found.widened == WIDENED_NOT)
                assert_unharmed(s);
        }
        section_close(s);
    }
}

static void a_file_is_as_safe_as_its_permissions(void **state)
{
    (void)state;
    section *s = new_kind(A_FILE);
    intptr_t better = attack_widen(native_of(s), true);
    bool opens_anew = better != FOREIGN_NOTHING;
    if (opens_anew)
        foreign_close(better);
    loot found;
    bool possible = attacked(&found, s, "another");
    if (possible) {
        assert_same(0, found.given);
        assert_same(opens_anew ? WIDENED_AT_ONCE : WIDENED_NOT, found.widened);
    }
    section_close(s);
    if (!possible)
        SKIP("only root can become another user");
}

/*
 * "No new writers" counts from the seal on: a view that was mapped to read,
 * through what could write, can be made one that writes later, where read-only
 * views are so by this library's word alone.
 */
static void who_could_write_before_a_seal_can_go_on(void **state)
{
    (void)state;
    section *s = new_memory(SIZE);
    section_native native;
    assert_status(SECTION_OK, section_duplicate_native(&native, s, READ_WRITE));
    section *lent = wrapped(native, READ_WRITE, SECTION_NATIVE_BORROWED);
    bool enforced = has_flag(lent, SECTION_INFO_READ_ONLY_ENFORCED);
    section_view before = mapped(lent, 0, 0, SECTION_ACCESS_READ);
    assert_status(SECTION_OK, section_seal(s, SECTION_SEAL_WRITERS));
    section_view after = mapped(lent, 0, 0, SECTION_ACCESS_READ);
    bool sealed = this_system().seal_writers == SECTION_GUARD_ENFORCED;
    assert_true(memory_force_writable(before.data, before.length) == !enforced);
    assert_true(memory_force_writable(after.data, after.length) ==
                (!enforced && !sealed));
    unmap(&after);
    unmap(&before);
    section_close(lent);
    foreign_close(native);
    section_close(s);
}

static int hold_up(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)limit_become_another();
    role_say(attack_lock(inherited) ? "locked" : "nothing to lock");
    role_expect("end");
    return 0;
}

static section_status open_shortly(const char *name)
{
    section_open_options options = SECTION_OPEN_OPTIONS_INIT;
    options.timeout = 1;
    section *s = expect_poison();
    section_status status = section_open(&s, name, &options);
    section_close(s);
    return status;
}

/* What can be read can be locked, on POSIX: those who open the name may have to
 * wait for who holds such a lock, and nobody else has to. */
static void a_handle_of_a_name_holds_up_this_name_at_most(void **state)
{
    (void)state;
    test_name name = names_unique("held-up");
    test_name other_name = names_unique("not-held-up");
    section *s = new_named(name.text, SIZE);
    section *other = new_named(other_name.text, SIZE);
    section_native native;
    process attacker;
    char line[PROCESS_LINE_SIZE];
    assert_status(SECTION_OK, section_duplicate_native(&native, s, READ_ONLY));
    process_start(&attacker, "hold_up", "", native);
    foreign_close(native);
    process_hear(&attacker, line);
    section_status status = open_shortly(name.text);
    if (strcmp(line, "locked") == 0)
        assert_true(status == SECTION_OK || status == SECTION_BUSY);
    else
        assert_status(SECTION_OK, status);
    assert_alive(other_name.text);
    poke(s, 0, 1);
    process_say(&attacker, "end");
    process_succeeds(&attacker);
    assert_alive(name.text);
    section_close(other);
    section_close(s);
    assert_gone(name.text);
}

static int lock_and_end(const char *argument, intptr_t inherited)
{
    (void)argument;
    (void)limit_become_another();
    (void)attack_lock(inherited);
    return 0;
}

/* A lock that stayed would keep everybody from extending. */
static void a_handle_of_what_grows_holds_up_nobody_after_its_end(void **state)
{
    (void)state;
    if (this_system().memory_growth == SECTION_SUPPORT_NONE)
        SKIP("memory does not grow here");
    section_options options = memory_options(SIZE);
    options.rights = READ_WRITE | SECTION_RIGHT_EXTEND;
    options.reserve = 10 * SIZE;
    section *s;
    assert_status(SECTION_OK, section_create(&s, &options));
    const section_rights handed[] = {READ_ONLY, READ_WRITE};
    for (size_t i = 0; i < 2; i++) {
        section_native native;
        assert_status(SECTION_OK,
                      section_duplicate_native(&native, s, handed[i]));
        assert_same(0, process_play("lock_and_end", "", native));
        foreign_close(native);
        assert_status(SECTION_OK, section_extend(s, (i + 2) * SIZE + 1));
        assert_same((i + 2) * SIZE + 1, info_of(s).size);
    }
    section_close(s);
}

static const process_role roles[] = {
    {"attack", attack},
    {"hold_up", hold_up},
    {"lock_and_end", lock_and_end},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(another_user_can_only_read_what_it_was_handed_to_read),
    cmocka_unit_test(what_was_handed_to_read_writes_nothing_by_itself),
    cmocka_unit_test(the_same_user_is_kept_from_what_is_sealed_alone),
    cmocka_unit_test(a_file_is_as_safe_as_its_permissions),
    cmocka_unit_test(who_could_write_before_a_seal_can_go_on),
    cmocka_unit_test(a_handle_of_a_name_holds_up_this_name_at_most),
    cmocka_unit_test(a_handle_of_what_grows_holds_up_nobody_after_its_end),
};

TEST_MAIN(tests, roles)
