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

/* UTF-16 of UTF-8, to be freed; NULL if there is none. */
wchar_t *bare_win32_wide(const char *text);

#endif
