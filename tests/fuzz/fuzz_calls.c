/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: any series of calls, over the fake platform, against a model
 * that knows sections as arrays of bytes and nothing of pages, handles or
 * trailers. The fake checks what lib/ asks of a platform meanwhile.
 *
 * The first byte chooses the system; then each call takes a byte for what it
 * is, and some for its arguments. Where the input ends, zeros follow.
 */
#include "arithmetic.h"
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
#define FLUSHES    48

#define ALL_RIGHTS (SECTION_RIGHT_READ | SECTION_RIGHT_WRITE)
#define MAY_EXTEND (ALL_RIGHTS | SECTION_RIGHT_EXTEND)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ------------------------------------------------------------------------
 * The model
 * ------------------------------------------------------------------------ */

typedef struct model_section {
    section *real; /* NULL: free */
    unsigned store;
    uint64_t size;    /* if it does not grow */
    uint64_t reserve; /* more than `size` if it does */
    section_rights rights;
    unsigned flushes; /* what it knows of flushing, with its duplicates */
    bool borrowed;
    unsigned native; /* index, where borrowed */
    int name;        /* index, or -1 for none */
    bool lost;       /* the name */
} model_section;

typedef struct model_view {
    section_view real; /* all zero: free */
    unsigned store;
    section_access access;
    unsigned flushes;
    size_t known;                   /* bytes of a copy that were there then */
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
    uint64_t reserves[STORES]; /* of memory that grows, else 0 */
    section_kind kinds[STORES];
    model_section sections[SECTIONS];
    model_view views[VIEWS];
    model_native natives[NATIVES];
    int files[FILES]; /* store, or -1 for no such file */
    model_name names[NAMES];
    int worked_on; /* the name that is, or -1 */
    unsigned flushes;
    section_status lost[FLUSHES]; /* why a flush failed that matters, or OK */
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
    model.reserves[store] = 0;
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
        SECTION_RIGHT_READ,   SECTION_RIGHT_WRITE, ALL_RIGHTS, MAY_EXTEND,
        SECTION_RIGHT_EXTEND, MAY_EXTEND,          0,          0x10};
    return choices[take(8)];
}

/* None, any number, or one that fits. */
static uint64_t take_reserve(uint64_t size)
{
    unsigned how = take(4);
    if (how == 0)
        return 0;
    if (how == 1 || size > STORE_SIZE / 2)
        return take_number();
    return size + ((uint64_t)take(256) << (how == 2 ? 0 : 8));
}

/* ------------------------------------------------------------------------
 * Judging
 * ------------------------------------------------------------------------ */

static section_rights complete(section_rights rights)
{
    if ((rights & ~(section_rights)MAY_EXTEND) != 0)
        return 0;
    if ((rights & SECTION_RIGHT_EXTEND) != 0)
        return MAY_EXTEND;
    return (rights & SECTION_RIGHT_WRITE) != 0 ? ALL_RIGHTS : rights;
}

static bool grows(const model_section *s)
{
    return s->reserve > s->size;
}

/* Bytes that a section has now. */
static uint64_t size_now(const model_section *s)
{
    uint64_t size = model.sizes[s->store];
    if (!grows(s))
        return s->size;
    return size < s->reserve ? size : s->reserve;
}

/* Bytes of a view, from its start, that are in the section now; and those whose
 * pages are there, which can be touched. */
static size_t bytes_there(const model_view *view, uint64_t size)
{
    uint64_t there = size > view->real.offset ? size - view->real.offset : 0;
    return there < view->real.length ? (size_t)there : view->real.length;
}

static size_t known_bytes(const model_view *view)
{
    return view->access == SECTION_ACCESS_COPY
               ? view->known
               : bytes_there(view, model.sizes[view->store]);
}

static size_t touchable_bytes(const model_view *view)
{
    return bytes_there(view, section__round_up(model.sizes[view->store],
                                               fake_current()->page_size));
}

/* What a wish for growth comes to that is refused by rule. */
static section_status expect_growth(const section_options *o)
{
    if (o->reserve == 0 || o->reserve == o->size)
        return SECTION_OK;
    if (o->reserve < o->size)
        return SECTION_INVALID;
    return o->path == NULL && fake_current()->memory_cannot_grow
               ? SECTION_UNSUPPORTED
               : SECTION_OK;
}

/* What is more than any section can have. */
static section_status expect_sizes(const section_options *o)
{
    return o->size > SECTION_OS_SIZE_MAX || o->reserve > SECTION_OS_SIZE_MAX
               ? SECTION_NO_SPACE
               : SECTION_OK;
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
    size_t known = known_bytes(view);
    for (size_t i = 0; i < known; i += step)
        FAKE_CHECK(real[i] == expected[i]);
    FAKE_CHECK(known == 0 || real[known - 1] == expected[known - 1]);
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
    if (s->real != NULL || model.stores == STORES || model.flushes == FLUSHES)
        return NULL;
    return s;
}

/* What all sections have that are made. */
static void keep_section(model_section *s, unsigned store,
                         const section_options *o)
{
    s->store = store;
    s->rights = complete(o->rights);
    s->borrowed = false;
    s->name = -1;
    s->flushes = model.flushes;
    model.lost[model.flushes++] = SECTION_OK;
}

/* Memory of the options has been made. */
static unsigned new_memory(const section_options *o)
{
    unsigned store = new_store(SECTION_KIND_MEMORY, o->size);
    FAKE_CHECK(o->reserve <= STORE_SIZE);
    if (o->reserve > o->size)
        model.reserves[store] = o->reserve;
    return store;
}

/* The sizes of a handle of memory as it is now. */
static void keep_memory_sizes(model_section *s)
{
    s->size = s->reserve = model.sizes[s->store];
    if (model.reserves[s->store] > s->reserve)
        s->reserve = model.reserves[s->store];
}

static void create_memory(void)
{
    model_section *s = free_section();
    section_options options = SECTION_OPTIONS_INIT;
    options.size = take_number();
    options.rights = take_rights();
    options.flags = take(4) == 0 ? SECTION_LAZY : 0;
    options.reserve = take_reserve(options.size);
    if (s == NULL)
        return;
    section_status expected = expect_growth(&options);
    if (options.size == 0 || complete(options.rights) == 0)
        expected = SECTION_INVALID;
    else if (expected == SECTION_OK)
        expected = expect_sizes(&options);
    section_status status = section_create(&s->real, &options);
    if (!judge(status, expected)) {
        FAKE_CHECK(s->real == NULL);
        return;
    }
    keep_section(s, new_memory(&options), &options);
    keep_memory_sizes(s);
}

/* The size that a section of a file of `there` bytes has. */
static uint64_t file_section_size(const section_options *o, uint64_t there)
{
    uint64_t size = o->size != 0 ? o->size : there;
    if (o->reserve == 0)
        return size;
    if (size < there)
        size = there;
    return size < o->reserve ? size : o->reserve;
}

static section_status expect_file(const section_options *o, int store)
{
    bool creates = o->disposition != SECTION_OPEN_EXISTING;
    bool writes = (complete(o->rights) & SECTION_RIGHT_WRITE) != 0;
    if (complete(o->rights) == 0 || (creates && (!writes || o->size == 0)))
        return SECTION_INVALID;
    if (expect_growth(o) != SECTION_OK)
        return expect_growth(o);
    if (expect_sizes(o) != SECTION_OK)
        return SECTION_NO_SPACE;
    if (store < 0 && !creates)
        return SECTION_NOT_FOUND;
    if (store >= 0 && o->disposition == SECTION_CREATE_NEW)
        return SECTION_EXISTS;
    uint64_t there = store < 0 ? 0 : model.sizes[store];
    uint64_t size = file_section_size(o, there);
    if (size == 0)
        return SECTION_EMPTY;
    if (size > there && !writes)
        return SECTION_RANGE;
    return o->reserve > size && fake_current()->files_cannot_grow
               ? SECTION_UNSUPPORTED
               : SECTION_OK;
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
    options.reserve = take_reserve(options.size);
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
    keep_section(s, (unsigned)model.files[file], &options);
    s->size = file_section_size(&options, model.sizes[s->store]);
    FAKE_CHECK(s->size <= STORE_SIZE && options.reserve <= STORE_SIZE);
    s->reserve = options.reserve > s->size ? options.reserve : s->size;
    if (s->size > model.sizes[s->store])
        model.sizes[s->store] = s->size;
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

static void grow_file(void)
{
    unsigned file = take(FILES);
    uint64_t size = take_number();
    if (model.files[file] < 0 || size > STORE_SIZE ||
        size <= model.sizes[model.files[file]])
        return;
    fake_grow_file(file_names[file], size);
    model.sizes[model.files[file]] = size;
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
    bool has_wishes = o->size != 0 || o->flags != 0 || o->reserve != 0 ||
                      o->initialize != NULL;
    if (complete(o->rights) == 0 || (opens ? has_wishes : o->size == 0))
        return SECTION_INVALID;
    if (expect_growth(o) != SECTION_OK)
        return expect_growth(o);
    if (expect_sizes(o) != SECTION_OK)
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
        n->store = (int)new_memory(o);
        if (o->initialize != NULL)
            memset(model.bytes[n->store], f->value, (size_t)o->size);
    }
    n->holders++;
    keep_section(s, (unsigned)n->store, o);
    keep_memory_sizes(s);
    s->name = (int)name;
    s->lost = false;
}

static section_status make_name(section **out, const section_options *o)
{
    const section_open_options how = {sizeof(how), o->rights, o->scope,
                                      o->timeout};
    if (o->disposition == SECTION_OPEN_EXISTING && o->size == 0 &&
        o->reserve == 0 && o->flags == 0 && o->initialize == NULL)
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
    options.reserve =
        options.size == 0 && take(8) != 0 ? 0 : take_reserve(options.size);
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

/* Any section, nearly always one that is there; the same for views. */
static model_section *take_section(void)
{
    unsigned first = take(SECTIONS);
    bool is_any = take(16) == 0;
    for (unsigned i = 0; i < SECTIONS && !is_any; i++)
        if (model.sections[(first + i) % SECTIONS].real != NULL)
            return &model.sections[(first + i) % SECTIONS];
    return &model.sections[first];
}

static model_view *take_view(void)
{
    unsigned first = take(VIEWS);
    bool is_any = take(16) == 0;
    for (unsigned i = 0; i < VIEWS && !is_any; i++)
        if (model.views[(first + i) % VIEWS].real.data != NULL)
            return &model.views[(first + i) % VIEWS];
    return &model.views[first];
}

/* Bytes of what is `whole` long, nearly always some that there are. */
static void take_bytes(uint64_t *offset, size_t *length, uint64_t whole)
{
    *offset = take_number();
    *length = (size_t)take_number();
    if (whole == 0 || take(8) == 0)
        return;
    *offset %= whole;
    if (take(2) == 0)
        *length = (size_t)(*length % (whole - *offset));
}

static void take_view_bytes(size_t *offset, size_t *length,
                            const model_view *view)
{
    uint64_t first;
    take_bytes(&first, length, view->real.length);
    *offset = (size_t)first;
}

static void duplicate(void)
{
    model_section *s = free_section();
    model_section *from = take_section();
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
    uint64_t end = length == 0 ? size_now(s) : s->reserve;
    if (offset >= end || length > end - offset)
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
    FAKE_CHECK(view->real.length ==
               (length != 0 ? length : size_now(s) - offset));
    view->flushes = s->flushes;
    view->known = bytes_there(view, model.sizes[view->store]);
    memcpy(view->copy, model.bytes[s->store] + offset, view->real.length);
    check_view(view, 1);
    return true;
}

static void map(void)
{
    model_view *view = &model.views[take(VIEWS)];
    const model_section *s = take_section();
    uint64_t offset;
    size_t length;
    take_bytes(&offset, &length, s->real != NULL ? s->reserve : 0);
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
    const model_section *s = take_section();
    uint64_t offset;
    size_t length;
    take_bytes(&offset, &length, s->real != NULL ? s->reserve : 0);
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

/* Also behind the end of a section, in its last page: nobody is told of that,
 * and nothing comes of it. */
static void write_byte(void)
{
    model_view *view = take_view();
    size_t at = (size_t)take_number();
    unsigned char value = (unsigned char)take(256);
    size_t touchable = touchable_bytes(view);
    if (view->real.data == NULL || view->access == SECTION_ACCESS_READ ||
        touchable == 0)
        return;
    at %= touchable;
    ((unsigned char *)view->real.data)[at] = value;
    if (at < known_bytes(view))
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
    model_view *view = take_view();
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
    const model_section *s = take_section();
    section_info info = {.struct_size = sizeof(info)};
    fake_fail_at(0, 0);
    section_status status = section_get_info(&info, s->real);
    if (!judge(status, s->real != NULL ? SECTION_OK : SECTION_INVALID))
        return;
    FAKE_CHECK(info.size == size_now(s) && info.rights == s->rights);
    FAKE_CHECK(info.kind == model.kinds[s->store]);
    FAKE_CHECK(((info.flags & SECTION_INFO_BORROWED) != 0) == s->borrowed);
    bool lost = s->name >= 0 && s->lost;
    FAKE_CHECK(((info.flags & SECTION_INFO_NAME_LOST) != 0) == lost);
    FAKE_CHECK(strcmp(info.name, s->name < 0 ? "" : names[s->name].text) == 0);
    FAKE_CHECK(info.scope == (s->name < 0 ? 0 : names[s->name].scope));
    FAKE_CHECK(info.reserve == s->reserve);
}

static void duplicate_native(void)
{
    model_native *native = &model.natives[take(NATIVES)];
    const model_section *from = take_section();
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
    else if ((complete(rights) & ~native->rights & ALL_RIGHTS) != 0)
        expected = SECTION_ACCESS;
    section_status status =
        section_wrap(&s->real, native->real, rights, ownership);
    if (!judge(status, expected)) {
        FAKE_CHECK(s->real == NULL);
        FAKE_CHECK(native->real == -1 || fake_is_open(native->real));
        return;
    }
    const section_options options = {.rights = rights};
    keep_section(s, native->store, &options);
    /* As it is now, exact. That it grows is known where it tells so itself. */
    keep_memory_sizes(s);
    if (!fake_current()->memory_sizes_are_rounded)
        s->reserve = s->size;
    s->borrowed = ownership == SECTION_NATIVE_BORROWED;
    s->native = index;
    if (s->borrowed)
        native->borrowers++;
    else
        native->real = -1;
}

/* ------------------------------------------------------------------------
 * Growth and flushing
 * ------------------------------------------------------------------------ */

static void extend(void)
{
    model_section *s = take_section();
    uint64_t size = take_number();
    if (take(2) == 0 && s->real != NULL)
        size = s->reserve - size % s->reserve;
    section_status expected = SECTION_OK;
    if (s->real == NULL || size == 0)
        expected = SECTION_INVALID;
    else if ((s->rights & SECTION_RIGHT_EXTEND) == 0)
        expected = SECTION_ACCESS;
    else if (size > s->reserve)
        expected = SECTION_RANGE;
    if (judge(section_extend(s->real, size), expected) &&
        size > model.sizes[s->store])
        model.sizes[s->store] = size;
    check_views(499);
}

static bool is_level(section_flush_level level)
{
    return level >= SECTION_FLUSH_START && level <= SECTION_FLUSH_DURABLE;
}

/* Judge a flush of a file; what has lost bytes is remembered. */
static void judge_flush(section_status actual, section_status expected,
                        unsigned flushes)
{
    bool has_failed = fake_failed().happened;
    (void)judge(actual, expected);
    if (has_failed && actual != SECTION_UNSUPPORTED &&
        actual != SECTION_ACCESS && actual != SECTION_LIMIT)
        model.lost[flushes] = actual;
}

static void flush(void)
{
    const model_section *s = take_section();
    section_flush_level level = (section_flush_level)take(6);
    section_status expected = SECTION_OK;
    if (s->real == NULL || !is_level(level))
        expected = SECTION_INVALID;
    else if ((s->rights & SECTION_RIGHT_WRITE) == 0)
        expected = SECTION_ACCESS;
    else if (model.kinds[s->store] == SECTION_KIND_FILE)
        expected = model.lost[s->flushes];
    judge_flush(section_flush(s->real, level), expected, s->flushes);
}

/* What a call about bytes of a view comes to that are not in it. */
static section_status expect_bytes(const model_view *view, size_t offset,
                                   size_t length)
{
    size_t whole = view->real.length;
    if (view->real.data == NULL)
        return SECTION_INVALID;
    return offset >= whole || length > whole - offset ? SECTION_RANGE
                                                      : SECTION_OK;
}

static void flush_view(void)
{
    const model_view *view = take_view();
    size_t offset, length;
    take_view_bytes(&offset, &length, view);
    section_flush_level level = (section_flush_level)take(6);
    section_status expected = expect_bytes(view, offset, length);
    if (!is_level(level))
        expected = SECTION_INVALID;
    else if (expected == SECTION_OK &&
             view->access != SECTION_ACCESS_READ_WRITE)
        expected = SECTION_ACCESS;
    else if (expected == SECTION_OK &&
             model.kinds[view->store] == SECTION_KIND_FILE)
        expected = model.lost[view->flushes];
    judge_flush(section_view_flush(&view->real, offset, length, level),
                expected, view->flushes);
}

/* ------------------------------------------------------------------------
 * Guards
 * ------------------------------------------------------------------------ */

/* Copy out or in. Bytes of pages that are not there are a fault, and what comes
 * before them is copied. */
static void copy(void)
{
    static unsigned char bytes[STORE_SIZE];
    model_view *view = take_view();
    bool writes = take(2) == 0;
    size_t offset, length;
    take_view_bytes(&offset, &length, view);
    length = 1 + length % STORE_SIZE;
    section_status expected = expect_bytes(view, offset, length);
    size_t good = length, done = 77;
    if (expected == SECTION_OK && writes && view->access == SECTION_ACCESS_READ)
        expected = SECTION_ACCESS;
    if (expected == SECTION_OK && offset + length > touchable_bytes(view)) {
        size_t there = touchable_bytes(view);
        expected = SECTION_FAULT;
        good = there > offset ? there - offset : 0;
        fake_fail_at(0, 0); /* or it may fail after the fault */
    }
    memset(bytes, (int)take(256), length);
    section_status status =
        writes ? section_view_write(&view->real, offset, bytes, length, &done)
               : section_view_read(&view->real, offset, bytes, length, &done);
    if (!judge(status, expected) && status != SECTION_FAULT) {
        FAKE_CHECK(done == 0);
        return;
    }
    FAKE_CHECK(done == good);
    size_t known = known_bytes(view);
    for (size_t i = 0; i < done && offset + i < known; i++) {
        if (writes)
            model_bytes(view)[offset + i] = bytes[i];
        FAKE_CHECK(model_bytes(view)[offset + i] == bytes[i]);
    }
}

static section_status touch(void *context)
{
    fake_touch(context);
    return 4321;
}

static void guard(void)
{
    const model_view *view = take_view();
    size_t at = (size_t)take_number();
    section_fault fault = {NULL, 0};
    if (view->real.data == NULL)
        return;
    at %= view->real.length;
    unsigned char *address = (unsigned char *)view->real.data + at;
    bool is_there = at < touchable_bytes(view);
    (void)judge(section_guard(&view->real, touch, address, &fault),
                is_there ? 4321 : SECTION_FAULT);
    FAKE_CHECK(fault.address == NULL ||
               (fault.address == address && !is_there &&
                fault.offset == view->real.offset + at));
}

/* ------------------------------------------------------------------------
 * In advance
 * ------------------------------------------------------------------------ */

static void prefetch(void)
{
    const model_view *view = take_view();
    size_t offset, length;
    take_view_bytes(&offset, &length, view);
    section_prefetch how = (section_prefetch)take(5);
    section_status expected = expect_bytes(view, offset, length);
    size_t end = length != 0 ? offset + length : view->real.length;
    if (how < SECTION_PREFETCH_START || how > SECTION_PREFETCH_WRITE)
        expected = SECTION_INVALID;
    else if (expected == SECTION_OK && how == SECTION_PREFETCH_WRITE &&
             view->access == SECTION_ACCESS_READ)
        expected = SECTION_ACCESS;
    else if (expected == SECTION_OK && how == SECTION_PREFETCH_START)
        expected = fake_current()->views_are_left_alone ? SECTION_UNSUPPORTED
                                                        : SECTION_OK;
    else if (expected == SECTION_OK && end > touchable_bytes(view))
        expected = SECTION_FAULT;
    (void)judge(section_view_prefetch(&view->real, offset, length, how),
                expected);
    check_views(997);
}

static void prepare(void)
{
    const model_view *view = take_view();
    size_t offset, length;
    take_view_bytes(&offset, &length, view);
    section_advice advice = (section_advice)take(5);
    section_status expected = expect_bytes(view, offset, length);
    bool helps = !fake_current()->views_are_left_alone;
    section_status status;
    unsigned call = take(3);
    if (call == 0)
        status = section_view_lock(&view->real, offset, length);
    else if (call == 1)
        status = section_view_unlock(&view->real, offset, length);
    else
        status = section_view_advise(&view->real, offset, length, advice);
    if (call == 2 &&
        (advice < SECTION_ADVICE_NORMAL || advice > SECTION_ADVICE_RANDOM))
        expected = SECTION_INVALID;
    else if (expected == SECTION_OK && !helps &&
             (call != 2 || advice != SECTION_ADVICE_NORMAL))
        expected = SECTION_UNSUPPORTED;
    (void)judge(status, expected);
}

/* A discard that fails may have made some bytes zero: none does here. */
static void discard(void)
{
    model_view *view = take_view();
    size_t offset, length;
    take_view_bytes(&offset, &length, view);
    section_status expected = expect_bytes(view, offset, length);
    size_t end = length != 0 ? offset + length : view->real.length;
    if (expected == SECTION_OK && view->access != SECTION_ACCESS_READ_WRITE)
        expected = SECTION_ACCESS;
    if (expected == SECTION_OK && end > touchable_bytes(view))
        return;
    fake_fail_at(0, 0);
    if (judge(section_view_discard(&view->real, offset, length), expected))
        memset(model_bytes(view) + offset, 0, end - offset);
    check_views(499);
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
    model.flushes = 0;
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
    FAKE_CHECK(left.names == 0 && left.walks == 0 && left.extensions == 0);
    FAKE_CHECK(left.heap_blocks == 0 && left.stores == left.files);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const calls[])(void) = {
        create_memory, create_file,  create_memory, create_file,
        duplicate,     close_one,    map,           map,
        map,           unmap,        write_byte,    write_byte,
        protect,       get_info,     wrap,          duplicate_native,
        remove_file,   arm,          map_at,        map_at,
        create_name,   create_name,  create_name,   create_name,
        lose_name,     work_on_name, enumerate,     sweep,
        extend,        extend,       extend,        flush,
        flush_view,    copy,         copy,          guard,
        prefetch,      prepare,      discard,       grow_file};
    input = data;
    input_left = size;
    begin();
    while (input_left > 0)
        calls[take(sizeof(calls) / sizeof(calls[0]))]();
    end();
    return 0;
}
