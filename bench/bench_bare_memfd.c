/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of Linux: memfd_create(), fallocate(), and a seal.
 */
#include "bench_bare_offers.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL /* Linux 6.3 */
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* statfs(2), HUGETLBFS_MAGIC; a word of 32 bits, whatever the type. */
#define HUGETLBFS 0x958458f6UL

const bool bare_bounds_apply = true;

static const char *const calls[BARE_SEQUENCE_COUNT] = {
    [BARE_LIFECYCLE] = ("memfd_create, fallocate, fcntl(F_ADD_SEALS), mmap, "
                        "touch, munmap, close"),
    [BARE_CREATE] = "memfd_create, fallocate, close",
    [BARE_CREATE_LAZY] = "memfd_create, ftruncate, close",
    [BARE_MAP] = "mmap(MAP_SHARED), munmap",
    [BARE_MAP_READ] = "mmap(PROT_READ, MAP_SHARED), munmap",
    [BARE_MAP_COPY] = "mmap(MAP_PRIVATE), munmap",
    [BARE_MAP_EXECUTE] = "mmap(PROT_READ | PROT_EXEC, MAP_SHARED), munmap",
    [BARE_PROTECT] = "mprotect, mprotect",
    [BARE_DUPLICATE] = "fcntl(F_DUPFD_CLOEXEC), close",
    [BARE_INFO] = "fstat",
    [BARE_TOUCH] = "touch of mmap after memfd_create, fallocate",
    [BARE_TOUCH_LAZY] = "touch of mmap after memfd_create, ftruncate",
    [BARE_BANDWIDTH] = ("the same loop over an mmap of memfd_create, "
                        "fallocate"),
    [BARE_BANDWIDTH_SAME] = "the same loop over an mmap of the same memory",
    [BARE_FIRST_WRITE] = "memfd_create, ftruncate, mmap, touch",
    [BARE_DISCARD] = "madvise(MADV_REMOVE)",
    [BARE_LOCK] = "mlock, munlock",
    [BARE_GROW] = "fstat, fallocate",
    [BARE_GROW_ALONE] =
        ("open of /proc/thread-self/fd, fcntl(F_OFD_SETLK), fstat, "
         "fallocate, fcntl(F_OFD_SETLK), close; from within a page also "
         "fallocate(FALLOC_FL_PUNCH_HOLE)"),
    [BARE_GROW_FILE] = "fstat, fallocate",
    [BARE_GROWN_MAP] = "mmap(MAP_SHARED), munmap",
    [BARE_GROWN_MAP_WHOLE] = "fstat, mmap(MAP_SHARED), munmap",
    [BARE_GUARD_COPY] = "memcpy",
    [BARE_GUARD_FILE] = "pread",
    [BARE_GUARD_PROCESS] = "process_vm_readv of this process",
    [BARE_GUARD_CALL] = "sigsetjmp without signals, a call",
    [BARE_FLUSH_DURABLE] = "write a byte, msync(MS_SYNC)",
    [BARE_FLUSH_START] = "write a byte, sync_file_range(SYNC_FILE_RANGE_WRITE)",
    [BARE_FLUSH_FILE] = "write a byte, fdatasync",
    [BARE_FILE_READ] = "open, read with a buffer of 1 MiB, close",
    [BARE_FILE_MAP] = "open, mmap and munmap of the same windows, close",
    [BARE_PROCESSES] = "the same protocol over an inherited memfd",
    [BARE_PIPE] = "read and write over pipes",
    [BARE_NAME_CREATE] =
        ("openat(O_TMPFILE), fallocate, fcntl(F_OFD_SETLK), "
         "linkat(AT_EMPTY_PATH), openat, fstat, mmap, touch, munmap, "
         "close, "
         "close; openat, fcntl(F_OFD_GETLK), flock, fstat, "
         "fcntl(F_OFD_GETLK), unlinkat, flock(LOCK_UN), close"),
    [BARE_NAME_CREATE_PLAIN] =
        ("shm_open(O_EXCL), ftruncate, mmap, touch, munmap, close, "
         "shm_unlink"),
    [BARE_NAME_OPEN] =
        ("openat, flock, fstat, fcntl(F_OFD_GETLK), fcntl(F_OFD_SETLK), "
         "openat, fstat, flock(LOCK_UN), mmap, touch, munmap, close, "
         "close; openat, fcntl(F_OFD_GETLK), close"),
    [BARE_NAME_OPEN_PLAIN] = "shm_open, fstat, mmap, touch, munmap, close",
    [BARE_NAME_TAKEN] = "openat, fstat, fcntl(F_OFD_GETLK), close",
    [BARE_NAME_MISSING] = "openat",
    [BARE_NAME_WALK] = ("opendir, readdir, closedir; for each name openat, "
                        "fcntl(F_OFD_GETLK), close"),
    [BARE_NAME_AMONG_FEW] = "the library's own, among 10 names",
    [BARE_NAME_PARALLEL] = "the calls of name/create-4KiB in 8 processes",
    [BARE_NAME_DUPLICATE] =
        ("fcntl(F_DUPFD_CLOEXEC) twice, close twice; openat, "
         "fcntl(F_OFD_GETLK), close"),
    [BARE_NAME_INFO] = "fstat, fstatat",
    [BARE_SEND] = ("getsockname, sendmsg(SCM_RIGHTS); recvmsg, fcntl(F_GETFL), "
                   "fcntl(F_GET_SEALS), fstat, close"),
    [BARE_SEND_READ] =
        ("getsockname, sendmsg(SCM_RIGHTS); recvmsg, fcntl(F_GETFL), "
         "fcntl(F_GET_SEALS), fstat, close"),
    [BARE_SEND_NAME] =
        ("open of /proc/thread-self/fd twice, fcntl(F_OFD_GETLK), "
         "fcntl(F_OFD_SETLK), getsockname, sendmsg(SCM_RIGHTS), close, "
         "close; recvmsg, fcntl(F_GETFL), fstat, fcntl(F_GETFL), fstat, "
         "fcntl(F_OFD_SETLK); close, openat, fcntl(F_OFD_GETLK), close, "
         "close"),
    [BARE_EXPORT_IMPORT] =
        ("open, read, close of /proc/PID/stat, fcntl(F_DUPFD_CLOEXEC), "
         "memfd_create, fallocate, fcntl(F_ADD_SEALS), getrandom, mmap, "
         "fstat; pidfd_open, open, read, close of /proc/PID/stat, "
         "pidfd_getfd, fcntl(F_GETFL), fcntl(F_GET_SEALS), fstat, mmap, "
         "pidfd_getfd, fcntl(F_GETFL), fcntl(F_GET_SEALS), fstat, munmap, "
         "close twice, close; munmap, close, close"),
    [BARE_IMPORT_TAKEN] =
        ("pidfd_open, open, read, close of /proc/PID/stat, pidfd_getfd, "
         "fcntl(F_GETFL), fcntl(F_GET_SEALS), fstat, mmap, munmap, close, "
         "close"),
    [BARE_INHERITABLE] =
        ("fcntl(F_DUPFD_CLOEXEC), memfd_create, fallocate, "
         "fcntl(F_ADD_SEALS), getrandom, mmap, fstat; munmap, close, "
         "close"),
    [BARE_DUPLICATE_READ] = "fcntl(F_DUPFD_CLOEXEC), close",
    [BARE_IS_SAME] = "fstat, fstat",
};

const char *bare_calls(bare_sequence sequence)
{
    return calls[sequence];
}

/* With the flags the library uses: newer kernels warn without the last. */
static int open_memory(void)
{
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int handle = memfd_create("bare", flags | MFD_NOEXEC_SEAL);
    if (handle < 0 && errno == EINVAL)
        handle = memfd_create("bare", flags);
    return handle;
}

bool bare_memory_create(bare_handle *out, uint64_t size, bool lazy)
{
    int handle = open_memory();
    *out = BARE_NONE;
    if (handle < 0)
        return bare_failed("memfd_create");
    int result = lazy ? ftruncate(handle, (off_t)size)
                      : fallocate(handle, 0, 0, (off_t)size);
    if (result != 0) {
        (void)bare_failed(lazy ? "ftruncate" : "fallocate");
        (void)close(handle);
        return false;
    }
    *out = handle;
    return true;
}

bool bare_memory_seal(bare_handle handle)
{
    return fcntl((int)handle, F_ADD_SEALS, F_SEAL_SHRINK) == 0 ||
           bare_failed("fcntl");
}

/* Nothing else has seals. */
bool bare_is_memory(int descriptor, bool sealed)
{
    int seals = fcntl(descriptor, F_GET_SEALS);
    return seals >= 0 && (!sealed || (seals & F_SEAL_SHRINK) != 0);
}

/* Blocks of hugetlbfs are as large as its pages. */
bool bare_has_small_pages(int descriptor, int64_t block_size)
{
    struct statfs filesystem;
    return block_size <= (int64_t)bare_page_size() ||
           (fstatfs(descriptor, &filesystem) == 0 &&
            ((unsigned long)filesystem.f_type & 0xffffffffUL) != HUGETLBFS);
}

bool bare_narrow(bare_handle *out, bare_handle memory)
{
    char path[40];
    (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", (int)memory);
    *out = open(path, O_RDONLY | O_CLOEXEC);
    if (*out < 0)
        return bare_failed("open");
    return fchmod((int)memory, S_IRUSR | S_IWUSR) == 0 || bare_failed("fchmod");
}

bool bare_discard(void *base, size_t length)
{
    return madvise(base, length, MADV_REMOVE) == 0 || bare_failed("madvise");
}

bool bare_copy_by_system(void *to, const void *from, size_t length)
{
    /* Only read, but the type has no const. */
    union {
        const void *given;
        void *taken;
    } source = {.given = from};
    struct iovec here = {to, length};
    struct iovec there = {source.taken, length};
    ssize_t copied = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
    return copied == (ssize_t)length || bare_failed("process_vm_readv");
}

bool bare_flush_start(bare_handle file, uint64_t offset, void *base,
                      size_t length)
{
    (void)base;
    return sync_file_range((int)file, (off_t)offset, (off_t)length,
                           SYNC_FILE_RANGE_WRITE) == 0 ||
           bare_failed("sync_file_range");
}

bool bare_flush_durable(bare_handle file, void *base, size_t length)
{
    (void)file;
    return msync(base, length, MS_SYNC) == 0 || bare_failed("msync");
}

bool bare_flush_file(bare_handle file)
{
    return fdatasync((int)file) == 0 || bare_failed("fdatasync");
}

static cpu_set_t all_processors;

void bare_pin(unsigned which)
{
    CPU_ZERO(&all_processors);
    if (sched_getaffinity(0, sizeof(all_processors), &all_processors) != 0)
        return;
    int count = CPU_COUNT(&all_processors);
    unsigned skip = count > 0 ? which % (unsigned)count : 0;
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (!CPU_ISSET(i, &all_processors) || skip-- > 0)
            continue;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(i, &one);
        (void)sched_setaffinity(0, sizeof(one), &one);
        return;
    }
}

void bare_unpin(void)
{
    (void)sched_setaffinity(0, sizeof(all_processors), &all_processors);
}

void bare_find_processor(bare_machine *out)
{
    struct sysinfo machine;
    if (sysinfo(&machine) == 0)
        out->memory = (uint64_t)machine.totalram * machine.mem_unit;
    FILE *file = fopen("/proc/cpuinfo", "re");
    if (file == NULL)
        return;
    char line[256];
    while (fgets(line, sizeof(line), file) != NULL) {
        char *value = strstr(line, ": ");
        if (strncmp(line, "model name", 10) != 0 || value == NULL)
            continue;
        value[strcspn(value, "\n")] = '\0';
        (void)snprintf(out->processor, sizeof(out->processor), "%.150s",
                       value + 2);
        break;
    }
    (void)fclose(file);
}
