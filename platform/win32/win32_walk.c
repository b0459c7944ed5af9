/* SPDX-License-Identifier: MIT */
/*
 * Walking through the names of a scope. They are all read at the beginning,
 * from the directory of the kernel they are in: no section is opened for it.
 */
#include "win32_native.h"

#include <string.h>

/* Bytes to read a directory into, at first and at most. */
#define FIRST_SIZE ((ULONG)64 * 1024)
#define MOST_SIZE  ((ULONG)64 * 1024 * 1024)

/* How often to look again whether a section is still being made: others who try
 * to make one in vain look the same, but not for long. */
#define LOOKS 32

/* Rights that no section of this library grants together, published or not: to
 * ask with them whether there is one does not hold it (win32_name.c). */
#define NEVER_GRANTED (SECTION_EXTEND_SIZE | SECTION_QUERY)

struct section_os_names {
    section_scope scope;
    size_t capacity; /* bytes that `text` has room for */
    size_t length;   /* bytes there are */
    size_t next;     /* where the next name begins */
    char *text;      /* names, each with its end */
};

/* ------------------------------------------------------------------------
 * What is a name
 * ------------------------------------------------------------------------ */

/* The characters of a string behind a prefix; NULL if it begins otherwise. */
static const WCHAR *skip(const UNICODE_STRING *of, const WCHAR *prefix,
                         size_t *length)
{
    size_t count = of->Length / sizeof(WCHAR);
    const WCHAR *at = of->Buffer;
    for (; *prefix != L'\0'; prefix++, at++, count--)
        if (count == 0 || *at != *prefix)
            return NULL;
    *length = count;
    return at;
}

/* Whether these characters, that can be told in UTF-8, may be in a name. */
static bool is_name(const WCHAR *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] < 0x20 || text[i] == 0x7f || text[i] == L'/')
            return false;
    return length != 0 && length <= SECTION_NAME_MAX;
}

static bool is_section(const UNICODE_STRING *type)
{
    size_t left;
    return skip(type, L"Section", &left) != NULL && left == 0;
}

/* Room for one name more. */
static bool make_room(section_os_names *names)
{
    if (names->capacity - names->length > SECTION_NAME_MAX)
        return true;
    size_t capacity = names->capacity * 2 + 4096;
    char *text = section_os_allocate(capacity);
    if (text == NULL)
        return false;
    if (names->length != 0)
        memcpy(text, names->text, names->length);
    section_os_free(names->text);
    names->text = text;
    names->capacity = capacity;
    return true;
}

/* Add what is found in a directory to the names, if it is one. */
static section_os_result add(section_os_names *names,
                             const win32_directory_entry *entry)
{
    size_t length = 0;
    const WCHAR *text = skip(&entry->name, WIN32_SECTION_PREFIX, &length);
    if (text == NULL || !is_section(&entry->type) || !is_name(text, length))
        return win32_ok();
    if (!make_room(names))
        return win32_verdict(SECTION_NO_MEMORY, 0);
    char *end = names->text + names->length;
    int written =
        WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, (int)length,
                            end, SECTION_NAME_MAX, NULL, NULL);
    if (written == 0)
        return win32_ok(); /* too long, or not Unicode */
    end[written] = '\0';
    names->length += (size_t)written + 1;
    return win32_ok();
}

/* ------------------------------------------------------------------------
 * Reading a directory
 * ------------------------------------------------------------------------ */

static section_os_result add_all(section_os_names *names,
                                 const win32_directory_entry *entry)
{
    section_os_result result = win32_ok();
    for (; entry->name.Buffer != NULL && result.status == SECTION_OK; entry++)
        result = add(names, entry);
    return result;
}

/*
 * For systems that do not read a directory at once (Wine): names that come or
 * go while it is read can hide others then.
 */
static section_os_result read_one_by_one(section_os_names *names,
                                         HANDLE directory, void *buffer,
                                         ULONG size)
{
    ULONG place = 0;
    section_os_result result = win32_ok();
    while (result.status == SECTION_OK) {
        LONG status =
            win32_directory_read(directory, buffer, size, false, &place);
        if (status == WIN32_STATUS_NO_MORE_ENTRIES)
            break;
        result = status < 0 ? win32_native_failure(status) : add(names, buffer);
    }
    return result;
}

/* Everything at once, so that nothing comes or goes meanwhile. *is_too_small if
 * it takes a larger buffer. */
static section_os_result read_at_once(section_os_names *names, HANDLE directory,
                                      void *buffer, ULONG size,
                                      bool *is_too_small)
{
    ULONG place = 0;
    LONG status = win32_directory_read(directory, buffer, size, true, &place);
    *is_too_small = status == WIN32_STATUS_MORE_ENTRIES ||
                    status == WIN32_STATUS_BUFFER_TOO_SMALL;
    if (*is_too_small || status == WIN32_STATUS_NO_MORE_ENTRIES)
        return win32_ok();
    if (status == WIN32_STATUS_NOT_IMPLEMENTED)
        return read_one_by_one(names, directory, buffer, size);
    return status < 0 ? win32_native_failure(status) : add_all(names, buffer);
}

static section_os_result read_names(section_os_names *names, HANDLE directory)
{
    for (ULONG size = FIRST_SIZE; size <= MOST_SIZE; size *= 2) {
        void *buffer = section_os_allocate(size);
        if (buffer == NULL)
            return win32_verdict(SECTION_NO_MEMORY, 0);
        bool is_too_small;
        section_os_result result =
            read_at_once(names, directory, buffer, size, &is_too_small);
        section_os_free(buffer);
        if (!is_too_small)
            return result;
    }
    return win32_failure(ERROR_NO_SYSTEM_RESOURCES);
}

/* ------------------------------------------------------------------------
 * The walk
 * ------------------------------------------------------------------------ */

section_os_result section_os_names_begin(section_os_names **out,
                                         section_scope scope)
{
    *out = NULL;
    win32_name path;
    section_os_result result = win32_name_directory(&path, scope);
    if (result.status != SECTION_OK)
        return result;
    section_os_names *names = section_os_allocate(sizeof(*names));
    if (names == NULL)
        return win32_verdict(SECTION_NO_MEMORY, 0);
    names->scope = scope;
    HANDLE directory;
    LONG status = win32_directory_open(&directory, &path);
    if (status >= 0) {
        result = read_names(names, directory);
        (void)CloseHandle(directory);
    } else {
        result = win32_native_failure(status);
    }
    if (result.status != SECTION_OK) {
        section_os_names_end(names);
        return result;
    }
    *out = names;
    return win32_ok();
}

/*
 * Whether there is a section of this name and it is published. It was there
 * when the directory was read, but may have been given up since; so it is asked
 * for again, and after that whether somebody is making it: in this order, what
 * was there unpublished has its event, unless it has just been settled.
 */
static bool is_alive(const win32_name *object, const win32_name *event,
                     section_scope scope)
{
    for (int i = 0; i < LOOKS; i++) {
        HANDLE found;
        LONG status = win32_section_open(&found, NEVER_GRANTED, object);
        if (status == WIN32_STATUS_OBJECT_NAME_NOT_FOUND)
            return false;
        if (status >= 0)
            (void)CloseHandle(found);
        status = win32_event_open(&found, READ_CONTROL, event);
        /* Events of others keep no name of this user from being told. */
        if (status < 0 && (status != WIN32_STATUS_ACCESS_DENIED ||
                           scope == SECTION_SCOPE_USER))
            return true;
        if (status >= 0)
            (void)CloseHandle(found);
        section_os_pause(0);
    }
    return false;
}

/* Whether this name, that was read, is to be told. */
static bool is_told(const section_os_names *names, const char *text)
{
    win32_name object, event;
    section_os_result result =
        win32_name_path(&object, names->scope, WIN32_SECTION_PREFIX, text);
    if (result.status == SECTION_OK)
        result =
            win32_name_path(&event, names->scope, WIN32_MAKING_PREFIX, text);
    return result.status == SECTION_OK &&
           is_alive(&object, &event, names->scope);
}

section_os_result section_os_names_next(section_os_names *names,
                                        section_entry *entry)
{
    while (names->next < names->length) {
        const char *text = names->text + names->next;
        names->next += strlen(text) + 1;
        if (!is_told(names, text))
            continue;
        entry->name = text;
        entry->size = SECTION_UNKNOWN;
        entry->owner = SECTION_UNKNOWN;
        return win32_ok();
    }
    return win32_verdict(SECTION_NOT_FOUND, 0);
}

void section_os_names_end(section_os_names *names)
{
    section_os_free(names->text);
    section_os_free(names);
}

/* The system takes back at once what nobody holds. */
section_os_result section_os_names_sweep(uint64_t *swept, section_scope scope)
{
    (void)scope;
    *swept = 0;
    return win32_ok();
}
