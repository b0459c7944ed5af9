/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of POSIX alone: shm_open() of a name that is unlinked at once,
 * ftruncate() and posix_fallocate().
 */
#include "bench_bare_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const bool bare_bounds_apply = false;

static const char *const calls[BARE_SEQUENCE_COUNT] = {
    [BARE_LIFECYCLE] = ("shm_open, shm_unlink, ftruncate, posix_fallocate, "
                        "mmap, touch, munmap, close"),
    [BARE_CREATE] = ("shm_open, shm_unlink, ftruncate, posix_fallocate, "
                     "close"),
    [BARE_CREATE_LAZY] = "shm_open, shm_unlink, ftruncate, close",
    [BARE_MAP] = "mmap(MAP_SHARED), munmap",
    [BARE_MAP_READ] = "mmap(PROT_READ, MAP_SHARED), munmap",
    [BARE_MAP_COPY] = "mmap(MAP_PRIVATE), munmap",
    [BARE_MAP_EXECUTE] = "mmap(PROT_READ | PROT_EXEC, MAP_SHARED), munmap",
    [BARE_PROTECT] = "mprotect, mprotect",
    [BARE_DUPLICATE] = "fcntl(F_DUPFD_CLOEXEC), close",
    [BARE_INFO] = "fstat",
    [BARE_TOUCH] = "touch of mmap after shm_open, posix_fallocate",
    [BARE_TOUCH_LAZY] = "touch of mmap after shm_open, ftruncate",
    [BARE_BANDWIDTH] = ("the same loop over an mmap of shm_open, "
                        "posix_fallocate"),
    [BARE_BANDWIDTH_SAME] = "the same loop over an mmap of the same memory",
    [BARE_FIRST_WRITE] = "shm_open, shm_unlink, ftruncate, mmap, touch",
    [BARE_DISCARD] = "memset",
    [BARE_LOCK] = "mlock, munlock",
    [BARE_GROW] = "fstat, posix_fallocate",
    [BARE_GROW_FILE] = "fstat, posix_fallocate",
    [BARE_GROWN_MAP] = "mmap(MAP_SHARED), munmap",
    [BARE_GROWN_MAP_WHOLE] = "fstat, mmap(MAP_SHARED), munmap",
    [BARE_GUARD_COPY] = "memcpy",
    [BARE_GUARD_FILE] = "pread",
    [BARE_GUARD_CALL] = "sigsetjmp without signals, a call",
    [BARE_FLUSH_DURABLE] = "write a byte, msync(MS_SYNC), fsync",
    [BARE_FLUSH_START] = "write a byte, msync(MS_ASYNC)",
    [BARE_FLUSH_FILE] = "write a byte, fsync",
    [BARE_FILE_READ] = "open, read with a buffer of 1 MiB, close",
    [BARE_FILE_MAP] = "open, mmap and munmap of the same windows, close",
    [BARE_PROCESSES] = ("the same protocol over an inherited descriptor of "
                        "shm_open"),
    [BARE_PIPE] = "read and write over pipes",
    [BARE_NAME_CREATE] =
        ("openat, flock, mkfifoat, openat, flock(LOCK_UN), close, "
         "shm_open(O_EXCL), ftruncate, posix_fallocate, symlinkat, mmap, "
         "touch, munmap, close; readlinkat, openat(O_WRONLY), openat, "
         "flock, readlinkat, openat(O_WRONLY), unlinkat, shm_unlink, "
         "unlinkat, flock(LOCK_UN), close, close"),
    [BARE_NAME_CREATE_PLAIN] =
        ("shm_open(O_EXCL), ftruncate, mmap, touch, munmap, close, "
         "shm_unlink"),
    [BARE_NAME_OPEN] =
        ("openat, flock, readlinkat, openat(O_WRONLY), close, openat, "
         "shm_open, flock(LOCK_UN), close, mmap, touch, munmap, close; "
         "readlinkat, openat(O_WRONLY), close, close"),
    [BARE_NAME_OPEN_PLAIN] = "shm_open, fstat, mmap, touch, munmap, close",
    [BARE_NAME_TAKEN] = "readlinkat, openat(O_WRONLY), close",
    [BARE_NAME_MISSING] = "readlinkat",
    [BARE_NAME_WALK] = ("opendir, readdir, closedir; for each name "
                        "readlinkat, openat(O_WRONLY), close"),
    [BARE_NAME_AMONG_FEW] = "the library's own, among 10 names",
    [BARE_NAME_PARALLEL] = "the calls of name/create-4KiB in 8 processes",
    [BARE_NAME_DUPLICATE] = ("fcntl(F_DUPFD_CLOEXEC) twice, close; readlinkat, "
                             "openat(O_WRONLY), close, close"),
    [BARE_NAME_INFO] = "fstat, readlinkat",
    [BARE_SEND] = ("getsockname, sendmsg(SCM_RIGHTS); recvmsg, "
                   "fcntl(F_GETFL), fstat, close"),
    [BARE_SEND_NAME] =
        ("fcntl(F_DUPFD_CLOEXEC) twice, getsockname, "
         "sendmsg(SCM_RIGHTS), close, close; "
         "recvmsg, fcntl(F_GETFL), fstat, fcntl(F_GETFL), fstat; close, "
         "readlinkat, openat(O_WRONLY), close, close"),
    [BARE_INHERITABLE] =
        ("fcntl(F_DUPFD_CLOEXEC), shm_open, shm_unlink, ftruncate, "
         "posix_fallocate, getentropy, mmap, fstat; munmap, close, close"),
    [BARE_IS_SAME] = "fstat, fstat",
};

const char *bare_calls(bare_sequence sequence)
{
    return calls[sequence];
}

static int open_memory(void)
{
    static unsigned counter;
    char name[32];
    int handle;
    do {
        (void)snprintf(name, sizeof(name), "/bare.%lx.%x", (long)getpid(),
                       counter++);
        handle = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    } while (handle < 0 && errno == EEXIST);
    if (handle >= 0)
        (void)shm_unlink(name);
    return handle;
}

/* Some systems cannot allocate shared memory ahead, and say EINVAL: the library
 * goes on without, and so does this. */
static int give_size(int handle, uint64_t size, bool lazy)
{
    if (ftruncate(handle, (off_t)size) != 0)
        return errno;
    int error = lazy ? 0 : posix_fallocate(handle, 0, (off_t)size);
    return error == EINVAL ? 0 : error;
}

bool bare_memory_create(bare_handle *out, uint64_t size, bool lazy)
{
    int handle = open_memory();
    *out = BARE_NONE;
    if (handle < 0)
        return bare_failed("shm_open");
    int error = give_size(handle, size, lazy);
    if (error != 0) {
        errno = error;
        (void)bare_failed("ftruncate, posix_fallocate");
        (void)close(handle);
        return false;
    }
    *out = handle;
    return true;
}

bool bare_memory_seal(bare_handle handle)
{
    (void)handle;
    return true;
}

bool bare_is_memory(int descriptor, bool sealed)
{
    (void)descriptor;
    (void)sealed;
    return true;
}

bool bare_has_small_pages(int descriptor, int64_t block_size)
{
    (void)descriptor;
    (void)block_size;
    return true;
}

/* By its path alone, which is gone: what only reads has to be opened when the
 * memory is made. No row asks for it. */
bool bare_narrow(bare_handle *out, bare_handle memory)
{
    (void)memory;
    *out = BARE_NONE;
    errno = ENOSYS;
    return bare_failed("a descriptor that only reads");
}

bool bare_discard(void *base, size_t length)
{
    memset(base, 0, length);
    return true;
}

/* No row asks for it: POSIX has no such call. */
bool bare_copy_by_system(void *to, const void *from, size_t length)
{
    memcpy(to, from, length);
    return true;
}

bool bare_flush_start(bare_handle file, uint64_t offset, void *base,
                      size_t length)
{
    (void)file;
    (void)offset;
    return msync(base, length, MS_ASYNC) == 0 || bare_failed("msync");
}

bool bare_flush_durable(bare_handle file, void *base, size_t length)
{
    return (msync(base, length, MS_SYNC) == 0 || bare_failed("msync")) &&
           bare_flush_file(file);
}

bool bare_flush_file(bare_handle file)
{
    return fsync((int)file) == 0 || bare_failed("fsync");
}

/* POSIX has no call for it. */
void bare_pin(unsigned which)
{
    (void)which;
}

void bare_unpin(void)
{
}

void bare_find_processor(bare_machine *out)
{
    (void)out;
}
