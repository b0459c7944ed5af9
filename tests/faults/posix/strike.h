/* SPDX-License-Identifier: MIT */
/*
 * What a failed call of the C library has to come to, whatever the library was
 * doing.
 */
#ifndef TESTS_FAULTS_STRIKE_H
#define TESTS_FAULTS_STRIKE_H

#include "faults.h"

#include <section/section.h>

/* Whether it was a call of this function. */
bool struck(faults_strike strike, const char *function);

/* The status of a failure; SECTION_OK for an error that is never told. */
section_status status_of(faults_strike strike);

/* What each test ends with, whatever it has left armed. */
int strike_calm_down(void **state);

/* Let there be no place of names. */
void strike_without_names(void);

#endif
