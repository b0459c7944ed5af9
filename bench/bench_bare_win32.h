/* SPDX-License-Identifier: MIT */
/*
 * What the Windows files of the bare calls share.
 */
#ifndef BENCH_BARE_WIN32_H
#define BENCH_BARE_WIN32_H

#include "bench_bare.h"

#include <windows.h>

/* Keep what failed, with its code; gives false. */
bool bare_win32_failed(const char *call);

/* The two ways to write a handle. */
HANDLE bare_win32_handle(bare_handle handle);
bare_handle bare_win32_number(HANDLE handle);

/* When a process was started; and a process that was started then. */
bool bare_process_born(uint64_t *out, HANDLE process);
bool bare_process_open(HANDLE *out, uint64_t process, uint64_t born,
                       DWORD access);

/* Compare what has come with what it has to be. */
bool bare_goods_check(bare_handle memory, const bare_goods *expected);

/* UTF-16 of UTF-8, to be freed; NULL if there is none. */
wchar_t *bare_win32_wide(const char *text);

#endif
