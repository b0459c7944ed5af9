/* SPDX-License-Identifier: MIT */
/*
 * The fake platform as a whole: which system is played, which primitive has to
 * fail, what is left over; and the small things of the seam.
 */
#include "expect.h"
#include "fake_internal.h"

#include "arithmetic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLENTY ((uint64_t)256 << 20)

const fake_system fake_systems[] = {
    {"pages of 4 KiB", 4096, 4096, .large_page = 32768},
    {"pages of 16 KiB", 16384, 16384, .adopting_renumbers = true,
     .memory_cannot_grow = true, .views_are_left_alone = true,
     .seals = FAKE_SEALS_NONE, .processes_are_strangers = true},
    {"pages of 4 KiB, granules of 64 KiB", 4096, 65536,
     .memory_views_hold = true, .names_are_taken_early = true,
     .files_keep_their_size = true, .large_page = 131072,
     .execution_is_guarded = true, .seals = FAKE_SEALS_NATURAL,
     .offers_are_pushed = true},
    {"pages of 64 KiB", 65536, 65536, .files_cannot_grow = true,
     .seals = FAKE_SEALS_NONE},
    {"pages of 4 KiB, sizes rounded", 4096, 4096,
     .memory_sizes_are_rounded = true, .adopting_renumbers = true,
     .views_are_left_alone = true, .large_page = 32768,
     .seals = FAKE_SEALS_NONE, .processes_are_strangers = true},
    {"pages of 16 KiB, sizes rounded", 16384, 16384,
     .memory_sizes_are_rounded = true, .memory_views_hold = true,
     .files_cannot_grow = true, .files_keep_their_size = true,
     .execution_is_guarded = true},
    {"pages of 4 KiB, granules of 64 KiB, sizes rounded", 4096, 65536,
     .memory_sizes_are_rounded = true, .names_are_taken_early = true,
     .files_keep_their_size = true, .large_page = 131072,
     .execution_is_guarded = true, .seals = FAKE_SEALS_NATURAL,
     .offers_are_pushed = true},
    {"pages of 64 KiB, sizes rounded", 65536, 65536,
     .memory_sizes_are_rounded = true, .adopting_renumbers = true,
     .names_are_taken_early = true, .memory_cannot_grow = true,
     .seals = FAKE_SEALS_NATURAL, .offers_are_pushed = true},
};

const size_t fake_systems_count =
    sizeof(fake_systems) / sizeof(fake_systems[0]);

static const fake_system *current = &fake_systems[0];
static uint64_t memory_left;
static uint64_t disk_left;
static size_t heap_blocks;
static int32_t last_error;

static unsigned fail_countdown;
static unsigned fail_variant;
static fake_failure failure;

static struct {
    section_status status;
    unsigned count;
} answers[FAKE_PRIMITIVES];

static struct {
    fake_primitive primitive;
    void (*does)(void *context, unsigned call);
    void *context;
    unsigned calls;
    bool is_running;
} hook;

static void forget_blocks(void);

_Noreturn void fake_broken(const char *what, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, what);
    (void)fflush(stderr);
    abort();
}

void fake_start(const fake_system *system)
{
    fake_guards_forget_all();
    fake_flushes_forget_all();
    fake_prepare_forget_all();
    fake_growth_forget_all();
    fake_channels_forget_all();
    fake_offers_forget_all();
    fake_view_forget_all();
    fake_names_forget_all();
    fake_handle_forget_all();
    fake_store_forget_all();
    forget_blocks();
    current = system;
    memory_left = disk_left = PLENTY;
    last_error = 0;
    memset(answers, 0, sizeof(answers));
    memset(&hook, 0, sizeof(hook));
    fake_fail_at(0, 0);
    fake_clock_start();
    fake_processes_start();
}

const fake_system *fake_current(void)
{
    return current;
}

void fake_set_space_left(uint64_t memory, uint64_t disk)
{
    memory_left = memory;
    disk_left = disk;
}

bool fake_commit(section_kind kind, uint64_t bytes)
{
    if (kind == SECTION_KIND_FILE)
        return bytes <= disk_left;
    uint64_t lost = fake_dead_bytes();
    return lost <= memory_left && bytes <= memory_left - lost;
}

/* ------------------------------------------------------------------------
 * Failing
 * ------------------------------------------------------------------------ */

static const section_status failures[FAKE_PRIMITIVES][FAKE_VARIANTS] = {
    [FAKE_ALLOCATE] = {SECTION_NO_MEMORY, SECTION_NO_MEMORY, SECTION_NO_MEMORY},
    [FAKE_MEMORY_CREATE] = {SECTION_NO_SPACE, SECTION_LIMIT, SECTION_SYSTEM},
    [FAKE_FILE_OPEN] = {SECTION_ACCESS, SECTION_LIMIT, SECTION_IO},
    [FAKE_FILE_CREATE] = {SECTION_ACCESS, SECTION_LIMIT, SECTION_NO_SPACE},
    [FAKE_FILE_KEEP_DIRECTORY] = {SECTION_LIMIT, SECTION_IO, SECTION_SYSTEM},
    [FAKE_FILE_BIND] = {SECTION_NO_SPACE, SECTION_IO, SECTION_LIMIT},
    [FAKE_WRAP] = {SECTION_INVALID, SECTION_IO, SECTION_ACCESS},
    [FAKE_ADOPT] = {SECTION_LIMIT, SECTION_SYSTEM, SECTION_LIMIT},
    [FAKE_DUPLICATE] = {SECTION_LIMIT, SECTION_UNSUPPORTED, SECTION_ACCESS},
    [FAKE_NATIVE_DUPLICATE] = {SECTION_LIMIT, SECTION_UNSUPPORTED,
                               SECTION_ACCESS},
    [FAKE_OPEN_READER] = {SECTION_LIMIT, SECTION_ACCESS, SECTION_SYSTEM},
    [FAKE_NAME_CREATE] = {SECTION_NO_SPACE, SECTION_ACCESS, SECTION_LIMIT},
    [FAKE_NAME_PUBLISH] = {SECTION_ACCESS, SECTION_LIMIT, SECTION_NO_SPACE},
    [FAKE_NAME_OPEN] = {SECTION_ACCESS, SECTION_LIMIT, SECTION_UNSUPPORTED},
    [FAKE_NAMES_BEGIN] = {SECTION_ACCESS, SECTION_LIMIT, SECTION_NO_MEMORY},
    [FAKE_NAMES_SWEEP] = {SECTION_ACCESS, SECTION_LIMIT, SECTION_UNSUPPORTED},
    [FAKE_VIEW_MAP] = {SECTION_LIMIT, SECTION_NO_SPACE, SECTION_UNSUPPORTED},
    [FAKE_VIEW_UNMAP] = {SECTION_LIMIT, SECTION_LIMIT, SECTION_LIMIT},
    [FAKE_VIEW_PROTECT] = {SECTION_LIMIT, SECTION_LIMIT, SECTION_LIMIT},
    [FAKE_MEASURE] = {SECTION_IO, SECTION_LIMIT, SECTION_SYSTEM},
    [FAKE_EXTEND] = {SECTION_NO_SPACE, SECTION_IO, SECTION_LIMIT},
    [FAKE_EXTENSION_BEGIN] = {SECTION_LIMIT, SECTION_UNSUPPORTED,
                              SECTION_SYSTEM},
    [FAKE_VIEW_FLUSH] = {SECTION_IO, SECTION_NO_SPACE, SECTION_UNSUPPORTED},
    [FAKE_OBJECT_FLUSH] = {SECTION_IO, SECTION_NO_SPACE, SECTION_UNSUPPORTED},
    [FAKE_ENTRY_FLUSH] = {SECTION_ACCESS, SECTION_IO, SECTION_LIMIT},
    [FAKE_PREFETCH] = {SECTION_NO_SPACE, SECTION_FAULT, SECTION_LIMIT},
    [FAKE_LOCK] = {SECTION_LIMIT, SECTION_ACCESS, SECTION_UNSUPPORTED},
    [FAKE_UNLOCK] = {SECTION_LIMIT, SECTION_LIMIT, SECTION_UNSUPPORTED},
    [FAKE_ADVISE] = {SECTION_LIMIT, SECTION_IO, SECTION_SYSTEM},
    [FAKE_DISCARD] = {SECTION_IO, SECTION_NO_SPACE, SECTION_FAULT},
    [FAKE_GUARDED_COPY] = {SECTION_LIMIT, SECTION_NO_MEMORY, SECTION_LIMIT},
    [FAKE_GUARDED_CALL] = {SECTION_LIMIT, SECTION_NO_MEMORY, SECTION_LIMIT},
    [FAKE_IS_SAME] = {SECTION_UNSUPPORTED, SECTION_LIMIT, SECTION_SYSTEM},
    [FAKE_SEAL] = {SECTION_ACCESS, SECTION_UNSUPPORTED, SECTION_SYSTEM},
    [FAKE_PARTS_GATHER] = {SECTION_LIMIT, SECTION_UNSUPPORTED, SECTION_ACCESS},
    [FAKE_ACCEPT] = {SECTION_LIMIT, SECTION_NO_MEMORY, SECTION_SYSTEM},
    [FAKE_CHANNEL_SEND] = {SECTION_BUSY, SECTION_GONE, SECTION_KIND},
    [FAKE_CHANNEL_RECEIVE] = {SECTION_BUSY, SECTION_UNTRUSTED, SECTION_LIMIT},
    [FAKE_PROCESS_TELL] = {SECTION_NOT_FOUND, SECTION_LIMIT, SECTION_SYSTEM},
    [FAKE_PARTS_OFFER] = {SECTION_ACCESS, SECTION_LIMIT, SECTION_NOT_FOUND},
    [FAKE_SOURCE_OPEN] = {SECTION_GONE, SECTION_ACCESS, SECTION_LIMIT},
    [FAKE_PART_FETCH] = {SECTION_GONE, SECTION_ACCESS, SECTION_LIMIT},
    [FAKE_PARTS_PASS] = {SECTION_NO_MEMORY, SECTION_LIMIT, SECTION_SYSTEM},
    [FAKE_RANDOM] = {SECTION_SYSTEM, SECTION_LIMIT, SECTION_IO},
};

void fake_fail_at(unsigned nth, unsigned variant)
{
    fail_countdown = nth;
    fail_variant = variant % FAKE_VARIANTS;
    failure = (fake_failure){0};
}

fake_failure fake_failed(void)
{
    return failure;
}

void fake_answer(fake_primitive primitive, section_status status,
                 unsigned count)
{
    answers[primitive].status = status;
    answers[primitive].count = count;
}

void fake_at_each_call(fake_primitive primitive,
                       void (*does)(void *context, unsigned call),
                       void *context)
{
    memset(&hook, 0, sizeof(hook));
    hook.primitive = primitive;
    hook.does = does;
    hook.context = context;
}

/* What it does may call the primitive itself. */
static void run_hook(fake_primitive primitive)
{
    if (hook.does == NULL || hook.primitive != primitive || hook.is_running)
        return;
    hook.is_running = true;
    hook.does(hook.context, ++hook.calls);
    hook.is_running = false;
}

static bool is_answered(fake_primitive primitive, section_os_result *result)
{
    if (answers[primitive].count == 0)
        return false;
    if (answers[primitive].count != FAKE_ALWAYS)
        answers[primitive].count--;
    *result = fake_refusal(answers[primitive].status, FAKE_ANSWER_CODE);
    return result->status != SECTION_OK;
}

bool fake_must_fail(fake_primitive primitive, section_os_result *result)
{
    run_hook(primitive);
    if (is_answered(primitive, result))
        return true;
    *result = fake_ok();
    if (fail_countdown == 0 || --fail_countdown > 0)
        return false;
    /* A code that says where it came from, so that no other can pass for it. */
    *result =
        fake_refusal(failures[primitive][fail_variant],
                     7000 + 10 * (int32_t)primitive + (int32_t)fail_variant);
    failure = (fake_failure){true, primitive, *result};
    return true;
}

section_os_result fake_ok(void)
{
    return fake_refusal(SECTION_OK, 0);
}

section_os_result fake_refusal(section_status status, int32_t os_error)
{
    return (section_os_result){status, os_error};
}

/* ------------------------------------------------------------------------
 * Counting
 * ------------------------------------------------------------------------ */

fake_census fake_count(void)
{
    return (fake_census){
        .handles = fake_handle_count(false),
        .readers = fake_handle_count(true),
        .views = fake_view_count(),
        .heap_blocks = heap_blocks,
        .stores = fake_store_count(),
        .files = fake_path_count(),
        .names = fake_name_count(),
        .walks = fake_walk_count(),
        .extensions = fake_extension_count(),
        .under_way = fake_handle_count_under_way(),
        .sources = fake_source_count(),
    };
}

static void print_census(const char *title, fake_census census)
{
    print_error("%s %u handles, %u readers, %u views, %u blocks, %u stores, "
                "%u files, %u names, %u walks, %u extensions, %u under way, "
                "%u sources\n",
                title, (unsigned)census.handles, (unsigned)census.readers,
                (unsigned)census.views, (unsigned)census.heap_blocks,
                (unsigned)census.stores, (unsigned)census.files,
                (unsigned)census.names, (unsigned)census.walks,
                (unsigned)census.extensions, (unsigned)census.under_way,
                (unsigned)census.sources);
}

void fake_expect_census(fake_census expected, fake_census actual,
                        const char *file, int line)
{
    if (memcmp(&expected, &actual, sizeof(expected)) == 0)
        return;
    print_census("expected", expected);
    print_census("     got", actual);
    _fail(file, line);
}

/* ------------------------------------------------------------------------
 * The seam
 * ------------------------------------------------------------------------ */

static section_support support(bool is_there)
{
    return is_there ? SECTION_SUPPORT_FULL : SECTION_SUPPORT_NONE;
}

static section_guard_strength strength(bool is_enforced)
{
    return is_enforced ? SECTION_GUARD_ENFORCED : SECTION_GUARD_NONE;
}

void section_os_get_system(section_os_system *out)
{
    bool helps = !current->views_are_left_alone;
    bool early = current->names_are_taken_early;
    bool sealed = current->seals != FAKE_SEALS_NONE;
    *out = (section_os_system){
        .traits =
            {
                .page_size = current->page_size,
                .granularity = current->granularity,
                .memory_commit = SECTION_COMMIT_CHARGED,
                .file_commit = SECTION_COMMIT_ALLOCATED,
                .memory_copy = SECTION_COPY_LIVE,
                .file_copy = SECTION_COPY_LIVE,
                .read_only_views = SECTION_GUARD_ENFORCED,
                .memory_shrink = strength(sealed),
                .lazy_backing = SECTION_BACKING_DISK,
                .name_scope = early ? SECTION_NAMES_LOGIN : SECTION_NAMES_USER,
                .name_removal = strength(early),
                .dead_names =
                    early ? SECTION_RECLAIM_AT_ONCE : SECTION_RECLAIM_LATER,
                .lazy_names = support(!early),
                .memory_growth = support(!current->memory_cannot_grow),
                .file_growth = support(!current->files_cannot_grow),
                .flush_durable = SECTION_DURABLE_MEDIUM,
                .flush_order = support(helps),
                .file_shrink = strength(current->files_keep_their_size),
                .file_removal = strength(current->files_keep_their_size),
                .discard =
                    helps ? SECTION_DISCARD_FREED : SECTION_DISCARD_ZEROED,
                .advice = support(helps),
                .large_page_size = current->large_page,
                .execute_right = strength(current->execution_is_guarded),
                .seal_growth = strength(sealed),
                .seal_writers = strength(current->seals == FAKE_SEALS),
                .delivery = SECTION_DELIVERY_HELD,
                .offers = support(!current->processes_are_strangers),
            },
        .memory_sizes_are_rounded = current->memory_sizes_are_rounded,
    };
}

/* What stands before a block of the heap; as long as any type is aligned. */
typedef struct block {
    _Alignas(max_align_t) struct block *next;
    uint64_t process;
    size_t size;
} block;

static block *blocks;

static block *block_of(const void *memory)
{
    return (block *)(uintptr_t)memory - 1;
}

void *section_os_allocate(size_t size)
{
    section_os_result ignored;
    FAKE_CHECK(size > 0);
    if (fake_must_fail(FAKE_ALLOCATE, &ignored))
        return NULL;
    heap_blocks++;
    block *made = fake_zeroed(sizeof(*made) + size);
    made->next = blocks;
    made->process = fake_process_now();
    made->size = size;
    blocks = made;
    return made + 1;
}

bool fake_is_block(const void *memory, size_t length)
{
    uintptr_t at = (uintptr_t)memory;
    const block *known = blocks;
    while (known != NULL && (at < (uintptr_t)(known + 1) ||
                             !section__is_inside(at - (uintptr_t)(known + 1),
                                                 length, known->size)))
        known = known->next;
    return known != NULL;
}

static void free_block(block **link)
{
    block *freed = *link;
    *link = freed->next;
    heap_blocks--;
    free(freed);
}

void section_os_free(void *memory)
{
    FAKE_CHECK(memory != NULL && heap_blocks > 0);
    block **link = &blocks;
    while (*link != NULL && *link != block_of(memory))
        link = &(*link)->next;
    FAKE_CHECK(*link != NULL);
    free_block(link);
}

void fake_blocks_end(uint64_t process)
{
    block **link = &blocks;
    while (*link != NULL)
        if ((*link)->process == process)
            free_block(link);
        else
            link = &(*link)->next;
}

static void forget_blocks(void)
{
    while (blocks != NULL)
        free_block(&blocks);
}

int32_t section_os_count_add(section_os_count *count, int32_t change)
{
    /* Adding nothing is done to any bytes; and others may have made anything of
     * what is shared. */
    FAKE_CHECK(change == 0 || fake_view_is_shared(count, sizeof(*count)) ||
               (*count >= 0 && *count + change >= 0));
    *count = (int32_t)((uint32_t)*count + (uint32_t)change);
    return *count;
}

void section_os_set_last_error(int32_t os_error)
{
    last_error = os_error;
}

int32_t section_os_get_last_error(void)
{
    return last_error;
}
