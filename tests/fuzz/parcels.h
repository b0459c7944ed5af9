/* SPDX-License-Identifier: MIT */
/*
 * Messages of section_send() and texts of offers, past the library: true ones
 * that it has made, as bytes and descriptors that can be changed.
 */
#ifndef TESTS_PARCELS_H
#define TESTS_PARCELS_H

#include "strangers.h"

#include <section/transfer.h>

#include <stdint.h>
#include <sys/socket.h>

/* What stands in front of a parcel in a message, and all of that. */
#define LEAD_SIZE    8
#define PARCEL_SIZE  512
#define MESSAGE_SIZE (LEAD_SIZE + PARCEL_SIZE)

/* The words of a parcel, as lib/parcel.c says them. */
enum {
    WORD_VERSION = 2,
    WORD_WAY = 3,
    WORD_KIND = 4,
    WORD_RIGHTS = 5,
    WORD_SIZE = 9,
    WORD_RESERVE = 10,
    WORD_ID = 11,
    WORD_PARTS = 13,
    WORD_SCOPE = 14,
    WORD_FROM = 15,
    WORD_NUMBERS = 19,
    WORD_TICKET = 24,
    WORD_NAME_LENGTH = 28,
    WORD_NAME = 29,
    WORDS = 64
};

#define PARTS       5
#define PART_TICKET 4

uint64_t parcel_word(const unsigned char *parcel, size_t word);
void parcel_set(unsigned char *parcel, size_t word, uint64_t value);

/* The most that is sent at once: Linux takes 253 descriptors, musl fewer. */
#define BYTES_MOST       1024
#define DESCRIPTORS_MOST 250

typedef struct message {
    size_t length, count;
    int descriptors[DESCRIPTORS_MOST];
    unsigned char bytes[BYTES_MOST];
} message;

#define PARCEL_OF(message) ((message)->bytes + LEAD_SIZE)

void message_copy(message *to, const message *from);

/* What section_send() sends of a section. */
void message_take(message *out, const section *of, section_rights rights);

/* Send `length` bytes from `at` on, with the descriptors or without. */
void message_put(int to, const message *m, size_t at, size_t length,
                 bool descriptors);

/* Every sort of section that can be handed over here, as messages that stay
 * good as long as the process lives. Names are in the place that
 * SECTION_DIRECTORY says. */
#define SAMPLES_MOST 24

typedef struct samples {
    message messages[SAMPLES_MOST];
    size_t count;
} samples;

void samples_make(samples *to, const char *directory);

/* The text of an offer as bytes, and back. */
void text_read(unsigned char parcel[PARCEL_SIZE], const char *text);
size_t text_write(char text[SECTION_OFFER_TEXT_SIZE + 2 * BYTES_MOST],
                  const unsigned char parcel[PARCEL_SIZE]);

#endif
