/* SPDX-License-Identifier: MIT */
/*
 * Large pages: all of them (a memfd of hugetlbfs), or as many as the kernel
 * likes (madvise() on an ordinary one).
 *
 * fallocate() takes small pages of an ordinary memfd, whatever is said of its
 * views; only a fault through a view that asks for large ones gets them. So
 * both are committed through views, by several threads.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Large pages of ordinary memory. Where they have another size, the hint does
 * less. */
#define MIXED_SIZE ((uintptr_t)2 << 20)

/* How much is committed between two looks at what is left, or one large page
 * if that is more. */
#define CHUNK_SIZE ((uint64_t)64 << 20)

/* ------------------------------------------------------------------------
 * Their size
 * ------------------------------------------------------------------------ */

/* Not asked yet, and: there are none. No page is so small. */
#define NOT_ASKED 0u
#define NO_PAGES  1u

/* Whether this errno is for now only, and says nothing of large pages. */
static bool is_passing(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM;
}

/* The file system of large pages has blocks of their size. */
static uint32_t ask_page_size(void)
{
    int descriptor = memfd_create("section", MFD_CLOEXEC | MFD_HUGETLB);
    if (descriptor < 0)
        return is_passing(errno) ? NOT_ASKED : NO_PAGES;
    struct stat status;
    uint32_t size = NO_PAGES;
    if (fstat(descriptor, &status) == 0 && status.st_blksize > 0 &&
        (uint64_t)status.st_blksize <= UINT32_MAX)
        size = (uint32_t)status.st_blksize;
    posix_descriptor_close(descriptor);
    return size;
}

uint32_t posix_large_page_size(void)
{
    static uint32_t known = NOT_ASKED;
    uint32_t size = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (size == NOT_ASKED) {
        size = ask_page_size();
        __atomic_store_n(&known, size, __ATOMIC_RELAXED);
    }
    return size == NOT_ASKED || size == NO_PAGES ? 0 : size;
}

/* ------------------------------------------------------------------------
 * Views that large pages fit in
 * ------------------------------------------------------------------------ */

/* Whether an address agrees with the offset, so that large pages of the object
 * can be large in the view. */
static bool is_aligned(const void *address, off_t offset)
{
    return (((uintptr_t)address ^ (uintptr_t)offset) & (MIXED_SIZE - 1)) == 0;
}

/* Reserve more than is needed, and map at the right place in it. */
static void *map_aligned(int descriptor, off_t offset, size_t length,
                         int protection, int flags)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    size_t pages = (length + page - 1) & ~(page - 1);
    size_t reserved = pages + MIXED_SIZE;
    char *start = mmap(NULL, reserved, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED)
        return MAP_FAILED;
    size_t lead = ((uintptr_t)offset - (uintptr_t)start) & (MIXED_SIZE - 1);
    void *base = mmap(start + lead, length, protection, flags | MAP_FIXED,
                      descriptor, offset);
    if (base == MAP_FAILED) {
        (void)munmap(start, reserved);
        return MAP_FAILED;
    }
    if (lead > 0)
        (void)munmap(start, lead);
    (void)munmap(start + lead + pages, MIXED_SIZE - lead);
    return base;
}

void *posix_mixed_map(int descriptor, off_t offset, size_t length,
                      int protection, int flags)
{
    void *base = mmap(NULL, length, protection, flags, descriptor, offset);
    if (base == MAP_FAILED || length < MIXED_SIZE)
        return base;
    /* Linux 6.7 mostly chooses such addresses itself. */
    if (!is_aligned(base, offset)) {
        void *aligned =
            map_aligned(descriptor, offset, length, protection, flags);
        if (aligned != MAP_FAILED) {
            (void)munmap(base, length);
            base = aligned;
        }
    }
    (void)madvise(base, length, MADV_HUGEPAGE);
    return base;
}

/* A part of an object, by whole pages of any kind. */
static uint64_t chunk_size(void)
{
    uint64_t page = posix_large_page_size();
    return page > CHUNK_SIZE ? page : CHUNK_SIZE;
}

/* Commit a part of an object through a view. */
static section_os_result commit_chunk(int descriptor, uint64_t from,
                                      size_t length)
{
    void *base = posix_mixed_map(descriptor, (off_t)from, length,
                                 PROT_READ | PROT_WRITE, MAP_SHARED);
    if (base == MAP_FAILED)
        return posix_verdict(SECTION_UNSUPPORTED, errno);
    section_os_result result = posix_populate(base, length, true);
    (void)munmap(base, length);
    /* A page that cannot be had, of an object that nobody has cut. */
    if (result.status == SECTION_FAULT)
        result.status = SECTION_NO_SPACE;
    return result;
}

/* Give a fresh object its size and commit it. `takes_memory`: of what is left
 * of the machine, and not of what was set apart. */
static section_os_result commit_through_views(int descriptor, uint64_t size,
                                              bool takes_memory)
{
    section_os_result result = posix_set_size(descriptor, size);
    uint64_t chunk = chunk_size();
    uint64_t from = 0;
    while (from < size && result.status == SECTION_OK) {
        uint64_t rest = size - from;
        if (takes_memory && !posix_memory_is_available(rest))
            return posix_verdict(SECTION_NO_SPACE, 0);
        uint64_t length = rest < chunk ? rest : chunk;
        result = commit_chunk(descriptor, from, (size_t)length);
        from += length;
    }
    return result;
}

/* ------------------------------------------------------------------------
 * All of them
 * ------------------------------------------------------------------------ */

/* Large pages are set apart from the rest of memory: what is left of that does
 * not count. mmap() finds out whether there are enough of them, but does not
 * say so in a way of its own; fallocate() does (ENOSPC), and clears them by one
 * thread. */
static section_os_result commit_large(int descriptor, uint64_t size)
{
    section_os_result result = commit_through_views(descriptor, size, false);
    uint64_t done = 0;
    if (result.status == SECTION_UNSUPPORTED)
        result = posix_allocate_chunks(descriptor, &done, size, false,
                                       posix_allocate_and_extend);
    return result;
}

section_os_result posix_large_create(int *handle, section_os_facts *facts,
                                     uint64_t size)
{
    *facts = (section_os_facts){0};
    section_os_result result = posix_memfd_open(handle, MFD_HUGETLB);
    if (result.status != SECTION_OK)
        return result;
    result = commit_large(*handle, size);
    if (result.status != SECTION_OK) {
        posix_descriptor_close(*handle);
        *handle = -1;
        return result;
    }
    facts->size = size;
    facts->kind = SECTION_KIND_MEMORY;
    facts->commit = SECTION_COMMIT_ALLOCATED;
    facts->created = true;
    facts->pages = SECTION_PAGES_LARGE;
    facts->granularity = posix_large_page_size();
    return result;
}

/* ------------------------------------------------------------------------
 * As many as the kernel likes
 * ------------------------------------------------------------------------ */

#define SETTINGS "/sys/kernel/mm/transparent_hugepage/"

/*
 * What a setting is: the word in brackets, in `text`. False if there is no such
 * setting.
 */
static bool read_setting(const char *path, char *text, size_t size)
{
    int descriptor = posix_open(path, O_RDONLY);
    if (descriptor < 0)
        return false;
    ssize_t got = read(descriptor, text, size - 1);
    posix_descriptor_close(descriptor);
    text[got > 0 ? (size_t)got : 0] = '\0';
    char *start = strchr(text, '[');
    char *end = strchr(text, ']');
    if (start == NULL || end == NULL || end < start)
        return false;
    memmove(text, start + 1, (size_t)(end - start) - 1);
    text[end - start - 1] = '\0';
    return true;
}

/* Linux 6.11 has a setting for each size, which may leave it to the one for
 * all. */
bool posix_mixed_is_allowed(uint64_t size)
{
    char text[128];
    if (size < MIXED_SIZE)
        return false;
    if (!read_setting(SETTINGS "hugepages-2048kB/shmem_enabled", text,
                      sizeof(text)) ||
        strcmp(text, "inherit") == 0)
        if (!read_setting(SETTINGS "shmem_enabled", text, sizeof(text)))
            return false;
    return strcmp(text, "never") != 0 && strcmp(text, "deny") != 0;
}

section_os_result posix_mixed_allocate(int descriptor, uint64_t size,
                                       section_commit *commit)
{
    section_os_result result = commit_through_views(descriptor, size, true);
    /* No populating, or no addresses for it: small pages will do. */
    if (result.status == SECTION_UNSUPPORTED)
        return posix_allocate_memory(descriptor, size, commit);
    *commit = SECTION_COMMIT_ALLOCATED;
    return result;
}
