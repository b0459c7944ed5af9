/* SPDX-License-Identifier: MIT */
/*
 * Takes a file from a server that it does not trust either (serve.c): fetch
 * ADDRESS NAME FILE writes into FILE what the server calls NAME.
 */
#include "connection.h"
#include "request.h"

#include <stdio.h>
#include <string.h>

#define PATIENCE 10000

/* More than this nobody is meant to serve. */
#define MOST_BYTES ((uint64_t)1 << 30)

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    return 1;
}

/* ------------------------------------------------------------------------
 * What was received
 * ------------------------------------------------------------------------ */

/* Whether it is what was asked for. That it is a section of this size, and only
 * to be read, section_receive() has made sure of. A file would not do: whoever
 * reads one waits for its disk, or for whatever plays the disk. */
static bool is_acceptable(const section_info *info)
{
    return info->kind == SECTION_KIND_MEMORY && info->size <= MOST_BYTES;
}

/* What the system keeps the server from, for those who want to read the memory
 * where it is. Here it is copied first, so that it does not matter. */
static void tell_seals(const section_info *info)
{
    fprintf(stderr, "%lu bytes, which %s change and %s get lost\n",
            (unsigned long)info->size,
            (info->seals & SECTION_SEAL_WRITERS) != 0 ? "cannot" : "can",
            (info->seals & SECTION_SEAL_SHRINK) != 0 ? "cannot" : "can");
}

/* What may change is looked at once: what was checked is what is used. What may
 * get lost is read by section_view_read(), which says so. */
static section_status copy(FILE *to, const section_view *from)
{
    char bytes[16384];
    section_status status = SECTION_OK;
    for (size_t done = 0; done < from->length && status == SECTION_OK;) {
        size_t length = from->length - done;
        if (length > sizeof(bytes))
            length = sizeof(bytes);
        status = section_view_read(from, done, bytes, length, NULL);
        if (status == SECTION_OK && fwrite(bytes, 1, length, to) != length)
            status = SECTION_IO;
        done += length;
    }
    return status;
}

static section_status keep(const char *path, const section *received)
{
    section_view view;
    section_status status =
        section_map(&view, received, 0, 0, SECTION_ACCESS_READ);
    if (status != SECTION_OK)
        return status;
    FILE *file = fopen(path, "wb");
    if (file != NULL) {
        status = copy(file, &view);
        if (fclose(file) != 0 && status == SECTION_OK)
            status = SECTION_IO;
    } else {
        status = SECTION_IO;
    }
    (void)section_unmap(&view);
    return status;
}

/* ------------------------------------------------------------------------
 * The server
 * ------------------------------------------------------------------------ */

static bool ask(const connection *server, const char *name)
{
    char request[REQUEST_SIZE] = {0}, answer;
    size_t length = strlen(name) + 1;
    if (length > sizeof(request))
        return false;
    memcpy(request, name, length);
    return connection_write(server, request, sizeof(request)) &&
           connection_read(server, &answer, 1) && answer == ANSWER_SECTION;
}

static int fetch(const connection *server, const char *name, const char *path)
{
    section *received;
    section_info info = SECTION_INFO_INIT;
    if (!ask(server, name))
        return fail(name, "the server does not have it");
    section_status status =
        section_receive(&received, server->channel, connection_left(server));
    if (status == SECTION_OK)
        status = section_get_info(&info, received);
    if (status == SECTION_OK && !is_acceptable(&info))
        status = SECTION_UNTRUSTED;
    if (status == SECTION_OK) {
        tell_seals(&info);
        status = keep(path, received);
    }
    section_close(received);
    return status == SECTION_OK ? 0 : fail(name, section_status_text(status));
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "fetch ADDRESS NAME FILE\n");
        return 2;
    }
    connection server;
    if (!connection_open(&server, argv[1], PATIENCE))
        return fail(argv[1], "nobody serves here");
    int result = fetch(&server, argv[2], argv[3]);
    connection_close(&server);
    return result;
}
