/* SPDX-License-Identifier: MIT */
/*
 * Growth where memory is a file in memory: the object's own size is the size,
 * and a view that was mapped beyond it shows the bytes as soon as they are
 * there.
 *
 * tmpfs keeps what a view has written behind the end of a file in its last page
 * and shows it when the file grows; other file systems clear it. So whoever
 * grows memory clears the rest of the last page, and is the only one who grows
 * it meanwhile: the lock of a byte that no object has, held by an open file
 * description that is made for it, so that it excludes the threads of the
 * process as well as others. Also who begins at the end of a page takes it:
 * another one may be clearing by the time the end is moved, and would hit what
 * is written behind its back.
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

const section_support posix_memory_growth = SECTION_SUPPORT_FULL;

/* Beyond what any holder of a name locks (posix_name_inode.c). */
#define EXTENDERS_BYTE ((off_t)(INT64_MAX - 1))

/* <linux/stat.h>: STATX_SIZE, and stx_size in struct statx of 256 bytes. */
#define STATX_SIZE_ALONE 0x200u
#define STATX_SIZE_WORD  5

static bool is_file(const section_os_object *object)
{
    return (object->flags & SECTION_OS_VIEWS_HOLD) != 0;
}

/* Whether what is behind the end of the object stays there. */
static bool keeps_slack(const section_os_object *object)
{
    return !is_file(object) || posix_file_takes_memory((int)object->handle);
}

/*
 * The size alone (statx(2)): a file whose times were asked for, as fstat()
 * does, takes new ones with its next write (Linux 6.13), and a durable flush
 * has to write these, too. Not every C library has the call.
 */
static int ask_size(uint64_t *size, int descriptor)
{
    uint64_t answer[32] = {0};
    if (syscall(SYS_statx, descriptor, "", AT_EMPTY_PATH, STATX_SIZE_ALONE,
                answer) == 0) {
        *size = answer[STATX_SIZE_WORD];
        return 0;
    }
    struct stat status;
    if (errno != ENOSYS || fstat(descriptor, &status) != 0)
        return errno;
    *size = (uint64_t)status.st_size;
    return 0;
}

section_os_result section_os_object_measure(uint64_t *size,
                                            section_os_object *object)
{
    uint64_t found = 0;
    *size = 0;
    int error = ask_size(&found, (int)object->handle);
    if (error != 0)
        return posix_failure(error);
    /* What others have lent has no such views, and its position is theirs. */
    if (is_file(object) && (object->flags & SECTION_OS_GROWS) != 0)
        posix_await_growth((int)object->handle);
    *size = found;
    return posix_ok();
}

/* ------------------------------------------------------------------------
 * Being the only one
 * ------------------------------------------------------------------------ */

static section_os_result lock_extension(int descriptor)
{
    struct flock byte = {.l_type = F_WRLCK,
                         .l_whence = SEEK_SET,
                         .l_start = EXTENDERS_BYTE,
                         .l_len = 1};
    int failed;
    do
        failed = fcntl(descriptor, F_OFD_SETLK, &byte);
    while (failed != 0 && errno == EINTR);
    if (failed == 0)
        return posix_ok();
    if (errno == EAGAIN || errno == EACCES)
        return posix_verdict(SECTION_BUSY, errno);
    return posix_failure(errno);
}

/*
 * Of a file that the application has lent nothing is closed, or the process
 * would lose its own locks (fcntl(2)); and files that clear their slack need no
 * order.
 */
section_os_result section_os_extension_begin(section_os_extension *out,
                                             section_os_object *object,
                                             const uint64_t id[2])
{
    (void)id;
    *out = (section_os_extension){SECTION_OS_NONE, 0};
    if (is_file(object) &&
        (!keeps_slack(object) || (object->flags & SECTION_OS_BORROWED) != 0))
        return posix_ok();
    posix_region region;
    section_os_result result = posix_region_enter(&region);
    if (result.status != SECTION_OK)
        return result;
    int descriptor;
    result = posix_writer_open(&descriptor, (int)object->handle);
    if (result.status == SECTION_OK)
        result = lock_extension(descriptor);
    POSIX_STEP();
    if (result.status != SECTION_OK) {
        posix_descriptor_close(descriptor);
        posix_region_leave(&region);
        return result;
    }
    out->lock = descriptor;
    out->state = region.cancelling;
    return result;
}

/* A signal handler may have forked while we were inside: its child's copy of
 * the lock goes by name, and not with our descriptor. */
void section_os_extension_end(const section_os_extension *extension)
{
    if (extension->lock == SECTION_OS_NONE)
        return;
    struct flock byte = {.l_type = F_UNLCK,
                         .l_whence = SEEK_SET,
                         .l_start = EXTENDERS_BYTE,
                         .l_len = 1};
    posix_region region = {(int)extension->state};
    POSIX_STEP();
    (void)fcntl((int)extension->lock, F_OFD_SETLK, &byte);
    POSIX_STEP();
    posix_descriptor_close((int)extension->lock);
    posix_region_leave(&region);
}

/* ------------------------------------------------------------------------
 * Growing
 * ------------------------------------------------------------------------ */

/* Give back what a range takes: what is of it in the object reads as zero. The
 * end stays where it is. */
static section_os_result punch(int descriptor, uint64_t from, uint64_t to)
{
    int failed;
    do
        failed =
            fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                      (off_t)from, (off_t)(to - from));
    while (failed != 0 && errno == EINTR);
    return failed != 0 ? posix_failure(errno) : posix_ok();
}

static uint64_t page_end(uint64_t offset)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    return (offset + page - 1) / page * page;
}

/*
 * First the pages, then zeros in what is behind the end of the last one, which
 * is a part of a page and stays, then the end. It takes a page even if lazy.
 */
static section_os_result extend_in_order(const section_os_object *object,
                                         uint64_t from, uint64_t to, bool lazy)
{
    int descriptor = (int)object->handle;
    uint64_t first = page_end(from);
    uint64_t done = first;
    section_os_result result = posix_ok();
    if (!lazy)
        result = posix_allocate_chunks(descriptor, &done, to, true,
                                       posix_allocate_beyond_end);
    POSIX_STEP();
    if (result.status == SECTION_OK && from != first)
        result = punch(descriptor, from, first);
    POSIX_STEP();
    if (result.status == SECTION_OK) {
        result = posix_move_end(descriptor, to);
        POSIX_STEP();
    }
    /* Nobody else has bytes there: we are alone. Of a file, that is true of
     * this library's users only. */
    if (result.status != SECTION_OK && done > first && !is_file(object))
        (void)punch(descriptor, first, page_end(done));
    return result;
}

/*
 * Pages and end by one call, which does both or nothing, if there is nothing to
 * clear. Kernels before 6 may be interrupted (EINTR): the other way gets
 * through that.
 */
static section_os_result extend_at_once(const section_os_object *object,
                                        uint64_t from, uint64_t to)
{
    if (!posix_memory_is_available(to - from))
        return posix_verdict(SECTION_NO_SPACE, 0);
    int error = posix_allocate_and_extend((int)object->handle, (off_t)from,
                                          (off_t)(to - from));
    POSIX_STEP();
    if (error == EINTR)
        return extend_in_order(object, from, to, false);
    return error == 0 ? posix_ok() : posix_failure(error);
}

/* ramfs has no fallocate(2), and takes memory for what is written. */
static section_os_result extend_memory(const section_os_object *object,
                                       uint64_t from, uint64_t to, bool lazy)
{
    bool at_once =
        !lazy && from == page_end(from) && to - from <= POSIX_CHUNK_SIZE;
    section_os_result result = at_once
                                   ? extend_at_once(object, from, to)
                                   : extend_in_order(object, from, to, lazy);
    if (result.status == SECTION_UNSUPPORTED)
        result = posix_allocate_chunks((int)object->handle, &from, to, true,
                                       posix_write_zeros);
    return result;
}

section_os_result section_os_object_extend(section_os_object *object,
                                           uint64_t from, uint64_t to,
                                           bool lazy)
{
    section_os_result result = posix_check_size_limit(to);
    if (result.status != SECTION_OK)
        return result;
    if (keeps_slack(object))
        return extend_memory(object, from, to, lazy);
    section_os_facts facts = {.size = from};
    return posix_grow_file((int)object->handle, &facts, to, lazy);
}
