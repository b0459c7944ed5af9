/* SPDX-License-Identifier: MIT */
/*
 * The directory of a run: made at first use, removed at exit.
 */
#include "files.h"

#include <stdio.h>
#include <stdlib.h>

static char place[FILES_PATH_SIZE];

static void remove_entry(const char *path)
{
    file_make_read_only(path, false);
    if (!file_remove(path))
        directory_remove(path);
}

static void remove_place(void)
{
    files_each(place, remove_entry);
    directory_remove(place);
}

file_path files_join(const char *directory, const char *name)
{
    file_path path;
    int length =
        snprintf(path.text, sizeof(path.text), "%s/%s", directory, name);
    assert_true(length > 0 && (size_t)length < sizeof(path.text));
    return path;
}

file_path files_path(const char *name)
{
    if (place[0] == '\0') {
        files_make_place(place, sizeof(place));
        assert_int_equal(atexit(remove_place), 0);
    }
    return files_join(place, name);
}
