/* SPDX-License-Identifier: Apache-2.0 */
/* The codec cef (ArcSight Common Event Format, CEF:0 and CEF:1) as products
 * send it. In the extension a key is [A-Za-z0-9_.[]-]+ in front of '=' and behind
 * a space; any other '=' is part of the value. Spaces at both ends of a value
 * carry no meaning and are trimmed. */
#include "formats/codec/syslog.h"
#include "formats/codec/text_put.h"

#define HEADER_FIELDS 7

static const char *const header_names[HEADER_FIELDS] = {
    "cef_version",  "device_vendor", "device_product", "device_version",
    "signature_id", "name",          "severity"};

/* Digits, at most one point, then the pipe. */
static bool
is_version(struct bytes b)
{
    size_t n = 0;

    while (n < b.len && n < 6 &&
           ((b.data[n] >= '0' && b.data[n] <= '9') ||
            (b.data[n] == '.' && n != 0)))
        n++;
    return n != 0 && n < b.len && b.data[n] == '|';
}

static struct bytes
skip_spaces(struct bytes b)
{
    while (b.len != 0 && b.data[0] == ' ')
        b = bytes_from(b, 1);
    return b;
}

/* Where the version begins; *head is what stands in front of "CEF:". Some
 * collectors take "CEF:" for a tag and leave "0|Vendor|..." behind. */
static bool
find_start(struct bytes frame, struct bytes *head, struct bytes *rest)
{
    struct bytes b = frame;

    while (b.len != 0) {
        b = bytes_from(b, bytes_find(b, 'C'));
        if (bytes_starts(b, BYTES("CEF:"))) {
            *rest = skip_spaces(bytes_from(b, 4));
            if (is_version(*rest)) {
                *head = bytes_upto(frame, (size_t)(b.data - frame.data));
                return true;
            }
        }
        b = bytes_from(b, 1);
    }
    *head = bytes_upto(frame, 0);
    *rest = skip_spaces(frame);
    return is_version(*rest);
}

static int
looks_like(struct bytes frame)
{
    struct bytes head, rest;

    if (!find_start(bytes_upto(frame, 1024), &head, &rest))
        return 0;
    if (bytes_starts(bytes_from(frame, head.len), BYTES("CEF:")))
        return head.len == 0 ? 100 : 95;
    return 40;
}

/* ---- header */

/* Length of the header field that ${b} begins with: to the first pipe that is
 * not escaped; *escapes tells of a backslash. */
static size_t
field_length(struct bytes b, bool *escapes)
{
    size_t n = 0;

    *escapes = false;
    while (n < b.len && b.data[n] != '|') {
        if (b.data[n] == '\\') {
            *escapes = true;
            n++;
        }
        n++;
    }
    return n < b.len ? n : b.len;
}

/* Undo the escapes in ${set}; ${set}[i] stands for ${means}[i]. Any other
 * backslash is itself: products forget to double those in paths. */
static struct bytes
unescape(struct codec_context *ctx, struct tape *t, struct bytes b,
         const char *set, const char *means)
{
    struct buf *out = &ctx->scratch;

    buf_reset(out);
    for (size_t i = 0; i < b.len; i++) {
        char c = b.data[i];
        const char *at = NULL;

        if (c == '\\' && i + 1 < b.len && b.data[i + 1] != '\0')
            at = strchr(set, b.data[i + 1]);
        if (at != NULL) {
            c = means[at - set];
            i++;
        }
        buf_char(out, c);
    }
    t->failed |= !buf_ok(out);
    return buf_view(out);
}

static enum err_code
put_header(struct codec_context *ctx, struct tape *t, struct bytes *at,
           struct err *err)
{
    for (size_t i = 0; i < HEADER_FIELDS; i++) {
        bool escapes;
        size_t n = field_length(*at, &escapes);
        struct bytes text = bytes_upto(*at, n);

        if (n == at->len && i + 1 < HEADER_FIELDS)
            return err_set(err, ERR_SYNTAX, NULL,
                           "the CEF header ends after %zu of 7 fields: no \"|\""
                           " behind %s",
                           i + (n != 0), header_names[i]);
        if (escapes)
            text = unescape(ctx, t, text, "|\\", "|\\");
        if (text_put_key(t, bytes_str(header_names[i])))
            text_put_value(ctx, t, bytes_trim(text));
        *at = bytes_from(*at, n + 1);
    }
    return ERR_OK;
}

/* ---- extension */

static bool
is_key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' ||
           c == '[' || c == ']';
}

/* A key with its '=' at ${b}'s start: the key's length, or 0. */
static size_t
key_length(struct bytes b)
{
    size_t n = 0;

    while (n < b.len && is_key_char(b.data[n]))
        n++;
    return n < b.len && b.data[n] == '=' ? n : 0;
}

/* Length of the value that ${b} begins with: to the space in front of the next
 * key, or all. In front of an escaped '=' stands a backslash, which is no key
 * character; so no key ends there. */
static size_t
value_length(struct bytes b)
{
    size_t n = 0;

    for (;; n++) {
        size_t key;

        n += bytes_find(bytes_from(b, n), '=');
        if (n >= b.len)
            return b.len;
        for (key = n; key > 0 && is_key_char(b.data[key - 1]); key--)
            ;
        if (key < n && key > 0 && b.data[key - 1] == ' ')
            return key;
    }
}

static struct bytes
trim_spaces(struct bytes b)
{
    b = skip_spaces(b);
    while (b.len != 0 && b.data[b.len - 1] == ' ')
        b.len--;
    return b;
}

static void
put_extension(struct codec_context *ctx, struct tape *t, struct bytes at)
{
    uint32_t room = text_put_max_keys(ctx);

    if (!text_put_key(t, BYTES("ext")))
        return;
    tape_object(t);
    while (at.len != 0) {
        size_t k = key_length(at);
        struct bytes key = bytes_upto(at, k);
        struct bytes value;
        size_t n;

        at = bytes_from(at, k + 1);
        n = value_length(at);
        value = trim_spaces(bytes_upto(at, n));
        at = bytes_from(at, n);
        if (room-- == 0) {
            t->flags |= TAPE_CUT;
            break;
        }
        if (!tape_key(t, key))
            continue;
        if (bytes_find(value, '\\') != value.len)
            value = unescape(ctx, t, value, "\\=nr|", "\\=\n\r|");
        text_put_value(ctx, t, value);
    }
    tape_close(t);
}

/* Text in front of the first key has no name; it is kept beside ext. */
static struct bytes
put_stray(struct codec_context *ctx, struct tape *t, struct bytes at)
{
    size_t n = 0;

    at = skip_spaces(at);
    if (key_length(at) == 0)
        n = value_length(at);
    text_put_member(ctx, t, BYTES("ext_stray"), trim_spaces(bytes_upto(at, n)));
    return bytes_from(at, n);
}

static void
put_syslog(struct codec_context *ctx, struct tape *t, struct bytes head)
{
    struct syslog_parts p;

    head = bytes_trim(head);
    if (head.len == 0 || !text_put_key(t, BYTES("syslog")))
        return;
    syslog_split(head, &p);
    tape_object(t);
    syslog_put(ctx, t, &p);
    tape_close(t);
}

/* Line ends and NUL behind the frame are transport. */
static struct bytes
trim_end(struct bytes b)
{
    while (b.len != 0 && memchr("\r\n", b.data[b.len - 1], 3) != NULL)
        b.len--;
    return b;
}

static enum err_code
decode(struct codec_context *ctx, struct bytes frame, struct tape *out,
       struct err *err)
{
    struct bytes head, at;
    enum err_code code;

    tape_reset(out, frame);
    if (!find_start(trim_end(frame), &head, &at))
        return err_set(
            err, ERR_SYNTAX, NULL,
            "no CEF header: \"CEF:\", a version and \"|\" not found");
    tape_object(out);
    put_syslog(ctx, out, head);
    code = put_header(ctx, out, &at, err);
    if (code != ERR_OK)
        return code;
    put_extension(ctx, out, put_stray(ctx, out, at));
    tape_close(out);
    if (tape_done(out) != ERR_OK)
        return err_set(err, ERR_LIMIT, NULL,
                       "the event needs more than the tape may hold");
    return ERR_OK;
}

const struct codec codec_cef = {
    .name = "cef",
    .looks_like = looks_like,
    .decode = decode,
};
