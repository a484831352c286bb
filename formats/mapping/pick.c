/* SPDX-License-Identifier: Apache-2.0 */
/* The fields that most events fill: the first of a few paths, whose value goes
 * into the record as it stands or by one lookup. What is not that simple is left
 * to eval.c, which gives the same for these. */
#include "formats/mapping/address.h"
#include "formats/mapping/emit.h"
#include "formats/mapping/form.h"
#include "formats/mapping/plan.h"

#define PLAIN_DIGITS   15                 /* below 2^53 whatever the digits */
#define PICK_FORMATTED ((size_t)8 * 1024) /* bytes; never cut */

/* A JSON integer that stays what it is: no sign, no arithmetic. False: it has to
 * be converted. */
static bool
copy_integer(struct buf *out, const struct target *t, struct bytes text)
{
    uint64_t v = 0;

    if (text.len == 0 || text.len > PLAIN_DIGITS || text.data[0] == '-' ||
        (text.data[0] == '0' && text.len > 1))
        return false;
    for (size_t i = 0; i < text.len; i++)
        v = v * 10 + (uint64_t)(text.data[i] - '0');
    if (!in_range(t, (double)v))
        return false;
    emit_bytes(out, text);
    return true;
}

/* A text with a format, as it stands. */
static bool
copy_formatted(struct buf *out, const struct target *t, struct bytes text)
{
    if (text.len == 0 || t->min_len > 1 ||
        (t->max_len != 0 && text.len > t->max_len))
        return false;
    if (t->format == STD_FORMAT_IP || t->format == STD_FORMAT_IPV4) {
        if (!address_is_v4(text))
            return false;
    } else if (t->format != STD_FORMAT_BASE64 || text.len > PICK_FORMATTED ||
               !form_fits(t->format, text)) {
        return false;
    }
    emit_quoted(out, text);
    return true;
}

/* The value as it stands; false: it has to be looked at closely. */
static bool
put_quick(struct buf *out, const struct target *t, const struct tape *tape,
          const struct tape_node *node)
{
    struct bytes text = tape_raw(tape, node);

    if (value_copies(t, node) && (node->flags & TAPE_QUOTE) == 0) {
        emit_quoted(out, text);
        return true;
    }
    if (node->type == TAPE_INTEGER && t->conv == CONV_INTEGER)
        return copy_integer(out, t, text);
    return node->type == TAPE_STRING && t->conv == CONV_TEXT &&
           t->format != STD_FORMAT_NONE && (node->flags & TAPE_ESCAPED) == 0 &&
           copy_formatted(out, t, text);
}

/* One value of a quick expression. OUT_FAILED: nobody knows yet. */
static enum outcome
pick_value(struct run *r, const struct expr *e, const struct target *t,
           const struct tape_node *n)
{
    const struct table_cell *cell;

    if (e->lookup == NULL)
        return put_quick(r->sink.out, t, r->t, n) ? OUT_DONE : OUT_FAILED;
    if (n->type < TAPE_INTEGER || n->type > TAPE_STRING ||
        (n->flags & TAPE_ESCAPED) != 0)
        return OUT_FAILED;
    cell = table_find(e->lookup, tape_raw(r->t, n));
    if (cell == NULL)
        return e->spec->miss_ok ? OUT_ABSENT : OUT_FAILED;
    r->sink.code = cell->to.code;
    r->sink.plain = cell->to.plain;
    emit_bytes(r->sink.out, cell->to.json);
    return OUT_DONE;
}

/* "has" and "not has" of a path without "[]" need no evaluation. */
static inline bool
holds(struct run *r, const struct test *t)
{
    bool not = t->cond->kind == COND_NOT;
    const struct test *has = not ? t->left : t;
    uint32_t at;

    if (has->cond->kind != COND_HAS ||
        has->cond->path.head < has->cond->path.count)
        return eval_test(r, t);
    at = r->st->slot[has->slot];
    return (at != 0 && r->t->node[at].type != TAPE_NULL) != not ;
}

/* What is written here is never cut, nor a guess. */
bool
eval_pick(struct run *r, const struct pfield *f)
{
    struct plan_state *st = r->st;
    struct buf *out = r->sink.out;
    size_t start = out->len;

    for (size_t i = 0; i < f->picks; i++) {
        const struct expr *e = f->pick[i];
        uint32_t at = st->slot[e->slot];
        enum outcome o;

        if (at == 0 && e->skips)
            continue;
        if (at == 0 || !e->quick)
            return false;
        if (e->when != NULL && !holds(r, e->when)) {
            if (e->skips)
                continue;
            return false; /* the default */
        }
        emit_member(out, f->name);
        o = pick_value(r, e, &f->target, &r->t->node[at]);
        if (o == OUT_DONE) {
            note_used(st, f);
            if (f->role != ROLE_NONE)
                fill_meta(r, f);
            return true;
        }
        buf_cut(out, start);
        if (o == OUT_FAILED || !e->skips)
            return false;
    }
    return true; /* none is there */
}
