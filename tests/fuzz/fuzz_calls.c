/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: any series of calls, over the fake platform, against a model
 * that knows sections as arrays of bytes and nothing of pages, handles or
 * trailers. The fake checks what lib/ asks of a platform meanwhile.
 *
 * The first byte chooses the system; then each call takes a byte for what it
 * is, and some for its arguments. Where the input ends, zeros follow.
 */
#include "fake_internal.h"

#include <section/native.h>

#include <string.h>

#define STORES     48
#define STORE_SIZE 131080 /* two of the largest pages, and a little */
#define SECTIONS   6
#define VIEWS      6
#define NATIVES    4
#define FILES      3
#define NAMES      4

#define ALL_RIGHTS (SECTION_RIGHT_READ | SECTION_RIGHT_WRITE)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ------------------------------------------------------------------------
 * The model
 * ------------------------------------------------------------------------ */

typedef struct model_section {
    section *real; /* NULL: free */
    unsigned store;
    uint64_t size;
    section_rights rights;
    bool borrowed;
    unsigned native; /* index, where borrowed */
    int name;        /* index, or -1 for none */
    bool lost;       /* the name */
} model_section;

typedef struct model_view {
    section_view real; /* all zero: free */
    unsigned store;
    section_access access;
    unsigned char copy[STORE_SIZE]; /* for SECTION_ACCESS_COPY */
} model_view;

typedef struct model_native {
    section_native real; /* -1: free */
    unsigned store;
    uint64_t size; /* that wrapping it gives */
    section_rights rights;
    unsigned borrowers;
} model_native;

typedef struct model_name {
    int store; /* or -1: free */
    unsigned holders;
} model_name;

static struct {
    unsigned stores;
    unsigned char bytes[STORES][STORE_SIZE];
    uint64_t sizes[STORES];
    section_kind kinds[STORES];
    model_section sections[SECTIONS];
    model_view views[VIEWS];
    model_native natives[NATIVES];
    int files[FILES]; /* store, or -1 for no such file */
    model_name names[NAMES];
    int worked_on; /* the name that is, or -1 */
} model;

static const char *const file_names[FILES] = {"one", "two", "three"};

static const struct {
    section_scope scope;
    const char *text;
} names[NAMES] = {{SECTION_SCOPE_USER, "one"},
                  {SECTION_SCOPE_MACHINE, "one"},
                  {SECTION_SCOPE_USER, "two"},
                  {SECTION_SCOPE_USER, "\xc3\xa9"}};

static unsigned new_store(section_kind kind, uint64_t size)
{
    unsigned store = model.stores++;
    FAKE_CHECK(size <= STORE_SIZE);
    memset(model.bytes[store], 0, STORE_SIZE);
    model.sizes[store] = size;
    model.kinds[store] = kind;
    return store;
}

/* ------------------------------------------------------------------------
 * The input
 * ------------------------------------------------------------------------ */

static const uint8_t *input;
static size_t input_left;

static unsigned take(unsigned below)
{
    if (input_left == 0)
        return 0;
    input_left--;
    return *input++ % below;
}

/* A number around an edge, or any small one. */
static uint64_t take_number(void)
{
    unsigned how = take(8);
    uint64_t low = take(256);
    switch (how) {
    case 0:
        return 0;
    case 1:
        return fake_current()->page_size - 2 + low % 5;
    case 2:
        return low % 5 + 2 * (uint64_t)fake_current()->page_size - 2;
    case 3:
        return UINT64_MAX - low;
    case 4:
        return low << 8;
    default:
        return low;
    }
}

static section_rights take_rights(void)
{
    static const section_rights choices[] = {
        SECTION_RIGHT_READ, SECTION_RIGHT_WRITE, ALL_RIGHTS, ALL_RIGHTS, 0, 8};
    return choices[take(6)];
}

/* ------------------------------------------------------------------------
 * Judging
 * ------------------------------------------------------------------------ */

static section_rights complete(section_rights rights)
{
    if ((rights & ~(section_rights)ALL_RIGHTS) != 0)
        return 0;
    return (rights & SECTION_RIGHT_WRITE) != 0 ? ALL_RIGHTS : rights;
}

/* Whether the call did what it should, and has to be done in the model too. A
 * primitive that was made to fail explains a failure, and nothing else does. */
static bool judge(section_status actual, section_status expected)
{
    fake_failure failure = fake_failed();
    fake_fail_at(0, 0);
    if (failure.happened) {
        FAKE_CHECK(actual == failure.result.status);
        return false;
    }
    FAKE_CHECK(actual == expected);
    return actual == SECTION_OK;
}

static unsigned char *model_bytes(model_view *view)
{
    return view->access == SECTION_ACCESS_COPY
               ? view->copy
               : model.bytes[view->store] + view->real.offset;
}

static void check_view(model_view *view, size_t step)
{
    const unsigned char *real = view->real.data;
    const unsigned char *expected = model_bytes(view);
    for (size_t i = 0; i < view->real.length; i += step)
        FAKE_CHECK(real[i] == expected[i]);
    FAKE_CHECK(real[view->real.length - 1] == expected[view->real.length - 1]);
}

static void check_views(size_t step)
{
    for (unsigned i = 0; i < VIEWS; i++)
        if (model.views[i].real.data != NULL)
            check_view(&model.views[i], step);
}

/* ------------------------------------------------------------------------
 * Calls
 * ------------------------------------------------------------------------ */

static model_section *free_section(void)
{
    model_section *s = &model.sections[take(SECTIONS)];
    if (s->real != NULL || model.stores == STORES)
        return NULL;
    return s;
}

static void create_memory(void)
{
    model_section *s = free_section();
    section_options options = SECTION_OPTIONS_INIT;
    options.size = take_number();
    options.rights = take_rights();
    options.flags = take(4) == 0 ? SECTION_LAZY : 0;
    if (s == NULL)
        return;
    section_status expected = SECTION_OK;
    if (options.size == 0 || complete(options.rights) == 0)
        expected = SECTION_INVALID;
    else if (options.size > SECTION_OS_SIZE_MAX)
        expected = SECTION_NO_SPACE;
    section_status status = section_create(&s->real, &options);
    if (!judge(status, expected)) {
        FAKE_CHECK(s->real == NULL);
        return;
    }
    s->store = new_store(SECTION_KIND_MEMORY, options.size);
    s->size = options.size;
    s->rights = complete(options.rights);
    s->borrowed = false;
    s->name = -1;
}

static section_status expect_file(const section_options *o, int store)
{
    bool creates = o->disposition != SECTION_OPEN_EXISTING;
    bool writes = (complete(o->rights) & SECTION_RIGHT_WRITE) != 0;
    if (complete(o->rights) == 0 || (creates && (!writes || o->size == 0)))
        return SECTION_INVALID;
    if (o->size > SECTION_OS_SIZE_MAX)
        return SECTION_NO_SPACE;
    if (store < 0)
        return creates ? SECTION_OK : SECTION_NOT_FOUND;
    if (o->disposition == SECTION_CREATE_NEW)
        return SECTION_EXISTS;
    if (o->size == 0 && model.sizes[store] == 0)
        return SECTION_EMPTY;
    return o->size > model.sizes[store] && !writes ? SECTION_RANGE : SECTION_OK;
}

static void create_file(void)
{
    model_section *s = free_section();
    unsigned file = take(FILES);
    section_options options = SECTION_OPTIONS_INIT;
    options.path = file_names[file];
    options.disposition = (section_disposition)take(3);
    options.size = take_number();
    options.rights = take_rights();
    if (s == NULL)
        return;
    section_status expected = expect_file(&options, model.files[file]);
    section_status status = section_create(&s->real, &options);
    if (!judge(status, expected)) {
        FAKE_CHECK(s->real == NULL);
        FAKE_CHECK(fake_file_exists(file_names[file]) ==
                   (model.files[file] >= 0));
        return;
    }
    if (model.files[file] < 0)
        model.files[file] = (int)new_store(SECTION_KIND_FILE, 0);
    s->store = (unsigned)model.files[file];
    FAKE_CHECK(options.size <= STORE_SIZE);
    if (options.size > model.sizes[s->store])
        model.sizes[s->store] = options.size;
    s->size = options.size != 0 ? options.size : model.sizes[s->store];
    s->rights = complete(options.rights);
    s->borrowed = false;
    s->name = -1;
    FAKE_CHECK(fake_file_size(file_names[file]) == model.sizes[s->store]);
}

static void remove_file(void)
{
    unsigned file = take(FILES);
    if (model.files[file] < 0)
        return;
    fake_remove_file(file_names[file]);
    model.files[file] = -1;
}

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------ */

static void check_names(void)
{
    for (unsigned i = 0; i < NAMES; i++)
        FAKE_CHECK(fake_name_holders(names[i].scope, names[i].text) ==
                   model.names[i].holders);
}

/* What an initializer does. */
typedef struct filling {
    unsigned char value;
    section_status answer;
} filling;

static section_status fill(void *data, size_t length, void *context)
{
    const filling *f = context;
    const unsigned char *bytes = data;
    for (size_t i = 0; i < length; i++)
        FAKE_CHECK(bytes[i] == 0);
    memset(data, f->value, length);
    return f->answer;
}

/* What publishing says if it comes to that. */
static section_status expect_new_name(const section_options *o, unsigned name)
{
    const filling *f = o->context;
    bool early = fake_current()->names_are_taken_early;
    if (early && model.worked_on == (int)name)
        return SECTION_BUSY;
    if (early && (o->flags & SECTION_LAZY) != 0)
        return SECTION_UNSUPPORTED;
    if (early && model.names[name].store >= 0)
        return SECTION_EXISTS;
    if (o->initialize != NULL && f->answer != SECTION_OK)
        return f->answer;
    if (model.worked_on == (int)name)
        return SECTION_BUSY;
    return model.names[name].store >= 0 ? SECTION_EXISTS : SECTION_OK;
}

static section_status expect_name(const section_options *o, unsigned name)
{
    bool opens = o->disposition == SECTION_OPEN_EXISTING;
    bool has_wishes = o->size != 0 || o->flags != 0 || o->initialize != NULL;
    if (complete(o->rights) == 0 || (opens ? has_wishes : o->size == 0))
        return SECTION_INVALID;
    if (o->size > SECTION_OS_SIZE_MAX)
        return SECTION_NO_SPACE;
    if (o->disposition == SECTION_CREATE_NEW)
        return expect_new_name(o, name);
    if (model.worked_on == (int)name)
        return SECTION_BUSY;
    if (model.names[name].store >= 0)
        return SECTION_OK;
    return opens ? SECTION_NOT_FOUND : expect_new_name(o, name);
}

static void keep_name(model_section *s, const section_options *o, unsigned name)
{
    const filling *f = o->context;
    model_name *n = &model.names[name];
    if (n->store < 0) {
        n->store = (int)new_store(SECTION_KIND_MEMORY, o->size);
        if (o->initialize != NULL)
            memset(model.bytes[n->store], f->value, (size_t)o->size);
    }
    n->holders++;
    s->store = (unsigned)n->store;
    s->size = model.sizes[s->store];
    s->rights = complete(o->rights);
    s->borrowed = false;
    s->name = (int)name;
    s->lost = false;
}

static section_status make_name(section **out, const section_options *o)
{
    const section_open_options how = {sizeof(how), o->rights, o->scope,
                                      o->timeout};
    if (o->disposition == SECTION_OPEN_EXISTING && o->size == 0 &&
        o->flags == 0 && o->initialize == NULL)
        return section_open(out, o->name, &how);
    return section_create(out, o);
}

static void create_name(void)
{
    static const section_status answers[] = {SECTION_BUSY, SECTION_EXISTS,
                                             SECTION_NOT_FOUND, 99};
    model_section *s = free_section();
    unsigned name = take(NAMES);
    filling f = {(unsigned char)take(256), SECTION_OK};
    section_options options = SECTION_OPTIONS_INIT;
    options.name = names[name].text;
    options.scope = names[name].scope;
    options.disposition = (section_disposition)take(3);
    options.size = options.disposition == SECTION_OPEN_EXISTING && take(8) != 0
                       ? 0
                       : take_number();
    options.rights = take_rights();
    options.timeout = 1 + take(30);
    options.flags = take(8) == 0 ? SECTION_LAZY : 0;
    options.initialize = take(3) == 0 ? fill : NULL;
    options.context = &f;
    if (take(8) == 0)
        f.answer = answers[take(4)];
    if (s == NULL)
        return;
    section_status expected = expect_name(&options, name);
    section_status status = make_name(&s->real, &options);
    if (judge(status, expected))
        keep_name(s, &options, name);
    else
        FAKE_CHECK(s->real == NULL);
    check_names();
}

static void lose_name(void)
{
    unsigned name = take(NAMES);
    if (model.names[name].store < 0 || take(4) != 0)
        return;
    fake_lose_name(names[name].scope, names[name].text);
    model.names[name] = (model_name){-1, 0};
    for (unsigned i = 0; i < SECTIONS; i++)
        if (model.sections[i].real != NULL &&
            model.sections[i].name == (int)name)
            model.sections[i].lost = true;
}

static void work_on_name(void)
{
    unsigned name = take(2 * NAMES);
    model.worked_on = name < NAMES ? (int)name : -1;
    fake_work_on_name(name < NAMES ? names[name].scope : 0,
                      name < NAMES ? names[name].text : "");
}

typedef struct walk {
    section_scope scope;
    unsigned left; /* visits */
    bool told[NAMES];
} walk;

static int32_t visit(const section_entry *entry, void *context)
{
    walk *w = context;
    unsigned i = 0;
    while (i < NAMES && (names[i].scope != w->scope ||
                         strcmp(names[i].text, entry->name) != 0))
        i++;
    FAKE_CHECK(i < NAMES && entry->scope == w->scope);
    FAKE_CHECK(model.names[i].store >= 0 && !w->told[i] && w->left > 0);
    w->told[i] = true;
    return --w->left == 0;
}

static void enumerate(void)
{
    walk w = {(section_scope)take(3), 1 + take(NAMES + 1), {false}};
    section_status expected =
        w.scope > SECTION_SCOPE_MACHINE ? SECTION_INVALID : SECTION_OK;
    if (!judge(section_enumerate(w.scope, visit, &w), expected))
        return;
    for (unsigned i = 0; i < NAMES; i++)
        FAKE_CHECK(w.left == 0 || names[i].scope != w.scope ||
                   w.told[i] == (model.names[i].store >= 0));
}

static void sweep(void)
{
    uint64_t swept = 77;
    section_scope scope = (section_scope)take(3);
    section_status expected =
        scope > SECTION_SCOPE_MACHINE ? SECTION_INVALID : SECTION_OK;
    (void)judge(section_sweep(&swept, scope), expected);
    FAKE_CHECK(swept == 0);
}

/* ------------------------------------------------------------------------
 * More calls
 * ------------------------------------------------------------------------ */

static void duplicate(void)
{
    model_section *s = free_section();
    model_section *from = &model.sections[take(SECTIONS)];
    section_rights rights = take_rights();
    if (s == NULL)
        return;
    section_status expected = SECTION_OK;
    if (from->real == NULL || complete(rights) == 0)
        expected = SECTION_INVALID;
    else if ((complete(rights) & ~from->rights) != 0)
        expected = SECTION_ACCESS;
    section_status status = section_duplicate(&s->real, from->real, rights);
    if (!judge(status, expected)) {
        FAKE_CHECK(s->real == NULL);
        return;
    }
    section *real = s->real;
    *s = *from;
    s->real = real;
    s->rights = complete(rights);
    if (s->name >= 0 && !s->lost)
        model.names[s->name].holders++;
    if (s->borrowed)
        model.natives[s->native].borrowers++;
}

/* A borrowed handle has to stay open until the views are gone too, so its
 * borrowers are never counted down. */
static void close_section(model_section *s)
{
    if (s->real != NULL && s->name >= 0 && !s->lost &&
        --model.names[s->name].holders == 0)
        model.names[s->name].store = -1;
    section_close(s->real);
    memset(s, 0, sizeof(*s));
    check_names();
}

static section_status expect_map(const model_section *s, uint64_t offset,
                                 size_t length, section_access access)
{
    if (s->real == NULL || access < SECTION_ACCESS_READ ||
        access > SECTION_ACCESS_COPY)
        return SECTION_INVALID;
    if (access == SECTION_ACCESS_READ_WRITE &&
        (s->rights & SECTION_RIGHT_WRITE) == 0)
        return SECTION_ACCESS;
    if (offset >= s->size || length > s->size - offset)
        return SECTION_RANGE;
    return SECTION_OK;
}

/* Judge what a map gave, and have it in the model too. */
static bool keep_view(model_view *view, const model_section *s,
                      section_status status, section_status expected,
                      uint64_t offset, size_t length, section_access access)
{
    if (!judge(status, expected)) {
        static const section_view none;
        FAKE_CHECK(memcmp(&view->real, &none, sizeof(none)) == 0);
        return false;
    }
    view->store = s->store;
    view->access = access;
    FAKE_CHECK(view->real.offset == offset);
    FAKE_CHECK(view->real.length == (length != 0 ? length : s->size - offset));
    memcpy(view->copy, model.bytes[s->store] + offset, view->real.length);
    check_view(view, 1);
    return true;
}

static void map(void)
{
    model_view *view = &model.views[take(VIEWS)];
    const model_section *s = &model.sections[take(SECTIONS)];
    uint64_t offset = take_number();
    size_t length = (size_t)take_number();
    section_access access = SECTION_ACCESS_NONE + (section_access)take(5);
    if (view->real.data != NULL)
        return;
    section_status expected = expect_map(s, offset, length, access);
    section_status status =
        section_map(&view->real, s->real, offset, length, access);
    (void)keep_view(view, s, status, expected, offset, length, access);
}

/* A view that has this section's bytes, or NULL. */
static const model_view *find_view(const model_section *s)
{
    for (unsigned i = 0; i < VIEWS; i++)
        if (model.views[i].real.data != NULL &&
            model.views[i].store == s->store)
            return &model.views[i];
    return NULL;
}

/* An address for a byte of a section: where a view says that it is, near there,
 * in the first granule, or any number. */
static uintptr_t take_address(const model_section *s, uint64_t offset)
{
    const model_view *view = find_view(s);
    size_t granule = fake_current()->granularity;
    unsigned how = take(8);
    if (how == 0)
        return (uintptr_t)take_number();
    if (how == 1 || s->real == NULL || view == NULL)
        return (uintptr_t)(offset % granule);
    uintptr_t start = (uintptr_t)view->real.data - (size_t)view->real.offset;
    return start + (size_t)offset + (how == 2 ? granule : 0);
}

/* Refused before the platform is asked, or SECTION_OK. */
static section_status expect_map_at(const model_section *s, uint64_t offset,
                                    size_t length, section_access access,
                                    uintptr_t address)
{
    size_t granule = fake_current()->granularity;
    if (s->real == NULL || address == 0 || access < SECTION_ACCESS_READ ||
        access > SECTION_ACCESS_COPY || address % granule != offset % granule)
        return SECTION_INVALID;
    section_status status = expect_map(s, offset, length, access);
    return status == SECTION_OK && address < granule ? SECTION_ADDRESS : status;
}

/* Beyond what lib/ refuses, only the platform knows which addresses are free:
 * the view is exactly there or is none. */
static void map_at(void)
{
    model_view *view = &model.views[take(VIEWS)];
    const model_section *s = &model.sections[take(SECTIONS)];
    for (unsigned i = 0; i < SECTIONS && s->real == NULL; i++)
        s = &model.sections[i];
    uint64_t offset = take_number();
    size_t length = (size_t)take_number();
    section_access access = SECTION_ACCESS_NONE + (section_access)take(5);
    uintptr_t address = take_address(s, offset);
    if (view->real.data != NULL)
        return;
    section_status expected = expect_map_at(s, offset, length, access, address);
    section_status status = section_map_at(&view->real, s->real, offset, length,
                                           access, (void *)address);
    if (expected == SECTION_OK && status == SECTION_ADDRESS)
        expected = SECTION_ADDRESS;
    if (keep_view(view, s, status, expected, offset, length, access))
        FAKE_CHECK((uintptr_t)view->real.data == address);
}

static void unmap(void)
{
    model_view *view = &model.views[take(VIEWS)];
    section_view before = view->real;
    section_status status = section_unmap(&view->real);
    if (!judge(status, SECTION_OK))
        FAKE_CHECK(memcmp(&view->real, &before, sizeof(before)) == 0);
    else
        FAKE_CHECK(view->real.data == NULL && view->real.length == 0);
}

static void write_byte(void)
{
    model_view *view = &model.views[take(VIEWS)];
    size_t at = (size_t)take_number();
    unsigned char value = (unsigned char)take(256);
    if (view->real.data == NULL || view->access == SECTION_ACCESS_READ)
        return;
    at %= view->real.length;
    ((unsigned char *)view->real.data)[at] = value;
    model_bytes(view)[at] = value;
    check_views(997);
}

/* Whether `place` bytes into the view is where a page begins. */
static bool is_page_edge(const model_view *view, size_t place)
{
    return (view->real.offset + place) % fake_current()->page_size == 0;
}

static void protect(void)
{
    model_view *view = &model.views[take(VIEWS)];
    size_t offset = (size_t)take_number();
    size_t length = (size_t)take_number();
    section_access access = SECTION_ACCESS_NONE + (section_access)take(5);
    size_t whole = view->real.length;
    section_status expected = SECTION_OK;
    if (view->real.data == NULL || access > SECTION_ACCESS_COPY)
        expected = SECTION_INVALID;
    else if (access > SECTION_ACCESS_READ && access != view->access)
        expected = SECTION_ACCESS;
    else if (offset >= whole || length > whole - offset)
        expected = SECTION_RANGE;
    else if (offset != 0 && !is_page_edge(view, offset))
        expected = SECTION_INVALID;
    else if (length != 0 && offset + length != whole &&
             !is_page_edge(view, offset + length))
        expected = SECTION_INVALID;
    (void)judge(section_view_protect(&view->real, offset, length, access),
                expected);
}

static void get_info(void)
{
    const model_section *s = &model.sections[take(SECTIONS)];
    section_info info = {.struct_size = sizeof(info)};
    fake_fail_at(0, 0);
    section_status status = section_get_info(&info, s->real);
    if (!judge(status, s->real != NULL ? SECTION_OK : SECTION_INVALID))
        return;
    FAKE_CHECK(info.size == s->size && info.rights == s->rights);
    FAKE_CHECK(info.kind == model.kinds[s->store]);
    FAKE_CHECK(((info.flags & SECTION_INFO_BORROWED) != 0) == s->borrowed);
    bool lost = s->name >= 0 && s->lost;
    FAKE_CHECK(((info.flags & SECTION_INFO_NAME_LOST) != 0) == lost);
    FAKE_CHECK(strcmp(info.name, s->name < 0 ? "" : names[s->name].text) == 0);
    FAKE_CHECK(info.scope == (s->name < 0 ? 0 : names[s->name].scope));
    FAKE_CHECK(info.reserve == s->size);
}

static void duplicate_native(void)
{
    model_native *native = &model.natives[take(NATIVES)];
    const model_section *from = &model.sections[take(SECTIONS)];
    section_rights rights = take_rights();
    if (native->real != -1)
        return;
    section_status expected = SECTION_OK;
    if (from->real == NULL || complete(rights) == 0)
        expected = SECTION_INVALID;
    else if ((complete(rights) & ~from->rights) != 0)
        expected = SECTION_ACCESS;
    else if (from->borrowed)
        expected = SECTION_UNSUPPORTED;
    section_status status =
        section_duplicate_native(&native->real, from->real, rights);
    if (!judge(status, expected)) {
        FAKE_CHECK(native->real == -1);
        return;
    }
    native->store = from->store;
    native->rights = complete(rights);
    native->borrowers = 0;
}

static void wrap(void)
{
    model_section *s = free_section();
    unsigned index = take(NATIVES);
    model_native *native = &model.natives[index];
    section_rights rights = take_rights();
    section_ownership ownership = (section_ownership)take(4);
    if (s == NULL || (ownership == SECTION_NATIVE_OWNED && native->borrowers))
        return;
    section_status expected = SECTION_OK;
    if (native->real == -1 || complete(rights) == 0 ||
        (ownership != SECTION_NATIVE_OWNED &&
         ownership != SECTION_NATIVE_BORROWED))
        expected = SECTION_INVALID;
    else if ((complete(rights) & ~native->rights) != 0)
        expected = SECTION_ACCESS;
    section_status status =
        section_wrap(&s->real, native->real, rights, ownership);
    if (!judge(status, expected)) {
        FAKE_CHECK(s->real == NULL);
        FAKE_CHECK(native->real == -1 || fake_is_open(native->real));
        return;
    }
    s->store = native->store;
    s->size = model.sizes[native->store]; /* as it is now, exact */
    s->rights = complete(rights);
    s->borrowed = ownership == SECTION_NATIVE_BORROWED;
    s->native = index;
    s->name = -1;
    if (s->borrowed)
        native->borrowers++;
    else
        native->real = -1;
}

static void arm(void)
{
    fake_fail_at(1 + take(4), take(FAKE_VARIANTS));
}

static void close_one(void)
{
    close_section(&model.sections[take(SECTIONS)]);
}

/* ------------------------------------------------------------------------
 * One input
 * ------------------------------------------------------------------------ */

static void begin(void)
{
    fake_start(&fake_systems[take((unsigned)fake_systems_count)]);
    model.stores = 0;
    memset(model.sections, 0, sizeof(model.sections));
    for (unsigned i = 0; i < VIEWS; i++)
        memset(&model.views[i].real, 0, sizeof(section_view));
    for (unsigned i = 0; i < NATIVES; i++)
        model.natives[i] = (model_native){.real = -1};
    for (unsigned i = 0; i < FILES; i++)
        model.files[i] = -1;
    for (unsigned i = 0; i < NAMES; i++)
        model.names[i] = (model_name){-1, 0};
    model.worked_on = -1;
}

/* Give everything back; then nothing may be left. */
static void end(void)
{
    fake_fail_at(0, 0);
    check_views(1);
    for (unsigned i = 0; i < SECTIONS; i++)
        close_section(&model.sections[i]);
    check_views(101);
    for (unsigned i = 0; i < VIEWS; i++)
        FAKE_CHECK(section_unmap(&model.views[i].real) == SECTION_OK);
    for (unsigned i = 0; i < NATIVES; i++)
        if (model.natives[i].real != -1)
            fake_close(model.natives[i].real);
    fake_census left = fake_count();
    FAKE_CHECK(left.handles == 0 && left.readers == 0 && left.views == 0);
    FAKE_CHECK(left.names == 0 && left.walks == 0);
    FAKE_CHECK(left.heap_blocks == 0 && left.stores == left.files);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const calls[])(void) = {
        create_memory,    create_file, create_memory, create_file, duplicate,
        close_one,        map,         map,           map,         unmap,
        write_byte,       write_byte,  protect,       get_info,    wrap,
        duplicate_native, remove_file, arm,           map_at,      map_at,
        create_name,      create_name, create_name,   create_name, lose_name,
        work_on_name,     enumerate,   sweep};
    input = data;
    input_left = size;
    begin();
    while (input_left > 0)
        calls[take(sizeof(calls) / sizeof(calls[0]))]();
    end();
    return 0;
}
