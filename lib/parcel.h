/* SPDX-License-Identifier: MIT */
/*
 * What is said of a section that is handed to another process, in bytes that
 * processes of different width and C library agree on.
 */
#ifndef SECTION_PARCEL_H
#define SECTION_PARCEL_H

#include "platform.h"

#include <section/transfer.h>

/* The version of the bytes; another one is refused. */
#define SECTION__PARCEL_VERSION 1u

/* Bytes of every parcel. */
#define SECTION__PARCEL_SIZE 512

/* Bytes that nobody can guess. */
#define SECTION__SECRET_SIZE 16

/* Which way a parcel goes: one that was made for one way is not taken on
 * another. */
typedef enum section__way {
    SECTION__WAY_MESSAGE = 1,  /* over a channel */
    SECTION__WAY_OFFER = 2,    /* to a process, by a text */
    SECTION__WAY_INHERITED = 3 /* to a program that is started, by a text */
} section__way;

/* Flags of a parcel. */
enum { SECTION__PARCEL_LAZY = 0x1 };

typedef struct section__parcel {
    section__way way;
    section_kind kind;
    section_rights rights;
    uint32_t flags;
    section_pages pages;
    uint32_t granularity;
    uint64_t size;
    uint64_t reserve;
    uint64_t id[2];
    uint32_t parts; /* 1 << number of each that comes with it */
    section_scope scope;
    /* Of offers. */
    section_os_process from;
    section_os_process to; /* all zero for what is inherited */
    uint64_t numbers[SECTION_OS_PARTS];
    uint64_t ticket_id[2];
    unsigned char secret[SECTION__SECRET_SIZE];
    char name[SECTION_NAME_MAX + 1]; /* empty for none */
} section__parcel;

void section__parcel_encode(unsigned char bytes[SECTION__PARCEL_SIZE],
                            const section__parcel *parcel);

/*
 * Read what came this way: SECTION_UNSUPPORTED for another version,
 * SECTION_UNTRUSTED for what no section has, or what cannot be true of any.
 * Written only if it is SECTION_OK.
 */
section_status
section__parcel_decode(section__parcel *parcel,
                       const unsigned char bytes[SECTION__PARCEL_SIZE]);

/* The bytes as a text, and back. The zeros that they end with are left out. */
void section__parcel_print(char text[SECTION_OFFER_TEXT_SIZE],
                           const unsigned char bytes[SECTION__PARCEL_SIZE]);
bool section__parcel_parse(unsigned char bytes[SECTION__PARCEL_SIZE],
                           const char *text);

#endif
