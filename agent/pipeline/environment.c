/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/pipeline/environment.h"

#include <errno.h>
#include <event2/event.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/control/metrics.h"

static void
check_data_dir(const struct config *c, struct diag *diag)
{
    struct stat st;

    if (stat(c->data_dir, &st) == 0) {
        if (!S_ISDIR(st.st_mode))
            diag_add(diag, DIAG_ERROR, c->file, 0, 0, "%s is no folder",
                     c->data_dir);
        else if (access(c->data_dir, W_OK | X_OK) != 0)
            diag_add(diag, DIAG_ERROR, c->file, 0, 0,
                     "%s is not writable by this user", c->data_dir);
        return;
    }
    diag_add(diag, errno == ENOENT ? DIAG_WARNING : DIAG_ERROR, c->file, 0, 0,
             "%s: %s; it is made at the first start", c->data_dir,
             strerror(errno));
}

struct owner { /* of an option: for messages */
    const struct config *c;
    const char *what, *name;
    unsigned line;
};

static void
check_path(const struct owner *o, const struct option_row *row,
           const char *path, struct diag *diag)
{
    struct stat st;

    if (stat(path, &st) != 0 || access(path, R_OK) != 0) {
        diag_add(diag, DIAG_ERROR, o->c->file, o->line, 1, "%s %s: %s: %s: %s",
                 o->what, o->name, row->name, path, strerror(errno));
        return;
    }
    if (row->type == OPT_SECRET_FILE && (st.st_mode & 077) != 0)
        diag_add(diag, DIAG_ERROR, o->c->file, o->line, 1,
                 "%s %s: %s: %s can be read by others; chmod 600", o->what,
                 o->name, row->name, path);
}

static void
check_paths(const struct owner *o, const struct option_row *rows,
            const struct option_value *value, size_t n, struct diag *diag)
{
    for (size_t i = 0; i < n; i++)
        for (const struct option_row *r = rows; r->name != NULL; r++)
            if (strcmp(r->name, value[i].name) == 0 &&
                (r->type == OPT_SECRET_FILE || r->type == OPT_PATH) &&
                strpbrk(value[i].text, "*?[") == NULL)
                check_path(o, r, value[i].text, diag);
}

static void
check_file_input(const struct owner *o, const struct config_input *in,
                 struct diag *diag)
{
    const char *pattern = NULL;
    glob_t g;

    for (size_t i = 0; i < in->value_count; i++)
        if (strcmp(in->values[i].name, "path") == 0)
            pattern = in->values[i].text;
    if (pattern == NULL)
        return;
    if (glob(pattern, 0, NULL, &g) != 0)
        diag_add(diag, DIAG_WARNING, o->c->file, o->line, 1,
                 "input %s: no file matches %s yet", o->name, pattern);
    else
        globfree(&g);
}

/* A network input is opened and closed again. An address in use is no error: the
 * agent that runs may have it, and gives it back when it is reloaded. */
static void
check_listening(const struct owner *o, const struct config_input *in,
                const struct source *s, struct diag *diag)
{
    static const struct source_host host;
    struct event_base *base = event_base_new();
    void *handle = NULL;
    struct err err = {.code = ERR_NOMEM, .msg = "out of memory"};

    if (base != NULL && s->open(base, in->name, in->values, in->value_count,
                                &host, BYTES(""), &handle, &err) == ERR_OK)
        s->close(handle);
    else
        diag_add(diag, err.code == ERR_EXISTS ? DIAG_WARNING : DIAG_ERROR,
                 o->c->file, o->line, 1, "input %s: %s: %s", in->name,
                 err.where, err.msg);
    if (base != NULL)
        event_base_free(base);
}

static void
check_input(const struct config *c, const struct config_input *in,
            struct diag *diag)
{
    const struct owner o = {c, "input", in->name, in->line};
    const struct source *s = source_find(in->type);

    if (strcmp(in->type, "file") == 0)
        check_file_input(&o, in, diag);
    else if (s->listens)
        check_listening(&o, in, s, diag);
    else
        check_paths(&o, s->options, in->values, in->value_count, diag);
}

static void
check_output(const struct config *c, const struct config_output *out,
             struct diag *diag)
{
    const struct owner o = {c, "output", out->name, out->line};
    const struct transport *t = transport_find(out->type);
    unsigned before = diag->errors;
    struct err err = {.code = ERR_OK};

    if (strcmp(out->type, "file") == 0)
        return; /* its path need not exist, and opening it makes it */
    check_paths(&o, t->options, out->values, out->value_count, diag);
    if (diag->errors == before && output_try(out, &err) != ERR_OK)
        diag_add(diag, DIAG_ERROR, c->file, out->line, 1, "output %s: %s: %s",
                 out->name, err.where, err.msg);
}

/* As the agent opens it: in the clear, so on loopback only. */
static void
check_metrics(const struct config *c, struct diag *diag)
{
    struct metrics *m = NULL;
    struct err err = {.code = ERR_OK};

    if (c->metrics[0] == '\0')
        return;
    if (metrics_open(c->metrics, &m, &err) == ERR_OK)
        metrics_close(m);
    else
        diag_add(diag, err.code == ERR_EXISTS ? DIAG_WARNING : DIAG_ERROR,
                 c->file, 0, 0, "metrics: %s: %s", err.where, err.msg);
}

void
environment_check(const struct parts *p, struct diag *diag)
{
    const struct config *c = p->config;

    check_data_dir(c, diag);
    check_metrics(c, diag);
    for (size_t i = 0; i < c->input_count; i++)
        check_input(c, &c->input[i], diag);
    for (size_t i = 0; i < c->output_count; i++)
        check_output(c, &c->output[i], diag);
}
