/* SPDX-License-Identifier: MIT */
/*
 * The check of the log: whether what all the calls of a round answered can be
 * true, given who certainly and who possibly held what at each moment.
 *
 * A handle certainly holds from the return of the call that gave it until the
 * call that closes it, or until its process was about to be killed. It possibly
 * holds from the begin of the one call to the end of the other, or until its
 * process was seen dead. A call that was cut short by a kill may have got any
 * incarnation of the name. A forked child holds what its parent held when it
 * forked, certainly or possibly.
 *
 * An incarnation lives without a gap: it certainly lived from the first moment
 * at which somebody certainly held it to the last.
 */
#ifndef TESTS_STRESS_CHECK_H
#define TESTS_STRESS_CHECK_H

#include "history.h"

#include <stdio.h>

/* Check a history whose processes are all dead, and complain in it. False if
 * there is no memory for it. */
bool check_history(history *h);

/* Tell what happened to a name around a moment. */
void check_show(const history *h, uint32_t name, moment when, FILE *to);

#endif
