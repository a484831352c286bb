/* SPDX-License-Identifier: Apache-2.0 */
/* One event to one record. */
#include <stdlib.h>

#include "formats/base/text.h"
#include "formats/json/writer.h"
#include "formats/mapping/coverage.h"
#include "formats/mapping/emit.h"
#include "formats/mapping/plan.h"

#define RUN_MAX_NEST   16
#define RUN_MAX_RECORD ((size_t)1 << 20)   /* the strict reader's document */
#define RUN_RAW_BASE64 ((size_t)48 * 1024) /* 64 KiB once encoded */
/* No string of such an input exceeds what the strict reader takes. */
#define RUN_SHORT ((size_t)60 * 1024)
/* Repairs that lost something; a big number as text did not. */
#define RUN_LOSSY (TAPE_REPAIRED | TAPE_CUT | TAPE_DUPLICATE)

static void
comma(struct buf *out)
{
    if (out->len > 0 && out->data[out->len - 1] != '{')
        buf_char(out, ',');
}

static bool
wants_raw(const struct run *r)
{
    return r->in->raw.len != 0 && (r->in->keep_raw || r->plan->mapping->raw ||
                                   (r->t->flags & RUN_LOSSY) != 0);
}

static void
write_raw(struct run *r, const struct pfield *f)
{
    struct buf *out = r->sink.out;
    struct bytes raw = r->in->raw;
    size_t start = out->len;

    if (!wants_raw(r))
        return;
    emit_member(out, f->name);
    r->sink.cut = false;
    if (text_utf8_valid(raw) == raw.len) {
        if (put_text(&r->sink, &f->target, f->expr->spec, raw) != OUT_DONE)
            buf_cut(out, start);
    } else {
        r->sink.cut = raw.len > RUN_RAW_BASE64;
        buf_char(out, '"');
        text_base64(out, bytes_upto(raw, RUN_RAW_BASE64));
        buf_char(out, '"');
        note_repair(r->st, REPAIR_RAW_BASE64, f->target.key);
    }
    if (r->sink.cut)
        note_repair(r->st, REPAIR_CUT, f->target.key);
}

static void
write_selected(struct run *r, const struct pfield *f)
{
    const struct plan_state *st = r->st;
    struct buf *out = r->sink.out;

    if (!st->selector[f->selector - 1].done)
        return;
    emit_member(out, f->name);
    emit_bytes(out,
               bytes_of(st->selected.data + st->selector[f->selector - 1].from,
                        st->selector[f->selector - 1].len));
}

static void
write_field(struct run *r, const struct pfield *f)
{
    struct buf *out = r->sink.out;
    size_t start = out->len;

    if (!field_allowed(r, f)) {
        /* It does not go with the category: its sources stay visible. */
        note_fate(r->st, &r->st->keep_unless_used, f, SLOT_KEEP_UNLESS_USED);
        return;
    }
    switch (f->writing) {
    case WRITE_FIXED:
        emit_member(out, f->fixed);
        return;
    case WRITE_SELECTED:
        write_selected(r, f);
        return;
    case WRITE_RAW:
        write_raw(r, f);
        return;
    case WRITE_PICK:
        if (eval_pick(r, f))
            return;
        break;
    case WRITE_VALUE:
        break;
    }
    emit_member(out, f->name);
    if (eval_field(r, f) != OUT_DONE)
        buf_cut(out, start);
}

/* Objects that are open, by where they start. */
struct nest {
    size_t start[RUN_MAX_NEST];
    size_t depth;
};

static void
outline_value(struct plan_outline *o, struct bytes value)
{
    if (value.len > PLAN_OUTLINE_TOLD - o->told_len) {
        o->sure = false;
        return;
    }
    memcpy(o->told + o->told_len, value.data, value.len);
    o->told_len += (uint32_t)value.len;
}

/* Operation ${i} wrote its field, from ${start} on. */
static inline void
outline_field(struct run *r, const struct pfield *f, size_t i, size_t start)
{
    struct plan_outline *o = &r->meta->outline;
    const struct buf *out = r->sink.out;

    o->sure &= f->sure;
    if (i / 64 < PLAN_OUTLINE_MEMBERS)
        o->member[i / 64] |= UINT64_C(1) << i % 64;
    if (!f->told)
        return;
    start += f->name.len - (out->data[start] != ',');
    if (start < out->len)
        outline_value(o, bytes_of(out->data + start, out->len - start));
}

static inline void
write_op(struct run *r, const struct prog *p, size_t i, struct nest *n)
{
    const struct op *op = &p->op[i];
    struct buf *out = r->sink.out;
    size_t start = out->len;

    switch (op->kind) {
    case OP_OPEN:
        n->start[n->depth++] = out->len;
        emit_member(out, op->name);
        break;
    case OP_CLOSE:
        n->depth--;
        if (out->len > 0 && out->data[out->len - 1] == '{')
            buf_cut(out, n->start[n->depth]);
        else
            buf_char(out, '}');
        break;
    case OP_FIELD:
        write_field(r, op->field);
        if (out->len > start)
            outline_field(r, op->field, i, start);
        break;
    }
}

/* Most rows of most events have no source at all: only what the filled slots
 * wake is run. */
static void
find_woken(const struct run *r, const struct prog *p, struct op_set *on)
{
    for (size_t w = 0; w < p->op_words; w++)
        on->word[w] = p->always.word[w];
    for (size_t i = 0; i < PLAN_WORDS; i++)
        for (uint64_t s = r->st->filled.word[i]; s != 0; s &= s - 1) {
            const struct op_set *woken =
                &p->wakes[i * 64 + (size_t)__builtin_ctzll(s)];

            for (size_t w = 0; w < p->op_words; w++)
                on->word[w] |= woken->word[w];
        }
}

static void
write_ops(struct run *r, const struct prog *p)
{
    struct nest nest;
    struct op_set on;

    nest.depth = 0;
    find_woken(r, p, &on);
    for (size_t w = 0; w < p->op_words; w++)
        for (uint64_t s = on.word[w]; s != 0; s &= s - 1)
            write_op(r, p, w * 64 + (size_t)__builtin_ctzll(s), &nest);
    for (size_t i = 0; p->op_words == 0 && i < p->ops; i++)
        write_op(r, p, i, &nest);
}

bool
prog_run(struct run *r, const struct prog *p, uint32_t at)
{
    size_t start = r->sink.out->len;

    prog_walk(r, p, at, false);
    write_ops(r, p);
    return r->sink.out->len > start;
}

static bool
guard_holds(const struct run *r, const struct guard *g)
{
    const char *code = r->st->selector[g->selector].code;
    size_t len = r->st->selector[g->selector].code_len;

    if (!r->st->selector[g->selector].done)
        return false;
    for (size_t i = 0; i < g->values; i++) {
        struct bytes v = g->value[i];

        if ((g->prefix ? len >= v.len : len == v.len) &&
            (v.len == 0 ||
             (v.data[0] == code[0] && memcmp(v.data, code, v.len) == 0)))
            return true;
    }
    return false;
}

void
plan_select(struct run *r)
{
    struct plan_state *st = r->st;
    struct buf *out = r->sink.out;

    buf_reset(&st->selected);
    r->sink.out = &st->selected;
    for (size_t i = 0; i < r->plan->selectors; i++) {
        struct bytes code;

        st->selector[i].from = st->selected.len;
        st->selector[i].done = eval_field(r, r->plan->selector[i]) == OUT_DONE;
        st->selector[i].len = st->selected.len - st->selector[i].from;
        code = r->sink.code ? bytes_str(r->sink.code->code) : r->sink.plain;
        code = bytes_upto(code, PLAN_SELECTOR);
        st->selector[i].code_len = code.len;
        if (code.len > 0)
            memcpy(st->selector[i].code, code.data, code.len);
    }
    r->sink.out = out;
    for (size_t i = 0; i < r->plan->guards; i++)
        st->allowed[i] = guard_holds(r, &r->plan->guard[i]);
}

static const struct {
    uint32_t flag;
    const char *name;
} tape_repairs[] = {{TAPE_REPAIRED, "undecodable"},
                    {TAPE_CUT, "cut"},
                    {TAPE_DUPLICATE, "duplicate_key"},
                    {TAPE_BIGNUM, "big_number"}};

static void
put_repair(struct buf *out, const char *name, const char *key, bool *any)
{
    buf_str(out, *any ? ",\"" : "\"x_repairs\":[\"");
    buf_str(out, name);
    if (key != NULL) {
        buf_char(out, ':');
        buf_str(out, key);
    }
    buf_char(out, '"');
    *any = true;
}

static void
write_repairs(struct run *r)
{
    const struct plan_state *st = r->st;
    struct buf *out = r->sink.out;
    size_t n = st->repairs < PLAN_MAX_REPAIRS ? st->repairs : PLAN_MAX_REPAIRS;
    bool any = false;

    if (n == 0 && (r->t->flags & TAPE_REPAIRS) == 0)
        return;
    comma(out);
    for (size_t i = 0; i < sizeof tape_repairs / sizeof tape_repairs[0]; i++)
        if (r->t->flags & tape_repairs[i].flag)
            put_repair(out, tape_repairs[i].name, NULL, &any);
    for (size_t i = 0; i < n; i++)
        put_repair(out, repair_name(st->repair[i].kind), st->repair[i].key,
                   &any);
    if (st->repairs > n)
        put_repair(out, "more", NULL, &any);
    buf_char(out, ']');
}

/* x_event_id, x_tenant, x_source and the closing brace. Returns where in ${out}
 * an x_source begins whose members were all copied as they stood in a source
 * without repairs (what stands there was read and is valid JSON), else 0. */
static size_t
write_tail(struct run *r, bool with_source)
{
    struct buf *out = r->sink.out;
    size_t start;

    if (r->in->event_id.len != 0) {
        buf_str(out, ",\"x_event_id\":");
        json_put_string(out, r->in->event_id);
    }
    if (r->in->tenant.len != 0) {
        buf_str(out, ",\"x_tenant\":");
        json_put_string(out, r->in->tenant);
    }
    start = out->len;
    buf_str(out, ",\"x_source\":{");
    r->st->as_it_stood = r->st->verbatim && with_source;
    if (with_source)
        kept_write(r);
    else
        note_repair(r->st, REPAIR_LEFT_OUT, "x_source");
    write_repairs(r);
    if (out->data != NULL && out->data[out->len - 1] == '{') {
        buf_cut(out, start);
        buf_char(out, '}');
        return 0;
    }
    buf_str(out, "}}");
    return r->st->as_it_stood && r->st->repairs == 0 ? start : 0;
}

bool
plan_reset(struct plan_state *st, const struct tape *t)
{
    size_t slots = st->plan->slots + 1;
    /* At most three of two nodes (a slot and the two ends of an object), as many
     * again for the elements of arrays. */
    size_t entries = (size_t)t->count * 4 + 1;

    if (st->entry_cap < entries) {
        struct entry *grown = realloc(st->entry, entries * sizeof *grown);

        if (grown == NULL)
            return false;
        st->entry = grown;
        st->entry_cap = entries;
    }
    memset(st->slot, 0, slots * sizeof *st->slot);
    if (slots > PLAN_WORDS * 64)
        memset(st->beyond, 0, slots);
    st->filled = st->used = (struct slot_set){0};
    st->keep_unless_used = st->keep_always = (struct slot_set){0};
    st->verbatim = st->plan->json && t->flags == 0 &&
                   t->input_len <= RUN_SHORT &&
                   memchr(t->input, '\n', t->input_len) == NULL;
    buf_reset(&st->clean);
    buf_reset(&st->work);
    buf_reset(&st->text);
    st->listed = st->repairs = 0;
    /* So that the walk may always look one back; no value has slot 0. */
    st->entry[0] = (struct entry){.kind = ENTRY_SLOT};
    st->entries = 1;
    st->nomem = false;
    return true;
}

static enum plan_result
write_record(struct run *r, struct err *err)
{
    struct buf *out = r->sink.out;
    size_t start = out->len, tail, source;

    buf_bytes(out, r->plan->head);
    plan_select(r);
    write_ops(r, &r->plan->root);
    tail = out->len;
    source = write_tail(r, true);
    if (out->len - start > RUN_MAX_RECORD) {
        buf_cut(out, tail);
        source = write_tail(r, false);
    }
    r->meta->source_at = source != 0 ? source - start : 0;
    r->meta->outline.sure &= r->st->as_it_stood && r->st->repairs == 0;
    if (!buf_ok(out) || !buf_ok(&r->st->selected) || r->st->nomem) {
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        buf_cut(out, start);
        out->failed = false;
        return PLAN_REJECT;
    }
    if (out->len - start > RUN_MAX_RECORD) {
        (void)err_set(err, ERR_LIMIT, NULL, "the record exceeds %zu bytes",
                      RUN_MAX_RECORD);
        buf_cut(out, start);
        return PLAN_REJECT;
    }
    return PLAN_RECORD;
}

enum plan_result
plan_run(const struct plan *p, struct plan_state *st,
         const struct plan_input *in, struct buf *out, struct plan_meta *meta,
         struct err *err)
{
    struct run r = {.plan = p,
                    .st = st,
                    .in = in,
                    .t = in->source,
                    .meta = meta,
                    .sink = {.out = out, .time = &in->time}};

    *meta = (struct plan_meta){.kind = p->mapping->to};
    meta->outline.sure = p->root.op_words != 0;
    meta->repairs = r.t->flags & TAPE_REPAIRS;
    if (r.t->count <= in->at || r.t->node[in->at].type != TAPE_OBJECT) {
        (void)err_set(err, ERR_TYPE, NULL, "the event is no object");
        return PLAN_REJECT;
    }
    if (!plan_reset(st, r.t)) {
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        return PLAN_REJECT;
    }
    prog_walk(&r, &p->root, in->at, true);
    if (p->match != NULL && !eval_test(&r, p->match))
        return PLAN_SKIP;
    if (st->coverage != NULL)
        coverage_count(st->coverage, p, r.t, in->at);
    return write_record(&r, err);
}

unsigned
plan_looks_like(const struct plan *p, struct plan_state *st,
                const struct tape *t, uint32_t at)
{
    struct plan_input in = {.source = t, .at = at};
    struct run r = {.plan = p, .st = st, .in = &in, .t = t};

    if (t->count <= at || t->node[at].type != TAPE_OBJECT)
        return 0;
    if (!plan_reset(st, t))
        return 0;
    prog_walk(&r, &p->root, at, false);
    for (size_t i = 0; i < p->mapping->needs; i++)
        if (st->slot[p->need_slot[i]] == 0)
            return 0;
    if (p->match == NULL)
        return p->mapping->needs ? 60 : 10;
    return eval_test(&r, p->match) ? 100 : 30;
}
