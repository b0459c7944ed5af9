/* SPDX-License-Identifier: MIT */
#include "code.h"

/* "Return a number", after what an indirect call may have to land on (endbr64
 * and endbr32, which do nothing where they mean nothing). The byte at `value`
 * is the number; on arm64 it begins at bit 5 of an instruction. */
#if defined(__x86_64__) || defined(_M_X64)
static const unsigned char code[] = {0xf3, 0x0f, 0x1e, 0xfa, 0xb8,
                                     0,    0,    0,    0,    0xc3};
#elif defined(__i386__) || defined(_M_IX86)
static const unsigned char code[] = {0xf3, 0x0f, 0x1e, 0xfb, 0xb8,
                                     0,    0,    0,    0,    0xc3};
#elif defined(__aarch64__) || defined(_M_ARM64)
/* mov w0, #0; ret */
static const unsigned char code[] = {0x00, 0x00, 0x80, 0x52,
                                     0xc0, 0x03, 0x5f, 0xd6};
#define CODE_IS_ARM64
#else
#define CODE_IS_UNKNOWN
#endif

size_t code_bytes(unsigned char bytes[CODE_SIZE], unsigned char value)
{
#if defined(CODE_IS_UNKNOWN)
    (void)bytes;
    (void)value;
    return 0;
#else
    memcpy(bytes, code, sizeof(code));
#if defined(CODE_IS_ARM64)
    bytes[0] = (unsigned char)(value << 5);
    bytes[1] = (unsigned char)(value >> 3);
#else
    bytes[5] = value;
#endif
    return sizeof(code);
#endif
}

bool code_is_known(void)
{
    unsigned char bytes[CODE_SIZE];
    return code_bytes(bytes, 0) != 0;
}

void code_write(void *at, unsigned char value)
{
    unsigned char bytes[CODE_SIZE];
    size_t length = code_bytes(bytes, value);
    assert_that(length != 0);
    memcpy(at, bytes, length);
}

int code_enter(const void *at)
{
    /* No pointer to data can be cast to one to a function (C11, 6.3.2.3). */
    int (*function)(void);
    memcpy(&function, &at, sizeof(function));
    return function();
}
