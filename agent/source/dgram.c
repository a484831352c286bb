/* SPDX-License-Identifier: Apache-2.0 */
/* recvmmsg in batches. When the host is full the batch waits here and the rest
 * in the kernel's buffer; what does not fit there the kernel counts. */
#define _GNU_SOURCE /* recvmmsg */
#include "agent/source/dgram.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/source/address.h"

#define DGRAM_BATCH    32
#define DGRAM_DROPS_MS 1000

/* Of one datagram: room for SO_RXQ_OVFL. A multiple of the alignment. */
#define CONTROL_BYTES CMSG_SPACE(sizeof(uint32_t))

struct dgram {
    struct gate *gate; /* borrowed */
    struct dgram_options opt;
    int fd;
    struct event *event, *timer;
    char name[ADDRESS_TEXT];
    unsigned count, at; /* of the batch: received, next to hand over */
    struct bytes rest;  /* of datagram ${at}, when ${opened} */
    bool opened;
    uint64_t offset; /* bytes received in front of datagram ${at} */
    uint32_t drops;  /* the kernel's counter, as last seen */
    struct mmsghdr msg[DGRAM_BATCH];
    struct iovec iov[DGRAM_BATCH];
    struct sockaddr_storage from[DGRAM_BATCH];
    alignas(struct cmsghdr) char control[DGRAM_BATCH][CONTROL_BYTES];
    char *data; /* DGRAM_BATCH times DGRAM_MAX; pages in use are few */
};

/* ---- losses */

static void
see_drops(struct dgram *d, uint32_t drops)
{
    d->gate->counters.lost += drops - d->drops; /* it may wrap around */
    d->drops = drops;
}

void
dgram_count_drops(struct dgram *d)
{
    uint32_t info[SK_MEMINFO_VARS];
    socklen_t n = sizeof info;

    if (getsockopt(d->fd, SOL_SOCKET, SO_MEMINFO, info, &n) == 0 &&
        n > SK_MEMINFO_DROPS * sizeof *info)
        see_drops(d, info[SK_MEMINFO_DROPS]);
}

static void
read_control(struct dgram *d, struct msghdr *h)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        uint32_t drops;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL)
            continue;
        memcpy(&drops, CMSG_DATA(c), sizeof drops);
        see_drops(d, drops);
    }
}

/* ---- frames */

/* Line ends and NUL behind a record belong to no one. */
static struct bytes
trim_end(struct bytes b)
{
    while (b.len != 0 && memchr("\r\n", b.data[b.len - 1], 3) != NULL)
        b.len--;
    return b;
}

static void
open_datagram(struct dgram *d)
{
    struct mmsghdr *m = &d->msg[d->at];

    d->rest = bytes_of(d->iov[d->at].iov_base, m->msg_len);
    d->opened = true;
    read_control(d, &m->msg_hdr);
}

/* The next frame of the datagram; *cut when it is longer than the limit. */
static struct bytes
next_frame(struct dgram *d, size_t *used, bool *cut)
{
    struct bytes b = d->rest;

    *used = b.len;
    if (d->opt.split_lines) {
        b = bytes_upto(b, bytes_find(b, '\n'));
        *used = b.len < d->rest.len ? b.len + 1 : b.len;
    }
    *cut =
        (d->msg[d->at].msg_hdr.msg_flags & MSG_TRUNC) && *used == d->rest.len;
    b = trim_end(b);
    if (b.len > d->opt.max_frame) {
        b.len = d->opt.max_frame;
        *cut = true;
    }
    return b;
}

/* False: the host is full in the middle of it. */
static bool
give_datagram(struct dgram *d)
{
    char origin[ADDRESS_TEXT];
    struct source_frame f = {.offset = d->offset};
    size_t used;

    if (!d->opened)
        open_datagram(d);
    if (d->from[d->at].ss_family == AF_UNIX ||
        d->msg[d->at].msg_hdr.msg_namelen == 0)
        (void)snprintf(origin, sizeof origin, "%s", d->name);
    else
        address_text(&d->from[d->at], origin);
    f.origin = bytes_str(origin);
    while (d->rest.len != 0) {
        f.data = next_frame(d, &used, &f.cut);
        if (f.data.len != 0 && !gate_frame(d->gate, &f))
            return false;
        d->rest = bytes_from(d->rest, used);
        f.offset = d->offset += used;
    }
    d->opened = false;
    return true;
}

static void
give_batch(struct dgram *d)
{
    while (d->at < d->count && give_datagram(d))
        d->at++;
    gate_burst(d->gate);
    if (d->gate->full)
        (void)event_del(d->event);
}

static void
prepare_batch(struct dgram *d)
{
    for (unsigned i = 0; i < DGRAM_BATCH; i++) {
        d->iov[i] = (struct iovec){.iov_base = d->data + i * DGRAM_MAX,
                                   .iov_len = DGRAM_MAX};
        d->msg[i].msg_hdr = (struct msghdr){
            .msg_name = &d->from[i],
            .msg_namelen = sizeof d->from[i],
            .msg_iov = &d->iov[i],
            .msg_iovlen = 1,
            .msg_control = d->control[i],
            .msg_controllen = sizeof d->control[i],
        };
    }
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct dgram *d = arg;
    int n;

    (void)what;
    if (d->gate->full) {
        (void)event_del(d->event);
        return;
    }
    prepare_batch(d);
    n = recvmmsg(fd, d->msg, DGRAM_BATCH, MSG_DONTWAIT, NULL);
    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED)
            gate_trouble_errno(d->gate, d->name, "cannot receive");
        return;
    }
    d->count = (unsigned)n;
    d->at = 0;
    d->opened = false;
    give_batch(d);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    dgram_count_drops(arg);
}

/* ---- life */

static void
set_rcvbuf(struct dgram *d)
{
    int want = (int)d->opt.rcvbuf;
    int have = 0;
    socklen_t n = sizeof have;
    char text[160];

    if (want == 0)
        return;
    if (setsockopt(d->fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof want) != 0)
        (void)setsockopt(d->fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof want);
    /* The kernel tells twice what was set: its own overhead counts in. */
    if (getsockopt(d->fd, SOL_SOCKET, SO_RCVBUF, &have, &n) != 0 ||
        have / 2 >= want)
        return;
    (void)snprintf(text, sizeof text,
                   "the receive buffer is %d bytes instead of %d: raise "
                   "net.core.rmem_max or bursts will be dropped",
                   have / 2, want);
    gate_trouble(d->gate, ERR_LIMIT, d->name, text);
}

struct dgram *
dgram_new(struct event_base *base, struct gate *gate,
          const struct dgram_options *o, int fd, const char *name,
          struct err *err)
{
    struct dgram *d = calloc(1, sizeof *d);
    int on = 1;

    if (d != NULL)
        d->data = malloc(DGRAM_BATCH * DGRAM_MAX);
    if (d == NULL || d->data == NULL) {
        free(d);
        (void)err_set(err, ERR_NOMEM, name, "out of memory");
        return NULL;
    }
    d->gate = gate;
    d->opt = *o;
    (void)snprintf(d->name, sizeof d->name, "%s", name);
    d->event = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, d);
    d->timer = event_new(base, -1, EV_PERSIST, on_timer, d);
    d->fd = -1;
    if (d->event == NULL || d->timer == NULL) {
        dgram_free(d);
        (void)err_set(err, ERR_NOMEM, name, "out of memory");
        return NULL;
    }
    d->fd = fd;
    (void)setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    return d;
}

enum err_code
dgram_start(struct dgram *d, struct err *err)
{
    struct timeval tv = {.tv_sec = DGRAM_DROPS_MS / 1000};

    set_rcvbuf(d);
    if (event_add(d->event, NULL) != 0 || event_add(d->timer, &tv) != 0)
        return err_set(err, ERR_IO, d->name, "cannot watch");
    return ERR_OK;
}

void
dgram_resume(struct dgram *d)
{
    if (d->gate->full)
        return;
    give_batch(d);
    if (!d->gate->full)
        (void)event_add(d->event, NULL);
}

void
dgram_stop(struct dgram *d)
{
    (void)event_del(d->event);
    (void)event_del(d->timer);
    dgram_count_drops(d);
}

void
dgram_free(struct dgram *d)
{
    if (d == NULL)
        return;
    if (d->event != NULL)
        event_free(d->event);
    if (d->timer != NULL)
        event_free(d->timer);
    if (d->fd >= 0)
        close(d->fd);
    free(d->data);
    free(d);
}
