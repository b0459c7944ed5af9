/* SPDX-License-Identifier: MIT */
/*
 * Hands files to clients it does not trust: serve ADDRESS FILE... copies each
 * file into memory once, and gives whoever asks for it by its name (fetch.c)
 * that memory to read, without another copy. ADDRESS is the path of a socket;
 * on Windows the name of a pipe, \\.\pipe\...
 *
 * What a client can do to this server: keep one of its threads for PATIENCE
 * milliseconds. It reads REQUEST_SIZE bytes of a client and nothing else, never
 * takes a section or a descriptor from one, and shares no memory with one that
 * the client could write. Who holds all threads again and again makes others
 * wait; to deny him that, count connections by user (SO_PEERCRED,
 * getpeereid(), GetNamedPipeClientProcessId()).
 */
#include "connection.h"
#include "request.h"

#include <stdio.h>
#include <string.h>

#ifndef THREADS
#define THREADS 16
#endif
#define PATIENCE 2000

#define MOST_FILES 100

static struct item {
    const char *name;
    section *section;
} items[MOST_FILES];
static int item_count;

/* ------------------------------------------------------------------------
 * What is served
 * ------------------------------------------------------------------------ */

/* From now on nobody makes it smaller under those who read it, and nobody
 * writes it any more, where the system can keep everybody from that. Where it
 * cannot, those who are given less than this handle cannot either; what others
 * in this process could do, only they know. */
static section_status seal(section *memory)
{
    section_system system = SECTION_SYSTEM_INIT;
    section_status status = section_get_system(&system);
    uint32_t seals = SECTION_SEAL_WRITERS;
    if (system.memory_shrink == SECTION_GUARD_ENFORCED)
        seals |= SECTION_SEAL_SHRINK;
    return status == SECTION_OK ? section_seal(memory, seals) : status;
}

/* Files can be cut while they are read: that is an error here, and no signal.
 */
static section_status copy(section *memory, section *file)
{
    section_view to, from;
    section_status status = section_map(&from, file, 0, 0, SECTION_ACCESS_READ);
    if (status != SECTION_OK)
        return status;
    status = section_map(&to, memory, 0, 0, SECTION_ACCESS_READ_WRITE);
    if (status == SECTION_OK) {
        status = section_view_read(&from, 0, to.data, to.length, NULL);
        (void)section_unmap(&to);
    }
    (void)section_unmap(&from);
    return status;
}

static section_status load(section **out, const char *path)
{
    section *file;
    section_info info = SECTION_INFO_INIT;
    section_options options = SECTION_OPTIONS_INIT;
    section_status status = section_open_file(&file, path, SECTION_RIGHT_READ);
    if (status != SECTION_OK)
        return status;
    status = section_get_info(&info, file);
    options.size = info.size;
    if (status == SECTION_OK)
        status = section_create(out, &options);
    if (status == SECTION_OK)
        status = copy(*out, file);
    if (status == SECTION_OK)
        status = seal(*out);
    section_close(file);
    return status;
}

static const char *last_part(const char *path)
{
    const char *name = path;
    for (; *path != '\0'; path++)
        if (*path == '/' || *path == '\\')
            name = path + 1;
    return name;
}

/* ------------------------------------------------------------------------
 * Clients
 * ------------------------------------------------------------------------ */

static const struct item *find(const char request[REQUEST_SIZE])
{
    if (memchr(request, '\0', REQUEST_SIZE) == NULL)
        return NULL;
    for (int i = 0; i < item_count; i++)
        if (strcmp(items[i].name, request) == 0)
            return &items[i];
    return NULL;
}

/* Runs in many threads at a time; the items do not change any more. A client
 * that is not there any more, or does not take what it asked for, is its own
 * affair. */
static void answer(const connection *client, void *context)
{
    char request[REQUEST_SIZE];
    (void)context;
    if (!connection_read(client, request, sizeof(request)))
        return;
    const struct item *item = find(request);
    char say = item != NULL ? ANSWER_SECTION : ANSWER_NONE;
    if (!connection_write(client, &say, 1) || item == NULL)
        return;
    section_status status =
        section_send(client->channel, item->section, SECTION_RIGHT_READ,
                     connection_left(client));
    if (status != SECTION_OK)
        fprintf(stderr, "a client: %s\n", section_status_text(status));
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc - 2 > MOST_FILES) {
        fprintf(stderr, "serve ADDRESS FILE...\n");
        return 2;
    }
    for (; item_count < argc - 2; item_count++) {
        struct item *item = &items[item_count];
        const char *path = argv[item_count + 2];
        item->name = last_part(path);
        section_status status = load(&item->section, path);
        if (status != SECTION_OK) {
            fprintf(stderr, "%s: %s\n", path, section_status_text(status));
            return 1;
        }
    }
    if (!connection_serve(argv[1], THREADS, PATIENCE, answer, NULL)) {
        fprintf(stderr, "%s: no place to serve at\n", argv[1]);
        return 1;
    }
    printf("serving (Enter ends it)\n");
    (void)fflush(stdout);
    (void)getchar();
    connection_end(argv[1]);
    return 0; /* with what clients still have: theirs lives on */
}
