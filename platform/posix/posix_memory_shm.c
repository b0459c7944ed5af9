/* SPDX-License-Identifier: MIT */
/*
 * Memory where only shm_open() gives it: objects with numbers for names that
 * nobody else has. What has no name in the library is unlinked at once; what
 * has one is found by its number (posix_record.c).
 */
#include "posix_record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* How many numbers that are taken we try past. */
#define NUMBER_ATTEMPTS 64

/* "/section." and 16 digits; macOS allows 31 characters. */
#define NAME_SIZE 32

/* Whoever holds such an object can cut it. */
const section_guard_strength posix_memory_shrink = SECTION_GUARD_NONE;
#if defined(__APPLE__)
/* xnu refuses MAP_PRIVATE of shared memory objects (bsd/kern/posix_shm.c). */
const section_copy posix_memory_copy = SECTION_COPY_NONE;
#else
const section_copy posix_memory_copy = SECTION_COPY_LIVE;
#endif

/* O_EXCL is what makes a number ours: one that somebody guessed costs one more
 * attempt and nothing else. */
uint64_t posix_shm_number(void)
{
    static uint32_t counter;
    uint64_t mix = __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    mix = mix * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)now.tv_nsec;
    mix = mix * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)now.tv_sec;
    mix = mix * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)getpid();
    /* Every bit of it into every other one (a finalizer of MurmurHash3). */
    mix = (mix ^ (mix >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    mix = (mix ^ (mix >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return mix ^ (mix >> 33);
}

static void write_name(char name[NAME_SIZE], uint64_t number)
{
    (void)snprintf(name, NAME_SIZE, "/section.%016" PRIx64, number);
}

/* shm_open() makes descriptors close-on-exec (POSIX); macOS refuses the flag.
 */
static int open_object(const char *name, int flags, mode_t mode)
{
    int descriptor;
    do
        descriptor = shm_open(name, flags, mode);
    while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

/* Move a descriptor above the standard streams; what cannot be moved is
 * closed, and -1. */
static void raise_or_close(int *descriptor)
{
    int high = posix_raise(*descriptor);
    if (high < 0)
        posix_descriptor_close(*descriptor);
    *descriptor = high;
}

/*
 * Give a fresh object the group and the mode it has to have. macOS can change
 * neither: then they have to be right already.
 */
static section_os_result make_exact(int handle, mode_t mode, gid_t group)
{
    struct stat status;
    if (fstat(handle, &status) != 0)
        return posix_failure(errno);
    bool changes_group = group != (gid_t)-1 && status.st_gid != group;
    if (changes_group && fchown(handle, (uid_t)-1, group) != 0)
        return posix_verdict(SECTION_UNSUPPORTED, errno);
    bool changes_mode = (status.st_mode & (mode_t)0777) != mode;
    if (changes_mode && fchmod(handle, mode) != 0)
        return posix_verdict(SECTION_UNSUPPORTED, errno);
    return posix_ok();
}

section_os_result posix_shm_create(int *handle, int *reader, uint64_t number,
                                   mode_t mode, gid_t group)
{
    char name[NAME_SIZE];
    write_name(name, number);
    *reader = -1;
    /* Never open to a group that is not the one it is meant for. */
    mode_t first = mode;
    if (group != (gid_t)-1 && group != getegid())
        first &= ~(mode_t)S_IRWXG;
    *handle = open_object(name, O_RDWR | O_CREAT | O_EXCL, first);
    if (*handle < 0)
        return posix_failure(errno);
    POSIX_STEP();
    raise_or_close(handle);
    section_os_result result =
        *handle < 0 ? posix_failure(errno) : make_exact(*handle, mode, group);
    POSIX_STEP();
    if (result.status == SECTION_OK)
        result = posix_shm_open(reader, number, false);
    if (result.status == SECTION_OK)
        return result;
    posix_descriptor_close(*handle);
    *handle = -1;
    (void)posix_shm_remove(number);
    return result;
}

section_os_result posix_shm_open(int *out, uint64_t number, bool writes)
{
    char name[NAME_SIZE];
    write_name(name, number);
    *out = open_object(name, writes ? O_RDWR : O_RDONLY, 0);
    if (*out >= 0)
        raise_or_close(out);
    return *out < 0 ? posix_failure(errno) : posix_ok();
}

bool posix_shm_remove(uint64_t number)
{
    char name[NAME_SIZE];
    write_name(name, number);
    return shm_unlink(name) == 0 || errno == ENOENT;
}

section_os_result posix_memory_open(int *handle, int *reader)
{
    for (int i = 0; i < NUMBER_ATTEMPTS; i++) {
        uint64_t number = posix_shm_number();
        section_os_result result = posix_shm_create(
            handle, reader, number, S_IRUSR | S_IWUSR, (gid_t)-1);
        if (result.status == SECTION_OK)
            (void)posix_shm_remove(number);
        if (result.status != SECTION_EXISTS)
            return result;
    }
    return posix_verdict(SECTION_BUSY, EEXIST);
}

section_os_result posix_memory_seal(int handle)
{
    (void)handle;
    return posix_ok();
}

section_os_result posix_memory_restrict(int handle)
{
    /* Made with 0600, and without a name. */
    (void)handle;
    return posix_ok();
}

section_os_result posix_memory_recognize(section_kind *kind, int descriptor,
                                         const struct stat *status, bool writes)
{
    (void)descriptor;
    (void)writes;
    /* No way to ask for more: what no path leads to is taken for memory. */
    *kind = status->st_nlink == 0 ? SECTION_KIND_MEMORY : SECTION_KIND_FILE;
    return posix_ok();
}

bool posix_memory_can_be(int descriptor, const section_os_claim *claim)
{
    (void)descriptor;
    (void)claim;
    return true;
}

section_os_result posix_memory_check(section_os_facts *facts, int descriptor,
                                     const struct stat *status,
                                     const section_os_claim *claim)
{
    (void)descriptor;
    bool is_memory = claim->kind == SECTION_KIND_MEMORY;
    bool has_name = claim->name.text != NULL;
    if (claim->pages == SECTION_PAGES_LARGE ||
        (is_memory && !has_name && status->st_nlink != 0))
        return posix_verdict(SECTION_UNTRUSTED, 0);
    facts->pages = claim->pages;
    return posix_ok();
}
