/* SPDX-License-Identifier: MIT */
/*
 * Files: opening and creating them without being fooled by what else can stand
 * at a path, and taking a creation back.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Opening some devices does something; so look before opening. */
static section_os_result open_existing(int *out, const char *path, int mode)
{
    struct stat status;
    *out = -1;
    if (stat(path, &status) != 0)
        return posix_failure(errno);
    if (!S_ISREG(status.st_mode))
        return posix_verdict(SECTION_KIND, 0);
    *out = posix_open(path, mode);
    return *out < 0 ? posix_failure(errno) : posix_ok();
}

/* Remove a path if it still names the file of this descriptor, and nobody has
 * put bytes into it since. */
static void remove_created(int descriptor, uint64_t size, const char *path)
{
    struct stat ours, found;
    if (fstat(descriptor, &ours) == 0 && lstat(path, &found) == 0 &&
        posix_is_same_file(&ours, &found) && (uint64_t)found.st_size == size)
        (void)unlink(path);
}

void section_os_file_undo(section_os_object *object,
                          const section_os_facts *facts, const char *path)
{
    remove_created((int)object->handle, facts->size, path);
}

/* Where the last part of a path begins; its end, if it has none (`/`). Slashes
 * behind it belong to it. */
static const char *last_part(const char *path)
{
    const char *end = path + strlen(path);
    while (end > path && end[-1] == '/')
        end--;
    if (end == path)
        return path + strlen(path);
    while (end > path && end[-1] != '/')
        end--;
    return end;
}

/*
 * Open the directory that a file is to be created in, which section_flush()
 * makes durable; *part is the path from there. A directory that may not be read
 * can be written nevertheless: *out is -1 then, and *part the whole path.
 */
static section_os_result open_directory(int *out, const char **part,
                                        const char *path)
{
    char directory[PATH_MAX] = ".";
    size_t length = (size_t)(last_part(path) - path);
    *out = -1;
    *part = path;
    /* What is too long the system shall refuse itself, and so what cannot be
     * created in any case. */
    if (length >= sizeof(directory) || path[length] == '\0')
        return posix_ok();
    if (length != 0) {
        memcpy(directory, path, length);
        directory[length] = '\0';
    }
    *out = posix_open(directory, O_RDONLY | O_DIRECTORY);
    if (*out < 0)
        return errno == EACCES ? posix_ok() : posix_failure(errno);
    *part = path + length;
    return posix_ok();
}

/* O_CREAT never without O_EXCL: of racing creators one creates, and nothing
 * that others placed there is opened by mistake (fs.protected_regular). */
static section_os_result create_new(int *out, int directory, const char *part,
                                    const char *path)
{
    *out = -1;
    int low = posix_open_low(directory < 0 ? AT_FDCWD : directory, part,
                             O_RDWR | O_CREAT | O_EXCL, 0666);
    if (low < 0)
        return posix_failure(errno);
    *out = posix_raise(low);
    if (*out >= 0)
        return posix_ok();
    section_os_result result = posix_failure(errno);
    remove_created(low, 0, path);
    posix_descriptor_close(low);
    return result;
}

/* What a descriptor turned out to be, and its reader where it is due now. */
static section_os_result describe(section_os_object *object,
                                  section_os_facts *facts, const char *path)
{
    struct stat status;
    if (fstat((int)object->handle, &status) != 0)
        return posix_failure(errno);
    if (!S_ISREG(status.st_mode))
        return posix_verdict(SECTION_KIND, 0);
    section_kind kind; /* what has a path is a file */
    section_os_result result =
        posix_memory_recognize(&kind, (int)object->handle, &status, false);
    if (result.status != SECTION_OK)
        return result;
    facts->size = (uint64_t)status.st_size;
    facts->kind = SECTION_KIND_FILE;
    facts->commit = SECTION_COMMIT_NONE;
    if ((object->flags & SECTION_OS_WRITABLE) == 0)
        return posix_ok();

    int reader;
    result = posix_reader_open_file(&reader, (int)object->handle, path);
    object->reader = reader;
    return result;
}

/* The object of a descriptor that was opened or created. */
static section_os_result make_object(section_os_object *out,
                                     section_os_facts *facts, int descriptor,
                                     section_rights rights, const char *path)
{
    out->handle = descriptor;
    /* A view needs the file to make its bytes durable, whenever the section
     * was closed. */
    out->flags = SECTION_OS_VIEWS_HOLD | posix_object_flags(rights);
    return describe(out, facts, path);
}

section_os_result section_os_file_open(section_os_object *out,
                                       section_os_facts *facts,
                                       const char *path, section_rights rights)
{
    bool writes = (rights & SECTION_RIGHT_WRITE) != 0;
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};

    int descriptor;
    section_os_result result =
        open_existing(&descriptor, path, writes ? O_RDWR : O_RDONLY);
    if (result.status != SECTION_OK)
        return result;
    result = make_object(out, facts, descriptor, rights, path);
    if (result.status != SECTION_OK) {
        section_os_object_close(out);
        *facts = (section_os_facts){0};
    }
    return result;
}

section_os_result section_os_file_keep_directory(section_os_object *object,
                                                 const char *path)
{
    int directory;
    const char *part;
    section_os_result result = open_directory(&directory, &part, path);
    object->directory = directory;
    /* Somebody has renamed what is above it since. */
    if (result.status == SECTION_NOT_FOUND || result.status == SECTION_KIND)
        result.status = SECTION_ACCESS;
    if (result.status == SECTION_OK && directory < 0)
        result = posix_verdict(SECTION_ACCESS, EACCES);
    return result;
}

section_os_result section_os_file_create(section_os_object *out,
                                         section_os_facts *facts,
                                         const char *path,
                                         section_rights rights)
{
    *out = SECTION_OS_OBJECT_NONE;
    *facts = (section_os_facts){0};

    int descriptor, directory;
    const char *part;
    section_os_result result = open_directory(&directory, &part, path);
    if (result.status == SECTION_OK)
        result = create_new(&descriptor, directory, part, path);
    if (result.status != SECTION_OK) {
        posix_descriptor_close(directory);
        return result;
    }
    out->directory = directory;
    result = make_object(out, facts, descriptor, rights, path);
    facts->created = true;
    if (result.status != SECTION_OK) {
        section_os_file_undo(out, facts, path);
        section_os_object_close(out);
        *facts = (section_os_facts){0};
    }
    return result;
}

section_os_result section_os_file_bind(section_os_object *object,
                                       section_os_facts *facts, uint64_t size,
                                       uint64_t reserve, bool lazy)
{
    if (reserve > size)
        object->flags |= SECTION_OS_GROWS;
    if (size <= facts->size)
        return posix_ok();
    section_os_result result = posix_check_size_limit(size);
    if (result.status != SECTION_OK)
        return result;
    return posix_grow_file((int)object->handle, facts, size, lazy);
}
