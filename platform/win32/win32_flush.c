/* SPDX-License-Identifier: MIT */
/*
 * Flushing files: FlushViewOfFile() writes what a view has changed,
 * FlushFileBuffers() waits for the disk, and for what it takes to find it.
 */
#include "win32_internal.h"

/*
 * FlushViewOfFile() fails with ERROR_LOCK_VIOLATION while the system is writing
 * the same pages by itself, and works soon after; it tells no way to wait for
 * that. The most tries take about a second.
 */
#define FLUSH_TRIES       128
#define EAGER_FLUSH_TRIES 8
#define FLUSH_PAUSE       5000u /* microseconds */

/* Bytes may be lost, whatever the reason: that is no want of rights, which the
 * handle has. */
static section_os_result flush_failure(DWORD error)
{
    section_os_result result = win32_failure(error);
    if (result.status == SECTION_ACCESS || result.status == SECTION_BUSY ||
        result.status == SECTION_UNSUPPORTED)
        result.status = SECTION_IO;
    return result;
}

static section_os_result flush_pages(const void *base, size_t length)
{
    DWORD error = ERROR_SUCCESS;
    for (int i = 0; i < FLUSH_TRIES; i++) {
        if (FlushViewOfFile(base, length))
            return win32_ok();
        error = GetLastError();
        if (error != ERROR_LOCK_VIOLATION)
            break;
        section_os_pause(i < EAGER_FLUSH_TRIES ? 0 : FLUSH_PAUSE);
    }
    return flush_failure(error);
}

section_os_result section_os_view_flush(section_os_object *object, void *base,
                                        size_t length, uint64_t offset,
                                        section_flush_level level)
{
    (void)offset;
    bool waits = level >= SECTION_FLUSH_ORDERED;
    /* The handle of a section says nothing of its file. */
    if (waits && object->file == SECTION_OS_NONE)
        return win32_verdict(SECTION_UNSUPPORTED, 0);
    section_os_result result = flush_pages(base, length);
    if (result.status == SECTION_OK && waits)
        result = section_os_object_flush(object, level);
    return result;
}

/* There is one level: all that is to be written, and the cache of the disk. */
section_os_result section_os_object_flush(section_os_object *object,
                                          section_flush_level level)
{
    (void)level;
    if (object->file == SECTION_OS_NONE)
        return win32_verdict(SECTION_UNSUPPORTED, 0);
    if (FlushFileBuffers(win32_handle(object->file)))
        return win32_ok();
    return flush_failure(GetLastError());
}

/* FlushFileBuffers() is it: NTFS has the creation of a file in the log that it
 * writes for the flush, before what is logged of the file itself. */
section_os_result section_os_entry_flush(section_os_object *object)
{
    (void)object;
    return win32_ok();
}
