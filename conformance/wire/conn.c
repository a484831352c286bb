/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* accept4 */
#include "conformance/wire/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SLICE_MS  50 /* how soon a stop is noticed */
#define READ_STEP 16384

int64_t
wire_now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

unsigned
wire_left(const struct wire_until *u)
{
    int64_t left = u->at - wire_now_ms();

    if (left <= 0 || (u->stop != NULL && *u->stop != 0))
        return 0;
    return left > 3600000 ? 3600000u : (unsigned)left;
}

const char *
wire_end_name(enum wire_end e)
{
    static const char *const names[] = {"ok",      "eof",     "reset", "alert",
                                        "timeout", "refused", "failed"};

    return (unsigned)e < sizeof names / sizeof names[0] ? names[e] : "failed";
}

static enum wire_end
end(struct wire_conn *c, enum wire_end e, const char *why)
{
    (void)snprintf(c->why, sizeof c->why, "%s", why);
    return e;
}

static enum wire_end
end_errno(struct wire_conn *c)
{
    int e = errno;

    if (e == ECONNRESET || e == EPIPE || e == ENOTCONN)
        return end(c, WIRE_RESET, "connection reset");
    if (e == ECONNREFUSED)
        return end(c, WIRE_REFUSED, "connection refused");
    return end(c, WIRE_FAILED, strerror(e));
}

/* The descriptor is ready, or the deadline passed. */
static enum wire_end
wait_for(struct wire_conn *c, short events, const struct wire_until *u)
{
    for (;;) {
        struct pollfd p = {.fd = c->fd, .events = events};
        unsigned left = wire_left(u);
        int n = poll(&p, 1, (int)(left < SLICE_MS ? left : SLICE_MS));

        if (n > 0)
            return WIRE_OK;
        if (n < 0 && errno != EINTR)
            return end_errno(c);
        if (left == 0)
            return end(c, WIRE_TIMEOUT, "timeout");
    }
}

static bool
prepare(int fd)
{
    int one = 1;
    int flags = fcntl(fd, F_GETFL);

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

static enum wire_end
connect_one(struct wire_conn *c, const struct addrinfo *a,
            const struct wire_until *u)
{
    int error = 0;
    socklen_t size = sizeof error;
    enum wire_end e;

    c->fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || !prepare(c->fd))
        return end_errno(c);
    if (connect(c->fd, a->ai_addr, a->ai_addrlen) == 0)
        return WIRE_OK;
    if (errno != EINPROGRESS)
        return end_errno(c);
    e = wait_for(c, POLLOUT, u);
    if (e != WIRE_OK)
        return e;
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return end_errno(c);
    errno = error;
    return error == 0 ? WIRE_OK : end_errno(c);
}

enum wire_end
wire_connect(struct wire_conn *c, const char *host, unsigned port,
             const struct wire_until *u)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    enum wire_end e = WIRE_FAILED;
    char service[16];
    int code;

    *c = (struct wire_conn){.fd = -1, .alert = -1};
    (void)snprintf(service, sizeof service, "%u", port);
    code = getaddrinfo(host, service, &hints, &list);
    if (code != 0)
        return end(c, WIRE_FAILED, gai_strerror(code));
    for (struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        wire_close(c);
        e = connect_one(c, a, u);
        if (e == WIRE_OK || e == WIRE_TIMEOUT)
            break;
    }
    freeaddrinfo(list);
    return e;
}

int
wire_listen(const char *host, unsigned port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICSERV | AI_NUMERICHOST |
                                               AI_PASSIVE};
    struct addrinfo *a = NULL;
    char service[16];
    int fd = -1, one = 1;

    (void)snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(host, service, &hints, &a) != 0) {
        errno = EINVAL;
        return -1;
    }
    fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
         !prepare(fd) || bind(fd, a->ai_addr, a->ai_addrlen) != 0 ||
         listen(fd, 128) != 0)) {
        int keep = errno;

        (void)close(fd);
        errno = keep;
        fd = -1;
    }
    freeaddrinfo(a);
    return fd;
}

unsigned
wire_port(int fd)
{
    struct sockaddr_storage a;
    socklen_t size = sizeof a;

    if (getsockname(fd, (struct sockaddr *)&a, &size) != 0)
        return 0;
    if (a.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)(const void *)&a)->sin_port);
    return ntohs(((const struct sockaddr_in6 *)(const void *)&a)->sin6_port);
}

enum wire_end
wire_accept(struct wire_conn *c, int fd, const struct wire_until *u)
{
    enum wire_end e;

    *c = (struct wire_conn){.fd = fd, .alert = -1};
    do {
        e = wait_for(c, POLLIN, u);
        if (e != WIRE_OK)
            break;
        c->fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    } while (c->fd < 0 &&
             (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR) &&
             (c->fd = fd) == fd);
    if (e != WIRE_OK) {
        c->fd = -1;
        return e;
    }
    return c->fd >= 0 && prepare(c->fd) ? WIRE_OK : end_errno(c);
}

/* ---- bytes */

static enum wire_end
plain_send(struct wire_conn *c, struct bytes *data, const struct wire_until *u)
{
    ssize_t n = send(c->fd, data->data, data->len, MSG_NOSIGNAL);

    if (n >= 0) {
        *data = bytes_from(*data, (size_t)n);
        c->sent += (uint64_t)n;
        return WIRE_OK;
    }
    if (errno == EINTR)
        return WIRE_OK;
    return errno == EAGAIN ? wait_for(c, POLLOUT, u) : end_errno(c);
}

enum wire_end wire_tls_send(struct wire_conn *c, struct bytes *data,
                            const struct wire_until *u);
enum wire_end wire_tls_recv(struct wire_conn *c, char *to, size_t max,
                            size_t *got, const struct wire_until *u);

enum wire_end
wire_send(struct wire_conn *c, struct bytes data, const struct wire_until *u)
{
    enum wire_end e = WIRE_OK;

    if (c->fd < 0)
        return end(c, WIRE_RESET, "not connected");
    while (data.len > 0 && e == WIRE_OK)
        e = c->tls != NULL ? wire_tls_send(c, &data, u)
                           : plain_send(c, &data, u);
    return e;
}

static enum wire_end
plain_recv(struct wire_conn *c, char *to, size_t max, size_t *got,
           const struct wire_until *u)
{
    for (;;) {
        ssize_t n = recv(c->fd, to, max, 0);

        if (n > 0) {
            *got = (size_t)n;
            return WIRE_OK;
        }
        if (n == 0)
            return end(c, WIRE_EOF, "closed by the other end");
        if (errno == EAGAIN) {
            enum wire_end e = wait_for(c, POLLIN, u);

            if (e != WIRE_OK)
                return e;
        } else if (errno != EINTR) {
            return end_errno(c);
        }
    }
}

enum wire_end
wire_recv(struct wire_conn *c, struct buf *out, size_t max,
          const struct wire_until *u)
{
    size_t got = 0, room = max < READ_STEP ? max : READ_STEP;
    enum wire_end e;

    if (c->fd < 0)
        return end(c, WIRE_RESET, "not connected");
    if (room == 0 || !buf_reserve(out, room))
        return end(c, WIRE_FAILED, "no room for what came");
    e = c->tls != NULL ? wire_tls_recv(c, out->data + out->len, room, &got, u)
                       : plain_recv(c, out->data + out->len, room, &got, u);
    out->len += got;
    c->got += got;
    return e;
}

void
wire_half_close(struct wire_conn *c)
{
    if (c->tls != NULL)
        (void)SSL_shutdown(c->tls);
    else if (c->fd >= 0)
        (void)shutdown(c->fd, SHUT_WR);
}

void
wire_close(struct wire_conn *c)
{
    if (c->tls != NULL) {
        (void)SSL_shutdown(c->tls);
        SSL_free(c->tls);
    }
    if (c->fd >= 0)
        (void)close(c->fd);
    c->tls = NULL;
    c->fd = -1;
}

void
wire_reset(struct wire_conn *c)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};

    if (c->fd >= 0)
        (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    if (c->tls != NULL)
        SSL_free(c->tls);
    c->tls = NULL;
    wire_close(c);
}

void
wire_sleep(unsigned ms, const struct wire_until *u)
{
    int64_t end_at = wire_now_ms() + ms;

    for (;;) {
        int64_t left = end_at - wire_now_ms();
        unsigned most = wire_left(u);

        if (left <= 0 || most == 0)
            return;
        if (left > most)
            left = most;
        (void)poll(NULL, 0, (int)(left < SLICE_MS ? left : SLICE_MS));
    }
}
