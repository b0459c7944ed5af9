/* SPDX-License-Identifier: MIT */
/*
 * The parts of an object, and offering them: to a process they are pushed at
 * once, a program that is started inherits them.
 *
 * Of memory there is the handle of its section. Of a file, also the one behind
 * lazy memory, there is the handle of the file alone, and the receiver makes a
 * section of its own of it: so nobody can hand over a section and a file that
 * have nothing to do with each other. That cannot be done with a file that
 * grows and may only be read, because a section that is to grow is one that
 * writes: then the section, what extends it, and the file are all handed over.
 */
#include "win32_native.h"

/* ------------------------------------------------------------------------
 * Parts of our own
 * ------------------------------------------------------------------------ */

void section_os_parts_close(section_os_parts *parts)
{
    for (int i = 0; i < SECTION_OS_PARTS; i++)
        if ((parts->ours >> i & 1) != 0)
            win32_close(parts->part[i]);
    *parts = SECTION_OS_PARTS_NONE;
}

static section_os_result gather_file(section_os_parts *out, intptr_t file,
                                     section_rights rights)
{
    intptr_t part;
    section_os_result result = win32_file_duplicate(&part, file, rights);
    section_os_parts_keep(out, SECTION_OS_PART_HANDLE, part);
    return result;
}

section_os_result section_os_parts_gather(section_os_parts *out,
                                          section_os_object *object,
                                          section_rights rights)
{
    *out = SECTION_OS_PARTS_NONE;
    bool writes = (rights & SECTION_RIGHT_WRITE) != 0;
    bool needs_section = win32_is_growing_file(object) && !writes;
    if (object->file != SECTION_OS_NONE && !needs_section)
        return gather_file(out, object->file, rights);
    section_os_object copy;
    section_os_result result =
        section_os_object_duplicate(&copy, object, rights);
    section_os_parts_keep(out, SECTION_OS_PART_HANDLE, copy.handle);
    section_os_parts_keep(out, SECTION_OS_PART_READER, copy.reader);
    section_os_parts_keep(out, SECTION_OS_PART_FILE, copy.file);
    return result;
}

/* ------------------------------------------------------------------------
 * Offers
 * ------------------------------------------------------------------------ */

void win32_parts_take_back(uint64_t numbers[SECTION_OS_PARTS], HANDLE process)
{
    for (int i = 0; i < SECTION_OS_PARTS; i++) {
        win32_process_take_back(numbers[i], process);
        numbers[i] = WIN32_NO_NUMBER;
    }
}

/*
 * A ticket has a right more than it needs, which means nothing for what has no
 * name: no other section that somebody hands over can have it and be taken
 * (win32_accept.c). So nobody can pass off as a ticket what this process was
 * given as a section, and let it close handles of its own: who can put a ticket
 * into it can do that anyway.
 */
#define TICKET_MARK DELETE

static ACCESS_MASK ticket_access(void)
{
    return win32_access_for(SECTION_RIGHT_READ | SECTION_RIGHT_WRITE);
}

/* What a part can do there; 0 for what it can do here. The ticket was made
 * here, by a call that grants more than is needed. */
static ACCESS_MASK access_of(int which)
{
    return which == SECTION_OS_PART_TICKET ? ticket_access() | TICKET_MARK : 0;
}

section_os_result win32_parts_push(uint64_t numbers[SECTION_OS_PARTS],
                                   HANDLE process,
                                   const section_os_parts *parts)
{
    section_os_result result = win32_ok();
    for (int i = 0; i < SECTION_OS_PARTS; i++)
        numbers[i] = WIN32_NO_NUMBER;
    for (int i = 0; i < SECTION_OS_PARTS && result.status == SECTION_OK; i++)
        if (parts->part[i] != SECTION_OS_NONE)
            result = win32_process_push(&numbers[i], process, parts->part[i],
                                        access_of(i));
    if (result.status != SECTION_OK)
        win32_parts_take_back(numbers, process);
    return result;
}

section_os_result win32_parts_pull(section_os_parts *out, HANDLE process,
                                   const uint64_t numbers[SECTION_OS_PARTS])
{
    *out = SECTION_OS_PARTS_NONE;
    section_os_result result = win32_ok();
    for (int i = SECTION_OS_PARTS - 1; i >= 0; i--) {
        intptr_t part;
        if (numbers[i] == WIN32_NO_NUMBER)
            continue;
        result = win32_process_pull(&part, process, numbers[i]);
        if (result.status != SECTION_OK) {
            section_os_parts_close(out);
            return result;
        }
        section_os_parts_keep(out, i, part);
    }
    return result;
}

/* Handles that are inherited by who is started with them in a list. */
static section_os_result keep_inheritable(section_os_parts *kept,
                                          uint64_t numbers[SECTION_OS_PARTS],
                                          const section_os_parts *parts)
{
    for (int i = 0; i < SECTION_OS_PARTS; i++) {
        HANDLE copy;
        if (parts->part[i] == SECTION_OS_NONE)
            continue;
        if (!DuplicateHandle(GetCurrentProcess(), win32_handle(parts->part[i]),
                             GetCurrentProcess(), &copy, access_of(i), TRUE,
                             access_of(i) == 0 ? DUPLICATE_SAME_ACCESS : 0)) {
            DWORD error = GetLastError();
            section_os_parts_close(kept);
            return win32_failure(error);
        }
        section_os_parts_keep(kept, i, win32_number(copy));
        numbers[i] = (uint64_t)(uintptr_t)copy;
    }
    return win32_ok();
}

section_os_result section_os_parts_offer(section_os_parts *kept,
                                         uint64_t numbers[SECTION_OS_PARTS],
                                         section_os_parts *parts,
                                         const section_os_process *to)
{
    *kept = SECTION_OS_PARTS_NONE;
    for (int i = 0; i < SECTION_OS_PARTS; i++)
        numbers[i] = WIN32_NO_NUMBER;
    if (to == NULL)
        return keep_inheritable(kept, numbers, parts);
    HANDLE process;
    section_os_result result =
        win32_process_open(&process, to, PROCESS_DUP_HANDLE);
    if (result.status != SECTION_OK)
        return result;
    result = win32_parts_push(numbers, process, parts);
    (void)CloseHandle(process);
    return result;
}

/* Whoever the offer was for may have ended, and then it has no handles. */
void section_os_parts_withdraw(section_os_parts *kept,
                               const uint64_t numbers[SECTION_OS_PARTS],
                               const section_os_process *to, bool taken)
{
    HANDLE process;
    section_os_parts_close(kept);
    if (taken || to == NULL ||
        win32_process_open(&process, to, PROCESS_DUP_HANDLE).status !=
            SECTION_OK)
        return;
    for (int i = 0; i < SECTION_OS_PARTS; i++)
        win32_process_take_back(numbers[i], process);
    (void)CloseHandle(process);
}

/* ------------------------------------------------------------------------
 * Taking
 * ------------------------------------------------------------------------ */

/* What was offered is here already. Not everybody may ask of everyone whether
 * it lives. */
section_os_result section_os_source_open(section_os_source *out,
                                         const section_os_process *from)
{
    HANDLE process;
    out->process = SECTION_OS_NONE;
    out->state = SECTION_OS_NONE;
    out->ended = false;
    if (from == NULL)
        return win32_ok();
    section_os_result result = win32_process_open(&process, from, 0);
    if (result.status == SECTION_OK)
        (void)CloseHandle(process);
    out->ended = result.status == SECTION_NOT_FOUND;
    if (result.status == SECTION_NOT_FOUND || result.status == SECTION_ACCESS)
        return win32_ok();
    return result;
}

void section_os_source_close(section_os_source *source)
{
    (void)source;
}

/* A duplicate without the mark, of what has it. */
static section_os_result check_ticket(intptr_t *part)
{
    ACCESS_MASK granted;
    intptr_t marked = *part;
    section_os_result result =
        win32_find_granted(&granted, win32_handle(marked));
    *part = SECTION_OS_NONE;
    if (result.status == SECTION_OK &&
        granted != access_of(SECTION_OS_PART_TICKET))
        result = win32_verdict(SECTION_GONE, 0);
    if (result.status == SECTION_OK)
        result = win32_duplicate(part, marked, ticket_access(), 0);
    win32_close(marked);
    return result;
}

/* What is in the table is there by another process's doing, or was there before
 * this program began: it is duplicated, and stays as it is until the offer is
 * known to be one. */
section_os_result section_os_part_fetch(intptr_t *part,
                                        const section_os_source *source,
                                        uint64_t number,
                                        const uint64_t expected[2])
{
    (void)source;
    section_os_result result =
        win32_process_pull(part, GetCurrentProcess(), number);
    if (result.status == SECTION_INVALID)
        result.status = SECTION_GONE;
    /* Windows has no numbers for memory that could be compared. */
    if (result.status == SECTION_OK && expected != NULL)
        result = check_ticket(part);
    return result;
}

void section_os_parts_settle(const uint64_t numbers[SECTION_OS_PARTS],
                             const section_os_process *from)
{
    (void)from;
    for (int i = 0; i < SECTION_OS_PARTS; i++)
        if (numbers[i] != WIN32_NO_NUMBER)
            (void)CloseHandle((HANDLE)(uintptr_t)numbers[i]);
}

/* The list has a pointer to the handles, and does not write there. */
section_os_result section_os_parts_pass(void *how, const intptr_t *handles,
                                        size_t count)
{
    if (UpdateProcThreadAttribute(how, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
                                  (void *)handles, count * sizeof(*handles),
                                  NULL, NULL))
        return win32_ok();
    return win32_failure(GetLastError());
}
