/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over a source object: the slots of wanted paths, and a list of what
 * x_source may have to keep. */
#include "formats/mapping/plan.h"

struct level {
    uint32_t key; /* the next one to look at, 0: none */
    const struct trie_node *here;
};

/* What a member leaves in the list; kept in registers while walking. */
static inline struct entry *
list(struct entry *e, enum entry_kind kind, uint32_t key, uint32_t slot)
{
    *e = (struct entry){kind, key, slot};
    return e + 1;
}

#define LONG_CONTAINER 16 /* bytes; a shorter one is never too deep */

/* Perhaps the one name that is not copied. */
static inline bool
may_be_ours(const char *input, const struct tape_node *k)
{
    return k->length == sizeof "x_repairs" - 1 && input[k->offset] == 'x';
}

/* A kept member, in most cases as a piece of the input; one that stands behind
 * another, with only a comma between, makes that longer. Names and values that
 * take a closer look (kept.c) are listed by their key. ${input} is NULL when
 * nothing may be copied as it stands. */
static inline struct entry *
keep_member(struct entry *e, const char *input, const struct tape_node *k,
            uint32_t key)
{
    const struct tape_node *v = k + 1;
    uint32_t from = k->offset - 1; /* the quotes lie outside of the texts */
    uint32_t end = v->offset + v->length + (v->type == TAPE_STRING);

    if (input == NULL || ((k->flags | v->flags) & TAPE_SIDE) != 0 ||
        (k->flags & TAPE_ESCAPED) != 0 || may_be_ours(input, k) ||
        (v->type >= TAPE_ARRAY && v->length >= LONG_CONTAINER))
        return list(e, ENTRY_KEEP, key, 0);
    if (e[-1].kind == ENTRY_SPAN && e[-1].slot + 1 == from) {
        e[-1].slot = end;
        return e;
    }
    return list(e, ENTRY_SPAN, from, end);
}

static inline void
fill_slot(struct plan_state *st, uint32_t slot, uint32_t value)
{
    st->slot[slot] = value;
    if (slot < PLAN_WORDS * 64)
        st->filled.word[slot / 64] |= UINT64_C(1) << slot % 64;
}

void
prog_walk(struct run *r, const struct prog *p, uint32_t at, bool keep)
{
    const struct tape *t = r->t;
    const struct tape_node *node = t->node;
    const struct trie *tr = &p->trie;
    const struct trie_node *here = tr->node;
    struct plan_state *st = r->st;
    struct entry *e = st->entry + st->entries;
    struct level stack[PATH_MAX_STEPS + 1];
    const char *input = keep && st->verbatim ? t->input : NULL;
    uint32_t top = 0, key = at + 1;

    for (uint32_t i = 0; p->outer != 0 && i < p->slots; i++)
        st->slot[p->slot[i]] = 0; /* of the element before */
    if (node[at].type != TAPE_OBJECT || node[at].hash == 0)
        return;
    while (true) {
        const struct tape_node *k = &node[key];
        const struct trie_node *n;
        uint32_t child, flags = here->flags;

        if (key == 0) {
            if (top == 0)
                break;
            /* An object that has nothing to keep leaves no trace. */
            if (e[-1].kind == ENTRY_OPEN)
                e--;
            else
                e = list(e, ENTRY_CLOSE, 0, 0);
            here = stack[--top].here;
            key = stack[top].key;
            continue;
        }
        child = trie_child(tr, here, t, k);
        if (child != 0) {
            n = &tr->node[child];
            flags = n->flags;
            if (n->slot != 0)
                fill_slot(st, n->slot, key + 1);
            if (n->first != 0 && k[1].type == TAPE_OBJECT && k[1].hash != 0) {
                if (n->slot != 0)
                    e = list(e, ENTRY_SLOT, key, n->slot);
                e = list(e, ENTRY_OPEN, key, 0);
                stack[top++] = (struct level){k->next, here};
                here = n;
                key += 2;
                continue;
            }
            if ((flags & TRIE_KEEP) == 0 && n->slot != 0)
                e = list(e, ENTRY_SLOT, key, n->slot);
        }
        if (flags & TRIE_KEEP)
            e = keep_member(e, input, k, key);
        key = k->next;
    }
    if (keep)
        st->entries = (size_t)(e - st->entry);
}
