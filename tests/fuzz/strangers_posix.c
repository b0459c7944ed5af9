/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that every POSIX system has.
 */
#include "strangers.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 256

_Noreturn void fuzz_broken(const char *what, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

void strangers_add(strangers *to, int descriptor)
{
    FUZZ_CHECK(descriptor >= 0 && to->count < STRANGERS_MOST);
    to->descriptors[to->count++] = descriptor;
}

static void add_pair(strangers *to, const int ends[2])
{
    strangers_add(to, ends[0]);
    strangers_add(to, ends[1]);
}

static void add_file(strangers *to, const char *directory, const char *name,
                     off_t size)
{
    const int modes[] = {O_RDONLY, O_WRONLY, O_RDWR};
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    int made = open(path, O_RDWR | O_CREAT, 0600);
    FUZZ_CHECK(made >= 0 && ftruncate(made, size) == 0);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        strangers_add(to, open(path, modes[i]));
    (void)close(made);
}

/* Memory as pure POSIX has it, with which a file can be taken for memory. */
static void add_shared_memory(strangers *to, off_t size)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "/stranger.%ld.%ld", (long)getpid(),
                   (long)size);
    int made = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    FUZZ_CHECK(made >= 0 && ftruncate(made, size) == 0);
    strangers_add(to, made);
    strangers_add(to, shm_open(name, O_RDONLY, 0));
    (void)shm_unlink(name);
}

void strangers_make(strangers *to, const char *directory)
{
    int ends[2];
    char path[PATH_SIZE];
    FUZZ_CHECK(pipe(ends) == 0);
    add_pair(to, ends);
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    add_pair(to, ends);
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
    add_pair(to, ends);
    strangers_add(to, open("/", O_RDONLY));
    strangers_add(to, open("/dev/null", O_RDWR));
    strangers_add(to, open("/dev/zero", O_RDONLY));
    (void)snprintf(path, sizeof(path), "%s/fifo", directory);
    FUZZ_CHECK(mkfifo(path, 0600) == 0);
    strangers_add(to, open(path, O_RDONLY | O_NONBLOCK));
    strangers_add(to, open(path, O_RDWR | O_NONBLOCK));
    add_file(to, directory, "empty", 0);
    add_file(to, directory, "small", 100);
    add_file(to, directory, "equal", 5000);
    add_file(to, directory, "large", 1 << 20);
    add_shared_memory(to, 100);
    add_shared_memory(to, 5000);
}

void strangers_tidy(const char *directory)
{
    DIR *entries = opendir(directory);
    FUZZ_CHECK(entries != NULL);
    for (struct dirent *e = readdir(entries); e != NULL; e = readdir(entries))
        (void)unlinkat(dirfd(entries), e->d_name, 0);
    (void)closedir(entries);
    (void)rmdir(directory);
}
