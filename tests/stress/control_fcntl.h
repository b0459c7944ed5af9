/* SPDX-License-Identifier: MIT */
/*
 * fcntl() for the controls that have locks in another way. Whatever its
 * argument is, it is handed on as a pointer, which only the commands of locks
 * look at.
 */
#ifndef TESTS_STRESS_CONTROL_FCNTL_H
#define TESTS_STRESS_CONTROL_FCNTL_H

#include "control.h"

#include <fcntl.h>

/* As the C library has it. */
int REAL_LARGE(fcntl)(int descriptor, int command, void *argument);

/* What the control makes of it. */
int control_fcntl(int descriptor, int command, void *argument);

#endif
