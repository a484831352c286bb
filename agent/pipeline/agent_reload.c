/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: read at the start, and again while the agent runs. */
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "agent/pipeline/agent_private.h"

/* Without a file: this host, looked at with `hutong status`. */
static const char default_config[] = "version: 1\n"
                                     "inputs:\n"
                                     "  host: {type: host}\n"
                                     "outputs: {}\n";

void
agent_log_diag(const struct diag *d)
{
    for (const struct diag_item *i = d->first; i != NULL; i = i->next)
        log_line(i->level == DIAG_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
                 "%s:%u:%u: %s", i->file, i->line, i->col, i->text);
}

static struct config *
read_config(const struct agent_options *o, struct diag *diag)
{
    if (o->config_path == NULL)
        return config_load("(embedded defaults)", bytes_str(default_config),
                           diag);
    return config_open(o->config_path, diag);
}

struct parts *
agent_read_parts(const struct agent_options *o, struct config **config,
                 struct diag *diag)
{
    struct parts *p;

    *config = read_config(o, diag);
    if (*config == NULL)
        return NULL;
    p = parts_data(*config, diag);
    if (p == NULL) {
        config_free(*config);
        *config = NULL;
    }
    return p;
}

static const char *
fixed_difference(const struct config *a, const struct config *b)
{
    if (strcmp(a->data_dir, b->data_dir) != 0)
        return "agent.data_dir";
    if (a->spool_bytes != b->spool_bytes ||
        a->spool_on_full != b->spool_on_full ||
        a->spool_relaxed != b->spool_relaxed)
        return "spool";
    if (strcmp(a->control, b->control) != 0)
        return "control.socket";
    if (strcmp(a->metrics, b->metrics) != 0)
        return "metrics.listen";
    return NULL;
}

/* Swap the running parts. When the new ones do not open (a port is taken), the
 * old ones are opened again: they worked a moment ago. */
static bool
swap_parts(struct agent *a, struct config *config, struct parts *parts,
           struct err *err)
{
    struct config *old_config = a->config;
    struct diag diag;

    agent_stop_parts(a, 0);
    parts_free(a->parts); /* gives back ports, files and cursors */
    a->config = config;
    a->parts = parts;
    if (agent_start_parts(a, err) == ERR_OK) {
        config_free(old_config);
        return true;
    }
    agent_stop_parts(a, 0);
    parts_free(parts);
    config_free(config);
    a->config = old_config;
    diag_init(&diag);
    a->parts = parts_data(old_config, &diag);
    diag_free(&diag);
    if (a->parts == NULL || agent_start_parts(a, NULL) != ERR_OK) {
        log_line(LOG_LEVEL_ERROR, "the old configuration does not open "
                                  "again either; stopping");
        a->stops++;
        (void)event_base_loopbreak(a->base);
    }
    return false;
}

bool
agent_reload(struct agent *a, struct buf *out)
{
    struct config *config = NULL;
    struct parts *parts;
    const char *fixed;
    struct diag diag;
    struct err err = {.msg = ""};
    bool ok = false;

    diag_init(&diag);
    parts = agent_read_parts(&a->o, &config, &diag);
    agent_log_diag(&diag);
    fixed = parts ? fixed_difference(a->config, config) : NULL;
    if (parts == NULL) {
        (void)snprintf(err.msg, sizeof err.msg,
                       "%u errors in the new configuration", diag.errors);
    } else if (fixed != NULL) {
        (void)snprintf(err.msg, sizeof err.msg,
                       "%s needs a restart, not a reload", fixed);
        parts_free(parts);
        config_free(config);
    } else {
        ok = swap_parts(a, config, parts, &err);
    }
    if (ok)
        log_line(LOG_LEVEL_INFO, "configuration reloaded");
    else
        log_line(LOG_LEVEL_ERROR, "reload: kept the old configuration: %s%s%s",
                 err.where, err.where[0] ? ": " : "", err.msg);
    buf_printf(out, "{\"reloaded\":%s}\n", ok ? "true" : "false");
    diag_free(&diag);
    return ok;
}
