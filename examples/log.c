/* SPDX-License-Identifier: MIT */
/* The log as a tool. */
#include "log_file.h"
#include "pause.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static log_file the_log; /* too large for a small stack */

static int fail(const char *path, section_status status)
{
    fprintf(stderr, "%s: %s\n", path,
            the_log.trouble != NULL ? the_log.trouble
                                    : section_status_text(status));
    return 1;
}

/* Say which records are durable. Nobody hears it before they are. */
static section_status commit(log_file *log)
{
    section_status status = log_commit(log);
    if (status == SECTION_OK) {
        printf("%lu\n", (unsigned long)log->count);
        (void)fflush(stdout);
    }
    return status;
}

static void tell_room(const log_file *log)
{
    section_system system = SECTION_SYSTEM_INIT;
    if (section_get_system(&system) == SECTION_OK &&
        system.file_growth == SECTION_SUPPORT_NONE)
        fprintf(stderr, "files cannot grow here: this one has %lu bytes\n",
                (unsigned long)log->room);
}

/* Append the lines of the input, and commit after each `group` of them. */
static section_status append(log_file *log, unsigned long group)
{
    static char line[LOG_RECORD_MAX];
    section_status status = SECTION_OK;
    tell_room(log);
    unsigned long waiting = 0;
    while (status == SECTION_OK && fgets(line, sizeof(line), stdin) != NULL) {
        status = log_append(log, line, (uint32_t)strcspn(line, "\n"));
        if (status == SECTION_OK && ++waiting == group) {
            status = commit(log);
            waiting = 0;
        }
    }
    return status == SECTION_OK && waiting != 0 ? commit(log) : status;
}

/* Print the durable records; if asked to, as long as somebody appends. */
static section_status print(log_file *log, bool follow)
{
    section_status status;
    for (;;) {
        /* Asked before reading, or the last records could be missed. */
        bool more = follow && log_is_appended_to(log);
        while ((status = log_read(log)) == SECTION_OK) {
            (void)fwrite(log->record.bytes, 1, log->record.head.length, stdout);
            (void)putchar('\n');
        }
        (void)fflush(stdout);
        if (status != SECTION_NOT_FOUND || !more)
            return status == SECTION_NOT_FOUND ? SECTION_OK : status;
        pause_shortly();
    }
}

/*
 * A log that survives: log append FILE [GROUP] appends the lines of its input
 * and prints the number of the last record when it is durable, after every
 * GROUP of them; log read FILE prints the durable records; log follow FILE goes
 * on for as long as another process appends.
 */
int main(int argc, char **argv)
{
    const char *command = argc > 2 ? argv[1] : "";
    const char *path = argc > 2 ? argv[2] : "";
    unsigned long group = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
    bool appends = strcmp(command, "append") == 0;
    bool follows = strcmp(command, "follow") == 0;
    if ((!appends && !follows && strcmp(command, "read") != 0) || group == 0) {
        fprintf(stderr, "log append FILE [GROUP], log read FILE, "
                        "log follow FILE\n");
        return 2;
    }
    section_status status =
        appends ? log_open(&the_log, path) : log_open_to_read(&the_log, path);
    if (status == SECTION_OK)
        status = appends ? append(&the_log, group) : print(&the_log, follows);
    int result = status == SECTION_OK ? 0 : fail(path, status);
    log_close(&the_log);
    return result;
}
