/* SPDX-License-Identifier: MIT */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void files_make_place(char *path, size_t size)
{
    const char *directory = getenv("TMPDIR");
    if (directory == NULL || directory[0] == '\0')
        directory = "/tmp";
    (void)snprintf(path, size, "%s/section-test-XXXXXX", directory);
    assert_non_null(mkdtemp(path));
    /* Children that stop being root come here too. */
    assert_int_equal(chmod(path, 0755), 0);
}

void files_each(const char *directory, void (*visit)(const char *path))
{
    DIR *entries = opendir(directory);
    struct dirent *entry;
    while (entries != NULL && (entry = readdir(entries)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            visit(files_join(directory, entry->d_name).text);
    if (entries != NULL)
        (void)closedir(entries);
}

static int open_file(const char *path, int flags)
{
    int descriptor = open(path, flags | O_CLOEXEC, 0644);
    if (descriptor < 0)
        print_error("cannot open %s: %s\n", path, strerror(errno));
    assert_that(descriptor >= 0);
    return descriptor;
}

void file_make(const char *path, uint64_t size)
{
    int descriptor = open_file(path, O_RDWR | O_CREAT | O_TRUNC);
    assert_that(ftruncate(descriptor, (off_t)size) == 0);
    (void)close(descriptor);
}

bool file_exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static struct stat status_of(const char *path)
{
    struct stat status;
    assert_that(stat(path, &status) == 0);
    return status;
}

uint64_t file_size(const char *path)
{
    return (uint64_t)status_of(path).st_size;
}

uint64_t file_allocated(const char *path)
{
    return (uint64_t)status_of(path).st_blocks * 512;
}

void file_write(const char *path, uint64_t offset, const void *bytes,
                size_t length)
{
    int descriptor = open_file(path, O_WRONLY);
    ssize_t written = pwrite(descriptor, bytes, length, (off_t)offset);
    (void)close(descriptor);
    assert_that(written == (ssize_t)length);
}

void file_read(const char *path, uint64_t offset, void *bytes, size_t length)
{
    int descriptor = open_file(path, O_RDONLY);
    ssize_t got = pread(descriptor, bytes, length, (off_t)offset);
    (void)close(descriptor);
    assert_that(got == (ssize_t)length);
}

void file_truncate(const char *path, uint64_t size)
{
    assert_that(truncate(path, (off_t)size) == 0);
}

bool file_remove(const char *path)
{
    return unlink(path) == 0;
}

bool file_rename(const char *path, const char *to)
{
    return rename(path, to) == 0;
}

void file_make_read_only(const char *path, bool read_only)
{
    struct stat status;
    /* Links lead elsewhere; removing them needs no right on what is there. */
    if (lstat(path, &status) == 0 && S_ISREG(status.st_mode))
        (void)chmod(path, read_only ? 0444 : 0644);
}

unsigned file_permissions(const char *path)
{
    return status_of(path).st_mode & 07777;
}

bool file_is_busy(const char *path)
{
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        return errno == ETXTBSY;
    (void)close(descriptor);
    return false;
}

void file_make_private(const char *path)
{
    assert_that(chmod(path, 0600) == 0);
}

void directory_make(const char *path)
{
    assert_that(mkdir(path, 0755) == 0);
}

void directory_remove(const char *path)
{
    (void)rmdir(path);
}

bool file_make_fifo(const char *path)
{
    return mkfifo(path, 0644) == 0;
}

bool file_make_link(const char *path, const char *to)
{
    return symlink(to, path) == 0;
}

const char *file_device(void)
{
    return file_exists("/dev/zero") ? "/dev/zero" : NULL;
}
