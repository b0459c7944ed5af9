/* SPDX-License-Identifier: MIT */
/*
 * Guards of the fake platform. Nothing faults here: tests say which bytes are
 * bad, and functions under a guard say what they touch.
 */
#include "fake_internal.h"

#include "arithmetic.h"

#include <setjmp.h>
#include <string.h>

#define BAD_RANGES 8
#define DEPTH      8

/* A call under a guard, in the thread there is. */
typedef struct frame {
    const section_os_watch *watch;
    unsigned touches;
    const void *fault;
    jmp_buf back;
} frame;

static struct {
    const unsigned char *base;
    size_t length;
} bad[BAD_RANGES];

static size_t bad_count;

/* Not in the function with setjmp(), whose own variables are lost by a
 * longjmp(). */
static frame frames[DEPTH];
static size_t depth;

static fake_guard_calls calls;

void fake_guards_forget_all(void)
{
    depth = 0;
    bad_count = 0;
    calls = (fake_guard_calls){0};
}

fake_guard_calls fake_count_guard_calls(void)
{
    return calls;
}

void fake_make_bad(const void *base, size_t length)
{
    FAKE_CHECK(bad_count < BAD_RANGES);
    bad[bad_count].base = base;
    bad[bad_count].length = length;
    bad_count++;
}

void fake_make_good(void)
{
    bad_count = 0;
}

/* ------------------------------------------------------------------------
 * What is bad
 * ------------------------------------------------------------------------ */

/* In a page of a view that its store does not have. */
static bool is_nowhere(const unsigned char *at)
{
    const fake_view *view = fake_view_find(at, 1);
    return view != NULL &&
           !fake_store_has(view->store,
                           view->offset + (uint64_t)(at - view->base));
}

static bool is_bad(const unsigned char *at)
{
    for (size_t i = 0; i < bad_count; i++)
        if (at >= bad[i].base && (size_t)(at - bad[i].base) < bad[i].length)
            return true;
    return is_nowhere(at);
}

/* Where the answer may change after `at`: the next edge of a page or range. */
static size_t until_next(const unsigned char *at)
{
    size_t next =
        fake_current()->page_size - (uintptr_t)at % fake_current()->page_size;
    for (size_t i = 0; i < bad_count; i++) {
        const unsigned char *ends[] = {bad[i].base,
                                       bad[i].base + bad[i].length};
        for (size_t e = 0; e < 2; e++)
            if (ends[e] > at && (size_t)(ends[e] - at) < next)
                next = (size_t)(ends[e] - at);
    }
    return next;
}

const unsigned char *fake_first_bad(const void *base, size_t length)
{
    const unsigned char *start = base;
    for (size_t i = 0; i < length; i += until_next(start + i))
        if (is_bad(start + i))
            return start + i;
    return NULL;
}

const unsigned char *fake_last_bad(const void *base, size_t length)
{
    const unsigned char *start = base, *last = NULL;
    for (size_t i = 0; i < length; i += until_next(start + i)) {
        size_t next = until_next(start + i);
        if (is_bad(start + i))
            last = start + (i + next < length ? i + next : length) - 1;
    }
    return last;
}

/* ------------------------------------------------------------------------
 * The seam
 * ------------------------------------------------------------------------ */

static bool is_watched(const void *base, size_t length, const void *address)
{
    uintptr_t start = (uintptr_t)base, at = (uintptr_t)address;
    return at >= start && at - start < length;
}

/* It goes from the end to the start, and stops at the first bad byte. */
section_os_result section_os_guarded_copy(const void **fault, void *to,
                                          const void *from, size_t length,
                                          const void *base, size_t watched)
{
    section_os_result result = fake_ok();
    calls.copies++;
    FAKE_CHECK(length > 0);
    if (fake_must_fail(FAKE_GUARDED_COPY, &result))
        return result;
    const unsigned char *in_from = fake_last_bad(from, length);
    const unsigned char *in_to = fake_last_bad(to, length);
    const unsigned char *met = in_from;
    size_t begin = 0;
    if (in_from != NULL) {
        begin = (size_t)(in_from - (const unsigned char *)from) + 1;
    }
    if (in_to != NULL && (size_t)(in_to - (unsigned char *)to) + 1 > begin) {
        met = in_to;
        begin = (size_t)(in_to - (unsigned char *)to) + 1;
    }
    memcpy((unsigned char *)to + begin, (const unsigned char *)from + begin,
           length - begin);
    if (met == NULL)
        return result;
    *fault = met;
    FAKE_CHECK(is_watched(base, watched, met)); /* the program would end here */
    return fake_refusal(SECTION_FAULT, 19);
}

void fake_touch(const void *address)
{
    for (size_t i = 0; i < depth; i++)
        frames[i].touches++;
    if (!is_bad(address))
        return;
    size_t above = depth;
    while (above > 0 && !is_watched(frames[above - 1].watch->base,
                                    frames[above - 1].watch->length, address))
        above--;
    FAKE_CHECK(above > 0); /* the program would end here */
    frames[above - 1].fault = address;
    longjmp(frames[above - 1].back, 1);
}

/* What says nothing of what it touches has touched all that is watched. */
static const void *find_untold_fault(const frame *f)
{
    return f->touches != 0 ? NULL
                           : fake_first_bad(f->watch->base, f->watch->length);
}

/* Call; the bytes that it says it touches may be bad. */
static section_status call(frame *f, section_guarded function, void *context)
{
    section_status answer = function(context);
    f->fault = find_untold_fault(f);
    return f->fault == NULL ? answer : 0;
}

section_os_result section_os_guarded_call(section_guarded function,
                                          void *context,
                                          const section_os_watch *watch,
                                          section_status *answer,
                                          const void **fault)
{
    section_os_result result = fake_ok();
    *answer = 0;
    *fault = NULL;
    calls.calls++;
    FAKE_CHECK(function != NULL && watch->base != NULL && watch->length > 0);
    if (fake_must_fail(FAKE_GUARDED_CALL, &result))
        return result;
    FAKE_CHECK(depth < DEPTH);
    frame *f = &frames[depth++];
    f->watch = watch;
    f->touches = 0;
    f->fault = NULL;
    if (setjmp(f->back) == 0)
        *answer = call(f, function, context);
    depth = (size_t)(f - frames);
    *fault = f->fault;
    return f->fault == NULL ? fake_ok() : fake_refusal(SECTION_FAULT, 20);
}

int32_t section_os_guard_try(int32_t signal, void *information, void *context)
{
    return signal == FAKE_SIGNAL && information == &calls && context == bad;
}

void fake_signal(void **information, void **context)
{
    *information = &calls;
    *context = bad;
}
