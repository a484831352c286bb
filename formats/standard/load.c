/* SPDX-License-Identifier: Apache-2.0 */
/* Collects definition, code and overlay files, then compiles them. One arena
 * holds everything, so a failed load is freed in one go. */
#include "formats/standard/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/base/embed.h"

#define TABLE_SLOTS ((size_t)STD_MAX_ROWS * 2)

static const char *const file_kinds[] = {"definition", "codes", "overlay",
                                         "interface", NULL};
enum file_kind { FILE_DEFINITION, FILE_CODES, FILE_OVERLAY, FILE_INTERFACE };

void *
load_alloc(struct std_loader *l, size_t count, size_t size)
{
    void *p = arena_array(&l->s->arena, count, size);

    if (p == NULL && !l->nomem) {
        l->nomem = true;
        diag_add(l->diag, DIAG_ERROR, "standard", 0, 0, "out of memory");
    }
    return p;
}

const char *
load_printf(struct std_loader *l, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    char *p;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof text)
        n = (int)sizeof text - 1;
    p = load_alloc(l, (size_t)n + 1, 1);
    if (p != NULL)
        memcpy(p, text, (size_t)n);
    return p;
}

void
draft_error(struct std_loader *l, const struct draft *d, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    diag_add(l->diag, DIAG_ERROR, d->row.file, d->row.line, d->col, "%s", text);
}

static size_t
draft_slot(const struct std_loader *l, const char *key)
{
    size_t i = hash_key(key, strlen(key)) & (TABLE_SLOTS - 1);

    while (l->table[i] != NULL && strcmp(l->table[i]->row.key, key) != 0)
        i = (i + 1) & (TABLE_SLOTS - 1);
    return i;
}

struct draft *
draft_find(const struct std_loader *l, const char *key)
{
    return l->table[draft_slot(l, key)];
}

struct draft *
draft_new(struct std_loader *l, const struct yaml_file *f,
          const struct yaml_node *n, const char *key, const char *kind)
{
    size_t slot = draft_slot(l, key);
    struct draft *d;

    if (l->table[slot] != NULL) {
        yaml_error(f, n, "row '%s' exists already at %s:%u", key,
                   l->table[slot]->row.file, l->table[slot]->row.line);
        return NULL;
    }
    if (l->count == STD_MAX_ROWS) {
        yaml_error(f, n, "more than %d rows", STD_MAX_ROWS);
        return NULL;
    }
    d = load_alloc(l, 1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->row.key = key;
    d->row.kind = kind;
    d->row.file = f->name;
    d->row.line = n->line;
    d->row.provisional = true;
    d->col = n->col;
    l->table[slot] = d;
    l->count++;
    *l->last = d;
    l->last = &d->next;
    return d;
}

struct std_loader *
std_loader_new(struct diag *diag)
{
    struct std_loader *l = calloc(1, sizeof *l);

    if (l == NULL)
        return NULL;
    l->diag = diag;
    l->errors_before = diag->errors;
    l->last = &l->first;
    l->last_overlay = &l->overlays;
    l->s = calloc(1, sizeof *l->s);
    l->table = calloc(TABLE_SLOTS, sizeof(struct draft *));
    if (l->s == NULL || l->table == NULL) {
        free(l->table);
        free(l->s);
        free(l);
        return NULL;
    }
    l->last_codes = &l->s->codes;
    return l;
}

/* The part of a definition above its rows. */
static struct kind_def *
definition_head(struct std_loader *l, const struct yaml_file *f,
                struct yaml_node *root)
{
    static const char *const need[] = {"id", "version", "edition",
                                       "zh", "en",      "rows"};
    struct standard *s = l->s;
    struct kind_def *k;
    const char *edition;
    bool all = true;

    for (size_t i = 0; i < 6; i++)
        all = yaml_need(f, root, need[i]) && all;
    if (s->kind_count == STD_MAX_KINDS) {
        yaml_error(f, root, "more than %d kinds", STD_MAX_KINDS);
        return NULL;
    }
    k = &s->kind[s->kind_count];
    *k = (struct kind_def){.name = yaml_str(f, root, "id", "?"),
                           .version = yaml_str(f, root, "version", "?"),
                           .zh = yaml_str(f, root, "zh", ""),
                           .en = yaml_str(f, root, "en", ""),
                           .file = f->name};
    edition = yaml_str(f, root, "edition", "?");
    if (!all)
        return NULL;
    if (s->edition == NULL)
        s->edition = edition;
    if (strcmp(s->edition, edition) != 0)
        yaml_error(f, yaml_get(root, "edition"),
                   "edition '%s' does not fit '%s' of the files before",
                   edition, s->edition);
    for (size_t i = 0; i < s->kind_count; i++) {
        if (strcmp(s->kind[i].name, k->name) == 0) {
            yaml_error(f, yaml_get(root, "id"), "kind '%s' is defined by %s",
                       k->name, s->kind[i].file);
            return NULL;
        }
    }
    s->kind_count++;
    return k;
}

static void
definition_load(struct std_loader *l, const struct yaml_file *f,
                struct yaml_node *root)
{
    static const char *const words[] = {"kind", "id", "version", "edition",
                                        "zh",   "en", "rows",    NULL};
    const struct kind_def *k = definition_head(l, f, root);
    struct yaml_node *rows = yaml_list(f, root, "rows");

    yaml_unused(f, root, words);
    if (k == NULL || rows == NULL)
        return;
    for (struct yaml_node *n = rows->first; n != NULL; n = n->next)
        row_load(l, f, n, k->name, NULL);
}

static void
codes_file(struct std_loader *l, const struct yaml_file *f,
           struct yaml_node *root)
{
    static const char *const words[] = {"kind", "id", "version", "lists", NULL};

    for (size_t i = 1; i < 4; i++)
        yaml_need(f, root, words[i]);
    (void)yaml_str(f, root, "id", "");
    (void)yaml_str(f, root, "version", "");
    codes_load(l, f, yaml_list(f, root, "lists"));
    yaml_unused(f, root, words);
}

void
std_loader_add(struct std_loader *l, const char *file, struct bytes yaml)
{
    struct yaml_file f = {arena_str(&l->s->arena, bytes_str(file)),
                          &l->s->arena, l->diag};
    struct yaml_node *root;

    if (f.name == NULL) {
        l->nomem = true;
        return;
    }
    root = yaml_parse(f.name, yaml, f.arena, l->diag);
    if (root == NULL)
        return;
    if (root->type != YAML_MAP) {
        yaml_error(&f, root, "the file must hold a map");
        return;
    }
    if (!yaml_need(&f, root, "kind"))
        return;
    switch (yaml_enum(&f, root, "kind", file_kinds, -1)) {
    case FILE_DEFINITION:
        definition_load(l, &f, root);
        break;
    case FILE_CODES:
        codes_file(l, &f, root);
        break;
    case FILE_OVERLAY:
        overlay_head(l, &f, root);
        break;
    case FILE_INTERFACE:
        interface_load(l, &f, root);
        break;
    default:
        break; /* reported */
    }
}

/* Rows in effect as an array, then those that overlays took away, with one
 * index by key. */
static void
rows_index(struct std_loader *l)
{
    struct standard *s = l->s;
    size_t slots = 8, n = 0, gone;

    while (slots < l->count * 2)
        slots *= 2;
    s->draft = load_alloc(l, l->count + 1, sizeof(struct draft *));
    s->index = load_alloc(l, slots, sizeof *s->index);
    s->index_mask = slots - 1;
    if (l->nomem)
        return;
    for (const struct draft *d = l->first; d != NULL; d = d->next)
        s->row_count += !d->gone;
    gone = s->row_count;
    for (struct draft *d = l->first; d != NULL; d = d->next) {
        size_t i = hash_key(d->row.key, strlen(d->row.key));
        size_t at = d->gone ? gone++ : n++;

        while (s->index[i & s->index_mask] != 0)
            i++;
        s->draft[at] = d;
        s->index[i & s->index_mask] = (uint32_t)at + 1;
    }
}

static bool
clean(const struct std_loader *l)
{
    return !l->nomem && l->diag->errors == l->errors_before;
}

struct standard *
std_loader_finish(struct std_loader *l)
{
    struct standard *s = l->s;

    if (s->kind_count == 0 && clean(l))
        diag_add(l->diag, DIAG_ERROR, "standard", 0, 0,
                 "no definition was loaded");
    overlays_apply(l);
    interface_resolve(l);
    rows_resolve(l);
    if (clean(l))
        shapes_build(l);
    if (clean(l))
        rows_check_places(l);
    if (clean(l))
        rows_index(l);
    if (clean(l) && !canonical_build(s))
        diag_add(l->diag, DIAG_ERROR, "standard", 0, 0, "out of memory");
    if (!clean(l)) {
        if (l->nomem && l->diag->errors == l->errors_before)
            diag_add(l->diag, DIAG_ERROR, "standard", 0, 0, "out of memory");
        std_free(s);
        s = NULL;
    }
    free(l->table);
    free(l);
    return s;
}

struct standard *
std_embedded(const struct embed_file *files, struct diag *diag)
{
    static const char prefix[] = "standard/data/";
    struct std_loader *l = std_loader_new(diag);

    if (l == NULL) {
        diag_add(diag, DIAG_ERROR, "standard", 0, 0, "out of memory");
        return NULL;
    }
    for (; files->name != NULL; files++) {
        if (strncmp(files->name, prefix, sizeof prefix - 1) == 0)
            std_loader_add(
                l, files->name,
                bytes_of(files->start, (size_t)(files->end - files->start)));
    }
    return std_loader_finish(l);
}
