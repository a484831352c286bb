/* SPDX-License-Identifier: Apache-2.0 */
/* One event, field by field: where each row came from, what became of each
 * source path, which mandatory rows are missing. JSON, for people and tests. */
#include "formats/json/writer.h"
#include "formats/mapping/coverage.h"
#include "formats/mapping/plan.h"

struct explaining {
    struct run *r;
    struct json_writer *w;
    bool zh;
    struct buf value; /* one field's JSON */
};

static void
write_paths(struct json_writer *w, const struct spec *s)
{
    if (s->kind == SPEC_PATH || s->kind == SPEC_EACH)
        json_cstr(w, s->path.text);
    for (size_t i = 0; i < s->parts; i++)
        write_paths(w, s->part[i]);
}

static void
write_ops(struct json_writer *w, const struct spec *s)
{
    const struct {
        const char *name;
        bool used;
    } ops[] = {
        {"first_of", s->kind == SPEC_FIRST_OF},
        {"concat", s->kind == SPEC_CONCAT},
        {"each", s->kind == SPEC_EACH},
        {"event", s->kind == SPEC_EVENT},
        {"when", s->when != NULL},
        {"regex", s->regex != NULL},
        {"split", s->split != NULL},
        {"join", s->join != NULL},
        {"case", s->letters != CASE_KEEP},
        {"lookup", s->lookup != NULL},
        {"time", s->timed},
        {"number", s->number != NUMBER_NONE || s->times != 1 || s->divide != 1},
        {"ip", s->ip},
        {"base64", s->encode == ENCODE_BASE64},
        {"default", s->otherwise.data != NULL},
    };

    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (ops[i].used)
            json_cstr(w, ops[i].name);
}

/* A const says so and why, everything else names its paths. */
static void
write_origin(struct json_writer *w, const struct spec *s)
{
    const char *evidence = s->lookup ? s->lookup->evidence : s->evidence;

    if (s->kind == SPEC_CONST) {
        json_key(w, "const");
        json_string(w, s->text);
    } else {
        json_key(w, "from");
        json_array(w);
        write_paths(w, s);
        json_end_array(w);
    }
    json_key(w, "ops");
    json_array(w);
    write_ops(w, s);
    json_end_array(w);
    if (s->why != NULL) {
        json_key(w, "why");
        json_cstr(w, s->why);
    }
    if (evidence != NULL) {
        json_key(w, "evidence");
        json_cstr(w, evidence);
    }
}

static const char *
outcome_name(const struct run *r, const struct pfield *f, enum outcome o)
{
    if (!field_allowed(r, f))
        return "not_for_this_category";
    return o == OUT_DONE ? "written" : o == OUT_FAILED ? "failed" : "absent";
}

static void
explain_field(struct explaining *e, const struct pfield *f)
{
    struct json_writer *w = e->w;
    struct sink *sink = &e->r->sink;
    struct buf *out = sink->out;
    enum outcome o;

    buf_reset(&e->value);
    sink->out = &e->value;
    o = eval_field(e->r, f);
    sink->out = out;
    json_object(w);
    json_key(w, "row");
    json_cstr(w, f->target.key);
    json_key(w, "name");
    json_cstr(w, e->zh ? f->target.row->zh : f->target.row->en);
    json_key(w, "outcome");
    json_cstr(w, outcome_name(e->r, f, o));
    if (o == OUT_DONE) {
        json_key(w, "value");
        json_raw(w, buf_view(&e->value));
    }
    write_origin(w, f->expr->spec);
    json_end_object(w);
}

static const struct pfield *
field_of(const struct prog *p, const char *key)
{
    for (size_t i = 0; i < p->fields; i++)
        if (strcmp(p->field[i].target.key, key) == 0)
            return &p->field[i];
    return NULL;
}

/* Mandatory rows whose parent is always there and that gave no value. */
static void
explain_missing(struct explaining *e)
{
    const struct plan *p = e->r->plan;

    for (size_t i = 0; i < std_row_count(p->standard); i++) {
        const struct std_row *row = std_row_at(p->standard, i);
        const struct pfield *f = field_of(&p->root, row->key);

        if (strcmp(row->kind, p->mapping->to) != 0 || row->presence != STD_M ||
            row->type == STD_OBJECT || strstr(row->key, ".extension.") ||
            strstr(row->key, "[]"))
            continue;
        buf_reset(&e->value);
        e->r->sink.out = &e->value;
        if (f == NULL || eval_field(e->r, f) != OUT_DONE)
            json_cstr(e->w, row->key);
    }
}

static void
explain_leaf(void *ctx, struct bytes path, enum path_fate fate, const char *why,
             uint32_t node)
{
    static const char *const names[] = {"mapped", "kept", "dropped", "unknown"};
    struct explaining *e = ctx;
    struct json_writer *w = e->w;

    buf_reset(&e->value);
    json_put_value(&e->value, e->r->t, node);
    json_object(w);
    json_key(w, "path");
    json_string(w, path);
    json_key(w, "fate");
    json_cstr(w, names[fate]);
    if (why != NULL) {
        json_key(w, "why");
        json_cstr(w, why);
    }
    json_key(w, "value");
    json_raw(w, buf_view(&e->value));
    json_end_object(w);
}

static void
explain_all(struct explaining *e)
{
    const struct plan *p = e->r->plan;
    struct json_writer *w = e->w;

    json_object(w);
    json_key(w, "mapping");
    json_cstr(w, p->mapping->id);
    json_key(w, "version");
    json_cstr(w, p->mapping->version);
    json_key(w, "kind");
    json_cstr(w, p->mapping->to);
    json_key(w, "wanted");
    json_bool(w, p->match == NULL || eval_test(e->r, p->match));
    json_key(w, "fields");
    json_array(w);
    for (size_t i = 0; i < p->root.ops; i++)
        if (p->root.op[i].kind == OP_FIELD &&
            p->root.op[i].field->writing != WRITE_RAW)
            explain_field(e, p->root.op[i].field);
    json_end_array(w);
    json_key(w, "missing");
    json_array(w);
    explain_missing(e);
    json_end_array(w);
    json_key(w, "source");
    json_array(w);
    coverage_leaves(p, e->r->t, e->r->in->at, explain_leaf, e);
    json_end_array(w);
    json_end_object(w);
}

enum err_code
plan_explain(const struct plan *p, struct plan_state *st,
             const struct plan_input *in, struct buf *out, bool zh,
             struct err *err)
{
    struct json_writer w;
    struct plan_meta meta = {.kind = p->mapping->to};
    struct buf record = {0};
    struct run r = {.plan = p,
                    .st = st,
                    .in = in,
                    .t = in->source,
                    .meta = &meta,
                    .sink = {.out = &record, .time = &in->time}};
    struct explaining e = {.r = &r, .w = &w, .zh = zh};
    bool good;

    if (r.t->count <= in->at || r.t->node[in->at].type != TAPE_OBJECT)
        return err_set(err, ERR_TYPE, NULL, "the event is no object");
    if (!plan_reset(st, r.t))
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    prog_walk(&r, &p->root, in->at, false);
    plan_select(&r);
    json_writer_init(&w, out);
    explain_all(&e);
    good = buf_ok(out) && buf_ok(&e.value);
    buf_free(&record);
    buf_free(&e.value);
    return good ? ERR_OK : err_set(err, ERR_NOMEM, NULL, "out of memory");
}
