/* SPDX-License-Identifier: MIT */
#include "attack.h"

#include "foreign.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

static bool can_map(int descriptor)
{
    const int protections[] = {PROT_READ | PROT_WRITE, PROT_WRITE,
                               PROT_READ | PROT_WRITE | PROT_EXEC};
    for (size_t i = 0; i < sizeof(protections) / sizeof(protections[0]); i++) {
        void *base = mmap(NULL, 1, protections[i], MAP_SHARED, descriptor, 0);
        if (base == MAP_FAILED)
            continue;
        (void)munmap(base, 1);
        return true;
    }
    return false;
}

/* The kernel writes for a debugger what the program itself could not, if the
 * program could make it writable (proc(5), /proc/pid/mem). */
static bool can_force(void *base)
{
    char byte = *(volatile char *)base;
    int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    if (memory < 0)
        return false;
    bool done = pwrite(memory, &byte, 1, (off_t)(uintptr_t)base) == 1;
    (void)close(memory);
    return done;
}

static uint32_t attack_view(int descriptor)
{
    uint32_t found = 0;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *base = mmap(NULL, page, PROT_READ, MAP_SHARED, descriptor, 0);
    assert_that(base != MAP_FAILED);
    if (can_force(base))
        found |= ATTACK_FORCE;
    if (mprotect(base, page, PROT_READ | PROT_WRITE) == 0)
        found |= ATTACK_RAISE;
    (void)munmap(base, page);
    return found;
}

/* With the byte that is there. */
static bool can_write(int descriptor)
{
    char byte = 0;
    assert_that(pread(descriptor, &byte, 1, 0) == 1);
    return pwrite(descriptor, &byte, 1, 0) == 1;
}

#if defined(__linux__)
static bool can_punch(int descriptor)
{
    return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                     1) == 0;
}

/* Who has changed its user may not look at itself in /proc any more, until it
 * starts a program or, shorter, says that it may (prctl(2)). */
static void become_dumpable(void)
{
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
#else
static bool can_punch(int descriptor)
{
    (void)descriptor;
    return false;
}

static void become_dumpable(void)
{
}
#endif

/* Objects of a library that knows no seals are made so that nobody can seal
 * them. */
#if defined(__linux__) && !defined(SECTION_PURE_POSIX)
static bool can_bar(int descriptor)
{
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL) == 0;
}
#else
static bool can_bar(int descriptor)
{
    (void)descriptor;
    return false;
}
#endif

static bool can_permit(int descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) == 0 &&
           fchmod(descriptor, status.st_mode & (mode_t)07777) == 0;
}

/* Locks of the open file description, which others may have too (Linux); or of
 * this process. */
#if defined(F_OFD_SETLK)
#define LASTING_LOCK F_OFD_SETLK
#else
#define LASTING_LOCK F_SETLK
#endif

/* A lock to write takes a descriptor that writes (fcntl(2)); flock(2) asks for
 * none. */
bool attack_lock(intptr_t handle)
{
    struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    bool locked = fcntl((int)handle, LASTING_LOCK, &whole) == 0;
    return flock((int)handle, LOCK_EX | LOCK_NB) == 0 || locked;
}

uint32_t attack_with(intptr_t handle)
{
    int descriptor = (int)handle;
    become_dumpable();
    off_t size = (off_t)foreign_size(handle);
    uint32_t found = attack_view(descriptor);
    if (can_map(descriptor))
        found |= ATTACK_MAP;
    if (can_write(descriptor))
        found |= ATTACK_WRITE;
    if (can_punch(descriptor))
        found |= ATTACK_PUNCH;
    if (ftruncate(descriptor, size + 1) == 0)
        found |= ATTACK_GROW;
    if (ftruncate(descriptor, size - 1) == 0)
        found |= ATTACK_CUT;
    (void)ftruncate(descriptor, size);
    if (can_permit(descriptor))
        found |= ATTACK_PERMIT;
    if (can_bar(descriptor))
        found |= ATTACK_BAR;
    return found;
}

/* Names that open descriptors have. */
static const char *const names_of_open[] = {"/proc/self/fd", "/dev/fd"};

#define NAMES_OF_OPEN (sizeof(names_of_open) / sizeof(names_of_open[0]))

intptr_t attack_widen(intptr_t handle, bool changes)
{
    become_dumpable();
    if (changes)
        (void)fchmod((int)handle, 0666);
    for (size_t i = 0; i < NAMES_OF_OPEN; i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "%s/%ld", names_of_open[i],
                       (long)handle);
        int wider = open(path, O_RDWR | O_CLOEXEC);
        /* On some systems it is nothing but dup(). */
        if (wider >= 0 && (fcntl(wider, F_GETFL) & O_ACCMODE) == O_RDWR)
            return wider;
        if (wider >= 0)
            (void)close(wider);
    }
    return FOREIGN_NOTHING;
}
