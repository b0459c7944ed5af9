/* SPDX-License-Identifier: MIT */
#include "place.h"

#include "expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The path of a socket has to be short, so it is not among the files of the
 * run; and clients of other users have to get there. */
place place_new(void)
{
    place out;
    char directory[] = "/tmp/section-serve-XXXXXX";
    assert_that(mkdtemp(directory) != NULL);
    assert_that(chmod(directory, 0711) == 0);
    (void)snprintf(out.address, sizeof(out.address), "%s/socket", directory);
    return out;
}

bool place_is_free(const place *where)
{
    return access(where->address, F_OK) != 0;
}

void place_end(const place *where)
{
    place directory = *where;
    (void)unlink(where->address);
    *strrchr(directory.address, '/') = '\0';
    assert_that(rmdir(directory.address) == 0);
}
