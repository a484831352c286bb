/* SPDX-License-Identifier: Apache-2.0 */
/* See receive_judge.h. */
#include "agent/tool/receive_judge.h"

#include "formats/json/writer.h"

#define FINDINGS_MAX 4096 /* of one envelope; more refuse it as a whole */

/* Codes of the interface (standard.md 11.2, PROPOSED). */
enum { CODE_SCHEMA = 1002, CODE_MISSING = 1003, CODE_VALUE = 1004 };

enum err_code
receive_judge_init(struct receive_judge *j, const struct standard *s,
                   struct err *err)
{
    *j = (struct receive_judge){.findings.max = FINDINGS_MAX};
    j->checker = checker_new(s, CHECK_STRICT, err);
    if (j->checker == NULL)
        return err->code;
    j->state = check_state_new(j->checker);
    return j->state ? ERR_OK : err_set(err, ERR_NOMEM, NULL, "out of memory");
}

void
receive_judge_fini(struct receive_judge *j)
{
    check_state_free(j->state);
    checker_free(j->checker);
    findings_free(&j->findings);
    buf_free(&j->pointer);
    buf_free(&j->why);
    *j = (struct receive_judge){0};
}

static unsigned
code_of(enum check_rule rule)
{
    switch (rule) {
    case CHECK_MISSING:
    case CHECK_CONDITION:
        return CODE_MISSING;
    case CHECK_TYPE:
    case CHECK_UNKNOWN:
        return CODE_SCHEMA;
    case CHECK_LENGTH:
    case CHECK_RANGE:
    case CHECK_PATTERN:
    case CHECK_FORMAT:
    case CHECK_CODE:
    case CHECK_ORDER:
    case CHECK_GROUP:
    case CHECK_MEMBERS:
    case CHECK_MISPLACED:
    case CHECK_INFO_TYPE:
    case CHECK_RULE_COUNT:
        break;
    }
    return CODE_VALUE;
}

/* Both texts become the inside of a JSON string: what they quote came from
 * outside. */
unsigned
receive_judge_refuse(struct receive_judge *j, struct receiver_verdict *v,
                     unsigned code, const char *pointer, const char *why)
{
    struct buf *const out[] = {&j->pointer, &j->why};
    const char *const text[] = {pointer, why};
    const char *safe[2] = {"", ""};

    for (size_t i = 0; i < 2; i++) {
        buf_reset(out[i]);
        json_put_string(out[i], bytes_str(text[i]));
        if (buf_ok(out[i]) && out[i]->len >= 2) {
            out[i]->data[--out[i]->len] = '\0';
            safe[i] = (const char *)out[i]->data + 1;
        }
    }
    v->code = code;
    v->pointer = safe[0];
    v->why = safe[1];
    return 400;
}

static unsigned
refuse_for(struct receive_judge *j, struct receiver_verdict *v,
           const struct finding *f)
{
    struct buf text = {0};
    unsigned status;

    finding_text(f, false, &text);
    status = receive_judge_refuse(j, v, code_of(f->rule), f->pointer,
                                  buf_cstr(&text) ? buf_cstr(&text) : "");
    buf_free(&text);
    return status;
}

/* The item that a pointer leads into: "/items/17/general"; false: none. */
static bool
item_of(const char *pointer, size_t n, size_t *item)
{
    struct bytes b = bytes_str(pointer);
    uint64_t v;

    if (!bytes_starts(b, BYTES("/items/")))
        return false;
    b = bytes_from(b, sizeof "/items/" - 1);
    b = bytes_upto(b, bytes_find(b, '/'));
    if (n == 0 || !bytes_to_u64(b, n - 1, &v))
        return false;
    *item = (size_t)v;
    return true;
}

/* Whether records can be of this kind; nothing is said of an unnamed one. */
static bool
is_kind(const struct checker *c, struct bytes kind)
{
    const char *name;

    for (size_t i = 0; (name = checker_kind(c, i)) != NULL; i++) {
        if (bytes_is(kind, name))
            return true;
    }
    return kind.len == 0;
}

/* What the way that it came says of it: the path and the key. */
static unsigned
judge_way(struct receive_judge *j, const struct tape *t,
          const struct receiver_batch *b, struct receiver_verdict *v)
{
    const struct {
        const char *name, *pointer, *why;
        struct bytes want;
    } rows[] = {{"info_type", "/info_type", "is not that of the way it came",
                 b->info_type},
                {"msg_id", "/msg_id", "is not the key it came with", b->id}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t at = tape_get(t, 0, bytes_str(rows[i].name));

        if (rows[i].want.len != 0 && at != 0 &&
            !bytes_eq(tape_raw(t, &t->node[at]), rows[i].want))
            return receive_judge_refuse(j, v, CODE_VALUE, rows[i].pointer,
                                        rows[i].why);
    }
    return 0;
}

/* The second part of the schema ("interconn/alert") is the kind; the definition
 * sees to its form. */
static unsigned
judge_schema(struct receive_judge *j, const struct tape *t,
             struct receiver_verdict *v)
{
    uint32_t schema = tape_get(t, 0, BYTES("schema"));
    uint32_t kind = tape_get(t, 0, BYTES("info_type"));
    struct bytes second;

    if (schema == 0 || kind == 0 || t->node[kind].type != TAPE_STRING)
        return 0;
    second = tape_raw(t, &t->node[schema]);
    second = bytes_from(second, bytes_find(second, '/'));
    if (second.len == 0 ||
        bytes_eq(bytes_from(second, 1), tape_raw(t, &t->node[kind])))
        return 0;
    return receive_judge_refuse(j, v, CODE_VALUE, "/schema",
                                "is not that of the info_type");
}

/* What ZeroMQ says of it before the body: the topic, the number of items. */
static unsigned
judge_frames(struct receive_judge *j, const struct receiver_batch *b,
             struct receiver_verdict *v, size_t n)
{
    struct bytes topic = b->topic;

    if (topic.len > 0 &&
        (topic.data[topic.len - 1] != '.' ||
         !bytes_eq(bytes_upto(topic, topic.len - 1), b->info_type)))
        return receive_judge_refuse(j, v, CODE_VALUE, "/info_type",
                                    "is not that of the topic");
    if (b->items > 0 && b->items != n)
        return receive_judge_refuse(j, v, CODE_VALUE, "/items",
                                    "are not as many as the header says");
    return 0;
}

unsigned
receive_judge_envelope(struct receive_judge *j, const struct tape *t,
                       const struct receiver_batch *b,
                       struct receiver_verdict *v, size_t n)
{
    struct findings *f = &j->findings;
    const struct finding *first = NULL;
    size_t bad = 0, item;
    unsigned status;

    if (!is_kind(j->checker, b->info_type)) {
        (void)receive_judge_refuse(j, v, 0, "", "no such kind of information");
        v->pointer = NULL;
        return 404;
    }
    findings_reset(f);
    f->max = FINDINGS_MAX;
    if (check_document(j->checker, j->state, t, f) != ERR_OK) {
        v->why = "out of memory";
        return 503;
    }
    for (size_t i = 0; i < f->count; i++) {
        const struct finding *x = &f->item[i];

        if (x->severity != CHECK_ERROR)
            continue;
        if (!item_of(x->pointer, n, &item) || f->errors > FINDINGS_MAX)
            return refuse_for(j, v, x);
        first = first ? first : x;
        bad += v->item[item] != 400;
        v->item[item] = 400;
    }
    if (n > 0 && bad == n)
        return refuse_for(j, v, first);
    status = judge_way(j, t, b, v);
    status = status ? status : judge_schema(j, t, v);
    return status ? status : judge_frames(j, b, v, n);
}
