/* SPDX-License-Identifier: Apache-2.0 */
/* See syslog_read.h: the message. The stream is in syslog_frame.c. */
#include "conformance/wire/syslog_read.h"

#include <string.h>

#include "formats/base/text.h"

const struct syslog_fault_row syslog_fault_table[SYSLOG_FAULT_MAX] = {
    [SYSLOG_FAULT_PRI_FORM] = {"pri_form", "RFC 5424 6.2.1",
                               "PRI is not a number in angle brackets"},
    [SYSLOG_FAULT_PRI_RANGE] = {"pri_range", "RFC 5424 6.2.1",
                                "PRIVAL is above 191"},
    [SYSLOG_FAULT_PRI_ZERO] = {"pri_zero", "RFC 5424 6.2.1",
                               "PRIVAL has a leading zero"},
    [SYSLOG_FAULT_VERSION] = {"version", "RFC 5424 6.2.2", "VERSION is not 1"},
    [SYSLOG_FAULT_HEADER] = {"header", "RFC 5424 6",
                             "a header field is missing or empty"},
    [SYSLOG_FAULT_TIME_FORM] = {"time_form", "RFC 5424 6.2.3",
                                "TIMESTAMP is no RFC 3339 date and time"},
    [SYSLOG_FAULT_TIME_ZONE] = {"time_zone", "RFC 5424 6.2.3",
                                "TIMESTAMP has no valid offset"},
    [SYSLOG_FAULT_TIME_FRAC] = {"time_frac", "RFC 5424 6.2.3",
                                "TIME-SECFRAC has no or over six digits"},
    [SYSLOG_FAULT_TIME_CASE] = {"time_case", "RFC 5424 6.2.3",
                                "T and Z must be upper case"},
    [SYSLOG_FAULT_TIME_LEAP] = {"time_leap", "RFC 5424 6.2.3",
                                "leap seconds must not be used"},
    [SYSLOG_FAULT_TIME_RANGE] = {"time_range", "RFC 5424 6.2.3",
                                 "TIMESTAMP is no date or time of day"},
    [SYSLOG_FAULT_HOST_CHAR] = {"host_char", "RFC 5424 6.2.4",
                                "HOSTNAME is not printable ASCII"},
    [SYSLOG_FAULT_HOST_LONG] = {"host_long", "RFC 5424 6.2.4",
                                "HOSTNAME is longer than 255"},
    [SYSLOG_FAULT_APP_CHAR] = {"app_char", "RFC 5424 6.2.5",
                               "APP-NAME is not printable ASCII"},
    [SYSLOG_FAULT_APP_LONG] = {"app_long", "RFC 5424 6.2.5",
                               "APP-NAME is longer than 48"},
    [SYSLOG_FAULT_PROC_CHAR] = {"proc_char", "RFC 5424 6.2.6",
                                "PROCID is not printable ASCII"},
    [SYSLOG_FAULT_PROC_LONG] = {"proc_long", "RFC 5424 6.2.6",
                                "PROCID is longer than 128"},
    [SYSLOG_FAULT_ID_CHAR] = {"id_char", "RFC 5424 6.2.7",
                              "MSGID is not printable ASCII"},
    [SYSLOG_FAULT_ID_LONG] = {"id_long", "RFC 5424 6.2.7",
                              "MSGID is longer than 32"},
    [SYSLOG_FAULT_SD_FORM] = {"sd_form", "RFC 5424 6.3",
                              "STRUCTURED-DATA is malformed"},
    [SYSLOG_FAULT_SD_NAME] = {"sd_name", "RFC 5424 6.3.2",
                              "an SD-NAME has a forbidden character or length"},
    [SYSLOG_FAULT_SD_PRIVATE] = {"sd_private", "RFC 5424 6.3.2",
                                 "an SD-ID is neither registered nor has @"},
    [SYSLOG_FAULT_SD_TWICE] = {"sd_twice", "RFC 5424 6.3.2",
                               "an SD-ID occurs twice"},
    [SYSLOG_FAULT_SD_ESCAPE] = {"sd_escape", "RFC 5424 6.3.3",
                                "a quote or bracket is not escaped"},
    [SYSLOG_FAULT_SD_UTF8] = {"sd_utf8", "RFC 5424 6.3.3",
                              "a PARAM-VALUE is no UTF-8"},
    [SYSLOG_FAULT_MSG_SPACE] = {"msg_space", "RFC 5424 6",
                                "no space before MSG"},
    [SYSLOG_FAULT_MSG_BOM] = {"msg_bom", "RFC 5424 6.4",
                              "UTF-8 text without byte order mark"},
    [SYSLOG_FAULT_MSG_UTF8] = {"msg_utf8", "RFC 5424 6.4",
                               "behind the byte order mark is no UTF-8"},
    [SYSLOG_FAULT_MSG_CONTROL] = {"msg_control", "RFC 5424 6.4",
                                  "MSG has control characters"},
    [SYSLOG_FAULT_EMPTY] = {"empty", "RFC 5424 6", "the message is empty"},
    [SYSLOG_FAULT_COUNT_FORM] = {"count_form", "RFC 6587 3.4.1",
                                 "MSG-LEN is no number without leading zero"},
    [SYSLOG_FAULT_COUNT_SPACE] = {"count_space", "RFC 6587 3.4.1",
                                  "no space behind MSG-LEN"},
    [SYSLOG_FAULT_COUNT_SHORT] = {"count_short", "RFC 6587 3.4.1",
                                  "no frame begins behind MSG-LEN octets"},
    [SYSLOG_FAULT_COUNT_LF] = {"count_lf", "RFC 6587 3.4.1",
                               "a line end at the end of a counted frame"},
    [SYSLOG_FAULT_LINES] = {"lines", "RFC 6587 3.4.2",
                            "frames end with a line end, not counted"},
    [SYSLOG_FAULT_CUT] = {"cut", "RFC 6587 3.4.1",
                          "the stream ended inside a frame"},
};

enum syslog_fault
syslog_fault_find(const char *name)
{
    int i = 0;

    while (i < SYSLOG_FAULT_MAX &&
           strcmp(syslog_fault_table[i].name, name) != 0)
        i++;
    return (enum syslog_fault)i;
}

struct parsing {
    struct bytes in;
    size_t at;
    struct syslog_message *m;
};

static void
fault(struct parsing *p, enum syslog_fault f, size_t at)
{
    if (p->m->faults & (UINT64_C(1) << f))
        return;
    p->m->faults |= UINT64_C(1) << f;
    p->m->fault_at[f] = at;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_printable(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++) {
        if (b.data[i] < 33 || b.data[i] > 126)
            return false;
    }
    return true;
}

/* ---- PRI and VERSION */

static void
read_pri(struct parsing *p)
{
    struct bytes rest = p->in;
    size_t end = bytes_find(bytes_upto(rest, 16), '>');
    uint64_t v = 0;

    if (rest.len == 0 || rest.data[0] != '<' || end >= rest.len ||
        rest.data[end] != '>') {
        fault(p, SYSLOG_FAULT_PRI_FORM, 0);
        return;
    }
    p->m->pri = bytes_upto(bytes_from(rest, 1), end - 1);
    p->at = end + 1;
    if (p->m->pri.len > 3 || !bytes_to_u64(p->m->pri, 99999, &v))
        fault(p, SYSLOG_FAULT_PRI_FORM, 1);
    else if (v > 191)
        fault(p, SYSLOG_FAULT_PRI_RANGE, 1);
    if (p->m->pri.len > 1 && p->m->pri.data[0] == '0')
        fault(p, SYSLOG_FAULT_PRI_ZERO, 1);
    p->m->facility = (unsigned)(v / 8);
    p->m->severity = (unsigned)(v % 8);
}

/* The bytes up to a space; *at behind the space. */
static struct bytes
next_field(struct parsing *p)
{
    struct bytes rest = bytes_from(p->in, p->at);
    struct bytes f = bytes_upto(rest, bytes_find(rest, ' '));

    if (f.len == 0 || f.len == rest.len)
        fault(p, SYSLOG_FAULT_HEADER, p->at);
    p->at += f.len < rest.len ? f.len + 1 : f.len;
    return f;
}

/* ---- TIMESTAMP */

/* "dddd-dd-dd?dd:dd:dd" with any byte for the "?". */
static bool
has_shape(struct bytes b)
{
    const char *shape = "dddd-dd-dd?dd:dd:dd";

    for (size_t i = 0; shape[i] != '\0'; i++) {
        if (i >= b.len || (shape[i] == 'd' && !is_digit(b.data[i])) ||
            (strchr("-:", shape[i]) != NULL && b.data[i] != shape[i]))
            return false;
    }
    return true;
}

static bool
is_offset(struct bytes b)
{
    return b.len == 6 && strchr("+-", b.data[0]) != NULL &&
           is_digit(b.data[1]) && is_digit(b.data[2]) && b.data[3] == ':' &&
           is_digit(b.data[4]) && is_digit(b.data[5]);
}

static void
judge_calendar(struct parsing *p, size_t at, struct bytes t)
{
    static const unsigned char days[] = {31, 29, 31, 30, 31, 30,
                                         31, 31, 30, 31, 30, 31};
    uint64_t y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
    bool leap;

    (void)bytes_to_u64(bytes_upto(t, 4), 9999, &y);
    (void)bytes_to_u64(bytes_upto(bytes_from(t, 5), 2), 99, &mo);
    (void)bytes_to_u64(bytes_upto(bytes_from(t, 8), 2), 99, &d);
    (void)bytes_to_u64(bytes_upto(bytes_from(t, 11), 2), 99, &h);
    (void)bytes_to_u64(bytes_upto(bytes_from(t, 14), 2), 99, &mi);
    (void)bytes_to_u64(bytes_upto(bytes_from(t, 17), 2), 99, &s);
    leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (s == 60)
        fault(p, SYSLOG_FAULT_TIME_LEAP, at + 17);
    if (mo < 1 || mo > 12 || d < 1 || d > days[(mo - 1) % 12] ||
        (mo == 2 && d == 29 && !leap) || h > 23 || mi > 59 || s > 60)
        fault(p, SYSLOG_FAULT_TIME_RANGE, at);
}

static void
judge_time(struct parsing *p, size_t at)
{
    struct bytes t = p->m->timestamp, rest;
    size_t n = 0;

    if (bytes_is(t, "-"))
        return;
    if (!has_shape(t)) {
        fault(p, SYSLOG_FAULT_TIME_FORM, at);
        return;
    }
    judge_calendar(p, at, t);
    if (t.data[10] == 't')
        fault(p, SYSLOG_FAULT_TIME_CASE, at + 10);
    else if (t.data[10] != 'T')
        fault(p, SYSLOG_FAULT_TIME_FORM, at + 10);
    rest = bytes_from(t, 19);
    if (rest.len > 0 && rest.data[0] == '.') {
        while (n + 1 < rest.len && is_digit(rest.data[n + 1]))
            n++;
        if (n == 0 || n > 6)
            fault(p, SYSLOG_FAULT_TIME_FRAC, at + 19);
        rest = bytes_from(rest, n + 1);
    }
    if (bytes_is(rest, "z"))
        fault(p, SYSLOG_FAULT_TIME_CASE, at + t.len - 1);
    else if (!bytes_is(rest, "Z") && !is_offset(rest))
        fault(p, SYSLOG_FAULT_TIME_ZONE, at + t.len - rest.len);
}

/* ---- the names of the header */

static void
judge_name(struct parsing *p, struct bytes b, size_t max,
           enum syslog_fault letters, enum syslog_fault length)
{
    size_t at = b.len ? (size_t)(b.data - p->in.data) : p->at;

    if (!is_printable(b))
        fault(p, letters, at);
    if (b.len > max)
        fault(p, length, at);
}

static void
read_header(struct parsing *p)
{
    struct syslog_message *m = p->m;
    size_t at;

    read_pri(p);
    m->version = next_field(p);
    if (!bytes_is(m->version, "1"))
        fault(p, SYSLOG_FAULT_VERSION, p->at);
    at = p->at;
    m->timestamp = next_field(p);
    judge_time(p, at);
    m->host = next_field(p);
    judge_name(p, m->host, 255, SYSLOG_FAULT_HOST_CHAR, SYSLOG_FAULT_HOST_LONG);
    m->app = next_field(p);
    judge_name(p, m->app, 48, SYSLOG_FAULT_APP_CHAR, SYSLOG_FAULT_APP_LONG);
    m->proc = next_field(p);
    judge_name(p, m->proc, 128, SYSLOG_FAULT_PROC_CHAR, SYSLOG_FAULT_PROC_LONG);
    m->id = next_field(p);
    judge_name(p, m->id, 32, SYSLOG_FAULT_ID_CHAR, SYSLOG_FAULT_ID_LONG);
}

/* ---- STRUCTURED-DATA */

static char
peek(const struct parsing *p)
{
    return p->at < p->in.len ? p->in.data[p->at] : '\0';
}

/* An SD-NAME: up to "=", " ", "]" or '"'. */
static struct bytes
sd_name(struct parsing *p)
{
    size_t from = p->at;
    struct bytes name;

    while (p->at < p->in.len && strchr("= ]\"", p->in.data[p->at]) == NULL)
        p->at++;
    name = bytes_upto(bytes_from(p->in, from), p->at - from);
    if (name.len == 0 || name.len > 32 || !is_printable(name))
        fault(p, SYSLOG_FAULT_SD_NAME, from);
    return name;
}

/* "name@32473", or one of RFC 5424 section 7. */
static bool
is_known_id(struct bytes id)
{
    size_t at = bytes_find(id, '@');
    struct bytes number = bytes_from(id, at + 1);

    if (at == id.len)
        return bytes_is(id, "timeQuality") || bytes_is(id, "origin") ||
               bytes_is(id, "meta");
    for (size_t i = 0; i < number.len; i++) {
        if (!is_digit(number.data[i]) && number.data[i] != '.')
            return false;
    }
    return at > 0 && number.len > 0;
}

/* A value behind its first quote, up to the quote that ends it. A quote that
 * neither a space nor a bracket follows was meant as text. */
static void
sd_value(struct parsing *p)
{
    size_t from = p->at;

    for (; p->at < p->in.len; p->at++) {
        char c = p->in.data[p->at];
        char next = p->at + 1 < p->in.len ? p->in.data[p->at + 1] : '\0';

        if (c == '\\' && next != '\0' && strchr("\\\"]", next) != NULL) {
            p->at++;
        } else if (c == '"' && (next == ' ' || next == ']')) {
            struct bytes v = bytes_upto(bytes_from(p->in, from), p->at - from);

            if (text_utf8_valid(v) != v.len)
                fault(p, SYSLOG_FAULT_SD_UTF8, from);
            p->at++;
            return;
        } else if (c == '"' || c == ']') {
            fault(p, SYSLOG_FAULT_SD_ESCAPE, p->at);
        }
    }
    fault(p, SYSLOG_FAULT_SD_FORM, from);
}

/* Behind the "[": true when the element was closed. */
static bool
sd_element(struct parsing *p, struct bytes *id)
{
    size_t from = p->at;

    *id = sd_name(p);
    if (!is_known_id(*id))
        fault(p, SYSLOG_FAULT_SD_PRIVATE, from);
    while (peek(p) == ' ') {
        p->at++;
        (void)sd_name(p);
        if (peek(p) != '=' || p->at + 1 >= p->in.len ||
            p->in.data[p->at + 1] != '"')
            break;
        p->at += 2;
        sd_value(p);
    }
    if (peek(p) == ']') {
        p->at++;
        return true;
    }
    fault(p, SYSLOG_FAULT_SD_FORM, p->at);
    return false;
}

static void
read_sd(struct parsing *p)
{
    struct bytes id[64];
    size_t n = 0, from = p->at;

    if (peek(p) == '-') {
        p->at++;
    } else if (peek(p) != '[') {
        /* Fields are told by their order alone: here one is missing, or one
         * too many. */
        fault(p, SYSLOG_FAULT_HEADER, p->at);
        if (p->at < p->in.len)
            fault(p, SYSLOG_FAULT_SD_FORM, p->at);
    }
    while (peek(p) == '[') {
        struct bytes one;

        p->at++;
        if (!sd_element(p, &one))
            break;
        for (size_t i = 0; i < n; i++) {
            if (bytes_eq(id[i], one))
                fault(p, SYSLOG_FAULT_SD_TWICE, p->at);
        }
        if (n < sizeof id / sizeof id[0])
            id[n++] = one;
    }
    p->m->sd = bytes_upto(bytes_from(p->in, from), p->at - from);
}

/* ---- MSG */

static void
read_msg(struct parsing *p)
{
    struct syslog_message *m = p->m;
    size_t from;
    bool ascii = true;

    if (p->at >= p->in.len)
        return;
    if (peek(p) == ' ')
        p->at++;
    else if (!(m->faults & UINT64_C(1) << SYSLOG_FAULT_SD_FORM))
        fault(p, SYSLOG_FAULT_MSG_SPACE, p->at);
    m->msg = bytes_from(p->in, p->at);
    from = p->at;
    if (bytes_starts(m->msg, BYTES("\xEF\xBB\xBF"))) {
        m->bom = true;
        m->msg = bytes_from(m->msg, 3);
        from += 3;
    }
    for (size_t i = 0; i < m->msg.len; i++) {
        unsigned char c = (unsigned char)m->msg.data[i];

        ascii &= c < 0x80;
        if (c < ' ' || c == 0x7F)
            fault(p, SYSLOG_FAULT_MSG_CONTROL, from + i);
    }
    if (!ascii && text_utf8_valid(m->msg) == m->msg.len && !m->bom)
        fault(p, SYSLOG_FAULT_MSG_BOM, from);
    if (m->bom && text_utf8_valid(m->msg) != m->msg.len)
        fault(p, SYSLOG_FAULT_MSG_UTF8, from + text_utf8_valid(m->msg));
}

void
syslog_read(struct bytes in, struct syslog_message *m)
{
    struct parsing p = {.in = in, .m = m};

    memset(m, 0, sizeof *m);
    if (in.len == 0) {
        fault(&p, SYSLOG_FAULT_EMPTY, 0);
        return;
    }
    read_header(&p);
    read_sd(&p);
    read_msg(&p);
}
