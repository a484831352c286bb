/* SPDX-License-Identifier: Apache-2.0 */
/* All connections share one read buffer: while the rest of a chunk waits in it
 * for the host, the gate is shut and nobody reads. */
#define _GNU_SOURCE /* accept4, struct ucred */
#include "agent/source/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/source/address.h"
#include "agent/source/feed.h"

#define STREAM_CHUNK    ((size_t)64 << 10)
#define STREAM_ACCEPTS  16   /* of one turn */
#define STREAM_PAUSE_MS 1000 /* after running out of descriptors */
#define MAX_LISTENERS   16

struct conn {
    struct stream_server *server;
    int fd;
    struct event *event;
    struct feed feed;
    char origin[ADDRESS_TEXT];
    uint8_t peer[16]; /* what counts as one peer */
    bool ending;      /* the other side is done */
    struct conn *next, *prev;
};

struct listener {
    struct stream_server *server;
    int fd;
    struct event *event;
    char name[ADDRESS_TEXT];
};

struct stream_server {
    struct event_base *base; /* borrowed */
    struct gate *gate;       /* borrowed */
    struct stream_options opt;
    struct listener listener[MAX_LISTENERS];
    size_t listeners;
    struct event *pause; /* accepts again after it */
    struct conn *conns;
    struct conn *stuck; /* its rest lies in ${chunk} */
    bool stopped;
    char chunk[STREAM_CHUNK];
};

const char *const stream_framings[] = {"lines", "octets", "auto", NULL};

/* ---- connections */

static void
conn_close(struct conn *c)
{
    struct stream_server *s = c->server;

    if (s->stuck == c)
        s->stuck = NULL;
    if (c->next != NULL)
        c->next->prev = c->prev;
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        s->conns = c->next;
    s->gate->counters.connections--;
    if (c->event != NULL)
        event_free(c->event);
    close(c->fd);
    framer_free(&c->feed.framer);
    free(c);
}

static bool
give(void *ctx, const struct frame *frame)
{
    struct conn *c = ctx;
    struct source_frame f = {.data = frame->data,
                             .offset = frame->start,
                             .origin = bytes_str(c->origin),
                             .cut = frame->cut};

    return gate_frame(c->server->gate, &f);
}

static void
watch_conn(struct conn *c)
{
    int64_t ms = c->server->opt.idle_ms;
    struct timeval tv = {.tv_sec = (time_t)(ms / 1000),
                         .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

    if (event_add(c->event, ms != 0 ? &tv : NULL) != 0)
        conn_close(c);
}

/* Offer what the connection has; close it when it is over. False: the host is
 * full, the connection waits. */
static bool
conn_run(struct conn *c)
{
    struct stream_server *s = c->server;
    enum feed_result r =
        c->ending ? feed_end(&c->feed, give, c) : feed_run(&c->feed, give, c);

    gate_burst(s->gate);
    if (r == FEED_FULL) {
        s->stuck = c;
        (void)event_del(c->event);
        return false;
    }
    s->stuck = NULL;
    if (r == FEED_BROKEN) {
        s->gate->counters.refused++;
        gate_trouble(s->gate, ERR_SYNTAX, c->origin,
                     "the octet count of a frame is malformed: connection "
                     "closed");
    }
    if (r == FEED_BROKEN || c->ending)
        conn_close(c);
    return true;
}

static void
on_conn(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;
    struct stream_server *s = c->server;
    ssize_t n;

    if (s->gate->full) {
        (void)event_del(c->event); /* stream_resume watches again */
        return;
    }
    if (what & EV_TIMEOUT) {
        c->ending = true;
        (void)conn_run(c);
        return;
    }
    n = read(fd, s->chunk, sizeof s->chunk);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0)
        c->ending = true; /* a reset also ends: what came is kept */
    else
        c->feed.rest = bytes_of(s->chunk, (size_t)n);
    (void)conn_run(c);
}

/* ---- accepting */

static unsigned
count_peer(const struct stream_server *s, const uint8_t peer[16])
{
    unsigned n = 0;

    for (const struct conn *c = s->conns; c != NULL; c = c->next)
        n += memcmp(c->peer, peer, 16) == 0;
    return n;
}

static void
describe(struct conn *c, const struct listener *l,
         const struct sockaddr_storage *a)
{
    struct ucred cred;
    socklen_t n = sizeof cred;

    if (a->ss_family != AF_UNIX) {
        address_peer(a, c->peer);
        address_text(a, c->origin);
        return;
    }
    if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) != 0)
        cred = (struct ucred){.pid = 0, .uid = UINT32_MAX, .gid = UINT32_MAX};
    memcpy(c->peer, &cred.uid, sizeof cred.uid);
    (void)snprintf(c->origin, sizeof c->origin, "%.80s pid=%ld uid=%lu gid=%lu",
                   l->name, (long)cred.pid, (unsigned long)cred.uid,
                   (unsigned long)cred.gid);
}

static const char *
over_limit(const struct stream_server *s, const struct conn *c)
{
    if (s->gate->counters.connections >= s->opt.max_connections)
        return "connection refused: max_connections are open";
    if (count_peer(s, c->peer) >= s->opt.max_per_peer)
        return "connection refused: max_per_peer are open from there";
    return NULL;
}

static void
add_conn(struct listener *l, int fd, const struct sockaddr_storage *a)
{
    struct stream_server *s = l->server;
    struct conn *c = calloc(1, sizeof *c);
    const char *refused = "connection refused: out of memory";
    int on = 1;

    if (c != NULL) {
        c->server = s;
        c->fd = fd;
        describe(c, l, a);
        refused = over_limit(s, c);
    }
    if (refused == NULL) {
        c->event = event_new(s->base, fd, EV_READ | EV_PERSIST, on_conn, c);
        if (c->event == NULL)
            refused = "connection refused: out of memory";
    }
    if (refused != NULL) {
        s->gate->counters.refused++;
        gate_trouble(s->gate, ERR_LIMIT, c != NULL ? c->origin : l->name,
                     refused);
        free(c);
        close(fd);
        return;
    }
    /* Finds peers that vanished without a word; unix sockets ignore it. */
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    framer_init(&c->feed.framer, s->opt.kind, s->opt.max_frame, 0);
    c->next = s->conns;
    if (s->conns != NULL)
        s->conns->prev = c;
    s->conns = c;
    s->gate->counters.connections++;
    watch_conn(c);
}

static void
pause_accept(struct stream_server *s, const char *where)
{
    struct timeval tv = {.tv_sec = STREAM_PAUSE_MS / 1000};

    gate_trouble(s->gate, ERR_LIMIT, where,
                 "out of descriptors: no new connections for a second");
    for (size_t i = 0; i < s->listeners; i++)
        (void)event_del(s->listener[i].event);
    (void)event_add(s->pause, &tv);
}

static void
on_pause(evutil_socket_t fd, short what, void *arg)
{
    struct stream_server *s = arg;

    (void)fd, (void)what;
    for (size_t i = 0; i < s->listeners && !s->stopped; i++)
        (void)event_add(s->listener[i].event, NULL);
}

static void
on_accept(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = arg;

    (void)what;
    for (int i = 0; i < STREAM_ACCEPTS; i++) {
        struct sockaddr_storage a = {0};
        socklen_t n = sizeof a;
        int c = accept4(fd, (struct sockaddr *)&a, &n,
                        SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (c >= 0) {
            add_conn(l, c, &a);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
            errno == ENOMEM)
            pause_accept(l->server, l->name);
        if (errno != EINTR && errno != ECONNABORTED)
            return;
    }
}

/* ---- the server */

struct stream_server *
stream_new(struct event_base *base, struct gate *gate,
           const struct stream_options *o)
{
    struct stream_server *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->base = base;
    s->gate = gate;
    s->opt = *o;
    s->pause = evtimer_new(base, on_pause, s);
    if (s->pause == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

enum err_code
stream_add(struct stream_server *s, int fd, const char *name, struct err *err)
{
    struct listener *l = &s->listener[s->listeners];

    if (s->listeners == MAX_LISTENERS)
        return err_set(err, ERR_LIMIT, name, "at most %d listeners",
                       MAX_LISTENERS);
    l->server = s;
    (void)snprintf(l->name, sizeof l->name, "%s", name);
    l->event = event_new(s->base, fd, EV_READ | EV_PERSIST, on_accept, l);
    if (l->event == NULL)
        return err_set(err, ERR_NOMEM, name, "out of memory");
    l->fd = fd;
    s->listeners++;
    return ERR_OK;
}

enum err_code
stream_start(struct stream_server *s, struct err *err)
{
    for (size_t i = 0; i < s->listeners; i++)
        if (event_add(s->listener[i].event, NULL) != 0)
            return err_set(err, ERR_IO, s->listener[i].name, "cannot watch");
    return ERR_OK;
}

void
stream_resume(struct stream_server *s)
{
    struct conn *next;

    if (s->stopped || s->gate->full)
        return;
    if (s->stuck != NULL) {
        struct conn *c = s->stuck;

        if (!conn_run(c))
            return;
    }
    for (struct conn *c = s->conns; c != NULL; c = next) {
        next = c->next;
        if (!event_pending(c->event, EV_READ, NULL))
            watch_conn(c);
    }
}

void
stream_stop(struct stream_server *s)
{
    s->stopped = true;
    (void)event_del(s->pause);
    for (size_t i = 0; i < s->listeners; i++)
        (void)event_del(s->listener[i].event);
    for (struct conn *c = s->conns; c != NULL; c = c->next)
        (void)event_del(c->event);
}

void
stream_free(struct stream_server *s)
{
    if (s == NULL)
        return;
    while (s->conns != NULL)
        conn_close(s->conns);
    for (size_t i = 0; i < s->listeners; i++) {
        event_free(s->listener[i].event);
        close(s->listener[i].fd);
    }
    event_free(s->pause);
    free(s);
}
