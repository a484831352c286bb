/* SPDX-License-Identifier: Apache-2.0 */
/* Family syslog: operations syslog.*. A product that sends meets a listening
 * tester (slog_listen.c, slog_expect.c); a product that receives is sent exact
 * bytes, and its effect is looked up in {store} (slog_send.c, slog_store.c). */
#include <stdlib.h>
#include <unistd.h>

#include "conformance/steps/slog.h"

static const struct json_limits limits = {.depth = 64,
                                          .keys = 65536,
                                          .string_bytes = 1 << 20,
                                          .nodes = 1 << 20,
                                          .bytes = SYSLOG_READ_FRAME_MAX};

static bool
is_transport(const char *scheme, enum slog_transport *out)
{
    static const char *const names[] = {
        [SLOG_UDP] = "udp", [SLOG_TCP] = "tcp", [SLOG_TLS] = "tls"};

    for (int i = SLOG_UDP; i <= SLOG_TLS; i++) {
        if (strcmp(scheme, names[i]) == 0) {
            *out = (enum slog_transport)i;
            return true;
        }
    }
    return false;
}

const char *const slog_transports[] = {"any", "udp", "stream",
                                       "tcp", "tls", NULL};

bool
slog_fits(const struct slog *v, const char *wanted)
{
    static const char *const own[] = {
        [SLOG_UDP] = "udp", [SLOG_TCP] = "tcp", [SLOG_TLS] = "tls"};

    if (strcmp(wanted, "any") == 0)
        return true;
    if (strcmp(wanted, "stream") == 0)
        return v->transport != SLOG_UDP;
    return strcmp(wanted, own[v->transport]) == 0;
}

struct slog *
slog_of(struct session *s)
{
    struct slog *v = session_state(s, &step_family_syslog);
    const char *why = "out of memory";

    if (v != NULL && !v->ready) {
        json_reader_init(&v->reader, JSON_TOLERANT, &limits);
        v->ready = is_transport(session_scheme(s), &v->transport);
        why = "the transport is none of udp, tcp, tls (--set scheme=...)";
    }
    if (v == NULL || !v->ready) {
        struct err e = {.code = ERR_ARG, .where = "scheme"};

        (void)err_set(&e, ERR_ARG, "scheme", "%s", why);
        (void)session_error(s, &e);
        return NULL;
    }
    return v;
}

static bool
always(const struct ledger_step *st)
{
    (void)st;
    return true;
}

static const struct step_op ops[] = {
    {"syslog.listen", slog_param_listen, slog_op_listen, NULL},
    {"syslog.tls", slog_param_tls, slog_op_tls, NULL},
    {"syslog.pause", slog_param_pause, slog_op_pause, NULL},
    {"syslog.cut", slog_param_cut, slog_op_cut, NULL},
    {"syslog.receive", slog_param_receive, slog_op_receive, NULL},
    {"syslog.expect", slog_param_expect, slog_op_expect, NULL},
    {"syslog.expect_connections", slog_param_connections, slog_op_connections,
     NULL},
    {"syslog.expect_pace", slog_param_pace, slog_op_pace, NULL},
    {"syslog.expect_refused", slog_param_refused, slog_op_refused, always},
    {"syslog.connect", slog_param_connect, slog_op_connect, NULL},
    {"syslog.send", slog_param_send, slog_op_send, NULL},
    {"syslog.close", slog_param_close, slog_op_close, NULL},
    {"syslog.expect_stored", slog_param_stored, slog_op_stored, NULL},
    {"syslog.expect_absent", slog_param_absent, slog_op_absent, always},
    {"syslog.expect_denied", slog_param_denied, slog_op_denied, always},
    {NULL, NULL, NULL, NULL},
};

static void
fini(void *state)
{
    struct slog *v = state;

    intake_close(v->in);
    if (v->udp > 0)
        (void)close(v->udp - 1);
    for (size_t i = 0; i < v->lines; i++) {
        wire_close(&v->line[i].c);
        if (v->line[i].udp >= 0)
            (void)close(v->line[i].udp);
    }
    free(v->message);
    json_reader_free(&v->reader);
    tape_free(&v->tape);
    buf_free(&v->scratch);
    buf_free(&v->out);
    arena_free(&v->arena);
}

const struct step_family step_family_syslog = {
    .name = "syslog",
    .op = ops,
    .state_bytes = sizeof(struct slog),
    .fini = fini,
};
