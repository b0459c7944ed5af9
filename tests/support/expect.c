/* SPDX-License-Identifier: MIT */
#include "expect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static bool in_child;

void expect_in_child(void)
{
    in_child = true;
}

/* cmocka keeps its messages until the test is over, and a child has no test:
 * it speaks for itself. */
static void report(const char *message, const char *file, int line)
{
    if (in_child) {
        (void)fprintf(stderr, "in a child process: %s%s:%d: failed\n", message,
                      file, line);
        (void)fflush(stderr);
        exit(EXPECT_CHILD_FAILED);
    }
    print_error("%s", message);
    _fail(file, line);
}

void expect_status(section_status expected, section_status actual,
                   const char *call, const char *file, int line)
{
    char message[512];
    if (expected == actual)
        return;
    (void)snprintf(message, sizeof(message),
                   "%s\n  gave %s (system code %ld), expected %s\n", call,
                   section_status_name(actual), (long)section_last_os_error(),
                   section_status_name(expected));
    report(message, file, line);
}

void expect_that(bool holds, const char *condition, const char *file, int line)
{
    char message[512];
    if (holds)
        return;
    (void)snprintf(message, sizeof(message), "not so: %s\n", condition);
    report(message, file, line);
}

void expect_same(uint64_t expected, uint64_t actual, const char *what,
                 const char *file, int line)
{
    char message[512];
    if (expected == actual)
        return;
    (void)snprintf(message, sizeof(message),
                   "%s\n  is %" PRIu64 ", expected %" PRIu64 "\n", what, actual,
                   expected);
    report(message, file, line);
}

section *expect_poison(void)
{
    static char nothing;
    /* Never used as a section: only compared with NULL. */
    return (section *)(void *)&nothing;
}

bool expect_zero(const void *memory, size_t length)
{
    const unsigned char *bytes = memory;
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Each line of the list: a test name, a blank, a reason. */
static bool may_skip(const char *test)
{
    const char *path = SECTION_SKIP_LIST;
    if (path[0] == '\0')
        return true;
    FILE *list = fopen(path, "r");
    if (list == NULL)
        return false;
    char line[512];
    size_t length = strlen(test);
    bool found = false;
    while (!found && fgets(line, sizeof(line), list) != NULL)
        found = strncmp(line, test, length) == 0 &&
                (line[length] == ' ' || line[length] == '\n');
    (void)fclose(list);
    return found;
}

void expect_skip(const char *test, const char *reason)
{
    print_message("SKIP %s: %s\n", test, reason);
    if (!may_skip(test))
        fail_msg("%s may not be skipped here (%s)", test, SECTION_SKIP_LIST);
    skip();
}
