/* SPDX-License-Identifier: MIT */
/*
 * Calls of the C library that a control has in another way: the linker sends
 * them here (ld(1), --wrap). STRESS_LARGE_SUFFIX is 64 where the C library has
 * calls with 64-bit offsets under names of their own (glibc), and empty
 * elsewhere (musl).
 */
#ifndef TESTS_STRESS_CONTROL_H
#define TESTS_STRESS_CONTROL_H

#define CONTROL_JOIN_(a, b, c) a##b##c
#define CONTROL_JOIN(a, b, c)  CONTROL_JOIN_(a, b, c)
#define WRAP_LARGE(function)                                                   \
    CONTROL_JOIN(__wrap_, function, STRESS_LARGE_SUFFIX)
#define REAL_LARGE(function)                                                   \
    CONTROL_JOIN(__real_, function, STRESS_LARGE_SUFFIX)

#endif
