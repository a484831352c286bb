/* SPDX-License-Identifier: Apache-2.0 */
/* See kafka_relay.h. One thread polls all connections; frames are passed on
 * whole, so that a reply can be changed (addresses) or held back. */
#define _GNU_SOURCE /* accept4, pipe2 */
#include "conformance/wire/kafka_relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define RELAY_PAIRS   32
#define RELAY_PENDING 64 /* requests without a reply, of a connection */
#define RELAY_FRAME   ((size_t)64 << 20)
#define RELAY_PIECE   65536
#define RELAY_TICK_MS 50
#define RELAY_WATCHED ((size_t)8 << 20)

struct side {
    int fd;
    struct buf in, out;
};

struct pair {
    struct side client, broker;
    struct {
        int32_t correlation;
        int16_t api;
    } pending[RELAY_PENDING];
    size_t pendings;
    bool used, cut;
    bool held; /* the first request of client.in is held back */
};

struct kafka_relay {
    int listener, stop[2];
    unsigned port, broker;
    pthread_t thread;
    pthread_mutex_t lock; /* of what is below */
    struct kafka_facts facts;
    bool down;
    int swallow_api;
    unsigned swallow;
    unsigned watch; /* Produce requests still to be looked into */
    struct buf watched[KAFKA_WATCHED_MAX];
    size_t values, octets; /* of watched */
    bool hold;             /* OffsetCommit requests above ${beyond} */
    char hold_topic[128];
    int32_t hold_partition;
    int64_t beyond;
    struct kafka_held seen;
    struct pair pair[RELAY_PAIRS]; /* of the thread */
};

/* ---- sockets */

static struct sockaddr_in
loopback(unsigned port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static bool
prepare(int fd)
{
    int one = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

static int
dial(unsigned port)
{
    struct sockaddr_in a = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 &&
        (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || !prepare(fd))) {
        close(fd);
        return -1;
    }
    return fd;
}

static void
end_side(struct side *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    buf_free(&s->in);
    buf_free(&s->out);
}

static void
end_pair(struct pair *p)
{
    end_side(&p->client);
    end_side(&p->broker);
    *p = (struct pair){.client.fd = -1, .broker.fd = -1};
}

static void
take_client(struct kafka_relay *r)
{
    int fd = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC);
    bool down;

    if (fd < 0)
        return;
    (void)pthread_mutex_lock(&r->lock);
    down = r->down;
    r->facts.connections++;
    (void)pthread_mutex_unlock(&r->lock);
    for (size_t i = 0; !down && i < RELAY_PAIRS; i++) {
        struct pair *p = &r->pair[i];

        if (p->used)
            continue;
        *p = (struct pair){.client.fd = fd, .broker.fd = dial(r->broker)};
        p->used = true;
        if (p->broker.fd < 0 || !prepare(fd))
            end_pair(p);
        return;
    }
    close(fd);
}

/* ---- looking at frames */

static void
note_produce(struct kafka_facts *f, const struct kafka_request *q)
{
    struct kafka_produced p;

    if (!kafka_produced_read(q, &p))
        return;
    f->batches += p.batch;
    f->idempotent += p.batch && p.producer >= 0;
    f->codec = p.codec;
    if (p.acks < f->acks_least)
        f->acks_least = p.acks;
    if (p.acks > f->acks_most)
        f->acks_most = p.acks;
}

static void
keep_value(struct kafka_relay *r, struct bytes value)
{
    for (size_t i = 0; i < r->values; i++) {
        if (bytes_eq(buf_view(&r->watched[i]), value))
            return;
    }
    if (r->values == KAFKA_WATCHED_MAX || value.len > RELAY_WATCHED - r->octets)
        return;
    buf_bytes(&r->watched[r->values], value);
    r->octets += value.len;
    r->values++;
}

static void
note_values(struct kafka_relay *r, const struct kafka_request *q)
{
    struct bytes value[KAFKA_WATCHED_MAX];
    size_t n;

    if (r->watch == 0 || q->api != KAFKA_PRODUCE)
        return;
    r->watch--;
    n = kafka_values_read(q, value, KAFKA_WATCHED_MAX);
    for (size_t i = 0; i < n; i++)
        keep_value(r, value[i]);
}

static void
note_client(struct kafka_facts *f, struct bytes client)
{
    size_t n =
        client.len < sizeof(f->client) ? client.len : sizeof(f->client) - 1;

    if (f->client[0] || n == 0)
        return;
    for (size_t i = 0; i < n; i++)
        f->client[i] = client.data[i] > 0x20 && client.data[i] < 0x7f
                           ? client.data[i]
                           : '?';
}

static bool
note_request(struct kafka_relay *r, struct pair *p, struct bytes frame)
{
    struct kafka_request q;
    bool ok = kafka_request_read(frame, &q);

    (void)pthread_mutex_lock(&r->lock);
    if (!ok) {
        r->facts.malformed++;
    } else {
        if (q.api >= 0 && q.api < KAFKA_API_COUNT)
            r->facts.requests[q.api]++;
        note_client(&r->facts, q.client);
        note_produce(&r->facts, &q);
        note_values(r, &q);
    }
    (void)pthread_mutex_unlock(&r->lock);
    if (!ok)
        return false;
    if (p->pendings == RELAY_PENDING) /* requests without replies: acks=0 */
        memmove(&p->pending[0], &p->pending[1],
                --p->pendings * sizeof(p->pending[0]));
    p->pending[p->pendings].api = q.api;
    p->pending[p->pendings++].correlation = q.correlation;
    return true;
}

/* Whether this request is to wait. */
static bool
hold_back(struct kafka_relay *r, struct bytes frame)
{
    struct kafka_request q;
    int64_t offset;
    bool wait = false;

    (void)pthread_mutex_lock(&r->lock);
    if (r->hold && kafka_request_read(frame, &q) &&
        q.api == KAFKA_OFFSET_COMMIT) {
        if (!kafka_committed_read(&q, bytes_str(r->hold_topic),
                                  r->hold_partition, &offset))
            r->seen.unread++;
        else
            wait = offset > r->beyond;
        if (wait && !r->seen.waiting)
            r->seen = (struct kafka_held){true, offset, r->seen.unread};
    }
    (void)pthread_mutex_unlock(&r->lock);
    return wait;
}

/* The api that a reply answers, or -1. */
static int
answered(struct pair *p, struct bytes frame)
{
    uint32_t id = 0;
    int api = -1;

    if (frame.len < 4)
        return -1;
    for (size_t i = 0; i < 4; i++)
        id = id << 8 | (uint8_t)frame.data[i];
    for (size_t i = 0; i < p->pendings; i++) {
        if ((uint32_t)p->pending[i].correlation != id)
            continue;
        api = p->pending[i].api;
        memmove(&p->pending[i], &p->pending[i + 1],
                (p->pendings - i - 1) * sizeof(p->pending[0]));
        p->pendings--;
        break;
    }
    return api;
}

/* False: the reply is swallowed and the connection cut. */
static bool
note_reply(struct kafka_relay *r, struct pair *p, char *data, size_t n)
{
    int api = answered(p, bytes_of(data, n));
    bool pass = true;

    (void)pthread_mutex_lock(&r->lock);
    if (r->swallow > 0 && api == r->swallow_api) {
        r->swallow--;
        pass = false;
    }
    (void)pthread_mutex_unlock(&r->lock);
    if (api == KAFKA_METADATA || api == KAFKA_FIND_COORDINATOR)
        (void)kafka_rewrite(data, n, r->broker, r->port);
    return pass;
}

/* Whole frames go from ${from} to the other side. False: end of the pair. */
static bool
pass_frames(struct kafka_relay *r, struct pair *p, struct side *from,
            struct side *to)
{
    bool client = from == &p->client;
    size_t at = 0;

    while (from->in.len - at >= 4) {
        char *data = from->in.data + at;
        size_t n = 0;

        for (size_t i = 0; i < 4; i++)
            n = n << 8 | (uint8_t)data[i];
        if (n > RELAY_FRAME)
            return false;
        if (from->in.len - at - 4 < n)
            break;
        if (client) {
            p->held = hold_back(r, bytes_of(data + 4, n));
            if (p->held)
                break;
            (void)note_request(r, p, bytes_of(data + 4, n));
        } else if (!note_reply(r, p, data + 4, n))
            return false;
        buf_add(&to->out, data, n + 4);
        at += n + 4;
    }
    if (at) {
        memmove(from->in.data, from->in.data + at, from->in.len - at);
        from->in.len -= at;
    }
    return buf_ok(&to->out);
}

/* ---- moving octets */

static bool
fill(struct side *s)
{
    ssize_t n;

    if (!buf_reserve(&s->in, RELAY_PIECE))
        return false;
    n = recv(s->fd, s->in.data + s->in.len, RELAY_PIECE, 0);
    if (n > 0)
        s->in.len += (size_t)n;
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool
drain(struct side *s)
{
    ssize_t n =
        s->out.len ? send(s->fd, s->out.data, s->out.len, MSG_NOSIGNAL) : 0;

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n > 0) {
        memmove(s->out.data, s->out.data + n, s->out.len - (size_t)n);
        s->out.len -= (size_t)n;
    }
    return true;
}

static bool
serve_pair(struct kafka_relay *r, struct pair *p, short client, short broker)
{
    bool more = client & (POLLIN | POLLHUP | POLLERR);

    if (more && !fill(&p->client))
        return false;
    if ((more || p->held) && !pass_frames(r, p, &p->client, &p->broker))
        return false;
    if ((broker & (POLLIN | POLLHUP | POLLERR)) &&
        (!fill(&p->broker) || !pass_frames(r, p, &p->broker, &p->client)))
        return false;
    return drain(&p->client) && drain(&p->broker);
}

static size_t
gather(struct kafka_relay *r, struct pollfd *p)
{
    size_t n = 2;

    p[0] = (struct pollfd){.fd = r->stop[0], .events = POLLIN};
    p[1] = (struct pollfd){.fd = r->listener, .events = POLLIN};
    for (size_t i = 0; i < RELAY_PAIRS; i++) {
        struct pair *q = &r->pair[i];
        struct side *side[] = {&q->client, &q->broker};

        for (size_t k = 0; k < 2; k++) {
            bool in = k == 1 || !q->held; /* else it would pile up */

            p[n++] = (struct pollfd){
                .fd = q->used ? side[k]->fd : -1,
                .events = (short)((in ? POLLIN : 0) |
                                  (side[k]->out.len ? POLLOUT : 0))};
        }
    }
    return n;
}

static void *
run(void *arg)
{
    struct kafka_relay *r = arg;
    struct pollfd p[2 + 2 * RELAY_PAIRS];

    for (;;) {
        size_t n = gather(r, p);
        bool down;

        if (poll(p, n, RELAY_TICK_MS) < 0 && errno != EINTR)
            break;
        if (p[0].revents)
            break;
        (void)pthread_mutex_lock(&r->lock);
        down = r->down;
        (void)pthread_mutex_unlock(&r->lock);
        for (size_t i = 0; i < RELAY_PAIRS; i++) {
            struct pair *q = &r->pair[i];

            if (q->used && (down || !serve_pair(r, q, p[2 + 2 * i].revents,
                                                p[3 + 2 * i].revents)))
                end_pair(q);
        }
        if (p[1].revents)
            take_client(r);
    }
    return NULL;
}

/* ---- life */

static bool
start(struct kafka_relay *r, struct err *err)
{
    struct sockaddr_in a = loopback(r->port);
    socklen_t n = sizeof(a);
    int one = 1;

    r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (r->listener >= 0)
        (void)setsockopt(r->listener, SOL_SOCKET, SO_REUSEADDR, &one,
                         sizeof(one));
    if (r->listener < 0 ||
        bind(r->listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
        listen(r->listener, RELAY_PAIRS) != 0 || !prepare(r->listener) ||
        getsockname(r->listener, (struct sockaddr *)&a, &n) != 0 ||
        pipe2(r->stop, O_CLOEXEC) != 0) {
        (void)err_errno(err, "Kafka", "cannot listen");
        return false;
    }
    r->port = ntohs(a.sin_port);
    if (pthread_create(&r->thread, NULL, run, r) == 0)
        return true;
    (void)err_set(err, ERR_NOMEM, "Kafka", "no thread");
    return false;
}

static void
release(struct kafka_relay *r)
{
    for (size_t i = 0; i < 2; i++) {
        if (r->stop[i] >= 0)
            close(r->stop[i]);
    }
    if (r->listener >= 0)
        close(r->listener);
    for (size_t i = 0; i < RELAY_PAIRS; i++)
        end_pair(&r->pair[i]);
    for (size_t i = 0; i < r->values; i++)
        buf_free(&r->watched[i]);
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}

struct kafka_relay *
kafka_relay_open(unsigned port, unsigned broker, struct err *err)
{
    struct kafka_relay *r = calloc(1, sizeof(*r));

    if (!r) {
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        return NULL;
    }
    r->listener = r->stop[0] = r->stop[1] = -1;
    r->port = port;
    r->broker = broker;
    r->facts.acks_least = 99;
    r->facts.acks_most = -99;
    for (size_t i = 0; i < RELAY_PAIRS; i++)
        r->pair[i].client.fd = r->pair[i].broker.fd = -1;
    (void)pthread_mutex_init(&r->lock, NULL);
    if (!start(r, err)) {
        release(r);
        return NULL;
    }
    return r;
}

void
kafka_relay_close(struct kafka_relay *r)
{
    if (!r)
        return;
    (void)!write(r->stop[1], "", 1);
    (void)pthread_join(r->thread, NULL);
    release(r);
}

unsigned
kafka_relay_port(const struct kafka_relay *r)
{
    return r->port;
}

void
kafka_relay_down(struct kafka_relay *r, bool down)
{
    (void)pthread_mutex_lock(&r->lock);
    r->down = down;
    (void)pthread_mutex_unlock(&r->lock);
}

void
kafka_relay_swallow(struct kafka_relay *r, int api, unsigned n)
{
    (void)pthread_mutex_lock(&r->lock);
    r->swallow_api = api;
    r->swallow = n;
    (void)pthread_mutex_unlock(&r->lock);
}

struct kafka_facts
kafka_relay_facts(struct kafka_relay *r)
{
    struct kafka_facts f;

    (void)pthread_mutex_lock(&r->lock);
    f = r->facts;
    (void)pthread_mutex_unlock(&r->lock);
    return f;
}

void
kafka_relay_watch(struct kafka_relay *r, unsigned n)
{
    (void)pthread_mutex_lock(&r->lock);
    r->watch = n;
    (void)pthread_mutex_unlock(&r->lock);
}

bool
kafka_relay_watched(struct kafka_relay *r, size_t i, struct buf *out)
{
    bool there;

    (void)pthread_mutex_lock(&r->lock);
    there = i < r->values;
    if (there)
        buf_bytes(out, buf_view(&r->watched[i]));
    (void)pthread_mutex_unlock(&r->lock);
    return there;
}

void
kafka_relay_hold(struct kafka_relay *r, const char *topic, int32_t partition,
                 int64_t beyond)
{
    size_t n = strnlen(topic, sizeof(r->hold_topic) - 1);

    (void)pthread_mutex_lock(&r->lock);
    memcpy(r->hold_topic, topic, n);
    r->hold_topic[n] = '\0';
    r->hold_partition = partition;
    r->beyond = beyond;
    r->seen = (struct kafka_held){0};
    r->hold = true;
    (void)pthread_mutex_unlock(&r->lock);
}

struct kafka_held
kafka_relay_held(struct kafka_relay *r)
{
    struct kafka_held seen;

    (void)pthread_mutex_lock(&r->lock);
    seen = r->seen;
    (void)pthread_mutex_unlock(&r->lock);
    return seen;
}

void
kafka_relay_release(struct kafka_relay *r)
{
    (void)pthread_mutex_lock(&r->lock);
    r->hold = false;
    (void)pthread_mutex_unlock(&r->lock);
}
