/* SPDX-License-Identifier: MIT */
#include "faulting.h"

#include "machine.h"

#include <section/native.h>

#include <windows.h>

static unsigned char *page;
static volatile LONG is_bad, calls, has_context;
static const void *volatile told_address;
static unsigned kind_of_handler;

bool faulting_has_signals(void)
{
    return false;
}

static LONG CALLBACK on_fault(EXCEPTION_POINTERS *pointers)
{
    const EXCEPTION_RECORD *record = pointers->ExceptionRecord;
    if (record->ExceptionCode != (DWORD)EXCEPTION_ACCESS_VIOLATION &&
        record->ExceptionCode != (DWORD)EXCEPTION_IN_PAGE_ERROR)
        return EXCEPTION_CONTINUE_SEARCH;
    if ((kind_of_handler & FAULTING_TRIES) != 0 &&
        section_guard_try(0, pointers, NULL) != 0)
        return EXCEPTION_CONTINUE_EXECUTION;
    uintptr_t address = (uintptr_t)record->ExceptionInformation[1];
    calls = calls + 1;
    told_address = (const void *)address;
    has_context = pointers->ContextRecord != NULL;
    DWORD before;
    if (!is_bad || address - (uintptr_t)page >= machine_page_size() ||
        !VirtualProtect(page, machine_page_size(), PAGE_READWRITE, &before))
        ExitProcess(FAULTING_ABANDONED);
    is_bad = 0;
    return EXCEPTION_CONTINUE_EXECUTION;
}

void faulting_handle(unsigned kind)
{
    kind_of_handler = kind;
    /* With FAULTING_TRIES it comes before the library's, and else after it: so
     * a process has one. */
    assert_that(AddVectoredExceptionHandler((kind & FAULTING_TRIES) != 0,
                                            on_fault) != NULL);
}

bool faulting_lend_stack(void)
{
    return false;
}

bool faulting_has_stack(void)
{
    return false;
}

void faulting_ignore(void)
{
}

void faulting_default(void)
{
}

faulting_record faulting_take_record(void)
{
    faulting_record record = {
        .calls = (int)calls,
        .address = told_address,
        .has_context = has_context != 0,
    };
    calls = 0;
    return record;
}

unsigned char *faulting_page(void)
{
    size_t size = machine_page_size();
    DWORD before;
    if (page == NULL)
        page =
            VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    assert_that(page != NULL);
    assert_that(VirtualProtect(page, size, PAGE_NOACCESS, &before));
    is_bad = 1;
    return page;
}

unsigned char faulting_touch(const unsigned char *byte)
{
    return *(const volatile unsigned char *)byte;
}

void faulting_write(unsigned char *byte, unsigned char value)
{
    *(volatile unsigned char *)byte = value;
}

void faulting_send(bool to_process)
{
    (void)to_process;
}

bool faulting_blocks_nothing(void)
{
    return true;
}
