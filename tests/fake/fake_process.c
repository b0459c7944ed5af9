/* SPDX-License-Identifier: MIT */
/*
 * The processes of the fake platform. There is one at first; all calls are made
 * by the one that is played.
 */
#include "fake_internal.h"

#define PROCESSES    64
#define FIRST_NUMBER 100

static section_os_process processes[PROCESSES]; /* `id` 0: free */
static uint64_t births;
static uint64_t numbers;
static uint64_t now;

static section_os_process *find(uint64_t number)
{
    size_t i = 0;
    while (i < PROCESSES && processes[i].id != number)
        i++;
    return i < PROCESSES ? &processes[i] : NULL;
}

void fake_start_process_again(uint64_t number)
{
    section_os_process *row = find(0);
    FAKE_CHECK(row != NULL && number != 0 && find(number) == NULL);
    row->id = number;
    row->born = ++births;
}

uint64_t fake_start_process(void)
{
    fake_start_process_again(FIRST_NUMBER + numbers);
    return FIRST_NUMBER + numbers++;
}

void fake_processes_start(void)
{
    for (size_t i = 0; i < PROCESSES; i++)
        processes[i] = (section_os_process){0, 0};
    births = 5000;
    numbers = 0;
    now = fake_start_process();
}

uint64_t fake_process_now(void)
{
    return now;
}

uint64_t fake_process_number(void)
{
    return now;
}

bool fake_process_lives(const section_os_process *process)
{
    const section_os_process *found = find(process->id);
    return process->id != 0 && found != NULL && found->born == process->born;
}

void fake_be(uint64_t number)
{
    FAKE_CHECK(number != 0 && find(number) != NULL);
    now = number;
}

uint64_t fake_fork(void)
{
    uint64_t child = fake_start_process();
    fake_handles_fork(now, child);
    fake_views_fork(now, child);
    return child;
}

void fake_end_process(uint64_t number)
{
    section_os_process *row = find(number);
    FAKE_CHECK(number != 0 && row != NULL && number != now);
    fake_views_end(number);
    fake_handles_end(number);
    fake_blocks_end(number);
    *row = (section_os_process){0, 0};
}

uint64_t section_os_process_id(void)
{
    return now;
}

section_os_result section_os_process_tell(section_os_process *out, uint64_t id)
{
    section_os_result result = fake_ok();
    *out = (section_os_process){0, 0};
    if (fake_must_fail(FAKE_PROCESS_TELL, &result))
        return result;
    if (fake_current()->processes_are_strangers)
        return fake_refusal(SECTION_UNSUPPORTED, 0);
    const section_os_process *row = find(id == 0 ? now : id);
    if (row == NULL)
        return fake_refusal(SECTION_NOT_FOUND, 23);
    *out = *row;
    return result;
}
