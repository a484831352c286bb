/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that write a record in the definition's order, and the guards
 * of members that go with some categories only. */
#include "formats/json/writer.h"
#include "formats/mapping/compile.h"
#include "formats/mapping/emit.h"

/* The fragment that emit_member copies: comma, name, ${end}; padded. */
struct bytes
compile_name(struct compiling *c, const struct shape *place, const char *end)
{
    struct buf b = {0};
    struct bytes out;

    buf_char(&b, ',');
    json_put_string(&b, bytes_of(place->name, place->name_len));
    buf_str(&b, end);
    out.len = b.len;
    for (size_t i = 0; i < EMIT_BLOCK; i++)
        buf_char(&b, ' ');
    out.data = arena_copy(&c->p->arena, buf_view(&b)).data;
    buf_free(&b);
    return out;
}

/* ---- operations */

struct emitting {
    struct compiling *c;
    struct prog *prog;
    struct pfield **at; /* by shape number */
};

struct needs { /* of what stands in one object */
    struct slot_set slots;
    bool always;
};

/* Operation ${op} runs when one of ${n} is there. */
static void
wake(struct emitting *e, size_t op, const struct needs *n)
{
    struct prog *p = e->prog;
    uint64_t bit = UINT64_C(1) << op % 64;

    if (op / 64 >= PLAN_OP_WORDS)
        return; /* too many: op_words says so */
    if (n->always)
        p->always.word[op / 64] |= bit;
    for (size_t i = 0; i < PLAN_WORDS; i++)
        for (uint64_t s = n->slots.word[i]; s != 0; s &= s - 1)
            p->wakes[i * 64 + (size_t)__builtin_ctzll(s)].word[op / 64] |= bit;
}

static void
add_needs(struct needs *all, const struct needs *n)
{
    for (size_t i = 0; i < PLAN_WORDS; i++)
        all->slots.word[i] |= n->slots.word[i];
    all->always |= n->always;
}

static size_t
count_below(const struct emitting *e, const struct shape *s)
{
    size_t n = e->at[s->number] != NULL;

    if (s->type == STD_OBJECT)
        for (uint32_t i = 0; i < s->child_count; i++)
            n += count_below(e, s->child[i]);
    return n;
}

/* The depth is that of the definition, at most 12 members. */
static bool
emit(struct emitting *e, const struct shape *s, struct needs *around)
{
    for (uint32_t i = 0; i < s->child_count; i++) {
        const struct shape *child = s->child[i];
        const struct pfield *f = e->at[child->number];
        struct prog *p = e->prog;
        struct needs own = {0};
        size_t open = p->ops;

        if (f != NULL) {
            own = (struct needs){f->needs, f->always};
            p->op[p->ops++] = (struct op){.kind = OP_FIELD, .field = f};
        } else if (child->type == STD_OBJECT && count_below(e, child) != 0) {
            p->op[p->ops++] = (struct op){
                .kind = OP_OPEN, .name = compile_name(e->c, child, ":{")};
            if (p->op[open].name.data == NULL || !emit(e, child, &own))
                return false;
            wake(e, p->ops, &own);
            p->op[p->ops++] = (struct op){.kind = OP_CLOSE};
        } else {
            continue;
        }
        wake(e, open, &own);
        add_needs(around, &own);
    }
    return true;
}

bool
compile_ops(struct compiling *c, struct prog *prog, const struct shape *base,
            struct pfield **at)
{
    struct emitting e = {.c = c, .prog = prog, .at = at};
    struct needs all = {0};

    /* Each row has at most the objects around it besides itself. */
    prog->op = arena_array(&c->p->arena,
                           2 * (size_t)std_shape_count(c->s, c->m->to) + 1,
                           sizeof *prog->op);
    prog->wakes =
        arena_array(&c->p->arena, (size_t)PLAN_WORDS * 64, sizeof *prog->wakes);
    if (prog->op == NULL || prog->wakes == NULL || !emit(&e, base, &all))
        return false;
    prog->op_words = (prog->ops + 63) / 64;
    if (prog->op_words > PLAN_OP_WORDS)
        prog->op_words = 0;
    return true;
}

/* ---- guards: members that go with some categories only */

static uint32_t
selector_for(struct compiling *c, struct prog *prog, const char *key)
{
    struct plan *p = c->p;

    for (size_t i = 0; i < p->selectors; i++)
        if (strcmp(p->selector[i]->target.key, key) == 0)
            return (uint32_t)i + 1;
    for (size_t i = 0; i < prog->fields; i++) {
        struct pfield *f = &prog->field[i];

        if (f->expr == NULL || f->target.key == NULL ||
            strcmp(f->target.key, key) != 0 || p->selectors == PLAN_MAX_GUARDS)
            continue;
        p->selector[p->selectors] = f;
        f->selector = (uint32_t)++p->selectors;
        f->writing = WRITE_SELECTED;
        return f->selector;
    }
    return 0;
}

/* ${allow}, or NULL: only the value ${member}. 0: no room. */
static uint32_t
add_guard(struct compiling *c, uint32_t selector, const struct std_when *allow,
          struct bytes member)
{
    struct plan *p = c->p;
    struct guard *g = &p->guard[p->guards];
    struct bytes *value;
    size_t n = 0;

    for (size_t i = 0; i < p->guards; i++)
        if (p->guard[i].selector == selector - 1 &&
            p->guard[i].allow == allow &&
            (allow != NULL || bytes_eq(p->guard[i].value[0], member)))
            return (uint32_t)i + 1;
    while (allow != NULL && allow->values[n] != NULL)
        n++;
    value = arena_array(&p->arena, n + 1, sizeof *value);
    if (value == NULL)
        compile_error(c, 0, 0, "out of memory");
    if (p->guards == PLAN_MAX_GUARDS || value == NULL)
        return 0;
    for (size_t i = 0; i < n; i++)
        value[i] = bytes_str(allow->values[i]);
    if (allow == NULL)
        value[n++] = member;
    *g = (struct guard){selector - 1, allow, value, n,
                        allow != NULL && allow->prefix};
    return (uint32_t)++p->guards;
}

/* By key, not by place: an overlay may write a member elsewhere, what it means
 * stays. */
void
compile_guard(struct compiling *c, struct prog *prog, struct pfield *f)
{
    const char *key = f->target.key;
    const struct std_row *up = NULL;

    for (size_t i = 0; f->guard == 0; i++) {
        char prefix[COMPILE_MAX_KEY];
        const struct std_row *row;
        const char *last;
        uint32_t selector;

        if (key[i] != '.' && key[i] != '\0')
            continue;
        if (i >= sizeof prefix)
            return;
        memcpy(prefix, key, i);
        prefix[i] = '\0';
        row = std_row(c->s, prefix);
        if (row != NULL && row->allow != NULL) {
            selector = selector_for(c, prog, row->allow->key);
            if (selector != 0)
                f->guard =
                    add_guard(c, selector, row->allow, (struct bytes){0});
        } else if (row != NULL && up != NULL && up->member_by != NULL) {
            selector = selector_for(c, prog, up->member_by);
            last = strrchr(row->key, '.');
            if (selector != 0 && last != NULL)
                f->guard = add_guard(c, selector, NULL, bytes_str(last + 1));
        }
        if (key[i] == '\0')
            return;
        up = row;
    }
}
