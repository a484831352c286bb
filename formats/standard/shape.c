/* SPDX-License-Identifier: Apache-2.0 */
/* Rows to places: the tree of one kind's record, in definition order, with an
 * index of member names per object. No recursion. */
#include "formats/standard/internal.h"

/* A place while the tree grows; `shape` becomes public as it is. */
struct node {
    struct shape shape;  /* first: a shape pointer is a node pointer */
    struct draft *draft; /* NULL: implied by the place of another row */
    struct node *parent, *first, *last, *next;
    struct node *older; /* all nodes of the kind, latest first */
};

struct tree {
    struct std_loader *l;
    struct node *root, *latest;
    bool open; /* a record: `x_*` and info_type are taken at its root */
    bool body; /* may have no members */
};

static struct node *
node_new(struct tree *t, struct node *parent, const char *name)
{
    struct node *n = load_alloc(t->l, 1, sizeof *n);

    if (n == NULL)
        return NULL;
    n->shape.name = name;
    n->shape.name_len = (uint32_t)strlen(name);
    n->shape.hash = hash_key(name, n->shape.name_len);
    n->shape.type = STD_OBJECT;
    n->parent = parent;
    n->older = t->latest;
    t->latest = n;
    if (parent == NULL)
        return n;
    n->shape.parent = &parent->shape;
    if (parent->last == NULL)
        parent->first = n;
    else
        parent->last->next = n;
    parent->last = n;
    return n;
}

static struct node *
member(const struct node *parent, const char *name)
{
    struct node *n = parent->first;

    while (n != NULL && strcmp(n->shape.name, name) != 0)
        n = n->next;
    return n;
}

/* One step down from ${at}, making the place if need be. ${more} is the step
 * after it, or NULL. */
static struct node *
step(struct tree *t, struct node *at, struct draft *d, const char *name,
     const char *more)
{
    bool element = strcmp(name, "[]") == 0;
    const char *own = element ? "" : name;
    struct node *n;

    if (at->shape.type != (element ? STD_ARRAY : STD_OBJECT)) {
        draft_error(t->l, d, "place of '%s': '%s' is %s and has no %s",
                    d->row.key, *at->shape.name ? at->shape.name : "[]",
                    std_type_name(at->shape.type),
                    element ? "elements" : "members");
        return NULL;
    }
    if (t->open && at == t->root &&
        (strcmp(name, "info_type") == 0 || strncmp(name, "x_", 2) == 0)) {
        draft_error(t->l, d, "place of '%s': '%s' is taken in every record",
                    d->row.key, name);
        return NULL;
    }
    n = member(at, own);
    if (n == NULL)
        n = node_new(t, at, own);
    if (n != NULL && n->first == NULL && n->draft == NULL && more != NULL)
        n->shape.type = strcmp(more, "[]") == 0 ? STD_ARRAY : STD_OBJECT;
    return n;
}

static void
place_draft(struct tree *t, struct draft *d)
{
    struct node *n = t->root;

    for (const char *const *s = d->row.at; *s != NULL; s++) {
        n = step(t, n, d, s[0], s[1]);
        if (n == NULL)
            return;
    }
    if (n == t->root && strcmp(d->row.key, d->row.kind) != 0) {
        draft_error(t->l, d, "'%s' has no place", d->row.key);
        return;
    }
    if (n->draft != NULL) {
        draft_error(t->l, d, "two rows at one place: '%s' and '%s' (%s:%u)",
                    d->row.key, n->draft->row.key, n->draft->row.file,
                    n->draft->row.line);
        return;
    }
    if (n->first != NULL && n->shape.type != d->row.type) {
        draft_error(t->l, d, "place of '%s' has members already", d->row.key);
        return;
    }
    n->draft = d;
    n->shape.row = &d->row;
    n->shape.type = d->row.type;
    d->place = &n->shape;
}

static size_t
count_live(const struct node *n)
{
    size_t count = 0;

    for (const struct node *c = n->first; c != NULL; c = c->next)
        count += c->draft == NULL || !c->draft->gone;
    return count;
}

static void
unlink_node(struct node *n)
{
    struct node **at = &n->parent->first, *last = NULL;

    while (*at != n) {
        last = *at;
        at = &(*at)->next;
    }
    *at = n->next;
    if (n->parent->last == n)
        n->parent->last = last;
}

/* Containers that overlays emptied vanish; latest first, so an emptied parent
 * is met after its members. */
static void
prune(struct tree *t)
{
    for (struct node *n = t->latest; n != t->root; n = n->older) {
        bool holds = n->shape.type == STD_OBJECT || n->shape.type == STD_ARRAY;

        if (!holds || count_live(n) != 0)
            continue;
        if (t->l->overlays == NULL) {
            draft_error(t->l, n->draft, "%s '%s' has no members",
                        std_type_name(n->shape.type), n->draft->row.key);
            continue;
        }
        if (n->draft != NULL) {
            n->draft->gone = true;
            n->draft->place = NULL;
        }
        unlink_node(n);
    }
}

/* The public arrays of one node: members, and their index by name. */
static void
finish_node(struct std_loader *l, struct node *n)
{
    size_t count = count_live(n), slots = 2, i = 0;
    const struct shape **child;
    uint16_t *index;

    if (count == 0)
        return;
    child = load_alloc(l, count, sizeof(const struct shape *));
    while (slots < count * 2)
        slots *= 2;
    index = load_alloc(l, slots, sizeof *index);
    if (child == NULL || index == NULL)
        return;
    for (struct node *c = n->first; c != NULL; c = c->next) {
        size_t at = c->shape.hash & (slots - 1);

        child[i++] = &c->shape;
        while (index[at] != 0)
            at = (at + 1) & (slots - 1);
        index[at] = (uint16_t)i;
    }
    n->shape.child = child;
    n->shape.child_count = (uint32_t)count;
    if (n->shape.type == STD_OBJECT) {
        n->shape.index = index;
        n->shape.index_mask = (uint32_t)slots - 1;
    }
}

/* The next node in preorder, or NULL behind the last. */
static struct node *
preorder(struct node *n)
{
    if (n->first != NULL)
        return n->first;
    while (n != NULL && n->next == NULL)
        n = n->parent;
    return n ? n->next : NULL;
}

static void
build(struct std_loader *l, struct kind_def *k)
{
    struct tree t = {.l = l,
                     .open = !k->body && strcmp(k->name, STD_ENVELOPE) != 0,
                     .body = k->body};

    t.root = node_new(&t, NULL, "");
    if (t.root == NULL)
        return;
    for (struct draft *d = l->first; d != NULL && !l->nomem; d = d->next) {
        if (!d->gone && d->row.kind == k->name)
            place_draft(&t, d);
    }
    if (l->nomem || l->diag->errors != l->errors_before)
        return;
    prune(&t);
    if (t.root->first == NULL && !t.body)
        diag_add(l->diag, DIAG_ERROR, k->file, 0, 0, "kind '%s' has no rows",
                 k->name);
    for (struct node *n = t.root; n != NULL && !l->nomem; n = preorder(n)) {
        n->shape.number = k->shape_count++;
        finish_node(l, n);
    }
    k->root = &t.root->shape;
}

void
shapes_build(struct std_loader *l)
{
    for (size_t i = 0; i < l->s->kind_count; i++)
        build(l, &l->s->kind[i]);
}
