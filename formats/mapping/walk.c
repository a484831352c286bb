/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over a source object: slots of wanted paths, and what x_source
 * keeps, written in the source's order with the source's nesting. */
#include "formats/json/writer.h"
#include "formats/mapping/emit.h"
#include "formats/mapping/plan.h"

/* What the strict reader accepts in our own output (DESIGN section 10): a
 * string as written, and containers inside each other, where x_source puts
 * the source's root one level down. */
#define KEPT_STRING ((uint32_t)64 * 1024)
#define KEPT_ESCAPE 6
#define KEPT_DEPTH  30

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
put_key(struct buf *out, const struct tape *t, uint32_t key)
{
    if (out->len > 0 && out->data[out->len - 1] != '{')
        buf_char(out, ',');
    json_put_text(out, t, &t->node[key]);
    buf_char(out, ':');
}

/* Key and value as they stand in the input, spaces and all. */
static bool
verbatim(const struct run *r, uint32_t key, struct bytes *out)
{
    const struct tape_node *k = &r->t->node[key], *v = k + 1;
    uint32_t from = k->offset - 1; /* the quotes lie outside of the texts */
    uint32_t end = v->offset + v->length + (v->type == TAPE_STRING);

    if (!r->st->verbatim || ((k->flags | v->flags) & TAPE_SIDE) != 0)
        return false;
    *out = bytes_of(r->t->input + from, end - from);
    return true;
}

static void
keep_member(struct run *r, uint32_t key, bool top)
{
    struct buf *out = &r->st->source;
    struct bytes text;

    if (top && tape_is(r->t, &r->t->node[key], BYTES("x_repairs")))
        return; /* the one name of x_source that is ours */
    if (!fits(r->t, key)) {
        note_repair(r->st, REPAIR_LEFT_OUT, NULL);
        return;
    }
    if (verbatim(r, key, &text)) {
        if (out->len > 0 && out->data[out->len - 1] != '{')
            buf_char(out, ',');
        emit_bytes(out, text);
        return;
    }
    put_key(out, r->t, key);
    json_put_value(out, r->t, key + 1);
}

/* Only a second walk looks at what the fields asked for (keep_more). */
static bool
wanted(const struct plan_state *st, uint32_t slot)
{
    return slot != 0 &&
           (st->keep[slot] == KEEP_ALWAYS ||
            (st->keep[slot] == KEEP_UNLESS_USED && !st->used[slot]));
}

struct level {
    uint32_t key;  /* the next one to look at, 0: none */
    uint32_t node; /* of the trie */
    size_t start;  /* of the object in x_source */
    bool open;
};

static bool
descends(const struct trie_node *n, const struct tape_node *v)
{
    return n->first != 0 && v->type == TAPE_OBJECT && v->hash != 0;
}

static void
open_level(struct run *r, struct level *l, const struct trie_node *n, bool keep)
{
    struct buf *out = &r->st->source;

    l->start = out->len;
    l->open = keep && (r->st->keep_more || (n->flags & TRIE_KEEPS) != 0);
    if (l->open) {
        put_key(out, r->t, l->key);
        buf_char(out, '{');
    }
    l->key += 2; /* over the key and the brace */
}

static void
close_level(struct run *r, const struct level *l)
{
    struct buf *out = &r->st->source;

    if (!l->open)
        return;
    if (out->len > 0 && out->data[out->len - 1] == '{')
        buf_cut(out, l->start);
    else
        buf_char(out, '}');
}

/* One member; true when the walk goes down into it. */
static bool
visit(struct run *r, const struct trie *tr, const struct level *l, bool keep,
      uint32_t *child)
{
    const struct tape_node *key = &r->t->node[l->key];
    const struct trie_node *n;
    bool top = l->node == 0;

    *child = trie_child(tr, &tr->node[l->node], r->t, key);
    if (*child == 0) {
        if (keep && (tr->node[l->node].flags & TRIE_KEEP) != 0)
            keep_member(r, l->key, top);
        return false;
    }
    n = &tr->node[*child];
    if (n->slot != 0) {
        r->st->slot[n->slot] = l->key + 1;
        if (n->slot < PLAN_WORDS * 64)
            r->st->filled.word[n->slot / 64] |= UINT64_C(1) << n->slot % 64;
    }
    if (keep && r->st->keep_more && wanted(r->st, n->slot)) {
        keep_member(r, l->key, top);
        return false;
    }
    if (descends(n, key + 1))
        return true;
    if (keep && (n->flags & TRIE_KEEP) != 0)
        keep_member(r, l->key, top);
    return false;
}

void
prog_walk(struct run *r, const struct prog *p, uint32_t at, bool keep)
{
    const struct tape_node *root = &r->t->node[at];
    struct level stack[PATH_MAX_STEPS + 1];
    struct level l = {.key = at + 1};
    uint32_t top = 0;
    uint32_t child;

    for (uint32_t i = 0; p->outer != 0 && i < p->slots; i++)
        r->st->slot[p->slot[i]] = 0; /* of the element before */
    if (root->type != TAPE_OBJECT || root->hash == 0)
        return;
    while (true) {
        if (l.key == 0) {
            if (top == 0)
                return;
            close_level(r, &l);
            l = stack[--top];
            continue;
        }
        if (visit(r, &p->trie, &l, keep, &child)) {
            struct level down = {.key = l.key, .node = child};

            l.key = r->t->node[l.key].next;
            stack[top++] = l;
            open_level(r, &down, &p->trie.node[child], keep);
            l = down;
            continue;
        }
        l.key = r->t->node[l.key].next;
    }
}
