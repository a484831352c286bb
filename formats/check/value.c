/* SPDX-License-Identifier: Apache-2.0 */
/* One value that is no container against the rules of its place: type, length,
 * syntax, pattern, range, code, order of times. */
#include "formats/check/value.h"

#include <inttypes.h>
#include <stdio.h>

#include "formats/base/text.h"
#include "formats/check/number.h"
#include "formats/check/slot.h"
#include "formats/check/syntax.h"

/* The member or element in hand is at fault. */
static void
fault(struct walk *w, enum check_rule rule, const struct place *pl,
      uint32_t node, struct bytes detail)
{
    report_add(
        w, &(struct report){
               .rule = rule, .row = pl->row, .node = node, .detail = detail});
}

void
value_fault_count(struct walk *w, const struct place *pl, uint32_t node,
                  size_t count)
{
    char text[24];

    snprintf(text, sizeof(text), "%zu", count);
    fault(w, CHECK_LENGTH, pl, node, bytes_str(text));
}

void
value_fault_type(struct walk *w, const struct place *pl, uint32_t i)
{
    const struct tape_node *n = &w->t->node[i];
    struct bytes detail = {0};

    if (n->type != TAPE_OBJECT && n->type != TAPE_ARRAY)
        detail = tape_clean(w->t, n, &w->st->text);
    fault(w, CHECK_TYPE, pl, i, detail);
}

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
        value_fault_type(w, pl, i);
        return;
    }
    if ((pl->flags & (PLACE_LENGTH | PLACE_FORMAT | PLACE_PATTERN)) == 0)
        return;
    b = (n->flags & TAPE_ESCAPED) ? tape_clean(w->t, n, &w->st->text)
                                  : tape_raw(w->t, n);
    if ((pl->flags & PLACE_LENGTH) && !length_ok(pl, b, &count))
        value_fault_count(w, pl, i, count);
    else if ((pl->flags & PLACE_FORMAT) &&
             !syntax_ok(pl->row->format, pl->row->prefix_ok, b))
        fault(w, CHECK_FORMAT, pl, i, b);
    else if ((pl->flags & PLACE_PATTERN) &&
             !pattern_ok(pl->pattern, w->st->pattern, b))
        fault(w, CHECK_PATTERN, pl, i, b);
}

/* RFC 7493 section 2.2: an integer that every implementation keeps. The reader
 * refuses others when they are written with digits alone, but not 1e17. */
static bool
is_exact(const struct walk *w, const struct tape_node *n)
{
    int64_t v = number_of(tape_raw(w->t, n)).whole;

    return v >= -INT64_C(9007199254740991) && v <= INT64_C(9007199254740991);
}

static void
check_number(struct walk *w, const struct place *pl, uint32_t i)
{
    const struct tape_node *n = &w->t->node[i];
    bool integer = pl->op == OP_INTEGER;

    if (n->type != TAPE_INTEGER && n->type != TAPE_NUMBER) {
        value_fault_type(w, pl, i);
        return;
    }
    if (n->type == TAPE_INTEGER && !(pl->flags & PLACE_RANGE))
        return;
    if (n->type == TAPE_NUMBER && integer &&
        !number_of(tape_raw(w->t, n)).integral)
        value_fault_type(w, pl, i);
    else if (!range_ok(w, pl, n, integer))
        fault(w, CHECK_RANGE, pl, i, tape_raw(w->t, n));
    else if (n->type == TAPE_NUMBER && integer && !is_exact(w, n))
        value_fault_type(w, pl, i);
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

/* The value at ${i} means ${code}: is that the group of the other code? Where
 * there is no other code, that is a finding of its own. */
static void
check_group(struct walk *w, const struct place *pl, uint32_t i,
            const struct std_code *code)
{
    const struct std_code *other, *group;

    if (!(pl->flags & PLACE_GROUP) || (other = slot_code(w, pl->other)) == NULL)
        return;
    group = std_code(pl->codes->codes, bytes_str(other->group));
    if (group == code)
        return;
    report_add(w, &(struct report){.rule = CHECK_GROUP,
                                   .row = pl->row,
                                   .other = w->p->slot[pl->other].source->row,
                                   .node = i,
                                   .detail = tape_raw(w->t, &w->t->node[i]),
                                   .wanted = group->code});
}

static void
check_code_text(struct walk *w, const struct place *pl, uint32_t i)
{
    const struct tape_node *n = &w->t->node[i];
    const struct codeset_slot *slot;
    struct bytes b;
    size_t count;

    if (n->type != TAPE_STRING) {
        value_fault_type(w, pl, i);
        return;
    }
    b = (n->flags & TAPE_ESCAPED) ? tape_clean(w->t, n, &w->st->text)
                                  : tape_raw(w->t, n);
    slot = codeset_slot(pl->codes, b);
    if (slot != NULL && slot->fits) {
        check_group(w, pl, i, slot->code);
        return;
    }
    if ((pl->flags & PLACE_LENGTH) && !length_ok(pl, b, &count))
        value_fault_count(w, pl, i, count);
    else if ((pl->flags & PLACE_PATTERN) &&
             !pattern_ok(pl->pattern, w->st->pattern, b))
        fault(w, CHECK_PATTERN, pl, i, b);
    else if (slot == NULL)
        fault_code(w, pl, i, b);
    else
        check_group(w, pl, i, slot->code);
}

struct bytes
value_integer_text(const struct walk *w, const struct tape_node *n,
                   char out[24])
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
    struct bytes b = value_integer_text(w, &w->t->node[i], digits);
    const struct std_code *code = codeset_find(pl->codes, b);

    if (b.len == 0)
        value_fault_type(w, pl, i);
    else if (code == NULL)
        fault_code(w, pl, i, b);
    else
        check_group(w, pl, i, code);
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
        b = value_integer_text(w, n, digits);
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
    int order;

    if (k == 0 || time_at(w, later, k, &w->st->other, &limit) != ERR_OK)
        return;
    order = time_compare(at, &limit);
    if (pl->row->before != NULL ? order < 0 : order <= 0)
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
        value_fault_type(w, pl, i);
        return;
    default:
        fault(w, CHECK_FORMAT, pl, i,
              tape_clean(w->t, &w->t->node[i], &w->st->text));
    }
}

static void
check_boolean(struct walk *w, const struct place *pl, uint32_t i)
{
    const struct tape_node *n = &w->t->node[i];

    if (n->type != TAPE_TRUE && n->type != TAPE_FALSE)
        value_fault_type(w, pl, i);
}

void
value_check(struct walk *w, const struct place *pl, uint32_t i)
{
    static void (*const checks[])(struct walk * w, const struct place *pl,
                                  uint32_t i) = {
        [OP_STRING] = check_string,       [OP_INTEGER] = check_number,
        [OP_NUMBER] = check_number,       [OP_BOOLEAN] = check_boolean,
        [OP_TIME_TEXT] = check_time,      [OP_TIME_NUMBER] = check_time,
        [OP_CODE_TEXT] = check_code_text, [OP_CODE_NUMBER] = check_code_number,
    };

    if (pl->op != OP_ANY)
        checks[pl->op](w, pl, i);
}
