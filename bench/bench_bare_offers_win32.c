/* SPDX-License-Identifier: MIT */
/*
 * The bare calls of Windows that offer memory by a text: its handle is put into
 * the other process at once, and beside it that of a page with a secret, in
 * which who is first to take it or to take it back makes that known.
 */
#include "bench_bare_win32.h"

#include "bench_text.h"

#include <string.h>

/* RtlGenRandom(), whose name in the library this is (ntsecapi.h). */
__declspec(dllimport) BOOLEAN WINAPI
    SystemFunction036(void *bytes, ULONG length);

#define TICKET_SIZE 4096

/* What the text says. */
typedef struct bare_ticket {
    uint64_t from, from_born; /* who offers, and when that was started */
    uint64_t to, to_born;
    uint64_t memory, ticket; /* handles */
    uint64_t size, writes;
    uint64_t secret[2];
} bare_ticket;

typedef char text_has_room
    [2 * sizeof(bare_ticket) < sizeof(((bare_offer *)0)->text) ? 1 : -1];

/* What the ticket has. */
typedef struct ticket_page {
    uint64_t secret[2];
    LONG decided; /* how many have wanted to take it, or to take it back */
} ticket_page;

/* --- offer --- */

static bool find_ends(bare_ticket *said)
{
    HANDLE process;
    said->from = GetCurrentProcessId();
    if (!bare_process_born(&said->from_born, GetCurrentProcess()))
        return false;
    if (said->to == 0)
        return true;
    process =
        OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, (DWORD)said->to);
    if (process == NULL)
        return bare_win32_failed("OpenProcess");
    bool found = bare_process_born(&said->to_born, process);
    (void)CloseHandle(process);
    return found;
}

static bool make_ticket(bare_offer *out, bare_ticket *said)
{
    if (!bare_memory_create(&out->ticket, TICKET_SIZE, false))
        return false;
    out->page =
        bare_map(out->ticket, 0, TICKET_SIZE, SECTION_ACCESS_READ_WRITE);
    if (out->page == NULL)
        return false;
    if (!SystemFunction036(said->secret, sizeof(said->secret)))
        return bare_win32_failed("SystemFunction036");
    memcpy(((ticket_page *)out->page)->secret, said->secret,
           sizeof(said->secret));
    return true;
}

static bool push(uint64_t *out, HANDLE process, bare_handle handle,
                 bool inherits)
{
    HANDLE pushed;
    if (!DuplicateHandle(GetCurrentProcess(), bare_win32_handle(handle),
                         process, &pushed, 0, inherits, DUPLICATE_SAME_ACCESS))
        return bare_win32_failed("DuplicateHandle");
    *out = (uint64_t)(uintptr_t)pushed;
    return true;
}

static bool push_both(bare_ticket *said, const bare_offer *offer,
                      const bare_goods *goods)
{
    HANDLE process = GetCurrentProcess();
    bare_handle memory = goods->writes ? goods->held.memory : goods->reader;
    bool inherits = said->to == 0;
    if (!inherits && !bare_process_open(&process, said->to, said->to_born,
                                        PROCESS_DUP_HANDLE))
        return false;
    bool done = push(&said->memory, process, memory, inherits) &&
                push(&said->ticket, process, offer->ticket, inherits);
    if (!inherits)
        (void)CloseHandle(process);
    return done;
}

bool bare_offer_begin(bare_offer *out, const bare_goods *goods, uint64_t to)
{
    bare_ticket said = {.to = to, .size = goods->size, .writes = goods->writes};
    *out = (bare_offer){BARE_NONE, BARE_NONE, NULL, to, ""};
    if (!find_ends(&said) || !make_ticket(out, &said) ||
        !push_both(&said, out, goods)) {
        (void)bare_offer_end(out);
        return false;
    }
    bench_text_print(out->text, &said, sizeof(said));
    return true;
}

/* Wine closes nothing that is not taken by somebody. */
static void pull_out(HANDLE process, uint64_t number)
{
    HANDLE taken;
    if (DuplicateHandle(process, (HANDLE)(uintptr_t)number, GetCurrentProcess(),
                        &taken, 0, FALSE,
                        DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE))
        (void)CloseHandle(taken);
}

/* Of what a process was given, or started programs would inherit. */
static bool take_back(const bare_offer *offer)
{
    bare_ticket said;
    HANDLE process;
    if (!bench_text_read(&said, sizeof(said), offer->text))
        return true;
    if (said.to == 0)
        return bare_close((bare_handle)said.memory) &&
               bare_close((bare_handle)said.ticket);
    if (!bare_process_open(&process, said.to, said.to_born, PROCESS_DUP_HANDLE))
        return false;
    pull_out(process, said.memory);
    pull_out(process, said.ticket);
    (void)CloseHandle(process);
    return true;
}

bool bare_offer_end(bare_offer *offer)
{
    bool done = true;
    if (offer->page != NULL) {
        ticket_page *page = offer->page;
        if (InterlockedIncrement(&page->decided) == 1)
            done = take_back(offer);
        done = bare_unmap(page, TICKET_SIZE) && done;
    }
    if (offer->ticket != BARE_NONE)
        done = bare_close(offer->ticket) && done;
    return done;
}

/* --- take --- */

/* For us, from one who lives. */
static bool check_ends(const bare_ticket *said)
{
    uint64_t born;
    HANDLE process;
    if (said->to != GetCurrentProcessId() ||
        !bare_process_born(&born, GetCurrentProcess()) ||
        born != said->to_born ||
        !bare_process_open(&process, said->from, said->from_born, 0))
        return false;
    (void)CloseHandle(process);
    return true;
}

/* What has come is not used under the number that is said of it. */
static bool pull(bare_handle *out, uint64_t number)
{
    *out = BARE_NONE;
    return number != 0 && number <= INT32_MAX &&
           bare_duplicate(out, (bare_handle)number);
}

/* Whether it is the ticket of this offer, and nobody was here before. */
static bool decide(bare_handle ticket, const bare_ticket *said)
{
    ticket_page *page =
        bare_map(ticket, 0, TICKET_SIZE, SECTION_ACCESS_READ_WRITE);
    if (page == NULL)
        return false;
    bool first =
        memcmp(page->secret, said->secret, sizeof(page->secret)) == 0 &&
        InterlockedIncrement(&page->decided) == 1;
    (void)bare_unmap(page, TICKET_SIZE);
    return first;
}

static bool take(bare_handle *out, const bare_ticket *said)
{
    bare_handle ticket;
    const bare_goods expected = {.size = said->size};
    if (!pull(&ticket, said->ticket))
        return false;
    bool done = pull(out, said->memory) && bare_goods_check(*out, &expected) &&
                decide(ticket, said);
    (void)bare_close(ticket);
    if (done)
        return bare_close((bare_handle)said->memory) &&
               bare_close((bare_handle)said->ticket);
    if (*out != BARE_NONE)
        (void)bare_close(*out);
    *out = BARE_NONE;
    return false;
}

static bool read_text(bare_ticket *out, const char *text)
{
    if (bench_text_read(out, sizeof(*out), text) && check_ends(out))
        return true;
    SetLastError(ERROR_INVALID_DATA);
    return bare_win32_failed("a text of no offer");
}

bool bare_offer_take(bare_handle *out, const char *text)
{
    bare_ticket said;
    *out = BARE_NONE;
    if (!read_text(&said, text))
        return false;
    return take(out, &said) || bare_win32_failed("taking an offer");
}

bool bare_offer_is_gone(bool *gone, const char *text)
{
    bare_ticket said;
    bare_handle taken;
    *gone = false;
    if (!read_text(&said, text))
        return false;
    *gone = !take(&taken, &said);
    return true;
}
