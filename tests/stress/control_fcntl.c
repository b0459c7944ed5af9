/* SPDX-License-Identifier: MIT */
/*
 * Takes the arguments of fcntl() out of its variable list for the control.
 */
#include "control_fcntl.h"

#include <stdarg.h>

int WRAP_LARGE(fcntl)(int descriptor, int command, ...);

int WRAP_LARGE(fcntl)(int descriptor, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return control_fcntl(descriptor, command, argument);
}
