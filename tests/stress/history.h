/* SPDX-License-Identifier: MIT */
/*
 * What the processes of a stress run share: who lived when, who called what and
 * what came of it, and what was complained about. It lies in memory that the
 * library under test has nothing to do with, so that it survives every kill.
 *
 * Every mark is a moment: the next number of one counter that all processes
 * share. So all moments are different, and a moment that was taken before
 * something happened anywhere is smaller than one that was taken after it.
 */
#ifndef TESTS_STRESS_HISTORY_H
#define TESTS_STRESS_HISTORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0 is a mark that was not made: the process was killed before. */
typedef uint64_t moment;
typedef _Atomic(uint64_t) mark;

#define HISTORY_NAMES      16
#define HISTORY_ACTORS     16384u
#define HISTORY_RECORDS    (384u * 1024)
#define HISTORY_BIRTHS     65536u
#define HISTORY_STOPS      4096u
#define HISTORY_PLACES     128
#define HISTORY_INBOXES    16
#define HISTORY_COMPLAINTS 40
#define HISTORY_TEXT       200

/* No actor, no record, no incarnation: the first of each table is not used. */
#define HISTORY_NOBODY 0u

/* ------------------------------------------------------------------------
 * Processes
 * ------------------------------------------------------------------------ */

/*
 * A program in a process. A forked child is another actor; so is the program
 * that a process becomes with exec, because nothing is held beyond that.
 */
typedef struct actor {
    _Atomic(intptr_t) process; /* the system's number; 0 until known */
    uint32_t parent;           /* whose handles it was forked with, or NOBODY */
    uint32_t lanes;            /* threads it shall have */
    uint32_t quota;            /* calls that each of them makes */
    _Atomic(uint32_t) successor; /* what its process became with exec */
    _Atomic(uint32_t) stopped; /* the stop it is in, and waits to be let run */
    _Atomic(uint32_t) struck;  /* somebody else kills it now */
    mark fork_begin;           /* before the parent called fork() */
    mark fork_end;             /* and after it returned there */
    mark start;                /* first in the new process */
    mark death_begin;          /* before it was killed, or ended itself */
    mark death_end;            /* after that was seen from outside */
} actor;

/* ------------------------------------------------------------------------
 * Calls, and what they gave
 * ------------------------------------------------------------------------ */

typedef enum record_kind {
    RECORD_NONE, /* not written yet */
    RECORD_CREATE,
    RECORD_OPEN_OR_CREATE,
    RECORD_OPEN,
    RECORD_DUPLICATE,
    RECORD_INHERIT, /* a forked child has a handle of its parent's */
    RECORD_ENUMERATE,
    RECORD_TOLD, /* one name that an enumeration told */
    RECORD_SWEEP,
    RECORD_EXTEND,
    RECORD_INBOX,   /* a place for sections that others hand over */
    RECORD_SEND,    /* into an inbox */
    RECORD_RECEIVE, /* out of one's own */
    RECORD_EXPORT,  /* to the owner of an inbox; closed when it is taken back */
    RECORD_IMPORT,
    RECORD_CLOSE, /* counted only: marked in the record of the handle */
    RECORD_FORK,  /* counted only */
    RECORD_EXEC,  /* counted only */
    RECORD_MAP,   /* counted only */
    RECORD_KINDS
} record_kind;

typedef struct record {
    _Atomic(uint32_t) kind; /* written when all else of the beginning is */
    uint32_t actor;
    uint32_t name;
    uint32_t proposal;    /* the incarnation this call would make, once it is */
    uint32_t incarnation; /* what the handle is of */
    uint32_t source; /* the record this was duplicated from, inherits, was sent
                        or offered to (an inbox) or received from */
    int32_t status;
    uint32_t detail; /* timeout, mask of names told, size told */
    mark begin;
    mark end; /* after the call returned; the answer is written before */
    mark close_begin; /* of what was sent: when it is received, or dropped */
    mark close_end;
    _Atomic(uint32_t) received; /* it was */
} record;

/* A section that was initialized, whether or not it came to be seen. */
typedef struct birth {
    uint32_t name;
    uint32_t size;
    uint32_t record;           /* the call that made it */
    uint32_t reserve;          /* bytes it can grow to, or fewer than it has */
    _Atomic(uint32_t) claimed; /* slots that somebody has taken (growing.h) */
    _Atomic(uint32_t) asked;   /* slots that the section may have by now */
    _Atomic(uint32_t) grown;   /* and those it has */
    _Atomic(uint32_t) written; /* one bit for each slot */
    _Atomic(uint64_t) id[2];   /* as its first holder was told */
} birth;

/* When a process was not let run. */
typedef struct stop {
    mark begin;
    mark end;
} stop;

/* ------------------------------------------------------------------------
 * What is wrong
 * ------------------------------------------------------------------------ */

typedef enum rule {
    RULE_SPLIT,       /* two live sections of one name */
    RULE_LOST,        /* a live one was not found */
    RULE_RESURRECTED, /* a dead one was opened */
    RULE_PHANTOM,     /* EXISTS where nothing can have been */
    RULE_UNPUBLISHED, /* one was seen whose creation failed */
    RULE_UNTOLD,      /* a live one was not enumerated */
    RULE_TOLD_DEAD,   /* one was enumerated that cannot have been */
    RULE_BUSY,        /* a name was busy although nobody was stopped */
    RULE_STATUS,      /* an answer that no call may give here */
    RULE_CONTENT,     /* other bytes, size or id than the creator gave */
    RULE_NAME_LOST,   /* a holder was told that its name is gone */
    RULE_LEFTOVER,    /* something is left when all are dead */
    RULE_DIED,        /* a process ended that nobody ended */
    RULES
} rule;

const char *rule_name(rule broken);

typedef struct complaint {
    _Atomic(uint32_t) written;
    rule broken;
    uint32_t name;
    moment when;
    char text[HISTORY_TEXT];
} complaint;

/* ------------------------------------------------------------------------
 * All of it
 * ------------------------------------------------------------------------ */

/* How a process came to its end, for the summary. */
typedef enum ending {
    ENDING_RETURN,  /* of main, or exit() */
    ENDING_QUICK,   /* _exit() */
    ENDING_CRASH,   /* a fault of its own */
    ENDING_SUICIDE, /* a kill of itself between two calls */
    ENDING_IN_STEP, /* a kill of itself within the protocol */
    ENDING_KILLED,  /* from outside, at any time */
    ENDING_EXEC,    /* another program in its place */
    ENDING_AT_END,  /* when the round was over */
    ENDINGS
} ending;

/* What an enumeration can be trusted with. */
typedef enum listing_kind {
    LISTING_EXACT,
    LISTING_VAIN,  /* it may tell of a section whose creation fails (Windows) */
    LISTING_HIDING /* and may miss others when names come and go (Wine) */
} listing_kind;

typedef struct settings {
    uint64_t seed;
    uint64_t run;           /* in all sections, to tell them from others */
    uint32_t names;         /* of the user's scope */
    uint32_t machine_names; /* after those, of the machine's */
    uint32_t step_kills;    /* per million steps of the protocol */
    uint32_t step_stops;    /* likewise, SIGSTOP */
    uint32_t forks;         /* 0: none; 1: of processes of one thread; 2: any */
    uint32_t execs;
    uint32_t crashes;
    uint32_t grows;   /* memory does here */
    uint32_t sends;   /* sections are handed over */
    uint32_t answers; /* who sends waits until it is received */
    uint32_t offers;  /* sections are offered by a text */
    listing_kind listings;
    uint64_t give_up; /* milliseconds on the system's clock */
    char prefix[40];  /* of all names */
    char inboxes[80]; /* what the names of all inboxes begin with */
} settings;

/* A place in the library where section__step() is called. */
typedef struct place {
    _Atomic(uintptr_t) address; /* where it returns to, from a fixed point on */
    _Atomic(uint32_t) visits;
    _Atomic(uint32_t) kills;
    _Atomic(uint32_t) kind; /* the call, the first time */
} place;

typedef struct history {
    mark clock;
    _Atomic(uint32_t) stopping; /* everybody shall end */
    _Atomic(uint32_t) actor_count;
    _Atomic(uint32_t) record_count;
    _Atomic(uint32_t) birth_count;
    _Atomic(uint32_t) stop_count;
    _Atomic(uint32_t) complaint_count;
    settings set;
    _Atomic(uint32_t) calls[RECORD_KINDS];
    _Atomic(uint32_t) ended[ENDINGS];
    _Atomic(uint32_t) kills_in[RECORD_KINDS]; /* by the call they hit */
    _Atomic(uint32_t) busy;                   /* answers that may be */
    _Atomic(uint32_t) broken[RULES];
    _Atomic(uint32_t) inboxes[HISTORY_INBOXES]; /* records of some */
    place places[HISTORY_PLACES];
    complaint complaints[HISTORY_COMPLAINTS];
    stop stops[HISTORY_STOPS];
    actor actors[HISTORY_ACTORS];
    birth births[HISTORY_BIRTHS];
    record records[HISTORY_RECORDS];
} history;

/* To be called on zeroed memory. */
void history_begin(history *h, const settings *set);

/* The next moment. */
moment history_now(history *h);

/* The next free entry of a table, or NOBODY if it is full: then the round has
 * to end. `count` entries in a row. */
uint32_t history_take(history *h, _Atomic(uint32_t) *counter, uint32_t count,
                      uint32_t most);

/* Make a mark unless it is made. */
void history_mark(history *h, mark *once);

/* Note what is wrong. Any process, any thread. */
void history_complain(history *h, rule broken, uint32_t name, moment when,
                      const char *format, ...);

/* Note how a process ends, before it does; only the first counts. */
void history_end(history *h, uint32_t who, ending how);

/* Note that somebody else is about to kill a process, with all that it may
 * become by an exec meanwhile. */
void history_strike(history *h, uint32_t who, ending how);

/* Note that the process of an actor was seen dead, with all it was after an
 * exec. `normal`: it ended in a way that it might. */
void history_bury(history *h, uint32_t who, bool normal, const char *how);

/* Note that a process is not let run, and later that it is. */
uint32_t history_stop(history *h);
void history_continue(history *h, uint32_t stopped);

/* The name of a section, of HISTORY_NAME_SIZE bytes, and back: the number of
 * names if it is none of ours. */
#define HISTORY_NAME_SIZE 56
void history_name(const history *h, uint32_t name, char *text);
uint32_t history_find_name(const history *h, const char *text);
uint32_t history_names(const history *h);

const char *record_name(uint32_t kind);

#endif
