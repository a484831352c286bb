/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/selftest/manifest.h"

#include <stdio.h>
#include <stdlib.h>

#include "conformance/ledger/folder.h"
#include "formats/base/yaml.h"

struct loading {
    struct manifest *m;
    struct yaml_file f;
    const char *folder; /* of the file */
};

/* A copy of ${text} with {peers} filled in, quoted for the shell. */
static const char *
fill(struct loading *l, const char *text)
{
    const char *mark = "{peers}", *at;
    struct buf b = {0};
    const char *out;

    for (; (at = strstr(text, mark)) != NULL; text = at + strlen(mark)) {
        buf_add(&b, text, (size_t)(at - text));
        for (const char *p = l->folder; *p != '\0'; p++) {
            if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "0123456789/._-",
                       *p) == NULL)
                buf_char(&b, '\\');
            buf_char(&b, *p);
        }
    }
    buf_str(&b, text);
    out = buf_ok(&b) ? arena_str(&l->m->arena, buf_view(&b)) : NULL;
    buf_free(&b);
    return out ? out : "";
}

static const char *const *
strings(struct loading *l, struct yaml_node *map, const char *key)
{
    struct yaml_node *list = yaml_list(&l->f, map, key);
    const char **out =
        arena_array(&l->m->arena, (list ? list->count : 0) + 1, sizeof *out);
    static const char *const none[] = {NULL};
    size_t n = 0;

    if (out == NULL)
        return none;
    for (struct yaml_node *i = list ? list->first : NULL; i; i = i->next)
        out[n++] = arena_str(&l->m->arena, i->text);
    return out;
}

/* ---- peers */

static void
load_peers(struct loading *l, struct yaml_node *root)
{
    static const char *const known[] = {"id",   "command", "roles",
                                        "dumb", "advised", NULL};
    struct yaml_node *list = yaml_list(&l->f, root, "peers");
    struct manifest_peer *p =
        arena_array(&l->m->arena, (list ? list->count : 0) + 1, sizeof *p);

    l->m->peer = p;
    for (struct yaml_node *i = list && p ? list->first : NULL; i; i = i->next) {
        struct manifest_peer *one = &p[l->m->peers++];

        one->id = yaml_str(&l->f, i, "id", "");
        one->command = fill(l, yaml_str(&l->f, i, "command", ""));
        one->roles = strings(l, i, "roles");
        one->dumb = strings(l, i, "dumb");
        one->advised = strings(l, i, "advised");
        yaml_unused(&l->f, i, known);
    }
}

static void
load_arguments(struct loading *l, struct yaml_node *root)
{
    static const char *const known[] = {"role", "variant", "text", "set",
                                        "only", "dumb",    NULL};
    struct yaml_node *list = yaml_list(&l->f, root, "arguments");
    struct manifest_role *r =
        arena_array(&l->m->arena, (list ? list->count : 0) + 1, sizeof *r);

    l->m->role = r;
    for (struct yaml_node *i = list && r ? list->first : NULL; i; i = i->next) {
        struct manifest_role *one = &r[l->m->roles++];

        one->role = yaml_str(&l->f, i, "role", "");
        one->variant = yaml_str(&l->f, i, "variant", "");
        one->arguments = fill(l, yaml_str(&l->f, i, "text", ""));
        one->set = strings(l, i, "set");
        one->only = strings(l, i, "only");
        one->dumb = strings(l, i, "dumb");
        yaml_unused(&l->f, i, known);
    }
}

/* ---- mutants */

static void
load_mutant(struct loading *l, struct yaml_node *i, struct manifest_mutant *m)
{
    static const char *const known[] = {
        "id",     "peer",       "role",       "rid",      "site",
        "class",  "set",        "difficulty", "operator", "description",
        "origin", "equivalent", "variant",    NULL};
    static const char *const sets[] = {"dev", "held_out", NULL};

    m->id = yaml_str(&l->f, i, "id", "");
    m->peer = yaml_str(&l->f, i, "peer", "");
    m->role = yaml_str(&l->f, i, "role", "");
    m->rid = yaml_str(&l->f, i, "rid", "");
    m->site = yaml_str(&l->f, i, "site", "");
    m->class = yaml_str(&l->f, i, "class", "");
    m->operator= yaml_str(&l->f, i, "operator", "");
    m->description = yaml_str(&l->f, i, "description", "");
    m->variant = yaml_str(&l->f, i, "variant", "");
    m->held_out = yaml_enum(&l->f, i, "set", sets, 0) == 1;
    m->file = l->f.name;
    m->line = i->line;
    (void)yaml_get(i, "difficulty");
    (void)yaml_get(i, "origin");
    (void)yaml_get(i, "equivalent");
    yaml_unused(&l->f, i, known);
    if (manifest_peer(l->m, m->peer) == NULL)
        yaml_error(&l->f, i, "%s: no peer '%s'", m->id, m->peer);
    if (manifest_call(l->m, m->role, m->variant) == NULL)
        yaml_error(&l->f, i, "%s: role '%s' has no variant '%s'", m->id,
                   m->role, m->variant);
}

static void
load_mutants(struct loading *l, struct yaml_node *root)
{
    struct yaml_node *list = yaml_list(&l->f, root, "mutants");
    size_t n = l->m->mutants + (list ? list->count : 0);
    struct manifest_mutant *all = arena_array(&l->m->arena, n + 1, sizeof *all);

    if (all == NULL)
        return;
    if (l->m->mutants > 0)
        memcpy(all, l->m->mutant, l->m->mutants * sizeof *all);
    for (struct yaml_node *i = list ? list->first : NULL; i; i = i->next)
        load_mutant(l, i, &all[l->m->mutants++]);
    l->m->mutant = all;
}

static struct yaml_node *
parse(struct loading *l, const char *path)
{
    struct buf text = {0};
    struct err err = {0};
    struct yaml_node *root = NULL;

    l->f.name = arena_str(&l->m->arena, bytes_str(path));
    if (folder_slurp(path, MANIFEST_BYTES_MAX, &text, &err) != ERR_OK)
        diag_add(l->f.diag, DIAG_ERROR, path, 0, 0, "%s", err.msg);
    else
        root = yaml_parse(l->f.name, buf_view(&text), &l->m->arena, l->f.diag);
    buf_free(&text);
    return root;
}

static void
load_all(struct loading *l, const char *path)
{
    struct yaml_node *root = parse(l, path);
    const char *const *files;
    char name[1024];

    if (root == NULL)
        return;
    files = strings(l, root, "mutants");
    load_peers(l, root);
    load_arguments(l, root);
    for (; *files != NULL; files++) {
        (void)snprintf(name, sizeof name, "%s/%s", l->folder, *files);
        root = parse(l, name);
        if (root != NULL)
            load_mutants(l, root);
    }
}

struct manifest *
manifest_load(const char *path, struct diag *diag)
{
    struct manifest *m = calloc(1, sizeof *m);
    struct loading l = {.m = m};
    const char *slash = strrchr(path, '/');
    unsigned before = diag->errors;

    if (m == NULL) {
        diag_add(diag, DIAG_ERROR, path, 0, 0, "out of memory");
        return NULL;
    }
    l.f = (struct yaml_file){path, &m->arena, diag};
    l.folder =
        slash ? arena_str(&m->arena, bytes_of(path, (size_t)(slash - path)))
              : ".";
    if (l.folder == NULL)
        diag_add(diag, DIAG_ERROR, path, 0, 0, "out of memory");
    else
        load_all(&l, path);
    if (diag->errors == before)
        return m;
    manifest_free(m);
    return NULL;
}

void
manifest_free(struct manifest *m)
{
    if (m == NULL)
        return;
    arena_free(&m->arena);
    free(m);
}

bool
manifest_has(const char *const *list, const char *word)
{
    while (*list != NULL && strcmp(*list, word) != 0)
        list++;
    return *list != NULL;
}

const struct manifest_peer *
manifest_peer(const struct manifest *m, const char *id)
{
    for (size_t i = 0; i < m->peers; i++) {
        if (strcmp(m->peer[i].id, id) == 0)
            return &m->peer[i];
    }
    return NULL;
}

const struct manifest_role *
manifest_call(const struct manifest *m, const char *role, const char *variant)
{
    for (size_t i = 0; i < m->roles; i++) {
        if (strcmp(m->role[i].role, role) == 0 &&
            strcmp(m->role[i].variant, variant) == 0)
            return &m->role[i];
    }
    return NULL;
}

bool
manifest_command(const struct manifest_peer *peer,
                 const struct manifest_role *call, const char *more,
                 struct buf *out)
{
    buf_printf(out, "%s %s%s%s", peer->command, call->arguments,
               more ? " " : "", more ? more : "");
    return buf_ok(out);
}
