/* SPDX-License-Identifier: MIT */
/*
 * Guards where the compiler has no structured exceptions: a vectored handler,
 * which every exception of the process comes by first.
 *
 * A thread that is inside guarded calls has a chain of frames, in a slot of the
 * system's, which is safe in any thread and in every handler. The handler looks
 * for the innermost frame that watches the address, and lets the thread go on
 * where that frame was entered: __builtin_setjmp() has written down the frame
 * pointer, an instruction and the stack pointer there, and a function that
 * calls it saves all other registers that are its caller's.
 *
 * A fault that is nobody's goes on to the other handlers, with the context it
 * came with.
 */
#include "win32_internal.h"

typedef struct frame {
    void *place[5]; /* __builtin_setjmp() */
    struct frame *outer;
    const section_os_watch *watch;
    const void *fault;
    DWORD code; /* of the exception */
    /* The handlers of the stack, which on 32-bit Windows is where those of the
     * system's own functions are that the function was in. */
    struct _EXCEPTION_REGISTRATION_RECORD *handlers;
} frame;

/* 0 for none yet, else one more than the number of the slot. */
static volatile LONG known_slot;
static void *volatile known_handler;

/* ------------------------------------------------------------------------
 * Faults
 * ------------------------------------------------------------------------ */

/* TlsGetValue() sets the last error to 0, which is not ours to change. */
static frame *innermost(void)
{
    LONG slot = known_slot;
    if (slot == 0)
        return NULL;
    DWORD before = GetLastError();
    frame *found = TlsGetValue((DWORD)slot - 1);
    SetLastError(before);
    return found;
}

static bool is_watched(const section_os_watch *watch, const void *address)
{
    return (uintptr_t)address - (uintptr_t)watch->base < watch->length;
}

/* No string instruction runs backwards where it goes on. */
#define DIRECTION_FLAG 0x400u

static void go_on(CONTEXT *context, const frame *at)
{
#ifdef _WIN64
    context->Rbp = (uintptr_t)at->place[0];
    context->Rip = (uintptr_t)at->place[1];
    context->Rsp = (uintptr_t)at->place[2];
#else
    context->Ebp = (uintptr_t)at->place[0];
    context->Eip = (uintptr_t)at->place[1];
    context->Esp = (uintptr_t)at->place[2];
#endif
    context->EFlags &= ~DIRECTION_FLAG;
}

static bool leave_call(CONTEXT *context, const void *address, DWORD code)
{
    frame *at = innermost();
    while (at != NULL && !is_watched(at->watch, address))
        at = at->outer;
    if (at == NULL)
        return false;
    at->fault = address;
    at->code = code;
    go_on(context, at);
    return true;
}

int32_t section_os_guard_try(int32_t signal, void *information, void *context)
{
    (void)signal;
    (void)context;
    const EXCEPTION_POINTERS *met = information;
    if (met == NULL)
        return 0;
    const EXCEPTION_RECORD *record = met->ExceptionRecord;
    if (record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION &&
        record->ExceptionCode != EXCEPTION_IN_PAGE_ERROR)
        return 0;
    if (record->NumberParameters < 2)
        return 0;
    /* EXCEPTION_RECORD: what was tried, and where. */
    const void *address = (const void *)record->ExceptionInformation[1];
    return win32_leave_copy(met->ContextRecord, address) ||
           leave_call(met->ContextRecord, address, record->ExceptionCode);
}

static LONG CALLBACK handle(EXCEPTION_POINTERS *met)
{
    return section_os_guard_try(0, met, NULL) != 0
               ? EXCEPTION_CONTINUE_EXECUTION
               : EXCEPTION_CONTINUE_SEARCH;
}

/* ------------------------------------------------------------------------
 * The handler
 * ------------------------------------------------------------------------ */

static section_os_result take_slot(void)
{
    if (known_slot != 0)
        return win32_ok();
    DWORD taken = TlsAlloc();
    if (taken == TLS_OUT_OF_INDEXES)
        return win32_verdict(SECTION_LIMIT, GetLastError());
    /* If another thread was first. */
    if (InterlockedCompareExchange(&known_slot, (LONG)taken + 1, 0) != 0)
        (void)TlsFree(taken);
    return win32_ok();
}

/* The system calls the handler for as long as the process lives, so the module
 * it is in stays: a handler that is removed may be running in another thread.
 */
static section_os_result keep_module(void)
{
    HMODULE module;
    if (GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN |
                               GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                           (const WCHAR *)(uintptr_t)handle, &module))
        return win32_ok();
    return win32_verdict(SECTION_NO_MEMORY, GetLastError());
}

section_os_result win32_prepare_guards(void)
{
    if (known_handler != NULL)
        return win32_ok();
    section_os_result result = take_slot();
    if (result.status == SECTION_OK)
        result = keep_module();
    if (result.status != SECTION_OK)
        return result;
    /* Before those there are: they would take the fault for a real one. */
    void *handler = AddVectoredExceptionHandler(1, handle);
    if (handler == NULL)
        return win32_verdict(SECTION_NO_MEMORY, GetLastError());
    if (InterlockedCompareExchangePointer(&known_handler, handler, NULL) !=
        NULL)
        (void)RemoveVectoredExceptionHandler(handler);
    return win32_ok();
}

/* ------------------------------------------------------------------------
 * Guarded calls
 * ------------------------------------------------------------------------ */

/*
 * Call the function; false if it was given up. A function of its own, so that
 * nothing in it changes between the two ways it is returned to.
 */
static __attribute__((noinline)) bool run(frame *here, section_guarded function,
                                          void *context, section_status *answer)
{
    if (__builtin_setjmp(here->place) != 0)
        return false;
#if defined(__clang__) && defined(_WIN64)
    /* Its code goes on with the frame pointer as it is here, and writes down
     * another one (clang 14). */
    __asm__ volatile("movq %%rbp, %0" : "=m"(here->place[0]));
#endif
    *answer = function(context);
    return true;
}

/* NtCurrentTeb(), which gcc 12 takes for an access outside of an array. */
static NT_TIB *this_thread(void)
{
    NT_TIB *block;
#ifdef _WIN64
    __asm__("movq %%gs:0x30, %0" : "=r"(block));
#else
    __asm__("movl %%fs:0x18, %0" : "=r"(block));
#endif
    return block;
}

static DWORD error_of(DWORD code)
{
    return code == EXCEPTION_IN_PAGE_ERROR ? ERROR_SWAPERROR : ERROR_NOACCESS;
}

section_os_result section_os_guarded_call(section_guarded function,
                                          void *context,
                                          const section_os_watch *watch,
                                          section_status *answer,
                                          const void **fault)
{
    *answer = 0;
    *fault = NULL;
    section_os_result result = win32_prepare_guards();
    if (result.status != SECTION_OK)
        return result;
    DWORD slot = (DWORD)known_slot - 1;
    frame here = {{NULL}, innermost(), watch,
                  NULL,   0,           this_thread()->ExceptionList};
    if (!TlsSetValue(slot, &here))
        return win32_verdict(SECTION_NO_MEMORY, GetLastError());
    if (!run(&here, function, context, answer)) {
        /* What was in the stack of the function is no more. */
        this_thread()->ExceptionList = here.handlers;
        *fault = here.fault;
        result = win32_verdict(SECTION_FAULT, error_of(here.code));
    }
    /* Whatever was entered inside has been left, too. */
    (void)TlsSetValue(slot, here.outer);
    return result;
}
