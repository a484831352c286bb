/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/bind/binding.h"

#include <stdlib.h>

#include "formats/base/text.h"
#include "formats/base/yaml.h"
#include "formats/json/writer.h"

/* ---- reading */

static bool
is_sm3(const char *text)
{
    uint8_t bytes[32];

    return text_unhex(bytes_str(text), bytes, sizeof bytes);
}

static void
load_row(const struct yaml_file *f, struct yaml_node *n, struct binding_row *r)
{
    static const char *const known[] = {"rid", "clause", "sm3", NULL};

    (void)yaml_need(f, n, "rid");
    r->rid = yaml_str(f, n, "rid", "");
    r->clause = yaml_str(f, n, "clause", NULL);
    r->sm3 = yaml_str(f, n, "sm3", NULL);
    r->line = n->line;
    if (r->sm3 != NULL && !is_sm3(r->sm3))
        yaml_error(f, yaml_get(n, "sm3"), "'sm3' is 64 hex digits");
    if (r->clause != NULL &&
        (r->clause[0] == '\0' || strlen(r->clause) >= SENTENCE_CLAUSE_MAX))
        yaml_error(f, yaml_get(n, "clause"),
                   "'clause' is a number like 5.2.1 or null");
    yaml_unused(f, n, known);
}

static int
by_rid(const void *a, const void *b)
{
    const struct binding_row *x = a, *y = b;

    return strcmp(x->rid, y->rid);
}

static void
load_rows(const struct yaml_file *f, struct yaml_node *root, struct binding *b)
{
    struct yaml_node *list = yaml_list(f, root, "rows");
    size_t count = list ? list->count : 0;
    struct binding_row *row =
        arena_array(&b->arena, count + 1, sizeof(struct binding_row));

    if (row == NULL) {
        yaml_error(f, root, "out of memory");
        return;
    }
    for (struct yaml_node *n = list ? list->first : NULL; n; n = n->next) {
        if (n->type == YAML_MAP)
            load_row(f, n, &row[b->rows++]);
        else
            yaml_error(f, n, "a row is a map with 'rid'");
    }
    qsort(row, b->rows, sizeof *row, by_rid);
    for (size_t i = 1; i < b->rows; i++) {
        if (strcmp(row[i - 1].rid, row[i].rid) == 0)
            diag_add(f->diag, DIAG_ERROR, f->name, row[i].line, 0,
                     "%s stands here twice", row[i].rid);
    }
    b->row = row;
}

struct binding *
binding_parse(const char *file, struct bytes text, struct diag *diag)
{
    static const char *const known[] = {"kind",     "version", "issuer", "date",
                                        "text_sm3", "rows",    NULL};
    static const char *const kinds[] = {"binding", NULL};
    unsigned errors = diag->errors;
    struct binding *b = calloc(1, sizeof *b);
    struct yaml_file f = {.name = file, .diag = diag};
    struct yaml_node *root;

    if (b == NULL) {
        diag_add(diag, DIAG_ERROR, file, 0, 0, "out of memory");
        return NULL;
    }
    f.arena = &b->arena;
    root = yaml_parse(file, text, &b->arena, diag);
    if (root != NULL && root->type != YAML_MAP) {
        yaml_error(&f, root, "a binding is a map with 'kind: binding'");
    } else if (root != NULL) {
        (void)yaml_need(&f, root, "kind");
        (void)yaml_enum(&f, root, "kind", kinds, 0);
        (void)yaml_int(&f, root, "version", 1, 1, 1);
        b->issuer = yaml_str(&f, root, "issuer", "");
        b->date = yaml_str(&f, root, "date", "");
        b->text_sm3 = yaml_str(&f, root, "text_sm3", "");
        load_rows(&f, root, b);
        yaml_unused(&f, root, known);
    }
    if (diag->errors == errors)
        return b;
    binding_free(b);
    return NULL;
}

void
binding_free(struct binding *b)
{
    if (b == NULL)
        return;
    arena_free(&b->arena);
    free(b);
}

const struct binding_row *
binding_find(const struct binding *b, struct bytes rid)
{
    size_t low = 0, high = b->rows;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        struct bytes at = bytes_str(b->row[mid].rid);
        size_t n = at.len < rid.len ? at.len : rid.len;
        int c = n > 0 ? memcmp(at.data, rid.data, n) : 0;

        if (c == 0 && at.len == rid.len)
            return &b->row[mid];
        if (c < 0 || (c == 0 && at.len < rid.len))
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* ---- matching */

static const struct sentence *
find_sentence(const struct sentences *s, const char *sm3)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->item[i].sm3, sm3) == 0)
            return &s->item[i];
    }
    return NULL;
}

void
binding_match(const struct ledger *l, const struct binding *quotes,
              const struct sentences *s, struct bound *out, bool *covered)
{
    for (size_t i = 0; i < l->requirements; i++) {
        const struct requirement *q = &l->requirement[i];
        const struct binding_row *row =
            quotes ? binding_find(quotes, bytes_str(q->rid)) : NULL;

        out[i] = (struct bound){.requirement = q, .sm3 = q->quote_sm3};
        if (out[i].sm3 == NULL && row != NULL)
            out[i].sm3 = row->sm3;
        if (out[i].sm3 == NULL)
            continue;
        out[i].sentence = find_sentence(s, out[i].sm3);
        if (out[i].sentence != NULL)
            covered[out[i].sentence - s->item] = true;
    }
}

/* ---- writing; JSON strings are YAML too */

static void
put_pair(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "%s: ", name);
    json_put_string(out, bytes_str(value));
    buf_char(out, '\n');
}

void
binding_write(const struct binding_head *head, const struct bound *bound,
              size_t count, struct buf *out)
{
    buf_str(out, "# A claim of its issuer (用户声明): clauses of the printed "
                 "standard by the digest\n# of the sentence. Made by "
                 "hutong-conform bind.\nkind: binding\nversion: 1\n");
    put_pair(out, "issuer", head->issuer);
    put_pair(out, "date", head->date);
    put_pair(out, "text_sm3", head->text_sm3);
    buf_str(out, "rows:\n");
    for (size_t i = 0; i < count; i++) {
        const struct bound *b = &bound[i];

        if (b->sm3 == NULL)
            continue;
        buf_printf(out, "  - {rid: \"%s\", clause: ", b->requirement->rid);
        if (b->sentence != NULL && b->sentence->clause[0] != '\0')
            buf_printf(out, "\"%s\"", b->sentence->clause);
        else
            buf_str(out, "null");
        buf_printf(out, ", sm3: \"%s\"}\n", b->sm3);
    }
}
