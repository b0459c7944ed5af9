/* SPDX-License-Identifier: MIT */
/*
 * The wrappers of descriptors, sizes, memory and the machine; and what fails
 * when, for all wrappers.
 */
#include "faults_calls.h"

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

static const struct {
    const char *function;
    int errors[FAULTS_VARIANTS];
    bool interruptible;
    bool divisible; /* it may do a part and succeed */
} calls[] = {
    {"calloc", {ENOMEM, ENOMEM, ENOMEM}, false, false},
    {"chmod", {EPERM, EIO, EROFS}, false, false},
    {"close", {EIO, ENOSPC, EIO}, true, false},
    {"closedir", {EIO, EBADF, EIO}, true, false},
    {"dup2", {EMFILE, EIO, EBADF}, true, false},
    {"dup3", {EMFILE, EBUSY, EMFILE}, true, false},
    {"fallocate", {ENOSPC, EIO, EOPNOTSUPP}, true, false},
    {"fchmod", {EIO, EPERM, EIO}, false, false},
    {"fchmodat", {EIO, EPERM, EOPNOTSUPP}, false, false},
    {"fchown", {EIO, EPERM, EIO}, false, false},
    {"fcntl", {EMFILE, EPERM, EBADF}, false, false},
    {"fcntl lock", {ENOLCK, EAGAIN, EIO}, true, false},
    {"fdatasync", {EIO, ENOSPC, EDQUOT}, true, false},
    {"fdopendir", {ENOMEM, EMFILE, ENOMEM}, false, false},
    {"flock", {ENOLCK, EWOULDBLOCK, EIO}, true, false},
    {"fstat", {EIO, EOVERFLOW, EIO}, false, false},
    {"statx", {EIO, EOVERFLOW, EIO}, false, false},
    {"fstatat", {EIO, EACCES, EIO}, false, false},
    {"fstatfs", {EIO, ENOSYS, EIO}, true, false},
    {"fstatvfs", {EIO, ENOSYS, EIO}, true, false},
    {"fsync", {EIO, ENOSPC, EDQUOT}, true, false},
    {"fsync directory", {EIO, ENOSPC, EDQUOT}, true, false},
    {"ftruncate", {EIO, ENOSPC, EFBIG}, true, false},
    {"getdents64", {EIO, ENOENT, EINVAL}, false, true},
    {"getentropy", {EIO, ENOSYS, EIO}, false, false},
    {"getrlimit", {EINVAL, EINVAL, EINVAL}, false, false},
    {"getsockname", {ENOBUFS, EOPNOTSUPP, EBADF}, false, false},
    {"linkat", {ENOSPC, EPERM, ENOENT}, false, false},
    {"lseek", {EINVAL, EOVERFLOW, EINVAL}, false, false},
    {"lstat", {EACCES, EIO, EACCES}, false, false},
    {"madvise", {EIO, ENOMEM, EFAULT}, true, false},
    {"madvise huge pages", {EINVAL, ENOMEM, EINVAL}, false, false},
    {"malloc", {ENOMEM, ENOMEM, ENOMEM}, false, false},
    {"memfd_create", {EMFILE, ENFILE, EINVAL}, false, false},
    {"mkdir", {EACCES, ENOSPC, EROFS}, false, false},
    {"mkfifoat", {EACCES, ENOSPC, EROFS}, false, false},
    {"mlock", {ENOMEM, EPERM, EAGAIN}, false, false},
    {"mmap", {ENOMEM, ENODEV, EACCES}, false, false},
    {"mprotect", {ENOMEM, ENOMEM, ENOMEM}, false, false},
    {"msync", {EIO, ENOSPC, EDQUOT}, true, false},
    {"munlock", {ENOMEM, EPERM, ENOMEM}, false, false},
    {"munmap", {ENOMEM, ENOMEM, ENOMEM}, false, false},
    {"nanosleep", {EINTR, EINTR, EINTR}, true, false},
    {"open", {EMFILE, EACCES, ENOENT}, true, false},
    {"openat", {EMFILE, EACCES, ENOENT}, true, false},
    {"pidfd_getfd", {EPERM, EMFILE, ESRCH}, false, false},
    {"pidfd_open", {EMFILE, ESRCH, ENOSYS}, false, false},
    {"poll", {ENOMEM, ENOMEM, ENOMEM}, true, false},
    {"posix_fallocate", {ENOSPC, EIO, EINVAL}, true, false},
    {"posix_madvise", {ENOMEM, EIO, EAGAIN}, false, false},
    {"posix_spawn_file_actions_adddup2",
     {ENOMEM, ENOMEM, ENOMEM},
     false,
     false},
    {"pthread_atfork", {ENOMEM, ENOMEM, ENOMEM}, false, false},
    {"pthread_create", {EAGAIN, EPERM, EAGAIN}, false, false},
    {"pthread_key_create", {EAGAIN, ENOMEM, EAGAIN}, false, false},
    {"pthread_setspecific", {ENOMEM, EINVAL, ENOMEM}, false, false},
    {"pwrite", {EIO, ENOSPC, EDQUOT}, true, true},
    {"read", {EIO, EAGAIN, EIO}, true, true},
    {"readdir", {EIO, EBADF, ENOENT}, false, false},
    {"readlinkat", {EIO, EINVAL, ENOENT}, false, true},
    {"recvmsg", {ECONNRESET, ENOMEM, ENOTCONN}, true, true},
    {"sched_getaffinity", {EINVAL, EPERM, EINVAL}, false, false},
    {"sendmsg", {EPIPE, ETOOMANYREFS, ENOTSOCK}, true, true},
    {"shm_open", {EMFILE, EACCES, ENFILE}, true, false},
    {"shm_unlink", {EACCES, EACCES, EACCES}, false, false},
    {"sigaction", {EPERM, EINVAL, ENOSYS}, false, false},
    {"sigaction back", {EPERM, EINVAL, ENOSYS}, false, false},
    {"sigaction look", {EPERM, EINVAL, ENOSYS}, false, false},
    {"stat", {EACCES, EIO, EOVERFLOW}, false, false},
    {"symlinkat", {EACCES, ENOSPC, EEXIST}, false, false},
    {"sync_file_range", {EIO, ENOSPC, EDQUOT}, true, false},
    {"sysconf", {EINVAL, EINVAL, EINVAL}, false, false},
    {"sysinfo", {EFAULT, EFAULT, EFAULT}, false, false},
    {"unlink", {EACCES, EBUSY, EROFS}, false, false},
    {"unlinkat", {EACCES, EBUSY, EROFS}, false, false},
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
static unsigned own_names;
static unsigned *names = &own_names;

/* Blocks of the heap that were got while armed and not given back. */
#define BLOCKS 64
static void *blocks[BLOCKS];

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

void *REAL_LARGE(mmap)(void *address, size_t length, int protection, int flags,
                       int descriptor, off_t offset);

unsigned faults_names(void)
{
    return __atomic_load_n(names, __ATOMIC_RELAXED);
}

void faults_share_names(void)
{
    void *shared =
        REAL_LARGE(mmap)(NULL, sizeof(*names), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    names = shared;
    *names = own_names;
}

static void count_name(unsigned change)
{
    (void)__atomic_add_fetch(names, change, __ATOMIC_RELAXED);
}

unsigned faults_blocks(void)
{
    unsigned count = 0;
    for (size_t i = 0; i < BLOCKS; i++)
        count += blocks[i] != NULL;
    return count;
}

static size_t find_call(const char *function)
{
    size_t i = 0;
    while (strcmp(calls[i].function, function) != 0)
        i++;
    return i;
}

/* Whether this call is the one that is chosen. */
static bool is_chosen(void)
{
    return countdown > 0 && --countdown == 0;
}

int faults_error(const char *function, bool looks_around)
{
    if (!armed)
        return 0;
    size_t i = find_call(function);
    bool counts = mode == FAULTS_ERROR ||
                  (mode == FAULTS_INTERRUPT && calls[i].interruptible);
    if (counts && is_chosen()) {
        int error = mode == FAULTS_ERROR ? calls[i].errors[variant] : EINTR;
        strike = (faults_strike){.happened = true,
                                 .function = function,
                                 .error = error,
                                 .looks_around = looks_around};
        return error;
    }
    if (lacking == NULL || strcmp(lacking, function) != 0)
        return 0;
    if (before_lacking != NULL)
        before_lacking(before_lacking_context);
    return lacking_error;
}

bool faults_fails(const char *function)
{
    int error = faults_error(function, false);
    if (error != 0)
        errno = error;
    return error != 0;
}

bool faults_falls_short(const char *function)
{
    if (!armed || mode != FAULTS_SHORT ||
        !calls[find_call(function)].divisible || !is_chosen())
        return false;
    strike = (faults_strike){.happened = true, .function = function};
    return true;
}

bool faults_pause(void)
{
    bool before = armed;
    armed = false;
    return before;
}

void faults_resume(bool before)
{
    armed = before;
}

/* ------------------------------------------------------------------------
 * Opening
 * ------------------------------------------------------------------------ */

/* Files that only tell how much memory is left. */
static bool tells_memory(const char *path)
{
    return strcmp(path, "/proc/meminfo") == 0 ||
           strcmp(path, "/proc/self/cgroup") == 0 ||
           strncmp(path, "/sys/fs/cgroup", 14) == 0;
}

/* What is opened relative to nothing is the same as with open(). */
static bool fails_to_open(const char *function, const char *path, int flags)
{
    int error = faults_error(function, tells_memory(path));
    if (error == 0)
        return false;
    strike.reopens =
        strncmp(path, "/proc/", 6) == 0 && strstr(path, "/fd/") != NULL;
    strike.writes = (flags & O_ACCMODE) != O_RDONLY;
    strike.opens_directory = (flags & O_DIRECTORY) != 0;
    /* To open for nothing but writing is to ask who reads. That nothing is
     * there is an answer, and would be a lie. */
    if (error == ENOENT && (flags & O_ACCMODE) == O_WRONLY)
        strike.error = error = ENFILE;
    errno = error;
    return true;
}

#ifndef O_TMPFILE
#define O_TMPFILE 0 /* no flag */
#endif

/* Whether the permissions of a new file follow the flags. */
static bool creates(int flags)
{
    return (flags & O_CREAT) != 0 ||
           (O_TMPFILE != 0 && (flags & O_TMPFILE) == O_TMPFILE);
}

int REAL_LARGE(open)(const char *path, int flags, ...);
int WRAP_LARGE(open)(const char *path, int flags, ...);
int WRAP_LARGE(open)(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t permissions = creates(flags) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (fails_to_open("open", path, flags))
        return -1;
    return faults_born("open", REAL_LARGE(open)(path, flags, permissions));
}

int REAL_LARGE(openat)(int directory, const char *path, int flags, ...);
int WRAP_LARGE(openat)(int directory, const char *path, int flags, ...);
int WRAP_LARGE(openat)(int directory, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t permissions = creates(flags) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    const char *function = directory == AT_FDCWD ? "open" : "openat";
    if (fails_to_open(function, path, flags))
        return -1;
    return faults_born(function,
                       REAL_LARGE(openat)(directory, path, flags, permissions));
}

int REAL(memfd_create)(const char *name, unsigned flags);
int WRAP(memfd_create)(const char *name, unsigned flags);
int WRAP(memfd_create)(const char *name, unsigned flags)
{
    return faults_fails("memfd_create")
               ? -1
               : faults_born("memfd_create", REAL(memfd_create)(name, flags));
}

int REAL(shm_open)(const char *name, int flags, mode_t permissions);
int WRAP(shm_open)(const char *name, int flags, mode_t permissions);
int WRAP(shm_open)(const char *name, int flags, mode_t permissions)
{
    if (faults_fails("shm_open")) {
        strike.writes = (flags & O_ACCMODE) != O_RDONLY;
        return -1;
    }
    int descriptor =
        faults_born("shm_open", REAL(shm_open)(name, flags, permissions));
    if (descriptor >= 0 && (flags & O_CREAT) != 0)
        count_name(1);
    return descriptor;
}

int REAL(shm_unlink)(const char *name);
int WRAP(shm_unlink)(const char *name);
int WRAP(shm_unlink)(const char *name)
{
    if (faults_fails("shm_unlink")) {
        (void)snprintf(left_name, sizeof(left_name), "%s", name);
        return -1;
    }
    int result = REAL(shm_unlink)(name);
    if (result == 0)
        count_name(-1u);
    return result;
}

int REAL(unlink)(const char *path);
int WRAP(unlink)(const char *path);
int WRAP(unlink)(const char *path)
{
    return faults_fails("unlink") ? -1 : REAL(unlink)(path);
}

/* A close that fails has closed nevertheless (close(2)). */
int REAL(close)(int descriptor);
int WRAP(close)(int descriptor);
int WRAP(close)(int descriptor)
{
    int error = faults_error("close", true);
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

static bool locks(int command)
{
    switch (command) {
#ifdef F_OFD_SETLK
    case F_OFD_GETLK:
    case F_OFD_SETLK:
#endif
    case F_GETLK:
    case F_SETLK:
        return true;
    default:
        return false;
    }
}

/* Whether a command of fcntl() has no argument; the others that the library
 * uses have an int, or a pointer to a lock. */
static bool stands_alone(int command)
{
    return asks_for_seals(command) || command == F_GETFL || command == F_GETFD;
}

int REAL_LARGE(fcntl)(int descriptor, int command, ...);

static int lock_by_fcntl(int descriptor, int command, struct flock *lock)
{
    return faults_fails("fcntl lock")
               ? -1
               : REAL_LARGE(fcntl)(descriptor, command, lock);
}

static int control(int descriptor, int command, int argument)
{
    int error = faults_error("fcntl", asks_for_seals(command));
    if (error != 0) {
        errno = error;
        return -1;
    }
    int result = REAL_LARGE(fcntl)(descriptor, command, argument);
    bool duplicates = command == F_DUPFD || command == F_DUPFD_CLOEXEC;
    return duplicates ? faults_born("fcntl", result) : result;
}

int WRAP_LARGE(fcntl)(int descriptor, int command, ...);
int WRAP_LARGE(fcntl)(int descriptor, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    int result;
    if (locks(command))
        result = lock_by_fcntl(descriptor, command,
                               va_arg(arguments, struct flock *));
    else
        result = control(descriptor, command,
                         stands_alone(command) ? 0 : va_arg(arguments, int));
    va_end(arguments);
    return result;
}

int faults_born(const char *function, int descriptor)
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
    return faults_fails("fchmod") ? -1 : REAL(fchmod)(descriptor, permissions);
}

/* ------------------------------------------------------------------------
 * Sizes and questions
 * ------------------------------------------------------------------------ */

int REAL_LARGE(ftruncate)(int descriptor, off_t size);
int WRAP_LARGE(ftruncate)(int descriptor, off_t size);
int WRAP_LARGE(ftruncate)(int descriptor, off_t size)
{
    return faults_fails("ftruncate") ? -1
                                     : REAL_LARGE(ftruncate)(descriptor, size);
}

int REAL_LARGE(fallocate)(int descriptor, int how, off_t from, off_t size);
int WRAP_LARGE(fallocate)(int descriptor, int how, off_t from, off_t size);
int WRAP_LARGE(fallocate)(int descriptor, int how, off_t from, off_t size)
{
    return faults_fails("fallocate")
               ? -1
               : REAL_LARGE(fallocate)(descriptor, how, from, size);
}

int REAL_LARGE(posix_fallocate)(int descriptor, off_t from, off_t size);
int WRAP_LARGE(posix_fallocate)(int descriptor, off_t from, off_t size);
int WRAP_LARGE(posix_fallocate)(int descriptor, off_t from, off_t size)
{
    int error = faults_error("posix_fallocate", false);
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
    if (faults_fails("pwrite"))
        return -1;
    if (size > 1 && faults_falls_short("pwrite"))
        size /= 2;
    return REAL_LARGE(pwrite)(descriptor, bytes, size, offset);
}

/* `looks_around`: read() is only asked about the machine. */
ssize_t REAL(read)(int descriptor, void *bytes, size_t size);
ssize_t WRAP(read)(int descriptor, void *bytes, size_t size);
ssize_t WRAP(read)(int descriptor, void *bytes, size_t size)
{
    int error = faults_error("read", true);
    if (error != 0) {
        errno = error;
        return -1;
    }
    if (size > 1 && faults_falls_short("read"))
        size /= 2;
    return REAL(read)(descriptor, bytes, size);
}

int REAL_LARGE(fstat)(int descriptor, struct stat *out);
int WRAP_LARGE(fstat)(int descriptor, struct stat *out);
int WRAP_LARGE(fstat)(int descriptor, struct stat *out)
{
    if (faults_fails("fstat"))
        return -1;
    bool before = faults_pause();
    int result = REAL_LARGE(fstat)(descriptor, out);
    faults_resume(before);
    return result;
}

int REAL_LARGE(stat)(const char *path, struct stat *out);
int WRAP_LARGE(stat)(const char *path, struct stat *out);
int WRAP_LARGE(stat)(const char *path, struct stat *out)
{
    if (faults_fails("stat"))
        return -1;
    bool before = faults_pause();
    int result = REAL_LARGE(stat)(path, out);
    faults_resume(before);
    return result;
}

int REAL_LARGE(lstat)(const char *path, struct stat *out);
int WRAP_LARGE(lstat)(const char *path, struct stat *out);
int WRAP_LARGE(lstat)(const char *path, struct stat *out)
{
    if (faults_fails("lstat"))
        return -1;
    bool before = faults_pause();
    int result = REAL_LARGE(lstat)(path, out);
    faults_resume(before);
    return result;
}

struct statfs;
int REAL_LARGE(fstatfs)(int descriptor, struct statfs *out);
int WRAP_LARGE(fstatfs)(int descriptor, struct statfs *out);
int WRAP_LARGE(fstatfs)(int descriptor, struct statfs *out)
{
    int error = faults_error("fstatfs", true);
    if (error == 0)
        return REAL_LARGE(fstatfs)(descriptor, out);
    errno = error;
    return -1;
}

int REAL_LARGE(fstatvfs)(int descriptor, struct statvfs *out);
int WRAP_LARGE(fstatvfs)(int descriptor, struct statvfs *out);
int WRAP_LARGE(fstatvfs)(int descriptor, struct statvfs *out)
{
    int error = faults_error("fstatvfs", true);
    if (error == 0)
        return REAL_LARGE(fstatvfs)(descriptor, out);
    errno = error;
    return -1;
}

int REAL_LARGE(getrlimit)(int resource, struct rlimit *out);
int WRAP_LARGE(getrlimit)(int resource, struct rlimit *out);
int WRAP_LARGE(getrlimit)(int resource, struct rlimit *out)
{
    int error = faults_error("getrlimit", true);
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
    int error = faults_error("sysinfo", true);
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
    return faults_error("sysconf", true) != 0 ? -1 : REAL(sysconf)(name);
}

/* ------------------------------------------------------------------------
 * Memory
 * ------------------------------------------------------------------------ */

void *WRAP_LARGE(mmap)(void *address, size_t length, int protection, int flags,
                       int descriptor, off_t offset);
void *WRAP_LARGE(mmap)(void *address, size_t length, int protection, int flags,
                       int descriptor, off_t offset)
{
    return faults_fails("mmap") ? MAP_FAILED
                                : REAL_LARGE(mmap)(address, length, protection,
                                                   flags, descriptor, offset);
}

int REAL(munmap)(void *address, size_t length);
int WRAP(munmap)(void *address, size_t length);
int WRAP(munmap)(void *address, size_t length)
{
    return faults_fails("munmap") ? -1 : REAL(munmap)(address, length);
}

int REAL(mprotect)(void *address, size_t length, int protection);
int WRAP(mprotect)(void *address, size_t length, int protection);
int WRAP(mprotect)(void *address, size_t length, int protection)
{
    return faults_fails("mprotect")
               ? -1
               : REAL(mprotect)(address, length, protection);
}

/* Remember a block, or forget it. */
static void exchange_block(void *from, void *to)
{
    size_t i = 0;
    while (i < BLOCKS && blocks[i] != from)
        i++;
    if (i < BLOCKS)
        blocks[i] = to;
}

void *REAL(calloc)(size_t count, size_t size);
void *WRAP(calloc)(size_t count, size_t size);
void *WRAP(calloc)(size_t count, size_t size)
{
    if (faults_fails("calloc"))
        return NULL;
    bool before = faults_pause();
    void *block = REAL(calloc)(count, size);
    faults_resume(before);
    if (armed && block != NULL)
        exchange_block(NULL, block);
    return block;
}

void *REAL(malloc)(size_t size);
void *WRAP(malloc)(size_t size);
void *WRAP(malloc)(size_t size)
{
    if (faults_fails("malloc"))
        return NULL;
    void *block = REAL(malloc)(size);
    if (armed && block != NULL)
        exchange_block(NULL, block);
    return block;
}

void REAL(free)(void *block);
void WRAP(free)(void *block);
void WRAP(free)(void *block)
{
    if (block != NULL)
        exchange_block(block, NULL);
    REAL(free)(block);
}
