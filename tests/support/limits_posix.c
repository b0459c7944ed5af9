/* SPDX-License-Identifier: MIT */
#include "limits.h"

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The type of the first argument of setrlimit() differs between C libraries:
 * only constants fit all of them. */
bool limit_set(limit_kind kind, uint64_t value)
{
    struct rlimit limit = {0, RLIM_INFINITY};
    switch (kind) {
    case LIMIT_DESCRIPTORS:
        (void)getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = (rlim_t)value;
        return setrlimit(RLIMIT_NOFILE, &limit) == 0;
    case LIMIT_ADDRESS_SPACE:
        (void)getrlimit(RLIMIT_AS, &limit);
        limit.rlim_cur = (rlim_t)value;
        return setrlimit(RLIMIT_AS, &limit) == 0;
    case LIMIT_FILE_SIZE:
        (void)getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = (rlim_t)value;
        return setrlimit(RLIMIT_FSIZE, &limit) == 0;
    }
    return false;
}

uint64_t limit_address_space_used(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    int found = fscanf(file, "%llu", &pages);
    (void)fclose(file);
    return found == 1 ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

bool limit_close_standard_streams(void)
{
    for (int i = 0; i < 3; i++)
        (void)close(i);
    return true;
}

bool limit_has_standard_streams(void)
{
    for (int i = 0; i < 3; i++)
        if (fcntl(i, F_GETFD) >= 0)
            return true;
    return false;
}

/* The user that owns nothing. */
#define NOBODY 65534

bool limit_become_another(void)
{
    return geteuid() == 0 && setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 &&
           setuid(NOBODY) == 0;
}

bool limit_become_member(void)
{
    return geteuid() == 0 && setgroups(0, NULL) == 0 && setuid(NOBODY) == 0;
}

bool limit_set_mask(unsigned mask)
{
    (void)umask((mode_t)mask);
    return true;
}

bool limit_leave_session(void)
{
    return setsid() >= 0;
}

uint64_t limit_user(void)
{
    return geteuid();
}

bool limit_become_ordinary(void)
{
    return geteuid() != 0 || limit_become_another();
}

/* ------------------------------------------------------------------------
 * Control groups
 * ------------------------------------------------------------------------ */

/* Where each version of them keeps groups, and what its files are called. */
static const struct {
    const char *root;
    const char *limit;
    const char *swap; /* also bounded where there is swap */
} groups[] = {
    {"/sys/fs/cgroup", "memory.max", "memory.swap.max"},
    {"/sys/fs/cgroup/memory", "memory.limit_in_bytes",
     "memory.memsw.limit_in_bytes"},
};

#define GROUP_VERSIONS (sizeof(groups) / sizeof(groups[0]))

static file_path group_path(size_t version, intptr_t process)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "section-test-%ld", (long)process);
    return files_join(groups[version].root, name);
}

static bool write_number(const char *directory, const char *file,
                         uint64_t number)
{
    char text[32];
    int length =
        snprintf(text, sizeof(text), "%llu\n", (unsigned long long)number);
    int descriptor =
        open(files_join(directory, file).text, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    bool ok = write(descriptor, text, (size_t)length) == length;
    (void)close(descriptor);
    return ok;
}

static bool enter_group(size_t version, uint64_t bytes)
{
    file_path path = group_path(version, getpid());
    if (mkdir(path.text, 0755) != 0)
        return false;
    if (!write_number(path.text, groups[version].limit, bytes) ||
        !write_number(path.text, "cgroup.procs", (uint64_t)getpid())) {
        (void)rmdir(path.text);
        return false;
    }
    (void)write_number(path.text, groups[version].swap,
                       version == 0 ? 0 : bytes);
    return true;
}

bool limit_enter_group(uint64_t bytes)
{
#if defined(SECTION_PURE_POSIX)
    /* Control groups are Linux's: the library of this build has not heard of
     * them, as on the systems it stands for. */
    if (bytes != 0)
        return false;
#endif
    for (size_t i = 0; i < GROUP_VERSIONS; i++)
        if (enter_group(i, bytes))
            return true;
    return false;
}

void limit_remove_group(intptr_t child)
{
    for (size_t i = 0; i < GROUP_VERSIONS; i++)
        (void)rmdir(group_path(i, child).text);
}

/* ------------------------------------------------------------------------
 * Disks
 * ------------------------------------------------------------------------ */

/* Paths of tests have no quotes in them. */
static bool run(const char *format, ...)
{
    char line[4 * FILES_PATH_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    assert_that(length > 0 && (size_t)length < sizeof(line));
    return system(line) == 0;
}

/* What a disk stands on is beside the directory where it is mounted. */
static file_path beside(const char *directory, const char *suffix)
{
    file_path path;
    int length =
        snprintf(path.text, sizeof(path.text), "%s%s", directory, suffix);
    assert_true(length > 0 && (size_t)length < sizeof(path.text));
    return path;
}

static file_path image_of(const char *directory)
{
    return beside(directory, ".image");
}

static bool mount_image(const char *image, const char *directory)
{
    return run("mount -o loop '%s' '%s' 2>/dev/null", image, directory);
}

static bool mount_memory(const char *directory, uint64_t size)
{
    return run("mount -t tmpfs -o size=%llu none '%s' 2>/dev/null",
               (unsigned long long)size, directory);
}

/* A file system without a journal goes on after an error. */
static bool mount_thin(const char *directory, uint64_t size)
{
    file_path store = beside(directory, ".store");
    file_path image = files_join(store.text, "image");
    directory_make(store.text);
    if (!mount_memory(store.text, size / 4))
        return false;
    file_make(image.text, size);
    return run("PATH=$PATH:/usr/sbin:/sbin mkfs.ext4 -q -F -O ^has_journal "
               "'%s' >/dev/null 2>&1",
               image.text) &&
           mount_image(image.text, directory);
}

bool disk_mount(const char *directory, disk_kind kind, uint64_t size)
{
    if (geteuid() != 0)
        return false;
    if (kind == DISK_SIMPLE)
        return run("mount -t ramfs none '%s' 2>/dev/null", directory);
    if (kind == DISK_OF_DATA)
        return run("mount -t tmpfs -o noexec,size=%llu none '%s' 2>/dev/null",
                   (unsigned long long)size, directory);
    if (kind == DISK_MEMORY || kind == DISK_BOUNDLESS)
        return mount_memory(directory, kind == DISK_MEMORY ? size : 0);
    if (kind == DISK_THIN)
        return mount_thin(directory, size);
    file_path image = image_of(directory);
    file_make(image.text, size);
    return run("PATH=$PATH:/usr/sbin:/sbin mkfs.ext4 -q -F '%s' >/dev/null "
               "2>&1",
               image.text) &&
           mount_image(image.text, directory);
}

/* What the disk was told to write is in its image; the rest is in the memory of
 * the system alone. */
bool disk_mount_after_power_cut(const char *directory, const char *from)
{
    return run("cp --sparse=always '%s' '%s'", image_of(from).text,
               image_of(directory).text) &&
           mount_image(image_of(directory).text, directory);
}

void disk_unmount(const char *directory)
{
    file_path store = beside(directory, ".store");
    (void)run("umount '%s'", directory);
    (void)file_remove(image_of(directory).text);
    if (!file_exists(store.text))
        return;
    (void)run("umount '%s' 2>/dev/null", store.text);
    directory_remove(store.text);
}

void disk_fill(const char *path)
{
    static const char block[1 << 16];
    int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_that(descriptor >= 0);
    size_t size = sizeof(block);
    while (size > 0)
        if (write(descriptor, block, size) < 0)
            size /= 2;
    assert_that(errno == ENOSPC);
    (void)close(descriptor);
}

uint64_t disk_free(const char *directory)
{
    struct statvfs status;
    assert_that(statvfs(directory, &status) == 0);
    return (uint64_t)status.f_bavail * status.f_frsize;
}
