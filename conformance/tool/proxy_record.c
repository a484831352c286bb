/* SPDX-License-Identifier: Apache-2.0 */
/* The capture that a passive run keeps. */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "conformance/capture/record.h"
#include "conformance/evidence/redact.h"
#include "conformance/tool/proxy.h"

#define HELD_MAX   ((size_t)128 << 10) /* of a stream without a separator */
#define GATHER_MAX ((size_t)256 << 10) /* written at once */

static int64_t
now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void
proxy_record_write(struct proxy *p)
{
    struct bytes b = buf_view(&p->frames);

    if (!buf_ok(&p->frames) && p->err.code == ERR_OK)
        (void)err_set(&p->err, ERR_NOMEM, PROXY_TRAFFIC, "out of memory");
    while (b.len > 0 && p->err.code == ERR_OK) {
        ssize_t n = write(p->fd, b.data, b.len);

        if (n >= 0)
            b = bytes_from(b, (size_t)n);
        else if (errno != EINTR)
            (void)err_errno(&p->err, PROXY_TRAFFIC, "write");
    }
    p->recorded += p->frames.len;
    buf_reset(&p->frames);
}

static void
put_frame(struct proxy *p, const struct record_frame *f)
{
    if (p->fd < 0 || p->err.code != ERR_OK)
        return;
    p->full |= p->recorded + p->frames.len + f->payload.len > p->record_max;
    if (p->full)
        return;
    record_frame(&p->frames, f);
    if (p->frames.len >= GATHER_MAX)
        proxy_record_write(p);
}

static struct record_frame
frame_of(const struct relay_link *l, const struct proxy_half half[2],
         unsigned d, unsigned flags)
{
    return (struct record_frame){.from = d ? &l->to : &l->from,
                                 .to = d ? &l->from : &l->to,
                                 .udp = l->datagrams,
                                 .flags = flags,
                                 .sequence = half[d].sequence,
                                 .acknowledges = half[1 - d].sequence,
                                 .time_ns = now_ns()};
}

void
proxy_record_flags(struct proxy *p, const struct relay_link *l,
                   struct proxy_half half[2], unsigned d, unsigned flags)
{
    struct record_frame f = frame_of(l, half, d, flags);

    put_frame(p, &f);
    half[d].sequence += (flags & (RECORD_SYN | RECORD_FIN)) != 0;
}

static void
put_payload(struct proxy *p, const struct relay_link *l,
            struct proxy_half half[2], unsigned d, struct bytes b)
{
    size_t max = l->datagrams ? b.len : RECORD_PAYLOAD_MAX;

    do {
        struct record_frame f = frame_of(l, half, d, RECORD_ACK);

        f.payload = bytes_upto(b, max);
        put_frame(p, &f);
        half[d].sequence += (uint32_t)f.payload.len;
        b = bytes_from(b, f.payload.len);
    } while (b.len > 0);
}

/* Where a held stream may be cut: behind its last separator that is no secret, so
 * that a name stays with its value. All of it when there is none and it grew too
 * long. */
static size_t
cut_of(struct bytes raw, struct bytes clean)
{
    size_t i = raw.len;

    while (i > 0 && (raw.data[i - 1] != clean.data[i - 1] ||
                     memchr("\n,{&", raw.data[i - 1], 4) == NULL))
        i--;
    return i == 0 && raw.len > HELD_MAX ? raw.len : i;
}

static void
record_held(struct proxy *p, const struct relay_link *l,
            struct proxy_half half[2], unsigned d, bool all)
{
    struct buf *held = &half[d].held, clean = {0};
    struct bytes raw = buf_view(held);
    size_t n;

    (void)redact_in_place(NULL, raw, &clean);
    if (!buf_ok(&clean) || clean.len != raw.len) {
        if (p->err.code == ERR_OK)
            (void)err_set(&p->err, ERR_NOMEM, PROXY_TRAFFIC, "out of memory");
        buf_free(&clean);
        return;
    }
    n = all ? raw.len : cut_of(raw, buf_view(&clean));
    if (n > 0)
        put_payload(p, l, half, d, bytes_upto(buf_view(&clean), n));
    memmove(held->data, held->data + n, held->len - n);
    held->len -= n;
    buf_free(&clean);
}

void
proxy_record_bytes(struct proxy *p, const struct relay_link *l,
                   struct proxy_half half[2], unsigned d, struct bytes b)
{
    if (p->fd < 0 || p->full)
        return;
    proxy_record_rest(p, l, half, 1 - d);
    buf_bytes(&half[d].held, b);
    if (!buf_ok(&half[d].held) && p->err.code == ERR_OK)
        (void)err_set(&p->err, ERR_NOMEM, PROXY_TRAFFIC, "out of memory");
    else if (half[d].held.len > 0)
        record_held(p, l, half, d, l->datagrams);
}

void
proxy_record_rest(struct proxy *p, const struct relay_link *l,
                  struct proxy_half half[2], unsigned d)
{
    if (p->fd >= 0 && half[d].held.len > 0)
        record_held(p, l, half, d, true);
}
