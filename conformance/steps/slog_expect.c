/* SPDX-License-Identifier: Apache-2.0 */
/* What the messages of a product must be: rules of the RFCs by name, properties
 * of the interface by name, in all that came. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/ssl.h>

#include "conformance/steps/slog.h"
#include "formats/base/time.h"

#define CLOCK_WINDOW_S 300
#define UDP_MAX        8192  /* PROPOSED, standard.md 11.1 */
#define STREAM_MAX     65536 /* the same */

static int
no(const char **at, const char *where, char *why, size_t size, const char *what,
   struct bytes got)
{
    *at = where;
    (void)snprintf(why, size, "%s%s%.*s", what, got.len ? ": " : "",
                   (int)(got.len > 100 ? 100 : got.len),
                   got.len ? got.data : "");
    return 0;
}

/* ---- properties of one message */

static int
is_json(struct slog *v, const struct slog_message *m, const char **at,
        char *why, size_t size)
{
    (void)v;
    if (!m->json)
        return no(at, "MSG", why, size, "no JSON object", m->m.msg);
    return bytes_find(m->m.msg, '\n') == m->m.msg.len
               ? 1
               : no(at, "MSG", why, size, "more than one line", BYTES(""));
}

static int
id_is_type(struct slog *v, const struct slog_message *m, const char **at,
           char *why, size_t size)
{
    (void)v;
    if (m->type[0] == '\0')
        return no(at, "/info_type", why, size, "there is none", BYTES(""));
    return bytes_is(m->m.id, m->type)
               ? 1
               : no(at, "MSGID", why, size, m->type, m->m.id);
}

static int
facility(struct slog *v, const struct slog_message *m, const char **at,
         char *why, size_t size)
{
    (void)v;
    return m->m.facility >= 16 && m->m.facility <= 23
               ? 1
               : no(at, "PRI", why, size, "not local0 to local7", m->m.pri);
}

static int
bom(struct slog *v, const struct slog_message *m, const char **at, char *why,
    size_t size)
{
    (void)v;
    if (m->m.bom && bytes_starts(m->m.msg, BYTES("\xEF\xBB\xBF")))
        return no(at, "MSG", why, size, "two byte order marks", BYTES(""));
    return m->m.bom ? 1
                    : no(at, "MSG", why, size, "no byte order mark", BYTES(""));
}

static int
time_now(struct slog *v, const struct slog_message *m, const char **at,
         char *why, size_t size)
{
    struct stamp t;
    int64_t off;

    (void)v;
    if (!time_rfc3339_strict(m->m.timestamp, &t))
        return no(at, "TIMESTAMP", why, size, "no time", m->m.timestamp);
    off = t.sec - (int64_t)time(NULL);
    return off >= -CLOCK_WINDOW_S && off <= CLOCK_WINDOW_S
               ? 1
               : no(at, "TIMESTAMP", why, size, "far from now", m->m.timestamp);
}

static int
host_set(struct slog *v, const struct slog_message *m, const char **at,
         char *why, size_t size)
{
    (void)v;
    return m->m.host.len > 0 && !bytes_is(m->m.host, "-")
               ? 1
               : no(at, "HOSTNAME", why, size, "not given", BYTES(""));
}

static int
app_set(struct slog *v, const struct slog_message *m, const char **at,
        char *why, size_t size)
{
    (void)v;
    return m->m.app.len > 0 && !bytes_is(m->m.app, "-")
               ? 1
               : no(at, "APP-NAME", why, size, "not given", BYTES(""));
}

static int
size_fits(struct slog *v, const struct slog_message *m, const char **at,
          char *why, size_t size)
{
    if (m->raw.len <= (v->transport == SLOG_UDP ? UDP_MAX : STREAM_MAX))
        return 1;
    *at = "message";
    (void)snprintf(why, size, "%zu bytes", m->raw.len);
    return 0;
}

static int
counted(struct slog *v, const struct slog_message *m, const char **at,
        char *why, size_t size)
{
    if (v->transport == SLOG_UDP)
        return -1;
    return m->counted ? 1
                      : no(at, "MSG-LEN", why, size, "no octet count before it",
                           bytes_upto(m->raw, 40));
}

/* RFC 5426 section 3.1: nothing before it, no second one behind it. */
static int
datagram(struct slog *v, const struct slog_message *m, const char **at,
         char *why, size_t size)
{
    if (v->transport != SLOG_UDP)
        return -1;
    if (m->raw.len == 0 || m->raw.data[0] != '<')
        return no(at, "datagram", why, size, "it does not begin with a message",
                  bytes_upto(m->raw, 40));
    for (size_t i = 1; i + 1 < m->raw.len; i++) {
        if (m->raw.data[i] == '\n' && m->raw.data[i + 1] == '<')
            return no(at, "datagram", why, size, "several messages", BYTES(""));
    }
    return 1;
}

static int
tls12(struct slog *v, const struct slog_message *m, const char **at, char *why,
      size_t size)
{
    if (v->transport != SLOG_TLS || m->conn == 0)
        return -1;
    if (intake_conn(v->in, m->conn - 1)->tls_version >= TLS1_2_VERSION)
        return 1;
    return no(at, "TLS", why, size, "an older version", BYTES(""));
}

static int
client_cert(struct slog *v, const struct slog_message *m, const char **at,
            char *why, size_t size)
{
    if (v->transport != SLOG_TLS || m->conn == 0)
        return -1;
    return intake_conn(v->in, m->conn - 1)->subject[0] != '\0'
               ? 1
               : no(at, "TLS", why, size, "no client certificate", BYTES(""));
}

/* ---- properties of several messages */

static int
rank(const char *level)
{
    static const char *const order[] = {"critical", "high", "medium", "low",
                                        "info"};

    for (int i = 0; i < 5; i++) {
        if (strcmp(level, order[i]) == 0)
            return i;
    }
    return -1;
}

/* The graver the level, the smaller the severity number (RFC 5424 table 2), and
 * levels far apart do not share one. */
static int
severity(struct slog *v, const struct slog_message *m, const char **at,
         char *why, size_t size)
{
    int mine = rank(m->level);

    if (mine < 0)
        return -1;
    *at = "PRI";
    for (size_t i = 0; i < v->count; i++) {
        const struct slog_message *o = &v->message[i];
        int other = rank(o->level);

        if (other <= mine || other < 0)
            continue;
        if (o->m.severity > m->m.severity ||
            (o->m.severity == m->m.severity && other - mine < 3))
            continue;
        (void)snprintf(why, size, "%s has severity %u, %s has %u", m->level,
                       m->m.severity, o->level, o->m.severity);
        return 0;
    }
    return 1;
}

static int
unique(struct slog *v, const struct slog_message *m, const char **at, char *why,
       size_t size)
{
    if (m->id[0] == '\0')
        return -1;
    for (const struct slog_message *o = v->message; o < m; o++) {
        if (strcmp(o->id, m->id) == 0 && !bytes_eq(o->m.msg, m->m.msg))
            return no(at, "/msg_id", why, size, "one for two contents",
                      bytes_str(m->id));
    }
    return 1;
}

/* Nothing was cut and nobody answers: there is no reason to send it again. */
static int
once(struct slog *v, const struct slog_message *m, const char **at, char *why,
     size_t size)
{
    if (m->id[0] == '\0')
        return -1;
    for (const struct slog_message *o = v->message; o < m; o++) {
        if (strcmp(o->id, m->id) == 0)
            return no(at, "/msg_id", why, size, "sent twice", bytes_str(m->id));
    }
    return 1;
}

static int
varied(struct slog *v, const struct slog_message *m, const char **at, char *why,
       size_t size)
{
    /* What cannot be read has no MSG: others judge that. */
    for (size_t i = 0; i < v->count; i++) {
        const struct slog_message *o = &v->message[i];

        if (!bytes_eq(o->m.msg, m->m.msg) ||
            (m->m.msg.len == 0 && !bytes_eq(o->raw, m->raw)))
            return 1;
    }
    return no(at, "MSG", why, size, "all are the same", BYTES(""));
}

const struct slog_check slog_check_table[] = {
    {"json", "MSG is one JSON object on one line", is_json},
    {"id_is_type", "MSGID is the info_type", id_is_type},
    {"facility", "facility local0 to local7", facility},
    {"severity", "severity follows the level", severity},
    {"bom", "MSG begins with a byte order mark", bom},
    {"time_now", "TIMESTAMP within 300 s of now", time_now},
    {"host_set", "HOSTNAME is given", host_set},
    {"app_set", "APP-NAME is given", app_set},
    {"size", "at most 8 KiB over UDP, 64 KiB over TCP", size_fits},
    {"counted", "octet counting", counted},
    {"datagram", "one message a datagram", datagram},
    {"unique", "one msg_id for one content", unique},
    {"once", "each message once", once},
    {"varied", "messages differ", varied},
    {"tls12", "TLS 1.2 or later", tls12},
    {"client_cert", "the client's certificate", client_cert},
    {NULL, NULL, NULL},
};

/* ---- syslog.expect */

/* The element of the message that a fault is in, by the begin of its name. */
static const char *
element_of(const char *fault)
{
    static const struct {
        const char *begin, *element;
    } elements[] = {{"pri_", "PRI"},
                    {"version", "VERSION"},
                    {"header", "HEADER"},
                    {"time_", "TIMESTAMP"},
                    {"host_", "HOSTNAME"},
                    {"app_", "APP-NAME"},
                    {"proc_", "PROCID"},
                    {"id_", "MSGID"},
                    {"sd_", "STRUCTURED-DATA"},
                    {"msg_", "MSG"},
                    {"count_", "MSG-LEN"},
                    {"lines", "MSG-LEN"},
                    {"cut", "MSG-LEN"}};

    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
        if (bytes_starts(bytes_str(fault), bytes_str(elements[i].begin)))
            return elements[i].element;
    }
    return "message";
}

const struct step_param slog_param_expect[] = {
    {"clean", STEP_LIST, false, NULL},
    {"holds", STEP_LIST, false, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

static enum verdict
expect_clean(struct session *s, const struct slog *v, const char *name)
{
    enum syslog_fault f = syslog_fault_find(name);
    char place[64], text[160];

    if (f == SYSLOG_FAULT_MAX)
        return session_error(
            s, &(struct err){.where = "clean", .msg = "no such fault"});
    for (size_t i = 0; i < v->count; i++) {
        const struct slog_message *m = &v->message[i];

        if (!(m->m.faults & (UINT64_C(1) << f)))
            continue;
        (void)snprintf(place, sizeof place, "message %zu: %s, byte %zu", i + 1,
                       element_of(name), m->m.fault_at[f]);
        (void)snprintf(text, sizeof text, "%s (%s)", syslog_fault_table[f].what,
                       syslog_fault_table[f].clause);
        return session_fail(s, place, name, text);
    }
    return VERDICT_PASS;
}

static enum verdict
expect_holds(struct session *s, struct slog *v, const char *name)
{
    const struct slog_check *c = slog_check_table;
    enum verdict got = VERDICT_NOT_APPLICABLE;
    char why[200];

    while (c->name != NULL && strcmp(c->name, name) != 0)
        c++;
    if (c->name == NULL)
        return session_error(
            s, &(struct err){.where = "holds", .msg = "no such property"});
    for (size_t i = 0; i < v->count; i++) {
        const char *at = NULL;
        int held = c->holds(v, &v->message[i], &at, why, sizeof why);

        if (held == 0)
            return session_fail(s, at, c->expected, why);
        if (held > 0)
            got = VERDICT_PASS;
    }
    return got;
}

enum verdict
slog_op_expect(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    const char *name, *value;
    enum verdict got = VERDICT_PASS;

    if (v == NULL)
        return VERDICT_ERROR;
    for (size_t i = 0;
         got == VERDICT_PASS && session_each(s, st, "clean", i, &name, &value);
         i++)
        got = expect_clean(s, v, value);
    for (size_t i = 0;
         got == VERDICT_PASS && session_each(s, st, "holds", i, &name, &value);
         i++)
        got = expect_holds(s, v, value);
    if (got == VERDICT_PASS)
        session_refused(s, true); /* of a negative test: the fault is absent */
    return got;
}
