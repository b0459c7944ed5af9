/* SPDX-License-Identifier: MIT */
/* A checksum, for the examples that need one. */
#ifndef EXAMPLES_CRC32C_H
#define EXAMPLES_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C (Castagnoli), the checksum of iSCSI, SCTP and ext4 (RFC 3720, 12.1):
 * finds every burst of up to 32 wrong bits, and other tools can check it: that
 * of "123456789" is e3069283. Goes on from `sum`, which is 0 at first. */
uint32_t crc32c(uint32_t sum, const void *bytes, size_t length);

#endif
