/* SPDX-License-Identifier: MIT */
/*
 * The Windows back end while Windows fails: in each scenario the first import
 * it calls fails, then the second one, and so on until the scenario gets by
 * without a failure. Each time nothing may be left, and the next try works.
 */
#include "faults.h"

#include "expect.h"
#include "files.h"
#include "foreign.h"
#include "machine.h"
#include "memory.h"
#include "sections.h"

#include <windows.h>

/* More calls than any scenario makes. */
#define CALLS_MOST 100

/* Larger than any file system lets a file be. */
#define IMPOSSIBLE_SIZE ((uint64_t)1 << 62)

#define SIZE 5000

/* What a scenario works on. */
typedef struct world {
    section *from;         /* what there is before */
    section *out;          /* what the call makes: one of these three */
    section_view view;     /* (or what it changes) */
    section_native native; /* */
    intptr_t lent;         /* a handle to wrap */
    void *address;         /* where to map */
    file_path path;
} world;

typedef struct scenario {
    void (*prepare)(world *w);
    section_status (*act)(world *w);
    /* Whether after a failure all is as if nothing had happened; `failed` is
     * the import that did. */
    bool (*is_clean)(const world *w, const char *failed);
    void (*undo)(world *w);   /* after a success of act() */
    void (*finish)(world *w); /* what prepare() did */
    section_status expected;  /* of act() if no call fails */
} scenario;

static bool is_import(const char *import, const char *name)
{
    return strcmp(import, name) == 0;
}

/* Whether the scenario looks at names. */
static bool looking;

/* Calls that the library can do without: then a file is not sparse, or nobody
 * knows that it is committed, or a name is looked at again, or not told, or
 * nobody knows how large memory that grows is. */
static bool is_tolerated(const char *import)
{
    if (looking && (is_import(import, "NtOpenEvent") ||
                    is_import(import, "NtOpenSection") ||
                    is_import(import, "MultiByteToWideChar") ||
                    is_import(import, "ProcessIdToSessionId") ||
                    is_import(import, "WideCharToMultiByte")))
        return true;
    return is_import(import, "DeviceIoControl") ||
           is_import(import, "ReadProcessMemory") ||
           is_import(import, "GetFileInformationByHandleEx");
}

static void poison(world *w)
{
    w->out = expect_poison();
    w->native = 12345;
}

static void succeed(const scenario *s, world *w)
{
    poison(w);
    assert_status(s->expected, s->act(w));
    if (s->expected == SECTION_OK)
        s->undo(w);
}

/* Let the nth call fail. False if there were fewer. */
static bool fail_call(const scenario *s, unsigned nth)
{
    world w = {0};
    s->prepare(&w);
    size_t handles = machine_open_handles();
    size_t mappings = machine_mappings();
    size_t blocks = faults_heap_blocks();
    poison(&w);
    faults_arm(nth);
    section_status status = s->act(&w);
    const char *failed = faults_disarm();

    /* A view that is left because it cannot be unmapped, and which nobody has
     * any more: let it not hide what else is left. */
    const void *left = faults_left_mapped();
    if (left != NULL && left != w.view.data)
        (void)UnmapViewOfFile(left);

    if (failed == NULL)
        assert_status(s->expected, status);
    else if (status == SECTION_OK)
        assert_that(is_tolerated(failed));
    if (status != SECTION_OK) {
        assert_that(s->is_clean(&w, failed == NULL ? "" : failed));
        assert_same(handles, machine_open_handles());
        assert_same(mappings, machine_mappings());
        assert_same(blocks, faults_heap_blocks());
    } else {
        s->undo(&w);
    }
    if (failed != NULL)
        succeed(s, &w);
    s->finish(&w);
    assert_same(0, faults_heap_blocks());
    return failed != NULL;
}

static void fail_each_call(const scenario *s)
{
    /* What the system keeps after a first time is no leak. */
    world w = {0};
    s->prepare(&w);
    succeed(s, &w);
    s->finish(&w);
    (void)machine_open_handles();

    unsigned nth = 1;
    while (fail_call(s, nth))
        assert_that(++nth < CALLS_MOST);
    assert_that(nth > 1);
}

/* ------------------------------------------------------------------------
 * Steps that scenarios share
 * ------------------------------------------------------------------------ */

static void prepare_nothing(world *w)
{
    (void)w;
}

/* Lazy memory lives in the temporary folder: one that only this program has,
 * so that what is left there can be counted. */
static void prepare_folder(world *w)
{
    w->path = files_path("folder");
    directory_make(w->path.text);
    assert_that(SetEnvironmentVariableA("TMP", w->path.text) != 0);
}

static void prepare_path(world *w)
{
    w->path = files_path("file");
}

static void prepare_file(world *w)
{
    prepare_path(w);
    file_make(w->path.text, 100);
    file_write(w->path.text, 50, "kept", 4);
}

static void prepare_memory(world *w)
{
    w->from = new_memory(SIZE);
}

static void prepare_lazy(world *w)
{
    w->from = new_lazy_memory(SIZE);
}

static void prepare_file_section(world *w)
{
    prepare_path(w);
    w->from = new_file(w->path.text, SIZE, SECTION_CREATE_NEW);
}

static void prepare_view(world *w)
{
    prepare_memory(w);
    w->view = mapped(w->from, 0, 0, SECTION_ACCESS_READ_WRITE);
    bytes_of(&w->view)[0] = 'v';
}

static bool no_section(const world *w, const char *failed)
{
    (void)failed;
    return w->out == NULL;
}

static bool no_section_and_no_file(const world *w, const char *failed)
{
    /* The undoing of the creation is what failed. */
    if (is_import(failed, "ReOpenFile") ||
        is_import(failed, "SetFileInformationByHandle"))
        return w->out == NULL && file_remove(w->path.text);
    /* Or the second look at the size; without the first, nothing was grown. */
    if (is_import(failed, "GetFileSizeEx"))
        (void)file_remove(w->path.text);
    return w->out == NULL && !file_exists(w->path.text);
}

static size_t entries;

static void count_entry(const char *path)
{
    (void)path;
    entries++;
}

static bool no_section_and_empty_folder(const world *w, const char *failed)
{
    (void)failed;
    entries = 0;
    files_each(w->path.text, count_entry);
    return w->out == NULL && entries == 0;
}

static bool no_section_and_contents_kept(const world *w, const char *failed)
{
    char bytes[4];
    (void)failed;
    file_read(w->path.text, 50, bytes, sizeof(bytes));
    uint64_t size = file_size(w->path.text);
    return w->out == NULL && memcmp(bytes, "kept", 4) == 0 &&
           (size == 100 || size == SIZE);
}

static bool no_view(const world *w, const char *failed)
{
    (void)failed;
    return expect_zero(&w->view, sizeof(w->view));
}

static bool view_as_before(const world *w, const char *failed)
{
    (void)failed;
    return w->view.length == SIZE && memory_can_write(w->view.data) &&
           bytes_of(&w->view)[0] == 'v';
}

static bool no_native(const world *w, const char *failed)
{
    (void)failed;
    return w->native == -1;
}

static bool no_section_and_handle_open(const world *w, const char *failed)
{
    (void)failed;
    return w->out == NULL && foreign_is_open(w->lent);
}

static void close_out(world *w)
{
    section_close(w->out);
}

static void close_out_and_remove(world *w)
{
    section_close(w->out);
    assert_that(file_remove(w->path.text));
}

static void unmap_view(world *w)
{
    unmap(&w->view);
}

static void close_native(world *w)
{
    foreign_close(w->native);
}

static void finish_nothing(world *w)
{
    (void)w;
}

static void finish_folder(world *w)
{
    assert_that(SetEnvironmentVariableA("TMP", NULL) != 0);
    directory_remove(w->path.text);
    assert_that(!file_exists(w->path.text));
}

static void finish_file(world *w)
{
    assert_that(file_remove(w->path.text));
}

static void finish_from(world *w)
{
    section_close(w->from);
}

static void finish_file_section(world *w)
{
    section_close(w->from);
    assert_that(file_remove(w->path.text));
}

/* ------------------------------------------------------------------------
 * Scenarios
 * ------------------------------------------------------------------------ */

static section_status create_memory(world *w)
{
    section_options o = memory_options(SIZE);
    return section_create(&w->out, &o);
}

static void creating_memory_fails_cleanly(void **state)
{
    const scenario s = {prepare_nothing, create_memory,  no_section,
                        close_out,       finish_nothing, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

/* --- Names --- */

#define NAME        "faults"
#define OBJECT_NAME L"Local\\section.faults"
#define EVENT_NAME  L"Local\\section~faults"

/* Nothing is left of a name that was not there before. */
static bool name_is_free(void)
{
    HANDLE found = OpenFileMappingW(FILE_MAP_READ, FALSE, OBJECT_NAME);
    bool is_free = found == NULL && GetLastError() == ERROR_FILE_NOT_FOUND;
    found = OpenEventW(READ_CONTROL, FALSE, EVENT_NAME);
    return is_free && found == NULL && GetLastError() == ERROR_FILE_NOT_FOUND;
}

static bool no_section_and_no_name(const world *w, const char *failed)
{
    (void)failed;
    return w->out == NULL && name_is_free();
}

static void close_out_and_name(world *w)
{
    section_close(w->out);
    assert_that(name_is_free());
}

static section_options options_of(section_disposition disposition)
{
    section_options o = memory_options(SIZE);
    o.name = NAME;
    o.disposition = disposition;
    return o;
}

static section_status create_name(world *w)
{
    section_options o = options_of(SECTION_CREATE_NEW);
    return section_create(&w->out, &o);
}

static section_status fill_a_byte(void *data, size_t length, void *context)
{
    (void)length;
    (void)context;
    *(char *)data = 'f';
    return SECTION_OK;
}

static section_status create_filled_read_only_name(world *w)
{
    section_options o = options_of(SECTION_OPEN_OR_CREATE);
    o.rights = SECTION_RIGHT_READ;
    o.initialize = fill_a_byte;
    return section_create(&w->out, &o);
}

static section_status create_name_of_machine(world *w)
{
    section_options o = options_of(SECTION_CREATE_NEW);
    o.scope = SECTION_SCOPE_MACHINE;
    o.permit = SECTION_PERMIT_GROUP;
    return section_create(&w->out, &o);
}

/* At first, before the calls of ntdll were ever looked for. */
static void names_without_native_calls_are_unsupported(void **state)
{
    (void)state;
    world w = {0};
    /* What can be done here is found out for good. */
    section_system can = SECTION_SYSTEM_INIT;
    assert_status(SECTION_OK, section_get_system(&can));
    for (unsigned nth = 1; nth < CALLS_MOST; nth++) {
        faults_arm_import("GetProcAddress", ERROR_PROC_NOT_FOUND);
        section_status status = create_name(&w);
        if (faults_disarm() == NULL) {
            assert_status(SECTION_OK, status);
            assert_that(nth > 1);
            section_close(w.out);
            return;
        }
        assert_status(SECTION_UNSUPPORTED, status);
        assert_same(ERROR_PROC_NOT_FOUND, section_last_os_error());
        assert_that(name_is_free());
        /* One more of them is known from now on. */
        assert_status(SECTION_OK, create_name(&w));
        section_close(w.out);
    }
    fail();
}

static void creating_a_name_fails_cleanly(void **state)
{
    const scenario s = {prepare_nothing,        create_name,
                        no_section_and_no_name, close_out_and_name,
                        finish_nothing,         SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void creating_a_filled_read_only_name_fails_cleanly(void **state)
{
    const scenario s = {prepare_nothing,        create_filled_read_only_name,
                        no_section_and_no_name, close_out_and_name,
                        finish_nothing,         SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void creating_a_name_of_the_machine_fails_cleanly(void **state)
{
    const scenario s = {prepare_nothing, create_name_of_machine, no_section,
                        close_out,       finish_nothing,         SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void prepare_name(world *w)
{
    section_options o = options_of(SECTION_CREATE_NEW);
    assert_status(SECTION_OK, section_create(&w->from, &o));
}

static void finish_name(world *w)
{
    section_close(w->from);
    assert_that(name_is_free());
}

static void creating_a_name_that_is_held_fails_cleanly(void **state)
{
    const scenario s = {prepare_name,   create_name, no_section,
                        finish_nothing, finish_name, SECTION_EXISTS};
    (void)state;
    fail_each_call(&s);
}

static section_status open_name(world *w)
{
    return section_open(&w->out, NAME, NULL);
}

static void opening_a_name_fails_cleanly(void **state)
{
    const scenario s = {prepare_name, open_name,   no_section,
                        close_out,    finish_name, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static section_status create_name_that_runs(world *w)
{
    section_options o = options_of(SECTION_CREATE_NEW);
    o.rights = SECTION_RIGHT_EXECUTE;
    o.initialize = fill_a_byte;
    return section_create(&w->out, &o);
}

static void creating_a_name_that_runs_fails_cleanly(void **state)
{
    const scenario s = {prepare_nothing,        create_name_that_runs,
                        no_section_and_no_name, close_out_and_name,
                        finish_nothing,         SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

/* Of one that does not. */
static section_status open_name_to_run(world *w)
{
    section_open_options o = SECTION_OPEN_OPTIONS_INIT;
    o.rights = SECTION_RIGHT_EXECUTE;
    return section_open(&w->out, NAME, &o);
}

static void opening_a_name_to_run_what_does_not_fails_cleanly(void **state)
{
    const scenario s = {prepare_name,   open_name_to_run, no_section,
                        finish_nothing, finish_name,      SECTION_ACCESS};
    (void)state;
    fail_each_call(&s);
}

static HANDLE planted;

/* Memory that nobody may open. */
static void prepare_denied(world *w)
{
    ACL nobody = {ACL_REVISION, 0, sizeof(ACL), 0, 0};
    SECURITY_DESCRIPTOR guard = {SECURITY_DESCRIPTOR_REVISION,
                                 0,
                                 SE_DACL_PRESENT,
                                 NULL,
                                 NULL,
                                 NULL,
                                 &nobody};
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), &guard, FALSE};
    (void)w;
    planted = CreateFileMappingW(INVALID_HANDLE_VALUE, &attributes,
                                 PAGE_READWRITE, 0, SIZE, OBJECT_NAME);
    assert_that(planted != NULL);
}

static void finish_denied(world *w)
{
    (void)w;
    assert_that(CloseHandle(planted) != 0);
    assert_that(name_is_free());
}

static void opening_what_is_denied_fails_cleanly(void **state)
{
    const scenario s = {prepare_denied, open_name,     no_section,
                        finish_nothing, finish_denied, SECTION_ACCESS};
    (void)state;
    fail_each_call(&s);
}

static int32_t look_at_it(const section_entry *entry, void *context)
{
    (void)entry;
    (void)context;
    return 0;
}

static section_status enumerate(world *w)
{
    looking = true;
    w->out = NULL;
    section_status status =
        section_enumerate(SECTION_SCOPE_USER, look_at_it, NULL);
    return status;
}

static void stop_looking(world *w)
{
    looking = false;
    finish_name(w);
}

static void enumerating_fails_cleanly(void **state)
{
    const scenario s = {prepare_name,   enumerate,    no_section,
                        finish_nothing, stop_looking, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static section_status create_read_only_memory(world *w)
{
    section_options o = memory_options(SIZE);
    o.rights = SECTION_RIGHT_READ;
    return section_create(&w->out, &o);
}

static void creating_read_only_memory_fails_cleanly(void **state)
{
    const scenario s = {prepare_nothing, create_read_only_memory, no_section,
                        close_out,       finish_nothing,          SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static section_status create_lazy_memory(world *w)
{
    section_options o = memory_options(SIZE);
    o.flags = SECTION_LAZY;
    return section_create(&w->out, &o);
}

static void creating_lazy_memory_fails_cleanly(void **state)
{
    const scenario s = {
        prepare_folder, create_lazy_memory, no_section_and_empty_folder,
        close_out,      finish_folder,      SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static section_status create_new_file(world *w)
{
    section_options o = file_options(w->path.text, SIZE, SECTION_CREATE_NEW);
    return section_create(&w->out, &o);
}

static void creating_a_file_fails_cleanly(void **state)
{
    const scenario s = {prepare_path,           create_new_file,
                        no_section_and_no_file, close_out_and_remove,
                        finish_nothing,         SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static section_status create_lazy_file(world *w)
{
    section_options o = file_options(w->path.text, SIZE, SECTION_CREATE_NEW);
    o.flags = SECTION_LAZY;
    return section_create(&w->out, &o);
}

static void creating_a_lazy_file_fails_cleanly(void **state)
{
    const scenario s = {prepare_path,           create_lazy_file,
                        no_section_and_no_file, close_out_and_remove,
                        finish_nothing,         SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static section_status create_impossible_file(world *w)
{
    section_options o =
        file_options(w->path.text, IMPOSSIBLE_SIZE, SECTION_CREATE_NEW);
    return section_create(&w->out, &o);
}

static void creating_an_impossible_file_is_undone(void **state)
{
    const scenario s = {prepare_path,           create_impossible_file,
                        no_section_and_no_file, close_out_and_remove,
                        finish_nothing,         SECTION_NO_SPACE};
    (void)state;
    fail_each_call(&s);
}

static section_status open_or_create(world *w)
{
    section_options o =
        file_options(w->path.text, SIZE, SECTION_OPEN_OR_CREATE);
    return section_create(&w->out, &o);
}

static void opening_or_creating_fails_cleanly(void **state)
{
    const scenario s = {prepare_path,           open_or_create,
                        no_section_and_no_file, close_out_and_remove,
                        finish_nothing,         SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void growing_a_file_fails_cleanly(void **state)
{
    const scenario s = {
        prepare_file, open_or_create, no_section_and_contents_kept,
        close_out,    finish_file,    SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static section_status duplicate(world *w)
{
    return section_duplicate(&w->out, w->from,
                             SECTION_RIGHT_READ | SECTION_RIGHT_WRITE);
}

static section_status narrow(world *w)
{
    return section_duplicate(&w->out, w->from, SECTION_RIGHT_READ);
}

/* --- Growth --- */

#define RESERVE ((uint64_t)1 << 20)
#define GROWN   ((uint64_t)3 << 16)

static section_options growing_options(void)
{
    section_options o = memory_options(SIZE);
    o.reserve = RESERVE;
    o.rights |= SECTION_RIGHT_EXTEND;
    return o;
}

static section_status create_growing(world *w)
{
    section_options o = growing_options();
    return section_create(&w->out, &o);
}

static section_status create_growing_name(world *w)
{
    section_options o = growing_options();
    o.name = NAME;
    return section_create(&w->out, &o);
}

static void creating_memory_that_grows_fails_cleanly(void **state)
{
    const scenario s = {prepare_nothing, create_growing, no_section,
                        close_out,       finish_nothing, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void creating_a_name_that_grows_fails_cleanly(void **state)
{
    const scenario s = {prepare_nothing,        create_growing_name,
                        no_section_and_no_name, close_out_and_name,
                        finish_nothing,         SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void prepare_growing_name(world *w)
{
    section_options o = growing_options();
    o.name = NAME;
    assert_status(SECTION_OK, section_create(&w->from, &o));
}

static section_status open_growing(world *w)
{
    section_status status = section_open(&w->out, NAME, NULL);
    section_info info = SECTION_INFO_INIT;
    if (status == SECTION_OK) {
        assert_status(SECTION_OK, section_get_info(&info, w->out));
        /* Where the last page cannot be looked at, it is not known whose
         * section it is. */
        assert_that(info.reserve >= RESERVE);
    }
    return status;
}

static void opening_a_name_that_grows_fails_cleanly(void **state)
{
    const scenario s = {prepare_growing_name, open_growing,
                        no_section,           close_out,
                        finish_from,          SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void prepare_growing(world *w)
{
    section_options o = growing_options();
    assert_status(SECTION_OK, section_create(&w->from, &o));
    w->view = mapped(w->from, 0, RESERVE, SECTION_ACCESS_READ_WRITE);
    bytes_of(&w->view)[0] = 'v';
    /* Behind the end, in the last page. */
    bytes_of(&w->view)[SIZE] = 's';
}

static section_status extend(world *w)
{
    return section_extend(w->from, GROWN);
}

static bool is_as_large_as_before(const world *w, const char *failed)
{
    (void)failed;
    section_info info = SECTION_INFO_INIT;
    assert_status(SECTION_OK, section_get_info(&info, w->from));
    return info.size == SIZE && bytes_of(&w->view)[0] == 'v';
}

static void begin_anew(world *w)
{
    assert_same(0, bytes_of(&w->view)[SIZE]);
    bytes_of(&w->view)[GROWN - 1] = 'e';
    unmap(&w->view);
    section_close(w->from);
    prepare_growing(w);
}

static void finish_growing(world *w)
{
    unmap(&w->view);
    section_close(w->from);
}

static void extending_memory_fails_cleanly(void **state)
{
    const scenario s = {prepare_growing, extend,         is_as_large_as_before,
                        begin_anew,      finish_growing, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void narrowing_memory_that_grows_fails_cleanly(void **state)
{
    const scenario s = {prepare_growing, narrow,         no_section,
                        close_out,       finish_growing, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

/* --- Guards --- */

/* The handler is set by the first copy in the process. */
static void a_guard_that_cannot_be_set_up_copies_nothing(void **state)
{
    (void)state;
    world w = {0};
    prepare_view(&w);
    char byte = 'b';
    unsigned nth = 0;
    const char *failed;
    do {
        faults_arm(++nth);
        section_status status = section_view_read(&w.view, 0, &byte, 1, NULL);
        failed = faults_disarm();
        if (failed != NULL)
            assert_that(status == SECTION_LIMIT || status == SECTION_NO_MEMORY);
        else
            assert_status(SECTION_OK, status);
        assert_same(failed != NULL ? 'b' : 'v', byte);
    } while (failed != NULL);
    assert_that(nth > 1);
    unmap(&w.view);
    section_close(w.from);
}

static section_status answer_context(void *context)
{
    return *(section_status *)context;
}

/* Each thread keeps its frames in a slot. */
static void a_guard_without_a_frame_calls_nothing(void **state)
{
    (void)state;
    world w = {0};
    prepare_view(&w);
    section_status answer = 4711;
    faults_arm_import("TlsSetValue", ERROR_NOT_ENOUGH_MEMORY);
    assert_status(SECTION_NO_MEMORY,
                  section_guard(&w.view, answer_context, &answer, NULL));
    assert_that(faults_disarm() != NULL);
    assert_status(4711, section_guard(&w.view, answer_context, &answer, NULL));
    unmap(&w.view);
    section_close(w.from);
}

static section_status open_file(world *w)
{
    return section_open_file(&w->out, w->path.text, SECTION_RIGHT_READ);
}

static void opening_a_file_fails_cleanly(void **state)
{
    const scenario s = {prepare_file, open_file,   no_section_and_contents_kept,
                        close_out,    finish_file, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void prepare_directory(world *w)
{
    w->path = files_path("directory");
    directory_make(w->path.text);
}

static void finish_directory(world *w)
{
    directory_remove(w->path.text);
}

static void opening_a_directory_fails_cleanly(void **state)
{
    const scenario s = {prepare_directory, open_file,        no_section,
                        close_out,         finish_directory, SECTION_KIND};
    (void)state;
    fail_each_call(&s);
}

static void duplicating_memory_fails_cleanly(void **state)
{
    const scenario s = {prepare_memory, duplicate,   no_section,
                        close_out,      finish_from, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void duplicating_a_file_fails_cleanly(void **state)
{
    const scenario s = {prepare_file_section, duplicate, no_section, close_out,
                        finish_file_section,  SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void narrowing_a_file_fails_cleanly(void **state)
{
    const scenario s = {prepare_file_section, narrow,    no_section, close_out,
                        finish_file_section,  SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static section_status duplicate_to_run(world *w)
{
    return section_duplicate(&w->out, w->from, SECTION_RIGHT_EXECUTE);
}

static void prepare_file_that_runs(world *w)
{
    prepare_path(w);
    section_options o = file_options(w->path.text, SIZE, SECTION_CREATE_NEW);
    o.rights |= SECTION_RIGHT_EXECUTE;
    assert_status(SECTION_OK, section_create(&w->from, &o));
}

static void narrowing_a_file_to_run_fails_cleanly(void **state)
{
    const scenario s = {
        prepare_file_that_runs, duplicate_to_run, no_section, close_out,
        finish_file_section,    SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static section_status create_lazy_that_runs(world *w)
{
    section_options o = memory_options(SIZE);
    o.flags = SECTION_LAZY;
    o.rights |= SECTION_RIGHT_EXECUTE;
    return section_create(&w->out, &o);
}

static void creating_lazy_memory_that_runs_fails_cleanly(void **state)
{
    const scenario s = {
        prepare_folder, create_lazy_that_runs, no_section_and_empty_folder,
        close_out,      finish_folder,         SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void narrowing_lazy_memory_fails_cleanly(void **state)
{
    const scenario s = {prepare_lazy, narrow,      no_section,
                        close_out,    finish_from, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static section_status duplicate_native(world *w)
{
    return section_duplicate_native(&w->native, w->from, SECTION_RIGHT_READ);
}

static void giving_out_a_handle_fails_cleanly(void **state)
{
    const scenario s = {prepare_memory, duplicate_native, no_native,
                        close_native,   finish_from,      SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static section_status map(world *w)
{
    memset(&w->view, 0xa5, sizeof(w->view));
    return section_map(&w->view, w->from, 1, 10, SECTION_ACCESS_READ_WRITE);
}

static void mapping_fails_cleanly(void **state)
{
    const scenario s = {prepare_file_section, map,       no_view, unmap_view,
                        finish_file_section,  SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

/* An address that was free a moment ago. */
static void prepare_free_address(world *w)
{
    prepare_memory(w);
    w->address = memory_reserve(SIZE);
    memory_release(w->address, SIZE);
}

static void prepare_taken_address(world *w)
{
    prepare_memory(w);
    w->address = memory_reserve(SIZE);
}

static void finish_taken_address(world *w)
{
    memory_release(w->address, SIZE);
    section_close(w->from);
}

static section_status map_at(world *w)
{
    memset(&w->view, 0xa5, sizeof(w->view));
    return section_map_at(&w->view, w->from, 0, 0, SECTION_ACCESS_READ,
                          w->address);
}

static void mapping_at_an_address_fails_cleanly(void **state)
{
    const scenario s = {prepare_free_address, map_at,      no_view,
                        unmap_view,           finish_from, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void mapping_at_a_taken_address_fails_cleanly(void **state)
{
    const scenario s = {
        prepare_taken_address, map_at,         no_view, unmap_view,
        finish_taken_address,  SECTION_ADDRESS};
    (void)state;
    fail_each_call(&s);
}

static section_status protect(world *w)
{
    return section_view_protect(&w->view, 0, 0, SECTION_ACCESS_READ);
}

static void unprotect(world *w)
{
    assert_status(SECTION_OK, section_view_protect(&w->view, 0, 0,
                                                   SECTION_ACCESS_READ_WRITE));
}

static void finish_view(world *w)
{
    unmap(&w->view);
    section_close(w->from);
}

static void protecting_fails_cleanly(void **state)
{
    const scenario s = {prepare_view, protect,     view_as_before,
                        unprotect,    finish_view, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static section_status unmap_it(world *w)
{
    return section_unmap(&w->view);
}

static void unmapping_fails_cleanly(void **state)
{
    const scenario s = {prepare_view,   unmap_it,    view_as_before,
                        finish_nothing, finish_from, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void lend_section(world *w)
{
    section *made = new_memory(SIZE);
    assert_status(SECTION_OK,
                  section_duplicate_native(&w->lent, made, READ_WRITE));
    section_close(made);
}

static void lend_file(world *w)
{
    prepare_file(w);
    w->lent = foreign_file(w->path.text, true);
}

static section_status wrap_owned(world *w)
{
    return section_wrap(&w->out, w->lent, READ_WRITE, SECTION_NATIVE_OWNED);
}

static section_status wrap_borrowed(world *w)
{
    return section_wrap(&w->out, w->lent, READ_WRITE, SECTION_NATIVE_BORROWED);
}

/* The handle went with the section: have another one for the next try. */
static void close_and_lend_section(world *w)
{
    section_close(w->out);
    assert_that(!foreign_is_open(w->lent));
    lend_section(w);
}

static void close_and_lend_file(world *w)
{
    section_close(w->out);
    assert_that(!foreign_is_open(w->lent));
    lend_file(w);
}

static void finish_lent(world *w)
{
    foreign_close(w->lent);
}

static void finish_lent_file(world *w)
{
    foreign_close(w->lent);
    assert_that(file_remove(w->path.text));
}

static void wrapping_a_section_fails_cleanly(void **state)
{
    const scenario s = {
        lend_section,           wrap_owned,  no_section_and_handle_open,
        close_and_lend_section, finish_lent, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void wrapping_a_file_fails_cleanly(void **state)
{
    const scenario s = {
        lend_file,           wrap_owned,       no_section_and_handle_open,
        close_and_lend_file, finish_lent_file, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static void borrowing_a_file_fails_cleanly(void **state)
{
    const scenario s = {lend_file, wrap_borrowed,    no_section_and_handle_open,
                        close_out, finish_lent_file, SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

/* A borrowed file has a section of ours, which is duplicated. */
static void lend_wrapped_file(world *w)
{
    lend_file(w);
    w->from = wrapped(w->lent, READ_WRITE, SECTION_NATIVE_BORROWED);
}

static void finish_wrapped_file(world *w)
{
    section_close(w->from);
    assert_that(foreign_is_open(w->lent));
    finish_lent_file(w);
}

static void narrowing_a_borrowed_file_fails_cleanly(void **state)
{
    const scenario s = {lend_wrapped_file,          narrow,
                        no_section_and_handle_open, close_out,
                        finish_wrapped_file,        SECTION_OK};
    (void)state;
    fail_each_call(&s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(names_without_native_calls_are_unsupported),
    cmocka_unit_test(creating_a_name_fails_cleanly),
    cmocka_unit_test(creating_a_filled_read_only_name_fails_cleanly),
    cmocka_unit_test(creating_a_name_of_the_machine_fails_cleanly),
    cmocka_unit_test(creating_a_name_that_is_held_fails_cleanly),
    cmocka_unit_test(opening_a_name_fails_cleanly),
    cmocka_unit_test(opening_what_is_denied_fails_cleanly),
    cmocka_unit_test(enumerating_fails_cleanly),
    cmocka_unit_test(creating_a_name_that_runs_fails_cleanly),
    cmocka_unit_test(opening_a_name_to_run_what_does_not_fails_cleanly),
    cmocka_unit_test(creating_memory_fails_cleanly),
    cmocka_unit_test(creating_read_only_memory_fails_cleanly),
    cmocka_unit_test(creating_lazy_memory_fails_cleanly),
    cmocka_unit_test(creating_lazy_memory_that_runs_fails_cleanly),
    cmocka_unit_test(creating_a_file_fails_cleanly),
    cmocka_unit_test(creating_a_lazy_file_fails_cleanly),
    cmocka_unit_test(creating_an_impossible_file_is_undone),
    cmocka_unit_test(opening_or_creating_fails_cleanly),
    cmocka_unit_test(growing_a_file_fails_cleanly),
    cmocka_unit_test(creating_memory_that_grows_fails_cleanly),
    cmocka_unit_test(creating_a_name_that_grows_fails_cleanly),
    cmocka_unit_test(opening_a_name_that_grows_fails_cleanly),
    cmocka_unit_test(extending_memory_fails_cleanly),
    cmocka_unit_test(narrowing_memory_that_grows_fails_cleanly),
    cmocka_unit_test(a_guard_that_cannot_be_set_up_copies_nothing),
    cmocka_unit_test(a_guard_without_a_frame_calls_nothing),
    cmocka_unit_test(opening_a_file_fails_cleanly),
    cmocka_unit_test(opening_a_directory_fails_cleanly),
    cmocka_unit_test(duplicating_memory_fails_cleanly),
    cmocka_unit_test(duplicating_a_file_fails_cleanly),
    cmocka_unit_test(narrowing_a_file_fails_cleanly),
    cmocka_unit_test(narrowing_a_file_to_run_fails_cleanly),
    cmocka_unit_test(narrowing_lazy_memory_fails_cleanly),
    cmocka_unit_test(giving_out_a_handle_fails_cleanly),
    cmocka_unit_test(mapping_fails_cleanly),
    cmocka_unit_test(mapping_at_an_address_fails_cleanly),
    cmocka_unit_test(mapping_at_a_taken_address_fails_cleanly),
    cmocka_unit_test(protecting_fails_cleanly),
    cmocka_unit_test(unmapping_fails_cleanly),
    cmocka_unit_test(wrapping_a_section_fails_cleanly),
    cmocka_unit_test(wrapping_a_file_fails_cleanly),
    cmocka_unit_test(borrowing_a_file_fails_cleanly),
    cmocka_unit_test(narrowing_a_borrowed_file_fails_cleanly),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
