/* SPDX-License-Identifier: Apache-2.0 */
/* See trust.h. */
#include "conformance/steps/trust.h"

#include <stdio.h>

#include <openssl/ssl.h>

#define AGAIN_MS 1500 /* behind the first refusal */

const char *const trust_certificates[] = {
    "auto",        "none",  "server", "expired", "not_yet", "wrong_name",
    "self_signed", "other", "weak",   "usage",   NULL};
const char *const trust_versions[] = {"any", "1.3", "1.2", "1.1",
                                      "1.0", "old", NULL};
const char *const trust_clients[] = {"none", "want", "require", NULL};

static void
read_versions(struct session *s, const struct ledger_step *st,
              struct intake_tls *t)
{
    static const int numbers[] = {0, TLS1_3_VERSION, TLS1_2_VERSION,
                                  TLS1_1_VERSION, TLS1_VERSION};
    const char *version = session_text(s, st, "version", "any");
    const char *client = session_text(s, st, "client", "none");

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(version, trust_versions[i]) == 0)
            t->min_version = t->max_version = numbers[i];
    }
    if (strcmp(version, "old") == 0) /* old ones, too */
        t->min_version = TLS1_VERSION;
    if (t->min_version == 0)
        t->min_version = TLS1_2_VERSION;
    if (strcmp(client, "want") == 0)
        t->client = INTAKE_CLIENT_WANT;
    if (strcmp(client, "require") == 0)
        t->client = INTAKE_CLIENT_REQUIRE;
    t->ca = session_file(s, "ca");
}

enum verdict
trust_read(struct session *s, const struct ledger_step *st, const char *param,
           bool secure, struct trust *t)
{
    const char *name = session_text(s, st, param, "auto");
    char file[64];

    t->plain =
        strcmp(name, "none") == 0 || (strcmp(name, "auto") == 0 && !secure);
    if (strcmp(name, "auto") != 0 && !secure)
        return VERDICT_NOT_APPLICABLE;
    if (t->plain)
        return VERDICT_PASS;
    if (strcmp(name, "auto") == 0)
        name = "server";
    (void)snprintf(file, sizeof file, "%s.cert", name);
    t->tls.cert = session_file(s, file);
    (void)snprintf(file, sizeof file, "%s.key", name);
    t->tls.key = session_file(s, file);
    if (t->tls.cert == NULL || t->tls.key == NULL)
        return session_error(
            s, &(struct err){.where = "tls", .msg = "no such certificate"});
    read_versions(s, st, &t->tls);
    return VERDICT_PASS;
}

enum fate { FATE_OPEN, FATE_REFUSED, FATE_TRUSTED };

/* A connection so far. Alerts say why; a client that looks at certificates only
 * behind its handshake ends the connection without a word of its own. */
static enum fate
fate_of(const struct intake_conn *c, bool tls, char *text, size_t size)
{
    struct bytes in = buf_view(&c->in);

    if (tls && c->plaintext) {
        (void)snprintf(text, size, "it speaks without TLS");
        return FATE_TRUSTED;
    }
    if (!tls && in.len > 0 && (unsigned char)in.data[0] == 0x16) {
        (void)snprintf(text, size, "it offers nothing but TLS");
        return FATE_REFUSED;
    }
    if (in.len > 0) {
        (void)snprintf(text, size, "it sent %zu bytes of application data",
                       in.len);
        return FATE_TRUSTED;
    }
    if (c->alert >= 0)
        (void)snprintf(text, size, "alert %s", intake_alert_name(c->alert));
    else if (c->end != INTAKE_OPEN)
        (void)snprintf(text, size, "it ended the connection %s",
                       c->established ? "behind the handshake"
                                      : "in the handshake");
    return c->alert >= 0 || c->end != INTAKE_OPEN ? FATE_REFUSED : FATE_OPEN;
}

enum verdict
trust_refused(struct session *s, struct intake *in, size_t from, unsigned ms,
              void (*pump)(void *arg), void *arg)
{
    int64_t end = session_now_ms() + ms;
    size_t refused = 0, seen = 0;
    char text[120] = "it did not connect";

    while (session_now_ms() < end && session_left(s) > 0 && refused < 2) {
        pump(arg);
        refused = 0;
        for (size_t i = from; i < intake_count(in); i++) {
            struct intake_conn *c = intake_conn(in, i);
            enum fate f = fate_of(c, intake_is_tls(in), text, sizeof text);

            if (f == FATE_TRUSTED)
                return session_fail(s, "TLS", "it does not go on", text);
            if (f == FATE_REFUSED && !intake_is_tls(in))
                intake_shut(c, INTAKE_SHUT_CLEAN);
            refused += f == FATE_REFUSED;
        }
        /* One that waits long before it tries again is given a little more. */
        if (seen == 0 && refused > 0 && session_now_ms() + AGAIN_MS < end)
            end = session_now_ms() + AGAIN_MS;
        seen = refused;
    }
    if (refused == 0)
        return session_inconc(s, "it refuses this server", text);
    session_log(s, SESSION_NOTE, "tls", bytes_str(text));
    session_refused(s, true);
    return VERDICT_PASS;
}
