/* SPDX-License-Identifier: MIT */
/*
 * The names of the fake platform: a table of what is published and of what is
 * about to be. Whoever holds a name has a handle in `name` of its object, and
 * the row goes with the last such handle.
 *
 * Some systems take a name when memory is created under it, as Windows does,
 * others when it is published, as POSIX does: fake_system says which.
 */
#include "fake_internal.h"

#include <stdlib.h>
#include <string.h>

#define SCOPES 2

/* The user who has made everything here. */
#define OWNER 1000

struct fake_name {
    fake_name *next;
    fake_store *store;
    section_scope scope;
    section_permit permit;
    size_t holders;
    bool published;
    bool lost;
    char text[SECTION_NAME_MAX + 1];
};

/* A walk goes through what there was when it began. */
struct section_os_names {
    section_os_names *next;
    fake_name *rows; /* copies */
    size_t count;
    size_t place;
    section_scope scope;
    char *told; /* the name of the last entry, for as long as was promised */
};

static fake_name *names;
static section_os_names *walks;
static fake_name_calls calls;

static struct {
    section_status status;
    unsigned count;
} answers[FAKE_STEPS];

static section_status refusals[SCOPES];

static struct {
    unsigned count;
    uint64_t bytes;
} dead[SCOPES];

static struct {
    section_scope scope;
    char text[SECTION_NAME_MAX + 1]; /* empty: nobody works on any */
} worked_on;

/* ------------------------------------------------------------------------
 * The table
 * ------------------------------------------------------------------------ */

static bool is_row(const fake_name *row, section_scope scope, const char *text)
{
    return row->scope == scope && strcmp(row->text, text) == 0 && !row->lost;
}

/* What can be opened, or NULL. */
static fake_name *find_published(section_scope scope, const char *text)
{
    fake_name *row = names;
    while (row != NULL && !(row->published && is_row(row, scope, text)))
        row = row->next;
    return row;
}

/* What is about to be published, or NULL. */
static fake_name *find_unpublished(section_scope scope, const char *text)
{
    fake_name *row = names;
    while (row != NULL && (row->published || !is_row(row, scope, text)))
        row = row->next;
    return row;
}

static fake_name *add_row(const section_os_name *name, fake_store *store)
{
    fake_name *row = fake_zeroed(sizeof(*row));
    row->store = store;
    row->scope = name->scope;
    row->permit = name->permit;
    memcpy(row->text, name->text, strlen(name->text) + 1);
    row->next = names;
    names = row;
    return row;
}

/* One more handle that holds a name. */
static section_native hold(fake_name *row, bool foreign)
{
    section_native number = fake_handle_open(row->store, false, foreign);
    fake_handle_find(number)->name = row;
    fake_name_hold(row);
    return number;
}

void fake_name_hold(fake_name *row)
{
    row->holders++;
}

void fake_name_leave(fake_name *row)
{
    FAKE_CHECK(row->holders > 0);
    if (--row->holders > 0)
        return;
    fake_name **link = &names;
    while (*link != row)
        link = &(*link)->next;
    *link = row->next;
    free(row);
}

size_t fake_name_count(void)
{
    size_t count = 0;
    for (const fake_name *row = names; row != NULL; row = row->next)
        count++;
    return count;
}

size_t fake_walk_count(void)
{
    size_t count = 0;
    for (const section_os_names *w = walks; w != NULL; w = w->next)
        count++;
    return count;
}

uint64_t fake_dead_bytes(void)
{
    return dead[SECTION_SCOPE_USER].bytes + dead[SECTION_SCOPE_MACHINE].bytes;
}

void fake_names_forget_all(void)
{
    while (walks != NULL)
        section_os_names_end(walks);
    while (names != NULL) {
        fake_name *row = names;
        names = row->next;
        free(row);
    }
    memset(answers, 0, sizeof(answers));
    memset(refusals, 0, sizeof(refusals));
    memset(dead, 0, sizeof(dead));
    memset(&worked_on, 0, sizeof(worked_on));
    calls = (fake_name_calls){0};
}

/* ------------------------------------------------------------------------
 * Promises
 * ------------------------------------------------------------------------ */

static void check_scope(section_scope scope)
{
    FAKE_CHECK(scope == SECTION_SCOPE_USER || scope == SECTION_SCOPE_MACHINE);
}

static void check_name(const section_os_name *name)
{
    FAKE_CHECK(name->text != NULL && fake_is_name(name->text));
    check_scope(name->scope);
    FAKE_CHECK(name->permit >= SECTION_PERMIT_OWNER &&
               name->permit <= SECTION_PERMIT_EVERYONE);
    FAKE_CHECK(name->permit == SECTION_PERMIT_OWNER ||
               name->scope == SECTION_SCOPE_MACHINE);
}

fake_name *fake_object_name(const section_os_object *object)
{
    if (object->name == SECTION_OS_NONE)
        return NULL;
    const fake_handle *handle = fake_handle_find(object->name);
    FAKE_CHECK(handle != NULL && handle->name != NULL);
    return handle->name;
}

bool fake_name_is_published(const fake_name *row)
{
    return row->published;
}

bool fake_name_is(const fake_name *row, const section_os_name *expected)
{
    return row->published && row->scope == expected->scope &&
           strcmp(row->text, expected->text) == 0;
}

/* The row of an object that was made or opened under this very name. */
static fake_name *check_holder(const section_os_object *object,
                               const section_os_name *name, bool published)
{
    check_name(name);
    fake_name *row = fake_object_name(object);
    FAKE_CHECK(row != NULL && row->store == fake_object_store(object));
    FAKE_CHECK(row->published == published && row->scope == name->scope);
    FAKE_CHECK(strcmp(row->text, name->text) == 0);
    return row;
}

/* ------------------------------------------------------------------------
 * Create, publish, open, release
 * ------------------------------------------------------------------------ */

/* What stands in the way before anything is looked at. */
static section_status hindrance(fake_step step, const section_os_name *name)
{
    if (answers[step].count > 0) {
        answers[step].count -= answers[step].count != FAKE_ALWAYS;
        return answers[step].status;
    }
    if (refusals[name->scope] != SECTION_OK)
        return refusals[name->scope];
    bool looks =
        step != FAKE_STEP_CREATE || fake_current()->names_are_taken_early;
    if (looks && worked_on.scope == name->scope &&
        strcmp(worked_on.text, name->text) == 0)
        return SECTION_BUSY;
    return SECTION_OK;
}

/* Where the name is taken now, whether it is free. */
static section_status take(const section_os_name *name, bool lazy)
{
    if (!fake_current()->names_are_taken_early)
        return SECTION_OK;
    if (lazy)
        return SECTION_UNSUPPORTED; /* as the trait says */
    if (find_published(name->scope, name->text) != NULL)
        return SECTION_EXISTS;
    if (find_unpublished(name->scope, name->text) != NULL)
        return SECTION_BUSY;
    return SECTION_OK;
}

section_os_result section_os_name_create(section_os_object *out,
                                         section_os_facts *facts,
                                         const section_os_name *name,
                                         const section_os_memory *memory)
{
    section_os_result result = fake_ok();
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    check_name(name);
    FAKE_CHECK((memory->flags & SECTION_LARGE_PAGES) == 0);
    calls.creates++;
    if (fake_must_fail(FAKE_NAME_CREATE, &result))
        return result;
    section_status status = hindrance(FAKE_STEP_CREATE, name);
    if (status == SECTION_OK)
        status = take(name, (memory->flags & SECTION_LAZY) != 0);
    if (status == SECTION_OK && !fake_object_memory(out, facts, memory))
        status = SECTION_NO_SPACE;
    if (status != SECTION_OK)
        return fake_refusal(status, 11);
    out->name = hold(add_row(name, fake_object_store(out)), false);
    return result;
}

section_os_result section_os_name_publish(section_os_object *object,
                                          const section_os_name *name)
{
    section_os_result result = fake_ok();
    fake_name *row = check_holder(object, name, false);
    FAKE_CHECK(row->permit == name->permit);
    FAKE_CHECK(fake_view_count_of(row->store) == 0);
    calls.publishes++;
    if (fake_must_fail(FAKE_NAME_PUBLISH, &result))
        return result;
    section_status status = hindrance(FAKE_STEP_PUBLISH, name);
    if (status == SECTION_OK && find_published(row->scope, row->text) != NULL)
        status = SECTION_EXISTS;
    if (status != SECTION_OK)
        return fake_refusal(status, 12);
    row->published = true;
    return result;
}

section_os_result section_os_name_open(section_os_object *out,
                                       section_os_facts *facts,
                                       const section_os_name *name,
                                       section_rights rights)
{
    section_os_result result = fake_ok();
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    check_name(name);
    fake_check_rights(rights);
    calls.opens++;
    if (fake_must_fail(FAKE_NAME_OPEN, &result))
        return result;
    section_status status = hindrance(FAKE_STEP_OPEN, name);
    fake_name *row = find_published(name->scope, name->text);
    if (status == SECTION_OK && row == NULL)
        status = SECTION_NOT_FOUND;
    if (status == SECTION_OK && (rights & SECTION_RIGHT_EXECUTE) != 0 &&
        !row->store->is_executable)
        status = SECTION_ACCESS;
    if (status != SECTION_OK)
        return fake_refusal(status, 13);
    fake_object_open(out, facts, row->store, rights);
    out->name = hold(row, false);
    return result;
}

section_native fake_name_duplicate(const section_os_object *object)
{
    fake_name *row = fake_object_name(object);
    if (row == NULL)
        return SECTION_OS_NONE;
    FAKE_CHECK(row->published);
    return hold(row, false);
}

void section_os_name_release(section_os_object *object,
                             const section_os_name *name)
{
    (void)check_holder(object, name, true);
    calls.releases++;
    fake_handle_close(object->name);
    object->name = SECTION_OS_NONE;
}

bool section_os_name_is_lost(section_os_object *object,
                             const section_os_name *name)
{
    return check_holder(object, name, true)->lost;
}

/* ------------------------------------------------------------------------
 * All names
 * ------------------------------------------------------------------------ */

section_os_result section_os_names_begin(section_os_names **out,
                                         section_scope scope)
{
    section_os_result result = fake_ok();
    *out = NULL;
    check_scope(scope);
    if (fake_must_fail(FAKE_NAMES_BEGIN, &result))
        return result;
    if (refusals[scope] != SECTION_OK)
        return fake_refusal(refusals[scope], 14);
    section_os_names *walk = fake_zeroed(sizeof(*walk));
    walk->rows = fake_zeroed((fake_name_count() + 1) * sizeof(*walk->rows));
    walk->scope = scope;
    for (const fake_name *row = names; row != NULL; row = row->next)
        if (row->published && !row->lost && row->scope == scope)
            walk->rows[walk->count++] = *row;
    walk->next = walks;
    walks = walk;
    *out = walk;
    return result;
}

static void check_walk(const section_os_names *walk)
{
    const section_os_names *known = walks;
    while (known != NULL && known != walk)
        known = known->next;
    FAKE_CHECK(known != NULL);
}

section_os_result section_os_names_next(section_os_names *walk,
                                        section_entry *entry)
{
    check_walk(walk);
    free(walk->told);
    walk->told = NULL;
    while (walk->place < walk->count) {
        const fake_name *row = &walk->rows[walk->place++];
        if (find_published(walk->scope, row->text) == NULL)
            continue;
        size_t length = strlen(row->text) + 1;
        walk->told = memcpy(fake_zeroed(length), row->text, length);
        bool tells = !fake_current()->names_are_taken_early;
        entry->name = walk->told;
        entry->size = tells ? row->store->size : SECTION_UNKNOWN;
        entry->owner = tells ? OWNER : SECTION_UNKNOWN;
        return fake_ok();
    }
    return (section_os_result){SECTION_NOT_FOUND, 0};
}

void section_os_names_end(section_os_names *walk)
{
    check_walk(walk);
    section_os_names **link = &walks;
    while (*link != walk)
        link = &(*link)->next;
    *link = walk->next;
    free(walk->told);
    free(walk->rows);
    free(walk);
}

section_os_result section_os_names_sweep(uint64_t *swept, section_scope scope)
{
    section_os_result result = fake_ok();
    *swept = 0;
    check_scope(scope);
    calls.sweeps[scope]++;
    if (fake_must_fail(FAKE_NAMES_SWEEP, &result))
        return result;
    if (refusals[scope] != SECTION_OK)
        return fake_refusal(refusals[scope], 15);
    *swept = dead[scope].count;
    memset(&dead[scope], 0, sizeof(dead[scope]));
    return result;
}

/* ------------------------------------------------------------------------
 * For tests
 * ------------------------------------------------------------------------ */

void fake_answer_names(fake_step step, section_status status, unsigned count)
{
    answers[step].status = status;
    answers[step].count = count;
}

void fake_refuse_scope(section_scope scope, section_status status)
{
    refusals[scope] = status;
}

void fake_work_on_name(section_scope scope, const char *text)
{
    FAKE_CHECK(strlen(text) <= SECTION_NAME_MAX);
    worked_on.scope = scope;
    memcpy(worked_on.text, text, strlen(text) + 1);
}

void fake_leave_dead(section_scope scope, unsigned count, uint64_t bytes)
{
    dead[scope].count += count;
    dead[scope].bytes += bytes;
}

void fake_lose_name(section_scope scope, const char *text)
{
    fake_name *row = find_published(scope, text);
    FAKE_CHECK(row != NULL);
    row->lost = true;
}

section_native fake_publish(section_scope scope, const char *text,
                            uint64_t stored)
{
    const section_os_name name = {text, scope, SECTION_PERMIT_OWNER};
    check_name(&name);
    FAKE_CHECK(find_published(scope, text) == NULL);
    fake_name *row =
        add_row(&name, fake_store_make(SECTION_KIND_MEMORY, stored));
    row->published = true;
    return hold(row, true);
}

size_t fake_name_holders(section_scope scope, const char *text)
{
    const fake_name *row = find_published(scope, text);
    return row == NULL ? 0 : row->holders;
}

section_permit fake_name_permit(section_scope scope, const char *text)
{
    const fake_name *row = find_published(scope, text);
    FAKE_CHECK(row != NULL);
    return row->permit;
}

fake_name_calls fake_count_name_calls(void)
{
    return calls;
}
