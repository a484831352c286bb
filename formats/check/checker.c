/* SPDX-License-Identifier: Apache-2.0 */
/* The checker: programs of every kind, their rules and the rows they rest on;
 * the scratch of a thread. */
#include <stdlib.h>

#include "formats/check/walk.h"
#include "formats/standard/interface.h"

#define KINDS_MAX 32 /* bits of findings.kinds */

static const char *const rule_names[CHECK_RULE_COUNT] = {
    [CHECK_TYPE] = "type",           [CHECK_MISSING] = "missing",
    [CHECK_CONDITION] = "condition", [CHECK_UNKNOWN] = "unknown",
    [CHECK_LENGTH] = "length",       [CHECK_RANGE] = "range",
    [CHECK_PATTERN] = "pattern",     [CHECK_FORMAT] = "format",
    [CHECK_CODE] = "code",           [CHECK_ORDER] = "order",
    [CHECK_MEMBERS] = "members",     [CHECK_MISPLACED] = "misplaced",
    [CHECK_INFO_TYPE] = "info_type", [CHECK_GROUP] = "group",
};

/* The rules whose breach the lenient profile only warns of: everything that is
 * neither the type nor the syntax of one value. */
static const bool lenient_warns[CHECK_RULE_COUNT] = {
    [CHECK_MISSING] = true,   [CHECK_CONDITION] = true, [CHECK_UNKNOWN] = true,
    [CHECK_CODE] = true,      [CHECK_ORDER] = true,     [CHECK_MEMBERS] = true,
    [CHECK_MISPLACED] = true, [CHECK_GROUP] = true,
};

const char *
check_rule_name(enum check_rule r)
{
    return rule_names[r];
}

/* ---------------------------------------------------------------- checker */

static enum err_code
compile_kinds(struct checker *c, const struct standard *s, struct err *err)
{
    size_t count = std_kind_count(s);

    if (count > KINDS_MAX)
        return err_set(err, ERR_LIMIT, NULL, "more than %d kinds", KINDS_MAX);
    c->program = arena_array(&c->arena, count + 1, sizeof(*c->program));
    c->kinds = arena_array(&c->arena, count + 1, sizeof(*c->kinds));
    if (c->program == NULL || c->kinds == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    for (size_t i = 0; i < count; i++) {
        struct program *p = &c->program[c->programs];
        const char *kind = std_kind(s, i);
        enum err_code rc;

        if (strcmp(kind, "envelope") == 0)
            continue;
        rc = program_compile(c, s, p, kind, err);
        if (rc != ERR_OK)
            return rc;
        if (p->slots > c->slots)
            c->slots = p->slots;
        c->kinds[c->programs++] = kind;
    }
    return ERR_OK;
}

static enum err_code
compile_bodies(struct checker *c, const struct standard *s, struct err *err)
{
    size_t count = std_body_count(s);

    c->body = arena_array(&c->arena, count + 1, sizeof(*c->body));
    if (c->body == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    for (size_t i = 0; i < count; i++) {
        struct program *p = &c->body[c->bodies];
        enum err_code rc = program_compile(c, s, p, std_body(s, i), err);

        if (rc != ERR_OK)
            return rc;
        p->closed = true;
        if (p->slots > c->slots)
            c->slots = p->slots;
        c->bodies++;
    }
    return ERR_OK;
}

static const struct place *
envelope_place(const struct checker *c, const char *key)
{
    const struct shape *s = std_place(c->standard, key);

    /* Only a member of the envelope itself can be what we look for. */
    return s != NULL && s->parent == c->envelope->root
               ? &c->envelope->place[s->number]
               : NULL;
}

static enum err_code
compile_envelope(struct checker *c, const struct standard *s, struct err *err)
{
    enum err_code rc;

    if (std_shape(s, "envelope") == NULL)
        return ERR_OK;
    c->envelope = arena_alloc(&c->arena, sizeof(*c->envelope));
    if (c->envelope == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    rc = program_compile(c, s, c->envelope, "envelope", err);
    if (rc != ERR_OK)
        return rc;
    if (c->envelope->slots > c->slots)
        c->slots = c->envelope->slots;
    c->items = envelope_place(c, "envelope.items");
    c->info_type = envelope_place(c, "envelope.info_type");
    return ERR_OK;
}

struct checker *
checker_new(const struct standard *s, enum check_profile profile,
            struct err *err)
{
    struct checker *c = calloc(1, sizeof(*c));
    enum err_code rc;

    if (c == NULL) {
        err_set(err, ERR_NOMEM, NULL, "out of memory");
        return NULL;
    }
    c->standard = s;
    for (int i = 0; i < CHECK_RULE_COUNT; i++)
        c->severity[i] = profile == CHECK_LENIENT && lenient_warns[i]
                             ? CHECK_WARNING
                             : CHECK_ERROR;
    rc = program_rule(c, NULL, CHECK_INFO_TYPE);
    if (rc != ERR_OK)
        err_set(err, rc, NULL, "out of memory");
    if (rc == ERR_OK)
        rc = compile_kinds(c, s, err);
    if (rc == ERR_OK)
        rc = compile_envelope(c, s, err);
    if (rc == ERR_OK)
        rc = compile_bodies(c, s, err);
    if (rc != ERR_OK) {
        checker_free(c);
        return NULL;
    }
    return c;
}

void
checker_free(struct checker *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->patterns; i++)
        pattern_free(c->pattern[i]);
    free(c->pattern);
    free(c->rule);
    arena_free(&c->arena);
    free(c);
}

const char *
checker_kind(const struct checker *c, size_t i)
{
    return i < c->programs ? c->kinds[i] : NULL;
}

size_t
checker_rule_count(const struct checker *c)
{
    return c->rules;
}

void
checker_rule(const struct checker *c, size_t i, const struct std_row **row,
             enum check_rule *rule)
{
    *row = c->rule[i].row;
    *rule = c->rule[i].rule;
}

size_t
check_rows(const struct checker *c, const char *kind, size_t *provisional)
{
    size_t rows = 0;

    *provisional = 0;
    for (size_t i = 0; i < std_row_count(c->standard); i++) {
        const struct std_row *r = std_row_at(c->standard, i);

        if (kind != NULL && strcmp(r->kind, kind) != 0)
            continue;
        rows++;
        *provisional += r->provisional;
    }
    return rows;
}

/* ---------------------------------------------------------------- state */

struct check_state *
check_state_new(const struct checker *c)
{
    struct check_state *st = calloc(1, sizeof(*st));

    if (st == NULL)
        return NULL;
    st->slot = calloc(c->slots + 1, sizeof(*st->slot));
    st->guess = calloc(c->guesses + 1, sizeof(*st->guess));
    st->pattern = pattern_scratch_new();
    if (st->slot == NULL || st->guess == NULL || st->pattern == NULL) {
        check_state_free(st);
        return NULL;
    }
    return st;
}

void
check_state_free(struct check_state *st)
{
    if (st == NULL)
        return;
    pattern_scratch_free(st->pattern);
    buf_free(&st->text);
    buf_free(&st->other);
    free(st->slot);
    free(st->guess);
    free(st);
}
