/* SPDX-License-Identifier: MIT */
/*
 * Making an object of handles that another process has given, which can be of
 * anything. What they are is told by calls that do not wait: GetFileType() and
 * all that asks a file wait for who is using that file at the moment, which is
 * for ever if it is a pipe that somebody reads from; making a section does not,
 * and succeeds with nothing but a regular file.
 */
#include "win32_native.h"

#include <string.h>

static section_os_result untrusted(void)
{
    return win32_verdict(SECTION_UNTRUSTED, 0);
}

/* A failure that is about what the other process has given. */
static section_os_result blame(section_os_result result)
{
    switch (result.status) {
    case SECTION_ACCESS:
    case SECTION_INVALID:
    case SECTION_KIND:
    case SECTION_IO:
    case SECTION_SYSTEM:
        result.status = SECTION_UNTRUSTED;
        return result;
    case SECTION_EMPTY:
        result.status = SECTION_RANGE;
        return result;
    default:
        return result;
    }
}

/* Whether a handle can do exactly this, but for what is optional. */
static section_os_result check_granted(intptr_t part, ACCESS_MASK needed,
                                       ACCESS_MASK optional)
{
    ACCESS_MASK granted;
    section_os_result result = win32_find_granted(&granted, win32_handle(part));
    if (result.status == SECTION_OK && (granted & ~optional) != needed)
        return untrusted();
    return result;
}

static section_os_result check_file_granted(intptr_t file,
                                            section_rights rights)
{
    return check_granted(file, win32_file_access_for(rights),
                         FILE_READ_ATTRIBUTES);
}

/* ------------------------------------------------------------------------
 * A section
 * ------------------------------------------------------------------------ */

/* What says that a handle is of a section without being allowed to ask it
 * anything: the kernel looks at the kind first. */
static section_os_result check_extender(intptr_t extender)
{
    win32_section_information found;
    bool is_section;
    section_os_result result = check_granted(extender, SECTION_EXTEND_SIZE, 0);
    if (result.status != SECTION_OK)
        return result;
    result = win32_query_section(&found, &is_section, win32_handle(extender));
    if (result.status == SECTION_ACCESS)
        return win32_ok();
    return result.status == SECTION_OK ? untrusted() : result;
}

/* The same section as that of the other handle, as far as the system tells,
 * which it does since Windows 10. */
static section_os_result check_same(intptr_t one, intptr_t other)
{
    bool same;
    section_os_result result =
        win32_compare(&same, win32_handle(one), win32_handle(other));
    if (result.status == SECTION_OK && !same)
        return untrusted();
    return result.os_error == ERROR_PROC_NOT_FOUND ? win32_ok() : result;
}

/* A regular file that can be read. */
static section_os_result check_file(intptr_t file, section_rights rights)
{
    intptr_t made;
    section_os_result result = check_file_granted(file, rights);
    if (result.status == SECTION_OK)
        result =
            win32_section_create(&made, win32_handle(file), PAGE_READONLY, 0);
    if (result.status == SECTION_OK)
        win32_close(made);
    return result;
}

/* A file that grows and may only be read. */
static section_os_result accept_growing(section_os_object *out,
                                        section_os_facts *facts,
                                        const section_os_parts *parts,
                                        const section_os_claim *claim)
{
    intptr_t handle = parts->part[SECTION_OS_PART_HANDLE];
    intptr_t extender = parts->part[SECTION_OS_PART_READER];
    intptr_t file = parts->part[SECTION_OS_PART_FILE];
    if (extender == SECTION_OS_NONE || file == SECTION_OS_NONE ||
        claim->kind != SECTION_KIND_FILE ||
        (claim->rights & SECTION_RIGHT_WRITE) != 0)
        return untrusted();
    section_os_result result = check_extender(extender);
    if (result.status == SECTION_OK)
        result = check_same(handle, extender);
    if (result.status == SECTION_OK)
        result = check_file(file, claim->rights);
    out->reader = extender;
    out->file = file;
    out->flags |= SECTION_OS_GROWS | SECTION_OS_VIEWS_HOLD;
    return result.status == SECTION_OK
               ? section_os_object_measure(&facts->size, out)
               : result;
}

/* That memory grows is told by what it was made with, and so are its pages. */
static section_os_result check_memory(section_os_object *out,
                                      section_os_facts *facts,
                                      const section_os_claim *claim,
                                      ULONG attributes)
{
    if (claim->grows && (out->flags & SECTION_OS_GROWS) == 0)
        return untrusted();
    if (claim->pages != SECTION_PAGES_LARGE)
        return win32_ok();
    if ((attributes & SEC_LARGE_PAGES) == 0)
        return untrusted();
    /* It takes a privilege to make such memory, and none to map it. */
    out->flags |= SECTION_OS_LARGE;
    facts->pages = SECTION_PAGES_LARGE;
    facts->granularity = (uint32_t)GetLargePageMinimum();
    return win32_ok();
}

/* The name that is said is that of the object, in the login session of whoever
 * made it. */
static section_os_result check_name(intptr_t handle,
                                    const section_os_name *name)
{
    win32_name found, path;
    section_os_result result = win32_name_path(
        &path, SECTION_SCOPE_MACHINE, WIN32_SECTION_PREFIX, name->text);
    if (result.status == SECTION_OK)
        result = win32_find_name(&found, win32_handle(handle));
    if (result.status != SECTION_OK)
        return result;
    bool is_global = name->scope == SECTION_SCOPE_MACHINE;
    if (found.length < path.length ||
        (is_global && found.length != path.length) ||
        memcmp(found.text + (found.length - path.length), path.text,
               path.length * sizeof(WCHAR)) != 0)
        return untrusted();
    return result;
}

static section_os_result accept_section(section_os_object *out,
                                        section_os_facts *facts,
                                        const section_os_parts *parts,
                                        const section_os_claim *claim,
                                        const win32_section_information *found)
{
    intptr_t handle = parts->part[SECTION_OS_PART_HANDLE];
    section_os_result result =
        check_granted(handle, win32_access_for(claim->rights), 0);
    if (result.status == SECTION_OK)
        result = win32_describe_section(facts, &out->flags, found,
                                        win32_handle(handle));
    if (result.status != SECTION_OK)
        return result;
    bool is_alone = parts->part[SECTION_OS_PART_READER] == SECTION_OS_NONE &&
                    parts->part[SECTION_OS_PART_FILE] == SECTION_OS_NONE;
    if (facts->kind != claim->kind)
        return untrusted();
    if (claim->name.text != NULL)
        result = check_name(handle, &claim->name);
    if (result.status != SECTION_OK)
        return result;
    result = is_alone ? check_memory(out, facts, claim, found->attributes)
                      : accept_growing(out, facts, parts, claim);
    if (facts->kind == SECTION_KIND_FILE)
        facts->may_have_trailer = false;
    out->handle = handle;
    return result;
}

/* ------------------------------------------------------------------------
 * A file
 * ------------------------------------------------------------------------ */

/* A section of a file as it is now, whose size it tells. */
static section_os_result make_section(section_os_object *out,
                                      section_os_facts *facts)
{
    win32_section_information found;
    bool is_section = true;
    uint32_t flags = 0;
    section_os_result result =
        win32_section_create(&out->handle, win32_handle(out->file),
                             win32_protection_for(out->flags), 0);
    if (result.status == SECTION_OK)
        result =
            win32_query_section(&found, &is_section, win32_handle(out->handle));
    if (result.status == SECTION_OK)
        result = win32_describe_section(facts, &flags, &found,
                                        win32_handle(out->handle));
    return result;
}

/* The same for one that is to grow, instead. */
static section_os_result make_growing(section_os_object *out, uint64_t size)
{
    if (!win32_can_extend())
        return win32_verdict(SECTION_UNSUPPORTED, 0);
    win32_close(out->handle);
    section_os_result result = win32_section_create_growing(
        &out->handle, win32_handle(out->file), out->flags, size);
    out->flags |= SECTION_OS_GROWS;
    return result;
}

/* Lazy memory is a file, too; nothing tells whether it is one that others can
 * open. */
static section_os_result accept_file(section_os_object *out,
                                     section_os_facts *facts,
                                     const section_os_parts *parts,
                                     const section_os_claim *claim)
{
    bool is_file = claim->kind == SECTION_KIND_FILE;
    if (parts->part[SECTION_OS_PART_READER] != SECTION_OS_NONE ||
        parts->part[SECTION_OS_PART_FILE] != SECTION_OS_NONE ||
        claim->pages != SECTION_PAGES_NORMAL || claim->name.text != NULL ||
        (claim->grows &&
         !(is_file && (claim->rights & SECTION_RIGHT_WRITE) != 0)))
        return untrusted();
    out->file = parts->part[SECTION_OS_PART_HANDLE];
    out->flags |= SECTION_OS_VIEWS_HOLD;
    section_os_result result = check_file_granted(out->file, claim->rights);
    if (result.status == SECTION_OK)
        result = make_section(out, facts);
    if (result.status == SECTION_OK && claim->grows)
        result = make_growing(out, facts->size);
    facts->kind = claim->kind;
    facts->may_have_trailer = !is_file;
    return result;
}

/* ------------------------------------------------------------------------
 * Either
 * ------------------------------------------------------------------------ */

static section_os_result accept(section_os_object *out, section_os_facts *facts,
                                const section_os_parts *parts,
                                const section_os_claim *claim)
{
    win32_section_information found;
    bool is_section;
    intptr_t handle = parts->part[SECTION_OS_PART_HANDLE];
    /* What has a name holds it with its handle. */
    if (handle == SECTION_OS_NONE ||
        parts->part[SECTION_OS_PART_NAME] != SECTION_OS_NONE)
        return untrusted();
    section_os_result result =
        win32_query_section(&found, &is_section, win32_handle(handle));
    if (result.status != SECTION_OK)
        return result;
    out->flags = win32_flags_for(claim->rights);
    return is_section ? accept_section(out, facts, parts, claim, &found)
                      : accept_file(out, facts, parts, claim);
}

/* The parts are the object's, if there comes to be one. */
section_os_result section_os_object_accept(section_os_object *out,
                                           section_os_facts *facts,
                                           section_os_parts *parts,
                                           const section_os_claim *claim)
{
    section_os_object made = SECTION_OS_OBJECT_NONE;
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};
    parts->ours &= ~((uint32_t)1 << SECTION_OS_PART_TICKET);
    section_os_result result = blame(accept(&made, facts, parts, claim));
    if (result.status == SECTION_OK) {
        *out = made;
        *parts = SECTION_OS_PARTS_NONE;
        return result;
    }
    /* Of the object, what was made here. */
    if (made.handle != parts->part[SECTION_OS_PART_HANDLE])
        win32_close(made.handle);
    section_os_parts_close(parts);
    *facts = (section_os_facts){0};
    return result;
}
