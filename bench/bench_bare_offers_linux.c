/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of Linux that take what another process offers, which can be
 * this one: pidfd_getfd(), and the time when that process was started.
 */
#include "bench_bare_offers.h"
#include "bench_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Older headers do not have them; the numbers are those of all machines. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

/* Words of /proc/PID/stat from behind the name to when it was started. */
#define WORDS_TO_START 20

static bool refuse(const char *what)
{
    errno = EPROTO;
    return bare_failed(what);
}

/* --- processes --- */

static bool read_start(uint64_t *out, uint64_t process)
{
    char text[1024];
    (void)snprintf(text, sizeof(text), "/proc/%lu/stat",
                   (unsigned long)process);
    int file = open(text, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return bare_failed("open");
    ssize_t length = read(file, text, sizeof(text) - 1);
    (void)close(file);
    if (length < 0)
        return bare_failed("read");
    text[length] = '\0';
    const char *at = strrchr(text, ')');
    for (int i = 0; i < WORDS_TO_START && at != NULL; i++)
        at = strchr(at + 1, ' ');
    *out = at == NULL ? 0 : strtoull(at, NULL, 10);
    return at != NULL || refuse("/proc/PID/stat");
}

/* Of this process, asked once. */
static bool find_start(uint64_t *out, uint64_t process, uint64_t self)
{
    static uint64_t known, started;
    if (process != self)
        return read_start(out, process);
    if (self != known && !read_start(&started, self))
        return false;
    known = self;
    *out = started;
    return true;
}

bool bare_process_ends(bare_ticket *said)
{
    said->from = (uint64_t)getpid();
    return find_start(&said->from_born, said->from, said->from) &&
           find_start(&said->to_born, said->to, said->from);
}

/* --- take --- */

static bool fetch(int *out, int source, uint64_t number)
{
    *out = (int)syscall(SYS_pidfd_getfd, source, (int)number, 0);
    return *out >= 0 || bare_failed("pidfd_getfd");
}

/* The one that has offered, and not one that has its number by now. */
static bool open_source(int *out, const bare_ticket *said, uint64_t self)
{
    uint64_t started = 0;
    *out = (int)syscall(SYS_pidfd_open, (pid_t)said->from, 0);
    if (*out < 0)
        return bare_failed("pidfd_open");
    if (find_start(&started, said->from, self) && started == said->from_born)
        return true;
    (void)close(*out);
    return refuse("a process of another start");
}

/* The page of a ticket, which can be something else by now: NULL then. */
static bare_ticket_page *map_ticket(int ticket, const bare_ticket *said)
{
    /* Nobody can cut it while it is looked at. */
    const bare_goods expected = {.held = {BARE_NONE, BARE_NONE},
                                 .size = bare_page_size(),
                                 .id = {said->id[0], said->id[1]},
                                 .writes = true,
                                 .sealed = true};
    if (!bare_check_goods(ticket, &expected))
        return NULL;
    bare_ticket_page *page =
        bare_map(ticket, 0, bare_page_size(), SECTION_ACCESS_READ_WRITE);
    if (page == NULL ||
        memcmp(page->secret, said->secret, sizeof(page->secret)) == 0)
        return page;
    (void)bare_unmap(page, bare_page_size());
    (void)refuse("a ticket of another offer");
    return NULL;
}

static bool is_for_us(const bare_ticket *said, uint64_t self)
{
    uint64_t started = 0;
    return said->to == self && find_start(&started, self, self) &&
           started == said->to_born;
}

/* The memory, if nobody was here before; *gone tells. */
static bool decide(int *memory, int source, bare_ticket_page *page,
                   const bare_ticket *said, bool *gone)
{
    const bare_goods expected = {.held = {BARE_NONE, BARE_NONE},
                                 .size = said->size,
                                 .id = {said->memory_id[0], said->memory_id[1]},
                                 .writes = said->writes != 0};
    *gone = __atomic_load_n(&page->decided, __ATOMIC_ACQUIRE) != 0;
    if (*gone)
        return true;
    if (!fetch(memory, source, said->memory) ||
        !bare_check_goods(*memory, &expected))
        return false;
    *gone = __atomic_add_fetch(&page->decided, 1, __ATOMIC_ACQ_REL) != 1;
    return true;
}

static bool take_from(int *memory, int source, const bare_ticket *said,
                      bool *gone)
{
    int ticket;
    if (!fetch(&ticket, source, said->ticket))
        return false;
    bare_ticket_page *page = map_ticket(ticket, said);
    bool done = page != NULL && decide(memory, source, page, said, gone);
    if (page != NULL)
        done = bare_unmap(page, bare_page_size()) && done;
    return bare_close(ticket) && done;
}

static bool take(int *memory, const char *text, bool *gone)
{
    int source;
    bare_ticket said;
    const uint64_t self = (uint64_t)getpid();
    *memory = -1;
    *gone = false;
    if (!bench_text_read(&said, sizeof(said), text) || !is_for_us(&said, self))
        return refuse("a text of no offer");
    if (!open_source(&source, &said, self))
        return false;
    bool done = take_from(memory, source, &said, gone);
    return bare_close(source) && done;
}

bool bare_offer_take(bare_handle *out, const char *text)
{
    int memory;
    bool gone;
    bool done = take(&memory, text, &gone);
    *out = memory;
    return done && (!gone || refuse("an offer that is gone"));
}

bool bare_offer_is_gone(bool *gone, const char *text)
{
    int memory;
    return take(&memory, text, gone);
}
