/* SPDX-License-Identifier: MIT */
#include "foreign.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/vfs.h>

/* linux/magic.h, which not every C library finds. */
#define TMPFS_TYPE 0x01021994UL
#endif

/* A shared memory object that has no name any more; what other code makes with
 * memfd_create() looks the same to whoever gets the descriptor. */
static int unnamed_memory(void)
{
#if defined(MFD_CLOEXEC)
    return memfd_create("foreign", MFD_CLOEXEC);
#else
    char name[32];
    (void)snprintf(name, sizeof(name), "/foreign.%ld", (long)getpid());
    int descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    (void)shm_unlink(name);
    return descriptor;
#endif
}

intptr_t foreign_memory(uint64_t size)
{
    int descriptor = unnamed_memory();
    if (descriptor >= 0 && ftruncate(descriptor, (off_t)size) != 0) {
        (void)close(descriptor);
        return FOREIGN_NOTHING;
    }
    return descriptor;
}

intptr_t foreign_file(const char *path, bool writable)
{
    int descriptor = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    assert_that(descriptor >= 0);
    return descriptor;
}

void foreign_seek(intptr_t handle, uint64_t position)
{
    assert_that(lseek((int)handle, (off_t)position, SEEK_SET) ==
                (off_t)position);
}

uint64_t foreign_position(intptr_t handle)
{
    return (uint64_t)lseek((int)handle, 0, SEEK_CUR);
}

intptr_t foreign_directory(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    assert_that(descriptor >= 0);
    return descriptor;
}

intptr_t foreign_pipe(void)
{
    int ends[2];
    assert_that(pipe(ends) == 0);
    (void)close(ends[1]);
    return ends[0];
}

void foreign_close(intptr_t handle)
{
    assert_that(close((int)handle) == 0);
}

bool foreign_is_open(intptr_t handle)
{
    return fcntl((int)handle, F_GETFD) >= 0;
}

bool foreign_is_inherited(intptr_t handle)
{
    int flags = fcntl((int)handle, F_GETFD);
    assert_that(flags >= 0);
    return (flags & FD_CLOEXEC) == 0;
}

uint64_t foreign_size(intptr_t handle)
{
    struct stat status;
    assert_that(fstat((int)handle, &status) == 0);
    return (uint64_t)status.st_size;
}

uint64_t foreign_allocated(intptr_t handle)
{
    struct stat status;
    assert_that(fstat((int)handle, &status) == 0);
    return (uint64_t)status.st_blocks * 512;
}

#if defined(__linux__)
bool foreign_is_in_memory(intptr_t handle)
{
    struct statfs filesystem;
    assert_that(fstatfs((int)handle, &filesystem) == 0);
    return (unsigned long)filesystem.f_type == TMPFS_TYPE;
}
#else
bool foreign_is_in_memory(intptr_t handle)
{
    /* shm_open(): pages of the system's own, backed by no file. */
    (void)handle;
    return true;
}
#endif

static bool can_map(int descriptor, int protection)
{
    void *address = mmap(NULL, 1, protection, MAP_SHARED, descriptor, 0);
    if (address == MAP_FAILED)
        return false;
    (void)munmap(address, 1);
    return true;
}

bool foreign_can_write(intptr_t handle)
{
    int descriptor = (int)handle;
    return can_map(descriptor, PROT_READ | PROT_WRITE) ||
           pwrite(descriptor, "", 0, 0) == 0 ||
           ftruncate(descriptor, (off_t)foreign_size(handle)) == 0;
}

bool foreign_can_read(intptr_t handle)
{
    return can_map((int)handle, PROT_READ);
}

bool foreign_cut(intptr_t handle, uint64_t size)
{
    return ftruncate((int)handle, (off_t)size) == 0;
}

/* ------------------------------------------------------------------------
 * Better handles from a handle
 * ------------------------------------------------------------------------ */

/* Names that open descriptors have. */
static const char *const names_of_open[] = {"/proc/self/fd",
                                            "/proc/thread-self/fd", "/dev/fd"};

#define NAMES_OF_OPEN (sizeof(names_of_open) / sizeof(names_of_open[0]))

bool foreign_can_widen(intptr_t handle)
{
#if defined(__linux__)
    /* Who has changed its user may not look at itself in /proc any more, until
     * it starts a program or, shorter, says that it may (prctl(2)). */
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
#endif
    for (size_t i = 0; i < NAMES_OF_OPEN; i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "%s/%ld", names_of_open[i],
                       (long)handle);
        int wider = open(path, O_RDWR | O_CLOEXEC);
        if (wider < 0)
            wider = open(path, O_WRONLY | O_CLOEXEC);
        if (wider >= 0) {
            bool writes = (fcntl(wider, F_GETFL) & O_ACCMODE) != O_RDONLY;
            (void)close(wider);
            if (writes)
                return true;
        }
    }
    return false;
}

bool foreign_rights_are_final(void)
{
    return access("/proc/self/fd", F_OK) != 0;
}

/* ------------------------------------------------------------------------
 * What only Linux has
 * ------------------------------------------------------------------------ */

/* The library of the pure-POSIX build has not heard of these, as on the systems
 * it stands for. */
#if defined(__linux__) && !defined(SECTION_PURE_POSIX)
static intptr_t sized(int descriptor, uint64_t size)
{
    if (descriptor < 0)
        return FOREIGN_NOTHING;
    if (ftruncate(descriptor, (off_t)size) == 0)
        return descriptor;
    (void)close(descriptor);
    return FOREIGN_NOTHING;
}

intptr_t foreign_name_only(const char *path)
{
    int descriptor = open(path, O_PATH | O_CLOEXEC);
    assert_that(descriptor >= 0);
    return descriptor;
}

intptr_t foreign_sealable_memory(uint64_t size)
{
    return sized(memfd_create("foreign", MFD_CLOEXEC | MFD_ALLOW_SEALING),
                 size);
}

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

bool foreign_seal_against_new_writers(intptr_t memory)
{
    return fcntl((int)memory, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0;
}

intptr_t foreign_sealed_memory(uint64_t size)
{
    intptr_t memory = foreign_sealable_memory(size);
    assert_that(memory >= 0);
    assert_that(fcntl((int)memory, F_ADD_SEALS, F_SEAL_WRITE) == 0);
    return memory;
}

intptr_t foreign_huge_memory(uint64_t size)
{
    return sized(memfd_create("foreign", MFD_CLOEXEC | MFD_HUGETLB), size);
}
#else
intptr_t foreign_name_only(const char *path)
{
    (void)path;
    return FOREIGN_NOTHING;
}

intptr_t foreign_sealable_memory(uint64_t size)
{
    (void)size;
    return FOREIGN_NOTHING;
}

bool foreign_seal_against_new_writers(intptr_t memory)
{
    (void)memory;
    return false;
}

intptr_t foreign_sealed_memory(uint64_t size)
{
    (void)size;
    return FOREIGN_NOTHING;
}

intptr_t foreign_huge_memory(uint64_t size)
{
    (void)size;
    return FOREIGN_NOTHING;
}
#endif

bool lock_take(intptr_t handle)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl((int)handle, F_SETLK, &lock) == 0;
}

bool lock_is_held(const char *path)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    assert_that(descriptor >= 0);
    int answer = fcntl(descriptor, F_GETLK, &lock);
    (void)close(descriptor);
    assert_that(answer == 0);
    return lock.l_type != F_UNLCK;
}
