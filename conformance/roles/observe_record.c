/* SPDX-License-Identifier: Apache-2.0 */
/* A record's places, and what only several records together can break. */
#include <stdio.h>

#include "conformance/roles/observe.h"
#include "conformance/verdict/fault.h"
#include "formats/base/text.h"
#include "transport/digest.h"

/* An open container of the walk. */
struct level {
    uint32_t node; /* next key or element; 0: done */
    const struct shape *shape;
    bool object;
};

struct walk {
    struct observe *o;
    uint64_t *seen;
    uint64_t content; /* of the values that are neither identifier nor time */
    struct level level[TAPE_MAX_DEPTH + 1];
    unsigned depth;
};

static const char *const row_keys[OBSERVE_ROWS] = {
    [ROW_ALERT_ID] = "alert.general.alert_id",
    [ROW_ASSET_ID] = "asset.general.basic.asset_id",
    [ROW_ASSET_NAME] = "asset.general.basic.asset_name",
    [ROW_ALERT_NAME] = "alert.general.alert_name",
    [ROW_ALERT_TYPE] = "alert.general.alert_type",
    [ROW_ASSET_TYPE] = "asset.general.basic.asset_type",
    [ROW_ASSET_SUBTYPE] = "asset.general.basic.asset_subtype",
    [ROW_PARENT_ID] = "asset.general.basic.parent_id",
    [ROW_THREAT_ID] = "threat.general.threat_id",
    [ROW_THREAT_COMPONENT] = "threat.general.component",
    [ROW_THREAT_CREATE_TIME] = "threat.general.create_time",
    [ROW_BEHAVIOR_ID] = "behavior.general.behavior_id",
    [ROW_BEHAVIOR_TYPE] = "behavior.general.behavior_type",
    [ROW_BEHAVIOR_OCCUR_TIME] = "behavior.general.occur_time",
    [ROW_DIGEST_ALG] = "envelope.digest.alg",
    [ROW_DIGEST_VALUE] = "envelope.digest.value",
    [ROW_SCHEMA] = "envelope.schema",
    [ROW_INFO_TYPE] = "envelope.info_type",
    [ROW_MSG_ID] = "envelope.msg_id",
};

void
observe_rows(struct observe *o)
{
    for (size_t i = 0; i < OBSERVE_ROWS; i++)
        o->row[i] = std_row(o->standard, row_keys[i]);
}

/* An identifier or a time: what differs in a frozen sample too. */
static bool
is_mark(const struct observe *o, const struct std_row *r)
{
    return r == NULL || r->type == STD_TIME || r == o->row[ROW_ALERT_ID] ||
           r == o->row[ROW_ASSET_ID] || r == o->row[ROW_ASSET_NAME] ||
           r == o->row[ROW_THREAT_ID] || r == o->row[ROW_BEHAVIOR_ID];
}

/* Enter the value at ${i}, which stands at place ${s}. */
static void
enter(struct walk *w, uint32_t i, const struct shape *s)
{
    const struct tape *t = &w->o->tape;
    const struct tape_node *n = &t->node[i];
    struct bytes raw;

    w->seen[s->number]++;
    if (n->type == TAPE_OBJECT || n->type == TAPE_ARRAY) {
        if (n->hash > 0 && w->depth < TAPE_MAX_DEPTH)
            w->level[w->depth++] =
                (struct level){i + 1, s, n->type == TAPE_OBJECT};
        return;
    }
    if (is_mark(w->o, s->row))
        return;
    raw = tape_raw(t, n);
    w->content =
        hash_mix(w->content ^ hash_key(raw.data, raw.len), HASH_K1 ^ s->number);
}

static void
walk_places(struct walk *w, uint32_t at, const struct shape *root)
{
    const struct tape *t = &w->o->tape;

    enter(w, at, root);
    while (w->depth > 0) {
        struct level *l = &w->level[w->depth - 1];
        uint32_t i = l->node;
        const struct shape *child = NULL;
        struct bytes name;

        if (i == 0) {
            w->depth--;
            continue;
        }
        l->node = t->node[i].next;
        if (l->object) {
            name = tape_clean(t, &t->node[i], &w->o->scratch);
            child = shape_child(l->shape, t->node[i].hash, name.data, name.len);
            i++;
        } else if (l->shape->child_count == 1) {
            child = l->shape->child[0];
        }
        if (child != NULL)
            enter(w, i, child);
    }
}

/* The text at a row's place in the record at ${at}; empty when there is none.
 * Rows in arrays have no single place. */
static struct bytes
text_at(const struct observe *o, uint32_t at, enum observe_row row)
{
    const struct std_row *r = o->row[row];

    for (const char *const *p = r ? r->at : NULL; p != NULL && *p != NULL;
         p++) {
        at = tape_get(&o->tape, at, bytes_str(*p));
        if (at == 0)
            return BYTES("");
    }
    return r != NULL && o->tape.node[at].type == TAPE_STRING
               ? tape_raw(&o->tape, &o->tape.node[at])
               : BYTES("");
}

static void
fault(struct observe *o, const struct observe_fault *where, const char *rule,
      uint32_t node, struct ledger_text text)
{
    struct observe_fault f = *where;

    f.rule = rule;
    f.text = text;
    f.offset = o->tape.node[node].offset;
    observe_fault(o, &f);
}

/* One identifier, two different things. */
static void
enter_id(struct observe *o, struct observe_set *set,
         const struct observe_fault *where, const char *rule, uint32_t at,
         const enum observe_row keys[3])
{
    struct bytes id = text_at(o, at, keys[0]);
    uint64_t value = 0;

    if (id.len == 0)
        return;
    for (int i = 1; i < 3; i++) {
        struct bytes b = text_at(o, at, keys[i]);

        value = hash_mix(value ^ hash_key(b.data, b.len), HASH_K1);
    }
    if (observe_set_put(set, id, value) == PUT_OTHER)
        fault(o, where, rule, at,
              (struct ledger_text){
                  "同一标识先后用于名称、类型或时间不同的两个对象",
                  "one identifier stands for two things of different name, "
                  "type or time"});
}

static bool
is_id(struct bytes b)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789._:-";

    for (size_t i = 0; i < b.len; i++) {
        if (memchr(allowed, b.data[i], sizeof allowed - 1) == NULL)
            return false;
    }
    return b.len > 0 && b.len <= 64;
}

/* The identifier of each kind, and what one identifier may not change. */
static const struct id_rule {
    const char *kind, *rule, *pointer;
    enum observe_row keys[3];
    size_t set; /* offset in struct observe */
} id_rules[] = {
    {"alert",
     "set#alert_id",
     "/general/alert_id",
     {ROW_ALERT_ID, ROW_ALERT_NAME, ROW_ALERT_TYPE},
     offsetof(struct observe, alerts)},
    {"asset",
     "set#asset_id",
     "/general/basic/asset_id",
     {ROW_ASSET_ID, ROW_ASSET_TYPE, ROW_ASSET_SUBTYPE},
     offsetof(struct observe, assets)},
    {"threat",
     "set#threat_id",
     "/general/threat_id",
     {ROW_THREAT_ID, ROW_THREAT_COMPONENT, ROW_THREAT_CREATE_TIME},
     offsetof(struct observe, threats)},
    {"behavior",
     "set#behavior_id",
     "/general/behavior_id",
     {ROW_BEHAVIOR_ID, ROW_BEHAVIOR_TYPE, ROW_BEHAVIOR_OCCUR_TIME},
     offsetof(struct observe, behaviors)},
};

static void
enter_ids(struct observe *o, const struct observe_fault *where, uint32_t at,
          const char *kind)
{
    struct observe_fault f = *where;
    struct bytes parent;
    char pointer[64];

    for (size_t i = 0; i < sizeof id_rules / sizeof id_rules[0]; i++) {
        const struct id_rule *r = &id_rules[i];

        if (strcmp(kind, r->kind) != 0)
            continue;
        (void)snprintf(pointer, sizeof pointer, "%s%s",
                       where->pointer ? where->pointer : "", r->pointer);
        f.pointer = pointer;
        enter_id(o, *(struct observe_set **)(void *)((char *)o + r->set), &f,
                 r->rule, at, r->keys);
    }
    if (strcmp(kind, "asset") != 0)
        return;
    parent = text_at(o, at, ROW_PARENT_ID);
    if (is_id(parent)) /* what is malformed has its own rule */
        (void)observe_set_put(o->parents, parent,
                              (uint64_t)o->targets << 32 | where->line);
}

void
observe_end(struct observe *o)
{
    struct observe_fault f = {.rule = "set#parent_id",
                              .pointer = "/general/basic/parent_id"};
    uint64_t first = 0;
    size_t n = observe_set_lacking(o->parents, o->assets, &first);
    char zh[160], en[160];

    /* One asset alone has its parent elsewhere. */
    if (n == 0 || observe_seen(o, "asset") < 2)
        return;
    (void)snprintf(zh, sizeof zh, "有 %zu 个父资产标识不指向样本中的任何资产",
                   n);
    (void)snprintf(en, sizeof en,
                   "%zu parent ids lead to no asset of the samples", n);
    f.file = o->target[(first >> 32) - 1].name;
    f.line = (unsigned)(first & UINT32_MAX);
    f.text = (struct ledger_text){zh, en};
    observe_fault(o, &f);
}

/* Whether records differ at all: a sender of one frozen sample shows nothing. */
static void
vary(struct observe *o, uint32_t at, uint64_t content)
{
    const struct tape_node *n = &o->tape.node[at];
    uint64_t exact = hash_key(o->tape.input + n->offset, n->length);

    exact |= (uint64_t)n->length << 32;
    if (o->first_exact == 0) {
        o->first_exact = exact;
        o->first_content = content;
        return;
    }
    o->varied_exact |= exact != o->first_exact;
    o->varied_content |= content != o->first_content;
}

void
observe_places(struct observe *o, uint32_t at, const struct shape *root,
               uint64_t *seen)
{
    struct walk w = {.o = o, .seen = seen};

    walk_places(&w, at, root);
}

void
observe_record(struct observe *o, const struct observe_fault *where,
               uint32_t at, size_t kind)
{
    struct walk w = {.o = o, .seen = o->kind[kind].seen};
    const struct shape *root = std_shape(o->standard, o->kind[kind].kind);

    if (root == NULL || o->tape.node[at].type != TAPE_OBJECT)
        return;
    o->kind[kind].records++;
    walk_places(&w, at, root);
    if (kind == 0)
        return;
    enter_ids(o, where, at, o->kind[kind].kind);
    vary(o, at, w.content);
}

/* ---- envelopes */

static void
check_digest(struct observe *o, const struct observe_fault *where,
             struct bytes items)
{
    struct bytes alg = text_at(o, 0, ROW_DIGEST_ALG);
    struct bytes value = text_at(o, 0, ROW_DIGEST_VALUE);
    uint8_t given[DIGEST_BYTES], want[DIGEST_BYTES];
    struct observe_fault f = *where;
    enum digest_alg a;
    struct err err;

    if (fault_on("digest-unchecked") || !digest_name(alg, &a) ||
        value.len != 2 * DIGEST_BYTES ||
        !text_unhex(value, given, DIGEST_BYTES) ||
        digest_of(a, items, want, &err) != ERR_OK ||
        memcmp(given, want, DIGEST_BYTES) == 0)
        return;
    f.pointer = "/digest/value";
    fault(o, &f, "envelope#digest", 0,
          (struct ledger_text){"摘要值与信息体的原始字节不符",
                               "the digest is not that of the exact bytes of "
                               "the items"});
}

static bool
is_kind(const struct observe *o, struct bytes name)
{
    for (size_t i = 1; i < o->kinds; i++) {
        if (bytes_is(name, o->kind[i].kind))
            return true;
    }
    return false;
}

static void
check_schema(struct observe *o, const struct observe_fault *where)
{
    struct bytes schema = text_at(o, 0, ROW_SCHEMA);
    struct bytes kind = text_at(o, 0, ROW_INFO_TYPE);
    struct observe_fault f = *where;

    /* What is malformed has its own rules. */
    if (bytes_find(schema, '/') == schema.len || !is_kind(o, kind) ||
        bytes_eq(bytes_from(schema, bytes_find(schema, '/') + 1), kind))
        return;
    f.pointer = "/schema";
    fault(o, &f, "envelope#schema", 0,
          (struct ledger_text){"规范标识与信息类型不是同一类信息",
                               "schema and info_type name different kinds"});
}

void
observe_envelope(struct observe *o, const struct observe_fault *where)
{
    struct bytes id = text_at(o, 0, ROW_MSG_ID);
    uint32_t at = tape_get(&o->tape, 0, BYTES("items"));
    const struct tape_node *n = &o->tape.node[at];
    struct bytes items = {o->tape.input + n->offset, n->length};
    struct observe_fault f = *where;
    uint64_t value;

    check_schema(o, where);
    if (at == 0 || n->type != TAPE_ARRAY)
        return;
    check_digest(o, where, items);
    value = hash_key(items.data, items.len) | (uint64_t)items.len << 32;
    f.pointer = "/msg_id";
    if (id.len > 0 && observe_set_put(o->messages, id, value) == PUT_OTHER)
        fault(o, &f, "set#msg_id", 0,
              (struct ledger_text){
                  "同一消息标识用于信息体不同的两条消息",
                  "one msg_id stands for two messages of different items"});
}
