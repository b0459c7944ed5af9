/* SPDX-License-Identifier: MIT */
/*
 * An application with handlers of faults of its own, as far as the system has
 * such things. For the roles of children alone: cmocka sets handlers around
 * each test, in the place of those that are there.
 */
#ifndef TESTS_FAULTING_H
#define TESTS_FAULTING_H

#include "process.h"

/*
 * A test that runs in a child as a whole: CASE(name) and the body of a role,
 * which returns 0; or ROLE_CANNOT and is skipped for `reason` then.
 */
#define CASE_OR_SKIP(name, reason)                                             \
    static int name##_role(const char *argument, intptr_t inherited);          \
    static void name(void **state)                                             \
    {                                                                          \
        (void)state;                                                           \
        if (process_play(#name, "", PROCESS_NOTHING) == ROLE_CANNOT)           \
            SKIP(reason);                                                      \
    }                                                                          \
    static int name##_role(const char *argument, intptr_t inherited)

#define CASE(name) CASE_OR_SKIP(name, "not here")

/* For the table of roles. */
/* clang-format off */
#define CASE_ROLE(name) {#name, name##_role}
/* clang-format on */

/* In the body of a case, which uses neither. */
#define NO_ARGUMENTS() ((void)argument, (void)inherited)

/* What a handler is like. Systems without signals know FAULTING_TRIES alone. */
enum {
    FAULTING_INFORMED = 0x1, /* it asks for siginfo and context */
    FAULTING_ONCE = 0x2,     /* the system forgets it when it is called */
    FAULTING_STACK = 0x4,    /* it runs on an alternate stack, which is made */
    FAULTING_BLOCKS = 0x8,   /* it blocks another signal while it runs */
    FAULTING_DEFERS = 0x10,  /* it can be interrupted by its own signal */
    FAULTING_TRIES = 0x20    /* it calls section_guard_try() first */
};

/* What happened to a handler. */
typedef struct faulting_record {
    int calls;
    const void *address;   /* as it was told, or NULL */
    bool has_context;      /* it was told what was interrupted */
    bool is_on_stack;      /* the alternate one */
    bool is_other_blocked; /* the other signal */
    bool is_own_blocked;   /* its own */
} faulting_record;

/* Whether the system has signals, and all of the above. */
bool faulting_has_signals(void);

/*
 * Set a handler for faults. It makes a bad page of faulting_page() good and
 * goes on. Whatever else it gets ends the process with FAULTING_ABANDONED.
 */
#define FAULTING_ABANDONED 99
void faulting_handle(unsigned kind);

/* Ignore faults and what is sent as such; do what the system does by default.
 * Only where there are signals. */
void faulting_ignore(void);
void faulting_default(void);

/* Give this thread an alternate stack that the system takes away from it while
 * a handler runs there (sigaltstack(2), SS_AUTODISARM); false if it cannot.
 * Whether the thread has an alternate stack now. */
bool faulting_lend_stack(void);
bool faulting_has_stack(void);

/* What happened to the handler since the last call. */
faulting_record faulting_take_record(void);

/* The application's own page, which is bad now: whoever touches it faults. */
unsigned char *faulting_page(void);

/* Read, or write, a byte by one instruction that no compiler leaves out. */
unsigned char faulting_touch(const unsigned char *byte);
void faulting_write(unsigned char *byte, unsigned char value);

/* Send this thread, or this process, the signal of faults. Only where there are
 * signals. */
void faulting_send(bool to_process);

/* Whether the thread blocks neither signals of faults nor the other one. */
bool faulting_blocks_nothing(void);

#endif
