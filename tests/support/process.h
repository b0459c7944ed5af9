/* SPDX-License-Identifier: MIT */
/*
 * Child processes. A test program starts itself again in a *role*: a function
 * that runs in the child and whose value is the child's exit code. Parent and
 * child talk in lines, over the child's standard input and output, so that no
 * test has to sleep until another process has got somewhere.
 *
 * Whatever a child does, the parent gets an answer: a child that is silent for
 * longer than PROCESS_PATIENCE is killed, and the test fails.
 */
#ifndef TESTS_PROCESS_H
#define TESTS_PROCESS_H

#include "expect.h"
#include "limits.h"
#include "names.h"

#include <section/transfer.h>

/* Seconds after which a silent child is taken for hanging. */
#define PROCESS_PATIENCE 120

/* The longest line, with its end: the text of an offer, and more. */
#define PROCESS_LINE_SIZE 2048

/* No native handle. */
#define PROCESS_NOTHING ((intptr_t)-1)

/* What a role returns if the system cannot do what it is about: the parent
 * skips then. */
#define ROLE_CANNOT 77

/*
 * What a child can be. `argument` and `inherited` are what the parent gave to
 * process_start(); `inherited` is the number that the handle has in the child.
 */
typedef struct process_role {
    const char *name;
    int (*run)(const char *argument, intptr_t inherited);
} process_role;

/* The main() of a test program. */
#define TEST_MAIN(tests, roles)                                                \
    int main(int count, char **words)                                          \
    {                                                                          \
        int code;                                                              \
        if (process_plays_role(&code, count, words, roles,                     \
                               sizeof(roles) / sizeof((roles)[0])))            \
            return code;                                                       \
        names_set_up();                                                        \
        return cmocka_run_group_tests(tests, NULL, NULL);                      \
    }

/* The main() of one that never starts itself again. */
#define TEST_MAIN_ALONE(tests)                                                 \
    int main(void)                                                             \
    {                                                                          \
        names_set_up();                                                        \
        return cmocka_run_group_tests(tests, NULL, NULL);                      \
    }

/* If this process was started in a role, play it: true, and its exit code. */
bool process_plays_role(int *code, int count, char **words,
                        const process_role *roles, size_t role_count);

/* A child, as its parent sees it. */
typedef struct process {
    intptr_t id;     /* of the child, in the system's own terms */
    intptr_t input;  /* where the parent writes */
    intptr_t output; /* where the parent reads */
    intptr_t life;   /* tells the end of the child, or watches over it */
} process;

/* How a child ended. */
typedef enum process_end {
    PROCESS_EXITED, /* by itself, with `code` */
    PROCESS_KILLED, /* by somebody */
    PROCESS_FAULTED /* by touching memory it must not */
} process_end;

typedef struct process_result {
    process_end end;
    int code;
} process_result;

/*
 * Start this program again in a role. `inherited` is a native handle that the
 * child shall have although it is not inheritable, or PROCESS_NOTHING.
 */
void process_start(process *child, const char *role, const char *argument,
                   intptr_t inherited);

/* How a child is made to inherit what an offer holds. */
typedef enum process_passing {
    PROCESS_PASSES,   /* by section_offer_pass() */
    PROCESS_LISTS,    /* by section_offer_handles() */
    PROCESS_WITHHOLDS /* not at all: it is told of it and does not get it */
} process_passing;

/* Start this program again in a role, with what an offer holds; its text is on
 * the command line of the child (process_word()). */
void process_start_offered(process *child, const char *role,
                           const char *argument, const section_offer *offer,
                           process_passing how);

/* The same with another word there. */
void process_start_offered_by(process *child, const char *role,
                              const char *argument, const section_offer *offer,
                              process_passing how, const char *word);

/*
 * Go on in a forked child: `run` is called there, and its value is the exit
 * code. False where the system has no fork.
 */
bool process_fork(process *child, int (*run)(void *context), void *context);

/*
 * Run `one` in a child of a child, and then `other` in a process that one forks
 * and that has the same number as it, in a space of numbers of its own. Both
 * have to return 0. False where the system or this user cannot do that.
 */
bool process_fork_namesakes(int (*one)(void *context),
                            int (*other)(void *context), void *context);

/* Whether the system has: a child is forked, and has to succeed. */
bool process_can_fork(void);

/*
 * In the role of a child, or in a forked one: become this program in another
 * role (exec), as the same process that talks with the same parent. The parent
 * has to say process_begin() to it. Returns where the system has no exec.
 */
void process_become(const char *role);

/* What a role is told first: what process_start() says by itself. */
void process_begin(const process *child, const char *argument,
                   intptr_t inherited);

/*
 * In the role of a child: fork, and go on in both, as two that talk with the
 * same parent. True in the new one, which the parent does not wait for. Fails
 * where the system has no fork.
 */
bool process_split(void);

/* Stop a child where it is, and let it go on: false where the system cannot
 * stop processes. */
bool process_stop(const process *child);
void process_continue(const process *child);

/* Send a line to a child. */
void process_say(const process *child, const char *line);

/* Wait for a line from a child. */
void process_hear(const process *child, char line[PROCESS_LINE_SIZE]);

/* Wait for a line from a child and fail unless it is this one. */
void process_expect(const process *child, const char *line);

/* End a child from outside, at once. */
void process_kill(const process *child);

/* Wait for the end of a child and let go of it. */
process_result process_wait(process *child);

/* The same in two steps: the pipes stay as they are in between. */
process_result process_await(const process *child);
void process_let_go(process *child);

/* Fail, and say how a child ended, unless it exited with 0. */
void process_judge(process_result result);

/* Wait for the end of a child and judge it. */
void process_succeeds(process *child);

/* Start a role and wait for its end: 0, or ROLE_CANNOT. Anything else fails the
 * test. */
int process_play(const char *role, const char *argument, intptr_t inherited);

/* Play a role on a disk of its own, whose directory is its argument, and which
 * is unmounted whatever happens. False if such a disk cannot be had. */
bool process_play_on_disk(const char *role, const char *name, disk_kind kind,
                          uint64_t size);

/* Play a role that puts itself into a memory limit, and take that away after
 * it. False if there can be none. */
bool process_play_in_group(const char *role);

/* In a child: what its command line ends with, or NULL. */
const char *process_word(void);

/* The number by which the system knows this process. */
int64_t process_number(void);

/* In a child: let every signal do what it does in a program that has never set
 * any. */
void process_default_signals(void);

/* Whether a handle has to be inheritable in its process to be inherited by a
 * program that is chosen. */
bool process_passes_inheritable(void);

/* Let every process of this user look into this one, where an administrator has
 * restricted that (Yama). */
void process_be_open(void);

/* In the environment of this process and of all that it starts from now on. */
void process_set_variable(const char *name, const char *value);

/* In a child: send a line to the parent, wait for one, wait for this one. */
void role_say(const char *line);
void role_hear(char line[PROCESS_LINE_SIZE]);
void role_expect(const char *line);

/* In a child that does something again and again: whether it shall go on. Not
 * any more when the parent says something, or has ended. */
bool role_goes_on(void);

/* ------------------------------------------------------------------------
 * What each system does in its own way: process_posix.c, process_win32.c
 * ------------------------------------------------------------------------ */

/* Remember where this program is, for starting it again. */
void process_remember_program(const char *first_word);

/* Where it is, in UTF-8. */
void process_program(char path[PROCESS_LINE_SIZE]);

/* Start the program with the words "--role" and `role`. *number is what the
 * child calls the inherited handle. */
void process_launch(process *child, const char *role, intptr_t inherited,
                    intptr_t *number);

/* The same with what an offer holds, and with a last word. */
void process_launch_offered(process *child, const char *role,
                            const section_offer *offer, process_passing how,
                            const char *word);

/* Write all bytes; false if nobody will read them. */
bool process_write(intptr_t to, const char *bytes, size_t length);

/* Read one byte of what a child or the parent says; false at the end. */
bool process_read(intptr_t from, char *byte);

/* Whether something can be read at once, be it the end. */
bool process_can_read(intptr_t from);

/* In a child: the two ends of its talk with the parent. `word` is what
 * process_launch() has added to the command line, or NULL. */
void process_find_parent(intptr_t *input, intptr_t *output, const char *word);

/* Talk with the parent over these from now on, and what is in use. */
void role_talk_over(intptr_t input, intptr_t output);
void role_talks_over(intptr_t *input, intptr_t *output);

#endif
