/* SPDX-License-Identifier: Apache-2.0 */
/* ZMTP 3.0 and 3.1 (ZeroMQ RFC 23, 37) with mechanism NULL: what PUB, PUSH and
 * DEALER sockets send. A message is [topic][head][document], or a document in
 * its last frame. */
#include "conformance/capture/internal.h"
#include "transport/zhead.h"

#define GREETING 64
#define MORE     1
#define LONG     2
#define COMMAND  4

static int
looks(struct bytes b)
{
    if (b.len == 0)
        return -1;
    if (b.data[0] != '\xFF')
        return 0;
    return b.len < 10 ? -1 : b.data[9] == 0x7F;
}

static size_t
greeting(struct direction *d, struct bytes b)
{
    struct capture_counts *n = d->c->sink->counts;

    if (b.len < GREETING)
        return 0;
    if (b.data[10] < 3) {
        direction_lost(d, &n->unknown);
        return 0;
    }
    if (memcmp(b.data + 12, "NULL\0", 5) != 0) {
        direction_lost(d, &n->encrypted);
        return 0;
    }
    d->u.zmtp.greeted = true;
    return GREETING;
}

/* The READY command's Socket-Type: which ends send information. */
static bool
sends_information(struct bytes b)
{
    static const char *const types[] = {"PUB",  "PUSH", "DEALER",
                                        "XPUB", "PAIR", "REQ"};
    static const char name[] = "\x0bSocket-Type";
    struct bytes v = {0};

    for (size_t i = 0; i + sizeof name + 3 <= b.len && v.data == NULL; i++) {
        if (memcmp(b.data + i, name, sizeof name - 1) == 0)
            v = bytes_from(b, i + sizeof name - 1);
    }
    if (v.len < 4 || v.data[0] || v.data[1] || v.data[2])
        return false;
    v = bytes_upto(bytes_from(v, 4), (unsigned char)v.data[3]);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (bytes_is(v, types[i]))
            return true;
    }
    return false;
}

static void
command(struct direction *d, struct bytes b)
{
    if (bytes_starts(b, BYTES("\x05READY")))
        d->u.zmtp.carries = sends_information(b);
}

static struct bytes
frame(const struct direction *d, size_t i)
{
    const struct zmtp_state *z = &d->u.zmtp;
    size_t from = i > 0 ? z->at[i - 1] : 0;

    return bytes_upto(bytes_from(buf_view(&d->body), from), z->at[i] - from);
}

static bool
is_json(struct bytes b)
{
    b = bytes_trim(b);
    return b.len > 0 && (b.data[0] == '{' || b.data[0] == '[');
}

static void
message(struct direction *d)
{
    struct zmtp_state *z = &d->u.zmtp;
    size_t last = z->frames > 0 ? z->frames - 1 : 0;
    struct zhead head;

    if (z->too_long && z->carries)
        direction_document(d, BYTES(""), "zeromq", true);
    else if (z->carries && z->frames > 0 && z->frames <= FRAMES_MAX &&
             ((last >= 1 && zhead_scan(frame(d, last - 1), &head)) ||
              is_json(frame(d, last))))
        direction_document(d, frame(d, last), "zeromq", false);
    else
        d->c->sink->counts->ignored++;
    z->too_long = false;
    z->frames = 0;
    buf_reset(&d->body);
}

static void
part(struct direction *d, struct bytes b)
{
    struct zmtp_state *z = &d->u.zmtp;

    if (z->frames < FRAMES_MAX) {
        buf_bytes(&d->body, b);
        z->at[z->frames] = d->body.len;
    }
    z->frames++;
    d->c->sink->nomem |= !buf_ok(&d->body);
}

static size_t
take(struct direction *d, struct bytes b)
{
    struct zmtp_state *z = &d->u.zmtp;
    size_t head = b.len > 0 && (b.data[0] & LONG) ? 9 : 2;
    uint64_t len = 0;

    if (!z->greeted)
        return greeting(d, b);
    if (b.len < head)
        return 0;
    for (size_t i = 1; i < head; i++)
        len = len << 8 | (unsigned char)b.data[i];
    if ((b.data[0] & ~(MORE | LONG | COMMAND)) != 0 || len > UINT32_MAX) {
        direction_lost(d, &d->c->sink->counts->unknown);
        return 0;
    }
    if (len > CAPTURE_DOCUMENT_MAX ||
        d->body.len + len > 2 * CAPTURE_DOCUMENT_MAX) {
        d->c->sink->counts->limits++;
        z->too_long = true; /* its bytes are passed over */
        if (!(b.data[0] & MORE))
            message(d);
        return head + (size_t)len;
    }
    if (b.len < head + len)
        return 0;
    if (b.data[0] & COMMAND) {
        command(d, bytes_upto(bytes_from(b, head), (size_t)len));
    } else {
        part(d, bytes_upto(bytes_from(b, head), (size_t)len));
        if (!(b.data[0] & MORE))
            message(d);
    }
    return head + (size_t)len;
}

const struct protocol protocol_zmtp = {
    .name = "ZMTP", .looks = looks, .take = take, .resumes = false};
