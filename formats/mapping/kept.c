/* SPDX-License-Identifier: Apache-2.0 */
/* x_source: the members that the mapping keeps, and those that no row took, in
 * the source's order with the source's nesting. */
#include "formats/json/writer.h"
#include "formats/mapping/emit.h"
#include "formats/mapping/plan.h"

/* What the strict reader accepts in our own output (DESIGN section 10): a
 * string as written, and containers inside each other, where x_source puts
 * the source's root one level down. */
#define KEPT_STRING ((uint32_t)64 * 1024)
#define KEPT_ESCAPE 6
#define KEPT_DEPTH  30U

static bool
fits_key(const struct tape *t, const struct tape_node *n)
{
    struct bytes text = tape_raw(t, n);

    if (n->length > KEPT_STRING / KEPT_ESCAPE)
        return false;
    if (n->flags & TAPE_ESCAPED) {
        for (size_t i = 0; i + 6 <= text.len; i++)
            if (memcmp(text.data + i, "\\u0000", 6) == 0)
                return false;
    } else if (n->flags & TAPE_QUOTE) {
        return memchr(text.data, '\0', text.len) == NULL;
    }
    return true;
}

/* The same for what is copied from an input that is short and needed no repair:
 * only the depth is left to look at, and that not in a few bytes. */
static bool
fits_depth(const struct tape *t, uint32_t value)
{
    uint32_t end;

    if (t->node[value].type < TAPE_ARRAY ||
        t->node[value].length < 2 * (KEPT_DEPTH - t->node[value].depth))
        return true;
    end = tape_end(t, value);
    for (uint32_t i = value; i < end; i++)
        if (t->node[i].depth > KEPT_DEPTH && t->node[i].type >= TAPE_ARRAY &&
            t->node[i].type <= TAPE_OBJECT)
            return false;
    return true;
}

/* Whether the member at ${key} can stand in a record. */
static bool
fits(const struct tape *t, uint32_t key)
{
    uint32_t end = tape_end(t, key + 1);

    for (uint32_t i = key; i < end; i++) {
        const struct tape_node *n = &t->node[i];

        if (n->type == TAPE_KEY) {
            if ((n->flags & (TAPE_ESCAPED | TAPE_QUOTE) || n->length > 256) &&
                !fits_key(t, n))
                return false;
        } else if (n->type >= TAPE_ARRAY) {
            if (n->depth > KEPT_DEPTH)
                return false;
        } else if (n->length > KEPT_STRING / KEPT_ESCAPE) {
            if (n->length > KEPT_STRING ||
                ((n->flags & TAPE_QUOTE) && !(n->flags & TAPE_ESCAPED)))
                return false;
        }
    }
    return true;
}

static void
put_comma(struct buf *out)
{
    if (out->len > 0 && out->data[out->len - 1] != '{')
        buf_char(out, ',');
}

static void
put_key(struct buf *out, const struct tape *t, uint32_t key)
{
    put_comma(out);
    json_put_text(out, t, &t->node[key]);
    buf_char(out, ':');
}

/* Where key and value stand in the input, spaces and all. False: they have to
 * be written piece by piece. */
static bool
span_of(const struct run *r, uint32_t key, uint32_t *from, uint32_t *end)
{
    const struct tape_node *k = &r->t->node[key], *v = k + 1;

    if (!r->st->verbatim || ((k->flags | v->flags) & TAPE_SIDE) != 0 ||
        !fits_depth(r->t, key + 1))
        return false;
    *from = k->offset - 1; /* the quotes lie outside of the texts */
    *end = v->offset + v->length + (v->type == TAPE_STRING);
    return true;
}

/* The one name of x_source that is ours. */
static bool
is_ours(const struct run *r, uint32_t key)
{
    static const struct bytes name = {"x_repairs", sizeof "x_repairs" - 1};
    const struct tape_node *k = &r->t->node[key];

    return (k->length == name.len || (k->flags & TAPE_ESCAPED) != 0) &&
           tape_is(r->t, k, name);
}

static void
write_member(struct run *r, uint32_t key, bool top)
{
    struct buf *out = r->sink.out;
    uint32_t from, end;

    if (top && is_ours(r, key))
        return;
    if (span_of(r, key, &from, &end)) {
        put_comma(out);
        emit_bytes(out, bytes_of(r->t->input + from, end - from));
        return;
    }
    r->st->as_it_stood = false;
    if (!fits(r->t, key)) {
        note_repair(r->st, REPAIR_LEFT_OUT, NULL);
        return;
    }
    put_key(out, r->t, key);
    json_put_value(out, r->t, key + 1);
}

/* The slots whose values go here after all. */
static struct slot_set
find_wanted(const struct plan_state *st)
{
    struct slot_set s;

    for (size_t i = 0; i < PLAN_WORDS; i++)
        s.word[i] = st->keep_always.word[i] |
                    (st->keep_unless_used.word[i] & ~st->used.word[i]);
    return s;
}

static inline bool
is_wanted(const struct plan_state *st, const struct slot_set *s, uint32_t slot)
{
    if (slot < PLAN_WORDS * 64)
        return (s->word[slot / 64] >> slot % 64 & 1) != 0;
    return (st->beyond[slot] & SLOT_KEEP_ALWAYS) != 0 ||
           st->beyond[slot] == SLOT_KEEP_UNLESS_USED;
}

/* The entry behind the CLOSE of the object whose OPEN is at ${i}. */
static size_t
behind(const struct plan_state *st, size_t i)
{
    size_t depth = 0;

    do {
        depth += st->entry[i].kind == ENTRY_OPEN;
        depth -= st->entry[i].kind == ENTRY_CLOSE;
        i++;
    } while (depth > 0);
    return i;
}

void
kept_write(struct run *r)
{
    const struct plan_state *st = r->st;
    struct buf *out = r->sink.out;
    size_t start[PATH_MAX_STEPS + 1];
    const struct slot_set wanted = find_wanted(st);
    size_t depth = 0;

    for (size_t i = 0; i < st->entries; i++) {
        const struct entry *e = &st->entry[i];

        switch (e->kind) {
        case ENTRY_SLOT:
            if (!is_wanted(st, &wanted, e->slot))
                break;
            write_member(r, e->key, depth == 0);
            /* What is inside has been written with it. */
            if (i + 1 < st->entries && st->entry[i + 1].kind == ENTRY_OPEN &&
                st->entry[i + 1].key == e->key)
                i = behind(st, i + 1) - 1;
            break;
        case ENTRY_SPAN:
            put_comma(out);
            emit_bytes(out, bytes_of(r->t->input + e->key, e->slot - e->key));
            break;
        case ENTRY_KEEP:
            write_member(r, e->key, depth == 0);
            break;
        case ENTRY_OPEN:
            start[depth++] = out->len;
            put_key(out, r->t, e->key);
            buf_char(out, '{');
            break;
        case ENTRY_CLOSE:
            depth--;
            if (out->len > 0 && out->data[out->len - 1] == '{')
                buf_cut(out, start[depth]);
            else
                buf_char(out, '}');
            break;
        }
    }
}
