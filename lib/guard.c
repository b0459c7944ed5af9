/* SPDX-License-Identifier: MIT */
/*
 * Bytes that may not be there: guarded copies and calls. The platform says
 * where an access faulted; what that means for a view is decided here.
 *
 * Copies are a hot path: a few comparisons and one call down. What becomes of
 * one that is not good is in a file of its own, guard_copy.c: a compiler that
 * made one function of both would save registers for the bad case each time.
 */
#include "arithmetic.h"
#include "internal.h"

#include <string.h>

/* Whether there are bytes to be copied, all of them inside the view. Not so for
 * no view either, whose length is 0. */
static inline bool are_inside(const section_view *view, size_t offset,
                              size_t length)
{
    return offset <= view->length && length - 1 < view->length - offset;
}

section_status section_view_read(const section_view *view, size_t offset,
                                 void *data, size_t length, size_t *done)
{
    if (view != NULL && are_inside(view, offset, length)) {
        const unsigned char *from = (const unsigned char *)view->data + offset;
        if (done != NULL)
            *done = length;
        const void *fault;
        section_os_result result =
            section_os_guarded_copy(&fault, data, from, length,
                                    view->internal.base, view->internal.length);
        if (result.status == SECTION_OK)
            return SECTION_OK;
        return section__fail_copy(view, data, from, done, result, fault);
    }
    return section__refuse_copy(view, offset, length, false, done);
}

section_status section_view_write(const section_view *view, size_t offset,
                                  const void *data, size_t length, size_t *done)
{
    if (view != NULL && are_inside(view, offset, length) &&
        section__data_access(view->internal.access) != SECTION_ACCESS_READ) {
        unsigned char *to = (unsigned char *)view->data + offset;
        if (done != NULL)
            *done = length;
        const void *fault;
        section_os_result result =
            section_os_guarded_copy(&fault, to, data, length,
                                    view->internal.base, view->internal.length);
        if (result.status == SECTION_OK)
            return SECTION_OK;
        return section__fail_copy(view, to, data, done, result, fault);
    }
    return section__refuse_copy(view, offset, length, true, done);
}

section_status section_guard(const section_view *view, section_guarded function,
                             void *context, section_fault *fault)
{
    if (fault != NULL)
        memset(fault, 0, sizeof(*fault));
    if (view == NULL || view->data == NULL || function == NULL)
        return section__refuse(SECTION_INVALID);
    /* All of the last page, which can be touched as well. */
    const section_os_watch watch = {
        view->internal.base,
        (size_t)section__round_up(view->internal.length,
                                  view->internal.page_size)};
    section_status answer;
    const void *address;
    section_os_result result =
        section_os_guarded_call(function, context, &watch, &answer, &address);
    if (result.status == SECTION_OK)
        return answer;
    if (address != NULL && fault != NULL) {
        /* The distance is negative before `data`, which is not always the first
         * byte that is mapped; unsigned numbers add up all the same. */
        fault->address = address;
        fault->offset = view->offset + (uint64_t)(uintptr_t)address -
                        (uint64_t)(uintptr_t)view->data;
    }
    return section__fail(result);
}

int32_t section_guard_try(int32_t signal, void *information, void *context)
{
    return section_os_guard_try(signal, information, context);
}
