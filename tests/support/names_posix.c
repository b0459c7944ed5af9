/* SPDX-License-Identifier: MIT */
#include "names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#if defined(__linux__)
#include <sched.h>
#include <sys/mount.h>
#endif

#define USER_VARIABLE    "SECTION_DIRECTORY"
#define MACHINE_VARIABLE "SECTION_MACHINE_DIRECTORY"

/* Memory, where the system has a place for it. */
#define PLACE_OF_MEMORY "/dev/shm"

/* ------------------------------------------------------------------------
 * A place of one's own
 * ------------------------------------------------------------------------ */

static char place[FILES_PATH_SIZE];
static pid_t owner_of_place;

/* The memory that a pulse tells of (posix_record.h) would stay for ever. */
static void remove_memory(const char *path, const struct stat *status)
{
    char memory[64];
    const char *name = strrchr(path, '/');
    if (!S_ISFIFO(status->st_mode) || name == NULL || name[1] != '~')
        return;
    (void)snprintf(memory, sizeof(memory), "/section.%s", name + 2);
    (void)shm_unlink(memory);
}

static void remove_tree(const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        return;
    if (!S_ISDIR(status.st_mode)) {
        remove_memory(path, &status);
        (void)unlink(path);
        return;
    }
    files_each(path, remove_tree);
    (void)rmdir(path);
}

static void remove_place(void)
{
    /* Forked children end, too. */
    if (getpid() != owner_of_place)
        return;
    /* Memory of the killed that is elsewhere: see posix_record.h. */
    (void)section_sweep(NULL, SECTION_SCOPE_USER);
    (void)section_sweep(NULL, SECTION_SCOPE_MACHINE);
    remove_tree(place);
}

static void set_variable(const char *name, const char *value)
{
    assert_that(setenv(name, value, 1) == 0);
}

static const char *where_to_be(void)
{
    struct stat status;
    const char *given = getenv(USER_VARIABLE);
    if (given != NULL && given[0] != '\0')
        return given;
    if (stat(PLACE_OF_MEMORY, &status) == 0 && S_ISDIR(status.st_mode))
        return PLACE_OF_MEMORY;
    given = getenv("TMPDIR");
    return given != NULL && given[0] != '\0' ? given : "/tmp";
}

void names_set_up(void)
{
    char prefix[32];
    (void)snprintf(place, sizeof(place), "%s/section-test-XXXXXX",
                   where_to_be());
    assert_that(mkdtemp(place) != NULL);
    owner_of_place = getpid();
    assert_that(atexit(remove_place) == 0);
    /* Others pass through here on their way to the machine's directory. */
    assert_that(chmod(place, 0755) == 0);
    file_path user = names_other_directory("user");
    assert_that(mkdir(user.text, 0700) == 0 && chmod(user.text, 0700) == 0);
    set_variable(USER_VARIABLE, user.text);
    set_variable(MACHINE_VARIABLE, names_other_directory("no-machine").text);
    (void)snprintf(prefix, sizeof(prefix), "t%ld.", (long)getpid());
    set_variable("SECTION_TEST_PREFIX", prefix);
}

/* ------------------------------------------------------------------------
 * Directories of names
 * ------------------------------------------------------------------------ */

bool names_are_files(void)
{
    return true;
}

file_path names_directory(void)
{
    file_path path;
    const char *directory = getenv(USER_VARIABLE);
    assert_that(directory != NULL);
    (void)snprintf(path.text, sizeof(path.text), "%s", directory);
    return path;
}

file_path names_other_directory(const char *name)
{
    if (place[0] != '\0')
        return files_join(place, name);
    /* A child: beside the one it was given. */
    file_path path = names_directory();
    char *end = strrchr(path.text, '/');
    assert_that(end != NULL);
    if (end != NULL)
        *end = '\0';
    return files_join(path.text, name);
}

void names_use_directory(const char *directory)
{
    set_variable(USER_VARIABLE, directory);
}

void names_use_machine_directory(const char *directory)
{
    set_variable(MACHINE_VARIABLE, directory);
}

bool names_make_machine_directory(const char *directory)
{
    return geteuid() == 0 && mkdir(directory, 0777) == 0 &&
           chmod(directory, 0777) == 0;
}

/* The user that owns nothing. */
#define NOBODY ((uid_t)65534)

static bool make_directory(const char *path, mode_t mode)
{
    return mkdir(path, 0700) == 0 && chmod(path, mode) == 0;
}

bool names_make_spoiled(names_spoiled kind, const char *path)
{
    char good[FILES_PATH_SIZE];
    switch (kind) {
    case SPOILED_STICKY:
        return make_directory(path, 01777);
    case SPOILED_ALIEN:
        return geteuid() == 0 && make_directory(path, 0700) &&
               chown(path, NOBODY, NOBODY) == 0;
    case SPOILED_GROUP:
        return make_directory(path, 0710);
    case SPOILED_OTHERS:
        return make_directory(path, 0702);
    case SPOILED_LINK:
        (void)snprintf(good, sizeof(good), "%s-good", path);
        return make_directory(good, 0700) && symlink(good, path) == 0;
    case SPOILED_FILE:
        file_make(path, 0);
        return true;
    case SPOILED_FIFO:
        return mkfifo(path, 0600) == 0;
    default:
        return false;
    }
}

void names_make_open_directory(const char *path)
{
    assert_that(make_directory(path, 01777));
}

void names_change_format(const char *directory, bool nonsense)
{
    char target[FILES_PATH_SIZE] = "";
    file_path format = files_join(directory, ".format");
    ssize_t length = readlink(format.text, target, sizeof(target) - 2);
    assert_that(length > 0);
    target[length] = '\0';
    if (nonsense) {
        (void)snprintf(target, sizeof(target), "nonsense");
    } else {
        /* The first number in it is the version. */
        size_t at = strcspn(target, "0123456789");
        assert_that(target[at] != '\0');
        target[at] = target[at] == '9' ? '8' : (char)(target[at] + 1);
    }
    assert_that(unlink(format.text) == 0);
    assert_that(symlink(target, format.text) == 0);
}

/*
 * A record begins with '='. Where it is a symbolic link, it tells the number of
 * a section that has a file beside it ('~' and the number); what is not
 * published yet has that alone.
 */
#define NUMBER_AT     2 /* in the target, after a version and a colon */
#define NUMBER_DIGITS 16

static bool read_number(char number[NUMBER_DIGITS + 1], const char *record)
{
    char target[FILES_PATH_SIZE];
    ssize_t length = readlink(record, target, sizeof(target));
    if (length < NUMBER_AT + NUMBER_DIGITS)
        return false;
    memcpy(number, target + NUMBER_AT, NUMBER_DIGITS);
    number[NUMBER_DIGITS] = '\0';
    return true;
}

/* Of the two files of a section the one that is counted. */
static bool is_of_a_section(const char *file)
{
    char number[NUMBER_DIGITS + 1], beside[NUMBER_DIGITS + 2];
    struct stat status;
    if (file[0] == '~')
        return true;
    if (file[0] != '=')
        return false;
    file_path directory = names_directory();
    if (!read_number(number, files_join(directory.text, file).text))
        return true;
    (void)snprintf(beside, sizeof(beside), "~%s", number);
    return lstat(files_join(directory.text, beside).text, &status) != 0;
}

size_t names_left(void)
{
    size_t count = 0;
    struct dirent *entry;
    DIR *entries = opendir(names_directory().text);
    while (entries != NULL && (entry = readdir(entries)) != NULL)
        count += is_of_a_section(entry->d_name);
    if (entries != NULL)
        (void)closedir(entries);
    return count;
}

void names_remove_directory(const char *directory)
{
    remove_tree(directory);
}

void names_picture(char text[NAMES_PICTURE_SIZE], const char *directory)
{
    size_t length = 0;
    struct stat status;
    struct dirent *entry;
    text[0] = '\0';
    if (lstat(directory, &status) != 0)
        return;
    length +=
        (size_t)snprintf(text, NAMES_PICTURE_SIZE, "%o %u",
                         (unsigned)status.st_mode, (unsigned)status.st_uid);
    DIR *entries = S_ISDIR(status.st_mode) ? opendir(directory) : NULL;
    while (entries != NULL && (entry = readdir(entries)) != NULL &&
           length < NAMES_PICTURE_SIZE - 64 - sizeof(entry->d_name)) {
        if (strcmp(entry->d_name, "..") == 0)
            continue;
        (void)lstat(files_join(directory, entry->d_name).text, &status);
        length += (size_t)snprintf(
            text + length, NAMES_PICTURE_SIZE - length, "\n%s %o %u %lld",
            entry->d_name, (unsigned)status.st_mode, (unsigned)status.st_uid,
            S_ISDIR(status.st_mode) ? 0LL : (long long)status.st_size);
    }
    if (entries != NULL)
        (void)closedir(entries);
}

#if defined(__linux__)
bool names_shrink_world(uint64_t bytes)
{
    char options[64];
    (void)snprintf(options, sizeof(options), "size=%llu,mode=1777",
                   (unsigned long long)bytes);
    /* Mounts of this process and its children alone (mount_namespaces(7)). */
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", PLACE_OF_MEMORY, "tmpfs", 0, options) != 0)
        return false;
    assert_that(mkdir(PLACE_OF_MEMORY "/user", 0700) == 0);
    names_use_directory(PLACE_OF_MEMORY "/user");
    return true;
}
#else
bool names_shrink_world(uint64_t bytes)
{
    (void)bytes;
    return false;
}
#endif

uint64_t names_room(void)
{
    struct statvfs status;
    assert_that(statvfs(PLACE_OF_MEMORY, &status) == 0);
    return (uint64_t)status.f_bavail * status.f_frsize;
}

/* ------------------------------------------------------------------------
 * What others do
 * ------------------------------------------------------------------------ */

static file_path entry_of(const char *name)
{
    char file[SECTION_NAME_MAX + 2];
    (void)snprintf(file, sizeof(file), "=%s", name);
    return files_join(names_directory().text, file);
}

bool names_take_away(const char *name)
{
    return unlink(entry_of(name).text) == 0;
}

/* What links lead to, and the other name of a file. */
static file_path beside(const char *name)
{
    char file[SECTION_NAME_MAX + 2];
    (void)snprintf(file, sizeof(file), "x%s", name);
    return names_other_directory(file);
}

static bool make_alien(const char *path)
{
    if (geteuid() != 0)
        return false;
    file_make(path, 4096);
    assert_that(chmod(path, 0666) == 0);
    return chown(path, NOBODY, NOBODY) == 0;
}

bool names_plant(names_planted kind, const char *name)
{
    file_path path = entry_of(name), other = beside(name);
    switch (kind) {
    case PLANTED_LINK:
        file_make(other.text, 4096);
        assert_that(chmod(other.text, 0600) == 0);
        return symlink(other.text, path.text) == 0;
    case PLANTED_DEAD_LINK:
        return symlink(other.text, path.text) == 0;
    case PLANTED_FIFO:
        return mkfifo(path.text, 0600) == 0;
    case PLANTED_DIRECTORY:
        return mkdir(path.text, 0700) == 0;
    case PLANTED_HARD_LINK:
        file_make(other.text, 4096);
        assert_that(chmod(other.text, 0600) == 0);
        return link(other.text, path.text) == 0;
    case PLANTED_EMPTY_FILE:
        file_make(path.text, 0);
        return true;
    case PLANTED_ALIEN:
        return make_alien(path.text);
    default:
        return false;
    }
}

/* What each kind looks like: its type, links and bytes. */
static const struct {
    mode_t type;
    nlink_t links;
    off_t size;
} looks[PLANTED_COUNT] = {
    [PLANTED_LINK] = {S_IFLNK, 1, -1},
    [PLANTED_DEAD_LINK] = {S_IFLNK, 1, -1},
    [PLANTED_FIFO] = {S_IFIFO, 1, 0},
    [PLANTED_DIRECTORY] = {S_IFDIR, 2, -1},
    [PLANTED_HARD_LINK] = {S_IFREG, 2, 4096},
    [PLANTED_EMPTY_FILE] = {S_IFREG, 1, 0},
    [PLANTED_ALIEN] = {S_IFREG, 1, 4096},
};

bool names_is_planted(names_planted kind, const char *name)
{
    struct stat status, other;
    if (lstat(entry_of(name).text, &status) != 0)
        return false;
    if ((status.st_mode & S_IFMT) != looks[kind].type ||
        status.st_nlink != looks[kind].links)
        return false;
    /* What a link leads to is as it was, too. */
    bool is_other = lstat(beside(name).text, &other) == 0;
    if (is_other != (kind == PLANTED_LINK || kind == PLANTED_HARD_LINK) ||
        (is_other && other.st_size != 4096))
        return false;
    return looks[kind].size < 0 || status.st_size == looks[kind].size;
}

void names_uproot(names_planted kind, const char *name)
{
    (void)kind;
    remove_tree(entry_of(name).text);
    remove_tree(beside(name).text);
}

static int guard = -1;

bool names_hold_guard(const char *name)
{
    char number[NUMBER_DIGITS + 1], file[16];
    file_path path = entry_of(name);
    /* One for all numbers whose last six bits are the same. */
    if (read_number(number, path.text)) {
        (void)snprintf(file, sizeof(file), ".lock-%02lx",
                       strtoul(number + NUMBER_DIGITS - 2, NULL, 16) & 0x3f);
        path = files_join(names_directory().text, file);
    }
    guard = open(path.text, O_RDONLY | O_CLOEXEC);
    assert_that(guard >= 0);
    return flock(guard, LOCK_EX) == 0;
}

void names_release_guard(void)
{
    (void)close(guard);
    guard = -1;
}

bool names_read_by_system(const char *name, void *bytes, size_t length)
{
    (void)name;
    (void)bytes;
    (void)length;
    return false;
}
