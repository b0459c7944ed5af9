/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of Windows on files, on pages that are mapped, and on memory
 * that grows.
 */
#include "bench_bare_win32.h"

#include <stdlib.h>
#include <string.h>

/* --- files --- */

wchar_t *bare_win32_wide(const char *text)
{
    int count = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wchar_t *out = count > 0 ? calloc((size_t)count, sizeof(*out)) : NULL;
    if (out != NULL)
        (void)MultiByteToWideChar(CP_UTF8, 0, text, -1, out, count);
    return out;
}

static bool open_file(bare_handle *out, const char *path, DWORD access,
                      DWORD disposition)
{
    wchar_t *wide = bare_win32_wide(path);
    *out = BARE_NONE;
    if (wide == NULL)
        return bare_win32_failed(path);
    HANDLE file = CreateFileW(
        wide, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        NULL, disposition, FILE_ATTRIBUTE_NORMAL, NULL);
    *out = bare_win32_number(file);
    free(wide);
    return file != INVALID_HANDLE_VALUE || bare_win32_failed(path);
}

bool bare_file_open(bare_handle *out, const char *path, section_access access)
{
    DWORD desired = access == SECTION_ACCESS_READ
                        ? GENERIC_READ
                        : GENERIC_READ | GENERIC_WRITE;
    return open_file(out, path, desired, OPEN_EXISTING);
}

bool bare_file_mapping(bare_handle *out, bare_handle file,
                       section_access access)
{
    DWORD protection =
        access == SECTION_ACCESS_READ ? PAGE_READONLY : PAGE_READWRITE;
    HANDLE made = CreateFileMappingW(bare_win32_handle(file), NULL, protection,
                                     0, 0, NULL);
    *out = made == NULL ? BARE_NONE : bare_win32_number(made);
    return made != NULL || bare_win32_failed("CreateFileMapping");
}

void bare_file_mapping_close(bare_handle mapping)
{
    (void)CloseHandle(bare_win32_handle(mapping));
}

int64_t bare_file_read(bare_handle file, void *buffer, size_t length)
{
    DWORD got;
    if (ReadFile(bare_win32_handle(file), buffer, (DWORD)length, &got, NULL))
        return (int64_t)got;
    (void)bare_win32_failed("ReadFile");
    return -1;
}

bool bare_file_read_at(bare_handle file, uint64_t offset, void *buffer,
                       size_t length)
{
    DWORD got;
    OVERLAPPED at = {0};
    at.Offset = (DWORD)offset;
    at.OffsetHigh = (DWORD)(offset >> 32);
    return (ReadFile(bare_win32_handle(file), buffer, (DWORD)length, &got,
                     &at) &&
            got == length) ||
           bare_win32_failed("ReadFile");
}

static bool write_zeros(bare_handle file, uint64_t size)
{
    static const unsigned char zeros[64 << 10];
    while (size > 0) {
        DWORD most = size < sizeof(zeros) ? (DWORD)size : (DWORD)sizeof(zeros);
        DWORD written = 0;
        if (!WriteFile(bare_win32_handle(file), zeros, most, &written, NULL))
            return bare_win32_failed("WriteFile");
        size -= written;
    }
    return true;
}

bool bare_file_make(const char *path, uint64_t size)
{
    bare_handle file;
    if (!open_file(&file, path, GENERIC_READ | GENERIC_WRITE, CREATE_NEW))
        return false;
    bool written = write_zeros(file, size);
    return bare_close(file) && written;
}

bool bare_file_remove(const char *path)
{
    wchar_t *wide = bare_win32_wide(path);
    bool removed = wide != NULL && (DeleteFileW(wide) ||
                                    GetLastError() == ERROR_FILE_NOT_FOUND);
    free(wide);
    return removed || bare_win32_failed(path);
}

/* --- flushing --- */

/* FlushViewOfFile() hands the pages to the system's cache of the disk. */
bool bare_flush_start(bare_handle file, uint64_t offset, void *base,
                      size_t length)
{
    (void)file;
    (void)offset;
    return FlushViewOfFile(base, length) ||
           bare_win32_failed("FlushViewOfFile");
}

bool bare_flush_durable(bare_handle file, void *base, size_t length)
{
    return bare_flush_start(file, 0, base, length) && bare_flush_file(file);
}

bool bare_flush_file(bare_handle file)
{
    return FlushFileBuffers(bare_win32_handle(file)) ||
           bare_win32_failed("FlushFileBuffers");
}

/* --- pages --- */

/* Of memory that is shared, the system gives nothing back. */
bool bare_discard(void *base, size_t length)
{
    memset(base, 0, length);
    return true;
}

bool bare_lock(void *base, size_t length)
{
    return VirtualLock(base, length) || bare_win32_failed("VirtualLock");
}

bool bare_unlock(void *base, size_t length)
{
    return VirtualUnlock(base, length) || bare_win32_failed("VirtualUnlock");
}

bool bare_copy_by_system(void *to, const void *from, size_t length)
{
    SIZE_T copied = 0;
    return (ReadProcessMemory(GetCurrentProcess(), from, to, length, &copied) &&
            copied == length) ||
           bare_win32_failed("ReadProcessMemory");
}

/* Structured exceptions mark nothing at run time. */
section_status bare_guard(section_guarded function, void *context)
{
    return function(context);
}

/* --- growth --- */

bool bare_growing_create(bare_growing *out, uint64_t size, uint64_t reserve)
{
    *out = (bare_growing){.memory = BARE_NONE};
    HANDLE made = CreateFileMappingW(
        INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE,
        (DWORD)(reserve >> 32), (DWORD)reserve, NULL);
    if (made == NULL)
        return bare_win32_failed("CreateFileMapping");
    out->memory = bare_win32_number(made);
    out->base =
        bare_map(out->memory, 0, (size_t)reserve, SECTION_ACCESS_READ_WRITE);
    return out->base != NULL && bare_grow(out, size);
}

/* No row asks for it. */
bool bare_growing_open_file(bare_growing *out, const char *path)
{
    *out = (bare_growing){.memory = BARE_NONE};
    return bare_file_open(&out->memory, path, SECTION_ACCESS_READ_WRITE);
}

bool bare_growing_close(bare_growing *growing)
{
    bool unmapped = growing->base == NULL || bare_unmap(growing->base, 0);
    return bare_close(growing->memory) && unmapped;
}

/* The system does not tell how much is committed: that is for its users. */
bool bare_growing_size(uint64_t *out, const bare_growing *growing)
{
    *out = growing->size;
    return true;
}

bool bare_grow(bare_growing *growing, uint64_t bytes)
{
    if (VirtualAlloc(growing->base + growing->size, (SIZE_T)bytes, MEM_COMMIT,
                     PAGE_READWRITE) == NULL)
        return bare_win32_failed("VirtualAlloc");
    growing->size += bytes;
    return true;
}

/* No row asks for it. */
bool bare_grow_alone(bare_growing *growing, uint64_t bytes)
{
    return bare_grow(growing, bytes);
}
