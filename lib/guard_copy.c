/* SPDX-License-Identifier: MIT */
/*
 * Guarded copies that were not made: what is to be said of them, and how much
 * of one can be saved.
 */
#include "arithmetic.h"
#include "internal.h"

/* What is to be said of a copy that are_inside() is not true of. */
section_status section__refuse_copy(const section_view *view, size_t offset,
                                    size_t length, bool writes, size_t *done)
{
    if (done != NULL)
        *done = 0;
    if (view == NULL || view->data == NULL)
        return section__refuse(SECTION_INVALID);
    if (!section__is_inside(offset, length, view->length))
        return section__refuse(SECTION_RANGE);
    if (writes &&
        section__data_access(view->internal.access) == SECTION_ACCESS_READ)
        return section__refuse(SECTION_ACCESS);
    return SECTION_OK;
}

/* The bytes from `viewed` on that come before the page of a fault; none if the
 * fault is not among the first `length` bytes. */
static size_t good_bytes(const section_view *view, const unsigned char *viewed,
                         size_t length, const void *fault)
{
    uintptr_t base = (uintptr_t)view->internal.base;
    uintptr_t page =
        base + (uintptr_t)section__round_down((uintptr_t)fault - base,
                                              view->internal.page_size);
    if (page <= (uintptr_t)viewed || page - (uintptr_t)viewed >= length)
        return 0;
    return (size_t)(page - (uintptr_t)viewed);
}

/*
 * After a fault: bytes are copied in any order, so copy what comes before the
 * bad page, where more may have gone bad by now. Each round has less to copy.
 * `viewed` is `to` or `from`, whichever is in the view.
 */
static size_t copy_good_bytes(const section_view *view, unsigned char *to,
                              const unsigned char *from,
                              const unsigned char *viewed, size_t length,
                              const void *fault)
{
    length = good_bytes(view, viewed, length, fault);
    while (length != 0) {
        section_os_result result =
            section_os_guarded_copy(&fault, to, from, length,
                                    view->internal.base, view->internal.length);
        if (result.status == SECTION_OK)
            break;
        length = good_bytes(view, viewed, length, fault);
    }
    return length;
}

/* What is to be said of a copy that the platform did not make. Who does not ask
 * which bytes are good has no use for them. */
section_status section__fail_copy(const section_view *view, unsigned char *to,
                                  const unsigned char *from, size_t *done,
                                  section_os_result result, const void *fault)
{
    if (done != NULL && result.status == SECTION_FAULT) {
        bool is_read = (uintptr_t)from - (uintptr_t)view->data < view->length;
        *done =
            copy_good_bytes(view, to, from, is_read ? from : to, *done, fault);
    } else if (done != NULL) {
        *done = 0;
    }
    return section__fail(result);
}
