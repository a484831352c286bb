/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mapping/coverage.h"

#include <stdlib.h>

#include "formats/base/text.h"
#include "formats/mapping/plan.h"

#define COVERAGE_MAX_DEPTH (TAPE_MAX_DEPTH + 1)
#define COVERAGE_MAX_NAME  256 /* bytes of one name in a path */
#define NO_NODE            UINT32_MAX

/* ---- the leaves of one event */

struct place {
    uint32_t at;   /* key or element to look at next, 0: none left */
    uint32_t node; /* of the trie: the container; NO_NODE outside of it */
    bool array;
    size_t path;         /* length of the path to the container */
    enum path_fate fate; /* of what the trie does not name here */
    const char *why;
};

struct leaves {
    const struct trie *tr;
    const struct tape *t;
    struct buf path, name;
    coverage_leaf_fn fn;
    void *ctx;
};

/* A container that is read member by member: the others are not read. */
static void
fate_of_rest(const struct trie_node *n, struct place *down)
{
    if (n->first == 0 || down->fate != PATH_MAPPED)
        return;
    down->fate = n->flags & TRIE_KEEP ? PATH_KEPT : PATH_UNKNOWN;
    down->why = NULL;
}

/* What the flags of a node say; ${fate} stays where they say nothing. */
static void
fate_of(const struct trie *tr, uint32_t node, enum path_fate *fate,
        const char **why)
{
    const struct trie_node *n = &tr->node[node];

    if (n->flags & (TRIE_MAPPED | TRIE_TEST))
        *fate = PATH_MAPPED;
    else if (n->flags & TRIE_DROP)
        *fate = PATH_DROPPED;
    else if (n->flags & TRIE_KEEP)
        *fate = PATH_KEPT;
    else
        return;
    *why = tr->more[node].why;
}

static void
add_name(struct leaves *l, const struct place *p, uint32_t key)
{
    struct bytes name;

    buf_cut(&l->path, p->path);
    if (p->array) {
        buf_str(&l->path, "[]");
        return;
    }
    name = tape_clean(l->t, &l->t->node[key], &l->name);
    if (l->path.len > 0)
        buf_char(&l->path, '.');
    text_visible(&l->path, text_utf8_cut(name, COVERAGE_MAX_NAME));
}

static uint32_t
child_of(const struct leaves *l, const struct place *p)
{
    uint32_t c;

    if (p->node == NO_NODE)
        return NO_NODE;
    c = p->array ? l->tr->node[p->node].element
                 : trie_child(l->tr, &l->tr->node[p->node], l->t,
                              &l->t->node[p->at]);
    return c ? c : NO_NODE;
}

void
coverage_leaves(const struct plan *p, const struct tape *t, uint32_t at,
                coverage_leaf_fn fn, void *ctx)
{
    struct leaves l = {.tr = &p->root.trie, .t = t, .fn = fn, .ctx = ctx};
    struct place stack[COVERAGE_MAX_DEPTH];
    uint32_t top = 0;

    if (t->node[at].hash == 0)
        return;
    stack[top] = (struct place){.at = at + 1, .fate = PATH_UNKNOWN};
    fate_of(l.tr, 0, &stack[top].fate, &stack[top].why);
    top++;
    while (top > 0) {
        struct place *here = &stack[top - 1];
        struct place down = *here;
        uint32_t key = here->at;
        uint32_t value = here->array ? key : key + 1;
        const struct tape_node *n = &t->node[value];

        if (key == 0) {
            top--;
            continue;
        }
        add_name(&l, here, key);
        down.node = child_of(&l, here);
        if (down.node != NO_NODE)
            fate_of(l.tr, down.node, &down.fate, &down.why);
        here->at = t->node[key].next;
        if (n->type != TAPE_ARRAY && n->type != TAPE_OBJECT) {
            fn(ctx, buf_view(&l.path), down.fate, down.why, value);
        } else if (n->hash != 0 && top < COVERAGE_MAX_DEPTH) {
            if (down.node != NO_NODE)
                fate_of_rest(&l.tr->node[down.node], &down);
            down.at = value + 1;
            down.array = n->type == TAPE_ARRAY;
            down.path = l.path.len;
            stack[top++] = down;
        }
    }
    buf_free(&l.path);
    buf_free(&l.name);
}

/* ---- counters */

struct tally {
    char *path; /* owned; NULL: free slot */
    uint32_t hash;
    enum path_fate fate;
    uint64_t count;
    const char *why; /* of the mapping */
};

struct coverage {
    struct tally *entry; /* open addressing */
    size_t slots, count;
    uint64_t more; /* leaves beyond COVERAGE_MAX_PATHS */
};

struct coverage *
coverage_new(void)
{
    struct coverage *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->slots = 1024;
    c->entry = calloc(c->slots, sizeof *c->entry);
    if (c->entry == NULL) {
        free(c);
        return NULL;
    }
    return c;
}

void
coverage_free(struct coverage *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->slots; i++)
        free(c->entry[i].path);
    free(c->entry);
    free(c);
}

static struct tally *
slot_for(const struct coverage *c, struct bytes path, enum path_fate fate,
         uint32_t hash)
{
    size_t i = hash & (c->slots - 1);

    while (c->entry[i].path != NULL &&
           (c->entry[i].hash != hash || c->entry[i].fate != fate ||
            !bytes_is(path, c->entry[i].path)))
        i = (i + 1) & (c->slots - 1);
    return &c->entry[i];
}

static bool
grow(struct coverage *c)
{
    struct coverage bigger = {.slots = c->slots * 2, .more = c->more};

    bigger.entry = calloc(bigger.slots, sizeof *bigger.entry);
    if (bigger.entry == NULL)
        return false;
    for (size_t i = 0; i < c->slots; i++)
        if (c->entry[i].path != NULL)
            *slot_for(&bigger, bytes_str(c->entry[i].path), c->entry[i].fate,
                      c->entry[i].hash) = c->entry[i];
    bigger.count = c->count;
    free(c->entry);
    *c = bigger;
    return true;
}

static void
count_leaf(void *ctx, struct bytes path, enum path_fate fate, const char *why,
           uint32_t node)
{
    struct coverage *c = ctx;
    uint32_t hash = hash_key(path.data, path.len) + (uint32_t)fate;
    struct tally *e;

    (void)node;
    if (c->count * 2 >= c->slots && !grow(c)) {
        c->more++;
        return;
    }
    e = slot_for(c, path, fate, hash);
    if (e->path != NULL) {
        e->count++;
        return;
    }
    if (c->count >= COVERAGE_MAX_PATHS) {
        c->more++;
        return;
    }
    e->path = malloc(path.len + 1);
    if (e->path == NULL) {
        c->more++;
        return;
    }
    if (path.len > 0) /* a member may have no name */
        memcpy(e->path, path.data, path.len);
    e->path[path.len] = '\0';
    e->hash = hash;
    e->fate = fate;
    e->why = why;
    e->count = 1;
    c->count++;
}

void
coverage_count(struct coverage *c, const struct plan *p, const struct tape *t,
               uint32_t at)
{
    coverage_leaves(p, t, at, count_leaf, c);
}

static int
by_path(const void *a, const void *b)
{
    const struct tally *const *x = a;
    const struct tally *const *y = b;
    int order = strcmp((*x)->path, (*y)->path);

    return order ? order : (int)(*x)->fate - (int)(*y)->fate;
}

void
coverage_each(const struct coverage *c, coverage_fn fn, void *ctx)
{
    const struct tally **sorted = calloc(c->count + 1, sizeof *sorted);
    size_t n = 0;

    if (sorted == NULL)
        return;
    for (size_t i = 0; i < c->slots; i++)
        if (c->entry[i].path != NULL)
            sorted[n++] = &c->entry[i];
    qsort(sorted, n, sizeof *sorted, by_path);
    for (size_t i = 0; i < n; i++)
        fn(ctx, sorted[i]->path, sorted[i]->fate, sorted[i]->count,
           sorted[i]->why);
    if (c->more != 0)
        fn(ctx, "...", PATH_UNKNOWN, c->more, NULL);
    free(sorted);
}

/* ---- of a state */

void
plan_coverage_enable(struct plan_state *st, bool on)
{
    if (on && st->coverage == NULL)
        st->coverage = coverage_new();
    if (!on) {
        coverage_free(st->coverage);
        st->coverage = NULL;
    }
}

void
plan_coverage(const struct plan_state *st, coverage_fn fn, void *ctx)
{
    if (st->coverage != NULL)
        coverage_each(st->coverage, fn, ctx);
}
