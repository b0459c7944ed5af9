/* SPDX-License-Identifier: MIT */
/*
 * How this program was built: BENCH_COMPILER, BENCH_BUILD_TYPE,
 * BENCH_SANITIZER and BENCH_GUARD come from CMake, which knows.
 */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#ifndef BENCH_COMPILER
#define BENCH_COMPILER "unknown"
#endif
#ifndef BENCH_BUILD_TYPE
#define BENCH_BUILD_TYPE "unknown"
#endif
#ifndef BENCH_GUARD
#define BENCH_GUARD "unknown"
#endif
#ifndef BENCH_SANITIZER
#define BENCH_SANITIZER ""
#endif

#endif
