/* SPDX-License-Identifier: Apache-2.0 */
/* Whole documents: which program a record is checked with, and envelopes. */
#include <stdio.h>

#include "formats/check/walk.h"

static const struct program *
find_program(const struct checker *c, struct bytes kind)
{
    for (size_t i = 0; i < c->programs; i++) {
        if (bytes_is(kind, c->program[i].kind))
            return &c->program[i];
    }
    return NULL;
}

/* The member ${name} of object ${at}: its value's node, or 0. */
static uint32_t
member(const struct tape *t, uint32_t at, const char *name)
{
    return t->node[at].type == TAPE_OBJECT ? tape_get(t, at, bytes_str(name))
                                           : 0;
}

struct claim { /* the member that tells the kind */
    const char *name;
    uint32_t object; /* where it stands, or should */
    uint32_t value;  /* 0: absent */
};

/* It is absent, or not ${wanted}, or (NULL) no kind that is defined. */
static void
fault_info_type(struct walk *w, const struct claim *claim, const char *wanted)
{
    char pointer[sizeof(((struct finding *)0)->pointer)];
    struct walk here = *w;
    struct report r = {.rule = CHECK_INFO_TYPE,
                       .node = claim->value ? claim->value : claim->object,
                       .wanted = wanted};

    snprintf(pointer, sizeof(pointer), "%s", w->base);
    report_pointer(pointer, sizeof(pointer), bytes_str(claim->name));
    here.base = pointer;
    if (claim->value != 0) {
        r.detail = tape_raw(w->t, &w->t->node[claim->value]);
        if (wanted == NULL)
            r.hint = diag_nearest(r.detail, w->c->kinds);
    }
    report_add(&here, &r);
    w->rc = here.rc;
}

/* The program of the record at ${at}; NULL after saying what is wrong with its
 * info_type. ${kind}: what the envelope or the caller says, or NULL. */
static const struct program *
record_program(struct walk *w, uint32_t at, const char *kind)
{
    uint32_t value = member(w->t, at, "info_type");
    const struct claim claim = {"info_type", at, value};
    const struct tape_node *n = &w->t->node[value];
    const struct program *p;

    if (kind != NULL) {
        p = find_program(w->c, bytes_str(kind));
        if (p != NULL && (value != 0 && (n->type != TAPE_STRING ||
                                         !tape_is(w->t, n, bytes_str(kind)))))
            fault_info_type(w, &claim, p->kind);
        return p;
    }
    p = value != 0 && n->type == TAPE_STRING
            ? find_program(w->c, tape_clean(w->t, n, &w->st->text))
            : NULL;
    if (p == NULL)
        fault_info_type(w, &claim, NULL);
    return p;
}

enum err_code
record_check(struct walk *w, uint32_t at, const char *kind)
{
    w->out->records++;
    if (w->t->node[at].type != TAPE_OBJECT) {
        report_add(w, &(struct report){.rule = CHECK_TYPE, .node = at});
        return w->rc;
    }
    w->p = record_program(w, at, kind);
    if (w->p == NULL && kind != NULL)
        w->rc = ERR_NOT_FOUND;
    if (w->p != NULL && w->rc == ERR_OK) {
        w->out->kinds |= (uint32_t)1 << (w->p - w->c->program);
        walk_record(w, at);
    }
    return w->rc;
}

enum err_code
check_record(const struct checker *c, struct check_state *st,
             const struct tape *t, uint32_t at, const char *kind,
             struct findings *out)
{
    struct walk w = {.c = c, .st = st, .t = t, .out = out, .base = ""};

    return record_check(&w, at, kind);
}

/* ---------------------------------------------------------------- envelopes */

/* An envelope has an array of items. One that lost them is told from a bare
 * record by its members: some are the envelope's, none are the kind's. */
static bool
is_envelope(const struct walk *w)
{
    const struct checker *c = w->c;
    const struct tape *t = w->t;
    const struct program *p = NULL;
    uint32_t items, info;
    unsigned own = 0;

    if (c->envelope == NULL || c->items == NULL || t->node[0].hash == 0)
        return false;
    items = member(t, 0, c->items->shape->name);
    if (items != 0 && t->node[items].type == TAPE_ARRAY)
        return true;
    info = member(t, 0, "info_type");
    if (info != 0)
        p = find_program(c, tape_clean(t, &t->node[info], &w->st->text));
    for (uint32_t k = 1; k != 0; k = t->node[k].next) {
        struct bytes name = tape_clean(t, &t->node[k], &w->st->text);
        uint32_t hash = t->node[k].hash;

        if (p && shape_child(p->root, hash, name.data, name.len) != NULL)
            return false;
        if (k + 1 != info)
            own += shape_child(c->envelope->root, hash, name.data, name.len) !=
                   NULL;
    }
    return own > 0;
}

/* The kind an envelope names, by its code; NULL when absent or unusable: then a
 * finding of the envelope says so. */
static const char *
envelope_kind(struct walk *w, bool *named)
{
    const struct place *pl = w->c->info_type;
    uint32_t i = pl ? member(w->t, 0, pl->shape->name) : 0;
    const struct tape_node *n = &w->t->node[i];
    const struct program *p;
    const struct std_code *code;
    struct bytes text;

    *named = false;
    if (i == 0 || n->type == TAPE_ARRAY || n->type == TAPE_OBJECT)
        return NULL;
    text = tape_clean(w->t, n, &w->st->text);
    if (pl->codes != NULL) {
        code = codeset_find(pl->codes, text);
        if (code == NULL)
            return NULL;
        text = bytes_str(code->code);
    }
    *named = true;
    p = find_program(w->c, text);
    if (p == NULL)
        fault_info_type(w, &(struct claim){pl->shape->name, 0, i}, NULL);
    return p ? p->kind : NULL;
}

static void
check_items(struct walk *w, const char *kind, bool named)
{
    const struct tape *t = w->t;
    uint32_t items = member(t, 0, w->c->items->shape->name);
    uint32_t next = 0;
    char base[64];

    if (items == 0 || t->node[items].type != TAPE_ARRAY ||
        (kind == NULL && named)) /* a kind that no definition describes */
        return;
    if (t->node[items].hash > 0)
        next = items + 1;
    for (unsigned n = 0; next != 0 && w->rc == ERR_OK; n++) {
        uint32_t at = next;

        next = t->node[at].next;
        if (t->node[at].type != TAPE_OBJECT)
            continue; /* the envelope's own finding */
        if (kind == NULL && member(t, at, "info_type") == 0)
            continue; /* the envelope should have named the kind */
        base[0] = '\0';
        report_pointer(base, sizeof(base), bytes_str(w->c->items->shape->name));
        snprintf(base + strlen(base), sizeof(base) - strlen(base), "/%u", n);
        w->base = base;
        record_check(w, at, kind);
    }
    w->base = "";
}

enum err_code
check_document(const struct checker *c, struct check_state *st,
               const struct tape *t, struct findings *out)
{
    struct walk w = {.c = c, .st = st, .t = t, .out = out, .base = ""};
    const char *kind;
    bool named;

    if (t->node[0].type != TAPE_OBJECT || !is_envelope(&w))
        return record_check(&w, 0, NULL);
    out->envelopes++;
    w.p = c->envelope;
    walk_record(&w, 0);
    if (w.rc != ERR_OK)
        return w.rc;
    kind = envelope_kind(&w, &named);
    check_items(&w, kind, named);
    return w.rc;
}
