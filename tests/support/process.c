/* SPDX-License-Identifier: MIT */
/*
 * What children and parents say to each other, the same on every system.
 */
#include "process.h"

#include "files.h"
#include "limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void say(intptr_t to, const char *line)
{
    char text[PROCESS_LINE_SIZE];
    int length = snprintf(text, sizeof(text), "%s\n", line);
    assert_that(length > 0 && (size_t)length < sizeof(text));
    /* Whoever waits for an answer of a dead process finds out then. */
    (void)process_write(to, text, (size_t)length);
}

/* False if the other side ended before it ended a line. */
static bool hear(intptr_t from, char line[PROCESS_LINE_SIZE])
{
    size_t length = 0;
    while (length < PROCESS_LINE_SIZE - 1 &&
           process_read(from, line + length) && line[length] != '\n')
        length++;
    bool whole = line[length] == '\n';
    line[length] = '\0';
    return whole;
}

static void expect_line(intptr_t from, const char *expected)
{
    char line[PROCESS_LINE_SIZE] = {0};
    bool whole = hear(from, line);
    if (!whole || strcmp(line, expected) != 0)
        (void)fprintf(stderr, "expected the line \"%s\", got \"%s\"%s\n",
                      expected, line, whole ? "" : " and the end");
    assert_that(whole && strcmp(line, expected) == 0);
}

void process_begin(const process *child, const char *argument,
                   intptr_t inherited)
{
    char line[PROCESS_LINE_SIZE];
    /* Said and not given on the command line, which has rules of quoting and
     * of text encoding. */
    (void)snprintf(line, sizeof(line), "%" PRIdPTR, inherited);
    say(child->input, line);
    say(child->input, argument);
}

void process_start(process *child, const char *role, const char *argument,
                   intptr_t inherited)
{
    intptr_t number;
    process_launch(child, role, inherited, &number);
    process_begin(child, argument, number);
}

void process_start_offered_by(process *child, const char *role,
                              const char *argument, const section_offer *offer,
                              process_passing how, const char *word)
{
    process_launch_offered(child, role, offer, how, word);
    process_begin(child, argument, PROCESS_NOTHING);
}

void process_start_offered(process *child, const char *role,
                           const char *argument, const section_offer *offer,
                           process_passing how)
{
    process_start_offered_by(child, role, argument, offer, how,
                             section_offer_text(offer));
}

void process_say(const process *child, const char *line)
{
    say(child->input, line);
}

void process_hear(const process *child, char line[PROCESS_LINE_SIZE])
{
    memset(line, 0, PROCESS_LINE_SIZE);
    assert_that(hear(child->output, line));
}

void process_expect(const process *child, const char *line)
{
    expect_line(child->output, line);
}

process_result process_wait(process *child)
{
    process_result result = process_await(child);
    process_let_go(child);
    return result;
}

void process_judge(process_result result)
{
    static const char *const ends[] = {"exited", "was killed", "faulted"};
    if (result.end == PROCESS_EXITED && result.code == 0)
        return;
    print_error("a child %s with %d\n", ends[result.end], result.code);
    fail();
}

void process_succeeds(process *child)
{
    process_judge(process_wait(child));
}

bool process_play_on_disk(const char *role, const char *name, disk_kind kind,
                          uint64_t size)
{
    file_path directory = files_path(name);
    directory_make(directory.text);
    if (!disk_mount(directory.text, kind, size)) {
        disk_unmount(directory.text);
        return false;
    }
    process child;
    process_start(&child, role, directory.text, PROCESS_NOTHING);
    process_result result = process_wait(&child);
    disk_unmount(directory.text);
    directory_remove(directory.text);
    process_judge(result);
    return true;
}

bool process_play_in_group(const char *role)
{
    process child;
    process_start(&child, role, "", PROCESS_NOTHING);
    intptr_t id = child.id;
    process_result result = process_wait(&child);
    limit_remove_group(id);
    if (result.end == PROCESS_EXITED && result.code == ROLE_CANNOT)
        return false;
    process_judge(result);
    return true;
}

int process_play(const char *role, const char *argument, intptr_t inherited)
{
    process child;
    process_start(&child, role, argument, inherited);
    process_result result = process_wait(&child);
    if (result.end != PROCESS_EXITED || result.code != ROLE_CANNOT)
        process_judge(result);
    return result.code;
}

static int do_nothing(void *context)
{
    (void)context;
    return 0;
}

bool process_can_fork(void)
{
    process child;
    if (!process_fork(&child, do_nothing, NULL))
        return false;
    process_succeeds(&child);
    return true;
}

static intptr_t parent_input = PROCESS_NOTHING;
static intptr_t parent_output = PROCESS_NOTHING;

void role_talk_over(intptr_t input, intptr_t output)
{
    parent_input = input;
    parent_output = output;
}

void role_talks_over(intptr_t *input, intptr_t *output)
{
    *input = parent_input;
    *output = parent_output;
}

void role_say(const char *line)
{
    say(parent_output, line);
}

void role_hear(char line[PROCESS_LINE_SIZE])
{
    memset(line, 0, PROCESS_LINE_SIZE);
    assert_that(hear(parent_input, line));
}

void role_expect(const char *line)
{
    expect_line(parent_input, line);
}

bool role_goes_on(void)
{
    return !process_can_read(parent_input);
}

static const char *last_word;

const char *process_word(void)
{
    return last_word;
}

static int play(const process_role *role, const char *word)
{
    char number[PROCESS_LINE_SIZE], argument[PROCESS_LINE_SIZE];
    expect_in_child();
    process_find_parent(&parent_input, &parent_output, word);
    role_hear(number);
    role_hear(argument);
    return role->run(argument, (intptr_t)strtoll(number, NULL, 10));
}

bool process_plays_role(int *code, int count, char **words,
                        const process_role *roles, size_t role_count)
{
    process_remember_program(words[0]);
    if (count < 3 || strcmp(words[1], "--role") != 0)
        return false;
    for (size_t i = 0; i < role_count; i++)
        if (strcmp(roles[i].name, words[2]) == 0) {
            last_word = count > 4 ? words[4] : NULL;
            *code = play(&roles[i], count > 3 ? words[3] : NULL);
            return true;
        }
    (void)fprintf(stderr, "no role is called %s\n", words[2]);
    *code = EXPECT_CHILD_FAILED;
    return true;
}
