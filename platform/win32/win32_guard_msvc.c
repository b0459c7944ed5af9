/* SPDX-License-Identifier: MIT */
/*
 * Guards by the structured exceptions of MSVC: the system keeps the chain of
 * frames, and no handler is set.
 */
#include "win32_internal.h"

section_os_result win32_prepare_guards(void)
{
    return win32_ok();
}

static int judge(const EXCEPTION_POINTERS *met, const section_os_watch *watch,
                 const void **fault)
{
    const EXCEPTION_RECORD *record = met->ExceptionRecord;
    if (record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION &&
        record->ExceptionCode != EXCEPTION_IN_PAGE_ERROR)
        return EXCEPTION_CONTINUE_SEARCH;
    if (record->NumberParameters < 2)
        return EXCEPTION_CONTINUE_SEARCH;
    /* EXCEPTION_RECORD: what was tried, and where. */
    uintptr_t address = record->ExceptionInformation[1];
    if (address - (uintptr_t)watch->base >= watch->length)
        return EXCEPTION_CONTINUE_SEARCH;
    *fault = (const void *)address;
    return EXCEPTION_EXECUTE_HANDLER;
}

section_os_result section_os_guarded_call(section_guarded function,
                                          void *context,
                                          const section_os_watch *watch,
                                          section_status *answer,
                                          const void **fault)
{
    *answer = 0;
    *fault = NULL;
    __try {
        *answer = function(context);
    } __except (judge(GetExceptionInformation(), watch, fault)) {
        DWORD error = GetExceptionCode() == EXCEPTION_IN_PAGE_ERROR
                          ? ERROR_SWAPERROR
                          : ERROR_NOACCESS;
        *answer = 0;
        return win32_verdict(SECTION_FAULT, error);
    }
    return win32_ok();
}

int32_t section_os_guard_try(int32_t signal, void *information, void *context)
{
    (void)signal;
    (void)information;
    (void)context;
    return 0;
}
