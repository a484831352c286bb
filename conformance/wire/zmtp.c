/* SPDX-License-Identifier: Apache-2.0 */
/* See zmtp.h. The octets of a greeting: signature 0-9, version 10-11, mechanism
 * 12-31, as-server 32, filler 33-63. */
#include "conformance/wire/zmtp.h"

#include <strings.h>

enum { AT_MAJOR = 10, AT_MECHANISM = 12, AT_SERVER = 32, AT_FILLER = 33 };

const char *
zmtp_fault_name(enum zmtp_fault f)
{
    static const char *const name[ZMTP_FAULT_COUNT] = {
        [ZMTP_FINE] = "none",
        [ZMTP_BAD_SIGNATURE] = "greeting.signature",
        [ZMTP_BAD_VERSION] = "greeting.version",
        [ZMTP_BAD_MECHANISM] = "greeting.mechanism",
        [ZMTP_BAD_SERVER] = "greeting.as-server",
        [ZMTP_BAD_FILLER] = "greeting.filler",
        [ZMTP_BAD_RESERVED] = "frame.reserved",
        [ZMTP_BAD_MORE] = "frame.more",
        [ZMTP_BAD_SIZE] = "frame.size",
        [ZMTP_BAD_COMMAND] = "command.name",
        [ZMTP_BAD_PROPERTY] = "command.metadata",
    };

    return f < ZMTP_FAULT_COUNT ? name[f] : "none";
}

/* ---- greeting */

struct zmtp_greeting
zmtp_greeting_of(const char *mechanism)
{
    struct zmtp_greeting g = {
        .first = 0xFF, .last = 0x7F, .major = 3, .minor = 1};
    size_t n = strlen(mechanism);

    memcpy(g.mechanism, mechanism, n < ZMTP_MECHANISM ? n : ZMTP_MECHANISM);
    return g;
}

void
zmtp_greeting_write(struct buf *out, const struct zmtp_greeting *g)
{
    buf_char(out, (char)g->first);
    buf_add(out, (const char *)g->padding, sizeof(g->padding));
    buf_char(out, (char)g->last);
    buf_char(out, (char)g->major);
    buf_char(out, (char)g->minor);
    buf_add(out, (const char *)g->mechanism, ZMTP_MECHANISM);
    buf_char(out, (char)g->as_server);
    for (size_t i = AT_FILLER; i < ZMTP_GREETING; i++)
        buf_char(out, (char)g->filler);
}

/* A name of capitals, digits and "-_.+", then nulls only. */
static bool
is_mechanism(const uint8_t *m)
{
    size_t n = 0;

    while (n < ZMTP_MECHANISM && m[n]) {
        if (!((m[n] >= 'A' && m[n] <= 'Z') || (m[n] >= '0' && m[n] <= '9') ||
              strchr("-_.+", m[n])))
            return false;
        n++;
    }
    for (size_t i = n; i < ZMTP_MECHANISM; i++) {
        if (m[i])
            return false;
    }
    return n > 0;
}

enum zmtp_fault
zmtp_greeting_read(struct bytes in, struct zmtp_greeting *g)
{
    const uint8_t *p = (const uint8_t *)in.data;

    *g = (struct zmtp_greeting){0};
    if (in.len < ZMTP_GREETING)
        return ZMTP_BAD_SIGNATURE;
    g->first = p[0];
    memcpy(g->padding, p + 1, sizeof(g->padding));
    g->last = p[9];
    g->major = p[AT_MAJOR];
    g->minor = p[AT_MAJOR + 1];
    memcpy(g->mechanism, p + AT_MECHANISM, ZMTP_MECHANISM);
    g->as_server = p[AT_SERVER];
    for (size_t i = AT_FILLER; i < ZMTP_GREETING && !g->filler; i++)
        g->filler = p[i];
    if (g->first != 0xFF || g->last != 0x7F)
        return ZMTP_BAD_SIGNATURE;
    if (g->major < 3)
        return ZMTP_BAD_VERSION;
    if (!is_mechanism(g->mechanism))
        return ZMTP_BAD_MECHANISM;
    if (g->as_server > 1)
        return ZMTP_BAD_SERVER;
    return g->filler ? ZMTP_BAD_FILLER : ZMTP_FINE;
}

struct bytes
zmtp_mechanism(const struct zmtp_greeting *g)
{
    const char *m = (const char *)g->mechanism;

    return bytes_of(m, strnlen(m, ZMTP_MECHANISM));
}

/* ---- frames */

void
zmtp_frame_head(struct buf *out, unsigned flags, uint64_t size)
{
    buf_char(out, (char)flags);
    if (flags & ZMTP_LONG) {
        for (unsigned shift = 64; shift > 0;) {
            shift -= 8;
            buf_char(out, (char)(size >> shift & 0xFF));
        }
    } else {
        buf_char(out, (char)(size & 0xFF));
    }
}

void
zmtp_frame_write(struct buf *out, unsigned flags, struct bytes body)
{
    zmtp_frame_head(out,
                    (flags & ~(unsigned)ZMTP_LONG) |
                        (body.len > 255 ? (unsigned)ZMTP_LONG : 0),
                    body.len);
    buf_bytes(out, body);
}

void
zmtp_message_write(struct buf *out, const struct bytes *frame, size_t n)
{
    for (size_t i = 0; i < n; i++)
        zmtp_frame_write(out, i + 1 < n ? ZMTP_MORE : 0, frame[i]);
}

static uint64_t
read_size(const uint8_t *p, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

enum zmtp_got
zmtp_frame_read(struct bytes in, uint64_t max, struct zmtp_frame *f,
                size_t *used, enum zmtp_fault *fault)
{
    const uint8_t *p = (const uint8_t *)in.data;
    size_t head;
    uint64_t size;

    *fault = ZMTP_FINE;
    if (in.len == 0)
        return ZMTP_WAIT;
    head = (p[0] & ZMTP_LONG) ? 9 : 2;
    if (in.len < head)
        return ZMTP_WAIT;
    size = read_size(p + 1, head - 1);
    if (size > INT64_MAX || size > max) {
        *fault = ZMTP_BAD_SIZE;
        return ZMTP_BROKEN;
    }
    if (in.len - head < size)
        return ZMTP_WAIT;
    *f = (struct zmtp_frame){p[0], bytes_of(in.data + head, (size_t)size)};
    *used = head + (size_t)size;
    if (f->flags & ZMTP_RESERVED)
        *fault = ZMTP_BAD_RESERVED;
    else if ((f->flags & ZMTP_COMMAND) && (f->flags & ZMTP_MORE))
        *fault = ZMTP_BAD_MORE;
    return ZMTP_GOT;
}

/* ---- commands */

void
zmtp_command_write(struct buf *out, const char *name, struct bytes data)
{
    struct buf body = {0};

    buf_char(&body, (char)(strlen(name) & 0xFF));
    buf_str(&body, name);
    buf_bytes(&body, data);
    zmtp_frame_write(out, ZMTP_COMMAND, buf_view(&body));
    if (!buf_ok(&body))
        out->failed = true;
    buf_free(&body);
}

bool
zmtp_command_read(struct bytes body, struct bytes *name, struct bytes *data)
{
    size_t n = body.len ? (uint8_t)body.data[0] : 0;

    if (n == 0 || n > body.len - 1)
        return false;
    *name = bytes_of(body.data + 1, n);
    *data = bytes_from(body, 1 + n);
    return true;
}

void
zmtp_property_write(struct buf *out, const char *name, struct bytes value)
{
    buf_char(out, (char)(strlen(name) & 0xFF));
    buf_str(out, name);
    for (unsigned shift = 32; shift > 0;) {
        shift -= 8;
        buf_char(out, (char)(value.len >> shift & 0xFF));
    }
    buf_bytes(out, value);
}

enum zmtp_fault
zmtp_property_read(struct bytes *data, struct bytes *name, struct bytes *value)
{
    size_t n, size;

    *name = *value = (struct bytes){0};
    if (data->len == 0)
        return ZMTP_FINE;
    n = (uint8_t)data->data[0];
    if (n == 0 || data->len - 1 < n || data->len - 1 - n < 4)
        return ZMTP_BAD_PROPERTY;
    size = (size_t)read_size((const uint8_t *)data->data + 1 + n, 4);
    if (size > INT32_MAX || data->len - 5 - n < size)
        return ZMTP_BAD_PROPERTY;
    *name = bytes_of(data->data + 1, n);
    *value = bytes_of(data->data + 5 + n, size);
    *data = bytes_from(*data, 5 + n + size);
    return ZMTP_FINE;
}

bool
zmtp_property_find(struct bytes data, const char *name, struct bytes *value)
{
    size_t n = strlen(name);

    for (;;) {
        struct bytes key;

        if (zmtp_property_read(&data, &key, value) != ZMTP_FINE || !key.len)
            return false;
        if (key.len == n && strncasecmp(key.data, name, n) == 0)
            return true;
    }
}
