/* SPDX-License-Identifier: MIT */
/*
 * What a scenario of names plays on: directories of its own, sections that have
 * names there, other processes that hold names or have died with them, and the
 * counting of what is left over, by what the kernel says.
 */
#ifndef TESTS_FAULTS_NAMES_STAGE_H
#define TESTS_FAULTS_NAMES_STAGE_H

#include "expect.h"
#include "raw.h"

#include <sys/types.h>

#define ALL_RIGHTS (SECTION_RIGHT_READ | SECTION_RIGHT_WRITE)

/* The name that all scenarios are about, and how large its section is. */
#define NAME "subject"
#define SIZE 5000

/* What the process has. */
typedef struct names_census {
    unsigned descriptors;
    unsigned long shared; /* bytes of memory mapped for sharing */
    unsigned blocks;      /* of the heap */
    unsigned objects;     /* with names of the system, made and not removed */
    raw_names entries;
} names_census;

typedef struct names_stage {
    char root[64];
    char directory[96]; /* of the names of the scope */
    section_scope scope;
    section *source;    /* holds NAME */
    section *other;     /* so does this */
    section *bystander; /* what must not be disturbed, under another name */
    section_view bystander_view;
    raw_names quiet; /* what there is of the bystander */
    pid_t holder;    /* another process that holds NAME; 0 for none */
    int holder_end;

    section *out; /* the out parameters of the call */
    section_info out_info;
    uint64_t out_swept;
    unsigned seen;    /* names that were told and are held */
    unsigned strange; /* names that were told and are not held */
} names_stage;

/* Make the directories; tell the library. */
void names_open(names_stage *s, section_scope scope);

/* A section with a name that must not be disturbed: from now on names have been
 * asked for in this process. */
void names_add_bystander(names_stage *s);

/* Another process that holds NAME until names_close(). */
void names_add_holder(names_stage *s);

/* A name whose holder has died. */
void names_add_dead(names_stage *s, const char *name);

/* Fill the out parameters with what no call leaves there. */
void names_arm(names_stage *s);

names_census names_count(const names_stage *s);

section_status names_create(section **out, const names_stage *s,
                            const char *name, section_disposition disposition);
section_status names_find(section **out, const names_stage *s, const char *name,
                          section_rights rights);

/* Fail unless the bystander is as it was and can be found. */
void names_check_bystander(const names_stage *s);

/* Close all that is open but for the bystander; end the holder. */
void names_close(names_stage *s);

/* Close the bystander; fail unless nothing is left but descriptors of
 * directories that the library keeps. */
void names_expect_gone(names_stage *s, names_census before);

#endif
