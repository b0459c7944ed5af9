/* SPDX-License-Identifier: MIT */
/*
 * Offers to another process: it takes descriptors of this one, by
 * pidfd_getfd() (Linux 5.6).
 *
 * A process is known by its number and by when it was started, in clock ticks
 * since the machine was: the 22nd word of /proc/PID/stat (proc(5)).
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Older headers do not have them; the numbers are those of all machines. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* The longest that /proc/PID/stat is up to the word. */
#define STAT_SIZE 1024

/* The words from the state of the process, which follows its name, up to when
 * it was started. */
#define WORDS_TO_START 19

/* The state of a source that is this process. */
#define IS_OWN 1

const section_support posix_offers = SECTION_SUPPORT_FULL;

/* ------------------------------------------------------------------------
 * Processes
 * ------------------------------------------------------------------------ */

/* The name of a process is in parentheses, and can have anything in it. */
static bool parse_start(uint64_t *born, const char *text)
{
    const char *at = strrchr(text, ')');
    for (int i = 0; i <= WORDS_TO_START && at != NULL; i++)
        at = strchr(at + 1, ' ');
    if (at == NULL)
        return false;
    char *end;
    *born = strtoull(at + 1, &end, 10);
    return end != at + 1;
}

static section_os_result read_start(uint64_t *born, uint64_t id)
{
    char text[STAT_SIZE];
    (void)snprintf(text, sizeof(text), "/proc/%" PRIu64 "/stat", id);
    int file = posix_open(text, O_RDONLY);
    if (file < 0 && errno == ENOENT)
        return posix_verdict(SECTION_NOT_FOUND, ENOENT);
    if (file < 0)
        return posix_failure(errno);
    ssize_t length;
    do
        length = read(file, text, sizeof(text) - 1);
    while (length < 0 && errno == EINTR);
    int error = length < 0 ? errno : 0;
    posix_descriptor_close(file);
    /* It has ended since it was opened. */
    if (error == ESRCH)
        return posix_verdict(SECTION_NOT_FOUND, ESRCH);
    if (error != 0)
        return posix_failure(error);
    text[length] = '\0';
    return parse_start(born, text) ? posix_ok()
                                   : posix_verdict(SECTION_UNSUPPORTED, 0);
}

/* The largest page of any machine. */
#define LARGEST_PAGE ((size_t)64 << 10)

/* What this process was told of itself. */
typedef struct known_self {
    uint64_t id;
    uint64_t born;
} known_self;

/*
 * A page that a forked child finds empty (madvise(2), MADV_WIPEONFORK, Linux
 * 4.14): its number alone does not tell it from its parent, which in another
 * space of process numbers can have the same. NULL where there is no such page.
 */
static known_self *known_page(void)
{
    static unsigned char space[2 * LARGEST_PAGE];
    static int is_wiped;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (page > LARGEST_PAGE)
        return NULL;
    unsigned char *at = space + (page - (uintptr_t)space % page) % page;
    if (__atomic_load_n(&is_wiped, __ATOMIC_ACQUIRE) == 0) {
        if (madvise(at, page, MADV_WIPEONFORK) != 0)
            return NULL;
        __atomic_store_n(&is_wiped, 1, __ATOMIC_RELEASE);
    }
    return (void *)at;
}

/* Asked once; a forked child is another process. */
static section_os_result tell_self(section_os_process *out, uint64_t self)
{
    known_self *known = known_page();
    if (known != NULL &&
        __atomic_load_n(&known->id, __ATOMIC_ACQUIRE) == self) {
        *out = (section_os_process){
            self, __atomic_load_n(&known->born, __ATOMIC_RELAXED)};
        return posix_ok();
    }
    uint64_t born = 0;
    section_os_result result = read_start(&born, self);
    /* No /proc here. */
    if (result.status == SECTION_NOT_FOUND)
        return posix_verdict(SECTION_UNSUPPORTED, result.os_error);
    if (result.status != SECTION_OK)
        return result;
    if (known != NULL) {
        __atomic_store_n(&known->born, born, __ATOMIC_RELAXED);
        __atomic_store_n(&known->id, self, __ATOMIC_RELEASE);
    }
    *out = (section_os_process){self, born};
    return posix_ok();
}

section_os_result section_os_process_tell(section_os_process *out, uint64_t id)
{
    *out = (section_os_process){0, 0};
    uint64_t self = section_os_process_id();
    if (id == 0 || id == self)
        return tell_self(out, self);
    uint64_t born = 0;
    section_os_result result = read_start(&born, id);
    if (result.status == SECTION_OK)
        *out = (section_os_process){id, born};
    return result;
}

/* ------------------------------------------------------------------------
 * Fetch
 * ------------------------------------------------------------------------ */

static section_os_result fetch_failure(int error)
{
    switch (error) {
    case ESRCH:
    case EBADF:
    case EINVAL: /* 0, or the number of a thread */
    case ENOENT:
        return posix_verdict(SECTION_GONE, error);
    case ENOSYS:
        return posix_verdict(SECTION_UNSUPPORTED, error);
    default:
        return posix_failure(error);
    }
}

section_os_result section_os_source_open(section_os_source *out,
                                         const section_os_process *from)
{
    *out = (section_os_source){SECTION_OS_NONE, 0, false};
    if (from == NULL)
        return posix_ok();
    if (from->id > INT32_MAX)
        return posix_verdict(SECTION_GONE, 0);
    int low = (int)syscall(SYS_pidfd_open, (pid_t)from->id, 0);
    if (low < 0)
        return fetch_failure(errno);
    int process = posix_raise(low);
    if (process < 0) {
        section_os_result result = posix_failure(errno);
        posix_descriptor_close(low);
        return result;
    }
    /* Told by the number: if another process has it by now, the one that we
     * have opened is dead, and gives nothing. */
    section_os_process now = {0, 0};
    section_os_result result = section_os_process_tell(&now, from->id);
    if (result.status == SECTION_NOT_FOUND ||
        (result.status == SECTION_OK && now.born != from->born))
        result.status = SECTION_GONE;
    if (result.status != SECTION_OK)
        posix_descriptor_close(process);
    else
        out->process = process;
    out->state = from->id == section_os_process_id() ? IS_OWN : 0;
    return result;
}

void section_os_source_close(section_os_source *source)
{
    posix_descriptor_close((int)source->process);
    source->process = SECTION_OS_NONE;
}

static section_os_result fetch(intptr_t *part, int process, uint64_t number,
                               const uint64_t expected[2])
{
    int low = (int)syscall(SYS_pidfd_getfd, process, (int)number, 0);
    if (low < 0)
        return fetch_failure(errno);
    int fetched = posix_raise(low);
    section_os_result result = posix_ok();
    if (fetched < 0) {
        result = posix_failure(errno);
        posix_descriptor_close(low);
    } else if (!posix_part_is(fetched, expected)) {
        result = posix_verdict(SECTION_GONE, 0);
        posix_descriptor_close(fetched);
    } else {
        *part = fetched;
    }
    return result;
}

section_os_result section_os_part_fetch(intptr_t *part,
                                        const section_os_source *source,
                                        uint64_t number,
                                        const uint64_t expected[2])
{
    *part = SECTION_OS_NONE;
    if (source->process == SECTION_OS_NONE)
        return posix_part_inherit(part, number, expected);
    if (number > INT32_MAX)
        return posix_verdict(SECTION_GONE, 0);
    /* In its place, as posix_part_inherit(). */
    if (source->state == IS_OWN &&
        !posix_part_may_be_touched((int)number, expected))
        return posix_verdict(SECTION_GONE, 0);
    return fetch(part, (int)source->process, number, expected);
}
