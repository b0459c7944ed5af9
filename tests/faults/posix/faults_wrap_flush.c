/* SPDX-License-Identifier: MIT */
/*
 * The wrappers of what flushes.
 */
#include "faults_calls.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int REAL(msync)(void *address, size_t length, int how);
int WRAP(msync)(void *address, size_t length, int how);
int WRAP(msync)(void *address, size_t length, int how)
{
    return faults_fails("msync") ? -1 : REAL(msync)(address, length, how);
}

int REAL(fdatasync)(int descriptor);
int WRAP(fdatasync)(int descriptor);
int WRAP(fdatasync)(int descriptor)
{
    return faults_fails("fdatasync") ? -1 : REAL(fdatasync)(descriptor);
}

int REAL_LARGE(fstat)(int descriptor, struct stat *status);

/* Directories are another matter. */
int REAL(fsync)(int descriptor);
int WRAP(fsync)(int descriptor);
int WRAP(fsync)(int descriptor)
{
    struct stat status;
    bool before = faults_pause();
    bool is_directory =
        REAL_LARGE(fstat)(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
    faults_resume(before);
    return faults_fails(is_directory ? "fsync directory" : "fsync")
               ? -1
               : REAL(fsync)(descriptor);
}

#ifdef SYNC_FILE_RANGE_WRITE
int REAL(sync_file_range)(int descriptor, off_t from, off_t size, unsigned how);
int WRAP(sync_file_range)(int descriptor, off_t from, off_t size, unsigned how);
int WRAP(sync_file_range)(int descriptor, off_t from, off_t size, unsigned how)
{
    return faults_fails("sync_file_range")
               ? -1
               : REAL(sync_file_range)(descriptor, from, size, how);
}
#endif
