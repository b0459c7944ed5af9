/* SPDX-License-Identifier: MIT */
/*
 * The wrappers: each asks whether it has to fail, and else does the real thing.
 *
 * FAULTS_LARGE_SUFFIX is 64 where the C library has calls with 64-bit offsets
 * under names of their own (glibc), and empty elsewhere (musl).
 */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

#define JOIN_(a, b, c)     a##b##c
#define JOIN(a, b, c)      JOIN_(a, b, c)
#define WRAP(function)     JOIN(__wrap_, function, )
#define REAL(function)     JOIN(__real_, function, )
#define WRAP_LARGE(prefix) JOIN(__wrap_, prefix, FAULTS_LARGE_SUFFIX)
#define REAL_LARGE(prefix) JOIN(__real_, prefix, FAULTS_LARGE_SUFFIX)

static const struct {
    const char *function;
    int errors[FAULTS_VARIANTS];
    bool interruptible;
} calls[] = {
    {"calloc", {ENOMEM, ENOMEM, ENOMEM}, false},
    {"close", {EIO, ENOSPC, EIO}, true},
    {"fallocate", {ENOSPC, EIO, EOPNOTSUPP}, true},
    {"fchmod", {EIO, EPERM, EIO}, false},
    {"fcntl", {EMFILE, EPERM, EBADF}, false},
    {"fstat", {EIO, EOVERFLOW, EIO}, false},
    {"fstatfs", {EIO, ENOSYS, EIO}, true},
    {"fstatvfs", {EIO, ENOSYS, EIO}, true},
    {"ftruncate", {EIO, ENOSPC, EFBIG}, true},
    {"getrlimit", {EINVAL, EINVAL, EINVAL}, false},
    {"lstat", {EACCES, EIO, EACCES}, false},
    {"memfd_create", {EMFILE, ENFILE, EINVAL}, false},
    {"mmap", {ENOMEM, ENODEV, EACCES}, false},
    {"mprotect", {ENOMEM, ENOMEM, ENOMEM}, false},
    {"munmap", {ENOMEM, ENOMEM, ENOMEM}, false},
    {"open", {EMFILE, EACCES, ENOENT}, true},
    {"posix_fallocate", {ENOSPC, EIO, EINVAL}, true},
    {"pwrite", {EIO, ENOSPC, EDQUOT}, true},
    {"read", {EIO, EAGAIN, EIO}, true},
    {"shm_open", {EMFILE, EACCES, ENFILE}, true},
    {"shm_unlink", {EACCES, EACCES, EACCES}, false},
    {"stat", {EACCES, EIO, EOVERFLOW}, false},
    {"sysconf", {EINVAL, EINVAL, EINVAL}, false},
    {"sysinfo", {EFAULT, EFAULT, EFAULT}, false},
    {"unlink", {EACCES, EBUSY, EROFS}, false},
};

static bool armed;
static faults_mode mode;
static unsigned countdown;
static unsigned variant;
static faults_strike strike;
static const char *lacking;
static int lacking_error;
static void (*before_lacking)(void *context);
static void *before_lacking_context;
static char left_name[64];
static unsigned names;

void faults_arm(faults_mode new_mode, unsigned nth, unsigned new_variant)
{
    mode = new_mode;
    countdown = nth;
    variant = new_variant % FAULTS_VARIANTS;
    memset(&strike, 0, sizeof(strike));
    left_name[0] = '\0';
    armed = true;
}

faults_strike faults_disarm(void)
{
    armed = false;
    return strike;
}

void faults_lack(const char *function, int error)
{
    lacking = function;
    lacking_error = error;
}

void faults_before_lacking(void (*hook)(void *context), void *context)
{
    before_lacking = hook;
    before_lacking_context = context;
}

const char *faults_left_name(void)
{
    return left_name;
}

unsigned faults_names(void)
{
    return names;
}

static size_t find_call(const char *function)
{
    size_t i = 0;
    while (strcmp(calls[i].function, function) != 0)
        i++;
    return i;
}

/* The error a call has to fail with, 0 for none. `looks_around`: the library
 * only asks about the machine. */
static int error_for(const char *function, bool looks_around)
{
    if (!armed)
        return 0;
    size_t i = find_call(function);
    if (mode == FAULTS_ERROR || calls[i].interruptible) {
        if (countdown > 0 && --countdown == 0) {
            int error = mode == FAULTS_ERROR ? calls[i].errors[variant] : EINTR;
            strike = (faults_strike){true,         function, error,
                                     looks_around, false,    false};
            return error;
        }
    }
    if (lacking == NULL || strcmp(lacking, function) != 0)
        return 0;
    if (before_lacking != NULL)
        before_lacking(before_lacking_context);
    return lacking_error;
}

/* Whether a call has to fail; errno is set then. */
static bool fails(const char *function)
{
    int error = error_for(function, false);
    if (error != 0)
        errno = error;
    return error != 0;
}

/* ------------------------------------------------------------------------
 * Opening
 * ------------------------------------------------------------------------ */

/*
 * A descriptor the library has just got. It must be close-on-exec from birth:
 * between open() and a later fcntl() another thread may start a program.
 */
static int born(const char *function, int descriptor);

/* Files that only tell how much memory is left. */
static bool tells_memory(const char *path)
{
    return strcmp(path, "/proc/meminfo") == 0 ||
           strcmp(path, "/proc/self/cgroup") == 0 ||
           strncmp(path, "/sys/fs/cgroup", 14) == 0;
}

int REAL_LARGE(open)(const char *path, int flags, ...);
int WRAP_LARGE(open)(const char *path, int flags, ...);
int WRAP_LARGE(open)(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t permissions = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    int error = error_for("open", tells_memory(path));
    if (error != 0) {
        strike.reopens =
            strncmp(path, "/proc/", 6) == 0 && strstr(path, "/fd/") != NULL;
        strike.writes = (flags & O_ACCMODE) != O_RDONLY;
        errno = error;
        return -1;
    }
    return born("open", REAL_LARGE(open)(path, flags, permissions));
}

int REAL(memfd_create)(const char *name, unsigned flags);
int WRAP(memfd_create)(const char *name, unsigned flags);
int WRAP(memfd_create)(const char *name, unsigned flags)
{
    return fails("memfd_create")
               ? -1
               : born("memfd_create", REAL(memfd_create)(name, flags));
}

int REAL(shm_open)(const char *name, int flags, mode_t permissions);
int WRAP(shm_open)(const char *name, int flags, mode_t permissions);
int WRAP(shm_open)(const char *name, int flags, mode_t permissions)
{
    if (fails("shm_open")) {
        strike.writes = (flags & O_ACCMODE) != O_RDONLY;
        return -1;
    }
    int descriptor = born("shm_open", REAL(shm_open)(name, flags, permissions));
    names += descriptor >= 0 && (flags & O_CREAT) != 0;
    return descriptor;
}

int REAL(shm_unlink)(const char *name);
int WRAP(shm_unlink)(const char *name);
int WRAP(shm_unlink)(const char *name)
{
    if (fails("shm_unlink")) {
        (void)snprintf(left_name, sizeof(left_name), "%s", name);
        return -1;
    }
    int result = REAL(shm_unlink)(name);
    names -= result == 0;
    return result;
}

int REAL(unlink)(const char *path);
int WRAP(unlink)(const char *path);
int WRAP(unlink)(const char *path)
{
    return fails("unlink") ? -1 : REAL(unlink)(path);
}

/* A close that fails has closed nevertheless (close(2)). */
int REAL(close)(int descriptor);
int WRAP(close)(int descriptor);
int WRAP(close)(int descriptor)
{
    int error = error_for("close", true);
    int result = REAL(close)(descriptor);
    if (error == 0)
        return result;
    errno = error;
    return -1;
}

#ifndef F_GET_SEALS
#define F_GET_SEALS (-1) /* no command */
#endif

/* What has no seals cannot tell them, and is used as it is. */
static bool asks_for_seals(int command)
{
    return command == F_GET_SEALS;
}

/* Whether a command of fcntl() has no argument; the others that the library
 * uses have an int. */
static bool stands_alone(int command)
{
    return asks_for_seals(command) || command == F_GETFL || command == F_GETFD;
}

int REAL_LARGE(fcntl)(int descriptor, int command, ...);
int WRAP_LARGE(fcntl)(int descriptor, int command, ...);
int WRAP_LARGE(fcntl)(int descriptor, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    int argument = stands_alone(command) ? 0 : va_arg(arguments, int);
    va_end(arguments);
    int error = error_for("fcntl", asks_for_seals(command));
    if (error != 0) {
        errno = error;
        return -1;
    }
    int result = REAL_LARGE(fcntl)(descriptor, command, argument);
    bool duplicates = command == F_DUPFD || command == F_DUPFD_CLOEXEC;
    return duplicates ? born("fcntl", result) : result;
}

static int born(const char *function, int descriptor)
{
    if (!armed || descriptor < 0)
        return descriptor;
    if ((REAL_LARGE(fcntl)(descriptor, F_GETFD, 0) & FD_CLOEXEC) == 0) {
        (void)fprintf(stderr, "%s() made an inheritable descriptor\n",
                      function);
        abort();
    }
    return descriptor;
}

int REAL(fchmod)(int descriptor, mode_t permissions);
int WRAP(fchmod)(int descriptor, mode_t permissions);
int WRAP(fchmod)(int descriptor, mode_t permissions)
{
    return fails("fchmod") ? -1 : REAL(fchmod)(descriptor, permissions);
}

/* ------------------------------------------------------------------------
 * Sizes and questions
 * ------------------------------------------------------------------------ */

int REAL_LARGE(ftruncate)(int descriptor, off_t size);
int WRAP_LARGE(ftruncate)(int descriptor, off_t size);
int WRAP_LARGE(ftruncate)(int descriptor, off_t size)
{
    return fails("ftruncate") ? -1 : REAL_LARGE(ftruncate)(descriptor, size);
}

int REAL_LARGE(fallocate)(int descriptor, int how, off_t from, off_t size);
int WRAP_LARGE(fallocate)(int descriptor, int how, off_t from, off_t size);
int WRAP_LARGE(fallocate)(int descriptor, int how, off_t from, off_t size)
{
    return fails("fallocate")
               ? -1
               : REAL_LARGE(fallocate)(descriptor, how, from, size);
}

int REAL_LARGE(posix_fallocate)(int descriptor, off_t from, off_t size);
int WRAP_LARGE(posix_fallocate)(int descriptor, off_t from, off_t size);
int WRAP_LARGE(posix_fallocate)(int descriptor, off_t from, off_t size)
{
    int error = error_for("posix_fallocate", false);
    return error != 0 ? error
                      : REAL_LARGE(posix_fallocate)(descriptor, from, size);
}

ssize_t REAL_LARGE(pwrite)(int descriptor, const void *bytes, size_t size,
                           off_t offset);
ssize_t WRAP_LARGE(pwrite)(int descriptor, const void *bytes, size_t size,
                           off_t offset);
ssize_t WRAP_LARGE(pwrite)(int descriptor, const void *bytes, size_t size,
                           off_t offset)
{
    return fails("pwrite")
               ? -1
               : REAL_LARGE(pwrite)(descriptor, bytes, size, offset);
}

ssize_t REAL(read)(int descriptor, void *bytes, size_t size);
ssize_t WRAP(read)(int descriptor, void *bytes, size_t size);
ssize_t WRAP(read)(int descriptor, void *bytes, size_t size)
{
    int error = error_for("read", true);
    if (error == 0)
        return REAL(read)(descriptor, bytes, size);
    errno = error;
    return -1;
}

int REAL_LARGE(fstat)(int descriptor, struct stat *out);
int WRAP_LARGE(fstat)(int descriptor, struct stat *out);
int WRAP_LARGE(fstat)(int descriptor, struct stat *out)
{
    return fails("fstat") ? -1 : REAL_LARGE(fstat)(descriptor, out);
}

int REAL_LARGE(stat)(const char *path, struct stat *out);
int WRAP_LARGE(stat)(const char *path, struct stat *out);
int WRAP_LARGE(stat)(const char *path, struct stat *out)
{
    return fails("stat") ? -1 : REAL_LARGE(stat)(path, out);
}

int REAL_LARGE(lstat)(const char *path, struct stat *out);
int WRAP_LARGE(lstat)(const char *path, struct stat *out);
int WRAP_LARGE(lstat)(const char *path, struct stat *out)
{
    return fails("lstat") ? -1 : REAL_LARGE(lstat)(path, out);
}

struct statfs;
int REAL_LARGE(fstatfs)(int descriptor, struct statfs *out);
int WRAP_LARGE(fstatfs)(int descriptor, struct statfs *out);
int WRAP_LARGE(fstatfs)(int descriptor, struct statfs *out)
{
    int error = error_for("fstatfs", true);
    if (error == 0)
        return REAL_LARGE(fstatfs)(descriptor, out);
    errno = error;
    return -1;
}

int REAL_LARGE(fstatvfs)(int descriptor, struct statvfs *out);
int WRAP_LARGE(fstatvfs)(int descriptor, struct statvfs *out);
int WRAP_LARGE(fstatvfs)(int descriptor, struct statvfs *out)
{
    int error = error_for("fstatvfs", true);
    if (error == 0)
        return REAL_LARGE(fstatvfs)(descriptor, out);
    errno = error;
    return -1;
}

int REAL_LARGE(getrlimit)(int resource, struct rlimit *out);
int WRAP_LARGE(getrlimit)(int resource, struct rlimit *out);
int WRAP_LARGE(getrlimit)(int resource, struct rlimit *out)
{
    int error = error_for("getrlimit", true);
    if (error == 0)
        return REAL_LARGE(getrlimit)(resource, out);
    errno = error;
    return -1;
}

struct sysinfo;
int REAL(sysinfo)(struct sysinfo *out);
int WRAP(sysinfo)(struct sysinfo *out);
int WRAP(sysinfo)(struct sysinfo *out)
{
    int error = error_for("sysinfo", true);
    if (error == 0)
        return REAL(sysinfo)(out);
    errno = error;
    return -1;
}

/* The size of a page is always known (sysconf(3)). */
long REAL(sysconf)(int name);
long WRAP(sysconf)(int name);
long WRAP(sysconf)(int name)
{
    if (name == _SC_PAGESIZE)
        return REAL(sysconf)(name);
    return error_for("sysconf", true) != 0 ? -1 : REAL(sysconf)(name);
}

/* ------------------------------------------------------------------------
 * Memory
 * ------------------------------------------------------------------------ */

void *REAL_LARGE(mmap)(void *address, size_t length, int protection, int flags,
                       int descriptor, off_t offset);
void *WRAP_LARGE(mmap)(void *address, size_t length, int protection, int flags,
                       int descriptor, off_t offset);
void *WRAP_LARGE(mmap)(void *address, size_t length, int protection, int flags,
                       int descriptor, off_t offset)
{
    return fails("mmap") ? MAP_FAILED
                         : REAL_LARGE(mmap)(address, length, protection, flags,
                                            descriptor, offset);
}

int REAL(munmap)(void *address, size_t length);
int WRAP(munmap)(void *address, size_t length);
int WRAP(munmap)(void *address, size_t length)
{
    return fails("munmap") ? -1 : REAL(munmap)(address, length);
}

int REAL(mprotect)(void *address, size_t length, int protection);
int WRAP(mprotect)(void *address, size_t length, int protection);
int WRAP(mprotect)(void *address, size_t length, int protection)
{
    return fails("mprotect") ? -1 : REAL(mprotect)(address, length, protection);
}

void *REAL(calloc)(size_t count, size_t size);
void *WRAP(calloc)(size_t count, size_t size);
void *WRAP(calloc)(size_t count, size_t size)
{
    return fails("calloc") ? NULL : REAL(calloc)(count, size);
}
