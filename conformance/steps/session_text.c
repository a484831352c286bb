/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of steps: texts with ${...}, numbers, waits, lists. */
#include <stdio.h>

#include "conformance/steps/session_in.h"
#include "formats/base/hash.h"
#include "formats/base/time.h"

#define NAME_MAX_LEN 128

uint64_t
session_draw(struct session *s)
{
    uint64_t k = s->b->seed ^ HASH_K0;
    struct bytes id = s->test ? bytes_str(s->test->id) : BYTES("probe");

    for (size_t i = 0; i < id.len; i++)
        k = hash_mix(k ^ (uint8_t)id.data[i], HASH_K1);
    k = hash_mix(k ^ s->attempt ^ (uint64_t)s->upsets << 32, HASH_K0 | 1);
    k = hash_mix(k ^ ++s->drawn, HASH_K1);
    /* Probes repeat: the time tells them apart. */
    return s->test != NULL ? k : hash_mix(k ^ (uint64_t)s->wall_ns, HASH_K1);
}

static void
put_uuid(struct session *s, struct buf *out)
{
    uint64_t a = session_draw(s), b = session_draw(s);

    buf_printf(out, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
               (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
               (unsigned)(0x8000 | (b >> 48 & 0x3fff)),
               (unsigned long long)(b & 0xffffffffffff));
}

/* "now", "now+300s", "now-1h", "now+2d" */
static bool
put_now(struct session *s, struct bytes rest, struct buf *out)
{
    int64_t ns = s->wall_ns, unit = 1000000000;
    struct stamp t;
    uint64_t n = 0;

    if (rest.len > 0) {
        char last = rest.data[rest.len - 1];
        bool minus = rest.data[0] == '-';

        if (!minus && rest.data[0] != '+')
            return false;
        rest = bytes_of(rest.data + 1, rest.len - 1);
        unit *= last == 's' ? 1 : last == 'm' ? 60 : last == 'h' ? 3600 : 86400;
        if (rest.len < 2 || !strchr("smhd", last) ||
            !bytes_to_u64(bytes_upto(rest, rest.len - 1), 100000, &n))
            return false;
        ns += (minus ? -(int64_t)n : (int64_t)n) * unit;
    }
    t = time_of_ns(ns);
    time_write_rfc3339(out, &t);
    return true;
}

static bool
put_known(struct session *s, const char *name, struct buf *out)
{
    const struct wire_url *u = &s->b->target;
    const char *text = NULL;

    if (strncmp(name, "ixit.", 5) == 0)
        text = bench_ixit(s->b, name + 5);
    else if (strncmp(name, "file.", 5) == 0)
        text = session_file(s, name + 5);
    else if (strcmp(name, "token") == 0)
        text = s->b->token;
    else if (strcmp(name, "limited_token") == 0)
        text = s->b->limited;
    else if (strcmp(name, "auth.line") == 0)
        text = bench_has(s->b, "target.token")
                   ? arena_printf(&s->arena, "Authorization: Bearer %s\r\n",
                                  s->b->token)
                   : "";
    else if (strcmp(name, "target.scheme") == 0)
        text = u->scheme;
    else if (strcmp(name, "target.host") == 0)
        text = u->host;
    else if (strcmp(name, "target.path") == 0)
        text = u->path;
    else if (strcmp(name, "test") == 0)
        text = s->test ? s->test->id : "probe";
    else
        text = session_get(s, name);
    if (text == NULL)
        return false;
    buf_str(out, text);
    return true;
}

static void
put_upper(const char *text, struct buf *out)
{
    for (; *text != '\0'; text++)
        buf_char(out,
                 (char)(*text >= 'a' && *text <= 'z' ? *text - 32 : *text));
}

static bool
put_variable(struct session *s, struct bytes name, struct buf *out)
{
    char n[NAME_MAX_LEN];

    if (name.len + 1 > sizeof n)
        return false;
    memcpy(n, name.data, name.len);
    n[name.len] = '\0';
    if (bytes_starts(name, BYTES("now")))
        return put_now(s, bytes_from(name, 3), out);
    if (bytes_is(name, "uuid"))
        put_uuid(s, out);
    else if (bytes_is(name, "nonce"))
        buf_printf(out, "%016llx", (unsigned long long)session_draw(s));
    else if (bytes_is(name, "attempt"))
        buf_u64(out, s->attempt);
    else if (bytes_is(name, "token.short"))
        buf_add(out, s->b->token, strlen(s->b->token) - 1);
    else if (bytes_is(name, "token.upper"))
        put_upper(s->b->token, out);
    else if (bytes_is(name, "target.port"))
        buf_u64(out, s->b->target.port);
    else if (bytes_is(name, "listen.port"))
        buf_u64(out, session_listen_port(s));
    else if (bytes_is(name, "target.url"))
        buf_printf(out, "%s://%s:%u%s", s->b->target.scheme, s->b->target.host,
                   s->b->target.port, s->b->target.path);
    else
        return put_known(s, n, out);
    return true;
}

const char *
session_expand(struct session *s, struct bytes text)
{
    struct buf b = {0};
    const char *out;

    while (text.len > 0) {
        size_t n = bytes_find(text, '$'), end;
        struct bytes rest = bytes_from(text, n);

        buf_bytes(&b, bytes_upto(text, n));
        if (bytes_starts(rest, BYTES("$${"))) {
            buf_str(&b, "${");
            text = bytes_from(rest, 3);
            continue;
        }
        end = bytes_find(rest, '}');
        if (!bytes_starts(rest, BYTES("${")) || end == rest.len) {
            buf_bytes(&b, bytes_upto(rest, 1));
            text = bytes_from(rest, 1);
            continue;
        }
        if (!put_variable(s, bytes_of(rest.data + 2, end - 2), &b))
            (void)err_set(
                &s->fault, ERR_NOT_FOUND, "text",
                "nothing sets %.*s (--set NAME=VALUE gives ixit.NAME)",
                (int)(end < 80 ? end + 1 : 80), rest.data);
        text = bytes_from(rest, end + 1);
    }
    out = buf_ok(&b) ? arena_str(&s->arena, buf_view(&b)) : NULL;
    if (out == NULL)
        (void)err_set(&s->fault, ERR_NOMEM, NULL, "out of memory");
    buf_free(&b);
    return out != NULL ? out : "";
}

const char *
session_text(struct session *s, const struct ledger_step *st, const char *param,
             const char *def)
{
    const struct yaml_node *n = step_arg(st, param);

    return step_text(n) != NULL ? session_expand(s, n->text) : def;
}

int64_t
session_int(struct session *s, const struct ledger_step *st, const char *param,
            int64_t def)
{
    const char *text = session_text(s, st, param, NULL);
    bool minus = text != NULL && text[0] == '-';
    uint64_t v;

    if (text == NULL)
        return def;
    if (!bytes_to_u64(bytes_str(text + minus), INT64_MAX, &v)) {
        (void)err_set(&s->fault, ERR_TYPE, param, "'%s' is no number", text);
        return def;
    }
    return minus ? -(int64_t)v : (int64_t)v;
}

bool
session_bool(struct session *s, const struct ledger_step *st, const char *param,
             bool def)
{
    const char *text = session_text(s, st, param, NULL);

    if (text == NULL)
        return def;
    return strcmp(text, "true") == 0 || strcmp(text, "yes") == 0;
}

unsigned
session_wait(struct session *s, const struct ledger_step *st, const char *param)
{
    const char *text = step_text(step_arg(st, param));
    int64_t ms = text == NULL || strcmp(text, "auto") == 0
                     ? (int64_t)s->b->wait_ms
                     : session_int(s, st, param, s->b->wait_ms);
    unsigned left = session_left(s);

    if (ms < 0)
        ms = 0;
    return ms < left ? (unsigned)ms : left;
}

bool
session_each(struct session *s, const struct ledger_step *st, const char *param,
             size_t i, const char **name, const char **value)
{
    const struct yaml_node *list = step_arg(st, param);
    const struct yaml_node *n =
        list != NULL && list->type != YAML_SCALAR ? list->first : NULL;

    while (n != NULL && i > 0) {
        n = n->next;
        i--;
    }
    *name = NULL;
    *value = NULL;
    if (n == NULL || n->type != YAML_SCALAR)
        return false;
    if (list->type == YAML_MAP)
        *name = arena_str(&s->arena, n->key);
    *value = session_expand(s, n->text);
    return true;
}
