/* SPDX-License-Identifier: MIT */
/*
 * What a scenario plays on: a folder for files, sections that must not be
 * disturbed, and the counting of what is left over, by what the kernel says and
 * not by what the library says.
 */
#ifndef TESTS_FAULTS_STAGE_H
#define TESTS_FAULTS_STAGE_H

#include "expect.h"

#include <section/native.h>

#define ALL_RIGHTS (SECTION_RIGHT_READ | SECTION_RIGHT_WRITE)
#define UNTOUCHED  ((section *)(uintptr_t)0x5a5a)

/* What the process has. */
typedef struct census {
    unsigned descriptors;
    unsigned long mapped; /* bytes of views */
    unsigned files;       /* in the folder */
    unsigned names;       /* of shared memory objects, made and not removed */
} census;

typedef struct stage {
    char folder[64];
    char path[80];            /* the file of the scenario, there or not */
    section *source;          /* the section the call is about */
    section_view source_view; /* and a view of it */
    void *address;            /* where its first page can be mapped */
    section_native native;    /* a descriptor of the test */
    section *bystander;       /* what must not be disturbed */
    section_view bystander_view;

    section *out; /* the out parameters of the call */
    section_view out_view;
    section_native out_native;
    section_info out_info;
} stage;

census stage_count(const stage *s);

/* Make a folder, and in it the file with that many bytes; none for -1. */
void stage_open(stage *s, int64_t file_size);

/* Fill the out parameters with what no call leaves there. */
void stage_arm(stage *s);

/* Fail unless the bystander is as it was and works. */
void stage_check_bystander(const stage *s);

/* Fail unless the file is as stage_open() made it. */
void stage_check_file(const stage *s, int64_t file_size);

/* Close everything the stage has. */
void stage_close(stage *s);

/* Fail unless nothing is left of a stage that was closed; remove the folder. */
void stage_expect_gone(const stage *s, census before);

/* A section of memory; fails the test if it cannot be had. */
section *stage_memory(uint64_t size);

#endif
