/* SPDX-License-Identifier: MIT */
/*
 * Views in advance on the fake platform. Some systems do nothing of it.
 */
#include "fake_internal.h"

#include <string.h>

static fake_prepare_call last;

void fake_prepare_forget_all(void)
{
    last = (fake_prepare_call){0};
}

fake_prepare_call fake_last_prepare(void)
{
    return last;
}

/* Check and remember a call; *refused if it is not to be done. */
static void begin(section_os_result *result, bool *refused,
                  fake_primitive primitive, void *base, size_t length,
                  int32_t how)
{
    (void)fake_view_check(base, length);
    last = (fake_prepare_call){last.count + 1, primitive, base, length, how};
    *result = fake_ok();
    *refused = fake_must_fail(primitive, result);
    if (!*refused && fake_current()->views_are_left_alone) {
        *result = fake_refusal(SECTION_UNSUPPORTED, 0);
        *refused = true;
    }
}

section_os_result section_os_view_prefetch(void *base, size_t length,
                                           section_prefetch how)
{
    section_os_result result;
    bool refused;
    begin(&result, &refused, FAKE_PREFETCH, base, length, how);
    FAKE_CHECK(how >= SECTION_PREFETCH_START && how <= SECTION_PREFETCH_WRITE);
    FAKE_CHECK(how != SECTION_PREFETCH_WRITE ||
               fake_view_has(base, length, SECTION_ACCESS_READ_WRITE) ||
               fake_view_has(base, length, SECTION_ACCESS_COPY));
    if (!refused && how != SECTION_PREFETCH_START &&
        fake_first_bad(base, length) != NULL)
        return fake_refusal(SECTION_FAULT, 18);
    return result;
}

section_os_result section_os_view_lock(void *base, size_t length)
{
    section_os_result result;
    bool refused;
    begin(&result, &refused, FAKE_LOCK, base, length, 0);
    return result;
}

section_os_result section_os_view_unlock(void *base, size_t length)
{
    section_os_result result;
    bool refused;
    begin(&result, &refused, FAKE_UNLOCK, base, length, 0);
    return result;
}

section_os_result section_os_view_advise(void *base, size_t length,
                                         section_advice advice)
{
    section_os_result result;
    bool refused;
    begin(&result, &refused, FAKE_ADVISE, base, length, advice);
    FAKE_CHECK(advice >= SECTION_ADVICE_NORMAL &&
               advice <= SECTION_ADVICE_RANDOM);
    return result;
}

section_os_result section_os_view_discard(void *base, size_t length)
{
    section_os_result result;
    bool refused;
    begin(&result, &refused, FAKE_DISCARD, base, length, 0);
    unsigned char *bytes = base;
    FAKE_CHECK(fake_view_has(base, length, SECTION_ACCESS_READ_WRITE));
    if (refused)
        return result;
    size_t page = fake_current()->page_size;
    for (size_t i = 0; i < length; i += page)
        if (fake_first_bad(bytes + i, page) == NULL)
            memset(bytes + i, 0, page);
    return result;
}
