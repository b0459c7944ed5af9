/* SPDX-License-Identifier: MIT */
/*
 * Connections by UNIX sockets, unix(7).
 */
#include "connection.h"

#include "pause.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* ------------------------------------------------------------------------
 * Time
 * ------------------------------------------------------------------------ */

static uint64_t now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

uint32_t connection_left(const connection *of)
{
    uint64_t time = now();
    return time < of->deadline ? (uint32_t)(of->deadline - time) : 1;
}

/* Until there is something to read, or room to write. A byte every now and then
 * moves no deadline. */
static bool await(const connection *c, short events)
{
    struct pollfd one = {.fd = (int)c->channel, .events = events};
    while (now() < c->deadline) {
        int ready = poll(&one, 1, (int)connection_left(c));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
    return false;
}

/* ------------------------------------------------------------------------
 * Bytes
 * ------------------------------------------------------------------------ */

/* Descriptors that come with bytes which are read like this, nobody gets: the
 * kernel closes them. */
bool connection_read(const connection *from, void *bytes, size_t length)
{
    char *next = bytes;
    while (length > 0) {
        if (!await(from, POLLIN))
            return false;
        ssize_t got = recv((int)from->channel, next, length, 0);
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
            return false;
        if (got > 0) {
            next += got;
            length -= (size_t)got;
        }
    }
    return true;
}

bool connection_write(const connection *to, const void *bytes, size_t length)
{
    const char *next = bytes;
    while (length > 0) {
        if (!await(to, POLLOUT))
            return false;
        ssize_t sent = send((int)to->channel, next, length, 0);
        if (sent < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        if (sent > 0) {
            next += sent;
            length -= (size_t)sent;
        }
    }
    return true;
}

/* ------------------------------------------------------------------------
 * Both sides
 * ------------------------------------------------------------------------ */

/* Not for programs that this one starts; and poll() says when it is ready, so
 * that no call waits. */
static bool set_up(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0;
}

/* Who writes to a client that has gone gets an error, and no signal. */
static int new_socket(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    int out = socket(AF_UNIX, SOCK_STREAM, 0);
    if (out >= 0 && !set_up(out)) {
        (void)close(out);
        return -1;
    }
    return out;
}

static bool make_address(struct sockaddr_un *out, const char *path)
{
    memset(out, 0, sizeof(*out));
    out->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof(out->sun_path))
        return false;
    memcpy(out->sun_path, path, strlen(path));
    return true;
}

void connection_close(const connection *closed)
{
    (void)close((int)closed->channel);
}

/* ------------------------------------------------------------------------
 * The client's side
 * ------------------------------------------------------------------------ */

/* A server whose queue is full has no room for now (EAGAIN). */
static bool connect_in_time(const connection *c,
                            const struct sockaddr_un *address)
{
    const struct sockaddr *general = (const struct sockaddr *)address;
    while (connect((int)c->channel, general, sizeof(*address)) != 0) {
        if ((errno != EAGAIN && errno != EINTR) || now() >= c->deadline)
            return false;
        pause_shortly();
    }
    return true;
}

bool connection_open(connection *out, const char *address, uint32_t patience)
{
    struct sockaddr_un where;
    int descriptor = make_address(&where, address) ? new_socket() : -1;
    if (descriptor < 0)
        return false;
    *out = (connection){descriptor, now() + patience};
    if (connect_in_time(out, &where))
        return true;
    connection_close(out);
    return false;
}

/* ------------------------------------------------------------------------
 * The server's side
 * ------------------------------------------------------------------------ */

typedef struct listener {
    int socket;
    uint32_t patience;
    connection_work work;
    void *context;
} listener;

/* One that has gone again meanwhile, or too many open files: never the end. */
static int accept_next(int from)
{
    struct pollfd one = {.fd = from, .events = POLLIN};
    (void)poll(&one, 1, -1);
    int out = accept(from, NULL, NULL);
    if (out < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        pause_shortly();
    return out;
}

/* A thread: one client after the other. */
static void *serve(void *argument)
{
    const listener *l = argument;
    for (;;) {
        connection client = {accept_next(l->socket), 0};
        if (client.channel < 0)
            continue;
        client.deadline = now() + l->patience;
        if (set_up((int)client.channel))
            l->work(&client, l->context);
        connection_close(&client);
    }
    return NULL;
}

/* What a server left that was killed; but not what belongs to one that runs,
 * nor what is no socket. */
static void remove_remains(const char *path, const struct sockaddr_un *address)
{
    struct stat found;
    int descriptor = new_socket();
    if (descriptor < 0)
        return;
    if (lstat(path, &found) == 0 && S_ISSOCK(found.st_mode) &&
        connect(descriptor, (const struct sockaddr *)address,
                sizeof(*address)) != 0 &&
        errno == ECONNREFUSED)
        (void)unlink(path);
    (void)close(descriptor);
}

/* Everybody may connect whom the directory lets in: nobody is trusted. */
static bool listen_at(int descriptor, const char *path)
{
    struct sockaddr_un address;
    if (!make_address(&address, path))
        return false;
    remove_remains(path, &address);
    return bind(descriptor, (const struct sockaddr *)&address,
                sizeof(address)) == 0 &&
           chmod(path, 0666) == 0 && listen(descriptor, SOMAXCONN) == 0;
}

/* How many could be started. */
static unsigned start_threads(unsigned threads, listener *l)
{
    for (unsigned i = 0; i < threads; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, l) != 0)
            return i;
        (void)pthread_detach(thread);
    }
    return threads;
}

bool connection_serve(const char *address, unsigned threads, uint32_t patience,
                      connection_work work, void *context)
{
    listener *l =
        malloc(sizeof(*l)); /* the threads' as long as there are any */
    if (l == NULL)
        return false;
    *l = (listener){new_socket(), patience, work, context};
    if (l->socket >= 0 && listen_at(l->socket, address) &&
        start_threads(threads, l) > 0)
        return true;
    if (l->socket >= 0)
        (void)close(l->socket);
    free(l);
    return false;
}

void connection_end(const char *address)
{
    (void)unlink(address);
}
