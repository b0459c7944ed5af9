/* SPDX-License-Identifier: MIT */
/*
 * What the table of posix_status.c and posix_map_failure() say, written down a
 * second time: a table that was read from there would agree with any mistake.
 * And what tests with failing calls begin and end with.
 */
#include "strike.h"

#include "expect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool struck(faults_strike strike, const char *function)
{
    return strcmp(strike.function, function) == 0;
}

static bool maps(faults_strike strike)
{
    return struck(strike, "mmap") || struck(strike, "munmap") ||
           struck(strike, "mprotect");
}

section_status status_of(faults_strike strike)
{
    switch (strike.error) {
    case ENOENT:
        return SECTION_NOT_FOUND;
    case ENOMEM:
        return maps(strike) ? SECTION_LIMIT : SECTION_NO_MEMORY;
    case EMFILE:
    case ENFILE:
    case EOVERFLOW:
    case ENOLCK:
        return SECTION_LIMIT;
    case EACCES:
    case EPERM:
    case EROFS:
        return SECTION_ACCESS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return SECTION_NO_SPACE;
    case EIO:
        return SECTION_IO;
    case ENODEV:
    case ENOSYS:
    case EOPNOTSUPP:
        return SECTION_UNSUPPORTED;
    case EBADF:
        return SECTION_INVALID;
    default:
        return SECTION_OK;
    }
}

int strike_calm_down(void **state)
{
    (void)state;
    (void)faults_disarm();
    faults_lack(NULL, 0);
    faults_before_lacking(NULL, NULL);
    return 0;
}

void strike_without_names(void)
{
    assert_int_equal(setenv("SECTION_DIRECTORY", "/nowhere/names", 1), 0);
    assert_int_equal(setenv("SECTION_MACHINE_DIRECTORY", "/nowhere/names", 1),
                     0);
}
