/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/config/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/config/config_entry.h"
#include "formats/base/yaml.h"

#define DEFAULT_DATA_DIR "/var/lib/hutong"
#define DEFAULT_METRICS  "127.0.0.1:9464"

static const char *const top_keys[] = {
    "version", "agent",   "data",    "spool", "check", "inputs",
    "outputs", "metrics", "control", "stop",  NULL};

static const char *
host_name(struct arena *arena)
{
    char name[256] = "";

    if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0')
        return "localhost";
    return arena_str(arena, bytes_str(name));
}

static void
load_agent(struct config *c, const struct yaml_file *f, struct yaml_node *root)
{
    static const char *const keys[] = {"id", "org", "data_dir", NULL};
    struct yaml_node *map = yaml_map(f, root, "agent");

    c->agent_id = yaml_str(f, map, "id", host_name(&c->arena));
    c->org = yaml_str(f, map, "org", NULL);
    c->data_dir = yaml_str(f, map, "data_dir", DEFAULT_DATA_DIR);
    if (map == NULL)
        return;
    if (c->data_dir[0] != '/')
        yaml_error(f, yaml_get(map, "data_dir"),
                   "data_dir must be an absolute path");
    yaml_unused(f, map, keys);
}

static void
load_data(struct config *c, const struct yaml_file *f, struct yaml_node *root)
{
    static const char *const keys[] = {"dir", "overlays", "system_overlays",
                                       NULL};
    struct yaml_node *map = yaml_map(f, root, "data");
    struct yaml_node *list;

    c->data.system_overlays = true;
    if (map == NULL)
        return;
    c->data.dir = yaml_str(f, map, "dir", NULL);
    c->data.system_overlays = yaml_bool(f, map, "system_overlays", true);
    list = yaml_list(f, map, "overlays");
    for (struct yaml_node *n = list ? list->first : NULL; n; n = n->next) {
        if (n->type != YAML_SCALAR)
            yaml_error(f, n, "an overlay is a file name");
        else if (c->data.overlay_count == DATA_MAX_OVERLAYS)
            yaml_error(f, n, "more than %d overlays", DATA_MAX_OVERLAYS);
        else
            c->data.overlay[c->data.overlay_count++] = n->text.data;
    }
    yaml_unused(f, map, keys);
}

static void
load_spool(struct config *c, const struct yaml_file *f, struct yaml_node *root)
{
    static const char *const keys[] = {"max_bytes", "when_full", "sync", NULL};
    static const char *const full[] = {"block", "drop_oldest", "refuse_low",
                                       NULL};
    static const char *const sync[] = {"durable", "relaxed", NULL};
    struct yaml_node *map = yaml_map(f, root, "spool");
    int64_t bytes;

    bytes = config_number(f, map, "max_bytes", OPT_SIZE, "1GiB");
    if (bytes < (int64_t)1 << 20)
        yaml_error(f, yaml_get(map, "max_bytes"), "less than 1MiB");
    c->spool_bytes = (uint64_t)bytes;
    c->spool_on_full = yaml_enum(f, map, "when_full", full, 0);
    c->spool_relaxed = yaml_enum(f, map, "sync", sync, 0) == 1;
    if (map != NULL)
        yaml_unused(f, map, keys);
}

static void
load_small(struct config *c, const struct yaml_file *f, struct yaml_node *root,
           enum finding_policy *policy)
{
    static const char *const check_keys[] = {"profile", "on_finding", NULL};
    static const char *const profiles[] = {"strict", "lenient", NULL};
    static const char *const listen_keys[] = {"listen", NULL};
    static const char *const socket_keys[] = {"socket", NULL};
    static const char *const stop_keys[] = {"drain", NULL};
    struct yaml_node *map = yaml_map(f, root, "check");

    c->lenient = yaml_enum(f, map, "profile", profiles, 0) == 1;
    *policy = (enum finding_policy)yaml_enum(f, map, "on_finding",
                                             config_policies, FINDING_TAG);
    if (map != NULL)
        yaml_unused(f, map, check_keys);
    map = yaml_map(f, root, "metrics");
    c->metrics = yaml_str(f, map, "listen", DEFAULT_METRICS);
    if (map != NULL)
        yaml_unused(f, map, listen_keys);
    map = yaml_map(f, root, "control");
    c->control =
        yaml_str(f, map, "socket",
                 arena_printf(&c->arena, "%s/control.sock", c->data_dir));
    if (map != NULL)
        yaml_unused(f, map, socket_keys);
    map = yaml_map(f, root, "stop");
    c->drain_ms =
        (unsigned)config_number(f, map, "drain", OPT_DURATION_MS, "5s");
    if (map != NULL)
        yaml_unused(f, map, stop_keys);
}

static void
load_root(struct config *c, const struct yaml_file *f, struct yaml_node *root)
{
    enum finding_policy policy = FINDING_TAG;

    if (root->type != YAML_MAP) {
        yaml_error(f, root, "a map with version, inputs, outputs is wanted");
        return;
    }
    if (yaml_need(f, root, "version"))
        (void)yaml_int(f, root, "version", CONFIG_VERSION, CONFIG_VERSION,
                       CONFIG_VERSION);
    load_agent(c, f, root);
    load_data(c, f, root);
    load_spool(c, f, root);
    load_small(c, f, root, &policy);
    config_inputs(c, f, yaml_map(f, root, "inputs"), policy);
    config_outputs(c, f, yaml_map(f, root, "outputs"));
    yaml_unused(f, root, top_keys);
    if (c->input_count == 0)
        yaml_error(f, root, "no inputs: nothing would be read");
}

/* What could be read, errors or not; NULL when that is nothing. */
static struct config *
load(const char *file, struct bytes yaml, struct diag *diag)
{
    struct config *c = calloc(1, sizeof *c);
    struct yaml_node *root;

    if (c == NULL) {
        diag_add(diag, DIAG_ERROR, file, 0, 0, "out of memory");
        return NULL;
    }
    c->file = arena_str(&c->arena, bytes_str(file));
    root = yaml_parse(c->file, yaml, &c->arena, diag);
    if (root != NULL) {
        struct yaml_file f = {c->file, &c->arena, diag};

        load_root(c, &f, root);
    }
    if (root == NULL || root->type != YAML_MAP) {
        config_free(c);
        return NULL;
    }
    return c;
}

/* ${c}, unless there were errors since there were ${before}. */
static struct config *
unless_wrong(struct config *c, const struct diag *diag, unsigned before)
{
    if (diag->errors == before)
        return c;
    config_free(c);
    return NULL;
}

struct config *
config_load(const char *file, struct bytes yaml, struct diag *diag)
{
    unsigned before = diag->errors;

    return unless_wrong(load(file, yaml, diag), diag, before);
}

struct config *
config_read(const char *path, struct diag *diag)
{
    struct buf text = {0};
    struct config *c = NULL;
    struct err err;

    if (data_read_safe(path, CONFIG_MAX_BYTES, &text, &err) != ERR_OK)
        diag_add(diag, DIAG_ERROR, path, 0, 0, "%s", err.msg);
    else
        c = load(path, buf_view(&text), diag);
    buf_free(&text);
    return c;
}

struct config *
config_open(const char *path, struct diag *diag)
{
    unsigned before = diag->errors;

    return unless_wrong(config_read(path, diag), diag, before);
}

void
config_free(struct config *c)
{
    if (c == NULL)
        return;
    arena_free(&c->arena);
    free(c);
}
