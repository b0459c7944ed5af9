/* SPDX-License-Identifier: MIT */
/*
 * UTF-8 to what Windows calls text, for the support files of Windows.
 */
#ifndef TESTS_WIN32_TEXT_H
#define TESTS_WIN32_TEXT_H

#include <windows.h>

#define WIDE_SIZE 1024

typedef struct wide {
    wchar_t text[WIDE_SIZE];
} wide;

static inline wide widen(const char *text)
{
    wide out;
    if (MultiByteToWideChar(CP_UTF8, 0, text, -1, out.text, WIDE_SIZE) == 0)
        out.text[0] = L'\0';
    return out;
}

#endif
