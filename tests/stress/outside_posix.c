/* SPDX-License-Identifier: MIT */
#include "outside.h"

#include "orphans.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATH_ROOM 512

/* ------------------------------------------------------------------------
 * Shared memory
 * ------------------------------------------------------------------------ */

static const char *place_of_files(void)
{
    struct stat status;
    const char *given = getenv("TMPDIR");
    if (stat("/dev/shm", &status) == 0 && S_ISDIR(status.st_mode))
        return "/dev/shm";
    return given != NULL && given[0] != '\0' ? given : "/tmp";
}

void *outside_attach(intptr_t number, size_t size)
{
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, (int)number, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

/* A file without a name, whose descriptor every child has. */
void *outside_share(size_t size, intptr_t *number)
{
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof(path), "%s/section-stress-log-XXXXXX",
                   place_of_files());
    int low = mkstemp(path);
    if (low < 0)
        return NULL;
    (void)unlink(path);
    int file = fcntl(low, F_DUPFD, 3);
    (void)close(low);
    if (file < 0)
        return NULL;
    void *memory = NULL;
    if (ftruncate(file, (off_t)size) == 0)
        memory = outside_attach(file, size);
    if (memory == NULL)
        (void)close(file);
    *number = file;
    return memory;
}

void outside_unshare(void *memory, size_t size, intptr_t number)
{
    (void)munmap(memory, size);
    (void)close((int)number);
}

/* ------------------------------------------------------------------------
 * Starting
 * ------------------------------------------------------------------------ */

#define MOST_WORDS 8

static char *program;

void outside_begin(const char *first_word)
{
    const struct rlimit none = {0, 0};
    program = realpath(first_word, NULL);
    /* Crashes are on purpose. */
    (void)setrlimit(RLIMIT_CORE, &none);
}

void outside_become(const char *const words[], size_t count)
{
    char *all[MOST_WORDS] = {program};
    for (size_t i = 0; i < count && i + 2 < MOST_WORDS; i++)
        all[i + 1] = (char *)words[i];
    if (program != NULL)
        (void)execv(program, all);
}

intptr_t outside_start(const char *const words[], size_t count)
{
    pid_t process = fork();
    if (process == 0) {
        outside_become(words, count);
        _exit(127);
    }
    return process > 0 ? process : 0;
}

bool outside_forks(void)
{
    return true;
}

intptr_t outside_fork(void)
{
    return fork();
}

intptr_t outside_self(void)
{
    return getpid();
}

/* ------------------------------------------------------------------------
 * Ends
 * ------------------------------------------------------------------------ */

static void describe(outside_death *out, pid_t process, int status)
{
    out->process = process;
    out->normal = false;
    if (WIFEXITED(status)) {
        out->normal = WEXITSTATUS(status) == 0;
        (void)snprintf(out->text, sizeof(out->text), "exit code %d",
                       WEXITSTATUS(status));
    } else if (WIFSIGNALED(status)) {
        int number = WTERMSIG(status);
        out->normal = number == SIGKILL || number == SIGSEGV;
        (void)snprintf(out->text, sizeof(out->text), "signal %d", number);
    }
}

static bool reap(outside_death *out, pid_t which)
{
    int status;
    pid_t process;
    do
        process = waitpid(which, &status, WNOHANG);
    while (process < 0 && errno == EINTR);
    if (process <= 0)
        return false;
    describe(out, process, status);
    return true;
}

bool outside_reap(outside_death *out)
{
    return reap(out, -1);
}

bool outside_reap_one(outside_death *out, intptr_t process)
{
    return reap(out, (pid_t)process);
}

bool outside_is_childless(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 &&
           errno == ECHILD;
}

bool outside_adopt_orphans(void)
{
    return orphans_adopt();
}

bool outside_is_gone(intptr_t process)
{
    return kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

void outside_kill(intptr_t process)
{
    (void)kill((pid_t)process, SIGKILL);
}

bool outside_stop(intptr_t process)
{
    return kill((pid_t)process, SIGSTOP) == 0;
}

bool outside_continue(intptr_t process)
{
    return kill((pid_t)process, SIGCONT) == 0;
}

void outside_quick_exit(void)
{
    _exit(0);
}

void outside_crash(void)
{
    /* Also where a sanitizer would rather tell of it. */
    (void)signal(SIGSEGV, SIG_DFL);
    (void)raise(SIGSEGV);
    outside_suicide();
}

void outside_suicide(void)
{
    (void)kill(getpid(), SIGKILL);
    for (;;)
        (void)pause();
}

void outside_stop_self(void)
{
    /* Sent to the process, another thread could take it after this one has gone
     * on, and said that it is not stopped any more. */
    (void)raise(SIGSTOP);
}

/* ------------------------------------------------------------------------
 * Threads and time
 * ------------------------------------------------------------------------ */

struct thread {
    pthread_t id;
    size_t index;
    void (*work)(size_t index);
};

static void *run(void *argument)
{
    struct thread *self = argument;
    self->work(self->index);
    return NULL;
}

bool outside_run(size_t count, void (*work)(size_t index))
{
    static struct thread threads[OUTSIDE_THREADS];
    size_t started = 1;
    for (; started < count; started++) {
        threads[started].index = started;
        threads[started].work = work;
        if (pthread_create(&threads[started].id, NULL, run,
                           &threads[started]) != 0)
            break;
    }
    work(0);
    for (size_t i = 1; i < started; i++)
        (void)pthread_join(threads[i].id, NULL);
    return started >= count;
}

uint64_t outside_milliseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void outside_sleep(uint32_t microseconds)
{
    struct timespec length = {(time_t)(microseconds / 1000000),
                              (long)(microseconds % 1000000) * 1000};
    (void)nanosleep(&length, NULL);
}

void outside_yield(void)
{
    (void)sched_yield();
}

/* ------------------------------------------------------------------------
 * The place of names
 * ------------------------------------------------------------------------ */

static char root[PATH_ROOM / 2];
static char users[PATH_ROOM];
static char machines[PATH_ROOM];

/* When the place was made; what is older is not ours. */
static struct timespec since;

static bool make_directory(const char *path, mode_t mode, const char *variable)
{
    return setenv(variable, path, 1) == 0 && mkdir(path, 0700) == 0 &&
           chmod(path, mode) == 0;
}

bool outside_make_place(bool *machine)
{
    const char *given = getenv("SECTION_DIRECTORY");
    (void)clock_gettime(CLOCK_REALTIME, &since);
    (void)snprintf(root, sizeof(root), "%s/section-stress-XXXXXX",
                   given != NULL && given[0] != '\0' ? given
                                                     : place_of_files());
    if (mkdtemp(root) == NULL) {
        perror(root);
        return false;
    }
    (void)snprintf(users, sizeof(users), "%s/user", root);
    (void)snprintf(machines, sizeof(machines), "%s/machine", root);
    /* Only root has a place for the machine's names. */
    *machine = geteuid() == 0 &&
               make_directory(machines, 0777, "SECTION_MACHINE_DIRECTORY");
    if (make_directory(users, 0700, "SECTION_DIRECTORY"))
        return true;
    perror(users);
    return false;
}

/* What is in a directory besides what stays there by design: the marker of the
 * format, and files of no name that the protocol locks, which have no bytes. */
static bool stays(int directory, const char *name)
{
    struct stat status;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return true;
    if (name[0] != '.' ||
        fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    return S_ISLNK(status.st_mode) ||
           (S_ISREG(status.st_mode) && status.st_size == 0);
}

static void add_text(char *text, size_t size, const char *name)
{
    size_t used = strlen(text);
    (void)snprintf(text + used, size - used, " %.40s", name);
}

static unsigned count_left(const char *path, char *text, size_t size)
{
    unsigned count = 0;
    DIR *directory = opendir(path);
    if (directory == NULL)
        return 0;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (stays(dirfd(directory), entry->d_name))
            continue;
        add_text(text, size, entry->d_name);
        count++;
    }
    (void)closedir(directory);
    return count;
}

/* Where the objects of shm_open() are, if they are files, and what the
 * library's are called. */
#define MEMORY        "/dev/shm"
#define MEMORY_PREFIX "section."

static bool is_ours(int memory, const char *name, const uint64_t head[2],
                    bool alone)
{
    struct stat status;
    uint64_t found[2] = {0, 0};
    int file = openat(memory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return false;
    bool ours = read(file, found, sizeof(found)) == (ssize_t)sizeof(found) &&
                memcmp(found, head, sizeof(found)) == 0;
    if (alone && fstat(file, &status) == 0)
        ours = status.st_ctim.tv_sec > since.tv_sec ||
               (status.st_ctim.tv_sec == since.tv_sec &&
                status.st_ctim.tv_nsec > since.tv_nsec);
    (void)close(file);
    return ours;
}

static unsigned count_memory(char *text, size_t size, const uint64_t head[2],
                             bool alone)
{
    unsigned count = 0;
    DIR *directory = opendir(MEMORY);
    if (directory == NULL)
        return 0;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (strncmp(entry->d_name, MEMORY_PREFIX, strlen(MEMORY_PREFIX)) != 0 ||
            !is_ours(dirfd(directory), entry->d_name, head, alone))
            continue;
        add_text(text, size, entry->d_name);
        count++;
    }
    (void)closedir(directory);
    return count;
}

unsigned outside_count_left(char *text, size_t size, const uint64_t head[2],
                            bool alone)
{
    text[0] = '\0';
    return count_left(users, text, size) + count_left(machines, text, size) +
           count_memory(text, size, head, alone);
}

static void empty(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL)
        return;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
    (void)closedir(directory);
    (void)rmdir(path);
}

void outside_remove_place(void)
{
    empty(users);
    empty(machines);
    (void)rmdir(root);
}

listing_kind outside_listings(void)
{
    return LISTING_EXACT;
}
