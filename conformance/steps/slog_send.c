/* SPDX-License-Identifier: Apache-2.0 */
/* The product receives: exact bytes to it, sound or not. A message is laid out
 * of a header and a body, then framed, then written whole, in pieces or not to
 * its end. */
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conformance/steps/session_in.h"
#include "conformance/steps/slog.h"

#define PIECE_PAUSE_MS 2

static struct wire_until
until(const struct session *s, unsigned ms)
{
    unsigned left = session_left(s);

    return (struct wire_until){wire_now_ms() + (ms < left ? ms : left),
                               s->b->run->stop};
}

/* ---- lines */

static struct slog_line *
line_of(struct slog *v, const char *name)
{
    for (size_t i = v->lines; i-- > 0;) { /* the last of a name */
        if (strcmp(v->line[i].name, name) == 0)
            return &v->line[i];
    }
    return NULL;
}

static struct slog_line *
add_line(struct slog *v, const char *name)
{
    struct slog_line *l;

    if (v->lines == SLOG_LINES_MAX)
        return NULL;
    l = &v->line[v->lines++];
    l->name = name;
    l->c.fd = -1;
    l->udp = -1;
    l->ended = false;
    return l;
}

static bool
open_datagrams(const struct session *s, struct slog_line *l)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found = NULL;
    char port[8];
    bool ok = false;

    (void)snprintf(port, sizeof port, "%u", s->b->target.port);
    if (getaddrinfo(s->b->target.host, port, &hints, &found) != 0)
        return false;
    l->udp = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (l->udp >= 0)
        ok = connect(l->udp, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    return ok;
}

static const char *const leaves[] = {"client",  "none",  "expired",
                                     "not_yet", "other", "self_signed",
                                     "usage",   NULL};
static const char *const versions[] = {"any", "1.3", "1.2", "1.1", "1.0", NULL};
static void
read_tls(struct session *s, const struct ledger_step *st, struct wire_tls *t)
{
    static const int numbers[] = {0, TLS1_3_VERSION, TLS1_2_VERSION,
                                  TLS1_1_VERSION, TLS1_VERSION};
    const char *leaf = session_text(s, st, "cert", "client");
    const char *version = session_text(s, st, "version", "any");
    char file[64];

    for (size_t i = 0; versions[i] != NULL; i++) {
        if (strcmp(version, versions[i]) == 0)
            t->min = t->max = numbers[i];
    }
    t->ca = s->b->o.insecure ? NULL : session_file(s, "ca");
    t->name = s->b->o.insecure ? NULL : s->b->target.host;
    if (strcmp(leaf, "none") == 0)
        return;
    (void)snprintf(file, sizeof file, "%s.cert", leaf);
    t->cert = session_file(s, file);
    (void)snprintf(file, sizeof file, "%s.key", leaf);
    t->key = session_file(s, file);
}

/* One connection as the step wants it; WIRE_OK or how it ended. */
static enum wire_end
dial(struct session *s, const struct ledger_step *st, struct slog *v,
     struct slog_line *l)
{
    const struct wire_until u = until(s, 4000);
    bool plain = session_bool(s, st, "plain", false);
    struct wire_tls t = {0};
    enum wire_end e;

    if (v->transport == SLOG_UDP)
        return open_datagrams(s, l) ? WIRE_OK : WIRE_FAILED;
    e = wire_connect(&l->c, s->b->target.host, s->b->target.port, &u);
    if (e != WIRE_OK || v->transport != SLOG_TLS || plain)
        return e;
    read_tls(s, st, &t);
    return wire_tls(&l->c, &t, &u);
}

const struct step_param slog_param_connect[] = {
    {"as", STEP_TEXT, false, NULL},
    {"transport", STEP_TEXT, false, slog_transports},
    {"cert", STEP_TEXT, false, leaves},
    {"version", STEP_TEXT, false, versions},
    {NULL, STEP_TEXT, false, NULL},
};

enum verdict
slog_op_connect(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    struct slog_line *l;
    enum wire_end e;

    if (v == NULL)
        return VERDICT_ERROR;
    if (!slog_fits(v, session_text(s, st, "transport", "any")))
        return VERDICT_NOT_APPLICABLE;
    l = add_line(v, session_text(s, st, "as", "main"));
    if (l == NULL)
        return VERDICT_ERROR;
    e = dial(s, st, v, l);
    return e == WIRE_OK
               ? VERDICT_PASS
               : session_fail(s, "connection", "it is accepted",
                              l->c.why[0] ? l->c.why : wire_end_name(e));
}

/* ---- messages */

static const char *const framings[] = {"auto", "count", "lf", "none", NULL};

const struct step_param slog_param_send[] = {
    {"on", STEP_TEXT, false, NULL},
    {"body", STEP_BODY, false, NULL},
    {"raw", STEP_BODY, false, NULL}, /* instead of header and body */
    {"save", STEP_TEXT, false, NULL},
    {"head", STEP_TEXT, false, NULL}, /* all before MSG, without the space */
    {"pri", STEP_TEXT, false, NULL},
    {"time", STEP_TEXT, false, NULL},
    {"host", STEP_TEXT, false, NULL},
    {"app", STEP_TEXT, false, NULL},
    {"proc", STEP_TEXT, false, NULL},
    {"id", STEP_TEXT, false, NULL},
    {"sd", STEP_TEXT, false, NULL},
    {"bom", STEP_BOOL, false, NULL},
    {"behind", STEP_TEXT, false, NULL}, /* the one line, as it is */
    {"framing", STEP_TEXT, false, framings},
    {"count", STEP_TEXT, false, NULL}, /* instead of the true count */
    {"longer", STEP_INT, false, NULL}, /* added to the true count */
    {"piece", STEP_INT, false, NULL},  /* bytes of one write */
    {"stop", STEP_INT, false, NULL},   /* only so many bytes of the frame */
    {"times", STEP_INT, false, NULL},  /* the same frame again and again */
    {NULL, STEP_TEXT, false, NULL},
};

static void
put_header(struct session *s, const struct ledger_step *st, struct buf *out)
{
    const char *head = session_text(s, st, "head", NULL);
    const char *kind = session_get(s, "seed.kind");

    if (head != NULL) {
        buf_str(out, head);
        return;
    }
    buf_printf(out, "<%s>1 %s %s %s %s %s %s",
               session_text(s, st, "pri", "134"),
               session_text(s, st, "time", session_expand(s, BYTES("${now}"))),
               session_text(s, st, "host", "tester"),
               session_text(s, st, "app", "hutong-conform"),
               session_text(s, st, "proc", "-"),
               session_text(s, st, "id", kind != NULL ? kind : "alert"),
               session_text(s, st, "sd", "-"));
}

static enum verdict
put_message(struct session *s, const struct ledger_step *st, struct buf *out)
{
    const char *save = session_text(s, st, "save", NULL);
    struct buf body = {0};
    enum verdict v;

    if (step_arg(st, "raw") != NULL)
        return session_body(s, st, "raw", out);
    v = step_arg(st, "body") != NULL ? session_body(s, st, "body", &body)
                                     : VERDICT_PASS;
    if (v == VERDICT_PASS) {
        put_header(s, st, out);
        if (body.len > 0)
            buf_char(out, ' ');
        if (body.len > 0 && session_bool(s, st, "bom", true))
            buf_str(out, "\xEF\xBB\xBF");
        for (size_t i = 0; i < body.len; i++) /* one line, as it must be */
            buf_char(out, body.data[i] == '\n' ? ' ' : body.data[i]);
        buf_str(out, session_text(s, st, "behind", ""));
        if (save != NULL && session_get(s, "seed.id") != NULL)
            session_set(s, save, bytes_str(session_get(s, "seed.id")));
    }
    buf_free(&body);
    return v;
}

static void
put_frame(struct session *s, const struct ledger_step *st, bool stream,
          struct bytes message, struct buf *out)
{
    const char *framing = session_text(s, st, "framing", "auto");
    const char *count = session_text(s, st, "count", NULL);

    if (!stream || strcmp(framing, "none") == 0) {
        buf_bytes(out, message);
        return;
    }
    if (strcmp(framing, "lf") == 0) {
        buf_bytes(out, message);
        buf_char(out, '\n');
        return;
    }
    if (count != NULL)
        buf_str(out, count);
    else
        buf_printf(out, "%lld ",
                   (long long)message.len + session_int(s, st, "longer", 0));
    buf_bytes(out, message);
}

static enum wire_end
write_out(struct session *s, const struct ledger_step *st, struct slog_line *l,
          struct bytes frame)
{
    const struct wire_until u = until(s, 10000);
    size_t piece = (size_t)session_int(s, st, "piece", 0);
    enum wire_end e = WIRE_OK;

    if (l->udp >= 0)
        return send(l->udp, frame.data, frame.len, MSG_NOSIGNAL) >= 0
                   ? WIRE_OK
                   : WIRE_FAILED;
    if (piece == 0)
        return wire_send(&l->c, frame, &u);
    while (frame.len > 0 && e == WIRE_OK && wire_left(&u) > 0) {
        e = wire_send(&l->c, bytes_upto(frame, piece), &u);
        frame = bytes_from(frame, piece);
        wire_sleep(PIECE_PAUSE_MS, &u);
    }
    return e;
}

enum verdict
slog_op_send(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    struct slog_line *l =
        v ? line_of(v, session_text(s, st, "on", "main")) : NULL;
    struct buf message = {0}, frame = {0};
    size_t stop = (size_t)session_int(s, st, "stop", INT64_MAX);
    int64_t times = session_int(s, st, "times", 1);
    enum verdict got;

    if (l == NULL)
        return VERDICT_ERROR;
    got = put_message(s, st, &message);
    for (int64_t i = 0; i < times && got == VERDICT_PASS; i++)
        put_frame(s, st, l->udp < 0, buf_view(&message), &frame);
    if (!buf_ok(&message) || !buf_ok(&frame))
        got = session_error(s, &(struct err){.msg = "out of memory"});
    if (got == VERDICT_PASS) {
        struct bytes part = bytes_upto(buf_view(&frame), stop);

        session_log(s, SESSION_SENT, "syslog", bytes_upto(part, 262144));
        /* A receiver may end the connection at what it cannot read; what
         * became of the message is asked of its store. */
        if (write_out(s, st, l, part) != WIRE_OK) {
            l->ended = true;
            session_log(s, SESSION_NOTE, "syslog",
                        BYTES("the connection ended while sending"));
        }
    }
    buf_free(&message);
    buf_free(&frame);
    return got;
}

static const char *const ways[] = {"clean", "half", "reset", NULL};

const struct step_param slog_param_close[] = {
    {"on", STEP_TEXT, false, NULL},
    {"how", STEP_TEXT, false, ways},
    {NULL, STEP_TEXT, false, NULL},
};

enum verdict
slog_op_close(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    struct slog_line *l =
        v ? line_of(v, session_text(s, st, "on", "main")) : NULL;
    const char *how = session_text(s, st, "how", "clean");

    if (l == NULL)
        return VERDICT_ERROR;
    if (strcmp(how, "half") == 0)
        wire_half_close(&l->c);
    else if (strcmp(how, "reset") == 0)
        wire_reset(&l->c);
    else
        wire_close(&l->c);
    return VERDICT_PASS;
}

/* ---- who must not get in */

const struct step_param slog_param_denied[] = {
    {"cert", STEP_TEXT, false, leaves}, {"version", STEP_TEXT, false, versions},
    {"plain", STEP_BOOL, false, NULL},  {"body", STEP_BODY, false, NULL},
    {"save", STEP_TEXT, false, NULL},   {NULL, STEP_TEXT, false, NULL},
};

/* A connection that the product must not serve, and a message over it. Under
 * TLS 1.3 the client learns of the refusal only behind its handshake. */
enum verdict
slog_op_denied(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    struct slog_line *l = v ? add_line(v, "denied") : NULL;
    struct buf message = {0}, frame = {0};
    enum wire_end e;
    enum verdict got;

    if (l == NULL)
        return VERDICT_ERROR;
    if (v->transport != SLOG_TLS)
        return VERDICT_NOT_APPLICABLE;
    got = put_message(s, st, &message);
    put_frame(s, st, true, buf_view(&message), &frame);
    e = dial(s, st, v, l);
    if (e == WIRE_OK && got == VERDICT_PASS) {
        const struct wire_until u = until(s, 2000);

        session_log(s, SESSION_SENT, "syslog", buf_view(&frame));
        e = wire_send(&l->c, buf_view(&frame), &u);
        buf_reset(&message);
        while (e == WIRE_OK)
            e = wire_recv(&l->c, &message, 4096, &u);
    }
    session_log(s, SESSION_NOTE, "syslog", bytes_str(wire_end_name(e)));
    if (e == WIRE_ALERT || e == WIRE_EOF || e == WIRE_RESET)
        session_refused(s, true);
    buf_free(&message);
    buf_free(&frame);
    return e == WIRE_FAILED && got == VERDICT_PASS
               ? session_inconc(s, "the product refuses it", l->c.why)
               : got;
}
