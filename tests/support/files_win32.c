/* SPDX-License-Identifier: MIT */
#include "files.h"

#include "win32_text.h"

#include <winioctl.h>

#include <stdio.h>
#include <stdlib.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

static void narrow(char *out, size_t size, const wchar_t *text)
{
    int length =
        WideCharToMultiByte(CP_UTF8, 0, text, -1, out, (int)size, NULL, NULL);
    assert_that(length > 0);
}

void files_make_place(char *path, size_t size)
{
    wchar_t directory[WIDE_SIZE], place[2 * WIDE_SIZE];
    DWORD length = GetTempPathW(WIDE_SIZE, directory);
    assert_true(length > 0 && length < WIDE_SIZE);
    int attempts = 0;
    do {
        assert_true(attempts++ < 1000);
        (void)swprintf(place, 2 * WIDE_SIZE, L"%lssection-test-%lu-%d",
                       directory, (unsigned long)GetCurrentProcessId(),
                       attempts);
    } while (!CreateDirectoryW(place, NULL));
    narrow(path, size, place);
}

void files_each(const char *directory, void (*visit)(const char *path))
{
    WIN32_FIND_DATAW entry;
    wide pattern = widen(files_join(directory, "*").text);
    HANDLE entries = FindFirstFileW(pattern.text, &entry);
    if (entries == INVALID_HANDLE_VALUE)
        return;
    do {
        char name[FILES_PATH_SIZE];
        narrow(name, sizeof(name), entry.cFileName);
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            visit(files_join(directory, name).text);
    } while (FindNextFileW(entries, &entry));
    (void)FindClose(entries);
}

static HANDLE open_file(const char *path, DWORD access, DWORD disposition)
{
    HANDLE file = CreateFileW(widen(path).text, access, SHARE_ALL, NULL,
                              disposition, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        print_error("cannot open %s: %lu\n", path,
                    (unsigned long)GetLastError());
    assert_that(file != INVALID_HANDLE_VALUE);
    return file;
}

static void set_size(HANDLE file, uint64_t size)
{
    LARGE_INTEGER end = {.QuadPart = (LONGLONG)size};
    assert_that(SetFilePointerEx(file, end, NULL, FILE_BEGIN) != 0);
    assert_that(SetEndOfFile(file) != 0);
}

void file_make(const char *path, uint64_t size)
{
    DWORD returned;
    HANDLE file = open_file(path, GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS);
    /* Not every file system can; then the file is merely large. */
    (void)DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &returned,
                          NULL);
    set_size(file, size);
    (void)CloseHandle(file);
}

bool file_exists(const char *path)
{
    return GetFileAttributesW(widen(path).text) != INVALID_FILE_ATTRIBUTES;
}

uint64_t file_size(const char *path)
{
    WIN32_FILE_ATTRIBUTE_DATA data = {0};
    HANDLE file = open_file(path, GENERIC_READ, OPEN_EXISTING);
    LARGE_INTEGER size = {.QuadPart = 0};
    BOOL ok = GetFileSizeEx(file, &size);
    (void)CloseHandle(file);
    (void)data;
    assert_that(ok != 0);
    return (uint64_t)size.QuadPart;
}

uint64_t file_allocated(const char *path)
{
    FILE_STANDARD_INFO info = {.AllocationSize = {.QuadPart = 0}};
    HANDLE file = open_file(path, GENERIC_READ, OPEN_EXISTING);
    BOOL ok = GetFileInformationByHandleEx(file, FileStandardInfo, &info,
                                           sizeof(info));
    (void)CloseHandle(file);
    assert_that(ok != 0);
    return (uint64_t)info.AllocationSize.QuadPart;
}

static OVERLAPPED place_at(uint64_t offset)
{
    OVERLAPPED place = {0};
    place.Offset = (DWORD)offset;
    place.OffsetHigh = (DWORD)(offset >> 32);
    return place;
}

void file_write(const char *path, uint64_t offset, const void *bytes,
                size_t length)
{
    HANDLE file = open_file(path, GENERIC_WRITE, OPEN_EXISTING);
    OVERLAPPED place = place_at(offset);
    DWORD written = 0;
    BOOL ok = WriteFile(file, bytes, (DWORD)length, &written, &place);
    (void)CloseHandle(file);
    assert_that(ok && written == length);
}

void file_read(const char *path, uint64_t offset, void *bytes, size_t length)
{
    HANDLE file = open_file(path, GENERIC_READ, OPEN_EXISTING);
    OVERLAPPED place = place_at(offset);
    DWORD got = 0;
    BOOL ok = ReadFile(file, bytes, (DWORD)length, &got, &place);
    (void)CloseHandle(file);
    assert_that(ok && got == length);
}

void file_truncate(const char *path, uint64_t size)
{
    HANDLE file = open_file(path, GENERIC_WRITE, OPEN_EXISTING);
    set_size(file, size);
    (void)CloseHandle(file);
}

bool file_remove(const char *path)
{
    return DeleteFileW(widen(path).text) != 0;
}

bool file_rename(const char *path, const char *to)
{
    return MoveFileExW(widen(path).text, widen(to).text,
                       MOVEFILE_REPLACE_EXISTING) != 0;
}

void file_make_read_only(const char *path, bool read_only)
{
    (void)SetFileAttributesW(widen(path).text, read_only
                                                   ? FILE_ATTRIBUTE_READONLY
                                                   : FILE_ATTRIBUTE_NORMAL);
}

unsigned file_permissions(const char *path)
{
    /* Not whether it was touched since it was saved somewhere else. */
    return GetFileAttributesW(widen(path).text) &
           (FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN |
            FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_TEMPORARY);
}

bool file_is_busy(const char *path)
{
    HANDLE file =
        CreateFileW(widen(path).text, GENERIC_READ | GENERIC_WRITE, SHARE_ALL,
                    NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_SHARING_VIOLATION;
    (void)CloseHandle(file);
    return false;
}

void file_make_private(const char *path)
{
    /* The directory of the run is the user's own already. */
    (void)path;
}

void directory_make(const char *path)
{
    assert_that(CreateDirectoryW(widen(path).text, NULL) != 0);
}

void directory_remove(const char *path)
{
    (void)RemoveDirectoryW(widen(path).text);
}

bool file_make_fifo(const char *path)
{
    /* Pipes have a namespace of their own. */
    (void)path;
    return false;
}

bool file_make_link(const char *path, const char *to)
{
    /* Needs a privilege that most users do not have. */
    (void)path;
    (void)to;
    return false;
}

const char *file_device(void)
{
    return "NUL";
}
