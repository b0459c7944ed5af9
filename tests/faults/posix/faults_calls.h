/* SPDX-License-Identifier: MIT */
/*
 * What the wrappers share: how they are called, and whether to fail.
 *
 * FAULTS_LARGE_SUFFIX is 64 where the C library has calls with 64-bit offsets
 * under names of their own (glibc), and empty elsewhere (musl).
 */
#ifndef TESTS_FAULTS_CALLS_H
#define TESTS_FAULTS_CALLS_H

#include "faults.h"

#define JOIN_(a, b, c)     a##b##c
#define JOIN(a, b, c)      JOIN_(a, b, c)
#define WRAP(function)     JOIN(__wrap_, function, )
#define REAL(function)     JOIN(__real_, function, )
#define WRAP_LARGE(prefix) JOIN(__wrap_, prefix, FAULTS_LARGE_SUFFIX)
#define REAL_LARGE(prefix) JOIN(__real_, prefix, FAULTS_LARGE_SUFFIX)

/* The error a call has to fail with, 0 for none. `looks_around`: the library
 * only asks about the machine. */
int faults_error(const char *function, bool looks_around);

/* Whether a call has to fail; errno is set then. */
bool faults_fails(const char *function);

/* Whether a call that may do less than it was asked for has to. */
bool faults_falls_short(const char *function);

/*
 * A descriptor the library has just got, or -1, handed through. It must be
 * close-on-exec from birth: between open() and a later fcntl() another thread
 * may start a program.
 */
int faults_born(const char *function, int descriptor);

/* Around a real function: what it calls itself shall not fail in it (a static C
 * library is wrapped as well). */
bool faults_pause(void);
void faults_resume(bool before);

#endif
