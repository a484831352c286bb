/* SPDX-License-Identifier: Apache-2.0 */
/* Loads a file of kind `interface`. Each body becomes a kind with a root row of
 * its own, so that a message as a whole has rules, a name and a source. */
#include "formats/standard/interface_private.h"

/* A part of the file while it is read. */
struct part {
    struct std_loader *l;
    const struct yaml_file *f;
    struct yaml_node *map;
};

static const char *
text(const struct part *p, const char *name)
{
    yaml_need(p->f, p->map, name);
    return yaml_str(p->f, p->map, name, "?");
}

/* source, clause and provisional of anything that makes a claim. */
static void
provenance(const struct part *p, const char **source, const char **clause,
           bool *provisional)
{
    *source = text(p, "source");
    *clause = yaml_str(p->f, p->map, "clause", NULL);
    yaml_need(p->f, p->map, "provisional");
    *provisional = yaml_bool(p->f, p->map, "provisional", true);
    if (!*provisional)
        yaml_error(p->f, p->map, "only an overlay can clear 'provisional'");
}

static const char *const *
words_of(const struct part *p, const char *name)
{
    struct yaml_node *list = yaml_list(p->f, p->map, name);
    const char **out =
        load_alloc(p->l, (list ? list->count : 0) + 1, sizeof *out);
    size_t n = 0;

    for (struct yaml_node *i = list ? list->first : NULL; out && i;
         i = i->next) {
        if (i->type != YAML_SCALAR || i->text.len == 0)
            yaml_error(p->f, i, "'%s' must hold texts", name);
        else
            out[n++] = i->text.data;
    }
    return out;
}

/* The list ${name} with room for its maps; NULL: reported. */
static struct yaml_node *
maps_of(const struct part *p, const char *name, size_t size, void **out)
{
    struct yaml_node *list;

    yaml_need(p->f, p->map, name);
    list = yaml_list(p->f, p->map, name);
    *out = load_alloc(p->l, (list ? list->count : 0) + 1, size);
    if (list == NULL || *out == NULL)
        return NULL;
    for (struct yaml_node *n = list->first; n != NULL; n = n->next) {
        if (n->type != YAML_MAP) {
            yaml_error(p->f, n, "'%s' holds maps", name);
            return NULL;
        }
    }
    return list;
}

/* ---- bodies */

static struct kind_def *
body_kind(const struct part *p, const char *name, const char *zh,
          const char *en)
{
    struct standard *s = p->l->s;
    struct kind_def *k = &s->kind[s->kind_count];

    for (size_t i = 0; i < s->kind_count; i++) {
        if (strcmp(s->kind[i].name, name) == 0) {
            yaml_error(p->f, p->map, "'%s' is defined by %s", name,
                       s->kind[i].file);
            return NULL;
        }
    }
    if (s->kind_count == STD_MAX_KINDS) {
        yaml_error(p->f, p->map, "more than %d kinds", STD_MAX_KINDS);
        return NULL;
    }
    *k = (struct kind_def){.name = name,
                           .version = s->interface->pub.version,
                           .zh = zh,
                           .en = en,
                           .file = p->f->name,
                           .body = true};
    s->kind_count++;
    return k;
}

/* The row of the message itself, at the root. */
static void
body_root(const struct part *p, const struct kind_def *k)
{
    struct draft *d = draft_new(p->l, p->f, p->map, k->name, k->name);
    static const char *const nowhere[] = {NULL};

    if (d == NULL)
        return;
    d->id = "";
    d->given_at = nowhere;
    d->row.zh = k->zh;
    d->row.en = k->en;
    d->row.about_zh = k->zh;
    d->row.about_en = k->en;
    d->row.type = STD_OBJECT;
    d->row.presence = STD_M;
    d->row.source = "P";
    if (yaml_get(p->map, "one_of") != NULL)
        d->row.one_of = words_of(p, "one_of");
}

static void
body_load(const struct part *p, const char *name, const char *zh,
          const char *en)
{
    const struct kind_def *k = body_kind(p, name, zh, en);
    struct yaml_node *rows;

    if (k == NULL)
        return;
    body_root(p, k);
    rows = yaml_list(p->f, p->map, "rows");
    for (struct yaml_node *n = rows ? rows->first : NULL; n; n = n->next)
        row_load(p->l, p->f, n, k->name, NULL);
}

static void
bodies_load(const struct part *p)
{
    static const char *const known[] = {"id",     "zh",   "en",
                                        "one_of", "rows", NULL};
    struct yaml_node *list = yaml_list(p->f, p->map, "bodies");

    for (struct yaml_node *n = list ? list->first : NULL; n; n = n->next) {
        const struct part one = {p->l, p->f, n};

        if (n->type != YAML_MAP) {
            yaml_error(p->f, n, "'bodies' holds maps");
            continue;
        }
        body_load(&one, text(&one, "id"), text(&one, "zh"), text(&one, "en"));
        yaml_unused(p->f, n, known);
    }
}

/* ---- operations */

/* params or result: "respond.block.params" with its rows. */
static const char *
side_load(const struct part *p, const char *class, const char *name,
          const char *side, const char *zh, const char *en)
{
    static const char *const known[] = {"one_of", "rows", NULL};
    bool params = strcmp(side, "params") == 0;
    const char *kind = load_printf(p->l, "%s.%s.%s", class, name, side);
    const char *zh_name =
        load_printf(p->l, "%s的%s", zh, params ? "参数" : "结果");
    const char *en_name =
        load_printf(p->l, "%s: %s", en, params ? "parameters" : "result");
    const struct part in = {p->l, p->f, yaml_map(p->f, p->map, side)};

    yaml_need(p->f, p->map, side);
    if (in.map == NULL || kind == NULL || zh_name == NULL || en_name == NULL)
        return "?";
    body_load(&in, kind, zh_name, en_name);
    yaml_unused(p->f, in.map, known);
    return kind;
}

static void
operation_load(const struct part *p, struct std_interface_load *i,
               struct std_operation *o)
{
    static const char *const known[] = {
        "class",       "operation", "zh",     "en",     "about",
        "effect",      "async",     "source", "clause", "records",
        "provisional", "params",    "result", NULL};
    static const char *const lang[] = {"zh", "en", NULL};
    const char *class = text(p, "class"), *name = text(p, "operation");
    const char *zh = text(p, "zh"), *en = text(p, "en");
    struct yaml_node *about = yaml_map(p->f, p->map, "about");

    i->classes[o - i->operation] = class;
    i->names[o - i->operation] = name;
    yaml_need(p->f, p->map, "about");
    o->about_zh = yaml_str(p->f, about, "zh", "");
    o->about_en = yaml_str(p->f, about, "en", "");
    yaml_unused(p->f, about, lang);
    o->effect = yaml_bool(p->f, p->map, "effect", false);
    o->async = yaml_bool(p->f, p->map, "async", false);
    o->records = yaml_str(p->f, p->map, "records", NULL);
    provenance(p, &o->source, &o->clause, &o->provisional);
    o->params = side_load(p, class, name, "params", zh, en);
    o->result = side_load(p, class, name, "result", zh, en);
    yaml_unused(p->f, p->map, known);
}

static void
operations_load(const struct part *p, struct std_interface_load *i)
{
    void *room;
    struct yaml_node *list =
        maps_of(p, "operations", sizeof(struct std_operation), &room);
    size_t n = list ? list->count : 0;

    i->operation = room;
    i->classes = load_alloc(p->l, n + 1, sizeof *i->classes);
    i->names = load_alloc(p->l, n + 1, sizeof *i->names);
    if (list == NULL || i->classes == NULL || i->names == NULL)
        return;
    for (struct yaml_node *m = list->first; m != NULL; m = m->next)
        operation_load(&(struct part){p->l, p->f, m}, i,
                       &i->operation[i->pub.operation_count++]);
    i->pub.operation = i->operation;
}

/* ---- answers, data, roles, security */

static const unsigned *
statuses(const struct part *p)
{
    struct yaml_node *list = yaml_list(p->f, p->map, "status");
    unsigned *out = load_alloc(p->l, (list ? list->count : 0) + 1, sizeof *out);
    size_t n = 0;
    uint64_t v;

    for (struct yaml_node *i = list ? list->first : NULL; out && i;
         i = i->next) {
        if (i->type != YAML_SCALAR || !bytes_to_u64(i->text, 599, &v) ||
            v < 100)
            yaml_error(p->f, i, "'status' holds HTTP status codes");
        else
            out[n++] = (unsigned)v;
    }
    if (n == 0)
        yaml_error(p->f, p->map, "'status' names no HTTP status code");
    return out;
}

static void
answers_load(const struct part *p, struct std_interface_load *i)
{
    static const char *const known[] = {"code",   "status",      "source",
                                        "clause", "provisional", NULL};
    void *room;
    struct yaml_node *list =
        maps_of(p, "answers", sizeof(struct std_answer), &room);

    i->answer = room;
    i->codes = load_alloc(p->l, (list ? list->count : 0) + 1, sizeof *i->codes);
    for (struct yaml_node *n = list && i->codes ? list->first : NULL; n;
         n = n->next) {
        const struct part one = {p->l, p->f, n};
        struct std_answer *a = &i->answer[i->pub.answer_count];

        i->codes[i->pub.answer_count++] = text(&one, "code");
        a->status = statuses(&one);
        provenance(&one, &a->source, &a->clause, &a->provisional);
        yaml_unused(p->f, n, known);
    }
    i->pub.answer = i->answer;
}

static void
data_load(const struct part *p, struct std_interface_load *i)
{
    static const char *const known[] = {"kind",   "path",        "topic",
                                        "msgid",  "key",         "source",
                                        "clause", "provisional", NULL};
    void *room;
    struct yaml_node *list = maps_of(p, "data", sizeof(struct std_data), &room);
    struct std_data *d = room;

    i->pub.data = d;
    for (struct yaml_node *n = list ? list->first : NULL; n; n = n->next, d++) {
        const struct part one = {p->l, p->f, n};

        *d = (struct std_data){.kind = text(&one, "kind"),
                               .path = text(&one, "path"),
                               .topic = text(&one, "topic"),
                               .msgid = text(&one, "msgid"),
                               .key = text(&one, "key")};
        provenance(&one, &d->source, &d->clause, &d->provisional);
        yaml_unused(p->f, n, known);
        i->pub.data_count++;
    }
}

static void
roles_load(const struct part *p, struct std_interface_load *i)
{
    static const char *const known[] = {"class", "explicit_grant", NULL};
    void *room;
    struct yaml_node *list =
        maps_of(p, "roles", sizeof(struct std_role), &room);

    i->role = room;
    i->granted =
        load_alloc(p->l, (list ? list->count : 0) + 1, sizeof *i->granted);
    for (struct yaml_node *n = list && i->granted ? list->first : NULL; n;
         n = n->next) {
        const struct part one = {p->l, p->f, n};

        i->granted[i->pub.role_count] = text(&one, "class");
        i->role[i->pub.role_count++].explicit_grant =
            yaml_bool(p->f, n, "explicit_grant", false);
        yaml_unused(p->f, n, known);
    }
    i->pub.role = i->role;
}

static void
security_load(const struct part *p, struct std_interface *i)
{
    static const char *const known[] = {
        "tls_min",        "token_scheme", "signature_header", "signature_algs",
        "signature_over", "window_s",     "body_max",         NULL};
    const struct part in = {p->l, p->f, yaml_map(p->f, p->map, "security")};

    yaml_need(p->f, p->map, "security");
    if (in.map == NULL)
        return;
    i->tls_min = text(&in, "tls_min");
    i->token_scheme = text(&in, "token_scheme");
    i->signature_header = text(&in, "signature_header");
    i->signature_algorithms = words_of(&in, "signature_algs");
    i->signature_over = words_of(&in, "signature_over");
    i->window_s = (unsigned)yaml_int(p->f, in.map, "window_s", 1, 86400, 300);
    i->body_max =
        (size_t)yaml_int(p->f, in.map, "body_max", 1024, 1 << 30, 1 << 20);
    yaml_unused(p->f, in.map, known);
}

void
interface_load(struct std_loader *l, const struct yaml_file *f,
               struct yaml_node *root)
{
    static const char *const known[] = {
        "kind",     "id",           "version",    "edition", "zh",      "en",
        "base",     "command_path", "task_path",  "data",    "answers", "roles",
        "security", "bodies",       "operations", NULL};
    struct std_interface_load *i = load_alloc(l, 1, sizeof *i);
    const struct part p = {l, f, root};
    const char *edition;

    if (i == NULL)
        return;
    if (l->s->interface != NULL) {
        yaml_error(f, root, "the interfaces are defined by %s",
                   l->s->interface->file);
        return;
    }
    l->s->interface = i;
    i->file = f->name;
    i->pub.id = text(&p, "id");
    i->pub.version = text(&p, "version");
    i->pub.zh = text(&p, "zh");
    i->pub.en = text(&p, "en");
    i->pub.base = text(&p, "base");
    i->pub.command_path = text(&p, "command_path");
    i->pub.task_path = text(&p, "task_path");
    edition = text(&p, "edition");
    if (l->s->edition == NULL)
        l->s->edition = edition;
    if (strcmp(l->s->edition, edition) != 0)
        yaml_error(f, yaml_get(root, "edition"),
                   "edition '%s' does not fit '%s' of the files before",
                   edition, l->s->edition);
    data_load(&p, i);
    answers_load(&p, i);
    roles_load(&p, i);
    security_load(&p, &i->pub);
    bodies_load(&p);
    operations_load(&p, i);
    yaml_unused(f, root, known);
}
