/* SPDX-License-Identifier: MIT */
#include "expect.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void expect_status(section_status expected, section_status actual,
                   const char *call, const char *file, int line)
{
    if (expected == actual)
        return;
    print_error("%s\n  gave %s (system code %ld), expected %s\n", call,
                section_status_name(actual), (long)section_last_os_error(),
                section_status_name(expected));
    _fail(file, line);
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
