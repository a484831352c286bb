/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over a record's nodes: each value meets the rules of its place. */
#include "formats/check/walk.h"

#include <inttypes.h>
#include <stdio.h>

#include "formats/base/text.h"
#include "formats/check/number.h"
#include "formats/check/syntax.h"

#define GUESSES 3 /* members tried in order before the index */

/* ---------------------------------------------------------------- reporting */

/* The member or element in hand is at fault. */
static void
fault(struct walk *w, enum check_rule rule, const struct place *pl,
      uint32_t node, struct bytes detail)
{
    report_add(
        w, &(struct report){
               .rule = rule, .row = pl->row, .node = node, .detail = detail});
}

static void
fault_count(struct walk *w, const struct place *pl, uint32_t node, size_t count)
{
    char text[24];

    snprintf(text, sizeof(text), "%zu", count);
    fault(w, CHECK_LENGTH, pl, node, bytes_str(text));
}

static void
fault_type(struct walk *w, const struct place *pl, uint32_t i)
{
    const struct tape_node *n = &w->t->node[i];
    struct bytes detail = {0};

    if (n->type != TAPE_OBJECT && n->type != TAPE_ARRAY)
        detail = tape_clean(w->t, n, &w->st->text);
    fault(w, CHECK_TYPE, pl, i, detail);
}

/* ---------------------------------------------------------------- slots */

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

static uint32_t
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
    *out = n->type == TAPE_TRUE    ? BYTES("true")
           : n->type == TAPE_FALSE ? BYTES("false")
                                   : tape_clean(w->t, n, &w->st->other);
    if (source->codes == NULL)
        return true;
    code = codeset_find(source->codes, *out);
    if (code == NULL ||
        (n->type == TAPE_STRING) == (source->op == OP_CODE_NUMBER))
        return false;
    *out = bytes_str(code->code);
    return true;
}

enum outcome { FAILS, HOLDS, UNDECIDED };

static enum outcome
condition_check(struct walk *w, const struct condition *c)
{
    struct bytes text;

    if (!slot_text(w, c->slot, &text))
        return UNDECIDED;
    for (const char *const *v = c->when->values; *v != NULL; v++) {
        struct bytes want = bytes_str(*v);

        if (c->when->prefix ? bytes_starts(text, want) : bytes_eq(text, want))
            return HOLDS;
    }
    return FAILS;
}

/* ---------------------------------------------------------------- values */

static bool
length_ok(const struct place *pl, struct bytes b, size_t *count)
{
    *count = b.len;
    /* A character takes one to four bytes. */
    if (b.len <= pl->max_len &&
        (b.len >= (size_t)pl->min_len * 4 || (pl->min_len == 1 && b.len > 0)))
        return true;
    if (b.len > 0 && (pl->max_len < b.len || pl->min_len > 1))
        *count = text_utf8_count(b);
    return *count >= pl->min_len && *count <= pl->max_len;
}

static bool
range_ok(const struct walk *w, const struct place *pl,
         const struct tape_node *n, bool integer)
{
    struct number v = number_of(tape_raw(w->t, n));

    if (integer && !v.integral)
        return false;
    return !(pl->flags & PLACE_RANGE) ||
           (v.value >= pl->min && v.value <= pl->max);
}

static void
check_string(struct walk *w, const struct place *pl, uint32_t i)
{
    const struct tape_node *n = &w->t->node[i];
    struct bytes b;
    size_t count;

    if (n->type != TAPE_STRING) {
        fault_type(w, pl, i);
        return;
    }
    if ((pl->flags & (PLACE_LENGTH | PLACE_FORMAT | PLACE_PATTERN)) == 0)
        return;
    b = (n->flags & TAPE_ESCAPED) ? tape_clean(w->t, n, &w->st->text)
                                  : tape_raw(w->t, n);
    if ((pl->flags & PLACE_LENGTH) && !length_ok(pl, b, &count))
        fault_count(w, pl, i, count);
    else if ((pl->flags & PLACE_FORMAT) &&
             !syntax_ok(pl->row->format, pl->row->prefix_ok, b))
        fault(w, CHECK_FORMAT, pl, i, b);
    else if ((pl->flags & PLACE_PATTERN) &&
             !pattern_ok(pl->pattern, w->st->pattern, b))
        fault(w, CHECK_PATTERN, pl, i, b);
}

static void
check_number(struct walk *w, const struct place *pl, uint32_t i)
{
    const struct tape_node *n = &w->t->node[i];
    bool integer = pl->op == OP_INTEGER;

    if (n->type != TAPE_INTEGER && n->type != TAPE_NUMBER) {
        fault_type(w, pl, i);
        return;
    }
    if (n->type == TAPE_INTEGER && !(pl->flags & PLACE_RANGE))
        return;
    if (n->type == TAPE_NUMBER && integer &&
        !number_of(tape_raw(w->t, n)).integral)
        fault_type(w, pl, i);
    else if (!range_ok(w, pl, n, integer))
        fault(w, CHECK_RANGE, pl, i, tape_raw(w->t, n));
}

static bool
is_number(struct bytes b)
{
    uint64_t unused;

    return bytes_to_u64(b, UINT64_MAX, &unused);
}

static void
fault_code(struct walk *w, const struct place *pl, uint32_t i, struct bytes b)
{
    report_add(w, &(struct report){
                      .rule = CHECK_CODE,
                      .row = pl->row,
                      .node = i,
                      .detail = b,
                      .hint = is_number(b)
                                  ? NULL /* a digit is no slip of the pen */
                                  : diag_nearest(b, pl->codes->names),
                  });
}

static void
check_code_text(struct walk *w, const struct place *pl, uint32_t i)
{
    const struct tape_node *n = &w->t->node[i];
    struct bytes b;
    size_t count;

    if (n->type != TAPE_STRING) {
        fault_type(w, pl, i);
        return;
    }
    b = tape_clean(w->t, n, &w->st->text);
    if ((pl->flags & PLACE_LENGTH) && !length_ok(pl, b, &count))
        fault_count(w, pl, i, count);
    else if ((pl->flags & PLACE_PATTERN) &&
             !pattern_ok(pl->pattern, w->st->pattern, b))
        fault(w, CHECK_PATTERN, pl, i, b);
    else if (codeset_find(pl->codes, b) == NULL)
        fault_code(w, pl, i, b);
}

/* An integer however it is written (443, 443.0, 4.43e2) as plain digits in
 * ${out}; empty when ${n} is no integer. */
static struct bytes
integer_text(const struct walk *w, const struct tape_node *n, char out[24])
{
    struct number v;

    if (n->type == TAPE_INTEGER)
        return tape_raw(w->t, n);
    out[0] = '\0';
    if (n->type != TAPE_NUMBER)
        return bytes_str(out);
    v = number_of(tape_raw(w->t, n));
    if (v.integral)
        snprintf(out, 24, "%" PRId64, v.whole);
    return bytes_str(out);
}

static void
check_code_number(struct walk *w, const struct place *pl, uint32_t i)
{
    char digits[24];
    struct bytes b = integer_text(w, &w->t->node[i], digits);

    if (b.len == 0)
        fault_type(w, pl, i);
    else if (codeset_find(pl->codes, b) == NULL)
        fault_code(w, pl, i, b);
}

/* A time as its place writes it, read back. The forms are narrower than what
 * time_parse takes from other products. */
static bool
read_time(const struct place *pl, struct bytes b, struct stamp *out)
{
    static const struct time_context none;
    enum time_form form = pl->row->time_form;

    if (form == TIME_RFC3339)
        return time_rfc3339_strict(b, out);
    return syntax_time(form, b) && time_parse(form, b, &none, out) == ERR_OK;
}

/* The time at node ${i}: ERR_TYPE, ERR_SYNTAX or ERR_OK. */
static enum err_code
time_at(struct walk *w, const struct place *pl, uint32_t i, struct buf *scratch,
        struct stamp *out)
{
    const struct tape_node *n = &w->t->node[i];
    char digits[24];
    struct bytes b;

    if (pl->op == OP_TIME_NUMBER)
        b = integer_text(w, n, digits);
    else
        b = n->type == TAPE_STRING ? tape_clean(w->t, n, scratch)
                                   : (struct bytes){0};
    if (b.len == 0 && (pl->op == OP_TIME_NUMBER || n->type != TAPE_STRING))
        return ERR_TYPE;
    return read_time(pl, b, out) ? ERR_OK : ERR_SYNTAX;
}

static void
check_order(struct walk *w, const struct place *pl, uint32_t i,
            const struct stamp *at)
{
    const struct place *later = w->p->slot[pl->other].source;
    uint32_t k = slot_node(w, pl->other);
    struct stamp limit;

    if (k == 0 || time_at(w, later, k, &w->st->other, &limit) != ERR_OK ||
        time_compare(at, &limit) <= 0)
        return;
    report_add(w, &(struct report){.rule = CHECK_ORDER,
                                   .row = pl->row,
                                   .other = later->row,
                                   .node = i,
                                   .detail = tape_raw(w->t, &w->t->node[i])});
}

static void
check_time(struct walk *w, const struct place *pl, uint32_t i)
{
    struct stamp at;

    switch ((int)time_at(w, pl, i, &w->st->text, &at)) {
    case ERR_OK:
        if (pl->flags & PLACE_ORDER)
            check_order(w, pl, i, &at);
        return;
    case ERR_TYPE:
        fault_type(w, pl, i);
        return;
    default:
        fault(w, CHECK_FORMAT, pl, i,
              tape_clean(w->t, &w->t->node[i], &w->st->text));
    }
}

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
        fault_type(w, pl, i);
        return;
    }
    if (array && (pl->flags & PLACE_LENGTH) &&
        (n->hash < pl->min_len || n->hash > pl->max_len))
        fault_count(w, pl, i, n->hash);
    if (pl->object != NULL || (array && pl->shape->child_count > 0))
        enter(w, pl, i);
}

static void
check_value(struct walk *w, const struct place *pl, uint32_t i)
{
    switch ((enum place_op)pl->op) {
    case OP_ANY:
        return;
    case OP_STRING:
        check_string(w, pl, i);
        return;
    case OP_INTEGER:
    case OP_NUMBER:
        check_number(w, pl, i);
        return;
    case OP_BOOLEAN:
        if (w->t->node[i].type != TAPE_TRUE && w->t->node[i].type != TAPE_FALSE)
            fault_type(w, pl, i);
        return;
    case OP_TIME_TEXT:
    case OP_TIME_NUMBER:
        check_time(w, pl, i);
        return;
    case OP_CODE_TEXT:
        check_code_text(w, pl, i);
        return;
    case OP_CODE_NUMBER:
        check_code_number(w, pl, i);
        return;
    case OP_FREE:
    case OP_OBJECT:
    case OP_ARRAY:
        check_container(w, pl, i);
        return;
    }
}

/* Members of the record itself that belong to no kind (DESIGN section 3). */
static bool
is_common(const struct walk *w, struct bytes name)
{
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
    if (condition_check(w, pl->allow) != FAILS)
        return true;
    report_add(w, &(struct report){.rule = CHECK_MISPLACED,
                                   .row = pl->row,
                                   .other = pl->allow->source,
                                   .node = f->at});
    return false;
}

static bool
same_bytes(const char *a, const char *b, size_t n)
{
    if (n < 8) {
        while (n > 0 && *a == *b) {
            a++;
            b++;
            n--;
        }
        return n == 0;
    }
    for (; n > 8; a += 8, b += 8, n -= 8) {
        if (hash_load(a, 8) != hash_load(b, 8))
            return false;
        if (n < 16) { /* the last eight overlap what was compared */
            a -= 16 - n;
            b -= 16 - n;
            n = 16;
        }
    }
    return hash_load(a, 8) == hash_load(b, 8);
}

static bool
is_member(const struct member *m, uint32_t hash, struct bytes name)
{
    return m->hash == hash && m->name_len == name.len &&
           same_bytes(m->name, name.data, name.len);
}

/* Records are mostly written in the definition's order, so the next few members
 * are tried before the index. */
static const struct place *
find_place(struct frame *f, uint32_t hash, struct bytes name)
{
    const struct object_rules *o = f->place->object;
    uint32_t end = f->index + GUESSES;
    const struct shape *s;

    for (uint32_t i = f->index; i < end && i < o->members; i++) {
        if (is_member(&o->member[i], hash, name)) {
            f->index = i + 1;
            return o->member[i].place;
        }
    }
    s = f->place->shape;
    for (uint32_t i = hash & s->index_mask; s->index && s->index[i] != 0;
         i = (i + 1) & s->index_mask) {
        uint32_t bit = s->index[i] - 1U;

        if (is_member(&o->member[bit], hash, name)) {
            f->index = bit + 1;
            return o->member[bit].place;
        }
    }
    return NULL;
}

static void
check_member(struct walk *w, struct frame *f)
{
    const struct tape_node *key = &w->t->node[f->at];
    struct bytes name = (key->flags & TAPE_ESCAPED)
                            ? tape_clean(w->t, key, &w->st->text)
                            : tape_raw(w->t, key);
    const struct place *pl;

    if (w->depth == 1 && is_common(w, name))
        return;
    pl = find_place(f, key->hash, name);
    if (pl == NULL) {
        unknown_member(w, f, name);
        return;
    }
    f->seen[pl->bit >> 6] |= (uint64_t)1 << (pl->bit & 63);
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
        if (condition_check(w, pl->when) != HOLDS)
            return;
        other = pl->when->source;
    }
    /* A member that may not stand here is not missed. */
    if (pl->allow != NULL && condition_check(w, pl->allow) == FAILS)
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

void
walk_record(struct walk *w, uint32_t at)
{
    check_value(w, w->p->place, at);
    while (w->depth > 0 && w->rc == ERR_OK) {
        struct frame *f = &w->st->frame[w->depth - 1];

        if (f->next == 0) {
            leave(w, f);
            w->depth--;
            continue;
        }
        if (f->place->op == OP_ARRAY && f->at != 0)
            f->index++;
        f->at = f->next;
        f->next = w->t->node[f->at].next;
        if (f->place->op == OP_OBJECT)
            check_member(w, f);
        else
            check_value(w, &w->p->place[f->place->shape->child[0]->number],
                        f->at);
    }
    w->depth = 0;
}
