/* SPDX-License-Identifier: MIT */
/*
 * What other files of the POSIX back end need of an object.
 */
#ifndef SECTION_POSIX_OBJECT_H
#define SECTION_POSIX_OBJECT_H

#include "posix_internal.h"

/* The object's read-only descriptor, opened at first need and then kept. */
section_os_result posix_object_reader(int *out, section_os_object *object);

#endif
