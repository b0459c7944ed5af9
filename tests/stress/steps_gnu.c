/* SPDX-License-Identifier: MIT */
/*
 * Places told apart by where the call returns to, which a C compiler has to
 * have a way for (gcc and clang do).
 */
#include "steps.h"

#include <section/section.h>

void section__step(void);

void section__step(void)
{
    uintptr_t from = (uintptr_t)__builtin_return_address(0);
    /* The program is somewhere else in every process. */
    steps_pass(from - (uintptr_t)&section_create);
}
