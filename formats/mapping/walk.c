/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over a source object: the slots of wanted paths, and a list of what
 * x_source may have to keep. */
#include "formats/mapping/plan.h"

struct level {
    uint32_t key;  /* the next one to look at, 0: none */
    uint32_t node; /* of the trie */
};

/* What a member leaves in the list; kept in registers while walking. */
static inline struct entry *
list(struct entry *e, enum entry_kind kind, uint32_t key, uint32_t slot)
{
    *e = (struct entry){kind, key, slot};
    return e + 1;
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
    const struct tape_node *node = r->t->node;
    const struct trie *tr = &p->trie;
    struct plan_state *st = r->st;
    struct entry *e = st->entry + st->entries;
    struct level stack[PATH_MAX_STEPS + 1];
    struct level l = {at + 1, 0};
    uint32_t top = 0;

    for (uint32_t i = 0; p->outer != 0 && i < p->slots; i++)
        st->slot[p->slot[i]] = 0; /* of the element before */
    if (node[at].type != TAPE_OBJECT || node[at].hash == 0)
        return;
    while (true) {
        const struct trie_node *here = &tr->node[l.node];
        const struct trie_node *n;
        uint32_t key = l.key;
        uint32_t child;

        if (key == 0) {
            if (top == 0)
                break;
            /* An object that has nothing to keep leaves no trace. */
            if (e[-1].kind == ENTRY_OPEN)
                e--;
            else
                e = list(e, ENTRY_CLOSE, 0, 0);
            l = stack[--top];
            continue;
        }
        l.key = node[key].next;
        child = trie_child(tr, here, r->t, &node[key]);
        if (child == 0) {
            if (here->flags & TRIE_KEEP)
                e = list(e, ENTRY_KEEP, key, 0);
            continue;
        }
        n = &tr->node[child];
        if (n->slot != 0)
            fill_slot(st, n->slot, key + 1);
        if (n->first != 0 && node[key + 1].type == TAPE_OBJECT &&
            node[key + 1].hash != 0) {
            if (n->slot != 0)
                e = list(e, ENTRY_SLOT, key, n->slot);
            e = list(e, ENTRY_OPEN, key, 0);
            stack[top++] = l;
            l = (struct level){key + 2, child};
        } else if (n->flags & TRIE_KEEP) {
            e = list(e, ENTRY_KEEP, key, 0);
        } else if (n->slot != 0) {
            e = list(e, ENTRY_SLOT, key, n->slot);
        }
    }
    if (keep)
        st->entries = (size_t)(e - st->entry);
}
