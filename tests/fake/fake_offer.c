/* SPDX-License-Identifier: MIT */
/*
 * Offers of the fake platform. On some systems who offers puts handles into the
 * other process, as Windows does; on the others that one fetches them, as Linux
 * does. What a program inherits has the numbers it had.
 */
#include "fake_internal.h"

#include <string.h>

static bool are_forbidden;
static size_t sources;
static uint64_t randoms;
static unsigned char last_random[64];

void fake_offers_forget_all(void)
{
    are_forbidden = false;
    sources = 0;
    randoms = 0;
    memset(last_random, 0, sizeof(last_random));
}

size_t fake_source_count(void)
{
    return sources;
}

void fake_forbid_offers(bool forbidden)
{
    are_forbidden = forbidden;
}

const unsigned char *fake_last_random(void)
{
    return last_random;
}

/* What stands for no part. */
static const uint64_t no_part = (uint64_t)SECTION_OS_NONE;

/* What is in this process under a number that another has said, or NULL. */
static fake_handle *find_number(uint64_t number, uint64_t process)
{
    if (number > INTPTR_MAX)
        return NULL;
    return fake_handle_find_in((section_native)number, process);
}

/* ------------------------------------------------------------------------
 * To offer
 * ------------------------------------------------------------------------ */

/* Keep a part: the very handle if it is ours to give away. */
static void keep(section_os_parts *kept, section_os_parts *parts, unsigned part,
                 bool inheritable)
{
    const uint32_t bit = (uint32_t)1 << part;
    intptr_t handle = parts->part[part];
    if ((parts->ours & bit) != 0) {
        parts->part[part] = SECTION_OS_NONE;
        parts->ours &= ~bit;
    } else {
        handle =
            fake_handle_copy(handle, fake_process_now(), fake_process_now());
    }
    section_os_parts_keep(kept, (int)part, handle);
    fake_handle_find(kept->part[part])->inheritable = inheritable;
}

/* Put a handle into another process. */
static uint64_t push(intptr_t handle, const section_os_process *to)
{
    section_native number =
        fake_handle_copy(handle, fake_process_now(), to->id);
    fake_handle_find_in(number, to->id)->given = true;
    return (uint64_t)number;
}

section_os_result section_os_parts_offer(section_os_parts *kept,
                                         uint64_t numbers[SECTION_OS_PARTS],
                                         section_os_parts *parts,
                                         const section_os_process *to)
{
    section_os_result result = fake_ok();
    *kept = SECTION_OS_PARTS_NONE;
    for (unsigned i = 0; i < SECTION_OS_PARTS; i++)
        numbers[i] = no_part;
    fake_parts_check(parts);
    FAKE_CHECK(parts->part[SECTION_OS_PART_HANDLE] != SECTION_OS_NONE);
    FAKE_CHECK(parts->part[SECTION_OS_PART_TICKET] != SECTION_OS_NONE);
    FAKE_CHECK(to == NULL || !fake_current()->processes_are_strangers);
    if (fake_must_fail(FAKE_PARTS_OFFER, &result))
        return result;
    bool pushes = to != NULL && fake_current()->offers_are_pushed;
    if (to != NULL && !fake_process_lives(to))
        return fake_refusal(SECTION_NOT_FOUND, 29);
    if (pushes && are_forbidden)
        return fake_refusal(SECTION_ACCESS, 30);
    for (unsigned i = 0; i < SECTION_OS_PARTS; i++) {
        if (parts->part[i] == SECTION_OS_NONE)
            continue;
        if (pushes) {
            numbers[i] = push(parts->part[i], to);
            continue;
        }
        keep(kept, parts, i, to == NULL);
        numbers[i] = (uint64_t)kept->part[i];
    }
    return result;
}

static void close_given(uint64_t number, uint64_t process)
{
    const fake_handle *handle = find_number(number, process);
    if (number != no_part && handle != NULL && handle->given)
        fake_handle_close_in((section_native)number, process);
}

void section_os_parts_withdraw(section_os_parts *kept,
                               const uint64_t numbers[SECTION_OS_PARTS],
                               const section_os_process *to, bool taken)
{
    bool pushed = to != NULL && fake_current()->offers_are_pushed;
    if (pushed && !taken && fake_process_lives(to))
        for (unsigned i = 0; i < SECTION_OS_PARTS; i++)
            close_given(numbers[i], to->id);
    section_os_parts_close(kept);
}

section_os_result section_os_parts_pass(void *how, const intptr_t *handles,
                                        size_t count)
{
    section_os_result result = fake_ok();
    fake_program *program = how;
    FAKE_CHECK(count >= 1 && count <= SECTION_OS_PARTS);
    for (size_t i = 0; i < count; i++) {
        const fake_handle *handle = fake_handle_find(handles[i]);
        FAKE_CHECK(handle != NULL && handle->inheritable);
    }
    if (fake_must_fail(FAKE_PARTS_PASS, &result))
        return result;
    memcpy(program->handles, handles, count * sizeof(*handles));
    program->count = count;
    return result;
}

uint64_t fake_start_program(const fake_program *program)
{
    uint64_t child = fake_start_process();
    for (size_t i = 0; i < program->count; i++) {
        fake_handle_inherit(program->handles[i], fake_process_now(), child);
        fake_handle_find_in(program->handles[i], child)->given = true;
    }
    return child;
}

/* ------------------------------------------------------------------------
 * To take
 * ------------------------------------------------------------------------ */

/* Where the handles of an offer are. */
enum { IN_ANOTHER = 1, GIVEN_TO_THIS = 2 };

section_os_result section_os_source_open(section_os_source *out,
                                         const section_os_process *from)
{
    section_os_result result = fake_ok();
    bool is_here = from == NULL || fake_current()->offers_are_pushed;
    bool lives = from == NULL || fake_process_lives(from);
    *out = (section_os_source){SECTION_OS_NONE, 0, false};
    FAKE_CHECK(from == NULL || !fake_current()->processes_are_strangers);
    if (fake_must_fail(FAKE_SOURCE_OPEN, &result))
        return result;
    if (!is_here && !lives)
        return fake_refusal(SECTION_GONE, 31);
    out->process = is_here ? (intptr_t)fake_process_now() : (intptr_t)from->id;
    out->state = is_here ? GIVEN_TO_THIS : IN_ANOTHER;
    out->ended = !lives;
    sources++;
    return result;
}

void section_os_source_close(section_os_source *source)
{
    FAKE_CHECK(sources > 0 && source->state != 0);
    *source = (section_os_source){SECTION_OS_NONE, 0, false};
    sources--;
}

/* Whether an object is what was expected, as far as the system can tell. */
static bool is_expected(const fake_handle *handle, const uint64_t expected[2])
{
    bool is_told = handle->store->kind == SECTION_KIND_FILE ||
                   !fake_current()->memory_sizes_are_rounded;
    if (!is_told || expected == NULL)
        return true;
    return expected[0] == 7 && expected[1] == handle->store->number;
}

/* What is looked for in this process was given to it by another: all else is
 * somebody's. Of what it keeps for programs some systems cannot tell. */
static bool is_gift(const fake_handle *handle)
{
    return handle->given ||
           (handle->inheritable && fake_current()->offers_are_pushed);
}

section_os_result section_os_part_fetch(intptr_t *part,
                                        const section_os_source *source,
                                        uint64_t number,
                                        const uint64_t expected[2])
{
    section_os_result result = fake_ok();
    bool is_given = source->state == GIVEN_TO_THIS;
    uint64_t process = (uint64_t)source->process;
    *part = SECTION_OS_NONE;
    FAKE_CHECK(sources > 0 && source->state != 0);
    FAKE_CHECK(!is_given || process == fake_process_now());
    if (fake_must_fail(FAKE_PART_FETCH, &result))
        return result;
    if (!is_given && are_forbidden)
        return fake_refusal(SECTION_ACCESS, 32);
    const fake_handle *handle = find_number(number, process);
    if (handle == NULL || (is_given && !is_gift(handle)) ||
        !is_expected(handle, expected))
        return fake_refusal(SECTION_GONE, 33);
    *part =
        fake_handle_copy((section_native)number, process, fake_process_now());
    return result;
}

void section_os_parts_settle(const uint64_t numbers[SECTION_OS_PARTS],
                             const section_os_process *from)
{
    if (from != NULL && !fake_current()->offers_are_pushed)
        return;
    for (unsigned i = 0; i < SECTION_OS_PARTS; i++)
        close_given(numbers[i], fake_process_now());
}

/* ------------------------------------------------------------------------
 * For tests
 * ------------------------------------------------------------------------ */

void fake_close_given(uint64_t number)
{
    FAKE_CHECK(find_number(number, fake_process_now()) != NULL);
    fake_handle_close((section_native)number);
}

void fake_replace_given(uint64_t number, section_native by)
{
    fake_handle *row = find_number(number, fake_process_now());
    const fake_handle *other = fake_handle_find(by);
    FAKE_CHECK(row != NULL && other != NULL && row->name == NULL);
    fake_store_use(other->store);
    fake_store_leave(row->store);
    row->store = other->store;
    row->writable = other->writable;
    row->executable = other->executable;
}

/* ------------------------------------------------------------------------
 * Chance
 * ------------------------------------------------------------------------ */

section_os_result section_os_random(void *bytes, size_t length)
{
    section_os_result result = fake_ok();
    unsigned char *out = bytes;
    FAKE_CHECK(length >= 1 && length <= sizeof(last_random));
    if (fake_must_fail(FAKE_RANDOM, &result))
        return result;
    for (size_t i = 0; i < length; i++)
        out[i] = last_random[i] = (unsigned char)(0x9e ^ (++randoms * 0x65));
    return result;
}
