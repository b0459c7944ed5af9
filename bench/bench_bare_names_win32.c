/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of names on Windows, where the kernel ends a name with its
 * last handle.
 */
#include "bench_bare_win32.h"

#include <stdio.h>
#include <stdlib.h>

const bool bare_has_places = false;

static bool keep(bare_named *out, HANDLE made, const char *call)
{
    out->record = BARE_NONE;
    out->memory = made == NULL ? BARE_NONE : bare_win32_number(made);
    return made != NULL || bare_win32_failed(call);
}

static HANDLE create(const char *name, uint64_t size, bool *existed)
{
    HANDLE made = NULL;
    wchar_t *wide = bare_win32_wide(name);
    if (wide != NULL)
        made = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL,
                                  PAGE_READWRITE | SEC_COMMIT,
                                  (DWORD)(size >> 32), (DWORD)size, wide);
    *existed = made != NULL && GetLastError() == ERROR_ALREADY_EXISTS;
    free(wide);
    return made;
}

bool bare_name_create(bare_named *out, const char *name, uint64_t size)
{
    bool existed;
    return keep(out, create(name, size, &existed), "CreateFileMapping");
}

static HANDLE open(const char *name)
{
    wchar_t *wide = bare_win32_wide(name);
    HANDLE opened =
        wide == NULL
            ? NULL
            : OpenFileMappingW(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, wide);
    DWORD code = GetLastError();
    free(wide);
    SetLastError(code);
    return opened;
}

bool bare_name_open(bare_named *out, const char *name)
{
    return keep(out, open(name), "OpenFileMapping");
}

bool bare_name_duplicate(bare_named *out, const bare_named *from)
{
    out->record = BARE_NONE;
    return bare_duplicate(&out->memory, from->memory);
}

bool bare_name_close(bare_named *named, const char *name)
{
    (void)name;
    return bare_close(named->memory);
}

bool bare_name_is_taken(bool *taken, const char *name)
{
    HANDLE made = create(name, 1, taken);
    return made == NULL ? bare_win32_failed("CreateFileMapping")
                        : bare_close(bare_win32_number(made));
}

bool bare_name_is_missing(bool *missing, const char *name)
{
    HANDLE opened = open(name);
    *missing = opened == NULL && GetLastError() == ERROR_FILE_NOT_FOUND;
    return opened == NULL || bare_close(bare_win32_number(opened));
}

bool bare_name_size(uint64_t *out, const bare_named *of, const char *name)
{
    (void)name;
    return bare_size(out, of->memory);
}

/* --- what has no like here: no row asks for it --- */

static bool refuse(const char *call)
{
    SetLastError(ERROR_CALL_NOT_IMPLEMENTED);
    return bare_win32_failed(call);
}

bool bare_name_count(uint64_t *out, const char *place)
{
    (void)place;
    *out = 0;
    return refuse("counting names");
}

bool bare_plain_create(bare_handle *out, const char *name, uint64_t size)
{
    (void)name;
    (void)size;
    *out = BARE_NONE;
    return refuse("the plain way");
}

bool bare_plain_open(bare_handle *out, uint64_t *size, const char *name)
{
    *size = 0;
    return bare_plain_create(out, name, 0);
}

bool bare_plain_remove(const char *name)
{
    (void)name;
    return true;
}

/* --- places: names are in the kernel --- */

bool bare_place_make(char *out, size_t size)
{
    (void)snprintf(out, size, "none");
    return true;
}

bool bare_place_add(const char *path)
{
    (void)path;
    return true;
}

bool bare_place_of_library(const char *path)
{
    (void)path;
    return true;
}

bool bare_place_of_bare(const char *path)
{
    (void)path;
    return true;
}

bool bare_place_remove(const char *path)
{
    (void)path;
    return true;
}
