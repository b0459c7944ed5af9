/* SPDX-License-Identifier: MIT */
/*
 * The wrappers of what gets views ready, keeps them, and gives them back.
 */
#include "faults_calls.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

int REAL(mlock)(const void *address, size_t length);
int WRAP(mlock)(const void *address, size_t length);
int WRAP(mlock)(const void *address, size_t length)
{
    return faults_fails("mlock") ? -1 : REAL(mlock)(address, length);
}

int REAL(munlock)(const void *address, size_t length);
int WRAP(munlock)(const void *address, size_t length);
int WRAP(munlock)(const void *address, size_t length)
{
    return faults_fails("munlock") ? -1 : REAL(munlock)(address, length);
}

/* These two return their errors. */
int REAL(posix_madvise)(void *address, size_t length, int advice);
int WRAP(posix_madvise)(void *address, size_t length, int advice);
int WRAP(posix_madvise)(void *address, size_t length, int advice)
{
    int error = faults_error("posix_madvise", false);
    if (error != 0)
        return error;
    bool before = faults_pause();
    error = REAL(posix_madvise)(address, length, advice);
    faults_resume(before);
    return error;
}

int REAL(pthread_create)(pthread_t *thread, const pthread_attr_t *attributes,
                         void *(*start)(void *), void *context);
int WRAP(pthread_create)(pthread_t *thread, const pthread_attr_t *attributes,
                         void *(*start)(void *), void *context);
int WRAP(pthread_create)(pthread_t *thread, const pthread_attr_t *attributes,
                         void *(*start)(void *), void *context)
{
    int error = faults_error("pthread_create", false);
    return error != 0
               ? error
               : REAL(pthread_create)(thread, attributes, start, context);
}

#ifdef MADV_HUGEPAGE
/* A preference for large pages is refused to nobody's harm. */
int REAL(madvise)(void *address, size_t length, int advice);
int WRAP(madvise)(void *address, size_t length, int advice);
int WRAP(madvise)(void *address, size_t length, int advice)
{
    const char *function =
        advice == MADV_HUGEPAGE ? "madvise huge pages" : "madvise";
    return faults_fails(function) ? -1 : REAL(madvise)(address, length, advice);
}

int REAL(sched_getaffinity)(pid_t process, size_t size, cpu_set_t *set);
int WRAP(sched_getaffinity)(pid_t process, size_t size, cpu_set_t *set);
int WRAP(sched_getaffinity)(pid_t process, size_t size, cpu_set_t *set)
{
    return faults_fails("sched_getaffinity")
               ? -1
               : REAL(sched_getaffinity)(process, size, set);
}
#endif
