/* SPDX-License-Identifier: Apache-2.0 */
/* The semantic lint (DESIGN section 7): a mapping can be valid and still say
 * something wrong. What is surely wrong is an error, what should be looked at a
 * warning. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "formats/mapping/model.h"

#define LINT_MAX_RANGE 4096 /* numbers of a documented range tried one by one */

struct linting {
    const struct mapping *m;
    const struct standard *s;
    struct diag *diag;
};

static void
say(struct linting *l, enum diag_level level, unsigned line, unsigned col,
    const char *fmt, const char *a, const char *b)
{
    char text[ERR_MSG_MAX];
    size_t n = 0;

    /* "%1" and "%2" in ${fmt} are ${a} and ${b}. */
    for (; *fmt != '\0' && n + 1 < sizeof text; fmt++) {
        const char *arg = *fmt == '%' && fmt[1] == '1'   ? a
                          : *fmt == '%' && fmt[1] == '2' ? b
                                                         : NULL;

        if (arg == NULL) {
            text[n++] = *fmt;
            continue;
        }
        while (*arg != '\0' && n + 1 < sizeof text)
            text[n++] = *arg++;
        fmt++;
    }
    text[n] = '\0';
    diag_add(l->diag, level, l->m->file, line, col, "%s", text);
}

static bool
ends_in(const char *key, const char *tail)
{
    size_t n = strlen(key), m = strlen(tail);

    return n >= m && strcmp(key + n - m, tail) == 0;
}

/* ---- severity */

/* How grave a word is, 0 to 4; -1: no such word. */
static int
rank_of(struct bytes word)
{
    static const struct {
        const char *word;
        int rank;
    } words[] = {
        {"critical", 4},
        {"emergency", 4},
        {"fatal", 4},
        {"very-high", 4},
        {"严重", 4},
        {"危急", 4},
        {"超危", 4},
        {"high", 3},
        {"高", 3},
        {"高危", 3},
        {"medium", 2},
        {"moderate", 2},
        {"中", 2},
        {"中危", 2},
        {"low", 1},
        {"低", 1},
        {"低危", 1},
        {"info", 0},
        {"informational", 0},
        {"information", 0},
        {"提示", 0},
        {"信息", 0},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (word.len == strlen(words[i].word) &&
            strncasecmp(word.data, words[i].word, word.len) == 0)
            return words[i].rank;
    return -1;
}

/* Words that say a level must not become the other end of the scale. */
static void
lint_level_words(struct linting *l, const struct lookup *t)
{
    for (size_t i = 0; i < t->count; i++) {
        int from = rank_of(t->entry[i].from), to = rank_of(t->entry[i].to);

        if (from >= 0 && to >= 0 && abs(from - to) > 1)
            diag_add(l->diag, DIAG_ERROR, l->m->file, t->entry[i].line,
                     t->entry[i].col, "severity \"%.*s\" becomes \"%.*s\"",
                     (int)t->entry[i].from.len, t->entry[i].from.data,
                     (int)t->entry[i].to.len, t->entry[i].to.data);
    }
}

/* +1: larger numbers are graver, -1: smaller ones, 0: all alike, 2: neither.
 * *numbers: how many keys are numbers; *last: the one at the grave end. */
static int
direction(const struct lookup *t, size_t *numbers, double *last)
{
    int sign = 0;

    *numbers = 0;
    for (size_t i = 0; i < t->count; i++) {
        double a, b;

        if (!cond_number(t->entry[i].from, &a))
            continue;
        if ((*numbers)++ == 0)
            *last = a;
        for (size_t k = 0; k < t->count; k++) {
            int rank = rank_of(t->entry[i].to) - rank_of(t->entry[k].to);

            if (rank == 0 || !cond_number(t->entry[k].from, &b) || a <= b)
                continue;
            if (sign != 0 && (rank > 0) != (sign > 0))
                return 2;
            sign = rank > 0 ? 1 : -1;
        }
    }
    for (size_t i = 0; i < t->count; i++) {
        double v;

        if (cond_number(t->entry[i].from, &v) && (v - *last) * sign > 0)
            *last = v;
    }
    return sign;
}

/* Numbers must go one way, and the way that `worst` says. */
static void
lint_level_numbers(struct linting *l, const struct lookup *t)
{
    size_t numbers;
    double last = 0, worst;
    int sign = direction(t, &numbers, &last);

    if (sign == 2)
        say(l, DIAG_ERROR, t->line, t->col,
            "the levels of this lookup rise and fall", "", "");
    else if (numbers == 0)
        return;
    else if (t->worst.len == 0 || !cond_number(t->worst, &worst))
        say(l, DIAG_WARNING, t->line, t->col,
            "a numeric severity does not say which number is worst (worst: N)",
            "", "");
    else if (sign != 0 && (last < worst || last > worst))
        say(l, DIAG_ERROR, t->line, t->col,
            "wrong direction: the graver levels lie away from `worst`", "", "");
}

/* ---- lookups */

static bool
has_entry(const struct lookup *t, const char *key)
{
    for (size_t i = 0; i < t->count; i++)
        if (bytes_is(t->entry[i].from, key))
            return true;
    return false;
}

static void
lint_range(struct linting *l, const struct spec *s, const struct lookup *t)
{
    if (s->otherwise.data != NULL || s->miss_ok)
        return;
    if (t->to - t->from > LINT_MAX_RANGE) {
        say(l, DIAG_ERROR, t->line, t->col,
            "the lookup cannot cover its range; give a default", "", "");
        return;
    }
    for (int64_t v = t->from; v <= t->to; v++) {
        char key[24];

        (void)snprintf(key, sizeof key, "%lld", (long long)v);
        if (!has_entry(t, key)) {
            say(l, DIAG_ERROR, t->line, t->col,
                "%1 is in the documented range but neither in the lookup nor "
                "covered by a default",
                key, "");
            return;
        }
    }
}

static void
lint_lookup(struct linting *l, const struct spec *s, const char *key)
{
    const struct lookup *t = s->lookup;

    if (t->evidence == NULL || strlen(t->evidence) < 8)
        say(l, DIAG_ERROR, t->line, t->col,
            "the evidence of a lookup names a document and a place", "", "");
    if (t->ranged)
        lint_range(l, s, t);
    else if (s->otherwise.data == NULL && !s->miss_ok && t->count > 0) {
        double number;

        if (cond_number(t->entry[0].from, &number))
            say(l, DIAG_WARNING, t->line, t->col,
                "a lookup of numbers says neither its documented range nor a "
                "default",
                "", "");
    }
    if (ends_in(key, "alert_level")) {
        lint_level_words(l, t);
        lint_level_numbers(l, t);
    }
}

/* ---- constants and addresses */

/* Rows whose value comes from the event or is not there at all. */
static const char *const never_const[] = {
    ".ip",         ".port",      ".mac",      ".nat_ip",  ".nat_port",
    "alert_time",  "first_time", "last_time", "alert_id", "asset_id",
    ".first_seen", ".last_seen", ".hostname", ".user",    "vuln_id",
};
static const char *const seldom_const[] = {
    "alert_level", "alert_name", ".count", "attack_result", "confidence"};

static void
lint_const(struct linting *l, const struct spec *s, const char *key)
{
    for (size_t i = 0; i < sizeof never_const / sizeof never_const[0]; i++)
        if (ends_in(key, never_const[i])) {
            say(l, DIAG_ERROR, s->line, s->col,
                "%1 is a constant: nothing is invented to fill a row", key, "");
            return;
        }
    for (size_t i = 0; i < sizeof seldom_const / sizeof seldom_const[0]; i++)
        if (ends_in(key, seldom_const[i]))
            say(l, DIAG_WARNING, s->line, s->col,
                "%1 is a constant though sources differ in it", key, "");
}

enum side { SIDE_NONE, SIDE_SOURCE, SIDE_TARGET };

/* Which end a name of a vendor means. */
static enum side
side_of(struct bytes name)
{
    static const struct {
        const char *word;
        enum side side;
    } words[] = {
        {"src", SIDE_SOURCE},      {"source", SIDE_SOURCE},
        {"attacker", SIDE_SOURCE}, {"client", SIDE_SOURCE},
        {"dst", SIDE_TARGET},      {"dest", SIDE_TARGET},
        {"target", SIDE_TARGET},   {"victim", SIDE_TARGET},
        {"server", SIDE_TARGET},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i].word);

        if (name.len >= n && strncasecmp(name.data, words[i].word, n) == 0)
            return words[i].side;
    }
    return SIDE_NONE;
}

static void
lint_side(struct linting *l, const struct spec *s, const char *key)
{
    enum side row = strstr(key, ".source.")   ? SIDE_SOURCE
                    : strstr(key, ".target.") ? SIDE_TARGET
                                              : SIDE_NONE;

    for (uint32_t i = 0; row != SIDE_NONE && i < s->path.count; i++) {
        enum side side = side_of(s->path.step[i].name);

        if (side != SIDE_NONE && side != row) {
            say(l, DIAG_ERROR, s->line, s->col,
                "%1 takes %2: the ends look swapped", key, s->path.text);
            return;
        }
    }
}

/* The depth is that of the mapping, at most MAPPING_MAX_NEST. */
static void
lint_spec(struct linting *l, const struct spec *s, const char *key, bool whole)
{
    if (s->lookup != NULL)
        lint_lookup(l, s, key);
    if (s->kind == SPEC_CONST && whole)
        lint_const(l, s, key);
    if (s->otherwise.data != NULL && whole)
        for (size_t i = 0; i < sizeof never_const / sizeof never_const[0]; i++)
            if (ends_in(key, never_const[i]))
                say(l, DIAG_ERROR, s->line, s->col,
                    "%1 has a default: nothing is invented to fill a row", key,
                    "");
    if (s->kind == SPEC_PATH)
        lint_side(l, s, key);
    for (size_t i = 0; i < s->parts; i++)
        lint_spec(l, s->part[i], key, whole && s->kind == SPEC_FIRST_OF);
    for (size_t i = 0; i < s->subs; i++)
        lint_spec(l, s->sub[i].spec, s->sub[i].key, true);
}

/* ---- the whole */

static void
lint_head(struct linting *l)
{
    const struct mapping *m = l->m;
    const char *slash = strrchr(m->file, '/');
    const char *name = slash ? slash + 1 : m->file;
    size_t n = strlen(m->id);

    if (strncmp(name, m->id, n) != 0 || strcmp(name + n, ".yaml") != 0)
        say(l, DIAG_ERROR, 0, 0, "the file of mapping %1 must be %1.yaml",
            m->id, "");
    if (m->needs == 0)
        say(l, DIAG_WARNING, 0, 0,
            "from.require is empty: the source cannot be recognised", "", "");
    if (m->zh == NULL || m->en == NULL)
        say(l, DIAG_WARNING, 0, 0, "zh and en name the source for people", "",
            "");
}

/* Rows that are mandatory whatever the record. */
static void
lint_mandatory(struct linting *l)
{
    for (size_t i = 0; i < std_row_count(l->s); i++) {
        const struct std_row *row = std_row_at(l->s, i);
        bool found = strcmp(row->key, "alert.general.alert_id") == 0;

        if (strcmp(row->kind, l->m->to) != 0 || row->presence != STD_M ||
            row->type == STD_OBJECT || strstr(row->key, "extension") ||
            strstr(row->key, "[]") || strstr(row->key, ".detector."))
            continue;
        for (size_t k = 0; k < l->m->fields && !found; k++)
            found = strcmp(l->m->field[k].key, row->key) == 0;
        if (!found)
            say(l, DIAG_WARNING, 0, 0, "the mandatory row %1 is never filled",
                row->key, "");
    }
}

void
mapping_lint(const struct mapping *m, const struct standard *s,
             struct diag *diag)
{
    struct linting l = {m, s, diag};

    lint_head(&l);
    for (size_t i = 0; i < m->fields; i++)
        lint_spec(&l, m->field[i].spec, m->field[i].key, true);
    lint_mandatory(&l);
}
