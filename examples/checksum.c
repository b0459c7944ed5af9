/* SPDX-License-Identifier: MIT */
/* Checksums of files that others may cut meanwhile. */
#include "crc32c.h"

#include <section/section.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WINDOW ((uint64_t)64 << 20) /* bytes mapped at a time */

/* A checksum that is being made. */
typedef struct work {
    section *file;
    uint64_t size;
    uint32_t sum;
    section_view view; /* of one window */
} work;

/* Runs in a guard: holds nothing, and what it has begun can be thrown away. */
static section_status add_bytes(void *context)
{
    work *w = context;
    w->sum = crc32c(w->sum, w->view.data, w->view.length);
    return SECTION_OK;
}

static section_status add_window(work *w, uint64_t offset)
{
    uint64_t rest = w->size - offset;
    size_t length = (size_t)(rest < WINDOW ? rest : WINDOW);
    section_status status =
        section_map(&w->view, w->file, offset, length, SECTION_ACCESS_READ);
    if (status != SECTION_OK)
        return status;
    /* A hint: not every system listens. */
    (void)section_view_advise(&w->view, 0, 0, SECTION_ADVICE_SEQUENTIAL);
    status = section_guard(&w->view, add_bytes, w, NULL);
    section_status unmapped = section_unmap(&w->view);
    return status == SECTION_OK ? unmapped : status;
}

/* Pages that are cut away fault, but not bytes of the last page that stays:
 * they are zero. So look at the file once more. */
static section_status look_again(const work *w, const char *path)
{
    section *now;
    section_info info = SECTION_INFO_INIT;
    section_status status = section_open_file(&now, path, SECTION_RIGHT_READ);
    if (status == SECTION_OK)
        status = section_get_info(&info, now);
    section_close(now);
    if (status == SECTION_EMPTY ||
        (status == SECTION_OK && info.size < w->size))
        return SECTION_FAULT;
    return status;
}

static section_status add_file(work *w, const char *path)
{
    section_info info = SECTION_INFO_INIT;
    section_status status =
        section_open_file(&w->file, path, SECTION_RIGHT_READ);
    if (status == SECTION_EMPTY)
        return SECTION_OK; /* no bytes, and their checksum */
    if (status == SECTION_OK)
        status = section_get_info(&info, w->file);
    w->size = info.size;
    for (uint64_t at = 0; status == SECTION_OK && at < w->size; at += WINDOW)
        status = add_window(w, at);
    if (status == SECTION_OK)
        status = look_again(w, path);
    section_close(w->file);
    return status;
}

/* Prints a checksum of each file: checksum FILE... A file that is cut while it
 * is read is an error like any other, and the next one has its turn. */
int main(int argc, char **argv)
{
    int result = 0;
    for (int i = 1; i < argc; i++) {
        work w;
        memset(&w, 0, sizeof(w));
        section_status status = add_file(&w, argv[i]);
        if (status == SECTION_OK) {
            printf("%08" PRIx32 "  %s\n", w.sum, argv[i]);
            continue;
        }
        result = 1;
        if (status == SECTION_FAULT)
            fprintf(stderr, "%s: was cut, or failed, while it was read\n",
                    argv[i]);
        else
            fprintf(stderr, "%s: %s\n", argv[i], section_status_text(status));
    }
    return result;
}
