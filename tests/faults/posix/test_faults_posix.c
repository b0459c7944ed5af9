/* SPDX-License-Identifier: MIT */
/*
 * Every call of the C library that platform/posix makes, failing, one after the
 * other, in every call of the API on real memory and files: the call says so,
 * leaves nothing, changes nothing, and can be made again. And every call that a
 * signal may interrupt, interrupted, and every call that may do only a part:
 * nobody notices. Names are in test_faults_names.c.
 */
#include "faults.h"
#include "stage.h"
#include "strike.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef enum result_kind {
    MAKES_NOTHING,
    MAKES_SECTION,
    MAKES_VIEW,
    MAKES_NATIVE,
    MAKES_INFO
} result_kind;

typedef struct scenario {
    const char *name;
    result_kind makes;
    void (*prepare)(stage *s);
    section_status (*call)(stage *s);
    int64_t file_size;   /* before the call; -1 for no file */
    unsigned least;      /* calls that can fail in it, at least */
    const char *lacks;   /* what the system does not have */
    int lacking_error;   /* and how it says so */
    bool opens_a_reader; /* a descriptor more, kept by the source */
    bool from_zero;      /* made with descriptor 0 closed */
} scenario;

/* ------------------------------------------------------------------------
 * Scenarios
 * ------------------------------------------------------------------------ */

static section_status create(stage *s, const char *path, uint64_t size,
                             section_rights rights,
                             section_disposition disposition, uint32_t flags)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.path = path;
    options.size = size;
    options.rights = rights;
    options.disposition = disposition;
    options.flags = flags;
    return section_create(&s->out, &options);
}

static section_status create_memory(stage *s)
{
    return create(s, NULL, 5000, ALL_RIGHTS, SECTION_CREATE_NEW, 0);
}

/* Enough to make the library look at what the machine has left. */
static section_status create_much_memory(stage *s)
{
    return create(s, NULL, (uint64_t)5 << 20, ALL_RIGHTS, SECTION_CREATE_NEW,
                  0);
}

/* The same in a size of its own: what is looked at depends on it. */
static section_status create_twice_as_much_memory(stage *s)
{
    return create(s, NULL, (uint64_t)8 << 20, ALL_RIGHTS, SECTION_CREATE_NEW,
                  0);
}

static section_status create_read_only_memory(stage *s)
{
    return create(s, NULL, 5000, SECTION_RIGHT_READ, SECTION_CREATE_NEW, 0);
}

static section_status create_lazy_memory(stage *s)
{
    return create(s, NULL, (uint64_t)1 << 30, ALL_RIGHTS, SECTION_CREATE_NEW,
                  SECTION_LAZY);
}

static section_status create_new_file(stage *s)
{
    return create(s, s->path, 9000, ALL_RIGHTS, SECTION_CREATE_NEW, 0);
}

/* So much that room is made for it piece by piece. */
static section_status create_large_file(stage *s)
{
    return create(s, s->path, (uint64_t)40 << 20, ALL_RIGHTS,
                  SECTION_CREATE_NEW, 0);
}

static section_status create_lazy_file(stage *s)
{
    return create(s, s->path, 9000, ALL_RIGHTS, SECTION_CREATE_NEW,
                  SECTION_LAZY);
}

static section_status open_or_create_file(stage *s)
{
    return create(s, s->path, 9000, ALL_RIGHTS, SECTION_OPEN_OR_CREATE, 0);
}

static section_status grow_file(stage *s)
{
    return create(s, s->path, 9000, ALL_RIGHTS, SECTION_OPEN_EXISTING, 0);
}

static section_status open_file(stage *s)
{
    return section_open_file(&s->out, s->path, SECTION_RIGHT_READ);
}

static void prepare_memory(stage *s)
{
    s->source = stage_memory(200000);
}

static void prepare_file(stage *s)
{
    assert_status(SECTION_OK,
                  section_open_file(&s->source, s->path, ALL_RIGHTS));
}

/* Memory whose descriptor for read-only views is open already. */
static void prepare_read_memory(stage *s)
{
    section_view view;
    prepare_memory(s);
    assert_status(SECTION_OK,
                  section_map(&view, s->source, 0, 1, SECTION_ACCESS_READ));
    assert_status(SECTION_OK, section_unmap(&view));
}

static section_status duplicate(stage *s)
{
    return section_duplicate(&s->out, s->source, ALL_RIGHTS);
}

static section_status duplicate_narrow(stage *s)
{
    return section_duplicate(&s->out, s->source, SECTION_RIGHT_READ);
}

static section_status map_to_read(stage *s)
{
    return section_map(&s->out_view, s->source, 5, 10, SECTION_ACCESS_READ);
}

static section_status map_to_write(stage *s)
{
    return section_map(&s->out_view, s->source, 5, 10,
                       SECTION_ACCESS_READ_WRITE);
}

static section_status map_to_copy(stage *s)
{
    return section_map(&s->out_view, s->source, 5, 10, SECTION_ACCESS_COPY);
}

static void prepare_address(stage *s)
{
    prepare_memory(s);
    section_view view;
    assert_status(SECTION_OK, section_map(&view, s->source, 0, 0,
                                          SECTION_ACCESS_READ_WRITE));
    s->address = view.data;
    assert_status(SECTION_OK, section_unmap(&view));
}

static section_status map_at_address(stage *s)
{
    return section_map_at(&s->out_view, s->source, 5, 10,
                          SECTION_ACCESS_READ_WRITE,
                          (unsigned char *)s->address + 5);
}

static void prepare_view(stage *s)
{
    prepare_memory(s);
    assert_status(SECTION_OK, section_map(&s->source_view, s->source, 5, 10,
                                          SECTION_ACCESS_READ_WRITE));
}

static void prepare_view_of_closed_file(stage *s)
{
    prepare_file(s);
    assert_status(SECTION_OK, section_map(&s->source_view, s->source, 5, 10,
                                          SECTION_ACCESS_COPY));
    section_close(s->source);
    s->source = NULL;
}

static section_status unmap(stage *s)
{
    return section_unmap(&s->source_view);
}

static section_status protect(stage *s)
{
    return section_view_protect(&s->source_view, 0, 0, SECTION_ACCESS_READ);
}

/* Where the system has no seals, it is a word of the handle. */
static section_status seal(stage *s)
{
    return section_seal(s->source, SECTION_SEAL_WRITERS);
}

static void prepare_code(stage *s)
{
    section_options options = SECTION_OPTIONS_INIT;
    options.size = 200000;
    options.rights = ALL_RIGHTS | SECTION_RIGHT_EXECUTE;
    assert_status(SECTION_OK, section_create(&s->source, &options));
}

static section_status map_to_run(stage *s)
{
    return section_map(&s->out_view, s->source, 5, 10,
                       SECTION_ACCESS_EXECUTE_READ);
}

static section_status get_info(stage *s)
{
    return section_get_info(&s->out_info, s->source);
}

static void prepare_native(stage *s)
{
    prepare_memory(s);
    assert_status(SECTION_OK,
                  section_duplicate_native(&s->native, s->source, ALL_RIGHTS));
}

static void prepare_native_file(stage *s)
{
    s->native = open(s->path, O_RDWR | O_CLOEXEC);
    assert_true(s->native >= 0);
}

static section_status wrap_owned(stage *s)
{
    return section_wrap(&s->out, s->native, ALL_RIGHTS, SECTION_NATIVE_OWNED);
}

static section_status wrap_borrowed(stage *s)
{
    return section_wrap(&s->out, s->native, ALL_RIGHTS,
                        SECTION_NATIVE_BORROWED);
}

/* A descriptor below 3, which has to move. */
static void prepare_low_native(stage *s)
{
    prepare_memory(s);
    section_native high;
    assert_status(SECTION_OK,
                  section_duplicate_native(&high, s->source, ALL_RIGHTS));
    s->native = fcntl((int)high, F_DUPFD, 0);
    assert_true(s->native == 0);
    (void)close((int)high);
}

static section_status duplicate_native(stage *s)
{
    return section_duplicate_native(&s->out_native, s->source, ALL_RIGHTS);
}

static section_status duplicate_native_narrow(stage *s)
{
    return section_duplicate_native(&s->out_native, s->source,
                                    SECTION_RIGHT_READ);
}

#define SECTION_OUT .makes = MAKES_SECTION
#define VIEW_OUT    .makes = MAKES_VIEW
#define NATIVE_OUT  .makes = MAKES_NATIVE
#define NO_FILE     .file_size = -1
#define FILE_OF(n)  .file_size = (n)

static scenario scenarios[] = {
    {"create memory", SECTION_OUT, .call = create_memory, NO_FILE, .least = 4},
    {"create much memory", SECTION_OUT, .call = create_much_memory, NO_FILE,
     .least = 4},
    {"create twice as much memory", SECTION_OUT,
     .call = create_twice_as_much_memory, NO_FILE, .least = 4},
    {"create much memory, nothing can be opened", SECTION_OUT,
     .call = create_much_memory, NO_FILE, .least = 4, .lacks = "open",
     .lacking_error = EACCES},
    {"create twice as much memory, nothing can be read", SECTION_OUT,
     .call = create_twice_as_much_memory, NO_FILE, .least = 4, .lacks = "read",
     .lacking_error = EIO},
    {"create read-only memory", SECTION_OUT, .call = create_read_only_memory,
     NO_FILE, .least = 5},
    {"create lazy memory", SECTION_OUT, .call = create_lazy_memory, NO_FILE,
     .least = 4},
    {"create memory, no fallocate", SECTION_OUT, .call = create_memory, NO_FILE,
     .least = 4, .lacks = "fallocate", .lacking_error = EOPNOTSUPP},
    {"create memory, no posix_fallocate", SECTION_OUT, .call = create_memory,
     NO_FILE, .least = 4, .lacks = "posix_fallocate", .lacking_error = EINVAL},
    {"create memory, stdin closed", SECTION_OUT, .call = create_memory, NO_FILE,
     .least = 5, .from_zero = true},
    {"create a new file", SECTION_OUT, .call = create_new_file, NO_FILE,
     .least = 5},
    {"create a new file, no fallocate", SECTION_OUT, .call = create_new_file,
     NO_FILE, .least = 5, .lacks = "fallocate", .lacking_error = EOPNOTSUPP},
    {"create a new file, no posix_fallocate", SECTION_OUT,
     .call = create_new_file, NO_FILE, .least = 5, .lacks = "posix_fallocate",
     .lacking_error = EINVAL},
    {"create a new file, stdin closed", SECTION_OUT, .call = create_new_file,
     NO_FILE, .least = 6, .from_zero = true},
    {"create a large new file", SECTION_OUT, .call = create_large_file, NO_FILE,
     .least = 6},
    {"create a lazy file", SECTION_OUT, .call = create_lazy_file, NO_FILE,
     .least = 4},
    {"create what was not there to open", SECTION_OUT,
     .call = open_or_create_file, NO_FILE, .least = 5},
    {"open what was there", SECTION_OUT, .call = open_or_create_file,
     FILE_OF(10000), .least = 4},
    {"open what was there and grow it", SECTION_OUT,
     .call = open_or_create_file, FILE_OF(50), .least = 5},
    {"grow a file", SECTION_OUT, .call = grow_file, FILE_OF(50), .least = 5},
    {"grow a file, no fallocate", SECTION_OUT, .call = grow_file, FILE_OF(50),
     .least = 5, .lacks = "fallocate", .lacking_error = EOPNOTSUPP},
    {"open a file", SECTION_OUT, .call = open_file, FILE_OF(50), .least = 4},
    {"open a file, stdin closed", SECTION_OUT, .call = open_file, FILE_OF(50),
     .least = 5, .from_zero = true},
    {"duplicate memory", SECTION_OUT, prepare_memory, duplicate, NO_FILE,
     .least = 2},
    {"duplicate memory that was read", SECTION_OUT, prepare_read_memory,
     duplicate, NO_FILE, .least = 3},
    {"narrow memory that was read", SECTION_OUT, prepare_read_memory,
     duplicate_narrow, NO_FILE, .least = 2},
    {"duplicate a file", SECTION_OUT, prepare_file, duplicate, FILE_OF(50),
     .least = 2},
    {"narrow memory", SECTION_OUT, prepare_memory, duplicate_narrow, NO_FILE,
     .least = 2, .opens_a_reader = true},
    {"narrow a file", SECTION_OUT, prepare_file, duplicate_narrow, FILE_OF(50),
     .least = 2, .opens_a_reader = true},
    {"map memory to read", VIEW_OUT, prepare_memory, map_to_read, NO_FILE,
     .least = 1, .opens_a_reader = true},
    {"map memory to write", VIEW_OUT, prepare_memory, map_to_write, NO_FILE,
     .least = 1},
    {"map memory to copy", VIEW_OUT, prepare_memory, map_to_copy, NO_FILE,
     .least = 1},
    {"map a file to read", VIEW_OUT, prepare_file, map_to_read, FILE_OF(50),
     .least = 1, .opens_a_reader = true},
    {"map a file to write", VIEW_OUT, prepare_file, map_to_write, FILE_OF(50),
     .least = 1},
    {"map memory to run", VIEW_OUT, prepare_code, map_to_run, NO_FILE,
     .least = 1, .opens_a_reader = true},
    {"map at an address", VIEW_OUT, prepare_address, map_at_address, NO_FILE,
     .least = 1},
    {"unmap", .prepare = prepare_view, .call = unmap, NO_FILE, .least = 1},
    {"unmap the last view of a closed file",
     .prepare = prepare_view_of_closed_file, .call = unmap, FILE_OF(50),
     .least = 1},
    {"protect", .prepare = prepare_view, .call = protect, NO_FILE, .least = 1},
    {"seal", .prepare = prepare_view, .call = seal, NO_FILE, .least = 0},
    {"get info", .makes = MAKES_INFO, prepare_memory, get_info, NO_FILE,
     .least = 0, .opens_a_reader = true},
    {"wrap memory, owned", SECTION_OUT, prepare_native, wrap_owned, NO_FILE,
     .least = 4},
    {"wrap memory, borrowed", SECTION_OUT, prepare_native, wrap_borrowed,
     NO_FILE, .least = 3},
    {"wrap a file, owned", SECTION_OUT, prepare_native_file, wrap_owned,
     FILE_OF(50), .least = 4},
    {"wrap a file, borrowed", SECTION_OUT, prepare_native_file, wrap_borrowed,
     FILE_OF(50), .least = 3},
    {"wrap descriptor 0, owned", SECTION_OUT, prepare_low_native, wrap_owned,
     NO_FILE, .least = 4, .from_zero = true},
    {"duplicate a native handle", NATIVE_OUT, prepare_memory, duplicate_native,
     NO_FILE, .least = 1},
    {"narrow a native handle", NATIVE_OUT, prepare_memory,
     duplicate_native_narrow, NO_FILE, .least = 1, .opens_a_reader = true},
};

/* ------------------------------------------------------------------------
 * What has to come of a failure
 * ------------------------------------------------------------------------ */

static bool cannot_reopen(faults_strike strike)
{
    return strike.reopens && (strike.error == ENOENT || strike.error == EACCES);
}

/* Failures that the library gets around, or that do not concern the section.
 */
static bool is_survived(const scenario *sc, faults_strike strike)
{
    if (strike.looks_around || struck(strike, "shm_unlink"))
        return true;
    /* An older kernel; a file system that cannot allocate ahead. */
    if (struck(strike, "memfd_create") && strike.error == EINVAL)
        return true;
    if (struck(strike, "fallocate") && strike.error == EOPNOTSUPP)
        return true;
    if (struck(strike, "posix_fallocate") && strike.error == EINVAL)
        return true;
    /* Without /proc, or without the right to open the file anew, read-only
     * views are mapped through the writable descriptor. */
    if (cannot_reopen(strike) && sc->makes == MAKES_VIEW)
        return true;
    /* A file can be created in a directory that cannot be read. */
    if (strike.opens_directory && strike.error == EACCES)
        return true;
    /* Gone between the look and the open: it looks again. */
    if (struck(strike, "open") && strike.error == ENOENT &&
        sc->call == open_or_create_file && sc->file_size >= 0)
        return true;
    /* It would fail the map too, and says so there. */
    return sc->makes == MAKES_INFO;
}

static section_status expected_status(const scenario *sc, faults_strike strike)
{
    if (struck(strike, "mmap") && sc->call == map_at_address)
        return SECTION_ADDRESS; /* another place was free */
    if (cannot_reopen(strike))
        return SECTION_UNSUPPORTED;
    if (struck(strike, "fchmod") && strike.error == EPERM)
        return SECTION_UNSUPPORTED; /* no more the owner's process */
    return status_of(strike);
}

/* The heap has no code of the system. */
static int expected_code(faults_strike strike)
{
    return struck(strike, "malloc") ? 0 : strike.error;
}

static void expect_no_result(const stage *s, const scenario *sc)
{
    static const section_view none;
    if (sc->makes == MAKES_SECTION)
        assert_null(s->out);
    else
        assert_ptr_equal(s->out, UNTOUCHED);
    if (sc->makes == MAKES_VIEW)
        assert_memory_equal(&s->out_view, &none, sizeof(none));
    assert_true(s->out_native == (sc->makes == MAKES_NATIVE ? -1 : 0x5a));
}

/* Use what a call that succeeded has made, and give it back. */
static void take_result(stage *s, const scenario *sc)
{
    section_native told;
    switch (sc->makes) {
    case MAKES_SECTION:
        assert_status(SECTION_OK, section_get_native(&told, s->out));
        assert_true(told > STDERR_FILENO);
        assert_true((fcntl((int)told, F_GETFD) & FD_CLOEXEC) != 0);
        assert_status(SECTION_OK, section_map(&s->out_view, s->out, 5, 10,
                                              SECTION_ACCESS_READ));
        assert_status(SECTION_OK, section_unmap(&s->out_view));
        section_close(s->out);
        break;
    case MAKES_VIEW:
        assert_int_equal(s->out_view.length, 10);
        assert_status(SECTION_OK, section_unmap(&s->out_view));
        break;
    case MAKES_NATIVE:
        assert_true(s->out_native > STDERR_FILENO);
        assert_int_equal(close((int)s->out_native), 0);
        break;
    case MAKES_INFO:
        assert_true(s->out_info.size == 200000);
        break;
    case MAKES_NOTHING:
        break;
    }
}

/* ------------------------------------------------------------------------
 * The sweep
 * ------------------------------------------------------------------------ */

static int saved_input = -1;

static void close_input(const scenario *sc)
{
    if (!sc->from_zero)
        return;
    saved_input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100);
    (void)close(STDIN_FILENO);
}

static void restore_input(void)
{
    if (saved_input < 0)
        return;
    (void)dup2(saved_input, STDIN_FILENO);
    (void)close(saved_input);
    saved_input = -1;
}

static void check_failed(stage *s, const scenario *sc, faults_strike strike,
                         section_status status, census before)
{
    assert_int_equal(section_last_os_error(), expected_code(strike));
    assert_int_equal(status, expected_status(sc, strike));
    expect_no_result(s, sc);
    census after = stage_count(s);
    if (sc->opens_a_reader && after.descriptors == before.descriptors + 1)
        before.descriptors++;
    assert_int_equal(after.descriptors, before.descriptors);
    assert_int_equal(after.mapped, before.mapped);
    assert_int_equal(after.files, before.files);
    assert_int_equal(after.names, before.names);
    stage_check_file(s, sc->file_size);
    stage_check_bystander(s);
    if (s->source_view.data != NULL)
        *(unsigned char *)s->source_view.data = 1;

    stage_arm(s);
    assert_status(SECTION_OK, sc->call(s));
}

/* Make the call with the nth call below it failing; whether it had as many. */
static bool strike_once(const scenario *sc, faults_mode mode, unsigned nth,
                        unsigned variant)
{
    stage s;
    memset(&s, 0, sizeof(s));
    (void)snprintf(s.folder, sizeof(s.folder), "/nowhere");
    census empty = stage_count(&s);
    stage_open(&s, sc->file_size);
    close_input(sc);
    if (sc->prepare != NULL)
        sc->prepare(&s);
    census before = stage_count(&s);

    faults_lack(sc->lacks, sc->lacking_error);
    faults_arm(mode, nth, variant);
    section_status status = sc->call(&s);
    faults_strike strike = faults_disarm();
    if (strike.happened)
        print_message("  %s: %s\n", strike.function, strerror(strike.error));
    bool fails =
        strike.happened && mode == FAULTS_ERROR && !is_survived(sc, strike);
    if (fails)
        check_failed(&s, sc, strike, status, before);
    else
        assert_status(SECTION_OK, status);
    take_result(&s, sc);

    if (faults_left_name()[0] != '\0')
        assert_int_equal(shm_unlink(faults_left_name()), 0);
    stage_close(&s);
    restore_input();
    stage_expect_gone(&s, empty);
    return strike.happened;
}

static void no_failing_call_leaves_a_trace(void **state)
{
    const scenario *sc = *state;
    unsigned count = 0;
    for (unsigned variant = 0; variant < FAULTS_VARIANTS; variant++)
        for (count = 0; strike_once(sc, FAULTS_ERROR, count + 1, variant);)
            count++;
    if (count < sc->least)
        fail_msg("only %u calls failed", count);
}

static void no_interrupted_call_is_noticed(void **state)
{
    for (unsigned nth = 1; strike_once(*state, FAULTS_INTERRUPT, nth, 0);)
        nth++;
}

/* Bytes of which a part is written. */
static void no_call_that_does_a_part_is_noticed(void **state)
{
    for (unsigned nth = 1; strike_once(*state, FAULTS_SHORT, nth, 0);)
        nth++;
}

static int put_input_back(void **state)
{
    (void)state;
    (void)faults_disarm();
    restore_input();
    return 0;
}

/* ------------------------------------------------------------------------
 * Failures after a failure
 * ------------------------------------------------------------------------ */

/* Nothing fits on the disk, and then taking the file back fails too: the first
 * failure is the one that is told. */
static void a_file_that_cannot_be_taken_back_changes_nothing_else(void **state)
{
    (void)state;
    for (unsigned nth = 1;; nth++) {
        stage s;
        stage_open(&s, -1);
        faults_lack("fallocate", ENOSPC);
        faults_arm(FAULTS_ERROR, nth, 0);
        section_status status = create_new_file(&s);
        faults_strike strike = faults_disarm();
        struct stat found;
        bool left = stat(s.path, &found) == 0;
        bool undoing = strike.happened &&
                       (struck(strike, "lstat") || struck(strike, "unlink"));
        if (status == SECTION_OK) /* this system does not use fallocate() */
            section_close(s.out);
        else
            assert_null(s.out);
        if (undoing)
            assert_status(SECTION_NO_SPACE, status);
        if (left && status != SECTION_OK)
            assert_true(undoing || struck(strike, "fstat"));
        stage_close(&s);
        assert_int_equal(rmdir(s.folder), 0);
        if (!strike.happened)
            break;
    }
}

/* ------------------------------------------------------------------------
 * Others in between
 * ------------------------------------------------------------------------ */

typedef struct other_writer {
    const char *path;
    bool writes;
    unsigned called;
} other_writer;

/* What another process does: it finds the new file and writes into it. */
static void write_as_another(void *context)
{
    other_writer *other = context;
    if (other->called++ > 0 || !other->writes)
        return;
    FILE *file = fopen(other->path, "ab");
    assert_non_null(file);
    assert_int_equal(fputs("precious", file) < 0, 0);
    assert_int_equal(fclose(file), 0);
}

static void expect_precious(const char *path)
{
    char bytes[16] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof(bytes), file), 8);
    assert_memory_equal(bytes, "precious", 8);
    (void)fclose(file);
}

/* Create a file on a disk that has no room in it; whether `function` was what
 * this system asks for room. */
static bool create_without_room(const char *function, bool others_write)
{
    stage s;
    stage_open(&s, -1);
    other_writer other = {.path = s.path, .writes = others_write};
    faults_lack(function, ENOSPC);
    faults_before_lacking(write_as_another, &other);
    faults_arm(FAULTS_ERROR, 0, 0);
    section_status status = create_new_file(&s);
    (void)faults_disarm();
    faults_before_lacking(NULL, NULL);
    faults_lack(NULL, 0);
    if (other.called == 0) {
        assert_status(SECTION_OK, status);
        section_close(s.out);
    } else {
        assert_status(SECTION_NO_SPACE, status);
        assert_null(s.out);
        if (others_write)
            expect_precious(s.path);
        else
            stage_check_file(&s, -1);
    }
    stage_close(&s);
    assert_int_equal(rmdir(s.folder), 0);
    return other.called > 0;
}

static void a_creation_taken_back_spares_what_others_wrote(void **state)
{
    (void)state;
    for (int others = 0; others < 2; others++) {
        bool asked = create_without_room("fallocate", others == 1);
        asked |= create_without_room("posix_fallocate", others == 1);
        assert_true(asked);
    }
}

/* Tests that are no scenarios, before those that are. */
#define SPECIAL 2

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

int main(void)
{
    /* Names are looked after before SECTION_NO_SPACE is said; none are here. */
    strike_without_names();
    struct CMUnitTest errors[SCENARIOS + SPECIAL] = {
        cmocka_unit_test_teardown(
            a_file_that_cannot_be_taken_back_changes_nothing_else,
            put_input_back),
        cmocka_unit_test_teardown(
            a_creation_taken_back_spares_what_others_wrote, put_input_back),
    };
    struct CMUnitTest interrupts[SCENARIOS], parts[SCENARIOS];
    for (size_t i = 0; i < SCENARIOS; i++) {
        errors[i + SPECIAL] = (struct CMUnitTest){
            .name = scenarios[i].name,
            .test_func = no_failing_call_leaves_a_trace,
            .teardown_func = put_input_back,
            .initial_state = &scenarios[i],
        };
        interrupts[i] = errors[i + SPECIAL];
        interrupts[i].test_func = no_interrupted_call_is_noticed;
        parts[i] = errors[i + SPECIAL];
        parts[i].test_func = no_call_that_does_a_part_is_noticed;
    }
    int failed = _cmocka_run_group_tests("failing", errors, SCENARIOS + SPECIAL,
                                         NULL, NULL);
    failed += _cmocka_run_group_tests("interrupted", interrupts, SCENARIOS,
                                      NULL, NULL);
    failed += _cmocka_run_group_tests("in part", parts, SCENARIOS, NULL, NULL);
    return failed;
}
