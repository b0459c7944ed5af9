/* SPDX-License-Identifier: MIT */
#include "names.h"

#include "process.h"

#include <stdio.h>
#include <stdlib.h>

/* In the environment, so that children have the same. */
#define PREFIX_VARIABLE "SECTION_TEST_PREFIX"

test_name names_prefix(void)
{
    test_name prefix;
    const char *found = getenv(PREFIX_VARIABLE);
    assert_that(found != NULL);
    (void)snprintf(prefix.text, sizeof(prefix.text), "%s", found);
    return prefix;
}

test_name names_unique(const char *name)
{
    test_name unique;
    test_name prefix = names_prefix();
    int length = snprintf(unique.text, sizeof(unique.text), "%.40s%s",
                          prefix.text, name);
    assert_that(length > 0 && (size_t)length < sizeof(unique.text));
    return unique;
}
