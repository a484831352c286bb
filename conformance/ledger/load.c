/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a catalogue, in the order of their names, into a ledger. */
#include "conformance/ledger/load.h"

#include <stdlib.h>

#include "conformance/ledger/folder.h"
#include "conformance/ledger/index.h"
#include "transport/digest.h"

void *
load_add(struct load *ld, struct load_list *list, size_t size)
{
    char *place;

    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 64;
        void *grown = realloc(list->item, cap * size);

        if (grown == NULL) {
            ld->nomem = true;
            return NULL;
        }
        list->item = grown;
        list->cap = cap;
    }
    place = (char *)list->item + list->count++ * size;
    memset(place, 0, size);
    return place;
}

/* The array in the arena; NULL when empty or out of memory. */
static void *
settle(struct load *ld, struct load_list *list, size_t size, size_t *count)
{
    void *to = NULL;

    *count = list->count;
    if (list->count > 0) {
        to = arena_array(&ld->l->arena, list->count, size);
        if (to != NULL)
            memcpy(to, list->item, list->count * size);
        else
            ld->nomem = true;
    }
    free(list->item);
    *list = (struct load_list){0};
    return to;
}

const char *const *
load_strings(struct load *ld, struct yaml_node *map, const char *key)
{
    struct yaml_node *list = yaml_list(&ld->f, map, key);
    size_t count = list ? list->count : 0, i = 0;
    const char **out =
        arena_array(&ld->l->arena, count + 1, sizeof(const char *));

    if (out == NULL) {
        static const char *const none[] = {NULL};

        ld->nomem = true;
        return none;
    }
    for (struct yaml_node *n = list ? list->first : NULL; n; n = n->next) {
        if (n->type == YAML_SCALAR)
            out[i++] = n->text.data;
        else
            yaml_error(&ld->f, n, "'%s' must be a list of texts", key);
    }
    return out;
}

const char *
load_id(struct load *ld, struct yaml_node *map, const char *key)
{
    const char *id = yaml_str(&ld->f, map, key, "");
    bool ok = strlen(id) <= 64 && id[0] != '.';

    for (const char *p = id; *p != '\0'; p++)
        ok = ok &&
             ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
              (*p >= '0' && *p <= '9') || *p == '-' || *p == '.' || *p == '_');
    if (ok)
        return id;
    yaml_error(&ld->f, yaml_get(map, key),
               "'%s' has at most 64 letters, digits, '-', '.' and '_'", key);
    return "";
}

struct ledger_text
load_text(struct load *ld, struct yaml_node *map, const char *key)
{
    static const char *const known[] = {"zh", "en", NULL};
    struct yaml_node *n = yaml_map(&ld->f, map, key);
    struct ledger_text t = {NULL, NULL};

    if (n == NULL)
        return t;
    if (yaml_need(&ld->f, n, "zh") && yaml_need(&ld->f, n, "en")) {
        t.zh = yaml_str(&ld->f, n, "zh", NULL);
        t.en = yaml_str(&ld->f, n, "en", NULL);
    }
    yaml_unused(&ld->f, n, known);
    return t;
}

static void
load_head(struct load *ld, struct yaml_node *root)
{
    static const char *const known[] = {"kind", "id", "version", NULL};

    ld->l->id = load_id(ld, root, "id");
    ld->l->version = yaml_str(&ld->f, root, "version", "0");
    yaml_unused(&ld->f, root, known);
}

static const struct {
    const char *kind;
    void (*read)(struct load *ld, struct yaml_node *root);
} readers[] = {{"catalogue", load_head},
               {"requirements", load_requirements},
               {"tests", load_tests},
               {"corpus", load_corpus},
               {"ics-template", load_template}};

static void
load_file(struct load *ld, const char *name, struct bytes text)
{
    struct yaml_node *root;
    const char *kind;

    ld->f.name = arena_str(&ld->l->arena, bytes_str(name));
    if (ld->f.name == NULL) {
        ld->nomem = true;
        return;
    }
    root = yaml_parse(ld->f.name, text, &ld->l->arena, ld->f.diag);
    if (root == NULL)
        return;
    if (root->type != YAML_MAP) {
        yaml_error(&ld->f, root, "a catalogue file is a map with 'kind'");
        return;
    }
    kind = yaml_str(&ld->f, root, "kind", "");
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        if (strcmp(kind, readers[i].kind) == 0) {
            readers[i].read(ld, root);
            return;
        }
    }
    yaml_error(&ld->f, root,
               "'kind' must be catalogue, requirements, tests, corpus or "
               "ics-template, not '%s'",
               kind);
}

static void
finish(struct load *ld, const struct folder *files)
{
    struct ledger *l = ld->l;
    struct corpus_case *item;
    struct buf all = {0};
    struct err err = {0};

    l->requirement =
        settle(ld, &ld->requirement, sizeof *l->requirement, &l->requirements);
    l->test = settle(ld, &ld->test, sizeof *l->test, &l->tests);
    l->list = settle(ld, &ld->list, sizeof *l->list, &l->lists);
    l->base = settle(ld, &ld->base, sizeof *l->base, &l->bases);
    item = settle(ld, &ld->item, sizeof *l->item, &l->items);
    l->item = item;
    if (item != NULL)
        load_corpus_link(ld, item);
    l->template = settle(ld, &ld->template, sizeof *l->template, &l->templates);
    for (size_t i = 0; i < files->count; i++) {
        buf_printf(&all, "%s %zu\n", files->file[i].name,
                   files->file[i].text.len);
        buf_bytes(&all, files->file[i].text);
    }
    l->index = ld->nomem ? NULL : index_new(l);
    if (l->index == NULL || !buf_ok(&all))
        diag_add(ld->f.diag, DIAG_ERROR, "catalogue", 0, 0, "out of memory");
    else if (digest_hex(DIGEST_SHA256, buf_view(&all), l->digest, &err) !=
             ERR_OK)
        diag_add(ld->f.diag, DIAG_ERROR, "catalogue", 0, 0, "%s", err.msg);
    buf_free(&all);
    if (l->version == NULL)
        diag_add(ld->f.diag, DIAG_ERROR, "catalogue", 0, 0,
                 "no file of kind catalogue");
}

struct ledger *
ledger_load(const char *dir, struct diag *diag)
{
    unsigned errors = diag->errors;
    struct load ld = {.f = {.diag = diag}};
    struct folder files = {0};

    ld.l = calloc(1, sizeof *ld.l);
    if (ld.l == NULL) {
        diag_add(diag, DIAG_ERROR, "catalogue", 0, 0, "out of memory");
        return NULL;
    }
    ld.f.arena = &ld.l->arena;
    folder_read(&files, dir, diag);
    for (size_t i = 0; i < files.count; i++)
        load_file(&ld, files.file[i].name, files.file[i].text);
    finish(&ld, &files);
    folder_free(&files);
    if (diag->errors == errors)
        return ld.l;
    ledger_free(ld.l);
    return NULL;
}

void
ledger_free(struct ledger *l)
{
    if (l == NULL)
        return;
    index_free(l->index);
    arena_free(&l->arena);
    free(l);
}
