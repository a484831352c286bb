/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over a record's nodes: each value meets the rules of its place. */
#include "formats/check/walk.h"

#include <stdio.h>

#include "formats/check/slot.h"
#include "formats/check/value.h"

/* ---------------------------------------------------------------- containers */

static void
enter(struct walk *w, const struct place *pl, uint32_t i)
{
    const struct tape_node *n = &w->t->node[i];
    struct frame *f = &w->st->frame[w->depth++];

    f->place = pl;
    f->node = i;
    f->next = n->hash > 0 ? i + 1 : 0;
    f->at = 0;
    f->index = 0;
    memset(f->seen, 0, sizeof(f->seen));
    for (uint32_t k = 0; k < pl->slots; k++)
        w->st->slot[pl->first_slot + k] =
            (struct slot_state){i, WALK_UNRESOLVED};
}

static void
check_container(struct walk *w, const struct place *pl, uint32_t i)
{
    const struct tape_node *n = &w->t->node[i];
    bool array = pl->op == OP_ARRAY;

    if (n->type != (array ? TAPE_ARRAY : TAPE_OBJECT)) {
        value_fault_type(w, pl, i);
        return;
    }
    if (array && (pl->flags & PLACE_LENGTH) &&
        (n->hash < pl->min_len || n->hash > pl->max_len))
        value_fault_count(w, pl, i, n->hash);
    if (pl->object != NULL || (array && pl->shape->child_count > 0))
        enter(w, pl, i);
}

static inline void
check_value(struct walk *w, const struct place *pl, uint32_t i)
{
    const struct tape_node *n = &w->t->node[i];

    if (n->type == TAPE_STRING && n->length >= pl->quick_least &&
        n->length <= pl->quick_most)
        return; /* most of them; an escape is longer than what it means */
    if (pl->op < OP_FREE)
        value_check(w, pl, i);
    else
        check_container(w, pl, i);
}

/* Members of the record itself that belong to no kind (DESIGN section 3). */
static bool
is_common(const struct walk *w, struct bytes name)
{
    if (w->p->closed)
        return false;
    if (name.len >= 2 && name.data[0] == 'x' && name.data[1] == '_')
        return true;
    return w->p != w->c->envelope && bytes_eq(name, BYTES("info_type"));
}

static void
unknown_member(struct walk *w, const struct frame *f, struct bytes name)
{
    report_add(w, &(struct report){
                      .rule = CHECK_UNKNOWN,
                      .row = f->place->row,
                      .node = f->at,
                      .detail = name,
                      .hint = diag_nearest(name, f->place->object->names),
                  });
}

/* Whether this member may stand here; says so when not. */
static bool
member_allowed(struct walk *w, const struct frame *f, const struct place *pl)
{
    if (slot_condition(w, pl->allow) != SLOT_FAILS)
        return true;
    report_add(w, &(struct report){.rule = CHECK_MISPLACED,
                                   .row = pl->row,
                                   .other = pl->allow->source,
                                   .node = f->at});
    return false;
}

/* Two loads that may overlap, for the lengths that names have. */
static inline bool
same_bytes(const char *a, const char *b, size_t n)
{
    if (n > 16)
        return memcmp(a, b, n) == 0;
    if (n >= 8)
        return hash_load(a, 8) == hash_load(b, 8) &&
               hash_load(a + n - 8, 8) == hash_load(b + n - 8, 8);
    if (n >= 4)
        return hash_load(a, 4) == hash_load(b, 4) &&
               hash_load(a + n - 4, 4) == hash_load(b + n - 4, 4);
    return n == 0 ||
           (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

static inline bool
is_member(const struct member *m, uint32_t hash, struct bytes name)
{
    return m->hash == hash && m->name_len == name.len &&
           same_bytes(m->name, name.data, name.len);
}

/* Records look alike: the member that came next in the one before is tried
 * before the index. */
static const struct member *
find_member(const struct walk *w, struct frame *f, uint32_t hash,
            struct bytes name)
{
    const struct object_rules *o = f->place->object;
    const struct shape *s = f->place->shape;
    uint16_t *guess = &w->st->guess[o->guess + f->index];
    uint32_t bit = *guess;

    if (bit < o->members && is_member(&o->member[bit], hash, name)) {
        f->index = bit + 1;
        return &o->member[bit];
    }
    for (uint32_t i = hash & s->index_mask; s->index && s->index[i] != 0;
         i = (i + 1) & s->index_mask) {
        bit = s->index[i] - 1U;
        if (is_member(&o->member[bit], hash, name)) {
            *guess = (uint16_t)bit;
            f->index = bit + 1;
            return &o->member[bit];
        }
    }
    return NULL;
}

static inline void
check_member(struct walk *w, struct frame *f)
{
    const struct tape_node *key = &w->t->node[f->at];
    struct bytes name = {w->t->input + key->offset, key->length};
    const struct member *m;
    const struct place *pl;

    if (key->flags & (TAPE_ESCAPED | TAPE_SIDE))
        name = tape_clean(w->t, key, &w->st->text);
    if (w->depth == 1 && is_common(w, name))
        return;
    m = find_member(w, f, key->hash, name);
    if (m == NULL) {
        unknown_member(w, f, name);
        return;
    }
    pl = m->place;
    f->seen[(f->index - 1) >> 6] |= m->seen;
    if (pl->flags & PLACE_SLOT)
        w->st->slot[pl->slot].value = f->at + 1;
    if (pl->allow == NULL || member_allowed(w, f, pl))
        check_value(w, pl, f->at + 1);
}

/* ---------------------------------------------------------------- the end of
 * an object: what should have been there */

static void
absent_member(struct walk *w, const struct frame *f, uint32_t bit,
              bool conditional)
{
    const struct shape *child = f->place->shape->child[bit];
    const struct place *pl = &w->p->place[child->number];
    const struct std_row *other = NULL;

    if (conditional) {
        if (slot_condition(w, pl->when) != SLOT_HOLDS)
            return;
        other = pl->when->source;
    }
    /* A member that may not stand here is not missed. */
    if (pl->allow != NULL && slot_condition(w, pl->allow) == SLOT_FAILS)
        return;
    report_add(w, &(struct report){
                      .rule = conditional ? CHECK_CONDITION : CHECK_MISSING,
                      .row = pl->row,
                      .other = other,
                      .node = f->node,
                      .member = child->name,
                  });
}

static void
absent_members(struct walk *w, const struct frame *f, const uint64_t *wanted,
               bool conditional)
{
    for (uint32_t word = 0; word < f->place->object->words; word++) {
        uint64_t bits = wanted[word] & ~f->seen[word];

        for (; bits != 0; bits &= bits - 1)
            absent_member(w, f, word * 64 + (uint32_t)__builtin_ctzll(bits),
                          conditional);
    }
}

static void
check_members(struct walk *w, const struct frame *f)
{
    const struct object_rules *o = f->place->object;
    unsigned count = 0;
    bool listed = false;
    char text[24];

    for (uint32_t i = 0; i < o->words; i++) {
        for (uint64_t bits = f->seen[i]; bits != 0; bits &= bits - 1)
            count++;
        listed = listed || (f->seen[i] & o->one_of[i]) != 0;
    }
    if ((!o->any_member || count > 0) && (!o->one_member || count == 1) &&
        (!o->has_one_of || listed))
        return;
    snprintf(text, sizeof(text), "%u", count);
    report_add(w, &(struct report){
                      .rule = CHECK_MEMBERS,
                      .row = f->place->row,
                      .node = f->node,
                      .outer = true,
                      .detail = bytes_str(text),
                  });
}

static void
leave(struct walk *w, const struct frame *f)
{
    const struct object_rules *o = f->place->object;

    if (o == NULL)
        return;
    if (o->words > 1 || (o->required[0] & ~f->seen[0]) != 0)
        absent_members(w, f, o->required, false);
    if (o->has_conditional)
        absent_members(w, f, o->conditional, true);
    if (o->has_one_of || o->any_member || o->one_member)
        check_members(w, f);
}

/* The members of the innermost object, until one of them is a container. */
static void
walk_object(struct walk *w, struct frame *f)
{
    const struct tape_node *node = w->t->node;
    unsigned depth = w->depth;
    uint32_t next = f->next;

    while (next != 0 && w->depth == depth) {
        f->at = next;
        next = node[next].next;
        check_member(w, f);
    }
    f->next = next;
}

static void
walk_array(struct walk *w, struct frame *f)
{
    if (f->at != 0)
        f->index++;
    f->at = f->next;
    f->next = w->t->node[f->at].next;
    check_value(w, &w->p->place[f->place->shape->child[0]->number], f->at);
}

void
walk_record(struct walk *w, uint32_t at)
{
    check_value(w, w->p->place, at);
    while (w->depth > 0 && w->rc == ERR_OK) {
        struct frame *f = &w->st->frame[w->depth - 1];

        if (f->next == 0) {
            leave(w, f);
            w->depth--;
        } else if (f->place->op == OP_OBJECT) {
            walk_object(w, f);
        } else {
            walk_array(w, f);
        }
    }
    w->depth = 0;
}
