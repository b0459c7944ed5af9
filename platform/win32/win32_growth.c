/* SPDX-License-Identifier: MIT */
/*
 * Growth: memory is reserved as a whole and committed as it grows, a file is
 * extended with its section. How far memory has grown is lib/'s to know.
 */
#include "win32_native.h"

#include <assert.h>
#include <string.h>

static LARGE_INTEGER no_size;

/* Make the section as large as its file, if it is smaller. */
static section_os_result show(const section_os_object *object, uint64_t size)
{
    LONG status =
        win32_section_extend(win32_handle(win32_extender(object)), size);
    return status < 0 ? win32_native_failure(status) : win32_ok();
}

/* Others extend the file by a section of their own: the bytes are there, and
 * views of this one show them once it is as large as the file. */
section_os_result section_os_object_measure(uint64_t *size,
                                            section_os_object *object)
{
    assert(win32_is_growing_file(object));
    *size = 0;
    LARGE_INTEGER found = no_size;
    if (!GetFileSizeEx(win32_handle(object->file), &found))
        return win32_failure(GetLastError());
    section_os_result result = show(object, (uint64_t)found.QuadPart);
    if (result.status == SECTION_OK)
        *size = (uint64_t)found.QuadPart;
    return result;
}

/* ------------------------------------------------------------------------
 * Extend
 * ------------------------------------------------------------------------ */

static bool is_zero(const BYTE *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/*
 * Whatever somebody has written behind the end of the file through a view of
 * its last page is never written to the disk, but stays in the page, which
 * shows it when the file becomes larger. Nobody else of this library extends
 * the file meanwhile; a program that appends to it is left alone as far as it
 * can be told from that: the size is looked at after the bytes.
 */
static section_os_result clear_slack(section_os_object *object, uint64_t from)
{
    section_os_system system;
    section_os_get_system(&system);
    uint64_t start = from - from % system.traits.granularity;
    size_t used = (size_t)(from - start);
    size_t slack =
        (size_t)(system.traits.page_size - from % system.traits.page_size);
    BYTE *base = MapViewOfFileEx(
        win32_handle(object->handle), FILE_MAP_READ | FILE_MAP_WRITE,
        (DWORD)(start >> 32), (DWORD)start, used, NULL);
    if (base == NULL)
        return win32_map_failure(GetLastError());
    LARGE_INTEGER size = no_size;
    section_os_result result = win32_ok();
    if (!is_zero(base + used, slack)) {
        if (!GetFileSizeEx(win32_handle(object->file), &size))
            result = win32_failure(GetLastError());
        else if ((uint64_t)size.QuadPart == from)
            memset(base + used, 0, slack);
    }
    if (!UnmapViewOfFile(base) && result.status == SECTION_OK)
        result = win32_map_failure(GetLastError());
    return result;
}

section_os_result section_os_object_extend(section_os_object *object,
                                           uint64_t from, uint64_t to,
                                           bool lazy)
{
    /* Lazy memory does not grow, and a file that was made lazy is sparse. */
    (void)lazy;
    if (object->file == SECTION_OS_NONE)
        return win32_commit(object->handle, from, to);
    section_os_system system;
    section_os_get_system(&system);
    section_os_result result = win32_ok();
    if (from % system.traits.page_size != 0)
        result = clear_slack(object, from);
    if (result.status == SECTION_OK)
        result = win32_size_failure(show(object, to));
    return result;
}

/* ------------------------------------------------------------------------
 * Being the only one
 * ------------------------------------------------------------------------ */

/*
 * An event that has the number of the section for its name: whoever creates it
 * is the only one until it is closed, which the system does if nobody else can
 * any more. It is in the directory of all login sessions, where everybody may
 * create events, because those who share a section need not be of one session;
 * and nobody can keep it there, because nobody may open it.
 */
section_os_result section_os_extension_begin(section_os_extension *out,
                                             section_os_object *object,
                                             const uint64_t id[2])
{
    (void)object;
    out->lock = SECTION_OS_NONE;
    out->state = SECTION_OS_NONE;
    win32_name path;
    section_os_result result = win32_extension_path(&path, id);
    if (result.status != SECTION_OK)
        return result;
    HANDLE event;
    LONG status =
        win32_event_create(&event, READ_CONTROL, &path, win32_let_nobody());
    if (status == WIN32_STATUS_OBJECT_NAME_COLLISION)
        return win32_native_verdict(SECTION_BUSY, status);
    if (status < 0)
        return win32_native_failure(status);
    out->lock = win32_number(event);
    return win32_ok();
}

void section_os_extension_end(const section_os_extension *extension)
{
    win32_close(extension->lock);
}
