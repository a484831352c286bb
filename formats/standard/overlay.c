/* SPDX-License-Identifier: Apache-2.0 */
/* Overlays: what a file that is not ours may change about the rows (DESIGN
 * section 4). They are kept as trees until all definitions are there, then
 * applied in the order given; two overlays that set the same thing conflict. */
#include "formats/standard/internal.h"

#define BIT(p) (1ULL << PROP_##p)

/* Names, sources and personal marks stay as shipped; the rest of what a printed
 * text may say otherwise can be changed. */
#define OVERLAY_PROPS                                                          \
    (BIT(ID) | BIT(AT) | BIT(TYPE) | BIT(ITEM) | BIT(FREE) | BIT(PRESENCE) |   \
     BIT(WHEN) | BIT(ALLOW) | BIT(FORMAT) | BIT(PREFIX) | BIT(MIN_LEN) |       \
     BIT(MAX_LEN) | BIT(MIN) | BIT(MAX) | BIT(PATTERN) | BIT(CODES) |          \
     BIT(ENCODING) | BIT(TIME_FORM) | BIT(NOT_AFTER) | BIT(BEFORE) |           \
     BIT(GROUP_OF) | BIT(ONE_MEMBER) | BIT(ANY_MEMBER) | BIT(ONE_OF) |         \
     BIT(MEMBER_BY) | BIT(CLAUSE) | BIT(PROVISIONAL))

static const char *const words[] = {
    "kind", "id",    "version", "over", "edition", "issuer", "digest",
    "date", "lists", "codes",   "rows", "add",     NULL};

/* "sm3:" or "sha256:" and 64 hex digits: the text the issuer had before him. */
static bool
digest_ok(const char *d)
{
    const char *colon = d ? strchr(d, ':') : NULL;
    struct bytes alg = {d, colon ? (size_t)(colon - d) : 0};

    if (!bytes_is(alg, "sm3") && !bytes_is(alg, "sha256"))
        return false;
    return strspn(colon + 1, "0123456789abcdef") == 64 && colon[65] == '\0';
}

static bool
date_ok(const char *d)
{
    static const char shape[] = "dddd-dd-dd";

    if (d == NULL || strlen(d) != sizeof shape - 1)
        return false;
    for (size_t i = 0; shape[i] != '\0'; i++) {
        if (shape[i] == 'd' ? d[i] < '0' || d[i] > '9' : d[i] != '-')
            return false;
    }
    return true;
}

void
overlay_head(struct std_loader *l, const struct yaml_file *f,
             struct yaml_node *root)
{
    struct overlay *o = load_alloc(l, 1, sizeof *o);
    const char *issuer, *digest, *date;

    if (o == NULL)
        return;
    yaml_need(f, root, "id");
    yaml_need(f, root, "version");
    yaml_need(f, root, "over");
    o->f = *f;
    o->root = root;
    o->id = yaml_str(f, root, "id", "?");
    o->version = yaml_str(f, root, "version", "?");
    issuer = yaml_str(f, root, "issuer", NULL);
    digest = yaml_str(f, root, "digest", NULL);
    date = yaml_str(f, root, "date", NULL);
    if (digest != NULL && !digest_ok(digest))
        yaml_error(f, yaml_get(root, "digest"),
                   "'digest' must be sm3: or sha256: and 64 hex digits");
    if (date != NULL && !date_ok(date))
        yaml_error(f, yaml_get(root, "date"), "'date' must be like 2026-11-22");
    o->may_clear = issuer != NULL && digest_ok(digest) && date_ok(date);
    for (const struct overlay *p = l->overlays; p != NULL; p = p->next) {
        if (strcmp(p->id, o->id) == 0)
            yaml_error(f, yaml_get(root, "id"),
                       "overlay '%s' was loaded already", o->id);
    }
    *l->last_overlay = o;
    l->last_overlay = &o->next;
    l->s->overlay_count++;
}

static const char *
nearest_key(struct std_loader *l, struct bytes key)
{
    const char **names = load_alloc(l, l->count + 1, sizeof *names);
    size_t n = 0;

    if (names == NULL)
        return NULL;
    for (const struct draft *d = l->first; d != NULL; d = d->next)
        names[n++] = d->row.key;
    return diag_nearest(key, names);
}

static void
change_row(struct std_loader *l, struct overlay *o, struct yaml_node *n)
{
    struct draft *d = draft_find(l, n->key.data);

    if (d == NULL) {
        const char *near = nearest_key(l, n->key);

        yaml_key_error(&o->f, n, "no row has the key '%s'%s%s%s", n->key.data,
                       near ? "; did you mean " : "", near ? near : "",
                       near ? "?" : "");
        return;
    }
    if (n->type != YAML_MAP) {
        yaml_error(&o->f, n, "the changes of a row must be a map");
        return;
    }
    if (d->retired_by != NULL && d->retired_by != o) {
        yaml_key_error(&o->f, n, "overlay '%s' retired '%s' already",
                       d->retired_by->id, d->row.key);
        return;
    }
    if (yaml_bool(&o->f, n, "retire", false)) {
        for (size_t i = 0; i < PROP_COUNT; i++) {
            if (d->by[i] != NULL && d->by[i] != o) {
                yaml_key_error(&o->f, n, "overlay '%s' changed '%s' already",
                               d->by[i]->id, d->row.key);
                break;
            }
        }
        d->retired_by = o;
    }
    row_set(l, &o->f, n, d, OVERLAY_PROPS, o);
}

static void
add_row(struct std_loader *l, struct overlay *o, struct yaml_node *n)
{
    const char *key = yaml_str(&o->f, n, "key", "");
    struct draft *before = draft_find(l, key);
    const char *kind = NULL;

    if (before != NULL && before->added_by != NULL) {
        yaml_error(&o->f, n, "overlay '%s' added '%s' already",
                   before->added_by->id, key);
        return;
    }
    for (size_t i = 0; i < l->s->kind_count; i++) {
        const char *name = l->s->kind[i].name;
        size_t len = strlen(name);

        if (strncmp(key, name, len) == 0 && key[len] == '.' &&
            (kind == NULL || len > strlen(kind)))
            kind = name;
    }
    if (kind != NULL)
        row_load(l, &o->f, n, kind, o);
    else
        yaml_error(&o->f, n, "'%s' belongs to no kind that is defined", key);
}

static void
apply(struct std_loader *l, struct overlay *o)
{
    const char *over = yaml_str(&o->f, o->root, "over", "");
    struct yaml_node *rows = yaml_map(&o->f, o->root, "rows");
    struct yaml_node *add = yaml_list(&o->f, o->root, "add");

    if (*over != '\0' && l->s->edition != NULL &&
        strcmp(over, l->s->edition) != 0)
        yaml_error(&o->f, yaml_get(o->root, "over"),
                   "made for edition '%s', but '%s' is loaded", over,
                   l->s->edition);
    codes_load(l, &o->f, yaml_list(&o->f, o->root, "lists"));
    overlay_codes(l, o);
    for (struct yaml_node *n = add ? add->first : NULL; n; n = n->next)
        add_row(l, o, n);
    for (struct yaml_node *n = rows ? rows->first : NULL; n; n = n->next)
        change_row(l, o, n);
    (void)yaml_get(o->root, "edition"); /* overlays_apply reads it */
    yaml_unused(&o->f, o->root, words);
}

void
overlays_apply(struct std_loader *l)
{
    const char *name = NULL;

    for (struct overlay *o = l->overlays; o != NULL && !l->nomem; o = o->next)
        apply(l, o);
    /* The first one that names a new edition wins; a second is a conflict. */
    for (struct overlay *o = l->overlays; o != NULL; o = o->next) {
        struct yaml_node *n = yaml_get(o->root, "edition");
        const char *e = yaml_str(&o->f, o->root, "edition", NULL);

        if (e != NULL && name != NULL && strcmp(e, name) != 0)
            yaml_error(&o->f, n, "another overlay names the edition '%s'",
                       name);
        if (e != NULL)
            name = e;
    }
    if (name != NULL)
        l->s->edition = name;
}
