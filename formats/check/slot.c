/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a value by its path from the record or the array element around it. */
#include "formats/check/slot.h"

#include "formats/check/value.h"

static uint32_t
find_member(const struct walk *w, uint32_t object, const struct shape *s)
{
    const struct tape *t = w->t;
    struct bytes name = {s->name, s->name_len};

    if (t->node[object].type != TAPE_OBJECT || t->node[object].hash == 0)
        return 0;
    for (uint32_t k = object + 1; k != 0; k = t->node[k].next) {
        if (t->node[k].hash == s->hash && tape_is(t, &t->node[k], name))
            return k + 1;
    }
    return 0;
}

uint32_t
slot_node(struct walk *w, uint32_t number)
{
    const struct slot *slot = &w->p->slot[number];
    struct slot_state *state = &w->st->slot[number];
    uint32_t i = state->base;

    if (state->value != WALK_UNRESOLVED)
        return state->value;
    for (uint32_t step = 0; step < slot->steps; step++) {
        i = find_member(w, i, slot->path[step]);
        if (i == 0)
            break;
    }
    state->value = i;
    return i;
}

const struct std_code *
slot_code(struct walk *w, uint32_t number)
{
    const struct place *source = w->p->slot[number].source;
    uint32_t i = slot_node(w, number);
    const struct tape_node *n = &w->t->node[i];
    char digits[24];

    if (i == 0 || source->codes == NULL)
        return NULL;
    if (source->op == OP_CODE_NUMBER)
        return codeset_find(source->codes, value_integer_text(w, n, digits));
    if (n->type != TAPE_STRING)
        return NULL;
    return codeset_find(source->codes, tape_clean(w->t, n, &w->st->other));
}

/* What a condition compares: the code, whatever spelling the record has; false
 * when the value is absent or unusable (which is a finding of its own). */
static bool
slot_text(struct walk *w, uint32_t number, struct bytes *out)
{
    const struct place *source = w->p->slot[number].source;
    uint32_t i = slot_node(w, number);
    const struct tape_node *n = &w->t->node[i];
    const struct std_code *code;

    if (i == 0 || n->type == TAPE_OBJECT || n->type == TAPE_ARRAY ||
        n->type == TAPE_NULL)
        return false;
    if (source->codes != NULL) {
        code = slot_code(w, number);
        *out = bytes_str(code ? code->code : "");
        return code != NULL;
    }
    *out = n->type == TAPE_TRUE    ? BYTES("true")
           : n->type == TAPE_FALSE ? BYTES("false")
                                   : tape_clean(w->t, n, &w->st->other);
    return true;
}

enum slot_outcome
slot_condition(struct walk *w, const struct condition *c)
{
    struct bytes text;

    if (!slot_text(w, c->slot, &text))
        return SLOT_UNDECIDED;
    for (const char *const *v = c->when->values; *v != NULL; v++) {
        struct bytes want = bytes_str(*v);

        if (c->when->prefix ? bytes_starts(text, want) : bytes_eq(text, want))
            return SLOT_HOLDS;
    }
    return SLOT_FAILS;
}
