/* SPDX-License-Identifier: Apache-2.0 */
/* See zmtp_link.h. */
#define _GNU_SOURCE /* accept4 */
#include "conformance/wire/zmtp_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "transport/clock.h"

#define LINK_PIECE   65536 /* octets of one read */
#define LINK_BACKLOG 64
#define LINK_BIND_MS 2000 /* the port of an end that was just closed */
#define LINK_SPENT                                                             \
    ((size_t)1 << 20) /* used octets that may lie in the buffer */

/* True when ${fd} is ready before ${end}. */
static bool
await(int fd, short events, int64_t end)
{
    struct pollfd p = {.fd = fd, .events = events};

    for (;;) {
        int64_t left = end - clock_ms();
        int n = poll(&p, 1, left > 0 ? (int)left : 0);

        if (n > 0)
            return true;
        if (left <= 0 || (n < 0 && errno != EINTR))
            return false;
    }
}

/* libzmq lets go of a port a moment after its socket is closed. */
static bool
bind_soon(int s, const struct sockaddr_in *a)
{
    int64_t end = clock_ms() + LINK_BIND_MS;
    struct timespec nap = {0, 20 * 1000 * 1000};

    while (bind(s, (const struct sockaddr *)a, sizeof(*a)) != 0) {
        if (errno != EADDRINUSE || a->sin_port == 0 || clock_ms() >= end)
            return false;
        (void)nanosleep(&nap, NULL);
    }
    return true;
}

enum err_code
zmtp_listen(unsigned port, int *fd, struct err *err)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (s < 0)
        return err_errno(err, "ZMTP", "no socket");
    (void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (!bind_soon(s, &a) || listen(s, LINK_BACKLOG) != 0) {
        enum err_code code = err_errno(err, "ZMTP", "cannot listen");

        close(s);
        return code;
    }
    *fd = s;
    return ERR_OK;
}

unsigned
zmtp_listen_port(int fd)
{
    struct sockaddr_in a = {0};
    socklen_t n = sizeof(a);

    if (getsockname(fd, (struct sockaddr *)&a, &n) != 0)
        return 0;
    return ntohs(a.sin_port);
}

int
zmtp_listen_close(int fd)
{
    return close(fd);
}

void
zmtp_link_init(struct zmtp_link *l)
{
    l->fd = -1;
    buf_init(&l->in, ZMTP_LINK_FRAME * 2);
    l->at = 0;
    l->reset = false;
    l->fault = ZMTP_FINE;
}

void
zmtp_link_close(struct zmtp_link *l, bool reset)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};

    if (l->fd >= 0) {
        if (reset)
            (void)setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        close(l->fd);
    }
    l->fd = -1;
    l->at = 0;
    l->reset = false;
    buf_free(&l->in);
}

static void
begin(struct zmtp_link *l, int fd)
{
    zmtp_link_close(l, false);
    zmtp_link_init(l);
    l->fd = fd;
}

enum zmtp_state
zmtp_link_accept(struct zmtp_link *l, int listener, unsigned wait_ms)
{
    int64_t end = clock_ms() + wait_ms;

    while (await(listener, POLLIN, end)) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0) {
            begin(l, fd);
            return ZMTP_LINK_OK;
        }
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            break;
    }
    return ZMTP_LINK_TIMEOUT;
}

enum zmtp_state
zmtp_link_connect(struct zmtp_link *l, const char *host, unsigned port,
                  unsigned wait_ms)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port)};
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int why = 0;
    socklen_t n = sizeof(why);

    if (s < 0)
        return ZMTP_LINK_CLOSED;
    begin(l, s);
    if (inet_pton(AF_INET, host, &a.sin_addr) != 1)
        return ZMTP_LINK_CLOSED;
    if (connect(s, (struct sockaddr *)&a, sizeof(a)) == 0)
        return ZMTP_LINK_OK;
    if (errno != EINPROGRESS)
        return ZMTP_LINK_CLOSED;
    if (!await(s, POLLOUT, clock_ms() + wait_ms))
        return ZMTP_LINK_TIMEOUT;
    if (getsockopt(s, SOL_SOCKET, SO_ERROR, &why, &n) != 0 || why)
        return ZMTP_LINK_CLOSED;
    return ZMTP_LINK_OK;
}

enum zmtp_state
zmtp_link_send(struct zmtp_link *l, struct bytes data, unsigned wait_ms)
{
    int64_t end = clock_ms() + wait_ms;

    if (l->fd < 0)
        return ZMTP_LINK_CLOSED;
    while (data.len) {
        ssize_t n = send(l->fd, data.data, data.len, MSG_NOSIGNAL);

        if (n > 0) {
            if (l->tap)
                l->tap(l->ctx, true, bytes_upto(data, (size_t)n));
            data = bytes_from(data, (size_t)n);
        } else if (errno == EAGAIN || errno == EINTR) {
            if (!await(l->fd, POLLOUT, end))
                return ZMTP_LINK_TIMEOUT;
        } else {
            l->reset = errno == ECONNRESET;
            return ZMTP_LINK_CLOSED;
        }
    }
    return ZMTP_LINK_OK;
}

/* Used octets make room. */
static void
compact(struct zmtp_link *l)
{
    if (l->at < LINK_SPENT && l->at != l->in.len)
        return;
    if (l->in.len > l->at)
        memmove(l->in.data, l->in.data + l->at, l->in.len - l->at);
    l->in.len -= l->at;
    l->at = 0;
}

static enum zmtp_state
read_piece(struct zmtp_link *l, int64_t end)
{
    ssize_t n;

    if (l->fd < 0)
        return ZMTP_LINK_CLOSED;
    if (!await(l->fd, POLLIN, end))
        return ZMTP_LINK_TIMEOUT;
    compact(l);
    if (!buf_reserve(&l->in, LINK_PIECE))
        return ZMTP_LINK_CLOSED;
    n = recv(l->fd, l->in.data + l->in.len, LINK_PIECE, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return ZMTP_LINK_OK;
    if (n <= 0) {
        l->reset = n < 0 && errno == ECONNRESET;
        return ZMTP_LINK_CLOSED;
    }
    if (l->tap)
        l->tap(l->ctx, false, bytes_of(l->in.data + l->in.len, (size_t)n));
    l->in.len += (size_t)n;
    return ZMTP_LINK_OK;
}

struct bytes
zmtp_link_unread(const struct zmtp_link *l)
{
    return bytes_from(buf_view(&l->in), l->at);
}

enum zmtp_state
zmtp_link_need(struct zmtp_link *l, size_t n, unsigned wait_ms)
{
    int64_t end = clock_ms() + wait_ms;

    while (l->in.len - l->at < n) {
        enum zmtp_state s = read_piece(l, end);

        if (s != ZMTP_LINK_OK)
            return s;
    }
    return ZMTP_LINK_OK;
}

enum zmtp_state
zmtp_link_greeting(struct zmtp_link *l, unsigned wait_ms)
{
    enum zmtp_state s = zmtp_link_need(l, ZMTP_GREETING, wait_ms);

    if (s != ZMTP_LINK_OK)
        return s;
    l->fault = zmtp_greeting_read(
        bytes_upto(zmtp_link_unread(l), ZMTP_GREETING), &l->theirs);
    l->at += ZMTP_GREETING;
    return l->fault == ZMTP_FINE ? ZMTP_LINK_OK : ZMTP_LINK_FAULT;
}

enum zmtp_state
zmtp_link_frame(struct zmtp_link *l, struct zmtp_frame *f, unsigned wait_ms)
{
    int64_t end = clock_ms() + wait_ms;

    for (;;) {
        size_t used = 0;
        enum zmtp_got got = zmtp_frame_read(
            zmtp_link_unread(l), ZMTP_LINK_FRAME, f, &used, &l->fault);
        enum zmtp_state s;

        if (got == ZMTP_BROKEN)
            return ZMTP_LINK_FAULT;
        if (got == ZMTP_GOT) {
            l->at += used;
            return l->fault == ZMTP_FINE ? ZMTP_LINK_OK : ZMTP_LINK_FAULT;
        }
        s = read_piece(l, end);
        if (s != ZMTP_LINK_OK)
            return s;
    }
}

bool
zmtp_link_ended(struct zmtp_link *l, unsigned wait_ms)
{
    int64_t end = clock_ms() + wait_ms;
    enum zmtp_state s;

    do {
        s = read_piece(l, end);
    } while (s == ZMTP_LINK_OK && clock_ms() < end);
    return s == ZMTP_LINK_CLOSED;
}
