/* SPDX-License-Identifier: Apache-2.0 */
/* The product sends: listening, cutting, and messages out of what came. */
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conformance/steps/slog.h"
#include "conformance/steps/trust.h"

#define DATAGRAM_MAX 65536

/* ---- messages */

static struct bytes
member(struct slog *v, uint32_t object, const char *name)
{
    uint32_t at = tape_get(&v->tape, object, bytes_str(name));

    return at != 0 && v->tape.node[at].type == TAPE_STRING
               ? tape_clean(&v->tape, &v->tape.node[at], &v->scratch)
               : BYTES("");
}

static const char *
keep(struct slog *v, struct bytes b)
{
    const char *text = arena_str(&v->arena, b);

    v->nomem |= text == NULL;
    return text != NULL ? text : "";
}

/* The level of a record, or of the gravest item of an envelope. */
static const char *
level_of(struct slog *v)
{
    static const char *const order[] = {"critical", "high", "medium", "low",
                                        "info"};
    const struct tape *t = &v->tape;
    uint32_t items = tape_get(t, 0, BYTES("items")), general;
    size_t best = 5;

    for (uint32_t i = items != 0 && t->node[items].type == TAPE_ARRAY &&
                              t->node[items].hash > 0
                          ? items + 1
                          : 0;
         ; i = t->node[i].next) {
        general = tape_get(t, i, BYTES("general"));
        for (size_t k = 0; general != 0 && k < best; k++) {
            if (bytes_is(member(v, general, "alert_level"), order[k]))
                best = k;
        }
        if (i == 0 || t->node[i].next == 0)
            break;
    }
    return best < 5 ? order[best] : "";
}

static void
open_json(struct slog *v, struct slog_message *q)
{
    struct err err;

    q->type = q->id = q->level = "";
    if (q->m.msg.len == 0 ||
        json_read(&v->reader, q->m.msg, &v->tape, &err) != ERR_OK ||
        v->tape.node[0].type != TAPE_OBJECT)
        return;
    q->json = true;
    q->type = keep(v, member(v, 0, "info_type"));
    q->id = keep(v, member(v, 0, "msg_id"));
    q->level = level_of(v);
}

static void
enter(struct session *s, struct slog *v, struct bytes raw, size_t conn,
      bool counted, uint64_t faults)
{
    struct slog_message *q;

    if (v->count == SLOG_MESSAGES_MAX)
        return;
    if (v->count == v->cap) {
        size_t cap = v->cap ? v->cap * 2 : 64;
        struct slog_message *more = realloc(v->message, cap * sizeof *more);

        if (more == NULL) {
            v->nomem = true;
            return;
        }
        v->message = more;
        v->cap = cap;
    }
    q = &v->message[v->count];
    memset(q, 0, sizeof *q);
    q->raw = arena_copy(&v->arena, raw);
    if (q->raw.data == NULL) {
        v->nomem = true;
        return;
    }
    v->count++;
    syslog_read(q->raw, &q->m);
    q->m.faults |= faults;
    q->conn = conn;
    q->counted = counted;
    q->at_ms = session_now_ms();
    open_json(v, q);
    session_log(s, SESSION_RECEIVED, "syslog", raw);
}

static void
read_frames(struct session *s, struct slog *v, struct intake_conn *c)
{
    struct syslog_frame f;

    for (;;) {
        struct bytes rest = bytes_from(buf_view(&c->in), c->taken);

        if (c->plaintext || c->number > INTAKE_CONNS_MAX ||
            syslog_frame(rest, c->end == INTAKE_EOF, &f) == SYSLOG_FRAME_MORE)
            return;
        c->taken += f.used;
        enter(s, v, f.message, c->number, f.counted, f.faults);
    }
}

static void
read_datagrams(struct session *s, struct slog *v, unsigned ms)
{
    struct pollfd p = {.fd = v->udp - 1, .events = POLLIN};
    ssize_t n;

    if (poll(&p, 1, (int)ms) <= 0)
        return;
    buf_reset(&v->out);
    while (buf_reserve(&v->out, DATAGRAM_MAX) &&
           (n = recv(v->udp - 1, v->out.data, DATAGRAM_MAX, MSG_DONTWAIT)) >= 0)
        enter(s, v, bytes_of(v->out.data, (size_t)n), 0, false, 0);
}

void
slog_pump(struct session *s, struct slog *v, unsigned ms)
{
    if (v->transport == SLOG_UDP) {
        read_datagrams(s, v, ms);
        return;
    }
    (void)intake_wait(v->in, ms);
    for (size_t i = 0; i < intake_count(v->in); i++)
        read_frames(s, v, intake_conn(v->in, i));
}

/* ---- operations */

static enum err_code
open_udp(struct slog *v, unsigned port, struct err *err)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = 4 << 20, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return err_errno(err, "udp", "socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0) {
        enum err_code code = err_errno(err, "udp", "127.0.0.1");

        (void)close(fd);
        return code;
    }
    v->udp = fd + 1;
    return ERR_OK;
}

const struct step_param slog_param_listen[] = {
    {"transport", STEP_TEXT, false, slog_transports},
    {"tls", STEP_TEXT, false, trust_certificates},
    {"version", STEP_TEXT, false, trust_versions},
    {"client", STEP_TEXT, false, trust_clients},
    {NULL, STEP_TEXT, false, NULL},
};

enum verdict
slog_op_listen(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    struct trust t = {.plain = true};
    struct err err = {0};
    enum verdict got;
    enum err_code code;

    if (v == NULL)
        return VERDICT_ERROR;
    if (!slog_fits(v, session_text(s, st, "transport", "any")))
        return VERDICT_NOT_APPLICABLE;
    got = trust_read(s, st, "tls", v->transport == SLOG_TLS, &t);
    if (got != VERDICT_PASS)
        return got;
    do
        code = v->transport == SLOG_UDP
                   ? open_udp(v, session_listen_port(s), &err)
                   : intake_open(session_listen_port(s),
                                 t.plain ? NULL : &t.tls, &v->in, &err);
    while (code == ERR_EXISTS && session_other_port(s));
    if (code != ERR_OK)
        return session_error(s, &err);
    return session_start(s, st);
}

const struct step_param slog_param_tls[] = {
    {"cert", STEP_TEXT, false, trust_certificates},
    {"version", STEP_TEXT, false, trust_versions},
    {"client", STEP_TEXT, false, trust_clients},
    {NULL, STEP_TEXT, false, NULL},
};

enum verdict
slog_op_tls(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    struct trust t = {.plain = true};
    struct err err = {0};
    enum verdict got;

    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    got = trust_read(s, st, "cert", v->transport == SLOG_TLS, &t);
    if (got != VERDICT_PASS || t.plain)
        return got;
    return intake_tls(v->in, &t.tls, &err) == ERR_OK ? VERDICT_PASS
                                                     : session_error(s, &err);
}

const struct step_param slog_param_pause[] = {
    {"ms", STEP_INT, true, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

static void
end_all(struct slog *v, enum intake_shut how)
{
    for (size_t i = 0; i < intake_count(v->in); i++)
        intake_shut(intake_conn(v->in, i), how);
}

enum verdict
slog_op_pause(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    int64_t end = session_now_ms() + session_int(s, st, "ms", 500);
    struct err err = {0};

    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    intake_pause(v->in);
    end_all(v, INTAKE_SHUT_CLEAN);
    session_log(s, SESSION_NOTE, "server", BYTES("does not listen"));
    while (session_now_ms() < end && session_left(s) > 0)
        (void)intake_wait(v->in, 20);
    session_log(s, SESSION_NOTE, "server", BYTES("listens again"));
    return intake_resume(v->in, &err) == ERR_OK ? VERDICT_PASS
                                                : session_error(s, &err);
}

static const char *const ways[] = {"clean", "reset", NULL};

const struct step_param slog_param_cut[] = {
    {"how", STEP_TEXT, false, ways},
    {NULL, STEP_TEXT, false, NULL},
};

enum verdict
slog_op_cut(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    bool reset = strcmp(session_text(s, st, "how", "clean"), "reset") == 0;

    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    end_all(v, reset ? INTAKE_SHUT_RESET : INTAKE_SHUT_CLEAN);
    session_log(s, SESSION_NOTE, "server",
                reset ? BYTES("reset") : BYTES("closed"));
    return VERDICT_PASS;
}

static const char *const silences[] = {"fail", "inconc", NULL};

const struct step_param slog_param_receive[] = {
    {"count", STEP_INT, false, NULL},      {"enough", STEP_INT, false, NULL},
    {"within_ms", STEP_WAIT, false, NULL}, {"none", STEP_TEXT, false, silences},
    {"anew", STEP_BOOL, false, NULL},  /* over later connections only */
    {"judge", STEP_BOOL, false, NULL}, /* as documents, too; the default */
    {NULL, STEP_TEXT, false, NULL},
};

/* Messages behind ${from} that count. */
static size_t
arrived(const struct slog *v, size_t from, size_t conns)
{
    size_t n = 0;

    for (size_t i = from; i < v->count; i++)
        n += v->message[i].conn == 0 || v->message[i].conn > conns;
    return n;
}

static const char *
why_silent(struct session *s, const struct slog *v, size_t got, char *text,
           size_t size)
{
    if (v->in != NULL && intake_count(v->in) == 0)
        return session_absent(s);
    for (size_t i = 0; v->in != NULL && i < intake_count(v->in); i++) {
        const struct intake_conn *c = intake_conn(v->in, i);

        if (c->alert >= 0) {
            (void)snprintf(text, size, "TLS alert %s",
                           intake_alert_name(c->alert));
            return text;
        }
    }
    (void)snprintf(text, size, "%zu complete messages came", got);
    return text;
}

/* Without TLS, where TLS is spoken. */
static bool
spoke_plainly(const struct slog *v)
{
    for (size_t i = 0; v->in != NULL && i < intake_count(v->in); i++) {
        if (intake_conn(v->in, i)->plaintext)
            return true;
    }
    return false;
}

/* Bytes came, and they are no complete message: that is no silence. */
static bool
spoke_otherwise(const struct slog *v)
{
    for (size_t i = 0; v->in != NULL && i < intake_count(v->in); i++) {
        const struct intake_conn *c = intake_conn(v->in, i);

        if (c->plaintext || c->in.len > c->taken)
            return true;
    }
    return false;
}

enum verdict
slog_op_receive(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    int64_t end = session_now_ms() + session_wait(s, st, "within_ms");
    size_t want = (size_t)session_int(s, st, "count", 1);
    size_t enough = (size_t)session_int(s, st, "enough", (int64_t)want);
    bool anew = session_bool(s, st, "anew", false);
    bool judge = session_bool(s, st, "judge", true);
    size_t from, conns, got;
    char text[80];

    if (v == NULL || (v->in == NULL && v->udp == 0))
        return VERDICT_ERROR;
    from = v->count;
    conns = anew && v->in != NULL ? intake_count(v->in) : 0;
    do
        slog_pump(s, v, 20);
    while ((got = arrived(v, from, conns)) < want && session_now_ms() < end &&
           session_left(s) > 0 && !v->nomem);
    for (size_t i = from; judge && i < v->count; i++) {
        if (v->message[i].m.msg.len > 0)
            session_document(s, v->message[i].m.msg, true);
    }
    if (got >= enough)
        return VERDICT_PASS;
    return strcmp(session_text(s, st, "none", "inconc"), "fail") == 0 ||
                   spoke_otherwise(v)
               ? session_fail(s,
                              spoke_plainly(v) ? "TLS"
                              : anew           ? "reconnect"
                                               : "message",
                              "messages in time",
                              why_silent(s, v, got, text, sizeof text))
               : session_inconc(s, "messages in time",
                                why_silent(s, v, got, text, sizeof text));
}

const struct step_param slog_param_refused[] = {
    {"within_ms", STEP_WAIT, false, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

static void
pump_intake(void *arg)
{
    (void)intake_wait(arg, 20);
}

enum verdict
slog_op_refused(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);

    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    return trust_refused(s, v->in, v->count > 0 ? intake_count(v->in) : 0,
                         session_wait(s, st, "within_ms"), pump_intake, v->in);
}

const struct step_param slog_param_connections[] = {
    {"max", STEP_INT, true, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

enum verdict
slog_op_connections(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    int64_t n = 0;
    char text[64];

    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    for (size_t i = 0; i < intake_count(v->in); i++)
        n += intake_conn(v->in, i)->established;
    (void)snprintf(text, sizeof text, "%lld connections", (long long)n);
    return n <= session_int(s, st, "max", 1)
               ? VERDICT_PASS
               : session_fail(s, "connection", "the connection is used again",
                              text);
}

const struct step_param slog_param_pace[] = {
    {"for_ms", STEP_INT, true, NULL},
    {"max", STEP_INT, true, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

/* Every connection is closed as soon as it stands. */
enum verdict
slog_op_pace(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    int64_t end = session_now_ms() + session_int(s, st, "for_ms", 4000);
    int64_t max = session_int(s, st, "max", 50);
    size_t from, n = 0;
    char text[64], limit[64];

    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    from = intake_count(v->in);
    end_all(v, INTAKE_SHUT_CLEAN);
    while (session_now_ms() < end && session_left(s) > 0) {
        (void)intake_wait(v->in, 20);
        for (n = intake_count(v->in); from < n; from++)
            intake_shut(intake_conn(v->in, from), INTAKE_SHUT_CLEAN);
    }
    n = intake_count(v->in);
    (void)snprintf(text, sizeof text, "%zu connections", n);
    (void)snprintf(limit, sizeof limit, "at most %lld connections",
                   (long long)max);
    if (n < 2)
        return session_inconc(s, "it connects again", text);
    return (int64_t)n <= max ? VERDICT_PASS
                             : session_fail(s, "reconnect", limit, text);
}
