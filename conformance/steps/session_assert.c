/* SPDX-License-Identifier: Apache-2.0 */
/* Assertions on received JSON: a pointer, an operator, a value. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "conformance/steps/assert.h"
#include "conformance/steps/session_in.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"

#define MATCH_LIMIT 100000

struct check { /* one assertion on one value */
    struct session *s;
    const struct tape *t;
    const struct tape_node *n; /* NULL: absent */
    uint32_t at;
    struct bytes text; /* of the value, see put_value */
    const struct yaml_node *want;
    struct buf *expected;
};

bool
assert_match(const char *pattern, struct bytes text)
{
    int code;
    PCRE2_SIZE offset;
    pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                                   PCRE2_ANCHORED | PCRE2_ENDANCHORED |
                                       PCRE2_UTF | PCRE2_DOLLAR_ENDONLY,
                                   &code, &offset, NULL);
    pcre2_match_data *m = re ? pcre2_match_data_create(1, NULL) : NULL;
    pcre2_match_context *ctx = m ? pcre2_match_context_create(NULL) : NULL;
    bool yes = false;

    if (ctx != NULL && pcre2_set_match_limit(ctx, MATCH_LIMIT) == 0)
        yes = pcre2_match(re, (PCRE2_SPTR)(text.data ? text.data : ""),
                          text.len, 0, 0, m, ctx) >= 0;
    pcre2_match_context_free(ctx);
    pcre2_match_data_free(m);
    pcre2_code_free(re);
    return yes;
}

bool
assert_pattern(const char *pattern)
{
    int code;
    PCRE2_SIZE offset;
    pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                                   PCRE2_UTF, &code, &offset, NULL);

    pcre2_code_free(re);
    return re != NULL;
}

bool
assert_within(struct bytes text, struct bytes part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (part.len == 0 || memcmp(text.data + i, part.data, part.len) == 0)
            return true;
    }
    return false;
}

/* ---- pointers (RFC 6901) */

static bool
next_token(struct bytes *p, char *out, size_t size, size_t *len)
{
    size_t i = 1;

    *len = 0;
    if (p->len == 0 || p->data[0] != '/')
        return false;
    for (; i < p->len && p->data[i] != '/'; i++) {
        char c = p->data[i];

        if (c == '~' && i + 1 < p->len)
            c = p->data[++i] == '0' ? '~' : '/';
        if (*len + 1 >= size)
            return false;
        out[(*len)++] = c;
    }
    *p = bytes_from(*p, i);
    return true;
}

bool
assert_find(const struct tape *t, struct bytes pointer, uint32_t *at)
{
    char token[256];
    size_t len;
    uint64_t index;

    *at = 0;
    while (pointer.len > 0) {
        if (!next_token(&pointer, token, sizeof token, &len))
            return false;
        if (t->node[*at].type == TAPE_OBJECT) {
            *at = tape_get(t, *at, bytes_of(token, len));
            if (*at == 0)
                return false;
        } else if (t->node[*at].type == TAPE_ARRAY) {
            if (!bytes_to_u64(bytes_of(token, len), UINT32_MAX, &index) ||
                index >= t->node[*at].hash)
                return false;
            for (++*at; index > 0; index--)
                *at = t->node[*at].next;
        } else {
            return false;
        }
    }
    return true;
}

/* ---- operators */

static const char *
type_name(const struct tape_node *n)
{
    static const char *const names[] = {
        [TAPE_NULL] = "null",     [TAPE_FALSE] = "boolean",
        [TAPE_TRUE] = "boolean",  [TAPE_INTEGER] = "integer",
        [TAPE_NUMBER] = "number", [TAPE_STRING] = "string",
        [TAPE_ARRAY] = "array",   [TAPE_OBJECT] = "object",
        [TAPE_KEY] = "string"};

    return names[n->type];
}

static bool
number(struct bytes text, double *out)
{
    char copy[64], *end;

    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *out = strtod(copy, &end);
    return *end == '\0';
}

/* A quoted text is a string; a bare word is what JSON reads in it. */
static bool
same(struct check *c, const struct yaml_node *want)
{
    bool string = c->n->type == TAPE_STRING;
    double d;

    if (want->quoted)
        return string && bytes_is(c->text, session_expand(c->s, want->text));
    if (string &&
        (number(want->text, &d) || bytes_is(want->text, "true") ||
         bytes_is(want->text, "false") || bytes_is(want->text, "null")))
        return false;
    return bytes_is(c->text, session_expand(c->s, want->text));
}

static bool
op_eq(struct check *c)
{
    return c->n != NULL && c->want->type == YAML_SCALAR && same(c, c->want);
}

/* Absent, or that: what need not be said, and is not to be wrong. */
static bool
op_eq_or_absent(struct check *c)
{
    return c->n == NULL || op_eq(c);
}

static bool
op_not_before(struct check *c)
{
    return c->n != NULL &&
           assert_time(c->t, c->at,
                       bytes_str(session_expand(c->s, c->want->text)), false);
}

static bool
op_not_after(struct check *c)
{
    return c->n != NULL &&
           assert_time(c->t, c->at,
                       bytes_str(session_expand(c->s, c->want->text)), true);
}

/* As it stands in the document, whatever its type: what was saved from another. */
static bool
op_same(struct check *c)
{
    return c->n != NULL &&
           bytes_is(c->text, session_expand(c->s, c->want->text));
}

static bool
op_ne(struct check *c)
{
    return c->n != NULL && !op_eq(c);
}

static bool
op_in(struct check *c)
{
    for (const struct yaml_node *w = c->want->first; w && c->n; w = w->next) {
        if (w->type == YAML_SCALAR && same(c, w))
            return true;
    }
    return false;
}

static bool
op_match(struct check *c)
{
    return c->n != NULL && c->n->type == TAPE_STRING &&
           assert_match(session_expand(c->s, c->want->text), c->text);
}

static bool
op_type(struct check *c)
{
    return c->n != NULL &&
           (bytes_is(c->want->text, type_name(c->n)) ||
            (bytes_is(c->want->text, "number") && c->n->type == TAPE_INTEGER));
}

static bool
op_present(struct check *c)
{
    return (c->n != NULL) == !bytes_is(c->want->text, "false");
}

static bool
op_absent(struct check *c)
{
    return (c->n == NULL) == !bytes_is(c->want->text, "false");
}

static bool
bound(struct check *c, bool upper)
{
    double have, want;

    return c->n != NULL &&
           (c->n->type == TAPE_INTEGER || c->n->type == TAPE_NUMBER) &&
           number(c->text, &have) &&
           number(bytes_str(session_expand(c->s, c->want->text)), &want) &&
           (upper ? have <= want : have >= want);
}

static bool
op_min(struct check *c)
{
    return bound(c, false);
}

static bool
op_max(struct check *c)
{
    return bound(c, true);
}

/* Characters of a string, members of a container. */
static bool
length(const struct check *c, uint64_t *out)
{
    if (c->n == NULL)
        return false;
    *out = c->n->hash;
    if (c->n->type == TAPE_ARRAY || c->n->type == TAPE_OBJECT)
        return true;
    *out = 0;
    for (size_t i = 0; i < c->text.len; i++)
        *out += ((unsigned char)c->text.data[i] & 0xC0) != 0x80;
    return c->n->type == TAPE_STRING;
}

static bool
length_bound(struct check *c, bool upper)
{
    uint64_t have, want;

    return length(c, &have) &&
           bytes_to_u64(bytes_str(session_expand(c->s, c->want->text)),
                        UINT32_MAX, &want) &&
           (upper ? have <= want : have >= want);
}

static bool
op_len_min(struct check *c)
{
    return length_bound(c, false);
}

static bool
op_len_max(struct check *c)
{
    return length_bound(c, true);
}

/* Elements of an array, written out; true when ${same_as} is among them, or,
 * when that is NULL, two of them are alike. */
static bool
among_elements(struct check *c, const char *same_as)
{
    struct buf a = {0}, b = {0};
    bool found = false;
    uint32_t i = c->n->hash > 0 ? c->at + 1 : 0;

    for (; i != 0 && !found; i = c->t->node[i].next) {
        const struct tape_node *n = &c->t->node[i];

        if (same_as != NULL) {
            buf_reset(&a);
            found = n->type == TAPE_STRING
                        ? tape_is(c->t, n, bytes_str(same_as))
                        : bytes_is(tape_raw(c->t, n), same_as);
            continue;
        }
        buf_reset(&a);
        json_put_value(&a, c->t, i);
        for (uint32_t k = n->next; k != 0 && !found; k = c->t->node[k].next) {
            buf_reset(&b);
            json_put_value(&b, c->t, k);
            found = bytes_eq(buf_view(&a), buf_view(&b));
        }
    }
    buf_free(&a);
    buf_free(&b);
    return found;
}

static bool
op_unique(struct check *c)
{
    return c->n != NULL && c->n->type == TAPE_ARRAY &&
           (c->n->hash > 4096 || !among_elements(c, NULL));
}

static bool
op_contains(struct check *c)
{
    const char *want = session_expand(c->s, c->want->text);

    if (c->n != NULL && c->n->type == TAPE_ARRAY)
        return among_elements(c, want);
    return c->n != NULL && c->n->type == TAPE_STRING &&
           assert_within(c->text, bytes_str(want));
}

static const struct {
    const char *name;
    bool (*holds)(struct check *c);
    bool list;
} operators[] = {
    {"eq", op_eq, false},
    {"ne", op_ne, false},
    {"in", op_in, true},
    {"match", op_match, false},
    {"type", op_type, false},
    {"present", op_present, false},
    {"absent", op_absent, false},
    {"min", op_min, false},
    {"max", op_max, false},
    {"len_min", op_len_min, false},
    {"len_max", op_len_max, false},
    {"unique", op_unique, false},
    {"contains", op_contains, false},
    {"same", op_same, false},
    {"eq_or_absent", op_eq_or_absent, false},
    {"not_before", op_not_before, false},
    {"not_after", op_not_after, false},
};
#define OPERATORS (sizeof operators / sizeof operators[0])

const char *
assert_fault(const struct yaml_node *test)
{
    size_t n = 0;

    if (test->type != YAML_MAP || step_text(step_member(test, "at")) == NULL)
        return "an assertion is {at: POINTER, OPERATOR: VALUE}";
    for (const struct yaml_node *m = test->first; m != NULL; m = m->next) {
        bool known = bytes_is(m->key, "at");

        for (size_t i = 0; i < OPERATORS && !known; i++) {
            known = bytes_is(m->key, operators[i].name);
            n += known;
            if (known && (m->type == YAML_LIST) != operators[i].list)
                return "'in' takes a list, every other operator one value";
            if (known && operators[i].holds == op_match &&
                strstr(m->text.data, "${") == NULL &&
                !assert_pattern(m->text.data))
                return "'match' is no regular expression";
            if (known &&
                (operators[i].holds == op_not_before ||
                 operators[i].holds == op_not_after) &&
                !assert_time_form(m->text))
                return "the bound of a time is POINTER+Ns";
        }
        if (!known)
            return "no such operator";
    }
    return n > 0 ? NULL : "an assertion without an operator";
}

/* ---- the list */

static void
put_wanted(struct session *s, const struct yaml_node *m, struct buf *out)
{
    buf_bytes(out, m->key);
    buf_char(out, ' ');
    if (m->type == YAML_SCALAR)
        buf_str(out, session_expand(s, m->text));
    for (const struct yaml_node *i = m->first; i != NULL; i = i->next) {
        if (i->type == YAML_SCALAR)
            buf_str(out, session_expand(s, i->text));
        buf_str(out, i->next ? ", " : "");
    }
}

static enum verdict
check_one(struct session *s, const struct tape *t, const struct yaml_node *test,
          const char *what, struct buf *scratch)
{
    const char *pointer = session_expand(s, step_member(test, "at")->text);
    struct check c = {.s = s, .t = t};
    struct buf expected = {0}, observed = {0};
    enum verdict v = VERDICT_PASS;

    if (assert_find(t, bytes_str(pointer), &c.at)) {
        c.n = &t->node[c.at];
        c.text = c.n->type == TAPE_STRING ? tape_clean(t, c.n, scratch)
                                          : tape_raw(t, c.n);
        if (c.n->type == TAPE_NULL)
            c.text = BYTES("null");
        else if (c.n->type == TAPE_TRUE || c.n->type == TAPE_FALSE)
            c.text = c.n->type == TAPE_TRUE ? BYTES("true") : BYTES("false");
    }
    for (const struct yaml_node *m = test->first; m && v == VERDICT_PASS;
         m = m->next) {
        c.want = m;
        for (size_t i = 0; i < OPERATORS; i++) {
            if (!bytes_is(m->key, operators[i].name) || operators[i].holds(&c))
                continue;
            put_wanted(s, m, &expected);
            if (c.n != NULL)
                json_put_value(&observed, t, c.at);
            else
                buf_printf(&observed, "%s has no such member", what);
            v = session_fail(s, pointer, buf_cstr(&expected),
                             buf_cstr(&observed));
        }
    }
    buf_free(&expected);
    buf_free(&observed);
    return v;
}

enum verdict
session_assert(struct session *s, const struct ledger_step *st,
               const char *param, struct bytes document, const char *what)
{
    static const struct json_limits limits = {64, 65536, 1 << 20,
                                              TAPE_MAX_NODES, SESSION_BODY_MAX};
    const struct yaml_node *list = step_arg(st, param);
    struct json_reader reader;
    struct tape t = {0};
    struct buf scratch = {0};
    struct err err = {0};
    enum verdict v = VERDICT_PASS;

    if (list == NULL || list->type != YAML_LIST)
        return VERDICT_PASS;
    json_reader_init(&reader, JSON_STRICT, &limits);
    if (json_read(&reader, document, &t, &err) != ERR_OK) {
        char observed[400];

        (void)snprintf(observed, sizeof observed, "%s is no JSON: %s (%s)",
                       what, err.msg, err.where);
        v = err.code == ERR_NOMEM
                ? session_error(s, &err)
                : session_fail(s, "body", "a JSON document", observed);
    }
    for (const struct yaml_node *i = list->first; i && v == VERDICT_PASS;
         i = i->next)
        v = check_one(s, &t, i, what, &scratch);
    json_reader_free(&reader);
    tape_free(&t);
    buf_free(&scratch);
    return v;
}
