/* SPDX-License-Identifier: MIT */
/*
 * Sections of a stress run that grow. Behind what a section is made with come
 * slots of one size. Who extends claims the next slot, extends to its end,
 * finds it zero and writes it; from then on everybody finds it written. So
 * every size that a section can have is known, and whose the bytes are.
 */
#ifndef TESTS_STRESS_GROWING_H
#define TESTS_STRESS_GROWING_H

#include "history.h"

#include <section/section.h>

/* Bytes of a slot: three or four end within a page. */
#define GROWING_STRIDE 1237u

/* The most slots, one bit each in birth.written. */
#define GROWING_SLOTS 32u

/* How far a section of this size can grow; its size for some. */
uint32_t growing_reserve(uint32_t size, uint32_t chance);

bool growing_grows(const birth *born);

/* Whether the section can have this many bytes, at any time; by a log that is
 * complete, only if somebody has asked for them. */
bool growing_can_be(const birth *born, uint64_t size);

/* The end of a slot. */
uint64_t growing_end(const birth *born, uint32_t slot);

/* Claim the next slot; false if there is none. Writes where the slot will be,
 * if that is in the last page already: *polluted. */
bool growing_claim(uint32_t *slot, bool *polluted, history *h, birth *born,
                   const section *s, uint32_t chance);

/* After the section was extended to the end of a slot: complain unless the slot
 * is zero, and write it. */
void growing_take(history *h, uint32_t name, birth *born, const section *s,
                  uint32_t slot, bool polluted);

/* Complain unless a slot that was written is as it was written, and the size
 * and the reserve are what they have to be. */
void growing_look(history *h, uint32_t name, uint32_t incarnation,
                  const section *s, uint32_t chance);

#endif
