/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions of a plan: from slots to JSON. */
#include "formats/base/text.h"
#include "formats/mapping/emit.h"
#include "formats/mapping/plan.h"

void
note_repair(struct plan_state *st, enum repair kind, const char *key)
{
    size_t n = st->repairs < PLAN_MAX_REPAIRS ? st->repairs : PLAN_MAX_REPAIRS;

    for (size_t i = 0; i < n; i++)
        if (st->repair[i].kind == kind && st->repair[i].key == key)
            return;
    if (st->repairs < PLAN_MAX_REPAIRS) {
        st->repair[st->repairs].kind = kind;
        st->repair[st->repairs].key = key;
    }
    st->repairs++;
}

const char *
repair_name(enum repair kind)
{
    static const char *const names[] = {[REPAIR_CONVERSION] = "conversion",
                                        [REPAIR_CUT] = "cut",
                                        [REPAIR_GUESSED] = "time_guessed",
                                        [REPAIR_LEFT_OUT] = "left_out",
                                        [REPAIR_RAW_BASE64] = "base64"};

    return names[kind];
}

static bool
means_absent(const struct mapping *m, struct bytes text)
{
    if (text.len == 0)
        return true;
    for (size_t i = 0; i < m->absents; i++)
        if (bytes_eq(m->absent[i], text))
            return true;
    return false;
}

/* ---- transforms */

/* The first group that took part, or the whole match. OUT_ABSENT: no match;
 * OUT_FAILED: the limits ended the search, nobody knows. */
static enum outcome
capture(struct run *r, const struct expr *e, struct bytes *text)
{
    const size_t *v;
    int n = pcre2_match(e->regex, (PCRE2_SPTR)(text->len ? text->data : ""),
                        text->len, 0, 0, r->st->match_data, r->st->match);

    r->st->nomem |= n == PCRE2_ERROR_NOMEMORY;
    if (n <= 0)
        return n == PCRE2_ERROR_NOMATCH ? OUT_ABSENT : OUT_FAILED;
    v = pcre2_get_ovector_pointer(r->st->match_data);
    for (int i = 1; i < n; i++)
        if (v[2 * i] != PCRE2_UNSET && v[2 * i] <= v[2 * i + 1]) {
            *text = bytes_of(text->data + v[2 * i], v[2 * i + 1] - v[2 * i]);
            return OUT_DONE;
        }
    if (v[0] > v[1])
        return OUT_ABSENT;
    *text = bytes_of(text->data + v[0], v[1] - v[0]);
    return OUT_DONE;
}

/* ASCII letters only: case of other scripts is not ours to fold. */
static struct bytes
fold(struct buf *out, struct bytes text, enum spec_case letters)
{
    char from = letters == CASE_LOWER ? 'A' : 'a';

    buf_reset(out);
    buf_bytes(out, text);
    for (size_t i = 0; i < out->len; i++)
        if (out->data[i] >= from && out->data[i] <= from + 25)
            out->data[i] = (char)(out->data[i] ^ 32);
    return buf_view(out);
}

/* ${text} may lie in st->clean or st->work; st->text is free here. */
static enum outcome
transform(struct run *r, const struct expr *e, const struct target *t,
          struct bytes text)
{
    const struct spec *s = e->spec;
    const struct table_cell *cell;
    size_t start = r->sink.out->len;

    if (e->regex != NULL) {
        enum outcome o = capture(r, e, &text);

        if (o != OUT_DONE)
            return o;
    }
    if (s->letters != CASE_KEEP) {
        text = fold(&r->st->text, text, s->letters);
        note_memory(r->st);
    }
    if (e->lookup != NULL) {
        cell = table_find(e->lookup, text);
        if (cell == NULL)
            return s->miss_ok || means_absent(r->plan->mapping, text)
                       ? OUT_ABSENT
                       : OUT_FAILED;
        r->sink.code = cell->to.code;
        r->sink.plain = cell->to.plain;
        emit_bytes(r->sink.out, cell->to.json);
        return OUT_DONE;
    }
    if (means_absent(r->plan->mapping, text))
        return OUT_ABSENT;
    if (s->encode == ENCODE_BASE64) {
        buf_char(r->sink.out, '"');
        text_base64(r->sink.out, text);
        buf_char(r->sink.out, '"');
        if (t->max_len == 0 || r->sink.out->len - start - 2 <= t->max_len)
            return OUT_DONE;
        buf_cut(r->sink.out, start);
        return OUT_FAILED;
    }
    if (s->ip) {
        struct target address = *t;

        if (t->format == STD_FORMAT_NONE)
            address.format = STD_FORMAT_IP;
        return put_text(&r->sink, &address, s, text);
    }
    return put_text(&r->sink, t, s, text);
}

/* One value of the source. */
static enum outcome
put_value(struct run *r, const struct expr *e, const struct target *t,
          uint32_t at)
{
    const struct tape_node *n = &r->t->node[at];
    struct bytes text;

    if (n->type == TAPE_NULL)
        return OUT_ABSENT;
    if (e->plain && (n->type != TAPE_STRING || r->plan->mapping->absents == 0))
        return put_node(&r->sink, t, e->spec, r->t, at, &r->st->clean);
    if (!text_of(r->t, at, &r->st->clean, &text))
        return OUT_FAILED;
    if (e->plain && !means_absent(r->plan->mapping, text))
        return put_node(&r->sink, t, e->spec, r->t, at, &r->st->clean);
    return transform(r, e, t, text);
}

/* ---- several values */

/* One more element behind the others; what failed leaves nothing. */
static enum outcome
put_element(struct run *r, const struct expr *e, const struct target *t,
            uint32_t at, struct bytes piece, size_t *count)
{
    struct buf *out = r->sink.out;
    size_t start = out->len;
    enum outcome o;

    if (t->max_items != 0 && *count >= t->max_items) {
        r->sink.cut = true;
        return OUT_ABSENT;
    }
    buf_char(out, *count ? ',' : '[');
    o = piece.data ? transform(r, e, t, piece) : put_value(r, e, t, at);
    if (o == OUT_DONE)
        (*count)++;
    else
        buf_cut(out, start);
    return o;
}

/* The pieces of ${text} between separators, blanks trimmed. */
static bool
put_pieces(struct run *r, const struct expr *e, const struct target *t,
           struct bytes text, size_t *count)
{
    struct bytes sep = bytes_str(e->spec->split);
    bool failed = false;

    while (true) {
        size_t end = 0;
        struct bytes piece;

        while (end < text.len && !bytes_starts(bytes_from(text, end), sep))
            end++;
        piece = bytes_trim(bytes_upto(text, end));
        if (piece.len != 0)
            failed |= put_element(r, e, t, 0, piece, count) == OUT_FAILED;
        if (end >= text.len)
            return failed;
        text = bytes_from(text, end + sep.len);
    }
}

static enum outcome
put_array(struct run *r, const struct expr *e, const struct target *t,
          const uint32_t *at, size_t n)
{
    size_t count = 0;
    bool failed = false;
    struct bytes text;

    for (size_t i = 0; i < n; i++) {
        if (e->spec->split == NULL)
            failed |= put_element(r, e, t, at[i], (struct bytes){0}, &count) ==
                      OUT_FAILED;
        else if (text_of(r->t, at[i], &r->st->clean, &text))
            failed |= put_pieces(r, e, t, text, &count);
        else
            failed = true;
    }
    if (count > 0)
        buf_char(r->sink.out, ']');
    if (failed)
        return OUT_FAILED; /* what did convert stays */
    return count > 0 ? OUT_DONE : OUT_ABSENT;
}

/* All values as one text. */
static enum outcome
put_joined(struct run *r, const struct expr *e, const struct target *t,
           const uint32_t *at, size_t n)
{
    struct buf *joined = &r->st->work;
    struct bytes text;

    buf_reset(joined);
    for (size_t i = 0; i < n; i++) {
        if (!text_of(r->t, at[i], &r->st->clean, &text) ||
            (e->regex != NULL && capture(r, e, &text) != OUT_DONE) ||
            means_absent(r->plan->mapping, text))
            continue;
        if (joined->len > 0)
            buf_str(joined, e->spec->join);
        buf_bytes(joined, text);
    }
    if (joined->len == 0)
        return OUT_ABSENT;
    return put_text(&r->sink, t, e->spec, buf_view(joined));
}

static enum outcome
put_first(struct run *r, const struct expr *e, const struct target *t,
          const uint32_t *at, size_t n)
{
    enum outcome worst = OUT_ABSENT;

    for (size_t i = 0; i < n; i++) {
        enum outcome o = put_value(r, e, t, at[i]);

        if (o == OUT_DONE)
            return o;
        if (o == OUT_FAILED)
            worst = o;
    }
    return worst;
}

static enum outcome
eval_path(struct run *r, const struct expr *e, const struct target *t)
{
    struct plan_state *st = r->st;
    uint32_t at = st->slot[e->slot];
    uint32_t *list = st->list + st->listed;
    size_t room = PLAN_MAX_LIST - st->listed;
    size_t n;

    if (at == 0)
        return OUT_ABSENT;
    if (e->rests == 0 && !t->array)
        return put_value(r, e, t, at);
    n = path_find(r->t, at, e->rest, e->rests, list, room);
    if (n > room) {
        r->sink.cut = true;
        n = room;
    }
    if (t->array)
        return put_array(r, e, t, list, n);
    if (e->spec->join != NULL)
        return put_joined(r, e, t, list, n);
    return put_first(r, e, t, list, n);
}

/* ---- the other sources of a value */

static enum outcome
put_rendered(struct run *r, const struct target *t, const struct rendered *v)
{
    if (t->array)
        buf_char(r->sink.out, '[');
    emit_bytes(r->sink.out, v->json);
    if (t->array)
        buf_char(r->sink.out, ']');
    r->sink.code = v->code;
    r->sink.plain = v->plain;
    return OUT_DONE;
}

/* The text of one part; the first value of a path that gives any. */
static bool
part_text(struct run *r, const struct expr *part, struct bytes *text)
{
    uint32_t at = part->slot ? r->st->slot[part->slot] : 0;
    uint32_t first;

    if (part->spec->kind == SPEC_CONST) {
        *text = part->spec->text;
        return true;
    }
    if (at == 0 ||
        path_find(r->t, at, part->rest, part->rests, &first, 1) == 0 ||
        !text_of(r->t, first, &r->st->clean, text))
        return false;
    if (part->regex != NULL && capture(r, part, text) != OUT_DONE)
        return false;
    return !means_absent(r->plan->mapping, *text);
}

/* All parts or nothing: half a sentence is no value. */
static enum outcome
eval_concat(struct run *r, const struct expr *e, const struct target *t)
{
    struct buf *work = &r->st->work;
    struct bytes text;

    buf_reset(work);
    for (size_t i = 0; i < e->parts; i++) {
        if (!part_text(r, e->part[i], &text))
            return OUT_ABSENT;
        if (i > 0)
            buf_str(work, e->spec->sep);
        buf_bytes(work, text);
    }
    return transform(r, e, t, buf_view(work));
}

static enum outcome
eval_event(struct run *r, const struct expr *e, const struct target *t)
{
    struct spec how = *e->spec;

    if (e->spec->event == EVENT_ID)
        return put_text(&r->sink, t, &how, r->in->event_id);
    buf_reset(&r->st->work);
    time_write_rfc3339(&r->st->work, &r->in->time.now);
    how.timed = false;
    r->sink.guessed = true; /* it is our clock's, not the source's */
    return put_text(&r->sink, t, &how, buf_view(&r->st->work));
}

/* An array of objects, one for each element that gives any member. */
static enum outcome
eval_each(struct run *r, const struct expr *e, const struct target *t)
{
    struct plan_state *st = r->st;
    uint32_t *list = st->list + st->listed;
    size_t room = PLAN_MAX_LIST - st->listed;
    uint32_t at = st->slot[e->slot];
    struct buf *out = r->sink.out;
    size_t n = at ? path_find(r->t, at, e->rest, e->rests, list, room) : 0;
    size_t count = 0;

    if (n > room) {
        r->sink.cut = true;
        n = room;
    }
    st->listed += n;
    for (size_t i = 0; i < n; i++) {
        size_t start = out->len;

        if (t->max_items != 0 && count >= t->max_items) {
            r->sink.cut = true;
            break;
        }
        buf_add(out, count ? ",{" : "[{", 2);
        if (prog_run(r, e->sub, list[i])) {
            buf_char(out, '}');
            count++;
        } else {
            buf_cut(out, start);
        }
    }
    st->listed -= n;
    if (count > 0)
        buf_char(out, ']');
    return count > 0 ? OUT_DONE : OUT_ABSENT;
}

/* The depth is that of the mapping, at most MAPPING_MAX_NEST. */
static enum outcome eval(struct run *r, const struct expr *e,
                         const struct target *t);

static enum outcome
eval_first_of(struct run *r, const struct expr *e, const struct target *t)
{
    size_t start = r->sink.out->len;
    enum outcome o = OUT_ABSENT;

    for (size_t i = 0; i < e->parts; i++) {
        enum outcome part = eval(r, e->part[i], t);

        if (part == OUT_DONE)
            return part;
        buf_cut(r->sink.out, start);
        o = part == OUT_FAILED ? part : o;
    }
    return o;
}

static enum outcome
eval(struct run *r, const struct expr *e, const struct target *t)
{
    size_t start = r->sink.out->len;
    enum outcome o = OUT_ABSENT;

    if (e->when != NULL && !eval_test(r, e->when))
        return OUT_ABSENT;
    switch (e->spec->kind) {
    case SPEC_PATH:
        o = eval_path(r, e, t);
        break;
    case SPEC_CONST:
        return put_rendered(r, t, &e->value);
    case SPEC_FIRST_OF:
        o = eval_first_of(r, e, t);
        break;
    case SPEC_CONCAT:
        o = eval_concat(r, e, t);
        break;
    case SPEC_EACH:
        o = eval_each(r, e, t);
        break;
    case SPEC_EVENT:
        o = eval_event(r, e, t);
        break;
    case SPEC_NONE:
        break;
    }
    if (o == OUT_DONE || e->otherwise.json.data == NULL)
        return o;
    buf_cut(r->sink.out, start);
    (void)put_rendered(r, t, &e->otherwise);
    /* The record has a value, but not the source's: say so. */
    return o == OUT_FAILED ? OUT_FAILED : OUT_DONE;
}

void
fill_meta(struct run *r, const struct pfield *f)
{
    struct plan_meta *meta = r->meta;
    struct bytes text =
        r->sink.code ? bytes_str(r->sink.code->code) : r->sink.plain;

    if (f->role == ROLE_TIME) {
        meta->event_time = r->sink.stamp;
    } else if (f->role == ROLE_LEVEL) {
        text_copy(meta->level, sizeof meta->level, text);
    } else if (f->role == ROLE_KEY) {
        text_copy(meta->key, sizeof meta->key, text);
    }
}

/* A field that failed may still have written something: its default, or the
 * elements of an array that did convert. */
static enum outcome
note_failure(struct run *r, const struct pfield *f, bool written)
{
    struct plan_state *st = r->st;

    note_repair(st, REPAIR_CONVERSION, f->target.key);
    note_fate(st, &st->keep_always, f, SLOT_KEEP_ALWAYS);
    if (!written)
        r->meta->conversions_failed++;
    return written ? OUT_DONE : OUT_FAILED;
}

enum outcome
eval_field(struct run *r, const struct pfield *f)
{
    struct plan_state *st = r->st;
    size_t start = r->sink.out->len;
    enum outcome o;

    r->sink.code = NULL;
    r->sink.plain = (struct bytes){0};
    r->sink.cut = r->sink.guessed = false;
    if (f->expr->direct)
        o = st->slot[f->expr->slot] != 0
                ? put_value(r, f->expr, &f->target, st->slot[f->expr->slot])
                : OUT_ABSENT;
    else
        o = eval(r, f->expr, &f->target);
    note_memory(st);
    if (o == OUT_FAILED)
        o = note_failure(r, f, r->sink.out->len > start);
    else if (o == OUT_DONE)
        note_used(st, f);
    if (o != OUT_DONE && f->fallback_id && r->in->event_id.len != 0)
        o = put_text(&r->sink, &f->target, f->expr->spec, r->in->event_id);
    if (o != OUT_DONE)
        return o;
    if (r->sink.cut)
        note_repair(st, REPAIR_CUT, f->target.key);
    if (r->sink.guessed)
        note_repair(st, REPAIR_GUESSED, f->target.key);
    if (f->role != ROLE_NONE)
        fill_meta(r, f);
    return o;
}
