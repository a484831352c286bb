/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping and standard to plan: every row that the mapping fills, in the
 * definition's order, with the fragments that stand around its value. */
#include "formats/mapping/compile.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/json/writer.h"
#include "formats/mapping/emit.h"

#define COMPILE_MAX_USES 64

void
compile_error(struct compiling *c, unsigned line, unsigned col, const char *fmt,
              ...)
{
    char text[ERR_MSG_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    diag_add(c->diag, DIAG_ERROR, c->m->file, line, col, "%s", text);
}

/* The nearest row key, whole or only its tail below the same parent. */
static const char *
near_row(struct compiling *c, const char *key)
{
    size_t rows = std_row_count(c->s), n = 0;
    const char **names = calloc(rows + 1, sizeof *names);
    const char *near;

    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < rows; i++)
        if (strcmp(std_row_at(c->s, i)->kind, c->m->to) == 0)
            names[n++] = std_row_at(c->s, i)->key;
    near = diag_nearest(bytes_str(key), names);
    for (size_t i = 0; near == NULL && i < n; i++) { /* right name elsewhere */
        const char *tail = strrchr(names[i], '.');
        const char *own = strrchr(key, '.');

        if (tail != NULL && own != NULL && strcmp(tail, own) == 0)
            near = names[i];
    }
    free(names);
    return near;
}

/* Whether a record's writer gets from ${base} to ${place} by members alone. */
static bool
reachable(const struct shape *place, const struct shape *base)
{
    for (const struct shape *s = place; s != NULL; s = s->parent) {
        if (s == base)
            return true;
        if (s != place && s->type == STD_ARRAY)
            return false;
    }
    return false;
}

/* The depth is that of the mapping, at most MAPPING_MAX_NEST. */
static void
keep_sources(struct compiling *c, const struct spec *s,
             const struct path *prefix)
{
    struct trie *tr = &c->p->root.trie;
    const struct path *path = prefix ? prefix : &s->path;
    uint32_t node = 0;

    for (size_t i = 0; i < s->parts; i++)
        keep_sources(c, s->part[i], prefix);
    if (prefix != NULL || s->kind == SPEC_PATH || s->kind == SPEC_EACH)
        node = trie_add(tr, &c->p->arena, path->step, path->head);
    if (node != 0)
        tr->node[node].flags |= TRIE_KEEP;
}

static const struct shape *
find_place(struct compiling *c, const struct prog_source *from,
           const struct field *f, const char **key)
{
    const struct shape *place;
    const char *near;

    *key = f->key;
    if (from->parent_key != NULL)
        *key = arena_printf(&c->p->arena, "%s[].%s", from->parent_key, f->key);
    place = *key ? std_place(c->s, *key) : NULL;
    if (place == NULL && std_overlay_count(c->s) != 0) {
        /* Most likely retired by the overlay: the mapping is right, the value
         * has no place, so its source is kept. */
        diag_add(c->diag, DIAG_WARNING, c->m->file, f->line, f->col,
                 "the overlays leave no row %s", *key ? *key : "");
        keep_sources(c, f->spec, from->prefix);
        return NULL;
    }
    if (place == NULL) {
        near = *key ? near_row(c, *key) : NULL;
        compile_error(c, f->line, f->col, "no row %s%s%s", *key ? *key : "",
                      near ? "; did you mean " : "", near ? near : "");
        return NULL;
    }
    if (place->row == NULL || !reachable(place, from->base)) {
        compile_error(c, f->line, f->col,
                      "%s lies inside an array or outside of this record; an "
                      "array of objects is filled with each",
                      *key);
        return NULL;
    }
    return place;
}

/* False: the slot is beyond what a set covers. */
static bool
slot_set_add(struct slot_set *s, uint32_t slot)
{
    if (slot >= PLAN_WORDS * 64)
        return false;
    s->word[slot / 64] |= UINT64_C(1) << slot % 64;
    return true;
}

/* Paths of which the first that is there gives the value. */
static void
find_picks(struct pfield *f)
{
    const struct expr *e = f->expr;

    if (e->quick) {
        f->pick = &f->expr;
        f->picks = 1;
    } else if (e->spec->kind == SPEC_FIRST_OF && e->when == NULL &&
               e->otherwise.json.data == NULL && !f->target.array) {
        f->pick = e->part;
        f->picks = e->parts;
    }
    if (f->role != ROLE_NONE && !(e->quick && e->lookup != NULL))
        return; /* only a lookup tells what the value was */
    if (f->picks > 0 && (f->pick[0]->skips || f->pick[0]->quick))
        f->writing = WRITE_PICK;
}

/* A constant: its name and its value are one fragment. */
static bool
fix_field(struct compiling *c, struct pfield *f, const struct shape *place)
{
    struct buf value = {0};
    const char *text;

    buf_str(&value, f->target.array ? ":[" : ":");
    buf_bytes(&value, f->expr->value.json);
    if (f->target.array)
        buf_char(&value, ']');
    text = buf_cstr(&value);
    if (text != NULL)
        f->fixed = compile_name(c, place, text);
    f->writing = WRITE_FIXED;
    buf_free(&value);
    return f->fixed.data != NULL;
}

static bool
fill_field(struct compiling *c, struct prog *prog, struct pfield *out,
           const struct shape *place, const struct spec *spec,
           const struct prog_source *from)
{
    uint32_t uses[COMPILE_MAX_USES];
    uint32_t *kept;
    const char *why = NULL;

    if (spec->kind == SPEC_EACH)
        out->target = (struct target){.row = place->row,
                                      .key = place->row->key,
                                      .array = true,
                                      .max_items = place->row->max_len};
    else
        why = target_of(c->p, place, &out->target);
    if (why != NULL) {
        compile_error(c, spec->line, spec->col, "%s: %s", place->row->key, why);
        return false;
    }
    out->name = compile_name(c, place, ":");
    out->expr = expr_new(c, prog, spec, &out->target, from->prefix);
    if (out->expr == NULL || out->name.data == NULL)
        return false;
    uses[0] = prog->outer;
    out->use_count =
        prog->outer ? 1 : expr_uses(out->expr, uses, COMPILE_MAX_USES);
    kept = arena_array(&c->p->arena, out->use_count, sizeof *kept);
    if (kept == NULL)
        return false;
    memcpy(kept, uses, out->use_count * sizeof *kept);
    out->uses = kept;
    out->always = prog->outer != 0 || expr_always(out->expr);
    for (uint32_t i = 0; i < out->use_count; i++)
        out->beyond |= !slot_set_add(&out->needs, kept[i]);
    out->always |= out->beyond;
    out->role = role_of(place->row->key);
    out->fallback_id = strcmp(place->row->key, "alert.general.alert_id") == 0;
    out->always |= out->fallback_id;
    if (out->role == ROLE_TIME || out->role == ROLE_KEY || out->fallback_id)
        return true; /* more is done with the value */
    if (spec->kind == SPEC_CONST && out->expr->when == NULL &&
        out->role == ROLE_NONE)
        return fix_field(c, out, place);
    find_picks(out);
    return true;
}

/* ---- rows that every alert has, whatever the mapping says */

/* What from.product says about the product that saw the event. */
static const struct {
    const char *row, *product;
} detector_rows[] = {
    {"alert.general.detector.vendor", "vendor"},
    {"alert.general.detector.product_name", "name"},
    {"alert.general.detector.product_type", "type"},
    {"alert.general.detector.product_code", "code"},
    {"alert.general.detector.model", "model"},
    {"alert.general.detector.version", "version"},
};

static struct spec *
const_spec(struct compiling *c, enum spec_kind kind, const char *text,
           const char *why)
{
    struct spec *s = arena_alloc(&c->p->arena, sizeof *s);

    if (s != NULL)
        *s = (struct spec){.kind = kind,
                           .text = bytes_str(text),
                           .sep = "",
                           .times = 1,
                           .divide = 1,
                           .why = why};
    return s;
}

static bool
add_implicit(struct compiling *c, struct prog *prog, struct pfield **at,
             const char *key, const struct spec *spec)
{
    const struct shape *place = std_place(c->s, key);
    const struct prog_source from = {.base = std_shape(c->s, c->m->to)};
    struct pfield *f = &prog->field[prog->fields];

    if (place == NULL || place->row == NULL || at[place->number] != NULL ||
        !reachable(place, from.base) || spec == NULL)
        return true;
    if (!fill_field(c, prog, f, place, spec, &from))
        return false;
    at[place->number] = f;
    prog->fields++;
    return true;
}

#define IMPLICIT_ROWS (sizeof detector_rows / sizeof detector_rows[0] + 2)

static void
add_implicits(struct compiling *c, struct prog *prog, struct pfield **at)
{
    char raw[COMPILE_MAX_KEY];
    size_t before;

    for (size_t i = 0; i < sizeof detector_rows / sizeof detector_rows[0];
         i++) {
        const char *text = mapping_product(c->m, detector_rows[i].product);

        if (text != NULL)
            (void)add_implicit(
                c, prog, at, detector_rows[i].row,
                const_spec(c, SPEC_CONST, text, "from.product of the mapping"));
    }
    if (strcmp(c->m->to, "alert") == 0)
        (void)add_implicit(
            c, prog, at, "alert.general.alert_id",
            const_spec(c, SPEC_EVENT, "", "the source has no documented id"));
    (void)snprintf(raw, sizeof raw, "%s.general.raw", c->m->to);
    before = prog->fields;
    (void)add_implicit(c, prog, at, raw,
                       const_spec(c, SPEC_EVENT, "", "the input as it came"));
    if (prog->fields > before)
        prog->field[before].writing = WRITE_RAW;
}

/* ---- programs */

static bool
list_slots(struct compiling *c, struct prog *prog)
{
    prog->slot =
        arena_array(&c->p->arena, prog->trie.count + 1, sizeof *prog->slot);
    for (uint32_t i = 0; prog->slot != NULL && i < prog->trie.count; i++)
        if (prog->trie.node[i].slot != 0)
            prog->slot[prog->slots++] = prog->trie.node[i].slot;
    return prog->slot != NULL;
}

static void
compile_fields(struct compiling *c, struct prog *prog,
               const struct prog_source *from, struct pfield **at)
{
    for (size_t i = 0; i < from->fields; i++) {
        const struct field *f = &from->field[i];
        struct pfield *out = &prog->field[prog->fields];
        const char *key;
        const struct shape *place = find_place(c, from, f, &key);

        if (place == NULL)
            continue;
        if (at[place->number] != NULL) {
            compile_error(c, f->line, f->col, "%s is filled twice", key);
            continue;
        }
        if (!fill_field(c, prog, out, place, f->spec, from)) {
            if (c->diag->errors == c->errors)
                compile_error(c, f->line, f->col, "out of memory");
            continue;
        }
        at[place->number] = out;
        prog->fields++;
    }
}

bool
prog_compile(struct compiling *c, struct prog *prog,
             const struct prog_source *from)
{
    bool root = from->parent_key == NULL;
    size_t shapes = std_shape_count(c->s, c->m->to);
    struct pfield **at = calloc(shapes + 1, sizeof *at);
    bool good;

    prog->field = arena_array(&c->p->arena, from->fields + IMPLICIT_ROWS,
                              sizeof *prog->field);
    good = at != NULL && prog->field != NULL;
    if (good) {
        compile_fields(c, prog, from, at);
        if (root) {
            add_implicits(c, prog, at);
            for (size_t i = 0; i < prog->fields; i++)
                compile_guard(c, prog, &prog->field[i]);
            for (size_t i = 0; i < prog->fields; i++)
                compile_outline(c, &prog->field[i]);
        }
        good = compile_ops(c, prog, from->base, at);
    }
    free(at);
    if (!good || root) /* the root's paths are not all known yet */
        return good;
    return trie_finish(&prog->trie, &c->p->arena) && list_slots(c, prog);
}

static void
add_kept(struct compiling *c, const struct keep *k, enum trie_flag flag)
{
    struct trie *tr = &c->p->root.trie;
    uint32_t node =
        trie_add(tr, &c->p->arena, k->path.step, k->root ? 0 : k->path.count);

    if (node == 0 && !k->root)
        return;
    if (tr->node[node].flags & (TRIE_KEEP | TRIE_DROP))
        compile_error(c, k->line, k->col, "%s is kept or dropped twice",
                      k->root ? "*" : k->path.text);
    if (flag == TRIE_DROP && (tr->node[node].flags & TRIE_MAPPED))
        compile_error(c, k->line, k->col, "%s is mapped, not dropped",
                      k->path.text);
    tr->node[node].flags |= (uint32_t)flag;
    tr->more[node].why = k->why;
}

static bool
compile_root(struct compiling *c)
{
    struct plan *p = c->p;
    struct prog_source from = {.field = c->m->field,
                               .fields = c->m->fields,
                               .base = std_shape(c->s, c->m->to)};
    struct prog *root = &p->root;

    if (!prog_compile(c, root, &from))
        return false;
    if (c->m->match != NULL) {
        p->match = test_new(c, root, c->m->match, NULL);
        if (p->match == NULL)
            return false;
    }
    p->need_slot = arena_array(&p->arena, c->m->needs, sizeof *p->need_slot);
    for (size_t i = 0; p->need_slot != NULL && i < c->m->needs; i++) {
        uint32_t node = trie_add(&root->trie, &p->arena, c->m->need[i].step,
                                 c->m->need[i].head);

        if (node != 0)
            p->need_slot[i] = trie_slot(&root->trie, node, &p->slots);
    }
    for (size_t i = 0; i < c->m->keeps; i++)
        add_kept(c, &c->m->keep[i], TRIE_KEEP);
    for (size_t i = 0; i < c->m->drops; i++)
        add_kept(c, &c->m->drop[i], TRIE_DROP);
    return p->need_slot != NULL && trie_finish(&root->trie, &p->arena) &&
           list_slots(c, root);
}

static bool
make_head(struct plan *p)
{
    struct buf b = {0};

    buf_str(&b, "{\"info_type\":");
    json_put_string(&b, bytes_str(p->mapping->to));
    p->head = arena_copy(&p->arena, buf_view(&b));
    buf_free(&b);
    return p->head.data != NULL;
}

struct plan *
plan_compile(const struct mapping *m, const struct standard *s,
             struct diag *diag)
{
    struct plan *p = calloc(1, sizeof *p);
    struct compiling c = {.p = p, .m = m, .s = s, .diag = diag};
    bool good = p != NULL;

    c.errors = diag->errors;
    if (good) {
        arena_init(&p->arena, 0);
        p->mapping = m;
        p->standard = s;
        p->json = strcmp(m->codec, "json") == 0;
        if (std_shape(s, m->to) == NULL)
            compile_error(&c, 0, 0, "the standard has no kind \"%s\"", m->to);
        else
            good = make_head(p) && compile_root(&c);
    }
    if (!good && diag->errors == c.errors)
        compile_error(&c, 0, 0, "out of memory");
    if (diag->errors != c.errors) {
        plan_free(p);
        return NULL;
    }
    return p;
}

void
plan_free(struct plan *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->regexes; i++)
        pcre2_code_free(p->regex[i]);
    free(p->regex);
    arena_free(&p->arena);
    free(p);
}

const struct mapping *
plan_mapping(const struct plan *p)
{
    return p->mapping;
}
