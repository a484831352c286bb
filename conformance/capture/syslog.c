/* SPDX-License-Identifier: Apache-2.0 */
/* Syslog: frames of RFC 6587, messages of RFC 5424 (or RFC 3164) whose text is
 * JSON or whose MSGID names a kind of information. */
#include "conformance/capture/internal.h"

#define PRI_MAX 191
#define LEN_MAX 8 /* digits of a MSG-LEN */

/* "<PRI>" at the start: its length; 0: it is none, -1: more bytes are needed. */
static int
pri(struct bytes b)
{
    uint64_t value;
    size_t n;

    if (b.len == 0)
        return -1;
    if (b.data[0] != '<')
        return 0;
    n = bytes_find(bytes_upto(b, 5), '>');
    if (n == bytes_upto(b, 5).len)
        return b.len < 5 ? -1 : 0;
    if (!bytes_to_u64(bytes_upto(bytes_from(b, 1), n - 1), PRI_MAX, &value))
        return 0;
    return (int)n + 1;
}

static int
looks_lines(struct bytes b)
{
    int n = pri(b);
    char c;

    if (n <= 0)
        return n;
    if (b.len == (size_t)n)
        return -1;
    c = b.data[n]; /* a version, or the month of RFC 3164 */
    return (c >= '1' && c <= '9') || (c >= 'A' && c <= 'Z');
}

/* "LEN <": its length with the space; 0, -1 as above. */
static int
octets(struct bytes b, uint64_t *len)
{
    size_t n = 0;

    while (n < b.len && n <= LEN_MAX && b.data[n] >= '0' && b.data[n] <= '9')
        n++;
    if (n == b.len && n <= LEN_MAX)
        return -1;
    if (n == 0 || n > LEN_MAX || b.data[n] != ' ' || b.data[0] == '0' ||
        !bytes_to_u64(bytes_upto(b, n), UINT32_MAX, len))
        return 0;
    return (int)n + 1;
}

static int
looks_octets(struct bytes b)
{
    uint64_t len;
    int n = octets(b, &len);

    return n <= 0 ? n : looks_lines(bytes_from(b, (size_t)n));
}

/* A header word and the space behind it. */
static bool
word(struct bytes *rest, struct bytes *out)
{
    size_t n = bytes_find(*rest, ' ');

    *out = bytes_upto(*rest, n);
    *rest = bytes_from(*rest, n + 1);
    return n > 0;
}

/* STRUCTURED-DATA: "-" or elements; brackets in quotes do not end one. */
static bool
structured(struct bytes *rest)
{
    bool quoted = false;
    size_t i = 0;

    if (rest->len > 0 && rest->data[0] == '-') {
        *rest = bytes_from(*rest, 1);
        return true;
    }
    while (i < rest->len && rest->data[i] == '[') {
        for (i++; i < rest->len && (quoted || rest->data[i] != ']'); i++) {
            if (rest->data[i] == '"')
                quoted = !quoted;
            else if (quoted && rest->data[i] == '\\')
                i++;
        }
        i++;
    }
    if (i == 0 || i > rest->len)
        return false;
    *rest = bytes_from(*rest, i);
    return true;
}

static bool
is_info(struct bytes id)
{
    static const char *const kinds[] = {"asset", "alert", "threat", "behavior",
                                        "behaviour"};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (bytes_is(id, kinds[i]))
            return true;
    }
    return false;
}

static struct bytes
without_bom(struct bytes b)
{
    return bytes_starts(b, BYTES("\xEF\xBB\xBF")) ? bytes_from(b, 3) : b;
}

/* RFC 3164 has no place for a kind: what looks like a JSON object behind the
 * tag is taken for one. */
static bool
legacy(struct bytes rest, struct bytes *text)
{
    size_t n = bytes_find(rest, '{');

    if (n == 0 || n == rest.len || rest.data[n - 1] != ' ')
        return false;
    *text = bytes_from(rest, n);
    return bytes_trim(bytes_from(*text, 1)).len > 0 &&
           strchr("\"}", bytes_trim(bytes_from(*text, 1)).data[0]) != NULL;
}

bool
syslog_document(struct bytes msg, struct bytes *text)
{
    struct bytes rest = msg, field[6];
    int n = pri(msg);

    if (n <= 0)
        return false;
    rest = bytes_from(rest, (size_t)n);
    if (!bytes_starts(rest, BYTES("1 ")))
        return legacy(rest, text);
    for (size_t i = 0; i < 6; i++) { /* version .. MSGID */
        if (!word(&rest, &field[i]))
            return false;
    }
    if (!structured(&rest))
        return false;
    if (rest.len > 0 && rest.data[0] == ' ')
        rest = bytes_from(rest, 1);
    *text = bytes_trim(without_bom(rest));
    return is_info(field[5]) ||
           (text->len > 1 && (text->data[0] == '{' || text->data[0] == '['));
}

static void
message(struct direction *d, struct bytes msg)
{
    struct bytes text;

    if (syslog_document(msg, &text))
        direction_document(d, text, d->c->tls ? "syslog-tls" : "syslog-tcp",
                           false);
    else
        d->c->sink->counts->ignored++;
}

static size_t
too_long(struct direction *d, size_t n)
{
    d->c->sink->counts->limits++;
    direction_document(d, BYTES(""), d->c->tls ? "syslog-tls" : "syslog-tcp",
                       true);
    return n;
}

static size_t
take_octets(struct direction *d, struct bytes b)
{
    uint64_t len = 0;
    int n = octets(b, &len);

    if (n == 0) {
        direction_lost(d, &d->c->sink->counts->unknown);
        return 0;
    }
    if (n < 0)
        return 0;
    if (len > CAPTURE_DOCUMENT_MAX)
        return too_long(d, (size_t)n + (size_t)len);
    if (b.len < (size_t)n + len)
        return 0;
    message(d, bytes_upto(bytes_from(b, (size_t)n), (size_t)len));
    return (size_t)n + (size_t)len;
}

static size_t
take_lines(struct direction *d, struct bytes b)
{
    size_t n = bytes_find(b, '\n');

    if (n == b.len && n > CAPTURE_DOCUMENT_MAX)
        return too_long(d, n); /* the rest of it is ignored as a line */
    if (n == b.len && !d->ended)
        return 0;
    if (bytes_trim(bytes_upto(b, n)).len > 0)
        message(d, bytes_upto(b, n));
    return n < b.len ? n + 1 : n;
}

const struct protocol protocol_octets = {.name = "syslog, octet counting",
                                         .looks = looks_octets,
                                         .take = take_octets,
                                         .resumes = true};
const struct protocol protocol_lines = {.name = "syslog, lines",
                                        .looks = looks_lines,
                                        .take = take_lines,
                                        .resumes = true};
