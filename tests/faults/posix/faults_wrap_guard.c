/* SPDX-License-Identifier: MIT */
/*
 * The wrappers of what guards need once: a key, its values, and the handlers of
 * faults.
 */
#include "faults_calls.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

/* These two return their errors. */
int REAL(pthread_key_create)(pthread_key_t *key, void (*destroy)(void *value));
int WRAP(pthread_key_create)(pthread_key_t *key, void (*destroy)(void *value));
int WRAP(pthread_key_create)(pthread_key_t *key, void (*destroy)(void *value))
{
    int error = faults_error("pthread_key_create", false);
    return error != 0 ? error : REAL(pthread_key_create)(key, destroy);
}

/* The first value of a thread may need memory; one that takes the place of
 * another does not. */
int REAL(pthread_setspecific)(pthread_key_t key, const void *value);
int WRAP(pthread_setspecific)(pthread_key_t key, const void *value);
int WRAP(pthread_setspecific)(pthread_key_t key, const void *value)
{
    int error = value != NULL && pthread_getspecific(key) == NULL
                    ? faults_error("pthread_setspecific", false)
                    : 0;
    return error != 0 ? error : REAL(pthread_setspecific)(key, value);
}

int REAL(sigaction)(int signal, const struct sigaction *action,
                    struct sigaction *before);
int WRAP(sigaction)(int signal, const struct sigaction *action,
                    struct sigaction *before);

/* What was there before the last action of a signal was set. */
static struct sigaction replaced_segv, replaced_bus;

static const char *name_of(const struct sigaction *action,
                           const struct sigaction *replaced)
{
    if (action == NULL)
        return "sigaction look";
    /* A signal has only one handler, whichever member it is called by. */
    return memcmp(&action->sa_handler, &replaced->sa_handler,
                  sizeof(action->sa_handler)) == 0
               ? "sigaction back"
               : "sigaction";
}

int WRAP(sigaction)(int signal, const struct sigaction *action,
                    struct sigaction *before)
{
    /* cmocka and the C library have signals of their own. */
    if (signal != SIGSEGV && signal != SIGBUS)
        return REAL(sigaction)(signal, action, before);
    struct sigaction *replaced =
        signal == SIGBUS ? &replaced_bus : &replaced_segv;
    if (faults_fails(name_of(action, replaced)))
        return -1;
    struct sigaction old;
    int result = REAL(sigaction)(signal, action, &old);
    if (result == 0 && action != NULL)
        *replaced = old;
    if (result == 0 && before != NULL)
        *before = old;
    return result;
}
