/* SPDX-License-Identifier: Apache-2.0 */
/* Splitting a syslog frame. RFC 3164 describes what was seen in 2001 and
 * products vary it freely, so each piece is taken only when it looks like what
 * its place wants, and everything else stays in the message. */
#include "formats/codec/syslog.h"

#include "formats/codec/syslog_time.h"

static struct bytes
skip_spaces(struct bytes b)
{
    while (b.len != 0 && (b.data[0] == ' ' || b.data[0] == '\t'))
        b = bytes_from(b, 1);
    return b;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* strchr alone would find the terminator for a NUL in the input. */
static bool
one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* Bytes up to the first space or tab. */
static size_t
token_length(struct bytes b)
{
    size_t n = 0;

    while (n < b.len && b.data[n] != ' ' && b.data[n] != '\t')
        n++;
    return n;
}

/* ---- PRI */

/* "<" number ">" at the start: the rest behind it. Any number of up to five
 * digits and "-1" are kept as text: products send PRI up to 902. */
static struct bytes
split_pri(struct bytes b, struct syslog_parts *p)
{
    size_t n = 1;
    size_t first;
    uint64_t v;

    if (b.len == 0 || b.data[0] != '<')
        return b;
    if (n < b.len && b.data[n] == '-')
        n++;
    first = n;
    while (n < b.len && n - first < 5 && is_digit(b.data[n]))
        n++;
    if (n == first || n >= b.len || b.data[n] != '>')
        return b;
    p->pri = bytes_of(b.data + 1, n - 1);
    if (bytes_to_u64(p->pri, UINT64_MAX, &v)) {
        p->has_severity = true;
        p->severity = (uint8_t)(v % 8);
        p->pri_valid = v <= SYSLOG_MAX_PRI && n - first <= 3 &&
                       (p->pri.data[0] != '0' || p->pri.len == 1);
        if (p->pri_valid)
            p->facility = (uint8_t)(v / 8);
    }
    return bytes_from(b, n + 1);
}

/* ---- RFC 5424 */

/* VERSION SP and something like its TIMESTAMP. */
static size_t
version_length(struct bytes b)
{
    size_t n = 0;
    struct bytes rest;

    while (n < b.len && n < 3 && is_digit(b.data[n]))
        n++;
    if (n == 0 || b.data[0] == '0' || n >= b.len || b.data[n] != ' ')
        return 0;
    rest = bytes_from(b, n + 1);
    if (rest.len != 0 && rest.data[0] == '-' &&
        (rest.len == 1 || rest.data[1] == ' '))
        return n;
    for (size_t i = 0; i < 4; i++)
        if (i >= rest.len || !is_digit(rest.data[i]))
            return 0;
    return rest.len > 4 && rest.data[4] == '-' ? n : 0;
}

static struct bytes
header_token(struct bytes *at)
{
    struct bytes b = skip_spaces(*at);
    struct bytes token = bytes_upto(b, token_length(b));

    *at = bytes_from(b, token.len);
    return bytes_is(token, "-") ? (struct bytes){0} : token;
}

bool
syslog_sd_element(struct bytes *at, struct bytes *id)
{
    size_t n = 1;

    if (at->len == 0 || at->data[0] != '[')
        return false;
    while (n < at->len && !one_of(at->data[n], " ]=\""))
        n++;
    if (n == 1 || n >= at->len || at->data[n] == '=' || at->data[n] == '"')
        return false;
    *id = bytes_of(at->data + 1, n - 1);
    *at = bytes_from(*at, n);
    return true;
}

int
syslog_sd_param(struct bytes *at, struct bytes *name, struct bytes *value)
{
    struct bytes b = skip_spaces(*at);
    size_t n = 0;
    size_t start;

    if (b.len != 0 && b.data[0] == ']') {
        *at = bytes_from(b, 1);
        return 0;
    }
    while (n < b.len && !one_of(b.data[n], " ]=\""))
        n++;
    if (n == 0 || n + 1 >= b.len || b.data[n] != '=' || b.data[n + 1] != '"')
        return -1;
    *name = bytes_upto(b, n);
    start = n + 2;
    for (n = start; n < b.len && b.data[n] != '"'; n++)
        if (b.data[n] == '\\')
            n++;
    if (n >= b.len)
        return -1;
    *value = bytes_of(b.data + start, n - start);
    *at = bytes_from(b, n + 1);
    return 1;
}

size_t
syslog_sd_span(struct bytes b)
{
    struct bytes at = b;
    struct bytes name, value;

    while (syslog_sd_element(&at, &name)) {
        int r;

        do
            r = syslog_sd_param(&at, &name, &value);
        while (r == 1);
        if (r < 0)
            return 0;
    }
    /* "[core]: text" where SD is missing: a real one is followed by a space or
     * the end. */
    if (at.len != 0 && at.data[0] != ' ')
        return 0;
    return b.len - at.len;
}

static void
split_rfc5424(struct bytes b, size_t version, struct syslog_parts *p)
{
    size_t n;

    p->version = bytes_upto(b, version);
    b = bytes_from(b, version);
    p->timestamp = header_token(&b);
    p->hostname = header_token(&b);
    p->app = header_token(&b);
    p->procid = header_token(&b);
    p->msgid = header_token(&b);
    if (b.len != 0)
        b = bytes_from(b, 1);
    if (b.len != 0 && b.data[0] == '-' && (b.len == 1 || b.data[1] == ' ')) {
        b = bytes_from(b, 1);
    } else {
        n = syslog_sd_span(b);
        p->sd = bytes_upto(b, n);
        b = bytes_from(b, n);
    }
    if (b.len != 0 && b.data[0] == ' ')
        b = bytes_from(b, 1);
    if (bytes_starts(b, BYTES("\xEF\xBB\xBF")))
        b = bytes_from(b, 3);
    p->message = b;
}

/* ---- RFC 3164 and its relatives */

/* "008407: ": a message counter, when something follows it. */
static struct bytes
split_sequence(struct bytes b, struct syslog_parts *p)
{
    size_t n = 0;

    while (n < b.len && n < 12 && is_digit(b.data[n]))
        n++;
    if (n == 0 || n + 1 >= b.len || b.data[n] != ':' || b.data[n + 1] != ' ')
        return b;
    p->sequence = bytes_upto(b, n);
    return skip_spaces(bytes_from(b, n + 1));
}

/* A device whose clock is not set writes '*' or '.' in front of the time. */
static size_t
clock_mark(struct bytes b)
{
    size_t n = 0;

    if (b.len != 0 && (b.data[0] == '*' || b.data[0] == '.'))
        n = 1;
    while (n != 0 && n < b.len && b.data[n] == ' ')
        n++;
    return n;
}

static bool
split_time(struct bytes *at, struct syslog_parts *p)
{
    struct bytes b = bytes_from(*at, clock_mark(*at));
    size_t n = syslog_time_span(b);

    if (n == 0)
        return false;
    p->timestamp = bytes_upto(b, n);
    b = bytes_from(b, n);
    if (b.len != 0 && b.data[0] == ':')
        b = bytes_from(b, 1);
    *at = skip_spaces(b);
    return true;
}

static bool
is_host(struct bytes token)
{
    if (token.len == 0 || token.len > SYSLOG_MAX_HOST ||
        memchr("%*#-:", token.data[0], 5) != NULL ||
        token.data[token.len - 1] == ':')
        return false;
    for (size_t i = 0; i < token.len; i++) {
        unsigned char c = (unsigned char)token.data[i];

        if (c < 0x20 || c == 0x7F || one_of((char)c, "=;{}[]\"',<>\\|"))
            return false;
    }
    return true;
}

/* "[123]" at ${n}: the procid, and the length of the whole tag with its ':'.
 * Without the ':' only digits make a process id. */
static size_t
tag_with_pid(struct bytes b, size_t n, struct bytes *pid)
{
    bool digits = true;
    size_t end = n + 1;

    while (end < b.len && end - n <= 64 && b.data[end] != ']') {
        if (one_of(b.data[end], " [\"="))
            return 0;
        digits = digits && is_digit(b.data[end]);
        end++;
    }
    if (end >= b.len || b.data[end] != ']' || end == n + 1)
        return 0;
    *pid = bytes_of(b.data + n + 1, end - n - 1);
    end++;
    if (end < b.len && b.data[end] == ':')
        return end + 1;
    return digits && (end == b.len || b.data[end] == ' ') ? end : 0;
}

/* "app: ", "app[123]: ", "app[123] ": length of the tag, or 0. Huawei, H3C and
 * DPtech write "%%10MODULE/6/NAME:": that is for the mapping. */
static size_t
tag_length(struct bytes b, struct bytes *app, struct bytes *pid)
{
    size_t n = 0;

    *pid = (struct bytes){0};
    if (bytes_starts(b, BYTES("%%")))
        return 0;
    for (; n < b.len && n <= SYSLOG_MAX_TAG; n++) {
        unsigned char c = (unsigned char)b.data[n];

        *app = bytes_upto(b, n);
        if (c == '[')
            return n == 0 ? 0 : tag_with_pid(b, n, pid);
        if (c == ':' && (n + 1 == b.len || one_of(b.data[n + 1], " \t")))
            return n == 0 ? 0 : n + 1;
        if (c <= ' ' || one_of((char)c, "=\"{};,|<>\\"))
            return 0;
    }
    return 0;
}

static void
split_tag(struct bytes b, struct syslog_parts *p)
{
    struct bytes app, pid;
    size_t n = tag_length(b, &app, &pid);

    if (n != 0) {
        p->app = app;
        p->procid = pid;
        b = bytes_from(b, n);
    } else if (b.len != 0 && b.data[0] == ':') {
        b = bytes_from(b, 1); /* an empty tag, "host : text" */
    }
    if (b.len != 0 && b.data[0] == ' ')
        b = bytes_from(b, 1);
    p->message = b;
}

static void
split_rfc3164(struct bytes b, struct syslog_parts *p)
{
    struct bytes app, pid, token, after;
    size_t n;

    b = skip_spaces(b);
    if (p->pri.len != 0 && bytes_starts(b, BYTES(": ")))
        b = skip_spaces(bytes_from(b, 1));
    if (p->pri.len != 0)
        b = split_sequence(b, p);
    if (!split_time(&b, p)) {
        /* "host: *Mar  1 18:46:11: %SYS-5-CONFIG_I: ..." */
        n = token_length(b);
        after = skip_spaces(bytes_from(b, n));
        if (p->pri.len == 0 || n < 2 || b.data[n - 1] != ':' ||
            !is_host(bytes_upto(b, n - 1)) || !split_time(&after, p)) {
            if (p->pri.len != 0)
                split_tag(b, p);
            else
                p->message = b;
            return;
        }
        p->hostname = bytes_upto(b, n - 1);
        split_tag(after, p);
        return;
    }
    token = bytes_upto(b, token_length(b));
    if (tag_length(b, &app, &pid) == 0 && is_host(token)) {
        p->hostname = token;
        b = skip_spaces(bytes_from(b, token.len));
    }
    split_tag(b, p);
}

/* Line ends, NUL and byte order marks around a frame are transport. */
static struct bytes
trim_frame(struct bytes b)
{
    while (b.len != 0 && memchr("\r\n", b.data[b.len - 1], 3) != NULL)
        b.len--;
    while (b.len != 0 && memchr("\r\n", b.data[0], 3) != NULL)
        b = bytes_from(b, 1);
    if (bytes_starts(b, BYTES("\xEF\xBB\xBF")))
        b = bytes_from(b, 3);
    return b;
}

void
syslog_split(struct bytes frame, struct syslog_parts *out)
{
    struct bytes b = trim_frame(frame);
    size_t version;

    *out = (struct syslog_parts){0};
    b = split_pri(b, out);
    version = version_length(b);
    if (version != 0)
        split_rfc5424(b, version, out);
    else
        split_rfc3164(b, out);
}
