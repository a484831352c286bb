/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/selftest/outcome.h"

#include <ctype.h>
#include <strings.h>

#include "formats/json/reader.h"

struct reading {
    struct tape tape;
    struct buf scratch;
    struct outcome *out;
};

static const char *
text(struct reading *r, uint32_t object, const char *key)
{
    uint32_t i = tape_get(&r->tape, object, bytes_str(key));

    if (i == 0 || r->tape.node[i].type != TAPE_STRING)
        return "";
    return arena_str(&r->out->arena,
                     tape_clean(&r->tape, &r->tape.node[i], &r->scratch));
}

/* First element of a container, 0 when there is none. */
static uint32_t
first(const struct reading *r, uint32_t i)
{
    const struct tape_node *n = &r->tape.node[i];

    return i != 0 && n->type == TAPE_ARRAY && n->hash > 0 ? i + 1 : 0;
}

static void
point(struct outcome_test *t, const char *pointer)
{
    if (pointer != NULL && pointer[0] != '\0' &&
        t->pointers < OUTCOME_POINTERS_MAX)
        t->pointer[t->pointers++] = pointer;
}

static const char *const *
list(struct reading *r, uint32_t object, const char *key)
{
    uint32_t at = tape_get(&r->tape, object, bytes_str(key));
    size_t n = at ? r->tape.node[at].hash : 0, k = 0;
    const char **out = arena_array(&r->out->arena, n + 1, sizeof *out);

    if (out == NULL)
        return NULL;
    for (uint32_t i = first(r, at); i != 0; i = r->tape.node[i].next)
        out[k++] =
            arena_str(&r->out->arena,
                      tape_clean(&r->tape, &r->tape.node[i], &r->scratch));
    out[k] = NULL;
    return out;
}

/* expected, observed are texts of two languages. */
static const char *
said(struct reading *r, uint32_t object, const char *key)
{
    uint32_t i = tape_get(&r->tape, object, bytes_str(key));

    return i != 0 ? text(r, i, "en") : "";
}

static bool
take_test(struct reading *r, uint32_t i, struct outcome_test *t)
{
    uint32_t twin = tape_get(&r->tape, i, BYTES("twin"));
    uint32_t samples = tape_get(&r->tape, i, BYTES("samples"));

    *t = (struct outcome_test){.id = text(r, i, "id"),
                               .verifies = list(r, i, "verifies"),
                               .observed = said(r, i, "observed")};
    t->negative = twin != 0 && r->tape.node[twin].type == TAPE_STRING;
    point(t, text(r, i, "at"));
    for (uint32_t s = first(r, samples); s != 0; s = r->tape.node[s].next)
        point(t, text(r, s, "pointer"));
    point(t, t->observed);
    point(t, said(r, i, "expected"));
    return t->verifies != NULL &&
           verdict_of(bytes_str(text(r, i, "verdict")), &t->verdict);
}

static enum err_code
take(struct reading *r, struct err *err)
{
    uint32_t tests = tape_get(&r->tape, 0, BYTES("tests"));
    uint32_t complete = tape_get(&r->tape, 0, BYTES("complete"));
    struct outcome *o = r->out;

    if (tests == 0 || r->tape.node[tests].type != TAPE_ARRAY)
        return err_set(err, ERR_SYNTAX, NULL, "is no report");
    o->complete = complete != 0 && r->tape.node[complete].type == TAPE_TRUE;
    o->test =
        arena_array(&o->arena, r->tape.node[tests].hash + 1, sizeof *o->test);
    if (o->test == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    for (uint32_t i = first(r, tests); i != 0; i = r->tape.node[i].next) {
        if (!take_test(r, i, &o->test[o->tests++]))
            return err_set(err, ERR_SYNTAX, NULL,
                           "a test of the report has "
                           "no verdict");
    }
    return ERR_OK;
}

enum err_code
outcome_read(struct bytes report, struct outcome *out, struct err *err)
{
    static const struct json_limits limits = {.depth = 32,
                                              .keys = 4096,
                                              .string_bytes = 1 << 20,
                                              .nodes = TAPE_MAX_NODES,
                                              .bytes = TAPE_MAX_INPUT};
    struct reading r = {.out = out};
    struct json_reader reader;
    enum err_code code;

    *out = (struct outcome){0};
    json_reader_init(&reader, JSON_STRICT, &limits);
    code = json_read(&reader, report, &r.tape, err);
    if (code == ERR_OK)
        code = take(&r, err);
    json_reader_free(&reader);
    tape_free(&r.tape);
    buf_free(&r.scratch);
    if (code != ERR_OK)
        outcome_free(out);
    return code;
}

void
outcome_free(struct outcome *o)
{
    arena_free(&o->arena);
    *o = (struct outcome){0};
}

static struct bytes
in_record(struct bytes p)
{
    if (!bytes_starts(p, BYTES("/items/")))
        return p;
    p = bytes_from(p, 7);
    return bytes_from(p, bytes_find(p, '/'));
}

static bool
in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* ${word} stands in ${text}, case aside, and is not a part of another word: "id"
 * is not in "Idempotency-Key". */
static bool
mentions(const char *text, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = text; n > 0 && *p != '\0'; p++) {
        if (strncasecmp(p, word, n) == 0 &&
            (p == text || !in_word(p[-1]) || !in_word(word[0])) &&
            (!in_word(p[n]) || !in_word(word[n - 1])))
            return true;
    }
    return false;
}

static bool
same_place(const char *pointer, const char *site)
{
    struct bytes p = in_record(bytes_str(pointer));
    struct bytes s = in_record(bytes_str(site));

    /* What is missing is told at the object that lacks it. */
    return bytes_eq(p, s) ||
           (p.len > 0 && bytes_starts(s, p) && s.data[p.len] == '/') ||
           (s.len > 0 && bytes_starts(p, s) && p.data[s.len] == '/');
}

bool
outcome_points(const struct outcome_test *t, const char *site)
{
    for (size_t i = 0; i < t->pointers; i++) {
        if (site[0] == '/' && t->pointer[i][0] == '/'
                ? same_place(t->pointer[i], site)
                : mentions(t->pointer[i], site) ||
                      mentions(site, t->pointer[i]))
            return true;
    }
    return site[0] == '\0';
}

bool
outcome_verifies(const struct outcome_test *t, const char *rid)
{
    const char *const *p = t->verifies;

    while (*p != NULL && strcmp(*p, rid) != 0)
        p++;
    return *p != NULL;
}
