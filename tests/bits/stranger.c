/* SPDX-License-Identifier: MIT */
/*
 * A program that shares sections with others of another word size or C library.
 * It uses nothing but the public API, and does what it is told, line by line:
 *
 *   memory SIZE RESERVE NAME    make memory; NAME is - for none
 *   lazy SIZE                   make memory that is not committed
 *   file SIZE RESERVE PATH      make a file
 *   open NAME RIGHTS            open what has a name
 *   send CHANNEL RIGHTS         over this descriptor
 *   receive CHANNEL
 *   export PROCESS RIGHTS       answers with the text
 *   import TEXT
 *   start PATH RIGHTS IN OUT    start a stranger that inherits the section, and
 *                               talks over these descriptors
 *   extend SIZE
 *   write OFFSET VALUE
 *   read OFFSET
 *   look                        what is known of the section, and of its bytes
 *   end
 *
 * Each answer is a line: a status, and what there is to say. Started with a
 * text, it imports that first and answers so.
 */
#include <section/transfer.h>

#include <inttypes.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 2048

/* Bytes that are added up, so that a large section takes no time. */
#define LOOKED_AT ((uint64_t)1 << 20)

extern char **environ; /* NOLINT(readability-redundant-declaration) */

static section *mine;

static void answer(section_status status, const char *text)
{
    (void)printf("%d %s\n", (int)status, text);
    (void)fflush(stdout);
}

/* ------------------------------------------------------------------------
 * Words of a line
 * ------------------------------------------------------------------------ */

static const char *next_word(void)
{
    const char *word = strtok(NULL, " ");
    return word == NULL ? "" : word;
}

static uint64_t next_number(void)
{
    return strtoull(next_word(), NULL, 10);
}

/* ------------------------------------------------------------------------
 * What it is told
 * ------------------------------------------------------------------------ */

static section_options options_of_size(void)
{
    section_options o = SECTION_OPTIONS_INIT;
    o.size = next_number();
    o.reserve = next_number();
    if (o.reserve != 0)
        o.rights |= SECTION_RIGHT_EXTEND;
    return o;
}

static section_status make_memory(void)
{
    section_options o = options_of_size();
    const char *name = next_word();
    o.name = strcmp(name, "-") == 0 ? NULL : name;
    return section_create(&mine, &o);
}

static section_status make_lazy(void)
{
    section_options o = SECTION_OPTIONS_INIT;
    o.size = next_number();
    o.flags = SECTION_LAZY;
    return section_create(&mine, &o);
}

static section_status make_file(void)
{
    section_options o = options_of_size();
    o.path = next_word();
    return section_create(&mine, &o);
}

static section_status open_name(void)
{
    const char *name = next_word();
    section_open_options o = SECTION_OPEN_OPTIONS_INIT;
    o.rights = (section_rights)next_number();
    return section_open(&mine, name, &o);
}

static section_status send_section(void)
{
    section_native channel = (section_native)next_number();
    return section_send(channel, mine, (section_rights)next_number(), 0);
}

static section_status receive_section(void)
{
    return section_receive(&mine, (section_native)next_number(), 0);
}

/* The offer lasts as long as this process: it is taken back by nobody. */
static section_status export_section(char text[LINE_SIZE])
{
    section_offer *offer;
    int64_t process = (int64_t)next_number();
    section_status status =
        section_export(&offer, mine, (section_rights)next_number(), process);
    if (status == SECTION_OK)
        (void)snprintf(text, LINE_SIZE, "%s", section_offer_text(offer));
    return status;
}

static section_status start_program(const char *path, char *text,
                                    const section_offer *offer, int in, int out)
{
    pid_t child;
    char *words[] = {(char *)(uintptr_t)path, text, NULL};
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return SECTION_NO_MEMORY;
    section_status status = section_offer_pass(offer, &actions);
    bool started =
        status == SECTION_OK &&
        posix_spawn_file_actions_adddup2(&actions, in, 0) == 0 &&
        posix_spawn_file_actions_adddup2(&actions, out, 1) == 0 &&
        posix_spawn(&child, path, &actions, NULL, words, environ) == 0;
    (void)posix_spawn_file_actions_destroy(&actions);
    return status == SECTION_OK && !started ? SECTION_SYSTEM : status;
}

static section_status start_heir(void)
{
    section_offer *offer;
    char text[SECTION_OFFER_TEXT_SIZE];
    const char *path = next_word();
    section_status status =
        section_make_inheritable(&offer, mine, (section_rights)next_number());
    if (status != SECTION_OK)
        return status;
    int in = (int)next_number();
    (void)snprintf(text, sizeof(text), "%s", section_offer_text(offer));
    status = start_program(path, text, offer, in, (int)next_number());
    section_unexport(offer);
    return status;
}

static section_status write_byte(void)
{
    section_view view;
    uint64_t offset = next_number();
    section_status status =
        section_map(&view, mine, offset, 1, SECTION_ACCESS_READ_WRITE);
    if (status != SECTION_OK)
        return status;
    *(unsigned char *)view.data = (unsigned char)next_number();
    return section_unmap(&view);
}

static section_status read_byte(char text[LINE_SIZE])
{
    section_view view;
    section_status status =
        section_map(&view, mine, next_number(), 1, SECTION_ACCESS_READ);
    if (status != SECTION_OK)
        return status;
    (void)snprintf(text, LINE_SIZE, "%d", *(const unsigned char *)view.data);
    return section_unmap(&view);
}

/* FNV-1a. */
static section_status add_up(uint64_t *sum, uint64_t size)
{
    section_view view;
    size_t length = (size_t)(size < LOOKED_AT ? size : LOOKED_AT);
    section_status status =
        section_map(&view, mine, 0, length, SECTION_ACCESS_READ);
    if (status != SECTION_OK)
        return status;
    const unsigned char *bytes = view.data;
    *sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        *sum = (*sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    return section_unmap(&view);
}

/* Everything two holders have to agree about, but for their rights. */
static section_status look(char text[LINE_SIZE])
{
    section_info info = SECTION_INFO_INIT;
    uint64_t sum = 0;
    section_status status = section_get_info(&info, mine);
    if (status == SECTION_OK)
        status = add_up(&sum, info.size);
    (void)snprintf(text, LINE_SIZE,
                   "kind %d size %" PRIu64 " reserve %" PRIu64 " id %" PRIx64
                   ".%" PRIx64 " lazy %d pages %d scope %d name '%s' sum "
                   "%" PRIx64,
                   (int)info.kind, info.size, info.reserve, info.id[0],
                   info.id[1], (info.flags & SECTION_INFO_LAZY) != 0,
                   (int)info.pages, (int)info.scope, info.name, sum);
    return status;
}

static section_status obey(const char *word, char text[LINE_SIZE])
{
    if (strcmp(word, "memory") == 0)
        return make_memory();
    if (strcmp(word, "lazy") == 0)
        return make_lazy();
    if (strcmp(word, "file") == 0)
        return make_file();
    if (strcmp(word, "open") == 0)
        return open_name();
    if (strcmp(word, "send") == 0)
        return send_section();
    if (strcmp(word, "receive") == 0)
        return receive_section();
    if (strcmp(word, "export") == 0)
        return export_section(text);
    if (strcmp(word, "import") == 0)
        return section_import(&mine, next_word());
    if (strcmp(word, "start") == 0)
        return start_heir();
    if (strcmp(word, "extend") == 0)
        return section_extend(mine, next_number());
    if (strcmp(word, "write") == 0)
        return write_byte();
    if (strcmp(word, "read") == 0)
        return read_byte(text);
    return look(text);
}

int main(int count, char **words)
{
    static char line[LINE_SIZE];
    static char text[LINE_SIZE];
    if (count > 1)
        answer(section_import(&mine, words[1]), "");
    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        const char *word = strtok(line, " ");
        if (word == NULL || strcmp(word, "end") == 0)
            break;
        text[0] = '\0';
        section_status status = obey(word, text);
        answer(status, text);
    }
    section_close(mine);
    return 0;
}
