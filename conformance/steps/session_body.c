/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to send: corpus bases with identifiers of their own, envelopes, patches;
 * or what a test writes down. */
#include <stdlib.h>

#include "conformance/ledger/corpus.h"
#include "conformance/steps/session_in.h"
#include "formats/base/text.h"
#include "formats/base/time.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"
#include "transport/digest.h"

#define PATCHES_MAX 16

/* Members that get a value of their own: a new identifier behind the old one's
 * prefix (up to ':' or '-'), or the time of the session. */
static const struct renewal {
    const char *path, *pointer;
    bool id;
} renewals[] = {
    {"general.alert_id", "/general/alert_id", true},
    {"general.basic.asset_id", "/general/basic/asset_id", true},
    {"general.threat_id", "/general/threat_id", true},
    {"general.behavior_id", "/general/behavior_id", true},
    {"general.alert_time", "/general/alert_time", false},
    {"general.basic.last_seen", "/general/basic/last_seen", false},
};

static bool
set_json(struct buf *text, const char *pointer, struct buf *json,
         struct err *err)
{
    struct corpus_patch p = {.set = pointer};

    p.json = buf_cstr(json);
    return p.json != NULL && corpus_apply(text, &p, 1, err) == ERR_OK;
}

static void
put_renewed(struct session *s, const struct renewal *r, struct bytes old,
            struct buf *json)
{
    const char *text;
    size_t n = 0;

    for (size_t i = 0; i < old.len && i < 24 && n == 0; i++) {
        if (old.data[i] == ':' || old.data[i] == '-')
            n = i + 1;
    }
    text = session_expand(s, r->id ? BYTES("${uuid}") : BYTES("${now}"));
    buf_char(json, '"');
    if (r->id)
        buf_bytes(json, bytes_upto(old, n));
    buf_str(json, text);
    buf_char(json, '"');
}

/* One record becomes another one; its identifier into *id. */
static bool
renew(struct session *s, struct buf *text, const char **id, struct err *err)
{
    struct json_reader reader;
    struct tape t = {0};
    struct buf scratch = {0}, json = {0};
    bool ok = true;

    json_reader_init(&reader, JSON_STRICT, NULL);
    for (size_t i = 0; i < sizeof renewals / sizeof renewals[0] && ok; i++) {
        const struct renewal *r = &renewals[i];
        uint32_t at;

        if (json_read(&reader, buf_view(text), &t, err) != ERR_OK) {
            ok = false;
            break;
        }
        at = tape_path(&t, bytes_str(r->path));
        /* A time with a first one before it would no longer fit. */
        if (at == 0 || (!r->id && (tape_path(&t, BYTES("general.first_time")) ||
                                   tape_path(&t, BYTES("general.basic."
                                                       "first_seen")))))
            continue;
        buf_reset(&json);
        put_renewed(s, r, tape_clean(&t, &t.node[at], &scratch), &json);
        ok = set_json(text, r->pointer, &json, err);
        if (ok && r->id && json.len > 2)
            *id = arena_str(&s->arena, bytes_of(json.data + 1, json.len - 2));
    }
    json_reader_free(&reader);
    tape_free(&t);
    buf_free(&scratch);
    buf_free(&json);
    return ok;
}

static void
put_digest(struct buf *out, const char *alg, struct bytes items)
{
    enum digest_alg a = DIGEST_SM3;
    char hex[DIGEST_HEX_MAX] = "";

    (void)digest_name(bytes_str(alg), &a);
    if (digest_hex(a, items, hex, NULL) != ERR_OK)
        hex[0] = '\0';
    buf_printf(out, ",\"digest\":{\"alg\":\"%s\",\"value\":\"%s\"}", alg, hex);
}

/* The envelope of the definitions around ${items} (with brackets). */
static void
put_envelope(struct session *s, const char *kind, struct bytes items,
             const char *digest, struct buf *out)
{
    const char *id = session_expand(s, BYTES("${uuid}"));

    session_set(s, "seed.msg_id", bytes_str(id));
    buf_printf(out,
               "{\"schema\":\"interconn/%s\",\"schema_version\":\"0.1.0\","
               "\"msg_id\":\"%s\",\"info_type\":\"%s\",\"sent_time\":\"%s\","
               "\"source_product\":{\"product_id\":\"hutong-conform\","
               "\"product_name\":\"一致性测试工具\",\"product_type\":"
               "\"入侵检测系统(IDS)\",\"vendor\":\"hutong\",\"version\":\"1\"},"
               "\"items\":",
               kind, id, kind, session_expand(s, BYTES("${now}")));
    buf_bytes(out, items);
    if (digest != NULL)
        put_digest(out, digest, items);
    buf_char(out, '}');
}

/* A base that is an envelope: its items, which become new ones like others. */
static bool
items_of(struct bytes text, struct buf *first, const char **kind,
         struct session *s, struct err *err)
{
    struct json_reader reader;
    struct tape t = {0};
    struct buf scratch = {0};
    uint32_t items, type;
    bool ok;

    json_reader_init(&reader, JSON_STRICT, NULL);
    ok = json_read(&reader, text, &t, err) == ERR_OK;
    items = ok ? tape_path(&t, BYTES("items")) : 0;
    type = ok ? tape_path(&t, BYTES("info_type")) : 0;
    ok = items != 0 && type != 0 && t.node[items].type == TAPE_ARRAY &&
         t.node[items].hash > 0;
    if (ok) {
        json_put_value(first, &t, items + 1);
        *kind = arena_str(&s->arena, tape_clean(&t, &t.node[type], &scratch));
    }
    json_reader_free(&reader);
    tape_free(&t);
    buf_free(&scratch);
    return ok && *kind != NULL;
}

/* The seed's records, each its own, as they are or in an envelope. */
static bool
from_seed(struct session *s, const struct yaml_node *n, struct buf *out,
          struct err *err)
{
    const char *name = step_text(step_member(n, "seed"));
    const char *wrap = step_text(step_member(n, "wrap"));
    const char *digest = step_text(step_member(n, "digest"));
    const char *count = step_text(step_member(n, "count"));
    const struct corpus_base *base =
        ledger_base(s->b->run->ledger, bytes_str(name));
    const char *kind = base ? base->kind : "", *id = NULL, *first_id = NULL;
    struct buf record = {0}, one = {0}, items = {0};
    uint64_t many = 1;
    bool ok = base != NULL, bare = wrap != NULL && strcmp(wrap, "none") == 0;

    if (count != NULL &&
        !bytes_to_u64(bytes_str(session_expand(s, bytes_str(count))), 100000,
                      &many))
        ok = false;
    if (ok && strcmp(kind, "envelope") == 0)
        ok = items_of(base->text, &record, &kind, s, err);
    else if (ok)
        buf_bytes(&record, base->text);
    buf_str(&items, bare ? "" : "[");
    for (uint64_t i = 0; i < many && ok; i++) {
        buf_reset(&one);
        buf_bytes(&one, buf_view(&record));
        ok = renew(s, &one, &id, err);
        first_id = first_id ? first_id : id;
        buf_str(&items, i == 0 ? "" : bare ? "\n" : ",");
        buf_bytes(&items, buf_view(&one));
    }
    buf_str(&items, bare ? "" : "]");
    if (ok && bare)
        buf_bytes(out, buf_view(&items));
    else if (ok)
        put_envelope(s, kind, buf_view(&items), digest, out);
    session_set(s, "seed.id", bytes_str(first_id ? first_id : ""));
    session_set(s, "seed.last_id", bytes_str(id ? id : ""));
    session_set(s, "seed.kind", bytes_str(kind));
    session_set(s, "seed.count",
                bytes_str(session_expand(s, bytes_str(count ? count : "1"))));
    buf_free(&record);
    buf_free(&one);
    buf_free(&items);
    if (base == NULL)
        (void)err_set(err, ERR_NOT_FOUND, "seed", "no base document '%s'",
                      name);
    return ok;
}

/* ---- patches of a step */

static const char *
text_of(struct session *s, const struct yaml_node *n, const char *name)
{
    const struct yaml_node *m = step_member(n, name);

    return step_text(m) != NULL ? session_expand(s, m->text) : NULL;
}

static unsigned
number_of(struct session *s, const struct yaml_node *n, const char *name)
{
    const char *text = text_of(s, n, name);
    uint64_t v = 0;

    if (text != NULL && !bytes_to_u64(bytes_str(text), 1 << 24, &v))
        (void)err_set(&s->fault, ERR_TYPE, name, "'%s' is no number", text);
    return (unsigned)v;
}

static bool
mutate(struct session *s, const struct yaml_node *list, struct buf *out,
       struct err *err)
{
    struct corpus_patch p[PATCHES_MAX];
    size_t n = 0;

    if (list == NULL || list->type != YAML_LIST)
        return true;
    for (const struct yaml_node *i = list->first; i && n < PATCHES_MAX;
         i = i->next) {
        p[n++] = (struct corpus_patch){.remove = text_of(s, i, "remove"),
                                       .set = text_of(s, i, "set"),
                                       .json = text_of(s, i, "json"),
                                       .fill = text_of(s, i, "fill"),
                                       .copy = text_of(s, i, "copy"),
                                       .count = number_of(s, i, "count"),
                                       .find = text_of(s, i, "find"),
                                       .put = text_of(s, i, "put"),
                                       .put_hex = text_of(s, i, "put_hex"),
                                       .append = text_of(s, i, "append"),
                                       .cut = number_of(s, i, "cut")};
    }
    return corpus_apply(out, p, n, err) == ERR_OK;
}

/* ---- other forms */

static bool
put_hex(struct session *s, struct bytes hex, struct buf *out, struct err *err)
{
    struct bytes text = bytes_str(session_expand(s, hex));
    size_t n = text.len / 2;

    if (text.len % 2 == 0 && buf_reserve(out, n + 1) &&
        text_unhex(text, (uint8_t *)out->data + out->len, n)) {
        out->len += n;
        return true;
    }
    (void)err_set(err, ERR_SYNTAX, "hex", "is no hex text");
    return false;
}

static bool
put_fill(struct session *s, const struct yaml_node *n, struct buf *out)
{
    const char *text = text_of(s, n, "fill");
    unsigned count = number_of(s, n, "count");
    size_t len = strlen(text);

    for (unsigned i = 0; i < count && out->len + len <= SESSION_BODY_MAX; i++)
        buf_add(out, text, len);
    return true;
}

void
session_command(struct session *s, const char *name, const char *params,
                const char *id, struct buf *out)
{
    struct bytes all = bytes_str(name);
    size_t slash = bytes_find(all, '/');
    struct bytes operation = bytes_from(all, slash + 1);
    const char *nonce = session_expand(s, BYTES("${nonce}"));

    if (id == NULL)
        id = session_expand(s, BYTES("${uuid}"));
    session_set(s, "request.id", bytes_str(id));
    session_set(s, "request.nonce", bytes_str(nonce));
    buf_printf(out,
               "{\"version\":\"1.0\",\"request_id\":\"%s\",\"timestamp\":"
               "\"%s\",\"nonce\":\"%s\",\"sender\":\"hutong-conform\","
               "\"class\":\"%.*s\",\"operation\":\"%.*s\",\"params\":%s}",
               id, session_expand(s, BYTES("${now}")), nonce, (int)slash,
               all.data, (int)operation.len, operation.data,
               params ? params : "{}");
}

static bool
make(struct session *s, const struct yaml_node *n, struct buf *out,
     struct err *err)
{
    const struct corpus_case *c;
    const char *text;

    if (n != NULL && n->type == YAML_SCALAR) {
        buf_str(out, session_expand(s, n->text));
        return true;
    }
    if (step_text(step_member(n, "command")) != NULL) {
        session_command(s, text_of(s, n, "command"), text_of(s, n, "params"),
                        text_of(s, n, "request_id"), out);
        return true;
    }
    if (step_member(n, "seed") != NULL)
        return from_seed(s, n, out, err);
    if ((text = step_text(step_member(n, "case"))) != NULL) {
        c = ledger_case(s->b->run->ledger, bytes_str(text));
        if (c != NULL)
            return corpus_text(c, out, err) == ERR_OK;
        (void)err_set(err, ERR_NOT_FOUND, "case", "no such case '%s'", text);
        return false;
    }
    if ((text = text_of(s, n, "json")) != NULL ||
        (text = text_of(s, n, "text")) != NULL) {
        buf_str(out, text);
        return true;
    }
    if ((text = step_text(step_member(n, "hex"))) != NULL)
        return put_hex(s, bytes_str(text), out, err);
    if (step_member(n, "fill") != NULL)
        return put_fill(s, n, out);
    (void)err_set(err, ERR_ARG, "body", "says nothing of what to send");
    return false;
}

/* ---- other encodings of a text */

struct encoding {
    const char *name;
    unsigned unit; /* octets */
    bool big;      /* the high octet first */
};

static const struct encoding encodings[] = {{"utf-16le", 2, false},
                                            {"utf-16be", 2, true},
                                            {"utf-32le", 4, false},
                                            {"utf-32be", 4, true}};

static void
put_unit(struct buf *out, const struct encoding *e, uint32_t v)
{
    for (unsigned i = 0; i < e->unit; i++) {
        unsigned shift = 8 * (e->big ? e->unit - 1 - i : i);

        buf_char(out, (char)(v >> shift & 0xff));
    }
}

static void
put_encoded(struct buf *out, const struct encoding *e, struct bytes text)
{
    while (text.len > 0) {
        size_t n = text_utf8_char(text.data, text.len);
        uint32_t c = n == 0 ? 0xfffd : (uint8_t)text.data[0];

        if (n > 1)
            c &= 0x7fU >> n;
        for (size_t i = 1; i < n; i++)
            c = c << 6 | ((uint8_t)text.data[i] & 0x3f);
        if (e->unit == 2 && c > 0xffff) {
            put_unit(out, e, 0xd800 + ((c - 0x10000) >> 10));
            c = 0xdc00 + (c & 0x3ff);
        }
        put_unit(out, e, c);
        text = bytes_from(text, n > 0 ? n : 1);
    }
}

static const struct encoding *
find_encoding(struct bytes name)
{
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        if (bytes_is(name, encodings[i].name))
            return &encodings[i];
    }
    return NULL;
}

bool
session_encoding(struct bytes name)
{
    return find_encoding(name) != NULL;
}

/* `encoding` of a body: its text, which is UTF-8, in another encoding. Lint let
 * only known ones through. */
static bool
encode(const struct yaml_node *n, struct buf *out, struct err *err)
{
    const struct encoding *e = n != NULL ? find_encoding(n->text) : NULL;
    struct buf text = *out;

    if (n == NULL)
        return true;
    if (e == NULL) {
        (void)err_set(err, ERR_ARG, "encoding", "no such encoding '%.*s'",
                      (int)n->text.len, n->text.data);
        return false;
    }
    *out = (struct buf){0};
    put_encoded(out, e, buf_view(&text));
    buf_free(&text);
    return true;
}

enum verdict
session_body(struct session *s, const struct ledger_step *st, const char *param,
             struct buf *out)
{
    const struct yaml_node *n = step_arg(st, param);
    struct err err = {0};
    bool ok;

    buf_reset(out);
    if (n == NULL)
        return VERDICT_PASS;
    ok = make(s, n, out, &err) &&
         mutate(s, step_member(n, "mutate"), out, &err) &&
         encode(step_member(n, "encoding"), out, &err);
    if (ok && !buf_ok(out))
        ok = err_set(&err, ERR_NOMEM, NULL, "out of memory") == ERR_OK;
    if (ok && s->fault.code == ERR_OK)
        return VERDICT_PASS;
    if (s->fault.code == ERR_OK)
        s->fault = err;
    return session_error(s, &s->fault);
}
