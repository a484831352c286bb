/* SPDX-License-Identifier: Apache-2.0 */
/* One YAML map to one row: a table of properties, each with its setter. The
 * same setters serve definitions (all properties) and overlays (some). */
#include "formats/standard/internal.h"

struct row_ctx {
    struct std_loader *l;
    const struct yaml_file *f;
    struct yaml_node *map;
};

static const char *const source_words[] = {"S",  "I", "R+", "R",
                                           "R-", "P", "T",  NULL};
static const char *const when_words[] = {"key", "in", "prefix", NULL};
static const char *const lang_words[] = {"zh", "en", NULL};

/* A list of texts as a NULL-ended array. */
static const char *const *
list_words(struct row_ctx *c, const char *name)
{
    struct yaml_node *list = yaml_list(c->f, c->map, name);
    const char **words;
    size_t i = 0;

    if (list == NULL)
        return NULL;
    words = load_alloc(c->l, list->count + 1, sizeof *words);
    if (words == NULL)
        return NULL;
    for (const struct yaml_node *n = list->first; n != NULL; n = n->next) {
        if (n->type != YAML_SCALAR || n->text.len == 0 ||
            bytes_find(n->text, '\0') != n->text.len)
            yaml_error(c->f, n, "'%s' must hold texts", name);
        else
            words[i++] = n->text.data;
    }
    if (list->count == 0)
        yaml_error(c->f, list, "'%s' is empty", name);
    return words;
}

static struct std_when *
parse_when(struct row_ctx *c, const char *name)
{
    struct row_ctx in = {c->l, c->f, yaml_map(c->f, c->map, name)};
    struct std_when *w;

    if (in.map == NULL)
        return NULL;
    w = load_alloc(c->l, 1, sizeof *w);
    if (w == NULL)
        return NULL;
    yaml_need(c->f, in.map, "key");
    w->key = yaml_str(c->f, in.map, "key", "");
    w->prefix = yaml_get(in.map, "prefix") != NULL;
    w->values = list_words(&in, w->prefix ? "prefix" : "in");
    if (w->values == NULL)
        yaml_error(c->f, in.map, "'%s' needs 'in' or 'prefix'", name);
    yaml_unused(c->f, in.map, when_words);
    return w->values != NULL ? w : NULL;
}

static void
set_id(struct row_ctx *c, struct draft *d)
{
    d->id = yaml_str(c->f, c->map, "id", NULL);
    if (d->id == NULL || *d->id == '\0')
        yaml_error(c->f, c->map, "'id' has no value");
}

static void
set_at(struct row_ctx *c, struct draft *d)
{
    d->given_at = list_words(c, "at");
}

static void
set_about(struct row_ctx *c, struct draft *d)
{
    struct yaml_node *m = yaml_map(c->f, c->map, "about");

    d->row.about_zh = yaml_str(c->f, m, "zh", "");
    d->row.about_en = yaml_str(c->f, m, "en", "");
    yaml_unused(c->f, m, lang_words);
}

static void
set_type(struct row_ctx *c, struct draft *d)
{
    d->row.type = (enum std_type)yaml_enum(c->f, c->map, "type", std_type_words,
                                           STD_STRING);
}

static void
set_item(struct row_ctx *c, struct draft *d)
{
    int t = yaml_enum(c->f, c->map, "item", std_type_words, STD_STRING);

    if (t == STD_ARRAY)
        yaml_error(c->f, yaml_get(c->map, "item"),
                   "an array of arrays is not possible");
    d->row.item = (enum std_type)t;
}

static void
set_presence(struct row_ctx *c, struct draft *d)
{
    d->row.presence = (enum std_presence)yaml_enum(c->f, c->map, "presence",
                                                   std_presence_words, STD_E);
}

static void
set_when(struct row_ctx *c, struct draft *d)
{
    d->row.when = d->when = parse_when(c, "when");
}

static void
set_allow(struct row_ctx *c, struct draft *d)
{
    d->row.allow = d->allow = parse_when(c, "allow");
}

static void
set_format(struct row_ctx *c, struct draft *d)
{
    d->row.format = (enum std_format)yaml_enum(
        c->f, c->map, "format", std_format_words, STD_FORMAT_NONE);
}

static void
set_min(struct row_ctx *c, struct draft *d)
{
    int64_t v = yaml_int(c->f, c->map, "min", INT64_MIN, INT64_MAX, INT64_MIN);

    d->row.has_min = v != INT64_MIN;
    d->row.min = d->row.has_min ? (double)v : 0;
}

static void
set_max(struct row_ctx *c, struct draft *d)
{
    int64_t v = yaml_int(c->f, c->map, "max", INT64_MIN, INT64_MAX, INT64_MIN);

    d->row.has_max = v != INT64_MIN;
    d->row.max = d->row.has_max ? (double)v : 0;
}

static void
set_pattern(struct row_ctx *c, struct draft *d)
{
    const char *fault;

    d->row.pattern = yaml_str(c->f, c->map, "pattern", NULL);
    fault = d->row.pattern ? pattern_fault(d->row.pattern) : NULL;
    if (fault != NULL)
        yaml_error(c->f, yaml_get(c->map, "pattern"), "'pattern': %s", fault);
}

static void
set_encoding(struct row_ctx *c, struct draft *d)
{
    d->row.encoding = (enum std_encoding)yaml_enum(
        c->f, c->map, "encoding", std_encoding_words, STD_ENC_PLAIN);
}

static void
set_time_form(struct row_ctx *c, struct draft *d)
{
    static const char *const words[] = {"rfc3339",  "epoch",   "epoch_ms",
                                        "datetime", "compact", NULL};
    static const enum time_form forms[] = {
        TIME_RFC3339, TIME_EPOCH, TIME_EPOCH_MS, TIME_DATETIME, TIME_COMPACT};

    d->row.time_form = forms[yaml_enum(c->f, c->map, "time_form", words, 0)];
}

static void
set_one_of(struct row_ctx *c, struct draft *d)
{
    d->row.one_of = list_words(c, "one_of");
}

static void
set_source(struct row_ctx *c, struct draft *d)
{
    d->row.source =
        source_words[yaml_enum(c->f, c->map, "source", source_words, 5)];
}

enum prop_type { PROP_FN, PROP_STR, PROP_BOOL, PROP_SIZE };

struct row_prop {
    const char *name;
    enum prop_type type;
    size_t offset; /* in struct draft; not for PROP_FN */
    void (*set)(struct row_ctx *c, struct draft *d);
};

#define ROW(member) offsetof(struct draft, row.member)

static const struct row_prop row_prop[PROP_COUNT] = {
    [PROP_ID] = {.name = "id", .set = set_id},
    [PROP_AT] = {.name = "at", .set = set_at},
    [PROP_ZH] = {"zh", PROP_STR, ROW(zh), NULL},
    [PROP_EN] = {"en", PROP_STR, ROW(en), NULL},
    [PROP_ABOUT] = {.name = "about", .set = set_about},
    [PROP_TYPE] = {.name = "type", .set = set_type},
    [PROP_ITEM] = {.name = "item", .set = set_item},
    [PROP_FREE] = {"free", PROP_BOOL, ROW(free_object), NULL},
    [PROP_PRESENCE] = {.name = "presence", .set = set_presence},
    [PROP_WHEN] = {.name = "when", .set = set_when},
    [PROP_ALLOW] = {.name = "allow", .set = set_allow},
    [PROP_FORMAT] = {.name = "format", .set = set_format},
    [PROP_PREFIX] = {"prefix", PROP_BOOL, ROW(prefix_ok), NULL},
    [PROP_MIN_LEN] = {"min_len", PROP_SIZE, ROW(min_len), NULL},
    [PROP_MAX_LEN] = {"max_len", PROP_SIZE, ROW(max_len), NULL},
    [PROP_MIN] = {.name = "min", .set = set_min},
    [PROP_MAX] = {.name = "max", .set = set_max},
    [PROP_PATTERN] = {.name = "pattern", .set = set_pattern},
    [PROP_CODES] = {"codes", PROP_STR, offsetof(struct draft, codes_id), NULL},
    [PROP_ENCODING] = {.name = "encoding", .set = set_encoding},
    [PROP_TIME_FORM] = {.name = "time_form", .set = set_time_form},
    [PROP_PERSONAL] = {"personal", PROP_BOOL, ROW(personal), NULL},
    [PROP_NOT_AFTER] = {"not_after", PROP_STR, ROW(not_after), NULL},
    [PROP_BEFORE] = {"before", PROP_STR, ROW(before), NULL},
    [PROP_GROUP_OF] = {"group_of", PROP_STR, ROW(group_of), NULL},
    [PROP_ONE_MEMBER] = {"one_member", PROP_BOOL, ROW(one_member), NULL},
    [PROP_ANY_MEMBER] = {"any_member", PROP_BOOL, ROW(any_member), NULL},
    [PROP_ONE_OF] = {.name = "one_of", .set = set_one_of},
    [PROP_MEMBER_BY] = {"member_by", PROP_STR, ROW(member_by), NULL},
    [PROP_SOURCE] = {.name = "source", .set = set_source},
    [PROP_CLAUSE] = {"clause", PROP_STR, ROW(clause), NULL},
    [PROP_PROVISIONAL] = {"provisional", PROP_BOOL, ROW(provisional), NULL},
};

static void
set_one(struct row_ctx *c, struct draft *d, const struct row_prop *p)
{
    char *field = (char *)d + p->offset;

    switch (p->type) {
    case PROP_FN:
        p->set(c, d);
        break;
    case PROP_STR:
        *(const char **)(void *)field = yaml_str(c->f, c->map, p->name, NULL);
        break;
    case PROP_BOOL:
        *(bool *)(void *)field = yaml_bool(c->f, c->map, p->name, false);
        break;
    case PROP_SIZE:
        *(size_t *)(void *)field =
            (size_t)yaml_int(c->f, c->map, p->name, 0, 1 << 24, 0);
        break;
    }
}

/* Whoever says that a row is settled has to say who, by which text and when
 * (DESIGN section 4); a definition cannot say it. */
static void
check_claim(const struct yaml_file *f, const struct yaml_node *n,
            const struct overlay *by)
{
    if (n != NULL && by == NULL)
        yaml_error(f, n, "only an overlay can clear 'provisional'");
    else if (n != NULL && !by->may_clear)
        yaml_error(f, n,
                   "clearing 'provisional' needs issuer, digest and date in "
                   "the overlay's head");
}

void
row_set(struct std_loader *l, const struct yaml_file *f, struct yaml_node *map,
        struct draft *d, uint64_t allowed, const struct overlay *by)
{
    struct row_ctx c = {l, f, map};
    const char *known[PROP_COUNT + 1 + 4] = {NULL};
    size_t n = 0;

    for (size_t i = 0; i < PROP_COUNT; i++) {
        struct yaml_node *given;

        if ((allowed >> i & 1) == 0)
            continue;
        known[n++] = row_prop[i].name;
        given = yaml_get(map, row_prop[i].name);
        if (given == NULL)
            continue;
        if (by != NULL && d->by[i] != NULL && d->by[i] != by)
            yaml_error(f, given, "'%s' of '%s' was set by overlay '%s' already",
                       row_prop[i].name, d->row.key, d->by[i]->id);
        d->by[i] = by;
        set_one(&c, d, &row_prop[i]);
    }
    if (d->by[PROP_PROVISIONAL] == by && !d->row.provisional)
        check_claim(f, yaml_get(map, "provisional"), by);
    known[n++] = by != NULL ? "retire" : "key";
    if (by == NULL || d->added_by == by) {
        known[n++] = "key";
        known[n++] = "element";
    }
    yaml_unused(f, map, known);
}

/* What an element row may say for itself; the rest follows its array. */
#define ELEMENT_PROPS                                                          \
    (1ULL << PROP_ABOUT | 1ULL << PROP_FREE | 1ULL << PROP_FORMAT |            \
     1ULL << PROP_PREFIX | 1ULL << PROP_MIN_LEN | 1ULL << PROP_MAX_LEN |       \
     1ULL << PROP_MIN | 1ULL << PROP_MAX | 1ULL << PROP_PATTERN |              \
     1ULL << PROP_CODES | 1ULL << PROP_PERSONAL | 1ULL << PROP_ANY_MEMBER |    \
     1ULL << PROP_ONE_OF | 1ULL << PROP_ZH | 1ULL << PROP_EN)

static void
element_load(struct row_ctx *c, struct draft *d, const struct overlay *by)
{
    struct yaml_node *map = yaml_map(c->f, c->map, "element");
    const char *key = load_printf(c->l, "%s[]", d->row.key);
    struct draft *e;

    if (key == NULL)
        return;
    e = draft_new(c->l, c->f, map ? map : c->map, key, d->row.kind);
    if (e == NULL)
        return;
    d->element = e;
    e->id = "[]";
    e->added_by = by;
    e->row.type = d->row.item;
    e->row.zh = d->row.zh;
    e->row.en = d->row.en;
    e->row.about_zh = d->row.about_zh;
    e->row.about_en = d->row.about_en;
    e->row.presence = STD_E;
    e->row.source = d->row.source;
    e->row.clause = d->row.clause;
    e->row.provisional = d->row.provisional;
    if (map != NULL)
        row_set(c->l, c->f, map, e, ELEMENT_PROPS, by);
}

/* "alert.general.source.ip" below kind "alert": lower-case words, "[]" behind
 * the arrays. Returns the last word, or NULL. */
static const char *
key_last(const char *key, const char *kind)
{
    size_t n = strlen(kind);
    const char *word;

    if (strncmp(key, kind, n) != 0 || key[n] != '.')
        return NULL;
    for (word = key + n + 1;;) {
        size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_");
        const char *end = word + len;

        if (len == 0 || (*word >= '0' && *word <= '9') || *word == '_')
            return NULL;
        if (*end == '\0')
            return word;
        if (strncmp(end, "[]", 2) == 0)
            end += 2;
        if (*end != '.')
            return NULL;
        word = end + 1;
    }
}

static void
need_words(const struct yaml_file *f, struct yaml_node *map, size_t n)
{
    static const char *const need[] = {"zh",     "en",       "type",
                                       "source", "presence", "provisional"};

    for (size_t i = 0; i < n; i++)
        yaml_need(f, map, need[i]);
}

void
row_load(struct std_loader *l, const struct yaml_file *f, struct yaml_node *map,
         const char *kind, const struct overlay *by)
{
    struct row_ctx c = {l, f, map};
    const char *key, *last;
    struct draft *d;

    if (map->type != YAML_MAP) {
        yaml_error(f, map, "a row must be a map");
        return;
    }
    if (!yaml_need(f, map, "key"))
        return;
    key = yaml_str(f, map, "key", "");
    last = key_last(key, kind);
    if (last == NULL) {
        yaml_error(f, yaml_get(map, "key"),
                   "'%s' is not a key of kind '%s' (words and dots)", key,
                   kind);
        return;
    }
    d = draft_new(l, f, map, key, kind);
    if (d == NULL)
        return;
    d->id = last;
    d->added_by = by;
    d->row.about_zh = d->row.about_en = "";
    need_words(f, map, 6);
    (void)yaml_get(map, "element");
    row_set(l, f, map, d, (1ULL << PROP_COUNT) - 1, by);
    if (d->row.type == STD_ARRAY)
        element_load(&c, d, by);
    else if (yaml_get(map, "element") != NULL)
        draft_error(l, d, "'element' needs type array");
}
