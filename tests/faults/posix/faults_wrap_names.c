/* SPDX-License-Identifier: MIT */
/*
 * The wrappers of what names are made of: directories, entries, locks, and the
 * keeping out of forks.
 */
#include "faults_calls.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* ------------------------------------------------------------------------
 * Entries of a directory
 * ------------------------------------------------------------------------ */

int REAL(mkdir)(const char *path, mode_t mode);
int WRAP(mkdir)(const char *path, mode_t mode);
int WRAP(mkdir)(const char *path, mode_t mode)
{
    return faults_fails("mkdir") ? -1 : REAL(mkdir)(path, mode);
}

int REAL(chmod)(const char *path, mode_t mode);
int WRAP(chmod)(const char *path, mode_t mode);
int WRAP(chmod)(const char *path, mode_t mode)
{
    return faults_fails("chmod") ? -1 : REAL(chmod)(path, mode);
}

int REAL(fchmodat)(int directory, const char *path, mode_t mode, int flags);
int WRAP(fchmodat)(int directory, const char *path, mode_t mode, int flags);
int WRAP(fchmodat)(int directory, const char *path, mode_t mode, int flags)
{
    return faults_fails("fchmodat")
               ? -1
               : REAL(fchmodat)(directory, path, mode, flags);
}

int REAL(fchown)(int descriptor, uid_t user, gid_t group);
int WRAP(fchown)(int descriptor, uid_t user, gid_t group);
int WRAP(fchown)(int descriptor, uid_t user, gid_t group)
{
    return faults_fails("fchown") ? -1 : REAL(fchown)(descriptor, user, group);
}

int REAL(mkfifoat)(int directory, const char *path, mode_t mode);
int WRAP(mkfifoat)(int directory, const char *path, mode_t mode);
int WRAP(mkfifoat)(int directory, const char *path, mode_t mode)
{
    return faults_fails("mkfifoat") ? -1
                                    : REAL(mkfifoat)(directory, path, mode);
}

int REAL(linkat)(int from, const char *old, int to, const char *new, int flags);
int WRAP(linkat)(int from, const char *old, int to, const char *new, int flags);
int WRAP(linkat)(int from, const char *old, int to, const char *new, int flags)
{
    return faults_fails("linkat") ? -1
                                  : REAL(linkat)(from, old, to, new, flags);
}

int REAL(unlinkat)(int directory, const char *path, int flags);
int WRAP(unlinkat)(int directory, const char *path, int flags);
int WRAP(unlinkat)(int directory, const char *path, int flags)
{
    return faults_fails("unlinkat") ? -1
                                    : REAL(unlinkat)(directory, path, flags);
}

int REAL(symlinkat)(const char *target, int directory, const char *path);
int WRAP(symlinkat)(const char *target, int directory, const char *path);
int WRAP(symlinkat)(const char *target, int directory, const char *path)
{
    return faults_fails("symlinkat") ? -1
                                     : REAL(symlinkat)(target, directory, path);
}

/* Another's link, whose target begins with ours or is the start of it. */
ssize_t REAL(readlinkat)(int directory, const char *path, char *target,
                         size_t size);
ssize_t WRAP(readlinkat)(int directory, const char *path, char *target,
                         size_t size);
ssize_t WRAP(readlinkat)(int directory, const char *path, char *target,
                         size_t size)
{
    if (faults_fails("readlinkat"))
        return -1;
    ssize_t length = REAL(readlinkat)(directory, path, target, size);
    return length > 1 && faults_falls_short("readlinkat") ? length / 2 : length;
}

int REAL_LARGE(fstatat)(int directory, const char *path, struct stat *out,
                        int flags);
int WRAP_LARGE(fstatat)(int directory, const char *path, struct stat *out,
                        int flags);
int WRAP_LARGE(fstatat)(int directory, const char *path, struct stat *out,
                        int flags)
{
    return faults_fails("fstatat")
               ? -1
               : REAL_LARGE(fstatat)(directory, path, out, flags);
}

/* ------------------------------------------------------------------------
 * Reading directories
 * ------------------------------------------------------------------------ */

DIR *REAL(fdopendir)(int descriptor);
DIR *WRAP(fdopendir)(int descriptor);
DIR *WRAP(fdopendir)(int descriptor)
{
    if (faults_fails("fdopendir"))
        return NULL;
    bool before = faults_pause();
    DIR *stream = REAL(fdopendir)(descriptor);
    faults_resume(before);
    return stream;
}

struct dirent *REAL_LARGE(readdir)(DIR *stream);
struct dirent *WRAP_LARGE(readdir)(DIR *stream);
struct dirent *WRAP_LARGE(readdir)(DIR *stream)
{
    return faults_fails("readdir") ? NULL : REAL_LARGE(readdir)(stream);
}

/* One that fails has closed nevertheless. */
int REAL(closedir)(DIR *stream);
int WRAP(closedir)(DIR *stream);
int WRAP(closedir)(DIR *stream)
{
    int error = faults_error("closedir", true);
    bool before = faults_pause();
    int result = REAL(closedir)(stream);
    faults_resume(before);
    if (error == 0)
        return result;
    errno = error;
    return -1;
}

off_t REAL_LARGE(lseek)(int descriptor, off_t offset, int from);
off_t WRAP_LARGE(lseek)(int descriptor, off_t offset, int from);
off_t WRAP_LARGE(lseek)(int descriptor, off_t offset, int from)
{
    int error = faults_error("lseek", true);
    if (error == 0)
        return REAL_LARGE(lseek)(descriptor, offset, from);
    errno = error;
    return -1;
}

/* Some calls have no function of their own in every C library. Reading a
 * directory just to find the dead concerns nobody. */
long REAL(syscall)(long number, ...);
long WRAP(syscall)(long number, ...);
long WRAP(syscall)(long number, ...)
{
    long given[6];
    va_list arguments;
    va_start(arguments, number);
    for (size_t i = 0; i < 6; i++)
        given[i] = va_arg(arguments, long);
    va_end(arguments);
#ifdef SYS_getdents64
    if (number == SYS_getdents64) {
        int error = faults_error("getdents64", true);
        if (error != 0) {
            errno = error;
            return -1;
        }
        if (faults_falls_short("getdents64"))
            return 0;
    }
#endif
#ifdef SYS_statx
    if (number == SYS_statx && faults_fails("statx"))
        return -1;
#endif
#ifdef SYS_pidfd_getfd
    if (number == SYS_pidfd_open && faults_fails("pidfd_open"))
        return -1;
    if (number == SYS_pidfd_getfd && faults_fails("pidfd_getfd"))
        return -1;
#endif
    return REAL(syscall)(number, given[0], given[1], given[2], given[3],
                         given[4], given[5]);
}

/* ------------------------------------------------------------------------
 * Locks, descriptors, forks, time
 * ------------------------------------------------------------------------ */

int REAL(flock)(int descriptor, int operation);
int WRAP(flock)(int descriptor, int operation);
int WRAP(flock)(int descriptor, int operation)
{
    return faults_fails("flock") ? -1 : REAL(flock)(descriptor, operation);
}

int REAL(dup3)(int descriptor, int replaced, int flags);
int WRAP(dup3)(int descriptor, int replaced, int flags);
int WRAP(dup3)(int descriptor, int replaced, int flags)
{
    return faults_fails("dup3")
               ? -1
               : faults_born("dup3", REAL(dup3)(descriptor, replaced, flags));
}

/* What it makes is inheritable until the fcntl() that has to follow: only
 * within a region, where no fork comes in between. */
int REAL(dup2)(int descriptor, int replaced);
int WRAP(dup2)(int descriptor, int replaced);
int WRAP(dup2)(int descriptor, int replaced)
{
    return faults_fails("dup2") ? -1 : REAL(dup2)(descriptor, replaced);
}

int REAL(pthread_atfork)(void (*prepare)(void), void (*parent)(void),
                         void (*child)(void));
int WRAP(pthread_atfork)(void (*prepare)(void), void (*parent)(void),
                         void (*child)(void));
int WRAP(pthread_atfork)(void (*prepare)(void), void (*parent)(void),
                         void (*child)(void))
{
    int error = faults_error("pthread_atfork", false);
    if (error != 0)
        return error;
    bool before = faults_pause();
    error = REAL(pthread_atfork)(prepare, parent, child);
    faults_resume(before);
    return error;
}

int REAL(nanosleep)(const struct timespec *pause, struct timespec *left);
int WRAP(nanosleep)(const struct timespec *pause, struct timespec *left);
int WRAP(nanosleep)(const struct timespec *pause, struct timespec *left)
{
    int error = faults_error("nanosleep", true);
    if (error == 0)
        return REAL(nanosleep)(pause, left);
    errno = error;
    return -1;
}
