/* SPDX-License-Identifier: MIT */
/*
 * Where names are: a directory for each user, and one for the machine that an
 * administrator has made. Which directory it is depends on the effective user
 * alone, unless the environment says so explicitly; it is checked and never
 * silently replaced by another place (docs/security.md).
 */
#include "posix_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In memory, where the system has a file system for that. */
#ifndef SECTION_NAMESPACE_ROOT
#if defined(__linux__)
#define SECTION_NAMESPACE_ROOT "/dev/shm"
#elif defined(__NetBSD__)
#define SECTION_NAMESPACE_ROOT "/var/shm"
#else
#define SECTION_NAMESPACE_ROOT "/tmp"
#endif
#endif

/* What an administrator makes: root's, and with the machine's names inside; if
 * everyone may write there and it is sticky, the users' directories as well. */
#define ADMINISTRATORS_PLACE SECTION_NAMESPACE_ROOT "/.section"

/* Tells the format of all that is in a directory. The target of a symbolic link
 * is written and read at once. */
#define MARKER ".format"

/* As long as any path we make up or are given. */
#define PATH_SIZE 4096

/*
 * The directories found last, one for each scope. A descriptor is kept, because
 * it survives chroot() and costs less than a walk; but programs close what they
 * do not know, so it is asked each time whether it still is what it was.
 */
typedef struct known_place {
    int directory; /* 0: none yet */
    uid_t user;
    dev_t device;
    ino_t number;
} known_place;

static known_place known[2];
static pthread_mutex_t known_lock = PTHREAD_MUTEX_INITIALIZER;

/* ------------------------------------------------------------------------
 * Which directory it is
 * ------------------------------------------------------------------------ */

static bool is_administrators(const struct stat *status)
{
    return S_ISDIR(status->st_mode) && status->st_uid == 0;
}

/* A path, and whether somebody chose it. */
typedef struct choice {
    char path[PATH_SIZE];
    bool chosen;
} choice;

static section_os_result take_override(choice *out, const char *variable)
{
    const char *value = posix_environment(variable);
    out->chosen = value != NULL && value[0] != '\0';
    if (!out->chosen)
        return posix_ok();
    size_t length = strlen(value);
    if (length >= sizeof(out->path) || value[0] != '/')
        return posix_verdict(SECTION_ACCESS, EINVAL);
    memcpy(out->path, value, length + 1);
    return posix_ok();
}

/* The users' directories are inside the administrator's place where everyone
 * can make one there and nobody can take away that of another. */
static section_os_result choose_users(choice *out, uid_t user)
{
    section_os_result result = take_override(out, "SECTION_DIRECTORY");
    if (result.status != SECTION_OK || out->chosen)
        return result;
    struct stat status;
    const mode_t open_to_all = S_ISVTX | S_IWOTH | S_IXOTH;
    bool inside = lstat(ADMINISTRATORS_PLACE, &status) == 0 &&
                  is_administrators(&status) &&
                  (status.st_mode & open_to_all) == open_to_all;
    (void)snprintf(out->path, sizeof(out->path), "%s%c%llu",
                   ADMINISTRATORS_PLACE, inside ? '/' : '-',
                   (unsigned long long)user);
    return posix_ok();
}

static section_os_result choose_machines(choice *out)
{
    section_os_result result = take_override(out, "SECTION_MACHINE_DIRECTORY");
    if (result.status != SECTION_OK || out->chosen)
        return result;
    struct stat status;
    if (lstat(ADMINISTRATORS_PLACE, &status) != 0)
        return posix_verdict(SECTION_UNSUPPORTED, errno);
    if (!is_administrators(&status))
        return posix_verdict(SECTION_ACCESS, 0);
    (void)snprintf(out->path, sizeof(out->path), "%s/machine",
                   ADMINISTRATORS_PLACE);
    return posix_ok();
}

/* ------------------------------------------------------------------------
 * Opening and checking it
 * ------------------------------------------------------------------------ */

/* Nobody but the user can do anything in the directory. */
static section_os_result check_users(const struct stat *status, uid_t user)
{
    if (!S_ISDIR(status->st_mode) || status->st_uid != user ||
        (status->st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return posix_verdict(SECTION_ACCESS, 0);
    return posix_ok();
}

/* In a sticky directory nobody could remove the dead names of others. */
static section_os_result check_machines(const struct stat *status)
{
    if (!is_administrators(status))
        return posix_verdict(SECTION_ACCESS, 0);
    if ((status->st_mode & S_ISVTX) != 0)
        return posix_verdict(SECTION_UNSUPPORTED, 0);
    return posix_ok();
}

static section_os_result check_directory(const struct stat *status,
                                         section_scope scope, uid_t user)
{
    return scope == SECTION_SCOPE_USER ? check_users(status, user)
                                       : check_machines(status);
}

/* The marker says what all that is here is; the first to come writes it. */
static section_os_result check_format(int directory, bool make)
{
    char found[64];
    size_t length = strlen(posix_name_format);
    for (int i = 0; i < 2; i++) {
        ssize_t read = readlinkat(directory, MARKER, found, sizeof(found));
        if (read >= 0) {
            bool ours = (size_t)read == length &&
                        memcmp(found, posix_name_format, length) == 0;
            return ours ? posix_ok() : posix_verdict(SECTION_UNSUPPORTED, 0);
        }
        /* EINVAL: it is something else. */
        if (errno == EINVAL)
            return posix_verdict(SECTION_UNSUPPORTED, errno);
        if (errno != ENOENT || !make)
            return posix_failure(errno);
        if (symlinkat(posix_name_format, directory, MARKER) != 0 &&
            errno != EEXIST)
            return posix_failure(errno);
    }
    return posix_verdict(SECTION_BUSY, 0);
}

/* What a directory that cannot be opened means. */
static section_os_result directory_failure(section_scope scope, int error)
{
    switch (error) {
    case ENOENT:
        return posix_verdict(scope == SECTION_SCOPE_USER ? SECTION_NOT_FOUND
                                                         : SECTION_UNSUPPORTED,
                             error);
    /* A symbolic link, a file, ... in its place. */
    case ELOOP:
    case ENOTDIR:
        return posix_verdict(SECTION_ACCESS, error);
    default:
        return posix_failure(error);
    }
}

static section_os_result make_directory(bool *made, const char *path)
{
    *made = mkdir(path, S_IRWXU) == 0;
    if (*made || errno == EEXIST)
        return posix_ok();
    /* There is no place for it to be in. */
    if (errno == ENOENT || errno == ENOTDIR)
        return posix_verdict(SECTION_UNSUPPORTED, errno);
    return posix_failure(errno);
}

static section_os_result open_directory(int *out, struct stat *status,
                                        section_scope scope, uid_t user,
                                        bool make)
{
    choice place;
    bool made = false;
    *out = -1;
    section_os_result result = scope == SECTION_SCOPE_USER
                                   ? choose_users(&place, user)
                                   : choose_machines(&place);
    if (result.status == SECTION_OK && make && scope == SECTION_SCOPE_USER)
        result = make_directory(&made, place.path);
    if (result.status != SECTION_OK)
        return result;
    /* The umask may have taken our own rights. Nobody else can have replaced
     * what we have just made: the place it is in is sticky, or our own. */
    if (made && chmod(place.path, S_IRWXU) != 0)
        return posix_failure(errno);

    int directory = posix_open(place.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (directory < 0)
        return directory_failure(scope, errno);
    if (fstat(directory, status) != 0)
        result = posix_failure(errno);
    if (result.status == SECTION_OK)
        result = check_directory(status, scope, user);
    if (result.status == SECTION_OK)
        result = posix_name_check_place(directory, place.chosen);
    if (result.status == SECTION_OK)
        result = check_format(directory, make);
    if (result.status == SECTION_OK)
        *out = directory;
    else
        posix_descriptor_close(directory);
    return result;
}

/* ------------------------------------------------------------------------
 * Keeping it
 * ------------------------------------------------------------------------ */

/* Whether a descriptor leads to the directory that was found; and what it leads
 * to. */
static bool leads_there(const known_place *place, struct stat *status)
{
    return fstat(place->directory, status) == 0 &&
           status->st_dev == place->device && status->st_ino == place->number;
}

/* Whether the descriptor still is the directory that was found, which still
 * exists and is as it has to be. */
static bool is_still(const known_place *place, section_scope scope)
{
    struct stat status;
    return place->directory != 0 && place->user == geteuid() &&
           leads_there(place, &status) && status.st_nlink != 0 &&
           check_directory(&status, scope, place->user).status == SECTION_OK;
}

/* Whether a descriptor is the directory we had, whatever became of it: then it
 * is ours to replace, else the program has closed it and has another. */
static bool is_ours(const known_place *place)
{
    struct stat status;
    return place->directory != 0 && leads_there(place, &status);
}

/* Look again where the names are. The old descriptor keeps its number, because
 * other threads may be using it. */
static section_os_result find_again(known_place *place, section_scope scope,
                                    bool make)
{
    struct stat status;
    int directory;
    uid_t user = geteuid();
    /* Before: if the program has closed it, its number is taken again. */
    bool replaces = is_ours(place);
    section_os_result result =
        open_directory(&directory, &status, scope, user, make);
    /* It was removed just now: it will be made again. */
    if (make && result.status == SECTION_NOT_FOUND)
        result.status = SECTION_BUSY;
    if (result.status != SECTION_OK)
        return result;
    if (replaces) {
        int replaced = posix_replace(directory, place->directory);
        posix_descriptor_close(directory);
        if (replaced < 0)
            return posix_failure(errno);
        directory = place->directory;
    }
    *place = (known_place){directory, user, status.st_dev, status.st_ino};
    return posix_ok();
}

static known_place take_known(section_scope scope)
{
    (void)pthread_mutex_lock(&known_lock);
    known_place found = known[scope];
    (void)pthread_mutex_unlock(&known_lock);
    return found;
}

static void describe(posix_place *out, const known_place *found,
                     section_scope scope)
{
    out->directory = found->directory;
    out->scope = scope;
    out->user = found->user;
    out->device = found->device;
}

section_os_result posix_place_enter(posix_place *out, section_scope scope,
                                    bool make)
{
    section_os_result result = posix_region_enter(&out->region);
    if (result.status != SECTION_OK)
        return result;
    known_place found = take_known(scope);
    if (!is_still(&found, scope)) {
        (void)pthread_mutex_lock(&known_lock);
        if (!is_still(&known[scope], scope))
            result = find_again(&known[scope], scope, make);
        found = known[scope];
        (void)pthread_mutex_unlock(&known_lock);
    }
    if (result.status != SECTION_OK)
        posix_region_leave(&out->region);
    else
        describe(out, &found, scope);
    return result;
}

bool posix_place_enter_known(posix_place *out, section_scope scope)
{
    if (posix_region_enter(&out->region).status != SECTION_OK)
        return false;
    known_place found = take_known(scope);
    /* What another user has under the name says nothing of ours. */
    bool enters = found.directory != 0 && found.user == geteuid();
    describe(out, &found, scope);
    if (!enters)
        posix_region_leave(&out->region);
    return enters;
}

void posix_place_leave(const posix_place *place)
{
    posix_region_leave(&place->region);
}
