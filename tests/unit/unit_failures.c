/* SPDX-License-Identifier: MIT */
/*
 * Every primitive failing, one after the other, in every call of the API: the
 * call says so, leaves nothing, changes nothing, and can be made again.
 *
 * A scenario is one call. It is made with the first primitive failing, then the
 * second, until it succeeds because no more are left; each time on a fresh
 * system, and once for every way the primitive can fail.
 */
#include "unit.h"

#include <section/transfer.h>

#include <string.h>

#define NO_OFFER ((section_offer *)(uintptr_t)0x5a5a)

/* What a scenario works on, and what it gets. */
typedef struct stage {
    section *source;          /* the section the call is about */
    section_view source_view; /* and a view of it */
    void *address;            /* where its byte 5 can be mapped */
    section_native native;    /* a handle of the test */
    section_native ends[2];   /* a channel */
    section_offer *offer;     /* an offer of the source */
    section *bystander;       /* what must not be disturbed */
    section_view bystander_view;

    section *out; /* the out parameters of the call */
    section_view out_view;
    section_native out_native;
    section_info out_info;
    section_offer *out_offer;
} stage;

/* What a call makes. */
typedef enum result_kind {
    MAKES_NOTHING,
    MAKES_SECTION,
    MAKES_VIEW,
    MAKES_NATIVE,
    MAKES_INFO,
    MAKES_OFFER
} result_kind;

typedef struct scenario {
    const char *name;
    result_kind makes;
    void (*prepare)(stage *s);
    section_status (*call)(stage *s);
    /* The file "file" before the call: its size, or -1 for none. */
    int64_t file_size;
    /* It succeeds although this primitive failed; FAKE_PRIMITIVES for none. */
    fake_primitive survives;
    /* Primitives that can fail in it, at least. */
    unsigned least;
} scenario;

/* ------------------------------------------------------------------------
 * The stage
 * ------------------------------------------------------------------------ */

static void set_up(stage *s, const scenario *sc)
{
    memset(s, 0, sizeof(*s));
    s->native = -1;
    s->bystander = unit_memory(unit_page() + 3);
    s->bystander_view =
        unit_view(s->bystander, 1, 7, SECTION_ACCESS_READ_WRITE);
    memcpy(s->bystander_view.data, "careful", 7);
    if (sc->file_size >= 0)
        fake_put_file("file", FAKE_FILE, (uint64_t)sc->file_size);
    if (sc->prepare != NULL)
        sc->prepare(s);
    s->out = UNTOUCHED;
    memset(&s->out_view, 0x5a, sizeof(s->out_view));
    s->out_native = 0x5a;
    memset(&s->out_info, 0x5a, sizeof(s->out_info));
    s->out_info.struct_size = sizeof(s->out_info);
    s->out_offer = NO_OFFER;
}

static void check_bystander(const stage *s)
{
    assert_memory_equal(s->bystander_view.data, "careful", 7);
    section_view again = unit_view(s->bystander, 1, 7, SECTION_ACCESS_READ);
    assert_memory_equal(again.data, "careful", 7);
    assert_status(SECTION_OK, section_unmap(&again));
    assert_true(unit_info(s->bystander).size == unit_page() + 3);
}

static void tear_down(stage *s)
{
    check_bystander(s);
    fake_answer_names(FAKE_STEP_OPEN, SECTION_OK, 0);
    fake_answer_names(FAKE_STEP_PUBLISH, SECTION_OK, 0);
    section_unexport(s->offer);
    for (size_t i = 0; i < 2; i++)
        if (s->ends[i] != 0)
            fake_close_channel(s->ends[i]);
    assert_status(SECTION_OK, section_unmap(&s->source_view));
    assert_status(SECTION_OK, section_unmap(&s->bystander_view));
    section_close(s->source);
    section_close(s->bystander);
    if (s->native != -1 && fake_is_open(s->native))
        fake_close(s->native);
    const fake_census nothing = {.files = fake_count().files,
                                 .stores = fake_count().files};
    assert_census(nothing, fake_count());
    if (fake_file_exists("file"))
        fake_remove_file("file");
    if (fake_file_exists("created"))
        fake_remove_file("created");
}

/* Check what a call that succeeded has made, and give it back. */
static void take_result(stage *s, const scenario *sc)
{
    section_native told;
    switch (sc->makes) {
    case MAKES_SECTION:
        assert_status(SECTION_OK, section_get_native(&told, s->out));
        assert_true(fake_is_open(told));
        section_close(s->out);
        break;
    case MAKES_VIEW:
        assert_int_equal(s->out_view.length, 10);
        assert_status(SECTION_OK, section_unmap(&s->out_view));
        break;
    case MAKES_NATIVE:
        assert_true(fake_is_open(s->out_native));
        fake_close(s->out_native);
        break;
    case MAKES_INFO:
        assert_true(s->out_info.size == unit_info(s->source).size);
        break;
    case MAKES_OFFER:
        assert_non_null(section_offer_text(s->out_offer));
        section_unexport(s->out_offer);
        break;
    case MAKES_NOTHING:
        break;
    }
}

/* After an error every out parameter is as if nothing had happened; what the
 * call does not have is as it was. */
static void expect_no_result(const stage *s, const scenario *sc)
{
    if (sc->makes == MAKES_SECTION)
        assert_null(s->out);
    else
        assert_ptr_equal(s->out, UNTOUCHED);
    if (sc->makes == MAKES_VIEW)
        unit_expect_no_view(&s->out_view);
    else
        assert_int_equal(*(const unsigned char *)&s->out_view, 0x5a);
    assert_true(s->out_native == (sc->makes == MAKES_NATIVE ? -1 : 0x5a));
    assert_ptr_equal(s->out_offer, sc->makes == MAKES_OFFER ? NULL : NO_OFFER);
    if (sc->makes == MAKES_INFO)
        assert_true(expect_zero((const char *)&s->out_info + sizeof(uint32_t),
                                sizeof(s->out_info) - sizeof(uint32_t)));
}

/* ------------------------------------------------------------------------
 * Scenarios
 * ------------------------------------------------------------------------ */

static section_status create(stage *s, const char *path, uint64_t size,
                             section_rights rights,
                             section_disposition disposition)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.path = path;
    options.size = size;
    options.rights = rights;
    options.disposition = disposition;
    return section_create(&s->out, &options);
}

static section_status create_memory(stage *s)
{
    return create(s, NULL, unit_page() + 1, ALL_RIGHTS, SECTION_CREATE_NEW);
}

static section_status create_read_only_memory(stage *s)
{
    return create(s, NULL, unit_page() + 1, SECTION_RIGHT_READ,
                  SECTION_CREATE_NEW);
}

static section_status create_lazy_memory(stage *s)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = (uint64_t)1 << 40;
    options.flags = SECTION_LAZY;
    return section_create(&s->out, &options);
}

static section_status create_new_file(stage *s)
{
    return create(s, "file", 100, ALL_RIGHTS, SECTION_CREATE_NEW);
}

static section_status open_or_create_file(stage *s)
{
    return create(s, "file", 100, ALL_RIGHTS, SECTION_OPEN_OR_CREATE);
}

static section_status grow_file(stage *s)
{
    return create(s, "file", 9000, ALL_RIGHTS, SECTION_OPEN_EXISTING);
}

static section_status open_file(stage *s)
{
    return section_open_file(&s->out, "file", SECTION_RIGHT_READ);
}

static void prepare_memory(stage *s)
{
    s->source = unit_memory(3 * unit_granule() + 1);
}

static void prepare_file(stage *s)
{
    s->source = unit_file("file", ALL_RIGHTS);
}

static section_status duplicate(stage *s)
{
    return section_duplicate(&s->out, s->source, ALL_RIGHTS);
}

static section_status duplicate_narrow(stage *s)
{
    return section_duplicate(&s->out, s->source, SECTION_RIGHT_READ);
}

static section_status map_to_read(stage *s)
{
    return section_map(&s->out_view, s->source, 5, 10, SECTION_ACCESS_READ);
}

static section_status map_to_write(stage *s)
{
    return section_map(&s->out_view, s->source, 5, 10,
                       SECTION_ACCESS_READ_WRITE);
}

static section_status map_to_copy(stage *s)
{
    return section_map(&s->out_view, s->source, 5, 10, SECTION_ACCESS_COPY);
}

static void prepare_address(stage *s)
{
    prepare_memory(s);
    section_view view = unit_view(s->source, 5, 1, SECTION_ACCESS_READ_WRITE);
    s->address = view.data;
    assert_status(SECTION_OK, section_unmap(&view));
}

static section_status map_at_address(stage *s)
{
    return section_map_at(&s->out_view, s->source, 5, 10, SECTION_ACCESS_READ,
                          s->address);
}

static void prepare_view(stage *s)
{
    prepare_memory(s);
    s->source_view = unit_view(s->source, 5, 10, SECTION_ACCESS_READ_WRITE);
}

static void prepare_view_of_closed_file(stage *s)
{
    prepare_file(s);
    s->source_view = unit_view(s->source, 5, 10, SECTION_ACCESS_READ_WRITE);
    section_close(s->source);
    s->source = NULL;
}

static section_status unmap(stage *s)
{
    return section_unmap(&s->source_view);
}

static section_status protect(stage *s)
{
    return section_view_protect(&s->source_view, 0, 0, SECTION_ACCESS_READ);
}

static section_status get_info(stage *s)
{
    return section_get_info(&s->out_info, s->source);
}

static void prepare_native(stage *s)
{
    s->native = fake_open_memory(2 * unit_page(), ALL_RIGHTS);
}

/* Memory of this library, with a trailer where sizes are rounded. */
static void prepare_own_native(stage *s)
{
    prepare_memory(s);
    assert_status(SECTION_OK,
                  section_duplicate_native(&s->native, s->source, ALL_RIGHTS));
}

static void prepare_native_file(stage *s)
{
    s->native = fake_open_path("file", ALL_RIGHTS);
}

static section_status wrap_owned(stage *s)
{
    return section_wrap(&s->out, s->native, ALL_RIGHTS, SECTION_NATIVE_OWNED);
}

static section_status wrap_borrowed(stage *s)
{
    return section_wrap(&s->out, s->native, ALL_RIGHTS,
                        SECTION_NATIVE_BORROWED);
}

static section_status duplicate_native(stage *s)
{
    return section_duplicate_native(&s->out_native, s->source, ALL_RIGHTS);
}

/* --- names --- */

static section_status fill(void *data, size_t length, void *context)
{
    (void)context;
    memset(data, 1, length);
    return SECTION_OK;
}

static section_status create_named(section **out,
                                   section_disposition disposition,
                                   section_rights rights,
                                   section_initializer initialize)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.name = "name";
    options.size = disposition == SECTION_OPEN_EXISTING ? 0 : unit_page() + 1;
    options.disposition = disposition;
    options.rights = rights;
    options.initialize = initialize;
    return section_create(out, &options);
}

static section_status create_name(stage *s)
{
    return create_named(&s->out, SECTION_CREATE_NEW, ALL_RIGHTS, NULL);
}

static section_status create_read_only_name(stage *s)
{
    return create_named(&s->out, SECTION_CREATE_NEW, SECTION_RIGHT_READ, NULL);
}

static section_status create_filled_name(stage *s)
{
    return create_named(&s->out, SECTION_CREATE_NEW, SECTION_RIGHT_READ, fill);
}

static section_status create_filled_memory(stage *s)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = unit_page() + 1;
    options.initialize = fill;
    return section_create(&s->out, &options);
}

static section_status open_or_create_name(stage *s)
{
    return create_named(&s->out, SECTION_OPEN_OR_CREATE, ALL_RIGHTS, fill);
}

static section_status open_name(stage *s)
{
    return section_open(&s->out, "name", NULL);
}

static void prepare_name(stage *s)
{
    assert_status(SECTION_OK, create_named(&s->source, SECTION_CREATE_NEW,
                                           ALL_RIGHTS, NULL));
}

/* Another process makes the name just after it was looked for. */
static void prepare_lost_race(stage *s)
{
    prepare_name(s);
    fake_answer_names(FAKE_STEP_OPEN, SECTION_NOT_FOUND, 1);
}

/* And another still works on it when it is to be published. */
static void prepare_busy_name(stage *s)
{
    (void)s;
    fake_answer_names(FAKE_STEP_PUBLISH, SECTION_BUSY, 1);
}

static void prepare_dead(stage *s)
{
    (void)s;
    fake_leave_dead(SECTION_SCOPE_USER, 2, 10);
}

static int32_t expect_name(const section_entry *entry, void *context)
{
    assert_string_equal(entry->name, "name");
    ++*(unsigned *)context;
    return 0;
}

static section_status enumerate(stage *s)
{
    unsigned told = 0;
    section_status status =
        section_enumerate(SECTION_SCOPE_USER, expect_name, &told);
    (void)s;
    assert_int_equal(told, status == SECTION_OK ? 1 : 0);
    return status;
}

static section_status sweep(stage *s)
{
    uint64_t swept = 77;
    section_status status = section_sweep(&swept, SECTION_SCOPE_USER);
    (void)s;
    assert_true(swept == (status == SECTION_OK ? 2 : 0));
    return status;
}

/* --- growth --- */

/* Where it cannot be had, there is no source, and nothing to be done. */
static void prepare_growing(stage *s)
{
    s->source = unit_growing(15, 5 * (uint64_t)unit_page());
}

static void prepare_growing_file(stage *s)
{
    if (fake_current()->files_cannot_grow)
        return;
    section_options options = SECTION_OPTIONS_INIT;
    options.path = "file";
    options.rights = MAY_EXTEND;
    options.reserve = 5 * (uint64_t)unit_page();
    options.disposition = SECTION_OPEN_EXISTING;
    assert_status(SECTION_OK, section_create(&s->source, &options));
}

static section_status create_growing(stage *s)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = unit_page() + 1;
    options.rights = MAY_EXTEND;
    if (!fake_current()->memory_cannot_grow)
        options.reserve = 5 * (uint64_t)unit_page();
    return section_create(&s->out, &options);
}

static section_status create_growing_name(stage *s)
{
    section_options options = unit_named_options("name");
    options.rights = MAY_EXTEND;
    options.initialize = fill;
    if (!fake_current()->memory_cannot_grow)
        options.reserve = 5 * (uint64_t)unit_page();
    return section_create(&s->out, &options);
}

static section_status create_growing_file(stage *s)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.path = "file";
    options.size = 100;
    options.rights = MAY_EXTEND;
    if (!fake_current()->files_cannot_grow)
        options.reserve = 5 * (uint64_t)unit_page();
    return section_create(&s->out, &options);
}

static section_status create_large(stage *s)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = unit_page();
    if (fake_current()->large_page != 0) {
        options.size = fake_current()->large_page;
        options.flags = SECTION_LARGE_PAGES;
    }
    return section_create(&s->out, &options);
}

/* Into the next page but one, over what lies behind the end. */
static section_status extend(stage *s)
{
    if (s->source == NULL)
        return SECTION_OK;
    section_status status = section_extend(s->source, 2 * unit_page() + 9);
    if (status != SECTION_OK)
        assert_true(unit_info(s->source).size < unit_page());
    return status;
}

static section_status extend_at_last(stage *s)
{
    fake_answer(FAKE_EXTENSION_BEGIN, SECTION_BUSY, 2);
    section_status status = extend(s);
    fake_answer(FAKE_EXTENSION_BEGIN, SECTION_OK, 0);
    return status;
}

static void prepare_growing_or_not(stage *s)
{
    prepare_growing(s);
    if (s->source == NULL)
        s->source = unit_memory(15);
}

/* A handle of the test for it. */
static void prepare_growing_native(stage *s)
{
    prepare_growing_or_not(s);
    assert_status(SECTION_OK,
                  section_duplicate_native(&s->native, s->source, ALL_RIGHTS));
}

static section_status duplicate_to_extend(stage *s)
{
    bool grows = !fake_current()->memory_cannot_grow;
    return section_duplicate(&s->out, s->source,
                             grows ? MAY_EXTEND : ALL_RIGHTS);
}

static section_status map_to_the_end(stage *s)
{
    return section_map(&s->out_view, s->source, 5, 0, SECTION_ACCESS_READ);
}

/* --- flushing, and what may not be there --- */

static void prepare_view_of_file(stage *s)
{
    prepare_file(s);
    s->source_view = unit_view(s->source, 5, 10, SECTION_ACCESS_READ_WRITE);
}

static void prepare_view_of_created_file(stage *s)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.path = "created";
    options.size = 100;
    assert_status(SECTION_OK, section_create(&s->source, &options));
    s->source_view = unit_view(s->source, 5, 10, SECTION_ACCESS_READ_WRITE);
}

static section_status flush(stage *s)
{
    return section_flush(s->source, SECTION_FLUSH_DURABLE);
}

static section_status flush_view(stage *s)
{
    return section_view_flush(&s->source_view, 2, 3, SECTION_FLUSH_DURABLE);
}

static section_status read_view(stage *s)
{
    char bytes[4];
    size_t done = 77;
    section_status status =
        section_view_read(&s->source_view, 1, bytes, 4, &done);
    assert_int_equal(done, status == SECTION_OK ? 4 : 0);
    return status;
}

static section_status write_view(stage *s)
{
    size_t done = 77;
    section_status status =
        section_view_write(&s->source_view, 1, "four", 4, &done);
    assert_int_equal(done, status == SECTION_OK ? 4 : 0);
    return status;
}

static section_status touch(void *context)
{
    const stage *s = context;
    fake_touch(s->source_view.data);
    return SECTION_OK;
}

static section_status guard(stage *s)
{
    return section_guard(&s->source_view, touch, s, NULL);
}

/* --- in advance --- */

static section_status prefetch(stage *s)
{
    return section_view_prefetch(&s->source_view, 0, 0, SECTION_PREFETCH_WRITE);
}

static section_status lock(stage *s)
{
    if (fake_current()->views_are_left_alone)
        return SECTION_OK;
    return section_view_lock(&s->source_view, 0, 0);
}

static section_status unlock(stage *s)
{
    if (fake_current()->views_are_left_alone)
        return SECTION_OK;
    return section_view_unlock(&s->source_view, 0, 0);
}

static section_status advise(stage *s)
{
    return section_view_advise(&s->source_view, 0, 0, SECTION_ADVICE_NORMAL);
}

static void prepare_large_view(stage *s)
{
    prepare_memory(s);
    s->source_view =
        unit_view(s->source, 5, 2 * unit_page(), SECTION_ACCESS_READ_WRITE);
}

static section_status discard(stage *s)
{
    return section_view_discard(&s->source_view, 0, 0);
}

/* --- to run, to seal, to compare --- */

static void prepare_runnable(stage *s)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = unit_page() + 1;
    options.rights = EVERY_RIGHT;
    assert_status(SECTION_OK, section_create(&s->source, &options));
}

static section_status create_runnable(stage *s)
{
    return create(s, NULL, 100, MAY_RUN, SECTION_CREATE_NEW);
}

static section_status map_to_run(stage *s)
{
    return section_map(&s->out_view, s->source, 5, 10,
                       SECTION_ACCESS_EXECUTE_READ);
}

static section_status seal(stage *s)
{
    if (fake_current()->seals == FAKE_SEALS_NONE)
        return SECTION_OK;
    return section_seal(s->source, SECTION_SEAL_GROW);
}

static section_status seal_writers(stage *s)
{
    return section_seal(s->source, SECTION_SEAL_WRITERS);
}

static void prepare_foreign(stage *s)
{
    prepare_native(s);
    assert_status(SECTION_OK,
                  section_wrap(&s->source, s->native, SECTION_RIGHT_READ,
                               SECTION_NATIVE_BORROWED));
}

static section_status compare(stage *s)
{
    int32_t same = 77;
    section_status status = section_is_same(&same, s->source, s->bystander);
    assert_int_equal(same, 0);
    return status;
}

/* --- over a channel --- */

static void prepare_to_send(stage *s)
{
    prepare_memory(s);
    fake_open_channel(s->ends);
}

static void prepare_to_send_name(stage *s)
{
    prepare_name(s);
    fake_open_channel(s->ends);
}

static void prepare_to_send_file(stage *s)
{
    prepare_file(s);
    fake_open_channel(s->ends);
}

static void prepare_to_send_growing(stage *s)
{
    prepare_growing_or_not(s);
    fake_open_channel(s->ends);
}

static section_status send_to_read(stage *s)
{
    return section_send(s->ends[0], s->source, SECTION_RIGHT_READ, 0);
}

static section_status send_to_write(stage *s)
{
    return section_send(s->ends[0], s->source, ALL_RIGHTS, 0);
}

/* Two of them: one may be used up by a failure. */
static void send_twice(stage *s)
{
    section_rights rights = unit_info(s->source).rights;
    for (unsigned i = 0; i < 2; i++)
        assert_status(SECTION_OK,
                      section_send(s->ends[0], s->source, rights, 0));
}

static void prepare_to_receive(stage *s)
{
    prepare_to_send(s);
    send_twice(s);
}

static void prepare_to_receive_name(stage *s)
{
    prepare_to_send_name(s);
    send_twice(s);
}

static void prepare_to_receive_file(stage *s)
{
    prepare_to_send_file(s);
    send_twice(s);
}

static void prepare_to_receive_growing(stage *s)
{
    prepare_to_send_growing(s);
    send_twice(s);
}

static section_status receive(stage *s)
{
    return section_receive(&s->out, s->ends[1], 0);
}

/* --- by a text --- */

static bool nothing_is_offered(void)
{
    return fake_current()->processes_are_strangers;
}

static section_status inherit(stage *s)
{
    return section_make_inheritable(&s->out_offer, s->source, ALL_RIGHTS);
}

static section_status export_to_oneself(stage *s)
{
    if (nothing_is_offered())
        return inherit(s);
    return section_export(&s->out_offer, s->source, ALL_RIGHTS,
                          (int64_t)fake_process_number());
}

static void prepare_offer(stage *s)
{
    if (nothing_is_offered())
        return;
    assert_status(SECTION_OK, section_export(&s->offer, s->source, ALL_RIGHTS,
                                             (int64_t)fake_process_number()));
}

static void prepare_offer_of_memory(stage *s)
{
    prepare_memory(s);
    prepare_offer(s);
}

static void prepare_offer_of_name(stage *s)
{
    prepare_name(s);
    prepare_offer(s);
}

static void prepare_offer_of_file(stage *s)
{
    prepare_file(s);
    prepare_offer(s);
}

/* A failure does not use it up. */
static section_status import(stage *s)
{
    if (nothing_is_offered())
        return section_duplicate(&s->out, s->source, ALL_RIGHTS);
    return section_import(&s->out, section_offer_text(s->offer));
}

static void prepare_to_inherit(stage *s)
{
    prepare_memory(s);
    assert_status(SECTION_OK,
                  section_make_inheritable(&s->offer, s->source, ALL_RIGHTS));
}

static section_status pass(stage *s)
{
    fake_program program;
    return section_offer_pass(s->offer, &program);
}

#define NOTHING FAKE_PRIMITIVES

static scenario scenarios[] = {
    {"create memory", MAKES_SECTION, NULL, create_memory, -1, NOTHING, 2},
    {"create read-only memory", MAKES_SECTION, NULL, create_read_only_memory,
     -1, NOTHING, 3},
    {"create lazy memory", MAKES_SECTION, NULL, create_lazy_memory, -1, NOTHING,
     2},
    {"create a new file", MAKES_SECTION, NULL, create_new_file, -1, NOTHING, 3},
    {"create what was not there to open", MAKES_SECTION, NULL,
     open_or_create_file, -1, NOTHING, 3},
    {"open what was there", MAKES_SECTION, NULL, open_or_create_file, 200,
     NOTHING, 3},
    {"open what was there and grow it", MAKES_SECTION, NULL,
     open_or_create_file, 50, NOTHING, 3},
    {"grow a file", MAKES_SECTION, NULL, grow_file, 50, NOTHING, 3},
    {"grow an empty file", MAKES_SECTION, NULL, grow_file, 0, NOTHING, 3},
    {"open a file", MAKES_SECTION, NULL, open_file, 50, NOTHING, 3},
    {"duplicate memory", MAKES_SECTION, prepare_memory, duplicate, -1, NOTHING,
     2},
    {"duplicate a file", MAKES_SECTION, prepare_file, duplicate, 50, NOTHING,
     2},
    {"narrow memory", MAKES_SECTION, prepare_memory, duplicate_narrow, -1,
     NOTHING, 2},
    {"narrow a file", MAKES_SECTION, prepare_file, duplicate_narrow, 50,
     NOTHING, 2},
    {"map memory to read", MAKES_VIEW, prepare_memory, map_to_read, -1, NOTHING,
     2},
    {"map memory to write", MAKES_VIEW, prepare_memory, map_to_write, -1,
     NOTHING, 1},
    {"map memory to copy", MAKES_VIEW, prepare_memory, map_to_copy, -1, NOTHING,
     1},
    {"map a file to read", MAKES_VIEW, prepare_file, map_to_read, 50, NOTHING,
     2},
    {"map a file to write", MAKES_VIEW, prepare_file, map_to_write, 50, NOTHING,
     1},
    {"map at an address", MAKES_VIEW, prepare_address, map_at_address, -1,
     NOTHING, 2},
    {"unmap", MAKES_NOTHING, prepare_view, unmap, -1, NOTHING, 0},
    {"unmap the last view of a closed file", MAKES_NOTHING,
     prepare_view_of_closed_file, unmap, 50, NOTHING, 0},
    {"protect", MAKES_NOTHING, prepare_view, protect, -1, NOTHING, 1},
    {"get info", MAKES_INFO, prepare_memory, get_info, -1, FAKE_OPEN_READER, 1},
    {"wrap foreign memory, owned", MAKES_SECTION, prepare_native, wrap_owned,
     -1, NOTHING, 3},
    {"wrap foreign memory, borrowed", MAKES_SECTION, prepare_native,
     wrap_borrowed, -1, NOTHING, 2},
    {"wrap own memory, owned", MAKES_SECTION, prepare_own_native, wrap_owned,
     -1, NOTHING, 3},
    {"wrap own memory, borrowed", MAKES_SECTION, prepare_own_native,
     wrap_borrowed, -1, NOTHING, 2},
    {"wrap a file, owned", MAKES_SECTION, prepare_native_file, wrap_owned, 50,
     NOTHING, 3},
    {"wrap a file, borrowed", MAKES_SECTION, prepare_native_file, wrap_borrowed,
     50, NOTHING, 2},
    {"create a name", MAKES_SECTION, NULL, create_name, -1, NOTHING, 3},
    {"create a name to read", MAKES_SECTION, NULL, create_read_only_name, -1,
     NOTHING, 4},
    {"create a name and fill it", MAKES_SECTION, NULL, create_filled_name, -1,
     NOTHING, 5},
    {"create memory and fill it", MAKES_SECTION, NULL, create_filled_memory, -1,
     NOTHING, 3},
    {"open a name", MAKES_SECTION, prepare_name, open_name, -1, NOTHING, 2},
    {"open the name that was there", MAKES_SECTION, prepare_name,
     open_or_create_name, -1, NOTHING, 2},
    {"create the name that was not there", MAKES_SECTION, NULL,
     open_or_create_name, -1, NOTHING, 5},
    {"open the name that another has made first", MAKES_SECTION,
     prepare_lost_race, open_or_create_name, -1, NOTHING, 4},
    {"publish a name again", MAKES_SECTION, prepare_busy_name, create_name, -1,
     NOTHING, 4},
    {"look again for a name that is busy", MAKES_SECTION, prepare_busy_name,
     open_or_create_name, -1, NOTHING, 7},
    {"duplicate a name", MAKES_SECTION, prepare_name, duplicate, -1, NOTHING,
     2},
    {"narrow a name", MAKES_SECTION, prepare_name, duplicate_narrow, -1,
     NOTHING, 2},
    {"get info of a name", MAKES_INFO, prepare_name, get_info, -1,
     FAKE_OPEN_READER, 1},
    {"enumerate names", MAKES_NOTHING, prepare_name, enumerate, -1, NOTHING, 1},
    {"sweep names", MAKES_NOTHING, prepare_dead, sweep, -1, NOTHING, 1},
    {"duplicate a native handle", MAKES_NATIVE, prepare_memory,
     duplicate_native, -1, NOTHING, 1},
    {"create memory that grows", MAKES_SECTION, NULL, create_growing, -1,
     NOTHING, 2},
    {"create a name that grows and fill it", MAKES_SECTION, NULL,
     create_growing_name, -1, NOTHING, 4},
    {"create a file that grows", MAKES_SECTION, NULL, create_growing_file, -1,
     NOTHING, 4},
    {"create large pages", MAKES_SECTION, NULL, create_large, -1, NOTHING, 2},
    {"wrap memory that grows", MAKES_SECTION, prepare_growing_native,
     wrap_owned, -1, NOTHING, 3},
    {"extend memory", MAKES_NOTHING, prepare_growing, extend, -1, NOTHING, 0},
    {"extend memory when others have", MAKES_NOTHING, prepare_growing,
     extend_at_last, -1, NOTHING, 0},
    {"extend a file", MAKES_NOTHING, prepare_growing_file, extend, 50, NOTHING,
     0},
    {"duplicate memory that grows", MAKES_SECTION, prepare_growing_or_not,
     duplicate_to_extend, -1, NOTHING, 2},
    {"map memory that grows to its end", MAKES_VIEW, prepare_growing_or_not,
     map_to_the_end, -1, NOTHING, 2},
    {"get info of memory that grows", MAKES_INFO, prepare_growing_or_not,
     get_info, -1, FAKE_OPEN_READER, 1},
    {"flush a file", MAKES_NOTHING, prepare_view_of_file, flush, 50, NOTHING,
     1},
    {"flush a view of a file", MAKES_NOTHING, prepare_view_of_file, flush_view,
     50, NOTHING, 1},
    {"flush a created file", MAKES_NOTHING, prepare_view_of_created_file, flush,
     -1, NOTHING, 2},
    {"flush a view of a created file", MAKES_NOTHING,
     prepare_view_of_created_file, flush_view, -1, NOTHING, 2},
    {"read from a view", MAKES_NOTHING, prepare_view, read_view, -1, NOTHING,
     1},
    {"write to a view", MAKES_NOTHING, prepare_view, write_view, -1, NOTHING,
     1},
    {"guard a view", MAKES_NOTHING, prepare_view, guard, -1, NOTHING, 1},
    {"prefetch a view", MAKES_NOTHING, prepare_view, prefetch, -1, NOTHING, 1},
    {"lock a view", MAKES_NOTHING, prepare_view, lock, -1, NOTHING, 0},
    {"unlock a view", MAKES_NOTHING, prepare_view, unlock, -1, NOTHING, 0},
    {"advise on a view", MAKES_NOTHING, prepare_view, advise, -1, NOTHING, 1},
    {"discard some of a page", MAKES_NOTHING, prepare_view, discard, -1,
     NOTHING, 1},
    {"discard pages", MAKES_NOTHING, prepare_large_view, discard, -1, NOTHING,
     3},
    {"create memory to run", MAKES_SECTION, NULL, create_runnable, -1, NOTHING,
     3},
    {"map memory to run", MAKES_VIEW, prepare_runnable, map_to_run, -1, NOTHING,
     2},
    {"seal memory against growing", MAKES_NOTHING, prepare_memory, seal, -1,
     NOTHING, 0},
    {"seal memory against writers", MAKES_NOTHING, prepare_memory, seal_writers,
     -1, NOTHING, 0},
    {"compare sections", MAKES_NOTHING, prepare_foreign, compare, -1, NOTHING,
     0},
    {"send memory to be read", MAKES_NOTHING, prepare_to_send, send_to_read, -1,
     NOTHING, 3},
    {"send memory to be written", MAKES_NOTHING, prepare_to_send, send_to_write,
     -1, NOTHING, 2},
    {"send a name", MAKES_NOTHING, prepare_to_send_name, send_to_write, -1,
     NOTHING, 2},
    {"send a file", MAKES_NOTHING, prepare_to_send_file, send_to_read, 50,
     NOTHING, 3},
    {"send memory that grows", MAKES_NOTHING, prepare_to_send_growing,
     send_to_write, -1, NOTHING, 2},
    {"receive memory", MAKES_SECTION, prepare_to_receive, receive, -1, NOTHING,
     3},
    {"receive a name", MAKES_SECTION, prepare_to_receive_name, receive, -1,
     NOTHING, 3},
    {"receive a file", MAKES_SECTION, prepare_to_receive_file, receive, 50,
     NOTHING, 4},
    {"receive memory that grows", MAKES_SECTION, prepare_to_receive_growing,
     receive, -1, NOTHING, 3},
    {"export memory", MAKES_OFFER, prepare_memory, export_to_oneself, -1,
     NOTHING, 6},
    {"export a name", MAKES_OFFER, prepare_name, export_to_oneself, -1, NOTHING,
     6},
    {"make a file inheritable", MAKES_OFFER, prepare_file, inherit, 50, NOTHING,
     6},
    {"import memory", MAKES_SECTION, prepare_offer_of_memory, import, -1,
     NOTHING, 2},
    {"import a name", MAKES_SECTION, prepare_offer_of_name, import, -1, NOTHING,
     2},
    {"import a file", MAKES_SECTION, prepare_offer_of_file, import, 50, NOTHING,
     2},
    {"pass an offer", MAKES_NOTHING, prepare_to_inherit, pass, -1, NOTHING, 1},
};

/* ------------------------------------------------------------------------
 * The sweep
 * ------------------------------------------------------------------------ */

/* The code of the system, or 0 where the heap failed, which has none. */
static int32_t expected_code(fake_failure failure)
{
    return failure.primitive == FAKE_ALLOCATE ? 0 : failure.result.os_error;
}

static void check_file(const scenario *sc)
{
    assert_int_equal(fake_file_exists("file"), sc->file_size >= 0);
    if (sc->file_size >= 0)
        assert_true(fake_file_size("file") == (uint64_t)sc->file_size);
}

/* Whether a failure says that bytes may be lost, and stays. */
static bool stays(const scenario *sc, section_status status)
{
    bool flushes = sc->call == flush || sc->call == flush_view;
    return flushes && status != SECTION_UNSUPPORTED &&
           status != SECTION_ACCESS && status != SECTION_LIMIT;
}

/* The call failed: nothing may have changed, and it works when made again. */
static void check_failed(stage *s, const scenario *sc, fake_census before,
                         section_status status)
{
    fake_failure failure = fake_failed();
    int32_t code = section_last_os_error();
    fake_fail_at(0, 0);
    assert_int_equal(status, failure.result.status);
    assert_int_equal(code, expected_code(failure));
    fake_census after = fake_count();
    before.readers = after.readers; /* may be opened, and are kept */
    if (sc->call == receive)
        before.under_way = after.under_way; /* a message may be used up */
    assert_census(before, after);
    expect_no_result(s, sc);
    check_file(sc);
    check_bystander(s);
    if (s->source_view.data != NULL)
        *(unsigned char *)s->source_view.data = 1;
    assert_status(stays(sc, status) ? status : SECTION_OK, sc->call(s));
    if (!stays(sc, status))
        take_result(s, sc);
}

/* Make the call with the nth primitive failing; false if it has fewer. */
static bool fail_once(const scenario *sc, unsigned nth, unsigned variant)
{
    stage s;
    set_up(&s, sc);
    fake_census before = fake_count();
    fake_fail_at(nth, variant);
    section_status status = sc->call(&s);
    fake_failure failure = fake_failed();
    if (failure.happened && failure.primitive != sc->survives) {
        check_failed(&s, sc, before, status);
    } else {
        fake_fail_at(0, 0);
        assert_status(SECTION_OK, status);
        take_result(&s, sc);
    }
    tear_down(&s);
    return failure.happened;
}

static void no_failing_primitive_leaves_a_trace(void **state)
{
    const scenario *sc = *state;
    unsigned count = 0;
    for (unsigned variant = 0; variant < FAKE_VARIANTS; variant++)
        for (count = 0; fail_once(sc, count + 1, variant);)
            count++;
    if (count >= sc->least)
        return;
    print_error("%s: only %u primitives failed\n", sc->name, count);
    fail();
}

/* The system refuses to unmap, again and again: the view stays, and goes when
 * the system gives in. */
static void a_refused_unmap_leaves_the_view_as_it_was(void **state)
{
    (void)state;
    if (fake_current()->memory_sizes_are_rounded)
        return; /* cannot refuse: see fake_platform.h */
    section *s = unit_memory(100);
    section_view view = unit_view(s, 5, 10, SECTION_ACCESS_READ_WRITE);
    section_close(s);
    section_view before = view;
    for (unsigned variant = 0; variant < FAKE_VARIANTS; variant++) {
        fake_fail_at(1, variant);
        assert_status(SECTION_LIMIT, section_unmap(&view));
        assert_true(fake_failed().happened);
        assert_memory_equal(&view, &before, sizeof(view));
        ((unsigned char *)view.data)[9] = 1;
    }
    fake_fail_at(0, 0);
    assert_status(SECTION_OK, section_unmap(&view));
    unit_expect_no_view(&view);
}

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

int main(void)
{
    struct CMUnitTest cases[SCENARIOS + 1] = {
        cmocka_unit_test(a_refused_unmap_leaves_the_view_as_it_was),
    };
    for (size_t i = 0; i < SCENARIOS; i++)
        cases[i + 1] = (struct CMUnitTest){
            .name = scenarios[i].name,
            .test_func = no_failing_primitive_leaves_a_trace,
            .initial_state = &scenarios[i],
        };
    return unit_run_everywhere(cases);
}
