/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* accept4 */
#include "conformance/wire/relay.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define BACKLOG       128
#define HOST_MAX      256
#define ROUNDS_MAX    16 /* reads of one direction before others get theirs */
#define DATAGRAMS_MAX 64 /* likewise */

struct way { /* one direction: what was read and not handed on */
    char *held;
    size_t at, len;
    bool over;   /* nothing more comes */
    bool passed; /* ... and the other side was told */
};

struct link {
    struct relay_link l;
    struct link *next;
    int fd[2]; /* who connects, the target */
    bool connecting;
    struct way way[2]; /* way[d] goes from fd[d] to fd[1 - d] */
};

struct relay {
    struct relay_events events;
    struct sockaddr_storage target;
    socklen_t target_len;
    bool datagrams, quiet;
    int fd;
    unsigned port;
    struct link *links;
    size_t open;
    uint64_t number;
    struct pollfd poll[1 + 2 * RELAY_LINKS_MAX];
    char datagram[65536];
};

/* ---- addresses */

static bool
split(const char *text, char host[HOST_MAX], const char **port)
{
    const char *colon = strrchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;
    uint64_t number;

    if (n == 0 || n >= HOST_MAX ||
        !bytes_to_u64(bytes_str(colon + 1), 65535, &number))
        return false;
    if (text[0] == '[' && text[n - 1] == ']' && n > 2) {
        memcpy(host, text + 1, n - 2);
        host[n - 2] = '\0';
    } else if (memchr(text, ':', n) != NULL) {
        return false; /* an IPv6 address stands in brackets */
    } else {
        memcpy(host, text, n);
        host[n] = '\0';
    }
    *port = colon + 1;
    return true;
}

enum err_code
relay_address(const char *text, bool datagrams, bool listens,
              struct sockaddr_storage *out, socklen_t *len, struct err *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype =
                                 datagrams ? SOCK_DGRAM : SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char host[HOST_MAX];
    const char *port;
    int rc;

    if (!split(text, host, &port))
        return err_set(err, ERR_ARG, text, "is not HOST:PORT");
    if (listens)
        hints.ai_flags |= AI_PASSIVE;
    rc = getaddrinfo(host, port, &hints, &found);
    if (rc != 0)
        return err_set(err, ERR_NOT_FOUND, text, "%s", gai_strerror(rc));
    memcpy(out, found->ai_addr, found->ai_addrlen);
    *len = found->ai_addrlen;
    freeaddrinfo(found);
    return ERR_OK;
}

static int
open_socket(int family, bool datagrams)
{
    int kind = datagrams ? SOCK_DGRAM : SOCK_STREAM;
    int fd = socket(family, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;

    if (fd >= 0 && !datagrams) /* what comes goes on at once, as it came */
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static unsigned
port_of(int fd)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;

    if (getsockname(fd, (struct sockaddr *)&a, &n) != 0)
        return 0;
    return ntohs(a.ss_family == AF_INET6
                     ? ((struct sockaddr_in6 *)&a)->sin6_port
                     : ((struct sockaddr_in *)&a)->sin_port);
}

static enum err_code
begin_listening(struct relay *r, const char *text, struct err *err)
{
    struct sockaddr_storage a;
    socklen_t n;
    enum err_code code = relay_address(text, r->datagrams, true, &a, &n, err);
    int one = 1;

    if (code != ERR_OK)
        return code;
    r->fd = open_socket(a.ss_family, r->datagrams);
    if (r->fd < 0)
        return err_errno(err, text, "socket");
    if (!r->datagrams)
        (void)setsockopt(r->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(r->fd, (struct sockaddr *)&a, n) != 0 ||
        (!r->datagrams && listen(r->fd, BACKLOG) != 0))
        return err_errno(err, text, "listen");
    r->port = port_of(r->fd);
    return ERR_OK;
}

struct relay *
relay_open(const struct relay_options *o, struct err *err)
{
    struct relay *r = calloc(1, sizeof *r);

    if (r == NULL) {
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        return NULL;
    }
    r->fd = -1;
    r->events = o->events;
    r->datagrams = o->datagrams;
    if (relay_address(o->target, o->datagrams, false, &r->target,
                      &r->target_len, err) == ERR_OK &&
        begin_listening(r, o->listen, err) == ERR_OK)
        return r;
    relay_close(r);
    return NULL;
}

unsigned
relay_port(const struct relay *r)
{
    return r->port;
}

size_t
relay_links(const struct relay *r)
{
    return r->open;
}

/* ---- links */

static void
free_link(struct link *k)
{
    for (unsigned d = 0; d < 2; d++) {
        free(k->way[d].held);
        if (k->fd[d] >= 0)
            (void)close(k->fd[d]);
    }
    free(k);
}

/* Both ends of a link that did not end in order are reset: neither is to take
 * for whole what was cut. */
static void
drop_link(struct relay *r, struct link *k, enum relay_end end, int error)
{
    static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    struct link **p = &r->links;

    for (unsigned d = 0; d < 2 && end != RELAY_CLOSED && !r->datagrams; d++) {
        if (k->fd[d] >= 0)
            (void)setsockopt(k->fd[d], SOL_SOCKET, SO_LINGER, &at_once,
                             sizeof at_once);
    }
    while (*p != k)
        p = &(*p)->next;
    *p = k->next;
    r->open--;
    k->l.end = end;
    k->l.error = error;
    if (r->events.closed != NULL)
        r->events.closed(r->events.ctx, &k->l);
    free_link(k);
}

static struct link *
new_link(struct relay *r, int fd, const struct sockaddr_storage *from)
{
    struct link *k = calloc(1, sizeof *k);
    bool ok = k != NULL;

    for (unsigned d = 0; ok && d < 2; d++) {
        k->fd[d] = -1;
        k->way[d].held = r->datagrams ? NULL : malloc(RELAY_BUFFER);
        ok = r->datagrams || k->way[d].held != NULL;
    }
    if (!ok) {
        if (k != NULL) {
            k->fd[0] = k->fd[1] = -1;
            free_link(k);
        }
        return NULL;
    }
    k->fd[0] = fd;
    k->fd[1] = open_socket(r->target.ss_family, r->datagrams);
    k->l.number = ++r->number;
    k->l.datagrams = r->datagrams;
    k->l.from = *from;
    k->l.to = r->target;
    k->next = r->links;
    r->links = k;
    r->open++;
    if (r->events.opened != NULL)
        r->events.opened(r->events.ctx, &k->l);
    return k;
}

/* Reach for the target; false: the link is gone. */
static bool
reach(struct relay *r, struct link *k)
{
    if (k->fd[1] >= 0 &&
        connect(k->fd[1], (struct sockaddr *)&r->target, r->target_len) == 0)
        return true;
    if (k->fd[1] >= 0 && errno == EINPROGRESS) {
        k->connecting = true;
        return true;
    }
    drop_link(r, k, RELAY_REFUSED, errno);
    return false;
}

static void
let_in(struct relay *r)
{
    while (r->open < RELAY_LINKS_MAX) {
        struct sockaddr_storage a = {0};
        socklen_t n = sizeof a;
        int fd = accept4(r->fd, (struct sockaddr *)&a, &n,
                         SOCK_CLOEXEC | SOCK_NONBLOCK),
            one = 1;
        struct link *k;

        if (fd < 0)
            return;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        k = new_link(r, fd, &a);
        if (k == NULL)
            (void)close(fd);
        else
            (void)reach(r, k);
    }
}

/* ---- streams */

static bool
is_later(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* Hand on what is held; false: the link is gone. */
static bool
give(struct relay *r, struct link *k, unsigned d)
{
    struct way *w = &k->way[d];

    while (w->len > 0) {
        ssize_t n = send(k->fd[1 - d], w->held + w->at, w->len, MSG_NOSIGNAL);

        if (n < 0 && is_later(errno))
            return true;
        if (n < 0) {
            drop_link(r, k, RELAY_RESET, errno);
            return false;
        }
        w->at += (size_t)n;
        w->len -= (size_t)n;
        k->l.given[d] += (uint64_t)n;
    }
    w->at = 0;
    if (w->over && !w->passed) {
        (void)shutdown(k->fd[1 - d], SHUT_WR);
        w->passed = true;
        if (r->events.ended != NULL)
            r->events.ended(r->events.ctx, &k->l, d);
    }
    if (!k->way[0].passed || !k->way[1].passed)
        return true;
    drop_link(r, k, RELAY_CLOSED, 0);
    return false;
}

/* Read while it comes and goes on; false: the link is gone. What was read is
 * told before give() can end the link, and from a place that give() leaves. */
static bool
take(struct relay *r, struct link *k, unsigned d)
{
    struct way *w = &k->way[d];

    for (unsigned i = 0; i < ROUNDS_MAX && w->len == 0 && !w->over; i++) {
        ssize_t n = recv(k->fd[d], w->held, RELAY_BUFFER, 0);

        if (n < 0 && is_later(errno))
            return true;
        if (n < 0) {
            drop_link(r, k, RELAY_RESET, errno);
            return false;
        }
        if (n == 0) {
            w->over = true;
            return give(r, k, d);
        }
        k->l.taken[d] += (uint64_t)n;
        w->at = 0;
        w->len = (size_t)n;
        n = send(k->fd[1 - d], w->held, w->len, MSG_NOSIGNAL);
        if (n > 0) {
            w->at = (size_t)n;
            k->l.given[d] += (uint64_t)n;
        }
        if (r->events.bytes != NULL)
            r->events.bytes(r->events.ctx, &k->l, d, bytes_of(w->held, w->len));
        w->len -= w->at;
        if (!give(r, k, d))
            return false;
    }
    return true;
}

static int
error_of(int fd)
{
    int e = 0;
    socklen_t n = sizeof e;

    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) == 0 ? e : errno;
}

static void
serve_link(struct relay *r, struct link *k, const short happened[2])
{
    if (k->connecting) {
        int e = happened[1] ? error_of(k->fd[1]) : 0;

        if (happened[1] == 0)
            return;
        k->connecting = false;
        if (e != 0)
            drop_link(r, k, RELAY_REFUSED, e);
        return;
    }
    for (unsigned d = 0; d < 2; d++) {
        short in = happened[d], out = happened[1 - d];

        if ((out & (POLLOUT | POLLERR)) && k->way[d].len > 0 && !give(r, k, d))
            return;
        if ((in & (POLLIN | POLLHUP | POLLERR)) && !r->quiet && !take(r, k, d))
            return;
    }
}

/* ---- datagrams */

static bool
same_end(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;
    const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;

    if (a->ss_family != b->ss_family)
        return false;
    return a->ss_family == AF_INET6
               ? a6->sin6_port == b6->sin6_port &&
                     memcmp(&a6->sin6_addr, &b6->sin6_addr, 16) == 0
               : a4->sin_port == b4->sin_port &&
                     a4->sin_addr.s_addr == b4->sin_addr.s_addr;
}

/* The link of a sender; the one that was made first gives way when there are too
 * many. NULL: out of memory, or no way to the target. */
static struct link *
sender(struct relay *r, const struct sockaddr_storage *from)
{
    struct link *k = r->links, *first = NULL;

    for (; k != NULL; k = k->next) {
        if (same_end(&k->l.from, from))
            return k;
        first = k;
    }
    if (r->open == RELAY_LINKS_MAX)
        drop_link(r, first, RELAY_CLOSED, 0);
    k = new_link(r, -1, from);
    return k != NULL && reach(r, k) ? k : NULL;
}

static void
told(struct relay *r, struct link *k, unsigned d, size_t n, bool went)
{
    k->l.taken[d] += n;
    k->l.given[d] += went ? n : 0;
    k->l.lost += !went;
    if (r->events.bytes != NULL)
        r->events.bytes(r->events.ctx, &k->l, d, bytes_of(r->datagram, n));
}

static void
take_datagrams(struct relay *r)
{
    for (unsigned i = 0; i < DATAGRAMS_MAX; i++) {
        struct sockaddr_storage a = {0};
        socklen_t len = sizeof a;
        ssize_t n = recvfrom(r->fd, r->datagram, sizeof r->datagram, 0,
                             (struct sockaddr *)&a, &len);
        struct link *k = n >= 0 ? sender(r, &a) : NULL;

        if (n < 0)
            return;
        /* A first failure is the ICMP answer to an earlier one. */
        if (k != NULL)
            told(r, k, 0, (size_t)n,
                 send(k->fd[1], r->datagram, (size_t)n, 0) == n ||
                     send(k->fd[1], r->datagram, (size_t)n, 0) == n);
    }
}

static void
answer_datagrams(struct relay *r, struct link *k)
{
    for (unsigned i = 0; i < DATAGRAMS_MAX; i++) {
        ssize_t n = recv(k->fd[1], r->datagram, sizeof r->datagram, 0);
        socklen_t len = k->l.from.ss_family == AF_INET6
                            ? sizeof(struct sockaddr_in6)
                            : sizeof(struct sockaddr_in);

        if (n < 0)
            return;
        told(r, k, 1, (size_t)n,
             sendto(r->fd, r->datagram, (size_t)n, 0,
                    (struct sockaddr *)&k->l.from, len) == n);
    }
}

/* ---- the loop */

/* What is waited for at each end. An end of which nothing is wanted is left out:
 * a hang-up there would be told again and again. */
static void
wants(const struct relay *r, const struct link *k, struct pollfd p[2])
{
    for (unsigned d = 0; d < 2; d++) {
        const struct way *in = &k->way[d], *out = &k->way[1 - d];
        bool reads = !r->quiet && (r->datagrams ? d == 1
                                                : in->len == 0 && !in->over &&
                                                      !k->connecting);
        bool writes = (k->connecting && d == 1) || out->len > 0;

        p[d].events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
        p[d].fd = p[d].events ? k->fd[d] : -1;
        p[d].revents = 0;
    }
}

enum err_code
relay_step(struct relay *r, int wait_ms, struct err *err)
{
    struct link *k = r->links, *next;
    bool wants_more = !r->quiet && (r->datagrams || r->open < RELAY_LINKS_MAX);
    nfds_t n = 1;

    r->poll[0] =
        (struct pollfd){.fd = wants_more ? r->fd : -1, .events = POLLIN};
    for (; k != NULL; k = k->next, n += 2)
        wants(r, k, &r->poll[n]);
    if (poll(r->poll, n, wait_ms) < 0)
        return errno == EINTR ? ERR_OK : err_errno(err, NULL, "poll");
    n = 1;
    for (k = r->links; k != NULL; k = next, n += 2) {
        const short happened[2] = {r->poll[n].revents, r->poll[n + 1].revents};

        next = k->next; /* serving may take ${k} away, never another one */
        if (!r->datagrams)
            serve_link(r, k, happened);
        else if (happened[1])
            answer_datagrams(r, k);
    }
    if (r->poll[0].revents == 0)
        return ERR_OK;
    if (r->datagrams)
        take_datagrams(r);
    else
        let_in(r);
    return ERR_OK;
}

bool
relay_quiesce(struct relay *r)
{
    r->quiet = true;
    for (const struct link *k = r->links; k != NULL; k = k->next) {
        if (!k->connecting && (k->way[0].len > 0 || k->way[1].len > 0))
            return false;
    }
    return true;
}

void
relay_close(struct relay *r)
{
    if (r == NULL)
        return;
    while (r->links != NULL)
        drop_link(r, r->links, RELAY_STOPPED, 0);
    if (r->fd >= 0)
        (void)close(r->fd);
    free(r);
}
