/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns: a choice of runs of ASCII classes matched by hand, else PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "formats/check/pattern.h"

#include <pcre2.h>
#include <stdlib.h>

#define CHOICES_MAX 24
#define RUNS_MAX    16
#define GROUPS_MAX  4 /* groups inside each other */
#define REPEAT_MAX  65535
#define UNBOUNDED   UINT32_MAX
#define STEPS_MAX   100000 /* DESIGN section 10: regex match steps */

struct run {         /* so many bytes of one class */
    uint64_t set[2]; /* ASCII */
    uint32_t min, max;
};

struct choice {
    uint32_t count;
    struct run run[RUNS_MAX];
};

struct choices {
    uint32_t count;
    struct choice *choice; /* CHOICES_MAX, owned */
};

struct pattern {
    struct choices plain; /* count 0: use ${code} */
    pcre2_code *code;
};

struct pattern_scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static bool
in_set(const struct run *r, unsigned char c)
{
    return c < 128 && (r->set[c >> 6] >> (c & 63) & 1) != 0;
}

static void
put_set(struct run *r, unsigned char c)
{
    r->set[c >> 6] |= (uint64_t)1 << (c & 63);
}

static void
put_range(struct run *r, unsigned first, unsigned last)
{
    for (unsigned c = first; c <= last; c++)
        put_set(r, (unsigned char)c);
}

/* ---------------------------------------------------------------- compile */

struct reader {
    const char *at;  /* rest of the pattern, NUL-ended */
    const char *end; /* where the closing anchor stands */
};

/* One escape after its backslash: a class, or a quoted ASCII sign. */
static bool
read_escape(struct reader *r, struct run *out, int *single)
{
    char c = r->at < r->end ? *r->at++ : '\0';

    *single = -1;
    if (c == 'd') {
        put_range(out, '0', '9');
    } else if (c == 'w') {
        put_range(out, '0', '9');
        put_range(out, 'A', 'Z');
        put_range(out, 'a', 'z');
        put_set(out, '_');
    } else if (c != '\0' && strchr("^$\\.*+?()[]{}|/-_:@#", c)) {
        put_set(out, (unsigned char)c);
        *single = c;
    } else {
        return false;
    }
    return true;
}

/* One sign of a class: *single is its value, or -1 for \d and \w. */
static bool
read_member(struct reader *r, struct run *out, int *single)
{
    unsigned char c;

    if (r->at >= r->end)
        return false;
    c = (unsigned char)*r->at++;
    if (c == '\\')
        return read_escape(r, out, single);
    if (c >= 128 || c == '[')
        return false;
    put_set(out, c);
    *single = c;
    return true;
}

static bool
read_class(struct reader *r, struct run *out)
{
    if (r->at < r->end && *r->at == '^')
        return false; /* would match bytes of other characters */
    while (r->at < r->end && *r->at != ']') {
        int first, last;

        if (!read_member(r, out, &first))
            return false;
        if (r->end - r->at < 2 || *r->at != '-' || r->at[1] == ']')
            continue;
        r->at++;
        if (first < 0 || !read_member(r, out, &last) || last < first)
            return false;
        put_range(out, (unsigned)first, (unsigned)last);
    }
    if (r->at >= r->end)
        return false;
    r->at++;
    return true;
}

static bool
read_count(struct reader *r, uint32_t *out)
{
    uint32_t v = 0;
    const char *start = r->at;

    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
        v = v * 10 + (uint32_t)(*r->at - '0');
        if (v > REPEAT_MAX)
            return false;
    }
    *out = v;
    return r->at > start;
}

/* The quantifier behind an atom; {1,1} when there is none. */
static bool
read_repeat(struct reader *r, uint32_t *min, uint32_t *max)
{
    *min = *max = 1;
    if (r->at >= r->end || strchr("?*+{", *r->at) == NULL)
        return true;
    switch (*r->at++) {
    case '?':
        *min = 0;
        break;
    case '*':
        *min = 0;
        *max = UNBOUNDED;
        break;
    case '+':
        *max = UNBOUNDED;
        break;
    default:
        if (!read_count(r, min))
            return false;
        *max = *min;
        if (r->at < r->end && *r->at == ',') {
            r->at++;
            if (r->at < r->end && *r->at == '}')
                *max = UNBOUNDED;
            else if (!read_count(r, max))
                return false;
        }
        if (r->at >= r->end || *r->at++ != '}' || *max < *min)
            return false;
    }
    return r->at >= r->end || strchr("?+*{", *r->at) == NULL; /* lazy etc. */
}

static bool
choices_new(struct choices *c)
{
    c->count = 0;
    c->choice = calloc(CHOICES_MAX, sizeof(*c->choice));
    return c->choice != NULL;
}

static bool
choices_add(struct choices *to, const struct choices *from)
{
    if (to->count + from->count > CHOICES_MAX)
        return false;
    memcpy(to->choice + to->count, from->choice,
           from->count * sizeof(*from->choice));
    to->count += from->count;
    return true;
}

/* to = each of ${to} followed by each of ${tail}. */
static bool
choices_append(struct choices *to, const struct choices *tail)
{
    struct choices made;
    bool ok = to->count * tail->count <= CHOICES_MAX && choices_new(&made);

    if (!ok)
        return false;
    for (uint32_t i = 0; ok && i < to->count; i++) {
        for (uint32_t k = 0; ok && k < tail->count; k++) {
            struct choice *c = &made.choice[made.count++];
            const struct choice *more = &tail->choice[k];

            *c = to->choice[i];
            ok = c->count + more->count <= RUNS_MAX;
            if (ok) {
                memcpy(c->run + c->count, more->run,
                       more->count * sizeof(*more->run));
                c->count += more->count;
            }
        }
    }
    free(to->choice);
    *to = made;
    return ok;
}

static bool read_choices(struct reader *r, unsigned depth, struct choices *out);

/* A group and its quantifier, repeated by copying. */
static bool
read_group(struct reader *r, unsigned depth, struct choices *out)
{
    struct choices group = {0}, all = {0};
    uint32_t min, max;
    bool ok = choices_new(&group) && choices_new(&all);

    if (r->end - r->at >= 2 && r->at[0] == '?') {
        ok = ok && r->at[1] == ':';
        r->at += 2;
    }
    ok = ok && read_choices(r, depth + 1, &group) && r->at < r->end;
    ok = ok && *r->at++ == ')' && read_repeat(r, &min, &max);
    ok = ok && max <= RUNS_MAX;
    for (uint32_t n = 0; ok && n <= max; n++) {
        struct choices one = {0};

        if (n < min)
            continue;
        ok = choices_new(&one);
        if (ok)
            one.count = 1;
        for (uint32_t k = 0; ok && k < n; k++)
            ok = choices_append(&one, &group);
        ok = ok && choices_add(&all, &one);
        free(one.choice);
    }
    ok = ok && choices_append(out, &all);
    free(group.choice);
    free(all.choice);
    return ok;
}

static bool
read_atom(struct reader *r, struct choices *out)
{
    struct run run = {0};
    int single;
    char c = *r->at++;
    bool ok;

    if (c == '[')
        ok = read_class(r, &run);
    else if (c == '\\')
        ok = read_escape(r, &run, &single);
    else
        ok = (unsigned char)c < 128 && strchr("^$.*+?{}])", c) == NULL;
    if (!ok || !read_repeat(r, &run.min, &run.max))
        return false;
    if (c != '[' && c != '\\')
        put_set(&run, (unsigned char)c);
    for (uint32_t i = 0; i < out->count; i++) {
        struct choice *to = &out->choice[i];

        if (to->count == RUNS_MAX)
            return false;
        to->run[to->count++] = run;
    }
    return true;
}

/* Alternatives up to ${r}'s end or a closing parenthesis. */
static bool
read_choices(struct reader *r, unsigned depth, struct choices *out)
{
    struct choices now;
    bool ok = depth <= GROUPS_MAX && choices_new(&now);

    if (!ok)
        return false;
    now.count = 1;
    while (ok && r->at < r->end && *r->at != ')') {
        if (*r->at == '|') {
            r->at++;
            /* Outside a group, ^a|b$ anchors each side once only. */
            ok = depth > 0 && choices_add(out, &now);
            memset(now.choice, 0, CHOICES_MAX * sizeof(*now.choice));
            now.count = 1;
        } else if (*r->at == '(') {
            r->at++;
            ok = read_group(r, depth, &now);
        } else {
            ok = read_atom(r, &now);
        }
    }
    ok = ok && choices_add(out, &now);
    free(now.choice);
    return ok;
}

/* A run that takes all it can must not take what a later run needs. */
static bool
greedy_is_exact(const struct choice *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        const struct run *a = &c->run[i];

        if (a->min == a->max)
            continue;
        for (uint32_t k = i + 1; k < c->count; k++) {
            const struct run *b = &c->run[k];

            if ((a->set[0] & b->set[0]) != 0 || (a->set[1] & b->set[1]) != 0)
                return false;
            if (b->min > 0)
                break;
        }
    }
    return true;
}

/* A pattern that starts with ^ and ends with $. */
static bool
compile_plain(const char *text, struct choices *out)
{
    size_t len = strlen(text);
    struct reader r = {text + 1, text + len - 1};
    bool ok;

    if (len < 2 || text[0] != '^' || text[len - 1] != '$' ||
        text[len - 2] == '\\' || !choices_new(out))
        return false;
    ok = read_choices(&r, 0, out) && r.at == r.end;
    for (uint32_t i = 0; ok && i < out->count; i++)
        ok = greedy_is_exact(&out->choice[i]);
    if (!ok) {
        free(out->choice);
        *out = (struct choices){0};
    }
    return ok;
}

struct pattern *
pattern_new(const char *text, bool plain, struct err *err)
{
    struct pattern *p = calloc(1, sizeof(*p));
    PCRE2_UCHAR message[128];
    PCRE2_SIZE at;
    int code;

    if (p == NULL) {
        err_set(err, ERR_NOMEM, NULL, "out of memory");
        return NULL;
    }
    p->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                            PCRE2_UTF | PCRE2_DOLLAR_ENDONLY |
                                PCRE2_NEVER_BACKSLASH_C,
                            &code, &at, NULL);
    if (p->code == NULL) {
        pcre2_get_error_message(code, message, sizeof(message));
        err_set(err, ERR_SYNTAX, NULL, "pattern %s: %s at %zu", text,
                (const char *)message, (size_t)at);
        free(p);
        return NULL;
    }
    if (plain)
        compile_plain(text, &p->plain);
    return p;
}

void
pattern_free(struct pattern *p)
{
    if (p == NULL)
        return;
    pcre2_code_free(p->code);
    free(p->plain.choice);
    free(p);
}

bool
pattern_plain(const struct pattern *p)
{
    return p->plain.count > 0;
}

/* ---------------------------------------------------------------- match */

struct pattern_scratch *
pattern_scratch_new(void)
{
    struct pattern_scratch *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->data = pcre2_match_data_create(1, NULL);
    s->context = pcre2_match_context_create(NULL);
    if (s->data == NULL || s->context == NULL) {
        pattern_scratch_free(s);
        return NULL;
    }
    pcre2_set_match_limit(s->context, STEPS_MAX);
    pcre2_set_depth_limit(s->context, STEPS_MAX);
    return s;
}

void
pattern_scratch_free(struct pattern_scratch *s)
{
    if (s == NULL)
        return;
    pcre2_match_data_free(s->data);
    pcre2_match_context_free(s->context);
    free(s);
}

static bool
match_choice(const struct choice *c, struct bytes b)
{
    size_t at = 0;

    for (uint32_t i = 0; i < c->count; i++) {
        const struct run *r = &c->run[i];
        size_t start = at, most = r->max == UNBOUNDED ? b.len : r->max;

        while (at < b.len && at - start < most &&
               in_set(r, (unsigned char)b.data[at]))
            at++;
        if (at - start < r->min)
            return false;
    }
    return at == b.len;
}

bool
pattern_ok(const struct pattern *p, struct pattern_scratch *s, struct bytes b)
{
    if (p->plain.count > 0) {
        for (uint32_t i = 0; i < p->plain.count; i++) {
            if (match_choice(&p->plain.choice[i], b))
                return true;
        }
        return false;
    }
    return pcre2_match(p->code, (PCRE2_SPTR)(b.len ? b.data : ""), b.len, 0,
                       PCRE2_NO_UTF_CHECK, s->data, s->context) >= 0;
}
