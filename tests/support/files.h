/* SPDX-License-Identifier: MIT */
/*
 * Files and directories by UTF-8 path, done with the system's own calls. What
 * cannot fail in a test fails the test; what a system may not be able to do
 * answers false.
 */
#ifndef TESTS_FILES_H
#define TESTS_FILES_H

#include "expect.h"

#define FILES_PATH_SIZE 512

typedef struct file_path {
    char text[FILES_PATH_SIZE];
} file_path;

/*
 * A path in a directory that this run of the program alone has. The directory
 * is made at first use and removed with all that is in it when the program
 * ends. Children do not have it: give them paths.
 */
file_path files_path(const char *name);

/* A path below a directory. */
file_path files_join(const char *directory, const char *name);

/* Make a file of `size` zero bytes, sparse where the file system can. */
void file_make(const char *path, uint64_t size);

bool file_exists(const char *path);
uint64_t file_size(const char *path);

/* Bytes that the file takes on the disk. */
uint64_t file_allocated(const char *path);

/* Write and read through the file system, all bytes or fail. */
void file_write(const char *path, uint64_t offset, const void *bytes,
                size_t length);
void file_read(const char *path, uint64_t offset, void *bytes, size_t length);

void file_truncate(const char *path, uint64_t size);

/* Whether it could be removed. */
bool file_remove(const char *path);

/* Give a file another path, in the place of what may be there; whether it could
 * be done. */
bool file_rename(const char *path, const char *to);

/* Take away the right to write the file, or give it back. */
void file_make_read_only(const char *path, bool read_only);

/* Who may do what with a file, in the system's own bits. */
unsigned file_permissions(const char *path);

/* Whether the system itself refuses to open a file for writing, because
 * somebody uses it in a way that forbids it. */
bool file_is_busy(const char *path);

/* Take away everybody's rights but the owner's. */
void file_make_private(const char *path);

void directory_make(const char *path);
void directory_remove(const char *path);

/* What may stand at a path and is no file: false where there is no such thing.
 */
bool file_make_fifo(const char *path);
bool file_make_link(const char *path, const char *to);

/* The path of a device that can be opened and written, or NULL. */
const char *file_device(void);

/* ------------------------------------------------------------------------
 * What each system does in its own way, used by files.c
 * ------------------------------------------------------------------------ */

/* Make the directory of the run. */
void files_make_place(char *path, size_t size);

/* Call `visit` with the path of each entry of a directory. */
void files_each(const char *directory, void (*visit)(const char *path));

#endif
