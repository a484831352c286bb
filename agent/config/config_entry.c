/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/config/config_entry.h"

#include <stdio.h>
#include <string.h>

#include "formats/base/time.h"

#define MAX_NAME   63
#define MAX_OFFSET 840 /* minutes: +-14:00 */
#define MAX_BATCH  1000
#define MAX_KINDS  16

const char *const config_policies[] = {"tag", "pass", "dead_letter", NULL};

static const char *const level_names[] = {"info", "low",      "medium",
                                          "high", "critical", NULL};

bool
config_level(const char *text, uint8_t *out)
{
    for (uint8_t i = 0; level_names[i] != NULL; i++)
        if (strcmp(level_names[i], text) == 0) {
            *out = (uint8_t)(i + 1);
            return true;
        }
    return false;
}

int64_t
config_number(const struct yaml_file *f, struct yaml_node *map, const char *key,
              enum option_type type, const char *def)
{
    const char *text = yaml_str(f, map, key, def);
    int64_t value = 0;

    if (!option_int(text, type, &value)) {
        yaml_error(f, yaml_get(map, key), "\"%s\" is no %s", text,
                   type == OPT_SIZE          ? "size such as 64MiB"
                   : type == OPT_DURATION_MS ? "duration such as 500ms or 5s"
                                             : "number");
        (void)option_int(def, type, &value);
    }
    return value;
}

static bool
name_ok(struct bytes name)
{
    if (name.len == 0 || name.len > MAX_NAME)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || strchr("_.-", c)))
            return false;
    }
    return true;
}

/* Keys that this module does not know belong to the source or transport. */
static void
take_values(const struct yaml_file *f, struct yaml_node *map,
            const char *const *common, const struct option_value **values,
            size_t *count)
{
    struct option_value *v = arena_array(f->arena, map->count, sizeof *v);
    size_t n = 0;

    for (struct yaml_node *m = map->first; m && v; m = m->next) {
        bool known = false;

        for (size_t i = 0; common[i] != NULL; i++)
            known = known || bytes_is(m->key, common[i]);
        if (known)
            continue;
        m->used = true;
        if (m->type != YAML_SCALAR) {
            yaml_error(f, m, "%.*s: a single value is wanted", (int)m->key.len,
                       m->key.data);
            continue;
        }
        v[n].name = arena_str(f->arena, m->key);
        v[n++].text = m->text.data;
    }
    *values = v;
    *count = n;
}

static void
load_product(const struct yaml_file *f, struct yaml_node *map,
             struct config_product *p)
{
    static const char *const keys[] = {"id",     "name",  "type",    "code",
                                       "vendor", "model", "version", "ip",
                                       "org",    NULL};

    if (map == NULL)
        return;
    p->id = yaml_str(f, map, "id", NULL);
    p->name = yaml_str(f, map, "name", NULL);
    p->type = yaml_str(f, map, "type", NULL);
    p->code = yaml_str(f, map, "code", NULL);
    p->vendor = yaml_str(f, map, "vendor", NULL);
    p->model = yaml_str(f, map, "model", NULL);
    p->version = yaml_str(f, map, "version", NULL);
    p->ip = yaml_str(f, map, "ip", NULL);
    p->org = yaml_str(f, map, "org", NULL);
    yaml_unused(f, map, keys);
}

static void
load_mappings(const struct yaml_file *f, struct yaml_node *map,
              struct config_input *in)
{
    struct yaml_node *n = yaml_get(map, "mapping");

    if (n == NULL) {
        if (strcmp(in->type, "host") == 0)
            in->mapping[in->mapping_count++] = "hutong-host";
        else if (strcmp(in->type, "zmq") != 0) /* brings standard records */
            yaml_error(f, map,
                       "input %s: mapping is missing (hutong mapping list "
                       "names them)",
                       in->name);
        return;
    }
    if (n->type == YAML_SCALAR) {
        if (strcmp(n->text.data, CONFIG_STANDARD) != 0)
            in->mapping[in->mapping_count++] = n->text.data;
        return;
    }
    for (n = n->first; n != NULL; n = n->next) {
        if (n->type != YAML_SCALAR)
            yaml_error(f, n, "a mapping is a name or a file");
        else if (strcmp(n->text.data, CONFIG_STANDARD) == 0)
            yaml_error(f, n,
                       "standard stands alone: records in the standard's form "
                       "need no mapping");
        else if (in->mapping_count == CONFIG_MAX_MAPPINGS)
            yaml_error(f, n, "more than %d mappings", CONFIG_MAX_MAPPINGS);
        else
            in->mapping[in->mapping_count++] = n->text.data;
    }
}

/* "+08:00", "-0330" or "Z". Zone names would need the clock and its tables. */
static int16_t
load_offset(const struct yaml_file *f, struct yaml_node *map)
{
    const char *text = yaml_str(f, map, "timezone", "Z");
    struct time_context ctx = {0};
    struct stamp t = {0};
    char stamp[64];

    if (strlen(text) < 8) {
        struct bytes b;

        (void)snprintf(stamp, sizeof stamp, "2000-01-01T00:00:00%s", text);
        b = bytes_str(stamp);
        if (time_parse(TIME_RFC3339, b, &ctx, &t) == ERR_OK && t.has_offset)
            return t.offset_min;
    }
    yaml_error(f, yaml_get(map, "timezone"),
               "\"%s\" is no offset such as +08:00", text);
    return 0;
}

static void
load_input(struct config *c, const struct yaml_file *f, struct yaml_node *map,
           enum finding_policy policy)
{
    static const char *const common[] = {"type",    "mapping",    "timezone",
                                         "charset", "keep_raw",   "tenant",
                                         "product", "on_finding", NULL};
    struct config_input *in = &c->input[c->input_count++];
    const char *charset;

    in->name = arena_str(f->arena, map->key);
    in->line = map->line;
    in->type = yaml_str(f, map, "type", "");
    (void)yaml_need(f, map, "type");
    load_mappings(f, map, in);
    in->offset_min = load_offset(f, map);
    charset = yaml_str(f, map, "charset", "utf-8");
    if (!text_charset_name(bytes_str(charset), &in->charset))
        yaml_error(f, yaml_get(map, "charset"),
                   "\"%s\" is none of utf-8, gb18030, gbk", charset);
    in->keep_raw = yaml_bool(f, map, "keep_raw", false);
    in->tenant = yaml_str(f, map, "tenant", "");
    load_product(f, yaml_map(f, map, "product"), &in->product);
    if (in->product.id == NULL)
        in->product.id = arena_printf(f->arena, "%s.%s", c->agent_id, in->name);
    /* Vendors' events are tolerated; what claims to be in the standard's form
     * is held to it (DESIGN section 5). */
    if (in->mapping_count == 0)
        policy = FINDING_DEAD_LETTER;
    in->on_finding = (enum finding_policy)yaml_enum(
        f, map, "on_finding", config_policies, (int)policy);
    take_values(f, map, common, &in->values, &in->value_count);
}

static const char *const *
load_kinds(const struct yaml_file *f, struct yaml_node *map)
{
    struct yaml_node *list = yaml_list(f, map, "kinds");
    const char **kinds;
    size_t n = 0;

    if (list == NULL)
        return NULL;
    kinds = arena_array(f->arena, MAX_KINDS + 1, sizeof *kinds);
    for (struct yaml_node *m = list->first; m && kinds; m = m->next) {
        if (m->type != YAML_SCALAR || n == MAX_KINDS)
            yaml_error(f, m, "a kind is a word such as alert");
        else
            kinds[n++] = m->text.data;
    }
    return kinds;
}

static void
load_output(struct config *c, const struct yaml_file *f, struct yaml_node *map)
{
    static const char *const common[] = {
        "type",   "kinds",        "min_level", "batch_items", "batch_bytes",
        "linger", "deadline",     "max_lag",   "on_lag",      "from",
        "redact", "refuse_after", NULL};
    static const char *const lag[] = {"block", "dead_letter", "skip", NULL};
    static const char *const from[] = {"end", "start", NULL};
    struct config_output *o = &c->output[c->output_count++];
    const char *level;

    o->name = arena_str(f->arena, map->key);
    o->line = map->line;
    (void)yaml_need(f, map, "type");
    o->type = yaml_str(f, map, "type", "");
    o->kinds = load_kinds(f, map);
    level = yaml_str(f, map, "min_level", NULL);
    if (level != NULL && !config_level(level, &o->min_level))
        yaml_error(f, yaml_get(map, "min_level"),
                   "\"%s\" is none of info, low, medium, high, critical",
                   level);
    o->batch_items =
        (uint32_t)yaml_int(f, map, "batch_items", 1, MAX_BATCH, MAX_BATCH);
    o->batch_bytes =
        (uint32_t)config_number(f, map, "batch_bytes", OPT_SIZE, "512KiB");
    o->linger_ms =
        (unsigned)config_number(f, map, "linger", OPT_DURATION_MS, "5ms");
    o->deadline_ms =
        (unsigned)config_number(f, map, "deadline", OPT_DURATION_MS, "30s");
    o->max_lag_bytes =
        (uint64_t)config_number(f, map, "max_lag", OPT_SIZE, "0");
    o->on_lag = (enum config_on_lag)yaml_enum(f, map, "on_lag", lag, 0);
    o->from_start = yaml_enum(f, map, "from", from, 1) == 1;
    o->redact = yaml_bool(f, map, "redact", false);
    o->refuse_after = (unsigned)yaml_int(f, map, "refuse_after", 1, 100, 1);
    take_values(f, map, common, &o->values, &o->value_count);
}

/* One entry of inputs or outputs: its name and shape. */
static bool
entry_ok(const struct yaml_file *f, const struct yaml_node *n, size_t count,
         size_t max)
{
    if (!name_ok(n->key))
        yaml_error(f, n, "a name has 1 to %d of A-Z a-z 0-9 _ . -", MAX_NAME);
    else if (n->type != YAML_MAP)
        yaml_error(f, n, "%.*s: a map with type: is wanted", (int)n->key.len,
                   n->key.data);
    else if (count == max)
        yaml_error(f, n, "more than %zu entries", max);
    else
        return true;
    return false;
}

void
config_inputs(struct config *c, const struct yaml_file *f,
              struct yaml_node *map, enum finding_policy policy)
{
    for (struct yaml_node *n = map ? map->first : NULL; n; n = n->next)
        if (entry_ok(f, n, c->input_count, CONFIG_MAX_INPUTS))
            load_input(c, f, n, policy);
}

void
config_outputs(struct config *c, const struct yaml_file *f,
               struct yaml_node *map)
{
    for (struct yaml_node *n = map ? map->first : NULL; n; n = n->next)
        if (entry_ok(f, n, c->output_count, CONFIG_MAX_OUTPUTS))
            load_output(c, f, n);
}
