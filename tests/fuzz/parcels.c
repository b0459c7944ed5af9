/* SPDX-License-Identifier: MIT */
/*
 * True messages, taken from a socket with nobody's help.
 */
#include "parcels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define CONTROL_SIZE CMSG_SPACE(DESCRIPTORS_MOST * sizeof(int))

#define READ_WRITE  ((section_rights)(SECTION_RIGHT_READ | SECTION_RIGHT_WRITE))
#define READ_EXTEND ((section_rights)(READ_WRITE | SECTION_RIGHT_EXTEND))
#define READ_EXECUTE                                                           \
    ((section_rights)(SECTION_RIGHT_READ | SECTION_RIGHT_EXECUTE))

union control {
    struct cmsghdr align;
    unsigned char bytes[CONTROL_SIZE];
};

uint64_t parcel_word(const unsigned char *parcel, size_t word)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++)
        value |= (uint64_t)parcel[word * 8 + i] << (8 * i);
    return value;
}

void parcel_set(unsigned char *parcel, size_t word, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        parcel[word * 8 + i] = (unsigned char)(value >> (8 * i));
}

/* ------------------------------------------------------------------------
 * Messages
 * ------------------------------------------------------------------------ */

void message_copy(message *to, const message *from)
{
    to->length = from->length;
    to->count = from->count;
    memcpy(to->descriptors, from->descriptors, from->count * sizeof(int));
    memcpy(to->bytes, from->bytes, from->length);
}

void message_take(message *out, const section *of, section_rights rights)
{
    int ends[2];
    union control control;
    struct iovec piece = {out->bytes, sizeof(out->bytes)};
    struct msghdr header = {.msg_iov = &piece,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof(control.bytes)};
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    FUZZ_CHECK(section_send(ends[0], of, rights, 0) == SECTION_OK);
    FUZZ_CHECK(recvmsg(ends[1], &header, 0) == MESSAGE_SIZE);
    const struct cmsghdr *c = CMSG_FIRSTHDR(&header);
    FUZZ_CHECK(c != NULL && c->cmsg_type == SCM_RIGHTS);
    out->length = MESSAGE_SIZE;
    out->count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(out->descriptors, CMSG_DATA(c), out->count * sizeof(int));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void attach(struct msghdr *header, union control *control,
                   const message *m)
{
    /* socklen_t in some C libraries, size_t in others. */
    unsigned length = (unsigned)(m->count * sizeof(int));
    header->msg_control = control->bytes;
    header->msg_controllen = (unsigned)CMSG_SPACE(length);
    memset(control->bytes, 0, CMSG_SPACE(0));
    struct cmsghdr *c = CMSG_FIRSTHDR(header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = (unsigned)CMSG_LEN(length);
    memcpy(CMSG_DATA(c), m->descriptors, length);
}

void message_put(int to, const message *m, size_t at, size_t length,
                 bool descriptors)
{
    union control control;
    struct iovec piece = {(void *)(uintptr_t)(m->bytes + at), length};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
    if (descriptors && m->count != 0)
        attach(&header, &control, m);
    ssize_t sent;
    do
        sent = sendmsg(to, &header, MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    FUZZ_CHECK(sent == (ssize_t)length);
}

/* ------------------------------------------------------------------------
 * Samples
 * ------------------------------------------------------------------------ */

#define SIZE    ((uint64_t)5000)
#define RESERVE ((uint64_t)100000)

/* Send it with each of these rights, and keep what was sent. */
static void add(samples *to, const section_options *o)
{
    const section_rights rights[] = {
        SECTION_RIGHT_READ, READ_WRITE, READ_EXTEND, READ_EXECUTE,
        SECTION_RIGHT_READ | SECTION_RIGHT_WRITE | SECTION_RIGHT_EXECUTE};
    section *s;
    if (section_create(&s, o) != SECTION_OK)
        return; /* not of this sort here */
    section_view view;
    FUZZ_CHECK(section_map(&view, s, 0, (size_t)o->size,
                           SECTION_ACCESS_READ_WRITE) == SECTION_OK);
    memset(view.data, 0x5c, (size_t)o->size);
    FUZZ_CHECK(section_unmap(&view) == SECTION_OK);
    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        if ((rights[i] & ~o->rights) != 0)
            continue;
        FUZZ_CHECK(to->count < SAMPLES_MOST);
        message_take(&to->messages[to->count++], s, rights[i]);
    }
    section_close(s);
}

static section_options options_of(section_rights rights, uint64_t reserve)
{
    section_options o = SECTION_OPTIONS_INIT;
    o.size = SIZE;
    o.rights = rights;
    o.reserve = reserve;
    return o;
}

void samples_make(samples *to, const char *directory)
{
    char path[256];
    section_options o = options_of(READ_WRITE | SECTION_RIGHT_EXECUTE, 0);
    add(to, &o);
    o = options_of(READ_EXTEND, RESERVE);
    add(to, &o);
    o = options_of(READ_WRITE, 0);
    o.flags = SECTION_LAZY;
    add(to, &o);
    o.flags = 0;
    o.name = "sample";
    add(to, &o);
    o = options_of(READ_EXTEND, RESERVE);
    o.name = "growing";
    add(to, &o);
    o = options_of(READ_WRITE, 0);
    (void)snprintf(path, sizeof(path), "%s/sample", directory);
    o.path = path;
    add(to, &o);
    o = options_of(READ_EXTEND, RESERVE);
    (void)snprintf(path, sizeof(path), "%s/growing", directory);
    o.path = path;
    add(to, &o);
    FUZZ_CHECK(to->count >= 8);
}

/* ------------------------------------------------------------------------
 * Texts
 * ------------------------------------------------------------------------ */

#define PREFIX "section."

static const char digits[] = "0123456789abcdef";

void text_read(unsigned char parcel[PARCEL_SIZE], const char *text)
{
    memset(parcel, 0, PARCEL_SIZE);
    FUZZ_CHECK(strncmp(text, PREFIX, strlen(PREFIX)) == 0);
    text += strlen(PREFIX);
    for (size_t i = 0; i < PARCEL_SIZE && text[0] != '\0'; i++, text += 2)
        parcel[i] = (unsigned char)((strchr(digits, text[0]) - digits) << 4 |
                                    (strchr(digits, text[1]) - digits));
}

size_t text_write(char text[SECTION_OFFER_TEXT_SIZE + 2 * BYTES_MOST],
                  const unsigned char parcel[PARCEL_SIZE])
{
    size_t length = PARCEL_SIZE;
    while (length != 0 && parcel[length - 1] == 0)
        length--;
    size_t at = strlen(PREFIX);
    memcpy(text, PREFIX, at);
    for (size_t i = 0; i < length; i++) {
        text[at++] = digits[parcel[i] >> 4];
        text[at++] = digits[parcel[i] & 0xf];
    }
    text[at] = '\0';
    return at;
}
