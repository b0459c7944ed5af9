/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: what another process sends. True messages and texts of offers
 * are changed as a liar would who knows the format: bytes, fields, descriptors
 * that are missing, too many or other things, pieces, more than one message.
 *
 * Whatever comes: a status that the manual names; no descriptor more or fewer
 * in this process; no lock of it lost; and what is taken for a section is one,
 * with what its descriptors say, and all of its bytes can be read.
 *
 * The input is a list of decisions, one byte each; a byte that is not there is
 * 0. Without any, the true message has to be received.
 */
#include "parcels.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ------------------------------------------------------------------------
 * The stage
 * ------------------------------------------------------------------------ */

#define OFFERS 4

/* No descriptor that is ever open here has this number or a higher one. */
#define DESCRIPTOR_END 512

/* Where a ticket has the bytes of the text (lib/offer.c). */
#define TICKET_PARCEL 0

typedef struct offered {
    section_offer *offer;
    char text[SECTION_OFFER_TEXT_SIZE];
} offered;

static struct {
    char directory[64];
    samples samples;
    strangers strangers;
    int locked;
    int ends[2][2]; /* stream, seqpacket */
    section *source, *named;
    offered offers[OFFERS];
    int lowest; /* the descriptor that is got next, if none is left open */
    unsigned long open_count, round;
    unsigned long met[2][SECTION_GONE + 1];
} stage;

static const int socket_types[] = {SOCK_STREAM, SOCK_SEQPACKET};

static void open_pair(int which)
{
    FUZZ_CHECK(socketpair(AF_UNIX, socket_types[which], 0, stage.ends[which]) ==
               0);
}

static void renew_pair(int which)
{
    (void)close(stage.ends[which][0]);
    (void)close(stage.ends[which][1]);
    open_pair(which);
}

static int lowest_free(void)
{
    int free_one = fcntl(STDERR_FILENO, F_DUPFD, 0);
    FUZZ_CHECK(free_one >= 0 && free_one < DESCRIPTOR_END);
    (void)close(free_one);
    return free_one;
}

static unsigned long count_open(void)
{
    unsigned long count = 0;
    for (int i = 0; i < DESCRIPTOR_END; i++)
        count += fcntl(i, F_GETFD) >= 0;
    return count;
}

static section *make_source(const char *name)
{
    section_options o = SECTION_OPTIONS_INIT;
    section *made;
    o.size = 5000;
    o.name = name;
    section_info info = SECTION_INFO_INIT;
    FUZZ_CHECK(section_create(&made, &o) == SECTION_OK);
    /* Opens what its read-only views need, once. */
    FUZZ_CHECK(section_get_info(&info, made) == SECTION_OK);
    return made;
}

static void print_met(void)
{
    static const char *const ways[2] = {"messages", "texts"};
    for (size_t way = 0; way < 2; way++)
        for (int i = 0; i <= SECTION_GONE; i++)
            if (stage.met[way][i] != 0)
                (void)printf("%s: %lu: %s\n", ways[way], stage.met[way][i],
                             section_status_name(i));
    (void)printf("%lu rounds\n", stage.round);
}

static void close_offer(offered *o)
{
    unsigned char parcel[PARCEL_SIZE];
    text_read(parcel, o->text);
    for (size_t i = 0; i < PARTS && o->offer == NULL; i++) {
        uint64_t number = parcel_word(parcel, WORD_NUMBERS + i);
        if ((parcel_word(parcel, WORD_PARTS) >> i & 1) != 0)
            (void)close((int)number);
    }
    section_unexport(o->offer);
}

/* Nothing that has a name stays: all of its holders are closed, and what the
 * library would only find later is looked for. */
static void close_stage(void)
{
    print_met();
    section_close(stage.named);
    for (size_t i = 0; i < OFFERS; i++)
        close_offer(&stage.offers[i]);
    for (size_t i = 0; i < stage.samples.count; i++)
        for (size_t j = 0; j < stage.samples.messages[i].count; j++)
            (void)close(stage.samples.messages[i].descriptors[j]);
    (void)section_sweep(NULL, SECTION_SCOPE_USER);
    strangers_tidy(stage.directory);
}

static void make_offer(size_t which);

static void open_stage(void)
{
    const char *memory = "/dev/shm/fuzz.XXXXXX";
    (void)snprintf(stage.directory, sizeof(stage.directory), "%s",
                   access("/dev/shm", W_OK) == 0 ? memory : "/tmp/fuzz.XXXXXX");
    FUZZ_CHECK(mkdtemp(stage.directory) != NULL);
    FUZZ_CHECK(setenv("SECTION_DIRECTORY", stage.directory, 1) == 0);
    samples_make(&stage.samples, stage.directory);
    strangers_make(&stage.strangers, stage.directory);
    strangers_make_special(&stage.strangers, stage.directory);
    stage.locked = strangers_lock(stage.directory);
    open_pair(0);
    open_pair(1);
    stage.source = make_source(NULL);
    stage.named = make_source("offered");
    for (size_t i = 0; i < OFFERS; i++)
        make_offer(i);
    stage.lowest = lowest_free();
    stage.open_count = count_open();
    (void)atexit(close_stage);
}

/* ------------------------------------------------------------------------
 * Decisions
 * ------------------------------------------------------------------------ */

typedef struct input {
    const uint8_t *next, *end;
} input;

static unsigned decide(input *in, unsigned among)
{
    return in->next == in->end ? 0 : *in->next++ % among;
}

static uint64_t decide_word(input *in)
{
    static const uint64_t words[] = {0,
                                     1,
                                     2,
                                     3,
                                     99,
                                     100,
                                     4095,
                                     4096,
                                     4097,
                                     4999,
                                     5000,
                                     5001,
                                     100000,
                                     1 << 20,
                                     INT32_MAX,
                                     UINT32_MAX,
                                     (uint64_t)UINT32_MAX + 1,
                                     (uint64_t)1 << 40,
                                     INT64_MAX - ((uint64_t)1 << 20),
                                     INT64_MAX,
                                     (uint64_t)INT64_MAX + 1,
                                     UINT64_MAX - 1,
                                     UINT64_MAX};
    const unsigned count = sizeof(words) / sizeof(words[0]);
    unsigned which = decide(in, count + 8);
    return which < count ? words[which] : decide(in, 256);
}

static int decide_stranger(input *in)
{
    return stage.strangers
        .descriptors[decide(in, (unsigned)stage.strangers.count)];
}

static const message *decide_sample(input *in)
{
    return &stage.samples.messages[decide(in, (unsigned)stage.samples.count)];
}

/* ------------------------------------------------------------------------
 * Lies about a section
 * ------------------------------------------------------------------------ */

static void change_byte(unsigned char *bytes, size_t length, input *in)
{
    size_t at = decide(in, 256) << 8;
    at = (at + decide(in, 256)) % length;
    bytes[at] ^= (unsigned char)(1 + decide(in, 255));
}

static void change_name(unsigned char *parcel, input *in)
{
    static const char *const names[] = {"",  "sample", "growing", "x",
                                        ".", "..",     "a/b",     "\xff"};
    const char *name = names[decide(in, 8)];
    memset(parcel + (size_t)WORD_NAME * 8, 0,
           PARCEL_SIZE - (size_t)WORD_NAME * 8);
    for (size_t i = 0; name[i] != '\0'; i++)
        parcel[(size_t)WORD_NAME * 8 + i] = (unsigned char)name[i];
    parcel_set(parcel, WORD_NAME_LENGTH, strlen(name));
    parcel_set(parcel, WORD_SCOPE, name[0] == '\0' ? 0 : 1 + decide(in, 2));
}

static void change_sizes(unsigned char *parcel, input *in)
{
    uint64_t size = decide_word(in);
    parcel_set(parcel, WORD_SIZE, size);
    parcel_set(parcel, WORD_RESERVE,
               decide(in, 2) == 0 ? size : decide_word(in));
}

/* What is in a parcel, whatever way it goes. */
static void change_parcel(unsigned char *parcel, input *in)
{
    switch (decide(in, 6)) {
    case 0:
        change_byte(parcel, PARCEL_SIZE, in);
        break;
    case 1:
        parcel_set(parcel, decide(in, WORDS), decide_word(in));
        break;
    case 2:
        parcel_set(parcel, WORD_RIGHTS, decide(in, 16));
        break;
    case 3:
        change_name(parcel, in);
        break;
    case 4:
        change_sizes(parcel, in);
        break;
    default:
        parcel_set(parcel, WORD_KIND, 1 + decide(in, 2));
        break;
    }
}

static void add_descriptors(message *m, size_t count, int descriptor)
{
    for (size_t i = 0; i < count && m->count < DESCRIPTORS_MOST; i++)
        m->descriptors[m->count++] = descriptor;
}

static void change_descriptors(message *m, input *in)
{
    unsigned which = m->count == 0 ? 0 : decide(in, (unsigned)m->count);
    const message *other;
    int kept;
    switch (decide(in, 6)) {
    case 0:
        if (m->count != 0)
            m->descriptors[which] = decide_stranger(in);
        break;
    case 1:
        if (m->count != 0)
            m->descriptors[which] = m->descriptors[--m->count];
        break;
    case 2:
        add_descriptors(m, 1, decide_stranger(in));
        break;
    case 3:
        if (m->count != 0)
            add_descriptors(m, decide(in, 32) == 0 ? 250 : 1,
                            m->descriptors[which]);
        break;
    case 4:
        other = decide_sample(in);
        m->count = other->count;
        memcpy(m->descriptors, other->descriptors, other->count * sizeof(int));
        break;
    default:
        if (m->count == 0)
            break;
        kept = m->descriptors[0];
        m->descriptors[0] = m->descriptors[which];
        m->descriptors[which] = kept;
        break;
    }
}

static void change_mask(message *m, input *in)
{
    unsigned mask = decide(in, 64);
    parcel_set(PARCEL_OF(m), WORD_PARTS, mask);
    m->bytes[0] = (unsigned char)(decide(in, 8) == 0 ? decide(in, 256) : mask);
}

static void lie(message *m, input *in)
{
    switch (decide(in, 8)) {
    case 0:
        change_byte(m->bytes, m->length, in);
        break;
    case 1:
        change_mask(m, in);
        break;
    case 2:
    case 3:
    case 4:
        change_descriptors(m, in);
        break;
    default:
        change_parcel(PARCEL_OF(m), in);
        break;
    }
}

/* Liars do not lie about what is easily found out. */
static void make_believable(message *m, input *in)
{
    struct stat status;
    unsigned what = decide(in, 32);
    if (m->count == 0 || fstat(m->descriptors[0], &status) != 0)
        return;
    if ((what & 1) != 0) {
        parcel_set(PARCEL_OF(m), WORD_ID, (uint64_t)status.st_dev);
        parcel_set(PARCEL_OF(m), WORD_ID + 1, (uint64_t)status.st_ino);
    }
    if ((what & 2) != 0) {
        parcel_set(PARCEL_OF(m), WORD_ID, 0);
        parcel_set(PARCEL_OF(m), WORD_ID + 1, 0);
    }
    if ((what & 4) != 0) {
        parcel_set(PARCEL_OF(m), WORD_SIZE, (uint64_t)status.st_size);
        parcel_set(PARCEL_OF(m), WORD_RESERVE, (uint64_t)status.st_size);
    }
    if ((what & 8) != 0 && m->count <= 4) {
        unsigned mask = (1u << m->count) - 1;
        parcel_set(PARCEL_OF(m), WORD_PARTS, mask);
        m->bytes[0] = (unsigned char)mask;
    }
}

/* ------------------------------------------------------------------------
 * What is taken for a section
 * ------------------------------------------------------------------------ */

static bool may_be_a_file_that_was_cut;

/* To the last byte, or the first and the last of very many. */
static void check_bytes(const section *s, uint64_t size)
{
    static unsigned char bytes[1 << 20];
    section_view view;
    uint64_t from[2] = {0, size - 1};
    size_t length = size <= sizeof(bytes) ? (size_t)size : 1;
    for (int i = 0; i < (length == size ? 1 : 2); i++) {
        section_status status =
            section_map(&view, s, from[i], length, SECTION_ACCESS_READ);
        /* Huge pages that there are too few of. */
        if (status == SECTION_NO_SPACE || status == SECTION_LIMIT)
            return;
        FUZZ_CHECK(status == SECTION_OK);
        size_t done;
        status = section_view_read(&view, 0, bytes, length, &done);
        FUZZ_CHECK(status == SECTION_OK || may_be_a_file_that_was_cut);
        FUZZ_CHECK(status == SECTION_OK || status == SECTION_FAULT);
        FUZZ_CHECK(section_unmap(&view) == SECTION_OK);
    }
}

/* What may not be written cannot be, and what may can, unless it is sealed. */
static void check_writing(const section *s, bool writes)
{
    section_view view;
    section_status status =
        section_map(&view, s, 0, 1, SECTION_ACCESS_READ_WRITE);
    FUZZ_CHECK(status == SECTION_ACCESS || (writes && status == SECTION_OK) ||
               (writes && status == SECTION_NO_SPACE));
    FUZZ_CHECK(section_unmap(&view) == SECTION_OK);
}

static void check_descriptor(const section *s, const section_info *info)
{
    section_native native;
    struct stat status;
    bool writes = (info->rights & SECTION_RIGHT_WRITE) != 0;
    FUZZ_CHECK(section_get_native(&native, s) == SECTION_OK);
    int descriptor = (int)native;
    FUZZ_CHECK(descriptor > STDERR_FILENO);
    FUZZ_CHECK((fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
    FUZZ_CHECK((fcntl(descriptor, F_GETFL) & O_ACCMODE) ==
               (writes ? O_RDWR : O_RDONLY));
    FUZZ_CHECK(fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode));
    FUZZ_CHECK(info->id[0] == (uint64_t)status.st_dev &&
               info->id[1] == (uint64_t)status.st_ino);
    FUZZ_CHECK(info->size >= 1 && info->size <= (uint64_t)status.st_size);
}

/* The sender can cut a file at any moment, and shared memory that the system
 * has no seal for. */
static off_t cut(const section *s, const section_info *info, input *in)
{
    section_system system = SECTION_SYSTEM_INIT;
    struct stat status;
    section_native native;
    FUZZ_CHECK(section_get_system(&system) == SECTION_OK);
    FUZZ_CHECK(section_get_native(&native, s) == SECTION_OK);
    bool can = info->kind == SECTION_KIND_FILE ||
               system.memory_shrink == SECTION_GUARD_NONE;
    may_be_a_file_that_was_cut =
        can && (info->rights & SECTION_RIGHT_WRITE) != 0 && decide(in, 4) == 1;
    if (!may_be_a_file_that_was_cut)
        return 0;
    FUZZ_CHECK(fstat((int)native, &status) == 0);
    /* Memory can be said to be a file, which nobody can disprove. */
    may_be_a_file_that_was_cut = ftruncate((int)native, 0) == 0;
    return status.st_size;
}

static void check_section(section *s, const unsigned char *parcel, input *in)
{
    section_info info = SECTION_INFO_INIT;
    section_native native;
    FUZZ_CHECK(section_get_info(&info, s) == SECTION_OK);
    FUZZ_CHECK(info.kind == (section_kind)parcel_word(parcel, WORD_KIND));
    FUZZ_CHECK(info.rights == parcel_word(parcel, WORD_RIGHTS));
    FUZZ_CHECK(info.reserve == parcel_word(parcel, WORD_RESERVE));
    FUZZ_CHECK(info.size >= parcel_word(parcel, WORD_SIZE));
    FUZZ_CHECK(strlen(info.name) == parcel_word(parcel, WORD_NAME_LENGTH));
    check_descriptor(s, &info);
    check_writing(s, (info.rights & SECTION_RIGHT_WRITE) != 0);
    FUZZ_CHECK(section_get_native(&native, s) == SECTION_OK);
    off_t size = cut(s, &info, in);
    check_bytes(s, info.size);
    if (may_be_a_file_that_was_cut)
        FUZZ_CHECK(ftruncate((int)native, size) == 0);
}

static bool is_documented(section_status status, int way)
{
    switch (status) {
    case SECTION_OK:
    case SECTION_UNTRUSTED:
    case SECTION_UNSUPPORTED:
    case SECTION_GONE:
    case SECTION_RANGE:
        return true;
    case SECTION_BUSY:
        return way == 0;
    case SECTION_ACCESS:
        return way == 1;
    default:
        return false;
    }
}

static void check_status(section_status status, int way)
{
    if (!is_documented(status, way))
        (void)fprintf(stderr, "%s (%d)\n", section_status_name(status),
                      (int)section_last_os_error());
    FUZZ_CHECK(is_documented(status, way));
    stage.met[way][status]++;
}

/* ------------------------------------------------------------------------
 * Over a channel
 * ------------------------------------------------------------------------ */

static section_status receive(int which, const message *m, uint32_t timeout,
                              input *in)
{
    section *s = (void *)&stage;
    section_status status = section_receive(&s, stage.ends[which][1], timeout);
    check_status(status, 0);
    FUZZ_CHECK((status == SECTION_OK) == (s != NULL));
    if (s != NULL)
        check_section(s, PARCEL_OF(m), in);
    section_close(s);
    return status;
}

/* What was sent and not received: the kernel closes its descriptors. */
static void drain(int which)
{
    static unsigned char bytes[1 << 16];
    while (recv(stage.ends[which][1], bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
        continue;
}

static void send_pieces(int to, const message *m, input *in)
{
    size_t at = 0;
    unsigned with = decide(in, 4);
    for (unsigned i = 0; at < m->length; i++) {
        size_t length = 1 + decide(in, 255);
        if (length > m->length - at || i == 7)
            length = m->length - at;
        message_put(to, m, at, length, i == with);
        at += length;
    }
}

static void send_longer(int which, message *m, input *in)
{
    size_t more = 1 + decide(in, 256);
    memset(m->bytes + m->length, 0x5a, more);
    m->length += more;
    message_put(stage.ends[which][0], m, 0, m->length, true);
    (void)receive(which, m, 0, in);
    drain(which);
}

/* The rest never comes: another message does, or the end, or nothing. */
static void send_cut(int which, const message *m, input *in)
{
    size_t length = (decide(in, 3) * (size_t)256 + decide(in, 256)) % m->length;
    int to = stage.ends[which][0];
    if (length != 0)
        message_put(to, m, 0, length, true);
    unsigned then = decide(in, 64);
    if (then == 1) {
        (void)receive(which, m, 1, in);
    } else if (then < 8) {
        FUZZ_CHECK(shutdown(to, SHUT_WR) == 0);
        FUZZ_CHECK(receive(which, m, 0, in) != SECTION_OK);
        renew_pair(which);
    } else {
        message_put(to, m, 0, m->length, decide(in, 2) == 0);
        (void)receive(which, m, 0, in);
    }
    drain(which);
}

/* A true message behind a false one is received, wherever the first ended. */
static void send_two(int which, const message *m, input *in)
{
    const message *second = decide_sample(in);
    message_put(stage.ends[which][0], m, 0, m->length, true);
    message_put(stage.ends[which][0], second, 0, second->length, true);
    (void)receive(which, m, 0, in);
    FUZZ_CHECK(receive(which, second, 0, in) == SECTION_OK);
}

static void test_message(input *in)
{
    static message m;
    message_copy(&m, decide_sample(in));
    int which = (int)decide(in, 2);
    unsigned transport = decide(in, 8);
    unsigned lies = decide(in, 5);
    for (unsigned i = 0; i < lies; i++)
        lie(&m, in);
    if (lies != 0 && decide(in, 4) != 0)
        make_believable(&m, in);
    switch (transport) {
    case 7:
        send_cut(which, &m, in);
        break;
    case 6:
        send_longer(which, &m, in);
        break;
    case 5:
        send_two(which, &m, in);
        break;
    case 4:
        send_pieces(stage.ends[which][0], &m, in);
        (void)receive(which, &m, 0, in);
        drain(which);
        break;
    default:
        message_put(stage.ends[which][0], &m, 0, m.length, true);
        FUZZ_CHECK(receive(which, &m, 0, in) == SECTION_OK || lies != 0);
        break;
    }
}

/* ------------------------------------------------------------------------
 * By a text
 * ------------------------------------------------------------------------ */

/* What a child has: the descriptors that it was given, without FD_CLOEXEC, and
 * no offer. */
static void inherit_offer(offered *o)
{
    unsigned char parcel[PARCEL_SIZE];
    char text[SECTION_OFFER_TEXT_SIZE + 2 * BYTES_MOST];
    text_read(parcel, section_offer_text(o->offer));
    for (size_t i = 0; i < PARTS; i++) {
        uint64_t number = parcel_word(parcel, WORD_NUMBERS + i);
        if (number <= INT32_MAX &&
            (parcel_word(parcel, WORD_PARTS) >> i & 1) != 0)
            parcel_set(parcel, WORD_NUMBERS + i, (uint64_t)dup((int)number));
    }
    /* What a process offers to its heirs is not for itself. */
    parcel_set(parcel, WORD_FROM, parcel_word(parcel, WORD_FROM) + 1);
    section_unexport(o->offer);
    o->offer = NULL;
    FUZZ_CHECK(text_write(text, parcel) < sizeof(o->text));
    memcpy(o->text, text, strlen(text) + 1);
}

static void make_offer(size_t which)
{
    offered *o = &stage.offers[which];
    const section *of = which % 2 == 0 ? stage.source : stage.named;
    section_rights rights = SECTION_RIGHT_READ;
    section_status status = SECTION_UNSUPPORTED;
    if (which == 0)
        rights |= SECTION_RIGHT_WRITE;
    if (which < 2)
        status = section_export(&o->offer, of, rights, getpid());
    if (status == SECTION_OK) {
        memcpy(o->text, section_offer_text(o->offer),
               strlen(section_offer_text(o->offer)) + 1);
        return;
    }
    FUZZ_CHECK(section_make_inheritable(&o->offer, of, rights) == SECTION_OK);
    inherit_offer(o);
}

/* The numbers of descriptors that this process has for other things. */
static void change_numbers(unsigned char *parcel, input *in)
{
    struct stat status;
    int other = decide(in, 2) == 0 ? stage.locked : decide_stranger(in);
    parcel_set(parcel, WORD_NUMBERS + decide(in, PARTS), (uint64_t)other);
    if (decide(in, 2) == 0)
        return;
    int ticket = decide(in, 2) == 0 ? stage.locked : decide_stranger(in);
    FUZZ_CHECK(fstat(ticket, &status) == 0);
    parcel_set(parcel, WORD_NUMBERS + PART_TICKET, (uint64_t)ticket);
    if (decide(in, 4) == 0)
        return;
    parcel_set(parcel, WORD_TICKET, (uint64_t)status.st_dev);
    parcel_set(parcel, WORD_TICKET + 1, (uint64_t)status.st_ino);
}

static void lie_in_text(unsigned char *parcel, input *in)
{
    switch (decide(in, 3)) {
    case 0:
        change_parcel(parcel, in);
        break;
    case 1:
        parcel_set(parcel, WORD_FROM + decide(in, 4), decide_word(in));
        break;
    default:
        parcel_set(parcel, WORD_WAY, 2 + decide(in, 2));
        break;
    }
}

static void damage(char *text, size_t *length, input *in)
{
    size_t at = (decide(in, 4) * (size_t)256 + decide(in, 256)) % *length;
    if (decide(in, 2) == 0)
        text[at] = (char)(1 + decide(in, 255));
    else
        *length = at;
    text[*length] = '\0';
}

/* Who offers may lie as well: then the ticket says what the text says. */
static void lie_in_ticket(const char *text, const unsigned char *parcel)
{
    unsigned char first[PARCEL_SIZE];
    text_read(first, text);
    int ticket = (int)parcel_word(first, WORD_NUMBERS + PART_TICKET);
    FUZZ_CHECK(pwrite(ticket, parcel, PARCEL_SIZE, TICKET_PARCEL) ==
               PARCEL_SIZE);
}

/* With nothing behind it that could be read by mistake. */
static section_status import(section **out, const char *text, size_t length)
{
    char *alone = malloc(length + 1);
    FUZZ_CHECK(alone != NULL);
    memcpy(alone, text, length + 1);
    section_status status = section_import(out, alone);
    free(alone);
    return status;
}

/* A text that the offerer could have written; its numbers are those of what he
 * gave, because he can do what he wants with that anyway. */
static void write_lies(unsigned char *parcel, const char *text, input *in)
{
    unsigned char first[PARCEL_SIZE];
    text_read(first, text);
    memcpy(parcel, first, PARCEL_SIZE);
    for (unsigned i = decide(in, 4); i != 0; i--)
        lie_in_text(parcel, in);
    memcpy(parcel + (size_t)WORD_NUMBERS * 8, first + (size_t)WORD_NUMBERS * 8,
           (size_t)PARTS * 8);
    lie_in_ticket(text, parcel);
}

static void check_imported(section *s, const unsigned char *parcel,
                           unsigned which, input *in)
{
    check_section(s, parcel, in);
    section_close(s);
    section_unexport(stage.offers[which].offer);
    stage.offers[which].offer = NULL;
    make_offer(which);
}

static void test_text(input *in)
{
    static char text[SECTION_OFFER_TEXT_SIZE + 2 * BYTES_MOST];
    unsigned char parcel[PARCEL_SIZE];
    unsigned which = decide(in, OFFERS);
    write_lies(parcel, stage.offers[which].text, in);
    /* And what those may come to on the way. */
    unsigned damages = decide(in, 4);
    if (damages == 1)
        change_numbers(parcel, in);
    size_t length = text_write(text, parcel);
    if (damages == 2)
        damage(text, &length, in);

    section *s = (void *)&stage;
    section_status status = import(&s, text, length);
    check_status(status, 1);
    FUZZ_CHECK((status == SECTION_OK) == (s != NULL));
    FUZZ_CHECK(strangers_still_lock());
    if (s != NULL)
        check_imported(s, parcel, which, in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (stage.lowest == 0)
        open_stage();
    input in = {data, data + size};
    if (decide(&in, 16) == 15)
        test_text(&in);
    else
        test_message(&in);
    int lowest = lowest_free();
    FUZZ_CHECK(lowest == stage.lowest);
    if (++stage.round % 1024 == 0)
        FUZZ_CHECK(count_open() == stage.open_count);
    return 0;
}
