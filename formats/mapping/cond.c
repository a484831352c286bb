/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mapping/cond.h"

#define WORD_MAX     32
#define EXPONENT_MAX 400

struct parser {
    struct arena *arena;
    struct bytes all, in; /* the whole text, what is left */
    const char *why;
    unsigned depth;
};

static void *
fail(struct parser *p, const char *what)
{
    if (p->why == NULL) {
        p->why = arena_printf(p->arena, "%s at byte %zu of the condition", what,
                              p->all.len - p->in.len + 1);
        if (p->why == NULL)
            p->why = "out of memory";
    }
    return NULL;
}

static void
spaces(struct parser *p)
{
    while (p->in.len > 0 && (p->in.data[0] == ' ' || p->in.data[0] == '\n' ||
                             p->in.data[0] == '\t'))
        p->in = bytes_from(p->in, 1);
}

/* Take ${token} when it comes next; a word must end there. */
static bool
take(struct parser *p, const char *token)
{
    size_t n = strlen(token);
    bool word = token[0] >= 'a' && token[0] <= 'z';

    spaces(p);
    if (!bytes_starts(p->in, bytes_of(token, n)))
        return false;
    if (word && p->in.len > n && strchr(" \t\n()'\"[", p->in.data[n]) == NULL)
        return false;
    p->in = bytes_from(p->in, n);
    return true;
}

/* A path ends at a space or at what no bare path holds; quoted names hold
 * anything. A bracket that the path did not open ends a list. */
static bool
take_path(struct parser *p, struct path *out)
{
    size_t n = 0;
    bool quoted = false, open = false;
    const char *why;

    spaces(p);
    for (; n < p->in.len; n++) {
        char c = p->in.data[n];

        if (c == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (strchr(" \t\n(),=!<>'", c) != NULL || (c == ']' && !open))
            break;
        open = c == '[' || (open && c != ']');
    }
    why = path_parse(p->arena, bytes_upto(p->in, n), out);
    if (why != NULL) {
        (void)fail(p, why);
        return false;
    }
    p->in = bytes_from(p->in, n);
    return true;
}

static bool
take_text(struct parser *p, struct cond_value *v)
{
    char quote = p->in.data[0];
    struct bytes rest = bytes_from(p->in, 1);
    size_t end = bytes_find(rest, quote);

    if (end == rest.len) {
        (void)fail(p, "a text does not end");
        return false;
    }
    v->text = arena_copy(p->arena, bytes_upto(rest, end));
    if (v->text.data == NULL) {
        (void)fail(p, "out of memory");
        return false;
    }
    p->in = bytes_from(rest, end + 1);
    return true;
}

/* A literal, or a path where ${path_ok}. */
static bool
take_value(struct parser *p, struct cond_value *v, bool path_ok)
{
    struct path path;

    *v = (struct cond_value){0};
    spaces(p);
    if (p->in.len > 0 && (p->in.data[0] == '\'' || p->in.data[0] == '"'))
        return take_text(p, v);
    if (!take_path(p, &path))
        return false;
    v->text = bytes_str(path.text);
    v->number = cond_number(v->text, &v->value);
    if (v->number || bytes_is(v->text, "true") || bytes_is(v->text, "false"))
        return true;
    if (!path_ok) {
        (void)fail(p, "a list holds numbers and quoted texts only");
        return false;
    }
    v->path = arena_alloc(p->arena, sizeof path);
    if (v->path == NULL) {
        (void)fail(p, "out of memory");
        return false;
    }
    memcpy((void *)(uintptr_t)v->path, &path, sizeof path);
    return true;
}

#define COND_MAX_VALUES 256

static bool
take_list(struct parser *p, struct cond *c)
{
    struct cond_value v[COND_MAX_VALUES];

    if (!take(p, "[")) {
        (void)fail(p, "[ is wanted after in");
        return false;
    }
    do {
        if (c->count == COND_MAX_VALUES) {
            (void)fail(p, "a list holds at most 256 values");
            return false;
        }
        if (!take_value(p, &v[c->count], false))
            return false;
        c->count++;
    } while (take(p, ","));
    if (!take(p, "]")) {
        (void)fail(p, "] is wanted");
        return false;
    }
    c->value = arena_array(p->arena, c->count, sizeof *v);
    if (c->value == NULL) {
        (void)fail(p, "out of memory");
        return false;
    }
    memcpy(c->value, v, c->count * sizeof *v);
    return true;
}

static const struct {
    const char *token;
    enum cond_op op;
} ops[] = {
    {"==", COND_EQ},         {"!=", COND_NE},
    {"<=", COND_LE},         {">=", COND_GE},
    {"<", COND_LT},          {">", COND_GT},
    {"starts", COND_STARTS}, {"contains", COND_CONTAINS},
    {"in", COND_IN},
};

static bool
take_operation(struct parser *p, struct cond *c)
{
    size_t i = 0;

    while (i < sizeof ops / sizeof ops[0] && !take(p, ops[i].token))
        i++;
    if (i == sizeof ops / sizeof ops[0]) {
        (void)fail(p, "an operator (== != < <= > >= in starts contains) is "
                      "wanted");
        return false;
    }
    c->op = ops[i].op;
    if (c->op == COND_IN)
        return take_list(p, c);
    c->value = arena_alloc(p->arena, sizeof *c->value);
    c->count = 1;
    return c->value != NULL && take_value(p, c->value, true);
}

static struct cond *
new_cond(struct parser *p, enum cond_kind kind, struct cond *left,
         struct cond *right)
{
    struct cond *c = arena_alloc(p->arena, sizeof *c);

    if (c == NULL)
        return fail(p, "out of memory");
    *c = (struct cond){.kind = kind, .left = left, .right = right};
    return c;
}

static struct cond *parse_or(struct parser *p);

static struct cond *
parse_test(struct parser *p)
{
    bool has = take(p, "has");
    struct cond *c = new_cond(p, has ? COND_HAS : COND_TEST, NULL, NULL);

    if (c == NULL || !take_path(p, &c->path))
        return NULL;
    if (!has && !take_operation(p, c))
        return fail(p, "a value is wanted");
    return c;
}

static struct cond *
parse_not(struct parser *p)
{
    struct cond *c;

    if (p->depth == COND_MAX_DEPTH)
        return fail(p, "too deep");
    p->depth++;
    if (take(p, "not")) {
        c = parse_not(p);
        c = c ? new_cond(p, COND_NOT, c, NULL) : NULL;
    } else if (take(p, "(")) {
        c = parse_or(p);
        if (c != NULL && !take(p, ")"))
            c = fail(p, ") is wanted");
    } else {
        c = parse_test(p);
    }
    p->depth--;
    return c;
}

static struct cond *
parse_and(struct parser *p)
{
    struct cond *c = parse_not(p);

    while (c != NULL && take(p, "and")) {
        struct cond *right = parse_not(p);

        c = right ? new_cond(p, COND_AND, c, right) : NULL;
    }
    return c;
}

static struct cond *
parse_or(struct parser *p)
{
    struct cond *c = parse_and(p);

    while (c != NULL && take(p, "or")) {
        struct cond *right = parse_and(p);

        c = right ? new_cond(p, COND_OR, c, right) : NULL;
    }
    return c;
}

struct cond *
cond_parse(struct arena *arena, struct bytes text, const char **why)
{
    struct parser p = {.arena = arena, .all = text, .in = text};
    struct cond *c = parse_or(&p);

    spaces(&p);
    if (c != NULL && p.in.len != 0)
        c = fail(&p, "\"and\" or \"or\" is wanted");
    *why = p.why;
    return c;
}

/* Digits into *value; how many there were. */
static size_t
digits(struct bytes *in, double *value)
{
    size_t n = 0;

    while (n < in->len && in->data[n] >= '0' && in->data[n] <= '9')
        *value = *value * 10 + (in->data[n++] - '0');
    *in = bytes_from(*in, n);
    return n;
}

static double
scale(double value, long exponent)
{
    double factor = exponent < 0 ? 0.1 : 10;

    for (long i = exponent < 0 ? -exponent : exponent; i > 0; i--)
        value *= factor;
    return value;
}

bool
cond_number(struct bytes text, double *out)
{
    bool minus = text.len > 0 && text.data[0] == '-';
    double value = 0;
    double exponent = 0;
    long shift = 0;

    if (minus)
        text = bytes_from(text, 1);
    if (digits(&text, &value) == 0)
        return false;
    if (text.len > 0 && text.data[0] == '.') {
        size_t n;

        text = bytes_from(text, 1);
        n = digits(&text, &value);
        if (n == 0)
            return false;
        shift = -(long)(n > EXPONENT_MAX ? EXPONENT_MAX : n);
    }
    if (text.len > 1 && (text.data[0] == 'e' || text.data[0] == 'E')) {
        bool down = text.data[1] == '-';

        text = bytes_from(text,
                          text.data[1] == '-' || text.data[1] == '+' ? 2 : 1);
        if (digits(&text, &exponent) == 0)
            return false;
        exponent = exponent > EXPONENT_MAX ? EXPONENT_MAX : exponent;
        shift += down ? -(long)exponent : (long)exponent;
    }
    if (text.len != 0)
        return false;
    value = scale(value, shift);
    *out = minus ? -value : value;
    return true;
}
