/* SPDX-License-Identifier: MIT */
/*
 * Names of sections, past the library: a place for them that each run of a test
 * program has alone, and what others can do to that place. A name is a file in
 * a directory on POSIX, and an object of the login session on Windows.
 */
#ifndef TESTS_NAMES_H
#define TESTS_NAMES_H

#include "files.h"

/* ------------------------------------------------------------------------
 * A place of one's own
 * ------------------------------------------------------------------------ */

/*
 * Give this run a place for names that no other run and no other program uses;
 * it is gone when the program ends. Children have the same. The main() of every
 * test program calls it.
 *
 * On POSIX that is SECTION_DIRECTORY, beneath what it was before where it was
 * set; the machine's scope is not set up there (SECTION_MACHINE_DIRECTORY leads
 * to nothing). Windows has one place for all: there names_unique() has to do.
 */
void names_set_up(void);

typedef struct test_name {
    char text[SECTION_NAME_MAX + 1];
} test_name;

/* A name that no other run of any test program uses. */
test_name names_unique(const char *name);

/* What all names of this run begin with. */
test_name names_prefix(void);

/* ------------------------------------------------------------------------
 * Directories of names, where names are files
 * ------------------------------------------------------------------------ */

/* Whether they are. If not, the functions of this part must not be called. */
bool names_are_files(void);

/* The directory of this run, and one beside it that is not made yet. */
file_path names_directory(void);
file_path names_other_directory(const char *name);

/* Use other directories from now on. */
void names_use_directory(const char *directory);
void names_use_machine_directory(const char *directory);

/* Make a directory as an administrator makes that of the machine's scope; false
 * if this user cannot. */
bool names_make_machine_directory(const char *directory);

/* What must not be taken for a directory of names. */
typedef enum names_spoiled {
    SPOILED_STICKY, /* a sticky directory that is open to all */
    SPOILED_ALIEN,  /* another user's */
    SPOILED_GROUP,  /* one that the group may search */
    SPOILED_OTHERS, /* one that others may write */
    SPOILED_LINK,   /* a symbolic link to a good one */
    SPOILED_FILE,   /* a file */
    SPOILED_FIFO,   /* a pipe with a name */
    SPOILED_COUNT
} names_spoiled;

/* Make one; false if this user cannot. */
bool names_make_spoiled(names_spoiled kind, const char *path);

/* A directory in which every user can make others. */
void names_make_open_directory(const char *path);

/* Say another format than the library knows: a version to come, or nonsense.
 * The directory is there. */
void names_change_format(const char *directory, bool nonsense);

/* How many sections have left something in the directory of this run, dead or
 * alive. */
size_t names_left(void);

/* Remove a directory of names with all that is in it. */
void names_remove_directory(const char *directory);

/* Everything there is below the directory of this run, as text: what is what,
 * whose and how large. */
#define NAMES_PICTURE_SIZE 4096
void names_picture(char text[NAMES_PICTURE_SIZE], const char *directory);

/*
 * In the role of a child: go where there is room for so many bytes of sections
 * in all, and where no others are. False if this user cannot.
 */
bool names_shrink_world(uint64_t bytes);

/* Bytes that are left there. */
uint64_t names_room(void);

/* ------------------------------------------------------------------------
 * What others do
 * ------------------------------------------------------------------------ */

/* Take a name away from its holders. Whether the system let it happen. */
bool names_take_away(const char *name);

/* What can stand where a name would be and is no section of this user's. */
typedef enum names_planted {
    PLANTED_LINK,       /* a symbolic link to a file that is there */
    PLANTED_DEAD_LINK,  /* one to nothing */
    PLANTED_FIFO,       /* a pipe with a name */
    PLANTED_DIRECTORY,  /* a directory */
    PLANTED_HARD_LINK,  /* a file that has another name, too */
    PLANTED_EMPTY_FILE, /* an empty file that everybody may read */
    PLANTED_ALIEN,      /* another user's file */
    PLANTED_OBJECT,     /* an object of another kind */
    PLANTED_COUNT
} names_planted;

/* False where there is no such thing, or this user cannot make it. */
bool names_plant(names_planted kind, const char *name);

/* Whether it is still there, and as it was. */
bool names_is_planted(names_planted kind, const char *name);

/* Take it away again. */
void names_uproot(names_planted kind, const char *name);

/*
 * Keep everybody from creating, opening and ending this name, as somebody does
 * who was stopped in the midst of it. There is a section of that name. False
 * where nobody can.
 */
bool names_hold_guard(const char *name);
void names_release_guard(void);

/* What a foreign program finds that opens the name in the system's own way, as
 * documented, and reads `length` bytes. False where no such way is documented.
 */
bool names_read_by_system(const char *name, void *bytes, size_t length);

#endif
