/* SPDX-License-Identifier: MIT */
/*
 * section_os_guarded_copy() whose faults can be left without having marked the
 * place before: the instructions that touch memory are in one known range, and
 * what a handler of faults has to know is in registers. x86-64 with gcc or
 * clang, on any system; a back end has the handler and gnu_copy_begin().
 *
 * A handler that meets an access to `address` while the program counter is in
 * [gnu_copy_first, gnu_copy_last) finds in the interrupted registers
 *
 *   r8   the first watched address
 *   r9   how many bytes are watched
 *
 * If address - r8 < r9 (unsigned), the fault is the copy's: the handler sets
 *
 *   rax  the address
 *   rip  gnu_copy_landing
 *
 * nothing else, and goes on there: SECTION_FAULT is returned. Any other fault
 * is not the library's, such as one of the caller's own buffer.
 */
#ifndef SECTION_GNU_COPY_H
#define SECTION_GNU_COPY_H

#include "platform.h"

/* The linker's names. */
#define gnu_copy_begin   section__gnu_copy_begin
#define gnu_copy_first   section__gnu_copy_first
#define gnu_copy_last    section__gnu_copy_last
#define gnu_copy_landing section__gnu_copy_landing
#define gnu_copy_prepare section__gnu_copy_prepare

#ifdef _WIN32
#define GNU_COPY_LOCAL
#else
#define GNU_COPY_LOCAL __attribute__((visibility("hidden")))
#endif

/*
 * The back end's: what section_os_guarded_copy() does until gnu_copy_prepare()
 * was called, given the same and returning the same. Sets the handlers, calls
 * that, and section_os_guarded_copy() again.
 */
GNU_COPY_LOCAL section_os_result gnu_copy_begin(const void **fault, void *to,
                                                const void *from, size_t length,
                                                const void *base,
                                                size_t watched);

/* Ask the processor how to copy, and begin. */
GNU_COPY_LOCAL void gnu_copy_prepare(void);

/* Addresses of instructions. */
GNU_COPY_LOCAL extern const char gnu_copy_first[], gnu_copy_last[],
    gnu_copy_landing[];

#endif
