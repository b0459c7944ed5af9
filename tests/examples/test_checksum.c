/* SPDX-License-Identifier: MIT */
/*
 * examples/checksum.c on files that change while it reads: its main() runs in a
 * child, with one file many times on its command line that another child cuts
 * and grows all the time, and a file that nobody touches.
 */
#include "crc32c.h"
#include "sections.h"
#include "process.h"

#include <stdio.h>
#include <stdlib.h>

#define VICTIM_SIZE ((size_t)512 * 1024)
#define STEADY_SIZE ((size_t)5001)
#ifndef ROUNDS
#define ROUNDS 30
#endif
#define VICTIMS 75 /* in a round, before the steady one */

int checksum_main(int count, char **words);

typedef struct place {
    file_path victim, steady;
    file_path complaints; /* what the tool says of files it cannot read */
} place;

static place place_in(const char *directory)
{
    return (place){files_join(directory, "victim"),
                   files_join(directory, "steady"),
                   files_join(directory, "complaints")};
}

static uint32_t make_file(const char *path, size_t size)
{
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    fill(bytes, size, 0);
    file_make(path, 0);
    file_write(path, 0, bytes, size);
    uint32_t sum = crc32c(0, bytes, size);
    free(bytes);
    return sum;
}

/* What it says goes to the parent, line by line, what it complains about into a
 * file, and its exit code to the parent again. */
static void run_tool(const place *paths, int count, char **words)
{
    char line[PROCESS_LINE_SIZE];
    assert_that(freopen(paths->complaints.text, "w", stderr) != NULL);
    int code = checksum_main(count, words);
    (void)fflush(stdout);
    (void)snprintf(line, sizeof(line), "exit %d", code);
    role_say(line);
}

static int role_tool(const char *argument, intptr_t inherited)
{
    static char *words[1 + ROUNDS * (VICTIMS + 1)];
    place paths = place_in(argument);
    int count = 0;
    (void)inherited;
    words[count++] = paths.victim.text;
    for (int i = 0; i < ROUNDS; i++) {
        for (int j = 0; j < VICTIMS; j++)
            words[count++] = paths.victim.text;
        words[count++] = paths.steady.text;
    }
    run_tool(&paths, count, words);
    return 0;
}

static int role_tool_once(const char *argument, intptr_t inherited)
{
    place paths = place_in(argument);
    char none[] = "no/such/file";
    char *words[] = {none, paths.victim.text, none, paths.steady.text};
    (void)inherited;
    run_tool(&paths, 4, words);
    return 0;
}

/* To a few sizes, within a page and not, and back: zeros. Between two steps it
 * is busy for about as long as the tool needs for a part of the file. */
static int role_cutter(const char *argument, intptr_t inherited)
{
    static const uint64_t sizes[] = {VICTIM_SIZE / 2, VICTIM_SIZE / 4 * 3,
                                     VICTIM_SIZE - 7, VICTIM_SIZE / 3};
    static unsigned char work[VICTIM_SIZE];
    place paths = place_in(argument);
    (void)inherited;
    role_say("ready");
    for (size_t i = 0; role_goes_on(); i++) {
        bool is_whole = i % 2 == 0;
        file_truncate(paths.victim.text, is_whole       ? VICTIM_SIZE
                                         : i % 101 == 0 ? 0
                                                        : sizes[i / 2 % 4]);
        work[0] = (unsigned char)crc32c(0, work, i * 7919 % VICTIM_SIZE);
    }
    return 0;
}

/* One that only makes the file larger: there, mapped files cannot be cut. */
static int role_grower(const char *argument, intptr_t inherited)
{
    place paths = place_in(argument);
    (void)inherited;
    role_say("ready");
    for (uint64_t i = 0; role_goes_on(); i++)
        file_write(paths.victim.text, VICTIM_SIZE + i % 1000 * 100, "more", 4);
    return 0;
}

typedef struct tally {
    int victims, steady;
    int code;
    int complaints;
} tally;

static int count_lines(const char *path)
{
    int lines = 0, byte;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while ((byte = getc(file)) != EOF)
        lines += byte == '\n';
    (void)fclose(file);
    return lines;
}

/* Hear a tool out. Every checksum of a steady file has to be this one. */
static tally listen(process *tool, const place *paths, uint32_t steady)
{
    tally heard = {0, 0, 0, 0};
    char line[PROCESS_LINE_SIZE];
    for (;;) {
        process_hear(tool, line);
        if (strncmp(line, "exit ", 5) == 0)
            break;
        char *path;
        uint32_t sum = (uint32_t)strtoul(line, &path, 16);
        if (strstr(path, "steady") == NULL) {
            heard.victims++;
            continue;
        }
        assert_same(steady, sum);
        heard.steady++;
    }
    heard.code = atoi(line + 5);
    process_succeeds(tool);
    heard.complaints = count_lines(paths->complaints.text);
    return heard;
}

static void files_that_are_cut_are_told_and_others_are_right(void **state)
{
    (void)state;
    file_path directory = files_path("cut");
    directory_make(directory.text);
    place paths = place_in(directory.text);
    (void)make_file(paths.victim.text, VICTIM_SIZE);
    uint32_t steady = make_file(paths.steady.text, STEADY_SIZE);
    bool is_cut = this_system().file_shrink != SECTION_GUARD_ENFORCED;

    process cutter, tool;
    process_start(&cutter, is_cut ? "cutter" : "grower", directory.text,
                  PROCESS_NOTHING);
    process_expect(&cutter, "ready");
    process_start(&tool, "tool", directory.text, PROCESS_NOTHING);
    tally heard = listen(&tool, &paths, steady);
    process_say(&cutter, "end");
    process_succeeds(&cutter);

    print_message("%d of %d were cut\n", heard.complaints, ROUNDS * VICTIMS);
    assert_same(ROUNDS, heard.steady);
    assert_same(ROUNDS * VICTIMS, heard.victims + heard.complaints);
    assert_same(is_cut ? 1 : 0, heard.code);
    assert_same(is_cut, heard.complaints > 0);
}

static void what_cannot_be_read_keeps_nobody_else_waiting(void **state)
{
    (void)state;
    file_path directory = files_path("some");
    directory_make(directory.text);
    place paths = place_in(directory.text);
    (void)make_file(paths.victim.text, VICTIM_SIZE);
    uint32_t steady = make_file(paths.steady.text, STEADY_SIZE);
    process tool;
    process_start(&tool, "tool_once", directory.text, PROCESS_NOTHING);
    tally heard = listen(&tool, &paths, steady);
    assert_same(1, heard.code);
    assert_same(1, heard.victims);
    assert_same(1, heard.steady);
    assert_same(1, heard.complaints);
}

/* The check value that RFC 3720 and others give. */
static void the_checksum_is_crc_32c(void **state)
{
    (void)state;
    assert_same(0xe3069283, crc32c(0, "123456789", 9));
    assert_same(0xe3069283, crc32c(crc32c(0, "1234", 4), "56789", 5));
    assert_same(0, crc32c(0, "", 0));
}

static const process_role roles[] = {
    {"tool", role_tool},
    {"tool_once", role_tool_once},
    {"cutter", role_cutter},
    {"grower", role_grower},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_checksum_is_crc_32c),
    cmocka_unit_test(what_cannot_be_read_keeps_nobody_else_waiting),
    cmocka_unit_test(files_that_are_cut_are_told_and_others_are_right),
};

TEST_MAIN(tests, roles)
