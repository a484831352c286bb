/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mapping/trie.h"

#define TRIE_FIRST_CAP 64

static bool
grow(struct trie *tr, struct arena *arena)
{
    uint32_t cap = tr->cap ? tr->cap * 2 : TRIE_FIRST_CAP;
    struct trie_node *node = arena_array(arena, cap, sizeof *node);
    struct trie_more *more = arena_array(arena, cap, sizeof *more);

    if (node == NULL || more == NULL)
        return false;
    if (tr->count != 0) {
        memcpy(node, tr->node, tr->count * sizeof *node);
        memcpy(more, tr->more, tr->count * sizeof *more);
    }
    tr->node = node;
    tr->more = more;
    tr->cap = cap;
    return true;
}

static uint32_t
new_node(struct trie *tr, struct arena *arena, uint32_t parent,
         const struct step *s)
{
    struct trie_node *n;
    struct trie_more *more;

    if (tr->count == tr->cap && !grow(tr, arena))
        return 0;
    n = &tr->node[tr->count];
    more = &tr->more[tr->count];
    more->parent = parent;
    if (s != NULL) {
        more->name = s->each ? BYTES("[]") : s->name;
        more->hash = s->each ? 0 : s->hash;
        more->next = tr->node[parent].first;
        n->length = (uint32_t)more->name.len;
        memcpy(n->head, more->name.data,
               n->length < TRIE_NAME ? n->length : TRIE_NAME);
        tr->node[parent].first = tr->count;
        if (s->each)
            tr->node[parent].element = tr->count;
    }
    return tr->count++;
}

static uint32_t
find(const struct trie *tr, uint32_t at, const struct step *s)
{
    if (s->each)
        return tr->node[at].element;
    for (uint32_t c = tr->node[at].first; c != 0; c = tr->more[c].next)
        if (c != tr->node[at].element && tr->more[c].hash == s->hash &&
            bytes_eq(tr->more[c].name, s->name))
            return c;
    return 0;
}

uint32_t
trie_add(struct trie *tr, struct arena *arena, const struct step *step,
         uint32_t count)
{
    uint32_t at = 0;

    if (tr->count == 0)
        (void)new_node(tr, arena, 0, NULL);
    for (uint32_t i = 0; i < count && tr->count != 0; i++) {
        uint32_t child = find(tr, at, &step[i]);

        if (child == 0)
            child = new_node(tr, arena, at, &step[i]);
        if (child == 0)
            return 0;
        at = child;
    }
    return at;
}

uint32_t
trie_slot(struct trie *tr, uint32_t node, uint32_t *last)
{
    if (tr->node[node].slot == 0)
        tr->node[node].slot = ++*last;
    return tr->node[node].slot;
}

static uint32_t
slots_for(const struct trie *tr, uint32_t at)
{
    uint32_t children = 0, slots = 1;

    for (uint32_t c = tr->node[at].first; c != 0; c = tr->more[c].next)
        children += c != tr->node[at].element;
    while (slots < children * 2 + 1)
        slots *= 2;
    return slots;
}

static void
fill(struct trie *tr, uint32_t at)
{
    const struct trie_node *n = &tr->node[at];

    for (uint32_t c = n->first; c != 0; c = tr->more[c].next) {
        struct trie_cell *cells = tr->cell + n->index;
        uint32_t i = tr->more[c].hash & n->mask;

        if (c == n->element)
            continue;
        while (cells[i].node != 0)
            i = (i + 1) & n->mask;
        cells[i] = (struct trie_cell){tr->more[c].hash, c};
    }
}

/* Children stand behind their parents, so one pass hands KEEP down and a second
 * one, backwards, tells the way there. */
static void
spread_keep(struct trie *tr)
{
    for (uint32_t i = 1; i < tr->count; i++) {
        struct trie_node *n = &tr->node[i];
        const struct trie_node *up = &tr->node[tr->more[i].parent];

        if ((up->flags & TRIE_KEEP) == 0 ||
            (n->flags & (TRIE_MAPPED | TRIE_DROP | TRIE_KEEP)) != 0)
            continue;
        n->flags |= TRIE_KEEP;
        tr->more[i].why = tr->more[tr->more[i].parent].why;
    }
    for (uint32_t i = tr->count; i-- > 0;) {
        if (tr->node[i].flags & TRIE_KEEP)
            tr->node[i].flags |= TRIE_KEEPS;
        if (tr->node[i].flags & TRIE_KEEPS)
            tr->node[tr->more[i].parent].flags |= TRIE_KEEPS;
    }
}

bool
trie_finish(struct trie *tr, struct arena *arena)
{
    uint32_t total = 0;

    if (tr->count == 0)
        (void)new_node(tr, arena, 0, NULL);
    for (uint32_t i = 0; i < tr->count; i++) {
        tr->node[i].index = total;
        tr->node[i].mask = slots_for(tr, i) - 1;
        total += tr->node[i].mask + 1;
    }
    tr->cell = arena_array(arena, total, sizeof *tr->cell);
    if (tr->count == 0 || tr->cell == NULL)
        return false;
    for (uint32_t i = 0; i < tr->count; i++)
        fill(tr, i);
    spread_keep(tr);
    return true;
}
