/* SPDX-License-Identifier: MIT */
#include "names.h"

#include "win32_text.h"

#include <winternl.h>

#include <stdio.h>
#include <stdlib.h>

void names_set_up(void)
{
    char setting[64];
    (void)snprintf(setting, sizeof(setting), "SECTION_TEST_PREFIX=t%lu.",
                   (unsigned long)GetCurrentProcessId());
    assert_that(_putenv(setting) == 0);
}

/* ------------------------------------------------------------------------
 * Names are no files here
 * ------------------------------------------------------------------------ */

bool names_are_files(void)
{
    return false;
}

file_path names_directory(void)
{
    assert_that(false);
    return (file_path){""};
}

file_path names_other_directory(const char *name)
{
    (void)name;
    return names_directory();
}

void names_use_directory(const char *directory)
{
    (void)directory;
    assert_that(false);
}

void names_use_machine_directory(const char *directory)
{
    (void)directory;
    assert_that(false);
}

bool names_make_machine_directory(const char *directory)
{
    (void)directory;
    return false;
}

bool names_make_spoiled(names_spoiled kind, const char *path)
{
    (void)kind;
    (void)path;
    return false;
}

void names_make_open_directory(const char *path)
{
    (void)path;
    assert_that(false);
}

void names_change_format(const char *directory, bool nonsense)
{
    (void)directory;
    (void)nonsense;
    assert_that(false);
}

size_t names_left(void)
{
    assert_that(false);
    return 0;
}

void names_remove_directory(const char *directory)
{
    (void)directory;
    assert_that(false);
}

void names_picture(char text[NAMES_PICTURE_SIZE], const char *directory)
{
    (void)directory;
    text[0] = '\0';
    assert_that(false);
}

bool names_shrink_world(uint64_t bytes)
{
    (void)bytes;
    return false;
}

uint64_t names_room(void)
{
    assert_that(false);
    return 0;
}

/* ------------------------------------------------------------------------
 * What others do
 * ------------------------------------------------------------------------ */

/* As the header documents it. */
static wide object_name(const char *name)
{
    char text[SECTION_NAME_MAX + 32];
    (void)snprintf(text, sizeof(text), "Local\\section.%s", name);
    return widen(text);
}

typedef NTSTATUS(NTAPI *make_temporary)(HANDLE);

bool names_take_away(const char *name)
{
    HMODULE library = GetModuleHandleW(L"ntdll.dll");
    make_temporary remove = (make_temporary)(void (*)(void))GetProcAddress(
        library, "NtMakeTemporaryObject");
    /* The one call that takes names away: of what nobody holds. */
    HANDLE object = OpenFileMappingW(DELETE, FALSE, object_name(name).text);
    if (object == NULL)
        object = OpenFileMappingW(FILE_MAP_READ, FALSE, object_name(name).text);
    assert_that(object != NULL);
    if (remove != NULL)
        (void)remove(object);
    (void)CloseHandle(object);
    object = OpenFileMappingW(FILE_MAP_READ, FALSE, object_name(name).text);
    if (object != NULL)
        (void)CloseHandle(object);
    return object == NULL;
}

static HANDLE planted;

bool names_plant(names_planted kind, const char *name)
{
    if (kind != PLANTED_OBJECT)
        return false;
    planted = CreateMutexW(NULL, FALSE, object_name(name).text);
    return planted != NULL;
}

bool names_is_planted(names_planted kind, const char *name)
{
    if (kind != PLANTED_OBJECT)
        return false;
    HANDLE found = OpenMutexW(SYNCHRONIZE, FALSE, object_name(name).text);
    if (found != NULL)
        (void)CloseHandle(found);
    return found != NULL;
}

void names_uproot(names_planted kind, const char *name)
{
    (void)kind;
    (void)name;
    (void)CloseHandle(planted);
}

bool names_hold_guard(const char *name)
{
    /* The system itself works on names. */
    (void)name;
    return false;
}

void names_release_guard(void)
{
}

bool names_read_by_system(const char *name, void *bytes, size_t length)
{
    HANDLE object =
        OpenFileMappingW(FILE_MAP_READ, FALSE, object_name(name).text);
    assert_that(object != NULL);
    const void *address = MapViewOfFile(object, FILE_MAP_READ, 0, 0, length);
    assert_that(address != NULL);
    memcpy(bytes, address, length);
    (void)UnmapViewOfFile(address);
    (void)CloseHandle(object);
    return true;
}
